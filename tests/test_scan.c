/* SPDX-License-Identifier: BSD-2-Clause */
/* The search for pages: held to a naive one at every step, place and cut. */
#include "suite.h"

#include "vmclock.h"
#include "pages.h"

enum { HITS = 64, SPARE = 0x5a };

struct hits {
    unsigned count;
    struct vmclock_scan_hit hit[HITS];
};

/* A header of 16 bytes, and no more. */
static void put_header(uint8_t *at, uint32_t size, unsigned version)
{
    put_le(at, 4, 0x4b4c4356);
    put_le(at + 4, 4, size);
    put_le(at + 8, 2, version);
    at[10] = 0xff;
    at[11] = 0;
    put_le(at + 12, 4, 2);
}

static uint32_t get_le(const uint8_t *at, unsigned width)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < width; i++)
        value |= (uint32_t)at[i] << (8 * i);
    return value;
}

static struct vmclock_shm_header header_at(const uint8_t *at)
{
    return (struct vmclock_shm_header){.magic = get_le(at, 4),
                                       .size = get_le(at + 4, 4),
                                       .version = (uint16_t)get_le(at + 8, 2),
                                       .counter_id = at[10],
                                       .time_type = at[11],
                                       .seq_count = get_le(at + 12, 4)};
}

/* What should be found, by looking at each offset. */
static void search_naively(const uint8_t *bytes, size_t len, uint64_t position, uint64_t step, unsigned flags,
                           struct hits *out)
{
    out->count = 0;
    for (size_t at = 0; at + 4 <= len; at++) {
        struct vmclock_scan_hit hit;
        const size_t left = len - at < 1048576 ? len - at : 1048576;

        memset(&hit, 0, sizeof hit);
        if ((position + at) % step != 0 || memcmp(bytes + at, "VCLK", 4) != 0)
            continue;
        hit.offset = position + at;
        hit.bytes = (uint32_t)left;
        hit.has_header = left >= 16;
        if (hit.has_header)
            hit.header = header_at(bytes + at);
        if (vmclock_parse(bytes + at, left, 0, NULL, &hit.error) != VMCLOCK_OK && (flags & 1) == 0)
            continue;
        if (out->count < HITS)
            out->hit[out->count++] = hit;
    }
}

/* The search in chunks of `cut` bytes each, each of them a block of its own. */
static void search(const uint8_t *bytes, size_t len, uint64_t position, uint64_t step, unsigned flags, size_t cut,
                   struct hits *out)
{
    struct vmclock_scan scan;
    size_t done = 0;

    out->count = 0;
    vmclock_scan_begin(&scan, position, step, flags);
    do {
        const size_t n = len - done < cut ? len - done : cut;
        uint8_t *chunk = exact_copy(bytes + done, n);

        done += n;
        while (out->count < HITS && vmclock_scan_next(&scan, chunk, n, len - done, &out->hit[out->count]))
            out->count++;
        free(chunk);
    } while (done < len);
}

static bool same_error(const struct vmclock_error *a, const struct vmclock_error *b)
{
    return a->kind == b->kind && a->reason == b->reason && a->field == b->field && a->offset == b->offset &&
           a->expected == b->expected && a->actual == b->actual;
}

static bool same_hits(const struct hits *a, const struct hits *b)
{
    for (unsigned i = 0; i < a->count && i < b->count; i++) {
        const struct vmclock_scan_hit *x = &a->hit[i], *y = &b->hit[i];

        if (x->offset != y->offset || x->bytes != y->bytes || x->has_header != y->has_header ||
            memcmp(&x->header, &y->header, sizeof x->header) != 0 || !same_error(&x->error, &y->error))
            return false;
    }
    return a->count == b->count;
}

/* Both searches, the second one in one piece and cut. */
static void agree(const char *row, const uint8_t *bytes, size_t len, uint64_t position, uint64_t step, unsigned flags)
{
    static const size_t cuts[] = {SIZE_MAX, 1, 7, 15, 16, 17, 31, 1024, 1027};
    struct hits expected, found;

    search_naively(bytes, len, position, step, flags, &expected);
    for (unsigned i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        search(bytes, len, position, step, flags, cuts[i], &found);
        HOLDS_IN(row, same_hits(&expected, &found));
    }
}

static void a_page_is_found_at_every_offset_that_is_a_multiple_of_the_step(void)
{
    static uint8_t bytes[3 * 1024 + 100];
    struct hits found;
    char row[64];

    for (uint64_t step = 1; step <= 18; step++)
        for (size_t at = 0; at + 32 <= sizeof bytes; at += at < 40 || at > 3000 ? 1 : 61) {
            memset(bytes, 0, sizeof bytes);
            put_header(bytes + at, 32, 1);
            (void)snprintf(row, sizeof row, "step %u, offset %u", (unsigned)step, (unsigned)at);
            search(bytes, sizeof bytes, 0, step, 0, SIZE_MAX, &found);
            EQ_IN(row, found.count, at % step == 0);
            if (found.count == 1)
                EQ_IN(row, found.hit[0].offset, at);
            agree(row, bytes, sizeof bytes, 0, step, 0);
        }
}

/* Headers that are valid, or wrong in all ways, thickly, among bytes of the magic. */
static void fill_with_candidates(uint8_t *bytes, size_t len, unsigned seed)
{
    static const struct {
        uint32_t size, version;
    } headers[] = {{32, 1}, {31, 1}, {4096, 1}, {15, 1}, {0, 0}, {64, 2}, {100, 1}, {UINT32_MAX, 1}};
    uint32_t state = seed;

    for (size_t at = 0; at < len; at++) {
        state = state * 1664525 + 1013904223;
        bytes[at] = (uint8_t) "VCLK"[state >> 30];
    }
    for (size_t at = seed; at + 16 <= len; at += 16 + (state >> 28)) {
        state = state * 1664525 + 1013904223;
        put_header(bytes + at, headers[state >> 29].size, headers[state >> 29].version);
        if ((state >> 24) % 4 == 0)
            bytes[at + 1] = 'c';
    }
}

static void hits_are_those_of_a_naive_search_however_it_is_cut(void)
{
    static uint8_t bytes[2200];
    char row[64];

    for (unsigned seed = 1; seed <= 12; seed++) {
        fill_with_candidates(bytes, sizeof bytes, seed);
        for (uint64_t step = 1; step <= 17; step++)
            for (unsigned flags = 0; flags <= 1; flags++) {
                const size_t len = sizeof bytes - 50 * seed - (size_t)step;

                (void)snprintf(row, sizeof row, "seed %u, step %u, flags %u", seed, (unsigned)step, flags);
                agree(row, bytes, len, 0, step, flags);
                agree(row, bytes, len, 4096 - step + seed, step, flags);
            }
        agree("step 4096", bytes, sizeof bytes, 0, 4096, 1);
        agree("largest step", bytes, sizeof bytes, 0, UINT64_MAX, 1);
    }
}

static void every_cut_through_a_page_gives_the_same(void)
{
    uint8_t bytes[128];
    struct hits found;

    for (size_t size = 32; size <= 64; size += 32) {
        memset(bytes, SPARE, sizeof bytes);
        put_header(bytes + 64, (uint32_t)size, 1);
        for (size_t cut = 1; cut <= 128; cut++) {
            search(bytes, 64 + size, 0, 64, 0, cut, &found);
            EQ(found.count, 1);
            EQ(found.hit[0].offset, 64);
            EQ(found.hit[0].bytes, size);
            EQ(found.hit[0].header.size, size);
            search(bytes, 64 + size - 1, 0, 64, 0, cut, &found);
            EQ(found.count, 0);
        }
    }
}

static void size_is_judged_against_what_is_left(void)
{
    static uint8_t bytes[8192];
    struct hits found;

    put_header(bytes + 4096, 4096, 1);
    search(bytes, 8192, 0, 4096, 0, SIZE_MAX, &found);
    EQ(found.count, 1);
    EQ(found.hit[0].bytes, 4096);
    search(bytes, 8191, 0, 4096, 0, SIZE_MAX, &found);
    EQ(found.count, 0);
    search(bytes, 8191, 0, 4096, VMCLOCK_SCAN_ALL, SIZE_MAX, &found);
    EQ(found.count, 1);
    EQ(found.hit[0].bytes, 4095);
    EQ(found.hit[0].error.reason, VMCLOCK_REASON_SIZE_EXCEEDS_REGION);
    EQ(found.hit[0].error.expected, 4095);
    EQ(found.hit[0].error.actual, 4096);
}

static void a_region_counts_as_1_mib_at_most(void)
{
    static const struct {
        uint64_t following;
        uint32_t size, bytes;
        bool valid;
    } rows[] = {
        {0, 16, 16, false},
        {16, 32, 32, true},
        {1048576 - 17, 1048575, 1048575, true},
        {1048576 - 17, 1048576, 1048575, false},
        {1048576 - 16, 1048576, 1048576, true},
        {1048576, 1048576, 1048576, true},
        {1048576, 1048577, 1048576, false},
        {UINT64_MAX, 1048576, 1048576, true},
        {UINT64_MAX, 1048577, 1048576, false},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vmclock_scan scan;
        struct vmclock_scan_hit hit;
        uint8_t bytes[16];

        put_header(bytes, rows[i].size, 1);
        vmclock_scan_begin(&scan, 0, 4096, VMCLOCK_SCAN_ALL);
        HOLDS(vmclock_scan_next(&scan, bytes, 16, rows[i].following, &hit));
        EQ(hit.bytes, rows[i].bytes);
        EQ(hit.error.kind == VMCLOCK_OK, rows[i].valid);
        vmclock_scan_begin(&scan, 0, 4096, 0);
        EQ(vmclock_scan_next(&scan, bytes, 16, rows[i].following, &hit), rows[i].valid);
        EQ(hit.bytes, rows[i].valid ? rows[i].bytes : 0);
    }
}

static void a_magic_at_the_end_is_told_when_all_are_asked_for(void)
{
    uint8_t bytes[16];
    struct hits found;

    put_header(bytes, 4096, 1);
    for (size_t len = 0; len <= 16; len++)
        for (size_t cut = 1; cut <= 16; cut++) {
            search(bytes, len, 0, 1, VMCLOCK_SCAN_ALL, cut, &found);
            EQ(found.count, len >= 4);
            if (len < 4)
                continue;
            EQ(found.hit[0].error.reason,
               len < 16 ? VMCLOCK_REASON_TRUNCATED : VMCLOCK_REASON_SIZE_EXCEEDS_REGION);
            EQ(found.hit[0].has_header, len == 16);
            EQ(found.hit[0].header.size, len == 16 ? 4096 : 0);
            search(bytes, len, 0, 1, 0, cut, &found);
            EQ(found.count, 0);
        }
}

static void a_magic_of_the_other_byte_order_is_none(void)
{
    uint8_t bytes[32] = {'K', 'L', 'C', 'V', 32, 0, 0, 0, 1};
    struct hits found;

    search(bytes, 32, 0, 1, VMCLOCK_SCAN_ALL, SIZE_MAX, &found);
    EQ(found.count, 0);
}

static void offsets_count_from_the_first_position(void)
{
    static uint8_t bytes[8192];
    struct hits found;

    put_header(bytes + 96, 32, 1);
    search(bytes, sizeof bytes, 4000, 4096, 0, SIZE_MAX, &found);
    EQ(found.count, 1);
    EQ(found.hit[0].offset, 4096);
    search(bytes, sizeof bytes, 4001, 4096, 0, SIZE_MAX, &found);
    EQ(found.count, 0);
}

static void nothing_is_found_where_offsets_end(void)
{
    struct vmclock_scan scan;
    struct vmclock_scan_hit hit;
    uint8_t bytes[64] = {0};

    put_header(bytes, 32, 1);
    put_header(bytes + 32, 32, 1);
    /* The last page that lies below 2^64 - 1 as a whole, and one that does not. */
    vmclock_scan_begin(&scan, UINT64_MAX - 32, 1, 0);
    HOLDS(vmclock_scan_next(&scan, bytes, sizeof bytes, 0, &hit));
    EQ(hit.offset, UINT64_MAX - 32);
    EQ(hit.bytes, 32);
    HOLDS(!vmclock_scan_next(&scan, bytes, sizeof bytes, 0, &hit));
    HOLDS(!vmclock_scan_next(&scan, bytes, sizeof bytes, 0, &hit));
    vmclock_scan_begin(&scan, UINT64_MAX - 31, 1, 0);
    HOLDS(!vmclock_scan_next(&scan, bytes, sizeof bytes, 0, &hit));
    vmclock_scan_begin(&scan, UINT64_MAX - 2, 4096, 0);
    HOLDS(!vmclock_scan_next(&scan, bytes, sizeof bytes, 0, &hit));
    vmclock_scan_begin(&scan, UINT64_MAX, 1, VMCLOCK_SCAN_ALL);
    HOLDS(!vmclock_scan_next(&scan, bytes, sizeof bytes, 0, &hit));
    vmclock_scan_begin(&scan, 0, UINT64_MAX, 0);
    HOLDS(vmclock_scan_next(&scan, bytes, sizeof bytes, 0, &hit));
    HOLDS(!vmclock_scan_next(&scan, bytes, sizeof bytes, 0, &hit));
}

static void every_argument_has_a_result(void)
{
    static const struct vmclock_scan_hit none;
    struct vmclock_scan scan = {0};
    struct vmclock_scan_hit hit;
    uint8_t bytes[32];

    put_header(bytes, 32, 1);
    memset(bytes + 16, 0, 16);
    vmclock_scan_begin(NULL, 0, 1, 0);
    memset(&hit, 0xff, sizeof hit);
    HOLDS(!vmclock_scan_next(NULL, bytes, sizeof bytes, 0, &hit));
    EQ(memcmp(&hit, &none, sizeof hit), 0);
    HOLDS(!vmclock_scan_next(&scan, bytes, sizeof bytes, 0, &hit)); /* all zeros */
    vmclock_scan_begin(&scan, 0, 0, 0); /* a step of 0 counts as 1 */
    HOLDS(!vmclock_scan_next(&scan, NULL, sizeof bytes, 32, &hit));
    HOLDS(!vmclock_scan_next(&scan, "", 1, 32, &hit));
    HOLDS(vmclock_scan_next(&scan, bytes, sizeof bytes, 0, NULL));
    HOLDS(!vmclock_scan_next(&scan, bytes, sizeof bytes, 0, NULL));
    vmclock_scan_begin(&scan, 1, 1, 0);
    HOLDS(vmclock_scan_next(&scan, bytes, sizeof bytes, 0, &hit));
    EQ(hit.offset, 1);
    vmclock_scan_begin(&scan, 0, 1, ~1U); /* bits that are no flag */
    put_le(bytes + 4, 4, 33);
    HOLDS(!vmclock_scan_next(&scan, bytes, sizeof bytes, 0, &hit));
    EQ(memcmp(&hit, &none, sizeof hit), 0);
}

SUITE(scan) = {
    {"a page is found at every offset that is a multiple of the step",
     a_page_is_found_at_every_offset_that_is_a_multiple_of_the_step},
    {"hits are those of a naive search, however it is cut", hits_are_those_of_a_naive_search_however_it_is_cut},
    {"every cut through a page gives the same", every_cut_through_a_page_gives_the_same},
    {"size is judged against what is left", size_is_judged_against_what_is_left},
    {"a region counts as 1 MiB at most", a_region_counts_as_1_mib_at_most},
    {"a magic at the end is told when all are asked for", a_magic_at_the_end_is_told_when_all_are_asked_for},
    {"a magic of the other byte order is none", a_magic_of_the_other_byte_order_is_none},
    {"offsets count from the first position", offsets_count_from_the_first_position},
    {"nothing is found where offsets end", nothing_is_found_where_offsets_end},
    {"every argument has a result", every_argument_has_a_result},
    CU_TEST_INFO_NULL,
};
