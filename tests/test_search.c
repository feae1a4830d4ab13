/* SPDX-License-Identifier: BSD-2-Clause */
/* The search of files and pipes: what is told, in which order, and how it ends. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "containers.h"
#include "system.h"

static uint8_t buffer[VMCLOCK_SEARCH_BUFFER];
static struct vmclock_segment segments[VMCLOCK_IMAGE_SEGMENTS];

/* What was told, and what to do about it. */
struct told {
    unsigned count, asked;
    struct vmclock_search_hit hit[64];
    unsigned stop_at;    /* the hit that ends the search; 0: none */
    unsigned stop_asked; /* likewise the question */
    int truncate_fd;     /* cut to nothing at the first hit; -1: none */
};

static bool found(void *context, const struct vmclock_search_hit *hit)
{
    struct told *const told = context;

    if (told->count < 64)
        told->hit[told->count] = *hit;
    told->count++;
    if (told->truncate_fd >= 0 && ftruncate(told->truncate_fd, 0) != 0)
        abort();
    return told->count != told->stop_at;
}

static bool go_on(void *context, uint64_t done, uint64_t size)
{
    struct told *const told = context;

    HOLDS(done <= size);
    told->asked++;
    return told->asked != told->stop_asked;
}

static enum vmclock_err search(int fd, uint64_t step, unsigned flags, struct told *told, struct vmclock_search *search,
                               struct vmclock_error *err)
{
    const struct vmclock_search_calls calls = {found, go_on, told};
    enum vmclock_err kind = vmclock_search_open(search, NULL, fd, buffer, segments, VMCLOCK_IMAGE_SEGMENTS, &calls,
                                                err);

    if (kind == VMCLOCK_OK)
        kind = vmclock_search_run(search, step, flags, err);
    vmclock_search_close(search);
    return kind;
}

static int file_of(const void *bytes, size_t len)
{
    const int fd = memfd_create("image", MFD_CLOEXEC);

    if (fd < 0 || pwrite(fd, bytes, len, 0) != (ssize_t)len)
        abort();
    return fd;
}

static void put_page_in(int fd, off_t at)
{
    uint8_t page[112];

    put_page(page);
    if (pwrite(fd, page, sizeof page, at) != (ssize_t)sizeof page)
        abort();
}

static void a_file_that_becomes_shorter_is_told_with_what_was_found(void)
{
    struct told told = {.truncate_fd = memfd_create("image", MFD_CLOEXEC)};
    struct vmclock_search state;
    struct vmclock_error err;

    if (ftruncate(told.truncate_fd, 16 << 20) != 0)
        abort();
    for (off_t at = 0; at < 16 << 20; at += 4096) /* no holes */
        put_page_in(told.truncate_fd, at + 1);
    put_page_in(told.truncate_fd, 4096);
    put_page_in(told.truncate_fd, 8 << 20);
    EQ(search(told.truncate_fd, 4096, 0, &told, &state, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_READ_FAILED);
    EQ(err.sys_errno, ENODATA);
    TEXT(err.origin, "pread");
    EQ(told.count, 1);
    EQ(told.hit[0].offset, 4096);
    close(told.truncate_fd);
}

static void who_is_told_can_end_it(void)
{
    struct vmclock_search state;
    struct vmclock_error err;
    const int fd = file_of("", 1);

    if (ftruncate(fd, 1 << 20) != 0)
        abort();
    for (unsigned i = 0; i < 4; i++)
        put_page_in(fd, i * 300 * 1024);
    for (unsigned stop = 0; stop < 4; stop++) {
        struct told told = {.stop_at = stop, .truncate_fd = -1};

        EQ(search(fd, 1024, 0, &told, &state, &err), VMCLOCK_OK);
        EQ(err.kind, VMCLOCK_OK);
        EQ(told.count, stop == 0 ? 4 : stop);
    }
    {
        struct told told = {.stop_asked = 1, .truncate_fd = -1};

        EQ(search(fd, 1024, 0, &told, &state, &err), VMCLOCK_OK);
        EQ(told.asked, 1);
        EQ(told.count, 1);
    }
    EQ(vmclock_search_open(&state, NULL, fd, buffer, NULL, 0, NULL, NULL), VMCLOCK_OK);
    EQ(state.size, 1 << 20);
    EQ(vmclock_search_run(&state, 0, VMCLOCK_SCAN_ALL, NULL), VMCLOCK_OK);
    vmclock_search_close(&state);
    EQ(lseek(fd, 0, SEEK_CUR), 0);
    close(fd);
}

static void pages_are_told_once_and_in_order_by_both_ways_to_count(void)
{
    static uint8_t bytes[CONTAINER_MAX];
    const struct container core = {.name = "", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64, .entry = 56,
                                   .number = 3, .len = 0x1400, .loads = 3,
                                   .load = {{0x100, 0x40, 0}, {0x304, 0x900, 0x10000}, {0xc08, 0x700, 0x20000}}};
    /* Multiples of 16 from the file's start, from the segments' starts, of both, and of neither. */
    static const struct {
        uint64_t offset, physical;
        bool is_told, has_physical;
    } rows[] = {
        {0x204, 0, false, false},       {0x280, 0, true, false},       {0x304, 0x10000, true, true},
        {0x380, 0x1007c, true, true},   {0x408, 0, false, false},      {0x494, 0x10190, true, true},
        {0x510, 0x1020c, true, true},   {0xb94, 0x10890, true, true},  {0xc08, 0x20000, true, true},
        {0xc80, 0x20078, true, true},   {0xd08, 0x20100, true, true},  {0x1298, 0x20690, true, true},
        {0x1310, 0, true, false},
    };
    struct told told = {.truncate_fd = -1};
    struct vmclock_search state;
    struct vmclock_error err;
    unsigned next = 0;
    int fd;

    (void)container_make(&core, bytes);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].offset != PAGE_AT)
            put_page(bytes + rows[i].offset);
    memset(bytes + PAGE_AT, 0, 0x10);
    put_page(bytes + 0x304);
    fd = file_of(bytes, core.len);
    EQ(search(fd, 16, 0, &told, &state, &err), VMCLOCK_OK);
    EQ(state.image.faults, 0);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].is_told)
            continue;
        EQ(told.hit[next].offset, rows[i].offset);
        EQ(told.hit[next].has_physical, rows[i].has_physical);
        EQ(told.hit[next].physical, rows[i].physical);
        next++;
    }
    EQ(told.count, next);
    close(fd);
}

static void a_page_that_goes_on_behind_its_segment_is_none(void)
{
    static uint8_t bytes[CONTAINER_MAX];
    struct told told = {.truncate_fd = -1};
    struct vmclock_search state;
    struct vmclock_error err;
    int fd;

    (void)container_make(&containers[0], bytes);
    put_le(bytes + PAGE_AT + 4, 4, 0x100);
    fd = file_of(bytes, 0x500);
    EQ(search(fd, 8, 0, &told, &state, &err), VMCLOCK_OK);
    EQ(told.count, 1);
    EQ(told.hit[0].bytes, 0x100);
    put_le(bytes + 4, 4, 0x101);
    if (pwrite(fd, bytes + 4, 4, PAGE_AT + 4) != 4)
        abort();
    EQ(search(fd, 8, 0, &told, &state, &err), VMCLOCK_OK);
    EQ(told.count, 1);
    EQ(search(fd, 8, VMCLOCK_SCAN_ALL, &told, &state, &err), VMCLOCK_OK);
    EQ(told.count, 2);
    EQ(told.hit[1].error.reason, VMCLOCK_REASON_SIZE_EXCEEDS_REGION);
    EQ(told.hit[1].error.expected, 0x100);
    close(fd);
}

/*
 * Data and holes in turns: what begins at the end of one, and what begins right behind the zeros that are read along.
 */
static void holes_are_left_out_and_hide_nothing(void)
{
    static const off_t at[] = {0, 4096 - 8, 65536, 65536 + 4096 - 9, 131072, 200704 - 12, 204800 - 12, 204800, 1 << 20};
    struct told told = {.truncate_fd = -1};
    const int fd = memfd_create("image", MFD_CLOEXEC);
    struct vmclock_search state;
    struct vmclock_error err;

    if (ftruncate(fd, (off_t)1 << 40) != 0)
        abort();
    for (unsigned i = 0; i < sizeof at / sizeof *at; i++) {
        uint8_t page[112];

        put_page(page);
        /* No more than it takes, so that the rest of the page may be a hole. */
        if (pwrite(fd, page, i % 2 == 0 ? 112 : 9, at[i]) < 9)
            abort();
    }
    EQ(search(fd, 1, 0, &told, &state, &err), VMCLOCK_OK);
    EQ(told.count, sizeof at / sizeof *at);
    for (unsigned i = 0; i < sizeof at / sizeof *at; i++)
        EQ(told.hit[i].offset, at[i]);
    close(fd);
}

static void a_pipe_is_searched_to_its_end(void)
{
    struct told told = {.truncate_fd = -1};
    struct vmclock_search state;
    struct vmclock_error err;
    uint8_t page[128];
    int ends[2];

    put_page(page);
    if (pipe(ends) != 0 || write(ends[1], page, 112) != 112 || write(ends[1], page, 112) != 112)
        abort();
    close(ends[1]);
    EQ(search(ends[0], 112, 0, &told, &state, &err), VMCLOCK_OK);
    EQ(told.count, 2);
    EQ(told.hit[0].bytes, 224);
    EQ(told.hit[1].offset, 112);
    EQ(told.hit[1].bytes, 112);
    EQ(state.size, 224);
    close(ends[0]);
    /* One that is silent is given up when that is wished, and what came until then is told. */
    if (pipe(ends) != 0 || write(ends[1], page, 112) != 112)
        abort();
    told = (struct told){.truncate_fd = -1, .stop_asked = 1};
    EQ(search(ends[0], 112, 0, &told, &state, &err), VMCLOCK_OK);
    EQ(told.count, 1);
    EQ(told.asked, 1);
    close(ends[0]);
    close(ends[1]);
}

/* ---- Inputs that never answer ---- */

static ssize_t has_nothing(int fd, void *buf, size_t len)
{
    (void)fd, (void)buf, (void)len;
    errno = EAGAIN;
    return -1;
}
static ssize_t has_nothing_there(int fd, void *buf, size_t len, off_t offset)
{
    (void)offset;
    return has_nothing(fd, buf, len);
}
static int is_always_ready(struct pollfd *fds, int timeout_ms)
{
    (void)timeout_ms;
    fds->revents = POLLIN;
    return 1;
}
static int is_interrupted(const char *path, int flags)
{
    (void)path, (void)flags;
    errno = EINTR;
    return -1;
}

enum { SECOND = 1000000000 };

/* Silent, or always ready with nothing; by name, and by a descriptor, whose only end is a wish. */
static void input_without_an_answer_ends_in_time_and_without_spinning(void)
{
    for (unsigned i = 0; i < 4; i++) {
        struct told told = {.truncate_fd = -1, .stop_asked = i % 2 == 0 ? 0 : 100};
        const struct vmclock_search_calls calls = {found, go_on, &told};
        struct vmclock_search state;
        struct vmclock_error err;
        int64_t began;

        reset_system();
        stop_clock();
        began = stopped_clock();
        answers.read = has_nothing;
        if (i < 2)
            answers.poll = is_always_ready;
        EQ(vmclock_search_open(&state, "/dev/null", -1, buffer, segments, 8, &calls, &err), VMCLOCK_OK);
        EQ(vmclock_search_run(&state, 1, 0, &err), i % 2 == 0 ? VMCLOCK_ERR_SYSCALL : VMCLOCK_OK);
        if (i % 2 == 0) {
            EQ(err.reason, VMCLOCK_REASON_READ_FAILED);
            EQ(err.sys_errno, ETIMEDOUT);
            TEXT(err.origin, "poll");
            HOLDS(stopped_clock() - began >= 60 * (int64_t)SECOND);
            HOLDS(stopped_clock() - began <= 60 * (int64_t)SECOND + SECOND / 4);
        } else {
            EQ(told.asked, 100);
            HOLDS(stopped_clock() - began <= 21 * (int64_t)SECOND);
        }
        HOLDS(system_calls() < 40000); /* a hundred looks a second */
        vmclock_search_close(&state);
    }
    {
        const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        struct told told = {.truncate_fd = -1, .stop_asked = 100};
        struct vmclock_search state;
        struct vmclock_error err;

        reset_system();
        stop_clock();
        answers.read = has_nothing;
        answers.poll = is_always_ready;
        EQ(search(fd, 1, 0, &told, &state, &err), VMCLOCK_OK);
        EQ(told.asked, 100);
        HOLDS(system_calls() < 1000);
        close(fd);
    }
    reset_system();
}

static void file_without_an_answer_ends_in_time_or_when_that_is_wished(void)
{
    const int fd = file_of("", 1);

    if (ftruncate(fd, 8192) != 0)
        abort();
    put_page_in(fd, 4096);
    for (unsigned stop = 0; stop < 2; stop++) {
        struct told told = {.truncate_fd = -1};
        const struct vmclock_search_calls calls = {found, go_on, &told};
        struct vmclock_search state;
        struct vmclock_error err;
        int64_t began;

        reset_system();
        EQ(vmclock_search_open(&state, NULL, fd, buffer, segments, 8, &calls, &err), VMCLOCK_OK);
        stop_clock();
        began = stopped_clock();
        told.asked = 0;
        told.stop_asked = stop == 0 ? 0 : 50;
        answers.pread = has_nothing_there;
        EQ(vmclock_search_run(&state, 1, 0, &err), stop == 0 ? VMCLOCK_ERR_SYSCALL : VMCLOCK_OK);
        EQ(told.count, 0);
        if (stop == 0) {
            EQ(err.sys_errno, ETIMEDOUT);
            TEXT(err.origin, "poll"); /* from "pread" it would be a hypervisor that has stalled */
            HOLDS(stopped_clock() - began >= 60 * (int64_t)SECOND);
            HOLDS(stopped_clock() - began <= 61 * (int64_t)SECOND);
        } else {
            EQ(told.asked, 50);
            HOLDS(stopped_clock() - began <= SECOND);
        }
        vmclock_search_close(&state);
    }
    reset_system();
    close(fd);
}

static void open_that_is_interrupted_for_ever_is_given_up(void)
{
    struct vmclock_search state;
    struct vmclock_error err;
    int64_t began;

    reset_system();
    stop_clock();
    began = stopped_clock();
    answers.open = is_interrupted;
    EQ(vmclock_search_open(&state, "/dev/null", -1, buffer, segments, 8, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, EINTR);
    HOLDS(stopped_clock() - began >= 60 * (int64_t)SECOND && stopped_clock() - began <= 61 * (int64_t)SECOND);
    HOLDS(system_calls() < 30000);
    reset_system();
    vmclock_search_close(&state);
}

static void what_cannot_be_opened_or_read_is_told(void)
{
    struct vmclock_search state;
    struct vmclock_error err;
    const int directory = open("/", O_RDONLY | O_CLOEXEC);

    EQ(vmclock_search_open(&state, "/nonexistent", -1, buffer, segments, 8, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, ENOENT);
    TEXT(err.origin, "open");
    vmclock_search_close(&state);
    vmclock_search_close(&state);
    vmclock_search_close(NULL);
    EQ(vmclock_search_open(&state, NULL, -1, buffer, segments, 8, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_READ_FAILED);
    EQ(err.sys_errno, EBADF);
    EQ(vmclock_search_open(&state, NULL, directory, buffer, segments, 8, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EISDIR);
    EQ(fcntl(directory, F_GETFD), FD_CLOEXEC);
    EQ(vmclock_search_open(&state, "/", -1, buffer, segments, 8, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EISDIR);
    EQ(state.fd, -1);
    close(directory);
}

/* ---- Inputs longer than what is read at once ---- */

static void segment_longer_than_a_step_is_searched_as_one(void)
{
    static uint8_t bytes[0xd0000];
    /* The step that is read at once ends at 0x40000. Multiples of 16 from 0x304, and from the start. */
    static const uint64_t at[] = {0x3fff4, 0x50004, 0x60000, 0xc0404};
    const struct container core = {.name = "", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64, .entry = 56,
                                   .number = 2, .len = 0xd0000, .loads = 2,
                                   .load = {{0x100, 0x40, 0}, {0x304, 0xc0200, 0x100000}}};
    struct told told = {.truncate_fd = -1};
    struct vmclock_search state;
    struct vmclock_error err;
    int fd;

    (void)container_make(&core, bytes);
    memset(bytes + 0x304, 0x11, sizeof bytes - 0x304);
    for (unsigned i = 0; i < 4; i++)
        put_page(bytes + at[i]);
    put_page(bytes + 0xc0600); /* behind the segment, and */
    put_page(bytes + 0x70008); /* at no multiple */
    fd = file_of(bytes, sizeof bytes);
    EQ(search(fd, 16, 0, &told, &state, &err), VMCLOCK_OK);
    EQ(told.count, 5);
    for (unsigned i = 0; i < 4; i++) {
        EQ(told.hit[i].offset, at[i]);
        HOLDS(told.hit[i].has_physical);
        EQ(told.hit[i].physical, 0x100000 + at[i] - 0x304);
        EQ(told.hit[i].bytes, 0xc0504 - at[i]);
    }
    EQ(told.hit[4].offset, 0xc0600);
    HOLDS(!told.hit[4].has_physical);
    /* After each step it is asked whether to go on; nothing is told after a no. */
    for (unsigned stop = 1; stop <= 4; stop++) {
        told = (struct told){.truncate_fd = -1, .stop_asked = stop};
        EQ(search(fd, 16, 0, &told, &state, &err), VMCLOCK_OK);
        EQ(told.asked, stop);
        EQ(told.count, stop == 1 ? 0 : stop < 4 ? 3 : 5); /* the first one lies across two steps */
    }
    close(fd);
}

static unsigned signals_left;
static ssize_t pread_after_signals(int fd, void *buf, size_t len, off_t offset)
{
    if (len > 4096 && signals_left > 0) {
        signals_left--;
        errno = EINTR;
        return -1;
    }
    return real_pread(fd, buf, len, offset);
}

/* The core of a process: its segments have no addresses, and count all the same. */
static void segments_without_addresses_have_places_of_their_own(void)
{
    static uint8_t bytes[CONTAINER_MAX];
    const struct container core = {.name = "", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64, .entry = 56,
                                   .number = 3, .len = 0x2000, .loads = 3,
                                   .load = {{0x100, 0x40, 0}, {0x304, 0x200, 0}, {0x508, 0x200, 0}}};
    struct told told = {.truncate_fd = -1};
    struct vmclock_search state;
    struct vmclock_error err;
    int fd;

    (void)container_make(&core, bytes);
    memset(bytes + PAGE_AT, 0, 112);
    put_page(bytes + 0x314);
    put_page(bytes + 0x518);
    fd = file_of(bytes, core.len);
    signals_left = 3;
    answers.pread = pread_after_signals;
    EQ(search(fd, 16, 0, &told, &state, &err), VMCLOCK_OK);
    reset_system();
    EQ(signals_left, 0);
    EQ(told.count, 2);
    EQ(told.hit[0].offset, 0x314);
    EQ(told.hit[0].bytes, 0x1f0);
    HOLDS(!told.hit[0].has_physical && told.hit[0].physical == 0);
    EQ(told.hit[1].offset, 0x518);
    close(fd);
}

static void a_stop_in_one_segment_leaves_out_the_next(void)
{
    static uint8_t bytes[CONTAINER_MAX];
    struct told told = {.truncate_fd = -1, .stop_at = 1};
    struct vmclock_search state;
    struct vmclock_error err;
    int fd;

    (void)container_make(&containers[0], bytes);
    put_page(bytes + 0x200);
    fd = file_of(bytes, 0x408);
    EQ(search(fd, 8, 0, &told, &state, &err), VMCLOCK_OK);
    EQ(told.count, 1);
    EQ(told.hit[0].offset, 0x200);
    close(fd);
}

/* A stream that is made as it is read: `len` bytes of zeros, pages at these places, and whatever begins it. */
static uint64_t stream_at, stream_len;
static const uint64_t *stream_pages;
static unsigned stream_count;
static uint8_t stream_start[CONTAINER_MAX];
static ssize_t read_stream(int fd, void *buf, size_t len)
{
    uint8_t page[112];

    (void)fd;
    len = len < 100000 ? len : 100000;
    if (len > stream_len - stream_at)
        len = (size_t)(stream_len - stream_at);
    memset(buf, 0, len);
    for (size_t i = 0; stream_at + i < sizeof stream_start && i < len; i++)
        ((uint8_t *)buf)[i] = stream_start[stream_at + i];
    put_page(page);
    for (unsigned i = 0; i < stream_count; i++)
        for (unsigned k = 0; k < sizeof page; k++)
            if (stream_pages[i] + k - stream_at < len)
                ((uint8_t *)buf)[stream_pages[i] + k - stream_at] = page[k];
    stream_at += len;
    return (ssize_t)len;
}

static enum vmclock_err search_stream_of(uint64_t len, struct told *told, struct vmclock_search *state,
                                         struct vmclock_error *err)
{
    const struct vmclock_search_calls calls = {found, go_on, told};
    enum vmclock_err kind;

    reset_system();
    answers.read = read_stream;
    stream_at = 0;
    stream_len = len;
    kind = vmclock_search_open(state, "/dev/null", -1, buffer, segments, 8, &calls, err);
    if (kind == VMCLOCK_OK)
        kind = vmclock_search_run(state, 1, 0, err);
    vmclock_search_close(state);
    reset_system();
    return kind;
}

/* Around where the buffer ends, where what is searched of it ends, and where the next one's do. */
static void long_stream_is_searched_through_its_window(void)
{
    enum { BUFFER = VMCLOCK_SEARCH_BUFFER, REGION = VMCLOCK_SCAN_REGION, PIECE = BUFFER - REGION };
    static const uint64_t at[] = {0, PIECE - 113, PIECE - 1, PIECE + 112, BUFFER - 57, BUFFER + 100, 2 * PIECE - 40,
                                  2 * PIECE + 112, 2 * PIECE + REGION - 20, 10000000 - 112};
    struct told told = {.truncate_fd = -1};
    struct vmclock_search state;
    struct vmclock_error err;

    memset(stream_start, 0, sizeof stream_start);
    stream_pages = at;
    stream_count = sizeof at / sizeof *at;
    EQ(search_stream_of(10000000, &told, &state, &err), VMCLOCK_OK);
    EQ(state.size, 10000000);
    EQ(told.count, stream_count);
    for (unsigned i = 0; i < stream_count; i++) {
        const uint64_t left = 10000000 - at[i];

        EQ(told.hit[i].offset, at[i]);
        EQ(told.hit[i].bytes, left < REGION ? left : REGION);
        EQ(told.hit[i].error.kind, VMCLOCK_OK);
    }
    for (unsigned stop = 1; stop <= 3; stop++) {
        told = (struct told){.truncate_fd = -1, .stop_asked = stop};
        EQ(search_stream_of(10000000, &told, &state, &err), VMCLOCK_OK);
        EQ(told.asked, stop < 3 ? stop : 2);
        EQ(told.count, stop == 1 ? 2 : stop == 2 ? 7 : stream_count);
    }
    told = (struct told){.truncate_fd = -1, .stop_at = 2};
    EQ(search_stream_of(10000000, &told, &state, &err), VMCLOCK_OK);
    EQ(told.count, 2);
}

static void container_in_a_stream_is_cut_where_that_ends(void)
{
    static const uint64_t at[] = {0x500000};
    struct container core = {.name = "", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64, .entry = 56,
                             .number = 2, .len = 0x1000, .loads = 2, .load = {{0x100, 0x40, 0}, {0x1000, 0, 0x10000}}};
    stream_pages = at;
    stream_count = 1;
    for (int more = -1; more <= 1; more++) {
        struct told told = {.truncate_fd = -1};
        struct vmclock_search state;
        struct vmclock_error err;

        core.load[1].len = 0x600000 - 0x1000 + (uint64_t)more;
        (void)container_make(&core, stream_start);
        memset(stream_start + PAGE_AT, 0, 112);
        EQ(search_stream_of(0x600000, &told, &state, &err), VMCLOCK_OK);
        EQ(state.image.count, 1);
        EQ(state.image.faults, more > 0 ? VMCLOCK_IMAGE_CUT : 0);
        EQ(told.count, 1);
        EQ(told.hit[0].physical, 0x10000 + 0x500000 - 0x1000);
        EQ(told.hit[0].bytes, 0x100000 + (more < 0 ? -1 : 0));
    }
    /* One that is whole in the buffer, and one that ends in its midst. */
    for (unsigned cut = 0; cut < 2; cut++) {
        struct told told = {.truncate_fd = -1};
        struct vmclock_search state;
        struct vmclock_error err;

        (void)container_make(&containers[0], stream_start);
        stream_count = 0;
        EQ(search_stream_of(cut ? 0x3ff : 0x408, &told, &state, &err), VMCLOCK_OK);
        EQ(state.image.count, 2);
        EQ(state.image.faults, cut ? VMCLOCK_IMAGE_CUT : 0);
        EQ(told.count, 1);
        EQ(told.hit[0].bytes, cut ? 0xf7 : 0x100);
    }
    memset(stream_start, 0, sizeof stream_start);
}

/* ---- Calls that fail ---- */

static unsigned steps, failing_step;
static size_t step_bytes; /* what comes of that step before it fails */
static ssize_t fail_step(int fd, void *buf, size_t len, off_t offset)
{
    if (len > 100000 || (len > 4096 && len + step_bytes > 100000)) {
        steps++;
        if (steps == failing_step && step_bytes > 0)
            return real_pread(fd, buf, step_bytes, offset);
        if (steps >= failing_step) {
            errno = EIO;
            return -1;
        }
    }
    return real_pread(fd, buf, len, offset);
}

static void what_cannot_be_read_is_told_after_what_could_be(void)
{
    static uint8_t bytes[750000];
    int fd;

    memset(bytes, 0x11, sizeof bytes);
    put_page(bytes + 4096);
    put_page(bytes + 300000);
    fd = file_of(bytes, sizeof bytes);
    for (unsigned row = 0; row < 6; row++) {
        struct told told = {.truncate_fd = -1};
        const struct vmclock_search_calls calls = {found, go_on, &told};
        struct vmclock_search state;
        struct vmclock_error err;

        EQ(vmclock_search_open(&state, NULL, fd, buffer, segments, 8, &calls, &err), VMCLOCK_OK);
        steps = 0;
        failing_step = row / 2 + 1;
        step_bytes = row % 2 != 0 ? 50000 : 0;
        answers.pread = fail_step;
        EQ(vmclock_search_run(&state, 1, 0, &err), VMCLOCK_ERR_SYSCALL);
        reset_system();
        EQ(err.reason, VMCLOCK_REASON_READ_FAILED);
        EQ(err.sys_errno, EIO);
        TEXT(err.origin, "pread");
        EQ(told.count, row == 0 ? 0 : row < 4 - (row == 3) ? 1 : 2);
        vmclock_search_close(&state);
    }
    close(fd);
}

static size_t most_at_once;
static ssize_t read_little(int fd, void *buf, size_t len, off_t offset)
{
    return real_pread(fd, buf, len < most_at_once ? len : most_at_once, offset);
}

/* What comes in pieces is read as one, and what it begins with is in its place. */
static void short_reads_are_put_together(void)
{
    static uint8_t bytes[700000];
    static const uint64_t at[] = {4096, 50000, 262144 - 50, 262144 + 5000, 500000, 700000 - 112};
    int fd;

    memset(bytes, 0x11, sizeof bytes);
    for (unsigned i = 0; i < sizeof at / sizeof *at; i++)
        put_page(bytes + at[i]);
    fd = file_of(bytes, sizeof bytes);
    for (most_at_once = 4000; most_at_once < 300000; most_at_once = 3 * most_at_once + 1) {
        struct told told = {.truncate_fd = -1};
        struct vmclock_search state;
        struct vmclock_error err;

        reset_system();
        answers.pread = read_little;
        EQ(search(fd, 1, 0, &told, &state, &err), VMCLOCK_OK);
        reset_system();
        EQ(told.count, sizeof at / sizeof *at);
        for (unsigned i = 0; i < sizeof at / sizeof *at; i++)
            EQ(told.hit[i].offset, at[i]);
    }
    close(fd);
}

static int region_errno; /* 0: it comes short */
static ssize_t fail_region(int fd, void *buf, size_t len, off_t offset)
{
    if (len <= 4096 && len > 4 && offset >= 4096) {
        errno = region_errno;
        if (region_errno != 0)
            return -1;
        return offset >= 4096 + 40 ? 0 : real_pread(fd, buf, 4096 + 40 - (size_t)offset, offset);
    }
    return real_pread(fd, buf, len, offset);
}

static void page_that_cannot_be_looked_at_again_is_told_as_it_is(void)
{
    static uint8_t bytes[8192];
    int fd;

    put_page(bytes + 4096);
    fd = file_of(bytes, sizeof bytes);
    for (unsigned row = 0; row < 4; row++) {
        const unsigned flags = row < 2 ? VMCLOCK_SCAN_ALL : 0;
        struct told told = {.truncate_fd = -1};
        const struct vmclock_search_calls calls = {found, go_on, &told};
        struct vmclock_search state;
        struct vmclock_error err;

        EQ(vmclock_search_open(&state, NULL, fd, buffer, segments, 8, &calls, &err), VMCLOCK_OK);
        region_errno = row % 2 != 0 ? EIO : 0;
        answers.pread = fail_region;
        EQ(vmclock_search_run(&state, 1, flags, &err), VMCLOCK_OK);
        reset_system();
        EQ(told.count, flags != 0);
        if (flags != 0) {
            EQ(told.hit[0].bytes, row == 0 ? 40 : 0);
            EQ(told.hit[0].has_header, row == 0);
            EQ(told.hit[0].error.reason, row == 0 ? VMCLOCK_REASON_SIZE_EXCEEDS_REGION : VMCLOCK_REASON_EMPTY);
        }
        vmclock_search_close(&state);
    }
    close(fd);
}

/* What has the magic and a header that means nothing has one all the same. */
static void header_that_means_nothing_is_told_as_it_is(void)
{
    static uint8_t bytes[8192];
    struct told told = {.truncate_fd = -1};
    struct vmclock_search state;
    struct vmclock_error err;
    int fd;

    memcpy(bytes + 4096, "VCLK", 4);
    memcpy(bytes + 8192 - 15, "VCLK", 4);
    fd = file_of(bytes, sizeof bytes);
    EQ(search(fd, 1, VMCLOCK_SCAN_ALL, &told, &state, &err), VMCLOCK_OK);
    EQ(told.count, 2);
    HOLDS(told.hit[0].has_header);
    EQ(told.hit[0].header.magic, 0x4b4c4356);
    EQ(told.hit[0].error.reason, VMCLOCK_REASON_VERSION_ZERO);
    HOLDS(!told.hit[1].has_header);
    EQ(told.hit[1].error.reason, VMCLOCK_REASON_TRUNCATED);
    close(fd);
}

static uint8_t far_byte; /* of the region of a hit, as it is in the buffer then */
static bool look_far(void *context, const struct vmclock_search_hit *hit)
{
    far_byte = buffer[(1 << 20) + 5000];
    return found(context, hit);
}

static void page_is_read_as_far_as_there_is_something_to_look_at(void)
{
    static const struct {
        uint32_t size;
        size_t stain; /* a byte that is not 0; 0: none */
        uint8_t seen;
    } rows[] = {{112, 0, 0xee}, {8192, 0, 0x77}, {4096, 0, 0xee}, {4097, 0, 0xee}, {5000, 0, 0xee}, {5001, 0, 0x77},
                {8192, 112, 0xee}, {8192, 4095, 0xee}, {8192, 4096, 0x77}};
    static uint8_t bytes[16384];

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct told told = {.truncate_fd = -1};
        const struct vmclock_search_calls calls = {look_far, NULL, &told};
        struct vmclock_search state;
        struct vmclock_error err;
        int fd;

        memset(bytes, 0, sizeof bytes);
        put_page(bytes);
        put_le(bytes + 4, 4, rows[i].size);
        bytes[5000] = 0x77;
        if (rows[i].stain != 0)
            bytes[rows[i].stain] = 1;
        fd = file_of(bytes, sizeof bytes);
        EQ(vmclock_search_open(&state, NULL, fd, buffer, segments, 8, &calls, &err), VMCLOCK_OK);
        memset(buffer + (1 << 20), 0xee, 16384);
        EQ(vmclock_search_run(&state, 1, 0, &err), VMCLOCK_OK);
        EQ(told.count, 1);
        EQ(far_byte, rows[i].seen);
        EQ(told.hit[0].bytes, sizeof bytes);
        vmclock_search_close(&state);
        close(fd);
    }
}

static mode_t pretended;
static int tell_pretended(int fd, struct stat *status)
{
    const int failed = real_fstat(fd, status);

    status->st_mode = (status->st_mode & ~(mode_t)S_IFMT) | pretended;
    status->st_size = 0;
    return failed;
}
static int refused_whence;
static off_t refuse_whence(int fd, off_t offset, int whence)
{
    errno = EINVAL;
    return whence == refused_whence ? -1 : real_lseek(fd, offset, whence);
}

/* A block device tells its length by its end; a file system need not tell of holes. */
static void what_the_system_does_not_tell_is_found_out(void)
{
    static uint8_t bytes[8192];
    struct told told = {.truncate_fd = -1};
    struct vmclock_search state;
    struct vmclock_error err;
    const int fd = (put_page(bytes + 4096), file_of(bytes, sizeof bytes));

    pretended = S_IFBLK;
    answers.fstat = tell_pretended;
    EQ(search(fd, 1, 0, &told, &state, &err), VMCLOCK_OK);
    EQ(state.size, 8192);
    EQ(told.count, 1);
    EQ(told.hit[0].bytes, 4096);
    HOLDS(!state.is_stream);
    for (unsigned i = 0; i < 2; i++) {
        reset_system();
        told.count = 0;
        refused_whence = i == 0 ? SEEK_DATA : SEEK_HOLE;
        answers.lseek = refuse_whence;
        EQ(search(fd, 1, 0, &told, &state, &err), VMCLOCK_OK);
        EQ(told.count, 1);
    }
    reset_system();
    /* A position behind the end, and one before it. */
    for (off_t at = 4096; at <= 16384; at += 4096) {
        told.count = 0;
        EQ(lseek(fd, at, SEEK_SET), at);
        EQ(search(fd, 1, 0, &told, &state, &err), VMCLOCK_OK);
        EQ(state.size, at < 8192 ? 4096 : 0);
        EQ(told.count, at < 8192);
        EQ(lseek(fd, 0, SEEK_CUR), at);
    }
    close(fd);
}

static ssize_t never_readable(int fd, void *buf, size_t len, off_t offset)
{
    (void)fd, (void)buf, (void)len, (void)offset;
    errno = EIO;
    return -1;
}
static int polls_made;
static int poll_fails_then(struct pollfd *fds, int timeout_ms)
{
    (void)timeout_ms;
    fds->revents = 0;
    errno = polls_made++ == 0 ? EINTR : ENOMEM;
    return -1;
}
static unsigned read_calls;
static ssize_t read_interrupted_then_fails(int fd, void *buf, size_t len)
{
    (void)fd, (void)buf, (void)len;
    errno = ++read_calls < 3 ? EINTR : EIO;
    return -1;
}

static void streams_and_files_that_fail_at_once_are_told(void)
{
    struct vmclock_search state;
    struct vmclock_error err;
    const int fd = file_of("x", 1);

    reset_system();
    stop_clock();
    answers.read = has_nothing;
    answers.poll = poll_fails_then;
    polls_made = 0;
    EQ(vmclock_search_open(&state, "/dev/null", -1, buffer, segments, 8, NULL, &err), VMCLOCK_OK);
    EQ(vmclock_search_run(&state, 1, 0, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, ENOMEM);
    TEXT(err.origin, "read");
    EQ(polls_made, 2);
    vmclock_search_close(&state);
    reset_system();
    answers.read = read_interrupted_then_fails;
    answers.poll = is_always_ready;
    read_calls = 0;
    EQ(vmclock_search_open(&state, "/dev/null", -1, buffer, segments, 8, NULL, &err), VMCLOCK_OK);
    EQ(vmclock_search_run(&state, 1, 0, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EIO);
    TEXT(err.origin, "read");
    EQ(read_calls, 3);
    vmclock_search_close(&state);
    reset_system();
    answers.pread = never_readable;
    EQ(vmclock_search_open(&state, NULL, fd, buffer, segments, 8, NULL, &err), VMCLOCK_OK);
    EQ(state.image.format, VMCLOCK_IMAGE_RAW);
    EQ(vmclock_search_run(&state, 1, 0, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EIO);
    reset_system();
    vmclock_search_close(&state);
    close(fd);
}

/* Nobody is told, and nobody is asked. */
static void who_is_not_there_is_not_called(void)
{
    static uint8_t bytes[8192];
    struct told told = {.truncate_fd = -1};
    const struct vmclock_search_calls nobody = {NULL, NULL, NULL}, to_ask = {NULL, go_on, &told},
                                      to_tell = {found, NULL, &told};
    struct vmclock_search state;
    const int fd = (put_page(bytes + 4096), file_of(bytes, sizeof bytes));

    EQ(vmclock_search_open(&state, NULL, fd, buffer, NULL, 0, &nobody, NULL), VMCLOCK_OK);
    EQ(vmclock_search_run(&state, 1, 0, NULL), VMCLOCK_OK);
    vmclock_search_close(&state);
    EQ(vmclock_search_open(&state, NULL, fd, buffer, NULL, 0, &to_ask, NULL), VMCLOCK_OK);
    EQ(vmclock_search_run(&state, 1, 0, NULL), VMCLOCK_OK);
    EQ(told.asked, 1);
    EQ(told.count, 0);
    vmclock_search_close(&state);
    EQ(vmclock_search_open(&state, NULL, fd, buffer, NULL, 0, &to_tell, NULL), VMCLOCK_OK);
    EQ(vmclock_search_run(&state, 1, 0, NULL), VMCLOCK_OK);
    EQ(told.count, 1);
    vmclock_search_close(&state);
    EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
}

SUITE(search) = {
    {"a file that becomes shorter is told with what was found",
     a_file_that_becomes_shorter_is_told_with_what_was_found},
    {"who is told can end it", who_is_told_can_end_it},
    {"pages are told once and in order, by both ways to count", pages_are_told_once_and_in_order_by_both_ways_to_count},
    {"a page that goes on behind its segment is none", a_page_that_goes_on_behind_its_segment_is_none},
    {"holes are left out and hide nothing", holes_are_left_out_and_hide_nothing},
    {"a pipe is searched to its end", a_pipe_is_searched_to_its_end},
    {"an input without an answer ends in time and without spinning",
     input_without_an_answer_ends_in_time_and_without_spinning},
    {"a file without an answer ends in time, or when that is wished",
     file_without_an_answer_ends_in_time_or_when_that_is_wished},
    {"an open that is interrupted for ever is given up", open_that_is_interrupted_for_ever_is_given_up},
    {"what cannot be opened or read is told", what_cannot_be_opened_or_read_is_told},
    {"a segment longer than a step is searched as one", segment_longer_than_a_step_is_searched_as_one},
    {"segments without addresses have places of their own", segments_without_addresses_have_places_of_their_own},
    {"a stop in one segment leaves out the next", a_stop_in_one_segment_leaves_out_the_next},
    {"a long stream is searched through its window", long_stream_is_searched_through_its_window},
    {"a container in a stream is cut where that ends", container_in_a_stream_is_cut_where_that_ends},
    {"what cannot be read is told after what could be", what_cannot_be_read_is_told_after_what_could_be},
    {"a header that means nothing is told as it is", header_that_means_nothing_is_told_as_it_is},
    {"short reads are put together", short_reads_are_put_together},
    {"a page that cannot be looked at again is told as it is",
     page_that_cannot_be_looked_at_again_is_told_as_it_is},
    {"a page is read as far as there is something to look at",
     page_is_read_as_far_as_there_is_something_to_look_at},
    {"what the system does not tell is found out", what_the_system_does_not_tell_is_found_out},
    {"streams and files that fail at once are told", streams_and_files_that_fail_at_once_are_told},
    {"who is not there is not called", who_is_not_there_is_not_called},
    CU_TEST_INFO_NULL,
};
