#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes time_vectors.h: what the library must answer of time, by unlimited integers and from the definitions alone.

    python3 tests/vectors/time.py > tests/vectors/time_vectors.h
    python3 tests/vectors/time.py N     shows the inputs and results of random block N

The result depends on nothing but this file. Nothing here follows the way in which the library computes: rational
numbers in place of words and shifts, and for leap seconds the row of labels that clocks on the wall show, in place of
comparisons.
"""
import datetime
import sys
from fractions import Fraction

MASK = 2**64 - 1
NS = 10**9
END = 2**64 * NS - 1  # 18446744073709551615.999999999 s


def signed(x):
    return x - 2**64 if x >> 63 else x


def formula(shift, value, period, rate, sec, frac, maxerror, counter):
    """(sec, frac, error sec, error frac, earliest ns, latest ns), or None out of range."""
    delta = signed((counter - value) & MASK)
    exact = sec * 2**64 + frac + Fraction(delta * period, 2**shift)  # in 2^-64 s
    error = Fraction(abs(delta) * rate, 2**shift)
    time = exact.__floor__()
    if not 0 <= time < 2**128:
        return None
    # The contract: each term rounded outward to 2^-64 s, the result to nanoseconds.
    ns = Fraction(NS, 2**64)
    earliest = ((time - error.__ceil__()) * ns).__floor__() - maxerror
    latest = ((exact.__ceil__() + error.__ceil__()) * ns).__ceil__() + maxerror
    # What was promised of that: never inside the exact interval, at most 1 ns outside of its outward rounding.
    assert 0 <= ((exact - error) * ns).__floor__() - maxerror - earliest <= 1
    assert 0 <= latest - ((exact + error) * ns).__ceil__() - maxerror <= 1
    both = error.__ceil__() + Fraction(maxerror * 2**64, NS).__ceil__()
    return time >> 64, time & MASK, both >> 64, both & MASK, min(max(earliest, 0), END), min(max(latest, 0), END)


class SplitMix:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
        return z ^ z >> 31


def random_inputs(rng):
    """The same draws in the same order as random_row() of time_check.h."""
    def any_size():
        bits = rng.next() % 65
        return rng.next() >> bits if bits < 64 else 0

    shift = rng.next() % 256
    if shift % 2:
        shift %= 64
    value = rng.next()
    period, rate, sec, frac, maxerror = any_size(), any_size(), any_size(), rng.next(), any_size()
    delta = any_size()
    counter = (value - delta if rng.next() % 2 else value + delta) & MASK
    return shift, value, period, rate, sec, frac, maxerror, counter


BLOCKS, BLOCK = 128, 256


def digest(numbers):
    h = 0xCBF29CE484222325
    for n in numbers:
        for i in range(8):
            h = ((h ^ (n >> 8 * i & 0xFF)) * 0x100000001B3) & MASK
    return h


def random_block(block):
    rng = SplitMix(block)
    for _ in range(BLOCK):
        inputs = random_inputs(rng)
        yield inputs, formula(*inputs)


def numbers_of(result):
    if result is None:
        return [1]
    *units, earliest, latest = result
    return [0, *units, earliest // NS, earliest % NS, latest // NS, latest % NS]


GHZ = 0x89705F4136B4A597


def directed():
    """Every extreme with every other, errors and reference times in turn; then single cases."""
    zero_one_max = (0, 1, MASK)
    i = 0
    for shift in (0, 1, 29, 63, 64, 65, 127, 128, 191, 192, 255):
        for period in (0, 1, GHZ, MASK):
            for delta in (0, 1, -1, 2**32, 2**63 - 1, -2**63, -2**63 + 1):
                rate, maxerror = zero_one_max[i % 3], zero_one_max[i // 3 % 3]
                sec, frac = ((0, 0), (1483228836, 2**63), (MASK, MASK), (2**63, 1), (0, MASK))[i % 5]
                value = (0, MASK, 2**63, 12345)[i % 4]
                i += 1
                yield shift, value, period, rate, sec, frac, maxerror, (value + delta) & MASK
    # UAPI.13's example: 1 GHz.
    for delta in (0, 1, 10**9, 3600 * 10**9, -1, -10**9, 2**63 - 1):
        yield 29, 10**15, GHZ, 495176015714152, 1700000000, 0, 2500, (10**15 + delta) & MASK
    # The edges of the range: the last representable time and one unit more, 0 and one unit less.
    for frac, delta in ((MASK - 1, 1), (MASK, 1), (MASK, 0), (MASK - 5, 5), (MASK - 5, 6)):
        yield 0, 7, 1, 0, MASK, frac, 0, 7 + delta
    for frac, delta in ((1, 1), (0, 1), (0, 0), (5, 5), (5, 6)):
        yield 0, 7 + 6, 1, 0, 0, frac, 0, 7 + 6 - delta
    # Half a unit before 0 is below 0; half a unit after the last time is not beyond it.
    yield 1, 1, 1, 0, 0, 0, 0, 0
    yield 1, 1, 1, 0, MASK, MASK, 0, 2
    yield 255, 1, 1, 0, 0, 0, 0, 0
    yield 255, 1, 1, 0, MASK, MASK, 0, 2
    # What is lost lies in the product's high word alone, or nowhere.
    for shift in (64, 65, 66, 126, 127, 128, 129, 200):
        for ticks in (2, 4, 2**62, 2**63 - 2**32):
            for delta in (ticks, -ticks):
                yield shift, 2**63, 2**63, 0, 2**40, 0, 0, (2**63 + delta) & MASK
                yield shift, 2**63, 0, 2**63, 2**40, 0, 0, (2**63 + delta) & MASK
    # Bounds: borrow and carry within the nanoseconds, and clamped on either side of both ends.
    for maxerror in (0, 1, NS - 1, NS, NS + 1, 5 * NS, 5 * NS + 5, 5 * NS + 500000000, 5 * NS + 500000001, 6 * NS, MASK):
        for sec in (5, MASK - 5, MASK):
            for rate in (0, 2**34):
                yield 0, 0, 2**33, rate, sec, 2**63, maxerror, 3
    # A maximum error that alone is below 0 or beyond the end.
    yield 0, 0, 0, MASK, 100, 0, 0, 2**63 - 1
    yield 0, 0, 0, MASK, MASK - 100, 0, 0, 2**63 - 1
    yield 0, 0, 0, 2**63, 100, 0, 0, 200
    yield 0, 0, 0, 2**63, 100, 0, 0, 201
    yield 0, 0, 0, 2**63, MASK - 100, 0, 0, 200
    yield 0, 0, 0, 2**63, MASK - 100, 0, 0, 201
    yield 0, 0, 0, 2**63, MASK - 100, 0, 0, 202
    # Rounded to 2^-64 s on the way, the bounds may lose a nanosecond outward: times that are a hair from a whole one.
    whole = -(-5 * 2**64 // NS)  # the first unit at or after 5 ns
    for frac in range(whole - 3, whole + 4):
        for delta in (-1, 1):
            for rate in (0, 1, 3):
                yield 1, 10, 1, rate, 1, frac, 0, 10 + delta


# ---- Leap seconds ----

CYCLE = 146097 * 86400


def month_bounds(second):
    """The first seconds of the month of that second since 1970-01-01, and of the next one; any year, also before."""
    cycles, rest = divmod(second, CYCLE)
    epoch = datetime.datetime(1970, 1, 1)
    moment = epoch + datetime.timedelta(seconds=rest)
    first = moment.replace(day=1, hour=0, minute=0, second=0)
    following = (first + datetime.timedelta(days=31)).replace(day=1)
    return tuple(cycles * CYCLE + (x - epoch) // datetime.timedelta(seconds=1) for x in (first, following))


NONE, PRE_POS, PRE_NEG, POS, POST_POS, POST_NEG = range(6)


def positive(month, place):
    """Label number `place` of clocks around an inserted second; label 0 is the inserted one."""
    return (month - 1, True) if place == 0 else (month + place - 1, False) if place > 0 else (month + place, False)


def negative(month, place):
    """The same where 23:59:59 is left out; label 0 is 00:00:00."""
    return (month + place, False) if place >= 0 else (month - 1 + place, False)


def wall_clock(indicator, reference, elapsed):
    """What clocks show `elapsed` seconds after they showed `reference`, as POSIX counts, and whether it is 23:59:60."""
    own, following = month_bounds(reference)
    if indicator == PRE_POS:
        return positive(following, reference - following + elapsed)
    if indicator == POST_POS:
        return positive(own, reference - own + 1 + elapsed)
    if indicator == POS and reference == own:
        return positive(own, elapsed)
    if indicator == POS and reference in (following - 2, following - 1):
        # By the offset after the leap second, which is a second more: the inserted one is the month's last.
        return positive(following, reference - following + 1 + elapsed)
    if indicator == PRE_NEG:
        # A reference at the second that is left out cannot be; the page's own count then goes on from it.
        return negative(following, reference + 1 - following + elapsed)
    if indicator == POST_NEG:
        return negative(own, reference - own + elapsed)
    return reference + elapsed, False


def utc(kind, offset, announced, indicator, sec, halves):
    """(sec, leap second) or None; the time is `halves` half seconds after `sec`, both of the page's own count."""
    if kind == 1 and not (announced and 10 <= abs(offset) <= 60) or kind not in (0, 1):
        return None
    reference = sec - (abs(offset) if kind == 1 else 0)
    second, leap = wall_clock(indicator, reference, halves // 2)
    return (second, leap) if 0 <= second < 2**64 else None


def leap_rows():
    # The months' first seconds, |offset| before and after, and the indicators of a reference point before, in and
    # after.
    events = (
        (1483228800, 36, 37, PRE_POS, POST_POS),   # after 2016-12-31 23:59:60
        (1435708800, 35, 36, PRE_POS, POST_POS),   # after 2015-06-30 23:59:60
        (1893456000, 37, 36, PRE_NEG, POST_NEG),   # invented: 2029-12-31 without 23:59:59
        (951868800, 32, 33, PRE_POS, POST_POS),    # invented: after 2000-02-29
    )
    around = (-4, -3, -2, -1, 0, 1, 2, 3)
    for month, before, after, pre, post in events:
        for kind, offsets in ((0, (0, 0)), (1, (-before, -after)), (1, (before, after))):
            shift = abs(offsets[0]) if kind else 0
            for reference in (month - 5, month - 86400, month - 28 * 86400, month - 2):
                for halves in around + (200000, -200000, 86400 * 2 * 40):
                    goal = 2 * month + halves
                    yield kind, offsets[0], 1, pre, reference + shift, goal - 2 * reference
            shift = abs(offsets[1]) if kind else 0
            for reference in (month, month + 1, month + 86400, month + 28 * 86400 - 1):
                for halves in around + (200000, -200000):
                    goal = 2 * month + halves
                    yield kind, offsets[1], 1, post, reference + shift, goal - 2 * reference
    # During the inserted second, by either way to number it; and POS where no month ends.
    for month in (1483228800, 1435708800):
        for kind, offset in ((0, 0), (1, -37), (1, 37)):
            for reference in (month - 3, month - 2, month - 1, month, month + 1, month + 12345):
                for halves in (-4, -3, -2, -1, 0, 1, 2, 3, 4):
                    yield kind, offset, 1, POS, reference + (abs(offset) if kind else 0), halves
    # Every month's two ends, of leap years and others.
    for year in (1999, 2000, 2001, 2004, 2100, 2400):
        for month in range(1, 13):
            start = (datetime.datetime(year, month, 1) - datetime.datetime(1970, 1, 1)) // datetime.timedelta(seconds=1)
            for reference, indicator in ((start - 1, PRE_POS), (start, POST_NEG)):
                for halves in (-2, -1, 0, 1, 2, 3):
                    yield 0, 0, 1, indicator, reference, halves
    # No leap second near: none, and numbers that mean nothing.
    for indicator in (NONE, 6, 255):
        for reference in (1483228799, 1483228800, 1483228900):
            for halves in (-4, 0, 3):
                yield 1, -37, 1, indicator, reference + 37, halves
    # Offsets and types with and without UTC.
    for offset in (-32768, -61, -60, -37, -11, -10, -9, -1, 0, 1, 9, 10, 11, 37, 60, 61, 32767):
        yield 1, offset, 1, NONE, 1700000000, 1
        yield 0, offset, 1, NONE, 1700000000, 1
    for kind in (0, 1, 2, 3, 4, 5, 255):
        for announced in (0, 1):
            for indicator in (NONE, PRE_POS):
                yield kind, -37, announced, indicator, 1700000000, 1
    # Near 0: also where the reference point lies before 1970 in UTC.
    for offset, sec in ((0, 0), (0, 1), (-37, 0), (-37, 36), (-37, 37), (-37, 38), (60, 5), (-10, 9), (-10, 10)):
        for indicator in range(6):
            for halves in (-2, -1, 0, 1, 2, 73, 74, 75, 76, 77, 78, 118, 120, 122):
                if sec * 2 + halves >= 0:
                    yield 1 if offset else 0, offset, 1, indicator, sec, halves
    # Near the end of 64 bits.
    for offset in (0, -37):
        for indicator in range(6):
            for sec, halves in ((MASK, 0), (MASK, 1), (MASK - 1, 2), (MASK - 5 * 10**6, 10**7), (0, 2**63 - 1),
                                (MASK, -2**63)):
                yield 1 if offset else 0, offset, 1, indicator, sec, halves


def utc_bounds(kind, offset, announced, indicator, sec, halves, maxerror):
    """(earliest, latest) in ns of UTC, or None."""
    now = utc(kind, offset, announced, indicator, sec, halves)
    if now is None:
        return None
    shift = abs(offset) if kind == 1 else 0
    middle = (2 * sec + halves) * NS // 2
    bounds = [max(middle - maxerror, 0), min(middle + maxerror, END)]
    first, last = (ns // NS for ns in bounds)
    # From the first second to the last, the wall clock has to count as the page does: looked at where it may not.
    near = {first, last, sec + halves // 2}
    for edge in month_bounds(sec - shift):
        near |= {edge + shift + step for step in range(-4, 5)}
    labels = {second: wall_clock(indicator, sec - shift, second - sec) for second in near if first <= second <= last}
    if len({(second - label, leap) for second, (label, leap) in labels.items()}) > 1:
        return None
    behind = sec + halves // 2 - now[0]
    bounds = [ns - behind * NS for ns in bounds]
    return bounds if bounds[0] >= 0 and bounds[1] <= END else None


def utc_bounds_rows():
    half = NS // 2
    errors = (0, 1, half - 1, half, half + 1, NS - 1, NS, NS + 1, 3 * half, 2 * NS, 40 * 86400 * NS)
    # The times are whole and half seconds around the leap second: so both bounds lie on either side of its ends.
    events = ((1483228800, 1, -36, -37, PRE_POS, POST_POS), (1435708800, 0, 0, 0, PRE_POS, POST_POS),
              (1893456000, 1, 37, 36, PRE_NEG, POST_NEG), (1893456000, 0, 0, 0, PRE_NEG, POST_NEG))
    for month, kind, before, after, pre, post in events:
        for offset, indicator, references in ((before, pre, (month - 2, month - 86400 * 30)),
                                              (after, post, (month, month + 86400 * 30))):
            for reference in references:
                for halves in range(-4, 5):
                    for maxerror in errors:
                        yield (kind, offset, 1, indicator, reference + abs(offset), 2 * (month - reference) + halves,
                               maxerror)
    for reference in range(1483228800 - 3, 1483228800 + 2):
        for halves in range(-2, 6):
            for maxerror in (0, half, half + 1, NS, 3 * half):
                yield 1, -37, 1, POS, reference + 37, halves, maxerror
    # No leap second, or no UTC.
    for kind, announced, indicator in ((0, 0, NONE), (1, 1, NONE), (1, 0, NONE), (2, 1, PRE_POS), (1, 1, 77)):
        for maxerror in (0, NS, 2**63, MASK):
            yield kind, -37, announced, indicator, 1700000000, 1, maxerror
    # At 0 and at the end, of the page's own count and of UTC's.
    for kind, offset in ((0, 0), (1, -37)):
        for indicator in (NONE, PRE_POS, PRE_NEG, POST_POS, POST_NEG):
            for sec in (0, 1, 37, 38, 39, MASK - 37, MASK - 2, MASK - 1, MASK):
                for maxerror in (0, NS - 1, NS, NS + 1, 2 * NS, MASK):
                    yield kind, offset, 1, indicator, sec, 0, maxerror
    # The latest bound is moved beyond the end, or up to it, by a second that was left out.
    for maxerror in (0, 3 * NS, 4 * NS, 5 * NS, 6 * NS - 1, 6 * NS, MASK):
        yield 0, 0, 1, PRE_NEG, MASK - 5 * 10**6, 10**7 - 10, maxerror


def check_against_iers():
    """The real leap seconds, from the published TAI - UTC: 36 s up to and including 23:59:60, 37 s from then on."""
    month, before = 1483228800, 36
    for tai, label in ((month - 1 + before, (month - 1, False)), (month + before, (month - 1, True)),
                       (month + before + 1, (month, False))):
        for reference in (month - 1000 + before, month - 1 + before):
            assert utc(1, -before, 1, PRE_POS, reference, 2 * (tai - reference)) == label
        for reference in (month + before + 1, month + before + 1 + 5000):
            assert utc(1, -before - 1, 1, POST_POS, reference, 2 * (tai - reference)) == label


def main():
    if len(sys.argv) > 1:
        for inputs, result in random_block(int(sys.argv[1])):
            print(" ".join(f"{n:#x}" for n in inputs), "->", " ".join(f"{n:#x}" for n in numbers_of(result)))
        return
    check_against_iers()
    print("/* SPDX-License-Identifier: BSD-2-Clause */")
    print("/* Written by time.py; do not edit. See time_check.h for the columns. */")
    print("static const struct formula_row formula_rows[] = {")
    for inputs in directed():
        shift, *rest = inputs
        result = formula(*inputs)
        if result is None:
            numbers = [0] * 8
        else:
            *units, earliest, latest = result
            numbers = [*units, earliest // NS, earliest % NS, latest // NS, latest % NS]
        row = [f"{shift}"] + [f"{n:#x}" for n in rest] + [str(int(result is not None))]
        row += [f"{n:#x}" for n in numbers]
        print("{" + ",".join(row) + "},")
    print("};")
    print("static const struct leap_row leap_rows[] = {")
    for kind, offset, announced, indicator, sec, halves in dict.fromkeys(leap_rows()):
        result = utc(kind, offset, announced, indicator, sec, halves)
        second, leap = result if result is not None else (0, False)
        if not 0 <= 2 * sec + halves < 2**65:
            continue  # out of range: another table's matter
        row = (kind, offset, announced, indicator, f"{sec:#x}", f"{halves & MASK:#x}",
               int(result is not None), f"{second:#x}", int(leap))
        print("{" + ",".join(map(str, row)) + "},")
    print("};")
    print("static const struct utc_bounds_row utc_bounds_rows[] = {")
    for inputs in dict.fromkeys(utc_bounds_rows()):
        kind, offset, announced, indicator, sec, halves, maxerror = inputs
        bounds = utc_bounds(*inputs)
        row = [kind, offset, announced, indicator, f"{sec:#x}", f"{halves & MASK:#x}", f"{maxerror:#x}"]
        row += [int(bounds is not None)]
        row += [f"{n:#x}" for ns in bounds or (0, 0) for n in divmod(ns, NS)]
        print("{" + ",".join(map(str, row)) + "},")
    print("};")
    print(f"enum {{ RANDOM_BLOCK = {BLOCK} }};")
    print("static const uint64_t random_digests[] = {")
    for block in range(BLOCKS):
        print(f"{digest(n for _, result in random_block(block) for n in numbers_of(result)):#x},")
    print("};")


main()
