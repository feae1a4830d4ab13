/* SPDX-License-Identifier: BSD-2-Clause */
/* What vmclock.h promises of the first 16 bytes, and of a page. */
#ifndef VERDICT_H
#define VERDICT_H

#include "proof.h"

/* vmclock.h, "the first of this order is reported"; the numbers are those of vmclock_errors.h. */
static struct spec_error spec_header(const uint8_t *buf, size_t len)
{
    struct spec_error e = {0, 0, 0, 0, 0};

    if (len == 0)
        return (struct spec_error){2, 5, 0, 16, 0};
    if (len < 16)
        return (struct spec_error){3, 6, 0, 16, len};
    if (buf[0] == 'K' && buf[1] == 'L' && buf[2] == 'C' && buf[3] == 'V')
        return (struct spec_error){3, 7, 1, 0x4b4c4356, 0x56434c4b};
    if (!(buf[0] == 'V' && buf[1] == 'C' && buf[2] == 'L' && buf[3] == 'K'))
        return (struct spec_error){3, 8, 1, 0x4b4c4356, spec_number(buf, 4)};
    if (buf[8] == 0 && buf[9] == 0)
        return (struct spec_error){2, 9, 3, 1, 0};
    if (spec_number(buf + 4, 4) < 16)
        return (struct spec_error){3, 10, 2, 16, spec_number(buf + 4, 4)};
    return e;
}

static struct spec_error spec_page(const uint8_t *buf, size_t len, unsigned flags)
{
    const struct spec_error e = spec_header(buf, len);
    uint64_t size;

    if (e.kind != 0)
        return e;
    size = spec_number(buf + 4, 4);
    if (spec_number(buf + 8, 2) != 1)
        return (struct spec_error){5, 11, 3, 1, spec_number(buf + 8, 2)};
    if (size < 32)
        return (struct spec_error){3, 10, 2, 32, size};
    if ((flags & 1) == 0 && size > len)
        return (struct spec_error){3, 12, 2, len, size};
    if (len < 32)
        return (struct spec_error){3, 6, 0, 32, len};
    return e;
}

#endif
