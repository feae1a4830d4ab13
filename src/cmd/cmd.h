/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the subcommands of `vmclock`; names start with cmd_. They read arguments and print, no more. */
#ifndef VMCLOCK_CMD_H
#define VMCLOCK_CMD_H

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>

#include "vmclock_posix.h"

/* The exit statuses; of several inputs the highest counts. */
enum cmd_status { CMD_OK = 0, CMD_INVALID = 1, CMD_USAGE = 2, CMD_UNREADABLE = 3 };

enum cmd_format { CMD_TEXT, CMD_JSON };

/* At most this much of a region is looked at. */
#define CMD_REGION_MAX ((size_t)1 << 20)

/* ---- The subcommands. argv[0] is the whole name, "vmclock inspect"; getopt has not been called yet. ---- */

enum cmd_status cmd_inspect(int argc, char **argv);
enum cmd_status cmd_time(int argc, char **argv);
enum cmd_status cmd_watch(int argc, char **argv);
enum cmd_status cmd_publish(int argc, char **argv);

/* ---- main.c ---- */

/* Sends what was printed so far on its way. False when it could not be written; main() tells, once. */
bool cmd_flush(void);
void cmd_print_version(void);
/* Tells, and exits with CMD_UNREADABLE. */
_Noreturn void cmd_out_of_memory(void);

/* ---- options.c: what users typed, and how to show it to them ---- */

/* Decimal or 0x.... False, and *out as it was, for anything else and above 64 bits. */
bool cmd_number(const char *text, uint64_t *out);
/* The same, with an optional suffix K, M or G (powers of 1024). */
bool cmd_offset(const char *text, uint64_t *out);
/* "vmclock inspect: SENTENCE: 'WHAT'" and a hint on standard error. WHAT may be NULL. Returns CMD_USAGE. */
enum cmd_status cmd_usage_error(const char *command, const char *sentence, const char *what);
/* How every subcommand's list of options ends. Its own have codes from CMD_OWN_OPTION on, which are no letters. */
#define CMD_COMMON_OPTIONS                       \
    {"help", no_argument, NULL, 'h'},            \
    {"version", no_argument, NULL, CMD_VERSION}, \
    {NULL, 0, NULL, 0}
enum { CMD_VERSION = 256, CMD_OWN_OPTION };
/*
 * Does what is no subcommand's own among what getopt_long() returns for the letters ":f:h", or ":h" with a format of NULL:
 * -f, -h, --version, and a usage error for what it refused. False when the program ends, with *status. The ':' in front
 * silences getopt, whose own messages show a hostile name as it is.
 */
bool cmd_common_option(char **argv, int code, const struct option *known, void (*print_help)(void),
                       enum cmd_format *format, enum cmd_status *status);
/*
 * The length of the UTF-8 sequence at s and its code point; for ill-formed bytes, the length of the maximal subpart
 * that Unicode recommends to replace by one U+FFFD, and CMD_ILL_FORMED. s is not "".
 */
#define CMD_ILL_FORMED UINT32_MAX
size_t cmd_utf8(const char *s, uint32_t *code);
/* Prints a string that may hold anything, with whatever could control a terminal or deceive a reader as \xNN. */
void cmd_put_escaped(FILE *to, const char *s);
/* Tells that a file could not be opened, read or made, and what to do about it, and `more`. Returns CMD_UNREADABLE. */
enum cmd_status cmd_unreadable(const char *path, const struct vmclock_error *err, const char *more);

/* ---- What one input turned out to be ---- */

struct cmd_result {
    const char *path;
    size_t bytes;                     /* of the region, given to the parser */
    struct vmclock_error error;       /* kind VMCLOCK_OK: a valid page */
    struct vmclock_view view;         /* empty unless valid */
    struct vmclock_shm_header header; /* as found */
    bool has_header;                  /* 16 bytes were there */
};

/* A field of the page, of an invalid one those of the header. False when it is not there. */
bool cmd_field(const struct cmd_result *result, enum vmclock_field field, uint64_t *value);

/* ---- json.c: the objects of the documented output. All end the program when there is no memory left. ---- */

/* Adds a new value (NULL: there was no memory for it) to an object. */
void cmd_json_set(json_t *object, const char *key, json_t *value);
json_t *cmd_json_path(const char *path);
/* A number, but a string where a reader's numbers may be too short. */
json_t *cmd_json_value(enum vmclock_field field, uint64_t value);
/* null for VMCLOCK_OK */
json_t *cmd_json_error(const struct vmclock_error *err);
json_t *cmd_json_fields(const struct cmd_result *result);
json_t *cmd_json_findings(const struct vmclock_view *view);
/* Prints one line, and gives the object up. */
void cmd_json_print(json_t *object);

#endif
