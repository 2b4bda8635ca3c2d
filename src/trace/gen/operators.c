/* Arithmetic, logic, choices. */
#include "trace/gen/inside.h"

#include "trace/check/check.h"

struct ir_value gen_binary_number(struct generator *g, int op, struct ir_value a, struct ir_value b, bool is_signed)
{
    enum ir_op o;
    switch (op) {
    case TOKEN_PLUS: o = IR_ADD; break;
    case TOKEN_MINUS: o = IR_SUB; break;
    case TOKEN_STAR: o = IR_MUL; break;
    case TOKEN_SLASH: o = is_signed ? IR_SDIV : IR_DIV; break;
    case TOKEN_PERCENT: o = is_signed ? IR_SMOD : IR_MOD; break;
    case TOKEN_AND: o = IR_AND; break;
    case TOKEN_OR: o = IR_OR; break;
    case TOKEN_XOR: o = IR_XOR; break;
    case TOKEN_SHIFT_LEFT: o = IR_SHL; break;
    default: o = is_signed ? IR_SAR : IR_SHR; break;
    }
    return ir_of(ir_binary(g->p, o, a, b));
}

static struct ir_value scaled(struct generator *g, struct ir_value v, const struct value_type *pointer)
{
    uint32_t size = types_complete(types_of(g), pointer->of)->size;
    return size > 1 ? ir_of(ir_binary(g->p, IR_MUL, v, ir_const(size))) : v;
}

static struct value gen_arithmetic(struct generator *g, struct node *n)
{
    const struct value_type *a_type = n->left->type;
    const struct value_type *b_type = n->right->type;
    struct ir_value a = gen_scalar(g, n->left);
    struct ir_value b = gen_scalar(g, n->right);
    if (n->type->kind == VALUE_POINTER) {
        if (a_type->kind == VALUE_POINTER)
            b = scaled(g, b, a_type);
        else
            a = scaled(g, a, b_type);
    }
    bool is_signed =
        n->operator== TOKEN_SLASH || n->operator== TOKEN_PERCENT || n->operator== TOKEN_SHIFT_RIGHT ? n->type->is_signed : false;
    return value_number(n->type, gen_binary_number(g, n->operator, a, b, is_signed));
}

static struct value gen_truth(struct generator *g, struct node *n) /* of && and ||, and ! */
{
    ir_reg r = ir_register(g->p);
    ir_label no = ir_new_label(g->p);
    ir_assign(g->p, r, ir_const(0));
    gen_unless(g, n, no);
    ir_assign(g->p, r, ir_const(1));
    ir_place_label(g->p, no);
    return value_number(n->type, ir_of(r));
}

static struct value gen_step_variable(struct generator *g, struct node *n, struct ir_value by)
{
    struct variable *v = n->left->meaning;
    ir_reg before = ir_move(g->p, gen_variable(g, n->left).scalar);
    ir_reg after = ir_binary(g->p, IR_ADD, ir_of(before), by);
    gen_variable_set(g, v, value_number(n->type, ir_of(after)));
    return value_number(n->type, ir_of(n->prefix ? after : before));
}

static struct value gen_step(struct generator *g, struct node *n)
{
    struct ir_value by = ir_const(n->operator== TOKEN_INCREMENT ? 1 : - 1);
    if (n->type->kind == VALUE_POINTER)
        by = scaled(g, by, n->type);
    if (n->left->kind == NODE_VARIABLE)
        return gen_step_variable(g, n, by);
    struct ir_value before;
    gen_map_step(g, n->left, by, &before);
    return value_number(n->type, n->prefix ? ir_of(ir_binary(g->p, IR_ADD, before, by)) : before);
}

static struct value gen_unary(struct generator *g, struct node *n)
{
    if (n->operator== TOKEN_STAR || n->operator== TOKEN_AND)
        return gen_access(g, n);
    if (n->operator== TOKEN_NOT)
        return gen_truth(g, n);
    struct ir_value a = gen_scalar(g, n->left);
    if (n->operator== TOKEN_MINUS)
        return value_number(n->type, ir_of(ir_binary(g->p, IR_SUB, ir_const(0), a)));
    if (n->operator== TOKEN_COMPLEMENT)
        return value_number(n->type, ir_of(ir_binary(g->p, IR_XOR, a, ir_const(-1))));
    return value_number(n->type, a);
}

struct value gen_operator(struct generator *g, struct node *n)
{
    if (n->kind == NODE_STEP)
        return gen_step(g, n);
    if (n->kind == NODE_UNARY)
        return gen_unary(g, n);
    if (n->operator>= TOKEN_EQUAL && n->operator<= TOKEN_GREATER_EQUAL)
        return gen_comparison(g, n);
    if (n->operator== TOKEN_LOGICAL_AND || n->operator== TOKEN_LOGICAL_OR)
        return gen_truth(g, n);
    return gen_arithmetic(g, n);
}

static enum ir_condition opposite(int op, bool is_signed)
{
    switch (op) {
    case TOKEN_EQUAL: return IR_NE;
    case TOKEN_NOT_EQUAL: return IR_EQ;
    case TOKEN_LESS: return is_signed ? IR_SGE : IR_UGE;
    case TOKEN_LESS_EQUAL: return is_signed ? IR_SGT : IR_UGT;
    case TOKEN_GREATER: return is_signed ? IR_SLE : IR_ULE;
    default: return is_signed ? IR_SLT : IR_ULT;
    }
}

static bool compare_signed(struct generator *g, const struct node *n)
{
    const struct value_type *a = n->left->type;
    const struct value_type *b = n->right->type;
    if (!type_is_number(a) || !type_is_number(b))
        return false;
    struct types *t = types_of(g);
    return common_type(t, type_int(t, 8, a->is_signed), is_soft(n->left), type_int(t, 8, b->is_signed), is_soft(n->right))->is_signed;
}

void gen_unless(struct generator *g, struct node *n, ir_label label)
{
    if (n->kind == NODE_BINARY && n->operator== TOKEN_LOGICAL_AND) {
        gen_unless(g, n->left, label);
        gen_unless(g, n->right, label);
    } else if (n->kind == NODE_BINARY && n->operator== TOKEN_LOGICAL_OR) {
        ir_label second = ir_new_label(g->p);
        ir_label yes = ir_new_label(g->p);
        gen_unless(g, n->left, second);
        ir_jump(g->p, yes);
        ir_place_label(g->p, second);
        gen_unless(g, n->right, label);
        ir_place_label(g->p, yes);
    } else if (n->kind == NODE_UNARY && n->operator== TOKEN_NOT) {
        ir_label no = ir_new_label(g->p);
        gen_unless(g, n->left, no);
        ir_jump(g->p, label);
        ir_place_label(g->p, no);
    } else if (n->kind == NODE_BINARY && n->operator>= TOKEN_EQUAL && n->operator<= TOKEN_GREATER_EQUAL && type_is_scalar(n->left->type) &&
               type_is_scalar(n->right->type)) {
        struct ir_value a = gen_scalar(g, n->left);
        struct ir_value b = gen_scalar(g, n->right);
        ir_jump_if(g->p, opposite(n->operator, compare_signed(g, n)), a, b, label);
    } else {
        ir_jump_if(g->p, IR_EQ, gen_scalar(g, n), ir_const(0), label);
    }
}

static struct value choice_memory(struct generator *g, struct node *n, ir_label otherwise, ir_label done)
{
    struct location to = gen_temporary(g, n->type->size); /* before the ways part: both use it */
    gen_unless(g, n->condition, otherwise);
    gen_into(g, n->left, n->type, to, true);
    ir_jump(g->p, done);
    ir_place_label(g->p, otherwise);
    gen_into(g, n->right, n->type, to, true);
    ir_place_label(g->p, done);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

struct value gen_choice(struct generator *g, struct node *n)
{
    int64_t known;
    if (constant_of(n->condition, &known)) {
        struct node *taken = known ? n->left : n->right;
        return taken ? gen_expression(g, taken) : gen_none(g);
    }
    ir_label otherwise = ir_new_label(g->p);
    ir_label done = ir_new_label(g->p);
    bool valued = n->type->kind != VALUE_NONE;
    if (valued && !type_is_scalar(n->type))
        return choice_memory(g, n, otherwise, done);
    gen_unless(g, n->condition, otherwise);
    ir_reg r = valued ? ir_register(g->p) : 0;
    if (n->left) {
        struct value v = gen_expression(g, n->left);
        if (valued)
            ir_assign(g->p, r, v.scalar);
    }
    ir_jump(g->p, done);
    ir_place_label(g->p, otherwise);
    if (n->right) {
        struct value v = gen_expression(g, n->right);
        if (valued)
            ir_assign(g->p, r, v.scalar);
    }
    ir_place_label(g->p, done);
    return valued ? value_number(n->type, ir_of(r)) : gen_none(g);
}
