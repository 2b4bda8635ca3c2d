/* Maps and variables: what is assigned to them gives them their types. */
#include "trace/check/inside.h"

#include <string.h>

/* --- variables ----------------------------------------------------------------------------------------------------------- */

/* Callbacks share the variables that they use with who they are called by. */
static struct variable *used(const struct checker *k, struct variable *v)
{
    v->is_shared = v->is_shared || k->callbacks;
    return v;
}

struct variable *variable_named(struct checker *k, const char *name, struct place place, bool make)
{
    for (const struct local *l = k->locals; l; l = l->outer)
        if (!strcmp(l->variable->name, name))
            return used(k, l->variable);
    for (struct variable *v = k->instance->variables; v; v = v->next)
        if (!v->is_local && !strcmp(v->name, name))
            return used(k, v);
    struct variable *v = make ? arena_alloc(&k->unit->arena, sizeof *v) : NULL;
    if (!v)
        return NULL;
    *v = (struct variable){.name = name, .place = place, .memory = -1, .next = k->instance->variables};
    k->instance->variables = v;
    return used(k, v);
}

struct variable *variable_local(struct checker *k, const char *name, struct place place)
{
    struct variable *v = k->instance->variables;
    while (v && !(v->is_local && v->place.at == place.at && !strcmp(v->name, name)))
        v = v->next;
    struct local *l = arena_alloc(&k->unit->arena, sizeof *l);
    if (!v && (v = arena_alloc(&k->unit->arena, sizeof *v))) {
        *v = (struct variable){.name = name, .place = place, .memory = -1, .is_local = true, .next = k->instance->variables};
        k->instance->variables = v;
    }
    if (!v || !l)
        return NULL;
    *l = (struct local){v, k->locals};
    k->locals = l;
    return used(k, v);
}

void variable_takes(struct checker *k, struct variable *v, const struct value_type *type, bool soft, struct place place)
{
    if (!is_known(type))
        return;
    const struct value_type *stored = type->kind == VALUE_POINTER ? type : storage_type(k->unit->types, type);
    const struct value_type *t = v->type ? common_type(k->unit->types, v->type, v->soft, stored, soft) : stored;
    if (v->declared && v->type && t && t->size > v->type->size && v->type->kind != VALUE_INT) {
        check_complain(k, place, "$%s is declared as %s; %s does not fit", v->name, words(k, v->type), words(k, stored));
        return;
    }
    if (!t) {
        check_complain(k, place, "$%s is %s; it cannot become %s", v->name, words(k, v->type), words(k, stored));
        return;
    }
    if (v->declared)
        return;
    if (t != v->type || (v->soft && !soft))
        k->changed = true;
    v->soft = v->type ? v->soft && soft : soft;
    v->type = t;
}

void check_variable(struct checker *k, struct node *n)
{
    struct variable *v = variable_named(k, n->name, n->place, false);
    n->meaning = v;
    n->type = v && v->type ? v->type : none_of(k);
    if (!v)
        check_complain(k, n->place, "$%s has no value yet here", n->name);
    else if (!v->type && k->knows)
        check_complain(k, n->place, "the type of $%s cannot be found out", n->name);
}

void check_let(struct checker *k, struct node *n)
{
    n->type = none_of(k);
    if (n->right)
        check_expression(k, n->right);
    struct variable *v = variable_local(k, n->left->name, n->left->place);
    n->left->meaning = v;
    if (!v)
        return;
    if (n->type_name && !v->declared) {
        const struct value_type *t = types_named(k->unit->types, n->type_name, SPACE_KERNEL, &k->unit->complaints);
        v->type = t ? storage_type(k->unit->types, t) : NULL;
        v->declared = t != NULL;
        k->changed = true;
    }
    if (n->right)
        variable_takes(k, v, n->right->type, is_soft(n->right), n->place);
    n->left->type = v->type ? v->type : none_of(k);
}

/* --- maps ---------------------------------------------------------------------------------------------------------------- */

static void key_takes(struct checker *k, struct map_info *m, struct node *map)
{
    const struct value_type *key = NULL;
    if (map->key) {
        check_expression(k, map->key);
        if (!is_known(map->key->type))
            return;
        if (type_is_aggregate(map->key->type) || map->key->type->kind == VALUE_STACK_MODE) {
            check_complain(k, map->key->place, "%s cannot be a key", words(k, map->key->type));
            return;
        }
        key = storage_type(k->unit->types, map->key->type);
    }
    if (!m->key_known) {
        m->key_known = k->changed = true;
        m->key = key;
        return;
    }
    if (!key || !m->key) {
        if (key != m->key)
            check_complain(k, map->place, key ? "@%s has no key elsewhere in the script" : "@%s has a key elsewhere in the script: %s",
                           m->name, key ? "" : words(k, m->key));
        return;
    }
    const struct value_type *t = common_type(k->unit->types, m->key, false, key, is_soft(map->key));
    if (!t)
        check_complain(k, map->key->place, "the key of @%s is %s elsewhere, not %s", m->name, words(k, m->key), words(k, key));
    else if (t != m->key) {
        m->key = t;
        k->changed = true;
    }
}

void check_map_key(struct checker *k, struct node *map)
{
    struct map_info *m = unit_map_named(k->unit, map->name, map->place);
    map->meaning = m;
    map->type = none_of(k);
    if (!m)
        return;
    key_takes(k, m, map);
    map->type = m->value ? m->value : none_of(k);
}

void map_takes(struct checker *k, struct map_info *m, const struct value_type *type, bool soft, struct place place)
{
    if (!is_known(type))
        return;
    const struct value_type *stored = storage_type(k->unit->types, type);
    const struct value_type *t = m->value ? common_type(k->unit->types, m->value, m->value_soft, stored, soft) : stored;
    if (!t) {
        check_complain(k, place, "@%s holds %s; it cannot hold %s, too", m->name, words(k, m->value), words(k, stored));
        return;
    }
    if (t != m->value || (m->value_soft && !soft))
        k->changed = true;
    m->value_soft = m->value ? m->value_soft && soft : soft;
    m->value = t;
}

/* An aggregation that is read becomes a number: what all CPUs have together. */
void check_map_read(struct checker *k, struct node *n)
{
    check_map_key(k, n);
    struct map_info *m = n->meaning;
    if (!m || !m->value)
        return;
    switch (m->value->kind) {
    case VALUE_COUNT:
    case VALUE_SUM:
    case VALUE_MIN:
    case VALUE_MAX:
    case VALUE_AVG: n->type = type_int(k->unit->types, 8, m->value->kind != VALUE_COUNT && m->value->is_signed); break;
    case VALUE_STATS:
    case VALUE_HIST:
    case VALUE_LHIST:
    case VALUE_TSERIES:
        check_complain(k, n->place, "@%s holds %s, which can be printed, but not be used as a value", m->name, words(k, m->value));
        n->type = none_of(k);
        break;
    default: break;
    }
}

/* --- assignments ----------------------------------------------------------------------------------------------------------- */

static void assign_map(struct checker *k, struct node *n)
{
    struct node *map = n->left;
    if (n->operator!= TOKEN_ASSIGN) {
        check_map_read(k, map);
        struct map_info *m = map->meaning;
        if (is_known(n->right->type) && !type_is_number(n->right->type))
            check_complain(k, n->place, "%s= wants a number, not %s", token_name(n->operator), words(k, n->right->type));
        else if (m && m->value && type_is_aggregate(m->value))
            check_complain(k, n->place, "@%s holds %s; only %s can be assigned to it", m->name, words(k, m->value), words(k, m->value));
        else if (m)
            map_takes(k, m, n->right->type, is_soft(n->right), n->place);
        return;
    }
    check_map_key(k, map);
    struct map_info *m = map->meaning;
    if (m)
        map_takes(k, m, n->right->type, is_soft(n->right), n->place);
    map->type = m && m->value ? m->value : none_of(k);
}

static void assign_variable(struct checker *k, struct node *n)
{
    struct variable *v = variable_named(k, n->left->name, n->left->place, n->operator== TOKEN_ASSIGN);
    n->left->meaning = v;
    n->left->type = none_of(k);
    if (!v) {
        check_complain(k, n->left->place, "$%s has no value yet here", n->left->name);
        return;
    }
    if (type_is_aggregate(n->right->type)) {
        check_complain(k, n->place, "%s counts in a map: @name = …; a variable cannot hold it", words(k, n->right->type));
        return;
    }
    if (n->operator!= TOKEN_ASSIGN && is_known(n->right->type) && !type_is_scalar(n->right->type))
        check_complain(k, n->place, "%s= wants a number, not %s", token_name(n->operator), words(k, n->right->type));
    else if (!(n->operator!= TOKEN_ASSIGN && v->type && v->type->kind == VALUE_POINTER))
        variable_takes(k, v, n->right->type, is_soft(n->right), n->place);
    n->left->type = v->type ? v->type : none_of(k);
}

void check_assign(struct checker *k, struct node *n)
{
    check_expression(k, n->right);
    n->type = none_of(k);
    if (k->knows && !is_known(n->right->type) && n->left) {
        check_complain(k, n->right->place, "this has no value that could be assigned");
        if (n->left->kind == NODE_VARIABLE)
            variable_named(k, n->left->name, n->left->place, true);
    }
    if (!n->left)
        return;
    if (n->left->kind == NODE_MAP)
        assign_map(k, n);
    else if (n->left->kind == NODE_VARIABLE)
        assign_variable(k, n);
    else
        check_complain(k, n->left->place, "only maps and variables can be assigned to");
}

void check_step(struct checker *k, struct node *n)
{
    n->type = type_int(k->unit->types, 8, true);
    if (n->left->kind == NODE_MAP) {
        check_map_key(k, n->left);
        struct map_info *m = n->left->meaning;
        if (m && m->value && !type_is_number(m->value) && m->value->kind != VALUE_POINTER)
            check_complain(k, n->place, "@%s holds %s; ++ and -- want a number", m->name, words(k, m->value));
        else if (m)
            map_takes(k, m, n->type, true, n->place);
        if (m && m->value && type_is_scalar(m->value))
            n->type = m->value;
    } else if (n->left->kind == NODE_VARIABLE) {
        check_variable(k, n->left);
        if (is_known(n->left->type) && !type_is_scalar(n->left->type))
            check_complain(k, n->place, "++ and -- want a number, not %s", words(k, n->left->type));
        else if (is_known(n->left->type))
            n->type = n->left->type;
    } else {
        check_complain(k, n->place, "++ and -- want a map or a variable");
    }
}
