#include "base/map.h"

#include <stdlib.h>
#include <string.h>

struct map_slot {
    uint64_t key;
    void *value; /* NULL: never used; TOMB: deleted */
};

static char tomb;
#define TOMB ((void *)&tomb)

uint64_t hash_u64(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

uint64_t hash_bytes(const void *bytes, size_t n, uint64_t seed)
{
    const unsigned char *p = bytes;
    uint64_t h = 0xcbf29ce484222325ULL ^ seed;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3ULL;
    return hash_u64(h);
}

static struct map_slot *map_find(const struct map *m, uint64_t key)
{
    if (!m->size)
        return NULL;
    for (size_t i = hash_u64(key) & (m->size - 1);; i = (i + 1) & (m->size - 1)) {
        struct map_slot *s = &m->slots[i];
        if (!s->value)
            return NULL;
        if (s->value != TOMB && s->key == key)
            return s;
    }
}

void *map_get(const struct map *m, uint64_t key)
{
    struct map_slot *s = map_find(m, key);
    return s ? s->value : NULL;
}

static void map_insert(struct map *m, uint64_t key, void *value)
{
    size_t i = hash_u64(key) & (m->size - 1);
    while (m->slots[i].value)
        i = (i + 1) & (m->size - 1);
    m->slots[i] = (struct map_slot){key, value};
    m->used++;
    m->count++;
}

static int map_resize(struct map *m)
{
    size_t size = 16;
    while (size < m->count * 2 + 2)
        size *= 2;
    struct map old = *m;
    struct map_slot *slots = calloc(size, sizeof *slots);
    if (!slots)
        return -1;
    *m = (struct map){.slots = slots, .size = size};
    for (size_t i = 0; i < old.size; i++)
        if (old.slots[i].value && old.slots[i].value != TOMB)
            map_insert(m, old.slots[i].key, old.slots[i].value);
    free(old.slots);
    return 0;
}

void *map_put(struct map *m, uint64_t key, void *value, int *failed)
{
    struct map_slot *s = map_find(m, key);
    if (s) {
        void *old = s->value;
        s->value = value;
        return old;
    }
    if (m->used + 1 > m->size / 4 * 3 && map_resize(m) != 0) {
        if (failed)
            *failed = 1;
        return NULL;
    }
    map_insert(m, key, value);
    return NULL;
}

void *map_take(struct map *m, uint64_t key)
{
    struct map_slot *s = map_find(m, key);
    if (!s)
        return NULL;
    void *old = s->value;
    s->value = TOMB;
    m->count--;
    return old;
}

int map_next(const struct map *m, size_t *at, uint64_t *key, void **value)
{
    while (*at < m->size) {
        struct map_slot *s = &m->slots[(*at)++];
        if (s->value && s->value != TOMB) {
            *key = s->key;
            *value = s->value;
            return 1;
        }
    }
    return 0;
}

void map_free(struct map *m)
{
    free(m->slots);
    *m = (struct map){0};
}
