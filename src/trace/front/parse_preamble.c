/* What stands beside the probes: config = { … }, import, let @a = hash(10), definitions of C. */
#include "trace/front/inside.h"
#include "trace/front/literal.h"

#include "base/arena.h"

#include <string.h>

/* Behind an error: behind the next semicolon, or before or (at the top) behind the next closing brace. */
static void recover(struct parser *p, bool at_top)
{
    while (p->token.kind != TOKEN_END) {
        int kind = p->token.kind;
        if (kind == TOKEN_CLOSE_BRACE && !at_top)
            return;
        parser_advance(p);
        if (kind == TOKEN_SEMICOLON || kind == TOKEN_CLOSE_BRACE)
            return;
    }
}

/* The value as text: a number in decimal, a string without its quotes, a word. */
static const char *parse_setting_value(struct parser *p)
{
    struct token t = p->token;
    if (t.kind == TOKEN_NAME) {
        parser_advance(p);
        return parser_text(p, &t);
    }
    if (t.kind != TOKEN_INTEGER && t.kind != TOKEN_STRING) {
        parser_complain_expected(p, "a number, a word or a string", "as the value of the setting");
        return NULL;
    }
    struct node *literal = parse_literal(p);
    if (!literal)
        return NULL;
    if (literal->kind == NODE_STRING)
        return literal->name;
    struct text digits = {0};
    text_add_u64(&digits, literal->integer);
    const char *value = digits.bytes ? arena_copy(p->arena, digits.bytes, digits.length) : NULL;
    text_free(&digits);
    return value;
}

static bool parse_setting(struct parser *p)
{
    struct setting *setting = parser_alloc(p, sizeof *setting);
    struct token name = p->token;
    if (!setting)
        return false;
    if (name.kind != TOKEN_NAME) {
        parser_complain_expected(p, "the name of a setting", "");
        return false;
    }
    setting->name = parser_text(p, &name);
    parser_advance(p);
    if (!parser_expect(p, TOKEN_ASSIGN, "after the name of the setting"))
        return false;
    setting->value = parse_setting_value(p);
    setting->place = place_join(name.place, p->before);
    if (!setting->value)
        return false;
    *p->last.setting = setting;
    p->last.setting = &setting->next;
    if (parser_take(p, TOKEN_SEMICOLON) || parser_take(p, TOKEN_COMMA) || p->token.kind == TOKEN_CLOSE_BRACE)
        return true;
    parser_complain_expected(p, "\";\" or \"}\"", "after the setting");
    return p->token.kind == TOKEN_NAME;
}

void parse_config(struct parser *p)
{
    parser_advance(p);
    parser_advance(p);
    if (!parser_expect(p, TOKEN_OPEN_BRACE, "after config =")) {
        recover(p, true);
        return;
    }
    bool good = true;
    while (p->token.kind != TOKEN_CLOSE_BRACE && p->token.kind != TOKEN_END) {
        good = parse_setting(p);
        if (!good)
            recover(p, false);
    }
    if (good)
        parser_expect(p, TOKEN_CLOSE_BRACE, "after the settings");
    else
        parser_take(p, TOKEN_CLOSE_BRACE);
}

void parse_import(struct parser *p)
{
    struct setting *import = parser_alloc(p, sizeof *import);
    parser_advance(p);
    if (!import)
        return;
    if (p->token.kind != TOKEN_STRING) {
        parser_complain_expected(p, "the path in quotes", "after import");
        recover(p, true);
        return;
    }
    struct node *path = parse_literal(p);
    import->place = p->before;
    import->name = path ? path->name : "";
    *p->last.import = import;
    p->last.import = &import->next;
    parser_take(p, TOKEN_SEMICOLON);
}

static bool parse_map_size(struct parser *p, struct map_declaration *map)
{
    if (!parser_expect(p, TOKEN_OPEN_PARENTHESIS, "and how many entries the map has"))
        return false;
    if (p->token.kind != TOKEN_INTEGER) {
        parser_complain_expected(p, "a number", "(how many entries the map has)");
        return false;
    }
    struct node *entries = parse_literal(p);
    map->entries = entries ? entries->integer : 0;
    return parser_expect(p, TOKEN_CLOSE_PARENTHESIS, "");
}

static bool parse_map_declaration_inside(struct parser *p, struct map_declaration *map)
{
    if (p->token.kind != TOKEN_MAP) {
        parser_complain_expected(p, "a map, as in let @name = hash(100),", "after let");
        return false;
    }
    map->name = parser_text(p, &p->token);
    parser_advance(p);
    if (!parser_expect(p, TOKEN_ASSIGN, "after the map that is declared"))
        return false;
    if (p->token.kind != TOKEN_NAME) {
        parser_complain_expected(p, "the kind of the map (hash, lruhash, percpuhash, percpulruhash)", "");
        return false;
    }
    map->type = parser_text(p, &p->token);
    parser_advance(p);
    return parse_map_size(p, map);
}

void parse_map_declaration(struct parser *p)
{
    struct map_declaration *map = parser_alloc(p, sizeof *map);
    struct place start = p->token.place;
    parser_advance(p);
    if (!map)
        return;
    if (!parse_map_declaration_inside(p, map)) {
        recover(p, true);
        return;
    }
    map->place = place_join(start, p->before);
    *p->last.map = map;
    p->last.map = &map->next;
    parser_expect(p, TOKEN_SEMICOLON, "after the declaration of the map");
}

/* Behind the definition of C that begins at `at`; *open: a brace stays open. */
static uint32_t skip_definition(const struct source *s, uint32_t at, bool is_typedef, bool *open)
{
    while (at < s->length) {
        at = lexer_skip_blanks(s, at);
        if (at == s->length)
            break;
        char c = s->text[at];
        if (c == ';')
            return at + 1;
        if (c != '{' && c != '(' && c != '[') {
            at++;
            continue;
        }
        at = lexer_skip_brackets(s, at);
        if (c != '{' || is_typedef)
            continue;
        *open = s->text[at - 1] != '}';
        uint32_t next = lexer_skip_blanks(s, at);
        if (next < s->length && s->text[next] == ';')
            return next + 1;
        if (s->length - next < 13 || memcmp(s->text + next, "__attribute__", 13) != 0)
            return at;
    }
    *open = true;
    return at;
}

void parse_definition(struct parser *p)
{
    struct definition *definition = parser_alloc(p, sizeof *definition);
    struct token t = p->token;
    bool open = false;
    if (!definition)
        return;
    definition->place = t.place;
    if (t.kind == TOKEN_C) {
        parser_advance(p);
    } else {
        uint32_t end = skip_definition(p->source, t.place.at, lexer_is(p->source, &t, "typedef"), &open);
        definition->place.length = end - t.place.at;
        if (open)
            complain(p->complaints, t.place, "this definition does not end: a } or ; is missing");
        p->before = definition->place;
        parser_move(p, end);
    }
    *p->last.definition = definition;
    p->last.definition = &definition->next;
}
