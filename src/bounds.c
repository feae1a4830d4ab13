/* SPDX-License-Identifier: BSD-2-Clause */
/* A reading in whole nanoseconds: time, error bounds and UTC, rounded down or outward; and as text. */
#include "bounds.h"
#include "text.h"

struct vmclock_nanotime vmclock_time_to_nanotime(struct vmclock_time time)
{
    return vmclock_to_nanotime_(vmclock_to_wide_(time));
}

struct vmclock_bounds vmclock_reading_bounds(const struct vmclock_reading *reading)
{
    return vmclock_reading_bounds_(reading != NULL ? reading : &vmclock_no_reading_);
}

struct vmclock_nanotime vmclock_reading_utc(const struct vmclock_reading *reading)
{
    struct vmclock_nanotime utc = {0, 0};

    if (reading == NULL || !reading->has_utc)
        return utc;
    utc = vmclock_to_nanotime_(vmclock_to_wide_(reading->time));
    utc.sec -= (uint64_t)(int64_t)reading->utc_behind;
    return utc;
}

/* *sec becomes so many seconds less; false when that is below 0 or does not fit. */
static bool set_back(uint64_t *sec, int behind)
{
    const uint64_t before = *sec;

    *sec = before - (uint64_t)(int64_t)behind;
    return behind < 0 ? *sec > before : *sec <= before;
}

bool vmclock_reading_utc_bounds(const struct vmclock_reading *reading, struct vmclock_bounds *out)
{
    const struct vmclock_reading *const r = reading != NULL ? reading : &vmclock_no_reading_;
    struct vmclock_bounds bounds = vmclock_reading_bounds(r);
    const bool told = r->has_utc && r->has_bounds && bounds.earliest.sec >= r->utc_first &&
                      bounds.latest.sec <= r->utc_last && set_back(&bounds.earliest.sec, r->utc_behind) &&
                      set_back(&bounds.latest.sec, r->utc_behind);

    if (out != NULL)
        *out = told ? bounds : (struct vmclock_bounds){{0, 0}, {0, 0}};
    return told;
}

size_t vmclock_nanotime_format(struct vmclock_nanotime time, bool leap_second, char *buf, size_t cap)
{
    char date[48]; /* 12 digits of year at most */
    struct vmclock_text_ text = vmclock_text_(date, sizeof date);
    size_t end;

    vmclock_put_date_(&text, time.sec);
    end = vmclock_text_end_(&text);
    if (leap_second) {
        date[end - 2] = '6';
        date[end - 1] = '0';
    }
    text = vmclock_text_(buf, cap);
    vmclock_put_(&text, date);
    vmclock_put_char_(&text, '.');
    vmclock_put_dec_(&text, time.nsec, 9);
    return vmclock_text_end_(&text);
}
