/* What is wrong with a format string, in words. */
#include "base/arena.h"
#include "trace/print/format_inside.h"

#include "trace/front/source.h"

static const char *words_of(struct arena *arena, const struct value_type *type)
{
    struct text t = {0};
    type_print(type, &t);
    const char *words = t.bytes ? arena_copy(arena, t.bytes, t.length) : NULL;
    text_free(&t);
    return words ? words : "another type";
}

static const char *fitting(const struct value_type *type) /* the conversion for a type */
{
    if (type->kind == VALUE_BUFFER)
        return "%r";
    if (type->kind == VALUE_POINTER)
        return "%p";
    return type->kind == VALUE_INT ? (type->is_signed ? "%d" : "%u") : NULL;
}

static void mismatch(struct complaints *c, struct place place, const struct format_fault *fault)
{
    const struct value_type *type = fault->piece->argument.type;
    const char *hint = fitting(type);
    complain(c, place, "%s specifier expects a value of type %s (argument %zu is %s)", fault->piece->words, format_expects(fault->piece),
             fault->argument, words_of(c->arena, type));
    if (hint)
        complain_hint(c, "%s prints it", hint);
    else if (fault->piece->kind != CONVERT_TEXT && type->kind != VALUE_NONE && !type_is_aggregate(type))
        complain_hint(c, "%%s prints it");
}

struct format *format_parse(struct complaints *c, struct place place, const char *text, size_t length,
                            const struct format_argument *arguments, size_t n_arguments)
{
    struct format_fault fault;
    struct format *format = format_read(c->arena, text, length, arguments, n_arguments, &fault);
    switch (fault.kind) {
    case FAULT_NONE: break;
    case FAULT_MEMORY: complain(c, place, "out of memory for the format string"); break;
    case FAULT_TOO_FEW:
    case FAULT_TOO_MANY:
        complain(c, place, "%s arguments for format string (%zu supplied, %zu expected)",
                 fault.kind == FAULT_TOO_FEW ? "Not enough" : "Too many", n_arguments, fault.expected);
        break;
    case FAULT_WIDTH:
        complain(c, place, "width or precision of the conversion for argument %zu is above %d", fault.argument, FORMAT_WIDTH_MAX);
        break;
    case FAULT_TYPE: mismatch(c, place, &fault); break;
    }
    return format;
}
