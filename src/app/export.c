// heiyan export: the ledger of an evidence folder as a table or with its packs.
#include "app/commands.h"
#include "app/settings.h"

#include "base/log.h"
#include "base/options.h"
#include "ledger/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Filters of the command line: as of the desk.
static const struct {
    const char *option, *name, *value, *help, *help_zh;
} filters[] = {
    {"--state", "state", "S,...",
     "pending returned unsure reviewed confirmed rejected handed_over processed struck_off",
     "状态"},
    {"--site", "site", "NAME,...", "sites", "站点"},
    {"--camera", "camera", "ID,...", "cameras", "点位"},
    {"--lane", "lane", "LANE,...", "lanes", "车道"},
    {"--from", "from", "T", "from this day or time on", "起始日期或时间"},
    {"--to", "to", "T", "to this day (with its end) or time", "截止日期（含当日）或时间"},
    {"--part", "part", "P,...", "night morning noon afternoon evening", "时段"},
    {"--grade", "grade", "G,...", "none 0 1 2 3 4: Ringelmann, whole part", "林格曼级（整数部分）"},
    {"--certainty", "certainty", "C,...", "low middle high", "置信度"},
    {"--text", "text", "TEXT", "in plate or id", "号牌或编号中的文字"},
    {"--colour", "colour", "C,...", "of the plate: blue yellow green white black none", "号牌颜色"},
    {"--origin", "origin", "O,...", "local foreign unknown", "本地、外地、未知"},
    {"--class", "class", "C,...", "car van lorry bus motorcycle other", "车型"},
    {"--repeats", "repeats", "N,...", "earlier confirmed captures of the plate: 0 1 2 3",
     "同车此前确认次数"},
    {"--exported", "exported", "no|yes", "exported before", "是否已导出"},
};
#define FILTERS (sizeof filters / sizeof *filters)

typedef struct Export {
    const char *config, *format, *out;
    const char *values[FILTERS];
    bool mark, help;
} Export;

static int usage_error(const char *sentence)
{
    log_error("%s", sentence);
    return EXIT_USAGE;
}

static Status set_filter(const Export *x, Filter *filter, Error *error)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < FILTERS && status == STATUS_OK; i++)
        if (x->values[i])
            status = filter_set(filter, filters[i].name, x->values[i], error);
    return status;
}

// Beside the file first, so that one that was there before is replaced whole or not at all.
static Status write_out(const Export *x, Ledger *ledger, const Filter *filter,
                        const ExportTemplate *columns, Error *error)
{
    char part[PATH_SIZE];
    ExportOptions options = {.chinese = locale_is_chinese(), .mark = x->mark, .columns = columns};
    const char *name = getenv("USER");
    Person person = {.name = name && *name ? name : "local", .role = ROLE_ADMIN};
    size_t count = 0;
    export_format_parse(x->format, &options.format);
    if (snprintf(part, sizeof part, "%s.part", x->out) >= (int)sizeof part)
        return error_set(error, STATUS_ARGUMENT, "the name of the file is too long");
    Status status = export_captures(ledger, filter, &person, &options, part, &count, error);
    if (status == STATUS_OK && rename(part, x->out) != 0) {
        status = error_set_errno(error, "cannot write %s", x->out);
        unlink(part);
    }
    if (status == STATUS_OK)
        printf(options.chinese ? "%s：%zu 条\n" : "%s: %zu captures\n", x->out, count);
    return status;
}

static int run(const Export *x, const char *folder)
{
    Settings settings;
    Ledger *ledger = NULL;
    ExportTemplate columns;
    const char **fields = NULL;
    Filter filter;
    Error error;
    int result = EXIT_USAGE;
    if (settings_load(&settings, x->config, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    filter_init(&filter);
    Status status = set_filter(x, &filter, &error);
    if (status == STATUS_OK)
        status = settings_columns(&settings, &columns, &fields, &error);
    if (status == STATUS_OK)
        status = ledger_open_to_look(&ledger, folder, &error);
    if (status == STATUS_OK) {
        status = write_out(x, ledger, &filter, fields ? &columns : NULL, &error);
        result = status == STATUS_OK ? EXIT_GOOD : EXIT_PART;
    }
    if (status != STATUS_OK)
        log_error("%s", error.text);
    ledger_close(&ledger);
    free(fields);
    filter_finish(&filter);
    settings_free(&settings);
    return result;
}

int command_export(int argc, char **argv)
{
    enum { OWN = 4 };
    Export x = {0};
    Option options[OWN + FILTERS] = {
        {"-c", OPTION_TEXT, &x.config, 0, 0, "SITE.yaml", "settings of the site", "站点配置文件"},
        {"--format", OPTION_TEXT, &x.format, 0, 0, "F", "xlsx, csv, or zip: with the packs",
         "xlsx、csv，或 zip（含证据包）"},
        {"-o", OPTION_TEXT, &x.out, 0, 0, "FILE", "where to write", "输出文件"},
        {"--mark", OPTION_FLAG, &x.mark, 0, 0, NULL, "mark the captures as exported",
         "将这些记录标为已导出"},
    };
    int count;
    Error error;
    ExportFormat format;
    for (size_t i = 0; i < FILTERS; i++)
        options[OWN + i] = (Option){filters[i].option, OPTION_TEXT,     &x.values[i],      0, 0,
                                    filters[i].value,  filters[i].help, filters[i].help_zh};
    if (options_parse(options, OWN + FILTERS, argc, argv, &count, &x.help, &error) != STATUS_OK)
        return usage_error(error.text);
    if (x.help) {
        printf("heiyan export DIR --format xlsx|csv|zip -o FILE\n\n");
        options_print(options, OWN + FILTERS);
        return EXIT_GOOD;
    }
    if (count != 1)
        return usage_error("export takes one evidence folder: heiyan export DIR --format "
                           "xlsx|csv|zip -o FILE");
    if (!x.format || !export_format_parse(x.format, &format))
        return usage_error("--format: xlsx, csv or zip");
    if (!x.out)
        return usage_error("-o FILE: where to write");
    return run(&x, argv[0]);
}
