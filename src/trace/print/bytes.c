#include "trace/print/internal.h"

#include <string.h>

bool type_is_text(const struct value_type *type)
{
    if (type->kind == VALUE_STRING)
        return true;
    const struct value_type *of = type->of;
    return type->kind == VALUE_ARRAY && of && of->kind == VALUE_INT && of->size == 1 && of->name && strcmp(of->name, "char") == 0;
}

void string_text(const struct print_style *style, const struct value_type *type, const void *bytes, struct text *out)
{
    size_t n = type->size ? strnlen(bytes, type->size) : 0;
    text_add(out, bytes, n);
    if (style->cut_trailer && type->kind == VALUE_STRING && type->size == style->cut_size && n + 1 >= type->size)
        text_adds(out, style->cut_trailer);
}

static void add_byte(uint8_t c, enum buffer_form form, struct text *out)
{
    if (form == BUFFER_MIXED && c >= 0x20 && c <= 0x7e)
        text_addc(out, (char)c);
    else
        text_addf(out, form == BUFFER_HEX ? "%02x" : "\\x%02x", c);
}

void buffer_text(const struct value_type *type, const void *bytes, enum buffer_form form, struct text *out)
{
    uint32_t n;
    if (type->size < sizeof n)
        return;
    memcpy(&n, bytes, sizeof n);
    if (n > type->size - sizeof n)
        n = type->size - (uint32_t)sizeof n;
    const uint8_t *p = (const uint8_t *)bytes + sizeof n;
    for (uint32_t i = 0; i < n; i++) {
        if (i && form == BUFFER_HEX)
            text_addc(out, ' ');
        add_byte(p[i], form, out);
    }
}
