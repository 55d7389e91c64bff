#include "app/debug_video.h"

#include "app/debug_draw.h"
#include "base/clock.h"
#include "capture/video.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEPT 256     // pictures: a road that is still being learned looks at them later
#define WORTH_HITS 6 // views of a track whose end is told
#define STANDS_US (2 * SECOND_US) // the last picture

struct DebugVideo {
    const char *title;
    const CameraSettings *camera;
    const Road *road;
    int64_t start_us, last_us;
    Picture *kept[KEPT]; // ascending, as a ring
    size_t kept_count;   // ever
    DebugHistory history;
    cairo_surface_t *surface;
    cairo_t *cr;
    VideoWriter *writer;
    bool drawn; // a view at all
    bool failed;
    Error error;
};

Status debug_video_create(DebugVideo **out, const char *path, const char *title,
                          const CameraSettings *camera, int64_t start_us, Error *error)
{
    DebugVideo *video = *out = calloc(1, sizeof *video);
    if (!video)
        return error_set(error, STATUS_MEMORY, "out of memory");
    video->title = title;
    video->camera = camera;
    video->start_us = start_us;
    video->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, DEBUG_WIDTH, DEBUG_HEIGHT);
    video->cr = cairo_create(video->surface);
    Status status = cairo_status(video->cr) == CAIRO_STATUS_SUCCESS
                        ? video_writer_create(&video->writer, path, error)
                        : error_set(error, STATUS_MEMORY, "out of memory");
    if (status != STATUS_OK)
        debug_video_close(out, NULL);
    return status;
}

void debug_video_picture(DebugVideo *video, const Picture *picture)
{
    double zoom = fmin((double)DEBUG_PICTURE_WIDTH / picture->width,
                       (double)DEBUG_PICTURE_HEIGHT / picture->height);
    int width = (int)lround(picture->width * zoom), height = (int)lround(picture->height * zoom);
    Picture **place = &video->kept[video->kept_count % KEPT];
    if (picture->time_us < video->start_us)
        return;
    picture_unref(place);
    *place = picture_resized(picture, width, height);
    video->kept_count++;
}

static const Picture *picture_at(const DebugVideo *video, int64_t time_us)
{
    for (size_t i = 0; i < KEPT; i++)
        if (video->kept[i] && video->kept[i]->time_us == time_us)
            return video->kept[i];
    return NULL;
}

static void put(DebugVideo *video, int64_t time_us)
{
    cairo_surface_flush(video->surface);
    video->failed =
        video_writer_put(video->writer, cairo_image_surface_get_data(video->surface), DEBUG_WIDTH,
                         DEBUG_HEIGHT, cairo_image_surface_get_stride(video->surface), time_us,
                         &video->error) != STATUS_OK;
    video->drawn = true;
    video->last_us = time_us;
}

// ---- what the road tells ----

static void note_dots(DebugVideo *video, const RoadLook *look)
{
    DebugHistory *history = &video->history;
    for (int t = 0; t < look->tracker->count; t++) {
        const Track *track = &look->tracker->tracks[t];
        const Passage *p = &track->passage;
        const WakeSample *s = p->sample_count ? &p->samples[p->sample_count - 1] : NULL;
        if (!s || s->time_us != look->scene->view->time_us || isnan(s->peak))
            continue;
        bool counts = wake_usable(s) && !s->outdone;
        float beside = s->beside > 0 ? s->beside : 0; // NaN counts as none
        history->dots[history->dot_count++ % DEBUG_DOTS] =
            (DebugDot){s->time_us, track->id, s->peak - beside, counts};
        history->threshold = road_verdict(video->road, track).threshold;
    }
}

static void see_view(void *context, const RoadLook *look)
{
    DebugVideo *video = context;
    const Picture *picture = picture_at(video, look->scene->view->time_us);
    if (!picture || video->failed)
        return;
    note_dots(video, look);
    DebugScene scene = {video->title, video->camera,   video->road,    look,
                        picture,      video->start_us, &video->history};
    if (debug_draw(video->cr, &scene)) {
        put(video, picture->time_us);
        return;
    }
    error_set(&video->error, STATUS_MEMORY, "out of memory for the debug video");
    video->failed = true;
}

static void see_end(void *context, const Grid *grid, const Track *track, const Verdict *verdict)
{
    DebugVideo *video = context;
    DebugHistory *history = &video->history;
    (void)grid;
    const Passage *p = &track->passage;
    if (track->hits < WORTH_HITS || !p->sample_count || track->last_us < video->start_us)
        return;
    size_t usable = 0;
    for (size_t i = 0; i < p->sample_count; i++)
        usable += wake_usable(&p->samples[i]);
    DebugPassage *first = history->passages;
    size_t kept =
        history->passage_count < DEBUG_PASSAGES ? history->passage_count++ : DEBUG_PASSAGES - 1;
    memmove(first + 1, first, kept * sizeof *first);
    *first =
        (DebugPassage){track->id, *verdict, p->sample_count, usable, track->last_us, track->box};
}

void debug_video_watch(DebugVideo *video, Road *road)
{
    video->road = road;
    road_set_trace(road, see_end, see_view, video);
}

Status debug_video_close(DebugVideo **out, Error *error)
{
    DebugVideo *video = *out;
    *out = NULL;
    if (!video)
        return STATUS_OK;
    if (video->drawn && !video->failed) { // what was open to the end got its verdict just now
        debug_draw_passages(video->cr, &video->history);
        put(video, video->last_us + STANDS_US / 100);
        put(video, video->last_us + STANDS_US);
    }
    Status status = video_writer_close(&video->writer, error);
    if (status == STATUS_OK && video->failed)
        status = error_set(error, video->error.status, "%s", video->error.text);
    for (size_t i = 0; i < KEPT; i++)
        picture_unref(&video->kept[i]);
    cairo_destroy(video->cr);
    cairo_surface_destroy(video->surface);
    free(video);
    return status;
}
