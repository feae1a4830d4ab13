/* SPDX-License-Identifier: BSD-2-Clause */
/* Two pages as text: what happened between them, each field that differs, and what a writer should not do. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "diff_text.h"

#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "page_text.h"

enum { DIFF_NARROW = 52 }; /* too few columns for the offset beside the longest name */

const char *const cmd_change_names[] = {
    [VMCLOCK_UNCHANGED] = "none",         [VMCLOCK_UPDATED] = "updated", [VMCLOCK_DISRUPTED] = "disrupted",
    [VMCLOCK_RESTORED] = "restored", [VMCLOCK_UNSURE] = NULL,
};

/* " and what it means" */
static const char *const diff_change_words[] = {
    [VMCLOCK_UNCHANGED] = " the pages are equal",
    [VMCLOCK_UPDATED] = " no disruption is told of",
    [VMCLOCK_DISRUPTED] = " disruption_marker changed; what was known of the counter and of time is void",
    [VMCLOCK_RESTORED] = (" vm_generation_counter changed; the VM was restored from a snapshot or cloned, and what was "
                          "known of the counter, of time and of its identity is void"),
};

bool cmd_difference(const struct cmd_result *before, const struct cmd_result *after, enum vmclock_field field,
                    struct cmd_difference *out)
{
    *out = (struct cmd_difference){false, false, 0, 0};
    out->was_there = cmd_field(before, field, &out->before);
    out->is_there = cmd_field(after, field, &out->after);
    return out->was_there != out->is_there || out->before != out->after;
}

/* "PATH to PATH: CHANGE: WORDS" */
static void diff_print_change(const struct cmd_result *before, const struct cmd_result *after,
                              enum vmclock_change change, const struct cmd_style *style)
{
    const char *const colour = change >= VMCLOCK_DISRUPTED ? style->yellow : style->green;
    unsigned at;

    fputs(style->bold, stdout);
    at = cmd_put_escaped(stdout, before->path);
    fputs(" to ", stdout);
    at += 4 + cmd_put_escaped(stdout, after->path);
    printf("%s: %s%s%s:", style->reset, colour, cmd_change_names[change], style->reset);
    at += 2 + (unsigned)strlen(cmd_change_names[change]) + 1;
    cmd_put_wrapped(stdout, diff_change_words[change], at, 2, style->width);
}

/* "before  2  even: no update in progress" */
static void diff_print_value(const char *label, const struct cmd_result *page, bool is_there, enum vmclock_field field,
                             unsigned longest, const struct cmd_style *style)
{
    enum { INDENT = 10, LABEL = 8 };
    const bool is_unannounced = vmclock_get_raw(&page->view, field, NULL) == VMCLOCK_UNANNOUNCED;
    char value_text[32] = "absent", meaning[512] = "  ";
    uint64_t value = 0;

    if (is_there) {
        (void)cmd_field(page, field, &value);
        vmclock_format_value(field, value, value_text, sizeof value_text);
        vmclock_format_meaning(&page->view, field, meaning + 2, sizeof meaning - 2);
    }
    printf("%*s%s%-*s%*s", INDENT, "", is_unannounced ? style->dim : "", LABEL, label, (int)longest, value_text);
    cmd_put_wrapped(stdout, meaning, INDENT + LABEL + longest, INDENT + LABEL, style->width);
    fputs(is_unannounced ? style->reset : "", stdout);
}

static unsigned diff_value_length(bool is_there, enum vmclock_field field, uint64_t value)
{
    return is_there ? (unsigned)vmclock_format_value(field, value, NULL, 0) : (unsigned)strlen("absent");
}

static void diff_print_fields(const struct cmd_result *before, const struct cmd_result *after,
                              const struct cmd_style *style)
{
    for (unsigned i = VMCLOCK_FIELD_NONE + 1; i < VMCLOCK_FIELD_END; i++) {
        const enum vmclock_field field = (enum vmclock_field)i;
        const struct vmclock_field_row *const info = vmclock_field_info(field);
        struct cmd_difference difference;
        unsigned first, second;

        if (!cmd_difference(before, after, field, &difference))
            continue;
        first = diff_value_length(difference.was_there, field, difference.before);
        second = diff_value_length(difference.is_there, field, difference.after);
        first = first > second ? first : second;
        if (style->width < DIFF_NARROW)
            printf("  %s%s%s\n    0x%02x\n", style->bold, info->name, style->reset, (unsigned)info->offset);
        else
            printf("    0x%02x  %s%s%s\n", (unsigned)info->offset, style->bold, info->name, style->reset);
        diff_print_value("before", before, difference.was_there, field, first, style);
        diff_print_value("after", after, difference.is_there, field, first, style);
    }
}

static void diff_print_transitions(const struct vmclock_view *before, const struct vmclock_view *after,
                                   const struct cmd_style *style)
{
    struct vmclock_transition transition;
    unsigned cursor = 0, longest = 0;
    char text[512];

    while (vmclock_transitions_next(before, after, &cursor, &transition)) {
        const unsigned len = (unsigned)strlen(vmclock_transition_name(transition.id));

        longest = len > longest ? len : longest;
    }
    puts(longest == 0 ? "\n  nothing that a writer should not do" : "");
    cursor = 0;
    while (vmclock_transitions_next(before, after, &cursor, &transition)) {
        vmclock_transition_format(&transition, text, sizeof text);
        cmd_print_remark(transition.severity, vmclock_transition_name(transition.id), longest, text, style);
    }
}

void cmd_print_difference(const struct cmd_result *before, const struct cmd_result *after,
                          const struct cmd_style *style)
{
    const enum vmclock_change change = vmclock_views_compare(&before->view, &after->view);

    diff_print_change(before, after, change, style);
    if (change == VMCLOCK_UNCHANGED)
        return;
    printf("  %s%s, below it value and meaning%s\n", style->dim,
           style->width < DIFF_NARROW ? "field" : "offset  field", style->reset);
    diff_print_fields(before, after, style);
    diff_print_transitions(&before->view, &after->view, style);
}
