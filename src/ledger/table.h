// Private to ledger/: the columns that tables of captures can have, and what stands in them.
#ifndef HEIYAN_LEDGER_TABLE_H
#define HEIYAN_LEDGER_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

extern const char *const table_default[]; // fields of the ledger (台账), NULL-terminated

bool table_has(const char *field);
// Ours in the language, for a field that table_has.
const char *table_caption(const char *field, bool chinese);
// What stands in the cell of an item (as in openapi.json); number: its line. Returns out.
const char *table_cell(const char *field, const json_t *item, size_t number, bool chinese,
                       char *out, size_t size);
bool table_is_number(const char *field);
// Words of the record's enums: vehicle classes, plate colours; "" for NULL.
const char *class_text(const char *class, bool chinese);
const char *colour_text(const char *colour, bool chinese);

#endif
