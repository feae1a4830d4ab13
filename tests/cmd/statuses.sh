# SPDX-License-Identifier: BSD-2-Clause
# Which exit status wins, whatever the order of the inputs; and that a bad input never stops the ones after it.
. "$(dirname "$0")/lib.sh"

page valid
page notice
put notice 12 00
page warning
put warning 12 03
page broken
put broken 0 00
: >empty
mkdir folder

# Each input has a status of its own, the highest counts; with --strict a warning is 1.
status_of() { # STRICT INPUT...
    strict=$1 most=0
    shift
    for input; do
        case $input in
        valid | notice) one=0 ;;
        warning) one=$([ -n "$strict" ] && echo 1 || echo 0) ;;
        broken | empty) one=1 ;;
        missing | folder) one=3 ;;
        esac
        [ $most -ge $one ] || most=$one
    done
    echo $most
}
inputs="valid notice warning broken empty missing folder"
for strict in '' --strict; do
    for first in $inputs; do
        run inspect -fjson $strict $first
        is "inspect $strict $first" "$(status_of "$strict" $first) 1" "$status $(wc -l <out | tr -d ' ')"
        for second in $inputs; do
            run inspect -fjson $strict $first $second
            is "inspect $strict $first $second" "$(status_of "$strict" $first $second) 2" "$status $(wc -l <out | tr -d ' ')"
        done
    done
done
run inspect -fjson missing broken valid
is "of three, the first" 3 $status
run inspect -fjson valid missing broken
is "of three, the one in the middle" 3 $status
is "and each was looked at" '["valid","missing","broken"]' "$(jq -sc 'map(.path)' out)"
run inspect valid missing broken warning
is "as text, too" 3 $status
is "and each is told" "1 1 1 1" "$(grep -c '^valid: valid' out) $(grep -c '^vmclock: missing' err) $(grep -c '^broken: inv' out) \
$(grep -c '^warning: valid' out)"

# diff: both are read, the worse counts; the options only where both are valid.
for first in valid broken empty missing folder; do
    for second in valid broken empty missing folder; do
        for option in --strict --expect=none --expect=updated; do
            wanted=$(status_of "" $first $second)
            [ "$wanted $option" != "0 --expect=updated" ] || wanted=1
            run diff -fjson $option $first $second
            is "diff $option $first $second" "$wanted 1" "$status $(wc -l <out | tr -d ' ')"
        done
    done
done
cp valid other
put other 12 04
cp other worse
put worse 16 00
put worse 12 06
cp valid wrong
put wrong 34 01
for row in "valid other updated 0 0" "valid wrong updated 1 1" "other worse disrupted 0 0"; do
    set -- $row
    run diff $1 $2
    is "diff $1 $2" 0 $status
    run diff --expect=$3 $1 $2
    is "diff --expect=$3 $1 $2" 0 $status
    run diff --strict $1 $2
    is "diff --strict $1 $2" $4 $status
    run diff --strict --expect=$3 $1 $2
    is "diff --strict --expect=$3 $1 $2" $5 $status
    run diff --strict --expect=restored $1 $2
    is "diff --strict --expect=restored $1 $2" 1 $status
done

# scan: a hit makes it 0, though not all have one; what cannot be read makes it 3.
scanned() { # INPUT...
    most=1
    for input; do
        case $input in
        missing | folder) most=3 ;;
        valid | notice | warning) [ $most = 3 ] || most=0 ;;
        esac
    done
    echo $most
}
for first in valid broken empty missing; do
    run scan $first
    is "scan $first" "$(scanned $first)" $status
    for second in valid broken empty folder; do
        run scan $first $second
        is "scan $first $second" "$(scanned $first $second)" $status
        run scan -fjson --all $first $second
        is "scan --all $first $second" "$(scanned $first $second)" $status
    done
done

# time, watch: one input.
for row in "valid 1" "broken 1" "empty 1" "missing 3" "folder 3"; do
    set -- $row
    for format in text json; do
        run time -f$format --counter=1 $1
        is "time -f$format $1" $2 $status
    done
done
clock_page clock
run time --counter=1 clock
is "time of a clock" 0 $status
for row in "valid 0" "broken 0" "empty 0" "missing 3" "folder 3"; do
    set -- $row
    for format in text json; do
        run watch -f$format --count=1 $1
        is "watch -f$format $1" $2 $status
    done
done
for row in "valid 0" "warning 0" "broken 1" "empty 1" "missing/x 3" "folder 3"; do
    set -- $row
    run publish $1
    is "publish $1" $2 $status
done
