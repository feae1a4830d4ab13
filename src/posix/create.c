/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A new page file. It gets its name when it is done, so the path names nothing or a whole page. Where the system can,
 * the file has no name at all until then; elsewhere it has a temporary one in the same directory.
 */
#define _GNU_SOURCE 1 /* O_PATH, O_TMPFILE, AT_EMPTY_PATH, renameat2 */
#define _FILE_OFFSET_BITS 64
#include "create.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "call.h"

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

enum {
    PIECE_BYTES = 512,    /* what is copied at a time: of a path, and of a page */
    TEMPORARY_NAMES = 100 /* how many may be taken: by other threads, or left by the dead */
};

const struct vmclock_page vmclock_fresh_page_ = {.magic = VMCLOCK_MAGIC,
                                                 .size = VMCLOCK_PAGE_SIZE,
                                                 .version = VMCLOCK_LAYOUT_VERSION,
                                                 .counter_id = VMCLOCK_COUNTER_INVALID,
                                                 .seq_count = 2,
                                                 .disruption_marker = 1};

/* ---- The directory ---- */

static int step_into(int directory, const char *name, struct vmclock_deadline_ deadline)
{
    int next;

    for (unsigned tries = 1; (next = openat(directory, name, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0; tries++)
        if (errno != EINTR || !vmclock_again_(tries, deadline))
            break;
    return next;
}

/* How much of a path's directory part fits into a piece: up to a slash, and with it. 0 when a name is too long. */
static size_t piece_of(const char *path, size_t len)
{
    if (len < PIECE_BYTES)
        return len;
    for (len = PIECE_BYTES - 1; len > 0 && path[len - 1] != '/';)
        len--;
    return len;
}

/*
 * Opens the directory that a path's last name is in, however long the path: in steps, for which a short buffer is
 * enough. *name: the last name. -1, with errno, when it cannot be opened.
 */
static int open_directory(const char *path, struct vmclock_deadline_ deadline, const char **name)
{
    const char *const slash = strrchr(path, '/');
    const char *const end = slash != NULL ? slash + 1 : path;
    int directory = step_into(AT_FDCWD, *path == '/' ? "/" : ".", deadline);

    *name = end;
    while (directory >= 0) {
        char piece[PIECE_BYTES];
        int next = -1;

        while (*path == '/') /* a step from the root would begin with one; the last name has none */
            path++;
        if (path == end)
            break;
        const size_t len = piece_of(path, (size_t)(end - path));
        memcpy(piece, path, len);
        piece[len] = '\0';
        errno = ENAMETOOLONG;
        if (len > 0)
            next = step_into(directory, piece, deadline);
        const int reason = errno;
        (void)close(directory);
        errno = reason;
        directory = next;
        path += len;
    }
    return directory;
}

/* ---- The bytes ---- */

bool vmclock_write_all_(int fd, const void *bytes, size_t len, off_t at, struct vmclock_deadline_ deadline)
{
    const uint8_t *from = bytes;

    for (unsigned tries = 0; len > 0;) {
        const ssize_t done = pwrite(fd, from, len, at);

        if (done == 0)
            errno = ENOSPC;
        if (done == 0 || (done < 0 && (errno != EINTR || !vmclock_again_(++tries, deadline))))
            return false;
        if (done > 0) {
            tries = 0;
            from += done;
            len -= (size_t)done;
            at += done;
        }
    }
    return true;
}

/* All 4096 bytes are written: a file with holes would need room on the disk later, when the page is stored to. */
static bool write_fresh_page(int fd, struct vmclock_deadline_ deadline)
{
    uint64_t piece[PIECE_BYTES / 8] = {0};
    bool written = true;

    vmclock_encode(&vmclock_fresh_page_, piece, VMCLOCK_STRUCT_SIZE);
    for (off_t at = 0; written && at < VMCLOCK_PAGE_SIZE; at += PIECE_BYTES) {
        written = vmclock_write_all_(fd, piece, sizeof piece, at, deadline);
        memset(piece, 0, VMCLOCK_STRUCT_SIZE);
    }
    return written;
}
_Static_assert(VMCLOCK_PAGE_SIZE % PIECE_BYTES == 0 && VMCLOCK_STRUCT_SIZE <= PIECE_BYTES, "whole pieces make a page");

/* ---- The name ---- */

/* Closes the file for a failure, which stays in errno. */
static int give_up(int fd)
{
    const int reason = errno;

    (void)close(fd);
    errno = reason;
    return -1;
}

#ifdef O_TMPFILE
/*
 * Without /proc it takes a right (CAP_DAC_READ_SEARCH) before Linux 6.10; the thread's own view is the one of this fd.
 */
static bool name_nameless(int fd, int directory, const char *name)
{
    char self[48];

    if (linkat(fd, "", directory, name, AT_EMPTY_PATH) == 0)
        return true;
    if (errno == EEXIST)
        return false;
    (void)snprintf(self, sizeof self, "/proc/thread-self/fd/%d", fd);
    return linkat(AT_FDCWD, self, directory, name, AT_SYMLINK_FOLLOW) == 0;
}

/* Fails with EEXIST, or because this way is none here, or for a reason that the other way will meet as well. */
static int make_nameless(int directory, const char *name, struct vmclock_deadline_ deadline)
{
    const int fd = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);

    if (fd < 0)
        return fd;
    return write_fresh_page(fd, deadline) && name_nameless(fd, directory, name) ? fd : give_up(fd);
}
#endif

/* A name that is taken, by a link for instance, is left alone. */
static int open_temporary(int directory, char *name, size_t cap)
{
    int fd = -1;

    errno = EEXIST;
    for (unsigned n = 0; fd < 0 && (errno == EEXIST || errno == EINTR) && n < TEMPORARY_NAMES; n++) {
        (void)snprintf(name, cap, ".vmclock-%ld-%u", (long)getpid(), n);
        fd = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    return fd;
}

/* Gives the file `name` for its temporary name, unless there is such a file. The temporary one is gone in any case. */
static bool rename_temporary(int directory, const char *temporary, const char *name)
{
    int reason = linkat(directory, temporary, directory, name, 0) == 0 ? 0 : errno;

#ifdef RENAME_NOREPLACE
    /* FAT and others have no hard links; whatever else may be wrong, this fails as well. */
    if (reason != 0 && reason != EEXIST) {
        if (renameat2(directory, temporary, directory, name, RENAME_NOREPLACE) == 0)
            return true; /* the temporary name may be another thread's by now */
        if (errno == EEXIST)
            reason = EEXIST;
    }
#endif
    (void)unlinkat(directory, temporary, 0);
    errno = reason;
    return reason == 0;
}

static int make_named(int directory, const char *name, struct vmclock_deadline_ deadline, const char **origin)
{
    char temporary[64];
    const int fd = open_temporary(directory, temporary, sizeof temporary);

    *origin = "openat";
    if (fd < 0)
        return fd;
    *origin = "pwrite";
    if (!write_fresh_page(fd, deadline)) {
        const int reason = errno;

        (void)unlinkat(directory, temporary, 0);
        errno = reason;
        return give_up(fd);
    }
    *origin = "linkat";
    return rename_temporary(directory, temporary, name) ? fd : give_up(fd);
}

int vmclock_create_(const char *path, struct vmclock_deadline_ deadline, const char **origin)
{
    const char *name;
    const int directory = open_directory(path, deadline, &name);
    int fd = -1;

    *origin = "openat";
    if (directory < 0)
        return -1;
    errno = 0;
#ifdef O_TMPFILE
    fd = make_nameless(directory, name, deadline);
#endif
    if (fd < 0 && errno != EEXIST)
        fd = make_named(directory, name, deadline, origin);
    const int reason = errno;
    (void)close(directory);
    errno = reason;
    return fd;
}
