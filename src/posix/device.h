/* SPDX-License-Identifier: BSD-2-Clause */
/* An open device for those who look at it, and snapshots under a deadline that was made elsewhere. */
#ifndef VMCLOCK_DEVICE_H
#define VMCLOCK_DEVICE_H

#include "vmclock_posix.h"

#include "input.h"

/* Attempts between two looks at the clock: some microseconds' worth. */
enum { VMCLOCK_ATTEMPTS_ = 16 };

/* The page of a device that is not mapped. */
struct vmclock_input_ vmclock_device_input_(const struct vmclock_device *device, struct vmclock_deadline_ deadline);

/* The seq_count of such a page can be read, and is the snapshot's. */
bool vmclock_seq_is_(const struct vmclock_device *device, const struct vmclock_snapshot *snapshot,
                     struct vmclock_deadline_ deadline);

/* vmclock_device_snapshot() for what is part of something longer. */
enum vmclock_err vmclock_snapshot_until_(const struct vmclock_device *device, struct vmclock_deadline_ deadline,
                                         struct vmclock_snapshot *out, struct vmclock_error *err);

#endif
