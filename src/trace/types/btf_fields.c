/* The fields of a struct of the kernel, those of anonymous members in their place. */
#include "trace/types/c_inside.h"

#include "trace/types/btf_image.h"
#include <string.h>

enum { MEMBERS_MAX = 1 << 18 };

struct filling {
    struct types *t;
    const struct btf_image *btf;
    uint32_t object;
    struct value_field *fields; /* NULL: only counted */
    uint32_t count, room;
    uint32_t members; /* that have been looked at */
};

static bool fill(struct filling *f, uint32_t id, uint32_t base, int depth);

static const struct btf_type *plain_type(const struct btf_image *btf, uint32_t *id)
{
    const struct btf_type *b = btf_image_type(btf, *id);
    for (int i = 0; b && i < TYPES_MAX_DEPTH && (btf_is_mod(b) || btf_is_typedef(b)); i++) {
        *id = b->type;
        b = btf_image_type(btf, *id);
    }
    return b;
}

static const struct value_type *plain_char(struct types *t, const struct value_type *type)
{
    return type == type_char(t) ? type_int(t, 1, true) : type;
}

static bool fill_member(struct filling *f, const struct btf_type *b, uint32_t i, uint32_t base, int depth)
{
    const struct btf_member *m = btf_members(b) + i;
    const char *name = btf_image_name(f->btf, m->name_off);
    uint32_t id = m->type, bits = btf_member_bit_offset(b, i), size = btf_member_bitfield_size(b, i);
    const struct btf_type *inner = plain_type(f->btf, &id);
    if (!name || !*name) /* anonymous: a struct's members stand in its place, an unnamed bit field is padding */
        return !inner || !btf_is_composite(inner) || fill(f, id, base + bits / 8, depth + 1);
    if (!f->fields) {
        f->count++;
        return true;
    }
    struct value_field field = {.name = name, .offset = base + bits / 8};
    field.type = plain_char(f->t, btf_value_type(f->t, f->object, m->type));
    if (!field.type || f->count == f->room)
        return false;
    if (size) {
        field_place_bits(&field, bits, size);
        field.offset += base;
    }
    f->fields[f->count++] = field;
    return true;
}

static bool fill(struct filling *f, uint32_t id, uint32_t base, int depth)
{
    const struct btf_type *b = btf_image_type(f->btf, id);
    if (!b || !btf_is_composite(b) || depth > TYPES_MAX_DEPTH || (f->members += btf_vlen(b)) > MEMBERS_MAX)
        return false;
    for (uint32_t i = 0; i < btf_vlen(b); i++)
        if (!fill_member(f, b, i, base, depth))
            return false;
    return true;
}

bool btf_complete(struct types *t, struct value_type *type)
{
    struct filling f = {.t = t, .btf = kernel_btf(t, type->btf_object), .object = type->btf_object};
    if (!f.btf || !fill(&f, type->btf_id, 0, 0))
        return false;
    f.room = f.count;
    f.count = f.members = 0;
    f.fields = arena_alloc(t->arena, (f.room + 1) * sizeof *f.fields);
    if (!f.fields || !fill(&f, type->btf_id, 0, 0))
        return false;
    type->fields = f.fields;
    type->n_fields = f.count;
    type->is_complete = true;
    return true;
}
