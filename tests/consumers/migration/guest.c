/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An agent in a guest: does three pieces of work, each of them as a transaction that is only committed when nothing was
 * disrupted meanwhile; and has a key of its own, which a restored machine must not share with another copy of it. It
 * sees the page read-only, as a guest does.
 *
 * usage: guest MEMORY   standard input: a byte when a transaction may go on; descriptor 3: a byte when one has begun
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine.h"

enum { ATTEMPTS = 1000, TRANSACTIONS = 3 };

int main(int argc, char **argv)
{
    const int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    const volatile void *page;
    unsigned key = 1;
    char byte;

    if (fd < 0)
        return 2;
    page = mmap(NULL, VMCLOCK_PAGE_SIZE, PROT_READ, MAP_SHARED, fd, MACHINE_PAGE_AT);
    if (page == MAP_FAILED)
        return 2;
    for (int i = 1; i <= TRANSACTIONS; i++) {
        struct vmclock_snapshot since;
        enum vmclock_change change;

        if (vmclock_snapshot_take(page, VMCLOCK_PAGE_SIZE, ATTEMPTS, &since, NULL) != VMCLOCK_OK)
            return 3;
        if (write(3, "x", 1) != 1 || read(STDIN_FILENO, &byte, 1) != 1)
            return 4;
        if (vmclock_unchanged(page, VMCLOCK_PAGE_SIZE, &since))
            change = VMCLOCK_UNCHANGED;
        else
            change = vmclock_snapshot_compare(page, VMCLOCK_PAGE_SIZE, &since, ATTEMPTS);
        if (change == VMCLOCK_RESTORED)
            key++;
        printf("%d %s, key %u\n", i, change >= VMCLOCK_DISRUPTED ? "thrown away" : "committed", key);
    }
    return 0;
}
