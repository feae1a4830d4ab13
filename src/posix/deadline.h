/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlines by the monotonic clock. Whoever starts to wait makes one, once, and hands it down; whatever waits below (a
 * read, poll, a call made again after a signal, a sleep) looks at that one and at nothing else.
 */
#ifndef VMCLOCK_DEADLINE_H
#define VMCLOCK_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#define VMCLOCK_NS_PER_SEC_ INT64_C(1000000000)
#define VMCLOCK_NS_PER_MS_ INT64_C(1000000)

/* All zeros is one that has passed; it is told without a look at the clock, and so is one that never comes. */
struct vmclock_deadline_ {
    int64_t at_ns;
};
#define VMCLOCK_NEVER_ ((struct vmclock_deadline_){INT64_MAX})

int64_t vmclock_monotonic_ns_(void);

/* That long from now, without wrapping for spans of centuries. 0 has passed already. */
struct vmclock_deadline_ vmclock_deadline_after_(uint64_t span_ns);

/* That long from now, but no later than `whole`. */
struct vmclock_deadline_ vmclock_deadline_within_(struct vmclock_deadline_ whole, uint64_t span_ns);

/* What is left until then: 0 once it has passed, INT64_MAX when it never comes. */
int64_t vmclock_deadline_left_(struct vmclock_deadline_ deadline);
bool vmclock_deadline_passed_(struct vmclock_deadline_ deadline);

/* Sleeps for a span, at most until the deadline. False when a signal came first. */
bool vmclock_sleep_(int64_t span_ns, struct vmclock_deadline_ deadline);

/*
 * Waits by poll() until there is something to read, for a span that is not negative, at most until the deadline. As
 * poll(): 1, 0 when the time is over, or -1 with errno.
 */
int vmclock_poll_(int fd, int64_t span_ns, struct vmclock_deadline_ deadline);

#endif
