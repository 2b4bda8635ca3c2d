#include "objects/kallsyms.h"

#include "base/arena.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOLS_CEILING = 4 * 1024 * 1024 };

struct symbol {
    uint64_t address;
    const char *name;
};

struct kallsyms {
    struct arena names;
    struct symbol *symbols;
    size_t n, size;
};

static bool add(struct kallsyms *k, uint64_t address, const char *name)
{
    if (k->n == k->size) {
        size_t size = k->size ? k->size * 2 : 65536;
        struct symbol *more = size <= SYMBOLS_CEILING ? realloc(k->symbols, size * sizeof *more) : NULL;
        if (!more)
            return false;
        k->symbols = more;
        k->size = size;
    }
    const char *copy = arena_copy(&k->names, name, strlen(name));
    k->symbols[k->n++] = (struct symbol){address, copy ? copy : "?"};
    return copy != NULL;
}

static int by_address(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    return x->address < y->address ? -1 : x->address > y->address;
}

/* "ffffffff81000000 T _stext", "ffffffffc0001000 t do_it [module]": proc_kallsyms(5). */
static void read_symbols(struct kallsyms *k, FILE *f)
{
    char line[512], name[256], type;
    uint64_t address;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "%" SCNx64 " %c %255s", &address, &type, name) == 3 && strchr("tTwW", type) && address && !add(k, address, name))
            break;
}

struct kallsyms *kallsyms_open(void)
{
    struct kallsyms *k = calloc(1, sizeof *k);
    FILE *f = k ? fopen("/proc/kallsyms", "re") : NULL;
    if (f) {
        read_symbols(k, f);
        fclose(f);
    }
    if (k && k->n) {
        qsort(k->symbols, k->n, sizeof *k->symbols, by_address);
        return k;
    }
    kallsyms_close(k);
    return NULL;
}

void kallsyms_close(struct kallsyms *k)
{
    if (!k)
        return;
    arena_free(&k->names);
    free(k->symbols);
    free(k);
}

bool kallsyms_name(const struct kallsyms *k, uint64_t address, char *buf, size_t size)
{
    size_t low = 0, high = k->n;
    while (low < high) { /* the first symbol behind the address */
        size_t middle = low + (high - low) / 2;
        if (k->symbols[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low || !(address >> 63))
        return false;
    const struct symbol *s = &k->symbols[low - 1];
    if (address == s->address)
        snprintf(buf, size, "%s", s->name);
    else
        snprintf(buf, size, "%s+0x%" PRIx64, s->name, address - s->address);
    return true;
}
