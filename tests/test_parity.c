/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ClockBound 2.0's answers, measured, beside ours: H is VMClockShmHeader::read, R its reader. Where ours differs on
 * purpose the row says why.
 */
#include "suite.h"

#include "pages.h"
#include "vmclock.h"

enum answer { OK, SYSCALL, NOT_INITIALIZED, MALFORMED, NOT_SUPPORTED };

struct row {
    const char *name;
    uint32_t magic, size, version;
    unsigned bytes;
    enum answer header, reader, ours;
    const char *differs; /* why ours is not the reader's answer, NULL where it is */
};

#define GOOD 0x4b4c4356
#define FEWER_FIELDS "Linux's rule: from 32 bytes on a page is valid, with fewer fields"
#define PAST_THE_END "ClockBound maps past the end of what is there"

static const struct row sizes[] = {
    {"size 0", GOOD, 0, 1, PAGE, MALFORMED, MALFORMED, MALFORMED, NULL},
    {"size 15", GOOD, 15, 1, PAGE, MALFORMED, MALFORMED, MALFORMED, NULL},
    {"size 16", GOOD, 16, 1, PAGE, OK, MALFORMED, MALFORMED, NULL},
    {"size 31", GOOD, 31, 1, PAGE, OK, MALFORMED, MALFORMED, NULL},
    {"size 32", GOOD, 32, 1, PAGE, OK, MALFORMED, OK, FEWER_FIELDS},
    {"size 103", GOOD, 103, 1, PAGE, OK, MALFORMED, OK, FEWER_FIELDS},
    {"size 104", GOOD, 104, 1, PAGE, OK, OK, OK, NULL},
    {"size 111", GOOD, 111, 1, PAGE, OK, OK, OK, NULL},
    {"size 112", GOOD, 112, 1, PAGE, OK, OK, OK, NULL},
    {"size 4096", GOOD, 4096, 1, PAGE, OK, OK, OK, NULL},
    {"size 8192", GOOD, 8192, 1, PAGE, OK, OK, MALFORMED, PAST_THE_END},
    {"size 0x7fffffff", GOOD, 0x7fffffff, 1, PAGE, OK, OK, MALFORMED, PAST_THE_END},
    {"size 0xffffffff", GOOD, 0xffffffff, 1, PAGE, OK, OK, MALFORMED, PAST_THE_END},
    {"size 4096 of 104", GOOD, 4096, 1, 104, OK, OK, MALFORMED, PAST_THE_END},
    {"size 4096 of 60", GOOD, 4096, 1, 60, OK, OK, MALFORMED, PAST_THE_END},
};
static const struct row versions[] = {
    {"version 0", GOOD, 4096, 0, PAGE, NOT_INITIALIZED, NOT_INITIALIZED, NOT_INITIALIZED, NULL},
    {"version 2", GOOD, 4096, 2, PAGE, OK, NOT_SUPPORTED, NOT_SUPPORTED, NULL},
    {"version 0xffff", GOOD, 4096, 0xffff, PAGE, OK, NOT_SUPPORTED, NOT_SUPPORTED, NULL},
};
static const struct row magics[] = {
    {"bad magic", 0x4b4c4357, 4096, 1, PAGE, MALFORMED, MALFORMED, MALFORMED, NULL},
    {"byte-swapped magic", 0x56434c4b, 4096, 1, PAGE, MALFORMED, MALFORMED, MALFORMED, NULL},
    {"magic of zeros", 0, 4096, 1, PAGE, MALFORMED, MALFORMED, MALFORMED, NULL},
    {"magic of ones", 0xffffffff, 4096, 1, PAGE, MALFORMED, MALFORMED, MALFORMED, NULL},
};
static const struct row orders[] = {
    {"bad magic, version 0, size 0", 0x4b4c4357, 0, 0, PAGE, MALFORMED, MALFORMED, MALFORMED, NULL},
    {"version 0, size 0", GOOD, 0, 0, PAGE, NOT_INITIALIZED, NOT_INITIALIZED, NOT_INITIALIZED, NULL},
    {"version 2, size 0", GOOD, 0, 2, PAGE, MALFORMED, MALFORMED, MALFORMED, NULL},
    {"version 2, size 15", GOOD, 15, 2, PAGE, MALFORMED, MALFORMED, MALFORMED, NULL},
    {"version 2, size 16", GOOD, 16, 2, PAGE, OK, NOT_SUPPORTED, NOT_SUPPORTED, NULL},
    {"version 2, size 50", GOOD, 50, 2, PAGE, OK, NOT_SUPPORTED, NOT_SUPPORTED, NULL},
};
static const struct row lengths[] = {
    {"empty", GOOD, 4096, 1, 0, SYSCALL, NOT_INITIALIZED, NOT_INITIALIZED, NULL},
    {"1 byte", GOOD, 4096, 1, 1, SYSCALL, MALFORMED, MALFORMED, NULL},
    {"15 bytes", GOOD, 4096, 1, 15, SYSCALL, MALFORMED, MALFORMED, NULL},
};

static const char *const names[] = {
    [OK] = "Ok",
    [SYSCALL] = "SyscallError",
    [NOT_INITIALIZED] = "SegmentNotInitialized",
    [MALFORMED] = "SegmentMalformed",
    [NOT_SUPPORTED] = "SegmentVersionNotSupported",
};

static void compare(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *row = rows[i].name;
        uint8_t page[PAGE], *copy;
        enum vmclock_err header, whole;

        build_signal_page(page, sizeof page, rows[i].size);
        put32(page, AT_MAGIC, rows[i].magic);
        put16(page, AT_VERSION, rows[i].version);
        copy = exact_copy(page, rows[i].bytes);
        header = vmclock_shm_header_read(copy, rows[i].bytes, NULL, NULL);
        whole = vmclock_parse(copy, rows[i].bytes, 0, NULL, NULL);
        /* The header's answer for too few bytes is the reader's: there is no system call to blame. */
        TEXT_IN(row, vmclock_err_name(header), names[rows[i].header == SYSCALL ? rows[i].reader : rows[i].header]);
        TEXT_IN(row, vmclock_err_name(whole), names[rows[i].ours]);
        /* A row that differs from the reader has to say why, and no other row may claim to. */
        EQ_IN(row, rows[i].ours != rows[i].reader, rows[i].differs != NULL);
        free(copy);
    }
}
#define COMPARE(rows) compare(rows, sizeof rows / sizeof *rows)

static void parity_sizes(void)
{
    COMPARE(sizes);
}
static void parity_reader_version_not_supported(void)
{
    COMPARE(versions);
}
static void parity_reader_bad_magic(void)
{
    COMPARE(magics);
}
static void parity_the_first_broken_rule_is_reported(void)
{
    COMPARE(orders);
}
static void parity_too_few_bytes(void)
{
    COMPARE(lengths);
}

static void parity_short_file_with_truncation_allowed_has_absent_fields_where_clockbound_reads_zeros(void)
{
    static const unsigned lens[] = {104, 60};
    uint8_t page[PAGE];

    for (unsigned i = 0; i < 2; i++) {
        uint8_t *copy;
        struct vmclock_view view;
        struct vmclock_page fields;

        build_clock_page(page);
        copy = exact_copy(page, lens[i]);
        EQ(vmclock_parse(copy, lens[i], VMCLOCK_ALLOW_TRUNCATED, &view, NULL), VMCLOCK_OK);
        vmclock_decode(&view, &fields);
        HOLDS(!vmclock_page_present(&fields, VMCLOCK_FIELD_VM_GENERATION_COUNTER));
        EQ(vmclock_page_present(&fields, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC), lens[i] == 104);
        EQ(vmclock_page_present(&fields, VMCLOCK_FIELD_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC), lens[i] == 104);
        HOLDS(vmclock_page_present(&fields, VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC));
        free(copy);
    }
}

static void parity_unknown_clock_status_is_a_number_and_a_finding(void)
{
    static const unsigned statuses[] = {5, 200, 255};
    uint8_t page[PAGE];

    for (unsigned i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct vmclock_view view;
        uint8_t status;

        build_signal_page(page, sizeof page, PAGE);
        put8(page, AT_CLOCK_STATUS, statuses[i]);
        EQ(vmclock_parse(page, PAGE, 0, &view, NULL), VMCLOCK_OK);
        HOLDS(vmclock_get_clock_status(&view, &status));
        EQ(status, statuses[i]);
        EQ(vmclock_findings(&view), UINT32_C(1) << 12);
    }
}

static void parity_odd_seq_count_is_a_finding_and_does_not_spin(void)
{
    uint8_t page[PAGE];
    struct vmclock_view view;

    build_signal_page(page, sizeof page, PAGE);
    put32(page, AT_SEQ_COUNT, 3);
    EQ(vmclock_shm_header_read(page, PAGE, NULL, NULL), VMCLOCK_OK);
    EQ(vmclock_parse(page, PAGE, 0, &view, NULL), VMCLOCK_OK);
    EQ(vmclock_findings(&view), UINT32_C(1) << 6);
}

SUITE(parity) = {
    {"parity_sizes", parity_sizes},
    {"parity_reader_version_not_supported", parity_reader_version_not_supported},
    {"parity_reader_bad_magic", parity_reader_bad_magic},
    {"parity_the_first_broken_rule_is_reported", parity_the_first_broken_rule_is_reported},
    {"parity_too_few_bytes", parity_too_few_bytes},
    {"parity_short_file_with_truncation_allowed_has_absent_fields_where_clockbound_reads_zeros",
     parity_short_file_with_truncation_allowed_has_absent_fields_where_clockbound_reads_zeros},
    {"parity_unknown_clock_status_is_a_number_and_a_finding", parity_unknown_clock_status_is_a_number_and_a_finding},
    {"parity_odd_seq_count_is_a_finding_and_does_not_spin", parity_odd_seq_count_is_a_finding_and_does_not_spin},
    CU_TEST_INFO_NULL,
};
