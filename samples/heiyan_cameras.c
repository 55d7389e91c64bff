// heiyan-cameras: pretends to be a crossing full of network cameras, well or failing.
//
// Each camera is an RTSP server of its own. Lines on standard input make them fail:
//     2 hang          camera 2, counted from 1, fails so until another line
//     2 none          it is well again
//     all jump -100   every camera; some faults take an amount
#include "base/options.h"
#include "rtsp_camera.h"

#include <glib-unix.h>
#include <gst/gst.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CAMERAS 64
#define MAX_REELS 16

typedef struct Crossing {
    Reel reels[MAX_REELS], sub, other;
    int reel_count;
    RtspCamera *cameras[MAX_CAMERAS];
    int camera_count;
    GMainLoop *loop;
} Crossing;

static gboolean on_tidy(gpointer context)
{
    Crossing *crossing = context;
    for (int i = 0; i < crossing->camera_count; i++)
        rtsp_camera_tidy(crossing->cameras[i]);
    return G_SOURCE_CONTINUE;
}

static void obey(Crossing *crossing, const char *line)
{
    char who[16], what[16];
    int amount = 0, number;
    Fault fault;
    int words = sscanf(line, "%15s %15s %d", who, what, &amount);
    number = words > 0 ? atoi(who) : 0;
    if (words < 2 || !fault_parse(what, &fault) ||
        (strcmp(who, "all") != 0 && (number < 1 || number > crossing->camera_count))) {
        if (words > 0)
            fprintf(stderr, "not understood: %s\n", line);
        return;
    }
    if (fault == FAULT_SLOW && amount < 1)
        amount = 21;
    for (int i = 0; i < crossing->camera_count; i++)
        if (!number || i == number - 1)
            rtsp_camera_fail(crossing->cameras[i], fault, amount);
    printf("done %s %s\n", who, what);
    fflush(stdout);
}

static gboolean on_line(GIOChannel *channel, GIOCondition condition, gpointer context)
{
    (void)condition;
    Crossing *crossing = context;
    char *line = NULL;
    GIOStatus status = g_io_channel_read_line(channel, &line, NULL, NULL, NULL);
    if (status == G_IO_STATUS_NORMAL && line)
        obey(crossing, line);
    g_free(line);
    if (status == G_IO_STATUS_NORMAL || status == G_IO_STATUS_AGAIN)
        return G_SOURCE_CONTINUE;
    return G_SOURCE_REMOVE; // no more orders: plays on
}

static gboolean on_stop(gpointer context)
{
    g_main_loop_quit(context);
    return G_SOURCE_CONTINUE;
}

static int usage(const Option *options, size_t count, int rc)
{
    printf("usage: heiyan-cameras [options] FILE...\n"
           "Plays files (H.264, H.265) as RTSP cameras, in turn when there are more "
           "cameras than files.\nPrints the address of each, then \"ready\". Lines on standard "
           "input make them fail: CAMERA|all FAULT [AMOUNT]\n\n");
    options_print(options, count);
    printf("\nFaults:");
    for (int i = 0; i < FAULT_COUNT; i++)
        printf(" %s", fault_name((Fault)i));
    printf("\n");
    return rc;
}

static bool load(Reel *reel, const char *path)
{
    Error error;
    if (reel_load(reel, path, &error) == STATUS_OK)
        return true;
    fprintf(stderr, "%s\n", error.text);
    return false;
}

static bool open_cameras(Crossing *crossing, RtspCameraOptions options, int count)
{
    int first = options.port;
    for (int i = 0; i < count; i++) {
        int port;
        options.main = &crossing->reels[i % crossing->reel_count];
        options.port = first ? first + i : 0;
        if (!(crossing->cameras[i] = rtsp_camera_create(&options, &port)))
            return false;
        crossing->camera_count++;
        printf("camera %d rtsp://%s:%d/main%s\n", i + 1, options.address, port,
               options.sub ? " /sub" : "");
    }
    printf("ready\n");
    fflush(stdout);
    return true;
}

static void run(Crossing *crossing)
{
    crossing->loop = g_main_loop_new(NULL, FALSE);
    GIOChannel *orders = g_io_channel_unix_new(0);
    g_io_add_watch(orders, G_IO_IN | G_IO_HUP, on_line, crossing);
    g_timeout_add_seconds(2, on_tidy, crossing);
    g_unix_signal_add(SIGINT, on_stop, crossing->loop);
    g_unix_signal_add(SIGTERM, on_stop, crossing->loop);
    g_main_loop_run(crossing->loop);
    g_io_channel_unref(orders);
    g_main_loop_unref(crossing->loop);
}

int main(int argc, char **argv)
{
    static Crossing crossing;
    const char *sub = NULL, *other = NULL;
    RtspCameraOptions camera = {.password = "", .address = "127.0.0.1"};
    int count = 1, file_count;
    bool help;
    Error error;
    const Option options[] = {
        {"--cameras", OPTION_INTEGER, &count, 1, MAX_CAMERAS, "N", "how many", "相机数"},
        {"--address", OPTION_TEXT, &camera.address, 0, 0, "ADDR",
         "where they listen (default: 127.0.0.1)", "监听地址"},
        {"--port", OPTION_INTEGER, &camera.port, 0, 65000, "P",
         "of the first, the next ones follow (default: any)", "首台端口"},
        {"--user", OPTION_TEXT, &camera.user, 0, 0, "NAME", "who may look", "用户名"},
        {"--password", OPTION_TEXT, &camera.password, 0, 0, "WORD", "with which password", "密码"},
        {"--digest", OPTION_FLAG, &camera.digest, 0, 0, NULL, "Digest instead of Basic",
         "摘要认证"},
        {"--sets-once", OPTION_FLAG, &camera.sets_once, 0, 0, NULL,
         "parameter sets come with the first key frame and where they change, else never",
         "参数集只在首个关键帧与变化处发送"},
        {"--sub", OPTION_TEXT, &sub, 0, 0, "FILE", "plays on /sub of every camera", "子码流文件"},
        {"--other", OPTION_TEXT, &other, 0, 0, "FILE", "what the fault 'resize' plays",
         "换分辨率时播放的文件"},
    };
    size_t option_count = sizeof options / sizeof *options;
    if (options_parse(options, option_count, argc - 1, argv + 1, &file_count, &help, &error) !=
        STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 2;
    }
    if (help || !file_count || file_count > MAX_REELS)
        return usage(options, option_count, help ? 0 : 2);
    gst_init(NULL, NULL);
    for (int i = 0; i < file_count; i++, crossing.reel_count++)
        if (!load(&crossing.reels[i], argv[1 + i]))
            return 1;
    if ((sub && !load(&crossing.sub, sub)) || (other && !load(&crossing.other, other)))
        return 1;
    camera.sub = sub ? &crossing.sub : NULL;
    camera.other = other ? &crossing.other : NULL;
    bool good = open_cameras(&crossing, camera, count);
    if (good)
        run(&crossing);
    for (int i = 0; i < crossing.camera_count; i++)
        rtsp_camera_destroy(&crossing.cameras[i]);
    // Reels stay until the end of the program: pipelines may still play them.
    return good ? 0 : 1;
}
