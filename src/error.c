/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors: filling them in, their names, and one line of text. Never fails and never needs a system call to do so. */
#include "error.h"
#include "text.h"

enum numbers { NEITHER, ACTUAL, BOTH };

static const struct {
    const char *name;
    const char *sentence;
    enum numbers numbers;
} reasons[] = {
    {"none", "no error", NEITHER},
#define VMCLOCK_X(NAME, number, id, kind, numbers, sentence) [number] = {id, sentence, numbers},
    VMCLOCK_REASONS(VMCLOCK_X)
#undef VMCLOCK_X
};

static const char *const errs[] = {
    "Ok",
#define VMCLOCK_X(NAME, number, name) [number] = name,
    VMCLOCK_ERRS(VMCLOCK_X)
#undef VMCLOCK_X
};

/* Enums come from callers and may hold any number; the casts make negative ones large. */
static bool known(enum vmclock_reason reason)
{
    return (unsigned)reason < VMCLOCK_REASON_END;
}

const char *vmclock_err_name(enum vmclock_err kind)
{
    return (unsigned)kind < VMCLOCK_ERR_END ? errs[kind] : NULL;
}

const char *vmclock_reason_name(enum vmclock_reason reason)
{
    return known(reason) ? reasons[reason].name : NULL;
}

const char *vmclock_reason_sentence(enum vmclock_reason reason)
{
    return known(reason) ? reasons[reason].sentence : NULL;
}

enum vmclock_err vmclock_reason_kind(enum vmclock_reason reason)
{
    return vmclock_kind_(reason);
}

void vmclock_fill_error_(struct vmclock_error *err, enum vmclock_reason reason, enum vmclock_field field,
                         uint64_t expected, uint64_t actual)
{
    const struct vmclock_field_row *info = vmclock_field_info(field);

    if (err == NULL)
        return;
    /* Every member, one by one: to clear them all first would take twice as long. */
    err->kind = vmclock_kind_(reason);
    err->reason = reason;
    err->field = field;
    err->offset = info != NULL ? info->offset : 0;
    err->expected = expected;
    err->actual = actual;
    err->sys_errno = 0;
    err->origin = NULL;
}

static enum numbers numbers_of(const struct vmclock_error *err)
{
    return err != NULL && known(err->reason) ? reasons[err->reason].numbers : NEITHER;
}

/*
 * The field whose values the two numbers are: not those of an absent field, which are where it ends and what there is.
 */
static enum vmclock_field value_of(const struct vmclock_error *err)
{
    return err->reason == VMCLOCK_REASON_FIELD_ABSENT ? VMCLOCK_FIELD_NONE : err->field;
}

size_t vmclock_error_format_expected(const struct vmclock_error *err, char *buf, size_t cap)
{
    struct vmclock_text_ text = vmclock_text_(buf, cap);

    if (numbers_of(err) == BOTH)
        vmclock_put_value_(&text, value_of(err), err->expected);
    return vmclock_text_end_(&text);
}

size_t vmclock_error_format_actual(const struct vmclock_error *err, char *buf, size_t cap)
{
    struct vmclock_text_ text = vmclock_text_(buf, cap);

    if (numbers_of(err) != NEITHER)
        vmclock_put_value_(&text, value_of(err), err->actual);
    return vmclock_text_end_(&text);
}

static void put_known(struct vmclock_text_ *text, const char *known, const char *otherwise)
{
    vmclock_put_(text, known != NULL ? known : otherwise);
}

static void put_call(struct vmclock_text_ *text, const struct vmclock_error *err)
{
    if (err->origin == NULL && err->sys_errno == 0)
        return;
    vmclock_put_(text, ": ");
    put_known(text, err->origin, "a system call");
    vmclock_put_(text, " gave errno ");
    vmclock_put_signed_(text, err->sys_errno);
}

static void put_field(struct vmclock_text_ *text, const struct vmclock_field_row *info)
{
    if (info == NULL)
        return;
    vmclock_put_(text, "; ");
    vmclock_put_(text, info->name);
    vmclock_put_(text, " (offset ");
    vmclock_put_hex_(text, info->offset, 2);
    vmclock_put_char_(text, ')');
}

static void put_numbers(struct vmclock_text_ *text, const struct vmclock_error *err, bool of_a_field)
{
    const enum numbers numbers = numbers_of(err);

    if (numbers == NEITHER)
        return;
    vmclock_put_(text, !of_a_field                                  ? "; found "
                       : err->reason == VMCLOCK_REASON_FIELD_ABSENT ? " is absent: the page's bytes are "
                                                                    : " is ");
    vmclock_put_value_(text, value_of(err), err->actual);
    if (numbers == ACTUAL)
        return;
    vmclock_put_(text, ", expected ");
    vmclock_put_value_(text, value_of(err), err->expected);
}

size_t vmclock_error_format(const struct vmclock_error *err, char *buf, size_t cap)
{
    struct vmclock_text_ text = vmclock_text_(buf, cap);

    if (err == NULL)
        vmclock_put_(&text, "no error");
    else {
        const struct vmclock_field_row *const info = vmclock_field_info(err->field);

        put_known(&text, vmclock_err_name(err->kind), "unknown error");
        vmclock_put_(&text, ": ");
        put_known(&text, vmclock_reason_sentence(err->reason), "unknown reason");
        put_call(&text, err);
        put_field(&text, info);
        put_numbers(&text, err, info != NULL);
    }
    return vmclock_text_end_(&text);
}
