/* SPDX-License-Identifier: BSD-2-Clause */
/* Integers of 128 and of 192 bits in words, for targets without a type for them; the same bits with and without one. */
#ifndef VMCLOCK_WIDE_H
#define VMCLOCK_WIDE_H

#include <stdbool.h>
#include <stdint.h>

struct vmclock_u128_ {
    uint64_t hi;
    uint64_t lo;
};

/* 64 x 64 -> 128 bits in 32-bit limbs. */
static inline struct vmclock_u128_ vmclock_mul_limbs_(uint64_t a, uint64_t b)
{
    const uint64_t a0 = a & 0xffffffffU, a1 = a >> 32, b0 = b & 0xffffffffU, b1 = b >> 32;
    const uint64_t low = a0 * b0;
    const uint64_t mid = a1 * b0 + (low >> 32);          /* at most 2^64 - 2^32 */
    const uint64_t mid2 = a0 * b1 + (mid & 0xffffffffU); /* at most 2^64 - 2^32 */
    struct vmclock_u128_ r;

    r.hi = a1 * b1 + (mid >> 32) + (mid2 >> 32);
    r.lo = (mid2 << 32) | (low & 0xffffffffU);
    return r;
}

#ifdef __SIZEOF_INT128__
/* The same by one instruction. */
static inline struct vmclock_u128_ vmclock_mul_native_(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 u128;
    const u128 product = (u128)a * b;
    struct vmclock_u128_ r;

    r.hi = (uint64_t)(product >> 64);
    r.lo = (uint64_t)product;
    return r;
}
#define vmclock_mul_ vmclock_mul_native_
#else
#define vmclock_mul_ vmclock_mul_limbs_
#endif

/* *a += b; true when the sum is 2^128 or more. */
static inline bool vmclock_add_(struct vmclock_u128_ *a, struct vmclock_u128_ b)
{
    const uint64_t lo = a->lo + b.lo, carry = lo < b.lo;
    const uint64_t hi = a->hi + b.hi;

    *a = (struct vmclock_u128_){hi + carry, lo};
    return hi < b.hi || a->hi < carry;
}

/* *a -= b; true when the difference is below 0. */
static inline bool vmclock_sub_(struct vmclock_u128_ *a, struct vmclock_u128_ b)
{
    const bool below = a->hi < b.hi || (a->hi == b.hi && a->lo < b.lo);
    const uint64_t borrow = a->lo < b.lo;

    *a = (struct vmclock_u128_){a->hi - b.hi - borrow, a->lo - b.lo};
    return below;
}

/* floor(n / 2^shift) for every shift; *inexact tells whether bits were lost. */
static inline struct vmclock_u128_ vmclock_shift_right_(struct vmclock_u128_ n, unsigned shift, bool *inexact)
{
    if (shift == 0) {
        *inexact = false;
        return n;
    }
    if (shift < 64) {
        *inexact = n.lo << (64 - shift) != 0;
        return (struct vmclock_u128_){n.hi >> shift, n.hi << (64 - shift) | n.lo >> shift};
    }
    if (shift == 64) {
        *inexact = n.lo != 0;
        return (struct vmclock_u128_){0, n.hi};
    }
    if (shift < 128) {
        *inexact = n.hi << (128 - shift) != 0 || n.lo != 0;
        return (struct vmclock_u128_){0, n.hi >> (shift - 64)};
    }
    *inexact = n.hi != 0 || n.lo != 0;
    return (struct vmclock_u128_){0, 0};
}

/* ceil(n / 2^shift), for n of at most 127 bits: there is room for one more. */
static inline struct vmclock_u128_ vmclock_shift_right_up_(struct vmclock_u128_ n, unsigned shift)
{
    bool inexact;

    n = vmclock_shift_right_(n, shift, &inexact);
    (void)vmclock_add_(&n, (struct vmclock_u128_){0, inexact});
    return n;
}

/* floor(n / d) for n.hi < d, so that it fits. One bit at a time: for text, not for time. */
static inline uint64_t vmclock_divide_(struct vmclock_u128_ n, uint64_t d)
{
    for (unsigned i = 0; i < 64; i++) {
        const bool top = n.hi >> 63 != 0;

        n.hi = n.hi << 1 | n.lo >> 63;
        n.lo <<= 1;
        if (top || n.hi >= d) {
            n.hi -= d;
            n.lo |= 1;
        }
    }
    return n.lo;
}

/* ---- 192 bits in two's complement, lowest word first: room for 10^9 times a product, of either sign ---- */

struct vmclock_i192_ {
    uint64_t word[3];
};

static inline struct vmclock_i192_ vmclock_i192_(struct vmclock_u128_ n)
{
    return (struct vmclock_i192_){{n.lo, n.hi, 0}};
}

static inline bool vmclock_i192_below_0_(struct vmclock_i192_ n)
{
    return n.word[2] >> 63 != 0;
}

static inline struct vmclock_i192_ vmclock_i192_add_(struct vmclock_i192_ a, struct vmclock_i192_ b)
{
    uint64_t carry = 0;

    for (unsigned i = 0; i < 3; i++) {
        const uint64_t sum = a.word[i] + b.word[i];

        a.word[i] = sum + carry;
        carry = (uint64_t)(sum < b.word[i]) + (a.word[i] < sum);
    }
    return a;
}

static inline struct vmclock_i192_ vmclock_i192_sub_(struct vmclock_i192_ a, struct vmclock_i192_ b)
{
    uint64_t borrow = 0;

    for (unsigned i = 0; i < 3; i++) {
        const uint64_t difference = a.word[i] - b.word[i];
        const uint64_t borrowed = (uint64_t)(a.word[i] < b.word[i]) + (difference < borrow);

        a.word[i] = difference - borrow;
        borrow = borrowed;
    }
    return a;
}

static inline struct vmclock_i192_ vmclock_i192_mul_(struct vmclock_i192_ a, uint64_t by)
{
    uint64_t carry = 0;

    for (unsigned i = 0; i < 3; i++) {
        const struct vmclock_u128_ product = vmclock_mul_(a.word[i], by);

        a.word[i] = product.lo + carry;
        carry = product.hi + (a.word[i] < carry);
    }
    return a;
}

/* floor(n / 2^shift) for every shift, below 0 as well. */
static inline struct vmclock_i192_ vmclock_i192_shift_right_(struct vmclock_i192_ n, unsigned shift)
{
    const uint64_t sign = vmclock_i192_below_0_(n) ? UINT64_MAX : 0;
    const unsigned words = shift / 64, bits = shift % 64;

    for (unsigned i = 0; i < 3; i++) {
        const uint64_t low = i + words < 3 ? n.word[i + words] : sign;
        const uint64_t high = i + words + 1 < 3 ? n.word[i + words + 1] : sign;

        n.word[i] = bits == 0 ? low : low >> bits | high << (64 - bits);
    }
    return n;
}

#endif
