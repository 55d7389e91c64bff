#include "rtsp_camera.h"

#include <gst/app/gstappsrc.h>
#include <gst/rtp/gstrtpbuffer.h>
#include <gst/rtsp-server/rtsp-server.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALWAYS_SENT 10 // frames that come before a stream stops: without any it cannot be described

struct RtspCamera {
    RtspCameraOptions options;
    GstRTSPServer *server;
    GSocketService *door; // takes connections and hands them to the server, or does not
    GList *hung;          // connections that nobody answers
    int port;
    atomic_int fault, amount;
    atomic_int jump_s; // added to all RTP times since
    gint64 began_us;   // main and sub-stream show the same moment since
};

typedef struct Feeder { // plays a reel into one pipeline
    RtspCamera *camera;
    const Reel *reel;
    GstAppSrc *to;
} Feeder;

static const char *const names[FAULT_COUNT] = {
    "none",   "refuse",  "hang",  "401",   "404",    "stop", "jump", "slow",
    "silent", "garbage", "noise", "nokey", "resize", "loss", "cut",
};

const char *fault_name(Fault fault)
{
    return names[fault];
}

bool fault_parse(const char *name, Fault *fault)
{
    for (int i = 0; i < FAULT_COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *fault = (Fault)i;
            return true;
        }
    return false;
}

// ---- the stream ----

// Where the next start code of Annex B begins, or the end.
static size_t next_nal(const ReelFrame *frame, size_t at)
{
    for (; at + 3 < frame->size; at++)
        if (!frame->data[at] && !frame->data[at + 1] && frame->data[at + 2] == 1)
            return at > 0 && !frame->data[at - 1] ? at - 1 : at;
    return frame->size;
}

static bool is_set(const Reel *reel, const ReelFrame *frame, size_t nal)
{
    size_t at = nal + (frame->data[nal + 2] ? 3 : 4); // behind the start code
    int type = at >= frame->size ? 0
               : reel->hevc      ? frame->data[at] >> 1 & 63
                                 : frame->data[at] & 31;
    return reel->hevc ? type >= 32 && type <= 34 : type == 7 || type == 8;
}

static GstBuffer *without_sets(const Reel *reel, const ReelFrame *frame)
{
    uint8_t *kept = g_malloc(frame->size);
    size_t size = 0;
    for (size_t at = next_nal(frame, 0), end; at < frame->size; at = end) {
        end = next_nal(frame, at + 4);
        if (is_set(reel, frame, at))
            continue;
        memcpy(kept + size, frame->data + at, end - at);
        size += end - at;
    }
    return gst_buffer_new_wrapped(kept, size);
}

static GstBuffer *make_buffer(const Reel *reel, const ReelFrame *frame, bool bare, bool noisy)
{
    GstBuffer *buffer =
        bare ? without_sets(reel, frame) : gst_buffer_new_memdup(frame->data, frame->size);
    GstMapInfo map;
    if (noisy && frame->size > 64 && gst_buffer_map(buffer, &map, GST_MAP_WRITE)) {
        for (int i = 0; i < 4; i++)
            map.data[48 + (size_t)rand() % (map.size - 48)] ^= 0x55;
        gst_buffer_unmap(buffer, &map);
    }
    return buffer;
}

// Whether the frame goes out under the camera's present fault.
static bool passes(const RtspCamera *camera, const ReelFrame *frame)
{
    int fault = atomic_load(&camera->fault);
    return fault != FAULT_STOP && fault != FAULT_HANG && (fault != FAULT_NO_KEY || !frame->key);
}

// A pipeline that does not run yet, or is between two states, has none, or any: it is waited for.
// GST_CLOCK_TIME_NONE: it has ended.
static GstClockTime running_time(Feeder *feeder)
{
    GstClockTime now = GST_CLOCK_TIME_NONE;
    for (int i = 0; i < 500 && !GST_CLOCK_TIME_IS_VALID(now); i++) {
        if (i)
            g_usleep(10000);
        if (GST_STATE(feeder->to) == GST_STATE_PLAYING)
            now = gst_element_get_current_running_time(GST_ELEMENT(feeder->to));
    }
    return now;
}

// Waits for the next key frame of what the camera shows now; returns its index.
static size_t join(const Feeder *feeder)
{
    const Reel *reel = feeder->reel;
    gint64 at_us = (g_get_monotonic_time() - feeder->camera->began_us) % reel->length_us;
    size_t i = 0;
    while (i < reel->count && !(reel->frames[i].key && reel->frames[i].dts_us >= at_us))
        i++;
    gint64 due_us = i < reel->count ? reel->frames[i].dts_us : reel->length_us;
    g_usleep((gulong)(due_us - at_us));
    return i < reel->count ? i : 0;
}

static gpointer play(gpointer context)
{
    Feeder *feeder = context;
    RtspCamera *camera = feeder->camera;
    const Reel *reel = feeder->reel;
    int sent = 0;
    const Reel *told = NULL; // whose parameter sets were sent last
    running_time(feeder);    // waits until it runs
    size_t first = camera->options.sub ? join(feeder) : 0;
    GstClockTime began = running_time(feeder);
    GstFlowReturn flow = GST_CLOCK_TIME_IS_VALID(began) ? GST_FLOW_OK : GST_FLOW_EOS;
    // A camera cannot send what it has not seen yet: frames out of order are a little old.
    GstClockTime start =
        began + (GstClockTime)(reel->delay_us - reel->frames[first].dts_us) * GST_USECOND;
    for (size_t i = first; flow == GST_FLOW_OK; i++) {
        if (i == reel->count) {
            start += (GstClockTime)reel->length_us * GST_USECOND;
            i = 0;
        }
        const Reel *wanted = atomic_load(&camera->fault) == FAULT_RESIZE && camera->options.other
                                 ? camera->options.other
                                 : feeder->reel;
        if (wanted != reel && reel->frames[i].key) {
            start += (GstClockTime)reel->frames[i].dts_us * GST_USECOND;
            reel = wanted;
            i = 0;
        }
        const ReelFrame *frame = &reel->frames[i];
        if (atomic_load(&camera->fault) == FAULT_SLOW) // every frame a little later than declared
            start +=
                (GstClockTime)(40000 * 25 / atomic_load(&camera->amount) - 40000) * GST_USECOND;
        GstClockTime due = start + (GstClockTime)frame->dts_us * GST_USECOND;
        GstClockTime now = running_time(feeder);
        if (!GST_CLOCK_TIME_IS_VALID(now))
            break;
        if (now < due)
            g_usleep((due - now) / GST_USECOND);
        if (sent >= ALWAYS_SENT && !passes(camera, frame))
            continue;
        sent++;
        GstBuffer *buffer = make_buffer(reel, frame, camera->options.sets_once && told == reel,
                                        atomic_load(&camera->fault) == FAULT_NOISE);
        told = reel;
        GST_BUFFER_PTS(buffer) =
            start + (GstClockTime)(frame->pts_us - reel->delay_us) * GST_USECOND;
        flow = gst_app_src_push_buffer(feeder->to, buffer);
    }
    gst_object_unref(feeder->to);
    g_free(feeder);
    return NULL;
}

static bool lose(const RtspCamera *camera)
{
    return atomic_load(&camera->fault) == FAULT_LOSS && rand() % 100 < atomic_load(&camera->amount);
}

// Moves the time of an RTP packet, or drops it.
static gboolean touch(GstBuffer **buffer, guint index, gpointer context)
{
    (void)index;
    RtspCamera *camera = context;
    int jump = atomic_load(&camera->jump_s);
    if (lose(camera)) {
        gst_buffer_replace(buffer, NULL);
        return TRUE;
    }
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    if (!jump)
        return TRUE;
    *buffer = gst_buffer_make_writable(*buffer);
    if (gst_rtp_buffer_map(*buffer, GST_MAP_READWRITE, &rtp)) {
        gst_rtp_buffer_set_timestamp(&rtp,
                                     gst_rtp_buffer_get_timestamp(&rtp) + (guint32)jump * 90000u);
        gst_rtp_buffer_unmap(&rtp);
    }
    return TRUE;
}

static GstPadProbeReturn on_packets(GstPad *pad, GstPadProbeInfo *info, gpointer context)
{
    (void)pad;
    RtspCamera *camera = context;
    if (!atomic_load(&camera->jump_s) && atomic_load(&camera->fault) != FAULT_LOSS)
        return GST_PAD_PROBE_OK;
    if (GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
        GstBufferList *list = gst_buffer_list_make_writable(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
        gst_buffer_list_foreach(list, touch, camera);
        GST_PAD_PROBE_INFO_DATA(info) = list;
        return GST_PAD_PROBE_OK;
    }
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    touch(&buffer, 0, camera);
    GST_PAD_PROBE_INFO_DATA(info) = buffer;
    return buffer ? GST_PAD_PROBE_OK : GST_PAD_PROBE_HANDLED;
}

static void on_media(GstRTSPMediaFactory *factory, GstRTSPMedia *media, gpointer context)
{
    RtspCamera *camera = context;
    GstElement *bin = gst_rtsp_media_get_element(media);
    GstElement *source = gst_bin_get_by_name(GST_BIN(bin), "source");
    GstElement *payer = gst_bin_get_by_name(GST_BIN(bin), "pay0");
    GstPad *pad = gst_element_get_static_pad(payer, "src");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packets,
                      camera, NULL);
    Feeder *feeder = g_new0(Feeder, 1);
    feeder->camera = camera;
    feeder->reel = g_object_get_data(G_OBJECT(factory), "reel");
    feeder->to = GST_APP_SRC(source); // its reference goes along
    g_thread_unref(g_thread_new("reel", play, feeder));
    gst_object_unref(pad);
    gst_object_unref(payer);
    gst_object_unref(bin);
}

static void mount(RtspCamera *camera, const char *path, const Reel *reel)
{
    GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new();
    const char *kind = reel->hevc ? "h265" : "h264";
    char launch[512];
    snprintf(launch, sizeof launch,
             "( appsrc name=source is-live=true format=time "
             "caps=video/x-%s,stream-format=byte-stream,alignment=au ! %sparse ! "
             "rtp%spay name=pay0 pt=96 config-interval=%d )",
             kind, kind, kind, camera->options.sets_once ? 0 : -1);
    gst_rtsp_media_factory_set_launch(factory, launch);
    // One for each viewer: what one that is gone does not take must hold up no other.
    gst_rtsp_media_factory_set_shared(factory, FALSE);
    gst_rtsp_media_factory_set_latency(factory, 0);
    gst_rtsp_media_factory_set_enable_rtcp(factory, atomic_load(&camera->fault) != FAULT_SILENT);
    gst_rtsp_media_factory_set_protocols(factory,
                                         GST_RTSP_LOWER_TRANS_TCP | GST_RTSP_LOWER_TRANS_UDP);
    if (camera->options.user)
        gst_rtsp_media_factory_add_role(factory, "viewer", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS,
                                        G_TYPE_BOOLEAN, TRUE, GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT,
                                        G_TYPE_BOOLEAN, TRUE, NULL);
    g_object_set_data(G_OBJECT(factory), "reel", (gpointer)(uintptr_t)reel);
    g_signal_connect(factory, "media-configure", G_CALLBACK(on_media), camera);
    GstRTSPMountPoints *mounts = gst_rtsp_server_get_mount_points(camera->server);
    gst_rtsp_mount_points_add_factory(mounts, path, factory);
    g_object_unref(mounts);
}

static void mount_all(RtspCamera *camera)
{
    mount(camera, "/main", camera->options.main);
    if (camera->options.sub)
        mount(camera, "/sub", camera->options.sub);
}

static void unmount_all(RtspCamera *camera)
{
    GstRTSPMountPoints *mounts = gst_rtsp_server_get_mount_points(camera->server);
    gst_rtsp_mount_points_remove_factory(mounts, "/main");
    gst_rtsp_mount_points_remove_factory(mounts, "/sub");
    g_object_unref(mounts);
}

// ---- who may look ----

static void set_password(RtspCamera *camera, const char *password)
{
    const char *user = camera->options.user;
    if (!user)
        user = "nobody";
    GstRTSPAuth *auth = gst_rtsp_auth_new();
    GstRTSPToken *token =
        gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "viewer", NULL);
    if (camera->options.digest) {
        gst_rtsp_auth_set_supported_methods(auth, GST_RTSP_AUTH_DIGEST);
        gst_rtsp_auth_add_digest(auth, user, password, token);
    } else {
        char *basic = gst_rtsp_auth_make_basic(user, password);
        gst_rtsp_auth_add_basic(auth, basic, token);
        g_free(basic);
    }
    gst_rtsp_server_set_auth(camera->server, auth);
    gst_rtsp_token_unref(token);
    g_object_unref(auth);
}

static void allow(RtspCamera *camera)
{
    if (camera->options.user)
        set_password(camera, camera->options.password);
    else
        gst_rtsp_server_set_auth(camera->server, NULL);
}

// ---- the door ----

static gboolean on_knock(GSocketService *door, GSocketConnection *connection, GObject *source,
                         gpointer context)
{
    (void)door;
    (void)source;
    RtspCamera *camera = context;
    int fault = atomic_load(&camera->fault);
    if (fault == FAULT_HANG) {
        camera->hung = g_list_prepend(camera->hung, g_object_ref(connection));
        return TRUE;
    }
    if (fault == FAULT_GARBAGE) {
        char bytes[600];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)rand();
        GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
        g_output_stream_write(out, bytes, sizeof bytes, NULL, NULL);
        camera->hung = g_list_prepend(camera->hung, g_object_ref(connection));
        return TRUE;
    }
    GSocketAddress *far = g_socket_connection_get_remote_address(connection, NULL);
    if (!far)
        return TRUE; // it has gone already
    char *who =
        g_inet_address_to_string(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(far)));
    // A descriptor of its own: the connection closes the one it has.
    int fd = dup(g_socket_get_fd(g_socket_connection_get_socket(connection)));
    GSocket *socket = fd >= 0 ? g_socket_new_from_fd(fd, NULL) : NULL;
    if (socket)
        gst_rtsp_server_transfer_connection(camera->server, socket, who, camera->port, NULL);
    g_free(who);
    g_object_unref(far);
    return TRUE;
}

static bool open_door(RtspCamera *camera)
{
    const char *address = camera->options.address;
    GSocketAddress *wanted = g_inet_socket_address_new_from_string(address, (guint)camera->port);
    if (!wanted) {
        fprintf(stderr, "%s: not an address\n", address);
        return false;
    }
    GSocketAddress *given = NULL;
    GError *error = NULL;
    camera->door = g_socket_service_new();
    bool good =
        g_socket_listener_add_address(G_SOCKET_LISTENER(camera->door), wanted, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP, NULL, &given, &error);
    if (good) {
        camera->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(given));
        g_signal_connect(camera->door, "incoming", G_CALLBACK(on_knock), camera);
        g_socket_service_start(camera->door);
        g_object_unref(given);
    } else {
        fprintf(stderr, "%s:%d: %s\n", address, camera->port, error->message);
        g_error_free(error);
        g_clear_object(&camera->door);
    }
    g_object_unref(wanted);
    return good;
}

static void close_door(RtspCamera *camera)
{
    if (!camera->door)
        return;
    g_socket_service_stop(camera->door);
    g_socket_listener_close(G_SOCKET_LISTENER(camera->door));
    g_clear_object(&camera->door);
}

static GstRTSPFilterResult remove_client(GstRTSPServer *server, GstRTSPClient *client,
                                         gpointer context)
{
    (void)server;
    (void)client;
    (void)context;
    return GST_RTSP_FILTER_REMOVE;
}

static void cut_all(RtspCamera *camera)
{
    GList *clients = gst_rtsp_server_client_filter(camera->server, remove_client, NULL);
    g_list_free_full(clients, g_object_unref);
    for (GList *at = camera->hung; at; at = at->next)
        g_io_stream_close(at->data, NULL, NULL);
    g_list_free_full(camera->hung, g_object_unref);
    camera->hung = NULL;
}

void rtsp_camera_fail(RtspCamera *camera, Fault fault, int amount)
{
    Fault before = (Fault)atomic_load(&camera->fault);
    atomic_store(&camera->amount, amount);
    if (fault == FAULT_JUMP) {
        atomic_fetch_add(&camera->jump_s, amount);
        return;
    }
    if (fault == FAULT_CUT) {
        cut_all(camera);
        return;
    }
    atomic_store(&camera->fault, fault);
    bool remount = fault == FAULT_SILENT || before == FAULT_SILENT || before == FAULT_LOST;
    if (fault == FAULT_LOST || remount)
        unmount_all(camera);
    if (remount && fault != FAULT_LOST)
        mount_all(camera);
    if (fault == FAULT_DENY)
        set_password(camera, "7c1f8e02"); // nobody's
    else if (before == FAULT_DENY)
        allow(camera);
    if (fault == FAULT_REFUSE)
        close_door(camera);
    else if (!camera->door)
        open_door(camera);
    bool cuts = fault == FAULT_REFUSE || fault == FAULT_DENY || fault == FAULT_LOST ||
                fault == FAULT_GARBAGE || before == FAULT_HANG || before == FAULT_GARBAGE;
    if (cuts || remount)
        cut_all(camera);
}

void rtsp_camera_tidy(RtspCamera *camera)
{
    GstRTSPSessionPool *pool = gst_rtsp_server_get_session_pool(camera->server);
    gst_rtsp_session_pool_cleanup(pool);
    g_object_unref(pool);
}

RtspCamera *rtsp_camera_create(const RtspCameraOptions *options, int *port)
{
    RtspCamera *camera = g_new0(RtspCamera, 1);
    camera->options = *options;
    camera->began_us = g_get_monotonic_time();
    camera->port = options->port;
    camera->server = gst_rtsp_server_new();
    allow(camera);
    mount_all(camera);
    if (!open_door(camera)) {
        rtsp_camera_destroy(&camera);
        return NULL;
    }
    *port = camera->port;
    return camera;
}

void rtsp_camera_destroy(RtspCamera **out)
{
    RtspCamera *camera = *out;
    *out = NULL;
    if (!camera)
        return;
    close_door(camera);
    cut_all(camera);
    unmount_all(camera);
    g_object_unref(camera->server);
    g_free(camera);
}
