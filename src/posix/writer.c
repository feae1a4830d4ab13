/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file as a live page to publish: makes it whole, locks it against other publishers, maps it for writing. Stores nothing
 * in a page itself but by publish.c, and never touches a file that holds no page unless it is told to.
 */
#define _GNU_SOURCE 1 /* O_CLOEXEC, flock, renameat2 */
#define _FILE_OFFSET_BITS 64
#include "vmclock_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../parse.h"
#include "input.h"

enum {
    OPEN_TRIES = 16, /* how often the path may turn out to name another file, or none again */
    NAME_TRIES = 100 /* how many names of a temporary file may be taken: by other threads, or left by the dead */
};

/* What QEMU shows after its start. */
static const struct vmclock_page fresh = {.magic = VMCLOCK_MAGIC,
                                          .size = VMCLOCK_PAGE_SIZE,
                                          .version = VMCLOCK_LAYOUT_VERSION,
                                          .counter_id = VMCLOCK_COUNTER_INVALID,
                                          .seq_count = 2,
                                          .disruption_marker = 1};

/* Opens a file of an unused name in the directory of `path`. */
static int open_temporary(const char *path, char name[PATH_MAX])
{
    const char *const slash = strrchr(path, '/');
    const int directory = slash != NULL && slash - path < PATH_MAX ? (int)(slash - path) + 1 : 0;
    int fd = -1;

    for (unsigned n = 0; fd < 0 && n < NAME_TRIES; n++) {
        const int len = snprintf(name, PATH_MAX, "%.*s.vmclock-%ld-%u", directory, path, (long)getpid(), n);

        if (len < 0 || len >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
        if (fd < 0 && errno != EEXIST && errno != EINTR) /* interrupted, it may have made the file all the same */
            return -1;
    }
    return fd;
}

/* Writes all of it at the start of the file, whatever signals come; or errno tells why not. */
static bool put(int fd, const void *bytes, size_t len)
{
    ssize_t done;

    do
        done = pwrite(fd, bytes, len, 0);
    while (done < 0 && errno == EINTR);
    if (done >= 0 && (size_t)done < len)
        errno = ENOSPC;
    return done == (ssize_t)len;
}

/* Makes the file as long as a page, whatever signals come; or errno tells why not. */
static bool resize(int fd)
{
    int failed;

    do
        failed = ftruncate(fd, VMCLOCK_PAGE_SIZE);
    while (failed != 0 && errno == EINTR);
    return failed == 0;
}

/* What failed, or NULL; errno tells why. */
static const char *fill(int fd)
{
    uint8_t bytes[VMCLOCK_STRUCT_SIZE];

    vmclock_encode(&fresh, bytes, sizeof bytes);
    if (!resize(fd))
        return "ftruncate";
    return put(fd, bytes, sizeof bytes) ? NULL : "pwrite";
}

/* Gives the file the name `path` for its temporary one, unless there is such a file. 0, or what went wrong. */
static int give_name(const char *name, const char *path)
{
    int why = link(name, path) == 0 ? 0 : errno;

#ifdef RENAME_NOREPLACE
    /* FAT and others have no hard links; whatever else may be wrong, this fails as well. */
    if (why != 0 && why != EEXIST) {
        if (renameat2(AT_FDCWD, name, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
            return 0; /* the temporary name may be another thread's by now */
        if (errno == EEXIST)
            why = EEXIST;
    }
#endif
    (void)unlink(name);
    return why;
}

/*
 * The path names a whole page from its first moment on: the file gets its name only when it is done. Another creator may
 * be first, which is as good.
 */
static enum vmclock_err create(const char *path, bool *created, struct vmclock_error *err)
{
    char name[PATH_MAX];
    const int fd = open_temporary(path, name);
    const char *failed;
    int why;

    if (fd < 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_WRITE_FAILED, "open", errno);
    failed = fill(fd);
    if (failed != NULL) {
        why = errno;
        (void)unlink(name);
    } else {
        why = give_name(name, path);
        if (why == 0)
            *created = true;
        else if (why != EEXIST)
            failed = "link";
    }
    (void)close(fd);
    return failed != NULL ? vmclock_fail_syscall_(err, VMCLOCK_REASON_WRITE_FAILED, failed, why) : vmclock_succeed_(err);
}

/* Waits for the lock; tells in *is_named whether the path still names this file, whose size is in *status by then. */
static enum vmclock_err lock(int fd, const char *path, struct stat *status, bool *is_named, struct vmclock_error *err)
{
    struct stat named;

    if (fstat(fd, status) != 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "fstat", errno);
    if (!S_ISREG(status->st_mode))
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", EOPNOTSUPP);
    if (flock(fd, LOCK_EX) != 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "flock", errno);
    if (fstat(fd, status) != 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "fstat", errno);
    *is_named = stat(path, &named) == 0 && named.st_dev == status->st_dev && named.st_ino == status->st_ino;
    return vmclock_succeed_(err);
}

/* Opens the file, made if need be, and locks it. */
static enum vmclock_err acquire(const char *path, int *fd, struct stat *status, bool *created,
                                struct vmclock_error *err)
{
    int why = 0;

    for (unsigned tries = 0; tries < OPEN_TRIES; tries++) {
        enum vmclock_err kind;
        bool is_named = false;

        *fd = vmclock_open_(path, O_RDWR, VMCLOCK_NEVER_);
        if (*fd >= 0)
            kind = lock(*fd, path, status, &is_named, err);
        else if (errno == ENOENT)
            kind = create(path, created, err);
        else
            kind = vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", errno);
        if (kind == VMCLOCK_OK && is_named)
            return kind;
        why = *fd < 0 ? ENOENT : ESTALE; /* a link that leads nowhere, or a path that others keep replacing */
        if (*fd >= 0)
            (void)close(*fd);
        *fd = -1;
        if (kind != VMCLOCK_OK)
            return kind;
    }
    return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", why);
}

/* Judges what the file holds by a private copy. *len: how much of it is page, of the first 4096 bytes. */
static enum vmclock_err judge(int fd, size_t *len, struct vmclock_error *err)
{
    const struct vmclock_input_ in = {.fd = fd, .silence_ns = UINT64_MAX, .deadline = VMCLOCK_NEVER_};
    uint64_t bytes[VMCLOCK_STRUCT_SIZE / 8];
    struct vmclock_view view;
    size_t got, region;
    uint32_t size;
    enum vmclock_err kind = vmclock_input_page_(&in, bytes, &got, &region, err);

    if (kind != VMCLOCK_OK)
        return kind;
    kind = vmclock_parse_region_(bytes, got, region, 0, &view, err);
    if (!vmclock_get_size(&view, &size))
        size = 0;
    *len = size < VMCLOCK_PAGE_SIZE ? size : VMCLOCK_PAGE_SIZE;
    return kind;
}

static enum vmclock_err map(struct vmclock_writer *writer, const struct stat *status, unsigned flags,
                            struct vmclock_error *err)
{
    static const uint8_t no_header[VMCLOCK_HEADER_SIZE];
    struct vmclock_error why;
    const enum vmclock_err kind = judge(writer->fd, &writer->len, &why);
    const bool is_page = kind == VMCLOCK_OK;
    void *page;

    if (!is_page && (kind == VMCLOCK_ERR_SYSCALL || (flags & VMCLOCK_WRITER_FORCE) == 0)) {
        if (err != NULL)
            *err = why;
        return kind;
    }
    if (!is_page)
        writer->len = VMCLOCK_PAGE_SIZE;
    /* Without magic nobody has read a page here: there is no seq_count to go on from, only some number. */
    if ((why.reason == VMCLOCK_REASON_TRUNCATED || why.reason == VMCLOCK_REASON_BAD_MAGIC ||
         why.reason == VMCLOCK_REASON_MAGIC_BYTE_SWAPPED) &&
        !put(writer->fd, no_header, sizeof no_header))
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_WRITE_FAILED, "pwrite", errno);
    if (!is_page && status->st_size < VMCLOCK_PAGE_SIZE && !resize(writer->fd))
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_WRITE_FAILED, "ftruncate", errno);
    /* The end of a shorter file is within the same page of memory, or the file has all of them. */
    page = mmap(NULL, VMCLOCK_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, writer->fd, 0);
    if (page == MAP_FAILED)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_MAP_FAILED, "mmap", errno);
    writer->page = page;
    return is_page ? vmclock_succeed_(err) : vmclock_publish_init(page, writer->len, &fresh, err);
}

enum vmclock_err vmclock_writer_open(struct vmclock_writer *writer, const char *path, unsigned flags, bool *created,
                                     struct vmclock_error *err)
{
    struct vmclock_writer opened = {.fd = -1};
    struct stat status;
    enum vmclock_err kind;
    bool made = false;

    if (writer != NULL)
        *writer = opened;
    if (created != NULL)
        *created = false;
    if (writer == NULL || path == NULL)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", EFAULT);
    kind = acquire(path, &opened.fd, &status, &made, err);
    if (kind == VMCLOCK_OK)
        kind = map(&opened, &status, flags, err);
    if (kind != VMCLOCK_OK) {
        vmclock_writer_close(&opened);
        return kind;
    }
    *writer = opened;
    if (created != NULL)
        *created = made;
    return kind;
}

void vmclock_writer_close(struct vmclock_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->page != NULL)
        (void)munmap((void *)(uintptr_t)writer->page, VMCLOCK_PAGE_SIZE);
    if (writer->fd >= 0)
        (void)close(writer->fd); /* and with it the lock */
    *writer = (struct vmclock_writer){.fd = -1};
}
