/* SPDX-License-Identifier: BSD-2-Clause */
/* `vmclock inspect`: one page per path, for people or programs. Decides nothing about a page itself. */
#define _GNU_SOURCE 1
#include "cmd.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* How text looks on standard output; the colours are "" where they are not wanted. */
struct style {
    const char *bold, *dim, *red, *green, *yellow, *reset;
    int width;
};

struct options {
    enum cmd_format format;
    uint64_t offset;
    unsigned parse_flags;
    bool strict;
    struct style style;
};

static uint8_t region[CMD_REGION_MAX]; /* one for all inputs; a page of it costs memory only once it is used */

bool cmd_field(const struct cmd_result *result, enum vmclock_field field, uint64_t *value)
{
    if (result->error.kind == VMCLOCK_OK)
        return vmclock_get_raw(&result->view, field, value) != VMCLOCK_ABSENT;
    if (!result->has_header)
        return false;
    switch ((unsigned)field) {
    case VMCLOCK_FIELD_MAGIC:
        *value = result->header.magic;
        return true;
    case VMCLOCK_FIELD_SIZE:
        *value = result->header.size;
        return true;
    case VMCLOCK_FIELD_VERSION:
        *value = result->header.version;
        return true;
    case VMCLOCK_FIELD_COUNTER_ID:
        *value = result->header.counter_id;
        return true;
    case VMCLOCK_FIELD_TIME_TYPE:
        *value = result->header.time_type;
        return true;
    case VMCLOCK_FIELD_SEQ_COUNT:
        *value = result->header.seq_count;
        return true;
    default:
        return false;
    }
}

/* ---- Text ---- */

static struct style choose_style(void)
{
    const char *const no_color = getenv("NO_COLOR"), *const term = getenv("TERM");
    const bool is_terminal = isatty(STDOUT_FILENO) != 0;
    struct style style = {"", "", "", "", "", "", 100};
    struct winsize window;

    if (is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col != 0)
        style.width = window.ws_col < 72 ? 72 : window.ws_col > 120 ? 120 : window.ws_col;
    if (is_terminal && (no_color == NULL || *no_color == '\0') && term != NULL && strcmp(term, "dumb") != 0) {
        style.bold = "\033[1m";
        style.dim = "\033[2m";
        style.red = "\033[31m";
        style.green = "\033[32m";
        style.yellow = "\033[33m";
        style.reset = "\033[0m";
    }
    return style;
}

/* The length of a short phrase at the start of the text, as "1.000000000 GHz"; of its first word when it has none. */
static int phrase_length(const char *text)
{
    const size_t word = strcspn(text, " "), longest = 30;
    size_t end = word;

    while (text[end] == ' ' && strchr(",;:|", text[end - 1]) == NULL)
        end += 1 + strcspn(text + end + 1, " ");
    return (int)(end <= longest ? end : word);
}

/* Prints ASCII words, one space apart, from `column` on, broken before `width`, and ends the line. */
static void put_wrapped(FILE *to, const char *text, int column, int width)
{
    int at = column, phrase = 0;

    while (*text != '\0') {
        const int word = (int)strcspn(text, " ");

        if (phrase <= 0)
            phrase = phrase_length(text);
        if (at > column && at + 1 + phrase > width) {
            fprintf(to, "\n%*s", column, "");
            at = column;
        } else if (at > column)
            at += fprintf(to, " ");
        at += fprintf(to, "%.*s", word, text);
        phrase -= word + 1;
        text += word + (text[word] == ' ');
    }
    fputc('\n', to);
}

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
static void print_fields(const struct cmd_result *result, const struct style *style)
{
    int width = (int)strlen("field  value");
    char value_text[32], meaning[512];
    uint64_t value;

    for (unsigned i = VMCLOCK_FIELD_NONE + 1; i < VMCLOCK_FIELD_END; i++)
        if (cmd_field(result, (enum vmclock_field)i, &value)) {
            const int name = (int)strlen(vmclock_field_info((enum vmclock_field)i)->name);
            const int pair = name + 2 + (int)vmclock_format_value((enum vmclock_field)i, value, NULL, 0);

            width = pair > width ? pair : width;
        }
    printf("  %soffset  field%*s  meaning%s\n", style->dim, width - 5, "value", style->reset);
    for (unsigned i = VMCLOCK_FIELD_NONE + 1; i < VMCLOCK_FIELD_END; i++) {
        const enum vmclock_field field = (enum vmclock_field)i;
        const struct vmclock_field_row *info = vmclock_field_info(field);

        if (!cmd_field(result, field, &value))
            continue;
        vmclock_format_value(field, value, value_text, sizeof value_text);
        format_meaning(result, field, value, meaning, sizeof meaning);
        const bool is_unannounced = vmclock_get_raw(&result->view, field, NULL) == VMCLOCK_UNANNOUNCED;
        printf("%s    0x%02x  %s%*s", is_unannounced ? style->dim : "", (unsigned)info->offset, info->name,
               width - (int)strlen(info->name), value_text);
        fputs(*meaning != '\0' ? "  " : "", stdout);
        put_wrapped(stdout, meaning, 12 + width, style->width);
        fputs(is_unannounced ? style->reset : "", stdout);
    }
}

/* Fields are absent from one offset on: a page has no holes. */
static void print_absent(const struct cmd_result *result, const struct style *style)
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
    put_wrapped(stdout, text, 10, style->width);
}

static void print_findings(const struct vmclock_view *view, const struct style *style)
{
    struct vmclock_finding finding;
    char text[512];
    unsigned cursor = 0;
    int id_width = 0;

    while (vmclock_findings_next(view, &cursor, &finding)) {
        const int id = (int)strlen(vmclock_finding_name(finding.id));

        id_width = id > id_width ? id : id_width;
    }
    puts(id_width == 0 ? "\n  no findings" : "");
    cursor = 0;
    while (vmclock_findings_next(view, &cursor, &finding)) {
        vmclock_finding_format(&finding, text, sizeof text);
        printf("  %s%-7s%s  %-*s  ", finding.severity == VMCLOCK_WARNING ? style->red : style->yellow,
               vmclock_severity_name(finding.severity), style->reset, id_width, vmclock_finding_name(finding.id));
        put_wrapped(stdout, text, 13 + id_width, style->width);
    }
}

static void print_valid(const struct cmd_result *result, const struct style *style)
{
    fputs(style->bold, stdout);
    cmd_put_escaped(stdout, result->path);
    printf("%s: %svalid%s VMClock page, %zu bytes read\n", style->reset, style->green, style->reset, result->bytes);
    print_fields(result, style);
    print_absent(result, style);
    print_findings(&result->view, style);
}

static void print_line(const char *label, const char *text, const struct style *style)
{
    if (*text == '\0')
        return;
    printf("  %-8s  ", label);
    put_wrapped(stdout, text, 12, style->width);
}

/* A number that is no field's value needs its unit said. */
static void append_unit(const struct vmclock_error *err, char *text, size_t cap, size_t len)
{
    if (len > 0 && (err->reason == VMCLOCK_REASON_EMPTY || err->reason == VMCLOCK_REASON_TRUNCATED))
        snprintf(text + len, cap - len, " bytes");
}

static void print_invalid(const struct cmd_result *result, const struct style *style)
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

static void print_unreadable(const struct cmd_result *result, const struct style *style)
{
    char text[640];

    fputs("vmclock: ", stderr);
    cmd_put_escaped(stderr, result->path);
    fprintf(stderr, ": %s:\n  ", vmclock_reason_sentence(result->error.reason));
    vmclock_error_explain(&result->error, result->path, text, sizeof text);
    put_wrapped(stderr, text, 2, style->width);
}

/* ---- One input ---- */

static void print_json(const struct cmd_result *result)
{
    json_t *const object = json_object();

    if (object == NULL)
        cmd_out_of_memory();
    cmd_json_set(object, "path", cmd_json_path(result->path));
    cmd_json_set(object, "bytes", json_integer((json_int_t)result->bytes));
    cmd_json_set(object, "ok", json_boolean(result->error.kind == VMCLOCK_OK));
    cmd_json_set(object, "error", cmd_json_error(&result->error));
    cmd_json_set(object, "fields", cmd_json_fields(result));
    cmd_json_set(object, "findings", cmd_json_findings(&result->view));
    cmd_json_print(object);
}

static enum vmclock_err inspect(const char *path, const struct options *options, struct cmd_result *result)
{
    enum vmclock_err kind;

    *result = (struct cmd_result){.path = path};
    kind = strcmp(path, "-") == 0
               ? vmclock_read_fd(STDIN_FILENO, options->offset, region, sizeof region, &result->bytes, &result->error)
               : vmclock_read_path(path, options->offset, region, sizeof region, &result->bytes, &result->error);
    /* A header is shown as it was found, whatever is wrong with it. */
    result->has_header = vmclock_shm_header_read(region, result->bytes, &result->header, NULL) == VMCLOCK_OK ||
                         result->bytes >= VMCLOCK_HEADER_SIZE;
    if (kind == VMCLOCK_OK)
        kind = vmclock_parse(region, result->bytes, options->parse_flags, &result->view, &result->error);
    return kind;
}

static void print_text(const struct cmd_result *result, const struct style *style, bool is_first)
{
    if (result->error.kind == VMCLOCK_ERR_SYSCALL) {
        print_unreadable(result, style);
        return;
    }
    if (!is_first)
        puts("");
    if (result->error.kind == VMCLOCK_OK)
        print_valid(result, style);
    else
        print_invalid(result, style);
}

static enum cmd_status status_of(const struct cmd_result *result, bool strict)
{
    struct vmclock_finding finding;
    unsigned cursor = 0;

    if (result->error.kind != VMCLOCK_OK)
        return result->error.kind == VMCLOCK_ERR_SYSCALL ? CMD_UNREADABLE : CMD_INVALID;
    while (strict && vmclock_findings_next(&result->view, &cursor, &finding))
        if (finding.severity == VMCLOCK_WARNING)
            return CMD_INVALID;
    return CMD_OK;
}

/* ---- The subcommand ---- */

static void print_help(void)
{
    fputs("Usage: vmclock inspect [OPTION]... [PATH]...\n"
          "Decodes and checks one VMClock page per PATH: a file, a pipe, a device. No PATH: " VMCLOCK_DEVICE ".\n"
          "-: standard input.\n"
          "\n"
          "  -f, --format=text|json  text for people (default), or one JSON object per line\n"
          "      --offset=N          the page starts N bytes into the input; decimal or 0x...,\n"
          "                          with K, M or G for powers of 1024\n"
          "      --allow-truncated   do not fail when the input ends before the page does;\n"
          "                          fields past the end count as absent\n"
          "      --strict            exit with 1 on a warning, too\n"
          "  -h, --help              this text\n"
          "      --version           the version\n"
          "\n"
          "Exit status: 0 all pages are valid; 1 one is not; 2 wrong usage; 3 one could not be read.\n",
          stdout);
}

enum cmd_status cmd_inspect(int argc, char **argv)
{
    enum { OFFSET = CMD_OWN_OPTION, ALLOW_TRUNCATED, STRICT };
    static const struct option known[] = {{"format", required_argument, NULL, 'f'},
                                          {"offset", required_argument, NULL, OFFSET},
                                          {"allow-truncated", no_argument, NULL, ALLOW_TRUNCATED},
                                          {"strict", no_argument, NULL, STRICT},
                                          CMD_COMMON_OPTIONS};
    static char device[] = VMCLOCK_DEVICE;
    static char *const default_paths[] = {device};
    struct options options = {.format = CMD_TEXT, .style = choose_style()};
    enum cmd_status status = CMD_OK;
    char *const *paths = default_paths;
    int count = 1, code;
    bool is_first = true;

    while ((code = getopt_long(argc, argv, ":f:h", known, NULL)) != -1) {
        switch (code) {
        case OFFSET:
            if (!cmd_offset(optarg, &options.offset))
                return cmd_usage_error(argv[0], "the offset is no number, or one above 64 bits", optarg);
            break;
        case ALLOW_TRUNCATED:
            options.parse_flags |= VMCLOCK_ALLOW_TRUNCATED;
            break;
        case STRICT:
            options.strict = true;
            break;
        default:
            if (!cmd_common_option(argv, code, known, print_help, &options.format, &status))
                return status;
        }
    }
    if (optind < argc) {
        paths = argv + optind;
        count = argc - optind;
    }
    for (int i = 0; i < count; i++) {
        struct cmd_result result;
        enum cmd_status one;

        inspect(paths[i], &options, &result);
        if (options.format == CMD_JSON)
            print_json(&result);
        else
            print_text(&result, &options.style, is_first);
        is_first = is_first && result.error.kind == VMCLOCK_ERR_SYSCALL;
        one = status_of(&result, options.strict);
        status = one > status ? one : status;
        if (!cmd_flush())
            break;
    }
    return status;
}
