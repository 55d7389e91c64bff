#include "evidence/record.h"

#include <stdio.h>
#include <string.h>

typedef struct Wording {
    const char *name, *format; // format takes one double
} Wording;

static const Wording wordings[] = {
    {"trail_depth", "车后尾迹平均光学厚度 %.2f"},
    {"persistence", "烟羽持续 %.1f 秒"},
    {"frames", "%.0f 帧可见烟羽"},
    {"hue", "蓝红比变化 %+.2f（负值偏红，符合碳烟）"},
    {"softness", "边缘柔和度 %.2f"},
    {"growth", "烟羽向后扩散 %.2f 倍"},
    {"lag", "车辆驶离后仍停留 %.1f 秒"},
    {"beyond_baseline", "超出正常尾迹的得分 %.2f"},
    {"size_class", "车辆宽度 %.1f 米"},
    {"zone_depth", "相对空区域的光学厚度 %.2f"},
    {"turbulence", "烟羽翻动幅度 %.3f（静止阴影近于 0）"},
    {"standing", "车辆在区域内停留 %.1f 秒"},
    {"interrupted", "分析中断，数据止于 %.1f 秒"},
};

void reason_text(const Reason *reason, char *text, size_t size)
{
    for (size_t i = 0; i < sizeof wordings / sizeof *wordings; i++)
        if (strcmp(wordings[i].name, reason->name) == 0) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(text, size, wordings[i].format, reason->value);
#pragma GCC diagnostic pop
            return;
        }
    snprintf(text, size, "%s %.2f", reason->name, reason->value);
}
