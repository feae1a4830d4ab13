/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a container of guest memory: what is taken for memory lies within the input, is claimed by the container
 * as a second reader understands it, with the same address, and nothing claimed is left out; never is anything past the
 * end asked for, nor more often than there can be segments.
 */
#include "fuzz_check.h"
#include "vmclock_posix.h"

FUZZ_NOT_COVERED

enum { CLAIMS = 200, ROOM = 256 };

struct input {
    const uint8_t *bytes;
    size_t size;
    unsigned reads;
};

static size_t read_input(void *context, uint64_t offset, void *buf, size_t len)
{
    struct input *const input = context;

    FUZZ_CHECK(offset <= input->size && len <= input->size - offset && len <= 64);
    FUZZ_CHECK(++input->reads <= input->size / 32 + 4);
    memcpy(buf, input->bytes + offset, len);
    return len;
}

/* ---- The second reader: all that a container claims, whole ---- */

struct claim {
    uint64_t offset, len, physical;
};

struct claims {
    unsigned count;
    struct claim claim[CLAIMS];
};

static uint64_t get(const uint8_t *p, unsigned width, bool is_big)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < width; i++)
        value += (uint64_t)p[i] << (8 * (is_big ? width - 1 - i : i));
    return value;
}

static void claim(struct claims *claims, uint64_t offset, uint64_t len, uint64_t physical)
{
    if (len != 0 && claims->count < CLAIMS)
        claims->claim[claims->count++] = (struct claim){offset, len, physical};
}

static void claims_of_elf(const uint8_t *p, size_t size, struct claims *claims)
{
    const bool is_wide = p[4] == 2, is_big = p[5] == 2;
    const size_t header = is_wide ? 64 : 52, least = is_wide ? 56 : 32;
    uint64_t table, sections, entry, count;

    if (size < header)
        return;
    table = is_wide ? get(p + 32, 8, is_big) : get(p + 28, 4, is_big);
    sections = is_wide ? get(p + 40, 8, is_big) : get(p + 32, 4, is_big);
    entry = get(p + (is_wide ? 54 : 42), 2, is_big);
    count = get(p + (is_wide ? 56 : 44), 2, is_big);
    if (count == 0xffff && sections != 0) {
        if (sections >= size || size - sections < (is_wide ? 48U : 32U))
            return;
        count = get(p + sections + (is_wide ? 44 : 28), 4, is_big);
    }
    for (; entry >= least && count > 0 && table < size && size - table >= least; count--, table += entry) {
        const uint8_t *const e = p + table;

        if (get(e, 4, is_big) == 1)
            claim(claims, is_wide ? get(e + 8, 8, is_big) : get(e + 4, 4, is_big),
                  is_wide ? get(e + 32, 8, is_big) : get(e + 16, 4, is_big),
                  is_wide ? get(e + 24, 8, is_big) : get(e + 12, 4, is_big));
    }
}

static void claims_of_lime(const uint8_t *p, size_t size, struct claims *claims)
{
    const bool is_big = p[0] == 'L';
    uint64_t at = 0;

    while (size - at >= 32) {
        const uint8_t *const h = p + at;
        const uint64_t first = get(h + 8, 8, is_big), last = get(h + 16, 8, is_big), left = size - at - 32;

        if ((memcmp(h, "EMiL", 4) != 0 && memcmp(h, "LiME", 4) != 0) || get(h + 4, 4, is_big) != 1 || last < first)
            return;
        claim(claims, at + 32, last - first == UINT64_MAX ? UINT64_MAX : last - first + 1, first);
        if (last - first >= left)
            return;
        at += 32 + (last - first + 1);
    }
}

/* ---- What has to hold ---- */

/* Whether a claim has all bytes of a segment, by the same address. */
static bool is_claimed(const struct claims *claims, const struct vmclock_segment *segment)
{
    for (unsigned i = 0; i < claims->count; i++) {
        const struct claim *const c = &claims->claim[i];
        const uint64_t in = segment->offset - c->offset;

        if (segment->offset >= c->offset && in < c->len && segment->len <= c->len - in &&
            (!segment->has_physical || segment->physical == c->physical + in))
            return true;
    }
    return false;
}

static void check_segments(const struct vmclock_image *image, const struct claims *claims, size_t size)
{
    uint64_t end = 0;

    for (size_t i = 0; i < image->count; i++) {
        const struct vmclock_segment *const segment = &image->segments[i];

        FUZZ_CHECK(segment->len > 0 && segment->offset >= end && segment->offset < size);
        FUZZ_CHECK(segment->len <= size - segment->offset);
        FUZZ_CHECK(segment->has_physical ? segment->len <= UINT64_MAX - segment->physical : segment->physical == 0);
        FUZZ_CHECK(is_claimed(claims, segment));
        FUZZ_CHECK(vmclock_image_segment_at(image, segment->offset) == segment);
        FUZZ_CHECK(vmclock_image_segment_at(image, segment->offset + segment->len - 1) == segment);
        FUZZ_CHECK(segment->offset == end || vmclock_image_segment_at(image, end) == NULL);
        end = segment->offset + segment->len;
    }
    FUZZ_CHECK(end == size || vmclock_image_segment_at(image, end) == NULL);
}

/* Nothing is left out, and what is told to be wrong is, and only that. */
static void check_claims(const struct vmclock_image *image, const struct claims *claims, size_t size)
{
    bool is_cut = false;

    for (unsigned i = 0; i < claims->count; i++) {
        const struct claim *const c = &claims->claim[i];
        const uint64_t len = c->offset >= size ? 0 : c->len < size - c->offset ? c->len : size - c->offset;

        is_cut = is_cut || len < c->len;
        FUZZ_CHECK(len == 0 || vmclock_image_segment_at(image, c->offset) != NULL);
        FUZZ_CHECK(len == 0 || vmclock_image_segment_at(image, c->offset + len - 1) != NULL);
    }
    FUZZ_CHECK(is_cut == ((image->faults & VMCLOCK_IMAGE_CUT) != 0));
}

/* A segment alone in its block is searched without a look at what is around it. */
static void search_segments(const struct vmclock_image *image, const uint8_t *bytes)
{
    for (size_t i = 0; i < image->count && i < 4; i++) {
        const struct vmclock_segment *const segment = &image->segments[i];
        struct fuzz_copy copy = fuzz_copy_make(bytes + segment->offset, (size_t)segment->len, 0);
        struct vmclock_scan scan;
        struct vmclock_scan_hit hit;

        vmclock_scan_begin(&scan, 0, 1, 0);
        while (vmclock_scan_next(&scan, copy.bytes, (size_t)segment->len, 0, &hit))
            FUZZ_CHECK(hit.offset < segment->len && hit.header.size <= segment->len - hit.offset);
        fuzz_copy_free(&copy);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct claims claims;
    struct fuzz_choice choice = fuzz_choose_by(data, size);
    struct fuzz_copy copy = fuzz_copy_make(data, size, fuzz_pick(&choice, 8));
    struct input input = {copy.bytes, size, 0};
    const size_t room = fuzz_pick(&choice, 4) == 0 ? fuzz_pick(&choice, 4) : ROOM;
    struct vmclock_segment *const segments = malloc(room * sizeof *segments + 1);
    struct vmclock_image image;

    FUZZ_CHECK(segments != NULL);
    vmclock_image_read_segments(read_input, &input, size, segments, room, &image);
    FUZZ_CHECK(image.format == vmclock_image_identify(copy.bytes, size));
    FUZZ_CHECK(vmclock_image_name(image.format) != NULL && image.count <= room);
    claims.count = 0;
    if (image.format == VMCLOCK_IMAGE_ELF_CORE)
        claims_of_elf(data, size, &claims);
    else if (image.format == VMCLOCK_IMAGE_LIME)
        claims_of_lime(data, size, &claims);
    FUZZ_CHECK(claims.count < CLAIMS);
    check_segments(&image, &claims, size);
    if ((image.faults & VMCLOCK_IMAGE_CROWDED) == 0)
        check_claims(&image, &claims, size);
    search_segments(&image, data);
    free(segments);
    fuzz_copy_free(&copy);
    return 0;
}

FUZZ_COVERED
