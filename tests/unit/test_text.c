/* base/text: quoting. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

struct quote_case {
    const char *in;
    size_t n;
    const char *shell, *json, *csv;
};

#define IN(s) s, sizeof(s) - 1

static const struct quote_case cases[] = {
    {IN("plain"), "plain", "\"plain\"", "plain"},
    {IN(""), "''", "\"\"", ""},
    {IN("two words"), "'two words'", "\"two words\"", "two words"},
    {IN("it's"), "'it'\\''s'", "\"it's\"", "it's"},
    {IN("a\nb"), "$'a\\nb'", "\"a\\nb\"", "\"a\nb\""},
    {IN("\xff\xfe"), "$'\\xff\\xfe'", "\"\xef\xbf\xbd\xef\xbf\xbd\"", "\xff\xfe"},
    {IN("gr\xc3\xbc\xc3\x9f"), "'gr\xc3\xbc\xc3\x9f'", "\"gr\xc3\xbc\xc3\x9f\"", "gr\xc3\xbc\xc3\x9f"},
    {IN("a,\"b\""), "'a,\"b\"'", "\"a,\\\"b\\\"\"", "\"a,\"\"b\"\"\""},
    {IN("\x01"), "$'\\x01'", "\"\\u0001\"", "\x01"},
    {IN("\xed\xa0\x80"), "$'\\xed\\xa0\\x80'", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "\xed\xa0\x80"},
};

static void quotes(void **state)
{
    (void)state;
    struct text t = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct quote_case *c = &cases[i];
        text_clear(&t);
        text_add_shell(&t, c->in, c->n);
        assert_string_equal(t.bytes, c->shell);
        text_clear(&t);
        text_add_json(&t, c->in, c->n);
        assert_string_equal(t.bytes, c->json);
        text_clear(&t);
        text_add_csv(&t, c->in, c->n);
        assert_string_equal(t.bytes, c->csv);
    }
    text_free(&t);
}

static void times(void **state)
{
    (void)state;
    struct text t = {0};
    text_add_time(&t, 0);
    assert_string_equal(t.bytes, "1970-01-01T00:00:00.000000000Z");
    text_clear(&t);
    text_add_time(&t, -1);
    assert_string_equal(t.bytes, "1969-12-31T23:59:59.999999999Z");
    text_free(&t);
}

static void ceiling_holds(void **state)
{
    (void)state;
    struct text t = {.ceiling = 1000};
    for (int i = 0; i < 500; i++)
        text_adds(&t, "abcdef");
    assert_true(t.full);
    assert_true(t.length < 1000);
    text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(quotes), cmocka_unit_test(times), cmocka_unit_test(ceiling_holds)};
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
