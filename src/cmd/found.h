/* SPDX-License-Identifier: BSD-2-Clause */
/* A page that was found in something larger, and what was wrong with that, for people and programs. */
#ifndef VMCLOCK_CMD_FOUND_H
#define VMCLOCK_CMD_FOUND_H

#include "vmclock_posix.h"

/* One line, of text or JSON. has_offset: the hit's offset is one in the file. */
void cmd_print_found(const char *path, const struct vmclock_search_hit *hit, bool has_offset, bool is_json);

/* The same for an input, or the rest of one from an offset on, that could not be read; text is on standard error. */
void cmd_print_unread(const char *path, const struct vmclock_error *err, bool is_json);

#endif
