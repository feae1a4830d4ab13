/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMCLOCK_CMD_WATCH_H
#define VMCLOCK_CMD_WATCH_H

#include "report.h"

/* `vmclock watch`. argv[0] is "vmclock watch". */
enum cmd_status cmd_watch(int argc, char **argv);

#endif
