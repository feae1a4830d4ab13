# SPDX-License-Identifier: BSD-2-Clause
# The lines of `vmclock watch`: which events, in which order, with which values, as JSON and as text.
. "$(dirname "$0")/lib.sh"

# Nothing here waits for a fixed time: a watcher is started, each change made when the line before it has appeared.
watch() { # ARGS...: in the background; its output goes to the files w.out and w.err
    : >w.out
    "$VMCLOCK" watch --timeout=30 "$@" >w.out 2>w.err &
    watcher=$!
    seen=0
    line
}
lines() { grep -v '^  ' w.out; } # without what stands below them in text
line() { # waits for the next line, and puts it into the file out
    seen=$((seen + 1))
    for try in $(seq 400); do
        [ "$(lines | wc -l)" -ge $seen ] && break
        sleep 0.05
    done
    lines | sed -n "${seen}p" >out
}
letters() { sed 's/^{"observed":"[0-9]\{4\}-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9]\{6\}Z",/{/' out; }
ends() { # SENTENCE: the watcher has its --count of lines, and no more came
    ended=0
    wait $watcher || ended=$?
    is "$1: status 0" 0 $ended
    is "$1: no other line" $seen "$(lines | wc -l | tr -d ' ')"
    is "$1: nothing on standard error" "" "$(cat w.err)"
}
publish() { "$VMCLOCK" publish "$@" || echo "publish failed"; }
values='[.events,.seq_count,.disruption_marker,.vm_generation_counter,.flags,.clock_status]'

publish p
watch -fjson --count=14 --interval=10 p
is "the first line, to the letter" \
    '{"path":"p","events":["initial"],"seq_count":2,"disruption_marker":"1","vm_generation_counter":"0","flags":"0","clock_status":0,"clock_status_name":"UNKNOWN"}' \
    "$(letters)"
is "it was observed just now" true \
    "$(jq ".observed | sub(\"\\\\.[0-9]+Z\"; \"Z\") | fromdate | . <= $(date +%s) and . > $(date +%s) - 60" out)"
publish --disrupt p
line
is "a disruption, to the letter" \
    '{"path":"p","events":["disruption"],"seq_count":4,"disruption_marker":"2","vm_generation_counter":"0","flags":"0","clock_status":0,"clock_status_name":"UNKNOWN"}' \
    "$(letters)"
publish --snapshot-restored p
line
json "a restored snapshot" "$values" '[["disruption","generation","flags"],6,"3","1","256",0]'
publish p
publish --set clock_status=SYNCHRONIZED p
line
json "an update that changes nothing is no line; a status" "$values" '[["status"],10,"3","1","256",2]'
json "the status by name" .clock_status_name '"SYNCHRONIZED"'
publish --set flags=0xffffffffffffffff p
line
json "64 bits of flags" "$values" '[["flags"],12,"3","1","18446744073709551615",2]'
publish --set time_sec=1 p
line
json "a calibration" "$values" '[["calibration"],14,"3","1","18446744073709551615",2]'
publish --set pad=1 p
line
json "any other field" "$values" '[["other"],16,"3","1","18446744073709551615",2]'
publish --snapshot-restored --set flags=0 --set clock_status=4 --set time_sec=2 --set pad=0 p
line
json "all at once, in order" "$values" \
    '[["disruption","generation","flags","status","calibration","other"],18,"4","2","256",4]'
begun=$(date +%s%N)
publish --set disruption_marker=0xffffffffffffffff --stall p
line
is "stalled is not said before 100 ms have passed" yes "$([ $(($(date +%s%N) - begun)) -ge 100000000 ] && echo yes)"
json "a stalled update" '[.events,.error.kind,.error.reason,.error.actual,.error.field,.error.errno]' \
    '[["invalid"],"SegmentNotInitialized","update-stalled","19",null,null]'
json "an invalid page has an error and no values" 'keys_unsorted' '["observed","path","events","error"]'
publish --set flags=256 p
line
# Half an update must not become valid: the next one takes the status back.
json "its end: changes against the last valid state" "$values" '[["valid","disruption","status"],20,"18446744073709551615","2","256",0]'
publish --set magic=0 p
line
json "no page any more" '[.events,.error.reason]' '[["invalid"],"bad-magic"]'
put p 0 56 43 4c 4b
line
json "and again, as it was" "$values" '[["valid"],22,"18446744073709551615","2","256",0]'
publish --set size=104 p
line
json "a field that went away is null, and has changed" "$values" '[["generation","other"],24,"18446744073709551615",null,"256",0]'
publish --set disruption_marker=1 p
line
json "the last of the count" "$values" '[["disruption"],26,"1",null,"256",0]'
ends "--count=14"

# Each field that makes a calibration, alone.
publish c
fields="counter_id time_type leap_second_smearing_hint tai_offset_sec leap_indicator counter_period_shift counter_value
    counter_period_frac_sec counter_period_esterror_rate_frac_sec counter_period_maxerror_rate_frac_sec time_sec
    time_frac_sec time_esterror_nanosec time_maxerror_nanosec"
watch -fjson --count=15 --interval=10 c
for field in $fields; do
    publish --set $field=1 c
    line
    json "$field is calibration" .events '["calibration"]'
done
ends "each field once"

# A file that shrinks.
page f
watch -fjson --count=5 --interval=10 f
truncate -s 50 f
line
json "truncated below its size" '[.events,.error.reason,.error.expected]' '[["invalid"],"size-exceeds-region","50"]'
truncate -s 4096 f
line
json "and restored" "$values" '[["valid"],2,"1","0","0",0]'
: >f
line
json "emptied" '[.events,.error.reason]' '[["invalid"],"empty"]'
page f2
cat f2 >f
line
json "and filled" "$values" '[["valid"],2,"1","0","0",0]'
ends "a file that shrinks"

# A file that another one takes the place of: from then on that one is watched.
page r
watch -fjson --count=7 --interval=10 r
page r2 && mv r2 r
line
json "another file, of the same contents" "$values" '[["replaced"],2,"1","0","0",0]'
page r2 && publish --disrupt r2 && mv r2 r
line
json "another file, of other contents" "$values" '[["replaced","disruption"],4,"2","0","0",0]'
ln r old
echo nothing >r2 && mv r2 r
line
json "one that holds no page" '[.events,.error.reason]' '[["invalid","replaced"],"truncated"]'
page r2 && put r2 0 00 && mv r2 r
line
json "another that holds none either" '[.events,.error.reason]' '[["replaced"],"bad-magic"]'
rm r && mkfifo r
publish --disrupt old
page r2 && publish --snapshot-restored r2 && mv r2 r
line
json "what is no file has no place here; a file, at last" "$values" \
    '[["valid","replaced","generation","flags"],4,"2","1","256",0]'
ln -s old r2 && mv r2 r
line
json "a link to the one before" "$values" '[["replaced","disruption","generation","flags"],6,"3","0","0",0]'
ends "a file that is replaced"

# A change that seq_count does not tell of is seen at the next look.
page u
watch -fjson --count=3 --interval=10 u
put u 16 09
line
json "a page that changes while its seq_count stays" "$values" '[["disruption"],2,"9","0","0",0]'
put u 34 09
line
json "a status without a name" "$values+[.clock_status_name]" '[["status"],2,"9","0","0",9,null]'
ends "a page whose seq_count stays"

# A page further on, whose place another file takes.
page o2
{ head -c 4096 /dev/zero && cat o2; } >o
watch -fjson --offset=4K --count=3 --interval=10 o
json "--offset" "$values" '[["initial"],2,"1","0","0",0]'
put o $((4096 + 16)) 03
line
json "--offset, a change" "$values" '[["disruption"],2,"3","0","0",0]'
{ head -c 4096 /dev/zero && cat o2; } >o3 && mv o3 o
line
json "--offset, another file" "$values" '[["replaced","disruption"],2,"1","0","0",0]'
ends "--offset"

# Until an event.
page v
watch -fjson --until=flags --interval=10 v
publish --disrupt v
line
publish --set flags=1 --disrupt v
line
json "--until ends with the first line that has the event" "$values" '[["disruption","flags"],6,"3","0","1",0]'
ends "--until=flags"

# At the start.
: >e
watch -fjson --count=2 --interval=10 e
json "no page at the start" '[.events,.error.reason]' '[["initial","invalid"],"empty"]'
page p
cat p >e
line
json "the first valid page has nothing to be compared with" "$values" '[["valid"],2,"1","0","0",0]'
ends "an empty file"
publish --stall s
watch -fjson --count=1 s
json "stalled at the start" '[.events,.error.reason]' '[["initial","invalid"],"update-stalled"]'
ends "a stalled file"
page n
put n 12 00
put n 16 00
watch -fjson --count=1 n
json "a page that was never updated, seq_count 0" "$values" '[["initial"],0,"0","0","0",0]'
ends "seq_count 0"
page n
put n 4 20 00
watch -fjson --count=1 n
json "the smallest page has no status" "$values+[.clock_status_name]" '[["initial"],2,"1",null,"0",null,null]'
ends "the smallest page"

# Many updates between two looks are one line.
publish m
watch -fjson --count=2 --interval=10 m
kill -STOP $watcher
publish --repeat=100 --interval=0 --disrupt m
kill -CONT $watcher
line
json "a hundred updates are one line" "$values" '[["disruption"],202,"101","0","0",0]'
ends "many updates"

# Text.
publish t
watch --count=11 --interval=10 t
text() { # SENTENCE WANTED: the line without its time
    is "$1" "$2" "$(sed 's/^[0-9]\{4\}-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9]\{3\} [-+][0-9]\{4\}  //' out)"
}
text "the first line" "watching t; seq_count 2; disruption_marker 1; vm_generation_counter 0; clock_status UNKNOWN; flags none"
publish --disrupt t
line
text "a disruption" "DISRUPTED: seq_count 4; disruption_marker 1 -> 2"
publish --snapshot-restored t
line
text "a restored snapshot" \
    "DISRUPTED: seq_count 6; disruption_marker 2 -> 3; vm_generation_counter 0 -> 1; flags +VM_GEN_COUNTER_PRESENT"
publish --set disruption_marker=3 --set vm_generation_counter=7 t
line
text "a generation that the page announced before: restored, whatever the marker" \
    "RESTORED: seq_count 8; vm_generation_counter 1 -> 7"
publish --set vm_generation_counter=1 t
line
publish --set 'flags=TAI_OFFSET_VALID|DISRUPTION_SOON|0x800' --set clock_status=FREERUNNING t
line
text "flags that come and go, a status" \
    "seq_count 12; flags +TAI_OFFSET_VALID +DISRUPTION_SOON +0x800 -VM_GEN_COUNTER_PRESENT; clock_status UNKNOWN -> FREERUNNING"
publish --set clock_status=9 --set counter_id=1 --set tai_offset_sec=-37 --set time_sec=1 --set time_frac_sec=1 \
    --set counter_value=1 --set counter_period_frac_sec=1 --set counter_period_esterror_rate_frac_sec=1 \
    --set time_maxerror_nanosec=1 t
line
text "a status without a name, a calibration" "seq_count 14; clock_status FREERUNNING -> 9; counter_id INVALID -> X86_TSC; \
tai_offset_sec 0 -> -37; calibration: counter, period, period errors, time, time errors"
publish --stall t
line
text "a stalled update" "invalid: an update was begun and not ended: seq_count is 15"
publish --disrupt t
line
text "its end" "DISRUPTED: valid again; seq_count 16; disruption_marker 3 -> 4; clock_status 9 -> UNKNOWN"
publish --set pad=3 --set size=104 t
line
text "other fields, an absent one" "seq_count 18; vm_generation_counter 1 -> absent; size 4096 -> 104; pad 0 -> 3"
publish --set flags=0x1803 t
line
text "a flag without a name" "seq_count 20; flags +0x1000"
ends "text"
watch --count=1 t
text "the first line with flags" "watching t; seq_count 20; disruption_marker 4; vm_generation_counter absent; \
clock_status UNKNOWN; flags TAI_OFFSET_VALID DISRUPTION_SOON 0x1800"
ends "text, again"
: >t
watch --count=1 t
text "the first line of no page" "watching t; invalid: the region has no bytes"
ends "text of no page"

# ---- What a writer should not do ----

publish tr --set flags=NOTIFICATION_PRESENT
watch -fjson --count=4 --interval=10 tr
json "nothing to compare with" 'has("transitions")' false
publish tr --disrupt
line
json "nothing that a writer should not do: no key" 'has("transitions")' false
publish tr --set flags=0 --set disruption_marker=1
line
json "the ids, in their order, last in the line" '[.transitions,(keys_unsorted|last)]' \
    '[["marker-backwards","capability-withdrawn"],"transitions"]'
publish tr --disrupt
line
json "told once" 'has("transitions")' false
ends "transitions"
publish tr --set flags=NOTIFICATION_PRESENT
watch --count=2 --interval=10 tr
publish tr --set flags=0
line
ends "transitions in text"
prints "in words below the line" w.out "  notice   capability-withdrawn"
