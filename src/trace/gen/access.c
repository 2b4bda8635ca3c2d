/* Fields, members, elements, pointers. */
#include "trace/gen/inside.h"

#include "trace/builtins/builtin.h"

/* What a pointer points to. A pointer of the context's is read directly only by programs whose kernel checks that; here by the helper. */
static struct value behind(struct generator *g, const struct value_type *type, ir_reg pointer, int32_t offset, enum space space)
{
    return gen_at(g, type, pointer, offset, space == SPACE_NONE ? SPACE_KERNEL : space);
}

static ir_reg in_register(struct generator *g, struct ir_value v)
{
    return v.reg ? v.reg : ir_move(g->p, v);
}

static struct value bits(struct generator *g, const struct value_field *f, struct value whole)
{
    ir_reg r = ir_binary(g->p, IR_SHL, whole.scalar, ir_const(64 - f->bit_offset - f->bit_size));
    r = ir_binary(g->p, f->type->is_signed ? IR_SAR : IR_SHR, ir_of(r), ir_const(64 - f->bit_size));
    return value_number(f->type, ir_of(r));
}

/* The bits are in the eight bytes from the field's offset on, or fewer where the struct ends. */
static struct value bit_field(struct generator *g, const struct value_field *f, ir_reg base, int32_t offset, enum space space)
{
    uint32_t bytes = (f->bit_offset + f->bit_size + 7U) / 8;
    uint32_t size = bytes <= 1 ? 1 : bytes <= 2 ? 2 : bytes <= 4 ? 4 : 8;
    return bits(g, f, gen_load(g, type_int(types_of(g), size, false), base, offset, space));
}

static struct value data_loc(struct generator *g, const struct value_field *f, const struct value_type *type, ir_reg base, int32_t offset)
{
    ir_reg where = ir_load(g->p, 4, false, base, offset);
    ir_reg at = ir_binary(g->p, IR_AND, ir_of(where), ir_const(0xffff));
    if (f->is_relative) /* from the end of the number */
        at = ir_binary(g->p, IR_ADD, ir_of(at), ir_const(offset + 4));
    return (struct value){.type = type, .base = ir_binary(g->p, IR_ADD, ir_of(base), ir_of(at)), .space = SPACE_KERNEL};
}

static struct value field_at(struct generator *g, struct node *n, ir_reg base, int32_t offset, enum space space)
{
    const struct value_field *f = n->meaning;
    int32_t at = offset + (int32_t)f->offset;
    if (f->is_data_loc)
        return data_loc(g, f, n->type, base, at);
    if (f->bit_size)
        return bit_field(g, f, base, at, space);
    struct value v = gen_at(g, n->type, base, at, space);
    return v;
}

static struct value gen_field(struct generator *g, struct node *n)
{
    struct value v = gen_expression(g, n->left);
    if (v.type->kind == VALUE_POINTER)
        return field_at(g, n, in_register(g, v.scalar), 0, v.type->space == SPACE_NONE ? SPACE_KERNEL : v.type->space);
    return field_at(g, n, v.base, v.offset, v.space);
}

static struct value gen_member(struct generator *g, struct node *n)
{
    struct value v = gen_expression(g, n->left);
    const struct value_field *f = &v.type->fields[n->integer];
    return gen_at(g, f->type, v.base, v.offset + (int32_t)f->offset, v.space);
}

static struct value gen_index(struct generator *g, struct node *n)
{
    struct value v = gen_expression(g, n->left);
    ir_reg base;
    int32_t offset = v.offset;
    enum space space = v.space;
    if (v.type->kind == VALUE_POINTER) {
        base = in_register(g, v.scalar);
        offset = 0;
        space = v.type->space == SPACE_NONE ? SPACE_KERNEL : v.type->space;
    } else
        base = v.base;
    int64_t at;
    if (constant_of(n->right, &at))
        return gen_at(g, n->type, base, offset + (int32_t)at * (int32_t)n->type->size, space);
    ir_reg where = ir_binary(g->p, IR_MUL, gen_scalar(g, n->right), ir_const(n->type->size));
    /* The kernel's reader takes any address: no bounds to be proven. */
    return behind(g, n->type, ir_binary(g->p, IR_ADD, ir_of(base), ir_of(where)), offset, space == SPACE_BPF ? SPACE_KERNEL : space);
}

static struct value gen_pointee(struct generator *g, struct node *n)
{
    struct value v = gen_expression(g, n->left);
    enum space space = v.type->kind == VALUE_POINTER ? v.type->space : SPACE_KERNEL;
    return behind(g, n->type, in_register(g, v.scalar), 0, space);
}

static struct value gen_address_of(struct generator *g, struct node *n)
{
    struct node *of = n->left;
    struct value v;
    if (of->kind == NODE_FIELD || of->kind == NODE_ARROW) {
        const struct value_field *f = of->meaning;
        v = gen_expression(g, of->left);
        ir_reg base = v.type->kind == VALUE_POINTER ? in_register(g, v.scalar) : v.base;
        int32_t offset = (v.type->kind == VALUE_POINTER ? 0 : v.offset) + (int32_t)f->offset;
        return value_number(n->type, ir_of(gen_address(g, (struct location){base, offset})));
    }
    v = gen_expression(g, of);
    if (type_is_scalar(v.type)) {
        struct location to = gen_temporary(g, 8);
        gen_store(g, v, v.type, to, true);
        return value_number(n->type, ir_of(gen_address(g, to)));
    }
    return value_number(n->type, ir_of(gen_address(g, (struct location){v.base, v.offset})));
}

struct value gen_access(struct generator *g, struct node *n)
{
    switch (n->kind) {
    case NODE_FIELD:
    case NODE_ARROW: return gen_field(g, n);
    case NODE_MEMBER: return gen_member(g, n);
    case NODE_INDEX: return gen_index(g, n);
    default: return n->operator== TOKEN_AND ? gen_address_of(g, n) : gen_pointee(g, n);
    }
}
