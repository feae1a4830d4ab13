/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUZZ_MUTATOR_H
#define FUZZ_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/*
 * Edits whole fields of a page in place, boundary values first, and leaves it valid most of the time. `size` bytes are
 * there, up to `max_size` fit. Returns the new size.
 */
size_t fuzz_mutate(uint8_t *data, size_t size, size_t max_size, uint64_t seed);
/* The first page with whole fields of the second. Returns the size of what is in `out`. */
size_t fuzz_cross(const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size, uint8_t *out,
                  size_t max_size, uint64_t seed);

/*
 * The same for two whole structures, one behind the other, as fuzz_diff takes them. What is not that long is left to
 * the engine: 0 is returned, and nothing is changed.
 */
size_t fuzz_mutate_pair(uint8_t *data, size_t size, uint64_t seed);
size_t fuzz_cross_pair(const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size, uint8_t *out,
                       size_t max_size, uint64_t seed);

#endif
