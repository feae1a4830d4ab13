/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the boundary pages into the folder that its argument names. */
#include <stdio.h>

#include "boundary.h"

static bool write_file(const char *folder, const char *name, const uint8_t *bytes, size_t len)
{
    char path[4096];
    FILE *file;
    bool written;

    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return false;
    file = fopen(path, "wb");
    if (file == NULL)
        return false;
    written = fwrite(bytes, 1, len, file) == len;
    return fclose(file) == 0 && written;
}

int main(int argc, char **argv)
{
    static uint8_t bytes[BOUNDARY_MAX];
    const char *name;
    size_t len;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    for (unsigned number = 0; boundary_page(number, &name, bytes, &len); number++) {
        if (!write_file(argv[1], name, bytes, len)) {
            perror(name);
            return 1;
        }
    }
    return 0;
}
