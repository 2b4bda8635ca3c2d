/* == and the rest. */
#include "trace/gen/inside.h"

#include <string.h>

ir_reg gen_equal_bytes(struct generator *g, struct location a, struct location b, uint32_t n)
{
    ir_reg equal = ir_register(g->p);
    ir_label done = ir_new_label(g->p);
    ir_assign(g->p, equal, ir_const(0));
    for (uint32_t at = 0; at < n;) {
        uint8_t size = 8;
        while (at + size > n)
            size /= 2;
        ir_reg x = ir_load(g->p, size, false, a.base, a.offset + (int32_t)at);
        ir_reg y = ir_load(g->p, size, false, b.base, b.offset + (int32_t)at);
        ir_jump_if(g->p, IR_NE, ir_of(x), ir_of(y), done);
        at += size;
    }
    ir_assign(g->p, equal, ir_const(1));
    ir_place_label(g->p, done);
    return equal;
}

void gen_unless_literal(struct generator *g, struct value v, const struct node *literal, uint32_t n, ir_label differs)
{
    for (uint32_t at = 0; at < n;) {
        uint8_t size = 8;
        while (at + size > n)
            size /= 2;
        ir_reg x = ir_load(g->p, size, false, v.base, v.offset + (int32_t)at);
        ir_jump_if(g->p, IR_NE, ir_of(x), ir_const((int64_t)gen_literal_word(literal, literal->length, at, size)), differs);
        at += size;
    }
}

/* Compares up to the literal's NUL. */
static ir_reg equal_to_literal(struct generator *g, struct value v, const struct node *literal)
{
    ir_reg equal = ir_register(g->p);
    ir_label done = ir_new_label(g->p);
    ir_assign(g->p, equal, ir_const(0));
    bool is_too_long = v.type->kind == VALUE_STRING && v.type->size < literal->length;
    if (!is_too_long) {
        gen_unless_literal(g, v, literal, literal->length + 1 <= v.type->size ? literal->length + 1 : v.type->size, done);
        ir_assign(g->p, equal, ir_const(1));
    }
    ir_place_label(g->p, done);
    return equal;
}

/* Byte by byte until one differs or both end; at most n. */
static ir_reg equal_strings(struct generator *g, struct value a, struct value b, uint32_t n)
{
    struct ir_program *p = g->p;
    ir_reg equal = ir_register(p);
    ir_reg i = ir_register(p);
    ir_label next = ir_new_label(p);
    ir_label yes = ir_new_label(p);
    ir_label done = ir_new_label(p);
    ir_reg a_at = gen_address(g, (struct location){a.base, a.offset});
    ir_reg b_at = gen_address(g, (struct location){b.base, b.offset});
    ir_assign(p, equal, ir_const(0));
    ir_assign(p, i, ir_const(0));
    ir_place_label(p, next);
    ir_jump_if(p, IR_UGE, ir_of(i), ir_const(n), yes);
    ir_reg x = ir_load(p, 1, false, ir_binary(p, IR_ADD, ir_of(a_at), ir_of(i)), 0);
    ir_reg y = ir_load(p, 1, false, ir_binary(p, IR_ADD, ir_of(b_at), ir_of(i)), 0);
    ir_jump_if(p, IR_NE, ir_of(x), ir_of(y), done);
    ir_assign(p, i, ir_of(ir_binary(p, IR_ADD, ir_of(i), ir_const(1))));
    ir_jump_if(p, IR_NE, ir_of(x), ir_const(0), next);
    ir_place_label(p, yes);
    ir_assign(p, equal, ir_const(1));
    ir_place_label(p, done);
    return equal;
}

static ir_reg equal_memory(struct generator *g, struct node *n)
{
    struct node *a = n->left;
    struct node *b = n->right;
    if (a->kind == NODE_STRING && b->kind != NODE_STRING) {
        a = n->right;
        b = n->left;
    }
    struct value x = gen_direct(g, gen_expression(g, a), true);
    if (b->kind == NODE_STRING)
        return equal_to_literal(g, x, b);
    struct value y = gen_direct(g, gen_expression(g, b), true);
    uint32_t size = x.type->size < y.type->size ? x.type->size : y.type->size;
    if (x.type->kind == VALUE_STRING)
        return equal_strings(g, x, y, size);
    return gen_equal_bytes(g, (struct location){x.base, x.offset}, (struct location){y.base, y.offset}, size);
}

static struct value numbers(struct generator *g, struct node *n)
{
    ir_reg r = ir_register(g->p);
    ir_label no = ir_new_label(g->p);
    ir_assign(g->p, r, ir_const(0));
    gen_unless(g, n, no);
    ir_assign(g->p, r, ir_const(1));
    ir_place_label(g->p, no);
    return value_number(n->type, ir_of(r));
}

struct value gen_comparison(struct generator *g, struct node *n)
{
    if (type_is_scalar(n->left->type) && type_is_scalar(n->right->type))
        return numbers(g, n);
    ir_reg equal = equal_memory(g, n);
    if (n->operator== TOKEN_NOT_EQUAL)
        equal = ir_binary(g->p, IR_XOR, ir_of(equal), ir_const(1));
    return value_number(n->type, ir_of(equal));
}
