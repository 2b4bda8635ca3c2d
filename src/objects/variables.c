#include "objects/variables.h"

#include "base/names.h"
#include "objects/typed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct place {
    uint32_t type;
    unsigned char *at;
    size_t n;
};

/* --- finding ----------------------------------------------------------------------------------------------------- */

static const struct btf_type *section_of(const struct object *o, const struct object_map *m)
{
    const struct btf_type *t = o->btf && m->value_type ? btf__type_by_id(o->btf, m->value_type) : NULL;
    return t && btf_is_datasec(t) && !strstr(m->name, ".kconfig") ? t : NULL;
}

/* The i-th variable of the object that has memory; NULL past the last. */
static const char *variable_at(const struct object *o, size_t i, struct place *p)
{
    for (size_t k = 0; k < o->n_maps; k++) {
        const struct btf_type *t = section_of(o, &o->maps[k]);
        size_t size = 0, n = t ? btf_vlen(t) : 0;
        if (i >= n) {
            i -= n;
            continue;
        }
        const struct btf_var_secinfo *s = &btf_var_secinfos(t)[i];
        const struct btf_type *var = btf__type_by_id(o->btf, s->type);
        const void *memory = p ? bpf_map__initial_value(o->maps[k].map, &size) : NULL; /* ours until the load */
        if (p)
            *p = (struct place){.type = var->type};
        if (memory && (size_t)s->offset + s->size <= size) {
            p->at = (unsigned char *)(uintptr_t)memory + s->offset;
            p->n = s->size;
        }
        return btf__name_by_offset(o->btf, var->name_off);
    }
    return NULL;
}

static const char *name_at(const void *arg, size_t i)
{
    return variable_at(arg, i, NULL);
}

static int find_variable(const struct object *o, const char *name, struct place *p, struct err *why)
{
    const char *found;
    for (size_t i = 0; (found = variable_at(o, i, p)); i++)
        if (!strcmp(found, name))
            return p->at ? 0 : err_set(why, ENOTSUP, "%s has no value that could be set before the load", name);
    const struct names names = {name_at, o};
    struct text t = {.ceiling = 700};
    text_addf(&t, "%.200s has no global variable ", o->path);
    names_add_unknown(&t, names, name);
    text_adds(&t, variable_at(o, 0, NULL) ? "; variables: " : "; it has none at all");
    names_join(&t, names);
    int rc = err_set(why, ENOENT, "%s", t.bytes ? t.bytes : "");
    text_free(&t);
    return rc;
}

/* --- paths: .field and [index] ------------------------------------------------------------------------------------ */

static bool find_member(const struct btf *btf, const struct btf_type *t, const char *name, size_t n, struct place *p)
{
    for (uint32_t i = 0; i < btf_vlen(t); i++) {
        const struct btf_member *m = &btf_members(t)[i];
        const char *member = btf__name_by_offset(btf, m->name_off);
        size_t at = btf_member_bit_offset(t, i) / 8, size = typed_size(btf, m->type);
        if (btf_member_bitfield_size(t, i) || at + size > p->n || strlen(member) != n || strncmp(member, name, n) != 0)
            continue;
        *p = (struct place){m->type, p->at + at, size};
        return true;
    }
    return false;
}

/* One step of a path; its end, or NULL when there is no such part. */
static const char *step(const struct btf *btf, const char *path, struct place *p)
{
    uint32_t bare = typed_bare_type(btf, p->type);
    const struct btf_type *t = bare ? btf__type_by_id(btf, bare) : NULL;
    char *end;
    if (!t)
        return NULL;
    if (*path == '.') {
        size_t n = strcspn(path + 1, ".[");
        return btf_is_composite(t) && find_member(btf, t, path + 1, n, p) ? path + 1 + n : NULL;
    }
    unsigned long i = strtoul(path + 1, &end, 0);
    size_t size = btf_is_array(t) ? typed_size(btf, btf_array(t)->type) : 0;
    if (!size || *end != ']' || i >= p->n / size)
        return NULL;
    *p = (struct place){btf_array(t)->type, p->at + i * size, size};
    return end + 1;
}

static int follow_path(const struct object *o, const char *path, struct place *p, struct err *why)
{
    char name[128];
    size_t n = strcspn(path, ".[");
    if (!n || n >= sizeof name)
        return err_set(why, EINVAL, "\"%.60s\" does not begin with a variable's name", path);
    memcpy(name, path, n);
    name[n] = '\0';
    int rc = find_variable(o, name, p, why);
    for (const char *at = path + n; !rc && *at;) {
        const char *next = step(o->btf, at, p);
        if (!next)
            return err_set(why, ENOENT, "%s has no part \"%.60s\"", name, at);
        at = next;
    }
    return rc;
}

int variables_set(struct object *o, const char *words, struct err *why)
{
    char path[256];
    const char *equals = strchr(words, '=');
    size_t n = equals ? (size_t)(equals - words) : 0;
    struct place p;
    if (!n || n >= sizeof path)
        return err_set(why, EINVAL, "\"%.60s\" is not NAME=VALUE", words);
    memcpy(path, words, n);
    path[n] = '\0';
    int rc = follow_path(o, path, &p, why);
    return rc ? rc : variables_parse(o->btf, p.type, path, equals + 1, p.at, p.n, why);
}
