#include "road/event.h"

#include <stdlib.h>

void event_free(Event *event)
{
    free(event->points);
    free(event->outline);
    free(event->density.cells);
    *event = (Event){0};
}

static size_t nearest_point(const Event *event, int64_t time_us)
{
    size_t best = 0;
    for (size_t i = 1; i < event->point_count; i++)
        if (llabs(event->points[i].time_us - time_us) <
            llabs(event->points[best].time_us - time_us))
            best = i;
    return best;
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

size_t event_panorama_times(const Event *event, int64_t times_us[3], size_t *peak_index)
{
    *peak_index = 0;
    times_us[0] = event->peak_us;
    if (event->point_count < 2)
        return 1;
    size_t peak = nearest_point(event, event->peak_us), count = 0;
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
