/* SPDX-License-Identifier: BSD-2-Clause */
/* The gate to private bytes, for view.c, parse.c and scan.c; inline, since a header is read on every snapshot. */
#ifndef VMCLOCK_VIEW_H
#define VMCLOCK_VIEW_H

#include "names.h"

/*
 * Little-endian, of any alignment. Written out, and with +, so that compilers make one load of it and provers follow.
 */
static inline uint64_t vmclock_little_endian_(const uint8_t *p, size_t width)
{
    uint64_t value = p[0];

    if (width >= 2)
        value += (uint64_t)p[1] << 8;
    if (width >= 4)
        value += ((uint64_t)p[2] << 16) + ((uint64_t)p[3] << 24);
    if (width == 8)
        value += ((uint64_t)p[4] << 32) + ((uint64_t)p[5] << 40) + ((uint64_t)p[6] << 48) + ((uint64_t)p[7] << 56);
    return value;
}

/* The one gate: bytes are read here or not at all. Nothing is added to what came from outside, so nothing can wrap. */
static inline bool vmclock_load_(const struct vmclock_view *view, size_t offset, size_t width, uint64_t *out)
{
    if (view == NULL || offset > view->len || width > view->len - offset)
        return false;
    *out = vmclock_little_endian_(view->base + offset, width);
    return true;
}

/* The same gate for who searches large memory: `width` bytes from `offset` on, or NULL where there are fewer. */
static inline const uint8_t *vmclock_bytes_(const uint8_t *base, size_t len, uint64_t offset, size_t width)
{
    return base == NULL || offset > len || width > len - offset ? NULL : base + offset;
}

/* A field's bits in the unit of 8 bytes that holds it. */
#define VMCLOCK_PART_(unit, NAME) ((unit) >> (8 * (VMCLOCK_AT_##NAME % 8)))

/* Decodes the header; false, and *out untouched, when the view has less than 16 bytes. */
static inline bool vmclock_view_header_(const struct vmclock_view *view, struct vmclock_shm_header *out)
{
    uint64_t first, second;

    if (!vmclock_load_(view, 0, sizeof first, &first) || !vmclock_load_(view, sizeof first, sizeof second, &second))
        return false;
    out->magic = (uint32_t)VMCLOCK_PART_(first, MAGIC);
    out->size = (uint32_t)VMCLOCK_PART_(first, SIZE);
    out->version = (uint16_t)VMCLOCK_PART_(second, VERSION);
    out->counter_id = (uint8_t)VMCLOCK_PART_(second, COUNTER_ID);
    out->time_type = (uint8_t)VMCLOCK_PART_(second, TIME_TYPE);
    out->seq_count = (uint32_t)VMCLOCK_PART_(second, SEQ_COUNT);
    return true;
}

/* Finds the first byte that is not 0 at or after offset `from`. */
bool vmclock_view_find_nonzero_(const struct vmclock_view *view, uint32_t from, uint32_t *offset, uint8_t *byte);

#endif
