/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls as a test wants them answered: what the library and the tests call by these names is wrapped when they
 * are linked (-Wl,--wrap), so that the library under test is the one that is installed.
 */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "vmclock.h"

_Static_assert(sizeof(off_t) == 8, "who includes this defines _FILE_OFFSET_BITS, as the library does");

/* NULL: the system answers. */
struct answers {
    int (*open)(const char *path, int flags);
    ssize_t (*pread)(int fd, void *buf, size_t len, off_t offset);
    ssize_t (*read)(int fd, void *buf, size_t len);
    int (*fstat)(int fd, struct stat *status);
    void *(*mmap)(size_t len, int protection, int fd, off_t offset);
    int (*poll)(struct pollfd *fds, int timeout_ms);
    int (*clock_gettime)(clockid_t clock, struct timespec *time);
    int (*nanosleep)(const struct timespec *time);
    long (*sysconf)(int name);
    /* no system call, but what decides between two looks of someone who waits */
    enum vmclock_change (*compare)(const struct vmclock_snapshot *snapshot);
};
extern struct answers answers;

/* The system's own answers. */
int real_open(const char *path, int flags);
ssize_t real_pread(int fd, void *buf, size_t len, off_t offset);
ssize_t real_read(int fd, void *buf, size_t len);
int real_fstat(int fd, struct stat *status);
void *real_mmap(size_t len, int protection, int fd, off_t offset);
int real_poll(struct pollfd *fds, int timeout_ms);

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

#endif
