/* SPDX-License-Identifier: BSD-2-Clause */
/* The `vmclock` command: finds the subcommand, and sees that all output has really been written. */
#define _GNU_SOURCE 1
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command {
    const char *name;
    enum cmd_status (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"inspect", cmd_inspect, "decode and check VMClock pages"},
    {"time", cmd_time, "time by a page, with its error bounds"},
    {"watch", cmd_watch, "follow a live page: a line for each change"},
    {"publish", cmd_publish, "play the hypervisor: write a page and update it"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static int output_errno; /* why standard output failed first; 0: it did not */

bool cmd_flush(void)
{
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && output_errno == 0)
        output_errno = errno != 0 ? errno : EIO;
    return output_errno == 0;
}

void cmd_print_version(void)
{
    printf("vmclock %s\n", vmclock_lib_version());
}

void cmd_out_of_memory(void)
{
    fputs("vmclock: out of memory\n", stderr);
    exit(CMD_UNREADABLE);
}

static void print_help(void)
{
    fputs("Usage: vmclock COMMAND [OPTION]... [ARGUMENT]...\n"
          "Reads and checks VMClock pages, by which a hypervisor tells a virtual machine the time.\n"
          "\n",
          stdout);
    for (unsigned i = 0; i < COMMANDS; i++)
        printf("  %-10s  %s\n", commands[i].name, commands[i].help);
    fputs("\n"
          "  -h, --help     this text; 'vmclock COMMAND --help' tells more\n"
          "      --version  the version\n",
          stdout);
}

/* A closed standard descriptor would go to the next file that is opened: fill it with one on which all use fails. */
static void keep_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(CMD_UNREADABLE);
}

static enum cmd_status dispatch(int argc, char **argv)
{
    static char full_name[32]; /* getopt wants a char *argv[0] */

    if (argc < 2)
        return cmd_usage_error("vmclock", "a command is missing", NULL);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return CMD_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        cmd_print_version();
        return CMD_OK;
    }
    for (unsigned i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0) {
            snprintf(full_name, sizeof full_name, "vmclock %s", commands[i].name);
            argv[1] = full_name;
            return commands[i].run(argc - 1, argv + 1);
        }
    return cmd_usage_error("vmclock", argv[1][0] == '-' ? "unknown option" : "unknown command", argv[1]);
}

int main(int argc, char **argv)
{
    enum cmd_status status;

    keep_standard_descriptors();
    status = dispatch(argc, argv);
    if (cmd_flush() && fclose(stdout) != 0)
        output_errno = errno;
    if (output_errno != 0) {
        fprintf(stderr, "vmclock: standard output: %s\n", strerror(output_errno));
        status = CMD_UNREADABLE;
    }
    return (int)status;
}
