// The newest picture that was looked at of a camera, shown small to many or kept as evidence of the
// camera's state. Thread-safe; who puts a picture never waits for one to be encoded.
#ifndef HEIYAN_APP_NEWEST_H
#define HEIYAN_APP_NEWEST_H

#include "app/identity.h"
#include "base/error.h"
#include "picture/picture.h"

#include <stddef.h>

typedef struct Newest Newest;

Newest *newest_create(void); // NULL when out of memory
void newest_destroy(Newest **newest);

void newest_put(Newest *newest, Picture *picture); // takes over; NULL: there is none any more

// A small JPEG of it, made at most once a second. The caller frees *data. STATUS_MISSING: there is
// no picture yet.
Status newest_thumbnail(Newest *newest, unsigned char **data, size_t *size, Error *error);
// Keeps it as DIR/health/NAME-condition.jpg of the evidence folder. STATUS_MISSING as above.
Status newest_snapshot(Newest *newest, const Identity *identity, const char *name, Error *error);

#endif
