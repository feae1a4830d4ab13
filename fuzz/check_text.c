/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The formatters' contract: the whole length always, never a byte past the buffer, terminated whenever there is room.
 */
#include "check_page.h"

FUZZ_NOT_COVERED

static struct vmclock_nanotime nanotime_of(uint64_t sec)
{
    return (struct vmclock_nanotime){sec, (uint32_t)(sec * UINT64_C(0x9e3779b97f4a7c15) >> 34) % 1000000000};
}

static size_t render(const struct fuzz_text *t, char *buf, size_t cap)
{
    switch (t->kind) {
    case TEXT_ERROR:
        return vmclock_error_format(t->error, buf, cap);
    case TEXT_EXPECTED:
        return vmclock_error_format_expected(t->error, buf, cap);
    case TEXT_ACTUAL:
        return vmclock_error_format_actual(t->error, buf, cap);
    case TEXT_HEADER:
        return vmclock_shm_header_format(t->header, buf, cap);
    case TEXT_VALUE:
        return vmclock_format_value(t->field, t->value, buf, cap);
    case TEXT_MEANING:
        return vmclock_format_meaning(t->view, t->field, buf, cap);
    case TEXT_FINDING:
        return vmclock_finding_format(t->finding, buf, cap);
    case TEXT_SUMMARY:
        return vmclock_format_summary(t->view, buf, cap);
    case TEXT_TIME:
    case TEXT_LEAP_SECOND:
        return vmclock_nanotime_format(nanotime_of(t->value), t->kind == TEXT_LEAP_SECOND, buf, cap);
    }
    return 0;
}

/* What standard C prints for the same value; "" where there is no such simple text. */
static void expect_value(enum vmclock_field field, uint64_t value, char out[64])
{
    if (field == VMCLOCK_FIELD_MAGIC)
        snprintf(out, 64, "0x%08llx", (unsigned long long)value);
    else if (field == VMCLOCK_FIELD_FLAGS)
        snprintf(out, 64, "0x%llx", (unsigned long long)value);
    else if (field == VMCLOCK_FIELD_TAI_OFFSET_SEC)
        snprintf(out, 64, "%lld", (long long)value);
    else
        snprintf(out, 64, "%llu", (unsigned long long)value);
}

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* The date of a second since 1970, by going through the years and months; only up to the year 9999. */
static void expect_date(uint64_t sec, char out[32])
{
    static const unsigned lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year = 1970, month = 0;
    uint64_t days = sec / 86400;

    for (;; month = (month + 1) % 12, year += month == 0) {
        const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        const unsigned length = lengths[month] + (month == 1 && leap);

        if (days < length)
            break;
        days -= length;
    }
    snprintf(out, 32, "%04u-%02u-%02u %02u:%02u:%02u", year, month + 1, (unsigned)days + 1, (unsigned)(sec / 3600 % 24),
             (unsigned)(sec / 60 % 60), (unsigned)(sec % 60));
}

static void check_reference_time(const struct vmclock_view *view, uint64_t sec, const char *whole)
{
    uint64_t counter_id = 0, time_type = 0;
    char date[32];

    FUZZ_CHECK(vmclock_get(view, VMCLOCK_FIELD_COUNTER_ID, &counter_id));
    FUZZ_CHECK(vmclock_get(view, VMCLOCK_FIELD_TIME_TYPE, &time_type));
    if (counter_id == 0xff) {
        FUZZ_CHECK(whole[0] == '\0');
    } else if (time_type <= 1 && sec < UINT64_C(253402300800)) {
        expect_date(sec, date);
        FUZZ_CHECK(begins(whole, date));
        FUZZ_CHECK(begins(whole + strlen(date), time_type == 1 ? " TAI" : " UTC"));
    }
}

static void check_meaning(const struct fuzz_text *t, const char *whole)
{
    uint64_t value = 0;
    const enum vmclock_presence presence = vmclock_get_raw(t->view, t->field, &value);
    const char *name = oracle_value_name((unsigned)t->field, value);
    char wanted[64];

    if (presence == VMCLOCK_ABSENT)
        FUZZ_CHECK(whole[0] == '\0');
    else if (presence == VMCLOCK_UNANNOUNCED)
        FUZZ_CHECK(begins(whole, "means nothing: "));
    else if (t->field == VMCLOCK_FIELD_COUNTER_ID || t->field == VMCLOCK_FIELD_TIME_TYPE ||
             t->field == VMCLOCK_FIELD_CLOCK_STATUS || t->field == VMCLOCK_FIELD_LEAP_SECOND_SMEARING_HINT ||
             t->field == VMCLOCK_FIELD_LEAP_INDICATOR)
        FUZZ_CHECK(begins(whole, name != NULL ? name : "unknown"));
    else if (t->field == VMCLOCK_FIELD_TIME_SEC)
        check_reference_time(t->view, value, whole);
    else if (t->field == VMCLOCK_FIELD_TIME_FRAC_SEC) {
        const uint64_t low = (value & 0xffffffffU) * 1000000000, high = (value >> 32) * 1000000000;

        snprintf(wanted, sizeof wanted, "%llu ns", (unsigned long long)((high + (low >> 32)) >> 32));
        FUZZ_CHECK(strcmp(whole, wanted) == 0);
    }
}

/*
 * What a page is good for: who has no counter has signals only, and the others' counter, timescale and status are
 * named.
 */
static void check_summary(const struct vmclock_view *view, const char *whole)
{
    uint64_t seq = 0, counter_id = 0, time_type = 0, status = 0, unused;
    const char *name, *status_name;

    FUZZ_CHECK(vmclock_get(view, VMCLOCK_FIELD_SEQ_COUNT, &seq));
    FUZZ_CHECK(vmclock_get(view, VMCLOCK_FIELD_COUNTER_ID, &counter_id));
    FUZZ_CHECK(vmclock_get(view, VMCLOCK_FIELD_TIME_TYPE, &time_type));
    name = oracle_value_name(VMCLOCK_FIELD_COUNTER_ID, counter_id);
    if (seq % 2 != 0) {
        FUZZ_CHECK(begins(whole, "an update was under way"));
    } else if (counter_id == 0xff) {
        FUZZ_CHECK(begins(whole, "disruption signals"));
        FUZZ_CHECK((strstr(whole, "generation counter") != NULL) ==
                   vmclock_get(view, VMCLOCK_FIELD_VM_GENERATION_COUNTER, &unused));
    } else {
        FUZZ_CHECK(begins(whole, name != NULL ? name : "an unknown counter"));
        if (vmclock_get_raw(view, VMCLOCK_FIELD_TIME_FRAC_SEC, &unused) == VMCLOCK_ABSENT) {
            FUZZ_CHECK(strstr(whole, "ends before") != NULL);
            return;
        }
        FUZZ_CHECK(vmclock_get(view, VMCLOCK_FIELD_CLOCK_STATUS, &status));
        status_name = oracle_value_name(VMCLOCK_FIELD_CLOCK_STATUS, status);
        name = oracle_value_name(VMCLOCK_FIELD_TIME_TYPE, time_type);
        FUZZ_CHECK(strstr(whole, name != NULL ? name : "unknown timescale") != NULL);
        if (status == 2 || status == 3)
            FUZZ_CHECK(strstr(whole, status == 2 ? ", synchronized" : ", freerunning") != NULL);
        else
            FUZZ_CHECK(strstr(whole, status_name != NULL ? status_name : "unknown status") != NULL);
        FUZZ_CHECK((strstr(whole, ", within ") != NULL) ==
                   vmclock_get(view, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, &unused));
    }
}

static void check_time(const struct fuzz_text *t, const char *whole)
{
    const size_t length = strlen(whole);
    char wanted[64];

    snprintf(wanted, sizeof wanted, ".%09lu", (unsigned long)nanotime_of(t->value).nsec);
    FUZZ_CHECK(length > 12 && strcmp(whole + length - 10, wanted) == 0);
    if (t->kind == TEXT_LEAP_SECOND)
        FUZZ_CHECK(memcmp(whole + length - 13, ":60", 3) == 0);
    if (t->value < UINT64_C(253402300800)) {
        expect_date(t->value, wanted);
        FUZZ_CHECK(length == strlen(wanted) + 10 && memcmp(whole, wanted, 17) == 0);
        FUZZ_CHECK(t->kind == TEXT_LEAP_SECOND || memcmp(whole + 17, wanted + 17, 2) == 0);
    }
}

static void check_content(const struct fuzz_text *t, const char *whole)
{
    char wanted[192] = "";

    switch (t->kind) {
    case TEXT_ERROR:
        FUZZ_CHECK(begins(whole, vmclock_err_name(t->error->kind)));
        FUZZ_CHECK(strstr(whole, vmclock_reason_sentence(t->error->reason)) != NULL);
        break;
    case TEXT_EXPECTED: /* every reason that bytes can have says both numbers */
        expect_value(t->error->field, t->error->expected, wanted);
        FUZZ_CHECK(strcmp(whole, wanted) == 0);
        break;
    case TEXT_ACTUAL:
        expect_value(t->error->field, t->error->actual, wanted);
        FUZZ_CHECK(strcmp(whole, wanted) == 0);
        break;
    case TEXT_VALUE:
        expect_value(t->field, t->value, wanted);
        FUZZ_CHECK(strcmp(whole, wanted) == 0);
        break;
    case TEXT_HEADER:
        snprintf(wanted, sizeof wanted,
                 "VMClockShmHeader { magic: %lu, size: %lu, version: %u, counter_id: %u, time_type: %u, "
                 "seq_count: %lu }",
                 (unsigned long)t->header->magic, (unsigned long)t->header->size, (unsigned)t->header->version,
                 (unsigned)t->header->counter_id, (unsigned)t->header->time_type, (unsigned long)t->header->seq_count);
        FUZZ_CHECK(strcmp(whole, wanted) == 0);
        break;
    case TEXT_MEANING:
        check_meaning(t, whole);
        break;
    case TEXT_FINDING:
        FUZZ_CHECK(strchr(whole, ':') != NULL);
        break;
    case TEXT_SUMMARY:
        check_summary(t->view, whole);
        break;
    case TEXT_TIME:
    case TEXT_LEAP_SECOND:
        check_time(t, whole);
        break;
    }
}

size_t fuzz_check_text(const struct fuzz_text *text, struct fuzz_choice *choice, char whole[FUZZ_TEXT_MAX])
{
    const char untouched = '\x5a';
    const size_t length = render(text, NULL, 0);
    char cut[FUZZ_TEXT_MAX + 1];
    size_t cap;

    FUZZ_CHECK(length < FUZZ_TEXT_MAX);
    FUZZ_CHECK(render(text, whole, FUZZ_TEXT_MAX) == length);
    FUZZ_CHECK(strlen(whole) == length);
    for (size_t i = 0; i < length; i++)
        FUZZ_CHECK(whole[i] >= ' ' && whole[i] <= '~');
    check_content(text, whole);

    /* The edges half of the time, else anything up to one byte too many. */
    switch (fuzz_pick(choice, 6)) {
    case 0:
        cap = length;
        break;
    case 1:
        cap = length + 1;
        break;
    case 2:
        cap = fuzz_pick(choice, 2);
        break;
    default:
        cap = fuzz_pick(choice, (uint32_t)length + 2);
        break;
    }
    memset(cut, untouched, sizeof cut);
    FUZZ_CHECK(render(text, cut, cap) == length);
    for (size_t i = cap; i < length + 2 && i < sizeof cut; i++)
        FUZZ_CHECK(cut[i] == untouched);
    if (cap > 0) {
        const size_t shown = length < cap ? length : cap - 1;

        FUZZ_CHECK(cut[shown] == '\0' && memcmp(cut, whole, shown) == 0);
    }
    return length;
}

FUZZ_COVERED
