#include "ledger/table.h"

#include "ledger/workflow.h"

#include <stdio.h>
#include <string.h>

typedef enum Kind { TEXT, MOMENT, NUMBER, ROW, COLOUR, CLASS, GRADE, STATE, REASON, YES } Kind;

static const struct {
    const char *field, *chinese, *english;
    Kind kind;
} fields[] = {
    {"number", "序号", "No.", ROW},
    {"id", "编号", "id", TEXT},
    {"site", "站点", "site", TEXT},
    {"camera", "点位", "camera", TEXT},
    {"device", "设备编号", "device", TEXT},
    {"place", "地点", "place", TEXT},
    {"direction", "方向", "direction", TEXT},
    {"lane", "车道", "lane", TEXT},
    {"time", "抓拍时间", "time", MOMENT},
    {"plate", "号牌", "plate", TEXT},
    {"plate_colour", "颜色", "plate colour", COLOUR},
    {"class", "车型", "vehicle", CLASS},
    {"grade", "林格曼级", "Ringelmann", GRADE},
    {"opacity", "不透光度", "opacity", NUMBER},
    {"uncertainty", "不确定度", "uncertainty", NUMBER},
    {"confidence", "置信度", "confidence", NUMBER},
    {"first_by", "初审", "first review", TEXT},
    {"first_time", "初审时间", "reviewed at", MOMENT},
    {"second_by", "复审", "second review", TEXT},
    {"state", "处理结果", "state", STATE},
    {"reason", "否决原因", "rejected for", REASON},
    {"repeats", "此前次数", "earlier", NUMBER},
    {"exported", "已导出", "exported", YES},
    {"note", "备注", "note", TEXT},
};

const char *const table_default[] = {
    "number", "camera",     "place",    "direction", "time",  "plate",  "plate_colour", "class",
    "grade",  "confidence", "first_by", "second_by", "state", "reason", "note",         NULL};

static int find(const char *field)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(fields[i].field, field) == 0)
            return (int)i;
    return -1;
}

bool table_has(const char *field)
{
    return find(field) >= 0;
}

const char *table_caption(const char *field, bool chinese)
{
    int i = find(field);
    return i < 0 ? field : chinese ? fields[i].chinese : fields[i].english;
}

bool table_is_number(const char *field)
{
    int i = find(field);
    return i >= 0 && (fields[i].kind == NUMBER || fields[i].kind == ROW || fields[i].kind == GRADE);
}

const char *class_text(const char *class, bool chinese)
{
    static const char *const words[][2] = {{"car", "小客车"},        {"van", "面包车"},
                                           {"lorry", "货车"},        {"bus", "大客车"},
                                           {"motorcycle", "摩托车"}, {"other", "其他"}};
    for (size_t i = 0; class && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], class) == 0)
            return words[i][chinese];
    return "";
}

const char *colour_text(const char *colour, bool chinese)
{
    static const char *const words[][2] = {
        {"blue", "蓝"}, {"yellow", "黄"}, {"green", "绿"}, {"white", "白"}, {"black", "黑"}};
    for (size_t i = 0; colour && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], colour) == 0)
            return words[i][chinese];
    return "";
}

static const char *state_text(const char *name, bool chinese)
{
    State state;
    return name && state_parse(name, &state) ? state_words(state, chinese) : "";
}

const char *table_cell(const char *field, const json_t *item, size_t number, bool chinese,
                       char *out, size_t size)
{
    int i = find(field);
    const json_t *value = json_object_get(item, field);
    const char *text = json_string_value(value), *reason;
    *out = '\0';
    switch (i < 0 ? TEXT : fields[i].kind) {
    case ROW:
        snprintf(out, size, "%zu", number);
        break;
    case TEXT:
        snprintf(out, size, "%s", text ? text : "");
        break;
    case MOMENT: // 2026-11-23 08:15:02.345, of the site's zone
        if (text && strlen(text) >= 23)
            snprintf(out, size, "%.10s %.12s", text, text + 11);
        break;
    case NUMBER:
        if (json_is_integer(value))
            snprintf(out, size, "%lld", (long long)json_integer_value(value));
        else if (json_is_number(value))
            snprintf(out, size, "%.3f", json_number_value(value));
        break;
    case GRADE:
        if (json_is_number(value))
            snprintf(out, size, "%.2f", json_number_value(value));
        else
            snprintf(out, size, "%s", chinese ? "不可测" : "not measurable");
        break;
    case COLOUR:
        snprintf(out, size, "%s", colour_text(text, chinese));
        break;
    case CLASS:
        snprintf(out, size, "%s", class_text(text, chinese));
        break;
    case STATE:
        snprintf(out, size, "%s", state_text(text, chinese));
        break;
    case REASON:
        reason = text ? reject_reason_words(text, chinese) : NULL;
        snprintf(out, size, "%s", reason ? reason : "");
        break;
    case YES:
        snprintf(out, size, "%s", !json_is_true(value) ? "" : chinese ? "是" : "yes");
        break;
    }
    return out;
}
