// Outlets: where finished packs and health changes go. What every kind of outlet shares.
//
// A kind only knows how to hand one message over, once. When, in which order and how often it is
// tried is app/outlets.h; what waits is in outlet/outbox.h.
#ifndef HEIYAN_OUTLET_OUTLET_H
#define HEIYAN_OUTLET_OUTLET_H

#include "base/error.h"
#include "base/files.h"
#include "base/list.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct OutletField {  // one line of the template, outlet/fields.h
    const char *field, *name; // name NULL: as field
} OutletField;

typedef struct OutletHeader {
    const char *name, *value;
} OutletHeader;

typedef struct OutletOptions { // as in the settings; NULL or 0 where nothing stands there
    const char *name, *kind;
    List events; // of const char *: "capture", "health"; empty: both
    List fields; // of OutletField; empty: the whole record
    int keep_days;
    double keep_mib;
    int timeout_s;
    const char *user, *password;
    const char *ca, *certificate, *key; // files; ca may be a folder. Any of them: TLS
    const char *host, *topic;           // mqtt
    int port;
    const char *url; // http
    List headers;    // of OutletHeader
    bool pictures;
    List command; // of const char *: program
} OutletOptions;

extern const OutletOptions outlet_defaults;

// What an outlet of that name and kind cannot do without: a sentence, NULL when it is whole. Names
// no secret.
const char *outlet_fault(const OutletOptions *options);
bool outlet_wants(const OutletOptions *options, const char *kind);
// Stars in the place of every password and header that stands in the text.
void outlet_hide_secrets(const OutletOptions *options, char *text);

#define OUTLET_PICTURES 6

typedef struct OutletPicture {
    char name[64]; // "panorama-1", "composite", "plate"
    char path[PATH_SIZE];
} OutletPicture;

typedef struct OutletMessage { // outlet/message.h makes them
    char id[256];              // the same whenever it is sent, so that repeats can be dropped
    char kind[16];             // "capture", "health"
    char camera[64];
    char folder[PATH_SIZE]; // the pack; empty for health
    char *body;             // JSON; owned
    size_t size;
    OutletPicture *pictures; // those that are there; owned
    size_t picture_count;
} OutletMessage;

typedef struct OutletKind {
    const char *name;
    // Options and *stop are borrowed. STATUS_ARGUMENT: it cannot work until the settings change.
    Status (*open)(void **line, const OutletOptions *options, const atomic_bool *stop,
                   Error *error);
    // STATUS_OK: the receiver has it. STATUS_FORBIDDEN: it refuses us. STATUS_FORMAT: it refuses
    // this message. STATUS_ARGUMENT: as above. STATUS_CANCELLED: *stop. Others: try again.
    Status (*send)(void *line, const OutletMessage *message, Error *error);
    void (*rest)(void *line); // nothing waits: the connection may be given up
    void (*close)(void **line);
} OutletKind;

extern const OutletKind outlet_mqtt, outlet_http, outlet_program;

const OutletKind *outlet_kind(const char *name); // NULL: no such kind

// Once, before the first open and before threads start.
Status outlets_library_open(Error *error);
void outlets_library_close(void);

#endif
