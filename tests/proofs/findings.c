/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings: for every view of a valid page, each question of the iterator has the answer that the table of findings
 * gives, with the severity, field, offset and values that belong to it.
 */
#include "proof.h"

#include "../../src/error.c"
#include "../../src/findings.c"
#include "../../src/names.c"
#include "../../src/text.c"
#include "../../src/view.c"

static const struct vmclock_view *page_view;

static uint64_t value(unsigned field)
{
    return spec_value(page_view, field);
}

static bool has(unsigned field)
{
    return spec_present(page_view, field);
}

static bool bit(unsigned number)
{
    return (value(8) >> number & 1) != 0;
}

/* counter_id is not 0xff, and clock_status SYNCHRONIZED or FREERUNNING. */
static bool is_sourced(void)
{
    return value(4) != 0xff && (value(10) == 2 || value(10) == 3);
}

static bool is_offset(int64_t seconds)
{
    return (seconds >= 10 && seconds <= 60) || (seconds <= -10 && seconds >= -60);
}

/* P / 2^(64 + shift) s is above 10^-6 s, or below 10^-11 s. */
static bool is_implausible(uint64_t period, unsigned shift)
{
    const unsigned __int128 one = (unsigned __int128)1 << 64;

    if (shift >= 64)
        return true;
    return (unsigned __int128)period * 1000000 > one << shift ||
           (unsigned __int128)period * 100000000000 < one << shift;
}

/* Whether there is that finding; for those that are about one field. */
static bool condition(unsigned id)
{
    switch (id) {
    case 0: return value(2) < 4096 || value(2) % 4096 != 0;
    case 1: return value(4) != 0 && value(4) != 1 && value(4) != 0xff;
    case 2: return value(5) > 4;
    case 3: return value(5) == 3 || value(5) == 4;
    case 4: return value(5) == 0 && value(4) != 0xff;
    case 5: return value(6) == 0;
    case 6: return (value(6) & 1) != 0;
    case 7: return bit(1) || bit(2);
    case 8: return value(8) >> 10 != 0;
    case 9: return bit(7) && !bit(9);
    case 11: return has(9) && value(9) != 0;
    case 12: return has(10) && value(10) > 4;
    case 13: return has(10) && value(4) == 0xff && (value(10) == 2 || value(10) == 3);
    case 14: return has(11) && value(11) > 2;
    case 15: return has(12) && is_sourced() && !bit(0);
    case 16: return has(12) && bit(0) && (int64_t)value(12) >= 10 && (int64_t)value(12) <= 60;
    case 17: return has(12) && bit(0) && !is_offset((int64_t)value(12));
    case 18: return has(13) && value(13) > 5;
    case 19: return has(14) && value(14) >= 128;
    case 20: return has(16) && is_sourced() && value(16) == 0;
    default: return has(16) && is_sourced() && value(16) != 0 && is_implausible(value(16), (unsigned)value(14));
    }
}

static void claim_finding(unsigned id, unsigned nth, bool holds, bool is_warning, unsigned field, uint64_t other,
                          unsigned related)
{
    struct vmclock_page page;
    struct vmclock_finding f;
    bool found;

    vmclock_decode(page_view, &page);
    found = ask(id, nth, page_view, &page, &f);
    claim(found == holds, "whether there is that finding");
    if (!found)
        return;
    claim((unsigned)f.id == id && (int)f.severity == (is_warning ? 2 : 1), "id and severity");
    claim((unsigned)f.field == field && f.offset == spec_fields[field].offset, "field and offset");
    claim(f.value == value(field), "value");
    claim(f.other == other && (unsigned)f.related == related, "what else there is to tell");
}

static void any_page(void)
{
    static struct vmclock_view view;

    page_view = any_view(&view);
    assume(view.len >= 32 && view.len <= value(2)); /* of a valid page */
}

void of_one_field(void)
{
    /* Of each: the field that it is about, and whether it is a warning. */
    static const struct {
        unsigned field;
        bool is_warning;
    } about[21] = {{2, false}, {4, true}, {5, true}, {5, true}, {5, false}, {6, false}, {6, true},  {8, false},
                   {8, false}, {8, false}, {0, false}, {9, false}, {10, true}, {10, false}, {11, false}, {12, false},
                   {12, true}, {12, true}, {13, true}, {14, true}, {16, true}};

    any_page();
    for (unsigned id = 0; id < 21; id++)
        if (id != 10)
            claim_finding(id, 0, condition(id), about[id].is_warning, about[id].field, 0, 0);
}

void period_implausible(void)
{
    any_page();
    claim_finding(21, 0, condition(21), false, 16, value(14), 0);
}

/* A flag is set whose field lies past `size`, asked for each number. */
void flagged_field_absent(void)
{
    any_page();
    for (unsigned number = 0; number < SPEC_FIELDS; number++) {
        const struct spec_field f = spec_fields[number];

        claim_finding(10, number, f.bit >= 0 && bit((unsigned)f.bit) && value(2) < f.offset + f.width, true, 8, 0,
                      number);
    }
}

void esterror_exceeds_maxerror(void)
{
    any_page();
    claim_finding(22, 0, has(18) && bit(3) && bit(4) && value(17) > value(18), true, 18, has(17) ? value(17) : 0, 0);
    claim_finding(22, 1, has(22) && bit(5) && bit(6) && value(21) > value(22), true, 22, has(21) ? value(21) : 0, 0);
}

/* The first byte that is not 0 of up to 8 behind the structure. */
void data_past_structure(void)
{
    static uint8_t bytes[120];
    const struct vmclock_view view = {bytes, nondet_u32()};
    struct vmclock_page page;
    struct vmclock_finding f;
    unsigned first = 112;
    bool found;

    __CPROVER_havoc_object(bytes);
    assume(view.len >= 32 && view.len <= 120);
    while (first < view.len && bytes[first] == 0)
        first++;
    vmclock_decode(&view, &page);
    found = ask(23, 0, &view, &page, &f);
    claim(found == (view.len > 112 && first < view.len), "whether there is such a byte");
    if (found)
        claim(f.field == VMCLOCK_FIELD_NONE && f.offset == first && f.value == bytes[first] &&
                  f.severity == VMCLOCK_NOTICE,
              "where it is, and which");
}

/* Which questions are asked: those of each row, in its place. */
void order(void)
{
    for (unsigned id = 0; id < 24; id++)
        claim(questions(id) == (id == 10 ? SPEC_FIELDS : id == 22 ? 2 : 1), "how often it is asked");
    claim(VMCLOCK_FINDING_END == 24, "24 findings");
}
