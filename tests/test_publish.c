/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writer's half: what each store leaves for a reader to see, the rules of seq_count, and that refusals touch
 * nothing.
 */
#include "suite.h"

#include <limits.h>
#include <setjmp.h>

#include "pages.h"
#include "watched.h"

__typeof__(vmclock_encode) watched_encode;
__typeof__(vmclock_publish_init) watched_publish_init;
__typeof__(vmclock_publish_begin) watched_publish_begin;
__typeof__(vmclock_publish_commit) watched_publish_commit;
__typeof__(vmclock_publish_set) watched_publish_set;
__typeof__(vmclock_publish_add) watched_publish_add;
__typeof__(vmclock_publish_or) watched_publish_or;
__typeof__(vmclock_publish_guarded) watched_publish_guarded;
__typeof__(vmclock_publish_clock) watched_publish_clock;
__typeof__(vmclock_publish_replace) watched_publish_replace;
__typeof__(vmclock_publish_disrupted) watched_publish_disrupted;
__typeof__(vmclock_publish_restored) watched_publish_restored;
#define vmclock_encode watched_encode
#define vmclock_publish_init watched_publish_init
#define vmclock_publish_begin watched_publish_begin
#define vmclock_publish_commit watched_publish_commit
#define vmclock_publish_set watched_publish_set
#define vmclock_publish_add watched_publish_add
#define vmclock_publish_or watched_publish_or
#define vmclock_publish_guarded watched_publish_guarded
#define vmclock_publish_clock watched_publish_clock
#define vmclock_publish_replace watched_publish_replace
#define vmclock_publish_disrupted watched_publish_disrupted
#define vmclock_publish_restored watched_publish_restored
#include "../src/publish.c" /* from here on, these names mean the watched ones */

/* ---- The watch: the order of stores, and a reader after each of them ---- */

static struct {
    volatile uint8_t *page;
    size_t len;
    void (*reader)(void);
    bool written[PAGE]; /* the bytes that were stored to */
    char trace[256];    /* s: seq_count, m: magic, d: data (one letter however many), F: release fence */
    unsigned traced, loads, stores;
} seen;

static void trace(char event)
{
    if ((event != 'd' || seen.traced == 0 || seen.trace[seen.traced - 1] != 'd') &&
        seen.traced < sizeof seen.trace - 1)
        seen.trace[seen.traced++] = event;
}

static void watch(enum watched_access access, const volatile void *at, unsigned width)
{
    const uintptr_t offset = (uintptr_t)at - (uintptr_t)seen.page;

    if (access == RELEASES) {
        trace('F');
        return;
    }
    HOLDS(offset % width == 0 && offset <= seen.len && width <= seen.len - offset);
    if (access == LOADS) {
        seen.loads++;
        return;
    }
    EQ(access, STORED);
    seen.stores++;
    for (unsigned i = 0; i < width && offset + i < PAGE; i++)
        seen.written[offset + i] = true;
    trace(offset == AT_SEQ_COUNT ? 's' : offset == AT_MAGIC ? 'm' : 'd');
    if (seen.reader != NULL)
        seen.reader();
}

static void look(volatile void *page, size_t len)
{
    memset(&seen, 0, sizeof seen);
    seen.page = page;
    seen.len = len;
}

/* ---- Values ---- */

/* Every field has bytes that occur nowhere else; as laid out in memory, by literals. */
static const struct vmclock_page values = {
    .magic = 0x01020304, .size = 4096, .version = 0x0506, .counter_id = 0x07, .time_type = 0x08,
    .seq_count = 0x090a0b0c,
    .disruption_marker = UINT64_C(0x1112131415161718), .flags = UINT64_C(0x2122232425262728), .pad = 0x3132,
    .clock_status = 0x33, .leap_second_smearing_hint = 0x34, .tai_offset_sec = -37, .leap_indicator = 0x37,
    .counter_period_shift = 0x38, .counter_value = UINT64_C(0x4142434445464748),
    .counter_period_frac_sec = UINT64_C(0x5152535455565758),
    .counter_period_esterror_rate_frac_sec = UINT64_C(0x6162636465666768),
    .counter_period_maxerror_rate_frac_sec = UINT64_C(0x7172737475767778), .time_sec = UINT64_C(0x8182838485868788),
    .time_frac_sec = UINT64_C(0x9192939495969798), .time_esterror_nanosec = UINT64_C(0xa1a2a3a4a5a6a7a8),
    .time_maxerror_nanosec = UINT64_C(0xb1b2b3b4b5b6b7b8), .vm_generation_counter = UINT64_C(0xc1c2c3c4c5c6c7c8)};

static const uint8_t image[112] = {
    0x04, 0x03, 0x02, 0x01, 0x00, 0x10, 0x00, 0x00, 0x06, 0x05, 0x07, 0x08, 0x0c, 0x0b, 0x0a, 0x09, /* header */
    0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11, 0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21,
    0x32, 0x31, 0x33, 0x34, 0xdb, 0xff, 0x37, 0x38, 0x48, 0x47, 0x46, 0x45, 0x44, 0x43, 0x42, 0x41,
    0x58, 0x57, 0x56, 0x55, 0x54, 0x53, 0x52, 0x51, 0x68, 0x67, 0x66, 0x65, 0x64, 0x63, 0x62, 0x61,
    0x78, 0x77, 0x76, 0x75, 0x74, 0x73, 0x72, 0x71, 0x88, 0x87, 0x86, 0x85, 0x84, 0x83, 0x82, 0x81,
    0x98, 0x97, 0x96, 0x95, 0x94, 0x93, 0x92, 0x91, 0xa8, 0xa7, 0xa6, 0xa5, 0xa4, 0xa3, 0xa2, 0xa1,
    0xb8, 0xb7, 0xb6, 0xb5, 0xb4, 0xb3, 0xb2, 0xb1, 0xc8, 0xc7, 0xc6, 0xc5, 0xc4, 0xc3, 0xc2, 0xc1};

static const struct {
    unsigned at, width;
} fields[] = {{0, 4},    {4, 4},    {8, 2},    {10, 1},   {11, 1},   {12, 4},   {16, 8},   {24, 8},
              {32, 2},   {34, 1},   {35, 1},   {36, 2},   {38, 1},   {39, 1},   {0x28, 8}, {0x30, 8},
              {0x38, 8}, {0x40, 8}, {0x48, 8}, {0x50, 8}, {0x58, 8}, {0x60, 8}, {0x68, 8}};
enum { FIELDS = sizeof fields / sizeof *fields, SEQ_COUNT = 5 /* its row above */ };

static uint64_t get_le(const uint8_t *at, unsigned width)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < width; i++)
        value += (uint64_t)at[i] << (8 * i);
    return value;
}

/* A live page for writing: aligned, on the heap, ending where its block ends, filled with one byte. */
static uint8_t *make_region(size_t len, int fill)
{
    uint8_t *region = malloc(len);

    if (region == NULL)
        abort();
    memset(region, fill, len);
    return region;
}

/* ---- Encoding ---- */

static void encoding_writes_the_fields_wholly_inside_and_nothing_else(void)
{
    for (unsigned len = 0; len <= 120; len++) {
        for (unsigned shift = 0; shift < 3; shift++) {
            uint8_t *block = make_region(shift + len + 1, 0xee), *buf = exact_copy(block, shift + len);

            watched_encode(&values, buf + shift, len);
            for (unsigned i = 0; i < FIELDS; i++)
                for (unsigned at = fields[i].at; at < fields[i].at + fields[i].width && at < len; at++)
                    EQ(buf[shift + at], fields[i].at + fields[i].width <= len ? image[at] : 0xee);
            for (unsigned at = 112; at < len; at++)
                EQ(buf[shift + at], 0xee);
            free(buf);
            free(block);
        }
    }
    watched_encode(NULL, NULL, 112);
    watched_encode(&values, NULL, 112);
}

static void encoding_of_no_values_writes_nothing(void)
{
    uint8_t buf[112];

    memset(buf, 0xee, sizeof buf);
    watched_encode(NULL, buf, sizeof buf);
    for (unsigned at = 0; at < sizeof buf; at++)
        EQ(buf[at], 0xee);
}

static void encoded_page_decodes_to_the_same_values(void)
{
    struct vmclock_page made = values, decoded;
    struct vmclock_view view;
    uint8_t buf[4096] = {0}, again[4096] = {0};

    made.magic = 0x4b4c4356;
    made.version = 1;
    watched_encode(&made, buf, sizeof buf);
    EQ(vmclock_parse(buf, sizeof buf, 0, &view, NULL), VMCLOCK_OK);
    vmclock_decode(&view, &decoded);
    EQ(decoded.tai_offset_sec, -37);
    EQ(decoded.vm_generation_counter, UINT64_C(0xc1c2c3c4c5c6c7c8));
    watched_encode(&decoded, again, sizeof again);
    EQ(memcmp(buf, again, sizeof buf), 0);
}

/* ---- What every function refuses ---- */

typedef enum vmclock_err writer(volatile void *page, size_t len, struct vmclock_error *err);

static enum vmclock_err run_init(volatile void *page, size_t len, struct vmclock_error *err)
{
    return watched_publish_init(page, len, &values, err);
}
static enum vmclock_err run_set(volatile void *page, size_t len, struct vmclock_error *err)
{
    return watched_publish_set(page, len, VMCLOCK_FIELD_FLAGS, 1, err);
}
static enum vmclock_err run_add(volatile void *page, size_t len, struct vmclock_error *err)
{
    return watched_publish_add(page, len, VMCLOCK_FIELD_FLAGS, 1, err);
}
static enum vmclock_err run_or(volatile void *page, size_t len, struct vmclock_error *err)
{
    return watched_publish_or(page, len, VMCLOCK_FIELD_FLAGS, 1, err);
}
static enum vmclock_err run_guarded(volatile void *page, size_t len, struct vmclock_error *err)
{
    return watched_publish_guarded(page, len, &values, err);
}
static enum vmclock_err run_clock(volatile void *page, size_t len, struct vmclock_error *err)
{
    return watched_publish_clock(page, len, &values, err);
}
static enum vmclock_err run_replace(volatile void *page, size_t len, struct vmclock_error *err)
{
    return watched_publish_replace(page, len, &values, err);
}

static const struct {
    const char *name;
    writer *run;
} writers[] = {{"init", run_init},
               {"begin", watched_publish_begin},
               {"commit", watched_publish_commit},
               {"set", run_set},
               {"add", run_add},
               {"or", run_or},
               {"guarded", run_guarded},
               {"clock", run_clock},
               {"replace", run_replace},
               {"disrupted", watched_publish_disrupted},
               {"restored", watched_publish_restored}};
enum { WRITERS = sizeof writers / sizeof *writers };

static void expect_refusal(const char *row, enum vmclock_err kind, const struct vmclock_error *err,
                           enum vmclock_reason reason, uint64_t expected, uint64_t actual)
{
    EQ_IN(row, err->reason, reason);
    EQ_IN(row, kind, vmclock_reason_kind(reason));
    EQ_IN(row, err->kind, kind);
    EQ_IN(row, err->expected, expected);
    EQ_IN(row, err->actual, actual);
    EQ_IN(row, seen.loads + seen.stores, 0);
}

static void regions_below_32_bytes_are_refused_and_not_touched(void)
{
    struct vmclock_error err;

    for (unsigned i = 0; i < WRITERS; i++) {
        const char *row = writers[i].name;
        enum vmclock_err kind;

        look(NULL, 0);
        kind = writers[i].run(NULL, 4096, &err);
        expect_refusal(row, kind, &err, VMCLOCK_REASON_EMPTY, 32, 0);
        EQ_IN(row, writers[i].run(NULL, 4096, NULL), kind);
        for (unsigned len = 0; len < 32; len++) {
            uint8_t *region = make_region(len + 1, 0), *page = exact_copy(region, len);

            look(page, len);
            kind = writers[i].run(len > 0 ? page : region, len, &err);
            expect_refusal(row, kind, &err, len > 0 ? VMCLOCK_REASON_TRUNCATED : VMCLOCK_REASON_EMPTY, 32, len);
            free(page);
            free(region);
        }
    }
}

static void regions_not_aligned_to_8_bytes_are_refused_and_not_touched(void)
{
    uint8_t *region = make_region(4200, 0);
    struct vmclock_error err;

    for (unsigned i = 0; i < WRITERS; i++) {
        for (unsigned shift = 0; shift <= 8; shift++) {
            enum vmclock_err kind;

            look(region + shift, 4096);
            kind = writers[i].run(region + shift, 4096, &err);
            if (shift % 8 != 0)
                expect_refusal(writers[i].name, kind, &err, VMCLOCK_REASON_REGION_MISALIGNED, 0, shift);
            else
                EQ_IN(writers[i].name, kind, VMCLOCK_OK);
        }
    }
    free(region);
}

/* ---- init ---- */

/* After each store but the last, what is there is not accepted as a page. */
static void refuse_half_made(void)
{
    struct vmclock_snapshot snapshot;
    const bool whole = seen.trace[seen.traced - 1] == 'm' && strchr(seen.trace, 'm') != strrchr(seen.trace, 'm');

    EQ(vmclock_snapshot_take(seen.page, seen.len, 3, &snapshot, NULL) == VMCLOCK_OK, whole);
    if (strchr(seen.trace, 'm') != NULL)
        EQ(vmclock_live_load_half_(seen.page), whole ? vmclock_le32_(0x4b4c4356) : 0);
}

static void page_that_is_made_is_valid_only_with_the_last_store_which_is_magic(void)
{
    static const int fills[] = {0, 0xff, 'p'};
    static const uint32_t sizes[] = {32, 33, 39, 40, 47, 48, 104, 105, 111, 112, 113, 4096};
    struct vmclock_page made = values;
    struct vmclock_error err;

    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (unsigned fill = 0; fill < 3; fill++) {
            const uint32_t held = sizes[i] < 112 ? sizes[i] : 112;
            uint8_t *region = make_region(4096, fills[fill] & 0xff);

            if (fills[fill] == 'p')
                build_clock_page(region); /* over a valid page of another writer's */
            made.size = sizes[i];
            const uint32_t next_seq = ((uint32_t)get_le(region + AT_SEQ_COUNT, 4) | 1) + 1;
            look(region, 4096);
            seen.reader = refuse_half_made;
            EQ(watched_publish_init(region, 4096, &made, &err), VMCLOCK_OK);
            EQ(err.reason, VMCLOCK_REASON_NONE);
            TEXT(seen.trace, "sFmFdFsFm");
            EQ(get_le(region + AT_MAGIC, 4), 0x4b4c4356);
            EQ(get_le(region + AT_SIZE, 4), sizes[i]);
            EQ(get_le(region + AT_VERSION, 2), 1);
            EQ(region[AT_COUNTER_ID], 0x07);
            EQ(region[AT_TIME_TYPE], 0x08);
            EQ(get_le(region + AT_SEQ_COUNT, 4), next_seq);
            EQ(memcmp(region + 16, image + 16, held - 16), 0);
            for (unsigned at = 0; at < PAGE; at++)
                EQ(seen.written[at], at < held);
            free(region);
        }
    }
}

static void seq_count_of_a_new_page_goes_on_from_what_was_there(void)
{
    static const struct {
        uint32_t old, result;
    } rows[] = {
        {0, 2}, {1, 2}, {2, 4}, {3, 4}, {0xfffffffd, 0xfffffffe}, {0xfffffffe, 0}, {0xffffffff, 0},
    };
    struct vmclock_page made = values;
    struct vmclock_error err;
    char row[64];

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t *region = make_region(112, 0);

        put32(region, AT_SEQ_COUNT, rows[i].old);
        made.size = 112;
        made.seq_count = 6;
        look(region, 112);
        (void)snprintf(row, sizeof row, "over %x", rows[i].old);
        EQ_IN(row, watched_publish_init(region, 112, &made, &err), VMCLOCK_OK);
        EQ_IN(row, get_le(region + AT_SEQ_COUNT, 4), rows[i].result);
        free(region);
    }
}

static void size_outside_32_bytes_to_the_region_makes_no_page(void)
{
    static const struct {
        size_t len;
        uint32_t size;
        enum vmclock_reason reason;
        uint64_t expected;
    } rows[] = {
        {4096, 0, VMCLOCK_REASON_SIZE_TOO_SMALL, 32},      {4096, 31, VMCLOCK_REASON_SIZE_TOO_SMALL, 32},
        {4096, 4097, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, 4096},
        {4096, 0xffffffff, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, 4096},
        {32, 33, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, 32},
    };
    uint8_t *region = make_region(4096, 0);
    struct vmclock_page made = values;
    struct vmclock_error err;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum vmclock_err kind;

        made.size = rows[i].size;
        look(region, rows[i].len);
        kind = watched_publish_init(region, rows[i].len, &made, &err);
        expect_refusal("size", kind, &err, rows[i].reason, rows[i].expected, rows[i].size);
        EQ(err.field, VMCLOCK_FIELD_SIZE);
        EQ(err.offset, 4);
    }
    look(region, 4096);
    expect_refusal("NULL", watched_publish_init(region, 4096, NULL, &err), &err, VMCLOCK_REASON_SIZE_TOO_SMALL, 32, 0);
    free(region);
}

/* ---- begin and commit ---- */

static void begin_makes_seq_count_odd_and_commit_the_next_even_number(void)
{
    static const struct {
        uint32_t before, begun, committed;
    } rows[] = {{0, 1, 2},
                {2, 3, 4},
                {1, 1, 2}, /* left by a dead writer */
                {0x7ffffffe, 0x7fffffff, 0x80000000},
                {0xfffffffd, 0xfffffffd, 0xfffffffe},
                {0xfffffffe, 0xffffffff, 0},
                {0xffffffff, 0xffffffff, 0}};
    struct vmclock_error err;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t *region = make_region(32, 0xee);

        put32(region, AT_SEQ_COUNT, rows[i].before);
        look(region, 32);
        EQ(watched_publish_begin(region, 32, &err), VMCLOCK_OK);
        EQ(err.reason, VMCLOCK_REASON_NONE);
        EQ(get_le(region + AT_SEQ_COUNT, 4), rows[i].begun);
        TEXT(seen.trace, "sF");
        EQ(watched_publish_commit(region, 32, &err), VMCLOCK_OK);
        EQ(get_le(region + AT_SEQ_COUNT, 4), rows[i].committed);
        TEXT(seen.trace, "sFFs");
        EQ(watched_publish_commit(region, 32, &err), VMCLOCK_OK);
        EQ(get_le(region + AT_SEQ_COUNT, 4), rows[i].committed);
        for (unsigned at = 0; at < 32; at++)
            EQ(seen.written[at], at >= 12 && at < 16);
        free(region);
    }
}

/* ---- One field ---- */

enum { SETS, ADDS, ORS };

static enum vmclock_err rewrite_one(unsigned operation, volatile void *page, size_t len, enum vmclock_field field,
                                    uint64_t value, struct vmclock_error *err)
{
    return operation == SETS   ? watched_publish_set(page, len, field, value, err)
           : operation == ADDS ? watched_publish_add(page, len, field, value, err)
                               : watched_publish_or(page, len, field, value, err);
}

static void each_field_is_set_added_to_and_ored_in_its_own_bytes(void)
{
    static const uint64_t operands[] = {0, 1, 0x80, UINT64_C(0xfedcba9876543210), UINT64_MAX};
    struct vmclock_error err;

    for (unsigned i = 0; i < FIELDS; i++) {
        for (unsigned operation = SETS; operation <= ORS && i != SEQ_COUNT; operation++) {
            for (unsigned j = 0; j < sizeof operands / sizeof *operands; j++) {
                const unsigned at = fields[i].at, width = fields[i].width;
                uint8_t *region = exact_copy(image, 112);
                const uint64_t old = get_le(image + at, width);
                const uint64_t all = operation == SETS   ? operands[j]
                                     : operation == ADDS ? old + operands[j]
                                                         : old | operands[j];

                look(region, 112);
                EQ(rewrite_one(operation, region, 112, (enum vmclock_field)(i + 1), operands[j], &err), VMCLOCK_OK);
                EQ(err.reason, VMCLOCK_REASON_NONE);
                EQ(get_le(region + at, width), width == 8 ? all : all & ((UINT64_C(1) << (8 * width)) - 1));
                for (unsigned other = 0; other < 112; other++) {
                    HOLDS((other >= at && other < at + width) || region[other] == image[other]);
                    EQ(seen.written[other], other >= at && other < at + width);
                }
                EQ(seen.loads, operation == SETS ? 0 : width); /* nothing is read but what is rewritten */
                free(region);
            }
        }
    }
}

static void fields_not_wholly_inside_are_absent_and_not_touched(void)
{
    struct vmclock_error err;

    for (unsigned len = 32; len <= 113; len++) {
        uint8_t *region = make_region(len, 0);

        for (unsigned i = 0; i < FIELDS; i++) {
            const unsigned end = fields[i].at + fields[i].width;

            for (unsigned operation = SETS; operation <= ORS; operation++) {
                enum vmclock_err kind;

                look(region, len);
                kind = rewrite_one(operation, region, len, (enum vmclock_field)(i + 1), 1, &err);
                if (i == SEQ_COUNT || end > len) {
                    expect_refusal("field", kind, &err, VMCLOCK_REASON_FIELD_ABSENT, i == SEQ_COUNT ? 0 : end, len);
                    EQ(err.field, i + 1);
                    EQ(err.offset, fields[i].at);
                } else {
                    EQ(kind, VMCLOCK_OK);
                }
            }
        }
        free(region);
    }
}

static void numbers_that_are_no_field_are_refused(void)
{
    static const int numbers[] = {0, FIELDS + 1, 1000, -1};
    uint8_t *region = make_region(112, 0);
    struct vmclock_error err;

    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        for (unsigned operation = SETS; operation <= ORS; operation++) {
            look(region, 112);
            expect_refusal("number", rewrite_one(operation, region, 112, (enum vmclock_field)numbers[i], 1, &err), &err,
                           VMCLOCK_REASON_FIELD_ABSENT, 0, 112);
            EQ(err.field, VMCLOCK_FIELD_NONE);
        }
    }
    free(region);
}

/* ---- Whole updates ---- */

/* How many stores so many bytes take: in whole words as long as there are 8 bytes, and one by one behind them. */
static unsigned whole_then_bytes(unsigned bytes)
{
    return bytes / 8 * (8 / (unsigned)sizeof(vmclock_word_)) + bytes % 8;
}

static void guarded_fields_are_stored_inside_the_region_and_the_header_is_not(void)
{
    struct vmclock_error err;

    for (unsigned len = 32; len <= 120; len++) {
        for (unsigned whole = 0; whole < 2; whole++) {
            uint8_t *region = make_region(len, 0xee);

            put32(region, AT_SEQ_COUNT, 6);
            look(region, len);
            EQ(whole ? watched_publish_replace(region, len, &values, &err)
                     : watched_publish_guarded(region, len, &values, &err),
               VMCLOCK_OK);
            EQ(err.reason, VMCLOCK_REASON_NONE);
            TEXT(seen.trace, whole ? "sFdFs" : "d");
            for (unsigned at = 0; at < len; at++) {
                if (at < 12 || at >= 112)
                    EQ(region[at], 0xee);
                else if (at >= 16)
                    EQ(region[at], image[at]);
            }
            EQ(get_le(region + AT_SEQ_COUNT, 4), whole ? 8 : 6);
            EQ(seen.loads, whole ? 2 : 0); /* seq_count by begin and by commit */
            EQ(seen.stores, whole * 2 + whole_then_bytes((len < 112 ? len : 112) - 16));
            free(region);
        }
    }
}

/* All of clock_status to time_maxerror_nanosec, and of flags what tells of it; over bytes that are all different. */
static void clock_data_is_stored_alone(void)
{
    struct vmclock_page told = values;
    struct vmclock_error err;

    for (unsigned len = 32; len <= 120; len++) {
        for (unsigned set = 0; set < 2; set++) {
            uint8_t *region = make_region(len, 0xa6);

            told.flags = set != 0 ? UINT64_MAX : 0;
            put32(region, AT_SEQ_COUNT, 6);
            put64(region, AT_FLAGS, UINT64_C(0x0123456789abcd5a));
            look(region, len);
            EQ(watched_publish_clock(region, len, &told, &err), VMCLOCK_OK);
            EQ(err.reason, VMCLOCK_REASON_NONE);
            TEXT(seen.trace, "sFdFs");
            EQ(get_le(region + AT_SEQ_COUNT, 4), 8);
            /* seq_count twice; flags and the unit of clock_status among the words, where all clock data has room */
            EQ(seen.stores, 2 + (len >= 0x68 ? whole_then_bytes(0x68 - 0x18)
                                             : whole_then_bytes(8) + (len > 0x22 ? len - 0x22 : 0)));
            /* Bits 0 and 3 to 7; SOON and IMMINENT, bit 8, bit 9 and unknown ones are another call's. */
            EQ(get_le(region + AT_FLAGS, 8), set != 0 ? UINT64_C(0x0123456789abcdfb) : UINT64_C(0x0123456789abcd02));
            for (unsigned at = 0; at < len; at++) {
                if (at >= 0x22 && at < 0x68)
                    EQ(region[at], image[at]);
                else if ((at < 12 || at >= 16) && (at < 0x18 || at >= 0x20))
                    EQ(region[at], 0xa6);
            }
            free(region);
        }
    }
}

/* ---- After a writer who died ---- */

static void update_that_may_not_store_all_clock_data_takes_back_that_of_a_dead_writer(void)
{
    struct vmclock_error err;

    for (unsigned len = 32; len <= 113; len++) {
        for (unsigned torn = 0; torn < 2; torn++) {
            for (unsigned which = 0; which < 3; which++) {
                uint8_t *region = make_region(len, 2);

                put32(region, AT_SEQ_COUNT, 6 + torn);
                look(region, len);
                if (which == 0) {
                    EQ(watched_publish_begin(region, len, &err), VMCLOCK_OK);
                    EQ(watched_publish_commit(region, len, &err), VMCLOCK_OK);
                    TEXT(seen.trace, torn != 0 && len > 0x22 ? "sFdFs" : "sFFs");
                } else {
                    EQ(which == 1 ? watched_publish_disrupted(region, len, &err)
                                  : watched_publish_restored(region, len, &err),
                       VMCLOCK_OK);
                    TEXT(seen.trace, "sFdFs");
                }
                EQ(get_le(region + AT_SEQ_COUNT, 4), 8);
                if (len > 0x22)
                    EQ(region[0x22], torn != 0 ? 0 : 2); /* UNKNOWN */
                for (unsigned at = 0x23; at < len && at < 0x68; at++)
                    EQ(region[at], 2);
                free(region);
            }
        }
    }
}

static void whoever_stores_clock_status_after_that_vouches_for_it(void)
{
    uint8_t *region = make_region(112, 0);
    struct vmclock_error err;

    put32(region, AT_SEQ_COUNT, 7);
    look(region, 112);
    EQ(watched_publish_begin(region, 112, &err), VMCLOCK_OK);
    EQ(watched_publish_set(region, 112, VMCLOCK_FIELD_CLOCK_STATUS, 2, &err), VMCLOCK_OK);
    EQ(watched_publish_commit(region, 112, &err), VMCLOCK_OK);
    EQ(region[0x22], 2);
    for (unsigned i = 0; i < 3; i++) {
        put32(region, AT_SEQ_COUNT, 7);
        look(region, 112);
        if (i == 0)
            EQ(watched_publish_clock(region, 112, &values, &err), VMCLOCK_OK);
        if (i == 1)
            EQ(watched_publish_replace(region, 112, &values, &err), VMCLOCK_OK);
        if (i == 2) {
            EQ(watched_publish_begin(region, 112, &err), VMCLOCK_OK);
            EQ(watched_publish_guarded(region, 112, &values, &err), VMCLOCK_OK);
            EQ(watched_publish_commit(region, 112, &err), VMCLOCK_OK);
        }
        EQ(region[0x22], 0x33);
        EQ(get_le(region + AT_SEQ_COUNT, 4), 8);
        region[0x22] = 0;
    }
    free(region);
}

static jmp_buf death;
static unsigned stores_to_live;

static void die_after_so_many_stores(void)
{
    if (--stores_to_live == 0)
        longjmp(death, 1);
}

/*
 * One update by a row of `writers`, the parts of one between begin and commit; false when the writer dies before its
 * end.
 */
static bool lives_through(unsigned row, uint8_t *region, unsigned stores)
{
    /* volatile: read after longjmp() */
    const volatile bool part = writers[row].run == run_set || writers[row].run == run_add ||
                               writers[row].run == run_or ||
                      writers[row].run == run_guarded;
    struct vmclock_error err;

    look(region, 4096);
    if (setjmp(death) != 0)
        return false;
    stores_to_live = stores;
    seen.reader = die_after_so_many_stores;
    if (part)
        EQ(watched_publish_begin(region, 4096, &err), VMCLOCK_OK);
    EQ(writers[row].run(region, 4096, &err), VMCLOCK_OK);
    if (part)
        EQ(watched_publish_commit(region, 4096, &err), VMCLOCK_OK);
    return true;
}

/* Every writer dies after each of its stores, every writer follows: nobody may convert by a mix of two. */
static void clock_data_half_stored_is_never_relied_on(void)
{
    struct vmclock_page old = {.size = 4096, .counter_id = 1, .time_type = 1, .clock_status = 2};
    unsigned deaths = 0, cases = 0;

    for (unsigned pair = 0; pair < WRITERS * WRITERS; pair++) {
        const unsigned first = pair / WRITERS, second = pair % WRITERS;
        bool died = writers[first].run != watched_publish_begin && writers[second].run != watched_publish_begin &&
                    writers[first].run != watched_publish_commit && writers[second].run != watched_publish_commit;

        for (unsigned stores = 1; died; stores++) {
            uint8_t *region = make_region(4096, 0);

            look(region, 4096);
            EQ(watched_publish_init(region, 4096, &old, NULL), VMCLOCK_OK);
            died = !lives_through(first, region, stores);
            deaths += died;
            HOLDS(lives_through(second, region, UINT_MAX));
            if (region[0x22] == 2) { /* of the first page */
                for (unsigned at = 0x23; at < 0x68; at++)
                    EQ_IN(writers[first].name, region[at], 0);
                cases |= 1;
            } else if (region[0x22] != 0) {
                EQ_IN(writers[second].name, memcmp(region + 0x22, image + 0x22, 0x68 - 0x22), 0);
                cases |= 2;
            } else {
                cases |= 4;
            }
            free(region);
        }
    }
    EQ(cases, 7);
    HOLDS(deaths > 500);
}

static void update_with_no_values_touches_nothing(void)
{
    uint8_t *region = make_region(112, 0);
    struct vmclock_error err;

    look(region, 112);
    EQ(watched_publish_replace(region, 112, NULL, &err), VMCLOCK_OK);
    EQ(watched_publish_clock(region, 112, NULL, &err), VMCLOCK_OK);
    EQ(watched_publish_guarded(region, 112, NULL, &err), VMCLOCK_OK);
    EQ(seen.loads + seen.stores, 0);
    free(region);
}

/* Readers never accept a page amid an update. */
static void refuse_amid_an_update(void)
{
    struct vmclock_error err;
    const bool whole = seen.traced > 1 && strcmp(seen.trace + seen.traced - 2, "Fs") == 0;

    EQ(vmclock_snapshot_take(seen.page, seen.len, 2, NULL, &err) == VMCLOCK_OK, whole);
    EQ(err.reason, whole ? VMCLOCK_REASON_NONE : VMCLOCK_REASON_UPDATE_STALLED);
}

/* QEMU 11.1.3's page as it was fresh, restored twice and migrated: seq_count 2, 4, 6, 8 and marker 1, 2, 3, 4. */
static void disruption_is_counted_as_qemu_does(void)
{
    uint8_t *region = make_region(4096, 0), expected[PAGE];
    struct vmclock_error err;

    build_signal_page(region, 4096, 4096);
    for (unsigned n = 2; n <= 4; n++) {
        look(region, 4096);
        seen.reader = refuse_amid_an_update;
        EQ(watched_publish_disrupted(region, 4096, &err), VMCLOCK_OK);
        TEXT(seen.trace, "sFdFs");
        build_signal_page(expected, PAGE, PAGE);
        put32(expected, AT_SEQ_COUNT, 2 * n);
        put64(expected, AT_DISRUPTION_MARKER, n);
        EQ(memcmp(region, expected, PAGE), 0);
    }
    free(region);
}

/* Firecracker starts with seq_count, marker and generation 0 and flags 0x300; each restore adds 2, 1 and 1. */
static void restore_is_counted_as_firecracker_does(void)
{
    uint8_t *region = make_region(4096, 0), expected[PAGE];
    struct vmclock_error err;

    build_signal_page(region, 4096, 4096);
    put32(region, AT_SEQ_COUNT, 0);
    put64(region, AT_DISRUPTION_MARKER, 0);
    put64(region, AT_FLAGS, 0x300);
    for (unsigned n = 1; n <= 3; n++) {
        look(region, 4096);
        seen.reader = refuse_amid_an_update;
        EQ(watched_publish_restored(region, 4096, &err), VMCLOCK_OK);
        TEXT(seen.trace, "sFdFs");
        build_signal_page(expected, PAGE, PAGE);
        put32(expected, AT_SEQ_COUNT, 2 * n);
        put64(expected, AT_DISRUPTION_MARKER, n);
        put64(expected, AT_FLAGS, 0x300);
        put64(expected, AT_VM_GENERATION_COUNTER, n);
        EQ(memcmp(region, expected, PAGE), 0);
    }
    free(region);
}

static void restore_announces_the_generation_where_the_region_reaches_it(void)
{
    struct vmclock_error err;

    for (unsigned len = 32; len <= 120; len++) {
        uint8_t *region = make_region(len, 0);

        put64(region, AT_FLAGS, 1);
        look(region, len);
        EQ(watched_publish_restored(region, len, &err), VMCLOCK_OK);
        EQ(get_le(region + AT_DISRUPTION_MARKER, 8), 1);
        EQ(get_le(region + AT_FLAGS, 8), len >= 112 ? 0x101 : 1);
        if (len >= 112)
            EQ(get_le(region + AT_VM_GENERATION_COUNTER, 8), 1);
        EQ(get_le(region + AT_SEQ_COUNT, 4), 2);
        free(region);
    }
}

static void counts_wrap_around(void)
{
    uint8_t *region = make_region(112, 0xff);
    struct vmclock_error err;

    look(region, 112);
    EQ(watched_publish_restored(region, 112, &err), VMCLOCK_OK);
    EQ(get_le(region + AT_DISRUPTION_MARKER, 8), 0);
    EQ(get_le(region + AT_VM_GENERATION_COUNTER, 8), 0);
    EQ(get_le(region + AT_FLAGS, 8), UINT64_MAX);
    EQ(get_le(region + AT_SEQ_COUNT, 4), 0);
    free(region);
}

#undef vmclock_encode
#undef vmclock_publish_init
#undef vmclock_publish_begin
#undef vmclock_publish_commit
#undef vmclock_publish_set
#undef vmclock_publish_add
#undef vmclock_publish_or
#undef vmclock_publish_guarded
#undef vmclock_publish_clock
#undef vmclock_publish_replace
#undef vmclock_publish_disrupted
#undef vmclock_publish_restored

/* The library's own functions, whose accesses nobody watches, in one life of a page. */
static void library_publishes_the_same(void)
{
    static const struct vmclock_snapshot none;
    uint8_t *region = make_region(112, 0), expected[112];
    struct vmclock_page made = values;
    struct vmclock_snapshot snapshot = none;

    made.size = 112;
    made.seq_count = 2;
    EQ(vmclock_publish_init(region, 112, &made, NULL), VMCLOCK_OK);
    EQ(vmclock_snapshot_take(region, 112, 1, &snapshot, NULL), VMCLOCK_OK);
    EQ(vmclock_publish_begin(region, 112, NULL), VMCLOCK_OK);
    EQ(vmclock_publish_guarded(region, 112, &values, NULL), VMCLOCK_OK);
    EQ(vmclock_publish_set(region, 112, VMCLOCK_FIELD_CLOCK_STATUS, 2, NULL), VMCLOCK_OK);
    EQ(vmclock_publish_add(region, 112, VMCLOCK_FIELD_TAI_OFFSET_SEC, (uint64_t)-1, NULL), VMCLOCK_OK);
    EQ(vmclock_publish_or(region, 112, VMCLOCK_FIELD_FLAGS, 0x10, NULL), VMCLOCK_OK);
    EQ(vmclock_snapshot_compare(region, 112, &snapshot, 9), VMCLOCK_UNSURE);
    EQ(vmclock_publish_commit(region, 112, NULL), VMCLOCK_OK);
    EQ(vmclock_snapshot_compare(region, 112, &snapshot, 9), VMCLOCK_UPDATED);
    EQ(vmclock_publish_disrupted(region, 112, NULL), VMCLOCK_OK);
    EQ(vmclock_snapshot_compare(region, 112, &snapshot, 9), VMCLOCK_DISRUPTED);
    EQ(vmclock_publish_restored(region, 112, NULL), VMCLOCK_OK);
    made.magic = 0x4b4c4356;
    made.version = 1;
    made.seq_count = 8;
    made.clock_status = 2;
    made.tai_offset_sec = -38;
    made.flags |= 0x110;
    made.disruption_marker += 2;
    made.vm_generation_counter += 1;
    vmclock_encode(&made, expected, 112);
    EQ(memcmp(region, expected, 112), 0);
    made = values;
    made.clock_status = 3;
    EQ(vmclock_publish_clock(region, 112, &made, NULL), VMCLOCK_OK);
    EQ(region[AT_CLOCK_STATUS], 3);
    EQ(get_le(region + AT_DISRUPTION_MARKER, 8), values.disruption_marker + 2);
    EQ(get_le(region + AT_SEQ_COUNT, 4), 10);
    EQ(vmclock_publish_replace(region, 112, &values, NULL), VMCLOCK_OK);
    EQ(memcmp(region + 16, image + 16, 96), 0);
    EQ(get_le(region + AT_SEQ_COUNT, 4), 12);
    free(region);
}

SUITE(publish) = {
    {"encoding writes the fields wholly inside, and nothing else",
     encoding_writes_the_fields_wholly_inside_and_nothing_else},
    {"encoding of no values writes nothing", encoding_of_no_values_writes_nothing},
    {"an encoded page decodes to the same values", encoded_page_decodes_to_the_same_values},
    {"regions below 32 bytes are refused and not touched", regions_below_32_bytes_are_refused_and_not_touched},
    {"regions not aligned to 8 bytes are refused and not touched",
     regions_not_aligned_to_8_bytes_are_refused_and_not_touched},
    {"a page that is made is valid only with the last store, which is magic",
     page_that_is_made_is_valid_only_with_the_last_store_which_is_magic},
    {"the seq_count of a new page goes on from what was there",
     seq_count_of_a_new_page_goes_on_from_what_was_there},
    {"a size outside 32 bytes to the region makes no page", size_outside_32_bytes_to_the_region_makes_no_page},
    {"begin makes seq_count odd, and commit the next even number",
     begin_makes_seq_count_odd_and_commit_the_next_even_number},
    {"each field is set, added to and ored in its own bytes", each_field_is_set_added_to_and_ored_in_its_own_bytes},
    {"fields not wholly inside are absent and not touched", fields_not_wholly_inside_are_absent_and_not_touched},
    {"numbers that are no field are refused", numbers_that_are_no_field_are_refused},
    {"guarded fields are stored inside the region, and the header is not",
     guarded_fields_are_stored_inside_the_region_and_the_header_is_not},
    {"clock data is stored alone", clock_data_is_stored_alone},
    {"an update that may not store all clock data takes back that of a dead writer",
     update_that_may_not_store_all_clock_data_takes_back_that_of_a_dead_writer},
    {"whoever stores clock_status after that vouches for it", whoever_stores_clock_status_after_that_vouches_for_it},
    {"clock data half stored is never relied on", clock_data_half_stored_is_never_relied_on},
    {"an update with no values touches nothing", update_with_no_values_touches_nothing},
    {"a disruption is counted as QEMU does", disruption_is_counted_as_qemu_does},
    {"a restore is counted as Firecracker does", restore_is_counted_as_firecracker_does},
    {"a restore announces the generation where the region reaches it",
     restore_announces_the_generation_where_the_region_reaches_it},
    {"counts wrap around", counts_wrap_around},
    {"the library publishes the same", library_publishes_the_same},
    CU_TEST_INFO_NULL,
};
