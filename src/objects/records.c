#include "objects/records.h"

#include "objects/dwarf.h"
#include "objects/typed.h"

#include <stdio.h>
#include <string.h>

/* Adds a type, of which `sent` bytes are sent (-1: it varies), unless it is there already. False: it is no type to show records by. */
static bool add_type(struct record_types *r, const struct btf *btf, uint32_t type, int64_t sent)
{
    size_t size = type ? typed_size(btf, type) : 0;
    const struct btf_type *t = size ? btf__type_by_id(btf, type) : NULL;
    const char *name = t ? btf__name_by_offset(btf, t->name_off) : NULL;
    if (!size)
        return false;
    for (size_t i = 0; i < r->n; i++)
        if (r->types[i].size == size && !strcmp(r->types[i].name, name ? name : "")) {
            if (r->types[i].sent != sent)
                r->types[i].sent = -1;
            return true;
        }
    if (r->n == RECORDS_MAX_TYPES)
        return false;
    struct record_type *to = &r->types[r->n++];
    *to = (struct record_type){.btf = btf, .type = type, .size = size, .sent = sent};
    snprintf(to->name, sizeof to->name, "%s", name ? name : "");
    return true;
}

static uint32_t named(const struct btf *btf, const char *name)
{
    static const uint32_t kinds[] = {BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_UNION};
    for (size_t i = 0; btf && i < sizeof kinds / sizeof kinds[0]; i++) {
        int id = btf__find_by_name_kind(btf, name, kinds[i]);
        if (id > 0)
            return (uint32_t)id;
    }
    return 0;
}

static int choose_named(struct object *o, const struct object_map *m, const char *name, struct record_types *r, struct err *why)
{
    const char *bare = !strncmp(name, "struct ", 7) ? name + 7 : name;
    struct dwarf *d = object_dwarf(o);
    if (add_type(r, o->btf, named(o->btf, bare), -1) || (d && add_type(r, dwarf_btf(d), dwarf_type_named(d, bare), -1)))
        return 0;
    return err_set(why, ENOENT, "--type %s=%s: neither the type information (.BTF) nor the debug information (DWARF) of %s has that struct",
                   m->name, name, o->path);
}

/* --- BTF --------------------------------------------------------------------------------------------------------- */

/* The variable at this place of a section of global variables. */
static uint32_t global_type(const struct btf *btf, const char *section, int32_t offset)
{
    int id = btf__find_by_name_kind(btf, section, BTF_KIND_DATASEC);
    const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
    for (uint32_t i = 0; t && i < btf_vlen(t); i++)
        if (btf_var_secinfos(t)[i].offset == (uint32_t)offset)
            return typed_bare_type(btf, btf_var_secinfos(t)[i].type);
    return 0;
}

/* Records that are made in a map or in a global variable: their types are in the BTF. */
static bool from_btf(const struct object *o, const struct code_record *c, struct record_types *r)
{
    const struct object_map *origin = c->source == RECORD_MAP ? object_map(o, c->origin) : NULL;
    uint32_t type = origin ? origin->value_type : 0;
    if (!o->btf)
        return false;
    if (c->source == RECORD_GLOBAL)
        type = global_type(o->btf, c->origin, c->offset);
    return type && (c->size < 0 || (size_t)c->size <= typed_size(o->btf, type)) && add_type(r, o->btf, type, c->size);
}

static bool is_struct_of(const struct btf *btf, uint32_t id, size_t size)
{
    const struct btf_type *t = btf__type_by_id(btf, id);
    return t && btf_is_struct(t) && t->size == size && t->name_off;
}

/* Types that the programs read from the kernel are in their BTF, too. */
static bool is_of_kernel(const struct btf *kernel, const char *name, size_t size)
{
    int id = kernel ? btf__find_by_name_kind(kernel, name, BTF_KIND_STRUCT) : 0;
    return id > 0 && is_struct_of(kernel, (uint32_t)id, size);
}

/* The only named struct of this size that is not the kernel's. */
static uint32_t sized(const struct btf *btf, const struct btf *kernel, size_t size)
{
    uint32_t found = 0;
    for (uint32_t id = 1; btf && id < btf__type_cnt(btf); id++) {
        if (!is_struct_of(btf, id, size))
            continue;
        if (is_of_kernel(kernel, btf__name_by_offset(btf, btf__type_by_id(btf, id)->name_off), size))
            continue;
        if (found)
            return 0;
        found = id;
    }
    return found;
}

/* --- all sources ------------------------------------------------------------------------------------------------- */

static bool by_size(struct object *o, size_t size, struct record_types *r)
{
    struct dwarf *d = object_dwarf(o);
    if (!o->kernel_btf)
        o->kernel_btf = btf__load_vmlinux_btf();
    return add_type(r, o->btf, sized(o->btf, o->kernel_btf, size), (int64_t)size) ||
           (d && add_type(r, dwarf_btf(d), dwarf_type_sized(d, size), (int64_t)size));
}

enum source { FROM_BTF, FROM_DWARF, FROM_SIZE, FROM_NOTHING };

static enum source find_one(struct object *o, const struct code_record *c, struct record_types *r)
{
    struct dwarf *d;
    if (from_btf(o, c, r))
        return FROM_BTF;
    if ((d = object_dwarf(o)) && add_type(r, dwarf_btf(d), dwarf_record_type(d, c), c->size))
        return FROM_DWARF;
    return c->size > 0 && by_size(o, (size_t)c->size, r) ? FROM_SIZE : FROM_NOTHING;
}

static void say_none(struct object *o, const struct object_map *m, bool sent, struct record_types *r)
{
    const char *reason = !sent              ? "no program of the object is seen to send to it"
                         : !object_dwarf(o) ? "the object has no debug information (compile it with -g, do not strip it)"
                                            : "neither BTF nor DWARF tells what the programs send";
    snprintf(r->why, sizeof r->why, "records are shown as bytes: %s; --type %s=STRUCT names their type", reason, m->name);
}

static void say_source(const bool *from, struct record_types *r)
{
    static const char *const words[] = {"BTF", "DWARF", "the only struct of that size"};
    strcpy(r->why, "from ");
    for (size_t i = 0, said = 0; i < FROM_NOTHING; i++)
        if (from[i]) {
            size_t n = strlen(r->why);
            snprintf(r->why + n, sizeof r->why - n, "%s%s", said++ ? " and " : "", words[i]);
        }
}

int records_find(struct object *o, const struct object_map *m, const char *const *chosen, size_t n_chosen, struct record_types *r,
                 struct err *why)
{
    bool from[FROM_NOTHING + 1] = {false}, sent = false;
    *r = (struct record_types){.padded = bpf_map__type(m->map) == BPF_MAP_TYPE_PERF_EVENT_ARRAY};
    for (size_t i = 0; i < n_chosen; i++) {
        int rc = choose_named(o, m, chosen[i], r, why);
        if (rc)
            return rc;
    }
    if (n_chosen)
        strcpy(r->why, "as --type says");
    for (size_t i = 0; !n_chosen && i < o->code->n_records; i++)
        if (!strcmp(o->code->records[i].map, m->name)) {
            from[find_one(o, &o->code->records[i], r)] = true;
            sent = true;
        }
    if (!r->n)
        say_none(o, m, sent, r);
    else if (!n_chosen)
        say_source(from, r);
    return 0;
}

/* The size that the kernel gives a perf event's record: with its own length of 4 bytes a multiple of 8. */
static size_t padded(size_t n)
{
    return (n + 4 + 7) / 8 * 8 - 4;
}

static bool has_size(const struct record_types *r, size_t size, size_t n)
{
    return size == n || (r->padded && padded(size) == n);
}

/* Whether records of the type may have n bytes: those of a type that varies may have any. */
static bool may_be(const struct record_types *r, const struct record_type *t, size_t n)
{
    return t->sent < 0 || has_size(r, (size_t)t->sent, n);
}

static bool is_exactly(const struct record_types *r, const struct record_type *t, size_t n)
{
    return has_size(r, t->sent < 0 ? t->size : (size_t)t->sent, n);
}

const struct record_type *records_choose(const struct record_types *r, size_t n, bool *ambiguous)
{
    const struct record_type *exact = NULL, *possible = NULL, *largest = NULL;
    size_t fitting = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct record_type *t = &r->types[i];
        fitting += may_be(r, t, n);
        if (!exact && is_exactly(r, t, n))
            exact = t;
        if (!possible && may_be(r, t, n))
            possible = t;
        if (t->size <= n && (!largest || t->size > largest->size))
            largest = t;
    }
    *ambiguous = fitting > 1;
    return exact ? exact : possible ? possible : r->n == 1 ? &r->types[0] : largest;
}
