#include "trace/print/internal.h"

#include <string.h>

static bool is_bars(const struct value_type *type) /* of more than one line, with an empty one behind */
{
    return type->kind == VALUE_HIST || type->kind == VALUE_LHIST || type->kind == VALUE_TSERIES;
}

static const char *type_of_event(const struct value_type *type)
{
    if (type->kind == VALUE_TSERIES)
        return "tseries";
    if (is_bars(type))
        return "hist";
    return total_is_average(type) ? "stats" : "map";
}

static void aggregate(struct printer *p, const struct map_print *map, const struct map_row *row, struct text *out)
{
    struct totals t = total_read(map->value, row->value, map->cpus);
    if (map->value->kind == VALUE_STATS) { /* bpftrace divides none of its three numbers */
        value_stats(p, &t, out);
        return;
    }
    uint64_t v = total_is_average(map->value) ? total_average(&t) : t.value;
    number_add(out, number_divide(v, t.is_signed, map->divisor), t.is_signed);
}

static uint64_t newest(const struct map_print *map)
{
    uint64_t last = map->now_epoch;
    for (size_t i = 0; i < map->count && !map->now_epoch; i++) {
        uint64_t epoch = tseries_newest(map->value, map->rows[i].value, map->cpus);
        last = epoch > last ? epoch : last;
    }
    return last;
}

static void value(struct printer *p, const struct map_print *map, const struct map_row *row, uint64_t last, struct text *out)
{
    const struct value_type *type = map->value;
    struct tseries_view view = {last, (int64_t)map->top, (int64_t)map->divisor, p->style->boot_to_utc_ns};
    if (type->kind == VALUE_TSERIES)
        tseries_print(p->style, &view, type, row->value, map->cpus, out);
    else if (is_bars(type))
        hist_print(p->style, type, row->value, map->cpus, map->divisor, out);
    else if (type_is_aggregate(type))
        aggregate(p, map, row, out);
    else if (type->kind == VALUE_INT && map->divisor > 1)
        number_add(out, number_divide(number_read(type, row->value), type->is_signed, map->divisor), type->is_signed);
    else if (p->style->form == PRINT_JSON)
        value_json(p, type, row->value, out);
    else
        value_text(p, type, row->value, out);
}

static void print_text(struct printer *p, const struct map_print *map, size_t from, struct text *out)
{
    uint64_t last = map->value->kind == VALUE_TSERIES ? newest(map) : 0;
    if (!map->count)
        text_addc(out, '\n');
    for (size_t i = from; i < map->count; i++) {
        const struct map_row *row = &map->rows[i];
        text_adds(out, map->name);
        if (map->key && row->key) {
            text_addc(out, '[');
            value_key(p, map->key, row->key, out);
            text_addc(out, ']');
        }
        text_adds(out, map->value->kind == VALUE_TSERIES ? ":\n" : is_bars(map->value) ? ": \n" : ": ");
        value(p, map, row, last, out);
        text_addc(out, '\n');
    }
    if (total_is_average(map->value))
        text_addc(out, '\n');
}

static void key_json(struct printer *p, const struct map_print *map, const struct map_row *row, struct text *out)
{
    struct text key = {.ceiling = FORMAT_OUTPUT_MAX};
    if (row->key)
        value_key(p, map->key, row->key, &key);
    text_add_json(out, key.bytes ? key.bytes : "", key.length);
    text_adds(out, ": ");
    text_free(&key);
}

static void print_json(struct printer *p, const struct map_print *map, size_t from, struct text *out)
{
    if (!map->count)
        return;
    uint64_t last = map->value->kind == VALUE_TSERIES ? newest(map) : 0;
    text_addf(out, "{\"type\": \"%s\", \"data\": {", type_of_event(map->value));
    text_add_json(out, map->name, strlen(map->name));
    text_adds(out, map->key ? ": {" : ": ");
    for (size_t i = from; i < map->count && (map->key || i == from); i++) {
        if (i > from)
            text_adds(out, ", ");
        if (map->key)
            key_json(p, map, &map->rows[i], out);
        value(p, map, &map->rows[i], last, out);
    }
    text_adds(out, map->key ? "}}}\n" : "}}\n");
}

void print_map(const struct print_style *style, struct map_print *map, struct text *out)
{
    struct printer p = {.style = style, .indent = INDENT_MAP};
    size_t from = rows_sort(map);
    if (style->form == PRINT_JSON)
        print_json(&p, map, from, out);
    else
        print_text(&p, map, from, out);
}
