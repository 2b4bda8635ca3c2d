/* Aggregations as numbers: each CPU has its share, and all are added up where a script reads one. */
#include "trace/gen/inside.h"

#include <bpf/libbpf.h>
#include <stddef.h>

enum { MAP_LOOKUP_PERCPU_ELEM = 195 }; /* since Linux 5.19 */

struct total {
    ir_reg value, count;
};

static void add(struct generator *g, ir_reg to, ir_reg cell, int32_t offset)
{
    ir_assign(g->p, to, ir_of(ir_binary(g->p, IR_ADD, ir_of(to), ir_of(ir_load(g->p, 8, false, cell, offset)))));
}

/* The smaller or larger one; count tells whether there is any yet. */
static void take_extreme(struct generator *g, const struct map_info *m, const struct total *t, ir_reg cell, ir_label next)
{
    bool is_signed = m->value->is_signed;
    ir_label take = ir_new_label(g->p);
    ir_reg set = ir_load(g->p, 8, false, cell, offsetof(struct value_extreme, is_set));
    ir_jump_if(g->p, IR_EQ, ir_of(set), ir_const(0), next);
    ir_reg v = ir_load(g->p, 8, false, cell, 0);
    ir_jump_if(g->p, IR_EQ, ir_of(t->count), ir_const(0), take);
    enum ir_condition keep = m->value->kind == VALUE_MIN ? (is_signed ? IR_SLE : IR_ULE) : (is_signed ? IR_SGE : IR_UGE);
    ir_jump_if(g->p, keep, ir_of(t->value), ir_of(v), next);
    ir_place_label(g->p, take);
    ir_assign(g->p, t->value, ir_of(v));
    ir_assign(g->p, t->count, ir_const(1));
}

static void take_share(struct generator *g, const struct map_info *m, const struct total *t, ir_reg cell, ir_label next)
{
    if (m->value->kind == VALUE_MIN || m->value->kind == VALUE_MAX) {
        take_extreme(g, m, t, cell, next);
        return;
    }
    add(g, t->value, cell, 0);
    if (m->value->kind == VALUE_AVG)
        add(g, t->count, cell, offsetof(struct value_avg, count));
}

static void sum_up(struct generator *g, const struct map_info *m, const struct total *t, struct location key)
{
    struct ir_program *p = g->p;
    int cpus = libbpf_num_possible_cpus();
    ir_label again = ir_new_label(p);
    ir_label next = ir_new_label(p);
    ir_label done = ir_new_label(p);
    ir_reg cpu = ir_register(p);
    ir_assign(p, cpu, ir_const(0));
    ir_place_label(p, again);
    ir_jump_if(p, IR_UGE, ir_of(cpu), ir_const(cpus > 0 ? cpus : 1), done);
    struct ir_value a[] = {ir_of(gen_map_pointer(g, m)), ir_of(gen_address(g, key)), ir_of(cpu)};
    ir_reg cell = ir_call(p, MAP_LOOKUP_PERCPU_ELEM, a, 3);
    ir_jump_if(p, IR_EQ, ir_of(cell), ir_const(0), next);
    take_share(g, m, t, cell, next);
    ir_place_label(p, next);
    ir_assign(p, cpu, ir_of(ir_binary(p, IR_ADD, ir_of(cpu), ir_const(1))));
    ir_jump(p, again);
    ir_place_label(p, done);
}

struct value gen_total(struct generator *g, const struct map_info *m, const struct value_type *type, struct location key)
{
    struct total t = {ir_register(g->p), ir_register(g->p)};
    ir_assign(g->p, t.value, ir_const(0));
    ir_assign(g->p, t.count, ir_const(0));
    sum_up(g, m, &t, key);
    if (m->value->kind == VALUE_AVG)
        t.value = ir_binary(g->p, m->value->is_signed ? IR_SDIV : IR_DIV, ir_of(t.value), ir_of(t.count));
    return value_number(type, ir_of(t.value));
}
