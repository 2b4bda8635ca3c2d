/* struct and union: their members, and the enumerators of enum. */
#include "trace/types/c_inside.h"

#include <string.h>

static const char *full_name(struct c_reader *r, const char *keyword)
{
    struct text words = {.ceiling = 512};
    text_adds(&words, keyword);
    text_add(&words, r->token.text, r->token.length);
    const char *copy = words.full ? NULL : arena_copy(r->t->arena, words.bytes, words.length);
    text_free(&words);
    return copy;
}

/* ": 3" behind a member; -1: none. */
static bool bit_size(struct c_reader *r, const struct value_type *type, const char *name, int64_t *size)
{
    *size = -1;
    if (!c_take(r, ":"))
        return true;
    if (!c_number(r, size))
        return false;
    if (!type_is_number(type) || *size < 0 || *size > (int64_t)type->size * 8 || (name && !*size)) {
        c_complain(r, "a bit field is an integer of as many bits as its type has, at most");
        return false;
    }
    return true;
}

static bool is_nameless_struct(const struct c_base *base)
{
    return base->type->kind == VALUE_STRUCT && base->type->is_complete && !base->type->name;
}

/* One declarator of a member's line, with its layout. */
static bool read_member(struct c_reader *r, struct c_layout *l, const struct c_base *base)
{
    const char *name;
    int64_t bits;
    const struct value_type *type = c_declarator(r, base, &name);
    if (!type || !bit_size(r, type, name, &bits))
        return false;
    struct c_base own = {.type = type};
    c_attributes(r, &own);
    if (!name && bits < 0 && !is_nameless_struct(base)) {
        c_complain(r, "a member's name is missing");
        return false;
    }
    if (type == type_char(r->t))
        type = type_int(r->t, 1, true);
    if (type->kind == VALUE_STRUCT)
        type = types_complete(r->t, type);
    if (type->kind == VALUE_NONE || type->kind == VALUE_FUNCTION || (type->kind == VALUE_STRUCT && !type->is_complete)) {
        c_complain(r, "the size of %s is not known here", type_words(r->t, type));
        return false;
    }
    uint32_t align = own.align > base->align ? own.align : base->align;
    if (c_layout_add(l, name, type, align, bits))
        return true;
    c_complain(r, "the struct is too large: at most %d bytes", TYPES_MAX_BYTES);
    return false;
}

static bool read_members(struct c_reader *r, struct c_layout *l)
{
    while (!c_is(r, "}")) {
        struct c_base base = {0};
        if (c_take(r, ";"))
            continue;
        if (r->token.kind == C_END) {
            c_complain(r, "\"}\" of the struct is missing");
            return false;
        }
        if (!c_base(r, &base))
            return false;
        do
            if (!read_member(r, l, &base))
                return false;
        while (c_take(r, ","));
        if (!c_is(r, "}") && !c_take(r, ";")) {
            c_complain(r, r->token.kind == C_END ? "\"}\" of the struct is missing" : "\";\" is missing behind a member");
            return false;
        }
    }
    c_advance(r);
    return true;
}

/* The type that gets the body: the one that waited for it, or a new one. */
static struct value_type *to_define(struct c_reader *r, const char *name, bool is_union)
{
    bool of_script = false;
    struct value_type *type = name ? named_get(r->t, name, &of_script) : NULL;
    if (type && of_script) { /* or is being defined, around this one */
        c_complain(r, "%s is defined twice", name);
        return NULL;
    }
    if (type && !type->is_complete && !type->btf_id)
        return named_set(r->t, name, type, true) ? type : NULL;
    type = type_new(r->t, VALUE_STRUCT, 0, 1);
    if (!type)
        return NULL;
    type->name = name;
    type->is_union = is_union;
    return !name || named_set(r->t, name, type, true) ? type : NULL;
}

/* Whether "packed" stands behind the body, which decides how the members lie: looked for before they are read. */
static bool packed_behind(const struct c_reader *r)
{
    struct c_reader ahead = *r;
    struct c_base found = {0};
    uint32_t open = 1;
    ahead.c = NULL;
    while (open && ahead.token.kind != C_END) {
        c_advance(&ahead);
        open += c_is(&ahead, "{");
        open -= c_is(&ahead, "}");
    }
    c_advance(&ahead);
    c_attributes(&ahead, &found);
    return found.is_packed;
}

static const struct value_type *define_struct(struct c_reader *r, const char *name, bool is_union, struct c_base *base)
{
    struct c_layout l = {.t = r->t, .is_union = is_union, .is_packed = base->is_packed || packed_behind(r), .align = 1};
    struct value_type *type = to_define(r, name, is_union);
    c_advance(r); /* { */
    if (!type || !read_members(r, &l))
        return NULL;
    struct c_base behind = {0};
    c_attributes(r, &behind);
    c_layout_end(&l, type, behind.align > base->align ? behind.align : base->align);
    base->align = 0;
    return type;
}

const struct value_type *c_struct(struct c_reader *r, bool is_union, struct c_base *base)
{
    const char *name = NULL;
    c_attributes(r, base);
    if (r->token.kind == C_NAME) {
        name = full_name(r, is_union ? "union " : "struct ");
        c_advance(r);
    }
    c_attributes(r, base);
    if (r->depth > C_NESTING_MAX) {
        c_complain(r, "structs are nested too deeply");
        return NULL;
    }
    if (c_is(r, "{")) {
        r->depth++;
        const struct value_type *type = define_struct(r, name, is_union, base);
        r->depth--;
        return type;
    }
    if (!name) {
        c_complain(r, "the name of a struct is missing");
        return NULL;
    }
    return named_struct(r->t, name, is_union);
}

/* --- enum ------------------------------------------------------------------------------------------------------------------- */

struct enumerators {
    struct enumerator *values;
    uint32_t count, room;
    bool any_negative, any_wide;
};

static bool add_enumerator(struct c_reader *r, struct enumerators *e, const char *name, int64_t value)
{
    if (e->count == e->room) {
        uint32_t room = e->room ? e->room * 2 : 16;
        struct enumerator *more = arena_alloc(r->t->arena, room * sizeof *more);
        if (!more)
            return false;
        if (e->count)
            memcpy(more, e->values, e->count * sizeof *more);
        e->values = more;
        e->room = room;
    }
    e->values[e->count++] = (struct enumerator){name, value};
    e->any_negative = e->any_negative || value < 0;
    e->any_wide = e->any_wide || value > UINT32_MAX || value < INT32_MIN;
    return true;
}

static bool read_enumerators(struct c_reader *r, struct enumerators *e, const struct value_type *type)
{
    int64_t next = 0;
    while (!c_take(r, "}")) {
        const char *name = r->token.kind == C_NAME ? c_copy_name(r) : NULL;
        if (!name) {
            c_complain(r, "an enumerator's name or \"}\" is expected here");
            return false;
        }
        c_advance(r);
        if (c_take(r, "=") && !c_number(r, &next))
            return false;
        if (!add_enumerator(r, e, name, next) || !constant_add(r->t, name, next, type))
            return false;
        next = (int64_t)((uint64_t)next + 1);
        if (!c_take(r, ",") && !c_is(r, "}")) {
            c_complain(r, "\",\" or \"}\" is expected behind an enumerator");
            return false;
        }
    }
    return true;
}

static const struct value_type *define_enum(struct c_reader *r, const char *name)
{
    struct enumerators e = {0};
    bool of_script = false;
    const struct value_type *known = name ? named_get(r->t, name, &of_script) : NULL;
    struct enumeration *enumeration = arena_alloc(r->t->arena, sizeof *enumeration);
    struct value_type *type = type_new(r->t, VALUE_INT, 4, 4);
    if (known && of_script) {
        c_complain(r, "%s is defined twice", name);
        return NULL;
    }
    if (!type || !enumeration || (name && !named_set(r->t, name, type, true)) || !read_enumerators(r, &e, type))
        return NULL;
    type->name = name;
    type->size = type->align = e.any_wide ? 8 : 4;
    type->is_signed = e.any_negative;
    type->is_complete = true;
    *enumeration = (struct enumeration){.name = name, .values = e.values, .count = e.count};
    type->enumeration = enumeration;
    return type;
}

const struct value_type *c_enum(struct c_reader *r)
{
    const char *name = NULL;
    struct c_base ignored = {0};
    c_attributes(r, &ignored);
    if (r->token.kind == C_NAME) {
        name = full_name(r, "enum ");
        c_advance(r);
    }
    if (c_take(r, "{"))
        return define_enum(r, name);
    const struct value_type *type = name ? types_find(r->t, name) : NULL;
    if (!type)
        c_complain(r, "%s is not known here", name ? name : "an enum without a name");
    return type;
}
