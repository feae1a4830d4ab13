#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is installed can be used through the CMake package and through pkg-config, statically and dynamically, from a
# build with the shared library and from one without.
. "$(dirname "$0")/lib.sh"
own_headers "$work/own"

configure "$SOURCE" "$work/static" -DBUILD_TESTING=OFF -DVMCLOCK_BUILD_COMMAND=OFF \
    -DCMAKE_INSTALL_PREFIX="$work/prefix-static"
quietly "$CMAKE" --build "$work/static" -j2
quietly "$CMAKE" --install "$work/static"
quietly "$CMAKE" --install "$BUILD" --prefix "$work/prefix-shared"

for kind in static shared; do
    prefix=$work/prefix-$kind
    for target in vmclock::vmclock vmclock::static; do
        # ---- The CMake package: a program, and a library that is exported in its turn ----
        configure "$project" "$work/build-$kind" -DCMAKE_PREFIX_PATH="$prefix" -DTARGET=$target -DOWN="$work/own" \
            -DCMAKE_INSTALL_PREFIX="$work/consumer-$kind"
        quietly "$CMAKE" --build "$work/build-$kind" --clean-first
        "$work/build-$kind/consumer"
        quietly "$CMAKE" --install "$work/build-$kind"
        dynamic=$(readelf -d "$work/build-$kind/consumer" | grep -c 'NEEDED.*libvmclock' || true)
        case $kind$target in
        sharedvmclock::vmclock) [ "$dynamic" = 1 ] || fails "$target of $kind is not the shared library" ;;
        *) [ "$dynamic" = 0 ] || fails "$target of $kind is not the static library" ;;
        esac
    done

    # ---- pkg-config ----
    pc=$(find "$prefix" -name vmclock.pc)
    flags() { PKG_CONFIG_PATH=$(dirname "$pc") pkg-config "$@" vmclock; }
    "$CC" -std=c11 $(flags --cflags) -o "$work/consumer" "$project/main.c" $(flags --libs)
    LD_LIBRARY_PATH=$(flags --variable=libdir) "$work/consumer"
    "$CC" -std=c11 $(flags --cflags) -static -o "$work/consumer" "$project/main.c" $(flags --static --libs)
    "$work/consumer"
    "$CC" -std=c11 $(flags --cflags) -isystem "$work/own" -fsyntax-only "$work/own/own.c"
    grep -q '^URL: .' "$pc" && grep -qx 'License: BSD-2-Clause' "$pc" || fails "vmclock.pc lacks URL or License"
    [ "$(ls "$prefix/include" | grep -cv '^vmclock.*\.h$')" = 0 ] || fails "other headers: $(ls "$prefix/include")"
done

# What is beside them: completion, man pages where scdoc made them, and the udev rule as an example only.
for file in bash-completion/completions/vmclock zsh/site-functions/_vmclock fish/vendor_completions.d/vmclock.fish \
    doc/libvmclock/examples/70-vmclock.rules; do
    [ -s "$work/prefix-shared/share/$file" ] || fails "$file is not installed"
done
[ ! -e "$work/prefix-shared/lib/udev" ] || fails "a udev rule is installed unasked"
if [ -e "$BUILD/src/share/man.stamp" ]; then
    for page in man1/vmclock.1 man1/vmclock-inspect.1 man3/libvmclock.3 man3/vmclock_parse.3 man5/vmclock-page.5; do
        [ -s "$work/prefix-shared/share/man/$page" ] || fails "$page is not installed"
    done
fi

# An ordinary install names its prefix; one that went elsewhere stays right when it moves on.
grep -qx "prefix=$work/prefix-static" "$work"/prefix-static/lib*/pkgconfig/vmclock.pc ||
    grep -qx "prefix=$work/prefix-static" "$work"/prefix-static/lib/*/pkgconfig/vmclock.pc ||
    fails "vmclock.pc of an ordinary install has another prefix"
mv "$work/prefix-shared" "$work/moved"
pc=$(find "$work/moved" -name vmclock.pc)
"$CC" -std=c11 $(flags --cflags) -o "$work/consumer" "$project/main.c" $(flags --libs)

# The command was linked to the shared library, and finds it where both are now.
readelf -d "$work/moved/bin/vmclock" | grep -q 'NEEDED.*libvmclock' || fails "the command has a library of its own"
[ "$(flags --modversion)" = "$("$work/moved/bin/vmclock" --version | sed 's/vmclock //')" ]
