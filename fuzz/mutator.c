/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mutator that knows the page: it takes fields, widths and names from the library's table, so that a new field is
 * mutated from the day of its row. For libFuzzer through fuzz_structured.c and fuzz_diff.c, for AFL++ through
 * afl_mutator.c.
 */
#include "mutator.h"
#include "fuzz_check.h"
#include "vmclock.h"

FUZZ_NOT_COVERED

enum { BROKEN_ONE_IN = 16 };

static uint64_t load(const uint8_t *at, unsigned width)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < width; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static void store(uint8_t *at, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* Stores into a field as far as the bytes reach. */
static void set(uint8_t *data, size_t size, enum vmclock_field field, uint64_t value)
{
    const struct vmclock_field_row *info = vmclock_field_info(field);

    if (size >= (size_t)info->offset + info->width)
        store(data + info->offset, info->width, value);
}

static enum vmclock_field any_field(struct fuzz_choice *choice)
{
    return (enum vmclock_field)(1 + fuzz_pick(choice, VMCLOCK_FIELD_END - 1));
}

/* One of the two sides of a field's end: where presence changes. */
static size_t field_edge(struct fuzz_choice *choice)
{
    const struct vmclock_field_row *info = vmclock_field_info(any_field(choice));

    return (size_t)info->offset + info->width - fuzz_pick(choice, 2);
}

/* A number that has a name, or one beside it; other fields have the limits that findings know of. */
static uint64_t known_value(const struct vmclock_field_row *info, enum vmclock_field field, struct fuzz_choice *choice)
{
    static const uint64_t limits[] = {10, 60, 127, 128, 4096, 1000000, 18446744, 18446744073710, UINT64_C(1) << 44};

    if (info->values == VMCLOCK_VALUES_FLAG)
        return UINT64_C(1) << fuzz_pick(choice, 12);
    if (info->values != VMCLOCK_VALUES_NONE) {
        uint64_t value = 0;

        while (vmclock_value_name(field, value) != NULL && value < 256 && fuzz_pick(choice, 6) != 0)
            value++;
        return value;
    }
    return limits[fuzz_pick(choice, sizeof limits / sizeof *limits)] * (fuzz_pick(choice, 4) == 0 ? ~UINT64_C(0) : 1);
}

static uint64_t new_value(uint64_t old, enum vmclock_field field, size_t size, struct fuzz_choice *choice)
{
    const struct vmclock_field_row *info = vmclock_field_info(field);
    const uint64_t beside = fuzz_pick(choice, 3) - UINT64_C(1);
    const unsigned bits = 8U * info->width;

    if (field == VMCLOCK_FIELD_SIZE && fuzz_pick(choice, 2) == 0)
        return (fuzz_pick(choice, 2) == 0 ? size : field_edge(choice)) + beside;
    switch (fuzz_pick(choice, 8)) {
    case 0:
        return beside; /* 2^64 - 1, 0, 1 */
    case 1:
        return (UINT64_C(1) << (bits - 1)) + beside; /* around the sign */
    case 2:
        return known_value(info, field, choice);
    case 3:
        return known_value(info, field, choice) + beside;
    case 4:
        return old + beside;
    case 5:
        return (UINT64_C(1) << fuzz_pick(choice, bits)) + beside;
    case 6:
        return old ^ UINT64_C(1) << fuzz_pick(choice, bits);
    default:
        return fuzz_next(choice);
    }
}

static void edit_field(uint8_t *data, size_t size, enum vmclock_field field, struct fuzz_choice *choice)
{
    const struct vmclock_field_row *info = vmclock_field_info(field);

    if (size >= (size_t)info->offset + info->width)
        set(data, size, field, new_value(load(data + info->offset, info->width), field, size, choice));
}

/* Cuts or extends the region, most often at a field's end; what is new is zero. */
static size_t resize(uint8_t *data, size_t size, size_t max_size, struct fuzz_choice *choice)
{
    size_t now = field_edge(choice);

    if (fuzz_pick(choice, 4) == 0)
        now = VMCLOCK_STRUCT_SIZE + fuzz_pick(choice, 64);
    if (fuzz_pick(choice, 64) == 0)
        now = VMCLOCK_PAGE_SIZE;
    if (now > max_size)
        now = max_size;
    if (now > size)
        memset(data + size, 0, now - size);
    if (fuzz_pick(choice, 8) != 0)
        set(data, now, VMCLOCK_FIELD_SIZE, now);
    return now;
}

static void make_valid(uint8_t *data, size_t size)
{
    const uint64_t claim = size >= 8 ? load(data + vmclock_field_info(VMCLOCK_FIELD_SIZE)->offset, 4) : 0;

    set(data, size, VMCLOCK_FIELD_MAGIC, VMCLOCK_MAGIC);
    set(data, size, VMCLOCK_FIELD_VERSION, VMCLOCK_LAYOUT_VERSION);
    if (claim < VMCLOCK_MIN_SIZE || claim > size)
        set(data, size, VMCLOCK_FIELD_SIZE, size);
}

size_t fuzz_mutate(uint8_t *data, size_t size, size_t max_size, uint64_t seed)
{
    struct fuzz_choice choice = {seed};

    if (size < VMCLOCK_MIN_SIZE && max_size >= VMCLOCK_MIN_SIZE) {
        const size_t now = max_size < VMCLOCK_STRUCT_SIZE ? max_size : VMCLOCK_STRUCT_SIZE;

        memset(data + size, 0, now - size);
        size = now;
    }
    for (unsigned edits = 1 + fuzz_pick(&choice, 4); edits > 0; edits--) {
        switch (fuzz_pick(&choice, 8)) {
        case 0:
            size = resize(data, size, max_size, &choice);
            break;
        case 1:
            edit_field(data, size, VMCLOCK_FIELD_FLAGS, &choice);
            break;
        case 2:
            if (size > VMCLOCK_STRUCT_SIZE) {
                data[VMCLOCK_STRUCT_SIZE + fuzz_pick(&choice, (uint32_t)size - VMCLOCK_STRUCT_SIZE)] =
                    (uint8_t)fuzz_pick(&choice, 3);
                break;
            }
            edit_field(data, size, any_field(&choice), &choice);
            break;
        default:
            edit_field(data, size, any_field(&choice), &choice);
            break;
        }
    }
    if (fuzz_pick(&choice, BROKEN_ONE_IN) != 0)
        make_valid(data, size);
    return size;
}

size_t fuzz_cross(const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size, uint8_t *out,
                  size_t max_size, uint64_t seed)
{
    const size_t size = first_size < max_size ? first_size : max_size;
    struct fuzz_choice choice = {seed};

    if (size > 0)
        memcpy(out, first, size);
    for (unsigned field = 1; field < VMCLOCK_FIELD_END; field++) {
        const struct vmclock_field_row *info = vmclock_field_info((enum vmclock_field)field);
        const size_t end = (size_t)info->offset + info->width;

        if (end <= size && end <= second_size && fuzz_pick(&choice, 2) == 0)
            memcpy(out + info->offset, second + info->offset, info->width);
    }
    if (fuzz_pick(&choice, BROKEN_ONE_IN) != 0)
        make_valid(out, size);
    return size;
}

enum { PAIR = 2 * VMCLOCK_STRUCT_SIZE };

size_t fuzz_mutate_pair(uint8_t *data, size_t size, uint64_t seed)
{
    uint8_t *const which = data + (seed % 2 == 0 ? 0 : VMCLOCK_STRUCT_SIZE);
    uint8_t page[VMCLOCK_STRUCT_SIZE];

    if (size < PAIR)
        return 0;
    memcpy(page, which, sizeof page);
    (void)fuzz_mutate(page, sizeof page, sizeof page, seed / 2);
    memcpy(which, page, sizeof page);
    return size;
}

size_t fuzz_cross_pair(const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size, uint8_t *out,
                       size_t max_size, uint64_t seed)
{
    struct fuzz_choice choice = {seed};
    const size_t from = fuzz_pick(&choice, 2) * VMCLOCK_STRUCT_SIZE, to = fuzz_pick(&choice, 2) * VMCLOCK_STRUCT_SIZE;

    if (first_size < PAIR || second_size < PAIR || max_size < PAIR)
        return 0;
    memcpy(out, first, PAIR);
    if (fuzz_pick(&choice, 2) == 0) /* a whole state from the other pair */
        memcpy(out + to, second + from, VMCLOCK_STRUCT_SIZE);
    else
        (void)fuzz_cross(first + to, VMCLOCK_STRUCT_SIZE, second + from, VMCLOCK_STRUCT_SIZE, out + to,
                         VMCLOCK_STRUCT_SIZE, fuzz_next(&choice));
    return PAIR;
}

FUZZ_COVERED
