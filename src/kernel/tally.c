#include "kernel/tally.h"

#include "kernel/unit.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 512, CPU_BYTES = 4 }; /* elements read at once; of the CPU at a key's end */

static int map_fd(const struct kernel_unit *unit, const char *name, const char *half)
{
    char whole[UNIT_NAME + 8];
    snprintf(whole, sizeof whole, "%s_%s", name, half);
    return unit_map_fd(unit, whole);
}

int tally_open(struct tally *t, const struct kernel_unit *unit, const char *name, int64_t now_boot_ns, struct err *why)
{
    char even[UNIT_NAME + 8];
    snprintf(even, sizeof even, "%s_even", name);
    *t = (struct tally){.begun_ns = now_boot_ns, .ended_ns = now_boot_ns};
    t->even = map_fd(unit, name, "even");
    t->odd = map_fd(unit, name, "odd");
    t->turn = map_fd(unit, name, "turn");
    const struct unit_map *map = unit_map(unit, even);
    if (!map || t->odd < 0 || t->turn < 0) {
        t->turn = -1;
        return 0;
    }
    if (map->key_size <= CPU_BYTES)
        return err_set(why, EINVAL, "%s: the key of a tally ends with the CPU", even);
    t->key_size = map->key_size;
    t->value_size = (map->value_size + 7) & ~(size_t)7;
    return 0;
}

static void forget(struct tally *t)
{
    free(t->keys);
    free(t->values);
    free(t->group);
    t->keys = t->values = NULL;
    t->group = NULL;
    t->count = t->size = 0;
}

void tally_close(struct tally *t)
{
    forget(t);
    t->even = t->odd = t->turn = -1;
}

static bool grow(struct tally *t)
{
    if (t->size - t->count >= PIECE)
        return true;
    size_t size = 2 * t->size + PIECE;
    char *keys = realloc(t->keys, size * t->key_size);
    t->keys = keys ? keys : t->keys;
    char *values = keys ? realloc(t->values, size * t->value_size) : NULL;
    t->values = values ? values : t->values;
    const void **group = values ? realloc(t->group, size * sizeof *group) : NULL;
    t->group = group ? group : t->group;
    t->size = group ? size : t->size;
    return group;
}

/* Reads and empties a half piece by piece. Nothing writes to it, so every count is read exactly once. */
static int take(struct tally *t, int fd)
{
    uint32_t position = 0;
    bool more = true;
    t->count = 0;
    for (void *from = NULL; more; from = &position) {
        uint32_t count = PIECE;
        if (!grow(t))
            return -ENOMEM;
        int rc = bpf_map_lookup_and_delete_batch(fd, from, &position, t->keys + t->count * t->key_size,
                                                 t->values + t->count * t->value_size, &count, NULL);
        if (rc && rc != -ENOENT) /* ENOENT: this was the last piece */
            return rc;
        more = !rc;
        t->count += count;
    }
    return 0;
}

static int compare(const void *a, const void *b, void *size)
{
    return memcmp(*(const void *const *)a, *(const void *const *)b, *(const size_t *)size);
}

static const void *value_of(const struct tally *t, const void *key)
{
    return t->values + (size_t)((const char *)key - t->keys) / t->key_size * t->value_size;
}

/* Keys that differ in their CPU only come together: t->group holds the keys in order, and then, group by group, their values. */
static void each_group(struct tally *t, tally_fn fn, void *arg)
{
    size_t size = t->key_size - CPU_BYTES;
    for (size_t i = 0; i < t->count; i++)
        t->group[i] = t->keys + i * t->key_size;
    qsort_r(t->group, t->count, sizeof *t->group, compare, &size);
    for (size_t i = 0, end; i < t->count; i = end) {
        const void *key = t->group[i];
        for (end = i; end < t->count && !memcmp(key, t->group[end], size); end++)
            t->group[end] = value_of(t, t->group[end]);
        fn(arg, key, t->group + i, end - i);
    }
}

int tally_turn(struct tally *t, int64_t now_boot_ns, tally_fn fn, void *arg)
{
    if (t->turn < 0)
        return 0;
    int rc = take(t, t->interval & 1 ? t->even : t->odd);
    each_group(t, fn, arg);
    if (t->size > 64 * PIECE) /* one busy second need not be remembered for ever */
        forget(t);
    uint32_t zero = 0, next = t->interval + 1;
    int turned = bpf_map_update_elem(t->turn, &zero, &next, BPF_ANY);
    if (turned)
        return turned;
    t->interval = next;
    t->begun_ns = t->ended_ns;
    t->ended_ns = now_boot_ns;
    return rc;
}
