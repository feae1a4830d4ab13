/* SPDX-License-Identifier: BSD-2-Clause */
/* The appender: counts everything, writes what fits. */
#include "text.h"

struct vmclock_text_ vmclock_text_(char *buf, size_t cap)
{
    const struct vmclock_text_ text = {buf, buf == NULL ? 0 : cap, 0};

    return text;
}

void vmclock_put_char_(struct vmclock_text_ *text, char c)
{
    if (text->len < text->cap)
        text->buf[text->len] = c;
    text->len++;
}

void vmclock_put_(struct vmclock_text_ *text, const char *s)
{
    for (; *s != '\0'; s++)
        vmclock_put_char_(text, *s);
}

static void put_number(struct vmclock_text_ *text, uint64_t value, unsigned base, unsigned digits)
{
    char reversed[20]; /* 2^64 - 1 in decimal */
    unsigned n = 0;

    do {
        reversed[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    for (; digits > n; digits--)
        vmclock_put_char_(text, '0');
    while (n > 0)
        vmclock_put_char_(text, reversed[--n]);
}

void vmclock_put_dec_(struct vmclock_text_ *text, uint64_t value, unsigned digits)
{
    put_number(text, value, 10, digits);
}

void vmclock_put_hex_(struct vmclock_text_ *text, uint64_t value, unsigned digits)
{
    vmclock_put_(text, "0x");
    put_number(text, value, 16, digits);
}

void vmclock_put_signed_(struct vmclock_text_ *text, int64_t value)
{
    if (value < 0)
        vmclock_put_char_(text, '-');
    vmclock_put_dec_(text, value < 0 ? -(uint64_t)value : (uint64_t)value, 1);
}

size_t vmclock_text_end_(const struct vmclock_text_ *text)
{
    if (text->cap > 0)
        text->buf[text->len < text->cap ? text->len : text->cap - 1] = '\0';
    return text->len;
}

/* A count of seconds since 1970 as a date of the proleptic Gregorian calendar, of any year. */
void vmclock_put_date_(struct vmclock_text_ *text, uint64_t sec)
{
    const uint64_t days = sec / 86400 + 719468; /* since 0000-03-01 */
    const uint64_t era = days / 146097, day_of_era = days % 146097;
    const uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const uint64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */

    vmclock_put_dec_(text, era * 400 + year_of_era + (month >= 10), 4);
    vmclock_put_char_(text, '-');
    vmclock_put_dec_(text, month < 10 ? month + 3 : month - 9, 2);
    vmclock_put_char_(text, '-');
    vmclock_put_dec_(text, day_of_year - (153 * month + 2) / 5 + 1, 2);
    vmclock_put_char_(text, ' ');
    vmclock_put_dec_(text, sec / 3600 % 24, 2);
    vmclock_put_char_(text, ':');
    vmclock_put_dec_(text, sec / 60 % 60, 2);
    vmclock_put_char_(text, ':');
    vmclock_put_dec_(text, sec % 60, 2);
}

void vmclock_put_value_(struct vmclock_text_ *text, enum vmclock_field field, uint64_t value)
{
    const struct vmclock_field_row *info = vmclock_field_info(field);

    if (field == VMCLOCK_FIELD_MAGIC)
        vmclock_put_hex_(text, value, 8);
    else if (field == VMCLOCK_FIELD_FLAGS)
        vmclock_put_hex_(text, value, 1);
    else if (info != NULL && info->is_signed)
        vmclock_put_signed_(text, (int64_t)value);
    else
        vmclock_put_dec_(text, value, 1);
}

size_t vmclock_format_value(enum vmclock_field field, uint64_t value, char *buf, size_t cap)
{
    struct vmclock_text_ text = vmclock_text_(buf, cap);

    vmclock_put_value_(&text, field, value);
    return vmclock_text_end_(&text);
}
