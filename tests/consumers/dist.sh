#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What `./dev dist` makes of a checkout: a tarball that holds the tree and configures, files that have their checksums,
# a bill of materials that names each file once. A checkout that is not clean is refused. Skipped without git and jq.
. "$(dirname "$0")/lib.sh"
for tool in git jq; do
    command -v $tool >/dev/null || {
        echo "SKIPPED: $tool is not installed"
        exit 77
    }
done
cd "$work"
# The tree as it is here, committed anew: who tests it need not have committed.
mkdir tree
(cd "$SOURCE" && find . \( -path './build*' -o -path ./.git \) -prune -o -type f ! -name '*.profraw' -print | tar -c -T -) | tar -x -C tree
git_() {
    GIT_CONFIG_NOSYSTEM=1 HOME=$work git -C tree -c user.name=x -c user.email=x@example.org -c core.autocrlf=false "$@"
}
git_ init -q
git_ add -A
GIT_COMMITTER_DATE='2001-02-03T04:05:06Z' git_ commit -q -m x
quietly sh tree/tests/dist/dist.sh tree out
cd out
sha256sum -c --quiet SHA256SUMS
[ "$(wc -l <SHA256SUMS)" = 4 ] || fails "SHA256SUMS has not four lines"
name=$(basename ./*.tar.gz .tar.gz)
TZ=UTC tar -t -v -z -f "$name.tar.gz" >list
! grep -v ' 2001-02-03 04:05 ' list || fails "times are not those of the commit"
! grep -v ' root/root ' list || fails "a user's name is in it"
tar -x -z -f "$name.tar.gz"
cmp "$name/LICENSES/BSD-2-Clause.txt" "$SOURCE/LICENSE"
rm -r "$name/LICENSES"
diff -r -x .git "$name" ../tree
configure "$name" "$work/build" -DBUILD_TESTING=OFF -DVMCLOCK_BUILD_COMMAND=OFF
jq -e --arg sum "$(cut -d ' ' -f 1 SHA256SUMS | head -n 1)" --argjson files "$(grep -cv '/$' list)" '
    .spdxVersion == "SPDX-2.3" and .packages[0].checksums[0].checksumValue == $sum and
    (.files | length == $files and ([.[].SPDXID] | unique | length) == $files) and
    .creationInfo.created == "2001-02-03T04:05:06Z" and
    ([.relationships[].relatedSpdxElement] - [.files[].SPDXID, .packages[].SPDXID] == [])' "$name.spdx.json" >/dev/null ||
    fails "the bill of materials is wrong"
cd ..
echo x >tree/src/left_over.c
if sh tree/tests/dist/dist.sh tree again >log 2>&1; then fails "an unclean checkout is taken"; fi
grep -q 'src/left_over.c' log && grep -q 'not clean' log || fails "not told: $(cat log)"
[ ! -e again/SHA256SUMS ] || fails "something was made of it"
