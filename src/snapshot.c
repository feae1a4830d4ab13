/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Live page -> private, consistent copy, by the reader's half of the seq_count protocol (UAPI.13). The only file that
 * reads live memory for a reader: each byte at most once per attempt (seq_count's once before and once after), never
 * more attempts than asked for, and every decision about the page is taken on the private copy.
 */
#include "check.h"
#include "live.h"

enum { WORD = sizeof(vmclock_word_) };

/* The words of a snapshot as this machine loads them; the bytes in them lie as in the page. */
static vmclock_word_ *words_of(struct vmclock_snapshot *snapshot)
{
    return (vmclock_word_ *)snapshot->words;
}

static vmclock_half_ load_seq(const volatile unsigned char *page)
{
    return vmclock_live_load_half_(page + VMCLOCK_AT_SEQ_COUNT);
}

static bool odd(vmclock_half_ raw_seq)
{
    return (vmclock_le32_(raw_seq) & 1) != 0;
}

/* Everything but seq_count, whose first load is handed in: copies the first `len` bytes, len >= 16. */
static inline void copy(const volatile unsigned char *page, size_t len, vmclock_half_ raw_seq,
                        struct vmclock_snapshot *to)
{
    const vmclock_half_ version = vmclock_live_load_half_(page + VMCLOCK_AT_VERSION); /* and counter_id and time_type */
    vmclock_word_ *words = words_of(to);
    size_t at;

    for (at = 0; at < VMCLOCK_AT_VERSION; at += WORD)
        words[at / WORD] = vmclock_live_load_(page + at);
    /* In one store, so that the parser's load of both need not wait. */
    to->words[VMCLOCK_AT_VERSION / 8] = vmclock_join_(version, raw_seq);
#pragma GCC unroll 24
    for (at = VMCLOCK_HEADER_SIZE; len - at >= WORD; at += WORD)
        words[at / WORD] = vmclock_live_load_(page + at);
    for (; at < len; at++)
        ((unsigned char *)words)[at] = vmclock_live_load_byte_(page + at);
}
_Static_assert(VMCLOCK_AT_VERSION == 8 && VMCLOCK_AT_SEQ_COUNT == 12, "copy() goes round seq_count");

/* Out of the way of the usual case: a region of less than 112 bytes, with zeros behind them. */
static __attribute__((noinline)) void copy_short(const volatile unsigned char *page, size_t len, vmclock_half_ raw_seq,
                                                 struct vmclock_snapshot *to)
{
    *to = (struct vmclock_snapshot){0};
    copy(page, len, raw_seq, to);
}

static inline enum vmclock_err take(const volatile unsigned char *live, size_t region, unsigned attempts,
                                    struct vmclock_snapshot *to, struct vmclock_error *err)
{
    const size_t known = region < VMCLOCK_STRUCT_SIZE ? region : VMCLOCK_STRUCT_SIZE;
    struct vmclock_view view;
    enum vmclock_err kind;
    vmclock_half_ before = 0;
    bool stalled = true, agreed = false;

    if (region < VMCLOCK_HEADER_SIZE)
        return vmclock_parse_region_(NULL, 0, region, 0, NULL, err);
    if ((uintptr_t)live % 8 != 0)
        return vmclock_fail_(err, VMCLOCK_WHY_REGION_MISALIGNED, VMCLOCK_FIELD_NONE, 0, (uintptr_t)live % 8);

    for (unsigned left = attempts > 0 ? attempts : 1; left > 0 && !agreed; left--) {
        before = load_seq(live);
        vmclock_live_acquire_();
        if (odd(before) && left > 1)
            continue;
        if (known == VMCLOCK_STRUCT_SIZE)
            copy(live, VMCLOCK_STRUCT_SIZE, before, to); /* with a constant: no loop remains */
        else
            copy_short(live, known, before, to);
        if (!odd(before)) {
            stalled = false;
            vmclock_live_acquire_();
            agreed = load_seq(live) == before;
        }
    }

    /* When no attempt succeeded the copy may be torn, but it tells a region that holds no page at all from a busy one. */
    kind = vmclock_parse_region_(to->words, known, region, 0, &view, err);
    if (kind != VMCLOCK_OK)
        return kind;
    if (!agreed)
        return vmclock_fail_(err, stalled ? VMCLOCK_WHY_UPDATE_STALLED : VMCLOCK_WHY_UPDATE_TOO_FAST,
                             VMCLOCK_FIELD_NONE, 0, vmclock_le32_(before));
    to->region = region;
    to->seq_count = vmclock_le32_(before);
    to->len = view.len;
    return VMCLOCK_OK;
}

/* Likewise: for a caller who only wants to know whether it can be taken. */
static __attribute__((noinline)) enum vmclock_err take_unwanted(const volatile void *page, size_t region,
                                                                unsigned attempts, struct vmclock_error *err)
{
    struct vmclock_snapshot unwanted;

    return take(page, region, attempts, &unwanted, err);
}

enum vmclock_err vmclock_snapshot_take(const volatile void *page, size_t len, unsigned attempts,
                                       struct vmclock_snapshot *out, struct vmclock_error *err)
{
    const size_t region = page == NULL ? 0 : len;
    enum vmclock_err kind;

    if (out == NULL)
        return take_unwanted(page, region, attempts, err);
    kind = take(page, region, attempts, out, err);
    if (kind != VMCLOCK_OK)
        *out = (struct vmclock_snapshot){0};
    return kind;
}

struct vmclock_view vmclock_snapshot_view(const struct vmclock_snapshot *snapshot)
{
    struct vmclock_view view = {0};

    if (snapshot != NULL && snapshot->len > 0) {
        view.base = (const uint8_t *)snapshot->words;
        /* What parsing allowed, and once more what is here: a struct that was never filled must not become a pointer. */
        view.len = snapshot->len < sizeof snapshot->words ? snapshot->len : (uint32_t)sizeof snapshot->words;
    }
    return view;
}

/* The 8 bytes at a multiple of 8, as they lie in memory, are those of the snapshot. */
static bool same_unit(const volatile unsigned char *live, size_t at, const struct vmclock_snapshot *snapshot)
{
    const vmclock_word_ *words = (const vmclock_word_ *)snapshot->words;
    bool same = true;

    for (size_t i = at; i < at + 8; i += WORD)
        same &= vmclock_live_load_(live + i) == words[i / WORD];
    return same;
}

/* So that an answer at the first attempt takes no jump. */
#define usually(condition) __builtin_expect((condition), 1)

enum vmclock_change vmclock_snapshot_compare(const volatile void *page, size_t len,
                                             const struct vmclock_snapshot *snapshot, unsigned attempts)
{
    const volatile unsigned char *live = page;
    vmclock_half_ before;
    bool same;

    if (live == NULL || snapshot == NULL || snapshot->len < VMCLOCK_MIN_SIZE || len != snapshot->region ||
        (uintptr_t)live % 8 != 0)
        return VMCLOCK_UNSURE;
    /* Whatever the caller read before asking stays before the loads here. */
    vmclock_live_acquire_();
    do {
        before = load_seq(live);
        if (vmclock_le32_(before) == snapshot->seq_count)
            return VMCLOCK_UNCHANGED;
        vmclock_live_acquire_();
        if (!usually(!odd(before)))
            continue;
        same = same_unit(live, VMCLOCK_AT_DISRUPTION_MARKER, snapshot);
        if (usually(snapshot->len >= VMCLOCK_STRUCT_SIZE))
            same &= same_unit(live, VMCLOCK_AT_VM_GENERATION_COUNTER, snapshot);
        vmclock_live_acquire_();
        if (usually(load_seq(live) == before))
            return same ? VMCLOCK_UPDATED : VMCLOCK_DISRUPTED;
    } while (attempts-- > 1);
    return VMCLOCK_UNSURE;
}
