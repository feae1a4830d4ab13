/* SPDX-License-Identifier: BSD-2-Clause */
/* `vmclock publish`: plays the hypervisor on a page in a file. Knows no offset; each update is the library's. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "publish.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "escape.h"

struct publish_options {
    uint64_t values[VMCLOCK_FIELD_END]; /* by --set */
    bool given[VMCLOCK_FIELD_END];
    bool has_set, disrupt, restored, calibrate, stall, has_repeat, force;
    uint64_t raise_flags; /* on top of what the page or --set has */
    uint64_t repeat, interval_ms;
};

/* ---- --set FIELD=VALUE ---- */

static bool fits(const struct vmclock_field_row *info, uint64_t value)
{
    return value <= UINT64_MAX >> (64 - 8 * info->width + info->is_signed);
}

/* One number or name. Negative numbers come out in two's complement. */
static bool parse_part(enum vmclock_field field, const char *text, uint64_t *out)
{
    const struct vmclock_field_row *const info = vmclock_field_info(field);
    uint64_t magnitude;

    if (vmclock_value_from_name(field, text, out))
        return true;
    if (*text == '-' && info->is_signed && cmd_number(text + 1, &magnitude) &&
        (magnitude == 0 || fits(info, magnitude - 1))) {
        *out = 0 - magnitude;
        return true;
    }
    return cmd_number(text, out) && fits(info, *out);
}

/* Longer than every name and number there is. */
typedef char word[64];

/* Takes what comes before the first of `ends`, or all. False when that is too long to mean something. */
static bool take_word(const char **text, const char *ends, word out)
{
    const size_t len = strcspn(*text, ends);

    snprintf(out, sizeof(word), "%.*s", len < sizeof(word) ? (int)len : 0, *text);
    *text += len;
    return len < sizeof(word);
}

/* Of flags, several with | between them. */
static bool parse_value(enum vmclock_field field, const char *text, uint64_t *out)
{
    const char *const ends = field == VMCLOCK_FIELD_FLAGS ? "|" : "";
    uint64_t part;
    word name;

    *out = 0;
    do {
        if (!take_word(&text, ends, name) || !parse_part(field, name, &part))
            return false;
        *out |= part;
    } while (*text++ == '|');
    return true;
}

static enum cmd_status parse_set(const char *command, const char *text, void *to)
{
    struct publish_options *const options = to;
    const char *equals = text, *wrong = NULL;
    word name;
    enum vmclock_field field =
        take_word(&equals, "=", name) ? vmclock_field_from_name(name) : VMCLOCK_FIELD_NONE;

    if (*equals == '\0')
        wrong = "this sets nothing, it is not FIELD=VALUE";
    else if (field == VMCLOCK_FIELD_NONE)
        wrong = "the page has no such field";
    else if (field == VMCLOCK_FIELD_SEQ_COUNT)
        wrong = "seq_count cannot be set, it counts the updates";
    else if (!parse_value(field, equals + 1, &options->values[field]))
        wrong = "the value is no number or name that the field can hold";
    else
        options->given[field] = true;
    return wrong == NULL ? CMD_OK : cmd_usage_error(command, wrong, text);
}

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
        if (!options->given[measured[i]]) {
            options->given[measured[i]] = true;
            vmclock_get_raw(&view, measured[i], &options->values[measured[i]]);
        }
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
        if (options->given[i])
            kind = vmclock_publish_set(page, len, (enum vmclock_field)i, options->values[i], err);
    if (kind == VMCLOCK_OK && bumps > 0)
        kind = vmclock_publish_add(page, len, VMCLOCK_FIELD_DISRUPTION_MARKER, bumps, err);
    if (kind == VMCLOCK_OK && options->restored)
        kind = vmclock_publish_add(page, len, VMCLOCK_FIELD_VM_GENERATION_COUNTER, 1, err);
    if (kind == VMCLOCK_OK && options->raise_flags != 0)
        kind = vmclock_publish_or(page, len, VMCLOCK_FIELD_FLAGS, options->raise_flags, err);
    return kind;
}

static enum vmclock_err update(const struct vmclock_writer *writer, struct publish_options options, struct vmclock_error *err)
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

static enum vmclock_err publish(const char *path, const struct publish_options *options, struct vmclock_error *err)
{
    const struct timespec interval = {.tv_sec = (time_t)(options->interval_ms / 1000),
                                      .tv_nsec = (long)(options->interval_ms % 1000) * 1000000};
    const bool wants_update = options->has_set || options->disrupt || options->restored || options->calibrate ||
                              options->stall || options->has_repeat;
    struct vmclock_writer writer;
    bool created;
    enum vmclock_err kind = vmclock_writer_open(&writer, path, options->force ? VMCLOCK_WRITER_FORCE : 0,
                                                VMCLOCK_LOCK_TIMEOUT_NS, &created, err);

    for (uint64_t done = 0; kind == VMCLOCK_OK && done < options->repeat; done++) {
        if (created && !wants_update)
            break;
        if (done > 0)
            nanosleep(&interval, NULL);
        kind = update(&writer, *options, err);
    }
    vmclock_writer_close(&writer);
    return kind;
}

/* ---- The subcommand ---- */

static enum cmd_status publish_complain(const char *path, const struct vmclock_error *err)
{
    const bool is_page = err->reason == VMCLOCK_REASON_FIELD_ABSENT || err->reason == VMCLOCK_REASON_FOREIGN_COUNTER;

    if (err->kind == VMCLOCK_ERR_SYSCALL)
        return cmd_error(path, err,
                         err->sys_errno == EOPNOTSUPP ? "Only a regular file can hold a page to publish." : NULL);
    return cmd_error(path, err,
                     is_page ? "The file was left as it was."
                             : "The file was left as it was. To make a page of it all the same, add --force.");
}

static const char publish_help[] =
    "Usage: vmclock publish [OPTION]... PATH\n"
    "Plays the hypervisor on a page in a file: for tests, demonstrations, fault injection.\n"
    "When PATH does not exist it is created: 4096 bytes with a page without clock data.\n"
    "Otherwise, and if an option asks for a change, one update follows.\n"
    "\n"
    "      --set FIELD=VALUE    set a field; a number (decimal or 0x...) or a name, of flags also\n"
    "                           several with | between them; can be given many times\n"
    "      --disrupt            disruption_marker + 1\n"
    "      --snapshot-restored  disruption_marker + 1, vm_generation_counter + 1 and its flag set\n"
    "      --calibrate          clock data from this machine's clock and counter, with their flags;\n"
    "                           what --set sets stays as set\n"
    "      --stall              begin the update and do not end it: seq_count stays odd until the next\n"
    "      --repeat=N           make N updates, with the file locked against other publishers\n"
    "      --interval=MS        wait so long between them (default 100)\n"
    "      --force              make a page of a file that does not hold one\n"
    "  -h, --help               this text\n"
    "      --version            the version\n"
    "\n"
    "Exit status: 0 done; 1 the file holds no page, or one without such a field; 2 wrong usage;\n"
    "3 it could not be opened or made.\n";

enum cmd_status cmd_publish(int argc, char **argv)
{
    struct publish_options options = {.repeat = 1, .interval_ms = 100};
    const struct cmd_option known[] = {
        {.name = "set", .kind = CMD_OTHER, .to = &options, .given = &options.has_set, .take = parse_set},
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
    struct vmclock_error err;
    char *const *paths;
    enum cmd_status status;
    int count;

    if (!cmd_args(argc, argv, &syntax, &paths, &count, &status))
        return status;
    options.raise_flags |= options.restored ? VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT : 0;
    return publish(paths[0], &options, &err) == VMCLOCK_OK ? CMD_OK : publish_complain(paths[0], &err);
}
