/* The passes of ir_optimize. Each takes time linear in the program; without memory it leaves the program as it is. */
#pragma once
#include "trace/back/ir.h"

/* Puts what is known for what is computed, as far as the flow is straight: constants, copies, results that are there already; simpler
 * operations for dearer ones; jumps whose outcome is known. */
void pass_values(struct ir_program *p);
/* Jumps to jumps, and to a test whose outcome is known there, go where they end. */
void pass_jumps(struct ir_program *p);
/* `t = …; v = t` where nothing else reads t becomes `v = …`. */
void pass_moves(struct ir_program *p);
/* Removes results that nothing reads, jumps to the next instruction, and what no path reaches. */
void pass_dead(struct ir_program *p);
