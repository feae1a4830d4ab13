/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * About time: sums and shifts of wide numbers, for every operand; and the guard, for every state and reading.
 * Products, the formula and its bounds are not proved: README.md.
 */
#include "proof.h"
#include "wide.h"

#include "../../src/clock.c"
#include "../../src/error.c"
#include "../../src/guard.c"
#include "../../src/names.c"
#include "../../src/text.c"
#include "../../src/utc.c"
#include "../../src/view.c"

typedef unsigned __int128 wide;

static wide wide_of(struct vmclock_u128_ n)
{
    return (wide)n.hi << 64 | n.lo;
}

static struct vmclock_u128_ any_wide(void)
{
    return (struct vmclock_u128_){nondet_u64(), nondet_u64()};
}

void sums(void)
{
    const struct vmclock_u128_ a = any_wide(), b = any_wide();
    struct vmclock_u128_ sum = a, difference = a;
    const bool carry = vmclock_add_(&sum, b), borrow = vmclock_sub_(&difference, b);

    claim(wide_of(sum) == wide_of(a) + wide_of(b), "sum");
    claim(carry == (wide_of(a) + wide_of(b) < wide_of(a)), "beyond 128 bits");
    claim(wide_of(difference) == wide_of(a) - wide_of(b), "difference");
    claim(borrow == (wide_of(a) < wide_of(b)), "below 0");
}

/* 192 bits, by their definition: the sum over the words, with what each carries to the next. */
void wider_sums(void)
{
    struct vmclock_i192_ a, b;
    const struct vmclock_i192_ sum = vmclock_i192_add_(a, b), back = vmclock_i192_sub_(sum, b);
    const wide low = (wide)a.word[0] + b.word[0], mid = (wide)a.word[1] + b.word[1] + (uint64_t)(low >> 64);

    claim(sum.word[0] == (uint64_t)low && sum.word[1] == (uint64_t)mid, "the lower words");
    claim(sum.word[2] == a.word[2] + b.word[2] + (uint64_t)(mid >> 64), "the upper word");
    claim(back.word[0] == a.word[0] && back.word[1] == a.word[1] && back.word[2] == a.word[2], "a + b - b is a");
    claim(vmclock_i192_below_0_(a) == ((int64_t)a.word[2] < 0), "its sign");
}

/* Bit by bit: one of the result is that `shift` places higher, and above the highest there is the sign. */
void wider_shifts(void)
{
    struct vmclock_i192_ n;
    const unsigned shift = nondet_u8(), at = nondet_u8();
    const struct vmclock_i192_ r = vmclock_i192_shift_right_(n, shift);

    assume(at < 192);
    claim((r.word[at / 64] >> at % 64 & 1) ==
              (at + shift < 192 ? n.word[(at + shift) / 64] >> (at + shift) % 64 & 1 : n.word[2] >> 63),
          "each bit");
}

/* The guard, for any of its states and any reading. */
void guard(void)
{
    struct vmclock_guard g;
    struct vmclock_reading r;
    struct vmclock_error err;
    const struct vmclock_guard was = g;
    const enum vmclock_err kind = vmclock_guard_check(&g, &r, &err);
    const bool same = was.monotonic && r.monotonic && was.time_type == r.time_type &&
                      was.disruption_marker == r.disruption_marker && was.has_generation == r.has_generation &&
                      was.vm_generation_counter == r.vm_generation_counter;
    const bool of_second = r.time.sec == was.time.sec;
    const bool earlier = r.time.sec < was.time.sec || (of_second && r.time.frac_sec < was.time.frac_sec);
    const struct spec_error spec =
        !same || !earlier ? (struct spec_error){0, 0, 0, 0, 0}
        : of_second       ? (struct spec_error){4, 16, 20, was.time.frac_sec, r.time.frac_sec}
                          : (struct spec_error){4, 16, 19, was.time.sec, r.time.sec};

    claim((int)kind == spec.kind, "a breach, or none");
    claim_error(&err, &spec);
    claim(g.time.sec == (spec.kind != 0 ? was.time.sec : r.time.sec) &&
              g.time.frac_sec == (spec.kind != 0 ? was.time.frac_sec : r.time.frac_sec),
          "what it remembers");
    claim(spec.kind != 0 || (g.monotonic == r.monotonic && g.disruption_marker == r.disruption_marker &&
                             g.vm_generation_counter == r.vm_generation_counter && g.time_type == r.time_type),
          "all of it");
    claim(vmclock_guard_check(NULL, &r, NULL) == VMCLOCK_OK, "no guard");
}
