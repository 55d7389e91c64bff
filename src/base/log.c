#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static LogLevel threshold = LOG_LEVEL_WARNING;         // under lock
static void (*hook_before)(void), (*hook_after)(void); // under lock

void log_set_level(LogLevel level)
{
    const char *wish = getenv("HEIYAN_LOG");
    if (wish && strcmp(wish, "debug") == 0)
        level = LOG_LEVEL_DEBUG;
    pthread_mutex_lock(&lock);
    threshold = level;
    pthread_mutex_unlock(&lock);
}

void log_set_hooks(void (*before)(void), void (*after)(void))
{
    pthread_mutex_lock(&lock);
    hook_before = before;
    hook_after = after;
    pthread_mutex_unlock(&lock);
}

static void write_line(LogLevel level, const char *word, const char *format, va_list args)
{
    pthread_mutex_lock(&lock);
    if (level <= threshold) {
        if (hook_before)
            hook_before();
        fprintf(stderr, "%s: ", word);
        vfprintf(stderr, format, args);
        fputc('\n', stderr);
        fflush(stderr);
        if (hook_after)
            hook_after();
    }
    pthread_mutex_unlock(&lock);
}

#define DEFINE(name, level, word)                                                                  \
    void name(const char *format, ...)                                                             \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        write_line(level, word, format, args);                                                     \
        va_end(args);                                                                              \
    }

DEFINE(log_error, LOG_LEVEL_ERROR, "error")
DEFINE(log_warning, LOG_LEVEL_WARNING, "warning")
DEFINE(log_info, LOG_LEVEL_INFO, "info")
DEFINE(log_debug, LOG_LEVEL_DEBUG, "debug")
