/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMCLOCK_CMD_DIFF_TEXT_H
#define VMCLOCK_CMD_DIFF_TEXT_H

#include "input.h"
#include "style.h"

/* What happened between two pages, in a word, by enum vmclock_change; NULL for UNSURE ends them. */
extern const char *const cmd_change_names[];

/* A field's value before and after; false when it is the same, or in neither page. */
struct cmd_difference {
    bool was_there, is_there;
    uint64_t before, after;
};
bool cmd_difference(const struct cmd_result *before, const struct cmd_result *after, enum vmclock_field field,
                    struct cmd_difference *out);

/* Prints on standard output what is to be told of two valid pages. */
void cmd_print_difference(const struct cmd_result *before, const struct cmd_result *after,
                          const struct cmd_style *style);

#endif
