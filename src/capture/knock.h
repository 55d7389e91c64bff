// Private to capture/: finds out quickly whether anybody answers at an address.
//
// libavformat resolves names without a way to stop it, and tells a camera that is off from one that
// hangs only after its whole limit. So the name is resolved here, in a thread that may be left
// behind, and the camera is asked for its OPTIONS first.
#ifndef HEIYAN_CAPTURE_KNOCK_H
#define HEIYAN_CAPTURE_KNOCK_H

#include "capture/address.h"

typedef struct Knock {
    char numeric[64];  // the address that answered
    bool other_digest; // log-in is by digests that libavformat does not know
} Knock;

// STATUS_OK: it speaks RTSP (with TLS: it takes connections). Else as live_open.
Status knock(Knock *out, const Address *address, const atomic_bool *cancelled, LiveTrouble *trouble,
             Error *error);
// Whether an answer wants a log-in, but only by digests that libavformat does not know.
bool knock_other_digest(const char *answer);
// Asks which ways to log in the camera knows, after it has refused one.
void knock_login(Knock *knock, const Address *address, const atomic_bool *cancelled);

#endif
