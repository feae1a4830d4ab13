/* SPDX-License-Identifier: BSD-2-Clause */
/* The documented JSON, built by Jansson. Keys and their order are a promise; names and values come from the library. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "report.h"

static json_t *checked(json_t *value)
{
    if (value == NULL)
        cmd_out_of_memory();
    return value;
}

json_t *cmd_json_object(void)
{
    return checked(json_object());
}

json_t *cmd_json_array(void)
{
    return checked(json_array());
}

void cmd_json_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, checked(value)) != 0)
        cmd_out_of_memory();
}

void cmd_json_append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, checked(value)) != 0)
        cmd_out_of_memory();
}

json_t *cmd_json_text(const char *text)
{
    return text != NULL && *text != '\0' ? checked(json_string(text)) : json_null();
}

json_t *cmd_json_decimal(uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, value);
    return checked(json_string(text));
}

json_t *cmd_json_value(enum vmclock_field field, uint64_t value)
{
    if (vmclock_field_info(field)->width == sizeof value)
        return cmd_json_decimal(value);
    return checked(json_integer((json_int_t)value)); /* signed fields are sign-extended */
}

json_t *cmd_json_name(enum vmclock_field field, uint64_t value)
{
    return cmd_json_text(vmclock_value_name(field, value));
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
    object = cmd_json_object();
    cmd_json_set(object, "kind", json_string(vmclock_err_name(err->kind)));
    cmd_json_set(object, "reason", json_string(vmclock_reason_name(err->reason)));
    cmd_json_set(object, "field", cmd_json_text(field_name(err->field)));
    cmd_json_set(object, "offset", err->field == VMCLOCK_FIELD_NONE ? json_null() : json_integer(err->offset));
    vmclock_error_format_expected(err, text, sizeof text);
    cmd_json_set(object, "expected", cmd_json_text(text));
    vmclock_error_format_actual(err, text, sizeof text);
    cmd_json_set(object, "actual", cmd_json_text(text));
    vmclock_error_format(err, text, sizeof text);
    cmd_json_set(object, "message", json_string(text));
    if (err->kind == VMCLOCK_ERR_SYSCALL) {
        cmd_json_set(object, "errno", json_integer(err->sys_errno));
        cmd_json_set(object, "errno_name", cmd_json_text(vmclock_errno_name(err->sys_errno)));
        cmd_json_set(object, "origin", cmd_json_text(err->origin));
    }
    return object;
}

/* The names of the flags that this version knows, lowest bit first. */
static json_t *flag_names(uint64_t flags)
{
    json_t *array = cmd_json_array();

    for (uint64_t bit = 1; bit <= VMCLOCK_FLAGS_KNOWN; bit <<= 1)
        if ((flags & bit) != 0)
            cmd_json_append(array, json_string(vmclock_value_name(VMCLOCK_FIELD_FLAGS, bit)));
    return array;
}

json_t *cmd_json_fields(const struct cmd_result *result)
{
    json_t *object = cmd_json_object();
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
            cmd_json_set(object, key, cmd_json_name(field, value));
        }
    }
    return object;
}

json_t *cmd_json_findings(const struct vmclock_view *view)
{
    json_t *array = cmd_json_array();
    struct vmclock_finding finding;
    unsigned cursor = 0;
    char text[256];

    while (vmclock_findings_next(view, &cursor, &finding)) {
        json_t *object = cmd_json_object();

        cmd_json_set(object, "id", json_string(vmclock_finding_name(finding.id)));
        cmd_json_set(object, "severity", json_string(vmclock_severity_name(finding.severity)));
        cmd_json_set(object, "field", cmd_json_text(field_name(finding.field)));
        cmd_json_set(object, "offset", json_integer(finding.offset));
        vmclock_finding_format(&finding, text, sizeof text);
        cmd_json_set(object, "message", json_string(text));
        cmd_json_append(array, object);
    }
    return array;
}

/* Takes what Jansson made. DEL, which JSON need not escape and Jansson does not, stands nowhere but in strings. */
static int put_chunk(const char *buf, size_t size, void *unused)
{
    (void)unused;
    for (size_t i = 0; i < size; i++)
        if (buf[i] == '\x7f')
            fputs("\\u007f", stdout);
        else
            putchar(buf[i]);
    return 0;
}

void cmd_json_print(json_t *object)
{
    /* In ASCII no byte of it can control a terminal. Failed writes show when standard output is flushed. */
    if (json_dump_callback(object, put_chunk, NULL, JSON_COMPACT | JSON_ENSURE_ASCII) != 0)
        cmd_out_of_memory();
    putchar('\n');
    json_decref(object);
}
