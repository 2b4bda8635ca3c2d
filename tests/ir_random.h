/* Random programs in the intermediate form that end, touch only what they may, and depend on nothing but their context and map.
 * The context has CONTEXT_BYTES, the only map one value of MAP_BYTES (index 0). */
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

static inline void write_block(struct author *a, uint32_t statements);

static inline void write_branch(struct author *a)
{
    a->branches--;
    ir_label otherwise = ir_new_label(a->p), end = ir_new_label(a->p);
    enum ir_condition c = chance_below(a->c, IR_SET + 1);
    ir_jump_if(a->p, c, random_value(a), random_value(a), otherwise);
    a->depth++;
    write_block(a, 1 + chance_below(a->c, 3));
    ir_jump(a->p, end);
    ir_place_label(a->p, otherwise);
    if (chance_below(a->c, 2))
        write_block(a, 1 + chance_below(a->c, 3));
    ir_place_label(a->p, end);
    a->depth--;
}

/* A condition as a value, as code generators make it, then a test of it. */
static inline void write_condition(struct author *a)
{
    a->branches--;
    ir_label is = ir_new_label(a->p), end = ir_new_label(a->p);
    ir_reg truth = ir_move(a->p, ir_const(1));
    ir_jump_if(a->p, chance_below(a->c, IR_SET + 1), random_value(a), random_value(a), is);
    ir_assign(a->p, truth, ir_const(0));
    ir_place_label(a->p, is);
    ir_jump_if(a->p, chance_below(a->c, 2) ? IR_EQ : IR_NE, ir_of(truth), ir_const(0), end);
    a->depth++;
    write_block(a, 1 + chance_below(a->c, 2));
    a->depth--;
    ir_place_label(a->p, end);
    if (chance_below(a->c, 3) == 0)
        keep(a, truth);
}

static inline void write_loop(struct author *a)
{
    ir_label again = ir_new_label(a->p);
    ir_reg counter = ir_move(a->p, ir_const(0));
    ir_place_label(a->p, again);
    a->depth += 2;
    a->loops--;
    uint32_t branches = a->branches;
    a->branches = branches ? 1 : 0;
    write_block(a, 1 + chance_below(a->c, 5));
    a->branches = branches;
    a->depth -= 2;
    ir_assign(a->p, counter, ir_of(ir_binary(a->p, IR_ADD, ir_of(counter), ir_const(1))));
    ir_jump_if(a->p, IR_ULT, ir_of(counter), ir_const(2 + chance_below(a->c, 3)), again);
}

/* An index that a comparison bounds, used after a call perhaps. */
static inline void write_checked_index(struct author *a)
{
    a->branches--;
    ir_label out = ir_new_label(a->p);
    ir_reg index = ir_binary(a->p, IR_SHR, ir_of(random_variable(a)), ir_const(chance_below(a->c, 64)));
    ir_jump_if(a->p, IR_UGT, ir_of(index), ir_const(200), out);
    if (chance_below(a->c, 2))
        ir_call(a->p, BPF_FUNC_ktime_get_ns, NULL, 0);
    ir_reg at = ir_binary(a->p, IR_ADD, ir_of(make_special(a, IR_MAP_DATA, 0, 0)), ir_of(index));
    a->depth++;
    keep(a, ir_load(a->p, 1, false, at, (int32_t)chance_below(a->c, MAP_BYTES - 200)));
    a->depth--;
    ir_place_label(a->p, out);
}

static inline void write_lookup(struct author *a)
{
    a->branches--;
    ir_label out = ir_new_label(a->p);
    ir_reg key = make_special(a, IR_SLOT, 0, 0);
    ir_store(a->p, 4, key, 0, chance_below(a->c, 2) ? ir_const(chance_below(a->c, 2)) : random_value(a));
    ir_reg value = ir_call(a->p, BPF_FUNC_map_lookup_elem, (struct ir_value[]){ir_of(make_special(a, IR_MAP, 0, 0)), ir_of(key)}, 2);
    ir_reg copy = chance_below(a->c, 2) ? ir_move(a->p, ir_of(value)) : value;
    if (chance_below(a->c, 3) == 0)
        ir_call(a->p, BPF_FUNC_ktime_get_ns, NULL, 0);
    ir_jump_if(a->p, IR_EQ, ir_of(chance_below(a->c, 2) ? value : copy), ir_const(0), out);
    a->depth++;
    for (uint32_t n = 1 + chance_below(a->c, 3); n--;) {
        if (chance_below(a->c, 3) == 0)
            write_block(a, 1);
        write_memory(a, (struct target){copy, MAP_BYTES, true});
    }
    a->depth--;
    ir_place_label(a->p, out);
}

/* A slot of its own for some statements: filled, then read. */
static inline void write_slot(struct author *a)
{
    ir_slot kept = a->slot, own = a->slot = ir_new_slot(a->p, 8 + 8 * chance_below(a->c, 3));
    ir_reg address = make_special(a, IR_SLOT, 0, 0);
    ir_zero(a->p, address, 0, a->p->slot_sizes[own]);
    ir_store(a->p, 4, address, 4 * (int32_t)chance_below(a->c, 2), random_value(a));
    a->slot = kept;
    a->depth++;
    write_block(a, 1 + chance_below(a->c, 4));
    a->slot = own;
    if (chance_below(a->c, 2))
        address = make_special(a, IR_SLOT, 0, 0);
    a->slot = kept;
    keep(a, ir_load(a->p, 8, false, address, 0));
    a->depth--;
}

static inline void write_call(struct author *a)
{
    struct ir_instruction call = {.op = IR_CALL_FUNCTION, .index = 1, .n_arguments = SUBPROGRAM_ARGUMENTS};
    if (!a->calls_functions || chance_below(a->c, 2)) {
        ir_call(a->p, chance_below(a->c, 2) ? BPF_FUNC_ktime_get_ns : BPF_FUNC_get_smp_processor_id, NULL, 0);
        return;
    }
    for (unsigned k = 0; k < SUBPROGRAM_ARGUMENTS; k++)
        call.arguments[k] = chance_below(a->c, 4) ? random_variable(a) : ir_move(a->p, ir_const(random_constant(a->c)));
    call.to = ir_register(a->p);
    ir_add(a->p, call);
    keep(a, call.to);
}

static inline void write_statement(struct author *a)
{
    uint32_t kind = chance_below(a->c, 100);
    a->p->at++;
    if (kind < 40)
        write_binary(a);
    else if (kind < 52)
        write_unary(a);
    else if (kind < 70)
        write_memory(a, random_target(a));
    else if (kind < 76)
        write_call(a);
    else if (kind < 80 && a->depth < 3)
        write_slot(a);
    else if (a->depth > 2 || !a->branches)
        write_binary(a);
    else if (kind < 85)
        write_branch(a);
    else if (kind < 90)
        write_condition(a);
    else if (kind < 93 && a->loops)
        write_loop(a);
    else if (kind < 97)
        write_lookup(a);
    else
        write_checked_index(a);
}

static inline void write_block(struct author *a, uint32_t statements)
{
    while (statements--)
        write_statement(a);
}

static inline void write_start(struct author *a)
{
    a->slot = ir_new_slot(a->p, SLOT_BYTES);
    ir_zero(a->p, make_special(a, IR_SLOT, 0, 0), 0, SLOT_BYTES);
    if (!a->has_context) {
        for (uint32_t k = 0; k < SUBPROGRAM_ARGUMENTS; k++)
            a->variables[a->n_variables++] = make_special(a, IR_ARGUMENT, k, 0);
        return;
    }
    ir_reg context = make_special(a, IR_CONTEXT, 0, 0);
    uint32_t n = 2 + chance_below(a->c, VARIABLES_MAX - 4);
    for (uint32_t k = 0; k < n; k++)
        a->variables[a->n_variables++] =
            chance_below(a->c, 4) ? ir_load(a->p, 8, false, context, (int32_t)k * 8) : ir_move(a->p, ir_const(random_constant(a->c)));
}

static inline void write_program(struct author *a, uint32_t statements)
{
    a->branches = a->has_context ? 14 : 3;
    a->loops = a->has_context ? 3 : 1;
    write_start(a);
    write_block(a, statements);
    if (a->has_context)
        for (uint32_t k = 0; k < a->n_variables && CONTEXT_INPUT + k * 8 < CONTEXT_BYTES; k++)
            ir_store(a->p, 8, make_special(a, IR_CONTEXT, 0, 0), (int32_t)(CONTEXT_INPUT + k * 8), ir_of(a->variables[k]));
    ir_return(a->p, ir_of(a->variables[a->n_variables - 1]));
}
