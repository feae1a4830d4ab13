/* SPDX-License-Identifier: BSD-2-Clause */
/* Page files to publish in: made whole, locked, left alone when they hold no page; calibration against the real clock. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pages.h"
#include "vmclock_posix.h"

/* What may be signalled to the waiting writer. */
static void ignore(int number)
{
    (void)number;
}

/* A directory of our own, which is the working directory until leave(). */
static char home[PATH_MAX];
static void enter(void)
{
    char folder[] = "/tmp/vmclock-test-XXXXXX";

    HOLDS(getcwd(home, sizeof home) != NULL);
    HOLDS(mkdtemp(folder) != NULL);
    EQ(chdir(folder), 0);
}
static void leave(void)
{
    char folder[PATH_MAX];

    (void)unlink("page");
    HOLDS(getcwd(folder, sizeof folder) != NULL);
    EQ(chdir(home), 0);
    EQ(rmdir(folder), 0); /* so nothing else is left in it */
}

static void write_file(const void *bytes, size_t len)
{
    const int fd = open("page", O_WRONLY | O_CREAT | O_TRUNC, 0600);

    EQ(write(fd, bytes, len), len);
    EQ(close(fd), 0);
}

/* The bytes of the file "page", and how many. */
static size_t read_file(uint8_t bytes[2 * PAGE])
{
    const int fd = open("page", O_RDONLY);
    const ssize_t got = read(fd, bytes, 2 * PAGE);

    if (fd >= 0)
        (void)close(fd);
    return got < 0 ? 0 : (size_t)got;
}

static void a_new_page_is_as_qemu_starts_it(void)
{
    struct vmclock_writer writer;
    struct vmclock_error err;
    uint8_t bytes[2 * PAGE], expected[PAGE];
    bool created = false;

    enter();
    EQ(vmclock_writer_open(&writer, "page", 0, &created, &err), VMCLOCK_OK);
    HOLDS(created);
    EQ(err.reason, VMCLOCK_REASON_NONE);
    EQ(writer.len, PAGE);
    EQ(fcntl(writer.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    build_signal_page(expected, PAGE, PAGE);
    EQ(read_file(bytes), PAGE);
    EQ(memcmp(bytes, expected, PAGE), 0);
    EQ(vmclock_publish_disrupted(writer.page, writer.len, NULL), VMCLOCK_OK);
    (void)read_file(bytes);
    EQ(bytes[AT_SEQ_COUNT], 4);
    EQ(bytes[AT_DISRUPTION_MARKER], 2);
    vmclock_writer_close(&writer);
    EQ(writer.fd, -1);
    HOLDS(writer.page == NULL);
    vmclock_writer_close(&writer);
    vmclock_writer_close(NULL);

    EQ(vmclock_writer_open(&writer, "page", 0, &created, NULL), VMCLOCK_OK);
    HOLDS(!created);
    vmclock_writer_close(&writer);
    EQ(vmclock_writer_open(&writer, "page", 0, NULL, NULL), VMCLOCK_OK);
    vmclock_writer_close(&writer);
    leave();
}

/* A child looks at the path all the time; its status is the number of times that it saw something else than a page. */
static void whoever_looks_sees_no_page_or_a_whole_one(void)
{
    struct vmclock_writer writer;
    int status = -1;
    pid_t child;

    enter();
    child = fork();
    if (child == 0) {
        int wrong = 0;

        for (unsigned seen = 0; seen < 100;) {
            uint8_t bytes[2 * PAGE];
            const int fd = open("page", O_RDONLY);
            const ssize_t got = fd >= 0 ? read(fd, bytes, sizeof bytes) : -1;

            wrong += fd >= 0 && (got != PAGE || vmclock_parse(bytes, PAGE, 0, NULL, NULL) != VMCLOCK_OK) && wrong < 100;
            seen += fd >= 0;
            if (fd >= 0)
                (void)close(fd);
        }
        _exit(wrong);
    }
    while (waitpid(child, &status, WNOHANG) == 0) {
        EQ(vmclock_writer_open(&writer, "page", 0, NULL, NULL), VMCLOCK_OK);
        vmclock_writer_close(&writer);
        (void)unlink("page");
    }
    HOLDS(WIFEXITED(status));
    EQ(WEXITSTATUS(status), 0);
    leave();
}

static void the_file_is_locked_from_open_to_close(void)
{
    struct vmclock_writer writer, second;
    struct vmclock_error err;
    const struct itimerval soon = {.it_value = {.tv_usec = 100000}, .it_interval = {.tv_usec = 100000}}, never = {0};
    struct sigaction action = {.sa_handler = ignore}, before;
    int fd;

    enter();
    EQ(vmclock_writer_open(&writer, "page", 0, NULL, NULL), VMCLOCK_OK);
    fd = open("page", O_RDONLY);
    EQ(flock(fd, LOCK_EX | LOCK_NB), -1);
    EQ(errno, EWOULDBLOCK);

    /* A second one waits, until a signal comes. */
    (void)sigaction(SIGALRM, &action, &before);
    (void)setitimer(ITIMER_REAL, &soon, NULL);
    EQ(vmclock_writer_open(&second, "page", 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    (void)setitimer(ITIMER_REAL, &never, NULL);
    (void)sigaction(SIGALRM, &before, NULL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, EINTR);
    TEXT(err.origin, "flock");
    EQ(second.fd, -1);

    vmclock_writer_close(&writer);
    EQ(flock(fd, LOCK_EX | LOCK_NB), 0);
    EQ(close(fd), 0);
    leave();
}

static void a_file_without_a_page_is_refused_and_left_as_it_was(void)
{
    static const struct {
        const char *name;
        size_t len;
        unsigned at;
        uint32_t value;
        enum vmclock_reason reason;
    } rows[] = {
        {"empty", 0, 0, 0, VMCLOCK_REASON_EMPTY},
        {"15 bytes", 15, 0, 0x4b4c4356, VMCLOCK_REASON_TRUNCATED},
        {"magic", PAGE, AT_MAGIC, 0, VMCLOCK_REASON_BAD_MAGIC},
        {"version", PAGE, AT_VERSION, 2, VMCLOCK_REASON_VERSION_UNSUPPORTED},
        {"size below the least", PAGE, AT_SIZE, 31, VMCLOCK_REASON_SIZE_TOO_SMALL},
        {"size above the file", PAGE, AT_SIZE, PAGE + 1, VMCLOCK_REASON_SIZE_EXCEEDS_REGION},
    };
    uint8_t page[2 * PAGE], after[2 * PAGE];
    struct vmclock_writer writer;
    struct vmclock_error err;
    bool created;

    enter();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *row = rows[i].name;

        build_clock_page(page);
        put32(page, rows[i].at, rows[i].value);
        page[PAGE - 1] = 0x5a;
        write_file(page, rows[i].len);
        EQ_IN(row, vmclock_writer_open(&writer, "page", 0, &created, &err), vmclock_reason_kind(rows[i].reason));
        EQ_IN(row, err.reason, rows[i].reason);
        EQ_IN(row, writer.fd, -1);
        EQ_IN(row, read_file(after), rows[i].len);
        EQ_IN(row, memcmp(after, page, rows[i].len), 0);

        EQ_IN(row, vmclock_writer_open(&writer, "page", VMCLOCK_WRITER_FORCE, &created, &err), VMCLOCK_OK);
        EQ_IN(row, writer.len, PAGE);
        HOLDS_IN(row, !created);
        vmclock_writer_close(&writer);
        EQ_IN(row, read_file(after), PAGE);
        EQ_IN(row, vmclock_parse(after, PAGE, 0, NULL, NULL), VMCLOCK_OK);
        EQ_IN(row, after[AT_DISRUPTION_MARKER], 1);
        EQ_IN(row, after[AT_COUNTER_ID], 0xff);
        EQ_IN(row, after[PAGE - 1], rows[i].len == PAGE ? 0x5a : 0);
    }
    leave();
}

static void a_valid_page_stays_as_it_is_and_gives_its_length(void)
{
    static const struct {
        const char *name;
        uint32_t size;
        size_t file, len;
    } rows[] = {
        {"the smallest", 32, 32, 32},      {"without a generation counter", 104, PAGE, 104},
        {"a page", PAGE, PAGE, PAGE},      {"a file that is larger", 112, 2 * PAGE, 112},
        {"a page that is larger", 2 * PAGE, 2 * PAGE, PAGE},
    };
    uint8_t page[2 * PAGE], after[2 * PAGE];
    struct vmclock_writer writer;

    enter();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned flags = 0; flags <= VMCLOCK_WRITER_FORCE; flags++) {
            memset(page, 0, sizeof page);
            build_clock_page(page);
            put32(page, AT_SIZE, rows[i].size);
            put32(page, AT_SEQ_COUNT, 7); /* a writer died in the midst of an update */
            write_file(page, rows[i].file);
            EQ_IN(rows[i].name, vmclock_writer_open(&writer, "page", flags, NULL, NULL), VMCLOCK_OK);
            EQ_IN(rows[i].name, writer.len, rows[i].len);
            EQ_IN(rows[i].name, read_file(after), rows[i].file);
            EQ_IN(rows[i].name, memcmp(after, page, rows[i].file), 0);
            vmclock_writer_close(&writer);
        }
    leave();
}

static void what_is_no_regular_file_is_not_opened(void)
{
    struct vmclock_writer writer;
    struct vmclock_error err;

    enter();
    EQ(vmclock_writer_open(&writer, "/dev/null", VMCLOCK_WRITER_FORCE, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, EOPNOTSUPP);
    EQ(vmclock_writer_open(&writer, ".", 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EISDIR);
    EQ(vmclock_writer_open(&writer, "missing/page", 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_WRITE_FAILED);
    EQ(err.sys_errno, ENOENT);
    EQ(symlink("missing/page", "page"), 0);
    EQ(vmclock_writer_open(&writer, "page", 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, ENOENT);
    EQ(vmclock_writer_open(&writer, NULL, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(vmclock_writer_open(NULL, "page", 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(writer.fd, -1);
    leave();
}

/* ---- The same source once more, with system calls that fail when told to ---- */

static bool interrupting;      /* every call fails once before it is made */
static bool no_links, no_flag; /* a file system without hard links; without renames that do not replace, too */
static bool rival;             /* another creator is first by a moment */

static bool is_interrupted(bool *once)
{
    *once = interrupting && !*once;
    errno = *once ? EINTR : errno;
    return *once;
}

static bool link_fails(void)
{
    uint8_t page[PAGE];

    if (rival) {
        build_clock_page(page);
        write_file(page, PAGE);
    }
    errno = EPERM;
    return no_links;
}

static bool rename_fails(void)
{
    errno = EINVAL;
    return no_flag;
}

static bool open_once, pwrite_once, ftruncate_once;
static enum vmclock_err faulty_writer_open(struct vmclock_writer *writer, const char *path, unsigned flags,
                                           bool *created, struct vmclock_error *err);
static void faulty_writer_close(struct vmclock_writer *writer);

#define vmclock_writer_open faulty_writer_open
#define vmclock_writer_close faulty_writer_close
#define open(...) (is_interrupted(&open_once) ? -1 : open(__VA_ARGS__))
#define pwrite(...) (is_interrupted(&pwrite_once) ? -1 : pwrite(__VA_ARGS__))
#define ftruncate(...) (is_interrupted(&ftruncate_once) ? -1 : ftruncate(__VA_ARGS__))
#define link(...) (link_fails() ? -1 : link(__VA_ARGS__))
#define renameat2(...) (rename_fails() ? -1 : renameat2(__VA_ARGS__))
#include "posix/writer.c"
#undef vmclock_writer_open
#undef vmclock_writer_close
#undef open
#undef pwrite
#undef ftruncate
#undef link
#undef renameat2

static void signals_do_not_keep_a_page_from_being_made(void)
{
    static const char *const files[] = {NULL, "", "too short for a header or a page"};
    uint8_t bytes[2 * PAGE];
    struct vmclock_writer writer;
    struct vmclock_error err;

    enter();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *row = files[i] == NULL ? "no file" : files[i];

        (void)unlink("page");
        if (files[i] != NULL)
            write_file(files[i], strlen(files[i]));
        interrupting = true;
        EQ_IN(row, faulty_writer_open(&writer, "page", VMCLOCK_WRITER_FORCE, NULL, &err), VMCLOCK_OK);
        interrupting = false;
        EQ_IN(row, err.sys_errno, 0);
        faulty_writer_close(&writer);
        EQ_IN(row, read_file(bytes), PAGE);
        EQ_IN(row, vmclock_parse(bytes, PAGE, 0, NULL, NULL), VMCLOCK_OK);
    }
    leave();
}

static void a_page_is_made_where_there_are_no_hard_links(void)
{
    uint8_t bytes[2 * PAGE], expected[PAGE];
    struct vmclock_writer writer;
    struct vmclock_error err;
    bool created = false;

    enter();
    no_links = true;
    EQ(faulty_writer_open(&writer, "page", 0, &created, &err), VMCLOCK_OK);
    HOLDS(created);
    faulty_writer_close(&writer);
    build_signal_page(expected, PAGE, PAGE);
    EQ(read_file(bytes), PAGE);
    EQ(memcmp(bytes, expected, PAGE), 0);
    EQ(unlink("page"), 0);

    /* A page that comes in between stays. */
    rival = true;
    EQ(faulty_writer_open(&writer, "page", 0, &created, &err), VMCLOCK_OK);
    rival = false;
    HOLDS(!created);
    faulty_writer_close(&writer);
    build_clock_page(expected);
    EQ(read_file(bytes), PAGE);
    EQ(memcmp(bytes, expected, PAGE), 0);
    EQ(unlink("page"), 0);

    no_flag = true;
    EQ(faulty_writer_open(&writer, "page", 0, &created, &err), VMCLOCK_ERR_SYSCALL);
    no_links = no_flag = false;
    EQ(err.reason, VMCLOCK_REASON_WRITE_FAILED);
    EQ(err.sys_errno, EPERM);
    TEXT(err.origin, "link");
    EQ(access("page", F_OK), -1);
    leave();
}

/* ---- Calibration ---- */

#define NS_PER_SEC INT64_C(1000000000)

static int64_t real_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

static int64_t as_ns(struct vmclock_nanotime time)
{
    return (int64_t)time.sec * NS_PER_SEC + time.nsec;
}

static void calibrate(struct vmclock_page *page, uint8_t bytes[112])
{
    EQ(vmclock_calibrate(page, NULL), VMCLOCK_OK);
    vmclock_encode(page, bytes, 112);
}

/* By how much the page's interval for this moment misses the clock's; 0 when they meet. */
static int64_t miss(const uint8_t bytes[112], int64_t tai_offset, int64_t *width)
{
    struct vmclock_reading reading = {0};
    struct vmclock_view view;
    const int64_t before = real_ns();
    const uint64_t counter = vmclock_counter_read();
    const int64_t after = real_ns();

    EQ(vmclock_parse(bytes, 112, 0, &view, NULL), VMCLOCK_OK);
    EQ(vmclock_time_at(&view, counter, vmclock_counter_id(), 0, &reading, NULL), VMCLOCK_OK);
    HOLDS(reading.has_bounds);
    HOLDS(reading.has_utc);
    const int64_t earliest = as_ns(vmclock_reading_bounds(&reading).earliest) - tai_offset * NS_PER_SEC;
    const int64_t latest = as_ns(vmclock_reading_bounds(&reading).latest) - tai_offset * NS_PER_SEC;
    *width = latest - earliest;
    return earliest > after ? earliest - after : latest < before ? before - latest : 0;
}

static void a_calibrated_page_agrees_with_the_clock_within_its_own_bounds(void)
{
    struct vmclock_page page = {
        .magic = 0x4b4c4356, .size = 112, .version = 1, .counter_id = 0xff, .seq_count = 2, .disruption_marker = 5,
        .flags = 0x100, .leap_indicator = 1, .vm_generation_counter = 6};
    uint8_t bytes[112];
    int64_t width, worst = 0;

    if (vmclock_counter_id() == 0xff) {
        EQ(vmclock_calibrate(&page, NULL), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
        EQ(page.counter_id, 0xff);
        return;
    }
    for (unsigned round = 0; round < 3; round++) {
        const int64_t end = real_ns() + NS_PER_SEC;

        calibrate(&page, bytes);
        do {
            const int64_t missed = miss(bytes, -page.tai_offset_sec, &width);
            const struct timespec pause = {.tv_nsec = 1000000};

            worst = missed > worst ? missed : worst;
            (void)nanosleep(&pause, NULL);
        } while (real_ns() < end);
    }
    EQ(worst, 0);
    EQ(page.time_type, 1);
    EQ(page.clock_status, 2);
    HOLDS(page.tai_offset_sec <= -10 && page.tai_offset_sec >= -60);
    EQ(page.flags, 0x179);
    EQ(page.seq_count, 2);
    EQ(page.disruption_marker, 5);
    EQ(page.leap_indicator, 1);
    EQ(page.vm_generation_counter, 6);
    HOLDS(page.counter_period_frac_sec >> 63 == 1);
    HOLDS(page.counter_period_esterror_rate_frac_sec < page.counter_period_maxerror_rate_frac_sec);
    HOLDS(page.time_esterror_nanosec < page.time_maxerror_nanosec);
    /* Bounds that are true because they are wide would be no use: 500 ppm, the reading of two clocks, and room. */
    HOLDS(page.counter_period_maxerror_rate_frac_sec < page.counter_period_frac_sec / 500);
    HOLDS(page.time_maxerror_nanosec < 1000000);
    EQ(vmclock_calibrate(NULL, NULL), VMCLOCK_OK);
}

SUITE(writer) = {
    {"a new page is as QEMU starts it", a_new_page_is_as_qemu_starts_it},
    {"whoever looks sees no page or a whole one", whoever_looks_sees_no_page_or_a_whole_one},
    {"the file is locked from open to close", the_file_is_locked_from_open_to_close},
    {"a file without a page is refused and left as it was", a_file_without_a_page_is_refused_and_left_as_it_was},
    {"a valid page stays as it is and gives its length", a_valid_page_stays_as_it_is_and_gives_its_length},
    {"what is no regular file is not opened", what_is_no_regular_file_is_not_opened},
    {"signals do not keep a page from being made", signals_do_not_keep_a_page_from_being_made},
    {"a page is made where there are no hard links", a_page_is_made_where_there_are_no_hard_links},
    {"a calibrated page agrees with the clock within its own bounds",
     a_calibrated_page_agrees_with_the_clock_within_its_own_bounds},
    CU_TEST_INFO_NULL,
};
