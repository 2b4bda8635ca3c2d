/* Whatever a program, a library, a map of generated code, a line of maps or a mangled name says: what is found lies within, and is found
 * again by its own name and address. */
#include "symbols/demangle.h"
#include "symbols/elf.h"
#include "symbols/maps.h"
#include "symbols/perf_map.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PLACES_LOOKED_AT = 64 };

static void expect(bool holds)
{
    if (!holds)
        abort();
}

struct looking {
    struct symbols_elf *elf;
    struct symbols_elf_place places[PLACES_LOOKED_AT];
    size_t n;
};

static bool keep_place(void *arg, const struct symbols_elf_place *place)
{
    struct looking *l = arg;
    l->places[l->n++] = *place;
    return l->n < PLACES_LOOKED_AT;
}

static void check_place(struct symbols_elf *e, const struct symbols_elf_place *place)
{
    struct symbols_elf_place found[4];
    struct symbol s;
    uint64_t offset, address;
    expect(symbols_elf_lookup(e, place->name, found, 4) > 0);
    if (place->size) {
        expect(symbols_elf_find(e, place->address, &s));
        expect(s.name && s.offset <= place->address);
    }
    if (symbols_elf_offset(e, place->address, &offset))
        symbols_elf_address(e, offset, &address);
}

static void check_elf(const char *bytes, size_t n)
{
    struct err why = {0};
    struct symbol s;
    struct looking l = {.elf = symbols_elf_create_memory(bytes, n, "input", &why)};
    expect(l.elf || why.code);
    if (!l.elf)
        return;
    symbols_elf_each(l.elf, keep_place, &l);
    for (size_t i = 0; i < l.n; i++)
        check_place(l.elf, &l.places[i]);
    symbols_elf_find(l.elf, 0x1000, &s);
    symbols_elf_lookup(l.elf, "ns::f(int)", NULL, 0);
    expect(strlen(symbols_elf_build_id(l.elf)) <= 128);
    expect(symbols_elf_bytes(l.elf) < 64 * 1024 * 1024);
    symbols_elf_destroy(l.elf);
}

static void check_lines(const char *bytes, size_t n)
{
    struct span text = span_of(bytes, n), line;
    struct maps_line l;
    while (span_line(&text, &line))
        if (maps_parse(line, &l))
            expect(l.start < l.end && l.path.p >= line.p && l.path.end <= line.end && l.path.p <= l.path.end);
}

static void check_perf_map(const char *bytes, size_t n)
{
    struct perf_map *m = perf_map_create(bytes, n);
    struct symbol s;
    if (m && perf_map_find(m, 0x1004, &s))
        expect(s.name && *s.name);
    perf_map_destroy(m);
}

static void check_name(const char *bytes, size_t n)
{
    struct text t = {0};
    char *name = strndup(bytes, n);
    size_t length = strlen(name);
    demangle_add(&t, name, length);
    expect(t.length <= DEMANGLE_CEILING || t.length == length);
    text_free(&t);
    free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size ? size : 1); /* a copy of the exact size: reading past it is seen */
    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    check_elf(bytes, size);
    check_lines(bytes, size);
    check_perf_map(bytes, size);
    check_name(bytes, size);
    free(bytes);
    return 0;
}
