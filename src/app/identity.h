// Whether the evidence folder is the one it was: a disk that is not mounted leaves an empty folder
// of the system's disk in its place, which must not be filled.
//
// The folder holds a random id in DIR/.heiyan/identity; the installation's state folder remembers
// the id of every path, and the mount point it lay under.
#ifndef HEIYAN_APP_IDENTITY_H
#define HEIYAN_APP_IDENTITY_H

#include "base/error.h"
#include "base/files.h"

#include <stdatomic.h>
#include <stdbool.h>

#define IDENTITY_SIZE 33

typedef struct Identity {
    char folder[PATH_SIZE]; // as given
    char id[IDENTITY_SIZE]; // set once, before taken
    atomic_bool taken;
} Identity;

// Finds the folder's id. A folder that is new gets one, with the folder itself; so does one that
// lost it on the same mount, for then somebody removed it; one of another id is another disk, and
// taken. STATUS_MISSING with a hint: its mount is not there; nothing was written. May be tried
// again, by one thread.
Status identity_take(Identity *identity, Error *error);

// Whether an id was taken and the folder still has it. Looks at the disk; any thread.
bool identity_holds(const Identity *identity);

// As identity_holds, with STATUS_MISSING and one sentence. NULL: always fine.
Status identity_check(const Identity *identity, Error *error);

#endif
