/* SPDX-License-Identifier: BSD-2-Clause */
/* One line that is written over and over. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_FIRST_NS INT64_C(500000000) /* what is done by then needs no line */
#define PROGRESS_EVERY_NS INT64_C(200000000)

static int64_t progress_now(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void cmd_progress_begin(struct cmd_progress *progress)
{
    *progress = (struct cmd_progress){.is_wanted = isatty(STDERR_FILENO) != 0};
    if (progress->is_wanted)
        progress->start_ns = progress_now();
    progress->shown_ns = progress->start_ns + PROGRESS_FIRST_NS - PROGRESS_EVERY_NS;
}

/* "1.5 GiB" */
static void progress_put_bytes(double bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;

    for (; bytes >= 1000 && unit + 1 < sizeof units / sizeof *units; unit++)
        bytes /= 1024;
    fprintf(stderr, "%.*f %s", unit == 0 || bytes >= 100 ? 0 : 1, bytes, units[unit]);
}

void cmd_progress_show(struct cmd_progress *progress, uint64_t done, uint64_t whole)
{
    int64_t now;
    double rate;

    if (!progress->is_wanted || (now = progress_now()) - progress->shown_ns < PROGRESS_EVERY_NS)
        return;
    progress->shown_ns = now;
    progress->is_shown = true;
    rate = (double)done * 1e9 / (double)(now - progress->start_ns);
    fputs("\r\033[K", stderr);
    progress_put_bytes((double)done);
    if (whole != UINT64_MAX) {
        fputs(" of ", stderr);
        progress_put_bytes((double)whole);
    }
    fputs(", ", stderr);
    progress_put_bytes(rate);
    fputs("/s", stderr);
    if (whole != UINT64_MAX && rate > 0)
        fprintf(stderr, ", %.0f s left", (double)(whole - done) / rate);
    fflush(stderr);
}

void cmd_progress_clear(struct cmd_progress *progress)
{
    if (progress->is_shown)
        fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->is_shown = false;
}
