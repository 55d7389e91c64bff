// The officers' desk: page and API over a ledger, described by page/openapi.json.
//
// Without accounts it opens without log-in, on loopback alone; with accounts everybody logs in.
#ifndef HEIYAN_REVIEW_REVIEW_H
#define HEIYAN_REVIEW_REVIEW_H

#include "ledger/export.h"

typedef struct Review Review;

typedef struct ReviewOptions {
    const char *listen;            // "127.0.0.1:8471"
    const char *certificate, *key; // PEM files, NULL = without TLS
    const ExportTemplate *columns; // borrowed; NULL = the ledger's own
} ReviewOptions;

// Serves from then on, on libmicrohttpd's threads. ledger and folder (its evidence folder) are
// borrowed until review_stop. STATUS_ARGUMENT: an address beyond this machine while there is no
// account, and what http_start refuses.
Status review_start(Review **out, Ledger *ledger, const char *folder, const ReviewOptions *options,
                    Error *error);
void review_stop(Review **review); // waits for answers under way
const char *review_address(const Review *review);
// Call about once a second: takes up new packs, tells the pages, ends requests that dawdle.
Status review_tend(Review *review, Error *error);

#endif
