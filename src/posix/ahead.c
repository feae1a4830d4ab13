/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE 1 /* pthread_sigmask; and as all others, in one translation unit */
#define _FILE_OFFSET_BITS 64
#include "ahead.h"

#include <signal.h>
#include <unistd.h>

enum { AHEAD_STACK = 128 << 10 };

/* How far there is nothing: up to what has the magic, up to what cannot be read, or all. */
static uint64_t ahead_look(const struct vmclock_ahead_ *ahead)
{
    uint64_t at = ahead->at;
    struct vmclock_scan_hit hit;
    struct vmclock_scan scan;

    vmclock_scan_begin(&scan, at, ahead->step, VMCLOCK_SCAN_ALL);
    while (at < ahead->to) {
        const size_t n = ahead->to - at < VMCLOCK_AHEAD_STEP_ ? (size_t)(ahead->to - at) : VMCLOCK_AHEAD_STEP_;
        const ssize_t got = pread(ahead->fd, ahead->buf, n, (off_t)(ahead->start + at));

        if (got <= 0)
            break;
        if (vmclock_scan_next(&scan, ahead->buf, (size_t)got, VMCLOCK_SCAN_REGION, &hit))
            return hit.offset;
        at += (uint64_t)got;
    }
    /* What begins in the last bytes ends behind them, and is not judged yet. */
    return at - ahead->at < VMCLOCK_HEADER_SIZE ? ahead->at : at - VMCLOCK_HEADER_SIZE;
}

static void *ahead_run(void *context)
{
    struct vmclock_ahead_ *const ahead = context;

    (void)pthread_mutex_lock(&ahead->lock);
    while (ahead->state != VMCLOCK_AHEAD_OVER_) {
        if (ahead->state == VMCLOCK_AHEAD_BUSY_) {
            uint64_t clear;

            (void)pthread_mutex_unlock(&ahead->lock);
            clear = ahead_look(ahead); /* nobody else changes what it uses meanwhile */
            (void)pthread_mutex_lock(&ahead->lock);
            ahead->clear = clear;
            ahead->state = VMCLOCK_AHEAD_IDLE_;
            (void)pthread_cond_signal(&ahead->turn);
        } else
            (void)pthread_cond_wait(&ahead->turn, &ahead->lock);
    }
    (void)pthread_mutex_unlock(&ahead->lock);
    return NULL;
}

/* Every multiple of `step` from the input's start and from each segment's. */
static uint64_t ahead_common_step(const struct vmclock_image *image, uint64_t step)
{
    for (size_t i = 0; i < image->count; i++) {
        uint64_t a = image->segments[i].offset;

        while (a != 0) {
            const uint64_t rest = step % a;

            step = a;
            a = rest;
        }
    }
    return step;
}

void vmclock_ahead_open_(struct vmclock_ahead_ *ahead, const struct vmclock_search *search, uint64_t step,
                         uint8_t *buf)
{
    pthread_attr_t attributes;
    sigset_t all, before;

    *ahead = (struct vmclock_ahead_){.fd = search->fd, .buf = buf, .start = search->start,
                                     .step = ahead_common_step(&search->image, step)};
    if (pthread_attr_init(&attributes) != 0)
        return;
    (void)pthread_attr_setstacksize(&attributes, AHEAD_STACK);
    (void)pthread_mutex_init(&ahead->lock, NULL);
    (void)pthread_cond_init(&ahead->turn, NULL);
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &ahead->cancel);
    /* Signals are the caller's affair. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    ahead->is_there = pthread_create(&ahead->thread, &attributes, ahead_run, ahead) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    if (ahead->is_there)
        return;
    (void)pthread_cond_destroy(&ahead->turn);
    (void)pthread_mutex_destroy(&ahead->lock);
    (void)pthread_setcancelstate(ahead->cancel, NULL);
}

static void ahead_tell(struct vmclock_ahead_ *ahead, enum vmclock_ahead_state_ state)
{
    (void)pthread_mutex_lock(&ahead->lock);
    ahead->state = state;
    (void)pthread_cond_signal(&ahead->turn);
    (void)pthread_mutex_unlock(&ahead->lock);
}

void vmclock_ahead_close_(struct vmclock_ahead_ *ahead)
{
    if (!ahead->is_there)
        return;
    ahead_tell(ahead, VMCLOCK_AHEAD_OVER_);
    (void)pthread_join(ahead->thread, NULL);
    (void)pthread_cond_destroy(&ahead->turn);
    (void)pthread_mutex_destroy(&ahead->lock);
    (void)pthread_setcancelstate(ahead->cancel, NULL);
    ahead->is_there = false;
}

bool vmclock_ahead_begin_(struct vmclock_ahead_ *ahead, uint64_t at, uint64_t to)
{
    if (!ahead->is_there)
        return false;
    ahead->at = at;
    ahead->to = to;
    ahead_tell(ahead, VMCLOCK_AHEAD_BUSY_);
    return true;
}

uint64_t vmclock_ahead_end_(struct vmclock_ahead_ *ahead)
{
    (void)pthread_mutex_lock(&ahead->lock);
    while (ahead->state == VMCLOCK_AHEAD_BUSY_)
        (void)pthread_cond_wait(&ahead->turn, &ahead->lock);
    (void)pthread_mutex_unlock(&ahead->lock);
    return ahead->clear;
}
