#include "base/arena.h"
#include "trace/back/facts.h"
#include "trace/back/passes.h"
#include "trace/back/values.h"

#include <stddef.h>
#include <string.h>

ir_reg values_resolve_register(const struct values *v, ir_reg r)
{
    const struct known *k = &v->known[r];
    return k->epoch == v->epoch && k->of && v->versions[k->of] == k->version ? k->of : r;
}

struct ir_value values_resolve(const struct values *v, struct ir_value a)
{
    const struct known *k = &v->known[a.reg];
    bool always = v->definitions[a.reg] == 1 && k->epoch; /* its only assignment; see learn() */
    if (!a.reg || (k->epoch != v->epoch && !always))
        return a;
    if (!k->of)
        return ir_const(k->constant);
    return k->epoch == v->epoch ? ir_of(values_resolve_register(v, a.reg)) : a;
}

const struct ir_instruction *values_made(const struct values *v, ir_reg r)
{
    const struct made *m = &v->made[r];
    if (m->epoch != v->epoch)
        return NULL;
    const struct ir_instruction *i = &v->p->list[m->index];
    return m->a_version == v->versions[i->a.reg] && m->b_version == v->versions[i->b.reg] ? i : NULL;
}

static bool accesses_memory(enum ir_op op)
{
    return op == IR_LOAD || op == IR_STORE || op == IR_ATOMIC_ADD;
}

static void resolve_operands(const struct values *v, struct ir_instruction *i)
{
    i->b = values_resolve(v, i->b);
    if (!accesses_memory(i->op))
        i->a = values_resolve(v, i->a);
    else if (i->a.reg)
        i->a.reg = values_resolve_register(v, i->a.reg);
    if (ir_is_call(i->op))
        for (uint8_t k = 0; k < i->n_arguments; k++)
            i->arguments[k] = values_resolve_register(v, i->arguments[k]);
}

/* What the assignment tells. A variable (assigned elsewhere too) is not replaced by what was moved into it: that would keep both alive. */
static void learn(struct values *v, uint32_t index)
{
    const struct ir_instruction *i = &v->p->list[index];
    struct made made = {v->epoch, index, v->versions[i->a.reg], v->versions[i->b.reg]};
    v->versions[i->to]++;
    v->made[i->to].epoch = 0;
    v->known[i->to] = (struct known){0};
    if (i->op == IR_MOVE && !i->a.reg)
        v->known[i->to] = (struct known){.epoch = v->epoch, .constant = i->a.constant};
    else if (i->op == IR_MOVE && v->definitions[i->to] == 1)
        v->known[i->to] = (struct known){.epoch = v->epoch, .of = i->a.reg, .version = v->versions[i->a.reg]};
    else if (ir_is_pure(i->op) && i->a.reg != i->to && i->b.reg != i->to)
        v->made[i->to] = made;
}

static void visit(struct values *v, uint32_t index)
{
    struct ir_instruction *i = &v->p->list[index];
    if (i->op == IR_LABEL) {
        if (v->jumps_to[i->label])
            v->epoch++;
        return;
    }
    resolve_operands(v, i);
    simplify(i);
    look_through(v, i);
    simplify(i); /* of what looking through made */
    if (i->op == IR_STORE || i->op == IR_ATOMIC_ADD || ir_is_call(i->op))
        v->memory++;
    v->calls += ir_is_call(i->op);
    if (i->to && is_sharable(i) && i->a.reg != i->to && i->b.reg != i->to)
        share_result(v, index);
    if (i->to)
        learn(v, index);
    if (ir_never_falls(i->op))
        v->epoch++;
}

static void survey(struct values *v)
{
    for (uint32_t i = 0; i < v->p->count; i++) {
        const struct ir_instruction *at = &v->p->list[i];
        if (at->to && v->definitions[at->to] < 2)
            v->definitions[at->to]++;
        if (at->op == IR_JUMP || at->op == IR_JUMP_IF)
            v->jumps_to[at->label]++;
    }
}

static void *zeroed(struct arena *arena, size_t n, size_t size)
{
    void *p = arena_alloc(arena, n * size);
    return p ? memset(p, 0, n * size) : NULL;
}

static bool values_init(struct values *v, struct arena *arena)
{
    uint32_t registers = v->p->n_registers, buckets = 64;
    while (buckets < v->p->count)
        buckets *= 2;
    v->versions = zeroed(arena, registers, sizeof *v->versions);
    v->definitions = zeroed(arena, registers, sizeof *v->definitions);
    v->known = zeroed(arena, registers, sizeof *v->known);
    v->made = zeroed(arena, registers, sizeof *v->made);
    v->table = zeroed(arena, buckets, sizeof *v->table);
    v->pool = arena_alloc(arena, (v->p->count + 1) * sizeof *v->pool);
    v->jumps_to = zeroed(arena, v->p->n_labels, sizeof *v->jumps_to);
    v->table_mask = buckets - 1;
    return v->versions && v->definitions && v->known && v->made && v->table && v->pool && v->jumps_to;
}

void pass_values(struct ir_program *p)
{
    struct arena scratch = {0};
    struct values v = {.p = p, .epoch = 1};
    if (values_init(&v, &scratch)) {
        survey(&v);
        for (uint32_t i = 0; i < p->count; i++)
            visit(&v, i);
    }
    arena_free(&scratch);
}
