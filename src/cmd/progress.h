/* SPDX-License-Identifier: BSD-2-Clause */
/* How far a long run is, on one line of standard error when that is a terminal; else nothing. */
#ifndef VMCLOCK_CMD_PROGRESS_H
#define VMCLOCK_CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct cmd_progress {
    bool is_wanted, is_shown;
    int64_t start_ns, shown_ns;
};

void cmd_progress_begin(struct cmd_progress *progress);
/* So many bytes of `whole` (UINT64_MAX: not known). Shows them a few times a second. */
void cmd_progress_show(struct cmd_progress *progress, uint64_t done, uint64_t whole);
/* Clears the line, before anything else is printed and at the end. */
void cmd_progress_clear(struct cmd_progress *progress);

#endif
