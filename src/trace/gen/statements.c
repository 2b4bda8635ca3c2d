/* Assignments and loops. */
#include "trace/gen/inside.h"

#include "trace/check/check.h"

#include "trace/builtins/builtin.h"

struct value gen_variable(struct generator *g, struct node *n)
{
    const struct variable *v = n->meaning;
    if (v->reg)
        return value_number(v->type, ir_of(v->reg));
    return gen_at(g, v->type, g->scratch, v->memory, SPACE_BPF);
}

void gen_variable_set(struct generator *g, struct variable *v, struct value from)
{
    if (!v->reg) {
        gen_store(g, from, v->type, (struct location){g->scratch, v->memory}, true);
        return;
    }
    if (v->type->size == 8 || from.type == v->type) {
        ir_assign(g->p, v->reg, from.scalar);
        return;
    }
    ir_add(g->p, (struct ir_instruction){
                     .op = IR_EXTEND, .to = v->reg, .a = from.scalar, .size = (uint8_t)v->type->size, .is_signed = v->type->is_signed});
}

static void assign_variable(struct generator *g, struct node *n)
{
    struct variable *v = n->left->meaning;
    if (n->kind == NODE_ASSIGN && n->operator!= TOKEN_ASSIGN) {
        struct ir_value b = gen_scalar(g, n->right);
        if (v->type->kind == VALUE_POINTER)
            b = ir_of(ir_binary(g->p, IR_MUL, b, ir_const(v->type->of->size ? v->type->of->size : 1)));
        struct ir_value r = gen_binary_number(g, n->operator, gen_variable(g, n->left).scalar, b, v->type->is_signed);
        gen_variable_set(g, v, value_number(type_int(types_of(g), 8, true), r));
    } else if (v->reg)
        gen_variable_set(g, v, gen_expression(g, n->right));
    else
        gen_into(g, n->right, v->type, (struct location){g->scratch, v->memory}, true);
}

/* @x op= n: additions are atomic; the rest reads and writes. */
static void change_map(struct generator *g, struct node *n)
{
    const struct map_info *m = n->left->meaning;
    struct ir_value by = gen_scalar(g, n->right);
    struct ir_value before;
    if (n->operator== TOKEN_PLUS) {
        gen_map_step(g, n->left, by, &before);
        return;
    }
    if (n->operator== TOKEN_MINUS) {
        gen_map_step(g, n->left, ir_of(ir_binary(g->p, IR_SUB, ir_const(0), by)), &before);
        return;
    }
    ir_label none = ir_new_label(g->p);
    ir_reg cell = gen_map_cell(g, n->left, none);
    ir_reg old = ir_load(g->p, 8, false, cell, 0);
    ir_store(g->p, 8, cell, 0, gen_binary_number(g, n->operator, ir_of(old), by, m->value->is_signed));
    ir_place_label(g->p, none);
}

static void assign_map(struct generator *g, struct node *n)
{
    struct node *right = n->right;
    const struct builtin *b = right->kind == NODE_CALL || right->kind == NODE_NAME ? builtin_of(right) : NULL;
    if (n->operator!= TOKEN_ASSIGN)
        change_map(g, n);
    else if (b && b->aggregate)
        b->aggregate(g, n->left, right);
    else
        gen_map_write(g, n->left, right);
}

void gen_assign(struct generator *g, struct node *n)
{
    if (n->kind == NODE_LET && !n->right)
        return;
    if (!n->left)
        gen_expression(g, n->right);
    else if (n->left->kind == NODE_MAP)
        assign_map(g, n);
    else
        assign_variable(g, n);
}

/* --- loops ------------------------------------------------------------------------------------------------------------------ */

static void gen_while(struct generator *g, struct node *n)
{
    ir_label done = ir_new_label(g->p);
    ir_label again = ir_new_label(g->p);
    g->loop_break = done;
    g->loop_continue = again;
    ir_place_label(g->p, again);
    gen_unless(g, n->condition, done);
    gen_expression(g, n->left);
    ir_jump(g->p, again);
    ir_place_label(g->p, done);
}

static void gen_range(struct generator *g, struct node *n)
{
    struct variable *v = n->left->meaning;
    ir_label done = ir_new_label(g->p);
    ir_label next = ir_new_label(g->p);
    ir_label again = ir_new_label(g->p);
    ir_reg i = ir_register(g->p);
    ir_assign(g->p, i, gen_scalar(g, n->condition));
    struct ir_value to = gen_scalar(g, n->right);
    ir_reg end = to.reg ? ir_move(g->p, to) : 0;
    g->loop_break = done;
    g->loop_continue = next;
    ir_place_label(g->p, again);
    ir_jump_if(g->p, IR_SGE, ir_of(i), end ? ir_of(end) : to, done);
    gen_variable_set(g, v, value_number(type_int(types_of(g), 8, true), ir_of(i)));
    gen_expression(g, n->body);
    ir_place_label(g->p, next);
    ir_assign(g->p, i, ir_of(ir_binary(g->p, IR_ADD, ir_of(i), ir_const(1))));
    ir_jump(g->p, again);
    ir_place_label(g->p, done);
}

static void gen_unroll(struct generator *g, struct node *n)
{
    int64_t count = 0;
    constant_of(n->condition, &count);
    ir_label done = ir_new_label(g->p);
    g->loop_break = done;
    for (int64_t i = 0; i < count; i++) {
        g->loop_continue = ir_new_label(g->p);
        gen_expression(g, n->left);
        ir_place_label(g->p, g->loop_continue);
    }
    ir_place_label(g->p, done);
}

void gen_loop(struct generator *g, struct node *n)
{
    ir_label outer_break = g->loop_break;
    ir_label outer_continue = g->loop_continue;
    if (n->kind == NODE_WHILE)
        gen_while(g, n);
    else if (n->kind == NODE_FOR_RANGE && range_is_short(n))
        gen_range(g, n);
    else if (n->kind == NODE_FOR_RANGE)
        gen_long_range(g, n);
    else if (n->kind == NODE_UNROLL)
        gen_unroll(g, n);
    else
        gen_for_map(g, n);
    g->loop_break = outer_break;
    g->loop_continue = outer_continue;
}
