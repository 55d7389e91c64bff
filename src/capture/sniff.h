// Private to capture/: finds recorder streams that libavformat's own probe misses.
#ifndef HEIYAN_CAPTURE_SNIFF_H
#define HEIYAN_CAPTURE_SNIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Sniff {
    const char *demuxer; // libavformat's name: "mpeg", "mpegts", "dhav"
    size_t skip;         // bytes of junk before the first packet
    uint8_t prefix[64];  // to be read before the file: the map that a program stream left out
    size_t prefix_size;
} Sniff;

#define SNIFF_SIZE (8u << 20) // how much of a file's head is worth looking at

// MPEG program streams (behind junk, with foreign headers, without a stream map), transport streams
// behind junk, Dahua's DHAV. False when head shows none of these.
bool sniff_stream(const uint8_t *head, size_t size, Sniff *out);
// Whether a file that begins with a JPEG goes on with more of the same size: raw MJPEG, not a picture.
bool sniff_more_jpegs(const uint8_t *head, size_t size);

#endif
