/* Names of numbers: enumerators and #define lines of the script, enumerators of the kernel, and what only its headers define. */
#include "trace/types/inside.h"

#include <bpf/btf.h>
#include <string.h>

struct constant {
    const char *name;
    int64_t value;
    const struct value_type *type; /* of an enumerator; NULL: a number */
    const char *body;              /* of a #define that has not been read yet; NULL: value holds */
    const char *text;              /* of a #define of a string */
    struct constant *next;         /* of the same hash */
    struct constant *older;
};

static uint64_t constant_key(const char *name)
{
    return hash_bytes(name, strlen(name), 3);
}

static struct constant *constant_entry(const struct map *map, const char *name)
{
    struct constant *c = map_get(map, constant_key(name));
    while (c && strcmp(c->name, name) != 0)
        c = c->next;
    return c;
}

/* The entry of that name, made when there is none. */
static struct constant *constant_make(struct types *t, const char *name)
{
    struct constant *c = constant_entry(&t->constants, name);
    int failed = 0;
    if (c)
        return c;
    c = arena_alloc(t->arena, sizeof *c);
    const char *copy = arena_copy(t->arena, name, strlen(name));
    if (!c || !copy)
        return NULL;
    *c = (struct constant){.name = copy, .next = map_get(&t->constants, constant_key(name)), .older = t->last_constant};
    map_put(&t->constants, constant_key(name), c, &failed);
    if (failed)
        return NULL;
    t->last_constant = c;
    return c;
}

bool constant_add(struct types *t, const char *name, int64_t value, const struct value_type *type)
{
    struct constant *c = constant_make(t, name);
    if (!c)
        return false;
    c->value = value;
    c->type = type;
    c->body = c->text = NULL;
    return true;
}

bool types_constant(struct types *t, const char *name, int64_t *value, const struct value_type **type)
{
    const struct constant *c = constant_entry(&t->constants, name);
    if (!c) {
        if (kernel_enumerator(t, name, value, type))
            return true;
        if (type)
            *type = type_int(t, 8, true);
        return header_constant(name, value);
    }
    *value = c->value;
    if (type)
        *type = c->type ? c->type : type_int(t, 8, true);
    return true;
}
