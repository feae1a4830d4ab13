/* SPDX-License-Identifier: BSD-2-Clause */
/* UAPI.13's formula: how far a counter value is from the reference point, and what time that makes. */
#ifndef VMCLOCK_CLOCK_H
#define VMCLOCK_CLOCK_H

#include "error.h"
#include "wide.h"

#define VMCLOCK_NSEC_PER_SEC_ 1000000000U

/* What NULL stands for: a clock that stands at 0, a reading of zeros. */
extern const struct vmclock_clock vmclock_no_clock_;
extern const struct vmclock_reading vmclock_no_reading_;

static inline struct vmclock_u128_ vmclock_to_wide_(struct vmclock_time time)
{
    return (struct vmclock_u128_){time.sec, time.frac_sec};
}

/* counter - reference point: how far apart they are, and which is first. 2^63 ticks apart counts as before. */
struct vmclock_distance_ {
    uint64_t ticks;
    bool before;
};
static inline struct vmclock_distance_ vmclock_distance_(const struct vmclock_clock *clock, uint64_t counter)
{
    const uint64_t ticks = counter - clock->counter_value;
    const bool before = ticks >> 63 != 0;

    return (struct vmclock_distance_){before ? -ticks : ticks, before};
}

/* The time at that distance, rounded down; false when it is out of range. */
static inline bool vmclock_advance_(const struct vmclock_clock *clock, struct vmclock_distance_ from,
                                    struct vmclock_u128_ *time, bool *inexact)
{
    const struct vmclock_u128_ product = vmclock_mul_(from.ticks, clock->period);
    struct vmclock_u128_ span = vmclock_shift_right_(product, clock->shift, inexact);

    *time = vmclock_to_wide_(clock->reference);
    if (!from.before)
        return !vmclock_add_(time, span);
    (void)vmclock_add_(&span, (struct vmclock_u128_){0, *inexact}); /* it has at most 127 bits */
    return !vmclock_sub_(time, span);
}

#endif
