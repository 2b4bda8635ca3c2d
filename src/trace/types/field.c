#include "base/names.h"
#include "trace/types/inside.h"

#include <string.h>

const struct value_type *types_complete(struct types *t, const struct value_type *type)
{
    if (!type || type->is_complete)
        return type;
    const struct value_type *read = tracepoint_read(t, type);
    if (read)
        return read;
    if (!type->btf_id && type->name) { /* known by name: the kernel's type of that name becomes this one */
        const struct value_type *found = types_find(t, type->name);
        if (found && found != type)
            return types_complete(t, found);
    }
    if (type->kind == VALUE_STRUCT && type->btf_id)
        btf_complete(t, (struct value_type *)type);
    return type;
}

/* What a tracepoint's format only names becomes the kernel's type when somebody looks at it. */
static void resolve(struct types *t, struct value_field *field)
{
    const struct value_type *type = field->type;
    if (type->kind == VALUE_INT && !type->is_complete) {
        const struct value_type *found = types_complete(t, type);
        field->type =
            found->is_complete && found->kind == VALUE_INT && found->size == type->size ? found : type_int(t, type->size, type->is_signed);
    }
    if (type->kind == VALUE_POINTER && type->of->kind == VALUE_STRUCT && !type->of->is_complete && !type->of->btf_id) {
        const struct value_type *found = types_complete(t, type->of);
        if (found && found != type->of)
            field->type = type_pointer(t, found, type->space);
    }
}

static const struct value_type *complete_all(struct types *t, const struct value_type *type, uint32_t depth)
{
    type = types_complete(t, type);
    if (!type || type->is_whole || depth == TYPES_MAX_DEPTH)
        return type;
    if (type->kind == VALUE_STRUCT)
        ((struct value_type *)type)->is_whole = true;
    if (type->kind == VALUE_ARRAY)
        complete_all(t, type->of, depth + 1);
    for (uint32_t i = 0; type->kind == VALUE_STRUCT && i < type->n_fields; i++) {
        resolve(t, &type->fields[i]);
        complete_all(t, type->fields[i].type, depth + 1);
    }
    return type;
}

const struct value_type *types_complete_all(struct types *t, const struct value_type *type)
{
    return complete_all(t, type, 0);
}

const struct value_field *type_field(struct types *t, const struct value_type *type, const char *name)
{
    type = types_complete(t, type);
    for (uint32_t i = 0; type && i < type->n_fields; i++)
        if (strcmp(type->fields[i].name, name) == 0) {
            resolve(t, &type->fields[i]);
            return &type->fields[i];
        }
    return NULL;
}

static const char *field_at(const void *arg, size_t i)
{
    const struct value_type *type = arg;
    return i < type->n_fields ? type->fields[i].name : NULL;
}

const char *type_near_field(struct types *t, const struct value_type *type, const char *name)
{
    type = types_complete(t, type);
    return type ? names_nearest((struct names){field_at, type}, name) : NULL;
}
