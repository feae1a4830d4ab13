/* SPDX-License-Identifier: BSD-2-Clause */
/* What `vmclock watch` knows of a page, and what changed from one look to the next. */
#ifndef VMCLOCK_CMD_CHANGES_H
#define VMCLOCK_CMD_CHANGES_H

#include <time.h>

#include "vmclock_posix.h"

/* In the order in which a line has them. */
enum cmd_event {
    CMD_INITIAL,
    CMD_VALID,
    CMD_BECAME_INVALID,
    CMD_REPLACED,
    CMD_DISRUPTION,
    CMD_GENERATION,
    CMD_FLAGS,
    CMD_STATUS,
    CMD_CALIBRATION,
    CMD_OTHER_FIELD,
    CMD_EVENTS
};
extern const char *const cmd_event_names[CMD_EVENTS + 1]; /* NULL ends them */

/* All zeros: nothing was looked at yet. */
struct cmd_state {
    struct timespec observed;         /* when the last look was taken, by CLOCK_REALTIME */
    struct vmclock_snapshot snapshot; /* of the last look; empty when the page was invalid */
    struct vmclock_error error;       /* of the last look; none: valid */
    struct vmclock_snapshot now;      /* as last seen valid */
    struct vmclock_snapshot before;   /* as last seen valid before that, or empty */
    bool has_looked;
    bool events[CMD_EVENTS];          /* seen in the last look */
};

/* Looks at the page; is_replaced: it is another file than last time. True when there is something to tell. */
bool cmd_look(const struct vmclock_device *device, bool is_replaced, struct cmd_state *state);

/* A field of a snapshot. False, and 0, when it is absent. */
bool cmd_snapshot_field(const struct vmclock_snapshot *snapshot, enum vmclock_field field, uint64_t *value);

/* What a change of this field is called. */
enum cmd_event cmd_event_of(enum vmclock_field field);

/* The field is another one than when the page was last seen valid before. Never for seq_count. */
bool cmd_differs(const struct cmd_state *state, enum vmclock_field field);

#endif
