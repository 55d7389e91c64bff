#include "capture/sets.h"

#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <string.h>

uint8_t *sets_extract(const AVCodecParameters *parameters, const AVPacket *packet, size_t *size)
{
    const AVBitStreamFilter *filter = av_bsf_get_by_name("extract_extradata");
    AVBSFContext *bsf = NULL;
    AVPacket *copy = av_packet_clone(packet);
    uint8_t *kept = NULL;
    if (filter && copy && av_bsf_alloc(filter, &bsf) >= 0 &&
        avcodec_parameters_copy(bsf->par_in, parameters) >= 0 && av_bsf_init(bsf) >= 0 &&
        av_bsf_send_packet(bsf, copy) >= 0 && av_bsf_receive_packet(bsf, copy) >= 0) {
        const uint8_t *found = av_packet_get_side_data(copy, AV_PKT_DATA_NEW_EXTRADATA, size);
        kept = found ? av_mallocz(*size + AV_INPUT_BUFFER_PADDING_SIZE) : NULL;
        if (kept)
            memcpy(kept, found, *size);
    }
    av_packet_free(&copy);
    av_bsf_free(&bsf);
    return kept;
}

// The next unit of Annex B, without its start code and the zeros that may follow it; false: none.
static bool next_unit(const uint8_t **at, const uint8_t *end, const uint8_t **unit, size_t *size)
{
    const uint8_t *p = *at;
    while (end - p >= 3 && (p[0] || p[1] || p[2] != 1))
        p++;
    if (end - p < 3)
        return false;
    *unit = p += 3;
    while (end - p >= 3 && (p[0] || p[1] || p[2] > 1))
        p++;
    if (end - p < 3)
        p = end;
    *at = p;
    while (p > *unit && !p[-1])
        p--;
    *size = (size_t)(p - *unit);
    return true;
}

static bool has_unit(const uint8_t *all, size_t all_size, const uint8_t *wanted, size_t size)
{
    const uint8_t *at = all, *unit;
    size_t length;
    while (next_unit(&at, all + all_size, &unit, &length))
        if (length == size && memcmp(unit, wanted, size) == 0)
            return true;
    return false;
}

// Whether extradata holds all of the sets.
static bool holds(const AVCodecParameters *parameters, const Sets *sets)
{
    const uint8_t *at = sets->data, *unit;
    size_t length;
    while (next_unit(&at, sets->data + sets->size, &unit, &length))
        if (!has_unit(parameters->extradata, (size_t)parameters->extradata_size, unit, length))
            return false;
    return true;
}

static Status put_before(AVPacket *packet, const Sets *sets, Error *error)
{
    int before = packet->size;
    if (av_grow_packet(packet, (int)sets->size) < 0)
        return error_set(error, STATUS_MEMORY, "out of memory");
    memmove(packet->data + sets->size, packet->data, (size_t)before);
    memcpy(packet->data, sets->data, sets->size);
    return STATUS_OK;
}

Status sets_keep(Sets *sets, const AVCodecParameters *parameters, AVPacket *packet, Error *error)
{
    size_t size;
    if (parameters->codec_id != AV_CODEC_ID_H264 && parameters->codec_id != AV_CODEC_ID_HEVC)
        return STATUS_OK;
    uint8_t *found = sets_extract(parameters, packet, &size);
    if (!found)
        return sets->others ? put_before(packet, sets, error) : STATUS_OK;
    av_free(sets->data);
    sets->data = found;
    sets->size = size;
    sets->others = !holds(parameters, sets);
    return STATUS_OK;
}

void sets_finish(Sets *sets)
{
    av_free(sets->data);
    *sets = (Sets){0};
}
