/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One page as text: what it is good for, its fields and what they mean, its findings, or what is wrong with it. Where
 * the terminal has no room for columns, things stand below each other: no line is wider, and no column narrower than
 * words need.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "page_text.h"

#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "report.h"

enum {
    READABLE = 30,     /* columns that a text needs beside something else */
    OFFSET_WIDTH = 10, /* "    0x00  " */
    NAME_WIDTH = 25,   /* most names; the values of the longest are short */
    NARROW = 52,       /* too few columns for the offset beside the longest name, and for the head of the columns */
    REMARK = 40        /* columns that a finding needs beside its id: for the longest name between parentheses */
};

/* How the fields are laid out. */
struct layout {
    unsigned width;   /* of the terminal */
    unsigned pair;    /* columns: of the longest field and value, which share them; 0: no columns */
    unsigned meaning; /* where a meaning goes on in the next line */
};

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

/* The longest names have the shortest values as a rule, so that field and value share what their longest pair needs. */
static struct layout choose_layout(const struct cmd_result *result, unsigned width)
{
    struct layout layout = {.width = width, .pair = (unsigned)strlen("field  value")};
    uint64_t value;

    for (unsigned i = VMCLOCK_FIELD_NONE + 1; i < VMCLOCK_FIELD_END; i++)
        if (cmd_field(result, (enum vmclock_field)i, &value)) {
            const unsigned name = (unsigned)strlen(vmclock_field_info((enum vmclock_field)i)->name);
            const unsigned pair = name + 2 + (unsigned)vmclock_format_value((enum vmclock_field)i, value, NULL, 0);

            layout.pair = pair > layout.pair ? pair : layout.pair;
        }
    layout.meaning = OFFSET_WIDTH + layout.pair + 2;
    if (layout.meaning + READABLE <= width)
        return layout;
    layout.pair = 0;
    layout.meaning = OFFSET_WIDTH + NAME_WIDTH + 2;
    if (layout.meaning + READABLE > width)
        layout.meaning = width < NARROW ? 4 : OFFSET_WIDTH + 2;
    return layout;
}

/* Offset, field and value, without columns. Returns the column behind them. */
static unsigned print_beside(const struct layout *layout, const struct vmclock_field_row *info, const char *value)
{
    const unsigned name = (unsigned)strlen(info->name), len = (unsigned)strlen(value);
    const unsigned at = OFFSET_WIDTH + (name > NAME_WIDTH ? name : NAME_WIDTH) + 2;

    printf("    0x%02x  %s", (unsigned)info->offset, info->name);
    if (at + len > layout->width) {
        printf("\n%*s%s", (int)layout->meaning, "", value);
        return layout->meaning + len;
    }
    printf("%*s%s", (int)(at - OFFSET_WIDTH - name), "", value);
    return at + len;
}

/* "    0x0a  counter_id          255  INVALID: ...", in whatever layout. The meaning begins with two spaces. */
static void print_field(const struct layout *layout, const struct vmclock_field_row *info, const char *value,
                        const char *meaning)
{
    unsigned at;

    if (layout->pair > 0) {
        printf("    0x%02x  %s%*s", (unsigned)info->offset, info->name,
               (int)layout->pair - (int)strlen(info->name), value);
        at = OFFSET_WIDTH + layout->pair;
    } else if (layout->width < NARROW) {
        printf("  %s\n    0x%02x  %s", info->name, (unsigned)info->offset, value);
        at = OFFSET_WIDTH + (unsigned)strlen(value);
    } else
        at = print_beside(layout, info, value);
    cmd_put_wrapped(stdout, meaning, at, layout->meaning, layout->width);
}

static void print_fields(const struct cmd_result *result, const struct cmd_style *style)
{
    const struct layout layout = choose_layout(result, style->width);
    char value_text[32], meaning[512] = "  ";
    uint64_t value;

    if (layout.pair > 0)
        printf("  %soffset  field%*s  meaning%s\n", style->dim, (int)layout.pair - 5, "value", style->reset);
    else if (layout.width < NARROW)
        printf("  %sfield, below it offset, value, meaning%s\n", style->dim, style->reset);
    else
        printf("  %soffset  %-*s  value  meaning%s\n", style->dim, NAME_WIDTH, "field", style->reset);
    for (unsigned i = VMCLOCK_FIELD_NONE + 1; i < VMCLOCK_FIELD_END; i++) {
        const enum vmclock_field field = (enum vmclock_field)i;
        const bool is_unannounced = vmclock_get_raw(&result->view, field, NULL) == VMCLOCK_UNANNOUNCED;

        if (!cmd_field(result, field, &value))
            continue;
        vmclock_format_value(field, value, value_text, sizeof value_text);
        format_meaning(result, field, value, meaning + 2, sizeof meaning - 2);
        fputs(is_unannounced ? style->dim : "", stdout);
        print_field(&layout, vmclock_field_info(field), value_text, meaning);
        fputs(is_unannounced ? style->reset : "", stdout);
    }
}

/* Fields are absent from one offset on: a page has no holes. */
static void print_absent(const struct cmd_result *result, const struct cmd_style *style)
{
    const struct vmclock_field_row *first = NULL, *last = NULL;
    const size_t end = vmclock_view_len(&result->view);
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
             first != last ? last->name : "", size > end ? "the input" : "the page", end);
    printf("    0x%02x  ", (unsigned)first->offset);
    cmd_put_wrapped(stdout, text, OFFSET_WIDTH, style->width < NARROW ? 2 : OFFSET_WIDTH, style->width);
}

static unsigned longest_finding_name(const struct vmclock_view *view)
{
    struct vmclock_finding finding;
    unsigned cursor = 0, longest = 0;

    while (vmclock_findings_next(view, &cursor, &finding)) {
        const unsigned len = (unsigned)strlen(vmclock_finding_name(finding.id));

        longest = len > longest ? len : longest;
    }
    return longest;
}

void cmd_print_remark(enum vmclock_severity severity, const char *id, unsigned longest, const char *text,
                      const struct cmd_style *style)
{
    const unsigned beside = 13 + longest;
    const bool has_room = beside + REMARK <= style->width;
    const unsigned indent = has_room ? beside : style->width < NARROW ? 1 : 4;

    printf("  %s%-7s%s  %-*s%s%*s", severity == VMCLOCK_WARNING ? style->red : style->yellow,
           vmclock_severity_name(severity), style->reset, has_room ? (int)longest : 0, id, has_room ? "  " : "\n",
           has_room ? 0 : (int)indent, "");
    cmd_put_wrapped(stdout, text, indent, indent, style->width);
}

static void print_findings(const struct vmclock_view *view, const struct cmd_style *style)
{
    const unsigned longest = longest_finding_name(view);
    struct vmclock_finding finding;
    unsigned cursor = 0;
    char text[512];

    puts(longest == 0 ? "\n  no findings" : "");
    while (vmclock_findings_next(view, &cursor, &finding)) {
        vmclock_finding_format(&finding, text, sizeof text);
        cmd_print_remark(finding.severity, vmclock_finding_name(finding.id), longest, text, style);
    }
}

/* "PATH: VERDICT: WORDS", the verdict in its colour. The words begin with a space. */
static void print_verdict(const char *path, const char *verdict, const char *colour, const char *words,
                          const struct cmd_style *style)
{
    unsigned at;

    fputs(style->bold, stdout);
    at = cmd_put_escaped(stdout, path);
    printf("%s: %s%s%s:", style->reset, colour, verdict, style->reset);
    at += 2 + (unsigned)strlen(verdict) + 1;
    cmd_put_wrapped(stdout, words, at, 2, style->width);
}

static void print_valid(const struct cmd_result *result, const struct cmd_style *style)
{
    char text[512] = " ";

    vmclock_format_summary(&result->view, text + 1, sizeof text - 1);
    print_verdict(result->path, "valid", style->green, text, style);
    print_fields(result, style);
    print_absent(result, style);
    printf("  %s%zu bytes read%s\n", style->dim, result->bytes, style->reset);
    print_findings(&result->view, style);
}

static void print_labelled(const char *label, const char *text, const struct cmd_style *style)
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

/* For what holds pages without being one. */
static void container_advice(const struct cmd_result *result, char *buf, size_t cap)
{
    static const char *const hints[] = {
        [VMCLOCK_IMAGE_ELF_CORE] = "Find the pages in it: `vmclock scan %s`",
        [VMCLOCK_IMAGE_LIME] = "Find the pages in it: `vmclock scan %s`",
        [VMCLOCK_IMAGE_KDUMP] = "Find the pages in it: `vmclock scan %s`",
        [VMCLOCK_IMAGE_FLATTENED] = ("Find the pages in it: `vmclock scan %s` Where that cannot read it, make a plain "
                                     "dump of it first: `makedumpfile -R DUMP <%s`"),
        [VMCLOCK_IMAGE_MIGRATION] = "Find the pages in it, which lie at any offset: `vmclock scan --step=1 %s`",
    };
    const char *const path = cmd_is_plain_word(result->path) ? result->path : "FILE";
    int len = snprintf(buf, cap, "This starts like %s %s. ", result->image == VMCLOCK_IMAGE_ELF_CORE ? "an" : "a",
                       vmclock_image_name(result->image));

    for (const char *s = hints[result->image]; *s != '\0' && len >= 0 && (size_t)len < cap; s++) {
        const bool is_path = s[0] == '%';

        len += is_path ? snprintf(buf + len, cap - (size_t)len, "%s", path)
                       : snprintf(buf + len, cap - (size_t)len, "%c", *s);
        s += is_path;
    }
}

static void print_invalid(const struct cmd_result *result, const struct cmd_style *style)
{
    const struct vmclock_error *const err = &result->error;
    const struct vmclock_field_row *const info = vmclock_field_info(err->field);
    char text[1536];

    snprintf(text, sizeof text, " %s", vmclock_reason_sentence(err->reason));
    print_verdict(result->path, "invalid", style->red, text, style);
    snprintf(text, sizeof text, "%s, %s", vmclock_err_name(err->kind), vmclock_reason_name(err->reason));
    print_labelled("error", text, style);
    append_unit(err, text, sizeof text, vmclock_error_format_expected(err, text, sizeof text));
    print_labelled("expected", text, style);
    append_unit(err, text, sizeof text, vmclock_error_format_actual(err, text, sizeof text));
    print_labelled("found", text, style);
    if (info != NULL) {
        snprintf(text, sizeof text, "%s at offset 0x%02x, of %zu bytes read", info->name, (unsigned)err->offset,
                 result->bytes);
        print_labelled("where", text, style);
    }
    if (result->image != VMCLOCK_IMAGE_RAW)
        container_advice(result, text, sizeof text);
    else
        vmclock_error_explain(err, result->path, text, sizeof text);
    print_labelled("advice", text, style);
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
