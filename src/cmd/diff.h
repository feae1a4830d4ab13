/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMCLOCK_CMD_DIFF_H
#define VMCLOCK_CMD_DIFF_H

#include "report.h"

/* `vmclock diff`. Returns the exit status. */
enum cmd_status cmd_diff(int argc, char **argv);

#endif
