/* SPDX-License-Identifier: BSD-2-Clause */
/* The boundary pages of corpus/fuzz_parse/: one table; make_corpus.c writes the files, test_corpus.c compares them. */
#ifndef BOUNDARY_H
#define BOUNDARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BOUNDARY_MAX = 8192 };

/* The name and the bytes of the page of that number, counted from 0; false past the last one. */
bool boundary_page(unsigned number, const char **name, uint8_t bytes[BOUNDARY_MAX], size_t *len);

#endif
