// Reads the characters of plates that were found.
//
// The network (models/plate-reader.md, or a site's own) sees the plate as one line of 160 x 32
// pixels, a two-row plate laid out as its top row and then its bottom row. What it says is held to
// the grammar of GA 36: province, letter (also the O of authorities), then letters without I and O,
// digits, and 挂 学 警 港 澳 使 领 where they may stand.
#ifndef HEIYAN_PLATE_READ_H
#define HEIYAN_PLATE_READ_H

#include "base/error.h"
#include "plate/find.h"
#include "plate/models.h"

#define PLATE_SURE 0.8 // a character below this is shown as "?"

typedef struct PlateReader PlateReader; // used by one thread at a time

// model: borrowed as long as the reader is; NULL: the network built into the program.
// STATUS_FORMAT: it is no network.
Status plate_reader_create(PlateReader **out, const PlateReaderModel *model, Error *error);
void plate_reader_destroy(PlateReader **reader);
// Runs it once. STATUS_FORMAT, STATUS_ARGUMENT: it is not as the model says.
Status plate_reader_try(PlateReader *reader, Error *error);

// Fills text, shown, characters, rows, trailer, confidence. Text stays empty where nothing legal is
// seen. plate->rows 0: both layouts are tried.
Status plate_read(PlateReader *reader, const Picture *picture, Plate *plate, Error *error);

// The same of corners that stand upright around a plate which may lie aslant: where it is not
// certain it looks along four slants, too, and reads all looks as one.
Status plate_read_about(PlateReader *reader, const Picture *picture, Plate *plate, Error *error);

// How wide plates may be, in pixels of the picture.
typedef struct PlateWidths {
    double smallest, largest; // largest: 0 = any
} PlateWidths;

// Looks for plates in a part of the picture, as plate_locate does, and reads them into out[room],
// at most PLATE_CANDIDATES: the large, middle and surely read ones first. Where none can be read,
// the likeliest place stands alone, without text. What is wider than the largest, or read in doubt
// or alike and more than twice as wide as a plate below it, is a number painted on a lorry's tail
// and is not told.
Status plate_find(PlateFinder *finder, PlateReader *reader, const Picture *picture, Box where,
                  PlateWidths widths, Plate *out, size_t room, size_t *count, Error *error);

// Fills text, shown, trailer by the characters.
void plate_spell(Plate *plate);

// Looks above a plate that was read for the vehicle's number painted large on its tail. Where that
// says what the plate may say plate->painted is true, and of what is in doubt it decides. Where it
// plainly says one other character, painted is false, and that character is put in doubt with the
// number's as its first alternative. Else nothing changes.
Status plate_ask_painted(PlateReader *reader, const Picture *picture, Plate *plate, Error *error);

// One reading out of several of the same plate, each weighed by how sure it is; the rest (box,
// corners) is that of the surest one read, or of the likeliest place where none is. count >= 1.
Plate plate_fuse(const Plate *readings, size_t count);

#endif
