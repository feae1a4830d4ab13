/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMCLOCK_CMD_TIME_H
#define VMCLOCK_CMD_TIME_H

#include "report.h"

/* `vmclock time`. argv[0] is "vmclock time". */
enum cmd_status cmd_time(int argc, char **argv);

#endif
