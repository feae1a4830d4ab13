/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparing readings. */
#ifndef READINGS_H
#define READINGS_H

#include "vmclock.h"

/* Member by member: there is room between them. */
static inline bool same_reading(const struct vmclock_reading *a, const struct vmclock_reading *b)
{
    return a->counter == b->counter && a->time.sec == b->time.sec && a->time.frac_sec == b->time.frac_sec &&
           a->error.sec == b->error.sec && a->error.frac_sec == b->error.frac_sec &&
           a->reference.sec == b->reference.sec && a->reference.frac_sec == b->reference.frac_sec &&
           a->maxerror.sec == b->maxerror.sec && a->maxerror.frac_sec == b->maxerror.frac_sec &&
           a->maxerror_nanosec == b->maxerror_nanosec && a->disruption_marker == b->disruption_marker &&
           a->vm_generation_counter == b->vm_generation_counter && a->utc_first == b->utc_first &&
           a->utc_last == b->utc_last && a->has_bounds == b->has_bounds && a->has_utc == b->has_utc &&
           a->leap_second == b->leap_second && a->utc_behind == b->utc_behind &&
           a->monotonic == b->monotonic && a->has_generation == b->has_generation && a->time_type == b->time_type &&
           a->clock_status == b->clock_status && a->rounded == b->rounded;
}

#endif
