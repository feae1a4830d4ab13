/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the part of a clock in which a counter value takes two multiplications to convert, and converts by it. */
#include "stretch.h"
#include "bounds.h"

/*
 * The finest unit that the period can be told in, so that 2^shift ticks take half a second to a second. Returns the
 * shift of that unit; 0 where there is none in which the error can be told as well.
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

#define LINE_SECOND ((uint64_t)VMCLOCK_NSEC_PER_SEC_ << 32)
#define LINE_SPARE (UINT64_C(1) << 36) /* 3.7 ns */

/* 2^-64 s in 2^-32 ns, rounded down. */
static uint64_t line_units(uint64_t frac_sec)
{
    const struct vmclock_u128_ ns = vmclock_mul_(frac_sec, VMCLOCK_NSEC_PER_SEC_);

    return ns.hi << 32 | ns.lo >> 32;
}

/*
 * The bounds as lines in nanoseconds. What is rounded is less than 2^-32 ns in each of a few places, always outward:
 * together that moves a bound, once it is rounded to nanoseconds, by 1 ns at most.
 *
 * Not for a stretch that lasts a second by its latest bound, less a few nanoseconds, which could carry twice: among
 * them all whose error grows as fast as time. Nor near 0, where bounds are clamped, nor far out, where sums could
 * wrap.
 */
static void set_lines(struct vmclock_stretch *s)
{
    const struct vmclock_reading *const r = &s->first;
    const struct vmclock_nanotime maxerror = {r->maxerror_nanosec / VMCLOCK_NSEC_PER_SEC_,
                                              (uint32_t)(r->maxerror_nanosec % VMCLOCK_NSEC_PER_SEC_)};
    const uint64_t less = (uint64_t)maxerror.nsec << 32;
    const uint64_t left = -s->period; /* of a second */
    struct vmclock_u128_ low = vmclock_to_wide_(r->time), high = low, drift = vmclock_to_wide_(r->error);

    s->has_lines = false;
    if (!r->has_bounds || left <= LINE_SPARE || s->maxerror_rate >= left - LINE_SPARE || low.hi >> 62 != 0)
        return;
    (void)vmclock_sub_(&drift, vmclock_to_wide_(r->maxerror));
    (void)vmclock_sub_(&low, drift); /* it has grown no faster than the time */
    (void)vmclock_add_(&high, drift);
    if (low.hi <= maxerror.sec)
        return;
    s->earliest.nsec = line_units(low.lo) - less;
    s->earliest.sec = low.hi - maxerror.sec;
    if (line_units(low.lo) < less) {
        s->earliest.nsec += LINE_SECOND;
        s->earliest.sec--;
    }
    s->earliest.rise = line_units(s->period - s->maxerror_rate);
    s->latest.nsec = line_units(high.lo) + less;
    s->latest.sec = high.hi + maxerror.sec;
    if (s->latest.nsec >= LINE_SECOND) {
        s->latest.nsec -= LINE_SECOND;
        s->latest.sec++;
    }
    /* Two units for what was rounded down here and will be in a product; and nearly 1 ns, so that all is rounded up. */
    s->latest.nsec += (UINT64_C(1) << 32) + 1;
    s->latest.rise = line_units(s->period + s->maxerror_rate) + 1;
    s->has_lines = true;
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
    if (out != NULL) {
        set_lines(&s);
        *out = s;
    }
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

bool vmclock_stretch_bounds(const struct vmclock_stretch *stretch, uint64_t counter, struct vmclock_bounds *out)
{
    struct vmclock_reading reading;
    const bool holds = vmclock_stretch_read(stretch, counter, &reading) && reading.has_bounds;

    if (out == NULL)
        return holds;
    if (holds && stretch->has_lines) {
        const uint64_t ticks = vmclock_stretch_ticks_(stretch, counter);

        out->earliest = vmclock_line_at_(&stretch->earliest, ticks);
        out->latest = vmclock_line_at_(&stretch->latest, ticks);
    } else
        *out = vmclock_reading_bounds_(&reading); /* zeros where it does not hold */
    return holds;
}
