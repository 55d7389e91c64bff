#include "capture/input.h"

#include "base/log.h"
#include "capture/sniff.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE (64 << 10)

// A file as libavformat sees it: prefix, then the file from skip on.
typedef struct Reader {
    int fd;
    int64_t position, size;
    Sniff sniff;
} Reader;

// Addresses may hold a password: what stands between "://" and "@" is taken out.
static void hide_user(char *line)
{
    for (char *at = line; (at = strstr(at, "://"));) {
        at += 3;
        char *end = at + strcspn(at, " \t'\"");
        char *sign = end;
        while (sign > at && *sign != '@')
            sign--;
        if (*sign == '@')
            memmove(at, sign + 1, strlen(sign));
    }
}

static void log_line(void *context, int level, const char *format, va_list args)
{
    (void)context;
    if (level > AV_LOG_ERROR)
        return;
    char line[512];
    vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\n")] = '\0';
    hide_user(line);
    log_debug("libav: %s", line);
}

static void set_callback(void)
{
    av_log_set_callback(log_line);
}

void input_quiet_libav(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_callback);
}

static int read_bytes(void *opaque, uint8_t *to, int size)
{
    Reader *reader = opaque;
    int64_t prefix = (int64_t)reader->sniff.prefix_size - reader->position;
    if (prefix > 0) {
        size = size < prefix ? size : (int)prefix;
        memcpy(to, reader->sniff.prefix + reader->position, (size_t)size);
        reader->position += size;
        return size;
    }
    ssize_t got;
    do
        got = pread(reader->fd, to, (size_t)size, (off_t)reader->sniff.skip - (off_t)prefix);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return got < 0 ? AVERROR(errno) : AVERROR_EOF;
    reader->position += got;
    return (int)got;
}

static int64_t seek_bytes(void *opaque, int64_t offset, int whence)
{
    Reader *reader = opaque;
    int64_t size = reader->size - (int64_t)reader->sniff.skip + (int64_t)reader->sniff.prefix_size;
    if (whence & AVSEEK_SIZE)
        return size;
    whence &= ~AVSEEK_FORCE;
    int64_t to = whence == SEEK_CUR   ? reader->position + offset
                 : whence == SEEK_END ? size + offset
                                      : offset;
    return to < 0 ? AVERROR(EINVAL) : (reader->position = to);
}

static void reader_close(AVIOContext **io)
{
    if (!*io)
        return;
    Reader *reader = (*io)->opaque;
    av_freep(&(*io)->buffer);
    avio_context_free(io);
    close(reader->fd);
    free(reader);
}

static Status reader_open(AVIOContext **out, const char *path, Error *error)
{
    *out = NULL;
    // Without O_NONBLOCK a pipe left in a folder would hold the scan for ever.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_set_errno(error, "cannot open %s", path);
    struct stat info;
    Status status = STATUS_OK;
    if (fstat(fd, &info) != 0)
        status = error_set_errno(error, "cannot open %s", path);
    else if (!S_ISREG(info.st_mode))
        status = error_set(error, STATUS_FORMAT, "%s is a %s, not a video file", path,
                           S_ISDIR(info.st_mode) ? "folder" : "device or pipe");
    else if (info.st_size == 0)
        status = error_set(error, STATUS_FORMAT,
                           "%s is empty (0 bytes): copy it from the recorder again", path);
    Reader *reader = status == STATUS_OK ? calloc(1, sizeof *reader) : NULL;
    uint8_t *buffer = reader ? av_malloc(BUFFER_SIZE) : NULL;
    if (buffer)
        *out = avio_alloc_context(buffer, BUFFER_SIZE, 0, reader, read_bytes, NULL, seek_bytes);
    if (*out) {
        reader->fd = fd;
        reader->size = info.st_size;
        return STATUS_OK;
    }
    av_free(buffer);
    free(reader);
    close(fd);
    return status != STATUS_OK ? status : error_set(error, STATUS_MEMORY, "out of memory");
}

static bool listed(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

// Lists, not rules: libavformat also "demuxes" text as ANSI art, play lists, subtitles and tunes.
static InputKind kind_of(const AVInputFormat *format)
{
    static const char *const video[] = {
        "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "mpegts", "mpeg", "flv", "live_flv",
        "kux", "dhav", "h264", "hevc", "m4v", "mpegvideo", "mjpeg", "mjpeg_2000", "mpjpeg",
        "smjpeg", "asf", "asf_o", "ogg", "gxf", "mxf", "nut", "rm", "wtv", "dv", "ivf", "obu",
        "av1", "h261", "h263", "vc1", "vc1test", "dirac", "cavsvideo", "avs2", "avs3", "ifv",
        "lmlm4", "nsv", "nuv", "yuv4mpegpipe", NULL};
    static const char *const pictures[] = {"jpeg_pipe", "png_pipe", NULL};
    static const char *const stills[] = {"bmp_pipe", "webp_pipe", "tiff_pipe", "j2k_pipe",
                                         "jpegls_pipe", "ppm_pipe", "pgm_pipe", "pam_pipe", NULL};
    return !format                           ? INPUT_OTHER
           : listed(format->name, video)     ? INPUT_VIDEO
           : listed(format->name, pictures)  ? INPUT_PICTURE
           : listed(format->name, stills)    ? INPUT_STILL
                                             : INPUT_OTHER;
}

// What libavformat makes of the content (no name is given to it), put right where it errs.
static Status recognise(AVIOContext *io, const char *path, const AVInputFormat **format,
                        InputKind *kind, Error *error)
{
    Reader *reader = io->opaque;
    *format = NULL;
    int score = av_probe_input_buffer2(io, format, "", NULL, 0, 0);
    if (score < 0 && score != AVERROR_INVALIDDATA)
        return error_set(error, score == AVERROR(ENOMEM) ? STATUS_MEMORY : STATUS_IO,
                         "cannot read %s: %s", path, av_err2str(score));
    *kind = kind_of(*format);
    // A recorder's container behind a foreign header looks like the bare stream it carries.
    static const char *const doubtful[] = {"mpeg", "h264", "hevc", "m4v", "mpegvideo", NULL};
    bool jpeg = *format && strcmp((*format)->name, "jpeg_pipe") == 0;
    if (!jpeg && *kind != INPUT_OTHER && score > AVPROBE_SCORE_RETRY &&
        !listed((*format)->name, doubtful))
        return STATUS_OK;
    size_t size = reader->size < (int64_t)SNIFF_SIZE ? (size_t)reader->size : SNIFF_SIZE;
    uint8_t *head = malloc(size);
    if (!head)
        return error_set(error, STATUS_MEMORY, "out of memory");
    ssize_t got = pread(reader->fd, head, size, 0);
    size = got > 0 ? (size_t)got : 0;
    if (jpeg && sniff_more_jpegs(head, size)) {
        *format = av_find_input_format("mjpeg");
        *kind = INPUT_VIDEO;
    } else if (!jpeg && sniff_stream(head, size, &reader->sniff)) {
        *format = av_find_input_format(reader->sniff.demuxer);
        *kind = INPUT_VIDEO;
    }
    free(head);
    return STATUS_OK;
}

Status input_open(AVFormatContext **out, const char *path, InputKind *kind, Error *error)
{
    input_quiet_libav();
    *out = NULL;
    *kind = INPUT_OTHER;
    AVIOContext *io;
    const AVInputFormat *format = NULL;
    Status status = reader_open(&io, path, error);
    if (status == STATUS_OK)
        status = recognise(io, path, &format, kind, error);
    if (status == STATUS_OK && *kind == INPUT_OTHER)
        status = error_set(error, STATUS_FORMAT, "%s is not a video: %s%s", path,
                           format ? "its content is " : "its content is not known",
                           format ? format->long_name : "");
    AVFormatContext *input = status == STATUS_OK ? avformat_alloc_context() : NULL;
    if (!input) {
        reader_close(&io);
        return status != STATUS_OK ? status : error_set(error, STATUS_MEMORY, "out of memory");
    }
    // What the probe has read belongs to the file without prefix and skip.
    Reader *reader = io->opaque;
    if (reader->sniff.skip || reader->sniff.prefix_size) {
        io->buf_ptr = io->buf_end = io->buffer;
        io->eof_reached = 0;
        io->pos = reader->position = 0;
    }
    input->pb = io;
    int result = avformat_open_input(&input, "", format, NULL);
    if (result < 0) {
        reader_close(&io);
        return error_set(error, STATUS_FORMAT,
                         "%s cannot be read as %s (%s): it is damaged or was cut off before its "
                         "index was written; copy it from the recorder again",
                         path, format->long_name, av_err2str(result));
    }
    *out = input;
    return STATUS_OK;
}

void input_close(AVFormatContext **input)
{
    if (!*input)
        return;
    AVIOContext *io = (*input)->pb;
    avformat_close_input(input);
    reader_close(&io);
}

int input_video(const AVFormatContext *input)
{
    int best = -1;
    int64_t most = -1;
    for (unsigned i = 0; i < input->nb_streams; i++) {
        const AVStream *stream = input->streams[i];
        const AVCodecParameters *parameters = stream->codecpar;
        int64_t pixels = (int64_t)parameters->width * parameters->height;
        if (parameters->codec_type == AVMEDIA_TYPE_VIDEO && pixels > most &&
            !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC)) {
            best = (int)i;
            most = pixels;
        }
    }
    return best;
}

bool input_analyse(AVFormatContext *input)
{
    // Sound costs time here and is never used.
    for (unsigned i = 0; i < input->nb_streams; i++)
        if (input->streams[i]->codecpar->codec_type != AVMEDIA_TYPE_VIDEO)
            input->streams[i]->discard = AVDISCARD_ALL;
    avformat_find_stream_info(input, NULL);
    int video = input_video(input);
    return video >= 0 && input->streams[video]->codecpar->codec_id != AV_CODEC_ID_NONE &&
           input->streams[video]->codecpar->width > 0;
}
