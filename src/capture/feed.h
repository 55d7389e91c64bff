// Private to capture/: the packets of one file's video stream, in decode order, on one timeline.
#ifndef HEIYAN_CAPTURE_FEED_H
#define HEIYAN_CAPTURE_FEED_H

#include "capture/follow.h"
#include "capture/input.h"
#include "capture/order.h"
#include "capture/packet.h"
#include "capture/timeline.h"

#define AHEAD 24 // packets looked at before it is known whether stamps must be rebuilt

typedef struct Feed {
    const char *path; // for errors; belongs to the caller
    AVFormatContext *input;
    InputKind kind;
    int stream, rotation;
    double fps; // measured where the declared one is wrong
    Follower follower;
    AVPacket *ahead[AHEAD];
    int ahead_count, ahead_next;
    Order *order; // NULL: the container's presentation stamps are used
    Timeline timeline;
    int64_t first_stamp, last_stamp; // presentation, as the container has them
    int64_t counted_us;              // stamps made up for packets without
    uint64_t bad_packets;
    bool ended, finished, broken; // broken: the end came by an error or a cut packet
} Feed;

Status feed_open(Feed *feed, const char *path, int64_t start_us, Error *error);
void feed_close(Feed *feed);

// The next packet of the stream; STATUS_END at the end.
Status feed_next(Feed *feed, Packet **out, Error *error);
// Whether the container's index is complete and sane, so that feed_jump lands where reading on would come by.
bool feed_can_jump(const Feed *feed);
// Goes to the key frame at or before time_us.
Status feed_jump(Feed *feed, int64_t time_us, Error *error);

// As the container declares it, 0 when it does not or is only guessing.
int64_t feed_duration_us(const Feed *feed);
// Whether the last packet came well before the declared end.
bool feed_truncated(const Feed *feed);

#endif
