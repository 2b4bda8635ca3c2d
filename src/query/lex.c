#include "query/lex.h"

#include <string.h>
#include <strings.h>

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name(char c)
{
    return is_name_start(c) || is_digit(c) || c == '$';
}

static bool starts(const char *sql, size_t n, size_t at, const char *with)
{
    size_t k = strlen(with);
    return n - at >= k && !memcmp(sql + at, with, k);
}

static size_t skip_line_comment(const char *sql, size_t n, size_t at)
{
    while (at < n && sql[at] != '\n' && sql[at] != '\r')
        at++;
    return at;
}

static size_t skip_block_comment(const char *sql, size_t n, size_t at)
{
    size_t depth = 0;
    while (at < n) {
        if (starts(sql, n, at, "/*")) {
            depth++;
            at += 2;
        } else if (starts(sql, n, at, "*/")) {
            at += 2;
            if (!--depth)
                break;
        } else {
            at++;
        }
    }
    return at;
}

static size_t skip_blank(const char *sql, size_t n, size_t at)
{
    for (;;) {
        if (at < n && is_space(sql[at]))
            at++;
        else if (starts(sql, n, at, "--"))
            at = skip_line_comment(sql, n, at);
        else if (starts(sql, n, at, "/*"))
            at = skip_block_comment(sql, n, at);
        else
            return at;
    }
}

/* From the opening quote to after the closing one; a doubled quote stays inside. */
static size_t skip_quoted(const char *sql, size_t n, size_t at, bool backslash)
{
    char quote = sql[at++];
    while (at < n) {
        if (backslash && sql[at] == '\\' && at + 1 < n) {
            at += 2;
        } else if (sql[at] != quote) {
            at++;
        } else if (at + 1 < n && sql[at + 1] == quote) {
            at += 2;
        } else {
            return at + 1;
        }
    }
    return n;
}

/* $tag$ … $tag$; a lone $ (a parameter) is one character. */
static size_t skip_dollar(const char *sql, size_t n, size_t at)
{
    size_t tag = at + 1;
    while (tag < n && is_name(sql[tag]) && sql[tag] != '$' && !(tag == at + 1 && is_digit(sql[tag])))
        tag++;
    if (tag >= n || sql[tag] != '$')
        return at + 1;
    size_t length = tag + 1 - at;
    const char *close = memmem(sql + tag + 1, n - tag - 1, sql + at, length);
    return close ? (size_t)(close - sql) + length : n;
}

static size_t skip_name(const char *sql, size_t n, size_t at)
{
    while (at < n && is_name(sql[at]))
        at++;
    return at;
}

struct lex_token lex_next(const char *sql, size_t n, size_t at)
{
    at = skip_blank(sql, n, at);
    struct lex_token t = {LEX_END, at, at};
    if (at >= n)
        return t;
    char c = sql[at];
    t.kind = c == '(' ? LEX_OPEN : c == ')' ? LEX_CLOSE : c == ';' ? LEX_SEMICOLON : LEX_OTHER;
    t.end = at + 1;
    if (c == '\'' || c == '"') {
        t.end = skip_quoted(sql, n, at, false);
    } else if ((c == 'e' || c == 'E') && at + 1 < n && sql[at + 1] == '\'') {
        t.end = skip_quoted(sql, n, at + 1, true);
    } else if (c == '$') {
        t.end = skip_dollar(sql, n, at);
    } else if (is_name_start(c)) {
        t.kind = LEX_WORD;
        t.end = skip_name(sql, n, at);
    } else if (is_digit(c)) {
        t.end = skip_name(sql, n, at);
    }
    return t;
}

bool lex_is(const char *sql, struct lex_token t, const char *keyword)
{
    size_t length = strlen(keyword);
    return t.kind == LEX_WORD && t.end - t.start == length && !strncasecmp(sql + t.start, keyword, length);
}

size_t lex_skip_parens(const char *sql, size_t n, size_t at)
{
    size_t depth = 0;
    for (struct lex_token t = lex_next(sql, n, at); t.kind != LEX_END; t = lex_next(sql, n, t.end)) {
        if (t.kind == LEX_OPEN)
            depth++;
        else if (t.kind == LEX_CLOSE && depth && !--depth)
            return t.end;
        if (!depth)
            break;
    }
    return at;
}

size_t lex_statement_length(const char *sql, size_t n)
{
    struct lex_token t = lex_next(sql, n, 0);
    while (t.kind != LEX_END && t.kind != LEX_SEMICOLON)
        t = lex_next(sql, n, t.end);
    return t.start;
}
