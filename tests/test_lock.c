/* SPDX-License-Identifier: BSD-2-Clause */
/* The lock: how often it is looked at, until when, and who has it, in a /proc/locks of the test's own. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "posix/lock.h"
#include "system.h"

#define NEVER ((struct vmclock_deadline_){INT64_MAX})
#define PAST ((struct vmclock_deadline_){0})

static struct {
    unsigned tries, sleeps, interruptions;
    unsigned free_at;    /* the try that gets the lock; 0: none */
    int reason;          /* why not */
    int64_t slept[64];   /* in nanoseconds, in turn */
    int64_t suspended;   /* so long between the first try and what comes next */
} it;

static int try_lock(int fd, int operation)
{
    it.tries++;
    EQ(fd, 42);
    EQ(operation, LOCK_EX | LOCK_NB);
    move_clock(it.tries == 1 ? it.suspended : 0);
    errno = it.tries <= it.interruptions ? EINTR : it.reason;
    return it.tries == it.free_at ? 0 : -1;
}

static int note_sleep(const struct timespec *time)
{
    const int64_t ns = time->tv_sec * INT64_C(1000000000) + time->tv_nsec;

    if (it.sleeps < 64)
        it.slept[it.sleeps] = ns;
    it.sleeps++;
    move_clock(ns);
    errno = EINTR; /* a signal changes nothing */
    return -1;
}

static void start(int reason, unsigned free_at)
{
    reset_system();
    stop_clock();
    memset(&it, 0, sizeof it);
    it.reason = reason;
    it.free_at = free_at;
    answers.flock = try_lock;
    answers.nanosleep = note_sleep;
}

static struct vmclock_deadline_ in(int64_t ns)
{
    return (struct vmclock_deadline_){stopped_clock() + ns};
}

static void a_free_lock_is_taken_at_once(void)
{
    start(EWOULDBLOCK, 1);
    EQ(vmclock_lock_(42, PAST), 0);
    EQ(it.tries, 1);
    EQ(system_calls(), 1);
    reset_system();
}

static void a_held_lock_is_looked_at_less_and_less_often(void)
{
    static const int64_t us[] = {100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000};

    for (unsigned free_at = 2; free_at <= 11; free_at++) {
        start(EWOULDBLOCK, free_at);
        EQ(vmclock_lock_(42, NEVER), 0);
        EQ(it.tries, free_at);
        EQ(it.sleeps, free_at - 1);
        for (unsigned i = 0; i < it.sleeps; i++)
            EQ(it.slept[i], us[i] * 1000);
    }
    reset_system();
}

static void a_held_lock_is_given_up_at_the_deadline_and_not_before(void)
{
    static const struct {
        int64_t ns;
        unsigned tries, sleeps;
        int64_t last_sleep;
    } rows[] = {
        {1, 3, 1, 1}, {100000, 3, 1, 100000}, {100001, 4, 2, 1}, {700000, 5, 3, 400000}, {1000000, 6, 4, 300000}};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int64_t began = (start(EWOULDBLOCK, 0), stopped_clock());

        EQ(vmclock_lock_(42, in(rows[i].ns)), EWOULDBLOCK);
        EQ(stopped_clock() - began, rows[i].ns);
        EQ(it.tries, rows[i].tries);
        EQ(it.sleeps, rows[i].sleeps);
        EQ(it.slept[it.sleeps - 1], rows[i].last_sleep);
    }
    start(EWOULDBLOCK, 0);
    EQ(vmclock_lock_(42, PAST), EWOULDBLOCK);
    EQ(it.sleeps, 0);
    reset_system();
}

/* The machine is suspended for a day while somebody holds it: nobody does any more. */
static void a_lock_is_looked_at_once_more_after_the_deadline(void)
{
    start(EWOULDBLOCK, 2);
    it.suspended = INT64_C(86400000000000);
    EQ(vmclock_lock_(42, in(1000)), 0);
    EQ(it.tries, 2);
    EQ(it.sleeps, 0);
    reset_system();
}

static void signals_and_failures(void)
{
    for (unsigned interruptions = 1; interruptions < 20; interruptions++) {
        start(EWOULDBLOCK, interruptions + 1);
        it.interruptions = interruptions;
        EQ(vmclock_lock_(42, NEVER), 0);
        EQ(it.sleeps, interruptions > 16 ? interruptions - 16 : 0);
        start(EWOULDBLOCK, interruptions + 1);
        it.interruptions = interruptions;
        EQ(vmclock_lock_(42, PAST), interruptions > 16 ? EINTR : 0);
        EQ(it.tries, interruptions > 16 ? 17 : interruptions + 1);
    }
    static const int reasons[] = {EPERM, EINTR + 1, EWOULDBLOCK - 1, EWOULDBLOCK + 1, ENOLCK};
    for (unsigned i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        start(reasons[i], 0);
        EQ(vmclock_lock_(42, NEVER), reasons[i]);
        EQ(it.tries, 1);
        EQ(it.sleeps, 0);
    }
    reset_system();
}

/* ---- Who has it ---- */

static char locks[2048];
static size_t locks_len, locks_at, most;
static int opened_flags, closed;

static int locks_fd = 42;
static unsigned lock_reads;
static int open_locks(const char *path, int flags)
{
    TEXT(path, "/proc/locks");
    opened_flags = flags;
    return locks_fd;
}

/* In pieces of at most `most` bytes. */
static ssize_t read_locks(int fd, void *buf, size_t len)
{
    const size_t left = locks_len - locks_at, got = left < len ? left : len;

    EQ(fd, locks_fd);
    lock_reads++;
    len = got < most ? got : most;
    memcpy(buf, locks + locks_at, len);
    locks_at += len;
    return (ssize_t)len;
}

static int close_locks(int fd)
{
    closed = fd;
    return 0;
}

static uint64_t holder_by(const char *text)
{
    struct stat file;
    uint64_t holder = 0;

    memset(&file, 0, sizeof file);
    file.st_dev = makedev(0xfe, 0x1);
    file.st_ino = 5678;
    locks_len = (size_t)snprintf(locks, sizeof locks, "%s", text);
    for (most = 1; most <= 256; most = most < 4 ? most + 1 : 2 * most) {
        reset_system();
        answers.open = open_locks;
        answers.read = read_locks;
        answers.close = close_locks;
        locks_at = 0;
        closed = -1;
        lock_reads = 0;
        locks_fd = most == 2 ? 0 : 42; /* whoever has closed its standard input */
        const uint64_t found = vmclock_lock_holder_(&file);
        HOLDS(most == 1 || found == holder);
        holder = found;
        EQ(opened_flags, O_RDONLY | O_CLOEXEC);
        EQ(closed, locks_fd);
        reset_system();
    }
    return holder;
}

static void the_holder_is_who_has_this_file_locked(void)
{
    static const struct {
        const char *text;
        uint64_t holder;
    } rows[] = {
        {"1: FLOCK  ADVISORY  WRITE 1234 fe:01:5678 0 EOF\n", 1234},
        {"1: FLOCK  ADVISORY  WRITE 1 fe:01:5678 0 EOF\n", 1},
        {"1: FLOCK  ADVISORY  WRITE 0 fe:01:5678 0 EOF\n", 0},
        {"1: FLOCK  ADVISORY  WRITE -1 fe:01:5678 0 EOF\n", 0},
        {"1: FLOCK  ADVISORY  WRITE 1234 fe:01:5679 0 EOF\n", 0},
        {"1: FLOCK  ADVISORY  WRITE 1234 fe:01:5677 0 EOF\n", 0},
        {"1: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF\n", 0},
        {"1: FLOCK  ADVISORY  WRITE 1234 ff:01:5678 0 EOF\n", 0},
        {"1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF\n", 0},
        {"1: FLOCK  ADVISORY  WRITE 1234 fe:02:5678 0 EOF\n", 0},
        {"1: FLOCK  ADVISORY  WRITE 1234 01:fe:5678 0 EOF\n", 0},
        {"1: FLOCK  ADVISORY  WRITE 1234 fe:01\n", 0},
        {"1: FLOCK  ADVISORY  WRITE 12 00:01:1 0 EOF\n2: FLOCK  ADVISORY  READ 34 fe:01:5678 0 EOF\n", 34},
        {"1: FLOCK  ADVISORY  WRITE 12 fe:01:5678 0 EOF\n2: FLOCK  ADVISORY  READ 34 fe:01:5678 0 EOF\n", 12},
        {"\n\n1: FLOCK  ADVISORY  WRITE 12 fe:01:5678 0 EOF\n\n", 12},
        {"1: FLOCK  ADVISORY  WRITE   0 fe:01:5678 0 EOF\n1: FLOCK  ADVISORY  WRITE 123\n", 0}, /* of two lines */
        {"1:\tFLOCK\tADVISORY WRITE 12 fe:01:5678 0 EOF\n", 12},
        {"", 0},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        EQ_IN(rows[i].text, holder_by(rows[i].text), rows[i].holder);
    /* The rest is not read. */
    char text[2048];
    (void)snprintf(text, sizeof text, "1: FLOCK ADVISORY WRITE 12 fe:01:5678 0 EOF\n%1000d\n", 7);
    EQ(holder_by(text), 12);
    EQ(lock_reads, 1);
}

/* Of a line 127 bytes count, and what lies behind them is no part of another line. The kernel's have some 80. */
static void a_long_line_is_cut(void)
{
    for (unsigned spaces = 1; spaces < 300; spaces++) {
        char text[1024];
        const int until = snprintf(text, sizeof text, "1: FLOCK%*sADVISORY  WRITE 1234 fe:01:5678", (int)spaces, "");

        (void)snprintf(text + until, sizeof text - (size_t)until, " 0 EOF\n");
        EQ(holder_by(text), until <= 127 ? 1234 : 0);
        (void)snprintf(text + until, sizeof text - (size_t)until,
                       " 0 EOF\n2: FLOCK  ADVISORY  WRITE 99 fe:01:5678 0 EOF\n");
        EQ(holder_by(text), until <= 127 ? 1234 : 99);
    }
}

static int open_fails(const char *path, int flags)
{
    (void)path, (void)flags;
    errno = ENOENT;
    return -1;
}

static ssize_t read_fails(int fd, void *buf, size_t len)
{
    (void)fd, (void)buf, (void)len;
    errno = EIO;
    return -1;
}

static void nobody_is_told_where_the_locks_cannot_be_read(void)
{
    const struct stat file = {0};

    reset_system();
    answers.open = open_fails;
    answers.close = close_locks;
    closed = 0;
    EQ(vmclock_lock_holder_(&file), 0);
    EQ(closed, 0);
    answers.open = open_locks;
    answers.read = read_fails;
    EQ(vmclock_lock_holder_(&file), 0);
    EQ(closed, 42);
    reset_system();
}

SUITE(lock) = {
    {"a free lock is taken at once", a_free_lock_is_taken_at_once},
    {"a held lock is looked at less and less often", a_held_lock_is_looked_at_less_and_less_often},
    {"a held lock is given up at the deadline and not before", a_held_lock_is_given_up_at_the_deadline_and_not_before},
    {"a lock is looked at once more after the deadline", a_lock_is_looked_at_once_more_after_the_deadline},
    {"signals and failures", signals_and_failures},
    {"the holder is who has this file locked", the_holder_is_who_has_this_file_locked},
    {"a long line is cut", a_long_line_is_cut},
    {"nobody is told where the locks cannot be read", nobody_is_told_where_the_locks_cannot_be_read},
    CU_TEST_INFO_NULL,
};
