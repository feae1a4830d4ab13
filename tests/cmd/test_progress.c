/* SPDX-License-Identifier: BSD-2-Clause */
/* The line about how far a search is, by a clock and a terminal of the test's own. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "../../src/cmd/progress.h"

#include <time.h>
#include <unistd.h>

#include "../suite.h"
#include "capture.h"
#include "terminal.h"

#define MS UINT64_C(1000000)
#define KI UINT64_C(1024)

static uint64_t clock_ns;

int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
    const uint64_t now = clock == CLOCK_MONOTONIC ? clock_ns : 0;

    *time = (struct timespec){.tv_sec = (time_t)(now / 1000000000), .tv_nsec = (long)(now % 1000000000)};
    return 0;
}

static struct cmd_progress progress;

static void begin(int terminal)
{
    staged_terminal = terminal;
    clock_ns = 77000 * MS + 999999999;
    cmd_progress_begin(&progress);
}

/* After so many milliseconds, at that byte: what is printed. */
static void show(uint64_t ms, uint64_t done, uint64_t whole, const char *wanted)
{
    struct capture capture = capture_begin(stderr);
    char text[256], row[64];

    clock_ns += ms * MS;
    cmd_progress_show(&progress, done, whole);
    (void)capture_end(&capture, text, sizeof text);
    (void)snprintf(row, sizeof row, "%llu of %llu", (unsigned long long)done, (unsigned long long)whole);
    TEXT_IN(row, text, wanted);
}

static void clear(const char *wanted)
{
    struct capture capture = capture_begin(stderr);
    char text[256];

    cmd_progress_clear(&progress);
    (void)capture_end(&capture, text, sizeof text);
    TEXT(text, wanted);
}

static void nothing_is_shown_where_nobody_watches(void)
{
    begin(-1);
    show(10000, 5, 10, "");
    clear("");
    begin(STDOUT_FILENO);
    show(10000, 5, 10, "");
    clear("");
}

static void the_first_line_comes_after_half_a_second_the_next_after_a_fifth(void)
{
    begin(STDERR_FILENO);
    show(0, 1, 10, "");
    show(499, 1, 10, "");
    clear("");
    show(1, 1, 10, "\r\033[K1 bytes of 10 bytes, 2 bytes/s, 4 s left");
    show(199, 2, 10, "");
    show(1, 7, 10, "\r\033[K7 bytes of 10 bytes, 10 bytes/s, 0 s left");
    clear("\r\033[K");
    clear("");
    show(1, 7, 10, "");
    show(199, 7, 10, "\r\033[K7 bytes of 10 bytes, 8 bytes/s, 0 s left");
    clear("\r\033[K");
}

static void lengths_have_their_units(void)
{
    static const struct {
        uint64_t done;
        const char *text;
    } rows[] = {
        {0, "0 bytes"},
        {999, "999 bytes"},
        {1000, "1.0 KiB"}, /* no number of four digits */
        {1024, "1.0 KiB"},
        {1536, "1.5 KiB"},
        {99 * KI, "99.0 KiB"},
        {100 * KI, "100 KiB"},
        {999 * KI, "999 KiB"},
        {1000 * KI, "1.0 MiB"},
        {KI * KI, "1.0 MiB"},
        {KI * KI * KI, "1.0 GiB"},
        {KI * KI * KI * KI * 5 / 2, "2.5 TiB"},
        {KI * KI * KI * KI * KI * 20, "20.0 PiB"},
        {UINT64_MAX - 1, "16.0 EiB"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        char wanted[128];

        begin(STDERR_FILENO);
        (void)snprintf(wanted, sizeof wanted, "\r\033[K%s, %s/s", rows[i].text, rows[i].text);
        show(1000, rows[i].done, UINT64_MAX, wanted); /* of an unknown length nothing is left */
    }
}

static void the_rest_is_told_where_there_is_a_rate(void)
{
    begin(STDERR_FILENO);
    show(2000, 0, 4096, "\r\033[K0 bytes of 4.0 KiB, 0 bytes/s");
    show(2000, 4000, 16000, "\r\033[K3.9 KiB of 15.6 KiB, 1.0 KiB/s, 12 s left");
    show(1000, 16000, 16000, "\r\033[K15.6 KiB of 15.6 KiB, 3.1 KiB/s, 0 s left");
}

SUITE(progress) = {
    {"nothing is shown where nobody watches", nothing_is_shown_where_nobody_watches},
    {"the first line comes after half a second, the next after a fifth",
     the_first_line_comes_after_half_a_second_the_next_after_a_fifth},
    {"lengths have their units", lengths_have_their_units},
    {"the rest is told where there is a rate", the_rest_is_told_where_there_is_a_rate},
    CU_TEST_INFO_NULL,
};
