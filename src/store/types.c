#include "store/types.h"

#include "table/histogram.h"

static const duckdb_type types[TYPE_COUNT] = {
    [TYPE_BOOL] = DUCKDB_TYPE_BOOLEAN,   [TYPE_I32] = DUCKDB_TYPE_INTEGER,  [TYPE_I64] = DUCKDB_TYPE_BIGINT,
    [TYPE_U16] = DUCKDB_TYPE_USMALLINT,  [TYPE_U32] = DUCKDB_TYPE_UINTEGER, [TYPE_U64] = DUCKDB_TYPE_UBIGINT,
    [TYPE_F64] = DUCKDB_TYPE_DOUBLE,     [TYPE_TEXT] = DUCKDB_TYPE_VARCHAR, [TYPE_TIME] = DUCKDB_TYPE_TIMESTAMP_NS,
    [TYPE_HISTOGRAM] = DUCKDB_TYPE_LIST,
};

duckdb_type types_id(enum column_type type)
{
    return types[type];
}

duckdb_logical_type types_logical(enum column_type type)
{
    if (type != TYPE_HISTOGRAM)
        return duckdb_create_logical_type(types[type]);
    duckdb_logical_type child = duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT), list = duckdb_create_list_type(child);
    duckdb_destroy_logical_type(&child);
    return list;
}

static uint64_t total_counts(const struct batch *b, size_t column)
{
    const uint64_t *counts;
    uint64_t n = 0;
    for (uint32_t row = 0; row < b->rows; row++)
        n += batch_is_valid(b, column, row) ? batch_histogram(b, column, row, &counts) : 0;
    return n;
}

bool types_fill_histograms(duckdb_vector vector, const struct batch *b, size_t column)
{
    uint64_t total = total_counts(b, column), at = 0;
    if (duckdb_list_vector_reserve(vector, total) == DuckDBError || duckdb_list_vector_set_size(vector, total) == DuckDBError)
        return false;
    duckdb_list_entry *entries = duckdb_vector_get_data(vector);
    uint64_t *out = duckdb_vector_get_data(duckdb_list_vector_get_child(vector));
    for (uint32_t row = 0; row < b->rows; row++) {
        const uint64_t *counts = NULL;
        size_t n = batch_is_valid(b, column, row) ? batch_histogram(b, column, row, &counts) : 0;
        entries[row] = (duckdb_list_entry){at, n};
        if (n)
            memcpy(out + at, counts, n * sizeof *out);
        at += n;
    }
    return true;
}
