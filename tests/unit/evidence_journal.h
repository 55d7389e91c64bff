// Cases of evidence_test.c: journals of open events.
#ifndef HEIYAN_TESTS_EVIDENCE_JOURNAL_H
#define HEIYAN_TESTS_EVIDENCE_JOURNAL_H

#include "evidence/journal.h"

typedef struct Journalled { // an event with everything an event can have
    TrackPoint points[2];
    Point outline[3];
    uint8_t cells[6];
    Event event;
    RecordSite site;
    RecordSource source;
} Journalled;

static void make_journalled(Journalled *j)
{
    *j = (Journalled){.points = {{START, {200, 200, 120, 100}, 0.4f},
                                 {START + SECOND_US, {260, 120, 80, 70}, NAN}},
                      .outline = {{210, 300}, {300, 300}, {205, 345}},
                      .cells = {0, 7, 200, DENSITY_UNKNOWN, 16, 255},
                      .site = {.name = "高平",
                               .place = "建设路 \"1\"",
                               .latitude = 35.798,
                               .longitude = NAN,
                               .heading = 182.5,
                               .camera = "cam1",
                               .role = "rear",
                               .violation_text = "黑烟"},
                      .source = {.name = "192.0.2.1",
                                 .clock_source = "rtcp",
                                 .clock_offset_s = -0.25,
                                 .first_frame_us = START - SECOND_US,
                                 .info = info}};
    j->event = (Event){.start_us = START,
                       .peak_us = START + 345678,
                       .end_us = START + SECOND_US,
                       .track = 7,
                       .class = VEHICLE_BUS,
                       .speed_kmh = NAN,
                       .points = j->points,
                       .point_count = 2,
                       .box = {200, 200, 120, 100},
                       .opacity = 0.43,
                       .opacity_max = 0.6,
                       .uncertainty = 1.0 / 3,
                       .measurable = true,
                       .model = OPACITY_CONTRAST,
                       .kind = SMOKE_UNCLEAR,
                       .plume = {205, 300, 105, 45},
                       .outline = j->outline,
                       .outline_count = 3,
                       .duration_s = 1.2,
                       .confidence = 0.9,
                       .score = 0.5,
                       .baseline = {321, 0.98, 0.25, NAN, "large"},
                       .density = {{160, 270, 30, 20}, 3, 2, j->cells},
                       .conditions = {"night", "wet_road"},
                       .condition_count = 2,
                       .reasons = {{"trail_depth", 0.21}, {"hue", NAN}},
                       .reason_count = 2,
                       .others = {{9, VEHICLE_CAR, {1, 2, 3, 4}}},
                       .other_count = 1};
}

static char *record_of(const Event *event, const RecordSite *site, const RecordSource *source)
{
    size_t size;
    RecordSoftware software = {"0", "00", NULL, 0};
    json_t *record = record_build(site, source, &software, event, NULL, START);
    CU_ASSERT_PTR_NOT_NULL_FATAL(record);
    char *text = record_text(record, &size);
    json_decref(record);
    return text;
}

// Half of the packets, each a minute earlier than on the clock of the evidence.
static void write_journal(const char *folder, const Journalled *j)
{
    const int64_t shift_us = 60 * SECOND_US;
    JournalFacts facts = {&j->event, true, &j->site, &j->source, "00ff", shift_us};
    Journal *journal;
    CU_ASSERT_EQUAL_FATAL(journal_begin(&journal, folder, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(journal_note(journal, &facts, NULL), STATUS_FORMAT); // nothing to show yet
    for (size_t i = 0; i < packet_count / 2; i++) {
        Packet *packet = packet_shifted(packets[i], -shift_us);
        CU_ASSERT_EQUAL(journal_add(journal, packet, NULL), STATUS_OK);
        packet_unref(&packet);
    }
    CU_ASSERT_EQUAL(journal_note(journal, &facts, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(journal_note(journal, &facts, NULL), STATUS_OK);
    journal_close(&journal);
    CU_ASSERT_PTR_NULL(journal);
}

static void check_read_back(const OpenEvent *open, const Journalled *j)
{
    char *before = record_of(&j->event, &j->site, &j->source);
    char *after = record_of(&open->event, &open->site, &open->source);
    CU_ASSERT_STRING_EQUAL(before, after);
    free(before);
    free(after);
    CU_ASSERT(open->open && strcmp(open->settings_sha256, "00ff") == 0);
    CU_ASSERT_EQUAL(open->event.uncertainty, j->event.uncertainty);
    CU_ASSERT_EQUAL_FATAL(open->event.point_count, 2);
    CU_ASSERT_EQUAL(open->event.points[1].time_us, j->points[1].time_us);
    CU_ASSERT_EQUAL(open->event.points[1].box.x, 260);
    CU_ASSERT(open->event.points[0].depth == 0.4f && isnan(open->event.points[1].depth));
    CU_ASSERT_EQUAL(memcmp(open->event.density.cells, j->cells, sizeof j->cells), 0);
    CU_ASSERT_STRING_EQUAL(open->site.violation_text, "黑烟");
    CU_ASSERT_EQUAL_FATAL(open->packet_count, packet_count / 2);
    for (size_t i = 0; i < open->packet_count; i++)
        CU_ASSERT(llabs(packet_time_us(open->packets[i]) - packet_time_us(packets[i])) < 1000);
}

static void test_journal_is_read_back(void)
{
    char folder[PATH_SIZE];
    Journalled j;
    OpenEvent open;
    make_journalled(&j);
    snprintf(folder, sizeof folder, "%s/journal", root);
    write_journal(folder, &j);
    CU_ASSERT_EQUAL_FATAL(journal_load(&open, folder, NULL), STATUS_OK);
    check_read_back(&open, &j);
    open_event_free(&open);
    CU_ASSERT(!open.json && !open.packets && !open.event.points);
    CU_ASSERT_EQUAL(folder_remove(folder, NULL), STATUS_OK);
}

// Facts cut off or changed anywhere are refused or read, and nothing worse.
static void test_damaged_journal_is_refused(void)
{
    char folder[PATH_SIZE], facts[PATH_SIZE], clip[PATH_SIZE], *text;
    Journalled j;
    OpenEvent open;
    size_t size;
    make_journalled(&j);
    snprintf(folder, sizeof folder, "%s/journal", root);
    snprintf(facts, sizeof facts, "%.80s/event.json", folder);
    snprintf(clip, sizeof clip, "%.80s/clip.mp4", folder);
    write_journal(folder, &j);
    CU_ASSERT_EQUAL_FATAL(file_read(facts, &text, &size, NULL), STATUS_OK);
    for (size_t n = 0; n < size; n += 41) {
        CU_ASSERT_EQUAL(file_write_plain(facts, text, n, NULL), STATUS_OK);
        CU_ASSERT_EQUAL(journal_load(&open, folder, NULL), STATUS_FORMAT);
    }
    for (size_t n = 0; n < size; n += 3) {
        char was = text[n];
        text[n] = was == '9' ? '-' : '9';
        CU_ASSERT_EQUAL(file_write_plain(facts, text, size, NULL), STATUS_OK);
        Status status = journal_load(&open, folder, NULL);
        CU_ASSERT(status == STATUS_OK || status == STATUS_FORMAT);
        if (status == STATUS_OK)
            open_event_free(&open);
        text[n] = was;
    }
    CU_ASSERT_EQUAL(file_write_plain(facts, text, size, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(file_write_plain(clip, "", 0, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(journal_load(&open, folder, NULL), STATUS_FORMAT);
    CU_ASSERT_EQUAL(unlink(clip), 0);
    CU_ASSERT_EQUAL(journal_load(&open, folder, NULL), STATUS_END);
    CU_ASSERT_EQUAL(file_write_plain(clip, "", 0, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(unlink(facts), 0);
    CU_ASSERT_EQUAL(journal_load(&open, folder, NULL), STATUS_END);
    CU_ASSERT_EQUAL(folder_remove(folder, NULL), STATUS_OK);
    free(text);
}

#endif
