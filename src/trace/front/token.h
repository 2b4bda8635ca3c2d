/* Tokens of the tracing language. */
#pragma once
#include "trace/front/source.h"

/* The operators' values are what `operator` of a node holds. */
enum token_kind {
    TOKEN_END,
    TOKEN_NAME,       /* letters, digits, underscores */
    TOKEN_VARIABLE,   /* $name */
    TOKEN_MAP,        /* @name */
    TOKEN_POSITIONAL, /* $1, $# */
    TOKEN_INTEGER,
    TOKEN_STRING,
    TOKEN_C, /* a line of the preprocessor: #define, #include */
    TOKEN_PUNCTUATION_FIRST,
    TOKEN_OPEN_BRACE = TOKEN_PUNCTUATION_FIRST,
    TOKEN_CLOSE_BRACE,
    TOKEN_OPEN_BRACKET,
    TOKEN_CLOSE_BRACKET,
    TOKEN_OPEN_PARENTHESIS,
    TOKEN_CLOSE_PARENTHESIS,
    TOKEN_SEMICOLON,
    TOKEN_COMMA,
    TOKEN_COLON,
    TOKEN_QUESTION,
    TOKEN_DOT,
    TOKEN_RANGE, /* .. */
    TOKEN_ARROW,
    TOKEN_ASSIGN,
    TOKEN_INCREMENT,
    TOKEN_DECREMENT,
    /* Binary operators */
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_PERCENT,
    TOKEN_AND, /* & */
    TOKEN_OR,
    TOKEN_XOR,
    TOKEN_SHIFT_LEFT,
    TOKEN_SHIFT_RIGHT,
    TOKEN_LOGICAL_AND,
    TOKEN_LOGICAL_OR,
    TOKEN_EQUAL,
    TOKEN_NOT_EQUAL,
    TOKEN_LESS,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER,
    TOKEN_GREATER_EQUAL,
    /* Unary */
    TOKEN_NOT,
    TOKEN_COMPLEMENT,
    TOKEN_KINDS,
};

/* "+=" is TOKEN_PLUS with .assigns. */
const char *token_name(int kind); /* "+"; "a name" */
