/* SPDX-License-Identifier: BSD-2-Clause */
/* One input, read into memory and judged. */
#ifndef VMCLOCK_CMD_INPUT_H
#define VMCLOCK_CMD_INPUT_H

#include "vmclock_posix.h"

/* At most this much of a region is looked at. */
#define CMD_REGION_MAX ((size_t)1 << 20)

/* What an input turned out to be. */
struct cmd_result {
    const char *path;
    size_t bytes;                     /* of the region, given to the parser */
    struct vmclock_error error;       /* kind VMCLOCK_OK: a valid page */
    struct vmclock_view view;         /* of the caller's buffer; empty unless valid */
    struct vmclock_shm_header header; /* as found */
    bool has_header;                  /* 16 bytes were there */
    enum vmclock_image_format image;  /* what the input starts like, when the magic is wrong */
};

/*
 * Reads the page that starts at `offset` of a path, or of standard input for "-", into a buffer of the caller's, of
 * CMD_REGION_MAX bytes, and parses it with parse_flags. Returns the kind of the error.
 */
enum vmclock_err cmd_input(const char *path, uint64_t offset, unsigned parse_flags, void *buf,
                           struct cmd_result *result);

/* A field of the page, of an invalid one those of the header. False when it is not there. */
bool cmd_field(const struct cmd_result *result, enum vmclock_field field, uint64_t *value);

#endif
