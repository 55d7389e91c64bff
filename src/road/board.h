// The field check: a printed board of known Ringelmann levels, read by the code that measures smoke
// against a road (opacity.h).
//
// A Ringelmann chart gives level n as white of which 20*n % is black (HJ/T 398-2007; US Bureau of
// Mines IC 8333), so a field of level n reflects 1 - 0.2*n of what the white around it reflects:
// white takes the place of the background, the field that of the plume, and no airlight is added.
// The field practice is a board of 900 x 600 mm with levels 0.00 to 2.00 and an allowed error of
// 0.25 grade, 5 % opacity.
//
// The board is a table of cells of one size, a field in the middle of each and white around it. The
// light on the board may slope: within a cell ln(white) is taken as a plane through its own white
// rim; on boards without rims as a plane through the fields of level 0, or their mean where fewer
// than three of them do not span one.
//
// Pictures are read with the transfer curve of BT.709, as everything here is: a camera that bends
// it shows that as an error of indication, which is what the check is for.
#ifndef HEIYAN_ROAD_BOARD_H
#define HEIYAN_ROAD_BOARD_H

#include "base/error.h"
#include "picture/picture.h"
#include "road/opacity.h"

#include <stddef.h>

#define BOARD_MAX_FIELDS 36
#define BOARD_ALLOWED 0.25 // grade

typedef struct BoardLayout {
    int columns, rows;
    double levels[BOARD_MAX_FIELDS]; // 0..5, row by row from the top left
    double
        rim; // white between a field and the edge of its cell, of the cell's size: 0, or 0.05..0.4
} BoardLayout;

// 3 x 3 fields: 0, 0.25, 0.5 / 0.75, 1, 1.25 / 1.5, 1.75, 2; rims of a fifth.
BoardLayout board_layout_default(void);
// Rows parted by "/", levels by ",": "0,0.5,1/1.5,2,0". STATUS_ARGUMENT says what is wrong; the rim
// stays as it was.
Status board_layout_parse(const char *text, BoardLayout *out, Error *error);

typedef enum BoardFault { // why a field cannot be measured, the first that holds
    BOARD_GOOD,
    BOARD_OUTSIDE,     // reaches out of the picture
    BOARD_SMALL,       // fewer than 12 pixels of field
    BOARD_OVEREXPOSED, // white at the end of the camera's range
    BOARD_DARK,        // one step of the picture's 8 bits is more than half of the allowed error
    BOARD_UNEVEN,      // glare or the edge of a shadow on the field or on the white around it
    BOARD_NO_WHITE,    // neither rims nor a field of level 0 that can be read
} BoardFault;
const char *board_fault_name(BoardFault fault); // "outside" ...; "" for BOARD_GOOD

typedef struct BoardField {
    double nominal; // level
    BoardFault fault;
    Opacity reading;      // of no meaning unless fault is BOARD_GOOD
    double spread;        // of the grade: half of what lies between pictures, 0 for one picture
    double corners[4][2]; // of what is measured, pixels of the picture, clockwise from the top left
} BoardField;

typedef struct BoardReading {
    BoardField fields[BOARD_MAX_FIELDS];
    int count;
    int turned; // quarter turns (1..3) of the corners by which the levels would fit; 0: none is
                // better
} BoardReading;

// corners: of the board's edge in pixels of the picture, as it is printed: top left, top right,
// bottom right, bottom left. STATUS_ARGUMENT when they cross over, run the other way round (a
// mirrored board) or do not enclose anything.
Status board_read(const Picture *picture, const BoardLayout *layout, const double corners[4][2],
                  BoardReading *out, Error *error);
// Several readings of one view made one: means, and their spread; a field with a fault in any of
// them has that fault. count at least 1.
BoardReading board_mean(const BoardReading *readings, size_t count);

double board_grade(const BoardField *field); // measured
double board_error(const BoardField *field); // measured less nominal, grades
bool board_field_passes(const BoardField *field);

typedef enum BoardVerdict { BOARD_PASSES, BOARD_FAILS, BOARD_UNDECIDED } BoardVerdict;
// Fails when a field errs by more than is allowed; is undecided when none does but some cannot be
// measured.
BoardVerdict board_verdict(const BoardReading *reading);

#endif
