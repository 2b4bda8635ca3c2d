/* A batch becomes a DuckDB data chunk: fixed-size columns are one memcpy, strings are 16-byte handles into the batch's arena
 * (DuckDB copies them when the chunk is appended), so nothing is allocated for a row. */
#include "inside.h"
#include "store/types.h"

#include <stdlib.h>
#include <string.h>

static duckdb_data_chunk chunk_make(const struct table *t)
{
    duckdb_logical_type types[BATCH_MAX_COLUMNS];
    for (size_t i = 0; i < t->n_columns; i++)
        types[i] = types_logical(t->columns[i].type);
    duckdb_data_chunk chunk = duckdb_create_data_chunk(types, t->n_columns);
    for (size_t i = 0; i < t->n_columns; i++)
        duckdb_destroy_logical_type(&types[i]);
    return chunk;
}

int append_open(struct shelf *shelf, duckdb_connection c, const char *name, struct err *why)
{
    if (duckdb_appender_create(c, "parts", name, &shelf->appender) == DuckDBError) {
        db_words(why, EIO, shelf->appender ? duckdb_appender_error(shelf->appender) : NULL);
        duckdb_appender_destroy(&shelf->appender);
        shelf->appender = NULL;
        return -EIO;
    }
    shelf->chunk = chunk_make(shelf->table);
    if (shelf->chunk)
        return 0;
    append_close(shelf);
    return err_set(why, ENOMEM, "out of memory");
}

void append_close(struct shelf *shelf)
{
    if (shelf->appender)
        duckdb_appender_destroy(&shelf->appender);
    if (shelf->chunk)
        duckdb_destroy_data_chunk(&shelf->chunk);
    shelf->appender = NULL;
    shelf->chunk = NULL;
}

static duckdb_string_t handle_of(struct str v)
{
    duckdb_string_t h;
    memset(&h, 0, sizeof h);
    h.value.inlined.length = v.n;
    if (v.n <= sizeof h.value.inlined.inlined) {
        memcpy(h.value.inlined.inlined, v.p, v.n);
    } else {
        memcpy(h.value.pointer.prefix, v.p, sizeof h.value.pointer.prefix);
        h.value.pointer.ptr = (char *)(uintptr_t)v.p;
    }
    return h;
}

static uint64_t fill_text(duckdb_string_t *out, const struct batch *b, size_t column)
{
    const struct str *in = b->columns[column].text;
    uint64_t bytes = 0;
    for (uint32_t row = 0; row < b->rows; row++) {
        if (!batch_is_valid(b, column, row)) {
            memset(&out[row], 0, sizeof out[row]);
            continue;
        }
        out[row] = handle_of(in[row]);
        bytes += in[row].n;
    }
    return bytes;
}

static void fill_validity(duckdb_vector v, const struct batch *b, size_t column)
{
    size_t words = (b->rows + 63) / 64;
    uint64_t all = ~0ULL;
    for (size_t i = 0; i < words; i++)
        all &= b->valid[column][i] | (i + 1 == words && b->rows % 64 ? ~0ULL << (b->rows % 64) : 0);
    if (all == ~0ULL)
        return; /* no NULL: DuckDB is faster without a mask */
    duckdb_vector_ensure_validity_writable(v);
    memcpy(duckdb_vector_get_validity(v), b->valid[column], words * sizeof(uint64_t));
}

static void note_times(struct shelf *shelf, const struct batch *b)
{
    for (uint32_t row = 0; row < b->rows; row++) {
        int64_t t = batch_is_valid(b, 0, row) ? b->columns[0].i64[row] : 0;
        if (t && (!shelf->pending_oldest_ns || t < shelf->pending_oldest_ns))
            shelf->pending_oldest_ns = t;
        if (t > shelf->pending_newest_ns)
            shelf->pending_newest_ns = t;
    }
}

int append_batch(struct shelf *shelf, const struct batch *b, struct err *why)
{
    uint64_t bytes = 0;
    bool full = false;
    for (size_t i = 0; i < b->table->n_columns; i++) {
        duckdb_vector v = duckdb_data_chunk_get_vector(shelf->chunk, i);
        enum column_type type = b->table->columns[i].type;
        void *data = duckdb_vector_get_data(v);
        bytes += type_size(type) * b->rows;
        if (type == TYPE_TEXT)
            bytes += fill_text(data, b, i);
        else if (type == TYPE_HISTOGRAM)
            full |= !types_fill_histograms(v, b, i);
        else
            memcpy(data, b->columns[i].any, type_size(type) * b->rows);
        fill_validity(v, b, i);
    }
    duckdb_data_chunk_set_size(shelf->chunk, b->rows);
    duckdb_state state = full ? DuckDBError : duckdb_append_data_chunk(shelf->appender, shelf->chunk);
    duckdb_data_chunk_reset(shelf->chunk);
    if (full)
        return err_set(why, ENOMEM, "out of memory");
    if (state == DuckDBError)
        return db_words(why, EIO, duckdb_appender_error(shelf->appender));
    note_times(shelf, b);
    shelf->used = true;
    shelf->pending_rows += b->rows;
    shelf->pending_bytes += bytes;
    return 0;
}

int append_flush(struct shelf *shelf, struct err *why)
{
    if (duckdb_appender_flush(shelf->appender) == DuckDBSuccess)
        return 0;
    return db_words(why, EIO, duckdb_appender_error(shelf->appender));
}
