#include "app/commands.h"

#include "base/log.h"
#include "base/options.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const Command commands[] = {
    {"scan", "[-c SITE.yaml] [-o DIR] PATH...", "find smoke in recorded footage",
     "在录像中查找黑烟车", command_scan},
    {"run", "-c SITE.yaml", "watch live cameras", "监看实时相机", command_run},
    {"review", "[-c SITE.yaml] [--listen ADDR:PORT] DIR", "the evidence folder in a browser",
     "在浏览器中审核证据目录", command_review},
    {"account", "add|remove|list [--role R] NAME", "accounts for review", "审核台的账户",
     command_account},
    {"verify", "[--key PUB] DIR", "check hashes, signatures and chains of an evidence folder",
     "校验证据目录的哈希、签名与链", command_verify},
    {"export", "DIR --format xlsx|csv|zip -o FILE", "the ledger as a table, or with its packs",
     "导出台账或证据", command_export},
    {"check", "-c SITE.yaml [--probe]", "check a settings file, and its cameras",
     "检查站点配置文件与相机", command_check},
    {"measure", "--background B --frame F --region x,y,w,h",
     "density of a region; --board: check with a board of known levels",
     "测量图中区域的烟气浓度；--board：黑度板现场核查", command_measure},
    {"plate", "[--json] IMAGE...", "read plates in stills", "识别图片中的号牌", command_plate},
    {"selftest", "", "golden pictures, zero variance", "标准图自检", command_selftest},
};

static int print_help(FILE *out)
{
    bool chinese = locale_is_chinese();
    fprintf(out,
            chinese ? "heiyan（黑烟）%s：黑烟车抓拍\n\n用法：heiyan 命令 [选项]\n\n"
                    : "heiyan %s: finds vehicles that emit black smoke\n\nusage: heiyan COMMAND "
                      "[options]\n\n",
            HEIYAN_VERSION);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(out, "  heiyan %-9s %-46s %s\n", commands[i].name, commands[i].usage,
                chinese ? commands[i].help_zh : commands[i].help);
    fprintf(out, chinese ? "\n每个命令都有 --help。\n" : "\nEvery command has --help.\n");
    return out == stdout ? EXIT_GOOD : EXIT_USAGE;
}

int main(int argc, char **argv)
{
    log_set_level(LOG_LEVEL_WARNING);
    signal(SIGPIPE, SIG_IGN);
    // Pictures go back to the system as soon as they are done with, not when the heap around them
    // is free too.
    mallopt(M_MMAP_THRESHOLD, 400000);
    if (argc < 2)
        return print_help(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return print_help(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("heiyan %s\n", HEIYAN_VERSION);
        return EXIT_GOOD;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2);
    log_error("unknown command '%s'", argv[1]);
    return print_help(stderr);
}
