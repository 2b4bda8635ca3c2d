/* A compilation from text to code: the list of phases. */
#include "trace/check/unit.h"

#include "trace/check/phases.h"

#include <string.h>

void unit_init(struct unit *u, const char *name, const char *text, size_t length)
{
    memset(u, 0, sizeof *u);
    u->source = (struct source){name, text, length};
    u->settings = (struct trace_settings){
        .max_strlen = 1024, .max_map_keys = 4096, .max_probes = 1024, .print_maps_on_exit = true, .max_cat_bytes = 10240};
    complaints_init(&u->complaints, &u->arena, &u->source);
    u->last_map = &u->maps;
    u->last_action = &u->actions;
    u->last_instance = &u->instances;
}

void unit_free(struct unit *u)
{
    types_destroy(u->types);
    probe_scope_free(&u->scope);
    arena_free(&u->arena);
    memset(u, 0, sizeof *u);
}

static const char *macro_text(void *arg, const char *name)
{
    return types_macro(arg, name);
}

bool unit_check(struct unit *u)
{
    if (!u->types)
        u->types = types_create(&u->arena);
    u->script = trace_parse(&u->complaints, &u->arguments);
    if (!u->types || !u->script || u->complaints.errors)
        return false;
    phase_settings(u);
    trace_expand_macros(u->script, &u->complaints);
    types_string_size(u->types, u->settings.max_strlen);
    types_define(u->types, u->script, &u->complaints);
    trace_expand_names(u->script, &u->complaints, macro_text, u->types);
    if (u->complaints.errors)
        return false;
    phase_probes(u);
    phase_names(u);
    return !u->complaints.errors;
}

struct map_info *unit_map_named(struct unit *u, const char *name, struct place place)
{
    for (struct map_info *m = u->maps; m; m = m->next)
        if (!strcmp(m->name, name))
            return m;
    struct map_info *m = arena_alloc(&u->arena, sizeof *m);
    if (!m)
        return NULL;
    *m = (struct map_info){.name = name, .place = place, .entries = u->settings.max_map_keys, .index = UNIT_MAPS + u->n_maps++};
    *u->last_map = m;
    u->last_map = &m->next;
    return m;
}

enum { STRINGS_STEP = 16 };

uint32_t unit_string(struct unit *u, const char *string)
{
    for (uint32_t i = 0; i < u->n_strings; i++)
        if (!strcmp(u->strings[i], string))
            return i;
    if (u->n_strings % STRINGS_STEP == 0) {
        const char **more = arena_alloc(&u->arena, (u->n_strings + STRINGS_STEP) * sizeof *more);
        if (!more)
            return 0;
        if (u->n_strings)
            memcpy(more, u->strings, u->n_strings * sizeof *more);
        u->strings = more;
    }
    u->strings[u->n_strings] = string;
    return u->n_strings++;
}

struct action *unit_action(struct unit *u, enum action_kind kind, struct place place)
{
    struct action *a = arena_alloc(&u->arena, sizeof *a);
    if (!a)
        return NULL;
    *a = (struct action){.kind = kind, .index = u->n_actions++, .place = place};
    *u->last_action = a;
    u->last_action = &a->next;
    return a;
}
