/* SPDX-License-Identifier: BSD-2-Clause */
/* The one loop over options. Shows nothing of what was typed as it came. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "args.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

const char *const cmd_formats[] = {[CMD_TEXT] = "text", [CMD_JSON] = "json", NULL};

/* What getopt_long() returns: an option's place in the table from FIRST on, which is no letter. */
enum { VERSION = 256, FIRST };

/* ---- Values ---- */

static unsigned digit_value(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *const found = c == '\0' ? NULL : strchr(digits, c);

    return found == NULL ? 16 : (unsigned)(found - digits) % 16;
}

/* The number at the start of the text, and what follows it; false where there is none, or one above 64 bits. */
static bool leading_number(const char *text, uint64_t *out, const char **rest)
{
    const bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const unsigned base = is_hex ? 16 : 10;
    const char *const digits = is_hex ? text + 2 : text;
    const char *s = digits;
    uint64_t value = 0;

    for (; digit_value(*s) < base; s++) {
        const unsigned digit = digit_value(*s);

        if (value > (UINT64_MAX - digit) / base)
            return false;
        value = value * base + digit;
    }
    *out = value;
    *rest = s;
    return s != digits;
}

bool cmd_number(const char *text, uint64_t *out)
{
    const char *rest;
    uint64_t value;

    if (!leading_number(text, &value, &rest) || *rest != '\0')
        return false;
    *out = value;
    return true;
}

static bool parse_size(const char *text, uint64_t *out)
{
    static const char suffixes[] = "KMG";
    const char *rest, *suffix;
    uint64_t value;
    unsigned shift = 0;

    if (!leading_number(text, &value, &rest))
        return false;
    suffix = *rest == '\0' ? NULL : strchr(suffixes, *rest);
    if (suffix != NULL) {
        shift = 10 * (unsigned)(suffix - suffixes + 1);
        rest++;
    }
    if (*rest != '\0' || value > UINT64_MAX >> shift)
        return false;
    *out = value << shift;
    return true;
}

/* Digits, at most 9 of them, as a whole number. */
static uint64_t digits_to_number(const char *text, size_t digits)
{
    uint64_t value = 0;

    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (uint64_t)(text[i] - '0');
    return value;
}

static bool parse_seconds(const char *text, uint64_t *ns)
{
    static const char decimal[] = "0123456789";
    const size_t whole = strspn(text, decimal);
    const bool has_point = text[whole] == '.';
    const char *const fraction = text + whole + has_point;
    const size_t digits = has_point ? strspn(fraction, decimal) : 0;
    uint64_t unit = UINT64_C(1000000000);

    if (whole > 9 || digits > 9 || whole + digits == 0 || fraction[digits] != '\0')
        return false;
    *ns = digits_to_number(text, whole) * unit;
    for (size_t i = 0; i < digits; i++)
        unit /= 10;
    *ns += digits_to_number(fraction, digits) * unit;
    return true;
}

static bool parse_choice(const char *const *choices, const char *text, unsigned *out)
{
    for (unsigned i = 0; choices[i] != NULL; i++)
        if (strcmp(choices[i], text) == 0) {
            *out = i;
            return true;
        }
    return false;
}

static bool parse_number(const struct cmd_option *option, const char *text, uint64_t *out)
{
    uint64_t value;
    const bool is_number = option->kind == CMD_SIZE ? parse_size(text, &value) : cmd_number(text, &value);

    if (!is_number || value < option->low || value > option->high)
        return false;
    *out = value;
    return true;
}

/* Takes the value that an option was given. */
static enum cmd_status take(const char *command, const struct cmd_option *option, const char *text)
{
    bool is_good = true;

    switch (option->kind) {
    case CMD_FLAG:
        *(bool *)option->to = true;
        break;
    case CMD_NUMBER:
    case CMD_SIZE:
        is_good = parse_number(option, text, option->to);
        break;
    case CMD_SECONDS:
        is_good = parse_seconds(text, option->to);
        break;
    case CMD_CHOICE:
        is_good = parse_choice(option->choices, text, option->to);
        break;
    case CMD_OTHER:
        if (option->take(command, text, option->to) != CMD_OK)
            return CMD_USAGE;
        break;
    }
    if (!is_good)
        return cmd_usage_error(command, option->refusal, text);
    if (option->given != NULL)
        *option->given = true;
    return CMD_OK;
}

/* ---- The loop ---- */

void cmd_print_version(void)
{
    printf("vmclock %s\n", vmclock_lib_version());
}

/* What getopt_long() refused: code is what it returned, '?' or (with ':' first in its list) ':'. */
static enum cmd_status complain(char **argv, int code, const struct option *known)
{
    const char letter[8] = {'-', (char)optopt}; /* NULs behind it, for as far as UTF-8 may look */
    const char *const last = argv[optind - 1]; /* the culprit, but for a letter in the midst of others */

    if (code == ':')
        return cmd_usage_error(argv[0], "this option needs a value", strncmp(last, "--", 2) == 0 ? last : letter);
    for (; optopt != 0 && known->name != NULL; known++)
        if (known->val == optopt)
            return cmd_usage_error(argv[0], "this option takes no value", last);
    return cmd_usage_error(argv[0], "unknown or ambiguous option", optopt == 0 ? last : letter);
}

/* The table as getopt_long() wants it. Returns the letters; the ':' in front silences getopt's own messages. */
static const char *translate(const struct cmd_syntax *syntax, struct option *known)
{
    const char *letters = ":h";
    unsigned n = 0;

    for (; n < syntax->count && n < CMD_OPTIONS_MOST; n++) {
        const struct cmd_option *const option = &syntax->options[n];

        known[n] = (struct option){option->name, option->kind == CMD_FLAG ? no_argument : required_argument, NULL,
                                   FIRST + (int)n};
        if (option->choices == cmd_formats) {
            letters = ":f:h";
            known[n].val = 'f';
        }
    }
    known[n++] = (struct option){"help", no_argument, NULL, 'h'};
    known[n++] = (struct option){"version", no_argument, NULL, VERSION};
    known[n] = (struct option){NULL, 0, NULL, 0};
    return letters;
}

/* The option that getopt_long() has found; NULL: one that all have, or none. */
static const struct cmd_option *find(const struct cmd_syntax *syntax, const struct option *known, int code)
{
    for (unsigned i = 0; i < syntax->count; i++)
        if (known[i].val == code)
            return &syntax->options[i];
    return NULL;
}

static bool read_options(int argc, char **argv, const struct cmd_syntax *syntax, enum cmd_status *status)
{
    struct option known[CMD_OPTIONS_MOST + 3];
    const char *const letters = translate(syntax, known);
    int code;

    *status = CMD_OK;
    while ((code = getopt_long(argc, argv, letters, known, NULL)) != -1) {
        const struct cmd_option *const option = find(syntax, known, code);

        if (option != NULL) {
            *status = take(argv[0], option, optarg);
            if (*status == CMD_OK)
                continue;
        } else if (code == 'h')
            fputs(syntax->help, stdout);
        else if (code == VERSION)
            cmd_print_version();
        else
            *status = complain(argv, code, known);
        return false;
    }
    return true;
}

bool cmd_args(int argc, char **argv, const struct cmd_syntax *syntax, char *const **operands, int *count,
              enum cmd_status *status)
{
    if (!read_options(argc, argv, syntax, status))
        return false;
    *operands = argv + optind;
    *count = argc - optind;
    if (*count >= syntax->least && *count <= syntax->most)
        return true;
    *status = *count < syntax->least ? cmd_usage_error(argv[0], syntax->missing, NULL)
                                     : cmd_usage_error(argv[0], syntax->surplus, argv[optind + syntax->most]);
    return false;
}
