// The one-page record of a field check with the board of known levels (现场核查记录).
#ifndef HEIYAN_EVIDENCE_BOARD_SHEET_H
#define HEIYAN_EVIDENCE_BOARD_SHEET_H

#include "base/files.h"
#include "evidence/record.h"
#include "road/board.h"

#include <stdint.h>

#define BOARD_MAX_PICTURES 10

typedef struct BoardPicture { // borrowed
    const char *name; // base name
    char sha256[SHA256_HEX_SIZE];
    int width, height;
} BoardPicture;

typedef struct BoardCheck { // everything that stands in the record; borrowed
    const RecordSite *site;
    int width_mm, height_mm;
    const BoardLayout *layout;
    const BoardReading *reading; // mean of the pictures
    double corners[4][2];        // of the board in the pictures
    Picture *picture;            // the first of them, to show
    BoardPicture pictures[BOARD_MAX_PICTURES];
    size_t picture_count;
    double at_s;              // where in them, when they are clips; 0: their first picture
    int64_t taken_us;         // of the first picture
    const char *clock_source; // "argument", "file-name" or "file-time": where taken_us is from
    int64_t made_us;          // of the record
    const char *version, *settings_sha256;
} BoardCheck;

// A4, in Chinese or English.
Status board_sheet_write(const BoardCheck *check, bool chinese, const char *path, Error *error);

// What the page says, as one object: for --json. The caller decrefs; NULL: out of memory.
json_t *board_check_json(const BoardCheck *check);

// "通过", "passes" ...; and why a field could not be measured.
const char *board_verdict_words(BoardVerdict verdict, bool chinese);
const char *board_fault_words(BoardFault fault, bool chinese);

#endif
