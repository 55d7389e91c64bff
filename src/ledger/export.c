#include "ledger/export.h"

#include "evidence/draw.h"
#include "ledger/zip.h"
#include "ledger/private.h"
#include "ledger/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#define THUMBNAIL_WIDTH 240
#define THUMBNAIL_ROWS 1000 // a table with more would be too large to open
#define LINK_ROWS 65000     // XLSX has 65530 links at most
#define FIELDS_MAX 40

bool export_format_parse(const char *name, ExportFormat *out)
{
    static const char *const names[] = {"xlsx", "csv", "zip"};
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (ExportFormat)i;
            return true;
        }
    return false;
}

const char *export_content_type(ExportFormat format)
{
    static const char *const types[] = {
        [EXPORT_XLSX] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        [EXPORT_CSV] = "text/csv; charset=utf-8",
        [EXPORT_ZIP] = "application/zip"};
    return types[format];
}

// ---- walking over what matches ----

typedef struct Walk {
    Ledger *ledger;
    const Person *person;
    const ExportOptions *options;
    const char *const *fields;
    json_t *ids; // of what was written
    FILE *csv;
    lxw_workbook *workbook;
    lxw_worksheet *sheet;
    lxw_format *link, *middle;
    Zip *zip;
} Walk;

typedef Status (*Visit)(Walk *walk, const json_t *item, size_t number, Error *error);

static const char *caption(const Walk *walk, size_t column)
{
    const ExportTemplate *columns = walk->options->columns;
    const char *own = columns && columns->captions ? columns->captions[column] : NULL;
    return own ? own : table_caption(walk->fields[column], walk->options->chinese);
}

static Status folder_of(const Walk *walk, const char *id, Place *place, char folder[PATH_SIZE],
                        Error *error)
{
    pthread_mutex_lock(&walk->ledger->lock);
    Status status = find_place(walk->ledger, id, walk->person, place, error);
    pthread_mutex_unlock(&walk->ledger->lock);
    return status == STATUS_OK ? path_join(folder, walk->ledger->folder, place->path, error)
                               : status;
}

static Status walk_captures(Walk *walk, const Filter *filter, Visit visit, Error *error)
{
    Filter page = *filter; // lists and text are borrowed
    char after[64];
    Status status = STATUS_OK;
    size_t number = 0;
    page.order = ORDER_OLDEST;
    page.limit = 500;
    page.after = NULL;
    do {
        json_t *items, *item;
        size_t i;
        status = ledger_captures(walk->ledger, &page, walk->person, &items, error);
        if (status != STATUS_OK)
            return status;
        json_array_foreach(json_object_get(items, "items"), i, item)
        {
            if (status == STATUS_OK)
                status = visit(walk, item, ++number, error);
            json_array_append(walk->ids, json_object_get(item, "id"));
        }
        const char *next = json_string_value(json_object_get(items, "next"));
        snprintf(after, sizeof after, "%s", next ? next : "");
        page.after = next ? after : NULL;
        json_decref(items);
    } while (page.after && status == STATUS_OK);
    return status;
}

// ---- CSV ----

// Quoted; a text that a spreadsheet would take for a formula gets an apostrophe in front.
static void put_cell(FILE *out, const char *text, bool first)
{
    fputs(first ? "\"" : ",\"", out);
    if (*text && strchr("=+-@\t", *text))
        fputc('\'', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static Status csv_row(Walk *walk, const json_t *item, size_t number, Error *error)
{
    char cell[2100];
    for (size_t c = 0; walk->fields[c]; c++)
        put_cell(
            walk->csv,
            table_cell(walk->fields[c], item, number, walk->options->chinese, cell, sizeof cell),
            c == 0);
    fputs("\r\n", walk->csv);
    return ferror(walk->csv) ? error_set_errno(error, "cannot write the table") : STATUS_OK;
}

static Status write_csv(Walk *walk, const Filter *filter, const char *path, Error *error)
{
    walk->csv = fopen(path, "w");
    if (!walk->csv)
        return error_set_errno(error, "cannot write %s", path);
    fputs("\xEF\xBB\xBF", walk->csv);
    for (size_t c = 0; walk->fields[c]; c++)
        put_cell(walk->csv, caption(walk, c), c == 0);
    fputs("\r\n", walk->csv);
    Status status = walk_captures(walk, filter, csv_row, error);
    if (fclose(walk->csv) != 0 && status == STATUS_OK)
        status = error_set_errno(error, "cannot write %s", path);
    return status;
}

// ---- XLSX ----

static void put_thumbnail(Walk *walk, const char *folder, lxw_row_t row, lxw_col_t column)
{
    unsigned char *data;
    size_t size;
    lxw_image_options options = {.x_scale = 0.5, .y_scale = 0.5, .x_offset = 2, .y_offset = 2};
    if (row > THUMBNAIL_ROWS ||
        draw_thumbnail(folder, "close-up.jpg", THUMBNAIL_WIDTH, &data, &size, NULL) != STATUS_OK)
        return;
    worksheet_insert_image_buffer_opt(walk->sheet, row, column, data, size, &options);
    free(data);
}

static Status xlsx_row(Walk *walk, const json_t *item, size_t number, Error *error)
{
    char cell[2100], folder[PATH_SIZE], link[400];
    Place place;
    lxw_col_t c = 0;
    lxw_row_t row = (lxw_row_t)number;
    const char *id = json_string_value(json_object_get(item, "id"));
    Status status = folder_of(walk, id, &place, folder, error);
    if (status != STATUS_OK)
        return status;
    worksheet_set_row(walk->sheet, row, row > THUMBNAIL_ROWS ? LXW_DEF_ROW_HEIGHT : 54, NULL);
    for (; walk->fields[c]; c++) {
        const char *field = walk->fields[c];
        table_cell(field, item, number, walk->options->chinese, cell, sizeof cell);
        char *end;
        double value = strtod(cell, &end);
        if (table_is_number(field) && *cell && !*end)
            worksheet_write_number(walk->sheet, row, c, value, walk->middle);
        else
            worksheet_write_string(walk->sheet, row, c, cell, walk->middle);
    }
    snprintf(link, sizeof link, "external:%s/composite.jpg", place.path);
    if (row <= LINK_ROWS)
        worksheet_write_url_opt(walk->sheet, row, c, link, walk->link, id, NULL);
    else
        worksheet_write_string(walk->sheet, row, c, id, walk->middle);
    put_thumbnail(walk, folder, row, c + 1);
    return STATUS_OK;
}

static void xlsx_head(Walk *walk)
{
    lxw_format *head = workbook_add_format(walk->workbook);
    lxw_col_t c = 0;
    format_set_bold(head);
    format_set_bottom(head, LXW_BORDER_THIN);
    for (; walk->fields[c]; c++) {
        worksheet_write_string(walk->sheet, 0, c, caption(walk, c), head);
        worksheet_set_column(walk->sheet, c, c, strcmp(walk->fields[c], "time") == 0 ? 24 : 13,
                             NULL);
    }
    worksheet_write_string(walk->sheet, 0, c, walk->options->chinese ? "证据" : "evidence", head);
    worksheet_write_string(walk->sheet, 0, c + 1, walk->options->chinese ? "近景" : "close-up",
                           head);
    worksheet_set_column(walk->sheet, c, c, 36, NULL);
    worksheet_set_column(walk->sheet, c + 1, c + 1, 18, NULL);
    worksheet_freeze_panes(walk->sheet, 1, 0);
    walk->link = workbook_add_format(walk->workbook);
    format_set_underline(walk->link, LXW_UNDERLINE_SINGLE);
    format_set_font_color(walk->link, LXW_COLOR_BLUE);
    format_set_align(walk->link, LXW_ALIGN_VERTICAL_CENTER);
    walk->middle = workbook_add_format(walk->workbook);
    format_set_align(walk->middle, LXW_ALIGN_VERTICAL_CENTER);
}

static Status write_xlsx(Walk *walk, const Filter *filter, const char *path, Error *error)
{
    walk->workbook = workbook_new(path);
    walk->sheet =
        workbook_add_worksheet(walk->workbook, walk->options->chinese ? "台账" : "ledger");
    xlsx_head(walk);
    Status status = walk_captures(walk, filter, xlsx_row, error);
    if (json_array_size(walk->ids))
        worksheet_autofilter(walk->sheet, 0, 0, (lxw_row_t)json_array_size(walk->ids), 8);
    lxw_error written = workbook_close(walk->workbook);
    if (written != LXW_NO_ERROR && status == STATUS_OK)
        status = error_set(error, STATUS_IO, "cannot write %s: %s", path, lxw_strerror(written));
    return status;
}

// ---- ZIP ----

static Status zip_pack(Walk *walk, const json_t *item, size_t number, Error *error)
{
    char folder[PATH_SIZE];
    Place place;
    (void)number;
    Status status =
        folder_of(walk, json_string_value(json_object_get(item, "id")), &place, folder, error);
    return status == STATUS_OK ? zip_folder(walk->zip, folder, place.path, error) : status;
}

static Status write_zip(Walk *walk, const Filter *filter, const char *path, Error *error)
{
    char table[PATH_SIZE];
    snprintf(table, sizeof table, "%.4080s.csv", path);
    Status status = write_csv(walk, filter, table, error);
    json_array_clear(walk->ids);
    if (status == STATUS_OK)
        status = zip_create(&walk->zip, path, error);
    if (status == STATUS_OK)
        status =
            zip_file(walk->zip, table, walk->options->chinese ? "台账.csv" : "ledger.csv", error);
    if (status == STATUS_OK)
        status = walk_captures(walk, filter, zip_pack, error);
    unlink(table);
    Status closed = zip_close(&walk->zip, status == STATUS_OK ? error : NULL);
    return status == STATUS_OK ? closed : status;
}

// ---- all ----

static Status check_columns(const ExportTemplate *columns, Error *error)
{
    size_t count = 0;
    for (; columns && columns->fields[count]; count++)
        if (!table_has(columns->fields[count]) || count == FIELDS_MAX)
            return error_set(error, STATUS_ARGUMENT, "there is no column \"%.60s\"",
                             columns->fields[count]);
    return STATUS_OK;
}

// The mark is one more signed line for each; what cannot be marked stays unmarked, and that is
// said.
static Status mark_all(Walk *walk, Error *error)
{
    Decision decision = {.action = ACTION_EXPORT, .version = -1};
    json_t *id;
    size_t i;
    Status status = STATUS_OK;
    json_array_foreach(walk->ids, i, id)
    {
        json_t *now = NULL;
        if (status == STATUS_OK)
            status = ledger_decide(walk->ledger, json_string_value(id), &decision, walk->person,
                                   &now, error);
        json_decref(now);
    }
    return status;
}

Status export_captures(Ledger *ledger, const Filter *filter, const Person *person,
                       const ExportOptions *options, const char *path, size_t *count, Error *error)
{
    Walk walk = {.ledger = ledger,
                 .person = person,
                 .options = options,
                 .fields = options->columns ? options->columns->fields : table_default,
                 .ids = json_array()};
    Status status = check_columns(options->columns, error);
    if (person->role < ROLE_APPROVER)
        status = error_set(error, STATUS_FORBIDDEN, "导出需要 %s 权限", role_name(ROLE_APPROVER));
    if (status == STATUS_OK)
        status = options->format == EXPORT_CSV    ? write_csv(&walk, filter, path, error)
                 : options->format == EXPORT_XLSX ? write_xlsx(&walk, filter, path, error)
                                                  : write_zip(&walk, filter, path, error);
    if (status == STATUS_OK && options->mark)
        status = mark_all(&walk, error);
    if (status != STATUS_OK)
        unlink(path);
    *count = json_array_size(walk.ids);
    json_decref(walk.ids);
    return status;
}

Status export_handover(Ledger *ledger, const char *id, const Person *person, const char *path,
                       Error *error)
{
    char folder[PATH_SIZE], sheet[PATH_SIZE], key[PATH_SIZE], name[260];
    Walk walk = {.ledger = ledger, .person = person};
    Place place;
    if (person->role < ROLE_APPROVER)
        return error_set(error, STATUS_FORBIDDEN, "移交需要 %s 权限", role_name(ROLE_APPROVER));
    Status status = folder_of(&walk, id, &place, folder, error);
    snprintf(sheet, sizeof sheet, "%.4080s.pdf", path);
    snprintf(name, sizeof name, "%.200s.pdf", path_base(place.path));
    if (status == STATUS_OK)
        status = export_sheet(ledger, id, person, true, sheet, error);
    if (status == STATUS_OK)
        status = zip_create(&walk.zip, path, error);
    if (status == STATUS_OK)
        status = zip_file(walk.zip, sheet, name, error);
    if (status == STATUS_OK && path_join(key, ledger->folder, "heiyan.pub", NULL) == STATUS_OK)
        status = zip_file(walk.zip, key, "heiyan.pub", error);
    if (status == STATUS_OK)
        status = zip_folder(walk.zip, folder, place.path, error);
    unlink(sheet);
    Status closed = zip_close(&walk.zip, status == STATUS_OK ? error : NULL);
    status = status == STATUS_OK ? closed : status;
    if (status != STATUS_OK)
        unlink(path);
    return status;
}

Status export_thumbnail(Ledger *ledger, const char *id, const Person *person, unsigned char **data,
                        size_t *size, Error *error)
{
    char folder[PATH_SIZE];
    Place place;
    Walk walk = {.ledger = ledger, .person = person};
    Status status = folder_of(&walk, id, &place, folder, error);
    return status == STATUS_OK
               ? draw_thumbnail(folder, "close-up.jpg", THUMBNAIL_WIDTH, data, size, error)
               : status;
}
