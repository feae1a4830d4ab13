/* SPDX-License-Identifier: BSD-2-Clause */
/* The properties of fuzz_parse, on pages whose fields are edited as wholes: past the header checks nearly always. */
#include "check_page.h"
#include "mutator.h"

/* libFuzzer's entry points; other engines leave them alone and have no LLVMFuzzerMutate() either. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size,
                                 uint8_t *out, size_t max_size, unsigned seed);
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (seed % 32 == 0 && LLVMFuzzerMutate != NULL)
        return LLVMFuzzerMutate(data, size, max_size);
    return fuzz_mutate(data, size, max_size, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size,
                                 uint8_t *out, size_t max_size, unsigned seed)
{
    return fuzz_cross(first, first_size, second, second_size, out, max_size, seed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_check_page(data, size);
    return 0;
}
