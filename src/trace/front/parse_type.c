/* Types as they are written: "struct task_struct *", "uint8[16]", "string[64]", "(int32, string)", "typeof(x)". */
#include "trace/front/inside.h"
#include "trace/front/literal.h"

#include "base/arena.h"

#include <string.h>

static bool is_one_of(const struct source *s, const struct token *t, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lexer_is(s, t, words[i]))
            return true;
    return false;
}
#define IS_ONE_OF(s, t, words) is_one_of(s, t, words, sizeof(words) / sizeof *(words))

static bool is_qualifier(const struct source *s, const struct token *t)
{
    static const char *const words[] = {"const", "volatile", "restrict"};
    return IS_ONE_OF(s, t, words);
}

static bool is_composite(const struct source *s, const struct token *t)
{
    static const char *const words[] = {"struct", "union", "enum"};
    return IS_ONE_OF(s, t, words);
}

/* Words of C that may follow one another. */
static bool is_c_word(const struct source *s, const struct token *t)
{
    static const char *const words[] = {"unsigned", "signed", "long", "short", "int", "char"};
    return IS_ONE_OF(s, t, words);
}

static bool is_language_word(const struct source *s, const struct token *t)
{
    static const char *const words[] = {"uint8",  "uint16",  "uint32",    "uint64",  "int8",     "int16",    "int32",
                                        "int64",  "bool",    "string",    "void",    "float",    "double",   "_Bool",
                                        "buffer", "inet",    "timestamp", "uint8_t", "uint16_t", "uint32_t", "uint64_t",
                                        "int8_t", "int16_t", "int32_t",   "int64_t"};
    return IS_ONE_OF(s, t, words);
}

/* size_t, u32, __be16, __s64: names that are hardly anything but typedefs */
static bool looks_like_typedef(const struct source *s, const struct token *t)
{
    static const char *const words[] = {"u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64"};
    const char *text = s->text + t->place.at;
    size_t n = t->place.length;
    return IS_ONE_OF(s, t, words) || (n > 2 && !memcmp(text + n - 2, "_t", 2)) ||
           (n > 3 && !memcmp(text, "__", 2) && text[n - 1] >= '0' && text[n - 1] <= '9');
}

/* From the opening parenthesis to the token behind the closing one. */
static void scan_parentheses(struct lexer *l, struct token *t)
{
    int depth = 0;
    do {
        depth += t->kind == TOKEN_OPEN_PARENTHESIS;
        depth -= t->kind == TOKEN_CLOSE_PARENTHESIS;
        *t = lexer_next(l);
    } while (depth && t->kind != TOKEN_END);
}

static enum type_certainty scan_words(struct lexer *l, struct token *t)
{
    const struct source *s = l->source;
    bool qualified = false;
    for (; is_qualifier(s, t); *t = lexer_next(l))
        qualified = true;
    if (lexer_is(s, t, "typeof")) {
        *t = lexer_next(l);
        if (t->kind != TOKEN_OPEN_PARENTHESIS)
            return TYPE_NOT;
        scan_parentheses(l, t);
        return TYPE_SURE;
    }
    if (is_composite(s, t)) {
        *t = lexer_next(l);
        if (t->kind != TOKEN_NAME)
            return TYPE_NOT;
        *t = lexer_next(l);
        return TYPE_SURE;
    }
    if (is_c_word(s, t)) {
        while (is_c_word(s, t))
            *t = lexer_next(l);
        return TYPE_SURE;
    }
    if (t->kind != TOKEN_NAME)
        return TYPE_NOT;
    enum type_certainty certainty = is_language_word(s, t) || qualified ? TYPE_SURE : looks_like_typedef(s, t) ? TYPE_LIKELY : TYPE_MAYBE;
    *t = lexer_next(l);
    return certainty;
}

enum type_certainty type_scan(struct lexer *l, struct token *t)
{
    enum type_certainty certainty = scan_words(l, t);
    bool starred = false;
    while (certainty != TYPE_NOT && ((t->kind == TOKEN_STAR && !t->assigns) || is_qualifier(l->source, t))) {
        starred = true;
        *t = lexer_next(l);
    }
    while (certainty != TYPE_NOT && t->kind == TOKEN_OPEN_BRACKET) {
        *t = lexer_next(l);
        if (t->kind == TOKEN_INTEGER)
            *t = lexer_next(l);
        if (t->kind != TOKEN_CLOSE_BRACKET)
            return TYPE_NOT;
        *t = lexer_next(l);
    }
    /* x * ) is no expression */
    return certainty != TYPE_NOT && starred && (t->kind == TOKEN_CLOSE_PARENTHESIS || t->kind == TOKEN_COMMA) ? TYPE_SURE : certainty;
}

enum type_certainty type_ahead(const struct parser *p, struct token *then, struct token *after)
{
    struct lexer l = p->lexer;
    *then = p->token;
    enum type_certainty certainty = type_scan(&l, then);
    *after = lexer_next(&l);
    return certainty;
}

/* Takes a word into `words`, with a blank before it when there is one already. */
static void take_word(struct parser *p, struct text *words)
{
    if (words->length)
        text_addc(words, ' ');
    text_add(words, p->source->text + p->token.place.at, p->token.place.length);
    parser_advance(p);
}

static void skip_qualifiers(struct parser *p)
{
    while (is_qualifier(p->source, &p->token))
        parser_advance(p);
}

static bool parse_words(struct parser *p, struct type_name *type)
{
    struct text words = {.ceiling = 512};
    if (is_composite(p->source, &p->token))
        take_word(p, &words);
    if (p->token.kind != TOKEN_NAME) {
        parser_complain_expected(p, "a type", "");
        text_free(&words);
        return false;
    }
    bool more = is_c_word(p->source, &p->token);
    take_word(p, &words);
    while (more && (is_c_word(p->source, &p->token) || is_qualifier(p->source, &p->token))) {
        if (is_qualifier(p->source, &p->token))
            parser_advance(p);
        else
            take_word(p, &words);
    }
    if (words.bytes && !words.full)
        type->words = arena_copy(p->arena, words.bytes, words.length);
    else
        complain(p->complaints, p->before, "the name of this type is too long");
    text_free(&words);
    return type->words != NULL;
}

static bool parse_typeof(struct parser *p, struct type_name *type)
{
    struct token t = p->token;
    struct node *node = parse_call(p, &t);
    if (!node)
        return false;
    if (!node->type_name) {
        type->of = node->left;
        return true;
    }
    *type = *node->type_name; /* typeof(struct x) is struct x */
    type->of = node->left;
    return true;
}

static bool parse_tuple_type(struct parser *p, struct type_name *type)
{
    struct type_name **last = &type->member;
    parser_advance(p);
    do {
        *last = parse_type(p);
        if (!*last)
            return false;
        last = &(*last)->next;
    } while (parser_take(p, TOKEN_COMMA) && p->token.kind != TOKEN_CLOSE_PARENTHESIS);
    return parser_expect(p, TOKEN_CLOSE_PARENTHESIS, "after the tuple's types");
}

static bool parse_dimension(struct parser *p, struct type_name *type)
{
    int64_t count = -1;
    parser_advance(p);
    if (p->token.kind == TOKEN_INTEGER) {
        struct literal_number number = literal_read_number(p->source->text + p->token.place.at, p->token.place.length);
        if (number.problem || number.value > UINT32_MAX)
            complain(p->complaints, p->token.place, "%s", number.problem ? number.problem : "this is too many elements for an array");
        count = (int64_t)(number.value & UINT32_MAX);
        parser_advance(p);
    }
    if (!parser_expect(p, TOKEN_CLOSE_BRACKET, "after the number of elements"))
        return false;
    if (type->dimensions == sizeof type->counts / sizeof *type->counts) {
        complain(p->complaints, p->before, "an array has at most 4 dimensions");
        return false;
    }
    type->counts[type->dimensions++] = count;
    return true;
}

static bool parse_type_inside(struct parser *p, struct type_name *type)
{
    bool read;
    skip_qualifiers(p);
    if (p->token.kind == TOKEN_OPEN_PARENTHESIS)
        read = parse_tuple_type(p, type);
    else if (parser_at_word(p, "typeof") && parser_peek(p).kind == TOKEN_OPEN_PARENTHESIS)
        read = parse_typeof(p, type);
    else
        read = parse_words(p, type);
    skip_qualifiers(p);
    while (read && parser_take(p, TOKEN_STAR)) {
        type->stars++;
        skip_qualifiers(p);
    }
    while (read && p->token.kind == TOKEN_OPEN_BRACKET)
        read = parse_dimension(p, type);
    return read;
}

struct type_name *parse_type(struct parser *p)
{
    struct place start = p->token.place;
    struct type_name *type = parser_alloc(p, sizeof *type);
    bool read = parser_enter(p) && type && parse_type_inside(p, type);
    parser_leave(p);
    if (!read || p->gave_up)
        return NULL;
    type->place = place_join(start, p->before);
    return type;
}
