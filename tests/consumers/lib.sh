# SPDX-License-Identifier: BSD-2-Clause
# Shared by the tests of the library's users: a folder to work in, and what they do more than once.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
project=$SOURCE/tests/consumers/project

# quietly COMMAND...: its output is only shown when it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || {
        cat "$work/log"
        return 1
    }
}

# configure SOURCE BUILD OPTION...
configure() {
    configure_source=$1 configure_build=$2
    shift 2
    quietly "$CMAKE" -S "$configure_source" -B "$configure_build" -DCMAKE_C_COMPILER="$CC" "$@"
}

fails() {
    echo "FAILED: $*"
    exit 1
}

# own_headers FOLDER: a user's headers that are named as private ones of ours are, or were; own.c includes them all.
own_headers() {
    mkdir -p "$1"
    echo '#include <vmclock_posix.h>' >"$1/own.c"
    for header in check.h errors.h fields.h findings.h internal.h transitions.h \
        $(cd "$SOURCE" && find src fuzz tests -name '*.h' ! -path 'src/include/*' -exec basename {} \;); do
        macro=OWN_$(echo "$header" | tr -c 'A-Za-z0-9\n' _)
        echo "#define $macro" >"$1/$header"
        printf '#include <%s>\n#ifndef %s\n#error "%s of another"\n#endif\n' "$header" "$macro" "$header" >>"$1/own.c"
    done
}
