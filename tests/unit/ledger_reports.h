// Part of ledger_test.c: reports, and what leaves the house.

static json_int_t count_at(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void test_week(void)
{
    char folder[PATH_SIZE], ids[40][200], path[PATH_SIZE];
    Error error;
    json_t *week, *hour;
    fill(folder, ids); // 2026-11-01 is a Sunday: 2 captures in week 44, then 13 in week 45
    Ledger *ledger = open_ledger(folder, &two_steps);
    for (int i = 2; i < 8; i++)
        decide(ledger, ids[i], &officer, i % 2 ? ACTION_REJECT : ACTION_CONFIRM, 0);
    decide(ledger, ids[2], &chief, ACTION_CONFIRM, 1);
    CU_ASSERT_EQUAL_FATAL(report_week(ledger, "2026-W45", NULL, &chief, &week, &error), STATUS_OK);
    CU_ASSERT_EQUAL(count_at(week, "captures"), 13);
    CU_ASSERT_EQUAL(count_at(week, "confirmed"), 1);
    CU_ASSERT_EQUAL(count_at(week, "rejected"), 3);
    CU_ASSERT_EQUAL(count_at(week, "undecided"), 9); // two of them reviewed once
    CU_ASSERT_EQUAL(count_at(json_object_get(week, "before"), "captures"), 2);
    CU_ASSERT_EQUAL(count_at(json_object_get(week, "reasons"), "shadow"), 3);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(week, "cameras")), 4);
    json_int_t sum = 0;
    size_t i;
    json_array_foreach(json_object_get(week, "hours"), i, hour) sum += json_integer_value(hour);
    CU_ASSERT_EQUAL(sum, 13);
    json_decref(week);
    CU_ASSERT_EQUAL_FATAL(report_week(ledger, "2026-W45", "高平", &chief, &week, &error),
                          STATUS_OK);
    CU_ASSERT_EQUAL(count_at(week, "captures"), 6);
    json_decref(week);
    static const char *const wrong[] = {"2026-W54", "2026", "2026-W00", "2025-W53", "x"};
    for (i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(report_week(ledger, wrong[i], NULL, &chief, &week, NULL), STATUS_ARGUMENT);
    snprintf(path, sizeof path, "%.4000s/week.pdf", folder);
    CU_ASSERT_EQUAL(export_week_pdf(ledger, "2026-W45", NULL, &chief, true, path, &error),
                    STATUS_OK);
    CU_ASSERT_EQUAL(shell("head -c4 '%s' | grep -q %%PDF", path), 0);
    ledger_close(&ledger);
}

static void test_learning_from_decisions(void)
{
    char folder[PATH_SIZE], ids[40][200];
    json_t *out, *point;
    size_t i;
    fill(folder, ids); // capture i has score 0.2 + 0.01 i
    Ledger *ledger = open_ledger(folder, &rules_default);
    for (int c = 0; c < 40; c++)
        decide(ledger, ids[c], &officer, c < 10 ? ACTION_REJECT : ACTION_CONFIRM, 0);
    CU_ASSERT_EQUAL_FATAL(report_precision(ledger, 0, INT64_MAX, &chief, &out, NULL), STATUS_OK);
    const json_t *total = json_object_get(out, "total");
    CU_ASSERT_DOUBLE_EQUAL(json_number_value(json_object_get(total, "precision")), 0.75, 1e-9);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(out, "hours")), 24);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(out, "cameras")), 4);
    json_decref(out);
    CU_ASSERT_EQUAL_FATAL(report_what_if(ledger, 0, INT64_MAX, NULL, &chief, &out, NULL),
                          STATUS_OK);
    json_array_foreach(json_object_get(out, "points"), i, point)
    {
        CU_ASSERT_EQUAL(count_at(point, "captures"), (json_int_t)(40 - i));
        CU_ASSERT_EQUAL(count_at(point, "rejected"), i < 10 ? (json_int_t)(10 - i) : 0);
    }
    CU_ASSERT_EQUAL(i, 40);
    json_decref(out);
    CU_ASSERT_EQUAL_FATAL(report_public(ledger, 0, INT64_MAX, &chief, &out, NULL), STATUS_OK);
    const json_t *first = json_array_get(json_object_get(out, "items"), 0);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(first, "plate")), "豫A·9**65");
    json_decref(out);
    ledger_close(&ledger);
}

#define ZIP_CHECK "python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); "

static void test_exports(void)
{
    char folder[PATH_SIZE], ids[40][200], path[PATH_SIZE];
    size_t written;
    Error error;
    Filter filter;
    fill(folder, ids);
    Ledger *ledger = open_ledger(folder, &rules_default);
    Decision note = {.action = ACTION_NOTE, .text = "=1+1, \"quoted\""};
    json_t *now;
    CU_ASSERT_EQUAL(ledger_decide(ledger, ids[0], &note, &officer, &now, NULL), STATUS_OK);
    json_decref(now);
    filter_init(&filter);
    filter_set(&filter, "camera", "cam01", &error);
    snprintf(path, sizeof path, "%.4000s/out", folder);
    ExportOptions options = {.format = EXPORT_CSV, .chinese = true, .mark = true};
    CU_ASSERT_EQUAL(export_captures(ledger, &filter, &officer, &options, path, &written, &error),
                    STATUS_FORBIDDEN);
    CU_ASSERT_EQUAL(export_captures(ledger, &filter, &chief, &options, path, &written, &error),
                    STATUS_OK);
    CU_ASSERT_EQUAL(written, 10);
    CU_ASSERT_EQUAL(shell("test $(wc -l < '%s') = 11", path), 0);
    CU_ASSERT_EQUAL(shell("head -c3 '%s' | od -An -tx1 | grep -q 'ef bb bf'", path), 0);
    CU_ASSERT_EQUAL(shell("grep -qF \"\\\"'=1+1, \\\"\\\"quoted\\\"\\\"\\\"\" '%s'", path), 0);
    static const char *const marked[] = {"exported", "yes", NULL};
    CU_ASSERT_EQUAL(count(ledger, marked), 10);
    options.mark = false;
    options.format = EXPORT_XLSX;
    CU_ASSERT_EQUAL(export_captures(ledger, &filter, &chief, &options, path, &written, &error),
                    STATUS_OK);
    CU_ASSERT_EQUAL(shell(ZIP_CHECK "t = z.read(\"xl/worksheets/sheet1.xml\").decode(); "
                                    "assert t.count(\"<row \") == 11 and \"frozen\" in t' '%s'",
                          path),
                    0);
    options.format = EXPORT_ZIP;
    CU_ASSERT_EQUAL(export_captures(ledger, &filter, &chief, &options, path, &written, &error),
                    STATUS_OK);
    CU_ASSERT_EQUAL(written, 10); // three files each, their verdicts, and the table
    CU_ASSERT_EQUAL(
        shell(ZIP_CHECK "assert z.testzip() is None and len(z.namelist()) == 41' '%s'", path), 0);
    const char *fields[] = {"plate", "nonsense", NULL};
    ExportTemplate columns = {fields, NULL};
    options.columns = &columns;
    CU_ASSERT_EQUAL(export_captures(ledger, &filter, &chief, &options, path, &written, &error),
                    STATUS_ARGUMENT);
    CU_ASSERT_EQUAL(export_handover(ledger, ids[0], &officer, path, &error), STATUS_FORBIDDEN);
    CU_ASSERT_EQUAL(export_handover(ledger, ids[0], &chief, path, &error), STATUS_OK);
    CU_ASSERT_EQUAL(shell(ZIP_CHECK "n = z.namelist(); assert z.testzip() is None and "
                                    "\"heiyan.pub\" in n and any(x.endswith(\".pdf\") for x in n)' "
                                    "'%s'",
                          path),
                    0);
    filter_finish(&filter);
    ledger_close(&ledger);
}
