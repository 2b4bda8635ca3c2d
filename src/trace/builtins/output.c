/* What goes to user space: printing and asking it to do things. */
#include "trace/builtins/entries.h"

static const struct value_type *record_type(struct checker *k, const struct node *a)
{
    return storage_type(types_in(k), a->type);
}

/* Lays the arguments out in the action's payload. */
static bool lay_out(struct checker *k, struct action *act, const struct node *first, const struct node *n)
{
    uint32_t at = 0;
    for (const struct node *a = first; a; a = a->next) {
        if (a->type->kind == VALUE_NONE)
            return false;
        if (act->n_arguments == ACTION_ARGUMENTS) {
            check_complain(k, n->place, "%s() takes at most %d values", n->name, ACTION_ARGUMENTS);
            return false;
        }
        const struct value_type *t = record_type(k, a);
        act->arguments[act->n_arguments++] = (struct format_argument){.type = t, .offset = at};
        at += (t->size + 7) & ~7U;
    }
    act->size = at;
    return true;
}

struct action *action_for(struct checker *k, struct node *n, enum action_kind kind)
{
    struct action *a = unit_action(k->unit, kind, n->place);
    n->key = (struct node *)a; /* a call has no key: the action stands there */
    n->type = type_none(types_in(k));
    return a;
}

struct action *action_of(const struct node *n)
{
    return (struct action *)n->key;
}

static void check_format(struct checker *k, struct node *n)
{
    if (builtin_of(n)->detail == ACTION_SYSTEM)
        check_unsafe(k, n, "runs a command");
    struct action *a = action_for(k, n, (enum action_kind)builtin_of(n)->detail);
    const struct node *f = n->first;
    if (!a || !check_literal_argument(k, n, f) || !lay_out(k, a, f->next, n))
        return;
    struct complaints silent;
    complaints_init(&silent, &k->unit->arena, &k->unit->source);
    a->format = format_parse(k->speaks ? &k->unit->complaints : &silent, n->place, f->name, f->length, a->arguments, a->n_arguments);
}

struct value gen_action_record(struct generator *g, struct node *n, struct node *first)
{
    const struct action *a = action_of(n);
    ir_label lost = ir_new_label(g->p);
    ir_reg record = gen_record_begin(g, a, lost);
    uint32_t i = 0;
    for (struct node *v = first; v && i < a->n_arguments; v = v->next, i++)
        gen_into(g, v, a->arguments[i].type, (struct location){record, (int32_t)(sizeof(struct action_record) + a->arguments[i].offset)},
                 false);
    gen_record_end(g, record);
    ir_place_label(g->p, lost);
    return gen_none(g);
}

static struct value gen_format(struct generator *g, struct node *n)
{
    return gen_action_record(g, n, n->first->next);
}

static void check_whole_map(struct checker *k, struct node *map)
{
    map->meaning = unit_map_named(k->unit, map->name, map->place);
    const struct map_info *m = map->meaning;
    map->type = m && m->value ? m->value : type_none(types_in(k));
}

/* print(@x), print(@x, top), print(@x, top, div), print(value) */
static void check_print(struct checker *k, struct node *n)
{
    struct node *what = n->first;
    if (what->kind == NODE_MAP && !what->key) {
        check_whole_map(k, what);
        const struct map_info *m = what->meaning;
        struct action *a = action_for(k, n, ACTION_PRINT_MAP);
        if (!a)
            return;
        a->map = m;
        lay_out(k, a, what->next, n);
        return;
    }
    if (what->kind == NODE_MAP)
        check_expression(k, what);
    struct action *a = action_for(k, n, ACTION_PRINT_VALUE);
    if (what->next)
        check_complain(k, what->next->place, "print() of a value takes nothing else; top and divisor are for maps");
    if (a)
        lay_out(k, a, what, n);
}

static struct value gen_print(struct generator *g, struct node *n)
{
    return gen_action_record(g, n, action_of(n)->map ? n->first->next : n->first);
}

static void check_map_action(struct checker *k, struct node *n)
{
    struct action *a = action_for(k, n, (enum action_kind)builtin_of(n)->detail);
    if (n->first->kind != NODE_MAP || n->first->key) {
        check_complain(k, n->first->place, "%s() wants a map: %s(@name)", n->name, n->name);
        n->first->type = type_none(types_in(k));
        return;
    }
    check_whole_map(k, n->first);
    if (a)
        a->map = n->first->meaning;
}

static void check_exit(struct checker *k, struct node *n)
{
    struct action *a = action_for(k, n, ACTION_EXIT);
    if (n->first)
        check_number_argument(k, n, n->first);
    if (a)
        lay_out(k, a, n->first, n);
}

static struct value gen_exit(struct generator *g, struct node *n)
{
    gen_action_record(g, n, n->first);
    ir_jump(g->p, g->end);
    return gen_none(g);
}

static struct value gen_plain(struct generator *g, struct node *n)
{
    return gen_action_record(g, n, NULL);
}

static void check_time(struct checker *k, struct node *n)
{
    struct action *a = action_for(k, n, ACTION_TIME);
    if (a)
        a->text = n->first ? check_literal_argument(k, n, n->first) : "%H:%M:%S\n";
}

const struct builtin builtins_output[] = {
    {"printf", 1, ACTION_ARGUMENTS + 1, .is_call = true, .check = check_format, .generate = gen_format, .detail = ACTION_PRINTF},
    {"errorf", 1, ACTION_ARGUMENTS + 1, .is_call = true, .check = check_format, .generate = gen_format, .detail = ACTION_ERRORF},
    {"warnf", 1, ACTION_ARGUMENTS + 1, .is_call = true, .check = check_format, .generate = gen_format, .detail = ACTION_WARNF},
    {"cat", 1, ACTION_ARGUMENTS + 1, .is_call = true, .check = check_format, .generate = gen_format, .detail = ACTION_CAT},
    {"system", 1, ACTION_ARGUMENTS + 1, .is_call = true, .check = check_format, .generate = gen_format, .detail = ACTION_SYSTEM},
    {"print", 1, 3, .is_call = true, .takes_map = true, .check = check_print, .generate = gen_print},
    {"clear", 1, 1, .is_call = true, .takes_map = true, .check = check_map_action, .generate = gen_plain, .detail = ACTION_CLEAR_MAP},
    {"zero", 1, 1, .is_call = true, .takes_map = true, .check = check_map_action, .generate = gen_plain, .detail = ACTION_ZERO_MAP},
    {"exit", 0, 1, .is_call = true, .check = check_exit, .generate = gen_exit},
    {"time", 0, 1, .is_call = true, .check = check_time, .generate = gen_plain},
    {0},
};
