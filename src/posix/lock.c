/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lock that keeps publishers apart. Whoever can read a file can hold it: so nobody waits without limit, and it can
 * be told who is waited for.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "call.h"

enum {
    FIRST_LOOK_NS = 100000, /* how soon to look again, and twice as long each time, up to */
    LAST_LOOK_NS = 10000000,
    LINE_BYTES = 128 /* of /proc/locks, and more */
};

int vmclock_lock_(int fd, struct vmclock_deadline_ deadline)
{
    int64_t pause = FIRST_LOOK_NS;
    unsigned interruptions = 0;
    bool is_last = false;

    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        const int reason = errno;

        if (reason == EINTR && vmclock_again_(interruptions++, deadline))
            continue;
        if (reason != EWOULDBLOCK || is_last)
            return reason;
        /* Once more after the deadline: all of the time may have gone by with this process, or its machine, stopped. */
        is_last = vmclock_deadline_passed_(deadline);
        (void)vmclock_sleep_(pause, deadline); /* a signal only makes it look sooner */
        pause = pause < LAST_LOOK_NS / 2 ? 2 * pause : LAST_LOOK_NS;
    }
    return 0;
}

/* "1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF": the process, if it is a lock of this file. Who waits has "->". */
static uint64_t holder_in(const char *line, const struct stat *file)
{
    unsigned major_number, minor_number;
    unsigned long long inode;
    long process;

    /* Of the kernel's numbers, which fit; of other lines nothing matches. NOLINTNEXTLINE(cert-err34-c) */
    if (sscanf(line, "%*u: FLOCK %*s %*s %ld %x:%x:%llu", &process, &major_number, &minor_number, &inode) == 4 &&
        process > 0 && inode == file->st_ino && major_number == major(file->st_dev) &&
        minor_number == minor(file->st_dev))
        return (uint64_t)process;
    return 0;
}

/* Reads the lines of an open file, a piece at a time. */
static uint64_t find_holder(int fd, const struct stat *file)
{
    char line[LINE_BYTES], piece[LINE_BYTES];
    size_t len = 0;
    uint64_t holder = 0;
    ssize_t got;

    while (holder == 0 && (got = read(fd, piece, sizeof piece)) > 0)
        for (ssize_t i = 0; holder == 0 && i < got; i++) {
            const bool ends = piece[i] == '\n';

            line[len] = piece[i];
            if (ends)
                line[len] = '\0';
            len = ends ? 0 : len < sizeof line - 1 ? len + 1 : len;
            if (ends)
                holder = holder_in(line, file);
        }
    return holder;
}

uint64_t vmclock_lock_holder_(const struct stat *file)
{
    const int fd = open("/proc/locks", O_RDONLY | O_CLOEXEC);
    uint64_t holder;

    if (fd < 0)
        return 0;
    holder = find_holder(fd, file);
    (void)close(fd);
    return holder;
}
