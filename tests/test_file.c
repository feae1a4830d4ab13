/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading files that change at the worst moment, and inputs that answer what no file of this machine does. What inputs there
 * are, and what is said of them, tests/cmd has.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "pages.h"
#include "system.h"
#include "vmclock_posix.h"

/* Calls are counted from 1; 0 is none of them. */
static unsigned calls, update_at, fail_at;
static struct timespec stop;
static uint8_t held[PAGE]; /* what the file holds */
static int writer;         /* another descriptor of it */

static ssize_t disturbed_pread(int fd, void *buf, size_t len, off_t offset)
{
    calls++;
    if (calls == update_at) {
        (void)nanosleep(&stop, NULL);
        put32(held, AT_SEQ_COUNT, 8);
        put64(held, AT_DISRUPTION_MARKER, 2);
        EQ(pwrite(writer, held, PAGE, 0), PAGE);
    }
    if (calls == fail_at) {
        errno = EIO;
        return -1;
    }
    return real_pread(fd, buf, len, offset);
}

static void start(char *path, unsigned update, unsigned stop_ms, unsigned failure)
{
    writer = mkstemp(path);
    build_clock_page(held);
    put32(held, AT_SEQ_COUNT, 6);
    put64(held, AT_DISRUPTION_MARKER, 1);
    EQ(write(writer, held, PAGE), PAGE);
    calls = 0;
    update_at = update;
    fail_at = failure;
    stop = (struct timespec){0, (long)stop_ms * 1000000};
    reset_system();
    answers.pread = disturbed_pread;
}

static void finish(const char *path)
{
    reset_system();
    (void)close(writer);
    (void)unlink(path);
}

/* One call finds out that the file can be positioned, then each round has three: seq_count, the page, seq_count. */
static void a_file_is_read_again_after_an_update(void)
{
    for (unsigned at = 2; at <= 4; at++) {
        for (unsigned stop_ms = 0; stop_ms <= 150; stop_ms += 150) { /* longer than the file may keep changing */
            char path[] = "/tmp/vmclock_file_XXXXXX";
            uint8_t bytes[PAGE] = {0};
            struct vmclock_error err;
            size_t len = 0;

            start(path, at, stop_ms, 0);
            EQ(vmclock_read_path(path, 0, bytes, sizeof bytes, &len, &err), VMCLOCK_OK);
            EQ(len, PAGE);
            EQ(memcmp(bytes, held, PAGE), 0);
            EQ(calls, at == 2 ? 4 : 7); /* an update before the first look at seq_count goes unnoticed */
            finish(path);
        }
    }
}

static void a_read_that_fails_in_a_later_round_has_no_bytes(void)
{
    for (unsigned failure = 5; failure <= 7; failure++) {
        char path[] = "/tmp/vmclock_file_XXXXXX";
        uint8_t bytes[PAGE];
        struct vmclock_error err;
        size_t len = 77;

        start(path, 3, 0, failure);
        EQ(vmclock_read_path(path, 0, bytes, sizeof bytes, &len, &err), VMCLOCK_ERR_SYSCALL);
        EQ(err.reason, VMCLOCK_REASON_READ_FAILED);
        EQ(err.sys_errno, EIO);
        EQ(len, 0);
        finish(path);
    }
}

static void a_snapshot_of_a_file_is_tried_again_however_long_it_took(void)
{
    for (unsigned at = 2; at <= 3; at++) {
        for (unsigned patient = 0; patient < 2; patient++) {
            char path[] = "/tmp/vmclock_file_XXXXXX";
            struct vmclock_snapshot snapshot;
            struct vmclock_device device;
            struct vmclock_error err;

            start(path, at, 20, 0);
            EQ(vmclock_device_open(&device, path, 0, NULL), VMCLOCK_OK);
            EQ(vmclock_device_snapshot(&device, patient * 10000000, &snapshot, &err),
               patient ? VMCLOCK_OK : VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
            EQ(err.reason, patient ? VMCLOCK_REASON_NONE : VMCLOCK_REASON_UPDATE_TOO_FAST);
            EQ(snapshot.seq_count, patient ? 8 : 0);
            EQ(calls, patient ? 8 : 4); /* seq_count, the page, its last byte, seq_count */
            vmclock_device_close(&device);
            finish(path);
        }
    }
}

SUITE(file) = {
    {"a file is read again after an update", a_file_is_read_again_after_an_update},
    {"a read that fails in a later round has no bytes", a_read_that_fails_in_a_later_round_has_no_bytes},
    {"a snapshot of a file is tried again, however long it took", a_snapshot_of_a_file_is_tried_again_however_long_it_took},
    CU_TEST_INFO_NULL,
};
