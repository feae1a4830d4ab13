/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names: for every field and value (any number) the name is the uapi header's, and NULL where that has none; for every
 * text of up to 40 characters the reverse; and every name is a terminated text.
 */
#include "proof.h"

#include "../../src/error.c"
#include "../../src/findings.c"
#include "../../src/names.c"
#include "../../src/text.c"
#include "../../src/transitions.c"
#include "../../src/view.c"

/* linux/vmclock-abi.h, by hand: the number of the field, the value, the macro without its prefix. */
static const struct {
    int field;
    uint64_t value;
    const char *name;
} spec_names[] = {
    {4, 0, "ARM_VCNT"},
    {4, 1, "X86_TSC"},
    {4, 255, "INVALID"},
    {5, 0, "UTC"},
    {5, 1, "TAI"},
    {5, 2, "MONOTONIC"},
    {5, 3, "INVALID_SMEARED"},
    {5, 4, "INVALID_MAYBE_SMEARED"},
    {8, 1, "TAI_OFFSET_VALID"},
    {8, 2, "DISRUPTION_SOON"},
    {8, 4, "DISRUPTION_IMMINENT"},
    {8, 8, "PERIOD_ESTERROR_VALID"},
    {8, 16, "PERIOD_MAXERROR_VALID"},
    {8, 32, "TIME_ESTERROR_VALID"},
    {8, 64, "TIME_MAXERROR_VALID"},
    {8, 128, "TIME_MONOTONIC"},
    {8, 256, "VM_GEN_COUNTER_PRESENT"},
    {8, 512, "NOTIFICATION_PRESENT"},
    {10, 0, "UNKNOWN"},
    {10, 1, "INITIALIZING"},
    {10, 2, "SYNCHRONIZED"},
    {10, 3, "FREERUNNING"},
    {10, 4, "UNRELIABLE"},
    {11, 0, "STRICT"},
    {11, 1, "NOON_LINEAR"},
    {11, 2, "UTC_SLS"},
    {13, 0, "NONE"},
    {13, 1, "PRE_POS"},
    {13, 2, "PRE_NEG"},
    {13, 3, "POS"},
    {13, 4, "POST_POS"},
    {13, 5, "POST_NEG"},
};
enum { SPEC_NAMES = sizeof spec_names / sizeof *spec_names };

static bool same_text(const char *a, const char *b)
{
    for (unsigned i = 0; i < 41; i++) {
        if (a[i] != b[i])
            return false;
        if (a[i] == '\0')
            return true;
    }
    return false;
}

/* Each of them, */
void values(void)
{
    for (unsigned i = 0; i < SPEC_NAMES; i++) {
        uint64_t value;
        const char *const name = vmclock_value_name((enum vmclock_field)spec_names[i].field, spec_names[i].value);

        claim(name != NULL && same_text(name, spec_names[i].name), "the name of a value");
        claim(vmclock_value_from_name((enum vmclock_field)spec_names[i].field, spec_names[i].name, &value) &&
                  value == spec_names[i].value,
              "the value of a name");
        claim(vmclock_value_from_name((enum vmclock_field)spec_names[i].field, spec_names[i].name, NULL), "NULL");
    }
}

/* and no other value. */
void no_values(void)
{
    const int field = nondet_int();
    const uint64_t value = nondet_u64();

    for (unsigned i = 0; i < SPEC_NAMES; i++)
        assume(spec_names[i].field != field || spec_names[i].value != value);
    claim(vmclock_value_name((enum vmclock_field)field, value) == NULL, "no name");
    claim(!vmclock_value_from_name((enum vmclock_field)field, NULL, NULL), "NULL is no name");
    claim(vmclock_field_from_name(NULL) == VMCLOCK_FIELD_NONE, "nor a field's");
}

/* Rows: what bindings read of the table. */
void table(void)
{
    const int number = nondet_int();
    const struct vmclock_field_row *const row = vmclock_field_info((enum vmclock_field)number);

    if (number < 1 || number >= SPEC_FIELDS) {
        claim(row == NULL, "no field");
        return;
    }
    claim(row->offset == spec_fields[number].offset && row->width == spec_fields[number].width, "where it lies");
    claim(row->is_signed == spec_fields[number].is_signed, "its sign");
    claim(row->flag == (spec_fields[number].bit < 0 ? 0 : (uint64_t)1 << spec_fields[number].bit), "its flag");
    claim((int)row->scope == (number < 6 ? 0 : number == 6 ? 1 : 2), "fixed, seq_count, guarded");
}

/* Any number, of any enum: NULL, or a text that ends within 200 characters, and NULL exactly for what is none. */
static void claim_name(const char *name, bool known)
{
    bool ends = false;

    claim((name != NULL) == known, "a name for what is one, alone");
    for (unsigned i = 0; name != NULL && i < 200 && !ends; i++)
        ends = name[i] == '\0';
    claim(name == NULL || ends, "it ends");
}

void error_names(void)
{
    const int number = nondet_int();

    claim_name(vmclock_err_name((enum vmclock_err)number), number >= 0 && number <= 5);
    claim_name(vmclock_reason_name((enum vmclock_reason)number), number >= 0 && number <= 22);
    claim_name(vmclock_reason_sentence((enum vmclock_reason)number), number >= 0 && number <= 22);
}

void report_names(void)
{
    const int number = nondet_int();

    claim_name(vmclock_finding_name((enum vmclock_finding_id)number), number >= 0 && number <= 23);
    claim_name(vmclock_transition_name((enum vmclock_transition_id)number), number >= 0 && number <= 10);
    claim_name(vmclock_severity_name((enum vmclock_severity)number), number == 1 || number == 2);
}
