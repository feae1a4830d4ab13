/* SPDX-License-Identifier: BSD-2-Clause */
/* Which second of UTC a page's time is, across leap seconds: the table of them, and where months begin and end. */
#include "utc.h"
#include "names.h"

/* The calendar repeats every 400 years. */
#define SEC_PER_DAY 86400U
#define DAYS_PER_CYCLE 146097U
#define SEC_PER_CYCLE (DAYS_PER_CYCLE * (uint64_t)SEC_PER_DAY)

/* Where a second lies in its month: since the month's first second, and until the next month's. */
struct month {
    int32_t since;
    int32_t until;
};

/* For the second `sec` - `offset` since 1970-01-01, which may lie before it. Months are counted from March: 0 to 11. */
static struct month month_of(uint64_t sec, unsigned offset)
{
    const uint64_t in_cycle = (sec % SEC_PER_CYCLE + SEC_PER_CYCLE - offset) % SEC_PER_CYCLE;
    const uint32_t second = (uint32_t)(in_cycle % SEC_PER_DAY);
    const uint32_t day = ((uint32_t)(in_cycle / SEC_PER_DAY) + 719468) % DAYS_PER_CYCLE; /* since a year 0-03-01 */
    const uint32_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    const uint32_t day_of_year = day - (365 * year + year / 4 - year / 100);
    const uint32_t month = (5 * day_of_year + 2) / 153;
    const uint32_t first = (153 * month + 2) / 5;
    const bool leap_year = (year + 1) % 4 == 0 && ((year + 1) % 100 != 0 || year + 1 == 400);
    const uint32_t next = month < 11 ? (153 * month + 155) / 5 : 365U + leap_year; /* February ends the year */
    struct month result;

    result.since = (int32_t)((day_of_year - first) * SEC_PER_DAY + second);
    result.until = (int32_t)((next - day_of_year) * SEC_PER_DAY - second);
    return result;
}

/* Finds the row of the table of leap seconds that holds for this page, and the month's edge that it is about. */
static void take_leap(const struct vmclock_page *page, struct vmclock_clock *clock)
{
    const struct month month = month_of(page->time_sec, clock->utc_offset);

    clock->leap = page->leap_indicator;
    switch (page->leap_indicator) {
    case VMCLOCK_LEAP_PRE_POS:
    case VMCLOCK_LEAP_PRE_NEG:
        clock->leap_edge = month.until;
        break;
    case VMCLOCK_LEAP_POST_POS:
    case VMCLOCK_LEAP_POST_NEG:
        clock->leap_edge = -month.since;
        break;
    case VMCLOCK_LEAP_POS:
        /* Linux sets POS with the new offset, and its own correction may put this a little before the leap second. */
        clock->leap = month.since == 0   ? VMCLOCK_LEAP_PRE_POS
                      : month.until <= 2 ? VMCLOCK_LEAP_POST_POS
                                         : VMCLOCK_LEAP_NONE;
        clock->leap_edge = month.since == 0 ? 0 : month.until;
        break;
    default:
        clock->leap = VMCLOCK_LEAP_NONE;
        clock->leap_edge = 0;
        break;
    }
}

void vmclock_utc_take_(const struct vmclock_page *page, struct vmclock_clock *clock)
{
    const unsigned ahead = vmclock_tai_ahead_(page->tai_offset_sec);
    const bool tai =
        page->time_type == VMCLOCK_TIME_TAI && vmclock_page_has(page, VMCLOCK_FIELD_TAI_OFFSET_SEC) && ahead != 0;

    clock->has_utc = tai || page->time_type == VMCLOCK_TIME_UTC;
    clock->utc_offset = tai ? (uint8_t)ahead : 0;
    clock->leap = VMCLOCK_LEAP_NONE;
    clock->leap_edge = 0;
    if (page->leap_indicator != VMCLOCK_LEAP_NONE && clock->has_utc)
        take_leap(page, clock);
}

/*
 * A row of the table of leap seconds: from `start` seconds after the month's edge on, the time is `after` seconds
 * more in UTC, before it `before` seconds more. The first `inserted` seconds from there on are 23:59:60.
 */
struct leap_row {
    int8_t start;
    int8_t inserted;
    int8_t before;
    int8_t after;
};
static const struct leap_row leap_rows[] = {
    [VMCLOCK_LEAP_PRE_POS] = {0, 1, 0, -1},
    [VMCLOCK_LEAP_PRE_NEG] = {-1, 0, 0, 1},
    [VMCLOCK_LEAP_POST_POS] = {-1, 1, 1, 0},
    [VMCLOCK_LEAP_POST_NEG] = {0, 0, -1, 0},
};

/* sec + by, where it lies in 64 bits; else the end that is nearest. */
static uint64_t move_sec(uint64_t sec, int64_t by)
{
    if (by < 0)
        return sec > (uint64_t)-by ? sec - (uint64_t)-by : 0;
    return sec < UINT64_MAX - (uint64_t)by ? sec + (uint64_t)by : UINT64_MAX;
}

int vmclock_utc_leap_(const struct vmclock_clock *clock, struct vmclock_reading *out)
{
    const struct leap_row *const row = &leap_rows[clock->leap];
    const uint64_t reference = clock->reference.sec;
    const int64_t moved = (int64_t)(out->time.sec - reference); /* 2^63 ticks of less than a second: it fits */
    const int64_t start = (int64_t)clock->leap_edge + row->start, end = start + row->inserted;

    if (moved < start) {
        out->utc_last = move_sec(reference, start - 1);
        return row->before;
    }
    if (moved < end) {
        out->leap_second = true;
        out->utc_last = move_sec(reference, end - 1);
    }
    out->utc_first = move_sec(reference, moved < end ? start : end);
    return row->after;
}
