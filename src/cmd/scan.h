/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMCLOCK_CMD_SCAN_H
#define VMCLOCK_CMD_SCAN_H

#include "report.h"

/* `vmclock scan`. argv[0] is "vmclock scan". */
enum cmd_status cmd_scan(int argc, char **argv);

#endif
