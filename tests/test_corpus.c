/* SPDX-License-Identifier: BSD-2-Clause */
/* The corpus of the parser: every file's name carries its verdict; the captures of real pages, field by field. */
#define _FILE_OFFSET_BITS 64 /* else a 32-bit readdir() may end before its folder does */
#include "suite.h"

#include <dirent.h>

#include "boundary.h"
#include "vmclock.h"

#define FOLDER VMCLOCK_CORPUS_DIR "/fuzz_parse/"

enum { MOST = 1 << 20 };

/* Reads a file of the corpus into an exact heap block; NULL when it cannot be read. */
static uint8_t *read_file(const char *name, size_t *len)
{
    static uint8_t buffer[MOST];
    char path[4096];
    FILE *file;

    (void)snprintf(path, sizeof path, FOLDER "%s", name);
    file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    *len = fread(buffer, 1, sizeof buffer, file);
    (void)fclose(file);
    return exact_copy(buffer, *len == 0 ? 1 : *len);
}

/* Whether name is "<prefix><word>__…": the form of names that tell a reason or a finding. */
static bool tells(const char *name, const char *prefix, const char *word)
{
    const size_t p = strlen(prefix), w = strlen(word);

    return strncmp(name, prefix, p) == 0 && strncmp(name + p, word, w) == 0 && strncmp(name + p + w, "__", 2) == 0;
}

static bool starts_with(const char *name, const char *start)
{
    return strncmp(name, start, strlen(start)) == 0;
}

/* The finding that a name tells, or -1. */
static int finding_told(const char *name)
{
    for (int id = 0; id < VMCLOCK_FINDING_END; id++)
        if (tells(name, "finding__", vmclock_finding_name((enum vmclock_finding_id)id)))
            return id;
    return -1;
}

static bool verdict_holds(const char *name, const uint8_t *bytes, size_t len)
{
    struct vmclock_view view;
    struct vmclock_error err;
    const bool parses = vmclock_parse(bytes, len, 0, &view, &err) == VMCLOCK_OK;

    if (starts_with(name, "any_"))
        return true;
    if (starts_with(name, "ok_"))
        return parses;
    if (starts_with(name, "finding__"))
        return parses && finding_told(name) >= 0 && (vmclock_findings(&view) >> finding_told(name) & 1) != 0;
    return !parses && tells(name, "", vmclock_reason_name(err.reason));
}

static void every_file_keeps_the_verdict_of_its_name(void)
{
    DIR *folder = opendir(FOLDER);
    unsigned files = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        size_t len = 0;
        uint8_t *bytes;

        if (entry->d_name[0] == '.')
            continue;
        bytes = read_file(entry->d_name, &len);
        HOLDS_IN(entry->d_name, bytes != NULL);
        if (bytes != NULL)
            HOLDS_IN(entry->d_name, verdict_holds(entry->d_name, bytes, len));
        free(bytes);
        files++;
    }
    (void)closedir(folder);
    HOLDS(files > 40);
}

static unsigned files_that_tell(const char *prefix, const char *word)
{
    DIR *folder = opendir(FOLDER);
    unsigned found = 0;

    if (folder == NULL)
        return 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        found += tells(entry->d_name, prefix, word);
    (void)closedir(folder);
    return found;
}

static void every_reason_of_bytes_at_rest_has_a_file(void)
{
    static const char *const reasons[] = {
        "empty",        "truncated",      "magic-byte-swapped",  "bad-magic",
        "version-zero", "size-too-small", "version-unsupported", "size-exceeds-region",
    };

    for (unsigned i = 0; i < sizeof reasons / sizeof *reasons; i++)
        HOLDS_IN(reasons[i], files_that_tell("", reasons[i]) > 0);
}

static void every_finding_has_a_file(void)
{
    for (int id = 0; id < VMCLOCK_FINDING_END; id++) {
        const char *name = vmclock_finding_name((enum vmclock_finding_id)id);

        HOLDS_IN(name, files_that_tell("finding__", name) > 0);
    }
}

static void boundary_files_are_those_of_the_table(void)
{
    static uint8_t expected[BOUNDARY_MAX];
    const char *name;
    size_t expected_len;

    for (unsigned number = 0; boundary_page(number, &name, expected, &expected_len); number++) {
        size_t len = 0;
        uint8_t *bytes = read_file(name, &len);

        /* When this fails, run vmclock_make_corpus on corpus/fuzz_parse. */
        HOLDS_IN(name, bytes != NULL);
        EQ_IN(name, len, expected_len);
        if (bytes != NULL && len == expected_len)
            EQ_IN(name, memcmp(bytes, expected, len), 0);
        free(bytes);
    }
}

static void captures_hold_what_their_hypervisor_wrote(void)
{
    static const struct {
        const char *name;
        uint32_t seq_count;
        uint64_t disruption_marker;
    } captures[] = {
        {"ok_qemu_11_1_3_fresh.bin", 2, 1},
        {"ok_qemu_11_1_3_restored_1.bin", 4, 2},
        {"ok_qemu_11_1_3_restored_2.bin", 6, 3},
        {"ok_qemu_11_1_3_migrated_1.bin", 8, 4},
        {"ok_linux_7_3_4_devvmclock0.bin", 2, 1},
    };

    for (unsigned i = 0; i < sizeof captures / sizeof *captures; i++) {
        const char *row = captures[i].name;
        struct vmclock_view view;
        struct vmclock_page page;
        size_t len = 0;
        uint8_t *bytes = read_file(row, &len);

        CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
        EQ_IN(row, len, 4096);
        EQ_IN(row, vmclock_parse(bytes, len, 0, &view, NULL), VMCLOCK_OK);
        memset(&page, 0xff, sizeof page);
        vmclock_decode(&view, &page);
        EQ_IN(row, page.magic, 0x4b4c4356);
        EQ_IN(row, page.size, 0x1000);
        EQ_IN(row, page.version, 1);
        EQ_IN(row, page.counter_id, 0xff);
        EQ_IN(row, page.time_type, 0);
        EQ_IN(row, page.seq_count, captures[i].seq_count);
        EQ_IN(row, page.disruption_marker, captures[i].disruption_marker);
        EQ_IN(row, page.flags, 0);
        EQ_IN(row, page.pad, 0);
        EQ_IN(row, page.clock_status, 0);
        EQ_IN(row, page.leap_second_smearing_hint, 0);
        EQ_IN(row, page.tai_offset_sec, 0);
        EQ_IN(row, page.leap_indicator, 0);
        EQ_IN(row, page.counter_period_shift, 0);
        EQ_IN(row, page.counter_value, 0);
        EQ_IN(row, page.counter_period_frac_sec, 0);
        EQ_IN(row, page.counter_period_esterror_rate_frac_sec, 0);
        EQ_IN(row, page.counter_period_maxerror_rate_frac_sec, 0);
        EQ_IN(row, page.time_sec, 0);
        EQ_IN(row, page.time_frac_sec, 0);
        EQ_IN(row, page.time_esterror_nanosec, 0);
        EQ_IN(row, page.time_maxerror_nanosec, 0);
        EQ_IN(row, page.vm_generation_counter, 0);
        EQ_IN(row, page.present, 0xfffffe);
        EQ_IN(row, vmclock_findings(&view), 0);
        free(bytes);
    }
}

SUITE(corpus) = {
    {"every file keeps the verdict of its name", every_file_keeps_the_verdict_of_its_name},
    {"every reason of bytes at rest has a file", every_reason_of_bytes_at_rest_has_a_file},
    {"every finding has a file", every_finding_has_a_file},
    {"boundary files are those of the table", boundary_files_are_those_of_the_table},
    {"captures hold what their hypervisor wrote", captures_hold_what_their_hypervisor_wrote},
    CU_TEST_INFO_NULL,
};
