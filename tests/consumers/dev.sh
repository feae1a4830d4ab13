#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ./dev where things are not as they should be: packages that are missing, another apt at work, a tree that cannot be
# written to. The system's programs are played by scripts.
. "$(dirname "$0")/lib.sh"
mkdir "$work/bin" "$work/tree"
cp "$SOURCE/dev" "$work/tree/"
cd "$work"
play() { # NAME SCRIPT
    printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
    chmod +x "bin/$1"
}
play dpkg-query 'exit 1'
play sleep "echo x >>$work/slept"
play id 'echo 1000'
dev() {
    status=0
    PATH=$work/bin:$PATH tree/dev "$@" >out 2>&1 || status=$?
}

dev run
[ "$status" = 1 ] && grep -q 'install them, as root: apt-get .* cmake ' out || fails "a user is not told: $(cat out)"

# As root: the lock is taken twice, then it is free; then it is never free.
play id 'echo 0'
play apt-get "[ \$1 = update ] && [ \$(cat $work/slept 2>/dev/null | wc -l) -lt 2 ] &&
    echo 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)' && exit 100
echo E: nothing to be had; exit 100"
dev run
[ "$status" = 1 ] && [ "$(grep -c 'waiting for it' out)" = 1 ] || fails "the lock is not told once: $(cat out)"
[ "$(wc -l <slept)" = 2 ] && grep -q 'nothing to be had' out || fails "it did not go on: $(cat out)"
play apt-get "echo 'E: Could not get lock /var/lib/dpkg/lock-frontend.'; exit 100"
rm slept
dev run
[ "$status" = 1 ] && [ "$(wc -l <slept)" = 120 ] || fails "it does not wait for 10 minutes"

play dpkg-query "printf 'install ok installed'"
rm -rf tree/build
touch tree/build # a folder cannot be made here, not even by root
dev run
[ "$status" = 1 ] && grep -q 'build cannot be written to' out || fails "a read-only tree is not told: $(cat out)"
