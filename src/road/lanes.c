#include "road/road.h"

#include <stdlib.h>
#include <string.h>

bool lane_covers(const Lane *polygon, double x, double y)
{
    bool in = false;
    for (size_t i = 0, j = polygon->corner_count - 1; i < polygon->corner_count; j = i++) {
        const float *a = polygon->corners[i], *b = polygon->corners[j];
        if ((a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0])
            in = !in;
    }
    return in;
}

Lane *lanes_copy(const Lane *lanes, size_t count)
{
    Lane *copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) {
        size_t size = lanes[i].corner_count * sizeof *lanes[i].corners;
        float(*corners)[2] = malloc(size + 1);
        char *name = lanes[i].name ? strdup(lanes[i].name) : NULL;
        if (corners)
            memcpy(corners, lanes[i].corners, size);
        copy[i] = (Lane){name, (const float(*)[2])corners, lanes[i].corner_count};
        if (!corners || (lanes[i].name && !name))
            lanes_free(&copy, count);
    }
    return copy;
}

void lanes_free(Lane **lanes, size_t count)
{
    for (size_t i = 0; *lanes && i < count; i++) {
        free((void *)(*lanes)[i].corners);
        free((void *)(*lanes)[i].name);
    }
    free(*lanes);
    *lanes = NULL;
}
