/* store/record: what is written is read back, and nothing else is. */
#include "store/record.h"
#include "table/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define HISTOGRAM                                                                                                                          \
    {                                                                                                                                      \
        "spread", TYPE_HISTOGRAM, ROLE_MEASURE, "ns", "h"                                                                                  \
    }
static const struct column columns[] = {
    COLUMN_TIME("when"),
    {"flag", TYPE_BOOL, ROLE_DIMENSION, NULL, "b"},
    {"i32", TYPE_I32, ROLE_MEASURE, "1", "i32"},
    {"i64", TYPE_I64, ROLE_MEASURE, "1", "i64"},
    {"u16", TYPE_U16, ROLE_MEASURE, "1", "u16"},
    {"u32", TYPE_U32, ROLE_MEASURE, "1", "u32"},
    {"u64", TYPE_U64, ROLE_MEASURE, "1", "u64"},
    {"f64", TYPE_F64, ROLE_MEASURE, "1", "f64"},
    {"text", TYPE_TEXT, ROLE_DIMENSION, NULL, "text"},
    HISTOGRAM,
};
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };
static const struct table table = TABLE("alls", "one column of each type", columns);

static struct batch *make(uint32_t rows)
{
    struct batch_pool *pool = batch_pool_create(&table, 0);
    struct batch *b = batch_take(pool);
    char bytes[200];
    uint64_t counts[HISTOGRAM_BUCKETS] = {0};
    assert_non_null(b);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)random();
    for (uint32_t row = 0; row < rows; row++) {
        long nulls = random();
        batch_add_row(b);
        for (size_t i = 0; i < N_COLUMNS; i++) {
            if (i && nulls >> i & 1)
                continue;
            switch (columns[i].type) {
            case TYPE_BOOL: batch_set_bool(b, i, random() & 1); break;
            case TYPE_I32: batch_set_i32(b, i, (int32_t)random() - (1 << 30)); break;
            case TYPE_U16: batch_set_u16(b, i, (uint16_t)random()); break;
            case TYPE_U32: batch_set_u32(b, i, (uint32_t)random()); break;
            case TYPE_TEXT: batch_set_text(b, i, bytes, (size_t)random() % sizeof bytes); break;
            case TYPE_HISTOGRAM:
                counts[random() % HISTOGRAM_BUCKETS] = (uint64_t)random();
                batch_set_histogram(b, i, counts, (size_t)random() % HISTOGRAM_BUCKETS);
                break;
            default: batch_set_u64(b, i, (uint64_t)random() << 33 | (uint64_t)random()); break; /* all of 8 bytes */
            }
        }
    }
    batch_pool_destroy(pool);
    return b;
}

static void check_value(const struct batch *a, uint32_t i, const struct batch *b, uint32_t j, size_t column)
{
    size_t size = type_size(columns[column].type);
    assert_int_equal(batch_is_valid(a, column, i), batch_is_valid(b, column, j));
    if (!batch_is_valid(a, column, i))
        return;
    if (!type_in_arena(columns[column].type)) {
        assert_memory_equal((char *)a->columns[column].any + i * size, (char *)b->columns[column].any + j * size, size);
        return;
    }
    struct str x = a->columns[column].text[i], y = b->columns[column].text[j];
    assert_int_equal(x.n, y.n);
    assert_true(!x.n || !memcmp(x.p, y.p, x.n));
}

static void check_rows(const struct batch *in, const struct batch *out, uint32_t first)
{
    for (uint32_t row = 0; row < in->rows; row++)
        for (size_t i = 0; i < N_COLUMNS; i++)
            check_value(in, row, out, first + row, i);
}

static void rows_come_back(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 63, 64, 65, 100, 1000};
    struct text bytes = {0};
    struct record r;
    struct batch *in[sizeof sizes / sizeof sizes[0]], *out = make(0);
    size_t at = 0;
    uint32_t first = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        in[i] = make(sizes[i]);
        assert_true(record_add(&bytes, in[i], i + 1));
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++, at += r.bytes) { /* all into one batch */
        int64_t oldest, newest;
        assert_true(record_read(bytes.bytes + at, bytes.length - at, &r));
        assert_int_equal(r.rows, sizes[i]);
        assert_int_equal(r.number, i + 1);
        assert_true(record_fits(&r, &table));
        record_times(&r, &oldest, &newest);
        assert_true(oldest <= newest);
        record_decode(&r, out);
        check_rows(in[i], out, first);
        first += sizes[i];
        batch_drop(in[i]);
    }
    assert_int_equal(at, bytes.length);
    assert_int_equal(out->rows, first);
    batch_drop(out);
    text_free(&bytes);
}

static void a_full_batch_comes_back(void **state)
{
    (void)state;
    struct text bytes = {0};
    struct record r;
    struct batch *in = make(BATCH_ROWS), *out = make(0);
    assert_true(record_add(&bytes, in, UINT64_MAX));
    assert_true(record_read(bytes.bytes, bytes.length, &r));
    record_decode(&r, out);
    check_rows(in, out, 0);
    batch_drop(in);
    batch_drop(out);
    text_free(&bytes);
}

/* Aligned as record_read wants it, and of the exact size: the sanitizer sees what is read beyond it. */
static bool reads(const char *bytes, size_t n)
{
    struct record r;
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    bool whole = record_read(copy, n, &r);
    free(copy);
    return whole;
}

static void no_other_bytes_are_a_record(void **state)
{
    (void)state;
    struct text bytes = {0};
    struct batch *in = make(20);
    assert_true(record_add(&bytes, in, 1));
    assert_true(reads(bytes.bytes, bytes.length));
    for (size_t n = 0; n < bytes.length; n++)
        if (reads(bytes.bytes, n))
            fail_msg("the first %zu of %zu bytes", n, bytes.length);
    for (size_t bit = 0; bit < bytes.length * 8; bit++) {
        bytes.bytes[bit / 8] ^= (char)(1 << bit % 8);
        if (reads(bytes.bytes, bytes.length))
            fail_msg("bit %zu changed", bit);
        bytes.bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    batch_drop(in);
    text_free(&bytes);
}

static void a_torn_record_tells_its_rows(void **state)
{
    (void)state;
    struct text bytes = {0};
    struct record r;
    struct batch *in = make(20);
    assert_true(record_add(&bytes, in, 7));
    assert_false(record_read(bytes.bytes, bytes.length - 1, &r));
    assert_int_equal(r.rows, 20);
    assert_int_equal(r.number, 7);
    assert_false(record_read(bytes.bytes, 31, &r));
    assert_int_equal(r.rows, 0);
    batch_drop(in);
    text_free(&bytes);
}

/* The shape that is read is that of the record, in the words of a table. */
static void a_record_knows_its_shape(void **state)
{
    (void)state;
    static const struct column fewer[] = {COLUMN_TIME("when"), {"flag", TYPE_I32, ROLE_DIMENSION, NULL, "another type"}};
    static const struct table other = TABLE("alls", "fewer columns", fewer), renamed = TABLE("others", "another name", columns);
    struct text bytes = {0};
    struct record r;
    struct batch *in = make(1);
    assert_true(record_add(&bytes, in, 1));
    assert_true(record_read(bytes.bytes, bytes.length, &r));
    assert_false(record_fits(&r, &other));
    assert_false(record_fits(&r, &renamed));
    struct table *shape = record_table(&r);
    assert_non_null(shape);
    assert_true(record_fits(&r, shape));
    assert_string_equal(shape->name, "alls");
    assert_string_equal(shape->columns[N_COLUMNS - 1].name, "spread");
    free(shape);
    batch_drop(in);
    text_free(&bytes);
}

/* What the file cannot hold is left to the database, and leaves no trace among the records. */
static void too_much_is_refused(void **state)
{
    (void)state;
    static char large[RECORD_MAX_BYTES];
    struct text bytes = {0};
    struct batch *small = make(1), *in = make(1);
    assert_true(record_add(&bytes, small, 1));
    size_t length = bytes.length;
    batch_add_row(in);
    batch_set_time(in, 0, 1);
    batch_set_text(in, 8, large, sizeof large);
    assert_false(record_add(&bytes, in, 2));
    assert_int_equal(bytes.length, length);
    assert_true(record_add(&bytes, small, 2));
    assert_int_equal(bytes.length, 2 * length);
    batch_drop(small);
    batch_drop(in);
    text_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back),
        cmocka_unit_test(a_full_batch_comes_back),
        cmocka_unit_test(no_other_bytes_are_a_record),
        cmocka_unit_test(a_torn_record_tells_its_rows),
        cmocka_unit_test(a_record_knows_its_shape),
        cmocka_unit_test(too_much_is_refused),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
