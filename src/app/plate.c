// heiyan plate: reads the plates in stills.
#include "app/commands.h"

#include "app/settings.h"
#include "base/log.h"
#include "base/options.h"
#include "capture/stills.h"
#include "evidence/record.h"
#include "plate/read.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLATE_ALONE 400 // a picture not wider than this may be nothing but a plate

// The plates found in the picture, or the picture as a plate where that is read more surely.
static Status read_picture(PlateFinder *finder, PlateReader *reader, const Picture *picture,
                           Plate *out, size_t *count, Error *error)
{
    Box all = {0, 0, picture->width, picture->height};
    PlateWidths widths = {.smallest = fmax(24, picture->width / 72.0)};
    Status status =
        plate_find(finder, reader, picture, all, widths, out, PLATE_CANDIDATES, count, error);
    if (*count && !out[0].character_count)
        *count = 0;
    for (size_t i = 0; i < *count && status == STATUS_OK; i++)
        status = plate_ask_painted(reader, picture, &out[i], error);
    double aspect = (double)picture->width / picture->height;
    if (status != STATUS_OK || picture->width > PLATE_ALONE || aspect < 1.4 || aspect > 6)
        return status;
    Plate whole = {.box = all, .rows = aspect > 2.6 ? 1 : 0};
    plate_set_corners(&whole, 0, 0, all.w, all.h);
    status = plate_read_about(reader, picture, &whole, error);
    if (status == STATUS_OK && whole.character_count &&
        (!*count || whole.confidence > out[0].confidence)) {
        out[0] = whole;
        *count = 1;
    }
    return status;
}

static Status print_json(const char *path, const Plate *found, size_t count, Error *error)
{
    json_t *plates = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(plates, record_plate(&found[i]));
    json_t *object = json_pack("{s:s%,s:o}", "file", path, strlen(path), "plates", plates);
    char *line = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(object);
    if (!line)
        return error_set(error, STATUS_ARGUMENT, "%s: the name is not UTF-8", path);
    puts(line);
    free(line);
    return STATUS_OK;
}

static void print_plain(const char *path, const Plate *found, size_t count)
{
    bool chinese = locale_is_chinese();
    if (!count)
        printf("%s: %s\n", path, chinese ? "未发现号牌" : "no plate");
    for (size_t i = 0; i < count; i++)
        printf("%s: %s  (%s, %.2f)\n", path, found[i].shown, found[i].text, found[i].confidence);
}

static Status read_file(PlateFinder *finder, PlateReader *reader, const char *path, bool json,
                        Error *error)
{
    Picture *picture = NULL;
    Plate found[PLATE_CANDIDATES];
    size_t count = 0;
    Status status = still_read(path, &picture, error);
    if (status == STATUS_OK)
        status = read_picture(finder, reader, picture, found, &count, error);
    picture_unref(&picture);
    if (status == STATUS_OK && json)
        return print_json(path, found, count, error);
    if (status == STATUS_OK)
        print_plain(path, found, count);
    return status;
}

// Both, as the settings and the options say. The models are borrowed as long as they are used.
static Status create(PlateFinder **finder, PlateReader **reader, const PlateModels *models,
                     Error *error)
{
    Status status = plate_reader_create(reader, &models->reader, error);
    if (status == STATUS_OK)
        status = plate_finder_create(finder, &models->finder, error);
    if (status == STATUS_OK)
        status = plate_finder_try(*finder, error);
    return status == STATUS_OK ? plate_reader_try(*reader, error) : status;
}

static int read_files(const PlateModels *models, char **paths, int count, bool json)
{
    PlateFinder *finder = NULL;
    PlateReader *reader = NULL;
    Error error;
    int result = EXIT_GOOD;
    if (create(&finder, &reader, models, &error) != STATUS_OK) {
        log_error("%s", error.text);
        result = EXIT_USAGE;
    }
    for (int i = 0; i < count && result != EXIT_USAGE; i++)
        if (read_file(finder, reader, paths[i], json, &error) != STATUS_OK) {
            log_error("%s", error.text);
            result = EXIT_PART;
        }
    plate_finder_destroy(&finder);
    plate_reader_destroy(&reader);
    return result;
}

int command_plate(int argc, char **argv)
{
    const char *path = NULL, *finder = NULL, *reader = NULL;
    bool json = false, help;
    const Option options[] = {
        {"-c", OPTION_TEXT, &path, 0, 0, "SITE.yaml", "with the networks of the site's settings",
         "使用站点配置中的模型"},
        {"--json", OPTION_FLAG, &json, 0, 0, NULL, "one JSON object per image",
         "每图输出一行 JSON"},
        {"--model", OPTION_TEXT, &reader, 0, 0, "ONNX", "another reader of the same kind",
         "使用另一识别模型"},
        {"--finder", OPTION_TEXT, &finder, 0, 0, "ONNX", "another finder of the same kind",
         "使用另一定位模型"},
    };
    size_t option_count = sizeof options / sizeof *options;
    int count;
    Error error;
    Settings settings;
    if (options_parse(options, option_count, argc, argv, &count, &help, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (help) {
        printf("heiyan plate [-c SITE.yaml] [--json] IMAGE...\n\n");
        options_print(options, option_count);
        return EXIT_GOOD;
    }
    if (!count) {
        log_error("plate needs at least one image");
        return EXIT_USAGE;
    }
    if (settings_load(&settings, path, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (reader)
        settings.plates.reader.net.file = reader;
    if (finder)
        settings.plates.finder.net.file = finder;
    int result = read_files(&settings.plates, argv, count, json);
    settings_free(&settings);
    return result;
}
