/* SPDX-License-Identifier: BSD-2-Clause */
/* Text from outside, shown so that it can neither control a terminal nor deceive its reader. */
#ifndef VMCLOCK_CMD_ESCAPE_H
#define VMCLOCK_CMD_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * The length of the UTF-8 sequence at s and its code point; for ill-formed bytes, the length of the maximal subpart
 * that Unicode recommends to replace by one U+FFFD, and CMD_ILL_FORMED. s is not "".
 */
#define CMD_ILL_FORMED UINT32_MAX
size_t cmd_utf8(const char *s, uint32_t *code);

/*
 * Prints a string that may hold anything, with every byte of what is unsafe as \xNN: controls, ill-formed UTF-8, what
 * nobody sees or what turns the direction of reading, and the escape character itself; unless the locale's characters
 * are UTF-8, also what holds the bytes 0x80 to 0x9f, which control a terminal of 8 bits. Returns the columns it takes.
 */
unsigned cmd_put_escaped(FILE *to, const char *s);

/*
 * Prints a path so that a shell reads it as one word that names the same file, and no option: as it is, in single
 * quotes, or where it holds what is unsafe to show, as $'...' with \xNN.
 */
void cmd_put_shell_word(FILE *to, const char *path);
/* Whether that is the path as it is. */
bool cmd_is_plain_word(const char *path);

#endif
