/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The seq_count protocol between publish.c and snapshot.c on machines that reorder. Between two fences a thread's loads
 * and stores take effect in any order, only those of one location keep theirs; a fence holds back what comes after it
 * until what comes before it has happened. (A store reaches everybody at once, as on ARMv8, RISC-V and x86.) Whatever
 * the order:
 *
 *   - an accepted snapshot is one published state, the one of its seq_count, and it is never accepted before it is
 *   whole;
 *   - what was read before a comparison that says "unchanged" was read before the page's next update began.
 *
 * A writer may die anywhere, once, and another one repairs. What no reader can notice is a seq_count that comes round
 * to the number that it holds, after 2^31 updates; so a page that is made anew goes on counting from what was there
 * (RESTART starts at 2 instead). RESTART and each macro NO_… take one thing out of the protocol: then a violation has
 * to be found, or the model shows nothing. protocol.sh runs them all.
 */
#ifdef NO_BEGIN_FENCE
#define BEGIN_FENCE true
#else
#define BEGIN_FENCE (done & SEQ_ODD)
#endif
#ifdef NO_COMMIT_FENCE
#define COMMIT_FENCE true
#else
#define COMMIT_FENCE ((done & DATA) == DATA)
#endif
#ifdef NO_INIT_FIRST_FENCE
#define INIT_FIRST_FENCE true
#else
#define INIT_FIRST_FENCE ((done & (SEQ_ODD | MAGIC_OFF)) == (SEQ_ODD | MAGIC_OFF))
#endif
/* Two fences, before seq_count and before magic, of which either would do. */
#ifdef NO_INIT_LAST_FENCES
#define INIT_SEQ_FENCE true
#define INIT_MAGIC_FENCE true
#else
#define INIT_SEQ_FENCE ((done & DATA) == DATA && INIT_FIRST_FENCE)
#define INIT_MAGIC_FENCE ((done & (DATA | SEQ_EVEN)) == (DATA | SEQ_EVEN))
#endif
#ifdef NO_FIRST_FENCE
#define FIRST_FENCE true
#else
#define FIRST_FENCE (done & LOOK_1)
#endif
#ifdef NO_SECOND_FENCE
#define SECOND_FENCE true
#else
#define SECOND_FENCE ((done & (LOAD_MAGIC | DATA)) == (LOAD_MAGIC | DATA))
#endif
#ifdef NO_COMPARE_FENCE
#define COMPARE_FENCE true
#else
#define COMPARE_FENCE (done & DATA)
#endif

/* Steps, as bits of `done`. */
#define DATA_0 1
#define DATA_1 2
#define DATA 3
#define SEQ_ODD 4
#define SEQ_EVEN 8
#define MAGIC_OFF 16
#define MAGIC_ON 32
#define LOOK_1 4
#define LOOK_2 8
#define LOAD_MAGIC 16

#define UNPUBLISHED 99

/* OLD_MAGIC and OLD_SEQ: the memory as the first writer finds it. An old page's two words are 7. */
bool magic = OLD_MAGIC;
byte seq = OLD_SEQ;
byte data[2] = 7;
byte published[32] = UNPUBLISHED; /* the state that a seq_count stands for */
bool may_die = true;

inline publish(number, value)
{
    seq = number;
    published[number] = value
}

proctype writer(byte value)
{
    byte done, old;

init_page:
    atomic { done = 0; old = seq }
    do
    :: d_step { !(done & SEQ_ODD) -> seq = old | 1; done = done | SEQ_ODD }
    :: d_step { !(done & MAGIC_OFF) -> magic = false; done = done | MAGIC_OFF }
    :: d_step { !(done & DATA_0) && INIT_FIRST_FENCE -> data[0] = value; done = done | DATA_0 }
    :: d_step { !(done & DATA_1) && INIT_FIRST_FENCE -> data[1] = value; done = done | DATA_1 }
    :: d_step {
           !(done & SEQ_EVEN) && (done & SEQ_ODD) && INIT_SEQ_FENCE ->
#ifdef RESTART
           publish(2, value);
#else
           publish((old | 1) + 1, value);
#endif
           done = done | SEQ_EVEN
       }
    :: d_step { !(done & MAGIC_ON) && (done & MAGIC_OFF) && INIT_MAGIC_FENCE -> magic = true; done = done | MAGIC_ON }
    :: done == (DATA | SEQ_ODD | SEQ_EVEN | MAGIC_OFF | MAGIC_ON) -> break
    :: may_die -> may_die = false; value = value + 1; goto init_page
    od;

update_page:
    atomic { value = value + 1; done = 0; old = seq }
    if
    :: value > 3 -> goto enough
    :: else
    fi;
    do
    :: d_step { !(done & SEQ_ODD) -> seq = old | 1; done = done | SEQ_ODD }
    :: d_step { !(done & DATA_0) && BEGIN_FENCE -> data[0] = value; done = done | DATA_0 }
    :: d_step { !(done & DATA_1) && BEGIN_FENCE -> data[1] = value; done = done | DATA_1 }
    :: d_step {
           !(done & SEQ_EVEN) && (done & SEQ_ODD) && COMMIT_FENCE -> publish((old | 1) + 1, value);
           done = done | SEQ_EVEN
       }
    :: done == (DATA | SEQ_ODD | SEQ_EVEN) -> goto update_page
    :: may_die -> may_die = false; goto update_page
    od;
enough:
    skip
}

/* Any attempt: of those before it, which were refused, nothing is kept. */
proctype reader()
{
    byte done, first, second, copy[2];
    bool valid;

    do
    :: d_step { !(done & LOOK_1) -> first = seq; done = done | LOOK_1 }
    :: d_step { !(done & LOAD_MAGIC) && FIRST_FENCE -> valid = magic; done = done | LOAD_MAGIC }
    :: d_step { !(done & DATA_0) && FIRST_FENCE -> copy[0] = data[0]; done = done | DATA_0 }
    :: d_step { !(done & DATA_1) && FIRST_FENCE -> copy[1] = data[1]; done = done | DATA_1 }
    :: d_step { !(done & LOOK_2) && (done & LOOK_1) && SECOND_FENCE -> second = seq; done = done | LOOK_2 }
    :: done == (LOOK_1 | LOAD_MAGIC | DATA | LOOK_2) -> break
    od;
    if
    :: valid &&
#ifndef NO_ODD_CHECK
       !(first & 1) &&
#endif
#ifdef NO_SECOND_LOOK
       true ->
#else
       first == second ->
#endif
       assert(copy[0] == copy[1] && copy[0] == published[first])
    :: else
    fi
}

/*
 * Guards a transaction: has a snapshot of some published seq_count, reads something that the hypervisor only changes
 * during an update (here data[0]), then compares.
 */
proctype transaction()
{
    byte done, held, found, now;

end: /* a page that a dead writer left for good is never quiet */
    atomic { magic && !(seq & 1) -> held = seq }
    do
    :: d_step { !(done & DATA) -> found = data[0]; done = done | DATA }
    :: d_step { !(done & LOOK_1) && COMPARE_FENCE -> now = seq; done = done | LOOK_1 }
    :: done == (DATA | LOOK_1) -> break
    od;
    if
    :: now == held -> assert(found == published[held])
    :: else
    fi
}

init
{
    atomic {
        if
        :: OLD_MAGIC && !(OLD_SEQ & 1) -> published[OLD_SEQ] = 7
        :: else
        fi;
        run writer(1);
        run reader();
        run transaction()
    }
}
