/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For all harnesses: values of which nothing is known, and the page as the kernel's header and UAPI.13 have it. Written
 * anew, by hand: nothing in here comes from the library's tables.
 */
#ifndef PROOF_H
#define PROOF_H

#include "vmclock.h"

/* CBMC: any value, another one at each call. */
bool nondet_bool(void);
uint8_t nondet_u8(void);
uint16_t nondet_u16(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);
size_t nondet_size(void);
unsigned nondet_unsigned(void);
int nondet_int(void);
const char *nondet_string(void);

#define assume(condition) __CPROVER_assume(condition)
#define claim(condition, what) __CPROVER_assert((condition), what)

/* The largest object there can be: 2^55 bytes, or 2^23 where pointers have 32 bits; less with --object-bits. */
#define LARGEST __CPROVER_max_malloc_size

/* Private bytes: `len` of them, of any content. The object ends there, so no read beyond them goes unnoticed. */
static void *any_bytes(size_t len)
{
    assume(len <= LARGEST);
    return __CPROVER_allocate(len, 0);
}

/* The same, or NULL, whatever the length is said to be. */
static void *any_bytes_or_null(size_t *len)
{
    *len = nondet_size();
    if (nondet_bool())
        return NULL;
    return any_bytes(*len);
}

/* Little-endian, by the definition. */
static uint64_t spec_number(const uint8_t *at, unsigned width)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < 8; i++)
        if (i < width)
            n |= (uint64_t)at[i] << (8 * i);
    return n;
}

/* The fields: offset, width, whether signed, and the bit of flags that announces it (-1: none does). */
struct spec_field {
    unsigned offset, width;
    bool is_signed;
    int bit;
};
static const struct spec_field spec_fields[24] = {
    {0, 0, false, -1},
    {0x00, 4, false, -1}, /* 1 magic */
    {0x04, 4, false, -1}, /* 2 size */
    {0x08, 2, false, -1}, /* 3 version */
    {0x0a, 1, false, -1}, /* 4 counter_id */
    {0x0b, 1, false, -1}, /* 5 time_type */
    {0x0c, 4, false, -1}, /* 6 seq_count */
    {0x10, 8, false, -1}, /* 7 disruption_marker */
    {0x18, 8, false, -1}, /* 8 flags */
    {0x20, 2, false, -1}, /* 9 pad */
    {0x22, 1, false, -1}, /* 10 clock_status */
    {0x23, 1, false, -1}, /* 11 leap_second_smearing_hint */
    {0x24, 2, true, 0},   /* 12 tai_offset_sec */
    {0x26, 1, false, -1}, /* 13 leap_indicator */
    {0x27, 1, false, -1}, /* 14 counter_period_shift */
    {0x28, 8, false, -1}, /* 15 counter_value */
    {0x30, 8, false, -1}, /* 16 counter_period_frac_sec */
    {0x38, 8, false, 3},  /* 17 counter_period_esterror_rate_frac_sec */
    {0x40, 8, false, 4},  /* 18 counter_period_maxerror_rate_frac_sec */
    {0x48, 8, false, -1}, /* 19 time_sec */
    {0x50, 8, false, -1}, /* 20 time_frac_sec */
    {0x58, 8, false, 5},  /* 21 time_esterror_nanosec */
    {0x60, 8, false, 6},  /* 22 time_maxerror_nanosec */
    {0x68, 8, false, 8},  /* 23 vm_generation_counter */
};
enum { SPEC_FIELDS = 24 };

/*
 * Any view, empty ones included, for claims about values: no field lies beyond these bytes. NULL is tried beside it, by
 * a call of its own: a pointer that is NULL or not makes everything much harder to prove.
 */
static uint8_t spec_bytes[112];
static const struct vmclock_view *any_view(struct vmclock_view *view)
{
    __CPROVER_havoc_object(spec_bytes);
    *view = (struct vmclock_view){spec_bytes, nondet_u32()};
    return view;
}

/* The same, for the claim that no byte outside is read: the view's bytes are an object of that size. */
static const struct vmclock_view *any_tight_view(struct vmclock_view *view)
{
    view->len = nondet_u32();
    view->base = any_bytes(view->len);
    return view;
}

/* ---- What a page's bytes say, for a view that may be NULL ---- */

static bool spec_present(const struct vmclock_view *view, unsigned field)
{
    return view != NULL && field >= 1 && field < SPEC_FIELDS &&
           view->len >= spec_fields[field].offset + spec_fields[field].width;
}

static uint64_t spec_raw(const struct vmclock_view *view, unsigned field)
{
    return spec_number(view->base + spec_fields[field].offset, spec_fields[field].width);
}

static bool spec_flag(const struct vmclock_view *view, int bit)
{
    return bit < 0 || (spec_present(view, 8) && (spec_raw(view, 8) >> bit & 1) != 0);
}

static bool spec_meaningful(const struct vmclock_view *view, unsigned field)
{
    return spec_present(view, field) && spec_flag(view, spec_fields[field].bit);
}

/* As 64 bits, the sign extended. */
static uint64_t spec_value(const struct vmclock_view *view, unsigned field)
{
    const uint64_t raw = spec_raw(view, field);

    return spec_fields[field].is_signed ? (uint64_t)(int64_t)(int16_t)(uint16_t)raw : raw;
}

/* ---- Errors ---- */

struct spec_error {
    int kind, reason, field;
    uint64_t expected, actual;
};

/* Of the system's calls there is nothing in the core. */
static void claim_error(const struct vmclock_error *err, const struct spec_error *spec)
{
    claim((int)err->kind == spec->kind, "kind");
    claim((int)err->reason == spec->reason, "reason");
    claim((int)err->field == spec->field, "field");
    claim(err->offset == spec_fields[spec->field].offset, "offset");
    claim(err->expected == spec->expected, "expected");
    claim(err->actual == spec->actual, "actual");
    claim(err->sys_errno == 0 && err->origin == NULL, "no system call");
}

#endif
