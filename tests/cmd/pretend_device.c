/* SPDX-License-Identifier: BSD-2-Clause */
/* Preloaded: the file that VMCLOCK_TEST_DEVICE names is a character device for whoever asks. Devices cannot be made. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int ask(int directory, const char *path, int flags, struct stat *status)
{
    struct statx found;

    if (syscall(SYS_statx, directory, path, flags, STATX_BASIC_STATS, &found) != 0)
        return -1;
    *status = (struct stat){.st_mode = found.stx_mode, .st_ino = found.stx_ino, .st_size = (off_t)found.stx_size};
    status->st_dev = (dev_t)found.stx_dev_major << 8 | found.stx_dev_minor;
    return 0;
}

static int lie(int failed, struct stat *status)
{
    const char *const device = getenv("VMCLOCK_TEST_DEVICE");
    struct stat other;

    if (failed == 0 && device != NULL && ask(AT_FDCWD, device, 0, &other) == 0 && other.st_ino == status->st_ino &&
        other.st_dev == status->st_dev)
        status->st_mode = (status->st_mode & ~(mode_t)S_IFMT) | S_IFCHR;
    return failed;
}

int fstat(int fd, struct stat *status)
{
    return lie(ask(fd, "", AT_EMPTY_PATH, status), status);
}

int stat(const char *restrict path, struct stat *restrict status)
{
    return lie(ask(AT_FDCWD, path, 0, status), status);
}
