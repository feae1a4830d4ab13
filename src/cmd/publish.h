/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMCLOCK_CMD_PUBLISH_H
#define VMCLOCK_CMD_PUBLISH_H

#include "report.h"

/* `vmclock publish`. argv[0] is "vmclock publish". */
enum cmd_status cmd_publish(int argc, char **argv);

#endif
