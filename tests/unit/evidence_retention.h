// Retention: whose media go, and whose records go later.
// A line as review writes it, as far as retention looks at it.
static void decide(const char *pack, const char *to)
{
    CU_ASSERT_EQUAL(shell("printf '{\"to\":\"%s\"}\\n' >> '%s/verdicts.jsonl'", to, pack), 0);
}

static void test_retention(void)
{
    char folder[128], path[PATH_SIZE];
    Sealed sealed[4];
    SecretKey key;
    Error error;
    RetentionReport report;
    static const char *const ends[] = {"rejected", "confirmed", "struck_off", NULL};
    snprintf(folder, sizeof folder, "%s/retention", root);
    make_evidence(folder, 4, sealed);
    for (int i = 0; i < 4 && ends[i]; i++) {
        decide(sealed[i].folder, "confirmed");
        decide(sealed[i].folder, ends[i]);
    }
    CU_ASSERT_EQUAL_FATAL(secret_key_load(&key, &error), STATUS_OK);
    RetentionLimits limits = {.media_days = 30};
    int64_t day = 86400 * SECOND_US, event_us;
    CU_ASSERT_TRUE(clock_parse("2026-11-23T12:00:00+08:00", &event_us));
    CU_ASSERT_EQUAL(retention_run(folder, &limits, &key, event_us + 20 * day, &report, &error),
                    STATUS_OK);
    CU_ASSERT_EQUAL(report.retired, 0);
    CU_ASSERT_TRUE(report.left_bytes > 100000 && !report.over);
    limits = (RetentionLimits){.max_bytes = report.left_bytes - 1}; // the oldest that may go
    CU_ASSERT_EQUAL(retention_run(folder, &limits, &key, event_us, &report, &error), STATUS_OK);
    CU_ASSERT_EQUAL(report.retired, 1);
    CU_ASSERT_EQUAL(path_join(path, sealed[0].folder, "clip.mp4", &error), STATUS_OK);
    CU_ASSERT_FALSE(file_exists(path));
    CU_ASSERT_FALSE(report.over);
    limits = (RetentionLimits){.media_days = 30, .max_bytes = 1};
    CU_ASSERT_EQUAL(retention_run(folder, &limits, &key, event_us + 60 * day, &report, &error),
                    STATUS_OK);
    CU_ASSERT_EQUAL(report.retired, 1);
    CU_ASSERT_TRUE(report.over); // confirmed and pending stay
    for (int i = 1; i < 4; i += 2) {
        CU_ASSERT_EQUAL(path_join(path, sealed[i].folder, "clip.mp4", &error), STATUS_OK);
        CU_ASSERT_TRUE(file_exists(path));
    }
    CU_ASSERT_EQUAL(shell("rm '%s'/*/*/verdicts.jsonl", folder), 0); // of nobody's hand
    CU_ASSERT_EQUAL(verify(folder).problems, 0);
    CU_ASSERT_EQUAL(verify(folder).retired, 2);
}

static RetentionReport expire_at(const char *folder, int days, const RetentionLimits *limits)
{
    RetentionReport report;
    SecretKey key;
    Error error = {0};
    int64_t event_us;
    CU_ASSERT_EQUAL_FATAL(secret_key_load(&key, &error), STATUS_OK);
    CU_ASSERT_TRUE(clock_parse("2026-11-29T12:00:00+08:00", &event_us));
    Status status =
        retention_run(folder, limits, &key, event_us + days * 86400 * SECOND_US, &report, &error);
    CU_ASSERT_EQUAL(status, STATUS_OK);
    if (status != STATUS_OK)
        printf("%s ", error.text);
    return report;
}

// Four packs of one camera, the first, third and last of them rejected.
static void make_rejected(const char *folder, Sealed sealed[4])
{
    make_evidence(folder, 4, sealed);
    for (int i = 0; i < 4; i++)
        if (i != 1)
            decide(sealed[i].folder, "rejected");
}

static void test_records_expire(void)
{
    char folder[128];
    Sealed sealed[4], after;
    Sealer *sealer;
    Error error;
    const RetentionLimits limits = {.media_days = 30, .record_days = 60};
    snprintf(folder, sizeof folder, "%s/expiry", root);
    make_rejected(folder, sealed);
    RetentionReport report = expire_at(folder, 40, &limits);
    CU_ASSERT_EQUAL(report.retired, 3);
    CU_ASSERT_EQUAL(report.expired, 0);
    report = expire_at(folder, 60, &limits); // whole days since the day of the event
    CU_ASSERT_EQUAL(report.expired, 0);
    report = expire_at(folder, 70, &limits);
    CU_ASSERT_EQUAL(report.expired, 3);
    CU_ASSERT_EQUAL(report.unproven, 0);
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(file_exists(sealed[i].folder), i == 1);
    CU_ASSERT_EQUAL(shell("test ! -e '%s/.heiyan/expired'", folder), 0);
    VerifyReport seen = verify(folder);
    CU_ASSERT_EQUAL(seen.problems, 0);
    CU_ASSERT_EQUAL(seen.packs, 1);
    CU_ASSERT_EQUAL(seen.expired, 3);
    report = expire_at(folder, 71, &limits); // nothing twice
    CU_ASSERT_EQUAL(report.retired + report.expired, 0);
    // The chain goes on from a pack that is no longer there.
    CU_ASSERT_EQUAL_FATAL(sealer_open(&sealer, folder, &error), STATUS_OK);
    CU_ASSERT_EQUAL(seal_new(sealer, "cam03", 9, 1, &after, &error), STATUS_OK);
    sealer_close(&sealer);
    CU_ASSERT_EQUAL(verify(folder).problems, 0);
    // A pack that somebody took away without a word is missed still.
    CU_ASSERT_EQUAL(folder_remove(sealed[1].folder, &error), STATUS_OK);
    CU_ASSERT_TRUE(verify(folder).problems > 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(findings, "is missing or damaged"));
    // And so are all of them without the lines.
    CU_ASSERT_EQUAL(shell("rm '%s/deletions.jsonl'", folder), 0);
    CU_ASSERT_TRUE(verify(folder).problems > 0);
}

static void test_unproven_never_expires(void)
{
    char folder[128];
    Sealed sealed[4];
    const RetentionLimits limits = {.media_days = 1, .record_days = 1};
    snprintf(folder, sizeof folder, "%s/unproven", root);
    make_rejected(folder, sealed);
    CU_ASSERT_EQUAL(shell("sed -i s/lorry/other/ '%s/record.json'", sealed[0].folder), 0);
    CU_ASSERT_EQUAL(shell("rm '%s/SHA256SUMS.minisig'", sealed[2].folder), 0);
    RetentionReport report = expire_at(folder, 5, &limits);
    CU_ASSERT_EQUAL(report.expired, 1);
    CU_ASSERT_EQUAL(report.unproven, 2);
    CU_ASSERT_TRUE(file_exists(sealed[0].folder) && file_exists(sealed[2].folder));
    CU_ASSERT_FALSE(file_exists(sealed[3].folder));
}

// Killed after the announcement, and amid the removal.
static void test_expiry_outlives_crash(void)
{
    char folder[128], copy[160], attic[160];
    Sealed sealed[4];
    Error error;
    const RetentionLimits limits = {.media_days = 1, .record_days = 1};
    snprintf(folder, sizeof folder, "%s/crash", root);
    snprintf(copy, sizeof copy, "%s/crash-copy", root);
    snprintf(attic, sizeof attic, "%s/.heiyan/expired", folder);
    make_rejected(folder, sealed);
    CU_ASSERT_EQUAL(expire_at(folder, 3, &(RetentionLimits){.media_days = 1}).retired, 3);
    CU_ASSERT_EQUAL(shell("cp -a '%s' '%s'", folder, copy), 0);
    CU_ASSERT_EQUAL(expire_at(folder, 3, &limits).expired, 3);
    // As if the line had come, and nothing after it.
    CU_ASSERT_EQUAL(shell("cp -a '%s'/2* '%s'", copy, folder), 0);
    CU_ASSERT_EQUAL(shell("rm '%s'/*/*/verdicts.jsonl", folder), 0);
    VerifyReport seen = verify(folder);
    CU_ASSERT_EQUAL(seen.problems, 0);
    CU_ASSERT_EQUAL(seen.packs, 4);
    CU_ASSERT_EQUAL(seen.expired, 0);
    decide(sealed[0].folder, "rejected");
    CU_ASSERT_EQUAL(folder_make(attic, &error), STATUS_OK);
    CU_ASSERT_EQUAL(
        shell("mv '%s' '%s/half' && rm '%s/half/record.json'", sealed[2].folder, attic, attic), 0);
    CU_ASSERT_EQUAL(expire_at(folder, 3, &limits).expired, 1);
    CU_ASSERT_FALSE(file_exists(attic));
    seen = verify(folder);
    CU_ASSERT_EQUAL(seen.problems, 0);
    CU_ASSERT_EQUAL(seen.packs, 2);
    CU_ASSERT_EQUAL(seen.expired, 2);
}
