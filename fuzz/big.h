/* SPDX-License-Identifier: BSD-2-Clause */
/* Wide integers for the judges, slow and plain: nothing of the library's own ones is in them. */
#ifndef FUZZ_BIG_H
#define FUZZ_BIG_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz_check.h"

FUZZ_NOT_COVERED

/*
 * Around arithmetic on the judge's own variables: checking each of its copies would take more time than all of the code
 * under test, which stays checked, as do the judge's reads of the page.
 */
#if defined(__clang__)
#define ARITHMETIC \
    _Pragma("clang attribute push(__attribute__((no_sanitize(\"address\", \"undefined\"))), apply_to = function)")
#define ARITHMETIC_END _Pragma("clang attribute pop")
#else
#define ARITHMETIC
#define ARITHMETIC_END
#endif

ARITHMETIC

/* ---- Wide integers: 448 bits, more than any value here has, two's complement, lowest limb first ---- */

enum { LIMBS = 14 };

struct wide {
    uint32_t limb[LIMBS];
};

static inline struct wide wide_of(uint64_t value)
{
    const struct wide w = {{(uint32_t)value, (uint32_t)(value >> 32)}};

    return w;
}

static inline struct wide add(struct wide a, struct wide b)
{
    uint64_t carry = 0;

    for (unsigned i = 0; i < LIMBS; i++) {
        carry += (uint64_t)a.limb[i] + b.limb[i];
        a.limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return a;
}

static inline struct wide sub(struct wide a, struct wide b)
{
    uint64_t borrow = 0;

    for (unsigned i = 0; i < LIMBS; i++) {
        const uint64_t difference = (uint64_t)a.limb[i] - b.limb[i] - borrow;

        a.limb[i] = (uint32_t)difference;
        borrow = difference >> 63;
    }
    return a;
}

static inline struct wide negate(struct wide a)
{
    return sub(wide_of(0), a);
}

static inline bool is_negative(struct wide a)
{
    return a.limb[LIMBS - 1] >> 31 != 0;
}

static inline struct wide shift_left(struct wide a, unsigned bits)
{
    const unsigned limbs = bits / 32;
    struct wide result = wide_of(0);

    bits %= 32;
    for (unsigned i = limbs; i < LIMBS; i++) {
        const uint64_t both = (uint64_t)a.limb[i - limbs] << 32 | (i > limbs ? a.limb[i - limbs - 1] : 0);

        result.limb[i] = (uint32_t)(both >> (32 - bits));
    }
    return result;
}

/* Rounds down, below 0 as well. */
static inline struct wide shift_right(struct wide a, unsigned bits)
{
    const uint32_t sign = is_negative(a) ? UINT32_MAX : 0;
    const unsigned limbs = bits / 32;

    bits %= 32;
    for (unsigned i = 0; i < LIMBS; i++) {
        const uint32_t low = i + limbs < LIMBS ? a.limb[i + limbs] : sign;
        const uint32_t high = i + limbs + 1 < LIMBS ? a.limb[i + limbs + 1] : sign;

        a.limb[i] = (uint32_t)(((uint64_t)high << 32 | low) >> bits);
    }
    return a;
}

static inline struct wide mul32(struct wide a, uint32_t b)
{
    uint64_t carry = 0;

    for (unsigned i = 0; i < LIMBS; i++) {
        carry += (uint64_t)a.limb[i] * b;
        a.limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return a;
}

static inline struct wide mul(struct wide a, uint64_t b)
{
    return add(mul32(a, (uint32_t)b), shift_left(mul32(a, (uint32_t)(b >> 32)), 32));
}

static inline int compare(struct wide a, struct wide b)
{
    if (is_negative(a) != is_negative(b))
        return is_negative(a) ? -1 : 1;
    for (unsigned i = LIMBS; i-- > 0;)
        if (a.limb[i] != b.limb[i])
            return a.limb[i] < b.limb[i] ? -1 : 1;
    return 0;
}

/* Rounds down; a is not below 0. */
static inline struct wide div32(struct wide a, uint32_t b)
{
    uint64_t rest = 0;

    for (unsigned i = LIMBS; i-- > 0;) {
        rest = rest << 32 | a.limb[i];
        a.limb[i] = (uint32_t)(rest / b);
        rest %= b;
    }
    return a;
}

static inline uint64_t low64(struct wide a)
{
    return (uint64_t)a.limb[1] << 32 | a.limb[0];
}

ARITHMETIC_END

FUZZ_COVERED

#endif
