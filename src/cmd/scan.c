/* SPDX-License-Identifier: BSD-2-Clause */
/* `vmclock scan`: every page in images, dumps, devices and pipes. Searches by the library. */
#define _GNU_SOURCE 1
#define _FILE_OFFSET_BITS 64
#include "scan.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "found.h"
#include "kdump.h"
#include "progress.h"

struct scan_options {
    unsigned format;
    uint64_t step;
    bool all;
};

/* One FILE while it is searched. */
struct scan_file {
    const char *path;
    const struct scan_options *options;
    struct cmd_progress progress;
    bool is_compressed; /* what is found has no offset in the file */
    bool is_told;       /* why it cannot be read */
    bool has_hit;
};

static uint8_t scan_buffer[VMCLOCK_SEARCH_BUFFER];
static struct vmclock_segment scan_segments[VMCLOCK_IMAGE_SEGMENTS]; /* costs memory once it is used */
static volatile sig_atomic_t scan_interrupted;

/* A second ^C ends the program at once. */
static void scan_interrupt(int signal_number)
{
    (void)signal_number;
    scan_interrupted = 1;
}

static void scan_catch_interrupt(void)
{
    struct sigaction action;

    if (sigaction(SIGINT, NULL, &action) != 0 || action.sa_handler == SIG_IGN)
        return; /* in the background of a shell */
    memset(&action, 0, sizeof action);
    action.sa_handler = scan_interrupt;
    action.sa_flags = (int)SA_RESETHAND;
    (void)sigaction(SIGINT, &action, NULL);
}

static bool scan_found(void *context, const struct vmclock_search_hit *hit)
{
    struct scan_file *const file = context;

    cmd_progress_clear(&file->progress);
    cmd_print_found(file->path, hit, !file->is_compressed, file->options->format == CMD_JSON);
    file->has_hit = file->has_hit || hit->error.kind == VMCLOCK_OK;
    return cmd_flush() && !scan_interrupted;
}

static bool scan_go_on(void *context, uint64_t done, uint64_t size)
{
    struct scan_file *const file = context;

    cmd_progress_show(&file->progress, done, size);
    return !scan_interrupted;
}

/* What is wrong with the container, once each. `told` has been. */
static void scan_tell_faults(const char *path, const struct vmclock_image *image, unsigned told)
{
    static const struct {
        unsigned fault;
        const char *words;
    } faults[] = {
        {VMCLOCK_IMAGE_CUT, "a segment ends past the end of the file"},
        {VMCLOCK_IMAGE_OVERLAP, "segments overlap in the file; addresses are told by the first of them"},
        {VMCLOCK_IMAGE_MALFORMED, "its description of segments contradicts itself"},
        {VMCLOCK_IMAGE_UNREAD, "its description of segments cannot be read to the end"},
        {VMCLOCK_IMAGE_CROWDED, "it has too many segments"},
    };
    char text[256];

    for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++)
        if ((image->faults & ~told & faults[i].fault) != 0) {
            snprintf(text, sizeof text, "broken %s: %s; what can be read is searched as raw bytes, too",
                     vmclock_image_name(image->format), faults[i].words);
            cmd_note(path, text);
        }
}

/* Searches a compressed dump. False, once that is told, where it cannot be read, or not to its end. */
static bool scan_compressed(struct scan_file *file, const struct vmclock_search *search,
                            const struct vmclock_search_calls *calls)
{
    const bool is_flattened = search->image.format == VMCLOCK_IMAGE_FLATTENED;
    const char *words = "it has to be a file, and the whole of it";
    char text[512];

    if (!search->is_stream && search->start == 0) {
        file->is_compressed = true;
        words = cmd_kdump_search(search->fd, file->options->step, file->options->all ? VMCLOCK_SCAN_ALL : 0,
                                 scan_buffer, calls);
        file->is_compressed = false;
    }
    cmd_progress_clear(&file->progress);
    if (words == NULL || scan_interrupted)
        return true;
    snprintf(text, sizeof text, "%s, which cannot be read: %s%s", vmclock_image_name(search->image.format), words,
             is_flattened ? "; 'makedumpfile -R DUMP <FILE' makes one of it that can" : "");
    cmd_note(file->path, text);
    file->is_told = true;
    return false;
}

/* Searches an input as it lies there, container or not. */
static void scan_plain(struct scan_file *file, struct vmclock_search *search, struct vmclock_error *err)
{
    const unsigned flags = (unsigned)VMCLOCK_SEARCH_TWO_THREADS | (file->options->all ? VMCLOCK_SCAN_ALL : 0U);
    const unsigned told = search->image.faults;

    scan_tell_faults(file->path, &search->image, 0);
    if (vmclock_search_run(search, file->options->step, flags, err) != VMCLOCK_OK)
        return;
    cmd_progress_clear(&file->progress);
    scan_tell_faults(file->path, &search->image, told);
    if (search->image.format == VMCLOCK_IMAGE_MIGRATION && file->options->step > 1 && !file->has_hit &&
        !scan_interrupted)
        cmd_note(file->path, "QEMU migration stream, in which pages lie at any offset: try --step=1");
}

/* An input that is open. What cannot be read as what it is is searched as it lies there. */
static void scan_open(struct scan_file *file, struct vmclock_search *search, const struct vmclock_search_calls *calls,
                      struct vmclock_error *err)
{
    const enum vmclock_image_format format = search->image.format;
    const bool is_compressed = format == VMCLOCK_IMAGE_KDUMP || format == VMCLOCK_IMAGE_FLATTENED;
    const bool is_read = is_compressed && scan_compressed(file, search, calls);

    if (!is_compressed || (!is_read && !file->has_hit))
        scan_plain(file, search, err);
    if (is_compressed && !is_read && err->kind == VMCLOCK_OK)
        *err = (struct vmclock_error){.kind = VMCLOCK_ERR_SYSCALL,
                                      .reason = VMCLOCK_REASON_READ_FAILED,
                                      .sys_errno = EOPNOTSUPP,
                                      .origin = "kdump_read"};
}

static enum cmd_status scan_one(struct scan_file *file)
{
    const struct vmclock_search_calls calls = {scan_found, scan_go_on, file};
    const char *const path = strcmp(file->path, "-") == 0 ? NULL : file->path;
    struct vmclock_search search;
    struct vmclock_error err;

    cmd_progress_begin(&file->progress);
    if (vmclock_search_open(&search, path, STDIN_FILENO, scan_buffer, scan_segments, VMCLOCK_IMAGE_SEGMENTS, &calls,
                            &err) == VMCLOCK_OK)
        scan_open(file, &search, &calls, &err);
    vmclock_search_close(&search);
    cmd_progress_clear(&file->progress);
    if (err.kind == VMCLOCK_OK)
        return file->has_hit ? CMD_OK : CMD_INVALID;
    if (file->options->format == CMD_JSON || !file->is_told)
        cmd_print_unread(file->path, &err, file->options->format == CMD_JSON);
    return CMD_UNREADABLE;
}

static const char scan_help[] =
    "Usage: vmclock scan [OPTION]... FILE...\n"
    "Finds VMClock pages in images of guest memory, core files, crash dumps,\n"
    "migration streams, firmware dumps, devices and pipes. -: standard input.\n"
    "\n"
    "  -f, --format=text|json  text for people (default), or one JSON object per line\n"
    "      --step=N            only at multiples of N bytes from the start of FILE\n"
    "                          and of each of its segments; default 4096; decimal or\n"
    "                          0x..., with K, M or G for powers of 1024\n"
    "      --all               also what begins like a page but is not a valid one\n"
    "  -h, --help              this text\n"
    "      --version           the version\n"
    "\n"
    "Exit status: 0 there is a valid page; 1 there is none; 2 wrong usage; 3 a FILE\n"
    "could not be read to its end; 130 interrupted.\n";

enum cmd_status cmd_scan(int argc, char **argv)
{
    struct scan_options options = {.format = CMD_TEXT, .step = VMCLOCK_PAGE_SIZE};
    const struct cmd_option known[] = {
        CMD_FORMAT_OPTION(&options.format),
        {.name = "step", .kind = CMD_SIZE, .to = &options.step, .low = 1, .high = UINT64_MAX,
         .refusal = "the step is no number from 1 up, or one above 64 bits"},
        {.name = "all", .kind = CMD_FLAG, .to = &options.all},
    };
    const struct cmd_syntax syntax = {
        scan_help, known, sizeof known / sizeof *known, 1, INT_MAX, "a FILE is missing", NULL};
    enum cmd_status status;
    bool has_hit = false;
    char *const *paths;
    int count;

    if (!cmd_args(argc, argv, &syntax, &paths, &count, &status))
        return status;
    scan_catch_interrupt();
    status = CMD_OK;
    for (int i = 0; i < count && !scan_interrupted; i++) {
        struct scan_file file = {.path = paths[i], .options = &options};

        status = scan_one(&file) == CMD_UNREADABLE ? CMD_UNREADABLE : status;
        has_hit = has_hit || file.has_hit;
        if (!cmd_flush())
            break;
    }
    if (scan_interrupted)
        return CMD_INTERRUPTED;
    return status != CMD_OK || has_hit ? status : CMD_INVALID;
}
