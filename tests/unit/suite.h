// One CUnit program per room: SUITE_MAIN lists its cases and exits non-zero on any failed assertion, on a suite that could not
// start, and when nothing ran (CUnit's own runner reports success in all three cases).
#ifndef HEIYAN_TESTS_SUITE_H
#define HEIYAN_TESTS_SUITE_H

#include <CUnit/Basic.h>
#include <stdio.h>

typedef struct SuiteCase {
    const char *name;
    void (*run)(void);
} SuiteCase;

static inline int suite_run(const char *name, const SuiteCase *cases, size_t count)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);
    for (size_t i = 0; suite && i < count; i++)
        if (!CU_add_test(suite, cases[i].name, cases[i].run))
            suite = NULL;
    if (!suite)
        return 2;
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    unsigned ran = CU_get_number_of_tests_run(), failed = CU_get_number_of_failure_records();
    unsigned suites_failed = CU_get_number_of_suites_failed();
    unsigned tests_failed = CU_get_number_of_tests_failed();
    printf("%s: %u passed, %u failed\n", name, ran - tests_failed, tests_failed);
    CU_cleanup_registry();
    return failed || suites_failed || ran != count || !ran;
}

#define SUITE_MAIN(name, ...)                                                                      \
    int main(void)                                                                                 \
    {                                                                                              \
        static const SuiteCase cases[] = {__VA_ARGS__};                                            \
        return suite_run(name, cases, sizeof cases / sizeof *cases);                               \
    }

#endif
