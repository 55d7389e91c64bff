// The number painted large on a lorry's tail: no plate, but a witness of it.
#ifndef HEIYAN_TESTS_PLATE_PAINTED_H
#define HEIYAN_TESTS_PLATE_PAINTED_H

#include "plate/painted.h"

static Plate place(double x, double y, double w, double h)
{
    Plate plate = {.likeness = 0.9};
    plate_set_corners(&plate, x, y, w, h);
    return plate;
}

// Large and above the plate; not a nearer vehicle's plate, nor one of about the same size.
static void test_painted_above(void)
{
    Plate plate = place(300, 400, 40, 20), painted = place(240, 280, 160, 40);
    CU_ASSERT_TRUE(painted_above(&painted, &plate));
    CU_ASSERT_FALSE(painted_above(&plate, &painted));
    CU_ASSERT_FALSE(painted_above(&plate, &plate));
    Plate nearer = place(240, 500, 120, 40), beside = place(20, 280, 160, 40),
          far_above = place(240, 10, 160, 40), like_it = place(290, 300, 60, 20);
    CU_ASSERT_FALSE(painted_above(&nearer, &plate));
    CU_ASSERT_FALSE(painted_above(&beside, &plate));
    CU_ASSERT_FALSE(painted_above(&far_above, &plate));
    CU_ASSERT_FALSE(painted_above(&like_it, &plate));
}

static void test_painted_alike(void)
{
    static const char *const plate[] = {"晋", "E", "5", "8", "A", "2", "1"},
                             *const near[] = {"豫", "E", "6", "8", "A", "2", "1"},
                             *const other[] = {"豫", "E", "6", "B", "A", "2", "1"};
    static const double sure[] = {0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9};
    Plate a = reading(plate, sure, 7), b = reading(near, sure, 7), c = reading(other, sure, 7),
          shorter = reading(plate, sure, 6);
    CU_ASSERT_TRUE(painted_alike(&a, &a));
    CU_ASSERT_TRUE(painted_alike(&a, &b));
    CU_ASSERT_FALSE(painted_alike(&a, &c));
    CU_ASSERT_FALSE(painted_alike(&a, &shorter));
}

// A tail of one colour with a number across it, and a plate below.
static Picture *draw_tail(const char *number, const char *on_plate, Plate *plate)
{
    const int wide = 480, high = 320, left = 160, top = 180;
    Picture *below = draw(on_plate, "yellow", true, 80, plate), *picture = picture_new(wide, high);
    Texture text;
    CU_ASSERT_FATAL(lettering_text(&text, number, color(0.7F, 0.7F, 0.7F), 360, 60, true));
    picture->range = below->range;
    picture->space = below->space;
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < (i ? high / 2 : high); y++)
            memset(row_of(picture, i, y), i ? 128 : 70, (size_t)(i ? wide / 2 : wide));
    for (int y = 0; y < text.height; y++)
        for (int x = 0; x < text.width; x++)
            row_of(picture, 0, 60 + y)[60 + x] +=
                (uint8_t)(150 * text.pixels[4 * (y * text.width + x) + 3]);
    texture_free(&text);
    paste(picture, below, left, top);
    picture_unref(&below);
    plate_set_corners(plate, plate->box.x + left, plate->box.y + top, plate->box.w, plate->box.h);
    return picture;
}

// A plate in doubt in one character, as if it had been read so.
static void put_in_doubt(Plate *plate, int at, const char *said, const char *meant)
{
    PlateCharacter *c = &plate->characters[at];
    *c = (PlateCharacter){.confidence = 0.55, .alternative_count = 1};
    strcpy(c->text, said);
    strcpy(c->alternatives[0], meant);
    plate_spell(plate);
}

// What is in doubt the painted number decides, where it is the same; what it does not know of
// stays.
static void test_painted_witness(void)
{
    PlateReader *reader;
    Error error;
    Plate plate;
    CU_ASSERT_EQUAL_FATAL(plate_reader_create(&reader, NULL, &error), STATUS_OK);
    Picture *picture = draw_tail("冀D48216", "冀D48216", &plate);
    CU_ASSERT_EQUAL(plate_read_about(reader, picture, &plate, &error), STATUS_OK);
    CU_ASSERT_STRING_EQUAL_FATAL(plate.text, "冀D48216");
    put_in_doubt(&plate, 3, "B", "8");
    CU_ASSERT_STRING_EQUAL(plate.shown, "冀D4?216");
    CU_ASSERT_EQUAL(plate_ask_painted(reader, picture, &plate, &error), STATUS_OK);
    CU_ASSERT_TRUE(plate.painted);
    CU_ASSERT_STRING_EQUAL(plate.shown, "冀D48216");
    CU_ASSERT_STRING_EQUAL(plate.characters[3].alternatives[0], "B");
    CU_ASSERT(plate.characters[3].confidence > 0.8 && plate.characters[3].confidence < 0.99);
    picture_unref(&picture);

    // Where it plainly says another character than the plate's reader thought of, that is in doubt.
    picture = draw_tail("冀D48216", "冀D48216", &plate);
    CU_ASSERT_EQUAL(plate_read_about(reader, picture, &plate, &error), STATUS_OK);
    put_in_doubt(&plate, 1, "B", "R");
    plate.characters[1].confidence = 0.95;
    CU_ASSERT_EQUAL(plate_ask_painted(reader, picture, &plate, &error), STATUS_OK);
    CU_ASSERT_FALSE(plate.painted);
    CU_ASSERT_STRING_EQUAL(plate.text, "冀B48216");
    CU_ASSERT_STRING_EQUAL(plate.shown, "冀?48216");
    CU_ASSERT_EQUAL(plate.characters[1].alternative_count, 2);
    CU_ASSERT_STRING_EQUAL(plate.characters[1].alternatives[0], "D");
    CU_ASSERT_STRING_EQUAL(plate.characters[1].alternatives[1], "R");
    CU_ASSERT(plate.confidence < 0.8);
    picture_unref(&picture);

    picture = draw_tail("鲁K5EU93", "冀D48216", &plate); // another vehicle's
    CU_ASSERT_EQUAL(plate_read_about(reader, picture, &plate, &error), STATUS_OK);
    put_in_doubt(&plate, 3, "B", "8");
    CU_ASSERT_EQUAL(plate_ask_painted(reader, picture, &plate, &error), STATUS_OK);
    CU_ASSERT_FALSE(plate.painted);
    CU_ASSERT_STRING_EQUAL(plate.shown, "冀D4?216");
    CU_ASSERT_DOUBLE_EQUAL(plate.characters[3].confidence, 0.55, 1e-9);
    picture_unref(&picture);
    plate_reader_destroy(&reader);
}

// Nothing on a vehicle that is half as wide as it is its plate.
static void test_too_wide_for_a_plate(void)
{
    Plate drawn, plate;
    size_t shown;
    Picture *picture = draw("晋E58A21", "blue", false, 140, &drawn);
    PlateView view = {picture, {-140, 0, 560, picture->height}};
    CU_ASSERT_TRUE(plate_of_passage(&plate_models_default, &view, 1, &plate, &shown));
    view.where = (Box){0, 0, picture->width, picture->height};
    CU_ASSERT_FALSE(plate_of_passage(&plate_models_default, &view, 1, &plate, &shown));
    picture_unref(&picture);
}

#endif
