/* SPDX-License-Identifier: BSD-2-Clause */
/* `vmclock watch`: looks at a live page again and again, and ends when it should. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "watch.h"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "changes.h"
#include "json.h"
#include "watch_line.h"

#define NS_PER_SEC UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

struct watch_options {
    unsigned format, until; /* CMD_EVENTS: no event ends it */
    uint64_t offset, interval_ms, timeout_ns;
    uint64_t count; /* 0: no end */
};

static volatile sig_atomic_t stopped;

/*
 * A signal that comes between the look at `stopped` and the sleep would not be noticed until the sleep is over: the
 * alarm rings until the program has ended.
 */
static void stop(int number)
{
    (void)number;
    stopped = 1;
    alarm(1);
}

/* What is ignored stays so: whoever started a job in the background wants it out of reach of ^C. */
static void catch_signal(int number, const struct sigaction *action)
{
    struct sigaction before;

    if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(number, action, NULL);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    action.sa_flags |= (int)SA_RESETHAND; /* the second one kills, should the first not help */
    catch_signal(SIGINT, &action);
    catch_signal(SIGTERM, &action);
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

/* ---- A file in another one's place ---- */

static bool is_same(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

/*
 * Where a regular file is watched and the path names another one by now: goes on with that. The old one is open until
 * then, so that its inode is not used again. What cannot be opened is tried again at the next look.
 */
static bool follow(struct vmclock_device *device, const char *path, uint64_t offset)
{
    struct vmclock_device next;
    struct vmclock_error err;
    struct stat open_now, named;

    if (fstat(device->fd, &open_now) != 0 || !S_ISREG(open_now.st_mode) || stat(path, &named) != 0 ||
        !S_ISREG(named.st_mode) || is_same(&open_now, &named) ||
        vmclock_device_open(&next, path, offset, &err) != VMCLOCK_OK)
        return false;
    if (fstat(next.fd, &named) != 0 || is_same(&open_now, &named)) {
        vmclock_device_close(&next);
        return false;
    }
    vmclock_device_close(device);
    *device = next;
    return true;
}

/* ---- The subcommand ---- */

static void print_state(const char *path, const struct cmd_state *state, const struct watch_options *options,
                        const struct cmd_style *style)
{
    if (options->format == CMD_JSON)
        cmd_watch_json(path, state);
    else
        cmd_watch_text(path, state, style);
}

static bool is_last_line(const struct cmd_state *state, const struct watch_options *options, uint64_t lines)
{
    return lines == options->count || (options->until < CMD_EVENTS && state->events[options->until]);
}

/* Until the end of the count, of the time, of the output, the event that is waited for, or a signal. */
static enum cmd_status watch(struct vmclock_device *device, const char *path, const struct watch_options *options)
{
    const uint64_t start = now_ns(), interval_ns = options->interval_ms * NS_PER_MS;
    const struct cmd_style style = cmd_style(stdout);
    struct cmd_state state = {.has_looked = false};
    struct vmclock_error err;
    uint64_t lines = 0, left;

    do {
        if (cmd_look(device, state.has_looked && follow(device, path, options->offset), &state)) {
            print_state(path, &state, options, &style);
            if (!cmd_flush())
                return CMD_UNREADABLE;
            if (is_last_line(&state, options, ++lines))
                return CMD_OK;
        }
        if (stopped || is_unread())
            return CMD_OK;
        left = now_ns() - start;
        if (left >= options->timeout_ns)
            return options->until < CMD_EVENTS ? CMD_INVALID : CMD_OK;
        left = options->timeout_ns - left;
        /* One interval at a time: a page can also change while its seq_count stays. */
    } while (vmclock_device_wait(device, &state.snapshot, interval_ns, left < interval_ns ? left : interval_ns, NULL,
                                 &err) == VMCLOCK_OK);
    return cmd_error(path, &err, NULL);
}

/* A path that cannot be opened. */
static enum cmd_status refuse(const char *path, const struct vmclock_error *err, unsigned format)
{
    json_t *object;

    if (format != CMD_JSON)
        return cmd_error(path, err, NULL);
    object = cmd_json_object();
    cmd_json_set(object, "path", cmd_json_path(path));
    cmd_json_set(object, "error", cmd_json_error(err));
    cmd_json_print(object);
    return cmd_status_of(err);
}

static const char watch_help[] =
    "Usage: vmclock watch [OPTION]... [PATH]\n"
    "Follows a live page, a device or a file, and prints a line for each change.\n"
    "No PATH: " VMCLOCK_DEVICE ".\n"
    "\n"
    "  -f, --format=text|json  text for people (default), or one JSON object per line\n"
    "      --offset=N          the page starts N bytes into the file or device;\n"
    "                          decimal or 0x..., with K, M or G for powers of 1024\n"
    "      --count=N           end after N lines\n"
    "      --timeout=S         end after S seconds; 0.5 is possible\n"
    "      --until=EVENT       end after the first line with this event: initial,\n"
    "                          valid, invalid, replaced, disruption, generation,\n"
    "                          flags, status, calibration or other\n"
    "      --interval=MS       look so often where nothing tells of a change\n"
    "                          (default 100)\n"
    "  -h, --help              this text\n"
    "      --version           the version\n"
    "\n"
    "Several updates between two looks are one line; one that changes nothing but\n"
    "seq_count is none. A file that takes the place of another is followed.\n"
    "\n"
    "Exit status: 0 ended by --count, --until, --timeout or ^C; 1 --timeout came\n"
    "before the event of --until; 2 wrong usage; 3 it could not be opened.\n";

enum cmd_status cmd_watch(int argc, char **argv)
{
    struct watch_options options = {.format = CMD_TEXT, .until = CMD_EVENTS, .interval_ms = 100,
                                    .timeout_ns = UINT64_MAX};
    const struct cmd_option known[] = {
        CMD_FORMAT_OPTION(&options.format),
        CMD_OFFSET_OPTION(&options.offset),
        {.name = "count",
         .kind = CMD_NUMBER,
         .to = &options.count,
         .refusal = "this is no number of lines",
         .low = 1,
         .high = UINT64_MAX},
        {.name = "until",
         .kind = CMD_CHOICE,
         .to = &options.until,
         .choices = cmd_event_names,
         .refusal = "there is no such event"},
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
    if (vmclock_device_open(&device, path, options.offset, &err) != VMCLOCK_OK)
        return refuse(path, &err, options.format);
    status = watch(&device, path, &options);
    vmclock_device_close(&device);
    return status;
}
