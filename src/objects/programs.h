/* All programs of an object, and where they go. */
#pragma once
#include "objects/attach.h"
#include "objects/object.h"

struct programs {
    struct object *object;
    struct attach_place *places; /* one for each program */
    struct attachment *attachments;
    struct bpf_link *operations[16]; /* of struct_ops maps */
    size_t n, n_attachments, n_operations;
};

/* Words for people while programs are made ready and attached: a sentence about a program that is not attached, or "NAME  kprobe f". */
struct programs_listener {
    void (*left_out)(void *arg, const char *sentence);
    void (*attached)(void *arg, const char *program, const char *where);
    void *arg;
};

/* Where their sections put them. The options are borrowed. */
int programs_open(struct programs *p, struct object *o, const struct attach_options *options, struct err *why);
/* One "PROGRAM=KIND:TARGET", "PROGRAM=none" or "PROGRAM" (attach it although its section says not to). */
int programs_choose(struct programs *p, const char *words, struct err *why);
/* NULL when there is none of that name. */
struct attach_place *programs_find(struct programs *p, const char *name);
/* Before the load. Programs that cannot be loaded without more being said are left out. */
int programs_prepare(struct programs *p, struct err *why);
/* After the load. With `partial` a program that cannot be attached is left out, with words, instead of being an error. */
int programs_attach(struct programs *p, bool partial, const struct programs_listener *l, struct err *why);
/* Tells (left_out) of each program whose place is not known. */
void programs_tell_missing(const struct programs *p, const struct programs_listener *l);
/* Undoes attachments, newest first. NULL members are fine. */
void programs_close(struct programs *p);
