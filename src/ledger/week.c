// The weekly report (周调度) on paper and as a table.
#include "ledger/export.h"

#include "base/clock.h"
#include "evidence/paper.h"
#include "ledger/report.h"
#include "ledger/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

static const struct {
    const char *name, *chinese, *english;
} totals[] = {
    {"captures", "抓拍", "captures"},     {"confirmed", "确认", "confirmed"},
    {"rejected", "否决", "rejected"},     {"undecided", "未定", "undecided"},
    {"overdue", "超期未审", "overdue"},   {"handed_over", "移交", "handed over"},
    {"struck_off", "销号", "struck off"},
};
#define TOTALS (sizeof totals / sizeof *totals)

static long long count_of(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void share_text(const json_t *value, char *out, size_t size)
{
    if (json_is_number(value))
        snprintf(out, size, "%.1f%%", 100 * json_number_value(value));
    else
        snprintf(out, size, "—");
}

static void title_text(const json_t *week, bool chinese, char *out, size_t size)
{
    const char *site = json_string_value(json_object_get(week, "site"));
    snprintf(out, size, "%s %s%s%s", chinese ? "黑烟车抓拍周报" : "Black smoke: week",
             text_of(week, "week"), site ? "　" : "", site ? site : "");
}

// ---- paper ----

static void paper_totals(Paper *paper, const json_t *week, bool chinese)
{
    static const double widths[] = {0.4, 0.3, 0.3};
    const char *head[] = {"", chinese ? "本周" : "this week", chinese ? "上周" : "last week"};
    char span[64];
    int64_t end = 0;
    clock_parse(text_of(week, "to"), &end);
    snprintf(span, sizeof span, "%.10s – %s", text_of(week, "from"), clock_text(end - 1).date);
    head[0] = span;
    paper_row(paper, head, widths, 3, true);
    for (size_t i = 0; i < TOTALS; i++) {
        char now[24], before[24];
        snprintf(now, sizeof now, "%lld", count_of(week, totals[i].name));
        snprintf(before, sizeof before, "%lld",
                 count_of(json_object_get(week, "before"), totals[i].name));
        const char *cells[] = {chinese ? totals[i].chinese : totals[i].english, now, before};
        paper_row(paper, cells, widths, 3, false);
    }
}

static void paper_hours(Paper *paper, const json_t *week, bool chinese)
{
    double all[24], confirmed[24];
    char names[24][8];
    const char *captions[24];
    paper_heading(paper, chinese ? "按小时（深色：已确认）" : "By hour (dark: confirmed)");
    for (size_t h = 0; h < 24; h++) {
        all[h] = json_number_value(json_array_get(json_object_get(week, "hours"), h));
        confirmed[h] =
            json_number_value(json_array_get(json_object_get(week, "hours_confirmed"), h));
        snprintf(names[h], sizeof names[h], "%zu", h);
        captions[h] = names[h];
    }
    paper_need(paper, 110);
    paper_bars(paper, PAPER_MARGIN, PAPER_INNER, 100, all, confirmed, captions, 24);
    paper->y += 108;
}

static void paper_grades(Paper *paper, const json_t *week, bool chinese)
{
    static const char *const bands[] = {"0", "1", "2", "3", "4", "none"};
    const char *captions[] = {"<1", "1–2", "2–3", "3–4", "4–5", chinese ? "不可测" : "n/a"};
    double grades[6], reasons[REJECT_REASONS];
    const char *words[REJECT_REASONS];
    for (size_t i = 0; i < 6; i++)
        grades[i] = json_number_value(json_object_get(json_object_get(week, "grades"), bands[i]));
    for (size_t i = 0; i < REJECT_REASONS; i++) {
        reasons[i] =
            json_number_value(json_object_get(json_object_get(week, "reasons"), reject_reason(i)));
        words[i] = reject_reason_words(reject_reason(i), chinese);
    }
    paper_heading(paper, chinese ? "按林格曼级（左）；否决原因（右）"
                                 : "By Ringelmann grade (left); rejected for (right)");
    paper_need(paper, 110);
    paper_bars(paper, PAPER_MARGIN, PAPER_INNER * 0.36, 100, grades, NULL, captions, 6);
    paper_bars(paper, PAPER_MARGIN + PAPER_INNER * 0.40, PAPER_INNER * 0.60, 100, reasons, NULL,
               words, REJECT_REASONS);
    paper->y += 108;
}

static void paper_cameras(Paper *paper, const json_t *week, bool chinese)
{
    static const double widths[] = {0.14, 0.30, 0.09, 0.09, 0.09, 0.09, 0.09, 0.11};
    const char *head[] = {chinese ? "点位" : "camera",    chinese ? "地点" : "place",
                          chinese ? "抓拍" : "captures",  chinese ? "确认" : "confirmed",
                          chinese ? "否决" : "rejected",  chinese ? "未定" : "undecided",
                          chinese ? "上周" : "last week", chinese ? "在线率" : "up-time"};
    static const char *const fields[] = {"captures", "confirmed", "rejected", "undecided",
                                         "before"};
    size_t i;
    const json_t *camera;
    paper_heading(paper, chinese ? "各点位" : "Cameras");
    paper_row(paper, head, widths, 8, true);
    json_array_foreach(json_object_get(week, "cameras"), i, camera)
    {
        char counts[5][24], uptime[24];
        for (size_t f = 0; f < 5; f++)
            snprintf(counts[f], sizeof counts[f], "%lld", count_of(camera, fields[f]));
        share_text(json_object_get(camera, "uptime"), uptime, sizeof uptime);
        const char *cells[] = {text_of(camera, "camera"),
                               text_of(camera, "place"),
                               counts[0],
                               counts[1],
                               counts[2],
                               counts[3],
                               counts[4],
                               uptime};
        paper_row(paper, cells, widths, 8, false);
    }
}

static void paper_offenders(Paper *paper, const json_t *week, bool chinese)
{
    static const double widths[] = {0.3, 0.2, 0.2, 0.3};
    const char *head[] = {chinese ? "号牌" : "plate", chinese ? "颜色" : "colour",
                          chinese ? "确认次数" : "confirmed", chinese ? "最近" : "last"};
    size_t i;
    const json_t *list = json_object_get(week, "repeat_offenders"), *plate;
    if (!json_array_size(list))
        return;
    paper_heading(paper, chinese ? "多次排放黑烟的车辆" : "Repeat offenders");
    paper_row(paper, head, widths, 4, true);
    json_array_foreach(list, i, plate)
    {
        char count[24], last[24];
        snprintf(count, sizeof count, "%lld", count_of(plate, "captures"));
        snprintf(last, sizeof last, "%.10s", text_of(plate, "last"));
        const char *cells[] = {text_of(plate, "plate"),
                               colour_text(text_of(plate, "colour"), chinese), count, last};
        paper_row(paper, cells, widths, 4, false);
    }
}

static void review_text(const json_t *week, bool chinese, char *out, size_t size)
{
    const json_t *review = json_object_get(week, "review");
    if (!json_is_number(json_object_get(review, "median_hours")))
        snprintf(out, size, "%s", chinese ? "尚无初审" : "none reviewed yet");
    else
        snprintf(out, size,
                 chinese ? "中位 %.1f 小时，最慢 %.1f 小时，超过 %lld 天 %lld 件"
                         : "median %.1f h, slowest %.1f h, beyond %lld days: %lld",
                 json_number_value(json_object_get(review, "median_hours")),
                 json_number_value(json_object_get(review, "slowest_hours")),
                 count_of(review, "deadline_days"), count_of(review, "late"));
}

Status export_week_pdf(Ledger *ledger, const char *week, const char *site, const Person *person,
                       bool chinese, const char *path, Error *error)
{
    json_t *report;
    Paper paper;
    char title[200], review[200];
    Status status = report_week(ledger, week, site, person, &report, error);
    if (status != STATUS_OK)
        return status;
    title_text(report, chinese, title, sizeof title);
    review_text(report, chinese, review, sizeof review);
    status = paper_create(&paper, path, title, error);
    if (status == STATUS_OK) {
        paper_title(&paper, title);
        paper_totals(&paper, report, chinese);
        paper.y += 6;
        paper.y += paper_fact(&paper, PAPER_MARGIN, paper.y, PAPER_INNER,
                              chinese ? "初审用时" : "review took", review);
        paper_hours(&paper, report, chinese);
        paper_grades(&paper, report, chinese);
        paper_cameras(&paper, report, chinese);
        paper_offenders(&paper, report, chinese);
    }
    Status finished = paper_finish(&paper, status == STATUS_OK ? error : NULL);
    json_decref(report);
    return status == STATUS_OK ? finished : status;
}

// ---- table ----

typedef struct Book {
    lxw_workbook *workbook;
    lxw_format *head;
    bool chinese;
} Book;

static lxw_worksheet *add_sheet(Book *book, const char *name, const char *const *head)
{
    lxw_worksheet *sheet = workbook_add_worksheet(book->workbook, name);
    for (lxw_col_t c = 0; head[c]; c++)
        worksheet_write_string(sheet, 0, c, head[c], book->head);
    worksheet_freeze_panes(sheet, 1, 0);
    worksheet_set_column(sheet, 0, 8, 16, NULL);
    return sheet;
}

static void book_totals(Book *book, const json_t *week)
{
    bool zh = book->chinese;
    const char *head[] = {text_of(week, "week"), zh ? "本周" : "this week",
                          zh ? "上周" : "last week", NULL};
    lxw_worksheet *sheet = add_sheet(book, zh ? "汇总" : "totals", head);
    for (size_t i = 0; i < TOTALS; i++) {
        lxw_row_t row = (lxw_row_t)i + 1;
        worksheet_write_string(sheet, row, 0, zh ? totals[i].chinese : totals[i].english, NULL);
        worksheet_write_number(sheet, row, 1, (double)count_of(week, totals[i].name), NULL);
        worksheet_write_number(
            sheet, row, 2, (double)count_of(json_object_get(week, "before"), totals[i].name), NULL);
    }
    const char *reason;
    for (size_t i = 0; (reason = reject_reason(i)); i++) {
        char caption[96];
        lxw_row_t row = (lxw_row_t)(TOTALS + 2 + i);
        snprintf(caption, sizeof caption, "%s：%s", zh ? "否决" : "rejected",
                 reject_reason_words(reason, zh));
        worksheet_write_string(sheet, row, 0, caption, NULL);
        worksheet_write_number(sheet, row, 1,
                               (double)count_of(json_object_get(week, "reasons"), reason), NULL);
    }
}

static void book_cameras(Book *book, const json_t *week)
{
    bool zh = book->chinese;
    const char *head[] = {
        zh ? "点位" : "camera",    zh ? "地点" : "place",     zh ? "抓拍" : "captures",
        zh ? "确认" : "confirmed", zh ? "否决" : "rejected",  zh ? "未定" : "undecided",
        zh ? "上周" : "last week", zh ? "在线率" : "up-time", NULL};
    static const char *const fields[] = {"captures", "confirmed", "rejected", "undecided",
                                         "before"};
    lxw_worksheet *sheet = add_sheet(book, zh ? "点位" : "cameras", head);
    size_t i;
    const json_t *camera;
    json_array_foreach(json_object_get(week, "cameras"), i, camera)
    {
        lxw_row_t row = (lxw_row_t)i + 1;
        const json_t *uptime = json_object_get(camera, "uptime");
        worksheet_write_string(sheet, row, 0, text_of(camera, "camera"), NULL);
        worksheet_write_string(sheet, row, 1, text_of(camera, "place"), NULL);
        for (lxw_col_t f = 0; f < 5; f++)
            worksheet_write_number(sheet, row, f + 2, (double)count_of(camera, fields[f]), NULL);
        if (json_is_number(uptime))
            worksheet_write_number(sheet, row, 7, json_number_value(uptime), NULL);
    }
}

static void book_hours(Book *book, const json_t *week)
{
    bool zh = book->chinese;
    const char *head[] = {zh ? "小时" : "hour", zh ? "抓拍" : "captures", zh ? "确认" : "confirmed",
                          NULL};
    lxw_worksheet *sheet = add_sheet(book, zh ? "小时" : "hours", head);
    for (size_t h = 0; h < 24; h++) {
        lxw_row_t row = (lxw_row_t)h + 1;
        worksheet_write_number(sheet, row, 0, (double)h, NULL);
        worksheet_write_number(sheet, row, 1,
                               json_number_value(json_array_get(json_object_get(week, "hours"), h)),
                               NULL);
        worksheet_write_number(
            sheet, row, 2,
            json_number_value(json_array_get(json_object_get(week, "hours_confirmed"), h)), NULL);
    }
}

static void book_offenders(Book *book, const json_t *week)
{
    bool zh = book->chinese;
    const char *head[] = {zh ? "号牌" : "plate", zh ? "颜色" : "colour",
                          zh ? "确认次数" : "confirmed", zh ? "最近" : "last", NULL};
    lxw_worksheet *sheet = add_sheet(book, zh ? "多次车辆" : "repeat offenders", head);
    size_t i;
    const json_t *plate;
    json_array_foreach(json_object_get(week, "repeat_offenders"), i, plate)
    {
        lxw_row_t row = (lxw_row_t)i + 1;
        worksheet_write_string(sheet, row, 0, text_of(plate, "plate"), NULL);
        worksheet_write_string(sheet, row, 1, colour_text(text_of(plate, "colour"), zh), NULL);
        worksheet_write_number(sheet, row, 2, (double)count_of(plate, "captures"), NULL);
        worksheet_write_string(sheet, row, 3, text_of(plate, "last"), NULL);
    }
}

Status export_week_xlsx(Ledger *ledger, const char *week, const char *site, const Person *person,
                        bool chinese, const char *path, Error *error)
{
    json_t *report;
    Status status = report_week(ledger, week, site, person, &report, error);
    if (status != STATUS_OK)
        return status;
    Book book = {.workbook = workbook_new(path), .chinese = chinese};
    book.head = workbook_add_format(book.workbook);
    format_set_bold(book.head);
    book_totals(&book, report);
    book_cameras(&book, report);
    book_hours(&book, report);
    book_offenders(&book, report);
    lxw_error written = workbook_close(book.workbook);
    json_decref(report);
    if (written == LXW_NO_ERROR)
        return STATUS_OK;
    unlink(path);
    return error_set(error, STATUS_IO, "cannot write %s: %s", path, lxw_strerror(written));
}
