/* The script: config, definitions, imports, map declarations, functions, macros and probes, in any order. */
#include "trace/front/inside.h"

#include "base/arena.h"

static bool is_definition(const struct source *s, const struct token *t)
{
    return t->kind == TOKEN_C || lexer_is(s, t, "struct") || lexer_is(s, t, "union") || lexer_is(s, t, "enum") || lexer_is(s, t, "typedef");
}

/* The words that begin other parts are also names of attach points, so what follows decides. */
enum script_part script_part_at(const struct source *s, const struct token *t, struct lexer behind)
{
    struct token next = lexer_next(&behind);
    if (is_definition(s, t))
        return next.kind == TOKEN_COLON && t->kind == TOKEN_NAME ? PART_PROBE : PART_DEFINITION;
    if (lexer_is(s, t, "config") && next.kind == TOKEN_ASSIGN)
        return PART_CONFIG;
    if (lexer_is(s, t, "import") && next.kind != TOKEN_COLON)
        return PART_IMPORT;
    if (lexer_is(s, t, "let") && next.kind != TOKEN_COLON)
        return PART_MAP;
    if ((lexer_is(s, t, "macro") || lexer_is(s, t, "fn")) && next.kind != TOKEN_COLON)
        return PART_FUNCTION;
    return PART_PROBE;
}

/* /pid == 1/ */
static struct node *parse_predicate(struct parser *p)
{
    parser_advance(p);
    p->slash_ends = true;
    struct node *predicate = parse_expression(p);
    p->slash_ends = false;
    if (predicate && parser_take(p, TOKEN_SLASH))
        return predicate;
    if (predicate) {
        parser_complain_expected(p, "the \"/\" that ends the predicate", "");
        complain_hint(p->complaints, "a probe looks like: kprobe:vfs_read /pid == 1/ { @[comm] = count(); }");
    }
    return NULL;
}

static void skip_to_body(struct parser *p)
{
    while (p->token.kind != TOKEN_OPEN_BRACE && p->token.kind != TOKEN_END)
        parser_advance(p);
}

static void parse_probe(struct parser *p)
{
    struct probe *probe = parser_alloc(p, sizeof *probe);
    struct place start = p->token.place;
    if (!probe)
        return;
    size_t errors = p->complaints->errors;
    probe->points = parse_attach_points(p);
    probe->place = p->before.at >= start.at ? place_join(start, p->before) : start;
    bool sound = p->complaints->errors == errors;
    if (p->token.kind == TOKEN_SLASH) {
        probe->predicate = parse_predicate(p);
        sound = sound && probe->predicate;
    }
    if (sound && p->token.kind != TOKEN_OPEN_BRACE)
        parser_complain_expected(p, "the { of the probe's body", "");
    skip_to_body(p);
    probe->body = p->token.kind == TOKEN_OPEN_BRACE ? parse_block(p) : NULL;
    if (!probe->body || !probe->points || !sound)
        return;
    *p->last.probe = probe;
    p->last.probe = &probe->next;
}

static void parse_part(struct parser *p)
{
    if (p->token.kind == TOKEN_CLOSE_BRACE) {
        complain(p->complaints, p->token.place, "this } closes nothing");
        parser_advance(p);
        return;
    }
    switch (script_part_at(p->source, &p->token, p->lexer)) {
    case PART_CONFIG: parse_config(p); return;
    case PART_IMPORT: parse_import(p); return;
    case PART_MAP: parse_map_declaration(p); return;
    case PART_FUNCTION: parse_function(p); return;
    case PART_DEFINITION: parse_definition(p); return;
    case PART_PROBE: parse_probe(p); return;
    }
}

static bool is_too_long(struct complaints *c)
{
    if (c->source->length <= PARSE_TEXT_MAX)
        return false;
    complain(c, (struct place){0, 1}, "the script is too long: %zu bytes, and %d are allowed", c->source->length, PARSE_TEXT_MAX);
    return true;
}

struct script *trace_parse(struct complaints *c, const struct script_arguments *arguments)
{
    struct parser p;
    struct script *script = arena_alloc(c->arena, sizeof *script);
    if (!script)
        return NULL;
    *script = (struct script){0};
    if (is_too_long(c))
        return script;
    parser_start(&p, c, script, 0);
    p.arguments = arguments;
    while (p.token.kind != TOKEN_END)
        if (!parser_take(&p, TOKEN_SEMICOLON))
            parse_part(&p);
    return script;
}

struct node *trace_parse_expression(struct complaints *c, struct place place)
{
    struct source until = *c->source, *whole = (struct source *)c->source;
    struct script script = {0};
    struct parser p;
    if (is_too_long(c) || place.at + (size_t)place.length > whole->length)
        return NULL;
    until.length = place.at + place.length;
    c->source = &until;
    parser_start(&p, c, &script, place.at);
    struct node *node = parse_expression(&p);
    if (node && p.token.kind != TOKEN_END) {
        parser_complain_expected(&p, "the end of the expression", "");
        node = NULL;
    }
    c->source = whole;
    return node;
}
