// Private to capture/: notices when a stream's codec parameters change on the way.
#ifndef HEIYAN_CAPTURE_FOLLOW_H
#define HEIYAN_CAPTURE_FOLLOW_H

#include "base/error.h"
#include "capture/packet.h"

typedef struct Follower {
    Format *format;    // of the packets from here on
    int width, height; // the parser's, as a mark of a change inside the stream
} Follower;

// Looks at the next packet (parser: the stream's, may be NULL) and puts a new format in the place
// of follower->format when size or parameter sets have changed.
Status follow_format(Follower *follower, const AVCodecParserContext *parser, const AVPacket *packet,
                     Error *error);

#endif
