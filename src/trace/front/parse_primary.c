/* What stands between operators: literals, names, calls, maps, parentheses. */
#include "trace/front/inside.h"
#include "trace/front/literal.h"

#include "base/arena.h"

struct node *parse_literal(struct parser *p)
{
    struct token t = p->token;
    const char *text = p->source->text + t.place.at;
    struct node *node = parser_node(p, t.kind == TOKEN_STRING ? NODE_STRING : NODE_INTEGER, t.place);
    if (!node)
        return NULL;
    if (t.problem) { /* it was said already; the rest of the statement may hold more */
        node->name = "";
    } else if (t.kind == TOKEN_STRING) {
        struct literal_string string = literal_read_string(p->arena, text, t.place.length);
        node->name = string.bytes ? string.bytes : "";
        node->length = string.bytes ? string.length : 0;
        if (string.problem)
            complain(p->complaints, (struct place){t.place.at + string.problem_at, 2}, "%s", string.problem);
    } else {
        struct literal_number number = literal_read_number(text, t.place.length);
        node->integer = number.value;
        node->is_unsigned = number.is_unsigned;
        if (number.problem)
            complain(p->complaints, t.place, "%s", number.problem);
    }
    parser_advance(p);
    return node;
}

/* $1, $# */
static struct node *parse_positional(struct parser *p)
{
    struct token t = p->token;
    struct node *node = parser_node(p, NODE_POSITIONAL, t.place);
    if (!node)
        return NULL;
    node->name = parser_text(p, &t);
    for (uint32_t i = 1; i < t.place.length && p->source->text[t.place.at + i] != '#' && node->integer < 1000000; i++)
        node->integer = node->integer * 10 + (uint64_t)(p->source->text[t.place.at + i] - '0');
    if (!node->integer && p->source->text[t.place.at + 1] != '#')
        complain(p->complaints, t.place, "positional parameters begin with $1");
    parser_advance(p);
    return node;
}

static struct node *parse_named(struct parser *p, enum node_kind kind)
{
    struct node *node = parser_node(p, kind, p->token.place);
    if (node)
        node->name = parser_text(p, &p->token);
    parser_advance(p);
    return node;
}

/* The keys between the brackets: one expression, or a tuple of several. */
static struct node *parse_keys(struct parser *p)
{
    struct node *tuple = parser_node(p, NODE_TUPLE, p->token.place), **last = tuple ? &tuple->first : NULL;
    if (!tuple)
        return NULL;
    do {
        *last = parse_expression(p);
        if (!*last)
            return NULL;
        last = &(*last)->next;
    } while (parser_take(p, TOKEN_COMMA));
    return tuple->first->next ? parser_finish(p, tuple) : tuple->first;
}

struct node *parse_map(struct parser *p)
{
    struct node *map = parse_named(p, NODE_MAP);
    if (!map || p->token.kind != TOKEN_OPEN_BRACKET)
        return map;
    parser_advance(p);
    bool outer = p->slash_ends;
    p->slash_ends = false;
    map->key = parse_keys(p);
    p->slash_ends = outer;
    return map->key && parser_expect(p, TOKEN_CLOSE_BRACKET, "after the key of the map") ? parser_finish(p, map) : NULL;
}

static struct node *parse_truth(struct parser *p)
{
    struct node *node = parser_node(p, NODE_BOOL, p->token.place);
    if (node)
        node->integer = parser_at_word(p, "true");
    parser_advance(p);
    return node;
}

static bool begins_operand(const struct token *t)
{
    return t->kind == TOKEN_NAME || t->kind == TOKEN_VARIABLE || t->kind == TOKEN_MAP || t->kind == TOKEN_POSITIONAL ||
           t->kind == TOKEN_INTEGER || t->kind == TOKEN_STRING || t->kind == TOKEN_OPEN_PARENTHESIS || t->kind == TOKEN_OPEN_BRACE ||
           t->kind == TOKEN_NOT || t->kind == TOKEN_COMPLEMENT;
}

static struct node *parse_comptime(struct parser *p)
{
    struct node *node = parser_node(p, NODE_COMPTIME, p->token.place);
    parser_advance(p);
    if (node)
        node->left = parse_unary(p);
    return node && node->left ? parser_finish(p, node) : NULL;
}

static struct node *parse_word(struct parser *p)
{
    struct token name = p->token, behind = parser_peek(p);
    if (parser_at_word(p, "true") || parser_at_word(p, "false"))
        return parse_truth(p);
    if (parser_at_word(p, "if"))
        return parse_if(p);
    if (parser_at_word(p, "comptime") && begins_operand(&behind))
        return parse_comptime(p);
    if (behind.kind == TOKEN_OPEN_PARENTHESIS)
        return parse_call(p, &name);
    return parse_named(p, NODE_NAME);
}

struct node *parse_primary(struct parser *p)
{
    switch (p->token.kind) {
    case TOKEN_INTEGER:
    case TOKEN_STRING: return parse_literal(p);
    case TOKEN_POSITIONAL: return parse_positional(p);
    case TOKEN_VARIABLE: return parse_named(p, NODE_VARIABLE);
    case TOKEN_MAP: return parse_map(p);
    case TOKEN_NAME: return parse_word(p);
    case TOKEN_OPEN_PARENTHESIS: return parse_parentheses(p);
    case TOKEN_OPEN_BRACE: return parse_block(p);
    default: parser_complain_expected(p, "an expression", ""); return NULL;
    }
}
