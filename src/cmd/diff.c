/* SPDX-License-Identifier: BSD-2-Clause */
/* `vmclock diff`: what happened between two pages of one VM, for people or programs. The library judges. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "diff.h"

#include <string.h>

#include "args.h"
#include "diff_text.h"
#include "json.h"
#include "page_text.h"

struct diff_options {
    unsigned format;
    uint64_t offset;
    bool allow_truncated, strict, has_expected;
    unsigned expected; /* an enum vmclock_change */
};

static uint8_t diff_regions[2][CMD_REGION_MAX];

static json_t *diff_page(const struct cmd_result *result)
{
    json_t *const object = cmd_json_object();

    cmd_json_set(object, "path", cmd_json_path(result->path));
    cmd_json_set(object, "bytes", json_integer((json_int_t)result->bytes));
    cmd_json_set(object, "ok", json_boolean(result->error.kind == VMCLOCK_OK));
    cmd_json_set(object, "error", cmd_json_error(&result->error));
    return object;
}

static json_t *diff_value(bool is_there, enum vmclock_field field, uint64_t value)
{
    return is_there ? cmd_json_value(field, value) : json_null();
}

static json_t *diff_changed_fields(const struct cmd_result *before, const struct cmd_result *after)
{
    json_t *const array = cmd_json_array();

    for (unsigned i = VMCLOCK_FIELD_NONE + 1; i < VMCLOCK_FIELD_END; i++) {
        const enum vmclock_field field = (enum vmclock_field)i;
        const struct vmclock_field_row *const info = vmclock_field_info(field);
        struct cmd_difference difference;
        json_t *object;

        if (!cmd_difference(before, after, field, &difference))
            continue;
        object = cmd_json_object();
        cmd_json_set(object, "field", json_string(info->name));
        cmd_json_set(object, "offset", json_integer(info->offset));
        cmd_json_set(object, "before", diff_value(difference.was_there, field, difference.before));
        cmd_json_set(object, "after", diff_value(difference.is_there, field, difference.after));
        cmd_json_append(array, object);
    }
    return array;
}

static json_t *diff_transitions(const struct vmclock_view *before, const struct vmclock_view *after)
{
    json_t *const array = cmd_json_array();
    struct vmclock_transition transition;
    unsigned cursor = 0;
    char text[512];

    while (vmclock_transitions_next(before, after, &cursor, &transition)) {
        json_t *const object = cmd_json_object();

        cmd_json_set(object, "id", json_string(vmclock_transition_name(transition.id)));
        cmd_json_set(object, "severity", json_string(vmclock_severity_name(transition.severity)));
        cmd_json_set(object, "field", json_string(vmclock_field_info(transition.field)->name));
        cmd_json_set(object, "offset", json_integer(transition.offset));
        vmclock_transition_format(&transition, text, sizeof text);
        cmd_json_set(object, "message", json_string(text));
        cmd_json_append(array, object);
    }
    return array;
}

/* Two pages; where one is not valid, nothing is told but that. */
static void diff_print_json(const struct cmd_result pages[2], bool valid)
{
    const struct vmclock_view *const before = &pages[0].view, *const after = &pages[1].view;
    json_t *const object = cmd_json_object();

    cmd_json_set(object, "before", diff_page(&pages[0]));
    cmd_json_set(object, "after", diff_page(&pages[1]));
    cmd_json_set(object, "change", valid ? cmd_json_text(cmd_change_names[vmclock_views_compare(before, after)])
                                         : json_null());
    cmd_json_set(object, "changes", valid ? diff_changed_fields(&pages[0], &pages[1]) : cmd_json_array());
    cmd_json_set(object, "transitions", diff_transitions(before, after));
    cmd_json_print(object);
}

/* What is wrong with those pages that are not valid, each as `vmclock inspect` has it. */
static void diff_print_invalid(const struct cmd_result pages[2], const struct cmd_style *style)
{
    bool is_first = true;

    for (unsigned i = 0; i < 2; i++) {
        const enum cmd_status status = cmd_status_of(&pages[i].error);

        if (status == CMD_UNREADABLE)
            cmd_error(pages[i].path, &pages[i].error, NULL);
        if (status != CMD_INVALID)
            continue;
        fputs(is_first ? "" : "\n", stdout);
        cmd_print_page(&pages[i], style);
        is_first = false;
    }
}

static bool diff_has_warning(const struct vmclock_view *before, const struct vmclock_view *after)
{
    struct vmclock_transition transition;
    unsigned cursor = 0;

    while (vmclock_transitions_next(before, after, &cursor, &transition))
        if (transition.severity == VMCLOCK_WARNING)
            return true;
    return false;
}

/* What the options make of two valid pages. */
static enum cmd_status diff_judge(const struct cmd_result pages[2], const struct diff_options *options,
                                  const struct cmd_style *style)
{
    const struct vmclock_view *const before = &pages[0].view, *const after = &pages[1].view;
    const bool unexpected = options->has_expected && vmclock_views_compare(before, after) != options->expected;

    if (unexpected && options->format == CMD_TEXT)
        printf("\n  %sexpected another change%s: %s\n", style->red, style->reset, cmd_change_names[options->expected]);
    return unexpected || (options->strict && diff_has_warning(before, after)) ? CMD_INVALID : CMD_OK;
}

static enum cmd_status diff(char *const paths[2], const struct diff_options *options)
{
    const struct cmd_style style = cmd_style(stdout);
    enum cmd_status status = CMD_OK;
    struct cmd_result pages[2];

    for (unsigned i = 0; i < 2; i++) {
        cmd_input(paths[i], options->offset, options->allow_truncated ? VMCLOCK_ALLOW_TRUNCATED : 0, diff_regions[i],
                  &pages[i]);
        if (cmd_status_of(&pages[i].error) > status)
            status = cmd_status_of(&pages[i].error);
    }
    if (options->format == CMD_JSON)
        diff_print_json(pages, status == CMD_OK);
    else if (status == CMD_OK)
        cmd_print_difference(&pages[0], &pages[1], &style);
    else
        diff_print_invalid(pages, &style);
    return status == CMD_OK ? diff_judge(pages, options, &style) : status;
}

static const char diff_help[] =
    "Usage: vmclock diff [OPTION]... BEFORE AFTER\n"
    "Tells what happened between two pages of one VM, and what of it a writer should\n"
    "not have done. Both are read as 'vmclock inspect' reads; -: standard input.\n"
    "\n"
    "  -f, --format=text|json  text for people (default), or one JSON object\n"
    "      --expect=CHANGE     exit with 1 unless it is this one: none, updated,\n"
    "                          disrupted (as by live migration) or restored\n"
    "      --strict            exit with 1 on a warning, too\n"
    "      --offset=N          the page starts N bytes into each input; decimal or\n"
    "                          0x..., with K, M or G for powers of 1024\n"
    "      --allow-truncated   do not fail when an input ends before its page does;\n"
    "                          fields past the end count as absent\n"
    "  -h, --help              this text\n"
    "      --version           the version\n"
    "\n"
    "Exit status: 0 both pages are valid; 1 one is not, or as the options say;\n"
    "2 wrong usage; 3 one could not be read.\n";

enum cmd_status cmd_diff(int argc, char **argv)
{
    struct diff_options options = {.format = CMD_TEXT};
    const struct cmd_option known[] = {
        CMD_FORMAT_OPTION(&options.format),
        CMD_OFFSET_OPTION(&options.offset),
        {.name = "allow-truncated", .kind = CMD_FLAG, .to = &options.allow_truncated},
        {.name = "strict", .kind = CMD_FLAG, .to = &options.strict},
        {.name = "expect", .kind = CMD_CHOICE, .to = &options.expected, .given = &options.has_expected,
         .choices = cmd_change_names, .refusal = "the change is none of none, updated, disrupted and restored"},
    };
    const struct cmd_syntax syntax = {diff_help, known, sizeof known / sizeof *known, 2, 2,
                                      "two pages are needed, BEFORE and AFTER", "two pages are enough"};
    char *const *paths;
    enum cmd_status status;
    int count;

    if (!cmd_args(argc, argv, &syntax, &paths, &count, &status))
        return status;
    if (strcmp(paths[0], "-") == 0 && strcmp(paths[1], "-") == 0)
        return cmd_usage_error("vmclock diff", "only one of the two pages can be standard input", NULL);
    return diff(paths, &options);
}
