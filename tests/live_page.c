/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiled by a test only, with QUALIFIER as volatile, which must be refused, and as nothing, which must not. */
#include "vmclock.h"

enum vmclock_err parse_page(const QUALIFIER void *page);

enum vmclock_err parse_page(const QUALIFIER void *page)
{
    return vmclock_parse(page, VMCLOCK_PAGE_SIZE, 0, NULL, NULL);
}
