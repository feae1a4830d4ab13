/* SPDX-License-Identifier: BSD-2-Clause */
/* Time by a page, for people: spans in units that suit them, to the nanosecond, for a bound that is rounded is none. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "time_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "style.h"

enum { TEXT_COLUMN = 13 };

/* Longer than every text here. */
typedef char words[256];

static bool is_earlier(struct vmclock_nanotime one, struct vmclock_nanotime other)
{
    return one.sec < other.sec || (one.sec == other.sec && one.nsec < other.nsec);
}

/* later - earlier; neither is before the other by mistake. */
static struct vmclock_nanotime span_of(struct vmclock_nanotime earlier, struct vmclock_nanotime later)
{
    const bool borrows = later.nsec < earlier.nsec;

    later.sec -= earlier.sec + borrows;
    later.nsec = later.nsec + (borrows ? 1000000000 : 0) - earlier.nsec;
    return later;
}

static const char *format_span(struct vmclock_nanotime span, char *buf, size_t cap)
{
    if (span.sec > 0)
        snprintf(buf, cap, "%" PRIu64 ".%09" PRIu32 " s", span.sec, span.nsec);
    else if (span.nsec >= 1000000)
        snprintf(buf, cap, "%" PRIu32 ".%06" PRIu32 " ms", span.nsec / 1000000, span.nsec % 1000000);
    else if (span.nsec >= 1000)
        snprintf(buf, cap, "%" PRIu32 ".%03" PRIu32 " us", span.nsec / 1000, span.nsec % 1000);
    else
        snprintf(buf, cap, "%" PRIu32 " ns", span.nsec);
    return buf;
}

/* A date where the epoch is known, else a count of seconds. */
static void format_moment(const struct vmclock_reading *r, struct vmclock_nanotime time, words out)
{
    const bool has_date = r->time_type == VMCLOCK_TIME_UTC || r->time_type == VMCLOCK_TIME_TAI;
    const char *const type = vmclock_value_name(VMCLOCK_FIELD_TIME_TYPE, r->time_type);
    char date[64];

    vmclock_nanotime_format(time, false, date, sizeof date);
    if (has_date)
        snprintf(out, sizeof(words), "%s %s", date, type);
    else
        snprintf(out, sizeof(words), "%" PRIu64 ".%09" PRIu32 " s, %s", time.sec, time.nsec,
                 type != NULL ? type : "of an unknown type");
}

static void put_row(const char *label, const char *text, unsigned width)
{
    const unsigned at = 2 + (unsigned)strlen(label);
    char padded[sizeof(words) + 16];

    snprintf(padded, sizeof padded, "%*s%s", (int)(TEXT_COLUMN - at), "", text);
    printf("  %s", label);
    cmd_put_wrapped(stdout, padded, at, width < TEXT_COLUMN + 34 ? 4 : TEXT_COLUMN, width);
}

static void put_bounds(const struct vmclock_reading *r, struct vmclock_nanotime now, unsigned width)
{
    const struct vmclock_bounds bounds = vmclock_reading_bounds(r);
    char early[48], late[48];
    words text;

    if (!r->has_bounds) {
        put_row("error", "unknown, the page does not tell", width);
        return;
    }
    snprintf(text, sizeof text, "at most %s early, %s late",
             format_span(span_of(bounds.earliest, now), early, sizeof early),
             format_span(span_of(now, bounds.latest), late, sizeof late));
    put_row("error", text, width);
    format_moment(r, bounds.earliest, text);
    put_row("earliest", text, width);
    format_moment(r, bounds.latest, text);
    put_row("latest", text, width);
}

static void put_age(const struct vmclock_reading *r, struct vmclock_nanotime now, unsigned width)
{
    const struct vmclock_nanotime reference = vmclock_time_to_nanotime(r->reference);
    const bool is_before = is_earlier(now, reference);
    char age[48];
    words text;

    format_span(is_before ? span_of(now, reference) : span_of(reference, now), age, sizeof age);
    snprintf(text, sizeof text, "%s %s the calibration", age, is_before ? "before" : "since");
    put_row("age", text, width);
}

/* This machine's clock beside the page. */
static void put_system(const struct vmclock_system_offset *told, unsigned width)
{
    const char *const verdict = !told->reading.has_bounds ? "the page tells no bounds"
                                : told->within_bounds     ? "within the page's bounds"
                                                          : "outside the page's bounds";
    char offset[48], error[48];
    words text;

    if (!told->has_offset)
        return;
    format_span(told->offset, offset, sizeof offset);
    format_span(told->error, error, sizeof error);
    snprintf(text, sizeof text, "%s %s the page's UTC, give or take %s: %s", offset,
             told->behind ? "behind" : "ahead of", error, verdict);
    put_row("system", text, width);
}

void cmd_print_time(const char *path, const struct vmclock_system_offset *told)
{
    const struct vmclock_reading *const r = &told->reading;
    const struct vmclock_nanotime now = vmclock_time_to_nanotime(r->time);
    const char *const status = vmclock_value_name(VMCLOCK_FIELD_CLOCK_STATUS, r->clock_status);
    const unsigned width = cmd_style(stdout).width;
    words text;

    cmd_put_escaped(stdout, path);
    puts(":");
    format_moment(r, now, text);
    put_row("time", text, width);
    vmclock_nanotime_format(vmclock_reading_utc(r), r->leap_second, text, sizeof text);
    put_row("UTC", r->has_utc ? text : "unknown, the page does not tell", width);
    put_bounds(r, now, width);
    put_row("status", status != NULL ? status : "unknown", width);
    put_age(r, now, width);
    put_system(told, width);
    printf("  counter    %" PRIu64 "\n  marker     %" PRIu64 "\n", r->counter, r->disruption_marker);
}
