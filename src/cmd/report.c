/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that writes to standard error. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "report.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "style.h"

static int output_errno; /* why standard output failed first; 0: it did not */

enum cmd_status cmd_status_of(const struct vmclock_error *err)
{
    return err->kind == VMCLOCK_OK ? CMD_OK : err->kind == VMCLOCK_ERR_SYSCALL ? CMD_UNREADABLE : CMD_INVALID;
}

enum cmd_status cmd_usage_error(const char *command, const char *sentence, const char *what)
{
    return cmd_usage_error_known(command, sentence, what, "");
}

enum cmd_status cmd_usage_error_known(const char *command, const char *sentence, const char *what, const char *known)
{
    fprintf(stderr, "%s: %s", command, sentence);
    if (what != NULL) {
        fputs(": '", stderr);
        cmd_put_escaped(stderr, what);
        fputc('\'', stderr);
    }
    fputc('\n', stderr);
    if (*known != '\0') {
        fputs("  ", stderr);
        cmd_put_wrapped(stderr, known, 2, 2, cmd_style(stderr).width);
    }
    fprintf(stderr, "Try '%s --help'.\n", command);
    return CMD_USAGE;
}

enum cmd_status cmd_error(const char *path, const struct vmclock_error *err, const char *advice)
{
    const struct cmd_style style = cmd_style(stderr);
    char words[512] = " ", buf[1536];
    unsigned at;

    vmclock_error_describe(err, words + 1, sizeof words - 1);
    if (advice == NULL) {
        vmclock_error_explain(err, path, buf, sizeof buf);
        advice = buf;
    }
    fputs("vmclock: ", stderr);
    at = 9 + cmd_put_escaped(stderr, path) + 1;
    fputc(':', stderr);
    /* Whoever looks for this line in a log wants it whole. */
    cmd_put_wrapped(stderr, words, at, 2, style.is_terminal ? style.width : UINT_MAX);
    if (*advice != '\0') {
        fputs("  ", stderr);
        cmd_put_wrapped(stderr, advice, 2, 2, style.width);
    }
    return cmd_status_of(err);
}

void cmd_note(const char *path, const char *text)
{
    fputs("vmclock: ", stderr);
    cmd_put_escaped(stderr, path);
    fprintf(stderr, ": %s\n", text);
}

void cmd_out_of_memory(void)
{
    fputs("vmclock: out of memory\n", stderr);
    exit(CMD_UNREADABLE);
}

bool cmd_flush(void)
{
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && output_errno == 0)
        output_errno = errno != 0 ? errno : EIO;
    return output_errno == 0;
}

enum cmd_status cmd_end_output(enum cmd_status status)
{
    if (cmd_flush() && fclose(stdout) != 0)
        output_errno = errno;
    if (output_errno == 0)
        return status;
    fprintf(stderr, "vmclock: standard output: %s\n", strerror(output_errno));
    return CMD_UNREADABLE;
}
