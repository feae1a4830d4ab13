/* SPDX-License-Identifier: BSD-2-Clause */
/* The system's clock beside a page's UTC, on a machine of the test's own; and times as the system has them. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "machine.h"
#include "suite.h"

#include "pages.h"
#include "vmclock_posix.h"

#include <unistd.h>

#define REAL_SEC 1764001000 /* the machine's clock at its start */

/* A page of that machine by whose UTC it is `sec` seconds and `half` a second past REAL_SEC now; no bounds. */
static void build_machine_page(uint8_t page[PAGE], uint64_t sec, bool half)
{
    machine_start(MACHINE_NS(1), 0);
    build_clock_page(page);
    put64(page, AT_FLAGS, 1);
    put64(page, AT_COUNTER_VALUE, machine.counter);
    put64(page, AT_TIME_SEC, sec + 37);
    put64(page, AT_TIME_FRAC_SEC, half ? UINT64_C(1) << 63 : 0);
}

static struct vmclock_system_offset offset_by(const uint8_t page[PAGE])
{
    struct vmclock_system_offset offset;
    struct vmclock_error err;
    struct vmclock_view view;

    memset(&offset, 0xff, sizeof offset);
    memset(&err, 0xff, sizeof err);
    EQ(vmclock_parse(page, PAGE, 0, &view, NULL), VMCLOCK_OK);
    EQ(vmclock_view_system_offset(&view, 0, &offset, &err), VMCLOCK_OK);
    EQ(err.kind, VMCLOCK_OK);
    return offset;
}

/*
 * A nanosecond a tick, which the page tells rounded down by 2^-93 s. The counter is read 10 ticks later, the clock 20
 * after that, the counter again 30 later: in the middle, 25 after the first read, it was 5 more than the clock told.
 */
static void the_distance_and_its_error(void)
{
    static const struct {
        const char *row;
        uint64_t sec;
        bool half, behind;
        uint64_t offset_sec;
        uint32_t offset_nsec;
    } rows[] = {
        {"as the page", REAL_SEC, false, true, 0, 4}, /* 34.99.. ns by the page, rounded down, 30 by the clock */
        {"half a second behind", REAL_SEC, true, true, 0, 500000004},
        {"half a second ahead", REAL_SEC - 1, true, false, 0, 499999996},
        {"a second ahead", REAL_SEC - 1, false, false, 0, 999999996},
        {"a second behind", REAL_SEC + 1, false, true, 1, 4},
        {"ahead of a page of 1970", 0, false, false, REAL_SEC - 1, 999999996},
        {"behind the last second", UINT64_MAX - 37, false, true, UINT64_MAX - 37 - REAL_SEC, 4},
    };
    uint8_t page[PAGE];

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vmclock_system_offset offset;

        build_machine_page(page, rows[i].sec, rows[i].half);
        offset = offset_by(page);
        HOLDS_IN(rows[i].row, offset.has_offset);
        EQ_IN(rows[i].row, offset.reading.counter, 123456789 + 10 + 25);
        EQ_IN(rows[i].row, offset.behind, rows[i].behind);
        EQ_IN(rows[i].row, offset.offset.sec, rows[i].offset_sec);
        EQ_IN(rows[i].row, offset.offset.nsec, rows[i].offset_nsec);
        /* 25 ticks and the counter's own one, rounded up to 27 ns, and one for the times that are rounded down. */
        EQ_IN(rows[i].row, offset.error.sec, 0);
        EQ_IN(rows[i].row, offset.error.nsec, 28);
        HOLDS_IN(rows[i].row, !offset.within_bounds);
    }
}

static void the_pages_bounds(void)
{
    static const struct {
        const char *row;
        uint64_t sec, maxerror, error_sec;
        uint32_t error_nsec;
        bool within;
    } rows[] = {
        {"no error, 4 ns away", REAL_SEC, 0, 0, 28, true},
        {"a second, less what reading takes", REAL_SEC + 1, 999999975, 1, 3, false},
        {"and a nanosecond", REAL_SEC + 1, 999999976, 1, 4, true},
        {"far more than it is away", REAL_SEC, 5000000000, 5, 28, true},
        {"most", REAL_SEC, UINT64_MAX, 18446744073, 709551643, true},
    };
    uint8_t page[PAGE];

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vmclock_system_offset offset;

        build_machine_page(page, rows[i].sec, false);
        put64(page, AT_FLAGS, 0x51);
        put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 0);
        put64(page, AT_TIME_MAXERROR_NANOSEC, rows[i].maxerror);
        offset = offset_by(page);
        EQ_IN(rows[i].row, offset.error.sec, rows[i].error_sec);
        EQ_IN(rows[i].row, offset.error.nsec, rows[i].error_nsec);
        EQ_IN(rows[i].row, offset.within_bounds, rows[i].within);
    }
    /* Ticks of nearly a second, and 2^50 of them between the reads: half of that, and the page's error as much away. */
    build_machine_page(page, REAL_SEC, false);
    put64(page, AT_FLAGS, 0x51);
    put8(page, AT_COUNTER_PERIOD_SHIFT, 0);
    put64(page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_MAX);
    put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, UINT64_MAX);
    machine.before_ticks = UINT64_C(1) << 50;
    HOLDS(offset_by(page).error.sec >> 50 == 1);
}

static void no_offset(void)
{
    uint8_t page[PAGE];
    struct vmclock_system_offset offset;
    struct vmclock_view view;
    struct vmclock_error err;

    /* no UTC */
    build_machine_page(page, REAL_SEC, false);
    put64(page, AT_FLAGS, 0x50);
    offset = offset_by(page);
    HOLDS(!offset.has_offset);
    EQ(offset.reading.time.sec, REAL_SEC + 37);
    EQ(offset.offset.nsec, 0);
    EQ(offset.error.nsec, 0);
    /* within a leap second, and just after it */
    build_machine_page(page, 1483228800, false);
    put8(page, AT_LEAP_INDICATOR, 3);
    HOLDS(!offset_by(page).has_offset);
    put64(page, AT_TIME_SEC, 1483228801 + 37);
    put8(page, AT_LEAP_INDICATOR, 4);
    HOLDS(offset_by(page).has_offset);
    /* a clock that is not ready, unless by force; another counter; out of range; nothing */
    build_machine_page(page, REAL_SEC, false);
    put8(page, AT_CLOCK_STATUS, 4);
    EQ(vmclock_parse(page, PAGE, 0, &view, NULL), VMCLOCK_OK);
    memset(&offset, 0xff, sizeof offset);
    EQ(vmclock_view_system_offset(&view, 0, &offset, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_CLOCK_NOT_READY);
    HOLDS(!offset.has_offset);
    EQ(offset.reading.counter, 0);
    EQ(vmclock_view_system_offset(&view, VMCLOCK_CONVERT_FORCE, &offset, &err), VMCLOCK_OK);
    HOLDS(offset.has_offset);
    EQ(vmclock_view_system_offset(&view, VMCLOCK_CONVERT_FORCE, NULL, NULL), VMCLOCK_OK);
    put8(page, AT_COUNTER_ID, 0);
    EQ(vmclock_view_system_offset(&view, VMCLOCK_CONVERT_FORCE, &offset, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_FOREIGN_COUNTER);
    put8(page, AT_COUNTER_ID, 1);
    put64(page, AT_TIME_SEC, UINT64_MAX);
    put64(page, AT_TIME_FRAC_SEC, UINT64_MAX);
    memset(&offset, 0xff, sizeof offset);
    EQ(vmclock_view_system_offset(&view, VMCLOCK_CONVERT_FORCE, &offset, &err), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(err.reason, VMCLOCK_REASON_TIME_OUT_OF_RANGE);
    HOLDS(!offset.has_offset);
    EQ(vmclock_view_system_offset(NULL, 0, &offset, &err), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(err.reason, VMCLOCK_REASON_FIELD_ABSENT);
}

/* Where a system's clock may be set to before 1970. */
static void a_clock_before_1970(void)
{
    uint8_t page[PAGE];
    struct vmclock_system_offset offset;

    build_machine_page(page, 100, false);
    machine.real_ns = -INT64_C(1002) * 1000000000 - 250000000; /* 2.25 s before 1970 */
    offset = offset_by(page);
    HOLDS(offset.behind);
    EQ(offset.offset.sec, 102);
    EQ(offset.offset.nsec, 250000004);
    build_machine_page(page, UINT64_MAX - 37, false);
    machine.real_ns = -INT64_C(1040) * 1000000000;
    offset = offset_by(page);
    HOLDS(offset.behind);
    EQ(offset.offset.sec, UINT64_MAX);
    EQ(offset.offset.nsec, 999999999);
}

/* Offsets and errors of 2^64 s and more are told as 2^64 s less 1 ns; one of a nanosecond less is told as it is. */
static void the_longest_spans(void)
{
    static const struct {
        int64_t before_1970_ns;
        uint64_t frac, offset_sec;
        uint32_t offset_nsec;
    } rows[] = {
        {INT64_C(37500000000), 0, UINT64_MAX, 500000004},
        {INT64_C(37500000000), UINT64_C(1) << 62, UINT64_MAX, 750000004},
        {INT64_C(37500000000), UINT64_C(1) << 63, UINT64_MAX, 999999999}, /* it carries */
        {INT64_C(37250000000), UINT64_C(3) << 62, UINT64_MAX, 999999999},
        {INT64_C(38000000000), 0, UINT64_MAX, 999999999},
        {INT64_C(36500000000), UINT64_C(3) << 62, UINT64_MAX, 250000004},
        {INT64_C(2750000000), UINT64_C(1) << 63, UINT64_MAX - 37 + 3, 250000004},
    };
    uint8_t page[PAGE];
    struct vmclock_system_offset offset;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        build_machine_page(page, UINT64_MAX - 37, false);
        put64(page, AT_TIME_FRAC_SEC, rows[i].frac);
        machine.real_ns = -INT64_C(1000) * 1000000000 - rows[i].before_1970_ns;
        offset = offset_by(page);
        HOLDS(offset.behind);
        EQ(offset.offset.sec, rows[i].offset_sec);
        EQ(offset.offset.nsec, rows[i].offset_nsec);
    }
    /* A second a tick, 2^64 - 1 of them from one read to the other: half of that, and the page's error is as much. */
    for (unsigned more = 0; more < 2; more++) {
        build_machine_page(page, REAL_SEC, false);
        machine.read_ticks = machine.before_ticks = machine.after_ticks = 0;
        machine.real_skip = UINT64_MAX;
        put64(page, AT_FLAGS, 0x51);
        put8(page, AT_COUNTER_PERIOD_SHIFT, 0);
        put64(page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_MAX);
        put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, more ? UINT64_MAX : UINT64_MAX / 2);
        put64(page, AT_TIME_MAXERROR_NANOSEC, UINT64_MAX);
        offset = offset_by(page);
        HOLDS(offset.has_offset);
        EQ(offset.error.sec == UINT64_MAX && offset.error.nsec == 999999999, more);
    }
}

static void the_tightest_reading_counts(void)
{
    uint8_t page[PAGE];
    struct vmclock_system_offset offset;

    build_machine_page(page, REAL_SEC, false);
    machine.read_ticks = 0;
    machine.before_ticks = 0;
    machine.after_ticks = 0;
    offset = offset_by(page);
    EQ(machine.reads, 16);
    EQ(offset.error.nsec, 3); /* the counter's tick, rounded up to 2 ns, and one */
    EQ(offset.offset.nsec, 0);
}

/* The readings before and after it are interrupted, each for longer. */
static unsigned tightest;
static void interrupt_others(void)
{
    machine.before_ticks = machine.reads == tightest ? 0 : 1000 * machine.reads;
}

static void the_tightest_reading_counts_wherever_it_is(void)
{
    uint8_t page[PAGE];
    struct vmclock_system_offset offset;

    for (tightest = 1; tightest <= 16; tightest++) {
        build_machine_page(page, REAL_SEC, false);
        machine.before_read = interrupt_others;
        offset = offset_by(page);
        EQ(machine.reads, 16);
        EQ(offset.error.nsec, 18); /* 10 ticks to read the counter, 20 behind the clock, and half of that */
        EQ(offset.offset.nsec, 14); /* 14.99.. by the page */
        HOLDS(offset.behind);
    }
}

/* By the real machine's clock: a page that was made from it agrees with it, from a file as from a mapping. */
static void a_device_and_a_file(void)
{
    char path[] = "/tmp/vmclock_system_XXXXXX";
    _Alignas(8) uint8_t page[PAGE];
    const struct vmclock_device mapping = {.fd = -1, .len = PAGE, .page = page};
    struct vmclock_page values = {.magic = 0x4b4c4356, .size = PAGE, .version = 1, .seq_count = 2};
    struct vmclock_device file;
    struct vmclock_system_offset offset;
    struct vmclock_error err;
    int fd;

    reset_system();
    if (vmclock_counter_id() == VMCLOCK_COUNTER_INVALID)
        return;
    EQ(vmclock_calibrate(&values, NULL), VMCLOCK_OK);
    memset(page, 0, sizeof page);
    vmclock_encode(&values, page, sizeof page);
    memset(&offset, 0xff, sizeof offset);
    EQ(vmclock_device_system_offset(&mapping, VMCLOCK_TIMEOUT_NS, 0, &offset, &err), VMCLOCK_OK);
    EQ(err.kind, VMCLOCK_OK);
    HOLDS(offset.has_offset && offset.within_bounds);
    HOLDS(offset.error.sec == 0 && offset.error.nsec >= values.time_maxerror_nanosec);
    HOLDS(offset.reading.has_bounds);
    fd = mkstemp(path);
    HOLDS(fd >= 0);
    EQ(write(fd, page, sizeof page), sizeof page);
    EQ(vmclock_device_open(&file, path, 0, NULL), VMCLOCK_OK);
    EQ(vmclock_device_system_offset(&file, VMCLOCK_TIMEOUT_NS, 0, &offset, &err), VMCLOCK_OK);
    HOLDS(offset.has_offset && offset.within_bounds);
    put32(page, AT_SEQ_COUNT, 3);
    EQ(pwrite(fd, page, sizeof page, 0), sizeof page);
    memset(&offset, 0xff, sizeof offset);
    EQ(vmclock_device_system_offset(&file, 1000, 0, &offset, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_UPDATE_STALLED);
    HOLDS(!offset.has_offset);
    EQ(vmclock_device_system_offset(&mapping, 0, 0, NULL, NULL), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    vmclock_device_close(&file);
    EQ(vmclock_device_system_offset(&file, 0, 0, &offset, &err), VMCLOCK_ERR_SYSCALL);
    EQ(vmclock_device_system_offset(NULL, 0, 0, &offset, &err), VMCLOCK_ERR_SYSCALL);
    (void)close(fd);
    (void)unlink(path);
}

/* ---- The page, the counter and the clock of one moment ---- */

static uint8_t *live;
static unsigned updates;
static uint64_t window_opens;
static void update_after(enum vmclock_err kind)
{
    if (updates > 0 && kind == VMCLOCK_OK) {
        updates--;
        EQ(vmclock_publish_disrupted(live, PAGE, NULL), VMCLOCK_OK);
    }
    await_access(live);
    window_opens = real_counter_read();
}

/* A page of the real machine's counter, by which it is 1970. */
static void a_device_is_read_again_after_an_update(void)
{
    struct vmclock_device mapping;
    struct vmclock_system_offset offset;
    struct vmclock_error err;

    reset_system();
    if (vmclock_counter_id() == VMCLOCK_COUNTER_INVALID)
        return;
    live = make_memory();
    mapping = (struct vmclock_device){.fd = -1, .len = PAGE, .page = live};
    for (unsigned count = 0; count < 3; count++)
        for (unsigned patient = 0; patient < 2; patient++) {
            const bool told = patient || count == 0;

            build_clock_page(live);
            put8(live, AT_COUNTER_ID, vmclock_counter_id());
            put64(live, AT_COUNTER_VALUE, real_counter_read());
            put64(live, AT_TIME_SEC, 100);
            put64(live, AT_DISRUPTION_MARKER, 0);
            answers.after_device_snapshot = update_after;
            updates = count;
            memset(&offset, 0xff, sizeof offset);
            EQ(vmclock_device_system_offset(&mapping, patient * UINT64_C(10000000000), 0, &offset, &err),
               told ? VMCLOCK_OK : VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
            EQ(err.reason, told ? VMCLOCK_REASON_NONE : VMCLOCK_REASON_UPDATE_TOO_FAST);
            EQ(offset.has_offset, told);
            HOLDS(accessed_at() != 0);
            if (told) {
                EQ(offset.reading.disruption_marker, count);
                HOLDS(window_opens <= offset.reading.counter && offset.reading.counter <= accessed_at());
                HOLDS(!offset.behind && !offset.within_bounds && offset.offset.sec > 1700000000);
            }
        }
    reset_system();
    free_memory(live);
}

static void times_as_the_system_has_them(void)
{
    const uint64_t last = sizeof(time_t) == 4 ? INT32_MAX : INT64_MAX;
    struct timespec time;

    HOLDS(vmclock_nanotime_to_timespec((struct vmclock_nanotime){0, 0}, &time));
    EQ(time.tv_sec, 0);
    EQ(time.tv_nsec, 0);
    HOLDS(vmclock_nanotime_to_timespec((struct vmclock_nanotime){1764000000, 999999999}, &time));
    EQ(time.tv_sec, 1764000000);
    EQ(time.tv_nsec, 999999999);
    HOLDS(vmclock_nanotime_to_timespec((struct vmclock_nanotime){last, 1}, &time));
    EQ(time.tv_sec, last);
    EQ(time.tv_nsec, 1);
    memset(&time, 0xff, sizeof time);
    HOLDS(!vmclock_nanotime_to_timespec((struct vmclock_nanotime){last + 1, 0}, &time));
    EQ(time.tv_sec, 0);
    EQ(time.tv_nsec, 0);
    HOLDS(!vmclock_nanotime_to_timespec((struct vmclock_nanotime){UINT64_MAX, 0}, &time));
    HOLDS(!vmclock_nanotime_to_timespec((struct vmclock_nanotime){1, 1000000000}, &time));
    HOLDS(!vmclock_nanotime_to_timespec((struct vmclock_nanotime){1, 1000000001}, &time));
    HOLDS(!vmclock_nanotime_to_timespec((struct vmclock_nanotime){1, UINT32_MAX}, &time));
    EQ(time.tv_sec, 0);
    HOLDS(vmclock_nanotime_to_timespec((struct vmclock_nanotime){last, 0}, NULL));
    HOLDS(!vmclock_nanotime_to_timespec((struct vmclock_nanotime){last + 1, 0}, NULL));
}

SUITE(system) = {
    {"how far the clock is from the page's UTC, and within what error", the_distance_and_its_error},
    {"the page's bounds count, and tell whether the clock is within them", the_pages_bounds},
    {"no offset without UTC, within a leap second, and where there is no time", no_offset},
    {"a clock before 1970", a_clock_before_1970},
    {"the longest spans are told as such", the_longest_spans},
    {"the tightest reading counts", the_tightest_reading_counts},
    {"the tightest reading counts wherever it is", the_tightest_reading_counts_wherever_it_is},
    {"from a mapped page and from a file", a_device_and_a_file},
    {"a device is read again after an update, and so is the clock", a_device_is_read_again_after_an_update},
    {"times as the system has them, at both ends of its range", times_as_the_system_has_them},
    CU_TEST_INFO_NULL,
};
