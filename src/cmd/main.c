/* SPDX-License-Identifier: BSD-2-Clause */
/* The `vmclock` command: finds the subcommand, and sees that all output has really been written. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "diff.h"
#include "inspect.h"
#include "publish.h"
#include "report.h"
#include "scan.h"
#include "time.h"
#include "watch.h"

static const struct command {
    const char *name;
    enum cmd_status (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"inspect", cmd_inspect, "decode and check VMClock pages"},
    {"scan", cmd_scan, "find pages in images of memory, cores, dumps, streams"},
    {"time", cmd_time, "time by a page, with its error bounds"},
    {"diff", cmd_diff, "what happened between two pages, and may a writer do that"},
    {"watch", cmd_watch, "follow a live page: a line for each change"},
    {"publish", cmd_publish, "play the hypervisor: write a page and update it"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_overview(void)
{
    fputs("Usage: vmclock COMMAND [OPTION]... [ARGUMENT]...\n"
          "Reads and checks VMClock pages, by which a hypervisor tells a virtual machine\n"
          "the time.\n"
          "\n",
          stdout);
    for (unsigned i = 0; i < COMMANDS; i++)
        printf("  %-10s  %s\n", commands[i].name, commands[i].summary);
    fputs("  help        this text; 'vmclock help COMMAND' tells more\n"
          "\n"
          "  -h, --help     as help; 'vmclock COMMAND --help' too\n"
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

static enum cmd_status unknown(const char *name)
{
    return cmd_usage_error("vmclock", name[0] == '-' ? "unknown option" : "unknown command", name);
}

/* Runs the subcommand of that name, argv[0] becoming its whole name. */
static enum cmd_status run_command(const char *name, int argc, char **argv)
{
    static char full_name[32]; /* getopt wants a char *argv[0] */

    for (unsigned i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0) {
            snprintf(full_name, sizeof full_name, "vmclock %s", name);
            argv[0] = full_name;
            return commands[i].run(argc, argv);
        }
    return unknown(name);
}

static enum cmd_status help(int argc, char **argv)
{
    static char option[] = "--help";
    char *arguments[] = {NULL, option, NULL};

    if (argc > 3)
        return cmd_usage_error("vmclock help", "one command at a time", argv[3]);
    if (argc == 3 && strcmp(argv[2], "help") != 0 && argv[2][0] != '-')
        return run_command(argv[2], 2, arguments);
    if (argc == 3 && argv[2][0] == '-' && strcmp(argv[2], "--help") != 0 && strcmp(argv[2], "-h") != 0)
        return unknown(argv[2]);
    print_overview();
    return CMD_OK;
}

static enum cmd_status dispatch(int argc, char **argv)
{
    if (argc < 2)
        return cmd_usage_error("vmclock", "a command is missing", NULL);
    if (strcmp(argv[1], "help") == 0)
        return help(argc, argv);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_overview();
        return CMD_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        cmd_print_version();
        return CMD_OK;
    }
    return run_command(argv[1], argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    keep_standard_descriptors();
    (void)setlocale(LC_CTYPE, ""); /* which characters the terminal shows; all words stay as they are */
    return (int)cmd_end_output(dispatch(argc, argv));
}
