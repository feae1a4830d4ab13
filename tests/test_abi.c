/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program that was compiled once relies on: the sizes of public structs and where their members are, on machines
 * with 64 bits and on those with 32 that align 64 bits to 4 bytes, and the numbers of enumerators. Numbers never change
 * once released; a size or a place that changes is another ABI: see CONTRIBUTING.
 */
#include "suite.h"

#include <stddef.h>

#include "vmclock_posix.h"

struct with_a_wide_one {
    char first;
    uint64_t wide;
};
enum { ILP32_I386 = sizeof(void *) == 4 && offsetof(struct with_a_wide_one, wide) == 4, LP64 = sizeof(void *) == 8 };

struct pinned {
    const char *name;
    size_t actual, on_64_bits, on_i386;
};

/* Of other 32-bit machines nothing is written down: struct members are aligned otherwise there. */
static void expect_pinned(const struct pinned *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (LP64 || ILP32_I386)
            EQ_IN(rows[i].name, rows[i].actual, LP64 ? rows[i].on_64_bits : rows[i].on_i386);
    HOLDS(count > 0);
}

static void sizes_of_structs_are_those_of_the_abi(void)
{
    static const struct pinned rows[] = {
#define ROW(name, on_64_bits, on_i386) {#name, sizeof(struct vmclock_##name), on_64_bits, on_i386},
        /* clang-format off */
        ROW(field_row, 40, 28) ROW(error, 48, 40) ROW(shm_header, 16, 16) ROW(view, 16, 8) ROW(page, 120, 120)
        ROW(scan, 48, 44) ROW(scan_hit, 80, 72) ROW(snapshot, 128, 124) ROW(finding, 40, 36) ROW(transition, 40, 40)
        ROW(time, 16, 16) ROW(nanotime, 16, 12) ROW(clock, 96, 96) ROW(reading, 128, 124) ROW(bounds, 32, 24)
        ROW(line, 24, 24) ROW(stretch, 208, 200) ROW(smeared, 24, 16) ROW(guard, 40, 36) ROW(device, 32, 20)
        ROW(memo, 584, 560) ROW(system_offset, 168, 152) ROW(writer, 24, 12) ROW(segment, 32, 28) ROW(image, 24, 16)
        ROW(search_hit, 104, 88) ROW(search_calls, 24, 12) ROW(search, 80, 56)
        /* clang-format on */
#undef ROW
    };

    expect_pinned(rows, sizeof rows / sizeof *rows);
}

static void members_are_where_the_abi_has_them(void)
{
    static const struct pinned rows[] = {
#define ROW(name, member, on_64_bits, on_i386) \
    {#name "." #member, offsetof(struct vmclock_##name, member), on_64_bits, on_i386},
        /* clang-format off */
        ROW(field_row, name, 0, 0) ROW(field_row, sentence, 8, 4) ROW(field_row, flag, 16, 8)
        ROW(field_row, offset, 24, 16) ROW(field_row, width, 26, 18) ROW(field_row, is_signed, 27, 19)
        ROW(field_row, scope, 28, 20) ROW(field_row, values, 32, 24) ROW(error, kind, 0, 0) ROW(error, reason, 4, 4)
        ROW(error, field, 8, 8) ROW(error, offset, 12, 12) ROW(error, expected, 16, 16) ROW(error, actual, 24, 24)
        ROW(error, sys_errno, 32, 32) ROW(error, origin, 40, 36) ROW(shm_header, magic, 0, 0)
        ROW(shm_header, size, 4, 4) ROW(shm_header, version, 8, 8) ROW(shm_header, counter_id, 10, 10)
        ROW(shm_header, time_type, 11, 11) ROW(shm_header, seq_count, 12, 12) ROW(view, base, 0, 0)
        ROW(view, len, 8, 4) ROW(page, present, 0, 0) ROW(page, meaningful, 4, 4) ROW(page, magic, 8, 8)
        ROW(page, size, 12, 12) ROW(page, version, 16, 16) ROW(page, counter_id, 18, 18) ROW(page, time_type, 19, 19)
        ROW(page, seq_count, 20, 20) ROW(page, disruption_marker, 24, 24) ROW(page, flags, 32, 32)
        ROW(page, pad, 40, 40) ROW(page, clock_status, 42, 42) ROW(page, leap_second_smearing_hint, 43, 43)
        ROW(page, tai_offset_sec, 44, 44) ROW(page, leap_indicator, 46, 46) ROW(page, counter_period_shift, 47, 47)
        ROW(page, counter_value, 48, 48) ROW(page, counter_period_frac_sec, 56, 56)
        ROW(page, counter_period_esterror_rate_frac_sec, 64, 64)
        ROW(page, counter_period_maxerror_rate_frac_sec, 72, 72) ROW(page, time_sec, 80, 80)
        ROW(page, time_frac_sec, 88, 88) ROW(page, time_esterror_nanosec, 96, 96)
        ROW(page, time_maxerror_nanosec, 104, 104) ROW(page, vm_generation_counter, 112, 112) ROW(scan, step, 0, 0)
        ROW(scan, position, 8, 8) ROW(scan, next, 16, 16) ROW(scan, flags, 24, 24) ROW(scan, kept, 28, 28)
        ROW(scan, tail, 29, 29) ROW(scan_hit, offset, 0, 0) ROW(scan_hit, bytes, 8, 8)
        ROW(scan_hit, has_header, 12, 12) ROW(scan_hit, header, 16, 16) ROW(scan_hit, error, 32, 32)
        ROW(snapshot, words, 0, 0) ROW(snapshot, region, 112, 112) ROW(snapshot, len, 120, 116)
        ROW(snapshot, seq_count, 124, 120) ROW(finding, id, 0, 0) ROW(finding, severity, 4, 4)
        ROW(finding, field, 8, 8) ROW(finding, offset, 12, 12) ROW(finding, value, 16, 16)
        ROW(finding, other, 24, 24) ROW(finding, related, 32, 32) ROW(transition, id, 0, 0)
        ROW(transition, severity, 4, 4) ROW(transition, field, 8, 8) ROW(transition, offset, 12, 12)
        ROW(transition, before, 16, 16) ROW(transition, after, 24, 24) ROW(transition, nanosec, 32, 32)
        ROW(time, sec, 0, 0) ROW(time, frac_sec, 8, 8) ROW(nanotime, sec, 0, 0) ROW(nanotime, nsec, 8, 8)
        ROW(clock, reference, 0, 0) ROW(clock, counter_value, 16, 16) ROW(clock, period, 24, 24)
        ROW(clock, maxerror_rate, 32, 32) ROW(clock, maxerror_nanosec, 40, 40) ROW(clock, maxerror, 48, 48)
        ROW(clock, disruption_marker, 64, 64) ROW(clock, vm_generation_counter, 72, 72) ROW(clock, leap_edge, 80, 80)
        ROW(clock, shift, 84, 84) ROW(clock, leap, 85, 85) ROW(clock, utc_offset, 86, 86)
        ROW(clock, time_type, 87, 87) ROW(clock, clock_status, 88, 88) ROW(clock, has_bounds, 89, 89)
        ROW(clock, has_utc, 90, 90) ROW(clock, monotonic, 91, 91) ROW(clock, has_generation, 92, 92)
        ROW(clock, smearing, 93, 93) ROW(reading, counter, 0, 0) ROW(reading, time, 8, 8) ROW(reading, error, 24, 24)
        ROW(reading, reference, 40, 40) ROW(reading, maxerror, 56, 56) ROW(reading, maxerror_nanosec, 72, 72)
        ROW(reading, disruption_marker, 80, 80) ROW(reading, vm_generation_counter, 88, 88)
        ROW(reading, utc_first, 96, 96) ROW(reading, utc_last, 104, 104) ROW(reading, has_bounds, 112, 112)
        ROW(reading, has_utc, 113, 113) ROW(reading, leap_second, 114, 114) ROW(reading, utc_behind, 115, 115)
        ROW(reading, monotonic, 116, 116) ROW(reading, has_generation, 117, 117) ROW(reading, time_type, 118, 118)
        ROW(reading, clock_status, 119, 119) ROW(reading, rounded, 120, 120) ROW(bounds, earliest, 0, 0)
        ROW(bounds, latest, 16, 12) ROW(line, sec, 0, 0) ROW(line, nsec, 8, 8) ROW(line, rise, 16, 16)
        ROW(stretch, first, 0, 0) ROW(stretch, ticks, 128, 124) ROW(stretch, period, 136, 132)
        ROW(stretch, maxerror_rate, 144, 140) ROW(stretch, up, 152, 148) ROW(stretch, has_lines, 153, 149)
        ROW(stretch, earliest, 160, 152) ROW(stretch, latest, 184, 176) ROW(smeared, utc, 0, 0)
        ROW(smeared, has_utc, 16, 12) ROW(smeared, leap_second, 17, 13) ROW(smeared, smeared, 18, 14)
        ROW(smeared, smearing, 19, 15) ROW(guard, time, 0, 0) ROW(guard, disruption_marker, 16, 16)
        ROW(guard, vm_generation_counter, 24, 24) ROW(guard, monotonic, 32, 32) ROW(guard, has_generation, 33, 33)
        ROW(guard, time_type, 34, 34) ROW(device, fd, 0, 0) ROW(device, len, 8, 4) ROW(device, page, 16, 8)
        ROW(device, offset, 24, 12) ROW(memo, reading, 0, 0) ROW(memo, page, 128, 124) ROW(memo, len, 136, 128)
        ROW(memo, attempts, 144, 132) ROW(memo, flags, 148, 136) ROW(memo, snapshot, 152, 140)
        ROW(memo, clock, 280, 264) ROW(memo, stretch, 376, 360) ROW(system_offset, reading, 0, 0)
        ROW(system_offset, has_offset, 128, 124) ROW(system_offset, behind, 129, 125)
        ROW(system_offset, within_bounds, 130, 126) ROW(system_offset, offset, 136, 128)
        ROW(system_offset, error, 152, 140) ROW(writer, fd, 0, 0) ROW(writer, len, 8, 4) ROW(writer, page, 16, 8)
        ROW(segment, offset, 0, 0) ROW(segment, len, 8, 8) ROW(segment, physical, 16, 16)
        ROW(segment, has_physical, 24, 24) ROW(image, format, 0, 0) ROW(image, faults, 4, 4)
        ROW(image, segments, 8, 8) ROW(image, count, 16, 12) ROW(search_hit, offset, 0, 0)
        ROW(search_hit, physical, 8, 8) ROW(search_hit, has_physical, 16, 16) ROW(search_hit, has_header, 17, 17)
        ROW(search_hit, bytes, 20, 20) ROW(search_hit, header, 24, 24) ROW(search_hit, view, 40, 40)
        ROW(search_hit, error, 56, 48) ROW(search_calls, context, 16, 8) ROW(search, fd, 0, 0)
        ROW(search, is_own, 4, 4) ROW(search, is_stream, 5, 5) ROW(search, has_ended, 6, 6) ROW(search, start, 8, 8)
        ROW(search, size, 16, 16) ROW(search, buf, 24, 24) ROW(search, have, 32, 28) ROW(search, failed, 40, 32)
        ROW(search, calls, 48, 36) ROW(search, image, 56, 40)
        /* clang-format on */
#undef ROW
    };

    expect_pinned(rows, sizeof rows / sizeof *rows);
}

static void enumerators_have_their_numbers(void)
{
    static const struct {
        const char *name;
        unsigned actual, number;
    } rows[] = {
#define ROW(name, number) {#name, (unsigned)VMCLOCK_##name, number},
        /* clang-format off */
        ROW(FIELD_NONE, 0) ROW(FIELD_MAGIC, 1) ROW(FIELD_SIZE, 2) ROW(FIELD_VERSION, 3) ROW(FIELD_COUNTER_ID, 4)
        ROW(FIELD_TIME_TYPE, 5) ROW(FIELD_SEQ_COUNT, 6) ROW(FIELD_DISRUPTION_MARKER, 7) ROW(FIELD_FLAGS, 8)
        ROW(FIELD_PAD, 9) ROW(FIELD_CLOCK_STATUS, 10) ROW(FIELD_LEAP_SECOND_SMEARING_HINT, 11)
        ROW(FIELD_TAI_OFFSET_SEC, 12) ROW(FIELD_LEAP_INDICATOR, 13) ROW(FIELD_COUNTER_PERIOD_SHIFT, 14)
        ROW(FIELD_COUNTER_VALUE, 15) ROW(FIELD_COUNTER_PERIOD_FRAC_SEC, 16)
        ROW(FIELD_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, 17) ROW(FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 18)
        ROW(FIELD_TIME_SEC, 19) ROW(FIELD_TIME_FRAC_SEC, 20) ROW(FIELD_TIME_ESTERROR_NANOSEC, 21)
        ROW(FIELD_TIME_MAXERROR_NANOSEC, 22) ROW(FIELD_VM_GENERATION_COUNTER, 23) ROW(VALUES_NONE, 0)
        ROW(VALUES_COUNTER, 1) ROW(VALUES_TIME, 2) ROW(VALUES_STATUS, 3) ROW(VALUES_SMEARING, 4) ROW(VALUES_LEAP, 5)
        ROW(VALUES_FLAG, 6) ROW(SCOPE_FIXED, 0) ROW(SCOPE_SEQ, 1) ROW(SCOPE_GUARDED, 2) ROW(OK, 0)
        ROW(ERR_SYSCALL, 1) ROW(ERR_SEGMENT_NOT_INITIALIZED, 2) ROW(ERR_SEGMENT_MALFORMED, 3)
        ROW(ERR_CAUSALITY_BREACH, 4) ROW(ERR_SEGMENT_VERSION_NOT_SUPPORTED, 5) ROW(REASON_NONE, 0)
        ROW(REASON_OPEN_FAILED, 1) ROW(REASON_READ_FAILED, 2) ROW(REASON_MAP_FAILED, 3) ROW(REASON_WAIT_FAILED, 4)
        ROW(REASON_EMPTY, 5) ROW(REASON_TRUNCATED, 6) ROW(REASON_MAGIC_BYTE_SWAPPED, 7) ROW(REASON_BAD_MAGIC, 8)
        ROW(REASON_VERSION_ZERO, 9) ROW(REASON_SIZE_TOO_SMALL, 10) ROW(REASON_VERSION_UNSUPPORTED, 11)
        ROW(REASON_SIZE_EXCEEDS_REGION, 12) ROW(REASON_UPDATE_STALLED, 13) ROW(REASON_UPDATE_TOO_FAST, 14)
        ROW(REASON_REGION_MISALIGNED, 15) ROW(REASON_TIME_WENT_BACKWARDS, 16) ROW(REASON_FIELD_ABSENT, 17)
        ROW(REASON_NO_COUNTER, 18) ROW(REASON_CLOCK_NOT_READY, 19) ROW(REASON_FOREIGN_COUNTER, 20)
        ROW(REASON_TIME_OUT_OF_RANGE, 21) ROW(REASON_WRITE_FAILED, 22) ROW(ALLOW_TRUNCATED, 1) ROW(ABSENT, 0)
        ROW(UNANNOUNCED, 1) ROW(MEANINGFUL, 2) ROW(SCAN_ALL, 1) ROW(UNCHANGED, 0) ROW(UPDATED, 1) ROW(DISRUPTED, 2)
        ROW(RESTORED, 3) ROW(UNSURE, 4) ROW(NOTICE, 1) ROW(WARNING, 2) ROW(FINDING_SIZE_NOT_PAGE, 0)
        ROW(FINDING_UNKNOWN_COUNTER_ID, 1) ROW(FINDING_UNKNOWN_TIME_TYPE, 2) ROW(FINDING_SMEARED_TIME_TYPE, 3)
        ROW(FINDING_UTC_TIME_TYPE, 4) ROW(FINDING_SEQ_COUNT_ZERO, 5) ROW(FINDING_UPDATE_IN_PROGRESS, 6)
        ROW(FINDING_DISRUPTION_ANNOUNCED, 7) ROW(FINDING_UNKNOWN_FLAGS, 8) ROW(FINDING_AMBIGUOUS_FLAG_BITS, 9)
        ROW(FINDING_FLAGGED_FIELD_ABSENT, 10) ROW(FINDING_PADDING_NOT_ZERO, 11) ROW(FINDING_UNKNOWN_CLOCK_STATUS, 12)
        ROW(FINDING_STATUS_WITHOUT_COUNTER, 13) ROW(FINDING_UNKNOWN_SMEARING_HINT, 14)
        ROW(FINDING_TAI_OFFSET_MISSING, 15) ROW(FINDING_TAI_OFFSET_SIGN, 16) ROW(FINDING_TAI_OFFSET_SUSPICIOUS, 17)
        ROW(FINDING_UNKNOWN_LEAP_INDICATOR, 18) ROW(FINDING_PERIOD_SHIFT_UNDEFINED, 19) ROW(FINDING_PERIOD_ZERO, 20)
        ROW(FINDING_PERIOD_IMPLAUSIBLE, 21) ROW(FINDING_ESTERROR_EXCEEDS_MAXERROR, 22)
        ROW(FINDING_DATA_PAST_STRUCTURE, 23) ROW(TRANSITION_FIXED_FIELD_CHANGED, 0)
        ROW(TRANSITION_CHANGED_WITHOUT_SEQUENCE, 1) ROW(TRANSITION_SEQUENCE_BACKWARDS, 2)
        ROW(TRANSITION_MARKER_BACKWARDS, 3) ROW(TRANSITION_RESTORED_WITHOUT_DISRUPTION, 4)
        ROW(TRANSITION_CAPABILITY_WITHDRAWN, 5) ROW(TRANSITION_MONOTONIC_WITHDRAWN, 6)
        ROW(TRANSITION_TAI_OFFSET_CHANGED, 7) ROW(TRANSITION_COUNTER_BACKWARDS, 8)
        ROW(TRANSITION_TIME_STEPPED_BACK, 9) ROW(TRANSITION_BOUNDS_DISJOINT, 10) ROW(CONVERT_FORCE, 1)
        ROW(WRITER_FORCE, 1) ROW(IMAGE_RAW, 0) ROW(IMAGE_ELF_CORE, 1) ROW(IMAGE_LIME, 2) ROW(IMAGE_KDUMP, 3)
        ROW(IMAGE_FLATTENED, 4) ROW(IMAGE_MIGRATION, 5)
        ROW(SEARCH_TWO_THREADS, 2)
        /* clang-format on */
#undef ROW
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        EQ_IN(rows[i].name, rows[i].actual, rows[i].number);
}

static void booleans_are_a_byte_and_enums_an_int(void)
{
    /* Bindings and other compilers see booleans as one byte, and enums as int. */
    EQ(sizeof(bool), 1);
    EQ(sizeof(enum vmclock_err), 4);
    EQ(sizeof(enum vmclock_field), 4);
    EQ(sizeof(enum vmclock_change), 4);
    EQ(sizeof(enum vmclock_presence), 4);
}

SUITE(abi) = {
    {"sizes of structs are those of the ABI", sizes_of_structs_are_those_of_the_abi},
    {"members are where the ABI has them", members_are_where_the_abi_has_them},
    {"enumerators have their numbers", enumerators_have_their_numbers},
    {"booleans are a byte and enums an int", booleans_are_a_byte_and_enums_an_int},
    CU_TEST_INFO_NULL,
};
