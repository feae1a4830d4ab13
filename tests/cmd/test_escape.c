/* SPDX-License-Identifier: BSD-2-Clause */
/* Text from outside: UTF-8 by the tables of the Unicode standard, and what is safe to show. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "../../src/cmd/escape.h"

#include <langinfo.h>
#include <locale.h>

#include "../suite.h"

/* ---- UTF-8 ---- */

/* Unicode 15.1, table 3-7: well-formed sequences, a range for each of their bytes. */
static const unsigned char well_formed[][4][2] = {
    {{0x00, 0x7f}},
    {{0xc2, 0xdf}, {0x80, 0xbf}},
    {{0xe0, 0xe0}, {0xa0, 0xbf}, {0x80, 0xbf}},
    {{0xe1, 0xec}, {0x80, 0xbf}, {0x80, 0xbf}},
    {{0xed, 0xed}, {0x80, 0x9f}, {0x80, 0xbf}},
    {{0xee, 0xef}, {0x80, 0xbf}, {0x80, 0xbf}},
    {{0xf0, 0xf0}, {0x90, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}},
    {{0xf1, 0xf3}, {0x80, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}},
    {{0xf4, 0xf4}, {0x80, 0x8f}, {0x80, 0xbf}, {0x80, 0xbf}},
};
enum { FORMS = sizeof well_formed / sizeof *well_formed };

static size_t length_of(const unsigned char (*form)[2])
{
    size_t n = 1;

    while (n < 4 && form[n][1] != 0)
        n++;
    return n;
}

/* The length of the sequence at s, or of its maximal subpart; whether it is whole. */
static size_t by_table(const unsigned char *s, bool *is_whole)
{
    size_t longest = 1;

    *is_whole = false;
    for (unsigned i = 0; i < FORMS; i++) {
        const size_t length = length_of(well_formed[i]);
        size_t n = 0;

        while (n < length && s[n] >= well_formed[i][n][0] && s[n] <= well_formed[i][n][1] && (s[n] != 0 || n == 0))
            n++;
        if (n == length) {
            *is_whole = true;
            return length;
        }
        longest = n > longest ? n : longest;
    }
    return longest;
}

static size_t encode(uint32_t code, unsigned char out[5])
{
    const size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char marks[] = {0, 0, 192, 224, 240};

    for (size_t i = n; i-- > 1; code /= 64)
        out[i] = (unsigned char)(128 + code % 64);
    out[0] = (unsigned char)(n == 1 ? code : marks[n] + code);
    out[n] = '\0';
    return n;
}

static bool is_surrogate(uint32_t code)
{
    return code >= 0xd800 && code <= 0xdfff;
}

static void every_code_point_is_decoded(void)
{
    uint32_t wrong = 0;

    for (uint32_t code = 1; code <= 0x10ffff; code++) {
        unsigned char bytes[5];
        uint32_t found = 0;
        const size_t n = encode(code, bytes);

        if (is_surrogate(code))
            continue;
        wrong += cmd_utf8((const char *)bytes, &found) != n || found != code;
    }
    EQ(wrong, 0);
}

/* Any two bytes, and behind them the ends of the ranges that there are. */
static void every_ill_formed_sequence_ends_where_unicode_says(void)
{
    static const unsigned char ends[] = {0x00, 0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    uint32_t wrong = 0;

    for (uint32_t i = 0x100; i < 0x10000; i++)
        for (unsigned third = 0; third < sizeof ends; third++)
            for (unsigned fourth = 0; fourth < sizeof ends; fourth++) {
                const unsigned char s[] = {(unsigned char)(i >> 8), (unsigned char)(i & 0xff), ends[third],
                                           ends[fourth], '\0'};
                bool is_whole;
                const size_t n = by_table(s, &is_whole);
                uint32_t code = 0;

                wrong += cmd_utf8((const char *)s, &code) != n || (code != CMD_ILL_FORMED) != is_whole;
            }
    EQ(wrong, 0);
}

/* ---- What is safe to show ---- */

/* Controls (Cc), separators (Zl, Zp), Default_Ignorable_Code_Point of Unicode 15.1, interlinear annotation, and '\'. */
static bool is_unsafe(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        {0x01, 0x1f},       {0x7f, 0x7f},       {0x80, 0x9f},       {0x2028, 0x2028}, {0x2029, 0x2029},
        {'\\', '\\'},       {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x061c, 0x061c}, {0x115f, 0x1160},
        {0x17b4, 0x17b5},   {0x180b, 0x180d},   {0x180e, 0x180e},   {0x180f, 0x180f}, {0x200b, 0x200f},
        {0x202a, 0x202e},   {0x2060, 0x2064},   {0x2065, 0x2065},   {0x2066, 0x206f}, {0x3164, 0x3164},
        {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfff8}, {0xfff9, 0xfffb},
        {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };

    for (unsigned i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    return false;
}

/* What cmd_put_escaped() prints; free it. */
static char *escaped(const char *s, unsigned *columns)
{
    char *text = NULL;
    size_t len;
    FILE *const to = open_memstream(&text, &len);

    if (to == NULL)
        abort();
    *columns = cmd_put_escaped(to, s);
    (void)fclose(to);
    return text;
}

/* Every code point, some thousands to a string; in a locale of 8 bits, what holds bytes of C1 is unsafe as well. */
static void check_code_points(bool is_utf8)
{
    enum { EACH = 4096 };
    static char all[EACH * 5], wanted[EACH * 17];
    unsigned columns;

    for (uint32_t first = 0; first < 0x110000; first += EACH) {
        size_t len = 0, wanted_len = 0;
        char *text;

        for (uint32_t code = first; code < first + EACH; code++) {
            unsigned char bytes[5];
            const size_t n = encode(code, bytes);
            bool escape = is_unsafe(code);

            if (code == 0 || is_surrogate(code))
                continue;
            for (size_t i = 0; i < n; i++)
                escape = escape || (!is_utf8 && bytes[i] >= 0x80 && bytes[i] <= 0x9f);
            memcpy(all + len, bytes, n);
            len += n;
            for (size_t i = 0; i < n && escape; i++)
                wanted_len += (size_t)sprintf(wanted + wanted_len, "\\x%02x", bytes[i]);
            if (!escape) {
                memcpy(wanted + wanted_len, bytes, n);
                wanted_len += n;
            }
        }
        all[len] = wanted[wanted_len] = '\0';
        text = escaped(all, &columns);
        HOLDS(strcmp(text, wanted) == 0);
        free(text);
    }
}

static bool has_utf8(void)
{
    return setlocale(LC_CTYPE, "C.UTF-8") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void what_nobody_sees_is_escaped(void)
{
    (void)setlocale(LC_CTYPE, "C");
    check_code_points(false);
    if (has_utf8())
        check_code_points(true);
    (void)setlocale(LC_CTYPE, "C");
}

static void what_is_no_utf8_is_escaped_byte_by_byte(void)
{
    static const struct {
        const char *bytes, *wanted;
    } rows[] = {
        {"\x80", "\\x80"},
        {"\xff", "\\xff"},
        {"a\xc3", "a\\xc3"},
        {"\xe2\x82"
         "b",
         "\\xe2\\x82b"},
        {"\xf0\x9f\x95", "\\xf0\\x9f\\x95"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
        {"\xc0\xaf", "\\xc0\\xaf"},
        {"", ""},
        {" ~", " ~"},
        {"\x1f\x7f", "\\x1f\\x7f"},
        {"\\\\", "\\x5c\\x5c"},
    };

    for (unsigned i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        const char *const wanted = rows[i / 2].wanted;
        unsigned columns;
        char *text;

        if (i % 2 == 1 && !has_utf8())
            break;
        text = escaped(rows[i / 2].bytes, &columns);
        TEXT_IN(wanted, text, wanted);
        EQ_IN(wanted, columns, strlen(wanted));
        free(text);
        (void)setlocale(LC_CTYPE, "C");
    }
}

static void columns_are_those_of_the_terminal(void)
{
    static const struct {
        const char *text;
        unsigned utf8, other; /* columns */
    } rows[] = {
        {"abc", 3, 3},
        {"\xc3\xa9", 1, 1},     /* a letter */
        {"e\xcc\xa1", 1, 2},    /* and a mark below it, which takes no room */
        {"\xe6\xbc\xa2", 2, 1}, /* a letter that takes two columns */
        {"\xc3\x80", 1, 8},     /* one with a byte of C1 */
        {"a\x1b", 5, 5},
        {"\xe2\x80\xae", 12, 12},
        {"\xf4\x8f\xbf\xbf", 1, 16}, /* a number that is no character has no width that is known */
        {"\xef\xbf\xbe"
         "a",
         2, 2},
    };

    for (unsigned i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        const bool is_utf8 = i % 2 == 1;
        unsigned columns;

        if (is_utf8 && !has_utf8())
            break;
        free(escaped(rows[i / 2].text, &columns));
        EQ_IN(rows[i / 2].text, columns, is_utf8 ? rows[i / 2].utf8 : rows[i / 2].other);
        (void)setlocale(LC_CTYPE, "C");
    }
}

/* ---- Words for a shell ---- */

static char *shell_word(const char *path)
{
    char *text = NULL;
    size_t len;
    FILE *const to = open_memstream(&text, &len);

    if (to == NULL)
        abort();
    cmd_put_shell_word(to, path);
    (void)fclose(to);
    return text;
}

static void a_shell_reads_the_path_that_was_meant(void)
{
    static const struct {
        const char *path, *word;
    } rows[] = {
        {"a", "a"},
        {"AZaz09_./+-,:@%", "AZaz09_./+-,:@%"},
        {"", "''"},
        {"-", "-"},
        {"--", "./--"},
        {"-x", "./-x"},
        {"-x y", "./'-x y'"},
        {"-\n", "./$'-\\x0a'"},
        {"a b", "'a b'"},
        {"it's", "'it'\\''s'"},
        {"'", "''\\'''"},
        {"a\\b", "'a\\b'"},
        {"$HOME", "'$HOME'"},
        {"a\nb", "$'a\\x0ab'"},
        {"\x1f", "$'\\x1f'"},
        {" ", "' '"},
        {"~", "'~'"},
        {"\x7f", "$'\\x7f'"},
        {"\xff", "$'\\xff'"},
        {"\t'\\", "$'\\x09\\'\\\\'"},
        {"\xc3\xa9 x", "$'\\xc3\\xa9 x'"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *const word = shell_word(rows[i].path);

        TEXT_IN(rows[i].word, word, rows[i].word);
        EQ_IN(rows[i].word, cmd_is_plain_word(rows[i].path), strcmp(rows[i].word, rows[i].path) == 0);
        free(word);
    }
}

/* Which single bytes go as they are, which in quotes, which by number. */
static void every_byte_is_quoted_as_it_needs(void)
{
    for (unsigned byte = 1; byte < 256; byte++) {
        const char path[] = {'a', (char)byte, '\0'};
        char wanted[16], row[16];
        char *const word = shell_word(path);
        const bool is_letter =
            (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');

        (void)snprintf(row, sizeof row, "byte 0x%02x", byte);
        if (is_letter || strchr("_./+-,:@%", (int)byte) != NULL)
            (void)snprintf(wanted, sizeof wanted, "%s", path);
        else if (byte < ' ' || byte > '~')
            (void)snprintf(wanted, sizeof wanted, "$'a\\x%02x'", byte);
        else
            (void)snprintf(wanted, sizeof wanted, byte == '\'' ? "'a'\\'''" : "'%s'", path);
        TEXT_IN(row, word, wanted);
        free(word);
    }
}

SUITE(escape) = {
    {"every code point is decoded", every_code_point_is_decoded},
    {"every ill-formed sequence ends where Unicode says", every_ill_formed_sequence_ends_where_unicode_says},
    {"what nobody sees is escaped", what_nobody_sees_is_escaped},
    {"what is no UTF-8 is escaped byte by byte", what_is_no_utf8_is_escaped_byte_by_byte},
    {"columns are those of the terminal", columns_are_those_of_the_terminal},
    {"a shell reads the path that was meant", a_shell_reads_the_path_that_was_meant},
    {"every byte is quoted as it needs", every_byte_is_quoted_as_it_needs},
    CU_TEST_INFO_NULL,
};
