#include "trace/types/aggregate.h"
#include "trace/types/inside.h"

#include <string.h>

/* Types of one shape are one object; those of the same hash are linked. */
struct interned {
    struct value_type type;
    struct interned *next;
};

struct types *types_create(struct arena *arena)
{
    struct types *t = arena_alloc(arena, sizeof *t);
    if (t)
        *t = (struct types){.arena = arena, .string_size = 64};
    return t;
}

void types_destroy(struct types *t)
{
    if (!t)
        return;
    map_free(&t->interned);
    map_free(&t->named);
    map_free(&t->by_id);
    map_free(&t->later);
    map_free(&t->arguments);
    map_free(&t->tracepoints);
    map_free(&t->constants);
    kernel_enumerators_free(t->enumerators);
    t->enumerators = NULL;
    kernel_destroy(t->kernel);
    t->kernel = NULL;
}

void types_string_size(struct types *t, uint32_t bytes)
{
    t->string_size = bytes;
}

uint32_t type_align_up(uint32_t offset, uint32_t align)
{
    return align > 1 ? (offset + align - 1) / align * align : offset;
}

struct value_type *type_new(struct types *t, enum value_kind kind, uint32_t size, uint32_t align)
{
    struct value_type *type = arena_alloc(t->arena, sizeof *type);
    if (type)
        *type = (struct value_type){.kind = kind, .size = size, .align = align};
    return type;
}

static uint64_t hash_more(uint64_t hash, uint64_t value)
{
    return hash_u64(hash ^ value) + value;
}

static uint64_t hash_name(uint64_t hash, const char *name)
{
    return name ? hash_bytes(name, strlen(name), hash) : hash;
}

static uint64_t hash_shape(const struct value_type *s)
{
    uint64_t hash = hash_more(s->kind, s->size);
    hash = hash_more(hash, (uint64_t)s->is_signed << 8 | s->space);
    hash = hash_name(hash_more(hash, (uintptr_t)s->of), s->name);
    hash = hash_more(hash_more(hash, s->count), s->n_fields);
    for (int i = 0; i < 3; i++)
        hash = hash_more(hash, (uint64_t)s->parameters[i]);
    for (uint32_t i = 0; i < s->n_fields; i++)
        hash = hash_name(hash_more(hash, (uintptr_t)s->fields[i].type), s->fields[i].name);
    return hash;
}

static bool same_name(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_shape(const struct value_type *a, const struct value_type *b)
{
    if (a->kind != b->kind || a->size != b->size || a->is_signed != b->is_signed || a->space != b->space || a->of != b->of ||
        a->count != b->count || a->n_fields != b->n_fields || !same_name(a->name, b->name) ||
        memcmp(a->parameters, b->parameters, sizeof a->parameters))
        return false;
    for (uint32_t i = 0; i < a->n_fields; i++)
        if (a->fields[i].type != b->fields[i].type || !same_name(a->fields[i].name, b->fields[i].name))
            return false;
    return true;
}

/* The one type of that shape; what `shape` points to must live in the arena. NULL without memory. */
static const struct value_type *intern(struct types *t, const struct value_type *shape)
{
    uint64_t hash = hash_shape(shape);
    struct interned *first = map_get(&t->interned, hash);
    for (struct interned *i = first; i; i = i->next)
        if (same_shape(&i->type, shape))
            return &i->type;
    struct interned *made = arena_alloc(t->arena, sizeof *made);
    int failed = 0;
    if (!made)
        return NULL;
    *made = (struct interned){.type = *shape, .next = first};
    map_put(&t->interned, hash, made, &failed);
    return failed ? NULL : &made->type;
}

const struct value_type *type_none(struct types *t)
{
    return intern(t, &(struct value_type){.kind = VALUE_NONE, .align = 1, .is_complete = true});
}

const struct value_type *type_int(struct types *t, uint32_t size, bool is_signed)
{
    return intern(t, &(struct value_type){.kind = VALUE_INT, .size = size, .align = size, .is_signed = is_signed, .is_complete = true});
}

const struct value_type *type_char(struct types *t)
{
    return intern(t,
                  &(struct value_type){.kind = VALUE_INT, .size = 1, .align = 1, .is_signed = true, .name = "char", .is_complete = true});
}

const struct value_type *type_bool(struct types *t)
{
    return intern(t, &(struct value_type){.kind = VALUE_BOOL, .size = 1, .align = 1, .is_complete = true});
}

const struct value_type *type_string(struct types *t, uint32_t size)
{
    return intern(t, &(struct value_type){.kind = VALUE_STRING, .size = size, .align = 1, .is_complete = true});
}

const struct value_type *type_buffer(struct types *t, uint32_t bytes)
{
    uint32_t most = bytes < TYPES_MAX_BYTES ? bytes : TYPES_MAX_BYTES;
    return intern(t, &(struct value_type){.kind = VALUE_BUFFER, .size = 4 + most, .align = 4, .is_complete = true});
}

const struct value_type *type_function(struct types *t)
{
    return intern(t, &(struct value_type){.kind = VALUE_FUNCTION, .align = 1, .is_complete = true});
}

const struct value_type *type_pointer(struct types *t, const struct value_type *of, enum space space)
{
    return intern(t, &(struct value_type){.kind = VALUE_POINTER, .size = 8, .align = 8, .of = of, .space = space, .is_complete = true});
}

const struct value_type *type_array(struct types *t, const struct value_type *of, uint32_t count)
{
    if (!of || (uint64_t)of->size * count > TYPES_MAX_BYTES)
        return NULL;
    return intern(t, &(struct value_type){.kind = VALUE_ARRAY,
                                          .size = of->size * count,
                                          .align = of->align ? of->align : 1,
                                          .of = of,
                                          .count = count,
                                          .is_complete = true});
}

const struct value_type *type_c_array(struct types *t, const struct value_type *of, uint32_t count)
{
    if (of && count && of == type_char(t))
        return count > TYPES_MAX_BYTES ? NULL : type_string(t, count);
    return type_array(t, of, count);
}

const struct value_type *type_float(struct types *t, uint32_t size)
{
    if (size == 4 || size == 8)
        return type_int(t, size, false);
    return type_array(t, type_int(t, size % 8 ? 1 : 8, false), size % 8 ? size : size / 8);
}

const struct value_type *type_tuple(struct types *t, const struct value_type *const *members, const char *const *names, uint32_t n)
{
    struct value_type shape = {.kind = names ? VALUE_RECORD : VALUE_TUPLE, .align = 1, .n_fields = n, .is_complete = true};
    uint64_t at = 0;
    shape.fields = arena_alloc(t->arena, (n ? n : 1) * sizeof *shape.fields);
    if (!shape.fields)
        return NULL;
    for (uint32_t i = 0; i < n; i++) {
        const struct value_type *m = members[i];
        uint32_t align = 8; /* so that words of strings can be read on the stack, where the kernel wants them aligned */
        at = (at + align - 1) / align * align;
        shape.fields[i] = (struct value_field){.name = names ? names[i] : "", .type = m, .offset = (uint32_t)at};
        at += m->size;
        shape.align = align > shape.align ? align : shape.align;
        if (at > TYPES_MAX_BYTES)
            return NULL;
    }
    shape.size = type_align_up((uint32_t)at, shape.align);
    return intern(t, &shape);
}

static uint64_t special_size(enum value_kind kind, const int64_t *p)
{
    switch (kind) {
    case VALUE_NONE: return 0;
    case VALUE_MIN:
    case VALUE_MAX: return sizeof(struct value_extreme);
    case VALUE_AVG:
    case VALUE_STATS: return sizeof(struct value_avg);
    case VALUE_HIST: return 8 * (uint64_t)hist_buckets(p[0]);
    case VALUE_LHIST: return p[2] > 0 && p[1] > p[0] ? 8 * lhist_buckets(p[0], p[1], p[2]) : 16;
    case VALUE_TSERIES: return p[1] > 0 && p[1] < TYPES_MAX_BYTES ? (uint64_t)p[1] * sizeof(struct value_tseries_bucket) : 0;
    case VALUE_KSTACK:
    case VALUE_USTACK: return sizeof(struct value_stack);
    case VALUE_USYM: return sizeof(struct value_usym);
    case VALUE_INET: return sizeof(struct value_inet);
    case VALUE_MAC: return 6;
    case VALUE_TIMESTAMP: return sizeof(struct value_timestamp);
    case VALUE_CGROUP_PATH: return sizeof(struct value_cgroup_path);
    default: return 8;
    }
}

static uint32_t special_align(enum value_kind kind)
{
    switch (kind) {
    case VALUE_NONE:
    case VALUE_MAC: return 1;
    case VALUE_KSTACK:
    case VALUE_USTACK:
    case VALUE_INET: return 4;
    default: return 8;
    }
}

const struct value_type *type_special(struct types *t, enum value_kind kind, bool is_signed, int64_t p0, int64_t p1, int64_t p2)
{
    struct value_type shape = {.kind = kind, .is_signed = is_signed, .parameters = {p0, p1, p2}, .is_complete = true};
    uint64_t size = special_size(kind, shape.parameters);
    if (size > TYPES_MAX_BYTES)
        return NULL;
    shape.size = (uint32_t)size;
    shape.align = special_align(kind);
    return intern(t, &shape);
}
