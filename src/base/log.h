// Log lines on stderr: "warning: text", or {"time","level","camera","text"} as JSON. Where stderr
// is the journal of systemd (JOURNAL_STREAM), each begins with its priority: "<4>warning: text".
// Thread-safe; a line is written whole.
#ifndef HEIYAN_BASE_LOG_H
#define HEIYAN_BASE_LOG_H

#include <stdbool.h>

typedef enum LogLevel {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
} LogLevel;

void log_set_level(
    LogLevel level); // default LOG_LEVEL_WARNING; HEIYAN_LOG=debug in the environment wins

void log_set_json(bool json); // default: text
// Whose lines this thread writes from now on: "camera" in JSON, where the text then does without
// the name. NULL: nobody's. Borrowed.
void log_set_camera(const char *camera);

// Called before and after each line with the log locked, so that a progress bar can step aside.
void log_set_hooks(void (*before)(void), void (*after)(void));

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
