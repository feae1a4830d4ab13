/* SPDX-License-Identifier: BSD-2-Clause */
/* Decodes UTF-8, and shows text from outside. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "escape.h"

#include <langinfo.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

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

/*
 * C0, DEL and C1; the line and paragraph separators; all that Unicode calls default ignorable, which nobody sees:
 * joiners, marks that turn the direction, byte order marks, tags; and the escape character, so that what is shown is
 * unambiguous.
 */
static const struct {
    uint32_t first, last;
} unsafe[] = {
    {0x00, 0x1f},       {'\\', '\\'},       {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},
    {0x61c, 0x61c},     {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},
    {0x2028, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static bool is_unsafe_code(uint32_t code)
{
    bool found = code == CMD_ILL_FORMED;

    for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
        found |= code >= unsafe[i].first && code <= unsafe[i].last;
    return found;
}

static bool has_c1_byte(const char *s, size_t n)
{
    bool found = false;

    for (size_t i = 0; i < n; i++)
        found |= (unsigned char)s[i] >= 0x80 && (unsigned char)s[i] < 0xa0;
    return found;
}

unsigned cmd_put_escaped(FILE *to, const char *s)
{
    const bool is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    unsigned columns = 0;

    while (*s != '\0') {
        uint32_t code;
        const size_t n = cmd_utf8(s, &code);

        if (is_unsafe_code(code) || (!is_utf8 && has_c1_byte(s, n))) {
            for (size_t i = 0; i < n; i++)
                fprintf(to, "\\x%02x", (unsigned char)s[i]);
            columns += 4 * (unsigned)n;
        } else {
            const int width = is_utf8 ? wcwidth((wchar_t)code) : 1;

            fwrite(s, 1, n, to);
            columns += width < 0 ? 1 : (unsigned)width;
        }
        s += n;
    }
    return columns;
}

/* 0: a shell takes each character as it is; 1: it does in single quotes; 2: not all of it can be shown. */
static unsigned quoting_of(const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-,:@%";
    unsigned quoting = *s == '\0';

    for (; *s != '\0'; s++) {
        if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f)
            return 2;
        if (strchr(plain, *s) == NULL)
            quoting = 1;
    }
    return quoting;
}

bool cmd_is_plain_word(const char *path)
{
    return quoting_of(path) == 0 && (path[0] != '-' || path[1] == '\0');
}

static void put_quoted(FILE *to, char c, bool is_dollar)
{
    const unsigned char byte = (unsigned char)c;

    if (is_dollar && (byte < 0x20 || byte >= 0x7f))
        fprintf(to, "\\x%02x", byte);
    else if (is_dollar && (c == '\'' || c == '\\'))
        fprintf(to, "\\%c", c);
    else if (c == '\'')
        fputs("'\\''", to);
    else
        fputc(c, to);
}

void cmd_put_shell_word(FILE *to, const char *path)
{
    const unsigned quoting = quoting_of(path);

    if (path[0] == '-' && path[1] != '\0')
        fputs("./", to);
    fputs(quoting == 2 ? "$'" : quoting == 1 ? "'" : "", to);
    for (; *path != '\0'; path++)
        put_quoted(to, *path, quoting == 2);
    fputs(quoting != 0 ? "'" : "", to);
}
