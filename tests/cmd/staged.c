/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command once more, linked so that the environment says what happens at moments that a script cannot hit:
 *
 *   STAGE_SIGNAL=N      this signal comes ...
 *   STAGE_AT=PLACE      ... after an update's begin, before its commit, or before the wait of `watch`
 *   STAGE_TIMES=N       ... so many times in a row (1), each time
 *   STAGE_PAUSE=N       and so many signals more are waited for there
 *   STAGE_BEGIN=N       begin N, counted from 1, fails: a field is absent
 *   STAGE_SLEEPS=1      nanosleep() tells what was asked for, and returns at once
 *   STAGE_MEMORY=N      allocation N, counted from 1, and all after it fail; told when they were fewer
 *   STAGE_FLUSH=ERRNO   fflush() of standard output fails, with that errno (0: as it was)
 *   STAGE_CLOSE=ERRNO   fclose() of it does
 *   STAGE_COLUMNS=N     standard output and standard error are terminals of so many columns
 *   STAGE_TERMINAL=FD   only that one of them is
 *   STAGE_CLOCK=S.NNN   CLOCK_REALTIME stands still there
 *   STAGE_WRITER=E:N    vmclock_writer_open() fails with errno E, and N as the process that holds the lock
 *   STAGE_CALIBRATE=E   vmclock_calibrate() fails with errno E; 0: it measures numbers that a test knows
 *   STAGE_OFFSET=O:E:BW this machine's clock is O (seconds.nanoseconds) ahead, give or take E; B is - where it is
 * behind, W is i for within bounds STAGE_OPEN=A:B      A is renamed to B before a page is opened for the second time
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#ifdef VMCLOCK_WITH_KDUMPFILE
#include <libkdumpfile/kdumpfile.h>
#endif

#include "vmclock_posix.h"

#define WRAP(result, name, ...)                                                                                        \
    result __real_##name(__VA_ARGS__);                                                                                 \
    result __wrap_##name(__VA_ARGS__);                                                                                 \
    result __wrap_##name(__VA_ARGS__)

/* The number that a variable has, or what it is without one. */
static long stage(const char *name, long otherwise)
{
    const char *const text = getenv(name);

    return text != NULL ? strtol(text, NULL, 10) : otherwise;
}

/* ---- Signals ---- */

static void signal_at(const char *place)
{
    const char *const wanted = getenv("STAGE_AT");
    sigset_t none;

    if (wanted == NULL || strcmp(wanted, place) != 0)
        return;
    for (long i = 0; i < stage("STAGE_TIMES", 1); i++)
        (void)raise((int)stage("STAGE_SIGNAL", SIGTERM));
    sigemptyset(&none);
    for (long i = 0; i < stage("STAGE_PAUSE", 0); i++)
        (void)sigsuspend(&none);
}

WRAP(enum vmclock_err, vmclock_publish_begin, volatile void *page, size_t len, struct vmclock_error *err)
{
    static long calls;
    enum vmclock_err kind;

    if (++calls == stage("STAGE_BEGIN", 0)) {
        *err = (struct vmclock_error){.kind = VMCLOCK_ERR_SEGMENT_MALFORMED, .reason = VMCLOCK_REASON_FIELD_ABSENT};
        return err->kind;
    }
    kind = __real_vmclock_publish_begin(page, len, err);
    signal_at("begin");
    return kind;
}

WRAP(enum vmclock_err, vmclock_publish_commit, volatile void *page, size_t len, struct vmclock_error *err)
{
    signal_at("commit");
    return __real_vmclock_publish_commit(page, len, err);
}

WRAP(enum vmclock_err, vmclock_device_wait, const struct vmclock_device *device, const struct vmclock_snapshot *since,
     uint64_t interval_ns, uint64_t timeout_ns, bool *changed, struct vmclock_error *err)
{
    signal_at("wait");
    return __real_vmclock_device_wait(device, since, interval_ns, timeout_ns, changed, err);
}

/* ---- Clocks ---- */

WRAP(int, nanosleep, const struct timespec *time, struct timespec *left)
{
    if (getenv("STAGE_SLEEPS") == NULL)
        return __real_nanosleep(time, left);
    (void)fprintf(stderr, "sleep %lld.%09ld\n", (long long)time->tv_sec, time->tv_nsec);
    return 0;
}

WRAP(int, clock_gettime, clockid_t clock, struct timespec *time)
{
    const char *const text = clock == CLOCK_REALTIME ? getenv("STAGE_CLOCK") : NULL;
    char *end;

    if (text == NULL)
        return __real_clock_gettime(clock, time);
    time->tv_sec = (time_t)strtoll(text, &end, 10);
    time->tv_nsec = strtol(end + 1, NULL, 10);
    return 0;
}

/* ---- Memory ---- */

static long allocations;

/* Only what the command's own files ask for: Jansson is told below. */
WRAP(void *, malloc, size_t size)
{
    if (getenv("STAGE_MEMORY") == NULL)
        return __real_malloc(size);
    allocations++;
    return allocations >= stage("STAGE_MEMORY", 0) ? NULL : __real_malloc(size);
}

static void tell_allocations(void)
{
    if (allocations < stage("STAGE_MEMORY", 0))
        (void)fprintf(stderr, "%ld allocations\n", allocations);
}

__attribute__((constructor)) static void stage_memory(void)
{
    if (getenv("STAGE_MEMORY") == NULL)
        return;
    json_set_alloc_funcs(__wrap_malloc, free);
    (void)atexit(tell_allocations);
}

/* ---- Standard output ---- */

WRAP(int, fflush, FILE *stream)
{
    const long number = stage("STAGE_FLUSH", -1);

    if (stream != stdout || number < 0)
        return __real_fflush(stream);
    if (number > 0)
        errno = (int)number;
    return EOF;
}

WRAP(int, fclose, FILE *stream)
{
    const long number = stage("STAGE_CLOSE", -1);

    if (stream != stdout || number < 0)
        return __real_fclose(stream);
    errno = (int)number;
    return EOF;
}

static bool is_staged_terminal(int fd)
{
    const long only = stage("STAGE_TERMINAL", -1);

    return getenv("STAGE_COLUMNS") != NULL && (fd == STDOUT_FILENO || fd == STDERR_FILENO) && (only < 0 || only == fd);
}

WRAP(int, isatty, int fd)
{
    return getenv("STAGE_COLUMNS") != NULL ? is_staged_terminal(fd) : __real_isatty(fd);
}

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
    struct winsize *window;
    va_list more;

    va_start(more, request);
    window = va_arg(more, struct winsize *);
    va_end(more);
    if (request != TIOCGWINSZ || !is_staged_terminal(fd)) {
        errno = ENOTTY;
        return -1;
    }
    *window = (struct winsize){.ws_row = 25, .ws_col = (unsigned short)stage("STAGE_COLUMNS", 80)};
    return 0;
}

/* ---- The library ---- */

WRAP(enum vmclock_err, vmclock_writer_open, struct vmclock_writer *writer, const char *path, unsigned flags,
     uint64_t timeout_ns, bool *created, struct vmclock_error *err)
{
    const char *const text = getenv("STAGE_WRITER");
    char *end;

    if (text == NULL)
        return __real_vmclock_writer_open(writer, path, flags, timeout_ns, created, err);
    memset(writer, 0, sizeof *writer);
    writer->fd = -1;
    *created = false;
    *err =
        (struct vmclock_error){.kind = VMCLOCK_ERR_SYSCALL, .reason = VMCLOCK_REASON_OPEN_FAILED, .origin = "staged"};
    err->sys_errno = (int)strtol(text, &end, 10);
    err->actual = (uint64_t)strtoull(end + 1, NULL, 10);
    return err->kind;
}

WRAP(enum vmclock_err, vmclock_calibrate, struct vmclock_page *page, struct vmclock_error *err)
{
    const long number = stage("STAGE_CALIBRATE", -1);

    if (number < 0)
        return __real_vmclock_calibrate(page, err);
    *err = (struct vmclock_error){.kind = VMCLOCK_OK};
    if (number > 0) {
        *err = (struct vmclock_error){
            .kind = VMCLOCK_ERR_SYSCALL, .reason = VMCLOCK_REASON_READ_FAILED, .origin = "staged"};
        err->sys_errno = (int)number;
        return err->kind;
    }
    page->counter_id = 1;
    page->time_type = 2;
    page->flags = 0x79;
    page->clock_status = 3;
    page->tai_offset_sec = -4;
    page->counter_period_shift = 5;
    page->counter_value = 6;
    page->counter_period_frac_sec = 7;
    page->counter_period_esterror_rate_frac_sec = 8;
    page->counter_period_maxerror_rate_frac_sec = 9;
    page->time_sec = 10;
    page->time_frac_sec = 11;
    page->time_esterror_nanosec = 12;
    page->time_maxerror_nanosec = 13;
    /* What is no part of a calibration, and must not be taken from it. */
    page->disruption_marker = 1001;
    page->leap_second_smearing_hint = 102;
    page->leap_indicator = 103;
    page->vm_generation_counter = 1004;
    page->pad = 1005;
    return VMCLOCK_OK;
}

/* Converts by a counter that every page has, and tells what the test wants to have measured. */
static enum vmclock_err staged_offset(const char *text, const struct vmclock_view *view, unsigned flags,
                                      struct vmclock_system_offset *out, struct vmclock_error *err)
{
    char *end;

    *out = (struct vmclock_system_offset){.has_offset = *text != '\0'};
    if (out->has_offset) {
        out->offset.sec = strtoull(text, &end, 10);
        out->offset.nsec = (uint32_t)strtoul(end + 1, &end, 10);
        out->error.sec = strtoull(end + 1, &end, 10);
        out->error.nsec = (uint32_t)strtoul(end + 1, &end, 10);
        out->behind = strchr(end, '-') != NULL;
        out->within_bounds = strchr(end, 'i') != NULL;
    }
    return vmclock_time_at(view, 123456789012345, VMCLOCK_ANY_COUNTER, flags, &out->reading, err);
}

WRAP(enum vmclock_err, vmclock_view_system_offset, const struct vmclock_view *view, unsigned flags,
     struct vmclock_system_offset *out, struct vmclock_error *err)
{
    const char *const text = getenv("STAGE_OFFSET");

    return text == NULL ? __real_vmclock_view_system_offset(view, flags, out, err)
                        : staged_offset(text, view, flags, out, err);
}

WRAP(enum vmclock_err, vmclock_device_open, struct vmclock_device *device, const char *path, uint64_t offset,
     struct vmclock_error *err)
{
    static unsigned calls;
    const char *const names = getenv("STAGE_OPEN");
    char from[256];

    if (++calls == 2 && names != NULL) {
        const char *const colon = strchr(names, ':');

        (void)snprintf(from, sizeof from, "%.*s", (int)(colon - names), names);
        (void)rename(from, colon + 1);
    }
    return __real_vmclock_device_open(device, path, offset, err);
}

/* ---- Compressed dumps ---- */

#ifdef VMCLOCK_WITH_KDUMPFILE
static bool kdump_is(const char *how)
{
    const char *const wanted = getenv("STAGE_KDUMP");

    return wanted != NULL && strcmp(wanted, how) == 0;
}

WRAP(int, pipe, int *ends)
{
    errno = EMFILE;
    return kdump_is("pipe") ? -1 : __real_pipe(ends);
}

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
    errno = EAGAIN;
    return kdump_is("fork") ? -1 : __real_fork();
}

kdump_ctx_t *__real_kdump_new(void);
kdump_ctx_t *__wrap_kdump_new(void);
kdump_ctx_t *__wrap_kdump_new(void)
{
    return kdump_is("new") ? NULL : __real_kdump_new();
}

WRAP(kdump_status, kdump_read, kdump_ctx_t *dump, kdump_addrspace_t space, kdump_addr_t address, void *buf, size_t *len)
{
    if (kdump_is("crash"))
        (void)raise(SIGKILL);
    if (kdump_is("signal"))
        (void)kill(getppid(), SIGINT);
    return __real_kdump_read(dump, space, address, buf, len);
}
#endif
