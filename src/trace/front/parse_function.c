/* fn name($a: int64): int64 { … } and macro name(a, $b, @c) { … } */
#include "trace/front/inside.h"

/* Names are looked for one after the other. */
enum { PARAMETERS_MAX = 64, FUNCTIONS_MAX = 1000 };

static bool is_parameter(const struct parser *p, bool is_macro)
{
    int kind = p->token.kind;
    return kind == TOKEN_VARIABLE || (is_macro && (kind == TOKEN_NAME || (kind == TOKEN_MAP && p->token.place.length > 1)));
}

static struct parameter *parse_parameter(struct parser *p, bool is_macro)
{
    struct parameter *parameter = parser_alloc(p, sizeof *parameter);
    struct token t = p->token;
    if (!is_parameter(p, is_macro)) {
        parser_complain_expected(p, is_macro ? "a parameter (name, $name or @name)" : "a parameter, as in $name: int64", "");
        return NULL;
    }
    if (!parameter)
        return NULL;
    parameter->name = parser_text(p, &t);
    parameter->place = t.place;
    parameter->sigil = t.kind == TOKEN_VARIABLE ? '$' : t.kind == TOKEN_MAP ? '@' : '\0';
    parser_advance(p);
    if (is_macro)
        return parameter;
    if (!parser_expect(p, TOKEN_COLON, "and a type after the parameter"))
        return NULL;
    parameter->type_name = parse_type(p);
    return parameter->type_name ? parameter : NULL;
}

static bool parse_parameters(struct parser *p, struct function *function)
{
    struct parameter **last = &function->parameters;
    size_t count = 0;
    if (!parser_expect(p, TOKEN_OPEN_PARENTHESIS, "after the name"))
        return false;
    if (parser_take(p, TOKEN_CLOSE_PARENTHESIS))
        return true;
    do {
        *last = parse_parameter(p, function->is_macro);
        if (!*last)
            return false;
        last = &(*last)->next;
        if (++count > PARAMETERS_MAX) {
            complain(p->complaints, p->before, "there are too many parameters (more than %d)", PARAMETERS_MAX);
            return false;
        }
    } while (parser_take(p, TOKEN_COMMA));
    return parser_expect(p, TOKEN_CLOSE_PARENTHESIS, "or \",\" after the parameter");
}

static bool parse_head(struct parser *p, struct function *function)
{
    if (p->token.kind != TOKEN_NAME) {
        parser_complain_expected(p, function->is_macro ? "the name of the macro" : "the name of the function", "");
        return false;
    }
    function->name = parser_text(p, &p->token);
    parser_advance(p);
    if (!parse_parameters(p, function))
        return false;
    if (!function->is_macro && parser_take(p, TOKEN_COLON)) {
        function->returns = parse_type(p);
        return function->returns != NULL;
    }
    return true;
}

void parse_function(struct parser *p)
{
    struct function *function = parser_alloc(p, sizeof *function);
    struct place start = p->token.place;
    if (!function)
        return;
    function->is_macro = parser_at_word(p, "macro");
    parser_advance(p);
    bool sound = parse_head(p, function);
    function->place = place_join(start, p->before);
    if (sound && p->token.kind != TOKEN_OPEN_BRACE)
        parser_complain_expected(p, "the { of the body", "");
    while (p->token.kind != TOKEN_OPEN_BRACE && p->token.kind != TOKEN_END)
        parser_advance(p);
    function->body = p->token.kind == TOKEN_OPEN_BRACE ? parse_block(p) : NULL;
    if (!sound || !function->body)
        return;
    if (++p->functions > FUNCTIONS_MAX) {
        complain(p->complaints, function->place, "there are too many functions and macros (more than %d)", FUNCTIONS_MAX);
        parser_give_up(p);
        return;
    }
    *p->last.function = function;
    p->last.function = &function->next;
}
