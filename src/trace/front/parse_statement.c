/* Statements and blocks. */
#include "trace/front/inside.h"

#include <string.h>

/* Behind an error: to behind the next semicolon or closed brace of this block, or before the brace that ends it. */
static void recover(struct parser *p)
{
    uint32_t depth = 0;
    while (p->token.kind != TOKEN_END) {
        int kind = p->token.kind;
        if (kind == TOKEN_CLOSE_BRACE && depth == 0)
            return;
        depth += kind == TOKEN_OPEN_BRACE;
        depth -= kind == TOKEN_CLOSE_BRACE;
        parser_advance(p);
        if (depth == 0 && (kind == TOKEN_SEMICOLON || kind == TOKEN_CLOSE_BRACE))
            return;
    }
}

struct node *parse_keyword(struct parser *p, enum node_kind kind)
{
    struct node *node = parser_node(p, kind, p->token.place);
    parser_advance(p);
    return node;
}

static bool ends_statement(const struct parser *p)
{
    return p->token.kind == TOKEN_SEMICOLON || p->token.kind == TOKEN_CLOSE_BRACE || p->token.kind == TOKEN_END;
}

static struct node *parse_return(struct parser *p)
{
    struct node *node = parse_keyword(p, NODE_RETURN);
    if (!node || ends_statement(p))
        return node;
    node->left = parse_expression(p);
    return node->left ? parser_finish(p, node) : NULL;
}

/* let $x, let $x = 1, let $x: uint64 = 1 */
static struct node *parse_let(struct parser *p)
{
    struct node *let = parse_keyword(p, NODE_LET);
    if (p->token.kind == TOKEN_MAP) {
        complain(p->complaints, p->token.place, "a map is not declared inside a probe");
        complain_hint(p->complaints, "maps come to be by their use, or by a line at the top: let @name = hash(100);");
        return NULL;
    }
    if (p->token.kind != TOKEN_VARIABLE || !let) {
        parser_complain_expected(p, "a variable, as in let $x = 1,", "after let");
        return NULL;
    }
    let->left = parse_primary(p);
    if (!let->left)
        return NULL;
    if (parser_take(p, TOKEN_COLON)) {
        let->type_name = parse_type(p);
        if (!let->type_name)
            return NULL;
    }
    if (parser_take(p, TOKEN_ASSIGN)) {
        let->right = parse_expression(p);
        if (!let->right)
            return NULL;
    }
    return parser_finish(p, let);
}

static bool ends_with_brace(const struct node *node)
{
    return node->kind == NODE_IF || node->kind == NODE_WHILE || node->kind == NODE_FOR_MAP || node->kind == NODE_FOR_RANGE ||
           node->kind == NODE_UNROLL || node->kind == NODE_BLOCK;
}

/* A statement without braces stands in a block of its own. */
struct node *parse_body(struct parser *p)
{
    if (p->token.kind == TOKEN_OPEN_BRACE)
        return parse_block(p);
    struct node *block = parser_node(p, NODE_BLOCK, p->token.place);
    if (!block)
        return NULL;
    block->first = parse_statement(p);
    if (!block->first)
        return NULL;
    if (!parser_take(p, TOKEN_SEMICOLON) && !ends_statement(p) && !ends_with_brace(block->first) && !parser_at_word(p, "else"))
        parser_complain_expected(p, "\";\" or \"}\"", "after the statement");
    return parser_finish(p, block);
}

static bool can_assign(const struct node *node)
{
    return node->kind == NODE_VARIABLE || node->kind == NODE_MAP;
}

static struct node *parse_assignment(struct parser *p, struct node *left)
{
    struct node *node = parser_node(p, NODE_ASSIGN, left->place);
    if (!node)
        return NULL;
    node->operator= p->token.kind;
    if (left->kind == NODE_NAME && !strcmp(left->name, "_") && node->operator== TOKEN_ASSIGN)
        left = NULL; /* _ = x */
    else if (!can_assign(left)) {
        complain(p->complaints, left->place, "only variables and maps can be assigned to");
        if (left->kind == NODE_NAME)
            complain_hint(p->complaints, "variables are written $%s, maps @%s; to compare is ==", left->name, left->name);
    }
    parser_advance(p);
    node->left = left;
    node->right = parse_expression(p);
    return node->right ? parser_finish(p, node) : NULL;
}

static struct node *parse_expression_statement(struct parser *p)
{
    struct node *expression = parse_expression(p);
    if (!expression)
        return NULL;
    if (p->token.kind == TOKEN_ASSIGN || p->token.assigns)
        return parse_assignment(p, expression);
    struct node *node = parser_node(p, NODE_STATEMENT, expression->place);
    if (!node)
        return NULL;
    node->left = expression;
    return parser_finish(p, node);
}

static bool is_keyword(const struct parser *p, const char *word)
{
    if (!parser_at_word(p, word))
        return false;
    struct token behind = parser_peek(p);
    return behind.kind != TOKEN_ASSIGN && !behind.assigns;
}

static struct node *parse_stray_else(struct parser *p)
{
    complain(p->complaints, p->token.place, "this else belongs to no if");
    parser_advance(p);
    return parser_at_word(p, "if") ? parse_if(p) : parse_body(p);
}

static struct node *parse_statement_inside(struct parser *p)
{
    if (p->token.kind == TOKEN_OPEN_BRACE)
        return parse_block(p);
    if (p->token.kind != TOKEN_NAME)
        return parse_expression_statement(p);
    if (is_keyword(p, "if"))
        return parse_if(p);
    if (is_keyword(p, "else"))
        return parse_stray_else(p);
    if (is_keyword(p, "let"))
        return parse_let(p);
    if (is_keyword(p, "while"))
        return parse_loop(p, NODE_WHILE);
    if (is_keyword(p, "unroll"))
        return parse_loop(p, NODE_UNROLL);
    if (is_keyword(p, "for"))
        return parse_for(p);
    if (is_keyword(p, "break"))
        return parse_keyword(p, NODE_BREAK);
    if (is_keyword(p, "continue"))
        return parse_keyword(p, NODE_CONTINUE);
    if (is_keyword(p, "return"))
        return parse_return(p);
    return parse_expression_statement(p);
}

struct node *parse_statement(struct parser *p)
{
    struct node *node = parser_enter(p) ? parse_statement_inside(p) : NULL;
    parser_leave(p);
    return node;
}

static bool has_value(const struct node *statement)
{
    if (statement->kind == NODE_IF)
        return has_value(statement->left) && statement->right && has_value(statement->right);
    return statement->kind == NODE_STATEMENT || (statement->kind == NODE_BLOCK && statement->valued);
}

/* Behind a statement; false: the rest is not to be trusted. */
static bool parse_end_of_statement(struct parser *p, const struct node *statement)
{
    if (p->token.kind == TOKEN_SEMICOLON) {
        while (parser_take(p, TOKEN_SEMICOLON))
            ;
        return true;
    }
    if (ends_statement(p) || ends_with_brace(statement))
        return true;
    parser_complain_expected(p, "\";\" or \"}\"", "after the statement");
    struct token behind = parser_peek(p);
    bool begins = p->token.kind == TOKEN_NAME || p->token.kind == TOKEN_MAP || p->token.kind == TOKEN_VARIABLE;
    return begins && behind.kind != TOKEN_COLON; /* else it is no forgotten semicolon */
}

static void parse_statements(struct parser *p, struct node *block)
{
    struct node **last = &block->first;
    while (parser_take(p, TOKEN_SEMICOLON))
        ;
    while (p->token.kind != TOKEN_CLOSE_BRACE && p->token.kind != TOKEN_END) {
        if (p->token.kind == TOKEN_NAME && parser_at_word(p, "import") && parser_peek(p).kind == TOKEN_STRING) {
            parse_import(p);
            continue;
        }
        struct node *statement = parse_statement(p);
        if (statement) {
            *last = statement;
            last = &statement->next;
            block->valued = p->token.kind == TOKEN_CLOSE_BRACE && has_value(statement);
        }
        if (!statement || !parse_end_of_statement(p, statement))
            recover(p);
    }
}

static struct node *parse_block_inside(struct parser *p)
{
    struct node *block = parser_node(p, NODE_BLOCK, p->token.place);
    struct place start = p->token.place;
    if (!block || !parser_expect(p, TOKEN_OPEN_BRACE, ""))
        return NULL;
    parse_statements(p, block);
    if (p->token.kind == TOKEN_END) {
        if (!p->gave_up)
            complain(p->complaints, start, "this { is not closed: a } is missing");
        return NULL;
    }
    parser_advance(p);
    return parser_finish(p, block);
}

struct node *parse_block(struct parser *p)
{
    bool outer = p->slash_ends;
    p->slash_ends = false;
    struct node *block = parser_enter(p) ? parse_block_inside(p) : NULL;
    parser_leave(p);
    p->slash_ends = outer;
    return block;
}
