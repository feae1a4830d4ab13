#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes transition_vectors.h: when time stepped back and when bounds are disjoint, from unlimited rational numbers.

    python3 tests/vectors/transitions.py > tests/vectors/transition_vectors.h

The result depends on nothing but this file. Each row is BEFORE's clock data, AFTER's, and by how many nanoseconds,
rounded up, time stepped back and the bounds lie apart: 0 where they do not.
"""
import math
from fractions import Fraction

MASK = 2**64 - 1
NS = 10**9
GHZ = 0x89705F4136B4A597
UNIT = Fraction(2**64, NS)  # 2^-64 s in a nanosecond


def signed(x):
    return x - 2**64 if x >> 63 else x


def told(seconds):
    """In nanoseconds, rounded up; what does not fit is the largest number."""
    return min(math.ceil(seconds / UNIT), MASK)


def judge(shift, value, period, rate, sec, frac, maxerror, value2, sec2, frac2, maxerror2):
    delta = signed((value2 - value) & MASK)
    by_before = sec * 2**64 + frac + Fraction(delta * period, 2**shift)
    reference = sec2 * 2**64 + frac2
    if not 0 <= by_before < 2**128:
        return 0, 0
    error = maxerror * UNIT + Fraction(abs(delta) * rate, 2**shift)
    apart = abs(by_before - reference) - error - maxerror2 * UNIT
    return (told(by_before - reference) if reference < by_before else 0), (told(apart) if apart > 0 else 0)


def around(shift, value, period, rate, sec, frac, maxerror, value2, maxerror2):
    """AFTER's reference times on both sides of each bound: where time stands still, and where the intervals touch."""
    delta = signed((value2 - value) & MASK)
    by_before = sec * 2**64 + frac + Fraction(delta * period, 2**shift)
    reach = (maxerror + maxerror2) * UNIT + Fraction(abs(delta) * rate, 2**shift)
    times = set()
    for edge in (by_before, by_before - reach, by_before + reach):
        times |= {math.floor(edge) + near for near in (-1, 0, 1)}
    times |= {0, 2**128 - 1}
    for time in sorted(times):
        if 0 <= time < 2**128:
            yield shift, value, period, rate, sec, frac, maxerror, value2, time >> 64, time & MASK, maxerror2


def rows():
    rates, errors = (0, 1, 495176015714153, MASK), (0, 1, 2500, NS, MASK)
    starts = ((0, 0), (1483228836, 2**63), (2**63, 1), (MASK, MASK), (0, MASK), (1700000037, 12345))
    i = 0
    for shift in (0, 1, 29, 63, 64, 65, 127, 128, 191, 192, 255):
        for period in (0, 1, GHZ, MASK):
            for delta in (0, 1, -1, 10**9, 2**63 - 1, -2**63):
                sec, frac = starts[i % 6]
                value = (0, MASK, 2**63, 12345)[i % 4]
                i += 1
                yield from around(shift, value, period, rates[i % 4], sec, frac, errors[i % 5], (value + delta) & MASK,
                                  errors[i // 5 % 5])
    # A second of a 1 GHz counter with the errors of a good host, and half a unit more than a whole one.
    for delta in (10**9, -10**9, 3600 * 10**9):
        for rate, maxerror, maxerror2 in ((0, 0, 0), (99035203142831, 2500, 2500), (0, 1, 0), (0, 0, 1)):
            yield from around(29, 10**15, GHZ, rate, 1700000000, 5, maxerror, 10**15 + delta, maxerror2)
    for delta in (1, -1, 3, -3):
        yield from around(1, 10, 1, 0, 5, 7, 0, 10 + delta, 0)
        yield from around(1, 10, 1, 1, 5, 7, 0, 10 + delta, 0)
        yield from around(255, 10, 1, 1, 5, 7, 0, 10 + delta, 0)
    # The edges of what BEFORE can give: the last time and one unit more, 0 and one less, with anything after it.
    for sec, frac, delta in ((MASK, MASK - 1, 1), (MASK, MASK, 1), (0, 1, -1), (0, 0, -1), (0, 5, -6)):
        for shift in (0, 1):
            for time in (0, 2**127, 2**128 - 1):
                yield shift, 7, 1, 0, sec, frac, 0, (7 + delta) & MASK, time >> 64, time & MASK, 0
    # Errors beyond everything, alone and together.
    for maxerror, maxerror2 in ((MASK, MASK), (MASK, 0), (0, MASK), (2**63, 2**63)):
        for sec, frac, time in ((0, 0, 2**128 - 1), (MASK, MASK, 0), (2**63, 0, 0)):
            yield 0, 7, 1, 0, sec, frac, maxerror, 7, time >> 64, time & MASK, maxerror2
    # Apart by as much as can be told, and by a little more and less.
    for nanosec in (MASK - 1, MASK, MASK + 1):
        for time in (math.floor(nanosec * UNIT), math.ceil(nanosec * UNIT)):
            yield 0, 7, 1, 0, 0, 0, 0, 7, time >> 64, time & MASK, 0
            yield 0, 7, 1, 0, time >> 64, time & MASK, 0, 7, 0, 0, 0


def main():
    print("/* SPDX-License-Identifier: BSD-2-Clause */")
    print("/* Written by transitions.py; do not edit. See test_transitions.c for the columns. */")
    print("static const struct time_row time_rows[] = {")
    for row in dict.fromkeys(rows()):
        print("{" + ",".join([str(row[0])] + [f"{n:#x}" for n in row[1:] + judge(*row)]) + "},")
    print("};")


main()
