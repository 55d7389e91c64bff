// /metrics: the snapshot in Prometheus' text format.
#include "app/status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

typedef struct Metric { // one figure of every camera
    const char *name, *type, *help;
    double (*value)(const StreamFacts *camera);
} Metric;

static double is_live(const StreamFacts *camera)
{
    return camera->state == STREAM_LIVE;
}

static double fps(const StreamFacts *camera)
{
    return camera->fps;
}

static double analysed_fps(const StreamFacts *camera)
{
    return camera->analysed_fps;
}

static double delay(const StreamFacts *camera)
{
    return camera->delay_s;
}

static double frames(const StreamFacts *camera)
{
    return (double)camera->frames;
}

static double drops(const StreamFacts *camera)
{
    return (double)camera->drops;
}

static double lost(const StreamFacts *camera)
{
    return (double)camera->lost;
}

static double events(const StreamFacts *camera)
{
    return (double)camera->events;
}

static double picture_good(const StreamFacts *camera)
{
    return camera->health == HEALTH_GOOD;
}

static double connects(const StreamFacts *camera)
{
    return (double)camera->connects;
}

static double bit_rate(const StreamFacts *camera)
{
    return camera->bits_per_second;
}

static double clock_offset(const StreamFacts *camera)
{
    return camera->clock_offset_s;
}

static double queued(const StreamFacts *camera)
{
    return (double)camera->queued_bytes;
}

static double learned(const StreamFacts *camera)
{
    return camera->outlook.passages;
}

static double threshold(const StreamFacts *camera)
{
    return camera->outlook.threshold > 0 ? camera->outlook.threshold : NAN;
}

static double sensitivity(const StreamFacts *camera)
{
    return camera->outlook.threshold > 0 ? camera->outlook.sensitivity : NAN;
}

static double false_budget(const StreamFacts *camera)
{
    return camera->false_budget;
}

static double daily_captures(const StreamFacts *camera)
{
    double captures = 0, watched_s = 0;
    for (int i = 0; i < STREAM_DAYS; i++) {
        captures += camera->days[i].captures;
        watched_s += camera->days[i].watched_s;
    }
    return watched_s > 0 ? captures / fmax(1, watched_s / 86400) : NAN;
}

static double blind(const StreamFacts *camera)
{
    return camera->blind_s;
}

static const Metric metrics[] = {
    {"camera_live", "gauge", "Whether pictures come from the camera", is_live},
    {"camera_fps", "gauge", "Pictures received per second over 10 s", fps},
    {"camera_analysed_fps", "gauge", "Pictures analysed per second over 10 s", analysed_fps},
    {"camera_delay_seconds", "gauge", "From a picture's arrival to its analysis", delay},
    {"camera_frames_total", "counter", "Pictures received", frames},
    {"camera_drops_total", "counter", "Pictures not looked at: machine too slow", drops},
    {"camera_lost_total", "counter", "Pictures lost on the way here", lost},
    {"camera_events_total", "counter", "Events staged", events},
    {"camera_connects_total", "counter", "Times the camera went live", connects},
    {"camera_picture_good", "gauge", "0: black, covered, defocused, ...", picture_good},
    {"camera_bits_per_second", "gauge", "Video received per second over 10 s", bit_rate},
    {"camera_clock_offset_seconds", "gauge", "Camera's clock ahead of this machine's",
     clock_offset},
    {"camera_baseline_passages", "gauge", "Clean vehicles in the camera's history", learned},
    {"camera_threshold", "gauge", "Score above which a vehicle is captured now", threshold},
    {"camera_sensitivity_grade", "gauge", "Steady Ringelmann grade in the wake found at least",
     sensitivity},
    {"camera_false_budget_per_day", "gauge", "False captures accepted", false_budget},
    {"camera_blind_seconds_total", "counter", "Time in which no vehicle was judged", blind},
    {"camera_captures_per_day", "gauge", "Captures over the last seven days", daily_captures},
    {"camera_queue_bytes", "gauge", "Packets that wait to be looked at", queued},
};

static void print_camera_metrics(FILE *out, const SiteFacts *facts)
{
    for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
        const Metric *metric = &metrics[m];
        fprintf(out, "# HELP heiyan_%s %s\n# TYPE heiyan_%s %s\n", metric->name, metric->help,
                metric->name, metric->type);
        for (size_t i = 0; i < facts->camera_count; i++) {
            double value = metric->value(&facts->cameras[i]);
            if (!isnan(value))
                fprintf(out, "heiyan_%s{camera=\"%s\"} %.12g\n", metric->name, facts->cameras[i].id,
                        value);
        }
    }
    fprintf(out, "# HELP heiyan_camera_condition 1 while it makes seeing hard\n"
                 "# TYPE heiyan_camera_condition gauge\n");
    for (size_t i = 0; i < facts->camera_count; i++)
        for (int c = 0; c < CONDITIONS; c++)
            fprintf(out, "heiyan_camera_condition{camera=\"%s\",condition=\"%s\"} %d\n",
                    facts->cameras[i].id, condition_name((Condition)c),
                    facts->cameras[i].conditions[c].on);
    fprintf(out, "# HELP heiyan_camera_state 1 for the state the camera is in\n"
                 "# TYPE heiyan_camera_state gauge\n");
    for (size_t i = 0; i < facts->camera_count; i++)
        for (int s = STREAM_CONNECTING; s <= STREAM_MISCONFIGURED; s++)
            fprintf(out, "heiyan_camera_state{camera=\"%s\",state=\"%s\"} %d\n",
                    facts->cameras[i].id, stream_state_name((StreamState)s),
                    facts->cameras[i].state == (StreamState)s);
}

typedef struct OutletMetric {
    const char *name, *type, *help;
    double (*value)(const OutletFacts *outlet);
} OutletMetric;

static double waiting(const OutletFacts *outlet)
{
    return (double)outlet->waiting;
}

static double sent(const OutletFacts *outlet)
{
    return (double)outlet->sent;
}

static double failed(const OutletFacts *outlet)
{
    return (double)outlet->failed;
}

static double given_up(const OutletFacts *outlet)
{
    return (double)outlet->lost;
}

static const OutletMetric outlet_metrics[] = {
    {"outlet_waiting", "gauge", "Messages that wait to be sent", waiting},
    {"outlet_sent_total", "counter", "Messages the receiver has taken", sent},
    {"outlet_failed_total", "counter", "Tries that failed", failed},
    {"outlet_lost_total", "counter", "Messages given up", given_up},
};

static void print_outlet_metrics(FILE *out, const SiteFacts *facts)
{
    for (size_t m = 0; facts->outlet_count && m < sizeof outlet_metrics / sizeof *outlet_metrics;
         m++) {
        const OutletMetric *metric = &outlet_metrics[m];
        fprintf(out, "# HELP heiyan_%s %s\n# TYPE heiyan_%s %s\n", metric->name, metric->help,
                metric->name, metric->type);
        for (size_t i = 0; i < facts->outlet_count; i++)
            fprintf(out, "heiyan_%s{outlet=\"%s\"} %.12g\n", metric->name, facts->outlets[i].name,
                    metric->value(&facts->outlets[i]));
    }
}

static double resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    if (fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void print_gauge(FILE *out, const char *name, const char *type, const char *help,
                        double value)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.15g\n", name, help, name, type, name, value);
}

char *status_metrics(const SiteFacts *facts)
{
    char *text = NULL;
    size_t size;
    struct statvfs disk;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    fprintf(out,
            "# HELP heiyan_info The program\n# TYPE heiyan_info gauge\n"
            "heiyan_info{version=\"%s\"} 1\n",
            HEIYAN_VERSION);
    print_camera_metrics(out, facts);
    print_outlet_metrics(out, facts);
    print_gauge(out, "heiyan_packs_total", "counter", "Packs sealed since start",
                (double)facts->events);
    print_gauge(out, "heiyan_packs_lost_total", "counter", "Events that could not be sealed",
                (double)facts->failures);
    if (statvfs(facts->evidence, &disk) == 0)
        print_gauge(out, "heiyan_disk_free_bytes", "gauge", "Free where the evidence folder is",
                    (double)disk.f_bavail * (double)disk.f_frsize);
    print_gauge(out, "process_start_time_seconds", "gauge", "Start of the program",
                (double)facts->started_us / 1e6);
    print_gauge(out, "process_resident_memory_bytes", "gauge", "Memory in use", resident_bytes());
    return fclose(out) == 0 ? text : NULL;
}
