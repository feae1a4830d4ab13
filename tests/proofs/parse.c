/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header's checks and the page's: for every buffer, length and flag, NULL included, the result, every member of
 * the error, the header and the view are those that vmclock.h promises; no byte outside of the buffer is read, and
 * none of it is written.
 */
#include "proof.h"

#include "../../src/error.c"
#include "../../src/names.c"
#include "../../src/parse.c"
#include "../../src/text.c"

#include "verdict.h"

/* Any byte of the buffer, which has to be the same afterwards. */
struct witness {
    const uint8_t *buf;
    size_t at;
    uint8_t byte;
};
static struct witness watch(const uint8_t *buf, size_t len)
{
    struct witness w = {NULL, nondet_size(), 0};

    if (buf != NULL && w.at < len) {
        w.buf = buf;
        w.byte = buf[w.at];
    }
    return w;
}
static void claim_untouched(const struct witness *w)
{
    claim(w->buf == NULL || w->buf[w->at] == w->byte, "the buffer is as it was");
}

void header(void)
{
    size_t len;
    const uint8_t *buf = any_bytes_or_null(&len);
    const size_t there = buf == NULL ? 0 : len;
    const bool wants_header = nondet_bool(), wants_error = nondet_bool();
    const struct spec_error spec = spec_header(buf, there);
    const struct witness w = watch(buf, len);
    struct vmclock_shm_header h;
    struct vmclock_error err;

    claim((int)vmclock_shm_header_read(buf, len, wants_header ? &h : NULL, wants_error ? &err : NULL) == spec.kind,
          "result");
    if (wants_error)
        claim_error(&err, &spec);
    if (wants_header) {
        const bool has = there >= 16;

        claim(h.magic == (has ? spec_number(buf, 4) : 0), "header: magic");
        claim(h.size == (has ? spec_number(buf + 4, 4) : 0), "header: size");
        claim(h.version == (has ? spec_number(buf + 8, 2) : 0), "header: version");
        claim(h.counter_id == (has ? buf[10] : 0), "header: counter_id");
        claim(h.time_type == (has ? buf[11] : 0), "header: time_type");
        claim(h.seq_count == (has ? spec_number(buf + 12, 4) : 0), "header: seq_count");
    }
    claim_untouched(&w);
}

void page(void)
{
    size_t len;
    const uint8_t *buf = any_bytes_or_null(&len);
    const size_t there = buf == NULL ? 0 : len;
    const unsigned flags = nondet_unsigned();
    const bool wants_view = nondet_bool(), wants_error = nondet_bool();
    const struct spec_error spec = spec_page(buf, there, flags);
    const struct witness w = watch(buf, len);
    struct vmclock_view view;
    struct vmclock_error err;

    claim((int)vmclock_parse(buf, len, flags, wants_view ? &view : NULL, wants_error ? &err : NULL) == spec.kind,
          "result");
    if (wants_error)
        claim_error(&err, &spec);
    if (wants_view && spec.kind != 0)
        claim(view.base == NULL && view.len == 0, "the empty view on failure");
    if (wants_view && spec.kind == 0) {
        const uint64_t size = spec_number(buf + 4, 4);

        claim(view.base == buf, "the view begins at the page");
        claim(view.len == (size < there ? size : there), "and has what size and region both reach");
        claim(view.len <= there && view.len >= 32, "the view lies in the region");
    }
    claim_untouched(&w);
}
