#include "app/probe.h"

#include "app/stream.h"
#include "base/log.h"
#include "base/options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROBE_S 8
#define QUEUE_BYTES (32u << 20)
#define LARGE 1280 // wider pictures are worth a second stream to look at

typedef struct Probe { // one stream
    const CameraSettings *camera;
    bool analysis;
    char name[96];
    Queue *queue;
    Reader *reader;
} Probe;

static Status begin(Probe *probe, Error *error)
{
    snprintf(probe->name, sizeof probe->name, "%s%s", probe->camera->id,
             probe->analysis ? " analysis" : "");
    Status status = queue_create(&probe->queue, QUEUE_BYTES, error);
    ReaderOptions options = {probe->name, probe->camera->id,
                             stream_source(probe->camera, probe->analysis), probe->queue, false};
    return status == STATUS_OK ? reader_start(&probe->reader, &options, error) : status;
}

// Seconds between key frames of what came, the longest; 0: not two of them.
static double key_interval(Probe *probe)
{
    Queued item;
    int64_t last_us = 0, longest_us = 0;
    queue_close(probe->queue);
    while (queue_take(probe->queue, &item)) {
        if (item.packet && packet_key(item.packet)) {
            int64_t now_us = packet_time_us(item.packet);
            longest_us = last_us && now_us - last_us > longest_us ? now_us - last_us : longest_us;
            last_us = now_us;
        }
        packet_unref(&item.packet);
    }
    return (double)longest_us / 1e6;
}

static void print_good(Probe *probe, const ReaderFacts *facts)
{
    bool chinese = locale_is_chinese();
    const SourceInfo *info = &facts->live.info;
    double keys = key_interval(probe);
    printf(chinese ? "  %s：%s %dx%d，%.1f 帧/秒，%.1f Mbit/s"
                   : "  %s: %s %dx%d, %.1f fps, %.1f Mbit/s",
           probe->name, info->codec, info->width, info->height, info->fps,
           facts->bits_per_second / 1e6);
    if (keys > 0)
        printf(chinese ? "，关键帧间隔 %.1f 秒" : ", a key frame every %.1f s", keys);
    else
        printf(chinese ? "，关键帧间隔超过 %d 秒" : ", key frames more than %d s apart",
               PROBE_S / 2);
    if (isnan(facts->live.clock_offset_s))
        printf(chinese ? "，不报时" : ", tells no time");
    else
        printf(chinese ? "，时钟偏差 %+.1f 秒" : ", clock off by %+.1f s",
               facts->live.clock_offset_s);
    puts("");
    if (!probe->analysis && info->width > LARGE && !stream_has_analysis(probe->camera))
        printf(chinese
                   ? "    建议：为其配置子码流 analysis_url 或 analysis_path，可大幅降低 CPU 占用\n"
                   : "    advice: give it a sub-stream, analysis_url or analysis_path: a "
                     "fraction of the load\n");
    if (keys <= 0 || keys > 5)
        printf(chinese ? "    建议：关键帧间隔设为 2 秒，否则片段开头会迟到\n"
                       : "    advice: a key frame every 2 s, or clips begin late\n");
    if (fabs(facts->live.clock_offset_s) > 1)
        printf(chinese ? "    建议：让相机与本机对时（NTP）\n"
                       : "    advice: let the camera and this machine keep time by NTP\n");
}

static bool finish(Probe *probe)
{
    ReaderFacts facts = {0};
    if (probe->reader)
        reader_facts(probe->reader, &facts);
    bool good = facts.state == STREAM_LIVE;
    if (probe->reader) {
        reader_stop(probe->reader);
        reader_join(probe->reader);
    }
    if (good)
        print_good(probe, &facts);
    else
        printf("  %s: %s: %s\n", probe->name, stream_state_name(facts.state), facts.reason);
    reader_free(&probe->reader);
    queue_destroy(&probe->queue);
    return good;
}

size_t probe_site(const Settings *settings)
{
    const CameraSettings *cameras = settings->cameras.items;
    Probe *probes = calloc(2 * settings->cameras.count + 1, sizeof *probes);
    size_t count = 0, bad = 0;
    Error error;
    for (size_t i = 0; probes && i < settings->cameras.count; i++) {
        if (!cameras[i].url && !cameras[i].host)
            continue;
        for (int analysis = 0; analysis <= stream_has_analysis(&cameras[i]); analysis++) {
            Probe *probe = &probes[count++];
            *probe = (Probe){.camera = &cameras[i], .analysis = analysis};
            if (begin(probe, &error) != STATUS_OK)
                log_error("%s", error.text);
        }
    }
    if (count)
        sleep(PROBE_S);
    for (size_t i = 0; i < count; i++)
        bad += !finish(&probes[i]);
    free(probes);
    return bad;
}
