#include "query/feed.h"

#include "store/types.h"

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

static void feed_text(duckdb_string_t *out, const struct batch *b, size_t column)
{
    for (uint32_t row = 0; row < b->rows; row++) {
        struct str s = batch_is_valid(b, column, row) ? b->columns[column].text[row] : (struct str){"", 0};
        out[row] = handle(s);
    }
}

void feed_column(duckdb_vector vector, const struct batch *b, size_t column)
{
    enum column_type type = b->table->columns[column].type;
    void *data = duckdb_vector_get_data(vector);
    if (type == TYPE_TEXT)
        feed_text(data, b, column);
    else if (type == TYPE_HISTOGRAM)
        types_fill_histograms(vector, b, column);
    else
        memcpy(data, b->columns[column].any, type_size(type) * b->rows);
    duckdb_vector_ensure_validity_writable(vector);
    memcpy(duckdb_vector_get_validity(vector), b->valid[column], (b->rows + 63) / 64 * sizeof(uint64_t));
}
