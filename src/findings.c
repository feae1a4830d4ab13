/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings: what a valid page can still get wrong. Works on the decoded fields of a view, never changes the result of
 * parsing, and asks for presence before every value.
 */
#include "names.h"
#include "text.h"
#include "view.h"
#include "wide.h"

static const struct {
    const char *name;
    const char *sentence;
    enum vmclock_severity severity;
    enum vmclock_field field;
} rows[] = {
#define VMCLOCK_X(NAME, number, id, severity, field, sentence) \
    [number] = {id, sentence, VMCLOCK_##severity, VMCLOCK_FIELD_##field},
    VMCLOCK_FINDINGS(VMCLOCK_X)
#undef VMCLOCK_X
};
_Static_assert(VMCLOCK_FINDING_END <= 32, "the set has 32 bits");

/*
 * The checks in the order of reporting. Two ids are asked once per field: FLAGGED_FIELD_ABSENT for the announced field
 * `subject`, lowest flag first, ESTERROR_EXCEEDS_MAXERROR for the maximum-error field `subject`, period first.
 */
static const struct check {
    enum vmclock_finding_id id;
    enum vmclock_field subject;
} checks[] = {
    {VMCLOCK_FINDING_SIZE_NOT_PAGE, VMCLOCK_FIELD_SIZE},
    {VMCLOCK_FINDING_UNKNOWN_COUNTER_ID, VMCLOCK_FIELD_COUNTER_ID},
    {VMCLOCK_FINDING_UNKNOWN_TIME_TYPE, VMCLOCK_FIELD_TIME_TYPE},
    {VMCLOCK_FINDING_SMEARED_TIME_TYPE, VMCLOCK_FIELD_TIME_TYPE},
    {VMCLOCK_FINDING_UTC_TIME_TYPE, VMCLOCK_FIELD_TIME_TYPE},
    {VMCLOCK_FINDING_SEQ_COUNT_ZERO, VMCLOCK_FIELD_SEQ_COUNT},
    {VMCLOCK_FINDING_UPDATE_IN_PROGRESS, VMCLOCK_FIELD_SEQ_COUNT},
    {VMCLOCK_FINDING_DISRUPTION_ANNOUNCED, VMCLOCK_FIELD_FLAGS},
    {VMCLOCK_FINDING_UNKNOWN_FLAGS, VMCLOCK_FIELD_FLAGS},
    {VMCLOCK_FINDING_AMBIGUOUS_FLAG_BITS, VMCLOCK_FIELD_FLAGS},
    {VMCLOCK_FINDING_FLAGGED_FIELD_ABSENT, VMCLOCK_FIELD_TAI_OFFSET_SEC},
    {VMCLOCK_FINDING_FLAGGED_FIELD_ABSENT, VMCLOCK_FIELD_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC},
    {VMCLOCK_FINDING_FLAGGED_FIELD_ABSENT, VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC},
    {VMCLOCK_FINDING_FLAGGED_FIELD_ABSENT, VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC},
    {VMCLOCK_FINDING_FLAGGED_FIELD_ABSENT, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC},
    {VMCLOCK_FINDING_FLAGGED_FIELD_ABSENT, VMCLOCK_FIELD_VM_GENERATION_COUNTER},
    {VMCLOCK_FINDING_PADDING_NOT_ZERO, VMCLOCK_FIELD_PAD},
    {VMCLOCK_FINDING_UNKNOWN_CLOCK_STATUS, VMCLOCK_FIELD_CLOCK_STATUS},
    {VMCLOCK_FINDING_STATUS_WITHOUT_COUNTER, VMCLOCK_FIELD_CLOCK_STATUS},
    {VMCLOCK_FINDING_UNKNOWN_SMEARING_HINT, VMCLOCK_FIELD_LEAP_SECOND_SMEARING_HINT},
    {VMCLOCK_FINDING_TAI_OFFSET_MISSING, VMCLOCK_FIELD_TAI_OFFSET_SEC},
    {VMCLOCK_FINDING_TAI_OFFSET_SIGN, VMCLOCK_FIELD_TAI_OFFSET_SEC},
    {VMCLOCK_FINDING_TAI_OFFSET_SUSPICIOUS, VMCLOCK_FIELD_TAI_OFFSET_SEC},
    {VMCLOCK_FINDING_UNKNOWN_LEAP_INDICATOR, VMCLOCK_FIELD_LEAP_INDICATOR},
    {VMCLOCK_FINDING_PERIOD_SHIFT_UNDEFINED, VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT},
    {VMCLOCK_FINDING_PERIOD_ZERO, VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC},
    {VMCLOCK_FINDING_PERIOD_IMPLAUSIBLE, VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC},
    {VMCLOCK_FINDING_ESTERROR_EXCEEDS_MAXERROR, VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC},
    {VMCLOCK_FINDING_ESTERROR_EXCEEDS_MAXERROR, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC},
    {VMCLOCK_FINDING_DATA_PAST_STRUCTURE, VMCLOCK_FIELD_NONE},
};
enum { CHECKS = sizeof checks / sizeof *checks };

/* A good status on a page that names a counter. */
static bool sourced(const struct vmclock_page *p)
{
    return p->counter_id != VMCLOCK_COUNTER_INVALID && vmclock_status_is_good_(p->clock_status);
}

static bool flag_set(const struct vmclock_page *p, uint64_t flag)
{
    return (p->flags & flag) == flag;
}

/* A field is announced, but ends outside the page by the page's own claim, whether or not the input was cut. */
static bool size_breaks_promise(const struct vmclock_page *p, const struct vmclock_field_row *info)
{
    return flag_set(p, info->flag) && p->size < (uint32_t)info->offset + info->width;
}

/*
 * Below 1 MHz: P / 2^(64+shift) s > 10^-6 s. Above 100 GHz: it is < 10^-11 s. Exact: the products have at most 101 bits,
 * and P * 10^6, which 5^6 divides, is never equal to a power of two.
 */
static bool implausible(uint64_t period, unsigned shift)
{
    const uint64_t one = shift < 64 ? UINT64_C(1) << shift : 0; /* the high word of 2^(64+shift) */

    return one == 0 || vmclock_mul_(period, 1000000).hi >= one ||
           vmclock_mul_(period, UINT64_C(100000000000)).hi < one;
}

/* Whether the check's condition holds. The field that a finding is about is known to be present. */
static bool holds(const struct check *check, const struct vmclock_page *p)
{
    switch (check->id) {
    case VMCLOCK_FINDING_SIZE_NOT_PAGE:
        return p->size % VMCLOCK_PAGE_SIZE != 0; /* a valid page's size is not 0 */
    case VMCLOCK_FINDING_UNKNOWN_COUNTER_ID:
        return vmclock_value_name(check->subject, p->counter_id) == NULL;
    case VMCLOCK_FINDING_UNKNOWN_TIME_TYPE:
        return vmclock_value_name(check->subject, p->time_type) == NULL;
    case VMCLOCK_FINDING_SMEARED_TIME_TYPE:
        return p->time_type == VMCLOCK_TIME_INVALID_SMEARED || p->time_type == VMCLOCK_TIME_INVALID_MAYBE_SMEARED;
    case VMCLOCK_FINDING_UTC_TIME_TYPE:
        return p->time_type == VMCLOCK_TIME_UTC && p->counter_id != VMCLOCK_COUNTER_INVALID;
    case VMCLOCK_FINDING_SEQ_COUNT_ZERO:
        return p->seq_count == 0;
    case VMCLOCK_FINDING_UPDATE_IN_PROGRESS:
        return p->seq_count % 2 != 0;
    case VMCLOCK_FINDING_DISRUPTION_ANNOUNCED:
        return flag_set(p, VMCLOCK_FLAG_DISRUPTION_SOON) || flag_set(p, VMCLOCK_FLAG_DISRUPTION_IMMINENT);
    case VMCLOCK_FINDING_UNKNOWN_FLAGS:
        return (p->flags & ~VMCLOCK_FLAGS_KNOWN) != 0;
    case VMCLOCK_FINDING_AMBIGUOUS_FLAG_BITS:
        return flag_set(p, VMCLOCK_FLAG_TIME_MONOTONIC) && !flag_set(p, VMCLOCK_FLAG_NOTIFICATION_PRESENT);
    case VMCLOCK_FINDING_FLAGGED_FIELD_ABSENT:
        return size_breaks_promise(p, vmclock_field_info(check->subject));
    case VMCLOCK_FINDING_PADDING_NOT_ZERO:
        return p->pad != 0;
    case VMCLOCK_FINDING_UNKNOWN_CLOCK_STATUS:
        return vmclock_value_name(check->subject, p->clock_status) == NULL;
    case VMCLOCK_FINDING_STATUS_WITHOUT_COUNTER:
        return p->counter_id == VMCLOCK_COUNTER_INVALID && vmclock_status_is_good_(p->clock_status);
    case VMCLOCK_FINDING_UNKNOWN_SMEARING_HINT:
        return vmclock_value_name(check->subject, p->leap_second_smearing_hint) == NULL;
    case VMCLOCK_FINDING_TAI_OFFSET_MISSING:
        return sourced(p) && !flag_set(p, VMCLOCK_FLAG_TAI_OFFSET_VALID);
    case VMCLOCK_FINDING_TAI_OFFSET_SIGN:
        return flag_set(p, VMCLOCK_FLAG_TAI_OFFSET_VALID) && p->tai_offset_sec > 0 &&
               vmclock_tai_ahead_(p->tai_offset_sec) != 0;
    case VMCLOCK_FINDING_TAI_OFFSET_SUSPICIOUS:
        return flag_set(p, VMCLOCK_FLAG_TAI_OFFSET_VALID) && vmclock_tai_ahead_(p->tai_offset_sec) == 0;
    case VMCLOCK_FINDING_UNKNOWN_LEAP_INDICATOR:
        return vmclock_value_name(check->subject, p->leap_indicator) == NULL;
    case VMCLOCK_FINDING_PERIOD_SHIFT_UNDEFINED:
        return p->counter_period_shift >= 128;
    case VMCLOCK_FINDING_PERIOD_ZERO:
        return sourced(p) && p->counter_period_frac_sec == 0;
    case VMCLOCK_FINDING_PERIOD_IMPLAUSIBLE:
        return sourced(p) && p->counter_period_frac_sec != 0 &&
               implausible(p->counter_period_frac_sec, p->counter_period_shift);
    default: /* ESTERROR_EXCEEDS_MAXERROR; DATA_PAST_STRUCTURE is about bytes and does not come here */
        return check->subject == VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC
                   ? flag_set(p, VMCLOCK_FLAG_TIME_ESTERROR_VALID | VMCLOCK_FLAG_TIME_MAXERROR_VALID) &&
                         p->time_esterror_nanosec > p->time_maxerror_nanosec
                   : flag_set(p, VMCLOCK_FLAG_PERIOD_ESTERROR_VALID | VMCLOCK_FLAG_PERIOD_MAXERROR_VALID) &&
                         p->counter_period_esterror_rate_frac_sec > p->counter_period_maxerror_rate_frac_sec;
    }
}

/* Runs one check; fills *out when there is something to report. */
static bool run(const struct check *check, const struct vmclock_view *view, const struct vmclock_page *page,
                struct vmclock_finding *out)
{
    const enum vmclock_field field = check->id == VMCLOCK_FINDING_FLAGGED_FIELD_ABSENT ? VMCLOCK_FIELD_FLAGS
                                                                                       : check->subject;
    uint8_t byte;

    *out = (struct vmclock_finding){.id = check->id, .severity = rows[check->id].severity, .field = field};
    if (check->id == VMCLOCK_FINDING_DATA_PAST_STRUCTURE) {
        if (!vmclock_view_find_nonzero_(view, VMCLOCK_STRUCT_SIZE, &out->offset, &byte))
            return false;
        out->value = byte;
        return true;
    }
    /* Within a check that uses several fields, this is the one at the highest offset, and a view has no holes. */
    if (vmclock_get_raw(view, field, &out->value) == VMCLOCK_ABSENT || !holds(check, page))
        return false;
    out->offset = vmclock_field_info(field)->offset;
    if (check->id == VMCLOCK_FINDING_FLAGGED_FIELD_ABSENT)
        out->related = check->subject;
    if (check->id == VMCLOCK_FINDING_PERIOD_IMPLAUSIBLE)
        out->other = page->counter_period_shift;
    if (check->id == VMCLOCK_FINDING_ESTERROR_EXCEEDS_MAXERROR)
        out->other = field == VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC ? page->time_esterror_nanosec
                                                                  : page->counter_period_esterror_rate_frac_sec;
    return true;
}

bool vmclock_findings_next(const struct vmclock_view *view, unsigned *cursor, struct vmclock_finding *out)
{
    struct vmclock_finding finding;
    struct vmclock_page page;

    if (view == NULL || cursor == NULL)
        return false;
    vmclock_decode(view, &page);
    while (*cursor < CHECKS) {
        if (run(&checks[(*cursor)++], view, &page, &finding)) {
            if (out != NULL)
                *out = finding;
            return true;
        }
    }
    return false;
}

uint32_t vmclock_findings(const struct vmclock_view *view)
{
    struct vmclock_finding finding;
    uint32_t set = 0;
    unsigned cursor = 0;

    while (vmclock_findings_next(view, &cursor, &finding))
        set |= UINT32_C(1) << finding.id;
    return set;
}

const char *vmclock_finding_name(enum vmclock_finding_id id)
{
    return (unsigned)id < VMCLOCK_FINDING_END ? rows[id].name : NULL;
}

const char *vmclock_severity_name(enum vmclock_severity severity)
{
    return severity == VMCLOCK_WARNING ? "warning" : severity == VMCLOCK_NOTICE ? "notice" : NULL;
}

size_t vmclock_finding_format(const struct vmclock_finding *finding, char *buf, size_t cap)
{
    struct vmclock_text_ text = vmclock_text_(buf, cap);
    const struct vmclock_field_row *info;

    if (finding == NULL || vmclock_finding_name(finding->id) == NULL)
        return vmclock_text_end_(&text);
    info = vmclock_field_info(finding->field);
    if (info != NULL)
        vmclock_put_(&text, info->name);
    else {
        vmclock_put_(&text, "the byte at offset ");
        vmclock_put_dec_(&text, finding->offset, 1);
    }
    vmclock_put_(&text, " is ");
    vmclock_put_value_(&text, finding->field, finding->value);
    vmclock_put_(&text, ": ");
    vmclock_put_(&text, rows[finding->id].sentence);
    switch (finding->id) {
    case VMCLOCK_FINDING_DISRUPTION_ANNOUNCED:
        vmclock_put_(&text, (finding->value & VMCLOCK_FLAG_DISRUPTION_IMMINENT) != 0 ? " an hour" : " a day");
        break;
    case VMCLOCK_FINDING_UNKNOWN_FLAGS:
        vmclock_put_(&text, " (");
        vmclock_put_hex_(&text, finding->value & ~VMCLOCK_FLAGS_KNOWN, 1);
        vmclock_put_char_(&text, ')');
        break;
    case VMCLOCK_FINDING_FLAGGED_FIELD_ABSENT:
        info = vmclock_field_info(finding->related);
        vmclock_put_(&text, " (");
        vmclock_put_(&text, info != NULL ? info->name : "?");
        vmclock_put_char_(&text, ')');
        break;
    case VMCLOCK_FINDING_PERIOD_IMPLAUSIBLE:
        vmclock_put_(&text, " (");
        vmclock_put_dec_(&text, finding->other, 1);
        vmclock_put_char_(&text, ')');
        break;
    case VMCLOCK_FINDING_ESTERROR_EXCEEDS_MAXERROR:
        vmclock_put_(&text, " (the estimate is ");
        vmclock_put_dec_(&text, finding->other, 1);
        vmclock_put_char_(&text, ')');
        break;
    default:
        break;
    }
    return vmclock_text_end_(&text);
}
