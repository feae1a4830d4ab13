# SPDX-License-Identifier: BSD-2-Clause
# `vmclock publish` where there is no room left: an error, never SIGBUS, and no file is changed. On a file system of its
# own, which takes the right to mount one in a namespace of its own.
if [ "${2:-}" != mounted ]; then
    case $1 in /*) command=$1 ;; *) command=$PWD/$1 ;; esac
    if unshare -m sh -c 'mount -t tmpfs tmpfs /mnt' 2>/dev/null; then
        exec unshare -m sh "$0" "$command" mounted
    elif unshare -r -m sh -c 'mount -t tmpfs tmpfs /mnt' 2>/dev/null; then
        exec unshare -r -m sh "$0" "$command" mounted
    fi
    echo "skipped: no file system can be mounted here"
    exit 77
fi
. "$(dirname "$0")/lib.sh"

# refuses SENTENCE ARGS...: status 3 and ENOSPC; the last argument is the file, which stays as it was.
refuses() {
    sentence=$1
    shift
    for file; do :; done
    [ ! -e "$file" ] || cp "$file" before.bin
    run publish "$@"
    is "$sentence: status 3" 3 $status
    prints "$sentence" err "No space left on device (ENOSPC)"
    [ ! -e "$file" ] || is "$sentence: left as it was" "" "$(cmp "$file" before.bin 2>&1)"
}
# fill: several times, since what is not on the disk yet counts for more than it will be.
fill() {
    for time in 1 2 3; do
        dd if=/dev/zero of=small/filler bs=1k oflag=append conv=notrunc 2>/dev/null
        sync -f small/filler
    done
}

mkdir small
mount -t tmpfs -o size=16k tmpfs small || exit 1
: >small/empty
echo text >small/text
"$VMCLOCK" publish small/page
fill
refuses "a new file" small/new
is "a new file: none is left" "$(printf '%s\n' empty filler page text)" "$(ls -A small)"
refuses "an empty file" --force small/empty
run publish --disrupt small/page
is "a page that was made when there was room has it for good" 0 $status
rm small/filler
run publish --force small/empty
is "an empty file, with room again" 0 $status

# A file with holes on a file system of small blocks, where a page of memory can be in part without room.
if truncate -s 2M image && mkfs.ext4 -q -b 1024 -O '^has_journal' image 2>/dev/null && mount -o loop image small 2>/dev/null
then
    page holes.bin
    cp --sparse=always holes.bin small/holes
    "$VMCLOCK" publish small/page
    fill
    refuses "a page with holes" --disrupt small/holes
    refuses "a new file on a disk" small/new
    run publish --disrupt small/page
    is "a page on a disk that was made when there was room" 0 $status
    umount small
else
    echo "not tested: a disk of small blocks, which takes mkfs.ext4 and a loop device"
fi
umount small
