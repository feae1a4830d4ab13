/* SPDX-License-Identifier: BSD-2-Clause */
/* THE table of transitions: what a writer should not do between two states of a page, in the order of reporting.
 * vmclock.h includes it. */
#ifndef VMCLOCK_TRANSITIONS_H
#define VMCLOCK_TRANSITIONS_H

/*
 * X(NAME, name, number, id, severity, field, sentence)
 * Numbers and ids never change and are never used again for something else. The field is NONE where it depends.
 */
/* clang-format off */
#define VMCLOCK_TRANSITIONS(X) \
    X(FIXED_FIELD_CHANGED, fixed_field_changed, 0, "fixed-field-changed", WARNING, NONE, \
      "it is constant for the life of the page (UAPI.13)") \
    X(CHANGED_WITHOUT_SEQUENCE, changed_without_sequence, 1, "changed-without-sequence", WARNING, NONE, \
      "seq_count stayed as it was, so a reader may have taken a mix for one state") \
    X(SEQUENCE_BACKWARDS, sequence_backwards, 2, "sequence-backwards", NOTICE, SEQ_COUNT, \
      "an older state was loaded, or the page was made anew; \"unchanged since\" is not to be relied on across it") \
    X(MARKER_BACKWARDS, marker_backwards, 3, "marker-backwards", NOTICE, DISRUPTION_MARKER, \
      "an older state was loaded, or the page was made anew; compare it for equality only") \
    X(RESTORED_WITHOUT_DISRUPTION, restored_without_disruption, 4, "restored-without-disruption", WARNING, \
      VM_GENERATION_COUNTER, \
      "disruption_marker stayed as it was, so readers of it alone miss that the counter was disrupted") \
    X(CAPABILITY_WITHDRAWN, capability_withdrawn, 5, "capability-withdrawn", NOTICE, FLAGS, \
      "readers that decided once are now deaf") \
    X(MONOTONIC_WITHDRAWN, monotonic_withdrawn, 6, "monotonic-withdrawn", NOTICE, FLAGS, \
      "TIME_MONOTONIC is clear, but readers were promised that time does not step back") \
    X(TAI_OFFSET_CHANGED, tai_offset_changed, 7, "tai-offset-changed", WARNING, TAI_OFFSET_SEC, \
      "it changes only with a leap second, by one, and leap_indicator announces that") \
    X(COUNTER_BACKWARDS, counter_backwards, 8, "counter-backwards", NOTICE, COUNTER_VALUE, \
      "this calibration is older than the last") \
    X(TIME_STEPPED_BACK, time_stepped_back, 9, "time-stepped-back", WARNING, TIME_SEC, \
      "whoever asked just before and just after saw time run backwards, at the new counter_value") \
    X(BOUNDS_DISJOINT, bounds_disjoint, 10, "bounds-disjoint", WARNING, TIME_MAXERROR_NANOSEC, \
      "one of the two states lied about its error: at the new counter_value their bounds lie apart")
/* clang-format on */

#endif
