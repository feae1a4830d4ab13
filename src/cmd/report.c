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

/* The field and its value, by name where it has one; how many bytes there are where the error is about that. */
static void append_value(const struct vmclock_error *err, char *buf, size_t cap)
{
    const struct vmclock_field_row *const info = vmclock_field_info(err->field);
    const char *const name = vmclock_value_name(err->field, err->actual);
    char actual[64], expected[64];
    const bool has_actual = vmclock_error_format_actual(err, actual, sizeof actual) > 0;
    const bool has_expected = vmclock_error_format_expected(err, expected, sizeof expected) > 0;

    if (err->reason == VMCLOCK_REASON_FIELD_ABSENT && info != NULL)
        snprintf(buf, cap, ": %s ends at byte %s, the page at %s", info->name, expected, actual);
    else if (err->reason == VMCLOCK_REASON_SIZE_EXCEEDS_REGION)
        snprintf(buf, cap, ": size is %s, of %s bytes", actual, expected);
    else if (err->reason == VMCLOCK_REASON_TRUNCATED)
        snprintf(buf, cap, ": %s bytes of at least %s", actual, expected);
    else if (info != NULL && has_actual)
        snprintf(buf, cap, ": %s is %s%s%s", info->name, name != NULL ? name : actual,
                 has_expected && name == NULL ? ", not " : "", has_expected && name == NULL ? expected : "");
    else if (err->reason == VMCLOCK_REASON_UPDATE_STALLED || err->reason == VMCLOCK_REASON_UPDATE_TOO_FAST)
        snprintf(buf, cap, ": seq_count is %s", actual);
}

void cmd_error_words(const struct vmclock_error *err, char *buf, size_t cap)
{
    const char *const sentence = vmclock_reason_sentence(err->reason), *const name = vmclock_errno_name(err->sys_errno);
    /* "it cannot be opened", as a whole sentence; here it follows the path. */
    const char *const words = sentence == NULL ? "unknown error" : sentence + 3 * (strncmp(sentence, "it ", 3) == 0);
    size_t len;

    if (err->kind == VMCLOCK_ERR_SYSCALL) {
        snprintf(buf, cap, "%s: %s (%s)", words, strerror(err->sys_errno), name != NULL ? name : "?");
        return;
    }
    snprintf(buf, cap, "%s", words);
    len = strlen(buf);
    append_value(err, buf + len, cap - len);
}

/* The library's advice; for a failed call without the system's words, which the line above has. */
static const char *advice_of(const struct vmclock_error *err, const char *path, char *buf, size_t cap)
{
    const char *end;

    vmclock_error_explain(err, path, buf, cap);
    if (err->kind != VMCLOCK_ERR_SYSCALL)
        return buf;
    end = strstr(buf, ").");
    return end == NULL ? "" : end[2] == ' ' ? end + 3 : end + 2;
}

enum cmd_status cmd_error(const char *path, const struct vmclock_error *err, const char *advice)
{
    const struct cmd_style style = cmd_style(stderr);
    char words[512] = " ", buf[1024];
    unsigned at;

    cmd_error_words(err, words + 1, sizeof words - 1);
    if (advice == NULL)
        advice = advice_of(err, path, buf, sizeof buf);
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
