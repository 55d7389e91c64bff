#include "road/event.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define APART_US 1500000 // two pictures of one plume

void event_free(Event *event)
{
    free(event->points);
    free(event->outline);
    free(event->density.cells);
    *event = (Event){0};
}

void events_free(Event **events, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        event_free(&(*events)[i]);
    free(*events);
    *events = NULL;
    *count = 0;
}

static void *copy_of(const void *from, size_t count, size_t size, bool *good)
{
    void *copy = from ? malloc(count * size + 1) : NULL;
    *good &= copy || !from;
    if (copy)
        memcpy(copy, from, count * size);
    return copy;
}

Status event_copy(Event *out, const Event *event, Error *error)
{
    const DensityMap *map = &event->density;
    bool good = true;
    *out = *event;
    out->points = copy_of(event->points, event->point_count, sizeof *event->points, &good);
    out->outline = copy_of(event->outline, event->outline_count, sizeof *event->outline, &good);
    out->density.cells = copy_of(map->cells, (size_t)map->rows * (size_t)map->columns, 1, &good);
    if (good)
        return STATUS_OK;
    event_free(out);
    return error_set(error, STATUS_MEMORY, "out of memory");
}

void event_shift(Event *event, int64_t by_us)
{
    event->start_us += by_us;
    event->peak_us += by_us;
    event->end_us += by_us;
    for (size_t i = 0; i < event->point_count; i++)
        event->points[i].time_us += by_us;
}

static void scale_box(Box *box, double across, double down)
{
    *box = box_scale(*box, across, down);
}

void event_scale(Event *event, double across, double down)
{
    for (size_t i = 0; i < event->point_count; i++)
        scale_box(&event->points[i].box, across, down);
    for (size_t i = 0; i < event->outline_count; i++) {
        event->outline[i].x = (int)lround(event->outline[i].x * across);
        event->outline[i].y = (int)lround(event->outline[i].y * down);
    }
    for (size_t i = 0; i < event->other_count; i++)
        scale_box(&event->others[i].box, across, down);
    scale_box(&event->box, across, down);
    scale_box(&event->plume, across, down);
    scale_box(&event->density.area, across, down);
}

static size_t nearest_point(const TrackPoint *points, size_t count, int64_t time_us)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (llabs(points[i].time_us - time_us) < llabs(points[best].time_us - time_us))
            best = i;
    return best;
}

Box way_box_at(const TrackPoint *points, size_t point_count, int64_t time_us)
{
    return points[nearest_point(points, point_count, time_us)].box;
}

// The point along from the peak in one direction (step -1 or 1) where the vehicle is well displaced
// and well seen.
static size_t displaced(const Event *event, size_t peak, int step)
{
    Box from = event->points[peak].box;
    size_t best = peak;
    double reach = (from.w > from.h ? from.w : from.h) / 2.0, best_worth = 0;
    for (size_t i = peak; step < 0 ? i > 0 : i + 1 < event->point_count;) {
        i = (size_t)((long)i + step);
        Box box = event->points[i].box;
        double dx = abs(2 * box.x + box.w - 2 * from.x - from.w) / 2.0;
        double dy = abs(box.y + box.h - from.y - from.h);
        double way = (dx > dy ? dx : dy) / reach,
               seen = (double)box.w * box.h / (from.w * from.h + 1);
        double worth = (way < 1 ? way : 1) * (seen < 0.6 ? seen / 0.6 : 1);
        if (worth > best_worth) {
            best_worth = worth;
            best = i;
        }
        if (worth >= 1)
            break;
    }
    return best;
}

// The beginning of the smoke, the peak and the end, as far as they lie APART_US from each other.
static size_t distinct_times(const Event *event, int64_t times_us[3], size_t *peak_index)
{
    size_t count = 0;
    if (event->peak_us - event->start_us >= APART_US)
        times_us[count++] = event->start_us;
    *peak_index = count;
    times_us[count++] = event->peak_us;
    if (event->end_us - event->peak_us >= APART_US)
        times_us[count++] = event->end_us;
    return count;
}

size_t event_panorama_times(const Event *event, int64_t times_us[3], size_t *peak_index)
{
    *peak_index = 0;
    times_us[0] = event->peak_us;
    if (event->zone[0]) // it stands: what is displaced is its smoke
        return distinct_times(event, times_us, peak_index);
    if (event->point_count < 2)
        return 1;
    size_t peak = nearest_point(event->points, event->point_count, event->peak_us), count = 0;
    size_t before = displaced(event, peak, -1), after = displaced(event, peak, 1);
    if (before != peak)
        times_us[count++] = event->points[before].time_us;
    *peak_index = count;
    times_us[count++] = event->peak_us;
    if (after != peak && event->points[after].time_us > event->peak_us)
        times_us[count++] = event->points[after].time_us;
    return count;
}

const char *vehicle_class_name(VehicleClass class)
{
    static const char *const names[] = {"car", "van", "lorry", "bus", "motorcycle", "other"};
    return names[class];
}

const char *smoke_kind_name(SmokeKind kind)
{
    static const char *const names[] = {"black", "white", "dust", "unclear"};
    return names[kind];
}

const char *opacity_model_name(OpacityModel model)
{
    static const char *const names[] = {"none", "transmission", "contrast"};
    return names[model];
}
