/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the fuzzers' dictionary from the field table: gen_dict [--check] FILE. */
#include "generate.h"
#include "vmclock.h"

static char text[1 << 16];
static size_t used;

static void entry(const char *name, const char *detail, uint64_t value, unsigned width)
{
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s=\"", name, detail[0] != '\0' ? "_" : "", detail);
    for (unsigned i = 0; i < width; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "\\x%02x", (unsigned)(value >> (8 * i) & 0xff));
    used += (size_t)snprintf(text + used, sizeof text - used, "\"\n");
}

/* Values that have names; of single bytes a fuzzer finds all 256 by itself. */
static void named_values(enum vmclock_field field, const struct vmclock_field_row *info)
{
    for (unsigned bit = 0; info->values == VMCLOCK_VALUES_FLAG && bit < 64; bit++) {
        const char *name = vmclock_value_name(field, UINT64_C(1) << bit);

        if (name != NULL)
            entry(info->name, name, UINT64_C(1) << bit, info->width);
    }
}

int main(int argc, char **argv)
{
    const bool check = argc == 3 && strcmp(argv[1], "--check") == 0;
    static const unsigned widths[] = {2, 4, 8};

    if (argc != 2 && !check)
        return 2;
    used = (size_t)snprintf(text, sizeof text, "# Made by gen_dict from the field table; not to be edited.\n");
    entry("magic", "", VMCLOCK_MAGIC, 4);
    entry("magic", "swapped", 0x56434c4b, 4);
    entry("version", "", VMCLOCK_LAYOUT_VERSION, 2);
    entry("size", "header", VMCLOCK_HEADER_SIZE, 4);
    entry("size", "page", VMCLOCK_PAGE_SIZE, 4);
    for (unsigned field = 1; field < VMCLOCK_FIELD_END; field++) {
        const struct vmclock_field_row *info = vmclock_field_info((enum vmclock_field)field);

        if (info->offset + info->width >= VMCLOCK_MIN_SIZE)
            entry("size_up_to", info->name, (uint64_t)info->offset + info->width, 4);
        named_values((enum vmclock_field)field, info);
    }
    for (unsigned i = 0; i < sizeof widths / sizeof *widths; i++) {
        const uint64_t sign = UINT64_C(1) << (8 * widths[i] - 1);
        char name[16];

        snprintf(name, sizeof name, "u%u", 8 * widths[i]);
        entry(name, "one", 1, widths[i]);
        entry(name, "max", ~UINT64_C(0), widths[i]);
        entry(name, "signed_min", sign, widths[i]);
        entry(name, "signed_max", sign - 1, widths[i]);
    }
    return generate(argv[argc - 1], check, text, used) ? 0 : 1;
}
