#include "trace/front/source.h"
#include "trace/print/print.h"
#include "trace/types/find.h"
__attribute__((weak)) void types_define(struct types *t, const struct script *script, struct complaints *c)
{
    (void)t;
    (void)script;
    (void)c;
}
__attribute__((weak)) const struct value_type *types_named(struct types *t, const struct type_name *name, enum space space,
                                                           struct complaints *c)
{
    (void)t;
    (void)name;
    (void)space;
    (void)c;
    return 0;
}
__attribute__((weak)) struct format *format_parse(struct complaints *c, struct place place, const char *text, size_t length,
                                                  const struct format_argument *arguments, size_t n_arguments)
{
    (void)c;
    (void)place;
    (void)text;
    (void)length;
    (void)arguments;
    (void)n_arguments;
    return 0;
}
__attribute__((weak)) void format_print(const struct format *format, const struct print_style *style, const void *payload, size_t size,
                                        struct text *out)
{
    (void)format;
    (void)style;
    (void)payload;
    (void)size;
    (void)out;
}
