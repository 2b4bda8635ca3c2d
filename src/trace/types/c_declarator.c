/* What stands around a declared name: pointers, arrays, functions. */
#include "trace/types/c_inside.h"

enum { STEPS_MAX = 32 };

enum step_kind { STEP_POINTER, STEP_ARRAY, STEP_FUNCTION };

/* From the base type outwards to the name. */
struct steps {
    struct {
        enum step_kind kind;
        bool is_user;
        uint32_t count;
    } at[STEPS_MAX];
    uint32_t n;
};

static bool add_step(struct c_reader *r, struct steps *s, enum step_kind kind, uint32_t count, bool is_user)
{
    if (s->n == STEPS_MAX) {
        c_complain(r, "the declaration has more than %d pointers, arrays and functions", STEPS_MAX);
        return false;
    }
    s->at[s->n].kind = kind;
    s->at[s->n].count = count;
    s->at[s->n++].is_user = is_user;
    return true;
}

static bool array_step(struct c_reader *r, struct steps *suffixes)
{
    int64_t count = 0;
    while (c_take(r, "static") || c_take(r, "const"))
        ;
    if (!c_is(r, "]") && !c_number(r, &count))
        return false;
    if (count < 0 || count > TYPES_MAX_BYTES) {
        c_complain(r, "an array has 0 to %d elements", TYPES_MAX_BYTES);
        return false;
    }
    if (!c_take(r, "]")) {
        c_complain(r, "\"]\" is missing");
        return false;
    }
    return add_step(r, suffixes, STEP_ARRAY, (uint32_t)count, false);
}

/* [n]…, or (parameters), which are passed over. */
static bool read_suffixes(struct c_reader *r, struct steps *suffixes)
{
    for (;;) {
        if (c_take(r, "[")) {
            if (!array_step(r, suffixes))
                return false;
        } else if (c_take(r, "(")) {
            c_skip_parentheses(r);
            if (!add_step(r, suffixes, STEP_FUNCTION, 0, false))
                return false;
        } else
            return true;
    }
}

static bool read_steps(struct c_reader *r, struct steps *out, const char **name, bool is_user)
{
    struct steps inner = {.n = 0}, suffixes = {.n = 0};
    bool ok = true;
    if (r->t->depth > C_NESTING_MAX) {
        c_complain(r, "the declaration is nested too deeply");
        return false;
    }
    while (ok && c_take(r, "*")) {
        bool user = is_user;
        while (c_skip_qualifier(r, &user))
            ;
        ok = add_step(r, out, STEP_POINTER, 0, user);
    }
    r->t->depth++;
    if (ok && c_take(r, "(")) {
        ok = read_steps(r, &inner, name, false);
        if (ok && !c_take(r, ")")) {
            c_complain(r, "\")\" of a declaration is missing");
            ok = false;
        }
    } else if (ok && r->token.kind == C_NAME) {
        *name = c_copy_name(r);
        c_advance(r);
    }
    r->t->depth--;
    ok = ok && read_suffixes(r, &suffixes);
    while (ok && suffixes.n-- > 0)
        ok = add_step(r, out, suffixes.at[suffixes.n].kind, suffixes.at[suffixes.n].count, false);
    for (uint32_t i = 0; ok && i < inner.n; i++)
        ok = add_step(r, out, inner.at[i].kind, inner.at[i].count, inner.at[i].is_user);
    return ok;
}

const struct value_type *c_declarator(struct c_reader *r, const struct c_base *base, const char **name)
{
    struct steps steps = {.n = 0};
    const struct value_type *type = base->type;
    *name = NULL;
    if (!read_steps(r, &steps, name, base->is_user))
        return NULL;
    for (uint32_t i = 0; type && i < steps.n; i++) {
        if (steps.at[i].kind == STEP_POINTER)
            type = type_pointer(r->t, type, steps.at[i].is_user ? SPACE_USER : SPACE_KERNEL);
        else if (steps.at[i].kind == STEP_FUNCTION)
            type = type_function(r->t);
        else if (types_complete(r->t, type)->kind == VALUE_STRUCT && !types_complete(r->t, type)->is_complete) {
            c_complain(r, "the size of %s is not known here", type_words(r->t, type));
            return NULL;
        } else
            type = type_c_array(r->t, types_complete(r->t, type), steps.at[i].count);
    }
    if (!type)
        c_complain(r, "the type is too large: at most %d bytes", TYPES_MAX_BYTES);
    return type;
}
