// heiyan measure --board: a check with the board of known levels, from pictures to the record.
#ifndef HEIYAN_APP_BOARD_H
#define HEIYAN_APP_BOARD_H

#include <stdbool.h>

typedef struct BoardRequest { // as on the command line; NULL: not given
    char **pictures;
    int picture_count;
    const char *settings, *camera, *corners, *region, *levels, *size, *time, *at, *output;
    int rim; // percent
    bool json;
} BoardRequest;

// The exit status: 0 when every level passes, 1 when one does not or cannot be measured.
int board_check(const BoardRequest *request);

#endif
