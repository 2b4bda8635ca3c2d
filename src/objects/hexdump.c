#include "objects/typed.h"

#include <string.h>

enum { LINE = 16 };

static void add_line(struct text *out, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < LINE; i++) {
        if (i < n)
            text_addf(out, "%s%02x", i == LINE / 2 ? "  " : " ", p[i]);
        else
            text_adds(out, i == LINE / 2 ? "    " : "   ");
    }
    text_adds(out, "  |");
    for (size_t i = 0; i < n; i++)
        text_addc(out, p[i] >= ' ' && p[i] < 127 ? (char)p[i] : '.');
    text_adds(out, "|\n");
}

void typed_add_hexdump(struct text *out, const void *bytes, size_t n, const char *indent)
{
    const unsigned char *p = bytes;
    bool repeated = false;
    for (size_t at = 0; at < n; at += LINE) {
        size_t count = n - at < LINE ? n - at : LINE;
        bool same = at && count == LINE && !memcmp(p + at, p + at - LINE, LINE);
        if (same && !repeated)
            text_addf(out, "%s*\n", indent);
        repeated = same;
        if (same)
            continue;
        text_addf(out, "%s%04zx ", indent, at);
        add_line(out, p + at, count);
    }
}
