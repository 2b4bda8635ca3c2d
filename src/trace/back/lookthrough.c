#include "trace/back/facts.h"
#include "trace/back/values.h"

/* Bits that can be set in what an instruction made, by its form alone: what the verifier knows too. */
static uint64_t possible_bits(const struct ir_instruction *made)
{
    bool is_unsigned = (made->op == IR_LOAD || made->op == IR_EXTEND || made->op == IR_SWAP) && !made->is_signed;
    if (is_unsigned && made->size < 8)
        return (1ULL << (8 * made->size)) - 1;
    if (made->op == IR_AND && !made->b.reg)
        return (uint64_t)made->b.constant;
    if (made->op == IR_SHR && !made->b.reg)
        return UINT64_MAX >> (made->b.constant & 63);
    return UINT64_MAX;
}

static bool is_needless_extension(const struct ir_instruction *i, const struct ir_instruction *made)
{
    uint64_t bits = possible_bits(made), kept = i->size < 8 ? (1ULL << (8 * i->size)) - 1 : UINT64_MAX;
    if (!i->is_signed)
        return !(bits & ~kept);
    bool was_signed = (made->op == IR_LOAD || made->op == IR_EXTEND) && made->is_signed && made->size <= i->size;
    return was_signed || !(bits & ~(kept >> 1));
}

/* (x + c) + d is x + (c + d). */
static void join_sums(struct ir_instruction *i, const struct ir_instruction *made)
{
    int64_t sum = ir_compute(IR_ADD, made->b.constant, i->b.constant);
    if (made->op != IR_ADD || made->b.reg || !made->a.reg || !ir_fits(sum) || !ir_fits(made->b.constant) || !ir_fits(i->b.constant))
        return;
    i->a = made->a;
    i->b.constant = sum;
}

/* *(x + c + offset): the constant goes into the offset. */
static void join_offset(struct ir_instruction *i, const struct ir_instruction *made)
{
    if (made->op != IR_ADD || made->b.reg || !made->a.reg || !ir_fits(made->b.constant))
        return;
    int64_t offset = made->b.constant + i->offset;
    if (offset != (int16_t)offset)
        return;
    i->a = made->a;
    i->offset = (int32_t)offset;
}

void look_through(const struct values *v, struct ir_instruction *i)
{
    const struct ir_instruction *made = i->a.reg ? values_made(v, i->a.reg) : NULL;
    if (!made)
        return;
    if (i->op == IR_LOAD || i->op == IR_STORE || i->op == IR_ATOMIC_ADD)
        join_offset(i, made);
    else if (i->op == IR_ADD && !i->b.reg)
        join_sums(i, made);
    else if ((i->op == IR_EXTEND && is_needless_extension(i, made)) ||
             (i->op == IR_AND && !i->b.reg && !(possible_bits(made) & ~(uint64_t)i->b.constant)))
        *i = (struct ir_instruction){.op = IR_MOVE, .to = i->to, .a = i->a, .at = i->at};
}
