/* A batch becomes a DuckDB data chunk: fixed-size columns are one memcpy, strings are 16-byte handles into the batch's arena
 * (DuckDB copies them when the chunk is appended), so nothing is allocated for a row. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

static const duckdb_type duckdb_types[TYPE_COUNT] = {
    [TYPE_BOOL] = DUCKDB_TYPE_BOOLEAN,  [TYPE_I32] = DUCKDB_TYPE_INTEGER,  [TYPE_I64] = DUCKDB_TYPE_BIGINT,
    [TYPE_U16] = DUCKDB_TYPE_USMALLINT, [TYPE_U32] = DUCKDB_TYPE_UINTEGER, [TYPE_U64] = DUCKDB_TYPE_UBIGINT,
    [TYPE_F64] = DUCKDB_TYPE_DOUBLE,    [TYPE_TEXT] = DUCKDB_TYPE_VARCHAR, [TYPE_TIME] = DUCKDB_TYPE_TIMESTAMP_NS,
};

static duckdb_data_chunk chunk_make(const struct table *t)
{
    duckdb_logical_type types[BATCH_MAX_COLUMNS];
    for (size_t i = 0; i < t->n_columns; i++)
        types[i] = duckdb_create_logical_type(duckdb_types[t->columns[i].type]);
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

static bool is_ascii(const char *p, size_t n)
{
    uint64_t word, seen = 0;
    for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
        memcpy(&word, p, sizeof word);
        seen |= word;
    }
    for (; n; n--)
        seen |= (unsigned char)*p++;
    return !(seen & 0x8080808080808080ULL);
}

static size_t utf8_run(const char *p, size_t n) /* how many bytes from p on are valid */
{
    size_t i = 0;
    for (size_t k; i < n && (k = text_utf8_length(p + i, n - i)); i += k)
        ;
    return i;
}

/* Each byte that is not part of a valid sequence becomes U+FFFD (DuckDB corrupts or rejects anything else). */
static struct str utf8_mend(struct arena *arena, struct str in)
{
    char *out = arena_alloc(arena, (size_t)in.n * 3);
    if (!out)
        return (struct str){"", 0};
    size_t used = 0;
    for (size_t i = 0; i < in.n;) {
        size_t run = utf8_run(in.p + i, in.n - i);
        memcpy(out + used, in.p + i, run);
        used += run;
        i += run;
        if (i < in.n) {
            memcpy(out + used, "\xef\xbf\xbd", 3);
            used += 3;
            i++;
        }
    }
    return (struct str){out, (uint32_t)used};
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

static uint64_t fill_text(duckdb_string_t *out, const struct batch *b, size_t column, struct arena *mended)
{
    const struct str *in = b->columns[column].text;
    uint64_t bytes = 0;
    for (uint32_t row = 0; row < b->rows; row++) {
        if (!batch_is_valid(b, column, row)) {
            memset(&out[row], 0, sizeof out[row]);
            continue;
        }
        struct str v = in[row];
        if (v.n > INT32_MAX / 4)
            v.n = INT32_MAX / 4;
        if (!is_ascii(v.p, v.n) && utf8_run(v.p, v.n) != v.n)
            v = utf8_mend(mended, v);
        out[row] = handle_of(v);
        bytes += v.n;
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
    struct arena mended = {0};
    uint64_t bytes = 0;
    for (size_t i = 0; i < b->table->n_columns; i++) {
        duckdb_vector v = duckdb_data_chunk_get_vector(shelf->chunk, i);
        enum column_type type = b->table->columns[i].type;
        void *data = duckdb_vector_get_data(v);
        bytes += type_size(type) * b->rows;
        if (type == TYPE_TEXT)
            bytes += fill_text(data, b, i, &mended);
        else
            memcpy(data, b->columns[i].any, type_size(type) * b->rows);
        fill_validity(v, b, i);
    }
    duckdb_data_chunk_set_size(shelf->chunk, b->rows);
    duckdb_state state = duckdb_append_data_chunk(shelf->appender, shelf->chunk);
    duckdb_data_chunk_reset(shelf->chunk);
    arena_free(&mended);
    if (state == DuckDBError)
        return db_words(why, EIO, duckdb_appender_error(shelf->appender));
    note_times(shelf, b);
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
