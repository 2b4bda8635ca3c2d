/* Enumerators of the kernel: an index of those of vmlinux is made when the first is asked for; modules join it when vmlinux has not got
 * the name. */
#include "trace/types/inside.h"

#include "trace/types/btf_image.h"
#include <stdlib.h>
#include <string.h>

struct slot {
    const char *name; /* in the BTF; NULL: free */
    uint32_t object, id, at;
};

struct enumerator_index {
    struct slot *slots;
    size_t size, count;
    uint32_t objects; /* so many are in it */
};

static uint64_t slot_key(const char *name)
{
    return hash_bytes(name, strlen(name), 0);
}

static struct slot *slot_of(const struct enumerator_index *x, const char *name)
{
    size_t at = slot_key(name) & (x->size - 1);
    while (x->slots[at].name && strcmp(x->slots[at].name, name) != 0)
        at = (at + 1) & (x->size - 1);
    return &x->slots[at];
}

static bool grow(struct enumerator_index *x)
{
    struct enumerator_index more = {.size = x->size ? x->size * 2 : 1 << 16, .count = x->count, .objects = x->objects};
    more.slots = calloc(more.size, sizeof *more.slots);
    if (!more.slots)
        return false;
    for (size_t i = 0; i < x->size; i++)
        if (x->slots[i].name)
            *slot_of(&more, x->slots[i].name) = x->slots[i];
    free(x->slots);
    *x = more;
    return true;
}

/* The first of a name stays. */
static bool add(struct enumerator_index *x, const char *name, uint32_t object, uint32_t id, uint32_t at)
{
    if (!name || !*name)
        return true;
    if (x->count * 2 >= x->size && !grow(x))
        return false;
    struct slot *s = slot_of(x, name);
    if (s->name)
        return true;
    *s = (struct slot){name, object, id, at};
    x->count++;
    return true;
}

static bool add_enumerators(struct enumerator_index *x, const struct btf_image *btf, uint32_t object, uint32_t id)
{
    const struct btf_type *b = btf_image_type(btf, id);
    bool wide = btf_kind(b) == BTF_KIND_ENUM64;
    if (!wide && btf_kind(b) != BTF_KIND_ENUM)
        return true;
    for (uint32_t i = 0; i < btf_vlen(b); i++)
        if (!add(x, btf_image_name(btf, wide ? btf_enum64(b)[i].name_off : btf_enum(b)[i].name_off), object, id, i))
            return false;
    return true;
}

static bool add_object(struct types *t, struct enumerator_index *x, uint32_t object)
{
    const struct btf_image *btf = kernel_btf(t, object);
    uint32_t n = btf ? btf_image_count(btf) : 0;
    for (uint32_t id = btf ? btf_image_first(btf) : 0; id < n; id++)
        if (!add_enumerators(x, btf, object, id))
            return false;
    return true;
}

static const struct slot *find(struct types *t, struct enumerator_index *x, const char *name)
{
    if (!kernel_btf(t, 0))
        return NULL;
    if (!x->objects) {
        x->objects = 1;
        if (!grow(x) || !add_object(t, x, 0))
            return NULL;
    }
    if (!x->size)
        return NULL;
    while (!slot_of(x, name)->name && x->objects < kernel_objects(t))
        if (!add_object(t, x, x->objects++))
            return NULL;
    const struct slot *s = slot_of(x, name);
    return s->name ? s : NULL;
}

bool kernel_enumerator(struct types *t, const char *name, int64_t *value, const struct value_type **type)
{
    if (!t->enumerators && !(t->enumerators = calloc(1, sizeof *t->enumerators)))
        return false;
    const struct slot *s = find(t, t->enumerators, name);
    const struct value_type *found = s ? btf_value_type(t, s->object, s->id) : NULL;
    if (!found || !found->enumeration || s->at >= found->enumeration->count)
        return false;
    *value = found->enumeration->values[s->at].value;
    if (type)
        *type = found;
    return true;
}

void kernel_enumerators_free(struct enumerator_index *x)
{
    if (x)
        free(x->slots);
    free(x);
}
