/* SPDX-License-Identifier: BSD-2-Clause */
/* Somebody else's library, built upon ours. */
#include <vmclock.h>

uint64_t marker_of(const void *bytes, size_t len);

uint64_t marker_of(const void *bytes, size_t len)
{
    struct vmclock_view view;
    uint64_t marker = 0;

    if (vmclock_parse(bytes, len, 0, &view, NULL) == VMCLOCK_OK)
        (void)vmclock_get_disruption_marker(&view, &marker);
    return marker;
}
