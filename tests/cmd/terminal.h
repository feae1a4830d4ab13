/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal that isatty() and ioctl() tell of in these suites. */
#ifndef TERMINAL_H
#define TERMINAL_H

extern int staged_terminal; /* the one descriptor that is a terminal; -1: none */
extern int staged_columns;  /* its columns; -1: it does not tell */

#endif
