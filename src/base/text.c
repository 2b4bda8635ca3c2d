#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static bool text_room(struct text *t, size_t n)
{
    if (t->full)
        return false;
    size_t need = t->length + n + 1;
    if (need <= t->size)
        return true;
    size_t ceiling = t->ceiling ? t->ceiling : TEXT_CEILING;
    size_t size = t->size ? t->size * 2 : 256;
    while (size < need)
        size *= 2;
    if (size > ceiling)
        size = ceiling;
    char *p = need <= ceiling ? realloc(t->bytes, size) : NULL;
    if (!p) {
        t->full = true;
        return false;
    }
    t->bytes = p;
    t->size = size;
    return true;
}

void text_add(struct text *t, const void *bytes, size_t n)
{
    if (!text_room(t, n))
        return;
    if (n)
        memcpy(t->bytes + t->length, bytes, n);
    t->length += n;
    t->bytes[t->length] = '\0';
}

void text_adds(struct text *t, const char *string)
{
    text_add(t, string, strlen(string));
}

void text_addc(struct text *t, char c)
{
    text_add(t, &c, 1);
}

void text_addf(struct text *t, const char *format, ...)
{
    char small[512];
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, format, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof small) {
        text_add(t, small, (size_t)n);
    } else if (n >= 0 && text_room(t, (size_t)n)) {
        vsnprintf(t->bytes + t->length, (size_t)n + 1, format, again);
        t->length += (size_t)n;
    }
    va_end(again);
}

void text_add_u64(struct text *t, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + v % 10);
    while (v /= 10);
    text_add(t, digits + at, sizeof digits - at);
}

void text_add_i64(struct text *t, int64_t v)
{
    if (v < 0)
        text_addc(t, '-');
    text_add_u64(t, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

size_t text_utf8_length(const char *p, size_t n)
{
    const unsigned char *s = (const unsigned char *)p;
    if (!n)
        return 0;
    if (s[0] < 0x80)
        return 1;
    size_t need = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : s[0] >= 0xe0 && s[0] <= 0xef ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
    if (!need || n < need)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool bad =
        (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f);
    return bad ? 0 : need;
}

size_t text_utf8_prefix(const char *p, size_t n)
{
    size_t i = 0;
    for (size_t k; i < n && (k = text_utf8_length(p + i, n - i)); i += k)
        ;
    return i;
}

/* A nibble of \xHH; digits are lower case there. */
static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* \x5c, or \x80 to \xff: what text_escape_name writes. */
static bool is_escape(const char *p, size_t n)
{
    if (n < 4 || p[0] != '\\' || p[1] != 'x' || !is_hex(p[2]) || !is_hex(p[3]))
        return false;
    return p[2] >= '8' || (p[2] == '5' && p[3] == 'c');
}

/* Neither a byte beyond ASCII nor a backslash, eight bytes at a time. */
static bool is_simple(const char *p, size_t n)
{
    const uint64_t ones = 0x0101010101010101ULL, highs = 0x8080808080808080ULL;
    uint64_t word, found = 0;
    for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
        memcpy(&word, p, sizeof word);
        uint64_t other = word ^ ones * '\\'; /* a zero byte where the backslash is */
        found |= word | ((other - ones) & ~other);
    }
    bool simple = !(found & highs);
    for (; n && simple; n--, p++)
        simple = (unsigned char)*p < 0x80 && *p != '\\';
    return simple;
}

bool text_is_name(const char *p, size_t n)
{
    if (is_simple(p, n))
        return true;
    for (size_t i = 0, k; i < n; i += k) {
        k = text_utf8_length(p + i, n - i);
        if (!k || is_escape(p + i, n - i))
            return false;
    }
    return true;
}

size_t text_escape_name(char *out, const char *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    size_t used = 0;
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)p[i];
        size_t k = is_escape(p + i, n - i) ? 0 : text_utf8_length(p + i, n - i);
        if (k) {
            memcpy(out + used, p + i, k);
        } else {
            const char escape[4] = {'\\', 'x', digits[c >> 4], digits[c & 15]};
            memcpy(out + used, escape, sizeof escape);
        }
        used += k ? k : 4;
        i += k ? k : 1;
    }
    return used;
}

static void json_char(struct text *t, unsigned char c)
{
    switch (c) {
    case '"': text_add(t, "\\\"", 2); break;
    case '\\': text_add(t, "\\\\", 2); break;
    case '\n': text_add(t, "\\n", 2); break;
    case '\r': text_add(t, "\\r", 2); break;
    case '\t': text_add(t, "\\t", 2); break;
    default: text_addf(t, "\\u%04x", c);
    }
}

void text_add_json(struct text *t, const char *bytes, size_t n)
{
    text_addc(t, '"');
    for (size_t i = 0, run; i < n; i += run) {
        for (run = 0; i + run < n;) { /* the longest stretch that needs no escape */
            unsigned char c = (unsigned char)bytes[i + run];
            size_t k = c < 0x20 || c == '"' || c == '\\' || c == 0x7f ? 0 : text_utf8_length(bytes + i + run, n - i - run);
            if (!k)
                break;
            run += k;
        }
        text_add(t, bytes + i, run);
        if (i + run < n) {
            unsigned char c = (unsigned char)bytes[i + run++];
            if (c < 0x80)
                json_char(t, c);
            else
                text_add(t, "\xef\xbf\xbd", 3);
        }
    }
    text_addc(t, '"');
}

void text_add_csv(struct text *t, const char *bytes, size_t n)
{
    bool quote = false;
    for (size_t i = 0; i < n && !quote; i++)
        quote = bytes[i] == ',' || bytes[i] == '"' || bytes[i] == '\n' || bytes[i] == '\r';
    if (!quote) {
        text_add(t, bytes, n);
        return;
    }
    text_addc(t, '"');
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '"')
            text_addc(t, '"');
        text_addc(t, bytes[i]);
    }
    text_addc(t, '"');
}

static bool shell_bare(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("_-./:=,+@%^", c);
}

enum shell_style { SHELL_BARE, SHELL_QUOTED, SHELL_ANSI };

static enum shell_style shell_style(const char *bytes, size_t n)
{
    enum shell_style style = n ? SHELL_BARE : SHELL_QUOTED;
    for (size_t i = 0, k; i < n; i += k) {
        unsigned char c = (unsigned char)bytes[i];
        k = text_utf8_length(bytes + i, n - i);
        if (!k || c < 0x20 || c == 0x7f)
            return SHELL_ANSI;
        if (k > 1 || !shell_bare(c))
            style = SHELL_QUOTED;
    }
    return style;
}

static void shell_ansi(struct text *t, const char *bytes, size_t n)
{
    text_add(t, "$'", 2);
    for (size_t i = 0, k; i < n; i += k ? k : 1) {
        unsigned char c = (unsigned char)bytes[i];
        k = text_utf8_length(bytes + i, n - i);
        if (c == '\n')
            text_add(t, "\\n", 2);
        else if (c == '\t')
            text_add(t, "\\t", 2);
        else if (c == '\'' || c == '\\')
            text_addf(t, "\\%c", c);
        else if (!k || c < 0x20 || c == 0x7f)
            text_addf(t, "\\x%02x", c);
        else
            text_add(t, bytes + i, k);
    }
    text_addc(t, '\'');
}

void text_add_shell(struct text *t, const char *bytes, size_t n)
{
    switch (shell_style(bytes, n)) {
    case SHELL_BARE: text_add(t, bytes, n); return;
    case SHELL_ANSI: shell_ansi(t, bytes, n); return;
    case SHELL_QUOTED: break;
    }
    text_addc(t, '\'');
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\'')
            text_add(t, "'\\''", 4);
        else
            text_addc(t, bytes[i]);
    }
    text_addc(t, '\'');
}

void text_add_time(struct text *t, int64_t unix_ns)
{
    int64_t seconds = unix_ns / 1000000000, rest = unix_ns % 1000000000;
    if (rest < 0) {
        rest += 1000000000;
        seconds--;
    }
    struct tm tm;
    time_t when = (time_t)seconds;
    gmtime_r(&when, &tm);
    text_addf(t, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
              (long)rest);
}

void text_clear(struct text *t)
{
    t->length = 0;
    t->full = false;
    if (t->bytes)
        t->bytes[0] = '\0';
}

void text_free(struct text *t)
{
    free(t->bytes);
    *t = (struct text){.ceiling = t->ceiling};
}

static bool in_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

bool text_has_word(const char *bytes, size_t n, const char *word)
{
    size_t k = strlen(word);
    for (size_t i = 0; i + k <= n; i++)
        if (!strncasecmp(bytes + i, word, k) && (!i || !in_word(bytes[i - 1])) && (i + k == n || !in_word(bytes[i + k])))
            return true;
    return false;
}
