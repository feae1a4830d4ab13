/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page's clock data, taken out of it, and what a counter value means by it: integers only, exact, defined for every
 * value of every field. Works on the decoded fields of a view; never reads a clock or a counter.
 */
#include "clock.h"
#include "names.h"
#include "utc.h"

const struct vmclock_clock vmclock_no_clock_ = {0};
const struct vmclock_reading vmclock_no_reading_ = {0};

/* ---- Out of the page ---- */

/* What the conversion cannot do without, lowest offset first. */
static const enum vmclock_field needed_fields[] = {
    VMCLOCK_FIELD_CLOCK_STATUS,            VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT, VMCLOCK_FIELD_COUNTER_VALUE,
    VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, VMCLOCK_FIELD_TIME_SEC,             VMCLOCK_FIELD_TIME_FRAC_SEC,
};

static enum vmclock_err fail_absent(const struct vmclock_view *view, const struct vmclock_page *page,
                                    struct vmclock_error *err)
{
    const struct vmclock_field_row *info;
    unsigned i = 0;

    while (vmclock_page_present(page, needed_fields[i]))
        i++;
    info = vmclock_field_info(needed_fields[i]);
    return vmclock_fail_(err, VMCLOCK_REASON_FIELD_ABSENT, needed_fields[i], (uint64_t)info->offset + info->width,
                         vmclock_view_len(view));
}

/* The page, before it is asked whether it is of the caller's counter. */
static enum vmclock_err check_clock(const struct vmclock_view *view, const struct vmclock_page *page,
                                    struct vmclock_error *err)
{
    if (page->seq_count % 2 != 0)
        return vmclock_fail_(err, VMCLOCK_REASON_UPDATE_STALLED, VMCLOCK_FIELD_NONE, 0, page->seq_count);
    /* A view has no holes: with the last needed field, every field before it is there. */
    if (!vmclock_page_present(page, VMCLOCK_FIELD_TIME_FRAC_SEC))
        return fail_absent(view, page, err);
    return VMCLOCK_OK;
}

static enum vmclock_err check_counter(const struct vmclock_page *page, unsigned counter_id, unsigned flags,
                                      struct vmclock_error *err)
{
    if (counter_id != VMCLOCK_ANY_COUNTER && page->counter_id == VMCLOCK_COUNTER_INVALID)
        return vmclock_fail_(err, VMCLOCK_REASON_NO_COUNTER, VMCLOCK_FIELD_COUNTER_ID, 0, page->counter_id);
    if (!vmclock_status_is_good_(page->clock_status) && (flags & VMCLOCK_CONVERT_FORCE) == 0)
        return vmclock_fail_(err, VMCLOCK_REASON_CLOCK_NOT_READY, VMCLOCK_FIELD_CLOCK_STATUS, 0, page->clock_status);
    if (counter_id != VMCLOCK_ANY_COUNTER && page->counter_id != counter_id)
        return vmclock_fail_(err, VMCLOCK_REASON_FOREIGN_COUNTER, VMCLOCK_FIELD_COUNTER_ID, counter_id,
                             page->counter_id);
    return VMCLOCK_OK;
}

/* Rounded up. 2^64 is 10^9 * (UINT64_MAX / 10^9) and the rest, which is below 10^9: nothing here wraps. */
static struct vmclock_time time_of_nanosec(uint64_t nanosec)
{
    const uint64_t part = nanosec % VMCLOCK_NSEC_PER_SEC_;
    const uint64_t rest = part * (UINT64_MAX % VMCLOCK_NSEC_PER_SEC_ + 1);
    const uint64_t frac_sec = part * (UINT64_MAX / VMCLOCK_NSEC_PER_SEC_) + rest / VMCLOCK_NSEC_PER_SEC_ +
                              (rest % VMCLOCK_NSEC_PER_SEC_ != 0);

    return (struct vmclock_time){nanosec / VMCLOCK_NSEC_PER_SEC_, frac_sec};
}

static void take_clock(const struct vmclock_page *page, struct vmclock_clock *c)
{
    c->reference = (struct vmclock_time){page->time_sec, page->time_frac_sec};
    c->counter_value = page->counter_value;
    c->period = page->counter_period_frac_sec;
    c->shift = page->counter_period_shift;
    c->has_bounds = vmclock_page_has(page, VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC) &&
                    vmclock_page_has(page, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC);
    c->maxerror_rate = c->has_bounds ? page->counter_period_maxerror_rate_frac_sec : 0;
    c->maxerror_nanosec = c->has_bounds ? page->time_maxerror_nanosec : 0;
    c->maxerror = time_of_nanosec(c->maxerror_nanosec);
    c->disruption_marker = page->disruption_marker;
    c->has_generation = vmclock_page_has(page, VMCLOCK_FIELD_VM_GENERATION_COUNTER);
    c->vm_generation_counter = c->has_generation ? page->vm_generation_counter : 0;
    c->time_type = page->time_type;
    c->clock_status = page->clock_status;
    c->smearing = page->leap_second_smearing_hint;
    c->monotonic = (page->flags & VMCLOCK_FLAG_TIME_MONOTONIC) != 0;
    vmclock_utc_take_(page, c);
}

enum vmclock_err vmclock_clock_open(const struct vmclock_view *view, unsigned counter_id, unsigned flags,
                                    struct vmclock_clock *clock, struct vmclock_error *err)
{
    struct vmclock_page page;
    struct vmclock_clock unwanted;
    struct vmclock_clock *const c = clock != NULL ? clock : &unwanted;
    enum vmclock_err kind;

    vmclock_decode(view, &page);
    kind = check_clock(view, &page, err);
    if (kind == VMCLOCK_OK)
        kind = check_counter(&page, counter_id, flags, err);
    if (kind != VMCLOCK_OK) {
        *c = vmclock_no_clock_;
        return kind;
    }
    take_clock(&page, c);
    return vmclock_succeed_(err);
}

/* ---- The formula ---- */

static enum vmclock_err fail_range(const struct vmclock_clock *clock, struct vmclock_error *err)
{
    return vmclock_fail_(err, VMCLOCK_REASON_TIME_OUT_OF_RANGE, VMCLOCK_FIELD_TIME_SEC, 0, clock->reference.sec);
}

enum vmclock_err vmclock_clock_time(const struct vmclock_clock *clock, uint64_t counter, struct vmclock_time *time,
                                    struct vmclock_error *err)
{
    struct vmclock_u128_ result;
    bool inexact;

    if (clock == NULL)
        clock = &vmclock_no_clock_;
    if (!vmclock_advance_(clock, vmclock_distance_(clock, counter), &result, &inexact)) {
        if (time != NULL)
            *time = (struct vmclock_time){0, 0};
        return fail_range(clock, err);
    }
    if (time != NULL)
        *time = (struct vmclock_time){result.hi, result.lo};
    return vmclock_succeed_(err);
}

enum vmclock_err vmclock_clock_read(const struct vmclock_clock *clock, uint64_t counter, struct vmclock_reading *out,
                                    struct vmclock_error *err)
{
    struct vmclock_reading unwanted;
    struct vmclock_reading *const reading = out != NULL ? out : &unwanted;
    struct vmclock_distance_ from;
    struct vmclock_u128_ time, error;
    bool inexact;

    if (clock == NULL)
        clock = &vmclock_no_clock_;
    from = vmclock_distance_(clock, counter);
    if (!vmclock_advance_(clock, from, &time, &inexact)) {
        *reading = vmclock_no_reading_;
        return fail_range(clock, err);
    }
    error = vmclock_shift_right_up_(vmclock_mul_(from.ticks, clock->maxerror_rate), clock->shift);
    (void)vmclock_add_(&error, vmclock_to_wide_(clock->maxerror)); /* 127 bits and 99 */
    /* Every member is set below: to clear them first would take as long as the conversion. */
    reading->counter = counter;
    reading->time = (struct vmclock_time){time.hi, time.lo};
    reading->error = (struct vmclock_time){error.hi, error.lo};
    reading->rounded = inexact;
    reading->reference = clock->reference;
    reading->maxerror = clock->maxerror;
    reading->maxerror_nanosec = clock->maxerror_nanosec;
    reading->disruption_marker = clock->disruption_marker;
    reading->vm_generation_counter = clock->vm_generation_counter;
    reading->monotonic = clock->monotonic;
    reading->has_generation = clock->has_generation;
    reading->time_type = clock->time_type;
    reading->clock_status = clock->clock_status;
    reading->has_bounds = clock->has_bounds;
    vmclock_utc_put_(clock, reading);
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
        *out = vmclock_no_reading_;
    return kind;
}
