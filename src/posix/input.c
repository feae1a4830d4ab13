/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions are read here alone, by read() and pread(). Whatever they answer, there is an end to it by the input's
 * deadline.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../live.h"
#include "../names.h"

/* What is asked for at once: what lies behind something that cannot be read may be lost, but never a page before it. */
enum { STEP = 4096 };

/* The origin of a failure that is about waiting, not about the input. */
#define POLL "poll"

/* After a call that failed with `why`: waits until there may be something to read. 0, or what went wrong. */
static int wait_for_bytes(int fd, int why, unsigned tries, struct vmclock_deadline_ deadline)
{
    int ready;

    /* Some devices are always ready and have nothing, and who waits for them would spin. */
    if (!vmclock_again_(tries, deadline))
        return ETIMEDOUT;
    if (why == EINTR)
        return 0;
    ready = vmclock_poll_(fd, INT64_MAX, deadline);
    if (ready == 0 && vmclock_deadline_passed_(deadline))
        return ETIMEDOUT;
    return ready >= 0 || errno == EINTR ? 0 : errno;
}

/* One read of at least a byte, 0 at the end of the input; or -1, and then errno and the call that failed are set. */
static ssize_t fetch(const struct vmclock_input_ *in, uint64_t at, void *buf, size_t n, const char **origin)
{
    struct vmclock_deadline_ silence = in->deadline;

    for (unsigned tries = 0;; tries++) {
        const ssize_t got = in->stream ? read(in->fd, buf, n) : pread(in->fd, buf, n, (off_t)(in->start + at));
        int why = errno;

        if (got >= 0)
            return got;
        *origin = in->stream ? "read" : "pread";
        if (why != EINTR && why != EAGAIN)
            return -1;
        if (tries == 0)
            silence = vmclock_deadline_within_(in->deadline, in->silence_ns);
        why = wait_for_bytes(in->fd, why, tries, silence);
        if (why != 0) {
            *origin = POLL;
            errno = why;
            return -1;
        }
    }
}

/* How many of n bytes may be asked for: the kernel wants position and length to fit into an off_t together. */
static size_t within_reach(const struct vmclock_input_ *in, uint64_t at, size_t n)
{
    uint64_t left;

    if (in->stream)
        return n;
    if (in->start > INT64_MAX || at > INT64_MAX - in->start)
        return 0;
    left = INT64_MAX - in->start - at;
    return n < left ? n : (size_t)left;
}

enum vmclock_err vmclock_input_read_(const struct vmclock_input_ *in, uint64_t at, void *buf, size_t n, size_t *len,
                                     struct vmclock_error *err)
{
    size_t have = 0;

    *len = 0;
    n = within_reach(in, at, n);
    while (have < n) {
        const size_t want = n - have < STEP ? n - have : STEP;
        /* It may be the end of the input that is read too late: only what goes on is told to take too long. */
        const bool is_late = have > 0 && vmclock_deadline_passed_(in->deadline);
        const char *origin;
        const ssize_t got = fetch(in, at + have, (uint8_t *)buf + have, want, &origin);

        if (got < 0 && (have == 0 || strcmp(origin, POLL) == 0))
            return vmclock_fail_syscall_(err, VMCLOCK_REASON_READ_FAILED, origin, errno);
        if (got <= 0)
            break;
        have += (size_t)got;
        if (is_late && have < n)
            return vmclock_fail_syscall_(err, VMCLOCK_REASON_READ_FAILED, POLL, ETIMEDOUT);
    }
    *len = have;
    return vmclock_succeed_(err);
}

enum vmclock_err vmclock_input_seq_(const struct vmclock_input_ *in, struct vmclock_seq_ *seq,
                                    struct vmclock_error *err)
{
    enum vmclock_err kind;

    vmclock_live_acquire_(); /* whatever was read before stays before */
    kind = vmclock_input_read_(in, VMCLOCK_AT_SEQ_COUNT, seq->bytes, sizeof seq->bytes, &seq->len, err);
    vmclock_live_acquire_();
    return kind;
}

bool vmclock_seq_agrees_(const struct vmclock_seq_ *before, const struct vmclock_seq_ *after, const void *page)
{
    return before->len == sizeof before->bytes && after->len == sizeof after->bytes &&
           memcmp(before->bytes, after->bytes, sizeof before->bytes) == 0 &&
           memcmp((const uint8_t *)page + VMCLOCK_AT_SEQ_COUNT, after->bytes, sizeof after->bytes) == 0;
}

/* Tells in *is_there whether the byte before `end` can be read; fails when that cannot be found out in time. */
static enum vmclock_err probe(const struct vmclock_input_ *in, size_t end, bool *is_there, struct vmclock_error *err)
{
    struct vmclock_error why;
    uint8_t last;
    size_t len;
    const enum vmclock_err kind = vmclock_input_read_(in, end - 1, &last, sizeof last, &len, &why);

    *is_there = len == sizeof last;
    if (kind == VMCLOCK_OK || strcmp(why.origin, POLL) != 0)
        return vmclock_succeed_(err);
    if (err != NULL)
        *err = why;
    return kind;
}

/* How much of the region can be read: *have bytes could be, more than `most` are not asked for. */
static enum vmclock_err measure_region(const struct vmclock_input_ *in, size_t *have, size_t most,
                                       struct vmclock_error *err)
{
    size_t low = *have, high = most; /* so much can be read; no more than so much can be */
    enum vmclock_err kind = VMCLOCK_OK;
    bool is_there;

    while (kind == VMCLOCK_OK && low < high) {
        size_t end = high - low > STEP ? low + STEP : high;

        if (high < most) /* within a step that is not whole, by halves */
            end = low + (high - low + 1) / 2;
        kind = probe(in, end, &is_there, err);
        if (is_there)
            low = end;
        else
            high = end - 1;
    }
    *have = low;
    return kind;
}

enum vmclock_err vmclock_input_page_(const struct vmclock_input_ *in, void *bytes, size_t *len, size_t *region,
                                     struct vmclock_error *err)
{
    const enum vmclock_err kind = vmclock_input_read_(in, 0, bytes, VMCLOCK_STRUCT_SIZE, len, err);
    struct vmclock_shm_header header;

    *region = *len;
    if (kind != VMCLOCK_OK || *len < VMCLOCK_STRUCT_SIZE ||
        vmclock_shm_header_read(bytes, *len, &header, NULL) != VMCLOCK_OK || header.size <= *len)
        return kind;
    return measure_region(in, region, header.size < VMCLOCK_REGION_MAX_ ? header.size : VMCLOCK_REGION_MAX_, err);
}
