/* SPDX-License-Identifier: BSD-2-Clause */
/* One of the system's clocks and the CPU's counter, read as one. */
#ifndef VMCLOCK_SAMPLE_H
#define VMCLOCK_SAMPLE_H

#include <stdint.h>
#include <time.h>

/* The clock showed `time` when the counter was at `counter`, or `half` ticks before or after it at most. */
struct vmclock_sample_ {
    struct timespec time;
    uint64_t counter;
    uint64_t half;
};

/* The tightest of so many readings: others were interrupted, or met a cold cache. */
struct vmclock_sample_ vmclock_take_sample_(clockid_t clock, unsigned readings);

#endif
