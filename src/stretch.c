/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the part of a clock in which a counter value takes two multiplications to convert, and converts by it. */
#include "stretch.h"
#include "clock.h"

/*
 * The finest unit that the period can be told in, so that 2^shift ticks take half a second to a second. Returns the shift
 * of that unit; 0 where there is none in which the error can be told as well.
 */
static unsigned find_unit(const struct vmclock_clock *clock, struct vmclock_stretch *s)
{
    unsigned shift = clock->shift;

    s->period = clock->period;
    s->maxerror_rate = clock->maxerror_rate;
    if (s->period == 0)
        return 0;
    for (; s->period >> 63 == 0; shift++) {
        s->period <<= 1;
        if (s->maxerror_rate >> 63 != 0)
            return 0;
        s->maxerror_rate <<= 1;
    }
    return shift;
}

/* A stretch holds at most two different seconds, which are those of its ends. */
static bool same_utc(const struct vmclock_reading *first, const struct vmclock_reading *last)
{
    return first->has_utc == last->has_utc && first->utc_first == last->utc_first;
}

bool vmclock_clock_stretch(const struct vmclock_clock *clock, uint64_t counter, struct vmclock_stretch *out)
{
    const struct vmclock_clock *const c = clock != NULL ? clock : &vmclock_no_clock_;
    const uint64_t from = counter - c->counter_value;
    struct vmclock_stretch s;
    struct vmclock_reading last;
    const unsigned shift = find_unit(c, &s);

    if (out != NULL)
        *out = (struct vmclock_stretch){0};
    /* No CPU's counter is faster, and the ticks of a stretch fit into 32 bits. */
    if (from >> 63 != 0 || shift == 0 || shift > 32)
        return false;
    s.ticks = UINT64_C(1) << shift;
    s.up = (uint8_t)(64 - shift);
    /* A multiple of 2^shift ticks after the reference point nothing has been rounded: it goes on from there exactly. */
    counter -= from % s.ticks;
    if (vmclock_clock_read(c, counter, &s.first, NULL) != VMCLOCK_OK ||
        vmclock_clock_read(c, counter + (s.ticks - 1), &last, NULL) != VMCLOCK_OK || !same_utc(&s.first, &last))
        return false;
    if (out != NULL)
        *out = s;
    return true;
}

bool vmclock_stretch_read(const struct vmclock_stretch *stretch, uint64_t counter, struct vmclock_reading *out)
{
    const bool holds = stretch != NULL && vmclock_stretch_holds_(stretch, counter);

    if (out == NULL)
        return holds;
    *out = holds ? stretch->first : vmclock_no_reading_;
    if (holds)
        vmclock_stretch_move_(stretch, counter, vmclock_stretch_ticks_(stretch, counter), out);
    return holds;
}
