// Figures over many captures: the week, what was right, what another threshold would have done.
// JSON as described in review/page/openapi.json.
#ifndef HEIYAN_LEDGER_REPORT_H
#define HEIYAN_LEDGER_REPORT_H

#include "ledger/ledger.h"

// week: "2026-W48", NULL = the week of now. site: NULL = all the person may see.
// STATUS_ARGUMENT for a week that is none.
Status report_week(Ledger *ledger, const char *week, const char *site, const Person *person,
                   json_t **out, Error *error);
// Peaks in [from, to).
Status report_precision(Ledger *ledger, int64_t from_us, int64_t to_us, const Person *person,
                        json_t **out, Error *error);
// camera: NULL = all.
Status report_what_if(Ledger *ledger, int64_t from_us, int64_t to_us, const char *camera,
                      const Person *person, json_t **out, Error *error);
Status report_public(Ledger *ledger, int64_t from_us, int64_t to_us, const Person *person,
                     json_t **out, Error *error);
Status report_devices(Ledger *ledger, const Person *person, json_t **out, Error *error);

// From an evidence folder's health/: {camera: [seconds live, seconds watched]} of the last seven
// days, today among them. NULL when out of memory.
json_t *uptime_week(const char *folder);

#endif
