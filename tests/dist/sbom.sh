#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A bill of materials of an unpacked source tarball, as SPDX 2.3 in JSON: its files, and what it is built with.
# SOURCE_DATE_EPOCH is when it was made.
# usage: sbom.sh TREE TARBALL VERSION
set -eu
tree=$1
tarball=$2
version=$3
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$tree" && find . -type f | sort >"$work/names")
(cd "$tree" && xargs sha1sum <"$work/names" | cut -c 1-40) >"$work/sha1"
(cd "$tree" && xargs sha256sum <"$work/names" | cut -c 1-64) >"$work/sha256"
# The package's verification code: SHA-1 of the files' SHA-1 values, sorted and joined.
verification=$(sort "$work/sha1" | tr -d '\n' | sha1sum | cut -c 1-40)
sum=$(sha256sum "$tarball" | cut -c 1-64)

paste "$work/names" "$work/sha1" "$work/sha256" | jq -R -s --arg version "$version" --arg sum "$sum" \
    --arg verification "$verification" --arg tarball "$(basename "$tarball")" \
    --arg created "$(date -u -d "@${SOURCE_DATE_EPOCH:-0}" +%Y-%m-%dT%H:%M:%SZ)" '
    def other($name; $id; $license; $comment): {
        name: $name, SPDXID: $id, downloadLocation: "NOASSERTION", filesAnalyzed: false,
        licenseConcluded: "NOASSERTION", licenseDeclared: $license, copyrightText: "NOASSERTION", comment: $comment
    };
    [split("\n")[] | select(. != "") | split("\t")] as $files |
    ([$files[] | {
        fileName: .[0], SPDXID: ("SPDXRef-File-" + .[1] + "-" + (.[0] | @base64 | gsub("[+/=]"; "-"))),
        checksums: [{algorithm: "SHA1", checksumValue: .[1]}, {algorithm: "SHA256", checksumValue: .[2]}],
        licenseConcluded: "BSD-2-Clause", licenseInfoInFiles: ["BSD-2-Clause"],
        copyrightText: "2026 The libvmclock authors"
    }]) as $rows |
    {
        spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: ("libvmclock-" + $version),
        documentNamespace: ("https://example.org/libvmclock/spdx/libvmclock-" + $version + "-" + $sum),
        creationInfo: {created: $created, creators: ["Organization: The libvmclock authors", "Tool: sbom.sh"]},
        packages: [
            {
                name: "libvmclock", SPDXID: "SPDXRef-Package-libvmclock", versionInfo: $version,
                packageFileName: $tarball, downloadLocation: "NOASSERTION", filesAnalyzed: true,
                packageVerificationCode: {packageVerificationCodeValue: $verification},
                checksums: [{algorithm: "SHA256", checksumValue: $sum}],
                licenseConcluded: "BSD-2-Clause", licenseDeclared: "BSD-2-Clause",
                licenseInfoFromFiles: ["BSD-2-Clause"], copyrightText: "2026 The libvmclock authors",
                primaryPackagePurpose: "LIBRARY"
            },
            other("jansson"; "SPDXRef-Package-jansson"; "MIT"; "The command writes JSON with it; not in the tarball."),
            other("libkdumpfile"; "SPDXRef-Package-libkdumpfile"; "LGPL-3.0-or-later OR GPL-2.0-or-later";
                "Where it is found, the command reads compressed dumps with it; not in the tarball.")
        ],
        files: $rows,
        relationships: ([
            {spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES",
                relatedSpdxElement: "SPDXRef-Package-libvmclock"},
            {spdxElementId: "SPDXRef-Package-libvmclock", relationshipType: "DEPENDS_ON",
                relatedSpdxElement: "SPDXRef-Package-jansson"},
            {spdxElementId: "SPDXRef-Package-libkdumpfile", relationshipType: "OPTIONAL_DEPENDENCY_OF",
                relatedSpdxElement: "SPDXRef-Package-libvmclock"}
        ] + [$rows[] | {spdxElementId: "SPDXRef-Package-libvmclock", relationshipType: "CONTAINS",
            relatedSpdxElement: .SPDXID}])
    }'
