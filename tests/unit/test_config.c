/* base/config: what the file and the command line may say, and the sentence for what they may not. */
#include "base/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static const char *colour(size_t i)
{
    static const char *const names[] = {"red", "green", "blue"};
    return i < 3 ? names[i] : NULL;
}

static const struct config_option top[] = {
    {"retention", CONFIG_DURATION, "24h", "TIME", "how long", .least = "1m", .most = "10d"},
    {"max_disk", CONFIG_BYTES, "2G", "SIZE", "how much"},
    {"count", CONFIG_NUMBER, "7", "N", "how many"},
    {"budget", CONFIG_PERCENT, "1", "PERCENT", "of what"},
    {"split", CONFIG_BOOL, "yes", NULL, "whether"},
    {"data", CONFIG_TEXT, "/var", "DIR", "where"},
    {"colours", CONFIG_LIST, "red,blue", "A,B", "which", .choice = colour},
    {"words", CONFIG_LIST, "", "A,B", "what"},
    {"paint", CONFIG_TEXT, "", "COLOUR", "which one", .choice = colour},
    {"config", CONFIG_TEXT, "", "FILE", "not for the file", .command_line_only = true},
};
static const struct config_option file[] = {
    {"min_latency", CONFIG_DURATION, "10us", "TIME", "least"},
    {"paths", CONFIG_LIST, "", "A,B", "where"},
};
static const struct config_section_schema sections[] = {{"", top, sizeof top / sizeof top[0]}, {"file", file, 2}};
static const struct config_schema schema = {sections, 2};

static struct config *load(const char *bytes, size_t n, struct err *why)
{
    struct config *c = config_create(&schema, why);
    assert_non_null(c);
    err_clear(why);
    if (!config_load_bytes(c, "f", bytes, n, why))
        return c;
    assert_int_not_equal(why->code, 0);
    config_destroy(c);
    return NULL;
}

struct bad_case {
    const char *file, *sentence;
};

#define KEYS "retention, max_disk, count, budget, split, data, colours, words, paint, file"

static const struct bad_case bad[] = {
    {"data: x\nretenton: 1h\n", "f:2: unknown key \"retenton\" (did you mean \"retention\"?); valid keys: " KEYS},
    {"max-disk: 1G", "f:1: unknown key \"max-disk\" (did you mean \"max_disk\"?); valid keys: " KEYS},
    {"xyzzy: 1G", "f:1: unknown key \"xyzzy\"; valid keys: " KEYS},
    {"config: a", "f:1: unknown key \"config\"; valid keys: " KEYS},
    {"file:\n  min_latncy: 1s",
     "f:2: unknown key \"min_latncy\" (did you mean \"min_latency\"?) under file; valid keys: min_latency, paths"},
    {"\n\nretention: 24x", "f:3: retention: \"24x\" is not a duration; write a number and a unit (ms, s, m, h, d), like 24h"},
    {"retention: 24", "f:1: retention: \"24\" is not a duration; write a number and a unit (ms, s, m, h, d), like 24h"},
    {"retention: -1h", "f:1: retention: \"-1h\" is not a duration; write a number and a unit (ms, s, m, h, d), like 24h"},
    {"retention: 1h junk", "f:1: retention: \"1h junk\" is not a duration; write a number and a unit (ms, s, m, h, d), like 24h"},
    {"retention: 1s", "f:1: retention: \"1s\" is too small; the least is 1m"},
    {"retention: 11d", "f:1: retention: \"11d\" is too large; the most is 10d"},
    {"retention: 99999999999999999999999d", "f:1: retention: \"99999999999999999999999d\" is too large"},
    {"retention: 213503d", "f:1: retention: \"213503d\" is too large"},
    {"retention: 200000d200000d", "f:1: retention: \"200000d200000d\" is too large"},
    {"max_disk: 2GB", "f:1: max_disk: \"2GB\" is not a size; write a number and a unit (K, M, G, T), like 512M"},
    {"max_disk: 8388608T", "f:1: max_disk: \"8388608T\" is too large"},
    {"count: 1.5", "f:1: count: \"1.5\" is not a number; write digits only, like 100"},
    {"count: ''", "f:1: count: \"\" is not a number; write digits only, like 100"},
    {"budget: much", "f:1: budget: \"much\" is not a percentage; write a number, like 0.5"},
    {"split: maybe", "f:1: split: \"maybe\" is neither yes nor no"},
    {"data:", "f:1: data has no value; write one, or leave the key out"},
    {"data: ~", "f:1: data has no value; write one, or leave the key out"},
    {"paint: gren", "f:1: paint: unknown value \"gren\" (did you mean \"green\"?); valid values: red, green, blue"},
    {"colours: [red,\n  gren]", "f:2: colours: unknown value \"gren\" (did you mean \"green\"?); valid values: red, green, blue"},
    {"colours: red,,blue", "f:1: colours: an item of the list is empty"},
    {"colours: []", "f:1: colours is an empty list; name something, or leave the key out"},
    {"colours: [[red]]", "f:1: colours: an item of the list must be one word or number, not a list or mapping"},
    {"colours: {a: b}", "f:1: colours takes one value or a list, not a mapping"},
    {"data: [a]", "f:1: data takes one value, not a list"},
    {"data: a\ndata: b", "f:2: data was already set on line 1"},
    {"file:\n  paths: a\nfile:\n  min_latency: 1s", "f:3: file was already set on line 1"},
    {"file:\n  paths: a\n  paths: b", "f:3: paths was already set on line 2"},
    {"file: yes", "f:1: file takes keys below it, indented, not a value"},
    {"file: [a]", "f:1: file takes keys below it, indented, not a value"},
    {"file:\n  file:\n    paths: a", "f:2: unknown key \"file\" under file; valid keys: min_latency, paths"},
    {"? [a, b]\n: c", "f:1: a key must be one word, not a list or mapping"},
    {"data: &x a", "f:1: anchors, aliases and tags are not supported; write the value out"},
    {"data: *x", "f:1: anchors, aliases and tags are not supported; write the value out"},
    {"data: !!str a", "f:1: anchors, aliases and tags are not supported; write the value out"},
    {"data: a\n---\ndata: b", "f:2: a second document begins here; one file holds one"},
    {"just words", "f:1: the file must hold keys with values, like \"retention: 24h\""},
    {"- a\n- b", "f:1: the file must hold keys with values, like \"retention: 24h\""},
    {"data: 'a", "f:1: not YAML: found unexpected end of stream while scanning a quoted scalar"},
    {"data: a\n\tcount: 1", "f:2: not YAML: found a tab character that violates indentation while scanning a plain scalar"},
    {"data: \"a\\0b\"", "f:1: a NUL character"},
    {"\"data\\0x\": a", "f:1: a NUL character"},
    {"data: a\ncount: \xff", "f:2: the byte 0xff is not UTF-8"},
    {"words: \"0123456789012345678901234567890123456789012345678901234567890123456789,,\"", "f:1: words: an item of the list is empty"},
    {"paint: \"0123456789012345678901234567890123456789012345678901234567890123456789\"",
     "f:1: paint: unknown value \"012345678901234567890123456789012345678901234567890123456789\"…; valid values: red, green, blue"},
};

static void bad_files_have_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err why = {0};
        if (load(bad[i].file, strlen(bad[i].file), &why))
            fail_msg("accepted: %s", bad[i].file);
        assert_string_equal(why.text, bad[i].sentence);
    }
}

struct number_case {
    const char *key, *text;
    uint64_t value;
};

static const struct number_case numbers[] = {
    {"retention", "1h30m", 5400000000000},
    {"retention", "1.5h", 5400000000000},
    {"retention", "90 m", 5400000000000},
    {"retention", "60s500ms20us1ns", 60500020001},
    {"retention", "10d", 864000000000000},
    {"max_disk", "0", 0},
    {"max_disk", "4096", 4096},
    {"max_disk", "4096B", 4096},
    {"max_disk", "3K", 3072},
    {"max_disk", "3 KiB", 3072},
    {"max_disk", "1.5M", 1572864},
    {"max_disk", "2GiB", 2147483648},
    {"max_disk", "1T", 1099511627776},
    {"count", "9223372036854775807", INT64_MAX},
    {"count", "0", 0},
};

static void numbers_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct err why = {0};
        char text[128];
        snprintf(text, sizeof text, "%s: %s\n", numbers[i].key, numbers[i].text);
        struct config *c = load(text, strlen(text), &why);
        if (!c)
            fail_msg("%s", why.text);
        assert_true(config_number(config_section_of(c, ""), numbers[i].key) == numbers[i].value);
        config_destroy(c);
    }
}

static void assert_items(const struct config_section *s, const char *name, const char *joined)
{
    const char *const *items;
    char all[256] = "";
    size_t n = config_list(s, name, &items);
    for (size_t i = 0; i < n; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s|", items[i]);
    assert_string_equal(all, joined);
}

static void defaults_hold(void **state)
{
    (void)state;
    struct err why = {0};
    static const char *const empty[] = {"", "\n# nothing\n", "---\n", "~", "file:\n", "{}", "\xef\xbb\xbf# byte order mark\n"};
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        struct config *c = load(empty[i], strlen(empty[i]), &why);
        if (!c)
            fail_msg("%s", why.text);
        const struct config_section *s = config_section_of(c, "");
        assert_true(config_number(s, "retention") == 24 * 3600000000000u);
        assert_true(config_bool(s, "split"));
        assert_string_equal(config_text(s, "data"), "/var");
        assert_string_equal(config_text(s, "paint"), "");
        assert_items(s, "colours", "red|blue|");
        assert_items(s, "words", "");
        assert_false(config_is_set(s, "data"));
        assert_true(config_number(config_section_of(c, "file"), "min_latency") == 10000);
        assert_null(config_section_of(c, "nothing"));
        config_destroy(c);
    }
}

static void values_are_read(void **state)
{
    (void)state;
    struct err why = {0};
    static const char text[] = "data: /srv/gr\xc3\xbc\xc3\x9f\ncolours:\n  - green\nwords: [\"a, b\", c]\nsplit: off\nbudget: 0.5%\n"
                               "file: {min_latency: 1ms, paths: '/etc, /usr'}\n";
    struct config *c = load(text, strlen(text), &why);
    if (!c)
        fail_msg("%s", why.text);
    const struct config_section *s = config_section_of(c, "");
    assert_string_equal(config_text(s, "data"), "/srv/gr\xc3\xbc\xc3\x9f");
    assert_items(s, "colours", "green|");
    assert_items(s, "words", "a, b|c|");
    assert_false(config_bool(s, "split"));
    assert_true(config_percent(s, "budget") == 0.5);
    assert_true(config_is_set(s, "data"));
    assert_items(config_section_of(c, "file"), "paths", "/etc|/usr|");
    config_destroy(c);
}

static void the_command_line_wins(void **state)
{
    (void)state;
    struct err why = {0};
    struct config *c = config_create(&schema, &why);
    assert_int_equal(config_set(c, "", "max-disk", "5M", &why), 0);
    assert_int_equal(config_set(c, "file", "min_latency", "5ms", &why), 0);
    assert_int_equal(config_set(c, "", "nothing", "5M", &why), -ENOENT);
    assert_int_equal(config_set(c, "nothing", "max_disk", "5M", &why), -ENOENT);
    assert_int_equal(why.code, 0);
    static const char text[] = "max_disk: 1G\ncount: 3\nfile: {min_latency: 1ms}";
    assert_int_equal(config_load_bytes(c, "f", text, strlen(text), &why), 0);
    assert_true(config_number(config_section_of(c, ""), "max_disk") == 5 << 20);
    assert_true(config_number(config_section_of(c, ""), "count") == 3);
    assert_true(config_number(config_section_of(c, "file"), "min_latency") == 5000000);
    assert_true(config_set(c, "", "max_disk", "x", &why) < 0);
    assert_string_equal(why.text, "--max-disk: \"x\" is not a size; write a number and a unit (K, M, G, T), like 512M");
    err_clear(&why);
    assert_true(config_set(c, "file", "min_latency", "x", &why) < 0);
    assert_string_equal(why.text, "--file.min-latency: \"x\" is not a duration; write a number and a unit (ms, s, m, h, d), like 24h");
    config_destroy(c);
}

static void a_bad_default_is_noticed(void **state)
{
    (void)state;
    struct err why = {0};
    static const struct config_option wrong[] = {{"age", CONFIG_DURATION, "old", "TIME", "x"}};
    static const struct config_section_schema section = {"dog", wrong, 1};
    assert_null(config_create(&(struct config_schema){&section, 1}, &why));
    assert_string_equal(why.text,
                        "the default of dog.age: \"old\" is not a duration; write a number and a unit (ms, s, m, h, d), like 24h");
}

static void files_have_a_ceiling(void **state)
{
    (void)state;
    struct err why = {0};
    size_t n = CONFIG_FILE_CEILING + 1;
    char *big = malloc(n);
    memset(big, '#', n);
    assert_null(load(big, n, &why));
    assert_string_equal(why.text, "f: the file is larger than 1 MiB; this is not a configuration");
    memset(big, '[', n);
    memcpy(big, "words: ", 7);
    assert_null(load(big, n - 1, &why)); /* nesting ends at the second level, not on the stack */
    assert_string_equal(why.text, "f:1: words: an item of the list must be one word or number, not a list or mapping");
    free(big);
}

static void lists_have_a_ceiling(void **state)
{
    (void)state;
    struct err why = {0};
    char text[8192] = "words: a";
    for (int i = 0; i < CONFIG_LIST_CEILING; i++)
        strcat(text, ",a");
    assert_null(load(text, strlen(text), &why));
    assert_string_equal(why.text, "f:1: words: the list has more than 1024 items");
}

static void files_are_opened(void **state)
{
    (void)state;
    struct err why = {0};
    struct config *c = config_create(&schema, &why);
    assert_int_equal(config_load_file(c, "/nonexistent/x.yaml", &why), -ENOENT);
    assert_string_equal(why.text, "/nonexistent/x.yaml: cannot open the configuration: No such file or directory");
    err_clear(&why);
    assert_true(config_load_file(c, "/", &why) < 0);
    assert_string_equal(why.text, "/: not a regular file");
    err_clear(&why);
    char path[] = "/tmp/sonde-test-config.XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "count: 12\n", 10), 10);
    close(fd);
    assert_int_equal(config_load_file(c, path, &why), 0);
    assert_true(config_number(config_section_of(c, ""), "count") == 12);
    assert_int_equal(config_load_file(c, path, &why), 0); /* a second load is not a repeated key */
    unlink(path);
    config_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_files_have_a_sentence), cmocka_unit_test(numbers_are_read),      cmocka_unit_test(defaults_hold),
        cmocka_unit_test(values_are_read),           cmocka_unit_test(the_command_line_wins), cmocka_unit_test(a_bad_default_is_noticed),
        cmocka_unit_test(files_have_a_ceiling),      cmocka_unit_test(lists_have_a_ceiling),  cmocka_unit_test(files_are_opened),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
