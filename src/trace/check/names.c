/* The walks over all instances, until the types of maps and variables stand. */
#include "trace/check/check.h"
#include "trace/check/phases.h"

#include <stdarg.h>
#include <stdio.h>

enum { WALKS = 12 };

void check_complain(struct checker *k, struct place place, const char *format, ...)
{
    if (!k->speaks)
        return;
    char text[512];
    va_list a;
    va_start(a, format);
    vsnprintf(text, sizeof text, format, a);
    va_end(a);
    complain(&k->unit->complaints, place, "%s", text);
}

void check_hint(struct checker *k, const char *format, ...)
{
    if (!k->speaks)
        return;
    char text[512];
    va_list a;
    va_start(a, format);
    vsnprintf(text, sizeof text, format, a);
    va_end(a);
    complain_hint(&k->unit->complaints, "%s", text);
}

static void check_predicate(struct checker *k, struct node *n)
{
    if (!n)
        return;
    check_expression(k, n);
    if (k->knows && !type_is_scalar(n->type))
        check_complain(k, n->place, "a predicate is a number or a pointer, not %s", type_words(k->unit->types, n->type));
}

static void walk(struct checker *k)
{
    k->changed = false;
    k->unit->actions = NULL; /* each walk makes them anew */
    k->unit->last_action = &k->unit->actions;
    k->unit->n_actions = 0;
    for (struct instance *i = k->unit->instances; i; i = i->next) {
        k->instance = i;
        k->loops = 0;
        k->locals = NULL;
        check_predicate(k, i->predicate);
        check_expression(k, i->body);
    }
}

static void check_maps(struct checker *k)
{
    for (struct map_info *m = k->unit->maps; m; m = m->next)
        if (!m->value && !m->declared) {
            check_complain(k, m->place, "@%s is used, but nothing is ever assigned to it", m->name);
            check_hint(k, "give it a value somewhere: @%s = count()", m->name);
        }
}

void phase_names(struct unit *u)
{
    struct checker k = {.unit = u};
    for (int i = 0; i < WALKS; i++) {
        walk(&k);
        if (!k.changed)
            break;
    }
    k.knows = k.speaks = true;
    walk(&k);
    check_maps(&k);
}
