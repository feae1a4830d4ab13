/* SPDX-License-Identifier: BSD-2-Clause */
/* FIELD=VALUE: each field's range at both ends, its names, and what is offered instead. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "../../src/cmd/set.h"

#include "../suite.h"
#include "capture.h"

static struct cmd_set set;
static enum cmd_status status;
static char err[4096];

static void take(const char *text)
{
    struct capture capture = capture_begin(stderr);

    memset(&set, 0, sizeof set);
    status = cmd_set_take("vmclock publish", text, &set);
    (void)capture_end(&capture, err, sizeof err);
}

static unsigned given(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < VMCLOCK_FIELD_END; i++)
        count += set.given[i];
    return count;
}

static void takes(enum vmclock_field field, const char *text, uint64_t value)
{
    take(text);
    EQ_IN(text, status, CMD_OK);
    TEXT_IN(text, err, "");
    EQ_IN(text, given(), 1);
    HOLDS_IN(text, set.given[field]);
    EQ_IN(text, set.values[field], value);
}

static void refuses(const char *text, const char *why)
{
    char wanted[256];

    take(text);
    EQ_IN(text, status, CMD_USAGE);
    EQ_IN(text, given(), 0);
    (void)snprintf(wanted, sizeof wanted, "vmclock publish: %s: '%s'\n", why, text);
    HOLDS_IN(text, strncmp(err, wanted, strlen(wanted)) == 0);
    HOLDS_IN(text, strstr(err, "\nTry 'vmclock publish --help'.\n") != NULL);
}

static const char no_value[] = "the value is no number or name that the field can hold";

/* The kernel's header: name and type of every field but seq_count. */
static const struct {
    const char *name;
    enum vmclock_field field;
    unsigned bits;
} fields[] = {
    {"magic", VMCLOCK_FIELD_MAGIC, 32},
    {"size", VMCLOCK_FIELD_SIZE, 32},
    {"version", VMCLOCK_FIELD_VERSION, 16},
    {"counter_id", VMCLOCK_FIELD_COUNTER_ID, 8},
    {"time_type", VMCLOCK_FIELD_TIME_TYPE, 8},
    {"disruption_marker", VMCLOCK_FIELD_DISRUPTION_MARKER, 64},
    {"flags", VMCLOCK_FIELD_FLAGS, 64},
    {"pad", VMCLOCK_FIELD_PAD, 16},
    {"clock_status", VMCLOCK_FIELD_CLOCK_STATUS, 8},
    {"leap_second_smearing_hint", VMCLOCK_FIELD_LEAP_SECOND_SMEARING_HINT, 8},
    {"leap_indicator", VMCLOCK_FIELD_LEAP_INDICATOR, 8},
    {"counter_period_shift", VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT, 8},
    {"counter_value", VMCLOCK_FIELD_COUNTER_VALUE, 64},
    {"counter_period_frac_sec", VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC, 64},
    {"counter_period_esterror_rate_frac_sec", VMCLOCK_FIELD_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, 64},
    {"counter_period_maxerror_rate_frac_sec", VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 64},
    {"time_sec", VMCLOCK_FIELD_TIME_SEC, 64},
    {"time_frac_sec", VMCLOCK_FIELD_TIME_FRAC_SEC, 64},
    {"time_esterror_nanosec", VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC, 64},
    {"time_maxerror_nanosec", VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, 64},
    {"vm_generation_counter", VMCLOCK_FIELD_VM_GENERATION_COUNTER, 64},
};

static void every_unsigned_field_takes_all_that_it_can_hold(void)
{
    static const char *const above[] = {
        [8] = "256", [16] = "65536", [32] = "4294967296", [64] = "18446744073709551616"};
    char text[96];

    for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++) {
        const uint64_t most = fields[i].bits == 64 ? UINT64_MAX : (UINT64_C(1) << fields[i].bits) - 1;

        (void)snprintf(text, sizeof text, "%s=0", fields[i].name);
        takes(fields[i].field, text, 0);
        (void)snprintf(text, sizeof text, "%s=%llu", fields[i].name, (unsigned long long)most);
        takes(fields[i].field, text, most);
        (void)snprintf(text, sizeof text, "%s=0x%llx", fields[i].name, (unsigned long long)most);
        takes(fields[i].field, text, most);
        (void)snprintf(text, sizeof text, "%s=%s", fields[i].name, above[fields[i].bits]);
        refuses(text, no_value);
        for (unsigned bad = 0; bad < 8; bad++) {
            static const char *const none[] = {"", "-0", "-1", "+1", "x", "1x", "0x", " 1"};

            (void)snprintf(text, sizeof text, "%s=%s", fields[i].name, none[bad]);
            refuses(text, no_value);
        }
    }
}

static void the_signed_field_takes_both_signs(void)
{
    static const struct {
        const char *text;
        int value;
    } good[] = {{"tai_offset_sec=32767", 32767},  {"tai_offset_sec=-32768", -32768},  {"tai_offset_sec=0", 0},
                {"tai_offset_sec=-0", 0},         {"tai_offset_sec=-1", -1},          {"tai_offset_sec=-0x25", -37},
                {"tai_offset_sec=0x7fff", 32767}, {"tai_offset_sec=-0x8000", -32768}, {"tai_offset_sec=00037", 37}};
    static const char *const bad[] = {
        "32768", "-32769", "-",  "--1", "-x",     "0x8000", "65499", "-18446744073709551615", "-18446744073709551616",
        "",      "- 1",    "+1", "37 ", "UNKNOWN"};
    char text[64];

    for (unsigned i = 0; i < sizeof good / sizeof *good; i++)
        takes(VMCLOCK_FIELD_TAI_OFFSET_SEC, good[i].text, (uint64_t)(int64_t)good[i].value);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(text, sizeof text, "tai_offset_sec=%s", bad[i]);
        refuses(text, no_value);
    }
}

static void names_are_those_of_the_field(void)
{
    static const struct {
        enum vmclock_field field;
        const char *text;
        uint64_t value;
    } good[] = {
        {VMCLOCK_FIELD_COUNTER_ID, "counter_id=ARM_VCNT", 0},
        {VMCLOCK_FIELD_COUNTER_ID, "counter_id=X86_TSC", 1},
        {VMCLOCK_FIELD_COUNTER_ID, "counter_id=INVALID", 255},
        {VMCLOCK_FIELD_TIME_TYPE, "time_type=UTC", 0},
        {VMCLOCK_FIELD_TIME_TYPE, "time_type=TAI", 1},
        {VMCLOCK_FIELD_TIME_TYPE, "time_type=MONOTONIC", 2},
        {VMCLOCK_FIELD_TIME_TYPE, "time_type=INVALID_SMEARED", 3},
        {VMCLOCK_FIELD_TIME_TYPE, "time_type=INVALID_MAYBE_SMEARED", 4},
        {VMCLOCK_FIELD_CLOCK_STATUS, "clock_status=UNKNOWN", 0},
        {VMCLOCK_FIELD_CLOCK_STATUS, "clock_status=INITIALIZING", 1},
        {VMCLOCK_FIELD_CLOCK_STATUS, "clock_status=SYNCHRONIZED", 2},
        {VMCLOCK_FIELD_CLOCK_STATUS, "clock_status=FREERUNNING", 3},
        {VMCLOCK_FIELD_CLOCK_STATUS, "clock_status=UNRELIABLE", 4},
        {VMCLOCK_FIELD_LEAP_SECOND_SMEARING_HINT, "leap_second_smearing_hint=STRICT", 0},
        {VMCLOCK_FIELD_LEAP_SECOND_SMEARING_HINT, "leap_second_smearing_hint=NOON_LINEAR", 1},
        {VMCLOCK_FIELD_LEAP_SECOND_SMEARING_HINT, "leap_second_smearing_hint=UTC_SLS", 2},
        {VMCLOCK_FIELD_LEAP_INDICATOR, "leap_indicator=NONE", 0},
        {VMCLOCK_FIELD_LEAP_INDICATOR, "leap_indicator=PRE_POS", 1},
        {VMCLOCK_FIELD_LEAP_INDICATOR, "leap_indicator=PRE_NEG", 2},
        {VMCLOCK_FIELD_LEAP_INDICATOR, "leap_indicator=POS", 3},
        {VMCLOCK_FIELD_LEAP_INDICATOR, "leap_indicator=POST_POS", 4},
        {VMCLOCK_FIELD_LEAP_INDICATOR, "leap_indicator=POST_NEG", 5},
        {VMCLOCK_FIELD_FLAGS, "flags=TAI_OFFSET_VALID", 1},
        {VMCLOCK_FIELD_FLAGS, "flags=DISRUPTION_SOON", 2},
        {VMCLOCK_FIELD_FLAGS, "flags=DISRUPTION_IMMINENT", 4},
        {VMCLOCK_FIELD_FLAGS, "flags=PERIOD_ESTERROR_VALID", 8},
        {VMCLOCK_FIELD_FLAGS, "flags=PERIOD_MAXERROR_VALID", 16},
        {VMCLOCK_FIELD_FLAGS, "flags=TIME_ESTERROR_VALID", 32},
        {VMCLOCK_FIELD_FLAGS, "flags=TIME_MAXERROR_VALID", 64},
        {VMCLOCK_FIELD_FLAGS, "flags=TIME_MONOTONIC", 128},
        {VMCLOCK_FIELD_FLAGS, "flags=VM_GEN_COUNTER_PRESENT", 256},
        {VMCLOCK_FIELD_FLAGS, "flags=NOTIFICATION_PRESENT", 512},
        {VMCLOCK_FIELD_FLAGS, "flags=TAI_OFFSET_VALID|NOTIFICATION_PRESENT|TAI_OFFSET_VALID", 513},
        {VMCLOCK_FIELD_FLAGS, "flags=1|0x8000000000000000|2", UINT64_C(0x8000000000000003)},
        {VMCLOCK_FIELD_FLAGS, "flags=0|0", 0},
    };
    static const char *const bad[] = {
        "counter_id=TAI",
        "counter_id=x86_tsc",
        "counter_id=X86_TS",
        "counter_id=X86_TSCC",
        "counter_id=ARM_VCNT|X86_TSC",
        "time_type=INVALID",
        "time_type=1|2",
        "clock_status=STRICT",
        "leap_indicator=PRE",
        "version=VERSION",
        "size=TAI",
        "flags=STRICT",
        "flags=|1",
        "flags=1|",
        "flags=1||2",
        "flags=|",
        "flags=1|x",
        "flags=x|1",
        "flags=1 |2",
        "flags=-1",
        "flags=1|-1",
        "flags=1&2",
        "flags=18446744073709551616|1",
        "tai_offset_sec=1|2",
        "clock_status=SYNCHRONIZED ",
    };

    for (unsigned i = 0; i < sizeof good / sizeof *good; i++)
        takes(good[i].field, good[i].text, good[i].value);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        refuses(bad[i], no_value);
}

static void what_sets_no_field_is_refused(void)
{
    static const char *const nothing[] = {"", "flags", "seq_count", "x", "flags:1"};
    static const char *const unknown[] = {"=",        "=1",       "foo=1", "FLAGS=1", "flag=1", "flagss=1",
                                          " flags=1", "flags =1", "==",    "none=1",  "pad0=1"};

    for (unsigned i = 0; i < sizeof nothing / sizeof *nothing; i++)
        refuses(nothing[i], "this sets nothing, it is not FIELD=VALUE");
    for (unsigned i = 0; i < sizeof unknown / sizeof *unknown; i++)
        refuses(unknown[i], "the page has no such field");
    refuses("seq_count=2", "seq_count cannot be set, it counts the updates");
    refuses("seq_count=", "seq_count cannot be set, it counts the updates");
    refuses("size==1", no_value);
    refuses("size=1=1", no_value);
}

/* 63 bytes of a value or a name are read, 64 mean nothing. */
static void what_is_too_long_means_nothing(void)
{
    char text[160];

    (void)snprintf(text, sizeof text, "time_sec=%063d", 7);
    takes(VMCLOCK_FIELD_TIME_SEC, text, 7);
    (void)snprintf(text, sizeof text, "time_sec=%064d", 7);
    refuses(text, no_value);
    (void)snprintf(text, sizeof text, "flags=%063d|%063d", 1, 2);
    takes(VMCLOCK_FIELD_FLAGS, text, 3);
    (void)snprintf(text, sizeof text, "flags=1|%064d", 2);
    refuses(text, no_value);
    (void)snprintf(text, sizeof text, "flags%059d=1", 0);
    refuses(text, "the page has no such field");
    (void)snprintf(text, sizeof text, "%064d=1", 0);
    refuses(text, "the page has no such field");
}

static void settings_add_up(void)
{
    take("size=1");
    EQ(cmd_set_take("vmclock publish", "version=2", &set), CMD_OK);
    EQ(cmd_set_take("vmclock publish", "size=3", &set), CMD_OK);
    EQ(given(), 2);
    EQ(set.values[VMCLOCK_FIELD_SIZE], 3);
    EQ(set.values[VMCLOCK_FIELD_VERSION], 2);
}

/* offers TEXT WORDS: what stands between the complaint and the hint, with its lines joined */
static void offers(const char *text, const char *wanted)
{
    char words[4096], *start, *end;

    take(text);
    (void)snprintf(words, sizeof words, "%s", err);
    start = strchr(words, '\n') + 1;
    end = strstr(words, "Try '");
    HOLDS_IN(text, end != NULL);
    if (end == NULL)
        return;
    *end = '\0';
    if (*start != '\0')
        HOLDS_IN(text, strncmp(start, "  ", 2) == 0);
    for (char *c = start; *c != '\0'; c++) {
        if (strncmp(c, "\n  ", 3) == 0)
            memmove(c, c + 2, strlen(c + 2) + 1);
        if (*c == '\n')
            *c = c[1] == '\0' ? '\0' : ' ';
    }
    TEXT_IN(text, *start == '\0' ? start : start + 2, wanted);
}

static void what_there_is_is_offered(void)
{
    offers("flags", "");
    offers("seq_count=1", "");
    offers("foo=1", "The fields are magic, size, version, counter_id, time_type, disruption_marker, flags, pad, "
                    "clock_status, leap_second_smearing_hint, tai_offset_sec, leap_indicator, counter_period_shift, "
                    "counter_value, counter_period_frac_sec, counter_period_esterror_rate_frac_sec, "
                    "counter_period_maxerror_rate_frac_sec, time_sec, time_frac_sec, time_esterror_nanosec, "
                    "time_maxerror_nanosec, vm_generation_counter.");
    offers("version=x", "version can be a number from 0 to 65535.");
    offers("pad=x", "pad can be a number from 0 to 65535.");
    offers("magic=x", "magic can be a number from 0 to 4294967295.");
    offers("time_sec=x", "time_sec can be a number from 0 to 18446744073709551615.");
    offers("tai_offset_sec=x", "tai_offset_sec can be a number from -32768 to 32767.");
    offers("counter_period_shift=x", "counter_period_shift can be a number from 0 to 255.");
    offers("counter_id=x", "counter_id can be ARM_VCNT, X86_TSC, INVALID, or a number from 0 to 255.");
    offers("time_type=x", "time_type can be UTC, TAI, MONOTONIC, INVALID_SMEARED, INVALID_MAYBE_SMEARED, or a number "
                          "from 0 to 255.");
    offers("leap_indicator=x", "leap_indicator can be NONE, PRE_POS, PRE_NEG, POS, POST_POS, POST_NEG, or a number "
                               "from 0 to 255.");
    offers("flags=x", "flags can be TAI_OFFSET_VALID, DISRUPTION_SOON, DISRUPTION_IMMINENT, PERIOD_ESTERROR_VALID, "
                      "PERIOD_MAXERROR_VALID, TIME_ESTERROR_VALID, TIME_MAXERROR_VALID, TIME_MONOTONIC, "
                      "VM_GEN_COUNTER_PRESENT, NOTIFICATION_PRESENT, several of them with | between them, or a number "
                      "from 0 to 18446744073709551615.");
}

SUITE(set) = {
    {"every unsigned field takes all that it can hold", every_unsigned_field_takes_all_that_it_can_hold},
    {"the signed field takes both signs", the_signed_field_takes_both_signs},
    {"names are those of the field", names_are_those_of_the_field},
    {"what sets no field is refused", what_sets_no_field_is_refused},
    {"what is too long means nothing", what_is_too_long_means_nothing},
    {"settings add up", settings_add_up},
    {"what there is is offered", what_there_is_is_offered},
    CU_TEST_INFO_NULL,
};
