/* What stands before a declared name: attributes, qualifiers, the base type. */
#include "base/names.h"
#include "trace/types/c_inside.h"

#include <string.h>

enum { WORDS_BYTES = 128 };

/* --- attributes and words that change nothing -------------------------------------------------------------------------------- */

static bool is_one_of(const struct c_reader *r, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (c_is(r, words[i]))
            return true;
    return false;
}

bool c_skip_qualifier(struct c_reader *r, bool *is_user)
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

void c_skip_parentheses(struct c_reader *r)
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
            c_skip_parentheses(r);
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
        bool opened = c_take(r, "(");
        if (!opened || !c_take(r, "(")) {
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
    while (is_c_word(r) || c_skip_qualifier(r, &out->is_user)) {
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
    while (c_skip_qualifier(r, &out->is_user))
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
    while (out->type && c_skip_qualifier(r, &out->is_user))
        ;
    c_attributes(r, out);
    return out->type;
}
