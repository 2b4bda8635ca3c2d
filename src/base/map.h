/* An open-addressing hash map from a 64-bit key to a pointer. Key 0 is a key like any other. Not thread safe. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct map_slot;

struct map {
    struct map_slot *slots;
    size_t size;  /* a power of two, or 0 */
    size_t count; /* live keys */
    size_t used;  /* live and deleted slots */
};

/* A zeroed struct map is ready for use. NULL when absent. */
void *map_get(const struct map *m, uint64_t key);
/* Sets or replaces; value must not be NULL. Returns the old value or NULL; on no memory sets *failed (may be NULL). */
void *map_put(struct map *m, uint64_t key, void *value, int *failed);
/* Removes and returns the value, or NULL. Allowed for the current key while walking. */
void *map_take(struct map *m, uint64_t key);
/* Walk: for (size_t i = 0; map_next(m, &i, &key, &value);). No put while walking. */
int map_next(const struct map *m, size_t *at, uint64_t *key, void **value);
void map_free(struct map *m); /* values are the caller's */
/* A good 64-bit mix (splitmix64 finaliser). */
uint64_t hash_u64(uint64_t x);
/* FNV-1a then mixed. */
uint64_t hash_bytes(const void *bytes, size_t n, uint64_t seed);
