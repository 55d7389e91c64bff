#include "plate/models.h"

#include "plate/find.h"
#include "plate/grammar.h"
#include "plate/model.h"
#include "plate/read.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const PlateModels plate_models_default = {
    .finder = {.net = {.width = 256,
                       .height = 160,
                       .colours = "rgb",
                       .normalised = "fixed",
                       .mean = 128,
                       .scale = 128,
                       .values = "logits"},
               .output = "cells",
               .stride = 8,
               .reach = 32,
               .closer = true,
               .smallest = 22},
    .reader = {.net = {.width = 160,
                       .height = 32,
                       .colours = "rgb",
                       .normalised = "picture",
                       .mean = 127.5,
                       .scale = 127.5,
                       .values = "logits"},
               .blank = "first",
               .output = "classes-steps",
               .decoding = "ctc",
               .two_rows = "line"},
};

// ---- what is wrong ----

static const char *unreadable(const PlateNet *net)
{
    FILE *file = net->file ? fopen(net->file, "rbe") : NULL;
    if (net->file && !file)
        return "the file of the network cannot be opened";
    if (file)
        fclose(file);
    return NULL;
}

static bool has_column(const PlateFinderModel *model, const char *name)
{
    const char *const *columns = model->columns.items;
    for (size_t i = 0; i < model->columns.count; i++)
        if (strcmp(columns[i], name) == 0)
            return true;
    return false;
}

const char *plate_finder_fault(const PlateFinderModel *model, const char **field)
{
    static const char *const needed[][8] = {{"x", "y", "w", "h"},
                                            {"x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4"}};
    bool list = strcmp(model->output, "list") == 0, whole = false;
    const char *fault = unreadable(&model->net);
    *field = "file";
    if (fault || !list) {
        if (!fault && model->columns.count) {
            *field = "columns";
            fault = "'columns' say what a line holds: they need 'output: list'";
        }
        return fault;
    }
    *field = "columns";
    if (model->columns.count > PLATE_MAX_COLUMNS)
        return "too many columns";
    for (size_t i = 0; i < 2; i++) {
        bool all = true;
        for (size_t n = 0; n < 8 && needed[i][n]; n++)
            all &= has_column(model, needed[i][n]);
        whole |= all;
    }
    return !whole ? "'columns' need x, y, w, h, or the corners x1, y1 to x4, y4"
           : !has_column(model, "score") ? "'columns' need 'score'"
                                         : NULL;
}

size_t plate_next_letter(const char *text, char out[8])
{
    unsigned char first = (unsigned char)*text;
    size_t most = !first ? 0 : first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4, size = 0;
    while (size < most && text[size]) {
        out[size] = text[size];
        size++;
    }
    out[size] = '\0';
    return size;
}

const char *plate_reader_fault(const PlateReaderModel *model, const char **field)
{
    static _Thread_local char sentence[120];
    char letter[8];
    size_t size, count = 0;
    bool used[ALPHABET_SIZE] = {false};
    *field = "file";
    const char *fault = unreadable(&model->net);
    if (fault || !model->alphabet)
        return fault;
    *field = "alphabet";
    for (const char *at = model->alphabet; (size = plate_next_letter(at, letter)); at += size) {
        int character = plate_character(letter);
        if (++count > PLATE_MAX_CLASSES)
            return "the alphabet is too long";
        if (strcmp(letter, "_") == 0)
            continue;
        if (character < 0 || used[character]) {
            snprintf(sentence, sizeof sentence, "%s '%s' of the alphabet%s",
                     character < 0 ? "no plate has the letter" : "twice the letter", letter,
                     character < 0 ? ": put _ where a class stands for none" : "");
            return sentence;
        }
        used[character] = true;
    }
    return count ? NULL : "the alphabet is empty";
}

Status plate_models_check(const PlateModels *models, Error *error)
{
    PlateFinder *finder = NULL;
    PlateReader *reader = NULL;
    Status status = STATUS_OK;
    if (models->finder.net.file)
        status = plate_finder_create(&finder, &models->finder, error);
    if (finder)
        status = plate_finder_try(finder, error);
    if (status == STATUS_OK && models->reader.net.file)
        status = plate_reader_create(&reader, &models->reader, error);
    if (reader)
        status = plate_reader_try(reader, error);
    plate_finder_destroy(&finder);
    plate_reader_destroy(&reader);
    return status;
}

// ---- the bytes ----

static Status hash(const PlateNet *net, const unsigned char *built_in, const unsigned char *end,
                   char hex[SHA256_HEX_SIZE], Error *error)
{
    char *bytes = NULL;
    size_t size;
    if (!net->file) {
        bytes_sha256(built_in, (size_t)(end - built_in), hex);
        return STATUS_OK;
    }
    Status status = file_read(net->file, &bytes, &size, error);
    if (status == STATUS_OK)
        bytes_sha256(bytes, size, hex);
    free(bytes);
    return status;
}

Status plate_finder_hash(const PlateFinderModel *model, char hex[SHA256_HEX_SIZE], Error *error)
{
    return hash(&model->net, plate_finder_net, plate_finder_net_end, hex, error);
}

Status plate_reader_hash(const PlateReaderModel *model, char hex[SHA256_HEX_SIZE], Error *error)
{
    return hash(&model->net, plate_reader_net, plate_reader_net_end, hex, error);
}

// ---- what goes in ----

int plate_net_channels(const PlateNet *net)
{
    return strcmp(net->colours, "grey") == 0 ? 1 : 3;
}

static void standardise(float *values, size_t count)
{
    double sum = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
        square += (double)values[i] * values[i];
    }
    double mean = sum / (double)count;
    double spread = sqrt(fmax(1e-6, (square - (double)count * mean * mean) / (double)(count - 1)));
    for (size_t i = 0; i < count; i++)
        values[i] = (float)((values[i] - mean) / spread);
}

void plate_net_prepare(const PlateNet *net, float *planes, size_t count)
{
    size_t values = count * (size_t)plate_net_channels(net);
    for (size_t i = 0; i < count && net->colours[0] != 'r'; i++) {
        float red = planes[i], green = planes[count + i], blue = planes[2 * count + i];
        if (net->colours[0] == 'g') {
            planes[i] = 0.299F * red + 0.587F * green + 0.114F * blue;
        } else {
            planes[i] = blue;
            planes[2 * count + i] = red;
        }
    }
    if (strcmp(net->normalised, "picture") == 0) {
        standardise(planes, values);
        return;
    }
    for (size_t i = 0; i < values; i++)
        planes[i] = (float)((planes[i] - net->mean) / net->scale);
}
