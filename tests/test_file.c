/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading files that change at the worst moment, and inputs that answer what no file of this machine does. What inputs
 * there are, and what is said of them, tests/cmd has.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pages.h"
#include "system.h"
#include "vmclock_posix.h"

/* Calls are counted from 1; 0 is none of them. */
static unsigned calls, update_at, fail_at;
static struct timespec stop;
static uint8_t held[PAGE]; /* what the file holds */
static int writer;         /* another descriptor of it */

static ssize_t disturbed_pread(int fd, void *buf, size_t len, off_t offset)
{
    calls++;
    if (calls == update_at) {
        (void)nanosleep(&stop, NULL);
        put32(held, AT_SEQ_COUNT, 8);
        put64(held, AT_DISRUPTION_MARKER, 2);
        EQ(pwrite(writer, held, PAGE, 0), PAGE);
    }
    if (calls == fail_at) {
        errno = EIO;
        return -1;
    }
    return real_pread(fd, buf, len, offset);
}

static void start(char *path, unsigned update, unsigned stop_ms, unsigned failure)
{
    writer = mkstemp(path);
    build_clock_page(held);
    put32(held, AT_SEQ_COUNT, 6);
    put64(held, AT_DISRUPTION_MARKER, 1);
    EQ(write(writer, held, PAGE), PAGE);
    calls = 0;
    update_at = update;
    fail_at = failure;
    stop = (struct timespec){0, (long)stop_ms * 1000000};
    reset_system();
    answers.pread = disturbed_pread;
}

static void finish(const char *path)
{
    reset_system();
    (void)close(writer);
    (void)unlink(path);
}

/* One call finds out that the file can be positioned, then each round has three: seq_count, the page, seq_count. */
static void a_file_is_read_again_after_an_update(void)
{
    for (unsigned at = 2; at <= 4; at++) {
        for (unsigned stop_ms = 0; stop_ms <= 150; stop_ms += 150) { /* longer than the file may keep changing */
            char path[] = "/tmp/vmclock_file_XXXXXX";
            uint8_t bytes[PAGE] = {0};
            struct vmclock_error err;
            size_t len = 0;

            start(path, at, stop_ms, 0);
            EQ(vmclock_read_path(path, 0, bytes, sizeof bytes, &len, &err), VMCLOCK_OK);
            EQ(len, PAGE);
            EQ(memcmp(bytes, held, PAGE), 0);
            EQ(calls, at == 2 ? 4 : 7); /* an update before the first look at seq_count goes unnoticed */
            finish(path);
        }
    }
}

static void a_read_that_fails_in_a_later_round_has_no_bytes(void)
{
    for (unsigned failure = 5; failure <= 7; failure++) {
        char path[] = "/tmp/vmclock_file_XXXXXX";
        uint8_t bytes[PAGE];
        struct vmclock_error err;
        size_t len = 77;

        start(path, 3, 0, failure);
        EQ(vmclock_read_path(path, 0, bytes, sizeof bytes, &len, &err), VMCLOCK_ERR_SYSCALL);
        EQ(err.reason, VMCLOCK_REASON_READ_FAILED);
        EQ(err.sys_errno, EIO);
        EQ(len, 0);
        finish(path);
    }
}

static void a_snapshot_of_a_file_is_tried_again_however_long_it_took(void)
{
    for (unsigned at = 2; at <= 3; at++) {
        for (unsigned patient = 0; patient < 2; patient++) {
            char path[] = "/tmp/vmclock_file_XXXXXX";
            struct vmclock_snapshot snapshot;
            struct vmclock_device device;
            struct vmclock_error err;

            start(path, at, 20, 0);
            EQ(vmclock_device_open(&device, path, 0, NULL), VMCLOCK_OK);
            EQ(vmclock_device_snapshot(&device, patient * 10000000, &snapshot, &err),
               patient ? VMCLOCK_OK : VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
            EQ(err.reason, patient ? VMCLOCK_REASON_NONE : VMCLOCK_REASON_UPDATE_TOO_FAST);
            EQ(snapshot.seq_count, patient ? 8 : 0);
            EQ(calls, patient ? 8 : 4); /* seq_count, the page, its last byte, seq_count */
            vmclock_device_close(&device);
            finish(path);
        }
    }
}

/* ---- What answers late, little or never: by a clock that moves only while somebody waits ---- */

enum { SEC = 1000 }; /* in milliseconds */
#define NS_PER_MS INT64_C(1000000)

static int64_t began;
static int64_t ms_gone(void)
{
    return (stopped_clock() - began) / NS_PER_MS;
}

static ssize_t again_for_ever(void)
{
    errno = EAGAIN;
    return -1;
}

static ssize_t signals_for_ever(void)
{
    errno = EINTR;
    return -1;
}

static unsigned bytes_to_come;
static ssize_t some_bytes_then_again(void)
{
    if (bytes_to_come == 0)
        return again_for_ever();
    bytes_to_come--;
    move_clock(SEC * NS_PER_MS);
    return 1;
}

static ssize_t byte_every_tenth_of_a_second(void)
{
    move_clock(100 * NS_PER_MS);
    return 1;
}

static bool ready;
static ssize_t byte_when_polled(void)
{
    if (!ready)
        return again_for_ever();
    ready = false;
    return 1;
}

/* What is asked for comes from this; a NULL `stream` is an input that can be positioned. */
static ssize_t (*answer)(void);
static ssize_t answer_pread(int fd, void *buf, size_t len, off_t offset)
{
    (void)fd, (void)offset;
    if (len == 0)
        return 0;
    *(uint8_t *)buf = 'x';
    return answer();
}
static ssize_t answer_no_seek(int fd, void *buf, size_t len, off_t offset)
{
    (void)fd, (void)buf, (void)len, (void)offset;
    errno = ESPIPE;
    return -1;
}
static ssize_t answer_read(int fd, void *buf, size_t len)
{
    return answer_pread(fd, buf, len, 0);
}

static int always_ready(struct pollfd *fds, int timeout_ms)
{
    (void)timeout_ms;
    fds->revents = POLLIN;
    return 1;
}

static int signal_every_200_ms(struct pollfd *fds, int timeout_ms)
{
    fds->revents = 0;
    move_clock((timeout_ms < 200 ? timeout_ms : 200) * NS_PER_MS);
    if (timeout_ms < 200)
        return 0;
    errno = EINTR;
    return -1;
}

static int ready_after_4_seconds(struct pollfd *fds, int timeout_ms)
{
    const bool in_time = timeout_ms >= 4 * SEC;

    move_clock((in_time ? 4 * SEC : timeout_ms) * NS_PER_MS);
    ready = in_time;
    fds->revents = in_time ? POLLIN : 0;
    return in_time;
}

static int poll_fails(struct pollfd *fds, int timeout_ms)
{
    (void)fds, (void)timeout_ms;
    errno = ENOMEM;
    return -1;
}

/* From here on the input answers like this. NULL for poll: nothing comes. */
static void stage(bool stream, ssize_t (*read_answer)(void), int (*poll_answer)(struct pollfd *, int))
{
    reset_system();
    stop_clock();
    began = stopped_clock();
    ready = false;
    answer = read_answer;
    answers.pread = stream ? answer_no_seek : answer_pread;
    answers.read = answer_read;
    if (poll_answer != NULL)
        answers.poll = poll_answer;
}

static const struct {
    const char *row;
    ssize_t (*read)(void);
    int (*poll)(struct pollfd *, int);
    int64_t least_ms, most_ms;
    unsigned bytes;
    int sys_errno;
} lates[] = {
    {"silence", again_for_ever, NULL, 5 * SEC, 5 * SEC, 0, ETIMEDOUT},
    {"always ready, and has nothing", again_for_ever, always_ready, 5 * SEC, 5 * SEC + 20, 0, ETIMEDOUT},
    {"silence, and a signal every 200 ms", again_for_ever, signal_every_200_ms, 5 * SEC, 5 * SEC + 20, 0, ETIMEDOUT},
    {"interrupted for ever", signals_for_ever, NULL, 5 * SEC, 5 * SEC + 20, 0, ETIMEDOUT},
    {"silence after some bytes", some_bytes_then_again, NULL, 12 * SEC, 12 * SEC, 7, ETIMEDOUT},
    {"always ready after some bytes", some_bytes_then_again, always_ready, 12 * SEC, 12 * SEC + 20, 7, ETIMEDOUT},
    {"a byte every 100 ms", byte_every_tenth_of_a_second, NULL, 60 * SEC, 60 * SEC + 100, 0, ETIMEDOUT},
    {"a byte every 4 s", byte_when_polled, ready_after_4_seconds, 60 * SEC, 64 * SEC, 0, ETIMEDOUT},
    {"poll fails", again_for_ever, poll_fails, 0, 0, 0, ENOMEM},
};

/* As something that can be positioned, as a stream, and as a stream of which most is thrown away a byte at a time. */
enum { POSITIONED, STREAM, SKIPPED, WAYS };

static void what_never_comes_ends_in_time_and_without_spinning(void)
{
    static uint8_t bytes[PAGE];

    for (unsigned i = 0; i < sizeof lates / sizeof *lates; i++) {
        for (unsigned way = 0; way < WAYS; way++) {
            const char *const row = lates[i].row;
            struct vmclock_error err;
            size_t len = 77;

            stage(way != POSITIONED, lates[i].read, lates[i].poll);
            bytes_to_come = lates[i].bytes;
            EQ_IN(row,
                  vmclock_read_path("/dev/null", way == SKIPPED ? 1000000 : 0, bytes, way == SKIPPED ? 1 : PAGE, &len,
                                    &err),
                  VMCLOCK_ERR_SYSCALL);
            EQ_IN(row, err.reason, VMCLOCK_REASON_READ_FAILED);
            EQ_IN(row, err.sys_errno, lates[i].sys_errno);
            TEXT_IN(row, err.origin, "poll");
            EQ_IN(row, len, 0);
            HOLDS_IN(row, ms_gone() >= lates[i].least_ms);
            HOLDS_IN(row, ms_gone() <= lates[i].most_ms);
            HOLDS_IN(row, system_calls() < 5000);
            reset_system();
        }
    }
}

static void descriptor_of_a_file_has_the_same_limits(void)
{
    static uint8_t bytes[PAGE];

    for (unsigned i = 0; i < sizeof lates / sizeof *lates; i++) {
        struct vmclock_error err;
        size_t len = 77;

        stage(false, lates[i].read, lates[i].poll);
        bytes_to_come = lates[i].bytes;
        EQ_IN(lates[i].row, vmclock_read_fd(0, 0, bytes, PAGE, &len, &err), VMCLOCK_ERR_SYSCALL);
        EQ_IN(lates[i].row, err.sys_errno, lates[i].sys_errno);
        HOLDS_IN(lates[i].row, ms_gone() >= lates[i].least_ms);
        HOLDS_IN(lates[i].row, ms_gone() <= lates[i].most_ms);
        reset_system();
    }
}

static int ready_after_an_hour(struct pollfd *fds, int timeout_ms)
{
    const int hour = 3600 * SEC;

    ready = timeout_ms >= hour;
    move_clock((ready ? hour : timeout_ms) * NS_PER_MS);
    fds->revents = POLLIN;
    return 1;
}

static void descriptor_of_a_stream_is_waited_for_without_limit(void)
{
    uint8_t bytes[24];
    struct vmclock_error err;
    size_t len = 77;

    stage(true, byte_when_polled, ready_after_an_hour);
    EQ(vmclock_read_fd(0, 0, bytes, sizeof bytes, &len, &err), VMCLOCK_OK);
    EQ(len, sizeof bytes);
    EQ(ms_gone(), (int64_t)sizeof bytes * 3600 * SEC);
    reset_system();
}

static void what_trickles_is_read_if_it_is_in_time(void)
{
    static uint8_t bytes[599]; /* by a tenth of a second each, just below a minute */
    struct vmclock_error err;
    size_t len = 77;

    for (unsigned stream = 0; stream < 2; stream++) {
        stage(stream != 0, byte_every_tenth_of_a_second, NULL);
        EQ(vmclock_read_path("/dev/null", 0, bytes, sizeof bytes, &len, &err), VMCLOCK_OK);
        EQ(len, sizeof bytes);
        EQ(err.reason, VMCLOCK_REASON_NONE);
        reset_system();
    }
}

static int open_interrupted(const char *path, int flags)
{
    (void)path, (void)flags;
    errno = EINTR;
    return -1;
}

static void open_that_is_interrupted_for_ever_ends_in_time(void)
{
    struct vmclock_device device;
    struct vmclock_error err;
    uint8_t byte;

    stage(false, again_for_ever, NULL);
    answers.open = open_interrupted;
    EQ(vmclock_read_path("/dev/null", 0, &byte, 1, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, EINTR);
    HOLDS(ms_gone() >= 60 * SEC && ms_gone() < 61 * SEC);
    stage(false, again_for_ever, NULL);
    answers.open = open_interrupted;
    EQ(vmclock_device_open(&device, "/dev/null", 0, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, EINTR);
    HOLDS(ms_gone() >= 5 * SEC && ms_gone() < 6 * SEC);
    reset_system();
}

/* The device's own 100 ms are over: the page is stalled, which is no silence. */
static ssize_t stalled(void)
{
    errno = ETIMEDOUT;
    return -1;
}

static void stalled_page_is_told_from_silence_by_the_call(void)
{
    struct vmclock_error err;
    uint8_t bytes[16];

    stage(false, stalled, NULL);
    EQ(vmclock_read_path("/dev/null", 0, bytes, sizeof bytes, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, ETIMEDOUT);
    TEXT(err.origin, "pread");
    EQ(ms_gone(), 0);
    reset_system();
}

/* ---- Live files under a deadline ---- */

static ssize_t interrupted_at_first(int fd, void *buf, size_t len, off_t offset)
{
    if (calls++ % 4 < 3) {
        errno = EINTR;
        return -1;
    }
    return real_pread(fd, buf, len, offset);
}

static void snapshot_and_wait_end_at_their_deadline_whatever_a_file_answers(void)
{
    static const uint64_t timeouts_ms[] = {0, 1, 100, 7000};

    for (unsigned i = 0; i < sizeof timeouts_ms / sizeof *timeouts_ms; i++) {
        for (unsigned polls = 0; polls < 2; polls++) {
            for (unsigned what = 0; what < 2; what++) {
                const int64_t timeout = (int64_t)timeouts_ms[i];
                const uint64_t timeout_ns = timeouts_ms[i] * 1000000;
                char path[] = "/tmp/vmclock_file_XXXXXX";
                struct vmclock_snapshot snapshot;
                struct vmclock_device device;
                struct vmclock_error err;
                bool changed = false;

                start(path, 0, 0, 0);
                EQ(vmclock_device_open(&device, path, 0, NULL), VMCLOCK_OK);
                EQ(vmclock_device_snapshot(&device, 0, &snapshot, NULL), VMCLOCK_OK);
                stage(false, what == 0 ? again_for_ever : signals_for_ever, polls ? always_ready : NULL);
                EQ(vmclock_device_wait(&device, &snapshot, 10000000, timeout_ns, &changed, &err), VMCLOCK_OK);
                EQ(changed, true); /* it cannot be told */
                HOLDS(ms_gone() >= timeout && ms_gone() <= timeout + 10);
                HOLDS(system_calls() < 5000);
                began = stopped_clock();
                EQ(vmclock_device_snapshot(&device, timeout_ns, &snapshot, &err), VMCLOCK_ERR_SYSCALL);
                EQ(err.reason, VMCLOCK_REASON_READ_FAILED);
                EQ(err.sys_errno, ETIMEDOUT);
                TEXT(err.origin, "poll");
                HOLDS(ms_gone() >= timeout && ms_gone() <= timeout + 10);
                vmclock_device_close(&device);
                finish(path);
            }
        }
    }
}

static void signals_keep_no_file_from_being_read(void)
{
    char path[] = "/tmp/vmclock_file_XXXXXX";
    struct vmclock_snapshot snapshot;
    struct vmclock_device device;
    struct vmclock_error err;
    uint8_t bytes[PAGE];
    size_t len;

    start(path, 0, 0, 0);
    answers.pread = interrupted_at_first;
    EQ(vmclock_device_open(&device, path, 0, NULL), VMCLOCK_OK);
    EQ(vmclock_device_snapshot(&device, 0, &snapshot, &err), VMCLOCK_OK);
    EQ(snapshot.seq_count, 6);
    EQ(vmclock_device_wait(&device, &snapshot, 0, 0, NULL, &err), VMCLOCK_OK);
    EQ(vmclock_read_path(path, 0, bytes, sizeof bytes, &len, &err), VMCLOCK_OK);
    EQ(len, PAGE);
    vmclock_device_close(&device);
    finish(path);
}

/* ---- How long a region is ---- */

static size_t readable, most_asked, first_asked;
static bool partial; /* what can be read is read, before what cannot fails */
static int beyond_errno;
static ssize_t pread_up_to(int fd, void *buf, size_t len, off_t offset)
{
    if (len > 4 && first_asked == 0)
        first_asked = len;
    if (len > most_asked)
        most_asked = len;
    if ((size_t)offset >= readable || (!partial && (size_t)offset + len > readable)) {
        errno = beyond_errno;
        return -1;
    }
    return real_pread(fd, buf, len < readable - (size_t)offset ? len : readable - (size_t)offset, offset);
}

static void what_cannot_be_read_ends_the_region(void)
{
    static uint8_t bytes[1 << 16];
    static const size_t limits[] = {4096, 8192, 8193, 12288, 20000};
    char path[] = "/tmp/vmclock_file_XXXXXX";

    start(path, 0, 0, 0);
    EQ(ftruncate(writer, 1 << 20), 0);
    for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++) {
        for (unsigned way = 0; way < 4; way++) {
            struct vmclock_error err;
            size_t len = 77;

            readable = limits[i];
            partial = way % 2 != 0;
            beyond_errno = way / 2 != 0 ? EIO : EPERM;
            most_asked = first_asked = 0;
            answers.pread = pread_up_to;
            EQ(vmclock_read_path(path, 0, bytes, sizeof bytes, &len, &err), VMCLOCK_OK);
            EQ(err.reason, VMCLOCK_REASON_NONE);
            EQ(len, partial ? readable : readable - readable % 4096);
            EQ(first_asked, 4096);
            EQ(most_asked, 4096);
            EQ(vmclock_parse(bytes, len, 0, NULL, NULL), VMCLOCK_OK);
            EQ(vmclock_read_path(path, readable, bytes, sizeof bytes, &len, &err), VMCLOCK_ERR_SYSCALL);
            EQ(err.sys_errno, beyond_errno);
            TEXT(err.origin, "pread");
            EQ(len, 0);
        }
    }
    finish(path);
}

static int tell_size_0(int fd, struct stat *status)
{
    const int failed = real_fstat(fd, status);

    status->st_size = 0;
    return failed;
}

/* /proc says 0 of most of its files. */
static void region_is_as_long_as_can_be_read_whatever_fstat_says(void)
{
    char path[] = "/tmp/vmclock_file_XXXXXX";
    struct vmclock_snapshot snapshot;
    struct vmclock_device device;
    struct vmclock_error err;
    uint8_t bytes[PAGE];
    size_t len;

    start(path, 0, 0, 0);
    answers.fstat = tell_size_0;
    EQ(vmclock_device_open(&device, path, 0, &err), VMCLOCK_OK);
    EQ(vmclock_device_snapshot(&device, 0, &snapshot, &err), VMCLOCK_OK);
    EQ(snapshot.region, PAGE);
    EQ(vmclock_read_path(path, 0, bytes, sizeof bytes, &len, &err), VMCLOCK_OK);
    EQ(len, PAGE);
    vmclock_device_close(&device);
    finish(path);
}

static ssize_t grow_after_the_first_read(int fd, void *buf, size_t len, off_t offset)
{
    const ssize_t got = real_pread(fd, buf, len, offset);

    if (++calls == update_at)
        EQ(ftruncate(writer, PAGE), 0);
    return got;
}

static void file_that_grows_meanwhile_is_valid_or_what_it_was(void)
{
    for (unsigned at = 1; at <= 4; at++) {
        char path[] = "/tmp/vmclock_file_XXXXXX";
        struct vmclock_device device;
        struct vmclock_error err;
        enum vmclock_err kind;

        start(path, at, 0, 0);
        EQ(ftruncate(writer, 112), 0);
        answers.pread = grow_after_the_first_read;
        EQ(vmclock_device_open(&device, path, 0, &err), VMCLOCK_OK);
        kind = vmclock_device_snapshot(&device, 0, NULL, &err);
        EQ(kind, at <= 2 ? VMCLOCK_OK : VMCLOCK_ERR_SEGMENT_MALFORMED);
        if (kind != VMCLOCK_OK)
            EQ(err.reason, VMCLOCK_REASON_SIZE_EXCEEDS_REGION);
        vmclock_device_close(&device);
        finish(path);
    }
}

/* The answer is inspect's, which reads the whole: up to a MiB. */
static void snapshot_of_a_file_finds_the_end_of_its_region(void)
{
    static const uint32_t sizes[] = {113, 1000, 4095, 4096, 4097, 8192, 8197, 65536, 1 << 20};
    static uint8_t bytes[1 << 20];

    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int more = -1; more <= 1; more++) {
            char path[] = "/tmp/vmclock_file_XXXXXX";
            const size_t long_ = sizes[i] + (size_t)more, region = long_ < 1 << 20 ? long_ : 1 << 20;
            struct vmclock_snapshot snapshot;
            struct vmclock_device device;
            struct vmclock_error err;
            size_t len;

            start(path, 0, 0, 0);
            put32(held, AT_SIZE, sizes[i]);
            EQ(pwrite(writer, held, 112, 0), 112);
            EQ(ftruncate(writer, (off_t)long_), 0);
            EQ(vmclock_device_open(&device, path, 0, &err), VMCLOCK_OK);
            EQ(vmclock_device_snapshot(&device, 0, &snapshot, &err),
               more < 0 ? VMCLOCK_ERR_SEGMENT_MALFORMED : VMCLOCK_OK);
            EQ(err.reason, more < 0 ? VMCLOCK_REASON_SIZE_EXCEEDS_REGION : VMCLOCK_REASON_NONE);
            EQ(err.expected, more < 0 ? region : 0);
            EQ(vmclock_read_path(path, 0, bytes, sizeof bytes, &len, NULL), VMCLOCK_OK);
            EQ(len, region);
            EQ(vmclock_parse(bytes, len, 0, NULL, &err), more < 0 ? VMCLOCK_ERR_SEGMENT_MALFORMED : VMCLOCK_OK);
            EQ(err.expected, more < 0 ? region : 0);
            vmclock_device_close(&device);
            finish(path);
        }
    }
}

static void region_of_more_than_a_mebibyte_counts_as_one(void)
{
    char path[] = "/tmp/vmclock_file_XXXXXX";
    struct vmclock_device device;
    struct vmclock_error err;

    start(path, 0, 0, 0);
    put32(held, AT_SIZE, (1 << 20) + 1);
    EQ(pwrite(writer, held, 112, 0), 112);
    EQ(ftruncate(writer, 1 << 21), 0);
    EQ(vmclock_device_open(&device, path, 0, &err), VMCLOCK_OK);
    EQ(vmclock_device_snapshot(&device, 0, NULL, &err), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(err.reason, VMCLOCK_REASON_SIZE_EXCEEDS_REGION);
    EQ(err.expected, 1 << 20);
    vmclock_device_close(&device);
    finish(path);
}

/* The probes of the region's end are under the deadline, too. */
static ssize_t pread_page_only(int fd, void *buf, size_t len, off_t offset)
{
    if (len == 1) {
        errno = EAGAIN;
        return -1;
    }
    return real_pread(fd, buf, len, offset);
}

static void end_of_a_region_that_cannot_be_found_in_time_is_no_short_region(void)
{
    char path[] = "/tmp/vmclock_file_XXXXXX";
    struct vmclock_device device;
    struct vmclock_error err;

    start(path, 0, 0, 0);
    EQ(vmclock_device_open(&device, path, 0, &err), VMCLOCK_OK);
    stop_clock();
    began = stopped_clock();
    answers.pread = pread_page_only;
    EQ(vmclock_device_snapshot(&device, 100000000, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, ETIMEDOUT);
    EQ(ms_gone(), 100);
    vmclock_device_close(&device);
    finish(path);
}

/* A page in this process's own memory, whose file has no size and cannot be mapped. */
static void page_in_a_process_is_read_by_both_ways(void)
{
    static _Alignas(PAGE) uint8_t memory[PAGE];
    static uint8_t bytes[1 << 20];
    struct vmclock_snapshot snapshot;
    struct vmclock_device device;
    struct vmclock_error err;
    uint8_t byte = 0;
    size_t len;
    const int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

    build_clock_page(memory);
    if (fd < 0 || pread(fd, &byte, 1, (off_t)(uintptr_t)memory) != 1 || byte != 'V') {
        (void)close(fd);
        return; /* an emulator's memory, or none that may be read */
    }
    EQ(close(fd), 0);
    EQ(vmclock_device_open(&device, "/proc/self/mem", (uintptr_t)memory, &err), VMCLOCK_OK);
    EQ(vmclock_device_snapshot(&device, 0, &snapshot, &err), VMCLOCK_OK);
    EQ(snapshot.seq_count, 0x00c0ffee);
    vmclock_device_close(&device);
    EQ(vmclock_read_path("/proc/self/mem", (uintptr_t)memory, bytes, sizeof bytes, &len, &err), VMCLOCK_OK);
    HOLDS(len >= PAGE);
    EQ(memcmp(bytes, memory, PAGE), 0);
}

/* ---- Where it starts, and how much there is ---- */

/* 1000 bytes, each of which tells its place. */
static uint8_t place_byte(uint64_t place)
{
    return (uint8_t)(place * 7 + place / 256);
}
static void build_places(uint8_t places[1000])
{
    for (size_t i = 0; i < 1000; i++)
        places[i] = place_byte(i);
}

static void expect_places(const char *row, enum vmclock_err kind, const struct vmclock_error *err, const uint8_t *bytes,
                          size_t got, uint64_t from, size_t wanted)
{
    unsigned wrong = 0;

    EQ_IN(row, kind, VMCLOCK_OK);
    EQ_IN(row, err->reason, VMCLOCK_REASON_NONE);
    EQ_IN(row, got, wanted);
    for (size_t i = 0; i < got && i < 1000; i++)
        wrong += bytes[i] != place_byte(from + i);
    EQ_IN(row, wrong, 0);
}

static void offset_is_skipped_in_a_stream_and_counted_from_the_position_elsewhere(void)
{
    static const uint64_t offsets[] = {0,   1,    7,    8,    9,    16,        17,        900, 992, 993,
                                       999, 1000, 1001, 1008, 5000, INT64_MAX, UINT64_MAX};
    static const size_t caps[] = {1, 8, 100, 4096};
    uint8_t places[1000];
    char path[] = "/tmp/vmclock_file_XXXXXX";
    const int fd = mkstemp(path);

    reset_system();
    build_places(places);
    EQ(write(fd, places, 1000), 1000);
    for (unsigned i = 0; i < sizeof offsets / sizeof *offsets; i++)
        for (unsigned c = 0; c < sizeof caps / sizeof *caps; c++) {
            const uint64_t left = offsets[i] < 1000 ? 1000 - offsets[i] : 0;
            const size_t wanted = left < caps[c] ? (size_t)left : caps[c];
            struct vmclock_error err;
            uint8_t bytes[4096];
            char row[64];
            size_t len = 77;
            int ends[2];
            enum vmclock_err kind;

            (void)snprintf(row, sizeof row, "%llu, %zu bytes", (unsigned long long)offsets[i], caps[c]);
            EQ(pipe(ends), 0);
            EQ(write(ends[1], places, 1000), 1000);
            EQ(close(ends[1]), 0);
            memset(&err, 0x5a, sizeof err);
            kind = vmclock_read_fd(ends[0], offsets[i], bytes, caps[c], &len, &err);
            expect_places(row, kind, &err, bytes, len, offsets[i], wanted);
            EQ(close(ends[0]), 0);
            kind = vmclock_read_path(path, offsets[i], bytes, caps[c], &len, &err);
            expect_places(row, kind, &err, bytes, len, offsets[i], wanted);
            for (off_t position = 0; position < 1200; position += 300) {
                const uint64_t at = (uint64_t)position;
                const uint64_t from = offsets[i] > UINT64_MAX - at ? UINT64_MAX : offsets[i] + at;
                const uint64_t more = from < 1000 ? 1000 - from : 0;

                EQ(lseek(fd, position, SEEK_SET), position);
                kind = vmclock_read_fd(fd, offsets[i], bytes, caps[c], &len, &err);
                expect_places(row, kind, &err, bytes, len, from, more < caps[c] ? (size_t)more : caps[c]);
                EQ(lseek(fd, 0, SEEK_CUR), position);
            }
        }
    EQ(close(fd), 0);
    EQ(unlink(path), 0);
}

static off_t no_seek(int fd, off_t offset, int whence)
{
    (void)fd, (void)offset, (void)whence;
    errno = ESPIPE;
    return -1;
}

static void what_reads_anywhere_but_has_no_position_is_read_from_its_start(void)
{
    uint8_t places[1000], bytes[8];
    char path[] = "/tmp/vmclock_file_XXXXXX";
    const int fd = mkstemp(path);
    struct vmclock_error err;
    size_t len = 77;
    enum vmclock_err kind;

    build_places(places);
    EQ(write(fd, places, 1000), 1000);
    answers.lseek = no_seek;
    kind = vmclock_read_fd(fd, 40, bytes, sizeof bytes, &len, &err);
    expect_places("", kind, &err, bytes, len, 40, 8);
    reset_system();
    EQ(close(fd), 0);
    EQ(unlink(path), 0);
}

static void no_buffer_no_length_and_no_descriptor(void)
{
    char path[] = "/tmp/vmclock_file_XXXXXX";
    const int fd = mkstemp(path);
    struct vmclock_error err;
    uint8_t byte = 7;
    size_t len = 77;
    int ends[2];

    reset_system();
    EQ(write(fd, "abc", 3), 3);
    EQ(lseek(fd, 0, SEEK_SET), 0);
    EQ(pipe(ends), 0);
    EQ(write(ends[1], "abc", 3), 3);
    for (unsigned i = 0; i < 2; i++) {
        memset(&err, 0x5a, sizeof err);
        EQ(vmclock_read_fd(i ? fd : ends[0], 0, NULL, 10, &len, &err), VMCLOCK_OK);
        EQ(len, 0);
        EQ(err.reason, VMCLOCK_REASON_NONE);
        len = 77;
        EQ(vmclock_read_fd(i ? fd : ends[0], 0, &byte, 0, &len, NULL), VMCLOCK_OK);
        EQ(len, 0);
        EQ(byte, i ? 'a' : 7);
        EQ(vmclock_read_fd(i ? fd : ends[0], 0, &byte, 1, NULL, NULL), VMCLOCK_OK);
        EQ(byte, 'a');
    }
    EQ(vmclock_read_path(path, 1, &byte, 1, NULL, NULL), VMCLOCK_OK);
    EQ(byte, 'b');
    len = 77;
    EQ(vmclock_read_path(NULL, 0, &byte, 1, &len, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, EFAULT);
    TEXT(err.origin, "open");
    EQ(len, 0);
    len = 77;
    EQ(vmclock_read_path("/nonexistent/page", 0, &byte, 1, &len, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, ENOENT);
    TEXT(err.origin, "open");
    EQ(len, 0);
    len = 77;
    EQ(vmclock_read_fd(-1, 0, &byte, 1, &len, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_READ_FAILED);
    EQ(err.sys_errno, EBADF);
    TEXT(err.origin, "fstat");
    EQ(len, 0);
    EQ(close(ends[0]), 0);
    EQ(close(ends[1]), 0);
    EQ(close(fd), 0);
    EQ(unlink(path), 0);
}

static ssize_t read_fails(int fd, void *buf, size_t len)
{
    (void)fd;
    if (calls++ < 3)
        return (ssize_t)(memset(buf, 'x', len), len);
    errno = EIO;
    return -1;
}

static void stream_that_fails_while_it_is_skipped_is_told(void)
{
    struct vmclock_error err;
    uint8_t bytes[10];
    size_t len = 77;

    reset_system();
    calls = 0;
    answers.pread = answer_no_seek;
    answers.read = read_fails;
    EQ(vmclock_read_fd(0, 1000, bytes, sizeof bytes, &len, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_READ_FAILED);
    EQ(err.sys_errno, EIO);
    TEXT(err.origin, "read");
    EQ(len, 0);
    EQ(calls, 4);
    reset_system();
}

/* Each skip is in time, and all of them are not. */
static ssize_t whole_read_in_a_second(int fd, void *buf, size_t len)
{
    (void)fd, (void)buf;
    calls++;
    move_clock(SEC * NS_PER_MS);
    return (ssize_t)len;
}

static void stream_is_skipped_until_the_deadline(void)
{
    struct vmclock_error err;
    uint8_t bytes[1];
    size_t len = 77;

    for (uint64_t skipped = 58; skipped <= 61; skipped++) {
        stage(true, again_for_ever, NULL);
        answers.read = whole_read_in_a_second;
        calls = 0;
        EQ(vmclock_read_path("/dev/null", skipped, bytes, 1, &len, &err),
           skipped < 60 ? VMCLOCK_OK : VMCLOCK_ERR_SYSCALL);
        EQ(len, skipped < 60);
        EQ(err.sys_errno, skipped < 60 ? 0 : ETIMEDOUT);
        TEXT(err.origin, skipped < 60 ? NULL : "poll");
        EQ(calls, skipped < 60 ? skipped + 1 : 60);
        reset_system();
    }
}

/* ---- A page that never settles ---- */

static int64_t read_ms;       /* a read takes so long */
static unsigned odd_until;    /* calls up to which seq_count is odd */
static unsigned changes_left; /* so often seq_count differs from the last time */
static uint32_t seq;
static unsigned naps;
static struct timespec napped;

static ssize_t restless_pread(int fd, void *buf, size_t len, off_t offset)
{
    (void)fd;
    if (len == 0)
        return 0;
    calls++;
    move_clock(read_ms * NS_PER_MS);
    if (changes_left > 0) {
        changes_left--;
        seq += 2;
    }
    put32(held, AT_SEQ_COUNT, seq + (calls <= odd_until));
    memcpy(buf, held + offset, len);
    return (ssize_t)len;
}

static int note_nap(const struct timespec *time)
{
    naps++;
    napped = *time;
    move_clock(time->tv_nsec);
    return 0;
}

static void start_restless(int64_t ms, unsigned changes, unsigned odd)
{
    reset_system();
    stop_clock();
    began = stopped_clock();
    build_clock_page(held);
    read_ms = ms;
    changes_left = changes;
    odd_until = odd;
    seq = 100;
    calls = naps = 0;
    answers.pread = restless_pread;
    answers.nanosleep = note_nap;
}

/* /dev/null is no regular file: it is made to look like one. */
static int pretend_regular(int fd, struct stat *status)
{
    const int failed = real_fstat(fd, status);

    status->st_mode = (status->st_mode & ~(mode_t)S_IFMT) | S_IFREG;
    return failed;
}

static enum vmclock_err read_restless(uint8_t bytes[PAGE], size_t *len, struct vmclock_error *err)
{
    memset(err, 0x5a, sizeof *err);
    *len = 77;
    answers.fstat = pretend_regular;
    return vmclock_read_path("/dev/null", 0, bytes, PAGE, len, err);
}

static void page_that_never_settles_is_given_up_after_100_ms_with_its_last_bytes(void)
{
    struct vmclock_error err;
    uint8_t bytes[PAGE];
    size_t len;

    /* 3 ms an attempt: 34 take 102, and the last comes after the deadline. */
    start_restless(1, UINT32_MAX, 0);
    EQ(read_restless(bytes, &len, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.kind, VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(err.reason, VMCLOCK_REASON_UPDATE_TOO_FAST);
    EQ(calls, 3 * 35);
    EQ(len, PAGE);
    EQ(bytes[AT_SEQ_COUNT], (uint8_t)(100 + 2 * (3 * 35 - 1)));
    EQ(err.actual, 100 + 2 * (3 * 35 - 1));
    EQ(naps, 0);
    /* 15 ms an attempt: 7 take 105. */
    start_restless(5, UINT32_MAX, 0);
    EQ(read_restless(bytes, &len, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(calls, 3 * 8);
    /* It settles at last. */
    for (unsigned changes = 0; changes < 30; changes++) {
        start_restless(1, changes, 0);
        EQ(read_restless(bytes, &len, &err), VMCLOCK_OK);
        EQ(err.reason, VMCLOCK_REASON_NONE);
        EQ(len, PAGE);
        EQ(calls, 3 * ((changes <= 1 ? 0 : (changes - 2) / 3 + 1) + 1));
        EQ(bytes[AT_SEQ_COUNT], (uint8_t)(100 + 2 * changes));
    }
    /* All of the time goes by while it is busy: it is looked at once more. */
    start_restless(100000, 2, 0);
    EQ(read_restless(bytes, &len, &err), VMCLOCK_OK);
    EQ(calls, 6);
    reset_system();
}

static void odd_seq_count_is_given_a_moment_and_then_is_what_the_file_holds(void)
{
    struct vmclock_error err;
    uint8_t bytes[PAGE];
    size_t len;

    start_restless(0, 0, UINT32_MAX);
    EQ(read_restless(bytes, &len, &err), VMCLOCK_OK);
    EQ(err.reason, VMCLOCK_REASON_NONE);
    EQ(calls, 3);
    EQ(naps, 1);
    EQ(napped.tv_sec, 0);
    EQ(napped.tv_nsec, 200000);
    EQ(bytes[AT_SEQ_COUNT], 101);
    /* It becomes even in that moment. */
    start_restless(0, 0, 2);
    EQ(read_restless(bytes, &len, &err), VMCLOCK_OK);
    EQ(calls, 6);
    EQ(naps, 1);
    EQ(bytes[AT_SEQ_COUNT], 100);
    /* An even one is given no moment. */
    start_restless(0, 0, 0);
    EQ(read_restless(bytes, &len, &err), VMCLOCK_OK);
    EQ(naps, 0);
    reset_system();
}

static void what_is_no_page_is_read_once(void)
{
    static const struct {
        const char *row;
        unsigned at;
        uint32_t value;
        unsigned calls;
    } rows[] = {
        {"a page", AT_SEQ_COUNT, 100, 3},
        {"of another version: it may be updated all the same", AT_VERSION, 2, 3},
        {"of no size", AT_SIZE, 0, 3},
        {"no magic", AT_MAGIC, 0, 2},
        {"swapped", AT_MAGIC, 0x56434c4b, 2},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vmclock_error err;
        uint8_t bytes[PAGE];
        size_t len;

        start_restless(0, 0, 0);
        put32(held, rows[i].at, rows[i].value);
        EQ_IN(rows[i].row, read_restless(bytes, &len, &err), VMCLOCK_OK);
        EQ_IN(rows[i].row, err.reason, VMCLOCK_REASON_NONE);
        EQ_IN(rows[i].row, len, PAGE);
        EQ_IN(rows[i].row, calls, rows[i].calls);
    }
    reset_system();
}

/* ---- Threads and terminals ---- */

static unsigned open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;

    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        (void)closedir(folder);
    return count;
}

static char fifo[64];
static bool was_read;    /* the call came back, and so closed what it had opened */
static int cancel_state; /* behind it */
static void *read_fifo(void *unused)
{
    uint8_t bytes[PAGE];
    size_t len;

    was_read = vmclock_read_path(fifo, 0, bytes, sizeof bytes, &len, NULL) == VMCLOCK_OK;
    /* It ends here by returning: AddressSanitizer takes the stack of a thread that is cancelled for overrun. */
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    return unused;
}

static void cancelled_thread_leaks_no_descriptor(void)
{
    const struct timespec moment = {0, 50000000};
    char folder[] = "/tmp/vmclock_file_XXXXXX";
    const unsigned before = open_descriptors();
    pthread_t thread;
    int fd;

    HOLDS(mkdtemp(folder) != NULL);
    (void)snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    EQ(mkfifo(fifo, 0600), 0);
    fd = open(fifo, O_RDWR | O_CLOEXEC);
    EQ(pthread_create(&thread, NULL, read_fifo, NULL), 0);
    (void)nanosleep(&moment, NULL); /* it waits by now, or will: both ways it is cancelled only behind */
    EQ(pthread_cancel(thread), 0);
    (void)nanosleep(&moment, NULL);
    EQ(close(fd), 0);
    EQ(pthread_join(thread, NULL), 0);
    HOLDS(was_read);
    EQ(cancel_state, PTHREAD_CANCEL_ENABLE);
    EQ(open_descriptors(), before);
    EQ(unlink(fifo), 0);
    EQ(rmdir(folder), 0);
}

static uint8_t search_buffer[VMCLOCK_SEARCH_BUFFER];

/* In a session whose terminal is the descriptor: reads it from the background. Returns as a process ends. */
static int read_in_background(int terminal)
{
    struct vmclock_search search;
    sigset_t ttin, after;
    struct vmclock_error err;
    uint8_t bytes[16];
    pid_t child;
    int status = -1;

    if (setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0) != 0)
        return 77;
    child = fork();
    if (child == 0) {
        (void)setpgid(0, 0);
        (void)sigemptyset(&ttin);
        (void)sigaddset(&ttin, SIGTTIN);
        (void)sigprocmask(SIG_UNBLOCK, &ttin, NULL);
        if (vmclock_read_path("/dev/tty", 0, bytes, sizeof bytes, NULL, &err) != VMCLOCK_ERR_SYSCALL ||
            err.sys_errno != EIO)
            _exit(2);
        if (vmclock_search_open(&search, "/dev/tty", -1, search_buffer, NULL, 0, NULL, &err) != VMCLOCK_OK ||
            vmclock_search_run(&search, 1, 0, &err) != VMCLOCK_ERR_SYSCALL || err.sys_errno != EIO)
            _exit(4);
        vmclock_search_close(&search);
        (void)sigprocmask(SIG_SETMASK, NULL, &after);
        _exit(sigismember(&after, SIGTTIN) != 0 ? 3 : 0);
    }
    if (waitpid(child, &status, WUNTRACED) != child)
        return 7;
    if (WIFSTOPPED(status)) {
        (void)kill(child, SIGKILL);
        return 5;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 6;
}

static void terminal_read_from_the_background_is_an_error_and_stops_nobody(void)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    int terminal, status = -1;
    pid_t child;

    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 ||
        (terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
        (void)puts("no pty: not tested");
        (void)close(master);
        return;
    }
    child = fork();
    if (child == 0)
        _exit(read_in_background(terminal));
    EQ(waitpid(child, &status, 0), child);
    HOLDS(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        (void)puts("no terminal of our own: not tested");
    else
        EQ(WEXITSTATUS(status), 0);
    EQ(close(terminal), 0);
    EQ(close(master), 0);
}

SUITE(file) = {
    {"a file is read again after an update", a_file_is_read_again_after_an_update},
    {"a read that fails in a later round has no bytes", a_read_that_fails_in_a_later_round_has_no_bytes},
    {"a snapshot of a file is tried again, however long it took",
     a_snapshot_of_a_file_is_tried_again_however_long_it_took},
    {"what never comes ends in time and without spinning", what_never_comes_ends_in_time_and_without_spinning},
    {"a descriptor of a file has the same limits", descriptor_of_a_file_has_the_same_limits},
    {"a descriptor of a stream is waited for without limit", descriptor_of_a_stream_is_waited_for_without_limit},
    {"what trickles is read, if it is in time", what_trickles_is_read_if_it_is_in_time},
    {"an open that is interrupted for ever ends in time", open_that_is_interrupted_for_ever_ends_in_time},
    {"a stalled page is told from silence by the call", stalled_page_is_told_from_silence_by_the_call},
    {"snapshot and wait end at their deadline, whatever a file answers",
     snapshot_and_wait_end_at_their_deadline_whatever_a_file_answers},
    {"signals keep no file from being read", signals_keep_no_file_from_being_read},
    {"what cannot be read ends the region", what_cannot_be_read_ends_the_region},
    {"a region is as long as can be read, whatever fstat says", region_is_as_long_as_can_be_read_whatever_fstat_says},
    {"a file that grows meanwhile is valid, or what it was", file_that_grows_meanwhile_is_valid_or_what_it_was},
    {"a snapshot of a file finds the end of its region", snapshot_of_a_file_finds_the_end_of_its_region},
    {"a region of more than a mebibyte counts as one", region_of_more_than_a_mebibyte_counts_as_one},
    {"the end of a region that cannot be found in time is no short region",
     end_of_a_region_that_cannot_be_found_in_time_is_no_short_region},
    {"a page in a process is read by both ways", page_in_a_process_is_read_by_both_ways},
    {"an offset is skipped in a stream, and counted from the position elsewhere",
     offset_is_skipped_in_a_stream_and_counted_from_the_position_elsewhere},
    {"what reads anywhere but has no position is read from its start",
     what_reads_anywhere_but_has_no_position_is_read_from_its_start},
    {"no buffer, no length and no descriptor", no_buffer_no_length_and_no_descriptor},
    {"a stream that fails while it is skipped is told", stream_that_fails_while_it_is_skipped_is_told},
    {"a stream is skipped until the deadline", stream_is_skipped_until_the_deadline},
    {"a page that never settles is given up after 100 ms, with its last bytes",
     page_that_never_settles_is_given_up_after_100_ms_with_its_last_bytes},
    {"an odd seq_count is given a moment, and then is what the file holds",
     odd_seq_count_is_given_a_moment_and_then_is_what_the_file_holds},
    {"what is no page is read once", what_is_no_page_is_read_once},
    {"a cancelled thread leaks no descriptor", cancelled_thread_leaks_no_descriptor},
    {"a terminal read from the background is an error and stops nobody",
     terminal_read_from_the_background_is_an_error_and_stops_nobody},
    CU_TEST_INFO_NULL,
};
