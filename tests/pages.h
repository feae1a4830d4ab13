/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages for tests, built by little-endian stores at offsets written out from the uapi header: a second opinion, which
 * takes nothing from the library's field table.
 */
#ifndef PAGES_H
#define PAGES_H

#include <stdint.h>
#include <string.h>

enum {
    AT_MAGIC = 0x00,
    AT_SIZE = 0x04,
    AT_VERSION = 0x08,
    AT_COUNTER_ID = 0x0a,
    AT_TIME_TYPE = 0x0b,
    AT_SEQ_COUNT = 0x0c,
    AT_DISRUPTION_MARKER = 0x10,
    AT_FLAGS = 0x18,
    AT_PAD = 0x20,
    AT_CLOCK_STATUS = 0x22,
    AT_LEAP_SECOND_SMEARING_HINT = 0x23,
    AT_TAI_OFFSET_SEC = 0x24,
    AT_LEAP_INDICATOR = 0x26,
    AT_COUNTER_PERIOD_SHIFT = 0x27,
    AT_COUNTER_VALUE = 0x28,
    AT_COUNTER_PERIOD_FRAC_SEC = 0x30,
    AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC = 0x38,
    AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC = 0x40,
    AT_TIME_SEC = 0x48,
    AT_TIME_FRAC_SEC = 0x50,
    AT_TIME_ESTERROR_NANOSEC = 0x58,
    AT_TIME_MAXERROR_NANOSEC = 0x60,
    AT_VM_GENERATION_COUNTER = 0x68,
    PAST_STRUCTURE = 0x70,
    PAGE = 4096
};

/* 1 GHz: UAPI.13's example of a period, and its shift. */
#define PERIOD_1GHZ UINT64_C(0x89705F4136B4A597)
#define SHIFT_1GHZ 29

static inline void put_le(uint8_t *at, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}
static inline void put8(uint8_t *page, unsigned offset, unsigned value)
{
    put_le(page + offset, 1, value);
}
static inline void put16(uint8_t *page, unsigned offset, unsigned value)
{
    put_le(page + offset, 2, value);
}
static inline void put32(uint8_t *page, unsigned offset, uint32_t value)
{
    put_le(page + offset, 4, value);
}
static inline void put64(uint8_t *page, unsigned offset, uint64_t value)
{
    put_le(page + offset, 8, value);
}

/* What QEMU shows after its start: no clock data. `len` zeroed bytes, at least 16, that claim to be `size`. */
static inline void build_signal_page(uint8_t *page, size_t len, uint32_t size)
{
    memset(page, 0, len);
    put32(page, AT_MAGIC, 0x4b4c4356);
    put32(page, AT_SIZE, size);
    put16(page, AT_VERSION, 1);
    put8(page, AT_COUNTER_ID, 0xff);
    put32(page, AT_SEQ_COUNT, 2);
    if (len >= 24)
        put64(page, AT_DISRUPTION_MARKER, 1);
}

/* A page with all clock data, about which there is nothing to find; every field has a value of its own. */
static inline void build_clock_page(uint8_t page[PAGE])
{
    build_signal_page(page, PAGE, PAGE);
    put8(page, AT_COUNTER_ID, 1);                       /* X86_TSC */
    put8(page, AT_TIME_TYPE, 1);                        /* TAI */
    put32(page, AT_SEQ_COUNT, 0x00c0ffee);
    put64(page, AT_DISRUPTION_MARKER, UINT64_C(0x1112131415161718));
    put64(page, AT_FLAGS, 0x379);                       /* TAI offset, all four errors, generation, notification */
    put8(page, AT_CLOCK_STATUS, 2);                     /* SYNCHRONIZED */
    put16(page, AT_TAI_OFFSET_SEC, 0x10000 - 37);
    put8(page, AT_COUNTER_PERIOD_SHIFT, SHIFT_1GHZ);
    put64(page, AT_COUNTER_VALUE, UINT64_C(0x2122232425262728));
    put64(page, AT_COUNTER_PERIOD_FRAC_SEC, PERIOD_1GHZ);
    put64(page, AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, UINT64_C(99035203142831));   /* 10 ppm */
    put64(page, AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, UINT64_C(495176015714153));  /* 50 ppm */
    put64(page, AT_TIME_SEC, 1483228836);               /* 2016-12-31 23:59:59 UTC + 37 s */
    put64(page, AT_TIME_FRAC_SEC, UINT64_C(1) << 63);
    put64(page, AT_TIME_ESTERROR_NANOSEC, 1500);
    put64(page, AT_TIME_MAXERROR_NANOSEC, 2500000);
    put64(page, AT_VM_GENERATION_COUNTER, UINT64_C(0x3132333435363738));
}

#endif
