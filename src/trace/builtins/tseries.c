/* tseries(n, interval, how many, what): a value for each of the last intervals. */
#include "trace/builtins/entries.h"

#include <stddef.h>
#include <string.h>

enum { INTERVALS_MAX = 1300 }; /* a value of one CPU is at most 32 KiB */

static int64_t aggregation_of(struct checker *k, const struct node *n, const struct node *a)
{
    static const struct {
        const char *word;
        enum value_kind kind;
    } known[] = {{"avg", VALUE_AVG}, {"max", VALUE_MAX}, {"min", VALUE_MIN}, {"sum", VALUE_SUM}};
    const char *word = check_literal_argument(k, n, a);
    for (size_t i = 0; word && i < sizeof known / sizeof known[0]; i++)
        if (!strcmp(known[i].word, word))
            return known[i].kind;
    if (word)
        check_complain(k, a->place, "tseries() keeps \"avg\", \"max\", \"min\" or \"sum\" of an interval, not \"%s\"", word);
    return VALUE_NONE;
}

static void check_tseries(struct checker *k, struct node *n)
{
    struct node *interval = n->first->next;
    struct node *count = interval->next;
    int64_t ns = 1;
    int64_t intervals = 1;
    bool good = check_number_argument(k, n, n->first);
    good = check_constant_argument(k, n, interval, 1, INT64_MAX, &ns) && good;
    good = check_constant_argument(k, n, count, 1, INTERVALS_MAX, &intervals) && good;
    int64_t what = count->next ? aggregation_of(k, n, count->next) : VALUE_NONE;
    bool is_signed = type_is_number(n->first->type) && n->first->type->is_signed && !(is_soft(n->first) && n->first->kind == NODE_INTEGER);
    n->type = good ? type_special(types_in(k), VALUE_TSERIES, is_signed, ns, intervals, what) : type_none(types_in(k));
}

/* What the interval has so far, by what is kept of it. `old` and `count` are the bucket's; a new one has neither. */
static void keep(struct generator *g, ir_reg bucket, struct ir_value v, ir_reg now, const struct value_type *t)
{
    struct ir_program *p = g->p;
    int32_t total = (int32_t)offsetof(struct value_tseries_bucket, sum.total);
    int32_t count = (int32_t)offsetof(struct value_tseries_bucket, sum.count);
    ir_label done = ir_new_label(p);
    ir_reg n = ir_load(p, 8, false, bucket, count);
    ir_reg old = ir_load(p, 8, false, bucket, total);
    switch (t->parameters[2]) {
    case VALUE_SUM:
    case VALUE_AVG:
        ir_store(p, 8, bucket, total, ir_of(ir_binary(p, IR_ADD, ir_of(old), v)));
        ir_store(p, 8, bucket, count, ir_of(ir_binary(p, IR_ADD, ir_of(n), ir_const(1))));
        break;
    case VALUE_MIN:
    case VALUE_MAX: {
        ir_label take = ir_new_label(p);
        bool is_min = t->parameters[2] == VALUE_MIN;
        ir_jump_if(p, IR_EQ, ir_of(n), ir_const(0), take);
        ir_jump_if(p, is_min ? (t->is_signed ? IR_SLE : IR_ULE) : (t->is_signed ? IR_SGE : IR_UGE), ir_of(old), v, done);
        ir_place_label(p, take);
        ir_store(p, 8, bucket, total, v);
        ir_store(p, 8, bucket, count, ir_const(1));
        break;
    }
    default: /* the last value, and when it was kept */
        ir_store(p, 8, bucket, total, v);
        ir_store(p, 8, bucket, count, ir_of(now));
        break;
    }
    ir_place_label(p, done);
}

static void aggregate_tseries(struct generator *g, struct node *map, struct node *call)
{
    struct ir_program *p = g->p;
    const struct map_info *m = map->meaning;
    const struct value_type *t = m->value;
    ir_reg v = ir_move(p, gen_scalar(g, call->first));
    ir_reg now = call0(g, BPF_FUNC_ktime_get_boot_ns);
    ir_reg epoch = ir_binary(p, IR_DIV, ir_of(now), ir_const(t->parameters[0]));
    ir_reg at = ir_binary(p, IR_MOD, ir_of(epoch), ir_const(t->parameters[1]));
    ir_label none = ir_new_label(p);
    ir_label same = ir_new_label(p);
    ir_reg cell = gen_map_cell(g, map, none);
    ir_jump_if(p, IR_UGE, ir_of(at), ir_const(t->parameters[1]), none); /* never; the verifier learns the bound */
    ir_reg offset = ir_binary(p, IR_MUL, ir_of(at), ir_const(sizeof(struct value_tseries_bucket)));
    ir_reg bucket = ir_binary(p, IR_ADD, ir_of(cell), ir_of(offset));
    ir_reg of = ir_load(p, 8, false, bucket, offsetof(struct value_tseries_bucket, epoch));
    ir_jump_if(p, IR_EQ, ir_of(of), ir_of(epoch), same);
    ir_store(p, 8, bucket, offsetof(struct value_tseries_bucket, epoch), ir_of(epoch));
    ir_store(p, 8, bucket, offsetof(struct value_tseries_bucket, sum.total), ir_const(0));
    ir_store(p, 8, bucket, offsetof(struct value_tseries_bucket, sum.count), ir_const(0));
    ir_place_label(p, same);
    keep(g, bucket, ir_of(v), now, t);
    ir_place_label(p, none);
}

static struct value gen_alone(struct generator *g, struct node *n)
{
    complain(&g->unit->complaints, n->place, "tseries() counts in a map: @name = tseries(…)");
    return gen_none(g);
}

const struct builtin builtins_tseries[] = {
    {"tseries", 3, 4, .is_call = true, .check = check_tseries, .generate = gen_alone, .aggregate = aggregate_tseries},
    {0},
};
