// A licence plate as found on a vehicle and, where possible, read.
#ifndef HEIYAN_PLATE_PLATE_H
#define HEIYAN_PLATE_PLATE_H

#include "base/error.h"
#include "picture/picture.h"

typedef struct PlateCharacter {
    char text[8]; // UTF-8
    double confidence;
    char alternatives[3][8];
    int alternative_count;
} PlateCharacter;

typedef struct Plate {
    Box box;
    double corners[4][2];     // clockwise from the top left
    char colour[8];           // "blue" "yellow" "green" "white" "black", "" = unknown
    int rows;                 // 1, 2; 0 = unknown
    double sharpness;         // of the picture it was found in: for choosing the best frame
    double likeness;          // that it is a plate
    double confidence;        // that every character is right; 0 = not read
    char text[32], shown[32]; // "" = not read
    bool trailer;
    bool painted; // the number painted large on the vehicle's tail says the same
    PlateCharacter characters[9];
    int character_count;
} Plate;

#define PLATE_MAX 16

// Puts the corners on an upright rectangle.
void plate_set_corners(Plate *plate, double x, double y, double w, double h);

// The plate straightened by its corners, width x height, contrast stretched. NULL when out of
// memory.
Picture *plate_rectify(const Picture *picture, const Plate *plate, int width, int height);

#endif
