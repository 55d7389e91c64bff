#include "capture/sniff.h"

#include <string.h>

#define PACK 0xba
#define SYSTEM 0xbb
#define MAP 0xbc
#define END 0xb9

static bool start_code(const uint8_t *p)
{
    return p[0] == 0 && p[1] == 0 && p[2] == 1;
}

// Bytes of the pack header at p (14 left at least), 0 if it is none.
static size_t pack_size(const uint8_t *p)
{
    if (!start_code(p) || p[3] != PACK)
        return 0;
    if ((p[4] & 0xc4) == 0x44)
        return 14u + (p[13] & 7u);
    return (p[4] & 0xf1) == 0x21 ? 12 : 0; // MPEG-1
}

typedef struct Votes {
    unsigned h264, hevc, mpeg4, mpeg2;
} Votes;

// Counts start codes that only one of the codecs has. Slices of one codec look like parameter sets of another, so
// each vote needs bits that the others rarely set.
static void vote(const uint8_t *p, size_t size, Votes *votes)
{
    for (size_t i = 0; i + 5 < size; i++) {
        if (!start_code(p + i))
            continue;
        uint8_t a = p[i + 3], b = p[i + 4];
        if ((a == 0x67 || a == 0x27) && b >= 44 && b <= 244)
            votes->h264 += 4; // a sequence parameter set and its profile
        else if (a == 0x65 || a == 0x41 || a == 0x68)
            votes->h264++;
        else if ((a == 0x40 || a == 0x42 || a == 0x44) && b == 0x01)
            votes->hevc += 4;
        else if (a == 0x26 && b == 0x01)
            votes->hevc++;
        else if (a == 0xb0 || (a >= 0x20 && a <= 0x2f && a != 0x26 && a != 0x27) || a == 0xb6)
            votes->mpeg4++;
        else if (a == 0xb3)
            votes->mpeg2 += 4;
        i += 3;
    }
}

static uint8_t stream_type(const Votes *votes)
{
    if (votes->hevc >= 4 && votes->hevc >= votes->h264)
        return 0x24;
    if (votes->h264 >= 4)
        return 0x1b;
    return votes->mpeg4 > 4 && votes->mpeg2 == 0 ? 0x10 : 0;
}

typedef struct Program {
    unsigned packets; // that followed one another without a gap
    bool map, video;
    Votes votes[16];
} Program;

// Reads packets from p on until something else comes.
static size_t follow(const uint8_t *p, size_t size, Program *program)
{
    size_t at = 0;
    while (at + 16 < size) {
        size_t pack = pack_size(p + at);
        if (pack) {
            at += pack;
            continue;
        }
        if (!start_code(p + at) || p[at + 3] < END)
            return at;
        uint8_t id = p[at + 3];
        if (id == END) {
            at += 4;
            continue;
        }
        size_t length = 6u + ((size_t)p[at + 4] << 8 | p[at + 5]);
        program->packets++;
        program->map |= id == MAP;
        if ((id & 0xf0) == 0xe0) {
            program->video = true;
            size_t header = (p[at + 6] & 0xc0) == 0x80 ? 9u + p[at + 8] : 6; // MPEG-2, MPEG-1
            size_t end = at + length < size ? at + length : size;
            if (at + header < end)
                vote(p + at + header, end - at - header, &program->votes[id & 15]);
        }
        at += length;
    }
    return size;
}

static void make_map(const Program *program, Sniff *out)
{
    uint8_t *p = out->prefix, entries = 0;
    memcpy(p, (const uint8_t[]){0, 0, 1, MAP, 0, 0, 0xe1, 0xff, 0, 0, 0, 0}, 12);
    size_t at = 12;
    for (unsigned i = 0; i < 16 && at + 8 <= sizeof out->prefix; i++) {
        uint8_t type = stream_type(&program->votes[i]);
        if (!type)
            continue;
        memcpy(p + at, (const uint8_t[]){type, (uint8_t)(0xe0 + i), 0, 0}, 4);
        at += 4;
        entries++;
    }
    memset(p + at, 0, 4); // libavformat does not check the sum
    at += 4;
    p[5] = (uint8_t)(at - 6);
    p[11] = (uint8_t)(4 * entries);
    out->prefix_size = entries ? at : 0;
}

static bool sniff_program(const uint8_t *head, size_t size, Sniff *out)
{
    Program program = {0};
    size_t first = size;
    for (size_t i = 0; i + 16 < size;) {
        const uint8_t *zero = memchr(head + i, 0, size - i - 16);
        if (!zero)
            break;
        i = (size_t)(zero - head);
        size_t pack = pack_size(head + i);
        if (!pack || i + pack + 4 > size || !start_code(head + i + pack) ||
            head[i + pack + 3] < END) {
            i++;
            continue;
        }
        first = first == size ? i : first;
        i += pack + follow(head + i + pack, size - i - pack, &program);
        if (program.packets > 4000) // seen enough
            break;
    }
    if (program.packets < 2 || !program.video)
        return false;
    *out = (Sniff){.demuxer = "mpeg", .skip = first};
    if (!program.map)
        make_map(&program, out);
    return true;
}

static bool sniff_transport(const uint8_t *head, size_t size, Sniff *out)
{
    static const size_t sizes[] = {188, 192, 204};
    for (size_t s = 0; s < 3; s++)
        for (size_t i = 0; i + 12 * sizes[s] < size; i++) {
            size_t good = 0;
            while (good < 12 && head[i + good * sizes[s]] == 0x47)
                good++;
            // All payload flags "reserved" is a run of plain 0x47 bytes, not a stream.
            if (good == 12 && memcmp(head + i, head + i + 1, 64) != 0) {
                *out = (Sniff){.demuxer = "mpegts", .skip = i};
                return true;
            }
        }
    return false;
}

// Frames are "DHAV", 20 bytes of header or more, data, "dhav", the length again.
static bool sniff_dahua(const uint8_t *head, size_t size, Sniff *out)
{
    for (size_t i = 0; i + 24 < size; i++) {
        const uint8_t *p = memchr(head + i, 'D', size - i - 24);
        if (!p)
            return false;
        i = (size_t)(p - head);
        if (memcmp(p, "DHAV", 4) != 0)
            continue;
        size_t length = p[12] | (size_t)p[13] << 8 | (size_t)p[14] << 16 | (size_t)p[15] << 24;
        if (length >= 32 && length <= size - i && memcmp(p + length - 8, "dhav", 4) == 0) {
            *out = (Sniff){.demuxer = "dhav", .skip = i};
            return true;
        }
    }
    return false;
}

bool sniff_stream(const uint8_t *head, size_t size, Sniff *out)
{
    return sniff_dahua(head, size, out) || sniff_program(head, size, out) ||
           sniff_transport(head, size, out);
}

// Walks one JPEG from its start marker to behind its end marker; 0 when it is cut or damaged. Size in *shape.
static size_t jpeg_end(const uint8_t *p, size_t size, uint32_t *shape)
{
    size_t at = 2;
    while (at + 9 < size) {
        if (p[at] != 0xff) {
            at++; // entropy-coded data, or padding
            continue;
        }
        uint8_t marker = p[at + 1];
        if (marker == 0xd9)
            return at + 2;
        if (marker == 0 || marker == 0xff || (marker >= 0xd0 && marker <= 0xd8)) {
            at += marker == 0xff ? 1 : 2;
            continue;
        }
        if (marker >= 0xc0 && marker <= 0xc2)
            memcpy(shape, p + at + 5, 4);
        at += 2u + ((size_t)p[at + 2] << 8 | p[at + 3]);
    }
    return 0;
}

bool sniff_more_jpegs(const uint8_t *head, size_t size)
{
    uint32_t first = 0, second = 1;
    if (size < 4 || head[0] != 0xff || head[1] != 0xd8)
        return false;
    size_t end = jpeg_end(head, size, &first);
    // Some cameras pad each picture to an even length or more.
    for (size_t pad = 0; end && pad < 64 && end + pad + 4 < size; pad++)
        if (head[end + pad] == 0xff && head[end + pad + 1] == 0xd8) {
            jpeg_end(head + end + pad, size - end - pad, &second);
            return first == second;
        }
    return false;
}
