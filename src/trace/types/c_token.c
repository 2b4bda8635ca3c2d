#include "trace/types/c_inside.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char peek(const struct c_reader *r, uint32_t ahead)
{
    return r->end - r->at > ahead ? r->text[r->at + ahead] : '\0';
}

static void skip_comment(struct c_reader *r)
{
    bool of_line = peek(r, 1) == '/';
    r->at += 2;
    while (r->at < r->end && (of_line ? r->text[r->at] != '\n' : !(r->text[r->at] == '*' && peek(r, 1) == '/')))
        r->at++;
    if (!of_line)
        r->at = r->end - r->at > 2 ? r->at + 2 : r->end;
}

/* Blanks, comments and lines of the preprocessor. */
static void skip_blanks(struct c_reader *r)
{
    while (r->at < r->end) {
        char c = r->text[r->at];
        if (c == '#' && r->line_start) {
            r->at++;
            c_line(r);
        } else if (c == '/' && (peek(r, 1) == '/' || peek(r, 1) == '*'))
            skip_comment(r);
        else if (c == '\\' && peek(r, 1) == '\n')
            r->at += 2;
        else if (isspace((unsigned char)c) || !c) {
            r->line_start = r->line_start || c == '\n';
            r->at++;
        } else
            return;
    }
}

static int64_t escape(char c)
{
    static const char letters[] = "n\nt\tr\ra\ab\bf\fv\v0\0\\\\'\'\"\"";
    for (size_t i = 0; i + 1 < sizeof letters; i += 2)
        if (letters[i] == c)
            return letters[i + 1];
    return c;
}

/* "…" or '…' ; the token's text has the quotes. */
static void read_quoted(struct c_reader *r, struct c_token *token)
{
    char quote = r->text[r->at];
    uint32_t start = r->at++;
    while (r->at < r->end && r->text[r->at] != quote && r->text[r->at] != '\n')
        r->at += r->text[r->at] == '\\' && r->end - r->at > 1 ? 2 : 1;
    if (r->at < r->end && r->text[r->at] == quote)
        r->at++;
    token->kind = quote == '"' ? C_STRING : C_NUMBER;
    token->number = r->at - start < 2                                 ? 0
                    : r->text[start + 1] == '\\' && r->at - start > 2 ? escape(r->text[start + 2])
                                                                      : r->text[start + 1];
}

static void read_number(struct c_reader *r, struct c_token *token)
{
    char digits[72];
    size_t n = 0;
    for (char c; r->at < r->end && (isalnum((unsigned char)(c = r->text[r->at])) || c == '_' || c == '.'); r->at++)
        if (c != '_' && n + 1 < sizeof digits)
            digits[n++] = c;
    digits[n] = '\0';
    token->kind = C_NUMBER;
    token->number = (int64_t)(digits[0] == '0' && (digits[1] | 32) == 'b' ? strtoull(digits + 2, NULL, 2) : strtoull(digits, NULL, 0));
}

static void read_punctuation(struct c_reader *r, struct c_token *token)
{
    static const char *const pairs[] = {"<<", ">>", "==", "!=", "<=", ">=", "&&", "||"};
    token->kind = C_PUNCTUATION;
    token->punctuation = (unsigned char)r->text[r->at];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (peek(r, 0) == pairs[i][0] && peek(r, 1) == pairs[i][1])
            token->punctuation = C_PAIR(pairs[i][0], pairs[i][1]);
    r->at += token->punctuation > 255 ? 2 : 1;
}

void c_advance(struct c_reader *r)
{
    struct c_token token = {.kind = C_END};
    r->open += c_is(r, "{");
    r->open -= r->open && c_is(r, "}");
    skip_blanks(r);
    r->line_start = false;
    uint32_t start = r->at;
    token.text = r->text + start;
    token.at = r->base + start;
    if (start < r->end) {
        char c = r->text[start];
        if (isalpha((unsigned char)c) || c == '_') {
            token.kind = C_NAME;
            while (isalnum((unsigned char)peek(r, 0)) || peek(r, 0) == '_')
                r->at++;
        } else if (isdigit((unsigned char)c))
            read_number(r, &token);
        else if (c == '"' || c == '\'')
            read_quoted(r, &token);
        else
            read_punctuation(r, &token);
    }
    token.length = r->at - start;
    r->token = token;
}

void c_start(struct c_reader *r, const char *text, uint32_t at, uint32_t length)
{
    r->text = text;
    r->base = at;
    r->at = 0;
    r->end = length;
    r->line_start = true;
    r->failed = false;
    r->depth = r->open = 0;
    r->token = (struct c_token){.kind = C_END};
    c_skip_excluded(r); /* a condition of an earlier stretch may be open */
    c_advance(r);
}

bool c_is(const struct c_reader *r, const char *word)
{
    return (r->token.kind == C_NAME || r->token.kind == C_PUNCTUATION) && strlen(word) == r->token.length &&
           memcmp(word, r->token.text, r->token.length) == 0;
}

bool c_take(struct c_reader *r, const char *word)
{
    if (!c_is(r, word))
        return false;
    c_advance(r);
    return true;
}

void c_complain(struct c_reader *r, const char *format, ...)
{
    char words[400];
    va_list ap;
    if (r->failed)
        return;
    r->failed = true;
    va_start(ap, format);
    vsnprintf(words, sizeof words, format, ap);
    va_end(ap);
    if (r->c)
        complain(r->c, (struct place){r->token.at, r->token.length ? r->token.length : 1}, "%s", words);
}

char *c_copy_name(struct c_reader *r)
{
    return arena_copy(r->t->arena, r->token.text, r->token.length);
}
