/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holds the library's time against vectors/time_vectors.h, without a test framework, so that a plain program can do
 * it on any target. The random inputs are drawn here as in vectors/time.py, which `time.py N` shows.
 */
#ifndef TIME_CHECK_H
#define TIME_CHECK_H

#include "pages.h"
#include "readings.h"

#include <stdio.h>

/* Inputs by the page's fields, then whether there is a result, and the result. */
struct formula_row {
    uint8_t shift;
    uint64_t counter_value, period, maxerror_rate, sec, frac_sec, maxerror_nanosec, counter;
    bool in_range;
    uint64_t time_sec, time_frac_sec, error_sec, error_frac_sec, earliest_sec, earliest_nsec, latest_sec, latest_nsec;
};

/* The time asked for is `halves` half seconds after the reference point. */
struct leap_row {
    uint8_t time_type;
    int16_t tai_offset_sec;
    bool announced;
    uint8_t leap_indicator;
    uint64_t sec, halves;
    bool has_utc;
    uint64_t utc_sec;
    bool leap_second;
};

/* Likewise; `maxerror_nanosec` is all of the error. */
struct utc_bounds_row {
    uint8_t time_type;
    int16_t tai_offset_sec;
    bool announced;
    uint8_t leap_indicator;
    uint64_t sec, halves, maxerror_nanosec;
    bool told;
    uint64_t earliest_sec, earliest_nsec, latest_sec, latest_nsec;
};

#include "vectors/time_vectors.h"

enum { FORMULA_ROWS = sizeof formula_rows / sizeof *formula_rows, LEAP_ROWS = sizeof leap_rows / sizeof *leap_rows };
enum { UTC_BOUNDS_ROWS = sizeof utc_bounds_rows / sizeof *utc_bounds_rows };
enum { RANDOM_BLOCKS = sizeof random_digests / sizeof *random_digests };

/* The smallest page with all that bounds need: 104 bytes, as ClockBound writes. */
enum { CLOCK_PAGE = 0x68 };

/* So many of the rows could be checked by way of a stretch, too. */
static unsigned stretches_seen;

static inline void page_of_row(const struct formula_row *row, uint8_t page[CLOCK_PAGE])
{
    build_signal_page(page, CLOCK_PAGE, CLOCK_PAGE);
    put8(page, AT_COUNTER_ID, 1);
    put8(page, AT_TIME_TYPE, 2);
    put8(page, AT_CLOCK_STATUS, 2);
    put64(page, AT_FLAGS, 0x50); /* both maximum errors */
    put8(page, AT_COUNTER_PERIOD_SHIFT, row->shift);
    put64(page, AT_COUNTER_VALUE, row->counter_value);
    put64(page, AT_COUNTER_PERIOD_FRAC_SEC, row->period);
    put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, row->maxerror_rate);
    put64(page, AT_TIME_SEC, row->sec);
    put64(page, AT_TIME_FRAC_SEC, row->frac_sec);
    put64(page, AT_TIME_MAXERROR_NANOSEC, row->maxerror_nanosec);
}

/* a - b is -1 to 1 ns. */
static inline bool nearly_same(struct vmclock_nanotime a, struct vmclock_nanotime b)
{
    const uint64_t apart = (a.sec - b.sec) * 1000000000 + a.nsec - b.nsec + 1; /* wraps as often as it is undone */

    return a.nsec < 1000000000 && apart <= 2;
}

/* What the short way tells of the bounds is what the long way does, to 1 ns. */
static inline bool stretch_bounds_agree(const struct vmclock_stretch *stretch, const struct vmclock_reading *r)
{
    const struct vmclock_bounds slow = vmclock_reading_bounds(r);
    struct vmclock_bounds fast = {{1, 1}, {1, 1}};

    return vmclock_stretch_bounds(stretch, r->counter, &fast) == r->has_bounds &&
           vmclock_stretch_bounds(stretch, r->counter, NULL) == r->has_bounds &&
           nearly_same(fast.earliest, slow.earliest) && nearly_same(fast.latest, slow.latest);
}

/* Where the clock has a stretch with this counter value, that gives the same reading; *stretches counts them. */
static inline bool stretch_agrees(const struct vmclock_view *view, const struct vmclock_reading *r, unsigned *stretches)
{
    struct vmclock_clock clock;
    struct vmclock_stretch stretch;
    struct vmclock_reading fast, slow;
    const uint64_t counter = r->counter;
    uint64_t last;

    if (vmclock_clock_open(view, VMCLOCK_ANY_COUNTER, 0, &clock, NULL) != VMCLOCK_OK)
        return false;
    if (!vmclock_clock_stretch(&clock, counter, &stretch))
        return !vmclock_stretch_read(&stretch, counter, &fast);
    ++*stretches;
    if (!vmclock_stretch_read(&stretch, counter, &fast) || !same_reading(&fast, r))
        return false;
    last = stretch.first.counter + (stretch.ticks - 1);
    return stretch_bounds_agree(&stretch, r) && !vmclock_stretch_read(&stretch, stretch.first.counter - 1, &fast) &&
           !vmclock_stretch_read(&stretch, last + 1, &fast) && vmclock_stretch_read(&stretch, last, &fast) &&
           vmclock_clock_read(&clock, last, &slow, NULL) == VMCLOCK_OK && same_reading(&fast, &slow) &&
           stretch_bounds_agree(&stretch, &slow) &&
           vmclock_stretch_read(&stretch, stretch.first.counter, &fast) &&
           vmclock_clock_read(&clock, stretch.first.counter, &slow, NULL) == VMCLOCK_OK && same_reading(&fast, &slow);
}

/* Fills in the results of a row by the library; false when it failed for any other reason than the range. */
static inline bool run_formula(struct formula_row *row)
{
    struct vmclock_view view;
    struct vmclock_reading r;
    struct vmclock_bounds bounds;
    struct vmclock_error err;
    uint8_t page[CLOCK_PAGE];
    enum vmclock_err kind;

    page_of_row(row, page);
    if (vmclock_parse(page, sizeof page, 0, &view, &err) != VMCLOCK_OK)
        return false;
    kind = vmclock_time_at(&view, row->counter, 1, 0, &r, &err);
    row->in_range = kind == VMCLOCK_OK;
    row->time_sec = r.time.sec;
    row->time_frac_sec = r.time.frac_sec;
    row->error_sec = r.error.sec;
    row->error_frac_sec = r.error.frac_sec;
    bounds = vmclock_reading_bounds(&r);
    row->earliest_sec = bounds.earliest.sec;
    row->earliest_nsec = bounds.earliest.nsec;
    row->latest_sec = bounds.latest.sec;
    row->latest_nsec = bounds.latest.nsec;
    if (kind == VMCLOCK_OK)
        return r.has_bounds && stretch_agrees(&view, &r, &stretches_seen);
    return err.reason == VMCLOCK_REASON_TIME_OUT_OF_RANGE && !r.has_bounds;
}

static inline bool formula_row_holds(unsigned i)
{
    const struct formula_row *want = &formula_rows[i];
    struct formula_row got = *want;

    return run_formula(&got) && got.in_range == want->in_range && got.time_sec == want->time_sec &&
           got.time_frac_sec == want->time_frac_sec && got.error_sec == want->error_sec &&
           got.error_frac_sec == want->error_frac_sec && got.earliest_sec == want->earliest_sec &&
           got.earliest_nsec == want->earliest_nsec && got.latest_sec == want->latest_sec &&
           got.latest_nsec == want->latest_nsec;
}

static inline bool leap_row_holds(unsigned i)
{
    const struct leap_row *row = &leap_rows[i];
    struct vmclock_view view;
    struct vmclock_reading r;
    uint8_t page[CLOCK_PAGE];

    build_signal_page(page, sizeof page, sizeof page);
    put8(page, AT_TIME_TYPE, row->time_type);
    put8(page, AT_CLOCK_STATUS, 3);
    put64(page, AT_FLAGS, row->announced);
    put16(page, AT_TAI_OFFSET_SEC, (uint16_t)row->tai_offset_sec);
    put8(page, AT_LEAP_INDICATOR, row->leap_indicator);
    put64(page, AT_COUNTER_VALUE, 1000);
    put64(page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_C(1) << 63); /* two ticks a second */
    put64(page, AT_TIME_SEC, row->sec);
    return vmclock_parse(page, sizeof page, 0, &view, NULL) == VMCLOCK_OK &&
           vmclock_time_at(&view, 1000 + row->halves, VMCLOCK_ANY_COUNTER, 0, &r, NULL) == VMCLOCK_OK &&
           r.has_utc == row->has_utc && r.leap_second == row->leap_second &&
           vmclock_reading_utc(&r).sec == row->utc_sec &&
           vmclock_reading_utc(&r).nsec == (row->has_utc && row->halves % 2 != 0 ? 500000000 : 0) && !r.has_bounds &&
           !vmclock_reading_utc_bounds(&r, NULL) &&
           stretch_agrees(&view, &r, &stretches_seen);
}

static inline bool utc_bounds_row_holds(unsigned i)
{
    const struct utc_bounds_row *row = &utc_bounds_rows[i];
    struct vmclock_bounds got = {{1, 1}, {1, 1}};
    struct vmclock_view view;
    struct vmclock_reading r;
    uint8_t page[CLOCK_PAGE];

    build_signal_page(page, sizeof page, sizeof page);
    put8(page, AT_TIME_TYPE, row->time_type);
    put8(page, AT_CLOCK_STATUS, 3);
    put64(page, AT_FLAGS, 0x50 | (row->announced ? 1 : 0));
    put16(page, AT_TAI_OFFSET_SEC, (uint16_t)row->tai_offset_sec);
    put8(page, AT_LEAP_INDICATOR, row->leap_indicator);
    put64(page, AT_COUNTER_VALUE, 1000);
    put64(page, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_C(1) << 63); /* two ticks a second */
    put64(page, AT_TIME_SEC, row->sec);
    put64(page, AT_TIME_MAXERROR_NANOSEC, row->maxerror_nanosec);
    return vmclock_parse(page, sizeof page, 0, &view, NULL) == VMCLOCK_OK &&
           vmclock_time_at(&view, 1000 + row->halves, VMCLOCK_ANY_COUNTER, 0, &r, NULL) == VMCLOCK_OK &&
           vmclock_reading_utc_bounds(&r, &got) == row->told && vmclock_reading_utc_bounds(&r, NULL) == row->told &&
           got.earliest.sec == row->earliest_sec && got.earliest.nsec == row->earliest_nsec &&
           got.latest.sec == row->latest_sec && got.latest.nsec == row->latest_nsec;
}

/* SplitMix64. */
static inline uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* A number of any size, 0 to 64 bits. */
static inline uint64_t draw_any_size(uint64_t *state)
{
    const unsigned bits = (unsigned)(draw(state) % 65);

    return bits < 64 ? draw(state) >> bits : 0;
}

static inline void random_row(uint64_t *state, struct formula_row *row)
{
    uint64_t delta;

    row->shift = (uint8_t)(draw(state) % 256);
    if (row->shift % 2 != 0)
        row->shift %= 64;
    row->counter_value = draw(state);
    row->period = draw_any_size(state);
    row->maxerror_rate = draw_any_size(state);
    row->sec = draw_any_size(state);
    row->frac_sec = draw(state);
    row->maxerror_nanosec = draw_any_size(state);
    delta = draw_any_size(state);
    row->counter = draw(state) % 2 != 0 ? row->counter_value - delta : row->counter_value + delta;
}

/* FNV-1a over the eight bytes of each number, lowest first. */
static inline void digest(uint64_t *hash, uint64_t number)
{
    for (unsigned i = 0; i < 8; i++)
        *hash = (*hash ^ (number >> 8 * i & 0xff)) * UINT64_C(0x100000001b3);
}

static inline bool random_block_holds(unsigned block)
{
    uint64_t state = block, hash = UINT64_C(0xcbf29ce484222325);
    struct formula_row row;

    for (unsigned i = 0; i < RANDOM_BLOCK; i++) {
        random_row(&state, &row);
        if (!run_formula(&row))
            return false;
        digest(&hash, !row.in_range);
        if (!row.in_range)
            continue;
        digest(&hash, row.time_sec);
        digest(&hash, row.time_frac_sec);
        digest(&hash, row.error_sec);
        digest(&hash, row.error_frac_sec);
        digest(&hash, row.earliest_sec);
        digest(&hash, row.earliest_nsec);
        digest(&hash, row.latest_sec);
        digest(&hash, row.latest_nsec);
    }
    return hash == random_digests[block];
}

#endif
