/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libvmclock: read, check and publish a VMClock page (Linux struct vmclock_abi, /dev/vmclock0; UAPI.13).
 *
 * Everything declared here is freestanding: no allocation, no global state, no system call, no errno, no locale, no
 * floating point; bounded loops, bounded stack. It is thread-safe and async-signal-safe as long as no two threads write
 * the same struct. Every input has a defined result, NULL and 0 included.
 *
 * Two kinds of memory, two types. Private bytes that nobody changes meanwhile (a file, a copied page) are `const void
 * *` and are parsed in place. A live page is `const volatile void *`; only a snapshot of it can be parsed.
 */
#ifndef VMCLOCK_H
#define VMCLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmclock_errors.h"
#include "vmclock_fields.h"
#include "vmclock_findings.h"
#include "vmclock_transitions.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define VMCLOCK_MUST_USE __attribute__((warn_unused_result))
#else
#define VMCLOCK_MUST_USE
#endif

/* ---- The library's version, of this header and of the library that is linked. ---- */

/* The version of this header, by SemVer; vmclock_lib_version() is the linked library's. */
#define VMCLOCK_LIB_VERSION_MAJOR 0
#define VMCLOCK_LIB_VERSION_MINOR 1
#define VMCLOCK_LIB_VERSION_PATCH 0

/* "0.1.0", static. */
const char *vmclock_lib_version(void);

/* ---- Fields ---- */

/* The fields, in page order; VMCLOCK_FIELD_<NAME>. NONE stands for "about no field". */
enum vmclock_field {
    VMCLOCK_FIELD_NONE = 0,
#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence) VMCLOCK_FIELD_##NAME,
    VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X
    VMCLOCK_FIELD_END /* one past the last field */
};

/* Families of named values; VMCLOCK_VALUES_<family>. */
enum vmclock_values {
    VMCLOCK_VALUES_NONE = 0,
    VMCLOCK_VALUES_COUNTER,
    VMCLOCK_VALUES_TIME,
    VMCLOCK_VALUES_STATUS,
    VMCLOCK_VALUES_SMEARING,
    VMCLOCK_VALUES_LEAP,
    VMCLOCK_VALUES_FLAG
};

/* When a field may change. */
enum vmclock_scope {
    VMCLOCK_SCOPE_FIXED = 0, /* constant by the specification; a hostile writer changes it all the same */
    VMCLOCK_SCOPE_SEQ,       /* seq_count itself */
    VMCLOCK_SCOPE_GUARDED    /* changes only while seq_count is odd */
};

/* Sizes in bytes. A header is what ClockBound's VMClockShmHeader holds; Linux accepts no page below the minimum. */
#define VMCLOCK_HEADER_SIZE 16
#define VMCLOCK_MIN_SIZE 32
#define VMCLOCK_STRUCT_SIZE 112
/* What writers use and Linux wants before it makes a character device. */
#define VMCLOCK_PAGE_SIZE 4096
/* The one layout version there is. Later fields are appended and flagged without changing it (UAPI.13). */
#define VMCLOCK_LAYOUT_VERSION 1

/* A row of the field table. */
struct vmclock_field_row {
    const char *name;           /* the uapi name */
    const char *sentence;       /* what it is, for people */
    uint64_t flag;              /* the bit of `flags` that announces it, 0 when none does */
    uint16_t offset;            /* in the page */
    uint8_t width;              /* in bytes: 1, 2, 4 or 8 */
    bool is_signed;             /* two's complement */
    enum vmclock_scope scope;   /* when it may change */
    enum vmclock_values values; /* names of its values */
};

/* The row of a field, static; NULL for NONE and for numbers that are no field. */
const struct vmclock_field_row *vmclock_field_info(enum vmclock_field field);

/* The field of that uapi name, NONE when there is none (or name is NULL). */
enum vmclock_field vmclock_field_from_name(const char *name);

/*
 * The name of a value of an enumerated field: the uapi macro without its prefix ("X86_TSC"), static; NULL for an
 * unknown value and for a field without named values. For flags, `value` is one bit's mask: one name per flag.
 */
const char *vmclock_value_name(enum vmclock_field field, uint64_t value);

/* The reverse: true and the number in *value (may be NULL), or false when the field has no value of that name. */
bool vmclock_value_from_name(enum vmclock_field field, const char *name, uint64_t *value);

/* All flags that this version knows (bits 0 to 9). */
#define VMCLOCK_FLAGS_KNOWN 0x3ffULL

/*
 * Enums are as wide as int, so that numbers which are no enumerator fit into them and have their defined result. With
 * -fshort-enums, the default of some targets without an operating system, they would not, and structs would not be
 * those of a library that was compiled otherwise: use -fno-short-enums.
 */
#if defined(__cplusplus)
static_assert(sizeof(enum vmclock_field) == sizeof(int), "vmclock.h needs -fno-short-enums");
#elif defined(__GNUC__)
_Static_assert(sizeof(enum vmclock_field) == sizeof(int), "vmclock.h needs -fno-short-enums");
#endif

/* ---- Errors ---- */

/* What went wrong: the variants of ClockBound's ShmError. 0 is success. Numbers are frozen. */
enum vmclock_err {
    VMCLOCK_OK = 0,
#define VMCLOCK_X(NAME, number, name) VMCLOCK_ERR_##NAME = number,
    VMCLOCK_ERRS(VMCLOCK_X)
#undef VMCLOCK_X
    VMCLOCK_ERR_END
};

/* Which rule was broken: finer than the kind, and it determines the kind. Numbers are frozen. */
enum vmclock_reason {
    VMCLOCK_REASON_NONE = 0,
#define VMCLOCK_X(NAME, number, id, kind, numbers, sentence) VMCLOCK_REASON_##NAME = number,
    VMCLOCK_REASONS(VMCLOCK_X)
#undef VMCLOCK_X
    VMCLOCK_REASON_END
};

/*
 * Everything known about a failure. Functions fill it by an optional last parameter: on failure wholly, on success with
 * zeros.
 */
struct vmclock_error {
    enum vmclock_err kind;      /* VMCLOCK_OK: no error, and all else is zeros */
    enum vmclock_reason reason; /* the rule that was broken */
    enum vmclock_field field; /* the guilty field, or VMCLOCK_FIELD_NONE */
    uint32_t offset;          /* of that field in the page; 0 when the field is NONE */
    uint64_t expected;        /* the value, or the bound, that the rule wanted; 0 where no number says it */
    uint64_t actual;          /* what was there instead */
    int sys_errno;            /* kind SYSCALL only, else 0 */
    const char *origin;       /* kind SYSCALL only: static name of the call that failed, else NULL */
};

/* "SegmentMalformed", static; "Ok" for VMCLOCK_OK, NULL for a number that is no kind. */
const char *vmclock_err_name(enum vmclock_err kind);
/* "bad-magic", static; "none" for VMCLOCK_REASON_NONE, NULL for a number that is no reason. */
const char *vmclock_reason_name(enum vmclock_reason reason);
/* The reason in words, static; NULL as above. */
const char *vmclock_reason_sentence(enum vmclock_reason reason);
/* The kind that a reason belongs to; VMCLOCK_OK for NONE and for a number that is no reason. */
enum vmclock_err vmclock_reason_kind(enum vmclock_reason reason);

/*
 * Formatters, here and below: write at most cap bytes into buf, always NUL-terminated when cap is not 0, and return the
 * length of the whole text without the NUL (so a return >= cap means that it was cut). buf may be NULL when cap is 0.
 *
 * vmclock_error_format writes one line without a newline. The other two write `expected` and `actual` alone, as the
 * field is usually written; they write nothing and return 0 where that number says nothing for this reason.
 */
size_t vmclock_error_format(const struct vmclock_error *err, char *buf, size_t cap);
size_t vmclock_error_format_expected(const struct vmclock_error *err, char *buf, size_t cap);
size_t vmclock_error_format_actual(const struct vmclock_error *err, char *buf, size_t cap);

/* ---- The header: what ClockBound's VMClockShmHeader::read does ---- */

/* The first 16 bytes, in this machine's byte order; the fields are those of struct vmclock_page. */
struct vmclock_shm_header {
    uint32_t magic;     /* VMCLOCK_MAGIC */
    uint32_t size;      /* of the region in bytes, as its writer claims */
    uint16_t version;   /* of the layout */
    uint8_t counter_id; /* VMCLOCK_COUNTER_x, or a number that this version does not know */
    uint8_t time_type;  /* VMCLOCK_TIME_x, likewise */
    uint32_t seq_count; /* odd while an update is in progress */
};

/*
 * Reads and checks the first 16 bytes of private bytes: not empty, not truncated, magic, version not 0, size >= 16, in
 * this order. `size` is not compared with len, nor version with 1: that is the page's check, vmclock_parse().
 *
 * @buf, @len  private bytes of any alignment; NULL counts as no bytes
 * @header     out, may be NULL: filled whenever 16 bytes are there, even on an error, so that what was found can be
 *             shown; else zeros
 * @err        out, may be NULL
 *
 * Returns VMCLOCK_OK, or the kind of EMPTY, TRUNCATED, MAGIC_BYTE_SWAPPED, BAD_MAGIC, VERSION_ZERO, SIZE_TOO_SMALL.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_shm_header_read(const void *buf, size_t len,
                                                          struct vmclock_shm_header *header,
                                                          struct vmclock_error *err);

/* The header as ClockBound's Debug prints it: "VMClockShmHeader { magic: 1263289174, size: …, … }". */
size_t vmclock_shm_header_format(const struct vmclock_shm_header *header, char *buf, size_t cap);

/* ---- The page ---- */

/*
 * A bounded view of a valid page's bytes. It borrows them: they must stay, unchanged, as long as the view is used. All
 * zeros is the empty view, in which every field is absent. Treat the members as private.
 */
struct vmclock_view {
    const uint8_t *base;
    uint32_t len; /* min(the page's size, the region's bytes), fixed when the view was opened */
};

/* Flags for vmclock_parse(); other bits are ignored. */
enum vmclock_parse_flags {
    /* Accept a region that ends before the page's size, from 32 bytes on; fields past its end count as absent. */
    VMCLOCK_ALLOW_TRUNCATED = 1
};

/*
 * Checks private bytes and opens a view of the page in them, without copying.
 *
 * @buf, @len  private bytes of any alignment: the region, from the page's first byte on; NULL counts as no bytes
 * @flags      0 or VMCLOCK_ALLOW_TRUNCATED
 * @view       out, may be NULL; the empty view on failure
 * @err        out, may be NULL
 *
 * The work does not grow with len. When several rules are broken the first of this order is reported (it is
 * ClockBound's too): EMPTY; TRUNCATED below 16 bytes; MAGIC_BYTE_SWAPPED or BAD_MAGIC; VERSION_ZERO; SIZE_TOO_SMALL
 * below 16; VERSION_UNSUPPORTED; SIZE_TOO_SMALL below 32 (Linux's minimum); SIZE_EXCEEDS_REGION, or with
 * ALLOW_TRUNCATED TRUNCATED when the region has less than 32 bytes. Sizes 32 to 111 are valid pages with fewer fields.
 *
 * For memory that someone else may be changing this is the wrong function: take a snapshot. Compilers tell by the lost
 * volatile: an error in C++, and in C with -Werror=discarded-qualifiers (gcc) or
 * -Werror=incompatible-pointer-types-discards-qualifiers (clang), else a warning.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_parse(const void *buf, size_t len, unsigned flags,
                                                struct vmclock_view *view, struct vmclock_error *err);

/* How many bytes of the page the view covers; 0 for the empty view and for NULL. */
size_t vmclock_view_len(const struct vmclock_view *view);

/*
 * One typed accessor per field: bool vmclock_get_<name>(const struct vmclock_view *, <C type> *out). True, and the
 * value in *out (may be NULL), when the field means something: it is present and, where it needs a flag, announced.
 * Else false, and *out is left as it was. Enumerated fields keep unknown numbers.
 *
 * Written out, since bindgen drops functions whose name a macro pastes together; the compiler holds them to the table.
 */
VMCLOCK_MUST_USE bool vmclock_get_magic(const struct vmclock_view *view, uint32_t *out);
VMCLOCK_MUST_USE bool vmclock_get_size(const struct vmclock_view *view, uint32_t *out);
VMCLOCK_MUST_USE bool vmclock_get_version(const struct vmclock_view *view, uint16_t *out);
VMCLOCK_MUST_USE bool vmclock_get_counter_id(const struct vmclock_view *view, uint8_t *out);
VMCLOCK_MUST_USE bool vmclock_get_time_type(const struct vmclock_view *view, uint8_t *out);
VMCLOCK_MUST_USE bool vmclock_get_seq_count(const struct vmclock_view *view, uint32_t *out);
VMCLOCK_MUST_USE bool vmclock_get_disruption_marker(const struct vmclock_view *view, uint64_t *out);
VMCLOCK_MUST_USE bool vmclock_get_flags(const struct vmclock_view *view, uint64_t *out);
VMCLOCK_MUST_USE bool vmclock_get_pad(const struct vmclock_view *view, uint16_t *out);
VMCLOCK_MUST_USE bool vmclock_get_clock_status(const struct vmclock_view *view, uint8_t *out);
VMCLOCK_MUST_USE bool vmclock_get_leap_second_smearing_hint(const struct vmclock_view *view, uint8_t *out);
VMCLOCK_MUST_USE bool vmclock_get_tai_offset_sec(const struct vmclock_view *view, int16_t *out);
VMCLOCK_MUST_USE bool vmclock_get_leap_indicator(const struct vmclock_view *view, uint8_t *out);
VMCLOCK_MUST_USE bool vmclock_get_counter_period_shift(const struct vmclock_view *view, uint8_t *out);
VMCLOCK_MUST_USE bool vmclock_get_counter_value(const struct vmclock_view *view, uint64_t *out);
VMCLOCK_MUST_USE bool vmclock_get_counter_period_frac_sec(const struct vmclock_view *view, uint64_t *out);
VMCLOCK_MUST_USE bool vmclock_get_counter_period_esterror_rate_frac_sec(const struct vmclock_view *view, uint64_t *out);
VMCLOCK_MUST_USE bool vmclock_get_counter_period_maxerror_rate_frac_sec(const struct vmclock_view *view, uint64_t *out);
VMCLOCK_MUST_USE bool vmclock_get_time_sec(const struct vmclock_view *view, uint64_t *out);
VMCLOCK_MUST_USE bool vmclock_get_time_frac_sec(const struct vmclock_view *view, uint64_t *out);
VMCLOCK_MUST_USE bool vmclock_get_time_esterror_nanosec(const struct vmclock_view *view, uint64_t *out);
VMCLOCK_MUST_USE bool vmclock_get_time_maxerror_nanosec(const struct vmclock_view *view, uint64_t *out);
VMCLOCK_MUST_USE bool vmclock_get_vm_generation_counter(const struct vmclock_view *view, uint64_t *out);

/* The same for a field chosen at run time; signed fields are sign-extended to 64 bits. False for what is no field. */
VMCLOCK_MUST_USE bool vmclock_get(const struct vmclock_view *view, enum vmclock_field field, uint64_t *out);

/* Whether a field is there, and whether its value is to be used. */
enum vmclock_presence {
    VMCLOCK_ABSENT = 0,      /* not wholly inside both the page's size and the region: it has no value */
    VMCLOCK_UNANNOUNCED = 1, /* present, but the flag that would make it mean something is clear */
    VMCLOCK_MEANINGFUL = 2   /* present, and announced (or a field that needs no flag) */
};

/*
 * For showing a page as it is: the value of a field that is present, even where it means nothing. ABSENT for no field.
 */
enum vmclock_presence vmclock_get_raw(const struct vmclock_view *view, enum vmclock_field field, uint64_t *out);

/* The whole page decoded into the host's own integers. Absent fields are 0: ask vmclock_page_has() before using one. */
struct vmclock_page {
    uint32_t present;    /* bit VMCLOCK_FIELD_x: the field is present */
    uint32_t meaningful; /* bit VMCLOCK_FIELD_x: the field is present and announced */
#define VMCLOCK_X(NAME, name, offset, type, scope, flag, values, sentence) type name;
    VMCLOCK_FIELDS(VMCLOCK_X)
#undef VMCLOCK_X
};

/* True when that field of `page` means something: the question of the accessors. False for NULL and for no field. */
bool vmclock_page_has(const struct vmclock_page *page, enum vmclock_field field);
/* True when it is present, whether or not it means something. */
bool vmclock_page_present(const struct vmclock_page *page, enum vmclock_field field);

/* Decodes every field of a view; a NULL view counts as the empty one. page may be NULL. */
void vmclock_decode(const struct vmclock_view *view, struct vmclock_page *page);

/* ---- Searching large memory ---- */

/* Of a page's region, at most so much is looked at: a page that claims to be larger is none. */
#define VMCLOCK_SCAN_REGION 1048576

/* Flags for vmclock_scan_begin(); other bits are ignored. */
enum vmclock_scan_flags {
    /* Tell what has the magic but is no valid page, too. */
    VMCLOCK_SCAN_ALL = 1
};

/* A search on its way through memory of any size. Plain data; treat the members as private. All zeros finds nothing. */
struct vmclock_scan {
    uint64_t step;
    uint64_t position; /* of the present chunk's first byte */
    uint64_t next;     /* the next offset to look at */
    unsigned flags;
    uint8_t kept;      /* how many of the last bytes before the chunk are in tail */
    uint8_t tail[VMCLOCK_HEADER_SIZE - 1];
};

/* What was found. */
struct vmclock_scan_hit {
    uint64_t offset;                  /* counted as `position` is */
    uint32_t bytes;                   /* of its region: what was left there, at most VMCLOCK_SCAN_REGION */
    bool has_header;                  /* 16 bytes are left there, else header is zeros */
    struct vmclock_shm_header header; /* as it is there, valid or not */
    struct vmclock_error error;       /* kind VMCLOCK_OK: a valid page */
};

/*
 * Begins a search for pages at multiples of `step` (0 counts as 1), for vmclock_scan_next().
 *
 * @scan      out; NULL does nothing
 * @position  how the first chunk's first byte is counted: 0, or its offset or address; multiples count from 0
 * @flags     0 or VMCLOCK_SCAN_ALL
 */
void vmclock_scan_begin(struct vmclock_scan *scan, uint64_t position, uint64_t step, unsigned flags);

/*
 * The next page, in order: true and *hit, or false when the chunk is done. Call it with the same chunk until it is
 * false, then with the bytes that come next. The hits are the same however memory is cut into chunks; of any length, 0
 * too.
 *
 * @chunk, @len  private bytes of any alignment; NULL counts as no bytes. Not needed any longer once the chunk is done
 * @following    how many bytes follow the chunk in the region: `size` is judged against what is left from the page on,
 *               and so is a header that ends behind the chunk, by the next call. Exact, or at least VMCLOCK_SCAN_REGION
 *               where that many follow; 0: this is the last chunk
 * @hit          out, may be NULL; zeros when false
 *
 * Each hit is judged as vmclock_parse() would judge it, with no flags. From a step of 16 on, one cache line is touched
 * at each offset, below it all bytes once. Offsets of 2^64 - 1 and above are not looked at.
 */
VMCLOCK_MUST_USE bool vmclock_scan_next(struct vmclock_scan *scan, const void *chunk, size_t len, uint64_t following,
                                        struct vmclock_scan_hit *hit);

/* ---- Live pages: snapshots ---- */

/*
 * A private, consistent copy of a live page. Plain data: it can be copied and kept. Treat the members as private; all
 * zeros is the empty snapshot.
 */
struct vmclock_snapshot {
    uint64_t words[VMCLOCK_STRUCT_SIZE / 8]; /* the page's bytes as they lie in memory, not numbers of this host */
    size_t region;                           /* bytes of the live region: `size` was judged against this */
    uint32_t len;                            /* bytes of the page in here */
    uint32_t seq_count;                      /* even */
};

/*
 * Takes a snapshot of a live page: memory that someone else may be writing at this moment, with bad intent or without.
 *
 * @page      the mapped region's first byte, aligned to 8 bytes (which an array of uint64_t is not on every 32-bit
 *            machine); a read-only mapping will do, nothing is ever written; NULL counts as no bytes
 * @len       how many bytes of the region are really mapped; at most 112 of them are read
 * @attempts  at most so many times the page is copied, each byte loaded at most once each time (seq_count once before
 *            and once after); 0 counts as 1. The core has no clock: for a deadline see vmclock_posix.h
 * @out       out, may be NULL; the empty snapshot on failure
 * @err       out, may be NULL
 *
 * Returns what vmclock_parse() says of the copy, its size judged against len; REGION_MISALIGNED once there are 16
 * bytes; and for a page that is valid but busy UPDATE_STALLED (seq_count odd in every attempt) or UPDATE_TOO_FAST
 * (every attempt failed, not all of them so), both of kind SEGMENT_NOT_INITIALIZED. A seq_count of 0 is as good as any
 * even one.
 *
 * What is promised against a hostile writer: memory safety, a bounded number of steps, and that nothing is fetched
 * again once it is judged. Not the truth of the values, nor that no update went on: it can forge a quiet seq_count.
 * Source: UAPI.13, "seq_count"; acquire fences after Boehm, 2012. Any number of threads may read one page.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_snapshot_take(const volatile void *page, size_t len, unsigned attempts,
                                                        struct vmclock_snapshot *out, struct vmclock_error *err);

/*
 * A view of a snapshot's bytes, for fields, findings and time. It borrows the snapshot, which was judged when it was
 * taken: nothing can fail. The empty view for the empty snapshot and NULL. DATA_PAST_STRUCTURE cannot be found in it.
 */
struct vmclock_view vmclock_snapshot_view(const struct vmclock_snapshot *snapshot);

/* vmclock_decode() of a snapshot: for languages that may not hold a pointer into it. NULL counts as the empty one. */
void vmclock_snapshot_decode(const struct vmclock_snapshot *snapshot, struct vmclock_page *page);

/* What happened to a page between two states of it. Greater is worse; see vmclock_snapshot_compare(). */
enum vmclock_change {
    VMCLOCK_UNCHANGED = 0, /* of a live page: no update has begun since */
    VMCLOCK_UPDATED = 1,   /* updated, but told of no disruption */
    VMCLOCK_DISRUPTED = 2, /* disruption_marker differs: what was known of the counter and of time is void */
    VMCLOCK_RESTORED = 3,  /* vm_generation_counter, meaningful in both, differs: also of identity, so take a new one */
    VMCLOCK_UNSURE = 4     /* busy in every attempt, or a region of another length: assume the worst */
};

/*
 * Compares a live page with an earlier snapshot of it, without copying it: one load when nothing has changed, under the
 * seq_count protocol otherwise. page, len, attempts and thread-safety as vmclock_snapshot_take(); the empty snapshot,
 * NULL and another len than the snapshot's give UNSURE. That it is the same page is for the caller to know; and UPDATED
 * does not say that the page is still valid. A generation counter that is not announced, then or now, says nothing.
 *
 * To guard a transaction against a disruption:
 *
 *     take a snapshot; read clocks, use identities, compute, but publish nothing yet;
 *     if (vmclock_snapshot_compare(page, len, &snapshot, N) >= VMCLOCK_DISRUPTED) throw the work away and start again;
 *     else commit it, and what came before the call happened before any disruption.
 *
 * Equal markers do not prove that nothing happened: hypervisors count up from the saved page, so that two clones of one
 * snapshot hold equal pages, and a VM that loads its own last snapshot in place finds marker and seq_count as they
 * were.
 */
VMCLOCK_MUST_USE enum vmclock_change vmclock_snapshot_compare(const volatile void *page, size_t len,
                                                              const struct vmclock_snapshot *snapshot,
                                                              unsigned attempts);

/*
 * The shortest question, for before every random number or commit: true when vmclock_snapshot_compare() says UNCHANGED,
 * for one load in the caller's own code. False says only that it has to be asked again, by vmclock_snapshot_compare().
 * In C and C++ it is inline, by the macro below; the library has the same as a function, for bindings.
 */
VMCLOCK_MUST_USE bool vmclock_unchanged(const volatile void *page, size_t len, const struct vmclock_snapshot *snapshot);

#if defined(__GNUC__) && !defined(__SANITIZE_THREAD__) /* gcc's ThreadSanitizer warns of every fence */
static inline uint32_t vmclock_load_seq_(const volatile void *page)
{
    typedef uint32_t __attribute__((may_alias)) half;
    const uint32_t raw = __atomic_load_n((const volatile half *)page + 3, __ATOMIC_RELAXED);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap32(raw);
#else
    return raw;
#endif
}

static inline bool vmclock_unchanged_(const volatile void *page, size_t len, const struct vmclock_snapshot *snapshot)
{
    if (page == NULL || ((uintptr_t)page & 7) != 0 || snapshot == NULL || len < VMCLOCK_MIN_SIZE)
        return false;
    /* What the caller read before asking stays before the load: an acquire load would not hold it back. */
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    /* Not &&: that would be one more branch, and of these it consists. */
    return (vmclock_load_seq_(page) == snapshot->seq_count) & (len == snapshot->region);
}
#define vmclock_unchanged(page, len, snapshot) vmclock_unchanged_(page, len, snapshot)

#if UINTPTR_MAX > 0xffffffff /* loads of 64 bits are nowhere else a machine's own */
/*
 * vmclock_snapshot_compare() where marker and generation are as they were, which is usual; all else is the function's.
 * It is one look more than the attempts.
 */
static inline enum vmclock_change vmclock_snapshot_compare_(const volatile void *page, size_t len,
                                                            const struct vmclock_snapshot *snapshot,
                                                            unsigned attempts)
{
    typedef uint64_t __attribute__((may_alias)) word;
    const volatile word *const live = (const volatile word *)page;
    uint32_t before;

    if (page != NULL && ((uintptr_t)page & 7) == 0 && snapshot != NULL && len == snapshot->region &&
        len >= VMCLOCK_STRUCT_SIZE) {
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        before = vmclock_load_seq_(page);
        if (before == snapshot->seq_count)
            return VMCLOCK_UNCHANGED;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if ((before & 1) == 0 && __atomic_load_n(live + 0x10 / 8, __ATOMIC_RELAXED) == snapshot->words[0x10 / 8] &&
            __atomic_load_n(live + 0x68 / 8, __ATOMIC_RELAXED) == snapshot->words[0x68 / 8]) {
            __atomic_thread_fence(__ATOMIC_ACQUIRE);
            if (vmclock_load_seq_(page) == before)
                return VMCLOCK_UPDATED;
        }
    }
    return vmclock_snapshot_compare(page, len, snapshot, attempts);
}
#define vmclock_snapshot_compare(page, len, snapshot, attempts) vmclock_snapshot_compare_(page, len, snapshot, attempts)
#endif
#endif

/*
 * Compares two snapshots of one page, the later one with the earlier one, byte by byte. UNSURE where either is NULL or
 * empty or they are of regions of different lengths.
 */
VMCLOCK_MUST_USE enum vmclock_change vmclock_snapshots_compare(const struct vmclock_snapshot *before,
                                                               const struct vmclock_snapshot *after);

/* ---- Live pages: publishing ---- */

/*
 * The writer's half, for hypervisors and tests. One writer at a time; any number of readers. All of them work on
 *
 * @page  the region's first byte, aligned to 8 bytes, writable
 * @len   the bytes of the region; at most the first 112 are touched, and nothing is read but what is rewritten
 *
 * and refuse, touching nothing, less than 32 bytes (EMPTY for NULL and 0, else TRUNCATED) and then REGION_MISALIGNED.
 *
 * A writer who died in mid-update left seq_count odd and may have left anything half written. The next update,
 * whichever it is, ends that one, but vouches only for what it stores itself: when it finds seq_count odd and does not
 * store all the clock data, it sets clock_status (where len reaches it) to UNKNOWN, so that nobody converts by torn
 * clock data. Whoever was telling of a disruption when he died has to tell again.
 * Source: UAPI.13, "seq_count"; QEMU's and Firecracker's vmclock devices.
 */

/*
 * Makes a page of a region: every field from *values, but for magic, version 1 and seq_count, which becomes the next
 * even number above what the memory held (2 for zeros), so that no reader of what was there before can take a mix for
 * one state. Magic is stored last: no reader ever sees a half-made page as valid. Also refuses values->size below 32
 * (SIZE_TOO_SMALL) or above len (SIZE_EXCEEDS_REGION). Fields past the size are not written.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_publish_init(volatile void *page, size_t len,
                                                       const struct vmclock_page *values, struct vmclock_error *err);

/*
 * Begins an update: seq_count becomes odd. Then store fields, then commit; nothing else may be done between, for
 * readers are waiting. One that a dead writer left odd stays as it is, and clock_status becomes UNKNOWN as above;
 * whoever stores clock_status after that, by itself or with all the rest, vouches for all the clock data.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_publish_begin(volatile void *page, size_t len, struct vmclock_error *err);

/*
 * Ends an update that this writer began: seq_count becomes the next even number (an even one stays). Then notify the
 * guest, if that is offered.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_publish_commit(volatile void *page, size_t len, struct vmclock_error *err);

/*
 * Between begin and commit. _set stores one field (the low bits of value), _add adds to one (wrapping), _or sets bits
 * of one, and _guarded stores all that are guarded by seq_count, of a field that len cuts the part inside. FIELD_ABSENT
 * for a field that is not wholly inside len, for seq_count (begin and commit own it) and for what is no field.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_publish_set(volatile void *page, size_t len, enum vmclock_field field,
                                                      uint64_t value, struct vmclock_error *err);
VMCLOCK_MUST_USE enum vmclock_err vmclock_publish_add(volatile void *page, size_t len, enum vmclock_field field,
                                                      uint64_t value, struct vmclock_error *err);
VMCLOCK_MUST_USE enum vmclock_err vmclock_publish_or(volatile void *page, size_t len, enum vmclock_field field,
                                                     uint64_t value, struct vmclock_error *err);
VMCLOCK_MUST_USE enum vmclock_err vmclock_publish_guarded(volatile void *page, size_t len,
                                                          const struct vmclock_page *values,
                                                          struct vmclock_error *err);

/*
 * The everyday update, begin to commit: stores the clock data of *values, and nothing else. That is clock_status to
 * time_maxerror_nanosec (of a field that len cuts, the part inside) and, of flags, TAI_OFFSET_VALID, PERIOD_x, TIME_x.
 * disruption_marker, vm_generation_counter, the other flags, padding, counter_id and time_type stay as they are,
 * whatever is in *values: a caller who keeps one struct cannot undo what another call told. NULL values store nothing.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_publish_clock(volatile void *page, size_t len,
                                                        const struct vmclock_page *values, struct vmclock_error *err);

/*
 * Replaces every guarded field, disruption_marker, vm_generation_counter and all flags included: with values that are
 * older than a disruption it is undone, and nobody sees it. Of a field that len cuts, the part inside is stored. For
 * whoever has the whole state, such as a device model that loads its saved one. NULL values store nothing.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_publish_replace(volatile void *page, size_t len,
                                                          const struct vmclock_page *values,
                                                          struct vmclock_error *err);

/*
 * Whole updates that tell of a disruption. _disrupted does what QEMU does on an incoming migration: disruption_marker +
 * 1. _restored does what Firecracker does when it restores a snapshot: that, and vm_generation_counter + 1 with its
 * flag set, where len reaches it.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_publish_disrupted(volatile void *page, size_t len,
                                                            struct vmclock_error *err);
VMCLOCK_MUST_USE enum vmclock_err vmclock_publish_restored(volatile void *page, size_t len, struct vmclock_error *err);

/*
 * Writes a page's fields into private bytes, little-endian, as they would be published: those wholly inside len, in a
 * buffer of any alignment. For images and tests; seq_count and magic are written as they are in *values.
 */
void vmclock_encode(const struct vmclock_page *values, void *buf, size_t len);

/* ---- Findings: what a valid page can still get wrong ---- */

/* How bad a finding or a transition is. */
enum vmclock_severity {
    VMCLOCK_NOTICE = 1, /* legal, but worth knowing */
    VMCLOCK_WARNING = 2 /* breaks the specification, or a known reader would misbehave on it */
};

/* The findings, in the order of reporting. Numbers are frozen; a number is also the bit in the set. */
enum vmclock_finding_id {
#define VMCLOCK_X(NAME, number, id, severity, field, sentence) VMCLOCK_FINDING_##NAME = number,
    VMCLOCK_FINDINGS(VMCLOCK_X)
#undef VMCLOCK_X
    VMCLOCK_FINDING_END
};

/* What is suspicious about a valid page. */
struct vmclock_finding {
    enum vmclock_finding_id id;     /* which of the table */
    enum vmclock_severity severity; /* always the same for an id */
    enum vmclock_field field;   /* the field it is about, or VMCLOCK_FIELD_NONE */
    uint32_t offset;            /* of that field; of the first such byte for DATA_PAST_STRUCTURE */
    uint64_t value;             /* of that field (sign-extended), or that byte */
    uint64_t other;             /* ESTERROR_EXCEEDS_MAXERROR: the estimate; PERIOD_IMPLAUSIBLE: the shift; else 0 */
    enum vmclock_field related; /* FLAGGED_FIELD_ABSENT: the absent field; else NONE */
};

/*
 * The set of findings, bit number = enum vmclock_finding_id. 0 for the empty view and for NULL. For DATA_PAST_STRUCTURE
 * every byte of the page past the structure is looked at, up to the first that is not 0: the work grows with the page.
 */
uint32_t vmclock_findings(const struct vmclock_view *view);

/*
 * Iterates over the findings of a view in their order. Set *cursor to 0 before the first call; each call gives the next
 * finding (out may be NULL) and true, or false when there are no more. Some ids can come more than once.
 */
bool vmclock_findings_next(const struct vmclock_view *view, unsigned *cursor, struct vmclock_finding *out);

/* "seq-count-zero", static; NULL for a number that is no finding. */
const char *vmclock_finding_name(enum vmclock_finding_id id);
/* "notice" or "warning", static; NULL for a number that is no severity. */
const char *vmclock_severity_name(enum vmclock_severity severity);
/* The finding in words, with its values; one line, a formatter as above. */
size_t vmclock_finding_format(const struct vmclock_finding *finding, char *buf, size_t cap);

/* ---- Transitions: what a writer should not do between two states of a page ---- */

/* The transitions, in the order of reporting. Numbers are frozen. */
enum vmclock_transition_id {
#define VMCLOCK_X(NAME, name, number, id, severity, field, sentence) VMCLOCK_TRANSITION_##NAME = number,
    VMCLOCK_TRANSITIONS(VMCLOCK_X)
#undef VMCLOCK_X
    VMCLOCK_TRANSITION_END
};

/* What is suspicious about two states of a page. */
struct vmclock_transition {
    enum vmclock_transition_id id;  /* which of the table */
    enum vmclock_severity severity; /* always the same for an id */
    enum vmclock_field field; /* the field it is about */
    uint32_t offset;          /* of that field */
    uint64_t before;          /* the earlier value of that field (sign-extended) */
    uint64_t after;           /* the later one */
    uint64_t nanosec; /* TIME_STEPPED_BACK, BOUNDS_DISJOINT: by how much, rounded up, UINT64_MAX for more; else 0 */
};

/*
 * Iterates over the transitions from one state of a page to a later one of the same VM, in their order. Set *cursor to
 * 0 before the first call; each call gives the next one (out may be NULL) and true, or false when there are no more.
 * FIXED_FIELD_CHANGED can come once per field. Nothing is found between equal pages, nor by fields that only one has;
 * nothing at all when a view is empty or NULL. Times are compared exactly: no product is rounded, nothing wraps.
 */
bool vmclock_transitions_next(const struct vmclock_view *before, const struct vmclock_view *after, unsigned *cursor,
                              struct vmclock_transition *out);

/* "time-stepped-back", static; NULL for a number that is no transition. */
const char *vmclock_transition_name(enum vmclock_transition_id id);
/* The transition in words, with its values; one line, a formatter as above. */
size_t vmclock_transition_format(const struct vmclock_transition *transition, char *buf, size_t cap);

/*
 * What happened between two states of a page: UNCHANGED only when no byte of the structure, as far as the page's size
 * and the region go, differs. UNSURE when a view is empty or NULL.
 */
enum vmclock_change vmclock_views_compare(const struct vmclock_view *before, const struct vmclock_view *after);

/* ---- Time ---- */

/* A time of the page's own kind: seconds, and the rest in 2^-64 s. */
struct vmclock_time {
    uint64_t sec;      /* since the epoch of the page's time_type */
    uint64_t frac_sec; /* in 2^-64 s */
};

/* The same in whole nanoseconds, as struct timespec has it; nsec < 10^9. */
struct vmclock_nanotime {
    uint64_t sec;  /* since the same epoch */
    uint32_t nsec; /* 0 to 999999999 */
};

/* Rounds down. */
struct vmclock_nanotime vmclock_time_to_nanotime(struct vmclock_time time);

/*
 * The date and time of a count since 1970-01-01, of any year, as "2026-11-22 23:00:00.123456789"; with leap_second the
 * second after the one that was counted, 23:59:60. A formatter as above; nsec of 10^9 and more is shown as it is.
 */
size_t vmclock_nanotime_format(struct vmclock_nanotime time, bool leap_second, char *buf, size_t cap);

/*
 * A page's clock data, taken out of it once to convert many counter values. It borrows nothing, and is right as long as
 * the page stays as it was. All zeros is a clock that stands at 0. Treat the members as private.
 */
struct vmclock_clock {
    struct vmclock_time reference;
    uint64_t counter_value;
    uint64_t period;
    uint64_t maxerror_rate;
    uint64_t maxerror_nanosec;
    struct vmclock_time maxerror; /* the same, rounded up */
    uint64_t disruption_marker;
    uint64_t vm_generation_counter;
    int32_t leap_edge; /* seconds from the reference point to the start of the month M of the table of leap seconds */
    uint8_t shift;
    uint8_t leap; /* the row of the table of leap seconds: PRE_x, POST_x or NONE */
    uint8_t utc_offset;
    uint8_t time_type;
    uint8_t clock_status;
    bool has_bounds;
    bool has_utc;
    bool monotonic;
    bool has_generation;
    uint8_t smearing; /* VMCLOCK_SMEARING_x, or another number */
};

/* What a counter value means by a page. */
struct vmclock_reading {
    uint64_t counter;              /* the value that was converted */
    struct vmclock_time time;      /* rounded down to 2^-64 s */
    struct vmclock_time error;     /* by the page's own claim: see vmclock_clock_read(); zeros when not has_bounds */
    struct vmclock_time reference; /* the page's reference time: the error grows with the distance from it */
    struct vmclock_time maxerror;  /* what of the error is there at the reference time already */
    uint64_t maxerror_nanosec;     /* the same, as the page has it */
    uint64_t disruption_marker;    /* of the page, when it was read */
    uint64_t vm_generation_counter; /* likewise; see has_generation */
    uint64_t utc_first;            /* the page's seconds around this one in which utc_behind and leap_second stay as */
    uint64_t utc_last;             /* they are, first and last: beyond them a leap second begins, ends or is left out */
    bool has_bounds;               /* the page announces both maximum errors */
    bool has_utc;                  /* UTC can be told */
    bool leap_second;              /* UTC is within an inserted second 23:59:60, and counts as 23:59:59 */
    int8_t utc_behind;             /* has_utc: the seconds that UTC's count is behind `time`; else 0 */
    bool monotonic;                /* TIME_MONOTONIC is set */
    bool has_generation;           /* vm_generation_counter is present and announced; else it is 0 */
    uint8_t time_type;             /* VMCLOCK_TIME_x, or a number that this version does not know */
    uint8_t clock_status;          /* VMCLOCK_STATUS_x, likewise */
    bool rounded;                  /* the exact time is later than `time`, by less than 2^-64 s */
};

/* For vmclock_clock_open(), in place of a counter's id: values will be of whatever counter the page is about. */
#define VMCLOCK_ANY_COUNTER 0x100U

/* Flags for vmclock_clock_open(); other bits are ignored. */
enum vmclock_convert_flags {
    /* Go on even if clock_status says that the clock data may not be relied on. */
    VMCLOCK_CONVERT_FORCE = 1
};

/*
 * Takes the clock data out of a page.
 *
 * @view        a valid page
 * @counter_id  the counter that values will be read from: VMCLOCK_COUNTER_x (INVALID: this machine has none that is
 *              known), or VMCLOCK_ANY_COUNTER
 * @flags       0 or VMCLOCK_CONVERT_FORCE
 * @clock       out, may be NULL; zeros on failure
 * @err         out, may be NULL
 *
 * Returns VMCLOCK_OK, or the first of: UPDATE_STALLED (seq_count is odd); FIELD_ABSENT (clock_status,
 * counter_period_shift, counter_value, counter_period_frac_sec, time_sec or time_frac_sec, the lowest; expected: where
 * the field ends, actual: how many bytes there are); NO_COUNTER (counter_id is INVALID; never for ANY_COUNTER);
 * CLOCK_NOT_READY (clock_status is neither SYNCHRONIZED nor FREERUNNING; never with FORCE); FOREIGN_COUNTER (expected:
 * the caller's counter_id, actual: the page's; never for ANY_COUNTER).
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_clock_open(const struct vmclock_view *view, unsigned counter_id,
                                                     unsigned flags, struct vmclock_clock *clock,
                                                     struct vmclock_error *err);

/*
 * Time by UAPI.13's formula, exact for every input: the reference time + floor(delta * period / 2^shift) in 2^-64 s,
 * where delta = counter - counter_value as a signed 64-bit difference: a counter from a little before the reference
 * point gives a time a little before it. Any time_type converts.
 *
 * Returns VMCLOCK_OK, or the kind of TIME_OUT_OF_RANGE (below 0, or 2^64 s and more) and zeros in *time, which may be
 * NULL.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_clock_time(const struct vmclock_clock *clock, uint64_t counter,
                                                     struct vmclock_time *time, struct vmclock_error *err);

/*
 * The same with its error bounds, UTC, and what the page tells beside.
 *
 * The exact time differs from the true one by at most time_maxerror_nanosec + |delta| * maximum error rate / 2^shift.
 * That is `error`, each of the two terms rounded up to 2^-64 s: the true time is not before time - error, and not after
 * time + error (and 2^-64 s, when `rounded`).
 *
 * UTC can be told on UTC pages, and on TAI pages with a meaningful offset of 10 to 60 s, whose sign is not relied on:
 * both are met. It cannot where it would be below 0 or beyond 64 bits. leap_indicator is valid at the reference time; a
 * leap second between it and the time asked for is accounted for.
 *
 * Returns as vmclock_clock_time(). out may be NULL.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_clock_read(const struct vmclock_clock *clock, uint64_t counter,
                                                     struct vmclock_reading *out, struct vmclock_error *err);

/* Error bounds in nanoseconds. */
struct vmclock_bounds {
    struct vmclock_nanotime earliest; /* the true time is not before this */
    struct vmclock_nanotime latest;   /* nor after this */
};

/*
 * The bounds of a reading, time -+ error, rounded outward: never inside the exact interval, at most 1 ns outside of its
 * outward rounding, and clamped to 0 and 18446744073709551615.999999999 s. Zeros, which are no bounds, without
 * has_bounds and for NULL.
 */
struct vmclock_bounds vmclock_reading_bounds(const struct vmclock_reading *reading);

/* UTC of a reading, as POSIX counts: see leap_second. Rounded down. Zeros without has_utc and for NULL. */
struct vmclock_nanotime vmclock_reading_utc(const struct vmclock_reading *reading);

/*
 * The bounds of a reading as UTC, as POSIX counts: those of vmclock_reading_bounds() less utc_behind seconds. False,
 * and zeros in *out (may be NULL), without has_utc or has_bounds, where one of them would be below 0 or beyond 64 bits,
 * and where a leap second begins, ends or is left out within the bounds: not all of earliest to latest, both included,
 * is in the seconds utc_first to utc_last then, and UTC's count skips or runs backwards in there.
 */
VMCLOCK_MUST_USE bool vmclock_reading_utc_bounds(const struct vmclock_reading *reading, struct vmclock_bounds *out);

/* How a bound goes on within a stretch. Treat the members as private. */
struct vmclock_line {
    uint64_t sec;  /* at the stretch's first value: seconds, */
    uint64_t nsec; /* and 2^-32 ns of the next; */
    uint64_t rise; /* and so many 2^-32 ns more at its end */
};

/*
 * The part of a clock around one counter value, in which vmclock_stretch_read() gives what vmclock_clock_read() would,
 * for less: between half a second and a second, beginning at or before that value. For callers who convert what a
 * running counter shows, over and over. It borrows nothing. All zeros holds no value. Treat the members as private.
 */
struct vmclock_stretch {
    struct vmclock_reading first;
    uint64_t ticks;         /* how many counter values, from the first one's on: at most 2^32 */
    uint64_t period;        /* in 2^-128 s, of a tick that is `up` bits smaller */
    uint64_t maxerror_rate; /* likewise */
    uint8_t up;
    bool has_lines;         /* the bounds are on these lines, to 2^-32 ns */
    struct vmclock_line earliest;
    struct vmclock_line latest;
};

/*
 * Finds the stretch with this counter value. False, and zeros in *out (may be NULL), where there is none, though there
 * may be a time: among others before the reference point, across a leap second, at either end of the range and for
 * counters of more than 8.6 GHz (2^33 Hz).
 */
bool vmclock_clock_stretch(const struct vmclock_clock *clock, uint64_t counter, struct vmclock_stretch *out);

/*
 * False, and zeros in *out (may be NULL), for a counter value that is not in the stretch. NULL is one that holds none.
 */
VMCLOCK_MUST_USE bool vmclock_stretch_read(const struct vmclock_stretch *stretch, uint64_t counter,
                                           struct vmclock_reading *out);

/*
 * The bounds alone, as vmclock_reading_bounds() promises them; they may differ from that function's by 1 ns. False, and
 * zeros in *out (may be NULL), as above, and for a clock without bounds.
 */
VMCLOCK_MUST_USE bool vmclock_stretch_bounds(const struct vmclock_stretch *stretch, uint64_t counter,
                                             struct vmclock_bounds *out);

/* UTC in days of 86400 seconds: what a clock shows that hides leap seconds. */
struct vmclock_smeared {
    struct vmclock_nanotime utc; /* as POSIX counts */
    bool has_utc;                /* UTC can be told, and lies within 64 bits as it is shown; else utc is zeros */
    bool leap_second;            /* as in a reading, where nothing is smeared; else false */
    bool smeared;                /* utc is not that of a reading: the clock runs slower or faster, up to 1 s away */
    uint8_t smearing;            /* how a leap second that the page tells of is smeared: VMCLOCK_SMEARING_x */
};

/*
 * UTC smeared by the page's leap_second_smearing_hint. The time of a page is never smeared itself; use this to agree
 * with clocks in the neighbourhood that are, and for nothing that has to be exact.
 *
 * NOON_LINEAR: the 86401 seconds from noon before an inserted leap second to noon after it (86399 around one that is
 *              left out) are shown as 86400 of equal length.
 * UTC_SLS:     the last 1000 seconds of a day with an inserted leap second, from 23:43:21 on, are shown as 999 of
 *              equal length; those of a day that lacks one, from 23:43:19 on, as 1001 (draft-kuhn-leapsecond-00).
 *
 * The result is the exact one for the time of vmclock_clock_read(), rounded down to nanoseconds. It has no jump and
 * never runs backwards while the counter runs forwards, as long as the page stays or its successors tell of the same
 * leap second for as long as it is smeared. Before and after, without a leap second, and by any other hint (smearing is
 * STRICT then), it is UTC as vmclock_clock_read() has it.
 *
 * Returns as vmclock_clock_time(), with zeros in *out. out may be NULL.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_clock_smeared(const struct vmclock_clock *clock, uint64_t counter,
                                                        struct vmclock_smeared *out, struct vmclock_error *err);

/* vmclock_clock_open() and vmclock_clock_read() in one, for a single value. */
VMCLOCK_MUST_USE enum vmclock_err vmclock_time_at(const struct vmclock_view *view, uint64_t counter,
                                                  unsigned counter_id, unsigned flags, struct vmclock_reading *out,
                                                  struct vmclock_error *err);

/* Remembers the last reading that passed. All zeros is a guard that has seen none. Treat the members as private. */
struct vmclock_guard {
    struct vmclock_time time;
    uint64_t disruption_marker;
    uint64_t vm_generation_counter;
    bool monotonic;
    bool has_generation;
    uint8_t time_type;
};

/*
 * Checks that time does not run backwards from one reading of a clock to the next, and remembers the reading.
 *
 * Returns CAUSALITY_BREACH (TIME_WENT_BACKWARDS) when the reading is earlier than the last one though both pages
 * declare TIME_MONOTONIC, their disruption_marker, vm_generation_counter and time_type are the same, and so nothing
 * tells why it should be. field, expected and actual are time_sec, or time_frac_sec within one second, of the last
 * reading and of this one. The last reading stays remembered: the breach is told until the clock has caught up. Equal
 * times are no breach.
 *
 * The guard sees what the pages tell; it cannot know of a disruption that was not signalled. NULL counts as a new
 * guard, and as a reading of zeros.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_guard_check(struct vmclock_guard *guard,
                                                      const struct vmclock_reading *reading,
                                                      struct vmclock_error *err);

/* ---- Text for people; formatters as above ---- */

/* A field's value as it is usually written: magic and flags in hexadecimal, the others in decimal. */
size_t vmclock_format_value(enum vmclock_field field, uint64_t value, char *buf, size_t cap);

/*
 * What a field of this page means in readable units: names, GHz, ns, ppm, dates. Nothing (0) for an absent field and
 * where there is nothing to add.
 */
size_t vmclock_format_meaning(const struct vmclock_view *view, enum vmclock_field field, char *buf, size_t cap);

/*
 * What a page is good for, in a line: "disruption signals only, as QEMU writes them", or "X86_TSC at 2.600 GHz, TAI -
 * 37 s, synchronized, within 1.000 us at 2026-11-25 04:55:55 UTC", which is the maximum error at the reference time and
 * that time, its leap seconds left aside. Nothing (0) for the empty view and NULL.
 */
size_t vmclock_format_summary(const struct vmclock_view *view, char *buf, size_t cap);

#ifdef __cplusplus
}
#endif

#endif
