/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the containers of tests/containers.h as seeds: gen_images [--check] CORPUS. */
#include "generate.h"

#include "../tests/containers.h"

int main(int argc, char **argv)
{
    static uint8_t bytes[CONTAINER_MAX];
    const bool check = argc == 3 && strcmp(argv[1], "--check") == 0;
    bool good = true;
    char path[4096];

    if (argc != 2 && !check)
        return 2;
    for (unsigned i = 0; i < CONTAINERS; i++) {
        snprintf(path, sizeof path, "%s/fuzz_image/%s.bin", argv[argc - 1], containers[i].name);
        good = generate(path, check, bytes, container_make(&containers[i], bytes)) && good;
    }
    return good ? 0 : 1;
}
