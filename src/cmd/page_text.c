/* SPDX-License-Identifier: BSD-2-Clause */
/* One page as text: its fields and what they mean, its findings, or what is wrong with it. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "page_text.h"

#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "report.h"

static void format_meaning(const struct cmd_result *result, enum vmclock_field field, uint64_t value, char *buf,
                           size_t cap)
{
    const char *name;

    if (result->error.kind == VMCLOCK_OK) {
        vmclock_format_meaning(&result->view, field, buf, cap);
        return;
    }
    name = vmclock_value_name(field, value);
    snprintf(buf, cap, "%s",
             name != NULL ? name : vmclock_field_info(field)->values != VMCLOCK_VALUES_NONE ? "unknown" : "");
}

/*
 * The columns offset, field, value, meaning. The longest names have the shortest values as a rule, so that field and
 * value share the width that their longest pair needs.
 */
static void print_fields(const struct cmd_result *result, const struct cmd_style *style)
{
    unsigned width = (unsigned)strlen("field  value");
    char value_text[32], meaning[512];
    uint64_t value;

    for (unsigned i = VMCLOCK_FIELD_NONE + 1; i < VMCLOCK_FIELD_END; i++)
        if (cmd_field(result, (enum vmclock_field)i, &value)) {
            const unsigned name = (unsigned)strlen(vmclock_field_info((enum vmclock_field)i)->name);
            const unsigned pair = name + 2 + (unsigned)vmclock_format_value((enum vmclock_field)i, value, NULL, 0);

            width = pair > width ? pair : width;
        }
    printf("  %soffset  field%*s  meaning%s\n", style->dim, (int)width - 5, "value", style->reset);
    for (unsigned i = VMCLOCK_FIELD_NONE + 1; i < VMCLOCK_FIELD_END; i++) {
        const enum vmclock_field field = (enum vmclock_field)i;
        const struct vmclock_field_row *info = vmclock_field_info(field);

        if (!cmd_field(result, field, &value))
            continue;
        vmclock_format_value(field, value, value_text, sizeof value_text);
        format_meaning(result, field, value, meaning, sizeof meaning);
        const bool is_unannounced = vmclock_get_raw(&result->view, field, NULL) == VMCLOCK_UNANNOUNCED;
        printf("%s    0x%02x  %s%*s", is_unannounced ? style->dim : "", (unsigned)info->offset, info->name,
               (int)width - (int)strlen(info->name), value_text);
        fputs(*meaning != '\0' ? "  " : "", stdout);
        cmd_put_wrapped(stdout, meaning, 12 + width, 12 + width, style->width);
        fputs(is_unannounced ? style->reset : "", stdout);
    }
}

/* Fields are absent from one offset on: a page has no holes. */
static void print_absent(const struct cmd_result *result, const struct cmd_style *style)
{
    const struct vmclock_field_row *first = NULL, *last = NULL;
    uint64_t size = 0;
    char text[256];

    for (unsigned i = VMCLOCK_FIELD_NONE + 1; i < VMCLOCK_FIELD_END; i++)
        if (vmclock_get_raw(&result->view, (enum vmclock_field)i, NULL) == VMCLOCK_ABSENT) {
            last = vmclock_field_info((enum vmclock_field)i);
            first = first == NULL ? last : first;
        }
    if (first == NULL)
        return;
    vmclock_get_raw(&result->view, VMCLOCK_FIELD_SIZE, &size);
    snprintf(text, sizeof text, "%s%s%s: absent, %s ends at offset 0x%02zx", first->name, first != last ? " to " : "",
             first != last ? last->name : "", size > vmclock_view_len(&result->view) ? "the input" : "the page",
             vmclock_view_len(&result->view));
    printf("    0x%02x  ", (unsigned)first->offset);
    cmd_put_wrapped(stdout, text, 10, 10, style->width);
}

static void print_findings(const struct vmclock_view *view, const struct cmd_style *style)
{
    struct vmclock_finding finding;
    char text[512];
    unsigned cursor = 0;
    unsigned id_width = 0;

    while (vmclock_findings_next(view, &cursor, &finding)) {
        const unsigned id = (unsigned)strlen(vmclock_finding_name(finding.id));

        id_width = id > id_width ? id : id_width;
    }
    puts(id_width == 0 ? "\n  no findings" : "");
    cursor = 0;
    while (vmclock_findings_next(view, &cursor, &finding)) {
        vmclock_finding_format(&finding, text, sizeof text);
        printf("  %s%-7s%s  %-*s  ", finding.severity == VMCLOCK_WARNING ? style->red : style->yellow,
               vmclock_severity_name(finding.severity), style->reset, (int)id_width, vmclock_finding_name(finding.id));
        cmd_put_wrapped(stdout, text, 13 + id_width, 13 + id_width, style->width);
    }
}

static void print_valid(const struct cmd_result *result, const struct cmd_style *style)
{
    fputs(style->bold, stdout);
    cmd_put_escaped(stdout, result->path);
    printf("%s: %svalid%s VMClock page, %zu bytes read\n", style->reset, style->green, style->reset, result->bytes);
    print_fields(result, style);
    print_absent(result, style);
    print_findings(&result->view, style);
}

static void print_line(const char *label, const char *text, const struct cmd_style *style)
{
    if (*text == '\0')
        return;
    printf("  %-8s  ", label);
    cmd_put_wrapped(stdout, text, 12, 12, style->width);
}

/* A number that is no field's value needs its unit said. */
static void append_unit(const struct vmclock_error *err, char *text, size_t cap, size_t len)
{
    if (len > 0 && (err->reason == VMCLOCK_REASON_EMPTY || err->reason == VMCLOCK_REASON_TRUNCATED))
        snprintf(text + len, cap - len, " bytes");
}

static void print_invalid(const struct cmd_result *result, const struct cmd_style *style)
{
    const struct vmclock_error *const err = &result->error;
    const struct vmclock_field_row *const info = vmclock_field_info(err->field);
    char text[512];

    fputs(style->bold, stdout);
    cmd_put_escaped(stdout, result->path);
    printf("%s: %sinvalid%s: %s\n", style->reset, style->red, style->reset, vmclock_reason_sentence(err->reason));
    snprintf(text, sizeof text, "%s, %s", vmclock_err_name(err->kind), vmclock_reason_name(err->reason));
    print_line("error", text, style);
    append_unit(err, text, sizeof text, vmclock_error_format_expected(err, text, sizeof text));
    print_line("expected", text, style);
    append_unit(err, text, sizeof text, vmclock_error_format_actual(err, text, sizeof text));
    print_line("found", text, style);
    if (info != NULL) {
        snprintf(text, sizeof text, "%s at offset 0x%02x, of %zu bytes read", info->name, (unsigned)err->offset,
                 result->bytes);
        print_line("where", text, style);
    }
    vmclock_error_explain(err, result->path, text, sizeof text);
    print_line("advice", text, style);
    if (result->has_header) {
        puts("");
        print_fields(result, style);
    }
}

void cmd_print_page(const struct cmd_result *result, const struct cmd_style *style)
{
    if (result->error.kind == VMCLOCK_OK)
        print_valid(result, style);
    else
        print_invalid(result, style);
}
