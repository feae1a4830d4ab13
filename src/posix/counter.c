/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU's counter, and now: a live page and the counter read together. The only file with instructions of a
 * particular CPU; where it knows none, every page's counter is foreign. Never writes to a page.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "vmclock_posix.h"

#include "../live.h"
#include "../names.h"
#include "../stretch.h"
#include "counter.h"
#include "device.h"

/* ---- The counter ---- */

#if defined(__x86_64__) || defined(__i386__)

enum { COUNTER_ID = VMCLOCK_COUNTER_X86_TSC };

/* RDTSC waits for nothing; LFENCE before it waits for all that came before (Intel SDM, AMD APM). */
static inline uint64_t read_counter(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

#elif defined(__aarch64__)

enum { COUNTER_ID = VMCLOCK_COUNTER_ARM_VCNT };

/* The first ISB keeps the read from being done early, the second keeps what follows from being done before it. */
static inline uint64_t read_counter(void)
{
    uint64_t value;

    __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(value) : : "memory");
    return value;
}

#else

enum { COUNTER_ID = VMCLOCK_COUNTER_INVALID };

static inline uint64_t read_counter(void)
{
    return 0;
}

#endif

uint8_t vmclock_counter_id(void)
{
    return COUNTER_ID;
}

uint64_t vmclock_counter_read(void)
{
    return read_counter();
}

/* ---- Now ---- */

static bool busy(const struct vmclock_error *err)
{
    return err->reason == VMCLOCK_REASON_UPDATE_STALLED || err->reason == VMCLOCK_REASON_UPDATE_TOO_FAST;
}

/* Nothing is learned from a failure. */
static enum vmclock_err forget(struct vmclock_memo *memo, struct vmclock_reading *out, enum vmclock_err kind)
{
    memo->snapshot.len = 0;
    if (out != NULL)
        *out = (struct vmclock_reading){0};
    return kind;
}

/* By the memo's snapshot. */
static enum vmclock_err convert(struct vmclock_memo *memo, uint64_t counter, struct vmclock_reading *out,
                                struct vmclock_error *err)
{
    const struct vmclock_view view = vmclock_snapshot_view(&memo->snapshot);
    const enum vmclock_err kind = vmclock_clock_open(&view, COUNTER_ID, memo->flags, &memo->clock, err);

    if (kind != VMCLOCK_OK)
        return forget(memo, out, kind);
    return vmclock_clock_read(&memo->clock, counter, out, err);
}

/* Takes a snapshot, and the counter while it holds. */
static enum vmclock_err learn(struct vmclock_memo *memo, struct vmclock_reading *out, struct vmclock_error *err)
{
    struct vmclock_error why;
    bool stalled = true;

    memo->stretch.ticks = 0;
    for (unsigned left = memo->attempts > 0 ? memo->attempts : 1; left > 0; left--) {
        if (vmclock_snapshot_take(memo->page, memo->len, 1, &memo->snapshot, &why) == VMCLOCK_OK) {
            const uint64_t counter = read_counter();

            /*
             * The counter belongs to the copy when no update began before it had been read. An x86 may do the load in
             * here while RDTSC is under way, nanoseconds early, but not before an interruption of this CPU that RDTSC
             * comes after: what stops the virtual machine between the two starts the load anew.
             */
            if (vmclock_snapshot_compare(memo->page, memo->len, &memo->snapshot, 1) == VMCLOCK_UNCHANGED)
                return convert(memo, counter, out, err);
            stalled = false;
            why.actual = memo->snapshot.seq_count;
        } else if (!busy(&why)) {
            if (err != NULL)
                *err = why;
            return forget(memo, out, why.kind);
        } else
            stalled &= why.reason == VMCLOCK_REASON_UPDATE_STALLED;
    }
    return forget(memo, out,
                  vmclock_fail_(err, stalled ? VMCLOCK_REASON_UPDATE_STALLED : VMCLOCK_REASON_UPDATE_TOO_FAST,
                                VMCLOCK_FIELD_NONE, 0, why.actual));
}

enum vmclock_err vmclock_now(const volatile void *page, size_t len, unsigned attempts, unsigned flags,
                             struct vmclock_reading *out, struct vmclock_error *err)
{
    struct vmclock_memo once; /* what learning needs of it, no more */

    once.page = page;
    once.len = len;
    once.attempts = attempts;
    once.flags = flags;
    return learn(&once, out, err);
}

/* No update has begun since: vmclock_snapshot_compare() would say the same of this page, with more ado. */
static bool still_holds(const struct vmclock_memo *memo)
{
    const volatile unsigned char *const page = memo->page;

    vmclock_live_acquire_(); /* whatever the caller read before asking stays before the load */
    return vmclock_le32_(vmclock_live_load_half_(page + VMCLOCK_AT_SEQ_COUNT)) == memo->snapshot.seq_count;
}

/* What is left to do about once a second: out of the way, so that the usual case saves no registers. */
static __attribute__((noinline)) enum vmclock_err now_and_learn(struct vmclock_memo *memo, uint64_t counter,
                                                                struct vmclock_error *err)
{
    if (memo->snapshot.len == 0 || !still_holds(memo))
        return learn(memo, &memo->reading, err);
    (void)vmclock_clock_stretch(&memo->clock, counter, &memo->stretch);
    return vmclock_clock_read(&memo->clock, counter, &memo->reading, err);
}

void vmclock_memo_init(struct vmclock_memo *memo, const volatile void *page, size_t len, unsigned attempts,
                       unsigned flags)
{
    if (memo != NULL)
        *memo = (struct vmclock_memo){.page = page, .len = len, .attempts = attempts, .flags = flags};
}

/* Moves the memo's reading to now, by what was learned; false, and nothing done, where that does not hold. */
static inline __attribute__((always_inline)) bool go_on(struct vmclock_memo *memo, uint64_t counter)
{
    const uint64_t ticks = vmclock_stretch_ticks_(&memo->stretch, counter);

    /* With nothing learned the stretch holds no counter value. */
    if (__builtin_expect(!vmclock_stretch_holds_(&memo->stretch, counter) || !still_holds(memo), 0))
        return false;
    /* The last reading is of the same stretch, and all that is the same in it is there. */
    vmclock_stretch_move_(&memo->stretch, counter, ticks, &memo->reading);
    return true;
}

enum vmclock_err vmclock_now_again(struct vmclock_memo *memo, struct vmclock_error *err)
{
    if (memo == NULL)
        return vmclock_now(NULL, 0, 0, 0, NULL, err);
    /* Before all else, so that nothing is waited for: what was learned still holds if no update has begun since. */
    const uint64_t counter = read_counter();

    return go_on(memo, counter) ? vmclock_succeed_(err) : now_and_learn(memo, counter, err);
}

/* Out of the way, as above; also where the stretch has no lines for the bounds. */
static __attribute__((noinline)) enum vmclock_err now_and_bounds(struct vmclock_memo *memo, uint64_t counter,
                                                                 struct vmclock_bounds *bounds,
                                                                 struct vmclock_error *err)
{
    enum vmclock_err kind = VMCLOCK_OK;

    if (!go_on(memo, counter))
        kind = now_and_learn(memo, counter, err);
    *bounds = vmclock_reading_bounds(&memo->reading); /* a failure has none */
    return kind == VMCLOCK_OK ? vmclock_succeed_(err) : kind;
}

enum vmclock_err vmclock_now_bounds(struct vmclock_memo *memo, struct vmclock_bounds *bounds, struct vmclock_error *err)
{
    struct vmclock_bounds unwanted;

    if (bounds == NULL)
        bounds = &unwanted;
    if (memo == NULL) {
        *bounds = (struct vmclock_bounds){{0, 0}, {0, 0}};
        return vmclock_now_again(NULL, err);
    }
    const uint64_t counter = read_counter();
    const uint64_t ticks = vmclock_stretch_ticks_(&memo->stretch, counter);

    if (__builtin_expect(!memo->stretch.has_lines || !go_on(memo, counter), 0))
        return now_and_bounds(memo, counter, bounds, err);
    bounds->earliest = vmclock_line_at_(&memo->stretch.earliest, ticks);
    bounds->latest = vmclock_line_at_(&memo->stretch.latest, ticks);
    return vmclock_succeed_(err);
}

/* No update has begun since the snapshot was taken. A regular file is not mapped: it is read again. */
static bool unchanged(const struct vmclock_device *device, const struct vmclock_snapshot *snapshot)
{
    const struct vmclock_deadline_ at_once = {0};
    struct vmclock_snapshot again;

    /* There is a device, since there is a snapshot of it. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    if (device->page != NULL)
        return vmclock_snapshot_compare(device->page, device->len, snapshot, 1) == VMCLOCK_UNCHANGED;
    return vmclock_snapshot_until_(device, at_once, &again, NULL) == VMCLOCK_OK &&
           again.seq_count == snapshot->seq_count;
}

enum vmclock_err vmclock_device_clock_(const struct vmclock_device *device, struct vmclock_deadline_ deadline,
                                       unsigned flags, vmclock_meanwhile_ *meanwhile, void *context,
                                       struct vmclock_clock *clock, uint64_t *counter, struct vmclock_error *err)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_view view;
    enum vmclock_err kind;
    bool is_last = false;

    while (!is_last) {
        is_last = vmclock_deadline_passed_(deadline);
        kind = vmclock_snapshot_until_(device, deadline, &snapshot, err);
        if (kind != VMCLOCK_OK)
            return kind;
        *counter = meanwhile(context);
        if (!unchanged(device, &snapshot))
            continue;
        view = vmclock_snapshot_view(&snapshot);
        return vmclock_clock_open(&view, COUNTER_ID, flags, clock, err);
    }
    return vmclock_fail_(err, VMCLOCK_REASON_UPDATE_TOO_FAST, VMCLOCK_FIELD_NONE, 0, snapshot.seq_count);
}

static uint64_t read_counter_alone(void *unused)
{
    (void)unused;
    return read_counter();
}

enum vmclock_err vmclock_device_now(const struct vmclock_device *device, uint64_t timeout_ns, unsigned flags,
                                    struct vmclock_reading *out, struct vmclock_error *err)
{
    struct vmclock_clock clock;
    struct vmclock_error why;
    uint64_t counter;
    enum vmclock_err kind;

    /* On a page that is mapped and quiet this makes no system call. */
    if (device != NULL && device->page != NULL) {
        kind = vmclock_now(device->page, device->len, VMCLOCK_ATTEMPTS_, flags, out, &why);
        if (!busy(&why)) {
            if (err != NULL)
                *err = why;
            return kind;
        }
    }
    kind = vmclock_device_clock_(device, vmclock_deadline_after_(timeout_ns), flags, read_counter_alone, NULL, &clock,
                                 &counter, err);
    if (kind == VMCLOCK_OK)
        return vmclock_clock_read(&clock, counter, out, err);
    if (out != NULL)
        *out = (struct vmclock_reading){0};
    return kind;
}
