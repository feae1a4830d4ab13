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
#include "escape.h"
#include "input.h"
#include "json.h"

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

static void time_print_json(const char *path, const struct vmclock_reading *r, const struct vmclock_error *err)
{
    json_t *const object = cmd_json_object();

    cmd_json_set(object, "path", cmd_json_path(path));
    cmd_json_set(object, "ok", json_boolean(err->kind == VMCLOCK_OK));
    cmd_json_set(object, "error", cmd_json_error(err));
    if (err->kind == VMCLOCK_OK)
        set_reading(object, r);
    cmd_json_print(object);
}

/* ---- Text ---- */

/* later - earlier; neither is before the other by mistake. */
static struct vmclock_nanotime span(struct vmclock_nanotime earlier, struct vmclock_nanotime later)
{
    const bool borrows = later.nsec < earlier.nsec;

    later.sec -= earlier.sec + borrows;
    later.nsec = later.nsec + (borrows ? 1000000000 : 0) - earlier.nsec;
    return later;
}

/* To the nanosecond: a bound that is rounded is none. */
static void print_span(struct vmclock_nanotime span)
{
    if (span.sec > 0)
        printf("%" PRIu64 ".%09" PRIu32 " s", span.sec, span.nsec);
    else if (span.nsec >= 1000000)
        printf("%" PRIu32 ".%06" PRIu32 " ms", span.nsec / 1000000, span.nsec % 1000000);
    else if (span.nsec >= 1000)
        printf("%" PRIu32 ".%03" PRIu32 " us", span.nsec / 1000, span.nsec % 1000);
    else
        printf("%" PRIu32 " ns", span.nsec);
}

/* A date where the epoch is known, else a count of seconds. */
static void print_moment(const struct vmclock_reading *r, struct vmclock_nanotime time)
{
    const bool has_date = r->time_type == VMCLOCK_TIME_UTC || r->time_type == VMCLOCK_TIME_TAI;
    const char *const type = vmclock_value_name(VMCLOCK_FIELD_TIME_TYPE, r->time_type);
    char text[64];

    if (has_date) {
        vmclock_nanotime_format(time, false, text, sizeof text);
        printf("%s %s", text, type);
    } else
        printf("%" PRIu64 ".%09" PRIu32 " s, %s", time.sec, time.nsec, type != NULL ? type : "of an unknown type");
}

static void print_bounds(const struct vmclock_reading *r, struct vmclock_nanotime now)
{
    const struct vmclock_bounds bounds = vmclock_reading_bounds(r);

    if (!r->has_bounds) {
        puts("unknown, the page does not tell");
        return;
    }
    fputs("at most ", stdout);
    print_span(span(bounds.earliest, now));
    fputs(" early, ", stdout);
    print_span(span(now, bounds.latest));
    fputs(" late\n  earliest   ", stdout);
    print_moment(r, bounds.earliest);
    fputs("\n  latest     ", stdout);
    print_moment(r, bounds.latest);
    putchar('\n');
}

static void time_print_text(const char *path, const struct vmclock_reading *r)
{
    const struct vmclock_nanotime now = vmclock_time_to_nanotime(r->time);
    const struct vmclock_nanotime reference = vmclock_time_to_nanotime(r->reference);
    const bool is_before = now.sec < reference.sec || (now.sec == reference.sec && now.nsec < reference.nsec);
    const char *const status = vmclock_value_name(VMCLOCK_FIELD_CLOCK_STATUS, r->clock_status);
    char text[64];

    cmd_put_escaped(stdout, path);
    fputs(":\n  time       ", stdout);
    print_moment(r, now);
    fputs("\n  UTC        ", stdout);
    vmclock_nanotime_format(vmclock_reading_utc(r), r->leap_second, text, sizeof text);
    puts(r->has_utc ? text : "unknown, the page does not tell");
    fputs("  error      ", stdout);
    print_bounds(r, now);
    printf("  status     %s\n  age        ", status != NULL ? status : "unknown");
    print_span(is_before ? span(now, reference) : span(reference, now));
    puts(is_before ? " before the calibration" : " since the calibration");
    printf("  counter    %" PRIu64 "\n  marker     %" PRIu64 "\n", r->counter, r->disruption_marker);
}

/* ---- The conversion ---- */

/* A live page's time: page and counter are read together, so that no update falls in between. */
static enum vmclock_err from_live(const char *path, const struct time_options *options, unsigned flags,
                                  struct vmclock_reading *out, struct vmclock_error *err)
{
    struct vmclock_device device;
    enum vmclock_err kind = vmclock_device_open(&device, path, options->offset, err);

    if (kind == VMCLOCK_OK)
        kind = vmclock_device_now(&device, VMCLOCK_TIMEOUT_NS, flags, out, err);
    vmclock_device_close(&device);
    return kind;
}

static enum vmclock_err from_bytes(const char *path, const struct time_options *options, unsigned flags,
                                   struct vmclock_reading *out, struct vmclock_error *err)
{
    const unsigned counter_id = options->has_counter ? VMCLOCK_ANY_COUNTER : vmclock_counter_id();
    struct cmd_result result;

    if (cmd_input(path, options->offset, 0, time_region, &result) == VMCLOCK_OK)
        return vmclock_time_at(&result.view, options->has_counter ? options->counter : vmclock_counter_read(),
                               counter_id, flags, out, err);
    *err = result.error;
    return err->kind;
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
    struct vmclock_reading reading = {0};
    struct vmclock_error err;
    enum vmclock_err kind;

    if (!options->has_counter && is_live(path, options->offset))
        kind = from_live(path, options, flags, &reading, &err);
    else
        kind = from_bytes(path, options, flags, &reading, &err);
    if (options->format == CMD_JSON)
        time_print_json(path, &reading, &err);
    else if (kind == VMCLOCK_OK)
        time_print_text(path, &reading);
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
