/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page that is written between any two loads of its reader. The input is the region: the page in its first 112 bytes,
 * so that a real page is a seed, and behind them a script. Its first byte: bits 0 to 2 are the attempts less 1, bit 7
 * makes the writer hostile. Then one byte before each load, 0 for nothing: an honest writer makes (byte % 16) of the
 * stores of its updates, dies before them when the byte is above 239; a hostile one takes two more bytes for each of
 * (byte % 4) changes: where and what.
 */
#include "../tests/watched.h"
#include "fuzz_check.h"
#include "oracle.h"

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
#undef vmclock_snapshot_compare
#undef vmclock_unchanged
#pragma pop_macro("vmclock_snapshot_compare")
#pragma pop_macro("vmclock_unchanged")

enum { STRUCTURE = 112, AT_SEQ = 12, AT_MARKER = 16, AT_ANNOUNCES = 25, AT_GENERATION = 104, UPDATES = 1024 };

static struct {
    uint8_t *page; /* live: ends where its block ends */
    size_t known;  /* its bytes */
    const uint8_t *initial, *script;
    size_t left; /* of the script */
    bool hostile;
    /* The honest writer. */
    unsigned published;            /* updates that were ended */
    unsigned stores;               /* made of the next one */
    uint32_t seq_of[UPDATES + 1];  /* by update; 0 is the page as it came */
    /* The reader, as seen from its loads. */
    unsigned attempts, allowed;
    bool stalled, agreed;          /* so far; the last attempt */
    unsigned fetched;              /* bytes, in this attempt, other than seq_count's */
    bool was_fetched[STRUCTURE];
    uint8_t copy[STRUCTURE];       /* what this attempt has loaded */
} run;

static uint32_t le32(const uint8_t *at)
{
    return (uint32_t)at[0] + ((uint32_t)at[1] << 8) + ((uint32_t)at[2] << 16) + ((uint32_t)at[3] << 24);
}

static uint8_t next_byte(void)
{
    if (run.left == 0)
        return 0;
    run.left--;
    return *run.script++;
}

/* ---- The writers ---- */

static bool is_identity(size_t at)
{
    return (at >= AT_MARKER && at < AT_MARKER + 8) || at >= AT_GENERATION;
}

/* The byte of a state, by the number of its update. Marker and generation stay for four updates. */
static uint8_t byte_of(unsigned update, size_t at)
{
    const unsigned changes = is_identity(at) ? update / 4 : update;

    return changes == 0 ? run.initial[at] : (uint8_t)(changes * 167 + at * 59 + changes / 256);
}

static void store_seq(uint32_t seq)
{
    for (unsigned i = 0; i < 4; i++)
        run.page[AT_SEQ + i] = (uint8_t)(seq >> (8 * i));
}

/* The next store of a writer who keeps to the protocol: seq_count odd, 8 bytes after 8 bytes, seq_count even. */
static void store_honestly(void)
{
    const size_t from = 8 + 8 * (size_t)run.stores;

    if (run.published == UPDATES)
        return;
    if (run.stores++ == 0) {
        store_seq(le32(run.page + AT_SEQ) | 1);
    } else if (from < run.known) {
        for (size_t at = from; at < from + 8 && at < run.known; at++)
            run.page[at] = byte_of(run.published + 1, at);
    } else {
        run.stores = 0;
        run.published++;
        store_seq(le32(run.page + AT_SEQ) + 1);
        run.seq_of[run.published] = le32(run.page + AT_SEQ);
    }
}

static void act(void)
{
    const uint8_t step = next_byte();

    if (run.hostile) {
        for (unsigned i = 0; i < step % 4; i++) {
            const size_t at = next_byte() % run.known;

            run.page[at] = next_byte();
        }
        return;
    }
    if (step >= 240)
        run.stores = 0; /* what it has stored stays; its successor begins anew */
    for (unsigned i = 0; i < step % 16; i++)
        store_honestly();
}

/* ---- The reader's loads ---- */

static void note_seq(void)
{
    if (run.fetched > 0 && le32(run.copy + AT_SEQ) % 2 == 0) {
        run.agreed = le32(run.page + AT_SEQ) == le32(run.copy + AT_SEQ);
        run.fetched = 0;
        return;
    }
    run.agreed = false;
    run.fetched = 0;
    run.attempts++;
    FUZZ_CHECK(run.attempts <= run.allowed);
    memset(run.was_fetched, 0, sizeof run.was_fetched);
    memcpy(run.copy + AT_SEQ, run.page + AT_SEQ, 4);
    run.stalled &= le32(run.copy + AT_SEQ) % 2 != 0;
}

static void watch(enum watched_access access, const volatile void *live, unsigned width)
{
    const size_t at = (size_t)((const volatile uint8_t *)live - (const volatile uint8_t *)run.page);

    if (access == ACQUIRES)
        return;
    FUZZ_CHECK(access == LOADS);
    FUZZ_CHECK(at % width == 0 && at <= run.known && width <= run.known - at);
    act();
    if (at == AT_SEQ) {
        FUZZ_CHECK(width == 4);
        note_seq();
        return;
    }
    FUZZ_CHECK(at >= AT_SEQ + 4 || at + width <= AT_SEQ);
    for (size_t i = at; i < at + width; i++) {
        FUZZ_CHECK(!run.was_fetched[i]);
        run.was_fetched[i] = true;
        run.copy[i] = run.page[i];
        run.fetched++;
    }
}

static void allow(unsigned attempts)
{
    run.allowed = attempts;
    run.attempts = run.fetched = 0;
    run.stalled = true;
    run.agreed = false;
}

/* ---- What has to come out ---- */

/* The number of the update that published this seq_count, from `first` on; fails when there is none. */
static unsigned update_of(uint32_t seq, unsigned first)
{
    unsigned update = first;

    while (update < run.published && run.seq_of[update] != seq)
        update++;
    FUZZ_CHECK(run.seq_of[update] == seq && seq % 2 == 0);
    return update;
}

static void check_take(size_t region, enum vmclock_err kind, const struct vmclock_snapshot *snapshot,
                       const struct vmclock_error *err, unsigned first)
{
    static const struct vmclock_snapshot empty;
    struct oracle_page page;
    struct vmclock_error expected;

    oracle_parse(run.copy, region, false, false, &page); /* it reads the structure's bytes at most */
    expected = page.error;
    if (expected.kind == VMCLOCK_OK && !run.agreed)
        expected = (struct vmclock_error){
            .kind = VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED,
            .reason = run.stalled ? VMCLOCK_REASON_UPDATE_STALLED : VMCLOCK_REASON_UPDATE_TOO_FAST,
            .actual = le32(run.copy + AT_SEQ)};
    FUZZ_CHECK(kind == expected.kind && kind == err->kind && err->reason == expected.reason &&
               err->field == expected.field && err->offset == expected.offset && err->expected == expected.expected &&
               err->actual == expected.actual && err->sys_errno == 0 && err->origin == NULL);
    if (kind != VMCLOCK_OK) {
        FUZZ_CHECK(memcmp(snapshot, &empty, sizeof empty) == 0);
        FUZZ_CHECK(region < 16 || run.agreed || run.attempts == run.allowed);
        return;
    }
    FUZZ_CHECK(snapshot->region == region && snapshot->len == (page.extent < STRUCTURE ? page.extent : STRUCTURE));
    FUZZ_CHECK(snapshot->seq_count == le32(run.copy + AT_SEQ) && snapshot->seq_count % 2 == 0);
    FUZZ_CHECK(memcmp(snapshot->words, run.copy, run.known) == 0);
    if (!run.hostile) {
        const unsigned update = update_of(snapshot->seq_count, first);

        for (size_t at = AT_MARKER; at < run.known; at++)
            FUZZ_CHECK(((const uint8_t *)snapshot->words)[at] == byte_of(update, at));
    }
}

static void check_compare(enum vmclock_change change, const struct vmclock_snapshot *snapshot, unsigned first)
{
    const uint8_t *held = (const uint8_t *)snapshot->words;
    const bool had_generation = snapshot->len == STRUCTURE && held[AT_ANNOUNCES] % 2 != 0;
    const bool reached = snapshot->region >= STRUCTURE;
    const uint32_t seq = le32(run.copy + AT_SEQ);
    const bool disrupted = memcmp(held + AT_MARKER, run.copy + AT_MARKER, 8) != 0;
    const bool another = reached && memcmp(held + AT_GENERATION, run.copy + AT_GENERATION, 8) != 0;
    const bool restored = another && had_generation && run.copy[AT_ANNOUNCES] % 2 != 0;

    if (change == VMCLOCK_UNCHANGED) {
        FUZZ_CHECK(seq == snapshot->seq_count && run.fetched == 0);
    } else if (change == VMCLOCK_UNSURE) {
        FUZZ_CHECK(!run.agreed && run.attempts == run.allowed);
    } else {
        FUZZ_CHECK(run.agreed && seq != snapshot->seq_count);
        FUZZ_CHECK(change == (restored ? VMCLOCK_RESTORED : disrupted ? VMCLOCK_DISRUPTED : VMCLOCK_UPDATED));
        for (size_t at = 0; at < STRUCTURE; at++)
            FUZZ_CHECK(run.was_fetched[at] == ((at >= AT_MARKER && at < AT_MARKER + 8) ||
                                               (another && had_generation && at == AT_ANNOUNCES) ||
                                               (reached && at >= AT_GENERATION)));
    }
    if (!run.hostile && change <= VMCLOCK_RESTORED) {
        const unsigned update = update_of(seq, first);

        for (size_t at = AT_MARKER; change != VMCLOCK_UNCHANGED && at < STRUCTURE; at++)
            FUZZ_CHECK(!run.was_fetched[at] || run.copy[at] == byte_of(update, at));
    }
}

/* ---- What is made of the copies alone ---- */

static void check_decoded(const struct vmclock_snapshot *snapshot)
{
    struct oracle_page wanted;
    struct vmclock_page page;

    oracle_parse((const uint8_t *)snapshot->words, snapshot->region, false, false, &wanted);
    memset(&page, 0xff, sizeof page);
    watched_snapshot_decode(snapshot, &page);
#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence)                           \
    FUZZ_CHECK((uint64_t)page.name == wanted.value[VMCLOCK_FIELD_##NAME]);                           \
    FUZZ_CHECK((page.present >> VMCLOCK_FIELD_##NAME & 1) ==                                         \
               (uint32_t)(wanted.presence[VMCLOCK_FIELD_##NAME] != VMCLOCK_ABSENT));                 \
    FUZZ_CHECK((page.meaningful >> VMCLOCK_FIELD_##NAME & 1) ==                                      \
               (uint32_t)(wanted.presence[VMCLOCK_FIELD_##NAME] == VMCLOCK_MEANINGFUL));
    VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X
}

/* True only while seq_count is the same and the region as long: nothing else is loaded. */
static void check_unchanged(size_t region, const struct vmclock_snapshot *snapshot)
{
    bool answer;

    allow(1);
    answer = watched_unchanged(run.page, region, snapshot);
    FUZZ_CHECK(run.fetched == 0 && run.attempts == 1 && answer == (le32(run.copy + AT_SEQ) == snapshot->seq_count));
    FUZZ_CHECK(!watched_unchanged(run.page, region - 1, snapshot));
}

#ifdef vmclock_snapshot_compare
/*
 * What a caller's own code holds of it, in whose loads nobody stores: the page stands still, and the answers are known.
 */
static void check_inline(size_t region, const struct vmclock_snapshot *snapshot)
{
    const uint32_t seq = le32(run.page + AT_SEQ);
    const uint8_t *was = (const uint8_t *)snapshot->words;
    const bool generation = snapshot->len == STRUCTURE && was[AT_ANNOUNCES] % 2 != 0 && run.page[AT_ANNOUNCES] % 2 != 0;
    enum vmclock_change expected = VMCLOCK_UPDATED;

    if (seq == snapshot->seq_count)
        expected = VMCLOCK_UNCHANGED;
    else if (seq % 2 != 0)
        expected = VMCLOCK_UNSURE;
    else if (generation && memcmp(was + AT_GENERATION, run.page + AT_GENERATION, 8) != 0)
        expected = VMCLOCK_RESTORED;
    else if (memcmp(was + AT_MARKER, run.page + AT_MARKER, 8) != 0)
        expected = VMCLOCK_DISRUPTED;
    FUZZ_CHECK(vmclock_unchanged_(run.page, region, snapshot) == (seq == snapshot->seq_count));
    FUZZ_CHECK(!vmclock_unchanged_(run.page, region - 1, snapshot));
    FUZZ_CHECK(vmclock_snapshot_compare_(run.page, region, snapshot, 1) == expected);
}
#else
static void check_inline(size_t region, const struct vmclock_snapshot *snapshot)
{
    (void)region;
    (void)snapshot;
}
#endif


/* Two copies, compared byte by byte, the earlier one first and the other way round. */
static void check_copies(const struct vmclock_snapshot *earlier, const struct vmclock_snapshot *later)
{
    const uint8_t *was = (const uint8_t *)earlier->words, *is = (const uint8_t *)later->words;
    const bool known = earlier->len == STRUCTURE && later->len == STRUCTURE && was[AT_ANNOUNCES] % 2 != 0 &&
                       is[AT_ANNOUNCES] % 2 != 0;
    enum vmclock_change expected = VMCLOCK_UNCHANGED;

    if (known && memcmp(was + AT_GENERATION, is + AT_GENERATION, 8) != 0)
        expected = VMCLOCK_RESTORED;
    else if (memcmp(was + AT_MARKER, is + AT_MARKER, 8) != 0)
        expected = VMCLOCK_DISRUPTED;
    else if (earlier->len != later->len || memcmp(was, is, earlier->len) != 0)
        expected = VMCLOCK_UPDATED;
    FUZZ_CHECK(watched_snapshots_compare(earlier, later) == expected);
    FUZZ_CHECK(watched_snapshots_compare(later, earlier) == expected);
    FUZZ_CHECK(watched_snapshots_compare(later, later) == VMCLOCK_UNCHANGED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t known = size < STRUCTURE ? size : STRUCTURE;
    struct fuzz_copy page = fuzz_copy_make(data, known, 0);
    struct vmclock_snapshot snapshot, earlier;
    struct vmclock_error err;
    enum vmclock_err kind;
    unsigned attempts, first;
    uint8_t knobs;

    memset(&run, 0, sizeof run);
    run.page = page.bytes;
    run.known = known;
    run.initial = data;
    run.script = data + known;
    run.left = size - known;
    knobs = next_byte();
    attempts = knobs % 8 + 1U;
    run.hostile = knobs >= 128;
    run.seq_of[0] = known >= 16 ? le32(data + AT_SEQ) : 0;

    allow(attempts);
    memset(&snapshot, 0xa5, sizeof snapshot);
    kind = watched_snapshot_take(page.bytes, size, attempts, &snapshot, &err);
    check_take(size, kind, &snapshot, &err, 0);
    if (kind == VMCLOCK_OK) {
        allow(attempts);
        first = run.published;
        check_compare(watched_snapshot_compare(page.bytes, size, &snapshot, attempts), &snapshot, first);
        allow(attempts);
        first = run.published;
        check_decoded(&snapshot);
        earlier = snapshot;
        kind = watched_snapshot_take(page.bytes, size, attempts, &snapshot, &err);
        check_take(size, kind, &snapshot, &err, first);
        if (kind == VMCLOCK_OK) {
            check_copies(&earlier, &snapshot);
            check_unchanged(size, &snapshot);
            check_inline(size, &earlier);
        }
    }
    fuzz_copy_free(&page);
    return 0;
}
