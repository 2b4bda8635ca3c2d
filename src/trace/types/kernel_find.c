/* Names of the kernel's BTF: found by a walk over all types, and by an index once many have been asked for. */
#include "base/names.h"
#include "trace/types/kernel.h"

#include "trace/types/btf_image.h"
#include <stdlib.h>
#include <string.h>

enum { WALKS_BEFORE_INDEX = 6 };

static bool matches(const struct btf_image *btf, const struct btf_type *type, const char *name, uint32_t kinds)
{
    if (!(kinds & 1U << btf_kind(type)) || !type->name_off)
        return false;
    const char *own = btf_image_name(btf, type->name_off);
    return own && strcmp(own, name) == 0;
}

static uint32_t walk(const struct kernel_object *o, const char *name, uint32_t kinds)
{
    uint32_t n = btf_image_count(o->btf);
    for (uint32_t id = btf_image_first(o->btf); id < n; id++)
        if (matches(o->btf, btf_image_type(o->btf, id), name, kinds))
            return id;
    return 0;
}

static uint32_t hash_string(const char *s)
{
    uint32_t hash = 2166136261U;
    for (; *s; s++)
        hash = (hash ^ (unsigned char)*s) * 16777619U;
    return hash ^ hash >> 15;
}

/* Ids of one name stay in their order: a later one is put behind. */
static void index_make(struct kernel_object *o)
{
    uint32_t n = btf_image_count(o->btf), size = 64;
    while (size < (n - btf_image_first(o->btf)) * 2)
        size *= 2;
    o->index = calloc(size, sizeof *o->index);
    if (!o->index)
        return;
    o->index_size = size;
    for (uint32_t id = btf_image_first(o->btf); id < n; id++) {
        const struct btf_type *type = btf_image_type(o->btf, id);
        const char *name = type->name_off ? btf_image_name(o->btf, type->name_off) : NULL;
        if (!name || !*name)
            continue;
        uint32_t at = hash_string(name) & (size - 1);
        while (o->index[at])
            at = (at + 1) & (size - 1);
        o->index[at] = id;
    }
}

static uint32_t look_up(const struct kernel_object *o, const char *name, uint32_t kinds)
{
    uint32_t mask = o->index_size - 1;
    for (uint32_t at = hash_string(name) & mask; o->index[at]; at = (at + 1) & mask)
        if (matches(o->btf, btf_image_type(o->btf, o->index[at]), name, kinds))
            return o->index[at];
    return 0;
}

static uint32_t find_in_object(struct types *t, uint32_t object, const char *name, uint32_t kinds)
{
    if (!kernel_btf(t, object) || !*name)
        return 0;
    struct kernel_object *o = &t->kernel->objects[object];
    if (!o->index && ++o->walks > WALKS_BEFORE_INDEX)
        index_make(o);
    return o->index ? look_up(o, name, kinds) : walk(o, name, kinds);
}

struct btf_place kernel_find(struct types *t, const char *name, uint32_t kinds, bool modules)
{
    struct btf_place place = {0, find_in_object(t, 0, name, kinds)};
    uint32_t n = !place.id && modules ? kernel_objects(t) : 0;
    for (uint32_t i = 1; i < n && !place.id; i++)
        place = (struct btf_place){i, find_in_object(t, i, name, kinds)};
    return place;
}

struct btf_place kernel_find_in(struct types *t, const char *module, const char *name, uint32_t kinds)
{
    if (strcmp(module, "vmlinux") == 0)
        return kernel_find(t, name, kinds, false);
    uint32_t n = kernel_objects(t);
    for (uint32_t i = 1; i < n; i++)
        if (strcmp(t->kernel->objects[i].name, module) == 0)
            return (struct btf_place){i, find_in_object(t, i, name, kinds)};
    return (struct btf_place){0, 0};
}

struct candidates {
    const struct kernel_object *object;
    const char *name;
    size_t length;
    uint32_t kinds;
};

/* Only names of about the same length and the same first letter: there are more than a hundred thousand. */
static const char *candidate_at(const void *arg, size_t i)
{
    const struct candidates *c = arg;
    uint32_t id = btf_image_first(c->object->btf) + (uint32_t)i;
    const struct btf_type *type = btf_image_type(c->object->btf, id);
    if (!type)
        return NULL;
    const char *name = c->kinds & 1U << btf_kind(type) ? btf_image_name(c->object->btf, type->name_off) : NULL;
    size_t n = name ? strnlen(name, c->length + 3) : 0;
    return name && n && n <= c->length + 2 && n + 2 >= c->length && name[0] == c->name[0] ? name : "";
}

const char *kernel_near(struct types *t, const char *name, uint32_t kinds)
{
    if (!kernel_btf(t, 0) || !*name)
        return NULL;
    struct candidates c = {&t->kernel->objects[0], name, strlen(name), kinds};
    const char *near = names_nearest((struct names){candidate_at, &c}, name);
    return near && *near ? near : NULL;
}
