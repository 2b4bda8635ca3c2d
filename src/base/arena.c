#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK_BYTES = 64 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    char bytes[];
};

static struct arena_block *arena_grow(struct arena *a, size_t need)
{
    size_t size = need > ARENA_BLOCK_BYTES ? need : ARENA_BLOCK_BYTES;
    struct arena_block *b = malloc(sizeof *b + size);
    if (!b)
        return NULL;
    b->size = size;
    b->next = a->head;
    a->head = b;
    a->used = 0;
    a->total += size;
    return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
    size = (size + 7) & ~(size_t)7;
    if (!a->head || a->head->size - a->used < size)
        if (!arena_grow(a, size))
            return NULL;
    void *p = a->head->bytes + a->used;
    a->used += size;
    return p;
}

char *arena_copy(struct arena *a, const void *bytes, size_t n)
{
    char *p = arena_alloc(a, n + 1);
    if (p) {
        if (n)
            memcpy(p, bytes, n);
        p[n] = '\0';
    }
    return p;
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = NULL;
    for (struct arena_block *b = a->head, *next; b; b = next) {
        next = b->next;
        if (!keep && b->size == ARENA_BLOCK_BYTES) {
            keep = b;
            keep->next = NULL;
        } else {
            free(b);
        }
    }
    a->head = keep;
    a->used = 0;
    a->total = keep ? keep->size : 0;
}

void arena_free(struct arena *a)
{
    for (struct arena_block *b = a->head, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    *a = (struct arena){0};
}
