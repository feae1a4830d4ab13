/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a header: vmclock_shm_header_read() against the second check-list. */
#include "check_page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_check_header(data, size);
    return 0;
}
