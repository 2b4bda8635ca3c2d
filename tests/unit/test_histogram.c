/* histogram: buckets, quantiles, and the functions over them in SQL. */
#include "store/functions.h"
#include "store/library.h"
#include "store/types.h"
#include "table/histogram.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void each_value_lies_in_its_bucket(void **state)
{
    (void)state;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t low = histogram_lower(i), next = histogram_lower(i + 1);
        assert_int_equal(histogram_bucket(low), i);
        if (i < HISTOGRAM_BUCKETS - 1)
            assert_int_equal(histogram_bucket(next - 1), i);
        assert_true(next > low);
    }
    assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
    assert_int_equal(histogram_bucket(1ULL << 40), HISTOGRAM_BUCKETS - 1);
    for (uint64_t v = 0; v < 100000; v++) {
        uint32_t b = histogram_bucket(v);
        assert_true(histogram_lower(b) <= v && v < histogram_lower(b + 1));
    }
}

static void quantiles_are_near(void **state)
{
    (void)state;
    uint64_t counts[HISTOGRAM_BUCKETS] = {0};
    assert_true(isnan(histogram_quantile(counts, HISTOGRAM_BUCKETS, 0.5)));
    for (uint64_t v = 1; v <= 1000; v++)
        counts[histogram_bucket(v)]++;
    for (int percent = 5; percent <= 100; percent += 5) {
        double found = histogram_quantile(counts, HISTOGRAM_BUCKETS, percent / 100.0);
        assert_true(fabs(found - percent * 10) <= percent * 10 * 0.03 + 1);
    }
    assert_true(histogram_quantile(counts, HISTOGRAM_BUCKETS, -1) <= 1);
    assert_true(histogram_quantile(counts, HISTOGRAM_BUCKETS, 2) <= 1024);
}

static duckdb_connection connection;

static double number(const char *sql)
{
    duckdb_result r;
    if (duckdb_query(connection, sql, &r) == DuckDBError)
        fail_msg("%s: %s", sql, duckdb_result_error(&r));
    double v = duckdb_value_is_null(&r, 0, 0) ? NAN : duckdb_value_double(&r, 0, 0);
    duckdb_destroy_result(&r);
    return v;
}

static void sql_adds_and_reads_them(void **state)
{
    (void)state;
    duckdb_database database;
    struct err why = {0};
    assert_int_equal(duckdb_library_load(NULL), 0);
    assert_int_equal(duckdb_open(NULL, &database), DuckDBSuccess);
    assert_int_equal(duckdb_connect(database, &connection), DuckDBSuccess);
    assert_int_equal(functions_register(connection, &why), 0);
    number("CREATE TABLE t AS SELECT i % 3 AS k, [0, i, 2*i]::UBIGINT[] AS h FROM range(10000) r(i) UNION ALL SELECT 5, NULL");
    assert_true(number("SELECT histogram_sum(h)[2] FROM t") == 49995000);
    assert_true(number("SELECT sum(histogram_count(h)) FROM t") == 3 * 49995000.0);
    assert_true(number("SELECT len(histogram_sum(h)) FROM t WHERE k = 0 GROUP BY k") == 3);
    assert_true(isnan(number("SELECT len(histogram_sum(h)) FROM t WHERE k = 5")));
    assert_true(isnan(number("SELECT histogram_count(h) FROM t WHERE k = 5")));
    assert_true(number("SELECT histogram_quantile([0,0,0,0,100]::UBIGINT[], 0.5)") == 5);
    assert_true(isnan(number("SELECT histogram_quantile([]::UBIGINT[], 0.5)")));
    assert_true(number("SELECT histogram_bounds([0,0,0,0,0,0,7]::UBIGINT[])[7]") == 8);
    assert_true(number("SELECT sum(len(histogram_bounds(h))) FROM t") == 30000);
    assert_true(number("SELECT histogram_count(range(500)::UBIGINT[])") == 79 * 80 / 2);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
}

static const struct column columns[] = {COLUMN_TIME("when"), {"latency_ns", TYPE_HISTOGRAM, ROLE_MEASURE, "ns", "how long"}};
static const struct table table = TABLE("waits", "for the test", columns);

static void a_batch_keeps_them_without_zeros_at_the_end(void **state)
{
    (void)state;
    struct batch_pool *pool = batch_pool_create(&table, 1);
    struct batch *b = batch_take(pool);
    uint64_t counts[HISTOGRAM_BUCKETS] = {[3] = 7};
    const uint64_t *kept;
    assert_null(table_check(&table));
    batch_add_row(b);
    batch_set_histogram(b, 1, counts, HISTOGRAM_BUCKETS);
    batch_add_row(b);
    batch_set_histogram(b, 1, counts, 3);
    assert_int_equal(batch_histogram(b, 1, 0, &kept), 4);
    assert_int_equal(kept[3], 7);
    assert_int_equal(batch_histogram(b, 1, 1, &kept), 0);
    batch_drop(b);
    batch_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_lies_in_its_bucket),
        cmocka_unit_test(quantiles_are_near),
        cmocka_unit_test(sql_adds_and_reads_them),
        cmocka_unit_test(a_batch_keeps_them_without_zeros_at_the_end),
    };
    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
