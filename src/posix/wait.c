/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for a page to change: by poll() where that helps, else by looking at intervals. Never writes to a page. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "vmclock_posix.h"

#include <errno.h>
#include <string.h>

#include "../names.h"
#include "device.h"

/* One wait: for what, on what, and how. */
struct wait {
    const struct vmclock_device *device;
    const struct vmclock_snapshot *since;
    int64_t interval_ns;
    struct vmclock_deadline_ deadline;
    bool polls;
};

/* What a step of it came to. */
enum step { LOOK_AGAIN, CHANGED, INTERRUPTED, FAILED };

/* seq_count differs from the snapshot's, or cannot be told. */
static bool has_changed(const struct wait *wait)
{
    const struct vmclock_device *const device = wait->device;

    if (device->page != NULL)
        return (vmclock_snapshot_compare)(device->page, device->len, wait->since, 1) != VMCLOCK_UNCHANGED;
    return !vmclock_seq_is_(device, wait->since, wait->deadline);
}

/* Waits for a notification, for an interval. */
static enum step wait_by_poll(struct wait *wait)
{
    const struct vmclock_input_ in = vmclock_device_input_(wait->device, wait->deadline);
    uint8_t unwanted;
    size_t len;
    int count;

    /* Reading arms the descriptor's poll; a change between that and the poll makes it ready at once. */
    (void)vmclock_input_read_(&in, 0, &unwanted, sizeof unwanted, &len, NULL);
    /* A change that is seen is told, even if another look would not see it: who looks again before waiting may spin. */
    if (has_changed(wait))
        return CHANGED;
    count = vmclock_poll_(in.fd, wait->interval_ns, wait->deadline);
    if (count < 0)
        return errno == EINTR ? INTERRUPTED : FAILED;
    /*
     * If it has not changed, this kernel has no poll operation of this device and is always ready, or it hangs up:
     * sample from now on.
     */
    wait->polls = count == 0;
    return LOOK_AGAIN;
}

static enum step wait_once(struct wait *wait)
{
    if (wait->polls)
        return wait_by_poll(wait);
    return vmclock_sleep_(wait->interval_ns, wait->deadline) ? LOOK_AGAIN : INTERRUPTED;
}

/* LOOK_AGAIN: the time is over. */
static enum step wait_for_change(struct wait *wait)
{
    for (;;) {
        /* Told before the look: all of the time may have gone by with this process, or its machine, stopped. */
        const bool is_over = vmclock_deadline_passed_(wait->deadline);
        enum step step;

        if (has_changed(wait))
            return CHANGED;
        if (is_over)
            return LOOK_AGAIN;
        step = wait_once(wait);
        if (step != LOOK_AGAIN)
            return step;
    }
}

enum vmclock_err vmclock_device_wait(const struct vmclock_device *device, const struct vmclock_snapshot *since,
                                     uint64_t interval_ns, uint64_t timeout_ns, bool *changed,
                                     struct vmclock_error *err)
{
    const struct vmclock_view view = vmclock_snapshot_view(since);
    struct wait wait = {.device = device, .since = since};
    enum step step;
    uint64_t flags;

    if (changed != NULL)
        *changed = false;
    if (device == NULL || device->fd < 0)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_WAIT_FAILED, "poll", EBADF);
    wait.deadline = vmclock_deadline_after_(timeout_ns);
    wait.interval_ns = interval_ns > INT64_MAX ? INT64_MAX : (int64_t)interval_ns;
    wait.polls = device->page != NULL && vmclock_get_flags(&view, &flags) &&
                 (flags & VMCLOCK_FLAG_NOTIFICATION_PRESENT) != 0;
    /* Nothing to compare with: the page was no page, and may be one after a while. */
    if (vmclock_view_len(&view) == 0) {
        (void)wait_once(&(struct wait){.interval_ns = wait.interval_ns, .deadline = wait.deadline});
        step = CHANGED;
    } else
        step = wait_for_change(&wait);
    if (step == FAILED)
        return vmclock_fail_syscall_(err, VMCLOCK_REASON_WAIT_FAILED, "poll", errno);
    if (changed != NULL)
        *changed = step == CHANGED;
    return vmclock_succeed_(err);
}
