/* cli: lines of JSON to values, and values to aligned columns. */
#include "base/human.h"
#include "cli/grid.h"
#include "cli/json_row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { MOST_VALUES = 8 };

struct split_case {
    const char *line;
    ssize_t n;
    const char *values; /* each after a letter for its kind, with a | behind */
};

static const struct split_case splits[] = {
    {"[]", 0, ""},
    {" [ ] ", 0, ""},
    {"[1,-2.5e3,18446744073709551615]", 3, "n1|n-2.5e3|n18446744073709551615|"},
    {"[null,true,\"null\"]", 3, "-|otrue|tnull|"},
    {"[\"a\\\"b\\\\\\n\\t\\u0041\"]", 1, "ta\"b\\\n\tA|"},
    {"[\"gr\\u00fc\\u00df\", \"\\ud83d\\ude00\"]", 2, "tgr\xc3\xbc\xc3\x9f|t\xf0\x9f\x98\x80|"},
    {"[\"\\ud83d\",\"\\ude00x\",\"\\ud83d\\u0041\"]", 3,
     "t\xef\xbf\xbd|t\xef\xbf\xbdx|t\xef\xbf\xbd"
     "A|"},
    {"[[1,\"]\"],{\"a\":[2]},3]", 3, "o[1,\"]\"]|o{\"a\":[2]}|n3|"},
    {"[1,2,3,4,5,6,7,8,9]", -1, NULL},
    {"[1", -1, NULL},
    {"[1,]", -1, NULL},
    {"[1] x", -1, NULL},
    {"{\"a\":1}", -1, NULL},
    {"", -1, NULL},
    {"[\"a", -1, NULL},
    {"[\"\\", -1, NULL},
    {"[\"\\x\"]", -1, NULL},
    {"[\"\\u12\"]", -1, NULL},
    {"[[1]", -1, NULL},
    {"[[", -1, NULL},
};

static void lines_are_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++) {
        char line[128], all[128] = "";
        struct json_value values[MOST_VALUES];
        snprintf(line, sizeof line, "%s", splits[i].line);
        ssize_t n = json_row_split(line, strlen(line), values, MOST_VALUES);
        assert_int_equal(n, splits[i].n);
        for (ssize_t j = 0; j < n; j++) {
            bool null = values[j].kind == SCAN_NULL;
            snprintf(all + strlen(all), sizeof all - strlen(all), "%c%.*s|", "-nto"[values[j].kind], null ? 0 : (int)values[j].n,
                     values[j].p);
        }
        if (splits[i].values)
            assert_string_equal(all, splits[i].values);
    }
}

struct display_case {
    const char *in;
    size_t most;
    const char *shown;
    size_t width;
};

static const struct display_case displays[] = {
    {"plain", 0, "plain", 5},
    {"a\nb\tc\r", 0, "a\\nb\\tc\\r", 9},
    {"\x1b[31m", 0, "\\x1b[31m", 8},
    {"\xff", 0, "\\xff", 4},
    {"\xc2\x9b", 0, "\\u009b", 6},
    {"a\xe2\x80\xae"
     "b",
     0, "a\\u202eb", 8},
    {"\xe6\xbc\xa2\xe5\xad\x97", 0, "\xe6\xbc\xa2\xe5\xad\x97", 4},
    {"gr\xc3\xbc\xc3\x9f", 0, "gr\xc3\xbc\xc3\x9f", 4},
    {"abcdef", 4, "abc…", 4},
    {"abcd", 4, "abcd", 4},
    {"\xe6\xbc\xa2\xe5\xad\x97", 3, "\xe6\xbc\xa2…", 3},
    {"a\nbcdef", 3, "a…", 2},
};

static void values_are_shown_safely(void **state)
{
    (void)state;
    struct text t = {0};
    struct grid g;
    grid_begin(&g, NULL, 0, &(struct terminal){0}); /* sets the locale */
    grid_end(&g);
    for (size_t i = 0; i < sizeof displays / sizeof displays[0]; i++) {
        text_clear(&t);
        assert_int_equal(grid_add_display(&t, displays[i].in, strlen(displays[i].in), displays[i].most), displays[i].width);
        assert_string_equal(t.bytes, displays[i].shown);
    }
    text_free(&t);
}

static const struct grid_column columns[] = {{.name = "comm"}, {.name = "pid", .right = true}, {.name = "args"}};

static void assert_grid(const struct terminal *terminal, const char *expected)
{
    struct grid g;
    struct text out = {0};
    grid_begin(&g, columns, 3, terminal);
    const struct grid_cell first[] = {grid_text("bash"), grid_text("12345"), grid_text("bash -c 'a long command of many words'")};
    const struct grid_cell second[] = {grid_text("postgres"), grid_text("7"), grid_text(NULL)};
    grid_add(&g, first, &out);
    grid_add(&g, second, &out);
    assert_int_equal(out.length, 0); /* held until the widths are known */
    grid_settle(&g, &out);
    grid_add(&g, second, &out); /* streams */
    assert_string_equal(out.bytes, expected);
    grid_end(&g);
    text_free(&out);
}

static void columns_line_up(void **state)
{
    (void)state;
    assert_grid(&(struct terminal){0}, "comm        pid  args\n"
                                       "bash      12345  bash -c 'a long command of many words'\n"
                                       "postgres      7  -\n"
                                       "postgres      7  -\n");
}

static void lines_fit_the_terminal(void **state)
{
    (void)state;
    assert_grid(&(struct terminal){true, false, 40}, "comm        pid  args\n"
                                                     "bash      12345  bash -c 'a long comman…\n"
                                                     "postgres      7  -\n"
                                                     "postgres      7  -\n");
    assert_grid(&(struct terminal){true, false, 9}, "comm\n"
                                                    "bash\n"
                                                    "postgres\n"
                                                    "postgres\n");
    assert_grid(&(struct terminal){true, true, 40}, "\033[1mcomm        pid  args\033[0m\n"
                                                    "bash      12345  bash -c 'a long comman…\n"
                                                    "postgres      7  \033[2m-\033[0m\n"
                                                    "postgres      7  \033[2m-\033[0m\n");
}

static void a_thousand_rows_settle(void **state)
{
    (void)state;
    struct grid g;
    struct text out = {0};
    const struct grid_cell row[] = {grid_text("a"), grid_text("1"), grid_text("b")};
    grid_begin(&g, columns, 3, &(struct terminal){0});
    for (int i = 0; i < GRID_HELD_ROWS - 1; i++)
        grid_add(&g, row, &out);
    assert_int_equal(out.length, 0);
    grid_add(&g, row, &out);
    assert_true(g.settled);
    assert_true(out.length > 0);
    grid_end(&g);
    text_free(&out);
}

struct human_case {
    void (*add)(struct text *t, uint64_t v);
    uint64_t value;
    const char *words;
};

static void figures_for_people(void **state)
{
    (void)state;
    static const struct human_case cases[] = {
        {human_bytes, 0, "0 B"},
        {human_bytes, 1023, "1023 B"},
        {human_bytes, 1024, "1.0 KiB"},
        {human_bytes, 1048575, "1.0 MiB"},
        {human_bytes, 150u << 20, "150 MiB"},
        {human_bytes, UINT64_MAX, "16.0 EiB"},
        {human_rows, 0, "0 rows"},
        {human_rows, 1, "1 row"},
        {human_rows, 1234, "1,234 rows"},
        {human_duration, 0, "0 ns"},
        {human_duration, 812, "812 ns"},
        {human_duration, 3200000, "3.2 ms"},
        {human_duration, 45000000000, "45 s"},
        {human_duration, 61000000000, "1m 1s"},
        {human_duration, 11520000000000, "3h 12m"},
        {human_duration, 792000000000000, "9d 4h"},
        {human_duration, 86400000000000, "1d"},
        {human_count, 0, "0"},
        {human_count, 999, "999"},
        {human_count, 1234567, "1,234,567"},
    };
    struct text t = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        text_clear(&t);
        cases[i].add(&t, cases[i].value);
        assert_string_equal(t.bytes, cases[i].words);
    }
    text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_split),        cmocka_unit_test(values_are_shown_safely), cmocka_unit_test(columns_line_up),
        cmocka_unit_test(lines_fit_the_terminal), cmocka_unit_test(a_thousand_rows_settle),  cmocka_unit_test(figures_for_people),
    };
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
