/* Moving over tokens, making nodes, and what is said when a token is not the one that was expected. */
#include "trace/front/inside.h"
#include "trace/front/walk.h"

#include "base/arena.h"

#include <string.h>

void parser_give_up(struct parser *p)
{
    p->gave_up = true;
    p->lexer.at = (uint32_t)p->source->length;
    p->token = (struct token){.kind = TOKEN_END, .place = {(uint32_t)p->source->length, 0}};
}

void parser_start(struct parser *p, struct complaints *c, struct script *script, uint32_t at)
{
    *p = (struct parser){.complaints = c, .arena = c->arena, .source = c->source, .lexer = {.source = c->source}};
    p->last =
        (struct script_ends){&script->settings, &script->imports, &script->definitions, &script->maps, &script->functions, &script->probes};
    parser_move(p, at);
}

/* A token that is wrong in itself is complained of when it becomes the next one, and passed over when it is nothing at all. */
static void read_next(struct parser *p)
{
    for (;;) {
        p->token = lexer_next(&p->lexer);
        if (!p->token.problem || p->gave_up)
            return;
        complain(p->complaints, p->token.place, "%s", p->token.problem);
        if (p->token.kind != TOKEN_END)
            return;
    }
}

void parser_move(struct parser *p, uint32_t at)
{
    if (p->gave_up)
        return;
    p->lexer.at = at;
    p->lexer.after_dot = false;
    read_next(p);
}

void parser_advance(struct parser *p)
{
    if (p->gave_up)
        return;
    p->before = p->token.place;
    p->behind_problem = p->token.problem != NULL;
    read_next(p);
}

struct token parser_peek(const struct parser *p)
{
    struct lexer ahead = p->lexer;
    return lexer_next(&ahead);
}

bool parser_at_word(const struct parser *p, const char *word)
{
    return lexer_is(p->source, &p->token, word);
}

bool parser_take(struct parser *p, int kind)
{
    if (p->token.kind != kind || p->token.assigns)
        return false;
    parser_advance(p);
    return true;
}

/* "foo", ";", the end of the script */
static void complain_found(struct parser *p, const char *quote, const char *what, const char *context)
{
    struct token t = p->token;
    const char *blank = *context ? " " : "";
    int shown = t.place.length < 40 ? (int)t.place.length : 40;
    if (t.kind == TOKEN_END)
        complain(p->complaints, t.place, "expected %s%s%s%s%s, found the end of the script", quote, what, quote, blank, context);
    else if (t.kind == TOKEN_STRING || t.kind == TOKEN_C)
        complain(p->complaints, t.place, "expected %s%s%s%s%s, found %s", quote, what, quote, blank, context, token_name(t.kind));
    else
        complain(p->complaints, t.place, "expected %s%s%s%s%s, found \"%.*s\"", quote, what, quote, blank, context, shown,
                 p->source->text + t.place.at);
}

void parser_complain_expected(struct parser *p, const char *what, const char *context)
{
    if (!p->gave_up && !p->token.problem && !p->behind_problem) /* which was said already */
        complain_found(p, "", what, context);
}

bool parser_expect(struct parser *p, int kind, const char *context)
{
    if (parser_take(p, kind))
        return true;
    if (!p->gave_up && !p->token.problem && !p->behind_problem)
        complain_found(p, kind >= TOKEN_PUNCTUATION_FIRST ? "\"" : "", token_name(kind), context);
    return false;
}

bool parser_enter(struct parser *p)
{
    if (++p->nesting <= PARSE_NESTING_MAX && !p->gave_up)
        return true;
    if (!p->gave_up)
        complain(p->complaints, p->token.place, "this is nested too deeply (more than %d levels)", PARSE_NESTING_MAX);
    parser_give_up(p);
    return false;
}

void parser_leave(struct parser *p)
{
    p->nesting--;
}

void *parser_alloc(struct parser *p, size_t size)
{
    void *memory = arena_alloc(p->arena, size);
    if (memory)
        return memset(memory, 0, size);
    if (!p->gave_up)
        complain(p->complaints, p->token.place, "there is not enough memory for this script");
    parser_give_up(p);
    return NULL;
}

const char *parser_text(struct parser *p, const struct token *token)
{
    bool sigil = token->kind == TOKEN_VARIABLE || token->kind == TOKEN_MAP || token->kind == TOKEN_POSITIONAL;
    char *text = parser_alloc(p, token->place.length + 1);
    if (text)
        memcpy(text, p->source->text + token->place.at + sigil, token->place.length - sigil);
    return text;
}

struct node *parser_node(struct parser *p, enum node_kind kind, struct place place)
{
    struct node *node = parser_alloc(p, sizeof *node);
    if (node) {
        node->kind = kind;
        node->place = place;
        node->depth = 1;
    }
    return node;
}

struct node *parser_finish(struct parser *p, struct node *node)
{
    if (p->gave_up || !node)
        return NULL;
    if (p->before.at + p->before.length > node->place.at)
        node->place = place_join(node->place, p->before);
    node->depth = node_depth(node);
    if (node->depth <= NODE_DEPTH_MAX)
        return node;
    complain(p->complaints, node->place, "this is too long a chain (more than %d levels)", NODE_DEPTH_MAX);
    parser_give_up(p);
    return NULL;
}
