#include "sensor.h"

#include "lettering.h"
#include "noise.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CURVE 4096
#define CURVE_TOP 1.6f   // linear value of the last entry
#define GRAIN 65536      // normal deviates, a power of two

struct Sensor {
    const Scene *scene;
    float *work[3], *line, *vignette;
    int8_t *grain;       // sigma = 32

    float codes[CURVE];  // 0..255
    uint8_t *place, *clock;
    int place_width, place_rows, clock_width, clock_rows, clock_second;
};

static float transfer(float l) // BT.709
{
    return l < 0.018f ? 4.5f * l : 1.099f * powf(l, 0.45f) - 0.099f;
}

// The camera's curve: BT.709 with a shoulder for the highlights and a slope around mid grey.
static void make_curve(Sensor *s, float contrast)
{
    for (int i = 0; i < CURVE; i++) {
        float l = CURVE_TOP * (float)i / (CURVE - 1), knee = 0.75f;
        float soft = l < knee ? l : knee + (1 - knee) * (1 - expf(-(l - knee) / (1 - knee)));
        float v = transfer(soft);
        v = 0.42f + (v - 0.42f) * contrast;
        s->codes[i] = 255 * clampf(v, 0, 1);
    }
}

Sensor *sensor_create(const Scene *scene)
{
    Sensor *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->scene = scene;
    size_t count = (size_t)scene->width * (size_t)scene->height;
    bool good = (s->grain = malloc(GRAIN)) && (s->line = malloc(sizeof(float) * (size_t)scene->width * 4));
    for (int c = 0; c < 3; c++)
        good &= (s->work[c] = malloc(count * sizeof(float))) != NULL;
    good = good && (s->vignette = malloc(count * sizeof(float)));
    if (!good) {
        sensor_destroy(&s);
        return NULL;
    }
    Rng rng = rng_make(scene->seed, 91);
    for (int i = 0; i < GRAIN; i++)
        s->grain[i] = (int8_t)clampf(rng_normal(&rng) * 32, -127, 127);
    for (int y = 0; y < scene->height; y++)
        for (int x = 0; x < scene->width; x++) {
            float u = ((float)x + 0.5f) / (float)scene->width - 0.5f, v = ((float)y + 0.5f - 0.5f * (float)scene->height) / (float)scene->width;
            s->vignette[(size_t)y * (size_t)scene->width + (size_t)x] = 1 - scene->vignette * (u * u + v * v) * 2.4f;
        }
    int letters = scene->height / 22 < 14 ? 14 : scene->height / 22;
    s->clock_second = -1;
    if (scene->place[0])
        s->place = lettering_mask(scene->place, letters, &s->place_width, &s->place_rows);
    make_curve(s, scene->contrast);
    return s;
}

void sensor_destroy(Sensor **sensor)
{
    Sensor *s = *sensor;
    if (!s)
        return;
    for (int c = 0; c < 3; c++)
        free(s->work[c]);
    free(s->line);
    free(s->vignette);
    free(s->grain);
    free(s->place);
    free(s->clock);
    free(s);
    *sensor = NULL;
}

float sensor_gain(const Scene *s, float time)
{
    float gain = s->exposure;
    if (s->exposure_at >= 0 && time > s->exposure_at) // auto exposure settles within half a second
        gain *= 1 + (s->exposure_step - 1) * stepf(0, 0.5f, time - s->exposure_at);
    return gain * (1 + s->exposure_drift * noise1(time * 0.25f + 50, (uint32_t)s->seed));
}

// A soft lens, then the camera's own sharpening: one 3x3 kernel [a b a] x [a b a].
static void filter(Sensor *s, float *plane, float side)
{
    int w = s->scene->width, h = s->scene->height;
    float mid = 1 - 2 * side;
    float *above = s->line, *here = s->line + w;
    memcpy(above, plane, sizeof(float) * (size_t)w);
    for (int y = 0; y < h; y++) {
        float *row = plane + (size_t)y * (size_t)w, *below = y + 1 < h ? row + w : row;
        memcpy(here, row, sizeof(float) * (size_t)w);
        for (int x = 0; x < w; x++)
            row[x] = side * (above[x] + below[x]) + mid * here[x];
        float *swap = above;
        above = here;
        here = swap;
    }
    for (int y = 0; y < h; y++) {
        float *row = plane + (size_t)y * (size_t)w, left = row[0];
        for (int x = 0; x < w; x++) {
            float now = row[x], right = x + 1 < w ? row[x + 1] : now;
            row[x] = side * (left + right) + mid * now;
            left = now;
        }
    }
}

static void expose(Sensor *s, const Frame *frame, float gain, uint32_t number)
{
    size_t count = (size_t)frame->width * (size_t)frame->height;
    float sigma = s->scene->noise, scale = (CURVE - 1) / CURVE_TOP * gain;
    uint64_t jump = hash64(s->scene->seed * 7919 + number);
    for (int c = 0; c < 3; c++) {
        const float *in = frame->color[c], *vignette = s->vignette;
        float *out = s->work[c];
        float level = sigma / 32 * (c == 1 ? 0.8f : 1.25f);
        for (int y = 0; y < frame->height; y++) {
            // Each row starts somewhere else in the table of deviates.
            jump = hash64(jump);
            uint32_t at = (uint32_t)jump;
            size_t first = (size_t)y * (size_t)frame->width;
            for (int x = 0; x < frame->width; x++) {
                float l = in[first + (size_t)x] * vignette[first + (size_t)x] * scale;
                l = l < 0 ? 0 : l > CURVE - 1 ? CURVE - 1 : l;
                float code = s->codes[(int)l];
                // Noise is strongest in the shadows once the curve has stretched them.
                float grain = (float)s->grain[(at + (uint32_t)x) & (GRAIN - 1)];
                out[first + (size_t)x] = code + level * grain * (1.25f - code * 0.003f);
            }
        }
    }
    (void)count;
}

// Drops pass as short bright streaks, new ones in every picture.
static void rain(Sensor *s, uint32_t number)
{
    int w = s->scene->width, h = s->scene->height;
    Rng rng = rng_make(s->scene->seed * 31 + number, 17);
    int drops = (int)(s->scene->rain * 900 * (float)w / 1280);
    for (int i = 0; i < drops; i++) {
        float x = rng_unit(&rng) * (float)w, y = rng_unit(&rng) * (float)h, near = powf(rng_unit(&rng), 3);
        float length = (float)h * (0.012f + 0.07f * near), slant = 0.06f * s->scene->wind_x + 0.03f * rng_normal(&rng), bright = 6 + 16 * rng_unit(&rng);
        int wide = near > 0.6f ? 2 : 1;
        for (int k = 0; k < (int)length; k++)
            for (int d = 0; d < wide; d++) {
                int px = (int)(x + slant * (float)k) + d, py = (int)y + k;
                if (px < 0 || py < 0 || px >= w || py >= h)
                    continue;
                float share = sinf(PI_F * ((float)k + 0.5f) / length);
                for (int c = 0; c < 3; c++)
                    s->work[c][(size_t)py * (size_t)w + (size_t)px] += bright * share * fminf(s->scene->light + 0.25f, 1);
            }
    }
}

static void letters(Sensor *s, const uint8_t *mask, int width, int rows, int left, int top)
{
    if (!mask)
        return;
    int w = s->scene->width, h = s->scene->height;
    for (int y = -1; y <= rows; y++)
        for (int x = -1; x <= width; x++) {
            int px = left + x, py = top + y, ink = 0, edge = 0;
            if (px < 0 || py < 0 || px >= w || py >= h)
                continue;
            for (int j = -1; j <= 1; j++)
                for (int i = -1; i <= 1; i++) {
                    int mx = x + i, my = y + j;
                    int v = mx < 0 || my < 0 || mx >= width || my >= rows ? 0 : mask[my * width + mx];
                    edge = v > edge ? v : edge;
                    if (!i && !j)
                        ink = v;
                }
            for (int c = 0; c < 3; c++) {
                float *p = &s->work[c][(size_t)py * (size_t)w + (size_t)px];
                *p = mixf(*p * (1 - 0.75f * (float)edge / 255), 245, (float)ink / 255);
            }
        }
}

static void clock_text(Sensor *s, float time)
{
    static const char *const day[] = {"日", "一", "二", "三", "四", "五", "六"};
    struct tm tm = {0};
    if (!s->scene->when[0] || sscanf(s->scene->when, "%d-%d-%d %d:%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
        return;
    if (s->clock_second != (int)time) {
        char text[96];
        tm.tm_year -= 1900;
        tm.tm_mon -= 1;
        time_t seconds = timegm(&tm) + (time_t)time;
        gmtime_r(&seconds, &tm);
        snprintf(text, sizeof text, "%04d年%02d月%02d日 星期%s %02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, day[tm.tm_wday], tm.tm_hour,
                 tm.tm_min, tm.tm_sec);
        free(s->clock);
        int letters_high = s->scene->height / 24 < 13 ? 13 : s->scene->height / 24;
        s->clock = lettering_mask(text, letters_high, &s->clock_width, &s->clock_rows);
        s->clock_second = (int)time;
    }
    letters(s, s->clock, s->clock_width, s->clock_rows, s->scene->width / 40, s->scene->height / 30);
}

static uint8_t byte_of(float v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5f);
}

static void encode(const Sensor *s, Picture *p)
{
    int w = p->width, h = p->height;
    bool full = s->scene->full_range;
    float yo = full ? 0 : 16, ys = full ? 1 : 219.0f / 255, cs = full ? 1 : 224.0f / 255;
    for (int y = 0; y < h; y++) {
        uint8_t *out = (uint8_t *)(uintptr_t)p->plane[0] + (size_t)y * (size_t)p->stride[0];
        const float *r = s->work[0] + (size_t)y * (size_t)w, *g = s->work[1] + (size_t)y * (size_t)w, *b = s->work[2] + (size_t)y * (size_t)w;
        for (int x = 0; x < w; x++)
            out[x] = byte_of(yo + ys * (0.2126f * r[x] + 0.7152f * g[x] + 0.0722f * b[x]));
    }
    for (int y = 0; y < h / 2; y++) {
        uint8_t *u = (uint8_t *)(uintptr_t)p->plane[1] + (size_t)y * (size_t)p->stride[1];
        uint8_t *v = (uint8_t *)(uintptr_t)p->plane[2] + (size_t)y * (size_t)p->stride[2];
        for (int x = 0; x < w / 2; x++) {
            size_t at = (size_t)(2 * y) * (size_t)w + (size_t)(2 * x);
            float c[3];
            for (int k = 0; k < 3; k++) {
                const float *q = s->work[k] + at;
                c[k] = 0.25f * (q[0] + q[1] + q[w] + q[w + 1]);
            }
            float luma = 0.2126f * c[0] + 0.7152f * c[1] + 0.0722f * c[2];
            u[x] = byte_of(128 + cs * (c[2] - luma) / 1.8556f);
            v[x] = byte_of(128 + cs * (c[0] - luma) / 1.5748f);
        }
    }
}

Picture *sensor_picture(Sensor *s, const Frame *frame, int number)
{
    float time = (float)number / s->scene->fps;
    if (s->scene->tone_drift > 0)
        make_curve(s, s->scene->contrast * (1 + s->scene->tone_drift * noise1(time * 0.35f + 9, (uint32_t)s->scene->seed + 8)));
    expose(s, frame, sensor_gain(s->scene, time), (uint32_t)number);
    if (s->scene->rain > 0)
        rain(s, (uint32_t)number);
    for (int c = 0; c < 3; c++) {
        if (s->scene->blur > 0)
            filter(s, s->work[c], clampf(0.25f * s->scene->blur, 0, 0.33f));
        if (s->scene->sharpen > 0)
            filter(s, s->work[c], -0.12f * s->scene->sharpen);
    }
    clock_text(s, time);
    letters(s, s->place, s->place_width, s->place_rows, s->scene->width * 29 / 40 - s->place_width / 4, s->scene->height * 17 / 20);
    Picture *p = picture_new(frame->width, frame->height);
    if (!p)
        return NULL;
    p->range = s->scene->full_range ? COLOR_RANGE_FULL : COLOR_RANGE_LIMITED;
    p->space = COLOR_SPACE_BT709;
    p->time_us = (int64_t)(1e6 * number / s->scene->fps);
    encode(s, p);
    return p;
}
