/* SPDX-License-Identifier: BSD-2-Clause */
/* FIELD=VALUE, as `vmclock publish --set` takes it. What fields and names there are is asked of the library. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "set.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "args.h"

/* The most that an unsigned field can hold; for a signed one, the most of either side. */
static uint64_t most_of(const struct vmclock_field_row *info)
{
    return UINT64_MAX >> (64 - 8 * info->width + info->is_signed);
}

/* One number or name. */
static bool parse_part(enum vmclock_field field, const char *text, uint64_t *out)
{
    const struct vmclock_field_row *const info = vmclock_field_info(field);
    uint64_t magnitude;

    if (vmclock_value_from_name(field, text, out))
        return true;
    if (*text == '-' && info->is_signed && cmd_number(text + 1, &magnitude) &&
        (magnitude == 0 || magnitude - 1 <= most_of(info))) {
        *out = 0 - magnitude;
        return true;
    }
    return cmd_number(text, out) && *out <= most_of(info);
}

/* Longer than every name and number there is. */
typedef char set_word[64];

/* Takes what comes before the first of `ends`, or all. False when that is too long to mean something. */
static bool take_word(const char **text, const char *ends, set_word out)
{
    const size_t len = strcspn(*text, ends);

    snprintf(out, sizeof(set_word), "%.*s", len < sizeof(set_word) ? (int)len : 0, *text);
    *text += len;
    return len < sizeof(set_word);
}

/* Of flags, several with | between them. */
static bool parse_value(enum vmclock_field field, const char *text, uint64_t *out)
{
    const char *const ends = field == VMCLOCK_FIELD_FLAGS ? "|" : "";
    uint64_t part;
    set_word name;

    *out = 0;
    do {
        if (!take_word(&text, ends, name) || !parse_part(field, name, &part))
            return false;
        *out |= part;
    } while (*text++ == '|');
    return true;
}

/* ---- What there is to choose from ---- */

struct list {
    char text[1024]; /* more than all fields, or the names of any */
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void list_add(struct list *list, const char *format, ...)
{
    va_list arguments;
    int added;

    va_start(arguments, format);
    added = vsnprintf(list->text + list->len, sizeof list->text - list->len, format, arguments);
    va_end(arguments);
    if (added > 0 && (size_t)added < sizeof list->text - list->len)
        list->len += (size_t)added;
}

static void list_fields(struct list *list)
{
    list_add(list, "The fields are");
    for (unsigned field = VMCLOCK_FIELD_NONE + 1; field < VMCLOCK_FIELD_END; field++)
        if (field != VMCLOCK_FIELD_SEQ_COUNT)
            list_add(list, "%s %s", field == VMCLOCK_FIELD_NONE + 1 ? "" : ",",
                     vmclock_field_info((enum vmclock_field)field)->name);
    list_add(list, ".");
}

/* The names of a field's values: each bit of flags has one, of other fields each number. */
static void list_names(struct list *list, enum vmclock_field field)
{
    const bool is_flags = field == VMCLOCK_FIELD_FLAGS;

    for (unsigned i = 0; i < (is_flags ? 64 : 256); i++) {
        const char *const name = vmclock_value_name(field, is_flags ? UINT64_C(1) << i : i);

        if (name != NULL)
            list_add(list, "%s, ", name);
    }
    if (is_flags)
        list_add(list, "several of them with | between them, ");
}

static void list_values(struct list *list, enum vmclock_field field)
{
    const struct vmclock_field_row *const info = vmclock_field_info(field);
    const unsigned long long most = most_of(info);

    list_add(list, "%s can be ", info->name);
    list_names(list, field);
    list_add(list, "%sa number from ", list->text[list->len - 2] == ',' ? "or " : "");
    if (info->is_signed)
        list_add(list, "-%llu", most + 1);
    else
        list_add(list, "0");
    list_add(list, " to %llu.", most);
}

enum cmd_status cmd_set_take(const char *command, const char *text, void *to)
{
    struct cmd_set *const set = to;
    const char *equals = text, *wrong = NULL;
    struct list known = {.len = 0};
    set_word name;
    enum vmclock_field field =
        take_word(&equals, "=", name) ? vmclock_field_from_name(name) : VMCLOCK_FIELD_NONE;

    if (*equals == '\0')
        wrong = "this sets nothing, it is not FIELD=VALUE";
    else if (field == VMCLOCK_FIELD_NONE) {
        wrong = "the page has no such field";
        list_fields(&known);
    } else if (field == VMCLOCK_FIELD_SEQ_COUNT)
        wrong = "seq_count cannot be set, it counts the updates";
    else if (!parse_value(field, equals + 1, &set->values[field])) {
        wrong = "the value is no number or name that the field can hold";
        list_values(&known, field);
    } else
        set->given[field] = true;
    return wrong == NULL ? CMD_OK : cmd_usage_error_known(command, wrong, text, known.text);
}
