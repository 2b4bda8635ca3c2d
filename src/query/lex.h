/* Just enough of SQL's lexical rules to cut a text into tokens: where comments, strings and quoted names begin and end.
 * What a statement means is never decided here but by DuckDB's own parser (check.h). Source of the rules: PostgreSQL's
 * lexical structure, which DuckDB's parser follows (nested comments, E'' strings, dollar quotes). */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum lex_kind {
    LEX_END,
    LEX_WORD, /* an unquoted name or keyword */
    LEX_OPEN, /* ( */
    LEX_CLOSE,
    LEX_SEMICOLON,
    LEX_OTHER, /* a string, a quoted name, a number, an operator character */
};

struct lex_token {
    enum lex_kind kind;
    size_t start, end; /* offsets into the text */
};

/* The token at or after `at`; comments and white space are skipped. */
struct lex_token lex_next(const char *sql, size_t n, size_t at);
/* Whether the token is this keyword, in any case. */
bool lex_is(const char *sql, struct lex_token t, const char *keyword);
/* After the ")" that closes the "(" at `at`; `at` itself when it is not closed. */
size_t lex_skip_parens(const char *sql, size_t n, size_t at);
/* Length of the text up to its first semicolon outside strings and comments. */
size_t lex_statement_length(const char *sql, size_t n);
