/* The fields of a tracepoint's format file, with their types. Nothing here needs the kernel's BTF: what it alone knows is named, and looked
 * up when a field is looked at (field.c). */
#include "trace/types/format_line.h"
#include "trace/types/inside.h"

#include <string.h>

enum { FIELDS_MAX = 1024 };

/* Takes words that do not change the type out of it, counts the stars and takes them out as well. */
static uint32_t plain_type(char *type)
{
    static const char *const skipped[] = {"const", "volatile", "__user", "__seg_gs", "__seg_fs", "__iomem", "__rcu", "__percpu"};
    char *out = type;
    uint32_t stars = 0;
    for (char *at = type; *at;) {
        char *word = at;
        while (is_name_byte(*at))
            at++;
        size_t n = (size_t)(at - word);
        bool skip = !n;
        for (size_t i = 0; n && i < sizeof skipped / sizeof *skipped; i++)
            skip = skip || (strlen(skipped[i]) == n && memcmp(skipped[i], word, n) == 0);
        if (!skip) {
            if (out > type)
                *out++ = ' ';
            memmove(out, word, n);
            out += n;
        }
        for (; *at && !is_name_byte(*at); at++)
            stars += *at == '*';
    }
    *out = '\0';
    return stars;
}

static bool starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static const struct value_type *whole_int(struct types *t, const struct format_line *f, bool is_signed)
{
    if (f->size == 1 || f->size == 2 || f->size == 4 || f->size == 8)
        return type_int(t, (uint32_t)f->size, is_signed);
    return type_array(t, type_int(t, 1, false), (uint32_t)f->size);
}

/* An enum of the kernel that waits to be looked up. */
static const struct value_type *named_enum(struct types *t, const struct format_line *f)
{
    const char *name = arena_copy(t->arena, f->type, strlen(f->type));
    struct value_type *type = type_new(t, VALUE_INT, (uint32_t)f->size, (uint32_t)f->size);
    if (!type || !name || (f->size != 1 && f->size != 2 && f->size != 4 && f->size != 8))
        return whole_int(t, f, f->is_signed);
    type->name = name;
    type->is_signed = f->is_signed;
    return type;
}

/* What a field holds when it is no array and no pointer. */
static const struct value_type *plain_value(struct types *t, const struct format_line *f, bool of_syscall)
{
    bool is_union = starts(f->type, "union ");
    if (starts(f->type, "enum "))
        return named_enum(t, f);
    if (is_union || starts(f->type, "struct ")) {
        struct value_type *type = named_struct(t, f->type, is_union);
        return type && types_complete(t, type)->size == f->size ? type : type_array(t, type_int(t, 1, false), (uint32_t)f->size);
    }
    const struct value_type *known = words_find(t, f->type);
    if (known && known->kind == VALUE_BOOL && f->size == 1)
        return known;
    bool sign = known && of_syscall ? known->is_signed : f->is_signed; /* a system call's are the names': the record says 0 for all */
    return whole_int(t, f, sign);
}

/* What a pointer or an array is of; a name that only the kernel knows stands for a struct until it is looked at. */
static const struct value_type *element(struct types *t, const char *type)
{
    bool is_union = starts(type, "union ");
    if (is_union || starts(type, "struct "))
        return named_struct(t, type, is_union);
    if (starts(type, "enum "))
        return type_int(t, 4, false);
    const struct value_type *known = words_find(t, type);
    if (known && known->kind == VALUE_INT && known != type_char(t))
        return type_int(t, known->size, known->is_signed);
    return known ? known : *type ? named_struct(t, type, false) : type_none(t);
}

static const struct value_type *array_type(struct types *t, const struct format_line *f, const struct value_type *of)
{
    if (f->is_data_loc)
        return of == type_char(t) ? type_string(t, t->string_size) : type_array(t, of, 0);
    of = types_complete(t, of);
    if (!of || !of->size || f->size % of->size)
        return type_array(t, type_int(t, 1, false), (uint32_t)f->size);
    return type_c_array(t, of, (uint32_t)(f->size / of->size));
}

static const struct value_type *field_type(struct types *t, struct format_line *f, bool of_syscall)
{
    uint32_t stars = plain_type(f->type);
    const struct value_type *type = NULL;
    if ((f->is_data_loc && f->size != 4) || (stars && !f->is_array && !f->is_data_loc && f->size != 8)) { /* not as this kernel writes it */
        f->is_data_loc = f->is_relative = false;
        return whole_int(t, f, f->is_signed);
    }
    if (stars || f->is_array || f->is_data_loc)
        type = element(t, f->type);
    else
        type = plain_value(t, f, of_syscall);
    for (uint32_t i = 0; type && i < stars && i < TYPES_MAX_DEPTH; i++)
        type = type_pointer(t, type, of_syscall ? SPACE_USER : SPACE_KERNEL);
    return f->is_array || f->is_data_loc ? array_type(t, f, type) : type;
}

static const char *declared(struct types *t, const struct format_line *f)
{
    struct text words = {.ceiling = 1024};
    text_addf(&words, "%s%s", f->is_relative ? "__rel_loc " : f->is_data_loc ? "__data_loc " : "", f->type);
    text_adds(&words, f->dimension);
    const char *copy = arena_copy(t->arena, words.bytes, words.length);
    text_free(&words);
    return copy;
}

static bool add_field(struct types *t, struct value_type *args, struct format_line *f, bool of_syscall)
{
    struct value_field field = {.declared = declared(t, f), .offset = (uint32_t)f->offset}; /* before its words are taken apart */
    field.name = arena_copy(t->arena, f->name, strlen(f->name));
    field.type = field_type(t, f, of_syscall);
    field.is_data_loc = f->is_data_loc;
    field.is_relative = f->is_relative;
    if (!field.name || !field.type || !field.declared)
        return false;
    args->fields[args->n_fields++] = field;
    uint32_t end = (uint32_t)(f->offset + f->size);
    args->size = end > args->size ? end : args->size;
    return true;
}

const struct value_type *types_tracepoint_format(struct types *t, const char *category, const char *name, const char *text, size_t length)
{
    struct span rest = span_of(text, length), line;
    struct format_line f;
    uint32_t lines = 0;
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    struct value_type *args = type_new(t, VALUE_STRUCT, 0, 8);
    struct text words = {.ceiling = 1024};
    text_addf(&words, "struct _tracepoint_%s_%s", category, name);
    if (!args || !(args->name = arena_copy(t->arena, words.bytes, words.length)) ||
        !(args->fields = arena_alloc(t->arena, ((lines < FIELDS_MAX ? lines : FIELDS_MAX) + 1U) * sizeof *args->fields)))
        args = NULL;
    text_free(&words);
    bool of_syscall = strcmp(category, "syscalls") == 0;
    while (args && span_line(&rest, &line) && args->n_fields < FIELDS_MAX)
        if (format_read_line(line, &f) && !add_field(t, args, &f, of_syscall))
            return NULL;
    if (!args || !args->n_fields)
        return NULL;
    args->is_complete = true;
    return args;
}
