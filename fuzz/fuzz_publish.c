/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writers of one page, who may die between any two stores, and a reader after each store. The first byte of the input
 * is how long the region is; then come writers, three bytes each: what is done, after how many stores the writer dies
 * (0: he lives), and of what the values are made. What has to be in the page is worked out here again, byte by byte,
 * from what was there before; and nobody may convert by clock data that one call did not store as a whole.
 */
#include <setjmp.h>

#include "../tests/watched.h"
#include "fuzz_check.h"

__typeof__(vmclock_encode) watched_encode;
__typeof__(vmclock_publish_init) watched_init;
__typeof__(vmclock_publish_begin) watched_begin;
__typeof__(vmclock_publish_commit) watched_commit;
__typeof__(vmclock_publish_set) watched_set;
__typeof__(vmclock_publish_add) watched_add;
__typeof__(vmclock_publish_or) watched_or;
__typeof__(vmclock_publish_guarded) watched_guarded;
__typeof__(vmclock_publish_clock) watched_clock;
__typeof__(vmclock_publish_replace) watched_replace;
__typeof__(vmclock_publish_disrupted) watched_disrupted;
__typeof__(vmclock_publish_restored) watched_restored;
#define vmclock_encode watched_encode
#define vmclock_publish_init watched_init
#define vmclock_publish_begin watched_begin
#define vmclock_publish_commit watched_commit
#define vmclock_publish_set watched_set
#define vmclock_publish_add watched_add
#define vmclock_publish_or watched_or
#define vmclock_publish_guarded watched_guarded
#define vmclock_publish_clock watched_clock
#define vmclock_publish_replace watched_replace
#define vmclock_publish_disrupted watched_disrupted
#define vmclock_publish_restored watched_restored
#include "../src/publish.c"

FUZZ_NOT_COVERED

enum { STRUCTURE = 112, MINIMUM = 32, AT_SEQ = 12, AT_MARKER = 16, AT_FLAGS = 24, AT_STATUS = 34, AT_GENERATION = 104 };

enum what { INIT, CLOCK, REPLACE, DISRUPTED, RESTORED, GUARDED, EMPTY_UPDATE, SET_FIELD, ADD_FIELD, OR_FIELD, WHATS };

static struct {
    uint8_t *page; /* live: ends where its block ends */
    size_t len;
    uint8_t before[STRUCTURE], after[STRUCTURE]; /* what this writer finds, and what he has to leave */
    unsigned stores_to_live;                     /* 0: he lives */
    enum what what;
    bool torn; /* a writer has died in mid-update, and nobody has vouched for the clock data since */
} run;
static jmp_buf death;

/* ---- What has to come out ---- */

static uint32_t seq_of(const uint8_t *bytes)
{
    return (uint32_t)bytes[AT_SEQ] + ((uint32_t)bytes[AT_SEQ + 1] << 8) + ((uint32_t)bytes[AT_SEQ + 2] << 16) +
           ((uint32_t)bytes[AT_SEQ + 3] << 24);
}

static void add_at(uint8_t *bytes, unsigned at, unsigned width, uint64_t addend)
{
    unsigned carry = 0;

    for (unsigned i = 0; i < width; i++) {
        carry += bytes[at + i] + (unsigned)(addend >> (8 * i) & 0xff);
        bytes[at + i] = (uint8_t)carry;
        carry >>= 8;
    }
}

/*
 * No two writers' values have a byte in common, as long as there are fewer than 256; half of the statuses are good
 * ones.
 */
static void make_image(uint8_t *image, unsigned made_of, size_t len)
{
    for (unsigned at = 0; at < STRUCTURE; at++)
        image[at] = (uint8_t)(made_of + 37 * at);
    memcpy(image, "VCLK", 4);
    memset(image + 4, 0, 4);
    image[4] = (uint8_t)(made_of % 4 == 0 && len > MINIMUM ? MINIMUM + made_of % (len - MINIMUM) : len);
    image[8] = 1;
    image[9] = 0;
    image[AT_STATUS] = made_of % 2 != 0 ? (uint8_t)(2 + made_of / 2 % 2) : (uint8_t)made_of;
}

static void store_range(const uint8_t *image, size_t from, size_t to)
{
    for (size_t at = from; at < to && at < run.len; at++)
        run.after[at] = image[at];
}

/* Bits 0 and 3 to 7 of flags. */
static void expect_clock(const uint8_t *image)
{
    run.after[AT_FLAGS] = (uint8_t)((run.before[AT_FLAGS] & 0x06) | (image[AT_FLAGS] & 0xf9));
    store_range(image, AT_STATUS, AT_GENERATION);
}

static void expect_field(const uint8_t *image, const struct vmclock_field_row *row)
{
    for (unsigned i = 0; i < row->width; i++) {
        if (run.what == SET_FIELD)
            run.after[row->offset + i] = image[row->offset + i];
        if (run.what == OR_FIELD)
            run.after[row->offset + i] |= image[row->offset + i];
    }
    for (unsigned i = 0; i < row->width && run.what == ADD_FIELD; i++)
        add_at(run.after, row->offset + i, row->width - i, image[row->offset + i]);
}

static void expect(const uint8_t *image, const struct vmclock_field_row *row)
{
    const bool odd = seq_of(run.before) % 2 != 0;
    const bool whole = run.what == INIT || run.what == CLOCK || run.what == REPLACE;

    memcpy(run.after, run.before, run.len);
    add_at(run.after, AT_SEQ, 4, odd ? 1 : 2);
    if (odd && !whole && run.len > AT_STATUS)
        run.after[AT_STATUS] = 0;
    if (run.what == INIT) {
        store_range(image, 0, AT_SEQ);
        store_range(image, AT_MARKER, image[4]);
    } else if (run.what == CLOCK) {
        expect_clock(image);
    } else if (run.what == REPLACE || run.what == GUARDED) {
        store_range(image, AT_MARKER, STRUCTURE);
    } else if (run.what == DISRUPTED || run.what == RESTORED) {
        add_at(run.after, AT_MARKER, 8, 1);
        if (run.what == RESTORED && run.len == STRUCTURE) {
            add_at(run.after, AT_GENERATION, 8, 1);
            run.after[AT_FLAGS + 1] |= 1;
        }
    } else if (row != NULL) {
        expect_field(image, row);
    }
}

/* ---- The reader ---- */

static bool same_state(const struct vmclock_snapshot *snapshot, const uint8_t *state)
{
    return memcmp(snapshot->words, state, run.len) == 0;
}

/* He sees what was there before this writer or what there is after him, and of a dead one's half nothing. */
static void read_page(bool done)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_view view;
    struct vmclock_clock clock;

    if (vmclock_snapshot_take(run.page, run.len, 1, &snapshot, NULL) != VMCLOCK_OK)
        return;
    FUZZ_CHECK(same_state(&snapshot, run.after) || (!done && same_state(&snapshot, run.before)));
    view = vmclock_snapshot_view(&snapshot);
    if (run.torn && done)
        FUZZ_CHECK(vmclock_clock_open(&view, VMCLOCK_ANY_COUNTER, 0, &clock, NULL) != VMCLOCK_OK);
}

static void watch(enum watched_access access, const volatile void *at, unsigned width)
{
    size_t offset;

    if (access == ACQUIRES || access == RELEASES)
        return;
    offset = (size_t)((const volatile uint8_t *)at - (const volatile uint8_t *)run.page);
    FUZZ_CHECK(offset % width == 0 && offset <= run.len && width <= run.len - offset);
    if (access != STORED)
        return;
    read_page(false);
    if (run.stores_to_live > 0 && --run.stores_to_live == 0)
        longjmp(death, 1);
}

/* ---- The writers ---- */

static enum vmclock_err write_part(const struct vmclock_page *values, enum vmclock_field field, uint64_t value)
{
    switch (run.what) {
    case GUARDED:
        return watched_guarded(run.page, run.len, values, NULL);
    case SET_FIELD:
        return watched_set(run.page, run.len, field, value, NULL);
    case ADD_FIELD:
        return watched_add(run.page, run.len, field, value, NULL);
    case OR_FIELD:
        return watched_or(run.page, run.len, field, value, NULL);
    default:
        return VMCLOCK_OK;
    }
}

/* A field that the region has no room for is refused, and changes nothing. */
static void write_page(const struct vmclock_page *values, enum vmclock_field field, uint64_t value, bool has_field)
{
    enum vmclock_err kind;

    if (run.what == INIT)
        kind = watched_init(run.page, run.len, values, NULL);
    else if (run.what == CLOCK)
        kind = watched_clock(run.page, run.len, values, NULL);
    else if (run.what == REPLACE)
        kind = watched_replace(run.page, run.len, values, NULL);
    else if (run.what == DISRUPTED)
        kind = watched_disrupted(run.page, run.len, NULL);
    else if (run.what == RESTORED)
        kind = watched_restored(run.page, run.len, NULL);
    else {
        kind = watched_begin(run.page, run.len, NULL);
        FUZZ_CHECK((write_part(values, field, value) == VMCLOCK_OK) == (has_field || run.what < SET_FIELD));
        kind |= watched_commit(run.page, run.len, NULL);
    }
    FUZZ_CHECK(kind == VMCLOCK_OK);
}

/* After him: all as it has to be, or a byte by byte mix of before and after that nobody takes. */
static void check_page(bool died)
{
    const bool ended = !died || seq_of(run.page) % 2 == 0;

    for (size_t at = 0; at < run.len; at++) {
        const bool is_seq = at >= AT_SEQ && at < AT_SEQ + 4, is_magic = at < 4;

        if (!died || (ended && !(run.what == INIT && is_magic)))
            FUZZ_CHECK(run.page[at] == run.after[at]);
        else if (!is_seq && !(run.what == INIT && is_magic) && at != AT_STATUS)
            FUZZ_CHECK(run.page[at] == run.before[at] || run.page[at] == run.after[at] ||
                       run.what == ADD_FIELD || run.what == DISRUPTED || run.what == RESTORED);
    }
}

/* Who says so is the writer of clock_status: by the whole of the data, or by itself. */
static bool vouches(const struct vmclock_field_row *row)
{
    return run.what == INIT || run.what == CLOCK || run.what == REPLACE || run.what == GUARDED ||
           (run.what >= SET_FIELD && row != NULL && row->offset == AT_STATUS);
}

/* An image of the values: the fields that lie wholly within it, and nothing behind them. */
static void check_image(const struct vmclock_page *values, const uint8_t *image, size_t len)
{
    uint8_t encoded[STRUCTURE + 1];
    size_t covered = 0;

    for (unsigned field = 1; field <= 23; field++) {
        const struct vmclock_field_row *row = vmclock_field_info((enum vmclock_field)field);

        if (row->offset + row->width <= len)
            covered = row->offset + row->width;
    }
    memset(encoded, 0x5a, sizeof encoded);
    watched_encode(values, encoded, len);
    FUZZ_CHECK(memcmp(encoded, image, covered) == 0);
    for (size_t at = covered; at < sizeof encoded; at++)
        FUZZ_CHECK(encoded[at] == 0x5a);
}

static void live(const uint8_t *script)
{
    const enum vmclock_field field = (enum vmclock_field)(1 + script[0] / WHATS % 23);
    const struct vmclock_field_row *row = vmclock_field_info(field);
    uint8_t image[STRUCTURE];
    struct vmclock_page values;
    struct vmclock_view view;
    uint64_t value = 0;
    bool died;

    run.what = (enum what)(script[0] % WHATS);
    run.stores_to_live = script[1];
    make_image(image, script[2], run.len);
    view = (struct vmclock_view){image, sizeof image};
    vmclock_decode(&view, &values);
    check_image(&values, image, script[1] % (STRUCTURE + 1U));
    (void)vmclock_get_raw(&view, field, &value);
    if (row->offset + row->width > run.len || field == VMCLOCK_FIELD_SEQ_COUNT)
        row = NULL;
    memcpy(run.before, run.page, run.len);
    expect(image, row);
    died = setjmp(death) != 0;
    if (!died)
        write_page(&values, field, value, row != NULL);
    run.stores_to_live = 0;
    if (seq_of(run.page) % 2 != 0)
        run.torn = true;
    else if (vouches(row))
        run.torn = false;
    check_page(died);
    read_page(true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t image[STRUCTURE] = {0};
    struct fuzz_copy page;

    if (size == 0)
        return 0;
    memset(&run, 0, sizeof run);
    run.len = MINIMUM + data[0] % (STRUCTURE - MINIMUM + 1U);
    make_image(image, data[0], run.len);
    image[4] = (uint8_t)run.len;
    image[AT_SEQ] &= 0xfe;
    page = fuzz_copy_make(image, run.len, 0);
    run.page = page.bytes;
    for (size_t at = 1; size - at >= 3; at += 3)
        live(data + at);
    fuzz_copy_free(&page);
    return 0;
}

FUZZ_COVERED
