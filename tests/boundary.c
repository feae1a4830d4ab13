/* SPDX-License-Identifier: BSD-2-Clause */
/* Small pages on both sides of each bound, built from literals; their names carry the verdict (corpus/README.md). */
#include "boundary.h"

#include "pages.h"

static const struct {
    const char *name;
    unsigned len;
    bool clock; /* with clock data, else disruption signals only */
    struct {
        unsigned at, width;
        uint64_t value;
    } pokes[2];
} pages[] = {
#define SIZED(n) {AT_SIZE, 4, n}
    /* The error table, in its order. */
    {"empty__0.bin", 0, false, {{0, 0, 0}}},
    {"truncated__1.bin", 1, false, {{0, 0, 0}}},
    {"truncated__15.bin", 15, false, {{0, 0, 0}}},
    {"magic-byte-swapped__16.bin", 16, false, {{AT_MAGIC, 4, 0x56434c4b}}},
    {"magic-byte-swapped__32.bin", 32, false, {{AT_MAGIC, 4, 0x56434c4b}, SIZED(32)}},
    {"bad-magic__one_less.bin", 32, false, {{AT_MAGIC, 4, 0x4b4c4355}, SIZED(32)}},
    {"bad-magic__one_more.bin", 32, false, {{AT_MAGIC, 4, 0x4b4c4357}, SIZED(32)}},
    {"bad-magic__zeros.bin", 32, false, {{AT_MAGIC, 4, 0}, SIZED(32)}},
    {"bad-magic__ones.bin", 32, false, {{AT_MAGIC, 4, 0xffffffff}, SIZED(32)}},
    {"bad-magic__all_wrong.bin", 16, false, {{AT_MAGIC, 8, 1}, {AT_VERSION, 2, 0}}},
    {"version-zero__32.bin", 32, false, {{AT_VERSION, 2, 0}, SIZED(32)}},
    {"version-zero__size_0.bin", 16, false, {{AT_VERSION, 2, 0}, SIZED(0)}},
    {"size-too-small__0.bin", 32, false, {SIZED(0)}},
    {"size-too-small__15.bin", 32, false, {SIZED(15)}},
    {"size-too-small__15_version_2.bin", 32, false, {SIZED(15), {AT_VERSION, 2, 2}}},
    {"version-unsupported__2.bin", 32, false, {SIZED(32), {AT_VERSION, 2, 2}}},
    {"version-unsupported__2_size_16.bin", 16, false, {SIZED(16), {AT_VERSION, 2, 2}}},
    {"version-unsupported__65535.bin", 32, false, {SIZED(32), {AT_VERSION, 2, 0xffff}}},
    {"size-too-small__16.bin", 32, false, {SIZED(16)}},
    {"size-too-small__31.bin", 32, false, {SIZED(31)}},
    {"size-exceeds-region__32_of_31.bin", 31, false, {SIZED(32)}},
    {"size-exceeds-region__32_of_16.bin", 16, false, {SIZED(32)}},
    {"size-exceeds-region__113_of_112.bin", 112, true, {SIZED(113)}},
    {"size-exceeds-region__4096_of_104.bin", 104, true, {SIZED(4096)}},
    {"size-exceeds-region__4096_of_60.bin", 60, true, {SIZED(4096)}},
    {"size-exceeds-region__most_of_112.bin", 112, true, {SIZED(0xffffffff)}},
    /* Valid pages at the ends of fields. */
    {"ok_size_32.bin", 32, false, {SIZED(32)}},
    {"ok_size_33.bin", 33, false, {SIZED(33)}},
    {"ok_size_103.bin", 103, true, {SIZED(103)}},
    {"ok_size_104.bin", 104, true, {SIZED(104)}},
    {"ok_size_111.bin", 111, true, {SIZED(111)}},
    {"ok_size_112.bin", 112, true, {SIZED(112)}},
    {"ok_size_32_of_112.bin", 112, true, {SIZED(32)}},
    {"ok_seq_0_no_counter.bin", 112, false, {{AT_SEQ_COUNT, 4, 0}, {AT_FLAGS, 8, 0x300}}},
    {"ok_clock_page.bin", 4096, true, {{0, 0, 0}}},
    /* The findings, in their order. */
    {"finding__size-not-page__112.bin", 112, true, {SIZED(112)}},
    {"finding__unknown-counter-id__2.bin", 112, true, {SIZED(112), {AT_COUNTER_ID, 1, 2}}},
    {"finding__unknown-time-type__5.bin", 112, true, {SIZED(112), {AT_TIME_TYPE, 1, 5}}},
    {"finding__smeared-time-type__3.bin", 112, true, {SIZED(112), {AT_TIME_TYPE, 1, 3}}},
    {"finding__smeared-time-type__4.bin", 112, true, {SIZED(112), {AT_TIME_TYPE, 1, 4}}},
    {"finding__utc-time-type__tsc.bin", 112, true, {SIZED(112), {AT_TIME_TYPE, 1, 0}}},
    {"finding__seq-count-zero__0.bin", 112, true, {SIZED(112), {AT_SEQ_COUNT, 4, 0}}},
    {"finding__update-in-progress__1.bin", 112, true, {SIZED(112), {AT_SEQ_COUNT, 4, 1}}},
    {"finding__update-in-progress__most.bin", 112, true, {SIZED(112), {AT_SEQ_COUNT, 4, 0xffffffff}}},
    {"finding__disruption-announced__soon.bin", 112, true, {SIZED(112), {AT_FLAGS, 8, 0x37b}}},
    {"finding__disruption-announced__imminent.bin", 112, true, {SIZED(112), {AT_FLAGS, 8, 0x37d}}},
    {"finding__unknown-flags__10.bin", 112, true, {SIZED(112), {AT_FLAGS, 8, 0x779}}},
    {"finding__unknown-flags__all.bin", 112, true, {SIZED(112), {AT_FLAGS, 8, UINT64_MAX}}},
    {"finding__ambiguous-flag-bits__7.bin", 112, true, {SIZED(112), {AT_FLAGS, 8, 0x180}}},
    {"finding__flagged-field-absent__all.bin", 32, true, {SIZED(32)}},
    {"finding__flagged-field-absent__generation.bin", 111, true, {SIZED(111)}},
    {"finding__padding-not-zero__1.bin", 112, true, {SIZED(112), {AT_PAD, 2, 1}}},
    {"finding__unknown-clock-status__5.bin", 112, true, {SIZED(112), {AT_CLOCK_STATUS, 1, 5}}},
    {"finding__unknown-clock-status__255.bin", 112, true, {SIZED(112), {AT_CLOCK_STATUS, 1, 255}}},
    {"finding__status-without-counter__2.bin", 112, true, {SIZED(112), {AT_COUNTER_ID, 1, 0xff}}},
    {"finding__unknown-smearing-hint__3.bin", 112, true, {SIZED(112), {AT_LEAP_SECOND_SMEARING_HINT, 1, 3}}},
    {"finding__tai-offset-missing__flag.bin", 112, true, {SIZED(112), {AT_FLAGS, 8, 0x378}}},
    {"finding__tai-offset-sign__10.bin", 112, true, {SIZED(112), {AT_TAI_OFFSET_SEC, 2, 10}}},
    {"finding__tai-offset-sign__37.bin", 112, true, {SIZED(112), {AT_TAI_OFFSET_SEC, 2, 37}}},
    {"finding__tai-offset-sign__60.bin", 112, true, {SIZED(112), {AT_TAI_OFFSET_SEC, 2, 60}}},
    {"finding__tai-offset-suspicious__9.bin", 112, true, {SIZED(112), {AT_TAI_OFFSET_SEC, 2, 9}}},
    {"finding__tai-offset-suspicious__minus_61.bin", 112, true, {SIZED(112), {AT_TAI_OFFSET_SEC, 2, 0x10000 - 61}}},
    {"finding__unknown-leap-indicator__6.bin", 112, true, {SIZED(112), {AT_LEAP_INDICATOR, 1, 6}}},
    {"finding__period-shift-undefined__128.bin", 112, true, {SIZED(112), {AT_COUNTER_PERIOD_SHIFT, 1, 128}}},
    {"finding__period-shift-undefined__255.bin", 112, true, {SIZED(112), {AT_COUNTER_PERIOD_SHIFT, 1, 255}}},
    {"finding__period-zero__0.bin", 112, true, {SIZED(112), {AT_COUNTER_PERIOD_FRAC_SEC, 8, 0}}},
    {"finding__period-implausible__1.bin", 112, true, {SIZED(112), {AT_COUNTER_PERIOD_FRAC_SEC, 8, 1}}},
    {"finding__period-implausible__shift_0.bin", 112, true, {SIZED(112), {AT_COUNTER_PERIOD_SHIFT, 1, 0}}},
    {"finding__esterror-exceeds-maxerror__period.bin", 112, true,
     {SIZED(112), {AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 8, 0}}},
    {"finding__esterror-exceeds-maxerror__time.bin", 112, true, {SIZED(112), {AT_TIME_MAXERROR_NANOSEC, 8, 1499}}},
    {"finding__data-past-structure__112.bin", 113, true, {SIZED(113), {PAST_STRUCTURE, 1, 1}}},
};

bool boundary_page(unsigned number, const char **name, uint8_t bytes[BOUNDARY_MAX], size_t *len)
{
    if (number >= sizeof pages / sizeof *pages)
        return false;
    memset(bytes, 0, BOUNDARY_MAX);
    if (pages[number].clock)
        build_clock_page(bytes);
    else
        build_signal_page(bytes, PAGE, 112);
    for (unsigned p = 0; p < 2; p++)
        put_le(bytes + pages[number].pokes[p].at, pages[number].pokes[p].width, pages[number].pokes[p].value);
    *name = pages[number].name;
    *len = pages[number].len;
    return true;
}
