/* SPDX-License-Identifier: BSD-2-Clause */
/* The field table's rows, the names of fields and of their values, and the library's version. */
#include "names.h"

/*
 * The table's layout in plain C: byte arrays have no padding, so these asserts prove that no row leaves a hole,
 * overlaps another or reaches past the 112 bytes of struct vmclock_abi.
 */
#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence) uint8_t name[sizeof(type)];
struct layout {
    VMCLOCK_FIELDS(VMCLOCK_X)
};
#undef VMCLOCK_X
#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence)                  \
    _Static_assert(offsetof(struct layout, name) == (offset), "hole or overlap at " #name); \
    _Static_assert(sizeof(type) <= 8, "no width for " #name);
VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X
_Static_assert(sizeof(struct layout) == VMCLOCK_STRUCT_SIZE, "struct vmclock_abi has 112 bytes");
_Static_assert(VMCLOCK_AT_SEQ_COUNT + sizeof(uint32_t) == VMCLOCK_HEADER_SIZE, "the header ends with seq_count");
_Static_assert(VMCLOCK_AT_FLAGS + sizeof(uint64_t) == VMCLOCK_MIN_SIZE, "the minimum ends with flags");
/* The flags' sum is the set of them, as each is another bit. */
#define VMCLOCK_X(family, name) +(VMCLOCK_VALUES_##family == VMCLOCK_VALUES_FLAG) * VMCLOCK_##family##_##name
_Static_assert((0 VMCLOCK_VALUES(VMCLOCK_X)) == VMCLOCK_FLAGS_KNOWN, "the known flags are those that have a name");
#undef VMCLOCK_X
_Static_assert(VMCLOCK_FIELD_END <= 32, "struct vmclock_page has 32-bit sets");

static const struct vmclock_field_row field_rows[] = {
    {0},
#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence)                     \
    {#name, sentence, (flag), (offset), sizeof(type), (type)-1 < 1, VMCLOCK_SCOPE_##scope,     \
     VMCLOCK_VALUES_##values},
    VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X
};

/* Where the core is one file, gcc would warn at callers of a NULL that they know not to come. */
#if defined(__GNUC__) && !defined(__clang__)
#define OPAQUE __attribute__((noipa))
#else
#define OPAQUE
#endif

OPAQUE const struct vmclock_field_row *vmclock_field_info(enum vmclock_field field)
{
    /* As unsigned, since the enum's own type may be signed and a caller may hand in any number. */
    const unsigned row = (unsigned)field;

    return row == VMCLOCK_FIELD_NONE || row >= VMCLOCK_FIELD_END ? NULL : &field_rows[row];
}

static const struct {
    const char *name;
    uint64_t value;
    enum vmclock_values family;
} value_names[] = {
#define VMCLOCK_X(family, name) {#name, VMCLOCK_##family##_##name, VMCLOCK_VALUES_##family},
    VMCLOCK_VALUES(VMCLOCK_X)
#undef VMCLOCK_X
};
enum { VALUE_NAMES = sizeof value_names / sizeof *value_names };

static bool equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b)
        a++, b++;
    return *a == *b;
}

OPAQUE const char *vmclock_value_name(enum vmclock_field field, uint64_t value)
{
    const struct vmclock_field_row *info = vmclock_field_info(field);

    for (unsigned i = 0; info != NULL && i < VALUE_NAMES; i++)
        if (value_names[i].family == info->values && value_names[i].value == value)
            return value_names[i].name;
    return NULL;
}

bool vmclock_value_from_name(enum vmclock_field field, const char *name, uint64_t *value)
{
    const struct vmclock_field_row *info = vmclock_field_info(field);

    for (unsigned i = 0; info != NULL && name != NULL && i < VALUE_NAMES; i++)
        if (value_names[i].family == info->values && equal(value_names[i].name, name)) {
            if (value != NULL)
                *value = value_names[i].value;
            return true;
        }
    return false;
}

enum vmclock_field vmclock_field_from_name(const char *name)
{
    for (unsigned field = VMCLOCK_FIELD_NONE + 1; name != NULL && field < VMCLOCK_FIELD_END; field++)
        if (equal(vmclock_field_info((enum vmclock_field)field)->name, name))
            return (enum vmclock_field)field;
    return VMCLOCK_FIELD_NONE;
}

const char *vmclock_lib_version(void)
{
#define DIGITS_OF(x) #x
#define DIGITS(x) DIGITS_OF(x)
    return DIGITS(VMCLOCK_LIB_VERSION_MAJOR) "." DIGITS(VMCLOCK_LIB_VERSION_MINOR)
                                             "." DIGITS(VMCLOCK_LIB_VERSION_PATCH);
#undef DIGITS
#undef DIGITS_OF
}
