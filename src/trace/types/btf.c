/* From the kernel's BTF to types of values: each on first need, structs without their fields. */
#include "trace/types/inside.h"

#include "trace/types/btf_image.h"
#include <string.h>

static const struct value_type *convert(struct types *t, uint32_t object, uint32_t id, int depth);

static uint64_t place_key(const struct btf_image *btf, uint32_t object, uint32_t id)
{
    return (uint64_t)(id < btf_image_first(btf) ? 0 : object) << 32 | id; /* a module's image goes on where vmlinux ends */
}

static const char *prefixed(struct types *t, const char *keyword, const char *name)
{
    struct text words = {.ceiling = 1024};
    text_adds(&words, keyword);
    text_adds(&words, name);
    const char *copy = arena_copy(t->arena, words.bytes, words.length);
    text_free(&words);
    return copy;
}

/* Until the fields are read: what the size allows. */
static uint32_t likely_align(uint32_t size)
{
    return size % 8 == 0 ? 8 : size % 4 == 0 ? 4 : size % 2 == 0 ? 2 : 1;
}

/* The type that already has the name and waits for its fields, or a new one. */
static struct value_type *struct_named(struct types *t, const char *name, bool is_union)
{
    bool of_script;
    struct value_type *known = name ? named_get(t, name, &of_script) : NULL;
    if (known && !of_script && !known->btf_id && !known->is_complete && known->kind == VALUE_STRUCT)
        return known;
    struct value_type *made = type_new(t, VALUE_STRUCT, 0, 1);
    if (!made)
        return NULL;
    made->name = name;
    made->is_union = is_union;
    return known || !name || named_set(t, name, made, false) ? made : NULL;
}

static const struct value_type *convert_struct(struct types *t, const struct btf_image *btf, uint64_t key, const struct btf_type *b,
                                               const char *alias)
{
    const char *own = btf_image_name(btf, b->name_off), *name = alias;
    bool is_union = btf_kind(b) == BTF_KIND_UNION;
    if (own && *own)
        name = prefixed(t, is_union ? "union " : "struct ", own);
    struct value_type *type = struct_named(t, name, is_union);
    int failed = 0;
    if (!type)
        return NULL;
    type->size = b->size;
    type->align = likely_align(b->size);
    type->btf_id = (uint32_t)key;
    type->btf_object = (uint32_t)(key >> 32);
    map_put(&t->by_id, key, type, &failed);
    return failed ? NULL : type;
}

static bool read_enumerators(const struct btf_image *btf, const struct btf_type *b, struct enumerator *values)
{
    uint32_t n = btf_vlen(b);
    for (uint32_t i = 0; i < n; i++) {
        bool wide = btf_kind(b) == BTF_KIND_ENUM64;
        values[i].name = btf_image_name(btf, wide ? btf_enum64(b)[i].name_off : btf_enum(b)[i].name_off);
        values[i].value = wide           ? (int64_t)btf_enum64_value(&btf_enum64(b)[i])
                          : btf_kflag(b) ? btf_enum(b)[i].val
                                         : (int64_t)(uint32_t)btf_enum(b)[i].val;
        if (!values[i].name)
            return false;
    }
    return true;
}

static const struct value_type *convert_enum(struct types *t, const struct btf_image *btf, uint64_t key, const struct btf_type *b,
                                             const char *alias)
{
    const char *own = btf_image_name(btf, b->name_off);
    struct enumerator *values = arena_alloc(t->arena, (btf_vlen(b) + 1U) * sizeof *values);
    struct enumeration *e = arena_alloc(t->arena, sizeof *e);
    struct value_type *type = type_new(t, VALUE_INT, b->size, b->size);
    int failed = 0;
    if (!values || !e || !type || !read_enumerators(btf, b, values))
        return NULL;
    type->name = own && *own ? prefixed(t, "enum ", own) : alias;
    type->is_signed = btf_kflag(b);
    type->is_complete = true;
    *e = (struct enumeration){.name = type->name, .values = values, .count = btf_vlen(b)};
    type->enumeration = e;
    type->btf_id = (uint32_t)key;
    type->btf_object = (uint32_t)(key >> 32);
    map_put(&t->by_id, key, type, &failed);
    return failed ? NULL : type;
}

static const struct value_type *convert_int(struct types *t, const struct btf_image *btf, const struct btf_type *b)
{
    const char *name = btf_image_name(btf, b->name_off);
    if (name && strcmp(name, "char") == 0)
        return type_char(t);
    if (btf_int_encoding(b) & BTF_INT_BOOL || (name && strcmp(name, "_Bool") == 0))
        return type_bool(t);
    if (b->size > 8)
        return type_float(t, b->size);
    return type_int(t, b->size, btf_int_encoding(b) & BTF_INT_SIGNED);
}

/* Behind const, volatile, typedef and tags. *alias gets the outermost typedef's name, *user whether __user was among the tags. */
static uint32_t skip_modifiers(const struct btf_image *btf, uint32_t id, const char **alias, bool *user)
{
    for (int i = 0; i < TYPES_MAX_DEPTH; i++) {
        const struct btf_type *b = btf_image_type(btf, id);
        const char *name = b ? btf_image_name(btf, b->name_off) : NULL;
        if (b && btf_is_type_tag(b) && name && strcmp(name, "user") == 0)
            *user = true;
        else if (b && btf_is_typedef(b))
            *alias = *alias ? *alias : name;
        else if (!b || !btf_is_mod(b))
            return id;
        id = b->type;
    }
    return 0;
}

static const struct value_type *convert_pointer(struct types *t, const struct btf_image *btf, uint32_t object, uint32_t target, int depth)
{
    const char *alias = NULL;
    bool user = false;
    skip_modifiers(btf, target, &alias, &user);
    const struct value_type *of = convert(t, object, target, depth + 1);
    return of ? type_pointer(t, of, user ? SPACE_USER : SPACE_KERNEL) : NULL;
}

static const struct value_type *convert_forward(struct types *t, const struct btf_image *btf, const struct btf_type *b)
{
    const char *name = btf_image_name(btf, b->name_off);
    bool is_union = btf_kflag(b);
    bool of_script = false;
    const char *full = prefixed(t, is_union ? "union " : "struct ", name ? name : "");
    struct value_type *known = full ? named_get(t, full, &of_script) : NULL;
    if (of_script || !full) /* the kernel's own, not the one that the script calls so */
        return full ? type_none(t) : NULL;
    return known ? known : named_struct(t, full, is_union);
}

static const struct value_type *convert(struct types *t, uint32_t object, uint32_t id, int depth)
{
    const struct btf_image *btf = kernel_btf(t, object);
    const char *alias = NULL;
    bool user = false;
    if (!btf || depth > TYPES_MAX_DEPTH)
        return type_none(t);
    id = skip_modifiers(btf, id, &alias, &user);
    const struct btf_type *b = btf_image_type(btf, id);
    if (!b || !id)
        return type_none(t);
    uint64_t key = place_key(btf, object, id);
    const struct value_type *known = map_get(&t->by_id, key);
    if (known)
        return known;
    switch (btf_kind(b)) {
    case BTF_KIND_INT: return convert_int(t, btf, b);
    case BTF_KIND_FLOAT: return type_float(t, b->size);
    case BTF_KIND_PTR: return convert_pointer(t, btf, object, b->type, depth);
    case BTF_KIND_ARRAY: return type_c_array(t, convert(t, object, btf_array(b)->type, depth + 1), btf_array(b)->nelems);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION: return convert_struct(t, btf, key, b, alias);
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64: return convert_enum(t, btf, key, b, alias);
    case BTF_KIND_FWD: return convert_forward(t, btf, b);
    case BTF_KIND_FUNC:
    case BTF_KIND_FUNC_PROTO: return type_function(t);
    default: return type_none(t);
    }
}

const struct value_type *btf_value_type(struct types *t, uint32_t object, uint32_t id)
{
    return convert(t, object, id, 0);
}
