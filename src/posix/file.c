/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes of a region from a path or a descriptor. Never maps, writes, allocates or keeps anything; never waits without a
 * limit for what it opened itself.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "vmclock_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"

#define FILE_SILENCE_NS (5000 * VMCLOCK_NS_PER_MS_) /* how long a named input may stay silent */
#define FILE_WHOLE_NS (60 * VMCLOCK_NS_PER_SEC_)    /* how long it may take in all, if it trickles or never ends */
#define FILE_SETTLE_NS (100 * VMCLOCK_NS_PER_MS_)   /* how long it may keep changing: Linux's limit for a page */
#define FILE_ODD_NS (VMCLOCK_NS_PER_MS_ / 5)        /* how long an odd seq_count must last to count as what it holds */

/* Throws away `offset` bytes of a stream, then reads. The buffer serves for both. */
static enum vmclock_err read_stream(const struct vmclock_input_ *in, uint64_t offset, void *buf, size_t cap,
                                    size_t *len, struct vmclock_error *err)
{
    while (offset > 0) {
        const size_t n = offset < cap ? (size_t)offset : cap;
        const enum vmclock_err kind = vmclock_input_read_(in, 0, buf, n, len, err);

        if (kind != VMCLOCK_OK)
            return kind;
        if (*len < n) {
            *len = 0;
            return VMCLOCK_OK;
        }
        offset -= n;
        if (vmclock_deadline_passed_(in->deadline)) {
            *len = 0;
            return vmclock_fail_syscall_(err, VMCLOCK_REASON_READ_FAILED, "poll", ETIMEDOUT);
        }
    }
    return vmclock_input_read_(in, 0, buf, cap, len, err);
}

/*
 * One attempt at a page that others may be writing. *settled: no update fell in between, or there is no page to be
 * updated. An odd seq_count is given a moment; if it stays, it is what the file holds.
 */
static enum vmclock_err read_once(const struct vmclock_input_ *in, void *buf, size_t cap, size_t *len, bool *settled,
                                  struct vmclock_error *err)
{
    struct vmclock_seq_ before, after;
    struct vmclock_shm_header header;
    enum vmclock_err kind = vmclock_input_seq_(in, &before, err);

    *len = 0;
    if (kind == VMCLOCK_OK)
        kind = vmclock_input_read_(in, 0, buf, cap, len, err);
    if (kind != VMCLOCK_OK)
        return kind;
    *settled = vmclock_shm_header_read(buf, *len, &header, NULL) != VMCLOCK_OK && header.magic != VMCLOCK_MAGIC;
    if (*settled)
        return VMCLOCK_OK;
    if (header.seq_count % 2 != 0)
        (void)vmclock_sleep_(FILE_ODD_NS, in->deadline);
    kind = vmclock_input_seq_(in, &after, err);
    *settled = kind == VMCLOCK_OK && vmclock_seq_agrees_(&before, &after, buf);
    if (kind != VMCLOCK_OK)
        *len = 0;
    else if (!*settled) /* for the case that this was the last attempt */
        vmclock_fill_error_(err, VMCLOCK_REASON_UPDATE_TOO_FAST, VMCLOCK_FIELD_NONE, 0, header.seq_count);
    return kind;
}

/*
 * The last attempt comes after the deadline: all of the time may have gone by with this process or its machine stopped.
 */
static enum vmclock_err read_settled(const struct vmclock_input_ *in, void *buf, size_t cap, size_t *len,
                                     struct vmclock_error *err)
{
    const struct vmclock_deadline_ deadline = vmclock_deadline_within_(in->deadline, FILE_SETTLE_NS);

    for (bool is_last = false;; is_last = vmclock_deadline_passed_(deadline)) {
        bool settled = false;
        const enum vmclock_err kind = read_once(in, buf, cap, len, &settled, err);

        if (kind != VMCLOCK_OK || settled)
            return kind;
        if (is_last)
            return vmclock_kind_(VMCLOCK_REASON_UPDATE_TOO_FAST);
    }
}

/* Only trying tells: a device that refuses to seek may well pread, as Linux's vmclock does. */
static bool is_stream(int fd, void *buf)
{
    return pread(fd, buf, 0, 0) < 0 && errno == ESPIPE;
}

static enum vmclock_err read_any(const struct vmclock_input_ *in, uint64_t offset, void *buf, size_t cap, size_t *len,
                                 struct vmclock_error *err)
{
    struct vmclock_input_ region = *in;
    struct stat info;

    *len = 0;
    if (fstat(in->fd, &info) != 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_READ_FAILED, "fstat", errno);
    if (buf == NULL || cap == 0)
        return vmclock_succeed_(err);
    if (in->stream)
        return read_stream(in, offset, buf, cap, len, err);
    if (offset > UINT64_MAX - in->start)
        return vmclock_succeed_(err);
    region.start += offset;
    if (S_ISREG(info.st_mode))
        return read_settled(&region, buf, cap, len, err);
    return vmclock_input_read_(&region, 0, buf, cap, len, err);
}

enum vmclock_err vmclock_read_fd(int fd, uint64_t offset, void *buf, size_t cap, size_t *len,
                                 struct vmclock_error *err)
{
    struct vmclock_input_ in = {.fd = fd, .silence_ns = UINT64_MAX, .deadline = VMCLOCK_NEVER_};
    size_t unwanted;

    in.stream = is_stream(fd, buf);
    if (!in.stream) {
        const off_t position = lseek(fd, 0, SEEK_CUR);

        in.start = position < 0 ? 0 : (uint64_t)position;
        in.silence_ns = FILE_SILENCE_NS;
        in.deadline = vmclock_deadline_after_(FILE_WHOLE_NS);
    }
    return read_any(&in, offset, buf, cap, len != NULL ? len : &unwanted, err);
}

enum vmclock_err vmclock_read_path(const char *path, uint64_t offset, void *buf, size_t cap, size_t *len,
                                   struct vmclock_error *err)
{
    struct vmclock_input_ in = {.silence_ns = FILE_SILENCE_NS};
    struct vmclock_held_ held;
    enum vmclock_err kind;
    size_t unwanted;

    if (len == NULL)
        len = &unwanted;
    *len = 0;
    if (path == NULL)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", EFAULT);
    vmclock_hold_(&held);
    in.deadline = vmclock_deadline_after_(FILE_WHOLE_NS);
    in.fd = vmclock_open_(path, O_RDONLY, in.deadline);
    if (in.fd < 0)
        kind = vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", errno);
    else {
        in.stream = is_stream(in.fd, buf);
        kind = read_any(&in, offset, buf, cap, len, err);
        (void)close(in.fd);
    }
    vmclock_release_(&held);
    return kind;
}
