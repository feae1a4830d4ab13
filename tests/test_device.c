/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices and files as live pages: what opens, deadlines, and waiting without spinning or leaking. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pages.h"
#include "system.h"
#include "vmclock_posix.h"

#define MS UINT64_C(1000000)
#define FOREVER UINT64_MAX

/* ---- Clocks, files, descriptors ---- */

static uint64_t now(clockid_t clock)
{
    struct timespec time;

    (void)clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000 * MS + (uint64_t)time.tv_nsec;
}

static void sleep_ms(unsigned ms)
{
    const struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

    (void)nanosleep(&time, NULL);
}

/* Descriptors of this process that are open, among them one that counts them. */
static unsigned open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;

    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        (void)closedir(folder);
    return count;
}

/* Mappings of this process whose file has that name. */
static unsigned mappings_of(const char *name)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned count = 0;

    while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
        count += strstr(line, name) != NULL;
    if (maps != NULL)
        (void)fclose(maps);
    return count;
}

static char path[64];

/* A file of our own that holds these bytes; gone again after remove_file(). */
static int make_file(const void *bytes, size_t len)
{
    int fd;

    (void)snprintf(path, sizeof path, "/tmp/vmclock-test-XXXXXX");
    fd = mkstemp(path);
    HOLDS(fd >= 0);
    EQ(write(fd, bytes, len), len);
    return fd;
}

static void remove_file(int fd)
{
    EQ(unlink(path), 0);
    EQ(close(fd), 0);
}

static int make_page_file(void)
{
    uint8_t page[PAGE];

    build_clock_page(page);
    return make_file(page, sizeof page);
}

static void write_seq(int fd, uint32_t seq)
{
    uint8_t bytes[4];

    put_le(bytes, 4, seq);
    EQ(pwrite(fd, bytes, 4, AT_SEQ_COUNT), 4);
}

static const struct vmclock_snapshot empty;

static void expect_failure(const struct vmclock_error *err, enum vmclock_err kind, enum vmclock_reason reason)
{
    EQ(err->reason, reason);
    EQ(err->kind, vmclock_reason_kind(reason));
    EQ(kind, err->kind);
}

/* ---- Opening ---- */

static void what_cannot_be_opened_or_mapped_says_why_and_leaves_nothing_open(void)
{
    static const struct {
        const char *path;
        enum vmclock_reason reason;
        int sys_errno;
        const char *origin;
    } rows[] = {
        {"/nonexistent/vmclock0", VMCLOCK_REASON_OPEN_FAILED, ENOENT, "open"},
        {"/dev/null/vmclock0", VMCLOCK_REASON_OPEN_FAILED, ENOTDIR, "open"},
        {"", VMCLOCK_REASON_OPEN_FAILED, ENOENT, "open"},
        {NULL, VMCLOCK_REASON_OPEN_FAILED, EFAULT, "open"},
        {"/tmp", VMCLOCK_REASON_MAP_FAILED, ENODEV, "mmap"},
        {"/dev/null", VMCLOCK_REASON_MAP_FAILED, ENODEV, "mmap"},
        {"/dev/zero", VMCLOCK_REASON_MAP_FAILED, ENODEV, "mmap"},
        {"/dev/full", VMCLOCK_REASON_MAP_FAILED, ENODEV, "mmap"},
        {"/dev/urandom", VMCLOCK_REASON_MAP_FAILED, ENODEV, "mmap"},
        {"/dev/ptmx", VMCLOCK_REASON_MAP_FAILED, ENODEV, "mmap"},
    };
    const unsigned before = open_descriptors();
    struct vmclock_device device;
    struct vmclock_error err;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *row = rows[i].path != NULL ? rows[i].path : "(null)";

        memset(&device, 0x5a, sizeof device);
        memset(&err, 0x5a, sizeof err);
        EQ_IN(row, vmclock_device_open(&device, rows[i].path, 0, &err), VMCLOCK_ERR_SYSCALL);
        EQ_IN(row, err.reason, rows[i].reason);
        EQ_IN(row, err.sys_errno, rows[i].sys_errno);
        TEXT_IN(row, err.origin, rows[i].origin);
        EQ_IN(row, device.fd, -1);
        HOLDS_IN(row, device.page == NULL && device.len == 0);
        vmclock_device_close(&device);
        EQ_IN(row, vmclock_device_open(&device, rows[i].path, 0, NULL), VMCLOCK_ERR_SYSCALL);
    }
    EQ(vmclock_device_open(NULL, "/dev/zero", 0, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EFAULT);
    EQ(open_descriptors(), before);
}

static void device_is_mapped_and_a_regular_file_is_not(void)
{
    const unsigned before = open_descriptors();
    const int fd = make_page_file();
    struct vmclock_snapshot snapshot;
    struct vmclock_device device;
    struct vmclock_error err;

    pretend_devices();
    EQ(vmclock_device_open(&device, path, 0, &err), VMCLOCK_OK);
    reset_system();
    EQ(err.reason, VMCLOCK_REASON_NONE);
    HOLDS(device.page != NULL);
    EQ(device.len, sysconf(_SC_PAGESIZE));
    EQ(fcntl(device.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    EQ(vmclock_device_snapshot(&device, 0, &snapshot, &err), VMCLOCK_OK);
    EQ(snapshot.seq_count, 0x00c0ffee);
    EQ(mappings_of(path), 1);
    vmclock_device_close(&device);
    EQ(mappings_of(path), 0);
    EQ(device.fd, -1);
    HOLDS(device.page == NULL && device.len == 0);
    vmclock_device_close(&device);
    vmclock_device_close(NULL);

    EQ(vmclock_device_open(&device, path, 0, &err), VMCLOCK_OK);
    EQ(err.reason, VMCLOCK_REASON_NONE);
    HOLDS(device.page == NULL && device.len == 0 && device.fd >= 0);
    EQ(fcntl(device.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    vmclock_device_close(&device);
    remove_file(fd);
    EQ(open_descriptors(), before);
}

/* ---- Devices that are no VMClock: asked by pread, never mapped ---- */

static unsigned mappings_made;
static void *count_mmap(size_t len, int protection, int flags, int fd, off_t offset)
{
    mappings_made++;
    EQ(len, sysconf(_SC_PAGESIZE));
    EQ(protection, PROT_READ);
    EQ(flags, MAP_SHARED);
    return real_mmap(len, protection, flags, fd, offset);
}

static int pread_errno;
static ssize_t fail_pread(int fd, void *buf, size_t len, off_t offset)
{
    (void)fd, (void)buf, (void)len, (void)offset;
    errno = pread_errno;
    return -1;
}

/* Opens the file as a device. */
static enum vmclock_err open_pretended(struct vmclock_device *device, uint64_t offset, struct vmclock_error *err)
{
    enum vmclock_err kind;

    mappings_made = 0;
    pretend_devices();
    answers.mmap = count_mmap;
    kind = vmclock_device_open(device, path, offset, err);
    reset_system();
    return kind;
}

static void device_without_a_page_is_refused_and_never_touched(void)
{
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {{"", 0}, {"VCL", 3}, {"KLCV", 4}, {"VCLJ", 4}, {"\0\0\0\0", 4}};
    const unsigned before = open_descriptors();
    struct vmclock_device device;
    struct vmclock_error err;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int fd = make_file(rows[i].bytes, rows[i].len);

        expect_failure(&err, open_pretended(&device, 0, &err), VMCLOCK_REASON_MAP_FAILED);
        EQ_IN(rows[i].bytes, err.sys_errno, ENODEV);
        EQ_IN(rows[i].bytes, mappings_made, 0);
        EQ_IN(rows[i].bytes, device.fd, -1);
        remove_file(fd);
    }
    EQ(open_descriptors(), before);
}

static mode_t pretended;
static int tell_pretended(int fd, struct stat *status)
{
    const int failed = real_fstat(fd, status);

    status->st_mode = (status->st_mode & ~(mode_t)S_IFMT) | pretended;
    return failed;
}

/* What may shrink under its mapping, or is none, is refused whatever it holds. */
static void what_is_no_character_device_is_not_mapped(void)
{
    static const struct {
        mode_t type;
        bool opens, maps;
    } rows[] = {{S_IFCHR, true, true},   {S_IFREG, true, false},  {S_IFBLK, false, false}, {S_IFDIR, false, false},
                {S_IFIFO, false, false}, {S_IFSOCK, false, false}, {S_IFLNK, false, false}, {0, false, false}};
    const int fd = make_page_file();

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vmclock_device device;
        struct vmclock_error err;

        mappings_made = 0;
        pretended = rows[i].type;
        answers.fstat = tell_pretended;
        answers.mmap = count_mmap;
        EQ(vmclock_device_open(&device, path, 0, &err), rows[i].opens ? VMCLOCK_OK : VMCLOCK_ERR_SYSCALL);
        EQ(err.reason, rows[i].opens ? VMCLOCK_REASON_NONE : VMCLOCK_REASON_MAP_FAILED);
        EQ(err.sys_errno, rows[i].opens ? 0 : ENODEV);
        EQ(mappings_made, rows[i].maps);
        EQ(device.page != NULL, rows[i].maps);
        reset_system();
        vmclock_device_close(&device);
    }
    remove_file(fd);
}

/* Of all that pread() says only the driver's own "stalled" tells of a page. */
static void device_that_cannot_be_read_is_refused_unless_its_page_is_stalled(void)
{
    static const int rows[] = {EINVAL, EIO, ESPIPE, EPERM, EAGAIN, EINTR, ETIMEDOUT};
    const int fd = make_page_file();
    struct vmclock_device device;
    struct vmclock_error err;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        mappings_made = 0;
        pread_errno = rows[i];
        pretend_devices();
        stop_clock();
        answers.mmap = count_mmap;
        answers.pread = fail_pread;
        EQ_IN(strerror(rows[i]), vmclock_device_open(&device, path, 0, &err),
              rows[i] == ETIMEDOUT ? VMCLOCK_OK : VMCLOCK_ERR_SYSCALL);
        HOLDS_IN(strerror(rows[i]), system_calls() < 100); /* nothing is waited for */
        reset_system();
        EQ_IN(strerror(rows[i]), mappings_made, rows[i] == ETIMEDOUT);
        EQ_IN(strerror(rows[i]), err.sys_errno, rows[i] == ETIMEDOUT ? 0 : ENODEV);
        vmclock_device_close(&device);
    }
    remove_file(fd);
}

/* ---- Calls that fail ---- */

static int fail_fstat(int fd, struct stat *status)
{
    (void)fd, (void)status;
    errno = EOVERFLOW;
    return -1;
}

static void *fail_mmap(size_t len, int protection, int flags, int fd, off_t offset)
{
    (void)len, (void)protection, (void)flags, (void)fd, (void)offset;
    errno = EINVAL;
    return MAP_FAILED;
}

static void open_that_fails_half_way_says_where_and_leaves_nothing_open(void)
{
    const unsigned before = open_descriptors();
    const int fd = make_page_file();
    struct vmclock_device device;
    struct vmclock_error err;
    uint8_t byte;

    answers.fstat = fail_fstat;
    expect_failure(&err, vmclock_device_open(&device, path, 0, &err), VMCLOCK_REASON_OPEN_FAILED);
    EQ(err.sys_errno, EOVERFLOW);
    TEXT(err.origin, "fstat");
    EQ(device.fd, -1);
    expect_failure(&err, vmclock_read_path(path, 0, &byte, 1, NULL, &err), VMCLOCK_REASON_READ_FAILED);
    EQ(err.sys_errno, EOVERFLOW);
    TEXT(err.origin, "fstat");
    pretend_devices();
    answers.mmap = fail_mmap;
    expect_failure(&err, vmclock_device_open(&device, path, 0, &err), VMCLOCK_REASON_MAP_FAILED);
    reset_system();
    EQ(err.sys_errno, EINVAL);
    TEXT(err.origin, "mmap");
    EQ(device.fd, -1);
    HOLDS(device.page == NULL && device.len == 0);
    remove_file(fd);
    EQ(open_descriptors(), before);
}

/* ---- A page that does not start at the beginning ---- */

/* A file of three pages of memory with a page at the offset; a size of -1 is what is left of its page of memory. */
static int make_file_with_page_at(uint64_t offset, long size)
{
    const long whole = sysconf(_SC_PAGESIZE), left = whole - (long)(offset % (uint64_t)whole);
    uint8_t page[PAGE];
    const int fd = make_file("", 0);

    build_clock_page(page);
    put32(page, AT_SIZE, (uint32_t)(size < 0 ? left : size));
    EQ(pwrite(fd, page, 112, (off_t)offset), 112);
    EQ(ftruncate(fd, 3 * whole), 0);
    return fd;
}

static void device_is_mapped_at_an_offset_inside_a_page_of_memory(void)
{
    const uint64_t whole = (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t rows[] = {0, 8, 256, whole - 112, whole, whole + 8, 2 * whole - 112, 2 * whole};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const unsigned before = open_descriptors();
        int fd = make_file_with_page_at(rows[i], -1);
        const uint64_t left = whole - rows[i] % whole;
        struct vmclock_snapshot snapshot;
        struct vmclock_device device;
        struct vmclock_error err;

        EQ(open_pretended(&device, rows[i], &err), VMCLOCK_OK);
        EQ(device.offset, rows[i]);
        EQ(device.len, left);
        EQ((uintptr_t)device.page % whole, rows[i] % whole);
        EQ(vmclock_device_snapshot(&device, 0, &snapshot, &err), VMCLOCK_OK);
        EQ(snapshot.region, left);
        EQ(snapshot.seq_count, 0x00c0ffee);
        EQ(mappings_of(path), 1);
        vmclock_device_close(&device);
        EQ(mappings_of(path), 0);
        remove_file(fd);

        /* One byte more than the region has: what is mapped ends with its page of memory. */
        fd = make_file_with_page_at(rows[i], (long)left + 1);
        EQ(open_pretended(&device, rows[i], &err), VMCLOCK_OK);
        expect_failure(&err, vmclock_device_snapshot(&device, 0, &snapshot, &err), VMCLOCK_REASON_SIZE_EXCEEDS_REGION);
        EQ(err.expected, left);
        vmclock_device_close(&device);
        remove_file(fd);
        EQ(open_descriptors(), before);
    }
}

static void device_at_an_offset_that_is_not_aligned_is_told_by_the_snapshot(void)
{
    for (uint64_t offset = 1; offset < 8; offset++) {
        const int fd = make_file_with_page_at(offset, 32);
        struct vmclock_device device;
        struct vmclock_error err;

        EQ(open_pretended(&device, offset, &err), VMCLOCK_OK);
        expect_failure(&err, vmclock_device_snapshot(&device, FOREVER, NULL, &err), VMCLOCK_REASON_REGION_MISALIGNED);
        EQ(err.actual, offset);
        vmclock_device_close(&device);
        remove_file(fd);
    }
}

static void device_at_an_offset_beyond_its_end_is_refused(void)
{
    const uint64_t rows[] = {3 * (uint64_t)sysconf(_SC_PAGESIZE), INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
    const int fd = make_file_with_page_at(0, -1);
    struct vmclock_device device;
    struct vmclock_error err;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_failure(&err, open_pretended(&device, rows[i], &err), VMCLOCK_REASON_MAP_FAILED);
        EQ(err.sys_errno, ENODEV);
        EQ(mappings_made, 0);
    }
    remove_file(fd);
}

/* A stalled page beyond what an off_t can say cannot be mapped, and nothing is made of it. */
static void device_at_an_offset_that_no_mapping_can_have_is_refused(void)
{
    const int fd = make_page_file();
    struct vmclock_device device;
    struct vmclock_error err;

    pread_errno = ETIMEDOUT;
    pretend_devices();
    answers.pread = fail_pread;
    expect_failure(&err, vmclock_device_open(&device, path, INT64_MAX - 4000, &err), VMCLOCK_REASON_MAP_FAILED);
    reset_system();
    EQ(device.fd, -1);
    remove_file(fd);
}

static void file_is_read_at_an_offset_of_any_alignment(void)
{
    static const uint64_t rows[] = {0, 1, 7, 8, 100, 4095, 4096};
    struct vmclock_snapshot snapshot;
    struct vmclock_device device;
    struct vmclock_error err;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int fd = make_file_with_page_at(rows[i], 4096);

        EQ(ftruncate(fd, (off_t)(rows[i] + 4096)), 0);
        EQ(vmclock_device_open(&device, path, rows[i], &err), VMCLOCK_OK);
        EQ(vmclock_device_snapshot(&device, 0, &snapshot, &err), VMCLOCK_OK);
        EQ(snapshot.seq_count, 0x00c0ffee);
        EQ(snapshot.region, 4096);
        EQ(ftruncate(fd, (off_t)(rows[i] + 4095)), 0);
        expect_failure(&err, vmclock_device_snapshot(&device, 0, &snapshot, &err), VMCLOCK_REASON_SIZE_EXCEEDS_REGION);
        EQ(err.expected, 4095);
        EQ(ftruncate(fd, (off_t)rows[i]), 0);
        expect_failure(&err, vmclock_device_snapshot(&device, 0, &snapshot, &err), VMCLOCK_REASON_EMPTY);
        vmclock_device_close(&device);
        for (uint64_t far = INT64_MAX - 1; far < (uint64_t)INT64_MAX + 2; far++) {
            EQ(vmclock_device_open(&device, path, far, &err), VMCLOCK_OK);
            expect_failure(&err, vmclock_device_snapshot(&device, 0, &snapshot, &err), VMCLOCK_REASON_EMPTY);
            vmclock_device_close(&device);
        }
        remove_file(fd);
    }
}

static void closed_device_is_an_error_and_no_crash(void)
{
    const struct vmclock_device closed = {.fd = -1};
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;
    bool changed = true;

    memset(&snapshot, 0x5a, sizeof snapshot);
    expect_failure(&err, vmclock_device_snapshot(&closed, FOREVER, &snapshot, &err), VMCLOCK_REASON_READ_FAILED);
    EQ(err.sys_errno, EBADF);
    EQ(memcmp(&snapshot, &empty, sizeof snapshot), 0);
    expect_failure(&err, vmclock_device_snapshot(NULL, FOREVER, &snapshot, &err), VMCLOCK_REASON_READ_FAILED);
    EQ(err.sys_errno, EBADF);
    EQ(vmclock_device_snapshot(NULL, FOREVER, NULL, NULL), VMCLOCK_ERR_SYSCALL);
    expect_failure(&err, vmclock_device_wait(&closed, &snapshot, MS, FOREVER, &changed, &err),
                   VMCLOCK_REASON_WAIT_FAILED);
    EQ(err.sys_errno, EBADF);
    EQ(changed, false);
    expect_failure(&err, vmclock_device_wait(NULL, &snapshot, MS, FOREVER, NULL, &err), VMCLOCK_REASON_WAIT_FAILED);
}

/* ---- Snapshots of a regular file ---- */

static void file_is_read_as_it_is_at_the_moment(void)
{
    const int fd = make_page_file();
    struct vmclock_snapshot snapshot;
    struct vmclock_device device;
    struct vmclock_error err;
    uint8_t page[PAGE];

    build_clock_page(page);
    EQ(vmclock_device_open(&device, path, 0, NULL), VMCLOCK_OK);
    EQ(vmclock_device_snapshot(&device, 0, &snapshot, &err), VMCLOCK_OK);
    EQ(err.reason, VMCLOCK_REASON_NONE);
    EQ(snapshot.region, 4096);
    EQ(snapshot.len, 112);
    EQ(snapshot.seq_count, 0x00c0ffee);
    EQ(memcmp(snapshot.words, page, 112), 0);
    EQ(vmclock_device_snapshot(&device, 0, NULL, NULL), VMCLOCK_OK);

    write_seq(fd, 0xfffffffe);
    EQ(vmclock_device_snapshot(&device, 0, &snapshot, &err), VMCLOCK_OK);
    EQ(snapshot.seq_count, 0xfffffffe);

    /* Truncated while it is open: no mapping, no SIGBUS. */
    EQ(ftruncate(fd, 4095), 0);
    expect_failure(&err, vmclock_device_snapshot(&device, FOREVER, &snapshot, &err),
                   VMCLOCK_REASON_SIZE_EXCEEDS_REGION);
    EQ(err.expected, 4095);
    EQ(memcmp(&snapshot, &empty, sizeof snapshot), 0);
    EQ(ftruncate(fd, 31), 0);
    expect_failure(&err, vmclock_device_snapshot(&device, FOREVER, &snapshot, &err),
                   VMCLOCK_REASON_SIZE_EXCEEDS_REGION);
    EQ(ftruncate(fd, 15), 0);
    expect_failure(&err, vmclock_device_snapshot(&device, FOREVER, &snapshot, &err), VMCLOCK_REASON_TRUNCATED);
    EQ(err.actual, 15);
    EQ(ftruncate(fd, 0), 0);
    expect_failure(&err, vmclock_device_snapshot(&device, FOREVER, &snapshot, &err), VMCLOCK_REASON_EMPTY);

    EQ(pwrite(fd, page, PAGE, 0), PAGE);
    EQ(vmclock_device_snapshot(&device, 0, &snapshot, &err), VMCLOCK_OK);
    vmclock_device_close(&device);
    remove_file(fd);
}

static void file_that_was_replaced_is_read_as_it_was_opened(void)
{
    const int fd = make_page_file();
    struct vmclock_snapshot snapshot;
    struct vmclock_device device;
    uint8_t page[PAGE];
    char old[sizeof path];
    int other;

    EQ(vmclock_device_open(&device, path, 0, NULL), VMCLOCK_OK);
    memcpy(old, path, sizeof path);
    build_signal_page(page, PAGE, PAGE);
    other = make_file(page, PAGE);
    EQ(rename(path, old), 0);
    memcpy(path, old, sizeof path);
    EQ(vmclock_device_snapshot(&device, 0, &snapshot, NULL), VMCLOCK_OK);
    EQ(snapshot.seq_count, 0x00c0ffee);
    vmclock_device_close(&device);
    EQ(vmclock_device_open(&device, path, 0, NULL), VMCLOCK_OK);
    EQ(vmclock_device_snapshot(&device, 0, &snapshot, NULL), VMCLOCK_OK);
    EQ(snapshot.seq_count, 2);
    vmclock_device_close(&device);
    remove_file(other);
    EQ(close(fd), 0);
}

static void file_that_cannot_be_read_says_why(void)
{
    struct vmclock_device device = {.fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    struct vmclock_error err;

    HOLDS(device.fd >= 0);
    expect_failure(&err, vmclock_device_snapshot(&device, FOREVER, NULL, &err), VMCLOCK_REASON_READ_FAILED);
    EQ(err.sys_errno, EISDIR);
    TEXT(err.origin, "pread");
    vmclock_device_close(&device);
    EQ(device.fd, -1);
}

/* ---- Deadlines ---- */

/* A loaded machine may stop a test for a while; what must not be waited for would take longer than this. */
enum { LONG_MS = 5000 };

/* Takes a snapshot of a busy page: not before the timeout, and not long after it, mostly asleep. */
static void expect_deadline(const struct vmclock_device *device, uint64_t timeout_ms, enum vmclock_reason reason)
{
    const uint64_t began = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;
    const enum vmclock_err kind = vmclock_device_snapshot(device, timeout_ms * MS, &snapshot, &err);
    const uint64_t took = now(CLOCK_MONOTONIC) - began;

    expect_failure(&err, kind, reason);
    EQ(memcmp(&snapshot, &empty, sizeof snapshot), 0);
    HOLDS(took >= timeout_ms * MS);
    HOLDS(took < (timeout_ms + LONG_MS) * MS);
    HOLDS(now(CLOCK_PROCESS_CPUTIME_ID) - cpu < timeout_ms * MS / 10 + 60 * MS);
}

static void odd_seq_count_is_stalled_at_the_deadline_and_not_before(void)
{
    const int fd = make_page_file();
    uint64_t words[PAGE / 8];
    const struct vmclock_device mapped = {.fd = fd, .len = PAGE, .page = words};
    struct vmclock_device file;
    struct vmclock_error err;

    build_clock_page((uint8_t *)words);
    put32((uint8_t *)words, AT_SEQ_COUNT, 7);
    write_seq(fd, 7);
    EQ(vmclock_device_open(&file, path, 0, NULL), VMCLOCK_OK);
    expect_deadline(&mapped, VMCLOCK_TIMEOUT_NS / MS, VMCLOCK_REASON_UPDATE_STALLED);
    expect_deadline(&mapped, 200, VMCLOCK_REASON_UPDATE_STALLED);
    expect_deadline(&mapped, 0, VMCLOCK_REASON_UPDATE_STALLED);
    expect_deadline(&file, VMCLOCK_TIMEOUT_NS / MS, VMCLOCK_REASON_UPDATE_STALLED);
    expect_deadline(&file, 0, VMCLOCK_REASON_UPDATE_STALLED);
    expect_failure(&err, vmclock_device_snapshot(&mapped, 0, NULL, &err), VMCLOCK_REASON_UPDATE_STALLED);
    EQ(err.actual, 7);
    vmclock_device_close(&file);
    remove_file(fd);
}

static void invalid_page_is_told_at_once(void)
{
    uint64_t words[PAGE / 8], began;
    const struct vmclock_device mapped = {.fd = -1, .len = PAGE, .page = words};
    struct vmclock_error err;

    build_clock_page((uint8_t *)words);
    put32((uint8_t *)words, AT_SEQ_COUNT, 7);
    put32((uint8_t *)words, AT_MAGIC, 7);
    began = now(CLOCK_MONOTONIC);
    expect_failure(&err, vmclock_device_snapshot(&mapped, FOREVER, NULL, &err), VMCLOCK_REASON_BAD_MAGIC);
    HOLDS(now(CLOCK_MONOTONIC) - began < 1000 * MS);
}

/* ---- Somebody else who writes ---- */

struct other {
    pthread_t thread;
    volatile void *page; /* of a mapping, or NULL for the file */
    int fd;
    int notify;          /* eventfd, or -1 */
    unsigned delay_ms;
    uint32_t seq;        /* for the file */
};

static void *act_later(void *argument)
{
    const struct other *other = argument;
    const uint64_t one = 1;

    sleep_ms(other->delay_ms);
    if (other->page != NULL) {
        /* An update that a dead writer left is repaired by this one. */
        if (vmclock_publish_disrupted(other->page, PAGE, NULL) != VMCLOCK_OK)
            abort();
    } else {
        uint8_t bytes[4];

        put_le(bytes, 4, other->seq);
        if (pwrite(other->fd, bytes, 4, AT_SEQ_COUNT) != 4)
            abort();
    }
    if (other->notify >= 0 && write(other->notify, &one, sizeof one) != sizeof one)
        abort();
    return NULL;
}

static void start(struct other *other)
{
    EQ(pthread_create(&other->thread, NULL, act_later, other), 0);
}

static void finish(struct other *other)
{
    EQ(pthread_join(other->thread, NULL), 0);
}

static void busy_page_is_read_as_soon_as_the_update_ends(void)
{
    const int fd = make_page_file();
    uint64_t words[PAGE / 8], began;
    const struct vmclock_device mapped = {.fd = -1, .len = PAGE, .page = words};
    struct other mapping_writer = {.page = words, .notify = -1, .delay_ms = 50};
    struct other file_writer = {.fd = fd, .notify = -1, .delay_ms = 50, .seq = 8};
    struct vmclock_snapshot snapshot;
    struct vmclock_device file;

    build_clock_page((uint8_t *)words);
    put32((uint8_t *)words, AT_SEQ_COUNT, 7);
    began = now(CLOCK_MONOTONIC);
    start(&mapping_writer);
    EQ(vmclock_device_snapshot(&mapped, FOREVER, &snapshot, NULL), VMCLOCK_OK);
    EQ(snapshot.seq_count, 8);
    finish(&mapping_writer);

    write_seq(fd, 7);
    EQ(vmclock_device_open(&file, path, 0, NULL), VMCLOCK_OK);
    start(&file_writer);
    EQ(vmclock_device_snapshot(&file, FOREVER, &snapshot, NULL), VMCLOCK_OK);
    EQ(snapshot.seq_count, 8);
    finish(&file_writer);
    HOLDS(now(CLOCK_MONOTONIC) - began < 5000 * MS);
    vmclock_device_close(&file);
    remove_file(fd);
}

/* ---- Waiting ---- */

enum { READY_NEVER, READY_ALWAYS, READY_HUNG_UP };

/* A page of memory with a descriptor whose poll behaves like one of the kernels'. */
struct bench {
    uint64_t words[PAGE / 8];
    struct vmclock_device device;
    struct vmclock_snapshot snapshot;
};

static void build(struct bench *bench, int ready, uint64_t flags)
{
    uint8_t *page = (uint8_t *)bench->words;
    int ends[2];

    build_signal_page(page, PAGE, PAGE);
    put64(page, AT_FLAGS, flags);
    bench->device = (struct vmclock_device){.fd = -1, .len = PAGE, .page = bench->words};
    if (ready == READY_HUNG_UP) {
        EQ(pipe2(ends, O_CLOEXEC), 0);
        EQ(close(ends[1]), 0);
        bench->device.fd = ends[0];
    } else {
        bench->device.fd = eventfd(ready == READY_ALWAYS ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    HOLDS(bench->device.fd >= 0);
    EQ(vmclock_device_snapshot(&bench->device, 0, &bench->snapshot, NULL), VMCLOCK_OK);
}

#define NOTIFICATION UINT64_C(0x200)

/* Waits; *took is in milliseconds since `began`. Whatever poll does, the CPU is idle. */
static bool wait_idly_since(uint64_t began, const struct vmclock_device *device, const struct vmclock_snapshot *since,
                            uint64_t interval_ms, uint64_t timeout_ms, uint64_t *took)
{
    const uint64_t cpu = now(CLOCK_THREAD_CPUTIME_ID);
    struct vmclock_error err;
    bool changed = false;

    EQ(vmclock_device_wait(device, since, interval_ms * MS, timeout_ms == FOREVER ? FOREVER : timeout_ms * MS, &changed,
                           &err),
       VMCLOCK_OK);
    EQ(err.reason, VMCLOCK_REASON_NONE);
    *took = (now(CLOCK_MONOTONIC) - began) / MS;
    HOLDS(now(CLOCK_THREAD_CPUTIME_ID) - cpu < 60 * MS);
    return changed;
}

static bool wait_idly(const struct vmclock_device *device, const struct vmclock_snapshot *since, uint64_t interval_ms,
                      uint64_t timeout_ms, uint64_t *took)
{
    return wait_idly_since(now(CLOCK_MONOTONIC), device, since, interval_ms, timeout_ms, took);
}

static void quiet_page_is_waited_for_until_the_timeout_whatever_poll_says(void)
{
    for (int ready = READY_NEVER; ready <= READY_HUNG_UP; ready++) {
        for (unsigned notifies = 0; notifies < 2; notifies++) {
            struct bench bench;
            uint64_t took;

            build(&bench, ready, notifies ? NOTIFICATION : 0);
            EQ(wait_idly(&bench.device, &bench.snapshot, 5, 200, &took), false);
            HOLDS(took >= 200 && took < LONG_MS);
            EQ(wait_idly(&bench.device, &bench.snapshot, 100000, 100, &took), false);
            HOLDS(took >= 100 && took < LONG_MS);
            EQ(wait_idly(&bench.device, &bench.snapshot, 100000, 0, &took), false);
            HOLDS(took < LONG_MS);
            vmclock_device_close(&(struct vmclock_device){.fd = bench.device.fd});
        }
    }
}

static void change_by_another_thread_ends_the_wait(void)
{
    for (int ready = READY_NEVER; ready <= READY_HUNG_UP; ready++) {
        for (unsigned notifies = 0; notifies < 2; notifies++) {
            struct bench bench;
            struct other other = {.notify = -1, .delay_ms = 60};
            uint64_t began, took;

            build(&bench, ready, notifies ? NOTIFICATION : 0);
            other.page = bench.words;
            began = now(CLOCK_MONOTONIC);
            start(&other);
            EQ(wait_idly_since(began, &bench.device, &bench.snapshot, 20, FOREVER, &took), true);
            HOLDS(took >= 59 && took < LONG_MS);
            finish(&other);
            /* It has changed already: no time passes at all. */
            EQ(wait_idly(&bench.device, &bench.snapshot, 100000, FOREVER, &took), true);
            HOLDS(took < LONG_MS);
            vmclock_device_close(&(struct vmclock_device){.fd = bench.device.fd});
        }
    }
}

static void notification_ends_the_wait_before_the_interval(void)
{
    struct bench bench;
    struct other other = {.delay_ms = 60};
    uint64_t began, took;

    build(&bench, READY_NEVER, NOTIFICATION);
    other.page = bench.words;
    other.notify = bench.device.fd;
    began = now(CLOCK_MONOTONIC);
    start(&other);
    EQ(wait_idly_since(began, &bench.device, &bench.snapshot, 100000, FOREVER, &took), true);
    HOLDS(took >= 59 && took < LONG_MS);
    finish(&other);
    vmclock_device_close(&(struct vmclock_device){.fd = bench.device.fd});
}

static void change_of_a_file_ends_the_wait_and_so_does_its_end(void)
{
    const int fd = make_page_file();
    struct other other = {.fd = fd, .notify = -1, .delay_ms = 60, .seq = 0x00c0fff0};
    struct vmclock_snapshot snapshot;
    struct vmclock_device device;
    uint64_t began, took;

    EQ(vmclock_device_open(&device, path, 0, NULL), VMCLOCK_OK);
    EQ(vmclock_device_snapshot(&device, 0, &snapshot, NULL), VMCLOCK_OK);
    EQ(wait_idly(&device, &snapshot, 5, 100, &took), false);
    HOLDS(took >= 100 && took < LONG_MS);
    began = now(CLOCK_MONOTONIC);
    start(&other);
    EQ(wait_idly_since(began, &device, &snapshot, 20, FOREVER, &took), true);
    HOLDS(took >= 59 && took < LONG_MS);
    finish(&other);
    EQ(vmclock_device_snapshot(&device, 0, &snapshot, NULL), VMCLOCK_OK);
    EQ(ftruncate(fd, 0), 0);
    EQ(wait_idly(&device, &snapshot, 20, FOREVER, &took), true);
    vmclock_device_close(&device);
    remove_file(fd);
}

static void ignore_signal(int signal)
{
    (void)signal;
}

static void signal_ends_the_wait_and_nothing_has_changed(void)
{
    const struct sigaction action = {.sa_handler = ignore_signal};
    struct sigaction before;

    EQ(sigaction(SIGALRM, &action, &before), 0);
    for (unsigned notifies = 0; notifies < 2; notifies++) {
        /* Again and again, since the first may come before the wait begins. */
        const struct itimerval soon = {.it_value.tv_usec = 60000, .it_interval.tv_usec = 60000}, never = {0};
        struct bench bench;
        uint64_t began, took;

        build(&bench, READY_NEVER, notifies ? NOTIFICATION : 0);
        began = now(CLOCK_MONOTONIC);
        EQ(setitimer(ITIMER_REAL, &soon, NULL), 0);
        /* In intervals of more seconds than 31 bits hold. */
        EQ(wait_idly_since(began, &bench.device, &bench.snapshot, UINT64_C(3000000000000), FOREVER, &took), false);
        EQ(setitimer(ITIMER_REAL, &never, NULL), 0);
        HOLDS(took >= 59 && took < LONG_MS);
        vmclock_device_close(&(struct vmclock_device){.fd = bench.device.fd});
    }
    EQ(sigaction(SIGALRM, &before, NULL), 0);
}

static void empty_snapshot_waits_one_interval_and_counts_as_changed(void)
{
    struct bench bench;
    uint64_t took;

    build(&bench, READY_NEVER, NOTIFICATION);
    EQ(wait_idly(&bench.device, &empty, 50, FOREVER, &took), true);
    HOLDS(took >= 50 && took < LONG_MS);
    EQ(wait_idly(&bench.device, NULL, 50, FOREVER, &took), true);
    HOLDS(took >= 50 && took < LONG_MS);
    EQ(wait_idly(&bench.device, NULL, 100000, 50, &took), true);
    HOLDS(took >= 50 && took < LONG_MS);
    EQ(vmclock_device_wait(&bench.device, NULL, UINT64_MAX, 0, NULL, NULL), VMCLOCK_OK);
    vmclock_device_close(&(struct vmclock_device){.fd = bench.device.fd});
}

/* ---- A driver that notifies only who has read: made of a page in memory and answers to pread() and poll() ---- */

static struct bench *driver;
static bool is_armed;         /* what was read last is what the page holds */
static unsigned updates_left; /* updates that come right before the next pread()s */
static unsigned polls;

static void update_page(void)
{
    EQ(vmclock_publish_disrupted(driver->words, PAGE, NULL), VMCLOCK_OK);
    is_armed = false;
}

static ssize_t arm_by_pread(int fd, void *buf, size_t len, off_t offset)
{
    (void)fd;
    if (updates_left > 0) {
        updates_left--;
        update_page();
    }
    memcpy(buf, (const uint8_t *)driver->words + offset, len);
    is_armed = true;
    return (ssize_t)len;
}

/* An update comes while it waits: it is told to who has read before, all others wait for the whole of their time. */
static int notify_by_poll(struct pollfd *fds, int timeout_ms)
{
    polls++;
    if (is_armed) {
        update_page();
        fds->revents = POLLIN;
        return 1;
    }
    fds->revents = 0;
    move_clock(timeout_ms * (int64_t)MS);
    return 0;
}

static void wait_on_driver(unsigned updates_before_pread, unsigned polls_wanted)
{
    struct bench bench;
    bool changed = false;
    int64_t began;

    build(&bench, READY_NEVER, NOTIFICATION);
    driver = &bench;
    is_armed = false;
    updates_left = updates_before_pread;
    polls = 0;
    stop_clock();
    answers.pread = arm_by_pread;
    answers.poll = notify_by_poll;
    began = stopped_clock();
    EQ(vmclock_device_wait(&bench.device, &bench.snapshot, 1000 * MS, 10000 * MS, &changed, NULL), VMCLOCK_OK);
    EQ(changed, true);
    EQ(stopped_clock() - began, 0);
    EQ(polls, polls_wanted);
    reset_system();
    vmclock_device_close(&(struct vmclock_device){.fd = bench.device.fd});
}

static void wait_reads_before_it_polls_and_so_is_notified(void)
{
    wait_on_driver(0, 1);
}

/* The driver takes the update for one that was seen: only a look at the page tells. */
static void wait_looks_after_it_has_read(void)
{
    wait_on_driver(1, 0);
}

static unsigned looks;
static enum vmclock_change every_other_look(const struct vmclock_snapshot *snapshot)
{
    (void)snapshot;
    if (++looks > 1000) {
        move_clock(60000 * (int64_t)MS); /* it spins: the time is over */
        return VMCLOCK_UNCHANGED;
    }
    return looks % 2 == 0 ? VMCLOCK_UPDATED : VMCLOCK_UNCHANGED;
}

static void change_that_one_look_sees_is_told_even_if_the_next_would_not(void)
{
    for (unsigned notifies = 0; notifies < 2; notifies++) {
        struct bench bench;
        bool changed = false;

        build(&bench, READY_ALWAYS, notifies ? NOTIFICATION : 0);
        looks = 0;
        stop_clock();
        answers.compare = every_other_look;
        EQ(vmclock_device_wait(&bench.device, &bench.snapshot, 1000 * MS, 50000 * MS, &changed, NULL), VMCLOCK_OK);
        EQ(changed, true);
        EQ(looks, 2);
        reset_system();
        vmclock_device_close(&(struct vmclock_device){.fd = bench.device.fd});
    }
}

/* ---- To the nanosecond, by a clock that moves only while somebody waits ---- */

enum { NAPS = 128 };
static int64_t naps[NAPS];
static unsigned nap_count, yields, rounds;
static bool is_interrupted;
static int note_nap(const struct timespec *time)
{
    const int64_t ns = time->tv_sec * INT64_C(1000000000) + time->tv_nsec;

    if (nap_count < NAPS)
        naps[nap_count] = ns;
    nap_count++;
    move_clock(ns);
    errno = EINTR;
    return is_interrupted ? -1 : 0;
}
static int note_yield(void)
{
    yields++;
    return 0;
}
static void count_round(const volatile void *page, enum vmclock_err kind)
{
    (void)page, (void)kind;
    rounds++;
}
static void watch_waits(void)
{
    reset_system();
    stop_clock();
    nap_count = yields = rounds = 0;
    is_interrupted = false;
    answers.nanosleep = note_nap;
    answers.sched_yield = note_yield;
    answers.after_snapshot = count_round;
}

static void busy_page_is_tried_at_once_then_yielding_then_asleep(void)
{
    static const struct {
        uint64_t timeout_ns;
        unsigned rounds, yields, short_naps, long_naps;
        int64_t last_nap; /* 0: as the others */
    } rows[] = {
        {0, 1, 0, 0, 0, 0},
        {1, 1 + 17 + 1, 8, 1, 0, 1},
        {50000, 1 + 17 + 1, 8, 1, 0, 0},
        {50001, 1 + 18 + 1, 8, 2, 0, 1},
        {800000, 1 + 32 + 1, 8, 16, 0, 0},
        {800001, 1 + 33 + 1, 8, 16, 1, 1},
        {10000000, 1 + 42 + 1, 8, 16, 10, 200000},
    };
    uint64_t words[PAGE / 8];
    const struct vmclock_device mapped = {.fd = -1, .len = PAGE, .page = words};

    build_clock_page((uint8_t *)words);
    put32((uint8_t *)words, AT_SEQ_COUNT, 7);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint64_t all = rows[i].short_naps + rows[i].long_naps;
        struct vmclock_error err;
        char row[32];
        int64_t began;

        (void)snprintf(row, sizeof row, "%llu ns", (unsigned long long)rows[i].timeout_ns);
        watch_waits();
        began = stopped_clock();
        expect_failure(&err, vmclock_device_snapshot(&mapped, rows[i].timeout_ns, NULL, &err),
                       VMCLOCK_REASON_UPDATE_STALLED);
        EQ_IN(row, stopped_clock() - began, rows[i].timeout_ns);
        EQ_IN(row, rounds, rows[i].rounds);
        EQ_IN(row, yields, rows[i].yields);
        EQ_IN(row, nap_count, all);
        for (unsigned nap = 0; nap < nap_count && nap < NAPS; nap++)
            EQ_IN(row, naps[nap],
                  nap + 1 == all && rows[i].last_nap != 0 ? rows[i].last_nap
                  : nap < rows[i].short_naps              ? 50000
                                                          : 1000000);
    }
    reset_system();
}

/* ---- A file whose rounds are told in advance: three reads each, seq_count, the page, seq_count ---- */

static const char *script; /* o: odd, f: it changes within, b: no page, g: a quiet page, e: it cannot be read */
static unsigned reads;
static int64_t read_takes; /* the machine is suspended in the read of that number */
static unsigned suspended_at;
static uint8_t scripted[PAGE];
static ssize_t read_script(int fd, void *buf, size_t len, off_t offset)
{
    const size_t round = reads / 3, last = strlen(script) - 1;
    const char what = script[round < last ? round : last];

    (void)fd;
    reads++;
    move_clock(reads == suspended_at ? read_takes : 0);
    if (what == 'e') {
        errno = EIO;
        return -1;
    }
    put32(scripted, AT_MAGIC, what == 'b' ? 7 : 0x4b4c4356);
    put32(scripted, AT_SEQ_COUNT, what == 'o' ? 7 : what == 'f' ? 8 + 2 * reads : 6);
    memcpy(buf, scripted + offset, len);
    return (ssize_t)len;
}

static void start_script(const char *rounds_to_come)
{
    watch_waits();
    build_clock_page(scripted);
    put32(scripted, AT_SIZE, 112);
    script = rounds_to_come;
    reads = suspended_at = 0;
    answers.pread = read_script;
}

static void how_a_file_ends_is_told_and_what_came_before(void)
{
    static const struct {
        const char *script;
        enum vmclock_reason patient, at_once;
        unsigned reads; /* of the patient one; 0: until its time is over */
        uint32_t actual;
    } rows[] = {
        {"g", VMCLOCK_REASON_NONE, VMCLOCK_REASON_NONE, 3, 0},
        {"o", VMCLOCK_REASON_UPDATE_STALLED, VMCLOCK_REASON_UPDATE_STALLED, 0, 7},
        {"f", VMCLOCK_REASON_UPDATE_TOO_FAST, VMCLOCK_REASON_UPDATE_TOO_FAST, 0, 0},
        {"og", VMCLOCK_REASON_NONE, VMCLOCK_REASON_UPDATE_STALLED, 6, 0},
        {"ooog", VMCLOCK_REASON_NONE, VMCLOCK_REASON_UPDATE_STALLED, 12, 0},
        {"fog", VMCLOCK_REASON_NONE, VMCLOCK_REASON_UPDATE_TOO_FAST, 9, 0},
        {"fo", VMCLOCK_REASON_UPDATE_TOO_FAST, VMCLOCK_REASON_UPDATE_TOO_FAST, 0, 7},
        {"ofo", VMCLOCK_REASON_UPDATE_TOO_FAST, VMCLOCK_REASON_UPDATE_STALLED, 0, 7},
        {"ooooooooooooooooooooof", VMCLOCK_REASON_UPDATE_TOO_FAST, VMCLOCK_REASON_UPDATE_STALLED, 0, 0},
        {"b", VMCLOCK_REASON_BAD_MAGIC, VMCLOCK_REASON_BAD_MAGIC, 3, 7},
        {"ob", VMCLOCK_REASON_BAD_MAGIC, VMCLOCK_REASON_UPDATE_STALLED, 6, 7},
        {"e", VMCLOCK_REASON_READ_FAILED, VMCLOCK_REASON_READ_FAILED, 1, 0},
        {"oe", VMCLOCK_REASON_READ_FAILED, VMCLOCK_REASON_UPDATE_STALLED, 4, 0},
    };
    const struct vmclock_device file = {.fd = 42};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned patient = 0; patient < 2; patient++) {
            const enum vmclock_reason reason = patient ? rows[i].patient : rows[i].at_once;
            const char *const row = rows[i].script;
            struct vmclock_snapshot snapshot;
            struct vmclock_error err;
            int64_t began;

            start_script(row);
            began = stopped_clock();
            memset(&snapshot, 0x5a, sizeof snapshot);
            memset(&err, 0x5a, sizeof err);
            EQ_IN(row, vmclock_device_snapshot(&file, patient * 20 * MS, &snapshot, &err), vmclock_reason_kind(reason));
            EQ_IN(row, err.reason, reason);
            EQ_IN(row, err.kind, vmclock_reason_kind(reason));
            EQ_IN(row, snapshot.seq_count, reason == VMCLOCK_REASON_NONE ? 6 : 0);
            EQ_IN(row, memcmp(&snapshot, &empty, sizeof snapshot) == 0, reason != VMCLOCK_REASON_NONE);
            if (rows[i].actual != 0 && patient)
                EQ_IN(row, err.actual, rows[i].actual);
            if (reason == VMCLOCK_REASON_UPDATE_TOO_FAST && script[strlen(script) - 1] == 'f')
                EQ_IN(row, err.actual, 8 + 2 * reads);
            if (!patient)
                EQ_IN(row, reads, rows[i].script[0] == 'e' ? 1 : 3);
            else if (rows[i].reads != 0)
                EQ_IN(row, reads, rows[i].reads);
            else
                EQ_IN(row, stopped_clock() - began, 20 * MS);
        }
    reset_system();
}

/* So many bytes are there at the first look at seq_count, when the page is read, and at the last look. */
static size_t there[3];
static bool seq_changes;
static ssize_t read_shrinking(int fd, void *buf, size_t len, off_t offset)
{
    const size_t at = (size_t)offset;
    size_t end;

    (void)fd;
    /* Each look begins anew; what comes short is asked for the rest. */
    reads += (at == AT_SEQ_COUNT && len == 4) || at == 0;
    end = there[reads - 1];
    put32(scripted, AT_SEQ_COUNT, 0x00010006 + (seq_changes && reads > 1 ? 2 : 0));
    len = at >= end ? 0 : end - at < len ? end - at : len;
    memcpy(buf, scripted + at, len);
    return (ssize_t)len;
}

/* What is too short for a seq_count has none that could have changed. */
static void short_file_is_judged_and_one_that_shrinks_is_busy(void)
{
    static const struct {
        size_t there[3];
        bool changes;
        enum vmclock_reason reason;
        uint64_t actual;
    } rows[] = {
        {{112, 112, 112}, false, VMCLOCK_REASON_NONE, 0},
        {{112, 112, 112}, true, VMCLOCK_REASON_UPDATE_TOO_FAST, 0x00010008},
        {{0, 0, 0}, true, VMCLOCK_REASON_EMPTY, 0},
        {{15, 15, 15}, true, VMCLOCK_REASON_TRUNCATED, 15},
        {{16, 16, 16}, true, VMCLOCK_REASON_UPDATE_TOO_FAST, 0x00010008},
        {{16, 16, 16}, false, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, 112},
        {{112, 112, 15}, false, VMCLOCK_REASON_UPDATE_TOO_FAST, 0x00010006 & 0xffffff},
        {{112, 112, 14}, false, VMCLOCK_REASON_UPDATE_TOO_FAST, 0x0006},
        {{112, 112, 12}, false, VMCLOCK_REASON_UPDATE_TOO_FAST, 0},
        {{12, 112, 112}, false, VMCLOCK_REASON_UPDATE_TOO_FAST, 0x00010006},
        {{112, 15, 15}, false, VMCLOCK_REASON_TRUNCATED, 15},
    };
    const struct vmclock_device file = {.fd = 42};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vmclock_error err;
        char row[32];

        (void)snprintf(row, sizeof row, "%zu, %zu, %zu", rows[i].there[0], rows[i].there[1], rows[i].there[2]);
        start_script("g");
        answers.pread = read_shrinking;
        memcpy(there, rows[i].there, sizeof there);
        seq_changes = rows[i].changes;
        EQ_IN(row, vmclock_device_snapshot(&file, 0, NULL, &err), vmclock_reason_kind(rows[i].reason));
        EQ_IN(row, err.reason, rows[i].reason);
        EQ_IN(row, err.actual, rows[i].actual);
    }
    reset_system();
}

static ssize_t fail_one_pread(int fd, void *buf, size_t len, off_t offset)
{
    if (reads + 1 == suspended_at) {
        reads++;
        errno = EDOM;
        return -1;
    }
    return read_script(fd, buf, len, offset);
}

static void each_read_of_a_file_that_fails_is_told(void)
{
    const struct vmclock_device file = {.fd = 42};

    for (unsigned failing = 1; failing <= 4; failing++) {
        struct vmclock_snapshot snapshot;
        struct vmclock_error err;

        start_script("g");
        answers.pread = fail_one_pread;
        suspended_at = failing;
        memset(&snapshot, 0x5a, sizeof snapshot);
        EQ(vmclock_device_snapshot(&file, 20 * MS, &snapshot, &err), failing <= 3 ? VMCLOCK_ERR_SYSCALL : VMCLOCK_OK);
        EQ(err.reason, failing <= 3 ? VMCLOCK_REASON_READ_FAILED : VMCLOCK_REASON_NONE);
        EQ(err.sys_errno, failing <= 3 ? EDOM : 0);
        EQ(memcmp(&snapshot, &empty, sizeof snapshot) == 0, failing <= 3);
    }
    reset_system();
}

/* A machine that is suspended between any two reads, for a day, has a quiet page when it goes on. */
static void page_that_is_busy_before_the_machine_is_suspended_is_read_after(void)
{
    const struct vmclock_device file = {.fd = 42};

    for (unsigned at = 1; at <= 6; at++)
        for (unsigned what = 0; what < 2; what++) {
            struct vmclock_snapshot snapshot;

            start_script(what ? "fg" : "og");
            suspended_at = at;
            read_takes = INT64_C(86400000000000);
            EQ(vmclock_device_snapshot(&file, MS, &snapshot, NULL), VMCLOCK_OK);
            EQ(snapshot.seq_count, 6);
            EQ(reads, 6);
        }
    reset_system();
}

static void file_is_asked_for_the_clock_only_when_there_is_a_time(void)
{
    const struct vmclock_device file = {.fd = 42};
    struct vmclock_snapshot snapshot;

    start_script("g");
    EQ(vmclock_device_snapshot(&file, 0, &snapshot, NULL), VMCLOCK_OK);
    EQ(system_calls(), 3);
    start_script("g");
    EQ(vmclock_device_snapshot(&file, MS, &snapshot, NULL), VMCLOCK_OK);
    EQ(system_calls(), 4);
    start_script("g");
    EQ(vmclock_device_compare(&file, &snapshot, 0), VMCLOCK_UNCHANGED);
    EQ(system_calls(), 1);
    start_script("o");
    EQ(vmclock_device_compare(&file, &snapshot, 0), VMCLOCK_UNSURE);
    EQ(reads, 4);
    start_script("o");
    EQ(vmclock_device_compare(&file, &snapshot, 20 * MS), VMCLOCK_UNSURE);
    HOLDS(reads > 10);
    start_script("e");
    EQ(vmclock_device_compare(&file, &snapshot, 20 * MS), VMCLOCK_UNSURE);
    EQ(reads, 2);
    reset_system();
}

/* ---- Waiting, look by look ---- */

static unsigned looks_made, change_at; /* a change is seen from that look on; 0: never */
static enum vmclock_change look(const struct vmclock_snapshot *snapshot)
{
    (void)snapshot;
    looks_made++;
    return change_at != 0 && looks_made >= change_at ? VMCLOCK_UPDATED : VMCLOCK_UNCHANGED;
}

static unsigned polls_made, armings;
static int poll_result, poll_why;
static int64_t poll_ms[NAPS];
static int note_poll(struct pollfd *fds, int timeout_ms)
{
    (void)fds;
    EQ(armings, polls_made + 1); /* it was read before */
    if (polls_made < NAPS)
        poll_ms[polls_made] = timeout_ms;
    polls_made++;
    move_clock(poll_result == 0 ? timeout_ms * (int64_t)MS : 0);
    errno = poll_why;
    return poll_result;
}
static ssize_t note_arming(int fd, void *buf, size_t len, off_t offset)
{
    (void)fd;
    armings++;
    EQ(len, 1);
    EQ(offset, 0);
    *(uint8_t *)buf = 'V';
    return 1;
}

static struct bench waiting;
static void start_wait(uint64_t flags)
{
    uint8_t *page = (uint8_t *)waiting.words;

    build_signal_page(page, PAGE, PAGE);
    put64(page, AT_FLAGS, flags);
    waiting.device = (struct vmclock_device){.fd = 42, .len = PAGE, .page = waiting.words};
    EQ(vmclock_device_snapshot(&waiting.device, 0, &waiting.snapshot, NULL), VMCLOCK_OK);
    watch_waits();
    looks_made = change_at = polls_made = armings = 0;
    poll_result = poll_why = 0;
    answers.compare = look;
    answers.poll = note_poll;
    answers.pread = note_arming;
}

static enum vmclock_err wait_for(uint64_t interval_ms, uint64_t timeout_ms, bool *changed, struct vmclock_error *err)
{
    *changed = true;
    memset(err, 0x5a, sizeof *err);
    return vmclock_device_wait(&waiting.device, &waiting.snapshot, interval_ms * MS, timeout_ms * MS, changed, err);
}

static void wait_looks_every_interval_and_at_its_end(void)
{
    struct vmclock_error err;
    bool changed;

    start_wait(0);
    EQ(wait_for(10, 35, &changed, &err), VMCLOCK_OK);
    EQ(err.reason, VMCLOCK_REASON_NONE);
    HOLDS(!changed);
    EQ(nap_count, 4);
    EQ(naps[0], 10 * MS);
    EQ(naps[2], 10 * MS);
    EQ(naps[3], 5 * MS);
    EQ(looks_made, 5);
    EQ(polls_made + armings, 0);
    for (unsigned at = 1; at <= 5; at++) {
        start_wait(0);
        change_at = at;
        EQ(wait_for(10, 35, &changed, &err), VMCLOCK_OK);
        HOLDS(changed);
        EQ(looks_made, at);
        EQ(nap_count, at - 1);
    }
    /* A machine that is suspended for longer than the wait sees what came meanwhile. */
    start_wait(0);
    change_at = 2;
    EQ(wait_for(86400000, 1, &changed, &err), VMCLOCK_OK);
    HOLDS(changed);
    start_wait(0);
    is_interrupted = true;
    EQ(wait_for(10, 35, &changed, &err), VMCLOCK_OK);
    HOLDS(!changed);
    EQ(nap_count, 1);
    EQ(looks_made, 1);
    reset_system();
}

static void wait_by_poll_reads_looks_and_polls_by_turns(void)
{
    struct vmclock_error err;
    bool changed;

    start_wait(NOTIFICATION);
    EQ(wait_for(10, 35, &changed, &err), VMCLOCK_OK);
    HOLDS(!changed);
    EQ(polls_made, 4);
    EQ(poll_ms[0], 10);
    EQ(poll_ms[3], 5);
    EQ(armings, 4);
    EQ(looks_made, 9);
    EQ(nap_count, 0);
    for (unsigned at = 1; at <= 9; at++) {
        start_wait(NOTIFICATION);
        change_at = at;
        EQ(wait_for(10, 35, &changed, &err), VMCLOCK_OK);
        HOLDS(changed);
        EQ(looks_made, at);
        EQ(armings, at / 2);
        EQ(polls_made, (at - 1) / 2);
    }
    /* Ready without a change: it is asked no more. */
    start_wait(NOTIFICATION);
    poll_result = 1;
    EQ(wait_for(10, 35, &changed, &err), VMCLOCK_OK);
    HOLDS(!changed);
    EQ(polls_made, 1);
    EQ(armings, 1);
    EQ(nap_count, 4);
    EQ(looks_made, 7);
    reset_system();
}

static void poll_that_fails_ends_the_wait_and_a_signal_does_too(void)
{
    struct vmclock_error err;
    bool changed;

    start_wait(NOTIFICATION);
    poll_result = -1;
    poll_why = ENOMEM;
    EQ(wait_for(10, 35, &changed, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.reason, VMCLOCK_REASON_WAIT_FAILED);
    EQ(err.sys_errno, ENOMEM);
    TEXT(err.origin, "poll");
    HOLDS(!changed);
    start_wait(NOTIFICATION);
    poll_result = -1;
    poll_why = EINTR;
    EQ(wait_for(10, 35, &changed, &err), VMCLOCK_OK);
    EQ(err.reason, VMCLOCK_REASON_NONE);
    HOLDS(!changed);
    EQ(polls_made, 1);
    reset_system();
}

static void wait_with_nothing_to_compare_takes_one_interval(void)
{
    static const struct {
        uint64_t interval_ns, timeout_ns;
        int64_t nap;
    } rows[] = {{10 * MS, FOREVER, 10 * MS}, {10 * MS, 3 * MS, 3 * MS}, {FOREVER, 3 * MS, 3 * MS}, {10 * MS, 0, 0},
                {INT64_MAX, 7 * MS, 7 * MS}, {(uint64_t)INT64_MAX + 1, 7 * MS, 7 * MS}};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned signalled = 0; signalled < 2; signalled++) {
            struct vmclock_error err;
            bool changed = false;

            start_wait(NOTIFICATION);
            is_interrupted = signalled != 0;
            EQ(vmclock_device_wait(&waiting.device, &empty, rows[i].interval_ns, rows[i].timeout_ns, &changed, &err),
               VMCLOCK_OK);
            EQ(err.reason, VMCLOCK_REASON_NONE);
            HOLDS(changed);
            EQ(nap_count, rows[i].nap != 0);
            HOLDS(rows[i].nap == 0 || naps[0] == rows[i].nap);
            EQ(looks_made + polls_made + armings, 0);
        }
    reset_system();
}

/* ---- What a thread that is cancelled, or a process in the background, must not leave half done ---- */

static unsigned free_calls;
static void expect_held(void)
{
    int state, unwanted;
    sigset_t mask;

    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    (void)pthread_setcancelstate(state, &unwanted);
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    free_calls += state != PTHREAD_CANCEL_DISABLE || sigismember(&mask, SIGTTIN) == 0;
}
static unsigned closes, unmaps;
static int held_open(const char *name, int flags)
{
    expect_held();
    return real_open(name, flags);
}
static ssize_t held_pread(int fd, void *buf, size_t len, off_t offset)
{
    expect_held();
    return real_pread(fd, buf, len, offset);
}
static int held_close(int fd)
{
    closes++;
    expect_held();
    return real_close(fd);
}
static int held_munmap(void *at, size_t len)
{
    unmaps++;
    expect_held();
    EQ((uintptr_t)at % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
    return real_munmap(at, len);
}

static void what_opens_and_closes_is_not_cancelled_in_between(void)
{
    const int fd = make_page_file();
    struct vmclock_device device;
    struct vmclock_writer writer;
    uint8_t byte;
    int state, unwanted;
    sigset_t mask;

    for (unsigned way = 0; way < 5; way++) {
        reset_system();
        if (way == 2)
            pretend_devices();
        answers.open = held_open;
        answers.pread = held_pread;
        answers.close = held_close;
        answers.munmap = held_munmap;
        free_calls = closes = unmaps = 0;
        if (way == 0)
            EQ(vmclock_read_path(path, 0, &byte, 1, NULL, NULL), VMCLOCK_OK);
        else if (way == 1)
            EQ(vmclock_device_open(&device, "/dev/null", 0, NULL), VMCLOCK_ERR_SYSCALL);
        else if (way == 2) {
            EQ(vmclock_device_open(&device, path, 0, NULL), VMCLOCK_OK);
            EQ(closes, 0);
            vmclock_device_close(&device);
            EQ(unmaps, 1);
        } else if (way == 3) {
            EQ(vmclock_writer_open(&writer, path, 0, 0, NULL, NULL), VMCLOCK_OK);
            EQ(closes, 0);
            vmclock_writer_close(&writer);
            EQ(unmaps, 1);
        } else
            EQ(vmclock_writer_open(&writer, "/tmp", 0, 0, NULL, NULL), VMCLOCK_ERR_SYSCALL);
        reset_system();
        EQ(free_calls, 0);
        EQ(closes, way != 4);
        (void)pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
        EQ(state, PTHREAD_CANCEL_ENABLE);
        (void)pthread_setcancelstate(state, &unwanted);
        (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
        EQ(sigismember(&mask, SIGTTIN), 0);
    }
    remove_file(fd);
}

/* ---- Without a system call ---- */

static void quiet_mapped_page_is_read_and_compared_without_a_system_call(void)
{
    static const uint64_t timeouts[] = {0, 1, VMCLOCK_TIMEOUT_NS, FOREVER};
    struct bench bench;
    struct vmclock_error err;

    build(&bench, READY_NEVER, 0);
    for (unsigned i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        reset_system();
        EQ(vmclock_device_snapshot(&bench.device, timeouts[i], &bench.snapshot, &err), VMCLOCK_OK);
        EQ(vmclock_device_compare(&bench.device, &bench.snapshot, timeouts[i]), VMCLOCK_UNCHANGED);
        put32((uint8_t *)bench.words, AT_SEQ_COUNT, bench.snapshot.seq_count + 2);
        EQ(vmclock_device_compare(&bench.device, &bench.snapshot, timeouts[i]), VMCLOCK_UPDATED);
        EQ(system_calls(), 0);
    }
    /* Nor when it is busy, if nothing is to be waited for; or when it is no page. */
    EQ(vmclock_device_snapshot(&bench.device, 0, &bench.snapshot, &err), VMCLOCK_OK);
    put32((uint8_t *)bench.words, AT_SEQ_COUNT, 7);
    EQ(vmclock_device_snapshot(&bench.device, 0, NULL, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    EQ(vmclock_device_compare(&bench.device, &bench.snapshot, 0), VMCLOCK_UNSURE);
    put32((uint8_t *)bench.words, AT_MAGIC, 7);
    EQ(vmclock_device_snapshot(&bench.device, FOREVER, NULL, &err), VMCLOCK_ERR_SEGMENT_MALFORMED);
    EQ(system_calls(), 0);
    put32((uint8_t *)bench.words, AT_MAGIC, 0x4b4c4356);
    EQ(vmclock_device_snapshot(&bench.device, 1, NULL, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
    HOLDS(system_calls() > 0); /* they are counted */
    reset_system();
    vmclock_device_close(&(struct vmclock_device){.fd = bench.device.fd});
}

/*
 * ---- What a seccomp filter may be written from: each function with the calls that the header names, and no more ----
 */

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_SANITIZER
#endif
#endif
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__)) && !defined(HAS_SANITIZER) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/* By Linux's names; what the other machine has not is -1. */
#ifdef SYS_poll
enum { CALL_POLL = SYS_poll };
#else
enum { CALL_POLL = -1 };
#endif
#define CALLS_WAIT CALL_POLL, SYS_ppoll, SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime
#ifdef __GLIBC__
#define CALL_OPEN SYS_openat
#else /* musl's open() */
#define CALL_OPEN SYS_open, SYS_fcntl
#endif
#define CALLS_OPEN CALL_OPEN, SYS_newfstatat, SYS_fstat, SYS_rt_sigprocmask, SYS_close

static struct bench sandboxed;          /* a mapped page */
static struct vmclock_device sandboxed_file;

static bool run_open(void)
{
    struct vmclock_device device;

    pretend_devices();
    return vmclock_device_open(&device, path, 0, NULL) == VMCLOCK_OK;
}
static bool run_close(void)
{
    vmclock_device_close(&sandboxed_file);
    return true;
}
static bool run_snapshot(void)
{
    return vmclock_device_snapshot(&sandboxed.device, FOREVER, NULL, NULL) == VMCLOCK_OK &&
           vmclock_device_compare(&sandboxed.device, &sandboxed.snapshot, FOREVER) == VMCLOCK_UNCHANGED;
}
static bool run_busy_snapshot(void)
{
    put32((uint8_t *)sandboxed.words, AT_SEQ_COUNT, 7);
    return vmclock_device_snapshot(&sandboxed.device, 3 * MS, NULL, NULL) != VMCLOCK_OK &&
           vmclock_device_compare(&sandboxed.device, &sandboxed.snapshot, 3 * MS) == VMCLOCK_UNSURE;
}
static bool run_file_snapshot(void)
{
    struct vmclock_snapshot snapshot;

    return vmclock_device_snapshot(&sandboxed_file, MS, &snapshot, NULL) == VMCLOCK_OK &&
           vmclock_device_compare(&sandboxed_file, &snapshot, MS) == VMCLOCK_UNCHANGED;
}
/* Of a counter that another machine may not have: no system call all the same. */
static bool run_now(void)
{
    struct vmclock_memo memo;
    struct vmclock_bounds bounds;
    struct timespec time;
    enum vmclock_err kind = vmclock_device_now(&sandboxed.device, FOREVER, 0, NULL, NULL);

    vmclock_memo_init(&memo, sandboxed.device.page, sandboxed.device.len, 3, 0);
    for (unsigned i = 0; i < 3 && kind != VMCLOCK_ERR_SYSCALL; i++)
        kind = i % 2 == 0 ? vmclock_now_again(&memo, NULL) : vmclock_now_bounds(&memo, &bounds, NULL);
    return kind != VMCLOCK_ERR_SYSCALL && vmclock_nanotime_to_timespec((struct vmclock_nanotime){1, 1}, &time);
}
static bool run_file_now(void)
{
    return vmclock_device_now(&sandboxed_file, MS, 0, NULL, NULL) != VMCLOCK_ERR_SYSCALL;
}
static bool run_offset(void)
{
    const struct vmclock_view view = vmclock_snapshot_view(&sandboxed.snapshot);

    return vmclock_view_system_offset(&view, 0, NULL, NULL) != VMCLOCK_ERR_SYSCALL &&
           vmclock_device_system_offset(&sandboxed.device, 0, 0, NULL, NULL) != VMCLOCK_ERR_SYSCALL;
}
static bool run_file_offset(void)
{
    return vmclock_device_system_offset(&sandboxed_file, MS, 0, NULL, NULL) != VMCLOCK_ERR_SYSCALL;
}
static bool run_calibrate(void)
{
    return vmclock_calibrate(NULL, NULL) == VMCLOCK_OK || vmclock_counter_id() == VMCLOCK_COUNTER_INVALID;
}
static bool run_wait(void)
{
    return vmclock_device_wait(&sandboxed.device, &sandboxed.snapshot, MS, 3 * MS, NULL, NULL) == VMCLOCK_OK &&
           vmclock_device_wait(&sandboxed_file, &sandboxed.snapshot, MS, 3 * MS, NULL, NULL) == VMCLOCK_OK;
}
static bool run_read_path(void)
{
    uint8_t bytes[PAGE];

    return vmclock_read_path(path, 0, bytes, sizeof bytes, NULL, NULL) == VMCLOCK_OK;
}
static bool run_read_fd(void)
{
    uint8_t bytes[PAGE];

    return vmclock_read_fd(sandboxed_file.fd, 0, bytes, sizeof bytes, NULL, NULL) == VMCLOCK_OK;
}

static bool run_search(void)
{
    static uint8_t room[VMCLOCK_SEARCH_BUFFER];
    struct vmclock_search search;
    bool good = vmclock_search_open(&search, path, -1, room, NULL, 0, NULL, NULL) == VMCLOCK_OK &&
                vmclock_search_run(&search, 4096, 0, NULL) == VMCLOCK_OK;

    vmclock_search_close(&search);
    return good;
}

enum { CALLS_MAX = 16 };
static const struct {
    const char *row;
    bool (*run)(void);
    int calls[CALLS_MAX]; /* beside the end of the process; 0 ends them, which is read() and allowed nowhere else */
} sandboxes[] = {
    {"device_open", run_open, {CALLS_OPEN, CALLS_WAIT, SYS_pread64, SYS_mmap}},
    {"device_close", run_close, {SYS_munmap, SYS_close, SYS_rt_sigprocmask}},
    {"device_snapshot, device_compare", run_snapshot, {0}},
    {"device_snapshot, device_compare: busy",
     run_busy_snapshot,
     {SYS_sched_yield, SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime}},
    {"device_snapshot, device_compare: a file", run_file_snapshot, {SYS_pread64, SYS_clock_gettime, CALLS_WAIT}},
    {"device_wait", run_wait, {SYS_pread64, CALLS_WAIT}},
    {"device_now, now_again, now_bounds, nanotime_to_timespec", run_now, {0}},
    {"device_now: a file", run_file_now, {SYS_pread64, SYS_clock_gettime, CALLS_WAIT}},
    {"view_system_offset, device_system_offset", run_offset, {SYS_clock_gettime}},
    {"device_system_offset: a file", run_file_offset, {SYS_pread64, SYS_clock_gettime, CALLS_WAIT}},
    {"calibrate",
     run_calibrate,
     {SYS_clock_gettime, SYS_clock_getres, SYS_nanosleep, SYS_clock_nanosleep, SYS_adjtimex, SYS_clock_adjtime}},
    {"read_path", run_read_path, {CALLS_OPEN, CALLS_WAIT, SYS_pread64}},
    {"read_fd", run_read_fd, {SYS_lseek, SYS_fstat, SYS_newfstatat, SYS_pread64, CALLS_WAIT}},
    {"search_open, search_run, search_close", run_search, {CALLS_OPEN, CALLS_WAIT, SYS_lseek, SYS_pread64}},
};

/* Any other call kills the process. False where there are no such filters. */
static bool allow_only(const int *calls)
{
    struct sock_filter filter[2 * (CALLS_MAX + 1) + 2];
    unsigned short n = 0;
    struct sock_fprog program;

    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < CALLS_MAX; i++) {
        const int call = i == CALLS_MAX - 1 || calls[i] == 0 ? SYS_exit_group : calls[i];

        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
        filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    program = (struct sock_fprog){n, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void each_function_makes_the_system_calls_that_it_names_and_no_other(void)
{
    const int fd = make_page_file();

    build(&sandboxed, READY_ALWAYS, NOTIFICATION);
    EQ(vmclock_device_open(&sandboxed_file, path, 0, NULL), VMCLOCK_OK);
    for (unsigned i = 0; i < sizeof sandboxes / sizeof *sandboxes; i++) {
        const pid_t child = fork();
        int status = -1;

        if (child == 0) {
            if (!allow_only(sandboxes[i].calls))
                _exit(77);
            _exit(sandboxes[i].run() ? 0 : 1);
        }
        EQ_IN(sandboxes[i].row, waitpid(child, &status, 0), child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
            (void)puts("no seccomp here: not tested");
        else
            EQ_IN(sandboxes[i].row, status, 0); /* 31: killed by SIGSYS */
    }
    vmclock_device_close(&sandboxed_file);
    vmclock_device_close(&(struct vmclock_device){.fd = sandboxed.device.fd});
    remove_file(fd);
}

#else

static void each_function_makes_the_system_calls_that_it_names_and_no_other(void)
{
    (void)puts("sanitizers make calls of their own, or the machine has other ones: not tested");
    HOLDS(true);
}

#endif

/* ---- Comparing ---- */

enum { NOTHING, SEQ = 1, MARKER = 2, GENERATION = 4, ODD = 8, MAGIC = 16 };

static void change_page(uint8_t *page, unsigned what)
{
    put32(page, AT_SEQ_COUNT, (what & ODD) != 0 ? 7 : (what & SEQ) != 0 ? 8 : 6);
    put64(page, AT_DISRUPTION_MARKER, (what & MARKER) != 0 ? 2 : 1);
    put64(page, AT_FLAGS, 0x100);
    put64(page, AT_VM_GENERATION_COUNTER, (what & GENERATION) != 0 ? 2 : 1);
    put32(page, AT_MAGIC, (what & MAGIC) != 0 ? 7 : 0x4b4c4356);
}

static void device_and_file_are_compared_with_a_snapshot(void)
{
    static const struct {
        unsigned what;
        enum vmclock_change file, mapped;
    } rows[] = {
        {NOTHING, VMCLOCK_UNCHANGED, VMCLOCK_UNCHANGED},
        {MARKER, VMCLOCK_UNCHANGED, VMCLOCK_UNCHANGED}, /* seq_count alone is looked at */
        {MAGIC, VMCLOCK_UNCHANGED, VMCLOCK_UNCHANGED},
        {SEQ, VMCLOCK_UPDATED, VMCLOCK_UPDATED},
        {SEQ | MARKER, VMCLOCK_DISRUPTED, VMCLOCK_DISRUPTED},
        {SEQ | GENERATION, VMCLOCK_RESTORED, VMCLOCK_RESTORED},
        {SEQ | MARKER | GENERATION, VMCLOCK_RESTORED, VMCLOCK_RESTORED},
        {ODD, VMCLOCK_UNSURE, VMCLOCK_UNSURE},
        {ODD | MARKER, VMCLOCK_UNSURE, VMCLOCK_UNSURE},
        {SEQ | MAGIC, VMCLOCK_UNSURE, VMCLOCK_UPDATED}, /* what was a page once is believed to be one */
    };
    static const uint64_t timeouts[] = {0, 5 * MS};
    _Alignas(8) uint8_t page[PAGE];
    const struct vmclock_device mapping = {.fd = -1, .len = PAGE, .page = page};
    struct vmclock_snapshot snapshot;
    struct vmclock_device file;
    int fd;

    build_clock_page(page);
    change_page(page, NOTHING);
    fd = make_file(page, PAGE);
    EQ(vmclock_device_open(&file, path, 0, NULL), VMCLOCK_OK);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (unsigned t = 0; t < 2; t++) {
            char row[32];

            (void)snprintf(row, sizeof row, "changes %#x", rows[i].what);
            change_page(page, NOTHING);
            EQ(pwrite(fd, page, PAGE, 0), PAGE);
            EQ(vmclock_device_snapshot(&file, 0, &snapshot, NULL), VMCLOCK_OK);
            change_page(page, rows[i].what);
            EQ(pwrite(fd, page, PAGE, 0), PAGE);
            EQ_IN(row, vmclock_device_compare(&file, &snapshot, timeouts[t]), rows[i].file);
            EQ_IN(row, vmclock_device_compare(&mapping, &snapshot, timeouts[t]), rows[i].mapped);
        }
    }
    vmclock_device_close(&file);
    remove_file(fd);
}

static void what_cannot_be_compared_is_unsure(void)
{
    const struct vmclock_device closed = {.fd = -1};
    const int fd = make_page_file();
    struct vmclock_snapshot snapshot, other;
    struct vmclock_device device;
    uint8_t page[PAGE];

    EQ(vmclock_device_open(&device, path, 0, NULL), VMCLOCK_OK);
    EQ(vmclock_device_snapshot(&device, 0, &snapshot, NULL), VMCLOCK_OK);
    EQ(vmclock_device_compare(&device, &snapshot, 0), VMCLOCK_UNCHANGED);
    EQ(vmclock_device_compare(NULL, &snapshot, 0), VMCLOCK_UNSURE);
    EQ(vmclock_device_compare(&closed, &snapshot, FOREVER), VMCLOCK_UNSURE);
    EQ(vmclock_device_compare(&device, NULL, FOREVER), VMCLOCK_UNSURE);
    EQ(vmclock_device_compare(&device, &empty, FOREVER), VMCLOCK_UNSURE);
    /* A page of another size. */
    build_clock_page(page);
    put32(page, AT_SIZE, 2048);
    put32(page, AT_SEQ_COUNT, 8);
    EQ(pwrite(fd, page, PAGE, 0), PAGE);
    EQ(vmclock_device_compare(&device, &snapshot, FOREVER), VMCLOCK_UNSURE);
    EQ(vmclock_device_snapshot(&device, 0, &other, NULL), VMCLOCK_OK);
    EQ(vmclock_device_compare(&device, &other, FOREVER), VMCLOCK_UNCHANGED);
    EQ(ftruncate(fd, 2047), 0);
    write_seq(fd, 10);
    EQ(vmclock_device_compare(&device, &other, FOREVER), VMCLOCK_UNSURE);
    EQ(ftruncate(fd, 14), 0);
    EQ(vmclock_device_compare(&device, &other, FOREVER), VMCLOCK_UNSURE);
    vmclock_device_close(&device);
    remove_file(fd);
}

static enum vmclock_change busy_look(const struct vmclock_snapshot *unused)
{
    (void)unused;
    return VMCLOCK_UNSURE;
}

/* A page that is quiet again right after it was found busy: only who has time looks a second time. */
static void without_time_a_busy_page_is_looked_at_once(void)
{
    _Alignas(8) uint8_t page[PAGE];
    const struct vmclock_device mapping = {.fd = -1, .len = PAGE, .page = page};
    struct vmclock_snapshot snapshot;

    build_clock_page(page);
    change_page(page, NOTHING);
    EQ(vmclock_device_snapshot(&mapping, 0, &snapshot, NULL), VMCLOCK_OK);
    change_page(page, SEQ | MARKER);
    answers.compare = busy_look;
    EQ(vmclock_device_compare(&mapping, &snapshot, 0), VMCLOCK_UNSURE);
    EQ(vmclock_device_compare(&mapping, &snapshot, FOREVER), VMCLOCK_DISRUPTED);
    reset_system();
    EQ(vmclock_device_compare(&mapping, &snapshot, 0), VMCLOCK_DISRUPTED);
}

static void busy_page_is_compared_once_the_update_ends(void)
{
    const int fd = make_page_file();
    _Alignas(8) uint8_t page[PAGE];
    const struct vmclock_device mapping = {.fd = -1, .len = PAGE, .page = page};
    struct other mapping_writer = {.page = page, .notify = -1, .delay_ms = 20};
    struct other file_writer = {.fd = fd, .notify = -1, .delay_ms = 20, .seq = 8};
    struct vmclock_snapshot snapshot;
    struct vmclock_device file;

    build_clock_page(page);
    EQ(vmclock_device_open(&file, path, 0, NULL), VMCLOCK_OK);
    EQ(vmclock_device_snapshot(&file, 0, &snapshot, NULL), VMCLOCK_OK);
    put32(page, AT_SEQ_COUNT, 7);
    write_seq(fd, 7);
    start(&mapping_writer);
    EQ(vmclock_device_compare(&mapping, &snapshot, FOREVER), VMCLOCK_DISRUPTED);
    finish(&mapping_writer);
    start(&file_writer);
    EQ(vmclock_device_compare(&file, &snapshot, FOREVER), VMCLOCK_UPDATED);
    finish(&file_writer);
    vmclock_device_close(&file);
    remove_file(fd);
}

/* ---- Processes ---- */

static void device_stays_usable_after_fork(void)
{
    uint64_t *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const int fd = make_page_file();
    struct vmclock_snapshot snapshot;
    struct vmclock_device device;
    struct vmclock_device memory = {.fd = fd, .len = PAGE, .page = shared};
    uint64_t took;
    int status = -1;
    pid_t child;

    HOLDS(shared != MAP_FAILED);
    build_clock_page((uint8_t *)shared);
    EQ(vmclock_device_open(&device, path, 0, NULL), VMCLOCK_OK);
    EQ(vmclock_device_snapshot(&memory, 0, &snapshot, NULL), VMCLOCK_OK);
    child = fork();
    if (child == 0) {
        /* Reads both as its parent does, changes the shared one, and closes its own. */
        const bool read = vmclock_device_snapshot(&device, 0, NULL, NULL) == VMCLOCK_OK &&
                          vmclock_device_snapshot(&memory, 0, NULL, NULL) == VMCLOCK_OK;
        sleep_ms(50);
        vmclock_device_close(&device);
        _exit(read && vmclock_publish_restored(shared, PAGE, NULL) == VMCLOCK_OK ? 0 : 1);
    }
    EQ(wait_idly(&memory, &snapshot, 5, FOREVER, &took), true);
    EQ(vmclock_snapshot_compare(shared, PAGE, &snapshot, 1000000), VMCLOCK_RESTORED);
    EQ(waitpid(child, &status, 0), child);
    EQ(status, 0);
    EQ(vmclock_device_snapshot(&device, 0, &snapshot, NULL), VMCLOCK_OK);
    vmclock_device_close(&device);
    EQ(munmap(shared, PAGE), 0);
    remove_file(fd);
}

static void nothing_of_all_this_leaks_a_descriptor(void)
{
    const unsigned before = open_descriptors();

    for (unsigned i = 0; i < 50; i++) {
        const int fd = make_page_file();
        struct vmclock_snapshot snapshot;
        struct vmclock_device device;

        EQ(vmclock_device_open(&device, path, 0, NULL), VMCLOCK_OK);
        EQ(vmclock_device_snapshot(&device, 0, &snapshot, NULL), VMCLOCK_OK);
        EQ(vmclock_device_wait(&device, &snapshot, 0, 0, NULL, NULL), VMCLOCK_OK);
        vmclock_device_close(&device);
        EQ(open_pretended(&device, 0, NULL), VMCLOCK_OK);
        EQ(vmclock_device_snapshot(&device, 0, NULL, NULL), VMCLOCK_OK);
        vmclock_device_close(&device);
        EQ(vmclock_device_open(&device, "/dev/zero", 0, NULL), VMCLOCK_ERR_SYSCALL);
        vmclock_device_close(&device);
        EQ(vmclock_device_open(&device, "/tmp", 0, NULL), VMCLOCK_ERR_SYSCALL);
        vmclock_device_close(&device);
        remove_file(fd);
    }
    EQ(open_descriptors(), before);
}

SUITE(device) = {
    {"what cannot be opened or mapped says why and leaves nothing open",
     what_cannot_be_opened_or_mapped_says_why_and_leaves_nothing_open},
    {"a device is mapped, and a regular file is not", device_is_mapped_and_a_regular_file_is_not},
    {"a device without a page is refused and never touched", device_without_a_page_is_refused_and_never_touched},
    {"what is no character device is not mapped", what_is_no_character_device_is_not_mapped},
    {"a device that cannot be read is refused, unless its page is stalled",
     device_that_cannot_be_read_is_refused_unless_its_page_is_stalled},
    {"an open that fails half way says where and leaves nothing open",
     open_that_fails_half_way_says_where_and_leaves_nothing_open},
    {"a device is mapped at an offset inside a page of memory", device_is_mapped_at_an_offset_inside_a_page_of_memory},
    {"a device at an offset that is not aligned is told by the snapshot",
     device_at_an_offset_that_is_not_aligned_is_told_by_the_snapshot},
    {"a device at an offset beyond its end is refused", device_at_an_offset_beyond_its_end_is_refused},
    {"a device at an offset that no mapping can have is refused",
     device_at_an_offset_that_no_mapping_can_have_is_refused},
    {"a file is read at an offset of any alignment", file_is_read_at_an_offset_of_any_alignment},
    {"a closed device is an error and no crash", closed_device_is_an_error_and_no_crash},
    {"a file is read as it is at the moment", file_is_read_as_it_is_at_the_moment},
    {"a file that was replaced is read as it was opened", file_that_was_replaced_is_read_as_it_was_opened},
    {"a file that cannot be read says why", file_that_cannot_be_read_says_why},
    {"an odd seq_count is stalled at the deadline and not before",
     odd_seq_count_is_stalled_at_the_deadline_and_not_before},
    {"an invalid page is told at once", invalid_page_is_told_at_once},
    /* Before any other thread was: qemu-i386 takes one for another after a signal. */
    {"a signal ends the wait, and nothing has changed", signal_ends_the_wait_and_nothing_has_changed},
    {"a busy page is read as soon as the update ends", busy_page_is_read_as_soon_as_the_update_ends},
    {"a quiet page is waited for until the timeout, whatever poll says",
     quiet_page_is_waited_for_until_the_timeout_whatever_poll_says},
    {"a change by another thread ends the wait", change_by_another_thread_ends_the_wait},
    {"a notification ends the wait before the interval", notification_ends_the_wait_before_the_interval},
    {"a change of a file ends the wait, and so does its end", change_of_a_file_ends_the_wait_and_so_does_its_end},
    {"an empty snapshot waits one interval and counts as changed",
     empty_snapshot_waits_one_interval_and_counts_as_changed},
    {"a wait reads before it polls, and so is notified", wait_reads_before_it_polls_and_so_is_notified},
    {"a wait looks after it has read", wait_looks_after_it_has_read},
    {"a change that one look sees is told, even if the next would not",
     change_that_one_look_sees_is_told_even_if_the_next_would_not},
    {"a busy page is tried at once, then yielding, then asleep", busy_page_is_tried_at_once_then_yielding_then_asleep},
    {"how a file ends is told, and what came before", how_a_file_ends_is_told_and_what_came_before},
    {"a short file is judged, and one that shrinks is busy", short_file_is_judged_and_one_that_shrinks_is_busy},
    {"each read of a file that fails is told", each_read_of_a_file_that_fails_is_told},
    {"a page that is busy before the machine is suspended is read after",
     page_that_is_busy_before_the_machine_is_suspended_is_read_after},
    {"a file is asked for the clock only when there is a time", file_is_asked_for_the_clock_only_when_there_is_a_time},
    {"a wait looks every interval and at its end", wait_looks_every_interval_and_at_its_end},
    {"a wait by poll reads, looks and polls by turns", wait_by_poll_reads_looks_and_polls_by_turns},
    {"a poll that fails ends the wait, and a signal does too", poll_that_fails_ends_the_wait_and_a_signal_does_too},
    {"a wait with nothing to compare takes one interval", wait_with_nothing_to_compare_takes_one_interval},
    {"what opens and closes is not cancelled in between", what_opens_and_closes_is_not_cancelled_in_between},
    {"a quiet mapped page is read and compared without a system call",
     quiet_mapped_page_is_read_and_compared_without_a_system_call},
    {"each function makes the system calls that it names, and no other",
     each_function_makes_the_system_calls_that_it_names_and_no_other},
    {"a device and a file are compared with a snapshot", device_and_file_are_compared_with_a_snapshot},
    {"what cannot be compared is unsure", what_cannot_be_compared_is_unsure},
    {"without time a busy page is looked at once", without_time_a_busy_page_is_looked_at_once},
    {"a busy page is compared once the update ends", busy_page_is_compared_once_the_update_ends},
    {"a device stays usable after fork", device_stays_usable_after_fork},
    {"nothing of all this leaks a descriptor", nothing_of_all_this_leaks_a_descriptor},
    CU_TEST_INFO_NULL,
};
