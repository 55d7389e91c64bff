// What an officer asks for: filters, order and place in the list, from a query string's names.
#ifndef HEIYAN_LEDGER_FILTER_H
#define HEIYAN_LEDGER_FILTER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILTER_VALUES 32 // of one name

typedef struct FilterList { // any of these; empty = all
    char *values[FILTER_VALUES];
    size_t count;
} FilterList;

typedef enum Order { ORDER_NEWEST, ORDER_OLDEST, ORDER_CONFIDENCE } Order;

typedef struct Filter {
    // "state" "site" "camera" "lane" "part" (night morning noon afternoon evening) "grade" (none 0
    // 1 2 3 4) "certainty" (low middle high) "colour" "origin" (local foreign unknown) "class"
    // "repeats" (0 1 2 3) "exported" (no yes)
    FilterList state, site, camera, lane, part, grade, certainty, colour, origin, class, repeats,
        exported;
    int64_t from_us, to_us; // peak in [from, to)
    char *text;             // in plate or id, NULL = none
    Order order;
    char *after; // cursor of the page before, NULL = the first
    int limit;   // 1..500, 50
} Filter;

void filter_init(Filter *filter);
void filter_finish(Filter *filter);
// Sets one name of a query string; several values are separated by commas. STATUS_ARGUMENT names a
// name or value that is none.
Status filter_set(Filter *filter, const char *name, const char *value, Error *error);

#endif
