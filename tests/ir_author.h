/* What random programs (ir_random.h) are made of: chances, variables, computations, accesses to memory. */
#pragma once
#include "trace/back/ir.h"

#include <linux/bpf.h>
#include <stdio.h>

enum {
    CONTEXT_BYTES = 512,
    CONTEXT_INPUT = 256, /* read and written by programs; behind it the final values of the variables */
    MAP_BYTES = 512,
    SLOT_BYTES = 32,
    VARIABLES_MAX = 32,
    SUBPROGRAM_ARGUMENTS = 5,
    CALLBACK_ARGUMENTS = 2, /* of the callback of bpf_loop, program 2: the turn, the address of the caller's slot */
    LOOP_HELPER = 181,      /* BPF_FUNC_loop */
};

struct chance {
    uint64_t state;
};

static inline uint64_t chance_next(struct chance *c)
{
    uint64_t x = c->state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static inline uint32_t chance_below(struct chance *c, uint32_t n)
{
    return (uint32_t)(chance_next(c) >> 33) % n;
}

struct author { /* of one program */
    struct chance *c;
    struct ir_program *p;
    ir_reg variables[VARIABLES_MAX];
    uint32_t n_variables;
    ir_slot slot;
    bool has_context, calls_functions;
    uint8_t n_arguments; /* of a subprogram */
    ir_reg shared;       /* the caller's slot; 0: none */
    unsigned depth;
    uint32_t branches, loops; /* how many more: the verifier walks all paths */
};

static inline int64_t random_constant(struct chance *c)
{
    static const int64_t edges[] = {0,           1,         -1,        2,          7,          10,        63,        64,
                                    255,         256,       1000,      65535,      65536,      INT32_MAX, INT32_MIN, UINT32_MAX,
                                    INT64_MAX,   INT64_MIN, 1LL << 31, 1LL << 32,  1000000000, -1000,     0x80,      0xff80,
                                    0x7fffffffe, -128,      1 << 20,   -(1 << 16), 3,          5};
    uint32_t kind = chance_below(c, 4);
    if (kind == 0)
        return (int64_t)chance_next(c);
    if (kind == 1)
        return (int32_t)chance_next(c);
    return edges[chance_below(c, sizeof edges / sizeof *edges)];
}

static inline ir_reg random_variable(struct author *a)
{
    return a->variables[chance_below(a->c, a->n_variables)];
}

static inline struct ir_value random_value(struct author *a)
{
    return chance_below(a->c, 3) ? ir_of(random_variable(a)) : ir_const(random_constant(a->c));
}

static inline uint8_t random_size(struct author *a)
{
    return (uint8_t)(1 << chance_below(a->c, 4));
}

static inline ir_reg make_special(struct author *a, enum ir_op op, uint32_t index, int32_t offset)
{
    ir_reg to = ir_register(a->p);
    ir_add(a->p, (struct ir_instruction){.op = op, .to = to, .index = index, .offset = offset, .slot = a->slot});
    return to;
}

/* Into an old variable or a new one. */
static inline void keep(struct author *a, ir_reg from)
{
    if (!a->depth && a->n_variables < VARIABLES_MAX && chance_below(a->c, 2))
        a->variables[a->n_variables++] = from;
    else
        ir_assign(a->p, random_variable(a), ir_of(from));
}

static inline void write_binary(struct author *a)
{
    enum ir_op op = IR_ADD + chance_below(a->c, IR_SAR - IR_ADD + 1);
    struct ir_value left = random_value(a), right = random_value(a);
    if (chance_below(a->c, 4)) {
        keep(a, ir_binary(a->p, op, left, right));
        return;
    }
    ir_add(a->p, (struct ir_instruction){.op = op, .to = random_variable(a), .a = left, .b = right});
}

static inline void write_unary(struct author *a)
{
    static const enum ir_op ops[] = {IR_MOVE, IR_NEG, IR_EXTEND, IR_SWAP};
    struct ir_instruction i = {.op = ops[chance_below(a->c, 4)], .a = random_value(a), .size = random_size(a)};
    i.is_signed = i.op == IR_EXTEND && chance_below(a->c, 2);
    i.size = i.op == IR_SWAP && i.size == 1 ? 2 : i.size;
    i.to = chance_below(a->c, 2) ? random_variable(a) : ir_register(a->p);
    bool is_new = i.to == a->p->n_registers - 1;
    ir_add(a->p, i);
    if (is_new)
        keep(a, i.to);
}

/* An address and the first byte behind what may be touched there. */
struct target {
    ir_reg base;
    uint32_t bytes;
    bool atomic;
};

static inline struct target random_target(struct author *a)
{
    uint32_t kind = chance_below(a->c, 4);
    if (kind == 0 && a->has_context)
        return (struct target){make_special(a, IR_CONTEXT, 0, 0), CONTEXT_INPUT, false};
    if (kind == 0 && a->shared)
        return (struct target){a->shared, SLOT_BYTES, true};
    if (kind == 1)
        return (struct target){make_special(a, IR_SLOT, 0, 0), SLOT_BYTES, true};
    int32_t offset = (int32_t)chance_below(a->c, 8) * 8;
    ir_reg base = make_special(a, IR_MAP_DATA, 0, offset);
    if (kind == 2)
        return (struct target){base, MAP_BYTES - (uint32_t)offset, true};
    /* A variable index with bounds that the verifier must see. */
    ir_reg index = ir_binary(a->p, IR_AND, ir_of(random_variable(a)), ir_const(0xff));
    index = ir_binary(a->p, IR_SHL, ir_of(ir_binary(a->p, IR_SHR, ir_of(index), ir_const(3))), ir_const(3));
    return (struct target){ir_binary(a->p, IR_ADD, ir_of(base), ir_of(index)), MAP_BYTES - (uint32_t)offset - 256, true};
}

static inline void write_memory(struct author *a, struct target t)
{
    struct ir_instruction i = {.op = IR_LOAD, .a = ir_of(t.base), .size = random_size(a)};
    uint32_t kind = chance_below(a->c, 4);
    if (kind == 0 || (kind == 1 && !t.atomic)) {
        i.op = IR_STORE;
        i.b = random_value(a);
    } else if (kind == 1) {
        i.op = IR_ATOMIC_ADD;
        i.size = chance_below(a->c, 2) ? 8 : 4;
        i.b = random_value(a);
    } else {
        i.is_signed = chance_below(a->c, 2);
        i.to = ir_register(a->p);
    }
    uint32_t displaced = chance_below(a->c, 2) ? i.size * chance_below(a->c, 4) : 0; /* an address made in two steps */
    i.offset = (int32_t)(chance_below(a->c, t.bytes / 8) * 8);
    if (displaced && !(t.bytes == CONTEXT_INPUT && !t.atomic) && i.offset + (int32_t)displaced + i.size <= (int32_t)t.bytes)
        i.a = ir_of(ir_binary(a->p, IR_ADD, i.a, ir_const(displaced)));
    ir_add(a->p, i);
    if (i.op == IR_LOAD)
        keep(a, i.to);
}
