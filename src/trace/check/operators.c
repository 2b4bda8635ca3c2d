/* Operators, casts, sizes. */
#include "trace/check/inside.h"

#include "trace/builtins/builtin.h"

static bool compares(int op)
{
    return op >= TOKEN_EQUAL && op <= TOKEN_GREATER_EQUAL;
}

static bool is_text(const struct value_type *t)
{
    return t->kind == VALUE_STRING;
}

static void check_comparison(struct checker *k, struct node *n)
{
    const struct value_type *a = n->left->type;
    const struct value_type *b = n->right->type;
    bool ordered = n->operator!= TOKEN_EQUAL && n->operator!= TOKEN_NOT_EQUAL;
    n->type = type_bool(k->unit->types);
    if (!is_known(a) || !is_known(b))
        return;
    if (type_is_scalar(a) && type_is_scalar(b))
        return;
    if (a->kind == b->kind && (is_text(a) || a->kind == VALUE_BUFFER || a->kind == VALUE_INET || a->kind == VALUE_TUPLE ||
                               a->kind == VALUE_MAC || a->kind == VALUE_ARRAY || a->kind == VALUE_RECORD)) {
        if (ordered)
            check_complain(k, n->place, "values of type %s can be compared with == and != only", words(k, a));
        return;
    }
    check_complain(k, n->place, "%s cannot be compared with %s", words(k, a), words(k, b));
}

static void check_pointer_arithmetic(struct checker *k, struct node *n)
{
    const struct value_type *a = n->left->type;
    const struct value_type *b = n->right->type;
    if (n->operator== TOKEN_MINUS && a->kind == VALUE_POINTER && b->kind == VALUE_POINTER)
        n->type = type_int(k->unit->types, 8, true);
    else if (n->operator== TOKEN_PLUS ||(n->operator== TOKEN_MINUS && a->kind == VALUE_POINTER))
        n->type = a->kind == VALUE_POINTER ? a : b;
    else
        n->type = type_int(k->unit->types, 8, false);
}

void check_binary(struct checker *k, struct node *n)
{
    check_expression(k, n->left);
    check_expression(k, n->right);
    const struct value_type *a = n->left->type;
    const struct value_type *b = n->right->type;
    if (compares(n->operator)) {
        check_word(k, a, n->right);
        check_word(k, b, n->left);
        check_comparison(k, n);
        return;
    }
    n->type = n->operator== TOKEN_LOGICAL_AND || n->operator== TOKEN_LOGICAL_OR ? type_bool(k->unit->types) : none_of(k);
    if (!is_known(a) || !is_known(b))
        return;
    if (!type_is_scalar(a) || !type_is_scalar(b)) {
        check_complain(k, n->place, "%s wants numbers, not %s and %s", token_name(n->operator), words(k, a), words(k, b));
        return;
    }
    if (n->type->kind == VALUE_BOOL)
        return;
    if (a->kind == VALUE_POINTER || b->kind == VALUE_POINTER) {
        check_pointer_arithmetic(k, n);
        return;
    }
    bool is_signed = n->operator== TOKEN_SHIFT_LEFT || n->operator== TOKEN_SHIFT_RIGHT
                         ? a->is_signed
                         : common_type(k->unit->types, type_int(k->unit->types, 8, a->is_signed), is_soft(n->left),
                                       type_int(k->unit->types, 8, b->is_signed), is_soft(n->right))
                               ->is_signed;
    /* A difference may be below zero, whatever it is made of. */
    n->type = type_int(k->unit->types, 8, is_signed || n->operator== TOKEN_MINUS);
}

static void check_address(struct checker *k, struct node *n)
{
    const struct value_type *t = n->left->type;
    if (n->left->kind == NODE_VARIABLE || n->left->kind == NODE_MAP)
        n->type = type_pointer(k->unit->types, t, SPACE_BPF);
    else if (n->left->kind == NODE_FIELD || n->left->kind == NODE_ARROW || n->left->kind == NODE_INDEX)
        n->type = type_pointer(k->unit->types, t, SPACE_KERNEL);
    else
        check_complain(k, n->place, "& wants something with an address: a variable, a map or a field");
}

void check_unary(struct checker *k, struct node *n)
{
    check_expression(k, n->left);
    const struct value_type *t = n->left->type;
    if (!is_known(t))
        return;
    if (n->operator== TOKEN_AND) {
        check_address(k, n);
    } else if (n->operator== TOKEN_STAR) {
        if (t->kind == VALUE_POINTER && t->of->kind != VALUE_NONE)
            n->type = types_complete(k->unit->types, t->of);
        else if (t->kind == VALUE_INT || t->kind == VALUE_POINTER)
            n->type = type_int(k->unit->types, 8, false);
        else
            check_complain(k, n->place, "* wants a pointer, not %s", words(k, t));
    } else if (!type_is_scalar(t)) {
        check_complain(k, n->place, "%s wants a number, not %s", token_name(n->operator), words(k, t));
    } else if (n->operator== TOKEN_NOT) {
        n->type = type_bool(k->unit->types);
    } else {
        n->type = type_int(k->unit->types, 8, n->operator== TOKEN_MINUS || t->is_signed);
    }
}

/* A number that becomes a pointer means memory of the process in uprobes and USDT, of the kernel elsewhere. */
static enum space space_here(const struct checker *k)
{
    enum provider p = k->instance && k->instance->n_targets ? k->instance->targets[0]->provider : PROVIDER_BEGIN;
    return p == PROVIDER_UPROBE || p == PROVIDER_URETPROBE || p == PROVIDER_USDT ? SPACE_USER : SPACE_KERNEL;
}

/* (uint8[])$x has as many elements as the number has bytes. */
static const struct value_type *open_array(struct checker *k, const struct node *n, const struct value_type *t)
{
    uint32_t bytes = n->left->type->size;
    bool is_open = t->kind == VALUE_ARRAY && !t->count && t->of->size && type_is_number(n->left->type) && bytes % t->of->size == 0;
    return is_open ? type_array(k->unit->types, t->of, bytes / t->of->size) : t;
}

void check_cast(struct checker *k, struct node *n)
{
    check_expression(k, n->left);
    if (n->type_name->of) {
        check_expression(k, n->type_name->of);
        n->type = n->type_name->of->type;
        return;
    }
    enum space space = n->left->type->kind == VALUE_POINTER ? n->left->type->space : space_here(k);
    if (!k->speaks) { /* what is wrong with the name is said once */
        struct complaints silent;
        complaints_init(&silent, &k->unit->arena, &k->unit->source);
        const struct value_type *t = types_named(k->unit->types, n->type_name, space, &silent);
        n->type = t ? open_array(k, n, t) : none_of(k);
        return;
    }
    const struct value_type *t = types_named(k->unit->types, n->type_name, space, &k->unit->complaints);
    n->type = t ? open_array(k, n, t) : none_of(k);
    if (t && t->kind == VALUE_STRUCT)
        check_complain(k, n->place, "a number cannot become %s; cast to a pointer to it: (%s *)", words(k, t), words(k, t));
}

/* sizeof(size_t): the parser cannot know that it is a type's name. */
static const struct value_type *type_named_by(struct checker *k, const struct node *n)
{
    bool may_be = n && n->kind == NODE_NAME && !builtin_find(n->name);
    return may_be ? types_complete(k->unit->types, types_find(k->unit->types, n->name)) : NULL;
}

static const struct value_type *type_meant(struct checker *k, struct node *n)
{
    const struct value_type *named = type_named_by(k, n->left);
    if (named)
        return named;
    if (n->left) {
        check_expression(k, n->left);
        return n->left->type;
    }
    if (n->type_name->of) {
        check_expression(k, n->type_name->of);
        return n->type_name->of->type;
    }
    struct complaints silent;
    complaints_init(&silent, &k->unit->arena, &k->unit->source);
    const struct value_type *t = types_named(k->unit->types, n->type_name, SPACE_KERNEL, k->speaks ? &k->unit->complaints : &silent);
    return t ? types_complete(k->unit->types, t) : none_of(k);
}

void check_sizeof(struct checker *k, struct node *n)
{
    const struct value_type *t = type_meant(k, n);
    n->type = type_int(k->unit->types, 8, false);
    n->integer = t->size;
    if (n->kind == NODE_SIZEOF || !is_known(t))
        return;
    n->integer = 0;
    for (struct node *f = n->first; f; f = f->next) {
        const struct value_field *field = type_field(k->unit->types, t, f->name);
        if (!field) {
            check_complain(k, f->place, "%s has no field %s", words(k, t), f->name);
            const char *near = type_near_field(k->unit->types, t, f->name);
            if (near)
                check_hint(k, "did you mean %s?", near);
            return;
        }
        n->integer += field->offset;
        t = field->type;
    }
}
