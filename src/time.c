/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A counter value to time with error bounds and UTC, by a page's clock data: integers only, exact, defined for every
 * value of every field. Works on the decoded fields of a view; never reads a clock or a counter.
 */
#include "error.h"
#include "names.h"
#include "stretch.h"
#include "text.h"
#include "wide.h"

#define NSEC_PER_SEC 1000000000U

/* ---- Out of the page ---- */

/* What the conversion cannot do without, lowest offset first. */
static const enum vmclock_field needed[] = {
    VMCLOCK_FIELD_CLOCK_STATUS,            VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT, VMCLOCK_FIELD_COUNTER_VALUE,
    VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, VMCLOCK_FIELD_TIME_SEC,             VMCLOCK_FIELD_TIME_FRAC_SEC,
};

/* A view has no holes: with the last needed field, every field before it is there. */
static bool complete(const struct vmclock_page *page)
{
    return vmclock_page_present(page, VMCLOCK_FIELD_TIME_FRAC_SEC);
}

static enum vmclock_err fail_absent(const struct vmclock_view *view, const struct vmclock_page *page,
                                    struct vmclock_error *err)
{
    const struct vmclock_field_row *info;
    unsigned i = 0;

    while (vmclock_page_present(page, needed[i]))
        i++;
    info = vmclock_field_info(needed[i]);
    return vmclock_fail_(err, VMCLOCK_REASON_FIELD_ABSENT, needed[i], (uint64_t)info->offset + info->width,
                         vmclock_view_len(view));
}

static enum vmclock_err check(const struct vmclock_view *view, const struct vmclock_page *page, unsigned counter_id,
                              unsigned flags, struct vmclock_error *err)
{
    if (page->seq_count % 2 != 0)
        return vmclock_fail_(err, VMCLOCK_REASON_UPDATE_STALLED, VMCLOCK_FIELD_NONE, 0, page->seq_count);
    if (!complete(page))
        return fail_absent(view, page, err);
    if (counter_id != VMCLOCK_ANY_COUNTER && page->counter_id == VMCLOCK_COUNTER_INVALID)
        return vmclock_fail_(err, VMCLOCK_REASON_NO_COUNTER, VMCLOCK_FIELD_COUNTER_ID, 0, page->counter_id);
    if (!vmclock_status_is_good_(page->clock_status) && (flags & VMCLOCK_CONVERT_FORCE) == 0)
        return vmclock_fail_(err, VMCLOCK_REASON_CLOCK_NOT_READY, VMCLOCK_FIELD_CLOCK_STATUS, 0, page->clock_status);
    if (counter_id != VMCLOCK_ANY_COUNTER && page->counter_id != counter_id)
        return vmclock_fail_(err, VMCLOCK_REASON_FOREIGN_COUNTER, VMCLOCK_FIELD_COUNTER_ID, counter_id,
                             page->counter_id);
    return VMCLOCK_OK;
}

static bool meaningful(const struct vmclock_page *page, enum vmclock_field field)
{
    return (page->meaningful >> field & 1) != 0;
}

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
static void set_leap(const struct vmclock_page *page, struct vmclock_clock *clock)
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
        /* Linux tells of the leap second with the new offset, and its own correction may put this a little before it. */
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

static void set_utc(const struct vmclock_page *page, struct vmclock_clock *clock)
{
    const unsigned ahead = vmclock_tai_ahead_(page->tai_offset_sec);
    const bool tai = page->time_type == VMCLOCK_TIME_TAI && meaningful(page, VMCLOCK_FIELD_TAI_OFFSET_SEC) && ahead != 0;

    clock->has_utc = tai || page->time_type == VMCLOCK_TIME_UTC;
    clock->utc_offset = tai ? (uint8_t)ahead : 0;
    clock->leap = VMCLOCK_LEAP_NONE;
    clock->leap_edge = 0;
    if (page->leap_indicator != VMCLOCK_LEAP_NONE && clock->has_utc)
        set_leap(page, clock);
}

/* Rounded up. 2^64 is 10^9 * (UINT64_MAX / 10^9) and the rest, which is below 10^9: nothing here wraps. */
static struct vmclock_time time_of_nanosec(uint64_t nanosec)
{
    const uint64_t part = nanosec % NSEC_PER_SEC, rest = part * (UINT64_MAX % NSEC_PER_SEC + 1);
    const uint64_t frac_sec = part * (UINT64_MAX / NSEC_PER_SEC) + rest / NSEC_PER_SEC + (rest % NSEC_PER_SEC != 0);

    return (struct vmclock_time){nanosec / NSEC_PER_SEC, frac_sec};
}

enum vmclock_err vmclock_clock_open(const struct vmclock_view *view, unsigned counter_id, unsigned flags,
                                    struct vmclock_clock *clock, struct vmclock_error *err)
{
    struct vmclock_page page;
    struct vmclock_clock unwanted;
    struct vmclock_clock *const c = clock != NULL ? clock : &unwanted;
    enum vmclock_err kind;

    vmclock_decode(view, &page);
    kind = check(view, &page, counter_id, flags, err);
    if (kind != VMCLOCK_OK) {
        *c = (struct vmclock_clock){0};
        return kind;
    }
    c->reference = (struct vmclock_time){page.time_sec, page.time_frac_sec};
    c->counter_value = page.counter_value;
    c->period = page.counter_period_frac_sec;
    c->shift = page.counter_period_shift;
    c->has_bounds = meaningful(&page, VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC) &&
                    meaningful(&page, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC);
    c->maxerror_rate = c->has_bounds ? page.counter_period_maxerror_rate_frac_sec : 0;
    c->maxerror_nanosec = c->has_bounds ? page.time_maxerror_nanosec : 0;
    c->maxerror = time_of_nanosec(c->maxerror_nanosec);
    c->disruption_marker = page.disruption_marker;
    c->has_generation = meaningful(&page, VMCLOCK_FIELD_VM_GENERATION_COUNTER);
    c->vm_generation_counter = c->has_generation ? page.vm_generation_counter : 0;
    c->time_type = page.time_type;
    c->clock_status = page.clock_status;
    c->smearing = page.leap_second_smearing_hint;
    c->monotonic = (page.flags & VMCLOCK_FLAG_TIME_MONOTONIC) != 0;
    set_utc(&page, c);
    return vmclock_succeed_(err);
}

/* ---- The formula ---- */

/* ceil(n / 2^shift). Our n have at most 127 bits, so there is room for one more. */
static inline struct vmclock_u128_ shift_right_up(struct vmclock_u128_ n, unsigned shift)
{
    bool inexact;

    n = vmclock_shift_right_(n, shift, &inexact);
    (void)vmclock_add_(&n, (struct vmclock_u128_){0, inexact});
    return n;
}

/* counter - reference point: how far apart they are, and which is first. 2^63 ticks apart counts as before. */
struct distance {
    uint64_t ticks;
    bool before;
};
static inline struct distance distance(const struct vmclock_clock *clock, uint64_t counter)
{
    const uint64_t ticks = counter - clock->counter_value;
    const bool before = ticks >> 63 != 0;

    return (struct distance){before ? -ticks : ticks, before};
}

static inline struct vmclock_u128_ to_wide(struct vmclock_time time)
{
    return (struct vmclock_u128_){time.sec, time.frac_sec};
}

/* The time at that distance, rounded down; false when it is out of range. */
static inline bool advance(const struct vmclock_clock *clock, struct distance from, struct vmclock_u128_ *time,
                           bool *inexact)
{
    const struct vmclock_u128_ product = vmclock_mul_(from.ticks, clock->period);
    struct vmclock_u128_ span = vmclock_shift_right_(product, clock->shift, inexact);

    *time = to_wide(clock->reference);
    if (!from.before)
        return !vmclock_add_(time, span);
    (void)vmclock_add_(&span, (struct vmclock_u128_){0, *inexact}); /* it has at most 127 bits */
    return !vmclock_sub_(time, span);
}

static enum vmclock_err fail_range(const struct vmclock_clock *clock, struct vmclock_error *err)
{
    return vmclock_fail_(err, VMCLOCK_REASON_TIME_OUT_OF_RANGE, VMCLOCK_FIELD_TIME_SEC, 0, clock->reference.sec);
}

static const struct vmclock_clock no_clock = {0};

enum vmclock_err vmclock_clock_time(const struct vmclock_clock *clock, uint64_t counter, struct vmclock_time *time,
                                    struct vmclock_error *err)
{
    struct vmclock_u128_ result;
    bool inexact;

    if (clock == NULL)
        clock = &no_clock;
    if (!advance(clock, distance(clock, counter), &result, &inexact)) {
        if (time != NULL)
            *time = (struct vmclock_time){0, 0};
        return fail_range(clock, err);
    }
    if (time != NULL)
        *time = (struct vmclock_time){result.hi, result.lo};
    return vmclock_succeed_(err);
}

/* ---- UTC ---- */

/* What the leap second adds to the time, and whether the time lies in an inserted one. */
static int leap_correction(const struct vmclock_clock *clock, uint64_t sec, bool *leap_second)
{
    const int64_t moved = (int64_t)(sec - clock->reference.sec); /* 2^63 ticks of less than a second: it fits */
    const int64_t edge = clock->leap_edge;

    switch (clock->leap) {
    case VMCLOCK_LEAP_PRE_POS:
        *leap_second = moved == edge;
        return moved >= edge ? -1 : 0;
    case VMCLOCK_LEAP_PRE_NEG:
        return moved >= edge - 1 ? 1 : 0;
    case VMCLOCK_LEAP_POST_POS:
        *leap_second = moved == edge - 1;
        return moved < edge - 1 ? 1 : 0;
    default: /* POST_NEG: there are no others, and NONE does not come here */
        return moved < edge ? -1 : 0;
    }
}

/* Sets what is told of UTC; the time has been set. */
static inline void put_utc(const struct vmclock_clock *clock, struct vmclock_reading *out)
{
    const uint64_t sec = out->time.sec;
    bool leap_second = false;
    int behind = clock->utc_offset; /* -1 at the least, on UTC pages */

    if (clock->leap != VMCLOCK_LEAP_NONE)
        behind -= leap_correction(clock, sec, &leap_second);
    out->has_utc = clock->has_utc && (behind < 0 ? sec != UINT64_MAX : sec >= (unsigned)behind);
    out->leap_second = out->has_utc && leap_second;
    out->utc_behind = (int8_t)(out->has_utc ? behind : 0);
}

/* ---- The whole ---- */

enum vmclock_err vmclock_clock_read(const struct vmclock_clock *clock, uint64_t counter, struct vmclock_reading *out,
                                    struct vmclock_error *err)
{
    struct vmclock_reading unwanted;
    struct vmclock_reading *const reading = out != NULL ? out : &unwanted;
    struct distance from;
    struct vmclock_u128_ time, error;
    bool inexact;

    if (clock == NULL)
        clock = &no_clock;
    from = distance(clock, counter);
    if (!advance(clock, from, &time, &inexact)) {
        *reading = (struct vmclock_reading){0};
        return fail_range(clock, err);
    }
    error = shift_right_up(vmclock_mul_(from.ticks, clock->maxerror_rate), clock->shift);
    (void)vmclock_add_(&error, to_wide(clock->maxerror)); /* 127 bits and 99 */
    /* Every member is set below: to clear them first would take as long as the conversion. */
    reading->counter = counter;
    reading->time = (struct vmclock_time){time.hi, time.lo};
    reading->error = (struct vmclock_time){error.hi, error.lo};
    reading->rounded = inexact;
    reading->reference = clock->reference;
    reading->maxerror_nanosec = clock->maxerror_nanosec;
    reading->disruption_marker = clock->disruption_marker;
    reading->vm_generation_counter = clock->vm_generation_counter;
    reading->monotonic = clock->monotonic;
    reading->has_generation = clock->has_generation;
    reading->time_type = clock->time_type;
    reading->clock_status = clock->clock_status;
    reading->has_bounds = clock->has_bounds;
    put_utc(clock, reading);
    return vmclock_succeed_(err);
}

enum vmclock_err vmclock_time_at(const struct vmclock_view *view, uint64_t counter, unsigned counter_id,
                                 unsigned flags, struct vmclock_reading *out, struct vmclock_error *err)
{
    struct vmclock_clock clock;
    const enum vmclock_err kind = vmclock_clock_open(view, counter_id, flags, &clock, err);

    if (kind == VMCLOCK_OK)
        return vmclock_clock_read(&clock, counter, out, err);
    if (out != NULL)
        *out = (struct vmclock_reading){0};
    return kind;
}

size_t vmclock_nanotime_format(struct vmclock_nanotime time, bool leap_second, char *buf, size_t cap)
{
    char date[48]; /* 12 digits of year at most */
    struct vmclock_text_ text = vmclock_text_(date, sizeof date);
    size_t end;

    vmclock_put_date_(&text, time.sec);
    end = vmclock_text_end_(&text);
    if (leap_second) {
        date[end - 2] = '6';
        date[end - 1] = '0';
    }
    text = vmclock_text_(buf, cap);
    vmclock_put_(&text, date);
    vmclock_put_char_(&text, '.');
    vmclock_put_dec_(&text, time.nsec, 9);
    return vmclock_text_end_(&text);
}

/* ---- A reading in nanoseconds ---- */

static const struct vmclock_reading no_reading = {0};

struct vmclock_nanotime vmclock_time_to_nanotime(struct vmclock_time time)
{
    return (struct vmclock_nanotime){time.sec, (uint32_t)vmclock_mul_(time.frac_sec, NSEC_PER_SEC).hi};
}

/* time - drift - maxerror, rounded down, not below 0. */
static struct vmclock_nanotime earliest(struct vmclock_u128_ time, struct vmclock_u128_ drift,
                                        struct vmclock_nanotime maxerror)
{
    struct vmclock_nanotime result;
    bool borrow;

    if (vmclock_sub_(&time, drift))
        return (struct vmclock_nanotime){0, 0};
    result = vmclock_time_to_nanotime((struct vmclock_time){time.hi, time.lo});
    borrow = result.nsec < maxerror.nsec;
    if (result.sec < maxerror.sec || (result.sec == maxerror.sec && borrow))
        return (struct vmclock_nanotime){0, 0};
    result.sec -= maxerror.sec + borrow;
    result.nsec = result.nsec - maxerror.nsec + (borrow ? NSEC_PER_SEC : 0);
    return result;
}

/* time + drift + maxerror, rounded up, not beyond 64 bits of seconds. */
static struct vmclock_nanotime latest(struct vmclock_u128_ time, struct vmclock_u128_ drift,
                                      struct vmclock_nanotime maxerror)
{
    static const struct vmclock_nanotime end = {UINT64_MAX, NSEC_PER_SEC - 1};
    struct vmclock_u128_ fraction;
    uint64_t sec, nsec;

    if (vmclock_add_(&time, drift))
        return end;
    fraction = vmclock_mul_(time.lo, NSEC_PER_SEC);
    nsec = fraction.hi + (fraction.lo != 0) + maxerror.nsec; /* at most 2 * 10^9 - 1 */
    sec = maxerror.sec + (nsec >= NSEC_PER_SEC);
    if (sec > UINT64_MAX - time.hi)
        return end;
    return (struct vmclock_nanotime){time.hi + sec, (uint32_t)(nsec >= NSEC_PER_SEC ? nsec - NSEC_PER_SEC : nsec)};
}

struct vmclock_bounds vmclock_reading_bounds(const struct vmclock_reading *reading)
{
    struct vmclock_bounds bounds = {{0, 0}, {0, 0}};
    struct vmclock_nanotime maxerror;
    struct vmclock_u128_ time, drift;

    if (reading == NULL || !reading->has_bounds)
        return bounds;
    /* The page's own error is in whole nanoseconds, and is counted in these: only what grew since has been rounded. */
    maxerror.sec = reading->maxerror_nanosec / NSEC_PER_SEC;
    maxerror.nsec = (uint32_t)(reading->maxerror_nanosec % NSEC_PER_SEC);
    drift = to_wide(reading->error);
    (void)vmclock_sub_(&drift, to_wide(time_of_nanosec(reading->maxerror_nanosec)));
    time = to_wide(reading->time);
    bounds.earliest = earliest(time, drift, maxerror);
    (void)vmclock_add_(&drift, (struct vmclock_u128_){0, reading->rounded}); /* it has at most 127 bits */
    bounds.latest = latest(time, drift, maxerror);
    return bounds;
}

struct vmclock_nanotime vmclock_reading_utc(const struct vmclock_reading *reading)
{
    const struct vmclock_reading *const r = reading != NULL ? reading : &no_reading;
    struct vmclock_nanotime utc = vmclock_time_to_nanotime(r->time);

    if (!r->has_utc)
        return (struct vmclock_nanotime){0, 0};
    utc.sec -= (uint64_t)(int64_t)r->utc_behind;
    return utc;
}

/* ---- Stretches ---- */

bool vmclock_clock_stretch(const struct vmclock_clock *clock, uint64_t counter, struct vmclock_stretch *out)
{
    const struct vmclock_clock *const c = clock != NULL ? clock : &no_clock;
    const uint64_t from = counter - c->counter_value;
    struct vmclock_stretch s = {.period = c->period, .maxerror_rate = c->maxerror_rate};
    struct vmclock_reading last;
    unsigned shift = c->shift;

    if (out != NULL)
        *out = (struct vmclock_stretch){0};
    if (from >> 63 != 0 || s.period == 0)
        return false;
    /* The finest unit that the period can be told in, so that 2^shift ticks take half a second to a second. */
    for (; s.period >> 63 == 0; shift++) {
        s.period <<= 1;
        if (s.maxerror_rate >> 63 != 0)
            return false;
        s.maxerror_rate <<= 1;
    }
    /* No CPU's counter is faster, and the ticks of a stretch fit into 32 bits. */
    if (shift == 0 || shift > 32)
        return false;
    s.ticks = UINT64_C(1) << shift;
    s.up = (uint8_t)(64 - shift);
    /*
     * A multiple of 2^shift ticks after the reference point nothing has been rounded, so that the stretch goes on from
     * there exactly. It holds at most two different seconds, which are those of its ends.
     */
    counter -= from % s.ticks;
    if (vmclock_clock_read(c, counter, &s.first, NULL) != VMCLOCK_OK ||
        vmclock_clock_read(c, counter + (s.ticks - 1), &last, NULL) != VMCLOCK_OK ||
        last.has_utc != s.first.has_utc || last.leap_second != s.first.leap_second ||
        last.utc_behind != s.first.utc_behind)
        return false;
    if (out != NULL)
        *out = s;
    return true;
}

bool vmclock_stretch_read(const struct vmclock_stretch *stretch, uint64_t counter, struct vmclock_reading *out)
{
    const bool holds = stretch != NULL && vmclock_stretch_holds_(stretch, counter);

    if (out == NULL)
        return holds;
    *out = holds ? stretch->first : no_reading;
    if (holds)
        vmclock_stretch_move_(stretch, counter, vmclock_stretch_ticks_(stretch, counter), out);
    return holds;
}

/* ---- The guard ---- */

static bool same_clock(const struct vmclock_guard *last, const struct vmclock_guard *next)
{
    return last->monotonic && next->monotonic && last->time_type == next->time_type &&
           last->disruption_marker == next->disruption_marker && last->has_generation == next->has_generation &&
           last->vm_generation_counter == next->vm_generation_counter;
}

enum vmclock_err vmclock_guard_check(struct vmclock_guard *guard, const struct vmclock_reading *reading,
                                     struct vmclock_error *err)
{
    const struct vmclock_reading *const r = reading != NULL ? reading : &no_reading;
    const struct vmclock_guard next = {r->time,      r->disruption_marker, r->vm_generation_counter,
                                       r->monotonic, r->has_generation,    r->time_type};

    if (guard == NULL)
        return vmclock_succeed_(err);
    if (same_clock(guard, &next)) {
        if (next.time.sec < guard->time.sec)
            return vmclock_fail_(err, VMCLOCK_REASON_TIME_WENT_BACKWARDS, VMCLOCK_FIELD_TIME_SEC, guard->time.sec,
                                 next.time.sec);
        if (next.time.sec == guard->time.sec && next.time.frac_sec < guard->time.frac_sec)
            return vmclock_fail_(err, VMCLOCK_REASON_TIME_WENT_BACKWARDS, VMCLOCK_FIELD_TIME_FRAC_SEC,
                                 guard->time.frac_sec, next.time.frac_sec);
    }
    *guard = next;
    return vmclock_succeed_(err);
}
