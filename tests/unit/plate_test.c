#include "plate/grammar.h"
#include "plate/read.h"
#include "suite.h"

#include "lettering.h"

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
    CU_ASSERT(plate_may_stand(index_of("晋"), 0, 7));
    CU_ASSERT_FALSE(plate_may_stand(index_of("A"), 0, 7));
    CU_ASSERT(plate_may_stand(index_of("A"), 1, 7));
    CU_ASSERT_FALSE(plate_may_stand(index_of("8"), 1, 7));
    CU_ASSERT(plate_may_stand(index_of("挂"), 6, 7));
    CU_ASSERT_FALSE(plate_may_stand(index_of("挂"), 5, 7));
    CU_ASSERT(plate_may_stand(index_of("D"), 2, 8));
    CU_ASSERT_FALSE(plate_may_stand(index_of("Z"), 2, 8));
    CU_ASSERT_EQUAL(index_of("I"), -1);
    CU_ASSERT_EQUAL(index_of("O"), -1);
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
    CU_ASSERT_NOT_EQUAL(plate_reader_create(&reader, "/dev/null", &error), STATUS_OK);
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

SUITE_MAIN("plate", {"grammar", test_grammar}, {"reads drawn plates", test_reads_drawn_plates},
           {"nothing to read", test_nothing_to_read},
           {"frames outvote one", test_frames_outvote_one})
