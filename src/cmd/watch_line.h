/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMCLOCK_CMD_WATCH_LINE_H
#define VMCLOCK_CMD_WATCH_LINE_H

#include "changes.h"
#include "style.h"

/* Print on standard output what the last look has seen. */
void cmd_watch_json(const char *path, const struct cmd_state *state);
void cmd_watch_text(const char *path, const struct cmd_state *state, const struct cmd_style *style);

#endif
