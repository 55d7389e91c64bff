#include "evidence/stamp.h"

#include "base/files.h"
#include "evidence/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COMPOSITE_LIMIT 1000000 // bytes; the standard allows 1 MB
#define WHOLE_QUALITY 85

static Box close_up_area(const Picture *picture, const Event *event)
{
    Box a = event->box, b = event->plume;
    int left = a.x < b.x ? a.x : b.x, top = a.y < b.y ? a.y : b.y;
    int right = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w;
    int bottom = a.y + a.h > b.y + b.h ? a.y + a.h : b.y + b.h;
    int margin = (right - left + bottom - top) / 10 + 8;
    int w = right - left + 2 * margin, h = bottom - top + 2 * margin;
    // 4:3 or wider, so that it stands well beside the panoramas.
    int want_w = h * 4 / 3 > w ? h * 4 / 3 : w, want_h = w * 9 / 16 > h ? w * 9 / 16 : h;
    Box area = {left - margin - (want_w - w) / 2, top - margin - (want_h - h) / 2, want_w, want_h};
    if (area.x + area.w > picture->width)
        area.x = picture->width - area.w;
    if (area.y + area.h > picture->height)
        area.y = picture->height - area.h;
    area.x = area.x < 0 ? 0 : area.x;
    area.y = area.y < 0 ? 0 : area.y;
    return box_clip(area, picture->width, picture->height);
}

// Vehicle and plume on a picture whose corner is there; unit: a pixel of what is drawn on.
static void draw_marks(cairo_t *cr, const Event *event, Point corner, double unit)
{
    cairo_set_line_width(cr, 1.5 * unit);
    cairo_set_source_rgb(cr, 0.2, 1, 0.2);
    cairo_rectangle(cr, event->box.x - corner.x, event->box.y - corner.y, event->box.w,
                    event->box.h);
    cairo_stroke(cr);
    cairo_set_source_rgb(cr, 1, 0.1, 0.1);
    cairo_set_line_width(cr, 2.5 * unit);
    for (size_t i = 0; i < event->outline_count; i++)
        cairo_line_to(cr, event->outline[i].x - corner.x, event->outline[i].y - corner.y);
    if (event->outline_count) {
        cairo_close_path(cr);
        cairo_stroke(cr);
    }
}

Status stamp_whole(Picture *picture, const Event *event, const JpegTags *tags, unsigned char **data,
                   size_t *size, Error *error)
{
    unsigned char *rows;
    Status status = picture_to_bgrx(picture, &rows, error);
    if (status != STATUS_OK)
        return status;
    cairo_surface_t *surface = draw_surface(rows, picture->width, picture->height);
    cairo_t *cr = cairo_create(surface);
    draw_marks(cr, event, (Point){0, 0}, fmax(1, picture->width / 960.0));
    cairo_surface_flush(surface);
    status = cairo_status(cr) == CAIRO_STATUS_SUCCESS
                 ? jpeg_encode_bgrx(rows, picture->width, picture->height, 4 * picture->width,
                                    WHOLE_QUALITY, 0, tags, data, size, error)
                 : error_set(error, STATUS_MEMORY, "cannot draw on a picture: %s",
                             cairo_status_to_string(cairo_status(cr)));
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return status;
}

Status stamp_close_up(const char *path, Picture *peak, const Event *event, const JpegTags *tags,
                      Error *error)
{
    Box area = close_up_area(peak, event);
    Picture *crop = picture_crop(peak, area);
    unsigned char *rows = NULL;
    Status status = crop ? picture_to_bgrx(crop, &rows, error)
                         : error_set(error, STATUS_MEMORY, "out of memory for %s", path);
    if (status != STATUS_OK) {
        picture_unref(&crop);
        return status;
    }
    area.x &= ~1;
    area.y &= ~1;
    cairo_surface_t *small = draw_surface(rows, crop->width, crop->height);
    double zoom = fmax(1, fmin(4, 960.0 / crop->width));
    int width = (int)lround(crop->width * zoom), height = (int)lround(crop->height * zoom);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    cairo_t *cr = cairo_create(surface);
    cairo_scale(cr, zoom, zoom);
    cairo_set_source_surface(cr, small, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_GOOD);
    cairo_paint(cr);
    draw_marks(cr, event, (Point){area.x, area.y}, 1 / zoom);
    status = cairo_status(cr) == CAIRO_STATUS_SUCCESS
                 ? draw_save_jpeg(path, surface, 0, tags, error)
                 : error_set(error, STATUS_MEMORY, "cannot draw %s: %s", path,
                             cairo_status_to_string(cairo_status(cr)));
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    cairo_surface_destroy(small);
    picture_unref(&crop);
    return status;
}

// Colours of opacity: clear grey road, yellow, red, black.
static void density_colour(double opacity, double rgb[3])
{
    static const double stops[][4] = {{0, 0.80, 0.84, 0.86},   {0.1, 0.80, 0.84, 0.86},
                                      {0.2, 1.00, 0.90, 0.35}, {0.4, 0.98, 0.60, 0.15},
                                      {0.6, 0.85, 0.20, 0.12}, {0.8, 0.45, 0.05, 0.25},
                                      {1.0, 0.05, 0.00, 0.08}};
    size_t i = 1;
    while (i + 1 < sizeof stops / sizeof *stops && opacity > stops[i][0])
        i++;
    double part = (opacity - stops[i - 1][0]) / (stops[i][0] - stops[i - 1][0]);
    part = fmax(0, fmin(1, part));
    for (int n = 0; n < 3; n++)
        rgb[n] = stops[i - 1][n + 1] + part * (stops[i][n + 1] - stops[i - 1][n + 1]);
}

static void draw_scale(cairo_t *cr, double x, double y, double height)
{
    for (int i = 0; i < 100; i++) {
        double rgb[3];
        density_colour(1 - i / 100.0, rgb);
        cairo_set_source_rgb(cr, rgb[0], rgb[1], rgb[2]);
        cairo_rectangle(cr, x, y + height * i / 100, 22, height / 100 + 1);
        cairo_fill(cr);
    }
    cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
    draw_text(cr, x - 6, y - 44, 15, "林格曼");
    draw_text(cr, x + 2, y - 24, 13, "不透光");
    for (int grade = 0; grade <= 5; grade++) {
        char text[32];
        double at = y + height * (5 - grade) / 5;
        snprintf(text, sizeof text, "%d  %d%%", grade, grade * 20);
        cairo_rectangle(cr, x + 22, at - 0.5, 6, 1);
        cairo_fill(cr);
        draw_text(cr, x + 32, at - 11, 15, text);
    }
}

static double density_zoom(const DensityMap *density)
{
    return fmax(2, fmin(24, fmin(640.0 / density->columns, 480.0 / density->rows)));
}

void stamp_density_size(const DensityMap *density, int *width, int *height)
{
    double zoom = density_zoom(density);
    *width = (int)(density->columns * zoom);
    *height = (int)(density->rows * zoom);
}

Status stamp_density(const char *path, const DensityMap *density, Error *error)
{
    int map_width, map_height;
    double zoom = density_zoom(density);
    stamp_density_size(density, &map_width, &map_height);
    int height = map_height > 280 ? map_height : 280;
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, map_width + 130, height);
    cairo_t *cr = cairo_create(surface);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
    for (int j = 0; j < density->rows; j++)
        for (int i = 0; i < density->columns; i++) {
            uint8_t cell = density->cells[j * density->columns + i];
            double rgb[3] = {0.55, 0.62, 0.70}; // vehicles: not measured
            if (cell != DENSITY_UNKNOWN)
                density_colour(cell / 200.0, rgb);
            cairo_set_source_rgb(cr, rgb[0], rgb[1], rgb[2]);
            cairo_rectangle(cr, i * zoom, j * zoom, zoom + 0.5, zoom + 0.5);
            cairo_fill(cr);
        }
    cairo_set_antialias(cr, CAIRO_ANTIALIAS_DEFAULT);
    draw_scale(cr, map_width + 22, 58, height - 80);
    cairo_status_t drawn = cairo_status(cr);
    cairo_destroy(cr);
    if (drawn == CAIRO_STATUS_SUCCESS)
        drawn = cairo_surface_write_to_png(surface, path);
    cairo_surface_destroy(surface);
    if (drawn == CAIRO_STATUS_WRITE_ERROR)
        return error_set_errno(error, "cannot write %s", path);
    if (drawn != CAIRO_STATUS_SUCCESS)
        return error_set(error, STATUS_MEMORY, "cannot draw %s: %s", path,
                         cairo_status_to_string(drawn));
    return file_sync(path, error);
}

// ---- composite ----

#define SHEET_WIDTH 1920
#define CELL_WIDTH (SHEET_WIDTH / 2)

static const char *string_at(const json_t *record, const char *group, const char *name)
{
    const char *value = json_string_value(json_object_get(json_object_get(record, group), name));
    return value && *value ? value : "—";
}

static void grade_text(const json_t *record, char *out, size_t size)
{
    const json_t *smoke = json_object_get(record, "smoke");
    if (json_is_null(json_object_get(smoke, "ringelmann")))
        snprintf(out, size, "不可测");
    else
        snprintf(out, size, "%.2f ± %.2f 级",
                 json_number_value(json_object_get(smoke, "ringelmann")),
                 5 * json_number_value(json_object_get(smoke, "uncertainty")));
}

static void time_text(const char *rfc3339, char *out, size_t size)
{
    snprintf(out, size, "%.10s %.12s", rfc3339, strlen(rfc3339) > 11 ? rfc3339 + 11 : "");
}

static const char *time_of_file(const json_t *record, const char *name)
{
    size_t i;
    json_t *file;
    json_array_foreach(json_object_get(record, "files"), i,
                       file) if (strcmp(json_string_value(json_object_get(file, "name")), name) ==
                                 0) return json_string_value(json_object_get(file, "time"));
    return NULL;
}

static void draw_bar(cairo_t *cr, double top, const json_t *record, const char *code)
{
    char when[64], grade[64], line[4][512];
    time_text(string_at(record, "time", "peak"), when, sizeof when);
    grade_text(record, grade, sizeof grade);
    const json_t *violation = json_object_get(record, "violation");
    const char *act = json_string_value(json_object_get(violation, "text"));
    const char *number = json_string_value(json_object_get(violation, "code"));
    snprintf(line[0], sizeof line[0], "违法时间：%s　　地点：%s　　方向：%s　　车道：%s", when,
             string_at(record, "site", "place"), string_at(record, "site", "direction"),
             string_at(record, "camera", "lane"));
    snprintf(line[1], sizeof line[1], "违法行为：%s　　违法代码：%s　　号牌：%s",
             act ? act : "排放明显可见黑烟", number ? number : "—",
             string_at(record, "plate", "shown"));
    snprintf(line[2], sizeof line[2], "林格曼黑度：%s　　设备编号：%s　　点位：%s", grade,
             string_at(record, "site", "device"), string_at(record, "camera", "id"));
    snprintf(line[3], sizeof line[3], "防伪码：%s　　编号：%s", code,
             json_string_value(json_object_get(record, "id")));
    for (int i = 0; i < 4; i++) {
        cairo_set_source_rgb(cr, i == 0 ? 1 : 0.95, i == 0 ? 0.25 : 0.95, i == 0 ? 0.2 : 0.95);
        draw_text(cr, 24, top + 10 + 40 * i, 28, line[i]);
    }
}

static void draw_panorama(cairo_t *cr, const char *folder, const json_t *record, int number,
                          double x, double y, double height)
{
    char name[32], when[64], label[96];
    snprintf(name, sizeof name, "panorama-%d.jpg", number);
    draw_fitted(cr, draw_load(folder, name), x, y, CELL_WIDTH, height);
    const char *time = time_of_file(record, name);
    if (time) {
        time_text(time, when, sizeof when);
        snprintf(label, sizeof label, "全景 %d　%s", number, when);
        draw_label(cr, x + 8, y + 8, 22, label);
    }
}

Status stamp_composite(const char *folder, const json_t *record, const char *code, Error *error)
{
    const json_t *source = json_object_get(record, "source");
    double aspect = (double)json_integer_value(json_object_get(source, "height")) /
                    (double)json_integer_value(json_object_get(source, "width"));
    double cell = lround(CELL_WIDTH * fmax(0.4, fmin(0.8, aspect))), bar = 176;
    cairo_surface_t *sheet =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, SHEET_WIDTH, (int)(2 * cell + bar));
    cairo_t *cr = cairo_create(sheet);
    // Of three, the peak and the one after it: the vehicle is displaced most between these.
    int first = time_of_file(record, "panorama-3.jpg") ? 2 : 1;
    draw_panorama(cr, folder, record, first, 0, 0, cell);
    draw_panorama(cr, folder, record, first + 1, CELL_WIDTH, 0, cell);
    draw_fitted(cr, draw_load(folder, "close-up.jpg"), 0, cell, CELL_WIDTH, cell);
    draw_label(cr, 8, cell + 8, 22, "近景　红线：烟羽　绿框：车辆");
    cairo_surface_t *plate = draw_load(folder, "plate.jpg");
    double plate_height = plate ? cell * 0.32 : 0;
    draw_fitted(cr, draw_load(folder, "density.png"), CELL_WIDTH + 4, cell + 4, CELL_WIDTH - 8,
                cell - plate_height - 8);
    draw_label(cr, CELL_WIDTH + 8, cell + 8, 22, "烟羽密度");
    if (plate) {
        draw_fitted(cr, plate, CELL_WIDTH + 4, 2 * cell - plate_height, CELL_WIDTH - 8,
                    plate_height);
        draw_label(cr, CELL_WIDTH + 8, 2 * cell - plate_height + 4, 22, "号牌");
    }
    draw_bar(cr, 2 * cell, record, code);
    Status status = STATUS_OK;
    char path[PATH_SIZE];
    if (cairo_status(cr) != CAIRO_STATUS_SUCCESS)
        status = error_set(error, STATUS_MEMORY, "cannot draw the composite: %s",
                           cairo_status_to_string(cairo_status(cr)));
    if (status == STATUS_OK)
        status = path_join(path, folder, "composite.jpg", error);
    JpegTags tags = {
        .date_time = string_at(record, "time", "peak"),
        .description = json_string_value(json_object_get(json_object_get(record, "site"), "place")),
        .latitude = NAN,
        .longitude = NAN};
    if (status == STATUS_OK)
        status = draw_save_jpeg(path, sheet, COMPOSITE_LIMIT, &tags, error);
    cairo_destroy(cr);
    cairo_surface_destroy(sheet);
    return status;
}
