#include "trace/front/lexer.h"

#include <string.h>

static char char_at(const struct source *s, size_t i)
{
    return i < s->length ? s->text[i] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* Behind the comment that begins at `at`; `at` itself when none does. */
static uint32_t skip_comment(const struct source *s, uint32_t at)
{
    const char *p = s->text + at, *end;
    size_t room = s->length - at;
    if (room < 2 || p[0] != '/')
        return at;
    if (p[1] == '/') {
        end = memchr(p, '\n', room);
        return end ? (uint32_t)(end - s->text) : (uint32_t)s->length;
    }
    if (p[1] != '*')
        return at;
    end = memmem(p + 2, room - 2, "*/", 2);
    return end ? (uint32_t)(end - s->text) + 2 : (uint32_t)s->length;
}

uint32_t lexer_skip_blanks(const struct source *s, uint32_t at)
{
    while (at < s->length) {
        uint32_t next = is_blank(s->text[at]) ? at + 1 : skip_comment(s, at);
        if (next == at)
            break;
        at = next;
    }
    return at;
}

/* Behind the closing quote; *closed says whether there is one on the line. */
static uint32_t skip_quoted(const struct source *s, uint32_t at, bool *closed)
{
    char quote = s->text[at++];
    while (at < s->length && s->text[at] != quote && s->text[at] != '\n')
        at += s->text[at] == '\\' && at + 1 < s->length && s->text[at + 1] != '\n' ? 2 : 1;
    *closed = at < s->length && s->text[at] == quote;
    return *closed ? at + 1 : at;
}

uint32_t lexer_skip_brackets(const struct source *s, uint32_t at)
{
    uint32_t depth = 0;
    bool closed;
    while (at < s->length) {
        char c = s->text[at];
        uint32_t behind = skip_comment(s, at);
        if (behind != at) {
            at = behind;
            continue;
        }
        if (c == '"' || c == '\'') {
            at = skip_quoted(s, at, &closed);
            at += !closed && at < s->length;
            continue;
        }
        at++;
        depth += c == '{' || c == '(' || c == '[';
        if ((c == '}' || c == ')' || c == ']') && --depth == 0)
            break;
    }
    return at;
}

bool lexer_is(const struct source *source, const struct token *token, const char *word)
{
    return token->kind == TOKEN_NAME && token->place.length == strlen(word) &&
           !memcmp(source->text + token->place.at, word, token->place.length);
}

static uint32_t skip_word(const struct source *s, uint32_t at)
{
    while (is_letter(char_at(s, at)) || is_digit(char_at(s, at)))
        at++;
    return at;
}

static uint32_t skip_digits(const struct source *s, uint32_t at)
{
    while (is_digit(char_at(s, at)))
        at++;
    return at;
}

/* To the end of the line, over lines that end with a backslash. */
static uint32_t skip_line(const struct source *s, uint32_t at)
{
    while (at < s->length && (s->text[at] != '\n' || s->text[at - 1] == '\\'))
        at++;
    return at;
}

/* Longest first. */
static const struct punctuation {
    char text[4];
    uint8_t kind;
    bool assigns;
} punctuation[] = {
    {"<<=", TOKEN_SHIFT_LEFT, true},
    {">>=", TOKEN_SHIFT_RIGHT, true},
    {"..", TOKEN_RANGE, false},
    {"->", TOKEN_ARROW, false},
    {"++", TOKEN_INCREMENT, false},
    {"--", TOKEN_DECREMENT, false},
    {"<<", TOKEN_SHIFT_LEFT, false},
    {">>", TOKEN_SHIFT_RIGHT, false},
    {"&&", TOKEN_LOGICAL_AND, false},
    {"||", TOKEN_LOGICAL_OR, false},
    {"==", TOKEN_EQUAL, false},
    {"!=", TOKEN_NOT_EQUAL, false},
    {"<=", TOKEN_LESS_EQUAL, false},
    {">=", TOKEN_GREATER_EQUAL, false},
    {"+=", TOKEN_PLUS, true},
    {"-=", TOKEN_MINUS, true},
    {"*=", TOKEN_STAR, true},
    {"/=", TOKEN_SLASH, true},
    {"%=", TOKEN_PERCENT, true},
    {"&=", TOKEN_AND, true},
    {"|=", TOKEN_OR, true},
    {"^=", TOKEN_XOR, true},
    {"{", TOKEN_OPEN_BRACE, false},
    {"}", TOKEN_CLOSE_BRACE, false},
    {"[", TOKEN_OPEN_BRACKET, false},
    {"]", TOKEN_CLOSE_BRACKET, false},
    {"(", TOKEN_OPEN_PARENTHESIS, false},
    {")", TOKEN_CLOSE_PARENTHESIS, false},
    {";", TOKEN_SEMICOLON, false},
    {",", TOKEN_COMMA, false},
    {":", TOKEN_COLON, false},
    {"?", TOKEN_QUESTION, false},
    {".", TOKEN_DOT, false},
    {"=", TOKEN_ASSIGN, false},
    {"+", TOKEN_PLUS, false},
    {"-", TOKEN_MINUS, false},
    {"*", TOKEN_STAR, false},
    {"/", TOKEN_SLASH, false},
    {"%", TOKEN_PERCENT, false},
    {"&", TOKEN_AND, false},
    {"|", TOKEN_OR, false},
    {"^", TOKEN_XOR, false},
    {"<", TOKEN_LESS, false},
    {">", TOKEN_GREATER, false},
    {"!", TOKEN_NOT, false},
    {"~", TOKEN_COMPLEMENT, false},
};

static uint32_t read_punctuation(const struct source *s, uint32_t at, struct token *t)
{
    for (size_t i = 0; i < sizeof punctuation / sizeof *punctuation; i++) {
        size_t n = strlen(punctuation[i].text);
        if (s->length - at >= n && !memcmp(s->text + at, punctuation[i].text, n)) {
            t->kind = punctuation[i].kind;
            t->assigns = punctuation[i].assigns;
            return at + (uint32_t)n;
        }
    }
    if (!((unsigned char)s->text[at] & 0x80)) {
        t->problem = "this character has no meaning here";
        return at + 1;
    }
    while (at < s->length && ((unsigned char)s->text[at] & 0x80))
        at++;
    t->problem = "names are made of the letters a to z, digits and underscores; others stand in strings and comments only";
    return at;
}

static uint32_t read_quoted(const struct source *s, uint32_t at, struct token *t)
{
    bool closed, is_string = s->text[at] == '"';
    t->kind = is_string ? TOKEN_STRING : TOKEN_INTEGER;
    at = skip_quoted(s, at, &closed);
    if (!closed)
        t->problem = is_string ? "the string does not end on its line: a \" is missing" : "the character does not end: a ' is missing";
    return at;
}

/* $name, $1, $# */
static uint32_t read_dollar(const struct source *s, uint32_t at, struct token *t)
{
    char c = char_at(s, at + 1);
    t->kind = is_letter(c) ? TOKEN_VARIABLE : TOKEN_POSITIONAL;
    if (is_letter(c))
        return skip_word(s, at + 1);
    if (c == '#')
        return at + 2;
    if (!is_digit(c)) {
        t->kind = TOKEN_END;
        t->problem = "a $ is followed by the name of a variable, or by the number of a positional parameter";
    }
    return skip_digits(s, at + 1);
}

static uint32_t read_token(struct lexer *l, uint32_t at, struct token *t)
{
    const struct source *s = l->source;
    char c = s->text[at];
    if (is_letter(c)) {
        t->kind = TOKEN_NAME;
        return skip_word(s, at);
    }
    if (is_digit(c)) {
        t->kind = TOKEN_INTEGER;
        return l->after_dot ? skip_digits(s, at) : skip_word(s, at);
    }
    if (c == '@') {
        t->kind = TOKEN_MAP;
        return is_letter(char_at(s, at + 1)) ? skip_word(s, at + 1) : at + 1;
    }
    if (c == '$')
        return read_dollar(s, at, t);
    if (c == '"' || c == '\'')
        return read_quoted(s, at, t);
    if (c == '#') {
        t->kind = TOKEN_C;
        return skip_line(s, at + 1);
    }
    return read_punctuation(s, at, t);
}

/* Where a comment begins that does not end; the end of the text when there is none. */
static uint32_t find_open_comment(const struct source *s, uint32_t at)
{
    while (at < s->length) {
        bool starred = s->length - at > 1 && s->text[at] == '/' && s->text[at + 1] == '*';
        uint32_t next = is_blank(s->text[at]) ? at + 1 : skip_comment(s, at);
        if (starred && next == s->length && (next - at < 4 || memcmp(s->text + next - 2, "*/", 2) != 0))
            break;
        at = next;
    }
    return at;
}

/* Behind the mark of UTF-8 that some editors write, and the line that names the interpreter. */
static uint32_t skip_beginning(const struct source *s)
{
    uint32_t at = s->length >= 3 && !memcmp(s->text, "\xef\xbb\xbf", 3) ? 3 : 0;
    return s->length - at >= 2 && s->text[at] == '#' && s->text[at + 1] == '!' ? skip_line(s, at + 1) : at;
}

struct token lexer_next(struct lexer *l)
{
    const struct source *s = l->source;
    struct token t = {.kind = TOKEN_END};
    if (l->at == 0)
        l->at = skip_beginning(s);
    t.place.at = lexer_skip_blanks(s, l->at);
    if (t.place.at < s->length) {
        l->at = read_token(l, t.place.at, &t);
        t.place.length = l->at - t.place.at;
    } else {
        uint32_t open = find_open_comment(s, l->at);
        if (open < s->length)
            t = (struct token){.kind = TOKEN_END, .place = {open, 2}, .problem = "this comment does not end: a */ is missing"};
        l->at = (uint32_t)s->length;
    }
    l->after_dot = t.kind == TOKEN_DOT;
    return t;
}
