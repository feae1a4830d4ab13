/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields of a view: for every view, field (any number) and byte, presence, value and sign are those of the bytes, in
 * all five ways to ask; the output is untouched when the answer is no; no byte outside of the view is read.
 */
#include "proof.h"

#include "../../src/names.c"
#include "../../src/view.c"

#include "page_value.h"

/* One accessor: its number and its type. */
#define ACCESSOR(number, name, type)                                                                       \
    do {                                                                                                   \
        const type before = (type)nondet_u64();                                                            \
        type out = before;                                                                                 \
        const bool meaningful = spec_meaningful(view, number);                                             \
                                                                                                           \
        claim(vmclock_get_##name(view, &out) == meaningful, #name ": whether it means something");         \
        claim(meaningful ? (uint64_t)out == spec_value(view, number) : out == before, #name ": the value"); \
        claim(vmclock_get_##name(view, NULL) == meaningful, #name ": NULL");                               \
    } while (0)

static void accessors_of(const struct vmclock_view *view)
{
    ACCESSOR(1, magic, uint32_t);
    ACCESSOR(2, size, uint32_t);
    ACCESSOR(3, version, uint16_t);
    ACCESSOR(4, counter_id, uint8_t);
    ACCESSOR(5, time_type, uint8_t);
    ACCESSOR(6, seq_count, uint32_t);
    ACCESSOR(7, disruption_marker, uint64_t);
    ACCESSOR(8, flags, uint64_t);
    ACCESSOR(9, pad, uint16_t);
    ACCESSOR(10, clock_status, uint8_t);
    ACCESSOR(11, leap_second_smearing_hint, uint8_t);
    ACCESSOR(12, tai_offset_sec, int16_t);
    ACCESSOR(13, leap_indicator, uint8_t);
    ACCESSOR(14, counter_period_shift, uint8_t);
    ACCESSOR(15, counter_value, uint64_t);
    ACCESSOR(16, counter_period_frac_sec, uint64_t);
    ACCESSOR(17, counter_period_esterror_rate_frac_sec, uint64_t);
    ACCESSOR(18, counter_period_maxerror_rate_frac_sec, uint64_t);
    ACCESSOR(19, time_sec, uint64_t);
    ACCESSOR(20, time_frac_sec, uint64_t);
    ACCESSOR(21, time_esterror_nanosec, uint64_t);
    ACCESSOR(22, time_maxerror_nanosec, uint64_t);
    ACCESSOR(23, vm_generation_counter, uint64_t);
}

void accessors(void)
{
    struct vmclock_view view;

    accessors_of(NULL);
    accessors_of(any_view(&view));
}

static void get_one(const struct vmclock_view *view, int number)
{
    const enum vmclock_field field = (enum vmclock_field)number;
    const bool known = number >= 1 && number < SPEC_FIELDS;
    const bool present = known && spec_present(view, (unsigned)number);
    const bool meaningful = known && spec_meaningful(view, (unsigned)number);
    const uint64_t before = nondet_u64();
    uint64_t out = before;

    claim((int)vmclock_get_raw(view, field, &out) == (!present ? 0 : !meaningful ? 1 : 2), "raw: presence");
    claim(out == (present ? spec_value(view, (unsigned)number) : before), "raw: value");
    claim((int)vmclock_get_raw(view, field, NULL) == (!present ? 0 : !meaningful ? 1 : 2), "raw: NULL");
    out = before;
    claim(vmclock_get(view, field, &out) == meaningful, "whether it means something");
    claim(out == (meaningful ? spec_value(view, (unsigned)number) : before), "value");
    claim(vmclock_get(view, field, NULL) == meaningful, "NULL");
}

/* A field chosen at run time, of which the caller may hand in any number: each field, */
static void get_of(const struct vmclock_view *view)
{
    for (int number = 1; number < SPEC_FIELDS; number++)
        get_one(view, number);
}

void get(void)
{
    struct vmclock_view view;

    get_of(NULL);
    get_of(any_view(&view));
}

/* and every number that is none. */
static void get_none_of(const struct vmclock_view *view)
{
    const int number = nondet_int();
    const uint64_t before = nondet_u64();
    uint64_t out = before;

    assume(number < 1 || number >= SPEC_FIELDS);
    claim(vmclock_get_raw(view, (enum vmclock_field)number, &out) == VMCLOCK_ABSENT, "raw: absent");
    claim(!vmclock_get(view, (enum vmclock_field)number, &out), "it means nothing");
    claim(out == before, "untouched");
    claim(vmclock_view_len(view) == (view == NULL ? 0 : view->len), "the view's length");
}

void get_none(void)
{
    struct vmclock_view view;

    get_none_of(NULL);
    get_none_of(any_view(&view));
}

static void decode_of(const struct vmclock_view *view)
{
    struct vmclock_page page;

    vmclock_decode(view, NULL);
    vmclock_decode(view, &page);
    claim((page.present & 1) == 0 && page.present >> SPEC_FIELDS == 0, "no bits but the fields'");
    claim((page.meaningful & ~page.present) == 0, "what is absent means nothing");
    for (unsigned number = 1; number < SPEC_FIELDS; number++) {
        const bool present = spec_present(view, number), meaningful = spec_meaningful(view, number);

        claim((page.present >> number & 1) == present, "present");
        claim((page.meaningful >> number & 1) == meaningful, "meaningful");
        claim(page_value(&page, number) == (present ? spec_value(view, number) : 0), "value");
    }
}

void decode(void)
{
    struct vmclock_view view;

    decode_of(NULL);
    decode_of(any_view(&view));
}

/* The bounds: of the values nothing is claimed here. */
static void bounds_of(const struct vmclock_view *view)
{
    struct vmclock_page page;
    uint64_t out;

    vmclock_decode(view, &page);
    (void)vmclock_get(view, (enum vmclock_field)nondet_int(), &out);
#define GET(name)                                     \
    do {                                              \
        (void)vmclock_get_##name(view, (void *)&out); \
    } while (0)
    GET(magic);
    GET(size);
    GET(version);
    GET(counter_id);
    GET(time_type);
    GET(seq_count);
    GET(disruption_marker);
    GET(flags);
    GET(pad);
    GET(clock_status);
    GET(leap_second_smearing_hint);
    GET(tai_offset_sec);
    GET(leap_indicator);
    GET(counter_period_shift);
    GET(counter_value);
    GET(counter_period_frac_sec);
    GET(counter_period_esterror_rate_frac_sec);
    GET(counter_period_maxerror_rate_frac_sec);
    GET(time_sec);
    GET(time_frac_sec);
    GET(time_esterror_nanosec);
    GET(time_maxerror_nanosec);
    GET(vm_generation_counter);
}

void bounds(void)
{
    struct vmclock_view view;

    bounds_of(NULL);
    bounds_of(any_tight_view(&view));
}

/* The sets, for any struct that a caller may have made. */
void sets(void)
{
    struct vmclock_page page;
    const int number = nondet_int();
    const bool known = number >= 1 && number < SPEC_FIELDS;

    claim(vmclock_page_has(&page, (enum vmclock_field)number) ==
              (known && (page.meaningful >> (number & 31) & 1) != 0),
          "meaningful");
    claim(vmclock_page_present(&page, (enum vmclock_field)number) ==
              (known && (page.present >> (number & 31) & 1) != 0),
          "present");
    claim(!vmclock_page_has(NULL, (enum vmclock_field)number), "NULL has nothing");
    claim(!vmclock_page_present(NULL, (enum vmclock_field)number), "and nothing is present in it");
}
