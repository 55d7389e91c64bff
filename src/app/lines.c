#include "app/lines.h"

#include "base/files.h"
#include "base/log.h"
#include "evidence/record.h"

#include <stdio.h>
#include <stdlib.h>

void print_record(const char *folder)
{
    char path[PATH_SIZE];
    json_t *record;
    Error error;
    if (path_join(path, folder, "record.json", &error) != STATUS_OK ||
        record_load(path, &record, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return;
    }
    char *line = json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(12));
    if (line)
        puts(line);
    fflush(stdout);
    free(line);
    json_decref(record);
}
