# SPDX-License-Identifier: BSD-2-Clause
# A Python program, by cffi: takes a snapshot, reads fields, shows an error.
# usage: main.py DECLARATIONS LIBRARY, the headers as the preprocessor leaves them, and the shared library
import sys

import cffi

ffi = cffi.FFI()
ffi.cdef(open(sys.argv[1]).read())
lib = ffi.dlopen(sys.argv[2])

live = ffi.new("uint64_t[4]")
ffi.memmove(live, b"VCLK\x20\0\0\0\x01\0\xff\0\x02\0\0\0\x07", 17)
snapshot = ffi.new("struct vmclock_snapshot *")
err = ffi.new("struct vmclock_error *")
assert lib.vmclock_snapshot_take(live, 32, 1, snapshot, err) == lib.VMCLOCK_OK
view = ffi.new("struct vmclock_view *", lib.vmclock_snapshot_view(snapshot))
marker = ffi.new("uint64_t *")
assert lib.vmclock_get_disruption_marker(view, marker)
print("marker", marker[0])

# The inline functions and the constants are there, too.
assert lib.vmclock_unchanged(live, 32, snapshot)
page = ffi.new("struct vmclock_page *")
lib.vmclock_decode(view, page)
assert lib.vmclock_page_has(page, lib.VMCLOCK_FIELD_FLAGS)
assert lib.VMCLOCK_STRUCT_SIZE == 112 and lib.VMCLOCK_FLAGS_KNOWN == 0x3FF
assert lib.VMCLOCK_TIMEOUT_NS == 100000000 and lib.VMCLOCK_ALLOW_TRUNCATED == 1

assert lib.vmclock_parse(live, 8, 0, ffi.NULL, err) != lib.VMCLOCK_OK
assert err.reason == lib.VMCLOCK_REASON_TRUNCATED
text = ffi.new("char[]", 256)
lib.vmclock_error_format(err, text, 256)
print(ffi.string(text).decode())
