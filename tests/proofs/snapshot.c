/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reader's half against an adversary who answers every load of the live page as he likes. Whatever he answers:
 * loads lie within the region and the structure; in one attempt each byte is loaded once at most, seq_count once
 * before and once after the others, with acquire fences between; nothing is stored; there are no more attempts than
 * were asked for; and what comes out is the verdict on the bytes of the last attempt, as they came.
 */
#include "atomics.h"

/* Branches that the course decides are taken as it says, and only that; without that the formulas are too large. */
static bool live_decide(bool condition);
#define __builtin_expect(condition, value) live_decide(condition)

#include "proof.h"

#include "../../src/error.c"
#include "../../src/names.c"
#include "../../src/parse.c"
#include "../../src/snapshot.c"
#include "../../src/text.c"
#include "../../src/view.c"

#include "verdict.h"

/*
 * How an attempt goes: the adversary chooses it, and then all values that it allows. Each course of up to two attempts
 * is gone through by itself, since formulas of all courses at once are too large.
 */
enum course {
    QUIET,   /* seq_count is even, and the same afterwards */
    CHANGED, /* even, and another one */
    ODD      /* odd */
};

/* Nothing is at its address that could be read but by a load that the harness answers, or be changed unnoticed. */
static uint8_t region[120];

static struct {
    size_t off, len;
    enum { IDLE, LOOKED, FENCED, COPIED } phase;
    unsigned rounds; /* begun */
    enum course courses[2];
    unsigned limit;         /* so many: what comes after them is not followed */
    bool is_whole;          /* the region has 112 bytes, and the caller wants a copy */
    bool is_last;           /* the last of them is the caller's last attempt, which copies a page that is odd, too */
    bool fenced;     /* before all that */
    uint32_t before, after; /* seq_count in this round, as its bytes lie in memory */
    bool is_settled;        /* the second look was taken */
    bool is_open;           /* what the last look means for the course has not been asked yet */
    bool stalled;           /* odd in all rounds so far */
    uint8_t bytes[112];     /* what was answered in this round */
    bool loaded[112];
} live;

static uint32_t number_of(uint32_t raw)
{
    return (uint32_t)spec_number((const uint8_t *)&raw, 4);
}

static void begin_round(uint32_t seq)
{
    live.rounds++;
    claim(live.limit != 0, "nothing is loaded");
    assume(live.rounds <= live.limit);
    assume((number_of(seq) & 1) == (live.courses[live.rounds - 1] == ODD));
    for (unsigned i = 0; i < 112; i++)
        live.loaded[i] = false;
    live.before = seq;
    live.is_settled = false;
    live.is_open = true;
    live.stalled = live.stalled && (number_of(seq) & 1) != 0;
    live.phase = LOOKED;
    for (unsigned i = 0; i < 4; i++)
        live.bytes[12 + i] = ((const uint8_t *)&seq)[i];
}

static uint64_t live_load(const volatile void *from, size_t width)
{
    const size_t at = (size_t)(__CPROVER_POINTER_OFFSET(from) - live.off);
    const uint64_t answer = nondet_u64();

    claim(width == 1 || width == 4 || (width == 8 && sizeof(void *) == 8), "a width that the machine loads");
    claim(at % width == 0, "aligned");
    claim(__CPROVER_same_object(from, region), "the live page");
    claim(at < live.len && width <= live.len - at, "a load within the region");
    claim(at < 112 && width <= 112 - at, "a load within the structure");
    if (at == 12) {
        claim(width == 4, "all of seq_count at once");
        if (live.phase == COPIED) {
            live.after = (uint32_t)answer;
            assume((live.after == live.before) == (live.courses[live.rounds - 1] == QUIET));
            live.is_settled = true;
            live.is_open = true;
            live.phase = IDLE;
        } else {
            if (live.phase == FENCED && live.courses[live.rounds - 1] != ODD)
                claim(false, "a new attempt after an even seq_count");
            assume(live.phase == IDLE || live.courses[live.rounds - 1] == ODD);
            begin_round((uint32_t)answer);
        }
    } else {
        claim(live.phase == FENCED, "data between the fences");
        if (live.courses[live.rounds - 1] == ODD && !(live.is_last && live.rounds == live.limit))
            claim(false, "data of an update that is in progress");
        assume(live.courses[live.rounds - 1] != ODD || (live.is_last && live.rounds == live.limit));
        for (unsigned i = 0; i < width; i++) {
            claim(at + i < 12 || at + i > 15, "seq_count is not data");
            claim(!live.loaded[at + i], "each byte once");
            live.loaded[at + i] = true;
        }
        /* As a machine of this byte order would find them. */
        for (unsigned i = 0; i < width; i++)
            live.bytes[at + i] = width == 8   ? ((const uint8_t *)&answer)[i]
                                 : width == 4 ? ((const uint8_t *)&(const uint32_t){(uint32_t)answer})[i]
                                              : (uint8_t)answer;
    }
    return width == 8 ? answer : width == 4 ? (uint32_t)answer : (uint8_t)answer;
}

static void live_store(volatile void *to, size_t width, uint64_t value)
{
    (void)to, (void)width, (void)value;
    claim(false, "nothing is stored");
}

static void live_fence(int order)
{
    claim(order == __ATOMIC_ACQUIRE, "an acquire fence");
    if (live.phase == LOOKED)
        live.phase = FENCED;
    else if (live.phase == FENCED)
        live.phase = COPIED;
    else if (live.phase == IDLE)
        live.fenced = true;
}

static bool live_decide(bool condition)
{
    const enum course course = live.rounds == 0 ? QUIET : live.courses[live.rounds - 1];

    if (live.rounds == 0 && live.is_whole) {
        claim(condition, "the usual way");
        return true;
    }
    if (live.rounds == 0 || !live.is_open)
        return condition;
    live.is_open = false;
    if (live.phase == IDLE) {
        claim(condition == (course == QUIET), "whether seq_count is the same");
        return course == QUIET;
    }
    claim(condition == (course == ODD), "whether seq_count is odd");
    return course == ODD;
}

/* A page of that length, off its alignment by so much. */
static const volatile void *any_page(size_t len, unsigned off)
{
    live.off = off;
    live.len = len;
    live.stalled = true;
    live.rounds = 0;
    live.phase = IDLE;
    live.fenced = false;
    return region + off;
}

static unsigned at_most(unsigned attempts)
{
    return attempts == 0 ? 1 : attempts;
}

/* Every attempt failed, or the last one settled it. */
static bool was_quiet(void)
{
    return live.is_settled && live.before == live.after && (number_of(live.before) & 1) == 0;
}

static void claim_empty(const struct vmclock_snapshot *out)
{
    claim(out->len == 0 && out->region == 0 && out->seq_count == 0, "the empty snapshot");
    for (unsigned i = 0; i < 14; i++)
        claim(out->words[i] == 0, "all zeros");
}

/* The attempts that the caller allows, for a course of so many: as many, or for one that ends quietly also more. */
static unsigned any_attempts(unsigned count)
{
    const unsigned attempts = nondet_unsigned();

    assume(live.courses[count - 1] == QUIET ? at_most(attempts) >= count : at_most(attempts) == count);
    live.limit = count;
    return attempts;
}

/* What a snapshot has to give; `wants` says whether the caller wants it. */
static void claim_take(size_t len, unsigned attempts, bool wants)
{
    struct vmclock_snapshot out;
    struct vmclock_error err;
    const volatile void *const page = any_page(len, 0);
    const enum vmclock_err kind = vmclock_snapshot_take(page, len, attempts, wants ? &out : NULL, &err);
    struct spec_error spec;

    claim(live.rounds <= at_most(attempts), "no more attempts than asked for");
    claim((live.rounds != 0) == (len >= 16), "below 16 bytes nothing is loaded");
    spec = spec_page(live.bytes, len, 0);
    if (len >= 16 && !was_quiet()) {
        claim(live.rounds == at_most(attempts), "it gives up only after all attempts");
        if (spec.kind == 0)
            spec = (struct spec_error){2, live.stalled ? 13 : 14, 0, 0, number_of(live.before)};
    }
    claim((int)kind == spec.kind, "the verdict on the copy");
    claim_error(&err, &spec);
    if (!wants)
        return;
    if (kind != VMCLOCK_OK) {
        claim_empty(&out);
        return;
    }
    claim(out.region == len, "the region's length");
    claim(out.seq_count == number_of(live.before) && out.seq_count % 2 == 0, "seq_count");
    claim(out.len == (spec_number(live.bytes + 4, 4) < 112 && spec_number(live.bytes + 4, 4) < len
                          ? spec_number(live.bytes + 4, 4)
                      : len < 112 ? len
                                  : 112),
          "the page's length");
    for (unsigned i = 0; i < 112; i++)
        claim(((const uint8_t *)out.words)[i] == (i < len ? live.bytes[i] : 0), "the bytes that were loaded");
}

static void take_course(unsigned count, enum course first, enum course second)
{
    const size_t len = nondet_size();

    live.courses[0] = first;
    live.courses[1] = second;
    live.is_last = live.courses[count - 1] != QUIET;
    live.is_whole = true;
    assume(len >= 112);
    claim_take(len, any_attempts(count), true);
}

/* A region of 112 bytes or more: one attempt, */
void take_once(void)
{
    take_course(1, QUIET, QUIET);
    take_course(1, CHANGED, QUIET);
    take_course(1, ODD, QUIET);
}

/* and two. */
void take_twice(void)
{
    take_course(2, CHANGED, QUIET);
    take_course(2, ODD, QUIET);
    take_course(2, CHANGED, CHANGED);
    take_course(2, ODD, CHANGED);
    take_course(2, CHANGED, ODD);
    take_course(2, ODD, ODD);
}

/* A caller who wants no copy. */
void take_unwanted(void)
{
    live.courses[0] = QUIET;
    claim_take(nondet_bool() ? 112 : 4096, any_attempts(1), false);
}

/* Misaligned pages, and no page. */
void take_none(void)
{
    struct vmclock_snapshot out;
    struct vmclock_error err;
    const size_t len = nondet_size();
    struct spec_error spec = {3, 15, 0, 0, 0};

    assume(len >= 16);
    live.limit = 0;
    for (unsigned off = 1; off < 8; off++) {
        spec.actual = off;
        claim(vmclock_snapshot_take(any_page(len, off), len, nondet_unsigned(), &out, &err) ==
                  VMCLOCK_ERR_SEGMENT_MALFORMED,
              "misaligned");
        claim_error(&err, &spec);
        claim_empty(&out);
    }
    spec = (struct spec_error){2, 5, 0, 16, 0};
    claim(vmclock_snapshot_take(NULL, len, nondet_unsigned(), &out, &err) == VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED,
          "no page");
    claim_error(&err, &spec);
    claim_empty(&out);
}

/* The view of any struct, also of one that no snapshot filled, lies in the struct. */
void view_of(void)
{
    struct vmclock_snapshot s;
    const struct vmclock_view view = vmclock_snapshot_view(&s), none = vmclock_snapshot_view(NULL);

    claim(none.base == NULL && none.len == 0, "no snapshot");
    claim(view.len == (s.len < 112 ? s.len : 112), "its length");
    claim(view.base == (s.len == 0 ? NULL : (const uint8_t *)s.words), "its bytes");
}

static bool announced_in(const uint8_t *bytes)
{
    return (bytes[0x19] & 1) != 0; /* bit 8 of flags */
}

static bool same_bytes_at(const uint8_t *a, const uint8_t *b, unsigned at)
{
    bool same = true;

    for (unsigned i = at; i < at + 8; i++)
        same = same && a[i] == b[i];
    return same;
}

/* What the last attempt shows. */
static int spec_change(size_t len, const struct vmclock_snapshot *s)
{
    const uint8_t *const was = (const uint8_t *)s->words;

    if (number_of(live.before) == s->seq_count)
        return VMCLOCK_UNCHANGED;
    if (!was_quiet())
        return VMCLOCK_UNSURE;
    if (len >= 112 && s->len >= 112 && announced_in(was) && live.loaded[0x19] && announced_in(live.bytes) &&
        !same_bytes_at(was, live.bytes, 0x68))
        return VMCLOCK_RESTORED;
    return same_bytes_at(was, live.bytes, 0x10) ? VMCLOCK_UPDATED : VMCLOCK_DISRUPTED;
}

static void compare(enum course course)
{
    struct vmclock_snapshot s;
    const size_t len = nondet_size();
    const volatile void *const page = any_page(len, 0);
    enum vmclock_change change;
    unsigned attempts, asked;

    live.courses[0] = course;
    attempts = any_attempts(1);
    asked = at_most(attempts);
    change = (vmclock_snapshot_compare)(page, len, &s, attempts);
    if (len != s.region || len < 32) {
        claim(change == VMCLOCK_UNSURE && live.rounds == 0, "not to be compared: nothing is loaded");
        return;
    }
    claim(live.rounds >= 1 && live.rounds <= asked, "no more attempts than asked for");
    claim(live.fenced, "what came before stays before");
    claim((int)change == spec_change(len, &s), "what the last attempt shows");
    claim(change != VMCLOCK_UNSURE || live.rounds >= asked, "it gives up only after all attempts");
    /* Both are looked at before it says that the generation is the same. */
    if (len >= 112 && s.len >= 112 && announced_in((const uint8_t *)s.words) && change > VMCLOCK_UNCHANGED &&
        change < VMCLOCK_RESTORED)
        claim(live.loaded[0x68], "the generation was looked at");
}

void compare_once(void)
{
    compare(QUIET);
    compare(CHANGED);
    compare(ODD);
}

void compare_none(void)
{
    struct vmclock_snapshot s;
    const size_t len = nondet_size();
    const volatile void *const page = any_page(len, 4);

    live.limit = 0;
    claim((vmclock_snapshot_compare)(page, len, &s, nondet_unsigned()) == VMCLOCK_UNSURE, "misaligned");
    claim((vmclock_snapshot_compare)(NULL, len, &s, nondet_unsigned()) == VMCLOCK_UNSURE, "no page");
    claim((vmclock_snapshot_compare)(region, len, NULL, nondet_unsigned()) == VMCLOCK_UNSURE, "no snapshot");
    claim(vmclock_snapshot_compare(page, len, &s, nondet_unsigned()) == VMCLOCK_UNSURE, "misaligned, inline");
    claim(vmclock_snapshot_compare(NULL, len, &s, nondet_unsigned()) == VMCLOCK_UNSURE, "no page, inline");
    claim(vmclock_snapshot_compare(region, len, NULL, nondet_unsigned()) == VMCLOCK_UNSURE, "no snapshot, inline");
    claim(!(vmclock_unchanged)(page, len, &s) && !(vmclock_unchanged)(NULL, len, &s) &&
              !(vmclock_unchanged)(region, len, NULL), "unchanged");
    claim(!vmclock_unchanged(page, len, &s) && !vmclock_unchanged(NULL, len, &s) &&
              !vmclock_unchanged(region, len, NULL), "unchanged, inline");
}

void unchanged(void)
{
    struct vmclock_snapshot s;
    const size_t len = nondet_size();
    const volatile void *const page = any_page(len, 0);
    const bool is_inline = nondet_bool();
    bool same;

    live.courses[0] = nondet_bool() ? QUIET : ODD;
    live.limit = 1;
    same = is_inline ? vmclock_unchanged(page, len, &s) : (vmclock_unchanged)(page, len, &s);

    claim(live.rounds <= 1, "one load");
    claim(live.rounds == 0 || live.fenced, "what came before stays before");
    claim(same == (len >= 32 && len == s.region && live.rounds == 1 && number_of(live.before) == s.seq_count),
          "what it shows");
}

/* Two snapshots, of any content. */
void snapshots(void)
{
    struct vmclock_snapshot a, b;
    const uint8_t *const was = (const uint8_t *)a.words, *const is = (const uint8_t *)b.words;
    const enum vmclock_change change = vmclock_snapshots_compare(&a, &b);
    bool same = a.seq_count == b.seq_count && (a.len < 112 ? a.len : 112) == (b.len < 112 ? b.len : 112);

    for (unsigned i = 0; i < 112; i++)
        same = same && (i >= a.len || was[i] == is[i]);
    claim((int)change == (a.len < 32 || b.len < 32 || a.region != b.region ? VMCLOCK_UNSURE
                          : a.len >= 112 && b.len >= 112 && announced_in(was) && announced_in(is) &&
                                  !same_bytes_at(was, is, 0x68)
                              ? VMCLOCK_RESTORED
                          : !same_bytes_at(was, is, 0x10) ? VMCLOCK_DISRUPTED
                          : same                          ? VMCLOCK_UNCHANGED
                                                          : VMCLOCK_UPDATED),
          "what happened");
    claim(vmclock_snapshots_compare(NULL, &b) == VMCLOCK_UNSURE &&
              vmclock_snapshots_compare(&a, NULL) == VMCLOCK_UNSURE,
          "NULL");
}
