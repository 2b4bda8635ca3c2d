#include "objects/btf_check.h"

#include <linux/btf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_TYPES = BTF_MAX_TYPE,
    MAX_NESTING = 64,       /* of structs, arrays and typedefs in each other */
    MAX_BYTES = 0x3fffffff, /* of one type */
};

struct check {
    const unsigned char *types; /* the records */
    uint32_t types_n;
    const char *names;
    uint32_t names_n;
    uint32_t *at; /* where the record of each type begins; types are numbered from 1 */
    uint32_t count;
    struct extent *extents; /* of each type */
    struct err *why;
};

struct extent {
    uint32_t bytes;
    unsigned char depth; /* of nesting, at least 1; 0: not looked at yet; VISITING: being looked at */
};

enum { VISITING = 255 };

static int refuse(struct check *c, uint32_t type, const char *what)
{
    if (!type)
        return err_set(c->why, EINVAL, "its type information (.BTF) is damaged: %s", what);
    return err_set(c->why, EINVAL, "its type information (.BTF) is damaged: type %u %s", type, what);
}

static void read_at(const struct check *c, uint32_t at, void *to, size_t n)
{
    memcpy(to, c->types + at, n);
}

static struct btf_type type_of(const struct check *c, uint32_t type)
{
    struct btf_type t;
    read_at(c, c->at[type], &t, sizeof t);
    return t;
}

static uint32_t kind_of(const struct check *c, uint32_t type)
{
    return type && type <= c->count ? BTF_INFO_KIND(type_of(c, type).info) : BTF_KIND_UNKN;
}

/* Bytes behind the fixed part of a record. */
static uint32_t tail_size(uint32_t info)
{
    uint32_t n = BTF_INFO_VLEN(info);
    switch (BTF_INFO_KIND(info)) {
    case BTF_KIND_INT: return sizeof(uint32_t);
    case BTF_KIND_ARRAY: return sizeof(struct btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION: return n * (uint32_t)sizeof(struct btf_member);
    case BTF_KIND_ENUM: return n * (uint32_t)sizeof(struct btf_enum);
    case BTF_KIND_ENUM64: return n * (uint32_t)sizeof(struct btf_enum64);
    case BTF_KIND_FUNC_PROTO: return n * (uint32_t)sizeof(struct btf_param);
    case BTF_KIND_VAR: return sizeof(struct btf_var);
    case BTF_KIND_DATASEC: return n * (uint32_t)sizeof(struct btf_var_secinfo);
    case BTF_KIND_DECL_TAG: return sizeof(struct btf_decl_tag);
    default: return 0;
    }
}

static bool find_parts(struct check *c, const void *bytes, size_t n, const struct btf_header *h)
{
    uint64_t body = n - h->hdr_len;
    if ((uint64_t)h->type_off + h->type_len > body || (uint64_t)h->str_off + h->str_len > body || h->type_off % 4)
        return false;
    const unsigned char *start = (const unsigned char *)bytes + h->hdr_len;
    c->types = start + h->type_off;
    c->types_n = h->type_len;
    c->names = (const char *)start + h->str_off;
    c->names_n = h->str_len;
    return true;
}

static int check_header(struct check *c, const void *bytes, size_t n)
{
    struct btf_header h;
    if (n < sizeof h)
        return refuse(c, 0, "it is too short");
    memcpy(&h, bytes, sizeof h);
    if (h.magic == __builtin_bswap16(BTF_MAGIC))
        return refuse(c, 0, "it is big endian");
    if (h.magic != BTF_MAGIC || h.version != BTF_VERSION || h.hdr_len < sizeof h || h.hdr_len > n)
        return refuse(c, 0, "its header is not that of version 1");
    if (!find_parts(c, bytes, n, &h))
        return refuse(c, 0, "its parts lie beyond its end");
    if (!c->names_n || c->names[0] || c->names[c->names_n - 1])
        return refuse(c, 0, "its names do not end");
    return 0;
}

/* Finds where each record begins. */
static int index_types(struct check *c)
{
    size_t most = (size_t)c->types_n / sizeof(struct btf_type) + 2;
    c->at = calloc(most, sizeof *c->at);
    c->extents = calloc(most, sizeof *c->extents);
    if (!c->at || !c->extents)
        return err_set(c->why, ENOMEM, "out of memory");
    for (uint32_t at = 0; at < c->types_n;) {
        struct btf_type t;
        if (c->types_n - at < sizeof t || c->count == MAX_TYPES)
            return refuse(c, c->count + 1, "is cut");
        read_at(c, at, &t, sizeof t);
        uint32_t kind = BTF_INFO_KIND(t.info), size = (uint32_t)sizeof t + tail_size(t.info);
        if (kind == BTF_KIND_UNKN || kind > BTF_KIND_ENUM64)
            return refuse(c, c->count + 1, "is of a kind that is not known");
        if (size > c->types_n - at)
            return refuse(c, c->count + 1, "is cut");
        c->at[++c->count] = at;
        at += size;
    }
    return 0;
}

static int check_name(struct check *c, uint32_t type, uint32_t name)
{
    return name < c->names_n ? 0 : refuse(c, type, "has a name beyond the names");
}

/* A reference to a type that may stand in a declaration; 0 is void. */
static int check_reference(struct check *c, uint32_t type, uint32_t to)
{
    if (to > c->count)
        return refuse(c, type, "refers to a type that is not there");
    uint32_t kind = kind_of(c, to);
    bool declares = kind == BTF_KIND_FUNC || kind == BTF_KIND_VAR || kind == BTF_KIND_DATASEC || kind == BTF_KIND_DECL_TAG;
    return declares ? refuse(c, type, "refers to something that is no type") : 0;
}

static int check_members(struct check *c, uint32_t type, const struct btf_type *t)
{
    for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++) {
        struct btf_member m;
        read_at(c, c->at[type] + (uint32_t)(sizeof *t + i * sizeof m), &m, sizeof m);
        uint32_t bit = BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m.offset) : m.offset;
        if (check_name(c, type, m.name_off) || check_reference(c, type, m.type))
            return -EINVAL;
        if (!m.type || bit / 8 > t->size)
            return refuse(c, type, "has a member outside of itself");
    }
    return 0;
}

static int check_values(struct check *c, uint32_t type, const struct btf_type *t)
{
    size_t step = BTF_INFO_KIND(t->info) == BTF_KIND_ENUM ? sizeof(struct btf_enum) : sizeof(struct btf_enum64);
    for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++) {
        uint32_t name;
        read_at(c, c->at[type] + (uint32_t)(sizeof *t + i * step), &name, sizeof name);
        if (check_name(c, type, name))
            return -EINVAL;
    }
    return t->size == 1 || t->size == 2 || t->size == 4 || t->size == 8 ? 0 : refuse(c, type, "is an enum of a strange size");
}

static int check_parameters(struct check *c, uint32_t type, const struct btf_type *t)
{
    for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++) {
        struct btf_param p;
        read_at(c, c->at[type] + (uint32_t)(sizeof *t + i * sizeof p), &p, sizeof p);
        if (check_name(c, type, p.name_off) || check_reference(c, type, p.type))
            return -EINVAL;
    }
    return check_reference(c, type, t->type);
}

static int check_section(struct check *c, uint32_t type, const struct btf_type *t)
{
    for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++) {
        struct btf_var_secinfo s;
        read_at(c, c->at[type] + (uint32_t)(sizeof *t + i * sizeof s), &s, sizeof s);
        uint32_t kind = kind_of(c, s.type);
        if (kind != BTF_KIND_VAR && kind != BTF_KIND_FUNC)
            return refuse(c, type, "is a section with something that is no variable");
    }
    return 0;
}

static int check_int(struct check *c, uint32_t type, const struct btf_type *t)
{
    uint32_t bits;
    read_at(c, c->at[type] + (uint32_t)sizeof *t, &bits, sizeof bits);
    bool sane = (t->size == 1 || t->size == 2 || t->size == 4 || t->size == 8 || t->size == 16) &&
                BTF_INT_BITS(bits) + BTF_INT_OFFSET(bits) <= t->size * 8;
    return sane ? 0 : refuse(c, type, "is an integer of a strange size");
}

static int check_array(struct check *c, uint32_t type)
{
    struct btf_array a;
    read_at(c, c->at[type] + (uint32_t)sizeof(struct btf_type), &a, sizeof a);
    if (check_reference(c, type, a.type) || check_reference(c, type, a.index_type))
        return -EINVAL;
    return a.type ? 0 : refuse(c, type, "is an array of nothing");
}

static int check_type(struct check *c, uint32_t type)
{
    struct btf_type t = type_of(c, type);
    int rc = check_name(c, type, t.name_off);
    if (rc)
        return rc;
    switch (BTF_INFO_KIND(t.info)) {
    case BTF_KIND_INT: return check_int(c, type, &t);
    case BTF_KIND_ARRAY: return check_array(c, type);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION: return t.size > MAX_BYTES ? refuse(c, type, "is too large") : check_members(c, type, &t);
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64: return check_values(c, type, &t);
    case BTF_KIND_FUNC_PROTO: return check_parameters(c, type, &t);
    case BTF_KIND_DATASEC: return check_section(c, type, &t);
    case BTF_KIND_FUNC: return kind_of(c, t.type) == BTF_KIND_FUNC_PROTO ? 0 : refuse(c, type, "is a function without a prototype");
    case BTF_KIND_DECL_TAG: return t.type && t.type <= c->count ? 0 : refuse(c, type, "refers to a type that is not there");
    case BTF_KIND_FLOAT: return t.size <= 16 ? 0 : refuse(c, type, "is a number of a strange size");
    case BTF_KIND_FWD: return 0;
    default: return check_reference(c, type, t.type);
    }
}

/* Types within types. */

static int measure(struct check *c, uint32_t type, unsigned level);

/* The i-th type that lies within a type; false past the last. Pointers and functions have nothing within. */
static bool within(const struct check *c, uint32_t type, uint32_t i, uint32_t *inner)
{
    struct btf_type t = type_of(c, type);
    switch (BTF_INFO_KIND(t.info)) {
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
        if (i >= BTF_INFO_VLEN(t.info))
            return false;
        read_at(c, c->at[type] + (uint32_t)(sizeof t + i * sizeof(struct btf_member) + offsetof(struct btf_member, type)), inner,
                sizeof *inner);
        return true;
    case BTF_KIND_ARRAY: read_at(c, c->at[type] + (uint32_t)(sizeof t + offsetof(struct btf_array, type)), inner, sizeof *inner); return !i;
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
    case BTF_KIND_VAR: *inner = t.type; return !i && t.type;
    default: return false;
    }
}

/* Bytes of a type, given those of what it is made of. */
static uint64_t bytes_of(const struct check *c, uint32_t type, uint64_t inner)
{
    struct btf_type t = type_of(c, type);
    struct btf_array a;
    switch (BTF_INFO_KIND(t.info)) {
    case BTF_KIND_PTR: return sizeof(uint64_t);
    case BTF_KIND_ARRAY: read_at(c, c->at[type] + (uint32_t)sizeof t, &a, sizeof a); return inner * a.nelems;
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
    case BTF_KIND_VAR: return inner;
    case BTF_KIND_FUNC:
    case BTF_KIND_FUNC_PROTO:
    case BTF_KIND_FWD:
    case BTF_KIND_DECL_TAG: return 0;
    default: return t.size;
    }
}

/* Depth and bytes of what lies within, the deepest and the last. */
static int measure_inner(struct check *c, uint32_t type, unsigned level, struct extent *found)
{
    uint32_t inner;
    for (uint32_t i = 0; within(c, type, i, &inner); i++) {
        int rc = measure(c, inner, level + 1);
        if (rc)
            return rc;
        found->bytes = c->extents[inner].bytes;
        if (c->extents[inner].depth > found->depth)
            found->depth = c->extents[inner].depth;
    }
    return 0;
}

/* Follows what lies within a type, once for each type. */
static int measure(struct check *c, uint32_t type, unsigned level) /* NOLINT(misc-no-recursion): at most MAX_NESTING deep */
{
    struct extent *e = &c->extents[type], inner = {0};
    if (e->depth == VISITING)
        return refuse(c, type, "contains itself");
    if (level + e->depth > MAX_NESTING)
        return refuse(c, type, "is nested too deep");
    if (e->depth || !type)
        return 0;
    e->depth = VISITING;
    int rc = measure_inner(c, type, level, &inner);
    if (rc)
        return rc;
    uint64_t bytes = bytes_of(c, type, inner.bytes);
    if (bytes > MAX_BYTES)
        return refuse(c, type, "is too large");
    *e = (struct extent){(uint32_t)bytes, (unsigned char)(inner.depth + 1)};
    return 0;
}

static int check_types(struct check *c)
{
    int rc = 0;
    for (uint32_t type = 1; type <= c->count && !rc; type++)
        rc = check_type(c, type);
    for (uint32_t type = 1; type <= c->count && !rc; type++)
        rc = measure(c, type, 0);
    return rc;
}

int btf_check(const void *bytes, size_t n, struct err *why)
{
    struct check c = {.why = why};
    int rc = check_header(&c, bytes, n);
    if (!rc)
        rc = index_types(&c);
    if (!rc)
        rc = check_types(&c);
    free(c.at);
    free(c.extents);
    return rc;
}
