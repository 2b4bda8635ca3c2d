/* Any bytes as a declaration, and the rest of them as rows of that table (or of one with every type): what is taken keeps the rules of
 * tables, is described and read again as the same, and a row that is refused leaves nothing behind. */
#include "base/text.h"
#include "table/declare.h"
#include "table/describe.h"
#include "table/histogram.h"
#include "table/row_json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1000000000 };

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static const struct column every_type[] = {
    COLUMN_TIME("when"),
    {"b", TYPE_BOOL, ROLE_MEASURE, NULL, "b"},
    {"i32", TYPE_I32, ROLE_MEASURE, NULL, "i"},
    {"i64", TYPE_I64, ROLE_MEASURE, NULL, "i"},
    {"u16", TYPE_U16, ROLE_MEASURE, NULL, "u"},
    {"u32", TYPE_U32, ROLE_MEASURE, NULL, "u"},
    {"u64", TYPE_U64, ROLE_MEASURE, NULL, "u"},
    {"f64", TYPE_F64, ROLE_MEASURE, NULL, "f"},
    {"t", TYPE_TEXT, ROLE_DIMENSION, NULL, "t"},
    {"at", TYPE_TIME, ROLE_DIMENSION, NULL, "a"},
    {"h", TYPE_HISTOGRAM, ROLE_MEASURE, "ns", "h"},
};
static const struct table every_table = TABLE("every", "every type", every_type);

static void check_declaration(const struct table *t)
{
    struct text once = {0}, twice = {0};
    struct err why = {0};
    expect(!table_check(t) && strlen(t->name) <= DECLARE_NAME_MAX);
    table_describe(&once, t);
    struct table *again = table_declare(once.bytes, once.length, &why);
    expect(again != NULL || once.length > DECLARE_JSON_CEILING);
    if (again) {
        table_describe(&twice, again);
        expect(!strcmp(once.bytes, twice.bytes));
        expect(declare_compare(t, again, &why) == DECLARE_SAME);
    }
    table_undeclare(again);
    text_free(&once);
    text_free(&twice);
}

static void check_value(const struct batch *b, size_t i, uint32_t row)
{
    const struct str *s = b->columns[i].text;
    const uint64_t *counts;
    if (b->table->columns[i].type == TYPE_TEXT)
        expect(text_utf8_prefix(s[row].p, s[row].n) == s[row].n);
    if (b->table->columns[i].type == TYPE_HISTOGRAM)
        expect(batch_histogram(b, i, row, &counts) <= HISTOGRAM_BUCKETS);
}

static void check_row(const struct batch *b, uint32_t row, bool taken)
{
    expect(b->rows == row + taken);
    for (size_t i = 0; i < b->table->n_columns; i++) {
        expect(taken || !batch_is_valid(b, i, row));
        if (batch_is_valid(b, i, row))
            check_value(b, i, row);
    }
    expect(!taken || (batch_is_valid(b, 0, row) && b->columns[0].i64[row] > 0));
}

static void add_rows(const struct table *t, const char *p, size_t n)
{
    struct batch_pool *pool = batch_pool_create(t, 0);
    struct batch *b = pool ? batch_take(pool) : NULL;
    while (b && n && b->rows < BATCH_ROWS) {
        const char *end = memchr(p, '\n', n);
        size_t length = end ? (size_t)(end - p) : n;
        char *line = malloc(length ? length : 1); /* its own block: a sanitizer sees every step outside */
        struct err why = {0};
        uint32_t row = b->rows;
        expect(line != NULL);
        memcpy(line, p, length);
        int rc = row_json_add(b, line, length, NOW, &why);
        free(line);
        expect(!rc || (why.code && *why.text));
        check_row(b, row, !rc);
        n -= end ? length + 1 : length;
        p += end ? length + 1 : length;
    }
    batch_drop(b);
    batch_pool_destroy(pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data, *end = memchr(p, '\f', size); /* between the declaration and its rows */
    size_t n = end ? (size_t)(end - p) : 0;
    struct err why = {0};
    struct table *t = n ? table_declare(p, n, &why) : NULL;
    const char *rows = end ? end + 1 : p;
    expect(t || !n || (why.code && *why.text));
    if (t)
        check_declaration(t);
    add_rows(t ? t : &every_table, rows, size - (size_t)(rows - p));
    table_undeclare(t);
    return 0;
}
