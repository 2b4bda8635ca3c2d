/* Where a program is attached: told by its section's name, or by the command line (PROGRAM=KIND:TARGET, PROGRAM=none). */
#pragma once
#include "base/err.h"

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>

struct attach_place;
struct attachment;

/* A way to attach programs. */
struct attach_kind {
    const char *name;    /* "kprobe" */
    int type;            /* enum bpf_prog_type of its programs; -1: several */
    int attach_type;     /* the expected attach type to load them with; -1: as the section says */
    const char *target;  /* the form of its target, for people: "BINARY:FUNCTION[+OFFSET]"; NULL: it has none */
    const char *option;  /* the option that gives targets of this kind to all programs: "interface"; NULL: none */
    const char *purpose; /* what the target is: "a kernel function" */
    /* Before the load; may be NULL. Both return 0 or -errno with words. */
    int (*prepare)(const struct attach_place *p, struct err *why);
    int (*attach)(const struct attach_place *p, struct attachment *a, struct err *why);
    const char *impossible; /* no attach: what its loader does, as a sentence about "it" */
};

/* What options say about targets of whole kinds. */
struct attach_options {
    const char *interface, *cgroup; /* NULL: not given */
    int pid;                        /* -1: every process */
};

enum { TARGET_LONGEST = 512 };

/* One program and where it goes. */
struct attach_place {
    struct bpf_object *object;
    struct bpf_program *program;
    const struct attach_kind *kind; /* NULL: not known */
    char target[TARGET_LONGEST];    /* "" when there is none yet */
    bool off;                       /* not to be loaded */
    bool chosen;                    /* by the command line */
    const struct attach_options *options;
};

/* The i-th kind; NULL past the last. */
const struct attach_kind *attach_kind_at(size_t i);
const struct attach_kind *attach_kind_find(const char *name);

/* Where its section's name (and the program's type, as libbpf read it) puts the program. Programs of SEC("?…") are off. */
void target_of_section(struct attach_place *p);
/* Takes "KIND:TARGET", "KIND", "none" or "" (as the section says, even of SEC("?…")) from the command line. */
int target_choose(struct attach_place *p, const char *words, struct err *why);
/* Whether nothing more has to be said before it can be attached; if not, words say what and which option says it. */
bool target_is_known(const struct attach_place *p, char *words, size_t size);
/* Readies the program for the load: its type, its attach type, a kernel function's BTF id. */
int target_prepare(const struct attach_place *p, struct err *why);

/* Splits "a:b:c" at its first colon; the rest is "" when there is none. False when the first part does not fit or is empty. */
bool target_split(const char *words, char separator, char *first, size_t size, const char **rest);
