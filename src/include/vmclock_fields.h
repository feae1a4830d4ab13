/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * THE table of the page's fields, and the numbers of the Linux uapi header <linux/vmclock-abi.h>.
 * This is the only place where an offset is written; everything else derives from it. vmclock.h includes it.
 */
#ifndef VMCLOCK_FIELDS_H
#define VMCLOCK_FIELDS_H

/*
 * The uapi header's own names. Guarded and token-identical to the kernel's, so that both headers fit into one
 * translation unit in either order.
 */
#ifndef VMCLOCK_MAGIC
#define VMCLOCK_MAGIC 0x4b4c4356
#endif
#ifndef VMCLOCK_COUNTER_INVALID
#define VMCLOCK_COUNTER_ARM_VCNT 0
#define VMCLOCK_COUNTER_X86_TSC 1
#define VMCLOCK_COUNTER_INVALID 0xff
#endif
#ifndef VMCLOCK_TIME_UTC
#define VMCLOCK_TIME_UTC 0
#define VMCLOCK_TIME_TAI 1
#define VMCLOCK_TIME_MONOTONIC 2
#define VMCLOCK_TIME_INVALID_SMEARED 3
#define VMCLOCK_TIME_INVALID_MAYBE_SMEARED 4
#endif
#ifndef VMCLOCK_FLAG_TAI_OFFSET_VALID
#define VMCLOCK_FLAG_TAI_OFFSET_VALID (1 << 0)
#define VMCLOCK_FLAG_DISRUPTION_SOON (1 << 1)
#define VMCLOCK_FLAG_DISRUPTION_IMMINENT (1 << 2)
#define VMCLOCK_FLAG_PERIOD_ESTERROR_VALID (1 << 3)
#define VMCLOCK_FLAG_PERIOD_MAXERROR_VALID (1 << 4)
#define VMCLOCK_FLAG_TIME_ESTERROR_VALID (1 << 5)
#define VMCLOCK_FLAG_TIME_MAXERROR_VALID (1 << 6)
#define VMCLOCK_FLAG_TIME_MONOTONIC (1 << 7)
#endif
/* Each of these two came to the kernel's header later than the rest of its family. */
#ifndef VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT
#define VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT (1 << 8)
#endif
#ifndef VMCLOCK_FLAG_NOTIFICATION_PRESENT
#define VMCLOCK_FLAG_NOTIFICATION_PRESENT (1 << 9)
#endif
#ifndef VMCLOCK_STATUS_UNKNOWN
#define VMCLOCK_STATUS_UNKNOWN 0
#define VMCLOCK_STATUS_INITIALIZING 1
#define VMCLOCK_STATUS_SYNCHRONIZED 2
#define VMCLOCK_STATUS_FREERUNNING 3
#define VMCLOCK_STATUS_UNRELIABLE 4
#endif
#ifndef VMCLOCK_SMEARING_STRICT
#define VMCLOCK_SMEARING_STRICT 0
#define VMCLOCK_SMEARING_NOON_LINEAR 1
#define VMCLOCK_SMEARING_UTC_SLS 2
#endif
#ifndef VMCLOCK_LEAP_NONE
#define VMCLOCK_LEAP_NONE 0x00
#define VMCLOCK_LEAP_PRE_POS 0x01
#define VMCLOCK_LEAP_PRE_NEG 0x02
#define VMCLOCK_LEAP_POS 0x03
#define VMCLOCK_LEAP_POST_POS 0x04
#define VMCLOCK_LEAP_POST_NEG 0x05
#endif

/* Names of values: X(family, name); the number is the uapi macro VMCLOCK_<family>_<name>. Flags lowest bit first. */
#define VMCLOCK_VALUES(X)              \
    X(COUNTER, ARM_VCNT)               \
    X(COUNTER, X86_TSC)                \
    X(COUNTER, INVALID)                \
    X(TIME, UTC)                       \
    X(TIME, TAI)                       \
    X(TIME, MONOTONIC)                 \
    X(TIME, INVALID_SMEARED)           \
    X(TIME, INVALID_MAYBE_SMEARED)     \
    X(STATUS, UNKNOWN)                 \
    X(STATUS, INITIALIZING)            \
    X(STATUS, SYNCHRONIZED)            \
    X(STATUS, FREERUNNING)             \
    X(STATUS, UNRELIABLE)              \
    X(SMEARING, STRICT)                \
    X(SMEARING, NOON_LINEAR)           \
    X(SMEARING, UTC_SLS)               \
    X(LEAP, NONE)                      \
    X(LEAP, PRE_POS)                   \
    X(LEAP, PRE_NEG)                   \
    X(LEAP, POS)                       \
    X(LEAP, POST_POS)                  \
    X(LEAP, POST_NEG)                  \
    X(FLAG, TAI_OFFSET_VALID)          \
    X(FLAG, DISRUPTION_SOON)           \
    X(FLAG, DISRUPTION_IMMINENT)       \
    X(FLAG, PERIOD_ESTERROR_VALID)     \
    X(FLAG, PERIOD_MAXERROR_VALID)     \
    X(FLAG, TIME_ESTERROR_VALID)       \
    X(FLAG, TIME_MAXERROR_VALID)       \
    X(FLAG, TIME_MONOTONIC)            \
    X(FLAG, VM_GEN_COUNTER_PRESENT)    \
    X(FLAG, NOTIFICATION_PRESENT)

/*
 * Rows in page order:
 * X(NAME, uapi name, offset, C type, scope, flag that announces it (0: none), family of its values, sentence)
 * Scope: FIXED by the specification, the SEQ counter itself, or GUARDED by it. All fields are little-endian.
 */
/* clang-format off */
#define VMCLOCK_FIELDS(X) \
    X(MAGIC, magic, 0x00, uint32_t, FIXED, 0, NONE, \
      "Identifies a VMClock page: the bytes V C L K.") \
    X(SIZE, size, 0x04, uint32_t, FIXED, 0, NONE, \
      "Size of the region that holds the structure, as its writer claims.") \
    X(VERSION, version, 0x08, uint16_t, FIXED, 0, NONE, \
      "Version of the layout: 1.") \
    X(COUNTER_ID, counter_id, 0x0a, uint8_t, FIXED, 0, COUNTER, \
      "The CPU counter that the clock data is about.") \
    X(TIME_TYPE, time_type, 0x0b, uint8_t, FIXED, 0, TIME, \
      "The timescale of time_sec.") \
    X(SEQ_COUNT, seq_count, 0x0c, uint32_t, SEQ, 0, NONE, \
      "Counts updates; odd while one is in progress.") \
    X(DISRUPTION_MARKER, disruption_marker, 0x10, uint64_t, GUARDED, 0, NONE, \
      "Changes when the counter may have been disrupted, as by live migration.") \
    X(FLAGS, flags, 0x18, uint64_t, GUARDED, 0, FLAG, \
      "Says which other fields mean something.") \
    X(PAD, pad, 0x20, uint16_t, GUARDED, 0, NONE, \
      "Reserved: two zero bytes.") \
    X(CLOCK_STATUS, clock_status, 0x22, uint8_t, GUARDED, 0, STATUS, \
      "How far the clock data may be relied on.") \
    X(LEAP_SECOND_SMEARING_HINT, leap_second_smearing_hint, 0x23, uint8_t, GUARDED, 0, SMEARING, \
      "How the neighbourhood smears leap seconds, for a guest that wants to.") \
    X(TAI_OFFSET_SEC, tai_offset_sec, 0x24, int16_t, GUARDED, VMCLOCK_FLAG_TAI_OFFSET_VALID, NONE, \
      "Offset from TAI to UTC in seconds: -37 today.") \
    X(LEAP_INDICATOR, leap_indicator, 0x26, uint8_t, GUARDED, 0, LEAP, \
      "A leap second near the reference time.") \
    X(COUNTER_PERIOD_SHIFT, counter_period_shift, 0x27, uint8_t, GUARDED, 0, NONE, \
      "Makes the unit of the three period fields 2^-(64 + shift) s.") \
    X(COUNTER_VALUE, counter_value, 0x28, uint64_t, GUARDED, 0, NONE, \
      "The counter at the reference time.") \
    X(COUNTER_PERIOD_FRAC_SEC, counter_period_frac_sec, 0x30, uint64_t, GUARDED, 0, NONE, \
      "Duration of one tick of the counter.") \
    X(COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, counter_period_esterror_rate_frac_sec, 0x38, uint64_t, GUARDED, \
      VMCLOCK_FLAG_PERIOD_ESTERROR_VALID, NONE, "Estimated error of that duration.") \
    X(COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, counter_period_maxerror_rate_frac_sec, 0x40, uint64_t, GUARDED, \
      VMCLOCK_FLAG_PERIOD_MAXERROR_VALID, NONE, "Maximum error of that duration.") \
    X(TIME_SEC, time_sec, 0x48, uint64_t, GUARDED, 0, NONE, \
      "The reference time: whole seconds since the epoch of time_type.") \
    X(TIME_FRAC_SEC, time_frac_sec, 0x50, uint64_t, GUARDED, 0, NONE, \
      "The reference time: the rest, in 2^-64 s.") \
    X(TIME_ESTERROR_NANOSEC, time_esterror_nanosec, 0x58, uint64_t, GUARDED, \
      VMCLOCK_FLAG_TIME_ESTERROR_VALID, NONE, "Estimated error of the reference time.") \
    X(TIME_MAXERROR_NANOSEC, time_maxerror_nanosec, 0x60, uint64_t, GUARDED, \
      VMCLOCK_FLAG_TIME_MAXERROR_VALID, NONE, "Maximum error of the reference time.") \
    X(VM_GENERATION_COUNTER, vm_generation_counter, 0x68, uint64_t, GUARDED, \
      VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT, NONE, "Changes when the VM is restored from a snapshot or cloned.")
/* clang-format on */

#endif
