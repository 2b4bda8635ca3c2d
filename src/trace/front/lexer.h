/* From text to tokens. The lexer says nothing and keeps nothing: it may be copied and run ahead freely. */
#pragma once
#include "trace/front/token.h"

struct token {
    int kind; /* enum token_kind */
    struct place place;
    bool assigns;        /* += and its like: kind is TOKEN_PLUS */
    const char *problem; /* what is wrong with it, a sentence; NULL: nothing. Such a token of kind TOKEN_END is one to pass over. */
};

struct lexer {
    const struct source *source;
    uint32_t at;    /* the next byte */
    bool after_dot; /* the token before was a dot: digits are a tuple's member, and 0.1 are two of them */
};

struct token lexer_next(struct lexer *l);
/* The first byte at or behind `at` that is neither blank nor in a comment. An open comment goes to the end. */
uint32_t lexer_skip_blanks(const struct source *source, uint32_t at);
/* Behind the closing bracket of the stretch of C that begins at `at` with an opening one, over strings and comments; the end of the text
 * when it stays open. */
uint32_t lexer_skip_brackets(const struct source *source, uint32_t at);
/* Whether the token's text is the word. */
bool lexer_is(const struct source *source, const struct token *token, const char *word);
