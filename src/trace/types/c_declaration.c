/* What stands before and around a declared name: base types, pointers, arrays, functions. */
#include "base/names.h"
#include "trace/types/c_inside.h"

#include <string.h>

enum { STEPS_MAX = 32, WORDS_BYTES = 128 };

/* --- attributes and words that change nothing -------------------------------------------------------------------------------- */

static bool is_one_of(const struct c_reader *r, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (c_is(r, words[i]))
            return true;
    return false;
}

static bool skip_qualifier(struct c_reader *r, bool *is_user)
{
    static const char *const words[] = {"const",   "volatile",   "restrict",      "static",       "extern",   "inline",    "register",
                                        "__const", "__volatile", "__restrict",    "__restrict__", "__kernel", "__rcu",     "__percpu",
                                        "__iomem", "__force",    "__extension__", "__inline",     "_Atomic",  "__bitwise", "__user"};
    if (r->token.kind != C_NAME || !is_one_of(r, words, sizeof words / sizeof *words))
        return false;
    *is_user = *is_user || c_is(r, "__user");
    c_advance(r);
    return true;
}

/* Skips to behind the parenthesis that closes the one that has been read. */
static void skip_parentheses(struct c_reader *r)
{
    for (uint32_t open = 1; open && r->token.kind != C_END;) {
        open += c_is(r, "(");
        open -= c_is(r, ")");
        c_advance(r);
    }
}

static void one_attribute(struct c_reader *r, struct c_base *out)
{
    int64_t align = 16;
    if (c_take(r, "packed") || c_take(r, "__packed__"))
        out->is_packed = true;
    else if (c_take(r, "aligned") || c_take(r, "__aligned__")) {
        if (c_take(r, "(") && c_number(r, &align) && !c_take(r, ")"))
            c_complain(r, "\")\" of the alignment is missing");
        if (align < 1 || align > 4096 || (align & (align - 1)))
            c_complain(r, "an alignment is a power of two, at most 4096");
        else
            out->align = (uint32_t)align;
    } else {
        c_advance(r);
        if (c_take(r, "("))
            skip_parentheses(r);
    }
}

void c_attributes(struct c_reader *r, struct c_base *out)
{
    for (;;) {
        if (c_take(r, "__packed")) {
            out->is_packed = true;
            continue;
        }
        if (!c_take(r, "__attribute__") && !c_take(r, "__attribute"))
            return;
        if (!c_take(r, "(") || !c_take(r, "(")) {
            c_complain(r, "\"((\" is expected behind __attribute__");
            return;
        }
        while (r->token.kind != C_END && !c_is(r, ")"))
            if (!c_take(r, ","))
                one_attribute(r, out);
        c_advance(r);
        if (!c_take(r, ")"))
            c_complain(r, "\"))\" of __attribute__ is missing");
    }
}

/* --- base types --------------------------------------------------------------------------------------------------------------- */

static bool is_c_word(const struct c_reader *r)
{
    static const char *const words[] = {"char",  "short",    "int",    "long", "signed", "__signed__",
                                        "float", "unsigned", "double", "void", "_Bool",  "__signed"};
    return r->token.kind == C_NAME && is_one_of(r, words, sizeof words / sizeof *words);
}

/* A name on its own as a type's. */
static const struct value_type *typedef_named(const struct c_reader *r)
{
    char name[WORDS_BYTES];
    if (r->token.kind != C_NAME || r->token.length >= sizeof name)
        return NULL;
    memcpy(name, r->token.text, r->token.length);
    name[r->token.length] = '\0';
    return types_find(r->t, name);
}

bool c_is_type(const struct c_reader *r)
{
    static const char *const words[] = {"struct", "union", "enum", "const", "volatile"};
    return r->token.kind == C_NAME && (is_c_word(r) || is_one_of(r, words, sizeof words / sizeof *words) || typedef_named(r));
}

/* "unsigned long long" and its like, in any order, with qualifiers between. */
static const struct value_type *c_words(struct c_reader *r, struct c_base *out)
{
    struct text words = {.ceiling = WORDS_BYTES};
    while (is_c_word(r) || skip_qualifier(r, &out->is_user)) {
        if (!is_c_word(r))
            continue;
        text_adds(&words, words.length ? " " : "");
        text_add(&words, r->token.text, r->token.length);
        c_advance(r);
    }
    const struct value_type *type = words.full || !words.bytes ? NULL : words_find(r->t, words.bytes);
    if (!type)
        c_complain(r, "\"%s\" is no type of C", words.bytes ? words.bytes : "");
    text_free(&words);
    return type;
}

static const struct value_type *named_base(struct c_reader *r)
{
    const struct value_type *type = typedef_named(r);
    if (type) {
        c_advance(r);
        return type;
    }
    if (r->token.kind != C_NAME) {
        c_complain(r, r->token.kind == C_END ? "a type is expected here, but the definition ends" : "a type is expected here");
        return NULL;
    }
    const char *near = names_nearest((struct names){words_at, NULL}, c_copy_name(r));
    bool failed = r->failed;
    c_complain(r, "neither the script nor the kernel has a type \"%.*s\"", (int)(r->token.length < 100 ? r->token.length : 100),
               r->token.text);
    if (r->c && !failed && near)
        complain_hint(r->c, "did you mean \"%s\"?", near);
    return NULL;
}

bool c_base(struct c_reader *r, struct c_base *out)
{
    c_attributes(r, out);
    while (skip_qualifier(r, &out->is_user))
        ;
    if (c_take(r, "struct"))
        out->type = c_struct(r, false, out);
    else if (c_take(r, "union"))
        out->type = c_struct(r, true, out);
    else if (c_take(r, "enum"))
        out->type = c_enum(r);
    else if (is_c_word(r))
        out->type = c_words(r, out);
    else
        out->type = named_base(r);
    while (out->type && skip_qualifier(r, &out->is_user))
        ;
    c_attributes(r, out);
    return out->type;
}

/* --- declarators ---------------------------------------------------------------------------------------------------------------- */

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
            skip_parentheses(r);
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
        while (skip_qualifier(r, &user))
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
