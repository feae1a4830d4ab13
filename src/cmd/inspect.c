/* SPDX-License-Identifier: BSD-2-Clause */
/* `vmclock inspect`: one page per path, for people or programs. Decides nothing about a page itself. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "inspect.h"

#include <limits.h>

#include "args.h"
#include "json.h"
#include "page_text.h"

struct inspect_options {
    unsigned format;
    uint64_t offset;
    bool allow_truncated, strict;
};

/* For one input after the other. A page of it costs memory once it is used. */
static uint8_t inspect_region[CMD_REGION_MAX];

static void inspect_print_json(const struct cmd_result *result)
{
    json_t *const object = cmd_json_object();

    cmd_json_set(object, "path", cmd_json_path(result->path));
    cmd_json_set(object, "bytes", json_integer((json_int_t)result->bytes));
    cmd_json_set(object, "ok", json_boolean(result->error.kind == VMCLOCK_OK));
    cmd_json_set(object, "error", cmd_json_error(&result->error));
    cmd_json_set(object, "fields", cmd_json_fields(result));
    cmd_json_set(object, "findings", cmd_json_findings(&result->view));
    cmd_json_print(object);
}

static bool has_warning(const struct vmclock_view *view)
{
    struct vmclock_finding finding;
    unsigned cursor = 0;

    while (vmclock_findings_next(view, &cursor, &finding))
        if (finding.severity == VMCLOCK_WARNING)
            return true;
    return false;
}

/* One input. *is_first: no block of text stands above it yet. */
static enum cmd_status inspect(const char *path, const struct inspect_options *options, const struct cmd_style *style,
                               bool *is_first)
{
    struct cmd_result result;
    enum cmd_status status;

    cmd_input(path, options->offset, options->allow_truncated ? VMCLOCK_ALLOW_TRUNCATED : 0, inspect_region, &result);
    status = cmd_status_of(&result.error);
    if (options->format == CMD_JSON)
        inspect_print_json(&result);
    else if (status == CMD_UNREADABLE)
        cmd_error(path, &result.error, NULL);
    else {
        fputs(*is_first ? "" : "\n", stdout);
        cmd_print_page(&result, style);
        *is_first = false;
    }
    return status == CMD_OK && options->strict && has_warning(&result.view) ? CMD_INVALID : status;
}

static const char inspect_help[] =
    "Usage: vmclock inspect [OPTION]... [PATH]...\n"
    "Decodes and checks one VMClock page per PATH: a file, a pipe, a device.\n"
    "No PATH: " VMCLOCK_DEVICE ". -: standard input.\n"
    "\n"
    "  -f, --format=text|json  text for people (default), or one JSON object per line\n"
    "      --offset=N          the page starts N bytes into the input; decimal or\n"
    "                          0x..., with K, M or G for powers of 1024\n"
    "      --allow-truncated   do not fail when the input ends before the page does;\n"
    "                          fields past the end count as absent\n"
    "      --strict            exit with 1 on a warning, too\n"
    "  -h, --help              this text\n"
    "      --version           the version\n"
    "\n"
    "Exit status: 0 all pages are valid; 1 one is not; 2 wrong usage; 3 one could not\n"
    "be read.\n";

enum cmd_status cmd_inspect(int argc, char **argv)
{
    struct inspect_options options = {.format = CMD_TEXT};
    const struct cmd_option known[] = {
        CMD_FORMAT_OPTION(&options.format),
        CMD_OFFSET_OPTION(&options.offset),
        {.name = "allow-truncated", .kind = CMD_FLAG, .to = &options.allow_truncated},
        {.name = "strict", .kind = CMD_FLAG, .to = &options.strict},
    };
    const struct cmd_syntax syntax = {inspect_help, known, sizeof known / sizeof *known, 0, INT_MAX, NULL, NULL};
    const struct cmd_style style = cmd_style(stdout);
    static char device[] = VMCLOCK_DEVICE;
    static char *const default_paths[] = {device};
    char *const *paths;
    enum cmd_status status;
    bool is_first = true;
    int count;

    if (!cmd_args(argc, argv, &syntax, &paths, &count, &status))
        return status;
    if (count == 0) {
        paths = default_paths;
        count = 1;
    }
    for (int i = 0; i < count; i++) {
        const enum cmd_status one = inspect(paths[i], &options, &style, &is_first);

        status = one > status ? one : status;
        if (!cmd_flush())
            break;
    }
    return status;
}
