/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMCLOCK_LOCK_H
#define VMCLOCK_LOCK_H

#include <stdint.h>
#include <sys/stat.h>

#include "deadline.h"

/*
 * Waits for the exclusive lock (flock) of an open file. 0, or what went wrong: EWOULDBLOCK when somebody else still
 * holds it at the deadline.
 */
int vmclock_lock_(int fd, struct vmclock_deadline_ deadline);

/* The process that holds a lock of the file, as /proc/locks has it; 0 where that does not tell. */
uint64_t vmclock_lock_holder_(const struct stat *file);

#endif
