// The one-page case sheet (案件单).
#include "ledger/export.h"

#include "evidence/draw.h"
#include "evidence/paper.h"
#include "evidence/record.h"
#include "ledger/private.h"
#include "ledger/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Sheet {
    Paper paper;
    const json_t *capture; // as ledger_case gives it
    const json_t *record;
    const char *folder, *sums;
    bool chinese;
} Sheet;

static const char *pick(const Sheet *sheet, const char *chinese, const char *english)
{
    return sheet->chinese ? chinese : english;
}

static const char *text_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text && *text ? text : "—";
}

static void grade_text(const Sheet *sheet, char *out, size_t size)
{
    const json_t *grade = json_object_get(sheet->capture, "grade");
    if (json_is_null(grade))
        snprintf(out, size, "%s", pick(sheet, "不可测", "not measurable"));
    else
        snprintf(out, size,
                 pick(sheet, "%.2f ± %.2f 级（不透光度 %.1f%%）", "%.2f ± %.2f (opacity %.1f%%)"),
                 json_number_value(grade),
                 5 * json_number_value(json_object_get(sheet->capture, "uncertainty")),
                 100 * json_number_value(json_object_get(sheet->capture, "opacity")));
}

static void reasons_text(const Sheet *sheet, char *out, size_t size)
{
    size_t i, used = 0;
    const json_t *reason;
    *out = '\0';
    json_array_foreach(json_object_get(sheet->record, "reasons"), i, reason)
    {
        if (sheet->chinese)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? "；" : "",
                                     text_at(reason, "text"));
        else
            used += (size_t)snprintf(out + used, size - used, "%s%s %.2f", used ? "; " : "",
                                     text_at(reason, "name"),
                                     json_number_value(json_object_get(reason, "value")));
        if (used >= size)
            return;
    }
}

static void draw_facts(Sheet *sheet)
{
    static const struct {
        const char *chinese, *english, *field;
    } rows[] = {{"抓拍时间", "time", "time"},         {"地点", "place", "place"},
                {"方向", "direction", "direction"},   {"车道", "lane", "lane"},
                {"点位", "camera", "camera"},         {"设备编号", "device", "device"},
                {"号牌", "plate", "plate"},           {"号牌颜色", "plate colour", "plate_colour"},
                {"车型", "vehicle", "class"},         {"当前状态", "state", "state"},
                {"初审", "first review", "first_by"}, {"复审", "second review", "second_by"}};
    Paper *paper = &sheet->paper;
    double half = PAPER_INNER / 2, lines[2] = {paper->y, paper->y};
    char cell[2100], grade[160], reasons[1200];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        table_cell(rows[i].field, sheet->capture, 1, sheet->chinese, cell, sizeof cell);
        const char *read =
            json_string_value(json_object_get(json_object_get(sheet->record, "plate"), "text"));
        if (strcmp(rows[i].field, "plate") == 0 && *cell && (!read || strcmp(read, cell) != 0))
            snprintf(cell + strlen(cell), sizeof cell - strlen(cell),
                     pick(sheet, "（机器识别：%s）", " (machine: %s)"), read ? read : "—");
        lines[i % 2] +=
            paper_fact(paper, PAPER_MARGIN + half * (double)(i % 2), lines[i % 2], half - 8,
                       pick(sheet, rows[i].chinese, rows[i].english), *cell ? cell : "—");
    }
    paper->y = fmax(lines[0], lines[1]);
    grade_text(sheet, grade, sizeof grade);
    reasons_text(sheet, reasons, sizeof reasons);
    paper->y += paper_fact(paper, PAPER_MARGIN, paper->y, PAPER_INNER,
                           pick(sheet, "林格曼黑度", "Ringelmann"), grade);
    paper->y += paper_fact(paper, PAPER_MARGIN, paper->y, PAPER_INNER,
                           pick(sheet, "判定依据", "reasons"), reasons);
    paper->y += 4;
}

static void draw_pictures(Sheet *sheet)
{
    Paper *paper = &sheet->paper;
    double half = PAPER_INNER / 2, wide = half - 3, tall = wide * 9 / 16;
    static const char *const names[] = {"panorama-1.jpg", "panorama-2.jpg", "close-up.jpg",
                                        "density.png"};
    for (int i = 0; i < 4; i++)
        draw_fitted(paper->cr, draw_load(sheet->folder, names[i]),
                    PAPER_MARGIN + (i % 2) * (half + 3), paper->y + (i / 2) * (tall + 6), wide,
                    tall);
    paper->y += 2 * (tall + 6);
    cairo_surface_t *plate = draw_load(sheet->folder, "plate.jpg");
    if (plate) {
        draw_fitted(paper->cr, plate, PAPER_MARGIN, paper->y, 150, 48);
        draw_fitted(paper->cr, draw_load(sheet->folder, "plate-rectified.jpg"), PAPER_MARGIN + 160,
                    paper->y, 150, 48);
        paper->y += 54;
    }
}

// What people decided, the latest lines that fit on the page.
static void draw_history(Sheet *sheet)
{
    static const double widths[] = {0.24, 0.14, 0.20, 0.42};
    const json_t *lines = json_object_get(sheet->capture, "verdicts"), *line;
    const char *head[] = {pick(sheet, "时间", "time"), pick(sheet, "人员", "who"),
                          pick(sheet, "处理", "step"), pick(sheet, "说明", "text")};
    Paper *paper = &sheet->paper;
    size_t count = json_array_size(lines);
    size_t fit = (size_t)fmax(1, (PAPER_HEIGHT - PAPER_MARGIN - 90 - paper->y) / 16);
    if (!count)
        return;
    paper_row(paper, head, widths, 4, true);
    for (size_t i = count > fit ? count - fit : 0; i < count; i++) {
        char when[64], step[96], text[300];
        State to = STATE_PENDING;
        Action action = ACTION_NOTE;
        line = json_array_get(lines, i);
        const char *moment = text_at(line, "time"), *reason = text_at(line, "reason"),
                   *words = reject_reason_words(reason, sheet->chinese);
        state_parse(text_at(line, "to"), &to);
        action_parse(text_at(line, "action"), &action);
        snprintf(when, sizeof when, "%.10s %.8s", moment, strlen(moment) > 11 ? moment + 11 : "");
        snprintf(step, sizeof step, "%s → %s", action_words(action, sheet->chinese),
                 state_words(to, sheet->chinese));
        snprintf(text, sizeof text, "%s%s%s", words ? words : "", words ? " " : "",
                 json_object_get(line, "text")    ? text_at(line, "text")
                 : json_object_get(line, "plate") ? text_at(line, "plate")
                                                  : "");
        const char *cells[] = {when, text_at(line, "who"), step, text};
        paper_row(paper, cells, widths, 4, false);
    }
}

static void draw_seal(Sheet *sheet)
{
    char code[17], text[400];
    Paper *paper = &sheet->paper;
    record_forgery_code(sheet->record, code);
    paper->y = fmax(paper->y + 4, PAPER_HEIGHT - PAPER_MARGIN - 62);
    paper->y +=
        paper_fact(paper, PAPER_MARGIN, paper->y, PAPER_INNER, pick(sheet, "防伪码", "code"), code);
    paper->y += paper_fact(paper, PAPER_MARGIN, paper->y, PAPER_INNER, "SHA256SUMS", sheet->sums);
    snprintf(text, sizeof text,
             pick(sheet,
                  "核验：sha256sum -c SHA256SUMS && minisign -Vm SHA256SUMS -p heiyan.pub；"
                  "软件 heiyan %s",
                  "check: sha256sum -c SHA256SUMS && minisign -Vm SHA256SUMS -p heiyan.pub; "
                  "software heiyan %s"),
             text_at(json_object_get(sheet->record, "software"), "version"));
    paper_grey(paper, 0.45);
    draw_wrapped(paper->cr, PAPER_MARGIN, paper->y, PAPER_INNER, 7.5, text);
}

Status export_sheet(Ledger *ledger, const char *id, const Person *person, bool chinese,
                    const char *path, Error *error)
{
    char folder[PATH_SIZE];
    Place place;
    json_t *capture;
    Status status = ledger_case(ledger, id, person, &capture, error);
    if (status != STATUS_OK)
        return status;
    pthread_mutex_lock(&ledger->lock);
    status = find_place(ledger, id, person, &place, error);
    pthread_mutex_unlock(&ledger->lock);
    if (status == STATUS_OK)
        status = path_join(folder, ledger->folder, place.path, error);
    Sheet sheet = {.capture = capture,
                   .record = json_object_get(capture, "record"),
                   .folder = folder,
                   .sums = place.sums,
                   .chinese = chinese};
    if (status == STATUS_OK)
        status = paper_create(&sheet.paper, path, id, error);
    if (status == STATUS_OK) {
        paper_title(&sheet.paper, chinese ? "黑烟车抓拍案件单" : "Black smoke capture: case sheet");
        paper_fact(&sheet.paper, PAPER_MARGIN, sheet.paper.y, PAPER_INNER, chinese ? "编号" : "id",
                   id);
        sheet.paper.y += 16;
        draw_facts(&sheet);
        draw_pictures(&sheet);
        draw_history(&sheet);
        draw_seal(&sheet);
        status = paper_finish(&sheet.paper, error);
    }
    json_decref(capture);
    return status;
}
