/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page files to publish in: made whole, locked, left alone when they hold no page; calibration against the real clock.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pages.h"
#include "posix/create.h"
#include "system.h"
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

/* Opens "page", and waits for its lock. */
static enum vmclock_err open_writer(struct vmclock_writer *writer, unsigned flags, struct vmclock_error *err)
{
    return vmclock_writer_open(writer, "page", flags, VMCLOCK_LOCK_TIMEOUT_NS, NULL, err);
}

static void a_new_page_is_as_qemu_starts_it(void)
{
    struct vmclock_writer writer;
    struct vmclock_error err;
    uint8_t bytes[2 * PAGE], expected[PAGE];
    bool created = false;

    enter();
    EQ(vmclock_writer_open(&writer, "page", 0, 0, &created, &err), VMCLOCK_OK);
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

    EQ(vmclock_writer_open(&writer, "page", 0, 0, &created, NULL), VMCLOCK_OK);
    HOLDS(!created);
    vmclock_writer_close(&writer);
    EQ(open_writer(&writer, 0, NULL), VMCLOCK_OK);
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
        EQ(open_writer(&writer, 0, NULL), VMCLOCK_OK);
        vmclock_writer_close(&writer);
        (void)unlink("page");
    }
    HOLDS(WIFEXITED(status));
    EQ(WEXITSTATUS(status), 0);
    leave();
}

static int64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void the_file_is_locked_from_open_to_close(void)
{
    struct vmclock_writer writer, second;
    struct vmclock_error err;
    int fd;

    enter();
    EQ(open_writer(&writer, 0, NULL), VMCLOCK_OK);
    fd = open("page", O_RDONLY);
    EQ(flock(fd, LOCK_EX | LOCK_NB), -1);
    EQ(errno, EWOULDBLOCK);
    EQ(vmclock_writer_open(&second, "page", VMCLOCK_WRITER_FORCE, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, EWOULDBLOCK);
    TEXT(err.origin, "flock");
    EQ(vmclock_writer_open(&second, "page", 0, 0, NULL, NULL), VMCLOCK_ERR_SYSCALL);
    EQ(second.fd, -1);

    vmclock_writer_close(&writer);
    EQ(flock(fd, LOCK_EX | LOCK_NB), 0);
    EQ(close(fd), 0);
    leave();
}

/* With handlers for signals that come all the time; a child holds the lock for a while. */
static void a_lock_is_waited_for_whatever_signals_come(void)
{
    const struct itimerval soon = {.it_value = {.tv_usec = 1000}, .it_interval = {.tv_usec = 1000}}, never = {0};
    const struct timespec moment = {.tv_nsec = 200000000};
    struct sigaction action = {.sa_handler = ignore}, before;
    struct vmclock_writer writer;
    struct vmclock_error err;
    int ready[2], status = -1;
    int64_t start;
    pid_t child;
    char byte;

    enter();
    write_file("", 0);
    EQ(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        const int fd = open("page", O_RDONLY);

        (void)!(flock(fd, LOCK_SH) == 0 && write(ready[1], "", 1) == 1);
        (void)nanosleep(&moment, NULL);
        _exit(0);
    }
    EQ(read(ready[0], &byte, 1), 1);
    (void)sigaction(SIGALRM, &action, &before);
    (void)setitimer(ITIMER_REAL, &soon, NULL);
    start = now_ns();
    EQ(vmclock_writer_open(&writer, "page", 0, 50000000, NULL, &err), VMCLOCK_ERR_SYSCALL);
    HOLDS(now_ns() - start >= 50000000);
    EQ(err.sys_errno, EWOULDBLOCK);
    EQ(vmclock_writer_open(&writer, "page", VMCLOCK_WRITER_FORCE, UINT64_MAX, NULL, &err), VMCLOCK_OK);
    HOLDS(now_ns() - start >= 100000000);
    (void)setitimer(ITIMER_REAL, &never, NULL);
    (void)sigaction(SIGALRM, &before, NULL);
    vmclock_writer_close(&writer);
    EQ(waitpid(child, &status, 0), child);
    (void)close(ready[0]);
    (void)close(ready[1]);
    leave();
}

/* Where /proc/locks says so; a kernel may hide it. */
static void it_is_told_who_holds_the_lock(void)
{
    struct vmclock_writer writer, second;
    struct vmclock_error err;
    struct stat status;
    char locks[65536], wanted[64];
    size_t got;
    FILE *file;

    enter();
    EQ(open_writer(&writer, 0, NULL), VMCLOCK_OK);
    EQ(fstat(writer.fd, &status), 0);
    file = fopen("/proc/locks", "r");
    got = file == NULL ? 0 : fread(locks, 1, sizeof locks - 1, file);
    locks[got] = '\0';
    if (file != NULL)
        (void)fclose(file);
    (void)snprintf(wanted, sizeof wanted, " %ld %02x:%02x:%llu ", (long)getpid(), major(status.st_dev),
                   minor(status.st_dev), (unsigned long long)status.st_ino);
    EQ(vmclock_writer_open(&second, "page", 0, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.actual, strstr(locks, wanted) != NULL ? getpid() : 0);
    vmclock_writer_close(&writer);
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
        EQ_IN(row, vmclock_writer_open(&writer, "page", 0, 0, &created, &err), vmclock_reason_kind(rows[i].reason));
        EQ_IN(row, err.reason, rows[i].reason);
        EQ_IN(row, writer.fd, -1);
        EQ_IN(row, read_file(after), rows[i].len);
        EQ_IN(row, memcmp(after, page, rows[i].len), 0);

        EQ_IN(row, vmclock_writer_open(&writer, "page", VMCLOCK_WRITER_FORCE, 0, &created, &err), VMCLOCK_OK);
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
            EQ_IN(rows[i].name, open_writer(&writer, flags, NULL), VMCLOCK_OK);
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
    EQ(vmclock_writer_open(&writer, "/dev/null", VMCLOCK_WRITER_FORCE, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, EOPNOTSUPP);
    EQ(vmclock_writer_open(&writer, ".", 0, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EISDIR);
    EQ(vmclock_writer_open(&writer, "missing/page", 0, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_WRITE_FAILED);
    EQ(err.sys_errno, ENOENT);
    EQ(symlink("missing/page", "page"), 0);
    EQ(open_writer(&writer, 0, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, ENOENT);
    EQ(unlink("page"), 0);
    EQ(vmclock_writer_open(&writer, NULL, 0, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, EFAULT);
    TEXT(err.origin, "open");
    EQ(writer.fd, -1);
    memset(&err, 0x5a, sizeof err);
    EQ(vmclock_writer_open(NULL, "page", 0, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, EFAULT);
    EQ(access("page", F_OK), -1);
    leave();
}

/* ---- System calls that fail, or that more happens in, when told to ---- */

enum call { OPENAT, PWRITE, FALLOCATE, FLOCK, OPEN, STAT, FSTAT, PREAD, MMAP, LINKAT, RENAMEAT2, FTRUNCATE, CALLS };

static struct {
    enum call failing;          /* fails with fail_errno from its from-th time to its to-th, counted from 1 */
    unsigned from, to;
    int fail_errno;
    bool interrupts;            /* every call fails once before it is made */
    bool no_tmpfile;            /* a file cannot be made without a name */
    bool no_empty_path;         /* a file without a name cannot be named by its descriptor alone */
    bool no_links, no_noreplace; /* a file system without hard links; without renames that do not replace, too */
    bool rival;                 /* another creator is first by a moment */
    bool no_proc;               /* there is no /proc */
    const char *locks;          /* is read for /proc/locks */
    int fallocate_errno, mmap_errno;
    size_t room;                /* how many bytes more can be written; 0: as many as you like */
    unsigned replacements;      /* how often the path names another file by the time that this one is locked */
    bool no_progress;           /* nothing is written, and no error told */
    int signal;                 /* comes just before the file is named, or a page is made of it */
} fault;

static struct {
    bool interrupted[CALLS];
    unsigned made[CALLS];
    unsigned unblocked;    /* calls that a signal may end the process after, in the midst of the work */
    unsigned opened;       /* files that existed */
    unsigned entries;      /* in the working directory just before the file is named */
    size_t written;        /* bytes */
    int mode;              /* of the last fallocate(), and how much it reserved */
    size_t reserved;
} seen;

static void forget(void)
{
    memset(&fault, 0, sizeof fault);
    memset(&seen, 0, sizeof seen);
}

static bool is_interrupted(enum call call)
{
    const bool is = fault.interrupts && !seen.interrupted[call];

    seen.interrupted[call] = is;
    if (is)
        errno = EINTR;
    return is;
}

static bool fails(enum call call)
{
    const unsigned n = ++seen.made[call];
    const bool is = fault.failing == call && n >= fault.from && n <= fault.to;

    if (is)
        errno = fault.fail_errno;
    return is;
}

/* To be made with all signals blocked, but those that cannot be. */
static void expect_blocked(void)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM, SIGALRM, SIGXFSZ, SIGUSR1, SIGTTIN, SIGTSTP};
    sigset_t mask;

    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        seen.unblocked += sigismember(&mask, numbers[i]) == 0;
}

static unsigned count_entries(void)
{
    DIR *const folder = opendir(".");
    unsigned count = 0;

    for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (folder != NULL)
        (void)closedir(folder);
    return count;
}

static int faulty_open(const char *path, int flags)
{
    const bool is_proc = strcmp(path, "/proc/locks") == 0;

    if ((flags & O_TRUNC) != 0) /* by a test's own hand */
        return real_open(path, flags);
    seen.opened += !is_proc;
    if (!is_proc && fails(OPEN))
        return -1;
    if (!is_proc)
        EQ(flags, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    errno = ENOENT;
    return is_proc && fault.no_proc ? -1 : real_open(is_proc && fault.locks != NULL ? fault.locks : path, flags);
}

static int faulty_openat(int directory, const char *name, int flags, mode_t mode)
{
    expect_blocked();
    if ((flags & O_TMPFILE) == O_TMPFILE && fault.no_tmpfile) {
        errno = EOPNOTSUPP;
        return -1;
    }
    if (is_interrupted(OPENAT) || fails(OPENAT))
        return -1;
    if ((flags & O_PATH) != 0)
        EQ(flags, O_PATH | O_DIRECTORY | O_CLOEXEC);
    else
        EQ(flags, O_RDWR | O_CLOEXEC | ((flags & O_TMPFILE) == O_TMPFILE ? O_TMPFILE : O_CREAT | O_EXCL));
    EQ(mode, (flags & O_PATH) != 0 ? 0 : 0666);
    return real_openat(directory, name, flags, mode);
}

static ssize_t faulty_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    ssize_t done;

    expect_blocked();
    if (is_interrupted(PWRITE) || fails(PWRITE))
        return -1;
    if (fault.no_progress)
        return 0;
    if (fault.room > 0 && seen.written >= fault.room) {
        errno = ENOSPC;
        return -1;
    }
    len = fault.room > 0 && fault.room - seen.written < len ? fault.room - seen.written : len;
    done = real_pwrite(fd, bytes, fault.interrupts && len > 24 ? 24 : len, at);
    seen.written += done > 0 ? (size_t)done : 0;
    return done;
}

static int faulty_fallocate(int fd, int mode, off_t offset, off_t len)
{
    EQ(offset, 0);
    if (mode == 0)
        expect_blocked();
    if (is_interrupted(FALLOCATE) || fails(FALLOCATE))
        return -1;
    seen.mode = mode;
    seen.reserved = (size_t)len;
    if (fault.signal != 0)
        (void)raise(fault.signal);
    if (fault.fallocate_errno != 0) {
        errno = fault.fallocate_errno;
        return -1;
    }
    return real_fallocate(fd, mode, offset, len);
}

static void *faulty_mmap(size_t len, int protection, int flags, int fd, off_t offset)
{
    if (fails(MMAP))
        return MAP_FAILED;
    EQ(len, PAGE);
    EQ(protection, PROT_READ | PROT_WRITE);
    EQ(flags, MAP_SHARED);
    EQ(offset, 0);
    errno = fault.mmap_errno;
    return fault.mmap_errno != 0 ? MAP_FAILED : real_mmap(len, protection, flags, fd, offset);
}

static int faulty_linkat(int from, const char *name, int to, const char *link, int flags)
{
    uint8_t page[PAGE];

    expect_blocked();
    if (fails(LINKAT))
        return -1;
    seen.entries = count_entries();
    if (fault.signal != 0)
        (void)raise(fault.signal);
    if (fault.rival) {
        build_clock_page(page);
        write_file(page, PAGE);
    }
    errno = fault.no_links ? EPERM : ENOENT;
    if (fault.no_links || (fault.no_empty_path && *name == '\0') || (fault.no_proc && *name == '/'))
        return -1;
    return real_linkat(from, name, to, link, flags);
}

static int faulty_flock(int fd, int operation)
{
    uint8_t page[PAGE];
    int result;

    if (is_interrupted(FLOCK) || fails(FLOCK))
        return -1;
    result = real_flock(fd, operation);
    if (result == 0 && fault.replacements > 0) {
        fault.replacements--;
        (void)unlink("page");
        build_clock_page(page);
        write_file(page, PAGE);
    }
    return result;
}

#ifdef RENAME_NOREPLACE /* not every C library has it */
static int faulty_renameat2(int from, const char *name, int to, const char *other, unsigned flags)
{
    expect_blocked();
    if (fails(RENAMEAT2))
        return -1;
    EQ(flags, RENAME_NOREPLACE);
    errno = EINVAL;
    return fault.no_noreplace ? -1 : real_renameat2(from, name, to, other, flags);
}
#endif

static int faulty_stat(const char *path, struct stat *status)
{
    return fails(STAT) ? -1 : real_stat(path, status);
}

static int faulty_fstat(int fd, struct stat *status)
{
    return fails(FSTAT) ? -1 : real_fstat(fd, status);
}

static ssize_t faulty_pread(int fd, void *buf, size_t len, off_t offset)
{
    return fails(PREAD) ? -1 : real_pread(fd, buf, len, offset);
}

static int faulty_ftruncate(int fd, off_t len)
{
    expect_blocked();
    return fails(FTRUNCATE) ? -1 : real_ftruncate(fd, len);
}

static int faulty_unlinkat(int directory, const char *name, int flags)
{
    expect_blocked();
    EQ(flags, 0);
    return real_unlinkat(directory, name, flags);
}

/* From here on, until the next reset, which is when the call is over: what is done in here is done by the system. */
static void answer_faultily(void)
{
    answers.open = faulty_open;
    answers.openat = faulty_openat;
    answers.pwrite = faulty_pwrite;
    answers.fallocate = faulty_fallocate;
    answers.mmap = faulty_mmap;
    answers.linkat = faulty_linkat;
    answers.flock = faulty_flock;
#ifdef RENAME_NOREPLACE
    answers.renameat2 = faulty_renameat2;
#endif
    answers.stat = faulty_stat;
    answers.fstat = faulty_fstat;
    answers.pread = faulty_pread;
    answers.ftruncate = faulty_ftruncate;
    answers.unlinkat = faulty_unlinkat;
}

static enum vmclock_err faulty_writer_open(struct vmclock_writer *writer, const char *path, unsigned flags,
                                           uint64_t timeout_ns, bool *created, struct vmclock_error *err)
{
    enum vmclock_err kind;

    answer_faultily();
    soil_stack();
    kind = vmclock_writer_open(writer, path, flags, timeout_ns, created, err);
    reset_system();
    EQ(seen.unblocked, 0);
    return kind;
}

/* The ways to make a file: without a name, by either call that gives it one; under a temporary name. */
static const struct {
    const char *name;
    bool no_tmpfile, no_empty_path, no_proc;
} ways[] = {
    {"by its descriptor", false, false, true},
    {"by /proc", false, true, false},
    {"by a temporary name", true, false, true},
};
enum { WAYS = sizeof ways / sizeof *ways };

static void take_way(size_t i)
{
    forget();
    fault.no_tmpfile = ways[i].no_tmpfile;
    fault.no_empty_path = ways[i].no_empty_path;
    fault.no_proc = ways[i].no_proc;
}

static enum vmclock_err open_faulty(struct vmclock_writer *writer, unsigned flags, struct vmclock_error *err)
{
    return faulty_writer_open(writer, "page", flags, 0, NULL, err);
}

static void expect_fresh_page(const char *row)
{
    uint8_t bytes[2 * PAGE], expected[PAGE];

    build_signal_page(expected, PAGE, PAGE);
    EQ_IN(row, read_file(bytes), PAGE);
    EQ_IN(row, memcmp(bytes, expected, PAGE), 0);
}

/* Runs a job in a child, which may be killed. */
static int in_child(int (*job)(void))
{
    int status = -1;
    const pid_t child = fork();

    if (child == 0)
        _exit(job());
    EQ(waitpid(child, &status, 0), child);
    return status;
}

static void a_new_file_is_written_to_its_last_byte_before_it_has_a_name(void)
{
    struct vmclock_writer writer;

    for (size_t i = 0; i < WAYS; i++) {
        enter();
        take_way(i);
        EQ_IN(ways[i].name, open_faulty(&writer, 0, NULL), VMCLOCK_OK);
        EQ_IN(ways[i].name, seen.written, PAGE); /* no holes, for which there may be no room later */
        if (ways[i].no_empty_path || geteuid() == 0) /* a right that it takes before Linux 6.10 */
            EQ_IN(ways[i].name, seen.entries, ways[i].no_tmpfile ? 1 : 0);
        EQ_IN(ways[i].name, count_entries(), 1);
        vmclock_writer_close(&writer);
        expect_fresh_page(ways[i].name);
        forget();
        leave();
    }
}

static void calls_that_are_interrupted_are_made_again(void)
{
    static const char *const files[] = {NULL, "", "too short for a header or a page"};
    uint8_t bytes[2 * PAGE];
    struct vmclock_writer writer;
    struct vmclock_error err;

    for (size_t i = 0; i < sizeof files / sizeof *files * WAYS; i++) {
        const char *const file = files[i / WAYS], *row = file == NULL ? ways[i % WAYS].name : file;

        enter();
        if (file != NULL)
            write_file(file, strlen(file));
        take_way(i % WAYS);
        fault.interrupts = true;
        fault.fallocate_errno = i % WAYS == 0 ? EOPNOTSUPP : 0;
        EQ_IN(row, open_faulty(&writer, VMCLOCK_WRITER_FORCE, &err), VMCLOCK_OK);
        forget();
        EQ_IN(row, err.sys_errno, 0);
        vmclock_writer_close(&writer);
        if (file == NULL)
            expect_fresh_page(row);
        EQ_IN(row, read_file(bytes), PAGE);
        EQ_IN(row, vmclock_parse(bytes, PAGE, 0, NULL, NULL), VMCLOCK_OK);
        leave();
    }
}

#ifdef RENAME_NOREPLACE
static void a_page_is_made_where_there_are_no_hard_links(void)
{
    uint8_t bytes[2 * PAGE], expected[PAGE];
    struct vmclock_writer writer;
    struct vmclock_error err;
    bool created = false;

    enter();
    fault.no_links = true;
    EQ(faulty_writer_open(&writer, "page", 0, 0, &created, &err), VMCLOCK_OK);
    HOLDS(created);
    vmclock_writer_close(&writer);
    expect_fresh_page("");
    EQ(unlink("page"), 0);

    /* A page that comes in between stays. */
    fault.rival = true;
    EQ(faulty_writer_open(&writer, "page", 0, 0, &created, &err), VMCLOCK_OK);
    HOLDS(!created);
    vmclock_writer_close(&writer);
    build_clock_page(expected);
    EQ(read_file(bytes), PAGE);
    EQ(memcmp(bytes, expected, PAGE), 0);
    leave();
}
#endif

static void no_page_is_made_where_there_are_neither_hard_links_nor_renames_that_keep_what_is_there(void)
{
    struct vmclock_writer writer;
    struct vmclock_error err;
    bool created = false;

    enter();
    fault.no_links = true;
    fault.no_noreplace = true;
    EQ(faulty_writer_open(&writer, "page", 0, 0, &created, &err), VMCLOCK_ERR_SYSCALL);
    forget();
    EQ(err.reason, VMCLOCK_REASON_WRITE_FAILED);
    EQ(err.sys_errno, EPERM);
    TEXT(err.origin, "linkat");
    HOLDS(!created);
    leave();
}

static void a_page_that_comes_first_stays(void)
{
    uint8_t bytes[2 * PAGE], expected[PAGE];
    struct vmclock_writer writer;
    bool created;

    for (size_t i = 0; i < WAYS; i++) {
        enter();
        take_way(i);
        fault.rival = true;
        EQ_IN(ways[i].name, faulty_writer_open(&writer, "page", 0, 0, &created, NULL), VMCLOCK_OK);
        HOLDS_IN(ways[i].name, !created);
        vmclock_writer_close(&writer);
        build_clock_page(expected);
        EQ_IN(ways[i].name, read_file(bytes), PAGE);
        EQ_IN(ways[i].name, memcmp(bytes, expected, PAGE), 0);
        forget();
        leave();
    }
}

static int open_and_close(void)
{
    struct vmclock_writer writer;
    const enum vmclock_err kind = open_faulty(&writer, VMCLOCK_WRITER_FORCE, NULL);

    vmclock_writer_close(&writer);
    return (int)kind;
}

/* The signal comes in between, and ends the process when all is done. */
static void a_signal_leaves_a_whole_page_and_nothing_else(void)
{
    uint8_t bytes[2 * PAGE];
    int status;

    for (size_t i = 0; i < WAYS; i++) {
        enter();
        take_way(i);
        fault.signal = SIGTERM;
        status = in_child(open_and_close);
        HOLDS_IN(ways[i].name, WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
        expect_fresh_page(ways[i].name);

        write_file("no page", 7);
        status = in_child(open_and_close);
        HOLDS_IN("forced", WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
        EQ_IN("forced", read_file(bytes), PAGE);
        EQ_IN("forced", vmclock_parse(bytes, PAGE, 0, NULL, NULL), VMCLOCK_OK);
        EQ_IN("forced", bytes[AT_SEQ_COUNT], 2);
        forget();
        leave();
    }
}

/* In a child with a limit for the size of files, and the signal that comes with it as it is by default. */
static rlim_t size_limit;
static bool signal_is_pending;
static int open_below_the_limit(void)
{
    const struct rlimit limit = {size_limit, size_limit};
    struct vmclock_error err;
    struct vmclock_writer writer;
    sigset_t signals;

    (void)signal(SIGXFSZ, SIG_DFL);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGXFSZ);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    if (signal_is_pending && (sigprocmask(SIG_BLOCK, &signals, NULL) != 0 || raise(SIGXFSZ) != 0))
        return 2;
    if (open_faulty(&writer, VMCLOCK_WRITER_FORCE, &err) != VMCLOCK_ERR_SYSCALL || writer.fd != -1)
        return 3;
    if (err.reason != VMCLOCK_REASON_WRITE_FAILED || err.sys_errno != EFBIG)
        return 4;
    (void)sigpending(&signals);
    return sigismember(&signals, SIGXFSZ) == signal_is_pending ? 0 : 5;
}

static void a_limit_for_the_size_of_files_is_an_error_and_no_signal(void)
{
    static const rlim_t limits[] = {0, 16, 111, 1024, PAGE - 1};
    uint8_t bytes[2 * PAGE];

    for (size_t i = 0; i < WAYS; i++)
        for (size_t at = 0; at < sizeof limits / sizeof *limits; at++) {
            size_limit = limits[at];
            enter();
            take_way(i);
            signal_is_pending = i == 1;
            EQ_IN(ways[i].name, in_child(open_below_the_limit), 0);
            EQ_IN(ways[i].name, count_entries(), 0);
            /* Of a file that is there, not a byte is changed. */
            for (fault.fallocate_errno = 0; fault.fallocate_errno <= EOPNOTSUPP; fault.fallocate_errno += EOPNOTSUPP) {
                write_file("no page", 7);
                EQ_IN("forced", in_child(open_below_the_limit), 0);
                EQ_IN("forced", read_file(bytes), 7);
                EQ_IN("forced", memcmp(bytes, "no page", 7), 0);
            }
            forget();
            leave();
        }
    signal_is_pending = false;
}

static void a_full_disk_is_an_error_and_leaves_the_file_as_it_was(void)
{
    uint8_t page[PAGE], after[2 * PAGE];
    struct vmclock_writer writer;
    struct vmclock_error err;

    enter();
    build_clock_page(page);
    write_file(page, PAGE);
    fault.fallocate_errno = ENOSPC;
    EQ(open_faulty(&writer, 0, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_WRITE_FAILED);
    EQ(err.sys_errno, ENOSPC);
    TEXT(err.origin, "fallocate");
    EQ(writer.fd, -1);
    HOLDS(writer.page == NULL);

    put32(page, AT_MAGIC, 0);
    for (unsigned len = 0; len <= PAGE; len += PAGE / 2) {
        write_file(page, len);
        EQ(open_faulty(&writer, VMCLOCK_WRITER_FORCE, &err), VMCLOCK_ERR_SYSCALL);
        EQ(err.sys_errno, ENOSPC);
        EQ(read_file(after), len);
        EQ(memcmp(after, page, len), 0);
    }

    /* Zeros are written where nothing can be reserved; some of them fit. */
    fault.fallocate_errno = EOPNOTSUPP;
    for (fault.room = 1; fault.room < PAGE - 7; fault.room += 1021) {
        write_file("no page", 7);
        seen.written = 0;
        EQ(open_faulty(&writer, VMCLOCK_WRITER_FORCE, &err), VMCLOCK_ERR_SYSCALL);
        EQ(err.sys_errno, ENOSPC);
        TEXT(err.origin, "pwrite");
        EQ(read_file(after), 7);
        EQ(memcmp(after, "no page", 7), 0);
    }
    EQ(unlink("page"), 0);

    for (size_t i = 0; i < WAYS; i++) {
        take_way(i);
        for (fault.room = 1; fault.room < PAGE; fault.room += 1021) {
            seen.written = 0;
            EQ_IN(ways[i].name, open_faulty(&writer, 0, &err), VMCLOCK_ERR_SYSCALL);
            EQ_IN(ways[i].name, err.reason, VMCLOCK_REASON_WRITE_FAILED);
            EQ_IN(ways[i].name, err.sys_errno, ENOSPC);
            TEXT_IN(ways[i].name, err.origin, "pwrite");
            EQ_IN(ways[i].name, count_entries(), 0);
        }
        fault.no_progress = true;
        EQ_IN(ways[i].name, open_faulty(&writer, 0, &err), VMCLOCK_ERR_SYSCALL);
        EQ_IN(ways[i].name, err.sys_errno, ENOSPC);
        EQ_IN(ways[i].name, count_entries(), 0);
    }
    forget();
    leave();
}

static int count_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* ---- Each call fails in turn ---- */

enum state { NOTHING, NO_PAGE, SHORT, A_PAGE }; /* what is there before: with the first two also what is there after */

static void set_up(enum state state)
{
    uint8_t page[PAGE];

    (void)unlink("page");
    build_clock_page(page);
    if (state == NO_PAGE)
        put32(page, AT_MAGIC, 0);
    if (state != NOTHING)
        write_file(state == SHORT ? (const void *)"no page" : page, state == SHORT ? 7 : PAGE);
}

static void each_call_that_fails_is_told_and_nothing_is_left_of_it(void)
{
    static const struct {
        const char *name;
        enum state before;
        bool named;  /* by a temporary name */
        enum call call;
        unsigned from, to;
        enum vmclock_reason reason; /* NONE: it helps itself */
        const char *origin;
        bool made; /* the file is there, as a page */
    } rows[] = {
        {"the first look at the path", NOTHING, false, STAT, 1, 1, VMCLOCK_REASON_NONE, NULL, true},
        {"opening", NOTHING, false, OPEN, 1, 1, VMCLOCK_REASON_OPEN_FAILED, "open", false},
        {"opening the directory", NOTHING, false, OPENAT, 1, 1, VMCLOCK_REASON_WRITE_FAILED, "openat", false},
        {"a file without a name", NOTHING, false, OPENAT, 2, 2, VMCLOCK_REASON_NONE, NULL, true},
        {"any file", NOTHING, false, OPENAT, 2, 1000, VMCLOCK_REASON_WRITE_FAILED, "openat", false},
        {"any file with a name", NOTHING, true, OPENAT, 2, 2, VMCLOCK_REASON_WRITE_FAILED, "openat", false},
        {"its first bytes", NOTHING, true, PWRITE, 1, 1, VMCLOCK_REASON_WRITE_FAILED, "pwrite", false},
        {"its last bytes", NOTHING, true, PWRITE, 8, 8, VMCLOCK_REASON_WRITE_FAILED, "pwrite", false},
        {"bytes by either way", NOTHING, false, PWRITE, 1, 2, VMCLOCK_REASON_WRITE_FAILED, "pwrite", false},
        {"a name by its descriptor", NOTHING, false, LINKAT, 1, 1, VMCLOCK_REASON_NONE, NULL, true},
        {"a name by /proc as well", NOTHING, false, LINKAT, 1, 2, VMCLOCK_REASON_NONE, NULL, true},
#ifdef RENAME_NOREPLACE
        {"a link", NOTHING, true, LINKAT, 1, 1, VMCLOCK_REASON_NONE, NULL, true},
        {"any link", NOTHING, false, LINKAT, 1, 1000, VMCLOCK_REASON_NONE, NULL, true},
#else
        {"a link", NOTHING, true, LINKAT, 1, 1, VMCLOCK_REASON_WRITE_FAILED, "linkat", false},
        {"any link", NOTHING, false, LINKAT, 1, 1000, VMCLOCK_REASON_WRITE_FAILED, "linkat", false},
#endif
        {"the first status", NOTHING, false, FSTAT, 1, 1, VMCLOCK_REASON_OPEN_FAILED, "fstat", true},
        {"the lock", NOTHING, false, FLOCK, 1, 1, VMCLOCK_REASON_OPEN_FAILED, "flock", true},
        {"the status under the lock", NOTHING, false, FSTAT, 2, 2, VMCLOCK_REASON_OPEN_FAILED, "fstat", true},
        {"the second look at the path", NOTHING, false, STAT, 2, 2, VMCLOCK_REASON_NONE, NULL, true},
        {"no look at the path", NOTHING, false, STAT, 2, 1000, VMCLOCK_REASON_OPEN_FAILED, "open", true},
        {"reading the page", NOTHING, false, PREAD, 1, 1, VMCLOCK_REASON_READ_FAILED, "pread", true},
        {"its mapping", NOTHING, false, MMAP, 1, 1, VMCLOCK_REASON_MAP_FAILED, "mmap", true},
        {"room", NOTHING, false, FALLOCATE, 1, 1, VMCLOCK_REASON_WRITE_FAILED, "fallocate", true},
        {"no page: the mapping", NO_PAGE, false, MMAP, 1, 1, VMCLOCK_REASON_MAP_FAILED, "mmap", false},
        {"no page: room", NO_PAGE, false, FALLOCATE, 1, 1, VMCLOCK_REASON_WRITE_FAILED, "fallocate", false},
        {"no page: reading", NO_PAGE, false, PREAD, 1, 1, VMCLOCK_REASON_READ_FAILED, "pread", false},
        {"short: room", SHORT, false, FALLOCATE, 1, 1, VMCLOCK_REASON_WRITE_FAILED, "fallocate", false},
        {"a page: opening", A_PAGE, false, OPEN, 1, 1, VMCLOCK_REASON_OPEN_FAILED, "open", true},
        {"a page: the lock", A_PAGE, false, FLOCK, 1, 1, VMCLOCK_REASON_OPEN_FAILED, "flock", true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const row = rows[i].name;
        const bool helps_itself = rows[i].reason == VMCLOCK_REASON_NONE;
        uint8_t before[2 * PAGE] = {0}, after[2 * PAGE] = {0};
        size_t len;
        struct vmclock_writer writer;
        struct vmclock_error err;
        bool created = rows[i].before != NOTHING;
        const int descriptors = count_descriptors();

        enter();
        set_up(rows[i].before);
        len = rows[i].before == NOTHING ? 0 : read_file(before);
        forget();
        fault.no_tmpfile = rows[i].named;
        fault.failing = rows[i].call;
        fault.from = rows[i].from;
        fault.to = rows[i].to;
        fault.fail_errno = EDOM; /* which no call has of itself */
        EQ_IN(row, faulty_writer_open(&writer, "page", VMCLOCK_WRITER_FORCE, 0, &created, &err),
              helps_itself ? VMCLOCK_OK : VMCLOCK_ERR_SYSCALL);
        EQ_IN(row, err.reason, rows[i].reason);
        if (!helps_itself && strcmp(rows[i].name, "no look at the path") != 0)
            EQ_IN(row, err.sys_errno, EDOM);
        TEXT_IN(row, err.origin, rows[i].origin);
        EQ_IN(row, err.actual, 0);
        EQ_IN(row, writer.fd >= 0, helps_itself);
        EQ_IN(row, writer.page != NULL, helps_itself);
        EQ_IN(row, created, rows[i].before == NOTHING && rows[i].made);
        vmclock_writer_close(&writer);
        EQ_IN(row, count_descriptors(), descriptors);
        EQ_IN(row, count_entries(), rows[i].made || rows[i].before != NOTHING);
        if (rows[i].before == NOTHING && rows[i].made)
            expect_fresh_page(row);
        else if (rows[i].before != NOTHING) {
            EQ_IN(row, read_file(after), len);
            EQ_IN(row, memcmp(after, before, sizeof after), 0);
        }
        forget();
        leave();
    }
}

/* It stays as long as it has become, and that is said. */
static void a_file_that_cannot_be_made_short_again_is_told(void)
{
    struct vmclock_writer writer;
    struct vmclock_error err;
    uint8_t bytes[2 * PAGE];

    enter();
    write_file("no page", 7);
    fault.fallocate_errno = EOPNOTSUPP;
    fault.room = 100;
    fault.failing = FTRUNCATE;
    fault.from = fault.to = 1;
    fault.fail_errno = EDOM;
    EQ(open_faulty(&writer, VMCLOCK_WRITER_FORCE, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_WRITE_FAILED);
    EQ(err.sys_errno, ENOSPC);
    TEXT(err.origin, "ftruncate");
    EQ(read_file(bytes), 107);
    EQ(memcmp(bytes, "no page", 7), 0);
    forget();
    leave();
}

/* It was a regular file when it was looked at, or could not be looked at. */
static void what_turns_out_to_be_no_regular_file_is_not_locked(void)
{
    struct vmclock_writer writer;
    struct vmclock_error err;

    forget();
    fault.failing = STAT;
    fault.from = 1;
    fault.to = 1000;
    fault.fail_errno = EDOM;
    EQ(faulty_writer_open(&writer, "/dev/null", VMCLOCK_WRITER_FORCE, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, EOPNOTSUPP);
    TEXT(err.origin, "open");
    EQ(seen.made[FLOCK], 0);
    EQ(writer.fd, -1);
    forget();
}

static bool other_device, other_inode;
static int stat_another(const char *path, struct stat *status)
{
    const int failed = real_stat(path, status);

    status->st_dev += other_device;
    status->st_ino += other_inode;
    return failed;
}

static void a_path_that_names_another_file_is_not_this_one(void)
{
    struct vmclock_writer writer;
    struct vmclock_error err;

    enter();
    set_up(A_PAGE);
    for (unsigned way = 0; way < 4; way++) {
        other_device = way % 2 != 0;
        other_inode = way / 2 != 0;
        answers.stat = stat_another;
        EQ(vmclock_writer_open(&writer, "page", 0, 0, NULL, &err), way == 0 ? VMCLOCK_OK : VMCLOCK_ERR_SYSCALL);
        EQ(err.sys_errno, way == 0 ? 0 : ESTALE);
        reset_system();
        vmclock_writer_close(&writer);
    }
    leave();
}

/* Of the page of memory, as far as the file reaches; and of 4096 bytes where that is less. */
static long memory_page;
static long tell_memory_page(int name)
{
    EQ(name, _SC_PAGESIZE);
    return memory_page;
}
static void room_is_reserved_for_the_page_of_memory(void)
{
    static const struct {
        long memory;
        size_t reserved;
    } rows[] = {{4096, 4096}, {1024, 4096}, {4095, 4096}, {4097, 4097}, {8191, 8191}, {8192, 8192}, {65536, 8192}};
    uint8_t page[2 * PAGE] = {0};
    struct vmclock_writer writer;

    enter();
    build_clock_page(page);
    write_file(page, sizeof page);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        forget();
        memory_page = rows[i].memory;
        answer_faultily();
        answers.sysconf = tell_memory_page;
        EQ(vmclock_writer_open(&writer, "page", 0, 0, NULL, NULL), VMCLOCK_OK);
        reset_system();
        vmclock_writer_close(&writer);
        EQ(seen.reserved, rows[i].reserved);
        EQ(seen.mode, FALLOC_FL_KEEP_SIZE);
    }
    forget();
    leave();
}

/* A signal that waits for its receiver goes on waiting; one that comes of the limit for files is taken back. */
static ssize_t raise_at_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    (void)raise(SIGXFSZ);
    return real_pwrite(fd, bytes, len, at);
}

static void a_signal_that_was_pending_stays_so(void)
{
    static const struct timespec at_once;
    sigset_t too_large, before, pending;

    (void)sigemptyset(&too_large);
    (void)sigaddset(&too_large, SIGXFSZ);
    (void)sigprocmask(SIG_BLOCK, &too_large, &before);
    for (unsigned was_pending = 0; was_pending < 2; was_pending++) {
        struct vmclock_writer writer;

        enter();
        if (was_pending)
            (void)raise(SIGXFSZ);
        answers.pwrite = raise_at_pwrite;
        EQ(vmclock_writer_open(&writer, "page", 0, 0, NULL, NULL), VMCLOCK_OK);
        reset_system();
        vmclock_writer_close(&writer);
        (void)sigpending(&pending);
        EQ(sigismember(&pending, SIGXFSZ), was_pending);
        (void)sigtimedwait(&too_large, NULL, &at_once);
        leave();
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Whoever has closed its standard input gets its number. */
static void descriptor_0_is_one_like_others(void)
{
    const int input = fcntl(0, F_DUPFD_CLOEXEC, 3);
    struct vmclock_snapshot snapshot;
    struct vmclock_device device;
    struct vmclock_writer writer, second;
    struct vmclock_error err;
    uint8_t bytes[2 * PAGE];
    size_t len;
    bool created;

    for (size_t i = 0; i < WAYS; i++) {
        enter();
        (void)close(0);
        take_way(i);
        created = false;
        EQ_IN(ways[i].name, faulty_writer_open(&writer, "page", 0, 0, &created, NULL), VMCLOCK_OK);
        HOLDS_IN(ways[i].name, created);
        vmclock_writer_close(&writer);
        EQ_IN(ways[i].name, fcntl(0, F_GETFD), -1);
        /* The file, the directory, and what is read to tell who holds the lock. */
        EQ_IN(ways[i].name, vmclock_writer_open(&writer, "page", 0, 0, &created, NULL), VMCLOCK_OK);
        EQ_IN(ways[i].name, writer.fd, 0);
        HOLDS_IN(ways[i].name, !created);
        EQ_IN(ways[i].name, dup2(writer.fd, 9), 9);
        vmclock_writer_close(&writer);
        EQ_IN(ways[i].name, fcntl(0, F_GETFD), -1);
        EQ_IN(ways[i].name, vmclock_writer_open(&second, "page", 0, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
        EQ_IN(ways[i].name, err.sys_errno, EWOULDBLOCK);
        EQ_IN(ways[i].name, fcntl(0, F_GETFD), -1);
        EQ_IN(ways[i].name, close(9), 0);
        EQ_IN(ways[i].name, vmclock_device_open(&device, "page", 0, NULL), VMCLOCK_OK);
        EQ_IN(ways[i].name, device.fd, 0);
        EQ_IN(ways[i].name, vmclock_device_snapshot(&device, 0, &snapshot, NULL), VMCLOCK_OK);
        EQ_IN(ways[i].name, vmclock_device_wait(&device, &snapshot, 0, 0, NULL, NULL), VMCLOCK_OK);
        vmclock_device_close(&device);
        EQ_IN(ways[i].name, fcntl(0, F_GETFD), -1);
        EQ_IN(ways[i].name, vmclock_device_open(&device, "/dev/null", 0, NULL), VMCLOCK_ERR_SYSCALL);
        EQ_IN(ways[i].name, fcntl(0, F_GETFD), -1);
        EQ_IN(ways[i].name, vmclock_read_path("page", 0, bytes, sizeof bytes, &len, NULL), VMCLOCK_OK);
        EQ_IN(ways[i].name, len, PAGE);
        EQ_IN(ways[i].name, fcntl(0, F_GETFD), -1);
        forget();
        leave();
    }
    if (input >= 0) {
        EQ(dup2(input, 0), 0);
        EQ(close(input), 0);
    }
}

/* ---- The way to the directory ---- */

static char steps[256];
static int note_step(int directory, const char *name, int flags, mode_t mode)
{
    const size_t len = strlen(steps);

    if ((flags & O_PATH) == 0) {
        errno = EROFS;
        return -1;
    }
    (void)snprintf(steps + len, sizeof steps - len, "%s|", name);
    const int fd = real_openat(directory, name, flags, mode);
    errno = fd < 0 ? errno : EINTR; /* left behind */
    return fd;
}

static void the_way_to_a_directory_begins_at_the_root_or_here(void)
{
    static const struct {
        const char *path, *steps;
    } rows[] = {
        {"page", ".|"}, {"/page", "/|"}, {"///page", "/|"}, {"/", "/|"}, {"//", "/|"}, {"", ".|"},
        {"./page", ".|./|"}, {"/tmp/page", "/|tmp/|"}, {"//tmp//page", "/|tmp//|"},
    };
    const char *origin;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        steps[0] = '\0';
        answers.openat = note_step;
        EQ_IN(rows[i].path, vmclock_create_(rows[i].path, (struct vmclock_deadline_){0}, &origin), -1);
        EQ_IN(rows[i].path, errno, EROFS);
        TEXT_IN(rows[i].path, origin, "openat");
        TEXT_IN(rows[i].path, steps, rows[i].steps);
        reset_system();
    }
}

static void a_name_that_no_file_can_have_is_too_long(void)
{
    char path[1200];
    const char *origin;

    for (size_t len = 509; len <= 514; len++) {
        memset(path, 'd', sizeof path);
        memcpy(path + len, "/page", 6);
        errno = 0;
        EQ(vmclock_create_(path, (struct vmclock_deadline_){0}, &origin), -1);
        EQ(errno, ENAMETOOLONG);
        TEXT(origin, "openat");
    }
}

/* By the first 16 at once, then after moments, until the deadline, which has passed. */
static void what_is_interrupted_for_ever_is_given_up(void)
{
    static const struct {
        const char *name;
        enum state before;
        enum call call;
        unsigned from, times;
        enum vmclock_reason reason;
        const char *origin;
    } rows[] = {
        {"opening", A_PAGE, OPEN, 1, 17, VMCLOCK_REASON_OPEN_FAILED, "open"},
        {"the directory", NOTHING, OPENAT, 1, 16, VMCLOCK_REASON_WRITE_FAILED, "openat"},
        {"a temporary file", NOTHING, OPENAT, 2, 100, VMCLOCK_REASON_WRITE_FAILED, "openat"},
        {"its bytes", NOTHING, PWRITE, 1, 16, VMCLOCK_REASON_WRITE_FAILED, "pwrite"},
        {"its last bytes", NOTHING, PWRITE, 8, 16, VMCLOCK_REASON_WRITE_FAILED, "pwrite"},
        {"the lock", A_PAGE, FLOCK, 1, 17, VMCLOCK_REASON_OPEN_FAILED, "flock"},
        {"room", A_PAGE, FALLOCATE, 1, 16, VMCLOCK_REASON_WRITE_FAILED, "fallocate"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned less = 0; less < 2; less++) {
            const char *const row = rows[i].name;
            struct vmclock_writer writer;
            struct vmclock_error err;

            enter();
            set_up(rows[i].before);
            forget();
            fault.no_tmpfile = true;
            fault.failing = rows[i].call;
            fault.from = rows[i].from;
            fault.to = rows[i].from + rows[i].times - 1 - less;
            fault.fail_errno = EINTR;
            EQ_IN(row, open_faulty(&writer, 0, &err), less ? VMCLOCK_OK : VMCLOCK_ERR_SYSCALL);
            EQ_IN(row, err.reason, less ? VMCLOCK_REASON_NONE : rows[i].reason);
            TEXT_IN(row, err.origin, less ? NULL : rows[i].origin);
            EQ_IN(row, err.sys_errno, less ? 0 : EINTR);
            if (!less)
                EQ_IN(row, seen.made[rows[i].call], rows[i].from - 1 + rows[i].times);
            vmclock_writer_close(&writer);
            EQ_IN(row, count_entries(), less || rows[i].before != NOTHING);
            forget();
            leave();
        }
}

/* 100 of them, which others may have left behind; none of those is touched. */
static void temporary_names_that_are_taken_are_passed_over(void)
{
    struct vmclock_writer writer;
    struct vmclock_error err;
    char name[64];

    for (unsigned taken = 99; taken <= 100; taken++) {
        enter();
        for (unsigned n = 0; n < taken; n++) {
            (void)snprintf(name, sizeof name, ".vmclock-%ld-%u", (long)getpid(), n);
            EQ(symlink("victim", name), 0);
        }
        fault.no_tmpfile = true;
        EQ(open_faulty(&writer, 0, &err), taken < 100 ? VMCLOCK_OK : VMCLOCK_ERR_SYSCALL);
        EQ(err.sys_errno, taken < 100 ? 0 : ENOENT);
        forget();
        vmclock_writer_close(&writer);
        EQ(access("victim", F_OK), -1);
        for (unsigned n = 0; n < taken; n++) {
            (void)snprintf(name, sizeof name, ".vmclock-%ld-%u", (long)getpid(), n);
            EQ(unlink(name), 0);
        }
        EQ(count_entries(), taken < 100);
        leave();
    }
}

/* Else two publishers would each have a lock, and of the one file nobody would know. */
static void a_file_that_is_replaced_before_it_is_locked_is_left_alone(void)
{
    uint8_t bytes[2 * PAGE], page[PAGE];
    struct vmclock_writer writer;
    struct vmclock_error err;

    enter();
    fault.replacements = 2;
    EQ(open_faulty(&writer, 0, NULL), VMCLOCK_OK);
    EQ(vmclock_publish_disrupted(writer.page, writer.len, NULL), VMCLOCK_OK);
    vmclock_writer_close(&writer);
    (void)read_file(bytes);
    build_clock_page(page);
    EQ(bytes[AT_SEQ_COUNT], page[AT_SEQ_COUNT] + 2); /* of the page that came last */

    fault.replacements = 1000;
    EQ(open_faulty(&writer, 0, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, ESTALE);
    EQ(fault.replacements, 1000 - 16);
    forget();
    leave();
}

/* Nor is a signal blocked that was not. */
static void no_descriptor_is_leaked(void)
{
    const int before = count_descriptors();
    struct vmclock_writer writer, second;
    struct vmclock_error err;
    sigset_t signals, blocked_before;

    (void)sigprocmask(SIG_SETMASK, NULL, &blocked_before);
    for (size_t i = 0; i < WAYS; i++) {
        enter();
        take_way(i);
        EQ_IN(ways[i].name, open_faulty(&writer, 0, NULL), VMCLOCK_OK);
        fault.no_proc = false;
        EQ_IN(ways[i].name, open_faulty(&second, 0, &err), VMCLOCK_ERR_SYSCALL); /* locked */
        vmclock_writer_close(&writer);
        EQ_IN(ways[i].name, count_descriptors(), before);
        EQ_IN(ways[i].name, unlink("page"), 0);
        take_way(i);
        fault.room = 1;
        EQ_IN(ways[i].name, open_faulty(&writer, 0, NULL), VMCLOCK_ERR_SYSCALL);
        EQ_IN(ways[i].name, count_descriptors(), before);
        fault.room = 0;
        fault.rival = true;
        EQ_IN(ways[i].name, open_faulty(&writer, 0, NULL), VMCLOCK_OK);
        vmclock_writer_close(&writer);
        EQ_IN(ways[i].name, count_descriptors(), before);
        (void)sigprocmask(SIG_SETMASK, NULL, &signals);
        for (int number = 1; number < SIGRTMAX; number++)
            EQ_IN(ways[i].name, sigismember(&signals, number), sigismember(&blocked_before, number));
        forget();
        leave();
    }
}

/* All of the page that the file has, no more; zeros instead where that is not possible. */
static void the_first_page_is_reserved_before_it_is_stored_to(void)
{
    static const struct {
        const char *name;
        uint32_t magic;
        size_t file, reserved;
        int mode;
    } rows[] = {
        {"the smallest page", 0x4b4c4356, 32, 32, FALLOC_FL_KEEP_SIZE},
        {"a page", 0x4b4c4356, PAGE, PAGE, FALLOC_FL_KEEP_SIZE},
        {"no page", 0, PAGE, PAGE, FALLOC_FL_KEEP_SIZE},
        {"no page, and short of one", 0, PAGE - 1, PAGE, 0},
        {"no page, and short", 0, 32, PAGE, 0},
    };
    uint8_t page[PAGE], after[2 * PAGE];
    struct vmclock_writer writer;

    enter();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int no_fallocate = 0; no_fallocate <= 1; no_fallocate++) {
            const char *row = rows[i].name;

            build_clock_page(page);
            put32(page, AT_MAGIC, rows[i].magic);
            put32(page, AT_SIZE, rows[i].file < PAGE ? 32 : PAGE);
            write_file(page, rows[i].file);
            forget();
            fault.fallocate_errno = no_fallocate != 0 ? ENOSYS : 0;
            EQ_IN(row, open_faulty(&writer, VMCLOCK_WRITER_FORCE, NULL), VMCLOCK_OK);
            EQ_IN(row, seen.reserved, rows[i].reserved);
            EQ_IN(row, seen.mode, rows[i].mode);
            EQ_IN(row, seen.written, no_fallocate != 0 && rows[i].mode == 0 ? PAGE - rows[i].file : 0);
            vmclock_writer_close(&writer);
            EQ_IN(row, read_file(after), rows[i].mode == 0 ? PAGE : rows[i].file);
            EQ_IN(row, vmclock_parse(after, PAGE, 0, NULL, NULL), VMCLOCK_OK);
        }
    forget();
    leave();
}

static void nothing_is_changed_before_it_is_mapped(void)
{
    uint8_t after[2 * PAGE];
    struct vmclock_writer writer;
    struct vmclock_error err;

    enter();
    write_file("no page", 7);
    fault.mmap_errno = ENODEV;
    EQ(open_faulty(&writer, VMCLOCK_WRITER_FORCE, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_MAP_FAILED);
    EQ(err.sys_errno, ENODEV);
    EQ(read_file(after), 7);
    EQ(memcmp(after, "no page", 7), 0);
    EQ(seen.reserved, 0);
    forget();
    leave();
}

static void a_link_in_the_place_of_the_temporary_file_is_not_followed(void)
{
    struct vmclock_writer writer;
    char link[64], second[64];

    enter();
    (void)snprintf(link, sizeof link, ".vmclock-%ld-0", (long)getpid());
    (void)snprintf(second, sizeof second, ".vmclock-%ld-1", (long)getpid());
    EQ(symlink("victim", link), 0);
    write_file("other", 5);
    EQ(rename("page", "other"), 0);
    EQ(symlink("other", second), 0);
    fault.no_tmpfile = true;
    EQ(open_faulty(&writer, 0, NULL), VMCLOCK_OK);
    forget();
    vmclock_writer_close(&writer);
    expect_fresh_page("");
    EQ(access("victim", F_OK), -1);
    EQ(unlink(link), 0);
    EQ(unlink(second), 0);
    EQ(rename("other", "page"), 0);
    uint8_t bytes[2 * PAGE];
    EQ(read_file(bytes), 5);
    leave();
}

/* The process must not be root for a mode to count. */
static int open_with_a_hostile_umask(void)
{
    struct vmclock_writer writer;
    bool created = false;

    if (geteuid() == 0 && seteuid(65534) != 0)
        return 1;
    (void)umask(0377);
    if (faulty_writer_open(&writer, "page", 0, 0, &created, NULL) != VMCLOCK_OK || !created)
        return 2;
    if (vmclock_publish_disrupted(writer.page, writer.len, NULL) != VMCLOCK_OK)
        return 3;
    vmclock_writer_close(&writer);
    return 0;
}

static void a_new_file_can_be_published_in_whatever_the_umask(void)
{
    struct stat status;
    uint8_t bytes[2 * PAGE];

    for (size_t i = 0; i < WAYS; i++) {
        enter();
        EQ(chmod(".", 0777), 0);
        take_way(i);
        EQ_IN(ways[i].name, in_child(open_with_a_hostile_umask), 0);
        forget();
        EQ_IN(ways[i].name, stat("page", &status), 0);
        EQ_IN(ways[i].name, status.st_mode & 0777, 0400);
        EQ_IN(ways[i].name, read_file(bytes), PAGE);
        EQ_IN(ways[i].name, bytes[AT_DISRUPTION_MARKER], 2);
        leave();
    }
}

/*
 * A path of `len` bytes: directories with names of at most `most` bytes, and the file "page" in them. The directories
 * are made, and the last one is entered.
 */
static void build_path(char *path, size_t len, size_t most)
{
    size_t at = 0;

    while (at < len - 4) {
        const size_t left = len - 4 - at - 1;
        const size_t name = left <= most ? left : left - most == 1 ? most - 1 : most; /* a name has a byte or more */

        memset(path + at, 'd', name);
        path[at + name] = '\0';
        EQ(mkdir(path + at, 0700), 0);
        EQ(chdir(path + at), 0);
        path[at + name] = '/';
        at += name + 1;
    }
    memcpy(path + at, "page", 5);
    EQ(strlen(path), len);
}

/* Opens a file by a path of that length. */
static void try_path(size_t len, size_t most, enum vmclock_err kind)
{
    struct vmclock_writer writer;
    struct vmclock_error err;
    char path[PATH_MAX + 1];
    int top;

    enter();
    top = open(".", O_RDONLY);
    build_path(path, len, most);
    EQ(fchdir(top), 0);
    EQ_IN(path, faulty_writer_open(&writer, path, 0, 0, NULL, &err), kind);
    if (kind == VMCLOCK_OK)
        EQ_IN(path, unlink(path), 0);
    else
        EQ_IN(path, err.sys_errno, ENAMETOOLONG);
    vmclock_writer_close(&writer);
    for (char *slash; (slash = strrchr(path, '/')) != NULL;) {
        *slash = '\0';
        EQ(rmdir(path), 0);
    }
    EQ(close(top), 0);
    leave();
}

static void a_path_may_be_as_long_as_paths_can_be(void)
{
    for (size_t i = 0; i < WAYS; i++) {
        take_way(i);
        try_path(PATH_MAX - 1, 255, VMCLOCK_OK);
        try_path(PATH_MAX - 1, 200, VMCLOCK_OK);
        try_path(PATH_MAX, 255, VMCLOCK_ERR_SYSCALL);
    }
    /* Around where one step to the directory is no longer enough, and two. */
    for (size_t len = 510; len < 520; len++) {
        try_path(len, 255, VMCLOCK_OK);
        try_path(len, 100, VMCLOCK_OK);
        try_path(2 * len, 255, VMCLOCK_OK);
    }
    forget();
}

/* A step that began with a slash would begin at the root. */
static void slashes_are_one_wherever_a_step_ends(void)
{
    char path[1024];
    struct vmclock_writer writer;

    enter();
    for (size_t len = 248; len <= 255; len++) {
        memset(path, 'd', sizeof path);
        path[255] = '\0';
        EQ(mkdir(path, 0700), 0);
        path[255] = '/';
        path[256 + len] = '\0';
        EQ(mkdir(path, 0700), 0);
        memcpy(path + 256 + len, "////page", 9);
        EQ(vmclock_writer_open(&writer, path, 0, 0, NULL, NULL), VMCLOCK_OK);
        vmclock_writer_close(&writer);
        EQ(unlink(path), 0);
        path[256 + len] = '\0';
        EQ(rmdir(path), 0);
        path[255] = '\0';
        EQ(rmdir(path), 0);
    }
    leave();
}

static void every_form_of_a_path_names_its_file(void)
{
    static const char *const rows[] = {"page", "./page", ".//.///page", "folder/../page", "folder/./..//page",
                                       "link/../page"};
    struct vmclock_writer writer;
    struct vmclock_error err;
    char absolute[PATH_MAX + 16], folder[PATH_MAX];

    enter();
    EQ(mkdir("folder", 0700), 0);
    EQ(symlink("folder", "link"), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        EQ_IN(rows[i], vmclock_writer_open(&writer, rows[i], 0, 0, NULL, NULL), VMCLOCK_OK);
        vmclock_writer_close(&writer);
        EQ_IN(rows[i], unlink("page"), 0);
    }
    HOLDS(getcwd(folder, sizeof folder) != NULL);
    for (unsigned slashes = 1; slashes <= 3; slashes++) {
        (void)snprintf(absolute, sizeof absolute, "%.*s%s%.*spage", (int)slashes - 1, "//", folder, (int)slashes,
                       "///");
        EQ_IN(absolute, vmclock_writer_open(&writer, absolute, 0, 0, NULL, NULL), VMCLOCK_OK);
        vmclock_writer_close(&writer);
        EQ_IN(absolute, unlink("page"), 0);
    }
    EQ(vmclock_writer_open(&writer, "page/", 0, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, ENOENT);
    EQ(vmclock_writer_open(&writer, "", 0, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, ENOENT);
    write_file("", 0);
    EQ(vmclock_writer_open(&writer, "page/page", 0, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, ENOTDIR);
    EQ(unlink("link"), 0);
    EQ(rmdir("folder"), 0);
    leave();
}

static void a_device_is_not_even_opened(void)
{
    struct vmclock_writer writer;
    struct vmclock_error err;

    enter();
    EQ(mkfifo("page", 0600), 0);
    EQ(open_faulty(&writer, VMCLOCK_WRITER_FORCE, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EOPNOTSUPP);
    EQ(faulty_writer_open(&writer, "/dev/null", 0, 0, NULL, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EOPNOTSUPP);
    EQ(seen.opened, 0);
    forget();
    leave();
}

/* By files in the place of /proc/locks, in the kernel's format (fs/locks.c); %s: the device and inode of the page. */
static void the_holder_of_a_lock_is_found_among_others(void)
{
    static const struct {
        const char *name, *format;
        uint64_t holder;
    } rows[] = {
        {"none", "", 0},
        {"the only one", "1: FLOCK  ADVISORY  WRITE 1234 %s 0 EOF\n", 1234},
        {"a shared one", "7: FLOCK  ADVISORY  READ  4194304 %s 0 EOF\n", 4194304},
        {"one who waits", "1: FLOCK  ADVISORY  WRITE 1 00:00:1 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 1234 %s 0 EOF\n", 0},
        {"one of another kind", "1: POSIX  ADVISORY  WRITE 1234 %s 0 EOF\n", 0},
        {"one of another file", "1: FLOCK  ADVISORY  WRITE 1234 %s1 0 EOF\n", 0},
        {"one of another device", "1: FLOCK  ADVISORY  WRITE 1234 f%s 0 EOF\n", 0},
        {"one of a process that cannot be seen", "1: FLOCK  ADVISORY  WRITE -1 %s 0 EOF\n", 0},
        {"one of a process that is gone", "1: FLOCK  ADVISORY  WRITE 0 %s 0 EOF\n", 0},
        {"the last of many",
         "1: LEASE  ACTIVE    READ  1 00:00:1 0 EOF\n2: FLOCK  ADVISORY  WRITE 2 00:00:2 0 EOF\n"
         "3: POSIX  ADVISORY  READ  3 00:00:3 0 4096\n4: FLOCK  ADVISORY  READ  1234 %s 0 EOF\n",
         1234},
        {"the first of two", "1: FLOCK  ADVISORY  READ  5 %s 0 EOF\n2: FLOCK  ADVISORY  READ  6 00:00:1 0 EOF\n", 5},
        {"one behind a line without end", "%0300d\n1: FLOCK  ADVISORY  WRITE 1234 %s 0 EOF\n", 1234},
        {"a line that is cut", "1: FLOCK  ADVISORY  WRITE 1234 %s 0 EOF", 0},
    };
    char text[1024], format[512], inode[64];
    struct vmclock_writer writer, second;
    struct vmclock_error err;
    struct stat status;

    enter();
    EQ(open_writer(&writer, 0, NULL), VMCLOCK_OK);
    EQ(fstat(writer.fd, &status), 0);
    (void)snprintf(inode, sizeof inode, "%02x:%02x:%llu", major(status.st_dev), minor(status.st_dev),
                   (unsigned long long)status.st_ino);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const at = strstr(rows[i].format, "%s");
        int fd;

        if (strncmp(rows[i].format, "%0300d", 6) == 0)
            (void)snprintf(format, sizeof format, "%0300d%s", 0, rows[i].format + 6);
        else
            (void)snprintf(format, sizeof format, "%s", rows[i].format);
        (void)snprintf(text, sizeof text, "%.*s%s%s", at == NULL ? 0 : (int)(strstr(format, "%s") - format), format,
                       at == NULL ? "" : inode, at == NULL ? "" : strstr(format, "%s") + 2);
        fd = open("locks", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        EQ_IN(rows[i].name, write(fd, text, strlen(text)), strlen(text));
        EQ(close(fd), 0);
        fault.locks = "locks";
        EQ_IN(rows[i].name, open_faulty(&second, 0, &err), VMCLOCK_ERR_SYSCALL);
        EQ_IN(rows[i].name, err.sys_errno, EWOULDBLOCK);
        EQ_IN(rows[i].name, err.actual, rows[i].holder);
    }
    EQ(unlink("locks"), 0);
    fault.no_proc = true;
    EQ(open_faulty(&second, 0, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EWOULDBLOCK);
    EQ(err.actual, 0);
    forget();
    vmclock_writer_close(&writer);
    leave();
}

/* Of a file that was a page once, and of others, whatever they hold where seq_count lies. */
static void a_forced_page_goes_on_from_the_seq_count_that_is_there(void)
{
    static const struct {
        const char *name;
        size_t len;
        uint32_t before, after;
    } rows[] = {
        {"an even one", PAGE, 8, 10},
        {"an odd one", PAGE, 7, 8},
        {"the last even one", PAGE, 0xfffffffe, 0},
        {"the last one", PAGE, 0xffffffff, 0},
        {"none", PAGE, 0, 2},
        {"just the four bytes", 16, 0x12345678, 0x1234567a},
        {"half of the four bytes", 14, 0xffff1234, 0x1236},
        {"not one of the four bytes", 12, 0xffffffff, 2},
    };
    struct vmclock_snapshot snapshot;
    struct vmclock_writer writer;
    uint8_t page[PAGE], after[2 * PAGE];
    int fd;

    enter();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *row = rows[i].name;

        build_clock_page(page);
        put32(page, AT_MAGIC, 0);
        put32(page, AT_SEQ_COUNT, rows[i].before);
        write_file(page, rows[i].len);
        EQ_IN(row, open_writer(&writer, VMCLOCK_WRITER_FORCE, NULL), VMCLOCK_OK);
        (void)read_file(after);
        put32(page, AT_SEQ_COUNT, rows[i].after);
        EQ_IN(row, memcmp(after + AT_SEQ_COUNT, page + AT_SEQ_COUNT, 4), 0);
        vmclock_writer_close(&writer);
    }

    /* What it is for. */
    EQ(unlink("page"), 0);
    EQ(open_writer(&writer, 0, NULL), VMCLOCK_OK);
    EQ(vmclock_snapshot_take(writer.page, writer.len, 1, &snapshot, NULL), VMCLOCK_OK);
    vmclock_writer_close(&writer);
    fd = open("page", O_WRONLY);
    EQ(pwrite(fd, "spoilt", 6, 0), 6);
    EQ(close(fd), 0);
    EQ(open_writer(&writer, VMCLOCK_WRITER_FORCE, NULL), VMCLOCK_OK);
    HOLDS(vmclock_snapshot_compare(writer.page, writer.len, &snapshot, 1) != VMCLOCK_UNCHANGED);
    vmclock_writer_close(&writer);
    leave();
}

static int cancel_state; /* behind the call */

/* A thread that is to be cancelled opens and closes all the same; nothing of it is left. */
static void *open_though_cancelled(void *opened)
{
    struct vmclock_writer writer;

    (void)pthread_cancel(pthread_self());
    if (vmclock_writer_open(&writer, "page", 0, 0, NULL, NULL) == VMCLOCK_OK) {
        vmclock_writer_close(&writer);
        *(bool *)opened = true;
    }
    /* It ends here by returning: AddressSanitizer takes the stack of a thread that is cancelled for overrun. */
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    return opened;
}

static void a_thread_is_not_cancelled_in_the_midst_of_it(void)
{
    bool opened = false;
    pthread_t thread;
    void *result = NULL;
    int fd;

    enter();
    EQ(pthread_create(&thread, NULL, open_though_cancelled, &opened), 0);
    EQ(pthread_join(thread, &result), 0);
    HOLDS(result == &opened);
    EQ(cancel_state, PTHREAD_CANCEL_ENABLE);
    HOLDS(opened);
    fd = open("page", O_RDONLY);
    EQ(flock(fd, LOCK_EX | LOCK_NB), 0);
    EQ(close(fd), 0);
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
    HOLDS(page.counter_period_frac_sec >> 62 == 1);
    HOLDS(page.counter_period_esterror_rate_frac_sec < page.counter_period_maxerror_rate_frac_sec);
    HOLDS(page.time_esterror_nanosec < page.time_maxerror_nanosec);
    /* Bounds that are true because they are wide would be no use: 1000 ppm, the reading of two clocks, and room. */
    HOLDS(page.counter_period_maxerror_rate_frac_sec < page.counter_period_frac_sec / 500);
    HOLDS(page.time_maxerror_nanosec < 1000000);
    EQ(vmclock_calibrate(NULL, NULL), VMCLOCK_OK);
}

SUITE(writer) = {
    {"a new page is as QEMU starts it", a_new_page_is_as_qemu_starts_it},
    {"whoever looks sees no page or a whole one", whoever_looks_sees_no_page_or_a_whole_one},
    {"the file is locked from open to close", the_file_is_locked_from_open_to_close},
    {"a lock is waited for whatever signals come", a_lock_is_waited_for_whatever_signals_come},
    {"it is told who holds the lock", it_is_told_who_holds_the_lock},
    {"the holder of a lock is found among others", the_holder_of_a_lock_is_found_among_others},
    {"a file that is replaced before it is locked is left alone",
     a_file_that_is_replaced_before_it_is_locked_is_left_alone},
    {"no descriptor is leaked", no_descriptor_is_leaked},
    {"a file without a page is refused and left as it was", a_file_without_a_page_is_refused_and_left_as_it_was},
    {"a valid page stays as it is and gives its length", a_valid_page_stays_as_it_is_and_gives_its_length},
    {"a forced page goes on from the seq count that is there", a_forced_page_goes_on_from_the_seq_count_that_is_there},
    {"what is no regular file is not opened", what_is_no_regular_file_is_not_opened},
    {"a device is not even opened", a_device_is_not_even_opened},
    {"every form of a path names its file", every_form_of_a_path_names_its_file},
    {"a path may be as long as paths can be", a_path_may_be_as_long_as_paths_can_be},
    {"slashes are one wherever a step ends", slashes_are_one_wherever_a_step_ends},
    {"a new file is written to its last byte before it has a name",
     a_new_file_is_written_to_its_last_byte_before_it_has_a_name},
    {"a page that comes first stays", a_page_that_comes_first_stays},
#ifdef RENAME_NOREPLACE
    {"a page is made where there are no hard links", a_page_is_made_where_there_are_no_hard_links},
#endif
    {"no page is made where there are neither hard links nor renames that keep what is there",
     no_page_is_made_where_there_are_neither_hard_links_nor_renames_that_keep_what_is_there},
    {"a link in the place of the temporary file is not followed",
     a_link_in_the_place_of_the_temporary_file_is_not_followed},
    {"a new file can be published in whatever the umask", a_new_file_can_be_published_in_whatever_the_umask},
    {"the first page is reserved before it is stored to", the_first_page_is_reserved_before_it_is_stored_to},
    {"nothing is changed before it is mapped", nothing_is_changed_before_it_is_mapped},
    {"a full disk is an error and leaves the file as it was", a_full_disk_is_an_error_and_leaves_the_file_as_it_was},
    {"a limit for the size of files is an error and no signal",
     a_limit_for_the_size_of_files_is_an_error_and_no_signal},
    {"each call that fails is told, and nothing is left of it",
     each_call_that_fails_is_told_and_nothing_is_left_of_it},
    {"a file that cannot be made short again is told", a_file_that_cannot_be_made_short_again_is_told},
    {"what turns out to be no regular file is not locked", what_turns_out_to_be_no_regular_file_is_not_locked},
    {"a path that names another file is not this one", a_path_that_names_another_file_is_not_this_one},
    {"room is reserved for the page of memory", room_is_reserved_for_the_page_of_memory},
    {"a signal that was pending stays so", a_signal_that_was_pending_stays_so},
    {"descriptor 0 is one like others", descriptor_0_is_one_like_others},
    {"the way to a directory begins at the root, or here", the_way_to_a_directory_begins_at_the_root_or_here},
    {"a name that no file can have is too long", a_name_that_no_file_can_have_is_too_long},
    {"what is interrupted for ever is given up", what_is_interrupted_for_ever_is_given_up},
    {"temporary names that are taken are passed over", temporary_names_that_are_taken_are_passed_over},
    {"calls that are interrupted are made again", calls_that_are_interrupted_are_made_again},
    {"a signal leaves a whole page and nothing else", a_signal_leaves_a_whole_page_and_nothing_else},
    {"a thread is not cancelled in the midst of it", a_thread_is_not_cancelled_in_the_midst_of_it},
    {"a calibrated page agrees with the clock within its own bounds",
     a_calibrated_page_agrees_with_the_clock_within_its_own_bounds},
    CU_TEST_INFO_NULL,
};
