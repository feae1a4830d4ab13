/* SPDX-License-Identifier: BSD-2-Clause */
/* A clock between two reads of the counter, over and over. */
#define _GNU_SOURCE 1
#include "sample.h"

#include "vmclock_posix.h"

struct vmclock_sample_ vmclock_take_sample_(clockid_t clock, unsigned readings)
{
    struct vmclock_sample_ best = {.half = UINT64_MAX};

    for (unsigned i = 0; i < readings; i++) {
        struct timespec now = {0};
        const uint64_t before = vmclock_counter_read();
        (void)clock_gettime(clock, &now); /* fails only where a sandbox answers nothing */
        const uint64_t width = vmclock_counter_read() - before, half = width / 2 + 1; /* a counter shows whole ticks */

        if (half < best.half)
            best = (struct vmclock_sample_){.time = now, .counter = before + width / 2, .half = half};
    }
    return best;
}
