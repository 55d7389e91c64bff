// Packs as light as the ledger can take: a record, its SHA256SUMS and, where asked for, tiny media.
// Not signed: what is needed of seals, tests/unit/evidence_test.c tests.
#ifndef HEIYAN_TESTS_PACKS_H
#define HEIYAN_TESTS_PACKS_H

#include "base/clock.h"
#include "base/files.h"
#include "evidence/minisign.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct LightPack {
    const char *camera, *plate, *colour, *class, *site, *lane;
    int64_t peak_us;
    double grade; // < 0: not measurable
    double confidence, score;
} LightPack;

static inline json_t *light_record(const LightPack *pack, const char *id)
{
    ClockText when = clock_text(pack->peak_us);
    json_t *record = json_pack(
        "{s:s,s:s,s:{s:s?,s:s,s:s,s:s,s:s,s:n,s:n},s:{s:s,s:s,s:s?},s:{s:s,s:s,s:s,s:s,s:n}}",
        "schema", "heiyan.record.1", "id", id, "site", "name", pack->site, "device", "D-1", "place",
        "建设路与神农路口", "direction", "由南向北", "region", "140581", "latitude", "longitude",
        "camera", "id", pack->camera, "role", "rear", "lane", pack->lane, "time", "start",
        when.rfc3339, "peak", when.rfc3339, "end", when.rfc3339, "clock_source", "file-name",
        "clock_offset_s");
    json_t *source =
        json_pack("{s:{s:s,s:f,s:n,s:i,s:i,s:f,s:s,s:s,s:s}}", "source", "name", "a.mp4",
                  "media_time_s", 4.0, "clip_start", "width", 1920, "height", 1080, "fps", 25.0,
                  "codec", "h264", "color_range", "limited", "color_space", "bt709");
    json_t *vehicle = json_pack("{s:{s:i,s:s,s:[i,i,i,i],s:n,s:n}}", "vehicle", "track", 1, "class",
                                pack->class ? pack->class : "lorry", "box", 10, 20, 300, 200,
                                "speed_kmh", "colour");
    bool measurable = pack->grade >= 0;
    json_t *smoke = json_pack(
        "{s:{s:o,s:f,s:f,s:f,s:b,s:s,s:s,s:[i,i,i,i],s:[],s:f,s:f,s:f}}", "smoke", "ringelmann",
        measurable ? json_real(pack->grade) : json_null(), "opacity",
        measurable ? pack->grade / 5 : 0.0, "opacity_max", 0.9, "uncertainty", 0.05, "measurable",
        measurable, "model", "transmission", "kind", "black", "box", 10, 220, 200, 100, "outline",
        "duration_s", 2.0, "confidence", pack->confidence, "score", pack->score);
    json_t *plate =
        json_pack("{s:{s:s?,s:s?,s:s?,s:i,s:b,s:f,s:[],s:n,s:n}}", "plate", "text", pack->plate,
                  "shown", pack->plate, "colour", pack->plate ? pack->colour : NULL, "rows", 1,
                  "trailer", 0, "confidence", 0.9, "characters", "box", "corners");
    json_t *rest = json_pack(
        "{s:[],s:{s:n,s:n},s:[{s:s,s:f,s:s}],s:[],s:{s:s,s:s,s:{}},s:[{s:s,s:s,s:s,s:s}],s:n}",
        "conditions", "sun", "azimuth", "elevation", "reasons", "name", "persistence", "value", 3.1,
        "text", "烟羽持续 3.1 秒", "other_vehicles", "software", "version", "0", "settings_sha256",
        "0", "models", "files", "name", "panorama-1.jpg", "role", "panorama", "time", when.rfc3339,
        "sha256", "0", "previous");
    json_t *parts[] = {source, vehicle, smoke, plate, rest};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        json_object_update(record, parts[i]);
        json_decref(parts[i]);
    }
    return record;
}

// Writes the pack below folder; its id to id.
static inline void light_pack(const char *folder, const LightPack *pack, char id[200])
{
    char path[PATH_SIZE], sums[SHA256_HEX_SIZE + 80];
    ClockText when = clock_text(pack->peak_us);
    snprintf(id, 200, "%s_%s", pack->camera, when.compact);
    snprintf(path, sizeof path, "%s/%s/%s", folder, when.date, id);
    folder_make(path, NULL);
    json_t *record = light_record(pack, id);
    char *text = json_dumps(record, JSON_INDENT(1));
    char hex[SHA256_HEX_SIZE];
    bytes_sha256(text, strlen(text), hex);
    snprintf(sums, sizeof sums, "%s  record.json\n", hex);
    const struct {
        const char *name, *text;
    } files[] = {{"record.json", text}, {"SHA256SUMS", sums}, {"panorama-1.jpg", "picture"}};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s/%s/%s", folder, when.date, id, files[i].name);
        FILE *file = fopen(path, "w");
        fputs(files[i].text, file);
        fclose(file);
    }
    free(text);
    json_decref(record);
}

// An evidence folder without packs.
static inline void light_folder(const char *folder)
{
    char path[PATH_SIZE];
    SecretKey key;
    folder_make(folder, NULL);
    snprintf(path, sizeof path, "%s/heiyan.pub", folder);
    if (secret_key_load(&key, NULL) == STATUS_OK)
        public_key_save(path, &key.public, NULL);
}

#endif
