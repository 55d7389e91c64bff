#include "evidence/board_sheet.h"

#include "base/clock.h"
#include "base/files.h"
#include "evidence/draw.h"
#include "evidence/paper.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROW 17.0      // points of a row of the table
#define SIGNATURES 74 // points at the foot
#define MOST_ROWS 12  // of a table with every column; longer ones are set in blocks side by side
#define LEAST_PICTURE 110

typedef struct Sheet {
    Paper paper;
    const BoardCheck *check;
    bool chinese;
} Sheet;

static const char *pick(const Sheet *sheet, const char *chinese, const char *english)
{
    return sheet->chinese ? chinese : english;
}

// Without the sign of a zero.
static double rounded(double value, int decimals)
{
    double unit = pow(10, decimals);
    return round(value * unit) / unit + 0.0;
}

const char *board_verdict_words(BoardVerdict verdict, bool chinese)
{
    static const char *const words[][2] = {
        {"passes", "合格"},
        {"fails", "不合格"},
        {"undecided: not all fields could be measured", "不能判定：有色块无法测量"}};
    return words[verdict][chinese];
}

const char *board_fault_words(BoardFault fault, bool chinese)
{
    static const char *const words[][2] = {
        [BOARD_GOOD] = {"", ""},
        [BOARD_OUTSIDE] = {"out of picture", "超出画面"},
        [BOARD_SMALL] = {"too small", "过小"},
        [BOARD_OVEREXPOSED] = {"overexposed", "白底过曝"},
        [BOARD_DARK] = {"too dark", "过暗"},
        [BOARD_UNEVEN] = {"uneven light", "反光或阴影"},
        [BOARD_NO_WHITE] = {"no white", "无白色参照"},
    };
    return words[fault][chinese];
}

static const char *shown(const char *text)
{
    return text && *text ? text : "—";
}

static const char *clock_words(const Sheet *sheet)
{
    const char *source = sheet->check->clock_source;
    if (strcmp(source, "argument") == 0)
        return pick(sheet, "用户给定", "as told");
    return strcmp(source, "file-name") == 0 ? pick(sheet, "据文件名", "by the file's name")
                                            : pick(sheet, "据文件时间", "by the file's time");
}

static void draw_facts(Sheet *sheet)
{
    const BoardCheck *check = sheet->check;
    const RecordSite *site = check->site;
    char taken[96], board[160], least[16], most[16];
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < check->reading->count; i++) {
        low = fmin(low, check->layout->levels[i]);
        high = fmax(high, check->layout->levels[i]);
    }
    snprintf(least, sizeof least, "%.2f", low);
    snprintf(most, sizeof most, "%.2f", high);
    snprintf(taken, sizeof taken, pick(sheet, "%.19s（%s）", "%.19s (%s)"),
             clock_text(check->taken_us).spoken, clock_words(sheet));
    snprintf(
        board, sizeof board,
        pick(sheet, "%d × %d mm，%d × %d 块，%s～%s 级", "%d × %d mm, %d × %d fields, %s to %s"),
        check->width_mm, check->height_mm, check->layout->columns, check->layout->rows, least,
        most);
    const struct {
        const char *chinese, *english, *value;
    } rows[] = {{"站点", "site", site->name},           {"点位", "camera", site->camera},
                {"地点", "place", site->place},         {"设备编号", "device", site->device},
                {"方向", "direction", site->direction}, {"车道", "lane", site->lane},
                {"拍摄时间", "taken", taken},           {"黑度板", "board", board}};
    Paper *paper = &sheet->paper;
    double half = PAPER_INNER / 2, lines[2] = {paper->y, paper->y};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        lines[i % 2] +=
            paper_fact(paper, PAPER_MARGIN + half * (double)(i % 2), lines[i % 2], half - 8,
                       pick(sheet, rows[i].chinese, rows[i].english), shown(rows[i].value));
    paper->y = fmax(lines[0], lines[1]) + 3;
}

static void verdict_colour(cairo_t *cr, BoardVerdict verdict)
{
    static const double colours[][3] = {{0.05, 0.42, 0.2}, {0.72, 0.1, 0.1}, {0.6, 0.42, 0}};
    cairo_set_source_rgb(cr, colours[verdict][0], colours[verdict][1], colours[verdict][2]);
}

static void draw_verdict(Sheet *sheet)
{
    const BoardReading *reading = sheet->check->reading;
    BoardVerdict verdict = board_verdict(reading);
    double worst = 0, sum = 0;
    int measured = 0;
    char text[200];
    for (int i = 0; i < reading->count; i++) {
        if (reading->fields[i].fault)
            continue;
        double off = fabs(board_error(&reading->fields[i]));
        worst = fmax(worst, off);
        sum += off;
        measured++;
    }
    Paper *paper = &sheet->paper;
    verdict_colour(paper->cr, verdict);
    double width =
        draw_text(paper->cr, PAPER_MARGIN, paper->y, 13, pick(sheet, "结论：", "result: "));
    width += draw_text(paper->cr, PAPER_MARGIN + width, paper->y, 13,
                       board_verdict_words(verdict, sheet->chinese));
    paper_grey(paper, 0.3);
    snprintf(
        text, sizeof text,
        pick(sheet,
             "测得 %d/%d 块，示值误差最大 %.2f 级，平均 %.2f 级；允许 ±%.2f 级（不透光度 5 %%）",
             "%d of %d fields measured, error of indication at most %.2f, mean %.2f; allowed "
             "±%.2f grade (opacity 5 %%)"),
        measured, reading->count, worst, measured ? sum / measured : 0, BOARD_ALLOWED);
    paper->y += 20;
    draw_text(paper->cr, PAPER_MARGIN, paper->y, 9, text);
    paper->y += 20;
    if (reading->turned) {
        verdict_colour(paper->cr, BOARD_FAILS);
        snprintf(text, sizeof text,
                 pick(sheet, "四角顺序疑有误：顺移 %d 个角后各级均合格",
                      "the corners seem to be out of order: "
                      "begun %d corners later every level passes"),
                 reading->turned);
        draw_text(paper->cr, PAPER_MARGIN, paper->y - 2, 9, text);
        paper->y += 14;
    }
    paper_grey(paper, 0.1);
}

// The part of the picture that shows the board and something around it.
static Box board_area(const BoardCheck *check)
{
    double x0 = INFINITY, y0 = INFINITY, x1 = 0, y1 = 0;
    for (int i = 0; i < 4; i++) {
        x0 = fmin(x0, check->corners[i][0]);
        y0 = fmin(y0, check->corners[i][1]);
        x1 = fmax(x1, check->corners[i][0]);
        y1 = fmax(y1, check->corners[i][1]);
    }
    double across = (x1 - x0) * 0.25 + 8, down = (y1 - y0) * 0.12 + 8;
    Box area = {(int)fmax(0, x0 - across) & ~1, (int)fmax(0, y0 - down) & ~1, 0, 0};
    area.w = (int)fmin(check->picture->width, x1 + across) - area.x;
    area.h = (int)fmin(check->picture->height, y1 + down) - area.y;
    return area;
}

static void outline(cairo_t *cr, const double corners[4][2], double x, double y, double zoom)
{
    for (int i = 0; i < 4; i++)
        cairo_line_to(cr, x + corners[i][0] * zoom, y + corners[i][1] * zoom);
    cairo_close_path(cr);
    cairo_stroke(cr);
}

static void draw_board(Sheet *sheet, double height)
{
    const BoardCheck *check = sheet->check;
    Paper *paper = &sheet->paper;
    cairo_t *cr = paper->cr;
    Box area = board_area(check);
    Picture *part = area.w > 0 && area.h > 0 ? picture_crop(check->picture, area) : NULL;
    if (!part)
        return;
    double zoom = fmin(PAPER_INNER / area.w, height / area.h);
    double x = PAPER_MARGIN + (PAPER_INNER - area.w * zoom) / 2 - area.x * zoom;
    double y = paper->y - area.y * zoom;
    draw_fitted(cr, draw_picture(part), PAPER_MARGIN, paper->y, PAPER_INNER, area.h * zoom);
    picture_unref(&part);
    cairo_save(cr);
    cairo_rectangle(cr, x + area.x * zoom, paper->y, area.w * zoom, area.h * zoom);
    cairo_clip(cr);
    cairo_set_line_width(cr, 0.8);
    cairo_set_source_rgb(cr, 0.1, 0.45, 0.9);
    outline(cr, check->corners, x, y, zoom);
    for (int i = 0; i < check->reading->count; i++) {
        const BoardField *field = &check->reading->fields[i];
        char number[8];
        snprintf(number, sizeof number, "%d", i + 1);
        verdict_colour(cr, field->fault                ? BOARD_UNDECIDED
                           : board_field_passes(field) ? BOARD_PASSES
                                                       : BOARD_FAILS);
        outline(cr, field->corners, x, y, zoom);
        draw_label(cr, x + field->corners[0][0] * zoom + 1, y + field->corners[0][1] * zoom + 1, 6,
                   number);
    }
    cairo_restore(cr);
    paper->y += area.h * zoom + 8;
}

// Cells of one field's row, as many as count asks for: number, nominal, measured, error, verdict,
// opacity, uncertainty, spread.
typedef struct Cells {
    char text[8][48];
} Cells;

static Cells cells_of(const Sheet *sheet, int index)
{
    const BoardField *field = &sheet->check->reading->fields[index];
    Cells cells;
    snprintf(cells.text[0], sizeof *cells.text, "%d", index + 1);
    snprintf(cells.text[1], sizeof *cells.text, "%.2f", field->nominal);
    if (field->fault) {
        for (int i = 2; i < 8; i++)
            snprintf(cells.text[i], sizeof *cells.text, "—");
        snprintf(cells.text[4], sizeof *cells.text, "%s",
                 board_fault_words(field->fault, sheet->chinese));
        return cells;
    }
    snprintf(cells.text[2], sizeof *cells.text, "%.2f", board_grade(field));
    snprintf(cells.text[3], sizeof *cells.text, "%+.2f", rounded(board_error(field), 2));
    snprintf(cells.text[4], sizeof *cells.text, "%s",
             board_verdict_words(board_field_passes(field) ? BOARD_PASSES : BOARD_FAILS,
                                 sheet->chinese));
    snprintf(cells.text[5], sizeof *cells.text, "%.1f %%", 100 * field->reading.opacity);
    snprintf(cells.text[6], sizeof *cells.text, "± %.2f", 5 * field->reading.uncertainty);
    if (sheet->check->picture_count > 1)
        snprintf(cells.text[7], sizeof *cells.text, "± %.2f", field->spread);
    else
        snprintf(cells.text[7], sizeof *cells.text, "—");
    return cells;
}

static const char *head_of(const Sheet *sheet, int column, bool narrow)
{
    static const char *const heads[][2] = {
        {"no.", "序号"},    {"nominal", "标称级"},   {"read", "示值"},     {"error", "示值误差"},
        {"result", "结论"}, {"opacity", "不透光度"}, {"95 %", "不确定度"}, {"pictures", "重复性"}};
    static const char *const short_heads[][2] = {
        {"no.", "序"}, {"level", "标称"}, {"read", "示值"}, {"error", "误差"}, {"result", "结论"}};
    return (narrow ? short_heads : heads)[column][sheet->chinese];
}

// How many blocks of rows stand side by side.
static int blocks_of(const BoardReading *reading)
{
    return reading->count <= MOST_ROWS ? 1 : reading->count <= 2 * MOST_ROWS ? 2 : 3;
}

static double table_height(const BoardReading *reading)
{
    int blocks = blocks_of(reading);
    return ROW * ((reading->count + blocks - 1) / blocks + 1) + 6;
}

static void draw_table(Sheet *sheet)
{
    static const int wide[] = {0, 1, 2, 5, 3, 6, 7, 4}, narrow[] = {0, 1, 2, 3, 4};
    static const double wide_shares[] = {0.08, 0.11, 0.11, 0.13, 0.12, 0.13, 0.11, 0.21},
                        narrow_shares[] = {0.1, 0.16, 0.17, 0.19, 0.38};
    const BoardReading *reading = sheet->check->reading;
    int blocks = blocks_of(reading), columns = blocks == 1 ? 8 : 5;
    int rows = (reading->count + blocks - 1) / blocks;
    const int *order = blocks == 1 ? wide : narrow;
    const char *texts[3 * 8];
    double widths[3 * 8];
    Cells cells[3];
    for (int row = -1; row < rows; row++) {
        for (int b = 0; b < blocks; b++) {
            int index = b * rows + row;
            bool there = row >= 0 && index < reading->count;
            if (there)
                cells[b] = cells_of(sheet, index);
            for (int c = 0; c < columns; c++) {
                widths[b * columns + c] = (blocks == 1 ? wide_shares : narrow_shares)[c] / blocks;
                texts[b * columns + c] = row < 0 ? head_of(sheet, order[c], blocks > 1)
                                         : there ? cells[b].text[order[c]]
                                                 : "";
            }
        }
        paper_row(&sheet->paper, texts, widths, (size_t)(blocks * columns), row < 0);
    }
    sheet->paper.y += 6;
}

static void draw_method(Sheet *sheet)
{
    const BoardCheck *check = sheet->check;
    char text[1200], line[300];
    bool rims = check->layout->rim > 0;
    snprintf(
        text, sizeof text,
        pick(
            sheet,
            "方法：林格曼 n 级按反射率为白底的 (1−0.2n) "
            "计；以%s为背景、色块为烟羽，按线性光强（BT.709 反变换）"
            "计算不透光度 1−N/N₀，林格曼级 = "
            "5×不透光度，公式与传输曲线同事件测量（印刷板无空气光）。"
            "每块取中部 70 %%；块内明暗不匀（反光、阴影）、白底过曝或过暗者不予测量。不确定度为 95 "
            "%% 半宽（级）。",
            "Method: a field of level n reflects (1 − 0.2 n) of what white reflects; %s is the "
            "background, the field the plume: opacity 1 − N/N₀ in linear light (BT.709 inverted), "
            "Ringelmann = 5 × opacity, formula and transfer curve as for an event (a print has no "
            "airlight). The inner 70 %% of a field are measured; glare, shadow, overexposed or "
            "dark white make a field not measurable. 95 %%: half-width in grades."),
        rims ? pick(sheet, "色块四周白底的光强平面",
                    "the light of the white around it, taken as a plane,")
             : pick(sheet, "各 0 级白块", "the light of the fields of level 0"));
    Paper *paper = &sheet->paper;
    paper_grey(paper, 0.3);
    paper->y += draw_wrapped(paper->cr, PAPER_MARGIN, paper->y, PAPER_INNER, 8, text) + 5;
    for (size_t i = 0; i < check->picture_count; i++) {
        const BoardPicture *p = &check->pictures[i];
        snprintf(line, sizeof line, "%.80s  %d × %d  SHA-256 %s", p->name, p->width, p->height,
                 p->sha256);
        paper->y += draw_wrapped(paper->cr, PAPER_MARGIN, paper->y, PAPER_INNER, 7.5, line) + 1;
    }
    snprintf(line, sizeof line,
             pick(sheet, "软件 heiyan %s；配置 SHA-256 %s；记录生成于 %s",
                  "software heiyan %s; settings SHA-256 %s; record made %s"),
             check->version, shown(check->settings_sha256), clock_text(check->made_us).rfc3339);
    paper->y += draw_wrapped(paper->cr, PAPER_MARGIN, paper->y, PAPER_INNER, 7.5, line);
    paper_grey(paper, 0.1);
}

static void draw_signatures(Sheet *sheet)
{
    const char *lines[] = {pick(sheet, "核查人", "checked by"),
                           pick(sheet, "复核人", "reviewed by"),
                           pick(sheet, "单位（章）", "office (seal)"), pick(sheet, "日期", "date")};
    Paper *paper = &sheet->paper;
    double step = PAPER_INNER / 4, base = PAPER_HEIGHT - PAPER_MARGIN - 14;
    cairo_set_line_width(paper->cr, 0.6);
    for (int i = 0; i < 4; i++) {
        double x = PAPER_MARGIN + step * i;
        paper_grey(paper, 0.45);
        draw_text(paper->cr, x, base - 40, 9, lines[i]);
        paper_grey(paper, 0.3);
        cairo_move_to(paper->cr, x, base);
        cairo_line_to(paper->cr, x + step - 14, base);
        cairo_stroke(paper->cr);
    }
}

Status board_sheet_write(const BoardCheck *check, bool chinese, const char *path, Error *error)
{
    Sheet sheet = {.check = check, .chinese = chinese};
    const char *title =
        chinese ? "林格曼黑度板现场核查记录" : "Check with a Ringelmann board: record";
    Status status = paper_create(&sheet.paper, path, title, error);
    if (status == STATUS_OK) {
        paper_title(&sheet.paper, title);
        draw_facts(&sheet);
        draw_verdict(&sheet);
        // The picture takes what everything below it leaves free.
        double below = table_height(check->reading) + 86 + 11 * (double)check->picture_count +
                       SIGNATURES + PAPER_MARGIN;
        draw_board(&sheet, fmax(LEAST_PICTURE, PAPER_HEIGHT - sheet.paper.y - below));
        draw_table(&sheet);
        draw_method(&sheet);
        draw_signatures(&sheet);
    }
    Error late;
    Status finished = paper_finish(&sheet.paper, status == STATUS_OK ? error : &late);
    return status == STATUS_OK ? finished : status;
}

// ---- the same for programs ----

static json_t *corners_json(const double corners[4][2])
{
    json_t *list = json_array();
    for (int i = 0; i < 4; i++)
        json_array_append_new(
            list, json_pack("[f,f]", rounded(corners[i][0], 1), rounded(corners[i][1], 1)));
    return list;
}

static json_t *field_json(const BoardField *field)
{
    bool good = !field->fault;
    json_t *object = json_pack("{s:f,s:b}", "nominal", field->nominal, "measurable", good);
    const struct {
        const char *name;
        double value;
        int decimals;
    } figures[] = {{"ringelmann", board_grade(field), 2},
                   {"error", board_error(field), 2},
                   {"opacity", field->reading.opacity, 4},
                   {"uncertainty", field->reading.uncertainty, 4},
                   {"spread", field->spread, 2}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        json_object_set_new(object, figures[i].name,
                            good ? json_real(rounded(figures[i].value, figures[i].decimals))
                                 : json_null());
    json_object_set_new(object, "passes",
                        good ? json_boolean(board_field_passes(field)) : json_null());
    json_object_set_new(object, "reason",
                        good ? json_null() : json_string(board_fault_name(field->fault)));
    json_object_set_new(object, "pixels", json_integer((json_int_t)field->reading.pixels));
    json_object_set_new(object, "corners", corners_json(field->corners));
    return object;
}

json_t *board_check_json(const BoardCheck *check)
{
    static const char *const verdicts[] = {"passes", "fails", "undecided"};
    const RecordSite *site = check->site;
    const BoardReading *reading = check->reading;
    json_t *pictures = json_array(), *fields = json_array();
    for (size_t i = 0; i < check->picture_count; i++)
        json_array_append_new(
            pictures, json_pack("{s:s,s:s,s:i,s:i}", "name", check->pictures[i].name, "sha256",
                                check->pictures[i].sha256, "width", check->pictures[i].width,
                                "height", check->pictures[i].height));
    for (int i = 0; i < reading->count; i++)
        json_array_append_new(fields, field_json(&reading->fields[i]));
    return json_pack(
        "{s:s,s:f,s:i,s:o,s:{s:[i,i],s:i,s:i,s:f,s:o},s:{s:s?,s:s?,s:s?,s:s?},s:s?,s:s,s:s,s:s,s:f,"
        "s:o,s:{s:s,s:s?}}",
        "verdict", verdicts[board_verdict(reading)], "allowed_error", BOARD_ALLOWED,
        "corners_turned", reading->turned, "fields", fields, "board", "size_mm", check->width_mm,
        check->height_mm, "columns", check->layout->columns, "rows", check->layout->rows, "rim",
        check->layout->rim, "corners", corners_json(check->corners), "site", "name", site->name,
        "device", site->device, "place", site->place, "direction", site->direction, "camera",
        site->camera, "taken", clock_text(check->taken_us).rfc3339, "clock_source",
        check->clock_source, "made", clock_text(check->made_us).rfc3339, "at_s", check->at_s,
        "pictures", pictures, "software", "version", check->version, "settings_sha256",
        check->settings_sha256);
}
