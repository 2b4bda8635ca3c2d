#include "trace/front/token.h"

#include <stddef.h>

static const char *const names[TOKEN_KINDS] = {
    [TOKEN_END] = "the end of the script",
    [TOKEN_NAME] = "a name",
    [TOKEN_VARIABLE] = "a variable",
    [TOKEN_MAP] = "a map",
    [TOKEN_POSITIONAL] = "a positional parameter",
    [TOKEN_INTEGER] = "a number",
    [TOKEN_STRING] = "a string",
    [TOKEN_C] = "a line of the preprocessor",
    [TOKEN_OPEN_BRACE] = "{",
    [TOKEN_CLOSE_BRACE] = "}",
    [TOKEN_OPEN_BRACKET] = "[",
    [TOKEN_CLOSE_BRACKET] = "]",
    [TOKEN_OPEN_PARENTHESIS] = "(",
    [TOKEN_CLOSE_PARENTHESIS] = ")",
    [TOKEN_SEMICOLON] = ";",
    [TOKEN_COMMA] = ",",
    [TOKEN_COLON] = ":",
    [TOKEN_QUESTION] = "?",
    [TOKEN_DOT] = ".",
    [TOKEN_RANGE] = "..",
    [TOKEN_ARROW] = "->",
    [TOKEN_ASSIGN] = "=",
    [TOKEN_INCREMENT] = "++",
    [TOKEN_DECREMENT] = "--",
    [TOKEN_PLUS] = "+",
    [TOKEN_MINUS] = "-",
    [TOKEN_STAR] = "*",
    [TOKEN_SLASH] = "/",
    [TOKEN_PERCENT] = "%",
    [TOKEN_AND] = "&",
    [TOKEN_OR] = "|",
    [TOKEN_XOR] = "^",
    [TOKEN_SHIFT_LEFT] = "<<",
    [TOKEN_SHIFT_RIGHT] = ">>",
    [TOKEN_LOGICAL_AND] = "&&",
    [TOKEN_LOGICAL_OR] = "||",
    [TOKEN_EQUAL] = "==",
    [TOKEN_NOT_EQUAL] = "!=",
    [TOKEN_LESS] = "<",
    [TOKEN_LESS_EQUAL] = "<=",
    [TOKEN_GREATER] = ">",
    [TOKEN_GREATER_EQUAL] = ">=",
    [TOKEN_NOT] = "!",
    [TOKEN_COMPLEMENT] = "~",
};

const char *token_name(int kind)
{
    return kind >= 0 && kind < TOKEN_KINDS && names[kind] ? names[kind] : "?";
}
