/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Live pages: opens and maps a device, takes snapshots under a deadline, waits for changes. Maps only what cannot shrink
 * under the mapping; never writes to a page, and all state is in the caller's struct.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "posix_internal.h"

#include <poll.h>
#include <sched.h>
#include <sys/mman.h>

#include "../live.h"
#include "../names.h"

#define NS_PER_SEC INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

/* now + span, without wrapping for spans of centuries. */
static int64_t deadline_after(uint64_t span_ns)
{
    const int64_t now = vmclock_monotonic_ns_();

    return span_ns > (uint64_t)(INT64_MAX - now) ? INT64_MAX : now + (int64_t)span_ns;
}

/* Sleeps, at most until the deadline; false when a signal came. */
static bool sleep_ns(int64_t span, int64_t deadline)
{
    const int64_t most = INT32_MAX * NS_PER_SEC; /* fits a time_t of 32 bits as well; who waits longer asks again */
    const int64_t left = deadline - vmclock_monotonic_ns_(), wanted = span < left ? span : left;
    const int64_t ns = wanted < most ? wanted : most;
    struct timespec time = {0};

    if (ns <= 0)
        return true;
    time.tv_sec = (time_t)(ns / NS_PER_SEC);
    time.tv_nsec = (long)(ns % NS_PER_SEC);
    return nanosleep(&time, NULL) == 0;
}

/* Between two rounds of attempts: an update usually lasts well under a microsecond, a preempted writer milliseconds. */
static void pause_before_round(unsigned round, int64_t deadline)
{
    if (round < 8)
        return;
    if (round < 16)
        (void)sched_yield();
    else
        (void)sleep_ns(round < 32 ? NS_PER_MS / 20 : NS_PER_MS, deadline);
}

enum vmclock_err vmclock_device_open(struct vmclock_device *device, const char *path, struct vmclock_error *err)
{
    struct vmclock_device opened = {.fd = -1};
    struct stat status;
    void *page;

    if (device != NULL)
        *device = opened;
    if (device == NULL || path == NULL)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", EFAULT);
    opened.fd = vmclock_open_(path, O_RDONLY);
    if (opened.fd < 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", errno);
    if (fstat(opened.fd, &status) != 0) {
        const enum vmclock_err kind = vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "fstat", errno);
        (void)close(opened.fd);
        return kind;
    }
    if (!S_ISREG(status.st_mode)) {
        opened.len = (size_t)sysconf(_SC_PAGESIZE);
        page = MAP_FAILED;
        errno = ENODEV;
        /* A block device may shrink under its mapping just as a file may. */
        if (S_ISCHR(status.st_mode))
            page = mmap(NULL, opened.len, PROT_READ, MAP_SHARED, opened.fd, 0);
        if (page == MAP_FAILED) {
            const enum vmclock_err kind = vmclock_fail_syscall_(err, VMCLOCK_REASON_MAP_FAILED, "mmap", errno);
            (void)close(opened.fd);
            return kind;
        }
        opened.page = page;
    }
    *device = opened;
    return vmclock_succeed_(err);
}

void vmclock_device_close(struct vmclock_device *device)
{
    if (device == NULL)
        return;
    if (device->page != NULL) {
        /* The qualifiers protect the page's readers; unmapping reads nothing. */
        (void)munmap((void *)(uintptr_t)device->page, device->len);
        device->page = NULL;
    }
    if (device->fd >= 0)
        (void)close(device->fd);
    device->fd = -1;
    device->len = 0;
}

/*
 * One attempt on a regular file: seq_count, the page, and seq_count again, each by a call of its own, since nothing orders
 * the loads within the kernel's copy. Reading leaves no mapping behind that could fault when the file shrinks.
 */
static enum vmclock_err try_file(int fd, struct vmclock_snapshot *out, struct vmclock_error *err)
{
    _Alignas(8) unsigned char bytes[VMCLOCK_STRUCT_SIZE];
    struct vmclock_snapshot snapshot;
    struct stat status;
    uint32_t before = 0, again = 0;
    ssize_t got;
    size_t region;
    enum vmclock_err kind;

    if (fstat(fd, &status) != 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_READ_FAILED, "fstat", errno);
    (void)vmclock_pread_(fd, &before, sizeof before, VMCLOCK_AT_SEQ_COUNT);
    vmclock_live_acquire_();
    got = vmclock_pread_(fd, bytes, sizeof bytes, 0);
    if (got < 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_READ_FAILED, "pread", errno);
    region = vmclock_region_((size_t)got, &status);
    kind = vmclock_snapshot_take(bytes, region, 1, &snapshot, err);
    if (kind != VMCLOCK_OK && region < VMCLOCK_HEADER_SIZE)
        return kind;
    vmclock_live_acquire_();
    got = vmclock_pread_(fd, &again, sizeof again, VMCLOCK_AT_SEQ_COUNT);
    if (got < 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_READ_FAILED, "pread", errno);
    if (got < (ssize_t)sizeof again || again != before ||
        __builtin_memcmp(&again, bytes + VMCLOCK_AT_SEQ_COUNT, sizeof again) != 0)
        return vmclock_fail_(err, VMCLOCK_REASON_UPDATE_TOO_FAST, VMCLOCK_FIELD_NONE, 0, vmclock_le32_(again));
    if (kind == VMCLOCK_OK && out != NULL)
        *out = snapshot;
    return kind;
}

enum vmclock_err vmclock_device_snapshot(const struct vmclock_device *device, uint64_t timeout_ns,
                                         struct vmclock_snapshot *out, struct vmclock_error *err)
{
    const int64_t deadline = deadline_after(timeout_ns);
    struct vmclock_error why;
    bool stalled = true, is_last = timeout_ns == 0;

    if (out != NULL)
        *out = (struct vmclock_snapshot){0};
    for (unsigned round = 0;; round++) {
        enum vmclock_err kind;

        if (device == NULL)
            kind = vmclock_fail_syscall_(&why, VMCLOCK_REASON_READ_FAILED, "pread", EBADF);
        else if (device->page != NULL)
            kind = vmclock_snapshot_take(device->page, device->len, VMCLOCK_ATTEMPTS_, out, &why);
        else
            kind = try_file(device->fd, out, &why);
        if (kind == VMCLOCK_OK)
            return vmclock_succeed_(err);
        stalled &= why.reason == VMCLOCK_REASON_UPDATE_STALLED;
        if ((why.reason != VMCLOCK_REASON_UPDATE_STALLED && why.reason != VMCLOCK_REASON_UPDATE_TOO_FAST) || is_last)
            break;
        /* Once more after the deadline: all of the time may have gone by with this process, or its machine, stopped. */
        is_last = vmclock_monotonic_ns_() >= deadline;
        pause_before_round(round < UINT16_MAX ? round : UINT16_MAX, deadline);
    }
    if (why.reason == VMCLOCK_REASON_UPDATE_STALLED && !stalled)
        why.reason = VMCLOCK_REASON_UPDATE_TOO_FAST;
    if (err != NULL)
        *err = why;
    return why.kind;
}

/* seq_count differs from the snapshot's, or cannot be told. */
static bool changed_since(const struct vmclock_device *device, const struct vmclock_snapshot *since)
{
    uint32_t seq;

    if (device->page != NULL)
        return vmclock_snapshot_compare(device->page, device->len, since, 1) != VMCLOCK_UNCHANGED;
    return vmclock_pread_(device->fd, &seq, sizeof seq, VMCLOCK_AT_SEQ_COUNT) != (ssize_t)sizeof seq ||
           __builtin_memcmp(&seq, (const unsigned char *)since->words + VMCLOCK_AT_SEQ_COUNT, sizeof seq) != 0;
}

enum vmclock_err vmclock_device_wait(const struct vmclock_device *device, const struct vmclock_snapshot *since,
                                     uint64_t interval_ns, uint64_t timeout_ns, bool *changed,
                                     struct vmclock_error *err)
{
    const int64_t deadline = deadline_after(timeout_ns);
    const int64_t interval = interval_ns > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)interval_ns;
    const struct vmclock_view view = vmclock_snapshot_view(since);
    bool poll_helps, found;
    uint64_t flags = 0;

    if (changed != NULL)
        *changed = false;
    if (device == NULL || device->fd < 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_WAIT_FAILED, "poll", EBADF);
    poll_helps = device->page != NULL && vmclock_get_flags(&view, &flags) &&
                 (flags & VMCLOCK_FLAG_NOTIFICATION_PRESENT) != 0;
    /* Nothing to compare with: the page was no page, and may be one after a while. */
    found = vmclock_view_len(&view) == 0;
    if (found)
        (void)sleep_ns(interval, deadline);
    while (!found && !(found = changed_since(device, since)) && vmclock_monotonic_ns_() < deadline) {
        if (poll_helps) {
            const int64_t left = deadline - vmclock_monotonic_ns_(), ns = interval < left ? interval : left;
            const int64_t ms = (ns + NS_PER_MS - 1) / NS_PER_MS;
            struct pollfd ready = {.fd = device->fd, .events = POLLIN};
            unsigned char arm;
            int count;

            /* Reading arms the descriptor's poll; a change between that and the poll makes it ready at once. */
            (void)vmclock_pread_(device->fd, &arm, sizeof arm, 0);
            if (changed_since(device, since))
                continue;
            count = poll(&ready, 1, ms > INT32_MAX ? INT32_MAX : ms < 0 ? 0 : (int)ms);
            if (count < 0 && errno != EINTR)
                return vmclock_fail_syscall_(err, VMCLOCK_REASON_WAIT_FAILED, "poll", errno);
            if (count < 0)
                break;
            /* Kernels without a poll operation of this device are always ready, others hang up: sample from now on. */
            poll_helps = count == 0 || changed_since(device, since);
        } else if (!sleep_ns(interval, deadline))
            break;
    }
    if (changed != NULL)
        *changed = found;
    return vmclock_succeed_(err);
}
