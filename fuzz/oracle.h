/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second opinion: a naive decoder, check-list and list of findings, written from the documents with literal
 * offsets. It shares the library's public names and numbers, none of its code and none of its tables.
 */
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

#include "vmclock.h"

enum { ORACLE_FIELDS = 23, ORACLE_FINDINGS = 40 };

struct oracle_row {
    const char *name;
    unsigned offset;
    unsigned width;
    int flag_bit; /* of the flag that announces it, -1 for none */
};

struct oracle_page {
    struct vmclock_error error; /* all zeros for a valid page */
    struct vmclock_shm_header header;
    uint64_t extent; /* the bytes in which fields may lie */
    /* By number of the field, 1 to 23. */
    enum vmclock_presence presence[ORACLE_FIELDS + 1];
    uint64_t value[ORACLE_FIELDS + 1];
};

/* The row of a field by its number, 1 to 23. */
const struct oracle_row *oracle_row(unsigned field);

/* What vmclock_parse() has to say of these bytes; with `header_only`, vmclock_shm_header_read(). */
void oracle_parse(const uint8_t *bytes, size_t size, bool allow_truncated, bool header_only, struct oracle_page *page);

/* The findings of a page that parsed, in order; returns how many. */
unsigned oracle_findings(const uint8_t *bytes, const struct oracle_page *page,
                         struct vmclock_finding list[ORACLE_FINDINGS]);

/* The name of a value, NULL when it has none. */
const char *oracle_value_name(unsigned field, uint64_t value);

/* Holds the library's names, numbers and field table to the documents' ones; aborts on a difference. */
void oracle_check_tables(void);

#endif
