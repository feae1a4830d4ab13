/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings: each on a page that has exactly it, both sides of its bound, presence, order, the iterator, messages. */
#include "suite.h"

#include <limits.h>

#include "pages.h"
#include "vmclock.h"

#define NOTICE VMCLOCK_NOTICE
#define WARNING VMCLOCK_WARNING

static const struct {
    const char *name;
    enum vmclock_severity severity;
} ids[] = {
    {"size-not-page", NOTICE},          {"unknown-counter-id", WARNING},      {"unknown-time-type", WARNING},
    {"smeared-time-type", WARNING},     {"utc-time-type", NOTICE},            {"seq-count-zero", NOTICE},
    {"update-in-progress", WARNING},    {"disruption-announced", NOTICE},     {"unknown-flags", NOTICE},
    {"ambiguous-flag-bits", NOTICE},    {"flagged-field-absent", WARNING},    {"padding-not-zero", NOTICE},
    {"unknown-clock-status", WARNING},  {"status-without-counter", NOTICE},   {"unknown-smearing-hint", NOTICE},
    {"tai-offset-missing", NOTICE},     {"tai-offset-sign", WARNING},         {"tai-offset-suspicious", WARNING},
    {"unknown-leap-indicator", WARNING}, {"period-shift-undefined", WARNING}, {"period-zero", WARNING},
    {"period-implausible", NOTICE},     {"esterror-exceeds-maxerror", WARNING}, {"data-past-structure", NOTICE},
};
enum { IDS = sizeof ids / sizeof *ids, NO = -1 };

/* A change of the clock page, which has no finding. */
struct poke {
    unsigned at, width;
    uint64_t value;
};

/* With one or two changes the page has exactly the findings `first` and `second`, or none (NO). */
static const struct {
    struct poke pokes[2];
    int first, second;
} rows[] = {
    {{{0, 0, 0}}, NO, NO},
    /* size-not-page: presence follows size, so sizes that keep every field. */
    {{{AT_SIZE, 4, 4095}}, 0, NO},
    {{{AT_SIZE, 4, 4096}}, NO, NO},
    {{{AT_SIZE, 4, 4097}}, 0, NO},
    {{{AT_SIZE, 4, 8191}}, 0, NO},
    {{{AT_SIZE, 4, 8192}}, NO, NO},
    {{{AT_SIZE, 4, 112}}, 0, NO},
    /* unknown-counter-id: 0, 1 and 0xff are known; with INVALID the status has no counter. */
    {{{AT_COUNTER_ID, 1, 0}}, NO, NO},
    {{{AT_COUNTER_ID, 1, 1}}, NO, NO},
    {{{AT_COUNTER_ID, 1, 2}}, 1, NO},
    {{{AT_COUNTER_ID, 1, 0xfe}}, 1, NO},
    {{{AT_COUNTER_ID, 1, 0xff}}, 13, NO},
    /* time_type: 2 is fine, 3 and 4 are smeared, from 5 on unknown, 0 is UTC. */
    {{{AT_TIME_TYPE, 1, 2}}, NO, NO},
    {{{AT_TIME_TYPE, 1, 3}}, 3, NO},
    {{{AT_TIME_TYPE, 1, 4}}, 3, NO},
    {{{AT_TIME_TYPE, 1, 5}}, 2, NO},
    {{{AT_TIME_TYPE, 1, 255}}, 2, NO},
    {{{AT_TIME_TYPE, 1, 0}}, 4, NO},
    {{{AT_TIME_TYPE, 1, 0}, {AT_COUNTER_ID, 1, 0xff}}, 13, NO},
    {{{AT_TIME_TYPE, 1, 0}, {AT_COUNTER_ID, 1, 0xfe}}, 1, 4},
    /* seq_count */
    {{{AT_SEQ_COUNT, 4, 0}}, 5, NO},
    {{{AT_SEQ_COUNT, 4, 1}}, 6, NO},
    {{{AT_SEQ_COUNT, 4, 2}}, NO, NO},
    {{{AT_SEQ_COUNT, 4, UINT32_MAX - 1}}, NO, NO},
    {{{AT_SEQ_COUNT, 4, UINT32_MAX}}, 6, NO},
    /* flags, beside those of the page */
    {{{AT_FLAGS, 8, 0x379 | 0x2}}, 7, NO},
    {{{AT_FLAGS, 8, 0x379 | 0x4}}, 7, NO},
    {{{AT_FLAGS, 8, 0x379 | 0x6}}, 7, NO},
    {{{AT_FLAGS, 8, 0x379 | 0x400}}, 8, NO},
    {{{AT_FLAGS, 8, 0x379 | UINT64_C(0x8000000000000000)}}, 8, NO},
    {{{AT_FLAGS, 8, 0x379 | 0x80}}, NO, NO},
    {{{AT_FLAGS, 8, 0x179 | 0x80}}, 9, NO},
    {{{AT_FLAGS, 8, 0x179}}, NO, NO},
    {{{AT_FLAGS, 8, UINT64_MAX}}, 7, 8},
    /* flagged-field-absent comes with size-not-page here: the generation counter ends at 112. */
    {{{AT_SIZE, 4, 111}}, 0, 10},
    {{{AT_SIZE, 4, 111}, {AT_FLAGS, 8, 0x279}}, 0, NO},
    /* pad */
    {{{AT_PAD, 2, 0x0001}}, 11, NO},
    {{{AT_PAD, 2, 0x8000}}, 11, NO},
    /* clock_status: 0 to 4 are known. */
    {{{AT_CLOCK_STATUS, 1, 0}}, NO, NO},
    {{{AT_CLOCK_STATUS, 1, 1}}, NO, NO},
    {{{AT_CLOCK_STATUS, 1, 3}}, NO, NO},
    {{{AT_CLOCK_STATUS, 1, 4}}, NO, NO},
    {{{AT_CLOCK_STATUS, 1, 5}}, 12, NO},
    {{{AT_CLOCK_STATUS, 1, 255}}, 12, NO},
    {{{AT_CLOCK_STATUS, 1, 3}, {AT_COUNTER_ID, 1, 0xff}}, 13, NO},
    {{{AT_CLOCK_STATUS, 1, 1}, {AT_COUNTER_ID, 1, 0xff}}, NO, NO},
    {{{AT_CLOCK_STATUS, 1, 4}, {AT_COUNTER_ID, 1, 0xff}}, NO, NO},
    {{{AT_CLOCK_STATUS, 1, 5}, {AT_COUNTER_ID, 1, 0xff}}, 12, NO},
    /* leap_second_smearing_hint: 0 to 2 are known. */
    {{{AT_LEAP_SECOND_SMEARING_HINT, 1, 1}}, NO, NO},
    {{{AT_LEAP_SECOND_SMEARING_HINT, 1, 2}}, NO, NO},
    {{{AT_LEAP_SECOND_SMEARING_HINT, 1, 3}}, 14, NO},
    {{{AT_LEAP_SECOND_SMEARING_HINT, 1, 255}}, 14, NO},
    /* tai_offset_sec: missing only with a sourced clock. */
    {{{AT_FLAGS, 8, 0x378}}, 15, NO},
    {{{AT_FLAGS, 8, 0x378}, {AT_CLOCK_STATUS, 1, 3}}, 15, NO},
    {{{AT_FLAGS, 8, 0x378}, {AT_CLOCK_STATUS, 1, 4}}, NO, NO},
    {{{AT_FLAGS, 8, 0x378}, {AT_CLOCK_STATUS, 1, 1}}, NO, NO},
    {{{AT_FLAGS, 8, 0x378}, {AT_COUNTER_ID, 1, 0xff}}, 13, NO},
    {{{AT_FLAGS, 8, 0x378}, {AT_TAI_OFFSET_SEC, 2, 37}}, 15, NO},
    {{{AT_FLAGS, 8, 0x378}, {AT_TAI_OFFSET_SEC, 2, 61}}, 15, NO},
    /* Its sign and its magnitude, 10 to 60. */
    {{{AT_TAI_OFFSET_SEC, 2, 9}}, 17, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 10}}, 16, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 60}}, 16, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 61}}, 17, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 0}}, 17, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 0x7fff}}, 17, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 0x8000}}, 17, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 0x10000 - 9}}, 17, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 0x10000 - 10}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 0x10000 - 60}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 0x10000 - 61}}, 17, NO},
    /* leap_indicator: 0 to 5 are known. */
    {{{AT_LEAP_INDICATOR, 1, 5}}, NO, NO},
    {{{AT_LEAP_INDICATOR, 1, 6}}, 18, NO},
    {{{AT_LEAP_INDICATOR, 1, 255}}, 18, NO},
    /* counter_period_shift: undefined from 128 on; without a sourced clock the period is not judged. */
    {{{AT_COUNTER_PERIOD_SHIFT, 1, 127}, {AT_CLOCK_STATUS, 1, 0}}, NO, NO},
    {{{AT_COUNTER_PERIOD_SHIFT, 1, 128}, {AT_CLOCK_STATUS, 1, 0}}, 19, NO},
    {{{AT_COUNTER_PERIOD_SHIFT, 1, 255}, {AT_CLOCK_STATUS, 1, 0}}, 19, NO},
    {{{AT_COUNTER_PERIOD_SHIFT, 1, 127}}, 21, NO},
    {{{AT_COUNTER_PERIOD_SHIFT, 1, 128}}, 19, 21},
    /* counter_period_frac_sec */
    {{{AT_COUNTER_PERIOD_FRAC_SEC, 8, 0}}, 20, NO},
    {{{AT_COUNTER_PERIOD_FRAC_SEC, 8, 0}, {AT_CLOCK_STATUS, 1, 3}}, 20, NO},
    {{{AT_COUNTER_PERIOD_FRAC_SEC, 8, 0}, {AT_CLOCK_STATUS, 1, 0}}, NO, NO},
    {{{AT_COUNTER_PERIOD_FRAC_SEC, 8, 0}, {AT_COUNTER_ID, 1, 0xff}}, 13, NO},
    {{{AT_COUNTER_PERIOD_FRAC_SEC, 8, 1}}, 21, NO},
    {{{AT_COUNTER_PERIOD_FRAC_SEC, 8, 1}, {AT_CLOCK_STATUS, 1, 4}}, NO, NO},
    /* Estimates up to their maximum, flags of both. */
    {{{AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, 8, UINT64_C(495176015714153)}}, NO, NO},
    {{{AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, 8, UINT64_C(495176015714154)}}, 22, NO},
    {{{AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, 8, UINT64_MAX}, {AT_FLAGS, 8, 0x371}}, NO, NO},
    {{{AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, 8, UINT64_MAX}, {AT_FLAGS, 8, 0x369}}, NO, NO},
    {{{AT_TIME_ESTERROR_NANOSEC, 8, 2500000}}, NO, NO},
    {{{AT_TIME_ESTERROR_NANOSEC, 8, 2500001}}, 22, NO},
    {{{AT_TIME_ESTERROR_NANOSEC, 8, UINT64_MAX}, {AT_FLAGS, 8, 0x359}}, NO, NO},
    {{{AT_TIME_ESTERROR_NANOSEC, 8, UINT64_MAX}, {AT_FLAGS, 8, 0x339}}, NO, NO},
    {{{AT_TIME_ESTERROR_NANOSEC, 8, 1}, {AT_TIME_MAXERROR_NANOSEC, 8, 0}}, 22, NO},
    {{{AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, 8, 1}, {AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 8, 0}}, 22, NO},
    /* data-past-structure: from 112 on, up to size and to the input's end. */
    {{{PAST_STRUCTURE - 1, 1, 1}}, NO, NO},
    {{{PAST_STRUCTURE, 1, 1}}, 23, NO},
    {{{PAGE - 1, 1, 1}}, 23, NO},
    {{{PAGE, 1, 1}}, NO, NO},
    {{{PAGE, 1, 1}, {AT_SIZE, 4, 4097}}, 0, 23},
    {{{112, 1, 1}, {AT_SIZE, 4, 112}}, 0, NO},
};
enum { ROWS = sizeof rows / sizeof *rows, ROOM = 2 * PAGE };

static void expect_set(const char *row, const uint8_t *page, size_t len, unsigned flags, uint32_t set)
{
    struct vmclock_view view;
    struct vmclock_finding finding;
    uint8_t *copy = exact_copy(page, len);
    uint32_t seen = 0;
    unsigned cursor = 0;

    EQ_IN(row, vmclock_parse(copy, len, flags, &view, NULL), VMCLOCK_OK);
    EQ_IN(row, vmclock_findings(&view), set);
    while (vmclock_findings_next(&view, &cursor, &finding)) {
        EQ_IN(row, finding.severity, ids[finding.id].severity);
        HOLDS_IN(row, seen >> finding.id <= 1); /* in their order */
        seen |= UINT32_C(1) << finding.id;
    }
    EQ_IN(row, seen, set);
    free(copy);
}

static uint32_t set_of(int first, int second)
{
    return (first == NO ? 0 : UINT32_C(1) << first) | (second == NO ? 0 : UINT32_C(1) << second);
}

static void numbers_and_names_of_findings_are_frozen(void)
{
    static const int wrong[] = {-1, INT_MIN, IDS, 31, 32, INT_MAX};

    EQ(VMCLOCK_FINDING_END, IDS);
    EQ(VMCLOCK_FINDING_SIZE_NOT_PAGE, 0);
    EQ(VMCLOCK_FINDING_UNKNOWN_COUNTER_ID, 1);
    EQ(VMCLOCK_FINDING_UNKNOWN_TIME_TYPE, 2);
    EQ(VMCLOCK_FINDING_SMEARED_TIME_TYPE, 3);
    EQ(VMCLOCK_FINDING_UTC_TIME_TYPE, 4);
    EQ(VMCLOCK_FINDING_SEQ_COUNT_ZERO, 5);
    EQ(VMCLOCK_FINDING_UPDATE_IN_PROGRESS, 6);
    EQ(VMCLOCK_FINDING_DISRUPTION_ANNOUNCED, 7);
    EQ(VMCLOCK_FINDING_UNKNOWN_FLAGS, 8);
    EQ(VMCLOCK_FINDING_AMBIGUOUS_FLAG_BITS, 9);
    EQ(VMCLOCK_FINDING_FLAGGED_FIELD_ABSENT, 10);
    EQ(VMCLOCK_FINDING_PADDING_NOT_ZERO, 11);
    EQ(VMCLOCK_FINDING_UNKNOWN_CLOCK_STATUS, 12);
    EQ(VMCLOCK_FINDING_STATUS_WITHOUT_COUNTER, 13);
    EQ(VMCLOCK_FINDING_UNKNOWN_SMEARING_HINT, 14);
    EQ(VMCLOCK_FINDING_TAI_OFFSET_MISSING, 15);
    EQ(VMCLOCK_FINDING_TAI_OFFSET_SIGN, 16);
    EQ(VMCLOCK_FINDING_TAI_OFFSET_SUSPICIOUS, 17);
    EQ(VMCLOCK_FINDING_UNKNOWN_LEAP_INDICATOR, 18);
    EQ(VMCLOCK_FINDING_PERIOD_SHIFT_UNDEFINED, 19);
    EQ(VMCLOCK_FINDING_PERIOD_ZERO, 20);
    EQ(VMCLOCK_FINDING_PERIOD_IMPLAUSIBLE, 21);
    EQ(VMCLOCK_FINDING_ESTERROR_EXCEEDS_MAXERROR, 22);
    EQ(VMCLOCK_FINDING_DATA_PAST_STRUCTURE, 23);
    for (unsigned i = 0; i < IDS; i++)
        TEXT(vmclock_finding_name((enum vmclock_finding_id)i), ids[i].name);
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CU_ASSERT_PTR_NULL(vmclock_finding_name((enum vmclock_finding_id)wrong[i]));
}

static void severities_have_names(void)
{
    static const int wrong[] = {0, 3, -1, INT_MIN, INT_MAX};

    EQ(VMCLOCK_NOTICE, 1);
    EQ(VMCLOCK_WARNING, 2);
    TEXT(vmclock_severity_name(VMCLOCK_NOTICE), "notice");
    TEXT(vmclock_severity_name(VMCLOCK_WARNING), "warning");
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CU_ASSERT_PTR_NULL(vmclock_severity_name((enum vmclock_severity)wrong[i]));
}

static void each_finding_is_there_on_its_side_of_the_bound_and_alone(void)
{
    uint32_t covered = 0;

    for (unsigned i = 0; i < ROWS; i++) {
        uint8_t page[ROOM] = {0};
        char row[64];

        build_clock_page(page);
        for (unsigned p = 0; p < 2; p++)
            put_le(page + rows[i].pokes[p].at, rows[i].pokes[p].width, rows[i].pokes[p].value);
        (void)snprintf(row, sizeof row, "row %u: %llu at %u", i, (unsigned long long)rows[i].pokes[0].value,
                       rows[i].pokes[0].at);
        expect_set(row, page, sizeof page, 0, set_of(rows[i].first, rows[i].second));
        if (rows[i].second == NO)
            covered |= set_of(rows[i].first, NO);
    }
    /* Every finding had a page that has exactly it, but the one that needs a short page. */
    EQ(covered, (UINT32_C(1) << IDS) - 1 - (UINT32_C(1) << 10));
}

static void period_is_implausible_exactly_below_1_mhz_and_above_100_ghz(void)
{
    static const struct {
        unsigned shift;
        uint64_t least, most; /* plausible periods: ceil(2^(64+shift) / 10^11) to floor(2^(64+shift) / 10^6) */
    } bounds[] = {
        {0, UINT64_C(0xafebff1), UINT64_C(0x10c6f7a0b5ed)},
        {19, UINT64_C(0x57f5ff85e593), UINT64_C(0x8637bd05af6c69b5)},
        {20, UINT64_C(0xafebff0bcb25), UINT64_MAX},
        {36, UINT64_C(0xafebff0bcb24aaff), UINT64_MAX},
    };
    static const unsigned too_far[] = {37, 63, 64, 65, 127};
    uint8_t page[PAGE];

    build_clock_page(page);
    for (unsigned i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        put8(page, AT_COUNTER_PERIOD_SHIFT, bounds[i].shift);
        put64(page, AT_COUNTER_PERIOD_FRAC_SEC, bounds[i].least - 1);
        expect_set("above 100 GHz", page, PAGE, 0, UINT32_C(1) << 21);
        put64(page, AT_COUNTER_PERIOD_FRAC_SEC, bounds[i].least);
        expect_set("100 GHz", page, PAGE, 0, 0);
        put64(page, AT_COUNTER_PERIOD_FRAC_SEC, bounds[i].most);
        expect_set("1 MHz", page, PAGE, 0, 0);
        if (bounds[i].most != UINT64_MAX) {
            put64(page, AT_COUNTER_PERIOD_FRAC_SEC, bounds[i].most + 1);
            expect_set("below 1 MHz", page, PAGE, 0, UINT32_C(1) << 21);
            put64(page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_MAX);
            expect_set("far below 1 MHz", page, PAGE, 0, UINT32_C(1) << 21);
        }
    }
    for (unsigned i = 0; i < sizeof too_far / sizeof *too_far; i++) {
        put8(page, AT_COUNTER_PERIOD_SHIFT, too_far[i]);
        put64(page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_MAX);
        expect_set("above 100 GHz whatever the period", page, PAGE, 0, UINT32_C(1) << 21);
        put64(page, AT_COUNTER_PERIOD_FRAC_SEC, 1);
        expect_set("above 100 GHz whatever the period", page, PAGE, 0, UINT32_C(1) << 21);
        put64(page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_C(10000000000)); /* plausible with other shifts */
        expect_set("above 100 GHz whatever the period", page, PAGE, 0, UINT32_C(1) << 21);
    }
    for (unsigned shift = 128; shift < 256; shift++) {
        put8(page, AT_COUNTER_PERIOD_SHIFT, shift);
        expect_set("shift above 127", page, PAGE, 0, (UINT32_C(1) << 21) | (UINT32_C(1) << 19));
    }
}

static void unknown_value_of_every_enum_is_found(void)
{
    static const struct {
        unsigned at, known;
        int id;
    } enums[] = {
        {AT_TIME_TYPE, 5, 2},
        {AT_CLOCK_STATUS, 5, 12},
        {AT_LEAP_SECOND_SMEARING_HINT, 3, 14},
        {AT_LEAP_INDICATOR, 6, 18},
    };
    uint8_t page[PAGE];
    struct vmclock_view view;

    for (unsigned i = 0; i < sizeof enums / sizeof *enums; i++)
        for (unsigned value = 0; value < 256; value++) {
            build_clock_page(page);
            put8(page, enums[i].at, value);
            EQ(vmclock_parse(page, PAGE, 0, &view, NULL), VMCLOCK_OK);
            EQ(vmclock_findings(&view) >> enums[i].id & 1, value >= enums[i].known);
        }
}

static void finding_needs_its_fields_inside_size_and_input(void)
{
    /* A page that has every finding about a field; each is to vanish exactly when its last field is cut off. */
    static const struct {
        int id;
        unsigned end; /* of the last field that it names or uses */
    } needs[] = {
        {11, 0x22}, {12, 0x23}, {14, 0x24}, {17, 0x26}, {18, 0x27}, {19, 0x28},
    };
    uint8_t page[PAGE], good[PAGE];
    struct vmclock_view view;

    build_clock_page(page);
    put16(page, AT_PAD, 1);
    put8(page, AT_CLOCK_STATUS, 5);
    put8(page, AT_LEAP_SECOND_SMEARING_HINT, 3);
    put16(page, AT_TAI_OFFSET_SEC, 0);
    put8(page, AT_LEAP_INDICATOR, 6);
    put8(page, AT_COUNTER_PERIOD_SHIFT, 128);
    build_clock_page(good);
    put64(good, AT_FLAGS, 0x378);
    put64(good, AT_COUNTER_PERIOD_FRAC_SEC, 1);
    put64(good, AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, UINT64_MAX);
    for (unsigned len = 32; len <= 112; len++) {
        for (unsigned cut = 0; cut < 2; cut++) {
            /* Once by its own size, once by the end of the input. */
            put32(page, AT_SIZE, cut ? PAGE : len);
            put32(good, AT_SIZE, cut ? PAGE : len);
            EQ(vmclock_parse(page, cut ? len : PAGE, VMCLOCK_ALLOW_TRUNCATED, &view, NULL), VMCLOCK_OK);
            for (unsigned i = 0; i < sizeof needs / sizeof *needs; i++)
                EQ_IN(ids[needs[i].id].name, vmclock_findings(&view) >> needs[i].id & 1, len >= needs[i].end);
            EQ(vmclock_parse(good, cut ? len : PAGE, VMCLOCK_ALLOW_TRUNCATED, &view, NULL), VMCLOCK_OK);
            EQ_IN("tai-offset-missing", vmclock_findings(&view) >> 15 & 1, len >= 0x26);
            EQ_IN("period-implausible", vmclock_findings(&view) >> 21 & 1, len >= 0x38);
            EQ_IN("esterror-exceeds-maxerror", vmclock_findings(&view) >> 22 & 1, len >= 0x48);
        }
    }
    put64(good, AT_COUNTER_PERIOD_FRAC_SEC, 0);
    put8(good, AT_COUNTER_ID, 1);
    put32(good, AT_SIZE, 0x37);
    EQ(vmclock_parse(good, PAGE, 0, &view, NULL), VMCLOCK_OK);
    EQ_IN("period-zero", vmclock_findings(&view) >> 20 & 1, 0);
    put32(good, AT_SIZE, 0x38);
    EQ(vmclock_parse(good, PAGE, 0, &view, NULL), VMCLOCK_OK);
    EQ_IN("period-zero", vmclock_findings(&view) >> 20 & 1, 1);
    /* The status of a page without a counter. */
    put8(good, AT_COUNTER_ID, 0xff);
    put32(good, AT_SIZE, 0x22);
    EQ(vmclock_parse(good, PAGE, 0, &view, NULL), VMCLOCK_OK);
    EQ_IN("status-without-counter", vmclock_findings(&view) >> 13 & 1, 0);
    put32(good, AT_SIZE, 0x23);
    EQ(vmclock_parse(good, PAGE, 0, &view, NULL), VMCLOCK_OK);
    EQ_IN("status-without-counter", vmclock_findings(&view) >> 13 & 1, 1);
    /* The sign of the offset. */
    put64(good, AT_FLAGS, 1);
    put16(good, AT_TAI_OFFSET_SEC, 37);
    put32(good, AT_SIZE, 0x25);
    EQ(vmclock_parse(good, PAGE, 0, &view, NULL), VMCLOCK_OK);
    EQ_IN("tai-offset-sign", vmclock_findings(&view) >> 16 & 1, 0);
    put32(good, AT_SIZE, 0x26);
    EQ(vmclock_parse(good, PAGE, 0, &view, NULL), VMCLOCK_OK);
    EQ_IN("tai-offset-sign", vmclock_findings(&view) >> 16 & 1, 1);
}

static void flag_that_promises_an_absent_field_is_found_once_per_field_lowest_bit_first(void)
{
    static const struct {
        unsigned bit, end, field;
    } promises[] = {
        {0, 0x26, 12}, {3, 0x40, 17}, {4, 0x48, 18}, {5, 0x60, 21}, {6, 0x68, 22}, {8, 0x70, 23},
    };
    enum { PROMISES = sizeof promises / sizeof *promises };
    uint8_t page[PAGE];
    struct vmclock_view view;

    for (unsigned size = 32; size <= 113; size++) {
        struct vmclock_finding finding;
        unsigned cursor = 0, next = 0;

        build_clock_page(page);
        put32(page, AT_SIZE, size);
        put64(page, AT_FLAGS, 0x3ff);
        EQ(vmclock_parse(page, PAGE, 0, &view, NULL), VMCLOCK_OK);
        while (vmclock_findings_next(&view, &cursor, &finding)) {
            if (finding.id != VMCLOCK_FINDING_FLAGGED_FIELD_ABSENT)
                continue;
            while (next < PROMISES && promises[next].end <= size)
                next++;
            CU_ASSERT_FATAL(next < PROMISES);
            EQ(finding.severity, WARNING);
            EQ(finding.field, VMCLOCK_FIELD_FLAGS);
            EQ(finding.offset, 0x18);
            EQ(finding.value, 0x3ff);
            EQ(finding.related, promises[next].field);
            EQ(finding.other, 0);
            next++;
        }
        while (next < PROMISES && promises[next].end <= size)
            next++;
        EQ(next, PROMISES);
    }
    /* One flag alone, at the size that just leaves its field out; never when only the input was cut. */
    for (unsigned i = 0; i < PROMISES; i++) {
        build_signal_page(page, PAGE, promises[i].end - 1);
        put64(page, AT_FLAGS, UINT64_C(1) << promises[i].bit);
        expect_set("left out", page, PAGE, 0, 1 | (UINT32_C(1) << 10));
        put32(page, AT_SIZE, promises[i].end);
        if (promises[i].bit == 0)
            put16(page, AT_TAI_OFFSET_SEC, 0x10000 - 37);
        expect_set("present", page, PAGE, 0, 1);
        put32(page, AT_SIZE, PAGE);
        expect_set("cut", page, promises[i].end - 1, VMCLOCK_ALLOW_TRUNCATED, 0);
    }
    /* Flags of no field promise nothing. */
    build_signal_page(page, PAGE, 32);
    put64(page, AT_FLAGS, 0x280);
    expect_set("no field", page, PAGE, 0, 1);
}

static void nothing_past_the_end_of_the_input_is_looked_at(void)
{
    uint8_t page[PAGE];

    build_signal_page(page, PAGE, PAGE);
    page[200] = 7;
    expect_set("cut before", page, 200, VMCLOCK_ALLOW_TRUNCATED, 0);
    expect_set("cut behind", page, 201, VMCLOCK_ALLOW_TRUNCATED, UINT32_C(1) << 23);
    expect_set("cut inside the structure", page, 100, VMCLOCK_ALLOW_TRUNCATED, 0);
}

static void findings_come_in_the_order_of_the_table_with_all_they_know(void)
{
    /* Everything wrong at once, as far as that goes together. */
    static const struct vmclock_finding expected[] = {
        {0, NOTICE, VMCLOCK_FIELD_SIZE, 0x04, 8191, 0, 0},
        {1, WARNING, VMCLOCK_FIELD_COUNTER_ID, 0x0a, 0x77, 0, 0},
        {3, WARNING, VMCLOCK_FIELD_TIME_TYPE, 0x0b, 4, 0, 0},
        {6, WARNING, VMCLOCK_FIELD_SEQ_COUNT, 0x0c, UINT32_MAX, 0, 0},
        {7, NOTICE, VMCLOCK_FIELD_FLAGS, 0x18, UINT64_C(0xfffffffffffffdff), 0, 0},
        {8, NOTICE, VMCLOCK_FIELD_FLAGS, 0x18, UINT64_C(0xfffffffffffffdff), 0, 0},
        {9, NOTICE, VMCLOCK_FIELD_FLAGS, 0x18, UINT64_C(0xfffffffffffffdff), 0, 0},
        {11, NOTICE, VMCLOCK_FIELD_PAD, 0x20, 0xbeef, 0, 0},
        {14, NOTICE, VMCLOCK_FIELD_LEAP_SECOND_SMEARING_HINT, 0x23, 99, 0, 0},
        {17, WARNING, VMCLOCK_FIELD_TAI_OFFSET_SEC, 0x24, (uint64_t)-32768, 0, 0},
        {18, WARNING, VMCLOCK_FIELD_LEAP_INDICATOR, 0x26, 66, 0, 0},
        {19, WARNING, VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT, 0x27, 200, 0, 0},
        {21, NOTICE, VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, 0x30, 5, 200, 0},
        {22, WARNING, VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 0x40, 6, 7, 0},
        {22, WARNING, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, 0x60, 8, UINT64_MAX, 0},
        {23, NOTICE, VMCLOCK_FIELD_NONE, 300, 0xab, 0, 0},
    };
    enum { EXPECTED = sizeof expected / sizeof *expected };
    uint8_t page[ROOM] = {0};
    struct vmclock_view view;
    struct vmclock_finding finding;
    unsigned cursor = 0, silent = 0;

    build_clock_page(page);
    put32(page, AT_SIZE, 8191);
    put8(page, AT_COUNTER_ID, 0x77);
    put8(page, AT_TIME_TYPE, 4);
    put32(page, AT_SEQ_COUNT, UINT32_MAX);
    put64(page, AT_FLAGS, UINT64_C(0xfffffffffffffdff));
    put16(page, AT_PAD, 0xbeef);
    put8(page, AT_LEAP_SECOND_SMEARING_HINT, 99);
    put16(page, AT_TAI_OFFSET_SEC, 0x8000);
    put8(page, AT_LEAP_INDICATOR, 66);
    put8(page, AT_COUNTER_PERIOD_SHIFT, 200);
    put64(page, AT_COUNTER_PERIOD_FRAC_SEC, 5);
    put64(page, AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, 7);
    put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 6);
    put64(page, AT_TIME_ESTERROR_NANOSEC, UINT64_MAX);
    put64(page, AT_TIME_MAXERROR_NANOSEC, 8);
    page[300] = 0xab;
    page[301] = 0xcd;
    EQ(vmclock_parse(page, sizeof page, 0, &view, NULL), VMCLOCK_OK);
    for (unsigned i = 0; i < EXPECTED; i++) {
        memset(&finding, 0xff, sizeof finding);
        HOLDS(vmclock_findings_next(&view, &cursor, &finding));
        EQ_IN(ids[expected[i].id].name, finding.id, expected[i].id);
        EQ_IN(ids[expected[i].id].name, finding.severity, expected[i].severity);
        EQ_IN(ids[expected[i].id].name, finding.field, expected[i].field);
        EQ_IN(ids[expected[i].id].name, finding.offset, expected[i].offset);
        EQ_IN(ids[expected[i].id].name, finding.value, expected[i].value);
        EQ_IN(ids[expected[i].id].name, finding.other, expected[i].other);
        EQ_IN(ids[expected[i].id].name, finding.related, expected[i].related);
        /* Without a place for it the same one is passed over. */
        HOLDS(vmclock_findings_next(&view, &silent, NULL));
        EQ(silent, cursor);
    }
    memset(&finding, 0xff, sizeof finding);
    HOLDS(!vmclock_findings_next(&view, &cursor, &finding));
    HOLDS(!vmclock_findings_next(&view, &cursor, &finding));
    EQ(finding.id, (enum vmclock_finding_id)-1); /* untouched */
}

static void cursor_without_a_view_or_past_the_end_finds_nothing(void)
{
    uint8_t page[PAGE];
    const struct vmclock_view empty = {0};
    struct vmclock_view view;
    struct vmclock_finding finding;
    unsigned cursor = 0;

    build_signal_page(page, PAGE, PAGE - 1);
    EQ(vmclock_parse(page, PAGE, 0, &view, NULL), VMCLOCK_OK);
    HOLDS(!vmclock_findings_next(NULL, &cursor, &finding));
    HOLDS(!vmclock_findings_next(&view, NULL, &finding));
    HOLDS(!vmclock_findings_next(&empty, &cursor, &finding));
    cursor = UINT_MAX;
    HOLDS(!vmclock_findings_next(&view, &cursor, &finding));
    EQ(vmclock_findings(NULL), 0);
    EQ(vmclock_findings(&empty), 0);
    EQ(vmclock_findings(&view), 1);
}

static size_t message(const void *finding, char *buf, size_t cap)
{
    return vmclock_finding_format(finding, buf, cap);
}

static void messages_hold_the_values(void)
{
    static const struct {
        struct vmclock_finding finding;
        const char *text;
    } texts[] = {
        {{0, NOTICE, VMCLOCK_FIELD_SIZE, 4, 104, 0, 0},
         "size is 104: it is not a whole number of 4096-byte pages, and Linux makes no device for a "
         "region under a page"},
        {{1, WARNING, VMCLOCK_FIELD_COUNTER_ID, 10, 2, 0, 0}, "counter_id is 2: UAPI.13 knows no such counter"},
        {{2, WARNING, VMCLOCK_FIELD_TIME_TYPE, 11, 5, 0, 0}, "time_type is 5: the uapi header knows no such timescale"},
        {{3, WARNING, VMCLOCK_FIELD_TIME_TYPE, 11, 3, 0, 0}, "time_type is 3: UAPI.13: a VMClock is never smeared"},
        {{4, NOTICE, VMCLOCK_FIELD_TIME_TYPE, 11, 0, 0, 0},
         "time_type is 0: UAPI.13 does not recommend UTC, which is ambiguous around leap seconds, but TAI "
         "with an offset"},
        {{5, NOTICE, VMCLOCK_FIELD_SEQ_COUNT, 12, 0, 0, 0},
         "seq_count is 0: the page was never updated; ClockBound 2.0 answers such a page with a body of "
         "zeros"},
        {{6, WARNING, VMCLOCK_FIELD_SEQ_COUNT, 12, 7, 0, 0},
         "seq_count is 7: an update was under way, every field after it may be torn"},
        {{7, NOTICE, VMCLOCK_FIELD_FLAGS, 24, 2, 0, 0},
         "flags is 0x2: maintenance of the host is expected within about a day"},
        {{7, NOTICE, VMCLOCK_FIELD_FLAGS, 24, 4, 0, 0},
         "flags is 0x4: maintenance of the host is expected within about an hour"},
        {{7, NOTICE, VMCLOCK_FIELD_FLAGS, 24, 6, 0, 0},
         "flags is 0x6: maintenance of the host is expected within about an hour"},
        {{8, NOTICE, VMCLOCK_FIELD_FLAGS, 24, 0xc01, 0, 0},
         "flags is 0xc01: bits that this version does not know and ignores (0xc00)"},
        {{9, NOTICE, VMCLOCK_FIELD_FLAGS, 24, 0x80, 0, 0},
         "flags is 0x80: bit 7 without bit 9: TIME_MONOTONIC, or VM_GEN_COUNTER_PRESENT by a writer made "
         "from UAPI.13 1.0"},
        {{10, WARNING, VMCLOCK_FIELD_FLAGS, 24, 0x100, 0, VMCLOCK_FIELD_VM_GENERATION_COUNTER},
         "flags is 0x100: a flag promises a field that size leaves out (vm_generation_counter)"},
        {{10, WARNING, VMCLOCK_FIELD_FLAGS, 24, 0x100, 0, VMCLOCK_FIELD_END},
         "flags is 0x100: a flag promises a field that size leaves out (?)"},
        {{11, NOTICE, VMCLOCK_FIELD_PAD, 32, 48879, 0, 0}, "pad is 48879: reserved bytes carry data"},
        {{12, WARNING, VMCLOCK_FIELD_CLOCK_STATUS, 34, 200, 0, 0},
         "clock_status is 200: the uapi header knows no such status; a reader that casts it to an enum is "
         "undefined"},
        {{13, NOTICE, VMCLOCK_FIELD_CLOCK_STATUS, 34, 2, 0, 0},
         "clock_status is 2: a good status, but counter_id is INVALID, so there is no counter to convert"},
        {{14, NOTICE, VMCLOCK_FIELD_LEAP_SECOND_SMEARING_HINT, 35, 3, 0, 0},
         "leap_second_smearing_hint is 3: the uapi header knows no such hint"},
        {{15, NOTICE, VMCLOCK_FIELD_TAI_OFFSET_SEC, 36, 0, 0, 0},
         "tai_offset_sec is 0: TAI_OFFSET_VALID is clear, so UTC and TAI cannot be told apart"},
        {{16, WARNING, VMCLOCK_FIELD_TAI_OFFSET_SEC, 36, 37, 0, 0},
         "tai_offset_sec is 37: it is negative today (UTC = TAI + tai_offset_sec); a reader that trusts this "
         "sign is off by twice the value"},
        {{17, WARNING, VMCLOCK_FIELD_TAI_OFFSET_SEC, 36, (uint64_t)-61, 0, 0},
         "tai_offset_sec is -61: TAI has been 10 to 37 s ahead of UTC since 1972"},
        {{18, WARNING, VMCLOCK_FIELD_LEAP_INDICATOR, 38, 6, 0, 0},
         "leap_indicator is 6: the uapi header knows no such indicator"},
        {{19, WARNING, VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT, 39, 128, 0, 0},
         "counter_period_shift is 128: Linux shifts a 128-bit value by it unchecked, which is undefined "
         "from 128 on"},
        {{20, WARNING, VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, 48, 0, 0, 0},
         "counter_period_frac_sec is 0: time would stand still"},
        {{21, NOTICE, VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, 48, 123, 45, 0},
         "counter_period_frac_sec is 123: the counter would run below 1 MHz or above 100 GHz; the shift "
         "is probably wrong (45)"},
        {{22, WARNING, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, 96, 6, 7, 0},
         "time_maxerror_nanosec is 6: an estimated error cannot exceed the maximum error (the estimate is "
         "7)"},
        {{23, NOTICE, VMCLOCK_FIELD_NONE, 300, 171, 0, 0},
         "the byte at offset 300 is 171: an extension that this version does not know, or stale memory "
         "handed to the guest"},
        {{23, NOTICE, VMCLOCK_FIELD_NONE, 3, 1, 0, 0},
         "the byte at offset 3 is 1: an extension that this version does not know, or stale memory "
         "handed to the guest"},
        {{21, NOTICE, VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, 48, 1, 4, 0},
         "counter_period_frac_sec is 1: the counter would run below 1 MHz or above 100 GHz; the shift "
         "is probably wrong (4)"},
    };

    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        HOLDS_IN(texts[i].text, strlen(texts[i].text) < 200);
        FORMATS_IN(ids[texts[i].finding.id].name, message, &texts[i].finding, texts[i].text);
    }
}

static void what_is_no_finding_has_no_message(void)
{
    static const int wrong[] = {-1, INT_MIN, IDS, INT_MAX};

    FORMATS(message, NULL, "");
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct vmclock_finding finding = {.id = (enum vmclock_finding_id)wrong[i]};

        FORMATS(message, &finding, "");
    }
}

SUITE(findings) = {
    {"numbers and names of findings are frozen", numbers_and_names_of_findings_are_frozen},
    {"severities have names", severities_have_names},
    {"each finding is there on its side of the bound, and alone",
     each_finding_is_there_on_its_side_of_the_bound_and_alone},
    {"period is implausible exactly below 1 MHz and above 100 GHz",
     period_is_implausible_exactly_below_1_mhz_and_above_100_ghz},
    {"unknown value of every enum is found", unknown_value_of_every_enum_is_found},
    {"finding needs its fields inside size and input", finding_needs_its_fields_inside_size_and_input},
    {"flag that promises an absent field is found once per field, lowest bit first",
     flag_that_promises_an_absent_field_is_found_once_per_field_lowest_bit_first},
    {"nothing past the end of the input is looked at", nothing_past_the_end_of_the_input_is_looked_at},
    {"findings come in the order of the table with all they know",
     findings_come_in_the_order_of_the_table_with_all_they_know},
    {"cursor without a view or past the end finds nothing", cursor_without_a_view_or_past_the_end_finds_nothing},
    {"messages hold the values", messages_hold_the_values},
    {"what is no finding has no message", what_is_no_finding_has_no_message},
    CU_TEST_INFO_NULL,
};
