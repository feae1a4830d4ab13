/* SPDX-License-Identifier: BSD-2-Clause */
/* Containers: every row of their table, from a heap block that ends where they end; formats; room; sorting. */
#include "suite.h"

#include "containers.h"

/* An input in memory, which notes what is asked of it. */
struct memory {
    const uint8_t *bytes;
    uint64_t len;
    bool is_asked_past_its_end;
};

static size_t read_memory(void *context, uint64_t offset, void *buf, size_t len)
{
    struct memory *const memory = context;

    if (offset > memory->len || len > memory->len - offset) {
        memory->is_asked_past_its_end = true;
        return 0;
    }
    memcpy(buf, memory->bytes + offset, len);
    return len;
}

static void read_segments(const uint8_t *bytes, size_t len, struct vmclock_segment *segments, size_t room,
                          struct vmclock_image *image)
{
    uint8_t *const copy = exact_copy(bytes, len);
    struct memory memory = {copy, len, false};

    vmclock_image_read_segments(read_memory, &memory, len, segments, room, image);
    HOLDS(!memory.is_asked_past_its_end);
    free(copy);
}

static bool same_segment(const struct vmclock_segment *a, const struct vmclock_segment *b)
{
    return a->offset == b->offset && a->len == b->len && a->physical == b->physical &&
           a->has_physical == b->has_physical;
}

static void every_container_of_the_table_is_read_as_it_says(void)
{
    static uint8_t bytes[CONTAINER_MAX];

    for (unsigned i = 0; i < CONTAINERS; i++) {
        const struct container *const row = &containers[i];
        struct vmclock_segment segments[8];
        struct vmclock_image image;

        read_segments(bytes, container_make(row, bytes), segments, 8, &image);
        EQ_IN(row->name, image.format, row->format);
        EQ_IN(row->name, image.faults, row->faults);
        EQ_IN(row->name, image.count, row->count);
        for (unsigned k = 0; k < image.count && k < row->count; k++)
            HOLDS_IN(row->name, same_segment(&image.segments[k], &row->segments[k]));
    }
}

static void a_format_is_known_by_its_first_bytes(void)
{
    static const struct {
        const char *row, *start;
        size_t len;
        enum vmclock_image_format format;
    } rows[] = {
        {"nothing", "", 0, VMCLOCK_IMAGE_RAW},
        {"a core", "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0", 18, VMCLOCK_IMAGE_ELF_CORE},
        {"a core that is cut", "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4", 17, VMCLOCK_IMAGE_RAW},
        {"a core of 32 bits", "\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\4\0", 18, VMCLOCK_IMAGE_ELF_CORE},
        {"a core of no class", "\177ELF\0\1\1\0\0\0\0\0\0\0\0\0\4\0", 18, VMCLOCK_IMAGE_RAW},
        {"a core of another class", "\177ELF\3\1\1\0\0\0\0\0\0\0\0\0\4\0", 18, VMCLOCK_IMAGE_RAW},
        {"big-endian", "\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\4", 18, VMCLOCK_IMAGE_ELF_CORE},
        {"little-endian, as if it were big", "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\0\4", 18, VMCLOCK_IMAGE_RAW},
        {"no byte order", "\177ELF\2\0\1\0\0\0\0\0\0\0\0\0\4\0", 18, VMCLOCK_IMAGE_RAW},
        {"another byte order", "\177ELF\2\3\1\0\0\0\0\0\0\0\0\0\4\0", 18, VMCLOCK_IMAGE_RAW},
        {"a program", "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0", 18, VMCLOCK_IMAGE_RAW},
        {"no ELF", "\177ELG\2\1\1\0\0\0\0\0\0\0\0\0\4\0", 18, VMCLOCK_IMAGE_RAW},
        {"LiME, little-endian", "EMiL", 4, VMCLOCK_IMAGE_LIME},
        {"LiME, big-endian", "LiME", 4, VMCLOCK_IMAGE_LIME},
        {"LiME, cut", "EMi", 3, VMCLOCK_IMAGE_RAW},
        {"kdump", "KDUMP   ", 8, VMCLOCK_IMAGE_KDUMP},
        {"diskdump", "DISKDUMP", 8, VMCLOCK_IMAGE_KDUMP},
        {"kdump, cut", "KDUMP  ", 7, VMCLOCK_IMAGE_RAW},
        {"flattened", "makedumpfile\0\0\0\0", 16, VMCLOCK_IMAGE_FLATTENED},
        {"a text about it", "makedumpfile is", 15, VMCLOCK_IMAGE_RAW},
        {"migration", "QEVM", 4, VMCLOCK_IMAGE_MIGRATION},
        {"a page", "VCLK", 4, VMCLOCK_IMAGE_RAW},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t *const copy = exact_copy(rows[i].start, rows[i].len);

        EQ_IN(rows[i].row, vmclock_image_identify(copy, rows[i].len), rows[i].format);
        free(copy);
    }
    EQ(vmclock_image_identify(NULL, 64), VMCLOCK_IMAGE_RAW);
    TEXT(vmclock_image_name(VMCLOCK_IMAGE_RAW), "raw memory");
    TEXT(vmclock_image_name(VMCLOCK_IMAGE_ELF_CORE), "ELF core");
    TEXT(vmclock_image_name(VMCLOCK_IMAGE_LIME), "LiME capture");
    TEXT(vmclock_image_name(VMCLOCK_IMAGE_KDUMP), "kdump-compressed dump");
    TEXT(vmclock_image_name(VMCLOCK_IMAGE_FLATTENED), "flattened dump of makedumpfile");
    TEXT(vmclock_image_name(VMCLOCK_IMAGE_MIGRATION), "QEMU migration stream");
    TEXT(vmclock_image_name((enum vmclock_image_format)6), NULL);
}

/* Of a file of any size: a core whose n segments of 16 bytes have a table in front, in the order of a shuffle. */
struct endless {
    unsigned count;
    unsigned factor; /* odd, and no divisor of count */
};

static uint64_t place(const struct endless *core, uint64_t i)
{
    return i * core->factor % core->count;
}

static size_t read_endless(void *context, uint64_t offset, void *buf, size_t len)
{
    const struct endless *const core = context;
    uint8_t bytes[64] = {0};

    if (offset == 0) {
        memcpy(bytes, "\177ELF\2\1\1", 7);
        put_le(bytes + 16, 2, 4);
        put_le(bytes + 32, 8, 128);
        put_le(bytes + 40, 8, 64);
        put_le(bytes + 54, 2, 56);
        put_le(bytes + 56, 2, core->count > 0xfffe ? 0xffff : core->count);
    } else if (offset == 64)
        put_le(bytes + 44, 4, core->count);
    else {
        const uint64_t at = place(core, (offset - 128) / 56);

        put_le(bytes, 4, 1);
        put_le(bytes + 8, 8, UINT64_C(0x10000000) + at * 16);
        put_le(bytes + 24, 8, UINT64_C(0x7000000000) - at * 16);
        put_le(bytes + 32, 8, 16);
    }
    memcpy(buf, bytes, len);
    return len;
}

static struct vmclock_segment many[VMCLOCK_IMAGE_SEGMENTS];

static void many_segments_in_any_order_are_sorted(void)
{
    static const struct endless cores[] = {{2, 1}, {3, 2}, {10, 3}, {1000, 7}, {65534, 3}, {65535, 2}, {70001, 31}};

    for (unsigned i = 0; i < sizeof cores / sizeof *cores; i++) {
        struct endless core = cores[i];
        struct vmclock_image image;
        bool good = true;

        vmclock_image_read_segments(read_endless, &core, UINT64_MAX, many, VMCLOCK_IMAGE_SEGMENTS, &image);
        EQ(image.faults, 0);
        EQ(image.count, core.count);
        for (uint64_t k = 0; k < image.count; k++)
            good = good && many[k].offset == UINT64_C(0x10000000) + k * 16 && many[k].len == 16 &&
                   many[k].physical == UINT64_C(0x7000000000) - k * 16;
        HOLDS(good);
    }
}

static void more_segments_than_there_is_room_for_are_told(void)
{
    struct endless core = {VMCLOCK_IMAGE_SEGMENTS, 1};
    struct vmclock_image image;

    vmclock_image_read_segments(read_endless, &core, UINT64_MAX, many, VMCLOCK_IMAGE_SEGMENTS, &image);
    EQ(image.faults, 0);
    EQ(image.count, VMCLOCK_IMAGE_SEGMENTS);
    vmclock_image_read_segments(read_endless, &core, UINT64_MAX, many, 10, &image);
    EQ(image.faults, VMCLOCK_IMAGE_CROWDED);
    EQ(image.count, 10);
    vmclock_image_read_segments(read_endless, &core, UINT64_MAX, NULL, 10, &image);
    EQ(image.faults, VMCLOCK_IMAGE_CROWDED);
    EQ(image.count, 0);
    core.count++;
    vmclock_image_read_segments(read_endless, &core, UINT64_MAX, many, VMCLOCK_IMAGE_SEGMENTS, &image);
    EQ(image.faults, VMCLOCK_IMAGE_CROWDED);
    EQ(image.count, VMCLOCK_IMAGE_SEGMENTS);
}

/* Ranges of one byte each without end. */
static size_t read_lime_without_end(void *context, uint64_t offset, void *buf, size_t len)
{
    uint8_t bytes[64] = "EMiL\1\0\0\0";

    (void)context;
    put_le(bytes + 8, 8, offset);
    put_le(bytes + 16, 8, offset);
    memcpy(buf, bytes, len);
    return len;
}

static void ranges_without_end_are_read_up_to_a_number(void)
{
    struct vmclock_image image;

    vmclock_image_read_segments(read_lime_without_end, NULL, UINT64_MAX, many, VMCLOCK_IMAGE_SEGMENTS, &image);
    EQ(image.faults, VMCLOCK_IMAGE_CROWDED);
    EQ(image.count, VMCLOCK_IMAGE_SEGMENTS);
    EQ(many[1].offset, 65);
    EQ(many[1].physical, 33);
}

static size_t read_nonsense(void *context, uint64_t offset, void *buf, size_t len)
{
    (void)context;
    (void)offset;
    (void)buf;
    return len + 1;
}

static void an_input_that_cannot_be_read_has_no_segments(void)
{
    struct vmclock_image image;

    vmclock_image_read_segments(NULL, NULL, 4096, many, 8, &image);
    EQ(image.format, VMCLOCK_IMAGE_RAW);
    EQ(image.count, 0);
    vmclock_image_read_segments(read_nonsense, NULL, 4096, many, 8, &image);
    EQ(image.format, VMCLOCK_IMAGE_RAW);
    EQ(image.count, 0);
}

static void the_segment_of_a_byte(void)
{
    struct vmclock_segment segments[] = {{10, 5, 0, true}, {15, 1, 7, true}, {20, UINT64_MAX - 20, 9, true}};
    struct vmclock_image image = {VMCLOCK_IMAGE_LIME, 0, segments, 3};
    static const struct {
        uint64_t offset;
        int segment;
    } rows[] = {{0, -1}, {9, -1}, {10, 0}, {14, 0}, {15, 1}, {16, -1}, {19, -1}, {20, 2}, {UINT64_MAX - 1, 2},
                {UINT64_MAX, -1}};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        HOLDS(vmclock_image_segment_at(&image, rows[i].offset) ==
              (rows[i].segment < 0 ? NULL : &segments[rows[i].segment]));
    HOLDS(vmclock_image_segment_at(NULL, 10) == NULL);
    image.count = 0;
    HOLDS(vmclock_image_segment_at(&image, 10) == NULL);
}

/* Reads of a size that come short, and numbers that lead nowhere. */
static size_t read_short(void *context, uint64_t offset, void *buf, size_t len)
{
    const struct memory *const memory = context;

    if (offset == 0 && len == 64) {
        memcpy(buf, memory->bytes, len);
        return len;
    }
    return len - 1;
}

static uint64_t furthest;
static unsigned reads_made;
static size_t read_anywhere(void *context, uint64_t offset, void *buf, size_t len)
{
    const struct memory *const memory = context;

    reads_made++;
    furthest = offset > furthest ? offset : furthest;
    memset(buf, 0, len);
    if (offset == 0)
        memcpy(buf, memory->bytes, len);
    return len;
}

static void what_comes_short_or_leads_nowhere_is_no_table(void)
{
    static uint8_t bytes[CONTAINER_MAX];
    struct container core = {.name = "", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64, .entry = 56,
                             .number = 3, .len = 0x408, .loads = 3,
                             .load = {{0x100, 0x40, 0}, {0x200, 0x100, 0x1000}, {0x308, 0x100, 0xfeffb000}}};
    struct vmclock_segment segments[8];
    struct vmclock_image image;
    struct memory memory = {bytes, 0x408, false};

    (void)container_make(&core, bytes);
    vmclock_image_read_segments(read_short, &memory, 0x408, segments, 8, &image);
    EQ(image.faults, VMCLOCK_IMAGE_UNREAD);
    EQ(image.count, 0);
    /* 65535 headers, of which no section tells more. */
    core.number = 0xffff;
    core.sections = 0;
    (void)container_make(&core, bytes);
    put_le(bytes + 40, 8, 0);
    read_segments(bytes, 0x408, segments, 8, &image);
    EQ(image.faults & VMCLOCK_IMAGE_UNREAD, VMCLOCK_IMAGE_UNREAD);
    /* A table at the end of all numbers. */
    core.number = 3;
    (void)container_make(&core, bytes);
    put_le(bytes + 32, 8, UINT64_MAX - 20);
    read_segments(bytes, 0x408, segments, 8, &image);
    EQ(image.faults, VMCLOCK_IMAGE_UNREAD);
    EQ(image.count, 0);
    /* The first of its entries can be had, of an input of any size, and the second would lie at the beginning again. */
    core.entry = 100;
    (void)container_make(&core, bytes);
    put_le(bytes + 32, 8, UINT64_MAX - 60);
    furthest = 0;
    vmclock_image_read_segments(read_anywhere, &memory, UINT64_MAX, segments, 8, &image);
    EQ(image.faults, VMCLOCK_IMAGE_UNREAD);
    EQ(image.count, 0);
    EQ(furthest, UINT64_MAX - 60);
    EQ(reads_made, 3);
}

/* Where all else is the same, the lower address comes first, and stays. */
static void segments_at_one_place_are_one(void)
{
    static uint8_t bytes[CONTAINER_MAX];
    const uint64_t addresses[][2] = {{0x2000, 0x1000}, {0x1000, 0x2000}};
    const uint64_t lens[][2] = {{0x80, 0x100}, {0x100, 0x80}};

    /* The longer one comes first, whatever its address. */
    for (unsigned i = 0; i < 2; i++) {
        const struct container core = {.name = "", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64,
                                       .entry = 56, .number = 3, .len = 0x408, .loads = 3,
                                       .load = {{0x100, 0x40, 0}, {0x200, lens[i][0], 0x1000 * lens[i][0]},
                                                {0x200, lens[i][1], 0x1000 * lens[i][1]}}};
        struct vmclock_segment segments[8];
        struct vmclock_image image;

        (void)container_make(&core, bytes);
        read_segments(bytes, 0x408, segments, 8, &image);
        EQ(image.faults, VMCLOCK_IMAGE_OVERLAP);
        EQ(image.count, 1);
        EQ(image.segments[0].len, 0x100);
        EQ(image.segments[0].physical, 0x100000);
    }
    for (unsigned i = 0; i < 2; i++) {
        const struct container core = {.name = "", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64,
                                       .entry = 56, .number = 3, .len = 0x408, .loads = 3,
                                       .load = {{0x100, 0x40, 0}, {0x200, 0x100, addresses[i][0]},
                                                {0x200, 0x100, addresses[i][1]}}};
        struct vmclock_segment segments[8];
        struct vmclock_image image;

        (void)container_make(&core, bytes);
        read_segments(bytes, 0x408, segments, 8, &image);
        EQ(image.faults, VMCLOCK_IMAGE_OVERLAP);
        EQ(image.count, 1);
        EQ(image.segments[0].physical, 0x1000);
    }
}

SUITE(images) = {
    {"every container of the table is read as it says", every_container_of_the_table_is_read_as_it_says},
    {"a format is known by its first bytes", a_format_is_known_by_its_first_bytes},
    {"many segments in any order are sorted", many_segments_in_any_order_are_sorted},
    {"more segments than there is room for are told", more_segments_than_there_is_room_for_are_told},
    {"ranges without end are read up to a number", ranges_without_end_are_read_up_to_a_number},
    {"an input that cannot be read has no segments", an_input_that_cannot_be_read_has_no_segments},
    {"what comes short or leads nowhere is no table", what_comes_short_or_leads_nowhere_is_no_table},
    {"segments at one place are one", segments_at_one_place_are_one},
    {"the segment of a byte", the_segment_of_a_byte},
    CU_TEST_INFO_NULL,
};
