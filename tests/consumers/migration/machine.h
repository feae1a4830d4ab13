/* SPDX-License-Identifier: BSD-2-Clause */
/* What host and guest know of the machine: where in its memory the page is, as firmware tables would tell. */
#ifndef MACHINE_H
#define MACHINE_H

#include <vmclock.h>

enum { MACHINE_MEMORY = 4 * 1024 * 1024, MACHINE_PAGE_AT = 0xde000 };

#endif
