/* Disassembly in the words of the kernel's verifier. */
#include "base/arena.h"
#include "trace/back/emit.h"
#include "trace/back/source_lines.h"
#include "trace/back/writer.h"

#include <inttypes.h>

static const char *const alu_names[16] = {
    [BPF_ADD >> 4] = "+=", [BPF_SUB >> 4] = "-=", [BPF_MUL >> 4] = "*=",    [BPF_DIV >> 4] = "/=",
    [BPF_OR >> 4] = "|=",  [BPF_AND >> 4] = "&=", [BPF_LSH >> 4] = "<<=",   [BPF_RSH >> 4] = ">>=",
    [BPF_MOD >> 4] = "%=", [BPF_XOR >> 4] = "^=", [BPF_ARSH >> 4] = "s>>=", [BPF_MOV >> 4] = "=",
};
static const char *const jump_names[16] = {
    [BPF_JEQ >> 4] = "==",   [BPF_JGT >> 4] = ">",   [BPF_JGE >> 4] = ">=",   [BPF_JLT >> 4] = "<",
    [BPF_JLE >> 4] = "<=",   [BPF_JSET >> 4] = "&",  [BPF_JNE >> 4] = "!=",   [BPF_JSGT >> 4] = "s>",
    [BPF_JSGE >> 4] = "s>=", [BPF_JSLT >> 4] = "s<", [BPF_JSLE >> 4] = "s<=",
};

static const char *name_of(const char *const *names, uint8_t code)
{
    const char *name = names[BPF_OP(code) >> 4];
    return name ? name : "?";
}

static void memory_print(struct text *out, uint8_t code, unsigned base, int offset)
{
    static const char *const sizes[] = {[BPF_W >> 3] = "u32", [BPF_H >> 3] = "u16", [BPF_B >> 3] = "u8", [BPF_DW >> 3] = "u64"};
    text_addf(out, "*(%s *)(r%u %c%d)", sizes[BPF_SIZE(code) >> 3], base, offset < 0 ? '-' : '+', offset < 0 ? -offset : offset);
}

static void alu_print(struct text *out, const struct bpf_insn *i)
{
    char kind = BPF_CLASS(i->code) == BPF_ALU64 ? 'r' : 'w';
    if (BPF_OP(i->code) == BPF_END)
        text_addf(out, "r%u = %s%d r%u", i->dst_reg, BPF_SRC(i->code) == BPF_TO_BE ? "be" : "le", i->imm, i->dst_reg);
    else if (BPF_OP(i->code) == BPF_NEG)
        text_addf(out, "%c%u = -%c%u", kind, i->dst_reg, kind, i->dst_reg);
    else if (BPF_SRC(i->code) == BPF_X)
        text_addf(out, "%c%u %s %c%u", kind, i->dst_reg, name_of(alu_names, i->code), kind, i->src_reg);
    else
        text_addf(out, "%c%u %s %d", kind, i->dst_reg, name_of(alu_names, i->code), i->imm);
}

static void jump_print(struct text *out, const struct bpf_insn *i)
{
    switch (BPF_OP(i->code)) {
    case BPF_EXIT: text_adds(out, "exit"); return;
    case BPF_JA: text_addf(out, "goto pc%+d", i->off); return;
    case BPF_CALL: text_addf(out, i->src_reg == BPF_PSEUDO_CALL ? "call pc%+d" : "call %d", i->imm); return;
    default: break;
    }
    text_addf(out, "if r%u %s ", i->dst_reg, name_of(jump_names, i->code));
    if (BPF_SRC(i->code) == BPF_X)
        text_addf(out, "r%u", i->src_reg);
    else
        text_addf(out, "%d", i->imm);
    text_addf(out, " goto pc%+d", i->off);
}

static void wide_print(struct text *out, const struct bpf_insn *i)
{
    if (i->src_reg == BPF_PSEUDO_MAP_FD)
        text_addf(out, "r%u = map[%d]", i->dst_reg, i->imm);
    else if (i->src_reg == BPF_PSEUDO_MAP_VALUE)
        text_addf(out, "r%u = map[%d][0]+%d", i->dst_reg, i->imm, i[1].imm);
    else if (i->src_reg == BPF_PSEUDO_FUNC)
        text_addf(out, "r%u = func pc%+d", i->dst_reg, i->imm);
    else
        text_addf(out, "r%u = 0x%" PRIx64, i->dst_reg, (uint64_t)(uint32_t)i[1].imm << 32 | (uint32_t)i->imm);
}

static void insn_print(struct text *out, const struct bpf_insn *i)
{
    switch (BPF_CLASS(i->code)) {
    case BPF_LD: wide_print(out, i); break;
    case BPF_LDX:
        text_addf(out, "r%u = ", i->dst_reg);
        memory_print(out, i->code, i->src_reg, i->off);
        break;
    case BPF_ST:
        memory_print(out, i->code, i->dst_reg, i->off);
        text_addf(out, " = %d", i->imm);
        break;
    case BPF_STX:
        if (BPF_MODE(i->code) == BPF_ATOMIC)
            text_adds(out, "lock ");
        memory_print(out, i->code, i->dst_reg, i->off);
        text_addf(out, " %s r%u", BPF_MODE(i->code) == BPF_ATOMIC ? "+=" : "=", i->src_reg);
        break;
    case BPF_JMP: jump_print(out, i); break;
    default: alu_print(out, i); break;
    }
}

/* What stands above an instruction: the function that starts there, the source's line when it is another. */
static void heading_print(const struct bpf_code *code, uint32_t at, struct text *out)
{
    for (uint32_t f = 0; f < code->n_functions; f++)
        if (code->functions[f].at == at)
            text_addf(out, "%s%s:\n", f ? "\n" : "", code->functions[f].name);
}

static void line_print(const struct source_lines *lines, uint32_t source_at, uint32_t *shown, struct text *out)
{
    struct source_line line = source_line_at(lines, source_at);
    if (line.number == *shown)
        return;
    *shown = line.number;
    text_addf(out, "; %.*s @ %s:%" PRIu32 "\n", (int)line.length, line.text, lines->source->name, line.number);
}

void code_print(const struct bpf_code *code, const struct source *source, struct text *out)
{
    struct arena arena = {0};
    struct source_lines lines = {0};
    bool has_lines = source && !source_lines_find(&arena, source, &lines);
    uint32_t next = 0, shown = 0;
    for (uint32_t i = 0; i < code->count; i++) {
        heading_print(code, i, out);
        for (; next < code->n_lines && code->lines[next].at <= i; next++)
            if (has_lines)
                line_print(&lines, code->lines[next].source_at, &shown, out);
        text_addf(out, "%4" PRIu32 ": (%02x) ", i, code->insns[i].code);
        insn_print(out, &code->insns[i]);
        text_addc(out, '\n');
        if (code->insns[i].code == BPF_WIDE)
            i++;
    }
    arena_free(&arena);
}
