/* SPDX-License-Identifier: BSD-2-Clause */
/* The accesses of live memory, and the inline questions of the public header: which atomics, and which fences. */
#include "suite.h"

#include <stdalign.h>

/* Each access and fence, in order: offset and width of a load ("12:4") or store ("12=4"), A or R for a fence. */
static struct {
    const volatile unsigned char *page;
    void (*writer)(void); /* acts before each access happens */
    char trace[256];
} seen;

static void note(const char *word)
{
    const size_t len = strlen(seen.trace);

    (void)snprintf(seen.trace + len, sizeof seen.trace - len, "%s ", word);
}

static void note_access(char kind, const volatile void *at, unsigned width, int order)
{
    char word[32];

    EQ(order, __ATOMIC_RELAXED);
    (void)snprintf(word, sizeof word, "%u%c%u", (unsigned)((const volatile unsigned char *)at - seen.page), kind,
                   width);
    note(word);
    if (seen.writer != NULL)
        seen.writer();
}

static void note_fence(int order)
{
    note(order == __ATOMIC_ACQUIRE ? "A" : order == __ATOMIC_RELEASE ? "R" : "another fence");
}

#define __atomic_thread_fence(order) (note_fence(order), __atomic_thread_fence(order))
#define __atomic_load_n(at, order) \
    (note_access(':', at, (unsigned)sizeof *(at), order), __atomic_load_n(at, order))
#define __atomic_store_n(at, value, order) \
    (note_access('=', at, (unsigned)sizeof *(at), order), __atomic_store_n(at, value, order))
#include "vmclock.h"
#include "live.h"
#undef __atomic_thread_fence
#undef __atomic_load_n
#undef __atomic_store_n

enum { WORD_BYTES = sizeof(vmclock_word_) };

static alignas(8) unsigned char page[4096];

static void look(void)
{
    seen.page = page;
    seen.writer = NULL;
    seen.trace[0] = '\0';
}

static void fences_are_what_they_are_named_for(void)
{
    look();
    vmclock_live_acquire_();
    TEXT(seen.trace, "A ");
    look();
    vmclock_live_release_();
    TEXT(seen.trace, "R ");
}

static void loads_are_relaxed_and_of_their_width(void)
{
    vmclock_word_ word;
    vmclock_half_ half;

    for (unsigned i = 0; i < 32; i++)
        page[i] = (unsigned char)(0x81 + i);
    look();
    word = vmclock_live_load_(page + 8);
    half = vmclock_live_load_half_(page + 20);
    HOLDS(memcmp(&word, page + 8, sizeof word) == 0);
    HOLDS(memcmp(&half, page + 20, sizeof half) == 0);
    EQ(vmclock_live_load_byte_(page + 27), 0x81 + 27);
    TEXT(seen.trace, WORD_BYTES == 8 ? "8:8 20:4 27:1 " : "8:4 20:4 27:1 ");
}

static void stores_are_relaxed_and_of_their_width(void)
{
    static const unsigned char bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    unsigned char wanted[32];
    vmclock_word_ word;
    vmclock_half_ half;

    memset(page, 0xee, sizeof page);
    memset(wanted, 0xee, sizeof wanted);
    memcpy(&word, bytes, sizeof word);
    memcpy(&half, bytes, sizeof half);
    memcpy(wanted + 8, bytes, sizeof word);
    memcpy(wanted + 20, bytes, sizeof half);
    wanted[27] = 0x99;
    look();
    vmclock_live_store_(page + 8, word);
    vmclock_live_store_half_(page + 20, half);
    vmclock_live_store_byte_(page + 27, 0x99);
    TEXT(seen.trace, WORD_BYTES == 8 ? "8=8 20=4 27=1 " : "8=4 20=4 27=1 ");
    HOLDS(memcmp(page, wanted, sizeof wanted) == 0);
}

static void numbers_are_turned_to_and_from_how_they_lie_in_memory(void)
{
    static const unsigned char bytes[8] = {0x08, 0x07, 0x06, 0x05, 0x84, 0x83, 0x82, 0x81};
    uint32_t first, second;
    uint64_t both;

    memcpy(&first, bytes, sizeof first);
    memcpy(&second, bytes + 4, sizeof second);
    EQ(vmclock_le32_(first), 0x05060708);
    EQ(vmclock_le32_(second), 0x81828384);
    both = vmclock_join_(first, second);
    HOLDS(memcmp(&both, bytes, sizeof both) == 0);
    for (size_t at = 0; at < 8; at += WORD_BYTES) {
        const vmclock_word_ word = vmclock_word_of_(UINT64_C(0x8182838405060708), at);

        HOLDS(memcmp(&word, bytes + at, sizeof word) == 0);
    }
}

/* ---- The inline questions of the public header ---- */

static void fill_snapshot(struct vmclock_snapshot *snapshot, unsigned size)
{
    static const unsigned char header[] = {'V', 'C', 'L', 'K', 112, 0, 0, 0, 1, 0, 1, 0, 4, 0, 0, 0};

    memset(page, 0, sizeof page);
    memcpy(page, header, sizeof header);
    page[4] = (unsigned char)size;
    page[0x19] = 0x01; /* the generation is announced */
    EQ(vmclock_snapshot_take(page, size, 1, snapshot, NULL), VMCLOCK_OK);
}

static void unchanged_is_one_load_behind_a_fence(void)
{
#ifdef vmclock_unchanged /* ThreadSanitizer has the function alone */
    struct vmclock_snapshot snapshot;

    for (unsigned size = 32; size <= 112; size += 80) {
        fill_snapshot(&snapshot, size);
        look();
        HOLDS(vmclock_unchanged(page, size, &snapshot));
        TEXT(seen.trace, "A 12:4 ");
        for (unsigned seq = 2; seq <= 6; seq++) {
            page[12] = (unsigned char)seq;
            EQ(vmclock_unchanged(page, size, &snapshot), seq == 4);
        }
        page[12] = 4;
        EQ(vmclock_unchanged(page, size - 1, &snapshot), false);
        EQ(vmclock_unchanged(page, size + 1, &snapshot), false);
        look();
        snapshot.region = 31;
        EQ(vmclock_unchanged(page, 31, &snapshot), false);
        EQ(vmclock_unchanged(NULL, size, &snapshot), false);
        EQ(vmclock_unchanged(page, size, NULL), false);
        for (unsigned shift = 1; shift < 8; shift++)
            EQ(vmclock_unchanged(page + shift, size, &snapshot), false);
        TEXT(seen.trace, "");
    }
#endif
}

#ifdef vmclock_snapshot_compare
/* The answer, and what the inline function did; the library's, which it asks when it has none, is not seen. */
static void expect_compared(unsigned len, const struct vmclock_snapshot *snapshot, enum vmclock_change change,
                            const char *trace)
{
    look();
    EQ_IN(trace, vmclock_snapshot_compare(page, len, snapshot, 1), change);
    TEXT_IN(trace, seen.trace, trace);
}
#endif

#ifdef vmclock_snapshot_compare
/* An update that the second look has to tell of: the marker with it. */
static void disrupt_before_the_second_look(void)
{
    if (strcmp(seen.trace, "A 12:4 A 16:8 104:8 A 12:4 ") != 0)
        return;
    page[12] += 2;
    page[16]++;
}
#endif

static void usual_comparison_loads_marker_and_generation_between_fences(void)
{
#ifdef vmclock_snapshot_compare /* where the machine loads 64 bits */
    struct vmclock_snapshot snapshot;

    fill_snapshot(&snapshot, 112);
    expect_compared(112, &snapshot, VMCLOCK_UNCHANGED, "A 12:4 ");
    for (unsigned seq = 2; seq <= 6; seq += 4) { /* less and more than it was */
        page[12] = (unsigned char)seq;
        expect_compared(112, &snapshot, VMCLOCK_UPDATED, "A 12:4 A 16:8 104:8 A 12:4 ");
        for (unsigned value = 0; value < 2; value++) { /* and a marker that is less and more */
            snapshot.words[2] = value == 0 ? 1 : 0;
            page[16] = (unsigned char)value;
            expect_compared(112, &snapshot, VMCLOCK_DISRUPTED, "A 12:4 A 16:8 ");
            page[16] = 0;
            snapshot.words[2] = 0;
            snapshot.words[13] = value == 0 ? 1 : 0;
            page[104] = (unsigned char)value;
            expect_compared(112, &snapshot, VMCLOCK_RESTORED, "A 12:4 A 16:8 104:8 ");
            page[104] = 0;
            snapshot.words[13] = 0;
        }
    }
    for (unsigned seq = 6; seq <= 254; seq += 248) { /* the count goes up, or starts again */
        page[12] = (unsigned char)seq;
        look();
        seen.writer = disrupt_before_the_second_look;
        EQ(vmclock_snapshot_compare(page, 112, &snapshot, 1), VMCLOCK_DISRUPTED);
        page[16] = 0;
    }
    page[12] = 5;
    expect_compared(112, &snapshot, VMCLOCK_UNSURE, "A 12:4 A ");
    page[12] = 6;
    /* Longer regions as well; shorter ones, other ones and what is no snapshot are left to the function. */
    snapshot.region = 113;
    expect_compared(113, &snapshot, VMCLOCK_UPDATED, "A 12:4 A 16:8 104:8 A 12:4 ");
    expect_compared(112, &snapshot, VMCLOCK_UNSURE, "");
    expect_compared(114, &snapshot, VMCLOCK_UNSURE, "");
    snapshot.region = 111;
    expect_compared(111, &snapshot, VMCLOCK_UPDATED, "");
    expect_compared(112, NULL, VMCLOCK_UNSURE, "");
    snapshot.region = 112;
    for (unsigned shift = 1; shift < 8; shift++)
        EQ(vmclock_snapshot_compare(page + shift, 112, &snapshot, 1), VMCLOCK_UNSURE);
    EQ(vmclock_snapshot_compare(NULL, 112, &snapshot, 1), VMCLOCK_UNSURE);
#endif
}

SUITE(live) = {
    {"fences are what they are named for", fences_are_what_they_are_named_for},
    {"loads are relaxed, and of their width", loads_are_relaxed_and_of_their_width},
    {"stores are relaxed, and of their width", stores_are_relaxed_and_of_their_width},
    {"numbers are turned to and from how they lie in memory", numbers_are_turned_to_and_from_how_they_lie_in_memory},
    {"unchanged is one load behind a fence", unchanged_is_one_load_behind_a_fence},
    {"the usual comparison loads marker and generation between fences",
     usual_comparison_loads_marker_and_generation_between_fences},
    CU_TEST_INFO_NULL,
};
