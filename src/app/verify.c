// heiyan verify: every hash, signature and chain link of an evidence folder.
#include "app/commands.h"

#include "base/log.h"
#include "base/options.h"
#include "evidence/verify.h"

#include <stdio.h>

static void print_finding(void *context, const char *where, const char *sentence)
{
    (void)context;
    fflush(stdout);
    fprintf(stderr, "%s: %s\n", where, sentence);
}

static void print_summary(const VerifyReport *report)
{
    bool chinese = locale_is_chinese();
    printf(chinese ? "证据包 %zu 个，已到期清理 %zu 个，损坏 %zu 个，问题 %zu 处；信任依据：%s\n"
                   : "%zu packs, %zu retired, %zu damaged, %zu problems; trust: %s\n",
           report->packs, report->retired, report->damaged, report->problems, report->trust);
    if (report->expired)
        printf(chinese ? "另有 %zu 个证据包保存期满，已整体移除，链条仍可核对\n"
                       : "%zu more packs expired and were removed whole; their places in the chain "
                         "are proven\n",
               report->expired);
    if (!report->problems)
        puts(chinese ? "完好" : "intact");
}

int command_verify(int argc, char **argv)
{
    const char *key = NULL;
    const Option options[] = {
        {"--key", OPTION_TEXT, &key, 0, 0, "PUB",
         "public key to trust (minisign's format); default: this "
         "machine's",
         "信任的公钥文件（minisign 格式）；缺省用本机公钥"},
    };
    size_t option_count = sizeof options / sizeof *options;
    int count;
    bool help;
    Error error;
    if (options_parse(options, option_count, argc, argv, &count, &help, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    if (help || count != 1) {
        if (!help)
            log_error("verify takes one evidence folder: heiyan verify [--key PUB] DIR");
        else
            printf("heiyan verify [--key PUB] DIR\n\n");
        if (help)
            options_print(options, option_count);
        return help ? EXIT_GOOD : EXIT_USAGE;
    }
    VerifyReport report = {0};
    if (verify_folder(argv[0], key, print_finding, NULL, &report, &error) != STATUS_OK) {
        log_error("%s", error.text);
        return EXIT_USAGE;
    }
    print_summary(&report);
    return report.problems ? EXIT_PART : EXIT_GOOD;
}
