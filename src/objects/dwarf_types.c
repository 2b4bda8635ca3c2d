/* DWARF types as BTF types (dwarf(5) as of DWARF 4 and 5; what clang writes for C). */
#include "objects/dwarf_inside.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

bool dwarf_reference(Dwarf_Die *die, unsigned attribute, Dwarf_Die *to)
{
    Dwarf_Attribute a;
    return dwarf_attr_integrate(die, attribute, &a) && dwarf_formref_die(&a, to);
}

bool dwarf_number(Dwarf_Die *die, unsigned attribute, Dwarf_Word *v)
{
    Dwarf_Attribute a;
    return dwarf_attr_integrate(die, attribute, &a) && dwarf_formudata(&a, v) == 0;
}

static bool is_qualifier(int tag)
{
    return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type || tag == DW_TAG_restrict_type ||
           tag == DW_TAG_atomic_type;
}

bool dwarf_bare(Dwarf_Die *die, Dwarf_Die *bare)
{
    *bare = *die;
    for (int i = 0; i < DWARF_MAX_DEPTH; i++) {
        Dwarf_Die next;
        if (!is_qualifier(dwarf_tag(bare)))
            return true;
        if (!dwarf_reference(bare, DW_AT_type, &next))
            return false;
        *bare = next;
    }
    return false;
}

static uint32_t added(int id)
{
    return id > 0 ? (uint32_t)id : 0;
}

static uint32_t add(struct dwarf *d, Dwarf_Die *die, unsigned depth);

static uint32_t add_inner(struct dwarf *d, Dwarf_Die *die, unsigned depth)
{
    Dwarf_Die inner;
    return dwarf_reference(die, DW_AT_type, &inner) ? add(d, &inner, depth + 1) : 0;
}

static uint32_t add_base(struct dwarf *d, Dwarf_Die *die, const char *name)
{
    Dwarf_Word size = 0, encoding = 0;
    if (!dwarf_number(die, DW_AT_byte_size, &size) || !dwarf_number(die, DW_AT_encoding, &encoding) || !name)
        return 0;
    if (encoding == DW_ATE_float)
        return added(btf__add_float(d->btf, name, size));
    int flags = encoding == DW_ATE_boolean       ? BTF_INT_BOOL
                : encoding == DW_ATE_signed      ? BTF_INT_SIGNED
                : encoding == DW_ATE_signed_char ? BTF_INT_SIGNED
                                                 : 0;
    return added(btf__add_int(d->btf, name, size, flags));
}

static uint32_t add_enum(struct dwarf *d, Dwarf_Die *die, const char *name)
{
    Dwarf_Word size = 4, v;
    Dwarf_Die child;
    dwarf_number(die, DW_AT_byte_size, &size);
    uint32_t id = added(btf__add_enum(d->btf, name, size));
    if (!id || dwarf_child(die, &child))
        return id;
    unsigned n = 0;
    do {
        const char *value = dwarf_diename(&child);
        Dwarf_Attribute a;
        if (dwarf_tag(&child) == DW_TAG_enumerator && value && dwarf_attr(&child, DW_AT_const_value, &a) && dwarf_formudata(&a, &v) == 0)
            btf__add_enum_value(d->btf, value, (int32_t)v);
    } while (++n < DWARF_MAX_MEMBERS && dwarf_siblingof(&child, &child) == 0);
    return id;
}

/* The counts of an array's dimensions; how many there are. */
static size_t dimensions(Dwarf_Die *die, uint32_t *counts, size_t room)
{
    Dwarf_Die child;
    size_t n = 0;
    if (dwarf_child(die, &child))
        return 0;
    do {
        Dwarf_Word v = 0;
        if (dwarf_tag(&child) != DW_TAG_subrange_type)
            continue;
        if (!dwarf_number(&child, DW_AT_count, &v) && dwarf_number(&child, DW_AT_upper_bound, &v))
            v++;
        counts[n++] = v < UINT32_MAX ? (uint32_t)v : 0;
    } while (n < room && dwarf_siblingof(&child, &child) == 0);
    return n;
}

static uint32_t add_array(struct dwarf *d, Dwarf_Die *die, unsigned depth)
{
    uint32_t counts[8] = {0}, id = add_inner(d, die, depth);
    size_t n = dimensions(die, counts, 8);
    for (size_t i = n ? n : 1; id && i--;) /* the last dimension is the innermost */
        id = added(btf__add_array(d->btf, (int)id, (int)id, counts[i]));
    return id;
}

struct member {
    const char *name;
    uint32_t type, bit, bits;
};

/* Where a bit field is, in the two ways that DWARF writes it. */
static bool bit_field(Dwarf_Die *die, struct member *m)
{
    Dwarf_Word bits, at, byte = 0, storage = 0;
    if (!dwarf_number(die, DW_AT_bit_size, &bits) || !bits || bits > 64)
        return false;
    m->bits = (uint32_t)bits;
    if (dwarf_number(die, DW_AT_data_bit_offset, &at)) {
        m->bit = (uint32_t)at;
        return true;
    }
    dwarf_number(die, DW_AT_data_member_location, &byte);
    if (dwarf_number(die, DW_AT_bit_offset, &at) && dwarf_number(die, DW_AT_byte_size, &storage)) /* DWARF 3: from the upper end */
        m->bit = (uint32_t)(byte * 8 + storage * 8 - at - bits);
    return true;
}

static bool read_member(struct dwarf *d, Dwarf_Die *die, unsigned depth, struct member *m)
{
    Dwarf_Word byte = 0;
    *m = (struct member){.name = dwarf_diename(die)};
    if (dwarf_tag(die) != DW_TAG_member)
        return false;
    if (!bit_field(die, m)) {
        dwarf_number(die, DW_AT_data_member_location, &byte);
        m->bit = (uint32_t)(byte * 8);
    }
    m->type = add_inner(d, die, depth);
    return m->type != 0;
}

/* The members are collected first: adding their types adds records to the BTF, which must not come between a struct and its fields. */
static struct member *read_members(struct dwarf *d, Dwarf_Die *die, unsigned depth, size_t *n)
{
    Dwarf_Die child;
    struct member *members = NULL;
    *n = 0;
    if (dwarf_child(die, &child))
        return NULL;
    do {
        struct member m;
        if (!read_member(d, &child, depth, &m))
            continue;
        if (!(*n & (*n - 1))) {
            struct member *more = realloc(members, (*n ? *n * 2 : 1) * sizeof *members);
            if (!more)
                break;
            members = more;
        }
        members[(*n)++] = m;
    } while (*n < DWARF_MAX_MEMBERS && dwarf_siblingof(&child, &child) == 0);
    return members;
}

static uint32_t add_struct(struct dwarf *d, Dwarf_Die *die, const char *name, unsigned depth)
{
    Dwarf_Word size = 0;
    size_t n;
    if (!dwarf_number(die, DW_AT_byte_size, &size) || size > UINT32_MAX / 8)
        return 0;
    struct member *members = read_members(d, die, depth, &n);
    bool is_union = dwarf_tag(die) == DW_TAG_union_type;
    uint32_t id = added(is_union ? btf__add_union(d->btf, name, (uint32_t)size) : btf__add_struct(d->btf, name, (uint32_t)size));
    for (size_t i = 0; id && i < n; i++)
        btf__add_field(d->btf, members[i].name, (int)members[i].type, members[i].bit, members[i].bits);
    free(members);
    return id;
}

static uint32_t add_typedef(struct dwarf *d, Dwarf_Die *die, const char *name, unsigned depth)
{
    uint32_t inner = add_inner(d, die, depth);
    return inner && name ? added(btf__add_typedef(d->btf, name, (int)inner)) : inner;
}

static uint32_t add_new(struct dwarf *d, Dwarf_Die *die, unsigned depth)
{
    const char *name = dwarf_diename(die);
    switch (dwarf_tag(die)) {
    case DW_TAG_base_type: return add_base(d, die, name);
    case DW_TAG_pointer_type: return added(btf__add_ptr(d->btf, 0));
    case DW_TAG_enumeration_type: return add_enum(d, die, name);
    case DW_TAG_array_type: return add_array(d, die, depth);
    case DW_TAG_structure_type:
    case DW_TAG_union_type: return add_struct(d, die, name, depth);
    case DW_TAG_typedef: return add_typedef(d, die, name, depth);
    case DW_TAG_const_type:
    case DW_TAG_volatile_type:
    case DW_TAG_restrict_type:
    case DW_TAG_atomic_type: return add_inner(d, die, depth);
    default: return 0;
    }
}

static uint32_t add(struct dwarf *d, Dwarf_Die *die, unsigned depth) /* NOLINT(misc-no-recursion): at most DWARF_MAX_DEPTH deep */
{
    Dwarf_Off at = dwarf_dieoffset(die);
    for (size_t i = 0; i < d->n_seen; i++)
        if (d->seen[i].die == at)
            return d->seen[i].type;
    if (depth > DWARF_MAX_DEPTH || d->n_seen == DWARF_MAX_TYPES)
        return 0;
    uint32_t id = add_new(d, die, depth);
    if (!id)
        return 0;
    struct dwarf_seen *more = realloc(d->seen, (d->n_seen + 1) * sizeof *more);
    if (more) {
        d->seen = more;
        d->seen[d->n_seen++] = (struct dwarf_seen){at, id};
    }
    return id;
}

uint32_t dwarf_add_type(struct dwarf *d, Dwarf_Die *die)
{
    return add(d, die, 0);
}
