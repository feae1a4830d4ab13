#!/bin/bash -eu
# SPDX-License-Identifier: BSD-2-Clause
exec bash "$SRC/libvmclock/fuzz/oss-fuzz/build.sh"
