/* SPDX-License-Identifier: BSD-2-Clause */
/* Written from the table of transitions, row by row, on numbers multiplied by all that is divided by. */
#include "oracle_diff.h"

#include <string.h>

FUZZ_NOT_COVERED

/* By number, as they lie in the page. */
enum {
    SIZE = 2, COUNTER_ID = 4, TIME_TYPE, SEQ_COUNT, MARKER, FLAGS, PAD, STATUS, SMEARING, TAI_OFFSET, LEAP, SHIFT,
    COUNTER_VALUE, PERIOD, PERIOD_ESTERROR, PERIOD_MAXERROR, TIME_SEC, TIME_FRAC, TIME_ESTERROR, TIME_MAXERROR,
    GENERATION
};

const char *const oracle_transition_names[11] = {
    "fixed-field-changed", "changed-without-sequence", "sequence-backwards", "marker-backwards",
    "restored-without-disruption", "capability-withdrawn", "monotonic-withdrawn", "tai-offset-changed",
    "counter-backwards", "time-stepped-back", "bounds-disjoint",
};

const enum vmclock_severity oracle_transition_severities[11] = {
    VMCLOCK_WARNING, VMCLOCK_WARNING, VMCLOCK_NOTICE, VMCLOCK_NOTICE, VMCLOCK_WARNING, VMCLOCK_NOTICE,
    VMCLOCK_NOTICE, VMCLOCK_WARNING, VMCLOCK_NOTICE, VMCLOCK_WARNING, VMCLOCK_WARNING,
};

struct judged {
    const struct oracle_page *before, *after;
    struct oracle_transition *list;
    unsigned count;
};

static bool there(const struct judged *j, unsigned field)
{
    return j->before->presence[field] != VMCLOCK_ABSENT && j->after->presence[field] != VMCLOCK_ABSENT;
}

static bool meant(const struct judged *j, unsigned field)
{
    return j->before->presence[field] == VMCLOCK_MEANINGFUL && j->after->presence[field] == VMCLOCK_MEANINGFUL;
}

static bool differ(const struct judged *j, unsigned field)
{
    return there(j, field) && j->before->value[field] != j->after->value[field];
}

static bool restored(const struct judged *j)
{
    return meant(j, GENERATION) && j->before->value[GENERATION] != j->after->value[GENERATION];
}

static bool disrupted(const struct judged *j)
{
    return differ(j, MARKER) || restored(j);
}

static bool good_status(const struct oracle_page *page)
{
    return page->presence[STATUS] != VMCLOCK_ABSENT && (page->value[STATUS] == 2 || page->value[STATUS] == 3);
}

static bool sourced(const struct judged *j)
{
    if (j->before->value[COUNTER_ID] == 0xff || j->after->value[COUNTER_ID] == 0xff)
        return false;
    if (differ(j, COUNTER_ID) || differ(j, TIME_TYPE))
        return false;
    return good_status(j->before) && good_status(j->after);
}

static bool cleared(const struct judged *j, unsigned bit)
{
    return (j->before->value[FLAGS] >> bit & 1) != 0 && (j->after->value[FLAGS] >> bit & 1) == 0;
}

static bool flagged(const struct judged *j, unsigned bit)
{
    return (j->before->value[FLAGS] >> bit & 1) != 0 && (j->after->value[FLAGS] >> bit & 1) != 0;
}

static void report(struct judged *j, unsigned id, unsigned field, uint64_t nanosec)
{
    const struct oracle_transition found = {id, field, j->before->value[field], j->after->value[field], nanosec};

    FUZZ_CHECK(j->count < ORACLE_TRANSITIONS);
    j->list[j->count++] = found;
}

static void judge_fields(struct judged *j)
{
    int64_t was, is, by;
    bool plausible;

    for (unsigned field = 1; field < SEQ_COUNT; field++)
        if (differ(j, field))
            report(j, 0, field, 0);
    for (unsigned field = MARKER; field <= GENERATION && !differ(j, SEQ_COUNT); field++)
        if (differ(j, field)) {
            report(j, 1, field, 0);
            break;
        }
    if ((int32_t)(uint32_t)(j->after->value[SEQ_COUNT] - j->before->value[SEQ_COUNT]) < 0)
        report(j, 2, SEQ_COUNT, 0);
    if (j->after->value[MARKER] < j->before->value[MARKER])
        report(j, 3, MARKER, 0);
    if (restored(j) && !differ(j, MARKER))
        report(j, 4, GENERATION, 0);
    if (cleared(j, 8) || cleared(j, 9))
        report(j, 5, FLAGS, 0);
    if (cleared(j, 7) && !disrupted(j))
        report(j, 6, FLAGS, 0);
    was = (int64_t)j->before->value[TAI_OFFSET];
    is = (int64_t)j->after->value[TAI_OFFSET];
    was = was < 0 ? -was : was;
    is = is < 0 ? -is : is;
    by = was < is ? is - was : was - is;
    plausible = was >= 10 && was <= 60 && is >= 10 && is <= 60;
    if (meant(j, TAI_OFFSET) && there(j, LEAP) && plausible &&
        (by >= 2 || (by == 1 && j->before->value[LEAP] == 0 && j->after->value[LEAP] == 0)))
        report(j, 7, TAI_OFFSET, 0);
}

ARITHMETIC

static struct wide reference_time(const struct oracle_page *page)
{
    return add(shift_left(wide_of(page->value[TIME_SEC]), 64), wide_of(page->value[TIME_FRAC]));
}

static struct wide ticks_between(const struct oracle_page *before, const struct oracle_page *after, bool *back)
{
    const uint64_t delta = after->value[COUNTER_VALUE] - before->value[COUNTER_VALUE];

    *back = delta >> 63 != 0;
    return wide_of(*back ? 0 - delta : delta);
}

struct wide oracle_expected_time(const struct oracle_page *before, const struct oracle_page *after)
{
    const unsigned shift = (unsigned)before->value[SHIFT];
    struct wide span, start = shift_left(reference_time(before), shift);
    bool back;

    span = mul(ticks_between(before, after, &back), before->value[PERIOD]);
    return back ? sub(start, span) : add(start, span);
}

/* A count of 2^-bits ns in whole ones, rounded up; 0 below 0. */
static uint64_t whole(struct wide n, unsigned bits)
{
    const struct wide up = sub(shift_left(wide_of(1), bits), wide_of(1));

    if (is_negative(n))
        return 0;
    n = shift_right(add(n, up), bits);
    return compare(n, wide_of(UINT64_MAX)) > 0 ? UINT64_MAX : low64(n);
}

static void judge_time(struct judged *j)
{
    const unsigned shift = (unsigned)j->before->value[SHIFT], unit = 64 + shift;
    struct wide expected, found, drift, errors, apart;
    bool back;

    if (!sourced(j) || disrupted(j) || !there(j, COUNTER_VALUE))
        return;
    drift = ticks_between(j->before, j->after, &back);
    if (back)
        report(j, 8, COUNTER_VALUE, 0);
    if (!there(j, TIME_FRAC))
        return;
    expected = oracle_expected_time(j->before, j->after);
    found = shift_left(reference_time(j->after), shift);
    if (is_negative(expected) || compare(expected, shift_left(wide_of(1), 128 + shift)) >= 0)
        return;
    if (flagged(j, 7) && compare(found, expected) < 0)
        report(j, 9, TIME_SEC, whole(mul32(sub(expected, found), 1000000000), unit));
    if (!meant(j, PERIOD_MAXERROR) || !meant(j, TIME_MAXERROR))
        return;
    drift = mul(drift, j->before->value[PERIOD_MAXERROR]);
    errors = add(wide_of(j->before->value[TIME_MAXERROR]), wide_of(j->after->value[TIME_MAXERROR]));
    apart = compare(found, expected) < 0 ? sub(expected, found) : sub(found, expected);
    apart = sub(mul32(sub(apart, drift), 1000000000), shift_left(errors, unit));
    if (compare(apart, wide_of(0)) > 0)
        report(j, 10, TIME_MAXERROR, whole(apart, unit));
}

ARITHMETIC_END

unsigned oracle_transitions(const struct oracle_page *before, const struct oracle_page *after,
                            struct oracle_transition list[ORACLE_TRANSITIONS])
{
    struct judged j = {before, after, list, 0};

    judge_fields(&j);
    judge_time(&j);
    return j.count;
}

enum vmclock_change oracle_change(const uint8_t *before_bytes, const struct oracle_page *before,
                                  const uint8_t *after_bytes, const struct oracle_page *after)
{
    const struct judged j = {before, after, NULL, 0};
    const size_t was = (size_t)(before->extent < 112 ? before->extent : 112);
    const size_t is = (size_t)(after->extent < 112 ? after->extent : 112);

    if (restored(&j))
        return VMCLOCK_RESTORED;
    if (differ(&j, MARKER))
        return VMCLOCK_DISRUPTED;
    return was == is && memcmp(before_bytes, after_bytes, was) == 0 ? VMCLOCK_UNCHANGED : VMCLOCK_UPDATED;
}

FUZZ_COVERED
