/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock of a device's page, with a counter value that belongs to it, for who does more than read the counter. */
#ifndef VMCLOCK_COUNTER_H
#define VMCLOCK_COUNTER_H

#include "vmclock_posix.h"

#include "deadline.h"

/* What is done while the page stays as it was copied. Returns a counter value from that time. */
typedef uint64_t vmclock_meanwhile_(void *context);

/* Both or neither; `meanwhile` is called again when the page was updated, and once at most after the deadline. */
enum vmclock_err vmclock_device_clock_(const struct vmclock_device *device, struct vmclock_deadline_ deadline,
                                       unsigned flags, vmclock_meanwhile_ *meanwhile, void *context,
                                       struct vmclock_clock *clock, uint64_t *counter, struct vmclock_error *err);

#endif
