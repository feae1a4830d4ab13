/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calibration on a machine of the test's own, whose clock is slewed and whose counter runs while it is suspended:
 * what a page promises has to be true of that clock for as long as one looks. On the real machine:
 * tests/test_writer.c.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include <errno.h>

#include "machine.h"
#include "vmclock_posix.h"

#define SECOND UINT64_C(1000000000)

/* 2.6 GHz */
#define USUAL_PERIOD (MACHINE_NS(10) / 26)

/* The page's bounds hold the machine's clock, in TAI; its last digits are of a nanosecond that is not over. */
static bool bounds_hold(const struct vmclock_page *page)
{
    struct vmclock_bounds bounds;
    struct vmclock_reading r;
    struct vmclock_view view;
    uint8_t bytes[112];
    const int64_t tai = machine_ns(CLOCK_REALTIME) - page->tai_offset_sec * (int64_t)SECOND;

    vmclock_encode(page, bytes, sizeof bytes);
    EQ(vmclock_parse(bytes, sizeof bytes, 0, &view, NULL), VMCLOCK_OK);
    EQ(vmclock_time_at(&view, machine.counter, 1, 0, &r, NULL), VMCLOCK_OK);
    HOLDS(r.has_bounds);
    bounds = vmclock_reading_bounds(&r);
    return (int64_t)(bounds.earliest.sec * SECOND + bounds.earliest.nsec) <= tai + 1 &&
           (int64_t)(bounds.latest.sec * SECOND + bounds.latest.nsec) >= tai;
}

static struct vmclock_page calibrated(void)
{
    struct vmclock_page page = {.magic = 0x4b4c4356, .size = 112, .version = 1, .seq_count = 2};

    EQ(vmclock_calibrate(&page, NULL), VMCLOCK_OK);
    return page;
}

static void what_is_not_measured_stays(void)
{
    struct vmclock_page page = {.magic = 1, .size = 2, .version = 3, .seq_count = 4, .disruption_marker = 5,
                                .flags = 0x386, .leap_second_smearing_hint = 6, .leap_indicator = 7,
                                .vm_generation_counter = 8, .counter_id = 9, .time_type = 10, .clock_status = 11};

    machine_start(USUAL_PERIOD, 0);
    EQ(vmclock_calibrate(&page, NULL), VMCLOCK_OK);
    EQ(page.magic, 1);
    EQ(page.size, 2);
    EQ(page.version, 3);
    EQ(page.seq_count, 4);
    EQ(page.disruption_marker, 5);
    EQ(page.flags, 0x3ff);
    EQ(page.leap_second_smearing_hint, 6);
    EQ(page.leap_indicator, 7);
    EQ(page.vm_generation_counter, 8);
    EQ(page.counter_id, 1);
    EQ(page.time_type, 1);
    EQ(page.clock_status, 2);
}

/* At once, and from milliseconds to days later. */
static void expect_bounds(const char *row, const struct vmclock_page *page)
{
    static const uint64_t spans[] = {1000, 1000000, SECOND / 10, SECOND, 2 * SECOND, 57 * SECOND, 3600 * SECOND,
                                     30 * 3600 * SECOND};

    HOLDS_IN(row, bounds_hold(page));
    for (unsigned i = 0; i < sizeof spans / sizeof *spans; i++) {
        machine_run_ns(spans[i]);
        HOLDS_IN(row, bounds_hold(page));
    }
}

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* rate / period in ppm, rounded up */
static uint64_t ppm_of(uint64_t rate, uint64_t period)
{
    return rate / (period / 1000000) + 1;
}

static const struct {
    const char *row;
    uint64_t period;
} counters[] = {
    {"2.6 GHz", USUAL_PERIOD},
    {"1 GHz", MACHINE_NS(1)},
    {"8 GHz", MACHINE_NS(1) / 8},
    {"62.5 MHz", MACHINE_NS(16)},
    {"19.2 MHz", MACHINE_NS(1000) / 19200 * 1000},
    {"40 GHz: more ticks than the shift has room for", MACHINE_NS(1) / 40},
};

static void slewed_one_way_and_then_the_other(void)
{
    static const int64_t slews[] = {-500, -450, 0, 450, 500};

    for (unsigned i = 0; i < sizeof counters / sizeof *counters; i++)
        for (unsigned j = 0; j < 5; j++)
            for (unsigned k = 0; k < 5; k++) {
                struct vmclock_page page;
                char row[64];

                (void)snprintf(row, sizeof row, "%s, %d ppm and then %d", counters[i].row, (int)slews[j],
                               (int)slews[k]);
                machine_start(counters[i].period, slews[j]);
                if (counters[i].period > MACHINE_NS(10)) {
                    machine.read_ticks = 0;
                    machine.before_ticks = 1;
                    machine.after_ticks = 1;
                }
                page = calibrated();
                machine.ppm = slews[k];
                expect_bounds(row, &page);
                EQ_IN(row, machine.sleeps, 3);
                /* True because they are wide enough, and no wider: 1000 ppm, the error of measuring, the margin. */
                HOLDS_IN(row, ppm_of(page.counter_period_maxerror_rate_frac_sec, page.counter_period_frac_sec) <
                                  1001 + 60);
                HOLDS_IN(row, page.time_maxerror_nanosec < 5000);
            }
}

/* From one interval to the next. */
static void slew_about(void)
{
    machine.ppm = -machine.ppm;
}

static void slewed_while_it_is_measured(void)
{
    for (int ppm = -500; ppm <= 500; ppm += 100) {
        struct vmclock_page page;
        char row[32];

        (void)snprintf(row, sizeof row, "%d ppm", ppm);
        machine_start(USUAL_PERIOD, ppm);
        machine.after_sleep = slew_about;
        page = calibrated();
        machine.after_sleep = NULL;
        machine.ppm = ppm < 0 ? -500 : 500;
        expect_bounds(row, &page);
        machine.ppm = -machine.ppm;
        expect_bounds(row, &page);
    }
}

/* ---- Disturbed ---- */

static unsigned disturbed_from, disturbed_to; /* the sleeps, from 1 */
static uint64_t disturbance;                  /* in ticks */
static bool counter_stops;                    /* instead of the clocks */

static void suspend(void)
{
    if (machine.sleeps < disturbed_from || machine.sleeps > disturbed_to)
        return;
    if (counter_stops)
        machine_stop_counter(disturbance * machine.sleeps);
    else
        machine_suspend(disturbance * machine.sleeps);
}

static void start_disturbed(unsigned from, unsigned to, uint64_t ticks)
{
    machine_start(USUAL_PERIOD, 450);
    machine.after_sleep = suspend;
    disturbed_from = from;
    disturbed_to = to;
    disturbance = ticks;
}

static void suspended_within(void)
{
    static const uint64_t spans[] = {1000000 /* 0.4 ms */, 260000000 /* 0.1 s, as it was seen */, UINT64_C(26000000000),
                                     UINT64_C(1) << 60};

    for (unsigned i = 0; i < 4; i++)
        for (unsigned within = 1; within <= 4; within++) {
            struct vmclock_page page;
            char row[64];

            (void)snprintf(row, sizeof row, "%llu ticks in interval %u", (unsigned long long)spans[i], within);
            start_disturbed(within, within, spans[i]);
            page = calibrated();
            EQ_IN(row, machine.sleeps, within <= 3 ? within + 3 : 3);
            machine.ppm = -450;
            expect_bounds(row, &page);
            HOLDS_IN(row, ppm_of(page.counter_period_maxerror_rate_frac_sec, page.counter_period_frac_sec) < 1061);
        }
}

static void suspended_again_and_again(void)
{
    struct vmclock_page page = {.counter_id = 9, .flags = 77}, before = page;
    struct vmclock_error err;

    start_disturbed(1, 5, 100000000); /* and then no more */
    page = calibrated();
    EQ(machine.sleeps, 8);
    expect_bounds("five times", &page);

    /* 2000 ppm from one interval to the next: no clock is slewed so. */
    page = before;
    memset(&err, 0xff, sizeof err);
    machine_start(USUAL_PERIOD, 1000);
    machine.after_sleep = slew_about;
    EQ(vmclock_calibrate(&page, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_READ_FAILED);
    EQ(err.sys_errno, EAGAIN);
    TEXT(err.origin, "clock_gettime");
    EQ(machine.sleeps, 20);
    EQ(memcmp(&page, &before, sizeof page), 0);
    EQ(vmclock_calibrate(NULL, NULL), VMCLOCK_ERR_SYSCALL);
}

/* 800 ppm of one interval: a clock may be slewed so much from one interval to the next. Its own p is none of these. */
static void a_disturbance_that_cannot_be_seen(void)
{
    for (unsigned row = 0; row < 3 * 2; row++)
        for (int ppm = -500; ppm <= 500; ppm += 500)
            for (int later = -500; later <= 500; later += 1000) {
                const unsigned within = row / 2 + 1;
                struct vmclock_page page;

                start_disturbed(within, within, 104000 / within);
                counter_stops = row % 2 != 0;
                machine.ppm = ppm;
                page = calibrated();
                EQ(machine.sleeps, 3);
                /* A third of it is in the whole, and the rest has to be added. */
                HOLDS(ppm_of(page.counter_period_maxerror_rate_frac_sec, page.counter_period_frac_sec) <
                      1001 + 534 + 60);
                machine.ppm = later;
                expect_bounds(counter_stops ? "the counter stops" : "the clock stops", &page);
            }
    counter_stops = false;
}

static void forget_the_counter(void)
{
    if (machine.sleeps == 2)
        machine.counter = 5;
}

static void the_counter_begins_anew(void)
{
    struct vmclock_page page;

    machine_start(USUAL_PERIOD, 0);
    machine.after_sleep = forget_the_counter;
    page = calibrated();
    EQ(machine.sleeps, 5);
    expect_bounds("", &page);
}

/* A clock that stands still for a while, and one that runs on while nobody measures. */
static void stand_still(void)
{
    if (machine.sleeps <= 5)
        machine.mono = vmclock_mul_(MACHINE_NS(1), UINT64_C(1000000000000));
}

static uint64_t oversleeping;
static void oversleep_once(void)
{
    if (machine.sleeps == 2)
        machine_run_ns(oversleeping);
}

static void a_span_that_cannot_be_used_is_measured_again(void)
{
    static const struct {
        uint64_t ns;
        unsigned sleeps;
    } rows[] = {{4 * SECOND, 3}, {UINT64_C(4294967296) - 51000000, 3}, {UINT64_C(4294967296), 5}, {100 * SECOND, 5}};
    struct vmclock_page page;

    machine_start(USUAL_PERIOD, 0);
    machine.after_sleep = stand_still;
    page = calibrated();
    EQ(machine.sleeps, 5 + 3);
    expect_bounds("it stood still", &page);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        machine_start(MACHINE_NS(1000) / 19200 * 1000, 0); /* so slow that its ticks fit in any case */
        machine.after_sleep = oversleep_once;
        oversleeping = rows[i].ns;
        page = calibrated();
        EQ(machine.sleeps, rows[i].sleeps);
        expect_bounds("it ran on", &page);
    }
}

/* 2^31 ticks, or more, are too many for one interval; 16 GHz for 0.134 s. */
static void more_ticks_than_an_interval_has_room_for_are_measured_again(void)
{
    for (unsigned more = 0; more < 2; more++) {
        struct vmclock_page page;

        machine_start(MACHINE_NS(1) / 16, 0);
        machine.after_sleep = oversleep_once;
        oversleeping = more ? 84500000 : 83800000;
        page = calibrated();
        EQ(machine.sleeps, more ? 5 : 3);
        expect_bounds("", &page);
    }
}

/* 1.5 Hz, of which some 4 s are measured at a time: a shift that leaves its tick below a second has no digits. */
static void sleep_for_seconds(void)
{
    machine_run_ns(4200000000);
}

static void a_counter_of_less_than_two_ticks_a_second_is_none(void)
{
    struct vmclock_error err;

    machine_start(MACHINE_NS(60000), 0);
    machine.counter = 0;
    machine.divider = 11111; /* 0.67 s */
    machine.read_ticks = machine.before_ticks = machine.after_ticks = 0;
    machine.after_sleep = sleep_for_seconds;
    EQ(vmclock_calibrate(NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EAGAIN);
    EQ(machine.sleeps, 20);
    machine_start(MACHINE_NS(60000), 0);
    machine.divider = 5500; /* 0.33 s: no digits more than a second has */
    machine.read_ticks = machine.before_ticks = machine.after_ticks = 0;
    machine.after_sleep = sleep_for_seconds;
    EQ(calibrated().counter_period_shift, 0);
    EQ(machine.sleeps, 3);
    machine_start(USUAL_PERIOD, 0);
    EQ(vmclock_calibrate(NULL, NULL), VMCLOCK_OK);
}

/* Errors that fit nowhere are the largest numbers. */
static void a_clock_that_takes_for_ever_to_read_has_no_bounds(void)
{
    struct vmclock_page page;

    machine_start(MACHINE_NS(16), 0);
    machine.real_skip = UINT64_C(1) << 62;
    page = calibrated();
    EQ(page.time_esterror_nanosec, UINT64_MAX);
    EQ(page.time_maxerror_nanosec, UINT64_MAX);
}

/* 64 readings at each end of three intervals, and of the time; two looks at the clock for each sleep. */
static void the_clock_is_read_as_often_as_it_is_worth(void)
{
    machine_start(USUAL_PERIOD, 0);
    (void)calibrated();
    EQ(machine.reads, 64 * 5 + 3 * 2);
}

static void signals(void)
{
    struct vmclock_page page;

    machine_start(USUAL_PERIOD, 0);
    machine.interruptions = 12;
    page = calibrated();
    EQ(machine.sleeps, 15);
    HOLDS(ppm_of(page.counter_period_maxerror_rate_frac_sec, page.counter_period_frac_sec) < 1061);
    expect_bounds("", &page);
}

/* ---- Estimates ---- */

/* |a - b| */
static uint64_t difference(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* How far the page's tick is from the machine's, in the page's unit. The machine's is in 2^-48 ns. */
static uint64_t period_error(const struct vmclock_page *page)
{
    const struct vmclock_u128_ wanted = {machine.period << (page->counter_period_shift - 24), 0};

    /* 2^-48 ns are 2^-48 / 10^9 s: times 2^(64 + shift), less 24 bits that were shifted before */
    HOLDS(page->counter_period_shift >= 24);
    return difference(vmclock_divide_(wanted, UINT64_C(1000000000) << 24), page->counter_period_frac_sec);
}

/* By what never comes twice, of the clock's resolution. */
static void oversleep(void)
{
    static uint64_t state = 1;

    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    machine_run_ns((state >> 32) % machine.resolution_ns);
}

/*
 * A clock that shows microseconds or milliseconds, read at many phases: the estimates are never less than what the
 * page is off, and not many times more than the most that it is; a thousand times less would show.
 */
static void the_estimates_are_true_and_not_idle(void)
{
    static const uint64_t resolutions[] = {1000, 1000000};

    for (unsigned i = 0; i < 2; i++) {
        uint64_t worst_period = 0, worst_time = 0, period_estimate = 0, time_estimate = 0;

        for (unsigned phase = 0; phase < 50; phase++) {
            struct vmclock_page page;
            int64_t tai;
            uint64_t off;

            machine_start(USUAL_PERIOD, 0);
            machine.resolution_ns = resolutions[i];
            machine.after_sleep = oversleep;
            page = calibrated();
            off = period_error(&page);
            HOLDS(off <= page.counter_period_esterror_rate_frac_sec);
            worst_period = greater(off, worst_period);
            period_estimate = page.counter_period_esterror_rate_frac_sec;
            /* At the reference point, by the machine's clock. */
            tai = machine_ns(CLOCK_REALTIME) + 37 * (int64_t)SECOND -
                  (int64_t)((machine.counter - page.counter_value) * 10 / 26);
            off = difference((uint64_t)tai, page.time_sec * SECOND +
                                                vmclock_mul_(page.time_frac_sec, SECOND).hi);
            HOLDS(off <= page.time_esterror_nanosec + 2);
            HOLDS(page.time_esterror_nanosec + 1000 <= page.time_maxerror_nanosec);
            worst_time = greater(off, worst_time);
            time_estimate = page.time_esterror_nanosec;
        }
        HOLDS(period_estimate <= 3 * worst_period);
        HOLDS(time_estimate <= 3 * worst_time);
    }
}

/*
 * A nanosecond a tick. A clock that is read in no time: three intervals of 50 ms, of which the counter's own tick more
 * or less at either end is all the slack. One that takes 300 ns until it is read, and 100 after: an interval is 64
 * readings, two more and what is left of the sleep by then, 50026000 ns, and the slack 201 ticks.
 *
 * What is expected is of whole numbers, rounded as the contract says: with N the span of three intervals, in 2^-92 s,
 * a tick of floor(N / ticks); its estimate against N - 1 ns of as many ticks and the slack, and N + 1 ns of as many
 * without it; its maximum against the same of one interval, of which the clock may be 1001 ns off, and 2/1999 or 2/2001
 * of it.
 */
static void everything_is_exact_on_a_quiet_machine(void)
{
    static const struct {
        uint64_t before, after, estimate, most, time_estimate, time_most, sample, since;
    } rows[] = {
        {0, 0, UINT64_C(0x170ef54b70), UINT64_C(0x11f448ffccb194), 4, 1004, 0, 0},
        {300, 100, UINT64_C(0xc17ea08d6e1), UINT64_C(0x121849071f3b87), 204, 1204, 200, 300},
    };

    for (unsigned i = 0; i < 2; i++) {
        struct vmclock_page page;
        uint64_t start, ns;

        machine_start(MACHINE_NS(1), 0);
        machine.read_ticks = 0;
        machine.before_ticks = rows[i].before;
        machine.after_ticks = rows[i].after;
        start = machine.counter;
        page = calibrated();
        EQ(machine.sleeps, 3);
        EQ(page.counter_period_shift, 28);
        EQ(page.counter_period_frac_sec, UINT64_C(0x89705F4136B4A597) >> 1); /* UAPI.13's, at a shift of 29 */
        EQ(page.counter_period_esterror_rate_frac_sec, rows[i].estimate);
        EQ(page.counter_period_maxerror_rate_frac_sec, rows[i].most);
        EQ(page.time_esterror_nanosec, rows[i].time_estimate);
        EQ(page.time_maxerror_nanosec, rows[i].time_most);
        /* The reference is the first reading of CLOCK_REALTIME, the 64th before the end. */
        EQ(page.counter_value, machine.counter - 64 * (rows[i].before + rows[i].after) + rows[i].sample);
        ns = page.counter_value - start + rows[i].since - rows[i].sample;
        EQ(page.time_sec, 1764001037);
        EQ(page.time_type, 1); /* TAI */
        EQ(page.tai_offset_sec, -37);
        EQ(page.clock_status, 2); /* SYNCHRONIZED */
        EQ(page.counter_id, 1);
        EQ(page.flags, 0x79);
        EQ(page.time_frac_sec, vmclock_divide_((struct vmclock_u128_){ns, 0}, SECOND));
        HOLDS(i != 0 || page.time_frac_sec == UINT64_C(2767011611056432742)); /* 0.15 s */
    }
}

static void suspend_once(void)
{
    if (machine.sleeps == 2)
        machine_suspend(40000);
}

/* The same, with 40000 ticks more in the second interval, while the clock stood still: its tick is the least. */
static void the_maximum_is_exact_on_a_disturbed_machine(void)
{
    struct vmclock_page page;

    machine_start(MACHINE_NS(1), 0);
    machine.read_ticks = machine.before_ticks = machine.after_ticks = 0;
    machine.after_sleep = suspend_once;
    page = calibrated();
    EQ(machine.sleeps, 3);
    EQ(page.counter_period_shift, 28);
    EQ(page.counter_period_frac_sec, UINT64_C(0x44b37efcd6014da7));
    EQ(page.counter_period_esterror_rate_frac_sec, UINT64_C(0x170c55eb7c));
    EQ(page.counter_period_maxerror_rate_frac_sec, UINT64_C(0x1b4b4a5407a9aa));
}

/* 15 ms a tick: there are 3 or 4 in an interval, and one more or less at either end; the longest tick fits nowhere. */
static void a_counter_of_few_ticks_has_the_largest_errors(void)
{
    struct vmclock_page page;

    machine_start(MACHINE_NS(60000), 0);
    machine.divider = 250;
    machine.read_ticks = machine.before_ticks = machine.after_ticks = 0;
    page = calibrated();
    EQ(machine.sleeps, 3);
    EQ(page.counter_period_shift, 5);
    EQ(page.counter_period_maxerror_rate_frac_sec,
       UINT64_MAX - page.counter_period_frac_sec + UINT64_MAX / 1999 * 2 + (UINT64_MAX % 1999 * 2 + 1998) / 1999);
    /* Two are no more than what is unsure of them. */
    machine_start(MACHINE_NS(60000), 0);
    machine.divider = 417;
    machine.read_ticks = machine.before_ticks = machine.after_ticks = 0;
    EQ(vmclock_calibrate(NULL, NULL), VMCLOCK_ERR_SYSCALL);
    EQ(machine.sleeps, 20);
}

static void stop_counting(void)
{
    machine.stands = machine.sleeps >= 3;
}

/* It has counted, so that it is no counter of another machine. */
static void a_counter_that_stops_is_told_from_none(void)
{
    struct vmclock_error err;

    machine_start(USUAL_PERIOD, 0);
    machine.after_sleep = stop_counting;
    EQ(vmclock_calibrate(NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EAGAIN);
}

/* The counter is read long before or after the clock: what that may hide is in the errors. */
static void slow_reads(void)
{
    static const uint64_t ticks[][2] = {{260000, 0}, {0, 260000}, {130000, 130000}}; /* 0.1 ms */

    for (unsigned i = 0; i < 3; i++)
        for (int ppm = -500; ppm <= 500; ppm += 1000) {
            struct vmclock_page page;

            machine_start(USUAL_PERIOD, ppm);
            machine.before_ticks = ticks[i][0];
            machine.after_ticks = ticks[i][1];
            page = calibrated();
            machine.ppm = -ppm;
            expect_bounds("", &page);
            HOLDS(page.time_esterror_nanosec > 49900 && page.time_esterror_nanosec < 51000);
            HOLDS(page.time_maxerror_nanosec < 53000);
        }
}

/* ---- What else is filled in ---- */

static void the_tai_offset(void)
{
    static const struct {
        int tai, wanted;
    } rows[] = {{0, -37}, {9, -37}, {10, -10}, {36, -36}, {38, -38}, {60, -60}, {61, -37}, {-37, -37}};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vmclock_page page;

        machine_start(USUAL_PERIOD, 0);
        machine.tai = rows[i].tai;
        page = calibrated();
        EQ(page.tai_offset_sec, rows[i].wanted);
        HOLDS(bounds_hold(&page));
        machine_start(USUAL_PERIOD, 0);
        machine.tai = rows[i].tai;
        machine.adjtimex = -1;
        page = calibrated();
        EQ(page.tai_offset_sec, -37);
    }
    for (int state = 0; state <= 5; state++) { /* TIME_OK to TIME_ERROR */
        machine_start(USUAL_PERIOD, 0);
        machine.tai = 36;
        machine.adjtimex = state;
        EQ(calibrated().tai_offset_sec, -36);
    }
}

static void no_counter(void)
{
    struct vmclock_page page = {.flags = 5};
    struct vmclock_error err;

    machine_start(USUAL_PERIOD, 0);
    machine.counter_id = 0xff;
    EQ(vmclock_calibrate(&page, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_FOREIGN_COUNTER);
    EQ(err.field, VMCLOCK_FIELD_COUNTER_ID);
    EQ(err.expected, 0xff);
    EQ(err.actual, 0xff);
    EQ(machine.sleeps, 0);
    machine_start(USUAL_PERIOD, 0);
    machine.stands = true;
    EQ(vmclock_calibrate(&page, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_FOREIGN_COUNTER);
    EQ(page.flags, 5);
    EQ(page.counter_id, 0);
}

SUITE(calibrate) = {
    {"bounds hold for days while the clock is slewed one way and then the other", slewed_one_way_and_then_the_other},
    {"bounds hold when the slewing changes while it is measured", slewed_while_it_is_measured},
    {"a machine that was suspended within is measured again", suspended_within},
    {"a clock that never agrees with itself is refused", suspended_again_and_again},
    {"bounds hold for a disturbance that cannot be seen", a_disturbance_that_cannot_be_seen},
    {"a counter that begins anew is measured again", the_counter_begins_anew},
    {"a span that cannot be used is measured again", a_span_that_cannot_be_used_is_measured_again},
    {"more ticks than an interval has room for are measured again",
     more_ticks_than_an_interval_has_room_for_are_measured_again},
    {"a counter of less than two ticks a second is none", a_counter_of_less_than_two_ticks_a_second_is_none},
    {"a clock that takes for ever to read has no bounds", a_clock_that_takes_for_ever_to_read_has_no_bounds},
    {"the clock is read as often as it is worth", the_clock_is_read_as_often_as_it_is_worth},
    {"signals cost no precision", signals},
    {"the estimates are true, and not many times what is true", the_estimates_are_true_and_not_idle},
    {"everything is exact on a quiet machine", everything_is_exact_on_a_quiet_machine},
    {"the maximum is exact on a disturbed machine", the_maximum_is_exact_on_a_disturbed_machine},
    {"a counter of few ticks has the largest errors", a_counter_of_few_ticks_has_the_largest_errors},
    {"a counter that stops is told from none", a_counter_that_stops_is_told_from_none},
    {"what is not measured stays", what_is_not_measured_stays},
    {"slow reads are in the errors", slow_reads},
    {"the TAI offset is the system's, where that has one", the_tai_offset},
    {"no counter, and one that does not count", no_counter},
    CU_TEST_INFO_NULL,
};
