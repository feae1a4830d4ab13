/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What our suites use of CUnit, for builds that CUnit cannot be had for: under MemorySanitizer, which wants everything
 * built by itself, with another C library, and for other machines. Such a build has VMCLOCK_OWN_CUNIT set; the usual
 * ones have CUnit itself. A fatal failure ends the program here, not the test.
 */
#ifndef CUNIT_STAND_IN_H
#define CUNIT_STAND_IN_H

#include <string.h>

typedef int CU_BOOL;
#define CU_TRUE 1
#define CU_FALSE 0

typedef enum { CUE_SUCCESS, CUE_FAILED } CU_ErrorCode;

typedef void (*CU_TestFunc)(void);
typedef struct {
    const char *pName;
    CU_TestFunc pTestFunc;
} CU_TestInfo;
#define CU_TEST_INFO_NULL \
    {                     \
        NULL, NULL        \
    }
typedef struct suite_stand_in *CU_pSuite;
typedef struct test_stand_in *CU_pTest;

CU_ErrorCode CU_initialize_registry(void);
void CU_cleanup_registry(void);
/* There is one suite, without functions around it. */
CU_pSuite CU_add_suite(const char *name, void *init, void *clean);
CU_pTest CU_add_test(CU_pSuite suite, const char *name, CU_TestFunc test);
unsigned CU_get_number_of_tests_run(void);
unsigned CU_get_number_of_asserts(void);
unsigned CU_get_number_of_failure_records(void);
CU_BOOL CU_assertImplementation(CU_BOOL holds, unsigned line, const char *condition, const char *file,
                                const char *function, CU_BOOL fatal);

#define CU_ASSERT_FATAL(condition) \
    ((void)CU_assertImplementation((condition) ? 1 : 0, __LINE__, #condition, __FILE__, "", CU_TRUE))
#define CU_ASSERT_PTR_NULL(pointer) \
    ((void)CU_assertImplementation((pointer) == NULL, __LINE__, #pointer " == NULL", __FILE__, "", CU_FALSE))
#define CU_ASSERT_PTR_NOT_NULL_FATAL(pointer) CU_ASSERT_FATAL((pointer) != NULL)
#define CU_ASSERT_STRING_EQUAL(actual, expected)                                                                   \
    ((void)CU_assertImplementation(strcmp(actual, expected) == 0, __LINE__, #actual " equals " #expected, __FILE__, \
                                   "", CU_FALSE))

#endif
