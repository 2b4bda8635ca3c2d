/* What the phases behind the intermediate form know about its instructions. */
#pragma once
#include "trace/back/ir.h"

enum { IR_OPERANDS_MAX = 7 };

/* The places of the registers that an instruction reads; returns how many. */
unsigned ir_operands(struct ir_instruction *i, ir_reg *operands[IR_OPERANDS_MAX]);
/* Whether nothing but its result tells that it ran (a load is: it cannot fault). */
bool ir_is_pure(enum ir_op op);
/* `to = a op b` */
bool ir_is_binary(enum ir_op op);
bool ir_is_commutative(enum ir_op op);
/* Whether r0–r5 are lost. */
bool ir_is_call(enum ir_op op);
/* Whether the instruction behind it is reached otherwise than by falling. */
bool ir_never_falls(enum ir_op op);
/* Whether the label stands right behind the instruction; `end`: of the list. */
bool ir_is_next(const struct ir_instruction *i, const struct ir_instruction *end, ir_label label);
/* What BPF makes of two constants. Shifts take the low 6 bits of b; division by zero gives 0, the remainder a. */
int64_t ir_compute(enum ir_op op, int64_t a, int64_t b);
int64_t ir_extend(int64_t a, uint8_t size, bool is_signed);
int64_t ir_swap(int64_t a, uint8_t size);
bool ir_holds(enum ir_condition c, int64_t a, int64_t b);
/* The condition that holds for (b, a) when c holds for (a, b). */
enum ir_condition ir_flipped(enum ir_condition c);
/* Whether a sign-extended 32-bit immediate says it. */
static inline bool ir_fits(int64_t v)
{
    return v == (int32_t)v;
}
