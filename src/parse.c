/* SPDX-License-Identifier: BSD-2-Clause */
/* The parser of private bytes: the header's checks for those who have a page, or only its header. */
#include "parse.h"

enum vmclock_err vmclock_shm_header_read(const void *buf, size_t len, struct vmclock_shm_header *header,
                                         struct vmclock_error *err)
{
    const struct vmclock_view bytes = vmclock_raw_view_(buf, len);
    struct vmclock_shm_header unused, *to = header != NULL ? header : &unused;
    enum vmclock_err kind;

    *to = (struct vmclock_shm_header){0};
    kind = vmclock_check_header_(&bytes, buf == NULL ? 0 : len, to, err);
    return kind != VMCLOCK_OK ? kind : vmclock_succeed_(err);
}

enum vmclock_err vmclock_parse(const void *buf, size_t len, unsigned flags, struct vmclock_view *view,
                               struct vmclock_error *err)
{
    const size_t region = buf == NULL ? 0 : len;

    return vmclock_parse_region_(buf, region, region, flags, view, err);
}
