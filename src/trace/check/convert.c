/* How types mix and how they are kept. */
#include "trace/check/check.h"

#include "trace/front/token.h"

const struct value_type *storage_type(struct types *t, const struct value_type *type)
{
    switch (type->kind) {
    case VALUE_INT: return type->enumeration ? type : type_int(t, 8, type->is_signed);
    case VALUE_ARRAY:
    case VALUE_STRUCT: return types_complete_all(t, type);
    default: return type;
    }
}

static bool is_plain_int(const struct value_type *t)
{
    return t->kind == VALUE_INT || t->kind == VALUE_BOOL;
}

static const struct value_type *common_int(struct types *t, const struct value_type *a, bool a_soft, const struct value_type *b,
                                           bool b_soft)
{
    if (a->kind == VALUE_BOOL && b->kind == VALUE_BOOL)
        return a;
    if (a->enumeration && a->enumeration == b->enumeration)
        return a;
    if (a_soft != b_soft) {
        const struct value_type *hard = a_soft ? b : a;
        return type_int(t, 8, hard->is_signed && hard->kind == VALUE_INT);
    }
    return type_int(t, 8, a->is_signed || b->is_signed);
}

static const struct value_type *common_members(struct types *t, const struct value_type *a, const struct value_type *b)
{
    enum { MOST = 32 };
    const struct value_type *members[MOST];
    const char *names[MOST];
    if (a->n_fields != b->n_fields || a->n_fields > MOST)
        return NULL;
    for (uint32_t i = 0; i < a->n_fields; i++) {
        members[i] = common_type(t, a->fields[i].type, false, b->fields[i].type, false);
        names[i] = a->fields[i].name;
        if (!members[i])
            return NULL;
    }
    return type_tuple(t, members, a->kind == VALUE_RECORD ? names : NULL, a->n_fields);
}

const struct value_type *common_type(struct types *t, const struct value_type *a, bool a_soft, const struct value_type *b, bool b_soft)
{
    if (a == b)
        return a;
    if (is_plain_int(a) && is_plain_int(b))
        return common_int(t, a, a_soft, b, b_soft);
    /* NULL as 0, and a pointer kept as a number. */
    if (a->kind == VALUE_POINTER && is_plain_int(b))
        return b_soft ? a : type_int(t, 8, false);
    if (b->kind == VALUE_POINTER && is_plain_int(a))
        return a_soft ? b : type_int(t, 8, false);
    if (a->kind != b->kind)
        return NULL;
    switch (a->kind) {
    case VALUE_STRING: return a->size > b->size ? a : b;
    case VALUE_BUFFER: return a->size > b->size ? a : b;
    case VALUE_POINTER:
        return a->of->kind == VALUE_NONE ? b : b->of->kind == VALUE_NONE || a->of == b->of ? a : type_pointer(t, type_none(t), a->space);
    case VALUE_SUM:
    case VALUE_MIN:
    case VALUE_MAX:
    case VALUE_AVG:
    case VALUE_STATS: return a->is_signed ? a : b;
    case VALUE_TSERIES:
        return a->parameters[0] == b->parameters[0] && a->parameters[1] == b->parameters[1] && a->parameters[2] == b->parameters[2]
                   ? (a->is_signed ? a : b)
                   : NULL;
    case VALUE_TUPLE:
    case VALUE_RECORD: return common_members(t, a, b);
    case VALUE_KSTACK:
    case VALUE_USTACK: return a->parameters[0] == b->parameters[0] && a->parameters[1] == b->parameters[1] ? a : NULL;
    default: return NULL;
    }
}

bool is_soft(const struct node *n)
{
    switch (n->kind) {
    case NODE_INTEGER: return !n->is_unsigned;
    case NODE_UNARY: return n->operator!= TOKEN_STAR && n->operator!= TOKEN_AND && is_soft(n->left);
    case NODE_BINARY: return n->operator>= TOKEN_PLUS && n->operator<= TOKEN_SHIFT_RIGHT && is_soft(n->left) && is_soft(n->right);
    case NODE_TERNARY: return n->left && n->right && is_soft(n->left) && is_soft(n->right);
    default: return false;
    }
}

static bool constant_binary(const struct node *n, int64_t a, int64_t b, int64_t *value)
{
    switch (n->operator) {
    case TOKEN_PLUS: *value = (int64_t)((uint64_t)a + (uint64_t)b); return true;
    case TOKEN_MINUS: *value = (int64_t)((uint64_t)a - (uint64_t)b); return true;
    case TOKEN_STAR: *value = (int64_t)((uint64_t)a * (uint64_t)b); return true;
    case TOKEN_SLASH: *value = b && !(b == -1 && a == INT64_MIN) ? a / b : 0; return b != 0;
    case TOKEN_PERCENT: *value = b && b != -1 ? a % b : 0; return b != 0;
    case TOKEN_AND: *value = a & b; return true;
    case TOKEN_OR: *value = a | b; return true;
    case TOKEN_XOR: *value = a ^ b; return true;
    case TOKEN_EQUAL: *value = a == b; return true;
    case TOKEN_NOT_EQUAL: *value = a != b; return true;
    case TOKEN_LESS: *value = a < b; return true;
    case TOKEN_LESS_EQUAL: *value = a <= b; return true;
    case TOKEN_GREATER: *value = a > b; return true;
    case TOKEN_GREATER_EQUAL: *value = a >= b; return true;
    case TOKEN_LOGICAL_AND: *value = a && b; return true;
    case TOKEN_LOGICAL_OR: *value = a || b; return true;
    case TOKEN_SHIFT_LEFT: *value = b >= 0 && b < 64 ? (int64_t)((uint64_t)a << b) : 0; return true;
    case TOKEN_SHIFT_RIGHT: *value = b >= 0 && b < 64 ? (int64_t)((uint64_t)a >> b) : 0; return true;
    default: return false;
    }
}

bool constant_of(const struct node *n, int64_t *value)
{
    int64_t a;
    int64_t b;
    switch (n->kind) {
    case NODE_INTEGER:
    case NODE_BOOL: *value = (int64_t)n->integer; return true;
    case NODE_SIZEOF:
    case NODE_OFFSETOF: *value = (int64_t)n->integer; return n->type && n->type->kind == VALUE_INT;
    case NODE_COMPTIME: return constant_of(n->left, value);
    case NODE_UNARY:
        if (!constant_of(n->left, &a))
            return false;
        *value = n->operator== TOKEN_MINUS ? (int64_t)(0 - (uint64_t)a) : n->operator== TOKEN_COMPLEMENT ? ~a : !a;
        return n->operator== TOKEN_MINUS || n->operator== TOKEN_COMPLEMENT || n->operator== TOKEN_NOT;
    case NODE_BINARY: return constant_of(n->left, &a) && constant_of(n->right, &b) && constant_binary(n, a, b, value);
    case NODE_CAST: return n->type && type_is_number(n->type) && n->type->size == 8 && constant_of(n->left, value);
    default: return false;
    }
}
