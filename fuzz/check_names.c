/* SPDX-License-Identifier: BSD-2-Clause */
/* Holds the names of the generated seeds to the second opinion's verdict: check_names CORPUS. */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64 /* else a 32-bit readdir() may end before its folder does */
#include <dirent.h>

#include "fuzz_check.h"
#include "oracle.h"

static const struct {
    const char *word;
    enum vmclock_reason reason;
} verdicts[] = {
    {"ok_", VMCLOCK_REASON_NONE},
    {"empty__", VMCLOCK_REASON_EMPTY},
    {"truncated__", VMCLOCK_REASON_TRUNCATED},
    {"magic-byte-swapped__", VMCLOCK_REASON_MAGIC_BYTE_SWAPPED},
    {"bad-magic__", VMCLOCK_REASON_BAD_MAGIC},
    {"version-zero__", VMCLOCK_REASON_VERSION_ZERO},
    {"version-unsupported__", VMCLOCK_REASON_VERSION_UNSUPPORTED},
    {"size-too-small__", VMCLOCK_REASON_SIZE_TOO_SMALL},
    {"size-exceeds-region__", VMCLOCK_REASON_SIZE_EXCEEDS_REGION},
};

static bool told(const char *name, enum vmclock_reason reason)
{
    for (unsigned i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
        if (verdicts[i].reason == reason)
            return strncmp(name, verdicts[i].word, strlen(verdicts[i].word)) == 0;
    return false;
}

static bool check_file(const char *path, const char *name, bool header_only)
{
    static uint8_t bytes[1 << 16];
    FILE *file = fopen(path, "rb");
    struct oracle_page page;
    size_t size;

    if (file == NULL)
        return false;
    size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    oracle_parse(bytes, size, false, header_only, &page);
    if (strncmp(name, "any_", 4) == 0 || told(name, page.error.reason))
        return true;
    fprintf(stderr, "%s does not keep the verdict of its name\n", path);
    return false;
}

static bool check_folder(const char *corpus, const char *target, bool header_only)
{
    const struct dirent *entry;
    bool good = true;
    unsigned files = 0;
    char path[4096];
    DIR *folder;

    snprintf(path, sizeof path, "%s/%s", corpus, target);
    folder = opendir(path);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s/%s", corpus, target, entry->d_name);
        good = check_file(path, entry->d_name, header_only) && good;
        files++;
    }
    if (folder != NULL)
        closedir(folder);
    return good && files > 0;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    return check_folder(argv[1], "fuzz_header", true) && check_folder(argv[1], "fuzz_structured", false) &&
                   check_folder(argv[1], "fuzz_time", false)
               ? 0
               : 1;
}
