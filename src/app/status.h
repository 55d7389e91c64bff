// How the live cameras are, for people and monitors: a page at /, /status (with Accept:
// text/event-stream as an event a second), /thumbnail/CAMERA.jpg, /event/CAMERA.jpg, /metrics,
// /healthz.
//
// The texts are plain functions of a snapshot; the server knows only the snapshot's source.
#ifndef HEIYAN_APP_STATUS_H
#define HEIYAN_APP_STATUS_H

#include "app/diary.h"
#include "app/outlets.h"
#include "app/stream.h"
#include "evidence/retention.h"

typedef struct SiteFacts { // a snapshot
    StreamFacts *cameras;  // the lists are owned, as far as site_facts_free is called
    DiaryFacts *diary;     // of each camera; NULL: of none
    size_t camera_count;
    OutletFacts *outlets;
    size_t outlet_count;
    const char *site;         // its name, may be NULL
    const char *evidence;     // the folder
    RetentionLimits limits;   // of it
    size_t events, failures;  // packs sealed, and lost, since start
    bool sealing_fails;       // no pack can be written at this moment
    char sealing_reason[512]; // why
    int64_t started_us;       // time of day
} SiteFacts;

void site_facts_free(SiteFacts *facts); // the lists

// Each returns a text that the caller frees, NULL when out of memory.
char *status_json(const SiteFacts *facts);
char *status_metrics(const SiteFacts *facts);               // Prometheus' text format
char *status_health(const SiteFacts *facts, bool *healthy); // one line

typedef struct StatusServer StatusServer;

typedef struct StatusOptions {
    const char *listen; // "127.0.0.1:8480", "[::1]:8480"; port 0: any
    // Called in threads of the server's. facts fills a snapshot, whose lists the server frees;
    // thumbnail is as roster_thumbnail, event_picture as roster_event_picture.
    Status (*facts)(void *context, SiteFacts *out, Error *error);
    Status (*thumbnail)(void *context, const char *id, unsigned char **data, size_t *size,
                        Error *error);
    Status (*event_picture)(void *context, const char *id, unsigned char **data, size_t *size,
                            Error *error);
    void *context;
} StatusOptions;

// STATUS_ARGUMENT: an address that is none; STATUS_IO: it is taken.
Status status_start(StatusServer **out, const StatusOptions *options, Error *error);
void status_stop(StatusServer **server);
const char *status_address(const StatusServer *server); // "http://127.0.0.1:8480"
// Call a few times a second: tells those who follow, once a second and when an event opens or ends.
void status_tend(StatusServer *server);

#endif
