#include "objects/explain_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char *value_of(struct words *w, const char *name, size_t n)
{
    for (size_t i = 0; i < w->n; i++)
        if (strlen(w->of[i].name) == n && !memcmp(w->of[i].name, name, n))
            return w->of[i].value;
    if (w->n == WORDS_MAX || n >= sizeof w->of[0].name)
        return NULL;
    memcpy(w->of[w->n].name, name, n);
    w->of[w->n].name[n] = '\0';
    w->of[w->n].value[0] = '\0';
    return w->of[w->n++].value;
}

static void set(struct words *w, const char *name, size_t name_n, struct span value)
{
    char *to = value_of(w, name, name_n);
    if (!to)
        return;
    size_t n = span_length(value);
    if (n >= sizeof w->of[0].value)
        n = sizeof w->of[0].value - 1;
    for (size_t i = 0; i < n; i++)
        to[i] = (unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f ? ' ' : value.p[i];
    to[n] = '\0';
}

void words_set(struct words *w, const char *name, struct span value)
{
    set(w, name, strlen(name), value);
}

void words_setf(struct words *w, const char *name, const char *format, ...)
{
    char value[sizeof w->of[0].value];
    va_list ap;
    va_start(ap, format);
    vsnprintf(value, sizeof value, format, ap);
    va_end(ap);
    set(w, name, strlen(name), span_of(value, strlen(value)));
}

const char *words_get(const struct words *w, const char *name)
{
    for (size_t i = 0; i < w->n; i++)
        if (!strcmp(w->of[i].name, name))
            return w->of[i].value;
    return "";
}

/* --- patterns --- */

static const char *find(struct span in, const char *literal, size_t n)
{
    return n ? memmem(in.p, span_length(in), literal, n) : in.p;
}

/* One piece of a pattern: the name of a capture (or none) and the literal text behind it. */
struct piece {
    const char *name, *literal;
    size_t name_n, literal_n;
};

static bool next_piece(const char **pattern, struct piece *out)
{
    const char *p = *pattern;
    *out = (struct piece){0};
    if (!*p)
        return false;
    if (*p == '{') {
        out->name = p + 1;
        out->name_n = strcspn(out->name, "}");
        p = out->name + out->name_n + (out->name[out->name_n] == '}');
    }
    out->literal = p;
    out->literal_n = strcspn(p, "{");
    *pattern = p + out->literal_n;
    return true;
}

/* Matches what follows the first piece; sets words only when `w` is given. */
static bool match_rest(struct words *w, const char *pattern, struct span rest)
{
    for (struct piece piece; next_piece(&pattern, &piece);) {
        if (rest.p == rest.end)
            return false;
        struct span after = {rest.p + 1, rest.end}; /* a capture has one byte at least */
        const char *to = piece.literal_n ? find(after, piece.literal, piece.literal_n) : rest.end;
        if (!to)
            return false;
        if (w && piece.name)
            set(w, piece.name, piece.name_n, (struct span){rest.p, to});
        rest.p = to + piece.literal_n;
    }
    return true;
}

bool words_match(struct words *w, const char *pattern, struct span line)
{
    bool anchored = *pattern == '^';
    pattern += anchored;
    size_t n = strcspn(pattern, "{");
    const char *at = find(line, pattern, n);
    if (!at || (anchored && at != line.p))
        return false;
    struct span rest = {at + n, line.end};
    if (!match_rest(NULL, pattern + n, rest))
        return false;
    return !w || match_rest(w, pattern + n, rest);
}

/* --- sentences --- */

struct writer {
    char *out;
    size_t size, used;
};

static void put(struct writer *to, const char *bytes, size_t n)
{
    if (n >= to->size - to->used)
        n = to->size - to->used - 1;
    memcpy(to->out + to->used, bytes, n);
    to->used += n;
    to->out[to->used] = '\0';
}

static bool write_part(const struct words *w, struct writer *to, const char **sentence, const char *stops);

/* "{name}": its value; "{name noun}": its value and the noun, with an s unless it is 1; "{{", "{[", "{]": a brace or a bracket. False when
 * the word is not known. */
static bool write_word(const struct words *w, struct writer *to, const char **sentence)
{
    const char *p = *sentence + 1;
    if (*p && strchr("{[]", *p)) {
        put(to, p, 1);
        *sentence = p + 1;
        return true;
    }
    char name[24];
    size_t n = strcspn(p, "}"), name_n = strcspn(p, " }");
    snprintf(name, sizeof name, "%.*s", (int)name_n, p);
    const char *value = words_get(w, name);
    put(to, value, strlen(value));
    put(to, p + name_n, n - name_n);
    if (name_n < n && strcmp(value, "1") != 0)
        put(to, "s", 1);
    *sentence = p + n + (p[n] == '}');
    return *value != '\0';
}

/* "[first|second|…]": the first part of which all words are known. */
static void write_choice(const struct words *w, struct writer *to, const char **sentence)
{
    bool done = false;
    while (**sentence && **sentence != ']') {
        (*sentence)++;
        size_t before = to->used;
        bool known = write_part(w, to, sentence, "|]");
        if (done || !known)
            to->out[to->used = before] = '\0';
        done |= known;
    }
    *sentence += **sentence == ']';
}

/* Writes up to one of the bytes in `stops`; false when a word was not known, other than in a choice inside. */
static bool write_part(const struct words *w, struct writer *to, const char **sentence, const char *stops)
{
    bool known = true;
    while (**sentence && !strchr(stops, **sentence)) {
        if (**sentence == '{')
            known &= write_word(w, to, sentence);
        else if (**sentence == '[')
            write_choice(w, to, sentence); // NOLINT(misc-no-recursion): as deep as the table's sentences nest
        else
            put(to, (*sentence)++, 1);
    }
    return known;
}

void words_write(const struct words *w, const char *sentence, char *out, size_t size)
{
    struct writer to = {out, size, 0};
    out[0] = '\0';
    write_part(w, &to, &sentence, "");
}
