/* SPDX-License-Identifier: BSD-2-Clause */
/* See CUnit/CUnit.h. */
#include <CUnit/Basic.h>

#include <stdio.h>
#include <stdlib.h>

struct test_stand_in {
    const char *name;
    CU_TestFunc test;
};
struct suite_stand_in {
    struct test_stand_in tests[256];
    unsigned count;
};

static struct suite_stand_in the_suite;
static unsigned run, asserts, failures;

CU_ErrorCode CU_initialize_registry(void)
{
    return CUE_SUCCESS;
}

void CU_cleanup_registry(void)
{
}

CU_pSuite CU_add_suite(const char *name, void *init, void *clean)
{
    (void)init;
    (void)clean;
    (void)printf("Suite: %s\n", name);
    return &the_suite;
}

CU_pTest CU_add_test(CU_pSuite suite, const char *name, CU_TestFunc test)
{
    if (suite->count == sizeof suite->tests / sizeof *suite->tests)
        return NULL;
    suite->tests[suite->count] = (struct test_stand_in){name, test};
    return &suite->tests[suite->count++];
}

void CU_basic_set_mode(int mode)
{
    (void)mode;
}

CU_ErrorCode CU_basic_run_tests(void)
{
    for (unsigned i = 0; i < the_suite.count; i++) {
        const unsigned before = failures;

        (void)printf("  Test: %s ...", the_suite.tests[i].name);
        (void)fflush(stdout);
        the_suite.tests[i].test();
        run++;
        (void)puts(failures == before ? "passed" : "FAILED");
    }
    (void)printf("%u tests, %u asserts, %u failed\n", run, asserts, failures);
    return CUE_SUCCESS;
}

unsigned CU_get_number_of_tests_run(void)
{
    return run;
}

unsigned CU_get_number_of_asserts(void)
{
    return asserts;
}

unsigned CU_get_number_of_failure_records(void)
{
    return failures;
}

CU_BOOL CU_assertImplementation(CU_BOOL holds, unsigned line, const char *condition, const char *file,
                                const char *function, CU_BOOL fatal)
{
    (void)function;
    asserts++;
    if (holds)
        return CU_TRUE;
    failures++;
    (void)printf("\n    %s:%u: %s\n", file, line, condition);
    if (fatal) {
        (void)fflush(stdout);
        exit(1); /* as after any failure, for what runs the suites */
    }
    return CU_FALSE;
}
