/* From the intermediate form to BPF instructions. */
#pragma once
#include "trace/back/ir.h"

#include <linux/bpf.h>

struct err;

struct bpf_line { /* what instruction `at` and those after it were made from */
    uint32_t at;
    uint32_t source_at;
};

/* The code of one loadable program: the program, then the subprograms that it calls. Maps stand in it by index (src_reg BPF_PSEUDO_MAP_FD
 * or BPF_PSEUDO_MAP_VALUE, imm: the index) until code_relocate puts their descriptors in. */
struct bpf_code {
    struct bpf_insn *insns;
    uint32_t count;
    struct bpf_line *lines;
    uint32_t n_lines;
    struct bpf_function {
        const char *name;
        uint32_t at; /* instruction */
        uint8_t n_arguments;
    } * functions;
    uint32_t n_functions;
    uint32_t stack_bytes; /* of the deepest frame */
};

/* Folds constants, removes what has no use, shares repeated map addresses. In place. */
void ir_optimize(struct ir_program *p);
/* Allocates registers (r6–r9 over calls, r0–r5 between them, the frame for the rest) and makes instructions. `programs[0]` is the entry;
 * IR_CALL_FUNCTION's index counts in `programs`; those that are not called are left out. 0, or -errno with words (-E2BIG: the frame or the
 * code is too large). Lives in the arena. */
int bpf_emit(struct arena *arena, struct ir_program *const *programs, uint32_t n, struct bpf_code *out, struct err *why);
void code_relocate(struct bpf_code *code, const int *map_fds);
/* One instruction a line, in the kernel's words, with the source's line where it changes (-d bytecode). */
void code_print(const struct bpf_code *code, const struct source *source, struct text *out);

/* BTF of the code: a function for each of its functions (the entry takes a context pointer) and line info, so that the verifier's log and
 * bpftool speak in the script's lines. The blobs live in the arena. */
struct code_btf {
    void *btf;
    uint32_t btf_size;
    struct bpf_func_info *functions;
    uint32_t n_functions;
    struct bpf_line_info *lines;
    uint32_t n_lines;
};
int code_btf_make(struct arena *arena, const struct bpf_code *code, const struct source *source, struct code_btf *out, struct err *why);
