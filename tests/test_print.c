/* SPDX-License-Identifier: BSD-2-Clause */
/* Text for people: values, meanings in readable units, dates, and the arithmetic behind them. */
#include "suite.h"

#include <limits.h>

#include "text.h"
#include "wide.h"
#include "pages.h"

/* ---- The appender ---- */

struct number {
    char how; /* d decimal, s signed, x hexadecimal */
    uint64_t value;
    unsigned digits;
};

static size_t format_number(const void *what, char *buf, size_t cap)
{
    const struct number *n = what;
    struct vmclock_text_ text = vmclock_text_(buf, cap);

    if (n->how == 'd')
        vmclock_put_dec_(&text, n->value, n->digits);
    else if (n->how == 'x')
        vmclock_put_hex_(&text, n->value, n->digits);
    else
        vmclock_put_signed_(&text, (int64_t)n->value);
    return vmclock_text_end_(&text);
}

static void numbers_are_written_whole_up_to_their_bounds(void)
{
    static const struct {
        struct number number;
        const char *text;
    } rows[] = {
        {{'d', 0, 0}, "0"},
        {{'d', 0, 1}, "0"},
        {{'d', 0, 3}, "000"},
        {{'d', 9, 1}, "9"},
        {{'d', 10, 1}, "10"},
        {{'d', 42, 4}, "0042"},
        {{'d', 12345, 4}, "12345"},
        {{'d', UINT64_MAX, 1}, "18446744073709551615"},
        {{'d', UINT64_MAX, 22}, "0018446744073709551615"},
        {{'x', 0, 1}, "0x0"},
        {{'x', 0xabcdef, 8}, "0x00abcdef"},
        {{'x', UINT64_MAX, 1}, "0xffffffffffffffff"},
        {{'s', 0, 0}, "0"},
        {{'s', (uint64_t)-1, 0}, "-1"},
        {{'s', INT64_MAX, 0}, "9223372036854775807"},
        {{'s', (uint64_t)INT64_MIN, 0}, "-9223372036854775808"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        FORMATS_IN(rows[i].text, format_number, &rows[i].number, rows[i].text);
}

/* ---- Values ---- */

struct value {
    enum vmclock_field field;
    uint64_t value;
};

static size_t format_value(const void *what, char *buf, size_t cap)
{
    const struct value *v = what;

    return vmclock_format_value(v->field, v->value, buf, cap);
}

static void values_are_written_as_is_usual_for_their_field(void)
{
    static const struct {
        struct value value;
        const char *text;
    } rows[] = {
        {{VMCLOCK_FIELD_MAGIC, 0x4b4c4356}, "0x4b4c4356"},
        {{VMCLOCK_FIELD_MAGIC, 0}, "0x00000000"},
        {{VMCLOCK_FIELD_FLAGS, 0}, "0x0"},
        {{VMCLOCK_FIELD_FLAGS, UINT64_MAX}, "0xffffffffffffffff"},
        {{VMCLOCK_FIELD_SIZE, 4096}, "4096"},
        {{VMCLOCK_FIELD_COUNTER_ID, 255}, "255"},
        {{VMCLOCK_FIELD_TAI_OFFSET_SEC, (uint64_t)-37}, "-37"},
        {{VMCLOCK_FIELD_TAI_OFFSET_SEC, 37}, "37"},
        {{VMCLOCK_FIELD_DISRUPTION_MARKER, UINT64_MAX}, "18446744073709551615"},
        {{VMCLOCK_FIELD_NONE, 16}, "16"},
        {{VMCLOCK_FIELD_END, 17}, "17"},
        {{(enum vmclock_field)-1, 18}, "18"},
        {{(enum vmclock_field)INT_MAX, UINT64_MAX}, "18446744073709551615"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        FORMATS_IN(rows[i].text, format_value, &rows[i].value, rows[i].text);
}

/* ---- Meanings ---- */

struct meaning {
    const struct vmclock_view *view;
    enum vmclock_field field;
};

static size_t format_meaning(const void *what, char *buf, size_t cap)
{
    const struct meaning *m = what;

    return vmclock_format_meaning(m->view, m->field, buf, cap);
}

static void expect_meaning(const char *row, const struct vmclock_view *view, enum vmclock_field field,
                           const char *expected)
{
    const struct meaning meaning = {view, field};

    FORMATS_IN(row, format_meaning, &meaning, expected);
}

#define SHIFT VMCLOCK_FIELD_COUNTER_PERIOD_SHIFT
#define PERIOD VMCLOCK_FIELD_COUNTER_PERIOD_FRAC_SEC
#define PERIOD_EST VMCLOCK_FIELD_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC
#define PERIOD_MAX VMCLOCK_FIELD_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC

static void meanings_of_a_page_with_clock_data(void)
{
    static const struct {
        enum vmclock_field field;
        const char *text;
    } rows[] = {
        {VMCLOCK_FIELD_MAGIC, "VCLK"},
        {VMCLOCK_FIELD_SIZE, "bytes, as the writer claims"},
        {VMCLOCK_FIELD_VERSION, ""},
        {VMCLOCK_FIELD_COUNTER_ID, "X86_TSC"},
        {VMCLOCK_FIELD_TIME_TYPE, "TAI"},
        {VMCLOCK_FIELD_SEQ_COUNT, "even: no update in progress"},
        {VMCLOCK_FIELD_DISRUPTION_MARKER, ""},
        {VMCLOCK_FIELD_FLAGS, "TAI_OFFSET_VALID | PERIOD_ESTERROR_VALID | PERIOD_MAXERROR_VALID | TIME_ESTERROR_VALID"
                              " | TIME_MAXERROR_VALID | VM_GEN_COUNTER_PRESENT | NOTIFICATION_PRESENT"},
        {VMCLOCK_FIELD_PAD, ""},
        {VMCLOCK_FIELD_CLOCK_STATUS, "SYNCHRONIZED: may be relied on"},
        {VMCLOCK_FIELD_LEAP_SECOND_SMEARING_HINT, "STRICT"},
        {VMCLOCK_FIELD_TAI_OFFSET_SEC, "UTC = TAI - 37 s"},
        {VMCLOCK_FIELD_LEAP_INDICATOR, "NONE"},
        {SHIFT, "period unit 2^-93 s"},
        {VMCLOCK_FIELD_COUNTER_VALUE, ""},
        {PERIOD_EST, "10.000 ppm"},
        {PERIOD_MAX, "50.000 ppm"},
        {VMCLOCK_FIELD_TIME_SEC, "2017-01-01 00:00:36 TAI, 2016-12-31 23:59:59 UTC"},
        {VMCLOCK_FIELD_TIME_FRAC_SEC, "500000000 ns"},
        {VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC, "1.500 us"},
        {VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, "2.500 ms"},
        {VMCLOCK_FIELD_VM_GENERATION_COUNTER, ""},
    };
    uint8_t bytes[PAGE];
    const struct vmclock_view view = {bytes, PAGE};

    build_clock_page(bytes);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_meaning(rows[i].text, &view, rows[i].field, rows[i].text);
}

static void meaning_of_the_1_ghz_example_is_1_ns_and_1_ghz(void)
{
    uint8_t bytes[PAGE];
    const struct vmclock_view view = {bytes, PAGE};

    build_clock_page(bytes);
    expect_meaning("1 GHz", &view, PERIOD, "1.000000 ns per tick, 1.000000000 GHz");
    put8(bytes, AT_COUNTER_PERIOD_SHIFT, 32);
    put64(bytes, AT_COUNTER_PERIOD_FRAC_SEC, UINT64_C(0xdbe6fecebe7ee800)); /* 4999999999997 mHz, to the nearest */
    expect_meaning("nearly 5 GHz", &view, PERIOD, "0.200000 ns per tick, 4.999999999 GHz");
}

static void meanings_of_one_field_at_its_boundaries(void)
{
    static const struct {
        unsigned at, width;
        uint64_t value;
        enum vmclock_field field;
        const char *text;
    } rows[] = {
        {AT_COUNTER_ID, 1, 0, VMCLOCK_FIELD_COUNTER_ID, "ARM_VCNT"},
        {AT_COUNTER_ID, 1, 2, VMCLOCK_FIELD_COUNTER_ID, "unknown"},
        {AT_COUNTER_ID, 1, 255, VMCLOCK_FIELD_COUNTER_ID, "INVALID: no clock data, only disruption signals"},
        {AT_TIME_TYPE, 1, 5, VMCLOCK_FIELD_TIME_TYPE, "unknown"},
        {AT_TIME_TYPE, 1, 255, VMCLOCK_FIELD_TIME_TYPE, "unknown"},
        {AT_SEQ_COUNT, 4, UINT32_MAX, VMCLOCK_FIELD_SEQ_COUNT, "odd: update in progress"},
        {AT_SEQ_COUNT, 4, 0, VMCLOCK_FIELD_SEQ_COUNT, "even: no update in progress"},
        {AT_CLOCK_STATUS, 1, 0, VMCLOCK_FIELD_CLOCK_STATUS, "UNKNOWN: not to be relied on"},
        {AT_CLOCK_STATUS, 1, 1, VMCLOCK_FIELD_CLOCK_STATUS, "INITIALIZING: not to be relied on"},
        {AT_CLOCK_STATUS, 1, 3, VMCLOCK_FIELD_CLOCK_STATUS, "FREERUNNING: may be relied on"},
        {AT_CLOCK_STATUS, 1, 4, VMCLOCK_FIELD_CLOCK_STATUS, "UNRELIABLE: not to be relied on"},
        {AT_CLOCK_STATUS, 1, 255, VMCLOCK_FIELD_CLOCK_STATUS, "unknown: not to be relied on"},
        {AT_FLAGS, 8, 0, VMCLOCK_FIELD_FLAGS, ""},
        {AT_FLAGS, 8, 2, VMCLOCK_FIELD_FLAGS, "DISRUPTION_SOON"},
        {AT_FLAGS, 8, 0x200, VMCLOCK_FIELD_FLAGS, "NOTIFICATION_PRESENT"},
        {AT_FLAGS, 8, 0x400, VMCLOCK_FIELD_FLAGS, "unknown 0x400"},
        {AT_FLAGS, 8, UINT64_C(0x8000000000000081), VMCLOCK_FIELD_FLAGS,
         "TAI_OFFSET_VALID | TIME_MONOTONIC | unknown 0x8000000000000000"},
        {AT_TAI_OFFSET_SEC, 2, 0x8000, VMCLOCK_FIELD_TAI_OFFSET_SEC, "UTC = TAI - 32768 s"},
        /* From 10 to 60 the magnitude alone decides, beyond that the field is taken at its word. */
        {AT_TAI_OFFSET_SEC, 2, 0, VMCLOCK_FIELD_TAI_OFFSET_SEC, "UTC = TAI + 0 s"},
        {AT_TAI_OFFSET_SEC, 2, 9, VMCLOCK_FIELD_TAI_OFFSET_SEC, "UTC = TAI + 9 s"},
        {AT_TAI_OFFSET_SEC, 2, 61, VMCLOCK_FIELD_TAI_OFFSET_SEC, "UTC = TAI + 61 s"},
        {AT_TAI_OFFSET_SEC, 2, 0x10000 - 9, VMCLOCK_FIELD_TAI_OFFSET_SEC, "UTC = TAI - 9 s"},
        {AT_TAI_OFFSET_SEC, 2, 0x10000 - 61, VMCLOCK_FIELD_TAI_OFFSET_SEC, "UTC = TAI - 61 s"},
        {AT_TAI_OFFSET_SEC, 2, 0x10000 - 60, VMCLOCK_FIELD_TAI_OFFSET_SEC, "UTC = TAI - 60 s"},
        {AT_TAI_OFFSET_SEC, 2, 10, VMCLOCK_FIELD_TAI_OFFSET_SEC, "UTC = TAI - 10 s, whatever the sign"},
        {AT_TAI_OFFSET_SEC, 2, 37, VMCLOCK_FIELD_TAI_OFFSET_SEC, "UTC = TAI - 37 s, whatever the sign"},
        {AT_TAI_OFFSET_SEC, 2, 60, VMCLOCK_FIELD_TAI_OFFSET_SEC, "UTC = TAI - 60 s, whatever the sign"},
        {AT_COUNTER_PERIOD_SHIFT, 1, 0, SHIFT, "period unit 2^-64 s"},
        {AT_COUNTER_PERIOD_SHIFT, 1, 255, SHIFT, "period unit 2^-319 s"},
        {AT_TIME_FRAC_SEC, 8, 0, VMCLOCK_FIELD_TIME_FRAC_SEC, "0 ns"},
        {AT_TIME_FRAC_SEC, 8, UINT64_MAX, VMCLOCK_FIELD_TIME_FRAC_SEC, "999999999 ns"},
        {AT_TIME_FRAC_SEC, 8, UINT64_C(18446744073), VMCLOCK_FIELD_TIME_FRAC_SEC, "0 ns"},
        {AT_TIME_FRAC_SEC, 8, UINT64_C(18446744074), VMCLOCK_FIELD_TIME_FRAC_SEC, "1 ns"},
        {AT_TIME_ESTERROR_NANOSEC, 8, 0, VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC, "0 ns"},
        {AT_TIME_ESTERROR_NANOSEC, 8, 999, VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC, "999 ns"},
        {AT_TIME_ESTERROR_NANOSEC, 8, 1000, VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC, "1.000 us"},
        {AT_TIME_ESTERROR_NANOSEC, 8, 999999, VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC, "999.999 us"},
        {AT_TIME_ESTERROR_NANOSEC, 8, 1000000, VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC, "1.000 ms"},
        {AT_TIME_MAXERROR_NANOSEC, 8, 999999999, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, "999.999 ms"},
        {AT_TIME_MAXERROR_NANOSEC, 8, 1000000000, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, "1.000 s"},
        {AT_TIME_MAXERROR_NANOSEC, 8, UINT64_MAX, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, "18446744073.709 s"},
        {AT_COUNTER_PERIOD_FRAC_SEC, 8, 0, PERIOD, ""},
        {AT_COUNTER_PERIOD_FRAC_SEC, 8, 0, PERIOD_EST, ""},
        {AT_COUNTER_PERIOD_FRAC_SEC, 8, 0, PERIOD_MAX, ""},
        {AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, 8, 0, PERIOD_EST, "0.000 ppm"},
        /* As large as the period itself: 10^6 ppm. */
        {AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 8, PERIOD_1GHZ, PERIOD_MAX, "1000000.000 ppm"},
        /* floor((2^64 - 1) * 10^9 / P) thousandths. */
        {AT_COUNTER_PERIOD_MAXERROR_RATE_FRAC_SEC, 8, UINT64_MAX, PERIOD_MAX, "1862645.149 ppm"},
    };
    uint8_t bytes[PAGE];
    const struct vmclock_view view = {bytes, PAGE};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        build_clock_page(bytes);
        put64(bytes, AT_FLAGS, 0x379);
        put_le(bytes + rows[i].at, rows[i].width, rows[i].value);
        expect_meaning(rows[i].text, &view, rows[i].field, rows[i].text);
    }
}

static void period_is_written_in_ns_and_in_the_unit_that_fits_its_frequency(void)
{
    static const struct {
        uint64_t period;
        unsigned shift;
        const char *text;
    } rows[] = {
        /* Powers of two are exact: 2^63 / 2^(64 + shift) s is 2^-(1 + shift) s. */
        {UINT64_C(1) << 63, 0, "500000000.000000 ns per tick, 2.000 Hz"},
        {UINT64_C(1) << 63, 8, "1953125.000000 ns per tick, 512.000 Hz"},
        {UINT64_C(1) << 63, 10, "488281.250000 ns per tick, 2.048 kHz"},
        {UINT64_C(1) << 63, 18, "1907.348633 ns per tick, 524.288 kHz"},
        {UINT64_C(1) << 63, 20, "476.837158 ns per tick, 2.097 MHz"},
        {UINT64_C(1) << 63, 28, "1.862645 ns per tick, 536.870 MHz"},
        {UINT64_C(1) << 63, 30, "0.465661 ns per tick, 2.147483648 GHz"},
        /* Both sides of each unit: periods of floor and ceil of 2^(64 + shift) / Hz. */
        {UINT64_C(18446744073709551), 0, "1000000.000000 ns per tick, 1.000 kHz"},
        {UINT64_C(18446744073709552), 0, "1000000.000000 ns per tick, 999.999 Hz"},
        {UINT64_C(18446744073709), 0, "1000.000000 ns per tick, 1.000 MHz"},
        {UINT64_C(18446744073710), 0, "1000.000000 ns per tick, 999.999 kHz"},
        {UINT64_C(9903520314283042200), 29, "1.000000 ns per tick, 999.999 MHz"},
        /* 10^3 * 2^64 / 1001 milli-Hz still fits 64 bits, / 1000 does not. */
        {1001, 0, "0.000000 ns per tick, 18428315.757951600 GHz"},
        {1000, 0, "0.000000 ns per tick, above 18 PHz"},
        {1, 0, "0.000000 ns per tick, above 18 PHz"},
        {UINT64_MAX, 0, "1000000000.000000 ns per tick, 1.000 Hz"},
        {UINT64_MAX, 54, "0.000000 ns per tick, 18014398.509481984 GHz"},
        {UINT64_MAX, 55, "0.000000 ns per tick, above 18 PHz"},
        {UINT64_MAX, 63, "0.000000 ns per tick, above 18 PHz"},
        {UINT64_MAX, 64, "0.000000 ns per tick, above 18 PHz"},
        {UINT64_MAX, 128, "0.000000 ns per tick, above 18 PHz"},
        {UINT64_MAX, 255, "0.000000 ns per tick, above 18 PHz"},
    };
    uint8_t bytes[PAGE];
    const struct vmclock_view view = {bytes, PAGE};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        build_clock_page(bytes);
        put64(bytes, AT_COUNTER_PERIOD_FRAC_SEC, rows[i].period);
        put8(bytes, AT_COUNTER_PERIOD_SHIFT, rows[i].shift);
        expect_meaning(rows[i].text, &view, PERIOD, rows[i].text);
    }
}

static void rate_that_no_ppm_can_express_is_said_to_be_beyond_measure(void)
{
    static const struct {
        uint64_t period, rate;
        const char *text;
    } rows[] = {
        /* The quotient rate * 10^9 / period has to be below 2^64. */
        {1, UINT64_C(18446744073), "18446744073000000.000 ppm"},
        {1, UINT64_C(18446744074), "beyond measure"},
        {1, UINT64_MAX, "beyond measure"},
        {UINT64_C(999999999), UINT64_MAX, "beyond measure"},
        {UINT64_C(1000000000), UINT64_MAX, "18446744073709551.615 ppm"},
        {UINT64_MAX, UINT64_MAX, "1000000.000 ppm"},
        {UINT64_MAX, UINT64_MAX - 1, "999999.999 ppm"},
        {(UINT64_C(1) << 63) + 1, UINT64_C(1) << 63, "999999.999 ppm"},
    };
    uint8_t bytes[PAGE];
    const struct vmclock_view view = {bytes, PAGE};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        build_clock_page(bytes);
        put64(bytes, AT_COUNTER_PERIOD_FRAC_SEC, rows[i].period);
        put64(bytes, AT_COUNTER_PERIOD_ESTERROR_RATE_FRAC_SEC, rows[i].rate);
        expect_meaning(rows[i].text, &view, PERIOD_EST, rows[i].text);
    }
}

static void page_without_a_counter_has_no_period_and_no_date(void)
{
    uint8_t bytes[PAGE];
    const struct vmclock_view view = {bytes, PAGE};

    build_clock_page(bytes);
    put8(bytes, AT_COUNTER_ID, 0xff);
    expect_meaning("period", &view, PERIOD, "");
    expect_meaning("time", &view, VMCLOCK_FIELD_TIME_SEC, "");
}

static void field_whose_flag_is_clear_means_nothing_and_the_flag_is_named(void)
{
    static const struct {
        enum vmclock_field field;
        unsigned bit;
        const char *text;
    } rows[] = {
        {VMCLOCK_FIELD_TAI_OFFSET_SEC, 0, "means nothing: TAI_OFFSET_VALID is clear"},
        {PERIOD_EST, 3, "means nothing: PERIOD_ESTERROR_VALID is clear"},
        {PERIOD_MAX, 4, "means nothing: PERIOD_MAXERROR_VALID is clear"},
        {VMCLOCK_FIELD_TIME_ESTERROR_NANOSEC, 5, "means nothing: TIME_ESTERROR_VALID is clear"},
        {VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, 6, "means nothing: TIME_MAXERROR_VALID is clear"},
        {VMCLOCK_FIELD_VM_GENERATION_COUNTER, 8, "means nothing: VM_GEN_COUNTER_PRESENT is clear"},
    };
    uint8_t bytes[PAGE];
    const struct vmclock_view view = {bytes, PAGE};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        build_clock_page(bytes);
        put64(bytes, AT_FLAGS, ~(UINT64_C(1) << rows[i].bit));
        expect_meaning(rows[i].text, &view, rows[i].field, rows[i].text);
    }
}

static void absent_field_has_no_meaning(void)
{
    static const int numbers[] = {0, -1, INT_MIN, VMCLOCK_FIELD_END, INT_MAX};
    uint8_t bytes[PAGE];
    const struct vmclock_view empty = {0}, whole = {bytes, PAGE};
    struct vmclock_view cut = {bytes, 0x68 + 7};

    build_clock_page(bytes);
    for (unsigned field = 0; field <= VMCLOCK_FIELD_END; field++) {
        expect_meaning("empty view", &empty, (enum vmclock_field)field, "");
        expect_meaning("NULL", NULL, (enum vmclock_field)field, "");
    }
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        expect_meaning("no field", &whole, (enum vmclock_field)numbers[i], "");
    cut.len = 0x68 - 1;
    expect_meaning("cut", &cut, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, "");
    cut.len = 0x68;
    expect_meaning("not cut", &cut, VMCLOCK_FIELD_TIME_MAXERROR_NANOSEC, "2.500 ms");
}

/* ---- Dates ---- */

static size_t format_date(const void *what, char *buf, size_t cap)
{
    struct vmclock_text_ text = vmclock_text_(buf, cap);

    vmclock_put_date_(&text, *(const uint64_t *)what);
    return vmclock_text_end_(&text);
}

static void dates_are_those_of_the_gregorian_calendar_of_any_year(void)
{
    static const struct {
        uint64_t sec;
        const char *date;
    } rows[] = {
        {0, "1970-01-01 00:00:00"},
        {1, "1970-01-01 00:00:01"},
        {86399, "1970-01-01 23:59:59"},
        {86400, "1970-01-02 00:00:00"},
        {78796799, "1972-06-30 23:59:59"},
        {946684799, "1999-12-31 23:59:59"},
        {951782399, "2000-02-28 23:59:59"},
        {951782400, "2000-02-29 00:00:00"},
        {951868800, "2000-03-01 00:00:00"},
        {1483228799, "2016-12-31 23:59:59"},
        {1483228800, "2017-01-01 00:00:00"},
        {4107542399, "2100-02-28 23:59:59"},
        {4107542400, "2100-03-01 00:00:00"},
        {13574608496, "2400-02-29 12:34:56"},
        {253402300799, "9999-12-31 23:59:59"},
        {253402300800, "10000-01-01 00:00:00"},
        {UINT64_C(1) << 63, "292277026596-12-04 15:30:08"},
        {UINT64_MAX, "584554051223-11-09 07:00:15"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        FORMATS_IN(rows[i].date, format_date, &rows[i].sec, rows[i].date);
}

static void every_day_of_400_years_follows_the_one_before(void)
{
    static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year = 1970, month = 1, day = 1;

    for (uint64_t days = 0; days < 146097 + 60; days++) {
        const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        const uint64_t sec = days * 86400;
        char text[40], expected[64];

        (void)format_date(&sec, text, sizeof text);
        (void)snprintf(expected, sizeof expected, "%04u-%02u-%02u 00:00:00", year, month, day);
        if (strcmp(text, expected) != 0) {
            TEXT(text, expected);
            return;
        }
        if (++day > lengths[month - 1] + (month == 2 && leap)) {
            day = 1;
            if (++month > 12) {
                month = 1;
                year++;
            }
        }
    }
    EQ(year, 2370);
}

static void reference_time_has_a_date_where_its_epoch_is_known(void)
{
    static const char unknown_epoch[] = "seconds since an epoch that the page does not tell";
    static const struct {
        const char *row;
        unsigned time_type, leap;
        uint64_t flags;
        int offset;
        uint64_t sec;
        const char *text;
    } rows[] = {
        {"UTC", 0, 0, 1, -37, 1483228799, "2016-12-31 23:59:59 UTC"},
        {"UTC epoch", 0, 0, 0, 0, 0, "1970-01-01 00:00:00 UTC"},
        {"UTC end", 0, 0, 0, 0, UINT64_MAX, "584554051223-11-09 07:00:15 UTC"},
        {"TAI", 1, 0, 1, -37, 1483228837, "2017-01-01 00:00:37 TAI, 2017-01-01 00:00:00 UTC"},
        {"TAI, other sign", 1, 0, 1, 37, 1483228837, "2017-01-01 00:00:37 TAI, 2017-01-01 00:00:00 UTC"},
        {"TAI end", 1, 0, 1, -60, UINT64_MAX, "584554051223-11-09 07:00:15 TAI, 584554051223-11-09 06:59:15 UTC"},
        {"offset not flagged", 1, 0, 0, -37, 1483228837, "2017-01-01 00:00:37 TAI"},
        {"offset 9", 1, 0, 1, -9, 86400, "1970-01-02 00:00:00 TAI"},
        {"offset 10", 1, 0, 1, -10, 86400, "1970-01-02 00:00:00 TAI, 1970-01-01 23:59:50 UTC"},
        {"offset 60", 1, 0, 1, 60, 86400, "1970-01-02 00:00:00 TAI, 1970-01-01 23:59:00 UTC"},
        {"offset 61", 1, 0, 1, 61, 86400, "1970-01-02 00:00:00 TAI"},
        {"offset -32768", 1, 0, 1, -32768, 86400, "1970-01-02 00:00:00 TAI"},
        {"UTC below 0", 1, 0, 1, -37, 36, "1970-01-01 00:00:36 TAI"},
        {"UTC is 0", 1, 0, 1, -37, 37, "1970-01-01 00:00:37 TAI, 1970-01-01 00:00:00 UTC"},
        {"leap second near", 1, 1, 1, -37, 1483228837, "2017-01-01 00:00:37 TAI"},
        {"unknown leap indicator", 1, 6, 1, -37, 1483228837, "2017-01-01 00:00:37 TAI"},
        {"MONOTONIC", 2, 0, 1, -37, 5, unknown_epoch},
        {"smeared", 3, 0, 1, -37, 5, unknown_epoch},
        {"maybe smeared", 4, 0, 1, -37, 5, unknown_epoch},
        {"unknown type", 5, 0, 1, -37, 5, unknown_epoch},
    };
    uint8_t bytes[PAGE];
    const struct vmclock_view view = {bytes, PAGE};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        build_clock_page(bytes);
        put8(bytes, AT_TIME_TYPE, rows[i].time_type);
        put8(bytes, AT_LEAP_INDICATOR, rows[i].leap);
        put64(bytes, AT_FLAGS, rows[i].flags);
        put16(bytes, AT_TAI_OFFSET_SEC, (unsigned)rows[i].offset & 0xffff);
        put64(bytes, AT_TIME_SEC, rows[i].sec);
        expect_meaning(rows[i].row, &view, VMCLOCK_FIELD_TIME_SEC, rows[i].text);
    }
}

/* ---- Arithmetic ---- */

static void product_of_two_64_bit_numbers_is_exact(void)
{
    static const struct {
        uint64_t a, b, hi, lo;
    } rows[] = {
        {0, UINT64_MAX, 0, 0},
        {1, UINT64_MAX, 0, UINT64_MAX},
        {2, UINT64_MAX, 1, UINT64_MAX - 1},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX - 1, 1},
        {UINT64_C(1) << 32, UINT64_C(1) << 32, 1, 0},
        {UINT64_C(0xffffffff), UINT64_C(0xffffffff), 0, UINT64_C(0xfffffffe00000001)},
        {UINT64_C(0x100000001), UINT64_C(0xffffffffffffffff), UINT64_C(0x100000000), UINT64_C(0xfffffffeffffffff)},
        {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210), UINT64_C(0x0121fa00ad77d742),
         UINT64_C(0x2236d88fe5618cf0)},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct vmclock_u128_ ab = vmclock_mul_(rows[i].a, rows[i].b), ba = vmclock_mul_(rows[i].b, rows[i].a);

        EQ(ab.hi, rows[i].hi);
        EQ(ab.lo, rows[i].lo);
        EQ(ba.hi, rows[i].hi);
        EQ(ba.lo, rows[i].lo);
    }
}

static void quotient_of_128_by_64_bits_is_exact(void)
{
    static const struct {
        uint64_t hi, lo, d, quotient;
    } rows[] = {
        {0, 0, 1, 0},
        {0, UINT64_MAX, 1, UINT64_MAX},
        {0, 6, 7, 0},
        {0, 7, 7, 1},
        {1, 0, 2, UINT64_C(1) << 63},
        {UINT64_MAX - 1, UINT64_MAX, UINT64_MAX, UINT64_MAX},
        {UINT64_MAX - 1, 0, UINT64_MAX, UINT64_MAX - 1},
        {UINT64_C(1) << 63, 0, (UINT64_C(1) << 63) + 1, UINT64_MAX - 1},
        {UINT64_C(0x0121fa00ad77d742), UINT64_C(0x2236d88fe5618cef), UINT64_C(0xfedcba9876543210),
         UINT64_C(0x0123456789abcdee)},
        {UINT64_C(0x0121fa00ad77d742), UINT64_C(0x2236d88fe5618cf0), UINT64_C(0xfedcba9876543210),
         UINT64_C(0x0123456789abcdef)},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct vmclock_u128_ n = {rows[i].hi, rows[i].lo};

        EQ(vmclock_divide_(n, rows[i].d), rows[i].quotient);
    }
}

/* ---- What a page is good for ---- */

static size_t format_summary(const void *what, char *buf, size_t cap)
{
    return vmclock_format_summary(what, buf, cap);
}

static void expect_summary(const uint8_t *bytes, uint32_t len, const char *expected)
{
    const struct vmclock_view view = {bytes, len};

    FORMATS_IN(expected, format_summary, &view, expected);
}

static void summary_of_a_page_without_a_counter_is_its_signals(void)
{
    uint8_t bytes[PAGE];

    build_signal_page(bytes, PAGE, PAGE);
    expect_summary(bytes, PAGE, "disruption signals only, as QEMU writes them");
    expect_summary(bytes, 32, "disruption signals only, as QEMU writes them");
    put64(bytes, AT_FLAGS, 0x300);
    expect_summary(bytes, PAGE, "disruption signals and a generation counter, as Firecracker writes them");
    expect_summary(bytes, 0x6f, "disruption signals only, as QEMU writes them");
    put32(bytes, AT_SEQ_COUNT, 3);
    expect_summary(bytes, PAGE, "an update was under way, so that the values may be torn");
}

static void summary_of_a_page_with_a_counter_is_its_clock(void)
{
    static const struct {
        unsigned at, width;
        uint64_t value;
        const char *text;
    } rows[] = {
        {AT_PAD, 2, 0, "X86_TSC at 1.000 GHz, TAI - 37 s, synchronized, within 2.500 ms at 2016-12-31 23:59:59 UTC"},
        {AT_COUNTER_ID, 1, 0,
         "ARM_VCNT at 1.000 GHz, TAI - 37 s, synchronized, within 2.500 ms at 2016-12-31 23:59:59 UTC"},
        {AT_COUNTER_ID, 1, 2,
         "an unknown counter at 1.000 GHz, TAI - 37 s, synchronized, within 2.500 ms at 2016-12-31 23:59:59 UTC"},
        {AT_TIME_TYPE, 1, 0, "X86_TSC at 1.000 GHz, UTC, synchronized, within 2.500 ms at 2017-01-01 00:00:36 UTC"},
        {AT_TIME_TYPE, 1, 2, "X86_TSC at 1.000 GHz, MONOTONIC, synchronized, within 2.500 ms"},
        {AT_TIME_TYPE, 1, 9, "X86_TSC at 1.000 GHz, unknown timescale, synchronized, within 2.500 ms"},
        {AT_TAI_OFFSET_SEC, 2, 37,
         "X86_TSC at 1.000 GHz, TAI - 37 s, synchronized, within 2.500 ms at 2016-12-31 23:59:59 UTC"},
        {AT_TAI_OFFSET_SEC, 2, 9,
         "X86_TSC at 1.000 GHz, TAI without its offset to UTC, synchronized, within 2.500 ms at 2017-01-01 00:00:36 "
         "TAI"},
        {AT_FLAGS, 8, 0x378,
         "X86_TSC at 1.000 GHz, TAI without its offset to UTC, synchronized, within 2.500 ms at 2017-01-01 00:00:36 "
         "TAI"},
        {AT_LEAP_INDICATOR, 1, 1,
         "X86_TSC at 1.000 GHz, TAI - 37 s, synchronized, within 2.500 ms at 2017-01-01 00:00:36 TAI"},
        {AT_FLAGS, 8, 0x339,
         "X86_TSC at 1.000 GHz, TAI - 37 s, synchronized, without a maximum error at 2016-12-31 23:59:59 UTC"},
        {AT_CLOCK_STATUS, 1, 3,
         "X86_TSC at 1.000 GHz, TAI - 37 s, freerunning, within 2.500 ms at 2016-12-31 23:59:59 UTC"},
        {AT_CLOCK_STATUS, 1, 4,
         "X86_TSC at 1.000 GHz, TAI - 37 s, not to be relied on (UNRELIABLE), within 2.500 ms at 2016-12-31 23:59:59 "
         "UTC"},
        {AT_CLOCK_STATUS, 1, 5,
         "X86_TSC at 1.000 GHz, TAI - 37 s, not to be relied on (unknown status), within 2.500 ms"
         " at 2016-12-31 23:59:59 UTC"},
        {AT_SEQ_COUNT, 4, 0x00c0ffef, "an update was under way, so that the values may be torn"},
    };
    uint8_t bytes[PAGE];

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        build_clock_page(bytes);
        put_le(bytes + rows[i].at, rows[i].width, rows[i].value);
        expect_summary(bytes, PAGE, rows[i].text);
    }
    build_clock_page(bytes);
    expect_summary(bytes, 0x58, "X86_TSC at 1.000 GHz, TAI - 37 s, synchronized, without a maximum error"
                                " at 2016-12-31 23:59:59 UTC");
    expect_summary(bytes, 0x57, "X86_TSC, but the page ends before its clock data does");
    expect_summary(bytes, 32, "X86_TSC, but the page ends before its clock data does");
    expect_summary(bytes, 0, "");
    FORMATS_IN("NULL", format_summary, NULL, "");
}

/* 2^(64 + shift) / period, computed apart. */
static void summary_rounds_the_frequency_to_three_digits_from_1_ghz_on(void)
{
    static const struct {
        uint64_t period;
        uint8_t shift;
        const char *text;
    } rows[] = {
        {UINT64_C(0x69b8e6cfb3ed6baf), 30, "X86_TSC at 2.600 GHz"},
        {UINT64_C(0x69be1b7f07f8f171), 30, "X86_TSC at 2.599 GHz"},
        {UINT64_C(0x69be1b7daa8cf39d), 30, "X86_TSC at 2.600 GHz"},
        {UINT64_C(0x8981f91dc68c4bd7), 29, "X86_TSC at 999.499 MHz"},
        {UINT64_C(0x8981f91b77a956e9), 29, "X86_TSC at 1.000 GHz"},
        {UINT64_C(0xb2f4fc0794908cf2), 24, "X86_TSC at 24.000 MHz"},
        {0, 30, "X86_TSC that stands still"},
        {1, 0, "X86_TSC at above 18 PHz"},
        {UINT64_MAX, 0, "X86_TSC at 1.000 Hz"},
    };
    uint8_t bytes[PAGE];
    const struct vmclock_view view = {bytes, PAGE};
    char text[256];

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        build_clock_page(bytes);
        put8(bytes, AT_COUNTER_PERIOD_SHIFT, rows[i].shift);
        put64(bytes, AT_COUNTER_PERIOD_FRAC_SEC, rows[i].period);
        vmclock_format_summary(&view, text, sizeof text);
        text[strcspn(text, ",")] = '\0';
        CU_ASSERT_STRING_EQUAL(text, rows[i].text);
    }
}

SUITE(print) = {
    {"numbers are written whole up to their bounds", numbers_are_written_whole_up_to_their_bounds},
    {"values are written as is usual for their field", values_are_written_as_is_usual_for_their_field},
    {"meanings of a page with clock data", meanings_of_a_page_with_clock_data},
    {"meaning of the 1 GHz example is 1 ns and 1 GHz", meaning_of_the_1_ghz_example_is_1_ns_and_1_ghz},
    {"meanings of one field at its boundaries", meanings_of_one_field_at_its_boundaries},
    {"period is written in ns and in the unit that fits its frequency",
     period_is_written_in_ns_and_in_the_unit_that_fits_its_frequency},
    {"rate that no ppm can express is said to be beyond measure",
     rate_that_no_ppm_can_express_is_said_to_be_beyond_measure},
    {"page without a counter has no period and no date", page_without_a_counter_has_no_period_and_no_date},
    {"field whose flag is clear means nothing and the flag is named",
     field_whose_flag_is_clear_means_nothing_and_the_flag_is_named},
    {"absent field has no meaning", absent_field_has_no_meaning},
    {"dates are those of the Gregorian calendar of any year", dates_are_those_of_the_gregorian_calendar_of_any_year},
    {"every day of 400 years follows the one before", every_day_of_400_years_follows_the_one_before},
    {"reference time has a date where its epoch is known", reference_time_has_a_date_where_its_epoch_is_known},
    {"product of two 64-bit numbers is exact", product_of_two_64_bit_numbers_is_exact},
    {"quotient of 128 by 64 bits is exact", quotient_of_128_by_64_bits_is_exact},
    {"summary of a page without a counter is its signals", summary_of_a_page_without_a_counter_is_its_signals},
    {"summary of a page with a counter is its clock", summary_of_a_page_with_a_counter_is_its_clock},
    {"summary rounds the frequency to three digits from 1 GHz on",
     summary_rounds_the_frequency_to_three_digits_from_1_ghz_on},
    CU_TEST_INFO_NULL,
};
