// The page's files as they stand in src/review/page, part of the program; made by scripts/embed.
#ifndef HEIYAN_REVIEW_PAGE_H
#define HEIYAN_REVIEW_PAGE_H

#include <stddef.h>

typedef struct PageFile {
    const char *name, *type; // "style.css", its Content-Type
    const char *tag;         // changes with the content
    const unsigned char *data;
    size_t size;
} PageFile;

extern const PageFile page_files[];
extern const size_t page_file_count;

// NULL: there is no such file.
const PageFile *page_file(const char *name);

#endif
