// The template of an outlet: which facts of a record go out, under which names.
//
// A field is a path of record.json (plate.text, smoke.box.0), or an alias of the traffic platforms:
// sbbh ddmc fxlx cdh gcsj hphm hpzl hpys hpzxd cllx csys tp1 tp2 tp3 dslx hptp.
#ifndef HEIYAN_OUTLET_FIELDS_H
#define HEIYAN_OUTLET_FIELDS_H

#include "base/list.h"

#include <jansson.h>
#include <stdbool.h>

// Whether there can be such a field.
bool field_known(const char *field);
// What stands there, a new reference; JSON null where the record does not know it.
json_t *field_value(const json_t *record, const char *field);
// The record as the template (of OutletField) wants it; whole when that is empty. message_id and
// message_kind stand in the record already; a template that does not name message_id gets it all
// the same. NULL: out of memory. The caller decrefs.
json_t *fields_apply(const json_t *record, const List *fields);

#endif
