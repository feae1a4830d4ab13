/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small containers of guest memory, whole and broken in every way, made from the formats' own documents: the table of
 * what the readers are held to. All their memory is ours.
 */
#ifndef CONTAINERS_H
#define CONTAINERS_H

#include "vmclock_posix.h"
#include "pages.h"

enum { CONTAINER_MAX = 8192, CONTAINER_SEGMENTS = 3 };

/* A program header, or a range. */
struct container_load {
    uint64_t offset, len, physical;
};

struct container {
    const char *name; /* ok_… when nothing is wrong, else <fault>__… */
    enum vmclock_image_format format;
    unsigned faults;
    unsigned count;
    struct vmclock_segment segments[CONTAINER_SEGMENTS]; /* as they should be read */
    /* How it is made. */
    size_t len;
    unsigned bits; /* 32 or 64: an ELF core */
    bool is_big;
    unsigned loads;
    struct container_load load[4];
    uint64_t table, entry, number, sections; /* of an ELF header; number 0xffff: it is `loads`, in the first section */
};

static inline void put_number(uint8_t *at, unsigned width, uint64_t value, bool is_big)
{
    for (unsigned i = 0; i < width; i++)
        at[is_big ? width - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

/* A valid page of 112 bytes. */
static inline void put_page(uint8_t *at)
{
    static const uint8_t page[112] = {'V', 'C', 'L', 'K', 112, 0, 0, 0, 1, 0, 0xff, 0, 2, 0, 0, 0, 1};

    memcpy(at, page, sizeof page);
}

static inline void put_elf_header(uint8_t *out, const struct container *c)
{
    const bool is_wide = c->bits == 64, is_big = c->is_big;
    const unsigned width = is_wide ? 8 : 4;

    memcpy(out, "\177ELF", 4);
    out[4] = is_wide ? 2 : 1;
    out[5] = is_big ? 2 : 1;
    out[6] = 1;
    put_number(out + 16, 2, 4, is_big); /* ET_CORE */
    put_number(out + 20, 4, 1, is_big);
    put_number(out + 24 + width, width, c->table, is_big);
    put_number(out + 24 + 2 * width, width, c->sections, is_big);
    put_number(out + (is_wide ? 52 : 40), 2, is_wide ? 64 : 52, is_big);
    put_number(out + (is_wide ? 54 : 42), 2, c->entry, is_big);
    put_number(out + (is_wide ? 56 : 44), 2, c->number, is_big);
    if (c->number == 0xffff && c->sections + 64 < c->len)
        put_number(out + c->sections + (is_wide ? 44 : 28), 4, c->loads, is_big); /* sh_info */
}

static inline void put_elf(uint8_t *out, const struct container *c)
{
    const bool is_wide = c->bits == 64;
    const unsigned width = is_wide ? 8 : 4;

    put_elf_header(out, c);
    for (unsigned i = 0; i < c->loads && c->table < 1024; i++) {
        uint8_t *const p = out + c->table + i * c->entry;

        /* The first one is a note, with the address of nothing. */
        put_number(p, 4, i == 0 ? 4 : 1, c->is_big);
        put_number(p + width, width, c->load[i].offset, c->is_big);
        put_number(p + (is_wide ? 24 : 12), width, c->load[i].physical, c->is_big);
        put_number(p + (is_wide ? 32 : 16), width, c->load[i].len, c->is_big);
    }
}

static inline void put_lime(uint8_t *out, const struct container *c)
{
    for (unsigned i = 0; i < c->loads; i++) {
        uint8_t *const p = out + c->load[i].offset - 32;

        put_number(p, 4, 0x4c694d45, c->is_big);
        put_number(p + 4, 4, c->number == 0 ? 1 : c->number, c->is_big);
        put_number(p + 8, 8, c->load[i].physical, c->is_big);
        put_number(p + 16, 8, c->load[i].physical + c->load[i].len - 1, c->is_big);
    }
}

/* Where the page of each is: 0x308 is no multiple of much. */
#define PAGE_AT 0x308

/* The bytes of a row; out has CONTAINER_MAX bytes. Returns how many there are. */
static inline size_t container_make(const struct container *c, uint8_t *out)
{
    memset(out, 0, CONTAINER_MAX);
    if (c->len >= PAGE_AT + 112)
        put_page(out + PAGE_AT);
    if (c->bits != 0)
        put_elf(out, c);
    else if (c->format == VMCLOCK_IMAGE_LIME)
        put_lime(out, c);
    else if (c->format == VMCLOCK_IMAGE_KDUMP)
        memcpy(out, "KDUMP   \6\0\0\0", 12);
    else if (c->format == VMCLOCK_IMAGE_FLATTENED)
        memcpy(out, "makedumpfile\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1", 32);
    else if (c->format == VMCLOCK_IMAGE_MIGRATION)
        memcpy(out, "QEVM\0\0\0\3", 8);
    return c->len;
}

/* The usual: a note, some memory, and the page's memory. */
#define TWO_LOADS                                                                  \
    .loads = 3, .load = {{0x100, 0x40, 0}, {0x200, 0x100, 0x1000}, {0x308, 0x100, 0xfeffb000}}
#define TWO_SEGMENTS .count = 2, .segments = {{0x200, 0x100, 0x1000, true}, {0x308, 0x100, 0xfeffb000, true}}
#define ELF64 .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64, .entry = 56, .number = 3, .len = 0x408
#define ELF32 .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 32, .table = 52, .entry = 32, .number = 3, .len = 0x408
#define LIME .format = VMCLOCK_IMAGE_LIME, .len = 0x408

static const struct container containers[] = {
    {.name = "ok_elf64_le", ELF64, TWO_LOADS, TWO_SEGMENTS},
    {.name = "ok_elf64_be", ELF64, TWO_LOADS, TWO_SEGMENTS, .is_big = true},
    {.name = "ok_elf32_le", ELF32, TWO_LOADS, TWO_SEGMENTS},
    {.name = "ok_elf32_be", ELF32, TWO_LOADS, TWO_SEGMENTS, .is_big = true},
    {.name = "ok_elf64_xnum", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64, .entry = 56, .number = 0xffff,
     .sections = 0x150, .len = 0x408, TWO_LOADS, TWO_SEGMENTS},
    {.name = "ok_elf32_xnum", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 32, .table = 52, .entry = 32, .number = 0xffff,
     .sections = 0x150, .len = 0x408, TWO_LOADS, TWO_SEGMENTS, .is_big = true},
    {.name = "ok_elf64_long_entries", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64, .entry = 64,
     .number = 3, .len = 0x408, TWO_LOADS, TWO_SEGMENTS},
    {.name = "ok_elf64_unsorted", ELF64, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0x308, 0x100, 0xfeffb000}, {0x200, 0x100, 0x1000}}, TWO_SEGMENTS},
    {.name = "ok_elf64_empty_segment", ELF64, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0xffffff, 0, 0x1000}, {0x308, 0x100, 0xfeffb000}},
     .count = 1, .segments = {{0x308, 0x100, 0xfeffb000, true}}},
    {.name = "ok_elf64_at_address_0", ELF64, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0xffffff, 0, 0x1000}, {0x308, 0x100, 0}},
     .count = 1, .segments = {{0x308, 0x100, 0, true}}},
    {.name = "ok_elf64_of_a_process", ELF64, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0x200, 0x100, 0}, {0x308, 0x100, 0}},
     .count = 2, .segments = {{0x200, 0x100, 0, false}, {0x308, 0x100, 0, false}}},
    {.name = "ok_elf64_without_address", ELF64, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0x200, 0x100, UINT64_MAX}, {0x308, 0x100, 0x1000}},
     .count = 2, .segments = {{0x200, 0x100, 0, false}, {0x308, 0x100, 0x1000, true}}},
    {.name = "ok_elf64_to_the_last_address", ELF64, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0x200, 0x100, 0x1000}, {0x308, 0x100, UINT64_MAX - 0x100}},
     .count = 2, .segments = {{0x200, 0x100, 0x1000, true}, {0x308, 0x100, UINT64_MAX - 0x100, true}}},
    {.name = "cut__elf64_past_the_end", ELF64, .faults = VMCLOCK_IMAGE_CUT, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0x200, 0x100, 0x1000}, {0x308, 0x101, 0xfeffb000}}, TWO_SEGMENTS},
    {.name = "cut__elf64_outside", ELF64, .faults = VMCLOCK_IMAGE_CUT, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0x408, 1, 0x1000}, {0x308, 0x100, 0xfeffb000}},
     .count = 1, .segments = {{0x308, 0x100, 0xfeffb000, true}}},
    {.name = "cut__elf64_endless", ELF64, .faults = VMCLOCK_IMAGE_CUT, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0x200, 0x100, 0x1000}, {0x308, UINT64_MAX, 0xfeffb000}}, TWO_SEGMENTS},
    {.name = "cut__elf32_endless", ELF32, .faults = VMCLOCK_IMAGE_CUT, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0x200, 0x100, 0x1000}, {0x308, UINT32_MAX, 0xfeffb000}}, TWO_SEGMENTS},
    {.name = "overlap__elf64", ELF64, .faults = VMCLOCK_IMAGE_OVERLAP, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0x200, 0x180, 0x1000}, {0x308, 0x100, 0xfeffb000}},
     .count = 2, .segments = {{0x200, 0x180, 0x1000, true}, {0x380, 0x88, 0xfeffb078, true}}},
    {.name = "overlap__elf64_within", ELF64, .faults = VMCLOCK_IMAGE_OVERLAP, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0x308, 0x80, 0x1000}, {0x300, 0x100, 0xfeffb000}},
     .count = 1, .segments = {{0x300, 0x100, 0xfeffb000, true}}},
    {.name = "overlap__elf64_the_same", ELF64, .faults = VMCLOCK_IMAGE_OVERLAP, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0x308, 0x100, 0x2000}, {0x308, 0x100, 0x1000}},
     .count = 1, .segments = {{0x308, 0x100, 0x1000, true}}},
    {.name = "malformed__elf64_entries_too_short", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64,
     .entry = 55, .number = 3, .len = 0x408, .faults = VMCLOCK_IMAGE_MALFORMED},
    {.name = "malformed__elf32_entries_too_short", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 32, .table = 52,
     .entry = 31, .number = 3, .len = 0x408, .faults = VMCLOCK_IMAGE_MALFORMED},
    {.name = "malformed__elf64_no_entries", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64, .entry = 56,
     .number = 0, .len = 0x408, .faults = VMCLOCK_IMAGE_MALFORMED},
    {.name = "malformed__elf64_addresses_wrap", ELF64, .faults = VMCLOCK_IMAGE_MALFORMED, .loads = 3,
     .load = {{0x100, 0x40, 0}, {0x200, 0x100, 0x1000}, {0x308, 0x100, UINT64_MAX - 0xff}},
     .count = 2, .segments = {{0x200, 0x100, 0x1000, true}, {0x308, 0x100, 0, false}}},
    {.name = "unread__elf64_table_past_the_end", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 0x400,
     .entry = 56, .number = 3, .len = 0x408, .faults = VMCLOCK_IMAGE_UNREAD},
    {.name = "unread__elf64_table_wraps", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = UINT64_MAX - 60,
     .entry = 56, .number = 3, .len = 0x408, .faults = VMCLOCK_IMAGE_UNREAD},
    {.name = "unread__elf64_endless_table", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64, .entry = 56,
     .number = 0xfffe, .len = 0x408, TWO_LOADS, TWO_SEGMENTS, .faults = VMCLOCK_IMAGE_UNREAD},
    {.name = "unread__elf64_section_past_the_end", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64,
     .entry = 56, .number = 0xffff, .sections = 0x3f0, .len = 0x408, TWO_LOADS, .faults = VMCLOCK_IMAGE_UNREAD},
    {.name = "unread__elf64_header_cut", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64, .entry = 56,
     .number = 3, .len = 63, .faults = VMCLOCK_IMAGE_UNREAD},
    {.name = "unread__elf32_header_cut", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 32, .table = 52, .entry = 32,
     .number = 3, .len = 51, .faults = VMCLOCK_IMAGE_UNREAD},
    {.name = "ok_lime_le", LIME, .loads = 2, .load = {{32, 0x2c8, 0x1000}, {0x308, 0x100, 0xfeffb000}}, .count = 2,
     .segments = {{32, 0x2c8, 0x1000, true}, {0x308, 0x100, 0xfeffb000, true}}},
    {.name = "ok_lime_be", LIME, .loads = 2, .load = {{32, 0x2c8, 0x1000}, {0x308, 0x100, 0xfeffb000}}, .count = 2,
     .segments = {{32, 0x2c8, 0x1000, true}, {0x308, 0x100, 0xfeffb000, true}}, .is_big = true},
    {.name = "cut__lime_past_the_end", LIME, .loads = 2, .load = {{32, 0x2c8, 0x1000}, {0x308, 0x101, 0xfeffb000}},
     .faults = VMCLOCK_IMAGE_CUT, .count = 2,
     .segments = {{32, 0x2c8, 0x1000, true}, {0x308, 0x100, 0xfeffb000, true}}},
    {.name = "cut__lime_endless", LIME, .loads = 1, .load = {{32, 0, 0}}, .faults = VMCLOCK_IMAGE_CUT, .count = 1,
     .segments = {{32, 0x3e8, 0, true}}},
    {.name = "malformed__lime_backwards", LIME, .loads = 2,
     .load = {{32, 0x2c8, 0x1000}, {0x308, UINT64_C(0) - 0x10, 0xfeffb000}}, .faults = VMCLOCK_IMAGE_MALFORMED,
     .count = 1, .segments = {{32, 0x2c8, 0x1000, true}}},
    {.name = "malformed__lime_version", LIME, .loads = 1, .load = {{32, 0x3e8, 0x1000}}, .number = 2,
     .faults = VMCLOCK_IMAGE_MALFORMED},
    {.name = "malformed__lime_no_second_header", LIME, .loads = 1, .load = {{32, 0x2c8, 0x1000}},
     .faults = VMCLOCK_IMAGE_MALFORMED, .count = 1, .segments = {{32, 0x2c8, 0x1000, true}}},
    {.name = "unread__lime_bytes_behind", LIME, .loads = 1, .load = {{32, 0x3e7, 0x1000}},
     .faults = VMCLOCK_IMAGE_UNREAD, .count = 1, .segments = {{32, 0x3e7, 0x1000, true}}},
    {.name = "unread__lime_header_cut", .format = VMCLOCK_IMAGE_LIME, .loads = 1, .load = {{32, 1, 0}}, .len = 31,
     .faults = VMCLOCK_IMAGE_UNREAD},
    {.name = "ok_kdump", .format = VMCLOCK_IMAGE_KDUMP, .len = 0x408},
    {.name = "ok_flattened", .format = VMCLOCK_IMAGE_FLATTENED, .len = 0x408},
    {.name = "ok_migration", .format = VMCLOCK_IMAGE_MIGRATION, .len = 0x408},
    {.name = "ok_raw", .format = VMCLOCK_IMAGE_RAW, .len = 0x408},
    {.name = "ok_empty", .format = VMCLOCK_IMAGE_RAW, .len = 0},
};
enum { CONTAINERS = sizeof containers / sizeof *containers };

#undef TWO_LOADS
#undef TWO_SEGMENTS
#undef ELF64
#undef ELF32
#undef LIME

#endif
