#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Inside a clean root, with the packages in /package/new and their tests in /package/tests: an older version is
# installed, upgraded, run, tested and removed, and leaves nothing.
set -eux
cd /package
apt-get update -q
apt-get install -q -y dpkg-dev man-db

# The same packages as an older version: what an upgrade needs.
mkdir old
for deb in new/*.deb; do
    case $deb in *-dbgsym_*) continue ;; esac
    dpkg-deb -R "$deb" unpacked
    sed -i 's/^Version: .*/Version: 0.0.1-1/; s/(= [^)]*)/(= 0.0.1-1)/; s/\(libvmclock[0-9.]*\) (>= [^)]*)/\1/' unpacked/DEBIAN/control
    dpkg-deb -b unpacked "old/$(basename "$deb" | sed 's/_.*//')_0.0.1-1.deb"
    rm -r unpacked
done
mkdir wanted
cp new/*.deb wanted/
rm -f wanted/*-dbgsym_*
find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /package -o -path /var -o -path /run \) -prune -o \
    -print | sort >before

apt-get install -q -y ./old/libvmclock[0-9]*.deb ./old/vmclock-tools*.deb
vmclock --version
dpkg-query -W -f='${Version}\n' vmclock-tools | grep -x 0.0.1-1
apt-get install -q -y ./wanted/libvmclock[0-9]*.deb ./wanted/vmclock-tools*.deb
if dpkg-query -W -f='${Version}\n' vmclock-tools | grep -x 0.0.1-1; then
    exit 1
fi
dpkg --verify
vmclock publish page.bin
vmclock inspect page.bin
ldd "$(command -v vmclock)" | grep libvmclock
man -w vmclock vmclock-inspect 5 vmclock-page | grep . || [ -z "$(ls /usr/share/man/man1 2>/dev/null)" ]
grep -q usr/share/doc /etc/dpkg/dpkg.cfg.d/* 2>/dev/null || [ -e /usr/share/doc/vmclock-tools/examples/70-vmclock.rules ]
echo "RESULT installed, upgraded and run: $(vmclock --version)"

apt-get purge -q -y 'libvmclock*' vmclock-tools
apt-get autoremove -q -y --purge
find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /package -o -path /var -o -path /run \) -prune -o \
    -print | sort >after
diff before after
echo "RESULT removed, and nothing was left"

apt-get install -q -y autopkgtest
mkdir tree
for dsc in new/*.dsc; do dpkg-source -x "$dsc" tree/source; done
autopkgtest --output-dir=result wanted/*.deb tree/source/ -- null || {
    cat result/summary || true
    exit 1
}
cat result/summary
[ "$(grep -c ' PASS$' result/summary)" = 2 ]
echo "RESULT autopkgtest: $(tr '\n' ';' <result/summary)"
