#include "base/map.h"
#include "trace/back/facts.h"
#include "trace/back/values.h"

bool is_sharable(const struct ir_instruction *i)
{
    return ir_is_pure(i->op) && i->op != IR_MOVE && i->op != IR_ARGUMENT;
}

/* Addresses of one map are shared whatever their offsets. */
static uint64_t hash_of(const struct values *v, const struct ir_instruction *i)
{
    uint64_t key[] = {
        (uint64_t)i->op << 32 | (uint64_t)i->size << 8 | i->is_signed,
        i->op == IR_MAP_DATA ? 0 : (uint32_t)i->offset,
        (uint64_t)i->index << 32 | i->slot,
        (uint64_t)i->a.reg << 32 | v->versions[i->a.reg],
        (uint64_t)i->a.constant,
        (uint64_t)i->b.reg << 32 | v->versions[i->b.reg],
        (uint64_t)i->b.constant,
    };
    return hash_bytes(key, sizeof key, 0);
}

static bool same_value(struct ir_value a, struct ir_value b)
{
    return a.reg == b.reg && a.constant == b.constant;
}

static bool same_work(const struct ir_instruction *x, const struct ir_instruction *y)
{
    return x->op == y->op && x->size == y->size && x->is_signed == y->is_signed && x->index == y->index && x->slot == y->slot &&
           same_value(x->a, y->a) && same_value(x->b, y->b) && (x->op == IR_MAP_DATA || x->offset == y->offset);
}

/* Costs nothing, or more than a register, to have over a call. */
static bool is_worth_a_call(enum ir_op op)
{
    return op == IR_MAP_DATA || op == IR_SLOT || op == IR_MAP || op == IR_FUNCTION || op == IR_CONTEXT || op == IR_DIV || op == IR_MOD ||
           op == IR_SDIV || op == IR_SMOD;
}

static bool is_there(const struct values *v, const struct shared *s, const struct ir_instruction *i)
{
    const struct ir_instruction *old = &v->p->list[s->index];
    return s->epoch == v->epoch && same_work(old, i) && s->to_version == v->versions[old->to] && s->a_version == v->versions[i->a.reg] &&
           s->b_version == v->versions[i->b.reg] && (i->op != IR_LOAD || s->memory == v->memory) &&
           (is_worth_a_call(i->op) || s->calls == v->calls);
}

static void reuse(struct ir_instruction *i, const struct ir_instruction *old)
{
    int32_t further = i->offset - old->offset;
    bool is_move = i->op != IR_MAP_DATA || !further;
    *i = (struct ir_instruction){
        .op = is_move ? IR_MOVE : IR_ADD, .to = i->to, .a = ir_of(old->to), .b = ir_const(is_move ? 0 : further), .at = i->at};
}

void share_result(struct values *v, uint32_t index)
{
    struct ir_instruction *i = &v->p->list[index];
    struct shared **bucket = &v->table[hash_of(v, i) & v->table_mask];
    while (*bucket && (*bucket)->epoch != v->epoch)
        *bucket = (*bucket)->next; /* of an epoch that has gone */
    for (struct shared *s = *bucket; s; s = s->next)
        if (is_there(v, s, i)) {
            reuse(i, &v->p->list[s->index]);
            return;
        }
    struct shared *s = &v->pool[v->pool_used++];
    *s = (struct shared){.epoch = v->epoch,
                         .index = index,
                         .to_version = v->versions[i->to] + 1,
                         .memory = v->memory,
                         .calls = v->calls,
                         .a_version = v->versions[i->a.reg],
                         .b_version = v->versions[i->b.reg],
                         .next = *bucket};
    *bucket = s;
}
