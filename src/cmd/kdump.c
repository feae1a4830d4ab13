/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A compressed dump is read run by run: pages of memory that follow one another and are in the file. libkdumpfile is
 * told never to map it, and works in a process of its own, which a broken dump may bring down: what comes from there is
 * hits that are judged here, how far it is, and what went wrong.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "kdump.h"

#ifdef VMCLOCK_WITH_KDUMPFILE

#include <errno.h>
#include <libkdumpfile/kdumpfile.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    KDUMP_STEP = 256 << 10, /* bytes read at once, at the start of the buffer */
    KDUMP_ROOM = 1 << 20,   /* where in the buffer a hit's region is */
    KDUMP_WORDS = 256
};

/* What one process tells the other. */
struct kdump_record {
    enum { KDUMP_HIT, KDUMP_PROGRESS, KDUMP_FAILURE, KDUMP_DONE } kind;
    uint32_t len; /* bytes that follow: of a region, or of words */
    uint64_t address;
};

/* Writes, or reads, all of it; false when that cannot be. */
static bool kdump_move(int fd, void *bytes, size_t n, bool is_write)
{
    uint8_t *at = bytes;

    while (n > 0) {
        const ssize_t moved = is_write ? write(fd, at, n) : read(fd, at, n);

        if (moved == 0 || (moved < 0 && errno != EINTR))
            return false;
        if (moved > 0) {
            at += moved;
            n -= (size_t)moved;
        }
    }
    return true;
}

/* ---- The process that reads the dump ---- */

/* A dump while it is searched. */
struct kdump_run {
    kdump_ctx_t *dump;
    uint8_t *buf;
    uint64_t step, end; /* of the run */
    unsigned flags, page_shift;
    int to;
    bool has_failed;
};

static void kdump_send(const struct kdump_run *run, unsigned kind, uint64_t address, void *bytes, size_t len)
{
    struct kdump_record record = {.len = (uint32_t)len, .address = address};

    record.kind = kind;
    if (!kdump_move(run->to, &record, sizeof record, true) || !kdump_move(run->to, bytes, len, true))
        _exit(1); /* nobody listens */
}

/* The first one. */
static void kdump_note_failure(struct kdump_run *run)
{
    const char *const words = kdump_get_err(run->dump);
    char text[KDUMP_WORDS];

    if (run->has_failed)
        return;
    run->has_failed = true;
    snprintf(text, sizeof text, "%s", words != NULL ? words : "unknown error");
    kdump_send(run, KDUMP_FAILURE, 0, text, sizeof text);
}

/* Up to n bytes from an address on; fewer where the rest is left out of the dump, or broken. */
static size_t kdump_load(struct kdump_run *run, uint64_t address, uint8_t *buf, size_t n)
{
    size_t len = n;
    const kdump_status status = kdump_read(run->dump, KDUMP_MACHPHYSADDR, address, buf, &len);

    if (status == KDUMP_OK)
        return n;
    if (status != KDUMP_ERR_NODATA)
        kdump_note_failure(run);
    return len < n ? len : n;
}

static void kdump_tell(struct kdump_run *run, uint64_t address)
{
    const uint64_t left = run->end - address;
    const size_t want = left < VMCLOCK_SCAN_REGION ? (size_t)left : VMCLOCK_SCAN_REGION;

    kdump_send(run, KDUMP_HIT, address, run->buf + KDUMP_ROOM,
               kdump_load(run, address, run->buf + KDUMP_ROOM, want));
}

/* The pages from `at` to run->end. */
static void kdump_search_run(struct kdump_run *run, uint64_t at)
{
    const uint64_t page = UINT64_C(1) << run->page_shift;
    struct vmclock_scan scan;
    struct vmclock_scan_hit hit;

    vmclock_scan_begin(&scan, at, run->step, run->flags);
    while (at < run->end) {
        const size_t want = run->end - at < KDUMP_STEP ? (size_t)(run->end - at) : KDUMP_STEP;
        const size_t got = kdump_load(run, at, run->buf, want);

        while (vmclock_scan_next(&scan, run->buf, got, run->end - at - got, &hit))
            kdump_tell(run, hit.offset);
        at += got;
        if (got < want) {
            at = (at / page + 1) * page;
            vmclock_scan_begin(&scan, at, run->step, run->flags);
        }
        kdump_send(run, KDUMP_PROGRESS, at, NULL, 0);
    }
}

/* All runs, by the map of the pages that are in the file. */
static void kdump_search_all(struct kdump_run *run)
{
    const uint64_t most = UINT64_MAX >> run->page_shift;
    kdump_attr_t map = {.type = KDUMP_BITMAP};
    kdump_addr_t first = 0, last;

    if (kdump_get_typed_attr(run->dump, KDUMP_ATTR_FILE_PAGEMAP, &map) != KDUMP_OK) {
        kdump_note_failure(run);
        return;
    }
    while (kdump_bmp_find_set(map.val.bitmap, &first) == KDUMP_OK && first < most) {
        last = first;
        if (kdump_bmp_find_clear(map.val.bitmap, &last) != KDUMP_OK || last > most)
            last = most;
        run->end = last << run->page_shift;
        kdump_search_run(run, first << run->page_shift);
        first = last;
    }
}

/* Ends with the process: nothing is freed. */
static void kdump_read_dump(struct kdump_run *run, int fd)
{
    kdump_num_t shift = 0;

    run->dump = kdump_new();
    if (run->dump == NULL)
        return;
    if (kdump_set_number_attr(run->dump, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER) != KDUMP_OK ||
        kdump_open_fd(run->dump, fd) != KDUMP_OK ||
        kdump_get_number_attr(run->dump, KDUMP_ATTR_PAGE_SHIFT, &shift) != KDUMP_OK || shift < 10 || shift > 20) {
        kdump_note_failure(run);
    } else {
        run->page_shift = (unsigned)shift;
        kdump_search_all(run);
    }
    kdump_send(run, KDUMP_DONE, 0, NULL, 0);
}

/* ---- The process that listens to it ---- */

static bool kdump_found(const struct kdump_record *record, const uint8_t *region, unsigned flags,
                        const struct vmclock_search_calls *calls)
{
    struct vmclock_search_hit hit = {.physical = record->address, .has_physical = true, .bytes = record->len};

    hit.has_header = vmclock_shm_header_read(region, record->len, &hit.header, NULL) == VMCLOCK_OK ||
                     record->len >= VMCLOCK_HEADER_SIZE;
    if (vmclock_parse(region, record->len, 0, &hit.view, &hit.error) != VMCLOCK_OK && (flags & VMCLOCK_SCAN_ALL) == 0)
        return true;
    return calls->found(calls->context, &hit);
}

/* Until it is done, or is to be stopped: true; false when it broke off. */
static bool kdump_listen(int from, unsigned flags, uint8_t *room, const struct vmclock_search_calls *calls,
                         char *failure)
{
    struct kdump_record record;
    bool goes_on = true;

    while (goes_on) {
        if (!kdump_move(from, &record, sizeof record, false) || record.len > VMCLOCK_SCAN_REGION ||
            !kdump_move(from, room, record.len, false))
            return false;
        if (record.kind == KDUMP_HIT)
            goes_on = kdump_found(&record, room, flags, calls);
        else if (record.kind == KDUMP_PROGRESS)
            goes_on = calls->go_on(calls->context, record.address, UINT64_MAX);
        else if (record.kind == KDUMP_FAILURE)
            snprintf(failure, KDUMP_WORDS, "%.*s", (int)record.len, (const char *)room);
        else
            return true;
    }
    return true;
}

const char *cmd_kdump_search(int fd, uint64_t step, unsigned flags, uint8_t *buf,
                             const struct vmclock_search_calls *calls)
{
    static char failure[KDUMP_WORDS];
    struct kdump_run run = {.buf = buf, .step = step, .flags = flags};
    int ends[2];
    pid_t reader;

    failure[0] = '\0';
    if (pipe(ends) != 0 || (reader = fork()) < 0)
        return strerror(errno);
    if (reader == 0) {
        (void)signal(SIGINT, SIG_DFL);
        (void)close(ends[0]);
        run.to = ends[1];
        kdump_read_dump(&run, fd);
        _exit(0);
    }
    (void)close(ends[1]);
    if (!kdump_listen(ends[0], flags, buf + KDUMP_ROOM, calls, failure) && failure[0] == '\0')
        snprintf(failure, sizeof failure, "libkdumpfile broke down on it");
    (void)kill(reader, SIGKILL);
    (void)close(ends[0]);
    while (waitpid(reader, NULL, 0) < 0 && errno == EINTR)
        ;
    return failure[0] != '\0' ? failure : NULL;
}

#else

const char *cmd_kdump_search(int fd, uint64_t step, unsigned flags, uint8_t *buf,
                             const struct vmclock_search_calls *calls)
{
    (void)fd;
    (void)step;
    (void)flags;
    (void)buf;
    (void)calls;
    return "this command was built without libkdumpfile";
}

#endif
