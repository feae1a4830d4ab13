/* SPDX-License-Identifier: BSD-2-Clause */
/* The appender of text to a caller's buffer: no stdio, no locale, integers only. */
#ifndef VMCLOCK_TEXT_H
#define VMCLOCK_TEXT_H

#include "vmclock.h"

/* Text into a caller's buffer: `len` counts on past the end of it, nothing is ever written there. */
struct vmclock_text_ {
    char *buf;
    size_t cap;
    size_t len;
};
struct vmclock_text_ vmclock_text_(char *buf, size_t cap);
void vmclock_put_char_(struct vmclock_text_ *text, char c);
void vmclock_put_(struct vmclock_text_ *text, const char *s);
/* Decimal, with leading zeros up to `digits`. */
void vmclock_put_dec_(struct vmclock_text_ *text, uint64_t value, unsigned digits);
void vmclock_put_signed_(struct vmclock_text_ *text, int64_t value);
/* "0x" and hexadecimal, with leading zeros up to `digits`. */
void vmclock_put_hex_(struct vmclock_text_ *text, uint64_t value, unsigned digits);
/* A field's value as vmclock_format_value() writes it. */
void vmclock_put_value_(struct vmclock_text_ *text, enum vmclock_field field, uint64_t value);
/* A count of seconds since 1970 as "2026-11-22 23:00:00", of any year. */
void vmclock_put_date_(struct vmclock_text_ *text, uint64_t sec);
/* Terminates, and returns the length of the whole. */
size_t vmclock_text_end_(const struct vmclock_text_ *text);

#endif
