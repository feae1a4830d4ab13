/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by src/posix/ only; names that leave their file but not the library end in _. */
#ifndef VMCLOCK_POSIX_INTERNAL_H
#define VMCLOCK_POSIX_INTERNAL_H

#include "vmclock_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../error.h"

/* Attempts between two looks at the monotonic clock: some microseconds' worth. */
enum { VMCLOCK_ATTEMPTS_ = 16 };

/* Fills *err (may be NULL) with a call that failed, and why. Returns the kind. */
static inline enum vmclock_err vmclock_fail_syscall_(struct vmclock_error *err, enum vmclock_reason reason,
                                                     const char *origin, int sys_errno)
{
    const enum vmclock_err kind = vmclock_fail_(err, reason, VMCLOCK_FIELD_NONE, 0, 0);

    if (err != NULL) {
        err->sys_errno = sys_errno;
        err->origin = origin;
    }
    return kind;
}

static inline int64_t vmclock_monotonic_ns_(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail: POSIX has this clock */
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* open() for what may be a FIFO, a terminal or a device, whatever signals come. */
static inline int vmclock_open_(const char *path, int access)
{
    int fd;

    do
        fd = open(path, access | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    return fd;
}

/* pread(), whatever signals come. */
static inline ssize_t vmclock_pread_(int fd, void *buf, size_t len, off_t offset)
{
    ssize_t got;

    do
        got = pread(fd, buf, len, offset);
    while (got < 0 && errno == EINTR);
    return got;
}

/*
 * How long a file's region is, of whose first VMCLOCK_STRUCT_SIZE bytes `got` were read. What was read counts, not what
 * fstat said, when the file changes between the two.
 */
static inline size_t vmclock_region_(size_t got, const struct stat *status)
{
    if (got < VMCLOCK_STRUCT_SIZE || status->st_size < VMCLOCK_STRUCT_SIZE)
        return got;
    return (uintmax_t)status->st_size > SIZE_MAX ? SIZE_MAX : (size_t)status->st_size;
}

#endif
