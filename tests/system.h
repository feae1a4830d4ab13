/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls as a test wants them answered: what the library and the tests call by these names is wrapped when they
 * are linked (-Wl,--wrap), so that the library under test is the one that is installed.
 */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/types.h>
#include <time.h>

#include "posix/deadline.h"
#include "vmclock_posix.h"

_Static_assert(sizeof(off_t) == 8, "who includes this defines _FILE_OFFSET_BITS, as the library does");

/* NULL: the system answers. */
struct answers {
    int (*open)(const char *path, int flags);
    int (*openat)(int directory, const char *name, int flags, mode_t mode);
    ssize_t (*pread)(int fd, void *buf, size_t len, off_t offset);
    ssize_t (*read)(int fd, void *buf, size_t len);
    ssize_t (*pwrite)(int fd, const void *bytes, size_t len, off_t offset);
    off_t (*lseek)(int fd, off_t offset, int whence);
    int (*stat)(const char *path, struct stat *status);
    int (*fstat)(int fd, struct stat *status);
    int (*ftruncate)(int fd, off_t len);
    int (*fallocate)(int fd, int mode, off_t offset, off_t len);
    int (*flock)(int fd, int operation);
    int (*linkat)(int from, const char *name, int to, const char *link, int flags);
    int (*renameat2)(int from, const char *name, int to, const char *other, unsigned flags);
    int (*unlinkat)(int directory, const char *name, int flags);
    int (*close)(int fd);
    int (*munmap)(void *at, size_t len);
    void *(*mmap)(size_t len, int protection, int flags, int fd, off_t offset);
    int (*poll)(struct pollfd *fds, int timeout_ms);
    int (*clock_gettime)(clockid_t clock, struct timespec *time);
    int (*clock_getres)(clockid_t clock, struct timespec *resolution);
    int (*nanosleep)(const struct timespec *time);
    int (*sched_yield)(void);
    int (*adjtimex)(struct timex *state);
    long (*sysconf)(int name);
    int (*pthread_attr_init)(pthread_attr_t *attributes);
    int (*pthread_create)(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context);
    /* No system calls, but what decides between two looks of someone who waits, and the machine's counter. */
    enum vmclock_change (*compare)(const struct vmclock_snapshot *snapshot);
    uint64_t (*counter_read)(void);
    uint8_t (*counter_id)(void);
    /* Are told once it is done. */
    void (*after_snapshot)(const volatile void *page, enum vmclock_err kind);
    void (*after_device_snapshot)(enum vmclock_err kind);
};
extern struct answers answers;

/* The system's own answers. */
int real_open(const char *path, int flags);
ssize_t real_pread(int fd, void *buf, size_t len, off_t offset);
ssize_t real_read(int fd, void *buf, size_t len);
int real_fstat(int fd, struct stat *status);
void *real_mmap(size_t len, int protection, int flags, int fd, off_t offset);
int real_poll(struct pollfd *fds, int timeout_ms);
int real_openat(int directory, const char *name, int flags, mode_t mode);
ssize_t real_pwrite(int fd, const void *bytes, size_t len, off_t offset);
off_t real_lseek(int fd, off_t offset, int whence);
int real_stat(const char *path, struct stat *status);
int real_ftruncate(int fd, off_t len);
int real_fallocate(int fd, int mode, off_t offset, off_t len);
int real_flock(int fd, int operation);
int real_linkat(int from, const char *name, int to, const char *link, int flags);
int real_renameat2(int from, const char *name, int to, const char *other, unsigned flags);
int real_unlinkat(int directory, const char *name, int flags);
int real_close(int fd);
int real_munmap(void *at, size_t len);
int real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context);
uint64_t real_counter_read(void);

/* How many of these calls were made since the last reset. */
unsigned system_calls(void);

/* All is answered by the system again, and counted from 0. */
void reset_system(void);

/*
 * From here on a clock that moves only while nanosleep() and poll() wait; poll() finds nothing. Until the next reset.
 */
void stop_clock(void);
/* The stopped clock's time in nanoseconds, and going on by so many. */
int64_t stopped_clock(void);
void move_clock(int64_t ns);

/* From here on every descriptor is that of a character device. */
void pretend_devices(void);

/* Leaves no zeros behind for who forgets to initialise something. */
void soil_stack(void);

/* ---- Memory ---- */

/* A page of memory of its own, of zeros, for who wants to know when it is accessed. */
void *make_memory(void);
void free_memory(void *memory);
/* The next access of it is noticed, just before it happens: from then on accessed_at() is the counter's value. */
void await_access(void *memory);
/* 0: there was none. */
uint64_t accessed_at(void);

#endif
