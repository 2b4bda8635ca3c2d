/* while, for, unroll. */
#include "trace/check/inside.h"

enum { UNROLL_MAX = 100, SHORT_RANGE = 32 };

static void check_unroll(struct checker *k, struct node *n)
{
    int64_t count;
    check_expression(k, n->condition);
    if (!constant_of(n->condition, &count))
        check_complain(k, n->condition->place, "unroll wants a constant");
    else if (count < 1 || count > UNROLL_MAX)
        check_complain(k, n->condition->place, "unroll can repeat a block 1 to %d times, not %lld", UNROLL_MAX, (long long)count);
}

bool range_is_short(const struct node *n)
{
    int64_t from;
    int64_t to;
    return constant_of(n->condition, &from) && constant_of(n->right, &to) && from > -SHORT_RANGE && to < INT32_MAX &&
           to - from <= SHORT_RANGE;
}

static void check_range(struct checker *k, struct node *n)
{
    check_expression(k, n->condition);
    check_expression(k, n->right);
    k->callbacks += !range_is_short(n);
    if (k->knows && (!type_is_number(n->condition->type) || !type_is_number(n->right->type)))
        check_complain(k, n->place, "a range goes from a number to a number");
    struct variable *v = variable_local(k, n->left->name, n->left->place);
    n->left->meaning = v;
    if (v)
        variable_takes(k, v, type_int(k->unit->types, 8, true), false, n->left->place);
}

static void check_over_map(struct checker *k, struct node *n)
{
    struct map_info *m = unit_map_named(k->unit, n->right->name, n->right->place);
    n->right->meaning = m;
    struct variable *v = variable_local(k, n->left->name, n->left->place);
    n->left->meaning = v;
    if (!m || !v)
        return;
    if (n->right->key)
        check_complain(k, n->right->place, "for goes over a whole map: @%s", m->name);
    if (m->key_known && !m->key)
        check_complain(k, n->right->place, "@%s has no keys to go over", m->name);
    if (!m->key || !m->value)
        return;
    const struct value_type *value = type_is_aggregate(m->value) ? type_int(k->unit->types, 8, m->value->is_signed) : m->value;
    const struct value_type *members[] = {m->key, value};
    variable_takes(k, v, type_tuple(k->unit->types, members, NULL, 2), false, n->left->place);
}

void check_loop(struct checker *k, struct node *n)
{
    const struct local *locals = k->locals;
    n->type = none_of(k);
    if (n->kind == NODE_UNROLL) {
        check_unroll(k, n);
    } else if (n->kind == NODE_FOR_RANGE) {
        check_range(k, n);
    } else if (n->kind == NODE_FOR_MAP) {
        k->callbacks++;
        check_over_map(k, n);
    } else {
        check_expression(k, n->condition);
    }
    k->loops++;
    check_expression(k, n->body ? n->body : n->left);
    k->loops--;
    k->callbacks -= n->kind == NODE_FOR_MAP || (n->kind == NODE_FOR_RANGE && !range_is_short(n));
    k->locals = locals;
}
