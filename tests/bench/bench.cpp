/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long things take, beside what they are held against: one run, the repetitions of all in random order, the least
 * CPU time of each counts. With --check a missed target makes the exit status 1, with --json=FILE the table is written
 * there as well; other options are Google Benchmark's.
 */
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <jansson.h>
#include <map>
#include <string>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <vector>

#include "vmclock.h"
#include "vmclock_posix.h"

namespace {

constexpr unsigned attempts = 16;

/* Does not matter for speed, but a page has to be valid, and of this machine's counter. */
vmclock_page make_values()
{
    vmclock_page values{};

    values.size = VMCLOCK_PAGE_SIZE;
    values.counter_id = vmclock_counter_id();
    values.time_type = 1; /* TAI */
    values.seq_count = 2;
    values.disruption_marker = 1;
    values.flags = VMCLOCK_FLAGS_KNOWN & ~UINT64_C(6);
    values.clock_status = 2; /* SYNCHRONIZED */
    values.tai_offset_sec = -37;
    values.counter_period_shift = 29;
    values.counter_value = vmclock_counter_read();
    values.counter_period_frac_sec = UINT64_C(0x89705F4136B4A597); /* 1 GHz */
    values.counter_period_maxerror_rate_frac_sec = UINT64_C(495176015714153);
    values.time_sec = 1483228836;
    values.time_maxerror_nanosec = 2500;
    return values;
}

/* A page in shared memory: nothing can be assumed of it at compile time. */
struct live {
    vmclock_page values = make_values();
    void *page = mmap(nullptr, VMCLOCK_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    live()
    {
        if (page == MAP_FAILED || vmclock_publish_init(page, VMCLOCK_PAGE_SIZE, &values, nullptr) != VMCLOCK_OK)
            std::abort();
    }
    live(const live &) = delete;
    live &operator=(const live &) = delete;
    ~live() { munmap(page, VMCLOCK_PAGE_SIZE); }
};

/* Reads a result from memory as its users do, in fields of 8 bytes, the same way for all. */
template <size_t n> void read_words(const uint64_t (&words)[n])
{
    const volatile uint64_t *at = words;
    uint64_t sum = 0;

    for (size_t i = 0; i < 13; i++)
        sum += at[i];
    benchmark::DoNotOptimize(sum);
}

/* ---- What the others are held against ---- */

void copy_104_bytes(benchmark::State &state)
{
    live live;
    void *page = live.page;

    for (auto _ : state) {
        uint64_t words[13];

        benchmark::DoNotOptimize(page);
        std::memcpy(words, page, sizeof words);
        read_words(words);
    }
}

void clock_gettime_realtime(benchmark::State &state)
{
    timespec time;

    for (auto _ : state) {
        clock_gettime(CLOCK_REALTIME, &time);
        benchmark::DoNotOptimize(time);
    }
}

void counter_read(benchmark::State &state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(vmclock_counter_read());
}

/* What the counter's fence lets through of any conversion: one product that waits for the counter, and is kept. */
void counter_read_and_product(benchmark::State &state)
{
    uint64_t period = UINT64_C(0x89705F4136B4A597), product[2];

    for (auto _ : state) {
        benchmark::DoNotOptimize(period);
        __extension__ const auto both = static_cast<unsigned __int128>(vmclock_counter_read()) * period;
        product[0] = static_cast<uint64_t>(both);
        product[1] = static_cast<uint64_t>(both >> 64);
        benchmark::DoNotOptimize(product);
    }
}

void pread_of_a_page(benchmark::State &state)
{
    const int fd = memfd_create("page", MFD_CLOEXEC);
    static char bytes[VMCLOCK_PAGE_SIZE];

    if (fd < 0 || ftruncate(fd, sizeof bytes) != 0)
        std::abort();
    for (auto _ : state)
        benchmark::DoNotOptimize(pread(fd, bytes, sizeof bytes, 0));
    close(fd);
}

/* ---- Private bytes ---- */

void header_parse(benchmark::State &state)
{
    live live;
    void *page = live.page;
    vmclock_shm_header header;

    for (auto _ : state) {
        benchmark::DoNotOptimize(page);
        benchmark::DoNotOptimize(vmclock_shm_header_read(page, VMCLOCK_PAGE_SIZE, &header, nullptr));
        benchmark::DoNotOptimize(header);
    }
}

/* With every detail of the refusal. */
void header_refused(benchmark::State &state)
{
    live live;
    void *page = live.page;
    vmclock_shm_header header;
    vmclock_error err;

    static_cast<char *>(page)[0] = 'X';
    for (auto _ : state) {
        benchmark::DoNotOptimize(page);
        benchmark::DoNotOptimize(vmclock_shm_header_read(page, VMCLOCK_PAGE_SIZE, &header, &err));
        benchmark::DoNotOptimize(header);
        benchmark::DoNotOptimize(err);
    }
}

void page_parse(benchmark::State &state)
{
    live live;
    void *page = live.page;
    vmclock_view view;

    for (auto _ : state) {
        benchmark::DoNotOptimize(page);
        benchmark::DoNotOptimize(vmclock_parse(page, VMCLOCK_PAGE_SIZE, 0, &view, nullptr));
        benchmark::DoNotOptimize(view);
    }
}

void page_parse_and_decode(benchmark::State &state)
{
    live live;
    void *page = live.page;
    vmclock_view view;
    vmclock_page decoded;

    for (auto _ : state) {
        benchmark::DoNotOptimize(page);
        benchmark::DoNotOptimize(vmclock_parse(page, VMCLOCK_PAGE_SIZE, 0, &view, nullptr));
        vmclock_decode(&view, &decoded);
        benchmark::DoNotOptimize(decoded);
    }
}

/* ---- Live pages ---- */

void snapshot_quiet(benchmark::State &state)
{
    live live;
    vmclock_snapshot snapshot;

    for (auto _ : state) {
        benchmark::DoNotOptimize(vmclock_snapshot_take(live.page, VMCLOCK_PAGE_SIZE, attempts, &snapshot, nullptr));
        read_words(snapshot.words);
    }
}

/* With the update that changes it: less `publish`, it is what the snapshot takes. */
void publish_and_snapshot(benchmark::State &state)
{
    live live;
    vmclock_snapshot snapshot;

    for (auto _ : state) {
        benchmark::DoNotOptimize(vmclock_publish_clock(live.page, VMCLOCK_PAGE_SIZE, &live.values, nullptr));
        benchmark::DoNotOptimize(vmclock_snapshot_take(live.page, VMCLOCK_PAGE_SIZE, attempts, &snapshot, nullptr));
        read_words(snapshot.words);
    }
}

void compare(benchmark::State &state, bool after_update)
{
    live live;
    vmclock_snapshot snapshot;

    if (vmclock_snapshot_take(live.page, VMCLOCK_PAGE_SIZE, attempts, &snapshot, nullptr) != VMCLOCK_OK ||
        (after_update && vmclock_publish_clock(live.page, VMCLOCK_PAGE_SIZE, &live.values, nullptr) != VMCLOCK_OK) ||
        vmclock_snapshot_compare(live.page, VMCLOCK_PAGE_SIZE, &snapshot, attempts) !=
            (after_update ? VMCLOCK_UPDATED : VMCLOCK_UNCHANGED))
        std::abort();
    for (auto _ : state)
        benchmark::DoNotOptimize(vmclock_snapshot_compare(live.page, VMCLOCK_PAGE_SIZE, &snapshot, attempts));
}

/* In the caller's own code. */
void unchanged(benchmark::State &state)
{
    live live;
    vmclock_snapshot snapshot;

    if (vmclock_snapshot_take(live.page, VMCLOCK_PAGE_SIZE, attempts, &snapshot, nullptr) != VMCLOCK_OK)
        std::abort();
    for (auto _ : state) {
        benchmark::ClobberMemory(); /* all is in memory and may have changed: the page's address, the snapshot */
        benchmark::DoNotOptimize(vmclock_unchanged(live.page, VMCLOCK_PAGE_SIZE, &snapshot));
    }
}

void changed(benchmark::State &state)
{
    compare(state, false);
}

void disrupted(benchmark::State &state)
{
    compare(state, true);
}

void publish(benchmark::State &state)
{
    live live;

    for (auto _ : state) {
        benchmark::DoNotOptimize(live.values);
        benchmark::DoNotOptimize(vmclock_publish_clock(live.page, VMCLOCK_PAGE_SIZE, &live.values, nullptr));
    }
}

void publish_replace(benchmark::State &state)
{
    live live;

    for (auto _ : state) {
        benchmark::DoNotOptimize(live.values);
        benchmark::DoNotOptimize(vmclock_publish_replace(live.page, VMCLOCK_PAGE_SIZE, &live.values, nullptr));
    }
}

/* Between two states of a page, the later one as the next calibration of a good writer leaves it. */
void diff(benchmark::State &state)
{
    vmclock_page values = make_values();
    uint64_t pages[2][VMCLOCK_STRUCT_SIZE / 8];
    vmclock_view views[2];

    values.magic = VMCLOCK_MAGIC;
    values.version = VMCLOCK_LAYOUT_VERSION;
    values.size = VMCLOCK_STRUCT_SIZE;
    for (int i = 0; i < 2; i++) {
        vmclock_encode(&values, pages[i], sizeof pages[i]);
        if (vmclock_parse(pages[i], sizeof pages[i], 0, &views[i], nullptr) != VMCLOCK_OK)
            std::abort();
        values.seq_count += 2;
        values.counter_value += 1000000000;
        values.time_sec++;
        values.time_frac_sec = 1 << 30; /* the period is not quite 1 ns */
    }
    for (auto _ : state) {
        unsigned cursor = 0;

        benchmark::DoNotOptimize(pages);
        benchmark::DoNotOptimize(vmclock_views_compare(&views[0], &views[1]));
        if (vmclock_transitions_next(&views[0], &views[1], &cursor, nullptr))
            std::abort();
    }
}

/* ---- Time ---- */

/* One page, its clock data taken out of it once. */
template <typename Convert> void convert(benchmark::State &state, Convert one)
{
    live live;
    vmclock_view view;
    vmclock_clock clock;
    uint64_t counter = live.values.counter_value;

    if (vmclock_parse(live.page, VMCLOCK_PAGE_SIZE, 0, &view, nullptr) != VMCLOCK_OK ||
        vmclock_clock_open(&view, VMCLOCK_ANY_COUNTER, 0, &clock, nullptr) != VMCLOCK_OK)
        std::abort();
    for (auto _ : state)
        one(view, clock, counter += 12345);
}

void conversion(benchmark::State &state)
{
    convert(state, [](const vmclock_view &, const vmclock_clock &clock, uint64_t counter) {
        vmclock_time time;
        benchmark::DoNotOptimize(vmclock_clock_time(&clock, counter, &time, nullptr));
        benchmark::DoNotOptimize(time);
    });
}

void conversion_with_bounds_and_utc(benchmark::State &state)
{
    convert(state, [](const vmclock_view &, const vmclock_clock &clock, uint64_t counter) {
        vmclock_reading reading;
        benchmark::DoNotOptimize(vmclock_clock_read(&clock, counter, &reading, nullptr));
        benchmark::DoNotOptimize(reading);
    });
}

void time_at(benchmark::State &state)
{
    convert(state, [](const vmclock_view &view, const vmclock_clock &, uint64_t counter) {
        vmclock_reading reading;
        benchmark::DoNotOptimize(vmclock_time_at(&view, counter, VMCLOCK_ANY_COUNTER, 0, &reading, nullptr));
        benchmark::DoNotOptimize(reading);
    });
}

template <typename Now> void now(benchmark::State &state, Now ask)
{
    live live;
    vmclock_memo memo;

    vmclock_memo_init(&memo, live.page, VMCLOCK_PAGE_SIZE, attempts, 0);
    if (vmclock_now_again(&memo, nullptr) != VMCLOCK_OK) {
        state.SkipWithError("this machine's counter is not known");
        return;
    }
    for (auto _ : state)
        ask(memo);
}

/* The page is quiet, and remembered: the time and its maximum error. */
void now_with_bounds(benchmark::State &state)
{
    now(state, [](vmclock_memo &memo) {
        benchmark::DoNotOptimize(vmclock_now_again(&memo, nullptr));
        benchmark::DoNotOptimize(memo.reading);
    });
}

/* The same, and both bounds in nanoseconds. */
void now_in_nanoseconds(benchmark::State &state)
{
    now(state, [](vmclock_memo &memo) {
        vmclock_bounds bounds;
        benchmark::DoNotOptimize(vmclock_now_bounds(&memo, &bounds, nullptr));
        benchmark::DoNotOptimize(bounds);
    });
}

/* The same, and what people would ask of it, by calls for each. */
void now_in_nanoseconds_and_utc(benchmark::State &state)
{
    now(state, [](vmclock_memo &memo) {
        benchmark::DoNotOptimize(vmclock_now_again(&memo, nullptr));
        benchmark::DoNotOptimize(vmclock_reading_bounds(&memo.reading));
        benchmark::DoNotOptimize(vmclock_reading_utc(&memo.reading));
    });
}

void now_by_a_new_snapshot(benchmark::State &state)
{
    now(state, [](vmclock_memo &memo) {
        vmclock_reading reading;
        benchmark::DoNotOptimize(vmclock_now(memo.page, VMCLOCK_PAGE_SIZE, attempts, 0, &reading, nullptr));
        benchmark::DoNotOptimize(reading);
    });
}

/* ---- Large memory ---- */

/* Mapped, resident, more than the caches hold, and without a page. */
struct large {
    static constexpr size_t size = size_t{256} << 20;
    unsigned char *bytes = static_cast<unsigned char *>(
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

    large()
    {
        uint32_t state = 1;

        if (bytes == MAP_FAILED)
            std::abort();
        for (size_t i = 0; i < size; i++) {
            state = state * 1664525 + 1013904223;
            bytes[i] = static_cast<unsigned char>(state >> 24 | 1); /* no 0, so that memchr() looks at all */
        }
    }
};
const large &memory()
{
    static const large once;
    return once;
}

void memchr_of_256_mib(benchmark::State &state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(std::memchr(memory().bytes, 0, large::size));
}

void scan(benchmark::State &state, uint64_t step)
{
    for (auto _ : state) {
        vmclock_scan search;

        vmclock_scan_begin(&search, 0, step, 0);
        benchmark::DoNotOptimize(vmclock_scan_next(&search, memory().bytes, large::size, 0, nullptr));
    }
}

void scan_by_pages(benchmark::State &state)
{
    scan(state, VMCLOCK_PAGE_SIZE);
}

void scan_by_words(benchmark::State &state)
{
    scan(state, 4);
}

void scan_by_bytes(benchmark::State &state)
{
    scan(state, 1);
}

/* ---- Ratios ---- */

struct row {
    const char *name;
    void (*run)(benchmark::State &);
    const char *against; /* nullptr: it is one of those */
    double target;       /* 0: none */
};
const row rows[] = {
    {"copy_104_bytes", copy_104_bytes, nullptr, 0},
    {"clock_gettime", clock_gettime_realtime, nullptr, 0},
    {"counter_read", counter_read, nullptr, 0},
    {"pread_of_a_page", pread_of_a_page, nullptr, 0},
    {"header_parse", header_parse, "copy_104_bytes", 1},
    {"header_refused", header_refused, "copy_104_bytes", 2},
    {"page_parse", page_parse, "copy_104_bytes", 1},
    {"page_parse_and_decode", page_parse_and_decode, "copy_104_bytes", 0},
    {"snapshot_quiet", snapshot_quiet, "copy_104_bytes", 2},
    {"snapshot_quiet", nullptr, "pread_of_a_page", 0},
    {"publish_and_snapshot", publish_and_snapshot, "copy_104_bytes", 0},
    {"unchanged", unchanged, "copy_104_bytes", 0.25},
    {"changed", changed, "copy_104_bytes", 0.5},
    {"disrupted", disrupted, "copy_104_bytes", 0.5},
    {"publish", publish, "copy_104_bytes", 1.5},
    {"diff", diff, "copy_104_bytes", 12},
    {"publish_replace", publish_replace, "copy_104_bytes", 1.5},
    {"conversion", conversion, "copy_104_bytes", 2},
    {"conversion_with_bounds_and_utc", conversion_with_bounds_and_utc, "copy_104_bytes", 0},
    {"time_at", time_at, "copy_104_bytes", 0},
    {"counter_read_and_product", counter_read_and_product, "counter_read", 0},
    {"counter_read_and_product", nullptr, "clock_gettime", 0},
    {"now_with_bounds", now_with_bounds, "counter_read_and_product", 1.1},
    {"now_with_bounds", nullptr, "clock_gettime", 0},
    {"now_in_nanoseconds", now_in_nanoseconds, "counter_read", 1.5},
    {"now_in_nanoseconds_and_utc", now_in_nanoseconds_and_utc, "counter_read", 0},
    {"now_by_a_new_snapshot", now_by_a_new_snapshot, "counter_read", 0},
    {"memchr_of_256_mib", memchr_of_256_mib, nullptr, 0},
    {"scan_by_pages", scan_by_pages, "memchr_of_256_mib", 0.2},
    {"scan_by_words", scan_by_words, "memchr_of_256_mib", 0},
    {"scan_by_bytes", scan_by_bytes, "memchr_of_256_mib", 0},
};

struct collector : benchmark::BenchmarkReporter {
    std::map<std::string, double> least;

    bool ReportContext(const Context &) override { return true; }
    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs) {
            const std::string name = run.run_name.function_name;
            const double time = run.GetAdjustedCPUTime();

            if (run.error_occurred)
                std::printf("%s: %s\n", name.c_str(), run.error_message.c_str());
            else if (run.run_type == Run::RT_Iteration && (least.count(name) == 0 || time < least[name]))
                least[name] = time;
        }
    }
};

/* Of the processor, as the kernel calls it; elsewhere than on x86 it may not. */
std::string machine()
{
    std::ifstream info("/proc/cpuinfo");
    std::string line;

    while (std::getline(info, line))
        if (line.compare(0, 10, "model name") == 0)
            return line.substr(line.find(':') + 2);
    return "unknown processor";
}

json_t *number(double value)
{
    return json_real(static_cast<double>(static_cast<long long>(value * 1000 + 0.5)) / 1000);
}

/* Prints the table; false when a target is missed by more than noise. */
bool report(const std::map<std::string, double> &least, json_t *table)
{
    constexpr double noise = 1.1;
    bool met = true;

    std::printf("%-24s %10s %8s  %-16s %s\n", "", "ns", "ratio", "to", "target");
    for (const row &row : rows) {
        const auto time = least.find(row.name), base = least.find(row.against != nullptr ? row.against : row.name);

        if (time == least.end() || base == least.end())
            continue;
        json_t *const entry = json_pack("{s:s, s:o}", "name", row.name, "ns", number(time->second));
        std::printf("%-24s %10.2f", row.name, time->second);
        if (row.against != nullptr) {
            const double ratio = time->second / base->second;
            const bool missed = row.target > 0 && ratio > row.target;

            std::printf(" %8.2f  %-16s", ratio, row.against);
            json_object_set_new(entry, "ratio", number(ratio));
            json_object_set_new(entry, "to", json_string(row.against));
            if (row.target > 0) {
                std::printf(" <= %.2f%s", row.target, missed ? "  missed" : "");
                json_object_set_new(entry, "at_most", number(row.target));
                json_object_set_new(entry, "met", json_boolean(!missed));
            }
            met &= !(row.target > 0 && ratio > row.target * noise);
        }
        std::printf("\n");
        json_array_append_new(table, entry);
    }
    return met;
}

} // namespace

int main(int argc, char **argv)
{
    std::vector<char *> args{argv[0]};
    char repetitions[] = "--benchmark_repetitions=15", order[] = "--benchmark_enable_random_interleaving=true",
         time[] = "--benchmark_min_time=0.02";
    const char *file = nullptr;
    bool check = false, met;
    collector collected;
    int count;

    args.insert(args.end(), {repetitions, order, time});
    for (int i = 1; i < argc; i++) {
        if (std::strcmp(argv[i], "--check") == 0)
            check = true;
        else if (std::strncmp(argv[i], "--json=", 7) == 0)
            file = argv[i] + 7;
        else
            args.push_back(argv[i]); /* later ones win */
    }
    count = static_cast<int>(args.size());
    args.push_back(nullptr);
    benchmark::Initialize(&count, args.data());
    if (benchmark::ReportUnrecognizedArguments(count, args.data()))
        return 2;
    for (const row &row : rows)
        if (row.run != nullptr)
            benchmark::RegisterBenchmark(row.name, row.run);
    benchmark::RunSpecifiedBenchmarks(&collected);
    json_t *const table = json_array();
    std::printf("%s; %s\n", machine().c_str(), COMPILER);
    met = report(collected.least, table);
    json_t *const whole = json_pack("{s:s, s:s, s:s, s:o}", "version", vmclock_lib_version(), "machine",
                                    machine().c_str(), "compiler", COMPILER, "rows", table);
    if (file != nullptr && json_dump_file(whole, file, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) != 0) {
        std::fprintf(stderr, "vmclock_bench: cannot write %s\n", file);
        return 2;
    }
    json_decref(whole);
    return !met && check ? 1 : 0;
}
