/* Rust's own form of mangled names, "_R…" (Rust RFC 2603, "v0"). Paths, types, generic arguments and constants; names in Punycode are shown
 * as they are written. Every step is counted and the text has a ceiling: back references may make a short name very long. */
#include "symbols/demangle_inside.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

enum { MAX_DEPTH = 128, MAX_STEPS = 20000 };

struct parser {
    const char *begin, *p, *end;
    struct text *out;
    unsigned depth, steps;
    bool failed, quiet; /* quiet: read, write nothing */
};

static void path(struct parser *r, bool in_value);
static void type(struct parser *r);
static void constant(struct parser *r);

/* --- what everything consists of --------------------------------------------------------------------------------- */

static char peek(const struct parser *r)
{
    return r->p < r->end ? *r->p : '\0';
}

static bool take(struct parser *r, char c)
{
    if (r->failed || peek(r) != c || !c)
        return false;
    r->p++;
    return true;
}

static char next(struct parser *r)
{
    if (r->failed || r->p == r->end) {
        r->failed = true;
        return '\0';
    }
    return *r->p++;
}

static void add(struct parser *r, const char *words, size_t n)
{
    if (r->failed || r->quiet)
        return;
    text_add(r->out, words, n);
    r->failed |= r->out->full;
}

static void adds(struct parser *r, const char *words)
{
    add(r, words, strlen(words));
}

static void add_number(struct parser *r, uint64_t v)
{
    char digits[24], *at = digits + sizeof digits;
    do
        *--at = (char)('0' + v % 10);
    while (v /= 10);
    add(r, at, (size_t)(digits + sizeof digits - at));
}

static bool enter(struct parser *r)
{
    r->failed |= ++r->depth > MAX_DEPTH || ++r->steps > MAX_STEPS;
    return !r->failed;
}

/* "_" is 0, "0_" is 1, "1_" is 2 … */
static uint64_t base_62(struct parser *r)
{
    uint64_t v = 0;
    if (take(r, '_'))
        return 0;
    while (!r->failed && !take(r, '_')) {
        char c = next(r);
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10
                                                : (unsigned)(c - 'A') + 36;
        if (digit >= 62 || v > UINT64_MAX / 62 - 1)
            r->failed = true;
        v = v * 62 + digit;
    }
    return v + 1;
}

static uint64_t optional_base_62(struct parser *r, char tag)
{
    return take(r, tag) ? base_62(r) + 1 : 0;
}

static size_t decimal(struct parser *r)
{
    size_t v = 0;
    char c = next(r);
    if (c < '0' || c > '9')
        r->failed = true;
    for (v = (size_t)(c - '0'); v && peek(r) >= '0' && peek(r) <= '9' && v < UINT32_MAX; r->p++)
        v = v * 10 + (size_t)(*r->p - '0');
    return v;
}

struct name {
    const char *p;
    size_t n;
    uint64_t number; /* tells those of one name apart; 0: the first */
};

static struct name plain_name(struct parser *r)
{
    struct name name = {0};
    take(r, 'u');
    name.n = decimal(r);
    take(r, '_');
    name.p = r->p;
    if (r->failed || name.n > (size_t)(r->end - r->p)) {
        r->failed = true;
        return (struct name){"", 0, 0};
    }
    r->p += name.n;
    return name;
}

static struct name numbered_name(struct parser *r)
{
    uint64_t number = optional_base_62(r, 's');
    struct name name = plain_name(r);
    name.number = number;
    return name;
}

/* Reads what stands further in front once more. */
static void back_reference(struct parser *r, void (*read)(struct parser *r, bool in_value), bool in_value)
{
    const char *tag = r->p - 1;
    uint64_t at = base_62(r);
    const char *after = r->p;
    if (r->failed || at >= (uint64_t)(tag - r->begin)) {
        r->failed = true;
        return;
    }
    r->p = r->begin + at;
    if (!r->quiet && enter(r))
        read(r, in_value);
    r->depth -= !r->quiet;
    r->p = after;
}

static void type_again(struct parser *r, bool in_value)
{
    (void)in_value;
    type(r);
}

static void constant_again(struct parser *r, bool in_value)
{
    (void)in_value;
    constant(r);
}

/* --- paths ------------------------------------------------------------------------------------------------------- */

/* A lifetime by its number: 0 is '_, the others are those of an enclosing `for`, of which only the letter is shown. */
static void lifetime(struct parser *r)
{
    adds(r, base_62(r) ? "'a" : "'_");
}

static void generic_argument(struct parser *r)
{
    if (take(r, 'L'))
        lifetime(r);
    else if (take(r, 'K'))
        constant(r);
    else
        type(r);
}

static void nested(struct parser *r, bool in_value)
{
    char space = next(r);
    path(r, in_value);
    struct name name = numbered_name(r);
    if (space >= 'A' && space <= 'Z') { /* what has no name of its own */
        adds(r, space == 'C' ? "::{closure" : space == 'S' ? "::{shim" : "::{");
        if (name.n) {
            adds(r, ":");
            add(r, name.p, name.n);
        }
        adds(r, "#");
        add_number(r, name.number);
        adds(r, "}");
    } else if (name.n) {
        adds(r, "::");
        add(r, name.p, name.n);
    }
}

/* Where an impl stands is not part of its name. */
static void skip_impl_path(struct parser *r)
{
    bool quiet = r->quiet;
    r->quiet = true;
    optional_base_62(r, 's');
    path(r, false);
    r->quiet = quiet;
}

static void trait_path(struct parser *r)
{
    adds(r, "<");
    type(r);
    adds(r, " as ");
    path(r, false);
    adds(r, ">");
}

static void generic_path(struct parser *r, bool in_value)
{
    path(r, in_value);
    adds(r, in_value ? "::<" : "<");
    for (bool first = true; !r->failed && !take(r, 'E'); first = false) {
        adds(r, first ? "" : ", ");
        generic_argument(r);
    }
    adds(r, ">");
}

static void path(struct parser *r, bool in_value)
{
    struct name name;
    if (!enter(r))
        return;
    switch (next(r)) {
    case 'C':
        name = numbered_name(r);
        add(r, name.p, name.n);
        break;
    case 'N': nested(r, in_value); break;
    case 'M':
        skip_impl_path(r);
        adds(r, "<");
        type(r);
        adds(r, ">");
        break;
    case 'X':
        skip_impl_path(r);
        trait_path(r);
        break;
    case 'Y': trait_path(r); break;
    case 'I': generic_path(r, in_value); break;
    case 'B': back_reference(r, path, in_value); break;
    default: r->failed = true;
    }
    r->depth--;
}

/* --- types ------------------------------------------------------------------------------------------------------- */

static const char *basic_type(char c)
{
    static const char *const names[] = {
        ['a' - 'a'] = "i8",   ['b' - 'a'] = "bool",  ['c' - 'a'] = "char",  ['d' - 'a'] = "f64", ['e' - 'a'] = "str", ['f' - 'a'] = "f32",
        ['h' - 'a'] = "u8",   ['i' - 'a'] = "isize", ['j' - 'a'] = "usize", ['l' - 'a'] = "i32", ['m' - 'a'] = "u32", ['n' - 'a'] = "i128",
        ['o' - 'a'] = "u128", ['p' - 'a'] = "_",     ['s' - 'a'] = "i16",   ['t' - 'a'] = "u16", ['u' - 'a'] = "()",  ['v' - 'a'] = "...",
        ['x' - 'a'] = "i64",  ['y' - 'a'] = "u64",   ['z' - 'a'] = "!",
    };
    return c >= 'a' && c <= 'z' ? names[c - 'a'] : NULL;
}

static size_t list(struct parser *r)
{
    size_t n = 0;
    for (; !r->failed && !take(r, 'E'); n++) {
        adds(r, n ? ", " : "");
        type(r);
    }
    return n;
}

static void function_type(struct parser *r)
{
    optional_base_62(r, 'G');
    adds(r, take(r, 'U') ? "unsafe " : "");
    if (take(r, 'K')) {
        struct name abi = {"C", 1, 0};
        if (!take(r, 'C'))
            abi = plain_name(r);
        adds(r, "extern \"");
        add(r, abi.p, abi.n);
        adds(r, "\" ");
    }
    adds(r, "fn(");
    list(r);
    adds(r, ")");
    if (take(r, 'u')) /* returns () */
        return;
    adds(r, " -> ");
    type(r);
}

/* "dyn Iterator<Item = u8> + Send" */
static void dyn_type(struct parser *r)
{
    adds(r, "dyn ");
    optional_base_62(r, 'G');
    for (bool first = true; !r->failed && !take(r, 'E'); first = false) {
        adds(r, first ? "" : " + ");
        path(r, false);
        for (bool bound = false; take(r, 'p'); bound = true) {
            struct name name = plain_name(r);
            adds(r, bound ? ", " : "<");
            add(r, name.p, name.n);
            adds(r, " = ");
            type(r);
            if (peek(r) != 'p')
                adds(r, ">");
        }
    }
    if (!take(r, 'L'))
        r->failed = true;
    else if (base_62(r))
        adds(r, " + 'a");
}

static void reference(struct parser *r, bool mutable)
{
    adds(r, "&");
    if (take(r, 'L') && base_62(r))
        adds(r, "'a ");
    adds(r, mutable ? "mut " : "");
    type(r);
}

static void array(struct parser *r, bool has_length)
{
    adds(r, "[");
    type(r);
    if (has_length) {
        adds(r, "; ");
        constant(r);
    }
    adds(r, "]");
}

static void tuple(struct parser *r)
{
    adds(r, "(");
    adds(r, list(r) == 1 ? ",)" : ")");
}

static void pointer(struct parser *r, const char *kind)
{
    adds(r, kind);
    type(r);
}

static void type(struct parser *r)
{
    const char *basic = basic_type(peek(r));
    if (!enter(r))
        return;
    char tag = next(r);
    switch (tag) {
    case 'A': array(r, true); break;
    case 'S': array(r, false); break;
    case 'T': tuple(r); break;
    case 'R': reference(r, false); break;
    case 'Q': reference(r, true); break;
    case 'P': pointer(r, "*const "); break;
    case 'O': pointer(r, "*mut "); break;
    case 'F': function_type(r); break;
    case 'D': dyn_type(r); break;
    case 'B': back_reference(r, type_again, false); break;
    default:
        if (basic) {
            adds(r, basic);
        } else if (!r->failed) {
            r->p--;
            path(r, false);
        }
    }
    r->depth--;
}

/* Numbers and truths; "p" stands for one that is not told. */
static void constant(struct parser *r)
{
    uint64_t v = 0;
    if (take(r, 'B')) {
        back_reference(r, constant_again, false);
        return;
    }
    char tag = next(r);
    if (tag == 'p') {
        adds(r, "_");
        return;
    }
    r->failed |= !basic_type(tag);
    adds(r, take(r, 'n') ? "-" : "");
    while (!r->failed && !take(r, '_')) {
        char c = next(r);
        unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;
        r->failed |= digit > 15 || v >> 60;
        v = v << 4 | (digit & 15);
    }
    if (tag == 'b')
        adds(r, v ? "true" : "false");
    else
        add_number(r, v);
}

bool demangle_rust(struct text *out, const char *name, size_t n)
{
    struct parser r = {.begin = name + 2, .p = name + 2, .end = name + n, .out = out};
    if (n < 3 || memcmp(name, "_R", 2) != 0)
        return false;
    path(&r, true);
    char after = peek(&r); /* the crate that made it, or a suffix: nobody wants to read that */
    return !r.failed && (!after || after == '.' || after == '$' || (after >= 'A' && after <= 'Z'));
}
