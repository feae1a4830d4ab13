/* SPDX-License-Identifier: BSD-2-Clause */
/* What a header and the fields of a page mean, for people, into the caller's buffer. */
#include "names.h"
#include "text.h"
#include "wide.h"

size_t vmclock_shm_header_format(const struct vmclock_shm_header *header, char *buf, size_t cap)
{
    const struct vmclock_shm_header none = {0};
    const struct vmclock_shm_header *h = header != NULL ? header : &none;
    struct vmclock_text_ text = vmclock_text_(buf, cap);

    vmclock_put_(&text, "VMClockShmHeader { magic: ");
    vmclock_put_dec_(&text, h->magic, 1);
    vmclock_put_(&text, ", size: ");
    vmclock_put_dec_(&text, h->size, 1);
    vmclock_put_(&text, ", version: ");
    vmclock_put_dec_(&text, h->version, 1);
    vmclock_put_(&text, ", counter_id: ");
    vmclock_put_dec_(&text, h->counter_id, 1);
    vmclock_put_(&text, ", time_type: ");
    vmclock_put_dec_(&text, h->time_type, 1);
    vmclock_put_(&text, ", seq_count: ");
    vmclock_put_dec_(&text, h->seq_count, 1);
    vmclock_put_(&text, " }");
    return vmclock_text_end_(&text);
}

/* floor(a * 2^bits / d), UINT64_MAX when it is 2^64 or more; d is not 0. */
static uint64_t shift_divide(uint64_t a, unsigned bits, uint64_t d)
{
    uint64_t quotient = a / d, rest = a % d;

    for (; bits > 0; bits--) {
        const bool carry = rest >= d - rest;

        if (quotient >> 63 != 0)
            return UINT64_MAX;
        quotient = 2 * quotient + carry;
        rest = carry ? rest - (d - rest) : 2 * rest;
    }
    return quotient;
}

/* Thousandths of a unit, as "12.345 <unit>". */
static void put_milli(struct vmclock_text_ *text, uint64_t milli, const char *unit)
{
    vmclock_put_dec_(text, milli / 1000, 1);
    vmclock_put_char_(text, '.');
    vmclock_put_dec_(text, milli % 1000, 3);
    vmclock_put_(text, unit);
}

static void put_frequency(struct vmclock_text_ *text, uint64_t period, unsigned shift)
{
    const uint64_t milli_hz = shift_divide(1000, 64 + shift, period);

    if (milli_hz == UINT64_MAX)
        vmclock_put_(text, "above 18 PHz");
    else if (milli_hz < 1000000)
        put_milli(text, milli_hz, " Hz");
    else if (milli_hz < 1000000000)
        put_milli(text, milli_hz / 1000, " kHz");
    else if (milli_hz < 1000000000000)
        put_milli(text, milli_hz / 1000000, " MHz");
    else {
        vmclock_put_dec_(text, milli_hz / 1000000000000, 1);
        vmclock_put_char_(text, '.');
        vmclock_put_dec_(text, milli_hz / 1000 % 1000000000, 9);
        vmclock_put_(text, " GHz");
    }
}

/* A tick in nanoseconds, to the nearest femtosecond. */
static void put_period(struct vmclock_text_ *text, uint64_t period, unsigned shift)
{
    const struct vmclock_u128_ product = vmclock_mul_(period, UINT64_C(1000000000000000)); /* below 2^114 */
    const uint64_t femto = shift == 0   ? product.hi + (product.lo >> 63)
                           : shift < 64 ? (product.hi >> shift) + (product.hi >> (shift - 1) & 1)
                                        : 0;

    vmclock_put_dec_(text, femto / 1000000, 1);
    vmclock_put_char_(text, '.');
    vmclock_put_dec_(text, femto % 1000000, 6);
    vmclock_put_(text, " ns per tick, ");
    put_frequency(text, period, shift);
}

static void put_nanoseconds(struct vmclock_text_ *text, uint64_t ns)
{
    if (ns < 1000) {
        vmclock_put_dec_(text, ns, 1);
        vmclock_put_(text, " ns");
    } else if (ns < 1000000)
        put_milli(text, ns, " us");
    else if (ns < 1000000000)
        put_milli(text, ns / 1000, " ms");
    else
        put_milli(text, ns / 1000000, " s");
}

static void put_flags(struct vmclock_text_ *text, uint64_t flags)
{
    const char *separator = "";

    for (uint64_t bit = 1; bit <= VMCLOCK_FLAGS_KNOWN; bit <<= 1) {
        if ((flags & bit) == 0)
            continue;
        vmclock_put_(text, separator);
        vmclock_put_(text, vmclock_value_name(VMCLOCK_FIELD_FLAGS, bit));
        separator = " | ";
    }
    if ((flags & ~VMCLOCK_FLAGS_KNOWN) != 0) {
        vmclock_put_(text, separator);
        vmclock_put_(text, "unknown ");
        vmclock_put_hex_(text, flags & ~VMCLOCK_FLAGS_KNOWN, 1);
    }
}

/* The epoch of the page's time is known. */
static bool has_date(const struct vmclock_page *page)
{
    return page->time_type == VMCLOCK_TIME_UTC || page->time_type == VMCLOCK_TIME_TAI;
}

/* UTC is the page's TAI less its offset: a leap second cannot matter. */
static bool has_plain_utc(const struct vmclock_page *page)
{
    const unsigned ahead = vmclock_tai_ahead_(page->tai_offset_sec);

    return page->time_type == VMCLOCK_TIME_TAI && page->leap_indicator == VMCLOCK_LEAP_NONE &&
           vmclock_page_has(page, VMCLOCK_FIELD_TAI_OFFSET_SEC) && ahead != 0 && page->time_sec >= ahead;
}

/* The reference time as a date, where its epoch is known. */
static void put_reference(struct vmclock_text_ *text, const struct vmclock_page *page)
{
    if (!has_date(page)) {
        vmclock_put_(text, "seconds since an epoch that the page does not tell");
        return;
    }
    vmclock_put_date_(text, page->time_sec);
    vmclock_put_(text, page->time_type == VMCLOCK_TIME_TAI ? " TAI" : " UTC");
    if (has_plain_utc(page)) {
        vmclock_put_(text, ", ");
        vmclock_put_date_(text, page->time_sec - vmclock_tai_ahead_(page->tai_offset_sec));
        vmclock_put_(text, " UTC");
    }
}

static void put_enumerated(struct vmclock_text_ *text, enum vmclock_field field, uint64_t value)
{
    const char *name = vmclock_value_name(field, value);

    vmclock_put_(text, name != NULL ? name : "unknown");
    if (field == VMCLOCK_FIELD_COUNTER_ID && value == VMCLOCK_COUNTER_INVALID)
        vmclock_put_(text, ": no clock data, only disruption signals");
    if (field == VMCLOCK_FIELD_CLOCK_STATUS)
        vmclock_put_(text, vmclock_status_is_good_(value) ? ": may be relied on" : ": not to be relied on");
}

/* Of a plausible offset the sign is not relied on: writers use both. */
static void put_offset(struct vmclock_text_ *text, int offset)
{
    const bool other_sign = offset > 0 && vmclock_tai_ahead_(offset) != 0;

    vmclock_put_(text, "UTC = TAI ");
    vmclock_put_(text, offset < 0 || other_sign ? "- " : "+ ");
    vmclock_put_dec_(text, (uint64_t)(offset < 0 ? -offset : offset), 1);
    vmclock_put_(text, other_sign ? " s, whatever the sign" : " s");
}

static void put_meaning(struct vmclock_text_ *text, const struct vmclock_page *page, enum vmclock_field field,
                        uint64_t value)
{
    const bool clock_data = page->counter_id != VMCLOCK_COUNTER_INVALID;

    switch ((unsigned)field) {
    case VMCLOCK_FIELD_MAGIC:
        vmclock_put_(text, "VCLK");
        break;
    case VMCLOCK_FIELD_SIZE:
        vmclock_put_(text, "bytes, as the writer claims");
        break;
    case VMCLOCK_FIELD_SEQ_COUNT:
        vmclock_put_(text, value % 2 == 0 ? "even: no update in progress" : "odd: update in progress");
        break;
    case VMCLOCK_FIELD_FLAGS:
        put_flags(text, value);
        break;
    case VMCLOCK_FIELD_TAI_OFFSET_SEC:
        put_offset(text, page->tai_offset_sec);
        break;
    case VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT:
        vmclock_put_(text, "period unit 2^-");
        vmclock_put_dec_(text, 64 + value, 1);
        vmclock_put_(text, " s");
        break;
    case VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC:
        if (clock_data && value != 0)
            put_period(text, value, page->counter_period_shift);
        break;
    case VMCLOCK_FIELD_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC:
    case VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC:
        if (page->counter_period_frac_sec != 0) {
            /* Thousandths of a ppm: rate * 10^9 / period, the product taken apart so that it cannot wrap. */
            const struct vmclock_u128_ product = vmclock_mul_(value, 1000000000);

            if (product.hi >= page->counter_period_frac_sec)
                vmclock_put_(text, "beyond measure");
            else
                put_milli(text, vmclock_divide_(product, page->counter_period_frac_sec), " ppm");
        }
        break;
    case VMCLOCK_FIELD_TIME_SEC:
        if (clock_data)
            put_reference(text, page);
        break;
    case VMCLOCK_FIELD_TIME_FRAC_SEC:
        vmclock_put_dec_(text, vmclock_mul_(value, 1000000000).hi, 1);
        vmclock_put_(text, " ns");
        break;
    case VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC:
    case VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC:
        put_nanoseconds(text, value);
        break;
    default:
        if (vmclock_field_info(field)->values != VMCLOCK_VALUES_NONE)
            put_enumerated(text, field, value);
        break;
    }
}

size_t vmclock_format_meaning(const struct vmclock_view *view, enum vmclock_field field, char *buf, size_t cap)
{
    struct vmclock_text_ text = vmclock_text_(buf, cap);
    struct vmclock_page page;
    uint64_t value;
    const enum vmclock_presence presence = vmclock_get_raw(view, field, &value);

    if (presence == VMCLOCK_MEANINGFUL) {
        vmclock_decode(view, &page);
        put_meaning(&text, &page, field, value);
    } else if (presence == VMCLOCK_UNANNOUNCED) {
        vmclock_put_(&text, "means nothing: ");
        vmclock_put_(&text, vmclock_value_name(VMCLOCK_FIELD_FLAGS, vmclock_field_info(field)->flag));
        vmclock_put_(&text, " is clear");
    }
    return vmclock_text_end_(&text);
}

/* ---- What a page is good for, in a line ---- */

/* To three digits behind the point from 1 GHz on: nobody reads more of them at a glance. */
static void put_round_frequency(struct vmclock_text_ *text, const struct vmclock_page *page)
{
    const uint64_t period = page->counter_period_frac_sec;
    const uint64_t milli_hz = period == 0 ? 0 : shift_divide(1000, 64 + (unsigned)page->counter_period_shift, period);
    const uint64_t mega_hz = milli_hz / 1000000000 + (milli_hz % 1000000000 >= 500000000);

    if (period == 0)
        vmclock_put_(text, " that stands still");
    else if (mega_hz < 1000 || milli_hz == UINT64_MAX) {
        vmclock_put_(text, " at ");
        put_frequency(text, period, page->counter_period_shift);
    } else {
        vmclock_put_(text, " at ");
        put_milli(text, mega_hz, " GHz");
    }
}

/* ", TAI - 37 s": the timescale, and how UTC is made of it. */
static void put_timescale(struct vmclock_text_ *text, const struct vmclock_page *page)
{
    const char *const name = vmclock_value_name(VMCLOCK_FIELD_TIME_TYPE, page->time_type);
    const unsigned ahead =
        vmclock_page_has(page, VMCLOCK_FIELD_TAI_OFFSET_SEC) ? vmclock_tai_ahead_(page->tai_offset_sec) : 0;

    vmclock_put_(text, ", ");
    vmclock_put_(text, name != NULL ? name : "unknown timescale");
    if (page->time_type != VMCLOCK_TIME_TAI)
        return;
    if (ahead == 0) {
        vmclock_put_(text, " without its offset to UTC");
        return;
    }
    vmclock_put_(text, " - ");
    vmclock_put_dec_(text, ahead, 1);
    vmclock_put_(text, " s");
}

static void put_status(struct vmclock_text_ *text, const struct vmclock_page *page)
{
    const char *const name = vmclock_value_name(VMCLOCK_FIELD_CLOCK_STATUS, page->clock_status);

    if (page->clock_status == VMCLOCK_STATUS_SYNCHRONIZED)
        vmclock_put_(text, ", synchronized");
    else if (page->clock_status == VMCLOCK_STATUS_FREERUNNING)
        vmclock_put_(text, ", freerunning");
    else {
        vmclock_put_(text, ", not to be relied on (");
        vmclock_put_(text, name != NULL ? name : "unknown status");
        vmclock_put_char_(text, ')');
    }
}

/* ", within 1.000 us at 2026-11-25 04:55:55 UTC": the error and the reference time. */
static void put_error_and_time(struct vmclock_text_ *text, const struct vmclock_page *page)
{
    const bool has_utc = has_plain_utc(page);

    if (vmclock_page_has(page, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC)) {
        vmclock_put_(text, ", within ");
        put_nanoseconds(text, page->time_maxerror_nanosec);
    } else
        vmclock_put_(text, ", without a maximum error");
    if (!has_date(page))
        return;
    vmclock_put_(text, " at ");
    vmclock_put_date_(text, has_utc ? page->time_sec - vmclock_tai_ahead_(page->tai_offset_sec) : page->time_sec);
    vmclock_put_(text, page->time_type == VMCLOCK_TIME_UTC || has_utc ? " UTC" : " TAI");
}

static void put_clock(struct vmclock_text_ *text, const struct vmclock_page *page)
{
    const char *const name = vmclock_value_name(VMCLOCK_FIELD_COUNTER_ID, page->counter_id);

    vmclock_put_(text, name != NULL ? name : "an unknown counter");
    if (!vmclock_page_present(page, VMCLOCK_FIELD_TIME_FRAC_SEC)) {
        vmclock_put_(text, ", but the page ends before its clock data does");
        return;
    }
    put_round_frequency(text, page);
    put_timescale(text, page);
    put_status(text, page);
    put_error_and_time(text, page);
}

size_t vmclock_format_summary(const struct vmclock_view *view, char *buf, size_t cap)
{
    struct vmclock_text_ text = vmclock_text_(buf, cap);
    struct vmclock_page page;

    vmclock_decode(view, &page);
    if (vmclock_view_len(view) == 0)
        return vmclock_text_end_(&text);
    if (page.seq_count % 2 != 0)
        vmclock_put_(&text, "an update was under way, so that the values may be torn");
    else if (page.counter_id != VMCLOCK_COUNTER_INVALID)
        put_clock(&text, &page);
    else if (vmclock_page_has(&page, VMCLOCK_FIELD_VM_GENERATION_COUNTER))
        vmclock_put_(&text, "disruption signals and a generation counter, as Firecracker writes them");
    else
        vmclock_put_(&text, "disruption signals only, as QEMU writes them");
    return vmclock_text_end_(&text);
}
