/* SPDX-License-Identifier: BSD-2-Clause */
/* See CUnit.h. */
#ifndef CUNIT_STAND_IN_BASIC_H
#define CUNIT_STAND_IN_BASIC_H

#include "CUnit.h"

#define CU_BRM_VERBOSE 2

void CU_basic_set_mode(int mode);
CU_ErrorCode CU_basic_run_tests(void);

#endif
