// heiyan measure: density of one region of a still against the same view without plume; with
// --board, a check with a board of known levels.
#include "app/board.h"
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

static void print_help(const Option *options, size_t region_options, size_t option_count)
{
    bool chinese = locale_is_chinese();
    printf("heiyan measure [--json] --background B --frame F --region x,y,w,h\n\n");
    options_print(options, region_options);
    printf(chinese
               ? "\nheiyan measure --board [选项] --corners x,y,x,y,x,y,x,y 图片...\n\n"
                 "用林格曼黑度板（900×600 mm，0.00～2.00 "
                 "级）作现场核查：给出各级示值与示值误差（允许 0.25 级），\n"
                 "并写出一页 PDF 记录。图片可为 1～10 张同一视角的照片，或录像（取其中一帧）。\n\n"
               : "\nheiyan measure --board [options] --corners x,y,x,y,x,y,x,y PICTURE...\n\n"
                 "A check with a Ringelmann board (900x600 mm, levels 0.00 to 2.00): the grade and "
                 "the error of\n"
                 "indication of each level (allowed: 0.25), and a record of one page as PDF. One "
                 "to ten pictures\n"
                 "of the same view, or clips, of which one frame is taken. Ends with 0 only when "
                 "every level passes.\n\n");
    options_print(options + region_options, option_count - region_options);
}

int command_measure(int argc, char **argv)
{
    const char *background = NULL, *frame = NULL;
    BoardRequest board = {.rim = 20};
    bool json = false, help, on_board = false;
    const Option options[] = {
        {"--background", OPTION_TEXT, &background, 0, 0, "B", "the view without plume",
         "无烟的背景图"},
        {"--frame", OPTION_TEXT, &frame, 0, 0, "F", "the same view with the plume",
         "同一视角的有烟图"},
        {"--region", OPTION_TEXT, &board.region, 0, 0, "x,y,w,h",
         "region to measure, in pixels; with --board: the board",
         "测量区域（像素）；--board 时为整块板"},
        {"--json", OPTION_FLAG, &json, 0, 0, NULL, "one JSON object", "输出 JSON"},
        {"--board", OPTION_FLAG, &on_board, 0, 0, NULL, "a check with a board of known levels",
         "用黑度板作现场核查"},
        {"--corners", OPTION_TEXT, &board.corners, 0, 0, "x,y,...",
         "the board's corners: top left, top right, bottom right, bottom left",
         "板的四角：左上、右上、右下、左下（像素）"},
        {"--levels", OPTION_TEXT, &board.levels, 0, 0, "L,L/L,L",
         "levels of the fields, row by row; default 0,0.25,0.5/0.75,1,1.25/1.5,1.75,2",
         "各块黑度级，逐行；默认 0,0.25,0.5/0.75,1,1.25/1.5,1.75,2"},
        {"--rim", OPTION_INTEGER, &board.rim, 0, 40, "PERCENT",
         "white on each side of a field, of its cell's size; default 20; 0: fields touch, white is "
         "that of level 0",
         "色块每侧白边占格宽的百分比，默认 20；0：色块相接，以 0 级块为白"},
        {"--size", OPTION_TEXT, &board.size, 0, 0, "WxH", "of the board in mm; default 900x600",
         "板的尺寸（mm），默认 900x600"},
        {"--at", OPTION_TEXT, &board.at, 0, 0, "SECONDS", "the frame of a clip; default its first",
         "取录像的第几秒，默认第一帧"},
        {"--time", OPTION_TEXT, &board.time, 0, 0, "T",
         "when it was taken; default by the file's name, else its time",
         "拍摄时间；默认据文件名，否则据文件时间"},
        {"-c", OPTION_TEXT, &board.settings, 0, 0, "SITE.yaml", "settings: site, camera, device",
         "站点配置：站点、相机、设备"},
        {"--camera", OPTION_TEXT, &board.camera, 0, 0, "ID", "which camera took it", "相机编号"},
        {"-o", OPTION_TEXT, &board.output, 0, 0, "RECORD.pdf",
         "the record; default NAME-check.pdf of the first picture",
         "记录文件；默认 首图名-check.pdf"},
    };
    size_t option_count = sizeof options / sizeof *options, region_options = 4;
    int count;
    Error error;
    Box region;
    if (options_parse(options, option_count, argc, argv, &count, &help, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (help) {
        print_help(options, region_options, option_count);
        return EXIT_GOOD;
    }
    if (on_board) {
        board.pictures = argv;
        board.picture_count = count;
        board.json = json;
        if (!background && !frame)
            return board_check(&board);
        log_error("measure --board needs no --background and no --frame: white is on the board");
        return EXIT_USAGE;
    }
    if (count || !background || !frame || !board.region || !parse_region(board.region, &region)) {
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
