/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The properties that every sequence of bytes has to have, whatever they are; shared by the targets that differ only in
 * how their inputs are made. All that is expensive is chosen by the input's hash, so that a run stays in microseconds.
 */
#include "check_page.h"

FUZZ_NOT_COVERED

static void check_tables_once(void)
{
    static bool done;

    if (!done)
        oracle_check_tables();
    done = true;
}

static void check_error(const struct vmclock_error *error, const struct vmclock_error *wanted)
{
    FUZZ_CHECK(error->kind == wanted->kind);
    FUZZ_CHECK(error->reason == wanted->reason);
    FUZZ_CHECK(error->field == wanted->field);
    FUZZ_CHECK(error->offset == wanted->offset);
    FUZZ_CHECK(error->expected == wanted->expected);
    FUZZ_CHECK(error->actual == wanted->actual);
    FUZZ_CHECK(error->sys_errno == 0 && error->origin == NULL);
}

static void check_error_text(const struct vmclock_error *error, struct fuzz_choice *choice)
{
    struct fuzz_text text = {.error = error};
    char whole[FUZZ_TEXT_MAX];

    text.kind = fuzz_pick(choice, 2) == 0 ? TEXT_ERROR : fuzz_pick(choice, 2) == 0 ? TEXT_EXPECTED : TEXT_ACTUAL;
    fuzz_check_text(&text, choice, whole);
}

/* ---- The header ---- */

void fuzz_check_header(const uint8_t *data, size_t size)
{
    struct fuzz_choice choice = fuzz_choose_by(data, size);
    struct fuzz_copy copy = fuzz_copy_make(data, size, fuzz_pick(&choice, 8));
    struct vmclock_shm_header header;
    struct vmclock_error error;
    struct oracle_page wanted;
    char whole[FUZZ_TEXT_MAX];

    check_tables_once();
    memset(&header, 0xff, sizeof header);
    memset(&error, 0xff, sizeof error);
    oracle_parse(data, size, false, true, &wanted);
    FUZZ_CHECK(vmclock_shm_header_read(copy.bytes, size, &header, &error) == wanted.error.kind);
    check_error(&error, &wanted.error);
    FUZZ_CHECK(header.magic == wanted.header.magic && header.size == wanted.header.size);
    FUZZ_CHECK(header.version == wanted.header.version && header.counter_id == wanted.header.counter_id);
    FUZZ_CHECK(header.time_type == wanted.header.time_type && header.seq_count == wanted.header.seq_count);
    FUZZ_CHECK(vmclock_shm_header_read(copy.bytes, size, NULL, NULL) == wanted.error.kind);
    FUZZ_CHECK(size == 0 || memcmp(copy.bytes, data, size) == 0);
    if (fuzz_pick(&choice, 8) == 0)
        fuzz_check_text(&(struct fuzz_text){.kind = TEXT_HEADER, .header = &header}, &choice, whole);
    else if (wanted.error.kind != VMCLOCK_OK && fuzz_pick(&choice, 8) == 0)
        check_error_text(&error, &choice);
    fuzz_copy_free(&copy);
}

/* ---- The page ---- */

/* One field by its own accessor and in the decoded page: both as the second decoder says. */
#define CHECK_FIELD(NAME, name, type)                                                                     \
    {                                                                                                     \
        const enum vmclock_presence presence = wanted->presence[VMCLOCK_FIELD_##NAME];                    \
        const type filler = (type)0x5a5a5a5a5a5a5a5aULL;                                                  \
        const bool use = presence == VMCLOCK_MEANINGFUL;                                                  \
        type typed = filler;                                                                              \
                                                                                                          \
        FUZZ_CHECK(vmclock_get_##name(view, &typed) == use);                                              \
        FUZZ_CHECK(typed == (use ? (type)wanted->value[VMCLOCK_FIELD_##NAME] : filler));                  \
        FUZZ_CHECK((uint64_t)page.name == wanted->value[VMCLOCK_FIELD_##NAME]);                           \
        present |= (uint32_t)(presence != VMCLOCK_ABSENT) << VMCLOCK_FIELD_##NAME;                        \
        meaningful |= (uint32_t)use << VMCLOCK_FIELD_##NAME;                                              \
        FUZZ_CHECK(vmclock_page_present(&page, VMCLOCK_FIELD_##NAME) == (presence != VMCLOCK_ABSENT));    \
        FUZZ_CHECK(vmclock_page_has(&page, VMCLOCK_FIELD_##NAME) == use);                                 \
    }

/* By name, and in the decoded page. */
static void check_fields(const struct vmclock_view *view, const struct oracle_page *wanted)
{
    uint32_t present = 0, meaningful = 0;
    struct vmclock_page page;

    memset(&page, 0xff, sizeof page);
    vmclock_decode(view, &page);
#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence) CHECK_FIELD(NAME, name, type)
    VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X
    FUZZ_CHECK(page.present == present && page.meaningful == meaningful);
}

/* By number. */
static void check_numbered_fields(const struct vmclock_view *view, const struct oracle_page *wanted)
{
    const uint64_t unset = UINT64_C(0x5a5a5a5a5a5a5a5a);

    for (unsigned field = 1; field <= ORACLE_FIELDS; field++) {
        uint64_t value = unset, raw = unset;
        const enum vmclock_presence presence = vmclock_get_raw(view, (enum vmclock_field)field, &raw);
        const bool use = presence == VMCLOCK_MEANINGFUL;

        FUZZ_CHECK(presence == wanted->presence[field]);
        FUZZ_CHECK(raw == (presence == VMCLOCK_ABSENT ? unset : wanted->value[field]));
        FUZZ_CHECK(vmclock_get(view, (enum vmclock_field)field, &value) == use);
        FUZZ_CHECK(value == (use ? wanted->value[field] : unset));
    }
}

static void check_empty(const struct vmclock_view *view, struct fuzz_choice *choice)
{
    const enum vmclock_field field = (enum vmclock_field)fuzz_pick(choice, ORACLE_FIELDS + 2);
    unsigned cursor = 0;

    FUZZ_CHECK(view->base == NULL && view->len == 0 && vmclock_view_len(view) == 0);
    FUZZ_CHECK(!vmclock_get(view, field, NULL) && vmclock_get_raw(view, field, NULL) == VMCLOCK_ABSENT);
    FUZZ_CHECK(vmclock_format_meaning(view, field, NULL, 0) == 0);
    FUZZ_CHECK(!vmclock_findings_next(view, &cursor, NULL));
}

static void check_finding(const struct vmclock_finding *finding, const struct vmclock_finding *wanted)
{
    FUZZ_CHECK(finding->id == wanted->id);
    FUZZ_CHECK(finding->severity == wanted->severity);
    FUZZ_CHECK(finding->field == wanted->field);
    FUZZ_CHECK(finding->offset == wanted->offset);
    FUZZ_CHECK(finding->value == wanted->value);
    FUZZ_CHECK(finding->other == wanted->other);
    FUZZ_CHECK(finding->related == wanted->related);
}

static void check_findings(const uint8_t *data, const struct vmclock_view *view, const struct oracle_page *wanted,
                           struct fuzz_choice *choice)
{
    struct vmclock_finding list[ORACLE_FINDINGS], finding;
    const unsigned count = oracle_findings(data, wanted, list);
    const unsigned shown = fuzz_pick(choice, count + 8);
    char whole[FUZZ_TEXT_MAX];
    unsigned cursor = 0;
    uint32_t set = 0;

    for (unsigned i = 0; i < count; i++) {
        memset(&finding, 0xff, sizeof finding);
        FUZZ_CHECK(vmclock_findings_next(view, &cursor, &finding));
        check_finding(&finding, &list[i]);
        set |= UINT32_C(1) << finding.id;
        if (i == shown)
            fuzz_check_text(&(struct fuzz_text){.kind = TEXT_FINDING, .finding = &finding}, choice, whole);
    }
    FUZZ_CHECK(!vmclock_findings_next(view, &cursor, &finding));
    if (fuzz_pick(choice, 8) == 0)
        FUZZ_CHECK(vmclock_findings(view) == set);
}

static void check_page_text(const struct vmclock_view *view, const struct oracle_page *wanted,
                            struct fuzz_choice *choice)
{
    struct fuzz_text text = {.kind = TEXT_MEANING, .view = view};
    char whole[FUZZ_TEXT_MAX];

    text.field = (enum vmclock_field)(1 + fuzz_pick(choice, ORACLE_FIELDS));
    text.value = wanted->value[text.field];
    switch (fuzz_pick(choice, 8)) {
    case 0:
    case 1:
        text.kind = TEXT_VALUE;
        break;
    case 2:
        text.kind = TEXT_SUMMARY;
        break;
    case 3:
        text.value = wanted->value[VMCLOCK_FIELD_TIME_SEC] >> fuzz_pick(choice, 40);
        text.kind = fuzz_pick(choice, 2) == 0 ? TEXT_TIME : TEXT_LEAP_SECOND;
        break;
    default:
        break;
    }
    fuzz_check_text(&text, choice, whole);
}

static void check_bytes(const uint8_t *data, size_t size, unsigned flags, struct fuzz_choice *choice)
{
    struct fuzz_copy copy = fuzz_copy_make(data, size, fuzz_pick(choice, 8));
    struct vmclock_view view, again;
    struct vmclock_error error;
    struct oracle_page wanted;

    memset(&view, 0xff, sizeof view);
    memset(&error, 0xff, sizeof error);
    oracle_parse(data, size, (flags & VMCLOCK_ALLOW_TRUNCATED) != 0, false, &wanted);
    FUZZ_CHECK(vmclock_parse(copy.bytes, size, flags, &view, &error) == wanted.error.kind);
    check_error(&error, &wanted.error);
    if (wanted.error.kind == VMCLOCK_OK) {
        FUZZ_CHECK(view.base == copy.bytes && vmclock_view_len(&view) == wanted.extent);
        check_fields(&view, &wanted);
        if (fuzz_pick(choice, 4) == 0)
            check_numbered_fields(&view, &wanted);
        if (fuzz_pick(choice, 8) == 0)
            check_findings(data, &view, &wanted, choice);
        if (fuzz_pick(choice, 8) == 0)
            check_page_text(&view, &wanted, choice);
    } else {
        check_empty(&view, choice);
        if (fuzz_pick(choice, 16) == 0)
            check_error_text(&error, choice);
    }
    /* The same answer twice, also to those who do not ask for the details; and nothing was written. */
    if (fuzz_pick(choice, 4) == 0) {
        FUZZ_CHECK(vmclock_parse(copy.bytes, size, flags, &again, NULL) == wanted.error.kind);
        FUZZ_CHECK(again.base == view.base && again.len == view.len);
        FUZZ_CHECK(vmclock_parse(copy.bytes, size, flags, NULL, NULL) == wanted.error.kind);
    }
    FUZZ_CHECK(size == 0 || memcmp(copy.bytes, data, size) == 0);
    fuzz_copy_free(&copy);
}

void fuzz_check_page(const uint8_t *data, size_t size)
{
    struct fuzz_choice choice = fuzz_choose_by(data, size);
    /* Unknown flag bits are ignored. */
    const unsigned flags = fuzz_pick(&choice, 4) | (fuzz_pick(&choice, 16) == 0 ? ~3U : 0);

    check_tables_once();
    check_bytes(data, size, flags, &choice);
    /*
     * A page cut anywhere, most of all within the structure, is one with fewer fields or refused for the right reason.
     */
    if (size > 0 && fuzz_pick(&choice, 4) == 0) {
        const size_t within = size > 120 && fuzz_pick(&choice, 4) != 0 ? 120 : size;

        check_bytes(data, fuzz_pick(&choice, (uint32_t)within), flags, &choice);
    }
}

FUZZ_COVERED
