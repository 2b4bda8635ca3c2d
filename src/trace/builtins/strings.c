/* Comparing strings and their lengths. Loops are bounded by the strings' room, which the verifier walks through. */
#include "trace/builtins/entries.h"

#include <string.h>

static uint32_t least_of(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
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
    gen_unless_literal(g, v, literal, n, done);
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
    {"strlen", 1, 1, .is_call = true, .check = check_strlen, .generate = gen_strlen},
    {"strcap", 1, 1, .is_call = true, .check = check_strcap, .generate = gen_strcap},
    {0},
};
