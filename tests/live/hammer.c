/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hammers a live page and looks for snapshots that are no single state: hammer MODE [AMOUNT].
 *
 *   threads    a writer at all paces, two readers, one mapping (which is what ThreadSanitizer can follow)
 *   processes  the same, the readers through a read-only mapping
 *   killed     writers that are killed in mid-update, and their successors, who repair
 *   hostile    a writer of random bytes everywhere, size and seq_count included
 *
 * AMOUNT is a number of seconds ("3s", the default) or of accepted snapshots ("100000000", the long run). In the first
 * three modes all 96 bytes behind the header follow from disruption_marker, so that any mix of two states shows.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../src/live.h"
#include "vmclock.h"

enum { STATES = 1024, READERS = 2, ATTEMPTS = 64, WORDS = VMCLOCK_STRUCT_SIZE / 8, BODY = 2 /* its first word */ };

/* Shared by all threads and processes. */
struct shared {
    atomic_ulong accepted, fresh, busy, updates;
    atomic_bool stop, broken;
};

static struct shared *shared;
static volatile unsigned char *page;             /* ends where its mapping ends */
static const volatile unsigned char *read_only;  /* the same bytes */
static struct vmclock_page states[STATES];
static double seconds;
static unsigned long wanted;

/* ---- Small things ---- */

_Noreturn static void die(const char *what)
{
    fprintf(stderr, "hammer: %s\n", what);
    exit(2);
}

static void broken(const char *what)
{
    fprintf(stderr, "hammer: %s\n", what);
    atomic_store(&shared->broken, true);
    atomic_store(&shared->stop, true);
}

static double now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint64_t mix(uint64_t seed, unsigned word)
{
    uint64_t z = seed + word * UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t draw(uint64_t *state)
{
    return mix(*state += 1, 1);
}

/* Number `value` as the page holds it, and back. */
static uint64_t le64(uint64_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(value);
#else
    return value;
#endif
}

/* ---- The page ---- */

static void make_states(void)
{
    for (unsigned i = 0; i < STATES; i++) {
        uint64_t words[WORDS] = {le64(UINT64_C(112) << 32 | VMCLOCK_MAGIC), le64(VMCLOCK_LAYOUT_VERSION)};
        struct vmclock_view view;

        words[BODY] = le64(mix(i, 0));
        for (unsigned word = BODY + 1; word < WORDS; word++)
            words[word] = le64(mix(mix(i, 0), word));
        if (vmclock_parse(words, sizeof words, 0, &view, NULL) != VMCLOCK_OK)
            die("the states are no pages");
        vmclock_decode(&view, &states[i]);
    }
}

/* Two mappings of one memory, each followed by addresses that must not be touched. */
static void map_page(void)
{
    const size_t unit = (size_t)sysconf(_SC_PAGESIZE);
    const int fd = memfd_create("page", MFD_CLOEXEC);
    unsigned char *at = mmap(NULL, 4 * unit, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fd < 0 || at == MAP_FAILED || shared == MAP_FAILED || ftruncate(fd, (off_t)unit) != 0 ||
        mmap(at, unit, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ||
        mmap(at + 2 * unit, unit, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
        die("no memory");
    close(fd);
    page = at + unit - VMCLOCK_STRUCT_SIZE;
    read_only = at + 3 * unit - VMCLOCK_STRUCT_SIZE;
    if (vmclock_publish_init(page, VMCLOCK_STRUCT_SIZE, &states[0], NULL) != VMCLOCK_OK)
        die("no page");
}

/* ---- Writers ---- */

static void update_at_once(const struct vmclock_page *state)
{
    if (vmclock_publish_replace(page, VMCLOCK_STRUCT_SIZE, state, NULL) != VMCLOCK_OK)
        broken("an update was refused");
}

/* Field after field, from a random one on. */
static void update_slowly(const struct vmclock_page *state, unsigned from)
{
    enum { FIRST = VMCLOCK_FIELD_DISRUPTION_MARKER, COUNT = VMCLOCK_FIELD_END - FIRST };
    unsigned char bytes[VMCLOCK_STRUCT_SIZE];
    struct vmclock_view view;
    bool good;

    vmclock_encode(state, bytes, sizeof bytes);
    good = vmclock_parse(bytes, sizeof bytes, 0, &view, NULL) == VMCLOCK_OK &&
           vmclock_publish_begin(page, VMCLOCK_STRUCT_SIZE, NULL) == VMCLOCK_OK;
    for (unsigned i = 0; i < COUNT; i++) {
        const enum vmclock_field field = (enum vmclock_field)(FIRST + (from + i) % COUNT);
        uint64_t value = 0;

        (void)vmclock_get_raw(&view, field, &value);
        good &= vmclock_publish_set(page, VMCLOCK_STRUCT_SIZE, field, value, NULL) == VMCLOCK_OK;
    }
    good &= vmclock_publish_commit(page, VMCLOCK_STRUCT_SIZE, NULL) == VMCLOCK_OK;
    if (!good)
        broken("an update was refused");
}

/*
 * Between updates: nothing, moments, or long enough for readers to find the page quiet. Tight for short whiles only,
 * since a writer without any pause leaves readers no chance, which proves nothing.
 */
static void pause_at_pace(unsigned pace, uint64_t *random)
{
    if (pace == 0)
        return;
    for (volatile unsigned spin = (unsigned)(draw(random) % (pace < 3 ? 64 : 1024)); spin > 0;)
        spin = spin - 1;
}

static void *write_at_all_paces(void *unused)
{
    uint64_t random = (uint64_t)getpid();

    while (!atomic_load(&shared->stop)) {
        const unsigned pace = (unsigned)(draw(&random) % 8);

        for (unsigned i = 0; i < 256; i++) {
            const struct vmclock_page *state = &states[draw(&random) % STATES];

            if (draw(&random) % 8 == 0)
                update_slowly(state, (unsigned)(draw(&random) % VMCLOCK_FIELD_END));
            else
                update_at_once(state);
            pause_at_pace(pace, &random);
        }
        atomic_fetch_add(&shared->updates, 256);
        if (pace == 7)
            (void)sched_yield();
    }
    return unused;
}

/* ---- Readers ---- */

static bool is_one_state(const struct vmclock_snapshot *snapshot)
{
    const uint64_t marker = le64(snapshot->words[BODY]);

    for (unsigned word = BODY + 1; word < WORDS; word++)
        if (le64(snapshot->words[word]) != mix(marker, word))
            return false;
    return true;
}

/* Half of the range is the future. A reader would have to sleep through 2^30 updates to be wrong here. */
static bool not_before(uint32_t seq, uint32_t last)
{
    return seq - last < UINT32_C(1) << 31;
}

static void read_until_stopped(const volatile unsigned char *live)
{
    struct vmclock_snapshot last = {0}, snapshot;
    struct vmclock_error err;
    unsigned long accepted = 0, fresh = 0, busy = 0;

    while (!atomic_load_explicit(&shared->stop, memory_order_relaxed)) {
        const enum vmclock_change change = vmclock_snapshot_compare(live, VMCLOCK_STRUCT_SIZE, &last, ATTEMPTS);

        if (vmclock_snapshot_take(live, VMCLOCK_STRUCT_SIZE, ATTEMPTS, &snapshot, &err) != VMCLOCK_OK) {
            busy++;
            if (err.reason != VMCLOCK_REASON_UPDATE_STALLED && err.reason != VMCLOCK_REASON_UPDATE_TOO_FAST)
                broken(vmclock_reason_sentence(err.reason));
            continue;
        }
        if (!is_one_state(&snapshot))
            broken("torn snapshot");
        if (last.len > 0) {
            if (!not_before(snapshot.seq_count, last.seq_count))
                broken("seq_count went backwards");
            if (snapshot.seq_count == last.seq_count && memcmp(&snapshot, &last, sizeof last) != 0)
                broken("one seq_count, two states");
            if (snapshot.seq_count == last.seq_count && change != VMCLOCK_UNCHANGED && change != VMCLOCK_UNSURE)
                broken("a change that did not happen");
        }
        fresh += snapshot.seq_count != last.seq_count;
        last = snapshot;
        if (++accepted % 1024 == 0) {
            atomic_fetch_add(&shared->accepted, 1024);
            atomic_fetch_add(&shared->fresh, fresh);
            atomic_fetch_add(&shared->busy, busy);
            busy = fresh = 0;
        }
    }
}

static void *read_in_a_thread(void *unused)
{
    read_until_stopped(page);
    return unused;
}

/* ---- Runs ---- */

/* Until there is enough; progress is asked for all the time, so that a reader who is starved is a failure. */
static void watch_over(void)
{
    const double began = now();
    double moved = began;
    unsigned long last = 0;

    while (!atomic_load(&shared->stop)) {
        const unsigned long accepted = atomic_load(&shared->accepted);

        (void)nanosleep(&(struct timespec){0, 10000000}, NULL);
        if (accepted != last)
            moved = now();
        last = accepted;
        if (now() - moved > 60)
            broken("readers make no progress");
        if (wanted > 0 ? accepted >= wanted : now() - began >= seconds)
            atomic_store(&shared->stop, true);
    }
}

static void run_threads(void)
{
    pthread_t threads[1 + READERS];

    for (unsigned i = 0; i < 1 + READERS; i++)
        if (pthread_create(&threads[i], NULL, i == 0 ? write_at_all_paces : read_in_a_thread, NULL) != 0)
            die("no thread");
    watch_over();
    for (unsigned i = 0; i < 1 + READERS; i++)
        pthread_join(threads[i], NULL);
}

static void run_processes(void)
{
    pid_t children[1 + READERS];

    for (unsigned i = 0; i < 1 + READERS; i++) {
        children[i] = fork();
        if (children[i] < 0)
            die("no process");
        if (children[i] == 0) {
            if (i == 0)
                (void)write_at_all_paces(NULL);
            else
                read_until_stopped(read_only);
            _exit(0);
        }
    }
    watch_over();
    for (unsigned i = 0; i < 1 + READERS; i++) {
        int status = -1;

        if (waitpid(children[i], &status, 0) != children[i] || status != 0)
            broken("a process died");
    }
}

_Noreturn static void write_until_killed(uint64_t random)
{
    for (;;) {
        update_slowly(&states[draw(&random) % STATES], (unsigned)(draw(&random) % VMCLOCK_FIELD_END));
        atomic_fetch_add(&shared->updates, 1);
    }
}

/* What a dead writer left behind is a stalled page or a state; its successor always leaves a state. */
static void look_after_a_death(uint64_t *random, unsigned long *stalled)
{
    struct vmclock_snapshot snapshot;
    struct vmclock_error err;

    if (vmclock_snapshot_take(read_only, VMCLOCK_STRUCT_SIZE, ATTEMPTS, &snapshot, &err) != VMCLOCK_OK) {
        (*stalled)++;
        if (err.reason != VMCLOCK_REASON_UPDATE_STALLED)
            broken("a dead writer's page is something else than stalled");
    } else if (!is_one_state(&snapshot)) {
        broken("torn snapshot of a dead writer's page");
    }
    if (draw(random) % 2 == 0)
        update_at_once(&states[draw(random) % STATES]);
    else
        update_slowly(&states[draw(random) % STATES], 0);
    if (vmclock_snapshot_take(read_only, VMCLOCK_STRUCT_SIZE, 1, &snapshot, &err) != VMCLOCK_OK ||
        !is_one_state(&snapshot))
        broken("a repaired page is no state");
}

static void run_killed(void)
{
    enum { IN_MID_UPDATE = 10 }; /* so many at the least, however seldom this machine gets there in the time given */
    const double began = now();
    unsigned long rounds = 0, stalled = 0, accepted = 0, fresh = 0;
    uint32_t last = 0;
    uint64_t random = (uint64_t)getpid();

    while (!atomic_load(&shared->stop) && ((wanted > 0 ? accepted < wanted : now() - began < seconds) ||
                                           (stalled < IN_MID_UPDATE && now() - began < seconds + 60))) {
        const unsigned long updates = atomic_load(&shared->updates);
        const double span = (double)(draw(&random) % 500) / 1e6;
        const pid_t child = fork();
        struct vmclock_snapshot snapshot;
        double until;

        if (child < 0)
            die("no process");
        if (child == 0)
            write_until_killed(random);
        for (until = now() + 10; atomic_load(&shared->updates) == updates && now() < until;)
            (void)sched_yield();
        for (until = now() + span; now() < until;) {
            if (vmclock_snapshot_take(read_only, VMCLOCK_STRUCT_SIZE, ATTEMPTS, &snapshot, NULL) != VMCLOCK_OK)
                continue;
            accepted++;
            fresh += snapshot.seq_count != last;
            last = snapshot.seq_count;
            if (!is_one_state(&snapshot))
                broken("torn snapshot");
        }
        kill(child, SIGKILL);
        if (waitpid(child, NULL, 0) != child)
            die("no child");
        look_after_a_death(&random, &stalled);
        rounds++;
    }
    atomic_store(&shared->accepted, accepted);
    atomic_store(&shared->fresh, fresh);
    printf("%lu writers killed, %lu of them in mid-update; ", rounds, stalled);
    if (stalled < IN_MID_UPDATE)
        broken("hardly any writer was killed in mid-update");
}

/* ---- Random bytes ---- */

static void write_something(uint64_t *random)
{
    const uint64_t value = draw(random);
    const unsigned at = (unsigned)(draw(random) % VMCLOCK_STRUCT_SIZE);

    switch (draw(random) % 8) {
    case 0:
        vmclock_live_store_byte_(page + at, (uint8_t)value);
        break;
    case 1:
        vmclock_live_store_half_(page + at / 4 * 4, (vmclock_half_)value);
        break;
    case 2:
        vmclock_live_store_(page + at / 8 * 8, (vmclock_word_)value);
        break;
    case 3: /* size: 0 to 127, as often within the region as not */
        vmclock_live_store_half_(page + 4, vmclock_le32_((uint32_t)value % 128));
        break;
    case 4: /* seq_count: odd or even, near the wrap-around */
        vmclock_live_store_half_(page + 12, vmclock_le32_((uint32_t)(value % 8) - 4));
        break;
    case 5:
        vmclock_live_store_half_(page + 8, vmclock_le32_((uint32_t)value % 3));
        break;
    default: /* else hardly anything would be accepted */
        vmclock_live_store_half_(page, vmclock_le32_(VMCLOCK_MAGIC));
        vmclock_live_store_half_(page + 8, vmclock_le32_(VMCLOCK_LAYOUT_VERSION));
        vmclock_live_store_half_(page + 4, vmclock_le32_(32 + (uint32_t)value % 80));
    }
}

static void *write_anything(void *unused)
{
    uint64_t random = (uint64_t)getpid();

    while (!atomic_load(&shared->stop)) {
        for (unsigned i = 0; i < 256; i++)
            write_something(&random);
        if (draw(&random) % 4 == 0)
            (void)sched_yield();
        atomic_fetch_add(&shared->updates, 256);
    }
    return unused;
}

/* What was accepted has to be a page by its own, private bytes, whatever the live ones say by now. */
static void check_accepted(const struct vmclock_snapshot *snapshot)
{
    const struct vmclock_view view = vmclock_snapshot_view(snapshot);
    struct vmclock_view again;
    uint32_t size = 0, seq = 1;

    if (!vmclock_get_size(&view, &size) || !vmclock_get_seq_count(&view, &seq) ||
        seq % 2 != 0 || seq != snapshot->seq_count || snapshot->region != VMCLOCK_STRUCT_SIZE ||
        snapshot->len != size || size < VMCLOCK_MIN_SIZE || size > VMCLOCK_STRUCT_SIZE ||
        vmclock_parse(snapshot->words, sizeof snapshot->words, 0, &again, NULL) != VMCLOCK_OK ||
        vmclock_view_len(&again) != vmclock_view_len(&view))
        broken("an accepted snapshot is no page");
}

static void run_hostile(void)
{
    static const struct vmclock_snapshot empty;
    const double began = now();
    unsigned long outcomes[VMCLOCK_REASON_END] = {0}, changes[VMCLOCK_UNSURE + 1] = {0}, calls = 0, fresh = 0;
    struct vmclock_snapshot last = {0}, snapshot;
    pthread_t writer;

    if (pthread_create(&writer, NULL, write_anything, NULL) != 0)
        die("no thread");
    while (!atomic_load(&shared->stop) &&
           (wanted > 0 ? outcomes[VMCLOCK_REASON_NONE] < wanted : calls % 256 != 0 || now() - began < seconds)) {
        struct vmclock_error err;
        const enum vmclock_change change = vmclock_snapshot_compare(page, VMCLOCK_STRUCT_SIZE, &last, 4);

        calls++;
        changes[change <= VMCLOCK_UNSURE ? change : 0]++;
        if (vmclock_snapshot_take(page, VMCLOCK_STRUCT_SIZE, 4, &snapshot, &err) == VMCLOCK_OK) {
            check_accepted(&snapshot);
            fresh += snapshot.seq_count != last.seq_count;
            last = snapshot;
        } else if (memcmp(&snapshot, &empty, sizeof empty) != 0) {
            broken("a refused snapshot is not empty");
        }
        outcomes[err.reason]++;
    }
    atomic_store(&shared->stop, true);
    pthread_join(writer, NULL);
    for (unsigned i = 0; i < VMCLOCK_REASON_END; i++) {
        const bool expected = i == VMCLOCK_REASON_NONE ||
                              (i >= VMCLOCK_REASON_MAGIC_BYTE_SWAPPED && i <= VMCLOCK_REASON_UPDATE_TOO_FAST);

        if (outcomes[i] > 0)
            printf("%s %lu, ", vmclock_reason_name((enum vmclock_reason)i), outcomes[i]);
        if (outcomes[i] > 0 && !expected)
            broken("an outcome that is not documented");
    }
    printf("changes %lu/%lu/%lu/%lu/%lu; ", changes[0], changes[1], changes[2], changes[3], changes[4]);
    atomic_store(&shared->accepted, outcomes[VMCLOCK_REASON_NONE]);
    atomic_store(&shared->fresh, fresh);
    if (outcomes[VMCLOCK_REASON_BAD_MAGIC] == 0 || outcomes[VMCLOCK_REASON_UPDATE_STALLED] == 0)
        broken("the writer was not hostile");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } modes[] = {{"threads", run_threads}, {"processes", run_processes}, {"killed", run_killed},
                 {"hostile", run_hostile}};
    const char *amount = argc > 2 ? argv[2] : "3s";
    double began;
    char *end;

    seconds = strtod(amount, &end);
    if (strcmp(end, "s") != 0)
        wanted = strtoul(amount, &end, 10);
    make_states();
    map_page();
    began = now();
    for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (argc < 2 || strcmp(argv[1], modes[i].name) != 0)
            continue;
        printf("%s: ", modes[i].name);
        fflush(stdout);
        modes[i].run();
        printf("%lu snapshots accepted (%lu of a new state), %lu calls found it busy, %lu updates, %.1f s\n",
               atomic_load(&shared->accepted), atomic_load(&shared->fresh), atomic_load(&shared->busy),
               atomic_load(&shared->updates), now() - began);
        if (atomic_load(&shared->accepted) < 1024)
            broken("too few snapshots were accepted to prove anything");
        return atomic_load(&shared->broken) ? 1 : 0;
    }
    fprintf(stderr, "usage: hammer threads|processes|killed|hostile [SECONDSs|SNAPSHOTS]\n");
    return 2;
}
