#include "app/progress.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/options.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR 20
#define EVERY_US 250000

static struct {
    pthread_t thread;
    pthread_mutex_t lock; // of the fields below
    pthread_cond_t wake;
    bool running, stop, shown;
    void (*facts)(void *, ProgressFacts *);
    void *context;
    int64_t began_us;
} progress = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static void clear_line(void)
{
    if (progress.shown)
        fputs("\r\033[K", stderr);
    progress.shown = false;
}

static void duration_text(double seconds, char *out, size_t size)
{
    int whole = (int)seconds;
    if (whole >= 3600)
        snprintf(out, size, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(out, size, "%d:%02d", whole / 60, whole % 60);
}

static void draw(void)
{
    ProgressFacts facts = {0};
    progress.facts(progress.context, &facts);
    double spent = (double)(clock_monotonic_us() - progress.began_us) / 1e6;
    double part = facts.media_us > 0 ? (double)facts.media_done_us / (double)facts.media_us : 0;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    char bar[BAR * 3 + 1] = "", left[32] = "--:--", line[400];
    for (int i = 0; i < BAR; i++)
        strcat(bar, i < (int)(part * BAR + 0.5) ? "█" : "░");
    if (part > 0.01)
        duration_text(spent / part - spent, left, sizeof left);
    double speed = spent > 0 ? (double)facts.media_done_us / 1e6 / spent : 0;
    double rate = spent > 0 ? (double)facts.pictures / spent : 0;
    const char *format = locale_is_chinese()
                             ? "%s %3.0f%%  文件 %zu/%zu  %.0f 帧/秒  %.1f 倍速  事件 %zu  剩余 %s"
                             : "%s %3.0f%%  file %zu/%zu  %.0f fps  %.1fx  %zu events  %s left";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(line, sizeof line, format, bar, 100 * part,
             facts.files_done < facts.files ? facts.files_done + 1 : facts.files, facts.files, rate,
             speed, facts.events, left);
#pragma GCC diagnostic pop
    fprintf(stderr, "\r\033[K%s", line);
    fflush(stderr);
    progress.shown = true;
}

// Around log lines: the log's own lock is held, ours is not needed for a clear.
static void before_log(void)
{
    clear_line();
}

static void *run(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&progress.lock);
    while (!progress.stop) {
        draw();
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += EVERY_US * 1000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&progress.wake, &progress.lock, &until);
    }
    clear_line();
    fflush(stderr);
    pthread_mutex_unlock(&progress.lock);
    return NULL;
}

void progress_start(bool wanted, void (*facts)(void *, ProgressFacts *), void *context)
{
    if (!wanted || !isatty(STDERR_FILENO))
        return;
    progress.facts = facts;
    progress.context = context;
    progress.began_us = clock_monotonic_us();
    progress.stop = false;
    progress.running = pthread_create(&progress.thread, NULL, run, NULL) == 0;
    if (progress.running)
        log_set_hooks(before_log, NULL);
}

void progress_stop(void)
{
    if (!progress.running)
        return;
    pthread_mutex_lock(&progress.lock);
    progress.stop = true;
    pthread_cond_signal(&progress.wake);
    pthread_mutex_unlock(&progress.lock);
    pthread_join(progress.thread, NULL);
    progress.running = false;
    log_set_hooks(NULL, NULL);
}
