/* SPDX-License-Identifier: BSD-2-Clause */
/* `vmclock time`: time from a page, for a counter value or for now. The arithmetic is all the library's. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "time.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args.h"
#include "input.h"
#include "json.h"
#include "time_text.h"

struct time_options {
    unsigned format;
    bool has_counter, force;
    uint64_t counter, offset;
};

static uint8_t time_region[CMD_REGION_MAX];

/* ---- JSON ---- */

/* {"sec","nsec"}, or null where there is none. */
static json_t *nanotime(bool is_there, struct vmclock_nanotime time)
{
    json_t *const object = is_there ? cmd_json_object() : json_null();

    if (is_there) {
        cmd_json_set(object, "sec", cmd_json_decimal(time.sec));
        cmd_json_set(object, "nsec", json_integer(time.nsec));
    }
    return object;
}

/* Earliest and latest, or twice null. */
static void set_bounds(json_t *object, const char *earliest, const char *latest, bool are_there,
                       struct vmclock_bounds bounds)
{
    cmd_json_set(object, earliest, nanotime(are_there, bounds.earliest));
    cmd_json_set(object, latest, nanotime(are_there, bounds.latest));
}

static void set_reading(json_t *object, const struct vmclock_reading *r)
{
    struct vmclock_bounds utc_bounds;
    const bool has_utc_bounds = vmclock_reading_utc_bounds(r, &utc_bounds);
    json_t *const utc = nanotime(r->has_utc, vmclock_reading_utc(r));

    cmd_json_set(object, "counter", cmd_json_decimal(r->counter));
    cmd_json_set(object, "time_type", json_integer(r->time_type));
    cmd_json_set(object, "time_type_name", cmd_json_name(VMCLOCK_FIELD_TIME_TYPE, r->time_type));
    cmd_json_set(object, "sec", cmd_json_decimal(r->time.sec));
    cmd_json_set(object, "frac_sec", cmd_json_decimal(r->time.frac_sec));
    cmd_json_set(object, "nsec", json_integer(vmclock_time_to_nanotime(r->time).nsec));
    set_bounds(object, "earliest", "latest", r->has_bounds, vmclock_reading_bounds(r));
    if (r->has_utc)
        cmd_json_set(utc, "leap_second", json_boolean(r->leap_second));
    cmd_json_set(object, "utc", utc);
    set_bounds(object, "utc_earliest", "utc_latest", has_utc_bounds, utc_bounds);
    cmd_json_set(object, "clock_status", json_integer(r->clock_status));
    cmd_json_set(object, "clock_status_name", cmd_json_name(VMCLOCK_FIELD_CLOCK_STATUS, r->clock_status));
    cmd_json_set(object, "disruption_marker", cmd_json_decimal(r->disruption_marker));
}

/* Signed: how far the system's clock is ahead. Too long for 64 bits. */
static json_t *span_nanoseconds(bool is_there, bool is_negative, struct vmclock_nanotime span)
{
    const bool is_short = span.sec == 0;
    char text[48];

    if (is_short)
        snprintf(text, sizeof text, "%s%" PRIu32, is_negative && span.nsec != 0 ? "-" : "", span.nsec);
    else
        snprintf(text, sizeof text, "%s%" PRIu64 "%09" PRIu32, is_negative ? "-" : "", span.sec, span.nsec);
    return is_there ? json_string(text) : json_null();
}

static void time_print_json(const char *path, const struct vmclock_system_offset *told, const struct vmclock_error *err)
{
    json_t *const object = cmd_json_object();

    cmd_json_set(object, "path", cmd_json_path(path));
    cmd_json_set(object, "ok", json_boolean(err->kind == VMCLOCK_OK));
    cmd_json_set(object, "error", cmd_json_error(err));
    if (err->kind == VMCLOCK_OK) {
        set_reading(object, &told->reading);
        cmd_json_set(object, "system_offset_nsec", span_nanoseconds(told->has_offset, told->behind, told->offset));
        cmd_json_set(object, "system_offset_error_nsec", span_nanoseconds(told->has_offset, false, told->error));
    }
    cmd_json_print(object);
}

/* ---- The conversion ---- */

/* A live page's time: page, counter and the system's clock are read together, so that no update falls in between. */
static enum vmclock_err from_live(const char *path, const struct time_options *options, unsigned flags,
                                  struct vmclock_system_offset *out, struct vmclock_error *err)
{
    struct vmclock_device device;
    enum vmclock_err kind = vmclock_device_open(&device, path, options->offset, err);

    if (kind == VMCLOCK_OK)
        kind = vmclock_device_system_offset(&device, VMCLOCK_TIMEOUT_NS, flags, out, err);
    vmclock_device_close(&device);
    return kind;
}

static enum vmclock_err from_bytes(const char *path, const struct time_options *options, unsigned flags,
                                   struct vmclock_system_offset *out, struct vmclock_error *err)
{
    struct cmd_result result;

    cmd_input(path, options->offset, 0, time_region, &result);
    *err = result.error;
    if (err->kind != VMCLOCK_OK)
        return err->kind;
    if (!options->has_counter)
        return vmclock_view_system_offset(&result.view, flags, out, err);
    return vmclock_time_at(&result.view, options->counter, VMCLOCK_ANY_COUNTER, flags, &out->reading, err);
}

/* A device, or a file that holds a page: what is wrong with one that does not, inspect's way of reading tells. */
static bool is_live(const char *path, uint64_t offset)
{
    struct cmd_result result;
    struct stat status;

    if (strcmp(path, "-") == 0 || stat(path, &status) != 0)
        return false;
    if (S_ISREG(status.st_mode))
        return cmd_input(path, offset, 0, time_region, &result) == VMCLOCK_OK;
    return S_ISCHR(status.st_mode);
}

static enum cmd_status tell_time(const char *path, const struct time_options *options)
{
    const unsigned flags = options->force ? VMCLOCK_CONVERT_FORCE : 0;
    struct vmclock_system_offset told = {.has_offset = false};
    struct vmclock_error err;
    enum vmclock_err kind;

    if (!options->has_counter && is_live(path, options->offset))
        kind = from_live(path, options, flags, &told, &err);
    else
        kind = from_bytes(path, options, flags, &told, &err);
    if (options->format == CMD_JSON)
        time_print_json(path, &told, &err);
    else if (kind == VMCLOCK_OK)
        cmd_print_time(path, &told);
    else
        return cmd_error(path, &err, NULL); /* standard output holds times and nothing else */
    return cmd_status_of(&err);
}

static const char time_help[] =
    "Usage: vmclock time [OPTION]... [PATH]\n"
    "Time by the VMClock page in PATH, with its error bounds.\n"
    "No PATH: " VMCLOCK_DEVICE ". -: standard input.\n"
    "\n"
    "      --counter=N         the time of that counter value, on whatever machine;\n"
    "                          decimal or 0x... (default: the CPU's counter, now)\n"
    "      --force             whatever clock_status says\n"
    "      --offset=N          the page starts N bytes into the input; decimal or\n"
    "                          0x..., with K, M or G for powers of 1024\n"
    "  -f, --format=text|json  text for people (default), or one JSON object\n"
    "  -h, --help              this text\n"
    "      --version           the version\n"
    "\n"
    "Exit status: 0 a time was printed; 1 there is none; 2 wrong usage; 3 the page\n"
    "could not be read.\n";

enum cmd_status cmd_time(int argc, char **argv)
{
    struct time_options options = {.format = CMD_TEXT};
    const struct cmd_option known[] = {
        {.name = "counter",
         .kind = CMD_NUMBER,
         .to = &options.counter,
         .given = &options.has_counter,
         .refusal = "the counter is no number, or one above 64 bits",
         .high = UINT64_MAX},
        {.name = "force", .kind = CMD_FLAG, .to = &options.force},
        CMD_OFFSET_OPTION(&options.offset),
        CMD_FORMAT_OPTION(&options.format),
    };
    const struct cmd_syntax syntax = {time_help, known, sizeof known / sizeof *known, 0, 1, NULL, "one page at a time"};
    char *const *paths;
    enum cmd_status status;
    int count;

    if (!cmd_args(argc, argv, &syntax, &paths, &count, &status))
        return status;
    return tell_time(count > 0 ? paths[0] : VMCLOCK_DEVICE, &options);
}
