/* SPDX-License-Identifier: BSD-2-Clause */
/* The boundary pages of corpus/fuzz_parse/: one table, written to files by make_corpus.c, held to them by test_corpus.c. */
#ifndef BOUNDARY_H
#define BOUNDARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BOUNDARY_MAX = 8192 };

/* The name and the bytes of the page of that number, counted from 0; false past the last one. */
bool boundary_page(unsigned number, const char **name, uint8_t bytes[BOUNDARY_MAX], size_t *len);

#endif
