/* Shared by code*.c only. */
#pragma once
#include "objects/code.h"

#include <linux/bpf.h>

enum known_kind {
    KNOWN_NOTHING,
    KNOWN_CONSTANT, /* .value */
    KNOWN_STACK,    /* the frame's end + .value */
    KNOWN_MAP,      /* the map itself */
    KNOWN_VALUE,    /* the start of a value of the map */
    KNOWN_RECORD,   /* the start of the record that the .record-th call reserved */
    KNOWN_GLOBAL,   /* .value bytes into the section .origin */
};

/* What is known of a register. */
struct known {
    enum known_kind kind;
    int64_t value;
    int map;
    int record;
    const char *origin;
};

struct function {
    struct code *code;
    const struct elf *elf;
    const struct elf_section *section;
    const char *name;
    uint32_t first, n; /* instructions of the section */
};

/* The insn-th instruction of the function's section; zero beyond its end. */
struct bpf_insn code_insn(const struct function *f, uint32_t insn);
/* What a 16-byte load puts into its register. */
void code_constant(const struct function *f, uint32_t insn, struct known *k);
/* Follows the function and notes what its calls do. */
void code_follow(struct function *f);
/* Notes what a call of a helper does, given the registers; returns what it leaves in r0. */
struct known code_call(struct function *f, uint32_t insn, int32_t helper, const struct known *registers);
