/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading, call by call: what is asked for, from where, how often, and what becomes of each answer. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "suite.h"

#include <errno.h>
#include <unistd.h>

#include "pages.h"
#include "posix/input.h"
#include "system.h"

#define MS INT64_C(1000000)
#define NEVER ((struct vmclock_deadline_){INT64_MAX})

enum { CALLS = 64 };

/* Answers in turn: so many bytes at most, or an errno as a negative number; then all that is asked for. */
static struct {
    int answers[CALLS];
    unsigned scripted, calls, polls;
    size_t asked[CALLS];
    uint64_t at[CALLS];
    bool streamed[CALLS];
    uint64_t place; /* of a stream */
    uint64_t end;   /* of the input */
    int poll_answer, poll_errno;
    int64_t step_ns;      /* each call takes this long */
    int64_t poll_takes_ns;
} it;

static uint8_t byte_at(uint64_t place)
{
    return (uint8_t)(place * 7 + (place >> 8));
}

static ssize_t answer_read(void *buf, size_t len, uint64_t place, bool streamed)
{
    const unsigned n = it.calls++;
    const int answer = n < it.scripted ? it.answers[n] : INT32_MAX;
    size_t got = len;

    if (n < CALLS) {
        it.asked[n] = len;
        it.at[n] = place;
        it.streamed[n] = streamed;
    }
    move_clock(it.step_ns);
    if (answer < 0) {
        errno = -answer;
        return -1;
    }
    if (got > (size_t)answer)
        got = (size_t)answer;
    if (got > it.end - place)
        got = place < it.end ? (size_t)(it.end - place) : 0;
    for (size_t i = 0; i < got; i++)
        ((uint8_t *)buf)[i] = byte_at(place + i);
    return (ssize_t)got;
}

static ssize_t scripted_pread(int fd, void *buf, size_t len, off_t offset)
{
    EQ(fd, 42);
    return answer_read(buf, len, (uint64_t)offset, false);
}

static ssize_t scripted_read(int fd, void *buf, size_t len)
{
    const ssize_t got = answer_read(buf, len, it.place, true);

    EQ(fd, 42);
    it.place += got > 0 ? (uint64_t)got : 0;
    return got;
}

static int scripted_poll(struct pollfd *fds, int timeout_ms)
{
    (void)timeout_ms;
    it.polls++;
    move_clock(it.poll_takes_ns);
    EQ(fds->fd, 42);
    errno = it.poll_errno;
    return it.poll_answer;
}

static void start(uint64_t end, const int *script, unsigned count)
{
    reset_system();
    stop_clock();
    memset(&it, 0, sizeof it);
    it.end = end;
    it.scripted = count;
    it.poll_answer = 1;
    if (count > 0)
        memcpy(it.answers, script, count * sizeof *script);
    answers.pread = scripted_pread;
    answers.read = scripted_read;
    answers.poll = scripted_poll;
}

#define START(end, ...) start(end, (const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

static uint8_t bytes[20000];
static struct vmclock_error err;
static size_t len;

/* The first `have` bytes are those from `place` on, and none behind them was written to. */
static void expect_bytes(uint64_t place, size_t have)
{
    unsigned wrong = 0;

    for (size_t i = 0; i < sizeof bytes; i++)
        wrong += bytes[i] != (i < have ? byte_at(place + i) : 0xee);
    EQ(wrong, 0);
}

static enum vmclock_err input_read(const struct vmclock_input_ *in, uint64_t at, size_t n)
{
    memset(bytes, 0xee, sizeof bytes);
    memset(&err, 0x5a, sizeof err);
    len = 77;
    return vmclock_input_read_(in, at, bytes, n, &len, &err);
}

static void expect_failure(int sys_errno, const char *origin)
{
    EQ(err.reason, VMCLOCK_REASON_READ_FAILED);
    EQ(err.sys_errno, sys_errno);
    TEXT(err.origin, origin);
    EQ(len, 0);
}

/* ---- What is asked for ---- */

static void bytes_are_asked_for_by_steps_from_the_start_on(void)
{
    const struct vmclock_input_ in = {.fd = 42, .start = 1000, .silence_ns = UINT64_MAX, .deadline = NEVER};
    static const struct {
        size_t n;
        unsigned calls;
        size_t last;
    } rows[] = {{0, 0, 0},    {1, 1, 1},       {4095, 1, 4095},  {4096, 1, 4096},
                {4097, 2, 1}, {8192, 2, 4096}, {10000, 3, 1808}};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        start(UINT32_MAX, NULL, 0);
        EQ(input_read(&in, 50, rows[i].n), VMCLOCK_OK);
        EQ(err.reason, VMCLOCK_REASON_NONE);
        EQ(len, rows[i].n);
        EQ(it.calls, rows[i].calls);
        for (unsigned call = 0; call < it.calls; call++) {
            EQ(it.asked[call], call + 1 < it.calls ? 4096 : rows[i].last);
            EQ(it.at[call], 1050 + 4096 * call);
            HOLDS(!it.streamed[call]);
        }
        expect_bytes(1050, rows[i].n);
    }
    reset_system();
}

static void short_reads_go_on_where_they_ended(void)
{
    for (unsigned stream = 0; stream < 2; stream++) {
        const struct vmclock_input_ in = {
            .fd = 42, .stream = stream != 0, .start = 1000, .silence_ns = UINT64_MAX, .deadline = NEVER};
        const uint64_t place = stream ? 0 : 1003;

        START(UINT32_MAX, 1, 100, 4095, 1, 4096);
        EQ(input_read(&in, 3, 10000), VMCLOCK_OK);
        EQ(len, 10000);
        EQ(it.calls, 6);
        for (unsigned call = 0; call < 6; call++) {
            static const size_t from[] = {0, 1, 101, 4196, 4197, 8293}, asked[] = {4096, 4096, 4096, 4096, 4096, 1707};

            EQ(it.at[call], place + from[call]);
            EQ(it.asked[call], asked[call]);
            EQ(it.streamed[call], stream);
        }
        expect_bytes(place, 10000);
        HOLDS(it.polls == 0);
    }
    reset_system();
}

static void the_end_and_what_cannot_be_read_after_some_bytes_end_the_input(void)
{
    for (unsigned stream = 0; stream < 2; stream++) {
        const struct vmclock_input_ in = {
            .fd = 42, .stream = stream != 0, .silence_ns = UINT64_MAX, .deadline = NEVER};

        START(100, 60);
        EQ(input_read(&in, 0, 1000), VMCLOCK_OK);
        EQ(len, 100);
        EQ(it.calls, 3);
        expect_bytes(0, 100);
        start(0, NULL, 0);
        EQ(input_read(&in, 0, 1000), VMCLOCK_OK);
        EQ(len, 0);
        EQ(err.reason, VMCLOCK_REASON_NONE);
        START(1000, 60, -EIO);
        EQ(input_read(&in, 0, 1000), VMCLOCK_OK);
        EQ(len, 60);
        EQ(err.reason, VMCLOCK_REASON_NONE);
        EQ(it.calls, 2);
        START(1000, -EIO);
        EQ(input_read(&in, 0, 1000), VMCLOCK_ERR_SYSCALL);
        expect_failure(EIO, stream ? "read" : "pread");
        EQ(it.calls, 1);
    }
    reset_system();
}

/* Position and length fit into an off_t together, or less is asked for. */
static void nothing_is_asked_for_that_no_file_can_have(void)
{
    static const struct {
        uint64_t start, at;
        size_t n;
        unsigned calls;
        size_t asked;
    } rows[] = {
        {0, 0, 16, 1, 16},
        {INT64_MAX - 16, 0, 16, 1, 16},
        {INT64_MAX - 16, 0, 17, 1, 16},
        {INT64_MAX - 16, 15, 17, 1, 1},
        {INT64_MAX - 16, 16, 17, 0, 0},
        {INT64_MAX - 16, 17, 17, 0, 0},
        {INT64_MAX - 16, UINT64_MAX, 17, 0, 0},
        {INT64_MAX, 0, 17, 0, 0},
        {(uint64_t)INT64_MAX + 1, 0, 17, 0, 0},
        {UINT64_MAX, 0, 17, 0, 0},
        {UINT64_MAX, 1, 17, 0, 0},
        {0, INT64_MAX, 17, 0, 0},
        {0, INT64_MAX - 1, 17, 1, 1},
        {0, (uint64_t)INT64_MAX + 1, 17, 0, 0},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vmclock_input_ in = {
            .fd = 42, .start = rows[i].start, .silence_ns = UINT64_MAX, .deadline = NEVER};

        start(UINT64_MAX, NULL, 0);
        EQ(input_read(&in, rows[i].at, rows[i].n), VMCLOCK_OK);
        EQ(it.calls, rows[i].calls);
        EQ(len, rows[i].asked);
        EQ(it.asked[0], rows[i].asked);
        in.stream = true; /* which has no position */
        start(UINT64_MAX, NULL, 0);
        EQ(input_read(&in, rows[i].at, rows[i].n), VMCLOCK_OK);
        EQ(len, rows[i].n);
    }
    reset_system();
}

/* ---- Waiting ---- */

static void signals_are_no_silence_and_are_not_polled_for(void)
{
    const struct vmclock_input_ in = {.fd = 42, .silence_ns = 5000 * (uint64_t)MS, .deadline = NEVER};
    const int64_t began = (START(1000, -EINTR, 3, -EINTR, -EINTR), stopped_clock());

    EQ(input_read(&in, 0, 1000), VMCLOCK_OK);
    EQ(len, 1000);
    EQ(it.polls, 0);
    EQ(stopped_clock(), began);
    reset_system();
}

static void what_is_not_there_yet_is_polled_for(void)
{
    static const int signals[] = {0, EINTR};

    for (unsigned i = 0; i < 2; i++) {
        const struct vmclock_input_ in = {.fd = 42, .silence_ns = 5000 * (uint64_t)MS, .deadline = NEVER};

        START(1000, -EAGAIN, -EAGAIN, 3, -EAGAIN, -EAGAIN, -EAGAIN);
        it.poll_answer = signals[i] != 0 ? -1 : 1;
        it.poll_errno = signals[i];
        EQ(input_read(&in, 0, 1000), VMCLOCK_OK);
        EQ(len, 1000);
        EQ(it.polls, 5);
        expect_bytes(0, 1000);
    }
    reset_system();
}

/* An old kernel's poll may end early, by its own limit: that is no silence. */
static void a_poll_that_ends_before_the_time_is_over_is_made_again(void)
{
    const struct vmclock_input_ in = {.fd = 42, .silence_ns = 5000 * (uint64_t)MS, .deadline = NEVER};

    START(1000, -EAGAIN, -EAGAIN, -EAGAIN);
    it.poll_answer = 0;
    it.poll_errno = ENOMEM; /* left behind by something else */
    EQ(input_read(&in, 0, 1000), VMCLOCK_OK);
    EQ(len, 1000);
    EQ(it.polls, 3);
    START(1000, -EAGAIN, -EAGAIN);
    it.poll_answer = 0;
    it.step_ns = 5000 * MS;
    EQ(input_read(&in, 0, 1000), VMCLOCK_ERR_SYSCALL); /* the second time: silence begins with the first */
    expect_failure(ETIMEDOUT, "poll");
    EQ(it.polls, 2);
    reset_system();
}

static void a_poll_that_fails_is_told(void)
{
    const struct vmclock_input_ in = {.fd = 42, .silence_ns = 5000 * (uint64_t)MS, .deadline = NEVER};
    static const int reasons[] = {ENOENT, ENOMEM};

    for (unsigned i = 0; i < 2; i++) {
        START(1000, 3, -EAGAIN);
        it.poll_answer = -1;
        it.poll_errno = reasons[i];
        EQ(input_read(&in, 0, 1000), VMCLOCK_ERR_SYSCALL);
        expect_failure(reasons[i], "poll");
        EQ(it.polls, 1);
    }
    reset_system();
}

/* What came, or a signal, at the last moment is no silence. */
static void what_comes_as_the_time_ends_is_read(void)
{
    const struct vmclock_input_ in = {.fd = 42, .silence_ns = 5000 * (uint64_t)MS, .deadline = NEVER};

    for (int answer = -1; answer <= 1; answer++) {
        START(1000, -EAGAIN);
        it.poll_answer = answer;
        it.poll_errno = EINTR;
        it.poll_takes_ns = 5000 * MS;
        EQ(input_read(&in, 0, 1000), answer == 0 ? VMCLOCK_ERR_SYSCALL : VMCLOCK_OK);
        EQ(len, answer == 0 ? 0 : 1000);
        EQ(it.polls, 1);
    }
    reset_system();
}

/* Whatever comes, the whole of it may take so long; what it may take in silence begins anew with each byte. */
static void the_deadline_is_for_the_whole(void)
{
    for (unsigned late = 0; late < 2; late++) {
        struct vmclock_input_ in = {.fd = 42, .silence_ns = 5000 * (uint64_t)MS};

        START(1000, 1, 1, 1, 1);
        it.step_ns = 1000;
        in.deadline = (struct vmclock_deadline_){stopped_clock() + 3000 + !late};
        EQ(input_read(&in, 0, 1000), late ? VMCLOCK_ERR_SYSCALL : VMCLOCK_OK);
        EQ(it.calls, late ? 4 : 5);
        if (late)
            expect_failure(ETIMEDOUT, "poll");
        else
            EQ(len, 1000);
        /* It is looked at after one byte, too. */
        START(1000, 1, 1);
        it.step_ns = 1000;
        in.deadline = (struct vmclock_deadline_){stopped_clock() + 1000};
        EQ(input_read(&in, 0, 1000), VMCLOCK_ERR_SYSCALL);
        expect_failure(ETIMEDOUT, "poll");
        EQ(it.calls, 2);
        /* What ends then has come in time. */
        for (int64_t end = 2; end <= 3; end++) {
            START((uint64_t)end, 2);
            it.step_ns = 1000;
            in.deadline = (struct vmclock_deadline_){stopped_clock() + 1000};
            EQ(input_read(&in, 0, 1000), end == 2 ? VMCLOCK_OK : VMCLOCK_ERR_SYSCALL);
            EQ(len, end == 2 ? 2 : 0);
            EQ(it.calls, 2);
        }
        START(1000, 2, 998);
        it.step_ns = 1000;
        in.deadline = (struct vmclock_deadline_){stopped_clock() + 1000};
        EQ(input_read(&in, 0, 1000), VMCLOCK_OK);
        EQ(len, 1000);
        /* A deadline that has passed is none for what is read by one call. */
        start(1000, NULL, 0);
        in.deadline = (struct vmclock_deadline_){0};
        EQ(input_read(&in, 0, 1000), VMCLOCK_OK);
        EQ(len, 1000);
    }
    reset_system();
}

static void silence_begins_anew_after_each_byte(void)
{
    const struct vmclock_input_ in = {.fd = 42, .silence_ns = 10 * (uint64_t)MS, .deadline = NEVER};

    START(1000, -EAGAIN, -EAGAIN, 1, -EAGAIN, -EAGAIN, 1, -EAGAIN, -EAGAIN, 1);
    it.step_ns = 5 * MS - 1;
    EQ(input_read(&in, 0, 3), VMCLOCK_OK);
    EQ(len, 3);
    reset_system();
}

/* ---- seq_count ---- */

static void seq_count_is_four_bytes_of_its_own_call(void)
{
    const struct vmclock_input_ in = {.fd = 42, .start = 1000, .silence_ns = UINT64_MAX, .deadline = NEVER};
    struct vmclock_seq_ seq;

    START(UINT32_MAX, 2);
    EQ(vmclock_input_seq_(&in, &seq, &err), VMCLOCK_OK);
    EQ(seq.len, 4);
    EQ(it.at[0], 1012);
    EQ(it.asked[0], 4);
    EQ(it.calls, 2);
    EQ(seq.bytes[0], byte_at(1012));
    EQ(seq.bytes[3], byte_at(1015));
    start(1014, NULL, 0);
    EQ(vmclock_input_seq_(&in, &seq, &err), VMCLOCK_OK);
    EQ(seq.len, 2);
    START(UINT32_MAX, -EIO);
    EQ(vmclock_input_seq_(&in, &seq, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EIO);
    reset_system();
}

static void all_of_seq_count_has_to_agree(void)
{
    uint8_t page[PAGE];
    const struct vmclock_seq_ good = {{1, 2, 3, 4}, 4};

    memset(page, 0x5a, sizeof page);
    memcpy(page + AT_SEQ_COUNT, good.bytes, 4);
    HOLDS(vmclock_seq_agrees_(&good, &good, page));
    for (unsigned i = 0; i < 4; i++) {
        struct vmclock_seq_ other = good;

        other.bytes[i] ^= 0x80;
        HOLDS(!vmclock_seq_agrees_(&good, &other, page));
        HOLDS(!vmclock_seq_agrees_(&other, &good, page));
        HOLDS(!vmclock_seq_agrees_(&other, &other, page));
        page[AT_SEQ_COUNT + i] ^= 1;
        HOLDS(!vmclock_seq_agrees_(&good, &good, page));
        page[AT_SEQ_COUNT + i] ^= 1;
        other = good;
        other.len = i;
        HOLDS(!vmclock_seq_agrees_(&good, &other, page));
        HOLDS(!vmclock_seq_agrees_(&other, &good, page));
    }
}

/* ---- The page, and how long its region is ---- */

static uint8_t page[VMCLOCK_STRUCT_SIZE];
static uint64_t region_end;
static unsigned probes;
static size_t page_answer; /* bytes of the page that come at once */
static int probe_errno;
static ssize_t read_region(int fd, void *buf, size_t n, off_t offset)
{
    (void)fd;
    if (n == 1 && offset >= VMCLOCK_STRUCT_SIZE) {
        probes++;
        errno = probe_errno;
        return (uint64_t)offset < region_end ? 1 : probe_errno != 0 ? -1 : 0;
    }
    n = n < page_answer ? n : page_answer;
    if ((uint64_t)offset + n > region_end)
        n = (uint64_t)offset < region_end ? (size_t)(region_end - (uint64_t)offset) : 0;
    memcpy(buf, page + offset, n);
    return (ssize_t)n;
}

static void the_region_is_looked_for_as_far_as_size_asks(void)
{
    static const struct {
        uint32_t size;
        uint64_t end;
        size_t region;
        unsigned most_probes;
    } rows[] = {
        {112, 112, 112, 0}, {112, 5000, 112, 0},   {32, 32, 32, 0},         {32, 5000, 112, 0},
        {113, 112, 112, 1}, {113, 113, 113, 1},    {113, 5000, 113, 1},     {4096, 4096, 4096, 1},
        {4096, 112, 112, 13}, {4096, 4095, 4095, 13}, {4208, 4208, 4208, 1}, {4209, 4209, 4209, 2},
        {1 << 20, 1 << 20, 1 << 20, 256}, {1 << 20, (1 << 20) - 1, (1 << 20) - 1, 270},
        {(1 << 20) + 1, 1 << 21, 1 << 20, 256}, {UINT32_MAX, 1 << 21, 1 << 20, 256}, {UINT32_MAX, 9000, 9000, 16},
    };
    const struct vmclock_input_ in = {.fd = 42, .silence_ns = UINT64_MAX, .deadline = NEVER};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned failing = 0; failing < 2; failing++) {
            char row[64];
            size_t region = 77;

            (void)snprintf(row, sizeof row, "size %u of %llu", rows[i].size, (unsigned long long)rows[i].end);
            start(0, NULL, 0);
            build_signal_page(page, sizeof page, rows[i].size);
            region_end = rows[i].end;
            probes = 0;
            probe_errno = failing ? EIO : 0;
            page_answer = failing ? 17 : SIZE_MAX;
            answers.pread = read_region;
            memset(bytes, 0xee, sizeof bytes);
            EQ_IN(row, vmclock_input_page_(&in, bytes, &len, &region, &err), VMCLOCK_OK);
            EQ_IN(row, err.reason, VMCLOCK_REASON_NONE);
            EQ_IN(row, len, rows[i].end < 112 ? rows[i].end : 112);
            EQ_IN(row, region, rows[i].region);
            HOLDS_IN(row, probes <= rows[i].most_probes);
            HOLDS_IN(row, memcmp(bytes, page, len) == 0 && bytes[112] == 0xee);
        }
    /* What is no page has no size. */
    put32(page, AT_MAGIC, 0);
    put32(page, AT_SIZE, 4096);
    region_end = 5000;
    probes = 0;
    EQ(vmclock_input_page_(&in, bytes, &len, &(size_t){0}, NULL), VMCLOCK_OK);
    EQ(probes, 0);
    reset_system();
}

static void a_probe_that_cannot_be_waited_for_fails(void)
{
    const struct vmclock_input_ in = {.fd = 42, .silence_ns = UINT64_MAX};
    size_t region;

    for (unsigned told = 0; told < 2; told++) {
        start(0, NULL, 0);
        build_signal_page(page, sizeof page, 4096);
        region_end = 112;
        probe_errno = EINTR;
        page_answer = SIZE_MAX;
        answers.pread = read_region;
        memset(&err, 0x5a, sizeof err);
        EQ(vmclock_input_page_(&in, bytes, &len, &region, told ? &err : NULL), VMCLOCK_ERR_SYSCALL);
        if (told) {
            EQ(err.reason, VMCLOCK_REASON_READ_FAILED);
            EQ(err.kind, VMCLOCK_ERR_SYSCALL);
            EQ(err.sys_errno, ETIMEDOUT);
            TEXT(err.origin, "poll");
        }
    }
    START(1000, -EIO);
    EQ(vmclock_input_page_(&in, bytes, &len, &region, &err), VMCLOCK_ERR_SYSCALL);
    EQ(err.sys_errno, EIO);
    EQ(len, 0);
    EQ(region, 0);
    reset_system();
}

SUITE(input) = {
    {"bytes are asked for by steps, from the start on", bytes_are_asked_for_by_steps_from_the_start_on},
    {"short reads go on where they ended", short_reads_go_on_where_they_ended},
    {"the end, and what cannot be read after some bytes, end the input",
     the_end_and_what_cannot_be_read_after_some_bytes_end_the_input},
    {"nothing is asked for that no file can have", nothing_is_asked_for_that_no_file_can_have},
    {"signals are no silence, and are not polled for", signals_are_no_silence_and_are_not_polled_for},
    {"what is not there yet is polled for", what_is_not_there_yet_is_polled_for},
    {"a poll that ends before the time is over is made again", a_poll_that_ends_before_the_time_is_over_is_made_again},
    {"a poll that fails is told", a_poll_that_fails_is_told},
    {"what comes as the time ends is read", what_comes_as_the_time_ends_is_read},
    {"the deadline is for the whole", the_deadline_is_for_the_whole},
    {"silence begins anew after each byte", silence_begins_anew_after_each_byte},
    {"seq_count is four bytes of its own call", seq_count_is_four_bytes_of_its_own_call},
    {"all of seq_count has to agree", all_of_seq_count_has_to_agree},
    {"the region is looked for as far as size asks", the_region_is_looked_for_as_far_as_size_asks},
    {"a probe that cannot be waited for fails", a_probe_that_cannot_be_waited_for_fails},
    CU_TEST_INFO_NULL,
};
