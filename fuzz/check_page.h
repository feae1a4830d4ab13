/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUZZ_CHECK_PAGE_H
#define FUZZ_CHECK_PAGE_H

#include "fuzz_check.h"
#include "oracle.h"

/* Every property of a page's bytes: parsing, fields, findings, text, and the same again for a part of the input. */
void fuzz_check_page(const uint8_t *data, size_t size);
/* The properties of the header alone. */
void fuzz_check_header(const uint8_t *data, size_t size);

/* One formatter's argument; `choice` decides which of the short buffers is tried. */
struct fuzz_text {
    enum {
        TEXT_ERROR, TEXT_EXPECTED, TEXT_ACTUAL, TEXT_HEADER, TEXT_VALUE, TEXT_MEANING, TEXT_FINDING, TEXT_SUMMARY,
        TEXT_TIME, TEXT_LEAP_SECOND /* `value` is the second, its low bits make the nanoseconds */
    } kind;
    const struct vmclock_error *error;
    const struct vmclock_shm_header *header;
    const struct vmclock_view *view;
    const struct vmclock_finding *finding;
    enum vmclock_field field;
    uint64_t value;
};
enum { FUZZ_TEXT_MAX = 512 };
/* Renders it, holds it to the formatters' contract, and leaves it in `whole`; returns its length. */
size_t fuzz_check_text(const struct fuzz_text *text, struct fuzz_choice *choice, char whole[FUZZ_TEXT_MAX]);

#endif
