/* SPDX-License-Identifier: BSD-2-Clause */
/* How every subcommand ends and complains: the exit statuses, lines on standard error, standard output that fails. */
#ifndef VMCLOCK_CMD_REPORT_H
#define VMCLOCK_CMD_REPORT_H

#include "vmclock_posix.h"

/* The exit statuses; of several inputs the highest counts. */
enum cmd_status { CMD_OK = 0, CMD_INVALID = 1, CMD_USAGE = 2, CMD_UNREADABLE = 3, CMD_INTERRUPTED = 130 };

/* CMD_OK for no error, CMD_UNREADABLE for a call that failed, else CMD_INVALID. */
enum cmd_status cmd_status_of(const struct vmclock_error *err);

/* "vmclock inspect: SENTENCE: 'WHAT'" and a hint on standard error. WHAT may be NULL. Returns CMD_USAGE. */
enum cmd_status cmd_usage_error(const char *command, const char *sentence, const char *what);
/* The same, and between the two what would have been right, in words of ASCII. */
enum cmd_status cmd_usage_error_known(const char *command, const char *sentence, const char *what, const char *known);

/*
 * "vmclock: PATH: WHAT IS WRONG" on standard error, and below it what to do about it: the library's advice, or `advice`
 * if that is not NULL. Returns cmd_status_of(err).
 */
enum cmd_status cmd_error(const char *path, const struct vmclock_error *err, const char *advice);

/* "vmclock: PATH: TEXT" on standard error, for what is worth knowing and no error. */
void cmd_note(const char *path, const char *text);

/* Tells, and exits with CMD_UNREADABLE. */
_Noreturn void cmd_out_of_memory(void);

/* Sends what was printed so far on its way. False when it could not be written. */
bool cmd_flush(void);
/* The end of standard output: tells when some of it could not be written. Returns status, or then CMD_UNREADABLE. */
enum cmd_status cmd_end_output(enum cmd_status status);

#endif
