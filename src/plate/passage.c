#include "plate/passage.h"

#include "base/log.h"
#include "plate/find.h"
#include "plate/read.h"

#include <math.h>
#include <string.h>

#define TRIES 3     // places per picture that may be the plate
#define SHARE 0.125 // of the vehicle's width is the narrowest plate
#define WIDEST 0.45 // and the widest, even where a part of the vehicle is taken for it

// The surest plate of each view into found, the views' numbers into from. Returns how many.
static size_t read_views(PlateFinder *finder, PlateReader *reader, const PlateView *views,
                         size_t count, Plate *found, size_t *from)
{
    size_t used = 0;
    for (size_t i = 0; i < count && i < PLATE_VIEWS; i++) {
        Plate seen[TRIES];
        size_t many = 0;
        Error error;
        const PlateView *view = &views[i];
        PlateWidths widths = {view->where.w * SHARE, view->where.w * WIDEST};
        if (view->picture && plate_find(finder, reader, view->picture, view->where, widths, seen,
                                        TRIES, &many, &error) != STATUS_OK)
            log_warning("plate not read: %s", error.text);
        if (!many)
            continue;
        found[used] = seen[0];
        from[used++] = i;
    }
    return used;
}

// Fuses what was read in all views. False: nothing was.
static bool fuse(const Plate *found, const size_t *from, size_t used, Plate *out, size_t *shown)
{
    size_t best = 0;
    double value = 0;
    for (size_t i = 0; i < used; i++) {
        double worth = (1 + found[i].confidence) * found[i].sharpness * sqrt(found[i].box.w);
        if (worth > value) {
            value = worth;
            best = i;
        }
    }
    if (value <= 0)
        return false;
    const Plate *place = &found[best];
    *shown = from[best];
    *out = plate_fuse(found, used);
    out->box = place->box;
    memcpy(out->corners, place->corners, sizeof out->corners);
    memcpy(out->colour, place->colour, sizeof out->colour);
    out->sharpness = place->sharpness;
    return true;
}

bool plate_of_passage(const PlateModels *models, const PlateView *views, size_t count, Plate *out,
                      size_t *shown)
{
    Plate found[PLATE_VIEWS];
    size_t from[PLATE_VIEWS], used = 0;
    Error error;
    PlateFinder *finder = NULL; // events are rare: loading them anew costs less than keeping them
    PlateReader *reader = NULL;
    if (plate_finder_create(&finder, &models->finder, &error) == STATUS_OK &&
        plate_reader_create(&reader, &models->reader, &error) == STATUS_OK)
        used = read_views(finder, reader, views, count, found, from);
    else
        log_warning("plates are not read: %s", error.text);
    bool any = fuse(found, from, used, out, shown);
    if (any && plate_ask_painted(reader, views[*shown].picture, out, &error) != STATUS_OK)
        log_warning("what is painted is not read: %s", error.text);
    plate_finder_destroy(&finder);
    plate_reader_destroy(&reader);
    return any;
}
