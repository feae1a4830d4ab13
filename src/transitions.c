/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transitions: what a writer should not do between two states of a page. Both are taken out of their views once; no
 * field is used that one of them lacks. Times are compared exactly: no product is rounded, nothing wraps.
 */
#include "clock.h"
#include "names.h"
#include "text.h"
#include "view.h"

#define WORDS (VMCLOCK_STRUCT_SIZE / 8)

/* Two states of a page, in units of 8 bytes; bytes that one of them lacks are 0. */
struct pair {
    uint64_t before[WORDS], after[WORDS];
    size_t len;     /* of what both have */
    uint64_t flags; /* set in both */
    bool disrupted;
    bool continued; /* sourced and not disrupted: time should go on from one to the other */
};

/* A field's type, and the flag that announces it. */
#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence) \
    typedef type type_of_##NAME;                                           \
    enum { FLAG_OF_##NAME = (flag) };
VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X
#define VALUE(words, NAME) ((type_of_##NAME)VMCLOCK_PART_((words)[VMCLOCK_AT_##NAME / 8], NAME))
#define WAS(NAME) VALUE(pair->before, NAME)
#define IS(NAME) VALUE(pair->after, NAME)
#define IN_BOTH(NAME) (pair->len >= VMCLOCK_AT_##NAME + sizeof(type_of_##NAME))
#define MEANINGFUL_IN_BOTH(NAME) (IN_BOTH(NAME) && (pair->flags & FLAG_OF_##NAME) == FLAG_OF_##NAME)

/* ---- Of the pair ---- */

/* How many bytes of the structure a view has. */
static inline size_t structure_len(const struct vmclock_view *view)
{
    const size_t len = vmclock_view_len(view);

    return len < VMCLOCK_STRUCT_SIZE ? len : VMCLOCK_STRUCT_SIZE;
}

/* Those of a field that is cut in the middle included. */
static void load_short(const struct vmclock_view *view, uint64_t words[WORDS])
{
    for (size_t at = 0; at < VMCLOCK_STRUCT_SIZE; at++) {
        uint64_t byte = 0;

        (void)vmclock_load_(view, at, 1, &byte);
        words[at / 8] = at % 8 == 0 ? byte : words[at / 8] | byte << 8 * (at % 8);
    }
}

static inline void load_words(const struct vmclock_view *view, uint64_t words[WORDS])
{
    const struct vmclock_view whole = {view->base, VMCLOCK_STRUCT_SIZE};

    if (view->len < VMCLOCK_STRUCT_SIZE)
        load_short(view, words);
    else /* the usual page; compilers know this length */
        for (size_t i = 0; i < WORDS; i++)
            (void)vmclock_load_(&whole, 8 * i, 8, &words[i]);
}

static inline bool was_restored(const struct pair *pair)
{
    return MEANINGFUL_IN_BOTH(VM_GENERATION_COUNTER) && WAS(VM_GENERATION_COUNTER) != IS(VM_GENERATION_COUNTER);
}

static inline bool marker_differs(const struct pair *pair)
{
    return WAS(DISRUPTION_MARKER) != IS(DISRUPTION_MARKER);
}

/* By a counter, the same one, on the same timescale; an absent status is 0, which is none of the good ones. */
static inline bool sourced_in_both(const struct pair *pair)
{
    return WAS(COUNTER_ID) != VMCLOCK_COUNTER_INVALID && WAS(COUNTER_ID) == IS(COUNTER_ID) &&
           WAS(TIME_TYPE) == IS(TIME_TYPE) && vmclock_status_is_good_(WAS(CLOCK_STATUS)) &&
           vmclock_status_is_good_(IS(CLOCK_STATUS));
}

/* False when there are not two pages. Those that there are have all fields up to flags. */
static inline bool pair_of(const struct vmclock_view *before, const struct vmclock_view *after, struct pair *pair)
{
    const size_t before_len = structure_len(before), after_len = structure_len(after);

    pair->len = before_len < after_len ? before_len : after_len;
    if (pair->len < VMCLOCK_MIN_SIZE)
        return false;
    load_words(before, pair->before);
    load_words(after, pair->after);
    pair->flags = WAS(FLAGS) & IS(FLAGS);
    pair->disrupted = marker_differs(pair) || was_restored(pair);
    pair->continued = !pair->disrupted && sourced_in_both(pair);
    return true;
}

/* The set of the fields of a scope that differ, a bit for each as in struct vmclock_page. */
static uint32_t differing(const struct pair *pair, enum vmclock_scope wanted)
{
    uint32_t set = 0;

#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence)                              \
    set |= (uint32_t)((VMCLOCK_SCOPE_##scope == wanted) & IN_BOTH(NAME) & (WAS(NAME) != IS(NAME)))      \
           << VMCLOCK_FIELD_##NAME;
    VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X
    return set;
}

/* ---- The rows about fields; each condition has the name of its row ---- */

enum {
#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence) \
    +(VMCLOCK_SCOPE_##scope == VMCLOCK_SCOPE_FIXED)
    FIXED_FIELDS = VMCLOCK_FIELDS(VMCLOCK_X),
#undef VMCLOCK_X
    /* The first row is asked for each of the fixed fields, which come first in the page; each other row is one step. */
    STEPS = FIXED_FIELDS + VMCLOCK_TRANSITION_END - 1
};
_Static_assert(FIXED_FIELDS == VMCLOCK_FIELD_SEQ_COUNT - 1, "the fixed fields come first");
_Static_assert(STEPS <= 32, "a set of steps has 32 bits");

/* A bit for each of them. */
static inline uint32_t fixed_field_changed(const struct pair *pair)
{
    if (pair->before[0] == pair->after[0] && (uint32_t)pair->before[1] == (uint32_t)pair->after[1])
        return 0;
    return differing(pair, VMCLOCK_SCOPE_FIXED) >> VMCLOCK_FIELD_MAGIC;
}
_Static_assert(VMCLOCK_AT_SEQ_COUNT == 12, "before seq_count there are the fixed fields");

static inline bool changed_without_sequence(const struct pair *pair)
{
    return WAS(SEQ_COUNT) == IS(SEQ_COUNT) && differing(pair, VMCLOCK_SCOPE_GUARDED) != 0;
}

static inline bool sequence_backwards(const struct pair *pair)
{
    return (IS(SEQ_COUNT) - WAS(SEQ_COUNT)) >> 31 != 0;
}

static inline bool marker_backwards(const struct pair *pair)
{
    return IS(DISRUPTION_MARKER) < WAS(DISRUPTION_MARKER);
}

static inline bool restored_without_disruption(const struct pair *pair)
{
    return was_restored(pair) && !marker_differs(pair);
}

/* Those of the flags that were set and are clear. */
static inline uint64_t withdrawn(uint64_t before, uint64_t after, uint64_t flags)
{
    return before & ~after & flags;
}

#define CAPABILITIES (VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT | VMCLOCK_FLAG_NOTIFICATION_PRESENT)

static inline bool capability_withdrawn(const struct pair *pair)
{
    return withdrawn(WAS(FLAGS), IS(FLAGS), CAPABILITIES) != 0;
}

static inline bool monotonic_withdrawn(const struct pair *pair)
{
    return !pair->disrupted && withdrawn(WAS(FLAGS), IS(FLAGS), VMCLOCK_FLAG_TIME_MONOTONIC) != 0;
}

/* Only magnitudes that are an offset count, of either sign; a leap second that is announced is one second. */
static inline bool tai_offset_changed(const struct pair *pair)
{
    const unsigned before = vmclock_tai_ahead_(WAS(TAI_OFFSET_SEC)), after = vmclock_tai_ahead_(IS(TAI_OFFSET_SEC));
    const unsigned by = before < after ? after - before : before - after;
    const unsigned announced = (WAS(LEAP_INDICATOR) | IS(LEAP_INDICATOR)) != VMCLOCK_LEAP_NONE;

    return by > announced && before != 0 && after != 0 && MEANINGFUL_IN_BOTH(TAI_OFFSET_SEC) && IN_BOTH(LEAP_INDICATOR);
}

static inline bool counter_backwards(const struct pair *pair)
{
    return pair->continued && IN_BOTH(COUNTER_VALUE) && (IS(COUNTER_VALUE) - WAS(COUNTER_VALUE)) >> 63 != 0;
}

/* ---- The rows about time ---- */

/* From BEFORE's reference point to AFTER's. */
struct way {
    struct vmclock_distance_ ticks;
    struct vmclock_u128_ time; /* what BEFORE gives there, rounded down to 2^-64 s */
    bool rounded;
};

static inline struct vmclock_u128_ reference_of(const uint64_t words[WORDS])
{
    return (struct vmclock_u128_){VALUE(words, TIME_SEC), VALUE(words, TIME_FRAC_SEC)};
}

/* False when BEFORE gives no time for AFTER's counter value, since that would be out of range. */
static inline bool way_of(const struct pair *pair, struct way *way)
{
    struct vmclock_clock clock; /* of BEFORE: as much of it as the formula takes */

    clock.counter_value = WAS(COUNTER_VALUE);
    clock.period = WAS(COUNTER_PERIOD_FRAC_SEC);
    clock.shift = WAS(COUNTER_PERIOD_SHIFT);
    clock.reference = (struct vmclock_time){WAS(TIME_SEC), WAS(TIME_FRAC_SEC)};
    way->ticks = vmclock_distance_(&clock, IS(COUNTER_VALUE));
    return vmclock_advance_(&clock, way->ticks, &way->time, &way->rounded);
}

/*
 * By how much n is above part / 2^shift and these nanoseconds, in nanoseconds, rounded up: 0 exactly when it is not.
 * All is multiplied by 10^9, so that nanoseconds are whole numbers of 2^-64 ns; and a whole number is above a fraction
 * exactly when it is above the fraction rounded down.
 */
static uint64_t excess(const struct vmclock_i192_ *n, const struct vmclock_i192_ *part, unsigned shift,
                       const struct vmclock_u128_ *nanosec)
{
    const struct vmclock_i192_ margin = {{0, nanosec->lo, nanosec->hi}};
    const struct vmclock_i192_ scaled = vmclock_i192_mul_(*part, VMCLOCK_NSEC_PER_SEC_);
    struct vmclock_i192_ above = vmclock_i192_mul_(*n, VMCLOCK_NSEC_PER_SEC_);

    above = vmclock_i192_sub_(above, vmclock_i192_shift_right_(scaled, shift));
    above = vmclock_i192_sub_(above, margin);
    if (vmclock_i192_below_0_(above))
        return 0;
    if (above.word[2] != 0 || above.word[1] == UINT64_MAX)
        return UINT64_MAX;
    return above.word[1] + (above.word[0] != 0);
}

/*
 * By how much AFTER's reference time is later (or earlier) than what BEFORE gives for its counter value, beyond a drift
 * of that rate and these nanoseconds; 0 when it is not.
 */
static uint64_t apart_by(const struct pair *pair, const struct way *way, bool later, uint64_t rate,
                         const struct vmclock_u128_ *nanosec)
{
    const struct vmclock_i192_ drift = vmclock_i192_(vmclock_mul_(way->ticks.ticks, rate));
    const struct vmclock_i192_ passed =
        vmclock_i192_(vmclock_mul_(way->ticks.ticks, WAS(COUNTER_PERIOD_FRAC_SEC)));
    const struct vmclock_i192_ was = vmclock_i192_(reference_of(pair->before));
    const struct vmclock_i192_ is = vmclock_i192_(reference_of(pair->after));
    const struct vmclock_i192_ gone = later ? vmclock_i192_sub_(is, was) : vmclock_i192_sub_(was, is);
    const struct vmclock_i192_ part =
        later != way->ticks.before ? vmclock_i192_add_(drift, passed) : vmclock_i192_sub_(drift, passed);

    return excess(&gone, &part, WAS(COUNTER_PERIOD_SHIFT), nanosec);
}

static uint64_t stepped_back_by(const struct pair *pair, const struct way *way)
{
    return apart_by(pair, way, false, 0, &(const struct vmclock_u128_){0, 0});
}

static inline bool time_stepped_back(const struct pair *pair)
{
    struct vmclock_u128_ time = reference_of(pair->after);
    struct way way;

    if (!pair->continued || !IN_BOTH(TIME_FRAC_SEC) || (pair->flags & VMCLOCK_FLAG_TIME_MONOTONIC) == 0 ||
        !way_of(pair, &way))
        return false;
    /* What was rounded down is later than itself. */
    return vmclock_sub_(&time, way.time) || (way.rounded && time.hi == 0 && time.lo == 0);
}

static uint64_t bounds_apart_by(const struct pair *pair, const struct way *way)
{
    struct vmclock_u128_ both = {0, WAS(TIME_MAXERROR_NANOSEC)};
    const uint64_t rate = WAS(COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC);
    uint64_t later;

    (void)vmclock_add_(&both, (struct vmclock_u128_){0, IS(TIME_MAXERROR_NANOSEC)});
    later = apart_by(pair, way, true, rate, &both);
    return later != 0 ? later : apart_by(pair, way, false, rate, &both);
}

/* Whether the times are so near to each other that BEFORE's error at its own reference point is enough. */
static inline bool within_maxerror(const struct pair *pair, const struct way *way)
{
    const uint64_t units = UINT64_MAX / VMCLOCK_NSEC_PER_SEC_; /* of 2^-64 s in a nanosecond, rounded down */
    const struct vmclock_u128_ near = vmclock_mul_(WAS(TIME_MAXERROR_NANOSEC), units);
    struct vmclock_u128_ apart = reference_of(pair->after), back = way->time;

    if (vmclock_sub_(&apart, way->time)) {
        (void)vmclock_sub_(&back, reference_of(pair->after));
        apart = back;
    }
    return vmclock_sub_(&apart, near); /* the exact distance may be a fraction of a unit more */
}

static inline bool bounds_disjoint(const struct pair *pair)
{
    struct way way;

    if (!pair->continued || !MEANINGFUL_IN_BOTH(COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC) ||
        !MEANINGFUL_IN_BOTH(TIME_MAXERROR_NANOSEC) || !way_of(pair, &way))
        return false;
    return !within_maxerror(pair, &way) && bounds_apart_by(pair, &way) != 0;
}

/* ---- All of them, one after the other ---- */

/* The set of steps at which there is something to tell. */
static uint32_t all_of(const struct pair *pair)
{
    uint32_t set = 0;

#define VMCLOCK_X(NAME, name, number, id, severity, field, sentence) \
    set |= (uint32_t)name(pair) << ((number) != 0) * (FIXED_FIELDS + (number)-1);
    VMCLOCK_TRANSITIONS(VMCLOCK_X)
#undef VMCLOCK_X
    return set;
}

static const struct {
    const char *id;
    const char *sentence;
    enum vmclock_severity severity;
    enum vmclock_field field;
} transition_rows[] = {
#define VMCLOCK_X(NAME, name, number, id, severity, field, sentence) \
    [number] = {id, sentence, VMCLOCK_##severity, VMCLOCK_FIELD_##field},
    VMCLOCK_TRANSITIONS(VMCLOCK_X)
#undef VMCLOCK_X
};

/* The number of the lowest bit; set is not 0. */
static unsigned lowest(uint32_t set)
{
    unsigned bit = 0;

    while ((set >> bit & 1) == 0)
        bit++;
    return bit;
}

static void tell(const struct pair *pair, unsigned number, struct vmclock_transition *out)
{
    const unsigned row = number < FIXED_FIELDS ? 0 : number - FIXED_FIELDS + 1;
    struct way way = {{0, false}, {0, 0}, false};

    (void)way_of(pair, &way); /* where the rows about time hold, there is one */
    *out = (struct vmclock_transition){.id = (enum vmclock_transition_id)row,
                                       .severity = transition_rows[row].severity,
                                       .field = transition_rows[row].field};
    if (row == VMCLOCK_TRANSITION_FIXED_FIELD_CHANGED)
        out->field = (enum vmclock_field)(VMCLOCK_FIELD_MAGIC + number);
    if (row == VMCLOCK_TRANSITION_CHANGED_WITHOUT_SEQUENCE)
        out->field = (enum vmclock_field)lowest(differing(pair, VMCLOCK_SCOPE_GUARDED));
    if (row == VMCLOCK_TRANSITION_TIME_STEPPED_BACK)
        out->nanosec = stepped_back_by(pair, &way);
    if (row == VMCLOCK_TRANSITION_BOUNDS_DISJOINT)
        out->nanosec = bounds_apart_by(pair, &way);
    out->offset = vmclock_field_info(out->field)->offset;
}

bool vmclock_transitions_next(const struct vmclock_view *before, const struct vmclock_view *after, unsigned *cursor,
                              struct vmclock_transition *out)
{
    struct pair pair;
    uint32_t left;

    if (cursor == NULL || *cursor >= STEPS || !pair_of(before, after, &pair))
        return false;
    left = all_of(&pair) >> *cursor;
    if (left == 0) {
        *cursor = STEPS;
        return false;
    }
    *cursor += lowest(left);
    if (out != NULL) {
        tell(&pair, *cursor, out);
        (void)vmclock_get_raw(before, out->field, &out->before);
        (void)vmclock_get_raw(after, out->field, &out->after);
    }
    ++*cursor;
    return true;
}

const char *vmclock_transition_name(enum vmclock_transition_id id)
{
    return (unsigned)id < VMCLOCK_TRANSITION_END ? transition_rows[id].id : NULL;
}

/* ---- In words ---- */

static void put_withdrawn(struct vmclock_text_ *text, uint64_t flags)
{
    const char *separator = "";

    vmclock_put_(text, " (");
    for (uint64_t bit = 1; bit <= VMCLOCK_FLAGS_KNOWN; bit <<= 1)
        if ((flags & bit) != 0) {
            vmclock_put_(text, separator);
            vmclock_put_(text, vmclock_value_name(VMCLOCK_FIELD_FLAGS, bit));
            separator = ", ";
        }
    vmclock_put_char_(text, ')');
}

static void put_excess(struct vmclock_text_ *text, uint64_t nanosec)
{
    if (nanosec == UINT64_MAX)
        vmclock_put_(text, ", by 584 years or more");
    else {
        vmclock_put_(text, ", by ");
        vmclock_put_dec_(text, nanosec, 1);
        vmclock_put_(text, " ns");
    }
}

size_t vmclock_transition_format(const struct vmclock_transition *transition, char *buf, size_t cap)
{
    struct vmclock_text_ text = vmclock_text_(buf, cap);
    const struct vmclock_field_row *info;

    if (transition == NULL || vmclock_transition_name(transition->id) == NULL)
        return vmclock_text_end_(&text);
    info = vmclock_field_info(transition->field);
    vmclock_put_(&text, info != NULL ? info->name : "?");
    vmclock_put_(&text, " was ");
    vmclock_put_value_(&text, transition->field, transition->before);
    vmclock_put_(&text, transition->before == transition->after ? ", is still " : ", is ");
    vmclock_put_value_(&text, transition->field, transition->after);
    vmclock_put_(&text, ": ");
    vmclock_put_(&text, transition_rows[transition->id].sentence);
    if (transition->id == VMCLOCK_TRANSITION_CAPABILITY_WITHDRAWN)
        put_withdrawn(&text, withdrawn(transition->before, transition->after, CAPABILITIES));
    if (transition->nanosec != 0)
        put_excess(&text, transition->nanosec);
    return vmclock_text_end_(&text);
}

/* ---- The whole ---- */

static inline bool same_structure(const struct pair *pair)
{
    for (size_t i = 0; i < WORDS; i++)
        if (pair->before[i] != pair->after[i])
            return false;
    return true;
}

enum vmclock_change vmclock_views_compare(const struct vmclock_view *before, const struct vmclock_view *after)
{
    struct pair pair;

    if (!pair_of(before, after, &pair))
        return VMCLOCK_UNSURE;
    if (was_restored(&pair))
        return VMCLOCK_RESTORED;
    if (pair.disrupted)
        return VMCLOCK_DISRUPTED;
    return same_structure(&pair) && structure_len(before) == structure_len(after) ? VMCLOCK_UNCHANGED
                                                                                   : VMCLOCK_UPDATED;
}

#undef WORDS
#undef VALUE
#undef WAS
#undef IS
#undef IN_BOTH
#undef MEANINGFUL_IN_BOTH
#undef CAPABILITIES
