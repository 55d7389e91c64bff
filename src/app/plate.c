// heiyan plate: reads the plates in stills.
#include "app/commands.h"

#include "base/log.h"
#include "base/options.h"
#include "capture/stills.h"
#include "evidence/record.h"
#include "plate/read.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLATE_ALONE 400 // a picture not wider than this may be nothing but a plate

// The plate found in the picture, or the picture as a plate, whichever is read more surely.
static Status read_picture(PlateReader *reader, const Picture *picture, Plate *out, bool *found,
                           Error *error)
{
    Plate plates[2];
    size_t count = 0;
    Status status = STATUS_OK;
    if (plate_locate(picture, (Box){0, 0, picture->width, picture->height}, &plates[0]))
        count++;
    double aspect = (double)picture->width / picture->height;
    if (picture->width <= PLATE_ALONE && aspect > 1.4 && aspect < 6) {
        Plate *whole = &plates[count++];
        *whole =
            (Plate){.box = {0, 0, picture->width, picture->height}, .rows = aspect > 2.6 ? 1 : 0};
        for (int i = 0; i < 4; i++) {
            whole->corners[i][0] = i == 1 || i == 2 ? picture->width : 0;
            whole->corners[i][1] = i >= 2 ? picture->height : 0;
        }
    }
    *found = false;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        status = plate_read(reader, picture, &plates[i], error);
        if (status == STATUS_OK && (!*found || plates[i].confidence > out->confidence)) {
            *out = plates[i];
            *found = plates[i].character_count > 0;
        }
    }
    return status;
}

static Status print_json(const char *path, const Plate *plate, Error *error)
{
    json_t *plates = json_array();
    if (plate)
        json_array_append_new(plates, record_plate(plate));
    json_t *object = json_pack("{s:s%,s:o}", "file", path, strlen(path), "plates", plates);
    char *line = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(object);
    if (!line)
        return error_set(error, STATUS_ARGUMENT, "%s: the name is not UTF-8", path);
    puts(line);
    free(line);
    return STATUS_OK;
}

static void print_plain(const char *path, const Plate *plate)
{
    bool chinese = locale_is_chinese();
    if (!plate)
        printf("%s: %s\n", path, chinese ? "未发现号牌" : "no plate");
    else
        printf("%s: %s  (%s, %.2f)\n", path, plate->shown, plate->text, plate->confidence);
}

static Status read_file(PlateReader *reader, const char *path, bool json, Error *error)
{
    Picture *picture = NULL;
    Plate plate;
    bool found = false;
    Status status = still_read(path, &picture, error);
    if (status == STATUS_OK)
        status = read_picture(reader, picture, &plate, &found, error);
    picture_unref(&picture);
    if (status == STATUS_OK && json)
        return print_json(path, found ? &plate : NULL, error);
    if (status == STATUS_OK)
        print_plain(path, found ? &plate : NULL);
    return status;
}

int command_plate(int argc, char **argv)
{
    const char *model = NULL;
    bool json = false, help;
    const Option options[] = {
        {"--json", OPTION_FLAG, &json, 0, 0, NULL, "one JSON object per image",
         "每图输出一行 JSON"},
        {"--model", OPTION_TEXT, &model, 0, 0, "ONNX", "another reader of the same shape",
         "使用另一识别模型"},
    };
    size_t option_count = sizeof options / sizeof *options;
    int count;
    Error error;
    if (options_parse(options, option_count, argc, argv, &count, &help, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (help) {
        printf("heiyan plate [--json] IMAGE...\n\n");
        options_print(options, option_count);
        return EXIT_GOOD;
    }
    if (!count) {
        log_error("plate needs at least one image");
        return EXIT_USAGE;
    }
    PlateReader *reader;
    if (plate_reader_create(&reader, model, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    int result = EXIT_GOOD;
    for (int i = 0; i < count; i++)
        if (read_file(reader, argv[i], json, &error) != STATUS_OK) {
            log_error("%s", error.text);
            result = EXIT_PART;
        }
    plate_reader_destroy(&reader);
    return result;
}
