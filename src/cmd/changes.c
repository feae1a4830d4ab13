/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks by snapshots alone, and decides what a change is called. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "changes.h"

#include <string.h>

const char *const cmd_event_names[CMD_EVENTS + 1] = {"initial",    "valid", "invalid", "replaced",    "disruption",
                                                     "generation", "flags", "status",  "calibration", "other"};

enum cmd_event cmd_event_of(enum vmclock_field field)
{
    switch ((unsigned)field) {
    case VMCLOCK_FIELD_DISRUPTION_MARKER:
        return CMD_DISRUPTION;
    case VMCLOCK_FIELD_VM_GENERATION_COUNTER:
        return CMD_GENERATION;
    case VMCLOCK_FIELD_FLAGS:
        return CMD_FLAGS;
    case VMCLOCK_FIELD_CLOCK_STATUS:
        return CMD_STATUS;
    case VMCLOCK_FIELD_MAGIC:
    case VMCLOCK_FIELD_SIZE:
    case VMCLOCK_FIELD_VERSION:
    case VMCLOCK_FIELD_PAD:
        return CMD_OTHER_FIELD;
    default:
        return CMD_CALIBRATION;
    }
}

bool cmd_snapshot_field(const struct vmclock_snapshot *snapshot, enum vmclock_field field, uint64_t *value)
{
    const struct vmclock_view view = vmclock_snapshot_view(snapshot);

    *value = 0;
    return vmclock_get_raw(&view, field, value) != VMCLOCK_ABSENT;
}

bool cmd_differs(const struct cmd_state *state, enum vmclock_field field)
{
    uint64_t now, before;
    const bool is_here = cmd_snapshot_field(&state->now, field, &now);
    const bool was_here = cmd_snapshot_field(&state->before, field, &before);

    return field != VMCLOCK_FIELD_SEQ_COUNT && (is_here != was_here || now != before);
}

/* The page is valid: what is different from when it was so before. */
static void compare(struct cmd_state *state)
{
    state->before = state->now;
    state->now = state->snapshot;
    if (state->before.len == 0)
        return;
    for (unsigned i = VMCLOCK_FIELD_NONE + 1; i < VMCLOCK_FIELD_END; i++)
        if (cmd_differs(state, (enum vmclock_field)i))
            state->events[cmd_event_of((enum vmclock_field)i)] = true;
}

bool cmd_look(const struct vmclock_device *device, bool is_replaced, struct cmd_state *state)
{
    const bool is_first = !state->has_looked, was_valid = !is_first && state->error.kind == VMCLOCK_OK;
    /* One that has stalled once need not be given its 100 ms again and again. */
    const uint64_t patience = is_first || was_valid || is_replaced ? VMCLOCK_TIMEOUT_NS : VMCLOCK_TIMEOUT_NS / 10;
    const bool is_valid = vmclock_device_snapshot(device, patience, &state->snapshot, &state->error) == VMCLOCK_OK;
    bool is_news = false;

    clock_gettime(CLOCK_REALTIME, &state->observed);
    memset(state->events, 0, sizeof state->events);
    state->has_looked = true;
    state->events[CMD_INITIAL] = is_first;
    state->events[CMD_VALID] = !is_first && is_valid && !was_valid;
    state->events[CMD_BECAME_INVALID] = !is_valid && (is_first || was_valid);
    state->events[CMD_REPLACED] = is_replaced;
    if (is_valid)
        compare(state);
    for (unsigned i = 0; i < CMD_EVENTS; i++)
        is_news |= state->events[i];
    return is_news;
}
