#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Embedding is copying src/*.[ch] and src/include: nothing else is needed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$SOURCE"/src/*.[ch] "$SOURCE"/src/include/*.h "$SOURCE"/tests/consumers/project/main.c "$work"
cd "$work"
"$CC" -std=c11 -I. -Wall -Wextra -Werror -o consumer ./*.c
./consumer
