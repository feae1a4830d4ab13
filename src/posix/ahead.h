/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second thread for a search: it looks through a part of the input while the caller searches the part before, and
 * tells how far there is nothing in it. What it cannot read or says nothing about is searched the usual way, so it
 * changes neither what is found nor what fails.
 */
#ifndef VMCLOCK_AHEAD_H
#define VMCLOCK_AHEAD_H

#include <pthread.h>

#include "vmclock_posix.h"

enum vmclock_ahead_state_ { VMCLOCK_AHEAD_IDLE_, VMCLOCK_AHEAD_BUSY_, VMCLOCK_AHEAD_OVER_ };

struct vmclock_ahead_ {
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t turn;  /* `state` has changed */
    enum vmclock_ahead_state_ state;
    int fd;
    uint8_t *buf;         /* VMCLOCK_AHEAD_STEP_ bytes, the thread's own */
    uint64_t start;       /* of the input in the file */
    uint64_t step;
    uint64_t at, to;      /* the part of the input */
    uint64_t clear;       /* up to here there is nothing in it */
    int cancel;           /* the caller's state */
    bool is_there;
};

enum { VMCLOCK_AHEAD_STEP_ = 256 << 10 };

/*
 * Starts the thread, which has a stack of its own. Without one, as where the system refuses, there is none, and the
 * others may be called all the same. While it is there, the caller's thread is not cancelled.
 */
void vmclock_ahead_open_(struct vmclock_ahead_ *ahead, const struct vmclock_search *search, uint64_t step,
                         uint8_t *buf);
void vmclock_ahead_close_(struct vmclock_ahead_ *ahead);

/* Has it look through `at` to `to`. False when there is no thread. */
bool vmclock_ahead_begin_(struct vmclock_ahead_ *ahead, uint64_t at, uint64_t to);
/* Waits for it. No page begins from `at` up to what is returned, as far as the bytes say that it looked at. */
uint64_t vmclock_ahead_end_(struct vmclock_ahead_ *ahead);

#endif
