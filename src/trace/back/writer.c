#include "trace/back/writer.h"

#include "base/arena.h"

#include <string.h>

enum {
    FIRST_CAPACITY = 256,
    ADD_IMMEDIATE = 0x07, /* BPF_ALU64 | BPF_ADD | BPF_K */
};

static void *grown(struct writer *w, const void *old, uint32_t *capacity, size_t item)
{
    uint32_t wanted = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    void *array = arena_alloc(w->arena, wanted * item);
    if (!array) {
        w->out_of_memory = true;
        return NULL;
    }
    if (*capacity)
        memcpy(array, old, *capacity * item);
    *capacity = wanted;
    return array;
}

void write_insn(struct writer *w, uint8_t code, uint8_t dst, uint8_t src, int16_t offset, int32_t imm)
{
    if (w->code->count == w->capacity) {
        struct bpf_insn *insns = grown(w, w->code->insns, &w->capacity, sizeof *insns);
        if (!insns)
            return;
        w->code->insns = insns;
    }
    w->code->insns[w->code->count++] = (struct bpf_insn){.code = code, .dst_reg = dst & 15, .src_reg = src & 15, .off = offset, .imm = imm};
}

void write_wide(struct writer *w, uint8_t dst, uint8_t src, int32_t imm, int32_t next)
{
    write_insn(w, BPF_WIDE, dst, src, 0, imm);
    write_insn(w, 0, 0, 0, 0, next);
}

void write_constant(struct writer *w, uint8_t dst, int64_t v)
{
    if (v == (int32_t)v)
        write_insn(w, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, (int32_t)v);
    else if (v == (int64_t)(uint32_t)v)
        write_insn(w, BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, (int32_t)v);
    else
        write_wide(w, dst, 0, (int32_t)v, (int32_t)((uint64_t)v >> 32));
}

void write_move(struct writer *w, uint8_t dst, uint8_t src)
{
    if (dst != src)
        write_insn(w, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

void write_frame_address(struct writer *w, uint8_t dst, int32_t offset)
{
    write_move(w, dst, BPF_REG_10);
    if (offset)
        write_insn(w, ADD_IMMEDIATE, dst, 0, 0, offset);
}

void write_line(struct writer *w, uint32_t source_at, bool always)
{
    struct bpf_code *code = w->code;
    if (!always && code->n_lines && code->lines[code->n_lines - 1].source_at == source_at)
        return;
    if (code->n_lines && code->lines[code->n_lines - 1].at == code->count) {
        code->lines[code->n_lines - 1].source_at = source_at;
        return;
    }
    if (code->n_lines == w->line_capacity) {
        struct bpf_line *lines = grown(w, code->lines, &w->line_capacity, sizeof *lines);
        if (!lines)
            return;
        code->lines = lines;
    }
    code->lines[code->n_lines++] = (struct bpf_line){code->count, source_at};
}
