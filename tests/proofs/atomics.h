/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the compiler's atomics, before anything is included: each access to live memory becomes a call of the
 * harness, which decides what it finds there. Fences tell which one they are.
 */
#ifndef ATOMICS_H
#define ATOMICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static uint64_t live_load(const volatile void *at, size_t width);
static void live_store(volatile void *at, size_t width, uint64_t value);
static void live_fence(int order);

#define __atomic_load_n(at, order)                                     \
    ({                                                                 \
        _Static_assert((order) == __ATOMIC_RELAXED, "relaxed");        \
        (__typeof__(*(at) + 0)) live_load((at), sizeof *(at));         \
    })
#define __atomic_store_n(at, value, order)                             \
    ({                                                                 \
        _Static_assert((order) == __ATOMIC_RELAXED, "relaxed");        \
        live_store((at), sizeof *(at), (value));                       \
    })
#define __atomic_thread_fence(order) live_fence(order)

#endif
