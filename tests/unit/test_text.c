/* base/text: quoting. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
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

static const struct {
    const char *in;
    size_t n;
    const char *out;
} names[] = {
    {IN(""), ""},
    {IN("/usr/bin/env"), "/usr/bin/env"},
    {IN("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f"},
    {IN("a\nb\t\x01"), "a\nb\t\x01"},
    {IN("\xff\xfe"), "\\xff\\xfe"},
    {IN("cut \xe2\x82"), "cut \\xe2\\x82"},
    {IN("eight by\xc3(tes"), "eight by\\xc3(tes"},
    {IN("a\\b \\ and \\x2d, \\x5b, \\xFF, \\x8"), "a\\b \\ and \\x2d, \\x5b, \\xFF, \\x8"},
    {IN("\\xff"), "\\x5cxff"},
    {IN("\\x5cxff"), "\\x5cx5cxff"},
    {IN("\\x\xff"), "\\x\\xff"},
    {IN("\\xf\xff"), "\\xf\\xff"},
    {IN("\\\xff\\"), "\\\\xff\\"},
};

static unsigned hex(const char *digits)
{
    const char pair[] = {digits[0], digits[1], 0};
    return (unsigned)strtoul(pair, NULL, 16);
}

/* As docs/tables.md says. */
static size_t turn_back(char *out, const char *p, size_t n)
{
    size_t used = 0;
    for (size_t i = 0; i < n; used++) {
        bool escape = n - i >= 4 && p[i] == '\\' && p[i + 1] == 'x' && strspn(p + i + 2, "0123456789abcdef") >= 2 &&
                      (hex(p + i + 2) == '\\' || hex(p + i + 2) >= 0x80);
        out[used] = escape ? (char)hex(p + i + 2) : p[i];
        i += escape ? 4 : 1;
    }
    return used;
}

static void names_can_be_turned_back(void **state)
{
    (void)state;
    char form[256], back[256];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = text_escape_name(form, names[i].in, names[i].n);
        form[n] = 0;
        assert_string_equal(form, names[i].out);
        assert_int_equal(text_is_name(names[i].in, names[i].n), !strcmp(names[i].in, names[i].out));
        assert_int_equal(text_utf8_prefix(form, n), n);
        assert_int_equal(turn_back(back, form, n), names[i].n);
        assert_memory_equal(back, names[i].in, names[i].n);
    }
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(quotes), cmocka_unit_test(names_can_be_turned_back), cmocka_unit_test(times),
                                       cmocka_unit_test(ceiling_holds)};
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
