/* Expressions: which check an expression of each kind gets, and the small ones. */
#include "trace/check/inside.h"

#include "base/names.h"
#include "trace/builtins/builtin.h"

#include <stdlib.h>
#include <string.h>

const char *words(struct checker *k, const struct value_type *type)
{
    return type_words(k->unit->types, type);
}

static void check_tuple(struct checker *k, struct node *n)
{
    enum { MOST = 32 };
    const struct value_type *members[MOST];
    const char *names[MOST];
    uint32_t count = 0;
    bool known = true;
    for (struct node *m = n->first; m; m = m->next, count++) {
        struct node *value = n->kind == NODE_RECORD ? m->right : m;
        check_expression(k, value);
        known = known && is_known(value->type);
        if (count < MOST) {
            members[count] = storage_type(k->unit->types, value->type);
            names[count] = n->kind == NODE_RECORD ? m->left->name : "";
        }
    }
    if (count > MOST)
        check_complain(k, n->place, "a tuple has at most %d members", MOST);
    n->type = known && count <= MOST ? type_tuple(k->unit->types, members, n->kind == NODE_RECORD ? names : NULL, count) : none_of(k);
}

static void check_block(struct checker *k, struct node *n)
{
    struct node *last = n->first;
    const struct local *locals = k->locals;
    check_statements(k, n->first);
    k->locals = locals;
    while (last && last->next)
        last = last->next;
    n->type = n->valued && last && last->type ? last->type : none_of(k);
}

static void check_condition(struct checker *k, struct node *n)
{
    check_expression(k, n);
    if (k->knows && is_known(n->type) && !type_is_scalar(n->type))
        check_complain(k, n->place, "a condition is a number or a pointer, not %s", words(k, n->type));
}

static void check_choice(struct checker *k, struct node *n) /* if and ?: */
{
    check_condition(k, n->condition);
    int64_t known;
    n->type = none_of(k);
    if (n->left && n->right && constant_of(n->condition, &known)) { /* what is never reached need not make sense */
        struct node *taken = known ? n->left : n->right;
        check_expression(k, taken);
        n->type = taken->type;
        return;
    }
    if (n->left)
        check_expression(k, n->left);
    if (n->right)
        check_expression(k, n->right);
    if (!n->left || !n->right || !is_known(n->left->type) || !is_known(n->right->type))
        return;
    const struct value_type *t = common_type(k->unit->types, n->left->type, is_soft(n->left), n->right->type, is_soft(n->right));
    if (t)
        n->type = t;
    else if (n->kind == NODE_TERNARY)
        check_complain(k, n->place, "the two sides of ?: are %s and %s; both must be of one kind", words(k, n->left->type),
                       words(k, n->right->type));
}

void check_positional(struct checker *k, struct node *n)
{
    const struct script_arguments *a = &k->unit->arguments;
    if (n->name && !strcmp(n->name, "#")) {
        n->kind = NODE_INTEGER;
        n->integer = a->count;
        return;
    }
    const char *text = n->integer >= 1 && n->integer <= a->count ? a->values[n->integer - 1] : NULL;
    char *end = NULL;
    uint64_t number = text ? strtoull(text, &end, 0) : 0;
    if (!text || (*text && !*end)) {
        n->kind = NODE_INTEGER;
        n->integer = number;
    } else {
        n->kind = NODE_STRING;
        n->name = text;
        n->length = (uint32_t)strlen(text);
    }
}

static const char *builtin_candidate(const void *arg, size_t i)
{
    (void)arg;
    const struct builtin *b = builtin_at(i);
    return b ? b->name : NULL;
}

void check_name(struct checker *k, struct node *n)
{
    const struct builtin *b = builtin_find(n->name);
    int64_t value;
    const struct value_type *type = NULL;
    n->type = none_of(k);
    if (b && b->is_variable) {
        n->meaning = (void *)b;
        b->check(k, n);
        return;
    }
    if (types_constant(k->unit->types, n->name, &value, &type)) {
        n->kind = NODE_INTEGER;
        n->integer = (uint64_t)value;
        n->type = type && type->kind == VALUE_INT ? type : type_int(k->unit->types, 8, true);
        n->meaning = (void *)n->type;
        return;
    }
    if (!k->knows)
        return;
    check_complain(k, n->place, b ? "%s is a function: it wants parentheses" : "nothing is called %s", n->name);
    const char *near = b ? NULL : names_nearest((struct names){builtin_candidate, NULL}, n->name);
    if (near)
        check_hint(k, "did you mean %s?", near);
}

static bool arguments_have_values(struct checker *k, const struct node *n, const struct builtin *b)
{
    for (const struct node *a = n->first; k->knows && a; a = a->next) {
        if (is_known(a->type) || (b->takes_map && a->kind == NODE_MAP))
            continue;
        if (!k->unit->complaints.errors)
            check_complain(k, a->place, "this has no value that %s() could use", n->name);
        return false;
    }
    return true;
}

void check_call(struct checker *k, struct node *n)
{
    const struct builtin *b = builtin_find(n->name);
    n->type = none_of(k);
    if (!b || !b->is_call) {
        check_complain(k, n->place, "no function is called %s", n->name);
        const char *near = names_nearest((struct names){builtin_candidate, NULL}, n->name);
        if (near)
            check_hint(k, "did you mean %s?", near);
        return;
    }
    uint32_t count = 0;
    for (struct node *a = n->first; a; a = a->next, count++)
        if (!(b->takes_map && a->kind == NODE_MAP))
            check_expression(k, a);
    if (count < b->least || count > b->most) {
        if (b->least == b->most)
            check_complain(k, n->place, "%s() takes %u argument%s, not %u", b->name, b->least, b->least == 1 ? "" : "s", count);
        else
            check_complain(k, n->place, "%s() takes %u to %u arguments, not %u", b->name, b->least, b->most, count);
        return;
    }
    if (!arguments_have_values(k, n, b))
        return;
    n->meaning = (void *)b;
    b->check(k, n);
}

static void check_integer(struct checker *k, struct node *n)
{
    if (n->meaning) /* an enumerator */
        n->type = n->meaning;
    else
        n->type = type_int(k->unit->types, 8, !n->is_unsigned && n->integer <= INT64_MAX);
}

static void check_string(struct checker *k, struct node *n)
{
    n->type = type_string(k->unit->types, n->length + 1);
}

static void check_bool(struct checker *k, struct node *n)
{
    n->type = type_bool(k->unit->types);
}

static void check_jump(struct checker *k, struct node *n)
{
    n->type = none_of(k);
    if (n->kind == NODE_RETURN) {
        if (n->left)
            check_expression(k, n->left);
    } else if (!k->loops)
        check_complain(k, n->place, "%s stands outside of a loop", n->kind == NODE_BREAK ? "break" : "continue");
}

static void check_statement(struct checker *k, struct node *n)
{
    check_expression(k, n->left);
    n->type = n->left->type; /* the last one is its block's value */
}

static void check_comptime(struct checker *k, struct node *n)
{
    check_expression(k, n->left);
    n->type = n->left->type;
}

static void check_position(struct checker *k, struct node *n)
{
    check_positional(k, n);
    check_expression(k, n);
}

static void check_unsupported(struct checker *k, struct node *n)
{
    n->type = none_of(k);
    check_complain(k, n->place, "a type may only stand in a cast, sizeof, offsetof or let");
}

static void (*const checks[])(struct checker *k, struct node *n) = {
    [NODE_INTEGER] = check_integer,     [NODE_STRING] = check_string,
    [NODE_BOOL] = check_bool,           [NODE_NAME] = check_name,
    [NODE_VARIABLE] = check_variable,   [NODE_MAP] = check_map_read,
    [NODE_POSITIONAL] = check_position, [NODE_CALL] = check_call,
    [NODE_UNARY] = check_unary,         [NODE_STEP] = check_step,
    [NODE_BINARY] = check_binary,       [NODE_TERNARY] = check_choice,
    [NODE_CAST] = check_cast,           [NODE_SIZEOF] = check_sizeof,
    [NODE_OFFSETOF] = check_sizeof,     [NODE_TYPEOF] = check_unsupported,
    [NODE_FIELD] = check_field,         [NODE_ARROW] = check_field,
    [NODE_MEMBER] = check_field,        [NODE_INDEX] = check_index,
    [NODE_TUPLE] = check_tuple,         [NODE_RECORD] = check_tuple,
    [NODE_BLOCK] = check_block,         [NODE_COMPTIME] = check_comptime,
    [NODE_TYPE] = check_unsupported,    [NODE_STATEMENT] = check_statement,
    [NODE_ASSIGN] = check_assign,       [NODE_LET] = check_let,
    [NODE_IF] = check_choice,           [NODE_WHILE] = check_loop,
    [NODE_FOR_MAP] = check_loop,        [NODE_FOR_RANGE] = check_loop,
    [NODE_UNROLL] = check_loop,         [NODE_BREAK] = check_jump,
    [NODE_CONTINUE] = check_jump,       [NODE_RETURN] = check_jump,
};

enum { DEPTH_MAX = 400 };

void check_expression(struct checker *k, struct node *n)
{
    n->type = none_of(k);
    if (++k->depth > DEPTH_MAX)
        check_complain(k, n->place, "this is nested too deeply");
    else
        checks[n->kind](k, n);
    k->depth--;
}

void check_statements(struct checker *k, struct node *first)
{
    for (struct node *n = first; n; n = n->next)
        check_expression(k, n);
}
