/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints what a search tells. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "found.h"

#include <inttypes.h>
#include <string.h>

#include "escape.h"
#include "json.h"
#include "report.h"

/* ---- JSON ---- */

/* Jansson's numbers are signed: what is above them loses its last digits. */
static json_t *found_number(uint64_t value)
{
    return value > INT64_MAX ? json_real((double)value) : json_integer((json_int_t)value);
}

static void found_json(const struct cmd_result *result, json_t *offset, const struct vmclock_search_hit *hit)
{
    json_t *const object = cmd_json_object();

    cmd_json_set(object, "path", cmd_json_path(result->path));
    cmd_json_set(object, "offset", offset);
    cmd_json_set(object, "bytes", json_integer((json_int_t)result->bytes));
    if (hit != NULL && hit->has_physical)
        cmd_json_set(object, "physical_address", found_number(hit->physical));
    cmd_json_set(object, "ok", json_boolean(result->error.kind == VMCLOCK_OK));
    cmd_json_set(object, "error", cmd_json_error(&result->error));
    cmd_json_set(object, "fields", cmd_json_fields(result));
    cmd_json_set(object, "findings", cmd_json_findings(&result->view));
    cmd_json_print(object);
}

/* ---- Text ---- */

static void put_field(const struct vmclock_view *view, enum vmclock_field field)
{
    char text[32];
    const char *name;
    uint64_t value;

    if (vmclock_get_raw(view, field, &value) == VMCLOCK_ABSENT)
        return;
    name = vmclock_value_name(field, value);
    if (name == NULL)
        vmclock_format_value(field, value, text, sizeof text);
    printf(", %s %s", vmclock_field_info(field)->name, name != NULL ? name : text);
}

static void put_findings(const struct vmclock_view *view)
{
    unsigned count[VMCLOCK_WARNING + 1] = {0}, cursor = 0;
    struct vmclock_finding finding;

    while (vmclock_findings_next(view, &cursor, &finding))
        count[finding.severity]++;
    for (unsigned severity = VMCLOCK_WARNING; severity >= VMCLOCK_NOTICE; severity--)
        if (count[severity] != 0)
            printf(", %u %s%s", count[severity], vmclock_severity_name((enum vmclock_severity)severity),
                   count[severity] > 1 ? "s" : "");
}

/* What of the page tells one from another. */
static void put_summary(const struct vmclock_search_hit *hit)
{
    char words[512];

    if (hit->error.kind != VMCLOCK_OK) {
        vmclock_error_describe(&hit->error, words, sizeof words);
        printf("invalid: %s", words);
        return;
    }
    fputs("valid", stdout);
    put_field(&hit->view, VMCLOCK_FIELD_SIZE);
    put_field(&hit->view, VMCLOCK_FIELD_SEQ_COUNT);
    put_field(&hit->view, VMCLOCK_FIELD_DISRUPTION_MARKER);
    put_field(&hit->view, VMCLOCK_FIELD_COUNTER_ID);
    put_field(&hit->view, VMCLOCK_FIELD_CLOCK_STATUS);
    put_findings(&hit->view);
}

void cmd_print_found(const char *path, const struct vmclock_search_hit *hit, bool has_offset, bool is_json)
{
    const struct cmd_result result = {.path = path,
                                      .bytes = hit->bytes,
                                      .error = hit->error,
                                      .view = hit->view,
                                      .header = hit->header,
                                      .has_header = hit->has_header};

    if (is_json) {
        found_json(&result, has_offset ? found_number(hit->offset) : json_null(), hit);
        return;
    }
    cmd_put_escaped(stdout, path);
    fputs(": ", stdout);
    if (has_offset)
        printf("offset 0x%" PRIx64, hit->offset);
    if (hit->has_physical)
        printf("%sphysical address 0x%" PRIx64, has_offset ? ", " : "", hit->physical);
    fputs(": ", stdout);
    put_summary(hit);
    if (has_offset) {
        printf(": vmclock inspect --offset=0x%" PRIx64 " ", hit->offset);
        cmd_put_shell_word(stdout, path);
    }
    putchar('\n');
}

void cmd_print_unread(const char *path, const struct vmclock_error *err, bool is_json)
{
    const struct cmd_result result = {.path = path, .error = *err};

    if (is_json)
        found_json(&result, json_null(), NULL);
    else
        cmd_error(path, err, NULL);
}
