/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Live pages: opens and maps a device, takes snapshots under a deadline, waits for changes. Maps only what cannot
 * shrink under the mapping; never writes to a page, and all state is in the caller's struct.
 */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../live.h"
#include "../names.h"

/* What a path may take that waits for others before it can be opened. */
#define OPEN_NS (5 * VMCLOCK_NS_PER_SEC_)

/* ---- Opening ---- */

struct vmclock_input_ vmclock_device_input_(const struct vmclock_device *device, struct vmclock_deadline_ deadline)
{
    return (struct vmclock_input_){
        .fd = device->fd, .start = device->offset, .silence_ns = UINT64_MAX, .deadline = deadline};
}

static size_t memory_page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Maps the page of memory that `offset` lies in; device->page points into it. */
static enum vmclock_err map_device(struct vmclock_device *device, struct vmclock_error *err)
{
    const size_t whole = memory_page(), inside = (size_t)(device->offset % whole);
    /* It fits: something was asked for there. */
    const off_t from = (off_t)(device->offset - inside);
    void *const page = mmap(NULL, whole, PROT_READ, MAP_SHARED, device->fd, from);

    if (page == MAP_FAILED)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_MAP_FAILED, "mmap", errno);
    device->page = (const unsigned char *)page + inside;
    device->len = whole - inside;
    return vmclock_succeed_(err);
}

/*
 * A page starts where it is to be mapped, or the device says that its page is being updated and stays so. A mapping of
 * what is no page is never touched, since some devices kill the process for that (SIGBUS). Nothing is waited for.
 */
static bool offers_page(const struct vmclock_device *device)
{
    static const uint8_t magic[] = {'V', 'C', 'L', 'K'};
    const struct vmclock_input_ in = vmclock_device_input_(device, (struct vmclock_deadline_){0});
    struct vmclock_error why;
    uint8_t start[sizeof magic];
    size_t len;

    if (vmclock_input_read_(&in, 0, start, sizeof start, &len, &why) != VMCLOCK_OK)
        return why.sys_errno == ETIMEDOUT && strcmp(why.origin, "pread") == 0;
    return len == sizeof magic && memcmp(start, magic, sizeof magic) == 0;
}

/* A regular file needs nothing more; a device is mapped. */
static enum vmclock_err attach(struct vmclock_device *device, struct vmclock_error *err)
{
    struct stat status;

    if (fstat(device->fd, &status) != 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "fstat", errno);
    if (S_ISREG(status.st_mode))
        return vmclock_succeed_(err);
    /* A block device may shrink under its mapping just as a file may. */
    if (!S_ISCHR(status.st_mode) || !offers_page(device))
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_MAP_FAILED, "mmap", ENODEV);
    return map_device(device, err);
}

enum vmclock_err vmclock_device_open(struct vmclock_device *device, const char *path, uint64_t offset,
                                     struct vmclock_error *err)
{
    struct vmclock_device opened = {.fd = -1, .offset = offset};
    struct vmclock_held_ held;
    enum vmclock_err kind;

    if (device != NULL)
        *device = (struct vmclock_device){.fd = -1};
    if (device == NULL || path == NULL)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", EFAULT);
    vmclock_hold_(&held);
    opened.fd = vmclock_open_(path, O_RDONLY, vmclock_deadline_after_(OPEN_NS));
    if (opened.fd < 0)
        kind = vmclock_fail_syscall_(err, VMCLOCK_REASON_OPEN_FAILED, "open", errno);
    else
        kind = attach(&opened, err);
    if (kind == VMCLOCK_OK)
        *device = opened;
    else if (opened.fd >= 0)
        (void)close(opened.fd);
    vmclock_release_(&held);
    return kind;
}

void vmclock_device_close(struct vmclock_device *device)
{
    struct vmclock_held_ held;

    if (device == NULL)
        return;
    vmclock_hold_(&held);
    if (device->page != NULL) {
        /* The qualifiers protect the page's readers; unmapping reads nothing. */
        const uintptr_t at = (uintptr_t)device->page, whole = memory_page();

        (void)munmap((void *)(at - at % whole), whole);
    }
    if (device->fd >= 0)
        (void)close(device->fd);
    *device = (struct vmclock_device){.fd = -1};
    vmclock_release_(&held);
}

/* ---- Snapshots ---- */

bool vmclock_seq_is_(const struct vmclock_device *device, const struct vmclock_snapshot *snapshot,
                     struct vmclock_deadline_ deadline)
{
    const struct vmclock_input_ in = vmclock_device_input_(device, deadline);
    struct vmclock_seq_ seq;

    return vmclock_input_seq_(&in, &seq, NULL) == VMCLOCK_OK && vmclock_seq_agrees_(&seq, &seq, snapshot->words);
}

/*
 * One attempt on a regular file, with *err for whatever comes of it. Reading leaves no mapping behind that could fault
 * when the file shrinks.
 */
static enum vmclock_err try_file(const struct vmclock_input_ *in, struct vmclock_snapshot *out,
                                 struct vmclock_error *err)
{
    _Alignas(8) unsigned char bytes[VMCLOCK_STRUCT_SIZE];
    struct vmclock_snapshot snapshot;
    struct vmclock_seq_ before, after;
    struct vmclock_error why;
    size_t len, region;
    enum vmclock_err kind = vmclock_input_seq_(in, &before, err), judged;

    if (kind == VMCLOCK_OK)
        kind = vmclock_input_page_(in, bytes, &len, &region, err);
    if (kind != VMCLOCK_OK)
        return kind;
    judged = vmclock_snapshot_take(bytes, region, 1, &snapshot, &why);
    if (judged == VMCLOCK_OK || region >= VMCLOCK_HEADER_SIZE) {
        kind = vmclock_input_seq_(in, &after, err);
        if (kind != VMCLOCK_OK)
            return kind;
        if (!vmclock_seq_agrees_(&before, &after, bytes)) {
            uint32_t seq = 0;

            memcpy(&seq, after.bytes, after.len);
            return vmclock_fail_(err, VMCLOCK_REASON_UPDATE_TOO_FAST, VMCLOCK_FIELD_NONE, 0, vmclock_le32_(seq));
        }
    }
    if (judged == VMCLOCK_OK && out != NULL)
        *out = snapshot;
    *err = why;
    return judged;
}

/* One round of attempts, with no look at the clock unless reading has to wait. */
static enum vmclock_err try_round(const struct vmclock_device *device, struct vmclock_deadline_ deadline,
                                  struct vmclock_snapshot *out, struct vmclock_error *err)
{
    struct vmclock_input_ in;

    if (device->page != NULL)
        return vmclock_snapshot_take(device->page, device->len, VMCLOCK_ATTEMPTS_, out, err);
    in = vmclock_device_input_(device, deadline);
    return try_file(&in, out, err);
}

static bool is_busy(const struct vmclock_error *err)
{
    return err->reason == VMCLOCK_REASON_UPDATE_STALLED || err->reason == VMCLOCK_REASON_UPDATE_TOO_FAST;
}

/* Between two rounds of attempts: an update usually lasts well under a microsecond, a preempted writer milliseconds. */
static void pause_before_round(unsigned round, struct vmclock_deadline_ deadline)
{
    if (round < 8)
        return;
    if (round < 16)
        (void)sched_yield();
    else
        (void)vmclock_sleep_(round < 32 ? VMCLOCK_NS_PER_MS_ / 20 : VMCLOCK_NS_PER_MS_, deadline);
}

/* Goes on after a first round that found the page busy, as *why has it. Only how it ends is told. */
static enum vmclock_err try_again(const struct vmclock_device *device, struct vmclock_deadline_ deadline,
                                  struct vmclock_snapshot *out, struct vmclock_error *why)
{
    bool stalled = why->reason == VMCLOCK_REASON_UPDATE_STALLED, is_last = false;

    for (unsigned round = 0; !is_last; round++) {
        /* Once more after the deadline: all of the time may have gone by with this process, or its machine, stopped. */
        is_last = vmclock_deadline_passed_(deadline);
        pause_before_round(round, deadline);
        if (try_round(device, deadline, out, why) == VMCLOCK_OK || !is_busy(why))
            return why->kind;
        stalled &= why->reason == VMCLOCK_REASON_UPDATE_STALLED;
    }
    if (!stalled)
        why->reason = VMCLOCK_REASON_UPDATE_TOO_FAST;
    return why->kind;
}

/* The first round, of a device that may be closed. */
static enum vmclock_err try_first(const struct vmclock_device *device, struct vmclock_deadline_ deadline,
                                  struct vmclock_snapshot *out, struct vmclock_error *why)
{
    if (out != NULL)
        *out = (struct vmclock_snapshot){0};
    if (device == NULL || (device->page == NULL && device->fd < 0))
        return vmclock_fail_syscall_(why, VMCLOCK_REASON_READ_FAILED, "pread", EBADF);
    return try_round(device, deadline, out, why);
}

static enum vmclock_err tell(const struct vmclock_error *why, struct vmclock_error *err)
{
    if (err != NULL)
        *err = *why;
    return why->kind;
}

enum vmclock_err vmclock_snapshot_until_(const struct vmclock_device *device, struct vmclock_deadline_ deadline,
                                         struct vmclock_snapshot *out, struct vmclock_error *err)
{
    struct vmclock_error why;

    if (try_first(device, deadline, out, &why) != VMCLOCK_OK && is_busy(&why) && deadline.at_ns > 0)
        (void)try_again(device, deadline, out, &why);
    return tell(&why, err);
}

enum vmclock_err vmclock_device_snapshot(const struct vmclock_device *device, uint64_t timeout_ns,
                                         struct vmclock_snapshot *out, struct vmclock_error *err)
{
    const bool is_mapped = device != NULL && device->page != NULL;
    struct vmclock_deadline_ deadline = {0};
    struct vmclock_error why;

    /* The usual way on a mapped page makes no system call: the clock is asked when there is something to wait for. */
    if (!is_mapped)
        deadline = vmclock_deadline_after_(timeout_ns);
    if (try_first(device, deadline, out, &why) != VMCLOCK_OK && is_busy(&why) && timeout_ns > 0) {
        if (is_mapped)
            deadline = vmclock_deadline_after_(timeout_ns);
        (void)try_again(device, deadline, out, &why);
    }
    return tell(&why, err);
}

/* ---- Comparing ---- */

enum vmclock_change vmclock_device_compare(const struct vmclock_device *device, const struct vmclock_snapshot *snapshot,
                                           uint64_t timeout_ns)
{
    const struct vmclock_view view = vmclock_snapshot_view(snapshot);
    struct vmclock_deadline_ deadline;
    struct vmclock_snapshot now;
    enum vmclock_change change;

    if (device == NULL || vmclock_view_len(&view) == 0)
        return VMCLOCK_UNSURE;
    if (device->page != NULL) {
        /* The usual way: no system call. */
        change = vmclock_snapshot_compare(device->page, device->len, snapshot, VMCLOCK_ATTEMPTS_);
        if (change != VMCLOCK_UNSURE || timeout_ns == 0)
            return change;
    }
    deadline = vmclock_deadline_after_(timeout_ns);
    if (device->page == NULL && vmclock_seq_is_(device, snapshot, deadline))
        return VMCLOCK_UNCHANGED;
    if (vmclock_snapshot_until_(device, deadline, &now, NULL) != VMCLOCK_OK)
        return VMCLOCK_UNSURE;
    return vmclock_snapshots_compare(snapshot, &now);
}
