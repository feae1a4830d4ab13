/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bounded view of private bytes. With view.h, which has the gate, the only file that turns an offset into a
 * pointer. Never writes, keeps or follows anything.
 */
#include "view.h"

/* Whether a field that `flag` announces (0: none needed) means something. */
static inline bool announced(uint64_t flags, uint64_t flag)
{
    return (flags & flag) == flag;
}

static inline uint64_t flags_of(const struct vmclock_view *view)
{
    uint64_t flags = 0;

    (void)vmclock_load_(view, VMCLOCK_AT_FLAGS, sizeof flags, &flags);
    return flags;
}

/* Loads a field that means something. */
static inline bool load_meaningful(const struct vmclock_view *view, size_t offset, size_t width, uint64_t flag,
                                   uint64_t *value)
{
    return vmclock_load_(view, offset, width, value) && announced(flags_of(view), flag);
}

#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence) \
    bool vmclock_get_##name(const struct vmclock_view *view, type *out)    \
    {                                                                      \
        uint64_t value;                                                    \
                                                                           \
        if (!load_meaningful(view, (offset), sizeof(type), (flag), &value)) \
            return false;                                                  \
        if (out != NULL)                                                   \
            *out = (type)value;                                            \
        return true;                                                       \
    }
VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X

enum vmclock_presence vmclock_get_raw(const struct vmclock_view *view, enum vmclock_field field, uint64_t *out)
{
    const struct vmclock_field_row *info = vmclock_field_info(field);
    uint64_t value;

    if (info == NULL || !vmclock_load_(view, info->offset, info->width, &value))
        return VMCLOCK_ABSENT;
    if (info->is_signed) {
        const uint64_t sign = UINT64_C(1) << (8 * info->width - 1);
        value = (value ^ sign) - sign;
    }
    if (out != NULL)
        *out = value;
    return announced(flags_of(view), info->flag) ? VMCLOCK_MEANINGFUL : VMCLOCK_UNANNOUNCED;
}

bool vmclock_get(const struct vmclock_view *view, enum vmclock_field field, uint64_t *out)
{
    uint64_t value;

    if (vmclock_get_raw(view, field, &value) != VMCLOCK_MEANINGFUL)
        return false;
    if (out != NULL)
        *out = value;
    return true;
}

void vmclock_decode(const struct vmclock_view *view, struct vmclock_page *page)
{
    const uint64_t flags = flags_of(view);
    uint32_t present = 0, meaningful = 0;
    uint64_t value;

    if (page == NULL)
        return;
#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence)                            \
    page->name = 0;                                                                                   \
    if (vmclock_load_(view, (offset), sizeof(type), &value)) {                                        \
        page->name = (type)value;                                                                     \
        present |= UINT32_C(1) << VMCLOCK_FIELD_##NAME;                                               \
        meaningful |= (uint32_t)announced(flags, (flag)) << VMCLOCK_FIELD_##NAME;                     \
    }
    VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X
    page->present = present;
    page->meaningful = meaningful;
}

/* NONE has no bit, and numbers that are no field have no place in a set of 32. */
static bool in_set(uint32_t set, enum vmclock_field field)
{
    return vmclock_field_info(field) != NULL && (set >> (unsigned)field & 1) != 0;
}

bool vmclock_page_has(const struct vmclock_page *page, enum vmclock_field field)
{
    return page != NULL && in_set(page->meaningful, field);
}

bool vmclock_page_present(const struct vmclock_page *page, enum vmclock_field field)
{
    return page != NULL && in_set(page->present, field);
}

size_t vmclock_view_len(const struct vmclock_view *view)
{
    return view == NULL ? 0 : view->len;
}

bool vmclock_view_find_nonzero_(const struct vmclock_view *view, uint32_t from, uint32_t *offset, uint8_t *byte)
{
    for (uint32_t at = from; at < view->len; at++) {
        if (view->base[at] != 0) {
            *offset = at;
            *byte = view->base[at];
            return true;
        }
    }
    return false;
}
