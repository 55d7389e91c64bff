// heiyan review: the evidence folder in a browser.
#include "app/commands.h"

#include "app/settings.h"
#include "base/log.h"
#include "base/options.h"
#include "review/review.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct Arguments {
    const char *settings, *listen, *certificate, *key, *folder;
    bool reindex;
} Arguments;

// -1: go on; else the exit status.
static int read_arguments(Arguments *a, int argc, char **argv)
{
    const Option options[] = {
        {"-c", OPTION_TEXT, &a->settings, 0, 0, "SITE.yaml", "settings of the site", "站点配置"},
        {"--listen", OPTION_TEXT, &a->listen, 0, 0, "ADDR:PORT",
         "where to listen; default: 127.0.0.1:8471", "监听地址；缺省 127.0.0.1:8471"},
        {"--reindex", OPTION_FLAG, &a->reindex, 0, 0, NULL,
         "make the index anew from the folders, then serve", "先由证据目录重建索引，再提供服务"},
        {"--tls-cert", OPTION_TEXT, &a->certificate, 0, 0, "FILE", "certificate for HTTPS (PEM)",
         "HTTPS 证书（PEM）"},
        {"--tls-key", OPTION_TEXT, &a->key, 0, 0, "FILE", "its key (PEM)", "证书私钥（PEM）"},
    };
    size_t option_count = sizeof options / sizeof *options;
    int count;
    bool help;
    Error error;
    if (options_parse(options, option_count, argc, argv, &count, &help, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (help) {
        printf("heiyan review [-c SITE.yaml] [--listen ADDR:PORT] [--reindex] DIR\n\n");
        options_print(options, option_count);
        return EXIT_GOOD;
    }
    if (count != 1) {
        log_error("review takes one evidence folder: heiyan review DIR");
        return EXIT_USAGE;
    }
    a->folder = argv[0];
    return -1;
}

// Until SIGINT or SIGTERM, which every thread leaves to this one.
static void serve(Review *review, const sigset_t *ends)
{
    char told[sizeof((Error *)NULL)->text] = "";
    const struct timespec second = {.tv_sec = 1};
    Error error;
    printf(locale_is_chinese() ? "审核台：%s\n" : "review: %s\n", review_address(review));
    fflush(stdout);
    while (sigtimedwait(ends, NULL, &second) < 0) {
        if (review_tend(review, &error) == STATUS_OK) {
            told[0] = '\0';
        } else if (strcmp(told, error.text) != 0) { // once, not every second
            snprintf(told, sizeof told, "%s", error.text);
            log_error("%s", error.text);
        }
    }
}

static Status review_folder(const Arguments *a, const Settings *settings, const sigset_t *ends,
                            Error *error)
{
    Ledger *ledger = NULL;
    Review *review = NULL;
    ExportTemplate columns;
    const char **fields;
    const Rules rules = settings_rules(settings);
    Status status = settings_columns(settings, &columns, &fields, error);
    if (status == STATUS_OK)
        status = ledger_open(&ledger, a->folder, &rules, error);
    if (status == STATUS_OK && a->reindex)
        status = ledger_reindex(ledger, error);
    if (status == STATUS_OK) {
        const ReviewOptions options = {
            .listen = a->listen ? a->listen : settings->review.listen,
            .certificate = a->certificate ? a->certificate : settings->review.certificate,
            .key = a->key ? a->key : settings->review.key,
            .columns = fields ? &columns : NULL,
        };
        status = review_start(&review, ledger, a->folder, &options, error);
    }
    if (status == STATUS_OK)
        serve(review, ends);
    review_stop(&review);
    ledger_close(&ledger);
    free(fields);
    return status;
}

int command_review(int argc, char **argv)
{
    Arguments a = {0};
    Settings settings;
    Error error;
    sigset_t ends;
    int end = read_arguments(&a, argc, argv);
    if (end >= 0)
        return end;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    if (settings_load(&settings, a.settings, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    Status status = review_folder(&a, &settings, &ends, &error);
    settings_free(&settings);
    if (status == STATUS_OK)
        return EXIT_GOOD;
    log_error("%s", error.text);
    return EXIT_USAGE; // refused to start
}
