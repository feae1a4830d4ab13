/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writer's half of the seq_count protocol (UAPI.13): the only file that writes live memory. Values are laid out in
 * private bytes first and then stored; nothing is read back but what is rewritten.
 */
#include "error.h"
#include "live.h"
#include "names.h"

/* A page's fields laid out in numbers of 8 bytes each, the lowest byte first. */
struct image {
    uint64_t units[VMCLOCK_STRUCT_SIZE / 8];
};

/* Whole registers, no bytes in between: what is stored next need not wait for them. */
static inline struct image image_of(const struct vmclock_page *values)
{
    struct image image = {{0}};

#define VMCLOCK_X(NAME, name, offset, type, scope, flag, family, sentence)                         \
    image.units[(offset) / 8] += ((uint64_t)values->name & (UINT64_MAX >> (64 - 8 * sizeof(type)))) \
                                 << (8 * ((offset) % 8));
    VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X
    return image;
}

static unsigned char image_byte(const struct image *image, size_t at)
{
    return (unsigned char)(image->units[at / 8] >> (8 * (at % 8)));
}

void vmclock_encode(const struct vmclock_page *values, void *buf, size_t len)
{
    unsigned char *to = buf;
    struct image image;

    if (values == NULL || buf == NULL)
        return;
    image = image_of(values);
    for (unsigned field = VMCLOCK_FIELD_NONE + 1; field < VMCLOCK_FIELD_END; field++) {
        const struct vmclock_field_row *row = vmclock_field_info((enum vmclock_field)field);

        if (row->offset <= len && row->width <= len - row->offset)
            for (size_t at = row->offset; at < (size_t)row->offset + row->width; at++)
                to[at] = image_byte(&image, at);
    }
}

static enum vmclock_err check_region(const volatile void *page, size_t len, struct vmclock_error *err)
{
    if (page == NULL || len == 0)
        return vmclock_fail_(err, VMCLOCK_REASON_EMPTY, VMCLOCK_FIELD_NONE, VMCLOCK_MIN_SIZE, 0);
    if (len < VMCLOCK_MIN_SIZE)
        return vmclock_fail_(err, VMCLOCK_REASON_TRUNCATED, VMCLOCK_FIELD_NONE, VMCLOCK_MIN_SIZE, len);
    if ((uintptr_t)page % 8 != 0)
        return vmclock_fail_(err, VMCLOCK_REASON_REGION_MISALIGNED, VMCLOCK_FIELD_NONE, 0, (uintptr_t)page % 8);
    return vmclock_succeed_(err);
}

static uint32_t get_seq(volatile unsigned char *live)
{
    return vmclock_le32_(vmclock_live_load_half_(live + VMCLOCK_AT_SEQ_COUNT));
}

static void set_seq(volatile unsigned char *live, uint32_t seq)
{
    vmclock_live_store_half_(live + VMCLOCK_AT_SEQ_COUNT, vmclock_le32_(seq));
}

/*
 * Odd before any data. Returns whether it was odd already: a writer died in mid-update, and what he left may be torn.
 */
static bool begin(volatile unsigned char *live)
{
    const uint32_t seq = get_seq(live);

    set_seq(live, seq | 1);
    vmclock_live_release_();
    return (seq & 1) != 0;
}

/* For an update that may not store all the clock data: what a dead writer left of it must not become valid. */
static void begin_in_part(volatile unsigned char *live, size_t len)
{
    if (begin(live) && len > VMCLOCK_AT_CLOCK_STATUS)
        vmclock_live_store_byte_(live + VMCLOCK_AT_CLOCK_STATUS, VMCLOCK_STATUS_UNKNOWN);
}

/* All data before even; 2^32 - 1 goes to 0. */
static void commit(volatile unsigned char *live)
{
    const uint32_t seq = get_seq(live);

    vmclock_live_release_();
    set_seq(live, seq + (seq & 1));
}

/* The 8 bytes of a unit, lowest first, in one store or, on 32-bit machines, in two. */
static inline void store_unit(volatile unsigned char *live, uint64_t unit)
{
    for (size_t at = 0; at < sizeof unit; at += sizeof(vmclock_word_))
        vmclock_live_store_(live + at, vmclock_word_of_(unit, at));
}

/* Stores bytes [16, len) of the image. */
static inline void store_body(volatile unsigned char *live, size_t len, const struct image *image)
{
    size_t at;

#pragma GCC unroll 12
    for (at = VMCLOCK_HEADER_SIZE; len - at >= 8; at += 8)
        store_unit(live + at, image->units[at / 8]);
    for (; at < len; at++)
        vmclock_live_store_byte_(live + at, image_byte(image, at));
}

/* Stores those bits of a unit that the mask has, and keeps the others. */
static inline void store_masked(volatile unsigned char *live, uint64_t unit, uint64_t mask)
{
    for (size_t at = 0; at < sizeof unit; at += sizeof(vmclock_word_)) {
        const vmclock_word_ bits = vmclock_word_of_(mask, at);

        vmclock_live_store_(live + at,
                            (vmclock_live_load_(live + at) & ~bits) | (vmclock_word_of_(unit, at) & bits));
    }
}

/* The flags that tell of the clock data, and where the rest of it lies: clock_status to time_maxerror_nanosec. */
#define CLOCK_FLAGS                                                                            \
    ((uint64_t)(VMCLOCK_FLAG_TAI_OFFSET_VALID | VMCLOCK_FLAG_PERIOD_ESTERROR_VALID |           \
                VMCLOCK_FLAG_PERIOD_MAXERROR_VALID | VMCLOCK_FLAG_TIME_ESTERROR_VALID |        \
                VMCLOCK_FLAG_TIME_MAXERROR_VALID | VMCLOCK_FLAG_TIME_MONOTONIC))
#define NOT_PAD (UINT64_MAX << 8 * (VMCLOCK_AT_CLOCK_STATUS % 8))
enum { CLOCK_END = VMCLOCK_AT_TIME_MAXERROR_NANOSEC + 8 };
_Static_assert(VMCLOCK_AT_CLOCK_STATUS == VMCLOCK_AT_PAD + sizeof(uint16_t) && VMCLOCK_AT_PAD == VMCLOCK_MIN_SIZE &&
                   VMCLOCK_AT_VM_GENERATION_COUNTER + 0 == CLOCK_END + 0 &&
                   CLOCK_END + sizeof(uint64_t) == VMCLOCK_STRUCT_SIZE,
               "of what follows flags, only pad and the generation are no clock data");

static inline void store_clock_data(volatile unsigned char *live, const struct image *image)
{
    store_masked(live + VMCLOCK_AT_FLAGS, image->units[VMCLOCK_AT_FLAGS / 8], CLOCK_FLAGS);
    store_masked(live + VMCLOCK_AT_PAD, image->units[VMCLOCK_AT_PAD / 8], NOT_PAD);
#pragma GCC unroll 8
    for (size_t at = VMCLOCK_AT_COUNTER_VALUE; at < CLOCK_END; at += 8)
        store_unit(live + at, image->units[at / 8]);
}

/* Short regions are out of the way of the usual case, which they would make lay the image out in memory. */
static __attribute__((noinline)) void store_short(volatile unsigned char *live, size_t len,
                                                  const struct vmclock_page *values)
{
    const struct image image = image_of(values);

    store_body(live, len, &image);
}

static __attribute__((noinline)) void store_short_clock(volatile unsigned char *live, size_t len,
                                                        const struct vmclock_page *values)
{
    const struct image image = image_of(values);

    store_masked(live + VMCLOCK_AT_FLAGS, image.units[VMCLOCK_AT_FLAGS / 8], CLOCK_FLAGS);
    for (size_t at = VMCLOCK_AT_CLOCK_STATUS; at < len; at++)
        vmclock_live_store_byte_(live + at, image_byte(&image, at));
}

static inline void store_guarded(volatile unsigned char *live, size_t len, const struct vmclock_page *values)
{
    if (len >= VMCLOCK_STRUCT_SIZE) {
        const struct image image = image_of(values);
        store_body(live, VMCLOCK_STRUCT_SIZE, &image); /* with a constant: no loop remains */
    } else
        store_short(live, len, values);
}

static inline void store_clock(volatile unsigned char *live, size_t len, const struct vmclock_page *values)
{
    if (len >= CLOCK_END) {
        const struct image image = image_of(values);
        store_clock_data(live, &image);
    } else
        store_short_clock(live, len, values);
}

enum vmclock_err vmclock_publish_init(volatile void *page, size_t len, const struct vmclock_page *values,
                                      struct vmclock_error *err)
{
    volatile unsigned char *live = page;
    const enum vmclock_err kind = check_region(page, len, err);
    struct vmclock_page made = {0};
    struct image image;

    if (kind != VMCLOCK_OK)
        return kind;
    if (values != NULL)
        made = *values;
    if (made.size < VMCLOCK_MIN_SIZE)
        return vmclock_fail_(err, VMCLOCK_REASON_SIZE_TOO_SMALL, VMCLOCK_FIELD_SIZE, VMCLOCK_MIN_SIZE, made.size);
    if (made.size > len)
        return vmclock_fail_(err, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, VMCLOCK_FIELD_SIZE, len, made.size);
    made.version = VMCLOCK_LAYOUT_VERSION;
    image = image_of(&made);

    /* The count goes on from what was there: a slow reader of an older page must never find its number again. */
    (void)begin(live);
    vmclock_live_store_half_(live + VMCLOCK_AT_MAGIC, 0);
    vmclock_live_release_();
    vmclock_live_store_half_(live + VMCLOCK_AT_SIZE, vmclock_le32_(made.size));
    for (size_t at = VMCLOCK_AT_VERSION; at < VMCLOCK_AT_SEQ_COUNT; at++)
        vmclock_live_store_byte_(live + at, image_byte(&image, at));
    store_guarded(live, made.size, &made);
    commit(live);
    vmclock_live_release_();
    vmclock_live_store_half_(live + VMCLOCK_AT_MAGIC, vmclock_le32_(VMCLOCK_MAGIC));
    return VMCLOCK_OK;
}

enum vmclock_err vmclock_publish_begin(volatile void *page, size_t len, struct vmclock_error *err)
{
    const enum vmclock_err kind = check_region(page, len, err);

    if (kind == VMCLOCK_OK)
        begin_in_part(page, len);
    return kind;
}

enum vmclock_err vmclock_publish_commit(volatile void *page, size_t len, struct vmclock_error *err)
{
    const enum vmclock_err kind = check_region(page, len, err);

    if (kind == VMCLOCK_OK)
        commit(page);
    return kind;
}

enum operation { SET, ADD, OR };

/*
 * Rewrites one field. One of 8 bytes goes in whole words: a marker that half of a count has reached may be an old one.
 */
static void rewrite(volatile unsigned char *live, const struct vmclock_field_row *info, enum operation operation,
                    uint64_t value)
{
    uint64_t old = 0;

    for (unsigned i = 0; operation != SET && i < info->width; i++)
        old += (uint64_t)vmclock_live_load_byte_(live + info->offset + i) << (8 * i);
    if (operation == OR)
        old &= ~value;
    if (info->width == sizeof value)
        store_unit(live + info->offset, old + value);
    else
        for (unsigned i = 0; i < info->width; i++)
            vmclock_live_store_byte_(live + info->offset + i, (uint8_t)((old + value) >> (8 * i)));
}

static enum vmclock_err rewrite_checked(volatile void *page, size_t len, enum vmclock_field field,
                                        enum operation operation, uint64_t value, struct vmclock_error *err)
{
    const enum vmclock_err kind = check_region(page, len, err);
    const struct vmclock_field_row *info = vmclock_field_info(field);

    if (kind != VMCLOCK_OK)
        return kind;
    if (info == NULL)
        return vmclock_fail_(err, VMCLOCK_REASON_FIELD_ABSENT, VMCLOCK_FIELD_NONE, 0, len);
    if (info->scope == VMCLOCK_SCOPE_SEQ)
        return vmclock_fail_(err, VMCLOCK_REASON_FIELD_ABSENT, field, 0, len);
    if (info->offset > len || info->width > len - info->offset)
        return vmclock_fail_(err, VMCLOCK_REASON_FIELD_ABSENT, field, (uint64_t)info->offset + info->width, len);
    rewrite(page, info, operation, value);
    return VMCLOCK_OK;
}

enum vmclock_err vmclock_publish_set(volatile void *page, size_t len, enum vmclock_field field, uint64_t value,
                                     struct vmclock_error *err)
{
    return rewrite_checked(page, len, field, SET, value, err);
}

enum vmclock_err vmclock_publish_add(volatile void *page, size_t len, enum vmclock_field field, uint64_t value,
                                     struct vmclock_error *err)
{
    return rewrite_checked(page, len, field, ADD, value, err);
}

enum vmclock_err vmclock_publish_or(volatile void *page, size_t len, enum vmclock_field field, uint64_t value,
                                    struct vmclock_error *err)
{
    return rewrite_checked(page, len, field, OR, value, err);
}

enum vmclock_err vmclock_publish_guarded(volatile void *page, size_t len, const struct vmclock_page *values,
                                         struct vmclock_error *err)
{
    const enum vmclock_err kind = check_region(page, len, err);

    if (kind == VMCLOCK_OK && values != NULL)
        store_guarded(page, len, values);
    return kind;
}

enum vmclock_err vmclock_publish_clock(volatile void *page, size_t len, const struct vmclock_page *values,
                                       struct vmclock_error *err)
{
    const enum vmclock_err kind = check_region(page, len, err);

    if (kind == VMCLOCK_OK && values != NULL) {
        (void)begin(page);
        store_clock(page, len, values);
        commit(page);
    }
    return kind;
}

enum vmclock_err vmclock_publish_replace(volatile void *page, size_t len, const struct vmclock_page *values,
                                         struct vmclock_error *err)
{
    const enum vmclock_err kind = check_region(page, len, err);

    if (kind == VMCLOCK_OK && values != NULL) {
        (void)begin(page);
        store_guarded(page, len, values);
        commit(page);
    }
    return kind;
}

/* One whole update that bumps the marker, and for a restored VM the generation counter where the page has one. */
static enum vmclock_err bump(volatile void *page, size_t len, bool restored, struct vmclock_error *err)
{
    const enum vmclock_err kind = check_region(page, len, err);

    if (kind != VMCLOCK_OK)
        return kind;
    begin_in_part(page, len);
    rewrite(page, vmclock_field_info(VMCLOCK_FIELD_DISRUPTION_MARKER), ADD, 1);
    if (restored && len >= VMCLOCK_STRUCT_SIZE) {
        rewrite(page, vmclock_field_info(VMCLOCK_FIELD_VM_GENERATION_COUNTER), ADD, 1);
        rewrite(page, vmclock_field_info(VMCLOCK_FIELD_FLAGS), OR, VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT);
    }
    commit(page);
    return VMCLOCK_OK;
}
_Static_assert(VMCLOCK_AT_DISRUPTION_MARKER + sizeof(uint64_t) <= VMCLOCK_MIN_SIZE &&
                   VMCLOCK_AT_FLAGS + sizeof(uint64_t) <= VMCLOCK_MIN_SIZE,
               "every page has the marker and the flags");

enum vmclock_err vmclock_publish_disrupted(volatile void *page, size_t len, struct vmclock_error *err)
{
    return bump(page, len, false, err);
}

enum vmclock_err vmclock_publish_restored(volatile void *page, size_t len, struct vmclock_error *err)
{
    return bump(page, len, true, err);
}

#undef CLOCK_FLAGS
#undef NOT_PAD
