/* if, while, unroll and for. */
#include "trace/front/inside.h"

/* Operators that go on with an expression and begin no statement. */
static bool goes_on(const struct token *t)
{
    switch (t->kind) {
    case TOKEN_LOGICAL_AND:
    case TOKEN_LOGICAL_OR:
    case TOKEN_EQUAL:
    case TOKEN_NOT_EQUAL:
    case TOKEN_LESS:
    case TOKEN_LESS_EQUAL:
    case TOKEN_GREATER:
    case TOKEN_GREATER_EQUAL:
    case TOKEN_QUESTION:
    case TOKEN_OR:
    case TOKEN_XOR:
    case TOKEN_PLUS:
    case TOKEN_SLASH:
    case TOKEN_PERCENT:
    case TOKEN_SHIFT_LEFT:
    case TOKEN_SHIFT_RIGHT:
    case TOKEN_DOT:
    case TOKEN_ARROW:
    case TOKEN_OPEN_BRACKET: return !t->assigns;
    default: return false;
    }
}

/* Whether the parenthesis that is next encloses the whole condition: if (a) b, but not if (a) == b { … } or if (int8)a { … } */
static bool encloses_condition(const struct parser *p)
{
    struct lexer l = p->lexer;
    struct token t = p->token;
    int depth = 0;
    if (t.kind != TOKEN_OPEN_PARENTHESIS)
        return false;
    struct lexer inside = l;
    struct token first = lexer_next(&inside);
    if (type_scan(&inside, &first) == TYPE_SURE && first.kind == TOKEN_CLOSE_PARENTHESIS)
        return false;
    do {
        depth += t.kind == TOKEN_OPEN_PARENTHESIS;
        depth -= t.kind == TOKEN_CLOSE_PARENTHESIS;
        t = lexer_next(&l);
    } while (depth && t.kind != TOKEN_END);
    return !goes_on(&t);
}

static struct node *parse_condition(struct parser *p, const char *context)
{
    if (p->token.kind == TOKEN_OPEN_BRACE) {
        parser_complain_expected(p, "an expression", "before the body");
        return NULL;
    }
    if (!encloses_condition(p))
        return parse_expression(p);
    parser_advance(p);
    struct node *condition = parse_expression(p);
    return condition && parser_expect(p, TOKEN_CLOSE_PARENTHESIS, context) ? condition : NULL;
}

static struct node *parse_else(struct parser *p)
{
    return parser_at_word(p, "if") ? parse_if(p) : parse_body(p);
}

static struct node *parse_if_inside(struct parser *p)
{
    struct node *node = parse_keyword(p, NODE_IF);
    if (!node)
        return NULL;
    node->condition = parse_condition(p, "after the condition of if");
    node->left = node->condition ? parse_body(p) : NULL;
    if (!node->left)
        return NULL;
    if (parser_at_word(p, "else")) {
        parser_advance(p);
        node->right = parse_else(p);
        if (!node->right)
            return NULL;
    }
    return parser_finish(p, node);
}

struct node *parse_if(struct parser *p)
{
    bool outer = p->slash_ends;
    p->slash_ends = false;
    struct node *node = parser_enter(p) ? parse_if_inside(p) : NULL;
    parser_leave(p);
    p->slash_ends = outer;
    return node;
}

/* while (c) { … }, unroll (n) { … } */
struct node *parse_loop(struct parser *p, enum node_kind kind)
{
    struct node *node = parse_keyword(p, kind);
    if (!node)
        return NULL;
    node->condition = parse_condition(p, kind == NODE_WHILE ? "after the condition of while" : "after the count of unroll");
    node->left = node->condition ? parse_body(p) : NULL;
    return node->left ? parser_finish(p, node) : NULL;
}

/* Behind the colon: @map, or from..to */
static bool parse_for_subject(struct parser *p, struct node *node)
{
    struct node *subject = parse_binary(p, 1);
    if (!subject)
        return false;
    if (parser_take(p, TOKEN_RANGE)) {
        node->kind = NODE_FOR_RANGE;
        node->condition = subject;
        node->right = parse_binary(p, 1);
        return node->right != NULL;
    }
    node->right = subject;
    if (subject->kind == NODE_MAP && !subject->key)
        return true;
    complain(p->complaints, subject->place, "a for loop goes over a map or a range of numbers");
    complain_hint(p->complaints, "for ($kv : @map) { … }, for ($i : 0..10) { … }");
    return true;
}

struct node *parse_for(struct parser *p)
{
    struct node *node = parse_keyword(p, NODE_FOR_MAP);
    bool enclosed = parser_take(p, TOKEN_OPEN_PARENTHESIS);
    if (!node || p->token.kind != TOKEN_VARIABLE) {
        parser_complain_expected(p, "a variable, as in for ($kv : @map),", "after for");
        return NULL;
    }
    node->left = parse_primary(p);
    if (!node->left || !parser_expect(p, TOKEN_COLON, "after the variable of for") || !parse_for_subject(p, node))
        return NULL;
    if (enclosed && !parser_expect(p, TOKEN_CLOSE_PARENTHESIS, "after what for goes over"))
        return NULL;
    node->body = parse_body(p);
    return node->body ? parser_finish(p, node) : NULL;
}
