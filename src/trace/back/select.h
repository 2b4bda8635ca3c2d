/* From lowered instructions with homes to BPF's. */
#pragma once
#include "trace/back/allocate.h"
#include "trace/back/writer.h"

/* One function on its way to code. */
struct body {
    const struct ir_program *p; /* lowered */
    const struct home *homes;
    const int32_t *slots; /* offset of each from r10 */
    struct writer *w;
    bool second_scratch;
    unsigned scratch_used; /* by the instruction in work */
    bool uses_r0;          /* the same */
};

/* One instruction, not a label or a jump to one (see function.c). */
void select_instruction(struct body *b, const struct ir_instruction *i);
/* The comparison of a conditional jump, offset 0. */
void select_jump_if(struct body *b, const struct ir_instruction *i);
/* From r1–r5, as they are at the start, to the homes of the context and the arguments: the first instructions of the list. */
void select_entry(struct body *b);

/* The parts of it, in operand.c: */
bool operand_is_immediate(const struct body *b, struct ir_value v, int32_t *immediate);
/* A register that holds v: its home, or a scratch register that it is loaded into. */
uint8_t operand_read(struct body *b, struct ir_value v);
void operand_read_into(struct body *b, struct ir_value v, uint8_t machine);
/* What a move of a constant, or an address, makes. */
void operand_make(struct body *b, const struct ir_instruction *i, uint8_t machine);
/* The base of an access: for a slot r10, with the slot's place added to the offset. */
uint8_t operand_base(struct body *b, struct ir_value v, int32_t *offset);
/* The register in which a result is made. */
uint8_t result_register(struct body *b, ir_reg to);
/* Brings what was made in `machine` to its home. */
void result_keep(struct body *b, ir_reg to, uint8_t machine);
uint8_t scratch_take(struct body *b);
/* In calls.c. */
void select_call(struct body *b, const struct ir_instruction *i);
