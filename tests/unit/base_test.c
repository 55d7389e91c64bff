// The foundations: errors, times, files, options.
#include "base/clock.h"
#include "base/files.h"
#include "base/options.h"

#include "suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/heiyan-base-XXXXXX";

static void at(char out[PATH_SIZE], const char *name)
{
    CU_ASSERT_EQUAL(path_join(out, folder, name, NULL), STATUS_OK);
}

static void errors(void)
{
    Error error;
    CU_ASSERT_EQUAL(error_set(&error, STATUS_FORMAT, "%s is %d", "x", 7), STATUS_FORMAT);
    CU_ASSERT_STRING_EQUAL(error.text, "x is 7");
    CU_ASSERT_EQUAL(error_set(NULL, STATUS_MEMORY, "nobody listens"), STATUS_MEMORY);
    errno = ENOSPC;
    CU_ASSERT_EQUAL(error_set_errno(&error, "cannot write"), STATUS_FULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "cannot write: "));
    errno = EDQUOT;
    CU_ASSERT_EQUAL(error_set_errno(&error, "cannot write"), STATUS_FULL);
    errno = EACCES;
    CU_ASSERT_EQUAL(error_set_errno(&error, "cannot write"), STATUS_IO);
    char longest[2000];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    error_set(&error, STATUS_IO, "%s", longest);
    CU_ASSERT_EQUAL(strlen(error.text), sizeof error.text - 1);
    CU_ASSERT_STRING_EQUAL(status_name((Status)999), "unknown");
}

static void times_as_text(void)
{
    int64_t time_us;
    CU_ASSERT_EQUAL(clock_set_zone("Asia/Shanghai", NULL), STATUS_OK);
    CU_ASSERT_TRUE(clock_parse("2026-11-23T08:15:02.345+08:00", &time_us));
    CU_ASSERT_EQUAL(time_us, INT64_C(1795392902345000));
    ClockText text = clock_text(time_us + 999);
    CU_ASSERT_STRING_EQUAL(text.rfc3339, "2026-11-23T08:15:02.345+08:00");
    CU_ASSERT_STRING_EQUAL(text.compact, "20261123T081502.345+0800");
    CU_ASSERT_STRING_EQUAL(text.date, "2026-11-23");
    CU_ASSERT_STRING_EQUAL(text.spoken, "2026-11-23 08:15:02.345");
    CU_ASSERT_STRING_EQUAL(clock_text(-1).rfc3339, "1970-01-01T07:59:59.999+08:00");
    CU_ASSERT(clock_is_date("2026-11-23") && !clock_is_date("2026-11-2") && !clock_is_date("2026-11-233") &&
              !clock_is_date("2026-1a-23") && !clock_is_date(""));
    // West of Greenwich, and half an hour off.
    CU_ASSERT_EQUAL(clock_set_zone("America/St_Johns", NULL), STATUS_OK);
    CU_ASSERT_STRING_EQUAL(clock_text(time_us).rfc3339, "2026-11-22T20:45:02.345-03:30");
    CU_ASSERT_EQUAL(clock_set_zone("Asia/Shanghai", NULL), STATUS_OK);
}

static void times_read(void)
{
    static const char *const same[] = {
        "2026-11-23T08:15:00+08:00", "2026-11-23 08:15",         "2026-11-23T08:15:00",
        "2026-11-23T00:15:00Z",      "2026-11-23t00:15:00.000z", "2026-11-23T08:15:00,0+0800",
        "2026-11-22T20:45-03:30",
    };
    static const char *const wrong[] = {
        "", "yesterday", "2026-11-23", "2026-13-01T00:00", "2026-02-29T00:00", "2026-11-23T24:00",
        "2026-11-23T08:60", "2026-11-23T08:15:00+25:00", "2026-11-23T08:15:00 ", "2026-11-23T08:15:00.",
        "26-11-23T08:15", "2026-11-23T08:15:00+08:00x",
    };
    int64_t time_us;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        CU_ASSERT_TRUE(clock_parse(same[i], &time_us));
        CU_ASSERT_EQUAL(time_us, INT64_C(1795392900000000));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CU_ASSERT_FALSE(clock_parse(wrong[i], &time_us));
    CU_ASSERT_TRUE(clock_from_fields(2024, 2, 29, 0, 0, 0, &time_us));
    CU_ASSERT_FALSE(clock_from_fields(2100, 2, 29, 0, 0, 0, &time_us));
    CU_ASSERT_EQUAL(clock_set_zone("../../etc/passwd", NULL), STATUS_ARGUMENT);
    CU_ASSERT_EQUAL(clock_set_zone("", NULL), STATUS_ARGUMENT);
}

static void paths(void)
{
    char out[PATH_SIZE], longest[PATH_SIZE];
    CU_ASSERT_EQUAL(path_join(out, "a", "b", NULL), STATUS_OK);
    CU_ASSERT_STRING_EQUAL(out, "a/b");
    CU_ASSERT_EQUAL(path_join(out, "/", "b", NULL), STATUS_OK);
    CU_ASSERT_STRING_EQUAL(out, "/b");
    CU_ASSERT_STRING_EQUAL(path_base("/a/b.c"), "b.c");
    CU_ASSERT_STRING_EQUAL(path_base("b.c"), "b.c");
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CU_ASSERT_EQUAL(path_join(out, longest, "b", NULL), STATUS_ARGUMENT);
    CU_ASSERT_EQUAL(program_folder(out, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(out[0], '/');
}

static void files_whole_or_not(void)
{
    char path[PATH_SIZE], part[PATH_SIZE], *data;
    size_t size;
    Error error;
    at(path, "whole");
    at(part, "whole.part");
    CU_ASSERT_EQUAL(file_write(path, "one\0two", 7, NULL), STATUS_OK);
    CU_ASSERT_FALSE(file_exists(part));
    CU_ASSERT_EQUAL(file_read(path, &data, &size, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(size, 7);
    CU_ASSERT_EQUAL(memcmp(data, "one\0two", 8), 0); // with the NUL after it
    free(data);
    at(path, "missing/whole");
    CU_ASSERT_EQUAL(file_write(path, "x", 1, &error), STATUS_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "missing/whole"));
    CU_ASSERT_EQUAL(file_read(path, &data, &size, &error), STATUS_IO);
    CU_ASSERT_PTR_NULL(data);
    if (access("/dev/full", W_OK) == 0)
        CU_ASSERT_EQUAL(file_write_plain("/dev/full", "x", 1, &error), STATUS_FULL);
}

static void hashes(void)
{
    static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    char path[PATH_SIZE], hex[SHA256_HEX_SIZE], other[SHA256_HEX_SIZE];
    uint64_t size;
    bytes_sha256("abc", 3, hex);
    CU_ASSERT_STRING_EQUAL(hex, abc);
    at(path, "abc");
    CU_ASSERT_EQUAL(file_write(path, "abc", 3, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(file_sha256(path, hex, NULL), STATUS_OK);
    CU_ASSERT_STRING_EQUAL(hex, abc);
    // The fingerprint sees the first and the last MiB, and the size.
    size_t length = 3u << 20;
    char *bytes = calloc(1, length);
    at(path, "large");
    CU_ASSERT_EQUAL(file_write(path, bytes, length, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(file_fingerprint(path, &size, hex, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(size, length);
    bytes[length - 1] = 1;
    CU_ASSERT_EQUAL(file_write(path, bytes, length, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(file_fingerprint(path, &size, other, NULL), STATUS_OK);
    CU_ASSERT_STRING_NOT_EQUAL(hex, other);
    free(bytes);
    at(path, "nothing");
    CU_ASSERT_EQUAL(file_fingerprint(path, &size, hex, NULL), STATUS_IO);
}

static void folders(void)
{
    char path[PATH_SIZE], file[PATH_SIZE];
    static const char *const given[] = {"b", "a", "B", "a b", "\xc3\xa9"};
    static const char *const ordered[] = {"B", "a", "a b", "b", "\xc3\xa9"};
    Names names;
    at(path, "x/y/z");
    CU_ASSERT_EQUAL(folder_make(path, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(folder_make(path, NULL), STATUS_OK);
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(path_join(file, path, given[i], NULL), STATUS_OK);
        CU_ASSERT_EQUAL(file_write_plain(file, "", 0, NULL), STATUS_OK);
    }
    CU_ASSERT_EQUAL(folder_make(file, NULL), STATUS_IO); // a file of that name
    CU_ASSERT_EQUAL(folder_list(path, &names, NULL), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(names.count, 5);
    for (size_t i = 0; i < 5; i++)
        CU_ASSERT_STRING_EQUAL(names.items[i], ordered[i]);
    names_free(&names);
    // A link is removed, not what it leads to.
    at(path, "x");
    at(file, "abc");
    char link[PATH_SIZE];
    at(link, "x/y/link");
    CU_ASSERT_EQUAL(symlink(file, link), 0);
    CU_ASSERT_EQUAL(folder_remove(path, NULL), STATUS_OK);
    CU_ASSERT_FALSE(file_exists(path));
    CU_ASSERT_TRUE(file_exists(file));
    CU_ASSERT_EQUAL(folder_remove(path, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(folder_list(path, &names, NULL), STATUS_IO);
}

static Status parse(int argc, const char **argv, bool *flag, const char **text, int *number, int *count,
                    bool *help)
{
    const Option options[] = {
        {"--flag", OPTION_FLAG, flag, 0, 0, NULL, "", ""},
        {"-o", OPTION_TEXT, text, 0, 0, "DIR", "", ""},
        {"--jobs", OPTION_INTEGER, number, 1, 64, "N", "", ""},
    };
    Error error;
    return options_parse(options, 3, argc, (char **)argv, count, help, &error);
}

static void options(void)
{
    bool flag = false, help;
    const char *text = NULL;
    int number = 0, count;
    const char *good[] = {"a", "--flag", "-o", "-x", "--jobs=8", "-", "--", "--flag"};
    CU_ASSERT_EQUAL(parse(8, good, &flag, &text, &number, &count, &help), STATUS_OK);
    CU_ASSERT_TRUE(flag);
    CU_ASSERT_STRING_EQUAL(text, "-x");
    CU_ASSERT_EQUAL(number, 8);
    CU_ASSERT_FALSE(help);
    CU_ASSERT_EQUAL_FATAL(count, 3);
    CU_ASSERT_STRING_EQUAL(good[0], "a");
    CU_ASSERT_STRING_EQUAL(good[1], "-");
    CU_ASSERT_STRING_EQUAL(good[2], "--flag");
    const char *asks[] = {"--help"};
    CU_ASSERT_EQUAL(parse(1, asks, &flag, &text, &number, &count, &help), STATUS_OK);
    CU_ASSERT_TRUE(help);
    static const char *const wrong[] = {"--jobs=0",   "--jobs=65", "--jobs=x", "--jobs=", "--jobs=1x",
                                        "--flag=yes", "--unknown", "-z",       "--job",   "--jobs",
                                        "-o",         "--jobs=99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *one[] = {wrong[i]};
        CU_ASSERT_EQUAL(parse(1, one, &flag, &text, &number, &count, &help), STATUS_ARGUMENT);
    }
}

static void tidy(void)
{
    CU_ASSERT_EQUAL(folder_remove(folder, NULL), STATUS_OK);
}

static void prepare(void)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
}

SUITE_MAIN("base", {"a folder to work in", prepare}, {"errors", errors},
           {"times as text", times_as_text}, {"times read", times_read}, {"paths", paths},
           {"files whole or not", files_whole_or_not}, {"hashes", hashes}, {"folders", folders},
           {"options", options}, {"tidy up", tidy})
