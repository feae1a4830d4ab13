// SPDX-License-Identifier: BSD-2-Clause

// A Go program, by cgo: takes a snapshot, reads fields, shows an error.
package main

// #include <stdlib.h>
// #include <vmclock_posix.h>
import "C"
import "unsafe"

func check(what string, holds bool) {
	if !holds {
		panic(what)
	}
}

func main() {
	live := C.calloc(1, 32)
	defer C.free(live)
	copy((*[32]byte)(live)[:], []byte{'V', 'C', 'L', 'K', 32, 0, 0, 0, 1, 0, 255, 0, 2, 0, 0, 0, 7})

	var snapshot C.struct_vmclock_snapshot
	var err C.struct_vmclock_error
	check("snapshot", C.vmclock_snapshot_take(live, 32, 1, &snapshot, &err) == C.VMCLOCK_OK)

	// A view would hold a pointer into Go's memory, which cgo forbids: the page is decoded straight from the snapshot.
	var page C.struct_vmclock_page
	C.vmclock_snapshot_decode(&snapshot, &page)
	check("has", bool(C.vmclock_page_has(&page, C.VMCLOCK_FIELD_DISRUPTION_MARKER)))
	println("marker", uint64(page.disruption_marker))

	// The inline functions and the constants are there, too.
	check("unchanged", bool(C.vmclock_unchanged(live, 32, &snapshot)))
	check("constants", C.VMCLOCK_STRUCT_SIZE == 112 && C.VMCLOCK_FLAGS_KNOWN == 0x3ff &&
		C.VMCLOCK_TIMEOUT_NS == 100000000 && C.VMCLOCK_ALLOW_TRUNCATED == 1)

	check("too short", C.vmclock_parse(live, 8, 0, nil, &err) != C.VMCLOCK_OK)
	check("reason", err.reason == C.VMCLOCK_REASON_TRUNCATED)
	text := (*C.char)(C.calloc(1, 256))
	defer C.free(unsafe.Pointer(text))
	C.vmclock_error_format(&err, text, 256)
	println(C.GoString(text))
}
