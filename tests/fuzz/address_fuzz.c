// The address of a camera as anybody may write it: one URL, or parts beside it. What was read must
// come back when it is written for libavformat and read again, and no error may show a password.
#include "capture/address.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The lines of the input, one each for url, host, user, password and path; an empty one is none.
static LiveOptions options_of(char *text)
{
    LiveOptions options = {.transport = text[0] == '!' ? LIVE_TLS : LIVE_TCP};
    const char **parts[] = {&options.url, &options.host, &options.user, &options.password,
                            &options.path};
    char *rest = text + (text[0] == '!');
    for (size_t i = 0; i < sizeof parts / sizeof *parts && rest; i++) {
        const char *line = strsep(&rest, "\n");
        *parts[i] = *line ? line : NULL;
    }
    return options;
}

static void check_again(const Address *address)
{
    static char url[8192], again[8192];
    Address read;
    if (!address_url(address, NULL, url, sizeof url))
        return;
    LiveOptions options = {.url = url};
    if (address_make(&read, &options, NULL) != STATUS_OK) { // a path grows when it is encoded
        assert(strlen(url) > 1023);
        return;
    }
    assert(strcmp(read.host, address->host) == 0 && read.port == address->port);
    assert(read.tls == address->tls && strcmp(read.user, address->user) == 0);
    assert(!*address->user || strcmp(read.password, address->password) == 0);
    assert(address_url(&read, NULL, again, sizeof again) && strcmp(url, again) == 0);
    assert(address_bare_url(address, again, sizeof again) && !strchr(again, '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char small[16];
    Address address;
    Error error = {0};
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    LiveOptions options = options_of(text);
    if (address_make(&address, &options, &error) != STATUS_OK) {
        assert(!options.password || strlen(options.password) < 8 ||
               !strstr(error.text, options.password) ||
               strstr("its host, user or password is longer than 255 bytes, or its path than 1023",
                      options.password) ||
               strstr("its 'url' is not rtsp://host[:port]/path: give host, port, path, user and "
                      "password as separate keys",
                      options.password));
    } else {
        address_url(&address, "192.0.2.1", small, sizeof small); // what does not fit
        if (!options.host)                                       // one that is given is believed
            check_again(&address);
    }
    free(text);
    return 0;
}
