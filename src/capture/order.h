// Private to capture/: presentation stamps for streams whose container has only decode stamps (AVI) or none at all
// (raw streams) though frames are reordered. The codec's own picture order tells.
#ifndef HEIYAN_CAPTURE_ORDER_H
#define HEIYAN_CAPTURE_ORDER_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>

typedef struct Order Order;

// NULL when out of memory. delay: frames of reordering, as far as it is known.
Order *order_create(const AVCodecParameters *parameters, int delay);
void order_destroy(Order **order);
void order_reset(Order *order); // forgets the waiting frames (after a seek)

// Takes over *packet, whose dts is set (in any unit that counts on in decode order). False when out of memory.
bool order_push(Order *order, AVPacket **packet);
// No more packets: the rest gets stamps frame apart.
void order_finish(Order *order, int64_t frame);
// The next packet in decode order with its pts set, NULL when more are needed first.
AVPacket *order_pop(Order *order);

#endif
