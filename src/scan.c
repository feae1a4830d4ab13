/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages in large memory, chunk by chunk. The search is for the magic alone; what it finds is judged by the parser's own
 * checks. Of what lies before a chunk only the last bytes are kept, as many as a header that is not yet whole can have.
 */
#include "parse.h"

enum {
    SCAN_WORD = 4,     /* the magic's bytes */
    SCAN_BLOCK = 1024, /* bytes searched without a jump */
    SCAN_SPARSE = 16   /* from this step on, looking at each offset costs less than reading all */
};

/* As it lies in memory, of any alignment. */
typedef uint32_t __attribute__((__may_alias__, __aligned__(1))) scan_word;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define SCAN_MAGIC VMCLOCK_MAGIC_SWAPPED_
#else
#define SCAN_MAGIC VMCLOCK_MAGIC
#endif

static inline bool scan_is_magic(const uint8_t *p)
{
    return *(const scan_word *)p == SCAN_MAGIC;
}

/* a + b, or the greatest number. */
static inline uint64_t scan_add(uint64_t a, uint64_t b)
{
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/* A number, since compilers make worse vectors of bool. */
static inline uint32_t scan_match(const uint8_t *p)
{
    return (uint32_t)scan_is_magic(p);
}

/*
 * Whether the magic is in a block, at a multiple of 4 from its start. Plain loops, of which compilers make vectors:
 * four quarters at a time, so that the loop itself costs little.
 */
static bool scan_block_words(const uint8_t *block)
{
    const size_t quarter = SCAN_BLOCK / 4;
    uint32_t found = 0;

    for (size_t i = 0; i < quarter; i += SCAN_WORD)
        found |= scan_match(block + i) | scan_match(block + i + quarter) | scan_match(block + i + 2 * quarter) |
                 scan_match(block + i + 3 * quarter);
    return found != 0;
}

/* The same at any offset. Looks at 3 bytes more than a block has. */
static bool scan_block_bytes(const uint8_t *block)
{
    uint32_t found = 0;

    for (unsigned i = 0; i < SCAN_BLOCK; i += SCAN_WORD)
        found |= scan_match(block + i) | scan_match(block + i + 1) | scan_match(block + i + 2) |
                 scan_match(block + i + 3);
    return found != 0;
}

/* Looks at each offset: moves *at to the first one with the magic, which it returns, or past the last one: NULL. */
static const uint8_t *scan_each(const uint8_t *base, size_t len, uint64_t step, uint64_t *at)
{
    const uint8_t *p;

    while ((p = vmclock_bytes_(base, len, *at, SCAN_WORD)) != NULL && !scan_is_magic(p))
        *at = scan_add(*at, step);
    return p;
}

/* Moves *at over blocks that have no magic. */
static void scan_skip(const uint8_t *base, size_t len, uint64_t step, uint64_t *at)
{
    const unsigned advance = SCAN_BLOCK - SCAN_BLOCK % (unsigned)step;
    const uint8_t *block;

    if (step % SCAN_WORD == 0)
        while ((block = vmclock_bytes_(base, len, *at, SCAN_BLOCK + SCAN_WORD - 1)) != NULL && !scan_block_words(block))
            *at += advance;
    else
        while ((block = vmclock_bytes_(base, len, *at, SCAN_BLOCK + SCAN_WORD - 1)) != NULL && !scan_block_bytes(block))
            *at += advance;
}

/* scan_each() for any step. */
static const uint8_t *scan_find(const uint8_t *base, size_t len, uint64_t step, uint64_t *at)
{
    const unsigned block = SCAN_BLOCK + SCAN_WORD - 1;
    const uint8_t *found;
    bool is_last;

    if (step >= SCAN_SPARSE)
        return scan_each(base, len, step, at);
    do {
        scan_skip(base, len, step, at);
        /* Here a magic is near, though perhaps not at an offset that is asked for, or less than a block is left. */
        is_last = vmclock_bytes_(base, len, *at, block) == NULL;
        found = scan_each(base, is_last ? len : (size_t)*at + block, step, at);
    } while (found == NULL && !is_last);
    return found;
}

/* One call's input. */
struct scan_chunk {
    const uint8_t *base;
    size_t len;
    uint64_t following;
};

/* Judges what has the magic at scan->next, of whose region `len` bytes are at p. True when it is to be told. */
static bool scan_judge(struct vmclock_scan *scan, const struct scan_chunk *chunk, const uint8_t *p, size_t len,
                       struct vmclock_scan_hit *hit)
{
    const uint64_t left = scan_add(scan->position + chunk->len - scan->next, chunk->following);
    const struct vmclock_view bytes = vmclock_raw_view_(p, len);

    *hit = (struct vmclock_scan_hit){.offset = scan->next};
    hit->bytes = left < VMCLOCK_SCAN_REGION ? (uint32_t)left : VMCLOCK_SCAN_REGION;
    hit->has_header = vmclock_view_header_(&bytes, &hit->header);
    scan->next = scan_add(scan->next, scan->step);
    return vmclock_parse_region_(p, len, hit->bytes, 0, NULL, &hit->error) == VMCLOCK_OK ||
           (scan->flags & VMCLOCK_SCAN_ALL) != 0;
}

/* Offsets before the chunk: what begins there was not whole when those bytes were handed in. */
static bool scan_tail(struct vmclock_scan *scan, const struct scan_chunk *chunk, struct vmclock_scan_hit *hit)
{
    uint8_t bytes[2 * sizeof scan->tail];
    size_t len = scan->kept;
    const uint8_t *p;

    for (size_t i = 0; i < scan->kept; i++)
        bytes[i] = scan->tail[i];
    for (size_t i = 0; i < sizeof scan->tail && (p = vmclock_bytes_(chunk->base, chunk->len, i, 1)) != NULL; i++)
        bytes[len++] = *p;
    while (scan->next < scan->position) {
        const size_t at = scan->kept - (size_t)(scan->position - scan->next);

        if (len - at < VMCLOCK_HEADER_SIZE && chunk->following != 0)
            return false;
        p = vmclock_bytes_(bytes, len, at, SCAN_WORD);
        if (p == NULL || !scan_is_magic(p))
            scan->next = scan_add(scan->next, scan->step);
        else if (scan_judge(scan, chunk, p, len - at, hit))
            return true;
    }
    return false;
}

/* Offsets within the chunk, but for those at its end where no header is whole, as long as more is to come. */
static bool scan_whole(struct vmclock_scan *scan, const struct scan_chunk *chunk, struct vmclock_scan_hit *hit)
{
    const size_t unsure = chunk->following == 0 ? 0 : VMCLOCK_HEADER_SIZE - SCAN_WORD;
    const size_t len = chunk->len < unsure ? 0 : chunk->len - unsure;
    const uint8_t *p;

    while (scan->next >= scan->position) {
        uint64_t at = scan->next - scan->position;

        p = scan_find(chunk->base, len, scan->step, &at);
        scan->next = scan_add(scan->position, at);
        if (p == NULL)
            return false;
        if (scan_judge(scan, chunk, p, chunk->len - (size_t)at, hit))
            return true;
    }
    return false;
}

/* Keeps the last bytes of all that there was, and goes on behind the chunk. */
static void scan_keep(struct vmclock_scan *scan, const struct scan_chunk *chunk)
{
    const size_t most = sizeof scan->tail, fresh = chunk->len < most ? chunk->len : most;
    const size_t older = scan->kept > most - fresh ? most - fresh : scan->kept;
    const uint8_t *const from = vmclock_bytes_(chunk->base, chunk->len, chunk->len - fresh, fresh);

    for (size_t i = 0; i < older; i++)
        scan->tail[i] = scan->tail[scan->kept - older + i];
    for (size_t i = 0; i < fresh; i++)
        scan->tail[older + i] = from[i];
    scan->kept = (uint8_t)(older + fresh);
    scan->position += chunk->len;
}

void vmclock_scan_begin(struct vmclock_scan *scan, uint64_t position, uint64_t step, unsigned flags)
{
    const uint64_t stride = step == 0 ? 1 : step, past = position % stride;

    if (scan == NULL)
        return;
    *scan = (struct vmclock_scan){.step = stride, .position = position, .flags = flags};
    scan->next = past == 0 ? position : scan_add(position - past, stride);
}

bool vmclock_scan_next(struct vmclock_scan *scan, const void *chunk, size_t len, uint64_t following,
                       struct vmclock_scan_hit *hit)
{
    struct vmclock_scan_hit unwanted;
    struct scan_chunk in = {chunk, chunk == NULL ? 0 : len, following};

    if (hit == NULL)
        hit = &unwanted;
    *hit = (struct vmclock_scan_hit){0};
    if (scan == NULL || scan->step == 0)
        return false;
    if (in.len > UINT64_MAX - scan->position)
        in.len = (size_t)(UINT64_MAX - scan->position); /* no offset is above 64 bits */
    if (scan_tail(scan, &in, hit) || scan_whole(scan, &in, hit))
        return true;
    *hit = (struct vmclock_scan_hit){0};
    scan_keep(scan, &in);
    return false;
}
