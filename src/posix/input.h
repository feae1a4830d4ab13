/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes from a descriptor, by read() or pread(), under a deadline. */
#ifndef VMCLOCK_INPUT_H
#define VMCLOCK_INPUT_H

#include "call.h"

/* The most that a region counts. */
#define VMCLOCK_REGION_MAX_ ((size_t)1 << 20)

/* One input while it is read. */
struct vmclock_input_ {
    int fd;
    bool stream;                       /* cannot be positioned: it is read from where it is */
    uint64_t start;                    /* where the region starts, unless a stream */
    uint64_t silence_ns;               /* how long nothing may come */
    struct vmclock_deadline_ deadline; /* for the whole of it */
};

/*
 * Reads until n bytes are there or the input ends, from `at` in the region on; a stream ignores that. The first 4096
 * bytes are asked for alone, and so are the next: what cannot be read after some bytes were ends the input there.
 * Silence and the deadline do not, they are READ_FAILED with ETIMEDOUT from "poll". On a failure *len is 0.
 */
enum vmclock_err vmclock_input_read_(const struct vmclock_input_ *in, uint64_t at, void *buf, size_t n, size_t *len,
                                     struct vmclock_error *err);

/* seq_count as the bytes of the page, and how many of them there were. */
struct vmclock_seq_ {
    uint8_t bytes[4];
    size_t len;
};

/*
 * A page that others may be writing is read as seq_count, the page and seq_count again, each by a call of its own,
 * since nothing orders the loads within the kernel's copy. When all agree no update fell in between.
 */
enum vmclock_err vmclock_input_seq_(const struct vmclock_input_ *in, struct vmclock_seq_ *seq,
                                    struct vmclock_error *err);
bool vmclock_seq_agrees_(const struct vmclock_seq_ *before, const struct vmclock_seq_ *after, const void *page);

/*
 * Reads what a snapshot keeps of a page, and finds out how long the region is, as far as the page's size needs it: by
 * reading, since what fstat says may be 0 (/proc), or older than what was read. bytes: 112 of them, *len: how many
 * there are.
 */
enum vmclock_err vmclock_input_page_(const struct vmclock_input_ *in, void *bytes, size_t *len, size_t *region,
                                     struct vmclock_error *err);

#endif
