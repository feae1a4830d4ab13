/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a generated file, or holds a checked-in one to what would be written. */
#ifndef FUZZ_GENERATE_H
#define FUZZ_GENERATE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline bool same_as_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    unsigned char *found = malloc(size + 1);
    const bool same = file != NULL && found != NULL && fread(found, 1, size + 1, file) == size &&
                      memcmp(found, bytes, size) == 0;

    free(found);
    if (file != NULL)
        fclose(file);
    return same;
}

static inline bool generate(const char *path, bool check, const void *bytes, size_t size)
{
    FILE *file;
    bool good;

    if (check) {
        good = same_as_file(path, bytes, size);
        if (!good)
            fprintf(stderr, "%s is stale: build the target fuzz_generate\n", path);
        return good;
    }
    file = fopen(path, "wb");
    good = file != NULL && fwrite(bytes, 1, size, file) == size;
    if (file != NULL)
        good = fclose(file) == 0 && good;
    if (!good)
        fprintf(stderr, "%s cannot be written\n", path);
    return good;
}

#endif
