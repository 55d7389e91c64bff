#include "plate/decode.h"
#include "plate/passage.h"
#include "plate/read.h"
#include "suite.h"

#include "capture/jpeg.h"
#include "lettering.h"
#include "render.h"
#include "sensor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int index_of(const char *character)
{
    for (int i = 0; i < ALPHABET_SIZE; i++)
        if (strcmp(plate_alphabet[i], character) == 0)
            return i;
    return -1;
}

static void test_grammar(void)
{
    static const char *const legal[] = {
        "晋E58A21",  "晋E1234挂", "京A1234学", "京A0012警", "京AD12345", "京AF1234", "京A12345K",
        "粤Z1234港", "粤ZK234澳", "使014578",  "224001使",  "沪A0023领", "粤OT9048"};
    static const char *const illegal[] = {
        "",          "晋E58A2",  "AE58A21",  "晋858A21", "晋E5挂A21",   "京AZ12345", "京A123456",
        "粤A1234港", "使A14578", "22A001使", "晋EI8A21", "晋E58A21挂1", "晋EO8A21",  "晋058A21"};
    for (size_t i = 0; i < sizeof legal / sizeof *legal; i++)
        CU_ASSERT_TRUE(plate_is_legal(legal[i]));
    for (size_t i = 0; i < sizeof illegal / sizeof *illegal; i++)
        CU_ASSERT_FALSE(plate_is_legal(illegal[i]));
}

#define STEPS 40 // of the program's own network

static void say(float *logits, int step, const char *character, float loudness)
{
    logits[(index_of(character) + 1) * STEPS + step] = loudness;
}

// What a network that is sure would say, each character over two steps.
static void spell_out(const char *text, float *logits)
{
    memset(logits, 0, DECODE_CLASSES * STEPS * sizeof *logits);
    for (int step = 0; step < STEPS; step++)
        logits[step] = 12;
    for (int step = 2; *text; step += 4) {
        char character[8] = {0};
        size_t length = *text & 0x80 ? 3 : 1; // bytes
        memcpy(character, text, length);
        say(logits, step, character, 24);
        say(logits, step + 1, character, 24);
        text += length;
    }
}

static DecodeLayout own_layout(void)
{
    DecodeLayout layout = {.classes = DECODE_CLASSES};
    for (int i = 0; i < DECODE_CLASSES; i++)
        layout.meaning[i] = i;
    return layout;
}

static void text_of(const Reading *reading, char *text)
{
    *text = 0;
    for (int i = 0; i < reading->length; i++)
        strcat(text, plate_letter(reading->characters[i], i ? reading->characters[i - 1] : -1));
}

// Of `count` looks, DECODE_CLASSES * STEPS logits each.
static void decode_looks(const float *logits, size_t count, Reading *reading, char *text)
{
    static DecodeLook looks[DECODE_LOOKS];
    DecodeLayout layout = own_layout();
    const size_t values = DECODE_CLASSES * STEPS;
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_TRUE_FATAL(plate_decode_look(&layout, logits + i * values, values, &looks[i]));
    *reading = plate_decode(looks, count);
    text_of(reading, text);
}

static void decoded(const float *logits, Reading *reading, char *text)
{
    decode_looks(logits, 1, reading, text);
}

// Two blurred looks that agree outvote a surer one; a look that sees nothing costs nothing.
static void test_looks_are_one(void)
{
    static float logits[4][DECODE_CLASSES * STEPS];
    Reading reading, alone;
    char text[64];
    for (int i = 0; i < 3; i++)
        spell_out("皖A12845", logits[i]);
    memset(logits[3], 0, sizeof logits[3]);
    for (int step = 18; step < 20; step++) { // 8 or B
        say(logits[0], step, "B", 24.5F);
        say(logits[1], step, "B", 23.2F);
        say(logits[2], step, "B", 23.2F);
    }
    decoded(logits[0], &alone, text);
    CU_ASSERT_STRING_EQUAL(text, "皖A12B45");
    decode_looks(logits[0], 3, &reading, text);
    CU_ASSERT_STRING_EQUAL(text, "皖A12845");
    CU_ASSERT(reading.sure[4] > 0.4 && reading.sure[4] < 0.8);
    CU_ASSERT_EQUAL(reading.next[4][0], index_of("B"));
    double before = reading.confidence;
    decode_looks(logits[0], 4, &reading, text);
    CU_ASSERT_DOUBLE_EQUAL(reading.confidence, before, 0.02);
}

static void test_decodes(void)
{
    static const char *const said[] = {"皖A11B11",  "粤Z1234港", "224001使", "使014578",
                                       "沪A0023领", "京AD12345", "京A12345K"};
    float logits[DECODE_CLASSES * STEPS];
    Reading reading;
    char text[64];
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        spell_out(said[i], logits);
        decoded(logits, &reading, text);
        CU_ASSERT_STRING_EQUAL(text, said[i]);
        CU_ASSERT(reading.confidence > 0.9);
    }
    spell_out("皖A12845", logits);
    for (int step = 18; step < 20; step++) // 8 or B, and a little less likely S
        say(logits, step, "B", 23.5F), say(logits, step, "S", 20);
    decoded(logits, &reading, text);
    CU_ASSERT_STRING_EQUAL(text, "皖A12845");
    CU_ASSERT(reading.sure[4] > 0.5 && reading.sure[4] < 0.8);
    CU_ASSERT_EQUAL(reading.next[4][0], index_of("B"));
    CU_ASSERT_EQUAL(reading.next[4][1], index_of("S"));
    CU_ASSERT(reading.sure[3] > 0.99);
    spell_out("粤0T9048", logits); // a plate of authorities
    decoded(logits, &reading, text);
    CU_ASSERT_STRING_EQUAL(text, "粤OT9048");
    CU_ASSERT(reading.confidence > 0.8 && reading.sure[1] > 0.8);
    for (int step = 6; step < 8; step++) // which is rarer than one with a D
        say(logits, step, "D", 23.2F);
    decoded(logits, &reading, text);
    CU_ASSERT_STRING_EQUAL(text, "粤DT9048");
    spell_out("8A12345", logits); // no plate begins so
    decoded(logits, &reading, text);
    CU_ASSERT(reading.confidence < 0.01);
}

// A drawn plate of `width` pixels in the middle of a grey picture; the corners are put into *plate.
static Picture *draw(const char *text, const char *tint, bool two_rows, int width, Plate *plate)
{
    Texture texture;
    CU_ASSERT_FATAL(lettering_plate(&texture, text, tint, two_rows, 1));
    int height = width * texture.height / texture.width;
    Picture *picture = picture_new(2 * width, 3 * height);
    uint8_t *planes[3];
    for (int i = 0; i < 3; i++) {
        planes[i] = (uint8_t *)(uintptr_t)picture->plane[i];
        int rows = i ? (picture->height + 1) / 2 : picture->height;
        memset(planes[i], i ? 128 : 90, (size_t)picture->stride[i] * (size_t)rows);
    }
    picture->range = COLOR_RANGE_FULL;
    picture->space = COLOR_SPACE_BT601;
    int left = width / 2, top = height;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            double rgb[3] = {0}, count = 0; // mean over the texture's pixels below this one
            for (int v = y * texture.height / height; v < (y + 1) * texture.height / height; v++)
                for (int u = x * texture.width / width; u < (x + 1) * texture.width / width; u++) {
                    for (int i = 0; i < 3; i++)
                        rgb[i] += texture.pixels[4 * (v * texture.width + u) + i];
                    count++;
                }
            for (int i = 0; i < 3; i++)
                rgb[i] = 255 * pow(rgb[i] / count, 1 / 2.2);
            double luma = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
            int px = left + x, py = top + y;
            planes[0][py * picture->stride[0] + px] = (uint8_t)lround(luma);
            planes[1][py / 2 * picture->stride[1] + px / 2] =
                (uint8_t)lround(128 + (rgb[2] - luma) / 1.772);
            planes[2][py / 2 * picture->stride[2] + px / 2] =
                (uint8_t)lround(128 + (rgb[0] - luma) / 1.402);
        }
    texture_free(&texture);
    *plate = (Plate){.box = {left, top, width, height}, .rows = two_rows ? 2 : 1};
    for (int i = 0; i < 4; i++) {
        plate->corners[i][0] = left + (i == 1 || i == 2 ? width : 0);
        plate->corners[i][1] = top + (i >= 2 ? height : 0);
    }
    return picture;
}

// Drawn by another hand than what the reader was taught with: most characters must be right.
static void test_reads_drawn_plates(void)
{
    static const struct {
        const char *text, *tint;
        bool two_rows;
        int width;
    } cases[] = {
        {"晋E58A21", "blue", false, 120},  {"豫H15804", "yellow", false, 140},
        {"鲁K5EU96", "yellow", true, 140}, {"京AD52366", "green", false, 140},
        {"粤B7T593", "blue", false, 90},   {"冀D4821挂", "yellow", true, 160},
    };
    PlateReader *reader;
    Error error;
    CU_ASSERT_EQUAL_FATAL(plate_reader_create(&reader, NULL, &error), STATUS_OK);
    int exact = 0, count = sizeof cases / sizeof *cases;
    for (int i = 0; i < count; i++) {
        Plate plate;
        Picture *picture =
            draw(cases[i].text, cases[i].tint, cases[i].two_rows, cases[i].width, &plate);
        CU_ASSERT_EQUAL(plate_read(reader, picture, &plate, &error), STATUS_OK);
        picture_unref(&picture);
        exact += strcmp(plate.text, cases[i].text) == 0;
        printf("%s read %s shown %s %.2f\n    ", cases[i].text, plate.text, plate.shown,
               plate.confidence);
        CU_ASSERT_EQUAL(plate.trailer, strstr(plate.text, "挂") != NULL);
    }
    CU_ASSERT(exact >= count - 1);
    plate_reader_destroy(&reader);
}

// Plates that rise or fall in an upright crop: a straight one in corners that lean the other way.
static void test_reads_aslant(void)
{
    static const char *const texts[] = {"晋E58A21", "粤B7T593", "皖AS371Z"};
    PlateReader *reader;
    Error error;
    CU_ASSERT_EQUAL_FATAL(plate_reader_create(&reader, NULL, &error), STATUS_OK);
    int exact = 0, straight = 0;
    for (int i = 0; i < 6; i++) {
        Plate plate, alike;
        Picture *picture = draw(texts[i / 2], "blue", false, 56, &plate);
        double high = plate.box.h, slope = i % 2 ? 0.85 : -0.85;
        for (int n = 0; n < 4; n++) {
            double side = n == 1 || n == 2 ? 1 : -1, edge = n >= 2 ? 1 : -1;
            plate.corners[n][1] += (edge * 0.33 + side * slope / 2) * high;
        }
        alike = plate;
        CU_ASSERT_EQUAL(plate_read(reader, picture, &alike, &error), STATUS_OK);
        CU_ASSERT_EQUAL(plate_read_about(reader, picture, &plate, &error), STATUS_OK);
        straight += strcmp(alike.text, texts[i / 2]) == 0;
        exact += strcmp(plate.text, texts[i / 2]) == 0;
        picture_unref(&picture);
    }
    printf("%d of 6 read, %d without looking about\n    ", exact, straight);
    CU_ASSERT(exact >= 5 && exact > straight);
    plate_reader_destroy(&reader);
}

static PlateFinder *new_finder(void)
{
    PlateFinder *finder;
    Error error;
    CU_ASSERT_EQUAL_FATAL(plate_finder_create(&finder, NULL, &error), STATUS_OK);
    return finder;
}

// How far the furthest corner is off.
static double corners_off(const Plate *plate, const double wanted[4][2])
{
    double most = 0;
    for (int i = 0; i < 4; i++)
        most = fmax(
            most, hypot(plate->corners[i][0] - wanted[i][0], plate->corners[i][1] - wanted[i][1]));
    return most;
}

static size_t locate(PlateFinder *finder, const Picture *picture, double smallest, Plate *found)
{
    Error error;
    size_t count;
    Box all = {0, 0, picture->width, picture->height};
    CU_ASSERT_EQUAL(
        plate_locate(finder, picture, all, smallest, found, PLATE_CANDIDATES, &count, &error),
        STATUS_OK);
    return count;
}

static void test_finds_drawn_plates(void)
{
    static const struct {
        const char *text, *tint;
        int rows, width;
    } cases[] = {{"晋E58A21", "blue", 1, 64},    {"豫H15804", "yellow", 1, 120},
                 {"鲁K5EU96", "yellow", 2, 100}, {"京AD52366", "green", 1, 140},
                 {"粤B7T593", "blue", 1, 180},   {"冀D4821挂", "yellow", 2, 70}};
    PlateFinder *finder = new_finder();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Plate drawn, found[PLATE_CANDIDATES];
        Picture *picture =
            draw(cases[i].text, cases[i].tint, cases[i].rows == 2, cases[i].width, &drawn);
        size_t count = locate(finder, picture, cases[i].width / 6.0, found);
        CU_ASSERT_FATAL(count >= 1);
        double off = corners_off(&found[0], drawn.corners);
        printf("%s %.2f, corners off by %.1f\n    ", cases[i].text, found[0].likeness, off);
        CU_ASSERT(off < 3 + 0.06 * cases[i].width);
        CU_ASSERT(found[0].likeness > 0.5);
        CU_ASSERT_EQUAL(found[0].rows, cases[i].rows);
        CU_ASSERT_STRING_EQUAL(found[0].colour, cases[i].tint);
        // As wide as the smallest wanted: the finder looks at it with fewer pixels.
        CU_ASSERT_FATAL(locate(finder, picture, cases[i].width, found) >= 1);
        CU_ASSERT(corners_off(&found[0], drawn.corners) < 3 + 0.06 * cases[i].width);
        picture_unref(&picture);
    }
    plate_finder_destroy(&finder);
}

static uint8_t *row_of(const Picture *picture, int plane, int y)
{
    return (uint8_t *)(uintptr_t)picture->plane[plane] + (ptrdiff_t)y * picture->stride[plane];
}

// Copies one picture into another, at even places.
static void paste(Picture *to, const Picture *from, int left, int top)
{
    for (int i = 0; i < 3; i++) {
        int half = i ? 2 : 1;
        for (int y = 0; y < from->height / half; y++)
            memcpy(row_of(to, i, top / half + y) + left / half, row_of(from, i, y),
                   (size_t)(from->width / half));
    }
}

// Even where a picture has hardly any light.
static void test_finds_in_the_dark(void)
{
    PlateFinder *finder = new_finder();
    Plate drawn, found[PLATE_CANDIDATES];
    Picture *picture = draw("豫H15804", "yellow", false, 80, &drawn);
    for (int y = 0; y < picture->height; y++)
        for (int x = 0; x < picture->width; x++)
            row_of(picture, 0, y)[x] /= 20;
    for (int i = 1; i < 3; i++)
        for (int y = 0; y < picture->height / 2; y++)
            for (int x = 0; x < picture->width / 2; x++)
                row_of(picture, i, y)[x] = (uint8_t)(128 + (row_of(picture, i, y)[x] - 128) / 20);
    CU_ASSERT_FATAL(locate(finder, picture, 20, found) >= 1);
    printf("likeness %.2f, corners off by %.1f\n    ", found[0].likeness,
           corners_off(&found[0], drawn.corners));
    CU_ASSERT(found[0].likeness > 0.7 && corners_off(&found[0], drawn.corners) < 5);
    picture_unref(&picture);
    plate_finder_destroy(&finder);
}

// Of two alike the one in the middle is meant, even if the other is a little larger.
static void test_middle_one_first(void)
{
    PlateFinder *finder = new_finder();
    PlateReader *reader;
    Plate plate, found[PLATE_CANDIDATES];
    Error error;
    size_t count;
    CU_ASSERT_EQUAL_FATAL(plate_reader_create(&reader, NULL, &error), STATUS_OK);
    Picture *middle = draw("晋E58A21", "blue", false, 100, &plate),
            *aside = draw("粤B7T593", "blue", false, 110, &plate), *picture = picture_new(640, 128);
    picture->range = middle->range;
    picture->space = middle->space;
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < picture->height / (i ? 2 : 1); y++)
            memset(row_of(picture, i, y), i ? 128 : 90, (size_t)(picture->width / (i ? 2 : 1)));
    paste(picture, aside, 0, 8);
    paste(picture, middle, 220, 8);
    Box all = {0, 0, picture->width, picture->height};
    CU_ASSERT_EQUAL(plate_find(finder, reader, picture, all, (PlateWidths){.smallest = 50}, found,
                               PLATE_CANDIDATES, &count, &error),
                    STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(count, 2);
    CU_ASSERT_STRING_EQUAL(found[0].text, "晋E58A21");
    CU_ASSERT_STRING_EQUAL(found[1].text, "粤B7T593");
    picture_unref(&middle);
    picture_unref(&aside);
    picture_unref(&picture);
    plate_finder_destroy(&finder);
    plate_reader_destroy(&reader);
}

// A road with vehicles; every plate seen at least 24 pixels wide is to be found, and nothing else.
static void test_finds_plates_on_vehicles(void)
{
    static Scene scene;
    scene_default(&scene);
    const char *const settings[][2] = {
        {"width", "1280"},
        {"height", "720"},
        {"camera_fov", "24"},
        {"camera_height", "4"},
        {"camera_pitch", "12"},
        {"vehicle", "class=car lane=0 start=0 speed=36 plate=晋E58A21 seed=4"},
        {"vehicle",
         "class=box lane=1 start=0 speed=36 plate=冀D48216 plate_color=yellow rows=2 seed=5"}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        CU_ASSERT_EQUAL(scene_set(&scene, settings[i][0], settings[i][1], NULL), STATUS_OK);
    Renderer *renderer;
    CU_ASSERT_EQUAL_FATAL(renderer_create(&renderer, &scene, false, NULL), STATUS_OK);
    Sensor *sensor = sensor_create(renderer_scene(renderer));
    PlateFinder *finder = new_finder();
    int seen = 0, hit = 0, wrong = 0;
    for (int number = 40; number <= 80; number += 10) {
        const Frame *frame;
        CU_ASSERT_EQUAL_FATAL(renderer_frame(renderer, number, &frame, NULL), STATUS_OK);
        Picture *picture = sensor_picture(sensor, frame, number);
        Plate found[PLATE_CANDIDATES];
        size_t count = locate(finder, picture, 24, found);
        int matched = 0, sure = 0;
        for (size_t n = 0; n < count; n++)
            sure += found[n].likeness > 0.6;
        for (int i = 0; i < 2; i++) {
            const RenderVehicle *v = &frame->vehicles[i];
            double wanted[4][2], width = v->plate[2] - v->plate[0];
            if (!v->plate_visible)
                continue;
            for (int k = 0; k < 8; k++)
                wanted[k / 2][k % 2] = v->plate[k];
            bool near = false;
            for (size_t n = 0; n < count; n++)
                if (found[n].likeness > 0.6 && corners_off(&found[n], wanted) < 3 + 0.06 * width)
                    near = true;
            matched += near;
            seen += width >= 24;
            hit += near && width >= 24;
        }
        wrong += sure - matched;
        picture_unref(&picture);
    }
    printf("%d of %d found, %d wrong\n    ", hit, seen, wrong);
    CU_ASSERT(seen >= 5);
    CU_ASSERT(hit >= seen - 1);
    CU_ASSERT_EQUAL(wrong, 0);
    plate_finder_destroy(&finder);
    sensor_destroy(&sensor);
    renderer_destroy(&renderer);
}

static void test_finds_nothing_where_nothing_is(void)
{
    PlateFinder *finder = new_finder();
    Plate found[PLATE_CANDIDATES];
    Picture *picture = picture_new(640, 360);
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < (i ? 180 : 360); y++)
            for (int x = 0; x < (i ? 320 : 640); x++)
                ((uint8_t *)(uintptr_t)picture->plane[i])[y * picture->stride[i] + x] =
                    (uint8_t)(i ? 128 : 90 + x * 7 % 40 + y / 8);
    CU_ASSERT_EQUAL(locate(finder, picture, 24, found), 0);
    Error error;
    size_t count = 9;
    CU_ASSERT_EQUAL(plate_locate(finder, picture, (Box){700, 0, 50, 50}, 24, found,
                                 PLATE_CANDIDATES, &count, &error),
                    STATUS_OK);
    CU_ASSERT_EQUAL(count, 0); // outside the picture
    picture_unref(&picture);
    plate_finder_destroy(&finder);
    PlateFinderModel none = plate_models_default.finder;
    none.net.file = "/dev/null";
    CU_ASSERT_NOT_EQUAL(plate_finder_create(&finder, &none, &error), STATUS_OK);
    CU_ASSERT_PTR_NULL(finder);
}

static void test_nothing_to_read(void)
{
    PlateReader *reader;
    Error error;
    CU_ASSERT_EQUAL_FATAL(plate_reader_create(&reader, NULL, &error), STATUS_OK);
    Plate plate;
    Picture *picture = draw("晋E58A21", "blue", false, 120, &plate);
    for (int i = 0; i < 4; i++) // the grey below the plate
        plate.corners[i][1] += plate.box.h + 4;
    CU_ASSERT_EQUAL(plate_read(reader, picture, &plate, &error), STATUS_OK);
    CU_ASSERT(plate.confidence < 0.5);
    picture_unref(&picture);
    plate_reader_destroy(&reader);
    PlateReaderModel none = plate_models_default.reader;
    none.net.file = "/dev/null";
    CU_ASSERT_NOT_EQUAL(plate_reader_create(&reader, &none, &error), STATUS_OK);
    CU_ASSERT_PTR_NULL(reader);
}

static Plate reading(const char *const *characters, const double *sure, int count)
{
    Plate plate = {.character_count = count, .confidence = 1};
    for (int i = 0; i < count; i++) {
        strcpy(plate.characters[i].text, characters[i]);
        plate.characters[i].confidence = sure[i];
        plate.confidence *= sure[i];
    }
    return plate;
}

static void test_frames_outvote_one(void)
{
    static const char *const right[] = {"晋", "E", "5", "8", "A", "2", "1"};
    static const char *const wrong[] = {"晋", "E", "6", "8", "A", "2", "1"};
    static const double sure[] = {0.9, 0.9, 0.7, 0.9, 0.9, 0.9, 0.9},
                        surer[] = {0.9, 0.9, 0.85, 0.9, 0.9, 0.9, 0.9};
    Plate frames[] = {reading(right, sure, 7), reading(wrong, surer, 7), reading(right, sure, 7)};
    Plate fused = plate_fuse(frames, 3);
    CU_ASSERT_STRING_EQUAL(fused.text, "晋E58A21");
    CU_ASSERT(fused.characters[2].confidence < 0.7); // contested
    CU_ASSERT_STRING_EQUAL(fused.shown, "晋E?8A21");
    CU_ASSERT_STRING_EQUAL(plate_fuse(frames, 1).text, "晋E58A21");
}

// Where it is surely a plate but was not read, an unsure reading still is the better one.
static void test_reading_beats_place(void)
{
    static const char *const text[] = {"晋", "E", "5", "8", "A", "2", "1"};
    static const double sure[] = {0.8, 0.9, 0.7, 0.9, 0.9, 0.9, 0.9};
    Plate place = {.likeness = 0.99}, unsure = reading(text, sure, 7),
          likelier = {.likeness = 0.995};
    unsure.likeness = 0.5;
    Plate frames[] = {place, unsure, place};
    CU_ASSERT_STRING_EQUAL(plate_fuse(frames, 3).text, "晋E58A21");
    Plate places[] = {place, likelier};
    CU_ASSERT_EQUAL(plate_fuse(places, 2).likeness, 0.995);
    CU_ASSERT_EQUAL(plate_fuse(places, 2).confidence, 0);
}

// Read in every picture of the passage, in the place that it has in one of them.
static void test_plate_of_a_passage(void)
{
    Plate drawn[2], plate;
    size_t shown = 9;
    Picture *far = draw("晋E58A21", "blue", false, 64, &drawn[0]),
            *near = draw("晋E58A21", "blue", false, 140, &drawn[1]),
            *empty = picture_crop(near, (Box){0, 0, 280, 20});
    CU_ASSERT_PTR_NOT_NULL_FATAL(empty);
    PlateView views[] = {{NULL, {0, 0, 0, 0}},
                         {far, {-far->width / 2, 0, 2 * far->width, far->height}},
                         {near, {-near->width / 2, 0, 2 * near->width, near->height}},
                         {empty, {0, 0, empty->width, empty->height}}};
    CU_ASSERT_TRUE_FATAL(plate_of_passage(&plate_models_default, views, 4, &plate, &shown));
    CU_ASSERT_FATAL(shown == 1 || shown == 2);
    CU_ASSERT_STRING_EQUAL(plate.text, "晋E58A21");
    CU_ASSERT_STRING_EQUAL(plate.colour, "blue");
    CU_ASSERT(box_iou(plate.box, drawn[shown - 1].box) > 0.7);
    CU_ASSERT_FALSE(plate_of_passage(&plate_models_default, views, 1, &plate, &shown));
    CU_ASSERT_FALSE(plate_of_passage(&plate_models_default, views + 3, 1, &plate, &shown));
    picture_unref(&far);
    picture_unref(&near);
    picture_unref(&empty);
}

#include "plate_models.h"
#include "plate_painted.h"

SUITE_MAIN(
    "plate", {"grammar", test_grammar}, {"decodes", test_decodes},
    {"looks are one", test_looks_are_one}, {"other layouts of a reader", test_reader_layouts},
    {"a list of places", test_finder_list}, {"what is wrong with a model", test_model_faults},
    {"what goes into a network", test_prepares}, {"finds drawn plates", test_finds_drawn_plates},
    {"finds plates on vehicles", test_finds_plates_on_vehicles},
    {"finds nothing where nothing is", test_finds_nothing_where_nothing_is},
    {"finds in the dark", test_finds_in_the_dark}, {"the middle one first", test_middle_one_first},
    {"reads drawn plates", test_reads_drawn_plates}, {"reads plates aslant", test_reads_aslant},
    {"nothing to read", test_nothing_to_read}, {"frames outvote one", test_frames_outvote_one},
    {"a reading beats a place", test_reading_beats_place},
    {"the plate of a passage", test_plate_of_a_passage},
    {"a number above a plate", test_painted_above}, {"the same number painted", test_painted_alike},
    {"the painted number as a witness", test_painted_witness},
    {"too wide for a plate", test_too_wide_for_a_plate})
