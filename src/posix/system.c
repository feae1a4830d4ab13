/* SPDX-License-Identifier: BSD-2-Clause */
/* The system's clock beside a page, and times as the system has them. Sets no clock, and touches no page. */
#define _GNU_SOURCE 1
#include "vmclock_posix.h"

#include "../bounds.h"
#include "counter.h"
#include "sample.h"

enum { SYSTEM_READINGS = 16 };

bool vmclock_nanotime_to_timespec(struct vmclock_nanotime time, struct timespec *out)
{
    /* A time_t is signed, of 32 bits or of 64. */
    const bool fits = time.sec <= UINT64_MAX >> (65 - 8 * sizeof(time_t)) && time.nsec < VMCLOCK_NSEC_PER_SEC_;

    if (out != NULL) {
        *out = (struct timespec){0};
        if (fits) {
            out->tv_sec = (time_t)time.sec;
            out->tv_nsec = (long)time.nsec;
        }
    }
    return fits;
}

/* ---- Spans of time, up to 2^64 s less 1 ns ---- */

static const struct vmclock_nanotime longest = {UINT64_MAX, VMCLOCK_NSEC_PER_SEC_ - 1};

static bool is_before(struct vmclock_nanotime a, struct vmclock_nanotime b)
{
    return a.sec < b.sec || (a.sec == b.sec && a.nsec < b.nsec);
}

/* later - earlier */
static struct vmclock_nanotime span_between(struct vmclock_nanotime earlier, struct vmclock_nanotime later)
{
    const bool borrow = later.nsec < earlier.nsec;

    later.sec -= earlier.sec + borrow;
    later.nsec += (borrow ? VMCLOCK_NSEC_PER_SEC_ : 0) - earlier.nsec;
    return later;
}

static struct vmclock_nanotime add_spans(struct vmclock_nanotime a, struct vmclock_nanotime b)
{
    const uint32_t nsec = a.nsec + b.nsec;
    const bool carry = nsec >= VMCLOCK_NSEC_PER_SEC_;

    if (b.sec > UINT64_MAX - a.sec || (carry && a.sec + b.sec == UINT64_MAX))
        return longest;
    return (struct vmclock_nanotime){a.sec + b.sec + carry, nsec - (carry ? VMCLOCK_NSEC_PER_SEC_ : 0)};
}

/* Both together, rounded up to whole nanoseconds, and one more. */
static struct vmclock_nanotime span_above(struct vmclock_u128_ a, struct vmclock_u128_ b)
{
    struct vmclock_u128_ fraction;

    if (vmclock_add_(&a, b))
        return longest;
    fraction = vmclock_mul_(a.lo, VMCLOCK_NSEC_PER_SEC_);
    return add_spans((struct vmclock_nanotime){a.hi, (uint32_t)fraction.hi},
                     (struct vmclock_nanotime){0, 1 + (fraction.lo != 0)});
}

/* ---- The offset ---- */

/* How far the system's time is from UTC, and on which side; it may be before 1970 where the system allows that. */
static void set_offset(const struct timespec *system, struct vmclock_nanotime utc, struct vmclock_system_offset *out)
{
    struct vmclock_nanotime time = {(uint64_t)system->tv_sec, (uint32_t)system->tv_nsec};

    if (system->tv_sec < 0) {
        /* As far before 1970 as the rest of its second is, and the whole seconds. */
        time = span_between(time, (struct vmclock_nanotime){0, 0});
        out->behind = true;
        out->offset = add_spans(time, utc);
        return;
    }
    out->behind = is_before(time, utc);
    out->offset = out->behind ? span_between(time, utc) : span_between(utc, time);
}

static void compare_clocks(const struct vmclock_clock *clock, const struct vmclock_sample_ *sample,
                           struct vmclock_system_offset *out)
{
    const struct vmclock_reading *const r = &out->reading;
    const struct vmclock_u128_ half =
        vmclock_shift_right_up_(vmclock_mul_(sample->half, clock->period), clock->shift);

    out->has_offset = r->has_utc && !r->leap_second;
    if (!out->has_offset)
        return;
    set_offset(&sample->time, vmclock_reading_utc(r), out);
    /* The page's error is zeros where it tells none. One nanosecond more: both times are rounded down to whole ones. */
    out->error = span_above(half, vmclock_to_wide_(r->error));
    out->within_bounds = r->has_bounds && !is_before(out->error, out->offset);
}

/* The sample belongs to the clock; *out is zeros so far. */
static enum vmclock_err tell_offset(const struct vmclock_clock *clock, const struct vmclock_sample_ *sample,
                                    struct vmclock_system_offset *out, struct vmclock_error *err)
{
    struct vmclock_system_offset unwanted;
    struct vmclock_system_offset *const offset = out != NULL ? out : &unwanted;
    const enum vmclock_err kind = vmclock_clock_read(clock, sample->counter, &offset->reading, err);

    if (kind == VMCLOCK_OK)
        compare_clocks(clock, sample, offset);
    return kind;
}

enum vmclock_err vmclock_view_system_offset(const struct vmclock_view *view, unsigned flags,
                                            struct vmclock_system_offset *out, struct vmclock_error *err)
{
    struct vmclock_clock clock;
    const enum vmclock_err kind = vmclock_clock_open(view, vmclock_counter_id(), flags, &clock, err);
    struct vmclock_sample_ sample;

    if (out != NULL)
        *out = (struct vmclock_system_offset){0};
    if (kind != VMCLOCK_OK)
        return kind;
    sample = vmclock_take_sample_(CLOCK_REALTIME, SYSTEM_READINGS);
    return tell_offset(&clock, &sample, out, err);
}

static uint64_t take_sample(void *sample)
{
    *(struct vmclock_sample_ *)sample = vmclock_take_sample_(CLOCK_REALTIME, SYSTEM_READINGS);
    return ((const struct vmclock_sample_ *)sample)->counter;
}

enum vmclock_err vmclock_device_system_offset(const struct vmclock_device *device, uint64_t timeout_ns, unsigned flags,
                                              struct vmclock_system_offset *out, struct vmclock_error *err)
{
    struct vmclock_clock clock;
    struct vmclock_sample_ sample;
    uint64_t counter;
    const enum vmclock_err kind = vmclock_device_clock_(device, vmclock_deadline_after_(timeout_ns), flags, take_sample,
                                                        &sample, &clock, &counter, err);

    if (out != NULL)
        *out = (struct vmclock_system_offset){0};
    return kind == VMCLOCK_OK ? tell_offset(&clock, &sample, out, err) : kind;
}
