#include "app/debug_draw.h"

#include "base/clock.h"
#include "base/options.h"
#include "evidence/draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAP 8
#define SIDE_X (DEBUG_PICTURE_WIDTH + GAP)
#define SIDE_WIDTH (DEBUG_WIDTH - SIDE_X)
#define DEPTH_HEIGHT 236
#define SCALE_Y (DEPTH_HEIGHT + 4)
#define LIST_Y 304
#define CHART_Y (DEBUG_PICTURE_HEIGHT + GAP)
#define CHART_HEIGHT 176
#define LEGEND_Y (CHART_Y + CHART_HEIGHT + 6)
#define CHART_DEPTH 1.0                 // at the top of the chart
#define SHOWN_AFTER_US INT64_C(3000000) // a passage's end is shown in the picture so long
#define TRAIL_US INT64_C(4000000)
#define CONFIRMED 4               // views: a track is worth a name
#define SEEN 0.05                 // depth that stands out
#define RESTLESS (LIGHT_UNIT / 3) // swaying leaves and the like: shown paler

typedef struct Colour {
    double red, green, blue;
} Colour;

static const Colour smoke_colour = {0.93, 0.11, 0.14}, clean_colour = {0.12, 0.62, 0.25},
                    open_colour = {0.42, 0.45, 0.55};

static const char *say(const char *english, const char *chinese)
{
    return locale_is_chinese() ? chinese : english;
}

// ---- colours ----

static void use(cairo_t *cr, Colour c, double opacity)
{
    cairo_set_source_rgba(cr, c.red, c.green, c.blue, opacity);
}

static Colour colour_of_track(int id)
{
    static const Colour list[] = {{1.0, 0.85, 0.1},  {0.25, 0.8, 1.0}, {1.0, 0.45, 0.8},
                                  {0.55, 0.95, 0.4}, {1.0, 0.6, 0.2},  {0.7, 0.6, 1.0},
                                  {0.3, 0.95, 0.8},  {0.95, 0.9, 0.65}};
    return list[id % (int)(sizeof list / sizeof *list)];
}

static Colour colour_of_verdict(const Verdict *verdict)
{
    return verdict->smoke ? smoke_colour : verdict->judged ? clean_colour : open_colour;
}

// Of ground darker (positive) or lighter than the empty road, in natural logarithms.
static Colour colour_of_depth(double depth)
{
    static const struct {
        double depth;
        Colour colour;
    } steps[] = {{-0.6, {0.1, 0.45, 1.0}},  {-SEEN, {0.13, 0.15, 0.2}}, {SEEN, {0.13, 0.13, 0.13}},
                 {0.15, {0.75, 0.65, 0.0}}, {0.3, {1.0, 0.45, 0.0}},    {0.6, {0.9, 0.0, 0.1}},
                 {1.2, {0.8, 0.0, 0.8}},    {2.0, {1.0, 0.85, 1.0}}};
    size_t last = sizeof steps / sizeof *steps - 1, i = 0;
    if (depth <= steps[0].depth)
        return steps[0].colour;
    while (i < last && depth > steps[i + 1].depth)
        i++;
    if (i == last)
        return steps[last].colour;
    double part = (depth - steps[i].depth) / (steps[i + 1].depth - steps[i].depth);
    Colour a = steps[i].colour, b = steps[i + 1].colour;
    return (Colour){a.red + part * (b.red - a.red), a.green + part * (b.green - a.green),
                    a.blue + part * (b.blue - a.blue)};
}

static uint32_t pixel(Colour c, double opacity) // premultiplied, as cairo has it
{
    uint32_t a = (uint32_t)lround(255 * opacity), r = (uint32_t)lround(255 * opacity * c.red);
    uint32_t g = (uint32_t)lround(255 * opacity * c.green);
    return a << 24 | r << 16 | g << 8 | (uint32_t)lround(255 * opacity * c.blue);
}

// ---- the picture and the depth ----

typedef struct Pane { // where cells lie on the surface
    double x, y, zoom;
} Pane;

static Pane pane_for(const Grid *grid, double x, double y, double w, double h)
{
    double zoom = fmin(w / grid->width, h / grid->height);
    return (Pane){x + (w - grid->width * zoom) / 2, y + (h - grid->height * zoom) / 2, zoom};
}

typedef uint32_t CellColour(const RoadLook *look, ptrdiff_t cell, double depth);

static bool is_rim(const WakeScene *scene, ptrdiff_t cell)
{
    int width = scene->grid->width, x = (int)(cell % width), y = (int)(cell / width);
    const uint8_t *label = scene->label;
    return label[cell] &&
           (!x || !y || x == width - 1 || y == scene->grid->height - 1 || !label[cell - 1] ||
            !label[cell + 1] || !label[cell - width] || !label[cell + width]);
}

static uint32_t over_picture(const RoadLook *look, ptrdiff_t cell, double depth)
{
    if (is_rim(look->scene, cell))
        return pixel((Colour){1, 1, 1}, 0.8);
    int width = look->scene->grid->width;
    bool smoky = look->zones && zones_smoky(look->zones, (int)(cell % width), (int)(cell / width));
    if (!smoky && !wake_owner(look->wake, look->scene, cell))
        return 0;
    return depth > SEEN ? pixel(colour_of_depth(depth), 0.6) : pixel((Colour){0.6, 0.9, 1}, 0.22);
}

static uint32_t as_depth(const RoadLook *look, ptrdiff_t cell, double depth)
{
    const WakeScene *scene = look->scene;
    if (scene->ignored && scene->ignored[cell])
        return pixel((Colour){0, 0, 0}, 1);
    if (scene->label[cell])
        return pixel(is_rim(scene, cell) ? (Colour){1, 1, 1} : (Colour){0.45, 0.48, 0.5}, 1);
    int limit = scene->road->limit[cell];
    bool noise = limit > RESTLESS && fabs(depth) * LIGHT_UNIT < limit;
    return pixel(colour_of_depth(noise ? depth / 4 : depth), 1);
}

// Every cell of the view in its colour.
static bool paint_cells(cairo_t *cr, const RoadLook *look, const Pane *pane, CellColour *colour)
{
    const WakeScene *scene = look->scene;
    const Grid *grid = scene->grid;
    cairo_surface_t *cells =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, grid->width, grid->height);
    bool good = cairo_surface_status(cells) == CAIRO_STATUS_SUCCESS;
    unsigned char *data = cairo_image_surface_get_data(cells);
    for (int y = 0; y < grid->height && good; y++) {
        uint32_t *row =
            (uint32_t *)(void *)(data + (ptrdiff_t)y * cairo_image_surface_get_stride(cells));
        const int16_t *depth = scene->depth + (ptrdiff_t)y * scene->depth_stride;
        for (int x = 0; x < grid->width; x++)
            row[x] = colour(look, (ptrdiff_t)y * grid->width + x, (double)depth[x] / LIGHT_UNIT);
    }
    cairo_surface_mark_dirty(cells);
    cairo_save(cr);
    cairo_translate(cr, pane->x, pane->y);
    cairo_scale(cr, pane->zoom, pane->zoom);
    cairo_set_source_surface(cr, cells, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
    cairo_paint(cr);
    cairo_restore(cr);
    cairo_surface_destroy(cells);
    return good;
}

static bool paint_picture(cairo_t *cr, const Picture *picture, const Pane *pane, const Grid *grid)
{
    unsigned char *rows;
    Error error;
    if (picture_to_bgrx(picture, &rows, &error) != STATUS_OK)
        return false;
    draw_fitted(cr, draw_surface(rows, picture->width, picture->height), pane->x, pane->y,
                grid->width * pane->zoom, grid->height * pane->zoom);
    return true;
}

// ---- areas and vehicles ----

static void draw_areas(cairo_t *cr, const List *list, const Grid *grid, const Pane *pane,
                       Colour colour)
{
    const Area *areas = list->items;
    double w = grid->width * pane->zoom, h = grid->height * pane->zoom;
    use(cr, colour, 0.8);
    cairo_set_line_width(cr, 1.5);
    for (size_t i = 0; i < list->count; i++) {
        for (size_t n = 0; n < areas[i].corner_count; n++)
            cairo_line_to(cr, pane->x + (double)areas[i].corners[n][0] * w,
                          pane->y + (double)areas[i].corners[n][1] * h);
        cairo_close_path(cr);
        cairo_stroke(cr);
    }
}

static void trace_box(cairo_t *cr, Box box, const Pane *pane)
{
    cairo_rectangle(cr, pane->x + box.x * pane->zoom, pane->y + box.y * pane->zoom,
                    box.w * pane->zoom, box.h * pane->zoom);
}

static const char *verdict_text(const Verdict *verdict)
{
    static const char *const texts[][3] = {
        {"smoke", "black smoke", "黑烟"},
        {"below the threshold", "below the threshold", "低于阈值"},
        {"too short", "too few views", "画面太少"},
        {"too small", "too small", "太小"},
        {"no vehicle", "no vehicle", "非车辆"},
        {"standing", "standing", "未行驶"},
        {"not receding", "not receding", "非驶离方向"},
        {"not approaching", "not approaching", "非驶来方向"},
        {"outside the lanes", "outside the lanes", "车道外"},
        {"raised before", "raised before", "已抓拍过"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(verdict->why, texts[i][0]) == 0)
            return say(texts[i][1], texts[i][2]);
    return verdict->why;
}

// The way of the last seconds, and an arrow where it will be in a second.
static void draw_way(cairo_t *cr, const Track *track, const Pane *pane, double factor)
{
    const Passage *p = &track->passage;
    use(cr, colour_of_track(track->id), 0.9);
    cairo_set_line_width(cr, 2);
    for (size_t i = 0; i < p->point_count; i++) {
        Box box = p->points[i].box;
        if (p->points[i].time_us > track->last_us - TRAIL_US)
            cairo_line_to(cr, pane->x + (box.x + box.w / 2.0) / factor * pane->zoom,
                          pane->y + (box.y + box.h) / factor * pane->zoom);
    }
    cairo_stroke(cr);
    double x = pane->x + track->x * pane->zoom, y = pane->y + track->y * pane->zoom;
    double dx = track->vx * pane->zoom, dy = track->vy * pane->zoom, way = hypot(dx, dy);
    if (way < 6)
        return;
    double most = fmin(1, 60 / way), angle = atan2(dy, dx);
    x += dx * most;
    y += dy * most;
    cairo_move_to(cr, x - dx * most, y - dy * most);
    cairo_line_to(cr, x, y);
    cairo_move_to(cr, x - 8 * cos(angle - 0.5), y - 8 * sin(angle - 0.5));
    cairo_line_to(cr, x, y);
    cairo_line_to(cr, x - 8 * cos(angle + 0.5), y - 8 * sin(angle + 0.5));
    cairo_stroke(cr);
}

static void name_box(cairo_t *cr, Box box, const Pane *pane, const char *text, Colour colour)
{
    double x = fmax(2, fmin(DEBUG_PICTURE_WIDTH - 150, pane->x + box.x * pane->zoom));
    double y = pane->y + box.y * pane->zoom - 21;
    draw_chip(cr, x, fmax(26, fmin(DEBUG_PICTURE_HEIGHT - 24, y)), 13, text,
              (const double[4]){colour.red, colour.green, colour.blue, 0.85});
}

static void draw_track(cairo_t *cr, const DebugScene *scene, const Track *track, const Pane *pane)
{
    char text[128];
    Verdict verdict = road_verdict(scene->road, track);
    Colour colour = colour_of_verdict(&verdict);
    bool young = track->hits < CONFIRMED || !track->passage.sample_count;
    trace_box(cr, track->box, pane);
    use(cr, young ? open_colour : colour, young ? 0.6 : 1);
    cairo_set_line_width(cr, young ? 1 : verdict.smoke ? 4 : 2.5);
    if (!track->seen)
        cairo_set_dash(cr, (const double[]){6, 5}, 2, 0);
    cairo_stroke(cr);
    cairo_set_dash(cr, NULL, 0, 0);
    if (young)
        return;
    draw_way(cr, track, pane, scene->look->scene->grid->factor);
    snprintf(text, sizeof text, "#%d  %.2f / %.2f  %s%s", track->id, verdict.score,
             verdict.threshold, verdict_text(&verdict),
             track->merged ? say(" (merged)", "（相连）") : "");
    name_box(cr, track->box, pane, text, colour);
}

// Raised passages stay marked for a moment where their vehicle was seen last.
static void draw_gone(cairo_t *cr, const DebugScene *scene, const Pane *pane)
{
    for (size_t i = 0; i < scene->history->passage_count; i++) {
        const DebugPassage *passage = &scene->history->passages[i];
        char text[64];
        if (!passage->verdict.smoke ||
            scene->look->scene->view->time_us > passage->end_us + SHOWN_AFTER_US)
            continue;
        snprintf(text, sizeof text, say("#%d captured", "#%d 抓拍"), passage->id);
        trace_box(cr, passage->box, pane);
        use(cr, smoke_colour, 1);
        cairo_set_line_width(cr, 4);
        cairo_stroke(cr);
        name_box(cr, passage->box, pane, text, smoke_colour);
    }
}

static void draw_stands(cairo_t *cr, const DebugScene *scene, const Pane *pane)
{
    size_t count = 0;
    const Zones *zones = scene->look->zones;
    const Stand *stands = zones ? zones_stands(zones, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        const Stand *s = &stands[i];
        char text[128];
        Colour colour = s->raised || s->now > 0 ? smoke_colour : open_colour;
        snprintf(text, sizeof text, say("#%d  stands, smoke %.2f%s", "#%d  停留  烟 %.2f%s"),
                 s->track, s->now, s->raised ? say("  captured", "  已抓拍") : "");
        trace_box(cr, s->box, pane);
        use(cr, colour, 1);
        cairo_set_line_width(cr, 2.5);
        cairo_set_dash(cr, (const double[]){2, 3}, 2, 0);
        cairo_stroke(cr);
        cairo_set_dash(cr, NULL, 0, 0);
        name_box(cr, (Box){s->box.x, s->box.y + s->box.h, 0, 0}, pane, text, colour);
    }
}

static void draw_header(cairo_t *cr, const DebugScene *scene)
{
    const WakeScene *view = scene->look->scene;
    char text[256];
    ClockText now = clock_text(view->view->time_us);
    snprintf(
        text, sizeof text,
        say("%.80s  %.23s  %.1f s  %.1f views/s%s", "%.80s  %.23s  第 %.1f 秒  每秒 %.1f 帧%s"),
        scene->title, now.rfc3339, (double)(view->view->time_us - scene->start_us) / 1e6, view->fps,
        scene->look->blind ? say("  BLIND: light changes", "  失明：光线突变") : "");
    double dark[4] = {0, 0, 0, 0.65}, red[4] = {0.8, 0, 0, 0.9};
    draw_chip(cr, 2, 2, 13, text, scene->look->blind ? red : dark);
}

// ---- beside and below ----

static void grey_text(cairo_t *cr, double x, double y, double size, const char *text)
{
    cairo_set_source_rgb(cr, 0.82, 0.84, 0.88);
    draw_text(cr, x, y, size, text);
}

static void draw_scale(cairo_t *cr)
{
    static const double ticks[] = {-0.4, 0, 0.15, 0.3, 0.6, 1.2, 1.9};
    const double from = -0.5, to = 2.0, width = SIDE_WIDTH - GAP;
    for (int x = 0; x < (int)width; x++) {
        use(cr, colour_of_depth(from + (to - from) * x / width), 1);
        cairo_rectangle(cr, SIDE_X + x, SCALE_Y, 1, 10);
        cairo_fill(cr);
    }
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        char text[32];
        snprintf(text, sizeof text, "%g", ticks[i]);
        grey_text(cr, SIDE_X + (ticks[i] - from) / (to - from) * width - 8, SCALE_Y + 10, 11, text);
    }
    grey_text(cr, SIDE_X, SCALE_Y + 26, 12,
              say("optical depth against the empty road (blue: lighter)",
                  "相对空路面的光学深度（蓝：更亮）"));
}

// Of one that was not judged only why. Returns the height.
static double draw_passage(cairo_t *cr, const DebugPassage *passage, double y)
{
    const Verdict *v = &passage->verdict;
    Colour colour = colour_of_verdict(v);
    double plate[4] = {colour.red, colour.green, colour.blue, 1};
    char text[160];
    if (!v->judged) {
        snprintf(text, sizeof text,
                 say("#%d  %s; usable views %zu of %zu", "#%d  %s；可用画面 %zu / %zu"),
                 passage->id, verdict_text(v), passage->usable, passage->views);
        draw_chip(cr, SIDE_X, y, 12, text, plate);
        return 24;
    }
    snprintf(text, sizeof text, say("#%d  %s: score %.2f %s %.2f", "#%d  %s：得分 %.2f %s %.2f"),
             passage->id, verdict_text(v), v->score, v->score > v->threshold ? ">" : "≤",
             v->threshold);
    draw_chip(cr, SIDE_X, y, 14, text, plate);
    snprintf(text, sizeof text,
             say("peak %.2f, rigid part %.2f, trail %.2f, at the pipe %.2f",
                 "峰值 %.2f  恒定 %.2f  尾段 %.2f  排气口 %.2f"),
             v->peak, v->rigid, v->trail, v->pipe);
    grey_text(cr, SIDE_X + 6, y + 22, 12, text);
    snprintf(
        text, sizeof text,
        say("%d smoky of %zu usable views, %.1f s", "可用画面 %2$zu，其中有烟 %1$d，%3$.1f 秒"),
        v->smoky_views, passage->usable, v->persistence_s);
    grey_text(cr, SIDE_X + 6, y + 38, 12, text);
    return 60;
}

void debug_draw_passages(cairo_t *cr, const DebugHistory *history)
{
    double y = LIST_Y;
    cairo_save(cr);
    cairo_rectangle(cr, SIDE_X, LIST_Y - 22, SIDE_WIDTH, DEBUG_HEIGHT - LIST_Y + 22);
    cairo_clip(cr);
    cairo_set_source_rgb(cr, 0.09, 0.1, 0.12);
    cairo_paint(cr);
    grey_text(cr, SIDE_X, LIST_Y - 20, 12,
              say("passages that ended, newest first", "已驶过车辆（新的在上）"));
    for (size_t i = 0; i < history->passage_count && y < DEBUG_HEIGHT - 24; i++)
        y += draw_passage(cr, &history->passages[i], y);
    cairo_restore(cr);
}

static double chart_y(double depth)
{
    double part = fmin(1, fmax(-0.05, depth / CHART_DEPTH));
    return CHART_Y + CHART_HEIGHT - 8 - part * (CHART_HEIGHT - 30);
}

static void draw_dots(cairo_t *cr, const DebugScene *scene)
{
    const DebugHistory *history = scene->history;
    size_t kept = history->dot_count < DEBUG_DOTS ? history->dot_count : DEBUG_DOTS;
    int64_t now_us = scene->look->scene->view->time_us;
    for (size_t i = history->dot_count - kept; i < history->dot_count; i++) {
        const DebugDot *dot = &history->dots[i % DEBUG_DOTS];
        double ago = (double)(now_us - dot->time_us) / (double)DEBUG_SPAN_US;
        if (ago > 1 || ago < 0)
            continue;
        double x = (DEBUG_PICTURE_WIDTH - 44) * (1 - ago), y = chart_y((double)dot->depth);
        use(cr, colour_of_track(dot->id), dot->counts ? 1 : 0.35);
        cairo_arc(cr, x, y, dot->counts ? 3 : 2, 0, 2 * M_PI);
        cairo_fill(cr);
        char name[16];
        snprintf(name, sizeof name, "#%d", dot->id);
        if (dot->time_us == now_us)
            draw_text(cr, x + 5, y - 9, 12, name);
    }
}

static void draw_chart(cairo_t *cr, const DebugScene *scene)
{
    cairo_set_source_rgb(cr, 0.13, 0.14, 0.16);
    cairo_rectangle(cr, 0, CHART_Y, DEBUG_PICTURE_WIDTH, CHART_HEIGHT);
    cairo_fill(cr);
    cairo_set_line_width(cr, 1);
    for (double depth = 0; depth <= CHART_DEPTH; depth += 0.2) {
        char text[16];
        cairo_set_source_rgb(cr, 0.3, 0.32, 0.35);
        cairo_move_to(cr, 0, chart_y(depth));
        cairo_line_to(cr, DEBUG_PICTURE_WIDTH, chart_y(depth));
        cairo_stroke(cr);
        snprintf(text, sizeof text, "%.1f", depth);
        grey_text(cr, 4, chart_y(depth) - 15, 11, text);
    }
    if (scene->history->threshold > 0) {
        double y = chart_y(scene->history->threshold);
        use(cr, smoke_colour, 1);
        cairo_set_line_width(cr, 2);
        cairo_set_dash(cr, (const double[]){8, 6}, 2, 0);
        cairo_move_to(cr, 0, y);
        cairo_line_to(cr, DEBUG_PICTURE_WIDTH, y);
        cairo_stroke(cr);
        cairo_set_dash(cr, NULL, 0, 0);
        draw_text(cr, 40, y - 17, 12, say("threshold", "阈值"));
    }
    grey_text(cr, 40, CHART_Y + 2, 12,
              say("densest ground behind each vehicle, view by view, last 12 s (pale: not counted)",
                  "各车尾迹最浓处逐帧深度，近 12 秒（淡色：不计）"));
    draw_dots(cr, scene);
}

static double legend_box(cairo_t *cr, double x, Colour colour, double opacity, bool filled,
                         const char *text)
{
    cairo_rectangle(cr, x, LEGEND_Y + 4, 18, 12);
    use(cr, colour, opacity);
    cairo_set_line_width(cr, 2.5);
    if (filled)
        cairo_fill(cr);
    else
        cairo_stroke(cr);
    cairo_set_source_rgb(cr, 0.82, 0.84, 0.88);
    return x + 24 + draw_text(cr, x + 24, LEGEND_Y, 12, text) + 14;
}

static void draw_legend(cairo_t *cr)
{
    double x = 4;
    x = legend_box(cr, x, smoke_colour, 1, false, say("smoke as it stands", "现判为黑烟"));
    x = legend_box(cr, x, clean_colour, 1, false, say("judged, below", "已判，低于阈值"));
    x = legend_box(cr, x, open_colour, 1, false, say("not judged (yet)", "（尚）未判"));
    x = legend_box(cr, x, (Colour){1, 1, 1}, 0.8, false, say("body, hard shadow", "车体与硬阴影"));
    x = legend_box(cr, x, (Colour){0.6, 0.9, 1}, 0.35, true,
                   say("uncovered, clean", "刚露出，无烟"));
    legend_box(cr, x, colour_of_depth(0.3), 1, true, say("darker", "刚露出，变暗"));
    grey_text(cr, 4, LEGEND_Y + 20, 12,
              say("box: #vehicle  score / threshold  verdict as it stands; dashed: out of sight; "
                  "line and arrow: its way",
                  "框：#车辆 得分 / 阈值 当前判定；虚线框：暂不可见；线与箭头：行驶轨迹与方向"));
}

bool debug_draw(cairo_t *cr, const DebugScene *scene)
{
    const RoadLook *look = scene->look;
    const Grid *grid = look->scene->grid;
    Pane pane = pane_for(grid, 0, 0, DEBUG_PICTURE_WIDTH, DEBUG_PICTURE_HEIGHT);
    Pane side = pane_for(grid, SIDE_X, 0, SIDE_WIDTH, DEPTH_HEIGHT);
    cairo_set_source_rgb(cr, 0.09, 0.1, 0.12);
    cairo_paint(cr);
    if (!paint_picture(cr, scene->picture, &pane, grid) ||
        !paint_cells(cr, look, &pane, over_picture) || !paint_cells(cr, look, &side, as_depth))
        return false;
    draw_areas(cr, &scene->camera->lanes, grid, &pane, (Colour){0.3, 0.7, 1});
    draw_areas(cr, &scene->camera->masks, grid, &pane, (Colour){0.6, 0.6, 0.6});
    cairo_save(cr);
    cairo_rectangle(cr, 0, 0, DEBUG_PICTURE_WIDTH, DEBUG_PICTURE_HEIGHT);
    cairo_clip(cr);
    draw_areas(cr, &scene->camera->zones, grid, &pane, (Colour){1, 0.6, 0.2});
    draw_gone(cr, scene, &pane);
    draw_stands(cr, scene, &pane);
    for (int t = 0; t < look->tracker->count; t++)
        if (!track_ended(&look->tracker->tracks[t]))
            draw_track(cr, scene, &look->tracker->tracks[t], &pane);
    cairo_restore(cr);
    draw_header(cr, scene);
    draw_scale(cr);
    debug_draw_passages(cr, scene->history);
    draw_chart(cr, scene);
    draw_legend(cr);
    return cairo_status(cr) == CAIRO_STATUS_SUCCESS;
}
