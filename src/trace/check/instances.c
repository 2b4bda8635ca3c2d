/* Attach points become targets, and each probe one instance for all targets that can share a program. */
#include "trace/check/phases.h"
#include "trace/types/find.h"

#include <string.h>

/* A walk over all nodes below one: true when fn is for any. */
static bool any_node(const struct node *n, bool (*fn)(const struct node *n))
{
    for (; n; n = n->next)
        if (fn(n) || any_node(n->key, fn) || any_node(n->condition, fn) || any_node(n->left, fn) || any_node(n->right, fn) ||
            any_node(n->body, fn) || any_node(n->first, fn))
            return true;
    return false;
}

static bool is_typed(const struct node *n)
{
    return n->kind == NODE_NAME && (!strcmp(n->name, "args") || !strcmp(n->name, "ctx") || !strcmp(n->name, "retval"));
}

static bool is_args(const struct node *n)
{
    return n->kind == NODE_NAME && !strcmp(n->name, "args");
}

static bool is_numbered(const struct node *n)
{
    return n->kind == NODE_NAME && !strncmp(n->name, "arg", 3);
}

static bool is_probe(const struct node *n)
{
    return n->kind == NODE_NAME && !strcmp(n->name, "probe");
}

static bool is_loop(const struct node *n)
{
    return n->kind == NODE_FOR_MAP || n->kind == NODE_FOR_RANGE || n->kind == NODE_WHILE;
}

static bool is_of_context(const struct node *n)
{
    static const char *const names[] = {"ctx", "kstack", "reg", "skboutput"};
    bool common = (n->kind == NODE_FIELD || n->kind == NODE_ARROW) && !strncmp(n->name, "common_", 7);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((n->kind == NODE_NAME || n->kind == NODE_CALL) && !strcmp(n->name, names[i]))
            return true;
    return common;
}

static bool in_probe(const struct probe *p, bool (*fn)(const struct node *n))
{
    return any_node(p->predicate, fn) || any_node(p->body, fn);
}

/* Raw tracepoints give no cookie before 6.10, by which `probe` tells targets apart. */
static bool same_raw(const struct target *a, const struct target *b, const struct body_uses *uses)
{
    if (a->way != ATTACH_RAW_TRACEPOINT)
        return true;
    if (a->syscall || b->syscall)
        return a->syscall && b->syscall && !strcmp(a->raw, b->raw);
    return !uses->probe && !uses->args;
}

/* Static probes may have their arguments elsewhere at each place. */
static bool same_arguments(const struct target *a, const struct target *b, const struct body_uses *uses)
{
    return !uses->numbered || !a->arguments || !b->arguments || !strcmp(a->arguments, b->arguments);
}

static bool same_program(const struct target *a, const struct target *b, bool typed, const struct body_uses *uses)
{
    return a->provider == b->provider && a->way == b->way && same_raw(a, b, uses) && same_arguments(a, b, uses) &&
           (!typed || a->types.arguments == b->types.arguments) &&
           !(a->way == ATTACH_TRAMPOLINE || a->way == ATTACH_TP_BTF || a->way == ATTACH_ITER);
}

static struct instance *instance_add(struct unit *u, const struct probe *probe)
{
    struct instance *i = arena_alloc(&u->arena, sizeof *i);
    if (!i)
        return NULL;
    *i = (struct instance){.probe = probe, .index = u->n_instances++};
    i->predicate = probe->predicate ? node_copy(&u->arena, probe->predicate) : NULL;
    i->body = node_copy(&u->arena, probe->body);
    *u->last_instance = i;
    u->last_instance = &i->next;
    return i->body ? i : NULL;
}

static struct instance *instance_for(struct unit *u, const struct probe *probe, struct instance **first, const struct target *t, bool typed,
                                     const struct body_uses *uses)
{
    for (struct instance *i = *first; i; i = i->next)
        if (same_program(i->targets[0], t, typed, uses))
            return i;
    struct instance *i = instance_add(u, probe);
    if (i && !*first)
        *first = i;
    return i;
}

static bool grow(struct arena *a, struct target ***list, uint32_t count)
{
    if (count & (count - 1)) /* room is a power of two */
        return true;
    struct target **more = arena_alloc(a, (count ? 2 * (size_t)count : 1) * sizeof(struct target *));
    if (!more)
        return false;
    if (count)
        memcpy(more, *list, count * sizeof(struct target *));
    *list = more;
    return true;
}

static bool target_add(struct unit *u, struct instance *i, struct target *t)
{
    if (!grow(&u->arena, &i->targets, i->n_targets) || !grow(&u->arena, &u->targets, u->n_targets))
        return false;
    t->index = u->n_targets;
    i->targets[i->n_targets++] = t;
    u->targets[u->n_targets++] = t;
    return true;
}

static uint32_t count_targets(const struct target *t)
{
    uint32_t n = 0;
    for (; t; t = t->next)
        n++;
    return n;
}

static void expand_probe(struct unit *u, const struct probe *probe)
{
    bool typed = in_probe(probe, is_typed);
    struct body_uses uses = {.args = in_probe(probe, is_args),
                             .context = in_probe(probe, is_of_context),
                             .numbered = in_probe(probe, is_numbered),
                             .probe = in_probe(probe, is_probe),
                             .loops = in_probe(probe, is_loop)};
    struct instance *first = NULL;
    for (const struct attach_point *point = probe->points; point; point = point->next) {
        struct target *next;
        struct target *all = probe_expand(point, &u->scope, u->types, &u->complaints);
        uint32_t n = count_targets(all);
        for (struct target *t = all; t; t = next) {
            next = t->next;
            target_prefer_raw(t, &uses, n);
            if (u->n_targets >= u->settings.max_probes) {
                complain(&u->complaints, point->place, "these are more than %u probes (max_probes)", u->settings.max_probes);
                complain_hint(&u->complaints, "config = { max_probes = %u } allows more", u->settings.max_probes * 4);
                return;
            }
            if (typed) /* tracepoints with the same fields have one type then, and share a program */
                t->types.arguments = types_complete(u->types, t->types.arguments);
            struct instance *i = instance_for(u, probe, &first, t, typed, &uses);
            if (!i || !target_add(u, i, t))
                return;
        }
    }
}

void phase_probes(struct unit *u)
{
    u->scope.missing = u->settings.missing_probes_ignore ? MISSING_IGNORE : u->settings.missing_probes_warn ? MISSING_WARN : MISSING_ERROR;
    for (const struct probe *p = u->script->probes; p; p = p->next)
        expand_probe(u, p);
    if (!u->script->probes && !u->complaints.errors)
        complain(&u->complaints, (struct place){0, 0}, "the script has no probe; the shortest one is: BEGIN { printf(\"hello\\n\"); }");
}
