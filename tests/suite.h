/* SPDX-License-Identifier: BSD-2-Clause */
/* What every suite uses: a table of tests, and expectations that say in which row of a test they failed. */
#ifndef SUITE_H
#define SUITE_H

#include <CUnit/CUnit.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Defines the suite of a file: SUITE(parse) = {{"a sentence", function}, …, CU_TEST_INFO_NULL}; */
#define SUITE(name)                        \
    extern const CU_TestInfo suite_##name[]; \
    const CU_TestInfo suite_##name[]

static inline void expect_number(const char *row, const char *what, uint64_t actual, uint64_t expected,
                                 const char *file, unsigned line)
{
    char message[512] = "";

    if (actual != expected)
        (void)snprintf(message, sizeof message, "%.200s%s%.150s is %lld (0x%llx), expected %lld (0x%llx)", row,
                       *row != '\0' ? ": " : "", what, (long long)actual, (unsigned long long)actual,
                       (long long)expected, (unsigned long long)expected);
    (void)CU_assertImplementation(actual == expected, line, message, file, "", CU_FALSE);
}

static inline void expect_text(const char *row, const char *what, const char *actual, const char *expected,
                               const char *file, unsigned line)
{
    const bool same = actual == NULL || expected == NULL ? actual == expected : strcmp(actual, expected) == 0;
    char message[1024] = "";

    if (!same)
        (void)snprintf(message, sizeof message, "%.200s%s%.100s is \"%.300s\", expected \"%.300s\"", row,
                       *row != '\0' ? ": " : "", what, actual != NULL ? actual : "(null)",
                       expected != NULL ? expected : "(null)");
    (void)CU_assertImplementation(same, line, message, file, "", CU_FALSE);
}

/* In a loop over rows, `row` says which one. */
#define EQ_IN(row, actual, expected) \
    expect_number(row, #actual, (uint64_t)(actual), (uint64_t)(expected), __FILE__, __LINE__)
#define EQ(actual, expected) EQ_IN("", actual, expected)
#define TEXT_IN(row, actual, expected) expect_text(row, #actual, actual, expected, __FILE__, __LINE__)
#define TEXT(actual, expected) TEXT_IN("", actual, expected)
#define HOLDS_IN(row, condition) expect_number(row, #condition, (condition) ? 1 : 0, 1, __FILE__, __LINE__)
#define HOLDS(condition) HOLDS_IN("", condition)

/* A copy that ends where the heap block ends, so that AddressSanitizer sees a read of one byte too many. */
static inline uint8_t *exact_copy(const void *bytes, size_t len)
{
    uint8_t *copy = calloc(1, len); /* gcc 14 takes a block of malloc's, of no bytes, for one that was to be written */

    if (copy == NULL && len > 0)
        abort();
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

/*
 * Holds a formatter to its contract: for every capacity from 0 to one past the text, the length of the whole is
 * returned, what fits is written and terminated, nothing behind it is touched. `what` is handed to the formatter.
 */
typedef size_t formatter(const void *what, char *buf, size_t cap);
static inline void expect_formatted(const char *row, formatter *format, const void *what, const char *expected,
                                    const char *file, unsigned line)
{
    const size_t full = strlen(expected);
    char text[1024], wanted[1024];

    expect_number(row, "length without a buffer", format(what, NULL, 0), full, file, line);
    expect_number(row, "length with a capacity but no buffer", format(what, NULL, 64), full, file, line);
    for (size_t cap = 0; cap <= full + 1; cap++) {
        const size_t kept = cap == 0 ? 0 : full < cap ? full : cap - 1;

        memset(text, 0x5a, sizeof text);
        memset(wanted, 0x5a, sizeof wanted);
        memcpy(wanted, expected, kept);
        if (cap > 0)
            wanted[kept] = '\0';
        expect_number(row, "length", format(what, text, cap), full, file, line);
        if (cap == full + 1)
            expect_text(row, "text", text, expected, file, line);
        else
            expect_number(row, "bytes that differ when cut", (uint64_t)(memcmp(text, wanted, cap) != 0), 0, file, line);
        expect_number(row, "bytes that differ behind the capacity",
                      (uint64_t)(memcmp(text + cap, wanted + cap, sizeof text - cap) != 0), 0, file, line);
    }
}
#define FORMATS_IN(row, format, what, expected) expect_formatted(row, format, what, expected, __FILE__, __LINE__)
#define FORMATS(format, what, expected) FORMATS_IN("", format, what, expected)

#endif
