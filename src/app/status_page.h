// The status page's own files, src/app/page, part of the program; made by scripts/embed. What it
// shares with the desk it takes from there (review/page.h).
#ifndef HEIYAN_APP_STATUS_PAGE_H
#define HEIYAN_APP_STATUS_PAGE_H

#include "review/page.h"

extern const PageFile status_page_files[];
extern const size_t status_page_file_count;

// NULL: there is no such file.
const PageFile *status_page_file(const char *name);

#endif
