/* Where members lie. Source: System V ABI, AMD64 supplement, 3.1.2 (aggregates, unions, bit fields); packed as gcc does it. */
#include "trace/types/c_inside.h"

#include <string.h>

enum { FIELDS_FIRST = 16 };

/* The kernel's structs only say where their fields are. */
static uint32_t kernel_align(struct types *t, const struct value_type *type)
{
    uint32_t align = 1;
    for (uint32_t i = 0; i < type->n_fields; i++) {
        uint32_t of_field = type->fields[i].bit_size ? type->fields[i].type->align : c_align(t, type->fields[i].type);
        if (of_field && type->fields[i].offset % of_field == 0)
            align = of_field > align ? of_field : align;
    }
    while (type->size % align)
        align /= 2;
    return align;
}

uint32_t c_align(struct types *t, const struct value_type *type)
{
    while (type->kind == VALUE_ARRAY && type->of)
        type = type->of;
    type = types_complete(t, type);
    if (type->kind == VALUE_STRUCT && type->btf_id)
        return kernel_align(t, type);
    return type->align ? type->align : 1;
}

void field_place_bits(struct value_field *field, uint64_t bits, uint32_t size)
{
    uint32_t unit = field->type->size * 8;
    bool inside = unit && bits % unit + size <= unit;
    field->bit_size = (uint8_t)size;
    field->offset = (uint32_t)(inside ? bits / unit * field->type->size : bits / 8);
    field->bit_offset = (uint8_t)(inside ? bits % unit : bits % 8);
}

static struct value_field *new_field(struct c_layout *l)
{
    if (l->count == l->room) {
        uint32_t room = l->room ? l->room * 2 : FIELDS_FIRST;
        struct value_field *more = arena_alloc(l->t->arena, room * sizeof *more);
        if (!more)
            return NULL;
        if (l->count)
            memcpy(more, l->fields, l->count * sizeof *more);
        l->fields = more;
        l->room = room;
    }
    l->fields[l->count] = (struct value_field){0};
    return &l->fields[l->count++];
}

static uint64_t align_bits(uint64_t bits, uint32_t align)
{
    uint64_t unit = (uint64_t)align * 8;
    return (bits + unit - 1) / unit * unit;
}

/* An anonymous struct's or union's fields stand in its place. */
static bool add_inner(struct c_layout *l, const struct value_type *type, uint64_t bits)
{
    for (uint32_t i = 0; i < type->n_fields; i++) {
        struct value_field *f = new_field(l);
        if (!f)
            return false;
        *f = type->fields[i];
        f->offset += (uint32_t)(bits / 8);
    }
    return true;
}

static bool take(struct c_layout *l, uint64_t bits, uint64_t size)
{
    uint64_t end = bits + size;
    if (end > (uint64_t)TYPES_MAX_BYTES * 8)
        return false;
    l->size_bits = end > l->size_bits ? end : l->size_bits;
    l->bits = l->is_union ? 0 : end;
    return true;
}

static bool add_bits(struct c_layout *l, const char *name, const struct value_type *type, uint32_t size)
{
    uint32_t unit = type->size * 8;
    if (!size) {
        l->bits = align_bits(l->bits, type->size);
        return true;
    }
    if (!l->is_packed && l->bits / unit != (l->bits + size - 1) / unit)
        l->bits = align_bits(l->bits, type->size);
    uint64_t bits = l->bits;
    struct value_field *f = name ? new_field(l) : NULL;
    if (f) {
        *f = (struct value_field){.name = name, .type = type};
        field_place_bits(f, bits, size);
        if (!l->is_packed && type->align > l->align)
            l->align = type->align;
    }
    return take(l, bits, size) && (f || !name);
}

bool c_layout_add(struct c_layout *l, const char *name, const struct value_type *type, uint32_t align, int64_t bit_size)
{
    if (bit_size >= 0)
        return add_bits(l, name, type, (uint32_t)bit_size);
    uint32_t own = l->is_packed ? 1 : c_align(l->t, type);
    own = align > own ? align : own;
    uint64_t bits = align_bits(l->bits, own);
    l->align = own > l->align ? own : l->align;
    if (!take(l, bits, (uint64_t)type->size * 8))
        return false;
    if (!name)
        return add_inner(l, type, bits);
    struct value_field *f = new_field(l);
    if (f)
        *f = (struct value_field){.name = name, .type = type, .offset = (uint32_t)(bits / 8)};
    return f;
}

void c_layout_end(struct c_layout *l, struct value_type *type, uint32_t align)
{
    type->align = l->align > align ? l->align : align;
    if (!type->align)
        type->align = 1;
    type->size = (uint32_t)(align_bits(l->size_bits, type->align) / 8);
    type->fields = l->fields;
    type->n_fields = l->count;
    type->is_complete = true;
}
