/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every page in an input of any size: reads it in large steps, has them searched, and looks again at what was found.
 * Maps and allocates nothing. The buffer holds a step and, behind it, the region of a hit; of a pipe it holds a window,
 * from the bytes that are searched to as many behind them as a region can have.
 */
#define _GNU_SOURCE 1 /* SEEK_DATA */
#define _FILE_OFFSET_BITS 64
#include "vmclock_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ahead.h"
#include "call.h"

enum {
    SEARCH_STEP = 256 << 10, /* read at once: of what the processor's second cache holds */
    SEARCH_ROOM = 1 << 20,   /* where in the buffer a hit's region is read to */
    SEARCH_AHEAD = 2 << 20,  /* where in the buffer the second thread reads to */
    SEARCH_PART = 4 << 20,   /* of a file, what each of two threads does before they meet */
    SEARCH_SEAM = VMCLOCK_HEADER_SIZE - 1, /* of such a part, what a header that begins before it can reach into */
    SEARCH_KEPT = 16,        /* bytes of a pipe that stay, for what began in them */
    SEARCH_HOLE = 4096       /* zeros that are read at the start of a hole, for what began before it */
};
#define SEARCH_LOOK_NS (200 * VMCLOCK_NS_PER_MS_)       /* between two questions whether to go on */
#define SEARCH_SILENCE_NS (60 * VMCLOCK_NS_PER_SEC_)    /* how long a named input may be silent */

_Static_assert(SEARCH_STEP <= SEARCH_ROOM && SEARCH_ROOM + VMCLOCK_SCAN_REGION <= SEARCH_AHEAD &&
                   SEARCH_AHEAD + VMCLOCK_AHEAD_STEP_ <= VMCLOCK_SEARCH_BUFFER,
               "the buffer holds a step, a region and the second thread's step");

/* A search under way. */
struct search_run {
    struct vmclock_search *search;
    uint64_t step;
    unsigned flags;
    struct vmclock_scan whole; /* at multiples from the input's start */
    struct vmclock_scan part;  /* at multiples from the start of the segment */
    size_t segment;            /* the one that is searched, or comes next */
    bool is_inside;            /* it is searched */
    bool is_stopped;
    uint64_t at;               /* what was searched last ends here */
    uint64_t window;           /* of a stream: the offset of the buffer's first byte */
    struct vmclock_ahead_ ahead;
};

static uint64_t search_min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool search_goes_on(const struct vmclock_search *search, uint64_t done)
{
    const struct vmclock_search_calls *const calls = search->calls;

    return calls == NULL || calls->go_on == NULL || calls->go_on(calls->context, done, search->size);
}

/* ---- Reading ---- */

/* After a call that had nothing, or was interrupted: false when it is given up, by errno, or 0 when that is wished. */
static bool search_again(const struct vmclock_search *search, uint64_t done, unsigned tries,
                         struct vmclock_deadline_ deadline)
{
    if (!vmclock_again_(tries, deadline)) {
        errno = ETIMEDOUT;
        return false;
    }
    if (search_goes_on(search, search_min(done, search->size)))
        return true;
    errno = 0;
    return false;
}

/* Up to n bytes from `at` on; less at the end of the input. -1: errno tells, 0 is a wish to stop. */
static ssize_t search_pread(const struct vmclock_search *search, uint64_t at, void *buf, size_t n)
{
    const struct vmclock_deadline_ deadline = vmclock_deadline_after_(SEARCH_SILENCE_NS);
    size_t have = 0;
    unsigned tries = 0;

    while (have < n) {
        const ssize_t got = pread(search->fd, (uint8_t *)buf + have, n - have, (off_t)(search->start + at + have));

        if (got == 0)
            break;
        if (got > 0)
            have += (size_t)got;
        else if ((errno != EINTR && errno != EAGAIN) || !search_again(search, at + have, tries++, deadline))
            return have > 0 ? (ssize_t)have : -1;
    }
    return (ssize_t)have;
}

/* Waits until a stream has something to read, or has ended. False when it is to be stopped, or fails: errno, or 0. */
static bool search_wait(const struct vmclock_search *search, uint64_t done, struct vmclock_deadline_ deadline)
{
    for (;;) {
        const int ready = vmclock_poll_(search->fd, SEARCH_LOOK_NS, deadline);

        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
        errno = 0;
        if (!search_goes_on(search, done))
            return false;
        if (vmclock_deadline_passed_(deadline)) {
            errno = ETIMEDOUT;
            return false;
        }
    }
}

/* A terminal that is named, and read from the background, is an error and stops nobody. */
static ssize_t search_ask(struct vmclock_search *search)
{
    struct vmclock_held_ held;
    ssize_t got;

    if (search->is_own)
        vmclock_hold_(&held);
    got = read(search->fd, search->buf + search->have, VMCLOCK_SEARCH_BUFFER - search->have);
    if (search->is_own)
        vmclock_release_(&held);
    return got;
}

/*
 * One read. A named input is open without blocking and is asked first, since poll() would wait for the first writer of
 * a FIFO; a caller's descriptor may block, and is asked once there is something. Some devices are always ready and have
 * nothing.
 */
static ssize_t search_read(struct vmclock_search *search, uint64_t done)
{
    const struct vmclock_deadline_ deadline =
        search->is_own ? vmclock_deadline_after_(SEARCH_SILENCE_NS) : VMCLOCK_NEVER_;

    for (unsigned tries = 0;; tries++) {
        ssize_t got;

        if ((tries > 0 || !search->is_own) && !search_wait(search, done, deadline))
            return -1;
        got = search_ask(search);
        if (got >= 0 || (errno != EAGAIN && errno != EINTR))
            return got;
        if (tries > 0 && !search_again(search, done, tries, deadline))
            return -1;
    }
}

/* Fills the buffer from a stream. What ends it, has_ended, may also be a failure or a wish to stop. */
static void search_fill(struct vmclock_search *search, uint64_t window)
{
    while (!search->has_ended && search->have < VMCLOCK_SEARCH_BUFFER) {
        const ssize_t got = search_read(search, window + search->have);

        search->has_ended = got <= 0;
        search->failed = got < 0 ? errno : 0;
        search->have += got > 0 ? (size_t)got : 0;
    }
    if (search->has_ended)
        search->size = window + search->have;
}

/* Silence is none of the input's own failures. */
static enum vmclock_err search_fail(struct vmclock_error *err, const char *origin, int sys_errno)
{
    return vmclock_fail_syscall_(err, VMCLOCK_REASON_READ_FAILED, sys_errno == ETIMEDOUT ? "poll" : origin, sys_errno);
}

/* For the container, at its start. */
static size_t search_image_read(void *context, uint64_t offset, void *buf, size_t len)
{
    struct vmclock_search *const search = context;
    ssize_t got;

    if (search->is_stream) {
        const size_t n = offset >= search->have ? 0 : (size_t)search_min(len, search->have - offset);

        for (size_t i = 0; i < n; i++)
            ((uint8_t *)buf)[i] = search->buf[offset + i];
        return n;
    }
    got = search_pread(search, offset, buf, len);
    return got < 0 ? 0 : (size_t)got;
}

/* ---- Opening ---- */

/* What kind of input it is, and how long. Returns 0, or the errno of a call that failed. */
static int search_look(struct vmclock_search *search, const char **origin)
{
    const off_t position = lseek(search->fd, 0, SEEK_CUR);
    struct stat info;
    off_t end;

    *origin = "fstat";
    if (fstat(search->fd, &info) != 0)
        return errno;
    *origin = "pread";
    if (S_ISDIR(info.st_mode))
        return EISDIR;
    search->start = position < 0 ? 0 : (uint64_t)position;
    end = S_ISREG(info.st_mode) ? info.st_size : S_ISBLK(info.st_mode) ? lseek(search->fd, 0, SEEK_END) : 0;
    /* Files of /proc have 0 bytes and are read to their end. */
    search->is_stream = position < 0 || end <= 0;
    search->size = search->is_stream ? UINT64_MAX : (uint64_t)end > search->start ? (uint64_t)end - search->start : 0;
    return 0;
}

/* What is open by now is looked at, and read as far as its container asks for. */
static enum vmclock_err search_begin(struct vmclock_search *search, struct vmclock_segment *segments, size_t room,
                                     struct vmclock_error *err)
{
    const char *origin;
    const int sys_errno = search_look(search, &origin);

    if (sys_errno != 0) {
        vmclock_search_close(search);
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_READ_FAILED, origin, sys_errno);
    }
    if (search->is_stream)
        search_fill(search, 0);
    vmclock_image_read_segments(search_image_read, search, search->size, segments, room, &search->image);
    return vmclock_succeed_(err);
}

enum vmclock_err vmclock_search_open(struct vmclock_search *search, const char *path, int fd, void *buf,
                                     struct vmclock_segment *segments, size_t room,
                                     const struct vmclock_search_calls *calls, struct vmclock_error *err)
{
    struct vmclock_held_ held;
    enum vmclock_err kind;

    *search = (struct vmclock_search){.fd = fd, .buf = buf, .calls = calls};
    if (path == NULL)
        return search_begin(search, segments, room, err);
    vmclock_hold_(&held);
    search->fd = vmclock_open_(path, O_RDONLY, vmclock_deadline_after_(SEARCH_SILENCE_NS));
    search->is_own = search->fd >= 0;
    if (search->is_own)
        kind = search_begin(search, segments, room, err);
    else
        kind = vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", errno);
    vmclock_release_(&held);
    return kind;
}

void vmclock_search_close(struct vmclock_search *search)
{
    struct vmclock_held_ held;

    if (search == NULL)
        return;
    if (search->is_own) {
        vmclock_hold_(&held);
        (void)close(search->fd);
        vmclock_release_(&held);
    }
    search->is_own = false;
    search->fd = -1;
}

/* ---- What was found ---- */

static bool search_is_blank(const uint8_t *bytes, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/*
 * The region of a hit, *bytes of it, or fewer where there are fewer by now. Of a file no more is read than is looked
 * at: behind the structure, the first byte that is not 0 is all that matters.
 */
static const uint8_t *search_region(const struct search_run *run, uint64_t offset, size_t *bytes)
{
    struct vmclock_search *const search = run->search;
    uint8_t *const room = search->buf + SEARCH_ROOM;
    size_t len = *bytes < VMCLOCK_PAGE_SIZE ? *bytes : VMCLOCK_PAGE_SIZE, got;
    struct vmclock_view view;
    struct vmclock_error err;

    if (search->is_stream)
        return search->buf + (offset - run->window);
    (void)lseek(search->fd, (off_t)search->start, SEEK_SET);
    for (;;) {
        /* A page that others write is tried again, and then taken as it is. */
        if (vmclock_read_fd(search->fd, offset, room, len, &got, &err) == VMCLOCK_ERR_SYSCALL)
            got = 0;
        if (got < len)
            *bytes = got;
        if (len > VMCLOCK_PAGE_SIZE || got < len || vmclock_parse(room, *bytes, 0, &view, NULL) != VMCLOCK_OK ||
            vmclock_view_len(&view) <= len || !search_is_blank(room, VMCLOCK_STRUCT_SIZE, len))
            return room;
        len = vmclock_view_len(&view);
    }
}

/* Looks at what has the magic, and tells it. False ends the search. */
static bool search_tell(const struct search_run *run, uint64_t offset)
{
    const struct vmclock_search *const search = run->search;
    const struct vmclock_segment *const segment = vmclock_image_segment_at(&search->image, offset);
    const uint64_t end = search->is_stream ? run->window + search->have : search->size;
    const uint64_t left = segment == NULL ? end - offset : search_min(end, segment->offset + segment->len) - offset;
    size_t bytes = (size_t)search_min(left, VMCLOCK_SCAN_REGION);
    struct vmclock_search_hit hit = {.offset = offset};
    const uint8_t *const region = search_region(run, offset, &bytes);

    hit.bytes = (uint32_t)bytes;
    hit.has_physical = segment != NULL && segment->has_physical;
    if (hit.has_physical)
        hit.physical = segment->physical + (offset - segment->offset);
    hit.has_header = vmclock_shm_header_read(region, bytes, &hit.header, NULL) == VMCLOCK_OK ||
                     bytes >= VMCLOCK_HEADER_SIZE;
    if (vmclock_parse(region, bytes, 0, &hit.view, &hit.error) != VMCLOCK_OK && (run->flags & VMCLOCK_SCAN_ALL) == 0)
        return true;
    return search->calls == NULL || search->calls->found == NULL ||
           search->calls->found(search->calls->context, &hit);
}

/* ---- Searching ---- */

/* The next place in a segment whose start is no multiple from the input's start, and so is none of its places. */
static bool search_part_next(struct search_run *run, const uint8_t *bytes, size_t n, uint64_t following,
                             uint64_t *offset)
{
    struct vmclock_scan_hit hit;

    if (!run->is_inside || !vmclock_scan_next(&run->part, bytes, n, following, &hit))
        return false;
    *offset = run->search->image.segments[run->segment].offset + hit.offset;
    return true;
}

/* Bytes of one segment, or of none, from `at` on; what follows them in the segment and in the input. */
static void search_piece(struct search_run *run, const uint8_t *bytes, size_t n, uint64_t in_part, uint64_t in_whole)
{
    struct vmclock_scan_hit hit;
    uint64_t offset = 0;
    bool whole = vmclock_scan_next(&run->whole, bytes, n, in_whole, &hit);
    bool part = search_part_next(run, bytes, n, in_part, &offset);

    while (whole || part) {
        const bool is_whole = whole && (!part || hit.offset < offset);

        run->is_stopped = !search_tell(run, is_whole ? hit.offset : offset);
        if (is_whole)
            whole = vmclock_scan_next(&run->whole, bytes, n, in_whole, &hit);
        else
            part = search_part_next(run, bytes, n, in_part, &offset);
        if (run->is_stopped)
            return;
    }
}

/* Enters the segment that `at` is in, if it is in one that has multiples of its own. Returns where that changes. */
static uint64_t search_enter(struct search_run *run, uint64_t at)
{
    const struct vmclock_image *const image = &run->search->image;
    const struct vmclock_segment *segment;

    for (; run->segment < image->count; run->segment++, run->is_inside = false) {
        segment = &image->segments[run->segment];
        if (at < segment->offset)
            return segment->offset;
        if (at - segment->offset >= segment->len)
            continue;
        if (!run->is_inside && segment->offset % run->step != 0) {
            vmclock_scan_begin(&run->part, at - segment->offset, run->step, run->flags);
            run->is_inside = true;
        }
        return segment->offset + segment->len;
    }
    return UINT64_MAX;
}

/*
 * Bytes from `at` on, with what follows them in the input up to `end`. They go on from the last ones, or lie behind a
 * hole.
 */
static void search_bytes(struct search_run *run, const uint8_t *bytes, size_t n, uint64_t at, uint64_t end)
{
    if (at != run->at || at == 0) {
        vmclock_scan_begin(&run->whole, at, run->step, run->flags);
        run->is_inside = false;
    }
    run->at = at + n;
    while (n > 0 && !run->is_stopped) {
        const uint64_t edge = search_min(search_enter(run, at), end);
        const size_t piece = (size_t)search_min(n, edge - at);

        search_piece(run, bytes, piece, edge - at - piece, end - at - piece);
        bytes += piece;
        at += piece;
        n -= piece;
    }
}

/* The next stretch of a file that is no hole, from *at on. Where the system does not tell, all of it. */
static void search_data(const struct vmclock_search *search, uint64_t *at, uint64_t *to)
{
    const off_t from = lseek(search->fd, (off_t)(search->start + *at), SEEK_DATA);
    off_t hole;

    *to = search->size;
    if (from < 0) {
        if (errno == ENXIO)
            *at = search->size;
        return;
    }
    *at = search_min((uint64_t)from - search->start, search->size);
    hole = lseek(search->fd, from, SEEK_HOLE);
    if (hole >= 0 && (uint64_t)hole - search->start < search->size)
        *to = search_min((uint64_t)hole - search->start + SEARCH_HOLE, search->size);
}

static enum vmclock_err search_alone(struct search_run *run, uint64_t at, uint64_t to, struct vmclock_error *err)
{
    struct vmclock_search *const search = run->search;

    while (at < to && !run->is_stopped) {
        const size_t n = (size_t)search_min(SEARCH_STEP, to - at);
        const ssize_t got = search_pread(search, at, search->buf, n);

        if (got < 0 && errno == 0) {
            run->is_stopped = true;
            break;
        }
        if (got <= 0)
            return search_fail(err, "pread", got == 0 ? ENODATA : errno);
        search_bytes(run, search->buf, (size_t)got, at, search->size);
        at += (size_t)got;
        run->is_stopped = run->is_stopped || !search_goes_on(search, at);
    }
    return vmclock_succeed_(err);
}

/*
 * From *at on a part for each thread: the first one is searched here, and of the second one what the other thread does
 * not find clear, as behind a hole. Its first bytes are searched too, for what began before it.
 */
static enum vmclock_err search_pair(struct search_run *run, uint64_t *at, struct vmclock_error *err)
{
    const uint64_t middle = *at + SEARCH_PART, to = middle + SEARCH_PART;
    enum vmclock_err kind = search_alone(run, *at, middle, err);
    const uint64_t clear = vmclock_ahead_end_(&run->ahead);
    uint64_t from = middle;

    if (kind == VMCLOCK_OK && clear - middle > SEARCH_SEAM) {
        kind = search_alone(run, middle, middle + SEARCH_SEAM, err);
        from = clear;
    }
    if (kind == VMCLOCK_OK)
        kind = search_alone(run, from, to, err);
    *at = to;
    return kind;
}

static enum vmclock_err search_stretch(struct search_run *run, uint64_t at, uint64_t to, struct vmclock_error *err)
{
    while (to - at >= 2 * (uint64_t)SEARCH_PART &&
           vmclock_ahead_begin_(&run->ahead, at + SEARCH_PART, at + 2 * (uint64_t)SEARCH_PART)) {
        const enum vmclock_err kind = search_pair(run, &at, err);

        if (kind != VMCLOCK_OK || run->is_stopped)
            return kind;
    }
    return search_alone(run, at, to, err);
}

static enum vmclock_err search_file(struct search_run *run, struct vmclock_error *err)
{
    struct vmclock_search *const search = run->search;
    enum vmclock_err kind = vmclock_succeed_(err);
    uint64_t at = 0, to;

    if ((run->flags & VMCLOCK_SEARCH_TWO_THREADS) != 0 && search->size >= 4 * (uint64_t)SEARCH_PART)
        vmclock_ahead_open_(&run->ahead, search, run->step, search->buf + SEARCH_AHEAD);
    while (kind == VMCLOCK_OK && !run->is_stopped) {
        search_data(search, &at, &to);
        if (at >= search->size)
            break;
        kind = search_stretch(run, at, to, err);
        at = to;
    }
    vmclock_ahead_close_(&run->ahead);
    (void)lseek(search->fd, (off_t)search->start, SEEK_SET);
    return kind;
}

static enum vmclock_err search_stream(struct search_run *run, struct vmclock_error *err)
{
    struct vmclock_search *const search = run->search;
    size_t from = 0; /* in the buffer */

    for (;;) {
        const size_t unsure = search->has_ended ? 0 : VMCLOCK_SCAN_REGION;
        const size_t to = search->have - unsure; /* an open stream has filled the buffer */

        search_bytes(run, search->buf + from, to - from, run->window + from, run->window + search->have);
        run->is_stopped = run->is_stopped || (!search->has_ended && !search_goes_on(search, run->window + to));
        if (run->is_stopped || search->has_ended)
            break;
        for (size_t i = to - SEARCH_KEPT; i < search->have; i++)
            search->buf[i - (to - SEARCH_KEPT)] = search->buf[i];
        run->window += to - SEARCH_KEPT;
        search->have -= to - SEARCH_KEPT;
        from = SEARCH_KEPT;
        search_fill(search, run->window);
    }
    if (search->has_ended && search->image.count > 0) {
        const struct vmclock_segment *const last = &search->image.segments[search->image.count - 1];

        search->image.faults |= last->offset + last->len > search->size ? VMCLOCK_IMAGE_CUT : 0U;
    }
    if (search->failed != 0)
        return search_fail(err, "read", search->failed);
    return vmclock_succeed_(err);
}

enum vmclock_err vmclock_search_run(struct vmclock_search *search, uint64_t step, unsigned flags,
                                    struct vmclock_error *err)
{
    struct search_run run = {.search = search, .step = step == 0 ? 1 : step, .flags = flags};

    return search->is_stream ? search_stream(&run, err) : search_file(&run, err);
}
