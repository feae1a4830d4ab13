/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page and counter values to time, against a slow reference: the documents' formulas and tables in wide integers,
 * with literal offsets. Any bytes are input; counter values are chosen from them. Then properties that need no
 * reference.
 */
#include "../tests/readings.h"
#include "big.h"
#include "fuzz_check.h"
#include "wide.h"

FUZZ_NOT_COVERED

ARITHMETIC

#define NS 1000000000U

static struct wide in_ns(struct vmclock_nanotime time)
{
    FUZZ_CHECK(time.nsec < NS);
    return add(mul(wide_of(time.sec), NS), wide_of(time.nsec));
}

static struct wide in_units(struct vmclock_time time)
{
    return add(shift_left(wide_of(time.sec), 64), wide_of(time.frac_sec));
}

ARITHMETIC_END

/* ---- The page, by literal offsets ---- */

static uint64_t at(const uint8_t *page, unsigned offset, unsigned width)
{
    uint64_t value = 0;

    while (width-- > 0)
        value = value << 8 | page[offset + width];
    return value;
}

static bool flag(const uint8_t *page, unsigned bit)
{
    return (at(page, 0x18, 8) >> bit & 1) != 0;
}

static enum vmclock_reason reference_check(const uint8_t *page, size_t len, unsigned counter_id, bool force)
{
    const unsigned status = len > 0x22 ? page[0x22] : 0;

    if ((page[0x0c] & 1) != 0)
        return VMCLOCK_REASON_UPDATE_STALLED;
    if (len < 0x58)
        return VMCLOCK_REASON_FIELD_ABSENT;
    if (counter_id != 0x100 && page[0x0a] == 0xff)
        return VMCLOCK_REASON_NO_COUNTER;
    if (status != 2 && status != 3 && !force)
        return VMCLOCK_REASON_CLOCK_NOT_READY;
    if (counter_id != 0x100 && page[0x0a] != counter_id)
        return VMCLOCK_REASON_FOREIGN_COUNTER;
    return VMCLOCK_REASON_NONE;
}

ARITHMETIC

/* ---- The formula ---- */

/* The time in 2^-(64+shift) s: nothing has been rounded yet. */
static struct wide exact_time(const uint8_t *page, uint64_t counter, struct wide *ticks)
{
    const unsigned shift = page[0x27];
    const uint64_t delta = counter - at(page, 0x28, 8);
    const bool before = delta >> 63 != 0;
    const struct wide start = add(shift_left(wide_of(at(page, 0x48, 8)), 64), wide_of(at(page, 0x50, 8)));
    struct wide span;

    *ticks = wide_of(before ? 0 - delta : delta);
    span = mul(*ticks, at(page, 0x30, 8));
    return add(shift_left(start, shift), before ? negate(span) : span);
}

static bool in_range(struct wide units)
{
    return !is_negative(units) && is_negative(sub(units, shift_left(wide_of(1), 128)));
}

static struct wide clamp(struct wide ns)
{
    static const struct wide end = {{UINT32_MAX, UINT32_MAX, NS - 1}}; /* 2^64 * 10^9 - 1 */

    if (is_negative(ns))
        return wide_of(0);
    return compare(ns, end) > 0 ? end : ns;
}

/* What grew with the ticks, and the page's own in 2^-64 s: each rounded up, which division would tell, or products. */
static void check_error(const uint8_t *page, struct wide error, struct wide maximum, const struct vmclock_reading *r)
{
    const struct wide drift = negate(shift_right(negate(error), page[0x27]));
    const struct wide rest = sub(in_units(r->error), drift), wanted = shift_left(maximum, 64);

    FUZZ_CHECK(compare(mul32(rest, NS), wanted) >= 0);
    FUZZ_CHECK(compare(mul32(sub(rest, wide_of(1)), NS), wanted) < 0);
}

/* Never inside of the exact interval, and at most 1 ns outside of it rounded outward. */
static void check_outward(struct vmclock_bounds b, struct wide earliest, struct wide latest)
{
    FUZZ_CHECK(compare(in_ns(b.earliest), clamp(earliest)) <= 0);
    FUZZ_CHECK(compare(in_ns(b.earliest), clamp(sub(earliest, wide_of(1)))) >= 0);
    FUZZ_CHECK(compare(in_ns(b.latest), clamp(latest)) >= 0);
    FUZZ_CHECK(compare(in_ns(b.latest), clamp(add(latest, wide_of(1)))) <= 0);
}

static void check_bounds(const uint8_t *page, size_t len, struct wide exact, struct wide ticks,
                         const struct vmclock_reading *r, const struct vmclock_stretch *stretch)
{
    const bool announced = flag(page, 4) && flag(page, 6) && len >= 0x68;
    const unsigned unit = 64U + page[0x27];
    const struct vmclock_bounds b = vmclock_reading_bounds(r);
    struct wide error, maximum, earliest, latest;
    struct vmclock_bounds fast;

    memset(&fast, 0xa5, sizeof fast);
    FUZZ_CHECK(r->has_bounds == announced);
    FUZZ_CHECK(vmclock_stretch_bounds(stretch, r->counter, &fast) == (announced && stretch->ticks != 0));
    if (!announced) {
        FUZZ_CHECK(b.earliest.sec == 0 && b.earliest.nsec == 0 && b.latest.sec == 0 && b.latest.nsec == 0);
        FUZZ_CHECK(r->error.sec == 0 && r->error.frac_sec == 0 && r->maxerror_nanosec == 0);
        return;
    }
    FUZZ_CHECK(r->maxerror_nanosec == at(page, 0x60, 8));
    maximum = wide_of(r->maxerror_nanosec);
    error = mul(ticks, at(page, 0x40, 8));
    check_error(page, error, maximum, r);
    earliest = sub(shift_right(mul(sub(exact, error), NS), unit), maximum);
    latest = add(negate(shift_right(mul(negate(add(exact, error)), NS), unit)), maximum);
    check_outward(b, earliest, latest);
    if (stretch->ticks != 0)
        check_outward(fast, earliest, latest);
    else
        FUZZ_CHECK(fast.earliest.sec == 0 && fast.earliest.nsec == 0 && fast.latest.sec == 0 && fast.latest.nsec == 0);
    FUZZ_CHECK(compare(in_ns(b.earliest), in_ns(vmclock_time_to_nanotime(r->time))) <= 0);
    FUZZ_CHECK(compare(in_ns(b.latest), in_ns(vmclock_time_to_nanotime(r->time))) >= 0);
}

/* ---- UTC, by the table ---- */

/* The first seconds of the months from 1970-01 to 2370-01. */
enum { MONTHS = 4800 };
static uint64_t month_starts[MONTHS + 1];

static void make_months(void)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    for (unsigned i = 0; i < MONTHS; i++) {
        const unsigned year = 1970 + i / 12;
        const bool leap_day = i % 12 == 1 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

        month_starts[i + 1] = month_starts[i] + (days[i % 12] + (unsigned)leap_day) * UINT64_C(86400);
    }
}

/* The month of r = sec - offset: its first second and the next one's. The calendar repeats after MONTHS months. */
static void find_month(uint64_t sec, unsigned offset, struct wide *own, struct wide *following)
{
    const uint64_t cycle = month_starts[MONTHS];
    const uint64_t in_cycle = (sec % cycle + cycle - offset) % cycle;
    const struct wide base = sub(sub(wide_of(sec), wide_of(offset)), wide_of(in_cycle));
    unsigned low = 0, high = MONTHS;

    while (high - low > 1) {
        const unsigned middle = (low + high) / 2;

        if (month_starts[middle] <= in_cycle)
            low = middle;
        else
            high = middle;
    }
    *own = add(base, wide_of(month_starts[low]));
    *following = add(base, wide_of(month_starts[low + 1]));
}

/* What the page tells of UTC: its row of the table, and the edge of the month that the row is about. */
struct told {
    bool has_utc;
    unsigned offset;
    unsigned row; /* 1, 2, 4, 5, or 0: no leap second */
    struct wide month;
};

static struct told told_by(const uint8_t *page)
{
    const int raw = (int)(at(page, 0x24, 2) ^ 0x8000) - 0x8000;
    const unsigned magnitude = (unsigned)(raw < 0 ? -raw : raw);
    const bool tai = page[0x0b] == 1 && flag(page, 0) && magnitude >= 10 && magnitude <= 60;
    struct told told = {tai || page[0x0b] == 0, tai ? magnitude : 0, page[0x26], wide_of(0)};
    struct wide own, following, reference;

    if (!told.has_utc || told.row == 0 || told.row > 5) {
        told.row = 0;
        return told;
    }
    find_month(at(page, 0x48, 8), told.offset, &own, &following);
    reference = sub(wide_of(at(page, 0x48, 8)), wide_of(told.offset));
    told.month = told.row <= 2 ? following : own;
    if (told.row == 3) {
        const bool first = compare(reference, own) == 0;

        told.row = first ? 1 : compare(reference, sub(following, wide_of(2))) >= 0 ? 4 : 0;
        told.month = first ? own : following;
    }
    return told;
}

/* UTC's count at a second of the page, and whether that is an inserted one. */
static struct wide utc_at(const struct told *told, struct wide sec, bool *leap_second)
{
    const struct wide one = wide_of(1), v = sub(sec, wide_of(told->offset)), m = told->month;

    *leap_second = false;
    if (told->row == 1 && compare(v, m) >= 0) {
        *leap_second = compare(v, m) == 0;
        return sub(v, one);
    }
    if (told->row == 2 && compare(v, sub(m, one)) >= 0)
        return add(v, one);
    if (told->row == 4 && compare(v, m) < 0) {
        *leap_second = compare(v, sub(m, one)) == 0;
        return *leap_second ? v : add(v, one);
    }
    if (told->row == 5 && compare(v, m) < 0)
        return sub(v, one);
    return v;
}

static bool fits_64_bits(struct wide value)
{
    return !is_negative(value) && compare(value, wide_of(UINT64_MAX)) <= 0;
}

static void check_utc(const struct told *told, const struct vmclock_reading *r)
{
    const struct vmclock_nanotime got = vmclock_reading_utc(r);
    bool leap_second;
    const struct wide utc = utc_at(told, wide_of(r->time.sec), &leap_second);

    if (!told->has_utc || !fits_64_bits(utc)) {
        FUZZ_CHECK(!r->has_utc && !r->leap_second && got.sec == 0 && got.nsec == 0);
        return;
    }
    FUZZ_CHECK(r->has_utc && r->leap_second == leap_second);
    FUZZ_CHECK(got.sec == low64(utc) && got.nsec == vmclock_time_to_nanotime(r->time).nsec);
}

/* As UTC, both bounds are as far behind the page as the time; where that would not be true they are not told. */
static void check_utc_bounds(const struct told *told, const struct vmclock_reading *r)
{
    const struct vmclock_bounds page = vmclock_reading_bounds(r);
    const struct wide now = wide_of(r->time.sec), first = wide_of(page.earliest.sec), last = wide_of(page.latest.sec);
    struct vmclock_bounds got;
    struct wide earliest, latest, behind;
    bool told_now, told_first, told_last, same;

    memset(&got, 0xa5, sizeof got);
    behind = sub(now, utc_at(told, now, &told_now));
    same = compare(behind, sub(first, utc_at(told, first, &told_first))) == 0 &&
           compare(behind, sub(last, utc_at(told, last, &told_last))) == 0 && told_first == told_now &&
           told_last == told_now;
    earliest = sub(first, behind);
    latest = sub(last, behind);
    if (!r->has_bounds || !r->has_utc || !same || !fits_64_bits(earliest) || !fits_64_bits(latest)) {
        FUZZ_CHECK(!vmclock_reading_utc_bounds(r, &got));
        FUZZ_CHECK(got.earliest.sec == 0 && got.earliest.nsec == 0 && got.latest.sec == 0 && got.latest.nsec == 0);
        return;
    }
    FUZZ_CHECK(vmclock_reading_utc_bounds(r, &got));
    FUZZ_CHECK(got.earliest.sec == low64(earliest) && got.earliest.nsec == page.earliest.nsec);
    FUZZ_CHECK(got.latest.sec == low64(latest) && got.latest.nsec == page.latest.nsec);
}

/* ---- UTC smeared, as a line between two points; rounded down: what is told is not after it, and 1 ns more is ---- */

static void check_on_line(const struct told *told, const struct vmclock_smeared *s, struct wide passed, bool noon)
{
    const unsigned added = told->row == 1 || told->row == 4 ? 1 : 0, lost = 1 - added;
    const uint32_t real = noon ? 86400 + added - lost : 1000, shown = real - added + lost;
    const struct wide from = sub(told->month, wide_of(noon ? 43200 : shown));
    /* In 2^-64 ns, times `real`. */
    const struct wide line = add(shift_left(mul32(mul(from, NS), real), 64), mul32(mul(passed, NS), shown));

    FUZZ_CHECK(s->has_utc == !is_negative(line) && s->smeared == s->has_utc && !s->leap_second);
    if (!s->has_utc) {
        FUZZ_CHECK(s->utc.sec == 0 && s->utc.nsec == 0);
        return;
    }
    FUZZ_CHECK(compare(shift_left(mul32(in_ns(s->utc), real), 64), line) <= 0);
    FUZZ_CHECK(compare(shift_left(mul32(add(in_ns(s->utc), wide_of(1)), real), 64), line) > 0);
}

static void check_smeared(const uint8_t *page, const struct told *told, const struct vmclock_reading *r,
                          const struct vmclock_smeared *s)
{
    const bool noon = page[0x23] == 1, smears = told->row != 0 && (noon || page[0x23] == 2);

    FUZZ_CHECK(s->smearing == (smears ? page[0x23] : 0));
    if (smears) {
        const bool added = told->row == 1 || told->row == 4;
        const struct wide midnight = told->row == 1   ? add(told->month, wide_of(1))
                                     : told->row == 2 ? sub(told->month, wide_of(1))
                                                      : told->month;
        const struct wide end = add(add(midnight, wide_of(noon ? 43200 : 0)), wide_of(told->offset));
        const struct wide start = sub(end, wide_of(!noon ? 1000 : added ? 86401 : 86399));
        const struct wide now = wide_of(r->time.sec);

        if (compare(now, start) >= 0 && compare(now, end) < 0) {
            check_on_line(told, s, sub(in_units(r->time), shift_left(start, 64)), noon);
            return;
        }
    }
    FUZZ_CHECK(!s->smeared && s->has_utc == r->has_utc && s->leap_second == r->leap_second);
    FUZZ_CHECK(s->utc.sec == vmclock_reading_utc(r).sec && s->utc.nsec == vmclock_reading_utc(r).nsec);
}

ARITHMETIC_END

/* ---- One counter value ---- */

/* A page, and what is the same for all of its counter values. */
struct subject {
    struct vmclock_view view;
    uint8_t *page;
    size_t len;
    enum vmclock_reason refusal; /* of any counter, by force */
    struct vmclock_clock clock;
    struct told told;
};

static bool look_at(uint8_t *page, size_t size, struct subject *subject)
{
    enum vmclock_err kind;

    if (vmclock_parse(page, size, 0, &subject->view, NULL) != VMCLOCK_OK)
        return false;
    subject->page = page;
    subject->len = vmclock_view_len(&subject->view);
    subject->refusal = reference_check(page, subject->len, 0x100, true);
    kind = vmclock_clock_open(&subject->view, VMCLOCK_ANY_COUNTER, VMCLOCK_CONVERT_FORCE, &subject->clock, NULL);
    FUZZ_CHECK((kind == VMCLOCK_OK) == (subject->refusal == VMCLOCK_REASON_NONE));
    if (kind == VMCLOCK_OK)
        subject->told = told_by(page);
    return true;
}

/* None of the reasons holds for which a clock may have no stretch here; there are other such clocks. */
static bool must_have_stretch(const uint8_t *page, const struct vmclock_reading *r)
{
    const uint64_t period = at(page, 0x30, 8);
    unsigned shift = page[0x27];

    for (uint64_t p = period; p != 0 && p >> 63 == 0; p <<= 1)
        shift++;
    return period != 0 && shift >= 1 && shift <= 32 && at(page, 0x40, 8) <= period && page[0x26] == 0 &&
           r->counter - at(page, 0x28, 8) < UINT64_C(1) << 63 && r->time.sec > 1000 && r->time.sec < UINT64_MAX - 1000;
}

/* The short way gives what the long way does, for this counter value and another one; and it knows where it ends. */
static void check_stretch(const struct subject *subject, const struct vmclock_reading *r,
                          struct vmclock_stretch *stretch)
{
    struct vmclock_reading fast, slow;
    uint64_t other;

    memset(stretch, 0xa5, sizeof *stretch);
    if (!vmclock_clock_stretch(&subject->clock, r->counter, stretch)) {
        FUZZ_CHECK(!must_have_stretch(subject->page, r));
        FUZZ_CHECK(!vmclock_stretch_read(stretch, r->counter, &fast));
        return;
    }
    FUZZ_CHECK(vmclock_stretch_read(stretch, r->counter, &fast) && same_reading(&fast, r));
    other = stretch->first.counter + r->counter * UINT64_C(0x9e3779b97f4a7c15) % stretch->ticks;
    FUZZ_CHECK(vmclock_stretch_read(stretch, other, &fast));
    FUZZ_CHECK(vmclock_clock_read(&subject->clock, other, &slow, NULL) == VMCLOCK_OK && same_reading(&fast, &slow));
    FUZZ_CHECK(!vmclock_stretch_read(stretch, stretch->first.counter + stretch->ticks, &fast));
    FUZZ_CHECK(!vmclock_stretch_read(stretch, stretch->first.counter - 1, &fast));
}

/* Converts and judges; true when there is a time. */
static bool check_value(const struct subject *subject, uint64_t counter, struct vmclock_reading *r,
                        struct vmclock_smeared *smeared)
{
    const uint8_t *const page = subject->page;
    struct vmclock_error err;
    struct vmclock_time time;
    struct vmclock_stretch stretch;
    struct wide ticks, exact, rounded;
    enum vmclock_err kind;

    memset(r, 0xa5, sizeof *r);
    memset(&err, 0xa5, sizeof err);
    /* The whole way from the page takes most of the time; for the other values the same clock is used again. */
    if (subject->refusal != VMCLOCK_REASON_NONE || counter % 8 == subject->page[0x28] % 8)
        kind = vmclock_time_at(&subject->view, counter, VMCLOCK_ANY_COUNTER, VMCLOCK_CONVERT_FORCE, r, &err);
    else
        kind = vmclock_clock_read(&subject->clock, counter, r, &err);
    FUZZ_CHECK(kind == err.kind && kind == vmclock_reason_kind(err.reason));
    if (subject->refusal != VMCLOCK_REASON_NONE) {
        FUZZ_CHECK(err.reason == subject->refusal);
        return false;
    }
    exact = exact_time(page, counter, &ticks);
    rounded = shift_right(exact, page[0x27]);
    FUZZ_CHECK((kind == VMCLOCK_OK) == in_range(rounded));
    FUZZ_CHECK(vmclock_clock_time(&subject->clock, counter, &time, NULL) == kind);
    FUZZ_CHECK(time.sec == r->time.sec && time.frac_sec == r->time.frac_sec);
    FUZZ_CHECK(vmclock_clock_smeared(&subject->clock, counter, smeared, NULL) == kind);
    if (kind != VMCLOCK_OK) {
        FUZZ_CHECK(err.reason == VMCLOCK_REASON_TIME_OUT_OF_RANGE);
        FUZZ_CHECK(r->time.sec == 0 && r->time.frac_sec == 0 && !r->has_bounds && !r->has_utc);
        FUZZ_CHECK(!smeared->has_utc && !smeared->smeared && smeared->utc.sec == 0 && smeared->utc.nsec == 0);
        return false;
    }
    FUZZ_CHECK(compare(in_units(r->time), rounded) == 0);
    FUZZ_CHECK(r->rounded == (compare(shift_left(rounded, page[0x27]), exact) != 0));
    FUZZ_CHECK(vmclock_time_to_nanotime(r->time).sec == r->time.sec);
    FUZZ_CHECK(vmclock_time_to_nanotime(r->time).nsec == low64(shift_right(mul32(wide_of(r->time.frac_sec), NS), 64)));
    FUZZ_CHECK(r->counter == counter && r->time_type == page[0x0b] && r->clock_status == page[0x22]);
    FUZZ_CHECK(r->disruption_marker == at(page, 0x10, 8) && r->monotonic == flag(page, 7));
    FUZZ_CHECK(r->has_generation == (subject->len >= 0x70 && flag(page, 8)));
    FUZZ_CHECK(r->vm_generation_counter == (r->has_generation ? at(page, 0x68, 8) : 0));
    check_stretch(subject, r, &stretch);
    check_bounds(page, subject->len, exact, ticks, r, &stretch);
    check_utc(&subject->told, r);
    check_utc_bounds(&subject->told, r);
    check_smeared(page, &subject->told, r, smeared);
    return true;
}

/* ---- Properties ---- */

static void check_order(const struct vmclock_reading *earlier, const struct vmclock_reading *later)
{
    struct vmclock_guard guard;
    struct vmclock_error err;
    int order = compare(in_units(earlier->time), in_units(later->time));

    FUZZ_CHECK(order <= 0);
    memset(&guard, 0, sizeof guard);
    FUZZ_CHECK(vmclock_guard_check(&guard, earlier, NULL) == VMCLOCK_OK);
    FUZZ_CHECK(vmclock_guard_check(&guard, later, NULL) == VMCLOCK_OK);
    FUZZ_CHECK((vmclock_guard_check(&guard, earlier, &err) != VMCLOCK_OK) == (order < 0 && later->monotonic));
}

static void put(uint8_t *page, unsigned offset, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        page[offset + i] = (uint8_t)(value >> 8 * i);
}

/* A page that is calibrated anew at what it says itself goes on where it was, but for what rounding has cost. */
static void check_recalibration(const struct subject *subject, const struct vmclock_reading *now, uint64_t ticks)
{
    uint8_t *const page = subject->page;
    uint8_t saved[0x58];
    struct vmclock_reading after;
    struct vmclock_time before;
    struct wide lost;
    bool has_both;

    has_both = vmclock_clock_time(&subject->clock, now->counter + ticks, &before, NULL) == VMCLOCK_OK;
    memcpy(saved, page, sizeof saved);
    put(page, 0x28, now->counter);
    put(page, 0x48, now->time.sec);
    put(page, 0x50, now->time.frac_sec);
    has_both = vmclock_time_at(&subject->view, now->counter + ticks, VMCLOCK_ANY_COUNTER, VMCLOCK_CONVERT_FORCE, &after,
                               NULL) == VMCLOCK_OK &&
               has_both;
    memcpy(page, saved, sizeof saved);
    if (!has_both)
        return;
    lost = sub(in_units(before), in_units(after.time));
    FUZZ_CHECK(!is_negative(lost) && compare(lost, wide_of(1)) <= 0);
}

static void check_page(uint8_t *page, size_t size, struct fuzz_choice *choice)
{
    const uint64_t extremes[] = {0, 1, UINT64_C(1) << 62, (UINT64_C(1) << 63) - 1, UINT64_C(1) << 63};
    struct subject subject;
    struct vmclock_reading reference, r, last;
    struct vmclock_smeared smeared;
    struct vmclock_clock clock;
    uint64_t value, ticks;
    bool has_last = false;

    if (!look_at(page, size, &subject))
        return;
    for (unsigned id = 0; id <= 0x100; id += id == 2 ? 0xfd : 1)
        for (unsigned force = 0; force < 2; force++) {
            struct vmclock_error err;

            FUZZ_CHECK(vmclock_clock_open(&subject.view, id, force, &clock, &err) == err.kind);
            FUZZ_CHECK(err.reason == reference_check(page, subject.len, id, force != 0));
        }
    value = subject.len >= 0x30 ? at(page, 0x28, 8) : 0;
    if (check_value(&subject, value, &reference, &smeared)) {
        FUZZ_CHECK(reference.time.sec == at(page, 0x48, 8) && reference.time.frac_sec == at(page, 0x50, 8));
        last = reference;
        has_last = true;
    }
    for (unsigned i = 0; i < sizeof extremes / sizeof *extremes; i++) {
        (void)check_value(&subject, value + extremes[i], &r, &smeared);
        (void)check_value(&subject, value - extremes[i], &r, &smeared);
    }
    /* Forward from the reference point, in steps of any size. */
    ticks = 0;
    for (unsigned i = 0; i < 6; i++) {
        const uint64_t step = fuzz_next(choice) >> (2 + fuzz_pick(choice, 62));

        if (step > (UINT64_C(1) << 63) - 1 - ticks)
            break;
        ticks += step;
        if (check_value(&subject, value - ticks, &r, &smeared) && has_last)
            check_order(&r, &reference);
        if (!check_value(&subject, value + ticks, &r, &smeared))
            continue;
        if (has_last)
            check_order(&last, &r);
        last = r;
        has_last = true;
        check_recalibration(&subject, &r, fuzz_next(choice) % ((UINT64_C(1) << 63) - ticks));
    }
}

/* Smeared UTC around the leap second: no step back, and none forwards beyond the rate that the smear may have. */
static void check_smear(const struct subject *subject, unsigned bits, struct fuzz_choice *choice)
{
    static const int64_t edges[] = {-43200, -1000, 0, 43200};
    const uint64_t reference = at(subject->page, 0x28, 8);
    struct vmclock_reading r, last_r;
    struct vmclock_smeared s, last;
    bool has_last = false;

    for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++) {
        uint64_t ticks = ((uint64_t)edges[i] - 2) << bits;

        for (unsigned j = 0; j < 4; j++) {
            struct wide shown, passed;

            ticks += fuzz_next(choice) >> (64 - bits);
            if (!check_value(subject, reference + ticks, &r, &s) || !s.has_utc)
                continue;
            if (has_last && s.smearing != 0) {
                shown = sub(in_ns(s.utc), in_ns(last.utc));
                passed = sub(in_units(r.time), in_units(last_r.time));
                FUZZ_CHECK(!is_negative(shown));
                FUZZ_CHECK(compare(shift_left(mul32(sub(shown, wide_of(1)), 1000), 64),
                                   mul32(mul32(passed, NS), 1001)) <= 0);
            }
            last = s;
            last_r = r;
            has_last = true;
        }
    }
}

/* The page with its reference time near some month's edge, and a leap second there; 2 ticks a second, then 2^bits. */
static void check_leap(uint8_t *page, size_t size, struct fuzz_choice *choice)
{
    static const uint8_t offsets[] = {0, 9, 10, 37, 60, 61};
    const unsigned offset = offsets[fuzz_pick(choice, sizeof offsets)];
    const uint64_t cycles = fuzz_pick(choice, 2) == 0 ? 0 : fuzz_next(choice) / 16 / month_starts[MONTHS];
    const uint64_t edge = cycles * month_starts[MONTHS] + month_starts[fuzz_pick(choice, MONTHS + 1)];
    const uint64_t sec = edge + offset + fuzz_pick(choice, 7) - 4;
    const unsigned bits = 1 + fuzz_pick(choice, 32);
    struct subject subject;
    struct vmclock_reading r;
    struct vmclock_smeared smeared;

    page[0x0b] = (uint8_t)fuzz_pick(choice, 3);
    page[0x18] = (uint8_t)(page[0x18] | 1);
    page[0x23] = (uint8_t)fuzz_pick(choice, 4);
    page[0x24] = (uint8_t)(fuzz_pick(choice, 2) == 0 ? offset : 0x100 - offset);
    page[0x25] = page[0x24] >= 0x80 ? 0xff : 0;
    page[0x26] = (uint8_t)fuzz_pick(choice, 7);
    page[0x27] = 0;
    put(page, 0x30, UINT64_C(1) << 63);
    /* Bounds on either side of the leap second: half seconds, and 1 ns more or less. */
    if (size >= 0x68 && fuzz_pick(choice, 4) != 0) {
        page[0x18] = (uint8_t)(page[0x18] | 0x50);
        put(page, 0x40, 0);
        put(page, 0x60, (uint64_t)fuzz_pick(choice, 6) * (NS / 2) + fuzz_pick(choice, 3));
    }
    put(page, 0x48, sec);
    if (!look_at(page, size, &subject))
        return;
    for (uint64_t halves = 0; halves < 16; halves++)
        (void)check_value(&subject, at(page, 0x28, 8) + halves - 8, &r, &smeared);
    put(page, 0x30, UINT64_C(1) << (64 - bits));
    if (page[0x0b] < 2 && look_at(page, size, &subject))
        check_smear(&subject, bits, choice);
}

/* The product in halves, which machines of 32 bits use, and the one of this machine. */
static void check_products(struct fuzz_choice *choice)
{
    const uint64_t ones = fuzz_pick(choice, 2) == 0 ? 0 : UINT64_MAX;
    const uint64_t a = fuzz_next(choice) | ones << fuzz_pick(choice, 64), b = fuzz_next(choice) | ones;
    const struct vmclock_u128_ halves = vmclock_mul_limbs_(a, b), whole = vmclock_mul_(a, b);
    const struct wide wanted = mul(wide_of(a), b);

    FUZZ_CHECK(halves.lo == low64(wanted) && halves.hi == low64(shift_right(wanted, 64)));
    FUZZ_CHECK(whole.lo == halves.lo && whole.hi == halves.hi);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_choice choice = fuzz_choose_by(data, size);
    struct fuzz_copy copy;

    if (month_starts[MONTHS] == 0)
        make_months();
    check_products(&choice);
    copy = fuzz_copy_make(data, size, fuzz_pick(&choice, 8));
    check_page(copy.bytes, size, &choice);
    /* Once more with a header that is right, where it was not, so that few inputs are lost. */
    if (size >= 32) {
        static const uint8_t header[10] = {0x56, 0x43, 0x4c, 0x4b, 0, 0, 0, 0, 1, 0};

        memcpy(copy.bytes, header, sizeof header);
        for (unsigned i = 0; i < 4; i++)
            copy.bytes[4 + i] = (uint8_t)(size >> 8 * i);
        copy.bytes[0x0c] &= 0xfe;
        if (memcmp(copy.bytes, data, size) != 0)
            check_page(copy.bytes, size, &choice);
        if (size >= 0x58)
            check_leap(copy.bytes, size, &choice);
    }
    fuzz_copy_free(&copy);
    return 0;
}

FUZZ_COVERED
