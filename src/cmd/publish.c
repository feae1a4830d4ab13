/* SPDX-License-Identifier: BSD-2-Clause */
/* `vmclock publish`: plays the hypervisor on a page in a file. Knows no offset; each update is the library's. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "publish.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "set.h"

struct publish_options {
    struct cmd_set set;
    bool has_set, disrupt, restored, calibrate, stall, has_repeat, force;
    uint64_t raise_flags; /* on top of what the page or --set has */
    uint64_t repeat, interval_ms;
};

/* ---- --calibrate ---- */

/* Measures, and adds to the options what --set has not. */
static enum vmclock_err calibrate(struct publish_options *options, struct vmclock_error *err)
{
    static const enum vmclock_field measured[] = {
        VMCLOCK_FIELD_COUNTER_ID, VMCLOCK_FIELD_TIME_TYPE, VMCLOCK_FIELD_CLOCK_STATUS, VMCLOCK_FIELD_TAI_OFFSET_SEC,
        VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT, VMCLOCK_FIELD_COUNTER_VALUE, VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC,
        VMCLOCK_FIELD_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC,
        VMCLOCK_FIELD_TIME_SEC, VMCLOCK_FIELD_TIME_FRAC_SEC, VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC,
        VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC};
    struct vmclock_page page = {
        .magic = VMCLOCK_MAGIC, .size = VMCLOCK_STRUCT_SIZE, .version = VMCLOCK_LAYOUT_VERSION};
    uint8_t bytes[VMCLOCK_STRUCT_SIZE];
    struct vmclock_view view;
    enum vmclock_err kind = vmclock_calibrate(&page, err);

    if (kind != VMCLOCK_OK)
        return kind;
    vmclock_encode(&page, bytes, sizeof bytes);
    kind = vmclock_parse(bytes, sizeof bytes, 0, &view, err);
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++)
        if (!options->set.given[measured[i]]) {
            options->set.given[measured[i]] = true;
            vmclock_get_raw(&view, measured[i], &options->set.values[measured[i]]);
        }
    if (!options->set.given[VMCLOCK_FIELD_FLAGS])
        options->raise_flags |= page.flags;
    return kind;
}

/* ---- One update ---- */

/* What goes between begin and commit. */
static enum vmclock_err store(volatile void *page, size_t len, const struct publish_options *options,
                              struct vmclock_error *err)
{
    const uint64_t bumps = (uint64_t)options->disrupt + options->restored;
    enum vmclock_err kind = VMCLOCK_OK;

    for (unsigned i = 0; kind == VMCLOCK_OK && i < VMCLOCK_FIELD_END; i++)
        if (options->set.given[i])
            kind = vmclock_publish_set(page, len, (enum vmclock_field)i, options->set.values[i], err);
    if (kind == VMCLOCK_OK && bumps > 0)
        kind = vmclock_publish_add(page, len, VMCLOCK_FIELD_DISRUPTION_MARKER, bumps, err);
    if (kind == VMCLOCK_OK && options->restored)
        kind = vmclock_publish_add(page, len, VMCLOCK_FIELD_VM_GENERATION_COUNTER, 1, err);
    if (kind == VMCLOCK_OK && options->raise_flags != 0)
        kind = vmclock_publish_or(page, len, VMCLOCK_FIELD_FLAGS, options->raise_flags, err);
    return kind;
}

static enum vmclock_err update(const struct vmclock_writer *writer, struct publish_options options,
                               struct vmclock_error *err)
{
    uint64_t rehearsal[VMCLOCK_STRUCT_SIZE / 8] = {0};
    sigset_t all, before;
    enum vmclock_err kind;

    if (options.calibrate && (kind = calibrate(&options, err)) != VMCLOCK_OK)
        return kind;
    /* What the page has no room for shows here, before readers have to wait or see half of it. */
    kind = store(rehearsal, writer->len < sizeof rehearsal ? writer->len : sizeof rehearsal, &options, err);
    if (kind != VMCLOCK_OK)
        return kind;
    /* An update is not left half done because someone pressed ^C. */
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    kind = vmclock_publish_begin(writer->page, writer->len, err);
    if (kind == VMCLOCK_OK)
        kind = store(writer->page, writer->len, &options, err);
    if (kind == VMCLOCK_OK && !options.stall)
        kind = vmclock_publish_commit(writer->page, writer->len, err);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return kind;
}

/* How far it came. */
struct progress {
    bool is_open, created;
    uint64_t done; /* updates */
};

static enum vmclock_err publish(const char *path, const struct publish_options *options, struct progress *progress,
                                struct vmclock_error *err)
{
    const struct timespec interval = {.tv_sec = (time_t)(options->interval_ms / 1000),
                                      .tv_nsec = (long)(options->interval_ms % 1000) * 1000000};
    const bool wants_update = options->has_set || options->disrupt || options->restored || options->calibrate ||
                              options->stall || options->has_repeat;
    struct vmclock_writer writer;
    enum vmclock_err kind = vmclock_writer_open(&writer, path, options->force ? VMCLOCK_WRITER_FORCE : 0,
                                                VMCLOCK_LOCK_TIMEOUT_NS, &progress->created, err);

    progress->is_open = kind == VMCLOCK_OK;
    while (kind == VMCLOCK_OK && progress->done < options->repeat && (wants_update || !progress->created)) {
        if (progress->done > 0)
            nanosleep(&interval, NULL);
        kind = update(&writer, *options, err);
        progress->done += kind == VMCLOCK_OK;
    }
    vmclock_writer_close(&writer);
    return kind;
}

/* ---- When it fails ---- */

/* The name of a process, which may be anything, as one word of ASCII; "?" when it has none by now. */
static void name_process(uint64_t process, char *name, size_t cap)
{
    char path[48];
    FILE *file;

    snprintf(path, sizeof path, "/proc/%" PRIu64 "/comm", process);
    snprintf(name, cap, "?");
    file = fopen(path, "re");
    if (file == NULL)
        return;
    if (fgets(name, (int)cap, file) != NULL) {
        name[strcspn(name, "\n")] = '\0';
        for (char *c = name; *c != '\0'; c++)
            if (*c <= ' ' || *c > '~' || *c == '`')
                *c = '?';
    }
    fclose(file);
}

/* What to do about a call that failed; NULL: what the library says. */
static const char *advise(const struct vmclock_error *err, char *buf, size_t cap)
{
    char name[32];

    switch (err->sys_errno) {
    case ENOENT:
        return "The directory that it would be made in does not exist, or the path is a link that leads nowhere.";
    case ESTALE:
        return "Others keep putting another file in its place.";
    case EOPNOTSUPP:
        return "Only a regular file can hold a page to publish.";
    case EWOULDBLOCK:
        if (err->actual == 0)
            return "Another process holds its lock, and did not release it within 5 s.";
        name_process(err->actual, name, sizeof name);
        snprintf(buf, cap,
                 "Process %" PRIu64 " (%s) holds its lock, and did not release it within 5 s: another publisher, or "
                 "whoever else can read the file.",
                 err->actual, name);
        return buf;
    case EFBIG:
        return "A page takes 4096 bytes, and the limit for the size of a file is below that: see `ulimit -f`";
    default:
        return NULL;
    }
}

/* What the failure has left in the file. */
static const char *tell_state(const struct publish_options *options, const struct progress *progress)
{
    if (!progress->is_open)
        return "The file was left as it was. To make a page of it all the same, add --force.";
    if (progress->done > 0)
        return "The updates before this one were made.";
    if (progress->created)
        return "The file was made, with a page without clock data, but not updated.";
    return options->force ? "It holds a page, which was not updated." : "The file was left as it was.";
}

static enum cmd_status publish_complain(const char *path, const struct publish_options *options,
                                        const struct progress *progress, const struct vmclock_error *err)
{
    char buf[256];

    return cmd_error(path, err,
                     err->kind == VMCLOCK_ERR_SYSCALL ? advise(err, buf, sizeof buf) : tell_state(options, progress));
}

/* ---- The subcommand ---- */

static const char publish_help[] =
    "Usage: vmclock publish [OPTION]... PATH\n"
    "Plays the hypervisor on a page in a file: for tests, demonstrations, fault\n"
    "injection. When PATH does not exist it is created: 4096 bytes with a page\n"
    "without clock data. One update follows, on a new page only if an option asks for\n"
    "it. While another publisher has the file locked it waits, for 5 s.\n"
    "\n"
    "      --set FIELD=VALUE    set a field; a number (decimal or 0x...) or a name,\n"
    "                           of flags also several with | between them; can be\n"
    "                           given many times. A wrong one is answered with those\n"
    "                           that there are\n"
    "      --disrupt            disruption_marker + 1\n"
    "      --snapshot-restored  disruption_marker + 1, vm_generation_counter + 1 and\n"
    "                           its flag set\n"
    "      --calibrate          clock data from this machine's clock and counter,\n"
    "                           with their flags; what --set sets stays as set,\n"
    "                           flags too\n"
    "      --stall              begin the update and do not end it: seq_count stays\n"
    "                           odd. The next update ends it, and sets clock_status\n"
    "                           UNKNOWN unless it stores the clock data\n"
    "                           (--calibrate) or clock_status itself\n"
    "      --repeat=N           make N updates, with the file locked against others\n"
    "      --interval=MS        wait so long between them (default 100)\n"
    "      --force              make a page of a file that does not hold one;\n"
    "                           seq_count goes on from the four bytes that are there\n"
    "  -h, --help               this text\n"
    "      --version            the version\n"
    "\n"
    "Exit status: 0 done; 1 the file holds no page, or one without such a field, or\n"
    "the clock cannot be measured; 2 wrong usage; 3 it could not be opened, locked,\n"
    "made or written.\n";

enum cmd_status cmd_publish(int argc, char **argv)
{
    struct publish_options options = {.repeat = 1, .interval_ms = 100};
    const struct cmd_option known[] = {
        {.name = "set", .kind = CMD_OTHER, .to = &options.set, .given = &options.has_set, .take = cmd_set_take},
        {.name = "disrupt", .kind = CMD_FLAG, .to = &options.disrupt},
        {.name = "snapshot-restored", .kind = CMD_FLAG, .to = &options.restored},
        {.name = "calibrate", .kind = CMD_FLAG, .to = &options.calibrate},
        {.name = "stall", .kind = CMD_FLAG, .to = &options.stall},
        {.name = "repeat",
         .kind = CMD_NUMBER,
         .to = &options.repeat,
         .given = &options.has_repeat,
         .refusal = "this is no number of updates",
         .low = 1,
         .high = UINT64_MAX},
        {.name = "interval",
         .kind = CMD_NUMBER,
         .to = &options.interval_ms,
         .refusal = "the interval is no number of milliseconds below 2^31",
         .high = INT32_MAX},
        {.name = "force", .kind = CMD_FLAG, .to = &options.force},
    };
    const struct cmd_syntax syntax = {publish_help, known, sizeof known / sizeof *known, 1, 1,
                                      "the file to publish in is missing", "one file at a time"};
    struct progress progress = {.done = 0};
    struct vmclock_error err;
    char *const *paths;
    enum cmd_status status;
    int count;

    if (!cmd_args(argc, argv, &syntax, &paths, &count, &status))
        return status;
    options.raise_flags |= options.restored ? VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT : 0;
    if (publish(paths[0], &options, &progress, &err) == VMCLOCK_OK)
        return CMD_OK;
    return publish_complain(paths[0], &options, &progress, &err);
}
