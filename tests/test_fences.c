/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fences outside the core: where they stand between what is read of a page. No machine that the tests run on does
 * without them what it might, so that only second copies of these files, whose fences are seen, tell.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include "names.h"
#include "live.h"
#include "pages.h"
#include "posix/counter.h"
#include "posix/device.h"
#include "stretch.h"
#include "system.h"

/* What happened, a letter each: A acquires, L loads a half, R reads seq_count, P reads the page, S takes a snapshot. */
static char trace[64];
static void note(char what)
{
    const size_t len = strlen(trace);

    if (len + 1 < sizeof trace) {
        trace[len] = what;
        trace[len + 1] = '\0';
    }
}

static inline void seen_acquire(void)
{
    note('A');
    vmclock_live_acquire_();
}

static inline vmclock_half_ seen_load_half(const volatile void *at)
{
    note('L');
    return vmclock_live_load_half_(at);
}

__typeof__(vmclock_input_read_) seen_input_read;
__typeof__(vmclock_input_seq_) seen_input_seq;
__typeof__(vmclock_seq_agrees_) seen_seq_agrees;
__typeof__(vmclock_input_page_) seen_input_page;
__typeof__(vmclock_counter_id) seen_counter_id;
__typeof__(vmclock_counter_read) seen_counter_read;
__typeof__(vmclock_memo_init) seen_memo_init;
__typeof__(vmclock_now) seen_now;
__typeof__(vmclock_now_again) seen_now_again;
__typeof__(vmclock_now_bounds) seen_now_bounds;
__typeof__(vmclock_device_now) seen_device_now;
__typeof__(vmclock_device_clock_) seen_device_clock;
#define vmclock_live_acquire_ seen_acquire
#define vmclock_live_load_half_ seen_load_half
#define vmclock_input_read_ seen_input_read
#define vmclock_input_seq_ seen_input_seq
#define vmclock_seq_agrees_ seen_seq_agrees
#define vmclock_input_page_ seen_input_page
#define vmclock_counter_id seen_counter_id
#define vmclock_counter_read seen_counter_read
#define vmclock_memo_init seen_memo_init
#define vmclock_now seen_now
#define vmclock_now_again seen_now_again
#define vmclock_now_bounds seen_now_bounds
#define vmclock_device_now seen_device_now
#define vmclock_device_clock_ seen_device_clock
#include "../src/posix/counter.c"
#include "../src/posix/input.c"

static ssize_t read_page(int fd, void *buf, size_t len, off_t offset)
{
    (void)fd;
    note(len == 4 && offset == AT_SEQ_COUNT ? 'R' : 'P');
    memset(buf, 0x5a, len);
    return (ssize_t)len;
}

/* The reads of the page may be done neither before the first look at seq_count nor after the second one. */
static void looks_at_seq_count_stand_between_fences(void)
{
    const struct vmclock_input_ in = {.fd = 42, .deadline = VMCLOCK_NEVER_};
    struct vmclock_seq_ seq;

    reset_system();
    answers.pread = read_page;
    trace[0] = '\0';
    EQ(seen_input_seq(&in, &seq, NULL), VMCLOCK_OK);
    TEXT(trace, "ARA");
    EQ(seq.len, 4);
    reset_system();
}

static void note_snapshot(const volatile void *page, enum vmclock_err kind)
{
    (void)page, (void)kind;
    note('S');
}

/* What the caller read before it asked is not of a later time than the page. */
static void now_again_acquires_before_it_looks(void)
{
    _Alignas(8) uint8_t page[PAGE];
    struct vmclock_bounds bounds;
    struct vmclock_memo memo;

    if (seen_counter_id() == VMCLOCK_COUNTER_INVALID)
        return;
    reset_system();
    answers.after_snapshot = note_snapshot;
    build_clock_page(page);
    put8(page, AT_COUNTER_ID, seen_counter_id());
    put8(page, AT_COUNTER_PERIOD_SHIFT, SHIFT_1GHZ + 10); /* a stretch lasts longer than the test */
    put64(page, AT_COUNTER_VALUE, seen_counter_read());
    put64(page, AT_TIME_FRAC_SEC, 0);
    seen_memo_init(&memo, page, sizeof page, 1, 0);
    for (unsigned i = 0; i < 5; i++) {
        trace[0] = '\0';
        EQ(i % 2 == 0 ? seen_now_again(&memo, NULL) : seen_now_bounds(&memo, &bounds, NULL), VMCLOCK_OK);
        TEXT(trace, i == 0 ? "S" : "AL");
    }
    reset_system();
}

SUITE(fences) = {
    {"looks at seq_count stand between fences", looks_at_seq_count_stand_between_fences},
    {"now_again acquires before it looks", now_again_acquires_before_it_looks},
    CU_TEST_INFO_NULL,
};
