/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors in words for whoever has to do something about them. Asks nobody but the C library; keeps nothing. */
#define _GNU_SOURCE 1 /* strerrordesc_np */
#include "vmclock_posix.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- Names of errno: not every C library tells them ---- */

#define ERRNO_ROW(name) {name, #name},
static const struct {
    int number;
    const char *name;
} errno_rows[] = {
    /* POSIX's */
    ERRNO_ROW(E2BIG) ERRNO_ROW(EACCES) ERRNO_ROW(EADDRINUSE) ERRNO_ROW(EADDRNOTAVAIL) ERRNO_ROW(EAFNOSUPPORT)
    ERRNO_ROW(EAGAIN) ERRNO_ROW(EALREADY) ERRNO_ROW(EBADF) ERRNO_ROW(EBADMSG) ERRNO_ROW(EBUSY) ERRNO_ROW(ECANCELED)
    ERRNO_ROW(ECHILD) ERRNO_ROW(ECONNABORTED) ERRNO_ROW(ECONNREFUSED) ERRNO_ROW(ECONNRESET) ERRNO_ROW(EDEADLK)
    ERRNO_ROW(EDESTADDRREQ) ERRNO_ROW(EDOM) ERRNO_ROW(EDQUOT) ERRNO_ROW(EEXIST) ERRNO_ROW(EFAULT) ERRNO_ROW(EFBIG)
    ERRNO_ROW(EHOSTUNREACH) ERRNO_ROW(EIDRM) ERRNO_ROW(EILSEQ) ERRNO_ROW(EINPROGRESS) ERRNO_ROW(EINTR)
    ERRNO_ROW(EINVAL) ERRNO_ROW(EIO) ERRNO_ROW(EISCONN) ERRNO_ROW(EISDIR) ERRNO_ROW(ELOOP) ERRNO_ROW(EMFILE)
    ERRNO_ROW(EMLINK) ERRNO_ROW(EMSGSIZE) ERRNO_ROW(EMULTIHOP) ERRNO_ROW(ENAMETOOLONG) ERRNO_ROW(ENETDOWN)
    ERRNO_ROW(ENETRESET) ERRNO_ROW(ENETUNREACH) ERRNO_ROW(ENFILE) ERRNO_ROW(ENOBUFS) ERRNO_ROW(ENODEV)
    ERRNO_ROW(ENOENT) ERRNO_ROW(ENOEXEC) ERRNO_ROW(ENOLCK) ERRNO_ROW(ENOLINK) ERRNO_ROW(ENOMEM) ERRNO_ROW(ENOMSG)
    ERRNO_ROW(ENOPROTOOPT) ERRNO_ROW(ENOSPC) ERRNO_ROW(ENOSYS) ERRNO_ROW(ENOTCONN) ERRNO_ROW(ENOTDIR)
    ERRNO_ROW(ENOTEMPTY) ERRNO_ROW(ENOTRECOVERABLE) ERRNO_ROW(ENOTSOCK) ERRNO_ROW(ENOTTY) ERRNO_ROW(ENXIO)
    ERRNO_ROW(EOPNOTSUPP) ERRNO_ROW(EOVERFLOW) ERRNO_ROW(EOWNERDEAD) ERRNO_ROW(EPERM) ERRNO_ROW(EPIPE)
    ERRNO_ROW(EPROTO) ERRNO_ROW(EPROTONOSUPPORT) ERRNO_ROW(EPROTOTYPE) ERRNO_ROW(ERANGE) ERRNO_ROW(EROFS)
    ERRNO_ROW(ESPIPE) ERRNO_ROW(ESRCH) ERRNO_ROW(ESTALE) ERRNO_ROW(ETIMEDOUT) ERRNO_ROW(ETXTBSY) ERRNO_ROW(EXDEV)
#ifdef __linux__
    ERRNO_ROW(EADV) ERRNO_ROW(EBADE) ERRNO_ROW(EBADFD) ERRNO_ROW(EBADR) ERRNO_ROW(EBADRQC) ERRNO_ROW(EBADSLT)
    ERRNO_ROW(EBFONT) ERRNO_ROW(ECHRNG) ERRNO_ROW(ECOMM) ERRNO_ROW(EDOTDOT) ERRNO_ROW(EHOSTDOWN)
    ERRNO_ROW(EHWPOISON) ERRNO_ROW(EISNAM) ERRNO_ROW(EKEYEXPIRED) ERRNO_ROW(EKEYREJECTED) ERRNO_ROW(EKEYREVOKED)
    ERRNO_ROW(EL2HLT) ERRNO_ROW(EL2NSYNC) ERRNO_ROW(EL3HLT) ERRNO_ROW(EL3RST) ERRNO_ROW(ELIBACC) ERRNO_ROW(ELIBBAD)
    ERRNO_ROW(ELIBEXEC) ERRNO_ROW(ELIBMAX) ERRNO_ROW(ELIBSCN) ERRNO_ROW(ELNRNG) ERRNO_ROW(EMEDIUMTYPE)
    ERRNO_ROW(ENAVAIL) ERRNO_ROW(ENOANO) ERRNO_ROW(ENOCSI) ERRNO_ROW(ENODATA) ERRNO_ROW(ENOKEY) ERRNO_ROW(ENOMEDIUM)
    ERRNO_ROW(ENONET) ERRNO_ROW(ENOPKG) ERRNO_ROW(ENOSR) ERRNO_ROW(ENOSTR) ERRNO_ROW(ENOTBLK) ERRNO_ROW(ENOTNAM)
    ERRNO_ROW(ENOTUNIQ) ERRNO_ROW(EPFNOSUPPORT) ERRNO_ROW(EREMCHG) ERRNO_ROW(EREMOTE) ERRNO_ROW(EREMOTEIO)
    ERRNO_ROW(ERESTART) ERRNO_ROW(ERFKILL) ERRNO_ROW(ESHUTDOWN) ERRNO_ROW(ESOCKTNOSUPPORT) ERRNO_ROW(ESRMNT)
    ERRNO_ROW(ESTRPIPE) ERRNO_ROW(ETIME) ERRNO_ROW(ETOOMANYREFS) ERRNO_ROW(EUCLEAN) ERRNO_ROW(EUNATCH)
    ERRNO_ROW(EUSERS) ERRNO_ROW(EXFULL)
#endif
};
#undef ERRNO_ROW

const char *vmclock_errno_name(int sys_errno)
{
    for (size_t i = 0; i < sizeof errno_rows / sizeof *errno_rows; i++)
        if (errno_rows[i].number == sys_errno)
            return errno_rows[i].name;
    return NULL;
}

/* ---- What is wrong ---- */

/* strerror() without its buffer and the locale, where there is such a thing. */
static const char *system_words(int sys_errno)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
    const char *words = strerrordesc_np(sys_errno);
    return words != NULL ? words : "Unknown error";
#else
    return strerror(sys_errno);
#endif
}

static int describe_call(const struct vmclock_error *err, const char *sentence, char *buf, size_t cap)
{
    const char *const name = vmclock_errno_name(err->sys_errno);

    if (name != NULL)
        return snprintf(buf, cap, "%s: %s (%s)", sentence, system_words(err->sys_errno), name);
    return snprintf(buf, cap, "%s: %s (errno %d)", sentence, system_words(err->sys_errno), err->sys_errno);
}

/* The field, and its value by name where it has one. */
static int describe_field(const struct vmclock_error *err, const char *sentence, char *buf, size_t cap)
{
    const char *const field = vmclock_field_info(err->field)->name;
    const char *const name = vmclock_value_name(err->field, err->actual);
    const char *const wanted = vmclock_value_name(err->field, err->expected);
    char actual[32], expected[32];

    if (vmclock_error_format_actual(err, actual, sizeof actual) == 0)
        return snprintf(buf, cap, "%s", sentence);
    if (vmclock_error_format_expected(err, expected, sizeof expected) == 0)
        return snprintf(buf, cap, "%s: %s is %s", sentence, field, name != NULL ? name : actual);
    return snprintf(buf, cap, "%s: %s is %s, not %s", sentence, field, name != NULL ? name : actual,
                    wanted != NULL ? wanted : expected);
}

/* What its numbers say about a page. */
static int describe_page(const struct vmclock_error *err, const char *sentence, char *buf, size_t cap)
{
    const struct vmclock_field_row *const info = vmclock_field_info(err->field);
    const unsigned long long actual = err->actual, expected = err->expected;

    switch ((unsigned)err->reason) {
    case VMCLOCK_REASON_FIELD_ABSENT:
        return snprintf(buf, cap, "%s: %s ends at byte %llu, the page at %llu", sentence,
                        info != NULL ? info->name : "it", expected, actual);
    case VMCLOCK_REASON_TRUNCATED:
        return snprintf(buf, cap, "%s: it has %llu bytes, of at least %llu", sentence, actual, expected);
    case VMCLOCK_REASON_SIZE_EXCEEDS_REGION:
        return snprintf(buf, cap, "%s: size is %llu, of %llu bytes", sentence, actual, expected);
    case VMCLOCK_REASON_SIZE_TOO_SMALL:
        return snprintf(buf, cap, "%s: size is %llu, below %llu", sentence, actual, expected);
    case VMCLOCK_REASON_TIME_WENT_BACKWARDS:
        return snprintf(buf, cap, "%s: %s is %llu, after %llu", sentence, info != NULL ? info->name : "it", actual,
                        expected);
    case VMCLOCK_REASON_UPDATE_STALLED:
    case VMCLOCK_REASON_UPDATE_TOO_FAST:
        return snprintf(buf, cap, "%s: seq_count is %llu", sentence, actual);
    default:
        return info == NULL ? snprintf(buf, cap, "%s", sentence) : describe_field(err, sentence, buf, cap);
    }
}

/* 0 for a failure, as of a path of 2 GiB. */
static size_t length_of(int printed)
{
    return (size_t)(printed > 0) * (size_t)printed;
}

size_t vmclock_error_describe(const struct vmclock_error *err, char *buf, size_t cap)
{
    const char *const sentence = vmclock_reason_sentence(err == NULL ? VMCLOCK_REASON_NONE : err->reason);

    if (buf == NULL)
        cap = 0;
    if (sentence == NULL)
        return length_of(snprintf(buf, cap, "unknown error"));
    if (err == NULL || err->kind == VMCLOCK_OK)
        return length_of(snprintf(buf, cap, "%s", sentence));
    return length_of(err->kind == VMCLOCK_ERR_SYSCALL ? describe_call(err, sentence, buf, cap)
                                                      : describe_page(err, sentence, buf, cap));
}

/* ---- What to do about it: @ stands for the path ---- */

/* A device that Linux makes for a page, under whatever root. */
static bool is_device(const char *path)
{
    static const char name[] = "/dev/vmclock";
    const char *const found = path == NULL ? NULL : strstr(path, name);
    size_t digits;

    if (found == NULL)
        return false;
    digits = strspn(found + sizeof name - 1, "0123456789");
    return digits > 0 && found[sizeof name - 1 + digits] == '\0';
}

static const struct {
    int sys_errno;
    const char *device, *other;
} system_advice[] = {
    {ENOENT,
     "Linux makes this device from 6.13 on (driver ptp_vmclock; Amazon Linux has it from 5.10.223-211.872.amzn2 and "
     "6.1.102-108.177.amzn2023 on) in a virtual machine that is given a VMClock: by QEMU 10.0 or later with -device "
     "vmclock, by Firecracker 1.14 or later, by AWS Nitro. The driver may have to be loaded first: "
     "`modprobe ptp_vmclock` The kernel's log says why it refused a page: `dmesg | grep vmclock`",
     ""},
    {EACCES,
     "Only root may read this device unless told otherwise (mode 0600). Grant it until the next boot: "
     "`setfacl -m u:USER:r @` For good, by a rule of udev: `KERNEL==\"vmclock*\", GROUP=\"GROUP\", MODE=\"0640\"` If "
     "this is root already, the device lies on a file system mounted with nodev, or a security module forbids it.",
     "It takes read permission for the file (to publish, write permission for it, or for its directory to make it), "
     "and search permission for the directories above it."},
    {EPERM,
     "A container or a unit may use only the devices that it is given, whoever runs in it. For a container: "
     "`docker run --device=@:@:r ...` For a unit of systemd: `DeviceAllow=@ r` with PrivateDevices=no.",
     "The system forbids it to everybody: a control group without this device, memory that the kernel keeps to itself, "
     "or a security module."},
    {EISDIR,
     "A directory stands in the device's place. Docker makes one where a container is to have a device that the host "
     "lacks: see to the device on the host first, then give it to a new container: `docker run --device=@:@:r ...`",
     "Name a file in this directory."},
    {ENXIO, "The device is gone: its driver was unloaded, or its VMClock removed.", "There is no such device."},
    {ENODEV,
     "The device is gone, or what stands in its place holds no VMClock page. A directory is made there for a container "
     "whose host lacks the device.",
     "Only a regular file, and a device that holds a VMClock page, can be read as a live page. Anything else is read "
     "once: `vmclock inspect @`"},
    {EINVAL, "Linux maps this device at offset 0 alone, and one page of the kernel's size.", ""},
    {EMFILE, "", "This process may not open more files: close some, or raise its limit (ulimit -n)."},
};

static const char *const page_advice[VMCLOCK_REASON_END] = {
    [VMCLOCK_REASON_EMPTY] = "The file is empty, the offset is past its end, or it is a FIFO that nobody writes to.",
    [VMCLOCK_REASON_TRUNCATED] = "Give the whole region, as a rule 4096 bytes, and check the offset.",
    [VMCLOCK_REASON_MAGIC_BYTE_SWAPPED] =
        "A VMClock page is little-endian on every machine: its writer needs to be fixed.",
    [VMCLOCK_REASON_BAD_MAGIC] = "Check the path and the offset: every page starts with the bytes V C L K.",
    [VMCLOCK_REASON_VERSION_ZERO] = "Wait until the hypervisor has written the page once, then try again.",
    [VMCLOCK_REASON_SIZE_TOO_SMALL] = "The writer needs to be fixed: every page reaches past flags.",
    [VMCLOCK_REASON_VERSION_UNSUPPORTED] =
        "Look for a newer version of this library, or distrust the page: no other version is specified yet.",
    [VMCLOCK_REASON_SIZE_EXCEEDS_REGION] =
        ("If this is a shortened copy of a page, allow truncated input: `vmclock inspect --allow-truncated @` If it is "
         "the whole region, its writer needs to be fixed: readers that trust its size read past the end."),
    [VMCLOCK_REASON_UPDATE_STALLED] =
        "The hypervisor has stalled or died in the midst of an update, or is paused. Try again later.",
    [VMCLOCK_REASON_UPDATE_TOO_FAST] = "Someone is writing it all the time. Try again, or read a copy.",
    [VMCLOCK_REASON_REGION_MISALIGNED] = "Map it at an address, or an offset, that is a multiple of 8; or read a copy.",
    [VMCLOCK_REASON_TIME_WENT_BACKWARDS] =
        "The hypervisor broke its promise of TIME_MONOTONIC: wait until the clock has caught up, or distrust the page.",
    [VMCLOCK_REASON_FIELD_ABSENT] = "The page is too short for clock data: its writer does not tell the time.",
    [VMCLOCK_REASON_NO_COUNTER] =
        ("QEMU, Firecracker and AWS Nitro publish disruption signals only, so far, and no time. To follow them: "
         "`vmclock watch @`"),
    [VMCLOCK_REASON_CLOCK_NOT_READY] =
        ("The writer does not vouch for its clock: wait until it is SYNCHRONIZED or FREERUNNING. To have its time all "
         "the same: `vmclock time --force @`"),
    [VMCLOCK_REASON_FOREIGN_COUNTER] =
        ("The page was made for another kind of machine, or this CPU has no counter that is known. Convert a value "
         "that the counter had there: `vmclock time --counter=N @`"),
    [VMCLOCK_REASON_TIME_OUT_OF_RANGE] =
        "The counter value is far from the page's, or its clock data is wrong. To see it: `vmclock inspect @`",
};

/* "" where there is none. */
static const char *advice_on_call(const struct vmclock_error *err, bool device)
{
    const bool stalled = err->origin != NULL && strcmp(err->origin, "pread") == 0;

    if (err->sys_errno == ETIMEDOUT && stalled)
        return "The writer began an update and has not ended it: the hypervisor has stalled or died in the midst of "
               "it, or is paused. Try again later.";
    if (err->sys_errno == ETIMEDOUT)
        return "Something holds it open for writing, but nothing came for 5 s, or it did not end within 60 s.";
    for (size_t i = 0; i < sizeof system_advice / sizeof *system_advice; i++)
        if (system_advice[i].sys_errno == err->sys_errno)
            return device && *system_advice[i].device != '\0' ? system_advice[i].device : system_advice[i].other;
    return "";
}

/* What a shell takes as it stands. */
static bool is_plain(const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:=%";

    return path != NULL && *path != '\0' && *path != '-' && path[strspn(path, plain)] == '\0';
}

/* Text behind *len characters of it, with the path for each @; writes what fits, and counts the rest. */
static void append(const char *text, const char *path, char *buf, size_t cap, size_t *len)
{
    for (; *text != '\0'; text++) {
        const size_t left = *len < cap ? cap - *len : 0;
        char *const to = left == 0 ? NULL : buf + *len;

        *len += length_of(*text == '@' ? snprintf(to, left, "%s", path) : snprintf(to, left, "%c", *text));
    }
}

static const char *advice_on_page(enum vmclock_reason reason)
{
    const char *const advice = (unsigned)reason < VMCLOCK_REASON_END ? page_advice[reason] : NULL;

    return advice != NULL ? advice : "";
}

/* Some regions get no device, by this kernel. */
static bool pages_are_large(const struct vmclock_error *err, const char *path)
{
    return err->kind == VMCLOCK_ERR_SYSCALL && err->sys_errno == ENOENT && is_device(path) &&
           sysconf(_SC_PAGESIZE) > VMCLOCK_PAGE_SIZE;
}

size_t vmclock_error_explain(const struct vmclock_error *err, const char *path, char *buf, size_t cap)
{
    const char *const shown = is_plain(path) ? path : "PATH";
    size_t len = 0;

    if (buf == NULL)
        cap = 0;
    if (cap > 0)
        *buf = '\0';
    if (err == NULL)
        return 0;
    append(err->kind == VMCLOCK_ERR_SYSCALL ? advice_on_call(err, is_device(path)) : advice_on_page(err->reason), shown,
           buf, cap, &len);
    if (pages_are_large(err, path))
        append(" This kernel's pages are larger than 4096 bytes: it makes no device for a region of that size.", shown,
               buf, cap, &len);
    return len;
}
