// What the other cameras of a set saw, joined to a staged pack.
#include "evidence/companion.h"

static void read_as(Plate *plate, const char *text, double last)
{
    *plate = (Plate){.box = {100, 100, 60, 20}, .colour = "blue", .rows = 1, .confidence = last};
    snprintf(plate->text, sizeof plate->text, "%s", text);
    snprintf(plate->shown, sizeof plate->shown, "%s", text);
    if (last < 0.8)
        plate->shown[strlen(text) - 1] = '?';
    for (const char *c = text; *c; c++) {
        PlateCharacter *character = &plate->characters[plate->character_count++];
        character->text[0] = *c;
        character->confidence = c[1] ? 0.99 : last;
    }
}

// Stages a pack, whose own plate reads as rear (NULL: not read), and joins seen to it.
static json_t *join_to(const char *folder, const Plate *rear, const CompanionSeen *seen,
                       size_t count, size_t *joined)
{
    char path[PATH_SIZE];
    json_t *record;
    Error error;
    size_t size;
    snprintf(path, sizeof path, "%.3000s/record.json", folder);
    CU_ASSERT_EQUAL_FATAL(stage(folder, "cam03", 0, &error), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(record_load(path, &record, &error), STATUS_OK);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(record, "companions")), 0);
    if (rear)
        json_object_set_new(record, "plate", record_plate(rear));
    char *text = record_text(record, &size);
    CU_ASSERT_EQUAL(file_write_plain(path, text, size, &error), STATUS_OK);
    free(text);
    json_decref(record);
    CU_ASSERT_EQUAL(companion_add(folder, seen, count, joined, &error), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(record_load(path, &record, &error), STATUS_OK);
    return record;
}

static const json_t *entry_at(const json_t *record, size_t index)
{
    return json_array_get(json_object_get(record, "companions"), index);
}

static const char *string_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "null";
}

// The one candidate joins, with its plate; several, none and trouble are said.
static void test_companions_join(void)
{
    char folder[128], staged[256], stray[512];
    const int64_t times[2] = {START + 4 * SECOND_US, START + 7 * SECOND_US};
    Picture *picture = draw(20);
    Plate plate;
    size_t joined;
    Error error;
    Sealer *sealer;
    Sealed sealed;
    read_as(&plate, "A12345", 0.95);
    const CompanionSeen seen[] = {
        {"front1", "front", NULL, START, START + 12 * SECOND_US, times, 1, picture, &plate,
         picture},
        {"front2", "front", NULL, START, START + 12 * SECOND_US, times, 2, NULL, NULL, NULL},
        {"plate1", "plate", NULL, START, START + 12 * SECOND_US, times, 0, NULL, NULL, NULL},
        {"plate2", "plate", "no-pictures", INT64_MIN, INT64_MIN, times, 0, NULL, NULL, NULL},
    };
    snprintf(folder, sizeof folder, "%s/companions", root);
    CU_ASSERT_EQUAL_FATAL(sealer_open(&sealer, folder, &error), STATUS_OK);
    snprintf(staged, sizeof staged, "%.200s/t", sealer_staging(sealer));
    json_t *record = join_to(staged, NULL, seen, 4, &joined);
    CU_ASSERT_EQUAL(joined, 1);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(record, "companions")), 4);
    CU_ASSERT(json_is_true(json_object_get(entry_at(record, 0), "joined")));
    CU_ASSERT_EQUAL(json_array_size(json_object_get(entry_at(record, 0), "files")), 2);
    CU_ASSERT_STRING_EQUAL(string_of(entry_at(record, 1), "reason"), "several");
    CU_ASSERT_EQUAL(json_array_size(json_object_get(entry_at(record, 1), "times")), 2);
    CU_ASSERT_STRING_EQUAL(string_of(entry_at(record, 2), "reason"), "none");
    CU_ASSERT_STRING_EQUAL(string_of(entry_at(record, 3), "reason"), "no-pictures");
    const json_t *own = json_object_get(record, "plate");
    CU_ASSERT_STRING_EQUAL(string_of(own, "text"), "A12345");
    CU_ASSERT_STRING_EQUAL(string_of(own, "camera"), "front1");
    CU_ASSERT(json_is_null(json_object_get(own, "box")));
    json_decref(record);
    // A picture that a crash left before its record was written does not go into the pack.
    snprintf(stray, sizeof stray, "%s/panorama-front-2.jpg", staged);
    CU_ASSERT_EQUAL(file_write_plain(stray, "x", 1, &error), STATUS_OK);
    CU_ASSERT_EQUAL(sealer_seal(sealer, staged, 1, &sealed, &error), STATUS_OK);
    sealer_close(&sealer);
    CU_ASSERT_EQUAL(verify(folder).problems, 0);
    CU_ASSERT_EQUAL(shell("cd '%s' && sha256sum --quiet -c SHA256SUMS && test -s plate-front.jpg "
                          "&& grep -q panorama-front-1.jpg SHA256SUMS",
                          sealed.folder),
                    0);
    picture_unref(&picture);
}

// Which of two readings stands in the record, and which keep a vehicle from joining.
static void test_companion_plates(void)
{
    static const struct {
        const char *rear, *front;
        double rear_last, front_last; // how sure the last character is
        bool trailer, joins;
        const char *stands;
    } cases[] = {
        {NULL, "A12345", 0, 0.95, false, true, "A12345"},
        {NULL, "A12345", 0, 0.4, false, true, "A12345"}, // better than nothing
        {"A12345", "A12345", 0.95, 0.95, false, true, "A12345"},
        {"A12346", "A12345", 0.4, 0.95, false, true, "A12345"},
        {"A12346", "A12345", 0.4, 0.5, false, true, "A12346"},
        {"A12345", "B12345", 0.4, 0.95, false, false, "A12345"},
        {"A12345", "A123456", 0.95, 0.95, false, false, "A12345"},
        {"A12345", "B98765", 0.95, 0.95, true, true, "A12345"},
    };
    char folder[128];
    const int64_t time_us = START;
    Picture *picture = draw(20);
    snprintf(folder, sizeof folder, "%s/companion-plates", root);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Plate rear, front;
        size_t joined;
        if (cases[i].rear)
            read_as(&rear, cases[i].rear, cases[i].rear_last);
        rear.trailer = cases[i].trailer;
        read_as(&front, cases[i].front, cases[i].front_last);
        CompanionSeen seen = {"front1", "front", NULL,    START,  START + SECOND_US,
                              &time_us, 1,       picture, &front, picture};
        json_t *record = join_to(folder, cases[i].rear ? &rear : NULL, &seen, 1, &joined);
        CU_ASSERT_EQUAL(joined, cases[i].joins);
        CU_ASSERT_STRING_EQUAL(string_of(entry_at(record, 0), "reason"),
                               cases[i].joins ? "null" : "other-plate");
        CU_ASSERT_STRING_EQUAL(string_of(json_object_get(record, "plate"), "text"),
                               cases[i].stands);
        json_decref(record);
    }
    picture_unref(&picture);
}
