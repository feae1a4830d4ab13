/* SPDX-License-Identifier: BSD-2-Clause */
/* THE table of reasons: why a page, a file or a conversion was refused. vmclock.h includes it. */
#ifndef VMCLOCK_ERRORS_H
#define VMCLOCK_ERRORS_H

/* X(NAME, number, ClockBound's name): the variants of its ShmError. The numbers never change. */
#define VMCLOCK_ERRS(X)                                                 \
    X(SYSCALL, 1, "SyscallError")                                       \
    X(SEGMENT_NOT_INITIALIZED, 2, "SegmentNotInitialized")              \
    X(SEGMENT_MALFORMED, 3, "SegmentMalformed")                         \
    X(CAUSALITY_BREACH, 4, "CausalityBreach")                           \
    X(SEGMENT_VERSION_NOT_SUPPORTED, 5, "SegmentVersionNotSupported")

/*
 * X(NAME, number, id, kind, which numbers say something, sentence)
 * Numbers and ids never change and are never used again for something else. The numbers that say something: NEITHER,
 * ACTUAL, or BOTH the expected and the actual one.
 */
/* clang-format off */
#define VMCLOCK_REASONS(X) \
    X(OPEN_FAILED, 1, "open-failed", SYSCALL, NEITHER, "cannot be opened") \
    X(READ_FAILED, 2, "read-failed", SYSCALL, NEITHER, "cannot be read") \
    X(MAP_FAILED, 3, "map-failed", SYSCALL, NEITHER, "cannot be mapped") \
    X(WAIT_FAILED, 4, "wait-failed", SYSCALL, NEITHER, "waiting for a change failed") \
    X(EMPTY, 5, "empty", SEGMENT_NOT_INITIALIZED, BOTH, "the region has no bytes") \
    X(TRUNCATED, 6, "truncated", SEGMENT_MALFORMED, BOTH, "the region ends inside the part that every page has") \
    X(MAGIC_BYTE_SWAPPED, 7, "magic-byte-swapped", SEGMENT_MALFORMED, BOTH, \
      "the page was written in big-endian byte order") \
    X(BAD_MAGIC, 8, "bad-magic", SEGMENT_MALFORMED, BOTH, "this is not a VMClock page") \
    X(VERSION_ZERO, 9, "version-zero", SEGMENT_NOT_INITIALIZED, BOTH, "its writer has not initialised the page yet") \
    X(SIZE_TOO_SMALL, 10, "size-too-small", SEGMENT_MALFORMED, BOTH, \
      "the page claims to end before the part that every page has") \
    X(VERSION_UNSUPPORTED, 11, "version-unsupported", SEGMENT_VERSION_NOT_SUPPORTED, BOTH, \
      "the layout of this version is not known") \
    X(SIZE_EXCEEDS_REGION, 12, "size-exceeds-region", SEGMENT_MALFORMED, BOTH, \
      "the page claims more bytes than the region has") \
    X(UPDATE_STALLED, 13, "update-stalled", SEGMENT_NOT_INITIALIZED, ACTUAL, "an update was begun and not ended") \
    X(UPDATE_TOO_FAST, 14, "update-too-fast", SEGMENT_NOT_INITIALIZED, ACTUAL, \
      "the page changed during every attempt to read it") \
    X(REGION_MISALIGNED, 15, "region-misaligned", SEGMENT_MALFORMED, BOTH, "a live page must be aligned to 8 bytes") \
    X(TIME_WENT_BACKWARDS, 16, "time-went-backwards", CAUSALITY_BREACH, BOTH, \
      "the clock would run backwards though it is declared monotonic") \
    X(FIELD_ABSENT, 17, "field-absent", SEGMENT_MALFORMED, BOTH, "the page ends before a field that is needed") \
    X(NO_COUNTER, 18, "no-counter", SEGMENT_NOT_INITIALIZED, ACTUAL, "the page has no clock data") \
    X(CLOCK_NOT_READY, 19, "clock-not-ready", SEGMENT_NOT_INITIALIZED, ACTUAL, \
      "the clock data may not be relied on in this status") \
    X(FOREIGN_COUNTER, 20, "foreign-counter", SEGMENT_NOT_INITIALIZED, BOTH, \
      "the clock data is about a counter that this machine does not have") \
    X(TIME_OUT_OF_RANGE, 21, "time-out-of-range", SEGMENT_MALFORMED, NEITHER, \
      "the time is below 0 or beyond 64 bits of seconds") \
    X(WRITE_FAILED, 22, "write-failed", SYSCALL, NEITHER, "cannot be written")
/* clang-format on */

#endif
