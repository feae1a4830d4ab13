/* SPDX-License-Identifier: BSD-2-Clause */
/* The second opinion on two pages: a naive list of transitions from the documents, with wide integers. */
#ifndef FUZZ_ORACLE_DIFF_H
#define FUZZ_ORACLE_DIFF_H

#include "big.h"
#include "oracle.h"

enum { ORACLE_TRANSITIONS = 15 };

struct oracle_transition {
    unsigned id;
    unsigned field; /* its number, 1 to 23 */
    uint64_t before, after;
    uint64_t nanosec;
};

extern const char *const oracle_transition_names[11];
extern const enum vmclock_severity oracle_transition_severities[11];

/* The transitions between two pages that parsed, in order; returns how many. */
unsigned oracle_transitions(const struct oracle_page *before, const struct oracle_page *after,
                            struct oracle_transition list[ORACLE_TRANSITIONS]);

/* What happened between them. */
enum vmclock_change oracle_change(const uint8_t *before_bytes, const struct oracle_page *before,
                                  const uint8_t *after_bytes, const struct oracle_page *after);

/* The time that BEFORE gives for AFTER's counter value, in 2^-(64+shift) s: nothing has been rounded. */
struct wide oracle_expected_time(const struct oracle_page *before, const struct oracle_page *after);

#endif
