/* Functions on maps. */
#include "trace/builtins/entries.h"
#include "trace/check/inside.h"
#include "trace/gen/inside.h"

/* delete(@x[key]), delete(@x, key), has_key(@x, key): the second form becomes the first. */
static void check_keyed(struct checker *k, struct node *n)
{
    struct node *map = n->first;
    n->type = type_bool(types_in(k));
    if (map->kind != NODE_MAP) {
        check_complain(k, map->place, "%s() wants a map", n->name);
        return;
    }
    if (map->next && !map->key) {
        map->key = map->next;
        map->next = NULL;
    }
    check_map_key(k, map);
}

static struct value gen_delete(struct generator *g, struct node *n)
{
    ir_reg result;
    gen_map_delete(g, n->first, &result);
    ir_reg gone = ir_register(g->p);
    ir_label failed = ir_new_label(g->p);
    ir_assign(g->p, gone, ir_const(0));
    ir_jump_if(g->p, IR_NE, ir_of(result), ir_const(0), failed);
    ir_assign(g->p, gone, ir_const(1));
    ir_place_label(g->p, failed);
    return value_number(n->type, ir_of(gone));
}

static struct value gen_has_key(struct generator *g, struct node *n)
{
    const struct map_info *m = n->first->meaning;
    struct location key = gen_key(g, m, n->first);
    struct ir_value a[] = {ir_of(gen_map_pointer(g, m)), ir_of(gen_address(g, key))};
    ir_reg cell = ir_call(g->p, BPF_FUNC_map_lookup_elem, a, 2);
    ir_reg has = ir_register(g->p);
    ir_label none = ir_new_label(g->p);
    ir_assign(g->p, has, ir_const(0));
    ir_jump_if(g->p, IR_EQ, ir_of(cell), ir_const(0), none);
    ir_assign(g->p, has, ir_const(1));
    ir_place_label(g->p, none);
    return value_number(n->type, ir_of(has));
}

/* find(@x, key, $value): the key goes to the map, the variable to `left`. */
static void check_find(struct checker *k, struct node *n)
{
    struct node *map = n->first;
    if (!n->left) {
        struct node *key = map->next;
        n->left = key ? key->next : NULL;
        if (n->left && map->kind == NODE_MAP) {
            map->key = key;
            key->next = map->next = NULL;
        }
    }
    n->type = type_bool(types_in(k));
    if (map->kind != NODE_MAP || !n->left || n->left->kind != NODE_VARIABLE) {
        check_complain(k, n->place, "find() wants a map, a key and a variable: find(@map, key, $value)");
        for (struct node *a = map; a; a = a->next)
            a->type = type_none(types_in(k));
        return;
    }
    check_map_key(k, map);
    const struct map_info *m = map->meaning;
    struct variable *v = variable_named(k, n->left->name, n->left->place, true);
    n->left->meaning = v;
    if (m && m->value && type_is_aggregate(m->value))
        check_complain(k, map->place, "find() is for maps of values; this one counts: %s", type_words(types_in(k), m->value));
    else if (m && m->value && v)
        variable_takes(k, v, m->value, false, n->left->place);
}

static struct value gen_find(struct generator *g, struct node *n)
{
    const struct map_info *m = n->first->meaning;
    struct location key = gen_key(g, m, n->first);
    struct ir_value a[] = {ir_of(gen_map_pointer(g, m)), ir_of(gen_address(g, key))};
    ir_reg cell = ir_call(g->p, BPF_FUNC_map_lookup_elem, a, 2);
    ir_reg has = ir_register(g->p);
    ir_label none = ir_new_label(g->p);
    ir_assign(g->p, has, ir_const(0));
    ir_jump_if(g->p, IR_EQ, ir_of(cell), ir_const(0), none);
    gen_variable_set(g, n->left->meaning, gen_at(g, m->value, cell, 0, SPACE_BPF));
    ir_assign(g->p, has, ir_const(1));
    ir_place_label(g->p, none);
    return value_number(n->type, ir_of(has));
}

const struct builtin builtins_map[] = {
    {"find", 1, 3, .is_call = true, .takes_map = true, .check = check_find, .generate = gen_find},
    {"delete", 1, 2, .is_call = true, .takes_map = true, .check = check_keyed, .generate = gen_delete},
    {"has_key", 1, 2, .is_call = true, .takes_map = true, .check = check_keyed, .generate = gen_has_key},
    {0},
};
