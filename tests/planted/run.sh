#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Proof that fuzz targets and unit suites are alive: plants each *.patch into a copy of the tree and has what it names
# catch it: a target from the checked-in seeds or within 60 s of libFuzzer, a suite at once. run.sh [--table] [NAME...]
# With --table a unit suite that notices the bug is looked for too, and the table is printed that fuzz/README.md has.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
work=$root/build/planted
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

# With ccache, if there is one: a bug is in one file, and the others are the same in each copy.
ccache=$(command -v ccache || true)

clang() {
    $ccache clang-19 -std=c11 -g -O1 -w -fsanitize=address,undefined -fno-sanitize-recover=all -I../src \
        -I../src/include "$@"
}

# compile_into FOLDER FLAGS FILE...: a file at a time, as ccache wants it.
compile_into() {
    folder=$1 flags=$2
    shift 2
    mkdir -p "$folder"
    for source in "$@"; do
        clang "$flags" -c "$source" -o "$folder/$(basename "$source" .c).o" || return 1
    done
}

# compile NAME TARGET: the core is compiled once for all targets.
compile() {
    (
        cd "$work/$1/fuzz" &&
            { [ -d ../core.objects ] || compile_into ../core.objects -fsanitize=fuzzer-no-link ../src/*.c; } &&
            compile_into "../$2.objects" -fsanitize=fuzzer-no-link "$2.c" $(sources_of "$2") &&
            clang -fsanitize=fuzzer "../$2.objects"/*.o ../core.objects/*.o -o "../$2"
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
    elif [ "$name" != nothing ] && ! "$@" -max_total_time=60 "$dir/corpus" "$dir/seeds" >"$dir/log" 2>&1; then
        echo "$(executions "$dir/log") runs"
    else
        echo no
    fi
}

told() {
    sed -n "s/^$2: //p" "$here/$1.patch"
}

# targets NAME...: bugs that a fuzz target has to catch.
targets() {
    for name in "$@"; do
        target=$(told "$name" Target)
        copy_tree "$name"
        start=$(date +%s)
        how=$(hunt "$name" "$target")
        [ "$how" != no ] || echo "$name" >>"$work/missed"
        tell "$name" "$target: $how" "($(($(date +%s) - start)) s with its build)"
        rm -rf "${work:?}/$name"
    done
}

# tell NAME HOW SECONDS: a line, or for the table a row.
tell() {
    if [ "$mode" = short ]; then
        echo "$1: $2 $3"
        return
    fi
    echo "| \`$1\` | $(told "$1" Bug | sed 's/\.$//') | $2 | $(cat "$work/noticed/$1") |" >>"$work/rows"
}

# suites NAME...: unit suites, or with "cmd." in front tests of the command; by turns in one copy of the tree: one
# file is compiled anew for each bug.
suites() {
    copy_tree unit_suites
    tree=$work/unit_suites
    ln -s "$root/corpus" "$tree/corpus"
    # What a target is to catch may show to a sanitizer alone.
    preset=dev command=OFF programs=vmclock_tests
    [ $mode = short ] || preset=asan-ubsan
    for name in "$@"; do
        ! of_the_command "$name" || command=ON programs='vmclock_tests vmclock_cmd vmclock_staged vmclock_cmd_tests'
    done
    (cd "$tree" && cmake --preset $preset -DVMCLOCK_DEVELOPER=OFF -DVMCLOCK_BUILD_COMMAND=$command \
        -DVMCLOCK_BUILD_FUZZERS=OFF) >"$tree/configure.log" 2>&1 || {
        cat "$tree/configure.log" >&2
        echo "planted: the unit suites cannot be configured" >&2
        return 1
    }
    compile_suites nothing
    for suite in $(for name in "$@"; do suites_for "$name"; done | sort -u); do
        run_suite "$suite" || {
            cat "$tree/suite.log" >&2
            echo "planted: the suite $suite fails without a planted bug" >&2
            return 1
        }
    done
    for name in "$@"; do
        start=$(date +%s)
        patch -s -F0 -p1 -d "$tree" -i "$here/$name.patch"
        noticed=no
        # tests/live spoils lines on purpose: where a bug has one of them, its build fails.
        (compile_suites "$name") || noticed='does not build'
        [ "$noticed" = no ] || [ -z "$(told "$name" Suite)" ] || exit 1
        [ "$noticed" != no ] || for suite in $(suites_for "$name"); do
            run_suite "$suite" || {
                noticed=$suite
                break
            }
        done
        echo "$noticed" >"$work/noticed/$name"
        if [ -n "$(told "$name" Suite)" ]; then
            [ "$noticed" != no ] || echo "$name" >>"$work/missed"
            tell "$name" "suite: $noticed" "($(($(date +%s) - start)) s with its build)"
        fi
        patch -s -R -F0 -p1 -d "$tree" -i "$here/$name.patch"
    done
    rm -rf "${work:?}/unit_suites"
}

of_the_command() {
    grep -q '^+++ b/src/cmd/' "$here/$1.patch" || case $(told "$1" Suite) in cmd.*) true ;; *) false ;; esac
}

# The suite that a patch names; else all, the one of the broken file's name first, which is the likeliest. The command's
# parts have suites of their own.
suites_for() {
    named=$(told "$1" Suite)
    if [ -n "$named" ]; then
        echo "$named"
        return
    fi
    likeliest=$(sed -n 's,^+++ b/src/\(.*/\)*\([a-z_]*\)\.[ch].*,\2,p' "$here/$1.patch" | sed 1q)
    folder=$tree/build/$preset/tests
    if of_the_command "$1"; then
        all=$("$folder/cmd/vmclock_cmd_tests" | sed 's/^/cmd.unit_/') likeliest=cmd.unit_$likeliest
    else
        all=$("$folder/vmclock_tests")
    fi
    echo "$all" | sed -n "/^$likeliest\$/p"
    echo "$all" | sed "/^$likeliest\$/d"
}

compile_suites() {
    cmake --build "$tree/build/$preset" --target $programs >"$tree/suites.build" 2>&1 || {
        cat "$tree/suites.build" >&2
        echo "planted: $1: the unit suites do not compile" >&2
        exit 1
    }
}

run_suite() {
    # A bug may wait for ever; a suite takes some seconds.
    case $1 in
    cmd.*) set -- ctest --test-dir "$tree/build/$preset" -R "^$1\$" --no-tests=error --output-on-failure ;;
    *) set -- "$tree/build/$preset/tests/vmclock_tests" "$1" ;;
    esac
    timeout 90 "$@" >"$tree/suite.log" 2>&1 </dev/null
}

mode=short
if [ "${1-}" = --table ]; then
    mode=table
    shift
fi
rm -rf "$work/noticed"
mkdir -p "$work/noticed"
rm -f "$work/missed" "$work/rows"
[ $# -gt 0 ] || set -- $(cd "$here" && ls ./*.patch | sed 's,^\./,,; s,\.patch$,,')
all=$#
of_targets='' of_suites=''
for name in "$@"; do
    if [ -n "$(told "$name" Suite)" ]; then of_suites="$of_suites $name"; else of_targets="$of_targets $name"; fi
done
[ $mode = short ] || of_suites="$*"
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
# Two at a time.
odd='' even='' turn=odd
for name in "$@"; do
    if [ $turn = odd ]; then odd="$odd $name" turn=even; else even="$even $name" turn=odd; fi
done
# Both in the background: behind || a shell would not stop at an error.
(targets $odd) &
odd_pid=$!
(targets $even) &
even_pid=$!
broken=0
wait $odd_pid || broken=1
wait $even_pid || broken=1
if [ $broken != 0 ]; then
    echo "planted: not all bugs could be tried" >&2
    exit 1
fi
if [ $mode = table ]; then
    printf '| bug | what is wrong | caught by | suite that notices it |\n| --- | --- | --- | --- |\n'
    sort "$work/rows"
fi
if [ -s "$work/missed" ]; then
    echo "planted: missed: $(tr '\n' ' ' <"$work/missed")" >&2
    exit 1
fi
echo "planted: all $all bugs were caught" >&2
