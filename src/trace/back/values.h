/* What pass_values knows at a place of the program. Facts hold inside one epoch: a stretch of the list that is entered only at its start.
 */
#pragma once
#include "trace/back/ir.h"

struct known {
    uint32_t epoch;   /* the fact is of this epoch */
    ir_reg of;        /* the same as this register, when that has this version; 0: the constant */
    uint32_t version; /* counts assignments */
    int64_t constant;
};

struct made { /* how a register was made: the instruction, and the versions of what it read */
    uint32_t epoch, index, a_version, b_version;
};

struct shared { /* a result that is there already */
    uint32_t epoch, index, to_version, a_version, b_version, memory, calls;
    struct shared *next;
};

struct values {
    struct ir_program *p;
    uint32_t epoch;
    uint32_t memory; /* counts what may change memory */
    uint32_t calls;
    uint32_t *versions;   /* by register */
    uint8_t *definitions; /* by register, up to 2 */
    struct known *known;  /* by register */
    struct made *made;    /* by register */
    struct shared **table, *pool;
    uint32_t table_mask, pool_used;
    uint32_t *jumps_to; /* by label */
};

/* The constant, or the older register, that v is. */
struct ir_value values_resolve(const struct values *v, struct ir_value a);
/* The older register alone: where only a register can stand. */
ir_reg values_resolve_register(const struct values *v, ir_reg r);
/* The instruction that made r, when what it read is still there; NULL. */
const struct ir_instruction *values_made(const struct values *v, ir_reg r);

/* simplify.c: the same result at less cost; sees the operands alone. */
void simplify(struct ir_instruction *i);
/* lookthrough.c: the same with how the operands were made. */
void look_through(const struct values *v, struct ir_instruction *i);
/* share.c: turns the instruction into a move from the register that has its result already, or remembers it. */
void share_result(struct values *v, uint32_t index);
bool is_sharable(const struct ir_instruction *i);
