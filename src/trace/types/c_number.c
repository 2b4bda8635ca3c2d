/* Constant expressions of C, in 64 bits that wrap around. */
#include "trace/types/c_inside.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static bool binary(struct c_reader *r, int level, int64_t *value);

static bool ternary(struct c_reader *r, int64_t *value)
{
    int64_t yes = 0, no = 0;
    if (r->t->depth > C_NESTING_MAX) {
        c_complain(r, "the expression is nested too deeply");
        return false;
    }
    r->t->depth++;
    bool ok = binary(r, 0, value);
    if (ok && c_take(r, "?")) {
        ok = ternary(r, &yes);
        if (ok && !c_take(r, ":")) {
            c_complain(r, "\":\" of the condition is missing");
            ok = false;
        }
        ok = ok && ternary(r, &no);
        *value = *value ? yes : no;
    }
    r->t->depth--;
    return ok;
}

static bool expect(struct c_reader *r, const char *word)
{
    if (c_take(r, word))
        return true;
    c_complain(r, "expected \"%s\" in a constant expression", word);
    return false;
}

static int64_t version_of(int64_t a, int64_t b, int64_t c)
{
    return (int64_t)((uint64_t)a << 16 | (uint64_t)b << 8 | (uint64_t)(c > 255 ? 255 : c));
}

/* LINUX_VERSION_CODE of the running kernel. */
static int64_t running_version(void)
{
    struct utsname u;
    unsigned a = 0, b = 0, c = 0;
    if (uname(&u) == 0 && sscanf(u.release, "%3u.%3u.%5u", &a, &b, &c) < 2)
        return 0;
    return version_of(a, b, c);
}

static bool kernel_version(struct c_reader *r, int64_t *value)
{
    int64_t v[3] = {0};
    for (int i = 0; i < 3; i++)
        if (!expect(r, i ? "," : "(") || !ternary(r, &v[i]))
            return false;
    *value = version_of(v[0], v[1], v[2]);
    return expect(r, ")");
}

static bool sizeof_type(struct c_reader *r, int64_t *value)
{
    struct c_base base = {0};
    const char *name;
    if (!expect(r, "(") || !c_base(r, &base))
        return false;
    const struct value_type *type = types_complete(r->t, c_declarator(r, &base, &name));
    if (!type)
        return false;
    *value = type->size;
    return expect(r, ")");
}

static bool defined(struct c_reader *r, int64_t *value)
{
    bool parenthesis = c_take(r, "(");
    const char *name = r->token.kind == C_NAME ? c_copy_name(r) : NULL;
    if (!name)
        return expect(r, "a name");
    *value = constant_is_macro(r->t, name) || (strcmp(name, "BPFTRACE_HAVE_BTF") == 0 && kernel_has_btf(r->t));
    c_advance(r);
    return !parenthesis || expect(r, ")");
}

static bool named(struct c_reader *r, int64_t *value)
{
    if (c_take(r, "sizeof"))
        return sizeof_type(r, value);
    if (c_take(r, "defined"))
        return defined(r, value);
    if (c_take(r, "KERNEL_VERSION"))
        return kernel_version(r, value);
    if (c_take(r, "LINUX_VERSION_CODE")) {
        *value = running_version();
        return true;
    }
    const char *name = c_copy_name(r);
    if (!name || !types_constant(r->t, name, value, NULL)) {
        c_complain(r, "\"%.100s\" is no constant that is known here", name ? name : "");
        return false;
    }
    c_advance(r);
    return true;
}

/* (expression), or a cast, which cuts the value to the type's size. */
static bool parenthesized(struct c_reader *r, int64_t *value)
{
    struct c_base base = {0};
    const char *name;
    bool is_cast = r->token.kind == C_NAME && c_is_type(r);
    if (!is_cast)
        return ternary(r, value) && expect(r, ")");
    if (!c_base(r, &base))
        return false;
    const struct value_type *type = c_declarator(r, &base, &name);
    if (!type || !expect(r, ")") || !binary(r, 10, value))
        return false;
    uint32_t unused = type->size && type->size < 8 ? 64 - 8 * type->size : 0;
    uint64_t cut = (uint64_t)*value << unused;
    *value = type->is_signed ? (int64_t)cut >> unused : (int64_t)(cut >> unused);
    return true;
}

static bool unary(struct c_reader *r, int64_t *value)
{
    if (r->t->depth > C_NESTING_MAX) {
        c_complain(r, "the expression is nested too deeply");
        return false;
    }
    static const char *const operators[] = {"-", "~", "!", "+"};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (c_take(r, operators[i])) {
            r->t->depth++;
            bool ok = unary(r, value);
            r->t->depth--;
            uint64_t v = (uint64_t)*value;
            *value = (int64_t)(i == 0 ? 0 - v : i == 1 ? ~v : i == 2 ? !v : v);
            return ok;
        }
    if (r->token.kind == C_NUMBER) {
        *value = r->token.number;
        c_advance(r);
        return true;
    }
    if (c_take(r, "(")) {
        r->t->depth++;
        bool ok = parenthesized(r, value);
        r->t->depth--;
        return ok;
    }
    if (r->token.kind == C_NAME)
        return named(r, value);
    c_complain(r, "a number is expected here");
    return false;
}

static bool divide(struct c_reader *r, int operator, int64_t a, int64_t b, int64_t *out)
{
    if (b == 0) {
        c_complain(r, "division by zero in a constant expression");
        return false;
    }
    if (b == -1) /* the least number has no opposite */
        *out = operator== '/' ? (int64_t)(0 - (uint64_t)a) : 0;
    else
        *out = operator== '/' ? a / b : a % b;
    return true;
}

static bool apply(struct c_reader *r, int operator, int64_t a, int64_t b, int64_t *out)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    switch (operator) {
    case C_PAIR('|', '|'): *out = a || b; break;
    case C_PAIR('&', '&'): *out = a && b; break;
    case '|': *out = a | b; break;
    case '^': *out = a ^ b; break;
    case '&': *out = a & b; break;
    case C_PAIR('=', '='): *out = a == b; break;
    case C_PAIR('!', '='): *out = a != b; break;
    case '<': *out = a < b; break;
    case '>': *out = a > b; break;
    case C_PAIR('<', '='): *out = a <= b; break;
    case C_PAIR('>', '='): *out = a >= b; break;
    case C_PAIR('<', '<'): *out = y < 64 ? (int64_t)(x << y) : 0; break;
    case C_PAIR('>', '>'): *out = y < 63 ? a >> y : -(int64_t)(a < 0); break;
    case '+': *out = (int64_t)(x + y); break;
    case '-': *out = (int64_t)(x - y); break;
    case '*': *out = (int64_t)(x * y); break;
    default: return divide(r, operator, a, b, out);
    }
    return true;
}

/* How tightly it binds, 0 the least; -1: no operator. */
static int level_of(int operator)
{
    static const struct {
        int operator, level;
    } levels[] = {
        {C_PAIR('|', '|'), 0},
        {C_PAIR('&', '&'), 1},
        {'|', 2},
        {'^', 3},
        {'&', 4},
        {C_PAIR('=', '='), 5},
        {C_PAIR('!', '='), 5},
        {'<', 6},
        {'>', 6},
        {C_PAIR('<', '='), 6},
        {C_PAIR('>', '='), 6},
        {C_PAIR('<', '<'), 7},
        {C_PAIR('>', '>'), 7},
        {'+', 8},
        {'-', 8},
        {'*', 9},
        {'/', 9},
        {'%', 9},
    };
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (levels[i].operator== operator)
            return levels[i].level;
    return -1;
}

static bool binary(struct c_reader *r, int level, int64_t *value)
{
    if (!unary(r, value))
        return false;
    for (;;) {
        int operator= r->token.kind == C_PUNCTUATION ? r->token.punctuation : 0, own = level_of(operator);
        int64_t right = 0;
        if (own < level)
            return true;
        c_advance(r);
        if (!binary(r, own + 1, &right) || !apply(r, operator, * value, right, value))
            return false;
    }
}

bool c_number(struct c_reader *r, int64_t *value)
{
    return ternary(r, value);
}

bool c_evaluate(struct types *t, const char *text, int64_t *value)
{
    struct c_reader r = {.t = t};
    if (t->depth > C_NESTING_MAX)
        return false;
    t->depth++;
    c_start(&r, text, 0, (uint32_t)strlen(text));
    bool ok = r.token.kind != C_END && c_number(&r, value) && r.token.kind == C_END;
    t->depth--;
    return ok;
}
