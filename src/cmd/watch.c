/* SPDX-License-Identifier: BSD-2-Clause */
/* `vmclock watch`: one line per change of a live page. Looks by snapshots alone; what a change is called is decided here. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "watch.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "escape.h"
#include "json.h"

#define NS_PER_SEC UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

/* In the order in which a line has them. */
enum event { INITIAL, VALID, INVALID, DISRUPTION, GENERATION, FLAGS, STATUS, CALIBRATION, OTHER, EVENTS };
static const char *const event_names[EVENTS] = {"initial", "valid",  "invalid",     "disruption", "generation",
                                                "flags",   "status", "calibration", "other"};

struct watch_options {
    unsigned format;
    uint64_t interval_ms, timeout_ns;
    uint64_t count; /* 0: no end */
};

/* What is known of the page. */
struct state {
    struct vmclock_snapshot snapshot; /* of the last look; empty when the page was invalid */
    struct vmclock_error error;       /* of the last look; none: valid */
    struct vmclock_snapshot now;      /* as last seen valid */
    struct vmclock_snapshot before;   /* as last seen valid before that, or empty */
    bool events[EVENTS];              /* seen in the last look */
};

/* ---- What changed ---- */

static enum event event_of(enum vmclock_field field)
{
    switch ((unsigned)field) {
    case VMCLOCK_FIELD_DISRUPTION_MARKER:
        return DISRUPTION;
    case VMCLOCK_FIELD_VM_GENERATION_COUNTER:
        return GENERATION;
    case VMCLOCK_FIELD_FLAGS:
        return FLAGS;
    case VMCLOCK_FIELD_CLOCK_STATUS:
        return STATUS;
    case VMCLOCK_FIELD_MAGIC:
    case VMCLOCK_FIELD_SIZE:
    case VMCLOCK_FIELD_VERSION:
    case VMCLOCK_FIELD_PAD:
        return OTHER;
    default:
        return CALIBRATION;
    }
}

/* A field of a snapshot. False, and 0, when it is absent. */
static bool field_of(const struct vmclock_snapshot *snapshot, enum vmclock_field field, uint64_t *value)
{
    const struct vmclock_view view = vmclock_snapshot_view(snapshot);

    *value = 0;
    return vmclock_get_raw(&view, field, value) != VMCLOCK_ABSENT;
}

static bool differs(const struct state *state, enum vmclock_field field)
{
    uint64_t now, before;
    const bool is_here = field_of(&state->now, field, &now), was_here = field_of(&state->before, field, &before);

    return field != VMCLOCK_FIELD_SEQ_COUNT && (is_here != was_here || now != before);
}

/* Looks at the page. True when there is something to tell. */
static bool look(const struct vmclock_device *device, bool is_first, struct state *state)
{
    const bool was_valid = !is_first && state->error.kind == VMCLOCK_OK;
    /* One that has stalled once need not be given its 100 ms again and again. */
    const uint64_t patience = is_first || was_valid ? VMCLOCK_TIMEOUT_NS : VMCLOCK_TIMEOUT_NS / 10;
    const bool is_valid = vmclock_device_snapshot(device, patience, &state->snapshot, &state->error) == VMCLOCK_OK;
    bool is_news = false;

    memset(state->events, 0, sizeof state->events);
    state->events[INITIAL] = is_first;
    state->events[VALID] = !is_first && is_valid && !was_valid;
    state->events[INVALID] = !is_valid && (is_first || was_valid);
    if (is_valid) {
        state->before = state->now;
        state->now = state->snapshot;
    }
    for (unsigned i = VMCLOCK_FIELD_NONE + 1; is_valid && state->before.len > 0 && i < VMCLOCK_FIELD_END; i++)
        if (differs(state, (enum vmclock_field)i))
            state->events[event_of((enum vmclock_field)i)] = true;
    for (unsigned i = 0; i < EVENTS; i++)
        is_news |= state->events[i];
    return is_news;
}

/* ---- Telling it ---- */

static json_t *json_field(const struct vmclock_snapshot *snapshot, enum vmclock_field field)
{
    uint64_t value;

    return field_of(snapshot, field, &value) ? cmd_json_value(field, value) : json_null();
}

static void watch_print_json(const struct state *state)
{
    static const enum vmclock_field shown[] = {VMCLOCK_FIELD_SEQ_COUNT, VMCLOCK_FIELD_DISRUPTION_MARKER,
                                               VMCLOCK_FIELD_VM_GENERATION_COUNTER, VMCLOCK_FIELD_FLAGS,
                                               VMCLOCK_FIELD_CLOCK_STATUS};
    json_t *const object = cmd_json_object(), *const events = cmd_json_array();

    for (unsigned i = 0; i < EVENTS; i++)
        if (state->events[i])
            cmd_json_append(events, json_string(event_names[i]));
    cmd_json_set(object, "events", events);
    if (state->error.kind != VMCLOCK_OK)
        cmd_json_set(object, "error", cmd_json_error(&state->error));
    for (unsigned i = 0; state->error.kind == VMCLOCK_OK && i < sizeof shown / sizeof *shown; i++)
        cmd_json_set(object, vmclock_field_info(shown[i])->name, json_field(&state->now, shown[i]));
    cmd_json_print(object);
}

static void put_value(const struct vmclock_snapshot *snapshot, enum vmclock_field field)
{
    uint64_t value;
    const bool is_here = field_of(snapshot, field, &value);
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
        printf(" %s0x%" PRIx64, sign, flags & ~VMCLOCK_FLAGS_KNOWN);
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

static void put_change(const struct state *state, enum vmclock_field field)
{
    uint64_t before, now;

    printf("; %s", vmclock_field_info(field)->name);
    if (field == VMCLOCK_FIELD_FLAGS) {
        field_of(&state->before, field, &before);
        field_of(&state->now, field, &now);
        put_flags("+", now & ~before);
        put_flags("-", before & ~now);
        return;
    }
    putchar(' ');
    put_value(&state->before, field);
    fputs(" -> ", stdout);
    put_value(&state->now, field);
}

static void put_changes(const struct state *state, enum event event)
{
    const char *topic, *last = NULL;

    for (unsigned i = VMCLOCK_FIELD_NONE + 1; state->events[event] && i < VMCLOCK_FIELD_END; i++) {
        const enum vmclock_field field = (enum vmclock_field)i;

        if (event_of(field) != event || !differs(state, field))
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

    for (unsigned i = 0; i < sizeof shown / sizeof *shown; i++) {
        printf("; %s ", vmclock_field_info(shown[i])->name);
        put_value(now, shown[i]);
    }
    field_of(now, VMCLOCK_FIELD_FLAGS, &flags);
    fputs("; flags", stdout);
    fputs(flags == 0 ? " none" : "", stdout);
    put_flags("", flags);
}

static void put_local_time(void)
{
    struct timespec now;
    struct tm broken;
    char text[64] = "";

    clock_gettime(CLOCK_REALTIME, &now);
    if (localtime_r(&now.tv_sec, &broken) != NULL)
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &broken);
    printf("%s.%03ld  ", text, now.tv_nsec / 1000000);
}

static void watch_print_text(const char *path, const struct state *state)
{
    char text[256];

    put_local_time();
    if (state->events[INITIAL]) {
        fputs("watching ", stdout);
        cmd_put_escaped(stdout, path);
        fputs("; ", stdout);
    }
    if (state->error.kind != VMCLOCK_OK) {
        vmclock_error_format(&state->error, text, sizeof text);
        printf("invalid: %s\n", text);
        return;
    }
    printf("%sseq_count %" PRIu32, state->events[VALID] ? "valid again; " : "", state->now.seq_count);
    if (state->events[INITIAL])
        put_all(&state->now);
    for (unsigned i = DISRUPTION; i < EVENTS; i++)
        put_changes(state, (enum event)i);
    putchar('\n');
}

/* ---- Waiting ---- */

static volatile sig_atomic_t stopped;

/*
 * A signal that comes between the look at `stopped` and the sleep would not be noticed until the sleep is over: the alarm
 * rings until the program has ended.
 */
static void stop(int number)
{
    (void)number;
    stopped = 1;
    alarm(1);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    action.sa_flags |= (int)SA_RESETHAND; /* the second one kills, should the first not help */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec;
}

/* Nobody reads the pipe any more, which writing alone would tell only at the next change. */
static bool is_unread(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO, .events = 0};

    return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

/* Until the end of the count, of the time, of the output, or a signal. */
static enum cmd_status watch(const struct vmclock_device *device, const char *path, const struct watch_options *options)
{
    const uint64_t start = now_ns(), interval_ns = options->interval_ms * NS_PER_MS;
    struct state state = {.events = {false}};
    uint64_t lines = 0, past;

    for (bool is_first = true;; is_first = false) {
        struct vmclock_error err;

        if (look(device, is_first, &state)) {
            options->format == CMD_JSON ? watch_print_json(&state) : watch_print_text(path, &state);
            if (!cmd_flush())
                return CMD_UNREADABLE;
            lines++;
        }
        past = now_ns() - start;
        if (stopped || lines == options->count || past >= options->timeout_ns || is_unread())
            return CMD_OK;
        past = options->timeout_ns - past;
        /* One interval at a time: a page can also become invalid while its seq_count stays. */
        if (vmclock_device_wait(device, &state.snapshot, interval_ns, past < interval_ns ? past : interval_ns,
                                NULL, &err) != VMCLOCK_OK)
            return cmd_error(path, &err, NULL);
    }
}

/* ---- The subcommand ---- */

static const char watch_help[] =
    "Usage: vmclock watch [OPTION]... [PATH]\n"
    "Follows a live page, a device or a file, and prints a line for each change.\n"
    "No PATH: " VMCLOCK_DEVICE ".\n"
    "\n"
    "  -f, --format=text|json  text for people (default), or one JSON object per line\n"
    "      --count=N           end after N lines\n"
    "      --timeout=S         end after S seconds; 0.5 is possible\n"
    "      --interval=MS       look so often where nothing tells of a change\n"
    "                          (default 100)\n"
    "  -h, --help              this text\n"
    "      --version           the version\n"
    "\n"
    "Exit status: 0 ended by --count, --timeout or ^C; 2 wrong usage; 3 it could not\n"
    "be opened.\n";

enum cmd_status cmd_watch(int argc, char **argv)
{
    struct watch_options options = {.format = CMD_TEXT, .interval_ms = 100, .timeout_ns = UINT64_MAX};
    const struct cmd_option known[] = {
        CMD_FORMAT_OPTION(&options.format),
        {.name = "count",
         .kind = CMD_NUMBER,
         .to = &options.count,
         .refusal = "this is no number of lines",
         .low = 1,
         .high = UINT64_MAX},
        {.name = "timeout",
         .kind = CMD_SECONDS,
         .to = &options.timeout_ns,
         .refusal = "the timeout is no number of seconds"},
        {.name = "interval",
         .kind = CMD_NUMBER,
         .to = &options.interval_ms,
         .refusal = "the interval is no number of milliseconds from 1 to 2^31 - 1",
         .low = 1,
         .high = INT32_MAX},
    };
    const struct cmd_syntax syntax = {watch_help, known, sizeof known / sizeof *known, 0, 1, NULL,
                                      "one page at a time"};
    struct vmclock_device device;
    struct vmclock_error err;
    char *const *paths;
    const char *path;
    enum cmd_status status;
    int count;

    if (!cmd_args(argc, argv, &syntax, &paths, &count, &status))
        return status;
    path = count > 0 ? paths[0] : VMCLOCK_DEVICE;
    catch_signals();
    if (vmclock_device_open(&device, path, 0, &err) != VMCLOCK_OK)
        return cmd_error(path, &err, NULL);
    status = watch(&device, path, &options);
    vmclock_device_close(&device);
    return status;
}
