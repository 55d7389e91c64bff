// How long it takes to find and to read the plate of one vehicle in one picture, on one core.
//
//     plate-time IMAGE [X Y W H]     the vehicle's box; default: the whole picture
#include "capture/stills.h"
#include "plate/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 61
#define NARROWEST 0.125 // of the vehicle's width, as for an event (src/plate/passage.c)
#define PLACES 3

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_size);
    return values[ROUNDS / 2];
}

int main(int argc, char **argv)
{
    Error error;
    Picture *picture = NULL;
    PlateFinder *finder = NULL;
    PlateReader *reader = NULL;
    Plate found[PLACES] = {0};
    size_t count = 0;
    double find[ROUNDS], both[ROUNDS];
    if (argc != 2 && argc != 6) {
        fputs("plate-time IMAGE [X Y W H]\n", stderr);
        return 2;
    }
    Status status = still_read(argv[1], &picture, &error);
    if (status == STATUS_OK)
        status = plate_finder_create(&finder, NULL, &error);
    if (status == STATUS_OK)
        status = plate_reader_create(&reader, NULL, &error);
    Box where = {0, 0, picture ? picture->width : 0, picture ? picture->height : 0};
    if (argc == 6)
        where = (Box){atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), atoi(argv[5])};
    for (int i = 0; i < ROUNDS && status == STATUS_OK; i++) {
        PlateWidths widths = {.smallest = where.w * NARROWEST};
        double begin = now_ms();
        status =
            plate_locate(finder, picture, where, widths.smallest, found, PLACES, &count, &error);
        double between = now_ms();
        if (status == STATUS_OK)
            status =
                plate_find(finder, reader, picture, where, widths, found, PLACES, &count, &error);
        find[i] = between - begin;
        both[i] = now_ms() - between;
    }
    if (status == STATUS_OK)
        printf("%d x %d pixels: found in %.1f ms, found and read in %.1f ms (%zu: %s)\n", where.w,
               where.h, median(find), median(both), count, count ? found[0].text : "");
    else
        fprintf(stderr, "%s\n", error.text);
    plate_finder_destroy(&finder);
    plate_reader_destroy(&reader);
    picture_unref(&picture);
    return status == STATUS_OK ? 0 : 1;
}
