#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes smear_vectors.h: what smear.c must answer, with exact fractions and from the definitions alone.

    python3 tests/vectors/smear.py > tests/vectors/smear_vectors.h

A smear is a line between two knots, each an instant and what the clock shows then; nothing here follows smear.c.
"""
from fractions import Fraction

NS = 10**9
TICK = Fraction(1, 2**32)  # of the counter
UNIT = Fraction(1, 2**64)
NOON_LINEAR, UTC_SLS = 1, 2
PRE_POS, PRE_NEG, POS, POST_POS, POST_NEG = range(1, 6)
INSERTED = {PRE_POS: 1, PRE_NEG: -1, POS: 1, POST_POS: 1, POST_NEG: -1}


def knots(hint, indicator, month, reference):
    """Two pairs of seconds since the reference point, by a count without leap seconds, and what the clock shows."""
    inserted = INSERTED[indicator]
    ahead = indicator in (PRE_POS, PRE_NEG) or (indicator == POS and reference == month)

    def when(utc):
        """The instant of a UTC that there is once only."""
        if ahead:
            return utc - reference + (inserted if utc >= month else 0)
        return utc - reference - (inserted if utc < month else 0)

    if hint == NOON_LINEAR:
        noon, next_noon = month - 12 * 3600, month + 12 * 3600
        first, last = (when(noon), noon), (when(next_noon), next_noon)
        assert last[0] - first[0] == 86400 + inserted
    else:
        first = (when(month) - 1000, month - (999 if inserted > 0 else 1001))
        last = (when(month), month)
        # Kuhn: 23:43:21, or 23:43:19; UTC-SLS is UTC until then.
        assert first[1] == month - 86400 + 23 * 3600 + 43 * 60 + (21 if inserted > 0 else 19)
        assert first[0] == when(first[1])
    return first, last, when(month)


def shown(first, last, elapsed):
    if elapsed < first[0]:
        return first[1] + elapsed - first[0], False
    if elapsed >= last[0]:
        return last[1] + elapsed - last[0], False
    return first[1] + (elapsed - first[0]) * Fraction(last[1] - first[1], last[0] - first[0]), True


def row(kind, offset, hint, indicator, month, reference, frac, elapsed):
    """The time nearest below `elapsed` that a tick can tell."""
    first, last, _ = knots(hint, indicator, month, reference)
    fraction = frac * UNIT
    ticks = ((elapsed - fraction) / TICK).__floor__()
    utc, smeared = shown(first, last, ticks * TICK + fraction)
    sec, nsec = divmod((utc * NS).__floor__(), NS)
    has = 0 <= sec < 2**64
    if not has:
        sec = nsec = 0
        smeared = False
    return (kind, offset, hint, indicator, f"{reference + (abs(offset) if kind else 0):#x}", f"{frac:#x}",
            f"{ticks & 2**64 - 1:#x}", int(has), f"{sec:#x}", nsec, int(smeared))


def instants(hint, indicator, month, reference):
    first, last, midnight = knots(hint, indicator, month, reference)
    leap = midnight - 1
    for edge in (first[0], leap, midnight, last[0]):
        for step in (-1, -Fraction(1, NS), 0, TICK, Fraction(1, NS) + TICK, Fraction(3, 2)):
            yield edge + step
    length = last[0] - first[0]
    for part in (Fraction(1, 7), Fraction(1, 2), Fraction(3, 4), 1 - Fraction(1, 10**6)):
        yield first[0] + length * part


def rows():
    events = (  # month, |offset| before and after, the indicator and the reference point
        (1483228800, 36, PRE_POS, 1483228800 - 86400 * 20), (1483228800, 37, POST_POS, 1483228800 + 5),
        (1483228800, 36, PRE_POS, 1483228800 - 1), (1435708800, 36, POST_POS, 1435708800),
        (1483228800, 36, POS, 1483228800), (1483228800, 37, POS, 1483228800 - 1),
        (1483228800, 37, POS, 1483228800 - 2),
        (1893456000, 37, PRE_NEG, 1893456000 - 86400 - 7), (1893456000, 36, POST_NEG, 1893456000 + 86400 * 14),
        (1893456000, 37, PRE_NEG, 1893456000 - 2), (1893456000, 36, POST_NEG, 1893456000),
    )
    turn = 0
    for month, offset, indicator, reference in events:
        for hint in (NOON_LINEAR, UTC_SLS):
            kind, signed = ((0, 0), (1, -offset), (1, offset))[turn % 3]
            frac = (0, 2**63, 2**64 - 1, 1)[turn % 4]
            turn += 1
            for elapsed in instants(hint, indicator, month, reference):
                yield row(kind, signed, hint, indicator, month, reference, frac, elapsed)
    # Around 1970-01-01 00:00:00: what is before it cannot be told.
    for indicator in (POST_POS, POST_NEG):
        for hint in (NOON_LINEAR, UTC_SLS):
            for elapsed in (-3, -2, -1, -TICK, 0, 1, 43199, 43200):
                yield row(1, -37, hint, indicator, 0, 0, 0, Fraction(elapsed))


def main():
    print("/* SPDX-License-Identifier: BSD-2-Clause */")
    print("/* Written by smear.py; do not edit. See test_smear.c for the columns. */")
    print("static const struct smear_row smear_rows[] = {")
    for numbers in dict.fromkeys(rows()):
        print("{" + ",".join(map(str, numbers)) + "},")
    print("};")


main()
