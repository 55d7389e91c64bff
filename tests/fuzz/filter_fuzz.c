// Filters as a request brings them, against a real index: "name=value&name=value".
#include "ledger/ledger.h"

#include "../unit/packs.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Ledger *open_index(void)
{
    static char folder[] = "/tmp/heiyan-fuzz-XXXXXX";
    Ledger *ledger = NULL;
    char id[200];
    if (!mkdtemp(folder) || clock_set_zone("Asia/Shanghai", NULL) != STATUS_OK)
        abort();
    setenv("HEIYAN_STATE", folder, 1);
    light_folder(folder);
    for (int i = 0; i < 20; i++) {
        LightPack pack = {.camera = i % 2 ? "cam01" : "cam02",
                          .plate = i % 3 ? "晋E12345" : NULL,
                          .colour = "yellow",
                          .peak_us = (i + 1) * INT64_C(100000000000000),
                          .grade = i % 5,
                          .confidence = 0.5,
                          .score = 0.5};
        light_pack(folder, &pack, id);
    }
    Error error;
    // The index stands beside the key: the state folder is the evidence folder here, which only a
    // ledger (not the sealer) accepts.
    if (ledger_open(&ledger, folder, &rules_default, &error) != STATUS_OK)
        abort();
    return ledger;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Ledger *ledger;
    Person person = {.name = "王", .role = ROLE_ADMIN};
    Filter filter;
    Error error;
    json_t *out;
    char *query = strndup((const char *)data, size), *rest = query, *pair;
    if (!ledger)
        ledger = open_index();
    filter_init(&filter);
    while ((pair = strsep(&rest, "&"))) {
        char *value = strchr(pair, '=');
        if (value) {
            *value++ = '\0';
            filter_set(&filter, pair, value, &error);
        }
    }
    Status status = ledger_captures(ledger, &filter, &person, &out, &error);
    if (status != STATUS_OK && status != STATUS_ARGUMENT)
        abort();
    json_decref(out);
    if (ledger_facets(ledger, &filter, &person, &out, &error) != STATUS_OK)
        abort();
    json_decref(out);
    filter_finish(&filter);
    free(query);
    return 0;
}
