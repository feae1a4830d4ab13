/* SPDX-License-Identifier: BSD-2-Clause */
/* UTC of a clock's readings. Inline, since every reading has it, and no leap second is near as a rule. */
#ifndef VMCLOCK_UTC_H
#define VMCLOCK_UTC_H

#include "vmclock.h"

/* Sets what a clock knows of UTC; its reference time has been set. */
void vmclock_utc_take_(const struct vmclock_page *page, struct vmclock_clock *clock);

/* With a leap second near: sets leap_second, utc_first and utc_last. Returns what it adds to the time's seconds. */
int vmclock_utc_leap_(const struct vmclock_clock *clock, struct vmclock_reading *out);

/* Sets what a reading tells of UTC; its time has been set. */
static inline void vmclock_utc_put_(const struct vmclock_clock *clock, struct vmclock_reading *out)
{
    const uint64_t sec = out->time.sec;
    int behind = clock->utc_offset; /* -1 at the least, on UTC pages */

    out->leap_second = false;
    out->utc_first = 0;
    out->utc_last = UINT64_MAX;
    if (clock->leap != VMCLOCK_LEAP_NONE)
        behind -= vmclock_utc_leap_(clock, out);
    out->has_utc = clock->has_utc && (behind < 0 ? sec != UINT64_MAX : sec >= (unsigned)behind);
    out->leap_second = out->has_utc && out->leap_second;
    out->utc_behind = (int8_t)(out->has_utc ? behind : 0);
}

#endif
