/* SPDX-License-Identifier: BSD-2-Clause */
/* What users typed: numbers and names out of it, messages about it. Shows none of it to a terminal as it came. */
#define _GNU_SOURCE 1
#include "cmd.h"

#include <string.h>

static int digit_value(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *const found = c == '\0' ? NULL : strchr(digits, c);

    return found == NULL ? 16 : (int)(found - digits) % 16;
}

/* The number at the start of the text, and what follows it; false where there is none, or one above 64 bits. */
static bool leading_number(const char *text, uint64_t *out, const char **rest)
{
    const bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const unsigned base = is_hex ? 16 : 10;
    const char *const digits = is_hex ? text + 2 : text;
    const char *s = digits;
    uint64_t value = 0;

    for (; digit_value(*s) < (int)base; s++) {
        const unsigned digit = (unsigned)digit_value(*s);

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

bool cmd_offset(const char *text, uint64_t *out)
{
    const char *rest;
    uint64_t value;
    unsigned shift = 0;

    if (!leading_number(text, &value, &rest))
        return false;
    if (*rest == 'K' || *rest == 'M' || *rest == 'G')
        shift = *rest == 'K' ? 10 : *rest == 'M' ? 20 : 30, rest++;
    if (*rest != '\0' || value > UINT64_MAX >> shift)
        return false;
    *out = value << shift;
    return true;
}

static bool parse_format(const char *text, enum cmd_format *out)
{
    *out = strcmp(text, "json") == 0 ? CMD_JSON : CMD_TEXT;
    return *out == CMD_JSON || strcmp(text, "text") == 0;
}

enum cmd_status cmd_usage_error(const char *command, const char *sentence, const char *what)
{
    fprintf(stderr, "%s: %s", command, sentence);
    if (what != NULL) {
        fputs(": '", stderr);
        cmd_put_escaped(stderr, what);
        fputc('\'', stderr);
    }
    fprintf(stderr, "\nTry '%s --help'.\n", command);
    return CMD_USAGE;
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

bool cmd_common_option(char **argv, int code, const struct option *known, void (*print_help)(void),
                       enum cmd_format *format, enum cmd_status *status)
{
    *status = CMD_OK;
    switch (code) {
    case 'f':
        if (format != NULL && parse_format(optarg, format))
            return true;
        *status = cmd_usage_error(argv[0], "the format is neither text nor json", optarg);
        break;
    case 'h':
        print_help();
        break;
    case CMD_VERSION:
        cmd_print_version();
        break;
    default:
        *status = complain(argv, code, known);
    }
    return false;
}

/* ---- Text from outside ---- */

/* How many bytes follow a lead byte, and the range of the first of them (Unicode, table 3-7). False: no lead byte. */
static bool utf8_lead(unsigned char lead, unsigned *follow, unsigned char *low, unsigned char *high)
{
    *low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    *high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    *follow = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    return lead < 0x80 || (lead >= 0xc2 && lead <= 0xf4);
}

size_t cmd_utf8(const char *s, uint32_t *code)
{
    const unsigned char lead = (unsigned char)s[0];
    unsigned char low, high;
    unsigned follow;

    *code = CMD_ILL_FORMED;
    if (!utf8_lead(lead, &follow, &low, &high))
        return 1;
    uint32_t value = follow == 0 ? lead : lead & (0x3fU >> follow);
    for (unsigned i = 1; i <= follow; i++) {
        const unsigned char c = (unsigned char)s[i]; /* the NUL at the end is in no range */

        if (c < low || c > high)
            return i;
        value = value << 6 | (c & 0x3fU);
        low = 0x80;
        high = 0xbf;
    }
    *code = value;
    return follow + 1;
}

/* C0, DEL, C1; marks that reorder or break lines; the escape character itself, so that what is shown is unambiguous. */
static bool is_unsafe(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == '\\' || (code >= 0x200e && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == CMD_ILL_FORMED;
}

void cmd_put_escaped(FILE *to, const char *s)
{
    while (*s != '\0') {
        uint32_t code;
        const size_t n = cmd_utf8(s, &code);

        if (is_unsafe(code))
            for (size_t i = 0; i < n; i++)
                fprintf(to, "\\x%02x", (unsigned char)s[i]);
        else
            fwrite(s, 1, n, to);
        s += n;
    }
}

enum cmd_status cmd_unreadable(const char *path, const struct vmclock_error *err, const char *more)
{
    char text[640];

    vmclock_error_explain(err, path, text, sizeof text);
    fputs("vmclock: ", stderr);
    cmd_put_escaped(stderr, path);
    fprintf(stderr, ": %s:\n  %s%s\n", vmclock_reason_sentence(err->reason), text, more);
    return CMD_UNREADABLE;
}
