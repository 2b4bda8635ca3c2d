/* The tokens of a script, for -d tokens: attach points and definitions of C as the stretches that they are. */
#include "trace/front/inside.h"

/* Where the printing is: places come in their order. */
struct printer {
    const struct source *source;
    struct text *out;
    uint32_t at, line, line_start;
};

static void print(struct printer *p, struct place place, const char *kind, const char *assigns)
{
    for (; p->at < place.at; p->at++) {
        if (p->source->text[p->at] == '\n') {
            p->line++;
            p->line_start = p->at + 1;
        }
    }
    text_addf(p->out, "%u:%u\t%s%s\t", p->line, place.at - p->line_start + 1, kind, assigns);
    text_add_json(p->out, p->source->text + place.at, place.length);
    text_addc(p->out, '\n');
}

/* At the top: prints a probe's attach points as one; false when something else begins here. */
static bool print_points(struct printer *p, const struct token *t, struct lexer *l)
{
    const struct source *s = p->source;
    if (t->kind >= TOKEN_PUNCTUATION_FIRST || t->problem || script_part_at(s, t, *l) != PART_PROBE)
        return false;
    uint32_t end = attach_points_end(s, t->place.at);
    print(p, (struct place){t->place.at, end - t->place.at}, "attach points", "");
    l->at = end > l->at ? end : l->at;
    return true;
}

void trace_print_tokens(struct complaints *c, struct text *out)
{
    struct lexer l = {.source = c->source};
    struct printer p = {.source = c->source, .out = out, .line = 1};
    uint32_t depth = 0;
    bool fresh = true; /* a new part begins */
    if (c->source->length > PARSE_TEXT_MAX)
        return;
    for (struct token t = lexer_next(&l); t.kind != TOKEN_END || t.problem; t = lexer_next(&l)) {
        if (fresh && depth == 0 && print_points(&p, &t, &l)) {
            fresh = false;
            continue;
        }
        depth += t.kind == TOKEN_OPEN_BRACE;
        depth -= t.kind == TOKEN_CLOSE_BRACE && depth > 0;
        fresh = depth == 0 && (t.kind == TOKEN_CLOSE_BRACE || t.kind == TOKEN_SEMICOLON || t.kind == TOKEN_C);
        print(&p, t.place, t.problem ? t.problem : token_name(t.kind), t.assigns ? "=" : "");
    }
}
