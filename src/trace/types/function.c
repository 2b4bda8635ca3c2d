/* The arguments of kernel functions and raw tracepoints, by BTF. */
#include "trace/types/inside.h"

#include "trace/types/btf_image.h"
#include <stdio.h>
#include <string.h>

enum { ARGUMENTS_MAX = 64 };

static int refuse_without_btf(struct types *t, const char *name, struct err *why)
{
    (void)t;
    return err_set(why, ENOTSUP, "this kernel has no BTF (CONFIG_DEBUG_INFO_BTF): the arguments of %.200s are not known", name);
}

static const char *declared(struct types *t, const struct btf_image *btf, uint32_t id)
{
    struct text words = {.ceiling = 1024};
    btf_declared(btf, id, &words);
    const char *copy = arena_copy(t->arena, words.bytes ? words.bytes : "", words.length);
    text_free(&words);
    return copy;
}

/* A parameter's name; those without get the builtins' names. */
static const char *parameter_name(struct types *t, const struct btf_image *btf, const struct btf_param *p, uint32_t i)
{
    char number[16];
    const char *name = btf_image_name(btf, p->name_off);
    if (name && *name)
        return name;
    snprintf(number, sizeof number, "arg%u", i);
    return arena_copy(t->arena, number, strlen(number));
}

/* Each argument has 8 bytes of the context; a struct of up to 16 bytes has two. */
static uint32_t slot_bytes(const struct value_type *type)
{
    return type->kind == VALUE_STRUCT && type->size > 8 ? type_align_up(type->size, 8) : 8;
}

/* Names come from another prototype of the same arguments when there is one: typedefs of tracepoints have none. */
static const struct value_type *arguments_of(struct types *t, uint32_t object, const struct btf_type *proto, const struct btf_type *named,
                                             uint32_t skip)
{
    const struct btf_image *btf = kernel_btf(t, object);
    uint32_t n = btf_vlen(proto) < ARGUMENTS_MAX ? btf_vlen(proto) : ARGUMENTS_MAX;
    struct value_type *args = type_new(t, VALUE_STRUCT, 0, 8);
    if (!args || !(args->fields = arena_alloc(t->arena, (n + 1) * sizeof *args->fields)))
        return NULL;
    for (uint32_t i = skip; i < n; i++) {
        const struct btf_param *p = btf_params(proto) + i;
        if (!p->type) /* variable arguments */
            break;
        struct value_field field = {.offset = args->size, .declared = declared(t, btf, p->type)};
        field.type = btf_value_type(t, object, p->type);
        field.name = parameter_name(t, btf, btf_params(named) + i, i - skip);
        if (!field.type || !field.name)
            return NULL;
        args->size += slot_bytes(field.type);
        args->fields[args->n_fields++] = field;
    }
    args->is_complete = true;
    return args;
}

static const struct btf_type *prototype(const struct btf_image *btf, uint32_t id)
{
    const struct btf_type *b = btf_image_type(btf, id);
    return b && btf_is_func_proto(b) ? b : NULL;
}

int types_function(struct types *t, const char *module, const char *name, struct function_types *out, struct err *why)
{
    *out = (struct function_types){0};
    if (!kernel_btf(t, 0))
        return refuse_without_btf(t, name, why);
    uint32_t kinds = 1U << BTF_KIND_FUNC;
    struct btf_place at = module ? kernel_find_in(t, module, name, kinds) : kernel_find(t, name, kinds, true);
    const struct btf_image *btf = at.id ? kernel_btf(t, at.object) : NULL;
    const struct btf_type *proto = btf ? prototype(btf, btf_image_type(btf, at.id)->type) : NULL;
    if (!proto) {
        const char *near = kernel_near(t, name, kinds);
        return near ? err_set(why, ENOENT, "the kernel's BTF has no function \"%.200s\" (did you mean \"%s\"?)", name, near)
                    : err_set(why, ENOENT, "the kernel's BTF has no function \"%.200s\": it may be inlined, or named otherwise", name);
    }
    out->arguments = arguments_of(t, at.object, proto, proto, 0);
    out->returns = btf_value_type(t, at.object, proto->type);
    out->btf_id = at.id;
    out->btf_fd = kernel_btf_fd(t, at.object);
    return out->arguments && out->returns ? 0 : err_set(why, ENOMEM, "out of memory");
}

/* The kernel's functions of a tracepoint whose parameters have names, when the BTF has them. */
static const struct btf_type *named_prototype(struct types *t, const struct btf_place *at, const char *name, const struct btf_type *proto)
{
    static const char *const prefixes[] = {"__probestub_", "__traceiter_", "__bpf_trace_"};
    char full[300];
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        snprintf(full, sizeof full, "%s%s", prefixes[i], name);
        struct btf_place f = kernel_find_in(t, kernel_object_name(t, at->object), full, 1U << BTF_KIND_FUNC);
        const struct btf_image *btf = f.id ? kernel_btf(t, f.object) : NULL;
        const struct btf_type *found = btf ? prototype(btf, btf_image_type(btf, f.id)->type) : NULL;
        if (found && btf_vlen(found) == btf_vlen(proto) && btf_vlen(found) > 0 && btf_params(found)[btf_vlen(found) - 1].name_off)
            return found;
    }
    return proto;
}

int types_raw_tracepoint(struct types *t, const char *name, struct function_types *out, struct err *why)
{
    char full[256];
    *out = (struct function_types){0};
    if (!kernel_btf(t, 0))
        return refuse_without_btf(t, name, why);
    snprintf(full, sizeof full, "btf_trace_%.200s", name);
    struct btf_place at = kernel_find(t, full, 1U << BTF_KIND_TYPEDEF, true);
    const struct btf_image *btf = at.id ? kernel_btf(t, at.object) : NULL;
    const struct btf_type *pointer = btf ? btf_image_type(btf, btf_image_type(btf, at.id)->type) : NULL;
    const struct btf_type *proto = pointer && btf_is_ptr(pointer) ? prototype(btf, pointer->type) : NULL;
    if (!proto) {
        const char *near = kernel_near(t, full, 1U << BTF_KIND_TYPEDEF);
        return near && strncmp(near, "btf_trace_", 10) == 0
                   ? err_set(why, ENOENT, "the kernel's BTF has no raw tracepoint \"%.200s\" (did you mean \"%s\"?)", name, near + 10)
                   : err_set(why, ENOENT, "the kernel's BTF has no raw tracepoint \"%.200s\"", name);
    }
    out->arguments = arguments_of(t, at.object, proto, named_prototype(t, &at, name, proto), 1);
    out->returns = type_none(t);
    out->btf_id = at.id;
    out->btf_fd = kernel_btf_fd(t, at.object);
    return out->arguments ? 0 : err_set(why, ENOMEM, "out of memory");
}
