#include "truth.h"

#include "base/files.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Passage {
    RenderVehicle *frames;
    int *numbers, count, capacity;
} Passage;

struct Truth {
    Passage *passages;
    int vehicles;
    bool failed;
};

Truth *truth_create(int vehicles)
{
    Truth *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->vehicles = vehicles;
    t->passages = calloc((size_t)vehicles + 1, sizeof *t->passages);
    if (!t->passages)
        truth_destroy(&t);
    return t;
}

void truth_destroy(Truth **truth)
{
    Truth *t = *truth;
    if (!t)
        return;
    for (int i = 0; t->passages && i < t->vehicles; i++) {
        free(t->passages[i].frames);
        free(t->passages[i].numbers);
    }
    free(t->passages);
    free(t);
    *truth = NULL;
}

void truth_measure(float *grid, int columns, int cell, float margin, Touched touched, int width, int height, RenderVehicle *v)
{
    float peak = 0, outside = 0, trail = 0, pipe = 0;
    for (int j = touched.y0; j < touched.y1; j++)
        for (int i = touched.x0; i < touched.x1; i++) {
            float *at = &grid[(size_t)j * (size_t)columns + (size_t)i], tau = *at;
            *at = 0;
            float x = ((float)i + 0.5f) * (float)cell - margin, y = ((float)j + 0.5f) * (float)cell - margin;
            if (x < 0 || y < 0 || x >= (float)width || y >= (float)height)
                continue;
            peak = fmaxf(peak, tau);
            float dx = fmaxf(fmaxf(v->x - x, x - v->x - v->w), 0), dy = fmaxf(fmaxf(v->y - y, y - v->y - v->h), 0);
            float far = v->visible ? sqrtf(dx * dx + dy * dy) / v->w : 2;
            if (far > 0)
                outside = fmaxf(outside, tau);
            if (far > 0 && far <= 0.5f)
                pipe = fmaxf(pipe, tau);
            if (far > 0.5f)
                trail = fmaxf(trail, tau);
        }
    v->opacity = 1 - expf(-peak);
    v->visible_opacity = 1 - expf(-outside);
    v->trail_opacity = 1 - expf(-trail);
    v->pipe_opacity = 1 - expf(-pipe);
}

void truth_frame(Truth *t, int number, const RenderVehicle *vehicles)
{
    for (int i = 0; i < t->vehicles; i++) {
        Passage *p = &t->passages[i];
        if (!vehicles[i].visible && vehicles[i].opacity < 0.002f)
            continue;
        if (p->count == p->capacity) {
            int capacity = p->capacity ? p->capacity * 2 : 64;
            RenderVehicle *frames = realloc(p->frames, (size_t)capacity * sizeof *frames);
            if (frames)
                p->frames = frames;
            int *numbers = realloc(p->numbers, (size_t)capacity * sizeof *numbers);
            if (numbers)
                p->numbers = numbers;
            if (!frames || !numbers) {
                t->failed = true;
                return;
            }
            p->capacity = capacity;
        }
        p->frames[p->count] = vehicles[i];
        p->numbers[p->count++] = number;
    }
}

static double rounded(double value, double step)
{
    return round(value / step) * step;
}

static void put_number(json_t *object, int frame, double value)
{
    char key[16], text[16];
    snprintf(key, sizeof key, "%d", frame);
    snprintf(text, sizeof text, "%.3f", value);
    json_object_set_new(object, key, json_real(strtod(text, NULL)));
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// The peak over the passage, each moment taken as the median of five frames so that one odd frame does not count.
static double peak_of(const Passage *p, size_t member, float least_width)
{
    double best = 0;
    for (int i = 0; i < p->count; i++) {
        float window[5];
        int n = 0;
        for (int k = i - 2; k <= i + 2; k++)
            if (k >= 0 && k < p->count && p->frames[k].visible && p->frames[k].w >= least_width)
                window[n++] = *(const float *)((const char *)&p->frames[k] + member);
        if (!n)
            continue;
        qsort(window, (size_t)n, sizeof *window, compare_floats);
        best = fmax(best, window[n / 2]);
    }
    return best;
}

static void put_frames(json_t *o, const Passage *p)
{
    json_t *boxes = json_object(), *opacity = json_object(), *pipe = json_object(), *corners = json_object();
    int first = -1, last = -1;
    for (int i = 0; i < p->count; i++) {
        const RenderVehicle *v = &p->frames[i];
        char key[16];
        snprintf(key, sizeof key, "%d", p->numbers[i]);
        if (v->visible) {
            first = first < 0 ? p->numbers[i] : first;
            last = p->numbers[i];
            json_object_set_new(boxes, key, json_pack("[i,i,i,i]", (int)lrintf(v->x), (int)lrintf(v->y), (int)lrintf(v->w), (int)lrintf(v->h)));
        }
        if (v->opacity >= 0.0005f) {
            put_number(opacity, p->numbers[i], v->opacity);
            put_number(pipe, p->numbers[i], v->pipe_opacity);
        }
        if (v->visible && v->plate_visible && v->plate[2] - v->plate[0] >= 8) {
            json_t *list = json_array();
            for (int k = 0; k < 8; k++)
                json_array_append_new(list, json_real(rounded(v->plate[k], 0.125)));
            json_object_set_new(corners, key, list);
        }
    }
    json_object_set_new(o, "first", first < 0 ? json_null() : json_integer(first));
    json_object_set_new(o, "last", last < 0 ? json_null() : json_integer(last));
    json_object_set_new(o, "boxes", boxes);
    json_object_set_new(o, "opacity", opacity);
    json_object_set_new(o, "pipe_opacity", pipe);
    json_object_set_new(o, "plate_corners", corners);
}

static json_t *vehicle_json(const Passage *p, const TruthVehicle *f, float least_width)
{
    json_t *o = json_object();
    json_object_set_new(o, "id", json_integer(f->id));
    json_object_set_new(o, "class", json_string(f->class));
    json_object_set_new(o, "model", json_string(f->model));
    json_object_set_new(o, "direction", json_string(f->direction));
    json_object_set_new(o, "kind", json_string(f->kind));
    json_object_set_new(o, "grade", json_real(rounded(f->grade, 0.01)));
    json_object_set_new(o, "speed_kmh", json_real(rounded(f->speed_kmh, 0.1)));
    json_object_set_new(o, "visible_grade", json_real(rounded(5 * peak_of(p, offsetof(RenderVehicle, visible_opacity), least_width), 0.001)));
    json_object_set_new(o, "trail_grade", json_real(rounded(5 * peak_of(p, offsetof(RenderVehicle, trail_opacity), least_width), 0.001)));
    json_object_set_new(o, "pipe_grade", json_real(rounded(5 * peak_of(p, offsetof(RenderVehicle, pipe_opacity), least_width), 0.001)));
    json_object_set_new(o, "plate", f->plate ? json_string(f->plate) : json_null());
    json_object_set_new(o, "plate_color", f->plate_color ? json_string(f->plate_color) : json_null());
    json_object_set_new(o, "plate_rows", f->plate ? json_integer(f->plate_two_rows ? 2 : 1) : json_null());
    put_frames(o, p);
    return o;
}

void truth_path(char out[PATH_SIZE], const char *clip, const char *wish)
{
    snprintf(out, PATH_SIZE, "%s", wish ? wish : clip);
    char *dot = strrchr(path_base(out), '.') ? strrchr(out, '.') : out + strlen(out);
    if (!wish)
        snprintf(dot, PATH_SIZE - (size_t)(dot - out), ".json");
}

Status truth_write(const Truth *t, const char *path, const char *clip, const char *condition, const char *const *labels, int width, int height, double fps,
                   double airlight, const TruthVehicle *fixed, Error *error)
{
    if (t->failed)
        return error_set(error, STATUS_MEMORY, "out of memory while collecting the truth");
    json_t *root = json_pack("{s:s,s:f,s:i,s:i,s:f,s:s}", "clip", clip, "fps", rounded(fps, 0.001), "width", width, "height", height, "airlight",
                             rounded(airlight, 0.001), "condition", condition);
    json_t *list = json_array(), *names = json_array();
    for (int i = 0; labels && labels[i]; i++)
        json_array_append_new(names, json_string(labels[i]));
    json_object_set_new(root, "labels", names);
    for (int i = 0; i < t->vehicles; i++)
        if (t->passages[i].count)
            json_array_append_new(list, vehicle_json(&t->passages[i], &fixed[i], (float)width / 24));
    json_object_set_new(root, "vehicles", list);
    char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(8));
    json_decref(root);
    if (!text)
        return error_set(error, STATUS_MEMORY, "out of memory");
    Status status = file_write(path, text, strlen(text), error);
    free(text);
    return status;
}
