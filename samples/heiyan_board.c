// heiyan-board: draws a picture of a Ringelmann board as a camera would take it, for trying `heiyan measure --board`.
#include "base/options.h"
#include "board.h"
#include "movie.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Key {
    const char *name, *help;
    double *value;
} Key;

static Status read_numbers(const char *text, double *out, int count, Error *error)
{
    const char *at = text;
    for (int i = 0; i < count; i++) {
        char *end;
        out[i] = strtod(at, &end);
        if (end == at || *end != (i + 1 < count ? ',' : '\0'))
            return error_set(error, STATUS_ARGUMENT, "%s: %d numbers parted by commas are needed", text, count);
        at = end + 1;
    }
    return STATUS_OK;
}

static Status set(const Key *keys, size_t count, const char *assignment, Error *error)
{
    const char *equals = strchr(assignment, '=');
    for (size_t i = 0; equals && i < count; i++)
        if (strlen(keys[i].name) == (size_t)(equals - assignment) && !strncmp(keys[i].name, assignment, strlen(keys[i].name)))
            return read_numbers(equals + 1, keys[i].value, 1, error);
    return error_set(error, STATUS_ARGUMENT, "%s: not a key=value of --help", assignment);
}

static Status draw_clip(const BoardScene *scene, const BoardLayout *layout, const char *output, int frames, Error *error)
{
    MovieSpec spec = {scene->width, scene->height, 25, "h264", "veryfast", 18, 0, 25, 0, scene->range};
    Movie *movie;
    Status status = movie_create(&movie, output, &spec, error);
    BoardScene one = *scene;
    for (int i = 0; status == STATUS_OK && i < frames; i++) {
        one.seed = scene->seed + (uint64_t)i;
        Picture *picture = board_draw(&one, layout);
        status = picture ? movie_put(movie, picture, error) : error_set(error, STATUS_MEMORY, "out of memory");
        picture_unref(&picture);
    }
    Error late;
    Status closed = movie_finish(&movie, status == STATUS_OK ? error : &late);
    return status == STATUS_OK ? closed : status;
}

static Status draw(const BoardScene *scene, const BoardLayout *layout, const char *output, int frames, Error *error)
{
    if (frames)
        return draw_clip(scene, layout, output, frames, error);
    Picture *picture = board_draw(scene, layout);
    Status status = picture ? movie_still(output, picture, error) : error_set(error, STATUS_MEMORY, "out of memory");
    picture_unref(&picture);
    return status;
}

int main(int argc, char **argv)
{
    BoardScene scene = board_scene_default();
    BoardLayout layout = board_layout_default();
    const char *output = NULL, *levels = NULL, *corners = NULL;
    int rim = 20, seed = 1, frames = 0, rest;
    bool help, limited = false;
    const Key keys[] = {
        {"exposure", "linear light of white in the board's middle", &scene.exposure},
        {"across", "slope of the light", &scene.across}, {"down", "slope of the light", &scene.down},
        {"glare", "light added at a spot", &scene.glare}, {"glare_x", "its place, 0..1", &scene.glare_x},
        {"glare_y", "its place, 0..1", &scene.glare_y}, {"glare_radius", "share of the board", &scene.glare_radius},
        {"shadow", "share of the light missing on the left half", &scene.shadow},
        {"blur", "of the lens, pixels", &scene.blur}, {"noise", "8-bit steps", &scene.noise},
        {"curve", "exponent over BT.709", &scene.curve},
    };
    const size_t key_count = sizeof keys / sizeof *keys;
    const Option options[] = {
        {"-o", OPTION_TEXT, &output, 0, 0, "FILE", "picture (.png .jpg) or clip (.mp4) to write", "输出文件"},
        {"--levels", OPTION_TEXT, &levels, 0, 0, "L,L/L,L", "levels of the fields", "各级黑度"},
        {"--rim", OPTION_INTEGER, &rim, 0, 40, "PERCENT", "white around a field, of its cell", "白边"},
        {"--corners", OPTION_TEXT, &corners, 0, 0, "x,y,...", "of the board, clockwise from its top left", "四角"},
        {"--width", OPTION_INTEGER, &scene.width, 16, 8192, "N", "of the picture", "宽"},
        {"--height", OPTION_INTEGER, &scene.height, 16, 8192, "N", "of the picture", "高"},
        {"--seed", OPTION_INTEGER, &seed, 0, 2147483647, "N", "of the noise", "随机种子"},
        {"--frames", OPTION_INTEGER, &frames, 1, 1000, "N", "a clip of so many pictures", "帧数"},
        {"--limited", OPTION_FLAG, &limited, 0, 0, NULL, "limited range", "有限范围"},
    };
    const size_t count = sizeof options / sizeof *options;
    Error error = {0};
    Status status = options_parse(options, count, argc - 1, argv + 1, &rest, &help, &error);
    if (status == STATUS_OK && levels)
        status = board_layout_parse(levels, &layout, &error);
    if (status == STATUS_OK && corners)
        status = read_numbers(corners, &scene.corners[0][0], 8, &error);
    for (int i = 0; status == STATUS_OK && i < rest; i++)
        status = set(keys, key_count, argv[i + 1], &error);
    if (status == STATUS_OK && !help && !output)
        status = error_set(&error, STATUS_ARGUMENT, "-o FILE is missing: see --help");
    if (status != STATUS_OK) {
        fprintf(stderr, "heiyan-board: %s\n", error.text);
        return 2;
    }
    if (help) {
        printf("usage: heiyan-board [key=value ...] -o OUT.jpg\n\n");
        options_print(options, count);
        for (size_t i = 0; i < key_count; i++)
            printf("  %-24s %s (%g)\n", keys[i].name, keys[i].help, *keys[i].value);
        return 0;
    }
    layout.rim = rim / 100.0;
    scene.seed = (uint64_t)seed;
    scene.range = limited ? COLOR_RANGE_LIMITED : COLOR_RANGE_FULL;
    if (draw(&scene, &layout, output, frames, &error) != STATUS_OK) {
        fprintf(stderr, "heiyan-board: %s\n", error.text);
        return 1;
    }
    return 0;
}
