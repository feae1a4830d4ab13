/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fuzz targets share: checks that no build leaves out, choices that depend on the input's bytes alone, so that
 * every find replays, and heap copies with nothing behind their last byte.
 */
#ifndef FUZZ_CHECK_H
#define FUZZ_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Put below the includes of what judges the code under test: a fuzzing engine then counts and traces only the code
 * under test. It would spend more than half of its time on the judges' comparisons. Sanitizers stay in force.
 */
#if defined(__clang__)
#define FUZZ_NOT_COVERED \
    _Pragma("clang attribute push(__attribute__((no_sanitize(\"coverage\"))), apply_to = function)")
#define FUZZ_COVERED _Pragma("clang attribute pop")
#else
#define FUZZ_NOT_COVERED
#define FUZZ_COVERED
#endif

FUZZ_NOT_COVERED

/* A target defines this: it always returns 0, and aborts on a broken property. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

_Noreturn static inline void fuzz_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: broken property: %s\n", file, line, condition);
    abort();
}

/* Not assert(): NDEBUG does not touch it. */
#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))

/* A sequence of choices made from the input, so that the input itself holds no knobs and a real page is a seed. */
struct fuzz_choice {
    uint64_t state;
};

static inline uint64_t fuzz_next(struct fuzz_choice *choice)
{
    uint64_t z = choice->state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* One of 0 to n - 1; n is not 0. */
static inline uint32_t fuzz_pick(struct fuzz_choice *choice, uint32_t n)
{
    return (uint32_t)((fuzz_next(choice) >> 32) * n >> 32);
}

/* Of the length, the structure's bytes and the last ones: hashing whole pages would cost more than parsing them. */
static inline struct fuzz_choice fuzz_choose_by(const uint8_t *data, size_t size)
{
    struct fuzz_choice choice = {size};
    uint64_t word;

    for (size_t at = 0; at + sizeof word <= size && at < 112; at += sizeof word) {
        memcpy(&word, data + at, sizeof word);
        choice.state = (choice.state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        choice.state ^= choice.state >> 32;
    }
    for (size_t at = size < sizeof word ? 0 : size - sizeof word; at < size; at++)
        choice.state = (choice.state ^ data[at]) * UINT64_C(0x100000001b3);
    return choice;
}

/* A heap copy that ends where its block ends, so that reading past it is seen; its first byte is at that alignment. */
struct fuzz_copy {
    uint8_t *block;
    uint8_t *bytes;
};

static inline struct fuzz_copy fuzz_copy_make(const uint8_t *data, size_t size, size_t misalignment)
{
    struct fuzz_copy copy;

    copy.block = malloc(misalignment + size + (misalignment + size == 0));
    FUZZ_CHECK(copy.block != NULL);
    copy.bytes = copy.block + misalignment;
    if (size > 0)
        memcpy(copy.bytes, data, size);
    return copy;
}

static inline void fuzz_copy_free(struct fuzz_copy *copy)
{
    free(copy->block);
    copy->block = copy->bytes = NULL;
}

FUZZ_COVERED

#endif
