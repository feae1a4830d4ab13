/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed dumps, by libkdumpfile where the command was built with it. */
#ifndef VMCLOCK_CMD_KDUMP_H
#define VMCLOCK_CMD_KDUMP_H

#include "vmclock_posix.h"

/*
 * Searches what memory a compressed dump holds, at multiples of `step` of its addresses, as vmclock_search_run() does;
 * a hit has a physical address, and no offset. Returns NULL, or what went wrong, in words that stay until the next
 * call.
 *
 * buf: VMCLOCK_SEARCH_BUFFER bytes
 */
const char *cmd_kdump_search(int fd, uint64_t step, unsigned flags, uint8_t *buf,
                             const struct vmclock_search_calls *calls);

#endif
