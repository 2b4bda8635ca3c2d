/* Macros are expanded in the tree. Their own $variables get names that no script can write, so that they meet none of the caller's; maps
 * and the caller's variables come in by parameters only (bpftrace's manual, "Macros"). */
#include "trace/front/parse.h"
#include "trace/front/walk.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>

enum { EXPANSIONS_MAX = 10000, EXPANDED_NODES_MAX = 500000 };

struct expander {
    struct complaints *complaints;
    struct function *functions;
    struct expansion *active; /* innermost; NULL: in the script itself */
    uint32_t expansions, nodes, depth;
    bool gave_up;
};

/* One use of a macro. */
struct expansion {
    struct expander *expander;
    const struct function *macro;
    struct node *arguments; /* as many as the macro has parameters */
    struct expansion *outer;
    uint32_t number;
};

static void give_up(struct expander *x, struct place place, const char *why)
{
    if (!x->gave_up)
        complain(x->complaints, place, "%s", why);
    x->gave_up = true;
}

/* An argument's node for the parameter of this sigil and name. */
static const struct node *argument_of(const struct expansion *e, char sigil, const char *name)
{
    const struct node *argument = e->arguments;
    for (const struct parameter *p = e->macro->parameters; p && argument; p = p->next, argument = argument->next)
        if (p->sigil == sigil && !strcmp(p->name, name))
            return argument;
    return NULL;
}

static void replace_by_copy(struct expansion *e, struct node **link, const struct node *argument)
{
    struct node *copy = node_copy(e->expander->complaints->arena, argument);
    if (!copy)
        give_up(e->expander, (*link)->place, "there is not enough memory for this macro");
    else
        node_replace(link, copy);
}

static void rename_variable(struct expansion *e, struct node *variable)
{
    size_t size = strlen(variable->name) + 16;
    char *name = arena_alloc(e->expander->complaints->arena, size);
    if (!name) {
        give_up(e->expander, variable->place, "there is not enough memory for this macro");
        return;
    }
    snprintf(name, size, "%s#%u", variable->name, e->number);
    variable->name = name;
}

static void substitute_map(struct expansion *e, struct node *map)
{
    const struct node *argument = argument_of(e, '@', map->name);
    if (argument) {
        map->name = argument->name;
        return;
    }
    complain(e->expander->complaints, map->place, "the macro %s uses the map @%s, which is none of its parameters", e->macro->name,
             map->name);
    complain_hint(e->expander->complaints, "pass it: macro %s(@%s) { … }", e->macro->name, map->name);
}

/* A parameter may stand for a type: sizeof(T), (T *)x */
static void substitute_type(struct expansion *e, struct node *node)
{
    struct type_name *type = node->type_name;
    const struct node *argument = type && type->words ? argument_of(e, '\0', type->words) : NULL;
    if (!argument)
        return;
    if (argument->kind == NODE_TYPE && argument->type_name->words) {
        type->words = argument->type_name->words;
        type->stars += argument->type_name->stars;
        if (node->kind != NODE_CAST && node->kind != NODE_LET)
            node->left = NULL; /* the bare name that it was */
    } else if (argument->kind == NODE_NAME) {
        type->words = argument->name;
    } else if (node->left && node->left->kind == NODE_NAME) {
        node->type_name = NULL; /* sizeof(x) of an expression */
    }
}

static void substitute(void *arg, struct node *parent, struct node **link)
{
    struct expansion *e = arg;
    struct node *node = *link;
    const struct node *argument = NULL;
    if (e->expander->gave_up)
        return;
    if (++e->expander->nodes > EXPANDED_NODES_MAX) {
        give_up(e->expander, node->place, "the macros expand to too much");
        return;
    }
    if (node->kind == NODE_NAME && !(parent && node_is_field_name(parent, link)))
        argument = argument_of(e, '\0', node->name);
    else if (node->kind == NODE_VARIABLE)
        argument = argument_of(e, '$', node->name);
    if (argument) {
        replace_by_copy(e, link, argument);
        return;
    }
    substitute_type(e, node);
    if (node->kind == NODE_VARIABLE)
        rename_variable(e, node);
    if (node->kind == NODE_MAP)
        substitute_map(e, node);
    node_visit_children(node, substitute, e);
    if (node->kind == NODE_INDEX && node->left->kind == NODE_MAP && !node->left->key) { /* x[1], x being @y */
        node->left->key = node->right;
        node->left->place = node->place;
        node_replace(link, node->left);
    }
}

static bool fits(const struct parameter *p, const struct node *argument)
{
    return p->sigil == '$' ? argument->kind == NODE_VARIABLE : p->sigil != '@' || (argument->kind == NODE_MAP && !argument->key);
}

static bool macro_fits(const struct function *macro, const struct node *arguments)
{
    const struct parameter *p = macro->parameters;
    for (; p && arguments && fits(p, arguments); arguments = arguments->next)
        p = p->next;
    return !p && !arguments;
}

static const struct function *find_macro(const struct expander *x, const char *name)
{
    for (const struct function *f = x->functions; f; f = f->next)
        if (f->is_macro && !strcmp(f->name, name))
            return f;
    return NULL;
}

/* Of several macros of one name, the first that fits the arguments. */
static const struct function *choose_macro(const struct expander *x, const char *name, const struct node *arguments)
{
    for (const struct function *f = x->functions; f; f = f->next)
        if (f->is_macro && !strcmp(f->name, name) && macro_fits(f, arguments))
            return f;
    return NULL;
}

static size_t count_arguments(const struct node *argument)
{
    size_t n = 0;
    for (; argument; argument = argument->next)
        n++;
    return n;
}

static size_t count_parameters(const struct parameter *parameter)
{
    size_t n = 0;
    for (; parameter; parameter = parameter->next)
        n++;
    return n;
}

static void complain_of_arguments(struct expander *x, const struct function *macro, const struct node *call)
{
    size_t wanted = count_parameters(macro->parameters), given = count_arguments(call->first);
    const struct node *argument = call->first;
    if (wanted != given) {
        complain(x->complaints, call->place, "the macro %s takes %zu argument%s, and %zu %s given", macro->name, wanted,
                 wanted == 1 ? "" : "s", given, given == 1 ? "is" : "are");
        return;
    }
    for (const struct parameter *p = macro->parameters; p; p = p->next, argument = argument->next) {
        if (fits(p, argument))
            continue;
        complain(x->complaints, argument->place, "the macro %s wants a %s here, for its parameter %c%s", macro->name,
                 p->sigil == '$' ? "variable ($name)" : "whole map (@name)", p->sigil, p->name);
    }
}

/* So that what follows says nothing more about it. */
static void make_harmless(struct node *node)
{
    *node = (struct node){.kind = NODE_INTEGER, .place = node->place, .next = node->next, .depth = 1};
}

static bool is_active(const struct expander *x, const struct function *macro)
{
    for (const struct expansion *e = x->active; e; e = e->outer)
        if (e->macro == macro)
            return true;
    return false;
}

static void expand(void *arg, struct node *parent, struct node **link);

static void expand_use(struct expander *x, struct node **link, const struct function *macro)
{
    struct node *call = *link;
    struct expansion e = {x, macro, call->first, x->active, ++x->expansions};
    if (is_active(x, macro) || x->expansions > EXPANSIONS_MAX) {
        give_up(x, call->place, is_active(x, macro) ? "this macro uses itself endlessly" : "there are too many uses of macros");
        return;
    }
    struct node *body = node_copy(x->complaints->arena, macro->body);
    if (!body) {
        give_up(x, call->place, "there is not enough memory for this macro");
        return;
    }
    body->parenthesized = call->parenthesized;
    substitute(&e, NULL, &body);
    node_replace(link, body);
    x->active = &e;
    node_visit_children(body, expand, x);
    x->active = e.outer;
}

static void expand_node(struct expander *x, struct node **link)
{
    struct node *node = *link;
    node_visit_children(node, expand, x); /* the arguments first */
    const struct function *any = node->kind == NODE_CALL || node->kind == NODE_NAME ? find_macro(x, node->name) : NULL;
    if (!any || x->gave_up)
        return;
    const struct function *macro = choose_macro(x, node->name, node->first);
    if (macro) {
        expand_use(x, link, macro);
    } else if (node->kind == NODE_CALL) {
        complain_of_arguments(x, any, node);
        make_harmless(node);
    }
}

static void expand(void *arg, struct node *parent, struct node **link)
{
    struct expander *x = arg;
    if (x->gave_up || node_is_field_name(parent, link))
        return;
    if (++x->depth > NODE_DEPTH_MAX)
        give_up(x, (*link)->place, "the macros are nested too deeply");
    else
        expand_node(x, link);
    x->depth--;
    (*link)->depth = node_depth(*link);
}

static void expand_body(struct expander *x, struct node *body)
{
    x->depth = 0;
    if (body && !x->gave_up)
        node_visit_children(body, expand, x);
    if (body)
        body->depth = node_depth(body);
}

/* A predicate may itself be the use of a macro: it is a child of nothing. */
static void expand_predicate(struct expander *x, struct probe *probe)
{
    struct node holder = {.kind = NODE_STATEMENT, .left = probe->predicate};
    if (probe->predicate)
        expand_body(x, &holder);
    probe->predicate = holder.left;
}

void trace_expand_macros(struct script *script, struct complaints *c)
{
    struct expander x = {.complaints = c, .functions = script->functions};
    for (struct probe *probe = script->probes; probe; probe = probe->next) {
        expand_predicate(&x, probe);
        expand_body(&x, probe->body);
    }
    for (struct function *f = script->functions; f; f = f->next)
        if (!f->is_macro)
            expand_body(&x, f->body);
}
