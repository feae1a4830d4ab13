/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page written into private bytes: for any values, of any length, each byte of a field that lies wholly inside is
 * that of the value, little-endian; every other byte stays; nothing is written outside; and decoding gives the values
 * again.
 */
#include "proof.h"

#include "../../src/error.c"
#include "../../src/names.c"
#include "../../src/publish.c"
#include "../../src/text.c"
#include "../../src/view.c"

#include "page_value.h"

void encode(void)
{
    static uint8_t buf[120], before[120];
    struct vmclock_page page;
    const size_t len = nondet_size();

    __CPROVER_havoc_object(buf);
    for (unsigned i = 0; i < sizeof buf; i++)
        before[i] = buf[i];
    vmclock_encode(&page, buf, len);
    for (unsigned number = 1; number < SPEC_FIELDS; number++) {
        const struct spec_field f = spec_fields[number];
        const bool inside = f.offset + f.width <= len;

        for (unsigned i = f.offset; i < f.offset + f.width; i++)
            claim(buf[i] == (inside ? (uint8_t)(page_value(&page, number) >> 8 * (i - f.offset)) : before[i]),
                  "a field's byte");
    }
    for (unsigned i = 112; i < sizeof buf; i++)
        claim(buf[i] == before[i], "a byte behind the structure");
}

void encode_bounds(void)
{
    struct vmclock_page page;
    const size_t len = nondet_size();

    vmclock_encode(&page, any_bytes(len), len);
    vmclock_encode(NULL, any_bytes(len), len);
    vmclock_encode(&page, NULL, len);
    vmclock_encode(NULL, NULL, len);
}

void round_trip(void)
{
    static uint8_t buf[112];
    struct vmclock_page page, again;
    const struct vmclock_view view = {buf, nondet_u32()};

    __CPROVER_havoc_object(buf);
    vmclock_encode(&page, buf, sizeof buf);
    vmclock_decode(&view, &again);
    for (unsigned number = 1; number < SPEC_FIELDS; number++)
        if (view.len >= spec_fields[number].offset + spec_fields[number].width)
            claim(page_value(&again, number) == page_value(&page, number), "the value comes back");
}
