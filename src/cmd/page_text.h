/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMCLOCK_CMD_PAGE_TEXT_H
#define VMCLOCK_CMD_PAGE_TEXT_H

#include "input.h"
#include "style.h"

/* Prints on standard output what is to be told of a page, valid or not, that could be read. */
void cmd_print_page(const struct cmd_result *result, const struct cmd_style *style);

/* Prints a finding or a transition; `longest` is the length of the longest id of those that are printed. */
void cmd_print_remark(enum vmclock_severity severity, const char *id, unsigned longest, const char *text,
                      const struct cmd_style *style);

#endif
