/* Random programs in the intermediate form that end, touch only what they may, and depend on nothing but their context and map.
 * The context has CONTEXT_BYTES, the only map one value of MAP_BYTES (index 0). */
#pragma once
#include "ir_author.h"

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

static inline void write_called_loop(struct author *a)
{
    a->loops--;
    ir_reg slot = make_special(a, IR_SLOT, 0, 0);
    struct ir_value arguments[] = {ir_const(1 + chance_below(a->c, 4)), ir_of(make_special(a, IR_FUNCTION, 2, 0)), ir_of(slot),
                                   ir_const(0)};
    keep(a, ir_call(a->p, LOOP_HELPER, arguments, 4));
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
    else if (kind < 92 && a->loops)
        write_loop(a);
    else if (kind < 93 && a->loops && a->calls_functions)
        write_called_loop(a);
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
        bool is_callback = a->n_arguments == CALLBACK_ARGUMENTS;
        for (uint32_t k = 0; k < (is_callback ? 1U : a->n_arguments); k++)
            a->variables[a->n_variables++] = make_special(a, IR_ARGUMENT, k, 0);
        if (is_callback)
            a->shared = make_special(a, IR_ARGUMENT, 1, 0);
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
    if (a->shared)
        ir_store(a->p, 8, a->shared, 8, ir_of(random_variable(a)));
    ir_return(a->p, a->shared ? ir_const(chance_below(a->c, 4) == 0) : ir_of(a->variables[a->n_variables - 1]));
}
