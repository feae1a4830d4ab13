/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by src/ only; names that leave their file but not the library end in _. */
#ifndef VMCLOCK_INTERNAL_H
#define VMCLOCK_INTERNAL_H

#include "vmclock.h"
#include "wide.h"

/* Offsets as constant expressions: VMCLOCK_AT_<NAME>. */
enum {
#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence) VMCLOCK_AT_##NAME = (offset),
    VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X
};

/* The kind of a reason; OK for what is none. Inline, so that compilers see that a failure is one. */
static inline enum vmclock_err vmclock_kind_(enum vmclock_reason reason)
{
    switch (reason) {
#define VMCLOCK_X(NAME, number, id, kind, numbers, sentence) \
    case VMCLOCK_REASON_##NAME:                                 \
        return VMCLOCK_ERR_##kind;
        VMCLOCK_REASONS(VMCLOCK_X)
#undef VMCLOCK_X
    default:
        return VMCLOCK_OK;
    }
}

/* Fills *err (may be NULL), and takes the offset from the field and the kind from the reason. */
__attribute__((cold)) void vmclock_fill_error_(struct vmclock_error *err, enum vmclock_reason reason,
                                               enum vmclock_field field, uint64_t expected, uint64_t actual);
/* The same, and returns the kind. */
static inline enum vmclock_err vmclock_fail_(struct vmclock_error *err, enum vmclock_reason reason,
                                             enum vmclock_field field, uint64_t expected, uint64_t actual)
{
    vmclock_fill_error_(err, reason, field, expected, actual);
    return vmclock_kind_(reason);
}
/* Clears *err (may be NULL) and returns VMCLOCK_OK. */
static inline enum vmclock_err vmclock_succeed_(struct vmclock_error *err)
{
    if (err != NULL)
        *err = (struct vmclock_error){0};
    return VMCLOCK_OK;
}

/* Finds the first byte that is not 0 at or after offset `from`. */
bool vmclock_view_find_nonzero_(const struct vmclock_view *view, uint32_t from, uint32_t *offset, uint8_t *byte);

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

/* floor(n / d) for n.hi < d, so that it fits. One bit at a time: for text, not for time. */
uint64_t vmclock_divide_(struct vmclock_u128_ n, uint64_t d);

/*
 * By how many seconds TAI is ahead of UTC, from a tai_offset_sec of either sign, since writers use both: it has been 10 s
 * or more since 1972, and is 37 s. 0 for a magnitude outside of 10 to 60, which is no such offset.
 */
static inline unsigned vmclock_tai_ahead_(int tai_offset_sec)
{
    const int magnitude = tai_offset_sec < 0 ? -tai_offset_sec : tai_offset_sec;

    return magnitude >= 10 && magnitude <= 60 ? (unsigned)magnitude : 0;
}

/* Of all statuses these two may be relied on (UAPI.13). */
static inline bool vmclock_status_is_good_(uint64_t clock_status)
{
    return clock_status == VMCLOCK_STATUS_SYNCHRONIZED || clock_status == VMCLOCK_STATUS_FREERUNNING;
}

#endif
