#include "road/road.h"

#include "road/judge.h"
#include "road/raised.h"
#include "road/rivals.h"
#include "road/sight.h"
#include "road/trace.h"
#include "road/veil.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// learned from key frames; with fewer the road waits and learns from what comes
#define ENOUGH_VIEWS 8
#define WAIT_US (8 * SECOND)
#define SECOND INT64_C(1000000)
#define MAX_WAITING 128
#define VEIL_VIEWS 8      // between looks at what passes darkest
#define WATCHED_GAP_S 2.0 // a longer one between views was not watched

struct Road {
    RoadOptions options;
    Lane *lanes, *masks, *zone_list; // owned, as the options have them
    bool ready;                      // sized for a picture
    Grid grid;
    View view;
    View learned[BACKGROUND_MAX_VIEWS];
    int learned_count;
    bool judging; // the background is known
    View waiting[MAX_WAITING];
    int waiting_count;
    Sight sight;
    Veil veil;
    ColorRange range;
    Segmenter *segmenter;
    Blobs blobs;
    Wake wake;
    Tracker tracker;
    Crowd crowd;
    ConditionWatch conditions;
    Zones *zones; // NULL when there are none
    Baseline baseline;
    int64_t clock_us; // from the times of pictures to the time of day
    Raised raised;
    uint8_t *ignored; // masks, NULL when there are none
    uint8_t *busy;    // covered by vehicles in the last view
    int32_t number;   // of the view
    int64_t last_push_us, last_view_us;
    double interval_s, view_interval_s;
    Event *events;
    size_t event_count;
    RoadCounts counts;
    RoadTrace *trace;
    RoadTraceView *trace_view;
    void *trace_context;
};

RoadOptions road_options_default(void)
{
    return (RoadOptions){.direction = ROAD_DIRECTION_RECEDING,
                         .min_ringelmann = 0.5,
                         .false_budget = 2,
                         .analysis_fps = 12.5};
}

Status road_create(Road **out, const RoadOptions *options, Error *error)
{
    Road *road = *out = calloc(1, sizeof *road);
    if (!road)
        return error_set(error, STATUS_MEMORY, "out of memory");
    road->options = *options;
    if (road->options.analysis_fps <= 0)
        road->options.analysis_fps = road_options_default().analysis_fps;
    tracker_init(&road->tracker);
    road->options.lanes = road->lanes = lanes_copy(options->lanes, options->lane_count);
    road->options.masks = road->masks = lanes_copy(options->masks, options->mask_count);
    road->options.zones = road->zone_list = lanes_copy(options->zones, options->zone_count);
    if (road->lanes && road->masks && road->zone_list)
        return STATUS_OK;
    road_destroy(out);
    return error_set(error, STATUS_MEMORY, "out of memory");
}

static void drop_state(Road *road)
{
    view_destroy(&road->view);
    for (int i = 0; i < road->learned_count; i++)
        view_destroy(&road->learned[i]);
    for (int i = 0; i < road->waiting_count; i++)
        view_destroy(&road->waiting[i]);
    road->learned_count = road->waiting_count = 0;
    sight_destroy(&road->sight);
    segmenter_destroy(&road->segmenter);
    free(road->blobs.label);
    road->blobs.label = NULL;
    wake_destroy(&road->wake);
    zones_destroy(&road->zones);
    tracker_destroy(&road->tracker);
    crowd_destroy(&road->crowd);
    condition_destroy(&road->conditions);
    free(road->ignored);
    free(road->busy);
    road->ignored = road->busy = NULL;
    road->veil = (Veil){0};
    road->ready = road->judging = false;
    road->number = 0;
}

void road_destroy(Road **out)
{
    Road *road = *out;
    *out = NULL;
    if (!road)
        return;
    drop_state(road);
    events_free(&road->events, &road->event_count);
    lanes_free(road->lanes, road->options.lane_count);
    lanes_free(road->masks, road->options.mask_count);
    lanes_free(road->zone_list, road->options.zone_count);
    free(road);
}

static void draw_ignored(Road *road)
{
    const Grid *grid = &road->grid;
    for (int y = 0; y < grid->height; y++)
        for (int x = 0; x < grid->width; x++)
            for (size_t i = 0; i < road->options.mask_count; i++)
                if (lane_covers(&road->masks[i], (x + 0.5) / grid->width, (y + 0.5) / grid->height))
                    road->ignored[(ptrdiff_t)y * grid->width + x] = 255;
}

// Sizes everything for pictures like this one.
static Status make_ready(Road *road, const Picture *picture, Error *error)
{
    if (road->ready && picture->width == road->grid.picture_width &&
        picture->height == road->grid.picture_height)
        return STATUS_OK;
    drop_state(road);
    Grid *grid = &road->grid;
    *grid = grid_for(picture->width, picture->height);
    size_t cells = (size_t)grid->width * (size_t)grid->height;
    road->range = picture->range;
    road->busy = calloc(cells, 1);
    road->blobs.label = calloc(cells, 1);
    road->segmenter = segmenter_create(grid);
    bool good = road->busy && road->blobs.label && road->segmenter &&
                view_create(&road->view, grid) && sight_create(&road->sight, grid) &&
                wake_create(&road->wake, grid) && crowd_create(&road->crowd, grid) &&
                condition_create(&road->conditions, grid);
    if (good && road->options.mask_count) {
        good = (road->ignored = calloc(cells, 1));
        if (good)
            draw_ignored(road);
    }
    if (good && road->options.zone_count)
        good = (road->zones = zones_create(grid, road->options.zones, road->options.zone_count));
    if (!good) {
        drop_state(road);
        return error_set(error, STATUS_MEMORY, "out of memory for a %dx%d picture", picture->width,
                         picture->height);
    }
    road->ready = true;
    return STATUS_OK;
}

Status road_learn(Road *road, Picture *picture, Error *error)
{
    Status status = make_ready(road, picture, error);
    if (status != STATUS_OK || picture->damaged)
        return status;
    if (road->learned_count == BACKGROUND_MAX_VIEWS) {
        // Thin out: every other view goes, so that what is kept stays spread over all that came.
        int kept = 0;
        for (int i = 0; i < road->learned_count; i++) {
            if (i % 2)
                view_destroy(&road->learned[i]);
            else
                road->learned[kept++] = road->learned[i];
        }
        road->learned_count = kept;
    }
    View *view = &road->learned[road->learned_count];
    if (!view_create(view, &road->grid))
        return error_set(error, STATUS_MEMORY, "out of memory");
    view_fill(view, &road->grid, picture);
    road->learned_count++;
    return STATUS_OK;
}

// Fills depth and blobs; returns the view that they are of.
static View *find_vehicles(Road *road, View *view, const uint8_t *busy)
{
    Sight *sight = &road->sight;
    view = sight_look(sight, &road->grid, view, busy);
    segmenter_run(road->segmenter, &road->grid, &sight->background, view, sight->depth,
                  sight->depth_stride, road->ignored, &road->blobs);
    return view;
}

// Whether they are noisy, as sight_learn says.
static bool learn_from(Road *road, const View *views, int count)
{
    if (road->zones)
        zones_draw(road->zones, road->busy);
    return sight_learn(&road->sight, &road->grid, views, count, road->range,
                       road->zones ? road->busy : NULL);
}

// Takes the veil off the views that the road was learned from and those that wait, if there is one.
static bool lift_veil(Road *road)
{
    Veil *veil = &road->veil;
    Background *empty = &road->sight.background;
    for (int i = 0; i < road->learned_count; i++)
        veil_see(veil, empty, &road->grid, &road->learned[i]);
    for (int i = 0; i < road->waiting_count; i++)
        veil_see(veil, empty, &road->grid, &road->waiting[i]);
    if (!veil_settle(veil, empty, &road->grid))
        return false;
    for (int i = 0; i < road->learned_count; i++)
        veil_lift(veil, empty, &road->grid, &road->learned[i]);
    for (int i = 0; i < road->waiting_count; i++)
        veil_lift(veil, empty, &road->grid, &road->waiting[i]);
    return true;
}

// Learns the empty road from the key frames and, where they are few, from the views that wait.
static void learn_background(Road *road)
{
    View views[BACKGROUND_MAX_VIEWS];
    int count = road->learned_count;
    memcpy(views, road->learned, (size_t)count * sizeof *views);
    int wish = BACKGROUND_MAX_VIEWS - count;
    int step = (road->waiting_count + wish - 1) / (wish > 0 ? wish : 1);
    if (count < ENOUGH_VIEWS)
        for (int i = step / 2; i < road->waiting_count && count < BACKGROUND_MAX_VIEWS; i += step)
            views[count++] = road->waiting[i];
    if (learn_from(road, views, count)) {
        for (int i = 0; i < road->learned_count; i++)
            view_smooth(&road->learned[i], &road->grid);
        for (int i = 0; i < road->waiting_count; i++)
            view_smooth(&road->waiting[i], &road->grid);
        learn_from(road, views, count); // they share their planes with those
    }
    if (lift_veil(road))
        learn_from(road, views, count);
    for (int i = 0; i < count; i++) // how the vehicles of this hour cast shadows
        find_vehicles(road, &views[i], NULL);
    for (int i = 0; i < road->learned_count; i++)
        view_destroy(&road->learned[i]);
    road->learned_count = 0;
    road->judging = true;
}

static Track *track_of(Road *road, int id)
{
    for (int t = 0; t < road->tracker.count; t++)
        if (road->tracker.tracks[t].id == id)
            return &road->tracker.tracks[t];
    return NULL;
}

static void name_conditions(const Road *road, Event *event)
{
    for (int i = 0; i < CONDITIONS; i++)
        if (condition_held(&road->conditions, (Condition)i, event->start_us, event->end_us))
            event->conditions[event->condition_count++] = condition_name((Condition)i);
    if (!event->measurable)
        event->conditions[event->condition_count++] = "dark_road";
}

// What the event's vehicles are, by their size; track may be NULL.
static void name_vehicles(Road *road, const Track *track, Event *event)
{
    const Perspective *perspective = &road->baseline.perspective;
    if (track)
        event->class = perspective_class(perspective, &road->grid, &track->passage);
    for (size_t i = 0; i < event->other_count; i++) {
        const Track *other = track_of(road, event->others[i].track);
        if (other)
            event->others[i].class = perspective_class(perspective, &road->grid, &other->passage);
    }
}

// Room for one more in a list of count; NULL when out of memory.
static Event *one_more(Event **events, size_t count)
{
    Event *grown = realloc(*events, (count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    *events = grown;
    return &grown[count];
}

// Adds what a passage of smoke is raised as to a list of *count.
static Status add_event(Road *road, const Verdict *verdict, const Track *track, Event **events,
                        size_t *count, Error *error)
{
    Event *event = one_more(events, *count);
    if (!event ||
        !judge_event(verdict, &road->grid, &road->sight.background, track, &road->tracker, event))
        return error_set(error, STATUS_MEMORY, "out of memory");
    name_conditions(road, event);
    name_vehicles(road, track, event);
    ++*count;
    return STATUS_OK;
}

static Verdict judge(const Road *road, const Track *track, BaselineKind *kind)
{
    int64_t time_us = track->last_us + road->clock_us;
    *kind = baseline_kind(&road->baseline, &road->grid, &track->passage, time_us);
    double haze = road->conditions.states[CONDITION_HAZE].figure;
    Verdict verdict =
        judge_passage(&road->options, &road->baseline, *kind, &road->grid, haze, track);
    if (verdict.judged &&
        !lanes_hold(road->lanes, road->options.lane_count, &road->grid, &track->passage)) {
        verdict.judged = verdict.smoke = false;
        verdict.why = "outside the lanes";
    }
    const char *blind = condition_blinded(&road->conditions, track->first_us, track->last_us);
    if (blind) {
        verdict.judged = verdict.smoke = verdict.typical = false;
        verdict.why = blind;
    }
    if (verdict.smoke && raised_before(&road->raised, &road->grid, track)) {
        verdict.smoke = false;
        verdict.why = "raised before";
        verdict.typical = false;
    }
    return verdict;
}

Verdict road_verdict(const Road *road, const Track *track)
{
    BaselineKind kind;
    return judge(road, track, &kind);
}

// Smoke of vehicles that stood becomes events; last: the footage ends.
static Status finish_stands(Road *road, bool last, Error *error)
{
    double threshold = road->options.threshold > 0 ? road->options.threshold : ZONE_THRESHOLD;
    const Stand *stand;
    while (road->zones && (stand = zones_next(road->zones, threshold, road->last_view_us, last))) {
        Track *track = track_of(road, stand->track);
        if (track && raised_before(&road->raised, &road->grid, track))
            continue;
        Event *event = one_more(&road->events, road->event_count);
        if (!event)
            return error_set(error, STATUS_MEMORY, "out of memory");
        bool raised;
        if (!judge_stand(&road->options, stand, threshold, &road->grid, &road->sight.background,
                         track, &road->tracker, event, &raised))
            return error_set(error, STATUS_MEMORY, "out of memory");
        if (track && raised)
            raised_note(&road->raised, &road->grid, track);
        if (raised) {
            name_conditions(road, event);
            name_vehicles(road, track, event);
        }
        road->event_count += raised;
        road->counts.events += raised;
    }
    return STATUS_OK;
}

static Status finish_track(Road *road, const Track *track, Error *error)
{
    BaselineKind kind;
    Baseline *baseline = &road->baseline;
    baseline_fit(baseline, &road->grid);
    int64_t time_us = track->last_us + road->clock_us;
    Verdict verdict = judge(road, track, &kind);
    if (verdict.smoke)
        raised_note(&road->raised, &road->grid, track);
    if (road->trace)
        road->trace(road->trace_context, &road->grid, track, &verdict);
    if (verdict.typical && !verdict.smoke)
        baseline_add(baseline, &road->grid, &track->passage, verdict.score, verdict.rigid);
    if (verdict.judged && !verdict.smoke && verdict.typical)
        baseline_learn(baseline, kind, verdict.score);
    if (verdict.judged)
        baseline_passed(baseline, time_us);
    road->counts.passages += verdict.judged;
    road->counts.judged += verdict.judged;
    road->counts.events += verdict.smoke;
    Status status = STATUS_OK;
    if (verdict.smoke)
        status = add_event(road, &verdict, track, &road->events, &road->event_count, error);
    if (verdict.judged || verdict.typical)
        perspective_learn(&baseline->perspective, &road->grid, &track->passage);
    return status;
}

static Status measure_wakes(Road *road, const WakeScene *scene, Error *error)
{
    const Blobs *blobs = &road->blobs;
    Tracker *tracker = &road->tracker;
    for (int b = 0; b < blobs->count; b++) {
        const Track *track = tracker->owner[b] >= 0 ? &tracker->tracks[tracker->owner[b]] : NULL;
        wake_cover(&road->wake, scene, b, blobs->items[b].reach, track ? track->id : 0,
                   track ? track->path : 0);
    }
    for (int t = 0; t < tracker->count; t++) {
        Track *track = &tracker->tracks[t];
        if (track_ended(track) || !track->seen)
            continue;
        if (2 * fabs(track->vy) >= fabs(track->vx)) // else what is beside it lies on its way
            wake_pass(&road->wake, scene, track->box, track->id, track->path);
        bool good = passage_add_point(&track->passage, &road->grid,
                                      still_seen(scene->held, track->box), scene->view->time_us);
        if (good && track->hits >= 4)
            good = wake_measure(&road->wake, scene, track->id, track->box, track->path,
                                &track->passage);
        if (!good)
            return error_set(error, STATUS_MEMORY, "out of memory");
    }
    rivals_settle(tracker, scene->view->time_us);
    return STATUS_OK;
}

static Status analyse(Road *road, View *view, Error *error)
{
    const Grid *grid = &road->grid;
    const Sight *sight = &road->sight;
    if (road->number && view->time_us > road->last_view_us) {
        double gap = (double)(view->time_us - road->last_view_us) / 1e6;
        road->view_interval_s += (road->number < 3 ? 1 : 0.1) * (gap - road->view_interval_s);
        if (gap < WATCHED_GAP_S)
            baseline_watched(&road->baseline, view->time_us + road->clock_us, gap);
    }
    road->last_view_us = view->time_us;
    road->number++;
    double fps = road->view_interval_s > 0 ? fmin(60, 1 / road->view_interval_s) : 12.5;
    view = find_vehicles(road, view, road->number > 1 ? road->busy : NULL);
    road->crowd.view = view;
    road->crowd.depth = sight->depth;
    road->crowd.depth_stride = sight->depth_stride;
    tracker_step(&road->tracker, &road->blobs, &road->crowd, view->time_us);
    WakeScene scene = {grid,          &sight->background,  view,
                       sight->depth,  sight->depth_stride, road->blobs.label,
                       road->ignored, road->number,        fps,
                       sight->held,   sight->left};
    wake_prepare(&road->wake, &scene);
    condition_push(&road->conditions, &scene, &road->wake, &road->tracker);
    bool blind = condition_blind(&road->conditions);
    if (blind) {
        road->counts.blind_s += 1 / fps;
        baseline_blind(&road->baseline, view->time_us + road->clock_us, 1 / fps);
    }
    Status status = measure_wakes(road, &scene, error);
    wake_follow(&road->wake, &scene);
    if (status == STATUS_OK && road->zones &&
        !zones_look(road->zones, &scene, road->wake.near_blob, &road->tracker))
        status = error_set(error, STATUS_MEMORY, "out of memory");
    RoadLook look = {&scene, &road->wake, &road->tracker, road->zones, blind};
    if (road->trace_view)
        road->trace_view(road->trace_context, &look);
    if (status == STATUS_OK)
        status = finish_stands(road, false, error);
    for (int t = 0; t < road->tracker.count && status == STATUS_OK; t++)
        if (track_ended(&road->tracker.tracks[t]))
            status = finish_track(road, &road->tracker.tracks[t], error);
    tracker_sweep(&road->tracker);
    memcpy(road->busy, road->wake.near_blob, (size_t)grid->width * (size_t)grid->height);
    if (road->zones)
        zones_hold(road->zones, road->busy);
    bool waited = road->waiting_count > 0; // and was lifted: its veil stays
    if (road->number % VEIL_VIEWS == 0 && road->tracker.count && !waited) {
        veil_see(&road->veil, &road->sight.background, grid, view);
        veil_settle(&road->veil, &road->sight.background, grid);
    }
    background_update(&road->sight.background, grid, sight->depth, sight->depth_stride, view,
                      road->busy, (unsigned)road->number, fps);
    road->counts.analysed++;
    return status;
}

// Judges the views that waited for the road to be learned.
static Status catch_up(Road *road, Error *error)
{
    if (road->judging || (!road->waiting_count && !road->learned_count))
        return STATUS_OK;
    learn_background(road);
    Status status = STATUS_OK;
    for (int i = 0; i < road->waiting_count; i++) {
        if (status == STATUS_OK)
            status = analyse(road, &road->waiting[i], error);
        view_destroy(&road->waiting[i]);
    }
    road->waiting_count = 0;
    return status;
}

Status road_push(Road *road, Picture *picture, Error *error)
{
    Status status = STATUS_OK;
    if (road->ready && (picture->width != road->grid.picture_width ||
                        picture->height != road->grid.picture_height))
        status = road_finish(road, error);
    if (status == STATUS_OK)
        status = make_ready(road, picture, error);
    if (status != STATUS_OK)
        return status;
    road->counts.pictures++;
    double gap = (double)(picture->time_us - road->last_push_us) / 1e6;
    bool first = road->counts.pictures == 1;
    if (!first && gap > 0 && gap < 2)
        road->interval_s += (road->interval_s > 0 ? 0.1 : 1) * (gap - road->interval_s);
    road->last_push_us = picture->time_us;
    double since = (double)(picture->time_us - road->last_view_us) / 1e6;
    double due = 1 / road->options.analysis_fps - 0.55 * road->interval_s;
    bool fresh = !road->number && !road->waiting_count;
    if (road->waiting_count)
        since = (double)(picture->time_us - road->waiting[road->waiting_count - 1].time_us) / 1e6;
    if (!fresh && since >= 0 && since < due)
        return STATUS_OK;
    if (!road->judging && road->learned_count >= ENOUGH_VIEWS)
        learn_background(road);
    if (road->judging) {
        view_fill(&road->view, &road->grid, picture);
        if (road->sight.noisy)
            view_smooth(&road->view, &road->grid);
        veil_lift(&road->veil, &road->sight.background, &road->grid, &road->view);
        return analyse(road, &road->view, error);
    }
    View *view = &road->waiting[road->waiting_count];
    if (!view_create(view, &road->grid))
        return error_set(error, STATUS_MEMORY, "out of memory");
    view_fill(view, &road->grid, picture);
    road->waiting_count++;
    if (road->waiting_count < MAX_WAITING && view->time_us - road->waiting[0].time_us < WAIT_US)
        return STATUS_OK;
    return catch_up(road, error);
}

Status road_finish(Road *road, Error *error)
{
    Status status = catch_up(road, error);
    if (status == STATUS_OK)
        status = finish_stands(road, true, error);
    for (int t = 0; t < road->tracker.count; t++) {
        road->tracker.tracks[t].missed = -1;
        if (status == STATUS_OK)
            status = finish_track(road, &road->tracker.tracks[t], error);
    }
    tracker_sweep(&road->tracker);
    return status;
}

bool road_next_event(Road *road, Event *out)
{
    if (!road->event_count)
        return false;
    *out = road->events[0];
    memmove(road->events, road->events + 1, --road->event_count * sizeof *road->events);
    return true;
}

Status road_open_events(Road *road, Event **out, size_t *count, Error *error)
{
    if (road->ready)
        baseline_fit(&road->baseline, &road->grid);
    Status status = STATUS_OK;
    *out = NULL;
    *count = 0;
    for (int t = 0; t < road->tracker.count && status == STATUS_OK; t++) {
        const Track *track = &road->tracker.tracks[t];
        BaselineKind kind;
        Verdict verdict = judge(road, track, &kind);
        if (verdict.smoke)
            status = add_event(road, &verdict, track, out, count, error);
    }
    if (status != STATUS_OK)
        events_free(out, count);
    return status;
}

int64_t road_open_since(const Road *road)
{
    int64_t since = road->waiting_count ? road->waiting[0].time_us : INT64_MAX;
    for (int t = 0; t < road->tracker.count; t++)
        if (road->tracker.tracks[t].first_us < since)
            since = road->tracker.tracks[t].first_us;
    for (size_t i = 0; i < road->event_count; i++)
        if (road->events[i].start_us < since)
            since = road->events[i].start_us;
    int64_t smoke_us = road->zones ? zones_open_since(road->zones) : INT64_MAX;
    return smoke_us < since ? smoke_us : since;
}

void road_set_clock(Road *road, int64_t shift_us)
{
    road->clock_us = shift_us;
}

const ConditionWatch *road_conditions(const Road *road)
{
    return &road->conditions;
}

Baseline *road_baseline(Road *road)
{
    return &road->baseline;
}

RoadCounts road_counts(const Road *road)
{
    return road->counts;
}

void road_set_trace(Road *road, RoadTrace *trace, RoadTraceView *trace_view, void *context)
{
    road->trace = trace;
    road->trace_view = trace_view;
    road->trace_context = context;
}
