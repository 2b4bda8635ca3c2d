#include "symbols/demangle_inside.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* __cxa_demangle of the Itanium C++ ABI (section 5.1.4), a C function of libstdc++. That library is loaded when the first name of C++ is
 * met, and stays: most commands never meet one, and would only start later. */
static char *(*cxa_demangle)(const char *mangled, char *buffer, size_t *length, int *status);
static pthread_once_t cxa_once = PTHREAD_ONCE_INIT;

static void load_cxa(void)
{
    void *library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);
    void *function = library ? dlsym(library, "__cxa_demangle") : NULL;
    memcpy(&cxa_demangle, &function, sizeof function);
}

bool demangle_is_mangled(const char *name)
{
    return name[0] == '_' && (name[1] == 'Z' || name[1] == 'R');
}

/* --- how long it can get ------------------------------------------------------------------------------------------- */

enum { REFERENCES = 64, GROWTH_CEILING = 1 << 22 };

/* "S_", "S0_", "SZ_", "T_", "T0_": a reference to what stands further in front. Returns its number, -1 for something else. */
static int reference_at(const char *p, const char *end, size_t *length)
{
    int number = 0;
    const char *at = p + 1;
    for (; at < end && *at != '_'; at++) {
        int digit = *at >= '0' && *at <= '9' ? *at - '0' : *at >= 'A' && *at <= 'Z' ? *at - 'A' + 10 : -1;
        if (digit < 0 || at > p + 2)
            return -1;
        number = number * 36 + digit + 1;
    }
    *length = (size_t)(at - p) + 1;
    return at < end ? number % REFERENCES + (*p == 'T' ? REFERENCES : 0) : -1;
}

/* A few bytes of references to references can stand for gigabytes of text. Each that is referred to multiplies what is there at most by one
 * and the number of references to it: names for which that gets out of hand are left alone. */
static bool is_harmless(const char *name, size_t n)
{
    unsigned counts[2 * REFERENCES] = {0};
    double growth = (double)n;
    const char *end = name + n;
    size_t length;
    for (const char *p = name; p < end; p++) {
        int number = *p == 'S' || *p == 'T' ? reference_at(p, end, &length) : -1;
        if (number >= 0)
            counts[number]++;
    }
    for (size_t i = 0; i < 2 * REFERENCES; i++)
        growth *= 1 + (double)counts[i];
    return growth < GROWTH_CEILING;
}

/* --- Rust ------------------------------------------------------------------------------------------------------------ */

static bool is_hex(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'f')))
            return false;
    return true;
}

/* "core::fmt::write::h0123456789abcdef": the legacy form of Rust is C++'s with a hash as the last name. Returns the length without it. */
static size_t without_hash(const char *p, size_t n)
{
    return n > 19 && !memcmp(p + n - 19, "::h", 3) && is_hex(p + n - 16, 16) ? n - 19 : n;
}

static const struct {
    const char *from, *to;
} rust_escapes[] = {
    {"$LT$", "<"}, {"$GT$", ">"}, {"$RF$", "&"}, {"$BP$", "*"}, {"$LP$", "("}, {"$RP$", ")"}, {"$C$", ","}, {"$SP$", "@"}, {"..", "::"},
};

/* "$u20$" is a character by its number in base 16: one of ASCII here. */
static size_t rust_character(const char *p, size_t n, char *c)
{
    char *end;
    if (n < 5 || p[0] != '$' || p[1] != 'u')
        return 0;
    unsigned long v = strtoul(p + 2, &end, 16);
    if (*end != '$' || v < ' ' || v > '~' || end > p + 6)
        return 0;
    *c = (char)v;
    return (size_t)(end - p) + 1;
}

static size_t rust_escape(struct text *out, const char *p, size_t n)
{
    char c;
    for (size_t i = 0; i < sizeof rust_escapes / sizeof rust_escapes[0]; i++) {
        size_t length = strlen(rust_escapes[i].from);
        if (n >= length && !memcmp(p, rust_escapes[i].from, length)) {
            text_adds(out, rust_escapes[i].to);
            return length;
        }
    }
    size_t length = rust_character(p, n, &c);
    if (length)
        text_addc(out, c);
    return length;
}

/* A name may not begin with an escape: it then has an underscore in front. */
static void add_legacy_rust(struct text *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        bool begins = !i || p[i - 1] == ':';
        if (begins && p[i] == '_' && i + 1 < n && p[i + 1] == '$')
            i++;
        size_t escape = rust_escape(out, p + i, n - i);
        if (!escape)
            text_addc(out, p[i++]);
        i += escape;
    }
}

static bool add_rust_name(struct text *out, const char *name, size_t n)
{
    struct text words = {.ceiling = DEMANGLE_CEILING};
    bool done = demangle_rust(&words, name, n) && words.length;
    if (done)
        text_add(out, words.bytes, words.length);
    text_free(&words);
    return done;
}

/* Of libstdc++; the caller frees. NULL: the name is none, or might become too long. */
static char *demangle_cpp(const char *name, size_t n)
{
    int status;
    pthread_once(&cxa_once, load_cxa);
    char *copy = cxa_demangle && name[1] == 'Z' && is_harmless(name, n) ? strndup(name, n) : NULL;
    char *words = copy ? cxa_demangle(copy, NULL, NULL, &status) : NULL;
    free(copy);
    return words;
}

void demangle_add(struct text *out, const char *name, size_t n)
{
    bool mangled = n > 2 && n < DEMANGLE_INPUT_CEILING && demangle_is_mangled(name);
    if (mangled && name[1] == 'R' && add_rust_name(out, name, n))
        return;
    char *words = mangled ? demangle_cpp(name, n) : NULL;
    size_t length = words ? strlen(words) : 0, bare = without_hash(words ? words : "", length);
    if (!words || length > DEMANGLE_CEILING)
        text_add(out, name, n);
    else if (bare < length)
        add_legacy_rust(out, words, bare);
    else
        text_add(out, words, length);
    free(words);
}
