// How the live cameras are, for people and monitors: /status (with Accept: text/event-stream as an
// event a second), /metrics, /healthz.
//
// The texts are plain functions of a snapshot; the server knows only the snapshot's source.
#ifndef HEIYAN_APP_STATUS_H
#define HEIYAN_APP_STATUS_H

#include "app/outlets.h"
#include "app/stream.h"

typedef struct SiteFacts { // a snapshot; the lists are the caller's
    const StreamFacts *cameras;
    size_t camera_count;
    const OutletFacts *outlets;
    size_t outlet_count;
    const char *evidence;    // the folder
    size_t events, failures; // packs sealed, and lost, since start
    bool sealing_fails;      // the last event could not be sealed
    int64_t started_us;      // time of day
} SiteFacts;

// Each returns a text that the caller frees, NULL when out of memory.
char *status_json(const SiteFacts *facts);
char *status_metrics(const SiteFacts *facts);               // Prometheus' text format
char *status_health(const SiteFacts *facts, bool *healthy); // one line

typedef struct StatusServer StatusServer;

typedef struct StatusOptions {
    const char *listen; // "127.0.0.1:8480", "[::1]:8480"; port 0: any
    // Fills a snapshot, whose lists the server frees; called in threads of the server's.
    Status (*facts)(void *context, SiteFacts *out, Error *error);
    void *context;
} StatusOptions;

// STATUS_ARGUMENT: an address that is none; STATUS_IO: it is taken.
Status status_start(StatusServer **out, const StatusOptions *options, Error *error);
void status_stop(StatusServer **server);
const char *status_address(const StatusServer *server); // "http://127.0.0.1:8480"
// Call about once a second: tells those who follow.
void status_tend(StatusServer *server);

#endif
