/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors filled in; inline, so that compilers see which of the results are failures. */
#ifndef VMCLOCK_ERROR_H
#define VMCLOCK_ERROR_H

#include "vmclock.h"

/* The kind of a reason; OK for what is none. */
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
void vmclock_fill_error_(struct vmclock_error *err, enum vmclock_reason reason, enum vmclock_field field,
                         uint64_t expected, uint64_t actual);
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

#endif
