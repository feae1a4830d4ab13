/* SPDX-License-Identifier: BSD-2-Clause */
/* What code prints on standard output or standard error, as a string. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct capture {
    FILE *stream, *file;
    int saved; /* where the stream went before */
};

/* From here on what is written to stdout or stderr is kept. */
static inline struct capture capture_begin(FILE *stream)
{
    struct capture capture = {stream, tmpfile(), -1};

    (void)fflush(stream);
    capture.saved = dup(fileno(stream));
    if (capture.file == NULL || capture.saved < 0 || dup2(fileno(capture.file), fileno(stream)) < 0)
        abort();
    return capture;
}

/* The stream goes where it went before; what was written meanwhile, cut to cap - 1 bytes, is in buf. */
static inline const char *capture_end(struct capture *capture, char *buf, size_t cap)
{
    size_t len;

    (void)fflush(capture->stream);
    if (dup2(capture->saved, fileno(capture->stream)) < 0)
        abort();
    (void)close(capture->saved);
    rewind(capture->file);
    len = fread(buf, 1, cap - 1, capture->file);
    buf[len] = '\0';
    (void)fclose(capture->file);
    return buf;
}

#endif
