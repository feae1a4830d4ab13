#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The library compiles with ThreadSanitizer and without a warning: gcc has one about fences.
. "$(dirname "$0")/lib.sh"
for file in "$SOURCE"/src/*.c "$SOURCE"/src/posix/*.c; do
    "$CC" -std=c11 -O1 -fsanitize=thread -Wall -Wextra -Werror -I"$SOURCE/src/include" -c "$file" -o "$work/object.o"
done
