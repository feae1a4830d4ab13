/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual machine monitor in little, as QEMU is: guest memory of its own, in which it publishes a page by the core
 * alone, and a machine that it migrates, or restores, while an agent in the guest is at work (guest.c, another process,
 * which sees the same memory). What a vCPU's being stopped is to a guest, SIGSTOP is to the agent.
 *
 * usage: host MEMORY AGENT OUTCOME   with the agent's program; OUTCOME: migrate, restore or update
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* What the monitor's device knows at its start: no clock data, as QEMU. */
static void make_page(volatile void *page)
{
    struct vmclock_page values = {.size = VMCLOCK_PAGE_SIZE, .counter_id = VMCLOCK_COUNTER_INVALID,
                                  .disruption_marker = 1, .flags = VMCLOCK_FLAG_VM_GEN_COUNTER_PRESENT};
    struct vmclock_error err;
    char text[256];

    if (vmclock_publish_init(page, VMCLOCK_PAGE_SIZE, &values, &err) != VMCLOCK_OK) {
        vmclock_error_format(&err, text, sizeof text);
        fprintf(stderr, "host: %s\n", text);
        exit(1);
    }
}

/* The agent has written a byte to say that it is in the midst of something. */
static void wait_for(int from_agent)
{
    char byte;

    if (read(from_agent, &byte, 1) != 1)
        die("the agent ended");
}

static void go_on(int to_agent)
{
    if (write(to_agent, "x", 1) != 1)
        die("write");
}

/* The whole machine goes through a stream to another place: here memory is emptied meanwhile, as if it were gone. */
static void move(unsigned char *memory)
{
    unsigned char *const stream = malloc(MACHINE_MEMORY);

    if (stream == NULL)
        die("malloc");
    memcpy(stream, memory, MACHINE_MEMORY);
    memset(memory, 0xa5, MACHINE_MEMORY);
    memcpy(memory, stream, MACHINE_MEMORY);
    free(stream);
}

static enum vmclock_err tell(volatile void *page, const char *outcome)
{
    if (strcmp(outcome, "migrate") == 0)
        return vmclock_publish_disrupted(page, VMCLOCK_PAGE_SIZE, NULL);
    if (strcmp(outcome, "restore") == 0)
        return vmclock_publish_restored(page, VMCLOCK_PAGE_SIZE, NULL);
    return vmclock_publish_clock(page, VMCLOCK_PAGE_SIZE, NULL, NULL);
}

static void stop(pid_t agent)
{
    int status;

    if (kill(agent, SIGSTOP) != 0 || waitpid(agent, &status, WUNTRACED) != agent || !WIFSTOPPED(status))
        die("the agent does not stop");
}

int main(int argc, char **argv)
{
    int to_agent[2], from_agent[2], status;
    unsigned char *memory;
    pid_t agent;
    int fd;

    if (argc != 4)
        return 2;
    fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || ftruncate(fd, MACHINE_MEMORY) != 0)
        die(argv[1]);
    memory = mmap(NULL, MACHINE_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED || pipe(to_agent) != 0 || pipe(from_agent) != 0)
        die("mmap, pipe");
    make_page(memory + MACHINE_PAGE_AT);

    agent = fork();
    if (agent == 0) {
        (void)dup2(to_agent[0], STDIN_FILENO);
        (void)dup2(from_agent[1], 3);
        execl(argv[2], argv[2], argv[1], (char *)NULL);
        die(argv[2]);
    }
    close(from_agent[1]);

    /* A transaction in peace, then one that the machine's move falls into. */
    wait_for(from_agent[0]);
    go_on(to_agent[1]);
    wait_for(from_agent[0]);
    stop(agent);
    move(memory);
    if (tell(memory + MACHINE_PAGE_AT, argv[3]) != VMCLOCK_OK)
        die("publish");
    (void)kill(agent, SIGCONT);
    go_on(to_agent[1]);
    /* Whoever threw his work away does it again. */
    wait_for(from_agent[0]);
    go_on(to_agent[1]);
    close(to_agent[1]);
    if (waitpid(agent, &status, 0) != agent || !WIFEXITED(status))
        die("waitpid");
    return WEXITSTATUS(status);
}
