/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UTC as a clock shows it that hides leap seconds, by the page's hint how: integers only, exact, continuous, monotone,
 * defined for every value. The page's own time is never smeared; nothing else of the library calls this.
 */
#include "clock.h"

#define HALF_DAY 43200

/* Where the clock runs slower or faster: from so many seconds after the reference point, for `real` seconds. */
struct window {
    int64_t start;
    uint32_t real;
    uint32_t shown;
    int before; /* added to the page's time, it is UTC as it was before the leap second */
};

/* False where there is nothing to smear, or the hint is to do it not or in an unknown way. */
static bool find_window(const struct vmclock_clock *clock, struct window *window)
{
    const bool past = clock->leap == VMCLOCK_LEAP_POST_POS || clock->leap == VMCLOCK_LEAP_POST_NEG;
    const int leap = clock->leap == VMCLOCK_LEAP_PRE_POS || clock->leap == VMCLOCK_LEAP_POST_POS ? 1 : -1;
    const int64_t midnight = (int64_t)clock->leap_edge + (past ? 0 : leap); /* the first second after the leap second */

    if (clock->leap == VMCLOCK_LEAP_NONE)
        return false;
    switch (clock->smearing) {
    case VMCLOCK_SMEARING_NOON_LINEAR:
        window->real = (uint32_t)(2 * HALF_DAY + leap);
        window->start = midnight + HALF_DAY - window->real;
        break;
    case VMCLOCK_SMEARING_UTC_SLS:
        window->real = 1000;
        window->start = midnight - window->real;
        break;
    default:
        return false;
    }
    window->shown = (uint32_t)((int)window->real - leap);
    window->before = past ? leap : 0;
    return true;
}

/* Smears the time if it lies in the window; `passed` whole seconds have, since its start. */
static void smear(const struct vmclock_clock *clock, const struct window *window, struct vmclock_time time,
                  uint64_t passed, struct vmclock_smeared *out)
{
    const uint64_t scale = window->shown * (uint64_t)VMCLOCK_NSEC_PER_SEC_;
    /* floor(floor(x) / real) is floor(x / real). With less than 2^17 s * 2^47 ns, it fits. */
    const uint64_t shown_ns = (passed * scale + vmclock_mul_(time.frac_sec, scale).hi) / window->real;
    const int shift = (int)(shown_ns / VMCLOCK_NSEC_PER_SEC_) - (int)passed + window->before - clock->utc_offset;

    out->leap_second = false;
    out->has_utc = shift < 0 ? time.sec >= (uint64_t)-shift : time.sec <= UINT64_MAX - (uint64_t)shift;
    out->smeared = out->has_utc;
    out->utc = (struct vmclock_nanotime){0, 0};
    if (out->has_utc)
        out->utc = (struct vmclock_nanotime){time.sec + (uint64_t)(int64_t)shift,
                                             (uint32_t)(shown_ns % VMCLOCK_NSEC_PER_SEC_)};
}

enum vmclock_err vmclock_clock_smeared(const struct vmclock_clock *clock, uint64_t counter,
                                       struct vmclock_smeared *out, struct vmclock_error *err)
{
    struct vmclock_reading reading;
    struct vmclock_smeared result = {0};
    struct window window;
    enum vmclock_err kind;

    kind = vmclock_clock_read(clock, counter, &reading, err);
    result.utc = vmclock_reading_utc(&reading);
    result.has_utc = reading.has_utc;
    result.leap_second = reading.leap_second;
    if (kind == VMCLOCK_OK && clock != NULL && find_window(clock, &window)) {
        const uint64_t moved = reading.time.sec - clock->reference.sec; /* negative before the reference point */
        const uint64_t passed = moved - (uint64_t)window.start;

        result.smearing = clock->smearing;
        if (passed < window.real)
            smear(clock, &window, reading.time, passed, &result);
    }
    if (out != NULL)
        *out = result;
    return kind;
}
