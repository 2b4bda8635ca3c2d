/* A program from an instance: predicate, body, and what surrounds them. */
#include "trace/gen/inside.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

struct value gen_none(struct generator *g)
{
    return value_number(type_none(types_of(g)), ir_const(0));
}

/* --- memory ---------------------------------------------------------------------------------------------------------------- */

static struct location scratch_take(struct generator *g, uint32_t bytes)
{
    uint32_t at = g->scratch_at;
    g->scratch_at += round8(bytes);
    if (g->scratch_at > g->scratch_high)
        g->scratch_high = g->scratch_at;
    g->scratch_used = true;
    g->unit->uses[UNIT_SCRATCH] = true;
    return (struct location){g->scratch, (int32_t)at};
}

struct location gen_temporary(struct generator *g, uint32_t bytes)
{
    uint32_t size = round8(bytes);
    if (size > SLOT_LARGEST || g->slots + size > SLOT_BUDGET)
        return scratch_take(g, bytes);
    g->slots += size;
    ir_slot slot = ir_new_slot(g->p, size);
    ir_reg to = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_SLOT, .to = to, .slot = slot});
    return (struct location){to, 0};
}

struct location gen_lasting(struct generator *g, uint32_t bytes)
{
    return scratch_take(g, bytes);
}

ir_reg gen_address(struct generator *g, struct location l)
{
    return l.offset ? ir_binary(g->p, IR_ADD, ir_of(l.base), ir_const(l.offset)) : l.base;
}

/* --- losses ---------------------------------------------------------------------------------------------------------------- */

static ir_reg map_itself(struct generator *g, uint32_t index)
{
    ir_reg r = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_MAP, .to = r, .index = index});
    return r;
}

ir_reg gen_lookup_slot(struct generator *g, uint32_t map, uint32_t key)
{
    /* Of the frame always: the scratch memory itself is found by it. */
    if (!g->has_lookup_slot)
        g->lookup_slot = ir_new_slot(g->p, 8);
    g->has_lookup_slot = true;
    ir_reg at = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_SLOT, .to = at, .slot = g->lookup_slot});
    ir_store(g->p, 4, at, 0, ir_const(key));
    struct ir_value a[] = {ir_of(map_itself(g, map)), ir_of(at)};
    return ir_call(g->p, BPF_FUNC_map_lookup_elem, a, 2);
}

void gen_count_loss(struct generator *g, enum unit_loss kind)
{
    g->unit->uses[UNIT_LOST] = true;
    ir_reg cell = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_MAP_DATA, .to = cell, .index = UNIT_LOST, .offset = (int32_t)(kind * sizeof(uint64_t))});
    ir_add(g->p, (struct ir_instruction){.op = IR_ATOMIC_ADD, .size = 8, .a = ir_of(cell), .b = ir_const(1)});
}

/* --- the program ----------------------------------------------------------------------------------------------------------- */

/* Every program of an instance has the same scratch memory: that of this CPU. */
void gen_find_scratch(struct generator *g)
{
    if (!g->scratch_used)
        return;
    ir_reg cell = gen_lookup_slot(g, UNIT_SCRATCH, 0);
    ir_jump_if(g->p, IR_EQ, ir_of(cell), ir_const(0), g->end);
    ir_assign(g->p, g->scratch, ir_of(cell));
}

/* Moves the instructions from `from` on to the place `to`, before what stands there. */
void gen_move_up(struct ir_program *p, uint32_t to, uint32_t from)
{
    uint32_t n = p->count - from;
    struct ir_instruction *copy = arena_alloc(p->arena, n * sizeof *copy + 1);
    if (!copy) {
        p->out_of_memory = true;
        return;
    }
    memcpy(copy, p->list + from, n * sizeof *copy);
    memmove(p->list + to + n, p->list + to, (from - to) * sizeof *copy);
    memcpy(p->list + to, copy, n * sizeof *copy);
}

/* What stands before the body, made after it: only then is known what it needs. */
static void make_prologue(struct generator *g)
{
    uint32_t from = g->p->count;
    ir_add(g->p, (struct ir_instruction){.op = IR_CONTEXT, .to = g->context});
    for (struct variable *v = g->instance->variables; v; v = v->next)
        if (v->reg)
            ir_assign(g->p, v->reg, ir_const(0));
    gen_find_scratch(g);
    for (struct variable *v = g->instance->variables; v; v = v->next)
        if (v->memory >= 0)
            ir_zero(g->p, g->scratch, v->memory, round8(v->type->size));
    gen_move_up(g->p, 0, from);
}

static void place_variables(struct generator *g)
{
    for (struct variable *v = g->instance->variables; v; v = v->next) {
        v->reg = 0;
        v->memory = -1;
        if (!v->type)
            continue;
        if (type_is_scalar(v->type) && !v->is_shared)
            v->reg = ir_register(g->p);
        else
            v->memory = gen_lasting(g, v->type->size).offset;
    }
}

struct ir_program *gen_new_program(struct unit *u, struct instance *i)
{
    char name[32];
    struct ir_program *p = arena_alloc(&u->arena, sizeof *p);
    struct ir_program **more = arena_alloc(&u->arena, (i->n_programs + 1) * sizeof(struct ir_program *));
    if (!p || !more)
        return NULL;
    snprintf(name, sizeof name, i->n_programs ? "trace_%u_%u" : "trace_%u", i->index, i->n_programs);
    ir_init(p, &u->arena, arena_copy(&u->arena, name, strlen(name)));
    if (i->n_programs)
        memcpy(more, i->programs, i->n_programs * sizeof(struct ir_program *));
    more[i->n_programs++] = p;
    i->programs = more;
    return p;
}

static void generate(struct unit *u, struct instance *i)
{
    struct generator g = {.unit = u, .instance = i, .p = gen_new_program(u, i)};
    if (!g.p) {
        complain(&u->complaints, i->probe->place, "out of memory");
        return;
    }
    g.context = ir_register(g.p);
    g.scratch = ir_register(g.p);
    g.end = ir_new_label(g.p);
    place_variables(&g);
    g.p->at = i->probe->place.at;
    gen_handed(&g);
    if (i->predicate)
        gen_unless(&g, i->predicate, g.end);
    gen_statements(&g, i->body->first);
    ir_place_label(g.p, g.end);
    ir_return(g.p, ir_const(0));
    g.p->at = i->probe->place.at;
    make_prologue(&g);
    if (g.scratch_high > u->scratch)
        u->scratch = g.scratch_high;
    if (g.p->out_of_memory)
        complain(&u->complaints, i->probe->place, "out of memory");
}

static bool emit(struct unit *u, struct instance *i)
{
    struct err why = {0};
    for (uint32_t n = 0; n < i->n_programs; n++)
        ir_optimize(i->programs[n]);
    if (bpf_emit(&u->arena, i->programs, i->n_programs, &i->code, &why) == 0)
        return true;
    complain(&u->complaints, i->probe->place, "%s", why.text);
    return false;
}

bool unit_generate(struct unit *u)
{
    for (struct instance *i = u->instances; i; i = i->next) {
        generate(u, i);
        if (u->complaints.errors || !emit(u, i))
            return false;
    }
    return true;
}
