/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only loads and stores of live memory: for snapshot.c (loads), publish.c, and posix/counter.c, which loads
 * seq_count once more. All are relaxed atomics of a width that the machine loads without writing: a compare-and-swap
 * would fault on a read-only mapping. The values are the page's bytes as they lie in memory; nothing here swaps them.
 */
#ifndef VMCLOCK_LIVE_H
#define VMCLOCK_LIVE_H

#include <stddef.h>
#include <stdint.h>

/* A register's width. The page has no declared type, so no access to it may be assumed not to alias another. */
typedef uintptr_t __attribute__((may_alias)) vmclock_word_;
typedef uint32_t __attribute__((may_alias)) vmclock_half_;

_Static_assert(sizeof(vmclock_word_) == 4 || sizeof(vmclock_word_) == 8, "words divide the page's 8-byte units");
/* Of bytes on RISC-V gcc 12 says that they are not, and means swaps: loads and stores are one instruction there too. */
#ifndef __riscv
_Static_assert(__GCC_ATOMIC_CHAR_LOCK_FREE == 2, "a load that is not lock-free may write");
#endif
_Static_assert(__GCC_ATOMIC_INT_LOCK_FREE == 2 && __GCC_ATOMIC_LONG_LOCK_FREE == 2 &&
                   sizeof(vmclock_half_) <= sizeof(int) && sizeof(vmclock_word_) <= sizeof(long),
               "a load that is not lock-free may write");

static inline vmclock_word_ vmclock_live_load_(const volatile void *at)
{
    return __atomic_load_n((const volatile vmclock_word_ *)at, __ATOMIC_RELAXED);
}

static inline vmclock_half_ vmclock_live_load_half_(const volatile void *at)
{
    return __atomic_load_n((const volatile vmclock_half_ *)at, __ATOMIC_RELAXED);
}

static inline uint8_t vmclock_live_load_byte_(const volatile void *at)
{
    return __atomic_load_n((const volatile uint8_t *)at, __ATOMIC_RELAXED);
}

static inline void vmclock_live_store_(volatile void *at, vmclock_word_ value)
{
    __atomic_store_n((volatile vmclock_word_ *)at, value, __ATOMIC_RELAXED);
}

static inline void vmclock_live_store_half_(volatile void *at, vmclock_half_ value)
{
    __atomic_store_n((volatile vmclock_half_ *)at, value, __ATOMIC_RELAXED);
}

static inline void vmclock_live_store_byte_(volatile void *at, uint8_t value)
{
    __atomic_store_n((volatile uint8_t *)at, value, __ATOMIC_RELAXED);
}

/*
 * Fences rather than acquire loads and release stores: the loads of the data have to stay before the second load of
 * seq_count, which an acquire load there does not order (Boehm, "Can seqlocks get along with programming language
 * memory models?", 2012); likewise the odd seq_count before the stores of the data.
 */
#if defined(__SANITIZE_THREAD__) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan" /* it does not model fences; here it needs none, for all accesses are atomic */
#endif
static inline void vmclock_live_acquire_(void)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
}

static inline void vmclock_live_release_(void)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
}
#if defined(__SANITIZE_THREAD__) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
#pragma GCC diagnostic pop
#endif

/* ---- What differs between byte orders ---- */

/* The little-endian number in 4 bytes as they lie in memory, and back. */
static inline uint32_t vmclock_le32_(uint32_t raw)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap32(raw);
#else
    return raw;
#endif
}

/* 8 bytes as they lie in memory, of two halves as they lie there. */
static inline uint64_t vmclock_join_(uint64_t first, uint64_t second)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return first << 32 | second;
#else
    return second << 32 | first;
#endif
}

/* The word that has to lie `at` bytes into the 8 little-endian bytes of a number. */
static inline vmclock_word_ vmclock_word_of_(uint64_t number, size_t at)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return (vmclock_word_)(__builtin_bswap64(number) >> (8 * (8 - sizeof(vmclock_word_) - at)));
#else
    return (vmclock_word_)(number >> (8 * at));
#endif
}

#endif
