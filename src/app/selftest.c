// heiyan selftest: golden pictures drawn here with whole numbers only, measured, and compared with
// stored results.
//
// Every run on every machine must give the stored figures to the last printed digit, and every
// repeat within a run the same bits: zero variance. A changed figure means that the measurement
// changed.
#include "app/commands.h"

#include "base/log.h"
#include "base/options.h"
#include "road/opacity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 320
#define HEIGHT 180
#define REPEATS 20
// deviation from the truth, in 1/10000: the 7.5 % of EPA Method 9 and ASTM D7520
#define ALLOWED 750
#define AIRLIGHT 12 // of the plume, percent of the road's light

static const Box region = {120, 60, 80, 60};

// Linear light (65535 = white) of a full-range luma level, BT.709 transfer.
static const uint16_t light_of_level[256] = {
    0,     57,    114,   171,   228,   286,   343,   400,   457,   514,   571,   628,   685,
    742,   800,   857,   914,   971,   1028,  1085,  1142,  1196,  1254,  1314,  1375,  1438,
    1502,  1568,  1636,  1705,  1775,  1847,  1921,  1997,  2074,  2152,  2232,  2314,  2398,
    2483,  2569,  2658,  2748,  2839,  2933,  3028,  3124,  3222,  3322,  3424,  3527,  3632,
    3739,  3848,  3958,  4069,  4183,  4298,  4415,  4534,  4655,  4777,  4901,  5026,  5154,
    5283,  5414,  5547,  5681,  5818,  5956,  6095,  6237,  6381,  6526,  6673,  6822,  6972,
    7125,  7279,  7435,  7593,  7753,  7914,  8078,  8243,  8410,  8579,  8750,  8922,  9097,
    9273,  9451,  9631,  9813,  9997,  10183, 10370, 10560, 10751, 10944, 11139, 11337, 11535,
    11736, 11939, 12144, 12350, 12559, 12769, 12982, 13196, 13412, 13630, 13850, 14072, 14296,
    14522, 14750, 14980, 15211, 15445, 15681, 15918, 16158, 16400, 16643, 16889, 17136, 17386,
    17637, 17891, 18146, 18403, 18663, 18924, 19188, 19453, 19721, 19990, 20262, 20535, 20811,
    21088, 21368, 21649, 21933, 22219, 22506, 22796, 23088, 23381, 23677, 23975, 24275, 24577,
    24881, 25187, 25495, 25806, 26118, 26432, 26749, 27067, 27388, 27710, 28035, 28362, 28691,
    29022, 29355, 29690, 30027, 30366, 30708, 31051, 31397, 31745, 32095, 32447, 32801, 33157,
    33515, 33876, 34238, 34603, 34970, 35339, 35710, 36083, 36458, 36836, 37215, 37597, 37981,
    38367, 38755, 39146, 39538, 39933, 40329, 40728, 41130, 41533, 41938, 42346, 42756, 43168,
    43582, 43998, 44417, 44837, 45260, 45685, 46112, 46542, 46973, 47407, 47843, 48281, 48722,
    49164, 49609, 50056, 50505, 50957, 51410, 51866, 52324, 52784, 53247, 53712, 54178, 54648,
    55119, 55593, 56068, 56546, 57027, 57509, 57994, 58481, 58970, 59462, 59955, 60451, 60950,
    61450, 61953, 62458, 62965, 63474, 63986, 64500, 65016, 65535,
};

typedef enum Ground { GROUND_CONCRETE, GROUND_ASPHALT, GROUND_LINES, GROUND_WET } Ground;

static const int base_level[] = {150, 92, 88, 8}; // of the grounds, in their order

typedef struct Golden {
    const char *name;
    Ground ground;
    int opacity;  // true, percent
    int exposure; // of the frame against the background, percent
    // What must come out, in 1/10000.
    int expected, expected_uncertainty;
    OpacityModel expected_model;
} Golden;

static const Golden goldens[] = {
    {"concrete 0 %", GROUND_CONCRETE, 0, 100, 0, 464, OPACITY_TRANSMISSION},
    {"concrete 20 %", GROUND_CONCRETE, 20, 100, 2012, 430, OPACITY_TRANSMISSION},
    {"concrete 40 %", GROUND_CONCRETE, 40, 100, 4007, 494, OPACITY_TRANSMISSION},
    {"concrete 60 %", GROUND_CONCRETE, 60, 100, 5990, 627, OPACITY_TRANSMISSION},
    {"concrete 80 %", GROUND_CONCRETE, 80, 100, 8007, 797, OPACITY_TRANSMISSION},
    {"concrete 100 %", GROUND_CONCRETE, 100, 100, 10000, 982, OPACITY_TRANSMISSION},
    {"asphalt 20 %", GROUND_ASPHALT, 20, 100, 2015, 485, OPACITY_TRANSMISSION},
    {"asphalt 40 %", GROUND_ASPHALT, 40, 100, 4010, 525, OPACITY_TRANSMISSION},
    {"asphalt 60 %", GROUND_ASPHALT, 60, 100, 5993, 640, OPACITY_TRANSMISSION},
    {"asphalt 80 %", GROUND_ASPHALT, 80, 100, 7998, 800, OPACITY_TRANSMISSION},
    {"lane lines 20 %", GROUND_LINES, 20, 100, 2001, 392, OPACITY_CONTRAST},
    {"lane lines 40 %", GROUND_LINES, 40, 100, 4003, 392, OPACITY_CONTRAST},
    {"lane lines 60 %", GROUND_LINES, 60, 100, 6012, 392, OPACITY_CONTRAST},
    {"lane lines 80 %", GROUND_LINES, 80, 100, 7998, 392, OPACITY_CONTRAST},
    {"asphalt 40 %, darker", GROUND_ASPHALT, 40, 80, 4031, 526, OPACITY_TRANSMISSION},
    {"lines 60 %, brighter", GROUND_LINES, 60, 125, 5986, 392, OPACITY_CONTRAST},
    {"wet, dark 60 %", GROUND_WET, 60, 100, 0, 0, OPACITY_NONE},
};

// A level that depends on the place alone: the grain of the road.
static uint32_t grain(int x, int y)
{
    uint32_t bits = (uint32_t)x * 374761393u + (uint32_t)y * 668265263u;
    bits = (bits ^ (bits >> 13)) * 1274126177u;
    return bits ^ (bits >> 16);
}

static int ground_level(Ground ground, int x, int y)
{
    int level = base_level[ground] + (int)(grain(x, y) % 7) - 3;
    bool line = ground == GROUND_LINES && x % 40 < 14; // lane lines, wide enough to measure across
    return line ? 205 + (int)(grain(x, y) % 5) - 2 : level;
}

// The level whose light is nearest: the table inverted.
static uint8_t level_of_light(uint32_t light)
{
    int low = 0, high = 255;
    while (low < high) {
        int middle = (low + high) / 2;
        if (light_of_level[middle] < light)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0 && light - light_of_level[low - 1] < light_of_level[low] - light)
        low--;
    return (uint8_t)low;
}

static uint32_t seen_light(const Golden *golden, uint32_t road, int x, int y)
{
    uint32_t light = road;
    bool inside =
        x >= region.x && x < region.x + region.w && y >= region.y && y < region.y + region.h;
    if (inside) {
        uint32_t air = light_of_level[base_level[golden->ground]] * AIRLIGHT / 100u;
        uint32_t opacity = (uint32_t)golden->opacity;
        light = ((100u - opacity) * road + opacity * air + 50u) / 100u;
    }
    light = light * (uint32_t)golden->exposure / 100u;
    return light > 65535 ? 65535 : light;
}

// golden NULL: the empty road of that ground.
static Picture *draw(Ground ground, const Golden *golden)
{
    Picture *picture = picture_new(WIDTH, HEIGHT);
    if (!picture)
        return NULL;
    picture->range = COLOR_RANGE_FULL;
    picture->space = COLOR_SPACE_BT709;
    for (int y = 0; y < HEIGHT; y++) {
        uint8_t *row = (uint8_t *)picture->plane[0] + (ptrdiff_t)y * picture->stride[0];
        for (int x = 0; x < WIDTH; x++) {
            int level = ground_level(ground, x, y);
            row[x] = golden ? level_of_light(seen_light(golden, light_of_level[level], x, y))
                            : (uint8_t)level;
        }
    }
    for (int i = 1; i < 3; i++)
        memset((uint8_t *)picture->plane[i], 128, (size_t)picture->stride[i] * (HEIGHT / 2));
    return picture;
}

// Measures one golden picture REPEATS times, drawn anew each time. *same: every repeat gave the
// same bits.
static Status measure(const Golden *golden, Opacity *out, bool *same, Error *error)
{
    Status status = STATUS_OK;
    *out = (Opacity){0};
    *same = true;
    for (int i = 0; i < REPEATS && status == STATUS_OK; i++) {
        Picture *background = draw(golden->ground, NULL), *frame = draw(golden->ground, golden);
        Opacity measured;
        if (!background || !frame)
            status = error_set(error, STATUS_MEMORY, "out of memory");
        else
            status = opacity_measure(background, frame, region, &measured, error);
        if (status == STATUS_OK && i == 0)
            *out = measured;
        else if (status == STATUS_OK)
            *same = *same && measured.opacity == out->opacity &&
                    measured.uncertainty == out->uncertainty && measured.model == out->model;
        picture_unref(&background);
        picture_unref(&frame);
    }
    return status;
}

static bool judge(const Golden *golden, const Opacity *measured, bool same)
{
    int opacity = (int)lround(1e4 * measured->opacity);
    int uncertainty = (int)lround(1e4 * measured->uncertainty);
    bool expected = measured->model == golden->expected_model &&
                    (golden->expected_model == OPACITY_NONE ||
                     (opacity == golden->expected && uncertainty == golden->expected_uncertainty));
    bool close =
        golden->expected_model == OPACITY_NONE || abs(opacity - 100 * golden->opacity) <= ALLOWED;
    bool good = expected && close && same;
    printf("%-22s %5d %%", golden->name, golden->opacity);
    if (measured->measurable)
        printf("  %7.2f %%  %6.2f  %-12s", opacity / 100.0, uncertainty / 100.0,
               opacity_model_name(measured->model));
    else
        printf("  %9s  %6s  %-12s", "-", "-", opacity_model_name(measured->model));
    printf("  %7.2f %%  %s\n", golden->expected / 100.0,
           good        ? "ok"
           : !same     ? "VARIES"
           : !expected ? "CHANGED"
                       : "OFF");
    return good;
}

static int run(void)
{
    size_t count = sizeof goldens / sizeof *goldens, failed = 0;
    bool chinese = locale_is_chinese();
    puts(chinese ? "标准图                  真值      测得      ±     模型           应为"
                 : "golden picture          true   measured       ±  model         expected");
    for (size_t i = 0; i < count; i++) {
        Opacity measured;
        bool same;
        Error error;
        if (measure(&goldens[i], &measured, &same, &error) != STATUS_OK) {
            log_error("%s: %s", goldens[i].name, error.text);
            failed++;
        } else {
            failed += !judge(&goldens[i], &measured, same);
        }
    }
    printf(chinese ? "%zu 幅标准图，每幅重复 %d 次：%zu 幅符合，%zu 幅不符\n"
                   : "%zu golden pictures, each %d times: %zu as stored, %zu not\n",
           count, REPEATS, count - failed, failed);
    return failed ? EXIT_PART : EXIT_GOOD;
}

int command_selftest(int argc, char **argv)
{
    int count;
    bool help;
    Error error;
    if (options_parse(NULL, 0, argc, argv, &count, &help, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (help || count) {
        if (!help)
            log_error("selftest takes no arguments");
        else
            printf("heiyan selftest\n");
        return help ? EXIT_GOOD : EXIT_USAGE;
    }
    return run();
}
