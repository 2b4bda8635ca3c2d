/* Any bytes as a row of an answer: values stay inside the line, and so does what they are shown as. */
#include "cli/grid.h"
#include "cli/json_row.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 16 };

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void check_display(const struct json_value *v)
{
    struct text t = {0};
    expect(grid_add_display(&t, v->p, v->n, 20) <= 20);
    for (size_t i = 0, k; i < t.length; i += k) {
        k = text_utf8_length(t.bytes + i, t.length - i);
        expect(k && (unsigned char)t.bytes[i] >= 0x20 && t.bytes[i] != 0x7f);
    }
    text_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_value values[MOST];
    char *line = malloc(size ? size : 1); /* its own block: a sanitizer sees every step outside */
    expect(line != NULL);
    if (size)
        memcpy(line, data, size);
    ssize_t n = json_row_split(line, size, values, MOST);
    expect(n >= -1 && n <= MOST);
    for (ssize_t i = 0; i < n; i++) {
        expect(values[i].p >= line && values[i].p + values[i].n <= line + size);
        check_display(&values[i]);
    }
    free(line);
    return 0;
}
