extern "C" {
#include "base/error.h"
#include "base/files.h"
}
#include "capture/vision.h"

#include <opencv2/core.hpp>
#include <opencv2/core/ocl.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

#include <cmath>
#include <cstdlib>
#include <mutex>
#include <new>
#include <string>
#include <vector>

struct Net {
    cv::dnn::Net net;
    cv::Mat output;
    std::string name;
};

namespace {

// OpenCV prints its errors to stderr before it throws them; the Status says it all.
int keep_quiet(int, const char *, const char *, const char *, int, void *)
{
    return 0;
}

void prepare_opencv()
{
    static std::once_flag once;
    std::call_once(once, [] {
        cv::setNumThreads(1);
        cv::ocl::setUseOpenCL(false);
        cv::redirectError(keep_quiet);
        cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    });
}

// Runs body; what it throws becomes a Status: refused for OpenCV's own objections.
template <typename Body>
Status guard(Status refused, const char *what, const char *name, Error *error, Body body)
{
    try {
        prepare_opencv();
        return body();
    } catch (const std::bad_alloc &) {
        return error_set(error, STATUS_MEMORY, "%s %s: out of memory", what, name);
    } catch (const cv::Exception &exception) {
        bool memory = exception.code == cv::Error::StsNoMem;
        return error_set(error, memory ? STATUS_MEMORY : refused, "%s %s: %.200s", what, name,
                         exception.err.c_str());
    } catch (const std::exception &exception) {
        return error_set(error, refused, "%s %s: %.200s", what, name, exception.what());
    } catch (...) {
        return error_set(error, refused, "%s %s: unknown failure", what, name);
    }
}

// Whether three corners that follow one another lie (nearly) on one line.
bool flat(const float *c)
{
    for (int i = 0; i < 4; i++) {
        const float *a = c + 2 * i, *b = c + 2 * ((i + 1) % 4), *d = c + 2 * ((i + 2) % 4);
        if (!(std::fabs((b[0] - a[0]) * (d[1] - a[1]) - (b[1] - a[1]) * (d[0] - a[0])) > 1e-3f))
            return true; // also for NaN
    }
    return false;
}

} // namespace

extern "C" Status plane_rectify(const uint8_t *plane, int width, int height, int stride,
                                const float corners[8], uint8_t *to, int to_width, int to_height,
                                int to_stride, Error *error)
{
    if (width < 1 || height < 1 || to_width < 1 || to_height < 1 || flat(corners))
        return error_set(error, STATUS_ARGUMENT,
                         "cannot rectify: the corners span no area, or a size is below 1");
    return guard(STATUS_ARGUMENT, "cannot rectify", "a plane", error, [&] {
        const cv::Mat from(height, width, CV_8UC1, const_cast<uint8_t *>(plane),
                           static_cast<size_t>(stride));
        cv::Mat out(to_height, to_width, CV_8UC1, to, static_cast<size_t>(to_stride));
        float right = static_cast<float>(to_width - 1), bottom = static_cast<float>(to_height - 1);
        // A side one pixel long would be a point.
        right = right > 0 ? right : 1;
        bottom = bottom > 0 ? bottom : 1;
        const cv::Point2f source[4] = {{corners[0], corners[1]}, {corners[2], corners[3]},
                                       {corners[4], corners[5]}, {corners[6], corners[7]}};
        const cv::Point2f target[4] = {{0, 0}, {right, 0}, {right, bottom}, {0, bottom}};
        cv::Mat map = cv::getPerspectiveTransform(target, source);
        cv::warpPerspective(from, out, map, out.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                            cv::BORDER_REPLICATE);
        return STATUS_OK;
    });
}

extern "C" Status net_load(Net **out, const void *bytes, size_t size, const char *name, Error *error)
{
    *out = nullptr;
    return guard(STATUS_FORMAT, "cannot load the network", name, error, [&]() -> Status {
        if (!size)
            return error_set(error, STATUS_FORMAT, "cannot load the network %s: it is empty", name);
        Net *net = new Net;
        try {
            net->net = cv::dnn::readNetFromONNX(static_cast<const char *>(bytes), size);
            net->name = name;
            net->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
            net->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
        } catch (...) {
            delete net;
            throw;
        }
        if (net->net.empty()) {
            delete net;
            return error_set(error, STATUS_FORMAT, "cannot load the network %s: no layers in it",
                             name);
        }
        *out = net;
        return STATUS_OK;
    });
}

extern "C" Status net_load_file(Net **out, const char *path, Error *error)
{
    char *bytes = nullptr;
    size_t size = 0;
    *out = nullptr;
    Status status = file_read(path, &bytes, &size, error);
    if (status == STATUS_OK)
        status = net_load(out, bytes, size, path, error);
    std::free(bytes);
    return status;
}

extern "C" void net_destroy(Net **net)
{
    try {
        delete *net;
    } catch (...) { // nothing to do about it
    }
    *net = nullptr;
}

extern "C" Status net_run(Net *net, const float *input, const int shape[4], NetOutput *output,
                          Error *error)
{
    *output = NetOutput();
    for (int i = 0; i < 4; i++)
        if (shape[i] < 1)
            return error_set(error, STATUS_ARGUMENT, "the network %s cannot run on %dx%dx%dx%d",
                             net->name.c_str(), shape[0], shape[1], shape[2], shape[3]);
    return guard(STATUS_ARGUMENT, "cannot run the network", net->name.c_str(), error, [&] {
        const cv::Mat blob(4, shape, CV_32F, const_cast<float *>(input));
        net->net.setInput(blob);
        net->output = net->net.forward();
        if (!net->output.isContinuous())
            net->output = net->output.clone();
        if (net->output.type() != CV_32F || net->output.dims > 8)
            return error_set(error, STATUS_UNSUPPORTED,
                             "the network %s does not give plain floating-point numbers",
                             net->name.c_str());
        output->values = net->output.ptr<float>();
        output->count = net->output.total();
        output->dimensions = net->output.dims;
        for (int i = 0; i < net->output.dims; i++)
            output->shape[i] = net->output.size[i];
        return STATUS_OK;
    });
}
