/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One life of a live page, without a test framework: for machines of other widths and byte orders, under emulation too.
 * Bytes are held against literals, and the reader has a read-only mapping, which it must not write to for any load.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmclock.h"

static const unsigned char expected[VMCLOCK_STRUCT_SIZE] = {
    'V',  'C',  'L',  'K',  0x70, 0x00, 0x00, 0x00, 0x01, 0x00, 0x07, 0x08, 0x02, 0x00, 0x00, 0x00, /* header */
    0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* marker, flags */
    0x32, 0x31, 0x33, 0x34, 0xdb, 0xff, 0x37, 0x38, 0x48, 0x47, 0x46, 0x45, 0x44, 0x43, 0x42, 0x41,
    [104] = 0xff, 0xff, 0xff, 0xff}; /* the generation counter, about to carry */

static int check(const char *what, int good)
{
    if (!good)
        fprintf(stderr, "portable: failed: %s\n", what);
    return good;
}

int main(void)
{
    const size_t unit = (size_t)sysconf(_SC_PAGESIZE), len = VMCLOCK_STRUCT_SIZE;
    const struct vmclock_page values = {.size = 112, .counter_id = 7, .time_type = 8, .seq_count = 1,
                                        .disruption_marker = UINT64_C(0x1112131415161718), .flags = 1, .pad = 0x3132,
                                        .clock_status = 0x33, .leap_second_smearing_hint = 0x34, .tai_offset_sec = -37,
                                        .leap_indicator = 0x37, .counter_period_shift = 0x38,
                                        .counter_value = UINT64_C(0x4142434445464748),
                                        .vm_generation_counter = 0xffffffff};
    unsigned char *page = mmap(NULL, unit, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct vmclock_snapshot snapshot;
    struct vmclock_page decoded;
    struct vmclock_view view;
    struct vmclock_error err;
    int good;

    if (page == MAP_FAILED)
        return 2;
    page += unit - len;
    good = check("init", vmclock_publish_init(page, len, &values, &err) == VMCLOCK_OK);
    good &= check("the bytes of a page", memcmp(page, expected, len) == 0);
    good &= check("mprotect", mprotect(page + len - unit, unit, PROT_READ) == 0);
    good &= check("a snapshot", vmclock_snapshot_take(page, len, 1, &snapshot, &err) == VMCLOCK_OK);
    good &= check("its bytes", memcmp(snapshot.words, expected, len) == 0 && snapshot.seq_count == 2);
    view = vmclock_snapshot_view(&snapshot);
    vmclock_decode(&view, &decoded);
    good &= check("its values", decoded.disruption_marker == values.disruption_marker &&
                  decoded.tai_offset_sec == -37 &&
                                    decoded.counter_value == values.counter_value &&
                                    decoded.vm_generation_counter == values.vm_generation_counter);
    good &= check("no change", vmclock_snapshot_compare(page, len, &snapshot, 1) == VMCLOCK_UNCHANGED);
    good &= check("mprotect", mprotect(page + len - unit, unit, PROT_READ | PROT_WRITE) == 0);
    good &= check("an update", vmclock_publish_replace(page, len, &values, &err) == VMCLOCK_OK);
    good &= check("is noticed", vmclock_snapshot_compare(page, len, &snapshot, 1) == VMCLOCK_UPDATED);
    good &= check("a restore", vmclock_publish_restored(page, len, &err) == VMCLOCK_OK);
    good &= check("is noticed", vmclock_snapshot_compare(page, len, &snapshot, 1) == VMCLOCK_DISRUPTED);
    good &= check("the bytes of a restored page", page[0x0c] == 6 && page[0x10] == 0x19 && page[0x19] == 0x01 &&
                                                      page[0x68] == 0 && page[0x6b] == 0 && page[0x6c] == 1);
    good &= check("a snapshot", vmclock_snapshot_take(page, len, 1, &snapshot, &err) == VMCLOCK_OK);
    good &= check("no change", vmclock_unchanged(page, len, &snapshot) && (vmclock_unchanged)(page, len, &snapshot));
    good &= check("another restore", vmclock_publish_restored(page, len, &err) == VMCLOCK_OK);
    good &= check("is noticed", !vmclock_unchanged(page, len, &snapshot) &&
                                    vmclock_snapshot_compare(page, len, &snapshot, 1) == VMCLOCK_RESTORED);
    good &= check("clock data", vmclock_publish_clock(page, len, &values, &err) == VMCLOCK_OK && page[0x0c] == 10 &&
                                    page[0x10] == 0x1a && page[0x22] == 0x33 && page[0x6c] == 1);
    good &= check("a stalled update", vmclock_publish_begin(page, len, &err) == VMCLOCK_OK &&
                                          vmclock_snapshot_take(page, len, 3, &snapshot, &err) != VMCLOCK_OK &&
                                          err.reason == VMCLOCK_REASON_UPDATE_STALLED && err.actual == 11);
    return good ? 0 : 1;
}
