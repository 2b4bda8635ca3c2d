/* Names of numbers: enumerators and #define lines of the script, enumerators of the kernel, and what only its headers define. */
#include "trace/types/c_inside.h"

#include <string.h>

enum constant_state { ENUMERATOR, REMOVED, MACRO_UNREAD, MACRO_NUMBER, MACRO_TEXT, MACRO_OTHER };

struct constant {
    enum constant_state state;
    const char *name;
    int64_t value;
    const struct value_type *type; /* of an enumerator; NULL: a number */
    const char *body;              /* of a #define */
    struct constant *next;         /* of the same hash */
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
    *c = (struct constant){.name = copy, .next = map_get(&t->constants, constant_key(name))};
    map_put(&t->constants, constant_key(name), c, &failed);
    return failed ? NULL : c;
}

bool constant_add(struct types *t, const char *name, int64_t value, const struct value_type *type)
{
    struct constant *c = constant_make(t, name);
    if (!c)
        return false;
    c->value = value;
    c->type = type;
    c->state = ENUMERATOR;
    return true;
}

bool constant_add_macro(struct types *t, const char *name, const char *body)
{
    struct constant *c = constant_make(t, name);
    const char *copy = arena_copy(t->arena, body, strlen(body));
    if (!c || !copy)
        return false;
    c->state = MACRO_UNREAD;
    c->body = copy;
    c->type = NULL;
    return true;
}

void constant_remove(struct types *t, const char *name)
{
    struct constant *c = constant_entry(&t->constants, name);
    if (c)
        c->state = REMOVED;
}

bool constant_is_macro(struct types *t, const char *name)
{
    const struct constant *c = constant_entry(&t->constants, name);
    return c && c->state >= MACRO_UNREAD;
}

/* What a #define's body is: found out when it is first asked for, since it may speak of what stands below it. */
static enum constant_state macro_read(struct types *t, struct constant *c)
{
    if (c->state == MACRO_UNREAD) {
        c->state = MACRO_OTHER; /* also while it is read: it may speak of itself */
        c->state = c_evaluate(t, c->body, &c->value) ? MACRO_NUMBER : *c->body == '"' ? MACRO_TEXT : MACRO_OTHER;
    }
    return c->state;
}

bool types_constant(struct types *t, const char *name, int64_t *value, const struct value_type **type)
{
    struct constant *c = constant_entry(&t->constants, name);
    if (!c || c->state == REMOVED) {
        if (kernel_enumerator(t, name, value, type))
            return true;
        if (type)
            *type = type_int(t, 8, true);
        return header_constant(name, value);
    }
    if (c->state >= MACRO_UNREAD && macro_read(t, c) != MACRO_NUMBER)
        return false;
    *value = c->value;
    if (type)
        *type = c->type ? c->type : type_int(t, 8, true);
    return true;
}

const char *types_macro(struct types *t, const char *name)
{
    struct constant *c = constant_entry(&t->constants, name);
    if (!c || c->state < MACRO_UNREAD)
        return NULL;
    enum constant_state state = macro_read(t, c);
    return state == MACRO_TEXT || state == MACRO_OTHER ? c->body : NULL;
}
