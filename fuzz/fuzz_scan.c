/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as an image, at any step and cut anywhere: the hits are those of a naive search that the second check-list
 * judges, and a page that is planted is among them.
 */
#include "fuzz_check.h"
#include "oracle.h"

FUZZ_NOT_COVERED

enum { PAGE_BYTES = 112, PIECES = 12 };

/* One search, and what is expected of it. */
struct search {
    const uint8_t *bytes;
    size_t size;
    uint64_t position, step, following; /* following: what lies behind all of it */
    unsigned flags;
    size_t at; /* the next offset of the naive search */
};

/* The next hit by looking at each offset. */
static bool next_naively(struct search *search, struct vmclock_scan_hit *hit, bool *is_valid)
{
    for (; search->at + 4 <= search->size; search->at++) {
        const uint8_t *const p = search->bytes + search->at;
        const size_t there = search->size - search->at;
        const uint64_t left = search->following > UINT64_MAX - there ? UINT64_MAX : there + search->following;
        const uint32_t region = left < 1048576 ? (uint32_t)left : 1048576;
        struct oracle_page page;

        /* A header that is cut by the end of what was handed in, while more follows, is not looked at. */
        if (p[0] != 'V' || memcmp(p, "VCLK", 4) != 0 || (search->position + search->at) % search->step != 0 ||
            (there < 16 && search->following != 0))
            continue;
        oracle_parse(p, there < region ? there : region, false, false, &page);
        *hit = (struct vmclock_scan_hit){search->position + search->at, region, there >= 16, page.header, page.error};
        /* The oracle knows of the bytes that are there, the search of those behind them too. */
        if (page.error.reason == VMCLOCK_REASON_SIZE_EXCEEDS_REGION) {
            hit->error.expected = region;
            if (page.header.size <= region)
                hit->error = (struct vmclock_error){0};
        }
        *is_valid = hit->error.kind == VMCLOCK_OK;
        search->at++;
        if (*is_valid || (search->flags & VMCLOCK_SCAN_ALL) != 0)
            return true;
        search->at--;
    }
    return false;
}

static void check_hit(const struct vmclock_scan_hit *found, const struct vmclock_scan_hit *expected)
{
    FUZZ_CHECK(found->offset == expected->offset);
    FUZZ_CHECK(found->bytes == expected->bytes);
    FUZZ_CHECK(found->has_header == expected->has_header);
    FUZZ_CHECK(memcmp(&found->header, &expected->header, sizeof found->header) == 0);
    FUZZ_CHECK(found->error.kind == expected->error.kind && found->error.reason == expected->error.reason);
    FUZZ_CHECK(found->error.field == expected->error.field && found->error.offset == expected->error.offset);
    FUZZ_CHECK(found->error.expected == expected->error.expected && found->error.actual == expected->error.actual);
}

/* Searches in chunks, each a block of its own; true when there was a valid page at `planted`. */
static bool check_search(struct search *search, struct fuzz_choice *choice, uint64_t planted)
{
    struct vmclock_scan_hit found, expected;
    bool is_valid, has_planted = false;
    struct vmclock_scan scan;
    size_t done = 0;
    unsigned pieces = fuzz_pick(choice, PIECES);
    const uint32_t longest = fuzz_pick(choice, 2) == 0 ? 40 : 1200;

    vmclock_scan_begin(&scan, search->position, search->step, search->flags);
    do {
        const size_t left = search->size - done, want = pieces == 0 ? left : fuzz_pick(choice, longest);
        const size_t n = want < left ? want : left;
        struct fuzz_copy chunk = fuzz_copy_make(search->bytes + done, n, fuzz_pick(choice, 8));

        done += n;
        pieces -= pieces != 0;
        while (vmclock_scan_next(&scan, chunk.bytes, n, search->size - done + search->following, &found)) {
            FUZZ_CHECK(next_naively(search, &expected, &is_valid));
            check_hit(&found, &expected);
            has_planted = has_planted || (is_valid && found.offset == planted);
        }
        FUZZ_CHECK(found.offset == 0 && found.bytes == 0 && !found.has_header && found.error.kind == VMCLOCK_OK);
        fuzz_copy_free(&chunk);
    } while (done < search->size);
    FUZZ_CHECK(!next_naively(search, &expected, &is_valid));
    return has_planted;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t steps[] = {1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 17, 64, 4096};
    static const uint8_t page[PAGE_BYTES] = {'V', 'C', 'L', 'K', PAGE_BYTES, 0, 0, 0, 1, 0, 0xff, 0, 2, 0, 0, 0, 1};
    struct fuzz_choice choice = fuzz_choose_by(data, size);
    struct search search = {.size = size, .step = steps[fuzz_pick(&choice, sizeof steps / sizeof *steps)]};
    struct fuzz_copy image = fuzz_copy_make(data, size, 0);
    uint64_t planted = UINT64_MAX;

    search.position = fuzz_pick(&choice, 2) == 0 ? 0 : fuzz_pick(&choice, 5000);
    search.following = fuzz_pick(&choice, 4) == 0 ? fuzz_next(&choice) >> fuzz_pick(&choice, 64) : 0;
    if (search.following > UINT64_MAX - size)
        search.following = UINT64_MAX - size;
    search.flags = fuzz_pick(&choice, 2);
    if (size >= PAGE_BYTES && fuzz_pick(&choice, 2) == 0) {
        const size_t at = fuzz_pick(&choice, (uint32_t)(size - PAGE_BYTES) + 1);
        const uint64_t past = (search.position + at) % search.step;

        if (past <= at) {
            memcpy(image.bytes + at - past, page, sizeof page);
            planted = search.position + at - past;
        }
    }
    search.bytes = image.bytes;
    FUZZ_CHECK(check_search(&search, &choice, planted) || planted == UINT64_MAX);
    fuzz_copy_free(&image);
    return 0;
}

FUZZ_COVERED
