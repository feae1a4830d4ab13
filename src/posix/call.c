/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that come again after a signal, and what is held off meanwhile. */
#define _GNU_SOURCE 1 /* O_CLOEXEC */
#define _FILE_OFFSET_BITS 64
#include "call.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

enum {
    TRIES_AT_ONCE = 16, /* more signals than come by chance while one call is made */
    MOMENT_MS = 10      /* what a call that is never done may cost: 100 wake-ups a second */
};

enum vmclock_err vmclock_fail_syscall_(struct vmclock_error *err, enum vmclock_reason reason, const char *origin,
                                       int sys_errno)
{
    const enum vmclock_err kind = vmclock_fail_(err, reason, VMCLOCK_FIELD_NONE, 0, 0);

    if (err != NULL) {
        err->sys_errno = sys_errno;
        err->origin = origin;
    }
    return kind;
}

bool vmclock_again_(unsigned tries, struct vmclock_deadline_ deadline)
{
    if (tries < TRIES_AT_ONCE)
        return true;
    if (vmclock_deadline_passed_(deadline))
        return false;
    (void)vmclock_sleep_(MOMENT_MS * VMCLOCK_NS_PER_MS_, deadline);
    return true;
}

int vmclock_open_(const char *path, int access, struct vmclock_deadline_ deadline)
{
    for (unsigned tries = 0;; tries++) {
        const int fd = open(path, access | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

        if (fd >= 0 || errno != EINTR)
            return fd;
        if (!vmclock_again_(tries, deadline)) {
            errno = EINTR;
            return -1;
        }
    }
}

void vmclock_hold_(struct vmclock_held_ *held)
{
    sigset_t stop;

    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &held->cancel);
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTTIN);
    (void)pthread_sigmask(SIG_BLOCK, &stop, &held->signals);
}

void vmclock_release_(const struct vmclock_held_ *held)
{
    (void)pthread_sigmask(SIG_SETMASK, &held->signals, NULL);
    (void)pthread_setcancelstate(held->cancel, NULL);
}
