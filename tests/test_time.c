/* SPDX-License-Identifier: BSD-2-Clause */
/* Counter values to time: vectors computed elsewhere, refusals in their order, UTC, and the monotonic guard. */
#include "suite.h"

#include <limits.h>
#include "time_check.h"
#include "wide.h"

/* ---- Vectors ---- */

static void formula_vectors(void)
{
    char row[32];

    for (unsigned i = 0; i < FORMULA_ROWS; i++) {
        (void)snprintf(row, sizeof row, "formula row %u", i);
        HOLDS_IN(row, formula_row_holds(i));
    }
}

static void leap_vectors(void)
{
    char row[32];

    for (unsigned i = 0; i < LEAP_ROWS; i++) {
        (void)snprintf(row, sizeof row, "leap row %u", i);
        HOLDS_IN(row, leap_row_holds(i));
    }
}

static void utc_bounds_vectors(void)
{
    char row[32];
    unsigned told = 0;

    for (unsigned i = 0; i < UTC_BOUNDS_ROWS; i++) {
        (void)snprintf(row, sizeof row, "UTC bounds row %u", i);
        HOLDS_IN(row, utc_bounds_row_holds(i));
        told += utc_bounds_rows[i].told;
    }
    HOLDS(told > UTC_BOUNDS_ROWS / 4 && told < UTC_BOUNDS_ROWS - UTC_BOUNDS_ROWS / 4);
}

static void random_vectors(void)
{
    char row[32];

    for (unsigned i = 0; i < RANDOM_BLOCKS; i++) {
        (void)snprintf(row, sizeof row, "random block %u", i);
        HOLDS_IN(row, random_block_holds(i));
    }
}

static void expect_product(uint64_t a, uint64_t b, uint64_t hi, uint64_t lo)
{
    const struct vmclock_u128_ limbs = vmclock_mul_limbs_(a, b), best = vmclock_mul_(a, b);

    EQ(limbs.hi, hi);
    EQ(limbs.lo, lo);
    EQ(best.hi, hi);
    EQ(best.lo, lo);
}

static void products(void)
{
    uint64_t state = 1;

    expect_product(0, UINT64_MAX, 0, 0);
    expect_product(1, UINT64_MAX, 0, UINT64_MAX);
    expect_product(UINT64_MAX, UINT64_MAX, UINT64_MAX - 1, 1);
    expect_product(UINT64_C(1) << 32, UINT64_C(1) << 32, 1, 0);
    expect_product(0xffffffff, 0xffffffff, 0, UINT64_C(0xfffffffe00000001));
    expect_product(UINT64_C(0xffffffff00000000), 0xffffffff, 0xfffffffe, UINT64_C(0x0000000100000000));
    for (unsigned i = 0; i < 10000; i++) {
        const uint64_t a = draw_any_size(&state), b = draw_any_size(&state);
        const struct vmclock_u128_ limbs = vmclock_mul_limbs_(a, b), best = vmclock_mul_(a, b);
        HOLDS(limbs.hi == best.hi && limbs.lo == best.lo);
    }
}

/* ---- Answers ---- */

/*
 * The clock page of pages.h, read one second and a tick after its reference point, 0.5 s past 2016-12-31 23:59:59 UTC.
 * Its period is a nanosecond rounded down to the unit, so that a tick is a little less.
 */
static void whole_reading(void)
{
    uint8_t page[PAGE];
    struct vmclock_view view;
    struct vmclock_reading r;
    struct vmclock_bounds bounds;
    struct vmclock_error err;

    build_clock_page(page);
    put8(page, AT_LEAP_INDICATOR, 1); /* PRE_POS */
    put16(page, AT_TAI_OFFSET_SEC, 37);
    EQ(vmclock_parse(page, sizeof page, 0, &view, NULL), VMCLOCK_OK);
    memset(&r, 0xff, sizeof r);
    memset(&err, 0xff, sizeof err);
    EQ(vmclock_time_at(&view, UINT64_C(0x2122232425262728) + 1000000001, 1, 0, &r, &err), VMCLOCK_OK);
    EQ(err.kind, VMCLOCK_OK);
    EQ(err.reason, VMCLOCK_REASON_NONE);
    EQ(r.counter, UINT64_C(0x2122232425262728) + 1000000001);
    EQ(r.time.sec, 1483228837);
    HOLDS(r.rounded);
    EQ(r.reference.sec, 1483228836);
    EQ(r.reference.frac_sec, UINT64_C(1) << 63);
    EQ(vmclock_time_to_nanotime(r.time).sec, 1483228837);
    EQ(vmclock_time_to_nanotime(r.time).nsec, 500000000);
    /* 2.5 ms, and 50 ppm of a second and a nanosecond. */
    HOLDS(r.has_bounds);
    EQ(r.error.sec, 0);
    EQ(r.error.frac_sec, UINT64_C(47039197388881697));
    EQ(r.maxerror_nanosec, 2500000);
    bounds = vmclock_reading_bounds(&r);
    EQ(bounds.earliest.sec, 1483228837);
    EQ(bounds.earliest.nsec, 497450000);
    EQ(bounds.latest.sec, 1483228837);
    EQ(bounds.latest.nsec, 502550002);
    HOLDS(r.has_utc);
    EQ(vmclock_reading_utc(&r).sec, 1483228799);
    EQ(vmclock_reading_utc(&r).nsec, 500000000);
    EQ(r.utc_behind, 38);
    HOLDS(r.leap_second);
    HOLDS(!r.monotonic);
    HOLDS(r.has_generation);
    EQ(r.vm_generation_counter, UINT64_C(0x3132333435363738));
    EQ(r.disruption_marker, UINT64_C(0x1112131415161718));
    EQ(r.time_type, 1);
    EQ(r.clock_status, 2);

    put64(page, AT_FLAGS, 0x279 | 0x80); /* no generation counter; monotonic */
    put8(page, AT_TIME_TYPE, 200);
    EQ(vmclock_time_at(&view, 0, 1, 0, &r, NULL), VMCLOCK_ERR_SEGMENT_MALFORMED); /* far before 0 */
    EQ(vmclock_time_at(&view, UINT64_C(0x2122232425262728), 1, 0, &r, NULL), VMCLOCK_OK);
    HOLDS(!r.has_generation);
    EQ(r.vm_generation_counter, 0);
    HOLDS(r.monotonic);
    HOLDS(!r.has_utc);
    EQ(r.time_type, 200);
    EQ(r.time.sec, 1483228836);
    EQ(r.time.frac_sec, UINT64_C(1) << 63);
}

static void bounds_need_both_errors(void)
{
    static const struct {
        const char *row;
        uint64_t flags;
        uint32_t size;
        bool has_bounds;
    } rows[] = {
        {"both", 0x50, 0x68, true},
        {"only of the period", 0x10, 0x68, false},
        {"only of the time", 0x40, 0x68, false},
        {"neither", 0, 0x68, false},
        {"all flags, the last field cut", UINT64_MAX, 0x67, false},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t page[PAGE];
        struct vmclock_view view;
        struct vmclock_reading r;
        struct vmclock_bounds bounds;

        build_clock_page(page);
        put64(page, AT_FLAGS, rows[i].flags);
        put32(page, AT_SIZE, rows[i].size);
        EQ(vmclock_parse(page, sizeof page, 0, &view, NULL), VMCLOCK_OK);
        memset(&r, 0xff, sizeof r);
        EQ_IN(rows[i].row, vmclock_time_at(&view, UINT64_C(0x2122232425262728), 1, 0, &r, NULL), VMCLOCK_OK);
        EQ_IN(rows[i].row, r.has_bounds, rows[i].has_bounds);
        EQ_IN(rows[i].row, r.error.sec, 0);
        EQ_IN(rows[i].row, r.error.frac_sec, rows[i].has_bounds ? UINT64_C(46116860184273880) : 0);
        EQ_IN(rows[i].row, r.maxerror_nanosec, rows[i].has_bounds ? 2500000 : 0);
        bounds = vmclock_reading_bounds(&r);
        if (!rows[i].has_bounds) { /* far from the reference point as well */
            EQ(vmclock_time_at(&view, UINT64_C(0x2122232425262728) + 99999, 1, 0, &r, NULL), VMCLOCK_OK);
            EQ_IN(rows[i].row, r.error.sec, 0);
            EQ_IN(rows[i].row, r.error.frac_sec, 0);
        }
        EQ_IN(rows[i].row, bounds.earliest.sec, rows[i].has_bounds ? 1483228836 : 0);
        EQ_IN(rows[i].row, bounds.earliest.nsec, rows[i].has_bounds ? 497500000 : 0);
        EQ_IN(rows[i].row, bounds.latest.sec, rows[i].has_bounds ? 1483228836 : 0);
        EQ_IN(rows[i].row, bounds.latest.nsec, rows[i].has_bounds ? 502500000 : 0);
    }
}

static void one_clock_many_values(void)
{
    uint8_t page[PAGE];
    struct vmclock_view view;
    struct vmclock_clock clock;
    struct vmclock_reading at, r;
    struct vmclock_time time;
    struct vmclock_error err;

    build_clock_page(page);
    EQ(vmclock_parse(page, sizeof page, 0, &view, NULL), VMCLOCK_OK);
    EQ(vmclock_clock_open(&view, 1, 0, &clock, &err), VMCLOCK_OK);
    for (uint64_t ticks = 1; ticks < UINT64_C(1) << 50; ticks *= 3) {
        const uint64_t counter = UINT64_C(0x2122232425262728) + ticks;
        EQ(vmclock_time_at(&view, counter, 1, 0, &at, NULL), VMCLOCK_OK);
        EQ(vmclock_clock_read(&clock, counter, &r, NULL), VMCLOCK_OK);
        EQ(vmclock_clock_time(&clock, counter, &time, &err), VMCLOCK_OK);
        EQ(r.time.sec, at.time.sec);
        EQ(r.time.frac_sec, at.time.frac_sec);
        EQ(time.sec, at.time.sec);
        EQ(time.frac_sec, at.time.frac_sec);
        HOLDS(same_reading(&r, &at));
        EQ(err.kind, VMCLOCK_OK);
    }
    memset(&time, 0xff, sizeof time);
    EQ(vmclock_clock_time(&clock, 0, &time, &err), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(err.reason, VMCLOCK_REASON_TIME_OUT_OF_RANGE);
    EQ(time.sec, 0);
    EQ(time.frac_sec, 0);
}

/* ---- Stretches ---- */

static void clock_of(const uint8_t page[PAGE], struct vmclock_clock *clock)
{
    struct vmclock_view view;

    EQ(vmclock_parse(page, PAGE, 0, &view, NULL), VMCLOCK_OK);
    EQ(vmclock_clock_open(&view, VMCLOCK_ANY_COUNTER, 0, clock, NULL), VMCLOCK_OK);
}

static void stretches_of_vectors(void)
{
    stretches_seen = 0;
    for (unsigned i = 0; i < FORMULA_ROWS; i++)
        HOLDS(formula_row_holds(i));
    HOLDS(stretches_seen >= 10);
    stretches_seen = 0;
    for (unsigned i = 0; i < LEAP_ROWS; i++)
        HOLDS(leap_row_holds(i));
    HOLDS(stretches_seen == 0); /* half a second a tick: no finer unit is to be had */
    for (unsigned i = 0; i < RANDOM_BLOCKS; i++)
        HOLDS(random_block_holds(i));
    HOLDS(stretches_seen >= 1000);
}

/* 1 GHz is told in 2^-93 s: 2^29 ticks, 0.54 s. The same clock in units of any other size has the same stretches. */
static void stretch_lasts(void)
{
    static const uint64_t reference = UINT64_C(0x2122232425262728);
    uint8_t page[PAGE];
    struct vmclock_clock clock;
    struct vmclock_stretch stretch;

    build_clock_page(page);
    clock_of(page, &clock);
    for (unsigned i = 0; i < 5; i++) {
        HOLDS(vmclock_clock_stretch(&clock, reference + i * (UINT64_C(1) << 29) + i, &stretch));
        EQ(stretch.first.counter, reference + i * (UINT64_C(1) << 29));
        EQ(stretch.ticks, UINT64_C(1) << 29);
        HOLDS(!stretch.first.rounded);
    }
    /* 2^-64 s times 2^35 */
    put64(page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_C(1) << 35);
    put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, UINT64_C(1) << 35);
    put8(page, AT_COUNTER_PERIOD_SHIFT, 0);
    clock_of(page, &clock);
    HOLDS(vmclock_clock_stretch(&clock, reference, &stretch));
    EQ(stretch.ticks, UINT64_C(1) << 28);
    put8(page, AT_COUNTER_PERIOD_SHIFT, 4);
    clock_of(page, &clock);
    HOLDS(vmclock_clock_stretch(&clock, reference, &stretch));
    EQ(stretch.ticks, UINT64_C(1) << 32);
    HOLDS(vmclock_clock_stretch(&clock, reference + (UINT64_C(1) << 32) - 1, &stretch));
    EQ(stretch.first.counter, reference);
    HOLDS(vmclock_clock_stretch(&clock, reference + (UINT64_C(1) << 32), &stretch));
    EQ(stretch.first.counter, reference + (UINT64_C(1) << 32));
}

static void no_stretch(void)
{
    static const struct {
        const char *row;
        unsigned shift;
        uint64_t period, rate, sec, delta;
        bool found;
    } rows[] = {
        {"at the reference point", 29, PERIOD_1GHZ, 0, 100, 0, true},
        {"before the reference point", 29, PERIOD_1GHZ, 0, 100, UINT64_MAX, false},
        {"2^62 ticks away", 29, PERIOD_1GHZ, 0, 100, UINT64_C(1) << 62, true},
        {"2^63 ticks away, less one", 29, PERIOD_1GHZ, 0, 100, (UINT64_C(1) << 63) - 1, true},
        {"2^63 ticks away, which is before", 60, PERIOD_1GHZ, 0, 100, UINT64_C(1) << 63, false},
        {"a clock that stands", 29, 0, 0, 100, 0, false},
        {"2^33 ticks a second", 32, UINT64_C(1) << 63, 0, 100, 0, true},
        {"a tick of 2^-33 s less 2^-97 s", 32, (UINT64_C(1) << 63) - 1, 0, 100, 0, false},
        {"2^34 ticks a second", 33, UINT64_C(1) << 63, 0, 100, 0, false},
        {"2^33 ticks a second, in coarser units", 31, UINT64_C(1) << 62, 0, 100, 0, true},
        {"2^34 ticks a second, in coarser units", 32, UINT64_C(1) << 62, 0, 100, 0, false},
        {"2 ticks a second", 0, UINT64_C(1) << 63, 0, 100, 0, false},
        {"4 ticks a second", 0, UINT64_C(1) << 62, 0, 100, 0, true},
        {"an error of half the period", 0, UINT64_C(1) << 62, UINT64_C(1) << 61, 100, 0, true},
        {"an error that fits when the period is shifted", 0, UINT64_C(1) << 62, (UINT64_C(1) << 63) - 1, 100, 0, true},
        {"an error that does not", 0, UINT64_C(1) << 62, UINT64_C(1) << 63, 100, 0, false},
        {"the last second", 29, PERIOD_1GHZ, 0, UINT64_MAX, 0, false},
        {"the second before", 29, PERIOD_1GHZ, 0, UINT64_MAX - 1, 0, true},
        {"beyond the last second", 29, PERIOD_1GHZ, 0, UINT64_MAX, UINT64_C(2000000000), false},
    };
    uint8_t page[PAGE];
    struct vmclock_clock clock;
    struct vmclock_stretch stretch;
    struct vmclock_reading r;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        build_clock_page(page);
        put8(page, AT_COUNTER_PERIOD_SHIFT, rows[i].shift);
        put64(page, AT_COUNTER_PERIOD_FRAC_SEC, rows[i].period);
        put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, rows[i].rate);
        put64(page, AT_COUNTER_VALUE, 1000);
        put64(page, AT_TIME_SEC, rows[i].sec);
        clock_of(page, &clock);
        memset(&stretch, 0xff, sizeof stretch);
        EQ_IN(rows[i].row, vmclock_clock_stretch(&clock, 1000 + rows[i].delta, &stretch), rows[i].found);
        EQ_IN(rows[i].row, vmclock_clock_stretch(&clock, 1000 + rows[i].delta, NULL), rows[i].found);
        EQ_IN(rows[i].row, stretch.ticks != 0, rows[i].found);
        HOLDS_IN(rows[i].row, rows[i].found || (stretch.first.counter == 0 && stretch.first.time.sec == 0 &&
                                                stretch.first.time.frac_sec == 0 && stretch.period == 0));
        memset(&r, 0xff, sizeof r);
        EQ_IN(rows[i].row, vmclock_stretch_read(&stretch, 1000 + rows[i].delta, &r), rows[i].found);
        EQ_IN(rows[i].row, vmclock_stretch_read(&stretch, 1000 + rows[i].delta, NULL), rows[i].found);
        EQ_IN(rows[i].row, r.counter, rows[i].found ? 1000 + rows[i].delta : 0);
        EQ_IN(rows[i].row, r.has_bounds, rows[i].found);
    }
    HOLDS(!vmclock_stretch_read(NULL, 0, &r));
}

/*
 * A tick is 2^-33 s, and the error half of that: after d ticks the exact bounds are d / 2^34 s after the time, and
 * 3 d / 2^34 s. Bounds of the short way are never inside, and at most 1 ns outside of what is rounded.
 */
static void bounds_of_a_stretch(void)
{
    uint8_t page[PAGE];
    struct vmclock_clock clock;
    struct vmclock_stretch stretch;
    struct vmclock_bounds bounds;

    build_clock_page(page);
    put64(page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_C(1) << 35);
    put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, UINT64_C(1) << 34);
    put8(page, AT_COUNTER_PERIOD_SHIFT, 4);
    put64(page, AT_COUNTER_VALUE, 1000);
    put64(page, AT_TIME_SEC, 100);
    put64(page, AT_TIME_FRAC_SEC, 0);
    put64(page, AT_TIME_MAXERROR_NANOSEC, 3000000007);
    clock_of(page, &clock);
    HOLDS(vmclock_clock_stretch(&clock, 1000, &stretch));
    HOLDS(stretch.has_lines);
    for (uint64_t d = 0; d < UINT64_C(1) << 32; d += 1 + d / 3 + d % 1000) {
        const uint64_t early = d * 1000000000 >> 34, late = (d * 3000000000 + (UINT64_C(1) << 34) - 1) >> 34;
        uint64_t told;

        HOLDS(vmclock_stretch_bounds(&stretch, 1000 + d, &bounds));
        told = bounds.earliest.sec * 1000000000 + bounds.earliest.nsec;
        HOLDS(told == 96999999993 + early || told + 1 == 96999999993 + early);
        told = bounds.latest.sec * 1000000000 + bounds.latest.nsec;
        HOLDS(told == 103000000007 + late || told - 1 == 103000000007 + late);
    }
}

static void where_bounds_are_no_lines(void)
{
    static const struct {
        const char *row;
        uint64_t flags, period, rate, sec, maxerror;
        bool lines;
    } rows[] = {
        {"usual", 0x50, UINT64_C(1) << 62, UINT64_C(1) << 61, 100, 5, true},
        {"no bounds", 0x40, UINT64_C(1) << 62, UINT64_C(1) << 61, 100, 5, false},
        {"an error that grows nearly as fast as time", 0x50, UINT64_C(1) << 62,
         (UINT64_C(1) << 62) - (UINT64_C(1) << 35) - 1, 100, 5, true},
        {"as fast", 0x50, UINT64_C(1) << 62, UINT64_C(1) << 62, 100, 5, false},
        {"faster", 0x50, UINT64_C(1) << 62, (UINT64_C(1) << 63) - 1, 100, 5, false},
        /* in units in which a stretch is 3/4 of 2^64: 1/4 is left, less 2^36; and these units are half of the page's */
        {"a second by the latest bound, less 4 ns", 0x50, UINT64_C(3) << 61,
         (UINT64_C(1) << 61) - (UINT64_C(1) << 35) - 1, 100, 5, true},
        {"3.7 ns", 0x50, UINT64_C(3) << 61, (UINT64_C(1) << 61) - (UINT64_C(1) << 35), 100, 5, false},
        {"more than a second", 0x50, UINT64_C(3) << 61, UINT64_C(1) << 61, 100, 5, false},
        {"nearly a second without an error", 0x50, UINT64_MAX - (UINT64_C(1) << 36), 0, 100, 5, true},
        {"a second, less 3.7 ns", 0x50, UINT64_MAX - (UINT64_C(1) << 36) + 1, 0, 100, 5, false},
        {"a second, less 1.8 ns", 0x50, UINT64_MAX - (UINT64_C(1) << 35) + 1, 0, 100, 5, false},
        {"a second, less 2^-64 s", 0x50, UINT64_MAX, 0, 100, 5, false},
        {"a second more than the error", 0x50, UINT64_C(1) << 62, 1, 6, 5000000000, true},
        {"no more than the error", 0x50, UINT64_C(1) << 62, 1, 5, 5000000000, false},
        {"2^62 s, less one", 0x50, UINT64_C(1) << 62, 1, (UINT64_C(1) << 62) - 1, 5, true},
        {"2^62 s", 0x50, UINT64_C(1) << 62, 1, UINT64_C(1) << 62, 5, false},
    };
    uint8_t page[PAGE];
    struct vmclock_clock clock;
    struct vmclock_stretch stretch;
    struct vmclock_reading r;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        build_clock_page(page);
        put64(page, AT_FLAGS, rows[i].flags);
        put8(page, AT_COUNTER_PERIOD_SHIFT, 10);
        put64(page, AT_COUNTER_PERIOD_FRAC_SEC, rows[i].period);
        put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, rows[i].rate);
        put64(page, AT_COUNTER_VALUE, 1000);
        put64(page, AT_TIME_SEC, rows[i].sec);
        put64(page, AT_TIME_MAXERROR_NANOSEC, rows[i].maxerror);
        clock_of(page, &clock);
        HOLDS_IN(rows[i].row, vmclock_clock_stretch(&clock, 1000, &stretch));
        EQ_IN(rows[i].row, stretch.has_lines, rows[i].lines);
        for (uint64_t counter = 1000; counter < 1000 + stretch.ticks; counter += 1 + stretch.ticks / 37) {
            EQ(vmclock_clock_read(&clock, counter, &r, NULL), VMCLOCK_OK);
            HOLDS_IN(rows[i].row, stretch_bounds_agree(&stretch, &r));
        }
    }
    HOLDS(!vmclock_stretch_bounds(NULL, 1000, NULL));
    {
        struct vmclock_bounds bounds = {{1, 1}, {1, 1}};

        HOLDS(!vmclock_stretch_bounds(&stretch, 999, &bounds));
        EQ(bounds.earliest.sec, 0);
        EQ(bounds.latest.nsec, 0);
    }
    for (unsigned side = 0; side < 2; side++) { /* by lines as well, they end where the stretch does */
        struct vmclock_bounds bounds = {{1, 1}, {1, 1}};

        build_clock_page(page);
        clock_of(page, &clock);
        HOLDS(vmclock_clock_stretch(&clock, clock.counter_value, &stretch));
        HOLDS(stretch.has_lines);
        HOLDS(!vmclock_stretch_bounds(&stretch, clock.counter_value + (side == 0 ? UINT64_MAX : stretch.ticks),
                                      &bounds));
        EQ(bounds.earliest.sec, 0);
        EQ(bounds.earliest.nsec, 0);
        EQ(bounds.latest.sec, 0);
        EQ(bounds.latest.nsec, 0);
    }
}

/*
 * Where the lines begin and how they rise, in 2^-32 ns, from exact arithmetic: the earliest rounded down; the latest
 * too, and a unit each for what was lost there, and a nanosecond, so that it is rounded up in the end.
 */
static void lines_are_rounded_outward(void)
{
    static const struct {
        uint64_t frac_sec, maxerror, number, sec, nsec, latest_sec, latest_nsec;
    } rows[] = {
        {UINT64_C(0xc000000012345678), 3700000007, 0, 97, UINT64_C(0x2faf079043d11c6), 104,
         UINT64_C(0x1ad27488043d11c7)},
        {UINT64_C(0xc000000012345678), 3700000007, 3, 98, UINT64_C(0x2d17edf1fc7d8ce2), 106,
         UINT64_C(0x9586e646151eb4d)},
        {UINT64_C(1) << 62, 250000000, 0, 100, 0, 100, UINT64_C(0x1dcd650100000001)},
        {UINT64_C(1) << 63, 500000000, 0, 100, 0, 101, UINT64_C(0x100000001)},
        {UINT64_C(1) << 61, 500000000, 0, 99, UINT64_C(0x2540be4000000000), 100, UINT64_C(0x2540be4100000001)},
    };
    uint8_t page[PAGE];
    struct vmclock_clock clock;
    struct vmclock_stretch stretch;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        build_clock_page(page);
        put8(page, AT_COUNTER_PERIOD_SHIFT, 27); /* 3 less than that of the stretch */
        put64(page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_C(0x123456789abcdef1));
        put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, UINT64_C(0x567890abcdef));
        put64(page, AT_COUNTER_VALUE, 1000);
        put64(page, AT_TIME_SEC, 100);
        put64(page, AT_TIME_FRAC_SEC, rows[i].frac_sec);
        put64(page, AT_TIME_MAXERROR_NANOSEC, rows[i].maxerror);
        clock_of(page, &clock);
        HOLDS(vmclock_clock_stretch(&clock, 1000 + (rows[i].number << 30), &stretch));
        EQ(stretch.ticks, UINT64_C(1) << 30);
        EQ(stretch.period, UINT64_C(0x91a2b3c4d5e6f788));
        EQ(stretch.maxerror_rate, UINT64_C(0x2b3c4855e6f78));
        HOLDS(stretch.has_lines);
        EQ(stretch.earliest.sec, rows[i].sec);
        EQ(stretch.earliest.nsec, rows[i].nsec);
        EQ(stretch.earliest.rise, UINT64_C(0x21e7ed2852c02909));
        EQ(stretch.latest.sec, rows[i].latest_sec);
        EQ(stretch.latest.nsec, rows[i].latest_nsec);
        EQ(stretch.latest.rise, UINT64_C(0x21e92f49745c4882));
    }
}

/* Stretches of exactly half a second, of which the last one before the leap second ends where that begins. */
static void stretch_ends_where_utc_changes(void)
{
    uint8_t page[PAGE];
    struct vmclock_clock clock;
    struct vmclock_stretch stretch;

    build_clock_page(page);
    put8(page, AT_LEAP_INDICATOR, 1);
    put16(page, AT_TAI_OFFSET_SEC, 37);
    put8(page, AT_COUNTER_PERIOD_SHIFT, 0);
    put64(page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_C(1) << 34);
    put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 1);
    put64(page, AT_COUNTER_VALUE, 0);
    put64(page, AT_TIME_SEC, 1483228836); /* 23:59:59 */
    put64(page, AT_TIME_FRAC_SEC, 0);
    clock_of(page, &clock);
    for (unsigned half = 0; half < 6; half++) {
        HOLDS(vmclock_clock_stretch(&clock, half * (UINT64_C(1) << 29), &stretch));
        EQ(stretch.ticks, UINT64_C(1) << 29);
        EQ(stretch.first.leap_second, half == 2 || half == 3);
        EQ(stretch.first.utc_behind, half < 2 ? 37 : 38);
    }
    put64(page, AT_TIME_FRAC_SEC, UINT64_C(1) << 34); /* a tick later */
    clock_of(page, &clock);
    for (unsigned half = 0; half < 6; half++)
        EQ(vmclock_clock_stretch(&clock, half * (UINT64_C(1) << 29), &stretch), half != 1 && half != 3);
}

/* In stretches of 0.537 s, numbered from the reference point on. */
static void no_stretch_across_a_change_of_utc(void)
{
    static const struct {
        const char *row;
        unsigned indicator;
        uint64_t sec; /* and a half */
        unsigned number;
        bool found, has_utc, leap_second;
        int behind;
    } rows[] = {
        {"23:59:58.5", 1, 1483228835, 0, true, true, false, 37},
        {"23:59:59.0", 1, 1483228835, 1, true, true, false, 37},
        {"across the start of 23:59:60", 1, 1483228835, 2, false, false, false, 0},
        {"23:59:60.1", 1, 1483228835, 3, true, true, true, 38},
        {"across the end of 23:59:60", 1, 1483228835, 4, false, false, false, 0},
        {"00:00:00.1", 1, 1483228835, 5, true, true, false, 38},
        {"23:59:57.5, without a 23:59:59", 2, 1483228834, 0, true, true, false, 37},
        {"23:59:58.0, without a 23:59:59", 2, 1483228834, 1, true, true, false, 37},
        {"across what is left out", 2, 1483228834, 2, false, false, false, 0},
        {"00:00:00.1, without a 23:59:59", 2, 1483228834, 3, true, true, false, 36},
        {"across UTC's 0", 0, 36, 0, false, false, false, 0},
        {"before UTC's 0", 0, 35, 0, true, false, false, 0},
        {"after UTC's 0", 0, 37, 0, true, true, false, 37},
    };
    uint8_t page[PAGE];
    struct vmclock_clock clock;
    struct vmclock_stretch stretch;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint64_t counter = UINT64_C(0x2122232425262728) + rows[i].number * (UINT64_C(1) << 29) + 12345;

        build_clock_page(page);
        put8(page, AT_LEAP_INDICATOR, rows[i].indicator);
        put64(page, AT_TIME_SEC, rows[i].sec);
        clock_of(page, &clock);
        EQ_IN(rows[i].row, vmclock_clock_stretch(&clock, counter, &stretch), rows[i].found);
        EQ_IN(rows[i].row, stretch.first.has_utc, rows[i].has_utc);
        EQ_IN(rows[i].row, stretch.first.leap_second, rows[i].leap_second);
        EQ_IN(rows[i].row, stretch.first.utc_behind, rows[i].behind);
    }
}

static void nothing_given(void)
{
    uint8_t page[PAGE];
    struct vmclock_view view;
    struct vmclock_clock clock;
    struct vmclock_reading r;
    struct vmclock_time time = {1, 1};
    struct vmclock_error err;

    build_clock_page(page);
    EQ(vmclock_parse(page, sizeof page, 0, &view, NULL), VMCLOCK_OK);
    EQ(vmclock_clock_open(&view, 1, 0, NULL, NULL), VMCLOCK_OK);
    EQ(vmclock_clock_open(&view, 0, 0, NULL, NULL), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(vmclock_clock_open(&view, 1, 0, &clock, NULL), VMCLOCK_OK);
    EQ(vmclock_clock_read(&clock, UINT64_C(0x2122232425262728), NULL, NULL), VMCLOCK_OK);
    EQ(vmclock_clock_time(&clock, UINT64_C(0x2122232425262728), NULL, NULL), VMCLOCK_OK);
    EQ(vmclock_clock_read(&clock, 0, NULL, NULL), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(vmclock_clock_time(&clock, 0, NULL, NULL), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(vmclock_time_at(&view, UINT64_C(0x2122232425262728), 1, 0, NULL, NULL), VMCLOCK_OK);
    EQ(vmclock_time_at(NULL, 0, 1, 0, NULL, NULL), VMCLOCK_ERR_SEGMENT_MALFORMED);
    /* No view is the empty one, no clock the one that stands at 0. */
    EQ(vmclock_time_at(NULL, 0, 1, 0, &r, &err), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(err.reason, VMCLOCK_REASON_FIELD_ABSENT);
    EQ(err.actual, 0);
    memset(&r, 0xff, sizeof r);
    EQ(vmclock_clock_read(NULL, 12345, &r, NULL), VMCLOCK_OK);
    EQ(r.time.sec, 0);
    EQ(r.time.frac_sec, 0);
    HOLDS(!r.has_utc);
    HOLDS(!r.has_bounds);
    HOLDS(!vmclock_clock_stretch(NULL, 12345, NULL));
    EQ(vmclock_reading_bounds(NULL).earliest.sec, 0);
    EQ(vmclock_reading_bounds(NULL).latest.nsec, 0);
    HOLDS(!vmclock_reading_utc_bounds(NULL, NULL));
    EQ(vmclock_reading_utc(NULL).sec, 0);
    EQ(vmclock_reading_utc(NULL).nsec, 0);
    EQ(vmclock_clock_time(NULL, 12345, &time, NULL), VMCLOCK_OK);
    EQ(time.sec, 0);
    EQ(time.frac_sec, 0);
}

static void dates(void)
{
    static const struct {
        const char *text;
        struct vmclock_nanotime time;
        bool leap_second;
    } rows[] = {
        {"1970-01-01 00:00:00.000000000", {0, 0}, false},
        {"2016-12-31 23:59:59.999999999", {1483228799, 999999999}, false},
        {"2016-12-31 23:59:60.000000001", {1483228799, 1}, true},
        {"2000-02-29 12:34:56.000000000", {951827696, 0}, false},
        {"584554051223-11-09 07:00:15.123456789", {UINT64_MAX, 123456789}, false},
    };
    char buf[64];

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        EQ(vmclock_nanotime_format(rows[i].time, rows[i].leap_second, buf, sizeof buf), strlen(rows[i].text));
        TEXT(buf, rows[i].text);
    }
    EQ(vmclock_nanotime_format(rows[2].time, true, buf, 21), 29);
    TEXT(buf, "2016-12-31 23:59:60.");
    EQ(vmclock_nanotime_format(rows[2].time, true, NULL, 0), 29);
}

/* ---- Refusals ---- */

static void expect_refusal(const char *row, const uint8_t *page, unsigned counter_id, unsigned flags,
                           enum vmclock_reason reason, enum vmclock_field field, uint64_t expected, uint64_t actual)
{
    static const struct vmclock_reading zeros;
    struct vmclock_view view;
    struct vmclock_clock clock;
    struct vmclock_reading r;
    struct vmclock_error err;

    EQ_IN(row, vmclock_parse(page, PAGE, 0, &view, NULL), VMCLOCK_OK);
    memset(&r, 0xff, sizeof r);
    memset(&err, 0xff, sizeof err);
    memset(&clock, 0xff, sizeof clock);
    EQ_IN(row, vmclock_time_at(&view, 0, counter_id, flags, &r, &err), vmclock_reason_kind(reason));
    TEXT_IN(row, vmclock_reason_name(err.reason), vmclock_reason_name(reason));
    EQ_IN(row, err.field, field);
    EQ_IN(row, err.expected, expected);
    EQ_IN(row, err.actual, actual);
    EQ_IN(row, r.time.sec, zeros.time.sec);
    EQ_IN(row, r.error.sec, zeros.error.sec);
    EQ_IN(row, r.has_utc, zeros.has_utc);
    if (reason == VMCLOCK_REASON_TIME_OUT_OF_RANGE)
        return;
    EQ_IN(row, vmclock_clock_open(&view, counter_id, flags, &clock, &err), vmclock_reason_kind(reason));
    EQ_IN(row, clock.period, 0);
    EQ_IN(row, clock.has_utc, false);
}

/* Everything is wrong with this page; one thing after the other is put right. */
static void order_of_refusals(void)
{
    enum { INVALID = 0xff, TSC = 1, ARM = 0 };
    uint8_t page[PAGE];

    build_clock_page(page);
    put32(page, AT_SEQ_COUNT, 77);
    put32(page, AT_SIZE, 0x57);
    put8(page, AT_COUNTER_ID, INVALID);
    put8(page, AT_CLOCK_STATUS, 1);
    expect_refusal("odd", page, TSC, 0, VMCLOCK_REASON_UPDATE_STALLED, VMCLOCK_FIELD_NONE, 0, 77);
    put32(page, AT_SEQ_COUNT, 78);
    expect_refusal("cut", page, TSC, 0, VMCLOCK_REASON_FIELD_ABSENT, VMCLOCK_FIELD_TIME_FRAC_SEC, 0x58, 0x57);
    put32(page, AT_SIZE, 0x58);
    expect_refusal("none", page, TSC, 0, VMCLOCK_REASON_NO_COUNTER, VMCLOCK_FIELD_COUNTER_ID, 0, 0xff);
    expect_refusal("none, and none here", page, INVALID, VMCLOCK_CONVERT_FORCE, VMCLOCK_REASON_NO_COUNTER,
                   VMCLOCK_FIELD_COUNTER_ID, 0, 0xff);
    expect_refusal("any", page, VMCLOCK_ANY_COUNTER, 0, VMCLOCK_REASON_CLOCK_NOT_READY, VMCLOCK_FIELD_CLOCK_STATUS, 0,
                   1);
    put8(page, AT_COUNTER_ID, ARM);
    expect_refusal("status", page, TSC, 0, VMCLOCK_REASON_CLOCK_NOT_READY, VMCLOCK_FIELD_CLOCK_STATUS, 0, 1);
    expect_refusal("force", page, TSC, VMCLOCK_CONVERT_FORCE, VMCLOCK_REASON_FOREIGN_COUNTER, VMCLOCK_FIELD_COUNTER_ID,
                   1, 0);
    put8(page, AT_CLOCK_STATUS, 2);
    expect_refusal("foreign", page, TSC, 0, VMCLOCK_REASON_FOREIGN_COUNTER, VMCLOCK_FIELD_COUNTER_ID, 1, 0);
    expect_refusal("none here", page, INVALID, 0, VMCLOCK_REASON_FOREIGN_COUNTER, VMCLOCK_FIELD_COUNTER_ID, 0xff, 0);
    expect_refusal("range", page, ARM, 0, VMCLOCK_REASON_TIME_OUT_OF_RANGE, VMCLOCK_FIELD_TIME_SEC, 0, 1483228836);
    expect_refusal("range of any", page, VMCLOCK_ANY_COUNTER, 0, VMCLOCK_REASON_TIME_OUT_OF_RANGE,
                   VMCLOCK_FIELD_TIME_SEC, 0, 1483228836);
}

/* Numbers that no page can have are no counter's; but for the one that asks for none. */
static void numbers_that_are_no_counter(void)
{
    static const unsigned ids[] = {2, 0xfe, 0xff, 0x101, 0x1ff, INT_MAX, UINT_MAX};
    uint8_t page[PAGE];

    for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++) {
        build_clock_page(page);
        expect_refusal("another", page, ids[i], 0, VMCLOCK_REASON_FOREIGN_COUNTER, VMCLOCK_FIELD_COUNTER_ID, ids[i], 1);
        put8(page, AT_COUNTER_ID, 0xff);
        expect_refusal("none", page, ids[i], 0, VMCLOCK_REASON_NO_COUNTER, VMCLOCK_FIELD_COUNTER_ID, 0, 0xff);
    }
}

/* Without a leap second, or without UTC, nothing is kept of one: clocks of pages that mean the same are the same. */
static void clock_without_leap_second(void)
{
    static const struct {
        uint8_t time_type, leap_indicator;
    } rows[] = {{1, 0}, {1, 6}, {1, 255}, {2, 1}, {2, 4}};
    uint8_t page[PAGE];
    struct vmclock_clock clock;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        build_clock_page(page);
        put8(page, AT_TIME_TYPE, rows[i].time_type);
        put8(page, AT_LEAP_INDICATOR, rows[i].leap_indicator);
        memset(&clock, 0xa5, sizeof clock);
        clock_of(page, &clock);
        EQ(clock.leap, 0);
        EQ(clock.leap_edge, 0);
    }
}

/* The month before 1970 has an edge, too, but time has none there: what holds since then holds since 0. */
static void leap_second_before_0(void)
{
    static const uint8_t leaps[] = {4, 5}; /* POST_POS, POST_NEG */
    uint8_t page[PAGE];
    struct vmclock_clock clock;
    struct vmclock_reading r;

    for (unsigned i = 0; i < 2; i++) {
        build_clock_page(page);
        put8(page, AT_LEAP_INDICATOR, leaps[i]);
        put16(page, AT_TAI_OFFSET_SEC, 37);
        put64(page, AT_TIME_SEC, 5); /* 1969-12-31 23:59:28 UTC */
        clock_of(page, &clock);
        EQ(vmclock_clock_read(&clock, clock.counter_value, &r, NULL), VMCLOCK_OK);
        EQ(r.utc_first, 0);
        EQ(r.utc_last, UINT64_MAX);
        HOLDS(!r.leap_second);
    }
}

static void lowest_absent_field(void)
{
    static const struct {
        enum vmclock_field field;
        uint32_t end;
    } needed[] = {
        {VMCLOCK_FIELD_CLOCK_STATUS, 0x23},            {VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT, 0x28},
        {VMCLOCK_FIELD_COUNTER_VALUE, 0x30},           {VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, 0x38},
        {VMCLOCK_FIELD_TIME_SEC, 0x50},                {VMCLOCK_FIELD_TIME_FRAC_SEC, 0x58},
    };
    uint8_t page[PAGE];
    unsigned i = 0;
    char row[32];

    build_clock_page(page);
    for (uint32_t size = 32; size < 0x58; size++) {
        while (needed[i].end <= size)
            i++;
        (void)snprintf(row, sizeof row, "size %u", (unsigned)size);
        put32(page, AT_SIZE, size);
        expect_refusal(row, page, 1, 0, VMCLOCK_REASON_FIELD_ABSENT, needed[i].field, needed[i].end, size);
    }
}

static void statuses(void)
{
    for (unsigned status = 0; status < 256; status++) {
        uint8_t page[PAGE];
        struct vmclock_view view;
        struct vmclock_reading r;
        char row[32];

        (void)snprintf(row, sizeof row, "clock_status %u", status);
        build_clock_page(page);
        put8(page, AT_CLOCK_STATUS, status);
        EQ(vmclock_parse(page, sizeof page, 0, &view, NULL), VMCLOCK_OK);
        EQ_IN(row, vmclock_time_at(&view, UINT64_C(0x2122232425262728), 1, ~1U, &r, NULL),
              status == 2 || status == 3 ? VMCLOCK_OK : VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
        EQ_IN(row, vmclock_time_at(&view, UINT64_C(0x2122232425262728), 1, VMCLOCK_CONVERT_FORCE, &r, NULL),
              VMCLOCK_OK);
        EQ_IN(row, r.clock_status, status);
    }
}

/* ---- The guard ---- */

static struct vmclock_reading reading_of(uint64_t sec, uint64_t frac_sec)
{
    const struct vmclock_reading r = {.time = {sec, frac_sec}, .disruption_marker = 5, .vm_generation_counter = 6,
                                      .has_generation = true, .monotonic = true, .time_type = 1};

    return r;
}

static void guard_sees_time_run_backwards(void)
{
    struct vmclock_guard guard = {0};
    struct vmclock_reading r = reading_of(100, 50);
    struct vmclock_error err;

    memset(&err, 0xff, sizeof err);
    EQ(vmclock_guard_check(&guard, &r, &err), VMCLOCK_OK);
    EQ(err.kind, VMCLOCK_OK);
    EQ(vmclock_guard_check(&guard, &r, &err), VMCLOCK_OK); /* the same once more */
    r = reading_of(100, 49);
    EQ(vmclock_guard_check(&guard, &r, &err), VMCLOCK_ERR_CAUSALITY_BREACH);
    EQ(err.reason, VMCLOCK_REASON_TIME_WENT_BACKWARDS);
    EQ(err.field, VMCLOCK_FIELD_TIME_FRAC_SEC);
    EQ(err.expected, 50);
    EQ(err.actual, 49);
    r = reading_of(99, 60);
    EQ(vmclock_guard_check(&guard, &r, &err), VMCLOCK_ERR_CAUSALITY_BREACH);
    EQ(err.field, VMCLOCK_FIELD_TIME_SEC);
    EQ(err.expected, 100);
    EQ(err.actual, 99);
    r = reading_of(100, 49); /* later than the breach, but not than what had been seen */
    EQ(vmclock_guard_check(&guard, &r, NULL), VMCLOCK_ERR_CAUSALITY_BREACH);
    r = reading_of(100, 51);
    EQ(vmclock_guard_check(&guard, &r, &err), VMCLOCK_OK);
    r = reading_of(100, 50);
    EQ(vmclock_guard_check(&guard, &r, &err), VMCLOCK_ERR_CAUSALITY_BREACH);
    r = reading_of(101, 0);
    EQ(vmclock_guard_check(&guard, &r, &err), VMCLOCK_OK);
}

/* What is not the same before and after, whichever of the two is the greater: then the step is no breach. */
static void guard_accepts_a_reason(void)
{
    enum { DIFFERENCES = 7 };

    for (unsigned i = 0; i < 2 * DIFFERENCES; i++) {
        struct vmclock_guard guard = {0};
        struct vmclock_reading now = reading_of(100, 0), earlier = reading_of(99, 0);
        struct vmclock_reading *const other = i < DIFFERENCES ? &earlier : &now;

        switch (i % DIFFERENCES) {
        case 0:
            other->disruption_marker++;
            break;
        case 1:
            other->disruption_marker ^= UINT64_C(1) << 63;
            break;
        case 2:
            other->vm_generation_counter++;
            break;
        case 3:
            other->vm_generation_counter ^= UINT64_C(1) << 63;
            break;
        case 4:
            other->has_generation = false;
            break;
        case 5:
            other->monotonic = false;
            break;
        default:
            other->time_type = 0;
        }
        EQ(vmclock_guard_check(&guard, &now, NULL), VMCLOCK_OK);
        EQ(vmclock_guard_check(&guard, &earlier, NULL), VMCLOCK_OK);
        EQ(vmclock_guard_check(&guard, &earlier, NULL), VMCLOCK_OK); /* and goes on from there */
    }
    {
        struct vmclock_guard guard = {0};
        const struct vmclock_reading now = reading_of(100, 0), earlier = reading_of(99, 0);

        EQ(vmclock_guard_check(&guard, &now, NULL), VMCLOCK_OK);
        EQ(vmclock_guard_check(&guard, &earlier, NULL), VMCLOCK_ERR_CAUSALITY_BREACH);
    }
}

static void guard_of_nothing(void)
{
    struct vmclock_guard guard = {0};
    struct vmclock_reading r = reading_of(1, 0);
    struct vmclock_error err;

    memset(&err, 0xff, sizeof err);
    EQ(vmclock_guard_check(NULL, &r, &err), VMCLOCK_OK);
    EQ(err.kind, VMCLOCK_OK);
    EQ(vmclock_guard_check(&guard, &r, NULL), VMCLOCK_OK);
    EQ(vmclock_guard_check(&guard, NULL, NULL), VMCLOCK_OK);
    EQ(vmclock_guard_check(NULL, NULL, NULL), VMCLOCK_OK);
}

SUITE(time) = {
    {"lines are rounded outward", lines_are_rounded_outward},
    {"a stretch ends where UTC changes", stretch_ends_where_utc_changes},
    {"numbers that no page can have are no counter's", numbers_that_are_no_counter},
    {"a clock without a leap second keeps nothing of one", clock_without_leap_second},
    {"what a leap second before 0 began holds since 0", leap_second_before_0},
    {"time and bounds equal every vector", formula_vectors},
    {"time and bounds equal the digests of random vectors", random_vectors},
    {"UTC equals every vector, on both sides of every leap second", leap_vectors},
    {"bounds are UTC unless a leap second begins, ends or is left out within them", utc_bounds_vectors},
    {"64-bit products agree with and without a 128-bit type", products},
    {"a reading has time, bounds, UTC and what the page tells", whole_reading},
    {"bounds need both maximum errors, announced and present", bounds_need_both_errors},
    {"a clock taken out of a page converts as the page does", one_clock_many_values},
    {"a stretch reads as its clock does, from its first counter value to its last", stretches_of_vectors},
    {"a stretch lasts half a second to a second, in whatever units the page tells the period", stretch_lasts},
    {"where a clock has no stretch", no_stretch},
    {"bounds of a stretch are never inside of the exact ones, nor a nanosecond outside", bounds_of_a_stretch},
    {"where the bounds of a stretch are found the long way", where_bounds_are_no_lines},
    {"a stretch does not go across a leap second, nor across UTC's 0", no_stretch_across_a_change_of_utc},
    {"NULL has a defined result everywhere", nothing_given},
    {"dates are of any year and tell a leap second", dates},
    {"refusals come in their order with their numbers", order_of_refusals},
    {"of several absent fields the lowest is told", lowest_absent_field},
    {"only SYNCHRONIZED and FREERUNNING convert without force", statuses},
    {"guard reports time that runs backwards until it has caught up", guard_sees_time_run_backwards},
    {"guard accepts a step that the pages tell of", guard_accepts_a_reason},
    {"guard takes NULL", guard_of_nothing},
    CU_TEST_INFO_NULL,
};
