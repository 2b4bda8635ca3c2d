#include "trace/back/select.h"

#include "trace/back/facts.h"

static const uint8_t alu_codes[IR_OPS] = {
    [IR_ADD] = BPF_ADD, [IR_SUB] = BPF_SUB, [IR_MUL] = BPF_MUL, [IR_DIV] = BPF_DIV, [IR_MOD] = BPF_MOD,  [IR_AND] = BPF_AND,
    [IR_OR] = BPF_OR,   [IR_XOR] = BPF_XOR, [IR_SHL] = BPF_LSH, [IR_SHR] = BPF_RSH, [IR_SAR] = BPF_ARSH, [IR_NEG] = BPF_NEG,
};
static const uint8_t jump_codes[] = {
    [IR_EQ] = BPF_JEQ,   [IR_NE] = BPF_JNE,   [IR_ULT] = BPF_JLT,  [IR_ULE] = BPF_JLE,  [IR_UGT] = BPF_JGT,  [IR_UGE] = BPF_JGE,
    [IR_SLT] = BPF_JSLT, [IR_SLE] = BPF_JSLE, [IR_SGT] = BPF_JSGT, [IR_SGE] = BPF_JSGE, [IR_SET] = BPF_JSET,
};

static uint8_t size_code(uint8_t size)
{
    return size == 1 ? BPF_B : size == 2 ? BPF_H : size == 4 ? BPF_W : BPF_DW;
}

static bool lives_in(const struct body *b, struct ir_value v, uint8_t machine)
{
    return v.reg && b->homes[v.reg].kind == HOME_REGISTER && b->homes[v.reg].reg == machine;
}

/* Constants the verifier refuses as immediates: the divisor 0. */
static bool is_taken_as_immediate(enum ir_op op, int32_t immediate)
{
    return immediate || (op != IR_DIV && op != IR_MOD);
}

/* The verifier (6.13 and later) remembers of x + c how far it is from x, and lets no sum of a pointer and that be when c is as large as a
 * pointer's offset must not be (BPF_MAX_VAR_OFF). Of x | 0 it does not know that it is x. */
static void write_far_sum(struct body *b, enum ir_op op, uint8_t dst, int32_t immediate)
{
    write_insn(b->w, BPF_ALU64 | BPF_K | BPF_OR, dst, 0, 0, 0);
    write_insn(b->w, BPF_ALU64 | BPF_K | alu_codes[op], dst, 0, 0, immediate);
}

static bool is_far_sum(enum ir_op op, int32_t immediate)
{
    enum { POINTER_OFFSET_MAX = 1 << 29 };
    return (op == IR_ADD || op == IR_SUB) && (immediate >= POINTER_OFFSET_MAX || immediate <= -POINTER_OFFSET_MAX);
}

static void select_binary(struct body *b, const struct ir_instruction *i)
{
    struct ir_value left = i->a, right = i->b;
    uint8_t dst = result_register(b, i->to);
    if (lives_in(b, right, dst) && !lives_in(b, left, dst)) {
        if (ir_is_commutative(i->op)) {
            left = i->b;
            right = i->a;
        } else {
            dst = scratch_take(b);
        }
    }
    int32_t immediate = 0;
    bool is_immediate = operand_is_immediate(b, right, &immediate) && is_taken_as_immediate(i->op, immediate);
    operand_read_into(b, left, dst);
    bool is_shift = i->op == IR_SHL || i->op == IR_SHR || i->op == IR_SAR;
    if (is_immediate && is_far_sum(i->op, immediate))
        write_far_sum(b, i->op, dst, immediate);
    else if (is_immediate)
        write_insn(b->w, BPF_ALU64 | BPF_K | alu_codes[i->op], dst, 0, 0, is_shift ? immediate & 63 : immediate);
    else
        write_insn(b->w, BPF_ALU64 | BPF_X | alu_codes[i->op], dst, operand_read(b, right), 0, 0);
    result_keep(b, i->to, dst);
}

static void write_extension(struct body *b, uint8_t dst, uint8_t size, bool is_signed)
{
    int32_t bits = 64 - 8 * size;
    if (size >= 8)
        return;
    if (is_signed) {
        write_insn(b->w, BPF_ALU64 | BPF_LSH | BPF_K, dst, 0, 0, bits);
        write_insn(b->w, BPF_ALU64 | BPF_ARSH | BPF_K, dst, 0, 0, bits);
    } else if (size == 4) {
        write_insn(b->w, BPF_ALU | BPF_MOV | BPF_X, dst, dst, 0, 0);
    } else {
        write_insn(b->w, BPF_ALU64 | BPF_AND | BPF_K, dst, 0, 0, size == 1 ? 0xff : 0xffff);
    }
}

static void select_unary(struct body *b, const struct ir_instruction *i)
{
    static const uint8_t reversed = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? BPF_TO_BE : BPF_TO_LE;
    uint8_t dst = result_register(b, i->to);
    operand_read_into(b, i->a, dst);
    if (i->op == IR_NEG)
        write_insn(b->w, BPF_ALU64 | BPF_NEG, dst, 0, 0, 0);
    else if (i->op == IR_SWAP && i->size > 1)
        write_insn(b->w, BPF_ALU | BPF_END | reversed, dst, 0, 0, i->size * 8);
    else if (i->op != IR_MOVE)
        write_extension(b, dst, i->size, i->op == IR_EXTEND && i->is_signed);
    result_keep(b, i->to, dst);
}

/* A value whose home is a register moves straight there, one whose home is the frame comes from its own. */
static void select_move(struct body *b, const struct ir_instruction *i)
{
    const struct home *to = &b->homes[i->to];
    if (to->kind == HOME_REGISTER)
        operand_read_into(b, i->a, to->reg);
    else if (to->kind == HOME_FRAME)
        result_keep(b, i->to, operand_read(b, i->a));
}

static void select_address(struct body *b, const struct ir_instruction *i)
{
    if (b->homes[i->to].kind == HOME_NOWHERE)
        return;
    uint8_t dst = result_register(b, i->to);
    operand_make(b, i, dst);
    result_keep(b, i->to, dst);
}

static void select_load(struct body *b, const struct ir_instruction *i)
{
    int32_t offset = i->offset;
    uint8_t base = operand_base(b, i->a, &offset);
    bool is_loaded = b->scratch_used > 0;
    uint8_t dst = b->homes[i->to].kind == HOME_REGISTER || !is_loaded ? result_register(b, i->to) : base;
    write_insn(b->w, BPF_LDX | BPF_MEM | size_code(i->size), dst, base, (int16_t)offset, 0);
    if (i->is_signed)
        write_extension(b, dst, i->size, true);
    result_keep(b, i->to, dst);
}

/* Kernels before 6.4 store no immediate into the context. */
static bool is_context(const struct body *b, struct ir_value v)
{
    return b->p->list[0].op == IR_CONTEXT && b->p->list[0].to == v.reg;
}

static void select_store(struct body *b, const struct ir_instruction *i)
{
    int32_t offset = i->offset, immediate = 0;
    uint8_t base = operand_base(b, i->a, &offset);
    if (!is_context(b, i->a) && operand_is_immediate(b, i->b, &immediate))
        write_insn(b->w, BPF_ST | BPF_MEM | size_code(i->size), base, 0, (int16_t)offset, immediate);
    else
        write_insn(b->w, BPF_STX | BPF_MEM | size_code(i->size), base, operand_read(b, i->b), (int16_t)offset, 0);
}

static void select_atomic(struct body *b, const struct ir_instruction *i)
{
    int32_t offset = i->offset;
    uint8_t base = operand_base(b, i->a, &offset);
    write_insn(b->w, BPF_STX | BPF_ATOMIC | size_code(i->size), base, operand_read(b, i->b), (int16_t)offset, BPF_ADD);
}

void select_jump_if(struct body *b, const struct ir_instruction *i)
{
    int32_t immediate = 0;
    b->scratch_used = 0;
    uint8_t left = operand_read(b, i->a);
    if (operand_is_immediate(b, i->b, &immediate))
        write_insn(b->w, BPF_JMP | BPF_K | jump_codes[i->condition], left, 0, 0, immediate);
    else
        write_insn(b->w, BPF_JMP | BPF_X | jump_codes[i->condition], left, operand_read(b, i->b), 0, 0);
}

void select_instruction(struct body *b, const struct ir_instruction *i)
{
    b->scratch_used = 0;
    switch (i->op) {
    case IR_MOVE: select_move(b, i); break;
    case IR_NEG:
    case IR_EXTEND:
    case IR_SWAP: select_unary(b, i); break;
    case IR_LOAD: select_load(b, i); break;
    case IR_STORE: select_store(b, i); break;
    case IR_ATOMIC_ADD: select_atomic(b, i); break;
    case IR_SLOT:
    case IR_MAP:
    case IR_MAP_DATA:
    case IR_FUNCTION: select_address(b, i); break;
    case IR_CALL:
    case IR_CALL_FUNCTION: select_call(b, i); break;
    case IR_RETURN:
        operand_read_into(b, i->a, BPF_REG_0);
        write_insn(b->w, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
        break;
    case IR_LABEL:
    case IR_CONTEXT:
    case IR_ARGUMENT:
    case IR_JUMP:
    case IR_JUMP_IF:
    case IR_OPS: break;
    default: select_binary(b, i); break;
    }
}
