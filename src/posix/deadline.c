/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadlines: the only file that asks the monotonic clock, sleeps or polls for the others. */
#define _GNU_SOURCE 1
#include "deadline.h"

#include <poll.h>
#include <time.h>

int64_t vmclock_monotonic_ns_(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail: POSIX has this clock */
    return now.tv_sec * VMCLOCK_NS_PER_SEC_ + now.tv_nsec;
}

struct vmclock_deadline_ vmclock_deadline_after_(uint64_t span_ns)
{
    int64_t now;

    if (span_ns == 0)
        return (struct vmclock_deadline_){0};
    if (span_ns >= INT64_MAX)
        return VMCLOCK_NEVER_;
    now = vmclock_monotonic_ns_();
    return (struct vmclock_deadline_){(int64_t)span_ns > INT64_MAX - now ? INT64_MAX : now + (int64_t)span_ns};
}

struct vmclock_deadline_ vmclock_deadline_within_(struct vmclock_deadline_ whole, uint64_t span_ns)
{
    const struct vmclock_deadline_ part = vmclock_deadline_after_(span_ns);

    return part.at_ns < whole.at_ns ? part : whole;
}

int64_t vmclock_deadline_left_(struct vmclock_deadline_ deadline)
{
    int64_t now;

    if (deadline.at_ns == INT64_MAX)
        return INT64_MAX;
    if (deadline.at_ns <= 0)
        return 0;
    now = vmclock_monotonic_ns_();
    return now < deadline.at_ns ? deadline.at_ns - now : 0;
}

bool vmclock_deadline_passed_(struct vmclock_deadline_ deadline)
{
    return vmclock_deadline_left_(deadline) == 0;
}

/* The shorter of a span and what is left. */
static int64_t clip(int64_t span_ns, struct vmclock_deadline_ deadline)
{
    const int64_t left = vmclock_deadline_left_(deadline);

    return span_ns < left ? span_ns : left;
}

bool vmclock_sleep_(int64_t span_ns, struct vmclock_deadline_ deadline)
{
    const int64_t most = INT32_MAX * VMCLOCK_NS_PER_SEC_; /* fits a time_t of 32 bits; who waits longer asks again */
    const int64_t wanted = clip(span_ns, deadline), ns = wanted < most ? wanted : most;
    struct timespec time = {0};

    if (ns <= 0)
        return true;
    time.tv_sec = (time_t)(ns / VMCLOCK_NS_PER_SEC_);
    time.tv_nsec = (long)(ns % VMCLOCK_NS_PER_SEC_);
    return nanosleep(&time, NULL) == 0;
}

int vmclock_poll_(int fd, int64_t span_ns, struct vmclock_deadline_ deadline)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    const int64_t ns = clip(span_ns, deadline), ms = ns / VMCLOCK_NS_PER_MS_ + (ns % VMCLOCK_NS_PER_MS_ != 0);

    return poll(&ready, 1, ms > INT32_MAX ? INT32_MAX : (int)ms);
}
