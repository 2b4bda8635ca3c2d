/* for ($kv : @map) and long ranges: the kernel calls a function back for each element (bpf_for_each_map_elem) or turn (bpf_loop, since
 * Linux 5.17).
 *
 * The function sees the instance's variables, for they are in scratch memory, of which there is one for each CPU; the context and whether
 * the loop ends the probe go through a slot of the caller's frame. */
#include "trace/gen/inside.h"

#include <stddef.h>

struct shared { /* the slot, as both sides see it */
    uint64_t context, ends;
};

enum { FOR_EACH_MAP_ELEM = 164, LOOP = 181 };
#define LOOP_TURNS (8LL << 20) /* BPF_MAX_LOOPS: what the kernel does at most */

/* A kind of loop: what its callback gets, and how it makes the loop's variable of that. */
struct callback {
    uint32_t arguments, shared; /* how many there are, and which one is the slot */
    int32_t first;              /* of a range: where in scratch its first number is */
    ir_reg registers[4];        /* of its arguments */
    void (*take)(struct generator *g, const struct node *n, const struct callback *c);
};

static ir_reg argument(struct generator *g, uint32_t index)
{
    ir_reg r = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_ARGUMENT, .to = r, .index = index});
    return r;
}

/* $kv = (key, value). */
static void take_element(struct generator *g, const struct node *n, const struct callback *c)
{
    ir_reg key = c->registers[1];
    ir_reg value = c->registers[2];
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

/* $i = first + turn. */
static void take_turn(struct generator *g, const struct node *n, const struct callback *c)
{
    ir_reg first = ir_load(g->p, 8, false, g->scratch, c->first);
    ir_reg number = ir_binary(g->p, IR_ADD, ir_of(first), ir_of(c->registers[0]));
    gen_variable_set(g, n->left->meaning, value_number(type_int(types_of(g), 8, true), ir_of(number)));
}

static void make_body(struct generator *g, struct node *n, struct callback *c)
{
    for (uint32_t i = 0; i < c->arguments; i++)
        c->registers[i] = argument(g, i);
    ir_reg shared = c->registers[c->shared];
    uint32_t start = g->p->count;
    ir_label stop = ir_new_label(g->p);
    g->flags = shared;
    g->loop_continue = ir_new_label(g->p);
    g->loop_break = stop;
    c->take(g, n, c);
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

static uint32_t make_callback(struct generator *outer, struct node *n, struct callback *c)
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
    g.p->n_arguments = (uint8_t)c->arguments;
    g.p->at = n->place.at;
    g.has_lookup_slot = false;
    g.slots = SLOT_BUDGET / 2; /* its frame counts with its caller's */
    g.context = ir_register(g.p);
    g.scratch = ir_register(g.p);
    g.end = ir_new_label(g.p);
    make_body(&g, n, c);
    outer->scratch_at = g.scratch_at;
    outer->scratch_high = g.scratch_high > outer->scratch_high ? g.scratch_high : outer->scratch_high;
    outer->scratch_used = outer->scratch_used || g.scratch_used;
    outer->p->out_of_memory = outer->p->out_of_memory || g.p->out_of_memory;
    return index;
}

/* The slot: made by the entry, handed on by callbacks. */
static ir_reg shared_slot(struct generator *g)
{
    if (g->outer)
        return g->flags;
    ir_reg base = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_SLOT, .to = base, .slot = ir_new_slot(g->p, sizeof(struct shared))});
    ir_store(g->p, 8, base, offsetof(struct shared, context), ir_of(g->context));
    ir_store(g->p, 8, base, offsetof(struct shared, ends), ir_const(0));
    return base;
}

static ir_reg function_of(struct generator *g, struct node *n, struct callback *c)
{
    uint32_t index = make_callback(g, n, c);
    ir_reg function = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_FUNCTION, .to = function, .index = index});
    return function;
}

static void end_if_asked(struct generator *g, ir_reg shared)
{
    ir_reg ends = ir_load(g->p, 8, false, shared, offsetof(struct shared, ends));
    ir_jump_if(g->p, IR_NE, ir_of(ends), ir_const(0), g->end);
}

void gen_for_map(struct generator *g, struct node *n)
{
    struct callback c = {.arguments = 4, .shared = 3, .take = take_element};
    ir_reg shared = shared_slot(g);
    ir_reg function = function_of(g, n, &c);
    struct ir_value a[] = {ir_of(gen_map_pointer(g, n->right->meaning)), ir_of(function), ir_of(shared), ir_const(0)};
    ir_call(g->p, FOR_EACH_MAP_ELEM, a, 4);
    end_if_asked(g, shared);
}

void gen_long_range(struct generator *g, struct node *n)
{
    struct callback c = {.arguments = 2, .shared = 1, .take = take_turn};
    ir_label none = ir_new_label(g->p);
    ir_label few = ir_new_label(g->p);
    ir_reg first = ir_move(g->p, gen_scalar(g, n->condition));
    ir_reg turns = ir_binary(g->p, IR_SUB, gen_scalar(g, n->right), ir_of(first));
    struct location at = gen_lasting(g, 8);
    c.first = at.offset;
    ir_reg shared = shared_slot(g);
    ir_store(g->p, 8, at.base, at.offset, ir_of(first));
    ir_jump_if(g->p, IR_SLE, ir_of(turns), ir_const(0), none);
    ir_jump_if(g->p, IR_SLE, ir_of(turns), ir_const(LOOP_TURNS), few);
    ir_assign(g->p, turns, ir_const(LOOP_TURNS));
    ir_place_label(g->p, few);
    ir_reg function = function_of(g, n, &c);
    struct ir_value a[] = {ir_of(turns), ir_of(function), ir_of(shared), ir_const(0)};
    ir_call(g->p, LOOP, a, 4);
    end_if_asked(g, shared);
    ir_place_label(g->p, none);
}
