/* SPDX-License-Identifier: BSD-2-Clause */
/* Somebody else's program: reads the disruption marker of a page of 32 bytes. */
#include <stdio.h>
#include <vmclock.h>

int main(void)
{
    const unsigned char page[32] = {'V', 'C', 'L', 'K', 32, 0, 0, 0, 1, 0, 255, 0, 2, 0, 0, 0, 7};
    struct vmclock_view view;
    uint64_t marker = 0;

    if (vmclock_parse(page, sizeof page, 0, &view, NULL) != VMCLOCK_OK)
        return 1;
    if (!vmclock_get_disruption_marker(&view, &marker) || marker != 7)
        return 2;
    printf("libvmclock %s\n", vmclock_lib_version());
    return 0;
}
