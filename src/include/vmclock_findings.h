/* SPDX-License-Identifier: BSD-2-Clause */
/* THE table of findings: what a valid page can still get wrong, in the order of reporting. vmclock.h includes it. */
#ifndef VMCLOCK_FINDINGS_H
#define VMCLOCK_FINDINGS_H

/*
 * X(NAME, number, id, severity, field, sentence)
 * Numbers and ids never change and are never used again for something else; a number is also the bit in the set.
 */
/* clang-format off */
#define VMCLOCK_FINDINGS(X) \
    X(SIZE_NOT_PAGE, 0, "size-not-page", NOTICE, SIZE, \
      "it is not a whole number of 4096-byte pages, and Linux makes no device for a region under a page") \
    X(UNKNOWN_COUNTER_ID, 1, "unknown-counter-id", WARNING, COUNTER_ID, "UAPI.13 knows no such counter") \
    X(UNKNOWN_TIME_TYPE, 2, "unknown-time-type", WARNING, TIME_TYPE, "the uapi header knows no such timescale") \
    X(SMEARED_TIME_TYPE, 3, "smeared-time-type", WARNING, TIME_TYPE, "UAPI.13: a VMClock is never smeared") \
    X(UTC_TIME_TYPE, 4, "utc-time-type", NOTICE, TIME_TYPE, \
      "UAPI.13 does not recommend UTC, which is ambiguous around leap seconds, but TAI with an offset") \
    X(SEQ_COUNT_ZERO, 5, "seq-count-zero", NOTICE, SEQ_COUNT, \
      "the page was never updated; ClockBound 2.0 answers such a page with a body of zeros") \
    X(UPDATE_IN_PROGRESS, 6, "update-in-progress", WARNING, SEQ_COUNT, \
      "an update was under way, every field after it may be torn") \
    X(DISRUPTION_ANNOUNCED, 7, "disruption-announced", NOTICE, FLAGS, \
      "maintenance of the host is expected within about") \
    X(UNKNOWN_FLAGS, 8, "unknown-flags", NOTICE, FLAGS, "bits that this version does not know and ignores") \
    X(AMBIGUOUS_FLAG_BITS, 9, "ambiguous-flag-bits", NOTICE, FLAGS, \
      "bit 7 without bit 9: TIME_MONOTONIC, or VM_GEN_COUNTER_PRESENT by a writer made from UAPI.13 1.0") \
    X(FLAGGED_FIELD_ABSENT, 10, "flagged-field-absent", WARNING, FLAGS, \
      "a flag promises a field that size leaves out") \
    X(PADDING_NOT_ZERO, 11, "padding-not-zero", NOTICE, PAD, "reserved bytes carry data") \
    X(UNKNOWN_CLOCK_STATUS, 12, "unknown-clock-status", WARNING, CLOCK_STATUS, \
      "the uapi header knows no such status; a reader that casts it to an enum is undefined") \
    X(STATUS_WITHOUT_COUNTER, 13, "status-without-counter", NOTICE, CLOCK_STATUS, \
      "a good status, but counter_id is INVALID, so there is no counter to convert") \
    X(UNKNOWN_SMEARING_HINT, 14, "unknown-smearing-hint", NOTICE, LEAP_SECOND_SMEARING_HINT, \
      "the uapi header knows no such hint") \
    X(TAI_OFFSET_MISSING, 15, "tai-offset-missing", NOTICE, TAI_OFFSET_SEC, \
      "TAI_OFFSET_VALID is clear, so UTC and TAI cannot be told apart") \
    X(TAI_OFFSET_SIGN, 16, "tai-offset-sign", WARNING, TAI_OFFSET_SEC, \
      "it is negative today (UTC = TAI + tai_offset_sec); a reader that trusts this sign is off by twice the value") \
    X(TAI_OFFSET_SUSPICIOUS, 17, "tai-offset-suspicious", WARNING, TAI_OFFSET_SEC, \
      "TAI has been 10 to 37 s ahead of UTC since 1972") \
    X(UNKNOWN_LEAP_INDICATOR, 18, "unknown-leap-indicator", WARNING, LEAP_INDICATOR, \
      "the uapi header knows no such indicator") \
    X(PERIOD_SHIFT_UNDEFINED, 19, "period-shift-undefined", WARNING, COUNTER_PERIOD_SHIFT, \
      "Linux shifts a 128-bit value by it unchecked, which is undefined from 128 on") \
    X(PERIOD_ZERO, 20, "period-zero", WARNING, COUNTER_PERIOD_FRAC_SEC, "time would stand still") \
    X(PERIOD_IMPLAUSIBLE, 21, "period-implausible", NOTICE, COUNTER_PERIOD_FRAC_SEC, \
      "the counter would run below 1 MHz or above 100 GHz; the shift is probably wrong") \
    X(ESTERROR_EXCEEDS_MAXERROR, 22, "esterror-exceeds-maxerror", WARNING, NONE, \
      "an estimated error cannot exceed the maximum error") \
    X(DATA_PAST_STRUCTURE, 23, "data-past-structure", NOTICE, NONE, \
      "an extension that this version does not know, or stale memory handed to the guest")
/* clang-format on */

#endif
