/* SPDX-License-Identifier: BSD-2-Clause */
/* Every vector of time in a plain program, for targets without the test framework. Needs the core's sources alone. */
#include "time_check.h"

static unsigned report(const char *what, unsigned i, bool holds)
{
    if (!holds)
        (void)fprintf(stderr, "%s %u does not hold\n", what, i);
    return holds ? 0 : 1;
}

int main(void)
{
    unsigned failures = 0;

    for (unsigned i = 0; i < FORMULA_ROWS; i++)
        failures += report("formula row", i, formula_row_holds(i));
    for (unsigned i = 0; i < LEAP_ROWS; i++)
        failures += report("leap row", i, leap_row_holds(i));
    for (unsigned i = 0; i < UTC_BOUNDS_ROWS; i++)
        failures += report("UTC bounds row", i, utc_bounds_row_holds(i));
    for (unsigned i = 0; i < RANDOM_BLOCKS; i++)
        failures += report("random block", i, random_block_holds(i));
    (void)printf("%u formula rows, %u leap rows, %u rows of UTC bounds, %u random ones: %u failures\n",
                 (unsigned)FORMULA_ROWS, (unsigned)LEAP_ROWS, (unsigned)UTC_BOUNDS_ROWS,
                 (unsigned)(RANDOM_BLOCKS * RANDOM_BLOCK), failures);
    return failures == 0 ? 0 : 1;
}
