#include "road/lane.h"

#include <stdlib.h>
#include <string.h>

bool lane_covers(const Lane *lane, double x, double y)
{
    bool in = false;
    for (size_t i = 0, j = lane->corner_count - 1; i < lane->corner_count; j = i++) {
        const float *a = lane->corners[i], *b = lane->corners[j];
        if ((a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0])
            in = !in;
    }
    return in;
}

bool lanes_hold(const Lane *lanes, size_t count, const Grid *grid, const Passage *passage)
{
    size_t within = 0;
    for (size_t i = 0; i < passage->point_count; i++) {
        Box box = passage->points[i].box;
        double x = (box.x + box.w / 2.0) / grid->picture_width;
        double y = (double)(box.y + box.h) / grid->picture_height;
        bool in = !count;
        for (size_t n = 0; n < count && !in; n++)
            in = lane_covers(&lanes[n], x, y);
        within += in;
    }
    return 2 * within >= passage->point_count;
}

Lane *lanes_copy(const Lane *lanes, size_t count)
{
    Lane *copies = calloc(count + 1, sizeof *copies);
    bool good = copies;
    for (size_t i = 0; good && i < count; i++) {
        size_t size = lanes[i].corner_count * sizeof *lanes[i].corners;
        float(*corners)[2] = malloc(size + 1);
        char *name = lanes[i].name ? strdup(lanes[i].name) : NULL;
        if (corners)
            memcpy(corners, lanes[i].corners, size);
        copies[i] = (Lane){name, (const float(*)[2])corners, lanes[i].corner_count};
        good = corners && (!lanes[i].name || name);
    }
    if (good)
        return copies;
    lanes_free(copies, count);
    return NULL;
}

void lanes_free(Lane *lanes, size_t count)
{
    for (size_t i = 0; lanes && i < count; i++) {
        free((void *)lanes[i].corners);
        free((void *)lanes[i].name);
    }
    free(lanes);
}
