/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors in words for whoever has to do something about them. Asks nobody; keeps nothing. */
#define _GNU_SOURCE 1 /* strerrorname_np */
#include "vmclock_posix.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *vmclock_errno_name(int sys_errno)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
    return sys_errno == 0 ? NULL : strerrorname_np(sys_errno);
#else
    (void)sys_errno;
    return NULL;
#endif
}

/* strerror() without its buffer and the locale, where there is such a thing. */
static const char *describe(int sys_errno)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
    const char *words = strerrordesc_np(sys_errno);
    return words != NULL ? words : "Unknown error";
#else
    return strerror(sys_errno);
#endif
}

static const char *system_advice(const struct vmclock_error *err, bool device)
{
    switch (err->sys_errno) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
        return device ? "Linux makes this device from 6.13 on (driver ptp_vmclock) in a virtual machine that is given "
                        "a VMClock: by QEMU 10.0 or later with -device vmclock, by Firecracker 1.14 or later, by AWS "
                        "Nitro. The region must have a page or more, and a page of version 1."
                      : "";
    case EACCES:
    case EPERM:
        return device ? "Only root may read this device unless told otherwise (mode 0600). Run this as root, or grant "
                        "it until the next boot with: setfacl -m u:USER:r /dev/vmclock0, or for good with a udev rule: "
                        "KERNEL==\"vmclock*\", GROUP=\"GROUP\", MODE=\"0640\"."
                      : "It takes read permission for the file (to publish, write permission for it, or for its directory "
                        "to make it), and search permission for the directories above it.";
    case EISDIR:
        return "Name a file in this directory.";
    case ETIMEDOUT:
        return err->origin != NULL && strcmp(err->origin, "pread") == 0
                   ? "The writer began an update and has not ended it: the hypervisor has stalled or died in the midst "
                     "of it, or is paused. Try again later."
                   : "Something holds it open for writing, but nothing came for 5 s, or it did not end within 60 s.";
    default:
        return "";
    }
}

static const char *page_advice(enum vmclock_reason reason)
{
    switch (reason) {
    case VMCLOCK_REASON_EMPTY:
        return "The file is empty, the offset is past its end, or it is a FIFO that nobody writes to.";
    case VMCLOCK_REASON_TRUNCATED:
        return "Give the whole region, as a rule 4096 bytes, and check the offset.";
    case VMCLOCK_REASON_MAGIC_BYTE_SWAPPED:
        return "A VMClock page is little-endian on every machine: its writer needs to be fixed.";
    case VMCLOCK_REASON_BAD_MAGIC:
        return "Check the path and the offset: every page starts with the bytes V C L K.";
    case VMCLOCK_REASON_VERSION_ZERO:
        return "Wait until the hypervisor has written the page once, then try again.";
    case VMCLOCK_REASON_SIZE_TOO_SMALL:
        return "The writer needs to be fixed: every page reaches past flags.";
    case VMCLOCK_REASON_VERSION_UNSUPPORTED:
        return "Look for a newer version of this library, or distrust the page: no other version is specified yet.";
    case VMCLOCK_REASON_SIZE_EXCEEDS_REGION:
        return "If this is a shortened copy of a page, allow truncated input. If it is the whole region, its writer "
               "needs to be fixed: readers that trust its size read past the end.";
    case VMCLOCK_REASON_UPDATE_STALLED:
        return "The hypervisor has stalled or died in the midst of an update, or is paused. Try again later.";
    case VMCLOCK_REASON_UPDATE_TOO_FAST:
        return "Someone is writing it all the time. Try again, or read a copy.";
    default:
        return "";
    }
}

size_t vmclock_error_explain(const struct vmclock_error *err, const char *path, char *buf, size_t cap)
{
    static const char device[] = "/dev/vmclock";
    const bool is_device = path != NULL && strncmp(path, device, sizeof device - 1) == 0;
    const char *advice, *name;
    int len;

    if (buf == NULL)
        cap = 0;
    if (err == NULL || err->kind != VMCLOCK_ERR_SYSCALL)
        len = snprintf(buf, cap, "%s", err == NULL ? "" : page_advice(err->reason));
    else {
        advice = system_advice(err, is_device);
        name = vmclock_errno_name(err->sys_errno);
        len = snprintf(buf, cap, "%s (%s%s%s).%s%s", describe(err->sys_errno), err->origin != NULL ? err->origin : "",
                       err->origin != NULL ? ": " : "", name != NULL ? name : "?", *advice != '\0' ? " " : "", advice);
    }
    return len < 0 ? 0 : (size_t)len;
}
