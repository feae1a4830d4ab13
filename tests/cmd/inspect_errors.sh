# SPDX-License-Identifier: BSD-2-Clause
# What `vmclock inspect` refuses, in the documented order, and how it says so.
. "$(dirname "$0")/lib.sh"

# refuses SENTENCE WANTED [OPTION]: about the file bad.bin
refuses() {
    run inspect -fjson ${3:+"$3"} bad.bin
    is "$1: status 1" 1 $status
    json "$1" '[.ok]+(.error|[.kind,.reason,.field,.offset,.expected,.actual])' "[false,$2]"
}
header='["magic","size","version","counter_id","counter_id_name","time_type","time_type_name","seq_count"]'

: >bad.bin
refuses "no bytes" '"SegmentNotInitialized","empty",null,null,"16","0"'
json "without 16 bytes there are no fields" .fields '{}'
page bad.bin
truncate -s 15 bad.bin
refuses "15 bytes" '"SegmentMalformed","truncated",null,null,"16","15"'
json "with 15 bytes there are no fields" .fields '{}'
truncate -s 16 bad.bin
refuses "16 bytes of a page of 4096" '"SegmentMalformed","size-exceeds-region","size",4,"16","4096"'
json "with 16 bytes there is the header" '.fields|keys_unsorted' "$header"
refuses "16 bytes, even truncated" '"SegmentMalformed","truncated",null,null,"32","16"' --allow-truncated
page bad.bin
put bad.bin 0 4b 4c 43 56
refuses "the magic byte-swapped" '"SegmentMalformed","magic-byte-swapped","magic",0,"0x4b4c4356","0x56434c4b"'
put bad.bin 0 00 00 00 00
refuses "another magic" '"SegmentMalformed","bad-magic","magic",0,"0x4b4c4356","0x00000000"'
json "the header is shown as it was found" .fields \
    '{"magic":0,"size":4096,"version":1,"counter_id":255,"counter_id_name":"INVALID","time_type":0,"time_type_name":"UTC","seq_count":2}'
json "an invalid page has no findings" .findings '[]'
json "the keys of a result, in order" keys_unsorted '["path","bytes","ok","error","fields","findings"]'
json "the keys of an error, in order" '.error|keys_unsorted' \
    '["kind","reason","field","offset","expected","actual","message"]'
json "the message tells all" .error.message \
    '"SegmentMalformed: this is not a VMClock page; magic (offset 0x00) is 0x00000000, expected 0x4b4c4356"'
truncate -s 16 bad.bin
run inspect -fjson bad.bin
json "16 bytes suffice for that" '.fields|keys_unsorted' "$header"
page bad.bin
put bad.bin 8 00
refuses "version 0" '"SegmentNotInitialized","version-zero","version",8,"1","0"'
page bad.bin
put bad.bin 4 0f 00
refuses "size 15" '"SegmentMalformed","size-too-small","size",4,"16","15"'
put bad.bin 4 10
refuses "size 16" '"SegmentMalformed","size-too-small","size",4,"32","16"'
put bad.bin 4 1f
refuses "size 31" '"SegmentMalformed","size-too-small","size",4,"32","31"'
put bad.bin 4 20
run inspect bad.bin
is "size 32 is valid" 0 $status
page bad.bin
put bad.bin 8 02
refuses "version 2" '"SegmentVersionNotSupported","version-unsupported","version",8,"1","2"'
page bad.bin
put bad.bin 4 01
refuses "size 4097 of 4096" '"SegmentMalformed","size-exceeds-region","size",4,"4096","4097"'
put bad.bin 4 ff ff ff ff
refuses "size 2^32 - 1" '"SegmentMalformed","size-exceeds-region","size",4,"4096","4294967295"'
truncate -s 31 bad.bin
refuses "31 bytes, even truncated" '"SegmentMalformed","truncated",null,null,"32","31"' --allow-truncated
truncate -s 32 bad.bin
run inspect --allow-truncated bad.bin
is "32 bytes are enough for --allow-truncated" 0 $status

# Wrong twice: the first in the documented order.
page bad.bin
put bad.bin 8 00
put bad.bin 4 00 00
refuses "version 0 before size 0" '"SegmentNotInitialized","version-zero","version",8,"1","0"'
put bad.bin 0 00
refuses "magic before both" '"SegmentMalformed","bad-magic","magic",0,"0x4b4c4356","0x4b4c4300"'
page bad.bin
put bad.bin 8 02
put bad.bin 4 0f 00
refuses "size 15 before version 2" '"SegmentMalformed","size-too-small","size",4,"16","15"'
put bad.bin 4 10
refuses "version 2 before size 16" '"SegmentVersionNotSupported","version-unsupported","version",8,"1","2"'

# What cannot be opened or read.
run inspect -fjson missing.bin
is "a missing file: status 3" 3 $status
json "a missing file" '[.bytes,.ok,.fields,.findings]+(.error|[.kind,.reason,.field,.offset,.expected,.actual])' \
    '[0,false,{},[],"SyscallError","open-failed",null,null,null,null]'
json "the keys of a system error, in order" '.error|keys_unsorted' \
    '["kind","reason","field","offset","expected","actual","message","errno","errno_name","origin"]'
json "with its errno" '.error|[.errno,.errno_name,.origin]' '[2,"ENOENT","open"]'
run inspect -fjson .
is "a directory: status 3" 3 $status
json "a directory" '.error|[.reason,.errno,.errno_name,.origin]' '["read-failed",21,"EISDIR","pread"]'
