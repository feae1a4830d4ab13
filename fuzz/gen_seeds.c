/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes seeds from the field table: gen_seeds [--check] CORPUS. For fuzz_structured one page per field and edge value,
 * one per size at which a field begins to be there, for fuzz_header one header per verdict, and for fuzz_diff two pages
 * on either side of each transition's bound. Names carry the verdict; pages of a real hypervisor are not made here.
 */
#include "generate.h"
#include "vmclock.h"

static const char *corpus;
static bool check;
static bool good = true;

static void put(uint8_t *page, enum vmclock_field field, uint64_t value)
{
    const struct vmclock_field_row *info = vmclock_field_info(field);

    for (unsigned i = 0; i < info->width; i++)
        page[info->offset + i] = (uint8_t)(value >> (8 * i));
}

static void seed(const char *folder, const char *name, const char *detail, const uint8_t *page, size_t size)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s/%s%s.bin", corpus, folder, name, detail);
    good = generate(path, check, page, size) && good;
}

/* What a good host would write: 1 GHz, TAI, everything announced. */
static void clock_page(uint8_t page[VMCLOCK_STRUCT_SIZE])
{
    memset(page, 0, VMCLOCK_STRUCT_SIZE);
    put(page, VMCLOCK_FIELD_MAGIC, VMCLOCK_MAGIC);
    put(page, VMCLOCK_FIELD_SIZE, VMCLOCK_STRUCT_SIZE);
    put(page, VMCLOCK_FIELD_VERSION, VMCLOCK_LAYOUT_VERSION);
    put(page, VMCLOCK_FIELD_COUNTER_ID, VMCLOCK_COUNTER_X86_TSC);
    put(page, VMCLOCK_FIELD_TIME_TYPE, VMCLOCK_TIME_TAI);
    put(page, VMCLOCK_FIELD_SEQ_COUNT, 2);
    put(page, VMCLOCK_FIELD_DISRUPTION_MARKER, 1);
    put(page, VMCLOCK_FIELD_FLAGS, VMCLOCK_FLAGS_KNOWN & ~UINT64_C(6));
    put(page, VMCLOCK_FIELD_CLOCK_STATUS, VMCLOCK_STATUS_SYNCHRONIZED);
    put(page, VMCLOCK_FIELD_TAI_OFFSET_SEC, (uint64_t)-37);
    put(page, VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT, 29);
    put(page, VMCLOCK_FIELD_COUNTER_VALUE, 1000000000);
    put(page, VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, UINT64_C(0x89705f4136b4a597));
    put(page, VMCLOCK_FIELD_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, 1000);
    put(page, VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 100000);
    put(page, VMCLOCK_FIELD_TIME_SEC, 1700000037);
    put(page, VMCLOCK_FIELD_TIME_FRAC_SEC, UINT64_C(0x8000000000000000));
    put(page, VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC, 100);
    put(page, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, 100000);
    put(page, VMCLOCK_FIELD_VM_GENERATION_COUNTER, 1);
}

static void field_seeds(enum vmclock_field field)
{
    const struct vmclock_field_row *info = vmclock_field_info(field);
    const uint64_t max = UINT64_MAX >> (64 - 8 * info->width), sign = max / 2 + 1;
    const struct {
        const char *name;
        uint64_t value;
    } edges[] = {{"__min", 0}, {"__max", max}, {"__high_bit", sign}, {"__below_high_bit", sign - 1}};
    uint8_t page[VMCLOCK_STRUCT_SIZE];
    char name[128];

    snprintf(name, sizeof name, "ok_%s", info->name);
    for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++) {
        clock_page(page);
        put(page, field, edges[i].value);
        seed("fuzz_structured", name, edges[i].name, page, sizeof page);
    }
    if (info->offset + info->width > VMCLOCK_MIN_SIZE) {
        clock_page(page);
        put(page, VMCLOCK_FIELD_SIZE, (uint64_t)info->offset + info->width);
        seed("fuzz_structured", name, "__last_field", page, (size_t)info->offset + info->width);
        put(page, VMCLOCK_FIELD_SIZE, (uint64_t)info->offset + info->width - 1);
        seed("fuzz_structured", name, "__one_byte_short", page, (size_t)info->offset + info->width - 1);
    }
}

static void header_seeds(void)
{
    uint8_t page[VMCLOCK_STRUCT_SIZE];

    clock_page(page);
    put(page, VMCLOCK_FIELD_SIZE, VMCLOCK_PAGE_SIZE);
    seed("fuzz_header", "ok_", "16_bytes", page, VMCLOCK_HEADER_SIZE);
    seed("fuzz_header", "truncated__", "15", page, VMCLOCK_HEADER_SIZE - 1);
    seed("fuzz_header", "empty__", "0", page, 0);
    put(page, VMCLOCK_FIELD_SIZE, VMCLOCK_HEADER_SIZE);
    seed("fuzz_header", "ok_", "size_16", page, VMCLOCK_HEADER_SIZE);
    put(page, VMCLOCK_FIELD_SIZE, VMCLOCK_HEADER_SIZE - 1);
    seed("fuzz_header", "size-too-small__", "15", page, VMCLOCK_HEADER_SIZE);
    put(page, VMCLOCK_FIELD_VERSION, 0);
    seed("fuzz_header", "version-zero__", "and_size_15", page, VMCLOCK_HEADER_SIZE);
    put(page, VMCLOCK_FIELD_VERSION, 2);
    put(page, VMCLOCK_FIELD_SIZE, VMCLOCK_PAGE_SIZE);
    seed("fuzz_header", "ok_", "version_2", page, VMCLOCK_HEADER_SIZE);
    put(page, VMCLOCK_FIELD_MAGIC, 0x56434c4b);
    seed("fuzz_header", "magic-byte-swapped__", "and_version_2", page, VMCLOCK_HEADER_SIZE);
    put(page, VMCLOCK_FIELD_MAGIC, VMCLOCK_MAGIC ^ 1);
    seed("fuzz_header", "bad-magic__", "lowest_bit", page, VMCLOCK_HEADER_SIZE);
    put(page, VMCLOCK_FIELD_MAGIC, VMCLOCK_MAGIC ^ UINT64_C(0x80000000));
    seed("fuzz_header", "bad-magic__", "highest_bit", page, VMCLOCK_HEADER_SIZE);
}

/* Two pages, the second as a good writer makes it of the first, but for these fields. */
static const struct {
    const char *name, *detail;
    struct {
        enum vmclock_field field;
        uint64_t before, after;
    } changes[2];
} pairs[] = {
    {"ok_", "updated", {{VMCLOCK_FIELD_NONE, 0, 0}}},
    {"ok_", "equal", {{VMCLOCK_FIELD_SEQ_COUNT, 2, 2}}},
    {"ok_", "disrupted", {{VMCLOCK_FIELD_DISRUPTION_MARKER, 1, 2}, {VMCLOCK_FIELD_TIME_SEC, 9, 2}}},
    {"ok_", "restored", {{VMCLOCK_FIELD_DISRUPTION_MARKER, 1, 2}, {VMCLOCK_FIELD_VM_GENERATION_COUNTER, 1, 2}}},
    {"transition__fixed-field-changed__", "time_type", {{VMCLOCK_FIELD_TIME_TYPE, 1, 0}}},
    {"transition__fixed-field-changed__", "counter_id", {{VMCLOCK_FIELD_COUNTER_ID, 1, 0xff}}},
    {"transition__changed-without-sequence__", "pad", {{VMCLOCK_FIELD_SEQ_COUNT, 4, 4}, {VMCLOCK_FIELD_PAD, 0, 1}}},
    {"transition__changed-without-sequence__", "generation",
     {{VMCLOCK_FIELD_SEQ_COUNT, 3, 3}, {VMCLOCK_FIELD_VM_GENERATION_COUNTER, 1, 2}}},
    {"transition__sequence-backwards__", "1", {{VMCLOCK_FIELD_SEQ_COUNT, 4, 3}}},
    {"transition__sequence-backwards__", "half", {{VMCLOCK_FIELD_SEQ_COUNT, 0, 0x80000000}}},
    {"ok_", "seq_count_wrapped", {{VMCLOCK_FIELD_SEQ_COUNT, 0xfffffffe, 0}}},
    {"transition__marker-backwards__", "1", {{VMCLOCK_FIELD_DISRUPTION_MARKER, 2, 1}}},
    {"transition__marker-backwards__", "wrapped", {{VMCLOCK_FIELD_DISRUPTION_MARKER, UINT64_MAX, 0}}},
    {"transition__restored-without-disruption__", "1", {{VMCLOCK_FIELD_VM_GENERATION_COUNTER, 1, 2}}},
    {"ok_", "generation_not_announced",
     {{VMCLOCK_FIELD_FLAGS, 0x2f9, 0x3f9}, {VMCLOCK_FIELD_VM_GENERATION_COUNTER, 1, 2}}},
    {"transition__capability-withdrawn__", "generation", {{VMCLOCK_FIELD_FLAGS, 0x3f9, 0x2f9}}},
    {"transition__capability-withdrawn__", "notification", {{VMCLOCK_FIELD_FLAGS, 0x3f9, 0x1f9}}},
    {"transition__monotonic-withdrawn__", "1", {{VMCLOCK_FIELD_FLAGS, 0x3f9, 0x379}}},
    {"transition__tai-offset-changed__", "1", {{VMCLOCK_FIELD_TAI_OFFSET_SEC, 37, 38}}},
    {"transition__tai-offset-changed__", "2_by_a_leap_second",
     {{VMCLOCK_FIELD_TAI_OFFSET_SEC, 37, 39}, {VMCLOCK_FIELD_LEAP_INDICATOR, 1, 4}}},
    {"ok_", "tai_offset_by_a_leap_second",
     {{VMCLOCK_FIELD_TAI_OFFSET_SEC, 37, 38}, {VMCLOCK_FIELD_LEAP_INDICATOR, 1, 4}}},
    {"ok_", "tai_offset_by_a_leap_second_told_late",
     {{VMCLOCK_FIELD_TAI_OFFSET_SEC, 37, 38}, {VMCLOCK_FIELD_LEAP_INDICATOR, 0, 4}}},
    {"ok_", "tai_offset_other_sign", {{VMCLOCK_FIELD_TAI_OFFSET_SEC, (uint64_t)-37, 37}}},
    {"transition__counter-backwards__", "1", {{VMCLOCK_FIELD_COUNTER_VALUE, 1000, 999}}},
    {"transition__counter-backwards__", "half",
     {{VMCLOCK_FIELD_COUNTER_VALUE, 0, UINT64_C(0x8000000000000000)}, {VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, 0, 0}}},
    {"transition__time-stepped-back__", "1_unit", {{VMCLOCK_FIELD_TIME_FRAC_SEC, 1000, 999}}},
    {"transition__time-stepped-back__", "half_a_unit",
     {{VMCLOCK_FIELD_COUNTER_VALUE, 0, 1}, {VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, 1 << 28, 0}}},
    {"ok_", "time_goes_on", {{VMCLOCK_FIELD_COUNTER_VALUE, 0, 1}, {VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, 0, 1}}},
    {"ok_", "time_out_of_range",
     {{VMCLOCK_FIELD_COUNTER_VALUE, 0, 0x7fffffffffffffff}, {VMCLOCK_FIELD_TIME_SEC, UINT64_MAX, 0}}},
    /* Both bounds of 100 us are 3689348814741910.32 of 2^-64 s. */
    {"transition__bounds-disjoint__", "1_unit", {{VMCLOCK_FIELD_TIME_FRAC_SEC, 0, UINT64_C(3689348814741911)}}},
    {"ok_", "bounds_touch", {{VMCLOCK_FIELD_TIME_FRAC_SEC, 0, UINT64_C(3689348814741910)}}},
    {"transition__bounds-disjoint__", "1_unit_before", {{VMCLOCK_FIELD_TIME_FRAC_SEC, UINT64_C(3689348814741911), 0}}},
    {"transition__bounds-disjoint__", "of_all_time",
     {{VMCLOCK_FIELD_TIME_SEC, 0, UINT64_MAX}, {VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, UINT64_MAX, UINT64_MAX}}},
};

static void diff_seeds(void)
{
    uint8_t both[2][VMCLOCK_STRUCT_SIZE];

    for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        clock_page(both[0]);
        clock_page(both[1]);
        put(both[1], VMCLOCK_FIELD_SEQ_COUNT, 4);
        for (unsigned change = 0; change < 2; change++)
            if (pairs[i].changes[change].field != VMCLOCK_FIELD_NONE) {
                put(both[0], pairs[i].changes[change].field, pairs[i].changes[change].before);
                put(both[1], pairs[i].changes[change].field, pairs[i].changes[change].after);
            }
        seed("fuzz_diff", pairs[i].name, pairs[i].detail, both[0], sizeof both);
    }
}

int main(int argc, char **argv)
{
    uint8_t page[VMCLOCK_STRUCT_SIZE];

    check = argc == 3 && strcmp(argv[1], "--check") == 0;
    if (argc != 2 && !check)
        return 2;
    corpus = argv[argc - 1];
    clock_page(page);
    seed("fuzz_structured", "ok_", "clock", page, sizeof page);
    for (unsigned field = 1; field < VMCLOCK_FIELD_END; field++)
        if (field != VMCLOCK_FIELD_MAGIC && field != VMCLOCK_FIELD_SIZE && field != VMCLOCK_FIELD_VERSION)
            field_seeds((enum vmclock_field)field);
    header_seeds();
    diff_seeds();
    return good ? 0 : 1;
}
