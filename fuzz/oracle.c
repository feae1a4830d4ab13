/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second opinion of oracle.h. Every offset, width, name and limit is written here again, from the uapi header and
 * the project's documents; it is slow and simple on purpose, and never asks the code that it judges.
 */
#include "oracle.h"
#include "fuzz_check.h"

FUZZ_NOT_COVERED

enum {
    MAGIC = 1, SIZE, VERSION, COUNTER_ID, TIME_TYPE, SEQ_COUNT, MARKER, FLAGS, PAD, STATUS, SMEARING, TAI_OFFSET, LEAP,
    SHIFT, COUNTER_VALUE, PERIOD, PERIOD_EST, PERIOD_MAX, TIME_SEC, TIME_FRAC, TIME_EST, TIME_MAX, GENERATION
};

static const struct oracle_row rows[ORACLE_FIELDS + 1] = {
    {NULL, 0, 0, -1},
    {"magic", 0x00, 4, -1},
    {"size", 0x04, 4, -1},
    {"version", 0x08, 2, -1},
    {"counter_id", 0x0a, 1, -1},
    {"time_type", 0x0b, 1, -1},
    {"seq_count", 0x0c, 4, -1},
    {"disruption_marker", 0x10, 8, -1},
    {"flags", 0x18, 8, -1},
    {"pad", 0x20, 2, -1},
    {"clock_status", 0x22, 1, -1},
    {"leap_second_smearing_hint", 0x23, 1, -1},
    {"tai_offset_sec", 0x24, 2, 0},
    {"leap_indicator", 0x26, 1, -1},
    {"counter_period_shift", 0x27, 1, -1},
    {"counter_value", 0x28, 8, -1},
    {"counter_period_frac_sec", 0x30, 8, -1},
    {"counter_period_esterror_rate_frac_sec", 0x38, 8, 3},
    {"counter_period_maxerror_rate_frac_sec", 0x40, 8, 4},
    {"time_sec", 0x48, 8, -1},
    {"time_frac_sec", 0x50, 8, -1},
    {"time_esterror_nanosec", 0x58, 8, 5},
    {"time_maxerror_nanosec", 0x60, 8, 6},
    {"vm_generation_counter", 0x68, 8, 8},
};

const struct oracle_row *oracle_row(unsigned field)
{
    return &rows[field];
}

/* ---- Names ---- */

static const struct {
    unsigned field;
    uint64_t value;
    const char *name;
} names[] = {
    {COUNTER_ID, 0, "ARM_VCNT"},
    {COUNTER_ID, 1, "X86_TSC"},
    {COUNTER_ID, 0xff, "INVALID"},
    {TIME_TYPE, 0, "UTC"},
    {TIME_TYPE, 1, "TAI"},
    {TIME_TYPE, 2, "MONOTONIC"},
    {TIME_TYPE, 3, "INVALID_SMEARED"},
    {TIME_TYPE, 4, "INVALID_MAYBE_SMEARED"},
    {FLAGS, 0x001, "TAI_OFFSET_VALID"},
    {FLAGS, 0x002, "DISRUPTION_SOON"},
    {FLAGS, 0x004, "DISRUPTION_IMMINENT"},
    {FLAGS, 0x008, "PERIOD_ESTERROR_VALID"},
    {FLAGS, 0x010, "PERIOD_MAXERROR_VALID"},
    {FLAGS, 0x020, "TIME_ESTERROR_VALID"},
    {FLAGS, 0x040, "TIME_MAXERROR_VALID"},
    {FLAGS, 0x080, "TIME_MONOTONIC"},
    {FLAGS, 0x100, "VM_GEN_COUNTER_PRESENT"},
    {FLAGS, 0x200, "NOTIFICATION_PRESENT"},
    {STATUS, 0, "UNKNOWN"},
    {STATUS, 1, "INITIALIZING"},
    {STATUS, 2, "SYNCHRONIZED"},
    {STATUS, 3, "FREERUNNING"},
    {STATUS, 4, "UNRELIABLE"},
    {SMEARING, 0, "STRICT"},
    {SMEARING, 1, "NOON_LINEAR"},
    {SMEARING, 2, "UTC_SLS"},
    {LEAP, 0, "NONE"},
    {LEAP, 1, "PRE_POS"},
    {LEAP, 2, "PRE_NEG"},
    {LEAP, 3, "POS"},
    {LEAP, 4, "POST_POS"},
    {LEAP, 5, "POST_NEG"},
};

const char *oracle_value_name(unsigned field, uint64_t value)
{
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].field == field && names[i].value == value)
            return names[i].name;
    return NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const struct {
    enum vmclock_reason reason;
    const char *name;
    enum vmclock_err kind;
    const char *kind_name;
} reasons[] = {
    {VMCLOCK_REASON_NONE, "none", VMCLOCK_OK, "Ok"},
    {VMCLOCK_REASON_EMPTY, "empty", VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, "SegmentNotInitialized"},
    {VMCLOCK_REASON_TRUNCATED, "truncated", VMCLOCK_ERR_SEGMENT_MALFORMED, "SegmentMalformed"},
    {VMCLOCK_REASON_MAGIC_BYTE_SWAPPED, "magic-byte-swapped", VMCLOCK_ERR_SEGMENT_MALFORMED, "SegmentMalformed"},
    {VMCLOCK_REASON_BAD_MAGIC, "bad-magic", VMCLOCK_ERR_SEGMENT_MALFORMED, "SegmentMalformed"},
    {VMCLOCK_REASON_VERSION_ZERO, "version-zero", VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, "SegmentNotInitialized"},
    {VMCLOCK_REASON_SIZE_TOO_SMALL, "size-too-small", VMCLOCK_ERR_SEGMENT_MALFORMED, "SegmentMalformed"},
    {VMCLOCK_REASON_VERSION_UNSUPPORTED, "version-unsupported", VMCLOCK_ERR_SEGMENT_VERSION_NOT_SUPPORTED,
     "SegmentVersionNotSupported"},
    {VMCLOCK_REASON_SIZE_EXCEEDS_REGION, "size-exceeds-region", VMCLOCK_ERR_SEGMENT_MALFORMED, "SegmentMalformed"},
};

/* In the order of the numbers, which is the order of reporting. */
static const struct {
    const char *name;
    enum vmclock_severity severity;
} findings[] = {
    {"size-not-page", VMCLOCK_NOTICE},
    {"unknown-counter-id", VMCLOCK_WARNING},
    {"unknown-time-type", VMCLOCK_WARNING},
    {"smeared-time-type", VMCLOCK_WARNING},
    {"utc-time-type", VMCLOCK_NOTICE},
    {"seq-count-zero", VMCLOCK_NOTICE},
    {"update-in-progress", VMCLOCK_WARNING},
    {"disruption-announced", VMCLOCK_NOTICE},
    {"unknown-flags", VMCLOCK_NOTICE},
    {"ambiguous-flag-bits", VMCLOCK_NOTICE},
    {"flagged-field-absent", VMCLOCK_WARNING},
    {"padding-not-zero", VMCLOCK_NOTICE},
    {"unknown-clock-status", VMCLOCK_WARNING},
    {"status-without-counter", VMCLOCK_NOTICE},
    {"unknown-smearing-hint", VMCLOCK_NOTICE},
    {"tai-offset-missing", VMCLOCK_NOTICE},
    {"tai-offset-sign", VMCLOCK_WARNING},
    {"tai-offset-suspicious", VMCLOCK_WARNING},
    {"unknown-leap-indicator", VMCLOCK_WARNING},
    {"period-shift-undefined", VMCLOCK_WARNING},
    {"period-zero", VMCLOCK_WARNING},
    {"period-implausible", VMCLOCK_NOTICE},
    {"esterror-exceeds-maxerror", VMCLOCK_WARNING},
    {"data-past-structure", VMCLOCK_NOTICE},
};

static void check_field_table(void)
{
    for (unsigned field = 1; field <= ORACLE_FIELDS; field++) {
        const struct vmclock_field_row *info = vmclock_field_info((enum vmclock_field)field);

        FUZZ_CHECK(info != NULL && same_text(info->name, rows[field].name));
        FUZZ_CHECK(info->offset == rows[field].offset && info->width == rows[field].width);
        FUZZ_CHECK(info->is_signed == (field == TAI_OFFSET));
        FUZZ_CHECK(info->flag == (rows[field].flag_bit < 0 ? 0 : UINT64_C(1) << rows[field].flag_bit));
        FUZZ_CHECK((unsigned)vmclock_field_from_name(rows[field].name) == field);
    }
    FUZZ_CHECK(vmclock_field_info(VMCLOCK_FIELD_NONE) == NULL);
    FUZZ_CHECK(vmclock_field_info((enum vmclock_field)(ORACLE_FIELDS + 1)) == NULL);
}

static void check_value_names(void)
{
    for (unsigned field = 0; field <= ORACLE_FIELDS + 1; field++)
        for (uint64_t value = 0; value <= 1024; value++)
            FUZZ_CHECK(
                same_text(vmclock_value_name((enum vmclock_field)field, value), oracle_value_name(field, value)));
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        uint64_t value = ~UINT64_C(0);

        FUZZ_CHECK(vmclock_value_from_name((enum vmclock_field)names[i].field, names[i].name, &value));
        FUZZ_CHECK(value == names[i].value);
    }
}

void oracle_check_tables(void)
{
    check_field_table();
    check_value_names();
    FUZZ_CHECK(vmclock_lib_version() != NULL && vmclock_lib_version()[0] != '\0');
    for (unsigned i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        FUZZ_CHECK(same_text(vmclock_reason_name(reasons[i].reason), reasons[i].name));
        FUZZ_CHECK(vmclock_reason_kind(reasons[i].reason) == reasons[i].kind);
        FUZZ_CHECK(same_text(vmclock_err_name(reasons[i].kind), reasons[i].kind_name));
        FUZZ_CHECK(vmclock_reason_sentence(reasons[i].reason) != NULL);
    }
    for (unsigned i = 0; i < sizeof findings / sizeof *findings; i++)
        FUZZ_CHECK(same_text(vmclock_finding_name((enum vmclock_finding_id)i), findings[i].name));
    FUZZ_CHECK(vmclock_finding_name((enum vmclock_finding_id)(sizeof findings / sizeof *findings)) == NULL);
    FUZZ_CHECK(same_text(vmclock_severity_name(VMCLOCK_NOTICE), "notice"));
    FUZZ_CHECK(same_text(vmclock_severity_name(VMCLOCK_WARNING), "warning"));
}

/* ---- Decoding ---- */

static uint64_t number_at(const uint8_t *bytes, unsigned offset, unsigned width)
{
    uint64_t value = 0;

    while (width-- > 0)
        value = value * 256 + bytes[offset + width];
    return value;
}

/* Always false: "not valid". */
static bool refuse(struct oracle_page *page, enum vmclock_err kind, enum vmclock_reason reason, unsigned field,
                   uint64_t expected, uint64_t actual)
{
    page->error.kind = kind;
    page->error.reason = reason;
    page->error.field = (enum vmclock_field)field;
    page->error.offset = rows[field].offset;
    page->error.expected = expected;
    page->error.actual = actual;
    return false;
}

/* Rows 2 to 10 of the table of errors, as they stand there; true for a valid page or header. */
static bool check_rows(const uint8_t *bytes, size_t size, bool allow_truncated, bool header_only,
                       struct oracle_page *page)
{
    const enum vmclock_err malformed = VMCLOCK_ERR_SEGMENT_MALFORMED;
    const enum vmclock_err not_initialized = VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED;
    const struct vmclock_shm_header *h = &page->header;

    if (size == 0)
        return refuse(page, not_initialized, VMCLOCK_REASON_EMPTY, 0, 16, 0);
    if (size < 16)
        return refuse(page, malformed, VMCLOCK_REASON_TRUNCATED, 0, 16, size);
    page->header.magic = (uint32_t)number_at(bytes, 0, 4);
    page->header.size = (uint32_t)number_at(bytes, 4, 4);
    page->header.version = (uint16_t)number_at(bytes, 8, 2);
    page->header.counter_id = bytes[10];
    page->header.time_type = bytes[11];
    page->header.seq_count = (uint32_t)number_at(bytes, 12, 4);
    if (memcmp(bytes, "KLCV", 4) == 0)
        return refuse(page, malformed, VMCLOCK_REASON_MAGIC_BYTE_SWAPPED, MAGIC, 0x4b4c4356, 0x56434c4b);
    if (memcmp(bytes, "VCLK", 4) != 0)
        return refuse(page, malformed, VMCLOCK_REASON_BAD_MAGIC, MAGIC, 0x4b4c4356, h->magic);
    if (h->version == 0)
        return refuse(page, not_initialized, VMCLOCK_REASON_VERSION_ZERO, VERSION, 1, 0);
    if (h->size < 16)
        return refuse(page, malformed, VMCLOCK_REASON_SIZE_TOO_SMALL, SIZE, 16, h->size);
    if (header_only)
        return true;
    if (h->version != 1)
        return refuse(page, VMCLOCK_ERR_SEGMENT_VERSION_NOT_SUPPORTED, VMCLOCK_REASON_VERSION_UNSUPPORTED, VERSION, 1,
                      h->version);
    if (h->size < 32)
        return refuse(page, malformed, VMCLOCK_REASON_SIZE_TOO_SMALL, SIZE, 32, h->size);
    if (h->size > size && !allow_truncated)
        return refuse(page, malformed, VMCLOCK_REASON_SIZE_EXCEEDS_REGION, SIZE, size, h->size);
    if (size < 32)
        return refuse(page, malformed, VMCLOCK_REASON_TRUNCATED, 0, 32, size);
    return true;
}

void oracle_parse(const uint8_t *bytes, size_t size, bool allow_truncated, bool header_only, struct oracle_page *page)
{
    memset(page, 0, sizeof *page);
    if (!check_rows(bytes, size, allow_truncated, header_only, page) || header_only)
        return;
    page->extent = page->header.size < size ? page->header.size : size;
    for (unsigned field = 1; field <= ORACLE_FIELDS; field++) {
        const struct oracle_row *row = &rows[field];

        if ((uint64_t)row->offset + row->width > page->extent)
            continue;
        page->value[field] = number_at(bytes, row->offset, row->width);
        if (field == TAI_OFFSET && page->value[field] >= 0x8000)
            page->value[field] -= 0x10000;
        page->presence[field] = VMCLOCK_MEANINGFUL;
        /* The flags end at byte 32, before every field that needs one. */
        if (row->flag_bit >= 0 && (page->value[FLAGS] >> row->flag_bit & 1) == 0)
            page->presence[field] = VMCLOCK_UNANNOUNCED;
    }
}

/* ---- Findings ---- */

struct limits {
    uint64_t longest;  /* period of 1 MHz or more */
    uint64_t shortest; /* period of 100 GHz or less */
    bool none;         /* no 64-bit period is that long */
};

/* floor(2^exponent / divisor), for divisors that divide no power of 2, by school division; false from 2^64 on. */
static bool power_over(unsigned exponent, uint64_t divisor, uint64_t *quotient)
{
    uint64_t remainder = 1;

    *quotient = 0;
    for (unsigned i = 0; i < exponent; i++) {
        if (*quotient >= UINT64_C(1) << 63)
            return false;
        remainder *= 2;
        *quotient = *quotient * 2 + remainder / divisor;
        remainder %= divisor;
    }
    return true;
}

/* Frequency = 2^(64 + shift) / period, in Hz. Computed once for each shift. */
static const struct limits *limits_of(unsigned shift)
{
    static struct limits all[256];
    static bool known[256];

    if (!known[shift]) {
        if (!power_over(64 + shift, 1000000, &all[shift].longest))
            all[shift].longest = UINT64_MAX;
        all[shift].none = !power_over(64 + shift, 100000000000, &all[shift].shortest);
        all[shift].shortest++;
        known[shift] = true;
    }
    return &all[shift];
}

struct report {
    const struct oracle_page *page;
    struct vmclock_finding *list;
    unsigned count;
};

static void add(struct report *report, unsigned id, unsigned field, uint64_t value, bool condition)
{
    struct vmclock_finding *finding = &report->list[report->count];

    if (!condition || report->page->presence[field] == VMCLOCK_ABSENT)
        return;
    memset(finding, 0, sizeof *finding);
    finding->id = (enum vmclock_finding_id)id;
    finding->severity = findings[id].severity;
    finding->field = (enum vmclock_field)field;
    finding->offset = rows[field].offset;
    finding->value = value;
    report->count++;
}

static void about_header(struct report *report, const uint64_t *v)
{
    add(report, 0, SIZE, v[SIZE], v[SIZE] < 4096 || v[SIZE] % 4096 != 0);
    add(report, 1, COUNTER_ID, v[COUNTER_ID], v[COUNTER_ID] != 0 && v[COUNTER_ID] != 1 && v[COUNTER_ID] != 0xff);
    add(report, 2, TIME_TYPE, v[TIME_TYPE], v[TIME_TYPE] > 4);
    add(report, 3, TIME_TYPE, v[TIME_TYPE], v[TIME_TYPE] == 3 || v[TIME_TYPE] == 4);
    add(report, 4, TIME_TYPE, v[TIME_TYPE], v[TIME_TYPE] == 0 && v[COUNTER_ID] != 0xff);
    add(report, 5, SEQ_COUNT, v[SEQ_COUNT], v[SEQ_COUNT] == 0);
    add(report, 6, SEQ_COUNT, v[SEQ_COUNT], (v[SEQ_COUNT] & 1) == 1);
}

static void about_flags(struct report *report, const uint64_t *v)
{
    static const unsigned flagged[] = {TAI_OFFSET, PERIOD_EST, PERIOD_MAX, TIME_EST, TIME_MAX, GENERATION};

    add(report, 7, FLAGS, v[FLAGS], (v[FLAGS] & 0x6) != 0);
    add(report, 8, FLAGS, v[FLAGS], v[FLAGS] >= 0x400);
    add(report, 9, FLAGS, v[FLAGS], (v[FLAGS] & 0x280) == 0x80);
    for (unsigned i = 0; i < sizeof flagged / sizeof *flagged; i++) {
        const struct oracle_row *row = &rows[flagged[i]];
        const unsigned before = report->count;

        add(report, 10, FLAGS, v[FLAGS], (v[FLAGS] >> row->flag_bit & 1) == 1 && v[SIZE] < row->offset + row->width);
        if (report->count > before)
            report->list[before].related = (enum vmclock_field)flagged[i];
    }
}

/* An absent field has the value 0 here, and add() leaves out what is about one. */
static void about_status(struct report *report, const uint64_t *v)
{
    const bool good = v[STATUS] == 2 || v[STATUS] == 3;
    const bool sourced = good && v[COUNTER_ID] != 0xff;
    const bool offset_valid = (v[FLAGS] & 1) == 1;
    const int64_t tai = (int64_t)v[TAI_OFFSET];
    const bool usual = (tai >= 10 && tai <= 60) || (tai <= -10 && tai >= -60);

    add(report, 11, PAD, v[PAD], v[PAD] != 0);
    add(report, 12, STATUS, v[STATUS], v[STATUS] > 4);
    add(report, 13, STATUS, v[STATUS], good && v[COUNTER_ID] == 0xff);
    add(report, 14, SMEARING, v[SMEARING], v[SMEARING] > 2);
    add(report, 15, TAI_OFFSET, v[TAI_OFFSET], sourced && !offset_valid);
    add(report, 16, TAI_OFFSET, v[TAI_OFFSET], offset_valid && usual && tai > 0);
    add(report, 17, TAI_OFFSET, v[TAI_OFFSET], offset_valid && !usual);
    add(report, 18, LEAP, v[LEAP], v[LEAP] > 5);
    add(report, 19, SHIFT, v[SHIFT], v[SHIFT] >= 128);
    add(report, 20, PERIOD, v[PERIOD], sourced && v[PERIOD] == 0);
    if (sourced && v[PERIOD] != 0) {
        const struct limits *limits = limits_of((unsigned)v[SHIFT]);
        const unsigned before = report->count;

        add(report, 21, PERIOD, v[PERIOD],
            v[PERIOD] > limits->longest || v[PERIOD] < limits->shortest || limits->none);
        if (report->count > before)
            report->list[before].other = v[SHIFT];
    }
}

static void about_errors(struct report *report, const uint64_t *v)
{
    unsigned before = report->count;

    add(report, 22, PERIOD_MAX, v[PERIOD_MAX], (v[FLAGS] & 0x18) == 0x18 && v[PERIOD_EST] > v[PERIOD_MAX]);
    if (report->count > before)
        report->list[before].other = v[PERIOD_EST];
    before = report->count;
    add(report, 22, TIME_MAX, v[TIME_MAX], (v[FLAGS] & 0x60) == 0x60 && v[TIME_EST] > v[TIME_MAX]);
    if (report->count > before)
        report->list[before].other = v[TIME_EST];
}

unsigned oracle_findings(const uint8_t *bytes, const struct oracle_page *page,
                         struct vmclock_finding list[ORACLE_FINDINGS])
{
    struct report report = {page, list, 0};
    size_t at = 112;

    about_header(&report, page->value);
    about_flags(&report, page->value);
    about_status(&report, page->value);
    about_errors(&report, page->value);
    while (at < page->extent && bytes[at] == 0)
        at++;
    if (at < page->extent) {
        struct vmclock_finding *last = &list[report.count++];

        memset(last, 0, sizeof *last);
        last->id = VMCLOCK_FINDING_DATA_PAST_STRUCTURE;
        last->severity = VMCLOCK_NOTICE;
        last->offset = (uint32_t)at;
        last->value = bytes[at];
    }
    return report.count;
}

FUZZ_COVERED
