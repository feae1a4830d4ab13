/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMCLOCK_CMD_INSPECT_H
#define VMCLOCK_CMD_INSPECT_H

#include "report.h"

/* `vmclock inspect`. argv[0] is "vmclock inspect". */
enum cmd_status cmd_inspect(int argc, char **argv);

#endif
