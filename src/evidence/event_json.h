// Private to evidence/: an event with all it owns as JSON, there and back.
#ifndef HEIYAN_EVIDENCE_EVENT_JSON_H
#define HEIYAN_EVIDENCE_EVENT_JSON_H

#include "road/event.h"

#include <jansson.h>

// The caller decrefs; NULL when out of memory.
json_t *event_to_json(const Event *event);
// The strings of *out are the JSON's. STATUS_FORMAT leaves nothing in *out.
Status event_from_json(Event *out, json_t *json, Error *error);

#endif
