/* SPDX-License-Identifier: BSD-2-Clause */
/* The public header as C; only compiled. */
#define ASSERT(condition, sentence) _Static_assert(condition, sentence)
#include "public_header.inc"
