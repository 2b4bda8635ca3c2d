/* Names to types: the script's first, then the language's and the ABI's, then the kernel's. */
#include "trace/types/inside.h"

#include <bpf/btf.h>
#include <string.h>

static uint64_t name_key(const char *name)
{
    return hash_bytes(name, strlen(name), 0);
}

static struct named_type *named_entry(struct types *t, const char *name)
{
    struct named_type *e = map_get(&t->named, name_key(name));
    while (e && strcmp(e->name, name) != 0)
        e = e->next;
    return e;
}

struct value_type *named_get(struct types *t, const char *name, bool *of_script)
{
    struct named_type *e = named_entry(t, name);
    if (of_script)
        *of_script = e && e->of_script;
    return e ? e->type : NULL;
}

bool named_set(struct types *t, const char *name, const struct value_type *type, bool of_script)
{
    struct named_type *e = named_entry(t, name);
    if (!e) {
        int failed = 0;
        e = arena_alloc(t->arena, sizeof *e);
        const char *copy = arena_copy(t->arena, name, strlen(name));
        if (!e || !copy)
            return false;
        *e = (struct named_type){.name = copy, .next = map_get(&t->named, name_key(name))};
        map_put(&t->named, name_key(name), e, &failed);
        if (failed)
            return false;
        if (of_script) {
            e->older = t->last_named;
            t->last_named = e;
        }
    }
    e->type = (struct value_type *)type;
    e->of_script = of_script;
    return true;
}

struct value_type *named_struct(struct types *t, const char *name, bool is_union)
{
    struct value_type *type = named_get(t, name, NULL);
    if (type)
        return type;
    type = type_new(t, VALUE_STRUCT, 0, 1);
    const char *copy = arena_copy(t->arena, name, strlen(name));
    if (!type || !copy)
        return NULL;
    type->name = copy;
    type->is_union = is_union;
    return named_set(t, name, type, false) ? type : NULL;
}

bool name_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

uint32_t name_kinds(const char *name, const char **bare)
{
    static const struct {
        const char *keyword;
        uint32_t kinds;
    } keywords[] = {
        {"struct ", 1U << BTF_KIND_STRUCT},
        {"union ", 1U << BTF_KIND_UNION},
        {"enum ", 1U << BTF_KIND_ENUM | 1U << BTF_KIND_ENUM64},
    };
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (name_starts(name, keywords[i].keyword)) {
            *bare = name + strlen(keywords[i].keyword);
            return keywords[i].kinds;
        }
    *bare = name;
    return 1U << BTF_KIND_TYPEDEF;
}

static const struct value_type *kernel_type(struct types *t, const char *name)
{
    const char *bare;
    uint32_t kinds = name_kinds(name, &bare);
    struct btf_place place = kernel_find(t, bare, kinds, true);
    return place.id ? btf_value_type(t, place.object, place.id) : NULL;
}

/* Words of values that the language makes itself: in `let $s: ksym_t`. */
static const struct value_type *special_word(struct types *t, const char *name)
{
    static const struct {
        const char *name;
        enum value_kind kind;
        int64_t parameter;
    } specials[] = {
        {"ksym_t", VALUE_KSYM},         {"usym_t", VALUE_USYM},        {"inet", VALUE_INET},           {"mac_address", VALUE_MAC},
        {"username", VALUE_USERNAME},   {"probe_t", VALUE_PROBE_NAME}, {"timestamp", VALUE_TIMESTAMP}, {"cgroup_path_t", VALUE_CGROUP_PATH},
        {"strerror_t", VALUE_STRERROR},
    };
    if (strcmp(name, "string") == 0)
        return type_string(t, t->string_size);
    if (strcmp(name, "buffer") == 0)
        return type_buffer(t, t->string_size);
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
        if (strcmp(specials[i].name, name) == 0)
            return type_special(t, specials[i].kind, false, 0, 0, 0);
    return NULL;
}

const struct value_type *types_find(struct types *t, const char *name)
{
    bool of_script;
    const struct value_type *type = named_get(t, name, &of_script);
    if (of_script)
        return type;
    if (type && (type->is_complete || type->btf_id))
        return type;
    if (!type) {
        type = words_find(t, name);
        if (!type)
            type = special_word(t, name);
        if (type)
            return type;
    }
    return kernel_type(t, name);
}
