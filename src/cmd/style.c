/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks the terminal, and breaks lines. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "style.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NARROWEST = 40, WIDEST = 120, NO_TERMINAL = 100 };

/* NO_COLOR: https://no-color.org; no TERM, an empty one or "dumb": nothing is known of what the terminal can do. */
static bool wants_colours(void)
{
    const char *const no_color = getenv("NO_COLOR"), *const term = getenv("TERM");

    return (no_color == NULL || *no_color == '\0') && term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
}

static unsigned width_of(int fd)
{
    struct winsize window;

    if (ioctl(fd, TIOCGWINSZ, &window) != 0 || window.ws_col == 0)
        return NO_TERMINAL;
    return window.ws_col < NARROWEST ? NARROWEST : window.ws_col > WIDEST ? WIDEST : window.ws_col;
}

struct cmd_style cmd_style(FILE *to)
{
    struct cmd_style style = {isatty(fileno(to)) != 0, "", "", "", "", "", "", NO_TERMINAL};

    if (!style.is_terminal)
        return style;
    style.width = width_of(fileno(to));
    if (wants_colours()) {
        style.bold = "\033[1m";
        style.dim = "\033[2m";
        style.red = "\033[31m";
        style.green = "\033[32m";
        style.yellow = "\033[33m";
        style.reset = "\033[0m";
    }
    return style;
}

/*
 * How much of the text is kept together: the first word, the bar behind a flag, and behind a number its unit and what
 * else is short, as in "1.000000000 GHz" or "2026-11-25 04:55:55 UTC".
 */
static unsigned phrase_length(const char *text)
{
    const size_t longest = 33;
    size_t end = strcspn(text, " `"), next;

    if (strncmp(text + end, " |", 2) == 0)
        return (unsigned)end + 2;
    if (*text < '0' || *text > '9')
        return (unsigned)end;
    while (text[end] == ' ' && strchr(",;:.|", text[end - 1]) == NULL && text[end + 1] != '`') {
        next = end + 1 + strcspn(text + end + 1, " `");
        if (next > longest)
            break;
        end = next;
    }
    return (unsigned)end;
}

/*
 * A command line, `...`, on a line of its own; where that is too short, from the first column on. Returns what follows.
 */
static const char *put_command(FILE *to, const char *text, unsigned indent, unsigned width)
{
    const unsigned len = (unsigned)strcspn(text, "`");
    const unsigned at = indent + 4 <= width && len <= width - indent - 4 ? indent + 4 : 0;

    fprintf(to, "\n%*s%.*s", (int)at, "", (int)len, text);
    text += len;
    text += *text == '`';
    return text + strspn(text, " ");
}

void cmd_put_wrapped(FILE *to, const char *text, unsigned at, unsigned indent, unsigned width)
{
    unsigned gap = (unsigned)strspn(text, " "); /* before the next word */
    unsigned phrase = 0;                        /* how much of one is still to come */

    text += gap;
    while (*text != '\0') {
        const unsigned word = (unsigned)strcspn(text, " `");

        if (*text == '`') {
            text = put_command(to, text + 1, indent, width);
            at = width; /* what comes next does not fit */
            phrase = 0;
            continue;
        }
        phrase = phrase == 0 ? phrase_length(text) : phrase;
        if (at > indent && (at >= width || gap + phrase > width - at)) {
            fprintf(to, "\n%*s", (int)indent, "");
            at = indent;
            gap = 0;
        }
        at += (unsigned)fprintf(to, "%*s%.*s", (int)gap, "", (int)word, text);
        gap = 1;
        text += word + (text[word] == ' ');
        phrase = phrase > word ? phrase - word - 1 : 0;
    }
    fputc('\n', to);
}
