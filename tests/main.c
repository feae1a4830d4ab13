/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the suite that its argument names; without an argument, lists the suites. */
#include <CUnit/Basic.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SUITE_ROW(name) extern const CU_TestInfo suite_##name[];
#include "suites.inc"
#undef SUITE_ROW

static const struct {
    const char *name;
    const CU_TestInfo *tests;
} suites[] = {
#define SUITE_ROW(name) {#name, suite_##name},
#include "suites.inc"
#undef SUITE_ROW
};
enum { SUITES = sizeof suites / sizeof *suites };

static bool register_tests(const char *name)
{
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);

    for (unsigned i = 0; i < SUITES; i++) {
        if (strcmp(suites[i].name, name) != 0)
            continue;
        for (const CU_TestInfo *test = suites[i].tests; test->pName != NULL; test++)
            if (suite == NULL || CU_add_test(suite, test->pName, test->pTestFunc) == NULL)
                return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    bool passed;

    if (argc != 2) {
        for (unsigned i = 0; i < SUITES; i++)
            (void)puts(suites[i].name);
        return argc == 1 ? 0 : 2;
    }
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    passed = register_tests(argv[1]) && CU_basic_run_tests() == CUE_SUCCESS && CU_get_number_of_tests_run() > 0 &&
             CU_get_number_of_asserts() > 0 && CU_get_number_of_failure_records() == 0;
    CU_cleanup_registry();
    return passed ? 0 : 1;
}
