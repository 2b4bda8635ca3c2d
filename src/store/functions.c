#include "store/functions.h"

#include "store/types.h"
#include "table/histogram.h"

#include <math.h>
#include <string.h>

/* ---- arguments ---- */

struct lists { /* a vector of UBIGINT[] */
    const uint64_t *valid;
    const duckdb_list_entry *entries;
    const uint64_t *counts;
};

static struct lists lists_of(duckdb_vector v)
{
    return (struct lists){duckdb_vector_get_validity(v), duckdb_vector_get_data(v),
                          duckdb_vector_get_data(duckdb_list_vector_get_child(v))};
}

static bool is_valid(const uint64_t *valid, idx_t row)
{
    return !valid || (valid[row >> 6] >> (row & 63) & 1);
}

/* More buckets than there are come only from lists that are no histograms. */
static const uint64_t *list_at(const struct lists *l, idx_t row, size_t *n)
{
    *n = l->entries[row].length < HISTOGRAM_BUCKETS ? l->entries[row].length : HISTOGRAM_BUCKETS;
    return l->counts + l->entries[row].offset;
}

static void set_null(duckdb_vector v, idx_t row)
{
    duckdb_vector_ensure_validity_writable(v);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(v), row);
}

/* ---- scalars ---- */

static void count_rows(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
    (void)info;
    struct lists h = lists_of(duckdb_data_chunk_get_vector(input, 0));
    uint64_t *out = duckdb_vector_get_data(output);
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); row++) {
        size_t n = 0;
        out[row] = 0;
        if (!is_valid(h.valid, row)) {
            set_null(output, row);
            continue;
        }
        const uint64_t *counts = list_at(&h, row, &n);
        for (size_t i = 0; i < n; i++)
            out[row] += counts[i];
    }
}

static void quantile_rows(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
    (void)info;
    struct lists h = lists_of(duckdb_data_chunk_get_vector(input, 0));
    duckdb_vector shares = duckdb_data_chunk_get_vector(input, 1);
    const uint64_t *valid = duckdb_vector_get_validity(shares);
    const double *q = duckdb_vector_get_data(shares);
    double *out = duckdb_vector_get_data(output);
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); row++) {
        size_t n = 0;
        const uint64_t *counts = is_valid(h.valid, row) ? list_at(&h, row, &n) : NULL;
        out[row] = counts && is_valid(valid, row) ? histogram_quantile(counts, n, q[row]) : NAN;
        if (isnan(out[row]))
            set_null(output, row);
    }
}

/* Appends n values to a vector of lists as the row's list. */
static bool put_list(duckdb_vector v, idx_t row, const uint64_t *values, size_t n)
{
    idx_t at = duckdb_list_vector_get_size(v);
    if (duckdb_list_vector_reserve(v, at + n) == DuckDBError || duckdb_list_vector_set_size(v, at + n) == DuckDBError)
        return false;
    ((duckdb_list_entry *)duckdb_vector_get_data(v))[row] = (duckdb_list_entry){at, n};
    if (n)
        memcpy((uint64_t *)duckdb_vector_get_data(duckdb_list_vector_get_child(v)) + at, values, n * sizeof *values);
    return true;
}

static void bounds_rows(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
    struct lists h = lists_of(duckdb_data_chunk_get_vector(input, 0));
    uint64_t bounds[HISTOGRAM_BUCKETS];
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        bounds[i] = histogram_lower(i);
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); row++) {
        size_t n = 0;
        if (is_valid(h.valid, row))
            list_at(&h, row, &n);
        if (!put_list(output, row, bounds, n))
            duckdb_scalar_function_set_error(info, "out of memory");
        if (!is_valid(h.valid, row))
            set_null(output, row);
    }
}

/* ---- the aggregate ---- */

struct sum {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t rows;
};

static idx_t sum_size(duckdb_function_info info)
{
    (void)info;
    return sizeof(struct sum);
}

static void sum_init(duckdb_function_info info, duckdb_aggregate_state state)
{
    (void)info;
    memset(state, 0, sizeof(struct sum));
}

static void sum_update(duckdb_function_info info, duckdb_data_chunk input, duckdb_aggregate_state *states)
{
    (void)info;
    struct lists h = lists_of(duckdb_data_chunk_get_vector(input, 0));
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(input); row++) {
        struct sum *s = (struct sum *)states[row];
        size_t n;
        if (!is_valid(h.valid, row))
            continue;
        const uint64_t *counts = list_at(&h, row, &n);
        s->rows++;
        for (size_t i = 0; i < n; i++)
            s->counts[i] += counts[i];
    }
}

static void sum_combine(duckdb_function_info info, duckdb_aggregate_state *source, duckdb_aggregate_state *target, idx_t count)
{
    (void)info;
    for (idx_t k = 0; k < count; k++) {
        const struct sum *from = (const struct sum *)source[k];
        struct sum *to = (struct sum *)target[k];
        to->rows += from->rows;
        for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
            to->counts[i] += from->counts[i];
    }
}

static void sum_finish(duckdb_function_info info, duckdb_aggregate_state *source, duckdb_vector result, idx_t count, idx_t offset)
{
    for (idx_t k = 0; k < count; k++) {
        const struct sum *s = (const struct sum *)source[k];
        size_t n = HISTOGRAM_BUCKETS;
        while (n && !s->counts[n - 1])
            n--;
        if (!put_list(result, offset + k, s->counts, n))
            duckdb_aggregate_function_set_error(info, "out of memory");
        if (!s->rows)
            set_null(result, offset + k);
    }
}

/* ---- registration ---- */

static bool register_sum(duckdb_connection c, duckdb_logical_type list)
{
    duckdb_aggregate_function f = duckdb_create_aggregate_function();
    duckdb_aggregate_function_set_name(f, "histogram_sum");
    duckdb_aggregate_function_add_parameter(f, list);
    duckdb_aggregate_function_set_return_type(f, list);
    duckdb_aggregate_function_set_functions(f, sum_size, sum_init, sum_update, sum_combine, sum_finish);
    duckdb_state state = duckdb_register_aggregate_function(c, f);
    duckdb_destroy_aggregate_function(&f);
    return state == DuckDBSuccess;
}

static bool register_scalar(duckdb_connection c, const char *name, duckdb_scalar_function_t body, duckdb_logical_type list, bool share,
                            duckdb_logical_type result)
{
    duckdb_scalar_function f = duckdb_create_scalar_function();
    duckdb_logical_type real = duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE);
    duckdb_scalar_function_set_name(f, name);
    duckdb_scalar_function_add_parameter(f, list);
    if (share)
        duckdb_scalar_function_add_parameter(f, real);
    duckdb_scalar_function_set_return_type(f, result);
    duckdb_scalar_function_set_function(f, body);
    duckdb_scalar_function_set_special_handling(f); /* NULL is ours to answer */
    duckdb_state state = duckdb_register_scalar_function(c, f);
    duckdb_destroy_logical_type(&real);
    duckdb_destroy_scalar_function(&f);
    return state == DuckDBSuccess;
}

int functions_register(duckdb_connection c, struct err *why)
{
    duckdb_logical_type list = types_logical(TYPE_HISTOGRAM), count = duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT),
                        real = duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE);
    bool ok = register_sum(c, list) && register_scalar(c, "histogram_count", count_rows, list, false, count) &&
              register_scalar(c, "histogram_quantile", quantile_rows, list, true, real) &&
              register_scalar(c, "histogram_bounds", bounds_rows, list, false, list);
    duckdb_destroy_logical_type(&list);
    duckdb_destroy_logical_type(&count);
    duckdb_destroy_logical_type(&real);
    return ok ? 0 : err_set(why, EIO, "DuckDB does not take the functions over histograms");
}
