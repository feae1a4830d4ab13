/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU's counter, and time now from live pages. What a machine without a known counter must answer is tested there.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include "pages.h"
#include "readings.h"
#include "system.h"
#include "vmclock_posix.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static bool has_counter(void)
{
    return vmclock_counter_id() != VMCLOCK_COUNTER_INVALID;
}

/* Two ticks a nanosecond, from now on, as this machine's own counter. */
static void build_own_page(uint8_t page[PAGE])
{
    build_clock_page(page);
    put8(page, AT_COUNTER_ID, has_counter() ? vmclock_counter_id() : 0);
    put8(page, AT_COUNTER_PERIOD_SHIFT, SHIFT_1GHZ + 1);
    put64(page, AT_COUNTER_VALUE, vmclock_counter_read());
}

static void counter_of_this_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
    EQ(vmclock_counter_id(), 1);
#elif defined(__aarch64__)
    EQ(vmclock_counter_id(), 0);
#else
    EQ(vmclock_counter_id(), 0xff);
    EQ(vmclock_counter_read(), 0);
#endif
}

static void counter_advances(void)
{
    const uint64_t start = vmclock_counter_read();
    uint64_t last = start;

    if (!has_counter())
        return;
    for (unsigned i = 0; i < 100000; i++) {
        const uint64_t now = vmclock_counter_read();
        HOLDS((int64_t)(now - last) >= 0);
        last = now;
    }
    HOLDS(last != start);
}

static void now_lies_between(void)
{
    _Alignas(8) uint8_t page[PAGE];
    struct vmclock_view view;
    struct vmclock_reading before, now, after;
    struct vmclock_error err;

    build_own_page(page);
    if (!has_counter()) {
        EQ(vmclock_now(page, sizeof page, 1, 0, &now, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
        EQ(err.reason, VMCLOCK_REASON_FOREIGN_COUNTER);
        return;
    }
    EQ(vmclock_parse(page, sizeof page, 0, &view, NULL), VMCLOCK_OK);
    EQ(vmclock_time_at(&view, vmclock_counter_read(), vmclock_counter_id(), 0, &before, NULL), VMCLOCK_OK);
    memset(&err, 0xff, sizeof err);
    EQ(vmclock_now(page, sizeof page, 1, 0, &now, &err), VMCLOCK_OK);
    EQ(err.kind, VMCLOCK_OK);
    EQ(vmclock_time_at(&view, vmclock_counter_read(), vmclock_counter_id(), 0, &after, NULL), VMCLOCK_OK);
    HOLDS(before.counter <= now.counter && now.counter <= after.counter);
    HOLDS(before.time.sec < now.time.sec || before.time.frac_sec <= now.time.frac_sec);
    EQ(vmclock_time_at(&view, now.counter, vmclock_counter_id(), 0, &after, NULL), VMCLOCK_OK);
    EQ(now.time.frac_sec, after.time.frac_sec);
    HOLDS(now.has_bounds);
    EQ(now.error.frac_sec, after.error.frac_sec);
}

static void now_refuses(void)
{
    _Alignas(8) uint8_t page[PAGE];
    struct vmclock_reading now;
    struct vmclock_error err;

    build_own_page(page);
    put32(page, AT_SEQ_COUNT, 7);
    memset(&now, 0xff, sizeof now);
    EQ(vmclock_now(page, sizeof page, 5, 0, &now, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_UPDATE_STALLED);
    EQ(err.actual, 7);
    EQ(now.time.sec, 0);
    EQ(vmclock_now(page, sizeof page, 0, 0, NULL, NULL), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    put32(page, AT_MAGIC, 0);
    memset(&now, 0xff, sizeof now);
    EQ(vmclock_now(page, sizeof page, 5, 0, &now, &err), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(err.reason, VMCLOCK_REASON_BAD_MAGIC);
    EQ(now.time.sec, 0);
    EQ(vmclock_now(page, sizeof page, 5, 0, NULL, NULL), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(vmclock_now(NULL, 0, 5, 0, &now, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_EMPTY);
    EQ(vmclock_now(page + 1, sizeof page - 1, 5, 0, &now, &err), vmclock_reason_kind(VMCLOCK_REASON_REGION_MISALIGNED));
    EQ(err.reason, VMCLOCK_REASON_REGION_MISALIGNED);
    build_own_page(page);
    put8(page, AT_COUNTER_ID, vmclock_counter_id() == 0 ? 1 : 0);
    EQ(vmclock_now(page, sizeof page, 1, 0, &now, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_FOREIGN_COUNTER);
}

/* The reading is what this page tells of its counter value. */
static bool as_now(const uint8_t page[PAGE], const struct vmclock_reading *reading)
{
    struct vmclock_view view;
    struct vmclock_reading same;

    return vmclock_parse(page, PAGE, 0, &view, NULL) == VMCLOCK_OK &&
           vmclock_time_at(&view, reading->counter, vmclock_counter_id(), 0, &same, NULL) == VMCLOCK_OK &&
           same_reading(reading, &same);
}

/* now_again() must tell what now() would: whatever the memo holds, the page decides. */
static void now_again_notices_whatever_changes(void)
{
    _Alignas(8) uint8_t page[PAGE];
    struct vmclock_memo memo;
    struct vmclock_error err;
    uint64_t last = 0;

    build_own_page(page);
    memset(&memo, 0xff, sizeof memo);
    vmclock_memo_init(&memo, page, sizeof page, 3, 0);
    if (!has_counter()) {
        memset(&memo.reading, 0xff, sizeof memo.reading);
        EQ(vmclock_now_again(&memo, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
        EQ(err.reason, VMCLOCK_REASON_FOREIGN_COUNTER);
        EQ(memo.reading.counter, 0);
        EQ(vmclock_now_again(&memo, NULL), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        memset(&err, 0xff, sizeof err);
        EQ(vmclock_now_again(&memo, i % 2 == 0 ? &err : NULL), VMCLOCK_OK);
        HOLDS(i % 2 != 0 || err.kind == VMCLOCK_OK);
        HOLDS(memo.reading.counter >= last); /* a tick may be longer than two calls */
        EQ(memo.reading.time_type, 1);
        last = memo.reading.counter;
    }
    /* an update */
    put64(page, AT_DISRUPTION_MARKER, 78);
    put32(page, AT_SEQ_COUNT, 0x1000);
    for (unsigned i = 0; i < 3; i++) {
        EQ(vmclock_now_again(&memo, NULL), VMCLOCK_OK);
        EQ(memo.reading.disruption_marker, 78);
    }
    /* an update of the clock: what was learned of the old one is told no more, and a stretch of the new one is found */
    put64(page, AT_TIME_SEC, 2000000000);
    put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 77);
    put32(page, AT_SEQ_COUNT, 0x1010);
    for (unsigned i = 0; i < 3; i++) {
        EQ(vmclock_now_again(&memo, NULL), VMCLOCK_OK);
        HOLDS(as_now(page, &memo.reading));
        EQ(memo.stretch.ticks != 0, i > 0);
    }
    /* a status that only force passes */
    put8(page, AT_CLOCK_STATUS, VMCLOCK_STATUS_UNKNOWN);
    put32(page, AT_SEQ_COUNT, 0x1002);
    for (unsigned i = 0; i < 3; i++) {
        EQ(vmclock_now_again(&memo, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
        EQ(err.reason, VMCLOCK_REASON_CLOCK_NOT_READY);
        EQ(memo.reading.counter, 0);
    }
    vmclock_memo_init(&memo, page, sizeof page, 3, VMCLOCK_CONVERT_FORCE);
    EQ(vmclock_now_again(&memo, NULL), VMCLOCK_OK);
    EQ(memo.reading.clock_status, VMCLOCK_STATUS_UNKNOWN);
    /* an update in progress, and its end */
    EQ(vmclock_now_again(&memo, NULL), VMCLOCK_OK);
    put32(page, AT_SEQ_COUNT, 0x1003);
    EQ(vmclock_now_again(&memo, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_UPDATE_STALLED);
    EQ(memo.reading.counter, 0);
    put32(page, AT_SEQ_COUNT, 0x1002);
    EQ(vmclock_now_again(&memo, NULL), VMCLOCK_OK);
    HOLDS(memo.reading.counter >= last);
    /* no page any more, and no attempts: one is made */
    put32(page, AT_SEQ_COUNT, 0x1004);
    put32(page, AT_MAGIC, 0);
    vmclock_memo_init(&memo, page, sizeof page, 0, 0);
    EQ(vmclock_now_again(&memo, &err), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(err.reason, VMCLOCK_REASON_BAD_MAGIC);
    /* nowhere */
    vmclock_memo_init(NULL, page, sizeof page, 3, 0);
    memo = (struct vmclock_memo){0};
    EQ(vmclock_now_again(&memo, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_EMPTY);
    EQ(vmclock_now_again(NULL, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_EMPTY);
}

/*
 * Some 2^16 ticks a second: a hundred stretches go by in milliseconds of a counter that counts a nanosecond or two,
 * and in half a second of a slow one. What is learned of one stretch must not be told of the next.
 */
static void now_again_goes_on_from_stretch_to_stretch(void)
{
    _Alignas(8) uint8_t page[PAGE];
    struct vmclock_memo memo;
    struct vmclock_view view;
    struct vmclock_reading same;
    struct vmclock_guard guard = {0};
    uint64_t sec = 0;
    unsigned crossed = 0;

    if (!has_counter())
        return;
    build_own_page(page);
    put8(page, AT_COUNTER_PERIOD_SHIFT, 0);
    put64(page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_C(0x0000c0ffeec0ffee));
    put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, UINT64_C(0x0000000fffffffff));
    put64(page, AT_FLAGS, 0x3f9); /* TIME_MONOTONIC as well */
    vmclock_memo_init(&memo, page, sizeof page, 3, 0);
    EQ(vmclock_parse(page, sizeof page, 0, &view, NULL), VMCLOCK_OK);
    for (unsigned i = 0; i < 200000 || (crossed <= 100 && i < 100000000); i++) {
        EQ(vmclock_now_again(&memo, NULL), VMCLOCK_OK);
        EQ(vmclock_time_at(&view, memo.reading.counter, vmclock_counter_id(), 0, &same, NULL), VMCLOCK_OK);
        EQ(vmclock_guard_check(&guard, &memo.reading, NULL), VMCLOCK_OK);
        HOLDS(same_reading(&memo.reading, &same));
        crossed += memo.reading.time.sec != sec;
        sec = memo.reading.time.sec;
    }
    HOLDS(crossed > 100);
}

static bool is_near(struct vmclock_nanotime a, struct vmclock_nanotime b)
{
    return (a.sec - b.sec) * 1000000000 + a.nsec - b.nsec + 1 <= 2;
}

/* The bounds are those of the reading that comes with them, from stretch to stretch and whatever changes. */
static void now_bounds_are_those_of_its_reading(void)
{
    _Alignas(8) uint8_t page[PAGE];
    struct vmclock_memo memo;
    struct vmclock_bounds bounds, wanted;
    struct vmclock_error err;
    unsigned failures = 0;

    if (!has_counter())
        return;
    build_own_page(page);
    put8(page, AT_COUNTER_PERIOD_SHIFT, 0);
    put64(page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_C(0x0000c0ffeec0ffee)); /* some 2^16 ticks a second */
    put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, UINT64_C(0x0000000fffffffff));
    vmclock_memo_init(&memo, page, sizeof page, 3, 0);
    for (unsigned i = 0; i < 200000; i++) {
        const enum vmclock_err kind = vmclock_now_bounds(&memo, &bounds, &err);

        wanted = vmclock_reading_bounds(&memo.reading);
        failures += kind != VMCLOCK_OK || err.kind != VMCLOCK_OK || !is_near(bounds.earliest, wanted.earliest) ||
                    !is_near(bounds.latest, wanted.latest) || bounds.earliest.nsec >= 1000000000 ||
                    bounds.latest.nsec >= 1000000000 || !as_now(page, &memo.reading);
    }
    EQ(failures, 0);
    EQ(vmclock_now_bounds(&memo, NULL, NULL), VMCLOCK_OK);
    /* no bounds */
    put64(page, AT_FLAGS, 0);
    put32(page, AT_SEQ_COUNT, 0x1000);
    for (unsigned i = 0; i < 3; i++) {
        memset(&bounds, 0xff, sizeof bounds);
        EQ(vmclock_now_bounds(&memo, &bounds, NULL), VMCLOCK_OK);
        HOLDS(as_now(page, &memo.reading));
        EQ(bounds.latest.sec, 0);
    }
    /* no page */
    put32(page, AT_MAGIC, 0);
    put32(page, AT_SEQ_COUNT, 0x1002);
    memset(&bounds, 0xff, sizeof bounds);
    EQ(vmclock_now_bounds(&memo, &bounds, &err), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(err.reason, VMCLOCK_REASON_BAD_MAGIC);
    EQ(bounds.latest.sec, 0);
    memset(&bounds, 0xff, sizeof bounds);
    EQ(vmclock_now_bounds(NULL, &bounds, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_EMPTY);
    EQ(bounds.latest.sec, 0);
    EQ(vmclock_now_bounds(NULL, NULL, NULL), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
}

/* ---- A page that is being written ---- */

struct writer {
    _Alignas(8) uint8_t page[PAGE];
    atomic_bool stop;
};

/*
 * By turns the last whole N * 2^32 before now and the one before it, at time N: a mix of two states is off that line.
 */
static void *write_states(void *argument)
{
    struct writer *writer = argument;
    struct vmclock_view view;
    struct vmclock_page values;

    if (vmclock_parse(writer->page, PAGE, 0, &view, NULL) != VMCLOCK_OK)
        return NULL;
    vmclock_decode(&view, &values);
    for (unsigned turn = 0; !atomic_load(&writer->stop); turn++) {
        values.time_sec = (vmclock_counter_read() >> 32) - turn % 2;
        values.counter_value = values.time_sec << 32;
        if (vmclock_publish_clock(writer->page, PAGE, &values, NULL) != VMCLOCK_OK)
            break;
        for (volatile unsigned i = 0; i < 500; i++) /* the reader needs a turn, too */
            ;
    }
    return NULL;
}

static void now_under_updates(void)
{
    struct writer writer;
    struct vmclock_reading now;
    struct vmclock_memo memo;
    pthread_t thread;
    unsigned read = 0;

    if (!has_counter())
        return;
    build_own_page(writer.page);
    put8(writer.page, AT_COUNTER_PERIOD_SHIFT, 0);
    put64(writer.page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_C(1) << 32); /* a second is 2^32 ticks */
    put64(writer.page, AT_COUNTER_VALUE, 0);
    put64(writer.page, AT_TIME_SEC, 0);
    put64(writer.page, AT_TIME_FRAC_SEC, 0);
    atomic_init(&writer.stop, false);
    EQ(pthread_create(&thread, NULL, write_states, &writer), 0);
    vmclock_memo_init(&memo, writer.page, PAGE, 100, 0);
    for (unsigned i = 0; i < 40000; i++) {
        const bool again = i % 4 != 0; /* often enough for it to go on from what it has learned */

        if ((again ? vmclock_now_again(&memo, NULL) : vmclock_now(writer.page, PAGE, 100, 0, &now, NULL)) != VMCLOCK_OK)
            continue;
        if (again)
            now = memo.reading;
        read++;
        if (now.time.sec != now.counter >> 32 || now.time.frac_sec != now.counter << 32)
            HOLDS(false);
    }
    atomic_store(&writer.stop, true);
    EQ(pthread_join(thread, NULL), 0);
    HOLDS(read > 1000);
}

/* ---- Updates at the worst moment ---- */

/*
 * Each of the first `updates` snapshots is followed by an update at once. The window in which the counter has to be
 * read begins after that, and ends when the page is accessed again, or its file read.
 */
static uint8_t *hooked_page;
static int hooked_fd = -1;
static unsigned updates, snapshots;
static uint64_t window_opens, window_closes; /* counter values, of the last snapshot and the look after it */
static uint64_t last_opens, last_closes;     /* of the one before, since a look at a file is a snapshot as well */

static void update_after(enum vmclock_err kind)
{
    snapshots++;
    if (updates > 0 && kind == VMCLOCK_OK) {
        updates--;
        EQ(vmclock_publish_disrupted(hooked_page, PAGE, NULL), VMCLOCK_OK);
        if (hooked_fd >= 0)
            EQ(pwrite(hooked_fd, hooked_page, PAGE, 0), PAGE);
    }
    last_opens = window_opens;
    last_closes = window_closes;
    window_closes = 0;
    if (hooked_fd < 0)
        await_access(hooked_page);
    window_opens = real_counter_read();
}

static void update_after_snapshot(const volatile void *page, enum vmclock_err kind)
{
    if (page == hooked_page)
        update_after(kind);
}

static ssize_t close_window(int fd, void *buf, size_t len, off_t offset)
{
    if (window_closes == 0)
        window_closes = real_counter_read();
    return real_pread(fd, buf, len, offset);
}

/* The reading is of the last window, and of what the page holds. */
static bool in_window(const struct vmclock_reading *reading)
{
    const uint64_t opens = hooked_fd < 0 ? window_opens : last_opens;
    const uint64_t closes = hooked_fd < 0 ? accessed_at() : last_closes;

    return opens <= reading->counter && reading->counter <= closes && as_now(hooked_page, reading);
}

static void start_updates(unsigned count)
{
    if (hooked_page == NULL)
        hooked_page = make_memory();
    build_own_page(hooked_page);
    put64(hooked_page, AT_DISRUPTION_MARKER, 0);
    updates = count;
    snapshots = 0;
    reset_system();
    answers.after_snapshot = update_after_snapshot;
    answers.pread = close_window;
}

/* Of a device or a file the whole snapshot counts, not each attempt at one. */
static void start_device_updates(unsigned count)
{
    start_updates(count);
    answers.after_snapshot = NULL;
    answers.after_device_snapshot = update_after;
}

static void now_begins_again_after_an_update(void)
{
    struct vmclock_reading now;
    struct vmclock_memo memo;
    struct vmclock_error err;

    if (!has_counter())
        return;
    for (unsigned count = 0; count < 3; count++) {
        start_updates(count);
        EQ(vmclock_now(hooked_page, PAGE, 3, 0, &now, NULL), VMCLOCK_OK);
        EQ(now.disruption_marker, count);
        HOLDS(in_window(&now));
        EQ(snapshots, count + 1);
        start_updates(count);
        vmclock_memo_init(&memo, hooked_page, PAGE, 3, 0);
        EQ(vmclock_now_again(&memo, NULL), VMCLOCK_OK);
        EQ(memo.reading.disruption_marker, count);
        HOLDS(in_window(&memo.reading));
        EQ(snapshots, count + 1);
    }
    start_updates(3);
    EQ(vmclock_now(hooked_page, PAGE, 3, 0, &now, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_UPDATE_TOO_FAST);
    EQ(err.actual, 0x00c0ffee + 4);
    EQ(snapshots, 3);
    EQ(now.counter, 0);
    reset_system();
}

/* The page's seq_count after each snapshot in turn; 0 ends them. */
static const uint32_t *turns;
static void turn_page(const volatile void *page, enum vmclock_err kind)
{
    (void)kind;
    if (page == hooked_page && *turns != 0)
        put32(hooked_page, AT_SEQ_COUNT, *turns++);
}

/* Stalled is what was odd at every attempt. */
static void now_is_stalled_only_when_no_attempt_saw_the_page_move(void)
{
    static const struct {
        uint32_t first, turns[4];
        enum vmclock_reason reason;
        uint32_t actual;
    } rows[] = {
        {7, {7, 7, 0}, VMCLOCK_REASON_UPDATE_STALLED, 7},
        {6, {7, 7, 0}, VMCLOCK_REASON_UPDATE_TOO_FAST, 7},
        {7, {6, 7, 0}, VMCLOCK_REASON_UPDATE_TOO_FAST, 7},
        {7, {7, 6, 8}, VMCLOCK_REASON_UPDATE_TOO_FAST, 6},
        {6, {8, 10, 12}, VMCLOCK_REASON_UPDATE_TOO_FAST, 10},
        {6, {6, 0}, VMCLOCK_REASON_NONE, 0},
        {7, {8, 0}, VMCLOCK_REASON_NONE, 0},
        {7, {7, 8, 0}, VMCLOCK_REASON_NONE, 0},
    };

    if (!has_counter())
        return;
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vmclock_reading now;
        struct vmclock_error err;

        start_updates(0);
        answers.after_snapshot = turn_page;
        put32(hooked_page, AT_SEQ_COUNT, rows[i].first);
        turns = rows[i].turns;
        EQ(vmclock_now(hooked_page, PAGE, 3, 0, &now, &err), vmclock_reason_kind(rows[i].reason));
        EQ(err.reason, rows[i].reason);
        EQ(err.actual, rows[i].actual);
        EQ(now.counter != 0, rows[i].reason == VMCLOCK_REASON_NONE);
    }
    reset_system();
}

/* Else what it holds may be of a time after an update that the look at the page was too early for. */
static void now_again_reads_the_counter_before_it_looks(void)
{
    struct vmclock_bounds bounds;
    struct vmclock_memo memo;

    if (!has_counter())
        return;
    start_updates(0);
    reset_system();
    vmclock_memo_init(&memo, hooked_page, PAGE, 3, 0);
    for (unsigned i = 0; i < 6; i++) {
        const uint64_t before = real_counter_read();

        await_access(hooked_page);
        EQ(i % 2 == 0 ? vmclock_now_again(&memo, NULL) : vmclock_now_bounds(&memo, &bounds, NULL), VMCLOCK_OK);
        HOLDS(accessed_at() != 0);
        HOLDS(memo.reading.counter >= before);
        HOLDS(i == 0 || memo.reading.counter <= accessed_at()); /* there is nothing to look after at first */
        HOLDS(as_now(hooked_page, &memo.reading));
    }
}

static void spoil_file(enum vmclock_err kind)
{
    (void)kind;
    put32(hooked_page, AT_MAGIC, 7);
    EQ(pwrite(hooked_fd, hooked_page, PAGE, 0), PAGE);
}

static void now_from_a_device_begins_again_after_an_update(void)
{
    char path[] = "/tmp/vmclock_counter_XXXXXX";
    struct vmclock_device mapping, file;
    struct vmclock_reading now;
    struct vmclock_error err;
    int fd;

    if (!has_counter())
        return;
    fd = mkstemp(path);
    HOLDS(fd >= 0);
    start_device_updates(0);
    mapping = (struct vmclock_device){.fd = -1, .len = PAGE, .page = hooked_page};
    /* vmclock_now() comes first, and tries 16 times. */
    for (unsigned count = 0; count < 40; count++) {
        start_updates(count);
        EQ(vmclock_device_now(&mapping, 0, 0, &now, &err),
           count < 17 ? VMCLOCK_OK : VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
        EQ(err.reason, count < 17 ? VMCLOCK_REASON_NONE : VMCLOCK_REASON_UPDATE_TOO_FAST);
        HOLDS(count >= 17 ? now.counter == 0 : in_window(&now));
        start_updates(count);
        EQ(vmclock_device_now(&mapping, UINT64_C(10000000000), 0, &now, NULL), VMCLOCK_OK);
        EQ(now.disruption_marker, count);
        HOLDS(in_window(&now));
    }

    hooked_fd = fd;
    for (unsigned count = 0; count < 4; count++) {
        start_device_updates(count);
        EQ(pwrite(fd, hooked_page, PAGE, 0), PAGE);
        EQ(vmclock_device_open(&file, path, 0, NULL), VMCLOCK_OK);
        EQ(vmclock_device_now(&file, UINT64_C(10000000000), 0, &now, NULL), VMCLOCK_OK);
        EQ(now.disruption_marker, count);
        HOLDS(in_window(&now));
        vmclock_device_close(&file);
    }
    start_device_updates(1);
    EQ(pwrite(fd, hooked_page, PAGE, 0), PAGE);
    EQ(vmclock_device_open(&file, path, 0, NULL), VMCLOCK_OK);
    EQ(vmclock_device_now(&file, 0, 0, &now, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_UPDATE_TOO_FAST);
    EQ(err.actual, 0x00c0ffee);
    /* A file that is no page any more is not taken for the one that it was. */
    for (unsigned patient = 0; patient < 2; patient++) {
        start_device_updates(0);
        put32(hooked_page, AT_MAGIC, 0x4b4c4356);
        EQ(pwrite(fd, hooked_page, PAGE, 0), PAGE);
        answers.after_device_snapshot = spoil_file;
        EQ(vmclock_device_now(&file, patient * UINT64_C(1000000), 0, &now, &err),
           patient ? VMCLOCK_ERR_SEGMENT_MALFORMED : VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
        EQ(err.reason, patient ? VMCLOCK_REASON_BAD_MAGIC : VMCLOCK_REASON_UPDATE_TOO_FAST);
        EQ(now.counter, 0);
    }
    vmclock_device_close(&file);
    hooked_fd = -1;
    reset_system();
    (void)close(fd);
    (void)unlink(path);
}

/* ---- Devices and files ---- */

static void now_from_a_file(void)
{
    char path[] = "/tmp/vmclock_counter_XXXXXX";
    uint8_t page[PAGE];
    struct vmclock_device device;
    struct vmclock_reading now;
    struct vmclock_error err;
    const int fd = mkstemp(path);

    HOLDS(fd >= 0);
    build_own_page(page);
    EQ(write(fd, page, sizeof page), sizeof page);
    EQ(vmclock_device_open(&device, path, 0, NULL), VMCLOCK_OK);
    memset(&err, 0xff, sizeof err);
    EQ(vmclock_device_now(&device, 0, 0, &now, &err), has_counter() ? VMCLOCK_OK : VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, has_counter() ? VMCLOCK_REASON_NONE : VMCLOCK_REASON_FOREIGN_COUNTER);
    HOLDS(now.has_bounds == has_counter());
    put32(page, AT_SEQ_COUNT, 9);
    EQ(pwrite(fd, page, sizeof page, 0), sizeof page);
    memset(&now, 0xff, sizeof now);
    EQ(vmclock_device_now(&device, 1000, 0, &now, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_UPDATE_STALLED);
    EQ(now.time.sec, 0);
    vmclock_device_close(&device);
    (void)close(fd);
    (void)unlink(path);
    EQ(vmclock_device_now(NULL, 0, 0, &now, &err), VMCLOCK_ERR_SYSCALL);
    EQ(vmclock_device_now(NULL, 0, 0, NULL, NULL), VMCLOCK_ERR_SYSCALL);
}

/* A device stands in for /dev/vmclock0: what is mapped is looked at, whatever it is. */
static void now_from_a_mapping(void)
{
    _Alignas(8) uint8_t page[PAGE];
    const struct vmclock_device device = {.fd = -1, .len = sizeof page, .page = page};
    struct vmclock_reading now;
    struct vmclock_error err;

    build_own_page(page);
    EQ(vmclock_device_now(&device, 0, 0, &now, &err), has_counter() ? VMCLOCK_OK : VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    put8(page, AT_CLOCK_STATUS, 4);
    EQ(vmclock_device_now(&device, 0, 0, &now, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_CLOCK_NOT_READY);
    EQ(vmclock_device_now(&device, 0, VMCLOCK_CONVERT_FORCE, &now, &err),
       has_counter() ? VMCLOCK_OK : VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    put32(page, AT_SEQ_COUNT, 3);
    EQ(vmclock_device_now(&device, 1000000, 0, &now, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_UPDATE_STALLED);
}

SUITE(counter) = {
    {"the counter is the one that this CPU has", counter_of_this_cpu},
    {"the counter never runs backwards", counter_advances},
    {"now lies between a counter read before and one after", now_lies_between},
    {"now refuses what a snapshot and a conversion refuse", now_refuses},
    {"now_again notices whatever changes", now_again_notices_whatever_changes},
    {"now_again goes on from stretch to stretch", now_again_goes_on_from_stretch_to_stretch},
    {"bounds of now are those of its reading", now_bounds_are_those_of_its_reading},
    {"now never mixes two states of a page that is being written", now_under_updates},
    {"now begins again after an update", now_begins_again_after_an_update},
    {"now is stalled only when no attempt saw the page move",
     now_is_stalled_only_when_no_attempt_saw_the_page_move},
    {"now_again reads the counter before it looks at the page", now_again_reads_the_counter_before_it_looks},
    {"now from a device begins again after an update", now_from_a_device_begins_again_after_an_update},
    {"now from a regular file", now_from_a_file},
    {"now from a mapping", now_from_a_mapping},
    CU_TEST_INFO_NULL,
};
