/* Number literals, as bpftrace's manual ("Literals") has them. */
#include "trace/front/literal.h"

#include "base/arena.h"

#include <string.h>
#include <strings.h>

static const char overflow[] = "the number does not fit into 64 bits";

static const struct unit {
    char name[4];
    uint64_t ns;
} units[] = {
    {"ns", 1},
    {"us", 1000},
    {"ms", 1000000},
    {"s", 1000000000},
    {"m", 60 * 1000000000ULL},
    {"h", 3600 * 1000000000ULL},
    {"d", 86400 * 1000000000ULL},
};

static const char *const unsigned_suffixes[] = {"u", "ul", "lu", "ull", "llu"};
static const char *const signed_suffixes[] = {"l", "ll"};

static bool is_word(const char *text, size_t n, const char *word)
{
    return strlen(word) == n && !strncasecmp(text, word, n);
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static void scale(struct literal_number *out, uint64_t factor)
{
    if (__builtin_mul_overflow(out->value, factor, &out->value))
        out->problem = overflow;
}

/* Digits of the base, with underscores between them; returns how many bytes they are. */
static size_t read_digits(const char *text, size_t n, unsigned base, struct literal_number *out)
{
    size_t i = 0;
    for (; i < n && (text[i] == '_' ? i > 0 : digit_of(text[i]) < (int)base); i++) {
        if (text[i] == '_')
            continue;
        scale(out, base);
        if (__builtin_add_overflow(out->value, (uint64_t)digit_of(text[i]), &out->value))
            out->problem = overflow;
    }
    return i;
}

/* e6 */
static void read_exponent(const char *text, size_t n, struct literal_number *out)
{
    struct literal_number exponent = {0};
    if (!n || read_digits(text, n, 10, &exponent) != n) {
        out->problem = "an exponent is a whole number without a sign, as in 1e6";
        return;
    }
    if (exponent.problem || exponent.value > 19)
        exponent.value = 20; /* 10^20 is too much for any but 0 */
    for (uint64_t i = 0; out->value && i < exponent.value && !out->problem; i++)
        scale(out, 10);
}

static bool read_unit(const char *text, size_t n, struct literal_number *out)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].name) == n && !memcmp(text, units[i].name, n)) {
            scale(out, units[i].ns);
            return true;
        }
    }
    return false;
}

static bool read_suffix(const char *text, size_t n, struct literal_number *out)
{
    for (size_t i = 0; i < sizeof signed_suffixes / sizeof *signed_suffixes; i++)
        if (is_word(text, n, signed_suffixes[i]))
            return true;
    for (size_t i = 0; i < sizeof unsigned_suffixes / sizeof *unsigned_suffixes; i++)
        if (is_word(text, n, unsigned_suffixes[i]))
            return out->is_unsigned = true;
    return false;
}

/* 'x', '\n' */
static struct literal_number read_character(const char *text, size_t n)
{
    struct literal_number out = {0};
    struct arena arena = {0};
    struct literal_string string = literal_read_string(&arena, text, n);
    if (string.problem)
        out.problem = string.problem;
    else if (!string.bytes || string.length != 1)
        out.problem = "there is one character between single quotes; a string has double quotes";
    else
        out.value = (unsigned char)string.bytes[0];
    arena_free(&arena);
    return out;
}

struct literal_number literal_read_number(const char *text, size_t n)
{
    struct literal_number out = {0};
    if (n && text[0] == '\'')
        return read_character(text, n);
    unsigned base = 10;
    size_t at = 0;
    if (n > 1 && text[0] == '0') {
        char kind = (char)(text[1] | 0x20);
        base = kind == 'x' ? 16 : kind == 'b' ? 2 : text[1] >= '0' && text[1] <= '9' ? 8 : 10;
        at = base == 16 || base == 2 ? 2 : 0;
    }
    size_t digits = read_digits(text + at, n - at, base, &out);
    at += digits;
    if (!digits)
        out.problem = "digits are missing";
    else if (at < n && base == 10 && (text[at] | 0x20) == 'e')
        read_exponent(text + at + 1, n - at - 1, &out);
    else if (at < n && !read_suffix(text + at, n - at, &out) && !(base == 10 && read_unit(text + at, n - at, &out)))
        out.problem =
            base == 8 ? "this is no octal number: its digits are 0 to 7"
            : base == 2
                ? "this is no binary number: its digits are 0 and 1"
                : "this is no number: its digits may be followed by a unit of time (ns us ms s m h d) or a suffix of C (u l ul ull)";
    if (out.value > INT64_MAX)
        out.is_unsigned = true;
    return out;
}
