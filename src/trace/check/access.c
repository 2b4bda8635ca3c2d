/* Fields, members and elements. */
#include "trace/check/inside.h"

static void no_field(struct checker *k, struct node *n, const struct value_type *t)
{
    check_complain(k, n->place, "%s has no field %s", words(k, t), n->name);
    const char *near = type_near_field(k->unit->types, t, n->name);
    if (near)
        check_hint(k, "did you mean %s?", near);
}

static const struct value_type *struct_of(struct checker *k, struct node *n)
{
    const struct value_type *t = n->left->type;
    /* a.b and a->b both go through a pointer, as scripts use them for args. */
    if (t->kind == VALUE_POINTER)
        t = t->of;
    t = types_complete(k->unit->types, t);
    if (t->kind == VALUE_STRUCT || t->kind == VALUE_RECORD)
        return t;
    if (t->kind == VALUE_TUPLE)
        check_complain(k, n->place, "members of a tuple have numbers, not names: .0, .1 …");
    else
        check_complain(k, n->place, "%s has no fields", words(k, n->left->type));
    return NULL;
}

static void check_member(struct checker *k, struct node *n)
{
    const struct value_type *t = n->left->type;
    if (t->kind != VALUE_TUPLE && t->kind != VALUE_RECORD)
        check_complain(k, n->place, ".%llu wants a tuple, not %s", (unsigned long long)n->integer, words(k, t));
    else if (n->integer >= t->n_fields)
        check_complain(k, n->place, "the tuple %s has %u members, the first is .0", words(k, t), t->n_fields);
    else
        n->type = t->fields[n->integer].type;
}

/* Whose memory the struct lies in: pointers in user space's memory are its own. */
static enum space space_of(const struct node *n)
{
    while (n && n->type && n->type->kind != VALUE_POINTER && (n->kind == NODE_FIELD || n->kind == NODE_ARROW || n->kind == NODE_INDEX))
        n = n->left;
    if (n && n->kind == NODE_UNARY && n->operator== TOKEN_STAR)
        n = n->left;
    return n && n->type && n->type->kind == VALUE_POINTER ? n->type->space : SPACE_NONE;
}

void check_field(struct checker *k, struct node *n)
{
    check_expression(k, n->left);
    if (!is_known(n->left->type)) {
        n->type = none_of(k);
        return;
    }
    if (n->kind == NODE_MEMBER) {
        check_member(k, n);
        return;
    }
    const struct value_type *t = struct_of(k, n);
    const struct value_field *field = t ? type_field(k->unit->types, t, n->name) : NULL;
    if (t && !field)
        no_field(k, n, t);
    if (!field)
        return;
    n->meaning = (void *)field;
    n->type = types_complete(k->unit->types, field->type);
    if (n->type->kind == VALUE_POINTER && space_of(n->left) == SPACE_USER)
        n->type = type_pointer(k->unit->types, n->type->of, SPACE_USER);
}

void check_index(struct checker *k, struct node *n)
{
    check_expression(k, n->left);
    check_expression(k, n->right);
    const struct value_type *t = n->left->type;
    if (!is_known(t) || !is_known(n->right->type))
        return;
    if (t->kind != VALUE_ARRAY && t->kind != VALUE_POINTER && t->kind != VALUE_STRING) {
        check_complain(k, n->place, "[] wants an array or a pointer, not %s", words(k, t));
        return;
    }
    if (!type_is_number(n->right->type))
        check_complain(k, n->right->place, "an index is a number, not %s", words(k, n->right->type));
    int64_t at;
    uint32_t count = t->kind == VALUE_ARRAY ? t->count : 0;
    if (count && constant_of(n->right, &at) && (at < 0 || at >= count))
        check_complain(k, n->right->place, "the array has %u elements, the last is [%u]", count, count - 1);
    n->type = t->kind == VALUE_STRING ? type_int(k->unit->types, 1, true) : types_complete(k->unit->types, t->of);
}
