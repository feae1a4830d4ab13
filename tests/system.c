/* SPDX-License-Identifier: BSD-2-Clause */
/* The wrapped system calls. glibc has two names for some of them: what is wrapped is the one with 64-bit offsets. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "system.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sched.h>
#include <sys/mman.h>

#ifdef __GLIBC__
#define LARGE(prefix, name) prefix##name##64
#else
#define LARGE(prefix, name) prefix##name
#endif
#define WRAP(name) LARGE(__wrap_, name)
#define REAL(name) LARGE(__real_, name)

int REAL(open)(const char *path, int flags, ...);
ssize_t REAL(pread)(int fd, void *buf, size_t len, off_t offset);
ssize_t __real_read(int fd, void *buf, size_t len);
int REAL(fstat)(int fd, struct stat *status);
void *REAL(mmap)(void *at, size_t len, int protection, int flags, int fd, off_t offset);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __real_nanosleep(const struct timespec *time, struct timespec *left);
int __real_sched_yield(void);

long __real_sysconf(int name);
__typeof__(vmclock_snapshot_compare) __real_vmclock_snapshot_compare;

int WRAP(open)(const char *path, int flags, ...);
ssize_t WRAP(pread)(int fd, void *buf, size_t len, off_t offset);
ssize_t __wrap_read(int fd, void *buf, size_t len);
int WRAP(fstat)(int fd, struct stat *status);
void *WRAP(mmap)(void *at, size_t len, int protection, int flags, int fd, off_t offset);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
int __wrap_sched_yield(void);
long __wrap_sysconf(int name);
__typeof__(vmclock_snapshot_compare) __wrap_vmclock_snapshot_compare;

struct answers answers;
static atomic_uint calls;

unsigned system_calls(void)
{
    return calls;
}

void reset_system(void)
{
    answers = (struct answers){0};
    calls = 0;
}

/* ---- The calls ---- */

int WRAP(open)(const char *path, int flags, ...)
{
    mode_t mode = 0;

    calls++;
    if (answers.open != NULL)
        return answers.open(path, flags);
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
        va_list more;

        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
    }
    return REAL(open)(path, flags, mode);
}

ssize_t WRAP(pread)(int fd, void *buf, size_t len, off_t offset)
{
    calls++;
    return answers.pread != NULL ? answers.pread(fd, buf, len, offset) : REAL(pread)(fd, buf, len, offset);
}

ssize_t __wrap_read(int fd, void *buf, size_t len)
{
    calls++;
    return answers.read != NULL ? answers.read(fd, buf, len) : __real_read(fd, buf, len);
}

int WRAP(fstat)(int fd, struct stat *status)
{
    calls++;
    return answers.fstat != NULL ? answers.fstat(fd, status) : REAL(fstat)(fd, status);
}

void *WRAP(mmap)(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    calls++;
    return answers.mmap != NULL ? answers.mmap(len, protection, fd, offset)
                                : REAL(mmap)(at, len, protection, flags, fd, offset);
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    calls++;
    return answers.poll != NULL ? answers.poll(fds, timeout_ms) : __real_poll(fds, count, timeout_ms);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
    calls++;
    return answers.clock_gettime != NULL ? answers.clock_gettime(clock, time) : __real_clock_gettime(clock, time);
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
    calls++;
    return answers.nanosleep != NULL ? answers.nanosleep(time) : __real_nanosleep(time, left);
}

int __wrap_sched_yield(void)
{
    calls++;
    return __real_sched_yield();
}

long __wrap_sysconf(int name)
{
    return answers.sysconf != NULL ? answers.sysconf(name) : __real_sysconf(name);
}

enum vmclock_change __wrap_vmclock_snapshot_compare(const volatile void *page, size_t len,
                                                    const struct vmclock_snapshot *snapshot, unsigned attempts)
{
    return answers.compare != NULL ? answers.compare(snapshot)
                                   : __real_vmclock_snapshot_compare(page, len, snapshot, attempts);
}

int real_open(const char *path, int flags)
{
    return REAL(open)(path, flags);
}

ssize_t real_pread(int fd, void *buf, size_t len, off_t offset)
{
    return REAL(pread)(fd, buf, len, offset);
}

ssize_t real_read(int fd, void *buf, size_t len)
{
    return __real_read(fd, buf, len);
}

int real_fstat(int fd, struct stat *status)
{
    return REAL(fstat)(fd, status);
}

void *real_mmap(size_t len, int protection, int fd, off_t offset)
{
    return REAL(mmap)(NULL, len, protection, MAP_SHARED, fd, offset);
}

int real_poll(struct pollfd *fds, int timeout_ms)
{
    return __real_poll(fds, 1, timeout_ms);
}

/* ---- A clock that stands still ---- */

static int64_t clock_ns;

int64_t stopped_clock(void)
{
    return clock_ns;
}

void move_clock(int64_t ns)
{
    clock_ns += ns;
}

static int tell_stopped_clock(clockid_t clock, struct timespec *time)
{
    (void)clock;
    time->tv_sec = (time_t)(clock_ns / 1000000000);
    time->tv_nsec = (long)(clock_ns % 1000000000);
    return 0;
}

static int sleep_on_stopped_clock(const struct timespec *time)
{
    move_clock((int64_t)time->tv_sec * 1000000000 + time->tv_nsec);
    return 0;
}

static int poll_on_stopped_clock(struct pollfd *fds, int timeout_ms)
{
    fds->revents = 0;
    move_clock((int64_t)timeout_ms * 1000000);
    return 0;
}

void stop_clock(void)
{
    clock_ns = INT64_C(1000000000000);
    answers.clock_gettime = tell_stopped_clock;
    answers.nanosleep = sleep_on_stopped_clock;
    answers.poll = poll_on_stopped_clock;
}

/* ---- Devices ---- */

static int tell_device(int fd, struct stat *status)
{
    const int failed = real_fstat(fd, status);

    if (failed == 0)
        status->st_mode = (status->st_mode & ~(mode_t)S_IFMT) | S_IFCHR;
    return failed;
}

void pretend_devices(void)
{
    answers.fstat = tell_device;
}
