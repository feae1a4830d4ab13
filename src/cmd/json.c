/* SPDX-License-Identifier: BSD-2-Clause */
/* The documented JSON, built by Jansson. Keys and their order are a promise; names and values come from the library. */
#define _GNU_SOURCE 1
#include "cmd.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static json_t *checked(json_t *value)
{
    if (value == NULL)
        cmd_out_of_memory();
    return value;
}

void cmd_json_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, checked(value)) != 0)
        cmd_out_of_memory();
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, checked(value)) != 0)
        cmd_out_of_memory();
}

/* A string, or null where there is none. */
static json_t *text_or_null(const char *text)
{
    return text != NULL && *text != '\0' ? json_string(text) : json_null();
}

static const char *field_name(enum vmclock_field field)
{
    const struct vmclock_field_row *info = vmclock_field_info(field);

    return info != NULL ? info->name : NULL;
}

json_t *cmd_json_path(const char *path)
{
    static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
    const size_t grown = sizeof replacement - 1;
    char *const clean = malloc(strlen(path) * grown + 1);
    char *to = clean;
    json_t *value;

    if (clean == NULL)
        cmd_out_of_memory();
    while (*path != '\0') {
        uint32_t code;
        const size_t n = cmd_utf8(path, &code);
        const bool is_good = code != CMD_ILL_FORMED;

        memcpy(to, is_good ? path : replacement, is_good ? n : grown);
        to += is_good ? n : grown;
        path += n;
    }
    *to = '\0';
    value = json_string(clean);
    free(clean);
    return checked(value);
}

json_t *cmd_json_error(const struct vmclock_error *err)
{
    json_t *object;
    char text[256];

    if (err->kind == VMCLOCK_OK)
        return json_null();
    object = checked(json_object());
    cmd_json_set(object, "kind", json_string(vmclock_err_name(err->kind)));
    cmd_json_set(object, "reason", json_string(vmclock_reason_name(err->reason)));
    cmd_json_set(object, "field", text_or_null(field_name(err->field)));
    cmd_json_set(object, "offset", err->field == VMCLOCK_FIELD_NONE ? json_null() : json_integer(err->offset));
    vmclock_error_format_expected(err, text, sizeof text);
    cmd_json_set(object, "expected", text_or_null(text));
    vmclock_error_format_actual(err, text, sizeof text);
    cmd_json_set(object, "actual", text_or_null(text));
    vmclock_error_format(err, text, sizeof text);
    cmd_json_set(object, "message", json_string(text));
    if (err->kind == VMCLOCK_ERR_SYSCALL) {
        cmd_json_set(object, "errno", json_integer(err->sys_errno));
        cmd_json_set(object, "errno_name", text_or_null(vmclock_errno_name(err->sys_errno)));
        cmd_json_set(object, "origin", text_or_null(err->origin));
    }
    return object;
}

/* The names of the flags that this version knows, lowest bit first. */
static json_t *flag_names(uint64_t flags)
{
    json_t *array = checked(json_array());

    for (uint64_t bit = 1; bit <= VMCLOCK_FLAGS_KNOWN; bit <<= 1)
        if ((flags & bit) != 0)
            append(array, json_string(vmclock_value_name(VMCLOCK_FIELD_FLAGS, bit)));
    return array;
}

json_t *cmd_json_value(enum vmclock_field field, uint64_t value)
{
    char text[24];

    if (vmclock_field_info(field)->width < sizeof value)
        return checked(json_integer((json_int_t)value)); /* signed fields are sign-extended */
    snprintf(text, sizeof text, "%" PRIu64, value);
    return checked(json_string(text));
}

json_t *cmd_json_fields(const struct cmd_result *result)
{
    json_t *object = checked(json_object());
    char key[64];

    for (unsigned i = VMCLOCK_FIELD_NONE + 1; i < VMCLOCK_FIELD_END; i++) {
        const enum vmclock_field field = (enum vmclock_field)i;
        const struct vmclock_field_row *info = vmclock_field_info(field);
        uint64_t value;

        if (field == VMCLOCK_FIELD_PAD || !cmd_field(result, field, &value))
            continue;
        cmd_json_set(object, info->name, cmd_json_value(field, value));
        if (field == VMCLOCK_FIELD_FLAGS)
            cmd_json_set(object, "flag_names", flag_names(value));
        else if (info->values != VMCLOCK_VALUES_NONE) {
            snprintf(key, sizeof key, "%s_name", info->name);
            cmd_json_set(object, key, text_or_null(vmclock_value_name(field, value)));
        }
    }
    return object;
}

json_t *cmd_json_findings(const struct vmclock_view *view)
{
    json_t *array = checked(json_array());
    struct vmclock_finding finding;
    unsigned cursor = 0;
    char text[256];

    while (vmclock_findings_next(view, &cursor, &finding)) {
        json_t *object = checked(json_object());

        cmd_json_set(object, "id", json_string(vmclock_finding_name(finding.id)));
        cmd_json_set(object, "severity", json_string(vmclock_severity_name(finding.severity)));
        cmd_json_set(object, "field", text_or_null(field_name(finding.field)));
        cmd_json_set(object, "offset", json_integer(finding.offset));
        vmclock_finding_format(&finding, text, sizeof text);
        cmd_json_set(object, "message", json_string(text));
        append(array, object);
    }
    return array;
}

void cmd_json_print(json_t *object)
{
    /* In ASCII no byte of it can control a terminal. Failed writes show when standard output is flushed. */
    if (json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII) != 0 && !ferror(stdout))
        cmd_out_of_memory();
    putchar('\n');
    json_decref(object);
}
