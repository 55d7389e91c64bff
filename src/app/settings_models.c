// The site's own networks for plates: what may stand in the settings, and what is wrong with one.
#include "app/settings_read.h"

#include <stdlib.h>
#include <string.h>

#define FINDER(member) offsetof(Settings, plates.finder.member)
#define READER(member) offsetof(Settings, plates.reader.member)
#define COLOURS "rgb|bgr|grey"
#define NORMALISED "picture|fixed"
#define VALUES "logits|probabilities"

static const Key finder_keys[] = {
    {"file", KEY_TEXT, FINDER(net.file), 0, 0, NULL, NULL, 0},
    {"width", KEY_INTEGER, FINDER(net.width), 32, PLATE_MAX_INPUT, NULL, NULL, 0},
    {"height", KEY_INTEGER, FINDER(net.height), 32, PLATE_MAX_INPUT, NULL, NULL, 0},
    {"colours", KEY_TEXT, FINDER(net.colours), 0, 0, COLOURS, NULL, 0},
    {"normalised", KEY_TEXT, FINDER(net.normalised), 0, 0, NORMALISED, NULL, 0},
    {"mean", KEY_NUMBER, FINDER(net.mean), 0, 255, NULL, NULL, 0},
    {"scale", KEY_NUMBER, FINDER(net.scale), 1e-3, 1e6, NULL, NULL, 0},
    {"values", KEY_TEXT, FINDER(net.values), 0, 0, VALUES, NULL, 0},
    {"output", KEY_TEXT, FINDER(output), 0, 0, "cells|list", NULL, 0},
    {"stride", KEY_INTEGER, FINDER(stride), 1, 64, NULL, NULL, 0},
    {"reach", KEY_INTEGER, FINDER(reach), 1, 1024, NULL, NULL, 0},
    {"closer", KEY_FLAG, FINDER(closer), 0, 0, NULL, NULL, 0},
    {"smallest", KEY_NUMBER, FINDER(smallest), 4, 512, NULL, NULL, 0},
    {"columns", KEY_WORDS, FINDER(columns), 0, 0, "x|y|w|h|score|x1|y1|x2|y2|x3|y3|x4|y4|one|two|_",
     NULL, 0},
    {0},
};

static const Key reader_keys[] = {
    {"file", KEY_TEXT, READER(net.file), 0, 0, NULL, NULL, 0},
    {"width", KEY_INTEGER, READER(net.width), 16, PLATE_MAX_INPUT, NULL, NULL, 0},
    {"height", KEY_INTEGER, READER(net.height), 8, PLATE_MAX_INPUT, NULL, NULL, 0},
    {"colours", KEY_TEXT, READER(net.colours), 0, 0, COLOURS, NULL, 0},
    {"normalised", KEY_TEXT, READER(net.normalised), 0, 0, NORMALISED, NULL, 0},
    {"mean", KEY_NUMBER, READER(net.mean), 0, 255, NULL, NULL, 0},
    {"scale", KEY_NUMBER, READER(net.scale), 1e-3, 1e6, NULL, NULL, 0},
    {"values", KEY_TEXT, READER(net.values), 0, 0, VALUES, NULL, 0},
    {"alphabet", KEY_TEXT, READER(alphabet), 0, 0, NULL, NULL, 0},
    {"blank", KEY_TEXT, READER(blank), 0, 0, "first|last", NULL, 0},
    {"output", KEY_TEXT, READER(output), 0, 0, "classes-steps|steps-classes", NULL, 0},
    {"decoding", KEY_TEXT, READER(decoding), 0, 0, "ctc|positions", NULL, 0},
    {"two_rows", KEY_TEXT, READER(two_rows), 0, 0, "line|whole", NULL, 0},
    {0},
};

const Key plate_keys[] = {
    {"finder", KEY_GROUP, 0, 0, 0, NULL, finder_keys, 0},
    {"reader", KEY_GROUP, 0, 0, 0, NULL, reader_keys, 0},
    {0},
};

const char *settings_models_fault(const Key *keys, const Settings *settings, const char **field)
{
    bool finder = keys == finder_keys;
    if (!finder && keys != reader_keys)
        return NULL;
    const PlateModels *models = &settings->plates;
    *field = "file";
    if (!(finder ? models->finder.net.file : models->reader.net.file))
        return "'file' is missing: it names the network that the others describe";
    return finder ? plate_finder_fault(&models->finder, field)
                  : plate_reader_fault(&models->reader, field);
}

static void print_net(FILE *out, const PlateNet *net)
{
    fprintf(out, " %d %d %s %s %.9g %.9g %s", net->width, net->height, net->colours,
            net->normalised, net->mean, net->scale, net->values);
}

void settings_print_models(FILE *out, const Settings *settings)
{
    const PlateFinderModel *finder = &settings->plates.finder;
    const PlateReaderModel *reader = &settings->plates.reader;
    char hex[SHA256_HEX_SIZE] = "";
    Error error;
    if (finder->net.file) {
        plate_finder_hash(finder, hex, &error);
        fprintf(out, "finder %s %s %d %d %d %.9g", hex, finder->output, finder->stride,
                finder->reach, finder->closer, finder->smallest);
        print_net(out, &finder->net);
        for (size_t i = 0; i < finder->columns.count; i++)
            fprintf(out, " %s", ((const char *const *)finder->columns.items)[i]);
        fputc('\n', out);
    }
    hex[0] = '\0';
    if (reader->net.file) {
        plate_reader_hash(reader, hex, &error);
        fprintf(out, "reader %s %s %s %s %s %s", hex, reader->alphabet ? reader->alphabet : "",
                reader->blank, reader->output, reader->decoding, reader->two_rows);
        print_net(out, &reader->net);
        fputc('\n', out);
    }
}
