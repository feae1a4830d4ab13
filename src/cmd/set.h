/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMCLOCK_CMD_SET_H
#define VMCLOCK_CMD_SET_H

#include "report.h"

/* Fields, and the values that they are to have. */
struct cmd_set {
    bool given[VMCLOCK_FIELD_END];
    uint64_t values[VMCLOCK_FIELD_END]; /* negative ones in two's complement */
};

/*
 * Takes "FIELD=VALUE" into a struct cmd_set: a uapi name; a number that the field can hold, or one of its names, of
 * flags several with | between them. Any field but seq_count. Returns CMD_OK, or has complained and returns CMD_USAGE.
 */
enum cmd_status cmd_set_take(const char *command, const char *text, void *set);

#endif
