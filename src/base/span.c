#include "base/span.h"

#include <string.h>

bool span_line(struct span *from, struct span *line)
{
    if (from->p >= from->end)
        return false;
    const char *newline = memchr(from->p, '\n', span_length(*from));
    *line = (struct span){from->p, newline ? newline : from->end};
    from->p = newline ? newline + 1 : from->end;
    return true;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(struct span *s)
{
    while (s->p < s->end && blank(*s->p))
        s->p++;
}

struct span span_word(struct span *from)
{
    skip_blanks(from);
    struct span word = {from->p, from->p};
    while (word.end < from->end && !blank(*word.end))
        word.end++;
    from->p = word.end;
    return word;
}

bool span_u64(struct span *from, uint64_t *v)
{
    skip_blanks(from);
    bool minus = from->p < from->end && *from->p == '-';
    const char *start = from->p += minus;
    for (*v = 0; from->p < from->end && *from->p >= '0' && *from->p <= '9'; from->p++)
        *v = *v * 10 + (uint64_t)(*from->p - '0');
    if (minus)
        *v = 0 - *v;
    return from->p > start;
}

bool span_numbers(struct span *from, uint64_t *v, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!span_u64(from, &v[i]))
            return false;
    return true;
}

bool span_is(struct span s, const char *word)
{
    size_t n = strlen(word);
    return span_length(s) == n && !memcmp(s.p, word, n);
}

bool span_starts(struct span s, const char *prefix)
{
    size_t n = strlen(prefix);
    return span_length(s) >= n && !memcmp(s.p, prefix, n);
}

/* 36 35 98:0 /root /mount/point rw,noatime master:1 - type source options */
bool span_mount(struct span line, struct span_mount *out)
{
    uint64_t ids[2], major, minor;
    if (!span_numbers(&line, ids, 2) || !span_u64(&line, &major) || line.p == line.end || *line.p++ != ':' || !span_u64(&line, &minor))
        return false;
    *out = (struct span_mount){.major = (uint32_t)major, .minor = (uint32_t)minor};
    out->root = span_word(&line);
    out->point = span_word(&line);
    struct span word;
    do
        word = span_word(&line);
    while (span_length(word) && !span_is(word, "-"));
    out->type = span_word(&line);
    out->source = span_word(&line);
    return span_length(out->type) > 0;
}

static bool octal(struct span s, char *c)
{
    if (span_length(s) < 4 || s.p[0] != '\\' || s.p[1] < '0' || s.p[1] > '3' || s.p[2] < '0' || s.p[2] > '7' || s.p[3] < '0' ||
        s.p[3] > '7')
        return false;
    *c = (char)((s.p[1] - '0') << 6 | (s.p[2] - '0') << 3 | (s.p[3] - '0'));
    return true;
}

bool span_unescape(struct span s, char *out, size_t size)
{
    size_t n = 0;
    for (; s.p < s.end; n++) {
        if (n + 1 >= size)
            return false;
        if (octal(s, &out[n]))
            s.p += 4;
        else
            out[n] = *s.p++;
    }
    out[n] = '\0';
    return n > 0;
}
