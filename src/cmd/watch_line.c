/* SPDX-License-Identifier: BSD-2-Clause */
/* One line of `vmclock watch`. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "watch_line.h"

#include <inttypes.h>
#include <string.h>

#include "escape.h"
#include "json.h"
#include "page_text.h"
#include "report.h"

/* ---- JSON ---- */

/* As in "2026-11-25T04:58:10.870123Z". */
static json_t *json_moment(const struct timespec *moment)
{
    struct tm broken = {0};
    char text[64], whole[96];

    gmtime_r(&moment->tv_sec, &broken);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &broken);
    snprintf(whole, sizeof whole, "%s.%06ldZ", text, moment->tv_nsec / 1000);
    return json_string(whole);
}

static json_t *json_events(const struct cmd_state *state)
{
    json_t *const events = cmd_json_array();

    for (unsigned i = 0; i < CMD_EVENTS; i++)
        if (state->events[i])
            cmd_json_append(events, json_string(cmd_event_names[i]));
    return events;
}

static void set_values(json_t *object, const struct vmclock_snapshot *now)
{
    static const enum vmclock_field shown[] = {VMCLOCK_FIELD_SEQ_COUNT, VMCLOCK_FIELD_DISRUPTION_MARKER,
                                               VMCLOCK_FIELD_VM_GENERATION_COUNTER, VMCLOCK_FIELD_FLAGS,
                                               VMCLOCK_FIELD_CLOCK_STATUS};
    uint64_t value;

    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const bool is_here = cmd_snapshot_field(now, shown[i], &value);

        cmd_json_set(object, vmclock_field_info(shown[i])->name,
                     is_here ? cmd_json_value(shown[i], value) : json_null());
    }
    cmd_json_set(object, "clock_status_name",
                 cmd_snapshot_field(now, VMCLOCK_FIELD_CLOCK_STATUS, &value)
                     ? cmd_json_name(VMCLOCK_FIELD_CLOCK_STATUS, value)
                     : json_null());
}

/* Between the last valid state and this one; left out when there are none. */
static void set_transitions(json_t *object, const struct cmd_state *state)
{
    const struct vmclock_view before = vmclock_snapshot_view(&state->before), now = vmclock_snapshot_view(&state->now);
    json_t *const ids = cmd_json_array();
    struct vmclock_transition transition;
    unsigned cursor = 0;

    while (vmclock_transitions_next(&before, &now, &cursor, &transition))
        cmd_json_append(ids, json_string(vmclock_transition_name(transition.id)));
    if (json_array_size(ids) > 0)
        cmd_json_set(object, "transitions", ids);
    else
        json_decref(ids);
}

void cmd_watch_json(const char *path, const struct cmd_state *state)
{
    json_t *const object = cmd_json_object();

    cmd_json_set(object, "observed", json_moment(&state->observed));
    cmd_json_set(object, "path", cmd_json_path(path));
    cmd_json_set(object, "events", json_events(state));
    if (state->error.kind != VMCLOCK_OK)
        cmd_json_set(object, "error", cmd_json_error(&state->error));
    else {
        set_values(object, &state->now);
        set_transitions(object, state);
    }
    cmd_json_print(object);
}

/* ---- Text ---- */

static void put_value(const struct vmclock_snapshot *snapshot, enum vmclock_field field)
{
    uint64_t value;
    const bool is_here = cmd_snapshot_field(snapshot, field, &value);
    const char *const name = vmclock_value_name(field, value);
    char text[32];

    vmclock_format_value(field, value, text, sizeof text);
    fputs(!is_here ? "absent" : name != NULL ? name : text, stdout);
}

/* " +TAI_OFFSET_VALID +0x800": names, and a number for the bits without. */
static void put_flags(const char *sign, uint64_t flags)
{
    for (uint64_t bit = 1; bit <= VMCLOCK_FLAGS_KNOWN; bit <<= 1)
        if ((flags & bit) != 0)
            printf(" %s%s", sign, vmclock_value_name(VMCLOCK_FIELD_FLAGS, bit));
    if ((flags & ~VMCLOCK_FLAGS_KNOWN) != 0)
        printf(" %s0x%" PRIx64, sign, (uint64_t)(flags & ~VMCLOCK_FLAGS_KNOWN));
}

/* What a calibration changes each time, in a word: nobody compares these numbers by eye. NULL: a field to be shown. */
static const char *topic_of(enum vmclock_field field)
{
    switch ((unsigned)field) {
    case VMCLOCK_FIELD_COUNTER_VALUE:
        return "counter";
    case VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC:
        return "period";
    case VMCLOCK_FIELD_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC:
    case VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC:
        return "period errors";
    case VMCLOCK_FIELD_TIME_SEC:
    case VMCLOCK_FIELD_TIME_FRAC_SEC:
        return "time";
    case VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC:
    case VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC:
        return "time errors";
    default:
        return NULL;
    }
}

static void put_change(const struct cmd_state *state, enum vmclock_field field)
{
    uint64_t before, now;

    printf("; %s", vmclock_field_info(field)->name);
    if (field == VMCLOCK_FIELD_FLAGS) {
        cmd_snapshot_field(&state->before, field, &before);
        cmd_snapshot_field(&state->now, field, &now);
        put_flags("+", now & ~before);
        put_flags("-", before & ~now);
        return;
    }
    putchar(' ');
    put_value(&state->before, field);
    fputs(" -> ", stdout);
    put_value(&state->now, field);
}

static void put_changes(const struct cmd_state *state, enum cmd_event event)
{
    const char *topic, *last = NULL;

    for (unsigned i = VMCLOCK_FIELD_NONE + 1; state->events[event] && i < VMCLOCK_FIELD_END; i++) {
        const enum vmclock_field field = (enum vmclock_field)i;

        if (cmd_event_of(field) != event || !cmd_differs(state, field))
            continue;
        topic = topic_of(field);
        if (topic == NULL)
            put_change(state, field);
        else if (last == NULL || strcmp(topic, last) != 0)
            printf("%s%s", last == NULL ? "; calibration: " : ", ", topic);
        last = topic != NULL ? topic : last;
    }
}

/* The first line, which has nothing to be compared with. */
static void put_all(const struct vmclock_snapshot *now)
{
    static const enum vmclock_field shown[] = {VMCLOCK_FIELD_DISRUPTION_MARKER, VMCLOCK_FIELD_VM_GENERATION_COUNTER,
                                               VMCLOCK_FIELD_CLOCK_STATUS};
    uint64_t flags;

    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        printf("; %s ", vmclock_field_info(shown[i])->name);
        put_value(now, shown[i]);
    }
    cmd_snapshot_field(now, VMCLOCK_FIELD_FLAGS, &flags);
    fputs("; flags", stdout);
    fputs(flags == 0 ? " none" : "", stdout);
    put_flags("", flags);
}

static void put_local_time(const struct timespec *moment)
{
    struct tm broken = {0};
    char text[64] = "", zone[16] = "";

    localtime_r(&moment->tv_sec, &broken);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &broken);
    strftime(zone, sizeof zone, "%z", &broken);
    printf("%s.%03ld %s  ", text, moment->tv_nsec / 1000000, zone);
}

/* What nobody must overlook: the clock was disrupted, or the machine is another one. */
static void put_alarm(const struct cmd_state *state, const struct cmd_style *style)
{
    const bool is_restored = state->events[CMD_GENERATION] &&
                             vmclock_snapshots_compare(&state->before, &state->now) == VMCLOCK_RESTORED;

    if (is_restored || state->events[CMD_DISRUPTION])
        printf("%s%s%s%s: ", style->bold, style->red, is_restored ? "RESTORED" : "DISRUPTED", style->reset);
}

/* What of it a writer should not have done, each below the line. */
static void print_transitions(const struct cmd_state *state, const struct cmd_style *style)
{
    const struct vmclock_view before = vmclock_snapshot_view(&state->before), now = vmclock_snapshot_view(&state->now);
    struct vmclock_transition transition;
    unsigned cursor = 0;
    char text[512];

    while (vmclock_transitions_next(&before, &now, &cursor, &transition)) {
        const char *const id = vmclock_transition_name(transition.id);

        vmclock_transition_format(&transition, text, sizeof text);
        cmd_print_remark(transition.severity, id, (unsigned)strlen(id), text, style);
    }
}

void cmd_watch_text(const char *path, const struct cmd_state *state, const struct cmd_style *style)
{
    char text[512];

    put_local_time(&state->observed);
    if (state->events[CMD_INITIAL]) {
        fputs("watching ", stdout);
        cmd_put_escaped(stdout, path);
        fputs("; ", stdout);
    }
    fputs(state->events[CMD_REPLACED] ? "replaced by another file; " : "", stdout);
    if (state->error.kind != VMCLOCK_OK) {
        vmclock_error_describe(&state->error, text, sizeof text);
        printf("%sinvalid%s: %s\n", style->red, style->reset, text);
        return;
    }
    put_alarm(state, style);
    printf("%sseq_count %" PRIu32, state->events[CMD_VALID] ? "valid again; " : "", state->now.seq_count);
    if (state->events[CMD_INITIAL])
        put_all(&state->now);
    for (unsigned i = CMD_DISRUPTION; i < CMD_EVENTS; i++)
        put_changes(state, (enum cmd_event)i);
    putchar('\n');
    print_transitions(state, style);
}
