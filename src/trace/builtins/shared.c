/* What several groups of builtins use. */
#include "trace/builtins/entries.h"

#include <string.h>

void check_is_u64(struct checker *k, struct node *n)
{
    n->type = type_int(types_in(k), 8, false);
}

void check_is_s64(struct checker *k, struct node *n)
{
    n->type = type_int(types_in(k), 8, true);
}

bool check_number_argument(struct checker *k, const struct node *n, const struct node *a)
{
    if (type_is_scalar(a->type))
        return true;
    if (a->type->kind != VALUE_NONE || k->knows)
        check_complain(k, a->place, "%s() wants a number, not %s", n->name, type_words(types_in(k), a->type));
    return false;
}

const char *check_literal_argument(struct checker *k, const struct node *n, const struct node *a)
{
    if (a->kind == NODE_STRING)
        return a->name;
    check_complain(k, a->place, "%s() wants a literal string here", n->name);
    return NULL;
}

bool check_constant_argument(struct checker *k, const struct node *n, const struct node *a, int64_t least, int64_t most, int64_t *value)
{
    if (!constant_of(a, value))
        check_complain(k, a->place, "%s() wants a constant number here", n->name);
    else if (*value < least || *value > most)
        check_complain(k, a->place, "%s() wants a number from %lld to %lld here, not %lld", n->name, (long long)least, (long long)most,
                       (long long)*value);
    else
        return true;
    return false;
}

ir_reg call0(struct generator *g, uint32_t helper)
{
    return ir_call(g->p, helper, NULL, 0);
}

void become_number(struct checker *k, struct node *n, uint64_t value)
{
    n->kind = NODE_INTEGER;
    n->integer = value;
    n->is_unsigned = true;
    n->type = n->meaning = (void *)type_int(types_in(k), 8, false);
}

void become_bool(struct checker *k, struct node *n, bool value)
{
    n->kind = NODE_BOOL;
    n->integer = value;
    n->type = type_bool(types_in(k));
}

void become_string(struct checker *k, struct node *n, const char *text)
{
    n->kind = NODE_STRING;
    n->name = text;
    n->length = (uint32_t)strlen(text);
    n->type = type_string(types_in(k), n->length + 1);
}

bool check_probe_kind(struct checker *k, const struct node *n, uint32_t providers, const char *which)
{
    enum provider here = provider_here(k->instance);
    if (providers & 1U << here)
        return true;
    check_complain(k, n->place, "%s is for %s probes; this is a %s probe", n->name, which, provider_name(here));
    return false;
}

bool check_unsafe(struct checker *k, const struct node *n, const char *effect)
{
    if (k->unit->settings.unsafe)
        return true;
    check_complain(k, n->place, "%s() is unsafe: it %s", n->name, effect);
    check_hint(k, "--unsafe allows it");
    return false;
}
