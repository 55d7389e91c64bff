// Which networks find and read plates, and how they are to be talked to: those built into the
// program, or a site's own. What may stand in the fields is in the README (settings, `plates`).
#ifndef HEIYAN_PLATE_MODELS_H
#define HEIYAN_PLATE_MODELS_H

#include "base/error.h"
#include "base/files.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>

#define PLATE_MAX_INPUT 1024 // pixels, each side
#define PLATE_MAX_COLUMNS 32
#define PLATE_MAX_CLASSES 160 // of the alphabet

typedef struct PlateNet {   // what every network has
    const char *file;       // ONNX; NULL: the one built into the program
    int width, height;      // of its input, 1 x channels x height x width
    const char *colours;    // channels: "rgb" "bgr" "grey"
    const char *normalised; // "picture": mean 0, deviation 1 over it; "fixed": (value - mean) /
                            // scale, values 0..255
    double mean, scale;
    const char *values; // it gives "logits" or "probabilities"
} PlateNet;

typedef struct PlateFinderModel {
    PlateNet net;
    const char *output; // "cells": as models/plate-finder.md; "list": a line per place
    int stride, reach;  // of cells: pixels of the input between them; per unit of a corner
    bool closer;        // places are looked at again, with an input half as wide and high
    double smallest;    // pixels of the input: width of the smallest plate that it sees
    List columns;       // of texts, of a line: x y w h (middle, size), score, x1 y1 ... x4 y4
                        // (corners clockwise from the top left), one, two (rows), _ (unused)
} PlateFinderModel;

typedef struct PlateReaderModel {
    PlateNet net;
    const char *alphabet; // one character a class, "_" for one that no plate has; NULL: the
                          // program's own
    const char *blank;    // the class of no character stands "first" or "last"
    const char *output;   // "classes-steps": 1 x classes x steps; "steps-classes"
    const char *decoding; // "ctc"; "positions": a step is a character
    const char *two_rows; // are shown as one "line", top row first, or "whole"
} PlateReaderModel;

typedef struct PlateModels {
    PlateFinderModel finder;
    PlateReaderModel reader;
} PlateModels;

// The networks built into the program.
extern const PlateModels plate_models_default;

// What is wrong with it, in a sentence, and which of its fields it is; NULL when nothing is.
const char *plate_finder_fault(const PlateFinderModel *model, const char **field);
const char *plate_reader_fault(const PlateReaderModel *model, const char **field);

// Loads and runs those that are not built in once. STATUS_IO: a file cannot be read; STATUS_FORMAT
// with a sentence that names the file: it is not as the model says.
Status plate_models_check(const PlateModels *models, Error *error);

// SHA-256 of the network's bytes.
Status plate_finder_hash(const PlateFinderModel *model, char hex[SHA256_HEX_SIZE], Error *error);
Status plate_reader_hash(const PlateReaderModel *model, char hex[SHA256_HEX_SIZE], Error *error);

// Channels of its input.
int plate_net_channels(const PlateNet *net);

// Turns red, green and blue planes (0..255, `count` pixels each) in place into its input.
void plate_net_prepare(const PlateNet *net, float *planes, size_t count);

// The size of the next character of UTF-8 text, its bytes in out; 0 at its end.
size_t plate_next_letter(const char *text, char out[8]);

#endif
