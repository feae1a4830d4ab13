/* SPDX-License-Identifier: BSD-2-Clause */
/* Width and colours of a terminal, by a terminal that is wrapped; how lines are broken. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "../../src/cmd/style.h"

#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../suite.h"
#include "terminal.h"

/* ---- The terminal ---- */

int staged_terminal = -1;
int staged_columns = -1;

int __wrap_isatty(int fd);
int __wrap_ioctl(int fd, unsigned long request, ...);

int __wrap_isatty(int fd)
{
    return fd == staged_terminal;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list more;
    struct winsize *window;

    va_start(more, request);
    window = va_arg(more, struct winsize *);
    va_end(more);
    if (request != TIOCGWINSZ || fd != staged_terminal || staged_columns < 0)
        return -1;
    *window = (struct winsize){.ws_row = 25, .ws_col = (unsigned short)staged_columns};
    return 0;
}

static struct cmd_style style_of(FILE *to, int fd, int columns, const char *term, const char *no_color)
{
    staged_terminal = fd;
    staged_columns = columns;
    (void)(term == NULL ? unsetenv("TERM") : setenv("TERM", term, 1));
    (void)(no_color == NULL ? unsetenv("NO_COLOR") : setenv("NO_COLOR", no_color, 1));
    return cmd_style(to);
}

static void the_width_is_the_terminals_within_40_and_120(void)
{
    static const struct {
        int columns;
        unsigned width;
    } rows[] = {{-1, 100}, {0, 100},   {1, 40},    {39, 40},   {40, 40},    {41, 41},
                {80, 80},  {119, 119}, {120, 120}, {121, 120}, {65535, 120}};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        char row[32];

        (void)snprintf(row, sizeof row, "%d columns", rows[i].columns);
        EQ_IN(row, style_of(stdout, STDOUT_FILENO, rows[i].columns, "xterm", NULL).width, rows[i].width);
        EQ_IN(row, style_of(stderr, STDERR_FILENO, rows[i].columns, "xterm", "1").width, rows[i].width);
        EQ_IN(row, style_of(stdout, STDERR_FILENO, rows[i].columns, "xterm", NULL).width, 100);
        HOLDS_IN(row, style_of(stdout, STDOUT_FILENO, rows[i].columns, "xterm", NULL).is_terminal);
        HOLDS_IN(row, !style_of(stderr, STDOUT_FILENO, rows[i].columns, "xterm", NULL).is_terminal);
    }
}

static void colours_are_for_terminals_that_have_them(void)
{
    static const struct {
        int fd;
        const char *term, *no_color;
        bool has_colours;
    } rows[] = {
        {STDOUT_FILENO, "xterm", NULL, true}, {STDOUT_FILENO, "xterm", "", true},
        {STDOUT_FILENO, "xterm", "0", false}, {STDOUT_FILENO, "xterm", "1", false},
        {STDOUT_FILENO, NULL, NULL, false},   {STDOUT_FILENO, "", NULL, false},
        {STDOUT_FILENO, "dumb", NULL, false}, {STDOUT_FILENO, "dumber", NULL, true},
        {STDOUT_FILENO, "dum", NULL, true},   {STDERR_FILENO, "xterm", NULL, false},
        {-1, "xterm", NULL, false},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct cmd_style style = style_of(stdout, rows[i].fd, 80, rows[i].term, rows[i].no_color);
        const bool has = rows[i].has_colours;
        char row[16];

        (void)snprintf(row, sizeof row, "row %u", i);
        TEXT_IN(row, style.bold, has ? "\033[1m" : "");
        TEXT_IN(row, style.dim, has ? "\033[2m" : "");
        TEXT_IN(row, style.red, has ? "\033[31m" : "");
        TEXT_IN(row, style.green, has ? "\033[32m" : "");
        TEXT_IN(row, style.yellow, has ? "\033[33m" : "");
        TEXT_IN(row, style.reset, has ? "\033[0m" : "");
    }
}

/* ---- Lines ---- */

static char *wrapped(const char *text, unsigned at, unsigned indent, unsigned width)
{
    char *out = NULL;
    size_t len;
    FILE *const to = open_memstream(&out, &len);

    if (to == NULL)
        abort();
    cmd_put_wrapped(to, text, at, indent, width);
    (void)fclose(to);
    return out;
}

static void lines_are_broken_where_they_end(void)
{
    static const struct {
        const char *text;
        unsigned at, indent, width;
        const char *wanted;
    } rows[] = {
        {"", 0, 0, 10, "\n"},
        {"   ", 0, 0, 10, "\n"},
        {"ab cd", 0, 0, 10, "ab cd\n"},
        {"abcd efghi", 0, 0, 10, "abcd efghi\n"}, /* ten columns are all of ten */
        {"abcd efghij", 0, 0, 10, "abcd\nefghij\n"},
        {"abcd efghi", 1, 0, 10, "abcd\nefghi\n"}, /* begun one further on */
        {"abcd efghi", 0, 2, 10, "abcd efghi\n"},
        {"abcd efghij", 0, 2, 10, "abcd\n  efghij\n"},
        {"ab", 9, 2, 10, "\n  ab\n"},
        {"ab", 8, 2, 10, "ab\n"},
        {"a", 10, 2, 10, "\n  a\n"},
        {"a", 11, 2, 10, "\n  a\n"}, /* what is in the line already may be too long */
        {"a", 30, 2, 10, "\n  a\n"},
        {"  ab", 6, 2, 10, "  ab\n"},                        /* spaces in front count where the word fits */
        {"  ab", 7, 2, 10, "\n  ab\n"},                      /* and are gone where it does not */
        {"abcdefghijkl mn", 0, 0, 10, "abcdefghijkl\nmn\n"}, /* what fits nowhere is not cut */
        {"abcdefghijkl", 4, 4, 10, "abcdefghijkl\n"},        /* nor is a line left empty for it */
        {"abcdefghijkl", 5, 4, 10, "\n    abcdefghijkl\n"},
        {"a b c d e f g", 0, 0, 3, "a b\nc d\ne f\ng\n"},
        {"a ", 0, 0, 10, "a\n"},
        {"aa bb cc", 0, 0, 4294967295U, "aa bb cc\n"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *const text = wrapped(rows[i].text, rows[i].at, rows[i].indent, rows[i].width);

        TEXT_IN(rows[i].wanted, text, rows[i].wanted);
        free(text);
    }
}

static void a_number_stays_with_its_unit_and_a_bar_with_its_flag(void)
{
    static const struct {
        const char *text;
        unsigned width;
        const char *wanted;
    } rows[] = {
        {"about 12 ns", 8, "about\n12 ns\n"},
        {"about 12 ns", 11, "about 12 ns\n"},
        {"about 12 ns", 10, "about\n12 ns\n"},
        {"about 9 ns", 9, "about\n9 ns\n"},
        {"about 0 ns", 9, "about\n0 ns\n"},
        {"about :9 ns", 9, "about :9\nns\n"}, /* no digit */
        {"about /0 ns", 9, "about /0\nns\n"},
        {"up 12, then on", 9, "up 12,\nthen on\n"}, /* what ends with a mark has no unit */
        {"up 12; then on", 9, "up 12;\nthen on\n"},
        {"up 12: then on", 9, "up 12:\nthen on\n"},
        {"up 12. then on", 9, "up 12.\nthen on\n"},
        {"up 12| then on", 9, "up 12|\nthen on\n"},
        {"up 2026-11-25 04:55:55 UTC", 25, "up\n2026-11-25 04:55:55 UTC\n"},
        {"up 2026-11-25 04:55:55 UTC", 26, "up 2026-11-25 04:55:55 UTC\n"},
        {"up 5 bytes of it, not more", 16, "up\n5 bytes of it,\nnot more\n"},
        /* 33 columns are kept together, 34 are not */
        {"xx 1 345678901234567890123456789 123", 35, "xx\n1 345678901234567890123456789 123\n"},
        {"xx 1 345678901234567890123456789 1234", 35, "xx 1 345678901234567890123456789\n1234\n"},
        {"go AA | BB", 8, "go AA |\nBB\n"},
        {"go AA | BB", 6, "go\nAA |\nBB\n"},
        {"go AA | BB", 10, "go AA | BB\n"},
        {"go AA |", 6, "go\nAA |\n"},
        {"go AA |", 7, "go AA |\n"},
        {"go AA |x", 6, "go\nAA |x\n"},
        {"12 `run it`", 40, "12\n    run it\n"}, /* a command is no unit */
        {"12 ns `run it`", 40, "12 ns\n    run it\n"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *const text = wrapped(rows[i].text, 0, 0, rows[i].width);

        TEXT_IN(rows[i].wanted, text, rows[i].wanted);
        free(text);
    }
}

static void a_command_line_stands_alone(void)
{
    static const struct {
        const char *text;
        unsigned at, indent, width;
        const char *wanted;
    } rows[] = {
        {"try `run it now` or not", 0, 2, 40, "try\n      run it now\n  or not\n"},
        {"try `run it now`", 0, 2, 40, "try\n      run it now\n"},
        {"`run it now` then", 0, 0, 40, "\n    run it now\nthen\n"},
        {"try `run it now`", 0, 2, 16, "try\n      run it now\n"}, /* six and ten columns fit */
        {"try `run it now`", 0, 2, 15, "try\nrun it now\n"},       /* else from the first column on */
        {"try `run it now`", 0, 2, 6, "try\nrun it now\n"},
        {"try `run`", 0, 2, 5, "try\nrun\n"},
        {"try `run it", 0, 2, 40, "try\n      run it\n"}, /* a mark that is missing ends with the text */
        {"try `a`   `b`  end", 0, 0, 40, "try\n    a\n    b\nend\n"},
        {"5 ns in `a` 7 ns", 0, 0, 40, "5 ns in\n    a\n7 ns\n"},
        {"see x`y z`", 0, 0, 40, "see x\n    y z\n"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *const text = wrapped(rows[i].text, rows[i].at, rows[i].indent, rows[i].width);

        TEXT_IN(rows[i].wanted, text, rows[i].wanted);
        free(text);
    }
}

SUITE(style) = {
    {"the width is the terminal's, within 40 and 120", the_width_is_the_terminals_within_40_and_120},
    {"colours are for terminals that have them", colours_are_for_terminals_that_have_them},
    {"lines are broken where they end", lines_are_broken_where_they_end},
    {"a number stays with its unit, and a bar with its flag", a_number_stays_with_its_unit_and_a_bar_with_its_flag},
    {"a command line stands alone", a_command_line_stands_alone},
    CU_TEST_INFO_NULL,
};
