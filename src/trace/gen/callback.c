/* for ($kv : @map): the kernel calls a function back for each element (bpf_for_each_map_elem).
 *
 * The function sees the instance's variables, for they are in scratch memory, of which there is one for each CPU; the context and whether
 * the loop ends the probe go through a slot of the caller's frame. */
#include "trace/gen/inside.h"

#include <stddef.h>

struct shared { /* the slot, as both sides see it */
    uint64_t context, ends;
};

enum { FOR_EACH_MAP_ELEM = 164 };
enum { ARGUMENT_KEY = 1, ARGUMENT_VALUE = 2, ARGUMENT_SHARED = 3, CALLBACK_ARGUMENTS = 4 };

static ir_reg argument(struct generator *g, uint32_t index)
{
    ir_reg r = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_ARGUMENT, .to = r, .index = index});
    return r;
}

/* $kv = (key, value). */
static void take_element(struct generator *g, const struct node *n, ir_reg key, ir_reg value)
{
    const struct map_info *m = n->right->meaning;
    const struct variable *v = n->left->meaning;
    const struct value_field *fields = v->type->fields;
    struct location at = {g->scratch, v->memory};
    struct value k = gen_at(g, m->key, key, 0, SPACE_BPF);
    gen_store(g, k, fields[0].type, (struct location){at.base, at.offset + (int32_t)fields[0].offset}, true);
    struct value e =
        type_is_aggregate(m->value) ? gen_total(g, m, fields[1].type, (struct location){key, 0}) : gen_at(g, m->value, value, 0, SPACE_BPF);
    gen_store(g, e, fields[1].type, (struct location){at.base, at.offset + (int32_t)fields[1].offset}, true);
}

static void make_body(struct generator *g, struct node *n)
{
    ir_reg key = argument(g, ARGUMENT_KEY);
    ir_reg value = argument(g, ARGUMENT_VALUE);
    ir_reg shared = argument(g, ARGUMENT_SHARED);
    uint32_t start = g->p->count;
    ir_label stop = ir_new_label(g->p);
    g->flags = shared;
    g->loop_continue = ir_new_label(g->p);
    g->loop_break = stop;
    take_element(g, n, key, value);
    gen_expression(g, n->body);
    ir_place_label(g->p, g->loop_continue);
    ir_return(g->p, ir_const(0));
    ir_place_label(g->p, g->end);
    ir_store(g->p, 8, shared, offsetof(struct shared, ends), ir_const(1));
    ir_place_label(g->p, stop);
    ir_return(g->p, ir_const(1));
    uint32_t from = g->p->count;
    ir_assign(g->p, g->context, ir_of(ir_load(g->p, 8, false, shared, offsetof(struct shared, context))));
    gen_find_scratch(g);
    gen_move_up(g->p, start, from);
}

static uint32_t make_callback(struct generator *outer, struct node *n)
{
    uint32_t index = outer->instance->n_programs;
    struct generator g = *outer;
    g.outer = outer;
    g.p = gen_new_program(outer->unit, outer->instance);
    if (!g.p) {
        outer->p->out_of_memory = true;
        return 0;
    }
    g.p->is_subprogram = true;
    g.p->n_arguments = CALLBACK_ARGUMENTS;
    g.p->at = n->place.at;
    g.has_lookup_slot = false;
    g.slots = SLOT_BUDGET / 2; /* its frame counts with its caller's */
    g.context = ir_register(g.p);
    g.scratch = ir_register(g.p);
    g.end = ir_new_label(g.p);
    make_body(&g, n);
    outer->scratch_at = g.scratch_at;
    outer->scratch_high = g.scratch_high > outer->scratch_high ? g.scratch_high : outer->scratch_high;
    outer->scratch_used = outer->scratch_used || g.scratch_used;
    outer->p->out_of_memory = outer->p->out_of_memory || g.p->out_of_memory;
    return index;
}

void gen_for_map(struct generator *g, struct node *n)
{
    const struct map_info *m = n->right->meaning;
    struct location shared = {0};
    if (!g->outer) {
        ir_slot slot = ir_new_slot(g->p, sizeof(struct shared));
        shared.base = ir_register(g->p);
        ir_add(g->p, (struct ir_instruction){.op = IR_SLOT, .to = shared.base, .slot = slot});
        ir_store(g->p, 8, shared.base, offsetof(struct shared, context), ir_of(g->context));
        ir_store(g->p, 8, shared.base, offsetof(struct shared, ends), ir_const(0));
    } else
        shared.base = g->flags;
    uint32_t index = make_callback(g, n);
    ir_reg function = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_FUNCTION, .to = function, .index = index});
    struct ir_value a[] = {ir_of(gen_map_pointer(g, m)), ir_of(function), ir_of(shared.base), ir_const(0)};
    ir_call(g->p, FOR_EACH_MAP_ELEM, a, 4);
    ir_reg ends = ir_load(g->p, 8, false, shared.base, offsetof(struct shared, ends));
    ir_jump_if(g->p, IR_NE, ir_of(ends), ir_const(0), g->end);
}
