/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two states of a page, and what a writer should not have done between them, against a second opinion in wide integers.
 * The input is BEFORE in its first 112 bytes, so that a real page is a seed, and AFTER in the others; where there are
 * too few of them, AFTER is BEFORE with a few fields changed. Then pages on both sides of every bound that is about
 * time, and pages that are published in any order.
 */
#include "fuzz_check.h"
#include "mutator.h"
#include "oracle_diff.h"

FUZZ_NOT_COVERED

enum { STRUCTURE = 112, LEAST = 32, IDS = 11 };

/* Two pages, each in a block that ends where it ends. */
struct two {
    const uint8_t *bytes[2];
    size_t len[2];
    bool allow_truncated;
    struct oracle_page page[2];
    struct vmclock_view view[2];
    bool valid;
};

static void look_at(struct two *two)
{
    two->valid = true;
    for (unsigned i = 0; i < 2; i++) {
        const enum vmclock_err kind = vmclock_parse(two->bytes[i], two->len[i],
                                                    two->allow_truncated ? VMCLOCK_ALLOW_TRUNCATED : 0, &two->view[i],
                                                    NULL);

        oracle_parse(two->bytes[i], two->len[i], two->allow_truncated, false, &two->page[i]);
        FUZZ_CHECK((kind == VMCLOCK_OK) == (two->page[i].error.kind == VMCLOCK_OK));
        two->valid = two->valid && kind == VMCLOCK_OK;
    }
}

static void check_text(const struct vmclock_transition *transition)
{
    const char *const name = oracle_row((unsigned)transition->field)->name;
    char whole[256], cut[256];
    const size_t len = vmclock_transition_format(transition, whole, sizeof whole);
    const size_t cap = (size_t)(transition->after % (len + 1));

    FUZZ_CHECK(len < sizeof whole && strlen(whole) == len && strncmp(whole, name, strlen(name)) == 0);
    memset(cut, 0x5a, sizeof cut);
    FUZZ_CHECK(vmclock_transition_format(transition, cut, cap) == len);
    FUZZ_CHECK(cap == 0 || (memcmp(cut, whole, cap - 1) == 0 && cut[cap - 1] == '\0'));
    FUZZ_CHECK(cut[cap] == 0x5a);
}

/* The set of ids from one page to the other; they are the second opinion's, in order, with all that is told. */
static unsigned check_direction(const struct two *two, unsigned from)
{
    const struct oracle_page *const before = &two->page[from], *const after = &two->page[1 - from];
    struct oracle_transition expected[ORACLE_TRANSITIONS];
    const unsigned count = oracle_transitions(before, after, expected);
    struct vmclock_transition found;
    unsigned cursor = 0, set = 0;

    for (unsigned i = 0; i < count; i++) {
        memset(&found, 0xa5, sizeof found);
        FUZZ_CHECK(vmclock_transitions_next(&two->view[from], &two->view[1 - from], &cursor, &found));
        FUZZ_CHECK((unsigned)found.id == expected[i].id && (unsigned)found.field == expected[i].field);
        FUZZ_CHECK(strcmp(vmclock_transition_name(found.id), oracle_transition_names[expected[i].id]) == 0);
        FUZZ_CHECK(found.severity == oracle_transition_severities[expected[i].id]);
        FUZZ_CHECK(found.offset == oracle_row(expected[i].field)->offset);
        FUZZ_CHECK(found.before == expected[i].before && found.after == expected[i].after);
        FUZZ_CHECK(found.nanosec == expected[i].nanosec && (found.nanosec != 0) == (found.id >= 9));
        if (from == 0 && i == found.after % count)
            check_text(&found); /* it takes longer than all else */
        set |= 1U << expected[i].id;
    }
    FUZZ_CHECK(!vmclock_transitions_next(&two->view[from], &two->view[1 - from], &cursor, NULL));
    FUZZ_CHECK(vmclock_views_compare(&two->view[from], &two->view[1 - from]) ==
               oracle_change(two->bytes[from], before, two->bytes[1 - from], after));
    return set;
}

/* What the one way and the other have to have in common. */
static void check_symmetry(const struct two *two, unsigned forth, unsigned back)
{
    const unsigned both_ways = 1U << 0 | 1U << 1 | 1U << 4 | 1U << 7;
    const struct oracle_page *const before = &two->page[0], *const after = &two->page[1];

    FUZZ_CHECK((forth & both_ways) == (back & both_ways));
    FUZZ_CHECK(vmclock_views_compare(&two->view[0], &two->view[1]) ==
               vmclock_views_compare(&two->view[1], &two->view[0]));
    FUZZ_CHECK((((forth | back) >> 3 & 1) != 0) == (before->value[7] != after->value[7]));
    FUZZ_CHECK((forth & back & 1U << 3) == 0);
    if (before->value[6] - after->value[6] != 0x80000000 && after->value[6] - before->value[6] != 0x80000000)
        FUZZ_CHECK((forth & back & 1U << 2) == 0);
    /* Time at one counter value steps back one way at most, and bounds do not overlap whoever is asked first. */
    if (before->value[15] == after->value[15]) {
        FUZZ_CHECK((forth & back & 1U << 9) == 0);
        FUZZ_CHECK((forth & 1U << 10) == (back & 1U << 10));
    }
}

static unsigned check_pages(const uint8_t *before, size_t was, const uint8_t *after, size_t is, bool allow_truncated)
{
    struct two two = {.bytes = {before, after}, .len = {was, is}, .allow_truncated = allow_truncated};
    struct vmclock_transition none;
    unsigned cursor = 0, forth;

    look_at(&two);
    if (!two.valid) {
        FUZZ_CHECK(!vmclock_transitions_next(&two.view[0], &two.view[1], &cursor, &none) && cursor == 0);
        FUZZ_CHECK(vmclock_views_compare(&two.view[0], &two.view[1]) == VMCLOCK_UNSURE);
        return 0;
    }
    forth = check_direction(&two, 0);
    check_symmetry(&two, forth, check_direction(&two, 1));
    FUZZ_CHECK(!vmclock_transitions_next(&two.view[0], &two.view[0], &cursor, &none));
    FUZZ_CHECK(vmclock_views_compare(&two.view[0], &two.view[0]) == VMCLOCK_UNCHANGED);
    return forth;
}

/* ---- Pages that reach more ---- */

static void put(uint8_t *page, unsigned offset, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        page[offset + i] = (uint8_t)(value >> 8 * i);
}

/* A header that is right. */
static void repair(uint8_t *page, size_t len)
{
    put(page, 0, 4, 0x4b4c4356);
    put(page, 4, 4, len);
    put(page, 8, 2, 1);
}

static void edit(uint8_t *page, size_t len, struct fuzz_choice *choice)
{
    const struct oracle_row *const row = oracle_row(1 + fuzz_pick(choice, ORACLE_FIELDS));
    const uint64_t some[] = {0, 1, UINT64_MAX, fuzz_next(choice), fuzz_next(choice) >> fuzz_pick(choice, 64)};
    uint64_t value = 0;

    if (row->offset + row->width > len)
        return;
    for (unsigned i = row->width; i-- > 0;)
        value = value << 8 | page[row->offset + i];
    switch (fuzz_pick(choice, 4)) {
    case 0:
        value = some[fuzz_pick(choice, sizeof some / sizeof *some)];
        break;
    case 1:
        value ^= UINT64_C(1) << fuzz_pick(choice, 8 * row->width);
        break;
    default:
        value += (uint64_t)fuzz_pick(choice, 5) - 2;
        break;
    }
    put(page, row->offset, row->width, value);
}

/* Of one source, with all bounds, and undisturbed: time is judged. */
static void connect(uint8_t before[STRUCTURE], uint8_t after[STRUCTURE])
{
    if (before[0x0a] == 0xff)
        before[0x0a] = 1;
    after[0x0a] = before[0x0a];
    after[0x0b] = before[0x0b];
    before[0x22] = 2 + before[0x22] % 2;
    after[0x22] = 2 + after[0x22] % 2;
    memcpy(after + 0x10, before + 0x10, 8);
    memcpy(after + 0x68, before + 0x68, 8);
    before[0x18] |= 0xd0;
    after[0x18] |= 0xd0;
}

ARITHMETIC

/* A reference time of AFTER near where time stands still, or near where the bounds touch; false: none there. */
static bool pick_time(const struct two *two, struct fuzz_choice *choice, uint64_t *sec, uint64_t *frac)
{
    const uint64_t delta = two->page[1].value[15] - two->page[0].value[15];
    const uint64_t ticks = delta >> 63 != 0 ? 0 - delta : delta;
    const unsigned shift = (unsigned)two->page[0].value[14];
    const struct wide errors = add(wide_of(two->page[0].value[22]), wide_of(two->page[1].value[22]));
    const struct wide drift = shift_right(mul(wide_of(ticks), two->page[0].value[18]), shift);
    const struct wide reach = add(div32(shift_left(errors, 64), 1000000000), drift);
    struct wide time = shift_right(oracle_expected_time(&two->page[0], &two->page[1]), shift);
    const unsigned side = fuzz_pick(choice, 3);

    time = side == 0 ? time : side == 1 ? add(time, reach) : sub(time, reach);
    time = sub(add(time, wide_of(fuzz_pick(choice, 6))), wide_of(2));
    *frac = low64(time);
    *sec = low64(shift_right(time, 64));
    return !is_negative(time) && compare(time, shift_left(wide_of(1), 128)) < 0;
}

ARITHMETIC_END

static void check_times(uint8_t before[STRUCTURE], uint8_t after[STRUCTURE], struct fuzz_choice *choice)
{
    struct two two = {.bytes = {before, after}, .len = {STRUCTURE, STRUCTURE}};
    uint64_t sec, frac;

    connect(before, after);
    for (unsigned i = 0; i < 2; i++) {
        if (i == 1) {
            const unsigned bits = fuzz_pick(choice, 64);

            put(after, 0x28, 8, fuzz_next(choice) >> bits);
            put(after, 0x60, 8, fuzz_next(choice) >> fuzz_pick(choice, 64));
        }
        look_at(&two);
        if (!pick_time(&two, choice, &sec, &frac))
            continue;
        put(after, 0x48, 8, sec);
        put(after, 0x50, 8, frac);
        check_pages(before, STRUCTURE, after, STRUCTURE, false);
    }
}

/* ---- What a writer that uses the library publishes ---- */

enum { ASKED_TIME = 1U << 9 | 1U << 10, ASKED_CLOCK = ASKED_TIME | 1U << 7, ASKED_ALL = ASKED_CLOCK | 1U << 4 };

/* The warnings that storing this field, and nothing else, may bring about. */
static unsigned asked_by(unsigned field)
{
    switch (field) {
    case 1: case 2: case 3: case 4: case 5:
        return 1U << 0;
    case 12: /* tai_offset_sec */
        return 1U << 7;
    case 15: case 19: case 20: /* counter_value, time_sec, time_frac_sec */
        return ASKED_TIME;
    case 23: /* vm_generation_counter */
        return 1U << 4;
    default:
        return 0;
    }
}

/* One update; returns the warnings that were asked for. */
static unsigned publish(uint64_t *page, size_t len, struct fuzz_choice *choice)
{
    const unsigned field = 1 + fuzz_pick(choice, ORACLE_FIELDS);
    const uint64_t value = fuzz_next(choice) >> fuzz_pick(choice, 64);
    struct vmclock_view view = {(const uint8_t *)page, (uint32_t)len};
    struct vmclock_page values;
    unsigned asked = 0;

    vmclock_decode(&view, &values);
    values.counter_value += fuzz_next(choice) >> fuzz_pick(choice, 64);
    values.time_sec += fuzz_pick(choice, 3);
    values.vm_generation_counter += fuzz_pick(choice, 2);
    values.flags ^= UINT64_C(1) << fuzz_pick(choice, 64);
    switch (fuzz_pick(choice, 7)) {
    case 0:
        FUZZ_CHECK(vmclock_publish_disrupted(page, len, NULL) == VMCLOCK_OK);
        break;
    case 1:
        FUZZ_CHECK(vmclock_publish_restored(page, len, NULL) == VMCLOCK_OK);
        break;
    case 2:
        asked = ASKED_CLOCK;
        FUZZ_CHECK(vmclock_publish_clock(page, len, &values, NULL) == VMCLOCK_OK);
        break;
    case 3:
        asked = ASKED_ALL;
        FUZZ_CHECK(vmclock_publish_replace(page, len, &values, NULL) == VMCLOCK_OK);
        break;
    case 4:
        asked = ASKED_ALL | 1U << 0;
        values.time_type ^= (uint8_t)fuzz_pick(choice, 2);
        if (vmclock_publish_init(page, len, &values, NULL) != VMCLOCK_OK)
            asked = 0;
        break;
    default:
        FUZZ_CHECK(vmclock_publish_begin(page, len, NULL) == VMCLOCK_OK);
        if ((fuzz_pick(choice, 2) == 0 ? vmclock_publish_set : vmclock_publish_add)(
                page, len, (enum vmclock_field)field, value, NULL) == VMCLOCK_OK)
            asked = asked_by(field);
        FUZZ_CHECK(vmclock_publish_commit(page, len, NULL) == VMCLOCK_OK);
        break;
    }
    return asked;
}

static void check_published(const uint8_t *first, size_t len, struct fuzz_choice *choice)
{
    uint64_t live[STRUCTURE / 8], before[STRUCTURE / 8];

    memcpy(live, first, len);
    for (unsigned i = 0; i < 2; i++) {
        unsigned asked, set;

        memcpy(before, live, len);
        asked = publish(live, len, choice);
        set = check_pages((const uint8_t *)before, len, (const uint8_t *)live, len, true);
        for (unsigned id = 0; id < IDS; id++)
            FUZZ_CHECK((set >> id & 1) == 0 || oracle_transition_severities[id] == VMCLOCK_NOTICE ||
                       (asked >> id & 1) != 0);
    }
}

/* libFuzzer's entry points; other engines leave them alone and have no LLVMFuzzerMutate() either. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size,
                                 uint8_t *out, size_t max_size, unsigned seed);
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if ((size < 2 * STRUCTURE || seed % 32 == 0) && LLVMFuzzerMutate != NULL)
        return LLVMFuzzerMutate(data, size, max_size);
    return fuzz_mutate_pair(data, size, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size,
                                 uint8_t *out, size_t max_size, unsigned seed)
{
    return fuzz_cross_pair(first, first_size, second, second_size, out, max_size, seed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t was = size < STRUCTURE ? size : STRUCTURE, is = size - was >= LEAST ? size - was : was;
    struct fuzz_choice choice = fuzz_choose_by(data, size);
    struct fuzz_copy before = fuzz_copy_make(data, was, fuzz_pick(&choice, 8));
    struct fuzz_copy after = fuzz_copy_make(size - was >= LEAST ? data + was : data, is, fuzz_pick(&choice, 8));
    const bool derived = size - was < LEAST, cut = fuzz_pick(&choice, 4) == 0;

    for (unsigned edits = derived ? fuzz_pick(&choice, 4) : 0; edits > 0; edits--)
        edit(after.bytes, is, &choice);
    check_pages(before.bytes, was, after.bytes, is, cut);
    /* Then one thing more, with headers that are right, so that few inputs are lost. */
    if (was >= LEAST && is >= LEAST) {
        repair(before.bytes, was);
        repair(after.bytes, is);
        switch (fuzz_pick(&choice, was == STRUCTURE && is >= STRUCTURE ? 3 : 2)) {
        case 0:
            check_pages(before.bytes, was, after.bytes, is, cut);
            break;
        case 1:
            check_published(before.bytes, was, &choice);
            break;
        default:
            repair(after.bytes, STRUCTURE);
            check_times(before.bytes, after.bytes, &choice);
            break;
        }
    }
    fuzz_copy_free(&before);
    fuzz_copy_free(&after);
    return 0;
}

FUZZ_COVERED
