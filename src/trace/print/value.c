#include "trace/print/internal.h"

#include <string.h>

static bool is_members(const struct value_type *type)
{
    return type->kind == VALUE_STRUCT || type->kind == VALUE_TUPLE || type->kind == VALUE_RECORD;
}

/* Bytes of the type that a field takes up. */
static uint64_t field_bytes(const struct value_field *f)
{
    if (f->is_data_loc)
        return 4;
    return f->bit_size ? ((uint64_t)f->bit_offset + f->bit_size + 7) / 8 : f->type->size;
}

static void int_text(const struct printer *p, const struct value_type *type, uint64_t v, struct text *out)
{
    const char *name = p->is_json_key ? NULL : number_enumerator(type, v);
    if (name)
        text_adds(out, name);
    else
        number_add(out, v, type->is_signed);
}

static void field_value(struct printer *p, const struct value_field *f, const void *bytes, struct text *out)
{
    static const struct value_type location = {.kind = VALUE_INT, .size = 4};
    const struct value_type *type = f->is_data_loc ? &location : f->type;
    if (p->style->form == PRINT_JSON)
        value_json(p, type, bytes, out);
    else
        value_text(p, type, bytes, out);
}

static void field_print(struct printer *p, const struct value_type *type, const struct value_field *f, const void *bytes, struct text *out)
{
    bool is_json = p->style->form == PRINT_JSON;
    const char *at = (const char *)bytes + f->offset;
    if (f->offset + field_bytes(f) > type->size)
        text_adds(out, is_json ? "null" : "?");
    else if (!f->bit_size || !type_is_number(f->type))
        field_value(p, f, at, out);
    else if (is_json)
        number_add(out, number_field(f, at), f->type->is_signed);
    else
        int_text(p, f->type, number_field(f, at), out);
}

/* (1, ab) and { .a = 1, .b = ab }; [1,"ab"] and {"a": 1, "b": "ab"} */
static void members_print(struct printer *p, const struct value_type *type, const void *bytes, struct text *out)
{
    bool is_json = p->style->form == PRINT_JSON, is_tuple = type->kind == VALUE_TUPLE;
    text_adds(out, is_json ? (is_tuple ? "[" : "{") : is_tuple ? "(" : "{ ");
    for (uint32_t i = 0; i < type->n_fields; i++) {
        const struct value_field *f = &type->fields[i];
        if (i)
            text_adds(out, is_json && is_tuple ? "," : ", ");
        if (!is_tuple && is_json) {
            text_add_json(out, f->name, strlen(f->name));
            text_adds(out, ": ");
        } else if (!is_tuple) {
            text_addf(out, ".%s = ", f->name);
        }
        field_print(p, type, f, bytes, out);
    }
    if (is_tuple && !is_json && type->n_fields == 1)
        text_addc(out, ',');
    text_adds(out, is_json ? (is_tuple ? "]" : "}") : is_tuple ? ")" : " }");
}

static void array_print(struct printer *p, const struct value_type *type, const void *bytes, struct text *out)
{
    const struct value_type *of = type->of;
    text_addc(out, '[');
    for (uint32_t i = 0; of && i < type->count && (uint64_t)(i + 1) * of->size <= type->size; i++) {
        if (i)
            text_addc(out, ',');
        const char *at = (const char *)bytes + (size_t)i * of->size;
        if (p->style->form == PRINT_JSON)
            value_json(p, of, at, out);
        else
            value_text(p, of, at, out);
    }
    text_addc(out, ']');
}

void value_stats(struct printer *p, const struct totals *t, struct text *out)
{
    bool is_json = p->style->form == PRINT_JSON;
    text_adds(out, is_json ? "{\"count\": " : "count ");
    text_add_u64(out, t->count);
    text_adds(out, is_json ? ", \"average\": " : ", average ");
    number_add(out, total_average(t), t->is_signed);
    text_adds(out, is_json ? ", \"total\": " : ", total ");
    number_add(out, t->value, t->is_signed);
    text_adds(out, is_json ? "}" : "");
}

static void aggregate_print(struct printer *p, const struct value_type *type, const void *bytes, struct text *out)
{
    const struct tseries_view view = {.boot_to_utc_ns = p->style->boot_to_utc_ns};
    if (type->kind == VALUE_TSERIES) {
        tseries_print(p->style, &view, type, bytes, 1, out);
        return;
    }
    if (type->kind == VALUE_HIST || type->kind == VALUE_LHIST) {
        hist_print(p->style, type, bytes, 1, 0, out);
        return;
    }
    struct totals t = total_read(type, bytes, 1);
    if (type->kind == VALUE_STATS)
        value_stats(p, &t, out);
    else
        number_add(out, total_is_average(type) ? total_average(&t) : t.value, t.is_signed);
}

static bool is_too_deep(struct printer *p, struct text *out)
{
    if (p->depth < VALUE_DEPTH_MAX)
        return false;
    text_adds(out, p->style->form == PRINT_JSON ? "null" : "...");
    return true;
}

void value_text(struct printer *p, const struct value_type *type, const void *bytes, struct text *out)
{
    if (is_too_deep(p, out))
        return;
    p->depth++;
    if (type_is_text(type))
        string_text(p->style, type, bytes, out);
    else if (is_members(type))
        members_print(p, type, bytes, out);
    else if (type_is_aggregate(type))
        aggregate_print(p, type, bytes, out);
    else if (type->kind == VALUE_ARRAY)
        array_print(p, type, bytes, out);
    else if (type->kind == VALUE_BUFFER)
        buffer_text(type, bytes, BUFFER_MIXED, out);
    else if (type->kind == VALUE_BOOL)
        text_adds(out, *(const uint8_t *)bytes ? "true" : "false");
    else if (type->kind == VALUE_INT)
        int_text(p, type, number_read(type, bytes), out);
    else if (type->kind == VALUE_POINTER || type->kind == VALUE_CONTEXT)
        text_addf(out, p->is_json_key ? "%llu" : "0x%llx", (unsigned long long)number_read(type, bytes));
    else
        name_text(p, type, bytes, out);
    p->depth--;
}

/* What is text becomes a JSON string: it is first written as text behind what is there already, then quoted in its place. */
static void quoted(struct printer *p, const struct value_type *type, const void *bytes, struct text *out)
{
    struct text t = {.ceiling = FORMAT_OUTPUT_MAX};
    struct print_style text_style = *p->style;
    struct printer inner = {.style = &text_style, .indent = p->indent, .depth = p->depth};
    text_style.form = PRINT_TEXT;
    value_text(&inner, type, bytes, &t);
    text_add_json(out, t.bytes ? t.bytes : "", t.length);
    text_free(&t);
}

/* Pointers and enums are numbers here, for programs that read them. */
void value_json(struct printer *p, const struct value_type *type, const void *bytes, struct text *out)
{
    if (is_too_deep(p, out))
        return;
    p->depth++;
    if (is_members(type))
        members_print(p, type, bytes, out);
    else if (type_is_aggregate(type))
        aggregate_print(p, type, bytes, out);
    else if (type->kind == VALUE_ARRAY && !type_is_text(type))
        array_print(p, type, bytes, out);
    else if (type->kind == VALUE_BOOL)
        text_adds(out, *(const uint8_t *)bytes ? "true" : "false");
    else if (type->kind == VALUE_INT)
        number_add(out, number_read(type, bytes), type->is_signed);
    else if (type->kind == VALUE_POINTER || type->kind == VALUE_CONTEXT)
        text_add_u64(out, number_read(type, bytes));
    else if (type->kind == VALUE_NONE || type->kind == VALUE_FUNCTION)
        text_adds(out, "null");
    else
        quoted(p, type, bytes, out);
    p->depth--;
}

/* Several keys are a tuple without its parentheses: "1, ab" in text, "1,ab" in JSON, where all is one string; enums and pointers are
 * numbers there as everywhere in JSON. */
void value_key(struct printer *p, const struct value_type *type, const void *bytes, struct text *out)
{
    bool is_json = p->style->form == PRINT_JSON;
    struct print_style text_style = *p->style;
    struct printer inner = {.style = &text_style, .indent = p->indent, .depth = p->depth + 1, .is_json_key = is_json};
    text_style.form = PRINT_TEXT;
    if (type->kind != VALUE_TUPLE) {
        value_text(&inner, type, bytes, out);
        return;
    }
    for (uint32_t i = 0; i < type->n_fields; i++) {
        if (i)
            text_adds(out, is_json ? "," : ", ");
        field_print(&inner, type, &type->fields[i], bytes, out);
    }
}

void print_value(const struct print_style *style, const struct value_type *type, const void *bytes, struct text *out)
{
    struct printer p = {.style = style, .indent = INDENT_VALUE};
    if (style->form == PRINT_JSON)
        value_json(&p, type, bytes, out);
    else
        value_text(&p, type, bytes, out);
}
