#include "query/feed.h"

#include "base/text.h"

static const duckdb_type types[TYPE_COUNT] = {
    [TYPE_BOOL] = DUCKDB_TYPE_BOOLEAN,  [TYPE_I32] = DUCKDB_TYPE_INTEGER,  [TYPE_I64] = DUCKDB_TYPE_BIGINT,
    [TYPE_U16] = DUCKDB_TYPE_USMALLINT, [TYPE_U32] = DUCKDB_TYPE_UINTEGER, [TYPE_U64] = DUCKDB_TYPE_UBIGINT,
    [TYPE_F64] = DUCKDB_TYPE_DOUBLE,    [TYPE_TEXT] = DUCKDB_TYPE_VARCHAR, [TYPE_TIME] = DUCKDB_TYPE_TIMESTAMP_NS,
};

duckdb_type feed_type(enum column_type type)
{
    return types[type];
}

static size_t valid_length(struct str s)
{
    size_t at = 0;
    for (size_t k; at < s.n && (k = text_utf8_length(s.p + at, s.n - at)); at += k)
        ;
    return at;
}

/* Bytes outside valid sequences become U+FFFD, as in the store. */
static struct str mend(struct str in, struct arena *arena)
{
    size_t used = 0;
    char *out = arena_alloc(arena, (size_t)in.n * 3 + 1);
    if (!out)
        return (struct str){"", 0};
    for (size_t at = 0; at < in.n;) {
        struct str rest = {in.p + at, (uint32_t)(in.n - at)};
        size_t run = valid_length(rest);
        memcpy(out + used, rest.p, run);
        used += run;
        at += run;
        if (at++ < in.n) {
            memcpy(out + used, "\xef\xbf\xbd", 3);
            used += 3;
        }
    }
    return (struct str){out, (uint32_t)used};
}

static duckdb_string_t handle(struct str s)
{
    duckdb_string_t h = {0};
    h.value.inlined.length = s.n;
    if (s.n <= sizeof h.value.inlined.inlined) {
        memcpy(h.value.inlined.inlined, s.p, s.n);
    } else {
        memcpy(h.value.pointer.prefix, s.p, sizeof h.value.pointer.prefix);
        h.value.pointer.ptr = (char *)(uintptr_t)s.p;
    }
    return h;
}

static void feed_text(duckdb_string_t *out, const struct batch *b, size_t column, struct arena *mended)
{
    for (uint32_t row = 0; row < b->rows; row++) {
        struct str s = batch_is_valid(b, column, row) ? b->columns[column].text[row] : (struct str){"", 0};
        out[row] = handle(valid_length(s) == s.n ? s : mend(s, mended));
    }
}

void feed_column(duckdb_vector vector, const struct batch *b, size_t column, struct arena *mended)
{
    enum column_type type = b->table->columns[column].type;
    void *data = duckdb_vector_get_data(vector);
    if (type == TYPE_TEXT)
        feed_text(data, b, column, mended);
    else
        memcpy(data, b->columns[column].any, type_size(type) * b->rows);
    duckdb_vector_ensure_validity_writable(vector);
    memcpy(duckdb_vector_get_validity(vector), b->valid[column], (b->rows + 63) / 64 * sizeof(uint64_t));
}
