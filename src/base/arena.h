/* A bump allocator whose blocks are freed or recycled all at once. Not thread safe. */
#pragma once
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *head; /* block in use */
    size_t used;              /* bytes used in the head block */
    size_t total;             /* bytes held in all blocks */
};

/* A zeroed struct arena is ready for use. Returns memory aligned to 8; NULL when out of memory. */
void *arena_alloc(struct arena *a, size_t size);
/* Copies n bytes and adds a NUL that is not counted. */
char *arena_copy(struct arena *a, const void *bytes, size_t n);
/* Forgets every allocation, keeps one block for reuse. */
void arena_reset(struct arena *a);
/* Frees everything; the arena may be used again. */
void arena_free(struct arena *a);
