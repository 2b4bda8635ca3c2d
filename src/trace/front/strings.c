/* String literals and their escapes: those of bpftrace's manual and the rest of C's. */
#include "trace/front/literal.h"

#include "base/arena.h"

#include <string.h>

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static char plain_escape(char c)
{
    static const char letters[] = "ntrabfve\\\"'?", bytes[] = "\n\t\r\a\b\f\v\033\\\"'?";
    const char *p = c ? strchr(letters, c) : NULL;
    return p ? bytes[p - letters] : '\0';
}

/* The escape whose backslash is at text[at - 1]; returns the byte behind it. */
static size_t read_escape(const char *text, size_t at, size_t end, struct literal_string *out, char *byte)
{
    unsigned value = 0, digits = 0;
    char c = text[at];
    if (c == 'x') {
        for (at++; digits < 2 && at < end && hex_of(text[at]) >= 0; at++, digits++)
            value = value * 16 + (unsigned)hex_of(text[at]);
        if (!digits)
            out->problem = "\\x is followed by one or two hexadecimal digits";
        *byte = (char)value;
        return at;
    }
    if (c >= '0' && c <= '7') {
        for (; digits < 3 && at < end && text[at] >= '0' && text[at] <= '7'; at++, digits++)
            value = value * 8 + (unsigned)(text[at] - '0');
        if (value > 255)
            out->problem = "an octal escape is at most \\377";
        *byte = (char)value;
        return at;
    }
    *byte = plain_escape(c);
    if (!*byte)
        out->problem = "there is no such escape; there are \\n \\t \\r \\\\ \\\" \\0nn \\xnn";
    return at + 1;
}

struct literal_string literal_read_string(struct arena *arena, const char *text, size_t n)
{
    struct literal_string out = {0};
    size_t end = n - 1;
    char *bytes = arena_alloc(arena, n);
    if (n < 2 || !bytes)
        return out;
    for (size_t i = 1; i < end && !out.problem;) {
        char c = text[i++];
        if (c == '\\' && i < end) {
            out.problem_at = (uint32_t)i - 1;
            i = read_escape(text, i, end, &out, &c);
        }
        bytes[out.length++] = c;
    }
    bytes[out.length] = '\0';
    out.bytes = out.problem ? NULL : bytes;
    return out;
}
