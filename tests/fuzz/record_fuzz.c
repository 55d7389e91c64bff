// A record.json of anybody's making: read by verify, by the ledger, by the composite.
#include "evidence/record.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error;
    json_t *record = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (record && record_check(record, &error) == STATUS_OK)
        free(record_text(record, &size));
    json_decref(record);
    return 0;
}
