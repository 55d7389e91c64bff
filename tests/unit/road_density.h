// Density in the style of ASTM D7520: plumes of known transmittance over several backgrounds. Part of
// road_test.c.
typedef struct Ground {
    float light[WIDTH * HEIGHT]; // linear
} Ground;

static void draw_ground(Ground *ground, double base)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            double texture = 1 + 0.05 * sin(x * 0.07 + y * 0.011) + 0.04 * normal();
            double light = base * texture * (0.9 + 0.2 * y / HEIGHT);
            if (abs(x - 200 - y / 6) < 6 || (abs(x - 430 - y / 5) < 5 && y / 30 % 2))
                light = fmin(0.75, light * 3.5); // lane lines
            ground->light[y * WIDTH + x] = (float)light;
        }
}

typedef struct Plume {
    double opacity, airlight, exposure, x, y, radius;
} Plume;

static Picture *draw_picture(const Ground *ground, const Plume *plume, double noise)
{
    Picture *picture = picture_new(WIDTH, HEIGHT);
    for (int y = 0; y < HEIGHT; y++) {
        uint8_t *row = (uint8_t *)(uintptr_t)picture->plane[0] + (ptrdiff_t)y * picture->stride[0];
        for (int x = 0; x < WIDTH; x++) {
            double light = ground->light[y * WIDTH + x], exposure = 1;
            if (plume) {
                double r = hypot(x - plume->x, y - plume->y) / plume->radius;
                double opacity = plume->opacity * (r < 1 ? 1 : exp(-4 * (r - 1) * (r - 1)));
                light = light * (1 - opacity) + plume->airlight * opacity;
                exposure = plume->exposure;
            }
            row[x] = (uint8_t)lround(16 + 219 * encode(light * exposure) + noise * normal());
        }
    }
    for (int i = 1; i < 3; i++)
        memset((uint8_t *)(uintptr_t)picture->plane[i], 128,
               (size_t)picture->stride[i] * (HEIGHT / 2));
    return picture;
}

static bool through_h264(const Ground *ground, const Plume *plumes, int count, double noise,
                         const char *crf, Picture **out)
{
    char path[64], options[64];
    snprintf(path, sizeof path, "/tmp/heiyan-test-%ld.mp4", (long)getpid());
    snprintf(options, sizeof options, "crf=%s:preset=veryfast:tune=zerolatency", crf);
    Video video;
    if (!video_open(&video, path, "libx264", WIDTH, HEIGHT, 25, 50, options))
        return false;
    bool good = true;
    for (int i = 0; i <= count && good; i++) {
        Picture *picture = draw_picture(ground, i ? &plumes[i - 1] : NULL, noise);
        good = video_put(&video, picture);
        picture_unref(&picture);
    }
    good = video_close(&video) && good;
    Source *source = NULL;
    Decoder *decoder = NULL;
    Error error;
    int seen = 0;
    good = good && source_open(&source, path, &(SourceOptions){0}, &error) == STATUS_OK &&
           decoder_create(&decoder, &error) == STATUS_OK;
    for (bool more = good; more;) {
        Packet *packet;
        more = source_read(source, false, &packet, &error) == STATUS_OK;
        decoder_send(decoder, packet, &error);
        packet_unref(&packet);
        for (Picture *picture; decoder_receive(decoder, &picture, &error) == STATUS_OK;)
            if (seen <= count)
                out[seen++] = picture;
            else
                picture_unref(&picture);
    }
    decoder_destroy(&decoder);
    source_close(&source);
    unlink(path);
    return good && seen == count + 1;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

#define VIDEOS 16
#define PLUMES 20

static void test_density_standard(void)
{
    static const double grounds[] = {0.30, 0.22, 0.16, 0.11, 0.08, 0.06, 0.20, 0.13};
    static const char *const qualities[] = {"20", "26"};
    static Ground ground;
    double sum = 0, worst = 0, halves[VIDEOS * PLUMES];
    int measured = 0, dense = 0, dense_measured = 0, covered = 0;
    seed = 7;
    for (int v = 0; v < VIDEOS; v++) {
        double base = grounds[v % 8];
        Plume plumes[PLUMES];
        Picture *pictures[PLUMES + 1] = {NULL};
        draw_ground(&ground, base);
        for (int i = 0; i < PLUMES; i++)
            plumes[i] = (Plume){.opacity = 0.05 + 0.9 * uniform(),
                                .airlight = base * (0.08 + 0.12 * uniform()),
                                .exposure = 0.85 + 0.3 * uniform(),
                                .x = 120 + 400 * uniform(),
                                .y = 90 + 180 * uniform(),
                                .radius = 25 + 35 * uniform()};
        CU_ASSERT_FATAL(through_h264(&ground, plumes, PLUMES, 1.5, qualities[v / 8], pictures));
        for (int i = 0; i < PLUMES; i++) {
            int half = (int)(plumes[i].radius * 0.6);
            Box region = {(int)plumes[i].x - half, (int)plumes[i].y - half, 2 * half, 2 * half};
            Opacity result;
            Error error;
            CU_ASSERT_EQUAL(opacity_measure(pictures[0], pictures[i + 1], region, &result, &error),
                            STATUS_OK);
            dense += plumes[i].opacity >= 0.4;
            if (!result.measurable)
                continue;
            dense_measured += plumes[i].opacity >= 0.4;
            double off = fabs(result.opacity - plumes[i].opacity);
            sum += off;
            worst = fmax(worst, off);
            covered += off <= result.uncertainty;
            halves[measured++] = 5 * result.uncertainty;
        }
        for (int i = 0; i <= PLUMES; i++)
            picture_unref(&pictures[i]);
    }
    qsort(halves, (size_t)measured, sizeof *halves, by_value);
    printf(
        "\n    density: %d plumes measured, mean error %.2f %%, worst %.2f %%, inside the stated "
        "uncertainty %.1f %%, median half-width %.2f grade, grade >= 2 measurable %d of %d\n    ",
        measured, 100 * sum / measured, 100 * worst, 100.0 * covered / measured,
        halves[measured / 2], dense_measured, dense);
    CU_ASSERT(measured >= 300);
    CU_ASSERT(sum / measured <= 0.05);
    CU_ASSERT(worst <= 0.15);
    CU_ASSERT(covered >= 0.95 * measured);
    CU_ASSERT(halves[measured / 2] <= 0.35);
    CU_ASSERT(dense_measured >= 0.8 * dense);
}

static void test_density_refusals(void)
{
    Error error;
    Opacity result;
    Picture *a = picture_new(64, 48), *b = picture_new(64, 40);
    CU_ASSERT_EQUAL(opacity_measure(a, b, (Box){0, 0, 8, 8}, &result, &error), STATUS_ARGUMENT);
    CU_ASSERT_EQUAL(opacity_measure(a, a, (Box){60, 0, 8, 8}, &result, &error), STATUS_ARGUMENT);
    CU_ASSERT_EQUAL(opacity_measure(a, a, (Box){0, 0, 0, 8}, &result, &error), STATUS_ARGUMENT);
    // A black road gives soot nothing to take away.
    for (int i = 0; i < 3; i++)
        memset((uint8_t *)(uintptr_t)a->plane[i], i ? 128 : 18,
               (size_t)a->stride[i] * (i ? 24 : 48));
    CU_ASSERT_EQUAL(opacity_measure(a, a, (Box){8, 8, 16, 16}, &result, &error), STATUS_OK);
    CU_ASSERT_FALSE(result.measurable);
    CU_ASSERT_EQUAL(result.model, OPACITY_NONE);
    picture_unref(&a);
    picture_unref(&b);
}
