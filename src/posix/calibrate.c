/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clock data for a page from this machine's own clock and counter, with bounds, in integers. Reads clocks and sleeps;
 * touches no page and sets no clock.
 */
#define _GNU_SOURCE 1
#include "vmclock_posix.h"

#include <time.h>
#ifdef __linux__
#include <sys/timex.h>
#endif

#include "../error.h"
#include "../names.h"
#include "../wide.h"

#define NS_PER_SEC UINT64_C(1000000000)

/* Long enough that reading the clocks, to within some 100 ns, makes an error of about 1 ppm. */
static const struct timespec pause_time = {.tv_nsec = 150000000};

enum {
    READINGS = 64,     /* of which the tightest counts: others were interrupted, or met a cold cache */
    MARGIN_NS = 1000,  /* the counters of two CPUs differ a little, and the kernel rounds */
    SLEW_RATIO = 2000, /* 500 ppm: as much as the kernel may slew its clock from now on */
    TAI_OFFSET = 37    /* since 2017 */
};

/* A clock was at `ns`, `half` ticks at most before or after the counter was at `counter`. */
struct reading {
    uint64_t ns;
    uint64_t counter;
    uint64_t half;
};

static struct reading read_both(clockid_t clock)
{
    struct reading best = {.half = UINT64_MAX};

    for (unsigned i = 0; i < READINGS; i++) {
        struct timespec now = {0};
        const uint64_t before = vmclock_counter_read();
        (void)clock_gettime(clock, &now);
        const uint64_t width = vmclock_counter_read() - before, half = width / 2 + 1;

        if (half < best.half)
            best = (struct reading){.ns = (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec,
                                    .counter = before + width / 2,
                                    .half = half};
    }
    return best;
}

/* Above a * b / c; the largest number where it does not fit, and for c = 0. */
static uint64_t scale_up(uint64_t a, uint64_t b, uint64_t c)
{
    const struct vmclock_u128_ product = vmclock_mul_(a, b);
    const uint64_t quotient = product.hi < c ? vmclock_divide_(product, c) : UINT64_MAX;

    return quotient < UINT64_MAX ? quotient + 1 : quotient;
}

static uint64_t add_up(uint64_t a, uint64_t b)
{
    return a < UINT64_MAX - b ? a + b : UINT64_MAX;
}

static uint64_t resolution_ns(clockid_t clock)
{
    struct timespec resolution = {0};

    (void)clock_getres(clock, &resolution);
    return (uint64_t)resolution.tv_sec * NS_PER_SEC + (uint64_t)resolution.tv_nsec;
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

/* The period and its errors from the ticks between two readings of a clock. False: no counter of 1 Hz or more. */
static bool set_period(struct vmclock_page *page, uint64_t ticks, uint64_t ns, uint64_t error_ns)
{
    const uint64_t error_base = ns;
    uint64_t period;
    unsigned shift = 0;

    /* What a long sleep loses here is less than a part in 2^30. */
    for (; ticks > UINT64_MAX / 2 / NS_PER_SEC; ticks /= 2)
        ns /= 2;
    if (ns == 0 || ticks <= ns / NS_PER_SEC)
        return false;
    /* A tick is ns / (ticks * 10^9) s; the largest shift that leaves that below 1 keeps most digits. */
    while (ns << (shift + 1) < ticks * NS_PER_SEC)
        shift++;
    period = vmclock_divide_((struct vmclock_u128_){ns << shift, 0}, ticks * NS_PER_SEC);
    page->counter_period_shift = (uint8_t)shift;
    page->counter_period_frac_sec = period;
    page->counter_period_esterror_rate_frac_sec = scale_up(period, error_ns, error_base);
    page->counter_period_maxerror_rate_frac_sec =
        add_up(page->counter_period_esterror_rate_frac_sec, period / SLEW_RATIO + 1);
    return true;
}

/* The reference time and its errors; `ticks` of the counter last `ns`. */
static void set_time(struct vmclock_page *page, const struct reading *real, uint64_t ticks, uint64_t ns)
{
    const int16_t offset = tai_offset();

    page->time_type = VMCLOCK_TIME_TAI;
    page->tai_offset_sec = (int16_t)-offset;
    page->counter_value = real->counter;
    page->time_sec = real->ns / NS_PER_SEC + (uint64_t)offset;
    page->time_frac_sec = vmclock_divide_((struct vmclock_u128_){real->ns % NS_PER_SEC, 0}, NS_PER_SEC);
    page->time_esterror_nanosec =
        add_up(scale_up(real->half, ns, ticks), resolution_ns(CLOCK_REALTIME) + 1 /* rounded down to 2^-64 s */);
    page->time_maxerror_nanosec = add_up(page->time_esterror_nanosec, MARGIN_NS);
}

enum vmclock_err vmclock_calibrate(struct vmclock_page *page, struct vmclock_error *err)
{
    struct vmclock_page made = {0};
    struct reading first, last, real;
    uint64_t ticks, ns, error_ns;

    if (page != NULL)
        made = *page;
    first = read_both(CLOCK_MONOTONIC);    /* slewed as CLOCK_REALTIME is, but never set */
    (void)nanosleep(&pause_time, NULL);    /* a signal makes it shorter, and the error larger */
    last = read_both(CLOCK_MONOTONIC);
    real = read_both(CLOCK_REALTIME);
    ticks = last.counter - first.counter;
    ns = last.ns - first.ns;
    error_ns = add_up(scale_up(first.half + last.half, ns, ticks), 2 * resolution_ns(CLOCK_MONOTONIC));

    made.counter_id = vmclock_counter_id();
    if (made.counter_id == VMCLOCK_COUNTER_INVALID || !set_period(&made, ticks, ns, error_ns))
        return vmclock_fail_(err, VMCLOCK_REASON_FOREIGN_COUNTER, VMCLOCK_FIELD_COUNTER_ID, VMCLOCK_COUNTER_INVALID,
                             made.counter_id);
    set_time(&made, &real, ticks, ns);
    made.clock_status = VMCLOCK_STATUS_SYNCHRONIZED;
    made.flags |= VMCLOCK_FLAG_TAI_OFFSET_VALID | VMCLOCK_FLAG_PERIOD_ESTERROR_VALID |
                  VMCLOCK_FLAG_PERIOD_MAXERROR_VALID | VMCLOCK_FLAG_TIME_ESTERROR_VALID |
                  VMCLOCK_FLAG_TIME_MAXERROR_VALID;
    if (page != NULL)
        *page = made;
    return vmclock_succeed_(err);
}
