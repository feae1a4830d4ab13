#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the compiler and linker were to put in, as the OpenSSF's guide to hardening C has it, is in the files: the
# command and the shared library of a build. Tells what is missing.
# usage: hardening.sh BUILD
set -eu
build=$1
faults=0
fault() {
    echo "hardening: $*"
    faults=$((faults + 1))
}
export LC_ALL=C
machine=$(uname -m)
for file in "$build/vmclock" "$build/libvmclock.so"; do
    name=$(basename "$file")
    headers=$(readelf -lW "$file")
    dynamic=$(readelf -dW "$file")
    symbols=$(readelf --dyn-syms -W "$file")
    code=$(objdump -d "$file")

    echo "$headers" | grep -q 'Elf file type is DYN' || fault "$name has a fixed address"
    case $name in
    vmclock) echo "$dynamic" | grep -q 'FLAGS_1.* PIE' || fault "$name is no position-independent program" ;;
    esac
    echo "$headers" | grep -q GNU_RELRO || fault "$name has no RELRO"
    echo "$dynamic" | grep -q 'FLAGS.*BIND_NOW\|FLAGS_1.* NOW' || fault "$name is bound lazily, so its RELRO is a partial one"
    echo "$headers" | grep 'GNU_STACK' | grep -q ' RW ' || fault "$name has an executable stack, or does not say"
    echo "$headers" | grep 'LOAD' | grep -q 'RWE' && fault "$name has memory that is writable and executable"
    echo "$dynamic" | grep -q TEXTREL && fault "$name has relocations in its code"
    echo "$dynamic" | grep -q 'RPATH' && fault "$name has an RPATH"
    echo "$symbols" | grep -q __stack_chk_fail || fault "$name has no stack protector"
    echo "$symbols" | grep -q '_chk\(@\|$\)' || fault "$name has no fortified call"
    # Where a call may land; the files as a whole are marked only where the C library's part of them is.
    case $machine in
    x86_64) landing=$(echo "$code" | grep -c 'endbr64' || true) ;;
    aarch64) landing=$(echo "$code" | grep -c 'paciasp\|bti' || true) ;;
    *) landing=20 ;; # nothing to be had
    esac
    [ "$landing" -ge 20 ] || fault "$name has no protection of indirect calls (CET, BTI)"
done
[ $faults = 0 ] || exit 1
echo "hardening: all there"
