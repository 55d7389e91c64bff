#include "capture/order.h"

#include <stdlib.h>
#include <string.h>

#define WAITING 64

typedef struct Frame {
    AVPacket *packet;
    int64_t rank; // grows in order of presentation
    bool stamped;
} Frame;

struct Order {
    AVCodecParserContext *parser;
    AVCodecContext *codec;
    Frame frames[WAITING]; // decode order
    int count, unstamped, delay;
    int64_t base, highest, shown; // of the ranks: a key frame that starts a new count begins above all before
    int64_t last_dts, last_pts;
};

Order *order_create(const AVCodecParameters *parameters, int delay)
{
    Order *order = calloc(1, sizeof *order);
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    if (!order)
        return NULL;
    order->parser = av_parser_init((int)parameters->codec_id);
    order->codec = avcodec_alloc_context3(codec);
    if (!order->parser || !order->codec ||
        avcodec_parameters_to_context(order->codec, parameters) < 0) {
        order_destroy(&order);
        return NULL;
    }
    order->parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    order->delay = delay;
    order_reset(order);
    return order;
}

void order_reset(Order *order)
{
    for (int i = 0; i < order->count; i++)
        av_packet_free(&order->frames[i].packet);
    order->count = order->unstamped = 0;
    order->base = order->highest = 0;
    order->shown = INT64_MIN;
    order->last_dts = order->last_pts = INT64_MIN;
}

void order_destroy(Order **out)
{
    Order *order = *out;
    *out = NULL;
    if (!order)
        return;
    order_reset(order);
    av_parser_close(order->parser);
    avcodec_free_context(&order->codec);
    free(order);
}

// Gives the stamp to the frame that is shown first of those without one.
static void stamp(Order *order, int64_t pts)
{
    Frame *first = NULL;
    for (int i = 0; i < order->count; i++)
        if (!order->frames[i].stamped && (!first || order->frames[i].rank < first->rank))
            first = &order->frames[i];
    if (!first)
        return;
    pts = pts > order->last_pts ? pts : order->last_pts + 1;
    if (pts < first->packet->dts)
        pts = first->packet->dts;
    first->packet->pts = order->last_pts = pts;
    first->stamped = true;
    order->shown = first->rank;
    order->unstamped--;
}

static int64_t rank_of(Order *order, const AVPacket *packet)
{
    uint8_t *data;
    int size;
    AVCodecParserContext *parser = order->parser;
    parser->pict_type = AV_PICTURE_TYPE_NONE;
    av_parser_parse2(parser, order->codec, &data, &size, packet->data, packet->size,
                     AV_NOPTS_VALUE, AV_NOPTS_VALUE, 0);
    enum AVCodecID id = order->codec->codec_id;
    if (id != AV_CODEC_ID_H264 && id != AV_CODEC_ID_HEVC) {
        // Without a picture order in the stream: B-frames come before the reference decoded ahead of them.
        if (parser->pict_type == AV_PICTURE_TYPE_B)
            return order->highest - 1;
        return order->highest += 2;
    }
    int64_t rank = order->base + parser->output_picture_number;
    if ((packet->flags & AV_PKT_FLAG_KEY) && rank <= order->highest) {
        order->base = order->highest + 1 - parser->output_picture_number;
        rank = order->highest + 1;
    }
    order->highest = rank > order->highest ? rank : order->highest;
    return rank;
}

bool order_push(Order *order, AVPacket **packet)
{
    if (order->count == WAITING) // order_pop was not called: cannot happen with order's own delay
        return false;
    Frame *frame = &order->frames[order->count];
    *frame = (Frame){.packet = *packet};
    *packet = NULL;
    frame->rank = rank_of(order, frame->packet);
    order->count++;
    order->unstamped++;
    order->last_dts = frame->packet->dts;
    if (frame->rank < order->shown && order->delay < WAITING / 4)
        order->delay++; // reordering is deeper than announced
    while (order->unstamped > order->delay)
        stamp(order, order->last_dts);
    return true;
}

void order_finish(Order *order, int64_t frame)
{
    for (int64_t pts = order->last_dts + frame; order->unstamped; pts += frame)
        stamp(order, pts);
}

AVPacket *order_pop(Order *order)
{
    if (!order->count || !order->frames[0].stamped)
        return NULL;
    AVPacket *packet = order->frames[0].packet;
    order->count--;
    memmove(order->frames, order->frames + 1, (size_t)order->count * sizeof *order->frames);
    return packet;
}
