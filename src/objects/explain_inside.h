/* What the parts of the explainer share. Texts are spans: nothing is NUL-terminated, nothing beyond an end is looked at. */
#pragma once
#include "base/span.h"
#include "objects/elf.h"
#include "objects/explain.h"

#include <bpf/btf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- words: what was found out, and sentences made of it (explain_words.c) --- */

enum { WORDS_MAX = 40 };

/* Names and values: "reg" is "0", "map" is "counts". A value that is empty is not known. */
struct words {
    struct {
        char name[24], value[240];
    } of[WORDS_MAX];
    size_t n;
};

void words_set(struct words *w, const char *name, struct span value);
void words_setf(struct words *w, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
const char *words_get(const struct words *w, const char *name); /* "" when it is not known */

/* Looks for the pattern in the line: literal text, "{name}" for one or more bytes up to the next literal (the rest of the line at the end
 * of the pattern), "^" first: at the start of the line. The words are set when, and only when, all of it matches; `w` may be NULL. */
bool words_match(struct words *w, const char *pattern, struct span line);
/* Writes the sentence: "{name}" is replaced, "{name byte}" by "1 byte" or "2 bytes"; "[…|…]" is its first part of which all words are
 * known, or nothing; "{{", "{[" and "{]" are a brace and brackets. */
void words_write(const struct words *w, const char *sentence, char *out, size_t size);

/* --- lines, from the last to the first (explain_log.c) --- */

enum line_kind {
    LINE_EMPTY,
    LINE_SOURCE,  /* "; return *count; @ file.c:12" */
    LINE_INSN,    /* "7: (79) r1 = *(u64 *)(r0 +0)" */
    LINE_STATE,   /* registers, precision marks and other company of instructions */
    LINE_NOISE,   /* said of programs that are accepted as well */
    LINE_TRAILER, /* "processed 7 insns …" and libbpf's own words */
    LINE_WORDS,   /* anything else: what is wrong */
};

enum line_kind log_line_kind(struct span line);
/* The number of an instruction line, -1 for another line. */
int log_line_insn(struct span line);
/* Cuts the last line off, without its newline and the blanks at its ends. False at the end. */
bool log_line_before(struct span *text, struct span *line);

enum { LOG_WORDS = 8 };

/* The end of a verifier log. */
struct log_view {
    struct span text;             /* no more than the last megabytes */
    struct span words[LOG_WORDS]; /* the lines that say what is wrong, in their order */
    size_t n_words;
    struct span last_insn; /* the line of the instruction at which it stopped; empty: none */
    int insn;              /* its number, or -1 */
    bool ended;            /* "processed … insns" is there: not cut off */
    bool cut;              /* instructions, but neither words nor that end: the buffer was too small */
};

void log_read(struct log_view *v, struct span verifier);
/* The part of a text between libbpf's BEGIN and END lines; the whole when it looks like a verifier log; else empty. */
struct span log_verifier_part(struct span text);
/* The source line of an instruction, as the log has it; `insn` is found from the log's end. False when the log does not tell. */
bool log_place(const struct log_view *v, int insn, struct explain_place *out);
/* The last line of that instruction. */
bool log_insn_line(const struct log_view *v, int insn, struct span *line);

/* --- what the log tells of registers, helpers, loops (explain_trace.c, explain_code.c) --- */

bool line_has(struct span line, const char *what);
/* The helper that a line calls: "bpf_map_lookup_elem". */
bool line_call(struct span line, struct span *helper);

/* What is known of a register before the refusal. */
struct held {
    struct span value;              /* "ringbuf_mem(ref_obj_id=2,sz=8)": the last that a line says of it; empty: nothing */
    struct span last_call, release; /* helpers that were called after that line */
};

struct held trace_held(const struct log_view *v, const char *number);

/* Sets what the log alone tells: helper (called at the failing instruction), lock_insn (the last bpf_spin_lock), loop (how often the last
 * instruction was met, when it is in a loop), long_loop (the same, when it is often enough to fill a log) and loop_insn (the jump back). */
void trace_log(const struct log_view *v, struct words *w);
/* Sets what follows from the words of a line: of {reg} regtype, map, released_by, moved_by, and null_insn and source (where a value
 * that may be NULL came from); of {alloc} alloc_helper and ringbuf; of {off} deep; map_insn, the instruction that loads the map's address;
 * plain numbers in {value} and {range}. */
void trace_words(const struct log_view *v, struct words *w);

/* --- the object file (explain_btf.c, explain_object.c, explain_lines.c) --- */

/* A map's definition, as the object has it. */
struct explain_map {
    bool found;
    uint32_t type, key_size, value_size, max_entries, flags;
    char misaligned[80]; /* a member of its value that stands askew: "struct bpf_spin_lock lock at offset 1" */
};

/* Reads the definition of a map from the types; `b` may be NULL. */
void btf_map(const struct btf *b, const char *name, struct explain_map *out);
/* The member of the program's context at that offset: "tstamp_type of struct __sk_buff". False when it cannot be told. */
bool btf_context_member(const struct btf *b, const char *program, uint32_t offset, char *out, size_t size);

struct object_view {
    struct elf elf;
    bool readable;
    struct elf_section symbols;
    struct btf *btf;      /* owned; NULL: none that could be trusted */
    const uint8_t *lines; /* the line information of .BTF.ext */
    size_t lines_size;
};

/* What cannot be read is left out. object_view_free is right in any case. */
void object_view_read(struct object_view *o, const void *bytes, size_t size);
void object_view_free(struct object_view *o);
/* The section of a program, NULL when it is not there. */
const char *object_section(const struct object_view *o, const char *program);
/* An instruction in the object's sections. */
struct code_place {
    uint32_t section, function, insn; /* function: its first instruction; both are counted from the section's start */
};

/* Where instruction `insn` of the loaded program is. */
bool object_locate(const struct object_view *o, const char *program, int insn, struct code_place *out);
/* Notes where the line information is. */
void lines_find(struct object_view *o, const struct elf_section *ext);
/* Fills file, line and text of instruction out->insn of the loaded program. When out->text is known already, only a line with
 * that text is taken. */
bool object_place(const struct object_view *o, const char *program, struct explain_place *out);
/* The name of the map whose address instruction `insn` loads, NULL when it loads none. */
const char *object_map_at(const struct object_view *o, const char *program, int insn);

/* --- facts of kernels (explain_facts.c) --- */

/* Words of a program type, by section: "an XDP program"; "" when the section is not known. */
const char *facts_program_kind(const char *section);
/* Sets words of helper number {number}: helper, since. */
void facts_helper(struct words *w);
/* Sets gets and wants: {type} and {expected} of a helper's argument in words. */
void facts_argument(struct words *w);
/* Sets guarded, when {helper} is one that lockdown forbids: the capability that it needs besides. */
void facts_guarded(struct words *w);
/* Sets words of a map that the kernel refuses: map_type, since, map_unknown_type, map_is_new ({kernel} is older, when that is known),
 * map_bad_flags, misaligned, map_wrong. */
void facts_map(const struct explain_map *m, struct words *w);

/* --- the table (explain_code_rules.c, explain_load_rules.c) --- */

enum sign_in { IN_VERIFIER, IN_LIBBPF };

/* What a mistake is known by. All that is given must hold. */
struct sign {
    enum sign_in in;
    const char *pattern;  /* of a line there; NULL: any, or no line at all */
    const char *also;     /* pattern of a second line, of libbpf */
    const char *needs;    /* a word that must be known by then; with a leading '!': must not */
    int error;            /* 0: any */
    enum refused_at step; /* REFUSED_SOMEWHERE: any */
    bool silent;          /* the verifier said nothing */
};

enum { RULE_SIGNS = 12 };

struct rule {
    struct explain_mistake mistake;
    struct sign signs[RULE_SIGNS];
    const char *meaning, *remedy; /* sentences of words_write */
    const char *at, *had; /* words that hold the instruction where it was refused (NULL: the last one) and where the thing came from */
};

/* The i-th row; NULL past the last. */
const struct rule *explain_rule_at(size_t i);
/* The two halves of the table. */
extern const struct rule explain_code_rules[], explain_load_rules[];
extern const size_t explain_code_rules_n, explain_load_rules_n;

/* --- one refusal (explain.c, explain_tell.c) --- */

enum { LIBBPF_LINES = 400 }; /* of libbpf's lines, the last so many are looked at */

/* All that the rules are held against. */
struct evidence {
    const struct refusal *r;
    struct log_view log;
    struct span libbpf[LIBBPF_LINES]; /* in their order, without the verifier's log among them */
    size_t n_libbpf;
    struct object_view object;
    struct words words; /* what is known whatever the mistake is */
};

/* Fills an explanation. `rule` is NULL when the mistake is not known. */
void explain_tell(const struct evidence *v, const struct rule *rule, struct words *w, struct explanation *e);
