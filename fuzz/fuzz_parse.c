/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a page: parsing, every accessor, findings and text against the second decoder. */
#include "check_page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_check_page(data, size);
    return 0;
}
