/* SPDX-License-Identifier: BSD-2-Clause */
/* Snapshots of a live page and the comparison with one, also with a writer who strikes between any two loads. */
#include "suite.h"

#include <sys/mman.h>
#include <unistd.h>

#include "pages.h"
#include "watched.h"

__typeof__(vmclock_snapshot_take) watched_snapshot_take;
__typeof__(vmclock_snapshot_view) watched_snapshot_view;
__typeof__(vmclock_snapshot_compare) watched_snapshot_compare;
__typeof__(vmclock_snapshot_decode) watched_snapshot_decode;
__typeof__(vmclock_snapshots_compare) watched_snapshots_compare;
__typeof__(vmclock_unchanged) watched_unchanged;
#define vmclock_snapshot_take watched_snapshot_take
#define vmclock_snapshot_view watched_snapshot_view
#pragma push_macro("vmclock_snapshot_compare")
#undef vmclock_snapshot_compare
#define vmclock_snapshot_compare watched_snapshot_compare
#define vmclock_snapshot_decode watched_snapshot_decode
#define vmclock_snapshots_compare watched_snapshots_compare
#pragma push_macro("vmclock_unchanged")
#undef vmclock_unchanged
#define vmclock_unchanged watched_unchanged
#include "../src/snapshot.c"
#undef vmclock_snapshot_take
#undef vmclock_snapshot_view
#pragma pop_macro("vmclock_snapshot_compare")
#undef vmclock_snapshot_decode
#undef vmclock_snapshots_compare
#pragma pop_macro("vmclock_unchanged")

/* ---- The watch: what was loaded, in short, and a writer that acts before each load ---- */

static struct {
    const volatile uint8_t *page;
    size_t len;
    void (*writer)(volatile uint8_t *page, unsigned load);
    unsigned loads;                /* so far; the load that is about to happen has this number */
    unsigned fetched[PAGE];        /* how often each byte was */
    char trace[256];               /* s: seq_count, d: data (one letter however many loads), F: acquire fence */
    unsigned traced;
} seen;

static void trace(char event)
{
    if (event == 'd' && seen.traced > 0 && seen.trace[seen.traced - 1] == 'd')
        return;
    if (seen.traced < sizeof seen.trace - 1)
        seen.trace[seen.traced++] = event;
}

static void watch(enum watched_access access, const volatile void *at, unsigned width)
{
    const uintptr_t offset = (uintptr_t)at - (uintptr_t)seen.page;

    if (access == ACQUIRES) {
        trace('F');
        return;
    }
    EQ(access, LOADS);
    HOLDS(offset % width == 0 && offset <= seen.len && width <= seen.len - offset);
    if (seen.writer != NULL)
        seen.writer((volatile uint8_t *)(uintptr_t)at - offset, seen.loads);
    seen.loads++;
    for (unsigned i = 0; i < width && offset + i < PAGE; i++)
        seen.fetched[offset + i]++;
    trace(offset == AT_SEQ_COUNT ? 's' : 'd');
}

static void look(const volatile void *page, size_t len, void (*writer)(volatile uint8_t *, unsigned))
{
    memset(&seen, 0, sizeof seen);
    seen.page = page;
    seen.len = len;
    seen.writer = writer;
}

static enum vmclock_err watched_take(const volatile void *page, size_t len, unsigned attempts,
                                     void (*writer)(volatile uint8_t *, unsigned), struct vmclock_snapshot *out,
                                     struct vmclock_error *err)
{
    memset(out, 0xa5, sizeof *out);
    memset(err, 0xa5, sizeof *err);
    look(page, len, writer);
    return watched_snapshot_take(page, len, attempts, out, err);
}

static bool same_error(const struct vmclock_error *a, const struct vmclock_error *b)
{
    return a->kind == b->kind && a->reason == b->reason && a->field == b->field && a->offset == b->offset &&
           a->expected == b->expected && a->actual == b->actual && a->sys_errno == b->sys_errno &&
           a->origin == b->origin;
}

static bool same_snapshot(const struct vmclock_snapshot *a, const struct vmclock_snapshot *b)
{
    return memcmp(a->words, b->words, sizeof a->words) == 0 && a->region == b->region && a->len == b->len &&
           a->seq_count == b->seq_count;
}

/* From memory that nobody writes, the library's own function and the watched one have to say the same. */
static enum vmclock_err take_quiet(const volatile void *page, size_t len, unsigned attempts,
                                   struct vmclock_snapshot *out, struct vmclock_error *err)
{
    struct vmclock_snapshot watched;
    struct vmclock_error why;
    const enum vmclock_err kind = watched_take(page, len, attempts, NULL, &watched, &why);

    memset(out, 0x5a, sizeof *out);
    memset(err, 0x5a, sizeof *err);
    EQ(vmclock_snapshot_take(page, len, attempts, out, err), kind);
    HOLDS(same_snapshot(out, &watched));
    HOLDS(same_error(err, &why));
    EQ(vmclock_snapshot_take(page, len, attempts, NULL, NULL), kind);
    EQ(watched_snapshot_take(page, len, attempts, NULL, NULL), kind);
    return kind;
}

static const struct vmclock_snapshot empty;

static void expect_failure(const char *row, const struct vmclock_snapshot *snapshot, const struct vmclock_error *err,
                           enum vmclock_reason reason, uint64_t expected, uint64_t actual)
{
    EQ_IN(row, err->reason, reason);
    EQ_IN(row, err->kind, vmclock_reason_kind(reason));
    EQ_IN(row, err->expected, expected);
    EQ_IN(row, err->actual, actual);
    HOLDS_IN(row, same_snapshot(snapshot, &empty));
}

/* A page of `len` bytes in a heap block that ends there, claiming to be `size`. */
static uint8_t *make_page(size_t len, uint32_t size)
{
    uint8_t bytes[PAGE];

    build_clock_page(bytes);
    put32(bytes, AT_SIZE, size);
    return exact_copy(bytes, len);
}

/* ---- The region ---- */

static void every_length_of_region_is_judged_by_its_own_bytes(void)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;
    char row[32];

    for (uint32_t len = 1; len <= 300; len++) {
        uint8_t *page = make_page(len, len);

        (void)snprintf(row, sizeof row, "%u bytes", len);
        (void)take_quiet(page, len, 3, &snapshot, &err);
        if (len < 16) {
            expect_failure(row, &snapshot, &err, VMCLOCK_REASON_TRUNCATED, 16, len);
            EQ_IN(row, seen.loads, 0);
        } else if (len < 32) {
            expect_failure(row, &snapshot, &err, VMCLOCK_REASON_SIZE_TOO_SMALL, 32, len);
        } else {
            const size_t held = len < 112 ? len : 112;
            const struct vmclock_view view = vmclock_snapshot_view(&snapshot);

            EQ_IN(row, err.kind, VMCLOCK_OK);
            EQ_IN(row, err.reason, VMCLOCK_REASON_NONE);
            EQ_IN(row, snapshot.region, len);
            EQ_IN(row, snapshot.seq_count, 0x00c0ffee);
            EQ_IN(row, vmclock_view_len(&view), held);
            EQ_IN(row, memcmp(view.base, page, held), 0);
        }
        free(page);
    }
}

static void no_bytes_are_an_empty_region_at_any_address(void)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;
    uint64_t word = 0;

    EQ(take_quiet(NULL, 0, 1, &snapshot, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    expect_failure("NULL", &snapshot, &err, VMCLOCK_REASON_EMPTY, 16, 0);
    EQ(take_quiet(NULL, 4096, 1, &snapshot, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    expect_failure("NULL with a length", &snapshot, &err, VMCLOCK_REASON_EMPTY, 16, 0);
    EQ(take_quiet(&word, 0, 1, &snapshot, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    expect_failure("no length", &snapshot, &err, VMCLOCK_REASON_EMPTY, 16, 0);
}

static void size_is_judged_against_the_region_which_the_snapshot_remembers(void)
{
    static const struct {
        size_t region;
        uint32_t size;
        enum vmclock_reason reason;
        size_t held;
    } rows[] = {
        {4096, 32, VMCLOCK_REASON_NONE, 32},
        {4096, 104, VMCLOCK_REASON_NONE, 104},
        {4096, 111, VMCLOCK_REASON_NONE, 111},
        {4096, 112, VMCLOCK_REASON_NONE, 112},
        {4096, 113, VMCLOCK_REASON_NONE, 112},
        {4096, 4096, VMCLOCK_REASON_NONE, 112},
        {4096, 4097, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, 0},
        {4096, 0xffffffff, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, 0},
        {SIZE_MAX, 0xffffffff, VMCLOCK_REASON_NONE, 112},
        {112, 113, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, 0},
        {112, 112, VMCLOCK_REASON_NONE, 112},
        {111, 112, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, 0},
        {111, 111, VMCLOCK_REASON_NONE, 111},
        {111, 32, VMCLOCK_REASON_NONE, 32},
        {32, 33, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, 0},
    };
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;
    char row[64];

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        /* Behind the 112th byte nothing is ever read, however long the region is. */
        uint8_t *page = make_page(rows[i].region < 112 ? rows[i].region : 112, rows[i].size);

        (void)snprintf(row, sizeof row, "size %u in %zu", rows[i].size, rows[i].region);
        (void)take_quiet(page, rows[i].region, 1, &snapshot, &err);
        if (rows[i].reason != VMCLOCK_REASON_NONE) {
            expect_failure(row, &snapshot, &err, rows[i].reason, rows[i].region, rows[i].size);
        } else {
            EQ_IN(row, err.reason, VMCLOCK_REASON_NONE);
            EQ_IN(row, snapshot.region, rows[i].region);
            EQ_IN(row, snapshot.len, rows[i].held);
        }
        free(page);
    }
}

static void page_that_is_not_aligned_to_8_bytes_is_refused_and_not_touched(void)
{
    uint8_t bytes[PAGE] = {0}, *block = exact_copy(bytes, 128);
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    build_clock_page(bytes);
    put32(bytes, AT_SIZE, 112);
    for (unsigned shift = 0; shift <= 8; shift++) {
        memcpy(block + shift, bytes, 112);
        (void)take_quiet(block + shift, 112, 2, &snapshot, &err);
        if (shift % 8 == 0) {
            EQ(err.kind, VMCLOCK_OK);
        } else {
            expect_failure("shifted", &snapshot, &err, VMCLOCK_REASON_REGION_MISALIGNED, 0, shift);
            EQ(err.kind, VMCLOCK_ERR_SEGMENT_MALFORMED);
            EQ(seen.loads, 0);
        }
    }
    free(block);
}

static void read_only_mapping_that_ends_with_the_page_is_enough(void)
{
    const size_t unit = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *map = mmap(NULL, 2 * unit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    static const unsigned lens[] = {32, 40, 44, 104, 112, 4096};
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;
    uint8_t bytes[PAGE];

    HOLDS(map != MAP_FAILED);
    if (map == MAP_FAILED)
        return;
    EQ(mprotect(map + unit, unit, PROT_NONE), 0);
    for (unsigned i = 0; i < sizeof lens / sizeof *lens; i++) {
        uint8_t *page = map + unit - lens[i] - (8 - lens[i] % 8) % 8;

        EQ(mprotect(map, unit, PROT_READ | PROT_WRITE), 0);
        build_clock_page(bytes);
        put32(bytes, AT_SIZE, lens[i]);
        memcpy(page, bytes, lens[i]);
        EQ(mprotect(map, unit, PROT_READ), 0);
        EQ(take_quiet(page, lens[i], 2, &snapshot, &err), VMCLOCK_OK);
        EQ(snapshot.len, lens[i] < 112 ? lens[i] : 112);
        EQ(vmclock_snapshot_compare(page, lens[i], &snapshot, 2), VMCLOCK_UNCHANGED);
        snapshot.seq_count += 2;
        EQ(vmclock_snapshot_compare(page, lens[i], &snapshot, 2), VMCLOCK_UPDATED);
    }
    EQ(munmap(map, 2 * unit), 0);
}

/* ---- The page ---- */

static void every_even_seq_count_is_as_good_as_another(void)
{
    static const uint32_t seqs[] = {0, 2, 4, 0x00c0ffee, 0x7ffffffe, 0x80000000, 0xfffffffc, 0xfffffffe};
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    for (unsigned i = 0; i < sizeof seqs / sizeof *seqs; i++) {
        uint8_t *page = make_page(112, 112);

        put32(page, AT_SEQ_COUNT, seqs[i]);
        EQ(take_quiet(page, 112, 1, &snapshot, &err), VMCLOCK_OK);
        EQ(snapshot.seq_count, seqs[i]);
        free(page);
    }
}

static const struct {
    const char *name;
    unsigned at, width;
    uint64_t value;
    enum vmclock_reason reason;
    uint64_t expected;
} faults[] = {
    {"magic 0", AT_MAGIC, 4, 0, VMCLOCK_REASON_BAD_MAGIC, 0x4b4c4356},
    {"magic swapped", AT_MAGIC, 4, 0x56434c4b, VMCLOCK_REASON_MAGIC_BYTE_SWAPPED, 0x4b4c4356},
    {"version 0", AT_VERSION, 2, 0, VMCLOCK_REASON_VERSION_ZERO, 1},
    {"version 2", AT_VERSION, 2, 2, VMCLOCK_REASON_VERSION_UNSUPPORTED, 1},
    {"size 15", AT_SIZE, 4, 15, VMCLOCK_REASON_SIZE_TOO_SMALL, 16},
    {"size 31", AT_SIZE, 4, 31, VMCLOCK_REASON_SIZE_TOO_SMALL, 32},
    {"size 113", AT_SIZE, 4, 113, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, 112},
};
enum { FAULTS = sizeof faults / sizeof *faults };

static void add_2_before_each_second_look(volatile uint8_t *page, unsigned load);

static void invalid_page_is_told_even_while_it_is_busy(void)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    for (unsigned i = 0; i < FAULTS; i++) {
        uint8_t *page = make_page(112, 112);

        put_le(page + faults[i].at, faults[i].width, faults[i].value);
        (void)take_quiet(page, 112, 3, &snapshot, &err);
        expect_failure(faults[i].name, &snapshot, &err, faults[i].reason, faults[i].expected, faults[i].value);
        EQ_IN(faults[i].name, err.offset, faults[i].at);
        put32(page, AT_SEQ_COUNT, 0x00c0ffef);
        (void)take_quiet(page, 112, 3, &snapshot, &err);
        expect_failure(faults[i].name, &snapshot, &err, faults[i].reason, faults[i].expected, faults[i].value);
        put32(page, AT_SEQ_COUNT, 2);
        (void)watched_take(page, 112, 3, add_2_before_each_second_look, &snapshot, &err);
        expect_failure(faults[i].name, &snapshot, &err, faults[i].reason, faults[i].expected, faults[i].value);
        free(page);
    }
}

/* ---- The protocol ---- */

static void odd_seq_count_is_stalled_after_exactly_the_given_attempts(void)
{
    static const struct {
        unsigned attempts;
        const char *trace; /* only the last attempt copies, to tell a busy page from no page */
    } rows[] = {{0, "sFd"}, {1, "sFd"}, {2, "sFsFd"}, {3, "sFsFsFd"}, {5, "sFsFsFsFsFd"}};
    static const uint32_t seqs[] = {1, 3, 0x80000001, 0xffffffff};
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (unsigned j = 0; j < sizeof seqs / sizeof *seqs; j++) {
            uint8_t *page = make_page(112, 112);

            put32(page, AT_SEQ_COUNT, seqs[j]);
            EQ(take_quiet(page, 112, rows[i].attempts, &snapshot, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
            expect_failure(rows[i].trace, &snapshot, &err, VMCLOCK_REASON_UPDATE_STALLED, 0, seqs[j]);
            (void)watched_take(page, 112, rows[i].attempts, NULL, &snapshot, &err);
            TEXT(seen.trace, rows[i].trace);
            free(page);
        }
    }
}

static uint32_t get_seq(const volatile uint8_t *page)
{
    uint32_t seq = 0;

    for (unsigned i = 0; i < 4; i++)
        seq += (uint32_t)page[AT_SEQ_COUNT + i] << (8 * i);
    return seq;
}

static void set_seq(volatile uint8_t *page, uint32_t seq)
{
    for (unsigned i = 0; i < 4; i++)
        page[AT_SEQ_COUNT + i] = (uint8_t)(seq >> (8 * i));
}

/* Every second load of seq_count is the one after a copy. */
static void add_2_before_each_second_look(volatile uint8_t *page, unsigned load)
{
    (void)load;
    if (seen.traced > 1 && seen.trace[seen.traced - 1] == 'F' && seen.trace[seen.traced - 2] == 'd')
        set_seq(page, get_seq(page) + 2);
}

static void page_that_changes_in_every_attempt_is_too_fast(void)
{
    static const struct {
        unsigned attempts;
        const char *trace;
        uint32_t seq; /* that the last attempt began with */
    } rows[] = {{0, "sFdFs", 0xfffffffa}, {1, "sFdFs", 0xfffffffa}, {2, "sFdFssFdFs", 0xfffffffc},
                {5, "sFdFssFdFssFdFssFdFssFdFs", 2}};
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t *page = make_page(112, 112);

        put32(page, AT_SEQ_COUNT, 0xfffffffa);
        EQ(watched_take(page, 112, rows[i].attempts, add_2_before_each_second_look, &snapshot, &err),
           VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
        expect_failure(rows[i].trace, &snapshot, &err, VMCLOCK_REASON_UPDATE_TOO_FAST, 0, rows[i].seq);
        TEXT(seen.trace, rows[i].trace);
        free(page);
    }
}

/* Attempts see: an odd number; a change; an odd number; quiet. */
static void busy_three_times(volatile uint8_t *page, unsigned load)
{
    (void)load;
    if (strcmp(seen.trace, "") == 0)
        set_seq(page, 0xfffffffd);
    else if (strcmp(seen.trace, "sF") == 0)
        set_seq(page, 0xfffffffe);
    else if (strcmp(seen.trace, "sFsFdF") == 0)
        set_seq(page, 0xffffffff);
    else if (strcmp(seen.trace, "sFsFdFssF") == 0)
        set_seq(page, 0);
}

static void mixed_attempts_are_too_fast_and_the_last_may_succeed(void)
{
    static const enum vmclock_reason reasons[] = {VMCLOCK_REASON_UPDATE_STALLED, VMCLOCK_REASON_UPDATE_TOO_FAST,
                                               VMCLOCK_REASON_UPDATE_TOO_FAST, VMCLOCK_REASON_NONE,
                                               VMCLOCK_REASON_NONE};
    static const uint32_t seqs[] = {0xfffffffd, 0xfffffffe, 0xffffffff};
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    for (unsigned attempts = 1; attempts <= 5; attempts++) {
        uint8_t *page = make_page(112, 112);

        (void)watched_take(page, 112, attempts, busy_three_times, &snapshot, &err);
        if (attempts < 4) {
            expect_failure("busy", &snapshot, &err, reasons[attempts - 1], 0, seqs[attempts - 1]);
        } else {
            EQ(err.reason, VMCLOCK_REASON_NONE);
            EQ(snapshot.seq_count, 0);
            TEXT(seen.trace, "sFsFdFssFsFdFs");
        }
        free(page);
    }
}

/* A whole update amid the first copy, over the wrap-around of seq_count. */
static void update_amid_the_first_copy(volatile uint8_t *page, unsigned load)
{
    if (strcmp(seen.trace, "sFd") != 0 || load < 5)
        return;
    seen.writer = NULL;
    for (unsigned at = 16; at < 112; at++)
        page[at] = 0x77;
    set_seq(page, get_seq(page) + 2);
}

static void update_amid_a_copy_is_noticed_and_the_next_attempt_holds_it_whole(void)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;
    uint8_t *page = make_page(112, 112);

    put32(page, AT_SEQ_COUNT, 0xfffffffe);
    EQ(watched_take(page, 112, 2, update_amid_the_first_copy, &snapshot, &err), VMCLOCK_OK);
    TEXT(seen.trace, "sFdFssFdFs");
    EQ(snapshot.seq_count, 0);
    EQ(memcmp(snapshot.words, page, 112), 0);
    EQ(((const uint8_t *)snapshot.words)[16], 0x77);
    free(page);
}

static void each_byte_is_fetched_once_and_seq_count_before_and_after(void)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    for (unsigned len = 32; len <= 200; len++) {
        const unsigned body = (len < 112 ? len : 112) - 16, word = sizeof(vmclock_word_);
        uint8_t *page = make_page(len, len);

        EQ(watched_take(page, len, 9, NULL, &snapshot, &err), VMCLOCK_OK);
        TEXT(seen.trace, "sFdFs");
        /* seq_count twice, what lies before it in words and a half, then words, and bytes only where no word is left */
        EQ(seen.loads, 3 + 8 / word + body / word + body % word);
        for (unsigned at = 0; at < 200; at++)
            EQ(seen.fetched[at], at >= 112 || at >= len ? 0 : at >= 12 && at < 16 ? 2 : 1);
        free(page);
    }
}

/* Leaves seq_count alone, and spoils every other byte as soon as it was loaded. */
static void spoil_what_was_fetched(volatile uint8_t *page, unsigned load)
{
    (void)load;
    for (unsigned at = 0; at < 112; at++)
        if (seen.fetched[at] > 0 && (at < 12 || at >= 16))
            page[at] = 0xee;
}

static void what_changes_after_it_was_fetched_changes_nothing(void)
{
    uint8_t *page = make_page(112, 112), *before = make_page(112, 112);
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    EQ(watched_take(page, 112, 1, spoil_what_was_fetched, &snapshot, &err), VMCLOCK_OK);
    EQ(memcmp(snapshot.words, before, 112), 0);
    EQ(snapshot.len, 112);
    EQ(page[0], 0xee);
    EQ(page[104], 0xee);
    free(page);
    free(before);
}

static unsigned fault_to_make;

/* After the first, failing attempt the header goes bad. */
static void spoil_the_header_between_attempts(volatile uint8_t *page, unsigned load)
{
    (void)load;
    if (strcmp(seen.trace, "sFdF") == 0)
        set_seq(page, 4);
    if (strcmp(seen.trace, "sFdFs") == 0)
        for (unsigned i = 0; i < faults[fault_to_make].width; i++)
            page[faults[fault_to_make].at + i] = (uint8_t)(faults[fault_to_make].value >> (8 * i));
}

static void header_is_judged_anew_in_every_attempt(void)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    for (fault_to_make = 0; fault_to_make < FAULTS; fault_to_make++) {
        uint8_t *page = make_page(112, 112);

        (void)watched_take(page, 112, 2, spoil_the_header_between_attempts, &snapshot, &err);
        expect_failure(faults[fault_to_make].name, &snapshot, &err, faults[fault_to_make].reason,
                       faults[fault_to_make].expected, faults[fault_to_make].value);
        free(page);
    }
}

static void make_seq_odd_at_the_end(volatile uint8_t *page, unsigned load)
{
    (void)load;
    if (strcmp(seen.trace, "sFdF") == 0)
        set_seq(page, 0x00c0ffef);
}

static void seq_count_that_turns_odd_amid_a_copy_refuses_it(void)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;
    uint8_t *page = make_page(112, 112);

    (void)watched_take(page, 112, 1, make_seq_odd_at_the_end, &snapshot, &err);
    expect_failure("1", &snapshot, &err, VMCLOCK_REASON_UPDATE_TOO_FAST, 0, 0x00c0ffee);
    put32(page, AT_SEQ_COUNT, 0x00c0ffee);
    (void)watched_take(page, 112, 3, make_seq_odd_at_the_end, &snapshot, &err);
    expect_failure("3", &snapshot, &err, VMCLOCK_REASON_UPDATE_TOO_FAST, 0, 0x00c0ffef);
    TEXT(seen.trace, "sFdFssFsFd");
    free(page);
}

/* ---- The view ---- */

static void view_of_a_snapshot_covers_the_page_and_never_more(void)
{
    struct vmclock_snapshot snapshot = {0};
    struct vmclock_view view = watched_snapshot_view(NULL);
    uint64_t value = 0;

    EQ(vmclock_view_len(&view), 0);
    view = watched_snapshot_view(&snapshot);
    EQ(vmclock_view_len(&view), 0);
    HOLDS(view.base == NULL);
    snapshot.len = 104;
    view = watched_snapshot_view(&snapshot);
    EQ(vmclock_view_len(&view), 104);
    EQ(vmclock_get_raw(&view, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, &value), VMCLOCK_UNANNOUNCED);
    EQ(vmclock_get_raw(&view, VMCLOCK_FIELD_VM_GENERATION_COUNTER, &value), VMCLOCK_ABSENT);
    for (uint32_t len = 111; len <= 113; len++) {
        snapshot.len = len;
        view = watched_snapshot_view(&snapshot);
        EQ(vmclock_view_len(&view), len < 112 ? len : 112);
    }
    snapshot.len = 1;
    view = watched_snapshot_view(&snapshot);
    EQ(vmclock_view_len(&view), 1);
    snapshot.len = UINT32_MAX;
    view = vmclock_snapshot_view(&snapshot);
    EQ(vmclock_view_len(&view), 112);
}

/* ---- The comparison ---- */

static enum vmclock_change compare(const volatile void *page, size_t len, const struct vmclock_snapshot *snapshot,
                                   unsigned attempts, void (*writer)(volatile uint8_t *, unsigned))
{
    enum vmclock_change change;

    /* From memory that nobody writes, the macro and the library's function have to say the same. */
    if (writer == NULL) {
        change = (vmclock_snapshot_compare)(page, len, snapshot, attempts);
        EQ(vmclock_snapshot_compare(page, len, snapshot, attempts), change);
        look(page, len, NULL);
        EQ(watched_snapshot_compare(page, len, snapshot, attempts), change);
        return change;
    }
    look(page, len, writer);
    return watched_snapshot_compare(page, len, snapshot, attempts);
}

/* By the macro, which is the inline one, and by the library's function. */
static void expect_unchanged(const volatile void *page, size_t len, const struct vmclock_snapshot *snapshot, bool same)
{
    EQ(vmclock_unchanged(page, len, snapshot), same);
    EQ((vmclock_unchanged)(page, len, snapshot), same);
}

static void same_seq_count_is_unchanged_by_one_load(void)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;
    uint8_t *page = make_page(112, 112);

    EQ(vmclock_snapshot_take(page, 112, 1, &snapshot, &err), VMCLOCK_OK);
    /* Not looked at: only a writer that breaks the protocol could have changed it. */
    put64(page, AT_DISRUPTION_MARKER, 99);
    for (unsigned attempts = 0; attempts < 3; attempts++) {
        EQ(compare(page, 112, &snapshot, attempts, NULL), VMCLOCK_UNCHANGED);
        TEXT(seen.trace, "Fs"); /* what was read before the question is not read after the answer */
        EQ(seen.loads, 1);
        EQ(vmclock_snapshot_compare(page, 112, &snapshot, attempts), VMCLOCK_UNCHANGED);
    }
    expect_unchanged(page, 112, &snapshot, true);
    look(page, 112, NULL);
    HOLDS(watched_unchanged(page, 112, &snapshot));
    TEXT(seen.trace, "Fs");
    for (unsigned i = 0; i < 4; i++) {
        page[AT_SEQ_COUNT + i] ^= 0x40;
        expect_unchanged(page, 112, &snapshot, false);
        page[AT_SEQ_COUNT + i] ^= 0x40;
    }
    expect_unchanged(page, 112, &snapshot, true);
    free(page);
}

/* The clock page announces its generation. */
static void change_of_marker_is_a_disruption_of_generation_a_restore_and_any_other_an_update(void)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    for (unsigned size = 32; size <= 112; size++) {
        for (unsigned at = 0; at < 112; at++) {
            const bool marker = at >= 0x10 && at < 0x18, generation = size == 112 && at >= 0x68;
            uint8_t *page = make_page(112, size);

            if (at >= 12 && at < 16) {
                free(page);
                continue;
            }
            EQ(vmclock_snapshot_take(page, 112, 1, &snapshot, &err), VMCLOCK_OK);
            put32(page, AT_SEQ_COUNT, 0x00c0fff0);
            page[at] ^= 0x40;
            EQ(compare(page, 112, &snapshot, 1, NULL),
               generation ? VMCLOCK_RESTORED : marker ? VMCLOCK_DISRUPTED : VMCLOCK_UPDATED);
            TEXT(seen.trace, "FsFdFs");
            for (unsigned i = 0; i < 112; i++)
                EQ(seen.fetched[i], i >= 12 && i < 16                                     ? 2
                                    : (i >= 16 && i < 24) || i >= 104 || (i == 0x19 && generation) ? 1
                                                                                                       : 0);
            expect_unchanged(page, 112, &snapshot, false);
            free(page);
        }
    }
}

/* VM_GEN_COUNTER_PRESENT is bit 8: by itself, and among all the others. */
static void generation_counts_only_where_it_is_announced_then_and_now(void)
{
    static const uint64_t flags[] = {0, 0x100, ~UINT64_C(0x100), UINT64_MAX};
    struct vmclock_snapshot snapshot, later;
    struct vmclock_error err;

    for (unsigned then = 0; then < 4; then++) {
        for (unsigned now = 0; now < 4; now++) {
            for (unsigned differs = 0; differs < 4; differs++) {
                const bool marker = differs % 2 != 0, generation = differs >= 2;
                const enum vmclock_change change = generation && then % 2 != 0 && now % 2 != 0 ? VMCLOCK_RESTORED
                                                   : marker                                    ? VMCLOCK_DISRUPTED
                                                                                               : VMCLOCK_UPDATED;
                uint8_t *page = make_page(112, 112);

                put64(page, AT_FLAGS, flags[then]);
                EQ(vmclock_snapshot_take(page, 112, 1, &snapshot, &err), VMCLOCK_OK);
                put32(page, AT_SEQ_COUNT, 2);
                put64(page, AT_FLAGS, flags[now]);
                page[AT_DISRUPTION_MARKER + 7] ^= marker;
                page[AT_VM_GENERATION_COUNTER] ^= generation;
                EQ(compare(page, 112, &snapshot, 1, NULL), change);
                EQ(vmclock_snapshot_take(page, 112, 1, &later, &err), VMCLOCK_OK);
                EQ(vmclock_snapshots_compare(&snapshot, &later), change);
                free(page);
            }
        }
    }
}

/* Lengths that no snapshot was taken with must not make loads outside of the region. */
/* Whatever lies behind the structure, up to a region of any length. */
static void generation_is_looked_for_in_regions_of_every_length(void)
{
    static const unsigned regions[] = {112, 113, 119, 120, 4096};
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    for (unsigned i = 0; i < sizeof regions / sizeof *regions; i++) {
        uint8_t *page = make_page(regions[i], 112);

        EQ(vmclock_snapshot_take(page, regions[i], 1, &snapshot, &err), VMCLOCK_OK);
        put32(page, AT_SEQ_COUNT, 0x00c0fff0);
        page[AT_VM_GENERATION_COUNTER] ^= 1;
        EQ(compare(page, regions[i], &snapshot, 1, NULL), VMCLOCK_RESTORED);
        free(page);
    }
}

static void generation_is_not_looked_for_past_the_region(void)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    for (unsigned len = 32; len <= 112; len++) {
        uint8_t *whole = make_page(112, 112), *page = make_page(len, 112);

        EQ(vmclock_snapshot_take(whole, 112, 1, &snapshot, &err), VMCLOCK_OK);
        snapshot.region = len;
        snapshot.len = 4096;
        put32(page, AT_SEQ_COUNT, 2);
        if (len == 112)
            put64(page, AT_VM_GENERATION_COUNTER, 3);
        EQ(compare(page, len, &snapshot, 1, NULL), len == 112 ? VMCLOCK_RESTORED : VMCLOCK_UPDATED);
        free(page);
        free(whole);
    }
}

/* ---- Two snapshots ---- */

static void snapshots_are_compared_as_the_page_would_be(void)
{
    struct vmclock_snapshot before, after;
    struct vmclock_error err;

    for (unsigned size = 32; size <= 113; size++) {
        uint8_t *page = make_page(120, size);

        EQ(vmclock_snapshot_take(page, 120, 1, &before, &err), VMCLOCK_OK);
        EQ(vmclock_snapshots_compare(&before, &before), VMCLOCK_UNCHANGED);
        for (unsigned seq = 0; seq < 2; seq++) {
            for (unsigned at = 8; at < 112; at++) {
                const bool marker = at >= 0x10 && at < 0x18, generation = size >= 112 && at >= 0x68;
                const bool compared = at < size; /* what lies behind the page is no part of it */

                if (at < 16)
                    continue;
                put32(page, AT_SEQ_COUNT, seq == 0 ? 0x00c0ffee : 0x00c0fff0);
                page[at] ^= 0x40;
                EQ(vmclock_snapshot_take(page, 120, 1, &after, &err), VMCLOCK_OK);
                for (unsigned turned = 0; turned < 2; turned++)
                    EQ(vmclock_snapshots_compare(turned ? &after : &before, turned ? &before : &after),
                       generation             ? VMCLOCK_RESTORED
                       : marker               ? VMCLOCK_DISRUPTED
                       : compared || seq != 0 ? VMCLOCK_UPDATED
                                              : VMCLOCK_UNCHANGED);
                page[at] ^= 0x40;
            }
        }
        free(page);
    }
}

/* Also the header's, which a page that stays valid cannot change: they may have come from elsewhere. */
static void snapshots_differ_in_every_byte(void)
{
    struct vmclock_snapshot before, after;
    struct vmclock_error err;
    uint8_t *page = make_page(104, 104);

    EQ(vmclock_snapshot_take(page, 104, 1, &before, &err), VMCLOCK_OK);
    for (unsigned at = 0; at < 104; at++) {
        const bool marker = at >= 0x10 && at < 0x18;

        after = before;
        ((uint8_t *)after.words)[at] ^= 0x80;
        EQ(vmclock_snapshots_compare(&before, &after), marker ? VMCLOCK_DISRUPTED : VMCLOCK_UPDATED);
        EQ(vmclock_snapshots_compare(&after, &before), marker ? VMCLOCK_DISRUPTED : VMCLOCK_UPDATED);
    }
    after = before;
    after.seq_count += 2;
    EQ(vmclock_snapshots_compare(&before, &after), VMCLOCK_UPDATED);
    EQ(vmclock_snapshots_compare(&after, &before), VMCLOCK_UPDATED);
    free(page);
}

static void snapshots_of_pages_of_two_sizes_differ(void)
{
    struct vmclock_snapshot before, after;
    struct vmclock_error err;
    uint8_t *page = make_page(112, 104);

    EQ(vmclock_snapshot_take(page, 112, 1, &before, &err), VMCLOCK_OK);
    put32(page, AT_SIZE, 103);
    EQ(vmclock_snapshot_take(page, 112, 1, &after, &err), VMCLOCK_OK);
    EQ(vmclock_snapshots_compare(&before, &after), VMCLOCK_UPDATED);
    EQ(vmclock_snapshots_compare(&after, &before), VMCLOCK_UPDATED);
    /* A generation that only one of them has tells nothing. */
    put32(page, AT_SIZE, 112);
    put64(page, AT_VM_GENERATION_COUNTER, 99);
    EQ(vmclock_snapshot_take(page, 112, 1, &after, &err), VMCLOCK_OK);
    EQ(vmclock_snapshots_compare(&before, &after), VMCLOCK_UPDATED);
    EQ(vmclock_snapshots_compare(&after, &before), VMCLOCK_UPDATED);
    free(page);
}

static void snapshots_that_cannot_be_compared_are_unsure(void)
{
    struct vmclock_snapshot before, after;
    struct vmclock_error err;
    uint8_t *page = make_page(120, 104);

    EQ(vmclock_snapshot_take(page, 119, 1, &before, &err), VMCLOCK_OK);
    EQ(vmclock_snapshot_take(page, 120, 1, &after, &err), VMCLOCK_OK);
    EQ(vmclock_snapshots_compare(&before, &after), VMCLOCK_UNSURE);
    EQ(vmclock_snapshots_compare(&after, &before), VMCLOCK_UNSURE);
    EQ(vmclock_snapshots_compare(NULL, &after), VMCLOCK_UNSURE);
    EQ(vmclock_snapshots_compare(&before, NULL), VMCLOCK_UNSURE);
    EQ(vmclock_snapshots_compare(&empty, &empty), VMCLOCK_UNSURE);
    EQ(vmclock_snapshots_compare(&after, &after), VMCLOCK_UNCHANGED);
    for (unsigned len = 31; len <= 32; len++) {
        before = after;
        before.len = len;
        EQ(vmclock_snapshots_compare(&before, &after), len < 32 ? VMCLOCK_UNSURE : VMCLOCK_UPDATED);
        EQ(vmclock_snapshots_compare(&after, &before), len < 32 ? VMCLOCK_UNSURE : VMCLOCK_UPDATED);
    }
    free(page);
}

/* ---- The fields ---- */

static void snapshot_is_decoded_as_its_view_is(void)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;
    struct vmclock_page page;
    uint8_t *bytes = make_page(112, 104);

    EQ(vmclock_snapshot_take(bytes, 112, 1, &snapshot, &err), VMCLOCK_OK);
    memset(&page, 0xa5, sizeof page);
    vmclock_snapshot_decode(&snapshot, &page);
    EQ(page.present, 0x7ffffe);
    EQ(page.meaningful, 0x7ffffe);
    EQ(page.seq_count, 0x00c0ffee);
    EQ(page.tai_offset_sec, -37);
    EQ(page.time_maxerror_nanosec, 2500000);
    EQ(page.vm_generation_counter, 0);
    for (unsigned i = 0; i < 2; i++) {
        memset(&page, 0xa5, sizeof page);
        vmclock_snapshot_decode(i == 0 ? NULL : &empty, &page);
        EQ(page.present, 0);
        EQ(page.meaningful, 0);
        EQ(page.time_sec, 0);
    }
    vmclock_snapshot_decode(&snapshot, NULL);
    free(bytes);
}

static void comparison_that_cannot_be_made_is_unsure_and_loads_nothing(void)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;
    uint8_t *page = make_page(128, 104);

    EQ(vmclock_snapshot_take(page, 104, 1, &snapshot, &err), VMCLOCK_OK);
    EQ(compare(NULL, 104, &snapshot, 1, NULL), VMCLOCK_UNSURE);
    EQ(compare(page, 104, NULL, 1, NULL), VMCLOCK_UNSURE);
    EQ(compare(page, 104, &empty, 1, NULL), VMCLOCK_UNSURE);
    EQ(compare(page, 103, &snapshot, 1, NULL), VMCLOCK_UNSURE);
    EQ(seen.loads, 0);
    for (unsigned shift = 1; shift < 8; shift++) {
        EQ(compare(page + shift, 104, &snapshot, 1, NULL), VMCLOCK_UNSURE);
        EQ(seen.loads, 0);
    }
    EQ(compare(page, 105, &snapshot, 1, NULL), VMCLOCK_UNSURE);
    EQ(seen.loads, 0);
    EQ(compare(page, 104, &snapshot, 1, NULL), VMCLOCK_UNCHANGED);
    expect_unchanged(page, 104, &snapshot, true);
    expect_unchanged(NULL, 104, &snapshot, false);
    expect_unchanged(page, 104, NULL, false);
    expect_unchanged(page, 104, &empty, false);
    expect_unchanged(page, 0, &empty, false);
    expect_unchanged(page, 103, &snapshot, false);
    expect_unchanged(page, 105, &snapshot, false);
    for (unsigned shift = 1; shift < 8; shift++)
        expect_unchanged(page + shift, 104, &snapshot, false);
    /* No region is that short: such a snapshot was never taken, and its claim must not allow a load. */
    for (unsigned len = 31; len <= 32; len++) {
        snapshot.region = len;
        EQ(compare(page, len, &snapshot, 1, NULL), len < 32 ? VMCLOCK_UNSURE : VMCLOCK_UNCHANGED);
        EQ(seen.loads, len < 32 ? 0 : 1);
        expect_unchanged(page, len, &snapshot, len >= 32);
    }
    free(page);
}

static void make_odd(volatile uint8_t *page, unsigned load)
{
    (void)load;
    set_seq(page, 0x00c0fff1);
}

static void settle_after_two_loads(volatile uint8_t *page, unsigned load)
{
    if (load == 0)
        set_seq(page, 0x00c0ffef);
    else if (load == 2)
        set_seq(page, 0x00c0fff0);
}

/* A count that has gone back while it was looked at tells of an update as well: it counts modulo 2^32. */
static void subtract_2_before_the_second_look(volatile uint8_t *page, unsigned load)
{
    if (load > 0 && seen.fetched[AT_SEQ_COUNT] == 1)
        set_seq(page, 0xfffffffc);
}

static void page_whose_count_goes_back_amid_a_look_is_busy(void)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    for (unsigned len = 104; len <= 112; len += 8) {
        uint8_t *page = make_page(len, len);

        EQ(vmclock_snapshot_take(page, len, 1, &snapshot, &err), VMCLOCK_OK);
        put32(page, AT_SEQ_COUNT, 0xfffffffe);
        put64(page, AT_DISRUPTION_MARKER, 1);
        EQ(compare(page, len, &snapshot, 1, subtract_2_before_the_second_look), VMCLOCK_UNSURE);
        put32(page, AT_SEQ_COUNT, 0xfffffffe);
        EQ(watched_take(page, len, 1, subtract_2_before_the_second_look, &snapshot, &err),
           VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
        EQ(err.reason, VMCLOCK_REASON_UPDATE_TOO_FAST);
        free(page);
    }
}

static void page_that_is_busy_in_every_attempt_is_unsure(void)
{
    static const char *const odd_traces[] = {"FsF", "FsF", "FsFsF", "FsFsFsF"};
    static const char *const fast_traces[] = {"FsFdFs", "FsFdFs", "FsFdFssFdFs", "FsFdFssFdFssFdFs"};
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    for (unsigned len = 104; len <= 112; len += 8) {
        uint8_t *page = make_page(len, len);

        EQ(vmclock_snapshot_take(page, len, 1, &snapshot, &err), VMCLOCK_OK);
        for (unsigned attempts = 0; attempts < 4; attempts++) {
            EQ(compare(page, len, &snapshot, attempts, make_odd), VMCLOCK_UNSURE);
            TEXT(seen.trace, odd_traces[attempts]);
            set_seq(page, 2);
            EQ(compare(page, len, &snapshot, attempts, add_2_before_each_second_look), VMCLOCK_UNSURE);
            TEXT(seen.trace, fast_traces[attempts]);
        }
        put64(page, AT_DISRUPTION_MARKER, 1);
        EQ(compare(page, len, &snapshot, 3, settle_after_two_loads), VMCLOCK_DISRUPTED);
        TEXT(seen.trace, "FsFsFsFdFs");
        EQ(compare(page, len, &snapshot, 2, settle_after_two_loads), VMCLOCK_UNSURE);
        free(page);
    }
}

SUITE(snapshot) = {
    {"every length of region is judged by its own bytes", every_length_of_region_is_judged_by_its_own_bytes},
    {"no bytes are an empty region at any address", no_bytes_are_an_empty_region_at_any_address},
    {"size is judged against the region, which the snapshot remembers",
     size_is_judged_against_the_region_which_the_snapshot_remembers},
    {"a page that is not aligned to 8 bytes is refused and not touched",
     page_that_is_not_aligned_to_8_bytes_is_refused_and_not_touched},
    {"a read-only mapping that ends with the page is enough", read_only_mapping_that_ends_with_the_page_is_enough},
    {"every even seq_count is as good as another", every_even_seq_count_is_as_good_as_another},
    {"an invalid page is told even while it is busy", invalid_page_is_told_even_while_it_is_busy},
    {"an odd seq_count is stalled after exactly the given attempts",
     odd_seq_count_is_stalled_after_exactly_the_given_attempts},
    {"a page that changes in every attempt is too fast", page_that_changes_in_every_attempt_is_too_fast},
    {"mixed attempts are too fast, and the last may succeed", mixed_attempts_are_too_fast_and_the_last_may_succeed},
    {"an update amid a copy is noticed, and the next attempt holds it whole",
     update_amid_a_copy_is_noticed_and_the_next_attempt_holds_it_whole},
    {"each byte is fetched once, and seq_count before and after",
     each_byte_is_fetched_once_and_seq_count_before_and_after},
    {"what changes after it was fetched changes nothing", what_changes_after_it_was_fetched_changes_nothing},
    {"the header is judged anew in every attempt", header_is_judged_anew_in_every_attempt},
    {"a seq_count that turns odd amid a copy refuses it", seq_count_that_turns_odd_amid_a_copy_refuses_it},
    {"the view of a snapshot covers the page and never more", view_of_a_snapshot_covers_the_page_and_never_more},
    {"the same seq_count is unchanged, by one load", same_seq_count_is_unchanged_by_one_load},
    {"a change of marker is a disruption, of generation a restore, and any other an update",
     change_of_marker_is_a_disruption_of_generation_a_restore_and_any_other_an_update},
    {"the generation counts only where it is announced, then and now",
     generation_counts_only_where_it_is_announced_then_and_now},
    {"the generation is looked for in regions of every length", generation_is_looked_for_in_regions_of_every_length},
    {"the generation is not looked for past the region", generation_is_not_looked_for_past_the_region},
    {"snapshots are compared as the page would be", snapshots_are_compared_as_the_page_would_be},
    {"snapshots differ in every byte", snapshots_differ_in_every_byte},
    {"snapshots of pages of two sizes differ", snapshots_of_pages_of_two_sizes_differ},
    {"snapshots that cannot be compared are unsure", snapshots_that_cannot_be_compared_are_unsure},
    {"a snapshot is decoded as its view is", snapshot_is_decoded_as_its_view_is},
    {"a comparison that cannot be made is unsure and loads nothing",
     comparison_that_cannot_be_made_is_unsure_and_loads_nothing},
    {"a page whose count goes back amid a look is busy", page_whose_count_goes_back_amid_a_look_is_busy},
    {"a page that is busy in every attempt is unsure", page_that_is_busy_in_every_attempt_is_unsure},
    CU_TEST_INFO_NULL,
};
