// A picture: 8-bit YUV 4:2:0 planes, reference-counted, read-only once handed out.
//
// plane[0] is width x height luma; plane[1], plane[2] are Cb and Cr of (width+1)/2 x (height+1)/2.
// Thread safety: ref and unref from any thread; the bytes are never written after creation.
#ifndef HEIYAN_PICTURE_PICTURE_H
#define HEIYAN_PICTURE_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ColorRange { COLOR_RANGE_LIMITED, COLOR_RANGE_FULL } ColorRange;
typedef enum ColorSpace { COLOR_SPACE_BT601, COLOR_SPACE_BT709, COLOR_SPACE_BT2020 } ColorSpace;

typedef struct Picture {
    int width, height;
    const uint8_t *plane[3];
    int stride[3];   // bytes from one row to the next
    int64_t time_us; // microseconds since the Unix epoch, on the stream's one timeline
    ColorRange range;
    ColorSpace space;
    bool key;                   // from a key frame of the stream
    bool damaged;               // the decoder concealed errors in it
    struct PictureOwner *owner; // private to picture.c
} Picture;

// In pixels of the full-resolution frame; x, y is the top left corner.
typedef struct Box {
    int x, y, w, h;
} Box;

// A new picture with writable planes (cast the const away until it is handed out), rows padded to
// 32 bytes. NULL when out of memory.
Picture *picture_new(int width, int height);

// Wraps planes that something else owns; release(owner) is called with the last unref.
// NULL when out of memory (release is not called then).
Picture *picture_wrap(int width, int height, const uint8_t *const plane[3], const int stride[3],
                      void (*release)(void *), void *owner);

Picture *picture_ref(Picture *picture); // returns its argument
void picture_unref(Picture **picture);  // accepts NULL content, clears the pointer

// Its edges times across and down, rounded: boxes that touch go on touching.
Box box_scale(Box box, double across, double down);
// The part of box that lies inside a width x height picture; w or h is 0 when nothing does.
Box box_clip(Box box, int width, int height);
Box box_union(Box a, Box b); // the smallest box around both
// Intersection over union, 0..1.
double box_iou(Box a, Box b);

#endif
