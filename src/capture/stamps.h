// Private to capture/: decode stamps for frames that come in decode order with presentation stamps
// alone, as over RTP.
#ifndef HEIYAN_CAPTURE_STAMPS_H
#define HEIYAN_CAPTURE_STAMPS_H

#include <stdbool.h>
#include <stdint.h>

#define STAMPS_DEPTH 16

typedef struct Stamps {
    int64_t waiting[STAMPS_DEPTH + 1]; // presentation stamps, ascending
    int count, delay;                  // delay: frames of reordering, grows when it proves deeper
    int64_t newest, given;
    bool started;
} Stamps;

void stamps_init(Stamps *stamps, int delay);
// Never after pts. Increases as long as pts are sane; a jump of pts begins anew.
int64_t stamps_decode(Stamps *stamps, int64_t pts, int64_t frame_us);

#endif
