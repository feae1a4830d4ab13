/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A counter value to time within a stretch of a clock, inline: behind a read of the CPU's counter nothing overlaps, and
 * each operation that waits for another counts.
 */
#ifndef VMCLOCK_STRETCH_H
#define VMCLOCK_STRETCH_H

#include "vmclock.h"
#include "wide.h"

static inline bool vmclock_stretch_holds_(const struct vmclock_stretch *stretch, uint64_t counter)
{
    return counter - stretch->first.counter < stretch->ticks;
}

/* time + units; it is in range. */
static inline struct vmclock_time vmclock_stretch_add_(struct vmclock_time time, uint64_t units)
{
    time.frac_sec += units;
    time.sec += time.frac_sec < units;
    return time;
}

/*
 * How far into the stretch, in ticks `up` bits smaller: few enough ticks to be shifted up in place of shifting products
 * down. With `up` at 32 or more, the upper half of the counter, which CPUs tell apart, is not waited for.
 */
static inline uint64_t vmclock_stretch_ticks_(const struct vmclock_stretch *stretch, uint64_t counter)
{
    return (uint64_t)((uint32_t)counter - (uint32_t)stretch->first.counter) << (stretch->up & 63);
}

/*
 * vmclock_clock_read() for a counter value in the stretch, but for what is the same in all of it: by one multiplication
 * each for time and error. The product's upper word is the quotient, rounded down, and the lower one what was lost. The
 * error goes first, for it takes a step more.
 */
static inline void vmclock_stretch_move_(const struct vmclock_stretch *stretch, uint64_t counter, uint64_t ticks,
                                         struct vmclock_reading *out)
{
    const struct vmclock_reading *const first = &stretch->first;
    const struct vmclock_u128_ drift = vmclock_mul_(ticks, stretch->maxerror_rate);
    const struct vmclock_u128_ span = vmclock_mul_(ticks, stretch->period);

    out->counter = counter;
    out->time = vmclock_stretch_add_(first->time, span.hi);
    out->error = vmclock_stretch_add_(first->error, drift.hi + (drift.lo != 0));
    out->rounded = span.lo != 0;
}

/* So many ticks into the stretch. */
static inline struct vmclock_nanotime vmclock_line_at_(const struct vmclock_line *line, uint64_t ticks)
{
    const uint64_t nsec = (line->nsec + vmclock_mul_(ticks, line->rise).hi) >> 32; /* below 2 * 10^9 */
    const bool carry = nsec >= 1000000000;

    return (struct vmclock_nanotime){line->sec + carry, (uint32_t)(nsec - (carry ? 1000000000 : 0))};
}

#endif
