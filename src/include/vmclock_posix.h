/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libvmclock on POSIX: what needs an operating system. Same rules as vmclock.h: no global state, no allocation, errors
 * by an optional last parameter. Nothing here leaks a descriptor, and all of them are close-on-exec.
 *
 * Each function says which system calls it can make, so that a seccomp filter can be written from it. They are named as
 * POSIX does; Linux's own names are openat for open, pread64 for pread, newfstatat (or fstat) for fstat, poll (or
 * ppoll), clock_nanosleep (or nanosleep) for nanosleep and rt_sigprocmask for pthread_sigmask. musl makes open and
 * fcntl of open. clock_gettime reaches the kernel only where there is no vDSO.
 *
 * Each function also says whether it is a cancellation point (pthread_cancel). Where it is one, a thread that is
 * cancelled in it leaves nothing behind; where it is none, the thread goes on until the call is over.
 *
 * Any thread may call any of them, as long as no two write the same struct. A signal handler may call what makes no
 * system call: vmclock_counter_id() to vmclock_now_bounds(), and on a mapped page with a timeout of 0
 * vmclock_device_snapshot(), vmclock_device_compare() and vmclock_device_now(); none of the others.
 */
#ifndef VMCLOCK_POSIX_H
#define VMCLOCK_POSIX_H

#include "vmclock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The first device that Linux (ptp_vmclock, 6.13 and later) makes. */
#define VMCLOCK_DEVICE "/dev/vmclock0"

/* ---- Reading: the bytes of a region, into the caller's buffer, for vmclock_parse() ---- */

/*
 * Reads up to cap bytes from `offset` on of a file, a device, a pipe or whatever else the path names.
 *
 * @path    NULL fails as an unreadable address does
 * @offset  where the region starts; past the end there are 0 bytes, which is no error. Input that cannot be positioned
 *          is read and thrown away up to there
 * @buf     out; NULL counts as cap 0. On failure its contents mean nothing, but see UPDATE_TOO_FAST
 * @len     out, may be NULL: how many bytes were read: less than cap only at the end of the input; 0 on failure
 * @err     out, may be NULL
 *
 * Bytes are asked for 4096 at a time. What cannot be read after some bytes were (/proc/PID/mem, a bad sector) ends the
 * region there, which is no error.
 *
 * Opens without blocking, so a FIFO without a writer is empty. Where something else has yet to write (FIFO, terminal),
 * it waits for 5 s of silence, and for 60 s in all; then it is READ_FAILED with ETIMEDOUT and the origin "poll". The
 * limits hold whatever the input answers, signals or not; a file system that sleeps in a call is beyond them. From a
 * terminal of which the process is in the background it is EIO: nobody is stopped (SIGTTIN).
 *
 * A device's page is one consistent copy, made by the kernel; when that gives up it is ETIMEDOUT with the origin
 * "pread". A regular file that holds a page is read again while its seq_count changes meanwhile, for 100 ms:
 * UPDATE_TOO_FAST then, with the last attempt in buf and *len.
 *
 * Returns VMCLOCK_OK, or the kind of OPEN_FAILED, READ_FAILED (both with sys_errno and origin) or UPDATE_TOO_FAST. No
 * cancellation point. System calls: open, fstat, pread, read, poll, nanosleep, clock_gettime, pthread_sigmask, close.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_read_path(const char *path, uint64_t offset, void *buf, size_t cap,
                                                    size_t *len, struct vmclock_error *err);

/*
 * The same from a descriptor of the caller's, whose flags stay as they are. `offset` counts from its present position,
 * which stays as well where the input can be positioned; where it cannot (pipe, terminal) data is waited for without
 * limit, and a process in the background is stopped as any other.
 *
 * A cancellation point. System calls: lseek, fstat, pread, read, poll, nanosleep, clock_gettime.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_read_fd(int fd, uint64_t offset, void *buf, size_t cap, size_t *len,
                                                  struct vmclock_error *err);

/* ---- Live pages: map, snapshot, compare, wait ---- */

/*
 * An open live page. All state is in here; treat it as read-only. It stays usable after fork(), where parent and child
 * share the descriptor (and so what arms its poll). Any number of threads may take snapshots of one device.
 *
 * What is mapped: a character device that has a page to show, and of it one page of memory, which is just what
 * /dev/vmclock0 offers and which lasts as long as the mapping. Before that the device is asked for the magic by pread:
 * it has to answer with it, or with ETIMEDOUT, which is a page whose update has stalled. Any other device is never
 * touched, since some kill the process for that (SIGBUS). A regular file is never mapped, since touching a mapping past
 * the end of a file that somebody truncates kills as well: each attempt reads it by pread instead. Other devices and
 * all else are refused (MAP_FAILED, ENODEV).
 */
struct vmclock_device {
    int fd;                    /* close-on-exec; -1 when closed */
    size_t len;                /* bytes mapped, from the offset on; 0 for a regular file */
    const volatile void *page; /* for vmclock_snapshot_take() and _compare(); NULL for a regular file */
    uint64_t offset;           /* where the page starts */
};

/*
 * Opens a device or a regular file whose page starts at `offset`, as a rule 0. A device is mapped there, which may lie
 * inside a page of memory: what is left of that is the region, and an offset that is no multiple of 8 is
 * REGION_MISALIGNED from every snapshot. device: out, must not be NULL; closed on failure.
 *
 * Returns VMCLOCK_OK, or SYSCALL for OPEN_FAILED (ENOENT: no such device; EACCES: no right to it; …) or MAP_FAILED. No
 * cancellation point. System calls: open, fstat, pread, poll, nanosleep, mmap, clock_gettime, pthread_sigmask, close.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_device_open(struct vmclock_device *device, const char *path, uint64_t offset,
                                                      struct vmclock_error *err);

/*
 * Unmaps and closes; may be called again, on a device that failed to open, and with NULL. No cancellation point. System
 * calls: munmap, close, pthread_sigmask.
 */
void vmclock_device_close(struct vmclock_device *device);

/* As long as Linux itself waits for a page that is being updated. */
#define VMCLOCK_TIMEOUT_NS 100000000ULL

/*
 * vmclock_snapshot_take() under a deadline: tries again while the page is busy, first at once, then yielding the CPU,
 * then sleeping up to a millisecond at a time. UPDATE_STALLED and UPDATE_TOO_FAST come only after timeout_ns by the
 * monotonic clock (0: one round of attempts); a page that is invalid is reported at once. Also READ_FAILED: ETIMEDOUT
 * from "poll" when a file could not be read in time.
 *
 * The region of a file is what can be read of it from the offset on, up to 1 MiB, whatever fstat says; it is looked for
 * as far as the page's size asks for it.
 *
 * System calls: on a mapped page none, unless it is busy and timeout_ns is not 0: clock_gettime, sched_yield, nanosleep
 * then. On a file pread and clock_gettime (not for a timeout_ns of 0) always, and poll when that has to wait. A
 * cancellation point where it makes any.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_device_snapshot(const struct vmclock_device *device, uint64_t timeout_ns,
                                                          struct vmclock_snapshot *out, struct vmclock_error *err);

/*
 * The cheap question, of a device or a file: vmclock_snapshot_compare() on a mapped page; of a file, seq_count is read
 * alone, and the page only if it differs, for vmclock_snapshots_compare(). UNSURE where that says so, and when the page
 * stays busy until the time is over (0: one round of attempts) or is no longer valid, when a file cannot be read, for a
 * closed device, NULL and the empty snapshot.
 *
 * System calls and cancellation as vmclock_device_snapshot().
 */
VMCLOCK_MUST_USE enum vmclock_change vmclock_device_compare(const struct vmclock_device *device,
                                                            const struct vmclock_snapshot *snapshot,
                                                            uint64_t timeout_ns);

/*
 * Waits until seq_count differs from that of a snapshot, the time is over, or a signal comes: *changed (may be NULL)
 * says whether it differs, or cannot be told. On a mapped page with NOTIFICATION_PRESENT it waits by poll() for at most
 * interval_ns at a time, elsewhere, and where poll turns out to be ready without a change, it looks every interval_ns.
 * For the empty snapshot it sleeps one interval and says that it changed. Never spins, unless interval_ns is 0.
 *
 * Returns VMCLOCK_OK or WAIT_FAILED. A cancellation point. System calls: pread, poll, nanosleep, clock_gettime.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_device_wait(const struct vmclock_device *device,
                                                      const struct vmclock_snapshot *since, uint64_t interval_ns,
                                                      uint64_t timeout_ns, bool *changed, struct vmclock_error *err);

/* ---- The CPU's counter, and now ---- */

/*
 * Up to vmclock_now_bounds(): no system call, and no cancellation point.
 *
 * The counter that vmclock_counter_read() reads: VMCLOCK_COUNTER_X86_TSC or _ARM_VCNT; _INVALID on other machines.
 */
uint8_t vmclock_counter_id(void);

/*
 * Reads the CPU's counter, once all that comes before is done: no earlier load can see what is newer (on Arm, none that
 * a branch before the call depends on). 0 where there is no counter that is known, and what the machine does where it
 * is forbidden (a signal).
 */
uint64_t vmclock_counter_read(void);

/*
 * Time now, with its bounds, by a mapped live page and the CPU's counter, both read within one stretch in which
 * seq_count did not change.
 *
 * @page, @len, @attempts  as for vmclock_snapshot_take()
 * @flags                  0 or VMCLOCK_CONVERT_FORCE
 * @out                    out, may be NULL; zeros on failure
 * @err                    out, may be NULL
 *
 * Returns what vmclock_snapshot_take() or else vmclock_time_at() says, for this machine's counter; what is no page, or
 * is only being made one, at the first attempt.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_now(const volatile void *page, size_t len, unsigned attempts, unsigned flags,
                                              struct vmclock_reading *out, struct vmclock_error *err);

/*
 * For callers who ask often: whom to ask, and what was learned so far, so that the page is not read again while its
 * seq_count stays as it is. One per thread, and another one for a signal handler. Treat all members but the first as
 * private.
 */
struct vmclock_memo {
    struct vmclock_reading reading; /* what vmclock_now_again() or _now_bounds() told last; not to be written to */
    const volatile void *page;
    size_t len;
    unsigned attempts;
    unsigned flags;
    struct vmclock_snapshot snapshot;
    struct vmclock_clock clock;
    struct vmclock_stretch stretch;
};

/* Nothing learned yet. The arguments are those of vmclock_now(); again whenever one of them or the mapping changes. */
void vmclock_memo_init(struct vmclock_memo *memo, const volatile void *page, size_t len, unsigned attempts,
                       unsigned flags);

/*
 * vmclock_now() with the same results, into memo->reading, at less than half of the cost; at about the same where the
 * clock has no stretch (vmclock_clock_stretch()). memo must have been initialised; NULL is one of an empty region.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_now_again(struct vmclock_memo *memo, struct vmclock_error *err);

/*
 * vmclock_now_again() and vmclock_reading_bounds() of its reading in one, for less than both. bounds: out, may be NULL;
 * zeros, which are no bounds, on failure and where memo->reading has none.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_now_bounds(struct vmclock_memo *memo, struct vmclock_bounds *bounds,
                                                     struct vmclock_error *err);

/*
 * vmclock_now() from a device or a file, under a deadline: vmclock_device_snapshot() tells how it waits. A file's page
 * and the counter are read together, too. On a page that is mapped and quiet it makes no system call. Else system calls
 * and cancellation as vmclock_device_snapshot().
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_device_now(const struct vmclock_device *device, uint64_t timeout_ns,
                                                     unsigned flags, struct vmclock_reading *out,
                                                     struct vmclock_error *err);

/* ---- The system's clock ---- */

struct timespec; /* of <time.h> */

/*
 * The same time as the system has it. False, and zeros in *out (may be NULL), where it does not fit: a second beyond
 * time_t's range, which is 2^31 - 1 (in the year 2038) where that has 32 bits, or nsec of 10^9 and more. No system
 * call, and no cancellation point.
 */
VMCLOCK_MUST_USE bool vmclock_nanotime_to_timespec(struct vmclock_nanotime time, struct timespec *out);

/* This machine's CLOCK_REALTIME beside a page's UTC. */
struct vmclock_system_offset {
    struct vmclock_reading reading; /* as vmclock_now() has it, at the moment at which the clock was read */
    bool has_offset;                /* the page tells UTC, and it is no leap second; else the rest is zeros */
    bool behind;                    /* the system's clock is behind the page, not ahead of it */
    bool within_bounds;             /* the page has bounds, and the offset is none that they and `error` exclude */
    struct vmclock_nanotime offset; /* how far */
    struct vmclock_nanotime error;  /* half the time between the counter's reads before and after the clock's, and the
                                       page's own error where it tells one; rounded up */
};

/*
 * How far this machine's clock is ahead of a page's UTC, or behind: the tightest of some readings of the clock between
 * two reads of the counter. Exact; `offset` and `error` that are longer than 2^64 s less 1 ns are told as that.
 *
 * @flags  0 or VMCLOCK_CONVERT_FORCE
 * @out    out, may be NULL; zeros on failure
 * @err    out, may be NULL
 *
 * The page is a view, read before; or a device's, read together with the clock as vmclock_device_now() does.
 *
 * Returns what vmclock_time_at(), or vmclock_device_now(), does. System calls: clock_gettime; of a device also those of
 * vmclock_device_snapshot(), and cancellation likewise. From a view no cancellation point.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_view_system_offset(const struct vmclock_view *view, unsigned flags,
                                                             struct vmclock_system_offset *out,
                                                             struct vmclock_error *err);
VMCLOCK_MUST_USE enum vmclock_err vmclock_device_system_offset(const struct vmclock_device *device, uint64_t timeout_ns,
                                                               unsigned flags, struct vmclock_system_offset *out,
                                                               struct vmclock_error *err);

/* ---- Publishing: a file as a live page, for the writer's half in vmclock.h ---- */

/*
 * An open page file. All state is in here; treat it as read-only, and hand page and len to vmclock_publish_*. After
 * fork() parent and child share the lock: only one of them may go on to publish.
 */
struct vmclock_writer {
    int fd;              /* close-on-exec; -1 when closed */
    size_t len;          /* bytes to publish in: the page's own size when it was opened, at most 4096 */
    volatile void *page; /* readable and writable, shared with whoever maps or reads the file */
};

/* Flags for vmclock_writer_open(); other bits are ignored. */
enum vmclock_writer_flags {
    /*
     * Of a file that holds no page make one, at its start: it grows to 4096 bytes, or keeps what lies beyond 112.
     * seq_count goes on from the four bytes that are there, whatever they are, so that no snapshot of an older page in
     * this file compares as unchanged.
     */
    VMCLOCK_WRITER_FORCE = 1
};

/* How long to wait for another publisher, as a rule. */
#define VMCLOCK_LOCK_TIMEOUT_NS 5000000000ULL

/*
 * Opens a regular file for publishing. It stays locked (flock) until it is closed, so that two writers never meet. A
 * path that names nothing is created, in one step for whoever looks, as 4096 bytes with a page as QEMU starts it:
 * counter_id INVALID, status UNKNOWN, seq_count 2, disruption_marker 1, all else 0. Nothing is left behind where that
 * fails.
 *
 * @writer      out, must not be NULL; closed on failure
 * @flags       0 or VMCLOCK_WRITER_FORCE
 * @timeout_ns  how long to wait while others have the file locked, by the monotonic clock; 0: not at all. Whoever may
 *              read a file can lock it
 * @created     out, may be NULL: the file was made by this call, even if it then failed
 *
 * Returns VMCLOCK_OK; what vmclock_parse() says of a file that holds no page (an odd seq_count is no fault: the next
 * update repairs it); or SYSCALL for OPEN_FAILED (EOPNOTSUPP: no regular file; EWOULDBLOCK from "flock": it is still
 * locked, by the process `actual` in *err, which is 0 where that is unknown), READ_FAILED, MAP_FAILED, or WRITE_FAILED:
 * it cannot be made, or there is no room for it (ENOSPC; EFBIG, without the signal SIGXFSZ). A file that was there is
 * left as it was whenever this fails.
 *
 * Room on the disk is reserved first, since a full disk would kill the process that stores to the mapping (SIGBUS).
 * That remains possible where a file system cannot reserve, or copies on write (btrfs, ZFS, files that share their
 * blocks); and for everybody who has the file mapped when it is truncated.
 *
 * Signals are blocked while the file is made; they do not end the wait. No cancellation point. System calls: stat,
 * open, fstat, flock, pread, mmap, fallocate, close, pthread_sigmask; to make a file or a page also sigpending,
 * sigtimedwait, pwrite, linkat, getpid, renameat2, unlinkat, ftruncate; to wait clock_gettime, nanosleep, poll; after
 * failures munmap, and read for the lock's holder. Linux's own names: rt_sigpending, rt_sigtimedwait, pwrite64.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_writer_open(struct vmclock_writer *writer, const char *path, unsigned flags,
                                                      uint64_t timeout_ns, bool *created, struct vmclock_error *err);

/*
 * Unmaps, unlocks and closes; may be called again, on a writer that failed to open, and with NULL. No cancellation
 * point. System calls: munmap, close, pthread_sigmask.
 */
void vmclock_writer_close(struct vmclock_writer *writer);

/*
 * Clock data for a page from this machine's CLOCK_REALTIME and counter. Fills counter_id, time_type (TAI), clock_status
 * (SYNCHRONIZED), tai_offset_sec (the system's TAI offset where it has one, else 37 s; negative, as Linux has it), the
 * counter, period, time and error fields, and sets their flags; the other fields stay.
 *
 * The errors are against CLOCK_REALTIME; how far that is from the true time is not in them. The maximum errors hold for
 * as long as the clock is not set and is slewed by at most 500 ppm: there is one length p, and a tick of the counter
 * always lasts p less 500 ppm to p and 500 ppm, by the clock, while it is measured and ever after. So about 1000 ppm
 * are announced: the clock may have been slewed one way when it was measured, and the other way later. The estimates
 * are of the measurement alone, as if nothing was slewed.
 *
 * Three intervals of 50 ms are measured; when they contradict that promise (the machine was suspended in one of them,
 * so that CLOCK_MONOTONIC stood still while the counter ran), it goes on until three in a row agree, for a second at
 * most. Of one disturbance that is too small to be seen so, the maximum errors hold all the same.
 *
 * page: in and out, may be NULL; untouched on failure. Returns VMCLOCK_OK, or the kind of FOREIGN_COUNTER (the CPU has
 * no counter that is known, or one that does not count) or READ_FAILED with EAGAIN (the intervals never agreed). A
 * cancellation point. System calls: clock_gettime, clock_getres, nanosleep, and on Linux adjtimex (clock_adjtime), to
 * read.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_calibrate(struct vmclock_page *page, struct vmclock_error *err);

/* ---- Images: containers of guest memory. No system call and no cancellation point but what `read` makes. ---- */

/* What kind of file memory lies in. */
enum vmclock_image_format {
    VMCLOCK_IMAGE_RAW = 0,       /* none of the others: memory as it is, or anything else */
    VMCLOCK_IMAGE_ELF_CORE = 1,  /* of 32 or 64 bits, in either byte order */
    VMCLOCK_IMAGE_LIME = 2,
    VMCLOCK_IMAGE_KDUMP = 3,     /* compressed: only libkdumpfile or crash can look into it */
    VMCLOCK_IMAGE_FLATTENED = 4, /* any dump as makedumpfile sends it through a pipe */
    VMCLOCK_IMAGE_MIGRATION = 5  /* QEMU's migration stream: pages of memory as they are, of no address told here */
};

/* By its first bytes, of which 64 are enough. */
enum vmclock_image_format vmclock_image_identify(const void *start, size_t len);
/* "ELF core", static; NULL for a number that is no format. */
const char *vmclock_image_name(enum vmclock_image_format format);

/* What is wrong with a container, as bits. Whatever is, its bytes can still be searched. */
enum {
    VMCLOCK_IMAGE_CUT = 1,       /* a segment ends past the input's end: what is there of it counts */
    VMCLOCK_IMAGE_OVERLAP = 2,   /* segments lie over one another: the earlier one has the bytes */
    VMCLOCK_IMAGE_MALFORMED = 4, /* it contradicts itself */
    VMCLOCK_IMAGE_UNREAD = 8,    /* the description of a segment cannot be read: it lies past the end */
    VMCLOCK_IMAGE_CROWDED = 16   /* there are more segments than there is room for */
};

/* Bytes of the input that are memory. */
struct vmclock_segment {
    uint64_t offset;   /* in the input */
    uint64_t len;      /* not 0 */
    uint64_t physical; /* the guest's address of its first byte */
    bool has_physical; /* else 0 */
};
/* At most so many are looked at. */
#define VMCLOCK_IMAGE_SEGMENTS 1048576

/* What a container tells of the memory in it. */
struct vmclock_image {
    enum vmclock_image_format format; /* by its first bytes */
    unsigned faults;                  /* VMCLOCK_IMAGE_CUT and its like, or 0 */
    struct vmclock_segment *segments; /* in the order of their offsets, none over another, all within the input */
    size_t count;                     /* how many there are */
};

/* Reads `len` bytes at `offset` of an input into buf; less only at its end, and 0 where it cannot be read. */
typedef size_t vmclock_image_read(void *context, uint64_t offset, void *buf, size_t len);

/*
 * The segments of an ELF core or a LiME capture; none of other formats. Nothing in it is believed: it may come from
 * anywhere. The work is bounded by VMCLOCK_IMAGE_SEGMENTS.
 *
 * @read, @context  how to read; NULL counts as an input that cannot be read
 * @size            of the input in bytes; UINT64_MAX when that is not known
 * @segments, @room  where to put them; NULL counts as no room
 * @image           out, must not be NULL
 */
void vmclock_image_read_segments(vmclock_image_read *read, void *context, uint64_t size,
                                 struct vmclock_segment *segments, size_t room, struct vmclock_image *image);

/* The segment that this byte of the input is in, or NULL. */
const struct vmclock_segment *vmclock_image_segment_at(const struct vmclock_image *image, uint64_t offset);

/* ---- Searching: every page in an image, a dump, a device, a pipe ---- */

/* What was found. `view` borrows the search's buffer until the call returns. */
struct vmclock_search_hit {
    uint64_t offset;                  /* in the input, from where the search began */
    uint64_t physical;                /* the guest's address, where the container tells it; else 0 */
    bool has_physical;                /* whether it does */
    bool has_header;                  /* 16 bytes are there, else header is zeros */
    uint32_t bytes;                   /* what is left of the segment or the input, at most VMCLOCK_SCAN_REGION */
    struct vmclock_shm_header header; /* as it is there, valid or not */
    struct vmclock_view view;         /* of a valid page; else the empty view */
    struct vmclock_error error;       /* kind VMCLOCK_OK: a valid page */
};

/* Whom a search tells. Each may be NULL; false ends the search, with VMCLOCK_OK. */
struct vmclock_search_calls {
    /* Something was found. */
    bool (*found)(void *context, const struct vmclock_search_hit *hit);
    /* Now and then, also while nothing comes: how far it is, of how much (UINT64_MAX: not known). */
    bool (*go_on)(void *context, uint64_t done, uint64_t size);
    void *context; /* what both are given */
};

/* Memory that a search needs. */
#define VMCLOCK_SEARCH_BUFFER 4194304

/* A search. Treat the members as read-only; `size` and `image` are for all to see once it is open. */
struct vmclock_search {
    int fd;           /* -1 when closed */
    bool is_own;      /* opened here */
    bool is_stream;   /* cannot be positioned */
    bool has_ended;   /* a stream: all that there is, or can be had, is in the buffer */
    uint64_t start;   /* the input's first byte */
    uint64_t size;    /* bytes; UINT64_MAX when that is not known */
    uint8_t *buf;     /* the caller's */
    size_t have;      /* bytes of a stream in the buffer */
    int failed;       /* why a stream cannot be read further */
    const struct vmclock_search_calls *calls; /* the caller's, or NULL */
    struct vmclock_image image;               /* what the container tells */
};

/*
 * Opens an input to be searched, and reads what its container tells. A pipe is read until the buffer is full: what it
 * tells of segments further on is not known (VMCLOCK_IMAGE_UNREAD).
 *
 * @search           out, must not be NULL; closed on failure
 * @path             opened without blocking, so that a FIFO without a writer is empty; one that is silent for 60 s
 *                   fails. NULL: the descriptor fd, from its present position on, which waits without limit and stays
 *                   open
 * @buf              VMCLOCK_SEARCH_BUFFER bytes, which the search uses until it is closed; must not be NULL
 * @segments, @room  as for vmclock_image_read_segments(), likewise
 * @calls            used until it is closed; NULL: nobody
 *
 * Returns VMCLOCK_OK, or the kind of OPEN_FAILED or READ_FAILED. A path that is the terminal of a process in the
 * background fails with EIO, and stops nobody. A cancellation point for a descriptor, none for a path. System calls:
 * open, fstat, lseek, pread, read, poll, nanosleep, clock_gettime, pthread_sigmask, close.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_search_open(struct vmclock_search *search, const char *path, int fd,
                                                      void *buf, struct vmclock_segment *segments, size_t room,
                                                      const struct vmclock_search_calls *calls,
                                                      struct vmclock_error *err);

/* Flags for vmclock_search_run(), beside VMCLOCK_SCAN_ALL; other bits are ignored. */
enum vmclock_search_flags {
    /* Have a second thread look ahead in a large file, which takes little more than half of the time. */
    VMCLOCK_SEARCH_TWO_THREADS = 2
};

/*
 * Searches it for pages at multiples of `step` (0 counts as 1) from its start, and within a segment from the segment's
 * start as well; tells each once, in order. Maps nothing; leaves out the holes of a sparse file. A page lies in one
 * segment, or in none.
 *
 * @flags  VMCLOCK_SCAN_ALL, VMCLOCK_SEARCH_TWO_THREADS, both or 0
 *
 * With TWO_THREADS, a thread is made for the call where the input can be positioned and has 16 MiB or more. It takes no
 * signals, has a stack of 128 KiB and no part in what is told: all calls are made by the caller's thread, which is not
 * cancelled meanwhile. Where the system refuses, it goes on without one; a seccomp filter that kills for clone has to
 * be spared the flag. Its system calls: clone (clone3), mmap, mprotect, madvise, munmap, futex,
 * set_robust_list, rseq, exit.
 *
 * Returns VMCLOCK_OK, or the kind of READ_FAILED once all was told that could be read; ENODATA: the input has become
 * shorter; ETIMEDOUT from "poll": nothing came for 60 s (a descriptor of a pipe is waited for without limit). A
 * cancellation point, which leaves the search open. System calls as vmclock_search_open(), but no open and no close.
 */
VMCLOCK_MUST_USE enum vmclock_err vmclock_search_run(struct vmclock_search *search, uint64_t step, unsigned flags,
                                                     struct vmclock_error *err);

/*
 * May be called again, on a search that failed to open, and with NULL. No cancellation point. System calls: close,
 * pthread_sigmask.
 */
void vmclock_search_close(struct vmclock_search *search);

/* ---- Errors in words. No system call, and no cancellation point. ---- */

/* "ENOENT", static; NULL for a number that is no errno known here. */
const char *vmclock_errno_name(int sys_errno);

/*
 * What is wrong, for people, to stand behind a path: "cannot be opened: No such file or directory (ENOENT)", "the page
 * has no clock data: counter_id is INVALID". One line without an end; a formatter as in vmclock.h.
 */
size_t vmclock_error_describe(const struct vmclock_error *err, char *buf, size_t cap);

/*
 * What to do about an error, in whole sentences on one line; a formatter as in vmclock.h. A command line for the reader
 * to copy stands between ` and `. `path` (may be NULL) is what was read: it stands in these commands, unless a shell
 * would take it for something else, and some advice is about /dev/vmclock* alone. Writes nothing for no error and where
 * there is no advice.
 */
size_t vmclock_error_explain(const struct vmclock_error *err, const char *path, char *buf, size_t cap);

#ifdef __cplusplus
}
#endif

#endif
