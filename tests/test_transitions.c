/* SPDX-License-Identifier: BSD-2-Clause */
/* Transitions: each between pages that have exactly it, both sides of its bound, presence, order, messages. */
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
    {"fixed-field-changed", WARNING},
    {"changed-without-sequence", WARNING},
    {"sequence-backwards", NOTICE},
    {"marker-backwards", NOTICE},
    {"restored-without-disruption", WARNING},
    {"capability-withdrawn", NOTICE},
    {"monotonic-withdrawn", NOTICE},
    {"tai-offset-changed", WARNING},
    {"counter-backwards", NOTICE},
    {"time-stepped-back", WARNING},
    {"bounds-disjoint", WARNING},
};
enum {
    IDS = sizeof ids / sizeof *ids,
    FIXED = 0, UNSEQUENCED, SEQUENCE, MARKER, UNDISRUPTED, CAPABILITY, MONOTONIC, OFFSET, COUNTER, STEPPED, DISJOINT,
    NO = -1
};

/* All of the clock page's flags, and TIME_MONOTONIC. */
enum { FLAGS = 0x3f9 };

/* The clock page, and one that a good writer makes of it: nothing but seq_count has changed. */
static void build_pair(uint8_t before[PAGE], uint8_t after[PAGE])
{
    build_clock_page(before);
    put32(before, AT_SEQ_COUNT, 100);
    put64(before, AT_DISRUPTION_MARKER, 1000);
    put64(before, AT_FLAGS, FLAGS);
    memcpy(after, before, PAGE);
    put32(after, AT_SEQ_COUNT, 102);
}

static struct vmclock_view view_of(const uint8_t *page, size_t len)
{
    struct vmclock_view view;

    EQ(vmclock_parse(page, len, VMCLOCK_ALLOW_TRUNCATED, &view, NULL), VMCLOCK_OK);
    return view;
}

/* The ids between two states, as a set; that they come in order is checked. */
static unsigned set_between(const struct vmclock_view *before, const struct vmclock_view *after)
{
    struct vmclock_transition transition;
    unsigned set = 0, cursor = 0, last = 0;

    while (vmclock_transitions_next(before, after, &cursor, &transition)) {
        HOLDS((unsigned)transition.id < IDS && (unsigned)transition.id >= last);
        last = (unsigned)transition.id;
        EQ(transition.severity, ids[last].severity);
        HOLDS(last == STEPPED || last == DISJOINT || transition.nanosec == 0);
        set |= 1U << last;
    }
    return set;
}

static unsigned set_of_pages(const uint8_t before[PAGE], const uint8_t after[PAGE])
{
    const struct vmclock_view from = view_of(before, PAGE), to = view_of(after, PAGE);

    return set_between(&from, &to);
}

/* 5 ms are 92233720368547758.08 of 2^-64 s. */
#define FAR_ENOUGH UINT64_C(92233720368547758)
#define TOO_FAR UINT64_C(92233720368547759)
/* A period of half of 2^-64 s, by the clock page's shift. */
#define HALF (UINT64_C(1) << 28)

/* A change of one of the pages. */
struct poke {
    unsigned at, width;
    uint64_t before, after;
};

/* With these changes the pair has exactly these transitions, or none (NO). */
static const struct {
    struct poke pokes[3];
    int first, second;
} rows[] = {
    {{{0, 0, 0, 0}}, NO, NO},
    /* fixed-field-changed; without the same counter and timescale nothing is told of time. */
    {{{AT_SIZE, 4, 4096, 4095}}, FIXED, NO},
    {{{AT_COUNTER_ID, 1, 1, 0}}, FIXED, NO},
    {{{AT_COUNTER_ID, 1, 0, 0xff}}, FIXED, NO},
    {{{AT_TIME_TYPE, 1, 1, 0}}, FIXED, NO},
    {{{AT_TIME_TYPE, 1, 255, 254}}, FIXED, NO},
    /* changed-without-sequence: any guarded field. */
    {{{AT_SEQ_COUNT, 4, 100, 100}}, NO, NO},
    {{{AT_SEQ_COUNT, 4, 101, 101}}, NO, NO},
    {{{AT_SEQ_COUNT, 4, 100, 100}, {AT_PAD, 2, 0, 1}}, UNSEQUENCED, NO},
    {{{AT_SEQ_COUNT, 4, 101, 101}, {AT_PAD, 2, 0x8000, 0}}, UNSEQUENCED, NO},
    {{{AT_SEQ_COUNT, 4, 100, 101}, {AT_PAD, 2, 0, 1}}, NO, NO},
    {{{AT_SEQ_COUNT, 4, 9, 9}, {AT_VM_GENERATION_COUNTER, 8, 1, 2}, {AT_DISRUPTION_MARKER, 8, 1, 2}}, UNSEQUENCED, NO},
    {{{AT_SEQ_COUNT, 4, 100, 100}, {AT_TIME_TYPE, 1, 1, 2}}, FIXED, NO},
    {{{AT_SEQ_COUNT, 4, 100, 100}, {AT_FLAGS, 8, FLAGS, FLAGS | 2}}, UNSEQUENCED, NO},
    /* sequence-backwards: the signed difference, from -1 to -2^31. */
    {{{AT_SEQ_COUNT, 4, 100, 99}}, SEQUENCE, NO},
    {{{AT_SEQ_COUNT, 4, 100, 101}}, NO, NO},
    {{{AT_SEQ_COUNT, 4, 0, UINT32_MAX}}, SEQUENCE, NO},
    {{{AT_SEQ_COUNT, 4, UINT32_MAX - 1, 0}}, NO, NO},
    {{{AT_SEQ_COUNT, 4, 0, 0x80000000}}, SEQUENCE, NO},
    {{{AT_SEQ_COUNT, 4, 0, 0x7fffffff}}, NO, NO},
    {{{AT_SEQ_COUNT, 4, 0x80000000, 0}}, SEQUENCE, NO},
    {{{AT_SEQ_COUNT, 4, 0x80000001, 0}}, NO, NO},
    /* marker-backwards: as a number. */
    {{{AT_DISRUPTION_MARKER, 8, 1000, 999}}, MARKER, NO},
    {{{AT_DISRUPTION_MARKER, 8, 1000, 1001}}, NO, NO},
    {{{AT_DISRUPTION_MARKER, 8, UINT64_MAX, 0}}, MARKER, NO},
    {{{AT_DISRUPTION_MARKER, 8, 0, UINT64_MAX}}, NO, NO},
    /* restored-without-disruption: where the generation means something in both. */
    {{{AT_VM_GENERATION_COUNTER, 8, 7, 8}}, UNDISRUPTED, NO},
    {{{AT_VM_GENERATION_COUNTER, 8, 8, 7}}, UNDISRUPTED, NO},
    {{{AT_VM_GENERATION_COUNTER, 8, 7, 8}, {AT_DISRUPTION_MARKER, 8, 1000, 1001}}, NO, NO},
    {{{AT_VM_GENERATION_COUNTER, 8, 7, 8}, {AT_FLAGS, 8, 0x2f9, 0x2f9}}, NO, NO},
    {{{AT_VM_GENERATION_COUNTER, 8, 7, 8}, {AT_FLAGS, 8, 0x2f9, FLAGS}}, NO, NO},
    {{{AT_VM_GENERATION_COUNTER, 8, 7, 8}, {AT_FLAGS, 8, FLAGS, 0x2f9}}, CAPABILITY, NO},
    /* capability-withdrawn: once for both; set again is none, and so are other flags. */
    {{{AT_FLAGS, 8, FLAGS, FLAGS & ~0x100}}, CAPABILITY, NO},
    {{{AT_FLAGS, 8, FLAGS, FLAGS & ~0x200}}, CAPABILITY, NO},
    {{{AT_FLAGS, 8, FLAGS, FLAGS & ~0x300}}, CAPABILITY, NO},
    {{{AT_FLAGS, 8, FLAGS & ~0x300, FLAGS}}, NO, NO},
    {{{AT_FLAGS, 8, FLAGS & ~0x300, FLAGS & ~0x300}}, NO, NO},
    {{{AT_FLAGS, 8, FLAGS | 0x406, FLAGS & ~0x079}}, NO, NO},
    {{{AT_FLAGS, 8, FLAGS, FLAGS & ~0x200}, {AT_DISRUPTION_MARKER, 8, 1000, 1001}}, CAPABILITY, NO},
    /* monotonic-withdrawn: a disruption may do that. */
    {{{AT_FLAGS, 8, FLAGS, FLAGS & ~0x80}}, MONOTONIC, NO},
    {{{AT_FLAGS, 8, FLAGS & ~0x80, FLAGS}}, NO, NO},
    {{{AT_FLAGS, 8, FLAGS & ~0x80, FLAGS & ~0x80}}, NO, NO},
    {{{AT_FLAGS, 8, FLAGS, FLAGS & ~0x80}, {AT_DISRUPTION_MARKER, 8, 1000, 1001}}, NO, NO},
    {{{AT_FLAGS, 8, FLAGS, FLAGS & ~0x80}, {AT_VM_GENERATION_COUNTER, 8, 7, 8}}, UNDISRUPTED, NO},
    {{{AT_FLAGS, 8, FLAGS, FLAGS & ~0x80}, {AT_COUNTER_ID, 1, 0xff, 0xff}}, MONOTONIC, NO},
    /* tai-offset-changed: by two of the magnitude, or by one without a leap second in either. */
    {{{AT_TAI_OFFSET_SEC, 2, 37, 38}}, OFFSET, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 37, 36}}, OFFSET, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 37, 0x10000 - 37}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 0x10000 - 37, 38}}, OFFSET, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 37, 38}, {AT_LEAP_INDICATOR, 1, 1, 0}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 37, 38}, {AT_LEAP_INDICATOR, 1, 0, 4}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 37, 36}, {AT_LEAP_INDICATOR, 1, 2, 5}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 37, 36}, {AT_LEAP_INDICATOR, 1, 0, 255}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 37, 39}, {AT_LEAP_INDICATOR, 1, 1, 4}}, OFFSET, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 37, 35}, {AT_LEAP_INDICATOR, 1, 2, 5}}, OFFSET, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 10, 60}}, OFFSET, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 60, 0x10000 - 10}}, OFFSET, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 9, 60}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 60, 9}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 10, 61}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 0, 37}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 0x8000, 37}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 37, 40}, {AT_FLAGS, 8, FLAGS & ~1, FLAGS}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 37, 40}, {AT_FLAGS, 8, FLAGS, FLAGS & ~1}}, NO, NO},
    {{{AT_TAI_OFFSET_SEC, 2, 37, 40}, {AT_DISRUPTION_MARKER, 8, 1000, 1001}}, OFFSET, NO},
    /* counter-backwards: the signed difference, from -1 to -2^63. */
    {{{AT_COUNTER_VALUE, 8, 5000, 4999}}, COUNTER, NO},
    {{{AT_COUNTER_VALUE, 8, 0, UINT64_MAX}}, COUNTER, NO},
    {{{AT_COUNTER_VALUE, 8, UINT64_MAX, 0}, {AT_TIME_FRAC_SEC, 8, 0, UINT64_C(1) << 60}}, DISJOINT, NO},
    {{{AT_COUNTER_VALUE, 8, 0, UINT64_C(1) << 63}, {AT_COUNTER_PERIOD_FRAC_SEC, 8, 0, 0}}, COUNTER, NO},
    {{{AT_COUNTER_VALUE, 8, 0, (UINT64_C(1) << 63) - 1}, {AT_COUNTER_PERIOD_FRAC_SEC, 8, 0, 0}}, NO, NO},
    {{{AT_COUNTER_VALUE, 8, 5000, 4999}, {AT_DISRUPTION_MARKER, 8, 1000, 1001}}, NO, NO},
    {{{AT_COUNTER_VALUE, 8, 5000, 4999}, {AT_COUNTER_ID, 1, 0xff, 0xff}}, NO, NO},
    {{{AT_COUNTER_VALUE, 8, 5000, 4999}, {AT_COUNTER_ID, 1, 0xfe, 0xfe}}, COUNTER, NO},
    {{{AT_COUNTER_VALUE, 8, 5000, 4999}, {AT_COUNTER_ID, 1, 0, 1}}, FIXED, NO},
    {{{AT_COUNTER_VALUE, 8, 5000, 4999}, {AT_TIME_TYPE, 1, 1, 2}}, FIXED, NO},
    {{{AT_COUNTER_VALUE, 8, 5000, 4999}, {AT_CLOCK_STATUS, 1, 3, 3}}, COUNTER, NO},
    {{{AT_COUNTER_VALUE, 8, 5000, 4999}, {AT_CLOCK_STATUS, 1, 2, 3}}, COUNTER, NO},
    {{{AT_COUNTER_VALUE, 8, 5000, 4999}, {AT_CLOCK_STATUS, 1, 1, 2}}, NO, NO},
    {{{AT_COUNTER_VALUE, 8, 5000, 4999}, {AT_CLOCK_STATUS, 1, 2, 4}}, NO, NO},
    {{{AT_COUNTER_VALUE, 8, 5000, 4999}, {AT_CLOCK_STATUS, 1, 0, 3}}, NO, NO},
    /* time-stepped-back: only where both promise that it does not, and nothing was disrupted. */
    {{{AT_TIME_FRAC_SEC, 8, 1000, 999}}, STEPPED, NO},
    {{{AT_TIME_FRAC_SEC, 8, 1000, 1000}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 1000, 999}, {AT_FLAGS, 8, FLAGS & ~0x80, FLAGS}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 1000, 999}, {AT_FLAGS, 8, FLAGS & ~0x80, FLAGS & ~0x80}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 1000, 999}, {AT_FLAGS, 8, FLAGS, FLAGS & ~0x80}}, MONOTONIC, NO},
    {{{AT_TIME_FRAC_SEC, 8, 1000, 999}, {AT_DISRUPTION_MARKER, 8, 1, 2}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 1000, 999}, {AT_VM_GENERATION_COUNTER, 8, 1, 2}}, UNDISRUPTED, NO},
    {{{AT_TIME_FRAC_SEC, 8, 1000, 999}, {AT_CLOCK_STATUS, 1, 3, 3}}, STEPPED, NO},
    {{{AT_TIME_FRAC_SEC, 8, 1000, 999}, {AT_CLOCK_STATUS, 1, 3, 4}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 1000, 999}, {AT_COUNTER_ID, 1, 0xff, 0xff}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 1000, 999}, {AT_SEQ_COUNT, 4, 100, 100}}, UNSEQUENCED, STEPPED},
    /* A tick of half a unit: what BEFORE gives lies between two units, and the one below is too early. */
    {{{AT_COUNTER_VALUE, 8, 7, 8}, {AT_COUNTER_PERIOD_FRAC_SEC, 8, HALF, 0}}, STEPPED, NO},
    {{{AT_COUNTER_VALUE, 8, 7, 8}, {AT_COUNTER_PERIOD_FRAC_SEC, 8, HALF, 0}, {AT_TIME_FRAC_SEC, 8, 5, 6}}, NO, NO},
    {{{AT_COUNTER_VALUE, 8, 7, 8}, {AT_COUNTER_PERIOD_FRAC_SEC, 8, 2 * HALF, 0}, {AT_TIME_FRAC_SEC, 8, 5, 6}}, NO, NO},
    {{{AT_COUNTER_VALUE, 8, 7, 8}, {AT_COUNTER_PERIOD_FRAC_SEC, 8, 2 * HALF, 0}}, STEPPED, NO},
    /* bounds-disjoint: 5 ms of both errors, which touch at 5 ms. */
    {{{AT_TIME_FRAC_SEC, 8, 0, FAR_ENOUGH}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 0, TOO_FAR}}, DISJOINT, NO},
    {{{AT_TIME_FRAC_SEC, 8, FAR_ENOUGH, 0}}, STEPPED, NO},
    {{{AT_TIME_FRAC_SEC, 8, TOO_FAR, 0}}, STEPPED, DISJOINT},
    {{{AT_TIME_FRAC_SEC, 8, 0, TOO_FAR}, {AT_TIME_MAXERROR_NANOSEC, 8, 2500000, 2500001}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 0, TOO_FAR}, {AT_TIME_MAXERROR_NANOSEC, 8, 2500001, 2500000}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 0, TOO_FAR}, {AT_DISRUPTION_MARKER, 8, 1, 2}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 0, TOO_FAR}, {AT_CLOCK_STATUS, 1, 0, 2}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 0, TOO_FAR}, {AT_FLAGS, 8, FLAGS & ~0x80, FLAGS & ~0x80}}, DISJOINT, NO},
    {{{AT_TIME_FRAC_SEC, 8, 0, TOO_FAR}, {AT_FLAGS, 8, FLAGS & ~0x10, FLAGS}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 0, TOO_FAR}, {AT_FLAGS, 8, FLAGS, FLAGS & ~0x10}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 0, TOO_FAR}, {AT_FLAGS, 8, FLAGS & ~0x40, FLAGS}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 0, TOO_FAR}, {AT_FLAGS, 8, FLAGS, FLAGS & ~0x40}}, NO, NO},
    {{{AT_TIME_FRAC_SEC, 8, 0, TOO_FAR}, {AT_FLAGS, 8, FLAGS & ~0x28, FLAGS & ~0x28}}, DISJOINT, NO},
    /* A time that BEFORE cannot give: nothing is told. */
    {{{AT_COUNTER_VALUE, 8, 8, 7}, {AT_TIME_SEC, 8, 0, 0}, {AT_TIME_FRAC_SEC, 8, 0, 0}}, COUNTER, NO},
    {{{AT_COUNTER_VALUE, 8, 0, 1 << 30}, {AT_TIME_SEC, 8, UINT64_MAX, 0}, {AT_COUNTER_PERIOD_SHIFT, 1, 0, 0}}, NO, NO},
};
enum { ROWS = sizeof rows / sizeof *rows };

static unsigned bit_of(int id)
{
    return id == NO ? 0 : 1U << id;
}

static void each_transition_is_there_on_its_side_of_the_bound_and_alone(void)
{
    uint8_t before[PAGE], after[PAGE];
    unsigned covered = 0;

    for (unsigned i = 0; i < ROWS; i++) {
        char row[64];

        build_pair(before, after);
        for (unsigned p = 0; p < 3; p++) {
            put_le(before + rows[i].pokes[p].at, rows[i].pokes[p].width, rows[i].pokes[p].before);
            put_le(after + rows[i].pokes[p].at, rows[i].pokes[p].width, rows[i].pokes[p].after);
        }
        (void)snprintf(row, sizeof row, "row %u: at %u", i, rows[i].pokes[0].at);
        EQ_IN(row, set_of_pages(before, after), bit_of(rows[i].first) | bit_of(rows[i].second));
        EQ_IN(row, set_of_pages(before, before), 0);
        EQ_IN(row, set_of_pages(after, after), 0);
        covered |= rows[i].second == NO ? bit_of(rows[i].first) : 0;
    }
    EQ(covered, (1U << IDS) - 1);
}

/* The columns of the vectors: BEFORE's clock data, AFTER's, and what has to be told. */
struct time_row {
    uint8_t shift;
    uint64_t counter_value, period, maxerror_rate, sec, frac_sec, maxerror_nanosec;
    uint64_t counter_value2, sec2, frac_sec2, maxerror_nanosec2;
    uint64_t stepped_back, apart;
};

#include "vectors/transition_vectors.h"

enum { TIME_ROWS = sizeof time_rows / sizeof *time_rows };

static void build_time_pair(const struct time_row *row, uint8_t before[PAGE], uint8_t after[PAGE])
{
    build_pair(before, after);
    put8(before, AT_COUNTER_PERIOD_SHIFT, row->shift);
    put64(before, AT_COUNTER_VALUE, row->counter_value);
    put64(before, AT_COUNTER_PERIOD_FRAC_SEC, row->period);
    put64(before, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, row->maxerror_rate);
    put64(before, AT_TIME_SEC, row->sec);
    put64(before, AT_TIME_FRAC_SEC, row->frac_sec);
    put64(before, AT_TIME_MAXERROR_NANOSEC, row->maxerror_nanosec);
    put64(after, AT_COUNTER_VALUE, row->counter_value2);
    put64(after, AT_TIME_SEC, row->sec2);
    put64(after, AT_TIME_FRAC_SEC, row->frac_sec2);
    put64(after, AT_TIME_MAXERROR_NANOSEC, row->maxerror_nanosec2);
}

static void time_is_compared_exactly_for_every_shift_difference_and_size(void)
{
    uint8_t before[PAGE], after[PAGE];

    for (unsigned i = 0; i < TIME_ROWS; i++) {
        const struct time_row *const row = &time_rows[i];
        const bool back = (row->counter_value2 - row->counter_value) >> 63 != 0;
        struct vmclock_transition transition;
        struct vmclock_view from, to;
        uint64_t stepped_back = 0, apart = 0;
        unsigned cursor = 0;
        bool counter = false;
        char name[32];

        (void)snprintf(name, sizeof name, "time row %u", i);
        build_time_pair(row, before, after);
        from = view_of(before, PAGE);
        to = view_of(after, PAGE);
        while (vmclock_transitions_next(&from, &to, &cursor, &transition)) {
            counter |= transition.id == VMCLOCK_TRANSITION_COUNTER_BACKWARDS;
            stepped_back |= transition.id == VMCLOCK_TRANSITION_TIME_STEPPED_BACK ? transition.nanosec : 0;
            apart |= transition.id == VMCLOCK_TRANSITION_BOUNDS_DISJOINT ? transition.nanosec : 0;
            HOLDS_IN(name, transition.id >= VMCLOCK_TRANSITION_COUNTER_BACKWARDS);
        }
        EQ_IN(name, counter, back);
        EQ_IN(name, stepped_back, row->stepped_back);
        EQ_IN(name, apart, row->apart);
    }
}

/* A counter that goes back says nothing where the other page has another one, whichever is greater. */
static void clock_data_is_compared_of_one_counter_on_one_timescale(void)
{
    static const struct {
        uint8_t counter, counter2, type, type2;
    } clocks[] = {{1, 1, 1, 1}, {0, 0, 1, 1}, {0, 1, 1, 1}, {1, 0, 1, 1}, {2, 0xfe, 1, 1}, {0xff, 0xff, 1, 1},
                {1, 0xff, 1, 1}, {0xff, 1, 1, 1}, {1, 1, 0, 1}, {1, 1, 1, 0}, {1, 1, 2, 1}, {1, 1, 1, 2}};
    uint8_t before[PAGE], after[PAGE];

    for (unsigned i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        const bool fixed = clocks[i].counter != clocks[i].counter2 || clocks[i].type != clocks[i].type2;

        build_pair(before, after);
        put8(before, AT_COUNTER_ID, clocks[i].counter);
        put8(after, AT_COUNTER_ID, clocks[i].counter2);
        put8(before, AT_TIME_TYPE, clocks[i].type);
        put8(after, AT_TIME_TYPE, clocks[i].type2);
        put64(before, AT_COUNTER_VALUE, 1000);
        put64(after, AT_COUNTER_VALUE, 999);
        EQ(set_of_pages(before, after), fixed ? 1U << FIXED : clocks[i].counter == 0xff ? 0 : 1U << COUNTER);
    }
}

/* What was rounded down is told a fraction too early: that makes a step of the same time, but not of a later one. */
static void time_that_was_rounded_is_later_than_itself_alone(void)
{
    uint8_t before[PAGE], after[PAGE];

    for (unsigned later = 0; later < 3; later++) {
        build_pair(before, after);
        put8(before, AT_COUNTER_PERIOD_SHIFT, 1);
        put64(before, AT_COUNTER_PERIOD_FRAC_SEC, 1); /* a tick is half of 2^-64 s */
        put64(before, AT_COUNTER_VALUE, 1000);
        put64(after, AT_COUNTER_VALUE, 1001);
        put64(before, AT_TIME_SEC, 50);
        put64(before, AT_TIME_FRAC_SEC, 7);
        put64(after, AT_TIME_SEC, later == 1 ? 51 : 50);
        put64(after, AT_TIME_FRAC_SEC, later == 2 ? 8 : 7);
        put64(before, AT_TIME_MAXERROR_NANOSEC, UINT64_C(2000000000));
        put64(after, AT_TIME_MAXERROR_NANOSEC, UINT64_C(2000000000));
        EQ(set_of_pages(before, after), later == 0 ? 1U << STEPPED : 0);
    }
}

/* Whatever else of the two pages is the same as the word that differs. */
static void fixed_field_is_compared_with_itself(void)
{
    uint8_t before[PAGE], after[PAGE];

    build_pair(before, after);
    after[AT_COUNTER_ID] ^= 1;
    for (unsigned i = 0; i < 4; i++) {
        put8(before, AT_DISRUPTION_MARKER + i, after[8 + i]);
        put8(after, AT_DISRUPTION_MARKER + i, after[8 + i]);
    }
    EQ(set_of_pages(before, after), 1U << FIXED);
    after[AT_COUNTER_ID] ^= 1;
    before[AT_COUNTER_ID] ^= 1;
    for (unsigned i = 0; i < 4; i++) {
        put8(before, AT_DISRUPTION_MARKER + i, before[8 + i]);
        put8(after, AT_DISRUPTION_MARKER + i, before[8 + i]);
    }
    EQ(set_of_pages(before, after), 1U << FIXED);
}

static void values_of_the_field_and_its_offset_are_told(void)
{
    static const struct {
        unsigned at, width;
        uint64_t before, after;
        int id;
        enum vmclock_field field;
        uint64_t told_before, told_after;
    } told[] = {
        {AT_SIZE, 4, 4096, 112, FIXED, VMCLOCK_FIELD_SIZE, 4096, 112},
        {AT_COUNTER_ID, 1, 1, 0, FIXED, VMCLOCK_FIELD_COUNTER_ID, 1, 0},
        {AT_TIME_TYPE, 1, 1, 2, FIXED, VMCLOCK_FIELD_TIME_TYPE, 1, 2},
        {AT_SEQ_COUNT, 4, 102, 98, SEQUENCE, VMCLOCK_FIELD_SEQ_COUNT, 102, 98},
        {AT_DISRUPTION_MARKER, 8, UINT64_MAX, 3, MARKER, VMCLOCK_FIELD_DISRUPTION_MARKER, UINT64_MAX, 3},
        {AT_VM_GENERATION_COUNTER, 8, 3, UINT64_MAX, UNDISRUPTED, VMCLOCK_FIELD_VM_GENERATION_COUNTER, 3, UINT64_MAX},
        {AT_FLAGS, 8, FLAGS, 0xf9, CAPABILITY, VMCLOCK_FIELD_FLAGS, FLAGS, 0xf9},
        {AT_FLAGS, 8, FLAGS, 0x379, MONOTONIC, VMCLOCK_FIELD_FLAGS, FLAGS, 0x379},
        {AT_TAI_OFFSET_SEC, 2, 0x10000 - 37, 39, OFFSET, VMCLOCK_FIELD_TAI_OFFSET_SEC, (uint64_t)-37, 39},
        {AT_COUNTER_VALUE, 8, 5000, 4999, COUNTER, VMCLOCK_FIELD_COUNTER_VALUE, 5000, 4999},
        {AT_TIME_FRAC_SEC, 8, 1000, 999, STEPPED, VMCLOCK_FIELD_TIME_SEC, 1483228836, 1483228836},
        {AT_TIME_SEC, 8, 1483228836, 1483228837, DISJOINT, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, 2500000, 2500000},
    };
    uint8_t before[PAGE], after[PAGE];

    for (unsigned i = 0; i < sizeof told / sizeof *told; i++) {
        const char *const name = ids[told[i].id].name;
        struct vmclock_transition transition;
        struct vmclock_view from, to;
        unsigned cursor = 0;

        build_pair(before, after);
        put_le(before + told[i].at, told[i].width, told[i].before);
        put_le(after + told[i].at, told[i].width, told[i].after);
        from = view_of(before, PAGE);
        to = view_of(after, PAGE);
        memset(&transition, 0xa5, sizeof transition);
        HOLDS_IN(name, vmclock_transitions_next(&from, &to, &cursor, &transition));
        EQ_IN(name, transition.id, told[i].id);
        EQ_IN(name, transition.severity, ids[told[i].id].severity);
        EQ_IN(name, transition.field, told[i].field);
        EQ_IN(name, transition.offset, vmclock_field_info(told[i].field)->offset);
        EQ_IN(name, transition.before, told[i].told_before);
        EQ_IN(name, transition.after, told[i].told_after);
        EQ_IN(name, transition.nanosec != 0, told[i].id >= STEPPED);
        HOLDS_IN(name, !vmclock_transitions_next(&from, &to, &cursor, &transition));
    }
}

static void first_guarded_field_that_differs_is_told(void)
{
    static const struct {
        unsigned at;
        enum vmclock_field field;
    } guarded[] = {
        {AT_VM_GENERATION_COUNTER, VMCLOCK_FIELD_VM_GENERATION_COUNTER},
        {AT_TIME_MAXERROR_NANOSEC, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC},
        {AT_TIME_ESTERROR_NANOSEC, VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC},
        {AT_TIME_FRAC_SEC, VMCLOCK_FIELD_TIME_FRAC_SEC},
        {AT_TIME_SEC, VMCLOCK_FIELD_TIME_SEC},
        {AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC},
        {AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, VMCLOCK_FIELD_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC},
        {AT_COUNTER_PERIOD_FRAC_SEC, VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC},
        {AT_COUNTER_VALUE, VMCLOCK_FIELD_COUNTER_VALUE},
        {AT_COUNTER_PERIOD_SHIFT, VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT},
        {AT_LEAP_INDICATOR, VMCLOCK_FIELD_LEAP_INDICATOR},
        {AT_TAI_OFFSET_SEC, VMCLOCK_FIELD_TAI_OFFSET_SEC},
        {AT_LEAP_SECOND_SMEARING_HINT, VMCLOCK_FIELD_LEAP_SECOND_SMEARING_HINT},
        {AT_CLOCK_STATUS, VMCLOCK_FIELD_CLOCK_STATUS},
        {AT_PAD, VMCLOCK_FIELD_PAD},
        {AT_FLAGS, VMCLOCK_FIELD_FLAGS},
        {AT_DISRUPTION_MARKER, VMCLOCK_FIELD_DISRUPTION_MARKER},
    };
    uint8_t before[PAGE], after[PAGE];

    build_pair(before, after);
    put32(after, AT_SEQ_COUNT, 100);
    /* From the last field on, one more each time, so that each comes before those that differ already. */
    for (unsigned i = 0; i < sizeof guarded / sizeof *guarded; i++) {
        const char *const name = vmclock_field_info(guarded[i].field)->name;
        struct vmclock_transition transition;
        struct vmclock_view from, to;
        unsigned cursor = 0;

        after[guarded[i].at] ^= 1;
        from = view_of(before, PAGE);
        to = view_of(after, PAGE);
        HOLDS_IN(name, vmclock_transitions_next(&from, &to, &cursor, &transition));
        EQ_IN(name, transition.id, UNSEQUENCED);
        EQ_IN(name, transition.field, guarded[i].field);
        EQ_IN(name, transition.offset, guarded[i].at);
        HOLDS_IN(name, transition.before != transition.after);
    }
}

static void fixed_fields_come_one_by_one_in_page_order_and_the_others_after_them(void)
{
    static const struct {
        int id;
        enum vmclock_field field;
    } expected[] = {
        {FIXED, VMCLOCK_FIELD_SIZE},         {FIXED, VMCLOCK_FIELD_COUNTER_ID},
        {FIXED, VMCLOCK_FIELD_TIME_TYPE},    {SEQUENCE, VMCLOCK_FIELD_SEQ_COUNT},
        {MARKER, VMCLOCK_FIELD_DISRUPTION_MARKER}, {CAPABILITY, VMCLOCK_FIELD_FLAGS},
        {OFFSET, VMCLOCK_FIELD_TAI_OFFSET_SEC},
    };
    uint8_t before[PAGE], after[PAGE];
    struct vmclock_transition transition;
    struct vmclock_view from, to;
    unsigned cursor = 0;

    build_pair(before, after);
    put32(after, AT_SIZE, 112);
    put8(after, AT_COUNTER_ID, 0);
    put8(after, AT_TIME_TYPE, 0);
    put32(after, AT_SEQ_COUNT, 4);
    put64(after, AT_DISRUPTION_MARKER, 3);
    put64(after, AT_FLAGS, 1);
    put16(after, AT_TAI_OFFSET_SEC, 30);
    from = view_of(before, PAGE);
    to = view_of(after, PAGE);
    for (unsigned i = 0; i < sizeof expected / sizeof *expected; i++) {
        HOLDS(vmclock_transitions_next(&from, &to, &cursor, &transition));
        EQ(transition.id, expected[i].id);
        EQ(transition.field, expected[i].field);
    }
    HOLDS(!vmclock_transitions_next(&from, &to, &cursor, &transition));
    HOLDS(!vmclock_transitions_next(&from, &to, &cursor, &transition));
    /* Magic and version differ only between views that no parser has opened. */
    memcpy(after, before, PAGE);
    put32(after, AT_MAGIC, 1);
    put16(after, AT_VERSION, 2);
    to.base = after;
    to.len = from.len;
    cursor = 0;
    HOLDS(vmclock_transitions_next(&from, &to, &cursor, &transition));
    EQ(transition.field, VMCLOCK_FIELD_MAGIC);
    EQ(transition.before, 0x4b4c4356);
    EQ(transition.after, 1);
    HOLDS(vmclock_transitions_next(&from, &to, &cursor, &transition));
    EQ(transition.field, VMCLOCK_FIELD_VERSION);
    EQ(transition.offset, AT_VERSION);
    HOLDS(!vmclock_transitions_next(&from, &to, &cursor, &transition));
}

/* Judges the first `was` bytes of one page and the first `is` of the other, both of their sizes being 4096. */
static unsigned set_of_cuts(const uint8_t *before, size_t was, const uint8_t *after, size_t is)
{
    uint8_t *const a = exact_copy(before, was), *const b = exact_copy(after, is);
    const struct vmclock_view from = view_of(a, was), to = view_of(b, is);
    const unsigned set = set_between(&from, &to);

    free(a);
    free(b);
    return set;
}

static void transition_needs_its_fields_in_both(void)
{
    static const struct {
        struct poke pokes[2];
        int id;
        unsigned end; /* of the last field that it uses */
    } needs[] = {
        {{{AT_VM_GENERATION_COUNTER, 8, 1, 2}}, UNDISRUPTED, 0x70},
        {{{AT_TAI_OFFSET_SEC, 2, 37, 39}}, OFFSET, 0x27},
        {{{AT_TAI_OFFSET_SEC, 2, 37, 36}}, OFFSET, 0x27},
        {{{AT_COUNTER_VALUE, 8, 9, 8}}, COUNTER, 0x30},
        {{{AT_TIME_FRAC_SEC, 8, 9, 8}}, STEPPED, 0x58},
        {{{AT_TIME_SEC, 8, 9, 10}}, DISJOINT, 0x68},
        {{{AT_SEQ_COUNT, 4, 4, 4}, {AT_PAD, 2, 1, 0}}, UNSEQUENCED, 0x22},
        {{{AT_SEQ_COUNT, 4, 4, 4}, {AT_VM_GENERATION_COUNTER, 8, 1, 2}}, UNSEQUENCED, 0x70},
        {{{AT_SEQ_COUNT, 4, 4, 4}, {AT_CLOCK_STATUS, 1, 2, 0}}, UNSEQUENCED, 0x23},
    };
    uint8_t before[PAGE], after[PAGE];

    for (unsigned i = 0; i < sizeof needs / sizeof *needs; i++) {
        const char *const name = ids[needs[i].id].name;

        build_pair(before, after);
        for (unsigned p = 0; p < 2; p++) {
            put_le(before + needs[i].pokes[p].at, needs[i].pokes[p].width, needs[i].pokes[p].before);
            put_le(after + needs[i].pokes[p].at, needs[i].pokes[p].width, needs[i].pokes[p].after);
        }
        for (unsigned len = 32; len <= 113; len++) {
            const unsigned expected = len >= needs[i].end;

            EQ_IN(name, set_of_cuts(before, len, after, len) >> needs[i].id & 1, expected);
            EQ_IN(name, set_of_cuts(before, PAGE, after, len) >> needs[i].id & 1, expected);
            EQ_IN(name, set_of_cuts(before, len, after, PAGE) >> needs[i].id & 1, expected);
        }
    }
}

static void nothing_is_found_between_a_page_and_its_cut(void)
{
    uint8_t before[PAGE], after[PAGE];

    build_pair(before, after);
    put32(after, AT_SEQ_COUNT, 100);
    for (unsigned len = 32; len <= 120; len++) {
        EQ(set_of_cuts(before, len, after, PAGE), 0);
        EQ(set_of_cuts(before, PAGE, after, len), 0);
    }
    /* The page's own size is a field, and differs. */
    put32(after, AT_SIZE, 104);
    EQ(set_of_pages(before, after), bit_of(FIXED));
    EQ(set_of_pages(after, before), bit_of(FIXED));
}

static void smallest_pages_have_the_transitions_of_their_fields(void)
{
    uint8_t before[PAGE], after[PAGE];

    build_signal_page(before, PAGE, 32);
    build_signal_page(after, PAGE, 32);
    put64(before, AT_FLAGS, 0x380);
    put64(before, AT_DISRUPTION_MARKER, 2);
    put32(before, AT_SEQ_COUNT, 4);
    EQ(set_of_pages(before, after), bit_of(SEQUENCE) | bit_of(MARKER) | bit_of(CAPABILITY));
    put64(after, AT_DISRUPTION_MARKER, 2);
    EQ(set_of_pages(before, after), bit_of(SEQUENCE) | bit_of(CAPABILITY) | bit_of(MONOTONIC));
    /* What lies behind the size is not the page's. */
    memset(after + 32, 0xff, 80);
    put32(after, AT_SEQ_COUNT, 4);
    put64(after, AT_FLAGS, 0x380);
    EQ(set_of_pages(before, after), 0);
}

static void iterator_bears_anything(void)
{
    const struct vmclock_view empty = {0};
    uint8_t before[PAGE], after[PAGE];
    struct vmclock_transition transition, untouched;
    struct vmclock_view from, to, tiny;
    unsigned cursor = 0;

    build_pair(before, after);
    put32(after, AT_SEQ_COUNT, 98);
    from = view_of(before, PAGE);
    to = view_of(after, PAGE);
    tiny = (struct vmclock_view){after, 31};
    HOLDS(!vmclock_transitions_next(NULL, &to, &cursor, &transition));
    HOLDS(!vmclock_transitions_next(&from, NULL, &cursor, &transition));
    HOLDS(!vmclock_transitions_next(NULL, NULL, &cursor, &transition));
    HOLDS(!vmclock_transitions_next(&empty, &to, &cursor, &transition));
    HOLDS(!vmclock_transitions_next(&from, &empty, &cursor, &transition));
    HOLDS(!vmclock_transitions_next(&from, &tiny, &cursor, &transition));
    HOLDS(!vmclock_transitions_next(&tiny, &to, &cursor, &transition));
    HOLDS(!vmclock_transitions_next(&from, &to, NULL, &transition));
    EQ(cursor, 0);
    HOLDS(vmclock_transitions_next(&from, &to, &cursor, NULL));
    HOLDS(!vmclock_transitions_next(&from, &to, &cursor, NULL));
    cursor = 0;
    HOLDS(!vmclock_transitions_next(&from, &from, &cursor, &transition));
    HOLDS(!vmclock_transitions_next(&from, &to, &cursor, &transition)); /* who came to the end stays there */
    for (unsigned from_far = cursor; from_far < cursor + 3; from_far++) {
        unsigned far = from_far;

        HOLDS(!vmclock_transitions_next(&from, &to, &far, NULL));
    }
    cursor = UINT_MAX;
    memset(&transition, 0x5a, sizeof transition);
    memcpy(&untouched, &transition, sizeof untouched);
    HOLDS(!vmclock_transitions_next(&from, &to, &cursor, &transition));
    EQ(cursor, UINT_MAX);
    EQ(memcmp(&transition, &untouched, sizeof untouched), 0);
}

static void numbers_and_names_are_frozen(void)
{
    static const int wrong[] = {IDS, -1, INT_MIN, INT_MAX};

    EQ(VMCLOCK_TRANSITION_FIXED_FIELD_CHANGED, 0);
    EQ(VMCLOCK_TRANSITION_CHANGED_WITHOUT_SEQUENCE, 1);
    EQ(VMCLOCK_TRANSITION_SEQUENCE_BACKWARDS, 2);
    EQ(VMCLOCK_TRANSITION_MARKER_BACKWARDS, 3);
    EQ(VMCLOCK_TRANSITION_RESTORED_WITHOUT_DISRUPTION, 4);
    EQ(VMCLOCK_TRANSITION_CAPABILITY_WITHDRAWN, 5);
    EQ(VMCLOCK_TRANSITION_MONOTONIC_WITHDRAWN, 6);
    EQ(VMCLOCK_TRANSITION_TAI_OFFSET_CHANGED, 7);
    EQ(VMCLOCK_TRANSITION_COUNTER_BACKWARDS, 8);
    EQ(VMCLOCK_TRANSITION_TIME_STEPPED_BACK, 9);
    EQ(VMCLOCK_TRANSITION_BOUNDS_DISJOINT, 10);
    for (unsigned i = 0; i < IDS; i++)
        TEXT(vmclock_transition_name((enum vmclock_transition_id)i), ids[i].name);
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CU_ASSERT_PTR_NULL(vmclock_transition_name((enum vmclock_transition_id)wrong[i]));
}

static size_t format(const void *what, char *buf, size_t cap)
{
    return vmclock_transition_format(what, buf, cap);
}

static void messages_have_the_values(void)
{
    static const struct {
        struct vmclock_transition transition;
        const char *text;
    } messages[] = {
        {{VMCLOCK_TRANSITION_FIXED_FIELD_CHANGED, WARNING, VMCLOCK_FIELD_COUNTER_ID, 10, 1, 0, 0},
         "counter_id was 1, is 0: it is constant for the life of the page (UAPI.13)"},
        {{VMCLOCK_TRANSITION_CHANGED_WITHOUT_SEQUENCE, WARNING, VMCLOCK_FIELD_FLAGS, 24, 0, 1, 0},
         "flags was 0x0, is 0x1: seq_count stayed as it was, so a reader may have taken a mix for one state"},
        {{VMCLOCK_TRANSITION_SEQUENCE_BACKWARDS, NOTICE, VMCLOCK_FIELD_SEQ_COUNT, 12, 8, 2, 0},
         "seq_count was 8, is 2: an older state was loaded, or the page was made anew; \"unchanged since\" is not to "
         "be relied on across it"},
        {{VMCLOCK_TRANSITION_MARKER_BACKWARDS, NOTICE, VMCLOCK_FIELD_DISRUPTION_MARKER, 16, UINT64_MAX, 2, 0},
         "disruption_marker was 18446744073709551615, is 2: an older state was loaded, or the page was made anew; "
         "compare it for equality only"},
        {{VMCLOCK_TRANSITION_RESTORED_WITHOUT_DISRUPTION, WARNING, VMCLOCK_FIELD_VM_GENERATION_COUNTER, 104, 1, 2, 0},
         "vm_generation_counter was 1, is 2: disruption_marker stayed as it was, so readers of it alone miss that the "
         "counter was disrupted"},
        {{VMCLOCK_TRANSITION_CAPABILITY_WITHDRAWN, NOTICE, VMCLOCK_FIELD_FLAGS, 24, 0x380, 0x100, 0},
         "flags was 0x380, is 0x100: readers that decided once are now deaf (NOTIFICATION_PRESENT)"},
        {{VMCLOCK_TRANSITION_CAPABILITY_WITHDRAWN, NOTICE, VMCLOCK_FIELD_FLAGS, 24, 0x300, 1, 0},
         "flags was 0x300, is 0x1: readers that decided once are now deaf (VM_GEN_COUNTER_PRESENT, "
         "NOTIFICATION_PRESENT)"},
        {{VMCLOCK_TRANSITION_MONOTONIC_WITHDRAWN, NOTICE, VMCLOCK_FIELD_FLAGS, 24, 0x80, 0, 0},
         "flags was 0x80, is 0x0: TIME_MONOTONIC is clear, but readers were promised that time does not step back"},
        {{VMCLOCK_TRANSITION_TAI_OFFSET_CHANGED, WARNING, VMCLOCK_FIELD_TAI_OFFSET_SEC, 36, (uint64_t)-37, 39, 0},
         "tai_offset_sec was -37, is 39: it changes only with a leap second, by one, and leap_indicator announces "
         "that"},
        {{VMCLOCK_TRANSITION_COUNTER_BACKWARDS, NOTICE, VMCLOCK_FIELD_COUNTER_VALUE, 40, 5000, 4999, 0},
         "counter_value was 5000, is 4999: this calibration is older than the last"},
        {{VMCLOCK_TRANSITION_TIME_STEPPED_BACK, WARNING, VMCLOCK_FIELD_TIME_SEC, 72, 7, 7, 1},
         "time_sec was 7, is still 7: whoever asked just before and just after saw time run backwards, at the new "
         "counter_value, by 1 ns"},
        {{VMCLOCK_TRANSITION_TIME_STEPPED_BACK, WARNING, VMCLOCK_FIELD_TIME_SEC, 72, 7, 8, UINT64_MAX - 1},
         "time_sec was 7, is 8: whoever asked just before and just after saw time run backwards, at the new "
         "counter_value, by 18446744073709551614 ns"},
        {{VMCLOCK_TRANSITION_BOUNDS_DISJOINT, WARNING, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, 96, 9, 10, UINT64_MAX},
         "time_maxerror_nanosec was 9, is 10: one of the two states lied about its error: at the new counter_value "
         "their bounds lie apart, by 584 years or more"},
        /* Such as no page gives. */
        {{VMCLOCK_TRANSITION_FIXED_FIELD_CHANGED, WARNING, VMCLOCK_FIELD_NONE, 0, 1, 0, 0},
         "? was 1, is 0: it is constant for the life of the page (UAPI.13)"},
        {{VMCLOCK_TRANSITION_CAPABILITY_WITHDRAWN, NOTICE, VMCLOCK_FIELD_FLAGS, 24, 0, 0, 0},
         "flags was 0x0, is still 0x0: readers that decided once are now deaf ()"},
        {{VMCLOCK_TRANSITION_END, WARNING, VMCLOCK_FIELD_SIZE, 4, 1, 0, 0}, ""},
    };

    for (unsigned i = 0; i < sizeof messages / sizeof *messages; i++)
        FORMATS_IN(messages[i].text, format, &messages[i].transition, messages[i].text);
    FORMATS(format, NULL, "");
}

/* ---- The whole ---- */

static enum vmclock_change change_of(const uint8_t *before, size_t was, const uint8_t *after, size_t is)
{
    const struct vmclock_view from = view_of(before, was), to = view_of(after, is);

    return vmclock_views_compare(&from, &to);
}

static void every_byte_of_the_structure_counts_as_a_change(void)
{
    uint8_t before[PAGE], after[PAGE];

    build_clock_page(before);
    for (unsigned at = 4; at < 128; at++) {
        const enum vmclock_change expected = at >= 0x70                 ? VMCLOCK_UNCHANGED
                                             : at >= 0x68               ? VMCLOCK_RESTORED
                                             : at >= 0x10 && at < 0x18 ? VMCLOCK_DISRUPTED
                                                                        : VMCLOCK_UPDATED;
        char byte[32];

        if (at == AT_VERSION || at == AT_VERSION + 1)
            continue;
        (void)snprintf(byte, sizeof byte, "byte %u", at);
        memcpy(after, before, PAGE);
        after[at] ^= 0x01; /* of the size: it is above the region's then, which is allowed here */
        EQ_IN(byte, change_of(before, PAGE, after, PAGE), expected);
    }
}

static void restored_wins_over_disrupted_and_needs_the_flag_in_both(void)
{
    uint8_t before[PAGE], after[PAGE];

    build_pair(before, after);
    EQ(change_of(before, PAGE, before, PAGE), VMCLOCK_UNCHANGED);
    EQ(change_of(before, PAGE, after, PAGE), VMCLOCK_UPDATED);
    put64(after, AT_VM_GENERATION_COUNTER, 1);
    EQ(change_of(before, PAGE, after, PAGE), VMCLOCK_RESTORED);
    put64(after, AT_DISRUPTION_MARKER, 1);
    EQ(change_of(before, PAGE, after, PAGE), VMCLOCK_RESTORED);
    EQ(change_of(after, PAGE, before, PAGE), VMCLOCK_RESTORED);
    put64(after, AT_FLAGS, 0x2f9);
    EQ(change_of(before, PAGE, after, PAGE), VMCLOCK_DISRUPTED);
    EQ(change_of(after, PAGE, before, PAGE), VMCLOCK_DISRUPTED);
    put64(before, AT_FLAGS, 0x2f9);
    EQ(change_of(before, PAGE, after, PAGE), VMCLOCK_DISRUPTED);
    put64(after, AT_DISRUPTION_MARKER, 1000);
    EQ(change_of(before, PAGE, after, PAGE), VMCLOCK_UPDATED);
    put64(after, AT_FLAGS, FLAGS);
    put64(before, AT_FLAGS, FLAGS);
    EQ(change_of(before, 0x6f, after, PAGE), VMCLOCK_UPDATED);
    EQ(change_of(before, PAGE, after, 0x6f), VMCLOCK_UPDATED);
    EQ(change_of(before, 0x70, after, 0x70), VMCLOCK_RESTORED);
}

static void what_one_page_lacks_has_changed(void)
{
    uint8_t before[PAGE];

    build_clock_page(before);
    for (unsigned len = 32; len < 120; len++)
        for (unsigned other = 32; other < 120; other++)
            EQ(change_of(before, len, before, other),
               len == other || (len >= 112 && other >= 112) ? VMCLOCK_UNCHANGED : VMCLOCK_UPDATED);
    /* Also of a field that is cut in the middle; and zeros are bytes. */
    for (unsigned len = 33; len <= 112; len++) {
        uint8_t after[PAGE];

        memcpy(after, before, PAGE);
        after[len - 1] ^= 0x80;
        if (len <= 0x68)
            EQ(change_of(before, len, after, len), VMCLOCK_UPDATED);
        EQ(change_of(before, len - 1, after, len - 1), VMCLOCK_UNCHANGED);
        memset(after + 32, 0, 80);
        memset(before + 32, 0, 80);
        EQ(change_of(before, len, after, len - 1), VMCLOCK_UPDATED);
        build_clock_page(before);
    }
}

static void without_two_pages_the_change_is_not_known(void)
{
    const struct vmclock_view empty = {0};
    uint8_t page[PAGE];
    struct vmclock_view view, tiny;

    build_clock_page(page);
    view = view_of(page, PAGE);
    tiny = (struct vmclock_view){page, 31};
    EQ(vmclock_views_compare(NULL, &view), VMCLOCK_UNSURE);
    EQ(vmclock_views_compare(&view, NULL), VMCLOCK_UNSURE);
    EQ(vmclock_views_compare(NULL, NULL), VMCLOCK_UNSURE);
    EQ(vmclock_views_compare(&empty, &empty), VMCLOCK_UNSURE);
    EQ(vmclock_views_compare(&view, &tiny), VMCLOCK_UNSURE);
    EQ(vmclock_views_compare(&tiny, &view), VMCLOCK_UNSURE);
    EQ(VMCLOCK_UNCHANGED, 0);
    EQ(VMCLOCK_UPDATED, 1);
    EQ(VMCLOCK_DISRUPTED, 2);
    EQ(VMCLOCK_RESTORED, 3);
    EQ(VMCLOCK_UNSURE, 4);
}

SUITE(transitions) = {
    {"numbers and names are frozen", numbers_and_names_are_frozen},
    {"each transition is there on its side of the bound, and alone",
     each_transition_is_there_on_its_side_of_the_bound_and_alone},
    {"time is compared exactly for every shift, difference and size",
     time_is_compared_exactly_for_every_shift_difference_and_size},
    {"clock data is compared of one counter, on one timescale", clock_data_is_compared_of_one_counter_on_one_timescale},
    {"time that was rounded is later than itself alone", time_that_was_rounded_is_later_than_itself_alone},
    {"a fixed field is compared with itself", fixed_field_is_compared_with_itself},
    {"the values of the field and its offset are told", values_of_the_field_and_its_offset_are_told},
    {"the first guarded field that differs is told", first_guarded_field_that_differs_is_told},
    {"fixed fields come one by one in page order, and the others after them",
     fixed_fields_come_one_by_one_in_page_order_and_the_others_after_them},
    {"a transition needs its fields in both pages", transition_needs_its_fields_in_both},
    {"nothing is found between a page and its cut", nothing_is_found_between_a_page_and_its_cut},
    {"the smallest pages have the transitions of their fields", smallest_pages_have_the_transitions_of_their_fields},
    {"the iterator bears anything", iterator_bears_anything},
    {"messages have the values", messages_have_the_values},
    {"every byte of the structure counts as a change", every_byte_of_the_structure_counts_as_a_change},
    {"restored wins over disrupted, and needs the flag in both",
     restored_wins_over_disrupted_and_needs_the_flag_in_both},
    {"what one page lacks has changed", what_one_page_lacks_has_changed},
    {"without two pages the change is not known", without_two_pages_the_change_is_not_known},
    CU_TEST_INFO_NULL,
};
