#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Proof that fuzz targets and unit suites are alive: plants each *.patch into a copy of the tree and has what it names
# catch it: a target from the checked-in seeds or within 60 s of libFuzzer, a suite at once. run.sh [--table] [NAME...]
# With --table every target and the unit tests are tried too, and the table is printed that fuzz/README.md has.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
work=$root/build/planted
limit=60
targets="fuzz_header fuzz_parse fuzz_structured fuzz_snapshot fuzz_publish fuzz_time fuzz_diff fuzz_scan fuzz_image fuzz_command"

# copy_tree NAME: with the bug of that name in it; none for "nothing" and "unit_suites".
copy_tree() {
    rm -rf "${work:?}/$1"
    mkdir -p "$work/$1"
    (cd "$root" && cp -R CMakeLists.txt CMakePresets.json LICENSE src fuzz tests "$work/$1/")
    [ "$1" = nothing ] || [ "$1" = unit_suites ] || patch -f -s -F0 -p1 -d "$work/$1" -i "$here/$1.patch"
}

sources_of() {
    case $1 in
    fuzz_header | fuzz_parse) echo check_page.c check_text.c oracle.c ;;
    fuzz_structured) echo check_page.c check_text.c oracle.c mutator.c ;;
    fuzz_diff) echo oracle.c oracle_diff.c mutator.c ;;
    fuzz_scan | fuzz_snapshot) echo oracle.c ;;
    fuzz_image) echo ../src/posix/images.c ;;
    fuzz_command) echo ../src/cmd/args.c ../src/cmd/escape.c ../src/cmd/set.c ../src/cmd/style.c ;;
    esac
}

clang() {
    clang-19 -std=c11 -g -O1 -w -fsanitize=address,undefined -fno-sanitize-recover=all -I../src -I../src/include "$@"
}

# compile NAME TARGET: the core is compiled once for all targets.
compile() {
    (
        cd "$work/$1/fuzz"
        [ -d ../objects ] || { mkdir ../objects && cd ../objects && clang -fsanitize=fuzzer-no-link -c ../src/*.c; }
        cd ../fuzz
        clang -fsanitize=fuzzer "$2.c" $(sources_of "$2") ../objects/*.o -o "../$2"
    ) >"$work/$1/$2.build" 2>&1 || {
        cat "$work/$1/$2.build" >&2
        echo "planted: $1: $2 does not compile" >&2
        exit 1
    }
}

executions() {
    sed -n 's/^stat::number_of_executed_units: *//p' "$1"
}

# hunt NAME TARGET: prints how it was caught, or "no".
hunt() {
    compile "$1" "$2"
    dir=$work/$1/$2.run
    mkdir -p "$dir/seeds" "$dir/corpus"
    cp "$root"/corpus/fuzz_parse/* "$root"/corpus/fuzz_structured/* "$dir/seeds/"
    cp "$root/corpus/$2"/* "$dir/seeds/" 2>/dev/null || true
    set -- "$1" "$2" "$work/$1/$2" -print_final_stats=1 -artifact_prefix="$dir/" -max_len=4224 \
        -dict="$root/fuzz/vmclock.dict" -seed=1
    name=$1
    shift 2
    if ! "$@" -runs=0 "$dir/seeds" >"$dir/log" 2>&1; then
        echo "seed $(executions "$dir/log")"
    elif [ "$name" != nothing ] && ! "$@" -max_total_time=$limit "$dir/corpus" "$dir/seeds" >"$dir/log" 2>&1; then
        echo "$(executions "$dir/log") runs"
    else
        echo no
    fi
}

# The unit suites that fail.
unit() {
    (cd "$work/$1" && cmake --preset asan-ubsan -DVMCLOCK_DEVELOPER=OFF -DVMCLOCK_BUILD_COMMAND=OFF \
        -DVMCLOCK_BUILD_FUZZERS=OFF &&
        cmake --build --preset asan-ubsan --target vmclock_tests) >"$work/$1/unit.build" 2>&1 || {
        echo "does not compile"
        return 0
    }
    (cd "$work/$1/build/asan-ubsan" && ctest -R '^unit\.' 2>/dev/null) >"$work/$1/unit.log" || true
    found=$(sed -n '/(Not Run)/d; s/^[	 ]*[0-9]* - unit\.\([a-z_]*\) (.*/\1/p' "$work/$1/unit.log" | tr '\n' ' ')
    echo "${found:-no}"
}

told() {
    sed -n "s/^$2: //p" "$here/$1.patch"
}

# short NAME...: one line per bug.
short() {
    for name in "$@"; do
        target=$(told "$name" Target)
        copy_tree "$name"
        start=$(date +%s)
        how=$(hunt "$name" "$target")
        echo "$name: $target: $how ($(($(date +%s) - start)) s with its build)"
        [ "$how" != no ] || echo "$name" >>"$work/missed"
        rm -rf "${work:?}/$name"
    done
}

table() {
    for name in "$@"; do
        copy_tree "$name"
        ln -s "$root/corpus" "$work/$name/corpus"
        row="| \`$name\` | $(told "$name" Bug | sed 's/\.$//') | $(unit "$name") |"
        caught=no
        for target in $targets; do
            # The target that is named has its 60 s; the others show whether they see it too.
            if [ "$target" = "$(told "$name" Target)" ]; then limit=60; else limit=5; fi
            how=$(hunt "$name" "$target")
            row="$row $how |"
            if [ "$target" = "$(told "$name" Target)" ]; then caught=$how; fi
        done
        echo "$row"
        [ "$caught" != no ] || echo "$name" >>"$work/missed"
        rm -rf "${work:?}/$name"
    done
}

# suites NAME...: bugs that a unit suite has to catch, or with "cmd." in front a test of the command; by turns in one
# copy of the tree: one file is compiled anew.
suites() {
    copy_tree unit_suites
    tree=$work/unit_suites
    ln -s "$root/corpus" "$tree/corpus"
    command=OFF programs=vmclock_tests
    for name in "$@"; do
        case $(told "$name" Suite) in
        cmd.*) command=ON programs='vmclock_tests vmclock_cmd vmclock_staged vmclock_cmd_tests' ;;
        esac
    done
    (cd "$tree" && cmake --preset dev -DVMCLOCK_DEVELOPER=OFF -DVMCLOCK_BUILD_COMMAND=$command -DVMCLOCK_BUILD_FUZZERS=OFF) \
        >"$tree/configure.log" 2>&1 || {
        cat "$tree/configure.log" >&2
        echo "planted: the unit suites cannot be configured" >&2
        return 1
    }
    compile_suites nothing
    for suite in $(for name in "$@"; do told "$name" Suite; done | sort -u); do
        run_suite "$suite" || {
            cat "$tree/suite.log" >&2
            echo "planted: the suite $suite fails without a planted bug" >&2
            return 1
        }
    done
    for name in "$@"; do
        suite=$(told "$name" Suite)
        start=$(date +%s)
        patch -s -F0 -p1 -d "$tree" -i "$here/$name.patch"
        compile_suites "$name"
        how='the suite fails'
        ! run_suite "$suite" || how=no
        echo "$name: $suite: $how ($(($(date +%s) - start)) s with its build)"
        [ "$how" != no ] || echo "$name" >>"$work/missed"
        patch -s -R -F0 -p1 -d "$tree" -i "$here/$name.patch"
    done
    rm -rf "${work:?}/unit_suites"
}

compile_suites() {
    cmake --build "$tree/build/dev" --target $programs >"$tree/suites.build" 2>&1 || {
        cat "$tree/suites.build" >&2
        echo "planted: $1: the unit suites do not compile" >&2
        exit 1
    }
}

run_suite() {
    # A bug may wait for ever; a suite takes some seconds.
    case $1 in
    cmd.*) set -- ctest --test-dir "$tree/build/dev" -R "^$1\$" --no-tests=error --output-on-failure ;;
    *) set -- "$tree/build/dev/tests/vmclock_tests" "$1" ;;
    esac
    timeout 90 "$@" >"$tree/suite.log" 2>&1 </dev/null
}

mode=short
if [ "${1-}" = --table ]; then
    mode=table
    shift
fi
mkdir -p "$work"
rm -f "$work/missed"
[ $# -gt 0 ] || set -- $(cd "$here" && ls ./*.patch | sed 's,^\./,,; s,\.patch$,,')
all=$#
of_targets='' of_suites=''
for name in "$@"; do
    if [ -n "$(told "$name" Suite)" ]; then of_suites="$of_suites $name"; else of_targets="$of_targets $name"; fi
done
[ -z "$of_suites" ] || suites $of_suites
set -- $of_targets
# Without a bug nothing may be caught, else the rest would prove nothing.
copy_tree nothing
[ $# = 0 ] || for target in $targets; do
    [ "$(hunt nothing "$target")" = no ] || {
        echo "planted: $target fails without a planted bug" >&2
        exit 1
    }
done
if [ $mode = table ] && [ $# -gt 0 ]; then
    echo "| bug | what is wrong | unit suites | $(echo $targets | sed 's/ / | /g') |"
    echo "| --- | --- | --- |$(echo $targets | sed 's/[a-z_]* */ --- |/g')"
fi
# Two at a time.
odd='' even='' turn=odd
for name in "$@"; do
    if [ $turn = odd ]; then odd="$odd $name" turn=even; else even="$even $name" turn=odd; fi
done
# Both in the background: behind || a shell would not stop at an error.
($mode $odd) &
odd_pid=$!
($mode $even) &
even_pid=$!
broken=0
wait $odd_pid || broken=1
wait $even_pid || broken=1
if [ $broken != 0 ]; then
    echo "planted: not all bugs could be tried" >&2
    exit 1
fi
if [ -s "$work/missed" ]; then
    echo "planted: missed: $(tr '\n' ' ' <"$work/missed")" >&2
    exit 1
fi
echo "planted: all $all bugs were caught" >&2
