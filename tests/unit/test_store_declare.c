/* Tables that are declared while the store runs. */
#include "store_fixture.h"
#include "table/declare.h"
#include "table/row_json.h"

#include <sys/stat.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A table of that name with a time and these further columns ("a", "b" …), numbers all. */
static struct table *make(const char *name, const char *columns)
{
    struct text json = {0};
    struct err why = {0};
    text_addf(&json, "{\"name\":\"%s\",\"description\":\"rows of a test\",\"columns\":[", name);
    text_adds(&json, "{\"name\":\"time\",\"type\":\"time\",\"role\":\"time\",\"unit\":\"ns\",\"description\":\"when\"}");
    for (; *columns; columns++)
        text_addf(&json, ",{\"name\":\"%c\",\"type\":\"%s\",\"role\":\"measure\",\"unit\":null,\"description\":\"a number\"}",
                  *columns | 0x20, *columns < 'a' ? "text" : "u64");
    text_adds(&json, "]}");
    struct table *t = table_declare(json.bytes, json.length, &why);
    if (!t)
        fail_msg("%s", why.text);
    text_free(&json);
    return t;
}

static int declare(struct fixture *f, const char *name, const char *columns, const struct table **t, struct err *why)
{
    bool created;
    err_clear(why);
    return store_declare(f->s, make(name, columns), t, &created, why);
}

static const struct table *declared(struct fixture *f, const char *name, const char *columns)
{
    const struct table *t;
    struct err why = {0};
    if (declare(f, name, columns, &t, &why))
        fail_msg("%s", why.text);
    return t;
}

static void put(struct fixture *f, const struct table *t, const char *line, unsigned times)
{
    struct batch_pool *pool = batch_pool_create(t, 0);
    struct batch *b = batch_take(pool);
    struct err why = {0};
    for (unsigned i = 0; i < times; i++) {
        char *copy = strdup(line);
        if (row_json_add(b, copy, strlen(copy), clock_utc_ns(), &why))
            fail_msg("%s", why.text);
        free(copy);
    }
    assert_true(store_consume(f->s, b));
    batch_drop(b);
    batch_pool_destroy(pool);
}

static void refuses(struct fixture *f, const char *name, const char *columns, const char *words)
{
    const struct table *t;
    struct err why = {0};
    if (!declare(f, name, columns, &t, &why) || !strstr(why.text, words))
        fail_msg("%s: %s", name, why.code ? why.text : "taken");
}

static void rows_are_there_at_once_and_after_a_restart(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    fixture_open(&f);
    assert_null(store_table(f.s, "mine"));
    const struct table *t = declared(&f, "mine", "aB"), *list[8];
    assert_ptr_equal(store_table(f.s, "mine"), t);
    assert_ptr_equal(declared(&f, "mine", "aB"), t);
    assert_int_equal(store_tables(f.s, list, COUNT(list)), 2);
    assert_ptr_equal(list[0], &fixture_table);
    assert_true(store_is_declared(f.s, t) && !store_is_declared(f.s, &fixture_table));
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM mine"), 0);
    put(&f, t, "{\"a\":7,\"b\":\"x\"}", 3);
    assert_int_equal(ask_number(f.s, "SELECT sum(a) FROM mine WHERE b='x'"), 21);
    put(&f, t, "{\"a\":1}", BATCH_ROWS); /* not by the journal */
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM mine"), BATCH_ROWS + 3);
    put(&f, t, "{\"a\":2}", 1);
    fixture_close(&f);
    fixture_open(&f);
    t = store_table(f.s, "mine");
    assert_non_null(t);
    assert_string_equal(t->columns[2].name, "b");
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM mine"), BATCH_ROWS + 4);
    put(&f, t, "{\"a\":7}", 1);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM mine"), BATCH_ROWS + 5);
    fixture_put(&f, 10, 0);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM ops"), 10);
    fixture_end(&f);
}

static void columns_are_added_at_the_end(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    fixture_open(&f);
    const struct table *first = declared(&f, "mine", "a"), *second;
    put(&f, first, "{\"a\":1}", 2);
    second = declared(&f, "mine", "aB");
    assert_ptr_not_equal(first, second);
    assert_ptr_equal(store_table(f.s, "mine"), second);
    put(&f, second, "{\"a\":2,\"b\":\"new\"}", 2);
    put(&f, first, "{\"a\":4}", 2); /* a batch that began before */
    assert_int_equal(ask_number(f.s, "SELECT sum(a) FROM mine"), 14);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM mine WHERE b IS NULL"), 4);
    refuses(&f, "mine", "a", "there is a table mine already: its column b is not in the new declaration; choose another name");
    refuses(&f, "mine", "Ab", "its column a is declared as u64");
    fixture_close(&f);
    fixture_open(&f);
    assert_int_equal(ask_number(f.s, "SELECT count(b) FROM mine"), 2);
    assert_int_equal(ask_number(f.s, "SELECT sum(a) FROM mine"), 14);
    declared(&f, "mine", "aBc");
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM mine WHERE c IS NULL"), 6);
    store_take_losses(f.s, fixture_count_loss, &f);
    assert_int_equal(f.lost, 0);
    fixture_end(&f);
}

static void names_are_guarded(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    fixture_open(&f);
    refuses(&f, "ops", "a", "ops is a table of the agent's own; choose another name");
    refuses(&f, "select", "a", "select is a word of SQL");
    refuses(&f, "duckdb_mine", "a", "the database's own");
    declared(&f, "parts", "a"); /* odd, and harmless */
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM parts"), 0);
    fixture_end(&f);
}

static void there_is_a_ceiling(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    char name[16];
    fixture_open(&f);
    for (int i = 0; i < STORE_DECLARED_MAX; i++) {
        snprintf(name, sizeof name, "t%d", i);
        declared(&f, name, "a");
    }
    refuses(&f, "onemore", "a", "64 tables are declared already");
    declared(&f, "t3", "ab"); /* those that are there may grow */
    fixture_close(&f);
    fixture_open(&f);
    assert_int_equal(store_tables(f.s, NULL, 0), STORE_DECLARED_MAX + 1);
    fixture_end(&f);
}

static void write_file(const struct fixture *f, const char *name, const char *bytes)
{
    char path[512];
    snprintf(path, sizeof path, "%s/declared/%s", f->dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(bytes, file);
    fclose(file);
}

/* A start goes well whatever is in the folder, and what was declared stays. */
static void bad_files_are_left_alone(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    fixture_open(&f);
    put(&f, declared(&f, "mine", "a"), "{\"a\":5}", 1);
    put(&f, declared(&f, "gone", "a"), "{\"a\":6}", 1);
    fixture_close(&f);
    write_file(&f, "broken.json", "{");
    write_file(
        &f, "other.json",
        "{\"name\":\"mine\",\"description\":\"d\",\"columns\":[{\"name\":\"time\",\"type\":\"time\",\"role\":\"time\",\"unit\":\"ns\","
        "\"description\":\"w\"}]}");
    write_file(&f, "gone.json", "");
    write_file(
        &f, "ops.json",
        "{\"name\":\"ops\",\"description\":\"d\",\"columns\":[{\"name\":\"time\",\"type\":\"time\",\"role\":\"time\",\"unit\":\"ns\","
        "\"description\":\"w\"}]}");
    fixture_open(&f);
    assert_int_equal(store_tables(f.s, NULL, 0), 2);
    assert_int_equal(ask_number(f.s, "SELECT sum(a) FROM mine"), 5);
    declared(&f, "gone", "ab"); /* again, with another column: its rows are found */
    assert_int_equal(ask_number(f.s, "SELECT sum(a) FROM gone WHERE b IS NULL"), 6);
    fixture_end(&f);
}

/* Budget and retention take them as they take others. */
static void segments_are_made_and_taken(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    struct store_table_stats stats[2];
    char line[2600], word[2500];
    f.options.segment_ns = NS_PER_S;
    f.options.max_disk_bytes = 8 << 20;
    fixture_open(&f);
    const struct table *t = declared(&f, "mine", "aB");
    for (int i = 0; i < 24; i++) {
        for (size_t k = 0; k + 8 < sizeof word; k += 8)
            snprintf(word + k, 9, "%08lx", (unsigned long)random());
        snprintf(line, sizeof line, "{\"a\":%d,\"b\":\"%s\"}", i, word);
        put(&f, t, line, 1);
    }
    AWAIT((store_table_stats(f.s, stats, 2), stats[1].segments > 0));
    assert_int_equal(stats[1].rows_total, 24);
    assert_true(stats[1].bytes_on_disk > 0 && stats[1].newest_utc_ns);
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM mine"), 24);
    declared(&f, "mine", "aBc"); /* older segments have no such column */
    assert_int_equal(ask_number(f.s, "SELECT count(*) FROM mine WHERE c IS NULL AND b IS NOT NULL"), 24);
    fixture_close(&f);
    f.options.retention_ns = 4ULL * NS_PER_S;
    fixture_open(&f);
    AWAIT((store_table_stats(f.s, stats, 2), stats[1].rows_total == 0));
    fixture_end(&f);
}

static void a_declaration_that_cannot_be_kept_is_refused(void **state)
{
    (void)state;
    struct fixture f = fixture_make(NULL);
    const struct table *t;
    struct err why = {0};
    char path[300];
    fixture_open(&f);
    snprintf(path, sizeof path, "%s/declared", f.dir);
    FILE *file = fopen(path, "w"); /* where the folder should be */
    assert_non_null(file);
    fclose(file);
    assert_true(declare(&f, "mine", "a", &t, &why) < 0);
    assert_non_null(strstr(why.text, "declared/mine.json"));
    assert_null(t);
    assert_null(store_table(f.s, "mine"));
    remove(path);
    declared(&f, "mine", "a");
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_there_at_once_and_after_a_restart),
        cmocka_unit_test(columns_are_added_at_the_end),
        cmocka_unit_test(names_are_guarded),
        cmocka_unit_test(there_is_a_ceiling),
        cmocka_unit_test(bad_files_are_left_alone),
        cmocka_unit_test(segments_are_made_and_taken),
        cmocka_unit_test(a_declaration_that_cannot_be_kept_is_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
