// Private to capture/: where a live camera is and who may look. Credentials are here and nowhere
// else: errors and logs show host and port.
#ifndef HEIYAN_CAPTURE_ADDRESS_H
#define HEIYAN_CAPTURE_ADDRESS_H

#include "capture/live.h"

typedef struct Address {
    char host[256]; // name, IPv4 or IPv6 without brackets
    int port;
    bool tls;
    char user[256], password[256]; // as they are, not encoded
    char path[1024];               // with the slash before it, query included
    char label[272];               // "host:port": for people
} Address;

// From separate fields or one URL; fields given beside a URL win. In a URL user and password may
// hold any character: what is %XX is decoded, the rest is taken as it is. STATUS_ARGUMENT says what
// is missing, without showing any of it.
Status address_make(Address *out, const LiveOptions *options, Error *error);
// The URL for libavformat, user and password percent-encoded, with numeric in the place of the host
// (NULL: the host). False when it does not fit.
bool address_url(const Address *address, const char *numeric, char *url, size_t size);
// The same without user and password.
bool address_bare_url(const Address *address, char *url, size_t size);

#endif
