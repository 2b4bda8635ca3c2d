/* The intermediate form between checker and BPF: a list of instructions over as many 64-bit registers as wanted.
 *
 * Registers may be assigned more than once (they are variables, not SSA). Labels are numbers. Memory is: the context, slots of the
 * frame, map values, ring buffer records, scratch (a per-CPU map value); all are addressed by a register and a constant offset. */
#pragma once
#include "trace/front/source.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

struct arena;

typedef uint32_t ir_reg;   /* 0: none */
typedef uint32_t ir_label; /* 0: none */
typedef uint32_t ir_slot;  /* of the frame */

/* A register or a constant. */
struct ir_value {
    ir_reg reg;
    int64_t constant; /* when reg is 0 */
};
static inline struct ir_value ir_const(int64_t v)
{
    return (struct ir_value){0, v};
}
static inline struct ir_value ir_of(ir_reg r)
{
    return (struct ir_value){r, 0};
}

enum ir_op {
    IR_MOVE, /* to = a */
    IR_ADD,  /* to = a op b, 64 bits */
    IR_SUB,
    IR_MUL,
    IR_DIV,  /* unsigned; by zero gives 0 */
    IR_MOD,  /* unsigned; by zero gives a */
    IR_SDIV, /* signed, as in C; by zero gives 0. The kernels here have no such instruction: made of unsigned ones */
    IR_SMOD,
    IR_AND,
    IR_OR,
    IR_XOR,
    IR_SHL,
    IR_SHR,
    IR_SAR,
    IR_NEG,           /* to = -a */
    IR_EXTEND,        /* to = a cut to `size` bytes and extended by sign (is_signed) or zeros */
    IR_SWAP,          /* to = the low `size` bytes of a, in reverse order (2, 4, 8) */
    IR_LOAD,          /* to = *(size)(a + offset), extended by sign or zeros */
    IR_STORE,         /* *(size)(a + offset) = b */
    IR_ATOMIC_ADD,    /* *(size 4 or 8)(a + offset) += b */
    IR_SLOT,          /* to = the address of a slot: `slot` */
    IR_MAP,           /* to = the map itself, for helpers: `index` */
    IR_MAP_DATA,      /* to = address of a byte of an array map's only value: index, offset. Never NULL */
    IR_FUNCTION,      /* to = the address of another ir_program of the unit, for helpers that call it back: `index` */
    IR_CONTEXT,       /* to = the program's context */
    IR_CALL,          /* to (may be none) = helper `index` (arguments) */
    IR_CALL_FUNCTION, /* to = another ir_program of the unit, by `index`; up to 5 arguments */
    IR_ARGUMENT,      /* to = argument `index` of this subprogram (only at its start) */
    IR_LABEL,
    IR_JUMP,
    IR_JUMP_IF, /* when a `condition` b go to label, else on */
    IR_RETURN,  /* a */
    IR_OPS,
};

enum ir_condition { /* u: unsigned, s: signed */
                    IR_EQ,
                    IR_NE,
                    IR_ULT,
                    IR_ULE,
                    IR_UGT,
                    IR_UGE,
                    IR_SLT,
                    IR_SLE,
                    IR_SGT,
                    IR_SGE,
                    IR_SET, /* a & b != 0 */
};

struct ir_instruction {
    enum ir_op op;
    enum ir_condition condition;
    uint8_t size; /* 1, 2, 4, 8 */
    bool is_signed;
    ir_reg to;
    struct ir_value a, b;
    int32_t offset;
    uint32_t index;
    ir_label label;
    ir_slot slot;
    ir_reg arguments[5];
    uint8_t n_arguments;
    uint32_t at; /* byte of the source that it comes from, for line info */
};

struct ir_program { /* one BPF program or subprogram */
    struct arena *arena;
    const char *name; /* of the BPF function: letters, digits, underscores */
    struct ir_instruction *list;
    uint32_t count, capacity;
    uint32_t n_registers, n_labels, n_slots;
    uint32_t *slot_sizes; /* bytes, by slot */
    uint32_t slot_capacity;
    uint32_t at; /* the source's byte that instructions are added for */
    bool is_subprogram;
    uint8_t n_arguments;
    bool out_of_memory;
};

/* Building. Each function appends one instruction (some a few) and returns the register it fills. */
void ir_init(struct ir_program *p, struct arena *arena, const char *name);
ir_reg ir_register(struct ir_program *p); /* a new one, for more than one assignment */
ir_label ir_new_label(struct ir_program *p);
ir_slot ir_new_slot(struct ir_program *p, uint32_t bytes); /* aligned to 8. All slots and spills share 512 bytes. */
struct ir_instruction *ir_add(struct ir_program *p, struct ir_instruction instruction);
ir_reg ir_move(struct ir_program *p, struct ir_value a);
void ir_assign(struct ir_program *p, ir_reg to, struct ir_value a);
ir_reg ir_binary(struct ir_program *p, enum ir_op op, struct ir_value a, struct ir_value b);
ir_reg ir_load(struct ir_program *p, uint8_t size, bool is_signed, ir_reg base, int32_t offset);
void ir_store(struct ir_program *p, uint8_t size, ir_reg base, int32_t offset, struct ir_value v);
ir_reg ir_call(struct ir_program *p, uint32_t helper, const struct ir_value *arguments, uint8_t n);
void ir_jump(struct ir_program *p, ir_label label);
void ir_jump_if(struct ir_program *p, enum ir_condition c, struct ir_value a, struct ir_value b, ir_label label);
void ir_place_label(struct ir_program *p, ir_label label);
void ir_return(struct ir_program *p, struct ir_value v);
/* Stores zeros over n bytes. */
void ir_zero(struct ir_program *p, ir_reg base, int32_t offset, uint32_t n);
/* Copies n bytes between two places that can be read and written directly. */
void ir_copy(struct ir_program *p, ir_reg to, int32_t to_offset, ir_reg from, int32_t from_offset, uint32_t n);
/* In words, one instruction a line (-d ir). */
void ir_print(const struct ir_program *p, struct text *out);
