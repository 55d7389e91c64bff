// heiyan check: validates a settings file, says what it means, and probes the cameras if asked.
#include "app/commands.h"

#include "app/probe.h"
#include "app/settings.h"
#include "base/log.h"
#include "base/options.h"

#include <stdio.h>

static const char *shown(const char *value)
{
    return value && *value ? value : "-";
}

static void print_network(const char *file, const char *name)
{
    if (file)
        printf(locale_is_chinese() ? "  %s模型：%s\n" : "  %s: %s\n", name, file);
}

static void print_summary(const Settings *settings)
{
    bool chinese = locale_is_chinese();
    const CameraSettings *cameras = settings->cameras.items;
    printf(chinese ? "站点 %s，时区 %s，相机 %zu 台\n" : "site %s, time zone %s, %zu cameras\n",
           shown(settings->site.name), settings->site.timezone, settings->cameras.count);
    for (size_t i = 0; i < settings->cameras.count; i++) {
        RecordSite site = settings_site(settings, &cameras[i], cameras[i].id);
        char hash[SHA256_HEX_SIZE];
        settings_hash(settings, &cameras[i], hash);
        printf(chinese
                   ? "  %s：%s，%s，判定 %s，车道 %zu，遮罩 %zu，区域 %zu，配置 %.12s\n"
                   : "  %s: %s, %s, judges %s, %zu lanes, %zu masks, %zu zones, settings %.12s\n",
               cameras[i].id, shown(site.place), cameras[i].role, cameras[i].judge,
               cameras[i].lanes.count, cameras[i].masks.count, cameras[i].zones.count, hash);
    }
    print_network(settings->plates.finder.net.file, chinese ? "号牌定位" : "plate finder");
    print_network(settings->plates.reader.net.file, chinese ? "号牌识别" : "plate reader");
    const OutletOptions *outlets = settings->outlets.items;
    for (size_t i = 0; i < settings->outlets.count; i++)
        printf(chinese ? "  出口 %s：%s\n" : "  outlet %s: %s\n", outlets[i].name, outlets[i].kind);
    puts(chinese ? "配置正确" : "settings are good");
}

int command_check(int argc, char **argv)
{
    const char *path = NULL;
    bool probe = false;
    const Option options[] = {
        {"-c", OPTION_TEXT, &path, 0, 0, "SITE.yaml", "the settings to check", "要检查的站点配置"},
        {"--probe", OPTION_FLAG, &probe, 0, 0, NULL, "connect to the cameras too", "并连接各相机"},
    };
    const size_t option_count = sizeof options / sizeof *options;
    int count;
    bool help;
    Error error;
    if (options_parse(options, option_count, argc, argv, &count, &help, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (help) {
        printf("heiyan check -c SITE.yaml [--probe]\n\n");
        options_print(options, option_count);
        return EXIT_GOOD;
    }
    if (!path || count) {
        log_error("check needs the settings and nothing else: heiyan check -c SITE.yaml");
        return EXIT_USAGE;
    }
    Settings settings;
    if (settings_load_checked(&settings, path, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    print_summary(&settings);
    log_set_level(LOG_LEVEL_ERROR);
    size_t bad = probe ? probe_site(&settings) : 0;
    settings_free(&settings);
    return bad ? EXIT_PART : EXIT_GOOD;
}
