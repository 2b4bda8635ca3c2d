/* Why a BPF object was refused, for people who are not verifier experts: the name of the mistake, the verifier's last lines, the C source
 * line they belong to, one sentence on what it means and one on how programs usually fix it.
 *
 * A pure analyser: texts go in (the verifier's log, libbpf's lines, errno, the names), a struct comes out. Nothing is loaded, nothing is
 * read from the machine. The texts may come from anywhere (a log that somebody saved): every byte of them is distrusted, every length
 * is bounded, and any text gives an explanation, if only one that says honestly that the mistake is not known.
 *
 * Use by a loader:
 *   static char log[16 << 20];                            // kernels before 6.4 keep only the head of a log that does not fit
 *   bpf_program__set_log_buf(program, log, sizeof log);   // each program; log level left at 0: libbpf asks again with 1
 *   libbpf_set_print(...)                                 // keep the lines of all levels but DEBUG, as they come
 *   if (bpf_object__load(object) < 0) {
 *       struct refusal r = {.step = REFUSED_AT_LOAD, .error = errno, .program = name, .section = section,
 *                           .verifier = log, .verifier_n = strlen(log), .libbpf = lines, .libbpf_n = lines_n,
 *                           .object = bytes, .object_n = bytes_n};
 *       struct explanation e;
 *       explain(&r, &e);
 *       explain_add_text(&out, &e);
 *   }
 * Without bpf_program__set_log_buf libbpf prints the verifier's log among its own lines, which is understood as well. */
#pragma once
#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum refused_at {
    REFUSED_SOMEWHERE, /* not known: a saved log */
    REFUSED_AT_OPEN,   /* bpf_object__open_* */
    REFUSED_AT_LOAD,   /* bpf_object__load */
    REFUSED_AT_ATTACH, /* bpf_program__attach* */
};

/* What is known of a refusal. Everything may be left out (NULL, 0); texts need no NUL. All is borrowed for the call. */
struct refusal {
    enum refused_at step;
    int error;            /* positive errno; 0: not known */
    const char *program;  /* the refused program's function; left out: taken from libbpf's lines */
    const char *section;  /* its SEC(); left out: taken from the object or libbpf's lines */
    const char *verifier; /* the verifier's log of that program */
    size_t verifier_n;
    const char *libbpf; /* libbpf's lines, each with its newline, with or without "libbpf: " */
    size_t libbpf_n;
    const char *lacking; /* capabilities that are needed for BPF and that the process does not have (object_lacking); "": none */
    const char *kernel;  /* its release (uname -r) */
    const void *object;  /* the ELF file: its line information (.BTF.ext) names file and line where the log does not */
    size_t object_n;
};

/* A place in the C source. */
struct explain_place {
    int insn;       /* instruction number within the loaded program; -1: not known */
    char file[256]; /* as the compiler was given it; empty: not known */
    unsigned line;  /* 0: not known */
    char text[256]; /* the source line, without the blanks around it; empty: not known */
};

struct explanation {
    bool known;               /* false: no rule matches; mistake is "unknown" and the sentences say so */
    const char *mistake;      /* stable identifier, for -o json: "null-check-missing"; static string */
    const char *summary;      /* what kind of mistake it is, in a few words; static string */
    char program[64];         /* empty: not known */
    char section[96];         /* empty: not known */
    int error;                /* as it was given */
    char last_lines[2048];    /* what the verifier, or else libbpf, said last; lines end with newlines; empty: it said nothing */
    bool from_verifier;       /* last_lines are the verifier's */
    struct explain_place at;  /* where it was refused */
    struct explain_place had; /* where the thing came from that is wrong there (the lookup without a check, the reference not
                                 released); insn -1 and line 0: nothing of the kind */
    char meaning[640];        /* a sentence: what it means */
    char remedy[640];         /* a sentence: how programs usually fix it */
};

/* Always fills the whole of *e. */
void explain(const struct refusal *r, struct explanation *e);

/* For people: the sentences, the place with its source line, the last lines. Ends with a newline. */
void explain_add_text(struct text *t, const struct explanation *e);
/* For programs: the members of a JSON object, without its braces; what is not known is null. */
void explain_add_members(struct text *t, const struct explanation *e);

struct object;

/* A refusal that the loader of this room met. */
struct refused {
    enum refused_at step;
    int error;           /* positive errno; 0: not known */
    const char *program; /* NULL: libbpf's lines tell */
    const char *words;   /* the loader's own sentence; NULL: none */
};

/* Explains it, with the verifier's and libbpf's words that the object holds, its line information, and what this process and kernel are. */
void explain_object(const struct object *o, const struct refused *what, struct explanation *e);

/* Explains a saved log (the verifier's own, libbpf's or bpftool's output) and prints the explanation to `out`, as text or as a line of
 * JSON. `object` is the path of the object it is about, or NULL. Returns 0; -errno and a sentence when a file cannot be read. */
int explain_file(const char *path, const char *object, FILE *out, bool json, struct err *why);

/* The mistakes that are known, for documents and tests. NULL past the last. */
struct explain_mistake {
    const char *name;    /* "null-check-missing" */
    const char *summary; /* "the result of a map lookup is used without a check for NULL" */
};
const struct explain_mistake *explain_mistake_at(size_t i);
