/* SPDX-License-Identifier: BSD-2-Clause */
/* The search of a large file by two threads: what one alone would tell, in the same order, however it ends. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "containers.h"
#include "system.h"

enum { MIB = 1 << 20, PART = 4 * MIB, SIZE = 21 * MIB, MOST = 32 };

static uint8_t buffer[VMCLOCK_SEARCH_BUFFER];

/* ---- A file of 21 MiB: five parts and a rest, of which the second and the fourth are the other thread's ---- */

static int make_file(void)
{
    static uint8_t filler[MIB];
    const int fd = memfd_create("image", MFD_CLOEXEC);

    memset(filler, 'V', sizeof filler); /* no hole, and no magic */
    for (off_t at = 0; at < SIZE; at += MIB)
        if (fd < 0 || pwrite(fd, filler, MIB, at) != MIB)
            abort();
    return fd;
}

static void put_at(int fd, uint64_t at, bool is_page)
{
    uint8_t bytes[112];

    memset(bytes, 'V', sizeof bytes);
    if (is_page)
        put_page(bytes);
    if (pwrite(fd, bytes, sizeof bytes, (off_t)at) != (ssize_t)sizeof bytes)
        abort();
}

struct told {
    unsigned count, stop_at;
    uint64_t offset[MOST];
    pthread_t by;
};

static bool found(void *context, const struct vmclock_search_hit *hit)
{
    struct told *const told = context;

    HOLDS(pthread_equal(pthread_self(), told->by) != 0);
    if (told->count < MOST)
        told->offset[told->count] = hit->offset;
    return ++told->count != told->stop_at;
}

static enum vmclock_err search(int fd, uint64_t step, unsigned flags, struct told *told, struct vmclock_error *err)
{
    static struct vmclock_segment segments[4];
    const struct vmclock_search_calls calls = {.found = found, .context = told};
    struct vmclock_search state;
    enum vmclock_err kind;

    told->count = 0;
    told->by = pthread_self();
    kind = vmclock_search_open(&state, NULL, fd, buffer, segments, 4, &calls, err);
    EQ(kind, VMCLOCK_OK);
    kind = vmclock_search_run(&state, step, flags, err);
    vmclock_search_close(&state);
    return kind;
}

/* ---- What the system sees of the other thread ---- */

static unsigned threads, held_back;

static int note_thread(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context)
{
    size_t stack = 0;
    sigset_t now;

    threads++;
    EQ(pthread_sigmask(SIG_SETMASK, NULL, &now), 0);
    held_back += sigismember(&now, SIGINT) == 1 && sigismember(&now, SIGALRM) == 1;
    EQ(pthread_attr_getstacksize(attributes, &stack), 0);
    EQ(stack, 128 << 10);
    return real_pthread_create(thread, attributes, run, context);
}

static int no_thread(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context)
{
    (void)thread;
    (void)attributes;
    (void)run;
    (void)context;
    threads++;
    return EAGAIN;
}

/* ---- Tests ---- */

/* Pages on both sides of every seam: of the parts, and of what each thread reads at once. */
static void pages_at_every_seam_are_told_in_order(void)
{
    static const int beside[] = {-112, -17, -16, -15, -14, -2, -1, 0, 1, 14, 15, 16, 17};
    static const uint64_t seams[][4] = {
        {PART, 3 * PART, 5 * PART - 300, 0},                     /* the other thread finds all at once */
        {2 * PART, 4 * PART, 0, 0},                              /* its parts are clear to their ends */
        {PART + (256 << 10), 3 * PART + (512 << 10), 5 * PART, 0}, /* it reads in steps */
        {PART + PART / 2, 2 * PART - 300, 4 * PART - 600, 0},
    };
    const int fd = make_file();

    for (unsigned s = 0; s < sizeof seams / sizeof *seams; s++)
        for (unsigned b = 0; b < sizeof beside / sizeof *beside; b++) {
            struct told told = {0};
            struct vmclock_error err;
            unsigned count = 0;

            for (; seams[s][count] != 0; count++)
                put_at(fd, seams[s][count] + (uint64_t)(int64_t)beside[b], true);
            EQ(search(fd, 1, VMCLOCK_SEARCH_TWO_THREADS, &told, &err), VMCLOCK_OK);
            EQ(told.count, count);
            for (unsigned i = 0; i < count; i++) {
                EQ(told.offset[i], seams[s][i] + (uint64_t)(int64_t)beside[b]);
                put_at(fd, seams[s][i] + (uint64_t)(int64_t)beside[b], false);
            }
        }
    close(fd);
}

/* Only at multiples, from the file's start and from the segment's. */
static void steps_count_from_the_file_and_from_its_segment(void)
{
    static const struct container core = {.name = "", .format = VMCLOCK_IMAGE_ELF_CORE, .bits = 64, .table = 64,
                                          .entry = 56, .number = 2, .len = 0x200, .loads = 2,
                                          .load = {{0x100, 0x40, 0}, {4096 + 16, 20 * MIB, 0}}};
    static const struct {
        uint64_t at;
        bool is_told;
    } rows[] = {
        {PART + 8192, true},
        {PART + 8192 + 128, false},
        {PART + 3 * 4096 + 16, true},
        {2 * PART - 4096, true},
        {2 * PART - 4096 + 1024, false},
        {3 * PART + MIB + 16, true},
        {3 * PART + MIB + 4096 + 8, false},
        {3 * PART + 2 * MIB + 16, true},
        {4 * PART - 4096 + 16, true},
    };
    static uint8_t bytes[CONTAINER_MAX];
    struct told told = {0};
    struct vmclock_error err;
    const int fd = make_file();
    unsigned next = 0;

    (void)container_make(&core, bytes);
    if (pwrite(fd, bytes, 0x200, 0) != 0x200)
        abort();
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        put_at(fd, rows[i].at, true);
    EQ(search(fd, 4096, VMCLOCK_SEARCH_TWO_THREADS, &told, &err), VMCLOCK_OK);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].is_told)
            EQ(told.offset[next++], rows[i].at);
    EQ(told.count, next);
    close(fd);
}

/* What has the magic alone is told where all is to be told, and is passed where not. */
static void what_is_no_page_is_told_or_passed(void)
{
    struct told told = {0};
    struct vmclock_error err;
    const int fd = make_file();

    for (unsigned part = 0; part < 5; part++)
        if (pwrite(fd, "VCLKx", 5, (off_t)(part * PART + 5 * 4096)) != 5)
            abort();
    put_at(fd, PART + 9 * 4096, true);
    EQ(search(fd, 4096, VMCLOCK_SEARCH_TWO_THREADS, &told, &err), VMCLOCK_OK);
    EQ(told.count, 1);
    EQ(told.offset[0], PART + 9 * 4096);
    EQ(search(fd, 4096, (unsigned)VMCLOCK_SEARCH_TWO_THREADS | VMCLOCK_SCAN_ALL, &told, &err), VMCLOCK_OK);
    EQ(told.count, 6);
    EQ(told.offset[1], PART + 5 * 4096);
    EQ(told.offset[2], PART + 9 * 4096);
    EQ(told.offset[5], 4 * PART + 5 * 4096);
    close(fd);
}

static void a_thread_is_made_only_where_it_was_asked_for_and_pays(void)
{
    struct told told = {0};
    struct vmclock_error err;
    const int fd = make_file();
    sigset_t before, after;
    int state = -1;

    answers.pthread_create = note_thread;
    threads = held_back = 0;
    EQ(search(fd, 4096, 0, &told, &err), VMCLOCK_OK);
    EQ(search(fd, 4096, VMCLOCK_SCAN_ALL, &told, &err), VMCLOCK_OK);
    EQ(threads, 0);
    EQ(pthread_sigmask(SIG_SETMASK, NULL, &before), 0);
    EQ(search(fd, 4096, VMCLOCK_SEARCH_TWO_THREADS, &told, &err), VMCLOCK_OK);
    EQ(threads, 1);
    EQ(held_back, 1);
    /* The caller is as it was. */
    EQ(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
    EQ(sigismember(&after, SIGINT), sigismember(&before, SIGINT));
    EQ(sigismember(&after, SIGALRM), sigismember(&before, SIGALRM));
    EQ(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state), 0);
    EQ(state, PTHREAD_CANCEL_ENABLE);
    if (ftruncate(fd, 4 * PART) != 0)
        abort();
    EQ(search(fd, 4096, VMCLOCK_SEARCH_TWO_THREADS, &told, &err), VMCLOCK_OK);
    EQ(threads, 2);
    if (ftruncate(fd, 4 * PART - 1) != 0)
        abort();
    EQ(search(fd, 4096, VMCLOCK_SEARCH_TWO_THREADS, &told, &err), VMCLOCK_OK);
    EQ(threads, 2);
    reset_system();
    close(fd);
}

static int no_attributes(pthread_attr_t *attributes)
{
    (void)attributes;
    return ENOMEM;
}

static void without_a_second_thread_one_does_it_all(void)
{
    const int fd = make_file();

    for (unsigned part = 0; part < 5; part++)
        put_at(fd, part * PART + 7 * 4096, true);
    for (unsigned early = 0; early < 2; early++) {
        struct told told = {0};
        struct vmclock_error err;
        int state = -1;

        answers.pthread_create = no_thread;
        if (early)
            answers.pthread_attr_init = no_attributes;
        threads = 0;
        EQ(search(fd, 4096, VMCLOCK_SEARCH_TWO_THREADS, &told, &err), VMCLOCK_OK);
        EQ(threads, !early);
        EQ(told.count, 5);
        for (unsigned part = 0; part < 5; part++)
            EQ(told.offset[part], part * PART + 7 * 4096);
        EQ(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state), 0);
        EQ(state, PTHREAD_CANCEL_ENABLE);
        reset_system();
    }
    close(fd);
}

/* From here on the input cannot be read; or only 1000 bytes at a time. */
static uint64_t bad_from, end_from = UINT64_MAX;
static size_t most;

static ssize_t read_badly(int fd, void *buf, size_t len, off_t offset)
{
    if ((uint64_t)offset >= bad_from) {
        errno = EIO;
        return -1;
    }
    if ((uint64_t)offset >= end_from)
        return 0;
    return real_pread(fd, buf, len < most ? len : most, offset);
}

static void what_cannot_be_read_is_told_behind_what_comes_before_it(void)
{
    struct told told = {0};
    struct vmclock_error err;
    const int fd = make_file();

    answers.pread = read_badly;
    for (unsigned part = 0; part < 5; part++)
        put_at(fd, part * PART + 7 * 4096, true);
    most = SIZE;
    for (unsigned part = 0; part < 5; part++) {
        bad_from = part * (uint64_t)PART + (256 << 10);
        EQ(search(fd, 4096, VMCLOCK_SEARCH_TWO_THREADS, &told, &err), VMCLOCK_ERR_SYSCALL);
        EQ(err.reason, VMCLOCK_REASON_READ_FAILED);
        EQ(err.sys_errno, EIO);
        EQ(told.count, part + 1);
        EQ(told.offset[part], part * PART + 7 * 4096);
    }
    bad_from = UINT64_MAX;
    put_at(fd, 3 * PART + 7 * 4096, false);
    end_from = 3 * PART + MIB; /* it was longer when it was opened */
    EQ(search(fd, 4096, VMCLOCK_SEARCH_TWO_THREADS, &told, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, ENODATA);
    EQ(told.count, 3);
    end_from = UINT64_MAX;
    bad_from = 3 * PART + MIB;
    EQ(search(fd, 4096, VMCLOCK_SEARCH_TWO_THREADS, &told, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EIO);
    EQ(told.count, 3);
    bad_from = UINT64_MAX;
    most = 65536 + 100;
    EQ(search(fd, 4096, VMCLOCK_SEARCH_TWO_THREADS, &told, &err), VMCLOCK_OK);
    EQ(told.count, 4);
    reset_system();
    close(fd);
}

static void who_is_told_can_end_it_in_either_part(void)
{
    struct told told = {0};
    struct vmclock_error err;
    const int fd = make_file();

    for (unsigned part = 0; part < 5; part++)
        put_at(fd, part * PART + 7 * 4096, true);
    for (told.stop_at = 1; told.stop_at <= 5; told.stop_at++) {
        EQ(search(fd, 4096, VMCLOCK_SEARCH_TWO_THREADS, &told, &err), VMCLOCK_OK);
        EQ(told.count, told.stop_at);
    }
    close(fd);
}

SUITE(ahead) = {
    {"pages at every seam are told in order", pages_at_every_seam_are_told_in_order},
    {"steps count from the file and from its segment", steps_count_from_the_file_and_from_its_segment},
    {"what is no page is told or passed", what_is_no_page_is_told_or_passed},
    {"a thread is made only where it was asked for and pays",
     a_thread_is_made_only_where_it_was_asked_for_and_pays},
    {"without a second thread one does it all", without_a_second_thread_one_does_it_all},
    {"what cannot be read is told behind what comes before it",
     what_cannot_be_read_is_told_behind_what_comes_before_it},
    {"who is told can end it in either part", who_is_told_can_end_it_in_either_part},
    CU_TEST_INFO_NULL,
};
