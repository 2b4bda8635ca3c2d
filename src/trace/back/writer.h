/* Appends BPF instructions. */
#pragma once
#include "trace/back/emit.h"

#include <stdbool.h>

enum {
    BPF_STACK_BYTES = 512,
    BPF_WIDE = 0x18, /* BPF_LD | BPF_DW | BPF_IMM: a load of 64 bits in two halves */
};

struct writer {
    struct arena *arena;
    struct bpf_code *code;
    uint32_t capacity, line_capacity;
    bool out_of_memory;
    bool wants_scratch; /* an instruction needed a second scratch register and there was none */
};

void write_insn(struct writer *w, uint8_t code, uint8_t dst, uint8_t src, int16_t offset, int32_t imm);
/* dst = imm, in one instruction or two. */
void write_constant(struct writer *w, uint8_t dst, int64_t v);
/* A 16-byte load: `src` says what v is (BPF_PSEUDO_MAP_…); `next` goes into the second half. */
void write_wide(struct writer *w, uint8_t dst, uint8_t src, int32_t imm, int32_t next);
void write_move(struct writer *w, uint8_t dst, uint8_t src);
/* dst = address of a byte of the frame. */
void write_frame_address(struct writer *w, uint8_t dst, int32_t offset);
/* From here on the instructions are those of this byte of the source. */
void write_line(struct writer *w, uint32_t source_at, bool always);
