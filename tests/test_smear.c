/* SPDX-License-Identifier: BSD-2-Clause */
/* Smeared UTC: vectors computed elsewhere, no jump anywhere, and UTC itself wherever nothing is smeared. */
#include "suite.h"

#include "pages.h"
#include "vmclock.h"

enum { STRICT, NOON_LINEAR, UTC_SLS, UNKNOWN };
enum { NONE, PRE_POS, PRE_NEG, POS, POST_POS, POST_NEG };

/* 2017-01-01 00:00:00 UTC, and a counter of 2^32 ticks a second that is 5000 at the reference point. */
#define MONTH UINT64_C(1483228800)
#define SECOND (UINT64_C(1) << 32)
#define ORIGIN UINT64_C(5000)

struct smear_row {
    uint8_t time_type;
    int16_t tai_offset_sec;
    uint8_t hint;
    uint8_t leap_indicator;
    uint64_t sec, frac_sec, ticks;
    bool has_utc;
    uint64_t utc_sec;
    uint32_t utc_nsec;
    bool smeared;
};

#include "vectors/smear_vectors.h"

static struct vmclock_clock clock_of(const struct smear_row *row)
{
    uint8_t page[PAST_STRUCTURE];
    struct vmclock_view view;
    struct vmclock_clock clock;

    build_signal_page(page, sizeof page, sizeof page);
    put8(page, AT_TIME_TYPE, row->time_type);
    put8(page, AT_CLOCK_STATUS, 2);
    put64(page, AT_FLAGS, 1); /* tai_offset_sec */
    put8(page, AT_LEAP_SECOND_SMEARING_HINT, row->hint);
    put16(page, AT_TAI_OFFSET_SEC, (uint16_t)row->tai_offset_sec);
    put8(page, AT_LEAP_INDICATOR, row->leap_indicator);
    put64(page, AT_COUNTER_VALUE, ORIGIN);
    put64(page, AT_COUNTER_PERIOD_FRAC_SEC, SECOND);
    put64(page, AT_TIME_SEC, row->sec);
    put64(page, AT_TIME_FRAC_SEC, row->frac_sec);
    EQ(vmclock_parse(page, sizeof page, 0, &view, NULL), VMCLOCK_OK);
    EQ(vmclock_clock_open(&view, VMCLOCK_ANY_COUNTER, 0, &clock, NULL), VMCLOCK_OK);
    return clock;
}

static void vectors(void)
{
    for (unsigned i = 0; i < sizeof smear_rows / sizeof *smear_rows; i++) {
        const struct smear_row *want = &smear_rows[i];
        const struct vmclock_clock clock = clock_of(want);
        struct vmclock_smeared got;
        struct vmclock_error err;
        char row[32];

        (void)snprintf(row, sizeof row, "row %u", i);
        memset(&got, 0xff, sizeof got);
        memset(&err, 0xff, sizeof err);
        EQ_IN(row, vmclock_clock_smeared(&clock, ORIGIN + want->ticks, &got, &err), VMCLOCK_OK);
        EQ_IN(row, err.kind, VMCLOCK_OK);
        EQ_IN(row, got.has_utc, want->has_utc);
        EQ_IN(row, got.utc.sec, want->utc_sec);
        EQ_IN(row, got.utc.nsec, want->utc_nsec);
        EQ_IN(row, got.smeared, want->smeared);
        EQ_IN(row, want->smeared && got.leap_second, false); /* no second is left that would be 23:59:60 */
        EQ_IN(row, got.smearing, want->hint);
    }
}

/* Steps of any size, over two days: shown is never less than before, nor more than what passed by 1001 in 1000. */
static void no_jump(void)
{
    static const uint8_t indicators[] = {PRE_POS, PRE_NEG, POST_POS, POST_NEG};

    for (unsigned i = 0; i < 8; i++) {
        struct smear_row page = {0, 0, i % 2 == 0 ? NOON_LINEAR : UTC_SLS, indicators[i / 2], 0, 0, 0, 0, 0, 0, 0};
        uint64_t last = 0, ticks = 0 - 86400 * SECOND, step = 1;
        unsigned smeared = 0;
        struct vmclock_clock clock;

        page.sec = i < 4 ? MONTH - 1 : MONTH;
        clock = clock_of(&page);
        while (ticks >> 63 != 0 || ticks < 86400 * SECOND) {
            struct vmclock_smeared got;
            uint64_t shown;

            EQ(vmclock_clock_smeared(&clock, ORIGIN + ticks, &got, NULL), VMCLOCK_OK);
            shown = got.utc.sec * 1000000000 + got.utc.nsec;
            if (last != 0 && shown - last > step / 4 + step / 4000 + 2) { /* a tick is less than 1/4 ns */
                EQ_IN("a jump after ticks", ticks, 0);
                return;
            }
            smeared += got.smeared;
            last = shown;
            step = step * 5 / 2 + 1;
            if (step > 600 * SECOND)
                step = 1 + ticks % 1000;
            ticks += step;
        }
        HOLDS(smeared > 20);
    }
}

static void expect_utc(const char *row, const struct vmclock_clock *clock, uint64_t ticks, unsigned smearing)
{
    struct vmclock_reading r;
    struct vmclock_smeared got;

    memset(&got, 0xff, sizeof got);
    EQ_IN(row, vmclock_clock_read(clock, ORIGIN + ticks, &r, NULL), VMCLOCK_OK);
    EQ_IN(row, vmclock_clock_smeared(clock, ORIGIN + ticks, &got, NULL), VMCLOCK_OK);
    EQ_IN(row, got.utc.sec, vmclock_reading_utc(&r).sec);
    EQ_IN(row, got.utc.nsec, vmclock_reading_utc(&r).nsec);
    EQ_IN(row, got.has_utc, r.has_utc);
    EQ_IN(row, got.leap_second, r.leap_second);
    EQ_IN(row, got.smeared, false);
    EQ_IN(row, got.smearing, smearing);
}

static void not_smeared(void)
{
    static const struct {
        const char *name;
        struct smear_row page;
        unsigned smearing;
    } rows[] = {
        {"strict", {1, -36, STRICT, PRE_POS, MONTH + 35, 7, 0, 0, 0, 0, 0}, STRICT},
        {"a hint that is unknown", {1, -36, UNKNOWN, PRE_POS, MONTH + 35, 7, 0, 0, 0, 0, 0}, STRICT},
        {"the last hint", {1, -36, 255, POST_NEG, MONTH + 35, 7, 0, 0, 0, 0, 0}, STRICT},
        {"no leap second", {1, -36, UTC_SLS, NONE, MONTH + 35, 7, 0, 0, 0, 0, 0}, STRICT},
        {"no UTC", {2, -36, UTC_SLS, PRE_POS, MONTH + 35, 7, 0, 0, 0, 0, 0}, STRICT},
        {"no offset", {1, 0, NOON_LINEAR, PRE_POS, MONTH + 35, 7, 0, 0, 0, 0, 0}, STRICT},
        {"long before", {0, 0, UTC_SLS, PRE_POS, MONTH - 5000, 7, 0, 0, 0, 0, 0}, UTC_SLS},
        {"long after", {0, 0, NOON_LINEAR, POST_POS, MONTH + 86400, 7, 0, 0, 0, 0, 0}, NOON_LINEAR},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct vmclock_clock clock = clock_of(&rows[i].page);

        for (uint64_t half = 0; half < 10; half++)
            expect_utc(rows[i].name, &clock, (half - 4) * SECOND / 2, rows[i].smearing);
    }
}

/* No month ends where 64 bits of seconds do, so that no page leads here: a clock that none could be taken from. */
static void beyond_64_bits(void)
{
    const struct smear_row page = {0, 0, UTC_SLS, POST_POS, MONTH, 0, 0, 0, 0, 0, 0};
    struct vmclock_clock clock = clock_of(&page);
    struct vmclock_smeared got;

    clock.reference.sec = UINT64_MAX;
    clock.leap_edge = 1000;
    EQ(vmclock_clock_smeared(&clock, ORIGIN, &got, NULL), VMCLOCK_OK);
    HOLDS(!got.has_utc && !got.smeared);
    EQ(got.utc.sec, 0);
    clock.reference.sec--;
    EQ(vmclock_clock_smeared(&clock, ORIGIN, &got, NULL), VMCLOCK_OK);
    HOLDS(got.has_utc && got.smeared);
    EQ(got.utc.sec, UINT64_MAX);
}

static void nothing_and_no_time(void)
{
    const struct smear_row page = {0, 0, UTC_SLS, PRE_POS, MONTH - 1, 0, 0, 0, 0, 0, 0};
    const struct vmclock_clock clock = clock_of(&page);
    struct vmclock_smeared got;
    struct vmclock_error err;

    EQ(vmclock_clock_smeared(&clock, ORIGIN, NULL, NULL), VMCLOCK_OK);
    memset(&got, 0xff, sizeof got);
    EQ(vmclock_clock_smeared(NULL, 123, &got, &err), VMCLOCK_OK);
    EQ(err.kind, VMCLOCK_OK);
    HOLDS(!got.has_utc && !got.smeared && !got.leap_second);
    EQ(got.utc.sec, 0);
    EQ(got.smearing, STRICT);
    memset(&got, 0xff, sizeof got);
    EQ(vmclock_clock_smeared(&clock, ORIGIN - MONTH * SECOND, &got, &err), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(err.reason, VMCLOCK_REASON_TIME_OUT_OF_RANGE);
    HOLDS(!got.has_utc && !got.smeared && !got.leap_second);
    EQ(got.utc.sec, 0);
    EQ(got.utc.nsec, 0);
    EQ(got.smearing, STRICT);
    EQ(vmclock_clock_smeared(&clock, ORIGIN - MONTH * SECOND, NULL, NULL), VMCLOCK_ERR_SEGMENT_MALFORMED);
}

SUITE(smear) = {
    {"smeared UTC equals every vector, on both sides of every edge", vectors},
    {"smeared UTC has no jump and never runs backwards", no_jump},
    {"what is not smeared is UTC, and says so", not_smeared},
    {"seconds beyond 64 bits are not told", beyond_64_bits},
    {"without a clock, a time or a place for it the result is defined", nothing_and_no_time},
    CU_TEST_INFO_NULL,
};
