/* Values between registers and memory of any space. */
#include "trace/gen/inside.h"

static void call_read(struct generator *g, uint32_t helper, struct location to, uint32_t bytes, ir_reg from, int32_t offset, ir_reg *result)
{
    struct ir_value a[] = {ir_of(gen_address(g, to)), ir_const(bytes), ir_of(gen_address(g, (struct location){from, offset}))};
    ir_reg r = ir_call(g->p, helper, a, 3);
    if (result)
        *result = r;
}

void gen_fetch(struct generator *g, struct location to, ir_reg from, int32_t offset, uint32_t bytes, enum space space)
{
    if (space == SPACE_BPF && from != g->context)
        ir_copy(g->p, to.base, to.offset, from, offset, bytes);
    else
        call_read(g, space == SPACE_USER ? BPF_FUNC_probe_read_user : BPF_FUNC_probe_read_kernel, to, bytes, from, offset, NULL);
}

void gen_fetch_string(struct generator *g, struct location to, uint32_t bytes, ir_reg from, int32_t offset, enum space space, bool padded)
{
    if (padded)
        ir_zero(g->p, to.base, to.offset, round8(bytes));
    else
        ir_store(g->p, 1, to.base, to.offset, ir_const(0)); /* what a failed read leaves */
    call_read(g, space == SPACE_USER ? BPF_FUNC_probe_read_user_str : BPF_FUNC_probe_read_kernel_str, to, bytes, from, offset, NULL);
}

struct value gen_load(struct generator *g, const struct value_type *type, ir_reg base, int32_t offset, enum space space)
{
    uint8_t size = (uint8_t)type->size;
    bool is_askew = base == g->context && offset % size; /* the context is read by whole words only */
    if (space == SPACE_BPF && !is_askew)
        return value_number(type, ir_of(ir_load(g->p, size, type->is_signed, base, offset)));
    struct location l = gen_temporary(g, 8);
    ir_store(g->p, 8, l.base, l.offset, ir_const(0));
    gen_fetch(g, l, base, offset, size, space);
    return value_number(type, ir_of(ir_load(g->p, size, type->is_signed, l.base, l.offset)));
}

struct value gen_at(struct generator *g, const struct value_type *type, ir_reg base, int32_t offset, enum space space)
{
    if (type_is_scalar(type))
        return gen_load(g, type, base, offset, space);
    return (struct value){.type = type, .base = base, .offset = offset, .space = space};
}

struct value gen_direct(struct generator *g, struct value v, bool padded)
{
    if (type_is_scalar(v.type) || (v.space == SPACE_BPF && v.base != g->context))
        return v;
    struct location to = gen_temporary(g, v.type->size);
    if (v.type->kind == VALUE_STRING)
        gen_fetch_string(g, to, v.type->size, v.base, v.offset, v.space, padded);
    else
        gen_fetch(g, to, v.base, v.offset, v.type->size, v.space);
    return (struct value){.type = v.type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

static void store_string(struct generator *g, struct value v, uint32_t room, struct location to, bool padded)
{
    uint32_t bytes = v.type->size < room ? v.type->size : room;
    if (v.space == SPACE_BPF && v.base != g->context && bytes <= SLOT_LARGEST) {
        ir_copy(g->p, to.base, to.offset, v.base, v.offset, bytes);
        if (room > bytes)
            ir_zero(g->p, to.base, to.offset + (int32_t)bytes, padded ? room - bytes : 1);
        return;
    }
    gen_fetch_string(g, to, room, v.base, v.offset, v.space, padded); /* map values and scratch are kernel memory, too */
}

static void store_members(struct generator *g, struct value v, const struct value_type *as, struct location to, bool padded)
{
    for (uint32_t i = 0; i < as->n_fields; i++) {
        const struct value_field *from = &v.type->fields[i];
        const struct value_field *field = &as->fields[i];
        struct value member = gen_at(g, from->type, v.base, v.offset + (int32_t)from->offset, v.space);
        gen_store(g, member, field->type, (struct location){to.base, to.offset + (int32_t)field->offset}, padded);
    }
}

void gen_store(struct generator *g, struct value v, const struct value_type *as, struct location to, bool padded)
{
    if (type_is_scalar(v.type))
        ir_store(g->p, (uint8_t)as->size, to.base, to.offset, v.scalar);
    else if (v.type->kind == VALUE_STRING)
        store_string(g, v, as->size, to, padded);
    else if ((as->kind == VALUE_TUPLE || as->kind == VALUE_RECORD) && v.type != as)
        store_members(g, v, as, to, padded);
    else
        gen_fetch(g, to, v.base, v.offset, v.type->size < as->size ? v.type->size : as->size, v.space);
}

uint64_t gen_literal_word(const struct node *n, uint32_t length, uint32_t at, uint32_t size)
{
    uint64_t word = 0;
    for (uint32_t i = 0; i < size && at + i < length; i++)
        word |= (uint64_t)(uint8_t)n->name[at + i] << (8 * i);
    return word;
}

/* A string literal: its bytes as constants. */
static void store_literal(struct generator *g, const struct node *n, uint32_t room, struct location to, bool padded)
{
    uint32_t length = n->length < room ? n->length : room - 1;
    uint32_t limit = padded ? room : length + 1;
    uint32_t at = 0;
    while (at <= length) {
        uint32_t size = 8;
        while (at + size > limit)
            size /= 2;
        ir_store(g->p, (uint8_t)size, to.base, to.offset + (int32_t)at, ir_const((int64_t)gen_literal_word(n, length, at, size)));
        at += size;
    }
    if (at < limit)
        ir_zero(g->p, to.base, to.offset + (int32_t)at, limit - at);
}

static void members_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    uint32_t end = 0;
    uint32_t i = 0;
    for (struct node *m = n->first; m && i < as->n_fields; m = m->next, i++) {
        const struct value_field *f = &as->fields[i];
        if (f->offset > end) /* padding of a key must not hold what was there */
            ir_zero(g->p, to.base, to.offset + (int32_t)end, f->offset - end);
        gen_into(g, n->kind == NODE_RECORD ? m->right : m, f->type, (struct location){to.base, to.offset + (int32_t)f->offset}, padded);
        end = f->offset + f->type->size;
    }
    if (as->size > end)
        ir_zero(g->p, to.base, to.offset + (int32_t)end, as->size - end);
}

void gen_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    if (n->kind == NODE_STRING)
        store_literal(g, n, as->size, to, padded);
    else if ((n->kind == NODE_TUPLE || n->kind == NODE_RECORD) && n->type->n_fields == as->n_fields)
        members_into(g, n, as, to, padded);
    else if ((n->kind == NODE_CALL || n->kind == NODE_NAME) && gen_call_into(g, n, as, to, padded))
        return;
    else
        gen_store(g, gen_expression(g, n), as, to, padded);
}
