/* Makes of a program one whose instructions BPF has. */
#pragma once
#include "trace/back/ir.h"

/* Fills `out` with a copy of p, in the arena, in which
 *  - every instruction can be reached, and the last one is a return or a jump;
 *  - the context and the arguments come first, once each, and only when something reads them;
 *  - there is no signed division, no division by the constant 0, no shift by more than 63;
 *  - `a` is a register where it is not that of a move or a return; `b` is a register or fits an immediate, and a register in IR_ATOMIC_ADD;
 *  - offsets fit 16 bits.
 * 0, -ENOMEM or -EINVAL (a jump to nowhere). */
int ir_lower(const struct ir_program *p, struct arena *arena, struct ir_program *out);
