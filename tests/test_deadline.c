/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadlines, and calls that are made again, to the nanosecond: by a clock that moves only while somebody waits. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "posix/call.h"
#include "system.h"

#define SEC INT64_C(1000000000)
#define MS INT64_C(1000000)
#define NEVER ((struct vmclock_deadline_){INT64_MAX})
#define PAST ((struct vmclock_deadline_){0})

/* What was waited for. */
static unsigned waits;
static struct timespec slept;
static struct pollfd polled;
static int polled_ms;

static int note_sleep(const struct timespec *time)
{
    waits++;
    slept = *time;
    move_clock(time->tv_sec * SEC + time->tv_nsec);
    return 0;
}

static int interrupt_sleep(const struct timespec *time)
{
    (void)note_sleep(time);
    errno = EINTR;
    return -1;
}

static int note_poll(struct pollfd *fds, int timeout_ms)
{
    waits++;
    polled = *fds;
    polled_ms = timeout_ms;
    return 0;
}

static void start(void)
{
    reset_system();
    stop_clock();
    answers.nanosleep = note_sleep;
    answers.poll = note_poll;
    waits = 0;
}

static unsigned looks_at_clock(void)
{
    return system_calls();
}

static struct vmclock_deadline_ in(int64_t ns)
{
    return (struct vmclock_deadline_){stopped_clock() + ns};
}

/* ---- Deadlines ---- */

static clockid_t asked;
static int tell_odd_time(clockid_t clock, struct timespec *time)
{
    asked = clock;
    *time = (struct timespec){7, 654321};
    return 0;
}

static void the_clock_is_the_monotonic_one(void)
{
    reset_system();
    answers.clock_gettime = tell_odd_time;
    asked = CLOCK_REALTIME;
    EQ(vmclock_monotonic_ns_(), 7000654321);
    EQ(asked, CLOCK_MONOTONIC);
    reset_system();
}

static void a_span_from_now_never_wraps(void)
{
    int64_t now;

    start();
    now = stopped_clock();
    EQ(vmclock_deadline_after_(0).at_ns, 0);
    EQ(vmclock_deadline_after_(INT64_MAX).at_ns, INT64_MAX);
    EQ(vmclock_deadline_after_((uint64_t)INT64_MAX + 1).at_ns, INT64_MAX);
    EQ(vmclock_deadline_after_(UINT64_MAX).at_ns, INT64_MAX);
    EQ(looks_at_clock(), 0);
    EQ(vmclock_deadline_after_(1).at_ns, now + 1);
    EQ(looks_at_clock(), 1);
    EQ(vmclock_deadline_after_(INT64_MAX - 1).at_ns, INT64_MAX);
    EQ(looks_at_clock(), 2);
    EQ(vmclock_deadline_after_((uint64_t)(INT64_MAX - now - 1)).at_ns, INT64_MAX - 1);
    EQ(vmclock_deadline_after_((uint64_t)(INT64_MAX - now)).at_ns, INT64_MAX);
    EQ(vmclock_deadline_after_((uint64_t)(INT64_MAX - now + 1)).at_ns, INT64_MAX);
    reset_system();
}

static void a_part_ends_no_later_than_the_whole(void)
{
    start();
    EQ(vmclock_deadline_within_(in(10), 9).at_ns, in(9).at_ns);
    EQ(vmclock_deadline_within_(in(10), 10).at_ns, in(10).at_ns);
    EQ(vmclock_deadline_within_(in(10), 11).at_ns, in(10).at_ns);
    EQ(vmclock_deadline_within_(PAST, 11).at_ns, 0);
    EQ(vmclock_deadline_within_(NEVER, 11).at_ns, in(11).at_ns);
    EQ(vmclock_deadline_within_(NEVER, UINT64_MAX).at_ns, INT64_MAX);
    reset_system();
}

static void what_is_left_ends_with_the_deadline(void)
{
    start();
    EQ(vmclock_deadline_left_(NEVER), INT64_MAX);
    EQ(vmclock_deadline_left_(PAST), 0);
    EQ(vmclock_deadline_left_((struct vmclock_deadline_){-5}), 0);
    HOLDS(!vmclock_deadline_passed_(NEVER));
    HOLDS(vmclock_deadline_passed_(PAST));
    EQ(looks_at_clock(), 0);
    EQ(vmclock_deadline_left_((struct vmclock_deadline_){1}), 0);
    EQ(looks_at_clock(), 1);
    EQ(vmclock_deadline_left_((struct vmclock_deadline_){INT64_MAX - 1}), INT64_MAX - 1 - stopped_clock());
    EQ(looks_at_clock(), 2);
    EQ(vmclock_deadline_left_(in(1)), 1);
    EQ(vmclock_deadline_left_(in(0)), 0);
    EQ(vmclock_deadline_left_(in(-1)), 0);
    HOLDS(!vmclock_deadline_passed_(in(1)));
    HOLDS(vmclock_deadline_passed_(in(0)));
    /* A clock that steps: forward it is over, and back there is time again. */
    const struct vmclock_deadline_ deadline = in(10);
    move_clock(SEC);
    HOLDS(vmclock_deadline_passed_(deadline));
    move_clock(-2 * SEC);
    EQ(vmclock_deadline_left_(deadline), SEC + 10);
    reset_system();
}

/* ---- Waiting ---- */

static void a_sleep_is_as_long_as_is_left_of_it(void)
{
    static const struct {
        int64_t span, left;
        unsigned waits;
        int64_t sec;
        long nsec;
    } rows[] = {
        {0, INT64_MAX, 0, 0, 0},
        {-1, INT64_MAX, 0, 0, 0},
        {INT64_MIN, INT64_MAX, 0, 0, 0},
        {1, INT64_MAX, 1, 0, 1},
        {1, 0, 0, 0, 0},
        {1, -1, 0, 0, 0},
        {10, 9, 1, 0, 9},
        {9, 10, 1, 0, 9},
        {999999999, INT64_MAX, 1, 0, 999999999},
        {1000000000, INT64_MAX, 1, 1, 0},
        {2500000001, INT64_MAX, 1, 2, 500000001},
        {INT32_MAX * SEC - 1, INT64_MAX, 1, INT32_MAX - 1, 999999999},
        {INT32_MAX * SEC, INT64_MAX, 1, INT32_MAX, 0},
        {INT32_MAX * SEC + 1, INT64_MAX, 1, INT32_MAX, 0},
        {INT64_MAX, INT64_MAX, 1, INT32_MAX, 0},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        char row[64];

        (void)snprintf(row, sizeof row, "%lld ns of %lld", (long long)rows[i].span, (long long)rows[i].left);
        start();
        slept = (struct timespec){0, 0};
        HOLDS_IN(row, vmclock_sleep_(rows[i].span, rows[i].left == INT64_MAX ? NEVER : in(rows[i].left)));
        EQ_IN(row, waits, rows[i].waits);
        EQ_IN(row, slept.tv_sec, rows[i].sec);
        EQ_IN(row, slept.tv_nsec, rows[i].nsec);
        answers.nanosleep = interrupt_sleep;
        EQ_IN(row, vmclock_sleep_(rows[i].span, in(rows[i].left == INT64_MAX ? 5 : rows[i].left)),
              rows[i].waits == 0);
    }
    reset_system();
}

static void a_poll_waits_for_whole_milliseconds_and_no_fewer(void)
{
    static const struct {
        int64_t span, left;
        int ms;
    } rows[] = {
        {0, INT64_MAX, 0},
        {1, INT64_MAX, 1},
        {MS - 1, INT64_MAX, 1},
        {MS, INT64_MAX, 1},
        {MS + 1, INT64_MAX, 2},
        {7 * MS, 2 * MS, 2},
        {7 * MS, 2 * MS + 1, 3},
        {INT64_MAX, 0, 0},
        {INT64_MAX, -5, 0},
        {(INT32_MAX - 1) * MS, INT64_MAX, INT32_MAX - 1},
        {INT32_MAX * MS, INT64_MAX, INT32_MAX},
        {INT32_MAX * MS + 1, INT64_MAX, INT32_MAX},
        {INT64_MAX, INT64_MAX, INT32_MAX},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        start();
        EQ(vmclock_poll_(42, rows[i].span, rows[i].left == INT64_MAX ? NEVER : in(rows[i].left)), 0);
        EQ(waits, 1);
        EQ(polled.fd, 42);
        EQ(polled.events, POLLIN);
        EQ(polled_ms, rows[i].ms);
    }
    reset_system();
}

/* ---- Calls that are made again ---- */

static void a_call_is_made_again_at_once_and_then_after_a_moment(void)
{
    start();
    for (unsigned tries = 0; tries < 16; tries++)
        HOLDS(vmclock_again_(tries, PAST));
    EQ(looks_at_clock(), 0);
    HOLDS(!vmclock_again_(16, PAST));
    HOLDS(!vmclock_again_(17, PAST));
    HOLDS(!vmclock_again_(UINT32_MAX, in(0)));
    EQ(waits, 0);
    HOLDS(vmclock_again_(16, NEVER));
    EQ(waits, 1);
    EQ(slept.tv_sec, 0);
    EQ(slept.tv_nsec, 10000000);
    HOLDS(vmclock_again_(16, in(7)));
    EQ(waits, 2);
    EQ(slept.tv_nsec, 7);
    reset_system();
}

static unsigned opens, interruptions;
static int open_flags;
static int open_at_last(const char *path, int flags)
{
    opens++;
    open_flags = flags;
    errno = EINTR;
    return opens <= interruptions ? -1 : real_open(path, flags);
}

static void open_is_made_again_and_cannot_block(void)
{
    for (interruptions = 0; interruptions < 40; interruptions++)
        for (unsigned patient = 0; patient < 2; patient++) {
            int fd;

            start();
            opens = 0;
            answers.open = open_at_last;
            errno = 0;
            fd = vmclock_open_("/dev/null", O_RDWR, patient ? NEVER : PAST);
            EQ(fd >= 0, patient || interruptions <= 16);
            EQ(opens, patient || interruptions <= 16 ? interruptions + 1 : 17);
            EQ(waits, patient && interruptions > 16 ? interruptions - 16 : 0);
            EQ(open_flags, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
            if (fd >= 0)
                EQ(close(fd), 0);
            else {
                EQ(fd, -1);
                EQ(errno, EINTR);
            }
        }
    start();
    answers.open = open_at_last;
    interruptions = opens = 0;
    EQ(vmclock_open_("/nonexistent/file", O_RDONLY, NEVER), -1);
    EQ(errno, ENOENT);
    EQ(opens, 1);
    EQ(open_flags, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    reset_system();
}

static void a_failed_call_is_told_whole(void)
{
    struct vmclock_error err;

    memset(&err, 0x5a, sizeof err);
    EQ(vmclock_fail_syscall_(&err, VMCLOCK_REASON_MAP_FAILED, "mmap", ENODEV), VMCLOCK_ERR_SYSCALL);
    EQ(err.kind, VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_MAP_FAILED);
    EQ(err.field, VMCLOCK_FIELD_NONE);
    EQ(err.expected, 0);
    EQ(err.actual, 0);
    EQ(err.sys_errno, ENODEV);
    TEXT(err.origin, "mmap");
    EQ(vmclock_fail_syscall_(NULL, VMCLOCK_REASON_MAP_FAILED, "mmap", ENODEV), VMCLOCK_ERR_SYSCALL);
}

/* ---- What is held off meanwhile ---- */

static bool blocks(int number)
{
    sigset_t mask;

    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    return sigismember(&mask, number) != 0;
}

static int cancel_state(void)
{
    int state, unwanted;

    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    (void)pthread_setcancelstate(state, &unwanted);
    return state;
}

static void the_callers_mask_and_cancel_state_come_back(void)
{
    sigset_t mine, before;

    (void)sigemptyset(&mine);
    (void)sigaddset(&mine, SIGUSR1);
    for (unsigned ttin = 0; ttin < 2; ttin++)
        for (unsigned disabled = 0; disabled < 2; disabled++) {
            const int state = disabled ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
            struct vmclock_held_ held;
            int state_before;

            if (ttin)
                (void)sigaddset(&mine, SIGTTIN);
            (void)pthread_sigmask(SIG_SETMASK, &mine, &before);
            (void)pthread_setcancelstate(state, &state_before);
            errno = 77;
            soil_stack();
            vmclock_hold_(&held);
            HOLDS(blocks(SIGTTIN));
            HOLDS(blocks(SIGUSR1));
            HOLDS(!blocks(SIGUSR2));
            HOLDS(!blocks(SIGTTOU));
            EQ(cancel_state(), PTHREAD_CANCEL_DISABLE);
            vmclock_release_(&held);
            EQ(errno, 77);
            EQ(blocks(SIGTTIN), ttin);
            HOLDS(blocks(SIGUSR1));
            HOLDS(!blocks(SIGUSR2));
            EQ(cancel_state(), state);
            (void)pthread_setcancelstate(state_before, &state_before);
            (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
            (void)sigdelset(&mine, SIGTTIN);
        }
}

SUITE(deadline) = {
    {"the clock is the monotonic one", the_clock_is_the_monotonic_one},
    {"a span from now never wraps", a_span_from_now_never_wraps},
    {"a part ends no later than the whole", a_part_ends_no_later_than_the_whole},
    {"what is left ends with the deadline", what_is_left_ends_with_the_deadline},
    {"a sleep is as long as is left of it", a_sleep_is_as_long_as_is_left_of_it},
    {"a poll waits for whole milliseconds and no fewer", a_poll_waits_for_whole_milliseconds_and_no_fewer},
    {"a call is made again at once, and then after a moment", a_call_is_made_again_at_once_and_then_after_a_moment},
    {"open is made again, and cannot block", open_is_made_again_and_cannot_block},
    {"a failed call is told whole", a_failed_call_is_told_whole},
    {"the caller's mask and cancel state come back", the_callers_mask_and_cancel_state_come_back},
    CU_TEST_INFO_NULL,
};
