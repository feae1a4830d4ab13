/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's checks: every row of the error table, both sides of each bound, in their order. */
#include "suite.h"

#include "parse.h"
#include "pages.h"

enum { TRUNCATE = VMCLOCK_ALLOW_TRUNCATED };

static const struct {
    const char *row;
    size_t region;
    uint32_t magic, size, version;
    unsigned flags;
    enum vmclock_err kind;
    enum vmclock_reason reason;
    enum vmclock_field field;
    uint32_t offset;
    uint64_t expected, actual;
    uint32_t len; /* of the view */
} rows[] = {
#define MALFORMED VMCLOCK_ERR_SEGMENT_MALFORMED
#define NOT_INITIALIZED VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED
#define NOT_SUPPORTED VMCLOCK_ERR_SEGMENT_VERSION_NOT_SUPPORTED
#define NO VMCLOCK_FIELD_NONE, 0
#define MAGIC VMCLOCK_FIELD_MAGIC, 0
#define SIZE VMCLOCK_FIELD_SIZE, 4
#define VERSION VMCLOCK_FIELD_VERSION, 8
#define GOOD 0x4b4c4356
#define OK VMCLOCK_OK, VMCLOCK_REASON_NONE, NO, 0, 0
    {"empty", 0, GOOD, 32, 1, 0, NOT_INITIALIZED, VMCLOCK_REASON_EMPTY, NO, 16, 0, 0},
    {"empty, cut allowed", 0, GOOD, 32, 1, TRUNCATE, NOT_INITIALIZED, VMCLOCK_REASON_EMPTY, NO, 16, 0, 0},
    {"1 byte", 1, GOOD, 32, 1, 0, MALFORMED, VMCLOCK_REASON_TRUNCATED, NO, 16, 1, 0},
    {"15 bytes", 15, GOOD, 32, 1, 0, MALFORMED, VMCLOCK_REASON_TRUNCATED, NO, 16, 15, 0},
    {"15 bytes, cut allowed", 15, GOOD, 32, 1, TRUNCATE, MALFORMED, VMCLOCK_REASON_TRUNCATED, NO, 16, 15, 0},
    {"16 bytes", 16, GOOD, 32, 1, 0, MALFORMED, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, SIZE, 16, 32, 0},
    {"16 bytes, cut allowed", 16, GOOD, 32, 1, TRUNCATE, MALFORMED, VMCLOCK_REASON_TRUNCATED, NO, 32, 16, 0},
    {"31 bytes", 31, GOOD, 32, 1, 0, MALFORMED, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, SIZE, 31, 32, 0},
    {"31 bytes, cut allowed", 31, GOOD, 32, 1, TRUNCATE, MALFORMED, VMCLOCK_REASON_TRUNCATED, NO, 32, 31, 0},
    {"32 bytes", 32, GOOD, 32, 1, 0, OK, 32},
    {"32 bytes, cut allowed", 32, GOOD, 32, 1, TRUNCATE, OK, 32},
    {"size 32 in a page", 4096, GOOD, 32, 1, 0, OK, 32},
    {"size 33", 4096, GOOD, 33, 1, 0, OK, 33},
    {"size 103", 4096, GOOD, 103, 1, 0, OK, 103},
    {"size 104", 104, GOOD, 104, 1, 0, OK, 104},
    {"size 111", 4096, GOOD, 111, 1, 0, OK, 111},
    {"size 112", 112, GOOD, 112, 1, 0, OK, 112},
    {"size 4095", 4096, GOOD, 4095, 1, 0, OK, 4095},
    {"size 4096", 4096, GOOD, 4096, 1, 0, OK, 4096},
    {"size 4097", 4096, GOOD, 4097, 1, 0, MALFORMED, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, SIZE, 4096, 4097, 0},
    {"size 4097, cut allowed", 4096, GOOD, 4097, 1, TRUNCATE, OK, 4096},
    {"largest size", 4096, GOOD, UINT32_MAX, 1, 0, MALFORMED, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, SIZE, 4096,
     UINT32_MAX, 0},
    {"largest size, cut allowed", 4096, GOOD, UINT32_MAX, 1, TRUNCATE, OK, 4096},
    {"size 4096 of 4095", 4095, GOOD, 4096, 1, 0, MALFORMED, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, SIZE, 4095, 4096, 0},
    {"size 4096 of 60, cut allowed", 60, GOOD, 4096, 1, TRUNCATE, OK, 60},
    {"other option bits are ignored", 4096, GOOD, 4097, 1, ~1U, MALFORMED, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, SIZE,
     4096, 4097, 0},
    {"all option bits", 4096, GOOD, 4097, 1, ~0U, OK, 4096},
    {"magic swapped", 4096, 0x56434c4b, 4096, 1, 0, MALFORMED, VMCLOCK_REASON_MAGIC_BYTE_SWAPPED, MAGIC, GOOD,
     0x56434c4b, 0},
    {"magic of zeros", 4096, 0, 4096, 1, 0, MALFORMED, VMCLOCK_REASON_BAD_MAGIC, MAGIC, GOOD, 0, 0},
    {"magic of ones", 4096, 0xffffffff, 4096, 1, 0, MALFORMED, VMCLOCK_REASON_BAD_MAGIC, MAGIC, GOOD, 0xffffffff, 0},
    {"magic and 16 bytes wrong", 16, 0, 4096, 1, 0, MALFORMED, VMCLOCK_REASON_BAD_MAGIC, MAGIC, GOOD, 0, 0},
    {"magic before version", 4096, 1, 0, 0, 0, MALFORMED, VMCLOCK_REASON_BAD_MAGIC, MAGIC, GOOD, 1, 0},
    {"magic swapped before version", 4096, 0x56434c4b, 0, 0, 0, MALFORMED, VMCLOCK_REASON_MAGIC_BYTE_SWAPPED, MAGIC,
     GOOD, 0x56434c4b, 0},
    {"version 0", 4096, GOOD, 4096, 0, 0, NOT_INITIALIZED, VMCLOCK_REASON_VERSION_ZERO, VERSION, 1, 0, 0},
    {"version 0 before size", 4096, GOOD, 0, 0, 0, NOT_INITIALIZED, VMCLOCK_REASON_VERSION_ZERO, VERSION, 1, 0, 0},
    {"size 0", 4096, GOOD, 0, 1, 0, MALFORMED, VMCLOCK_REASON_SIZE_TOO_SMALL, SIZE, 16, 0, 0},
    {"size 15", 4096, GOOD, 15, 1, 0, MALFORMED, VMCLOCK_REASON_SIZE_TOO_SMALL, SIZE, 16, 15, 0},
    {"size 15 before version 2", 4096, GOOD, 15, 2, 0, MALFORMED, VMCLOCK_REASON_SIZE_TOO_SMALL, SIZE, 16, 15, 0},
    {"size 16 behind version 2", 4096, GOOD, 16, 2, 0, NOT_SUPPORTED, VMCLOCK_REASON_VERSION_UNSUPPORTED, VERSION, 1, 2,
     0},
    {"version 2", 4096, GOOD, 4096, 2, 0, NOT_SUPPORTED, VMCLOCK_REASON_VERSION_UNSUPPORTED, VERSION, 1, 2, 0},
    {"version 0x100", 4096, GOOD, 4096, 0x100, 0, NOT_SUPPORTED, VMCLOCK_REASON_VERSION_UNSUPPORTED, VERSION, 1, 0x100,
     0},
    {"version 0xffff", 4096, GOOD, 4096, 0xffff, TRUNCATE, NOT_SUPPORTED, VMCLOCK_REASON_VERSION_UNSUPPORTED, VERSION,
     1, 0xffff, 0},
    {"version 2 before size above the region", 16, GOOD, 4097, 2, 0, NOT_SUPPORTED, VMCLOCK_REASON_VERSION_UNSUPPORTED,
     VERSION, 1, 2, 0},
    {"size 16", 4096, GOOD, 16, 1, 0, MALFORMED, VMCLOCK_REASON_SIZE_TOO_SMALL, SIZE, 32, 16, 0},
    {"size 31", 4096, GOOD, 31, 1, 0, MALFORMED, VMCLOCK_REASON_SIZE_TOO_SMALL, SIZE, 32, 31, 0},
    {"size 31, cut allowed", 4096, GOOD, 31, 1, TRUNCATE, MALFORMED, VMCLOCK_REASON_SIZE_TOO_SMALL, SIZE, 32, 31, 0},
    {"size 31 of 16", 16, GOOD, 31, 1, 0, MALFORMED, VMCLOCK_REASON_SIZE_TOO_SMALL, SIZE, 32, 31, 0},
    {"size 31 of 16, cut allowed", 16, GOOD, 31, 1, TRUNCATE, MALFORMED, VMCLOCK_REASON_SIZE_TOO_SMALL, SIZE, 32, 31,
     0},
};

static void every_rule_is_reported_in_its_order_with_all_it_knows(void)
{
    uint8_t page[PAGE], before[PAGE];

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *row = rows[i].row;
        struct vmclock_view view;
        struct vmclock_error err;
        uint8_t *copy;

        build_clock_page(page);
        put32(page, AT_MAGIC, rows[i].magic);
        put32(page, AT_SIZE, rows[i].size);
        put16(page, AT_VERSION, rows[i].version);
        memcpy(before, page, sizeof page);
        copy = exact_copy(page, rows[i].region);
        memset(&view, 0xff, sizeof view);
        memset(&err, 0xff, sizeof err);
        EQ_IN(row, vmclock_parse(copy, rows[i].region, rows[i].flags, &view, &err), rows[i].kind);
        EQ_IN(row, err.kind, rows[i].kind);
        EQ_IN(row, err.reason, rows[i].reason);
        EQ_IN(row, err.field, rows[i].field);
        EQ_IN(row, err.offset, rows[i].offset);
        EQ_IN(row, err.expected, rows[i].expected);
        EQ_IN(row, err.actual, rows[i].actual);
        EQ_IN(row, err.sys_errno, 0);
        HOLDS_IN(row, err.origin == NULL);
        EQ_IN(row, vmclock_view_len(&view), rows[i].len);
        HOLDS_IN(row, view.base == (rows[i].kind == VMCLOCK_OK ? copy : NULL));
        /* The same without a place for the details, and on the same bytes again. */
        EQ_IN(row, vmclock_parse(copy, rows[i].region, rows[i].flags, NULL, NULL), rows[i].kind);
        EQ_IN(row, rows[i].region == 0 ? 0 : memcmp(copy, before, rows[i].region), 0);
        free(copy);
    }
}

static void page_cut_anywhere_is_refused_unless_cuts_are_allowed(void)
{
    uint8_t page[PAGE];

    build_clock_page(page);
    for (size_t len = 0; len < sizeof page; len++) {
        uint8_t *copy = exact_copy(page, len);
        const enum vmclock_reason reason = len == 0   ? VMCLOCK_REASON_EMPTY
                                        : len < 16 ? VMCLOCK_REASON_TRUNCATED
                                                   : VMCLOCK_REASON_SIZE_EXCEEDS_REGION;
        struct vmclock_error err;
        struct vmclock_view view;

        HOLDS(vmclock_parse(copy, len, 0, &view, &err) != VMCLOCK_OK);
        EQ(err.reason, reason);
        EQ(vmclock_view_len(&view), 0);
        EQ(vmclock_parse(copy, len, VMCLOCK_ALLOW_TRUNCATED, &view, &err) == VMCLOCK_OK, len >= 32);
        EQ(err.reason, len == 0 ? VMCLOCK_REASON_EMPTY : len < 32 ? VMCLOCK_REASON_TRUNCATED : VMCLOCK_REASON_NONE);
        EQ(vmclock_view_len(&view), len < 32 ? 0 : len);
        free(copy);
    }
}

static void null_counts_as_no_bytes_whatever_the_length(void)
{
    static const size_t lengths[] = {0, 1, 16, 32, 4096, SIZE_MAX};

    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct vmclock_view view;
        struct vmclock_error err;

        memset(&view, 0xff, sizeof view);
        memset(&err, 0xff, sizeof err);
        EQ(vmclock_parse(NULL, lengths[i], VMCLOCK_ALLOW_TRUNCATED, &view, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
        EQ(err.reason, VMCLOCK_REASON_EMPTY);
        EQ(err.actual, 0);
        EQ(vmclock_view_len(&view), 0);
        HOLDS(view.base == NULL);
    }
}

static void any_length_up_to_SIZE_MAX_opens_a_view_of_size_bytes(void)
{
    /* Only the header is read, so a page of 16 bytes that claims 4096 shows that nothing else is. */
    const size_t lengths[] = {4096, 4097, (size_t)UINT32_MAX - 1, UINT32_MAX, SIZE_MAX - 4096, SIZE_MAX - 1, SIZE_MAX};
    uint8_t bytes[16], *copy;

    build_signal_page(bytes, sizeof bytes, 4096);
    copy = exact_copy(bytes, sizeof bytes);
    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct vmclock_view view;

        EQ(vmclock_parse(copy, lengths[i], 0, &view, NULL), VMCLOCK_OK);
        EQ(vmclock_view_len(&view), 4096);
    }
    put32(copy, AT_SIZE, UINT32_MAX);
    EQ(vmclock_parse(copy, (size_t)UINT32_MAX - 1, 0, NULL, NULL), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(vmclock_parse(copy, UINT32_MAX, 0, NULL, NULL), VMCLOCK_OK);
    EQ(vmclock_parse(copy, SIZE_MAX, 0, NULL, NULL), VMCLOCK_OK);
#if SIZE_MAX > UINT32_MAX
    {
        /* A length whose low 32 bits are small is not a small length. */
        struct vmclock_view view;

        EQ(vmclock_parse(copy, (size_t)UINT32_MAX + 1, 0, &view, NULL), VMCLOCK_OK);
        EQ(vmclock_view_len(&view), UINT32_MAX);
        EQ(vmclock_parse(copy, (size_t)UINT32_MAX + 2, 0, &view, NULL), VMCLOCK_OK);
        EQ(vmclock_view_len(&view), UINT32_MAX);
    }
#endif
    free(copy);
}

static void any_alignment_parses(void)
{
    uint8_t page[PAGE];

    build_clock_page(page);
    for (size_t shift = 0; shift < 8; shift++) {
        uint8_t *block = malloc(PAGE + shift);
        struct vmclock_view view;
        uint64_t generation = 0;

        CU_ASSERT_PTR_NOT_NULL_FATAL(block);
        memcpy(block + shift, page, PAGE);
        EQ(vmclock_parse(block + shift, PAGE, 0, &view, NULL), VMCLOCK_OK);
        HOLDS(vmclock_get_vm_generation_counter(&view, &generation));
        EQ(generation, UINT64_C(0x3132333435363738));
        free(block);
    }
}

static void seq_count_and_enum_values_do_not_decide(void)
{
    static const unsigned at[] = {AT_COUNTER_ID, AT_TIME_TYPE, AT_SEQ_COUNT, AT_CLOCK_STATUS,
                                  AT_LEAP_SECOND_SMEARING_HINT, AT_LEAP_INDICATOR, AT_COUNTER_PERIOD_SHIFT, AT_PAD};
    uint8_t page[PAGE];

    for (unsigned i = 0; i < sizeof at / sizeof *at; i++)
        for (unsigned number = 0; number < 256; number++) {
            build_clock_page(page);
            put8(page, at[i], number);
            EQ(vmclock_parse(page, PAGE, 0, NULL, NULL), VMCLOCK_OK);
        }
}

static void region_larger_than_the_copy_judges_size_but_not_presence(void)
{
    /* As after a snapshot: 112 bytes are held of a region of 4096. */
    uint8_t page[PAGE], *copy;
    struct vmclock_view view;
    struct vmclock_error err;

    build_clock_page(page);
    copy = exact_copy(page, 112);
    EQ(vmclock_parse_region_(copy, 112, 4096, 0, &view, &err), VMCLOCK_OK);
    EQ(vmclock_view_len(&view), 112);
    EQ(vmclock_parse_region_(copy, 112, 4095, 0, &view, &err), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(err.reason, VMCLOCK_REASON_SIZE_EXCEEDS_REGION);
    EQ(err.expected, 4095);
    EQ(err.actual, 4096);
    put32(copy, AT_SIZE, 60);
    EQ(vmclock_parse_region_(copy, 112, 4096, 0, &view, NULL), VMCLOCK_OK);
    EQ(vmclock_view_len(&view), 60);
    EQ(vmclock_parse_region_(copy, 15, 15, 0, NULL, &err), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(err.reason, VMCLOCK_REASON_TRUNCATED);
    EQ(vmclock_parse_region_(NULL, 0, 0, 0, NULL, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    free(copy);
}

SUITE(parse) = {
    {"every rule is reported in its order with all it knows", every_rule_is_reported_in_its_order_with_all_it_knows},
    {"page cut anywhere is refused unless cuts are allowed", page_cut_anywhere_is_refused_unless_cuts_are_allowed},
    {"NULL counts as no bytes whatever the length", null_counts_as_no_bytes_whatever_the_length},
    {"any length up to SIZE_MAX opens a view of size bytes", any_length_up_to_SIZE_MAX_opens_a_view_of_size_bytes},
    {"any alignment parses", any_alignment_parses},
    {"seq_count and enum values do not decide", seq_count_and_enum_values_do_not_decide},
    {"region larger than the copy judges size but not presence",
     region_larger_than_the_copy_judges_size_but_not_presence},
    CU_TEST_INFO_NULL,
};
