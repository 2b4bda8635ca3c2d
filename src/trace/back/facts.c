#include "trace/back/facts.h"

#include <stddef.h>

unsigned ir_operands(struct ir_instruction *i, ir_reg *operands[IR_OPERANDS_MAX])
{
    unsigned n = 0;
    if (i->a.reg)
        operands[n++] = &i->a.reg;
    if (i->b.reg)
        operands[n++] = &i->b.reg;
    if (ir_is_call(i->op))
        for (uint8_t k = 0; k < i->n_arguments; k++)
            if (i->arguments[k])
                operands[n++] = &i->arguments[k];
    return n;
}

bool ir_is_pure(enum ir_op op)
{
    return op <= IR_LOAD || (op >= IR_SLOT && op <= IR_CONTEXT) || op == IR_ARGUMENT;
}

bool ir_is_binary(enum ir_op op)
{
    return op >= IR_ADD && op <= IR_SAR;
}

bool ir_is_commutative(enum ir_op op)
{
    return op == IR_ADD || op == IR_MUL || op == IR_AND || op == IR_OR || op == IR_XOR;
}

bool ir_is_call(enum ir_op op)
{
    return op == IR_CALL || op == IR_CALL_FUNCTION;
}

bool ir_never_falls(enum ir_op op)
{
    return op == IR_JUMP || op == IR_RETURN;
}

bool ir_is_next(const struct ir_instruction *i, const struct ir_instruction *end, ir_label label)
{
    while (++i < end && i->op == IR_LABEL)
        if (i->label == label)
            return true;
    return false;
}

/* Signed division by magnitudes, as the emitted code does it: INT64_MIN / -1 wraps. */
static int64_t divide_signed(int64_t a, int64_t b)
{
    uint64_t dividend = a < 0 ? 0 - (uint64_t)a : (uint64_t)a, divisor = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
    uint64_t quotient = divisor ? dividend / divisor : 0;
    return (int64_t)((a < 0) != (b < 0) ? 0 - quotient : quotient);
}

static int64_t compute_unsigned(enum ir_op op, uint64_t a, uint64_t b)
{
    switch (op) {
    case IR_ADD: return (int64_t)(a + b);
    case IR_SUB: return (int64_t)(a - b);
    case IR_MUL: return (int64_t)(a * b);
    case IR_DIV: return (int64_t)(b ? a / b : 0);
    case IR_MOD: return (int64_t)(b ? a % b : a);
    case IR_AND: return (int64_t)(a & b);
    case IR_OR: return (int64_t)(a | b);
    case IR_XOR: return (int64_t)(a ^ b);
    case IR_SHL: return (int64_t)(a << (b & 63));
    case IR_SHR: return (int64_t)(a >> (b & 63));
    case IR_NEG: return (int64_t)(0 - a);
    default: return (int64_t)a;
    }
}

int64_t ir_compute(enum ir_op op, int64_t a, int64_t b)
{
    switch (op) {
    case IR_SDIV: return divide_signed(a, b);
    case IR_SMOD:
        return compute_unsigned(IR_SUB, (uint64_t)a, (uint64_t)compute_unsigned(IR_MUL, (uint64_t)divide_signed(a, b), (uint64_t)b));
    case IR_SAR: return a >> (b & 63);
    default: return compute_unsigned(op, (uint64_t)a, (uint64_t)b);
    }
}

int64_t ir_extend(int64_t a, uint8_t size, bool is_signed)
{
    switch (size) {
    case 1: return is_signed ? (int8_t)a : (uint8_t)a;
    case 2: return is_signed ? (int16_t)a : (uint16_t)a;
    case 4: return is_signed ? (int32_t)a : (int64_t)(uint32_t)a;
    default: return a;
    }
}

int64_t ir_swap(int64_t a, uint8_t size)
{
    switch (size) {
    case 2: return __builtin_bswap16((uint16_t)a);
    case 4: return __builtin_bswap32((uint32_t)a);
    case 8: return (int64_t)__builtin_bswap64((uint64_t)a);
    default: return (uint8_t)a;
    }
}

bool ir_holds(enum ir_condition c, int64_t a, int64_t b)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    switch (c) {
    case IR_EQ: return a == b;
    case IR_NE: return a != b;
    case IR_ULT: return x < y;
    case IR_ULE: return x <= y;
    case IR_UGT: return x > y;
    case IR_UGE: return x >= y;
    case IR_SLT: return a < b;
    case IR_SLE: return a <= b;
    case IR_SGT: return a > b;
    case IR_SGE: return a >= b;
    case IR_SET: return (x & y) != 0;
    }
    return false;
}

enum ir_condition ir_flipped(enum ir_condition c)
{
    static const enum ir_condition flipped[] = {
        [IR_EQ] = IR_EQ,   [IR_NE] = IR_NE,   [IR_ULT] = IR_UGT, [IR_ULE] = IR_UGE, [IR_UGT] = IR_ULT, [IR_UGE] = IR_ULE,
        [IR_SLT] = IR_SGT, [IR_SLE] = IR_SGE, [IR_SGT] = IR_SLT, [IR_SGE] = IR_SLE, [IR_SET] = IR_SET,
    };
    return flipped[c];
}
