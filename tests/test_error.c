/* SPDX-License-Identifier: BSD-2-Clause */
/* Kinds and reasons: frozen numbers and names, the table's rows, how an error is filled in and written. */
#include "suite.h"

#include <limits.h>

#include "error.h"

static const struct {
    int number;
    const char *name;
} kinds[] = {
    {0, "Ok"},
    {1, "SyscallError"},
    {2, "SegmentNotInitialized"},
    {3, "SegmentMalformed"},
    {4, "CausalityBreach"},
    {5, "SegmentVersionNotSupported"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

enum { NEITHER, ACTUAL, BOTH };

static const struct {
    int number;
    const char *name;
    int kind;
    int numbers; /* which of expected and actual say something */
    const char *sentence;
} reasons[] = {
    {0, "none", 0, NEITHER, "no error"},
    {1, "open-failed", 1, NEITHER, "cannot be opened"},
    {2, "read-failed", 1, NEITHER, "cannot be read"},
    {3, "map-failed", 1, NEITHER, "cannot be mapped"},
    {4, "wait-failed", 1, NEITHER, "waiting for a change failed"},
    {5, "empty", 2, BOTH, "the region has no bytes"},
    {6, "truncated", 3, BOTH, "the region ends inside the part that every page has"},
    {7, "magic-byte-swapped", 3, BOTH, "the page was written in big-endian byte order"},
    {8, "bad-magic", 3, BOTH, "this is not a VMClock page"},
    {9, "version-zero", 2, BOTH, "its writer has not initialised the page yet"},
    {10, "size-too-small", 3, BOTH, "the page claims to end before the part that every page has"},
    {11, "version-unsupported", 5, BOTH, "the layout of this version is not known"},
    {12, "size-exceeds-region", 3, BOTH, "the page claims more bytes than the region has"},
    {13, "update-stalled", 2, ACTUAL, "an update was begun and not ended"},
    {14, "update-too-fast", 2, ACTUAL, "the page changed during every attempt to read it"},
    {15, "region-misaligned", 3, BOTH, "a live page must be aligned to 8 bytes"},
    {16, "time-went-backwards", 4, BOTH, "the clock would run backwards though it is declared monotonic"},
    {17, "field-absent", 3, BOTH, "the page ends before a field that is needed"},
    {18, "no-counter", 2, ACTUAL, "the page has no clock data"},
    {19, "clock-not-ready", 2, ACTUAL, "the clock data may not be relied on in this status"},
    {20, "foreign-counter", 2, BOTH, "the clock data is about a counter that this machine does not have"},
    {21, "time-out-of-range", 3, NEITHER, "the time is below 0 or beyond 64 bits of seconds"},
    {22, "write-failed", 1, NEITHER, "cannot be written"},
};
enum { REASONS = sizeof reasons / sizeof *reasons };

static const int no_reason[] = {-1, INT_MIN, REASONS, REASONS + 1, 255, 256, INT_MAX};

static size_t whole(const void *err, char *buf, size_t cap)
{
    return vmclock_error_format(err, buf, cap);
}
static size_t expected_alone(const void *err, char *buf, size_t cap)
{
    return vmclock_error_format_expected(err, buf, cap);
}
static size_t actual_alone(const void *err, char *buf, size_t cap)
{
    return vmclock_error_format_actual(err, buf, cap);
}

static void numbers_of_kinds_are_frozen(void)
{
    EQ(VMCLOCK_OK, 0);
    EQ(VMCLOCK_ERR_SYSCALL, 1);
    EQ(VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, 2);
    EQ(VMCLOCK_ERR_SEGMENT_MALFORMED, 3);
    EQ(VMCLOCK_ERR_CAUSALITY_BREACH, 4);
    EQ(VMCLOCK_ERR_SEGMENT_VERSION_NOT_SUPPORTED, 5);
    EQ(VMCLOCK_ERR_END, 6);
}

static void numbers_of_reasons_are_frozen(void)
{
    EQ(VMCLOCK_REASON_NONE, 0);
    EQ(VMCLOCK_REASON_OPEN_FAILED, 1);
    EQ(VMCLOCK_REASON_READ_FAILED, 2);
    EQ(VMCLOCK_REASON_MAP_FAILED, 3);
    EQ(VMCLOCK_REASON_WAIT_FAILED, 4);
    EQ(VMCLOCK_REASON_EMPTY, 5);
    EQ(VMCLOCK_REASON_TRUNCATED, 6);
    EQ(VMCLOCK_REASON_MAGIC_BYTE_SWAPPED, 7);
    EQ(VMCLOCK_REASON_BAD_MAGIC, 8);
    EQ(VMCLOCK_REASON_VERSION_ZERO, 9);
    EQ(VMCLOCK_REASON_SIZE_TOO_SMALL, 10);
    EQ(VMCLOCK_REASON_VERSION_UNSUPPORTED, 11);
    EQ(VMCLOCK_REASON_SIZE_EXCEEDS_REGION, 12);
    EQ(VMCLOCK_REASON_UPDATE_STALLED, 13);
    EQ(VMCLOCK_REASON_UPDATE_TOO_FAST, 14);
    EQ(VMCLOCK_REASON_REGION_MISALIGNED, 15);
    EQ(VMCLOCK_REASON_TIME_WENT_BACKWARDS, 16);
    EQ(VMCLOCK_REASON_FIELD_ABSENT, 17);
    EQ(VMCLOCK_REASON_NO_COUNTER, 18);
    EQ(VMCLOCK_REASON_CLOCK_NOT_READY, 19);
    EQ(VMCLOCK_REASON_FOREIGN_COUNTER, 20);
    EQ(VMCLOCK_REASON_TIME_OUT_OF_RANGE, 21);
    EQ(VMCLOCK_REASON_WRITE_FAILED, 22);
    EQ(VMCLOCK_REASON_END, REASONS);
}

static void kinds_have_the_names_of_clockbound(void)
{
    static const int wrong[] = {-1, INT_MIN, KINDS, KINDS + 1, INT_MAX};

    for (unsigned i = 0; i < KINDS; i++)
        TEXT(vmclock_err_name((enum vmclock_err)kinds[i].number), kinds[i].name);
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CU_ASSERT_PTR_NULL(vmclock_err_name((enum vmclock_err)wrong[i]));
}

static void reasons_have_their_name_and_kind_and_a_sentence_of_their_own(void)
{
    for (unsigned i = 0; i < REASONS; i++) {
        const enum vmclock_reason reason = (enum vmclock_reason)reasons[i].number;
        const char *sentence = vmclock_reason_sentence(reason);

        TEXT(vmclock_reason_name(reason), reasons[i].name);
        EQ_IN(reasons[i].name, vmclock_reason_kind(reason), reasons[i].kind);
        CU_ASSERT_PTR_NOT_NULL_FATAL(sentence);
        TEXT_IN(reasons[i].name, sentence, reasons[i].sentence);
        for (unsigned other = 0; other < i; other++)
            HOLDS_IN(reasons[i].name, strcmp(sentence, reasons[other].sentence) != 0);
    }
}

static void numbers_that_are_no_reason_have_no_name(void)
{
    for (unsigned i = 0; i < sizeof no_reason / sizeof *no_reason; i++) {
        const enum vmclock_reason reason = (enum vmclock_reason)no_reason[i];

        CU_ASSERT_PTR_NULL(vmclock_reason_name(reason));
        CU_ASSERT_PTR_NULL(vmclock_reason_sentence(reason));
        EQ(vmclock_reason_kind(reason), VMCLOCK_OK);
    }
}

static void failing_fills_everything_and_succeeding_clears_it(void)
{
    for (unsigned i = 1; i < REASONS; i++) {
        const enum vmclock_reason reason = (enum vmclock_reason)reasons[i].number;
        struct vmclock_error err;

        memset(&err, 0xff, sizeof err);
        EQ(vmclock_fail_(&err, reason, VMCLOCK_FIELD_TAI_OFFSET_SEC, 3, UINT64_MAX), reasons[i].kind);
        EQ(err.kind, reasons[i].kind);
        EQ(err.reason, reason);
        EQ(err.field, VMCLOCK_FIELD_TAI_OFFSET_SEC);
        EQ(err.offset, 0x24);
        EQ(err.expected, 3);
        EQ(err.actual, UINT64_MAX);
        EQ(err.sys_errno, 0);
        HOLDS(err.origin == NULL);

        memset(&err, 0xff, sizeof err);
        EQ(vmclock_fail_(&err, reason, VMCLOCK_FIELD_NONE, 0, 0), reasons[i].kind);
        EQ(err.field, VMCLOCK_FIELD_NONE);
        EQ(err.offset, 0);
        EQ(vmclock_fail_(NULL, reason, VMCLOCK_FIELD_NONE, 0, 0), reasons[i].kind);

        memset(&err, 0xff, sizeof err);
        EQ(vmclock_succeed_(&err), VMCLOCK_OK);
        EQ(err.kind, 0);
        EQ(err.reason, 0);
        EQ(err.field, 0);
        EQ(err.offset, 0);
        EQ(err.expected, 0);
        EQ(err.actual, 0);
        EQ(err.sys_errno, 0);
        HOLDS(err.origin == NULL);
    }
    EQ(vmclock_succeed_(NULL), VMCLOCK_OK);
}

static void line_says_kind_reason_field_offset_found_and_expected(void)
{
    struct vmclock_error err;

    (void)vmclock_fail_(&err, VMCLOCK_REASON_BAD_MAGIC, VMCLOCK_FIELD_MAGIC, 0x4b4c4356, 0);
    FORMATS(whole, &err,
            "SegmentMalformed: this is not a VMClock page; magic (offset 0x00) is 0x00000000, expected 0x4b4c4356");
    FORMATS(expected_alone, &err, "0x4b4c4356");
    FORMATS(actual_alone, &err, "0x00000000");

    (void)vmclock_fail_(&err, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, VMCLOCK_FIELD_SIZE, 4096, 4294967295);
    FORMATS(whole, &err,
            "SegmentMalformed: the page claims more bytes than the region has; size (offset 0x04) is 4294967295, "
            "expected 4096");

    (void)vmclock_fail_(&err, VMCLOCK_REASON_EMPTY, VMCLOCK_FIELD_NONE, 16, 0);
    FORMATS(whole, &err, "SegmentNotInitialized: the region has no bytes; found 0, expected 16");
    FORMATS(expected_alone, &err, "16");
    FORMATS(actual_alone, &err, "0");

    (void)vmclock_fail_(&err, VMCLOCK_REASON_UPDATE_STALLED, VMCLOCK_FIELD_NONE, 0, 7);
    FORMATS(whole, &err, "SegmentNotInitialized: an update was begun and not ended; found 7");
    FORMATS(expected_alone, &err, "");
    FORMATS(actual_alone, &err, "7");

    (void)vmclock_fail_(&err, VMCLOCK_REASON_FIELD_ABSENT, VMCLOCK_FIELD_TIME_SEC, 80, 72);
    FORMATS(whole, &err,
            "SegmentMalformed: the page ends before a field that is needed; time_sec (offset 0x48) is absent: "
            "the page's bytes are 72, expected 80");
}

static void system_call_and_errno_are_named(void)
{
    struct vmclock_error err;

    (void)vmclock_fail_(&err, VMCLOCK_REASON_OPEN_FAILED, VMCLOCK_FIELD_NONE, 0, 0);
    FORMATS(whole, &err, "SyscallError: cannot be opened");
    err.sys_errno = 13;
    FORMATS(whole, &err, "SyscallError: cannot be opened: a system call gave errno 13");
    err.origin = "open";
    FORMATS(whole, &err, "SyscallError: cannot be opened: open gave errno 13");
    err.sys_errno = 0;
    FORMATS(whole, &err, "SyscallError: cannot be opened: open gave errno 0");
    err.origin = "\xc3\xb6" "ffnen"; /* bytes of every value */
    FORMATS(whole, &err, "SyscallError: cannot be opened: \xc3\xb6" "ffnen gave errno 0");
    err.origin = "open";
    err.sys_errno = INT_MIN;
    FORMATS(whole, &err, "SyscallError: cannot be opened: open gave errno -2147483648");
    FORMATS(expected_alone, &err, "");
    FORMATS(actual_alone, &err, "");
}

static void numbers_stand_only_where_they_say_something(void)
{
    for (unsigned i = 0; i < REASONS; i++) {
        struct vmclock_error err = {.reason = (enum vmclock_reason)reasons[i].number, .expected = 111, .actual = 222};
        char line[512];

        err.kind = (enum vmclock_err)reasons[i].kind;
        FORMATS_IN(reasons[i].name, expected_alone, &err, reasons[i].numbers == BOTH ? "111" : "");
        FORMATS_IN(reasons[i].name, actual_alone, &err, reasons[i].numbers != NEITHER ? "222" : "");
        HOLDS(vmclock_error_format(&err, line, sizeof line) < sizeof line);
        EQ_IN(reasons[i].name, strstr(line, "111") != NULL, reasons[i].numbers == BOTH);
        EQ_IN(reasons[i].name, strstr(line, "222") != NULL, reasons[i].numbers != NEITHER);
        HOLDS_IN(reasons[i].name, strstr(line, vmclock_reason_sentence(err.reason)) != NULL);
        HOLDS_IN(reasons[i].name, strstr(line, kinds[reasons[i].kind].name) == line);
        HOLDS_IN(reasons[i].name, strchr(line, '\n') == NULL);
    }
}

/* As the field's own values are written, magic in hexadecimal; but where a field is absent they are lengths. */
static void numbers_of_a_field_are_written_as_its_values_but_where_it_is_absent(void)
{
    for (unsigned i = 1; i < REASONS; i++) {
        const bool absent = reasons[i].number == 17;
        const char *const actual = absent ? "26" : "0x0000001a", *const expected = absent ? "17" : "0x00000011";
        struct vmclock_error err;
        char line[512], numbers[128] = "";

        (void)vmclock_fail_(&err, (enum vmclock_reason)reasons[i].number, VMCLOCK_FIELD_MAGIC, 17, 26);
        if (reasons[i].numbers != NEITHER)
            (void)snprintf(numbers, sizeof numbers, "%s%s%s", absent ? " is absent: the page's bytes are " : " is ",
                           actual, reasons[i].numbers == BOTH ? ", expected " : "");
        (void)snprintf(line, sizeof line, "%s: %s; magic (offset 0x00)%s%s", kinds[reasons[i].kind].name,
                       reasons[i].sentence, numbers, reasons[i].numbers == BOTH ? expected : "");
        FORMATS_IN(reasons[i].name, whole, &err, line);
        FORMATS_IN(reasons[i].name, actual_alone, &err, reasons[i].numbers == NEITHER ? "" : actual);
        FORMATS_IN(reasons[i].name, expected_alone, &err, reasons[i].numbers != BOTH ? "" : expected);
    }
}

static void no_error_and_unknown_numbers_have_a_line_too(void)
{
    struct vmclock_error err = {0};

    FORMATS(whole, NULL, "no error");
    FORMATS(expected_alone, NULL, "");
    FORMATS(actual_alone, NULL, "");
    FORMATS(whole, &err, "Ok: no error");
    for (unsigned i = 0; i < sizeof no_reason / sizeof *no_reason; i++) {
        err.kind = (enum vmclock_err)no_reason[i];
        err.reason = (enum vmclock_reason)no_reason[i];
        err.field = (enum vmclock_field)no_reason[i];
        if (no_reason[i] > 0 && no_reason[i] < VMCLOCK_FIELD_END)
            err.field = VMCLOCK_FIELD_END;
        FORMATS(expected_alone, &err, "");
        FORMATS(actual_alone, &err, "");
        FORMATS(whole, &err, "unknown error: unknown reason");
    }
    memset(&err, 0xff, sizeof err);
    err.origin = NULL;
    FORMATS(whole, &err, "unknown error: unknown reason: a system call gave errno -1");
}

SUITE(error) = {
    {"numbers of kinds are frozen", numbers_of_kinds_are_frozen},
    {"numbers of reasons are frozen", numbers_of_reasons_are_frozen},
    {"kinds have the names of ClockBound", kinds_have_the_names_of_clockbound},
    {"reasons have their name and kind and a sentence of their own",
     reasons_have_their_name_and_kind_and_a_sentence_of_their_own},
    {"numbers that are no reason have no name", numbers_that_are_no_reason_have_no_name},
    {"failing fills everything and succeeding clears it", failing_fills_everything_and_succeeding_clears_it},
    {"line says kind, reason, field, offset, found and expected",
     line_says_kind_reason_field_offset_found_and_expected},
    {"system call and errno are named", system_call_and_errno_are_named},
    {"numbers stand only where they say something", numbers_stand_only_where_they_say_something},
    {"numbers of a field are written as its values, but where it is absent",
     numbers_of_a_field_are_written_as_its_values_but_where_it_is_absent},
    {"no error and unknown numbers have a line too", no_error_and_unknown_numbers_have_a_line_too},
    CU_TEST_INFO_NULL,
};
