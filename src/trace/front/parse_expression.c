/* Expressions by precedence climbing; what stands between operators is in parse_primary.c. */
#include "trace/front/inside.h"

#include <stdio.h>

/* As in C, from || to *. */
static const uint8_t precedence[TOKEN_KINDS] = {
    [TOKEN_LOGICAL_OR] = 1,    [TOKEN_LOGICAL_AND] = 2, [TOKEN_OR] = 3,          [TOKEN_XOR] = 4,        [TOKEN_AND] = 5,
    [TOKEN_EQUAL] = 6,         [TOKEN_NOT_EQUAL] = 6,   [TOKEN_LESS] = 7,        [TOKEN_LESS_EQUAL] = 7, [TOKEN_GREATER] = 7,
    [TOKEN_GREATER_EQUAL] = 7, [TOKEN_SHIFT_LEFT] = 8,  [TOKEN_SHIFT_RIGHT] = 8, [TOKEN_PLUS] = 9,       [TOKEN_MINUS] = 9,
    [TOKEN_STAR] = 10,         [TOKEN_SLASH] = 10,      [TOKEN_PERCENT] = 10,
};

static bool ends_predicate(const struct parser *p)
{
    if (!p->slash_ends || p->token.kind != TOKEN_SLASH)
        return false;
    struct token behind = parser_peek(p);
    return behind.kind == TOKEN_OPEN_BRACE || behind.kind == TOKEN_END;
}

struct node *parse_binary(struct parser *p, unsigned lowest)
{
    struct node *left = parse_unary(p);
    while (left && !p->token.assigns && precedence[p->token.kind] >= lowest && precedence[p->token.kind] && !ends_predicate(p)) {
        struct node *binary = parser_node(p, NODE_BINARY, left->place);
        if (!binary)
            return NULL;
        binary->operator= p->token.kind;
        binary->left = left;
        parser_advance(p);
        binary->right = parse_binary(p, precedence[binary->operator] + 1U);
        left = binary->right ? parser_finish(p, binary) : NULL;
    }
    return left;
}

static struct node *variable_named(struct parser *p, const char *name, struct place place)
{
    struct node *variable = parser_node(p, NODE_VARIABLE, place);
    if (variable)
        variable->name = name;
    return variable;
}

/* a ?: b is { let $tmp = a; $tmp ? $tmp : b }, so that `a` is evaluated once. No script can write the variable's name. */
static struct node *parse_default(struct parser *p, struct node *a)
{
    struct place place = a->place;
    char *name = parser_alloc(p, 16);
    struct node *block = parser_node(p, NODE_BLOCK, place), *let = parser_node(p, NODE_LET, place);
    struct node *last = parser_node(p, NODE_STATEMENT, place), *ternary = parser_node(p, NODE_TERNARY, place);
    if (!name || !block || !let || !last || !ternary)
        return NULL;
    snprintf(name, 16, "?%u", place.at);
    let->left = variable_named(p, name, place);
    let->right = a;
    let->next = last;
    ternary->condition = variable_named(p, name, place);
    ternary->left = variable_named(p, name, place);
    ternary->right = parse_expression(p);
    last->left = ternary->right ? parser_finish(p, ternary) : NULL;
    block->first = parser_finish(p, let);
    block->valued = true;
    return last->left && parser_finish(p, last) ? parser_finish(p, block) : NULL;
}

static struct node *parse_ternary(struct parser *p)
{
    struct node *condition = parse_binary(p, 1);
    if (!condition || !parser_take(p, TOKEN_QUESTION))
        return condition;
    if (parser_take(p, TOKEN_COLON))
        return parse_default(p, condition);
    struct node *ternary = parser_node(p, NODE_TERNARY, condition->place);
    if (!ternary)
        return NULL;
    ternary->condition = condition;
    ternary->left = parse_expression(p);
    if (!ternary->left || !parser_expect(p, TOKEN_COLON, "between the two values of ?"))
        return NULL;
    ternary->right = parse_expression(p);
    return ternary->right ? parser_finish(p, ternary) : NULL;
}

struct node *parse_expression(struct parser *p)
{
    struct node *node = parser_enter(p) ? parse_ternary(p) : NULL;
    parser_leave(p);
    return node;
}

static bool can_step(const struct node *node)
{
    return node->kind == NODE_VARIABLE || node->kind == NODE_MAP || node->kind == NODE_NAME;
}

static struct node *make_step(struct parser *p, struct token operator, struct node * left, bool prefix)
{
    if (!can_step(left))
        complain(p->complaints, left->place, "%s needs a variable or a map", token_name(operator.kind));
    struct node *step = parser_node(p, NODE_STEP, prefix ? operator.place : left->place);
    if (!step)
        return NULL;
    step->operator= operator.kind;
    step->prefix = prefix;
    step->left = left;
    return parser_finish(p, step);
}

static bool is_prefix(const struct token *t)
{
    return !t->assigns &&
           (t->kind == TOKEN_MINUS || t->kind == TOKEN_NOT || t->kind == TOKEN_COMPLEMENT || t->kind == TOKEN_STAR || t->kind == TOKEN_AND);
}

static struct node *parse_prefixed(struct parser *p)
{
    struct token operator= p->token;
    struct node *unary = NULL;
    if (operator.kind == TOKEN_INCREMENT || operator.kind == TOKEN_DECREMENT) {
        parser_advance(p);
        struct node *left = parse_unary(p);
        return left ? make_step(p, operator, left, true) : NULL;
    }
    if (!is_prefix(&operator))
        return parse_postfix(p);
    unary = parser_node(p, NODE_UNARY, operator.place);
    parser_advance(p);
    if (!unary)
        return NULL;
    unary->operator= operator.kind;
    unary->left = parse_unary(p);
    return unary->left ? parser_finish(p, unary) : NULL;
}

struct node *parse_unary(struct parser *p)
{
    struct node *node = parser_enter(p) ? parse_prefixed(p) : NULL;
    parser_leave(p);
    return node;
}

/* Behind the dot or arrow: a field's name (any word is one), or a tuple member's number. */
static struct node *parse_member(struct parser *p, struct node *left)
{
    bool arrow = p->token.kind == TOKEN_ARROW;
    struct node *node = parser_node(p, arrow ? NODE_ARROW : NODE_FIELD, left->place);
    parser_advance(p);
    if (!node)
        return NULL;
    node->left = left;
    struct token t = p->token;
    if (t.kind == TOKEN_INTEGER && !arrow) {
        node->kind = NODE_MEMBER;
        for (uint32_t i = 0; i < t.place.length && node->integer < UINT32_MAX; i++)
            node->integer = node->integer * 10 + (uint64_t)(p->source->text[t.place.at + i] - '0');
        if (left->kind == NODE_INTEGER && !left->parenthesized) {
            complain(p->complaints, place_join(left->place, t.place), "there are no floating-point numbers");
            complain_hint(p->complaints, "whole numbers are written 1500, 1_500, 1e3, 10ms");
        }
    } else if (t.kind == TOKEN_NAME) {
        node->name = parser_text(p, &t);
    } else {
        parser_complain_expected(p, "the name of a field", arrow ? "after ->" : "after the dot");
        return NULL;
    }
    parser_advance(p);
    return parser_finish(p, node);
}

static struct node *parse_index(struct parser *p, struct node *left)
{
    struct node *index = parser_node(p, NODE_INDEX, left->place);
    parser_advance(p);
    if (!index)
        return NULL;
    bool outer = p->slash_ends;
    p->slash_ends = false;
    index->left = left;
    index->right = parse_expression(p);
    p->slash_ends = outer;
    return index->right && parser_expect(p, TOKEN_CLOSE_BRACKET, "after the index") ? parser_finish(p, index) : NULL;
}

struct node *parse_postfix(struct parser *p)
{
    struct node *node = parse_primary(p);
    while (node) {
        struct token t = p->token;
        if (t.kind == TOKEN_DOT || t.kind == TOKEN_ARROW) {
            node = parse_member(p, node);
        } else if (t.kind == TOKEN_OPEN_BRACKET) {
            node = parse_index(p, node);
        } else if (t.kind == TOKEN_INCREMENT || t.kind == TOKEN_DECREMENT) {
            parser_advance(p);
            node = make_step(p, t, node, false);
        } else {
            break;
        }
    }
    return node;
}
