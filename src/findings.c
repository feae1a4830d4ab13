/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings: what a valid page can still get wrong. Works on the decoded fields of a view, never changes the result of
 * parsing, and asks for presence before every value.
 */
#include "names.h"
#include "text.h"
#include "view.h"
#include "wide.h"

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
 * Below 1 MHz: P / 2^(64+shift) s > 10^-6 s. Above 100 GHz: it is < 10^-11 s. Exact: the products have at most 101
 * bits, and P * 10^6, which 5^6 divides, is never equal to a power of two.
 */
static bool implausible(uint64_t period, unsigned shift)
{
    const uint64_t one = shift < 64 ? UINT64_C(1) << shift : 0; /* the high word of 2^(64+shift) */

    return one == 0 || vmclock_mul_(period, 1000000).hi >= one ||
           vmclock_mul_(period, UINT64_C(100000000000)).hi < one;
}

/* The value has no name among those of its field. */
static bool has_no_name(const struct vmclock_finding *finding)
{
    return vmclock_value_name(finding->field, finding->value) == NULL;
}

/* Makes the finding one about that field; false when it is absent. */
static bool tell_of(const struct vmclock_view *view, enum vmclock_field field, struct vmclock_finding *finding)
{
    finding->field = field;
    finding->offset = vmclock_field_info(field)->offset;
    return vmclock_get_raw(view, field, &finding->value) != VMCLOCK_ABSENT;
}

/*
 * Whether there is that finding: WHEN(NAME), for each row of the table. It is given the view and its decoded page, the
 * number of the question where one is asked several times, and the finding, with the value of the row's field (which is
 * present: of all that is used it lies last, and a view has no holes). What else there is to tell it adds.
 */
#define WHEN(NAME)                                                                 \
    static bool holds_##NAME(__attribute__((unused)) const struct vmclock_view *v, \
                             __attribute__((unused)) const struct vmclock_page *p, \
                             __attribute__((unused)) unsigned nth,                 \
                             __attribute__((unused)) struct vmclock_finding *f)

WHEN(SIZE_NOT_PAGE)
{
    return p->size % VMCLOCK_PAGE_SIZE != 0; /* a valid page's size is not 0 */
}

WHEN(UNKNOWN_COUNTER_ID)
{
    return has_no_name(f);
}

WHEN(UNKNOWN_TIME_TYPE)
{
    return has_no_name(f);
}

WHEN(SMEARED_TIME_TYPE)
{
    return p->time_type == VMCLOCK_TIME_INVALID_SMEARED || p->time_type == VMCLOCK_TIME_INVALID_MAYBE_SMEARED;
}

WHEN(UTC_TIME_TYPE)
{
    return p->time_type == VMCLOCK_TIME_UTC && p->counter_id != VMCLOCK_COUNTER_INVALID;
}

WHEN(SEQ_COUNT_ZERO)
{
    return p->seq_count == 0;
}

WHEN(UPDATE_IN_PROGRESS)
{
    return p->seq_count % 2 != 0;
}

WHEN(DISRUPTION_ANNOUNCED)
{
    return flag_set(p, VMCLOCK_FLAG_DISRUPTION_SOON) || flag_set(p, VMCLOCK_FLAG_DISRUPTION_IMMINENT);
}

WHEN(UNKNOWN_FLAGS)
{
    return (p->flags & ~(uint64_t)VMCLOCK_FLAGS_KNOWN) != 0;
}

WHEN(AMBIGUOUS_FLAG_BITS)
{
    return flag_set(p, VMCLOCK_FLAG_TIME_MONOTONIC) && !flag_set(p, VMCLOCK_FLAG_NOTIFICATION_PRESENT);
}

/* Asked once per field, the lowest flag first, since that is the order of the page. */
WHEN(FLAGGED_FIELD_ABSENT)
{
    const struct vmclock_field_row *info = vmclock_field_info((enum vmclock_field)nth);

    f->related = (enum vmclock_field)nth;
    return info != NULL && info->flag != 0 && size_breaks_promise(p, info);
}

WHEN(PADDING_NOT_ZERO)
{
    return p->pad != 0;
}

WHEN(UNKNOWN_CLOCK_STATUS)
{
    return has_no_name(f);
}

WHEN(STATUS_WITHOUT_COUNTER)
{
    return p->counter_id == VMCLOCK_COUNTER_INVALID && vmclock_status_is_good_(p->clock_status);
}

WHEN(UNKNOWN_SMEARING_HINT)
{
    return has_no_name(f);
}

WHEN(TAI_OFFSET_MISSING)
{
    return sourced(p) && !flag_set(p, VMCLOCK_FLAG_TAI_OFFSET_VALID);
}

WHEN(TAI_OFFSET_SIGN)
{
    return flag_set(p, VMCLOCK_FLAG_TAI_OFFSET_VALID) && p->tai_offset_sec > 0 &&
           vmclock_tai_ahead_(p->tai_offset_sec) != 0;
}

WHEN(TAI_OFFSET_SUSPICIOUS)
{
    return flag_set(p, VMCLOCK_FLAG_TAI_OFFSET_VALID) && vmclock_tai_ahead_(p->tai_offset_sec) == 0;
}

WHEN(UNKNOWN_LEAP_INDICATOR)
{
    return has_no_name(f);
}

WHEN(PERIOD_SHIFT_UNDEFINED)
{
    return p->counter_period_shift >= 128;
}

WHEN(PERIOD_ZERO)
{
    return sourced(p) && p->counter_period_frac_sec == 0;
}

WHEN(PERIOD_IMPLAUSIBLE)
{
    f->other = p->counter_period_shift;
    return sourced(p) && p->counter_period_frac_sec != 0 &&
           implausible(p->counter_period_frac_sec, p->counter_period_shift);
}

/* Asked of the period, and of the time. */
WHEN(ESTERROR_EXCEEDS_MAXERROR)
{
    if (nth == 0) {
        f->other = p->counter_period_esterror_rate_frac_sec;
        return tell_of(v, VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, f) && f->other > f->value &&
               flag_set(p, VMCLOCK_FLAG_PERIOD_ESTERROR_VALID | VMCLOCK_FLAG_PERIOD_MAXERROR_VALID);
    }
    f->other = p->time_esterror_nanosec;
    return tell_of(v, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, f) && f->other > f->value &&
           flag_set(p, VMCLOCK_FLAG_TIME_ESTERROR_VALID | VMCLOCK_FLAG_TIME_MAXERROR_VALID);
}

/* About bytes, not about a field. */
WHEN(DATA_PAST_STRUCTURE)
{
    uint8_t byte = 0;
    const bool found = vmclock_view_find_nonzero_(v, VMCLOCK_STRUCT_SIZE, &f->offset, &byte);

    f->value = byte;
    return found;
}

#undef WHEN

static const struct {
    const char *name;
    const char *sentence;
    enum vmclock_severity severity;
    enum vmclock_field field;
    bool (*holds)(const struct vmclock_view *, const struct vmclock_page *, unsigned, struct vmclock_finding *);
} rows[] = {
#define VMCLOCK_X(NAME, number, id, severity, field, sentence) \
    [number] = {id, sentence, VMCLOCK_##severity, VMCLOCK_FIELD_##field, holds_##NAME},
    VMCLOCK_FINDINGS(VMCLOCK_X)
#undef VMCLOCK_X
};
_Static_assert(VMCLOCK_FINDING_END <= 32, "the set has 32 bits");

/* How often the question is asked. */
static unsigned questions(unsigned id)
{
    return id == VMCLOCK_FINDING_FLAGGED_FIELD_ABSENT        ? VMCLOCK_FIELD_END
           : id == VMCLOCK_FINDING_ESTERROR_EXCEEDS_MAXERROR ? 2
                                                             : 1;
}

/* Asks one question; fills *out when there is something to report. */
static bool ask(unsigned id, unsigned nth, const struct vmclock_view *view, const struct vmclock_page *page,
                struct vmclock_finding *out)
{
    *out = (struct vmclock_finding){.id = (enum vmclock_finding_id)id, .severity = rows[id].severity};
    return (rows[id].field == VMCLOCK_FIELD_NONE || tell_of(view, rows[id].field, out)) &&
           rows[id].holds(view, page, nth, out);
}

/* The cursor: which question is next, the rows in the order of the table, each with all of its questions. */
#define ROOM 32U
_Static_assert(VMCLOCK_FIELD_END <= ROOM, "a row's questions have room");

bool vmclock_findings_next(const struct vmclock_view *view, unsigned *cursor, struct vmclock_finding *out)
{
    struct vmclock_finding finding;
    struct vmclock_page page;

    if (view == NULL || cursor == NULL)
        return false;
    vmclock_decode(view, &page);
    while (*cursor < VMCLOCK_FINDING_END * ROOM) {
        const unsigned id = *cursor / ROOM, nth = *cursor % ROOM;

        *cursor = nth + 1 < questions(id) ? *cursor + 1 : (id + 1) * ROOM;
        if (ask(id, nth, view, &page, &finding)) {
            if (out != NULL)
                *out = finding;
            return true;
        }
    }
    return false;
}

#undef ROOM

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
