/* query: which statements are let in, how values are written, how queries end. */
#include "base/clock.h"
#include "query/check.h"
#include "query/filter.h"
#include "query/lex.h"
#include "query/query.h"
#include "query/render.h"
#include "store/library.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char dir[] = "/tmp/sonde-query-XXXXXX";
static duckdb_database database;
static duckdb_connection connection;

static void run(const char *sql)
{
    duckdb_result result;
    if (duckdb_query(connection, sql, &result) != DuckDBSuccess)
        fail_msg("%s: %s", sql, duckdb_result_error(&result));
    duckdb_destroy_result(&result);
}

static void runf(const char *format, const char *with)
{
    char sql[512];
    snprintf(sql, sizeof sql, format, with);
    run(sql);
}

/* A database of a file, locked as the store locks it: outside access off but for its own directory. */
static int setup(void **state)
{
    (void)state;
    char path[128];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/store.duckdb", dir);
    assert_int_equal(duckdb_library_load(NULL), 0);
    assert_int_equal(duckdb_open(path, &database), DuckDBSuccess);
    assert_int_equal(duckdb_connect(database, &connection), DuckDBSuccess);
    run("CREATE TABLE execs (time TIMESTAMP_NS, pid INTEGER, comm VARCHAR)");
    run("INSERT INTO execs SELECT make_timestamp_ns(range * 1000000000), range, 'c' || range FROM range(10)");
    runf("COPY execs TO '%s/segment.parquet'", dir);
    run("SET autoinstall_known_extensions = false");
    run("SET autoload_known_extensions = false");
    runf("SET allowed_directories = ['%s/']", dir);
    run("SET enable_external_access = false");
    run("SET threads = 1");
    run("SET memory_limit = '64MiB'");
    run("SET lock_configuration = true");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char path[512];
    duckdb_disconnect(&connection);
    duckdb_close(&database);
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        unlink(path);
    }
    if (d)
        closedir(d);
    return rmdir(dir);
}

/* Runs a query to its end; rows go to out. Returns what query_open or query_next returned. */
static int ask(const char *sql, enum render_format format, const struct query_options *options, struct text *out, struct err *why)
{
    struct query *q = NULL;
    struct render *r = NULL;
    duckdb_data_chunk chunk;
    err_clear(why);
    text_clear(out);
    int rc = query_open(connection, sql, strlen(sql), options, &q, why);
    if (rc)
        return rc;
    while ((rc = query_next(q, &chunk, why)) >= 0) {
        if (!r) {
            r = render_create(format, query_result(q), why);
            if (!r) {
                duckdb_destroy_data_chunk(&chunk);
                rc = -why->code;
                break;
            }
            render_begin(r, out);
        }
        if (!rc)
            break;
        render_chunk(r, chunk, out);
        duckdb_destroy_data_chunk(&chunk);
    }
    if (!rc)
        render_end(r, out);
    render_destroy(r);
    query_close(q);
    return rc;
}

/* ---- statements ---- */

static const char *const allowed[] = {
    "SELECT 1",
    "select 1;",
    " -- a comment\n SELECT 1 /* and ; another */ ; -- the end",
    "WITH a AS (SELECT 1 AS x) SELECT * FROM a",
    "FROM execs",
    "VALUES (1, 2)",
    "TABLE execs",
    "(SELECT 1)",
    "DESCRIBE execs",
    "DESCRIBE SELECT 1",
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "SUMMARIZE execs",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT 1",
    "explain (analyze, format json) select 1",
    "EXPLAIN /* x */ (FORMAT json) FROM execs",
    "EXPLAIN (SELECT 1)",
    "PIVOT execs ON comm IN ('c1', 'c2') USING count(*)",
    "SELECT * FROM range(3), generate_series(1, 2)",
    "SELECT ';' AS \"a;b\", $$;$$, E'\\';'",
    "SELECT * FROM duckdb_tables()",
    "SELECT unnest([1, 2])",
    "SELECT count(*) FROM execs UNION ALL SELECT 2 ORDER BY 1 LIMIT 1",
};

static const struct {
    const char *sql;
    int code;
    const char *says; /* a part of the sentence */
} refused[] = {
    {"", EINVAL, "empty"},
    {"  -- nothing\n;", EINVAL, "0 statements"},
    {"SELECT 1; SELECT 2", EINVAL, "2 statements"},
    {"SELECT 1; DROP TABLE execs", EPERM, "only statements that read"},
    {"SELCT 1", EINVAL, "syntax error"},
    {"SELECT nothing FROM execs", EINVAL, "nothing"},
    {"SELECT * FROM nowhere", EINVAL, "nowhere"},
    {"SELECT '01:02:03.000004005'::TIME_NS AS t", EINVAL, "column \"t\": a column has a type that cannot be shown"},
    {"SELECT ?", EINVAL, "parameter"},
    {"SELECT $1", EINVAL, "parameter"},
    {"CREATE TABLE t (a INTEGER)", EPERM, "CREATE is not allowed"},
    {"CREATE TEMP TABLE t AS SELECT 1", EPERM, "CREATE is not allowed"},
    {"CREATE MACRO f(a) AS a", EPERM, "not allowed"},
    {"CREATE SECRET s (TYPE s3)", EPERM, "not allowed"},
    {"INSERT INTO execs VALUES (now(), 1, 'x')", EPERM, "INSERT is not allowed"},
    {"UPDATE execs SET pid = 1", EPERM, "UPDATE is not allowed"},
    {"DELETE FROM execs", EPERM, "DELETE is not allowed"},
    {"TRUNCATE execs", EPERM, "not allowed"},
    {"DROP TABLE execs", EPERM, "DROP is not allowed"},
    {"ALTER TABLE execs ADD COLUMN x INTEGER", EPERM, "not allowed"},
    {"COPY execs TO 'x.csv'", EPERM, "COPY is not allowed"},
    {"COPY execs FROM 'x.csv'", EPERM, "COPY is not allowed"},
    {"EXPORT DATABASE 'x'", EPERM, "not allowed"},
    {"IMPORT DATABASE 'x'", EPERM, "not allowed"},
    {"ATTACH ':memory:' AS m", EPERM, "ATTACH is not allowed"},
    {"DETACH store", EPERM, "not allowed"},
    {"USE memory", EPERM, "not allowed"},
    {"PRAGMA version", EPERM, "PRAGMA is not allowed"},
    {"PRAGMA database_size", EPERM, "PRAGMA is not allowed"},
    {"CALL force_checkpoint()", EPERM, "CALL is not allowed"},
    {"CALL duckdb_tables()", EPERM, "CALL is not allowed"},
    {"CHECKPOINT", EPERM, "not allowed"},
    {"VACUUM", EPERM, "not allowed"},
    {"ANALYZE", EPERM, "not allowed"},
    {"SET threads = 8", EPERM, "SET is not allowed"},
    {"SET VARIABLE x = 1", EPERM, "SET is not allowed"},
    {"RESET threads", EPERM, "not allowed"},
    {"INSTALL httpfs", EPERM, "INSTALL is not allowed"},
    {"LOAD json", EPERM, "LOAD is not allowed"},
    {"BEGIN", EPERM, "not allowed"},
    {"COMMIT", EPERM, "not allowed"},
    {"ROLLBACK", EPERM, "not allowed"},
    {"PREPARE p AS SELECT 1", EPERM, "not allowed"},
    {"EXECUTE p", EPERM, "not allowed"},
    {"DEALLOCATE p", EPERM, "not allowed"},
    {"COMMENT ON TABLE execs IS 'x'", EPERM, "not allowed"},
    {"PIVOT execs ON comm", EPERM, "PIVOT needs"},
    {"EXPLAIN DROP TABLE execs", EPERM, "DROP is not allowed"},
    {"EXPLAIN ANALYZE DELETE FROM execs", EPERM, "DELETE is not allowed"},
    {"EXPLAIN (ANALYZE) INSERT INTO execs VALUES (now(), 1, 'x')", EPERM, "INSERT is not allowed"},
    {"EXPLAIN ANALYZE CREATE TABLE t (a INTEGER)", EPERM, "CREATE is not allowed"},
    {"EXPLAIN ANALYZE COPY execs TO 'x.csv'", EPERM, "COPY is not allowed"},
    {"EXPLAIN CALL force_checkpoint()", EPERM, "CALL is not allowed"},
    {"EXPLAIN SELECT 1; DROP TABLE execs", EPERM, "only statements that read"},
    {"EXPLAIN EXPLAIN SELECT 1", EPERM, "EXPLAIN is not allowed"},
    {"WITH x AS (INSERT INTO execs VALUES (now(), 1, 'x') RETURNING pid) SELECT * FROM x", EPERM, "more than read"},
    {"SELECT * FROM force_checkpoint()", EPERM, "force_checkpoint() is not allowed"},
    {"FROM checkpoint()", EPERM, "checkpoint() is not allowed"},
    {"SELECT (SELECT count(*) FROM force_checkpoint())", EPERM, "force_checkpoint() is not allowed"},
    {"WITH a AS (FROM truncate_duckdb_logs()) FROM a", EPERM, "truncate_duckdb_logs() is not allowed"},
    {"FROM enable_logging()", EPERM, "enable_logging() is not allowed"},
    {"FROM disable_logging()", EPERM, "disable_logging() is not allowed"},
    {"FROM duckdb_secrets()", EPERM, "duckdb_secrets() is not allowed"},
    {"FROM query('SELECT * FROM force_checkpoint()')", EPERM, "query() is not allowed"},
    {"FROM query_table('/etc/x.parquet')", EPERM, "query_table() is not allowed"},
    {"FROM json_execute_serialized_sql(json_serialize_sql('SELECT 42'))", EPERM, "json_execute_serialized_sql() is not allowed"},
    {"FROM arrow_scan(1, 2, 3)", EPERM, "arrow_scan() is not allowed"},
    {"FROM \"Read_Text\"('/etc/passwd')", EPERM, "not allowed"},
    {"FROM main.read_text('/etc/passwd')", EPERM, "read_text() is not allowed"},
    {"FROM read_csv('/etc/passwd')", EPERM, "read_csv() is not allowed"},
    {"FROM read_json('/etc/passwd')", EPERM, "read_json() is not allowed"},
    {"FROM read_blob('store.duckdb')", EPERM, "read_blob() is not allowed"},
    {"FROM read_parquet('segment.parquet')", EPERM, "read_parquet() is not allowed"},
    {"FROM parquet_metadata('x')", EPERM, "parquet_metadata() is not allowed"},
    {"FROM glob('/etc/*')", EPERM, "glob() is not allowed"},
    {"FROM sniff_csv('/etc/passwd')", EPERM, "sniff_csv() is not allowed"},
    {"FROM execs, LATERAL (FROM glob('*'))", EPERM, "glob() is not allowed"},
    {"FROM '/etc/passwd.csv'", EPERM, "looks like a file"},
    {"SELECT * FROM \"https://example.org/x.parquet\"", EPERM, "looks like a file"},
    {"FROM 'passwd.csv'", EPERM, ""},
    {"SELECT write_log('x')", EPERM, "write_log() is not allowed"},
    {"SELECT ('x').write_log()", EPERM, "write_log() is not allowed"},
    {"SELECT list_transform([1], x -> setseed(0.5))", EPERM, "setseed() is not allowed"},
    {"SELECT getenv('HOME')", EPERM, "getenv() is not allowed"},
    {"SELECT nextval('s')", EPERM, "nextval() is not allowed"},
};

static void statements_that_read_are_let_in(void **state)
{
    (void)state;
    struct text out = {0};
    struct err why = {0};
    for (size_t i = 0; i < COUNT(allowed); i++)
        if (ask(allowed[i], RENDER_JSONL, NULL, &out, &why))
            fail_msg("%s: %s", allowed[i], why.text);
    text_free(&out);
}

static void other_statements_are_refused(void **state)
{
    (void)state;
    struct text out = {0};
    struct err why = {0};
    for (size_t i = 0; i < COUNT(refused); i++) {
        int rc = ask(refused[i].sql, RENDER_JSONL, NULL, &out, &why);
        if (rc != -refused[i].code || !strstr(why.text, refused[i].says))
            fail_msg("%s: %d %s", refused[i].sql, rc, why.text);
    }
    assert_int_equal(ask("SELECT count(*) AS n FROM execs", RENDER_JSONL, NULL, &out, &why), 0);
    assert_string_equal(out.bytes, "{\"n\":10}\n");
    text_free(&out);
}

static const struct {
    const char *sql;
    int code;
    const char *says; /* a part of the sentence */
} misguided[] = {
    {"SELECT list(range) FROM range(100000000)", ENOMEM, "memory than the agent's --memory-limit: "},
    {"SELECT (SELECT range FROM range(3))", EINVAL, "More than one row returned by a subquery"},
    {"SELECT 1 ORDER BY 'Use SET x'", EINVAL, "ORDER BY non-integer literal has no effect.\n\nLINE 1: SELECT 1 ORDER BY 'Use SET x'"},
};

/* DuckDB advises to SET this or that, which is refused here. */
static void errors_advise_what_can_be_done(void **state)
{
    (void)state;
    struct text out = {0};
    struct err why = {0};
    for (size_t i = 0; i < COUNT(misguided); i++) {
        int rc = ask(misguided[i].sql, RENDER_JSONL, NULL, &out, &why);
        const char *statement = strstr(why.text, "\n\nLINE ");
        const char *advice = strstr(why.text, "SET ");
        if (rc != -misguided[i].code || !strstr(why.text, misguided[i].says) || (advice && (!statement || advice < statement)))
            fail_msg("%s: %d %s", misguided[i].sql, rc, why.text);
    }
    text_free(&out);
}

static void odd_bytes_are_refused(void **state)
{
    (void)state;
    struct check_statement s;
    struct err why = {0};
    char *deep = malloc(300001);
    memset(deep, '(', 150000);
    memset(deep + 150000, ')', 150000);
    assert_true(check_statement(connection, "SELECT 1\0 DROP", 14, &s, &why) < 0);
    assert_true(check_statement(connection, "SELECT '\xff\xfe'", 11, &s, NULL) < 0);
    assert_true(check_statement(connection, deep, 300000, &s, NULL) < 0);
    memcpy(deep, "SELECT ", 7);
    memset(deep + 7, '-', 299993);
    assert_true(check_statement(connection, deep, 300000, &s, NULL) < 0);
    free(deep);
}

/* ---- values ---- */

static const struct {
    const char *sql, *json, *csv;
} values[] = {
    {"NULL", "null", ""},
    {"true", "true", "true"},
    {"(-128)::TINYINT", "-128", "-128"},
    {"32767::SMALLINT", "32767", "32767"},
    {"(-2147483648)::INTEGER", "-2147483648", "-2147483648"},
    {"(-9223372036854775808)::BIGINT", "-9223372036854775808", "-9223372036854775808"},
    {"255::UTINYINT", "255", "255"},
    {"65535::USMALLINT", "65535", "65535"},
    {"4294967295::UINTEGER", "4294967295", "4294967295"},
    {"18446744073709551615::UBIGINT", "18446744073709551615", "18446744073709551615"},
    {"170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727",
     "170141183460469231731687303715884105727"},
    {"'-170141183460469231731687303715884105728'::HUGEINT", "-170141183460469231731687303715884105728",
     "-170141183460469231731687303715884105728"},
    {"340282366920938463463374607431768211455::UHUGEINT", "340282366920938463463374607431768211455",
     "340282366920938463463374607431768211455"},
    {"'123456789012345678901234567890123456789012345'::BIGNUM", "123456789012345678901234567890123456789012345",
     "123456789012345678901234567890123456789012345"},
    {"'-1000000000000000000000'::BIGNUM", "-1000000000000000000000", "-1000000000000000000000"},
    {"0::BIGNUM", "0", "0"},
    {"1.5::DOUBLE", "1.5", "1.5"},
    {"1::DOUBLE", "1.0", "1.0"},
    {"'-0.0'::DOUBLE", "-0.0", "-0.0"},
    {"0.1::DOUBLE + 0.2::DOUBLE", "0.30000000000000004", "0.30000000000000004"},
    {"1e300::DOUBLE", "1e+300", "1e+300"},
    {"1e-7::DOUBLE", "1e-07", "1e-07"},
    {"123456.000001::DOUBLE", "123456.000001", "123456.000001"},
    {"(1.0/3)::DOUBLE", "0.3333333333333333", "0.3333333333333333"},
    {"'nan'::DOUBLE", "null", "nan"},
    {"'-infinity'::FLOAT", "null", "-inf"},
    {"0.1::FLOAT", "0.1", "0.1"},
    {"16777216::FLOAT", "16777216.0", "16777216.0"},
    {"12.30::DECIMAL(4,2)", "12.30", "12.30"},
    {"(-0.05)::DECIMAL(4,2)", "-0.05", "-0.05"},
    {"7::DECIMAL(9,0)", "7", "7"},
    {"123456789012.345::DECIMAL(18,3)", "123456789012.345", "123456789012.345"},
    {"'-1234567890123456789012345678.0123456789'::DECIMAL(38,10)", "-1234567890123456789012345678.0123456789",
     "-1234567890123456789012345678.0123456789"},
    {"'a \"b\"'", "\"a \\\"b\\\"\"", "\"a \"\"b\"\"\""},
    {"'a longer string, past twelve bytes'", "\"a longer string, past twelve bytes\"", "\"a longer string, past twelve bytes\""},
    {"E'two\\nlines'", "\"two\\nlines\"", "\"two\nlines\""},
    {"''", "\"\"", ""},
    {"'\\xAA\\x00b'::BLOB", "\"aa0062\"", "aa0062"},
    {"'0101100'::BIT", "\"0101100\"", "0101100"},
    {"'1010101010101'::BIT", "\"1010101010101\"", "1010101010101"},
    {"'00112233-4455-6677-8899-aabbccddeeff'::UUID", "\"00112233-4455-6677-8899-aabbccddeeff\"", "00112233-4455-6677-8899-aabbccddeeff"},
    {"'b'::ENUM('a', 'b')", "\"b\"", "b"},
    {"DATE '2026-11-21'", "\"2026-11-21\"", "2026-11-21"},
    {"DATE '2000-02-29'", "\"2000-02-29\"", "2000-02-29"},
    {"DATE '0001-01-01'", "\"0001-01-01\"", "0001-01-01"},
    {"DATE '1969-12-31'", "\"1969-12-31\"", "1969-12-31"},
    {"DATE 'infinity'", "\"infinity\"", "infinity"},
    {"TIME '01:02:03.000004'", "\"01:02:03.000004\"", "01:02:03.000004"},
    {"'01:02:03+02:30'::TIMETZ", "\"01:02:03.000000+02:30\"", "01:02:03.000000+02:30"},
    {"TIMESTAMP '2026-11-21 01:02:03.5'", "\"2026-11-21T01:02:03.500000Z\"", "2026-11-21T01:02:03.500000Z"},
    {"TIMESTAMPTZ '2026-11-21 01:02:03+01'", "\"2026-11-21T00:02:03.000000Z\"", "2026-11-21T00:02:03.000000Z"},
    {"TIMESTAMP_S '2026-11-21 01:02:03'", "\"2026-11-21T01:02:03Z\"", "2026-11-21T01:02:03Z"},
    {"TIMESTAMP_MS '2026-11-21 01:02:03.004'", "\"2026-11-21T01:02:03.004Z\"", "2026-11-21T01:02:03.004Z"},
    {"TIMESTAMP_NS '2026-11-21 01:02:03.000000004'", "\"2026-11-21T01:02:03.000000004Z\"", "2026-11-21T01:02:03.000000004Z"},
    {"make_timestamp_ns(-1)", "\"1969-12-31T23:59:59.999999999Z\"", "1969-12-31T23:59:59.999999999Z"},
    {"'infinity'::TIMESTAMP", "\"infinity\"", "infinity"},
    {"INTERVAL '1 year 2 months 3 days 04:05:06'", "\"1 year 2 months 3 days 04:05:06\"", "1 year 2 months 3 days 04:05:06"},
    {"INTERVAL '-1500 milliseconds'", "\"-00:00:01.500000\"", "-00:00:01.500000"},
    {"INTERVAL '0 days'", "\"00:00:00\"", "00:00:00"},
    {"[1, NULL, 3]", "[1,null,3]", "\"[1,null,3]\""},
    {"[]::INTEGER[]", "[]", "[]"},
    {"[['a'], NULL, []]", "[[\"a\"],null,[]]", "\"[[\"\"a\"\"],null,[]]\""},
    {"array_value(1.5::DOUBLE, 2)", "[1.5,2.0]", "\"[1.5,2.0]\""},
    {"{'a': 1, 'b': {'c': DATE '2026-01-01'}}", "{\"a\":1,\"b\":{\"c\":\"2026-01-01\"}}",
     "\"{\"\"a\"\":1,\"\"b\"\":{\"\"c\"\":\"\"2026-01-01\"\"}}\""},
    {"row(1, 'x')", "[1,\"x\"]", "\"[1,\"\"x\"\"]\""},
    {"MAP {'k': [1], 'l': NULL}", "{\"k\":[1],\"l\":null}", "\"{\"\"k\"\":[1],\"\"l\"\":null}\""},
    {"MAP {1: 'a'}", "{\"1\":\"a\"}", "\"{\"\"1\"\":\"\"a\"\"}\""},
    {"union_value(num := 2)", "{\"num\":2}", "\"{\"\"num\"\":2}\""},
    {"E'{\"a\" : [1,\\n 2], \"b\": \"x y\\\\\" z\"}'::JSON", "{\"a\":[1,2],\"b\":\"x y\\\" z\"}",
     "\"{\"\"a\"\" : [1,\n 2], \"\"b\"\": \"\"x y\\\"\" z\"\"}\""},
};

static void values_are_written(void **state)
{
    (void)state;
    struct text out = {0}, sql = {0}, expected = {0};
    struct err why = {0};
    for (size_t i = 0; i < COUNT(values); i++) {
        text_clear(&sql);
        text_addf(&sql, "SELECT %s AS v", values[i].sql);
        text_clear(&expected);
        text_addf(&expected, "{\"v\":%s}\n", values[i].json);
        if (ask(sql.bytes, RENDER_JSONL, NULL, &out, &why))
            fail_msg("%s: %s", sql.bytes, why.text);
        assert_string_equal(out.bytes, expected.bytes);
        text_clear(&expected);
        text_addf(&expected, "v\n%s\n", values[i].csv);
        assert_int_equal(ask(sql.bytes, RENDER_CSV, NULL, &out, &why), 0);
        assert_string_equal(out.bytes, expected.bytes);
    }
    text_free(&out);
    text_free(&sql);
    text_free(&expected);
}

static const struct {
    const char *sql;
    enum render_format format;
    const char *out;
} shapes[] = {
    {"SELECT 1 AS a, 'x' AS a", RENDER_JSON, "[{\"a\":1,\"a\":\"x\"}]\n"},
    {"SELECT * FROM range(3) t(i) ORDER BY i DESC", RENDER_JSON, "[{\"i\":2},\n{\"i\":1},\n{\"i\":0}]\n"},
    {"SELECT count(*) AS n FROM execs WHERE time < now() - INTERVAL 5 MINUTE AND time < current_timestamp", RENDER_JSON, "[{\"n\":10}]\n"},
    {"SELECT now() = current_timestamp AND now() = make_timestamp(epoch_us(transaction_timestamp())) AS utc", RENDER_JSON,
     "[{\"utc\":true}]\n"},
    {"SELECT 1 AS i WHERE false", RENDER_JSON, "[]\n"},
    {"SELECT 1 AS i WHERE false", RENDER_JSONL, ""},
    {"SELECT 1 AS \"a,b\" WHERE false", RENDER_CSV, "\"a,b\"\n"},
    {"SELECT 1 AS a, NULL AS b, 'x' AS c", RENDER_CSV, "a,b,c\n1,,x\n"},
    {"SELECT 1 AS a, NULL AS b, ['x'] AS \"c\"\"d\"", RENDER_ROWS,
     "{\"columns\":[{\"name\":\"a\",\"type\":\"INTEGER\"},{\"name\":\"b\",\"type\":\"INTEGER\"},{\"name\":\"c\\\"d\",\"type\":\"VARCHAR[]"
     "\"}]}\n"
     "[1,null,[\"x\"]]\n"},
    {"SELECT 1.5 AS a, {'x': 1, 'y': MAP {'k': 2}} AS s, union_value(n := 1) AS u", RENDER_ROWS,
     "{\"columns\":[{\"name\":\"a\",\"type\":\"DECIMAL(2,1)\"},{\"name\":\"s\",\"type\":\"STRUCT(x INTEGER, y MAP(VARCHAR, INTEGER))\"},"
     "{\"name\":\"u\",\"type\":\"UNION(n INTEGER)\"}]}\n[1.5,{\"x\":1,\"y\":{\"k\":2}},{\"n\":1}]\n"},
};

static void formats_have_their_shape(void **state)
{
    (void)state;
    struct text out = {0};
    struct err why = {0};
    for (size_t i = 0; i < COUNT(shapes); i++) {
        if (ask(shapes[i].sql, shapes[i].format, NULL, &out, &why))
            fail_msg("%s: %s", shapes[i].sql, why.text);
        assert_string_equal(out.bytes ? out.bytes : "", shapes[i].out);
    }
    text_free(&out);
}

/* Every type DuckDB knows, with its smallest and largest value and NULL, must be readable JSON that agrees with its own to_json
 * where the forms are the same. */
static void all_types_are_valid_json(void **state)
{
    (void)state;
    struct text out = {0};
    struct err why = {0};
    if (ask("FROM test_all_types()", RENDER_JSON, NULL, &out, &why))
        fail_msg("%s", why.text);
    json_error_t problem;
    json_t *rows = json_loads(out.bytes, JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, &problem);
    if (!rows)
        fail_msg("%s at %d", problem.text, problem.position);
    assert_int_equal(json_array_size(rows), 3);
    json_decref(rows);
    assert_int_equal(ask("FROM test_all_types()", RENDER_CSV, NULL, &out, &why), 0);
    text_free(&out);
}

static void order_survives_chunks(void **state)
{
    (void)state;
    struct text out = {0};
    struct err why = {0};
    assert_int_equal(ask("SELECT range AS i, [range] AS l FROM range(100000) ORDER BY i DESC", RENDER_ROWS, NULL, &out, &why), 0);
    const char *line = strchr(out.bytes, '\n') + 1;
    for (long i = 99999; i >= 0; i--) {
        char expected[64];
        int n = snprintf(expected, sizeof expected, "[%ld,[%ld]]\n", i, i);
        assert_memory_equal(line, expected, (size_t)n);
        line += n;
    }
    assert_int_equal(*line, 0);
    text_free(&out);
}

/* ---- how queries end ---- */

static const char endless[] = "SELECT count(*) FROM range(10000000000) a, range(10000000000) b WHERE hash(a.range + b.range) = 1";
static const char endless_rows[] = "SELECT range AS i FROM range(100000000000)";

static void time_out_ends_a_query(void **state)
{
    (void)state;
    struct text out = {.ceiling = 1 << 20};
    struct err why = {0};
    struct query_options options = {.timeout_ns = 50 * NS_PER_MS};
    assert_int_equal(ask(endless, RENDER_JSONL, &options, &out, &why), -ETIMEDOUT);
    assert_non_null(strstr(why.text, "0.05 s"));
    assert_int_equal(ask(endless_rows, RENDER_JSONL, &options, &out, &why), -ETIMEDOUT);
    assert_int_equal(ask("SELECT 1 AS a", RENDER_JSONL, &options, &out, &why), 0);
    text_free(&out);
}

static atomic_bool walked_away;

static bool is_gone(void *arg)
{
    (void)arg;
    return atomic_load(&walked_away);
}

static void *walk_away(void *arg)
{
    (void)arg;
    atomic_store(&walked_away, true);
    return NULL;
}

static void client_gone_ends_a_query(void **state)
{
    (void)state;
    struct text out = {.ceiling = 1 << 20};
    struct err why = {0};
    struct query_options options = {.gone = is_gone};
    pthread_t thread;
    pthread_create(&thread, NULL, walk_away, NULL);
    assert_int_equal(ask(endless, RENDER_JSONL, &options, &out, &why), -ECANCELED);
    pthread_join(thread, NULL);
    text_free(&out);
}

static void *cancel(void *arg)
{
    query_cancel(arg);
    return NULL;
}

static void cancel_ends_a_query(void **state)
{
    (void)state;
    static const char *const statements[] = {endless, endless_rows};
    for (size_t i = 0; i < COUNT(statements); i++) {
        struct query *q;
        struct err why = {0};
        duckdb_data_chunk chunk;
        pthread_t thread;
        assert_int_equal(query_open(connection, statements[i], strlen(statements[i]), NULL, &q, &why), 0);
        int rc = i ? query_next(q, &chunk, &why) : 1; /* the second already streams */
        if (i)
            duckdb_destroy_data_chunk(&chunk);
        pthread_create(&thread, NULL, cancel, q);
        while (rc == 1) {
            rc = query_next(q, &chunk, &why);
            duckdb_destroy_data_chunk(&chunk);
        }
        assert_int_equal(rc, -ECANCELED);
        pthread_join(thread, NULL);
        query_close(q);
    }
}

static void an_error_comes_after_rows(void **state)
{
    (void)state;
    struct text out = {0};
    struct err why = {0};
    int rc =
        ask("SELECT CASE WHEN range < 1500000 THEN '1' ELSE 'x' END::INTEGER AS i FROM range(2000000)", RENDER_JSONL, NULL, &out, &why);
    assert_int_equal(rc, -EINVAL);
    assert_true(out.length > 0);
    assert_non_null(strstr(why.text, "Could not convert"));
    text_free(&out);
}

static void parquet_is_written(void **state)
{
    (void)state;
    char path[128];
    struct query *q;
    struct err why = {0};
    duckdb_data_chunk chunk;
    static const char sql[] = "SELECT * FROM execs ORDER BY pid; -- with a comment";
    snprintf(path, sizeof path, "%s/it's.parquet", dir);
    assert_int_equal(query_open_parquet(connection, sql, strlen(sql), path, NULL, &q, &why), 0);
    assert_int_equal(query_next(q, &chunk, &why), 0);
    assert_int_equal(query_copied(q), 10);
    query_close(q);
    FILE *f = fopen(path, "r");
    char magic[4];
    assert_non_null(f);
    assert_int_equal(fread(magic, 1, 4, f), 4);
    fclose(f);
    assert_memory_equal(magic, "PAR1", 4);
    assert_int_equal(query_open_parquet(connection, "SHOW x", 6, "/etc/sonde-test.parquet", NULL, &q, &why), -EINVAL);
    err_clear(&why);
    assert_int_equal(query_open_parquet(connection, "SELECT 1", 8, "/etc/sonde-test.parquet", NULL, &q, &why), -EPERM);
    err_clear(&why);
    assert_int_equal(query_open_parquet(connection, "SELECT 1) TO 'x' --", 19, path, NULL, &q, &why), -EINVAL);
}

/* ---- cutting text ---- */

static const struct {
    const char *sql;
    size_t length;
} cuts[] = {
    {"a;b", 1},      {"'a;b';", 5},         {"\"a;\"\"b\";", 7}, {"-- ;\na;", 6}, {"/* ; /* ; */ ; */a;", 18},
    {"$$ ; $$;", 7}, {"$x$ ; $$ $x$;", 12}, {"$1;", 2},          {"e'\\';';", 6}, {"abc", 3},
    {"'open ;", 7},  {"/* open ;", 9},
};

static void text_is_cut_at_its_semicolon(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cuts); i++)
        assert_int_equal(lex_statement_length(cuts[i].sql, strlen(cuts[i].sql)), cuts[i].length);
    assert_int_equal(lex_skip_parens("(a (b) ')') c", 13, 0), 11);
    assert_int_equal(lex_skip_parens("(a", 2, 0), 0);
}

/* ---- filters of the live stream ---- */

static const struct column columns[] = {
    COLUMN_TIME("when"),
    {"ok", TYPE_BOOL, ROLE_DIMENSION, NULL, "a truth"},
    {"exit_code", TYPE_I32, ROLE_DIMENSION, NULL, "a number"},
    {"delta", TYPE_I64, ROLE_MEASURE, "1", "a number"},
    {"port", TYPE_U16, ROLE_DIMENSION, NULL, "a number"},
    {"pid", TYPE_U32, ROLE_IDENTITY, NULL, "a number"},
    {"bytes", TYPE_U64, ROLE_MEASURE, "bytes", "a number"},
    {"load", TYPE_F64, ROLE_MEASURE, "1", "a number"},
    {"comm", TYPE_TEXT, ROLE_DIMENSION, NULL, "a name"},
};
static const struct table things = TABLE("things", "of every type", columns);

/* Ten rows; row i has i in every column, NULL in bytes where i is odd, and a name whose last one is not UTF-8. */
static struct batch *make_things(struct batch_pool *pool)
{
    struct batch *b = batch_take(pool);
    for (int i = 0; i < 10; i++) {
        char name[64];
        batch_add_row(b);
        batch_set_time(b, 0, (int64_t)i * NS_PER_S);
        batch_set_bool(b, 1, i % 2);
        batch_set_i32(b, 2, -i);
        batch_set_i64(b, 3, -i * 10000000000LL);
        batch_set_u16(b, 4, (uint16_t)(65535 - i));
        batch_set_u32(b, 5, (uint32_t)i);
        if (i % 2 == 0)
            batch_set_u64(b, 6, UINT64_MAX - (uint64_t)i);
        batch_set_f64(b, 7, i / 4.0);
        snprintf(name, sizeof name, i == 9 ? "a longer name with \xff in it" : i % 3 ? "n%d" : "a longer name that is number %d", i);
        batch_set_text(b, 8, name, strlen(name));
    }
    return b;
}

static const struct {
    const char *where, *rows; /* digits of the rows that are left */
} filters[] = {
    {"true", "0123456789"},
    {"false", ""},
    {"ok", "13579"},
    {"NOT ok AND pid > 3", "468"},
    {"exit_code <= -8", "89"},
    {"delta = -50000000000", "5"},
    {"port IN (65535, 65526)", "09"},
    {"bytes IS NULL", "13579"},
    {"bytes >= 18446744073709551611", "024"},
    {"load BETWEEN 0.5 AND 1", "234"},
    {"comm = 'n1' OR comm LIKE 'a longer%'", "01369"},
    {"comm = 'a longer name with \\xff in it'", "9"},
    {"things.pid = 3", "3"},
    {"\"pid\" = 3 -- a comment", "3"},
    {"time < TIMESTAMP_NS '1970-01-01 00:00:02'", "01"},
    {"time >= '1970-01-01 00:00:08'", "89"},
    {"regexp_matches(comm, '^n[45]$') /* ) */", "45"},
    {"CASE WHEN pid = 1 THEN true ELSE bytes IS NOT NULL AND pid < 3 END", "012"},
    {"(pid = 1) OR (pid = 2)", "12"},
    {"time > now()", ""},
    {"time < current_timestamp - INTERVAL 1 DAY AND pid = 3", "3"},
};

static const struct {
    const char *where, *says;
} bad_filters[] = {
    {"", "syntax error"},
    {"pid", "not true or false"},
    {"comm", "not true or false"},
    {"pdi = 1", "did you mean \"pid\"?"},
    {"exitcode = 1", "did you mean \"exit_code\"?"},
    {"quite_another = 1", "it has time, ok, exit_code, delta, port, pid, bytes, load, comm"},
    {"pid = ", "syntax error"},
    {"pid = 1; DROP TABLE x", "syntax error"},
    {"1=1) or (1=1", "syntax error"},
    {"true) UNION SELECT (1", "more than one expression"},
    {"true) GROUP BY (pid", "more than one expression"},
    {"true) ORDER BY (pid", "more than one expression"},
    {"true) LIMIT (1", "more than one expression"},
    {"true) HAVING (true", "more than one expression"},
    {"true); SELECT (1", "2 statements"},
    {"pid IN (SELECT 1)", "subquery"},
    {"EXISTS (FROM read_csv('/etc/passwd'))", "read_csv() is not allowed"},
    {"(SELECT true)", "subquery"},
    {"write_log('x') IS NULL", "write_log() is not allowed"},
    {"pid = ?", "parameter"},
    {"sum(pid) > 1", "aggregates"},
    {"row_number() OVER () = 1", "window"},
    {"comm = 1 + ", "syntax error"},
    {"nosuch(pid)", "nosuch"},
};

static void filters_choose_rows(void **state)
{
    (void)state;
    struct batch_pool *pool = batch_pool_create(&things, 1);
    struct batch *b = make_things(pool);
    uint32_t rows[BATCH_ROWS], n;
    for (size_t i = 0; i < COUNT(filters); i++) {
        struct err why = {0};
        char got[16] = "";
        struct query_filter *f = query_filter_create(&things, filters[i].where, strlen(filters[i].where), &why);
        if (!f || query_filter_run(f, b, rows, &n, &why) || query_filter_run(f, b, rows, &n, &why)) /* the second run as the first */
            fail_msg("%s: %s", filters[i].where, why.text);
        for (uint32_t k = 0; k < n; k++)
            got[k] = (char)('0' + rows[k]);
        assert_string_equal(got, filters[i].rows);
        query_filter_destroy(f);
    }
    batch_drop(b);
    batch_pool_destroy(pool);
}

static void bad_filters_are_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad_filters); i++) {
        struct err why = {0};
        struct query_filter *f = query_filter_create(&things, bad_filters[i].where, strlen(bad_filters[i].where), &why);
        if (f || !strcasestr(why.text, bad_filters[i].says))
            fail_msg("%s: %s", bad_filters[i].where, f ? "taken" : why.text);
    }
}

static void a_filter_may_fail_on_a_value(void **state)
{
    (void)state;
    struct err why = {0};
    struct batch_pool *pool = batch_pool_create(&things, 1);
    struct batch *b = make_things(pool);
    uint32_t rows[BATCH_ROWS], n;
    struct query_filter *f = query_filter_create(&things, "comm::INTEGER = 1", 17, &why);
    assert_non_null(f);
    assert_int_equal(query_filter_run(f, b, rows, &n, &why), -EINVAL);
    assert_non_null(strstr(why.text, "Could not convert"));
    query_filter_destroy(f);
    batch_drop(b);
    batch_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cut_at_its_semicolon), cmocka_unit_test(statements_that_read_are_let_in),
        cmocka_unit_test(other_statements_are_refused), cmocka_unit_test(errors_advise_what_can_be_done),
        cmocka_unit_test(odd_bytes_are_refused),        cmocka_unit_test(values_are_written),
        cmocka_unit_test(formats_have_their_shape),     cmocka_unit_test(all_types_are_valid_json),
        cmocka_unit_test(order_survives_chunks),        cmocka_unit_test(time_out_ends_a_query),
        cmocka_unit_test(client_gone_ends_a_query),     cmocka_unit_test(cancel_ends_a_query),
        cmocka_unit_test(an_error_comes_after_rows),    cmocka_unit_test(parquet_is_written),
        cmocka_unit_test(filters_choose_rows),          cmocka_unit_test(bad_filters_are_explained),
        cmocka_unit_test(a_filter_may_fail_on_a_value),
    };
    return cmocka_run_group_tests_name("query", tests, setup, teardown);
}
