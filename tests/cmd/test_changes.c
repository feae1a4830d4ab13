/* SPDX-License-Identifier: BSD-2-Clause */
/* What `vmclock watch` sees from one look to the next, and the lines it prints. Looks are answered by the test. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "../../src/cmd/changes.h"

#include "../../src/cmd/watch_line.h"
#include "../pages.h"
#include "../suite.h"
#include "capture.h"

/* ---- Looks ---- */

static _Alignas(8) uint8_t bytes[PAGE];
static enum vmclock_reason failure; /* why the next look fails; NONE: it sees the bytes */
static uint64_t patience;           /* how long it was ready to wait */

enum vmclock_err __wrap_vmclock_device_snapshot(const struct vmclock_device *device, uint64_t timeout_ns,
                                                struct vmclock_snapshot *out, struct vmclock_error *err);

enum vmclock_err __wrap_vmclock_device_snapshot(const struct vmclock_device *device, uint64_t timeout_ns,
                                                struct vmclock_snapshot *out, struct vmclock_error *err)
{
    (void)device;
    patience = timeout_ns;
    if (failure == VMCLOCK_REASON_NONE)
        return vmclock_snapshot_take(bytes, sizeof bytes, 1, out, err);
    memset(out, 0, sizeof *out);
    *err = (struct vmclock_error){.kind = VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, .reason = failure};
    err->expected = failure == VMCLOCK_REASON_EMPTY ? 16 : 0;
    return err->kind;
}

static struct cmd_state state;

static void begin(void)
{
    memset(&state, 0, sizeof state);
    memset(bytes, 0, sizeof bytes);
    put32(bytes, AT_MAGIC, 0x4b4c4356);
    put32(bytes, AT_SIZE, PAGE);
    put16(bytes, AT_VERSION, 1);
    put8(bytes, AT_COUNTER_ID, 0xff);
    put32(bytes, AT_SEQ_COUNT, 2);
    put_le(bytes + AT_DISRUPTION_MARKER, 8, 1);
    failure = VMCLOCK_REASON_NONE;
}

/* look(false, "initial valid"): the events of one look, "" for no news. */
static void look_in(const char *row, bool is_replaced, const char *events)
{
    char found[256] = "";
    const bool is_news = cmd_look(NULL, is_replaced, &state);

    for (unsigned i = 0; i < CMD_EVENTS; i++)
        if (state.events[i])
            (void)snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", *found != '\0' ? " " : "",
                           cmd_event_names[i]);
    TEXT_IN(row, found, events);
    EQ_IN(row, is_news, *events != '\0');
}
#define LOOK(is_replaced, events) look_in(events, is_replaced, events)

static const struct {
    const char *name;
    unsigned offset, width;
    const char *event;
} fields[] = {
    {"disruption_marker", AT_DISRUPTION_MARKER, 8, "disruption"},
    {"vm_generation_counter", AT_VM_GENERATION_COUNTER, 8, "generation"},
    {"flags", AT_FLAGS, 8, "flags"},
    {"clock_status", AT_CLOCK_STATUS, 1, "status"},
    {"counter_id", AT_COUNTER_ID, 1, "calibration"},
    {"time_type", AT_TIME_TYPE, 1, "calibration"},
    {"leap_second_smearing_hint", AT_LEAP_SECOND_SMEARING_HINT, 1, "calibration"},
    {"tai_offset_sec", AT_TAI_OFFSET_SEC, 2, "calibration"},
    {"leap_indicator", AT_LEAP_INDICATOR, 1, "calibration"},
    {"counter_period_shift", AT_COUNTER_PERIOD_SHIFT, 1, "calibration"},
    {"counter_value", AT_COUNTER_VALUE, 8, "calibration"},
    {"counter_period_frac_sec", AT_COUNTER_PERIOD_FRAC_SEC, 8, "calibration"},
    {"counter_period_esterror_rate_frac_sec", AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, 8, "calibration"},
    {"counter_period_maxerror_rate_frac_sec", AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 8, "calibration"},
    {"time_sec", AT_TIME_SEC, 8, "calibration"},
    {"time_frac_sec", AT_TIME_FRAC_SEC, 8, "calibration"},
    {"time_esterror_nanosec", AT_TIME_ESTERROR_NANOSEC, 8, "calibration"},
    {"time_maxerror_nanosec", AT_TIME_MAXERROR_NANOSEC, 8, "calibration"},
    {"size", AT_SIZE, 4, "other"},
    {"pad", AT_PAD, 2, "other"},
};

/* The lowest bit and the highest one. */
static void every_field_has_its_event(void)
{
    for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++)
        for (unsigned end = 0; end < 2; end++) {
            const unsigned at = fields[i].offset + (end == 0 ? 0 : fields[i].width - 1);
            const uint8_t bit = end == 0 ? 1 : 0x80;

            if (fields[i].offset == AT_SIZE)
                continue;
            begin();
            look_in(fields[i].name, false, "initial");
            bytes[at] ^= bit;
            look_in(fields[i].name, false, fields[i].event);
            look_in(fields[i].name, false, "");
            put32(bytes, AT_SEQ_COUNT, 4);
            bytes[at] ^= bit;
            look_in(fields[i].name, false, fields[i].event);
        }
    begin();
    LOOK(false, "initial");
    put32(bytes, AT_SIZE, PAGE - 1);
    LOOK(false, "other");
}

static void an_update_that_changes_nothing_is_no_news(void)
{
    begin();
    LOOK(false, "initial");
    put32(bytes, AT_SEQ_COUNT, 4);
    LOOK(false, "");
    EQ(state.now.seq_count, 4);
    put32(bytes, AT_SEQ_COUNT, 6);
    bytes[PAST_STRUCTURE] = 1;
    LOOK(false, "");
    put8(bytes, AT_CLOCK_STATUS, 1);
    put_le(bytes + AT_FLAGS, 8, 1);
    put_le(bytes + AT_DISRUPTION_MARKER, 8, 2);
    put_le(bytes + AT_VM_GENERATION_COUNTER, 8, 2);
    put8(bytes, AT_LEAP_INDICATOR, 2);
    put16(bytes, AT_PAD, 2);
    LOOK(false, "disruption generation flags status calibration other");
}

static void a_field_that_comes_or_goes_has_changed(void)
{
    begin();
    put32(bytes, AT_SIZE, 104); /* without a generation, whose value is 0 all the same */
    LOOK(false, "initial");
    put32(bytes, AT_SIZE, 112);
    LOOK(false, "generation other");
    put32(bytes, AT_SIZE, 111);
    LOOK(false, "generation other");
    put32(bytes, AT_SIZE, 34);
    LOOK(false, "status calibration other");
    put32(bytes, AT_SIZE, 32);
    LOOK(false, "other"); /* size and pad */
}

static void invalid_and_valid_are_told_once(void)
{
    begin();
    LOOK(false, "initial");
    failure = VMCLOCK_REASON_UPDATE_STALLED;
    LOOK(false, "invalid");
    LOOK(false, "");
    failure = VMCLOCK_REASON_EMPTY; /* another reason is no news */
    LOOK(false, "");
    EQ(state.error.reason, VMCLOCK_REASON_EMPTY);
    failure = VMCLOCK_REASON_NONE;
    LOOK(false, "valid");
    LOOK(false, "");
    failure = VMCLOCK_REASON_EMPTY;
    LOOK(false, "invalid");
    failure = VMCLOCK_REASON_NONE;
    put8(bytes, AT_CLOCK_STATUS, 2); /* against the last valid state */
    LOOK(false, "valid status");
}

static void without_a_valid_page_before_there_is_nothing_to_compare_with(void)
{
    begin();
    failure = VMCLOCK_REASON_EMPTY;
    LOOK(false, "initial invalid");
    LOOK(false, "");
    failure = VMCLOCK_REASON_NONE;
    put8(bytes, AT_CLOCK_STATUS, 2);
    LOOK(false, "valid");
    put8(bytes, AT_CLOCK_STATUS, 3);
    LOOK(false, "status");
}

static void another_file_is_told_in_any_state(void)
{
    begin();
    LOOK(false, "initial");
    LOOK(true, "replaced");
    put8(bytes, AT_CLOCK_STATUS, 3);
    LOOK(true, "replaced status");
    failure = VMCLOCK_REASON_EMPTY;
    LOOK(true, "invalid replaced");
    LOOK(true, "replaced");
    failure = VMCLOCK_REASON_NONE;
    LOOK(true, "valid replaced");
}

/* 100 ms, as the kernel waits; a page that has stalled once is not given that again and again. */
static void a_page_that_stays_stalled_is_waited_for_less(void)
{
    begin();
    LOOK(false, "initial");
    EQ(patience, 100000000);
    LOOK(false, "");
    EQ(patience, 100000000);
    failure = VMCLOCK_REASON_UPDATE_STALLED;
    LOOK(false, "invalid");
    EQ(patience, 100000000);
    LOOK(false, "");
    EQ(patience, 10000000);
    LOOK(true, "replaced");
    EQ(patience, 100000000);
    LOOK(false, "");
    EQ(patience, 10000000);
    failure = VMCLOCK_REASON_NONE;
    LOOK(false, "valid");
    EQ(patience, 10000000);
    LOOK(false, "");
    EQ(patience, 100000000);
}

static void absent_fields_are_0(void)
{
    struct vmclock_snapshot snapshot;
    uint64_t value = 7;

    begin();
    put32(bytes, AT_SIZE, 104);
    put_le(bytes + AT_VM_GENERATION_COUNTER, 8, 9);
    put_le(bytes + AT_TIME_MAXERROR_NANOSEC, 8, 9);
    EQ(vmclock_snapshot_take(bytes, sizeof bytes, 1, &snapshot, NULL), VMCLOCK_OK);
    HOLDS(!cmd_snapshot_field(&snapshot, VMCLOCK_FIELD_VM_GENERATION_COUNTER, &value));
    EQ(value, 0);
    HOLDS(cmd_snapshot_field(&snapshot, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, &value));
    EQ(value, 9);
}

/* ---- Lines ---- */

static const struct cmd_style plain = {false, "", "", "", "", "", "", 100};
static const struct cmd_style coloured = {true, "<b>", "<d>", "<r>", "<g>", "<y>", "<>", 100};

/* What is printed of the last look, without its time; the first line of it, or what stands below that. */
static void line_in(const char *row, const struct cmd_style *style, const char *first, const char *below)
{
    struct capture capture = capture_begin(stdout);
    char text[2048], *end;

    cmd_watch_text("p\x1b", &state, style);
    (void)capture_end(&capture, text, sizeof text);
    end = strchr(text, '\n');
    if (strlen(text) < 31 || end == NULL) {
        CU_FAIL("no line");
        return;
    }
    *end = '\0';
    TEXT_IN(row, text + 31, first); /* 2026-11-25 04:58:10.870 +0000 */
    if (below != NULL)
        TEXT_IN(row, end + 1, below);
}

/* A change in the next update. */
static void change(unsigned offset, unsigned width, uint64_t value)
{
    put_le(bytes + offset, width, value);
    put32(bytes, AT_SEQ_COUNT, 4);
}

static void every_change_is_told_in_words(void)
{
    static const struct {
        unsigned offset, width;
        uint64_t value;
        const char *wanted;
    } rows[] = {
        {AT_DISRUPTION_MARKER, 8, 2, "DISRUPTED: seq_count 4; disruption_marker 1 -> 2"},
        {AT_VM_GENERATION_COUNTER, 8, 5, "seq_count 4; vm_generation_counter 0 -> 5"}, /* it means nothing */
        {AT_FLAGS, 8, 0x202, "seq_count 4; flags +DISRUPTION_SOON +NOTIFICATION_PRESENT -PERIOD_ESTERROR_VALID"},
        {AT_FLAGS, 8, 0, "seq_count 4; flags -PERIOD_ESTERROR_VALID"},
        {AT_FLAGS, 8, 8 | UINT64_C(0x8000000000000400), "seq_count 4; flags +0x8000000000000400"},
        {AT_FLAGS, 8, 0x3ff,
         "seq_count 4; flags +TAI_OFFSET_VALID +DISRUPTION_SOON +DISRUPTION_IMMINENT "
         "+PERIOD_MAXERROR_VALID +TIME_ESTERROR_VALID +TIME_MAXERROR_VALID +TIME_MONOTONIC "
         "+VM_GEN_COUNTER_PRESENT +NOTIFICATION_PRESENT"},
        {AT_CLOCK_STATUS, 1, 4, "seq_count 4; clock_status UNKNOWN -> UNRELIABLE"},
        {AT_CLOCK_STATUS, 1, 5, "seq_count 4; clock_status UNKNOWN -> 5"},
        {AT_COUNTER_ID, 1, 0, "seq_count 4; counter_id INVALID -> ARM_VCNT"},
        {AT_TIME_TYPE, 1, 1, "seq_count 4; time_type UTC -> TAI"},
        {AT_LEAP_SECOND_SMEARING_HINT, 1, 2, "seq_count 4; leap_second_smearing_hint STRICT -> UTC_SLS"},
        {AT_TAI_OFFSET_SEC, 2, 0xffdb, "seq_count 4; tai_offset_sec 0 -> -37"},
        {AT_LEAP_INDICATOR, 1, 3, "seq_count 4; leap_indicator NONE -> POS"},
        {AT_COUNTER_PERIOD_SHIFT, 1, 29, "seq_count 4; counter_period_shift 0 -> 29"},
        {AT_COUNTER_VALUE, 8, 1, "seq_count 4; calibration: counter"},
        {AT_COUNTER_PERIOD_FRAC_SEC, 8, 1, "seq_count 4; calibration: period"},
        {AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, 8, 1, "seq_count 4; calibration: period errors"},
        {AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 8, 1, "seq_count 4; calibration: period errors"},
        {AT_TIME_SEC, 8, 1, "seq_count 4; calibration: time"},
        {AT_TIME_FRAC_SEC, 8, 1, "seq_count 4; calibration: time"},
        {AT_TIME_ESTERROR_NANOSEC, 8, 1, "seq_count 4; calibration: time errors"},
        {AT_TIME_MAXERROR_NANOSEC, 8, 1, "seq_count 4; calibration: time errors"},
        {AT_SIZE, 4, 112, "seq_count 4; size 4096 -> 112"},
        {AT_SIZE, 4, 104, "seq_count 4; vm_generation_counter 0 -> absent; size 4096 -> 104"},
        {AT_PAD, 2, 7, "seq_count 4; pad 0 -> 7"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        put_le(bytes + AT_FLAGS, 8, 8);
        LOOK(false, "initial");
        change(rows[i].offset, rows[i].width, rows[i].value);
        (void)cmd_look(NULL, false, &state);
        line_in(rows[i].wanted, &plain, rows[i].wanted, NULL);
    }
}

static void changes_come_in_the_order_of_their_events(void)
{
    begin();
    LOOK(false, "initial");
    memset(bytes + AT_COUNTER_VALUE, 1, PAST_STRUCTURE - AT_COUNTER_VALUE);
    put16(bytes, AT_TAI_OFFSET_SEC, 1);
    put8(bytes, AT_CLOCK_STATUS, 1);
    put16(bytes, AT_PAD, 1);
    put_le(bytes + AT_FLAGS, 8, 1);
    change(AT_DISRUPTION_MARKER, 8, 2);
    LOOK(false, "disruption generation flags status calibration other");
    line_in("all", &plain,
            "DISRUPTED: seq_count 4; disruption_marker 1 -> 2; vm_generation_counter 0 -> 72340172838076673; "
            "flags +TAI_OFFSET_VALID; clock_status UNKNOWN -> INITIALIZING; tai_offset_sec 0 -> 1; "
            "calibration: counter, period, period errors, time, time errors; pad 0 -> 1",
            "");
}

static void the_first_line_tells_the_state(void)
{
    begin();
    LOOK(false, "initial");
    line_in(
        "plain", &coloured,
        "watching p\\x1b; seq_count 2; disruption_marker 1; vm_generation_counter 0; clock_status UNKNOWN; flags none",
        "");
    put32(bytes, AT_SIZE, 34);
    put_le(bytes + AT_FLAGS, 8, 0x601);
    memset(&state, 0, sizeof state);
    LOOK(false, "initial");
    line_in("short", &plain,
            "watching p\\x1b; seq_count 2; disruption_marker 1; vm_generation_counter absent; clock_status absent; "
            "flags TAI_OFFSET_VALID NOTIFICATION_PRESENT 0x400",
            "");
    memset(&state, 0, sizeof state);
    failure = VMCLOCK_REASON_EMPTY;
    LOOK(false, "initial invalid");
    line_in("invalid", &coloured, "watching p\\x1b; <r>invalid<>: the region has no bytes", "");
}

static void alarms_are_red_and_say_what_happened(void)
{
    begin();
    put_le(bytes + AT_FLAGS, 8, 0x100);
    LOOK(false, "initial");
    change(AT_DISRUPTION_MARKER, 8, 2);
    LOOK(false, "disruption");
    line_in("disrupted", &coloured, "<b><r>DISRUPTED<>: seq_count 4; disruption_marker 1 -> 2", "");
    put32(bytes, AT_SEQ_COUNT, 6);
    put_le(bytes + AT_DISRUPTION_MARKER, 8, 3);
    put_le(bytes + AT_VM_GENERATION_COUNTER, 8, 1);
    LOOK(false, "disruption generation");
    line_in("restored", &coloured,
            "<b><r>RESTORED<>: seq_count 6; disruption_marker 2 -> 3; vm_generation_counter 0 -> 1", "");
    put32(bytes, AT_SEQ_COUNT, 8);
    put8(bytes, AT_CLOCK_STATUS, 1);
    LOOK(false, "status");
    line_in("neither", &coloured, "seq_count 8; clock_status UNKNOWN -> INITIALIZING", "");
    failure = VMCLOCK_REASON_UPDATE_TOO_FAST;
    LOOK(true, "invalid replaced");
    line_in("replaced and invalid", &coloured,
            "replaced by another file; <r>invalid<>: the page changed during every attempt to read it: seq_count is 0",
            "");
    failure = VMCLOCK_REASON_NONE;
    put_le(bytes + AT_DISRUPTION_MARKER, 8, 4);
    put32(bytes, AT_SEQ_COUNT, 10);
    LOOK(false, "valid disruption");
    line_in("valid again", &coloured, "<b><r>DISRUPTED<>: valid again; seq_count 10; disruption_marker 3 -> 4", "");
    LOOK(true, "replaced");
    line_in("replaced", &coloured, "replaced by another file; seq_count 10", "");
}

/* Warnings and notices, by colour, each broken at the width of the terminal. */
static void transitions_stand_below(void)
{
    begin();
    put_le(bytes + AT_FLAGS, 8, 0x200);
    LOOK(false, "initial");
    put32(bytes, AT_SIZE, 112);
    put_le(bytes + AT_FLAGS, 8, 0);
    change(AT_DISRUPTION_MARKER, 8, 0);
    LOOK(false, "disruption flags other");
    line_in("transitions", &coloured,
            "<b><r>DISRUPTED<>: seq_count 4; disruption_marker 1 -> 0; flags -NOTIFICATION_PRESENT; size 4096 -> 112",
            "  <r>warning<>  fixed-field-changed  size was 4096, is 112: it is constant for the life of the page\n"
            "                                (UAPI.13)\n"
            "  <y>notice <>  marker-backwards  disruption_marker was 1, is 0: an older state was loaded, or the page\n"
            "                             was made anew; compare it for equality only\n"
            "  <y>notice <>  capability-withdrawn  flags was 0x200, is 0x0: readers that decided once are now deaf\n"
            "                                 (NOTIFICATION_PRESENT)\n");
}

/* ---- JSON ---- */

/* The object of the last look, from its path on. */
static void json_in(const char *row, const char *wanted)
{
    struct capture capture = capture_begin(stdout);
    char text[2048];
    const char *path;

    cmd_watch_json("p", &state);
    (void)capture_end(&capture, text, sizeof text);
    path = strstr(text, "\"path\"");
    TEXT_IN(row, path != NULL ? path : text, wanted);
}

static void objects_have_their_keys_in_order(void)
{
    begin();
    LOOK(false, "initial");
    json_in("first", "\"path\":\"p\",\"events\":[\"initial\"],\"seq_count\":2,\"disruption_marker\":\"1\","
                     "\"vm_generation_counter\":\"0\",\"flags\":\"0\",\"clock_status\":0,"
                     "\"clock_status_name\":\"UNKNOWN\"}\n");
    put32(bytes, AT_SIZE, 34);
    put_le(bytes + AT_FLAGS, 8, UINT64_MAX);
    change(AT_DISRUPTION_MARKER, 8, UINT64_MAX);
    LOOK(false, "disruption generation flags status calibration other");
    json_in("short", "\"path\":\"p\",\"events\":[\"disruption\",\"generation\",\"flags\",\"status\",\"calibration\","
                     "\"other\"],\"seq_count\":4,\"disruption_marker\":\"18446744073709551615\","
                     "\"vm_generation_counter\":null,\"flags\":\"18446744073709551615\",\"clock_status\":null,"
                     "\"clock_status_name\":null,\"transitions\":[\"fixed-field-changed\"]}\n");
    failure = VMCLOCK_REASON_EMPTY;
    LOOK(true, "invalid replaced");
    json_in("invalid",
            "\"path\":\"p\",\"events\":[\"invalid\",\"replaced\"],\"error\":{\"kind\":"
            "\"SegmentNotInitialized\",\"reason\":\"empty\",\"field\":null,\"offset\":null,"
            "\"expected\":\"16\",\"actual\":\"0\",\"message\":\"SegmentNotInitialized: the region has no bytes; "
            "found 0, expected 16\"}}\n");
    failure = VMCLOCK_REASON_NONE;
    put32(bytes, AT_SIZE, PAGE);
    put8(bytes, AT_CLOCK_STATUS, 9);
    LOOK(false, "valid generation status calibration other");
    json_in("valid", "\"path\":\"p\",\"events\":[\"valid\",\"generation\",\"status\",\"calibration\",\"other\"],"
                     "\"seq_count\":4,\"disruption_marker\":\"18446744073709551615\",\"vm_generation_counter\":\"0\","
                     "\"flags\":\"18446744073709551615\",\"clock_status\":9,\"clock_status_name\":null,"
                     "\"transitions\":[\"fixed-field-changed\"]}\n");
}

SUITE(changes) = {
    {"every field has its event", every_field_has_its_event},
    {"an update that changes nothing is no news", an_update_that_changes_nothing_is_no_news},
    {"a field that comes or goes has changed", a_field_that_comes_or_goes_has_changed},
    {"invalid and valid are told once", invalid_and_valid_are_told_once},
    {"without a valid page before there is nothing to compare with",
     without_a_valid_page_before_there_is_nothing_to_compare_with},
    {"another file is told in any state", another_file_is_told_in_any_state},
    {"a page that stays stalled is waited for less", a_page_that_stays_stalled_is_waited_for_less},
    {"absent fields are 0", absent_fields_are_0},
    {"every change is told in words", every_change_is_told_in_words},
    {"changes come in the order of their events", changes_come_in_the_order_of_their_events},
    {"the first line tells the state", the_first_line_tells_the_state},
    {"alarms are red and say what happened", alarms_are_red_and_say_what_happened},
    {"transitions stand below", transitions_stand_below},
    {"objects have their keys in order", objects_have_their_keys_in_order},
    CU_TEST_INFO_NULL,
};
