/* SPDX-License-Identifier: BSD-2-Clause */
/* The wrapped system calls. glibc has two names for some of them: what is wrapped is the one with 64-bit offsets. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "system.h"

#include "posix/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __GLIBC__
#define LARGE(prefix, name) prefix##name##64
#else
#define LARGE(prefix, name) prefix##name
#endif
#define WRAP(name) LARGE(__wrap_, name)
#define REAL(name) LARGE(__real_, name)

int REAL(open)(const char *path, int flags, ...);
int REAL(openat)(int directory, const char *name, int flags, ...);
void *REAL(mmap)(void *at, size_t len, int protection, int flags, int fd, off_t offset);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __real_nanosleep(const struct timespec *time, struct timespec *left);
__typeof__(vmclock_snapshot_take) __real_vmclock_snapshot_take;
__typeof__(vmclock_snapshot_compare) __real_vmclock_snapshot_compare;
__typeof__(vmclock_snapshot_until_) __real_vmclock_snapshot_until_;

int WRAP(open)(const char *path, int flags, ...);
int WRAP(openat)(int directory, const char *name, int flags, ...);
void *WRAP(mmap)(void *at, size_t len, int protection, int flags, int fd, off_t offset);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
__typeof__(vmclock_snapshot_take) __wrap_vmclock_snapshot_take;
__typeof__(vmclock_snapshot_compare) __wrap_vmclock_snapshot_compare;
__typeof__(vmclock_snapshot_until_) __wrap_vmclock_snapshot_until_;

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

/* One whose answer gets what the call got, and so does the system. */
#define CALL(type, real, wrap, name, parameters, arguments)                              \
    type real parameters;                                                               \
    type wrap parameters;                                                               \
    type wrap parameters                                                                \
    {                                                                                   \
        calls++;                                                                        \
        return answers.name != NULL ? answers.name arguments : real arguments;          \
    }
/* The same, and for tests real_NAME(). */
#define CALL_TOLD(type, real, wrap, name, parameters, arguments) \
    CALL(type, real, wrap, name, parameters, arguments)          \
    type real_##name parameters                                  \
    {                                                            \
        return real arguments;                                   \
    }
#define SMALL(type, name, parameters, arguments) \
    CALL_TOLD(type, __real_##name, __wrap_##name, name, parameters, arguments)
#define LARGE_CALL(type, name, parameters, arguments) \
    CALL_TOLD(type, REAL(name), WRAP(name), name, parameters, arguments)

LARGE_CALL(ssize_t, pread, (int fd, void *buf, size_t len, off_t offset), (fd, buf, len, offset))
LARGE_CALL(ssize_t, pwrite, (int fd, const void *bytes, size_t len, off_t offset), (fd, bytes, len, offset))
LARGE_CALL(off_t, lseek, (int fd, off_t offset, int whence), (fd, offset, whence))
LARGE_CALL(int, stat, (const char *path, struct stat *status), (path, status))
LARGE_CALL(int, fstat, (int fd, struct stat *status), (fd, status))
LARGE_CALL(int, ftruncate, (int fd, off_t len), (fd, len))
LARGE_CALL(int, fallocate, (int fd, int mode, off_t offset, off_t len), (fd, mode, offset, len))
SMALL(ssize_t, read, (int fd, void *buf, size_t len), (fd, buf, len))
SMALL(int, flock, (int fd, int operation), (fd, operation))
SMALL(int, linkat, (int from, const char *name, int to, const char *link, int flags), (from, name, to, link, flags))
#ifdef RENAME_NOREPLACE /* not every C library has it */
SMALL(int, renameat2, (int from, const char *name, int to, const char *other, unsigned flags),
      (from, name, to, other, flags))
#endif
SMALL(int, unlinkat, (int directory, const char *name, int flags), (directory, name, flags))
SMALL(int, close, (int fd), (fd))
SMALL(int, munmap, (void *at, size_t len), (at, len))
SMALL(int, pthread_create, (pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context),
      (thread, attributes, run, context))

#define ALONE(type, name, parameters, arguments) CALL(type, __real_##name, __wrap_##name, name, parameters, arguments)
ALONE(int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time))
ALONE(int, clock_getres, (clockid_t clock, struct timespec *resolution), (clock, resolution))
ALONE(int, sched_yield, (void), ())
ALONE(int, adjtimex, (struct timex *state), (state))
ALONE(long, sysconf, (int name), (name))
ALONE(int, pthread_attr_init, (pthread_attr_t *attributes), (attributes))

/* Without an answer of its own, and not counted: whoever holds signals off does it right. */
int __real_pthread_sigmask(int how, const sigset_t *set, sigset_t *before);
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *before);
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
    if (__real_pthread_sigmask(how, set, before) != 0)
        abort();
    return 0;
}

void soil_stack(void)
{
    volatile unsigned char bytes[4096];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = 0xff;
}

/* A mode that is no argument is not looked at. */
static mode_t mode_of(int flags, va_list more)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(more, mode_t) : 0;
}

int WRAP(open)(const char *path, int flags, ...)
{
    va_list more;
    mode_t mode;

    calls++;
    va_start(more, flags);
    mode = mode_of(flags, more);
    va_end(more);
    return answers.open != NULL ? answers.open(path, flags) : REAL(open)(path, flags, mode);
}

#ifdef __GLIBC__
/* With -D_FORTIFY_SOURCE, as distributors build, open goes by this name where its flags are known at run time only. */
int __wrap___open64_2(const char *path, int flags);
int __wrap___open64_2(const char *path, int flags)
{
    return WRAP(open)(path, flags);
}
#endif

int WRAP(openat)(int directory, const char *name, int flags, ...)
{
    va_list more;
    mode_t mode;

    calls++;
    va_start(more, flags);
    mode = mode_of(flags, more);
    va_end(more);
    return answers.openat != NULL ? answers.openat(directory, name, flags, mode)
                                  : REAL(openat)(directory, name, flags, mode);
}

void *WRAP(mmap)(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    calls++;
    return answers.mmap != NULL ? answers.mmap(len, protection, flags, fd, offset)
                                : REAL(mmap)(at, len, protection, flags, fd, offset);
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    calls++;
    if (answers.poll == NULL)
        return __real_poll(fds, count, timeout_ms);
    if (count == 1)
        return answers.poll(fds, timeout_ms);
    errno = EINVAL; /* nobody asks for more */
    return -1;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
    calls++;
    if (answers.nanosleep == NULL)
        return __real_nanosleep(time, left);
    if (left == NULL)
        return answers.nanosleep(time);
    errno = EINVAL; /* nobody asks for that */
    return -1;
}

int real_open(const char *path, int flags)
{
    return REAL(open)(path, flags, 0600); /* if it makes a file */
}

int real_openat(int directory, const char *name, int flags, mode_t mode)
{
    return REAL(openat)(directory, name, flags, mode);
}

void *real_mmap(size_t len, int protection, int flags, int fd, off_t offset)
{
    return REAL(mmap)(NULL, len, protection, flags, fd, offset);
}

int real_poll(struct pollfd *fds, int timeout_ms)
{
    return __real_poll(fds, 1, timeout_ms);
}

/* ---- What is no call of the system's ---- */

/* As CALL(), and not counted. */
#define PART(type, name, short, parameters, arguments)                                         \
    type __real_##name parameters;                                                            \
    type __wrap_##name parameters;                                                            \
    type __wrap_##name parameters                                                             \
    {                                                                                         \
        return answers.short != NULL ? answers.short arguments : __real_##name arguments;     \
    }
PART(uint64_t, vmclock_counter_read, counter_read, (void), ())
PART(uint8_t, vmclock_counter_id, counter_id, (void), ())

uint64_t real_counter_read(void)
{
    return __real_vmclock_counter_read();
}

enum vmclock_err __wrap_vmclock_snapshot_take(const volatile void *page, size_t len, unsigned attempts,
                                              struct vmclock_snapshot *out, struct vmclock_error *err)
{
    const enum vmclock_err kind = __real_vmclock_snapshot_take(page, len, attempts, out, err);

    if (answers.after_snapshot != NULL)
        answers.after_snapshot(page, kind);
    return kind;
}

enum vmclock_err __wrap_vmclock_snapshot_until_(const struct vmclock_device *device, struct vmclock_deadline_ deadline,
                                                struct vmclock_snapshot *out, struct vmclock_error *err)
{
    const enum vmclock_err kind = __real_vmclock_snapshot_until_(device, deadline, out, err);

    if (answers.after_device_snapshot != NULL)
        answers.after_device_snapshot(kind);
    return kind;
}

enum vmclock_change __wrap_vmclock_snapshot_compare(const volatile void *page, size_t len,
                                                    const struct vmclock_snapshot *snapshot, unsigned attempts)
{
    return answers.compare != NULL ? answers.compare(snapshot)
                                   : __real_vmclock_snapshot_compare(page, len, snapshot, attempts);
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
    errno = ENOTRECOVERABLE; /* a call that succeeds may leave anything there */
    return 0;
}

static int sleep_on_stopped_clock(const struct timespec *time)
{
    move_clock((int64_t)time->tv_sec * 1000000000 + time->tv_nsec);
    errno = ENOTRECOVERABLE;
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

/* ---- Memory: without any rights until it is accessed, which is a signal ---- */

static uintptr_t awaited;
static volatile uint64_t access_counter;
static struct sigaction before_awaiting;

static size_t memory_size(void)
{
    return (size_t)__real_sysconf(_SC_PAGESIZE);
}

void *make_memory(void)
{
    void *const memory =
        REAL(mmap)(NULL, memory_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        abort();
    return memory;
}

void free_memory(void *memory)
{
    (void)__real_munmap(memory, memory_size());
}

/* Any other fault comes again, and ends the process. */
static void notice(int number, siginfo_t *info, void *context)
{
    const uintptr_t at = (uintptr_t)info->si_addr;

    (void)number, (void)context;
    access_counter = __real_vmclock_counter_read();
    (void)sigaction(SIGSEGV, &before_awaiting, NULL);
    if (at - awaited < memory_size())
        (void)mprotect((void *)awaited, memory_size(), PROT_READ | PROT_WRITE);
}

void await_access(void *memory)
{
    static struct sigaction action; /* not on the stack: MemorySanitizer does not see what is written here */

    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = notice;
    awaited = (uintptr_t)memory;
    access_counter = 0;
    if (sigaction(SIGSEGV, &action, &before_awaiting) != 0 || mprotect(memory, memory_size(), PROT_NONE) != 0)
        abort();
}

uint64_t accessed_at(void)
{
    return access_counter;
}
