#include "trace/print/format_inside.h"

#include <string.h>

/* A value of the payload, or NULL when it is not whole. */
static const void *whole(const struct piece *piece, const uint8_t *payload, size_t size)
{
    uint64_t end = (uint64_t)piece->argument.offset + piece->argument.type->size;
    return end <= size ? payload + piece->argument.offset : NULL;
}

/* The number of an argument; 0 when it is not in the payload. */
static uint64_t number_of(const struct piece *piece, const uint8_t *payload, size_t size)
{
    const struct value_type *type = piece->argument.type;
    const void *bytes = whole(piece, payload, size);
    if (!bytes)
        return 0;
    return type->kind == VALUE_BOOL ? *(const uint8_t *)bytes != 0 : number_read(type, bytes);
}

static uint64_t cut(uint64_t v, uint8_t size, bool is_signed)
{
    const struct value_type to = {.kind = VALUE_INT, .size = size, .is_signed = is_signed};
    return number_read(&to, &v);
}

static void fill(struct text *out, char c, size_t n)
{
    char some[64];
    memset(some, c, sizeof some);
    for (; n > sizeof some; n -= sizeof some)
        text_add(out, some, sizeof some);
    text_add(out, some, n);
}

/* The usual numbers, without snprintf: it takes several times as long. */
static void add_digits(const struct piece *piece, uint64_t v, struct text *out)
{
    const char *all = piece->is_upper ? "0123456789ABCDEF" : "0123456789abcdef";
    bool is_negative = piece->kind == CONVERT_SIGNED && (int64_t)v < 0;
    char digits[24];
    size_t at = sizeof digits, width = (size_t)piece->width;
    v = is_negative ? -v : v;
    do
        digits[--at] = all[v % piece->base];
    while (v /= piece->base);
    size_t n = sizeof digits - at + is_negative, missing = n < width ? width - n : 0;
    bool zeros = piece->has_zeros && !piece->is_left;
    if (!zeros && !piece->is_left)
        fill(out, ' ', missing);
    if (is_negative)
        text_addc(out, '-');
    if (zeros)
        fill(out, '0', missing);
    text_add(out, digits + at, sizeof digits - at);
    if (piece->is_left)
        fill(out, ' ', missing);
}

static void add_number(const struct piece *piece, uint64_t v, struct text *out)
{
    v = cut(v, piece->size, piece->kind == CONVERT_SIGNED);
    if (piece->base)
        add_digits(piece, v, out);
    else
        text_addf(out, piece->bytes, (unsigned long long)v);
}

/* Fills what stands behind `before` up with spaces, on its left or right, to the width. */
static void pad(const struct piece *piece, size_t before, struct text *out)
{
    size_t n = out->length - before, width = (size_t)piece->width;
    if (out->full || n >= width)
        return;
    fill(out, ' ', width - n);
    if (piece->is_left || out->full)
        return;
    memmove(out->bytes + before + (width - n), out->bytes + before, n);
    memset(out->bytes + before, ' ', width - n);
}

static void shorten(const struct piece *piece, size_t before, struct text *out)
{
    if (piece->precision < 0 || out->length - before <= (size_t)piece->precision)
        return;
    out->length = before + (size_t)piece->precision;
    out->bytes[out->length] = '\0';
}

/* Strings and buffers end with the payload; of the rest nothing is printed that is not whole. */
static void add_text(const struct piece *piece, const struct print_style *style, const uint8_t *payload, size_t size, struct text *out)
{
    struct print_style text_style = *style;
    struct printer p = {.style = &text_style, .indent = INDENT_VALUE};
    struct value_type type = *piece->argument.type;
    text_style.form = PRINT_TEXT;
    if (whole(piece, payload, size)) {
        value_text(&p, piece->argument.type, payload + piece->argument.offset, out);
        return;
    }
    if ((type.kind != VALUE_STRING && type.kind != VALUE_BUFFER) || piece->argument.offset >= size)
        return;
    type.size = (uint32_t)(size - piece->argument.offset);
    text_style.cut_trailer = NULL;
    value_text(&p, &type, payload + piece->argument.offset, out);
}

static void add_buffer(const struct piece *piece, const uint8_t *payload, size_t size, struct text *out)
{
    struct value_type type = *piece->argument.type;
    if (piece->argument.offset >= size)
        return;
    if (size - piece->argument.offset < type.size)
        type.size = (uint32_t)(size - piece->argument.offset);
    buffer_text(&type, payload + piece->argument.offset, piece->buffer_form, out);
}

static void add_piece(const struct piece *piece, const struct print_style *style, const uint8_t *payload, size_t size, struct text *out)
{
    size_t before = out->length;
    char c = '\0';
    switch (piece->kind) {
    case CONVERT_LITERAL: text_add(out, piece->bytes, piece->length); return;
    case CONVERT_SIGNED:
    case CONVERT_UNSIGNED: add_number(piece, number_of(piece, payload, size), out); return;
    case CONVERT_POINTER: text_addf(out, piece->bytes, (void *)(uintptr_t)number_of(piece, payload, size)); return;
    case CONVERT_CHARACTER:
        c = (char)number_of(piece, payload, size);
        text_add(out, &c, c != '\0'); /* a NUL is left out, as by bpftrace */
        break;
    case CONVERT_TEXT:
        add_text(piece, style, payload, size, out);
        shorten(piece, before, out);
        break;
    case CONVERT_BUFFER: add_buffer(piece, payload, size, out); break;
    case CONVERT_GFP: gfp_text(number_of(piece, payload, size), out); break;
    default: return;
    }
    pad(piece, before, out);
}

void format_print(const struct format *format, const struct print_style *style, const void *payload, size_t size, struct text *out)
{
    size_t before = out->length, ceiling = out->ceiling, most = before + FORMAT_OUTPUT_MAX + 1;
    bool was_full = out->full;
    if (!ceiling || most < ceiling)
        out->ceiling = most;
    for (uint32_t i = 0; i < format->count && out->length - before < FORMAT_OUTPUT_MAX; i++)
        add_piece(&format->pieces[i], style, payload, size, out);
    if (out->length - before > FORMAT_OUTPUT_MAX) { /* there was room already */
        out->length = before + FORMAT_OUTPUT_MAX;
        out->bytes[out->length] = '\0';
    }
    if (out->ceiling != ceiling && !was_full && out->length + 1 < (ceiling ? ceiling : TEXT_CEILING))
        out->full = false; /* it was full for this output alone */
    out->ceiling = ceiling;
}
