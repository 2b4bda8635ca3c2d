/* Quoting of arbitrary bytes: whatever goes in, JSON strings come out as printable UTF-8 between quotes, CSV fields have
 * paired quotes, and a ceiling is never passed. */
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
    return 0;
}
