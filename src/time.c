/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A counter value to time with error bounds and UTC, by a page's clock data: integers only, exact, defined for every
 * value of every field. Works on the decoded fields of a view; never reads a clock or a counter.
 */
#include "internal.h"

#define NSEC_PER_SEC 1000000000U

/* ---- The formula ---- */

/* What the conversion cannot do without, lowest offset first. */
static const enum vmclock_field needed[] = {
    VMCLOCK_FIELD_CLOCK_STATUS,            VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT, VMCLOCK_FIELD_COUNTER_VALUE,
    VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, VMCLOCK_FIELD_TIME_SEC,             VMCLOCK_FIELD_TIME_FRAC_SEC,
};

/* A view has no holes: with the last needed field, every field before it is there. */
static bool complete(const struct vmclock_page *page)
{
    return vmclock_page_has(page, VMCLOCK_FIELD_TIME_FRAC_SEC);
}

static enum vmclock_err fail_absent(const struct vmclock_view *view, const struct vmclock_page *page,
                                    struct vmclock_error *err)
{
    const struct vmclock_field_info *info;
    unsigned i = 0;

    while (vmclock_page_has(page, needed[i]))
        i++;
    info = vmclock_field_info(needed[i]);
    return vmclock_fail_(err, VMCLOCK_WHY_FIELD_ABSENT, needed[i], (uint64_t)info->offset + info->width,
                         vmclock_view_len(view));
}

/* Every condition but the last, in the documented order. */
static enum vmclock_err check(const struct vmclock_view *view, const struct vmclock_page *page, unsigned counter_id,
                              unsigned flags, struct vmclock_error *err)
{
    if (page->seq_count % 2 != 0)
        return vmclock_fail_(err, VMCLOCK_WHY_UPDATE_STALLED, VMCLOCK_FIELD_NONE, 0, page->seq_count);
    if (!complete(page))
        return fail_absent(view, page, err);
    if (counter_id != VMCLOCK_ANY_COUNTER && page->counter_id == VMCLOCK_COUNTER_INVALID)
        return vmclock_fail_(err, VMCLOCK_WHY_NO_COUNTER, VMCLOCK_FIELD_COUNTER_ID, 0, page->counter_id);
    if (page->clock_status != VMCLOCK_STATUS_SYNCHRONIZED && page->clock_status != VMCLOCK_STATUS_FREERUNNING &&
        (flags & VMCLOCK_CONVERT_FORCE) == 0)
        return vmclock_fail_(err, VMCLOCK_WHY_CLOCK_NOT_READY, VMCLOCK_FIELD_CLOCK_STATUS, 0, page->clock_status);
    if (counter_id != VMCLOCK_ANY_COUNTER && page->counter_id != counter_id)
        return vmclock_fail_(err, VMCLOCK_WHY_FOREIGN_COUNTER, VMCLOCK_FIELD_COUNTER_ID, counter_id,
                             page->counter_id);
    return VMCLOCK_OK;
}

/* ceil(n / 2^shift). Our n have at most 127 bits, so there is room for one more. */
static struct vmclock_u128_ shift_right_up(struct vmclock_u128_ n, unsigned shift)
{
    const struct vmclock_u128_ one = {0, 1};
    bool inexact;

    n = vmclock_shift_right_(n, shift, &inexact);
    if (inexact)
        (void)vmclock_add_(&n, one);
    return n;
}

/* The time that is `ticks` after the reference point, or before it, rounded down; false when it is out of range. */
static bool advance(const struct vmclock_page *page, uint64_t ticks, bool before, struct vmclock_u128_ *time,
                    bool *inexact)
{
    const struct vmclock_u128_ product = vmclock_mul_(ticks, page->counter_period_frac_sec);
    const struct vmclock_u128_ span = vmclock_shift_right_(product, page->counter_period_shift, inexact);

    *time = (struct vmclock_u128_){page->time_sec, page->time_frac_sec};
    if (!before)
        return !vmclock_add_(time, span);
    return !vmclock_sub_(time, shift_right_up(product, page->counter_period_shift));
}

/* ---- Bounds ---- */

struct vmclock_nanotime vmclock_time_to_nanotime(struct vmclock_time time)
{
    return (struct vmclock_nanotime){time.sec, (uint32_t)vmclock_mul_(time.frac_sec, NSEC_PER_SEC).hi};
}

/* time - error - nanoseconds, rounded down, not below 0. */
static struct vmclock_nanotime earlier(struct vmclock_u128_ time, struct vmclock_u128_ error, uint64_t nanoseconds)
{
    const uint64_t sec = nanoseconds / NSEC_PER_SEC;
    const uint32_t nsec = (uint32_t)(nanoseconds % NSEC_PER_SEC);
    struct vmclock_nanotime result = {0, 0};

    if (vmclock_sub_(&time, error))
        return result;
    result = vmclock_time_to_nanotime((struct vmclock_time){time.hi, time.lo});
    if (result.sec < sec || (result.sec == sec && result.nsec < nsec))
        return (struct vmclock_nanotime){0, 0};
    result.sec -= sec + (result.nsec < nsec);
    result.nsec = result.nsec < nsec ? result.nsec + NSEC_PER_SEC - nsec : result.nsec - nsec;
    return result;
}

/* time + error + nanoseconds, rounded up, not beyond 64 bits of seconds. */
static struct vmclock_nanotime later(struct vmclock_u128_ time, struct vmclock_u128_ error, uint64_t nanoseconds)
{
    const struct vmclock_nanotime end = {UINT64_MAX, NSEC_PER_SEC - 1};
    struct vmclock_u128_ fraction;
    uint64_t sec, nsec;

    if (vmclock_add_(&time, error))
        return end;
    fraction = vmclock_mul_(time.lo, NSEC_PER_SEC);
    nsec = fraction.hi + (fraction.lo != 0) + nanoseconds % NSEC_PER_SEC; /* below 2 * 10^9 */
    sec = nanoseconds / NSEC_PER_SEC + (nsec >= NSEC_PER_SEC);
    if (sec > UINT64_MAX - time.hi)
        return end;
    return (struct vmclock_nanotime){time.hi + sec, (uint32_t)(nsec >= NSEC_PER_SEC ? nsec - NSEC_PER_SEC : nsec)};
}

static bool meaningful(const struct vmclock_page *page, enum vmclock_field field)
{
    return (page->meaningful >> field & 1) != 0;
}

static void put_bounds(const struct vmclock_page *page, uint64_t ticks, struct vmclock_u128_ time, bool inexact,
                       struct vmclock_reading *out)
{
    struct vmclock_u128_ error;

    if (!meaningful(page, VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC) ||
        !meaningful(page, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC))
        return;
    error = shift_right_up(vmclock_mul_(ticks, page->counter_period_maxerror_rate_frac_sec),
                           page->counter_period_shift);
    out->has_bounds = true;
    out->earliest = earlier(time, error, page->time_maxerror_nanosec);
    /* The time was rounded down; for the upper bound it must not have been. The error has at most 127 bits. */
    (void)vmclock_add_(&error, (struct vmclock_u128_){0, inexact});
    out->latest = later(time, error, page->time_maxerror_nanosec);
}

/* ---- UTC ---- */

/* The calendar repeats every 400 years. */
#define SEC_PER_DAY 86400U
#define DAYS_PER_CYCLE 146097U
#define SEC_PER_CYCLE (DAYS_PER_CYCLE * (uint64_t)SEC_PER_DAY)

/* Where a second lies in its month: since the month's first second, and until the next month's. */
struct month {
    int64_t since;
    int64_t until;
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

    result.since = (int64_t)(day_of_year - first) * SEC_PER_DAY + second;
    result.until = (int64_t)(next - day_of_year) * SEC_PER_DAY - second;
    return result;
}

/* a - b, cut to what months can be compared with. */
static int64_t difference(uint64_t a, uint64_t b)
{
    const uint64_t far = UINT64_C(1) << 62;

    if (a >= b)
        return a - b < far ? (int64_t)(a - b) : (int64_t)far;
    return b - a < far ? -(int64_t)(b - a) : -(int64_t)far;
}

/*
 * The leap second between the reference point and the time: what is to be added to the time, and whether the time lies in
 * an inserted second. `at` is the time less the first second of the month that the leap second ends.
 */
static int leap_correction(const struct vmclock_page *page, uint64_t sec, unsigned offset, bool *leap_second)
{
    const struct month month = month_of(page->time_sec, offset);
    const int64_t moved = difference(sec, page->time_sec);
    unsigned indicator = page->leap_indicator;
    int64_t at;

    if (indicator == VMCLOCK_LEAP_POS && month.since == 0) {
        indicator = VMCLOCK_LEAP_PRE_POS;
        at = moved;
    } else if (indicator == VMCLOCK_LEAP_POS && month.until == 1) {
        indicator = VMCLOCK_LEAP_POST_POS;
        at = moved - 1;
    } else if (indicator == VMCLOCK_LEAP_PRE_POS || indicator == VMCLOCK_LEAP_PRE_NEG)
        at = moved - month.until;
    else
        at = moved + month.since;

    switch (indicator) {
    case VMCLOCK_LEAP_PRE_POS:
        *leap_second = at == 0;
        return at >= 0 ? -1 : 0;
    case VMCLOCK_LEAP_PRE_NEG:
        return at >= -1 ? 1 : 0;
    case VMCLOCK_LEAP_POST_POS:
        *leap_second = at == -1;
        return at < -1 ? 1 : 0;
    case VMCLOCK_LEAP_POST_NEG:
        return at < 0 ? -1 : 0;
    default:
        return 0;
    }
}

/* How far the page's time is ahead of UTC when no leap second is near; false when that cannot be told. */
static bool utc_offset(const struct vmclock_page *page, unsigned *offset)
{
    const int tai = page->tai_offset_sec < 0 ? -page->tai_offset_sec : page->tai_offset_sec;

    *offset = page->time_type == VMCLOCK_TIME_TAI ? (unsigned)tai : 0;
    return page->time_type == VMCLOCK_TIME_UTC ||
           (page->time_type == VMCLOCK_TIME_TAI && meaningful(page, VMCLOCK_FIELD_TAI_OFFSET_SEC) &&
            tai >= VMCLOCK_TAI_OFFSET_MIN_ && tai <= VMCLOCK_TAI_OFFSET_MAX_);
}

static void put_utc(const struct vmclock_page *page, struct vmclock_reading *out)
{
    const uint64_t sec = out->time.sec;
    bool leap_second = false;
    unsigned offset;
    int correction = 0, least;

    if (!utc_offset(page, &offset))
        return;
    if (page->leap_indicator != VMCLOCK_LEAP_NONE)
        correction = leap_correction(page, sec, offset, &leap_second);
    least = (int)offset - correction; /* the time that is UTC 0; -1 at the least, on UTC pages */
    if (least < 0 ? sec == UINT64_MAX : sec < (unsigned)least)
        return;
    out->has_utc = true;
    out->leap_second = leap_second;
    out->utc = (struct vmclock_nanotime){least < 0 ? sec + 1 : sec - (unsigned)least, out->nsec};
}

/* ---- The whole ---- */

enum vmclock_err vmclock_time_at(const struct vmclock_view *view, uint64_t counter, unsigned counter_id,
                                 unsigned flags, struct vmclock_reading *out, struct vmclock_error *err)
{
    struct vmclock_reading scratch;
    struct vmclock_reading *const reading = out != NULL ? out : &scratch;
    struct vmclock_page page;
    struct vmclock_u128_ time;
    enum vmclock_err kind;
    uint64_t ticks;
    bool before, inexact;

    *reading = (struct vmclock_reading){0};
    vmclock_decode(view, &page);
    kind = check(view, &page, counter_id, flags, err);
    if (kind != VMCLOCK_OK)
        return kind;
    ticks = counter - page.counter_value;
    before = ticks >> 63 != 0;
    if (before)
        ticks = -ticks; /* 2^63 stays what it is, and is right */
    if (!advance(&page, ticks, before, &time, &inexact))
        return vmclock_fail_(err, VMCLOCK_WHY_TIME_OUT_OF_RANGE, VMCLOCK_FIELD_TIME_SEC, 0, page.time_sec);
    reading->counter = counter;
    reading->time = (struct vmclock_time){time.hi, time.lo};
    reading->nsec = vmclock_time_to_nanotime(reading->time).nsec;
    reading->time_type = page.time_type;
    reading->clock_status = page.clock_status;
    reading->disruption_marker = page.disruption_marker;
    reading->monotonic = (page.flags & VMCLOCK_FLAG_TIME_MONOTONIC) != 0;
    reading->has_generation = meaningful(&page, VMCLOCK_FIELD_VM_GENERATION_COUNTER);
    reading->vm_generation_counter = reading->has_generation ? page.vm_generation_counter : 0;
    put_bounds(&page, ticks, time, inexact, reading);
    put_utc(&page, reading);
    return vmclock_succeed_(err);
}

/* ---- The guard ---- */

static bool same_clock(const struct vmclock_guard *last, const struct vmclock_guard *next)
{
    return last->armed && last->monotonic && next->monotonic && last->time_type == next->time_type &&
           last->disruption_marker == next->disruption_marker && last->has_generation == next->has_generation &&
           last->vm_generation_counter == next->vm_generation_counter;
}

enum vmclock_err vmclock_guard_check(struct vmclock_guard *guard, const struct vmclock_reading *reading,
                                     struct vmclock_error *err)
{
    const struct vmclock_reading none = {0};
    const struct vmclock_reading *r = reading != NULL ? reading : &none;
    const struct vmclock_guard next = {r->time,      r->disruption_marker, r->vm_generation_counter, true,
                                       r->monotonic, r->has_generation,    r->time_type};

    if (guard == NULL)
        return vmclock_succeed_(err);
    if (same_clock(guard, &next)) {
        if (next.time.sec < guard->time.sec)
            return vmclock_fail_(err, VMCLOCK_WHY_TIME_WENT_BACKWARDS, VMCLOCK_FIELD_TIME_SEC, guard->time.sec,
                                 next.time.sec);
        if (next.time.sec == guard->time.sec && next.time.frac_sec < guard->time.frac_sec)
            return vmclock_fail_(err, VMCLOCK_WHY_TIME_WENT_BACKWARDS, VMCLOCK_FIELD_TIME_FRAC_SEC,
                                 guard->time.frac_sec, next.time.frac_sec);
    }
    *guard = next;
    return vmclock_succeed_(err);
}
