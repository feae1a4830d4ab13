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
    CU_TEST_INFO_NULL,
};
