/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMCLOCK_CMD_TIME_TEXT_H
#define VMCLOCK_CMD_TIME_TEXT_H

#include "vmclock_posix.h"

/*
 * Prints on standard output what a counter value means by a page, and, where it is told, the system's clock beside it.
 */
void cmd_print_time(const char *path, const struct vmclock_system_offset *told);

#endif
