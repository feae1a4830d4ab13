# SPDX-License-Identifier: BSD-2-Clause
# Every finding of `vmclock inspect`, by the page that has it and no other; --strict.
. "$(dirname "$0")/lib.sh"

# finds ID SEVERITY FIELD OFFSET [STATUS with --strict]: in the file page.bin, alone
finds() {
    run inspect -fjson page.bin
    is "$1 leaves the page valid" 0 $status
    json "$1" '[.findings[]|[.id,.severity,.field,.offset]]' "[[\"$1\",\"$2\",$3,$4]]"
    json "$1 has a message" '[.findings[]|.message|length > 10]' '[true]'
    run inspect --strict page.bin
    is "--strict and $1" "$([ "$2" = warning ] && echo 1 || echo 0)" $status
}

clock_page page.bin && put page.bin 4 70 00
finds size-not-page notice '"size"' 4
clock_page page.bin && put page.bin 10 07
finds unknown-counter-id warning '"counter_id"' 10
clock_page page.bin && put page.bin 11 05
finds unknown-time-type warning '"time_type"' 11
clock_page page.bin && put page.bin 11 03
finds smeared-time-type warning '"time_type"' 11
clock_page page.bin && put page.bin 11 04
finds smeared-time-type warning '"time_type"' 11
clock_page page.bin && put page.bin 11 00
finds utc-time-type notice '"time_type"' 11
clock_page page.bin && put page.bin 12 00
finds seq-count-zero notice '"seq_count"' 12
clock_page page.bin && put page.bin 12 03
finds update-in-progress warning '"seq_count"' 12
clock_page page.bin && put page.bin 24 7b
finds disruption-announced notice '"flags"' 24
clock_page page.bin && put page.bin 24 7d
finds disruption-announced notice '"flags"' 24
clock_page page.bin && put page.bin 25 04
finds unknown-flags notice '"flags"' 24
clock_page page.bin && put page.bin 24 f9
finds ambiguous-flag-bits notice '"flags"' 24
clock_page page.bin && put page.bin 32 01
finds padding-not-zero notice '"pad"' 32
clock_page page.bin && put page.bin 34 05
finds unknown-clock-status warning '"clock_status"' 34
clock_page page.bin && put page.bin 10 ff
finds status-without-counter notice '"clock_status"' 34
clock_page page.bin && put page.bin 35 03
finds unknown-smearing-hint notice '"leap_second_smearing_hint"' 35
clock_page page.bin && put page.bin 24 78
finds tai-offset-missing notice '"tai_offset_sec"' 36
clock_page page.bin && put page.bin 36 25 00
finds tai-offset-sign warning '"tai_offset_sec"' 36
clock_page page.bin && put page.bin 36 f7 ff
finds tai-offset-suspicious warning '"tai_offset_sec"' 36
clock_page page.bin && put page.bin 38 06
finds unknown-leap-indicator warning '"leap_indicator"' 38
clock_page page.bin && put page.bin 34 00 && put page.bin 39 80
finds period-shift-undefined warning '"counter_period_shift"' 39
clock_page page.bin && put page.bin 48 00 00 00 00 00 00 00 00
finds period-zero warning '"counter_period_frac_sec"' 48
clock_page page.bin && put page.bin 39 00
finds period-implausible notice '"counter_period_frac_sec"' 48
clock_page page.bin && put page.bin 63 7f
finds esterror-exceeds-maxerror warning '"counter_period_maxerror_rate_frac_sec"' 64
clock_page page.bin && put page.bin 95 01
finds esterror-exceeds-maxerror warning '"time_maxerror_nanosec"' 96
clock_page page.bin && put page.bin 4095 01
finds data-past-structure notice null 4095

# One finding per field that the flags promise, beside the one about size.
clock_page page.bin && put page.bin 4 30 00 && put page.bin 24 79 01
run inspect -fjson page.bin
json "flagged-field-absent comes once per field, lowest bit first" \
    '[.findings[]|select(.id=="flagged-field-absent")|[.severity,.field,.offset,(.message|capture("\\((?<f>\\w+)\\)").f)]]' \
    '[["warning","flags",24,"counter_period_esterror_rate_frac_sec"],["warning","flags",24,"counter_period_maxerror_rate_frac_sec"],["warning","flags",24,"time_esterror_nanosec"],["warning","flags",24,"time_maxerror_nanosec"],["warning","flags",24,"vm_generation_counter"]]'
json "findings come in their order" '[.findings[].id]|unique' '["flagged-field-absent","size-not-page"]'
json "the keys of a finding, in order" '.findings[0]|keys_unsorted' '["id","severity","field","offset","message"]'
clock_page page.bin && truncate -s 48 page.bin
run inspect -fjson --allow-truncated page.bin
json "a field that only the cut took is no finding" .findings '[]'

# --strict is about the page, not about whether there is one.
page page.bin
run inspect --strict page.bin
is "--strict and no finding" 0 $status
run inspect --strict page.bin missing.bin
is "--strict and an unreadable file" 3 $status
