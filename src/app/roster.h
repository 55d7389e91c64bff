// The streams of a site, as its settings name them; new settings touch only the cameras that they
// change.
//
// roster_apply and roster_destroy belong to one thread, the others to any.
#ifndef HEIYAN_APP_ROSTER_H
#define HEIYAN_APP_ROSTER_H

#include "app/stream.h"

typedef struct Roster Roster;

typedef struct RosterOptions { // as StreamOptions; borrowed until roster_destroy
    const char *staging, *journals;
    const Identity *identity;
    Status (*deliver)(void *context, Staged *staged, Error *error);
    void *context;
} RosterOptions;

Status roster_create(Roster **out, const RosterOptions *options, Error *error);
void roster_destroy(Roster **roster); // stops the streams; open events are delivered

// How many cameras of the settings are live ones: have an address.
size_t roster_live_cameras(const Settings *settings);

// Takes over *settings, on failure too, and empties it. Stops the streams of cameras that are gone
// or changed, starts those that are new or changed; all others go on undisturbed.
Status roster_apply(Roster *roster, Settings *settings, Error *error);

// What the front or plate camera of that id saw, as stream_recent says. STATUS_END: it is not
// watched. Any thread.
Status roster_recent(Roster *roster, const char *camera, int64_t arrival_us, StreamRecent *out,
                     Error *error);

// A list of *count that the caller frees; NULL when out of memory.
StreamFacts *roster_facts(Roster *roster, size_t *count);

// As stream_thumbnail, of the camera of that id. STATUS_MISSING: there is none, or no picture yet.
Status roster_thumbnail(Roster *roster, const char *id, unsigned char **data, size_t *size,
                        Error *error);

// As stream_event_picture, likewise.
Status roster_event_picture(Roster *roster, const char *id, unsigned char **data, size_t *size,
                            Error *error);

// stream_remember of all cameras.
void roster_remember(Roster *roster);

// As stream_snapshot, likewise.
Status roster_snapshot(Roster *roster, const char *id, Error *error);

#endif
