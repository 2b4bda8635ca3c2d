#include "base/json_scan.h"

#include <string.h>

void json_skip_blanks(struct json_scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r' || *s->p == '\n'))
        s->p++;
}

bool json_take(struct json_scan *s, char c)
{
    json_skip_blanks(s);
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

/* Four hex digits after \u; -1 when they are not there. */
static long hex4(const struct json_scan *s, const char *p)
{
    long v = 0;
    if (s->end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i], lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            v = v * 16 + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            v = v * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return v;
}

static char *put_utf8(char *to, long c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

/* \uXXXX, s->p at the first digit; a surrogate without its other half becomes U+FFFD. */
static char *unescape_unicode(struct json_scan *s, char *to)
{
    long c = hex4(s, s->p);
    if (c < 0)
        return NULL;
    s->p += 4;
    if (c >= 0xd800 && c < 0xdc00 && s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u') {
        long low = hex4(s, s->p + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            s->p += 6;
            return put_utf8(to, 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00));
        }
    }
    return put_utf8(to, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
}

/* s->p after the backslash. Writes what the escape stands for, never more bytes than it took. */
static char *unescape(struct json_scan *s, char *to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    if (s->p == s->end)
        return NULL;
    char c = *s->p++;
    if (c == 'u')
        return unescape_unicode(s, to);
    const char *at = c ? strchr(from, c) : NULL;
    if (!at)
        return NULL;
    *to++ = into[at - from];
    return to;
}

/* s->p after the opening quote. */
static bool take_string(struct json_scan *s, struct json_value *v)
{
    char *to = s->p;
    v->kind = SCAN_TEXT;
    v->p = s->p;
    while (s->p < s->end && *s->p != '"') {
        char c = *s->p++;
        if (c != '\\')
            *to++ = c;
        else if (!(to = unescape(s, to)))
            return false;
    }
    v->n = (size_t)(to - v->p);
    return json_take(s, '"');
}

/* A nested list or object, as written, up to its closing bracket. */
static bool take_nested(struct json_scan *s, struct json_value *v)
{
    size_t depth = 0;
    bool in_string = false;
    v->kind = SCAN_OTHER;
    v->p = s->p;
    do {
        char c = *s->p++;
        if (in_string && c == '\\' && s->p < s->end)
            s->p++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string)
            depth += (c == '[' || c == '{') - (size_t)(c == ']' || c == '}');
    } while (s->p < s->end && (depth || in_string));
    v->n = (size_t)(s->p - v->p);
    return !depth && !in_string;
}

static bool take_word(struct json_scan *s, struct json_value *v)
{
    v->p = s->p;
    while (s->p < s->end && !strchr(",]} \t\r\n", *s->p))
        s->p++;
    v->n = (size_t)(s->p - v->p);
    bool number = v->n && (*v->p == '-' || (*v->p >= '0' && *v->p <= '9'));
    v->kind = number ? SCAN_NUMBER : v->n == 4 && !memcmp(v->p, "null", 4) ? SCAN_NULL : SCAN_OTHER;
    return v->n;
}

bool json_take_value(struct json_scan *s, struct json_value *v)
{
    if (json_take(s, '"'))
        return take_string(s, v);
    if (s->p < s->end && (*s->p == '[' || *s->p == '{'))
        return take_nested(s, v);
    return take_word(s, v);
}
