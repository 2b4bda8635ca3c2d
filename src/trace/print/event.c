#include "trace/print/print.h"

#include <string.h>

void print_event(const struct print_style *style, const char *type, const char *bytes, size_t n, struct text *out)
{
    if (style->form != PRINT_JSON) {
        text_add(out, bytes, n);
        return;
    }
    text_adds(out, "{\"type\": ");
    text_add_json(out, type, strlen(type));
    text_adds(out, ", \"data\": ");
    text_add_json(out, bytes, n);
    text_adds(out, "}\n");
}

void print_value_event(const struct print_style *style, const struct value_type *type, const void *bytes, struct text *out)
{
    bool is_json = style->form == PRINT_JSON;
    if (is_json)
        text_adds(out, "{\"type\": \"value\", \"data\": ");
    print_value(style, type, bytes, out);
    text_adds(out, is_json ? "}\n" : "\n");
}
