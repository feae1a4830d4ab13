/* SPDX-License-Identifier: BSD-2-Clause */
/* The mirror of ClockBound's VMClockShmHeader: what is read from 16 bytes, in which order it is refused, its text. */
#include "suite.h"

#include "pages.h"
#include "vmclock.h"

/* Numbers of the header and what reading it has to say, in the order of magic, version, size. */
static const struct {
    const char *row;
    uint32_t magic, size, version;
    enum vmclock_err kind;
    enum vmclock_reason reason;
    enum vmclock_field field;
    uint32_t offset;
    uint64_t expected, actual;
} rows[] = {
    {"size 16", 0x4b4c4356, 16, 1, VMCLOCK_OK, VMCLOCK_REASON_NONE, VMCLOCK_FIELD_NONE, 0, 0, 0},
    {"size 17", 0x4b4c4356, 17, 1, VMCLOCK_OK, VMCLOCK_REASON_NONE, VMCLOCK_FIELD_NONE, 0, 0, 0},
    {"size above the bytes", 0x4b4c4356, UINT32_MAX, 1, VMCLOCK_OK, VMCLOCK_REASON_NONE, VMCLOCK_FIELD_NONE, 0, 0, 0},
    {"version 2", 0x4b4c4356, 4096, 2, VMCLOCK_OK, VMCLOCK_REASON_NONE, VMCLOCK_FIELD_NONE, 0, 0, 0},
    {"version 0xffff", 0x4b4c4356, 4096, 0xffff, VMCLOCK_OK, VMCLOCK_REASON_NONE, VMCLOCK_FIELD_NONE, 0, 0, 0},
    {"size 15", 0x4b4c4356, 15, 1, VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_SIZE_TOO_SMALL, VMCLOCK_FIELD_SIZE, 4,
     16, 15},
    {"size 0", 0x4b4c4356, 0, 1, VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_SIZE_TOO_SMALL, VMCLOCK_FIELD_SIZE, 4,
     16, 0},
    {"version 0", 0x4b4c4356, 4096, 0, VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, VMCLOCK_REASON_VERSION_ZERO,
     VMCLOCK_FIELD_VERSION, 8, 1, 0},
    {"version 0 and size 0", 0x4b4c4356, 0, 0, VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, VMCLOCK_REASON_VERSION_ZERO,
     VMCLOCK_FIELD_VERSION, 8, 1, 0},
    {"magic below", 0x4b4c4355, 4096, 1, VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_BAD_MAGIC, VMCLOCK_FIELD_MAGIC,
     0, 0x4b4c4356, 0x4b4c4355},
    {"magic above", 0x4b4c4357, 4096, 1, VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_BAD_MAGIC, VMCLOCK_FIELD_MAGIC,
     0, 0x4b4c4356, 0x4b4c4357},
    {"magic of zeros", 0, 4096, 1, VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_BAD_MAGIC, VMCLOCK_FIELD_MAGIC, 0,
     0x4b4c4356, 0},
    {"magic swapped", 0x56434c4b, 4096, 1, VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_MAGIC_BYTE_SWAPPED,
     VMCLOCK_FIELD_MAGIC, 0, 0x4b4c4356, 0x56434c4b},
    {"all wrong", 0xffffffff, 0, 0, VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_BAD_MAGIC, VMCLOCK_FIELD_MAGIC, 0,
     0x4b4c4356, 0xffffffff},
};

static void expect_error(const char *row, const struct vmclock_error *err, enum vmclock_err kind,
                         enum vmclock_reason reason, enum vmclock_field field, uint32_t offset, uint64_t expected,
                         uint64_t actual)
{
    EQ_IN(row, err->kind, kind);
    EQ_IN(row, err->reason, reason);
    EQ_IN(row, err->field, field);
    EQ_IN(row, err->offset, offset);
    EQ_IN(row, err->expected, expected);
    EQ_IN(row, err->actual, actual);
    EQ_IN(row, err->sys_errno, 0);
    HOLDS_IN(row, err->origin == NULL);
}

static void header_is_refused_by_magic_then_version_then_size(void)
{
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *row = rows[i].row;
        struct vmclock_shm_header header;
        struct vmclock_error err;
        uint8_t bytes[16], *copy;

        build_signal_page(bytes, sizeof bytes, rows[i].size);
        put32(bytes, AT_MAGIC, rows[i].magic);
        put16(bytes, AT_VERSION, rows[i].version);
        copy = exact_copy(bytes, sizeof bytes);
        memset(&header, 0xff, sizeof header);
        memset(&err, 0xff, sizeof err);
        EQ_IN(row, vmclock_shm_header_read(copy, sizeof bytes, &header, &err), rows[i].kind);
        expect_error(row, &err, rows[i].kind, rows[i].reason, rows[i].field, rows[i].offset, rows[i].expected,
                     rows[i].actual);
        /* What was found is told on an error, too. */
        EQ_IN(row, header.magic, rows[i].magic);
        EQ_IN(row, header.size, rows[i].size);
        EQ_IN(row, header.version, rows[i].version);
        EQ_IN(row, header.counter_id, 0xff);
        EQ_IN(row, header.time_type, 0);
        EQ_IN(row, header.seq_count, 2);
        EQ_IN(row, vmclock_shm_header_read(copy, sizeof bytes, NULL, NULL), rows[i].kind);
        free(copy);
    }
}

static void fewer_than_16_bytes_are_truncated_and_none_are_empty(void)
{
    uint8_t bytes[32];

    build_signal_page(bytes, sizeof bytes, 32);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        uint8_t *copy = exact_copy(bytes, len);
        struct vmclock_shm_header header;
        struct vmclock_error err;
        enum vmclock_err kind;

        memset(&header, 0xff, sizeof header);
        memset(&err, 0xff, sizeof err);
        kind = vmclock_shm_header_read(copy, len, &header, &err);
        if (len == 0) {
            EQ(kind, VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
            expect_error("no byte", &err, VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, VMCLOCK_REASON_EMPTY, VMCLOCK_FIELD_NONE,
                         0, 16, 0);
        } else if (len < 16) {
            EQ(kind, VMCLOCK_ERR_SEGMENT_MALFORMED);
            expect_error("short", &err, VMCLOCK_ERR_SEGMENT_MALFORMED, VMCLOCK_REASON_TRUNCATED, VMCLOCK_FIELD_NONE, 0,
                         16, len);
        } else {
            EQ(kind, VMCLOCK_OK);
            expect_error("enough", &err, VMCLOCK_OK, VMCLOCK_REASON_NONE, VMCLOCK_FIELD_NONE, 0, 0, 0);
        }
        EQ(header.magic, len < 16 ? 0 : 0x4b4c4356);
        EQ(header.size, len < 16 ? 0 : 32);
        EQ(header.seq_count, len < 16 ? 0 : 2);
        EQ(header.counter_id, len < 16 ? 0 : 0xff);
        free(copy);
    }
}

static void null_counts_as_no_bytes_whatever_the_length(void)
{
    static const size_t lengths[] = {0, 1, 15, 16, 4096, SIZE_MAX};

    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct vmclock_shm_header header;
        struct vmclock_error err;

        memset(&header, 0xff, sizeof header);
        memset(&err, 0xff, sizeof err);
        EQ(vmclock_shm_header_read(NULL, lengths[i], &header, &err), VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED);
        expect_error("NULL", &err, VMCLOCK_ERR_SEGMENT_NOT_INITIALIZED, VMCLOCK_REASON_EMPTY, VMCLOCK_FIELD_NONE, 0, 16,
                     0);
        EQ(header.magic, 0);
        EQ(header.seq_count, 0);
    }
}

static void any_length_up_to_SIZE_MAX_reads_16_bytes_only(void)
{
    const size_t lengths[] = {16, 17, (size_t)UINT32_MAX - 1, UINT32_MAX, SIZE_MAX / 2 + 1, SIZE_MAX - 15, SIZE_MAX};
    uint8_t bytes[16], *copy;

    build_signal_page(bytes, sizeof bytes, 4096);
    copy = exact_copy(bytes, sizeof bytes);
    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++)
        EQ(vmclock_shm_header_read(copy, lengths[i], NULL, NULL), VMCLOCK_OK);
#if SIZE_MAX > UINT32_MAX
    EQ(vmclock_shm_header_read(copy, (size_t)UINT32_MAX + 1, NULL, NULL), VMCLOCK_OK);
    EQ(vmclock_shm_header_read(copy, (size_t)UINT32_MAX + 16, NULL, NULL), VMCLOCK_OK);
#endif
    free(copy);
}

static void any_alignment_is_read(void)
{
    uint8_t block[16 + 8];

    for (size_t shift = 0; shift < 8; shift++) {
        struct vmclock_shm_header header;

        memset(block, 0xa5, sizeof block);
        build_signal_page(block + shift, 16, 4096);
        EQ(vmclock_shm_header_read(block + shift, 16, &header, NULL), VMCLOCK_OK);
        EQ(header.size, 4096);
        EQ(header.seq_count, 2);
    }
}

static size_t debug(const void *header, char *buf, size_t cap)
{
    return vmclock_shm_header_format(header, buf, cap);
}

static void text_is_what_debug_prints_in_rust(void)
{
    const struct vmclock_shm_header fresh = {0x4b4c4356, 4096, 1, 0xff, 0, 2};
    const struct vmclock_shm_header most = {UINT32_MAX, UINT32_MAX, 0xffff, 0xff, 0xff, UINT32_MAX};

    FORMATS(debug, &fresh,
            "VMClockShmHeader { magic: 1263289174, size: 4096, version: 1, counter_id: 255, time_type: 0, "
            "seq_count: 2 }");
    FORMATS(debug, &most,
            "VMClockShmHeader { magic: 4294967295, size: 4294967295, version: 65535, counter_id: 255, time_type: 255, "
            "seq_count: 4294967295 }");
    FORMATS(debug, NULL,
            "VMClockShmHeader { magic: 0, size: 0, version: 0, counter_id: 0, time_type: 0, seq_count: 0 }");
}

SUITE(header) = {
    {"header is refused by magic, then version, then size", header_is_refused_by_magic_then_version_then_size},
    {"fewer than 16 bytes are truncated and none are empty", fewer_than_16_bytes_are_truncated_and_none_are_empty},
    {"NULL counts as no bytes whatever the length", null_counts_as_no_bytes_whatever_the_length},
    {"any length up to SIZE_MAX reads 16 bytes only", any_length_up_to_SIZE_MAX_reads_16_bytes_only},
    {"any alignment is read", any_alignment_is_read},
    {"text is what Debug prints in Rust", text_is_what_debug_prints_in_rust},
    CU_TEST_INFO_NULL,
};
