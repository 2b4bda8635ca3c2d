#include "objects/typed.h"

#include <string.h>

struct sum {
    unsigned char *to; /* NULL: only look whether there is a sum */
    const unsigned char *from;
    bool possible;
};

static void nothing_open(void *arg, const char *name, bool array)
{
    (void)arg;
    (void)name;
    (void)array;
}

static void nothing_close(void *arg)
{
    (void)arg;
}

static bool has_sum(const struct leaf *l)
{
    return l->width && !l->swapped &&
           (l->kind == LEAF_UNSIGNED || l->kind == LEAF_SIGNED || l->kind == LEAF_DURATION || l->kind == LEAF_SIZE);
}

static void add_leaf(void *arg, const char *name, const struct leaf *l)
{
    (void)name;
    struct sum *s = arg;
    if (!has_sum(l)) {
        s->possible = false;
    } else if (s->to) {
        unsigned char *at = s->to + ((const unsigned char *)l->at - s->from);
        uint64_t total = 0;
        memcpy(&total, at, l->width);
        total += l->u; /* wraps as the field does: the low bytes are kept */
        memcpy(at, &total, l->width);
    }
}

static bool walk(struct sum *s, const struct btf *btf, uint32_t type, size_t n)
{
    const struct typed_visitor v = {nothing_open, add_leaf, nothing_close, s};
    s->possible = true;
    typed_walk(btf, type, s->from, n, NULL, &v);
    return s->possible;
}

bool typed_sum(const struct btf *btf, uint32_t type, void *to, const void *from, size_t n)
{
    struct sum s = {NULL, from, true};
    if (!walk(&s, btf, type, n))
        return false;
    s.to = to;
    return walk(&s, btf, type, n);
}
