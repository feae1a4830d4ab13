/* SPDX-License-Identifier: BSD-2-Clause */
/* A reading in whole nanoseconds; inline for who has just made the reading, whose numbers need not be loaded again. */
#ifndef VMCLOCK_BOUNDS_H
#define VMCLOCK_BOUNDS_H

#include "clock.h"

/* Rounded down. */
static inline struct vmclock_nanotime vmclock_to_nanotime_(struct vmclock_u128_ time)
{
    return (struct vmclock_nanotime){time.hi, (uint32_t)vmclock_mul_(time.lo, VMCLOCK_NSEC_PER_SEC_).hi};
}

/* time - drift - maxerror, rounded down, not below 0. */
static inline struct vmclock_nanotime vmclock_earliest_(struct vmclock_u128_ time, struct vmclock_u128_ drift,
                                                        struct vmclock_nanotime maxerror)
{
    const bool below = vmclock_sub_(&time, drift);
    struct vmclock_nanotime result = vmclock_to_nanotime_(time);
    const bool borrow = result.nsec < maxerror.nsec;

    if (below || result.sec < maxerror.sec || (result.sec == maxerror.sec && borrow))
        return (struct vmclock_nanotime){0, 0};
    result.sec -= maxerror.sec + borrow;
    result.nsec += (borrow ? VMCLOCK_NSEC_PER_SEC_ : 0) - maxerror.nsec;
    return result;
}

/* time + drift + maxerror, rounded up, not beyond 64 bits of seconds. */
static inline struct vmclock_nanotime vmclock_latest_(struct vmclock_u128_ time, struct vmclock_u128_ drift,
                                                      struct vmclock_nanotime maxerror)
{
    const bool beyond = vmclock_add_(&time, drift);
    const struct vmclock_u128_ fraction = vmclock_mul_(time.lo, VMCLOCK_NSEC_PER_SEC_);
    const uint64_t nsec = fraction.hi + (fraction.lo != 0) + maxerror.nsec; /* at most 2 * 10^9 - 1 */
    const bool carry = nsec >= VMCLOCK_NSEC_PER_SEC_;
    const uint64_t sec = maxerror.sec + carry;

    if (beyond || sec > UINT64_MAX - time.hi)
        return (struct vmclock_nanotime){UINT64_MAX, VMCLOCK_NSEC_PER_SEC_ - 1};
    return (struct vmclock_nanotime){time.hi + sec, (uint32_t)(nsec - (carry ? VMCLOCK_NSEC_PER_SEC_ : 0))};
}

static inline struct vmclock_bounds vmclock_reading_bounds_(const struct vmclock_reading *r)
{
    const struct vmclock_u128_ time = vmclock_to_wide_(r->time);
    struct vmclock_nanotime maxerror = {0, (uint32_t)r->maxerror_nanosec};
    struct vmclock_u128_ drift = vmclock_to_wide_(r->error);
    struct vmclock_bounds bounds = {{0, 0}, {0, 0}};

    if (__builtin_expect(!r->has_bounds, 0))
        return bounds;
    /* The page's own error is in whole nanoseconds, and is counted in these: only what grew since has been rounded. */
    if (__builtin_expect(r->maxerror_nanosec >= VMCLOCK_NSEC_PER_SEC_, 0)) {
        maxerror.sec = r->maxerror_nanosec / VMCLOCK_NSEC_PER_SEC_;
        maxerror.nsec = (uint32_t)(r->maxerror_nanosec % VMCLOCK_NSEC_PER_SEC_);
    }
    (void)vmclock_sub_(&drift, vmclock_to_wide_(r->maxerror));
    bounds.earliest = vmclock_earliest_(time, drift, maxerror);
    (void)vmclock_add_(&drift, (struct vmclock_u128_){0, r->rounded}); /* it has at most 127 bits */
    bounds.latest = vmclock_latest_(time, drift, maxerror);
    return bounds;
}

#endif
