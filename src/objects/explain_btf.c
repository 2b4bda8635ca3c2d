/* What the types of an object tell: how a map is defined, what stands where in a program's context. The BTF has passed btf_check, so that
 * libbpf's functions may walk it. */
#include "objects/explain_inside.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>

static const char *name_of(const struct btf *b, uint32_t offset)
{
    const char *name = btf__name_by_offset(b, offset);
    return name ? name : "";
}

/* Passes typedefs, qualifiers and tags. */
static const struct btf_type *real_type(const struct btf *b, uint32_t id)
{
    int real = btf__resolve_type(b, id);
    return real < 0 ? NULL : btf__type_by_id(b, (uint32_t)real);
}

static const struct btf_type *pointee(const struct btf *b, uint32_t id)
{
    const struct btf_type *t = real_type(b, id);
    return t && btf_is_ptr(t) ? real_type(b, t->type) : NULL;
}

static uint32_t pointee_size(const struct btf *b, uint32_t id)
{
    const struct btf_type *t = real_type(b, id);
    long long size = t && btf_is_ptr(t) ? btf__resolve_size(b, t->type) : 0;
    return size > 0 ? (uint32_t)size : 0;
}

/* The number in "__uint(name, number)": a pointer to an array of so many elements. */
static uint32_t definition_number(const struct btf *b, uint32_t id)
{
    const struct btf_type *t = pointee(b, id);
    return t && btf_is_array(t) ? btf_array(t)->nelems : 0;
}

/* Members of a map's value that the kernel itself uses must be aligned. */
static void check_value(const struct btf *b, uint32_t id, struct explain_map *out)
{
    static const struct {
        const char *type;
        uint32_t alignment;
    } special[] = {{"bpf_spin_lock", 4}, {"bpf_timer", 8},   {"bpf_wq", 8},       {"bpf_list_head", 8},    {"bpf_list_node", 8},
                   {"bpf_rb_root", 8},   {"bpf_rb_node", 8}, {"bpf_refcount", 4}, {"bpf_res_spin_lock", 4}};
    const struct btf_type *t = pointee(b, id);
    for (uint32_t i = 0; t && btf_is_struct(t) && i < btf_vlen(t); i++) {
        const struct btf_type *field = real_type(b, btf_members(t)[i].type);
        uint32_t at = btf_member_bit_offset(t, i) / 8;
        for (size_t s = 0; field && s < sizeof special / sizeof special[0]; s++)
            if (!strcmp(name_of(b, field->name_off), special[s].type) && at % special[s].alignment)
                snprintf(out->misaligned, sizeof out->misaligned, "struct %s %.20s at offset %u", special[s].type,
                         name_of(b, btf_members(t)[i].name_off), at);
    }
}

static void read_member(const struct btf *b, const struct btf_member *m, struct explain_map *out)
{
    const struct {
        const char *name;
        uint32_t *number;
    } numbers[] = {{"type", &out->type},
                   {"max_entries", &out->max_entries},
                   {"map_flags", &out->flags},
                   {"key_size", &out->key_size},
                   {"value_size", &out->value_size}};
    const char *name = name_of(b, m->name_off);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (!strcmp(name, numbers[i].name))
            *numbers[i].number = definition_number(b, m->type);
    if (!strcmp(name, "key"))
        out->key_size = pointee_size(b, m->type);
    if (strcmp(name, "value") != 0)
        return;
    out->value_size = pointee_size(b, m->type);
    check_value(b, m->type, out);
}

void btf_map(const struct btf *b, const char *name, struct explain_map *out)
{
    *out = (struct explain_map){0};
    int id = b && *name ? btf__find_by_name_kind(b, name, BTF_KIND_VAR) : -1;
    const struct btf_type *t = id > 0 ? real_type(b, btf__type_by_id(b, (uint32_t)id)->type) : NULL;
    if (!t || !btf_is_struct(t))
        return;
    out->found = true;
    for (uint32_t i = 0; i < btf_vlen(t); i++)
        read_member(b, &btf_members(t)[i], out);
}

/* The struct that the program's first argument points to. */
static const struct btf_type *context_of(const struct btf *b, const char *program)
{
    int id = b && *program ? btf__find_by_name_kind(b, program, BTF_KIND_FUNC) : -1;
    const struct btf_type *t = id > 0 ? btf__type_by_id(b, (uint32_t)id) : NULL;
    t = t ? btf__type_by_id(b, t->type) : NULL;
    if (!t || !btf_is_func_proto(t) || !btf_vlen(t))
        return NULL;
    t = pointee(b, btf_params(t)[0].type);
    return t && btf_is_struct(t) ? t : NULL;
}

bool btf_context_member(const struct btf *b, const char *program, uint32_t offset, char *out, size_t size)
{
    const struct btf_type *t = context_of(b, program);
    for (uint32_t i = 0; t && i < btf_vlen(t); i++) {
        const struct btf_member *m = &btf_members(t)[i];
        long long first = btf_member_bit_offset(t, i) / 8, bytes = btf__resolve_size(b, m->type);
        if (offset < first || offset >= first + (bytes > 0 ? bytes : 1) || !*name_of(b, m->name_off))
            continue;
        snprintf(out, size, "%.60s of struct %.60s", name_of(b, m->name_off), name_of(b, t->name_off));
        return true;
    }
    return false;
}
