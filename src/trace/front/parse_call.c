/* Calls, and what looks like one: sizeof, offsetof, typeof. */
#include "trace/front/inside.h"

#include <string.h>

/* Whether a whole argument is a type: it ends at a comma or parenthesis. A bare name is left to be an expression. */
static bool is_type_argument(const struct parser *p)
{
    struct token then, after;
    enum type_certainty certainty = type_ahead(p, &then, &after);
    return certainty == TYPE_SURE && (then.kind == TOKEN_COMMA || then.kind == TOKEN_CLOSE_PARENTHESIS) &&
           !lexer_is(p->source, &p->token, "typeof");
}

static struct node *parse_type_node(struct parser *p)
{
    struct node *node = parser_node(p, NODE_TYPE, p->token.place);
    if (node)
        node->type_name = parse_type(p);
    return node && node->type_name ? parser_finish(p, node) : NULL;
}

static struct node *parse_arguments(struct parser *p, struct node *call)
{
    struct node **last = &call->first;
    if (parser_take(p, TOKEN_CLOSE_PARENTHESIS))
        return parser_finish(p, call);
    do {
        *last = is_type_argument(p) ? parse_type_node(p) : parse_expression(p);
        if (!*last)
            return NULL;
        last = &(*last)->next;
    } while (parser_take(p, TOKEN_COMMA));
    return parser_expect(p, TOKEN_CLOSE_PARENTHESIS, "or \",\" after the argument") ? parser_finish(p, call) : NULL;
}

/* A type, an expression, or a name that may be either: then both are set. */
static bool parse_subject(struct parser *p, struct node *node)
{
    struct token then, after;
    enum type_certainty certainty = type_ahead(p, &then, &after);
    bool ends = then.kind == TOKEN_COMMA || then.kind == TOKEN_CLOSE_PARENTHESIS;
    bool bare = certainty != TYPE_SURE && parser_peek(p).place.at == then.place.at;
    if (certainty != TYPE_NOT && ends && (bare || certainty == TYPE_SURE) && !parser_at_word(p, "typeof")) {
        struct token name = p->token;
        node->type_name = parse_type(p);
        if (bare && node->type_name) {
            node->left = parser_node(p, NODE_NAME, name.place);
            if (node->left)
                node->left->name = node->type_name->words;
        }
        return node->type_name != NULL;
    }
    node->left = parse_expression(p);
    return node->left != NULL;
}

/* offsetof(type, a.b.c) */
static bool parse_fields(struct parser *p, struct node *node)
{
    struct node **last = &node->first;
    if (!parser_expect(p, TOKEN_COMMA, "and the name of a field"))
        return false;
    do {
        if (p->token.kind != TOKEN_NAME) {
            parser_complain_expected(p, "the name of a field", "");
            return false;
        }
        *last = parser_node(p, NODE_NAME, p->token.place);
        if (!*last)
            return false;
        (*last)->name = parser_text(p, &p->token);
        last = &(*last)->next;
        parser_advance(p);
    } while (parser_take(p, TOKEN_DOT));
    return true;
}

static struct node *parse_operator_call(struct parser *p, enum node_kind kind, struct place place)
{
    struct node *node = parser_node(p, kind, place);
    if (!node || !parse_subject(p, node) || (kind == NODE_OFFSETOF && !parse_fields(p, node)))
        return NULL;
    return parser_expect(p, TOKEN_CLOSE_PARENTHESIS, "") ? parser_finish(p, node) : NULL;
}

static struct node *parse_ordinary_call(struct parser *p, const struct token *name)
{
    struct node *call = parser_node(p, NODE_CALL, name->place);
    if (!call)
        return NULL;
    call->name = parser_text(p, name);
    return parse_arguments(p, call);
}

struct node *parse_call(struct parser *p, const struct token *name)
{
    struct node *node;
    bool outer = p->slash_ends;
    parser_advance(p);
    parser_advance(p); /* the parenthesis */
    p->slash_ends = false;
    if (lexer_is(p->source, name, "sizeof"))
        node = parse_operator_call(p, NODE_SIZEOF, name->place);
    else if (lexer_is(p->source, name, "offsetof"))
        node = parse_operator_call(p, NODE_OFFSETOF, name->place);
    else if (lexer_is(p->source, name, "typeof"))
        node = parse_operator_call(p, NODE_TYPEOF, name->place);
    else
        node = parse_ordinary_call(p, name);
    p->slash_ends = outer;
    return node;
}
