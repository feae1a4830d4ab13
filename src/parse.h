/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checks of a page's header, in their documented order, which is ClockBound's. Inline, since every snapshot makes
 * them. They read bytes only through a view of the real region, and decide on their own copy of the header.
 */
#ifndef VMCLOCK_PARSE_H
#define VMCLOCK_PARSE_H

#include "error.h"
#include "view.h"

#define VMCLOCK_MAGIC_SWAPPED_ __builtin_bswap32(VMCLOCK_MAGIC)

/* ClockBound's VMClockShmHeader::read, and why it refuses. */
static inline enum vmclock_err vmclock_check_header_(const struct vmclock_view *bytes, size_t region,
                                                     struct vmclock_shm_header *h, struct vmclock_error *err)
{
    if (region == 0)
        return vmclock_fail_(err, VMCLOCK_REASON_EMPTY, VMCLOCK_FIELD_NONE, VMCLOCK_HEADER_SIZE, 0);
    if (!vmclock_view_header_(bytes, h))
        return vmclock_fail_(err, VMCLOCK_REASON_TRUNCATED, VMCLOCK_FIELD_NONE, VMCLOCK_HEADER_SIZE, region);
    if (h->magic == VMCLOCK_MAGIC_SWAPPED_)
        return vmclock_fail_(err, VMCLOCK_REASON_MAGIC_BYTE_SWAPPED, VMCLOCK_FIELD_MAGIC, VMCLOCK_MAGIC, h->magic);
    if (h->magic != VMCLOCK_MAGIC)
        return vmclock_fail_(err, VMCLOCK_REASON_BAD_MAGIC, VMCLOCK_FIELD_MAGIC, VMCLOCK_MAGIC, h->magic);
    if (h->version == 0)
        return vmclock_fail_(err, VMCLOCK_REASON_VERSION_ZERO, VMCLOCK_FIELD_VERSION, VMCLOCK_LAYOUT_VERSION, 0);
    if (h->size < VMCLOCK_HEADER_SIZE)
        return vmclock_fail_(err, VMCLOCK_REASON_SIZE_TOO_SMALL, VMCLOCK_FIELD_SIZE, VMCLOCK_HEADER_SIZE, h->size);
    return VMCLOCK_OK;
}

static inline enum vmclock_err vmclock_check_page_(const struct vmclock_shm_header *h, size_t region,
                                                   unsigned flags, struct vmclock_error *err)
{
    if (h->version != VMCLOCK_LAYOUT_VERSION)
        return vmclock_fail_(err, VMCLOCK_REASON_VERSION_UNSUPPORTED, VMCLOCK_FIELD_VERSION, VMCLOCK_LAYOUT_VERSION,
                             h->version);
    if (h->size < VMCLOCK_MIN_SIZE)
        return vmclock_fail_(err, VMCLOCK_REASON_SIZE_TOO_SMALL, VMCLOCK_FIELD_SIZE, VMCLOCK_MIN_SIZE, h->size);
    if (h->size > region && (flags & VMCLOCK_ALLOW_TRUNCATED) == 0)
        return vmclock_fail_(err, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, VMCLOCK_FIELD_SIZE, region, h->size);
    if (region < VMCLOCK_MIN_SIZE)
        return vmclock_fail_(err, VMCLOCK_REASON_TRUNCATED, VMCLOCK_FIELD_NONE, VMCLOCK_MIN_SIZE, region);
    return VMCLOCK_OK;
}

/* The bytes before anything is known of them. A view counts in 32 bits, as `size` does: no page reaches further. */
static inline struct vmclock_view vmclock_raw_view_(const void *buf, size_t len)
{
    struct vmclock_view view = {0};

    if (buf != NULL) {
        view.base = buf;
        view.len = len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
    }
    return view;
}

/* vmclock_parse() for the case that buf holds only the first `len` bytes of a region of `region` bytes. */
static inline enum vmclock_err vmclock_parse_region_(const void *buf, size_t len, size_t region, unsigned flags,
                                                     struct vmclock_view *view, struct vmclock_error *err)
{
    const struct vmclock_view bytes = vmclock_raw_view_(buf, len);
    struct vmclock_shm_header h = {0};
    enum vmclock_err kind = vmclock_check_header_(&bytes, region, &h, err);

    if (kind == VMCLOCK_OK)
        kind = vmclock_check_page_(&h, region, flags, err);
    if (kind != VMCLOCK_OK) {
        if (view != NULL)
            *view = (struct vmclock_view){0};
        return kind;
    }
    if (view != NULL) {
        view->base = bytes.base;
        view->len = bytes.len < h.size ? bytes.len : h.size; /* the claim only ever shortens what is really there */
    }
    return vmclock_succeed_(err);
}

#endif
