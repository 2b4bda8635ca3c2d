/* A struct, union or enum of the kernel as C defines it, for listings. */
#include "trace/types/btf_image.h"
#include "trace/types/inside.h"

#include <stdio.h>
#include <string.h>

enum { DECLARATOR_MAX = 512 };

/* A declaration is written from the name outwards: "*" and "(*" are put before it, "[3]" and ")()" behind. */
struct declarator {
    char left[DECLARATOR_MAX], right[DECLARATOR_MAX];
};

static void put_before(struct declarator *d, const char *words)
{
    size_t n = strlen(words), old = strlen(d->left);
    if (n + old >= sizeof d->left)
        return;
    memmove(d->left + n, d->left, old + 1);
    memcpy(d->left, words, n);
}

static void put_behind(struct declarator *d, const char *words)
{
    size_t n = strlen(words), old = strlen(d->right);
    if (n + old < sizeof d->right)
        memcpy(d->right + old, words, n + 1);
}

static void indent(struct text *out, uint32_t depth)
{
    for (uint32_t i = 0; i < depth; i++)
        text_addc(out, '\t');
}

static const char *keyword_of(const struct btf_type *b)
{
    switch (btf_kind(b)) {
    case BTF_KIND_STRUCT: return "struct ";
    case BTF_KIND_UNION: return "union ";
    case BTF_KIND_FWD: return btf_kflag(b) ? "union " : "struct ";
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64: return "enum ";
    default: return "";
    }
}

static void describe_body(const struct btf_image *btf, const struct btf_type *b, uint32_t depth, struct text *out);

static void declare_function(const struct btf_image *btf, const struct btf_type *proto, struct declarator *d)
{
    struct text words = {.ceiling = DECLARATOR_MAX};
    text_addc(&words, '(');
    for (uint32_t i = 0; i < btf_vlen(proto); i++) {
        text_adds(&words, i ? ", " : "");
        if (btf_params(proto)[i].type)
            btf_declared(btf, btf_params(proto)[i].type, &words);
        else
            text_adds(&words, "...");
    }
    text_addc(&words, ')');
    put_behind(d, words.full ? "()" : words.bytes);
    text_free(&words);
}

static const struct btf_type *behind_modifiers(const struct btf_image *btf, uint32_t id)
{
    const struct btf_type *b = btf_image_type(btf, id);
    for (int i = 0; b && btf_is_mod(b) && i < TYPES_MAX_DEPTH; i++)
        b = btf_image_type(btf, b->type);
    return b;
}

static void declare_pointer(const struct btf_image *btf, uint32_t target, struct declarator *d)
{
    const struct btf_type *b = behind_modifiers(btf, target);
    bool wrap = b && (btf_is_array(b) || btf_is_func_proto(b));
    put_before(d, wrap ? "(*" : "*");
    if (wrap)
        put_behind(d, ")");
}

/* Down to the base type; *is_const when it is. */
static const struct btf_type *declare(const struct btf_image *btf, uint32_t id, struct declarator *d, bool *is_const)
{
    char number[24];
    const struct btf_type *b = btf_image_type(btf, id);
    for (int i = 0; b && i < TYPES_MAX_DEPTH; i++, b = btf_image_type(btf, id)) {
        if (btf_is_ptr(b)) {
            declare_pointer(btf, b->type, d);
            id = b->type;
        } else if (btf_is_array(b)) {
            snprintf(number, sizeof number, "[%u]", btf_array(b)->nelems);
            put_behind(d, number);
            id = btf_array(b)->type;
        } else if (btf_is_func_proto(b)) {
            declare_function(btf, b, d);
            id = b->type;
        } else if (btf_is_mod(b)) {
            const struct btf_type *next = btf_image_type(btf, b->type);
            if (btf_kind(b) == BTF_KIND_CONST && next && btf_is_ptr(next))
                put_before(d, "const ");
            else
                *is_const = *is_const || btf_kind(b) == BTF_KIND_CONST;
            id = b->type;
        } else
            return b;
    }
    return NULL;
}

static void describe_field(const struct btf_image *btf, const struct btf_type *b, uint32_t i, uint32_t depth, struct text *out)
{
    const struct btf_member *m = btf_members(b) + i;
    struct declarator d = {"", ""};
    bool is_const = false;
    put_before(&d, btf_image_name(btf, m->name_off));
    const struct btf_type *base = declare(btf, m->type, &d, &is_const);
    const char *name = base ? btf_image_name(btf, base->name_off) : "void";
    indent(out, depth);
    text_adds(out, is_const ? "const " : "");
    if (*name)
        text_addf(out, "%s%s", base ? keyword_of(base) : "", name);
    else
        describe_body(btf, base, depth, out);
    text_addf(out, "%s%s%s", *d.left ? " " : "", d.left, d.right);
    if (btf_member_bitfield_size(b, i))
        text_addf(out, ": %u", btf_member_bitfield_size(b, i));
    text_adds(out, ";\n");
}

static void describe_enumerators(const struct btf_image *btf, const struct btf_type *b, uint32_t depth, struct text *out)
{
    for (uint32_t i = 0; i < btf_vlen(b); i++) {
        bool wide = btf_kind(b) == BTF_KIND_ENUM64;
        indent(out, depth);
        text_addf(out, "%s = ", btf_image_name(btf, wide ? btf_enum64(b)[i].name_off : btf_enum(b)[i].name_off));
        if (wide)
            text_add_i64(out, (int64_t)btf_enum64_value(&btf_enum64(b)[i]));
        else
            text_add_i64(out, btf_kflag(b) ? btf_enum(b)[i].val : (int64_t)(uint32_t)btf_enum(b)[i].val);
        text_adds(out, ",\n");
    }
}

/* "struct name {", the members, "}". */
static void describe_body(const struct btf_image *btf, const struct btf_type *b, uint32_t depth, struct text *out)
{
    const char *name = btf_image_name(btf, b->name_off);
    text_addf(out, "%s%s%s{\n", keyword_of(b), name, *name ? " " : "");
    if (btf_is_any_enum(b))
        describe_enumerators(btf, b, depth + 1, out);
    for (uint32_t i = 0; btf_is_composite(b) && depth < TYPES_MAX_DEPTH && !out->full && i < btf_vlen(b); i++)
        describe_field(btf, b, i, depth + 1, out);
    indent(out, depth);
    text_addc(out, '}');
}

bool types_describe(struct types *t, const char *name, struct text *out)
{
    const char *bare;
    uint32_t kinds = name_kinds(name, &bare);
    struct btf_place place = bare == name ? (struct btf_place){0, 0} : kernel_find(t, bare, kinds, true);
    const struct btf_image *btf = place.id ? kernel_btf(t, place.object) : NULL;
    if (!btf)
        return false;
    describe_body(btf, btf_image_type(btf, place.id), 0, out);
    text_adds(out, ";\n");
    return true;
}
