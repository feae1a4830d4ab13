/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writer's half of the seq_count protocol (UAPI.13): the only file that writes live memory. Values are laid out in
 * private bytes first and then stored; nothing is read back but what is rewritten.
 */
#include "internal.h"
#include "live.h"

enum { WORD = sizeof(vmclock_word_) };

/* A page's bytes in private memory, aligned so that they can be stored in words. */
struct image {
    vmclock_word_ words[VMCLOCK_STRUCT_SIZE / WORD];
};

/* The counterpart of view.c's load(): bytes are laid out here or not at all. */
static inline void put(unsigned char *buf, size_t len, size_t offset, size_t width, uint64_t value)
{
    if (offset > len || width > len - offset)
        return;
    for (size_t i = 0; i < width; i++)
        buf[offset + i] = (unsigned char)(value >> (8 * i));
}

void vmclock_encode(const struct vmclock_page *values, void *buf, size_t len)
{
    if (values == NULL || buf == NULL)
        return;
#define VMCLOCK_X(NAME, name, offset, type, scope, flag, family, sentence) \
    put(buf, len, (offset), sizeof(type), (uint64_t)values->name);
    VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X
}

static enum vmclock_err check(const volatile void *page, size_t len, struct vmclock_error *err)
{
    if (page == NULL || len == 0)
        return vmclock_fail_(err, VMCLOCK_WHY_EMPTY, VMCLOCK_FIELD_NONE, VMCLOCK_MIN_SIZE, 0);
    if (len < VMCLOCK_MIN_SIZE)
        return vmclock_fail_(err, VMCLOCK_WHY_TRUNCATED, VMCLOCK_FIELD_NONE, VMCLOCK_MIN_SIZE, len);
    if ((uintptr_t)page % 8 != 0)
        return vmclock_fail_(err, VMCLOCK_WHY_REGION_MISALIGNED, VMCLOCK_FIELD_NONE, 0, (uintptr_t)page % 8);
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

/* Odd before any data. */
static void begin(volatile unsigned char *live)
{
    set_seq(live, get_seq(live) | 1);
    vmclock_live_release_();
}

/* All data before even; 2^32 - 1 goes to 0. */
static void commit(volatile unsigned char *live)
{
    const uint32_t seq = get_seq(live);

    vmclock_live_release_();
    set_seq(live, seq + (seq & 1));
}

/* Stores bytes [from, to) of the image, from a multiple of 8 on. */
static inline void store(volatile unsigned char *live, const struct image *image, size_t from, size_t to)
{
    size_t at;

    for (at = from; to - at >= WORD; at += WORD)
        vmclock_live_store_(live + at, image->words[at / WORD]);
    for (; at < to; at++)
        vmclock_live_store_byte_(live + at, ((const unsigned char *)image->words)[at]);
}

static void store_guarded(volatile unsigned char *live, size_t len, const struct vmclock_page *values)
{
    struct image image;

    vmclock_encode(values, image.words, sizeof image.words);
    if (len >= VMCLOCK_STRUCT_SIZE)
        store(live, &image, VMCLOCK_HEADER_SIZE, VMCLOCK_STRUCT_SIZE); /* the usual case, with constants */
    else
        store(live, &image, VMCLOCK_HEADER_SIZE, len);
}

enum vmclock_err vmclock_publish_init(volatile void *page, size_t len, const struct vmclock_page *values,
                                      struct vmclock_error *err)
{
    volatile unsigned char *live = page;
    const enum vmclock_err kind = check(page, len, err);
    struct vmclock_page made = {0};
    struct image image;
    uint32_t old_seq;

    if (kind != VMCLOCK_OK)
        return kind;
    if (values != NULL)
        made = *values;
    if (made.size < VMCLOCK_MIN_SIZE)
        return vmclock_fail_(err, VMCLOCK_WHY_SIZE_TOO_SMALL, VMCLOCK_FIELD_SIZE, VMCLOCK_MIN_SIZE, made.size);
    if (made.size > len)
        return vmclock_fail_(err, VMCLOCK_WHY_SIZE_EXCEEDS_REGION, VMCLOCK_FIELD_SIZE, len, made.size);
    made.magic = VMCLOCK_MAGIC;
    made.version = VMCLOCK_LAYOUT_VERSION;
    vmclock_encode(&made, image.words, sizeof image.words);

    old_seq = get_seq(live);
    set_seq(live, old_seq | 1);
    vmclock_live_store_half_(live + VMCLOCK_AT_MAGIC, 0);
    vmclock_live_release_();
    vmclock_live_store_half_(live + VMCLOCK_AT_SIZE, ((const vmclock_half_ *)image.words)[VMCLOCK_AT_SIZE / 4]);
    vmclock_live_store_half_(live + VMCLOCK_AT_VERSION, ((const vmclock_half_ *)image.words)[VMCLOCK_AT_VERSION / 4]);
    store_guarded(live, made.size, &made);
    made.seq_count += made.seq_count & 1;
    vmclock_live_release_();
    /* Not the even number that was there before, or before a dead writer's odd one: a slow reader may hold it. */
    set_seq(live, made.seq_count != (old_seq & ~UINT32_C(1)) ? made.seq_count : made.seq_count + 2);
    vmclock_live_release_();
    vmclock_live_store_half_(live + VMCLOCK_AT_MAGIC, ((const vmclock_half_ *)image.words)[VMCLOCK_AT_MAGIC / 4]);
    return VMCLOCK_OK;
}

enum vmclock_err vmclock_publish_begin(volatile void *page, size_t len, struct vmclock_error *err)
{
    const enum vmclock_err kind = check(page, len, err);

    if (kind == VMCLOCK_OK)
        begin(page);
    return kind;
}

enum vmclock_err vmclock_publish_commit(volatile void *page, size_t len, struct vmclock_error *err)
{
    const enum vmclock_err kind = check(page, len, err);

    if (kind == VMCLOCK_OK)
        commit(page);
    return kind;
}

enum operation { SET, ADD, OR };

/* Rewrites one field. Byte by byte: readers look at it only when seq_count says that it is whole. */
static void rewrite(volatile unsigned char *live, const struct vmclock_field_row *info, enum operation operation,
                    uint64_t value)
{
    uint64_t old = 0;

    for (unsigned i = 0; operation != SET && i < info->width; i++)
        old += (uint64_t)vmclock_live_load_byte_(live + info->offset + i) << (8 * i);
    if (operation == OR)
        old &= ~value;
    for (unsigned i = 0; i < info->width; i++)
        vmclock_live_store_byte_(live + info->offset + i, (uint8_t)((old + value) >> (8 * i)));
}

static enum vmclock_err rewrite_checked(volatile void *page, size_t len, enum vmclock_field field,
                                        enum operation operation, uint64_t value, struct vmclock_error *err)
{
    const enum vmclock_err kind = check(page, len, err);
    const struct vmclock_field_row *info = vmclock_field_info(field);

    if (kind != VMCLOCK_OK)
        return kind;
    if (info == NULL || info->scope == VMCLOCK_SCOPE_SEQ)
        return vmclock_fail_(err, VMCLOCK_WHY_FIELD_ABSENT, field, 0, len);
    if (info->offset > len || info->width > len - info->offset)
        return vmclock_fail_(err, VMCLOCK_WHY_FIELD_ABSENT, field, (uint64_t)info->offset + info->width, len);
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
    const enum vmclock_err kind = check(page, len, err);

    if (kind == VMCLOCK_OK && values != NULL)
        store_guarded(page, len, values);
    return kind;
}

enum vmclock_err vmclock_publish_update(volatile void *page, size_t len, const struct vmclock_page *values,
                                        struct vmclock_error *err)
{
    const enum vmclock_err kind = check(page, len, err);

    if (kind == VMCLOCK_OK && values != NULL) {
        begin(page);
        store_guarded(page, len, values);
        commit(page);
    }
    return kind;
}

/* One whole update that bumps the marker, and for a restored VM the generation counter where the page has one. */
static enum vmclock_err bump(volatile void *page, size_t len, bool restored, struct vmclock_error *err)
{
    const enum vmclock_err kind = check(page, len, err);

    if (kind != VMCLOCK_OK)
        return kind;
    begin(page);
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
