/* SPDX-License-Identifier: BSD-2-Clause */
/* Options and operands of a subcommand, read by a table; every message about them. */
#ifndef VMCLOCK_CMD_ARGS_H
#define VMCLOCK_CMD_ARGS_H

#include "report.h"

enum cmd_kind {
    CMD_FLAG,    /* no value; sets a bool */
    CMD_NUMBER,  /* decimal or 0x..., from `low` to `high`; a uint64_t */
    CMD_SIZE,    /* the same, with an optional suffix K, M or G (powers of 1024) */
    CMD_SECONDS, /* with up to 9 digits after a point; a uint64_t of nanoseconds */
    CMD_CHOICE,  /* one of `choices`; an unsigned, its index */
    CMD_OTHER    /* whatever `take` makes of it */
};

struct cmd_option {
    const char *name; /* without the dashes */
    enum cmd_kind kind;
    void *to;            /* what is written, as the kind says; unless the option is given it stays as it was */
    bool *given;         /* set when the option is given; may be NULL */
    const char *refusal; /* what the usage error says before a value that is none */
    uint64_t low, high;
    const char *const *choices; /* NULL ends them */
    /* Returns CMD_OK, or has complained and returns CMD_USAGE. */
    enum cmd_status (*take)(const char *command, const char *text, void *to);
};

enum cmd_format { CMD_TEXT, CMD_JSON };
extern const char *const cmd_formats[];

/* Options that mean the same wherever they are. -f is short for --format. */
#define CMD_FORMAT_OPTION(variable)                                                                               \
    {                                                                                                             \
        .name = "format", .kind = CMD_CHOICE, .to = (variable), .choices = cmd_formats,                           \
        .refusal = "the format is neither text nor json"                                                          \
    }
#define CMD_OFFSET_OPTION(variable)                                                                               \
    {                                                                                                             \
        .name = "offset", .kind = CMD_SIZE, .to = (variable), .high = UINT64_MAX,                                 \
        .refusal = "the offset is no number, or one above 64 bits"                                                \
    }

struct cmd_syntax {
    const char *help; /* the whole text */
    const struct cmd_option *options;
    unsigned count; /* of options, at most CMD_OPTIONS_MOST */
    int least, most; /* operands */
    const char *missing, *surplus; /* usage errors about them */
};
enum { CMD_OPTIONS_MOST = 16 };

/*
 * Reads the arguments of a subcommand. argv[0] is its whole name, "vmclock inspect"; getopt has not been called yet.
 * Options may be shortened and may follow operands; "--" ends them.
 *
 * True when the subcommand is to go on, with the operands in *operands and their number in *count. False when the
 * program ends, with *status: after --help, --version and wrong usage.
 */
bool cmd_args(int argc, char **argv, const struct cmd_syntax *syntax, char *const **operands, int *count,
              enum cmd_status *status);

/* Decimal or 0x.... False, and *out as it was, for anything else and above 64 bits. */
bool cmd_number(const char *text, uint64_t *out);

void cmd_print_version(void);

#endif
