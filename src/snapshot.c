/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Live page -> private, consistent copy, by the reader's half of the seq_count protocol (UAPI.13). The only file that
 * reads more of a live page than its seq_count for a reader: each byte at most once per attempt (seq_count's once
 * before and once after), never more attempts than asked for, and every decision about the page is taken on the private
 * copy.
 */
#include "live.h"
#include "parse.h"

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

/* So that the usual case takes no jump. */
#define usually(condition) __builtin_expect((condition), 1)
#define rarely(condition) __builtin_expect((condition), 0)

/* No attempt succeeded: the copy may be torn, but it tells a region that holds no page at all from a busy one. */
static __attribute__((noinline)) enum vmclock_err fail_busy(const struct vmclock_snapshot *copied, size_t known,
                                                            size_t region, enum vmclock_reason reason,
                                                            vmclock_half_ raw_seq,
                                                            struct vmclock_error *err)
{
    const enum vmclock_err kind = vmclock_parse_region_(copied->words, known, region, 0, NULL, err);

    return kind != VMCLOCK_OK ? kind : vmclock_fail_(err, reason, VMCLOCK_FIELD_NONE, 0, vmclock_le32_(raw_seq));
}

/* Copies `known` bytes of the region: 16 or more, and as many as there are, up to 112. */
static inline enum vmclock_err take(const volatile unsigned char *live, size_t region, size_t known, unsigned attempts,
                                    struct vmclock_snapshot *to, struct vmclock_error *err)
{
    enum vmclock_reason reason = VMCLOCK_REASON_UPDATE_STALLED;
    struct vmclock_view view;
    enum vmclock_err kind;
    vmclock_half_ before;

    if ((uintptr_t)live % 8 != 0)
        return vmclock_fail_(err, VMCLOCK_REASON_REGION_MISALIGNED, VMCLOCK_FIELD_NONE, 0, (uintptr_t)live % 8);
    do {
        before = load_seq(live);
        vmclock_live_acquire_();
        if (rarely(odd(before))) {
            if (attempts <= 1)
                copy(live, known, before, to);
            continue;
        }
        copy(live, known, before, to);
        vmclock_live_acquire_();
        if (usually(load_seq(live) == before)) {
            kind = vmclock_parse_region_(to->words, known, region, 0, &view, err);
            if (kind != VMCLOCK_OK)
                return kind;
            to->region = region;
            to->seq_count = vmclock_le32_(before);
            to->len = view.len;
            return VMCLOCK_OK;
        }
        reason = VMCLOCK_REASON_UPDATE_TOO_FAST;
    } while (attempts-- > 1);
    return fail_busy(to, known, region, reason, before, err);
}

/* Out of the way of the usual case: a region of less than 112 bytes, and a caller who wants no copy. */
static __attribute__((noinline)) enum vmclock_err take_unusual(const volatile unsigned char *live, size_t region,
                                                               unsigned attempts, struct vmclock_snapshot *out,
                                                               struct vmclock_error *err)
{
    struct vmclock_snapshot unwanted, *const to = out != NULL ? out : &unwanted;

    *to = (struct vmclock_snapshot){0};
    if (region < VMCLOCK_HEADER_SIZE)
        return vmclock_parse_region_(NULL, 0, region, 0, NULL, err);
    return take(live, region, region < VMCLOCK_STRUCT_SIZE ? region : VMCLOCK_STRUCT_SIZE, attempts, to, err);
}

enum vmclock_err vmclock_snapshot_take(const volatile void *page, size_t len, unsigned attempts,
                                       struct vmclock_snapshot *out, struct vmclock_error *err)
{
    const size_t region = page == NULL ? 0 : len;
    enum vmclock_err kind;

    if (usually(out != NULL && region >= VMCLOCK_STRUCT_SIZE))
        kind = take(page, region, VMCLOCK_STRUCT_SIZE, attempts, out, err); /* with a constant: no loop remains */
    else
        kind = take_unusual(page, region, attempts, out, err);
    if (rarely(kind != VMCLOCK_OK) && out != NULL)
        *out = (struct vmclock_snapshot){0};
    return kind;
}

struct vmclock_view vmclock_snapshot_view(const struct vmclock_snapshot *snapshot)
{
    struct vmclock_view view = {0};

    if (snapshot != NULL && snapshot->len > 0) {
        view.base = (const uint8_t *)snapshot->words;
        /*
         * What parsing allowed, and once more what is here: a struct that was never filled must not become a pointer.
         */
        view.len = snapshot->len < sizeof snapshot->words ? snapshot->len : (uint32_t)sizeof snapshot->words;
    }
    return view;
}

void vmclock_snapshot_decode(const struct vmclock_snapshot *snapshot, struct vmclock_page *page)
{
    const struct vmclock_view view = vmclock_snapshot_view(snapshot);

    vmclock_decode(&view, page);
}

/* The inline functions of vmclock.h know where these are. */
_Static_assert(VMCLOCK_AT_SEQ_COUNT == 12 && VMCLOCK_AT_DISRUPTION_MARKER == 0x10 &&
                   VMCLOCK_AT_VM_GENERATION_COUNTER == 0x68,
               "offsets in vmclock.h");

static inline bool comparable(const volatile void *page, size_t len, const struct vmclock_snapshot *snapshot)
{
    return usually(page != NULL && (uintptr_t)page % 8 == 0 && snapshot != NULL && len == snapshot->region);
}

/* Without the parentheses these would be the header's macros. */
bool(vmclock_unchanged)(const volatile void *page, size_t len, const struct vmclock_snapshot *snapshot)
{
    if (!comparable(page, len, snapshot) || len < VMCLOCK_MIN_SIZE)
        return false;
    vmclock_live_acquire_();
    return vmclock_le32_(load_seq(page)) == snapshot->seq_count;
}

/* How the 8 bytes at a multiple of 8, as they lie in memory, differ from those of the snapshot: 0 for not at all. */
static vmclock_word_ difference(const volatile unsigned char *live, size_t at, const struct vmclock_snapshot *snapshot)
{
    const vmclock_word_ *words = (const vmclock_word_ *)snapshot->words;
    vmclock_word_ bits = 0;

    for (size_t i = at; i < at + 8; i += WORD)
        bits |= vmclock_live_load_(live + i) ^ words[i / WORD];
    return bits;
}

/* Where flags tell that the generation counter means something: a byte is the same in every order. */
enum { AT_ANNOUNCED = VMCLOCK_AT_FLAGS + 1, ANNOUNCED = VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT >> 8 };
_Static_assert(ANNOUNCED > 0 && ANNOUNCED < 256 && ANNOUNCED << 8 == VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT,
               "the flag is in the second byte");

static bool has_generation(const struct vmclock_snapshot *snapshot)
{
    const unsigned char *bytes = (const unsigned char *)snapshot->words;

    return snapshot->len >= VMCLOCK_STRUCT_SIZE && (bytes[AT_ANNOUNCED] & ANNOUNCED) != 0;
}

/*
 * The end of an attempt: what changed, by how marker and generation differ; UNSURE when the page has changed meanwhile.
 */
static enum vmclock_change settle(const volatile unsigned char *live, const struct vmclock_snapshot *snapshot,
                                  vmclock_half_ before, vmclock_word_ marker, vmclock_word_ generation)
{
    const bool announced = generation != 0 && has_generation(snapshot) &&
                           (vmclock_live_load_byte_(live + AT_ANNOUNCED) & ANNOUNCED) != 0;

    vmclock_live_acquire_();
    if (load_seq(live) != before)
        return VMCLOCK_UNSURE;
    return announced ? VMCLOCK_RESTORED : marker != 0 ? VMCLOCK_DISRUPTED : VMCLOCK_UPDATED;
}

/* UNSURE when the page was busy. */
static enum vmclock_change attempt(const volatile unsigned char *live, size_t len,
                                   const struct vmclock_snapshot *snapshot)
{
    const vmclock_half_ before = load_seq(live);
    vmclock_word_ marker, generation = 0;

    if (vmclock_le32_(before) == snapshot->seq_count)
        return VMCLOCK_UNCHANGED;
    vmclock_live_acquire_();
    if (odd(before))
        return VMCLOCK_UNSURE;
    marker = difference(live, VMCLOCK_AT_DISRUPTION_MARKER, snapshot);
    if (len >= VMCLOCK_STRUCT_SIZE)
        generation = difference(live, VMCLOCK_AT_VM_GENERATION_COUNTER, snapshot);
    return settle(live, snapshot, before, marker, generation);
}

/* What the header's macro leaves to be found out; regions below the minimum are those of empty snapshots. */
enum vmclock_change(vmclock_snapshot_compare)(const volatile void *page, size_t len,
                                              const struct vmclock_snapshot *snapshot, unsigned attempts)
{
    enum vmclock_change change;

    if (!comparable(page, len, snapshot) || len < VMCLOCK_MIN_SIZE)
        return VMCLOCK_UNSURE;
    /* Whatever the caller read before asking stays before the loads here. */
    vmclock_live_acquire_();
    do
        change = attempt(page, len, snapshot);
    while (change == VMCLOCK_UNSURE && attempts-- > 1);
    return change;
}

/* Those that were judged: what lies behind the page's size is no part of it. */
static bool same_bytes(const struct vmclock_snapshot *a, const struct vmclock_snapshot *b)
{
    const struct vmclock_view one = vmclock_snapshot_view(a), other = vmclock_snapshot_view(b);
    bool same = one.len == other.len;

    for (size_t at = 0; same && at < one.len; at++)
        same = ((const uint8_t *)a->words)[at] == ((const uint8_t *)b->words)[at];
    return same;
}

/* Neither is empty, and they are of regions of one length. */
static bool comparable_with(const struct vmclock_snapshot *before, const struct vmclock_snapshot *after)
{
    return before != NULL && after != NULL && before->len >= VMCLOCK_MIN_SIZE && after->len >= VMCLOCK_MIN_SIZE &&
           before->region == after->region;
}

enum vmclock_change vmclock_snapshots_compare(const struct vmclock_snapshot *before,
                                              const struct vmclock_snapshot *after)
{
    const size_t marker = VMCLOCK_AT_DISRUPTION_MARKER / 8, generation = VMCLOCK_AT_VM_GENERATION_COUNTER / 8;

    if (!comparable_with(before, after))
        return VMCLOCK_UNSURE;
    if (has_generation(before) && has_generation(after) && before->words[generation] != after->words[generation])
        return VMCLOCK_RESTORED;
    if (before->words[marker] != after->words[marker])
        return VMCLOCK_DISRUPTED;
    return before->seq_count == after->seq_count && same_bytes(before, after) ? VMCLOCK_UNCHANGED : VMCLOCK_UPDATED;
}

#undef usually
#undef rarely
