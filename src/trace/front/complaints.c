/* How complaints look:
 *
 *     stdin:1:14-17: ERROR: There is no function "foo".
 *     BEGIN { @a = foo(1) }
 *                  ^~~
 *     HINT: did you mean "func"? */
#include "trace/front/source.h"

#include <string.h>

enum {
    TAB_COLUMNS = 4,
    LINE_MAX_BYTES = 140, /* longer lines are cut around the place */
    LINE_BEFORE_BYTES = 60,
};

/* The part of the line that is shown. */
struct excerpt {
    size_t start, end; /* bytes of the text */
    bool cut_left, cut_right;
};

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

static struct excerpt excerpt_of(const struct source *s, size_t at)
{
    struct excerpt e = {.start = at, .end = at};
    while (e.start && s->text[e.start - 1] != '\n')
        e.start--;
    while (e.end < s->length && s->text[e.end] != '\n')
        e.end++;
    if (e.end - e.start <= LINE_MAX_BYTES)
        return e;
    if (at - e.start > LINE_BEFORE_BYTES) {
        e.start = at - LINE_BEFORE_BYTES;
        e.cut_left = true;
    }
    if (e.end - e.start > LINE_MAX_BYTES) {
        e.end = e.start + LINE_MAX_BYTES;
        e.cut_right = true;
    }
    while (e.cut_left && e.start < at && is_continuation(s->text[e.start]))
        e.start++;
    while (e.cut_right && e.end > at && is_continuation(s->text[e.end]))
        e.end--;
    return e;
}

/* Columns that a character takes on the screen; *n gets its bytes. Characters that could move the cursor take one, as a '?'. */
static void add_character(struct text *out, const char *p, size_t room, size_t *n)
{
    size_t bytes = text_utf8_length(p, room);
    *n = bytes ? bytes : 1;
    if (*p == '\t')
        text_add(out, "    ", TAB_COLUMNS);
    else if (!bytes || (bytes == 1 && ((unsigned char)*p < ' ' || *p == 0x7f)))
        text_addc(out, '?');
    else
        text_add(out, p, bytes);
}

static size_t columns_of(const struct source *s, size_t from, size_t to)
{
    size_t columns = 0, n;
    for (; from < to; from += n) {
        size_t bytes = text_utf8_length(s->text + from, s->length - from);
        n = bytes ? bytes : 1;
        columns += s->text[from] == '\t' ? TAB_COLUMNS : 1;
    }
    return columns;
}

static void add_line(struct text *out, const struct source *s, struct excerpt e)
{
    text_adds(out, e.cut_left ? "..." : "");
    for (size_t i = e.start, n; i < e.end; i += n)
        add_character(out, s->text + i, e.end - i, &n);
    text_adds(out, e.cut_right ? "...\n" : "\n");
}

static void add_carets(struct text *out, const struct source *s, struct excerpt e, size_t at, size_t end)
{
    size_t before = columns_of(s, e.start, at) + (e.cut_left ? 3 : 0);
    size_t under = columns_of(s, at, end < e.end ? end : e.end);
    for (size_t i = 0; i < before; i++)
        text_addc(out, ' ');
    text_addc(out, '^');
    for (size_t i = 1; i < under; i++)
        text_addc(out, '~');
    text_addc(out, '\n');
}

/* "stdin:1:14-17", or "stdin:2-4" for a place of several lines. */
static void add_place(struct text *out, const struct source *s, size_t at, size_t end)
{
    uint32_t line, column, last_line, last_column;
    source_locate(s, (uint32_t)at, &line, &column);
    source_locate(s, (uint32_t)end, &last_line, &last_column);
    if (line != last_line)
        text_addf(out, "%s:%u-%u: ", s->name, line, last_line);
    else
        text_addf(out, "%s:%u:%u-%u: ", s->name, line, column, last_column > column ? last_column : column + 1);
}

static void print_one(const struct complaint *complaint, const struct source *s, struct text *out)
{
    size_t at = complaint->place.at < s->length ? complaint->place.at : s->length;
    size_t end = complaint->place.length < s->length - at ? at + complaint->place.length : s->length;
    struct excerpt e = excerpt_of(s, at);
    add_place(out, s, at, end);
    text_addf(out, "%s: %s\n", complaint->kind == COMPLAINT_ERROR ? "ERROR" : "WARNING", complaint->text ? complaint->text : "no memory");
    add_line(out, s, e);
    add_carets(out, s, e, at, end);
    if (complaint->hint)
        text_addf(out, "HINT: %s\n", complaint->hint);
}

void complaints_print(const struct complaints *c, struct text *out)
{
    size_t kept = 0;
    for (const struct complaint *complaint = c->first; complaint; complaint = complaint->next, kept++)
        print_one(complaint, c->source, out);
    if (c->errors + c->warnings > kept)
        text_addf(out, "and %zu more\n", c->errors + c->warnings - kept);
}
