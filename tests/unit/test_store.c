/* store: rows in are rows out, through parts and segments, views, retention and readers. */
#include "store_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <time.h>

/* --- every type ------------------------------------------------------------------------------------------------------------- */

static const struct column all_columns[] = {
    COLUMN_TIME("when"),
    {"b", TYPE_BOOL, ROLE_DIMENSION, NULL, "bool"},
    {"i32", TYPE_I32, ROLE_MEASURE, "1", "i32"},
    {"i64", TYPE_I64, ROLE_MEASURE, "1", "i64"},
    {"u16", TYPE_U16, ROLE_MEASURE, "1", "u16"},
    {"u32", TYPE_U32, ROLE_MEASURE, "1", "u32"},
    {"u64", TYPE_U64, ROLE_MEASURE, "1", "u64"},
    {"f64", TYPE_F64, ROLE_MEASURE, "1", "f64"},
    {"text", TYPE_TEXT, ROLE_DIMENSION, NULL, "text"},
};
static const struct table all_table = TABLE("alls", "one column of each type", all_columns);
static const struct table *const all_tables[] = {&all_table};

#define IN(s) s, sizeof(s) - 1
static const struct text_case {
    const char *in;
    size_t n;
    const char *sql; /* the expected value */
} texts[] = {
    {IN(""), "''"},
    {IN("twelve bytes"), "'twelve bytes'"},
    {IN("thirteen byte"), "'thirteen byte'"},
    {IN("it's \"quoted\"\n"), "'it''s \"quoted\"\n'"},
    {IN("gr\xc3\xbc\xc3\x9f dich, Welt \xf0\x9f\x8c\x8d"), "'grüß dich, Welt 🌍'"},
    {IN("\xff"), "'\\xff'"},
    {IN("a long text with bad \xc3( bytes \xff\xfe in it"), "'a long text with bad \\xc3( bytes \\xff\\xfe in it'"},
    {IN("\xed\xa0\x80"), "'\\xed\\xa0\\x80'"},
    {IN("cut \xe2\x82"), "'cut \\xe2\\x82'"},
    {IN("a\0b"), "'a'||chr(0)||'b'"},
};
enum { N_TEXTS = sizeof texts / sizeof texts[0], LONG_TEXT = 100000 };

static void put_all(struct store *s)
{
    static char long_text[LONG_TEXT];
    struct batch_pool *pool = batch_pool_create(&all_table, 1);
    struct batch *b = batch_take(pool);
    memset(long_text, 'x', sizeof long_text);
    batch_add_row(b); /* row 0: all NULL but the time */
    batch_set_time(b, 0, 1);
    batch_add_row(b); /* row 1: the largest */
    batch_set_time(b, 0, 1763690400123456789);
    batch_set_bool(b, 1, true);
    batch_set_i32(b, 2, INT32_MAX);
    batch_set_i64(b, 3, INT64_MAX);
    batch_set_u16(b, 4, UINT16_MAX);
    batch_set_u32(b, 5, UINT32_MAX);
    batch_set_u64(b, 6, UINT64_MAX);
    batch_set_f64(b, 7, 0.1);
    batch_set_text(b, 8, long_text, sizeof long_text);
    batch_add_row(b); /* row 2: the smallest */
    batch_set_time(b, 0, -1);
    batch_set_bool(b, 1, false);
    batch_set_i32(b, 2, INT32_MIN);
    batch_set_i64(b, 3, INT64_MIN);
    batch_set_u16(b, 4, 0);
    batch_set_u32(b, 5, 0);
    batch_set_u64(b, 6, 0);
    batch_set_f64(b, 7, -1e300);
    for (size_t i = 0; i < N_TEXTS; i++) {
        batch_add_row(b);
        batch_set_time(b, 0, 1000 + (int64_t)i);
        batch_set_text(b, 8, texts[i].in, texts[i].n);
    }
    assert_true(store_consume(s, b));
    batch_drop(b);
    batch_pool_destroy(pool);
    assert_int_equal(store_flush(s, 30000), 0);
}

static void check_all(struct store *s)
{
    static const char *const true_of_one_row[] = {
        "epoch_ns(time)=1 AND b IS NULL AND i32 IS NULL AND i64 IS NULL AND u16 IS NULL AND u32 IS NULL AND u64 IS NULL AND f64 IS NULL "
        "AND "
        "text IS NULL",
        "epoch_ns(time)=1763690400123456789 AND b AND i32=2147483647 AND i64=9223372036854775807 AND u16=65535 AND u32=4294967295 AND "
        "u64=18446744073709551615 AND f64=0.1::DOUBLE AND text=repeat('x',100000)",
        "epoch_ns(time)=-1 AND NOT b AND i32=-2147483648 AND i64=-9223372036854775808 AND u16=0 AND u32=0 AND u64=0 AND f64=-1e300 AND "
        "text IS NULL",
    };
    char sql[1024];
    assert_int_equal(ask_number(s, "SELECT count(*) FROM alls"), 3 + N_TEXTS);
    for (size_t i = 0; i < sizeof true_of_one_row / sizeof true_of_one_row[0]; i++) {
        snprintf(sql, sizeof sql, "SELECT count(*) FROM alls WHERE %s", true_of_one_row[i]);
        assert_int_equal(ask_number(s, sql), 1);
    }
    for (size_t i = 0; i < N_TEXTS; i++) {
        snprintf(sql, sizeof sql, "SELECT count(*) FROM alls WHERE epoch_ns(time)=%zu AND text=%s", 1000 + i, texts[i].sql);
        if (ask_number(s, sql) != 1)
            fail_msg("text case %zu", i);
    }
    assert_string_equal(ask(s, "SELECT string_agg(column_type,' ') FROM (DESCRIBE alls)"),
                        "TIMESTAMP_NS BOOLEAN INTEGER BIGINT USMALLINT UINTEGER UBIGINT DOUBLE VARCHAR");
}

static void every_type(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    f.options.tables = all_tables;
    f.options.segment_ns = NS_PER_S;
    fixture_open(&f);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM alls"), 0);
    assert_string_equal(ask(f.s, "SELECT string_agg(column_type,' ') FROM (DESCRIBE alls)"),
                        "TIMESTAMP_NS BOOLEAN INTEGER BIGINT USMALLINT UINTEGER UBIGINT DOUBLE VARCHAR");
    put_all(f.s);
    check_all(f.s);
    f.options.retention_ns = INT64_MAX; /* kept by the store from its own copy: rows of 1970 are beyond any goal */
    fixture_end(&f);
}

static void every_type_in_a_segment(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    f.options.tables = all_tables;
    f.options.segment_ns = NS_PER_S;
    f.options.retention_ns = INT64_MAX;
    fixture_open(&f);
    put_all(f.s);
    AWAIT(fixture_stats(&f).segments == 1);
    check_all(f.s);
    fixture_close(&f);
    fixture_open(&f);
    assert_int_equal(f.recovery.recovered_rows, 0);
    assert_int_equal(fixture_stats(&f).rows_total, 3 + N_TEXTS);
    assert_int_equal(fixture_stats(&f).oldest_utc_ns, -1);
    assert_int_equal(fixture_stats(&f).newest_utc_ns, 1763690400123456789);
    check_all(f.s);
    fixture_end(&f);
}

/* --- parts and segments ------------------------------------------------------------------------------------------------------ */

static void check_exact(struct fixture *f) /* every id that was put is there once */
{
    char expected[64];
    snprintf(expected, sizeof expected, "%" PRIu64 " %" PRIu64 " %" PRIu64, f->next_id, f->next_id, f->next_id - 1);
    assert_string_equal(ask(f->s, "SELECT concat_ws(' ',count(*),count(DISTINCT id),max(id)) FROM ops"), expected);
    assert_int_equal(fixture_stats(f).rows_total, f->next_id);
}

static void no_row_twice_while_segments_are_made(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    f.options.segment_ns = NS_PER_S;
    fixture_open(&f);
    while (fixture_stats(&f).segments < 4) {
        fixture_put(&f, 20000, 4);
        fixture_flush(&f);
        check_exact(&f);
    }
    store_take_losses(f.s, fixture_count_loss, &f);
    assert_int_equal(f.lost, 0);
    fixture_close(&f);
    fixture_open(&f);
    assert_false(f.recovery.unclean);
    assert_string_equal(f.recovery.text, "");
    check_exact(&f);
    fixture_end(&f);
}

static char *first_segment(struct fixture *f)
{
    char dir[300], *path = NULL;
    snprintf(dir, sizeof dir, "%s/segments/ops", f->dir);
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e; !path && (e = readdir(d));)
        if (e->d_name[0] != '.')
            assert_true(asprintf(&path, "%s/%s", dir, e->d_name) > 0);
    closedir(d);
    return path;
}

static void another_duckdb_reads_a_segment(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    f.options.segment_ns = NS_PER_S;
    fixture_open(&f);
    fixture_put(&f, 5000, 4);
    AWAIT(fixture_stats(&f).segments >= 1 && fixture_stats(&f).rows_total == 5000);
    char *path = first_segment(&f), sql[500];
    duckdb_database db;
    duckdb_connection c;
    duckdb_result r;
    snprintf(sql, sizeof sql, "SELECT count(*), max(id) FROM read_parquet('%.*s/*.parquet')", (int)(strrchr(path, '/') - path), path);
    assert_int_equal(duckdb_open(NULL, &db), DuckDBSuccess);
    assert_int_equal(duckdb_connect(db, &c), DuckDBSuccess);
    assert_int_equal(duckdb_query(c, sql, &r), DuckDBSuccess);
    assert_int_equal(duckdb_value_uint64(&r, 1, 0), 4999);
    duckdb_destroy_result(&r);
    duckdb_disconnect(&c);
    duckdb_close(&db);
    free(path);
    fixture_end(&f);
}

static void spoil(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void unfinished_files_are_removed(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    f.options.segment_ns = NS_PER_S;
    fixture_open(&f);
    fixture_put(&f, 5000, 4);
    AWAIT(fixture_stats(&f).segments >= 1);
    uint64_t segments = fixture_stats(&f).segments;
    fixture_close(&f);
    char *path = first_segment(&f), other[600];
    size_t dir = (size_t)(strrchr(path, '/') - path);
    snprintf(other, sizeof other, "%.*s/20260101T000000Z-000777.parquet.tmp", (int)dir, path);
    spoil(other, "PAR1 never finished");
    snprintf(other, sizeof other, "%.*s/20260101T000000Z-000778.parquet", (int)dir, path);
    spoil(other, "PAR1 neither was this");
    snprintf(other, sizeof other, "%.*s/20260101T000000Z-000779.parquet", (int)dir, path);
    spoil(other, "PAR1 looks complete but is not \x08\x01\x01\x01PAR1"); /* a footer longer than the file */
    snprintf(other, sizeof other, "%.*s/20260101T000000Z-000780.parquet", (int)dir, path);
    FILE *out = fopen(other, "w");
    fwrite("PAR1garbage that has the right ends\x10\0\0\0PAR1", 1, 43, out);
    fclose(out);
    fixture_open(&f);
    assert_int_equal(f.recovery.dropped_files, 4);
    assert_non_null(strstr(f.recovery.text, "4 unfinished files removed"));
    assert_true(fixture_stats(&f).segments >= segments);
    check_exact(&f);
    free(path);
    fixture_end(&f);
}

/* A crash after the rename and before the DROP: the segment is complete and the part is still in the database. */
static void a_part_with_its_segment_counts_once(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    fixture_open(&f);
    fixture_put(&f, 5000, 4);
    fixture_flush(&f);
    int64_t newest = fixture_stats(&f).newest_utc_ns, hour = newest / NS_PER_S / 3600 * 3600;
    fixture_close(&f);
    char database[300], name[64], sql[1200];
    snprintf(database, sizeof database, "%s/hot.duckdb", f.dir);
    time_t when = (time_t)hour;
    struct tm tm;
    strftime(name, sizeof name, "%Y%m%dT%H%M%SZ-000000", gmtime_r(&when, &tm));
    snprintf(sql, sizeof sql, "COPY parts.\"ops__%" PRId64 "_000000\" TO '%s/segments/ops/%s.parquet' (FORMAT parquet)", hour, f.dir, name);
    duckdb_database db;
    duckdb_connection c;
    assert_int_equal(duckdb_open(database, &db), DuckDBSuccess);
    assert_int_equal(duckdb_connect(db, &c), DuckDBSuccess);
    assert_int_equal(duckdb_query(c, sql, NULL), DuckDBSuccess);
    duckdb_disconnect(&c);
    duckdb_close(&db);
    fixture_open(&f);
    assert_int_equal(fixture_stats(&f).segments, 1);
    assert_int_equal(f.recovery.recovered_rows, 0);
    check_exact(&f);
    fixture_end(&f);
}

/* --- declarations change ------------------------------------------------------------------------------------------------------ */

static const struct column old_columns[] = {
    COLUMN_TIME("when"),
    {"gone", TYPE_TEXT, ROLE_DIMENSION, NULL, "a column that is dropped"},
    {"id", TYPE_U32, ROLE_IDENTITY, NULL, "a column whose type changes"},
};
static const struct table old_table = TABLE("ops", "rows of an older version", old_columns);
static const struct table *const old_tables[] = {&old_table};

static void put_old(struct fixture *f, uint32_t id)
{
    struct batch_pool *pool = batch_pool_create(&old_table, 1);
    struct batch *b = batch_take(pool);
    batch_add_row(b);
    batch_set_time(b, 0, clock_utc_ns());
    batch_set_static(b, 1, "old");
    batch_set_u32(b, 2, id);
    assert_true(store_consume(f->s, b));
    batch_drop(b);
    batch_pool_destroy(pool);
    fixture_flush(f);
}

static void old_rows_fit_new_declarations(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    f.options.tables = old_tables;
    f.options.segment_ns = NS_PER_S;
    fixture_open(&f);
    put_old(&f, 1000000); /* becomes a segment */
    AWAIT(fixture_stats(&f).segments == 1);
    fixture_close(&f);
    f.options.segment_ns = 3600ULL * NS_PER_S;
    fixture_open(&f);
    put_old(&f, 1000001); /* stays a part of the old shape */
    fixture_close(&f);
    f.options.tables = fixture_tables;
    fixture_open(&f);
    fixture_put(&f, 10, 4);
    fixture_flush(&f);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 12);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops WHERE path IS NULL AND id IN (1000000, 1000001)"), 2);
    assert_string_equal(ask(f.s, "SELECT string_agg(column_name||' '||column_type,',') FROM (DESCRIBE ops)"),
                        "time TIMESTAMP_NS,id UBIGINT,path VARCHAR");
    AWAIT(fixture_stats(&f).segments == 2); /* the part of the old shape does not wait for its window */
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops WHERE path IS NULL AND id IN (1000000, 1000001)"), 2);
    fixture_end(&f);
}

static void undeclared_tables_stay(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    fixture_open(&f);
    fixture_put(&f, 100, 4);
    fixture_close(&f);
    f.options.tables = all_tables;
    fixture_open(&f);
    put_all(f.s);
    fixture_close(&f);
    f.options.tables = fixture_tables;
    fixture_open(&f);
    check_exact(&f);
    fixture_end(&f);
}

/* --- retention ----------------------------------------------------------------------------------------------------------------- */

static void old_rows_go(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    f.options.retention_ns = 4ULL * NS_PER_S;
    fixture_open(&f);
    fixture_put(&f, 1000, 4);
    fixture_flush(&f);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 1000);
    AWAIT(fixture_stats(&f).rows_total == 0);
    AWAIT(ask_number(f.s, "SELECT count(*) FROM ops") == 0); /* the view follows the figures */
    fixture_put(&f, 1, 4);
    fixture_flush(&f);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 1);
    store_take_losses(f.s, fixture_count_loss, &f);
    assert_int_equal(f.lost, 0); /* retention is no loss */
    fixture_end(&f);
}

static uint64_t disk_bytes(struct fixture *f)
{
    struct store_stats stats;
    store_stats(f->s, &stats);
    return stats.disk_bytes;
}

static void the_byte_budget_holds(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    f.options.max_disk_bytes = 24 << 20;
    fixture_open(&f);
    for (int i = 0; i < 60; i++) { /* 100 MB of noise */
        fixture_put(&f, 3000, 300);
        fixture_flush(&f);
    }
    AWAIT(disk_bytes(&f) <= f.options.max_disk_bytes);
    uint64_t count = ask_number(f.s, "SELECT count(*) FROM ops"), oldest = ask_number(f.s, "SELECT min(id) FROM ops");
    assert_true(oldest > 0);                     /* the oldest went */
    assert_true(count > 1000);                   /* not everything */
    assert_int_equal(count, f.next_id - oldest); /* and nothing in between */
    store_take_losses(f.s, fixture_count_loss, &f);
    assert_int_equal(f.lost, 0);
    fixture_end(&f);
}

/* --- readers ------------------------------------------------------------------------------------------------------------------- */

static const struct refusal {
    const char *sql, *part_of_answer;
} refusals[] = {
    {"SELECT * FROM read_text('/etc/passwd')", "disabled by configuration"},
    {"SELECT * FROM read_text('%s/segments/../lock')", "disabled by configuration"},
    {"SELECT * FROM read_blob('%s/lock')", "disabled by configuration"},
    {"SELECT * FROM glob('/etc/*')", "disabled by configuration"},
    {"COPY (SELECT 1) TO '/tmp/sonde-escaped.csv'", "disabled by configuration"},
    {"COPY (SELECT 1) TO '%s/escaped.csv'", "disabled by configuration"},
    {"ATTACH '/tmp/sonde-escaped.duckdb'", "disabled by configuration"},
    {"ATTACH '%s/hot.duckdb' AS again", "error"},
    {"SET enable_external_access=true", "error"},
    {"SET memory_limit='100GB'", "locked"},
    {"SET allowed_directories=['/']", "error"},
    {"INSTALL httpfs", "error"},
    {"LOAD httpfs", "error"},
};

static void readers_are_confined(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    fixture_open(&f);
    fixture_put(&f, 10, 4);
    fixture_flush(&f);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        char sql[600];
        const char *mark = strstr(refusals[i].sql, "%s");
        snprintf(sql, sizeof sql, "%.*s%s%s", mark ? (int)(mark - refusals[i].sql) : 0, refusals[i].sql, mark ? f.dir : "",
                 mark ? mark + 2 : refusals[i].sql);
        const char *answer = ask(f.s, sql);
        if (!strstr(answer, refusals[i].part_of_answer))
            fail_msg("%s\n-> %s", sql, answer);
    }
    assert_int_equal(access("/tmp/sonde-escaped.csv", F_OK), -1);
    fixture_end(&f);
}

static void a_query_keeps_the_segments_it_began_with(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    struct store_reader *r;
    duckdb_result result;
    f.options.retention_ns = 4ULL * NS_PER_S;
    fixture_open(&f);
    fixture_put(&f, 1000, 4);
    AWAIT(fixture_stats(&f).segments >= 1);
    assert_int_equal(store_reader_open(f.s, NULL, 0, &r, NULL), 0);
    assert_int_equal(duckdb_query(store_reader_connection(r), "BEGIN TRANSACTION READ ONLY; SELECT count(*) FROM ops", &result),
                     DuckDBSuccess);
    duckdb_destroy_result(&result);
    AWAIT(fixture_stats(&f).rows_total == 0);
    AWAIT(ask_number(f.s, "SELECT count(*) FROM ops") == 0); /* the view follows the figures */
    assert_int_equal(duckdb_query(store_reader_connection(r), "SELECT count(*) FROM ops", &result), DuckDBSuccess);
    assert_int_equal(duckdb_value_uint64(&result, 0, 0), 1000);
    duckdb_destroy_result(&result);
    char *path = first_segment(&f);
    assert_non_null(path);
    free(path);
    store_reader_close(r);
    AWAIT(!(path = first_segment(&f)) || (free(path), false));
    fixture_end(&f);
}

/* --- bounds ---------------------------------------------------------------------------------------------------------------------- */

static void a_full_queue_loses_and_counts(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    f.options.queue_ceiling_bytes = 300 << 10;
    fixture_open(&f);
    fixture_put(&f, 400000, 40);
    fixture_flush(&f);
    assert_true(f.refused > 0);
    store_take_losses(f.s, fixture_count_loss, &f);
    assert_int_equal(f.lost, f.refused);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), f.next_id - f.refused);
    f.lost = 0;
    store_take_losses(f.s, fixture_count_loss, &f);
    assert_int_equal(f.lost, 0); /* told once */
    fixture_end(&f);
}

static void one_store_a_directory(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    struct err why = {0};
    char pid[32];
    fixture_open(&f);
    assert_null(store_open(&f.options, NULL, &why));
    snprintf(pid, sizeof pid, "process %d;", getpid());
    assert_non_null(strstr(why.text, pid));
    fixture_end(&f);
}

static void no_directory_is_a_sentence(void **state)
{
    (void)state;
    struct err why = {0};
    struct store_options options = {.dir = "/nonexistent/sonde", .tables = fixture_tables, .n_tables = 1};
    assert_null(store_open(&options, NULL, &why));
    assert_int_equal(why.code, ENOENT);
    assert_non_null(strstr(why.text, "/nonexistent/sonde"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type),
        cmocka_unit_test(every_type_in_a_segment),
        cmocka_unit_test(no_row_twice_while_segments_are_made),
        cmocka_unit_test(another_duckdb_reads_a_segment),
        cmocka_unit_test(unfinished_files_are_removed),
        cmocka_unit_test(a_part_with_its_segment_counts_once),
        cmocka_unit_test(old_rows_fit_new_declarations),
        cmocka_unit_test(undeclared_tables_stay),
        cmocka_unit_test(old_rows_go),
        cmocka_unit_test(the_byte_budget_holds),
        cmocka_unit_test(readers_are_confined),
        cmocka_unit_test(a_query_keeps_the_segments_it_began_with),
        cmocka_unit_test(a_full_queue_loses_and_counts),
        cmocka_unit_test(one_store_a_directory),
        cmocka_unit_test(no_directory_is_a_sentence),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
