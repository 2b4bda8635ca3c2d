/* What maps count: each CPU its own share, without atomics; user space adds them up. */
#include "trace/builtins/entries.h"

#include <stddef.h>

static void check_kind(struct checker *k, struct node *n)
{
    const struct node *a = n->first;
    bool is_signed = false;
    if (a) {
        if (!check_number_argument(k, n, a)) {
            n->type = type_none(types_in(k));
            return;
        }
        is_signed = type_is_number(a->type) && a->type->is_signed && !(is_soft(a) && a->kind == NODE_INTEGER);
    }
    n->type = type_special(types_in(k), (enum value_kind)builtin_of(n)->detail, is_signed, 0, 0, 0);
}

static void check_hist(struct checker *k, struct node *n)
{
    int64_t bits = 0;
    check_kind(k, n);
    if (n->first->next && !check_constant_argument(k, n, n->first->next, 0, HIST_MAX_BITS, &bits))
        bits = 0;
    if (n->type->kind != VALUE_NONE)
        n->type = type_special(types_in(k), VALUE_HIST, false, bits, 0, 0);
}

enum { LHIST_STEPS = 1000 };

static void check_lhist(struct checker *k, struct node *n)
{
    int64_t p[3] = {0, 1, 1};
    struct node *a = n->first->next;
    bool good = check_number_argument(k, n, n->first);
    for (int i = 0; i < 3; i++, a = a->next)
        good = check_constant_argument(k, n, a, i < 2 ? INT32_MIN : 1, INT64_MAX, &p[i]) && good;
    n->type = type_none(types_in(k));
    if (!good)
        return;
    if (p[1] <= p[0])
        check_complain(k, n->place, "lhist() goes up: its maximum %lld is not above its minimum %lld", (long long)p[1], (long long)p[0]);
    else if ((p[1] - p[0]) / p[2] > LHIST_STEPS)
        check_complain(k, n->place, "lhist() has at most %d buckets; these are %lld", LHIST_STEPS, (long long)((p[1] - p[0]) / p[2]));
    else
        n->type = type_special(types_in(k), VALUE_LHIST, false, p[0], p[1], p[2]);
}

static void add_to(struct generator *g, ir_reg cell, int32_t offset, struct ir_value by)
{
    ir_reg old = ir_load(g->p, 8, false, cell, offset);
    ir_store(g->p, 8, cell, offset, ir_of(ir_binary(g->p, IR_ADD, ir_of(old), by)));
}

static void aggregate_count(struct generator *g, struct node *map, struct node *call)
{
    (void)call;
    ir_label none = ir_new_label(g->p);
    add_to(g, gen_map_cell(g, map, none), 0, ir_const(1));
    ir_place_label(g->p, none);
}

static void aggregate_sum(struct generator *g, struct node *map, struct node *call) /* and avg, stats, which count, too */
{
    struct ir_value v = gen_scalar(g, call->first);
    ir_label none = ir_new_label(g->p);
    ir_reg cell = gen_map_cell(g, map, none);
    add_to(g, cell, 0, v);
    if (builtin_of(call)->detail != VALUE_SUM)
        add_to(g, cell, offsetof(struct value_avg, count), ir_const(1));
    ir_place_label(g->p, none);
}

static void aggregate_extreme(struct generator *g, struct node *map, struct node *call)
{
    const struct map_info *m = map->meaning;
    bool is_min = builtin_of(call)->detail == VALUE_MIN;
    bool is_signed = m->value->is_signed;
    struct ir_value v = gen_scalar(g, call->first);
    ir_label none = ir_new_label(g->p);
    ir_label take = ir_new_label(g->p);
    ir_reg cell = gen_map_cell(g, map, none);
    ir_reg set = ir_load(g->p, 8, false, cell, offsetof(struct value_extreme, is_set));
    ir_reg old = ir_load(g->p, 8, false, cell, 0);
    ir_jump_if(g->p, IR_EQ, ir_of(set), ir_const(0), take);
    enum ir_condition keep = is_min ? (is_signed ? IR_SLE : IR_ULE) : (is_signed ? IR_SGE : IR_UGE);
    ir_jump_if(g->p, keep, ir_of(old), v, none);
    ir_place_label(g->p, take);
    ir_store(g->p, 8, cell, 0, v);
    ir_store(g->p, 8, cell, offsetof(struct value_extreme, is_set), ir_const(1));
    ir_place_label(g->p, none);
}

/* Adds one to a bucket whose number is below `buckets`. */
static void count_bucket(struct generator *g, ir_reg cell, ir_reg bucket, uint64_t buckets, ir_label none)
{
    ir_jump_if(g->p, IR_UGE, ir_of(bucket), ir_const((int64_t)buckets), none);
    ir_reg at = ir_binary(g->p, IR_ADD, ir_of(cell), ir_of(ir_binary(g->p, IR_SHL, ir_of(bucket), ir_const(3))));
    add_to(g, at, 0, ir_const(1));
}

/* The number of the highest bit that is set, by halving; v must not be 0 and is used up. */
static ir_reg highest_bit(struct generator *g, ir_reg v)
{
    struct ir_program *p = g->p;
    ir_reg bit = ir_register(p);
    ir_assign(p, bit, ir_const(0));
    for (int half = 32; half; half /= 2) {
        ir_label small = ir_new_label(p);
        ir_jump_if(p, IR_ULT, ir_of(v), ir_const((int64_t)(1ULL << half)), small);
        ir_assign(p, v, ir_of(ir_binary(p, IR_SHR, ir_of(v), ir_const(half))));
        ir_assign(p, bit, ir_of(ir_binary(p, IR_ADD, ir_of(bit), ir_const(half))));
        ir_place_label(p, small);
    }
    return bit;
}

/* See hist_buckets: 0 for negative values, 1 + v below 2^k, then 2^k buckets for each power of two. */
static ir_reg hist_bucket(struct generator *g, struct ir_value value, bool is_signed, int64_t bits)
{
    struct ir_program *p = g->p;
    ir_reg v = ir_move(p, value);
    ir_reg bucket = ir_register(p);
    ir_label done = ir_new_label(p);
    if (is_signed) {
        ir_assign(p, bucket, ir_const(0));
        ir_jump_if(p, IR_SLT, ir_of(v), ir_const(0), done);
    }
    ir_assign(p, bucket, ir_of(ir_binary(p, IR_ADD, ir_of(v), ir_const(1))));
    ir_jump_if(p, IR_ULT, ir_of(v), ir_const((int64_t)1 << bits), done);
    ir_reg rest = ir_move(p, ir_of(v));
    ir_reg bit = highest_bit(g, rest);
    if (bits == 0) {
        ir_assign(p, bucket, ir_of(ir_binary(p, IR_ADD, ir_of(bit), ir_const(2))));
    } else {
        ir_reg shift = ir_binary(p, IR_SUB, ir_of(bit), ir_const(bits));
        ir_reg low = ir_binary(p, IR_AND, ir_of(ir_binary(p, IR_SHR, ir_of(v), ir_of(shift))), ir_const(((int64_t)1 << bits) - 1));
        ir_reg high = ir_binary(p, IR_SHL, ir_of(ir_binary(p, IR_ADD, ir_of(shift), ir_const(1))), ir_const(bits));
        ir_assign(p, bucket, ir_of(ir_binary(p, IR_ADD, ir_of(ir_binary(p, IR_ADD, ir_of(high), ir_of(low))), ir_const(1))));
    }
    ir_place_label(p, done);
    return bucket;
}

static void aggregate_hist(struct generator *g, struct node *map, struct node *call)
{
    const struct map_info *m = map->meaning;
    int64_t bits = m->value->parameters[0];
    struct ir_value v = gen_scalar(g, call->first);
    ir_reg bucket = hist_bucket(g, v, call->first->type->is_signed, bits);
    ir_label none = ir_new_label(g->p);
    count_bucket(g, gen_map_cell(g, map, none), bucket, hist_buckets(bits), none);
    ir_place_label(g->p, none);
}

static void aggregate_lhist(struct generator *g, struct node *map, struct node *call)
{
    const struct map_info *m = map->meaning;
    const int64_t *range = m->value->parameters;
    uint64_t buckets = lhist_buckets(range[0], range[1], range[2]);
    struct ir_program *p = g->p;
    ir_reg v = ir_move(p, gen_scalar(g, call->first));
    ir_reg bucket = ir_register(p);
    ir_label done = ir_new_label(p);
    ir_label none = ir_new_label(p);
    ir_assign(p, bucket, ir_const(0));
    ir_jump_if(p, IR_SLT, ir_of(v), ir_const(range[0]), done);
    ir_assign(p, bucket, ir_const((int64_t)buckets - 1));
    ir_jump_if(p, IR_SGE, ir_of(v), ir_const(range[1]), done);
    ir_reg from = ir_binary(p, IR_SUB, ir_of(v), ir_const(range[0]));
    ir_reg step = ir_binary(p, IR_DIV, ir_of(from), ir_const(range[2]));
    ir_assign(p, bucket, ir_of(ir_binary(p, IR_ADD, ir_of(step), ir_const(1))));
    ir_place_label(p, done);
    count_bucket(g, gen_map_cell(g, map, none), bucket, buckets, none);
    ir_place_label(p, none);
}

static struct value gen_alone(struct generator *g, struct node *n)
{
    complain(&g->unit->complaints, n->place, "%s() counts in a map: @name = %s(…)", n->name, n->name);
    return gen_none(g);
}

#define AGGREGATE(word, kind, arguments, checker, counter)                                                                                 \
    {                                                                                                                                      \
        (word), (arguments), (arguments), .is_call = true, .check = (checker), .generate = gen_alone, .aggregate = (counter),              \
                                          .detail = (kind)                                                                                 \
    }

const struct builtin builtins_aggregate[] = {
    AGGREGATE("count", VALUE_COUNT, 0, check_kind, aggregate_count),
    AGGREGATE("sum", VALUE_SUM, 1, check_kind, aggregate_sum),
    AGGREGATE("avg", VALUE_AVG, 1, check_kind, aggregate_sum),
    AGGREGATE("stats", VALUE_STATS, 1, check_kind, aggregate_sum),
    AGGREGATE("min", VALUE_MIN, 1, check_kind, aggregate_extreme),
    AGGREGATE("max", VALUE_MAX, 1, check_kind, aggregate_extreme),
    {"hist", 1, 2, .is_call = true, .check = check_hist, .generate = gen_alone, .aggregate = aggregate_hist, .detail = VALUE_HIST},
    AGGREGATE("lhist", VALUE_LHIST, 4, check_lhist, aggregate_lhist),
    {0},
};
