/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writer's half: whatever the memory held and the values are, stores lie within the region and the structure, and
 * within what the call may touch; data is stored only while seq_count is odd, behind a release fence; seq_count
 * becomes even only behind another one, and the number that is promised; marker and generation count as promised.
 */
#include "atomics.h"
#include "proof.h"

#include "../../src/error.c"
#include "../../src/names.c"
#include "../../src/publish.c"
#include "../../src/text.c"
#include "../../src/view.c"

#include "page_value.h"

static uint8_t region[120];

static struct {
    size_t len;
    uint8_t bytes[112], was[112]; /* the memory now, and as it was */
    bool stored[112];
    bool odd_fenced;  /* a release fence since seq_count became odd */
    bool data_fenced; /* a release fence since the last store */
    bool is_quiet;    /* no access is allowed at all */
    bool makes_page;  /* the header is data, too */
    unsigned seq_stores, magic_stores;
} live;

static bool is_odd(void)
{
    return (live.bytes[12] & 1) != 0;
}

static size_t offset_of(const volatile void *at, size_t width)
{
    const size_t offset = __CPROVER_POINTER_OFFSET(at);

    claim(!live.is_quiet, "nothing is touched");
    assume(!live.is_quiet);
    claim(width == 1 || width == 4 || (width == 8 && sizeof(void *) == 8), "a width of this machine");
    claim(__CPROVER_same_object(at, region) && offset % width == 0, "aligned, in the page");
    claim(offset < live.len && width <= live.len - offset, "within the region");
    claim(offset < 112 && width <= 112 - offset, "within the structure");
    return offset;
}

static uint64_t live_load(const volatile void *from, size_t width)
{
    const size_t at = offset_of(from, width);
    uint64_t raw = 0;

    for (unsigned i = 0; i < width; i++)
        ((uint8_t *)&raw)[__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 8 - width + i : i] = live.bytes[at + i];
    return raw;
}

static void live_store(volatile void *to, size_t width, uint64_t value)
{
    const size_t at = offset_of(to, width);

    if (at == 12) {
        claim(width == 4, "all of seq_count at once");
        live.seq_stores++;
    } else {
        claim(at > 12 || live.makes_page, "the header is not touched");
        claim(at + width <= 12 || at >= 16, "seq_count is not data");
    }
    for (unsigned i = 0; i < width; i++) {
        live.bytes[at + i] = ((const uint8_t *)&value)[__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 8 - width + i : i];
        live.stored[at + i] = true;
    }
    if (at == 12) {
        if (is_odd())
            live.odd_fenced = false;
        else
            claim(live.data_fenced, "all data before seq_count becomes even");
        live.data_fenced = false;
    } else if (at == 0) {
        /* Away first, while seq_count is odd, and there last, behind all the rest. */
        live.magic_stores++;
        claim(live.magic_stores == 1 ? is_odd() && spec_number(live.bytes, 4) == 0
                                     : !is_odd() && spec_number(live.bytes, 4) == 0x4b4c4356 && live.data_fenced,
              "magic goes first and comes last");
        live.odd_fenced = false;
    } else {
        claim(is_odd() && live.odd_fenced, "data behind an odd seq_count");
        live.data_fenced = false;
    }
}

static void live_fence(int order)
{
    claim(order == __ATOMIC_RELEASE, "a release fence");
    live.odd_fenced = true;
    live.data_fenced = true;
}

static volatile void *any_memory(size_t len)
{
    live.len = len;
    for (unsigned i = 0; i < 112; i++)
        live.was[i] = live.bytes[i] = nondet_u8();
    live.data_fenced = true;
    return region;
}

static uint32_t seq(const uint8_t *bytes)
{
    return (uint32_t)spec_number(bytes + 12, 4);
}

/* One whole update: seq_count was stored odd, and then the next even number. */
static void claim_update(void)
{
    const uint32_t before = seq(live.was);

    claim(live.seq_stores == 2, "odd, then even");
    claim(seq(live.bytes) == before + ((before & 1) != 0 ? 1 : 2), "the next even number");
}

/* Bytes that this call has no business with. */
static void claim_kept(unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++)
        claim(live.bytes[i] == live.was[i], "a byte that stays");
}

/* What a field has to hold: of one that the region cuts, the part inside. */
static void claim_field(const struct vmclock_page *values, unsigned number)
{
    for (unsigned i = 0; i < spec_fields[number].width; i++) {
        const unsigned at = spec_fields[number].offset + i;

        claim(live.bytes[at] == (at < live.len ? (uint8_t)(page_value(values, number) >> 8 * i) : live.was[at]),
              "a field as it was handed in");
    }
}

static uint64_t field_now(unsigned number)
{
    return spec_number(live.bytes + spec_fields[number].offset, spec_fields[number].width);
}

static uint64_t field_before(unsigned number)
{
    return spec_number(live.was + spec_fields[number].offset, spec_fields[number].width);
}

/* The errors that all calls have in common; the region may be of any length. */
void refused(void)
{
    struct vmclock_page values;
    struct vmclock_error err;
    const size_t len = nondet_size();
    const unsigned which = nondet_unsigned();
    const bool is_null = nondet_bool();
    volatile unsigned char *const page = is_null ? NULL : region + (len < 32 ? 0 : 4);
    struct spec_error spec;
    enum vmclock_err kind;

    live.is_quiet = true;
    spec = is_null || len == 0 ? (struct spec_error){2, 5, 0, 32, 0}
           : len < 32          ? (struct spec_error){3, 6, 0, 32, len}
                               : (struct spec_error){3, 15, 0, 0, 4};
    switch (which) {
    case 0: kind = vmclock_publish_init(page, len, &values, &err); break;
    case 1: kind = vmclock_publish_begin(page, len, &err); break;
    case 2: kind = vmclock_publish_commit(page, len, &err); break;
    case 3: kind = vmclock_publish_set(page, len, VMCLOCK_FIELD_FLAGS, 0, &err); break;
    case 4: kind = vmclock_publish_add(page, len, VMCLOCK_FIELD_FLAGS, 0, &err); break;
    case 5: kind = vmclock_publish_or(page, len, VMCLOCK_FIELD_FLAGS, 0, &err); break;
    case 6: kind = vmclock_publish_guarded(page, len, &values, &err); break;
    case 7: kind = vmclock_publish_clock(page, len, &values, &err); break;
    case 8: kind = vmclock_publish_replace(page, len, &values, &err); break;
    case 9: kind = vmclock_publish_disrupted(page, len, &err); break;
    default: kind = vmclock_publish_restored(page, len, &err); break;
    }
    claim((int)kind == spec.kind, "result");
    claim_error(&err, &spec);
}

/* publish_disrupted and publish_restored, for a region of this length. */
static void bumped(size_t len, bool restored)
{
    volatile void *const page = any_memory(len);
    struct vmclock_error err;
    const bool died = is_odd();
    const struct spec_error ok = {0, 0, 0, 0, 0};

    claim((restored ? vmclock_publish_restored(page, len, &err) : vmclock_publish_disrupted(page, len, &err)) ==
              VMCLOCK_OK, "result");
    claim_error(&err, &ok);
    claim_update();
    claim(field_now(7) == field_before(7) + 1, "disruption_marker counts");
    claim_kept(0, 12);
    if (len >= 112 && restored) {
        claim(field_now(23) == field_before(23) + 1, "vm_generation_counter counts");
        claim(field_now(8) == (field_before(8) | 0x100), "its flag is set");
    } else {
        claim_kept(0x18, 0x20);
        claim_kept(0x68, 112);
    }
    claim_kept(0x20, 0x22);
    claim(field_now(10) == (died && len > 0x22 ? 0 : field_before(10)), "nobody converts by a dead writer's data");
    claim_kept(0x23, 0x68);
}

void disrupted(void)
{
    const size_t len = nondet_size();

    assume(len >= 32);
    bumped(len, false);
}

void restored(void)
{
    const size_t len = nondet_size();

    assume(len >= 32);
    bumped(len, true);
}

/* publish_replace, for regions of the structure's length and of a page's. */
static void replace_in(size_t len)
{
    struct vmclock_page values;
    volatile void *const page = any_memory(len);

    live.seq_stores = 0;
    claim(vmclock_publish_replace(page, len, &values, NULL) == VMCLOCK_OK, "result");
    claim_update();
    claim_kept(0, 12);
    for (unsigned number = 7; number < SPEC_FIELDS; number++)
        claim_field(&values, number);
}

void replace(void)
{
    replace_in(112);
    replace_in(4096);
}

/* The flags that tell of the clock data, and the rest of it; nothing else. */
static void clock_in(size_t len)
{
    struct vmclock_page values;
    volatile void *const page = any_memory(len);
    const uint64_t mask = 0xf9; /* bits 0, and 3 to 7 */

    live.seq_stores = 0;
    claim(vmclock_publish_clock(page, len, &values, NULL) == VMCLOCK_OK, "result");
    claim_update();
    claim_kept(0, 12);
    claim_kept(0x10, 0x18);
    claim(field_now(8) == ((field_before(8) & ~mask) | (values.flags & mask)), "flags of the clock data, alone");
    claim_kept(0x20, 0x22);
    claim_kept(0x68, 112);
    for (unsigned number = 10; number < 23; number++)
        claim_field(&values, number);
}

void clock_data(void)
{
    clock_in(104);
    clock_in(111);
    clock_in(112);
    clock_in(4096);
}

/* Regions that cut the clock data. */
void clock_data_short(void)
{
    clock_in(32);
    clock_in(35);
    clock_in(36);
    clock_in(47);
    clock_in(72);
    clock_in(103);
}

/* Made anew of any memory, for a structure of this size. */
static void init_of(size_t len, uint32_t size)
{
    struct vmclock_page values;
    struct vmclock_error err;
    volatile void *const page = any_memory(len);
    const struct spec_error ok = {0, 0, 0, 0, 0};

    values.size = size;
    live.makes_page = true;
    live.seq_stores = live.magic_stores = 0;
    claim(vmclock_publish_init(page, len, &values, &err) == VMCLOCK_OK, "result");
    claim_error(&err, &ok);
    claim_update();
    claim(live.magic_stores == 2, "magic goes and comes");
    claim(field_now(1) == 0x4b4c4356 && field_now(2) == values.size && field_now(3) == 1, "magic, size and version");
    claim(field_now(4) == values.counter_id && field_now(5) == values.time_type, "counter_id and time_type");
    for (unsigned number = 7; number < SPEC_FIELDS; number++)
        claim_field(&values, number);
}

void init(void)
{
    init_of(112, 112);
    init_of(4096, 4096);
}

/* Sizes that no page can have. */
void init_refused(void)
{
    struct vmclock_page values;
    struct vmclock_error err;
    const size_t len = nondet_size();
    const bool is_null = nondet_bool();
    const uint64_t size = is_null ? 0 : values.size;
    struct spec_error spec;

    live.is_quiet = true;
    assume(len >= 32 && (size < 32 || size > len));
    spec = size < 32 ? (struct spec_error){3, 10, 2, 32, size} : (struct spec_error){3, 12, 2, len, size};
    claim((int)vmclock_publish_init(region, len, is_null ? NULL : &values, &err) == spec.kind, "result");
    claim_error(&err, &spec);
}

/* begin and commit by themselves. */
void ends(void)
{
    const size_t len = nondet_size();
    volatile void *const page = any_memory(len);
    const bool died = is_odd(), begins = nondet_bool();
    const uint32_t before = seq(live.was);

    assume(len >= 32);
    live.data_fenced = false;
    claim((begins ? vmclock_publish_begin(page, len, NULL) : vmclock_publish_commit(page, len, NULL)) == VMCLOCK_OK,
          "result");
    claim(seq(live.bytes) == (begins ? before | 1 : before + (before & 1)), "seq_count");
    claim(!begins || live.odd_fenced, "data comes behind");
    claim_kept(0, 12);
    claim_kept(16, 0x22);
    claim(field_now(10) == (begins && died && len > 0x22 ? 0 : field_before(10)), "clock_status");
    claim_kept(0x23, 112);
}
