/* The order of a map's rows. */
#include "trace/print/internal.h"

#include <stdlib.h>
#include <string.h>

enum { COMPARE_DEPTH_MAX = 16 };

struct keyed {
    struct map_row row;
    uint64_t rank; /* of the value */
};

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Signed numbers become unsigned ones in the same order. */
static uint64_t rank_of(uint64_t v, bool is_signed)
{
    return is_signed ? v ^ (uint64_t)1 << 63 : v;
}

static int compare_value(const struct value_type *type, const void *a, const void *b, int depth);

static int compare_members(const struct value_type *type, const char *a, const char *b, int depth)
{
    int order = 0;
    for (uint32_t i = 0; i < type->n_fields && !order; i++) {
        const struct value_field *f = &type->fields[i];
        if (f->offset + (uint64_t)f->type->size > type->size)
            continue;
        order = compare_value(f->type, a + f->offset, b + f->offset, depth + 1);
    }
    return order;
}

static bool is_numeric(const struct value_type *type)
{
    switch (type->kind) {
    case VALUE_INT:
    case VALUE_BOOL:
    case VALUE_POINTER:
    case VALUE_CONTEXT: return true;
    default: return false;
    }
}

/* Numbers by what they are, strings byte by byte, tuples member by member, all else as bytes. */
static int compare_value(const struct value_type *type, const void *a, const void *b, int depth)
{
    if (is_numeric(type))
        return compare_u64(rank_of(number_read(type, a), type->is_signed), rank_of(number_read(type, b), type->is_signed));
    if (depth < COMPARE_DEPTH_MAX && (type->kind == VALUE_TUPLE || type->kind == VALUE_RECORD))
        return compare_members(type, a, b, depth);
    if (type_is_text(type))
        return type->size ? strncmp(a, b, type->size) : 0;
    return memcmp(a, b, type->size);
}

static uint64_t rank(const struct map_print *map, const struct map_row *row)
{
    const struct value_type *type = map->value;
    if (is_numeric(type))
        return rank_of(number_read(type, row->value), type->is_signed);
    if (!type_is_aggregate(type) || type->kind == VALUE_TSERIES)
        return 0;
    struct totals t = total_read(type, row->value, map->cpus);
    return rank_of(total_is_average(type) ? total_average(&t) : t.value, t.is_signed);
}

static int compare_rows(const void *a, const void *b, void *arg)
{
    const struct map_print *map = arg;
    const struct keyed *x = a, *y = b;
    if (x->rank != y->rank)
        return compare_u64(x->rank, y->rank);
    return map->key && x->row.key && y->row.key ? compare_value(map->key, x->row.key, y->row.key, 0) : 0;
}

size_t rows_sort(struct map_print *map)
{
    struct keyed *rows = map->count > 1 ? malloc(map->count * sizeof *rows) : NULL;
    for (size_t i = 0; rows && i < map->count; i++)
        rows[i] = (struct keyed){map->rows[i], rank(map, &map->rows[i])};
    if (rows)
        qsort_r(rows, map->count, sizeof *rows, compare_rows, map);
    for (size_t i = 0; rows && i < map->count; i++)
        map->rows[i] = rows[i].row;
    free(rows); /* without memory the rows stay as they came */
    /* Of stats bpftrace prints all; of tseries top is no number of rows. */
    bool is_cut = map->top && map->key && map->value->kind != VALUE_STATS && map->value->kind != VALUE_TSERIES;
    return is_cut && map->top < map->count ? map->count - (size_t)map->top : 0;
}
