/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For a second copy of snapshot.c or publish.c whose accesses of live memory are seen by the file that includes this:
 * it defines watch(), renames the public functions and includes the source file.
 */
#ifndef WATCHED_H
#define WATCHED_H

#include "names.h"
#include "live.h"

enum watched_access { LOADS, STORED, ACQUIRES, RELEASES };

/*
 * Is told of a load before it happens, so that it can play a writer who is quicker, and of a store after it happened.
 */
static void watch(enum watched_access access, const volatile void *at, unsigned width);

static inline vmclock_word_ watched_load(const volatile void *at)
{
    watch(LOADS, at, sizeof(vmclock_word_));
    return vmclock_live_load_(at);
}

static inline vmclock_half_ watched_load_half(const volatile void *at)
{
    watch(LOADS, at, sizeof(vmclock_half_));
    return vmclock_live_load_half_(at);
}

static inline uint8_t watched_load_byte(const volatile void *at)
{
    watch(LOADS, at, 1);
    return vmclock_live_load_byte_(at);
}

static inline void watched_store(volatile void *at, vmclock_word_ value)
{
    vmclock_live_store_(at, value);
    watch(STORED, at, sizeof value);
}

static inline void watched_store_half(volatile void *at, vmclock_half_ value)
{
    vmclock_live_store_half_(at, value);
    watch(STORED, at, sizeof value);
}

static inline void watched_store_byte(volatile void *at, uint8_t value)
{
    vmclock_live_store_byte_(at, value);
    watch(STORED, at, 1);
}

static inline void watched_acquire(void)
{
    watch(ACQUIRES, NULL, 0);
    vmclock_live_acquire_();
}

static inline void watched_release(void)
{
    watch(RELEASES, NULL, 0);
    vmclock_live_release_();
}

#define vmclock_live_load_ watched_load
#define vmclock_live_load_half_ watched_load_half
#define vmclock_live_load_byte_ watched_load_byte
#define vmclock_live_store_ watched_store
#define vmclock_live_store_half_ watched_store_half
#define vmclock_live_store_byte_ watched_store_byte
#define vmclock_live_acquire_ watched_acquire
#define vmclock_live_release_ watched_release

#endif
