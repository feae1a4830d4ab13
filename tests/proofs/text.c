/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts: the functions that all formatters write by. For every state and cap, nothing is written past cap, and the
 * text is terminated whenever cap is not 0, at its end or where it is cut. (The buffer is an object of cap bytes, so
 * any other store is noticed.)
 */
#include "proof.h"

#include "../../src/names.c"
#include "../../src/text.c"

static char *buf;
static size_t cap;

static void any_buffer(void)
{
    buf = any_bytes_or_null(&cap);
    if (buf == NULL)
        cap = 0;
}

static void claim_terminated(size_t len)
{
    claim(cap == 0 || buf[len < cap ? len : cap - 1] == '\0', "terminated");
}

/* The one function that appends, from any state: it writes where the text ends, and only there. */
void append(void)
{
    struct vmclock_text_ text;
    const char c = (char)nondet_u8();
    const size_t watched = nondet_size();
    char before = 0;

    any_buffer();
    text = (struct vmclock_text_){buf, cap, nondet_size()};
    const struct vmclock_text_ was = text;
    if (watched < cap)
        before = buf[watched];
    vmclock_put_char_(&text, c);
    claim(text.buf == was.buf && text.cap == was.cap && text.len == was.len + 1, "the text is longer by one");
    if (watched < cap)
        claim(buf[watched] == (watched == was.len ? c : before), "the character, and nothing else");
    claim_terminated(vmclock_text_end_(&text));
}

/* The start: NULL has no room, whatever cap says. */
void start(void)
{
    const size_t size = nondet_size();
    char *const at = any_bytes(size);
    const struct vmclock_text_ none = vmclock_text_(NULL, size), text = vmclock_text_(at, size);

    claim(none.buf == NULL && none.cap == 0 && none.len == 0, "no buffer");
    claim(text.buf == at && text.cap == size && text.len == 0, "an empty text");
}
