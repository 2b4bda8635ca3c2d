/* Tables and rows as JSON: what is read, what is refused and with which words. */
#include "base/clock.h"
#include "base/text.h"
#include "table/declare.h"
#include "table/describe.h"
#include "table/histogram.h"
#include "table/row_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define TIME                    "{\"name\":\"time\",\"type\":\"time\",\"role\":\"time\",\"unit\":\"ns\",\"description\":\"when\"}"
#define COLUMN(n, t)            "{\"name\":\"" n "\",\"type\":\"" t "\",\"role\":\"measure\",\"unit\":null,\"description\":\"a " n "\"}"
#define TABLE_OF(name, columns) "{\"name\":\"" name "\",\"description\":\"rows\",\"columns\":[" columns "]}"
#define ALL                                                                                                                                \
    TIME "," COLUMN("b", "bool") "," COLUMN("i32", "i32") "," COLUMN("i64", "i64") "," COLUMN("u16", "u16") "," COLUMN(                    \
        "u32", "u32") "," COLUMN("u64", "u64") "," COLUMN("f64", "f64") "," COLUMN("t", "text") "," COLUMN("at",                           \
                                                                                                           "time") "," COLUMN("h",         \
                                                                                                                              "histogram")

static struct table *declare(const char *json)
{
    struct err why = {0};
    struct table *t = table_declare(json, strlen(json), &why);
    if (!t)
        print_error("%s\n", why.text);
    assert_non_null(t);
    return t;
}

/* What table_describe() writes is read back as the same. */
static void reads_what_is_described(void **state)
{
    (void)state;
    struct text once = {0}, twice = {0};
    struct table *t = declare(TABLE_OF("all_types", ALL));
    assert_int_equal(t->n_columns, 11);
    assert_int_equal(t->columns[10].type, TYPE_HISTOGRAM);
    assert_null(t->columns[1].unit);
    table_describe(&once, t);
    struct table *again = declare(once.bytes);
    table_describe(&twice, again);
    assert_string_equal(once.bytes, twice.bytes);
    text_free(&once);
    text_addf(&once, "[%s]", twice.bytes); /* as `sonde tables NAME -o json` prints it */
    struct table *listed = declare(once.bytes);
    assert_string_equal(listed->name, "all_types");
    table_undeclare(t);
    table_undeclare(again);
    table_undeclare(listed);
    text_free(&once);
    text_free(&twice);
}

static const struct {
    const char *json, *words;
} refused[] = {
    {"", "no JSON"},
    {"{", "no JSON: line 1"},
    {"[]", "no JSON object"},
    {"[{},{}]", "no JSON object"},
    {"7", "no JSON"},
    {"{}", "the table: it has no \"name\""},
    {"{\"name\":7}", "its \"name\" is no string"},
    {"{\"name\":\"x\",\"name\":\"y\"}", "no JSON"},
    {"{\"name\":\"x\"}", "table x: it has no \"description\""},
    {"{\"name\":\"x\",\"description\":\"d\"}", "table x: it has no \"columns\""},
    {TABLE_OF("x", ""), "it has no \"columns\""},
    {TABLE_OF("x", "7"), "column 1 is no object"},
    {TABLE_OF("x", "{}"), "column 1: it has no \"name\""},
    {TABLE_OF("Bad", TIME), "table Bad: the table's name is not snake_case"},
    {TABLE_OF("x; drop", TIME), "not snake_case"},
    {TABLE_OF("x", COLUMN("a", "u64")), "the time column must be the first"},
    {TABLE_OF("x", TIME "," TIME), "the time column must be the first, and the only one"},
    {TABLE_OF("x", TIME "," COLUMN("a", "u64") "," COLUMN("a", "u64")), "two columns have one name"},
    {TABLE_OF("x", TIME "," COLUMN("a b", "u64")), "not snake_case"},
    {TABLE_OF("x", TIME "," COLUMN("a", "uint")), "column a: its type is \"uint\"; types are bool, i32"},
    {TABLE_OF("x", TIME ",{\"name\":\"a\",\"description\":\"d\",\"type\":\"u64\",\"role\":\"sum\"}"), "roles are time, identity"},
    {TABLE_OF("x", TIME ",{\"name\":\"a\",\"description\":\"\\u001b[31m\",\"type\":\"u64\",\"role\":\"measure\"}"), "control characters"},
    {TABLE_OF("x", TIME ",{\"name\":\"a\\u0000\",\"description\":\"d\",\"type\":\"u64\",\"role\":\"measure\"}"), "no JSON"},
};

static void refuses_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct err why = {0};
        struct table *t = table_declare(refused[i].json, strlen(refused[i].json), &why);
        if (t || !strstr(why.text, refused[i].words))
            fail_msg("%s\n-> %s", refused[i].json, t ? "taken" : why.text);
    }
}

static void has_ceilings(void **state)
{
    (void)state;
    struct text json = {0};
    struct err why = {0};
    text_adds(&json, "{\"name\":\"wide\",\"description\":\"d\",\"columns\":[" TIME);
    for (int i = 0; i < BATCH_MAX_COLUMNS; i++)
        text_addf(&json, ",{\"name\":\"c%d\",\"description\":\"d\",\"type\":\"u64\",\"role\":\"measure\"}", i);
    text_adds(&json, "]}");
    assert_null(table_declare(json.bytes, json.length, &why));
    assert_non_null(strstr(why.text, "it has 65 columns; a table has at most 64"));
    err_clear(&why);
    assert_null(table_declare(json.bytes, DECLARE_JSON_CEILING + 1, &why));
    assert_int_equal(why.code, E2BIG);
    text_free(&json);
}

static const struct {
    const char *columns;
    enum declare_change change;
    const char *words;
} changes[] = {
    {TIME "," COLUMN("a", "u64"), DECLARE_SAME, ""},
    {TIME "," COLUMN("a", "u64") "," COLUMN("b", "text"), DECLARE_GROWN, ""},
    {TIME, DECLARE_CHANGED, "its column a is not in the new declaration"},
    {TIME "," COLUMN("b", "u64") "," COLUMN("a", "u64"), DECLARE_CHANGED, "its column a is in another place"},
    {TIME "," COLUMN("a", "u32"), DECLARE_CHANGED, "its column a is declared as u64, role measure, and the new declaration says u32"},
    {TIME ",{\"name\":\"a\",\"description\":\"d\",\"type\":\"u64\",\"role\":\"measure\",\"unit\":\"ns\"}", DECLARE_CHANGED, "unit ns"},
    {TIME ",{\"name\":\"a\",\"description\":\"other words\",\"type\":\"u64\",\"role\":\"measure\"}", DECLARE_SAME, ""},
};

static void compares(void **state)
{
    (void)state;
    struct table *from = declare(TABLE_OF("x", TIME "," COLUMN("a", "u64")));
    for (size_t i = 0; i < COUNT(changes); i++) {
        struct err why = {0};
        struct text json = {0};
        text_addf(&json, TABLE_OF("x", "%s"), changes[i].columns);
        struct table *to = declare(json.bytes);
        enum declare_change change = declare_compare(from, to, &why);
        if (change != changes[i].change || !strstr(why.text, changes[i].words))
            fail_msg("%s\n-> %d %s", changes[i].columns, change, why.text);
        table_undeclare(to);
        text_free(&json);
    }
    table_undeclare(from);
}

/* --- rows ------------------------------------------------------------------------------------------------------------------- */

static const int64_t now_ns = 1763726400LL * NS_PER_S; /* 2025-11-21T12:00:00Z */

static struct table *all_types;
static struct batch_pool *pool;

static int setup(void **state)
{
    (void)state;
    all_types = declare(TABLE_OF("all_types", ALL));
    pool = batch_pool_create(all_types, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    batch_pool_destroy(pool);
    table_undeclare(all_types);
    return 0;
}

static int add(struct batch *b, const char *line, struct err *why)
{
    char *copy = strdup(line);
    int rc = row_json_add(b, copy, strlen(copy), now_ns, why);
    free(copy);
    return rc;
}

static void takes_each_type(void **state)
{
    (void)state;
    struct err why = {0};
    struct batch *b = batch_take(pool);
    const uint64_t *counts;
    assert_int_equal(add(b,
                         " {\"time\": \"2025-11-21T01:02:03.5Z\", \"u64\":18446744073709551615,\"i64\":-9223372036854775808,"
                         "\"b\":true,\"i32\":-2147483648,\"u16\":65535,\"u32\":4294967295,\"f64\":-1.5e3,"
                         "\"t\":\"a \\\"b\\\" \\u00e9\\n\",\"at\":1,\"h\":[1, 0,3]} ",
                         &why),
                     0);
    assert_int_equal(b->columns[0].i64[0], 1763686923500000000LL);
    assert_int_equal(b->columns[1].b[0], 1);
    assert_int_equal(b->columns[2].i32[0], INT32_MIN);
    assert_true(b->columns[3].i64[0] == INT64_MIN);
    assert_int_equal(b->columns[4].u16[0], 65535);
    assert_int_equal(b->columns[5].u32[0], UINT32_MAX);
    assert_true(b->columns[6].u64[0] == UINT64_MAX);
    assert_true(b->columns[7].f64[0] == -1500.0);
    assert_int_equal(b->columns[8].text[0].n, 9);
    assert_memory_equal(b->columns[8].text[0].p, "a \"b\" \xc3\xa9\n", 9);
    assert_int_equal(b->columns[9].i64[0], 1);
    assert_int_equal(batch_histogram(b, 10, 0, &counts), 3);
    assert_int_equal(counts[2], 3);
    batch_drop(b);
}

static void leaves_out_what_is_not_there(void **state)
{
    (void)state;
    struct err why = {0};
    struct batch *b = batch_take(pool);
    assert_int_equal(add(b, "{}", &why), 0);
    assert_int_equal(add(b, "{\"t\":null,\"time\":null,\"h\":[]}", &why), 0);
    assert_int_equal(b->rows, 2);
    for (uint32_t row = 0; row < 2; row++) {
        assert_int_equal(b->columns[0].i64[row], now_ns);
        for (size_t i = 1; i < 10; i++)
            assert_false(batch_is_valid(b, i, row));
    }
    batch_drop(b);
}

static const struct {
    const char *line, *words;
} bad_rows[] = {
    {"", "no JSON object"},
    {"[]", "no JSON object"},
    {"7", "no JSON object"},
    {"{\"u64\"}", "no JSON object"},
    {"{\"u64\":1", "does not end with }"},
    {"{\"u64\":1}x", "something follows"},
    {"{\"u64\":1,}", "no JSON object"},
    {"{u64:1}", "no JSON object"},
    {"{\"nothing\":1}", "all_types has no column \"nothing\"; its columns are time, b, i32"},
    {"{\"u64\":1,\"u64\":2}", "column u64 is there twice"},
    {"{\"u16\":65536}", "column u16: 65536 is no whole number from 0 to 65535"},
    {"{\"u16\":-1}", "from 0 to 65535"},
    {"{\"u32\":1.5}", "1.5 is no whole number"},
    {"{\"u64\":18446744073709551616}", "is no whole number"},
    {"{\"i32\":2147483648}", "from -2147483648 to 2147483647"},
    {"{\"i64\":-9223372036854775809}", "is no whole number"},
    {"{\"u64\":\"1\"}", "is no whole number"},
    {"{\"u64\":true}", "is no whole number"},
    {"{\"f64\":1e999}", "is no number"},
    {"{\"f64\":-}", "is no number"},
    {"{\"f64\":0x10}", "is no number"},
    {"{\"f64\":\"nan\"}", "is no number"},
    {"{\"b\":1}", "is neither true nor false"},
    {"{\"b\":truest}", "is neither true nor false"},
    {"{\"t\":7}", "column t: 7 is no string"},
    {"{\"t\":\"\xff\"}", "is not UTF-8"},
    {"{\"t\":\"\\x\"}", "no JSON object"},
    {"{\"time\":0}", "is no time that a row can have"},
    {"{\"time\":-5}", "is no time"},
    {"{\"time\":\"yesterday\"}", "is no time: write nanoseconds since 1970"},
    {"{\"time\":\"2025-02-30T00:00:00\"}garbage", "something follows"},
    {"{\"time\":\"2025-11-23T00:00:00Z\"}", "more than a day ahead"},
    {"{\"h\":7}", "is no array of at most 80 counts"},
    {"{\"h\":[1,-2]}", "is no array"},
    {"{\"h\":[1,2}", "is no array"},
    {"{\"h\":[[1]]}", "is no array"},
};

static void refuses_rows_in_words(void **state)
{
    (void)state;
    struct err why = {0};
    struct batch *b = batch_take(pool);
    assert_int_equal(add(b, "{\"u64\":1}", &why), 0);
    for (size_t i = 0; i < COUNT(bad_rows); i++) {
        err_clear(&why);
        if (add(b, bad_rows[i].line, &why) == 0 || !strstr(why.text, bad_rows[i].words))
            fail_msg("%s\n-> %s", bad_rows[i].line, why.code ? why.text : "taken");
        assert_int_equal(b->rows, 1);
        for (size_t c = 0; c < all_types->n_columns; c++)
            assert_false(batch_is_valid(b, c, 1));
    }
    batch_drop(b);
}

static void limits_lines(void **state)
{
    (void)state;
    struct err why = {0};
    struct batch *b = batch_take(pool);
    struct text line = {0};
    text_adds(&line, "{\"t\":\"");
    while (line.length < ROW_JSON_LINE_MAX)
        text_adds(&line, "0123456789abcdef");
    text_adds(&line, "\"}");
    assert_int_equal(add(b, line.bytes, &why), -E2BIG);
    text_free(&line);
    batch_drop(b);
}

/* Batches that began before columns were added. */
static void widens(void **state)
{
    (void)state;
    struct err why = {0};
    struct table *narrow = declare(TABLE_OF("all_types", TIME "," COLUMN("b", "bool"))),
                 *other = declare(TABLE_OF("all_types", TIME "," COLUMN("z", "text")));
    struct batch_pool *narrow_pool = batch_pool_create(narrow, 0), *other_pool = batch_pool_create(other, 0);
    struct batch *b = batch_take(narrow_pool), *o = batch_take(other_pool);
    assert_int_equal(add(b, "{\"b\":true}", &why), 0);
    assert_int_equal(add(b, "{}", &why), 0);
    assert_int_equal(add(o, "{\"z\":\"text\"}", &why), 0);
    struct batch *w = batch_widen(b, pool);
    assert_non_null(w);
    assert_int_equal(w->rows, 2);
    assert_int_equal(w->columns[0].i64[1], now_ns);
    assert_true(batch_is_valid(w, 1, 0));
    assert_false(batch_is_valid(w, 1, 1));
    assert_false(batch_is_valid(w, 8, 0));
    assert_null(batch_widen(o, pool));
    batch_drop(b);
    batch_drop(o);
    batch_drop(w);
    batch_pool_destroy(narrow_pool);
    batch_pool_destroy(other_pool);
    table_undeclare(narrow);
    table_undeclare(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_described),
        cmocka_unit_test(refuses_in_words),
        cmocka_unit_test(has_ceilings),
        cmocka_unit_test(compares),
        cmocka_unit_test(takes_each_type),
        cmocka_unit_test(leaves_out_what_is_not_there),
        cmocka_unit_test(refuses_rows_in_words),
        cmocka_unit_test(limits_lines),
        cmocka_unit_test(widens),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
