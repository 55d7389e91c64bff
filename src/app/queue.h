// Packets on their way from the thread that reads a camera to the one that looks at them.
//
// Bounded by bytes: when it is full the oldest packets go, never the newest, and the taker is told,
// so that it goes on with a key frame. Main and sub-stream of a camera share one queue. Any thread
// may push and close, one takes.
#ifndef HEIYAN_APP_QUEUE_H
#define HEIYAN_APP_QUEUE_H

#include "capture/source.h"

typedef struct Queue Queue;

typedef struct Queued {
    Packet *packet;     // the taker's; NULL: the stream was cut off here
    int64_t arrived_us; // monotonic
    bool torn;          // packets of this stream before this one were thrown away
    bool substream;     // as given to queue_push
    size_t keys_behind; // key frames of the same stream that wait behind it
} Queued;

Status queue_create(Queue **out, size_t max_bytes, Error *error);
void queue_destroy(Queue **queue);

// Takes a reference of packet, NULL for a cut. Returns the number of packets thrown away for it.
size_t queue_push(Queue *queue, Packet *packet, bool substream);
// Waits for the next; false when closed and empty.
bool queue_take(Queue *queue, Queued *out);
void queue_close(Queue *queue);
size_t queue_bytes(Queue *queue);

#endif
