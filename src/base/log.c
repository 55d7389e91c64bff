#include "base/log.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static LogLevel threshold = LOG_LEVEL_WARNING;         // under lock
static bool as_json;                                   // under lock
static _Thread_local const char *whose;                // camera of this thread
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

void log_set_json(bool json)
{
    pthread_mutex_lock(&lock);
    as_json = json;
    pthread_mutex_unlock(&lock);
}

void log_set_camera(const char *camera)
{
    whose = camera;
}

// As systemd says it: its name is the device and the inode of the stream.
static bool is_journal(void)
{
    struct stat info;
    unsigned long long device, inode;
    const char *stream = getenv("JOURNAL_STREAM");
    return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &info) == 0 && info.st_dev == device && info.st_ino == inode;
}

static void print_string(const char *text)
{
    fputc('"', stderr);
    for (const char *c = text; *c; c++)
        if (*c == '"' || *c == '\\')
            fprintf(stderr, "\\%c", *c);
        else if ((unsigned char)*c < 0x20 || *c == 0x7f)
            fprintf(stderr, "\\u%04x", *c);
        else
            fputc(*c, stderr);
    fputc('"', stderr);
}

// What is cut off at the end may leave half a character; a path may hold any bytes.
static void mend_utf8(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c;) {
        int more = *c < 0x80                    ? 0
                   : *c >> 5 == 6 && *c > 0xc1  ? 1
                   : *c >> 4 == 14              ? 2
                   : *c >> 3 == 30 && *c < 0xf5 ? 3
                                                : -1;
        int found = 0;
        while (found < more && c[found + 1] >> 6 == 2)
            found++;
        bool good = found == more && !(*c == 0xe0 && c[1] < 0xa0) && !(*c == 0xed && c[1] > 0x9f) &&
                    !(*c == 0xf0 && c[1] < 0x90) && !(*c == 0xf4 && c[1] > 0x8f);
        if (!good)
            *c = '?';
        c += good ? more + 1 : 1;
    }
}

static void print_json(const char *word, const char *format, va_list args)
{
    char text[2048], *rest = text;
    vsnprintf(text, sizeof text, format, args);
    mend_utf8(text);
    size_t length = whose ? strlen(whose) : 0;
    if (length && strncmp(text, whose, length) == 0 && strncmp(text + length, ": ", 2) == 0)
        rest += length + 2;
    fprintf(stderr,
            "{\"time\":\"%s\",\"level\":\"%s\",\"camera\":", clock_text(clock_now_us()).rfc3339,
            word);
    if (whose)
        print_string(whose);
    else
        fputs("null", stderr);
    fputs(",\"text\":", stderr);
    print_string(rest);
    fputs("}\n", stderr);
}

static void print_text(const char *word, const char *format, va_list args)
{
    fprintf(stderr, "%s: ", word);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

static void write_line(LogLevel level, const char *word, const char *format, va_list args)
{
    static const int priorities[] = {3, 4, 6, 7}; // as syslog counts
    pthread_mutex_lock(&lock);
    if (level <= threshold) {
        if (hook_before)
            hook_before();
        if (is_journal())
            fprintf(stderr, "<%d>", priorities[level]);
        if (as_json)
            print_json(word, format, args);
        else
            print_text(word, format, args);
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
