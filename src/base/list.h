// A counted array whose members the owner knows.
#ifndef HEIYAN_BASE_LIST_H
#define HEIYAN_BASE_LIST_H

#include <stddef.h>

typedef struct List {
    void *items;
    size_t count;
} List;

#endif
