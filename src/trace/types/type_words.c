#include "trace/types/inside.h"

/* Kinds whose name says all. */
static const char *const kind_names[VALUE_KINDS] = {
    [VALUE_NONE] = "void",
    [VALUE_INT] = "int",
    [VALUE_BOOL] = "bool",
    [VALUE_STRING] = "string",
    [VALUE_BUFFER] = "buffer",
    [VALUE_FUNCTION] = "func",
    [VALUE_COUNT] = "count_t",
    [VALUE_SUM] = "sum_t",
    [VALUE_MIN] = "min_t",
    [VALUE_MAX] = "max_t",
    [VALUE_AVG] = "avg_t",
    [VALUE_STATS] = "stats_t",
    [VALUE_HIST] = "hist_t",
    [VALUE_LHIST] = "lhist_t",
    [VALUE_TSERIES] = "tseries_t",
    [VALUE_KSTACK] = "kstack",
    [VALUE_USTACK] = "ustack",
    [VALUE_KSYM] = "ksym_t",
    [VALUE_USYM] = "usym_t",
    [VALUE_INET] = "inet",
    [VALUE_MAC] = "mac_address",
    [VALUE_USERNAME] = "username",
    [VALUE_PROBE_NAME] = "probe",
    [VALUE_TIMESTAMP] = "timestamp",
    [VALUE_STRERROR] = "strerror_t",
    [VALUE_SIGNAL_NAME] = "signal_name",
    [VALUE_SYSCALL_NAME] = "syscall_name",
    [VALUE_CGROUP_PATH] = "cgroup_path_t",
    [VALUE_STACK_MODE] = "stack_mode",
    [VALUE_CONTEXT] = "ctx",
};

static void print_nested(const struct value_type *type, struct text *out, int depth);

static void print_int(const struct value_type *type, struct text *out)
{
    if (type->enumeration || (type->name && !type->is_complete))
        text_adds(out, type->name ? type->name : "enum");
    else
        text_addf(out, "%sint%u", type->is_signed ? "" : "u", type->size * 8);
}

static void print_members(const struct value_type *type, struct text *out, int depth)
{
    text_addc(out, '(');
    for (uint32_t i = 0; i < type->n_fields; i++) {
        if (i)
            text_addc(out, ',');
        if (type->kind == VALUE_RECORD)
            text_addf(out, "%s:", type->fields[i].name);
        print_nested(type->fields[i].type, out, depth);
    }
    text_addc(out, ')');
}

static void print_pointer(const struct value_type *type, struct text *out, int depth)
{
    print_nested(type->of, out, depth);
    text_adds(out, type->of && type->of->kind == VALUE_POINTER ? "*" : " *");
}

/* int32[2][3] is two arrays of three: the outer number stands first. */
static void print_array(const struct value_type *type, struct text *out, int depth)
{
    const struct value_type *of = type;
    while (of && of->kind == VALUE_ARRAY)
        of = of->of;
    print_nested(of, out, depth);
    for (; type && type->kind == VALUE_ARRAY; type = type->of)
        text_addf(out, "[%u]", type->count);
}

static void print_nested(const struct value_type *type, struct text *out, int depth)
{
    if (!type || depth > TYPES_MAX_DEPTH) {
        text_adds(out, "void");
        return;
    }
    switch (type->kind) {
    case VALUE_INT: print_int(type, out); break;
    case VALUE_STRING: text_addf(out, "string[%u]", type->size); break;
    case VALUE_BUFFER: text_addf(out, "buffer[%u]", type->size - 4); break;
    case VALUE_POINTER: print_pointer(type, out, depth + 1); break;
    case VALUE_STRUCT: text_adds(out, type->name ? type->name : type->is_union ? "union <anonymous>" : "struct <anonymous>"); break;
    case VALUE_ARRAY: print_array(type, out, depth + 1); break;
    case VALUE_TUPLE:
    case VALUE_RECORD: print_members(type, out, depth + 1); break;
    default: text_adds(out, type->kind < VALUE_KINDS && kind_names[type->kind] ? kind_names[type->kind] : "void"); break;
    }
}

void type_print(const struct value_type *type, struct text *out)
{
    print_nested(type, out, 0);
}

const char *type_words(struct types *t, const struct value_type *type)
{
    struct text words = {.ceiling = 4096};
    type_print(type, &words);
    const char *copy = arena_copy(t->arena, words.bytes, words.length);
    text_free(&words);
    return copy ? copy : "";
}
