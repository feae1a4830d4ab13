/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors in words: names of errno, what is wrong, what to do, and which command lines that suggests. */
#define _GNU_SOURCE 1 /* strerrorname_np */
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "system.h"

/* ---- Names ---- */

static void errno_has_the_name_that_the_c_library_gives_it(void)
{
    TEXT(vmclock_errno_name(ENOENT), "ENOENT");
    TEXT(vmclock_errno_name(EAGAIN), "EAGAIN");
    TEXT(vmclock_errno_name(EOPNOTSUPP), "EOPNOTSUPP");
    TEXT(vmclock_errno_name(EDEADLK), "EDEADLK");
    TEXT(vmclock_errno_name(0), NULL);
    TEXT(vmclock_errno_name(-1), NULL);
    TEXT(vmclock_errno_name(INT_MIN), NULL);
    TEXT(vmclock_errno_name(INT_MAX), NULL);
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
    for (int number = 1; number < 4096; number++)
        TEXT(vmclock_errno_name(number), strerrorname_np(number));
#endif
}

/* ---- What is wrong ---- */

static size_t describe(const void *what, char *buf, size_t cap)
{
    return vmclock_error_describe(what, buf, cap);
}

static void error_is_described_with_its_values_by_name(void)
{
    static const struct {
        struct vmclock_error err;
        const char *text;
    } rows[] = {
        {{VMCLOCK_OK, VMCLOCK_REASON_NONE, VMCLOCK_FIELD_NONE, 0, 0, 0, 0, NULL}, "no error"},
        {{VMCLOCK_ERR_CAUSALITY_BREACH, VMCLOCK_REASON_TIME_WENT_BACKWARDS, VMCLOCK_FIELD_NONE, 0, 8, 7, 0, NULL},
         "the clock would run backwards though it is declared monotonic: it is 7, after 8"},
        {{VMCLOCK_ERR_SYSCALL, VMCLOCK_REASON_OPEN_FAILED, VMCLOCK_FIELD_NONE, 0, 0, 0, ENOENT, "open"},
         "cannot be opened: No such file or directory (ENOENT)"},
        {{VMCLOCK_ERR_SYSCALL, VMCLOCK_REASON_READ_FAILED, VMCLOCK_FIELD_NONE, 0, 0, 0, ENODEV, NULL},
         "cannot be read: No such device (ENODEV)"},
        {{VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, VMCLOCK_REASON_EMPTY, VMCLOCK_FIELD_NONE, 0, 16, 0, 0, NULL},
         "the region has no bytes"},
        {{VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_TRUNCATED, VMCLOCK_FIELD_NONE, 0, 16, 15, 0, NULL},
         "the region ends inside the part that every page has: it has 15 bytes, of at least 16"},
        {{VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_BAD_MAGIC, VMCLOCK_FIELD_MAGIC, 0, 0x4b4c4356, 0, 0, NULL},
         "this is not a VMClock page: magic is 0x00000000, not 0x4b4c4356"},
        {{VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_SIZE_TOO_SMALL, VMCLOCK_FIELD_SIZE, 4, 32, 31, 0, NULL},
         "the page claims to end before the part that every page has: size is 31, below 32"},
        {{VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, VMCLOCK_FIELD_SIZE, 4, 4096, 4097, 0,
          NULL},
         "the page claims more bytes than the region has: size is 4097, of 4096 bytes"},
        {{VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, VMCLOCK_REASON_UPDATE_STALLED, VMCLOCK_FIELD_NONE, 0, 0, 3, 0, NULL},
         "an update was begun and not ended: seq_count is 3"},
        {{VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, VMCLOCK_REASON_UPDATE_TOO_FAST, VMCLOCK_FIELD_NONE, 0, 0, 8, 0, NULL},
         "the page changed during every attempt to read it: seq_count is 8"},
        {{VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_REGION_MISALIGNED, VMCLOCK_FIELD_NONE, 0, 0, 4, 0, NULL},
         "a live page must be aligned to 8 bytes"},
        {{VMCLOCK_ERR_CAUSALITY_BREACH, VMCLOCK_REASON_TIME_WENT_BACKWARDS, VMCLOCK_FIELD_TIME_SEC, 0x48, 7, 5, 0,
          NULL},
         "the clock would run backwards though it is declared monotonic: time_sec is 5, after 7"},
        {{VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_FIELD_ABSENT, VMCLOCK_FIELD_TIME_SEC, 0x48, 80, 72, 0, NULL},
         "the page ends before a field that is needed: time_sec ends at byte 80, the page at 72"},
        {{VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, VMCLOCK_REASON_NO_COUNTER, VMCLOCK_FIELD_COUNTER_ID, 10, 0, 255, 0,
          NULL},
         "the page has no clock data: counter_id is INVALID"},
        {{VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, VMCLOCK_REASON_CLOCK_NOT_READY, VMCLOCK_FIELD_CLOCK_STATUS, 34, 0, 0, 0,
          NULL},
         "the clock data may not be relied on in this status: clock_status is UNKNOWN"},
        {{VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, VMCLOCK_REASON_CLOCK_NOT_READY, VMCLOCK_FIELD_CLOCK_STATUS, 34, 0, 9, 0,
          NULL},
         "the clock data may not be relied on in this status: clock_status is 9"},
        {{VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, VMCLOCK_REASON_FOREIGN_COUNTER, VMCLOCK_FIELD_COUNTER_ID, 10, 1, 0, 0,
          NULL},
         "the clock data is about a counter that this machine does not have: counter_id is ARM_VCNT, not X86_TSC"},
        {{VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_TIME_OUT_OF_RANGE, VMCLOCK_FIELD_TIME_SEC, 0x48, 0, 0, 0, NULL},
         "the time is below 0 or beyond 64 bits of seconds"},
        {{VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_END, VMCLOCK_FIELD_NONE, 0, 0, 0, 0, NULL}, "unknown error"},
        {{VMCLOCK_ERR_SEGMENT_MALFORMED, (enum vmclock_reason)-1, VMCLOCK_FIELD_NONE, 0, 0, 0, 0, NULL},
         "unknown error"},
        {{VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_BAD_MAGIC, (enum vmclock_field)-1, 0, 1, 2, 0, NULL},
         "this is not a VMClock page"},
        {{VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_FIELD_ABSENT, VMCLOCK_FIELD_END, 0, 1, 2, 0, NULL},
         "the page ends before a field that is needed: it ends at byte 1, the page at 2"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        FORMATS_IN(rows[i].text, describe, &rows[i].err, rows[i].text);
    FORMATS(describe, NULL, "no error");
}

static void errno_without_a_name_is_told_by_its_number(void)
{
    struct vmclock_error err = {.kind = VMCLOCK_ERR_SYSCALL, .reason = VMCLOCK_REASON_OPEN_FAILED, .sys_errno = -5};
    char text[128];

    (void)vmclock_error_describe(&err, text, sizeof text);
    HOLDS(strncmp(text, "cannot be opened: ", 18) == 0);
    HOLDS(strstr(text, "(errno -5)") != NULL);
}

/* ---- What to do ---- */

struct advice {
    struct vmclock_error err;
    const char *path;
};

static size_t explain(const void *what, char *buf, size_t cap)
{
    const struct advice *a = what;

    return vmclock_error_explain(&a->err, a->path, buf, cap);
}

static struct advice on_call(int sys_errno, const char *path)
{
    return (struct advice){
        {.kind = VMCLOCK_ERR_SYSCALL, .reason = VMCLOCK_REASON_OPEN_FAILED, .sys_errno = sys_errno, .origin = "open"},
        path};
}

static struct advice on_page(enum vmclock_reason reason, const char *path)
{
    return (struct advice){{.kind = vmclock_reason_kind(reason), .reason = reason}, path};
}

static bool tells(struct advice advice, const char *words)
{
    char text[1536];

    (void)explain(&advice, text, sizeof text);
    return strstr(text, words) != NULL;
}

static void advice_is_a_formatter_and_nothing_where_there_is_none(void)
{
    const struct advice magic = on_page(VMCLOCK_REASON_BAD_MAGIC, NULL),
                        clock = on_page(VMCLOCK_REASON_NO_COUNTER, "p"),
                        none = on_page(VMCLOCK_REASON_NONE, "p"), beyond = on_page(VMCLOCK_REASON_END, "p"),
                        negative = on_page((enum vmclock_reason)-1, "p"), missing = on_call(ENOENT, "p"),
                        other = on_call(EIO, "/dev/vmclock0");
    char text[8] = "before";

    FORMATS(explain, &magic, "Check the path and the offset: every page starts with the bytes V C L K.");
    FORMATS(explain, &clock,
            "QEMU, Firecracker and AWS Nitro publish disruption signals only, so far, and no time. To follow them: "
            "`vmclock watch p`");
    FORMATS(explain, &none, "");
    FORMATS(explain, &beyond, "");
    FORMATS(explain, &negative, "");
    FORMATS(explain, &missing, "");
    FORMATS(explain, &other, "");
    EQ(vmclock_error_explain(NULL, "p", text, sizeof text), 0);
    TEXT(text, "");
}

static void every_reason_of_a_page_or_a_clock_has_advice(void)
{
    for (unsigned reason = VMCLOCK_REASON_NONE + 1; reason < VMCLOCK_REASON_END; reason++) {
        const struct advice advice = on_page((enum vmclock_reason)reason, "p");
        char text[1024];

        if (advice.err.kind != VMCLOCK_ERR_SYSCALL)
            HOLDS_IN(vmclock_reason_name((enum vmclock_reason)reason), explain(&advice, text, sizeof text) > 0);
    }
}

/* Every text whole: it is what people read. */
static void every_advice_is_whole(void)
{
    static const struct {
        int sys_errno;
        const char *device, *other;
    } calls[] = {
        {ENOENT,
         "Linux makes this device from 6.13 on (driver ptp_vmclock; Amazon Linux has it from 5.10.223-211.872.amzn2 "
         "and 6.1.102-108.177.amzn2023 on) in a virtual machine that is given a VMClock: by QEMU 10.0 or later with "
         "-device vmclock, by Firecracker 1.14 or later, by AWS Nitro. The driver may have to be loaded first: "
         "`modprobe ptp_vmclock` The kernel's log says why it refused a page: `dmesg | grep vmclock`",
         ""},
        {EACCES,
         "Only root may read this device unless told otherwise (mode 0600). Grant it until the next boot: `setfacl "
         "-m u:USER:r /dev/vmclock0` For good, by a rule of udev: `KERNEL==\"vmclock*\", GROUP=\"GROUP\", "
         "MODE=\"0640\"` If this is root already, the device lies on a file system mounted with nodev, or a security "
         "module forbids it.",
         "It takes read permission for the file (to publish, write permission for it, or for its directory to make "
         "it), and search permission for the directories above it."},
        {EPERM,
         "A container or a unit may use only the devices that it is given, whoever runs in it. For a container: "
         "`docker run --device=/dev/vmclock0:/dev/vmclock0:r ...` For a unit of systemd: `DeviceAllow=/dev/vmclock0 "
         "r` with PrivateDevices=no.",
         "The system forbids it to everybody: a control group without this device, memory that the kernel keeps to "
         "itself, or a security module."},
        {EISDIR,
         "A directory stands in the device's place. Docker makes one where a container is to have a device that the "
         "host lacks: see to the device on the host first, then give it to a new container: `docker run "
         "--device=/dev/vmclock0:/dev/vmclock0:r ...`",
         "Name a file in this directory."},
        {ENXIO,
         "The device is gone: its driver was unloaded, or its VMClock removed.",
         "There is no such device."},
        {ENODEV,
         "The device is gone, or what stands in its place holds no VMClock page. A directory is made there for a "
         "container whose host lacks the device.",
         "Only a regular file, and a device that holds a VMClock page, can be read as a live page. Anything else is "
         "read once: `vmclock inspect p`"},
        {EINVAL,
         "Linux maps this device at offset 0 alone, and one page of the kernel's size.",
         ""},
        {EMFILE,
         "This process may not open more files: close some, or raise its limit (ulimit -n).",
         "This process may not open more files: close some, or raise its limit (ulimit -n)."},
    };
    static const struct {
        enum vmclock_reason reason;
        const char *text;
    } pages[] = {
        {VMCLOCK_REASON_EMPTY,
         "The file is empty, the offset is past its end, or it is a FIFO that nobody writes to."},
        {VMCLOCK_REASON_TRUNCATED,
         "Give the whole region, as a rule 4096 bytes, and check the offset."},
        {VMCLOCK_REASON_MAGIC_BYTE_SWAPPED,
         "A VMClock page is little-endian on every machine: its writer needs to be fixed."},
        {VMCLOCK_REASON_BAD_MAGIC,
         "Check the path and the offset: every page starts with the bytes V C L K."},
        {VMCLOCK_REASON_VERSION_ZERO,
         "Wait until the hypervisor has written the page once, then try again."},
        {VMCLOCK_REASON_SIZE_TOO_SMALL,
         "The writer needs to be fixed: every page reaches past flags."},
        {VMCLOCK_REASON_VERSION_UNSUPPORTED,
         "Look for a newer version of this library, or distrust the page: no other version is specified yet."},
        {VMCLOCK_REASON_SIZE_EXCEEDS_REGION,
         ("If this is a shortened copy of a page, allow truncated input: `vmclock inspect --allow-truncated p` If it "
         "is the whole region, its writer needs to be fixed: readers that trust its size read past the end.")},
        {VMCLOCK_REASON_UPDATE_STALLED,
         "The hypervisor has stalled or died in the midst of an update, or is paused. Try again later."},
        {VMCLOCK_REASON_UPDATE_TOO_FAST,
         "Someone is writing it all the time. Try again, or read a copy."},
        {VMCLOCK_REASON_REGION_MISALIGNED,
         "Map it at an address, or an offset, that is a multiple of 8; or read a copy."},
        {VMCLOCK_REASON_TIME_WENT_BACKWARDS,
         ("The hypervisor broke its promise of TIME_MONOTONIC: wait until the clock has caught up, or distrust the "
         "page.")},
        {VMCLOCK_REASON_FIELD_ABSENT,
         "The page is too short for clock data: its writer does not tell the time."},
        {VMCLOCK_REASON_NO_COUNTER,
         ("QEMU, Firecracker and AWS Nitro publish disruption signals only, so far, and no time. To follow them: "
         "`vmclock watch p`")},
        {VMCLOCK_REASON_CLOCK_NOT_READY,
         ("The writer does not vouch for its clock: wait until it is SYNCHRONIZED or FREERUNNING. To have its time "
         "all the same: `vmclock time --force p`")},
        {VMCLOCK_REASON_FOREIGN_COUNTER,
         ("The page was made for another kind of machine, or this CPU has no counter that is known. Convert a value "
         "that the counter had there: `vmclock time --counter=N p`")},
        {VMCLOCK_REASON_TIME_OUT_OF_RANGE,
         "The counter value is far from the page's, or its clock data is wrong. To see it: `vmclock inspect p`"},
    };

    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
        const struct advice device = on_call(calls[i].sys_errno, "/dev/vmclock0"),
                            other = on_call(calls[i].sys_errno, "p");

        FORMATS(explain, &device, calls[i].device);
        FORMATS(explain, &other, calls[i].other);
    }
    for (unsigned i = 0; i < sizeof pages / sizeof *pages; i++) {
        const struct advice page = on_page(pages[i].reason, "p");

        FORMATS(explain, &page, pages[i].text);
    }
}

static void advice_about_the_device_is_for_the_device_alone(void)
{
    static const struct {
        const char *path;
        bool is_device;
    } rows[] = {
        {"/dev/vmclock0", true},     {"/dev/vmclock12", true},    {"/host/dev/vmclock0", true}, {"/dev/vmclock", false},
        {"/dev/vmclock0x", false},   {"/dev/vmclock0/x", false},  {"vmclock0", false},          {"/dev/null", false},
        {"", false},                 {NULL, false},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const row = rows[i].path != NULL ? rows[i].path : "(null)";

        EQ_IN(row, tells(on_call(ENOENT, rows[i].path), "ptp_vmclock"), rows[i].is_device);
        EQ_IN(row, tells(on_call(EACCES, rows[i].path), "setfacl"), rows[i].is_device);
        EQ_IN(row, tells(on_call(EPERM, rows[i].path), "docker run --device="), rows[i].is_device);
        EQ_IN(row, tells(on_call(EISDIR, rows[i].path), "A directory stands in the device's place"), rows[i].is_device);
    }
    HOLDS(tells(on_call(EISDIR, "d"), "Name a file"));
    HOLDS(tells(on_call(EACCES, "f"), "read permission"));
    HOLDS(tells(on_call(EMFILE, "/dev/vmclock0"), "ulimit -n"));
    HOLDS(tells(on_call(ENODEV, "f"), "`vmclock inspect f`"));
    HOLDS(tells(on_call(EINVAL, "/dev/vmclock0"), "offset 0"));
}

static long page_size;
static long tell_page_size(int name)
{
    EQ(name, _SC_PAGESIZE);
    return page_size;
}

static void a_kernel_of_large_pages_is_told_of_where_there_is_no_device(void)
{
    static const char large[] = "This kernel's pages are larger than 4096 bytes";

    answers.sysconf = tell_page_size;
    page_size = 4096;
    HOLDS(!tells(on_call(ENOENT, "/dev/vmclock0"), large));
    page_size = 4097;
    HOLDS(tells(on_call(ENOENT, "/dev/vmclock0"), large));
    HOLDS(tells(on_call(ENOENT, "/dev/vmclock0"), "ptp_vmclock"));
    HOLDS(!tells(on_call(ENOENT, "/tmp/vmclock0"), large));
    HOLDS(!tells(on_call(EACCES, "/dev/vmclock0"), large));
    struct advice advice = on_call(ENOENT, "/dev/vmclock0");
    advice.err.kind = VMCLOCK_ERR_SEGMENT_MALFORMED;
    HOLDS(!tells(advice, large));
    reset_system();
}

static void a_stalled_page_and_a_silent_input_are_two_things(void)
{
    struct advice advice = on_call(ETIMEDOUT, "p");

    HOLDS(tells(advice, "for 5 s"));
    advice.err.origin = NULL;
    HOLDS(tells(advice, "for 5 s"));
    advice.err.origin = "read"; /* a stream's own */
    HOLDS(tells(advice, "for 5 s"));
    advice.err.origin = "pread";
    HOLDS(tells(advice, "has not ended it"));
    HOLDS(tells(advice, "is paused. Try again later."));
}

static void suggested_commands_have_the_path_that_was_given_unless_a_shell_would_change_it(void)
{
    static const char *const changed[] = {"", "-", "-x", "a b", "a'b", "a`b", "$HOME", "a;b", "a\nb", "\033[m", "~",
                                          "a\xc3\xa9"};

    HOLDS(tells(on_call(EACCES, "/dev/vmclock1"), "`setfacl -m u:USER:r /dev/vmclock1`"));
    HOLDS(tells(on_call(EPERM, "/dev/vmclock1"), "`docker run --device=/dev/vmclock1:/dev/vmclock1:r ...`"));
    HOLDS(tells(on_call(EPERM, "/dev/vmclock1"), "`DeviceAllow=/dev/vmclock1 r`"));
    HOLDS(tells(on_page(VMCLOCK_REASON_NO_COUNTER, "./a-b_c.1/d+e,f:g=h%"), "`vmclock watch ./a-b_c.1/d+e,f:g=h%`"));
    HOLDS(tells(on_page(VMCLOCK_REASON_CLOCK_NOT_READY, "p"), "`vmclock time --force p`"));
    HOLDS(tells(on_page(VMCLOCK_REASON_FOREIGN_COUNTER, "p"), "`vmclock time --counter=N p`"));
    HOLDS(tells(on_page(VMCLOCK_REASON_SIZE_EXCEEDS_REGION, "p"), "`vmclock inspect --allow-truncated p`"));
    HOLDS(tells(on_page(VMCLOCK_REASON_NO_COUNTER, NULL), "`vmclock watch PATH`"));
    for (unsigned i = 0; i < sizeof changed / sizeof *changed; i++)
        HOLDS_IN(changed[i], tells(on_page(VMCLOCK_REASON_NO_COUNTER, changed[i]), "`vmclock watch PATH`"));
}

SUITE(explain) = {
    {"errno has the name that the C library gives it", errno_has_the_name_that_the_c_library_gives_it},
    {"error is described with its values by name", error_is_described_with_its_values_by_name},
    {"errno without a name is told by its number", errno_without_a_name_is_told_by_its_number},
    {"advice is a formatter and nothing where there is none", advice_is_a_formatter_and_nothing_where_there_is_none},
    {"every reason of a page or a clock has advice", every_reason_of_a_page_or_a_clock_has_advice},
    {"every advice is whole", every_advice_is_whole},
    {"advice about the device is for the device alone", advice_about_the_device_is_for_the_device_alone},
    {"a kernel of large pages is told of where there is no device",
     a_kernel_of_large_pages_is_told_of_where_there_is_no_device},
    {"a stalled page and a silent input are two things", a_stalled_page_and_a_silent_input_are_two_things},
    {"suggested commands have the path that was given unless a shell would change it",
     suggested_commands_have_the_path_that_was_given_unless_a_shell_would_change_it},
    CU_TEST_INFO_NULL,
};
