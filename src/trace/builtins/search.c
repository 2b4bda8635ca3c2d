/* Searching a string in another. The loop is bounded by the string's room, which the verifier walks through. */
#include "trace/builtins/entries.h"

enum { SEARCH_MOST = 32768 }; /* places times bytes of the needle that the verifier can be asked to walk */

static void check_search(struct checker *k, struct node *n)
{
    struct node *h = n->first;
    struct node *needle = h->next;
    n->type = builtin_of(n)->detail ? type_bool(types_in(k)) : type_int(types_in(k), 8, true);
    if (!check_string_argument(k, n, h) || !check_string_argument(k, n, needle))
        return;
    uint64_t work = (uint64_t)string_room(k, h) * (needle->kind == NODE_STRING ? 1 : string_room(k, needle));
    if (work <= SEARCH_MOST)
        return;
    check_complain(k, n->place, "%s() of %u bytes for up to %u bytes is more than the verifier walks through", n->name, string_room(k, h),
                   string_room(k, needle));
    check_hint(k, "shorten them: str(pointer, 64)");
}

struct search {
    struct value h;
    ir_reg i, place; /* of the haystack */
    ir_reg x;        /* its byte */
    ir_reg result;   /* -1, or where it is */
    ir_label next, step, try, done;
};

static void search_begin(struct generator *g, struct search *s, uint32_t needle)
{
    struct ir_program *p = g->p;
    s->i = ir_register(p);
    s->result = ir_register(p);
    s->next = ir_new_label(p);
    s->step = ir_new_label(p);
    s->try = ir_new_label(p);
    s->done = ir_new_label(p);
    ir_assign(p, s->result, ir_const(-1));
    ir_assign(p, s->i, ir_const(0));
    ir_place_label(p, s->next);
    ir_jump_if(p, IR_UGT, ir_of(s->i), ir_const((int64_t)s->h.type->size - needle), s->done);
    s->place = at_index(g, s->h, s->i);
    s->x = ir_load(p, 1, false, s->place, 0);
}

static void search_step(struct generator *g, struct search *s)
{
    ir_place_label(g->p, s->step);
    ir_jump_if(g->p, IR_EQ, ir_of(s->x), ir_const(0), s->done);
    count_up(g, s->i);
    ir_jump(g->p, s->next);
    ir_place_label(g->p, s->try);
}

static ir_reg search_literal(struct generator *g, struct value h, const struct node *needle)
{
    struct search s = {.h = h};
    if (needle->length == 0)
        return ir_move(g->p, ir_const(0));
    if (needle->length > h.type->size)
        return ir_move(g->p, ir_const(-1));
    search_begin(g, &s, needle->length);
    ir_jump_if(g->p, IR_EQ, ir_of(s.x), ir_const((uint8_t)needle->name[0]), s.try);
    search_step(g, &s);
    for (uint32_t j = 1; j < needle->length; j++) {
        ir_reg y = ir_load(g->p, 1, false, s.place, (int32_t)j);
        ir_jump_if(g->p, IR_NE, ir_of(y), ir_const((uint8_t)needle->name[j]), s.step);
    }
    ir_assign(g->p, s.result, ir_of(s.i));
    ir_place_label(g->p, s.done);
    return s.result;
}

/* The needle's bytes from j on against the haystack's from i + j on. */
static ir_reg search_any(struct generator *g, struct value h, struct value needle)
{
    struct ir_program *p = g->p;
    struct search s = {.h = h};
    ir_reg j = ir_register(p);
    ir_label more = ir_new_label(p);
    ir_label found = ir_new_label(p);
    ir_reg first = ir_load(p, 1, false, needle.base, needle.offset);
    search_begin(g, &s, 1);
    ir_jump_if(p, IR_EQ, ir_of(first), ir_const(0), found);
    ir_jump_if(p, IR_EQ, ir_of(s.x), ir_of(first), s.try);
    search_step(g, &s);
    ir_assign(p, j, ir_const(1));
    ir_place_label(p, more);
    ir_jump_if(p, IR_UGE, ir_of(j), ir_const(needle.type->size), found);
    ir_reg y = ir_load(p, 1, false, at_index(g, needle, j), 0);
    ir_jump_if(p, IR_EQ, ir_of(y), ir_const(0), found);
    ir_reg both = ir_binary(p, IR_ADD, ir_of(s.i), ir_of(j));
    ir_jump_if(p, IR_UGE, ir_of(both), ir_const(h.type->size), s.done);
    ir_reg z = ir_load(p, 1, false, at_index(g, h, both), 0);
    ir_jump_if(p, IR_NE, ir_of(y), ir_of(z), s.step);
    count_up(g, j);
    ir_jump(p, more);
    ir_place_label(p, found);
    ir_assign(p, s.result, ir_of(s.i));
    ir_place_label(p, s.done);
    return s.result;
}

static struct value gen_search(struct generator *g, struct node *n)
{
    struct node *needle = n->first->next;
    struct value h = string_of(g, n->first, UINT32_MAX);
    ir_reg where = needle->kind == NODE_STRING ? search_literal(g, h, needle) : search_any(g, h, string_of(g, needle, UINT32_MAX));
    if (!builtin_of(n)->detail)
        return value_number(n->type, ir_of(where));
    ir_reg is_there = ir_register(g->p);
    ir_label no = ir_new_label(g->p);
    ir_assign(g->p, is_there, ir_const(0));
    ir_jump_if(g->p, IR_SLT, ir_of(where), ir_const(0), no);
    ir_assign(g->p, is_there, ir_const(1));
    ir_place_label(g->p, no);
    return value_number(n->type, ir_of(is_there));
}

const struct builtin builtins_search[] = {
    {"strstr", 2, 2, .is_call = true, .check = check_search, .generate = gen_search, .detail = false},
    {"strcontains", 2, 2, .is_call = true, .check = check_search, .generate = gen_search, .detail = true},
    {0},
};
