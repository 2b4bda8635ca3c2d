/* The C at the top of a script. */
#include "trace/types/c_inside.h"

#include <string.h>

/* A typedef names a struct or an enum that has no name of its own. */
static bool name_type(struct c_reader *r, const char *name, const struct value_type *type)
{
    if (!type->name && (type->kind == VALUE_STRUCT || type->enumeration))
        ((struct value_type *)type)->name = name;
    return named_set(r->t, name, type, true);
}

static bool read_names(struct c_reader *r, const struct c_base *base, bool is_typedef)
{
    do {
        const char *name;
        const struct value_type *type = c_declarator(r, base, &name);
        struct c_base ignored = {0};
        if (!type)
            return false;
        c_attributes(r, &ignored);
        if (is_typedef && !name) {
            c_complain(r, "the name of the typedef is missing");
            return false;
        }
        if (is_typedef && !name_type(r, name, type))
            return false;
    } while (c_take(r, ","));
    return true;
}

/* Behind a definition the semicolon may be missing, as bpftrace has it. */
static bool ends(struct c_reader *r)
{
    if (c_take(r, ";") || r->token.kind == C_END || c_is(r, "struct") || c_is(r, "union") || c_is(r, "enum") || c_is(r, "typedef"))
        return true;
    c_complain(r, "\";\" is missing behind the definition");
    return false;
}

/* Behind the definition that could not be read: its last brace, or its semicolon when it has none. */
static void recover(struct c_reader *r)
{
    for (bool closed = false; r->token.kind != C_END && !closed; c_advance(r))
        closed = r->open ? r->open == 1 && c_is(r, "}") : c_is(r, ";");
    c_take(r, ";");
    r->failed = false;
}

static void read_declaration(struct c_reader *r)
{
    struct c_base base = {0};
    if (c_take(r, ";"))
        return;
    bool is_typedef = c_take(r, "typedef");
    bool ok = c_base(r, &base);
    bool none = c_is(r, ";") || r->token.kind == C_END || (!is_typedef && (c_is(r, "struct") || c_is(r, "union") || c_is(r, "enum")));
    ok = ok && (none && !is_typedef ? true : !none && c_is(r, "typedef") ? true : read_names(r, &base, is_typedef)) && ends(r);
    if (!ok) {
        c_complain(r, "the definition cannot be read");
        recover(r);
    }
}

void types_define(struct types *t, const struct script *script, struct complaints *c)
{
    struct c_reader r = {.t = t, .c = c};
    const struct definition *last = NULL;
    for (const struct definition *d = script->definitions; d; d = d->next) {
        if (d->place.at > c->source->length || d->place.length > c->source->length - d->place.at)
            continue;
        c_start(&r, c->source->text + d->place.at, d->place.at, d->place.length);
        while (r.token.kind != C_END)
            read_declaration(&r);
        last = d;
    }
    if (r.conditions && last)
        complain_softly(c, last->place, "#endif is missing");
}
