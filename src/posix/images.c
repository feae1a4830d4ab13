/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Containers of guest memory: which of their bytes are memory, and of which addresses. They come from anywhere: every
 * number in them is a claim. Makes no system call, reads through the caller's function alone, and allocates nothing.
 */
#include "vmclock_posix.h"

#include <string.h>

enum {
    ELF_HEADER = 64,  /* bytes; 52 in a file of 32 bits */
    ELF_CORE = 4,     /* e_type */
    ELF_LOAD = 1,     /* p_type */
    ELF_XNUM = 0xffff, /* e_phnum: their number is in the first section's sh_info */
    LIME_HEADER = 32, /* bytes, before every range */
    LIME_VERSION = 1
};

/* The container while it is read. */
struct image_source {
    vmclock_image_read *read;
    void *context;
    uint64_t size;
    size_t room;
    bool is_big; /* the container's numbers are big-endian */
    struct vmclock_image *image;
};

/* ---- Which one it is ---- */

static uint64_t image_number(const uint8_t *p, unsigned width, bool is_big)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < width; i++)
        value = value << 8 | p[is_big ? i : width - 1 - i];
    return value;
}

static bool image_starts(const uint8_t *start, size_t len, const char *with, size_t n)
{
    return len >= n && memcmp(start, with, n) == 0;
}

static bool image_is_core(const uint8_t *start, size_t len)
{
    return len >= 18 && image_starts(start, len, "\177ELF", 4) && (start[4] == 1 || start[4] == 2) &&
           (start[5] == 1 || start[5] == 2) && image_number(start + 16, 2, start[5] == 2) == ELF_CORE;
}

enum vmclock_image_format vmclock_image_identify(const void *start, size_t len)
{
    const uint8_t *const p = start;

    if (p == NULL)
        return VMCLOCK_IMAGE_RAW;
    if (image_is_core(p, len))
        return VMCLOCK_IMAGE_ELF_CORE;
    if (image_starts(p, len, "EMiL", 4) || image_starts(p, len, "LiME", 4))
        return VMCLOCK_IMAGE_LIME;
    if (image_starts(p, len, "KDUMP   ", 8) || image_starts(p, len, "DISKDUMP", 8))
        return VMCLOCK_IMAGE_KDUMP;
    if (image_starts(p, len, "makedumpfile", 13)) /* with its NUL */
        return VMCLOCK_IMAGE_FLATTENED;
    if (image_starts(p, len, "QEVM", 4))
        return VMCLOCK_IMAGE_MIGRATION;
    return VMCLOCK_IMAGE_RAW;
}

const char *vmclock_image_name(enum vmclock_image_format format)
{
    switch (format) {
    case VMCLOCK_IMAGE_RAW:
        return "raw memory";
    case VMCLOCK_IMAGE_ELF_CORE:
        return "ELF core";
    case VMCLOCK_IMAGE_LIME:
        return "LiME capture";
    case VMCLOCK_IMAGE_KDUMP:
        return "kdump-compressed dump";
    case VMCLOCK_IMAGE_FLATTENED:
        return "flattened dump of makedumpfile";
    case VMCLOCK_IMAGE_MIGRATION:
        return "QEMU migration stream";
    default:
        return NULL;
    }
}

/* ---- Segments ---- */

/* Takes what of a segment lies within the input. */
static void image_add(const struct image_source *source, uint64_t offset, uint64_t len, uint64_t physical)
{
    struct vmclock_image *const image = source->image;
    /* UINT64_MAX is how ELF cores say that there is no such address. */
    bool has_physical = physical != UINT64_MAX;

    if (len == 0)
        return;
    if (offset >= source->size || len > source->size - offset) {
        image->faults |= VMCLOCK_IMAGE_CUT;
        len = offset >= source->size ? 0 : source->size - offset;
    }
    if (has_physical && len > UINT64_MAX - physical) {
        image->faults |= VMCLOCK_IMAGE_MALFORMED;
        has_physical = false;
    }
    if (len == 0)
        return;
    if (image->count >= source->room) {
        image->faults |= VMCLOCK_IMAGE_CROWDED;
        return;
    }
    image->segments[image->count++] =
        (struct vmclock_segment){offset, len, has_physical ? physical : 0, has_physical};
}

/* Exactly `len` bytes from there on; false where there are fewer. */
static bool image_load(const struct image_source *source, uint64_t offset, uint8_t *buf, size_t len)
{
    return offset < source->size && len <= source->size - offset &&
           source->read(source->context, offset, buf, len) == len;
}

/* Where an ELF header says that its tables are. */
struct image_elf {
    bool is_wide; /* 64 bits */
    uint64_t table, entry, count, sections;
};

/* How many program headers there are, when there are too many for e_phnum. */
static bool image_elf_many(const struct image_source *source, struct image_elf *elf)
{
    uint8_t section[48];

    if (elf->count != ELF_XNUM || elf->sections == 0)
        return true;
    if (!image_load(source, elf->sections, section, elf->is_wide ? sizeof section : 32))
        return false;
    elf->count = image_number(section + (elf->is_wide ? 44 : 28), 4, source->is_big);
    return true;
}

static bool image_elf_header(const struct image_source *source, struct image_elf *elf)
{
    uint8_t header[ELF_HEADER];
    const bool is_big = source->is_big;

    if (!image_load(source, 0, header, elf->is_wide ? ELF_HEADER : 52))
        return false;
    elf->table = elf->is_wide ? image_number(header + 32, 8, is_big) : image_number(header + 28, 4, is_big);
    elf->sections = elf->is_wide ? image_number(header + 40, 8, is_big) : image_number(header + 32, 4, is_big);
    elf->entry = image_number(header + (elf->is_wide ? 54 : 42), 2, is_big);
    elf->count = image_number(header + (elf->is_wide ? 56 : 44), 2, is_big);
    return image_elf_many(source, elf);
}

static void image_elf_entry(const struct image_source *source, const uint8_t *p, bool is_wide)
{
    const unsigned width = is_wide ? 8 : 4;
    const bool is_big = source->is_big;

    if (image_number(p, 4, is_big) == ELF_LOAD)
        image_add(source, image_number(p + width, width, is_big), image_number(p + (is_wide ? 32 : 16), width, is_big),
                  image_number(p + (is_wide ? 24 : 12), width, is_big));
}

static void image_elf(const struct image_source *source, bool is_wide)
{
    struct image_elf elf = {.is_wide = is_wide};
    const size_t least = is_wide ? 56 : 32;
    uint8_t entry[56];

    if (!image_elf_header(source, &elf)) {
        source->image->faults |= VMCLOCK_IMAGE_UNREAD;
        return;
    }
    if (elf.entry < least || elf.count == 0) {
        source->image->faults |= VMCLOCK_IMAGE_MALFORMED;
        return;
    }
    for (uint64_t i = 0; i < elf.count; i++) {
        /* Of 2^20 entries of 2^16 bytes at most, so that only adding to it can be too much. */
        const uint64_t at = i * elf.entry;

        if (i == VMCLOCK_IMAGE_SEGMENTS) {
            source->image->faults |= VMCLOCK_IMAGE_CROWDED;
            return;
        }
        if (at > UINT64_MAX - elf.table || !image_load(source, elf.table + at, entry, least)) {
            source->image->faults |= VMCLOCK_IMAGE_UNREAD;
            return;
        }
        image_elf_entry(source, entry, is_wide);
    }
}

/* The header of a range of LiME at *at; moves *at behind the range. False where there is none to go on with. */
static bool image_lime_range(const struct image_source *source, uint64_t *at)
{
    uint8_t header[LIME_HEADER];
    uint64_t first, last, len;

    if (!image_load(source, *at, header, sizeof header)) {
        source->image->faults |= VMCLOCK_IMAGE_UNREAD;
        return false;
    }
    first = image_number(header + 8, 8, source->is_big);
    last = image_number(header + 16, 8, source->is_big);
    if (vmclock_image_identify(header, sizeof header) != VMCLOCK_IMAGE_LIME ||
        image_number(header + 4, 4, source->is_big) != LIME_VERSION || last < first) {
        source->image->faults |= VMCLOCK_IMAGE_MALFORMED;
        return false;
    }
    len = last - first == UINT64_MAX ? UINT64_MAX : last - first + 1;
    image_add(source, *at + sizeof header, len, first);
    if (len > source->size - *at - sizeof header)
        return false;
    *at += sizeof header + len;
    return true;
}

static void image_lime(const struct image_source *source)
{
    uint64_t at = 0;

    for (unsigned i = 0; i < VMCLOCK_IMAGE_SEGMENTS; i++)
        if (at == source->size || !image_lime_range(source, &at))
            return;
    source->image->faults |= VMCLOCK_IMAGE_CROWDED;
}

/* ---- In the order of the input, none over another ---- */

static bool image_is_before(const struct vmclock_segment *a, const struct vmclock_segment *b)
{
    if (a->offset != b->offset)
        return a->offset < b->offset;
    return a->len != b->len ? a->len > b->len : a->physical < b->physical;
}

/* Moves the segment at `top` down a heap whose parents do not come before their children. */
static void image_sift(struct vmclock_segment *heap, size_t top, size_t count)
{
    const struct vmclock_segment moved = heap[top];

    for (size_t child; (child = 2 * top + 1) < count; top = child) {
        if (child + 1 < count && image_is_before(&heap[child], &heap[child + 1]))
            child++;
        if (!image_is_before(&moved, &heap[child]))
            break;
        heap[top] = heap[child];
    }
    heap[top] = moved;
}

/* In place, in n log n steps whatever the order was: qsort() may allocate. */
static void image_sort(struct vmclock_segment *segments, size_t count)
{
    for (size_t i = count / 2; i > 0; i--)
        image_sift(segments, i - 1, count);
    for (size_t i = count; i > 1; i--) {
        const struct vmclock_segment first = segments[0];

        segments[0] = segments[i - 1];
        segments[i - 1] = first;
        image_sift(segments, 0, i - 1);
    }
}

/* What lies over an earlier segment is cut off at the later one's start, which counts as raw. */
static void image_separate(struct vmclock_image *image)
{
    uint64_t end = 0;
    size_t kept = 0;

    for (size_t i = 0; i < image->count; i++) {
        struct vmclock_segment segment = image->segments[i];
        const uint64_t over = segment.offset < end ? end - segment.offset : 0;

        if (over > 0)
            image->faults |= VMCLOCK_IMAGE_OVERLAP;
        if (over >= segment.len)
            continue;
        segment.offset += over;
        segment.len -= over;
        segment.physical += segment.has_physical ? over : 0;
        end = segment.offset + segment.len;
        image->segments[kept++] = segment;
    }
    image->count = kept;
}

/* The core of a process has segments without physical addresses: all of them are 0. */
static void image_drop_false_addresses(struct vmclock_image *image)
{
    for (size_t i = 0; i < image->count; i++)
        if (image->segments[i].physical != 0)
            return;
    for (size_t i = 0; image->count > 1 && i < image->count; i++)
        image->segments[i].has_physical = false;
}

void vmclock_image_read_segments(vmclock_image_read *read, void *context, uint64_t size,
                                 struct vmclock_segment *segments, size_t room, struct vmclock_image *image)
{
    struct image_source source = {read, context, size, segments == NULL ? 0 : room, false, image};
    uint8_t start[ELF_HEADER];
    size_t len;

    *image = (struct vmclock_image){.segments = segments};
    len = read == NULL ? 0 : read(context, 0, start, size < sizeof start ? (size_t)size : sizeof start);
    if (len > sizeof start)
        return;
    image->format = vmclock_image_identify(start, len);
    if (image->format == VMCLOCK_IMAGE_ELF_CORE) {
        source.is_big = start[5] == 2;
        image_elf(&source, start[4] == 2);
        image_drop_false_addresses(image);
    } else if (image->format == VMCLOCK_IMAGE_LIME) {
        source.is_big = start[0] == 'L';
        image_lime(&source);
    }
    image_sort(image->segments, image->count);
    image_separate(image);
}

const struct vmclock_segment *vmclock_image_segment_at(const struct vmclock_image *image, uint64_t offset)
{
    size_t low = 0, high = image == NULL ? 0 : image->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct vmclock_segment *const segment = &image->segments[middle];

        if (offset < segment->offset)
            high = middle;
        else if (offset - segment->offset >= segment->len)
            low = middle + 1;
        else
            return segment;
    }
    return NULL;
}
