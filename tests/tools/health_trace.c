// Development aid: reads YUV4MPEG2 on stdin, prints when the health of the picture changes.
//
//     ffmpeg -v error -stream_loop -1 -i clip.mp4 -t 400 -vf fps=1 -pix_fmt yuv420p -f yuv4mpegpipe
//     - |
//         health-trace [--spot x,y,radius,opacity,luma]... [--from S] [--to S] [--tiles]
//
// --spot puts something soft on the lens, between the two times: places and radius in fractions of
// the width. --tiles prints how steadily each tile has lost its contours, at the end.
#include "road/health.h"
#include "road/normal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SPOTS 16

typedef struct Spot {
    double x, y, radius, opacity, luma;
} Spot;

static Spot spots[MAX_SPOTS];
static int spot_count;
static double from_s, to_s = INFINITY;
static bool with_tiles;

static void read_options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        Spot *spot = &spots[spot_count];
        with_tiles |= strcmp(argv[i], "--tiles") == 0;
        if (i + 1 >= argc)
            continue;
        if (strcmp(argv[i], "--spot") == 0 && spot_count < MAX_SPOTS)
            spot_count += sscanf(argv[++i], "%lf,%lf,%lf,%lf,%lf", &spot->x, &spot->y,
                                 &spot->radius, &spot->opacity, &spot->luma) == 5;
        else if (strcmp(argv[i], "--from") == 0)
            from_s = atof(argv[++i]);
        else if (strcmp(argv[i], "--to") == 0)
            to_s = atof(argv[++i]);
    }
}

// Opaque up to 0.6 of the radius, then softly less.
static void put_spot(Picture *picture, const Spot *spot)
{
    for (int y = 0; y < picture->height; y++)
        for (int x = 0; x < picture->width; x++) {
            double away = hypot(x - spot->x * picture->width, y - spot->y * picture->width) /
                          (spot->radius * picture->width);
            double share = away < 0.6 ? 1
                           : away > 1 ? 0
                                      : 0.5 + 0.5 * cos(M_PI * (away - 0.6) / 0.4);
            uint8_t *luma =
                (uint8_t *)(uintptr_t)picture->plane[0] + (ptrdiff_t)y * picture->stride[0] + x;
            *luma = (uint8_t)lround(*luma + share * spot->opacity * (spot->luma - *luma));
        }
}

static bool read_picture(Picture *picture)
{
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < (i ? (picture->height + 1) / 2 : picture->height); y++) {
            size_t width = (size_t)(i ? (picture->width + 1) / 2 : picture->width);
            if (fread((uint8_t *)(uintptr_t)picture->plane[i] + (ptrdiff_t)y * picture->stride[i],
                      1, width, stdin) != width)
                return false;
        }
    return true;
}

static void print_tiles(const Dirt *dirt)
{
    for (int y = 0; y < DIRT_ROWS; y++, putchar('\n'))
        for (int x = 0; x < DIRT_COLUMNS; x++)
            printf("%4.0f/%-3.0f", 100 * (double)dirt->lost[y][x], 100 * (double)dirt->kept[y][x]);
}

int main(int argc, char **argv)
{
    static HealthWatch watch;
    static Normal normal;
    PictureHealth last = HEALTH_GOOD;
    char line[512];
    int width = 0, height = 0, num = 25, den = 1;
    read_options(argc, argv);
    if (!fgets(line, sizeof line, stdin) || strncmp(line, "YUV4MPEG2", 9) != 0)
        return 2;
    for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
        if (*word == 'W')
            width = atoi(word + 1);
        if (*word == 'H')
            height = atoi(word + 1);
        if (*word == 'F')
            sscanf(word + 1, "%d:%d", &num, &den);
    }
    for (int64_t n = 0; width >= 16 && fgets(line, sizeof line, stdin); n++) {
        Picture *picture = picture_new(width, height);
        if (!picture || !read_picture(picture))
            return 2;
        double now_s = (double)n * den / num;
        picture->time_us = n * 1000000 * den / num;
        for (int i = 0; i < spot_count && now_s >= from_s && now_s < to_s; i++)
            put_spot(picture, &spots[i]);
        PictureHealth health = health_push(&watch, picture);
        if (health == HEALTH_GOOD)
            health = normal_push(&normal, picture);
        if (health != last)
            printf("%.0f s: %s\n", now_s, picture_health_name(health));
        last = health;
        picture_unref(&picture);
    }
    printf("end: %s\n", picture_health_name(last));
    if (with_tiles)
        print_tiles(&normal.dirt);
    return 0;
}
