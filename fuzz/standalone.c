/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replays files and folders through a fuzz target, without a fuzzing engine: TARGET PATH... Folders are walked, hidden
 * files and *.md left out. Each input lies in a heap block of exactly its size. Fails when there was nothing to replay.
 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64 /* else a 32-bit readdir() may end before its folder does */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz_check.h"

enum { INPUT_MAX = 1 << 20, DEPTH_MAX = 8 };

static unsigned long replayed;

static bool replay_file(const char *path, const struct stat *status)
{
    const size_t size = (size_t)status->st_size;
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size > 0 ? size : 1);
    bool good = file != NULL && data != NULL && status->st_size <= INPUT_MAX && fread(data, 1, size, file) == size;

    if (good) {
        /* Named before it runs, so that a crash tells whose it is. */
        fprintf(stderr, "replay: %s\n", path);
        good = LLVMFuzzerTestOneInput(data, size) == 0;
        replayed++;
    }
    if (!good)
        fprintf(stderr, "replay: %s: cannot be replayed\n", path);
    free(data);
    if (file != NULL)
        fclose(file);
    return good;
}

static bool replay(const char *path, int depth);

static bool replay_folder(const char *path, int depth)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    bool good = folder != NULL;
    char inner[4096];

    while (good && (entry = readdir(folder)) != NULL) {
        const size_t length = strlen(entry->d_name);

        if (entry->d_name[0] == '.' || (length > 3 && strcmp(entry->d_name + length - 3, ".md") == 0))
            continue;
        good = snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) < (int)sizeof inner &&
               replay(inner, depth + 1);
    }
    if (folder != NULL)
        closedir(folder);
    return good;
}

static bool replay(const char *path, int depth)
{
    struct stat status;

    if (depth > DEPTH_MAX || stat(path, &status) != 0) {
        fprintf(stderr, "replay: %s: not found\n", path);
        return false;
    }
    return S_ISDIR(status.st_mode) ? replay_folder(path, depth) : replay_file(path, &status);
}

int main(int argc, char **argv)
{
    bool good = true;

    for (int i = 1; i < argc; i++)
        good = replay(argv[i], 0) && good;
    fprintf(stderr, "replay: %lu inputs\n", replayed);
    return good && replayed > 0 ? 0 : 1;
}
