#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Prints the address of the Debian mirror that this machine's apt uses; with `settings`, how it reaches and judges it,
# for another system's apt.conf.d.
# usage: mirror.sh [settings]
set -eu
if [ "${1-}" = settings ]; then
    apt-config dump | grep -E '^Acquire::(http|https|ftp|Check-)' || true
    exit 0
fi
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
uri=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Component: main' 'Origin: Debian' \
    'Label: Debian' "Codename: $codename" | head -n 1)
[ -n "$uri" ] || {
    echo "apt knows no Debian mirror; apt-get update may help" >&2
    exit 1
}
echo "$uri"
