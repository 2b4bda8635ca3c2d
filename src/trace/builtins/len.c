/* len(): of a map its elements, of a stack its frames, of a string its bytes, of an array its elements. */
#include "trace/builtins/entries.h"
#include "trace/gen/inside.h"

enum { FOR_EACH_MAP_ELEM = 164, CALLBACK_ARGUMENTS = 4, FRAME_BYTES = 8 };

static bool is_whole_map(const struct node *a)
{
    return a->kind == NODE_MAP && !a->key;
}

static bool is_stack(const struct value_type *t)
{
    return t->kind == VALUE_KSTACK || t->kind == VALUE_USTACK;
}

static bool is_scalar_map(const struct node *map)
{
    const struct map_info *m = map->meaning;
    return m && m->key_known && !m->key;
}

static void check_map(struct checker *k, struct node *n)
{
    struct node *map = n->first;
    map->meaning = unit_map_named(k->unit, map->name, map->place);
    map->type = type_none(types_in(k));
    if (k->knows && is_scalar_map(map))
        check_complain(k, map->place, "len() counts the elements of a map; @%s has no keys", map->name);
}

static void check_len(struct checker *k, struct node *n)
{
    struct node *a = n->first;
    check_is_s64(k, n);
    if (is_whole_map(a)) {
        check_map(k, n);
        return;
    }
    if (a->kind == NODE_MAP)
        check_expression(k, a);
    const struct value_type *t = a->type;
    if (is_stack(t) && a->kind == NODE_MAP)
        check_complain(k, a->place, "the depth of a stack that a map keeps is not known any more; take len() when the stack is taken");
    else if (t->kind == VALUE_ARRAY)
        become_number(k, n, t->count);
    else if (!is_stack(t) && t->kind != VALUE_BUFFER && t->kind != VALUE_STRING && (t->kind != VALUE_NONE || k->knows))
        check_complain(k, a->place, "len() wants a map, a stack, a string, a buffer or an array, not %s", type_words(types_in(k), t));
}

/* The kernel counts the elements that it calls a function for; ours does nothing. */
static struct value count_elements(struct generator *g, struct node *n)
{
    uint32_t index = g->instance->n_programs;
    struct ir_program *body = gen_new_program(g->unit, g->instance);
    if (!body) {
        g->p->out_of_memory = true;
        return gen_none(g);
    }
    body->is_subprogram = true;
    body->n_arguments = CALLBACK_ARGUMENTS;
    body->at = n->place.at;
    ir_return(body, ir_const(0));
    ir_reg function = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_FUNCTION, .to = function, .index = index});
    struct ir_value a[] = {ir_of(gen_map_pointer(g, n->first->meaning)), ir_of(function), ir_const(0), ir_const(0)};
    return value_number(n->type, ir_of(ir_call(g->p, FOR_EACH_MAP_ELEM, a, 4)));
}

/* A variable's stack is the one of this moment: variables live as long as the program runs. */
static struct value count_frames(struct generator *g, struct node *n)
{
    const struct value_type *t = n->first->type;
    uint32_t bytes = FRAME_BYTES * (uint32_t)t->parameters[1];
    struct location to = gen_temporary(g, bytes);
    struct ir_value a[] = {ir_of(g->context), ir_of(gen_address(g, to)), ir_const(bytes),
                           ir_const(t->kind == VALUE_USTACK ? BPF_F_USER_STACK : 0)};
    ir_reg filled = ir_register(g->p);
    ir_label good = ir_new_label(g->p);
    ir_assign(g->p, filled, ir_of(ir_call(g->p, BPF_FUNC_get_stack, a, 4)));
    ir_jump_if(g->p, IR_SGE, ir_of(filled), ir_const(0), good);
    ir_assign(g->p, filled, ir_const(0));
    ir_place_label(g->p, good);
    return value_number(n->type, ir_of(ir_binary(g->p, IR_SHR, ir_of(filled), ir_const(3))));
}

static struct value gen_len(struct generator *g, struct node *n)
{
    struct node *a = n->first;
    if (is_whole_map(a))
        return count_elements(g, n);
    if (is_stack(a->type))
        return count_frames(g, n);
    if (a->type->kind == VALUE_STRING)
        return builtin_find("strlen")->generate(g, n);
    struct value v = gen_direct(g, gen_expression(g, a), false);
    return value_number(n->type, ir_of(ir_load(g->p, 4, false, v.base, v.offset)));
}

const struct builtin builtins_len[] = {
    {"len", 1, 1, .is_call = true, .takes_map = true, .check = check_len, .generate = gen_len},
    {0},
};
