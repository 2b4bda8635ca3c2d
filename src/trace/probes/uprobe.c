/* uprobe, uretprobe: functions of programs and libraries. */
#include "trace/probes/binary.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/names.h"
#include "symbols/demangle.h"
#include "symbols/files.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 1024, OVERLOADS_MAX = 64 };

static void add(struct expansion *e, const struct binary *b, const char *what, uint64_t file_offset)
{
    struct target *t = expansion_add(e, ATTACH_UPROBE, b->name, what);
    if (!t)
        return;
    t->path = b->path;
    t->offset = file_offset;
}

/* --- by address ------------------------------------------------------------------------------------------------------------ */

static bool is_number(const char *text, uint64_t *value)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    *value = strtoull(text, &end, 0);
    return !*end;
}

static void expand_address(struct expansion *e, struct symbols_elf *elf, const struct binary *b, const char *text, uint64_t address)
{
    uint64_t offset;
    if (symbols_elf_offset(elf, address, &offset))
        add(e, b, text, offset);
    else
        missing(e, "%s has nothing at address %s", b->name, text);
}

/* --- by name --------------------------------------------------------------------------------------------------------------- */

struct near {
    struct symbols_elf_place *list;
    size_t count, room;
};

static bool keep_name(void *arg, const struct symbols_elf_place *place)
{
    struct near *n = arg;
    if (place->is_function && n->count < n->room)
        n->list[n->count++] = *place;
    return n->count < n->room;
}

static const char *near_at(const void *arg, size_t i)
{
    const struct near *n = arg;
    return i < n->count ? n->list[i].name : NULL;
}

static void no_function(struct expansion *e, struct symbols_elf *elf, const char *binary, const char *name)
{
    struct near n = {.room = symbols_elf_count(elf)};
    n.list = n.room ? malloc(n.room * sizeof *n.list) : NULL;
    if (!n.room)
        missing(e, "%s has no symbols: it is stripped. An address works: %s:%s:0x1234", binary, provider_name(e->provider), binary);
    else
        missing(e, "%s has no function %s (its symbols are from: %s)", binary, name, symbols_elf_source(elf));
    if (n.list)
        symbols_elf_each(elf, keep_name, &n);
    const char *near = n.list ? names_nearest((struct names){near_at, &n}, name) : NULL;
    if (near)
        missing_hint(e, "did you mean %s?", near);
    free(n.list);
}

static void expand_name(struct expansion *e, struct symbols_elf *elf, const struct binary *b, const char *text)
{
    char name[NAME_BYTES];
    struct symbols_elf_place places[OVERLOADS_MAX];
    uint64_t behind = 0;
    const char *plus = strrchr(text, '+');
    bool offset = plus && is_number(plus + 1, &behind);
    snprintf(name, sizeof name, "%.*s", offset ? (int)(plus - text) : (int)strlen(text), text);
    size_t n = symbols_elf_lookup(elf, name, places, OVERLOADS_MAX);
    size_t added = 0;
    for (size_t i = 0; i < n && i < OVERLOADS_MAX; i++) {
        const struct symbols_elf_place *p = &places[i];
        if (!p->is_function || p->offset == UINT64_MAX || (added && p->offset == places[0].offset))
            continue;
        added++;
        if (p->size && behind >= p->size) {
            complain(e->complaints, e->point->place, "%s has %llu bytes: +%llu is behind it", name, (unsigned long long)p->size,
                     (unsigned long long)behind);
            return;
        }
        add(e, b, text, p->offset + behind);
    }
    if (!added)
        no_function(e, elf, b->name, name);
}

/* --- by pattern ------------------------------------------------------------------------------------------------------------ */

struct matches {
    const char *pattern;
    bool demangled;
    struct symbols_elf_place *list;
    size_t count, room;
};

static bool match_one(void *arg, const struct symbols_elf_place *place)
{
    struct matches *m = arg;
    if (!place->is_function || place->offset == UINT64_MAX)
        return true;
    struct text plain = {.ceiling = NAME_BYTES * 16};
    if (m->demangled)
        demangle_add(&plain, place->name, strlen(place->name));
    bool matches = !fnmatch(m->pattern, plain.bytes ? plain.bytes : place->name, 0);
    text_free(&plain);
    if (!matches)
        return true;
    if (m->count == m->room) {
        size_t room = m->room ? 2 * m->room : 64;
        struct symbols_elf_place *more = realloc(m->list, room * sizeof *more);
        if (!more)
            return false;
        m->list = more;
        m->room = room;
    }
    m->list[m->count++] = *place;
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct symbols_elf_place *x = a;
    const struct symbols_elf_place *y = b;
    int r = strcmp(x->name, y->name);
    return r ? r : x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void expand_pattern(struct expansion *e, struct symbols_elf *elf, const struct binary *b, const char *pattern, bool demangled)
{
    struct matches m = {.pattern = pattern, .demangled = demangled};
    symbols_elf_each(elf, match_one, &m);
    if (m.count)
        qsort(m.list, m.count, sizeof *m.list, by_name);
    for (size_t i = 0; i < m.count; i++)
        if (!i || strcmp(m.list[i].name, m.list[i - 1].name))
            add(e, b, m.list[i].name, m.list[i].offset);
    free(m.list);
}

void expand_uprobe(struct expansion *e)
{
    bool cpp = e->point->n_parts > 3 && !strcmp(expansion_part(e, 1), "cpp");
    const char *text = expansion_part(e, cpp ? 2 : 1);
    if (!*text || (e->point->n_parts > 3 && !cpp)) {
        complain(e->complaints, e->point->place, "%s is written %s:BINARY:FUNCTION, or …:cpp:\"ns::function\"", provider_name(e->provider),
                 provider_name(e->provider));
        return;
    }
    bool many = has_wildcard(text);
    for (struct binary *b = binary_find(e, expansion_part(e, 0)); b; b = b->next) {
        struct err why = {0};
        uint64_t address;
        struct symbols_elf *elf = symbols_files_open(expansion_files(e), 0, b->path, &why);
        if (!elf) {
            if (!b->next && !e->first)
                missing(e, "%s", why.text);
        } else if (many)
            expand_pattern(e, elf, b, text, cpp);
        else if (is_number(text, &address))
            expand_address(e, elf, b, text, address);
        else
            expand_name(e, elf, b, text);
    }
    if (many && !e->first)
        missing(e, "no function matches %s in %s", text, expansion_part(e, 0));
}
