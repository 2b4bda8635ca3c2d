#include "trace/probes/btf_names.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The kernel's own come before those of modules. */
static bool keep(void *arg, const char *module, const char *name)
{
    struct btf_names *n = arg;
    if (strcmp(module, "vmlinux") != 0)
        return false;
    if (n->count == n->room) {
        size_t room = n->room ? 2 * n->room : 1024;
        const char **more = realloc(n->names, room * sizeof *more);
        if (!more)
            return false;
        n->names = more;
        n->room = room;
    }
    const char *copy = arena_copy(&n->arena, name, strlen(name));
    if (copy)
        n->names[n->count++] = copy;
    return copy != NULL;
}

void btf_names_read(struct btf_names *n, struct types *types, enum types_sort sort)
{
    *n = (struct btf_names){0};
    types_each(types, sort, keep, n);
    if (n->names && n->count)
        qsort(n->names, n->count, sizeof *n->names, by_name);
}

bool btf_names_have(const struct btf_names *n, const char *name)
{
    return n->count && bsearch(&name, n->names, n->count, sizeof *n->names, by_name);
}

void btf_names_free(struct btf_names *n)
{
    free(n->names);
    arena_free(&n->arena);
    *n = (struct btf_names){0};
}
