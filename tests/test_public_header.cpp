// SPDX-License-Identifier: BSD-2-Clause
// The public header as C++; only compiled.
#define ASSERT(condition, sentence) static_assert(condition, sentence)
#include "public_header.inc"
