/* SPDX-License-Identifier: BSD-2-Clause */
/* Holds the names of the generated seeds to the second opinion's verdict: check_names CORPUS. */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64 /* else a 32-bit readdir() may end before its folder does */
#include <dirent.h>

#include "fuzz_check.h"
#include "oracle.h"
#include "oracle_diff.h"

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

/* Two pages: "ok_" for no transition, "transition__<id>__" for one of that id. */
static bool check_pair(const char *path, const char *name)
{
    static uint8_t bytes[2 * 112];
    static const char word[] = "transition__";
    struct oracle_page before, after;
    struct oracle_transition found[ORACLE_TRANSITIONS];
    unsigned count;
    bool good = false;
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        return false;
    good = fread(bytes, 1, sizeof bytes, file) == sizeof bytes;
    fclose(file);
    if (strncmp(name, "any_", 4) == 0)
        return true;
    oracle_parse(bytes, 112, false, false, &before);
    oracle_parse(bytes + 112, 112, false, false, &after);
    if (!good || before.error.kind != VMCLOCK_OK || after.error.kind != VMCLOCK_OK)
        return false;
    count = oracle_transitions(&before, &after, found);
    good = count == 0 && strncmp(name, "ok_", 3) == 0;
    for (unsigned i = 0; i < count; i++) {
        const char *const id = oracle_transition_names[found[i].id];

        good = good || (strncmp(name, word, strlen(word)) == 0 && strncmp(name + strlen(word), id, strlen(id)) == 0);
    }
    if (!good)
        fprintf(stderr, "%s does not keep the verdict of its name\n", path);
    return good;
}

typedef bool check(const char *path, const char *name);

static bool check_header(const char *path, const char *name)
{
    return check_file(path, name, true);
}

static bool check_page(const char *path, const char *name)
{
    return check_file(path, name, false);
}

static bool check_folder(const char *corpus, const char *target, check *check_one)
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
        good = check_one(path, entry->d_name) && good;
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
    return check_folder(argv[1], "fuzz_header", check_header) && check_folder(argv[1], "fuzz_structured", check_page) &&
                   check_folder(argv[1], "fuzz_time", check_page) && check_folder(argv[1], "fuzz_diff", check_pair)
               ? 0
               : 1;
}
