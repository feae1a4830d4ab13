/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine that stands still between two looks at it: its counter and its clocks, which are slewed, stopped,
 * interrupted and set as a test wants. What the library asks the system for is answered by it until the next
 * reset_system().
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <errno.h>

#include "system.h"
#include "wide.h"

/* Times in 2^-48 ns, periods in 2^-48 ns a tick: exact, of any length, and without floating point. */
#define MACHINE_NS(ns) ((uint64_t)(ns) << 48)

static struct {
    uint64_t counter;
    struct vmclock_u128_ mono;      /* what CLOCK_MONOTONIC would show if it could show all */
    int64_t real_ns;                /* what CLOCK_REALTIME is ahead of it */
    uint64_t period;                /* of a tick without slewing */
    int64_t ppm;                    /* by how much longer a tick is by the clocks */
    uint64_t resolution_ns;         /* both clocks show multiples of this */
    uint64_t read_ticks;            /* a read of the counter takes this long */
    uint64_t before_ticks;          /* a read of a clock takes this long, and */
    uint64_t after_ticks;           /* this long after it was read */
    unsigned sleeps, reads;         /* so many there have been, of the clocks */
    void (*after_sleep)(void);      /* what happens then, may be NULL */
    unsigned interruptions;         /* the next so many sleeps end half-way, by a signal */
    int tai;                        /* what adjtimex() tells */
    int adjtimex;                   /* and returns: the state of the clock, or -1 */
    uint64_t real_skip;             /* so many ticks the counter alone goes on while CLOCK_REALTIME is read */
    uint64_t divider;               /* the counter shows so many times less; 0: as it is */
    void (*before_read)(void);      /* of a clock, may be NULL */
    unsigned counter_id;
    bool stands;                    /* the counter does not count */
} machine;

/* So many ticks go by. */
static inline void machine_run(uint64_t ticks)
{
    const uint64_t period = machine.period + (uint64_t)((int64_t)(machine.period / 1000000) * machine.ppm);

    machine.counter += ticks;
    (void)vmclock_add_(&machine.mono, vmclock_mul_(ticks, period));
}

/* The counter runs, and the clocks do not: the machine is suspended. */
static inline void machine_suspend(uint64_t ticks)
{
    machine.counter += ticks;
}

/* The clocks run, and the counter does not, for so many of its ticks. */
static inline void machine_stop_counter(uint64_t ticks)
{
    machine_run(ticks);
    machine.counter -= ticks;
}

/* So many nanoseconds go by, or a few less. */
static inline void machine_run_ns(uint64_t ns)
{
    const struct vmclock_u128_ span = vmclock_mul_(ns, MACHINE_NS(1));

    /* A tick is 2^-16 ns or more, so that the whole of it is not needed. */
    machine_run((span.hi << 32 | span.lo >> 32) / (machine.period >> 32));
}

static inline int64_t machine_ns(clockid_t clock)
{
    const int64_t ns = (int64_t)(machine.mono.hi << 16 | machine.mono.lo >> 48);

    return clock == CLOCK_REALTIME ? ns + machine.real_ns : ns;
}

static inline uint64_t machine_counter_read(void)
{
    machine_run(machine.read_ticks);
    return machine.stands ? 7 : machine.divider > 0 ? machine.counter / machine.divider : machine.counter;
}

static inline uint8_t machine_counter_id(void)
{
    return (uint8_t)machine.counter_id;
}

static inline int machine_clock_gettime(clockid_t clock, struct timespec *out)
{
    int64_t ns, rest;

    machine.reads++;
    if (machine.before_read != NULL)
        machine.before_read();
    machine_run(machine.before_ticks);
    machine.counter += clock == CLOCK_REALTIME ? machine.real_skip : 0;
    ns = machine_ns(clock);
    ns -= ns % (int64_t)machine.resolution_ns;
    rest = (ns % 1000000000 + 1000000000) % 1000000000; /* also before 1970 */
    out->tv_sec = (time_t)((ns - rest) / 1000000000);
    out->tv_nsec = (long)rest;
    machine_run(machine.after_ticks);
    return 0;
}

static inline int machine_clock_getres(clockid_t clock, struct timespec *out)
{
    (void)clock;
    *out = (struct timespec){.tv_nsec = (long)machine.resolution_ns};
    return 0;
}

static inline int machine_nanosleep(const struct timespec *time)
{
    const bool whole = machine.interruptions == 0;
    const uint64_t ns = (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec;

    machine.interruptions -= !whole;
    machine_run_ns(ns / (whole ? 1 : 2));
    machine.sleeps++;
    if (machine.after_sleep != NULL)
        machine.after_sleep();
    errno = EINTR;
    return whole ? 0 : -1;
}

static inline int machine_adjtimex(struct timex *state)
{
    if (state->modes != 0)
        return -1; /* nobody sets a clock */
    state->tai = machine.tai;
    return machine.adjtimex;
}

static inline void machine_start(uint64_t period, int64_t ppm)
{
    machine = (__typeof__(machine)){.counter = 123456789, .period = period, .ppm = ppm, .resolution_ns = 1,
                                    .read_ticks = 10, .before_ticks = 20, .after_ticks = 20, .counter_id = 1,
                                    .real_ns = INT64_C(1764000000000000000)};
    machine.mono = vmclock_mul_(MACHINE_NS(1), UINT64_C(1000000000000));
    reset_system();
    answers.counter_read = machine_counter_read;
    answers.counter_id = machine_counter_id;
    answers.clock_gettime = machine_clock_gettime;
    answers.clock_getres = machine_clock_getres;
    answers.nanosleep = machine_nanosleep;
    answers.adjtimex = machine_adjtimex;
}

#endif
