// Private to capture/: opens a file for libavformat, told apart by content alone.
#ifndef HEIYAN_CAPTURE_INPUT_H
#define HEIYAN_CAPTURE_INPUT_H

#include "base/error.h"

#include <libavformat/avformat.h>
#include <stdbool.h>

typedef enum InputKind {
    INPUT_OTHER,   // text, audio, archives: nothing to decode pictures from
    INPUT_VIDEO,   // a container or raw stream that holds video, sound or not
    INPUT_PICTURE, // one JPEG or PNG
    INPUT_STILL,   // one picture of another format
} InputKind;

// On failure *out is NULL; *kind is set even then, as far as the content could be looked at.
// Closed with input_close, never with avformat_close_input.
Status input_open(AVFormatContext **out, const char *path, InputKind *kind, Error *error);
void input_close(AVFormatContext **input);

// libavformat's messages become debug lines, without passwords. Any thread, any number of times.
void input_quiet_libav(void);

// Reads what the headers leave out. False when the video stream's codec and size stay unknown.
bool input_analyse(AVFormatContext *input);
// The largest video stream that is not cover art, -1 if there is none.
int input_video(const AVFormatContext *input);

#endif
