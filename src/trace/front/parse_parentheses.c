/* What a parenthesis begins: a grouped expression, a tuple, a record or a cast. */
#include "trace/front/inside.h"

static bool must_be_operand(const struct token *t)
{
    return t->kind == TOKEN_NAME || t->kind == TOKEN_VARIABLE || t->kind == TOKEN_MAP || t->kind == TOKEN_POSITIONAL ||
           t->kind == TOKEN_INTEGER || t->kind == TOKEN_STRING || t->kind == TOKEN_OPEN_PARENTHESIS || t->kind == TOKEN_NOT ||
           t->kind == TOKEN_COMPLEMENT;
}

static bool could_be_operand(const struct token *t)
{
    return must_be_operand(t) || (!t->assigns && (t->kind == TOKEN_MINUS || t->kind == TOKEN_STAR || t->kind == TOKEN_AND)) ||
           t->kind == TOKEN_INCREMENT || t->kind == TOKEN_DECREMENT;
}

/* (x) y is a cast when x is surely a type, or when nothing else makes sense: an operand without an operator before it. */
static bool is_cast(const struct parser *p)
{
    struct token then, after;
    enum type_certainty certainty = type_ahead(p, &then, &after);
    if (then.kind != TOKEN_CLOSE_PARENTHESIS)
        return false;
    return certainty == TYPE_SURE || (certainty == TYPE_LIKELY && could_be_operand(&after)) ||
           (certainty == TYPE_MAYBE && must_be_operand(&after));
}

static struct node *parse_cast(struct parser *p, struct place start, bool slash_ends)
{
    struct node *cast = parser_node(p, NODE_CAST, start);
    if (!cast)
        return NULL;
    cast->type_name = parse_type(p);
    if (!cast->type_name || !parser_expect(p, TOKEN_CLOSE_PARENTHESIS, "after the type"))
        return NULL;
    p->slash_ends = slash_ends;
    cast->left = parse_unary(p);
    return cast->left ? parser_finish(p, cast) : NULL;
}

/* (x = 1, y = 2) */
static struct node *parse_record(struct parser *p, struct place start)
{
    struct node *record = parser_node(p, NODE_RECORD, start), **last = record ? &record->first : NULL;
    if (!record)
        return NULL;
    while (p->token.kind == TOKEN_NAME) {
        struct node *member = parser_node(p, NODE_ASSIGN, p->token.place), *name = parser_node(p, NODE_NAME, p->token.place);
        if (!member || !name)
            return NULL;
        name->name = parser_text(p, &p->token);
        member->operator= TOKEN_ASSIGN;
        member->left = name;
        parser_advance(p);
        if (!parser_expect(p, TOKEN_ASSIGN, "after the name of a record's member"))
            return NULL;
        member->right = parse_expression(p);
        if (!member->right || !parser_finish(p, member))
            return NULL;
        *last = member;
        last = &member->next;
        if (!parser_take(p, TOKEN_COMMA))
            break;
    }
    return parser_expect(p, TOKEN_CLOSE_PARENTHESIS, "or \",\" after the record's member") ? parser_finish(p, record) : NULL;
}

/* Behind the first member and its comma. */
static struct node *parse_tuple(struct parser *p, struct place start, struct node *first)
{
    struct node *tuple = parser_node(p, NODE_TUPLE, start), **last = first ? &first->next : NULL;
    if (!tuple)
        return NULL;
    tuple->first = first;
    while (first && p->token.kind != TOKEN_CLOSE_PARENTHESIS) {
        *last = parse_expression(p);
        if (!*last)
            return NULL;
        last = &(*last)->next;
        if (!parser_take(p, TOKEN_COMMA))
            break;
    }
    return parser_expect(p, TOKEN_CLOSE_PARENTHESIS, "or \",\" after the tuple's member") ? parser_finish(p, tuple) : NULL;
}

static struct node *parse_group(struct parser *p, struct place start)
{
    if (p->token.kind == TOKEN_CLOSE_PARENTHESIS)
        return parse_tuple(p, start, NULL);
    struct token behind = parser_peek(p);
    if (p->token.kind == TOKEN_NAME && behind.kind == TOKEN_ASSIGN)
        return parse_record(p, start);
    struct node *node = parse_expression(p);
    if (!node)
        return NULL;
    if (parser_take(p, TOKEN_COMMA))
        return parse_tuple(p, start, node);
    node->parenthesized = true;
    return parser_expect(p, TOKEN_CLOSE_PARENTHESIS, "") ? node : NULL;
}

struct node *parse_parentheses(struct parser *p)
{
    bool outer = p->slash_ends;
    struct place start = p->token.place;
    parser_advance(p);
    p->slash_ends = false;
    struct node *node = is_cast(p) ? parse_cast(p, start, outer) : parse_group(p, start);
    p->slash_ends = outer;
    return node;
}
