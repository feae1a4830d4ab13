/* SPDX-License-Identifier: BSD-2-Clause */
/* Time that runs backwards from one reading to the next, though nothing tells why it should. */
#include "clock.h"

static bool same_clock(const struct vmclock_guard *last, const struct vmclock_guard *next)
{
    return last->monotonic && next->monotonic && last->time_type == next->time_type &&
           last->disruption_marker == next->disruption_marker && last->has_generation == next->has_generation &&
           last->vm_generation_counter == next->vm_generation_counter;
}

enum vmclock_err vmclock_guard_check(struct vmclock_guard *guard, const struct vmclock_reading *reading,
                                     struct vmclock_error *err)
{
    const struct vmclock_reading *const r = reading != NULL ? reading : &vmclock_no_reading_;
    const struct vmclock_guard next = {r->time,      r->disruption_marker, r->vm_generation_counter,
                                       r->monotonic, r->has_generation,    r->time_type};

    if (guard == NULL)
        return vmclock_succeed_(err);
    if (same_clock(guard, &next)) {
        if (next.time.sec < guard->time.sec)
            return vmclock_fail_(err, VMCLOCK_REASON_TIME_WENT_BACKWARDS, VMCLOCK_FIELD_TIME_SEC, guard->time.sec,
                                 next.time.sec);
        if (next.time.sec == guard->time.sec && next.time.frac_sec < guard->time.frac_sec)
            return vmclock_fail_(err, VMCLOCK_REASON_TIME_WENT_BACKWARDS, VMCLOCK_FIELD_TIME_FRAC_SEC,
                                 guard->time.frac_sec, next.time.frac_sec);
    }
    *guard = next;
    return vmclock_succeed_(err);
}
