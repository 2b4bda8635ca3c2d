/* The tokens of a script, for -d tokens: attach points and definitions of C as the stretches that they are. */
#include "trace/front/inside.h"

static void print(const struct source *s, struct place place, const char *kind, const char *assigns, struct text *out)
{
    uint32_t line, column;
    source_locate(s, place.at, &line, &column);
    text_addf(out, "%u:%u\t%s%s\t", line, column, kind, assigns);
    text_add_json(out, s->text + place.at, place.length);
    text_addc(out, '\n');
}

/* At the top: prints a probe's attach points as one; false when something else begins here. */
static bool print_points(const struct source *s, const struct token *t, struct lexer *l, struct text *out)
{
    if (t->kind >= TOKEN_PUNCTUATION_FIRST || t->problem || script_part_at(s, t, *l) != PART_PROBE)
        return false;
    uint32_t end = attach_points_end(s, t->place.at);
    print(s, (struct place){t->place.at, end - t->place.at}, "attach points", "", out);
    l->at = end > l->at ? end : l->at;
    return true;
}

void trace_print_tokens(struct complaints *c, struct text *out)
{
    struct lexer l = {.source = c->source};
    uint32_t depth = 0;
    bool fresh = true; /* a new part begins */
    if (c->source->length > PARSE_TEXT_MAX)
        return;
    for (struct token t = lexer_next(&l); t.kind != TOKEN_END || t.problem; t = lexer_next(&l)) {
        if (fresh && depth == 0 && print_points(c->source, &t, &l, out)) {
            fresh = false;
            continue;
        }
        depth += t.kind == TOKEN_OPEN_BRACE;
        depth -= t.kind == TOKEN_CLOSE_BRACE && depth > 0;
        fresh = depth == 0 && (t.kind == TOKEN_CLOSE_BRACE || t.kind == TOKEN_SEMICOLON || t.kind == TOKEN_C);
        print(c->source, t.place, t.problem ? t.problem : token_name(t.kind), t.assigns ? "=" : "", out);
    }
}
