/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes of a region from a path or a descriptor, and system errors in words. Never maps, writes, allocates or keeps
 * anything; never waits without a limit for what it opened itself.
 */
#define _GNU_SOURCE 1 /* strerrorname_np, O_CLOEXEC */
#define _FILE_OFFSET_BITS 64
#include "posix_internal.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "../live.h"

enum {
    IDLE_MS = 5000,   /* how long a named input may stay silent */
    TOTAL_MS = 60000, /* how long it may take in all, if it trickles or never ends */
    SETTLE_MS = 100,  /* how long a regular file may keep changing under us: Linux's own limit for a page */
    ODD_US = 200      /* how long an odd seq_count must last to count as what the file holds */
};

/* One input while it is read. */
struct source {
    int fd;
    bool stream;      /* cannot be positioned */
    bool patient;     /* waits without limit */
    int64_t deadline; /* in ms of the monotonic clock, unless patient */
    uint64_t start;   /* where the region starts, unless a stream; at most INT64_MAX */
};

static int64_t now_ms(void)
{
    return vmclock_monotonic_ns_() / 1000000;
}

/* Waits until there is something to read. 0, or what went wrong. */
static int wait_readable(const struct source *in)
{
    struct pollfd poller = {.fd = in->fd, .events = POLLIN, .revents = 0};

    for (;;) {
        const int64_t left = in->patient ? IDLE_MS : in->deadline - now_ms();
        const int limit = left < 0 ? 0 : left < IDLE_MS ? (int)left : (int)IDLE_MS;
        const int ready = poll(&poller, 1, in->patient ? -1 : limit);

        if (ready > 0)
            return 0;
        if (ready == 0)
            return ETIMEDOUT;
        if (errno != EINTR)
            return errno;
    }
}

/* One read of at least a byte, 0 at the end of the input; or -1, and then errno and the call that failed are set. */
static ssize_t fetch(const struct source *in, uint64_t at, void *buf, size_t n, const char **origin)
{
    for (;;) {
        ssize_t got;
        int why;

        *origin = in->stream ? "read" : "pread";
        got = in->stream ? read(in->fd, buf, n) : pread(in->fd, buf, n, (off_t)at);
        if (got >= 0)
            return got;
        if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
            return -1;
        if (errno != EINTR && (why = wait_readable(in)) != 0) {
            *origin = "poll";
            errno = why;
            return -1;
        }
    }
}

/* Reads until n bytes are there or the input ends. A stream ignores `at`. */
static enum vmclock_err fill(const struct source *in, uint64_t at, void *buf, size_t n, size_t *len,
                             struct vmclock_error *err)
{
    uint8_t *to = buf;
    size_t have = 0;

    *len = 0;
    /* The kernel wants position and length to fit into an off_t together. */
    if (!in->stream && at > INT64_MAX)
        n = 0;
    else if (!in->stream && n > INT64_MAX - at)
        n = (size_t)(INT64_MAX - at);
    while (have < n) {
        const size_t want = n - have < INT_MAX ? n - have : INT_MAX;
        const char *origin;
        ssize_t got;

        if (!in->patient && now_ms() > in->deadline)
            return vmclock_fail_syscall_(err, VMCLOCK_REASON_READ_FAILED, in->stream ? "read" : "pread", ETIMEDOUT);
        got = fetch(in, at + have, to + have, want, &origin);
        if (got < 0)
            return vmclock_fail_syscall_(err, VMCLOCK_REASON_READ_FAILED, origin, errno);
        if (got == 0)
            break;
        have += (size_t)got;
    }
    *len = have;
    return vmclock_succeed_(err);
}

/* Throws away `offset` bytes of a stream, then reads. The buffer serves for both. */
static enum vmclock_err read_stream(const struct source *in, uint64_t offset, void *buf, size_t cap, size_t *len,
                                    struct vmclock_error *err)
{
    while (offset > 0) {
        const size_t n = offset < cap ? (size_t)offset : cap;
        const enum vmclock_err kind = fill(in, 0, buf, n, len, err);

        if (kind != VMCLOCK_OK)
            return kind;
        if (*len < n) {
            *len = 0;
            return VMCLOCK_OK;
        }
        offset -= n;
    }
    return fill(in, 0, buf, cap, len, err);
}

/*
 * Reads a regular file that others may be writing: seq_count, the page, and seq_count again, each by a call of its own,
 * since nothing orders the loads within the kernel's copy. When all agree no update fell in between. An odd one is given a
 * moment; if it stays, it is what the file holds. The last attempt comes after the deadline: all of the time may have gone
 * by with this process, or its machine, stopped.
 */
static enum vmclock_err read_settled(const struct source *in, void *buf, size_t cap, size_t *len,
                                     struct vmclock_error *err)
{
    const struct vmclock_field_row *seq = vmclock_field_info(VMCLOCK_FIELD_SEQ_COUNT);
    const struct timespec moment = {0, ODD_US * 1000L};
    const int64_t deadline = now_ms() + SETTLE_MS;
    struct vmclock_shm_header header;

    for (bool is_last = false;; is_last = now_ms() >= deadline) {
        uint8_t before[sizeof header.seq_count] = {0}, again[sizeof header.seq_count];
        size_t again_len;
        enum vmclock_err kind = fill(in, in->start + seq->offset, before, sizeof before, &again_len, err);

        vmclock_live_acquire_();
        *len = 0;
        if (kind == VMCLOCK_OK)
            kind = fill(in, in->start, buf, cap, len, err);
        if (kind != VMCLOCK_OK)
            return kind;
        if (vmclock_shm_header_read(buf, *len, &header, NULL) != VMCLOCK_OK && header.magic != VMCLOCK_MAGIC)
            return VMCLOCK_OK; /* no page, no protocol */
        if (header.seq_count % 2 != 0)
            nanosleep(&moment, NULL);
        vmclock_live_acquire_();
        kind = fill(in, in->start + seq->offset, again, sizeof again, &again_len, err);
        if (kind != VMCLOCK_OK) {
            *len = 0;
            return kind;
        }
        if (again_len == sizeof again && memcmp(again, before, sizeof again) == 0 &&
            memcmp(again, (const uint8_t *)buf + seq->offset, sizeof again) == 0)
            return VMCLOCK_OK;
        if (is_last)
            return vmclock_fail_(err, VMCLOCK_REASON_UPDATE_TOO_FAST, VMCLOCK_FIELD_NONE, 0, header.seq_count);
    }
}

/* Reads from an open descriptor; in->start is its present position. */
static enum vmclock_err read_source(struct source *in, uint64_t offset, void *buf, size_t cap, size_t *len,
                                    struct vmclock_error *err)
{
    struct stat info;

    *len = 0;
    if (fstat(in->fd, &info) != 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_READ_FAILED, "fstat", errno);
    if (buf == NULL || cap == 0)
        return vmclock_succeed_(err);
    /* Only trying tells: a device that refuses to seek may well pread, as Linux's vmclock does. */
    in->stream = pread(in->fd, buf, 0, 0) < 0 && errno == ESPIPE;
    if (in->stream)
        return read_stream(in, offset, buf, cap, len, err);
    if (offset > INT64_MAX - in->start)
        return vmclock_succeed_(err);
    in->start += offset;
    if (S_ISREG(info.st_mode))
        return read_settled(in, buf, cap, len, err);
    return fill(in, in->start, buf, cap, len, err);
}

enum vmclock_err vmclock_read_fd(int fd, uint64_t offset, void *buf, size_t cap, size_t *len,
                                 struct vmclock_error *err)
{
    const off_t position = lseek(fd, 0, SEEK_CUR);
    struct source in = {.fd = fd, .patient = true, .start = position < 0 ? 0 : (uint64_t)position};
    size_t unwanted;

    return read_source(&in, offset, buf, cap, len != NULL ? len : &unwanted, err);
}

enum vmclock_err vmclock_read_path(const char *path, uint64_t offset, void *buf, size_t cap, size_t *len,
                                   struct vmclock_error *err)
{
    struct source in = {.fd = -1, .deadline = now_ms() + TOTAL_MS};
    enum vmclock_err kind;
    size_t unwanted;

    if (len == NULL)
        len = &unwanted;
    *len = 0;
    if (path == NULL)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", EFAULT);
    in.fd = vmclock_open_(path, O_RDONLY);
    if (in.fd < 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", errno);
    kind = read_source(&in, offset, buf, cap, len, err);
    close(in.fd);
    return kind;
}

/* ---- Errors in words ---- */

const char *vmclock_errno_name(int sys_errno)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
    return sys_errno == 0 ? NULL : strerrorname_np(sys_errno);
#else
    (void)sys_errno;
    return NULL;
#endif
}

/* strerror() without its buffer and the locale, where there is such a thing. */
static const char *describe(int sys_errno)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
    const char *words = strerrordesc_np(sys_errno);
    return words != NULL ? words : "Unknown error";
#else
    return strerror(sys_errno);
#endif
}

static const char *system_advice(const struct vmclock_error *err, bool device)
{
    switch (err->sys_errno) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
        return device ? "Linux makes this device from 6.13 on (driver ptp_vmclock) in a virtual machine that is given "
                        "a VMClock: by QEMU 10.0 or later with -device vmclock, by Firecracker 1.14 or later, by AWS "
                        "Nitro. The region must have a page or more, and a page of version 1."
                      : "";
    case EACCES:
    case EPERM:
        return device ? "Only root may read this device unless told otherwise (mode 0600). Run this as root, or grant "
                        "it until the next boot with: setfacl -m u:USER:r /dev/vmclock0, or for good with a udev rule: "
                        "KERNEL==\"vmclock*\", GROUP=\"GROUP\", MODE=\"0640\"."
                      : "It takes read permission for the file (to publish, write permission for it, or for its directory "
                        "to make it), and search permission for the directories above it.";
    case EISDIR:
        return "Name a file in this directory.";
    case ETIMEDOUT:
        return err->origin != NULL && strcmp(err->origin, "pread") == 0
                   ? "The writer began an update and has not ended it: the hypervisor has stalled or died in the midst "
                     "of it, or is paused. Try again later."
                   : "Something holds it open for writing, but nothing came for 5 s, or it did not end within 60 s.";
    default:
        return "";
    }
}

static const char *page_advice(enum vmclock_reason reason)
{
    switch (reason) {
    case VMCLOCK_REASON_EMPTY:
        return "The file is empty, the offset is past its end, or it is a FIFO that nobody writes to.";
    case VMCLOCK_REASON_TRUNCATED:
        return "Give the whole region, as a rule 4096 bytes, and check the offset.";
    case VMCLOCK_REASON_MAGIC_BYTE_SWAPPED:
        return "A VMClock page is little-endian on every machine: its writer needs to be fixed.";
    case VMCLOCK_REASON_BAD_MAGIC:
        return "Check the path and the offset: every page starts with the bytes V C L K.";
    case VMCLOCK_REASON_VERSION_ZERO:
        return "Wait until the hypervisor has written the page once, then try again.";
    case VMCLOCK_REASON_SIZE_TOO_SMALL:
        return "The writer needs to be fixed: every page reaches past flags.";
    case VMCLOCK_REASON_VERSION_UNSUPPORTED:
        return "Look for a newer version of this library, or distrust the page: no other version is specified yet.";
    case VMCLOCK_REASON_SIZE_EXCEEDS_REGION:
        return "If this is a shortened copy of a page, allow truncated input. If it is the whole region, its writer "
               "needs to be fixed: readers that trust its size read past the end.";
    case VMCLOCK_REASON_UPDATE_STALLED:
        return "The hypervisor has stalled or died in the midst of an update, or is paused. Try again later.";
    case VMCLOCK_REASON_UPDATE_TOO_FAST:
        return "Someone is writing it all the time. Try again, or read a copy.";
    default:
        return "";
    }
}

size_t vmclock_error_explain(const struct vmclock_error *err, const char *path, char *buf, size_t cap)
{
    static const char device[] = "/dev/vmclock";
    const bool is_device = path != NULL && strncmp(path, device, sizeof device - 1) == 0;
    const char *advice, *name;
    int len;

    if (buf == NULL)
        cap = 0;
    if (err == NULL || err->kind != VMCLOCK_ERR_SYSCALL)
        len = snprintf(buf, cap, "%s", err == NULL ? "" : page_advice(err->reason));
    else {
        advice = system_advice(err, is_device);
        name = vmclock_errno_name(err->sys_errno);
        len = snprintf(buf, cap, "%s (%s%s%s).%s%s", describe(err->sys_errno), err->origin != NULL ? err->origin : "",
                       err->origin != NULL ? ": " : "", name != NULL ? name : "?", *advice != '\0' ? " " : "", advice);
    }
    return len < 0 ? 0 : (size_t)len;
}
