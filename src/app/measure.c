// heiyan measure: density of one region of a still against the same view without plume.
#include "app/commands.h"

#include "base/log.h"
#include "base/options.h"
#include "capture/stills.h"
#include "road/opacity.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double rounded(double value, int decimals)
{
    double unit = pow(10, decimals);
    return round(value * unit) / unit;
}

static Status print_json(const Opacity *measured, Error *error)
{
    json_t *grade =
        measured->measurable ? json_real(rounded(5 * measured->opacity, 2)) : json_null();
    json_t *object = json_pack(
        "{s:f,s:f,s:o,s:b,s:s,s:I}", "opacity", rounded(measured->opacity, 4), "uncertainty",
        rounded(measured->uncertainty, 4), "ringelmann", grade, "measurable", measured->measurable,
        "model", opacity_model_name(measured->model), "pixels", (json_int_t)measured->pixels);
    char *line = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(object);
    if (!line)
        return error_set(error, STATUS_MEMORY, "out of memory");
    puts(line);
    free(line);
    return STATUS_OK;
}

static void print_plain(const Opacity *measured)
{
    bool chinese = locale_is_chinese();
    if (!measured->measurable) {
        puts(chinese ? "无法测量：该处背景过暗，黑烟与路面无法区分"
                     : "not measurable: the background there is too dark to tell soot from road");
        return;
    }
    printf(chinese ? "不透光度 %.1f %% ± %.1f，林格曼 %.2f 级（模型 %s，%llu 像素）\n"
                   : "opacity %.1f %% ± %.1f, Ringelmann %.2f (model %s, %llu pixels)\n",
           100 * measured->opacity, 100 * measured->uncertainty, 5 * measured->opacity,
           opacity_model_name(measured->model), (unsigned long long)measured->pixels);
}

// "x,y,w,h", nothing else.
static bool parse_region(const char *text, Box *out)
{
    int *const parts[] = {&out->x, &out->y, &out->w, &out->h};
    for (int i = 0; i < 4; i++) {
        char *end;
        long value = strtol(text, &end, 10);
        if (end == text || labs(value) > 100000 || *end != (i < 3 ? ',' : '\0'))
            return false;
        *parts[i] = (int)value;
        text = end + 1;
    }
    return out->w > 0 && out->h > 0;
}

static Status measure(const char *background_path, const char *frame_path, Box region, Opacity *out,
                      Error *error)
{
    Picture *background = NULL, *frame = NULL;
    Status status = still_read(background_path, &background, error);
    if (status == STATUS_OK)
        status = still_read(frame_path, &frame, error);
    if (status == STATUS_OK)
        status = opacity_measure(background, frame, region, out, error);
    picture_unref(&background);
    picture_unref(&frame);
    return status;
}

int command_measure(int argc, char **argv)
{
    const char *background = NULL, *frame = NULL, *region_text = NULL;
    bool json = false, help;
    const Option options[] = {
        {"--background", OPTION_TEXT, &background, 0, 0, "B", "the view without plume",
         "无烟的背景图"},
        {"--frame", OPTION_TEXT, &frame, 0, 0, "F", "the same view with the plume",
         "同一视角的有烟图"},
        {"--region", OPTION_TEXT, &region_text, 0, 0, "x,y,w,h", "region to measure, in pixels",
         "测量区域（像素）"},
        {"--json", OPTION_FLAG, &json, 0, 0, NULL, "one JSON object", "输出 JSON"},
    };
    size_t option_count = sizeof options / sizeof *options;
    int count;
    Error error;
    Box region;
    if (options_parse(options, option_count, argc, argv, &count, &help, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (help) {
        printf("heiyan measure [--json] --background B --frame F --region x,y,w,h\n\n");
        options_print(options, option_count);
        return EXIT_GOOD;
    }
    if (count || !background || !frame || !region_text || !parse_region(region_text, &region)) {
        log_error("measure needs --background B --frame F --region x,y,w,h (whole pixels, w and h "
                  "above 0)%s%s",
                  count ? "; not understood: " : "", count ? argv[0] : "");
        return EXIT_USAGE;
    }
    Opacity measured;
    Status status = measure(background, frame, region, &measured, &error);
    if (status == STATUS_OK && json)
        status = print_json(&measured, &error);
    else if (status == STATUS_OK)
        print_plain(&measured);
    if (status == STATUS_OK)
        return EXIT_GOOD;
    log_error("%s", error.text);
    return status == STATUS_ARGUMENT ? EXIT_USAGE : EXIT_PART;
}
