/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command once more, linked so that a signal comes in the midst of each update: after its stores, before seq_count
 * is even again.
 */
#include <signal.h>

#include "vmclock.h"

enum vmclock_err __real_vmclock_publish_commit(volatile void *page, size_t len, struct vmclock_error *err);
enum vmclock_err __wrap_vmclock_publish_commit(volatile void *page, size_t len, struct vmclock_error *err);

enum vmclock_err __wrap_vmclock_publish_commit(volatile void *page, size_t len, struct vmclock_error *err)
{
    (void)raise(SIGTERM);
    return __real_vmclock_publish_commit(page, len, err);
}
