// The parts of a request as anybody may send them: address, path, query, cookie, range.
#include "review/http_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sockaddr_storage address;
    socklen_t length;
    bool loopback;
    HttpQuery query;
    uint64_t first = 0, count = 0;
    char value[64], *text = strndup((const char *)data, size), *decoded = malloc(size + 1);
    if (!text || !decoded)
        abort();
    for (int path = 0; path < 2; path++)
        if (http_decode(text, strlen(text), path, decoded) &&
            (!http_utf8_valid(decoded) || strlen(decoded) > strlen(text)))
            abort();
    if (http_query_parse(text, &query, NULL) == STATUS_OK) {
        for (size_t i = 0; i < query.count; i++)
            if (!http_query_value(&query, query.pairs[i].name))
                abort();
        http_query_finish(&query);
    }
    http_cookie_parse(text, "heiyan", value, sizeof value);
    if (http_range_parse(text, 1000, &first, &count) == HTTP_RANGE_PART &&
        (!count || first >= 1000 || count > 1000 - first))
        abort();
    http_listen_parse(text, &address, &length, &loopback, NULL);
    free(text);
    free(decoded);
    return 0;
}
