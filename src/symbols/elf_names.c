/* Symbols by their names. */
#include "symbols/demangle.h"
#include "symbols/elf_inside.h"

#include <stdlib.h>
#include <string.h>

static const char *name_of(const struct symbols_elf *e, const struct elf_entry *entry)
{
    return strings_at(&e->strings, entry->name);
}

/* Names, of which versions are no part. */
static int compare(const char *a, const char *b)
{
    size_t n = elf_name_length(a), m = elf_name_length(b);
    int order = memcmp(a, b, n < m ? n : m);
    return order ? order : (n > m) - (n < m);
}

static int by_name(const void *a, const void *b, void *arg)
{
    const struct symbols_elf *e = arg;
    const struct elf_entry *x = &e->entries[*(const uint32_t *)a], *y = &e->entries[*(const uint32_t *)b];
    int order = compare(name_of(e, x), name_of(e, y));
    if (!order)
        order = x->kind - y->kind;
    return order ? order : (x > y) - (x < y);
}

static bool index_names(struct symbols_elf *e)
{
    if (e->by_name)
        return true;
    e->by_name = malloc((e->n + 1) * sizeof *e->by_name);
    if (!e->by_name)
        return false;
    for (size_t i = 0; i < e->n; i++)
        e->by_name[i] = (uint32_t)i;
    qsort_r(e->by_name, e->n, sizeof *e->by_name, by_name, e);
    return true;
}

static void describe(const struct symbols_elf *e, const struct elf_entry *entry, struct symbols_elf_place *out)
{
    *out = (struct symbols_elf_place){
        .name = name_of(e, entry),
        .address = entry->address,
        .offset = UINT64_MAX,
        .size = entry->size,
        .is_function = entry->kind == ELF_FUNCTION || entry->kind == ELF_RESOLVER || entry->kind == ELF_LABEL,
        .is_resolver = entry->kind == ELF_RESOLVER,
    };
    symbols_elf_offset(e, entry->address, &out->offset);
}

struct found {
    struct symbols_elf_place *out;
    size_t n, room;
};

/* One address is one place, whatever it is called (a constructor has two names for one code). */
static void add(const struct symbols_elf *e, const struct elf_entry *entry, struct found *f)
{
    for (size_t i = 0; i < f->n && i < f->room; i++)
        if (f->out[i].address == entry->address)
            return;
    if (f->n < f->room)
        describe(e, entry, &f->out[f->n]);
    f->n++;
}

static void find_exact(struct symbols_elf *e, const char *name, struct found *f)
{
    size_t low = 0, high = e->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(name_of(e, &e->entries[e->by_name[middle]]), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < e->n && !compare(name_of(e, &e->entries[e->by_name[low]]), name); low++)
        if (e->entries[e->by_name[low]].kind != ELF_STUB)
            add(e, &e->entries[e->by_name[low]], f);
}

/* The last name of "ns::Class<int>::method(char)", which the mangled form has literally: "method". */
static size_t last_word(const char *name, const char **word)
{
    static const char letters[] = "_$0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t length = strcspn(name, "(");
    const char *end = name + length, *begin = end;
    while (begin > name && strchr(letters, begin[-1]))
        begin--;
    *word = begin;
    return (size_t)(end - begin);
}

/* Whether the demangled form is the name, or the name with parameters (of Rust: of generic ones). */
static bool is_named(const struct text *words, const char *name, size_t n)
{
    if (words->length < n || memcmp(words->bytes, name, n) != 0)
        return false;
    const char *rest = words->bytes + n;
    return !*rest || *rest == '(' || *rest == '[' || !strncmp(rest, "::<", 3);
}

static void find_demangled(struct symbols_elf *e, const char *name, struct found *f)
{
    const char *word;
    struct text words = {0};
    size_t n = last_word(name, &word), length = strlen(name);
    for (size_t i = 0; i < e->n; i++) {
        const char *mangled = name_of(e, &e->entries[i]);
        if (e->entries[i].kind == ELF_STUB || !demangle_is_mangled(mangled) || (n && !memmem(mangled, strlen(mangled), word, n)))
            continue;
        text_clear(&words);
        demangle_add(&words, mangled, elf_name_length(mangled));
        if (is_named(&words, name, length))
            add(e, &e->entries[i], f);
    }
    text_free(&words);
}

size_t symbols_elf_lookup(struct symbols_elf *e, const char *name, struct symbols_elf_place *out, size_t room)
{
    struct found f = {.out = out, .room = room};
    if (!*name || !index_names(e))
        return 0;
    find_exact(e, name, &f);
    if (!f.n)
        find_demangled(e, name, &f);
    return f.n;
}

void symbols_elf_each(const struct symbols_elf *e, bool (*fn)(void *arg, const struct symbols_elf_place *place), void *arg)
{
    struct symbols_elf_place place;
    for (size_t i = 0; i < e->n; i++) {
        if (e->entries[i].kind == ELF_STUB)
            continue;
        describe(e, &e->entries[i], &place);
        if (!fn(arg, &place))
            return;
    }
}
