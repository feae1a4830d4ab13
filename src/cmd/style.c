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

/* The length of a short phrase at the start of the text, as "1.000000000 GHz"; of its first word when it has none. */
static unsigned phrase_length(const char *text)
{
    const size_t word = strcspn(text, " `"), longest = 24;
    size_t end = word;

    while (text[end] == ' ' && strchr(",;:.|", text[end - 1]) == NULL && text[end + 1] != '`')
        end += 1 + strcspn(text + end + 1, " `");
    return (unsigned)(end <= longest ? end : word);
}

/* A command line, `...`, on a line of its own. Returns what follows it. */
static const char *put_command(FILE *to, const char *text, unsigned indent)
{
    const int len = (int)strcspn(text, "`");

    fprintf(to, "\n%*s%.*s", (int)indent + 4, "", len, text);
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
            text = put_command(to, text + 1, indent);
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
