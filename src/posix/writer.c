/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file as a live page to publish: opened or made, locked against other publishers, mapped for writing. Stores nothing
 * in a page itself but by publish.c, and changes no file that holds no page unless it is told to.
 */
#define _GNU_SOURCE 1 /* fallocate */
#define _FILE_OFFSET_BITS 64
#include "vmclock_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../parse.h"
#include "create.h"
#include "input.h"
#include "lock.h"

enum { OPEN_TRIES = 16 }; /* how often the path may turn out to name another file, or none again */

/* ---- Signals ---- */

struct blocked {
    sigset_t before, pending;
};

/* No signal comes between the steps of what must not stay half done. */
static void block_signals(struct blocked *blocked)
{
    sigset_t all;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &blocked->before);
    (void)sigpending(&blocked->pending);
}

/* Takes back the SIGXFSZ that a write above the limit for files raised here: EFBIG tells of that already. */
static void unblock_signals(const struct blocked *blocked)
{
    static const struct timespec at_once;
    sigset_t too_large;

    (void)sigemptyset(&too_large);
    (void)sigaddset(&too_large, SIGXFSZ);
    if (sigismember(&blocked->pending, SIGXFSZ) == 0)
        (void)sigtimedwait(&too_large, NULL, &at_once);
    (void)pthread_sigmask(SIG_SETMASK, &blocked->before, NULL);
}

/* ---- The file: opened or made, and locked ---- */

struct candidate {
    int fd;
    struct stat status;
    bool created;
    struct vmclock_deadline_ deadline; /* of all waiting */
};

/* Opens what the path names, unless that is known not to be a regular file: to open some devices is to change them. */
static int open_regular(const char *path, struct vmclock_deadline_ deadline)
{
    struct stat status;

    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return vmclock_open_(path, O_RDWR, deadline);
}

/* Another creator may be first, which is as good: the file is not there then, and VMCLOCK_OK. */
static enum vmclock_err open_or_create(const char *path, struct candidate *file, struct vmclock_error *err)
{
    enum vmclock_err kind = VMCLOCK_OK;
    struct blocked blocked;
    const char *origin;
    int reason;

    file->fd = open_regular(path, file->deadline);
    if (file->fd >= 0)
        return kind;
    if (errno != ENOENT)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", errno);
    block_signals(&blocked);
    file->fd = vmclock_create_(path, file->deadline, &origin);
    reason = errno;
    unblock_signals(&blocked);
    if (file->fd >= 0)
        file->created = true;
    else if (reason != EEXIST)
        kind = vmclock_fail_syscall_(err, VMCLOCK_REASON_WRITE_FAILED, origin, reason);
    return kind;
}

/* Waits for the lock; tells in *is_named whether the path still names this file, whose status is known by then. */
static enum vmclock_err lock_file(struct candidate *file, const char *path, bool *is_named, struct vmclock_error *err)
{
    struct stat *const status = &file->status;
    enum vmclock_err kind;
    struct stat named;
    int reason;

    if (fstat(file->fd, status) != 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "fstat", errno);
    if (!S_ISREG(status->st_mode))
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", EOPNOTSUPP);
    reason = vmclock_lock_(file->fd, file->deadline);
    if (reason != 0) {
        kind = vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "flock", reason);
        if (err != NULL && reason == EWOULDBLOCK)
            err->actual = vmclock_lock_holder_(status);
        return kind;
    }
    if (fstat(file->fd, status) != 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "fstat", errno);
    *is_named = stat(path, &named) == 0 && named.st_dev == status->st_dev && named.st_ino == status->st_ino;
    return VMCLOCK_OK;
}

static void close_file(struct candidate *file)
{
    if (file->fd >= 0)
        (void)close(file->fd);
    file->fd = -1;
}

static enum vmclock_err acquire(const char *path, struct candidate *file, struct vmclock_error *err)
{
    int reason = ENOENT;

    for (unsigned tries = 0; tries < OPEN_TRIES; tries++) {
        bool is_named = false;
        enum vmclock_err kind = open_or_create(path, file, err);

        reason = file->fd < 0 ? ENOENT : ESTALE; /* a link that leads nowhere, or a path that others keep replacing */
        if (file->fd >= 0)
            kind = lock_file(file, path, &is_named, err);
        if (kind == VMCLOCK_OK && is_named)
            return kind;
        close_file(file);
        if (kind != VMCLOCK_OK)
            return kind;
    }
    return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", reason);
}

/* ---- The page: judged, mapped, and only then made ---- */

/* Judges what the file holds by a private copy. *len: how much of it is page, of the first 4096 bytes. */
static enum vmclock_err judge_file(const struct candidate *file, size_t *len, struct vmclock_error *err)
{
    const struct vmclock_input_ in = {.fd = file->fd,
                                      .silence_ns = UINT64_MAX,
                                      .deadline = vmclock_deadline_after_(VMCLOCK_LOCK_TIMEOUT_NS)};
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

/*
 * Room on the disk for all that one stores to the mapping: without it, a full disk is told by SIGBUS, and later. The
 * bytes stay as they are. A file system that cannot tell is taken at its word.
 */
static bool reserve(const struct candidate *file, int mode, off_t len)
{
    for (unsigned tries = 1; fallocate(file->fd, mode, 0, len) != 0; tries++)
        if (errno != EINTR || !vmclock_again_(tries, file->deadline))
            return false;
    return true;
}

static bool is_unsupported(int sys_errno)
{
    return sys_errno == EOPNOTSUPP || sys_errno == ENOSYS;
}

/* The file's part in the page of memory that is mapped. */
static enum vmclock_err reserve_page(const struct candidate *file, struct vmclock_error *err)
{
    const long memory = sysconf(_SC_PAGESIZE);
    const off_t most = memory > VMCLOCK_PAGE_SIZE ? memory : VMCLOCK_PAGE_SIZE;

    if (!reserve(file, FALLOC_FL_KEEP_SIZE, file->status.st_size < most ? file->status.st_size : most) &&
        !is_unsupported(errno))
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_WRITE_FAILED, "fallocate", errno);
    return vmclock_succeed_(err);
}

/* Makes a short file 4096 bytes long, by zeros that have room on the disk. On failure it is as it was. */
static enum vmclock_err grow(const struct candidate *file, struct vmclock_error *err)
{
    static const uint8_t zeros[VMCLOCK_PAGE_SIZE];
    const off_t size = file->status.st_size;
    const char *origin = "fallocate";
    bool grown = reserve(file, 0, VMCLOCK_PAGE_SIZE);
    int reason;

    if (!grown && is_unsupported(errno)) {
        origin = "pwrite";
        grown = vmclock_write_all_(file->fd, zeros, (size_t)(VMCLOCK_PAGE_SIZE - size), size, file->deadline);
    }
    if (grown)
        return vmclock_succeed_(err);
    reason = errno;
    if (ftruncate(file->fd, size) != 0)
        origin = "ftruncate";
    return vmclock_fail_syscall_(err, VMCLOCK_REASON_WRITE_FAILED, origin, reason);
}

/* Makes a page where none was. seq_count goes on from the four bytes that are there. */
static enum vmclock_err make_page(const struct candidate *file, volatile void *page, struct vmclock_error *err)
{
    enum vmclock_err kind;
    struct blocked blocked;

    block_signals(&blocked);
    kind = file->status.st_size < VMCLOCK_PAGE_SIZE ? grow(file, err) : reserve_page(file, err);
    if (kind == VMCLOCK_OK)
        kind = vmclock_publish_init(page, VMCLOCK_PAGE_SIZE, &vmclock_fresh_page_, err);
    unblock_signals(&blocked);
    return kind;
}

static enum vmclock_err map_page(const struct candidate *file, unsigned flags, struct vmclock_writer *writer,
                                 struct vmclock_error *err)
{
    const enum vmclock_err kind = judge_file(file, &writer->len, err);
    void *page;

    if (kind == VMCLOCK_ERR_SYSCALL || (kind != VMCLOCK_OK && (flags & VMCLOCK_WRITER_FORCE) == 0))
        return kind;
    /* A page of memory reaches past the end of a short file; nothing is stored there before the file has it. */
    page = mmap(NULL, VMCLOCK_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
    if (page == MAP_FAILED)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_MAP_FAILED, "mmap", errno);
    writer->page = page;
    if (kind == VMCLOCK_OK)
        return reserve_page(file, err);
    writer->len = VMCLOCK_PAGE_SIZE;
    return make_page(file, page, err);
}

enum vmclock_err vmclock_writer_open(struct vmclock_writer *writer, const char *path, unsigned flags,
                                     uint64_t timeout_ns, bool *created, struct vmclock_error *err)
{
    struct vmclock_writer opened = {.fd = -1};
    struct candidate file = {.fd = -1};
    struct vmclock_held_ held;
    enum vmclock_err kind;

    if (writer != NULL)
        *writer = opened;
    if (created != NULL)
        *created = false;
    if (writer == NULL || path == NULL)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", EFAULT);
    vmclock_hold_(&held);
    file.deadline = vmclock_deadline_after_(timeout_ns);
    kind = acquire(path, &file, err);
    opened.fd = file.fd;
    if (kind == VMCLOCK_OK)
        kind = map_page(&file, flags, &opened, err);
    if (kind == VMCLOCK_OK)
        *writer = opened;
    else
        vmclock_writer_close(&opened);
    vmclock_release_(&held);
    if (created != NULL)
        *created = file.created;
    return kind;
}

void vmclock_writer_close(struct vmclock_writer *writer)
{
    struct vmclock_held_ held;

    if (writer == NULL)
        return;
    vmclock_hold_(&held);
    if (writer->page != NULL)
        (void)munmap((void *)(uintptr_t)writer->page, VMCLOCK_PAGE_SIZE);
    if (writer->fd >= 0)
        (void)close(writer->fd); /* and with it the lock */
    *writer = (struct vmclock_writer){.fd = -1};
    vmclock_release_(&held);
}
