/* A line of tracefs events/CATEGORY/NAME/format: a field:
 *     field:unsigned long args[6];	offset:16;	size:48;	signed:0;
 * Source: kernel/trace/trace_events.c, f_show(). */
#include "trace/types/format_line.h"
#include "base/span.h"

#include <ctype.h>
#include <string.h>

static struct span trimmed(struct span s)
{
    while (s.p < s.end && isspace((unsigned char)*s.p))
        s.p++;
    while (s.end > s.p && isspace((unsigned char)s.end[-1]))
        s.end--;
    return s;
}

static bool span_copy(struct span s, char *out)
{
    size_t n = span_length(s);
    if (n >= DECLARATION_MAX)
        return false;
    memcpy(out, s.p, n);
    out[n] = '\0';
    return true;
}

static bool skip_word(struct span *s, const char *word)
{
    if (!span_starts(*s, word))
        return false;
    s->p += strlen(word);
    *s = trimmed(*s);
    return true;
}

/* Takes "[6]" off the end. */
static bool take_dimension(struct span *s, char *dimension)
{
    if (s->p == s->end || s->end[-1] != ']')
        return false;
    struct span taken = *s;
    while (s->end > s->p && s->end[-1] != '[')
        s->end--;
    if (s->end > s->p)
        s->end--;
    taken.p = s->end;
    *s = trimmed(*s);
    return span_copy(taken, dimension);
}

/* "char prev_comm[16]", "__data_loc char[] name", "const char *const * argv", "void* ip". */
static bool read_declaration(struct span s, struct format_line *f)
{
    s = trimmed(s);
    f->is_data_loc = skip_word(&s, "__data_loc ");
    if (!f->is_data_loc)
        f->is_data_loc = f->is_relative = skip_word(&s, "__rel_loc ");
    f->is_array = take_dimension(&s, f->dimension);
    struct span name = {s.end, s.end};
    while (name.p > s.p && is_name_byte(name.p[-1]))
        name.p--;
    struct span type = trimmed((struct span){s.p, name.p});
    f->is_array = take_dimension(&type, f->dimension) || f->is_array;
    return span_length(name) && span_length(type) && span_copy(name, f->name) && span_copy(type, f->type);
}

/* The number behind "offset:" in the rest of the line. */
static bool read_number(struct span line, const char *key, uint64_t *v)
{
    size_t n = strlen(key);
    for (; span_length(line) > n; line.p++)
        if (memcmp(line.p, key, n) == 0) {
            line.p += n;
            return span_u64(&line, v);
        }
    return false;
}

bool format_read_line(struct span line, struct format_line *f)
{
    *f = (struct format_line){0};
    line = trimmed(line);
    if (!skip_word(&line, "field:"))
        return false;
    const char *end = memchr(line.p, ';', span_length(line));
    if (!end)
        return false;
    struct span rest = {end, line.end};
    return read_declaration((struct span){line.p, end}, f) && read_number(rest, "offset:", &f->offset) &&
           read_number(rest, "size:", &f->size) && read_number(rest, "signed:", &f->is_signed) && f->offset < 1U << 20 &&
           f->size < 1U << 20;
}
