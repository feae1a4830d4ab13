#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs fuzz targets and judges the runs: campaign.sh TARGET [SECONDS] [--engine=libfuzzer|msan|afl], on all cores, or
# campaign.sh --ci [SECONDS]: every target with every engine, then the recipe for OSS-Fuzz. A run fails on a crash, a
# hang, a leak, too much memory, and when it did not really run: too few executions, or less coverage than its seeds
# have.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
runs=$root/build/fuzz-runs
cd "$root"

die() {
    echo "campaign: $*" >&2
    exit 1
}

# build PRESET...: quietly unless it fails.
build() {
    mkdir -p "$runs"
    for preset in "$@"; do
        (cmake --preset "$preset" && cmake --build --preset "$preset") >"$runs/$preset.log" 2>&1 || {
            cat "$runs/$preset.log" >&2
            die "building preset $preset failed"
        }
    done
}

build_engine() {
    case $1 in
    libfuzzer) build fuzz ;;
    msan) build fuzz-msan ;;
    afl) build fuzz-afl fuzz-afl-cmplog fuzz-afl-asan ;;
    *) die "no such engine: $1" ;;
    esac
}

# A page is a seed for every target as it stands; some have inputs of their own.
seeds_of() {
    find "$root/corpus/fuzz_parse" "$root/corpus/fuzz_structured" "$root/corpus/$1" -type f ! -name '*.md' 2>/dev/null || true
}

# option TARGET NAME: from the options file, which OSS-Fuzz reads too: the target's own or the one for all.
option() {
    file=fuzz/vmclock.options
    [ ! -f "fuzz/$1.options" ] || file=fuzz/$1.options
    sed -n "s/^$2 *= *//p" "$file"
}

# report ENGINE TARGET SECONDS EXECUTIONS COVERAGE SEEDS_COVERAGE NEW BAD LEAST DETAILS: one line, and the verdict.
report() {
    rate=$(($4 / $3))
    verdict=ok
    [ "$4" -ge $(($9 * $3)) ] || verdict="FAILED: too few executions"
    [ "$5" -ge "$6" ] && [ "$6" -gt 0 ] || verdict="FAILED: coverage below the seeds'"
    [ "$8" = 0 ] || verdict="FAILED: see below"
    printf '%-16s %-9s %4d s %11d executions %7d/s  coverage %4d (seeds %4d)  %4d new files  %d crashes: %s\n' \
        "$2" "$1" "$3" "$4" "$rate" "$5" "$6" "$7" "$8" "$verdict"
    [ "$verdict" = ok ] && return 0
    shift 9
    for line in "$@"; do [ -z "$line" ] || echo "$line"; done
    return 1
}

# libfuzzer PRESET ENGINE TARGET SECONDS WORKERS
libfuzzer() {
    bin=$root/build/$1/fuzz/$3 engine=$2 target=$3 seconds=$4 workers=$5
    out=$runs/$engine/$target
    [ -n "${KEEP-}" ] || rm -rf "$out"
    mkdir -p "$out/corpus" "$out/seeds" "$out/artifacts"
    rm -f "$out"/log.*
    seeds_of "$target" | while read -r seed; do cp "$seed" "$out/seeds/"; done
    ASAN_OPTIONS=quarantine_size_mb=$(option "$target" quarantine_size_mb)
    export ASAN_OPTIONS="$ASAN_OPTIONS:malloc_context_size=$(option "$target" malloc_context_size)"
    set -- -timeout="$(option "$target" timeout)" -rss_limit_mb="$(option "$target" rss_limit_mb)" \
        -max_len="$(option "$target" max_len)" -dict="$root/fuzz/vmclock.dict" \
        -artifact_prefix="$out/artifacts/" -print_final_stats=1
    before=$(find "$out/corpus" -type f | wc -l)
    "$bin" "$@" -runs=0 "$out/seeds" >"$out/log.seeds" 2>&1 || true
    worker=0
    while [ $worker -lt "$workers" ]; do
        "$bin" "$@" -max_total_time="$seconds" "$out/corpus" "$out/seeds" >"$out/log.$worker" 2>&1 || true &
        worker=$((worker + 1))
    done
    wait
    sum='/stat::number_of_executed_units/ {n += $2} END {print n + 0}'
    most='{for (i = 1; i < NF; i++) if ($i == "cov:" && $(i + 1) > n) n = $(i + 1)} END {print n + 0}'
    bad=$(find "$out/artifacts" -type f | wc -l)
    for log in "$out"/log.*; do
        grep -q '^stat::peak_rss_mb' "$log" || bad=$((bad + (bad == 0))) # it ended before its time
    done
    report "$engine" "$target" "$seconds" "$(cat "$out"/log.[0-9]* | awk "$sum")" \
        "$(cat "$out"/log.[0-9]* | awk "$most")" "$(awk "$most" "$out/log.seeds")" \
        "$(($(find "$out/corpus" -type f | wc -l) - before))" "$bad" 500 \
        "$(find "$out/artifacts" -type f -exec printf 'reproduce: %s {}\n' "$bin" \; | head -5)" \
        "$(cat "$out"/log.* | grep -aE -A8 'ERROR: |broken property|runtime error' | head -20)"
}

# afl TARGET SECONDS WORKERS: the first one with CmpLog, the second one with the sanitizers.
afl() {
    target=$1 seconds=$2 workers=$3
    out=$runs/afl/$target
    [ -n "${KEEP-}" ] || rm -rf "$out"
    mkdir -p "$out/seeds"
    seeds_of "$target" | while read -r seed; do [ ! -s "$seed" ] || cp "$seed" "$out/seeds/"; done
    export AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_AUTORESUME=1
    export AFL_QUIET=1 AFL_FORKSRV_INIT_TMOUT=30000
    unset ASAN_OPTIONS
    case $target in
    fuzz_structured) export AFL_CUSTOM_MUTATOR_LIBRARY="$root/build/fuzz-afl/fuzz/vmclock_pages.so" ;;
    fuzz_diff) export AFL_CUSTOM_MUTATOR_LIBRARY="$root/build/fuzz-afl/fuzz/vmclock_pairs.so" ;;
    esac
    fast=$root/build/fuzz-afl/fuzz/$target asan=$root/build/fuzz-afl-asan/fuzz/$target
    covered=$(env -u AFL_CUSTOM_MUTATOR_LIBRARY afl-showmap -C -i "$out/seeds" -o "$out/seeds.map" -- "$fast" 2>&1 |
        sed -n 's/.*coverage of \([0-9]*\) edges.*/\1/p')
    worker=0
    while [ $worker -lt "$workers" ]; do
        case $worker in
        0) set -- -M fast -c "$root/build/fuzz-afl-cmplog/fuzz/$target" -- "$fast" ;;
        1) set -- -S asan -- "$asan" ;;
        *) set -- -S "fast$worker" -- "$fast" ;;
        esac
        afl-fuzz -i "$out/seeds" -o "$out/out" -V "$seconds" -t 1000 -x "$root/fuzz/vmclock.dict" "$@" \
            >"$out/log.$worker" 2>&1 || true &
        worker=$((worker + 1))
    done
    wait
    # What the fast build found, once more with the sanitizers.
    bad=0
    find "$out"/out/*/queue -type f -name 'id:*' 2>/dev/null | xargs -r "$asan" >"$out/log.asan" 2>&1 || bad=1
    bad=$((bad + $(find "$out"/out/*/crashes "$out"/out/*/hangs -type f -name 'id:*' 2>/dev/null | wc -l)))
    sum='$1 == key {n += $3} END {print n + 0}'
    most='$1 == key && $3 > n {n = $3} END {print n + 0}'
    stats=$(cat "$out"/out/*/fuzzer_stats 2>/dev/null || true)
    report afl "$target" "$seconds" "$(echo "$stats" | awk -v key=execs_done "$sum")" \
        "$(echo "$stats" | awk -v key=edges_found "$most")" "${covered:-0}" \
        "$(echo "$stats" | awk -v key=corpus_found "$most")" "$bad" 250 \
        "$(find "$out"/out/*/crashes "$out"/out/*/hangs -type f -name 'id:*' -exec printf "reproduce: %s '{}'\\n" "$asan" \; \
            2>/dev/null | head -5)" \
        "$(grep -aE -A8 'ERROR: |broken property|runtime error' "$out/log.asan" | head -20)" \
        "$(grep -hE 'ABORT|Location' "$out"/log.[0-9]* | head -4)"
}

campaign() {
    case $1 in
    libfuzzer) libfuzzer fuzz libfuzzer "$2" "$3" "$4" ;;
    msan) libfuzzer fuzz-msan msan "$2" "$3" "$4" ;;
    afl) afl "$2" "$3" "$4" ;;
    esac
}

# Two at a time: libFuzzer's campaigns on one core, AFL++'s on the other; then shorter ones with MemorySanitizer.
all() {
    seconds=$1 failed=0
    build fuzz fuzz-msan fuzz-afl fuzz-afl-cmplog fuzz-afl-asan
    targets=$(cat build/fuzz/fuzz/targets.txt)
    for engine in libfuzzer afl; do
        (
            for target in $targets; do (campaign $engine "$target" "$seconds" 1) || echo "$target" >>"$runs/failed"; done
        ) &
    done
    wait
    for target in $targets; do (campaign msan "$target" "$(((seconds + 5) / 6))" 1) || echo "$target" >>"$runs/failed"; done
    [ ! -s "$runs/failed" ] || die "failed: $(tr '\n' ' ' <"$runs/failed")"
}

engine=libfuzzer target='' seconds=''
ci=
for argument in "$@"; do
    case $argument in
    --ci) ci=yes ;;
    --engine=*) engine=${argument#--engine=} ;;
    [0-9]*) seconds=$argument ;;
    -*) die "no such option: $argument" ;;
    *) target=$argument ;;
    esac
done
mkdir -p "$runs"
rm -f "$runs/failed"
if [ -n "$ci" ]; then
    all "${seconds:-15}"
    bash fuzz/oss-fuzz/test.sh
    exit 0
fi
[ -f "fuzz/$target.c" ] && [ -n "$target" ] || die "targets: $(echo fuzz/fuzz_*.c | sed 's,fuzz/\(fuzz_[a-z]*\)\.c,\1,g')"
build_engine "$engine"
KEEP=yes
campaign "$engine" "$target" "${seconds:-60}" "$(nproc)"
