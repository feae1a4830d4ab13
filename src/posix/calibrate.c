/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clock data for a page from this machine's own clock and counter, with bounds, in integers. Reads clocks and sleeps;
 * touches no page and sets no clock.
 *
 * What the bounds rest on: a clock that is slewed by at most 500 ppm, that is, of which a tick always lasts p(1 - s) to
 * p(1 + s), with one p and s = 1/2000. Nobody knows p, nor what the slewing was while it was measured: a tick that
 * lasted m then, p(1 + s) at most, may last p(1 - s) later, m(1 - s)/(1 + s); or the other way round. So the clock
 * may run some 1000 ppm off what was measured, and that is what the page says.
 */
#define _GNU_SOURCE 1
#include "vmclock_posix.h"

#include <errno.h>
#ifdef __linux__
#include <sys/timex.h>
#endif

#include "../clock.h"
#include "../names.h"
#include "call.h"
#include "sample.h"

#define CALIBRATE_NS UINT64_C(1000000000)

/* So long that reading the clocks, to within some 100 ns, makes an error of some ppm; the whole is three times that. */
#define INTERVAL_NS INT64_C(50000000)

enum {
    CALIBRATE_READINGS = 64,
    INTERVALS = 3,       /* so many in a row have to agree */
    MOST_INTERVALS = 20, /* then it is given up */
    MARGIN_NS = 1000,    /* the counters of two CPUs differ a little, and the kernel rounds */
    TAI_OFFSET = 37      /* since 2017 */
};

/* (1 + s)/(1 - s), which is 2001/1999: what is 1999 parts can become 2001, and the other way round. */
enum { FEW_PARTS = 1999, MANY_PARTS = 2001 };

/* From one sample to another: so long by the clock, and so many ticks, `slack` more or less. */
struct span {
    uint64_t ns;
    uint64_t ticks;
    uint64_t slack;
};

/* A tick, in 2^-(64+shift) s, and within what it was. */
struct period {
    uint64_t value;
    uint64_t least;
    uint64_t most;
};

/* What was measured: the tick, its error while nothing is slewed, and its error whatever is. */
struct measured {
    unsigned shift;
    uint64_t period;
    uint64_t esterror;
    uint64_t maxerror;
};

static uint64_t nanoseconds(const struct timespec *time)
{
    return (uint64_t)time->tv_sec * CALIBRATE_NS + (uint64_t)time->tv_nsec;
}

static struct span span_of(const struct vmclock_sample_ *from, const struct vmclock_sample_ *to)
{
    return (struct span){.ns = nanoseconds(&to->time) - nanoseconds(&from->time),
                         .ticks = to->counter - from->counter,
                         .slack = from->half + to->half};
}

static uint64_t resolution_ns(clockid_t clock)
{
    struct timespec resolution = {0}; /* of a sandbox that answers nothing */

    (void)clock_getres(clock, &resolution);
    return nanoseconds(&resolution);
}

static uint64_t add_up(uint64_t a, uint64_t b)
{
    return a < UINT64_MAX - b ? a + b : UINT64_MAX;
}

/* Not shorter than what reading it may have added, nor longer than what the arithmetic below has room for. */
static bool usable(const struct span *span, uint64_t error_ns)
{
    return span->ns > error_ns && span->ns >> 32 == 0 && span->ticks > span->slack && span->ticks >> 31 == 0;
}

/* ns / ticks in 2^-(64+shift) s, rounded down; the largest number where it does not fit. */
static uint64_t divide_span(uint64_t ns, uint64_t ticks, unsigned shift)
{
    const uint64_t divisor = ticks * CALIBRATE_NS;

    return ns << shift < divisor ? vmclock_divide_((struct vmclock_u128_){ns << shift, 0}, divisor) : UINT64_MAX;
}

/* The clock was read to within `error_ns` at both ends together. */
static struct period period_of(const struct span *span, uint64_t error_ns, unsigned shift)
{
    return (struct period){
        .value = divide_span(span->ns, span->ticks, shift),
        .least = divide_span(span->ns - error_ns, span->ticks + span->slack, shift),
        .most = add_up(divide_span(span->ns + error_ns, span->ticks - span->slack, shift), 1),
    };
}

/* One less than the largest shift that leaves a tick below 1: the most digits, and room to go up. False below 2 Hz. */
static bool find_shift(const struct span *span, unsigned *shift)
{
    const uint64_t divisor = span->ticks * CALIBRATE_NS; /* below 2^63, of three intervals */
    unsigned found = 0;

    while (span->ns << found < divisor)
        found++;
    if (found < 2)
        return false;
    *shift = found - 2;
    return true;
}

/* ceil(period * 2 / parts) */
static uint64_t slewed(uint64_t period, unsigned parts)
{
    return add_up(period / parts * 2, (period % parts * 2 + parts - 1) / parts);
}

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/*
 * Judges INTERVALS intervals in a row. A clock that is slewed as allowed has one period p for all of them; if it has
 * not, it stood still in one of them (the machine was suspended), or jumped, and nothing is known.
 *
 * A disturbance that is too small to be seen so leaves at least one interval as it was: hence the widest that the
 * intervals say of p, not what they have in common.
 */
static bool judge(const struct vmclock_sample_ *samples, uint64_t resolution, struct measured *m)
{
    const struct span whole = span_of(&samples[0], &samples[INTERVALS]);
    uint64_t least = UINT64_MAX, most = 0, greatest_least = 0, smallest_most = UINT64_MAX;
    struct vmclock_u128_ few, many;
    struct period period;

    if (!find_shift(&whole, &m->shift))
        return false;
    for (unsigned i = 0; i < INTERVALS; i++) {
        const struct span span = span_of(&samples[i], &samples[i + 1]);

        period = period_of(&span, resolution + MARGIN_NS, m->shift);
        least = period.least < least ? period.least : least;
        most = greater(period.most, most);
        greatest_least = greater(period.least, greatest_least);
        smallest_most = period.most < smallest_most ? period.most : smallest_most;
    }
    few = vmclock_mul_(greatest_least, FEW_PARTS);
    many = vmclock_mul_(smallest_most, MANY_PARTS);
    if (vmclock_sub_(&many, few))
        return false;
    period = period_of(&whole, resolution, m->shift);
    m->period = period.value;
    m->esterror = greater(period.most - period.value, period.value - period.least);
    m->maxerror = greater(add_up(most - period.value, slewed(most, FEW_PARTS)),
                          add_up(period.value - least, slewed(least, MANY_PARTS)));
    return true;
}

static void sleep_interval(void)
{
    const struct vmclock_deadline_ end = vmclock_deadline_after_((uint64_t)INTERVAL_NS);

    while (!vmclock_sleep_(INTERVAL_NS, end))
        ; /* a signal came */
}

/* Until enough intervals in a row agree. *counts becomes true when the counter counts. */
static bool measure(struct measured *m, bool *counts)
{
    const uint64_t resolution = resolution_ns(CLOCK_MONOTONIC);
    struct vmclock_sample_ samples[INTERVALS + 1];
    unsigned have = 0; /* intervals */

    samples[0] = vmclock_take_sample_(CLOCK_MONOTONIC, CALIBRATE_READINGS); /* slewed as CLOCK_REALTIME is, never set */
    for (unsigned i = 0; i < MOST_INTERVALS; i++) {
        struct span span;

        sleep_interval();
        if (have == INTERVALS) {
            for (unsigned k = 0; k < INTERVALS; k++)
                samples[k] = samples[k + 1];
            have--;
        }
        samples[++have] = vmclock_take_sample_(CLOCK_MONOTONIC, CALIBRATE_READINGS);
        span = span_of(&samples[have - 1], &samples[have]);
        *counts |= span.ticks != 0;
        if (!usable(&span, resolution + MARGIN_NS)) {
            samples[0] = samples[have];
            have = 0;
        } else if (have == INTERVALS && judge(samples, resolution, m))
            return true;
    }
    return false;
}

/* So many ticks in nanoseconds, rounded up. */
static uint64_t ticks_to_ns(uint64_t ticks, uint64_t period, unsigned shift)
{
    const struct vmclock_u128_ span = vmclock_shift_right_up_(vmclock_mul_(ticks, period), shift);
    const uint64_t fraction = vmclock_mul_(span.lo, CALIBRATE_NS).hi + 1;

    return span.hi < UINT64_MAX / CALIBRATE_NS ? add_up(span.hi * CALIBRATE_NS, fraction) : UINT64_MAX;
}

/* TAI - UTC as the system was told by its time daemon; as a rule it was not. */
static int16_t tai_offset(void)
{
#ifdef __linux__
    struct timex state = {.modes = 0};

    if (adjtimex(&state) >= 0 && state.tai > 0 && vmclock_tai_ahead_(state.tai) != 0)
        return (int16_t)state.tai;
#endif
    return TAI_OFFSET;
}

static void set_period(struct vmclock_page *page, const struct measured *m)
{
    page->counter_period_shift = (uint8_t)m->shift;
    page->counter_period_frac_sec = m->period;
    page->counter_period_esterror_rate_frac_sec = m->esterror;
    page->counter_period_maxerror_rate_frac_sec = m->maxerror;
}

/* The reference time, and within what the clock shows it. */
static void set_time(struct vmclock_page *page, const struct measured *m)
{
    const struct vmclock_sample_ real = vmclock_take_sample_(CLOCK_REALTIME, CALIBRATE_READINGS);
    const uint64_t resolution = resolution_ns(CLOCK_REALTIME) + 1 /* rounded down to 2^-64 s */;
    const int16_t offset = tai_offset();

    page->time_type = VMCLOCK_TIME_TAI;
    page->tai_offset_sec = (int16_t)-offset;
    page->counter_value = real.counter;
    page->time_sec = (uint64_t)real.time.tv_sec + (uint64_t)offset;
    page->time_frac_sec = vmclock_divide_((struct vmclock_u128_){(uint64_t)real.time.tv_nsec, 0}, CALIBRATE_NS);
    page->time_esterror_nanosec = add_up(ticks_to_ns(real.half, m->period, m->shift), resolution);
    page->time_maxerror_nanosec =
        add_up(ticks_to_ns(real.half, add_up(m->period, m->maxerror), m->shift), resolution + MARGIN_NS);
}

enum vmclock_err vmclock_calibrate(struct vmclock_page *page, struct vmclock_error *err)
{
    const uint8_t counter_id = vmclock_counter_id();
    struct vmclock_page made = {0};
    struct measured m;
    bool counts = false;
    const bool agreed = counter_id != VMCLOCK_COUNTER_INVALID && measure(&m, &counts);

    if (!agreed && !counts)
        return vmclock_fail_(err, VMCLOCK_REASON_FOREIGN_COUNTER, VMCLOCK_FIELD_COUNTER_ID, VMCLOCK_COUNTER_INVALID,
                             counter_id);
    if (!agreed)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_READ_FAILED, "clock_gettime", EAGAIN);
    if (page != NULL)
        made = *page;
    made.counter_id = counter_id;
    set_period(&made, &m);
    set_time(&made, &m);
    made.clock_status = VMCLOCK_STATUS_SYNCHRONIZED;
    made.flags |= VMCLOCK_FLAG_TAI_OFFSET_VALID | VMCLOCK_FLAG_PERIOD_ESTERROR_VALID |
                  VMCLOCK_FLAG_PERIOD_MAXERROR_VALID | VMCLOCK_FLAG_TIME_ESTERROR_VALID |
                  VMCLOCK_FLAG_TIME_MAXERROR_VALID;
    if (page != NULL)
        *page = made;
    return vmclock_succeed_(err);
}
