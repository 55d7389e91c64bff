// The last seconds of a stream as packets, whole GOPs, bounded by time and bytes: the clip before an event
// and the full-resolution pictures come from here.
//
// Used by one thread. A Ring keeps references to packets; it never copies their bytes.
#ifndef HEIYAN_CAPTURE_RING_H
#define HEIYAN_CAPTURE_RING_H

#include "capture/source.h"

typedef struct Ring Ring;

Status ring_create(Ring **out, int64_t span_us, size_t max_bytes, Error *error);
void ring_destroy(Ring **ring);

// Takes a reference. Drops the oldest GOPs while the rest still spans span_us, or while over max_bytes
// (the newest GOP always stays).
Status ring_push(Ring *ring, Packet *packet, Error *error);

// Drops everything.
void ring_clear(Ring *ring);

// Drops the GOPs that are over at time_us.
void ring_drop_before(Ring *ring, int64_t time_us);

int64_t ring_first_us(const Ring *ring); // presentation time of the oldest key frame; INT64_MAX if empty
int64_t ring_last_us(const Ring *ring);  // newest presentation time; INT64_MIN if empty

// Packets in decode order from the key frame at or before from_us (or the oldest) to the last packet with presentation
// time <= to_us (and all before it in decode order). *out is an array of references; free with packets_free.
Status ring_copy(const Ring *ring, int64_t from_us, int64_t to_us, Packet ***out, size_t *count,
                 Error *error);
void packets_free(Packet ***packets, size_t *count);

// Decodes the pictures nearest to the wanted times (ascending) out of packets, full resolution, in one forward pass
// that skips GOPs without a wanted time and stops once the last one is there. Where the nearest picture is damaged
// beyond decoding, out[i] is the nearest that was decoded on the way, or NULL; the caller unrefs the others.
Status packets_decode(Packet *const *packets, size_t packet_count, const int64_t *times_us,
                      size_t time_count, Picture **out, Error *error);

#endif
