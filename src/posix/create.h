/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMCLOCK_CREATE_H
#define VMCLOCK_CREATE_H

#include <stdbool.h>
#include <sys/types.h>

#include "deadline.h"
#include "vmclock.h"

/* The page that QEMU shows after its start. */
extern const struct vmclock_page vmclock_fresh_page_;

/*
 * Makes a file of 4096 bytes with the fresh page and gives it the name `path`, which nothing may have: EEXIST
 * otherwise. To be called with signals blocked, so that none leaves a temporary file behind. Returns the descriptor
 * (read and write, close-on-exec), or -1 with errno, and in *origin the call that failed.
 */
int vmclock_create_(const char *path, struct vmclock_deadline_ deadline, const char **origin);

/* Writes all the bytes, in as many steps as it takes. False, with errno, when they cannot all be written. */
bool vmclock_write_all_(int fd, const void *bytes, size_t len, off_t at, struct vmclock_deadline_ deadline);

#endif
