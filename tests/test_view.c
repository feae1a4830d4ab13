/* SPDX-License-Identifier: BSD-2-Clause */
/* Views: which fields are present, which mean something, and what their bytes are. */
#include "suite.h"

#include <limits.h>

#include "view.h"
#include "pages.h"

/* One accessor per field behind one signature, with literals from the uapi header. */
#define ACCESSOR(name, type)                                                           \
    static bool get_##name(const struct vmclock_view *view, uint64_t *out)             \
    {                                                                                  \
        type value = (type)0x5a;                                                       \
        const bool use = vmclock_get_##name(view, &value);                             \
        *out = (uint64_t)value;                                                        \
        EQ_IN(#name, vmclock_get_##name(view, NULL), use);                             \
        return use;                                                                    \
    }
ACCESSOR(magic, uint32_t)
ACCESSOR(size, uint32_t)
ACCESSOR(version, uint16_t)
ACCESSOR(counter_id, uint8_t)
ACCESSOR(time_type, uint8_t)
ACCESSOR(seq_count, uint32_t)
ACCESSOR(disruption_marker, uint64_t)
ACCESSOR(flags, uint64_t)
ACCESSOR(pad, uint16_t)
ACCESSOR(clock_status, uint8_t)
ACCESSOR(leap_second_smearing_hint, uint8_t)
ACCESSOR(tai_offset_sec, int16_t)
ACCESSOR(leap_indicator, uint8_t)
ACCESSOR(counter_period_shift, uint8_t)
ACCESSOR(counter_value, uint64_t)
ACCESSOR(counter_period_frac_sec, uint64_t)
ACCESSOR(counter_period_esterror_rate_frac_sec, uint64_t)
ACCESSOR(counter_period_maxerror_rate_frac_sec, uint64_t)
ACCESSOR(time_sec, uint64_t)
ACCESSOR(time_frac_sec, uint64_t)
ACCESSOR(time_esterror_nanosec, uint64_t)
ACCESSOR(time_maxerror_nanosec, uint64_t)
ACCESSOR(vm_generation_counter, uint64_t)

#define MEMBER(name) offsetof(struct vmclock_page, name), sizeof(((struct vmclock_page *)NULL)->name)

static const struct {
    const char *name;
    bool (*get)(const struct vmclock_view *, uint64_t *);
    size_t member, member_size; /* in struct vmclock_page */
    unsigned offset, width;
    uint64_t flag;
    uint64_t value; /* on the clock page of pages.h */
} fields[] = {
    {"magic", get_magic, MEMBER(magic), 0x00, 4, 0, 0x4b4c4356},
    {"size", get_size, MEMBER(size), 0x04, 4, 0, 4096},
    {"version", get_version, MEMBER(version), 0x08, 2, 0, 1},
    {"counter_id", get_counter_id, MEMBER(counter_id), 0x0a, 1, 0, 1},
    {"time_type", get_time_type, MEMBER(time_type), 0x0b, 1, 0, 1},
    {"seq_count", get_seq_count, MEMBER(seq_count), 0x0c, 4, 0, 0x00c0ffee},
    {"disruption_marker", get_disruption_marker, MEMBER(disruption_marker), 0x10, 8, 0, UINT64_C(0x1112131415161718)},
    {"flags", get_flags, MEMBER(flags), 0x18, 8, 0, 0x379},
    {"pad", get_pad, MEMBER(pad), 0x20, 2, 0, 0},
    {"clock_status", get_clock_status, MEMBER(clock_status), 0x22, 1, 0, 2},
    {"leap_second_smearing_hint", get_leap_second_smearing_hint, MEMBER(leap_second_smearing_hint), 0x23, 1, 0, 0},
    {"tai_offset_sec", get_tai_offset_sec, MEMBER(tai_offset_sec), 0x24, 2, 0x001, (uint64_t)-37},
    {"leap_indicator", get_leap_indicator, MEMBER(leap_indicator), 0x26, 1, 0, 0},
    {"counter_period_shift", get_counter_period_shift, MEMBER(counter_period_shift), 0x27, 1, 0, 29},
    {"counter_value", get_counter_value, MEMBER(counter_value), 0x28, 8, 0, UINT64_C(0x2122232425262728)},
    {"counter_period_frac_sec", get_counter_period_frac_sec, MEMBER(counter_period_frac_sec), 0x30, 8, 0,
     UINT64_C(0x89705F4136B4A597)},
    {"counter_period_esterror_rate_frac_sec", get_counter_period_esterror_rate_frac_sec,
     MEMBER(counter_period_esterror_rate_frac_sec), 0x38, 8, 0x008, UINT64_C(99035203142831)},
    {"counter_period_maxerror_rate_frac_sec", get_counter_period_maxerror_rate_frac_sec,
     MEMBER(counter_period_maxerror_rate_frac_sec), 0x40, 8, 0x010, UINT64_C(495176015714153)},
    {"time_sec", get_time_sec, MEMBER(time_sec), 0x48, 8, 0, 1483228836},
    {"time_frac_sec", get_time_frac_sec, MEMBER(time_frac_sec), 0x50, 8, 0, UINT64_C(0x8000000000000000)},
    {"time_esterror_nanosec", get_time_esterror_nanosec, MEMBER(time_esterror_nanosec), 0x58, 8, 0x020, 1500},
    {"time_maxerror_nanosec", get_time_maxerror_nanosec, MEMBER(time_maxerror_nanosec), 0x60, 8, 0x040, 2500000},
    {"vm_generation_counter", get_vm_generation_counter, MEMBER(vm_generation_counter), 0x68, 8, 0x100,
     UINT64_C(0x3132333435363738)},
};
enum { FIELDS = sizeof fields / sizeof *fields };

/* The value of a member of struct vmclock_page, sign-extended for the one signed field. */
static uint64_t member_of(const struct vmclock_page *page, unsigned i)
{
    const char *at = (const char *)page + fields[i].member;
    uint64_t v64;
    uint32_t v32;
    uint16_t v16;

    EQ_IN(fields[i].name, fields[i].member_size, fields[i].width);
    switch (fields[i].width) {
    case 1:
        return *(const uint8_t *)at;
    case 2:
        memcpy(&v16, at, 2);
        return fields[i].offset == 0x24 && v16 >= 0x8000 ? UINT64_C(0xffffffffffff0000) + v16 : v16;
    case 4:
        memcpy(&v32, at, 4);
        return v32;
    default:
        memcpy(&v64, at, 8);
        return v64;
    }
}

/* Asks all ways for every field: presence is decided by `len` alone, in arithmetic too wide to wrap. */
static void expect_fields(const struct vmclock_view *view, uint64_t len, uint64_t flags)
{
    struct vmclock_page page;

    memset(&page, 0xff, sizeof page);
    vmclock_decode(view, &page);
    for (unsigned i = 0; i < FIELDS; i++) {
        const enum vmclock_field field = (enum vmclock_field)(1 + i);
        const char *row = fields[i].name;
        const bool present = (uint64_t)fields[i].offset + fields[i].width <= len;
        const bool announced = (flags & fields[i].flag) == fields[i].flag;
        const enum vmclock_presence expected = !present ? VMCLOCK_ABSENT
                                               : announced ? VMCLOCK_MEANINGFUL
                                                           : VMCLOCK_UNANNOUNCED;
        const bool use = present && announced;
        uint64_t typed = 0, any = 0x5a, raw = 0x5a;

        EQ_IN(row, fields[i].get(view, &typed), use);
        EQ_IN(row, vmclock_get(view, field, &any), use);
        EQ_IN(row, vmclock_get(view, field, NULL), use);
        EQ_IN(row, vmclock_get_raw(view, field, &raw), expected);
        EQ_IN(row, vmclock_get_raw(view, field, NULL), expected);
        EQ_IN(row, typed, use ? fields[i].value : 0x5a);
        EQ_IN(row, any, use ? fields[i].value : 0x5a);
        EQ_IN(row, raw, present ? fields[i].value : 0x5a);
        EQ_IN(row, member_of(&page, i), present ? fields[i].value : 0);
        EQ_IN(row, page.present >> field & 1, present);
        EQ_IN(row, page.meaningful >> field & 1, use);
        EQ_IN(row, vmclock_page_present(&page, field), present);
        EQ_IN(row, vmclock_page_has(&page, field), use);
    }
    EQ(page.present & 1, 0);
    EQ(page.meaningful & 1, 0);
    EQ(page.present >> (1 + FIELDS), 0);
    EQ(page.meaningful >> (1 + FIELDS), 0);
}

static void field_is_present_exactly_when_its_last_byte_is_inside(void)
{
    uint8_t bytes[4200] = {0};

    build_clock_page(bytes);
    for (uint32_t len = 0; len <= sizeof bytes; len++) {
        uint8_t *copy = exact_copy(bytes, len);
        const struct vmclock_view view = {copy, len};

        /* Without its flags a page announces nothing: below 32 bytes no field that needs a flag is present anyway. */
        expect_fields(&view, len, 0x379);
        EQ(vmclock_view_len(&view), len);
        free(copy);
    }
}

static void size_decides_presence_even_when_more_bytes_are_there(void)
{
    uint8_t bytes[PAGE];

    for (uint32_t size = 32; size <= 113; size++) {
        struct vmclock_view view;

        build_clock_page(bytes);
        put32(bytes, AT_SIZE, size);
        EQ(vmclock_parse(bytes, sizeof bytes, 0, &view, NULL), VMCLOCK_OK);
        EQ(vmclock_view_len(&view), size);
        for (unsigned i = 0; i < FIELDS; i++) {
            uint64_t value;

            EQ_IN(fields[i].name, vmclock_get_raw(&view, (enum vmclock_field)(1 + i), &value) != VMCLOCK_ABSENT,
                  fields[i].offset + fields[i].width <= size);
        }
    }
}

static void flag_alone_decides_whether_a_present_field_means_something(void)
{
    uint8_t bytes[PAGE];
    const struct vmclock_view view = {bytes, PAGE};

    for (unsigned bit = 0; bit < 64; bit++) {
        const uint64_t only = UINT64_C(1) << bit;

        for (unsigned inverted = 0; inverted < 2; inverted++) {
            const uint64_t flags = inverted ? ~only : only;

            build_clock_page(bytes);
            put64(bytes, AT_FLAGS, flags);
            for (unsigned i = 0; i < FIELDS; i++) {
                const bool announced = (flags & fields[i].flag) == fields[i].flag;
                uint64_t value, raw;

                EQ_IN(fields[i].name, fields[i].get(&view, &value), announced);
                EQ_IN(fields[i].name, vmclock_get_raw(&view, (enum vmclock_field)(1 + i), &raw),
                      announced ? VMCLOCK_MEANINGFUL : VMCLOCK_UNANNOUNCED);
                if (fields[i].offset != AT_FLAGS) {
                    EQ_IN(fields[i].name, value, announced ? fields[i].value : 0x5a);
                    EQ_IN(fields[i].name, raw, fields[i].value);
                }
            }
        }
    }
}

static void view_that_ends_before_flags_announces_nothing(void)
{
    /* No parsed view is that short; one made by hand has its answer all the same. */
    uint8_t bytes[PAGE];
    struct vmclock_view view = {bytes, 31};
    uint64_t value = 1;

    build_clock_page(bytes);
    HOLDS(!vmclock_get_flags(&view, &value));
    EQ(value, 1);
    HOLDS(vmclock_get_magic(&view, NULL));
    EQ(vmclock_get_raw(&view, VMCLOCK_FIELD_FLAGS, &value), VMCLOCK_ABSENT);
}

static void any_alignment_gives_the_same_values(void)
{
    uint8_t bytes[PAGE];

    build_clock_page(bytes);
    for (size_t shift = 0; shift < 8; shift++) {
        uint8_t *block = malloc(sizeof bytes + shift);

        CU_ASSERT_PTR_NOT_NULL_FATAL(block);
        memcpy(block + shift, bytes, sizeof bytes);
        {
            const struct vmclock_view view = {block + shift, PAGE};
            expect_fields(&view, PAGE, 0x379);
        }
        free(block);
    }
}

static void every_byte_of_a_field_is_read_in_little_endian_order(void)
{
    uint8_t bytes[PAST_STRUCTURE];
    const struct vmclock_view view = {bytes, sizeof bytes};

    for (unsigned i = 0; i < FIELDS; i++) {
        for (unsigned byte = 0; byte < fields[i].width; byte++) {
            uint64_t expected = UINT64_C(0x81) << (8 * byte), typed, any;

            memset(bytes, 0, sizeof bytes);
            bytes[fields[i].offset + byte] = 0x81;
            if (fields[i].offset == 0x24 && byte == 1)
                expected = (uint64_t)(-32768 + 0x100);
            put64(bytes, AT_FLAGS, fields[i].offset == AT_FLAGS ? expected : UINT64_MAX);
            HOLDS(fields[i].get(&view, &typed));
            HOLDS(vmclock_get(&view, (enum vmclock_field)(1 + i), &any));
            EQ_IN(fields[i].name, typed, expected);
            EQ_IN(fields[i].name, any, expected);
        }
    }
}

static void tai_offset_is_signed(void)
{
    static const int offsets[] = {0, 1, -1, 37, -37, 32767, -32768};
    uint8_t bytes[PAGE];
    const struct vmclock_view view = {bytes, PAGE};

    for (unsigned i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        struct vmclock_page page;
        int16_t typed;
        uint64_t any;

        build_clock_page(bytes);
        put16(bytes, AT_TAI_OFFSET_SEC, (unsigned)offsets[i] & 0xffff);
        HOLDS(vmclock_get_tai_offset_sec(&view, &typed));
        EQ(typed, offsets[i]);
        HOLDS(vmclock_get(&view, VMCLOCK_FIELD_TAI_OFFSET_SEC, &any));
        EQ(any, (int64_t)offsets[i]);
        vmclock_decode(&view, &page);
        EQ(page.tai_offset_sec, offsets[i]);
    }
}

static void unknown_enum_values_are_kept_as_numbers(void)
{
    static const unsigned at[] = {AT_COUNTER_ID, AT_TIME_TYPE, AT_CLOCK_STATUS, AT_LEAP_SECOND_SMEARING_HINT,
                                  AT_LEAP_INDICATOR};
    uint8_t bytes[PAGE];
    const struct vmclock_view view = {bytes, PAGE};

    for (unsigned i = 0; i < sizeof at / sizeof *at; i++)
        for (unsigned number = 0; number < 256; number++)
            for (unsigned f = 0; f < FIELDS; f++)
                if (fields[f].offset == at[i]) {
                    uint64_t value;

                    build_clock_page(bytes);
                    put8(bytes, at[i], number);
                    EQ_IN(fields[f].name, fields[f].get(&view, &value), true);
                    EQ_IN(fields[f].name, value, number);
                }
}

static void empty_view_and_null_have_no_field(void)
{
    const struct vmclock_view empty = {0};

    expect_fields(&empty, 0, 0);
    expect_fields(NULL, 0, 0);
    EQ(vmclock_view_len(&empty), 0);
    EQ(vmclock_view_len(NULL), 0);
    vmclock_decode(&empty, NULL);
    vmclock_decode(NULL, NULL);
}

static void numbers_that_are_no_field_are_absent(void)
{
    static const int numbers[] = {0, -1, INT_MIN, VMCLOCK_FIELD_END, 32, 64, INT_MAX};
    uint8_t bytes[PAGE];
    const struct vmclock_view view = {bytes, PAGE};
    struct vmclock_page page;

    build_clock_page(bytes);
    vmclock_decode(&view, &page);
    page.present = page.meaningful = 0xffffffff; /* whatever the bits that are no field's */
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint64_t value = 77;

        HOLDS(!vmclock_get(&view, (enum vmclock_field)numbers[i], &value));
        EQ(vmclock_get_raw(&view, (enum vmclock_field)numbers[i], &value), VMCLOCK_ABSENT);
        EQ(value, 77);
        HOLDS(!vmclock_page_present(&page, (enum vmclock_field)numbers[i]));
        HOLDS(!vmclock_page_has(&page, (enum vmclock_field)numbers[i]));
    }
    HOLDS(!vmclock_page_has(NULL, VMCLOCK_FIELD_MAGIC));
    HOLDS(!vmclock_page_present(NULL, VMCLOCK_FIELD_MAGIC));
}

static void reading_does_not_change_the_bytes(void)
{
    uint8_t bytes[PAGE], before[PAGE];
    const struct vmclock_view view = {bytes, PAGE};

    build_clock_page(bytes);
    memcpy(before, bytes, sizeof bytes);
    expect_fields(&view, PAGE, 0x379);
    EQ(memcmp(bytes, before, sizeof bytes), 0);
}

static void header_of_a_view_needs_16_bytes(void)
{
    uint8_t bytes[PAGE];
    struct vmclock_shm_header header;
    struct vmclock_shm_header untouched;

    build_clock_page(bytes);
    memset(&untouched, 0xff, sizeof untouched);
    for (uint32_t len = 0; len <= 32; len++) {
        uint8_t *copy = exact_copy(bytes, len);
        const struct vmclock_view view = {copy, len};

        header = untouched;
        EQ(vmclock_view_header_(&view, &header), len >= 16);
        EQ(header.magic, len >= 16 ? 0x4b4c4356 : 0xffffffff);
        EQ(header.size, len >= 16 ? 4096 : 0xffffffff);
        EQ(header.version, len >= 16 ? 1 : 0xffff);
        EQ(header.counter_id, len >= 16 ? 1 : 0xff);
        EQ(header.time_type, len >= 16 ? 1 : 0xff);
        EQ(header.seq_count, len >= 16 ? 0x00c0ffee : 0xffffffff);
        free(copy);
    }
    HOLDS(!vmclock_view_header_(NULL, &header));
}

static void first_nonzero_byte_is_found_inside_the_view_only(void)
{
    uint8_t bytes[64] = {0};
    uint32_t offset = 99;
    uint8_t byte = 99;
    struct vmclock_view view = {bytes, 32};

    bytes[32] = 1;
    HOLDS(!vmclock_view_find_nonzero_(&view, 0, &offset, &byte));
    HOLDS(!vmclock_view_find_nonzero_(&view, 32, &offset, &byte));
    HOLDS(!vmclock_view_find_nonzero_(&view, 33, &offset, &byte));
    HOLDS(!vmclock_view_find_nonzero_(&view, UINT32_MAX, &offset, &byte));
    EQ(offset, 99);
    EQ(byte, 99);
    bytes[31] = 0x80;
    bytes[30] = 0x40;
    HOLDS(vmclock_view_find_nonzero_(&view, 0, &offset, &byte));
    EQ(offset, 30);
    EQ(byte, 0x40);
    HOLDS(vmclock_view_find_nonzero_(&view, 31, &offset, &byte));
    EQ(offset, 31);
    EQ(byte, 0x80);
}

SUITE(view) = {
    {"field is present exactly when its last byte is inside", field_is_present_exactly_when_its_last_byte_is_inside},
    {"size decides presence even when more bytes are there", size_decides_presence_even_when_more_bytes_are_there},
    {"flag alone decides whether a present field means something",
     flag_alone_decides_whether_a_present_field_means_something},
    {"view that ends before flags announces nothing", view_that_ends_before_flags_announces_nothing},
    {"any alignment gives the same values", any_alignment_gives_the_same_values},
    {"every byte of a field is read in little-endian order", every_byte_of_a_field_is_read_in_little_endian_order},
    {"tai offset is signed", tai_offset_is_signed},
    {"unknown enum values are kept as numbers", unknown_enum_values_are_kept_as_numbers},
    {"empty view and null have no field", empty_view_and_null_have_no_field},
    {"numbers that are no field are absent", numbers_that_are_no_field_are_absent},
    {"reading does not change the bytes", reading_does_not_change_the_bytes},
    {"header of a view needs 16 bytes", header_of_a_view_needs_16_bytes},
    {"first nonzero byte is found inside the view only", first_nonzero_byte_is_found_inside_the_view_only},
    CU_TEST_INFO_NULL,
};
