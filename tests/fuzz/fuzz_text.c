/* Quoting of arbitrary bytes: whatever goes in, JSON strings come out as printable UTF-8 between quotes, CSV fields have
 * paired quotes, names come back from their form, and a ceiling is never passed. */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void check_json(const struct text *t)
{
    expect(t->length >= 2 && t->bytes[0] == '"' && t->bytes[t->length - 1] == '"');
    for (size_t i = 1, n; i < t->length - 1; i += n) {
        n = text_utf8_length(t->bytes + i, t->length - i);
        expect(n > 0 && (unsigned char)t->bytes[i] >= 0x20 && t->bytes[i] != '"');
        if (t->bytes[i] == '\\')
            n += 1; /* what is escaped is ASCII */
    }
}

static void check_csv(const struct text *t, const uint8_t *data, size_t size)
{
    size_t quotes = 0;
    for (size_t i = 0; i < t->length; i++)
        quotes += t->bytes[i] == '"';
    expect(quotes % 2 == 0);
    if (quotes == 0)
        expect(t->length == size && (!size || memcmp(t->bytes, data, size) == 0));
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte of the escape at p, or -1. */
static int escaped(const char *p, size_t n)
{
    if (n < 4 || p[0] != '\\' || p[1] != 'x' || nibble(p[2]) < 0 || nibble(p[3]) < 0)
        return -1;
    int byte = nibble(p[2]) << 4 | nibble(p[3]);
    return byte == '\\' || byte >= 0x80 ? byte : -1;
}

static void check_name(const char *bytes, size_t size)
{
    char *form = malloc(size * TEXT_NAME_GROWTH + 1);
    expect(form);
    size_t n = text_escape_name(form, bytes, size), back = 0;
    expect(text_utf8_prefix(form, n) == n);
    expect(text_is_name(bytes, size) == (n == size));
    for (size_t i = 0; i < n; back++) {
        int byte = escaped(form + i, n - i);
        expect(back < size && (char)(byte < 0 ? form[i] : byte) == bytes[back]);
        i += byte < 0 ? 1 : 4;
    }
    expect(back == size);
    free(form);
}

static void check_ceiling(const char *bytes, size_t size)
{
    struct text t = {.ceiling = 64};
    text_add_json(&t, bytes, size);
    text_add_shell(&t, bytes, size);
    expect(t.length <= 64);
    text_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct text t = {0};
    text_add_json(&t, bytes, size);
    check_json(&t);
    text_clear(&t);
    text_add_csv(&t, bytes, size);
    check_csv(&t, data, size);
    text_clear(&t);
    text_add_shell(&t, bytes, size);
    expect(t.length > 0 && strlen(t.bytes) == t.length); /* never empty, never a NUL inside */
    text_free(&t);
    check_ceiling(bytes, size);
    check_name(bytes, size);
    return 0;
}
