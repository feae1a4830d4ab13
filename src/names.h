/* SPDX-License-Identifier: BSD-2-Clause */
/* The field table's offsets, and what the numbers in some fields amount to; names.c has the rows and the names. */
#ifndef VMCLOCK_NAMES_H
#define VMCLOCK_NAMES_H

#include "vmclock.h"

/* Offsets as constant expressions: VMCLOCK_AT_<NAME>. */
enum {
#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence) VMCLOCK_AT_##NAME = (offset),
    VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X
};

/* Of all statuses these two may be relied on (UAPI.13). */
static inline bool vmclock_status_is_good_(uint64_t clock_status)
{
    return clock_status == VMCLOCK_STATUS_SYNCHRONIZED || clock_status == VMCLOCK_STATUS_FREERUNNING;
}

/*
 * By how many seconds TAI is ahead of UTC, from a tai_offset_sec of either sign, since writers use both: it has been 10
 * s or more since 1972, and is 37 s. 0 for a magnitude outside of 10 to 60, which is no such offset.
 */
static inline unsigned vmclock_tai_ahead_(int tai_offset_sec)
{
    const int magnitude = tai_offset_sec < 0 ? -tai_offset_sec : tai_offset_sec;

    return magnitude >= 10 && magnitude <= 60 ? (unsigned)magnitude : 0;
}

#endif
