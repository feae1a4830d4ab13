/* SPDX-License-Identifier: BSD-2-Clause */
/* The field table and the names of values, row by row against literals taken from the uapi header and UAPI.13. */
#include "suite.h"

#include <limits.h>

#include "vmclock.h"

static const struct {
    const char *name;
    unsigned offset, width, is_signed;
    uint64_t flag;
    enum vmclock_scope scope;
    enum vmclock_values values;
} table[] = {
    {"magic", 0x00, 4, 0, 0, VMCLOCK_SCOPE_FIXED, VMCLOCK_VALUES_NONE},
    {"size", 0x04, 4, 0, 0, VMCLOCK_SCOPE_FIXED, VMCLOCK_VALUES_NONE},
    {"version", 0x08, 2, 0, 0, VMCLOCK_SCOPE_FIXED, VMCLOCK_VALUES_NONE},
    {"counter_id", 0x0a, 1, 0, 0, VMCLOCK_SCOPE_FIXED, VMCLOCK_VALUES_COUNTER},
    {"time_type", 0x0b, 1, 0, 0, VMCLOCK_SCOPE_FIXED, VMCLOCK_VALUES_TIME},
    {"seq_count", 0x0c, 4, 0, 0, VMCLOCK_SCOPE_SEQ, VMCLOCK_VALUES_NONE},
    {"disruption_marker", 0x10, 8, 0, 0, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_NONE},
    {"flags", 0x18, 8, 0, 0, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_FLAG},
    {"pad", 0x20, 2, 0, 0, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_NONE},
    {"clock_status", 0x22, 1, 0, 0, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_STATUS},
    {"leap_second_smearing_hint", 0x23, 1, 0, 0, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_SMEARING},
    {"tai_offset_sec", 0x24, 2, 1, 0x001, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_NONE},
    {"leap_indicator", 0x26, 1, 0, 0, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_LEAP},
    {"counter_period_shift", 0x27, 1, 0, 0, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_NONE},
    {"counter_value", 0x28, 8, 0, 0, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_NONE},
    {"counter_period_frac_sec", 0x30, 8, 0, 0, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_NONE},
    {"counter_period_esterror_rate_frac_sec", 0x38, 8, 0, 0x008, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_NONE},
    {"counter_period_maxerror_rate_frac_sec", 0x40, 8, 0, 0x010, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_NONE},
    {"time_sec", 0x48, 8, 0, 0, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_NONE},
    {"time_frac_sec", 0x50, 8, 0, 0, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_NONE},
    {"time_esterror_nanosec", 0x58, 8, 0, 0x020, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_NONE},
    {"time_maxerror_nanosec", 0x60, 8, 0, 0x040, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_NONE},
    {"vm_generation_counter", 0x68, 8, 0, 0x100, VMCLOCK_SCOPE_GUARDED, VMCLOCK_VALUES_NONE},
};
enum { ROWS = sizeof table / sizeof *table };

static const struct {
    const char *field, *name;
    uint64_t value;
} names[] = {
    {"counter_id", "ARM_VCNT", 0},
    {"counter_id", "X86_TSC", 1},
    {"counter_id", "INVALID", 0xff},
    {"time_type", "UTC", 0},
    {"time_type", "TAI", 1},
    {"time_type", "MONOTONIC", 2},
    {"time_type", "INVALID_SMEARED", 3},
    {"time_type", "INVALID_MAYBE_SMEARED", 4},
    {"flags", "TAI_OFFSET_VALID", 0x001},
    {"flags", "DISRUPTION_SOON", 0x002},
    {"flags", "DISRUPTION_IMMINENT", 0x004},
    {"flags", "PERIOD_ESTERROR_VALID", 0x008},
    {"flags", "PERIOD_MAXERROR_VALID", 0x010},
    {"flags", "TIME_ESTERROR_VALID", 0x020},
    {"flags", "TIME_MAXERROR_VALID", 0x040},
    {"flags", "TIME_MONOTONIC", 0x080},
    {"flags", "VM_GEN_COUNTER_PRESENT", 0x100},
    {"flags", "NOTIFICATION_PRESENT", 0x200},
    {"clock_status", "UNKNOWN", 0},
    {"clock_status", "INITIALIZING", 1},
    {"clock_status", "SYNCHRONIZED", 2},
    {"clock_status", "FREERUNNING", 3},
    {"clock_status", "UNRELIABLE", 4},
    {"leap_second_smearing_hint", "STRICT", 0},
    {"leap_second_smearing_hint", "NOON_LINEAR", 1},
    {"leap_second_smearing_hint", "UTC_SLS", 2},
    {"leap_indicator", "NONE", 0},
    {"leap_indicator", "PRE_POS", 1},
    {"leap_indicator", "PRE_NEG", 2},
    {"leap_indicator", "POS", 3},
    {"leap_indicator", "POST_POS", 4},
    {"leap_indicator", "POST_NEG", 5},
};
enum { NAMES = sizeof names / sizeof *names };

/* The family of a field's values, and the name that the literals above give to a number; NULL for none. */
static const char *literal_name(const char *field, uint64_t value)
{
    for (unsigned i = 0; i < NAMES; i++)
        if (strcmp(names[i].field, field) == 0 && names[i].value == value)
            return names[i].name;
    return NULL;
}

static void table_has_these_rows_in_page_order(void)
{
    EQ(VMCLOCK_FIELD_END, 1 + ROWS);
    for (unsigned i = 0; i < ROWS; i++) {
        const char *row = table[i].name;
        const struct vmclock_field_row *info = vmclock_field_info((enum vmclock_field)(1 + i));

        CU_ASSERT_PTR_NOT_NULL_FATAL(info);
        TEXT_IN(row, info->name, table[i].name);
        EQ_IN(row, info->offset, table[i].offset);
        EQ_IN(row, info->width, table[i].width);
        EQ_IN(row, info->is_signed, table[i].is_signed);
        EQ_IN(row, info->flag, table[i].flag);
        EQ_IN(row, info->scope, table[i].scope);
        EQ_IN(row, info->values, table[i].values);
        HOLDS_IN(row, strlen(info->sentence) > 10);
        EQ_IN(row, vmclock_field_from_name(table[i].name), 1 + i);
    }
}

static void table_fills_112_bytes_without_hole_or_overlap(void)
{
    unsigned end = 0;

    for (unsigned i = 1; i < VMCLOCK_FIELD_END; i++) {
        const struct vmclock_field_row *info = vmclock_field_info((enum vmclock_field)i);

        CU_ASSERT_PTR_NOT_NULL_FATAL(info);
        EQ_IN(info->name, info->offset, end);
        end += info->width;
    }
    EQ(end, 112);
    EQ(VMCLOCK_HEADER_SIZE, 16);
    EQ(VMCLOCK_MIN_SIZE, 32);
    EQ(VMCLOCK_STRUCT_SIZE, 112);
    EQ(VMCLOCK_PAGE_SIZE, 4096);
    EQ(VMCLOCK_LAYOUT_VERSION, 1);
    EQ(VMCLOCK_FLAGS_KNOWN, 0x3ff);
}

static void numbers_that_are_no_field_have_no_row(void)
{
    static const int numbers[] = {0, -1, INT_MIN, VMCLOCK_FIELD_END, VMCLOCK_FIELD_END + 1, 255, 256, INT_MAX};

    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint64_t value = 77;

        CU_ASSERT_PTR_NULL(vmclock_field_info((enum vmclock_field)numbers[i]));
        CU_ASSERT_PTR_NULL(vmclock_value_name((enum vmclock_field)numbers[i], 0));
        HOLDS(!vmclock_value_from_name((enum vmclock_field)numbers[i], "UTC", &value));
        EQ(value, 77);
    }
}

static void names_that_are_no_field_give_none(void)
{
    static const char *const wrong[] = {"",     "Magic", "magic ", " magic", "magi",       "magicc",
                                        "none", "flag",  "flags2", "time",   "time_secs", "vm_generation_counter_"};

    EQ(vmclock_field_from_name(NULL), 0);
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        EQ_IN(wrong[i], vmclock_field_from_name(wrong[i]), 0);
}

static void every_value_has_its_uapi_name_and_no_other_value_has_one(void)
{
    for (unsigned i = 0; i < ROWS; i++) {
        const enum vmclock_field field = (enum vmclock_field)(1 + i);

        for (uint64_t value = 0; value < 0x500; value++)
            TEXT_IN(table[i].name, vmclock_value_name(field, value), literal_name(table[i].name, value));
        CU_ASSERT_PTR_NULL(vmclock_value_name(field, UINT64_MAX));
        CU_ASSERT_PTR_NULL(vmclock_value_name(field, UINT64_C(0x100000000)));
        CU_ASSERT_PTR_NULL(vmclock_value_name(field, UINT64_C(0x100000001)));
    }
}

static void values_are_found_by_their_name_in_their_own_family_only(void)
{
    for (unsigned i = 0; i < NAMES; i++) {
        for (unsigned f = 0; f < ROWS; f++) {
            const enum vmclock_field field = (enum vmclock_field)(1 + f);
            const bool own = strcmp(table[f].name, names[i].field) == 0;
            uint64_t value = 77;

            EQ_IN(names[i].name, vmclock_value_from_name(field, names[i].name, &value), own);
            EQ_IN(names[i].name, value, own ? names[i].value : 77);
            EQ_IN(names[i].name, vmclock_value_from_name(field, names[i].name, NULL), own);
        }
    }
}

static void wrong_names_of_values_are_refused(void)
{
    static const char *const wrong[] = {"", "utc", "UT", "UTCX", "UTC ", "VMCLOCK_TIME_UTC", "0"};

    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        HOLDS_IN(wrong[i], !vmclock_value_from_name(VMCLOCK_FIELD_TIME_TYPE, wrong[i], NULL));
    HOLDS(!vmclock_value_from_name(VMCLOCK_FIELD_TIME_TYPE, NULL, NULL));
}

static void numbers_of_small_enums_are_frozen(void)
{
    EQ(VMCLOCK_SCOPE_FIXED, 0);
    EQ(VMCLOCK_SCOPE_SEQ, 1);
    EQ(VMCLOCK_SCOPE_GUARDED, 2);
    EQ(VMCLOCK_ABSENT, 0);
    EQ(VMCLOCK_UNANNOUNCED, 1);
    EQ(VMCLOCK_MEANINGFUL, 2);
    EQ(VMCLOCK_ALLOW_TRUNCATED, 1);
    EQ(VMCLOCK_VALUES_NONE, 0);
    EQ(VMCLOCK_VALUES_FLAG, 6);
}

static void library_version_is_that_of_the_header(void)
{
    char expected[32];

    (void)snprintf(expected, sizeof expected, "%d.%d.%d", VMCLOCK_LIB_VERSION_MAJOR, VMCLOCK_LIB_VERSION_MINOR,
                   VMCLOCK_LIB_VERSION_PATCH);
    TEXT(vmclock_lib_version(), expected);
}

SUITE(layout) = {
    {"table has these rows in page order", table_has_these_rows_in_page_order},
    {"table fills 112 bytes without hole or overlap", table_fills_112_bytes_without_hole_or_overlap},
    {"numbers that are no field have no row", numbers_that_are_no_field_have_no_row},
    {"names that are no field give none", names_that_are_no_field_give_none},
    {"every value has its uapi name and no other value has one",
     every_value_has_its_uapi_name_and_no_other_value_has_one},
    {"values are found by their name in their own family only",
     values_are_found_by_their_name_in_their_own_family_only},
    {"wrong names of values are refused", wrong_names_of_values_are_refused},
    {"numbers of small enums are frozen", numbers_of_small_enums_are_frozen},
    {"library version is that of the header", library_version_is_that_of_the_header},
    CU_TEST_INFO_NULL,
};
