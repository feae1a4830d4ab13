/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the documented JSON that subcommands share. All of it ends the program when there is no memory left. */
#ifndef VMCLOCK_CMD_JSON_H
#define VMCLOCK_CMD_JSON_H

#include <jansson.h>

#include "input.h"

json_t *cmd_json_object(void);
json_t *cmd_json_array(void);
/* Add a new value (NULL: there was no memory for it), which then belongs to the object or array. */
void cmd_json_set(json_t *object, const char *key, json_t *value);
void cmd_json_append(json_t *array, json_t *value);

/* Bytes that are not UTF-8 become U+FFFD. */
json_t *cmd_json_path(const char *path);
/* A string, or null for NULL and "". */
json_t *cmd_json_text(const char *text);
/* A 64-bit number as a string: a reader's numbers may be too short. */
json_t *cmd_json_decimal(uint64_t value);
/* A field's value: a number, or a string where it has 64 bits. */
json_t *cmd_json_value(enum vmclock_field field, uint64_t value);
/* The name of a field's value, or null. */
json_t *cmd_json_name(enum vmclock_field field, uint64_t value);
/* null for VMCLOCK_OK */
json_t *cmd_json_error(const struct vmclock_error *err);
json_t *cmd_json_fields(const struct cmd_result *result);
json_t *cmd_json_findings(const struct vmclock_view *view);

/* Prints one line, and gives the object up. */
void cmd_json_print(json_t *object);

#endif
