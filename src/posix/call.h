/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls as this library makes them: whatever signals come, without leaking, and told when they fail. */
#ifndef VMCLOCK_CALL_H
#define VMCLOCK_CALL_H

#include <signal.h>

#include "../error.h"
#include "deadline.h"

/* Fills *err (may be NULL) with a call that failed, and why. Returns the kind. */
enum vmclock_err vmclock_fail_syscall_(struct vmclock_error *err, enum vmclock_reason reason, const char *origin,
                                       int sys_errno);

/*
 * For a call that said EINTR or EAGAIN `tries` times: true when it may be made again. The first times at once, since a
 * signal is over by then; then after a moment each, until the deadline.
 */
bool vmclock_again_(unsigned tries, struct vmclock_deadline_ deadline);

/* open() for what may be a FIFO, a terminal or a device. */
int vmclock_open_(const char *path, int access, struct vmclock_deadline_ deadline);

/* What this thread was open to before vmclock_hold_(). */
struct vmclock_held_ {
    int cancel;
    sigset_t signals;
};

/*
 * Until vmclock_release_(): this thread is not cancelled, which would leak its descriptors; and a process in the
 * background that reads a terminal gets EIO instead of being stopped by SIGTTIN. errno stays.
 */
void vmclock_hold_(struct vmclock_held_ *held);
void vmclock_release_(const struct vmclock_held_ *held);

#endif
