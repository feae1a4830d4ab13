/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mutator as AFL++'s custom mutator: a shared library for AFL_CUSTOM_MUTATOR_LIBRARY. Compiled once for pages, and
 * once, with PAIRS, for two states of one.
 */
#include "fuzz_check.h"
#include "mutator.h"

enum { PAGE_MAX = 8192 };

struct mutator {
    struct fuzz_choice choice;
    uint8_t page[PAGE_MAX];
};

void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *other, size_t other_size,
                       size_t max_size);
void afl_custom_deinit(void *data);

void *afl_custom_init(void *afl, unsigned seed)
{
    struct mutator *mutator = calloc(1, sizeof *mutator);

    (void)afl;
    if (mutator != NULL)
        mutator->choice.state = seed;
    return mutator;
}

size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *other, size_t other_size,
                       size_t max_size)
{
    struct mutator *mutator = data;
    const size_t room = max_size < PAGE_MAX ? max_size : PAGE_MAX;

    *out = mutator->page;
#ifdef PAIRS
    if (other != NULL && fuzz_pick(&mutator->choice, 8) == 0) {
        const size_t crossed =
            fuzz_cross_pair(buf, size, other, other_size, mutator->page, room, fuzz_next(&mutator->choice));

        if (crossed > 0)
            return crossed;
    }
    if (size > room)
        size = room;
    memcpy(mutator->page, buf, size);
    return fuzz_mutate_pair(mutator->page, size, fuzz_next(&mutator->choice));
#else
    if (other != NULL && fuzz_pick(&mutator->choice, 8) == 0)
        return fuzz_cross(buf, size, other, other_size, mutator->page, room, fuzz_next(&mutator->choice));
    if (size > room)
        size = room;
    memcpy(mutator->page, buf, size);
    return fuzz_mutate(mutator->page, size, room, fuzz_next(&mutator->choice));
#endif
}

void afl_custom_deinit(void *data)
{
    free(data);
}
