/* SPDX-License-Identifier: BSD-2-Clause */
/* A decoded page's fields by their numbers. */
#ifndef PAGE_VALUE_H
#define PAGE_VALUE_H

#include "vmclock.h"

static uint64_t page_value(const struct vmclock_page *p, unsigned number)
{
    switch (number) {
    case 1: return p->magic;
    case 2: return p->size;
    case 3: return p->version;
    case 4: return p->counter_id;
    case 5: return p->time_type;
    case 6: return p->seq_count;
    case 7: return p->disruption_marker;
    case 8: return p->flags;
    case 9: return p->pad;
    case 10: return p->clock_status;
    case 11: return p->leap_second_smearing_hint;
    case 12: return (uint64_t)(int64_t)p->tai_offset_sec;
    case 13: return p->leap_indicator;
    case 14: return p->counter_period_shift;
    case 15: return p->counter_value;
    case 16: return p->counter_period_frac_sec;
    case 17: return p->counter_period_esterror_rate_frac_sec;
    case 18: return p->counter_period_maxerror_rate_frac_sec;
    case 19: return p->time_sec;
    case 20: return p->time_frac_sec;
    case 21: return p->time_esterror_nanosec;
    case 22: return p->time_maxerror_nanosec;
    default: return p->vm_generation_counter;
    }
}

#endif
