/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hot functions, each called once where callgrind counts: in functions named counted_*. Counts of instructions hold
 * still where times do not; counts.sh compares them with those that are checked in.
 */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "vmclock.h"

enum { ATTEMPTS = 16, LARGE = 1 << 20 };

/* What each of them works on; volatile, so that nothing is known at compile time. */
static struct vmclock_page values;
static void *volatile live, *volatile private, *volatile refused, *volatile large;
static struct vmclock_snapshot snapshot, older;
static struct vmclock_view view, later;
static struct vmclock_clock clock_data;
static struct vmclock_reading reading;
static volatile uint64_t result;

#define COUNTED(name, ...)                             \
    __attribute__((noinline)) static void counted_##name(void) \
    {                                                  \
        __VA_ARGS__                                    \
    }

COUNTED(header_parse, struct vmclock_shm_header header;
        result = (uint64_t)vmclock_shm_header_read(private, VMCLOCK_PAGE_SIZE, &header, NULL) + header.size;)
COUNTED(header_refused, struct vmclock_error err;
        result = (uint64_t)vmclock_shm_header_read(refused, VMCLOCK_PAGE_SIZE, NULL, &err) + err.actual;)
COUNTED(page_parse, result = (uint64_t)vmclock_parse(private, VMCLOCK_PAGE_SIZE, 0, &view, NULL);)
COUNTED(decode, struct vmclock_page page; vmclock_decode(&view, &page); result = page.time_sec;)
COUNTED(field_by_name, uint64_t sec = 0; result = vmclock_get_time_sec(&view, &sec) + sec;)
COUNTED(field_by_number, uint64_t sec = 0; result = vmclock_get(&view, VMCLOCK_FIELD_TIME_SEC, &sec) + sec;)
COUNTED(findings, result = vmclock_findings(&view);)
COUNTED(snapshot_quiet,
        result = (uint64_t)vmclock_snapshot_take(live, VMCLOCK_PAGE_SIZE, ATTEMPTS, &snapshot, NULL);)
COUNTED(unchanged, result = vmclock_unchanged(live, VMCLOCK_PAGE_SIZE, &snapshot);)
COUNTED(compare_unchanged, result = (uint64_t)vmclock_snapshot_compare(live, VMCLOCK_PAGE_SIZE, &snapshot, ATTEMPTS);)
COUNTED(compare_updated, result = (uint64_t)vmclock_snapshot_compare(live, VMCLOCK_PAGE_SIZE, &older, ATTEMPTS);)
COUNTED(publish_clock, result = (uint64_t)vmclock_publish_clock(live, VMCLOCK_PAGE_SIZE, &values, NULL);)
COUNTED(publish_replace, result = (uint64_t)vmclock_publish_replace(live, VMCLOCK_PAGE_SIZE, &values, NULL);)
COUNTED(clock_open, result = (uint64_t)vmclock_clock_open(&view, VMCLOCK_ANY_COUNTER, 0, &clock_data, NULL);)
COUNTED(conversion, struct vmclock_time time;
        result = (uint64_t)vmclock_clock_time(&clock_data, values.counter_value + 12345, &time, NULL) + time.sec;)
COUNTED(reading,
        result = (uint64_t)vmclock_clock_read(&clock_data, values.counter_value + 12345, &reading, NULL) +
                 reading.time.sec;)
COUNTED(bounds_in_nanoseconds, struct vmclock_bounds bounds = vmclock_reading_bounds(&reading);
        result = bounds.earliest.sec + bounds.latest.nsec;)
COUNTED(diff, unsigned cursor = 0; result = (uint64_t)vmclock_views_compare(&view, &later) +
        vmclock_transitions_next(&view, &later, &cursor, NULL);)
COUNTED(scan_by_pages, struct vmclock_scan scan; vmclock_scan_begin(&scan, 0, VMCLOCK_PAGE_SIZE, 0);
        result = vmclock_scan_next(&scan, large, LARGE, 0, NULL);)
COUNTED(scan_by_words, struct vmclock_scan scan; vmclock_scan_begin(&scan, 0, 4, 0);
        result = vmclock_scan_next(&scan, large, LARGE, 0, NULL);)
COUNTED(scan_by_bytes, struct vmclock_scan scan; vmclock_scan_begin(&scan, 0, 1, 0);
        result = vmclock_scan_next(&scan, large, LARGE, 0, NULL);)

static void *map(size_t size)
{
    void *const at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED)
        abort();
    return at;
}

static void must(enum vmclock_err kind)
{
    if (kind != VMCLOCK_OK)
        abort();
}

/* As a good writer leaves it; AFTER is one calibration later. */
static void *encoded(bool after)
{
    struct vmclock_page page = values;
    void *const bytes = map(VMCLOCK_PAGE_SIZE);

    if (after) {
        page.seq_count += 2;
        page.counter_value += 1000000000;
        page.time_sec++;
        page.time_frac_sec = 1 << 30; /* the period is not quite 1 ns */
    }
    vmclock_encode(&page, bytes, VMCLOCK_PAGE_SIZE);
    return bytes;
}

static void set_up(void)
{
    uint32_t state = 1;
    unsigned char *bytes;

    values = (struct vmclock_page){.magic = VMCLOCK_MAGIC, .size = VMCLOCK_PAGE_SIZE, .version = VMCLOCK_LAYOUT_VERSION,
        .counter_id = VMCLOCK_COUNTER_X86_TSC, .time_type = VMCLOCK_TIME_TAI, .seq_count = 2, .disruption_marker = 1,
        .flags = VMCLOCK_FLAGS_KNOWN & ~UINT64_C(6), .clock_status = VMCLOCK_STATUS_SYNCHRONIZED, .tai_offset_sec = -37,
        .counter_period_shift = 29, .counter_value = UINT64_C(1) << 40,
        .counter_period_frac_sec = UINT64_C(0x89705F4136B4A597), /* 1 GHz */
        .counter_period_maxerror_rate_frac_sec = UINT64_C(495176015714153), .time_sec = 1483228836,
        .time_maxerror_nanosec = 2500};
    private = encoded(false);
    refused = encoded(false);
    *(char *)refused = 'X';
    must(vmclock_parse(encoded(true), VMCLOCK_PAGE_SIZE, 0, &later, NULL));
    live = map(VMCLOCK_PAGE_SIZE);
    must(vmclock_publish_init(live, VMCLOCK_PAGE_SIZE, &values, NULL));
    must(vmclock_snapshot_take(live, VMCLOCK_PAGE_SIZE, ATTEMPTS, &older, NULL));
    must(vmclock_publish_clock(live, VMCLOCK_PAGE_SIZE, &values, NULL));
    bytes = large = map(LARGE);
    for (size_t i = 0; i < LARGE; i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = (unsigned char)(state >> 24);
    }
}

int main(void)
{
    set_up();
    counted_header_parse();
    counted_header_refused();
    counted_page_parse();
    counted_decode();
    counted_field_by_name();
    counted_field_by_number();
    counted_findings();
    counted_snapshot_quiet();
    counted_unchanged();
    counted_compare_unchanged();
    counted_compare_updated();
    counted_publish_clock();
    counted_publish_replace();
    counted_clock_open();
    counted_conversion();
    counted_reading();
    counted_bounds_in_nanoseconds();
    counted_diff();
    counted_scan_by_pages();
    counted_scan_by_words();
    counted_scan_by_bytes();
    return 0;
}
