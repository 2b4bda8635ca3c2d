#include "trace/back/facts.h"
#include "trace/back/values.h"

static void become_move(struct ir_instruction *i, struct ir_value a)
{
    i->op = IR_MOVE;
    i->a = a;
    i->b = ir_const(0);
}

static void simplify_unary(struct ir_instruction *i)
{
    if (i->op == IR_EXTEND && i->size == 8)
        become_move(i, i->a);
    if (i->a.reg || i->op == IR_MOVE)
        return;
    int64_t a = i->a.constant;
    become_move(i, ir_const(i->op == IR_NEG    ? ir_compute(IR_NEG, a, 0)
                            : i->op == IR_SWAP ? ir_swap(a, i->size)
                                               : ir_extend(a, i->size, i->is_signed)));
}

static bool is_power_of_two(int64_t v)
{
    return v && !((uint64_t)v & ((uint64_t)v - 1));
}

/* By powers of two, unsigned: shifts and masks. */
static void weaken(struct ir_instruction *i)
{
    if (i->b.reg || !is_power_of_two(i->b.constant))
        return;
    int bit = __builtin_ctzll((unsigned long long)i->b.constant);
    if (i->op == IR_MOD) {
        i->op = IR_AND;
        i->b.constant = (int64_t)((uint64_t)i->b.constant - 1);
    } else if (i->op == IR_MUL || i->op == IR_DIV) {
        i->op = i->op == IR_MUL ? IR_SHL : IR_SHR;
        i->b.constant = bit;
    }
}

/* a op b is a, or a constant, whatever a is. */
static void simplify_known_right(struct ir_instruction *i)
{
    int64_t b = i->b.constant;
    bool is_shift = i->op == IR_SHL || i->op == IR_SHR || i->op == IR_SAR;
    if (is_shift)
        i->b.constant = b &= 63;
    bool is_sum = i->op == IR_ADD || i->op == IR_SUB || i->op == IR_OR || i->op == IR_XOR || is_shift;
    bool is_quotient = i->op == IR_DIV || i->op == IR_SDIV, is_rest = i->op == IR_MOD || i->op == IR_SMOD;
    if ((!b && (is_sum || is_rest)) || (b == 1 && (i->op == IR_MUL || is_quotient)) || (b == -1 && i->op == IR_AND))
        become_move(i, i->a);
    else if ((!b && (i->op == IR_MUL || i->op == IR_AND || is_quotient)) || (b == 1 && is_rest))
        become_move(i, ir_const(0));
    else if (b == -1 && i->op == IR_OR)
        become_move(i, ir_const(-1));
    else if (i->op == IR_SUB) {
        i->op = IR_ADD;
        i->b.constant = ir_compute(IR_NEG, b, 0);
    } else {
        weaken(i);
    }
}

static void simplify_binary(struct ir_instruction *i)
{
    if (!i->a.reg && !i->b.reg) {
        become_move(i, ir_const(ir_compute(i->op, i->a.constant, i->b.constant)));
        return;
    }
    if (!i->a.reg && ir_is_commutative(i->op)) {
        struct ir_value a = i->a;
        i->a = i->b;
        i->b = a;
    }
    if (!i->b.reg)
        simplify_known_right(i);
    else if (i->a.reg == i->b.reg && (i->op == IR_SUB || i->op == IR_XOR))
        become_move(i, ir_const(0));
    else if (i->a.reg == i->b.reg && (i->op == IR_AND || i->op == IR_OR))
        become_move(i, i->a);
}

static void simplify_jump(struct ir_instruction *i)
{
    if (!i->a.reg && i->b.reg) {
        struct ir_value a = i->a;
        i->a = i->b;
        i->b = a;
        i->condition = ir_flipped(i->condition);
    }
    if (i->a.reg || i->b.reg)
        return;
    if (ir_holds(i->condition, i->a.constant, i->b.constant))
        *i = (struct ir_instruction){.op = IR_JUMP, .label = i->label, .at = i->at};
    else
        *i = (struct ir_instruction){.op = IR_LABEL}; /* nothing: pass_dead removes it */
}

void simplify(struct ir_instruction *i)
{
    if (ir_is_binary(i->op))
        simplify_binary(i);
    else if (i->op == IR_JUMP_IF)
        simplify_jump(i);
    else if (i->op == IR_NEG || i->op == IR_EXTEND || i->op == IR_SWAP)
        simplify_unary(i);
}
