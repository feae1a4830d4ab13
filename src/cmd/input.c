/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads by the library, parses by the library; knows that "-" is standard input. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "input.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a file starts like whose region starts further on; it is looked at again. */
static enum vmclock_image_format input_image(const char *path)
{
    struct stat info;
    uint8_t start[64];
    size_t len;

    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) ||
        vmclock_read_path(path, 0, start, sizeof start, &len, NULL) != VMCLOCK_OK)
        return VMCLOCK_IMAGE_RAW;
    return vmclock_image_identify(start, len);
}

enum vmclock_err cmd_input(const char *path, uint64_t offset, unsigned parse_flags, void *buf,
                           struct cmd_result *result)
{
    enum vmclock_err kind;

    *result = (struct cmd_result){.path = path};
    kind = strcmp(path, "-") == 0
               ? vmclock_read_fd(STDIN_FILENO, offset, buf, CMD_REGION_MAX, &result->bytes, &result->error)
               : vmclock_read_path(path, offset, buf, CMD_REGION_MAX, &result->bytes, &result->error);
    /* A header is shown as it was found, whatever is wrong with it. */
    result->has_header = vmclock_shm_header_read(buf, result->bytes, &result->header, NULL) == VMCLOCK_OK ||
                         result->bytes >= VMCLOCK_HEADER_SIZE;
    if (kind == VMCLOCK_OK)
        kind = vmclock_parse(buf, result->bytes, parse_flags, &result->view, &result->error);
    if (result->error.reason == VMCLOCK_REASON_BAD_MAGIC)
        result->image = offset == 0 ? vmclock_image_identify(buf, result->bytes) : input_image(path);
    return kind;
}

bool cmd_field(const struct cmd_result *result, enum vmclock_field field, uint64_t *value)
{
    if (result->error.kind == VMCLOCK_OK)
        return vmclock_get_raw(&result->view, field, value) != VMCLOCK_ABSENT;
    if (!result->has_header)
        return false;
    switch ((unsigned)field) {
    case VMCLOCK_FIELD_MAGIC:
        *value = result->header.magic;
        return true;
    case VMCLOCK_FIELD_SIZE:
        *value = result->header.size;
        return true;
    case VMCLOCK_FIELD_VERSION:
        *value = result->header.version;
        return true;
    case VMCLOCK_FIELD_COUNTER_ID:
        *value = result->header.counter_id;
        return true;
    case VMCLOCK_FIELD_TIME_TYPE:
        *value = result->header.time_type;
        return true;
    case VMCLOCK_FIELD_SEQ_COUNT:
        *value = result->header.seq_count;
        return true;
    default:
        return false;
    }
}
