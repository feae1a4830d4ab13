/* SPDX-License-Identifier: BSD-2-Clause */
/* How text looks where it goes: the terminal's width and colours, and lines that are broken to fit. */
#ifndef VMCLOCK_CMD_STYLE_H
#define VMCLOCK_CMD_STYLE_H

#include <stdbool.h>
#include <stdio.h>

/* The colours are "" where they are not wanted. */
struct cmd_style {
    bool is_terminal;
    const char *bold, *dim, *red, *green, *yellow, *reset;
    unsigned width; /* columns: 40 to 120; 100 where there is no terminal to ask */
};

/* Of standard output or standard error. */
struct cmd_style cmd_style(FILE *to);

/*
 * Prints words of ASCII, one space apart, from column `at` (0 is the first) to the end of a line of `width` columns,
 * and then on from column `indent` of the next ones, and ends the line. Spaces before the first word count only if it
 * fits into the line that is begun. A number is kept together with its unit. What stands between ` and `, a command
 * line for the reader to copy, gets a line of its own, unbroken and without the two marks.
 */
void cmd_put_wrapped(FILE *to, const char *text, unsigned at, unsigned indent, unsigned width);

#endif
