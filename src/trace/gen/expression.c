/* Expressions: which code an expression of each kind becomes. */
#include "trace/gen/inside.h"

#include "trace/builtins/builtin.h"

static struct value gen_integer(struct generator *g, struct node *n)
{
    (void)g;
    return value_number(n->type, ir_const((int64_t)n->integer));
}

static struct value gen_memory(struct generator *g, struct node *n) /* literals and tuples */
{
    struct location to = gen_temporary(g, n->type->size);
    gen_into(g, n, n->type, to, true);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

static struct value gen_builtin(struct generator *g, struct node *n)
{
    return builtin_of(n)->generate(g, n);
}

bool gen_call_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    const struct builtin *b = builtin_of(n);
    return b->generate_into && b->generate_into(g, n, as, to, padded);
}

/* A number as an array: its bytes, the lowest first. */
static struct value bytes_of(struct generator *g, struct value v, const struct value_type *array)
{
    const struct value_type *word = type_int(types_of(g), 8, false);
    struct location to = gen_temporary(g, 8);
    gen_store(g, value_number(word, v.scalar), word, to, true);
    return (struct value){.type = array, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

static struct value gen_cast(struct generator *g, struct node *n)
{
    struct value v = gen_expression(g, n->left);
    if (type_is_scalar(v.type) && n->type->kind == VALUE_ARRAY && n->type->size <= 8)
        return bytes_of(g, v, n->type);
    if (type_is_scalar(n->type) && v.type->kind == VALUE_ARRAY && n->type->size <= v.type->size)
        return gen_load(g, n->type, v.base, v.offset, v.space);
    if (!type_is_scalar(n->type) || !type_is_scalar(v.type)) {
        v.type = n->type;
        return v;
    }
    if (n->type->size >= 8)
        return value_number(n->type, v.scalar);
    ir_reg r = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){
                     .op = IR_EXTEND, .to = r, .a = v.scalar, .size = (uint8_t)n->type->size, .is_signed = n->type->is_signed});
    if (n->type->kind == VALUE_BOOL) {
        ir_label done = ir_new_label(g->p);
        ir_assign(g->p, r, v.scalar);
        ir_jump_if(g->p, IR_EQ, ir_of(r), ir_const(0), done);
        ir_assign(g->p, r, ir_const(1));
        ir_place_label(g->p, done);
    }
    return value_number(n->type, ir_of(r));
}

static struct value gen_block(struct generator *g, struct node *n)
{
    struct value v = gen_none(g);
    for (struct node *s = n->first; s; s = s->next) {
        if (s->next || !n->valued)
            gen_expression(g, s);
        else
            v = gen_expression(g, s);
    }
    return v;
}

static struct value gen_inner(struct generator *g, struct node *n)
{
    return gen_expression(g, n->left);
}

static struct value gen_jump(struct generator *g, struct node *n)
{
    ir_jump(g->p, n->kind == NODE_RETURN ? g->end : n->kind == NODE_BREAK ? g->loop_break : g->loop_continue);
    return gen_none(g);
}

static struct value gen_nothing(struct generator *g, struct node *n)
{
    (void)n;
    return gen_none(g);
}

static struct value gen_assignment(struct generator *g, struct node *n)
{
    gen_assign(g, n);
    return gen_none(g);
}

static struct value gen_looping(struct generator *g, struct node *n)
{
    gen_loop(g, n);
    return gen_none(g);
}

static struct value (*const generators[])(struct generator *g, struct node *n) = {
    [NODE_INTEGER] = gen_integer,   [NODE_STRING] = gen_memory,  [NODE_BOOL] = gen_integer,       [NODE_NAME] = gen_builtin,
    [NODE_VARIABLE] = gen_variable, [NODE_MAP] = gen_map_read,   [NODE_POSITIONAL] = gen_nothing, /* the checker made literals of them */
    [NODE_CALL] = gen_builtin,      [NODE_UNARY] = gen_operator, [NODE_STEP] = gen_operator,      [NODE_BINARY] = gen_operator,
    [NODE_TERNARY] = gen_choice,    [NODE_CAST] = gen_cast,      [NODE_SIZEOF] = gen_integer,     [NODE_OFFSETOF] = gen_integer,
    [NODE_TYPEOF] = gen_nothing,    [NODE_FIELD] = gen_access,   [NODE_ARROW] = gen_access,       [NODE_MEMBER] = gen_access,
    [NODE_INDEX] = gen_access,      [NODE_TUPLE] = gen_memory,   [NODE_RECORD] = gen_memory,      [NODE_BLOCK] = gen_block,
    [NODE_COMPTIME] = gen_inner,    [NODE_TYPE] = gen_nothing,   [NODE_STATEMENT] = gen_inner,    [NODE_ASSIGN] = gen_assignment,
    [NODE_LET] = gen_assignment,    [NODE_IF] = gen_choice,      [NODE_WHILE] = gen_looping,      [NODE_FOR_MAP] = gen_looping,
    [NODE_FOR_RANGE] = gen_looping, [NODE_UNROLL] = gen_looping, [NODE_BREAK] = gen_jump,         [NODE_CONTINUE] = gen_jump,
    [NODE_RETURN] = gen_jump,
};

struct value gen_expression(struct generator *g, struct node *n)
{
    uint32_t before = g->p->at;
    g->p->at = n->place.at;
    struct value v = generators[n->kind](g, n);
    g->p->at = before;
    return v;
}

struct ir_value gen_scalar(struct generator *g, struct node *n)
{
    return gen_expression(g, n).scalar;
}

/* Temporaries end with their statement. */
void gen_statements(struct generator *g, struct node *first)
{
    for (struct node *n = first; n; n = n->next) {
        uint32_t at = g->scratch_at;
        gen_expression(g, n);
        g->scratch_at = at;
    }
}
