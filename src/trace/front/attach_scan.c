/* Where attach points end. */
#include "trace/front/inside.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Characters of paths and patterns. */
static bool is_path(char c)
{
    return is_word(c) || (c && strchr("/.-+#$*?~%", c));
}

uint32_t attach_skip_choices(const struct source *s, uint32_t at)
{
    uint32_t commas = 0, i = at + 1;
    for (; i < s->length && (is_word(s->text[i]) || s->text[i] == ',' || s->text[i] == '*'); i++)
        commas += s->text[i] == ',';
    return commas && i < s->length && s->text[i] == '}' ? i + 1 : at;
}

/* Whether the slash at `at`, right behind a character of the attach point, is of a path: the path's part began with one or with a dot, or
 * a colon follows the path. Otherwise it is the predicate's. */
static bool is_of_path(const struct source *s, uint32_t at, uint32_t part)
{
    if (s->text[part] == '/' || s->text[part] == '.' || s->text[part] == '~')
        return true;
    uint32_t i = at;
    while (i < s->length && is_path(s->text[i]))
        i++;
    return i < s->length && s->text[i] == ':';
}

static uint32_t skip_quotes(const struct source *s, uint32_t at)
{
    char quote = s->text[at++];
    while (at < s->length && s->text[at] != quote && s->text[at] != '\n')
        at++;
    return at < s->length && s->text[at] == quote ? at + 1 : at;
}

/* Blanks may stand beside colons and plus signs: behind them when an attach point goes on, else `at` itself. */
static uint32_t skip_inner_blanks(const struct source *s, uint32_t at)
{
    char before = s->text[at - 1], after;
    uint32_t next = at;
    while (next < s->length && is_blank(s->text[next]))
        next++;
    after = next < s->length ? s->text[next] : '\0';
    if (after == ':' || after == '+')
        return next;
    return (before == ':' || before == '+') && (is_word(after) || (after && strchr("*\"$.~?", after))) ? next : at;
}

uint32_t attach_skip_point(const struct source *s, uint32_t at)
{
    uint32_t start = at, part = at;
    while (at < s->length) {
        char c = s->text[at];
        if (is_blank(c)) {
            uint32_t next = at > start ? skip_inner_blanks(s, at) : at;
            if (next == at)
                break;
            part = s->text[at - 1] == ':' ? next : part;
            at = next;
            continue;
        }
        if (c == ',' || c == ';' || c == '}')
            break;
        if (c == '{') {
            uint32_t behind = at > start ? attach_skip_choices(s, at) : at;
            if (behind == at)
                break;
            at = behind;
        } else if (c == '/' && (part == start || !is_of_path(s, at, part))) {
            break;
        } else if (c == '"') {
            at = skip_quotes(s, at);
        } else {
            at++;
        }
        if (c == ':')
            part = at;
    }
    return at;
}

uint32_t attach_points_end(const struct source *s, uint32_t at)
{
    for (;;) {
        uint32_t end = attach_skip_point(s, at);
        uint32_t next = lexer_skip_blanks(s, end);
        if (next == s->length || s->text[next] != ',')
            return end;
        at = lexer_skip_blanks(s, next + 1);
    }
}
