#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Other languages take the headers as they are: a small program each, which takes a snapshot, reads fields and shows an
# error. Skipped (77) where its tools are missing.
# usage: bindings.sh rust|go|python
. "$(dirname "$0")/lib.sh"
here=$SOURCE/tests/consumers/bindings
echo '#include <vmclock_posix.h>' >"$work/all.h"

needs() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null || {
            echo "SKIPPED: $tool is not installed"
            exit 77
        }
    done
}

binding_rust() {
    needs bindgen rustc
    quietly bindgen "$work/all.h" --allowlist-function 'vmclock_.*' --allowlist-type 'vmclock_.*' \
        --allowlist-var 'VMCLOCK_.*' -o "$work/bindings.rs" -- -std=c11 -I"$SOURCE/src/include"
    BINDINGS=$work/bindings.rs quietly rustc --edition 2021 -C linker="$CC" -o "$work/program" "$here/main.rs" \
        -L "$BUILD" -l static=vmclock
    "$work/program"

    # And a safe crate, with tests of its own: build.rs is for cargo.
    BINDINGS=$work/bindings.rs quietly rustc --edition 2021 -D warnings -C linker="$CC" --test -o "$work/crate" \
        "$SOURCE/tests/consumers/rust/src/lib.rs" -L "$BUILD" -l static=vmclock
    quietly "$work/crate"
    [ "$(grep -c '^test tests::.* ok$' "$work/log")" = 6 ] && grep 'test result: ok' "$work/log"
}

binding_go() {
    needs go
    cp "$here/main.go" "$work/"
    # Nothing from the network, nothing left behind; no standard library but the runtime is compiled.
    (cd "$work" && HOME=$work GO111MODULE=off GOFLAGS=-buildvcs=false GOTOOLCHAIN=local GOPROXY=off GOCACHE=$work/cache \
        CGO_ENABLED=1 CGO_CFLAGS="-I$SOURCE/src/include" CGO_LDFLAGS="$BUILD/libvmclock.a" \
        quietly go build -o program main.go)
    "$work/program"
}

binding_python() {
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import cffi' 2>/dev/null && break
        python=
    done
    [ -n "$python" ] || {
        echo "SKIPPED: Python has no cffi"
        exit 77
    }
    # cffi knows the standard types and has no preprocessor: it is given the headers without comments, system headers
    # and, as for a compiler without gcc's extensions, attributes and inline functions; and the macros that are numbers.
    mkdir "$work/empty"
    for header in stdbool stddef stdint time; do : >"$work/empty/$header.h"; done
    preprocess() { "$CC" -E "$@" -U__GNUC__ -nostdinc -I"$work/empty" -I"$SOURCE/src/include" "$work/all.h"; }
    preprocess -P >"$work/declarations"
    preprocess -dM | grep -iE '^#define VMCLOCK_[A-Z_]+ (0x)?[0-9a-f]+[ul]*$' >>"$work/declarations"
    quietly "$python" "$here/main.py" "$work/declarations" "$BUILD/libvmclock.so"
    cat "$work/log"
}

("binding_$1") >"$work/out" 2>&1 || {
    status=$?
    cat "$work/out"
    exit $status
}
cat "$work/out"
grep -qx 'marker 7' "$work/out" || fails "no marker"
grep -q '^SegmentMalformed: .* 8' "$work/out" || fails "no error"
