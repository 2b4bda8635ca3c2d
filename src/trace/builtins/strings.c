/* Comparing and searching strings. Loops are bounded by the strings' room, which the verifier walks through. */
#include "trace/builtins/entries.h"

#include <string.h>

enum { SEARCH_MOST = 32768 }; /* places times bytes of the needle that the verifier can be asked to walk */

static uint32_t least_of(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static ir_reg at_index(struct generator *g, struct value v, ir_reg i)
{
    return ir_binary(g->p, IR_ADD, ir_of(gen_address(g, (struct location){v.base, v.offset})), ir_of(i));
}

static void count_up(struct generator *g, ir_reg i)
{
    ir_assign(g->p, i, ir_of(ir_binary(g->p, IR_ADD, ir_of(i), ir_const(1))));
}

/* --- strncmp, memcmp ------------------------------------------------------------------------------------------------------- */

static void check_strncmp(struct checker *k, struct node *n)
{
    struct node *a = n->first;
    struct node *limit = a->next->next;
    check_is_s64(k, n);
    check_string_argument(k, n, a);
    check_string_argument(k, n, a->next);
    int64_t most;
    if (check_number_argument(k, n, limit) && constant_of(limit, &most) && most < 0)
        check_complain(k, limit->place, "strncmp() compares a number of bytes that is not negative");
}

/* The first n bytes against a literal, word by word: 0 or 1. */
static ir_reg differs_from_literal(struct generator *g, struct value v, const struct node *literal, uint32_t n)
{
    ir_reg differs = ir_register(g->p);
    ir_label done = ir_new_label(g->p);
    ir_assign(g->p, differs, ir_const(1));
    for (uint32_t at = 0; at < n;) {
        uint8_t size = 8;
        while (at + size > n)
            size /= 2;
        uint64_t word = 0;
        for (uint32_t i = 0; i < size && at + i < literal->length; i++)
            word |= (uint64_t)(uint8_t)literal->name[at + i] << (8 * i);
        ir_reg x = ir_load(g->p, size, false, v.base, v.offset + (int32_t)at);
        ir_jump_if(g->p, IR_NE, ir_of(x), ir_const((int64_t)word), done);
        at += size;
    }
    ir_assign(g->p, differs, ir_const(0));
    ir_place_label(g->p, done);
    return differs;
}

/* The difference of the first bytes that are not equal, of at most n (and at most `limit`, when that is a register). */
static ir_reg difference(struct generator *g, struct value a, struct value b, uint32_t n, struct ir_value limit, bool strings)
{
    struct ir_program *p = g->p;
    ir_reg result = ir_register(p);
    ir_reg i = ir_register(p);
    ir_label next = ir_new_label(p);
    ir_label differ = ir_new_label(p);
    ir_label done = ir_new_label(p);
    ir_assign(p, result, ir_const(0));
    ir_assign(p, i, ir_const(0));
    ir_place_label(p, next);
    ir_jump_if(p, IR_UGE, ir_of(i), ir_const(n), done);
    if (limit.reg)
        ir_jump_if(p, IR_UGE, ir_of(i), limit, done);
    ir_reg x = ir_load(p, 1, false, at_index(g, a, i), 0);
    ir_reg y = ir_load(p, 1, false, at_index(g, b, i), 0);
    ir_jump_if(p, IR_NE, ir_of(x), ir_of(y), differ);
    if (strings)
        ir_jump_if(p, IR_EQ, ir_of(x), ir_const(0), done);
    count_up(g, i);
    ir_jump(p, next);
    ir_place_label(p, differ);
    ir_assign(p, result, ir_of(ir_binary(p, IR_SUB, ir_of(x), ir_of(y))));
    ir_place_label(p, done);
    return result;
}

static struct value gen_strncmp(struct generator *g, struct node *n)
{
    struct node *a = n->first;
    struct node *b = a->next;
    int64_t constant;
    bool known = constant_of(b->next, &constant);
    uint32_t most = known && constant < UINT32_MAX ? (uint32_t)constant : UINT32_MAX;
    if (a->kind == NODE_STRING && b->kind == NODE_STRING && known)
        return value_number(n->type, ir_const(strncmp(a->name, b->name, most)));
    const struct node *literal = a->kind == NODE_STRING ? a : b->kind == NODE_STRING ? b : NULL;
    if (literal && known) {
        most = least_of(most, literal->length + 1);
        struct value v = string_of(g, literal == a ? b : a, most + 1);
        return value_number(n->type, ir_of(differs_from_literal(g, v, literal, least_of(most, v.type->size))));
    }
    struct ir_value limit = known ? ir_const(0) : ir_of(in_a_register(g, gen_scalar(g, b->next)));
    struct value x = string_of(g, a, known && most < UINT32_MAX ? most + 1 : UINT32_MAX);
    struct value y = string_of(g, b, known && most < UINT32_MAX ? most + 1 : UINT32_MAX);
    return value_number(n->type, ir_of(difference(g, x, y, least_of(most, least_of(x.type->size, y.type->size)), limit, true)));
}

static void check_memcmp(struct checker *k, struct node *n)
{
    int64_t count;
    check_is_s64(k, n);
    for (const struct node *a = n->first; a != n->first->next->next; a = a->next)
        if (!type_is_scalar(a->type) && a->type->kind != VALUE_STRING && a->type->kind != VALUE_ARRAY && a->type->kind != VALUE_BUFFER &&
            a->type->kind != VALUE_STRUCT && (a->type->kind != VALUE_NONE || k->knows))
            check_complain(k, a->place, "memcmp() wants memory: a pointer, an array or a string, not %s", type_words(types_in(k), a->type));
    check_constant_argument(k, n, n->first->next->next, 0, k->unit->settings.max_strlen, &count);
}

static struct value bytes_of(struct generator *g, struct node *n, uint32_t count)
{
    struct location to = gen_temporary(g, count ? count : 1);
    enum space space;
    ir_reg from = memory_of(g, n, &space);
    uint32_t size = type_is_scalar(n->type) ? count : least_of(count, n->type->size);
    ir_zero(g->p, to.base, to.offset, count);
    if (size)
        gen_fetch(g, to, from, 0, size, space == SPACE_NONE ? SPACE_KERNEL : space);
    return (struct value){.type = type_string(types_in_code(g), count), .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

static struct value gen_memcmp(struct generator *g, struct node *n)
{
    int64_t count = 0;
    constant_of(n->first->next->next, &count);
    struct value a = bytes_of(g, n->first, (uint32_t)count);
    struct value b = bytes_of(g, n->first->next, (uint32_t)count);
    return value_number(n->type, ir_of(difference(g, a, b, (uint32_t)count, ir_const(0), false)));
}

/* --- strstr, strcontains --------------------------------------------------------------------------------------------------- */

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

/* --- strlen, strcap -------------------------------------------------------------------------------------------------------- */

static void check_strlen(struct checker *k, struct node *n)
{
    check_string_argument(k, n, n->first);
    if (n->first->kind == NODE_STRING)
        become_number(k, n, strlen(n->first->name));
    else
        check_is_u64(k, n);
}

/* The kernel counts while it copies, with the NUL; one byte more than there is tells a string that fills its room. */
static struct value gen_strlen(struct generator *g, struct node *n)
{
    struct ir_program *p = g->p;
    struct value v = string_of(g, n->first, UINT32_MAX);
    uint32_t room = v.type->size;
    struct location copy = gen_temporary(g, room + 1);
    struct ir_value a[] = {ir_of(gen_address(g, copy)), ir_const(room + 1), ir_of(gen_address(g, (struct location){v.base, v.offset}))};
    ir_reg length = ir_binary(p, IR_SUB, ir_of(ir_call(p, BPF_FUNC_probe_read_kernel_str, a, 3)), ir_const(1));
    ir_label fits = ir_new_label(p);
    ir_label known = ir_new_label(p);
    ir_jump_if(p, IR_SGE, ir_of(length), ir_const(0), known);
    ir_assign(p, length, ir_const(0));
    ir_place_label(p, known);
    ir_jump_if(p, IR_ULE, ir_of(length), ir_const(room), fits);
    ir_assign(p, length, ir_const(room));
    ir_place_label(p, fits);
    return value_number(n->type, ir_of(length));
}

static void check_strcap(struct checker *k, struct node *n)
{
    n->type = type_int(types_in(k), 8, true);
    if (check_string_argument(k, n, n->first) && k->knows)
        become_number(k, n, string_room(k, n->first));
}

static struct value gen_strcap(struct generator *g, struct node *n)
{
    (void)g;
    return value_number(n->type, ir_const(0));
}

const struct builtin builtins_strings[] = {
    {"strncmp", 3, 3, .is_call = true, .check = check_strncmp, .generate = gen_strncmp},
    {"memcmp", 3, 3, .is_call = true, .check = check_memcmp, .generate = gen_memcmp},
    {"strstr", 2, 2, .is_call = true, .check = check_search, .generate = gen_search, .detail = false},
    {"strcontains", 2, 2, .is_call = true, .check = check_search, .generate = gen_search, .detail = true},
    {"strlen", 1, 1, .is_call = true, .check = check_strlen, .generate = gen_strlen},
    {"strcap", 1, 1, .is_call = true, .check = check_strcap, .generate = gen_strcap},
    {0},
};
